#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: moments in a daemon's life; this test will answer when the deadline passes, stop
# and wake, leave the file to a child, and reissue writes whose data is asked for.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 15
need_program fio
be_target

t=$(mktemp -d /tmp/user.XXXXXX)
mount -t tmpfs none "$t" || bail "no tmpfs"
defer umount "$t"

plain() # NAME OPTION...
{
	tgtctl device create "$1" backend=user size=1M "${@:2}" > "$TAP_OUT" 2>&1 ||
		bail "$(< "$TAP_OUT")"
	defer be_delete "$1"
}

said() # DEVICE
{
	tr '\n' ' ' < "/tmp/$1.daemon"
}

# a sleeper is told
plain s
daemon useract s sleep
sleep 0.3
unserve s
wait_for 10 eval "! kill -0 $DAEMON"
is "$(said s)" "-19 " "a daemon that sleeps when its device goes gets ENODEV"

# calls: what they wake, and that they do all or nothing
plain w
run_ok "wake-ups of a queue" timeout 20 useract w wake
unserve w
plain w
run_ok "an ioctl that cannot return what it returns has no effect" timeout 20 useract w fault
unserve w

# tgtcore_stop()
plain s
run_ok "tgtcore_stop() before and while it runs" timeout 20 useract s stop 40
is "$(user_count s lost) $(user_count s bad)" "41 0" "as often as it was started"
unserve s

# the file is somebody else's as well
plain k
daemon useract k keep
keeper=$(< /tmp/k.daemon)
defer kill -KILL "$keeper"
first=$DAEMON
daemon_gone "$first"
wait_for 10 eval '[ "$(user_count k lost)" = 1 ]'
run_ok "a child has the file still" kill -0 "$keeper"
daemon useract k keep
like "$(device_field k info)" "^daemon $DAEMON, generation 2," "and another daemon the device"
defer kill -KILL "$(< /tmp/k.daemon)"
kill -KILL "$keeper"
sleep 0.2
like "$(device_field k info)" "^daemon $DAEMON, .* lost 1," "which it keeps when the child goes"
kill -KILL "$(< /tmp/k.daemon)"
unserve k

# what a daemon before may have done stays marked, until it cannot be that any more
reissued() # DESCRIPTION FLAGS BYTES-FIRST BYTES-SECOND
{
	local writer

	daemon useract r die "$3"
	dd if=/dev/urandom of="$NODE" bs=8k count=1 oflag=direct > "$t/dd" 2>&1 &
	writer=$!
	wait_for 10 eval "! kill -0 $DAEMON"
	daemon useract r fetch "$4"
	wait $writer
	is "$(said r)" "$2 " "$1"
	daemon_gone "$DAEMON"
}
user_disk r useract fetch size=1M policy=reissue
daemon_gone "$DAEMON"
reissued "reissued, and asked for: so is what comes with the data" "2 6 0 4" 4096 4096
reissued "in shorter pieces: so are all of them" "2 6 2 6" 8192 4096
unserve r

# answers that come when the deadline does
user_disk d tgtcore-mem "$t/d" size=32M timeout=1 queue-limit=64
echo 64 > "/sys/block/${NODE##*/}/device/queue_depth"
touch "$t/load"
while [ -e "$t/load" ]; do
	fio --name=load "--filename=$NODE" --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
		--iodepth=64 --time_based --runtime=2 --continue_on_error=all > "$t/fio" 2>&1
done &
load=$!
for ((i = 0; i < 5; i++)); do
	wait_for 10 in_flight "$NODE" || bail "no command in flight"
	kill -STOP "$DAEMON"
	sleep "1.$((RANDOM % 5))$((RANDOM % 10))"
	kill -CONT "$DAEMON"
	sleep 0.3
done
rm "$t/load"
wait $load
diag "$(device_field d info)"
is_not "$(user_count d timeouts)" 0 "writes were answered for the daemon"
wait_for 5 eval '! tgtctl device show d --blocked | grep -q fenced'
is "$(tgtctl device show d --blocked | grep -c fenced)" 0 "when it has answered there is no fence"

# each place in the queue is there again: as many reads as there are get one
echo 64 > "/sys/block/${NODE##*/}/device/queue_depth"
before=$(user_count d timeouts)
kill -STOP "$DAEMON"
fio --name=all "--filename=$NODE" --rw=randread --bs=4k --direct=1 --ioengine=libaio \
	--iodepth=64 --number_ios=64 --continue_on_error=all > "$t/fio" 2>&1 &
reads=$!
wait_for 6 eval "[ \$((\$(user_count d timeouts) - before)) = 64 ]"
is $(($(user_count d timeouts) - before)) 64 "nor is a tag lost"
kill -CONT "$DAEMON"
wait $reads
verify "it serves on" "$NODE" --io_size=2m
