#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: answers that come when the deadline does; this test will stop a daemon for about as
# long as that, and see that no tag and no fence is left.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 4
need_program fio
be_target

t=$(mktemp -d /tmp/user.XXXXXX)
mount -t tmpfs none "$t" || bail "no tmpfs"
defer umount "$t"

user_disk d tgtcore-mem "$t/d" size=32M timeout=1 queue-limit=64
touch "$t/load"
defer rm -f "$t/load"
while [ -e "$t/load" ]; do
	fio --name=load "--filename=$NODE" --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
		--iodepth=64 --time_based --runtime=1 --continue_on_error=all > /tmp/user.fio 2>&1
done &
load=$!
for ((i = 0; i < 4; i++)); do
	if ! wait_for 10 in_flight "$NODE"; then
		diag < /tmp/user.fio
		diag "$(device_field d info), $(tgtctl device show d --blocked)"
		bail "no command in flight"
	fi
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
before=$(user_count d timeouts)
kill -STOP "$DAEMON"
fio --name=all "--filename=$NODE" --rw=randread --bs=4k --direct=1 --ioengine=libaio \
	--iodepth=64 --number_ios=64 --continue_on_error=all > /tmp/user.fio 2>&1 &
reads=$!
wait_for 6 eval "[ \$((\$(user_count d timeouts) - before)) = 64 ]"
is $(($(user_count d timeouts) - before)) 64 "nor is a tag lost"
kill -CONT "$DAEMON"
wait $reads
verify "it serves on" "$NODE" --io_size=2m
