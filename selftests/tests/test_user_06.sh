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

user_tmpfs

kill_quietly() # PID
{
	kill -INT "$1" 2> /dev/null || :
}

user_disk d tgtcore-mem "$t/d" size=32M timeout=1 queue-limit=64
fio --name=load "--filename=$NODE" --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
	--iodepth=64 --time_based --runtime=1h --continue_on_error=all > /dev/null 2>&1 &
load=$!
defer kill_quietly $load
wait_for 60 in_flight "$NODE" || bail "no command in flight"
# it goes on when the first commands have been taken from it, or at any time around that
for ((i = 0; i < 4; i++)); do
	before=$(user_count d timeouts)
	kill -STOP "$DAEMON"
	if ((i % 2)); then
		sleep "1.$((RANDOM % 5))$((RANDOM % 10))"
	else
		wait_for 5 eval '[ "$(user_count d timeouts)" != "$before" ]'
	fi
	kill -CONT "$DAEMON"
	sleep 0.4
done
kill_quietly $load
wait $load
diag "$(device_field d info)"
is_not "$(user_count d timeouts)" 0 "writes were answered for the daemon"
wait_for 5 eval '! tgtctl device show d --blocked | grep -q fenced'
is "$(tgtctl device show d --blocked | grep -c fenced)" 0 "when it has answered there is no fence"

# each place in the queue is there again: as many reads as there are get one
before=$(user_count d timeouts)
kill -STOP "$DAEMON"
fio --name=all "--filename=$NODE" --rw=randread --bs=4k --direct=1 --ioengine=libaio \
	--iodepth=64 --number_ios=64 --continue_on_error=all > /dev/null 2>&1 &
reads=$!
wait_for 6 eval "[ \$((\$(user_count d timeouts) - before)) = 64 ]"
is $(($(user_count d timeouts) - before)) 64 "nor is a tag lost"
kill -CONT "$DAEMON"
wait $reads
tgtctl device set d timeout=60
verify "it serves on" "$NODE" --io_size=2m
