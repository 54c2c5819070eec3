#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: moments in a daemon's life; this test will stop and wake daemons, leave the file to a
# child, and reissue writes whose data is asked for.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 10
be_target

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
is "$(said s)$(daemon_rc s)" "-19 0" "a daemon that sleeps when its device goes gets ENODEV"

# calls: what they wake, and that they do all or nothing
plain w
run_ok "wake-ups of a queue" timeout 60 useract w wake
unserve w
plain w
run_ok "an ioctl that cannot return what it returns has no effect" timeout 60 useract w fault
unserve w

# tgtcore_stop()
plain s
run_ok "tgtcore_stop() before and while it runs" timeout 60 useract s stop 15
is "$(user_count s lost) $(user_count s bad)" "16 0" "as often as it was started"
unserve s

# the file is somebody else's as well
plain k
daemon useract k keep
keeper=$(< /tmp/k.daemon)
defer daemon_gone "$keeper"
first=$DAEMON
daemon_gone "$first"
wait_for 10 eval '[ "$(user_count k lost)" = 1 ]'
run_ok "a child has the file still" kill -0 "$keeper"
daemon useract k keep
like "$(device_field k info)" "^daemon $DAEMON, generation 2," "and another daemon the device"
defer daemon_gone "$(< /tmp/k.daemon)"
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
	dd if=/dev/urandom of="$NODE" bs=8k count=1 oflag=direct > /dev/null 2>&1 &
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
