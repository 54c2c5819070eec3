#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons that hang; this test will let deadlines pass with and without a daemon, see
# the fence for what may come late, and delete under one that hangs.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 21
need_program sg_raw
be_target

user_tmpfs

write_sense() # NODE
{
	sense_of "$1" -s 512 -i /dev/zero -- 2a 00 00 00 00 20 00 00 01 00
}

# deadlines: first without a daemon
served d timeout=2
daemon_gone "$DAEMON"
s=$SECONDS
is "$(read_sense "$NODE")" 2/04/03 "without a daemon a read ends at the deadline"
is $((SECONDS - s >= 2 && SECONDS - s <= 5)) 1 "in time: $((SECONDS - s)) s"
is "$(user_count d timeouts)" 1 "that is counted"
run_ok "policy=fail" tgtctl device set d policy=fail
s=$SECONDS
is "$(read_sense "$NODE")" 2/04/03 "then it ends"
is $((SECONDS - s <= 1)) 1 "at once"

# a daemon that hangs
daemon tgtcore-mem d "$t/d"
is "$(write_sense "$NODE")" good "a daemon serves again"
kill -STOP "$DAEMON"
is "$(read_sense "$NODE")" 2/04/03 "a daemon that hangs: a read ends at the deadline"
s=$SECONDS
is "$(write_sense "$NODE")" 2/04/03 "and a write"
is $((SECONDS - s <= 5)) 1 "in time: $((SECONDS - s)) s"
like "$(tgtctl device show d --blocked)" fenced "which fences the device: it may come late"
s=$SECONDS
is "$(read_sense "$NODE") $((SECONDS - s <= 1))" "2/04/03 1" "so that nothing is executed"
kill -CONT "$DAEMON"
wait_for 10 eval '! tgtctl device show d --blocked | grep -q fenced'
is "$(read_sense "$NODE")" good "until it has answered"

# one that dies so
kill -STOP "$DAEMON"
is "$(write_sense "$NODE")" 2/04/03 "a write that a daemon has when it dies"
daemon_gone "$DAEMON"
wait_for 10 eval '! tgtctl device show d --blocked | grep -q fenced'
daemon tgtcore-mem d "$t/d"
is "$(read_sense "$NODE")" good "fences no longer than it lives"

# deletion under one that hangs
run_ok "timeout=300" tgtctl device set d policy=hold timeout=300
kill -STOP "$DAEMON"
dd if=/dev/zero of="$NODE" bs=4k count=64 oflag=direct 2> /dev/null &
wait_for 10 in_flight "$NODE"
s=$SECONDS
tgtctl device delete d --force > /dev/null 2>&1 &
wait_for 40 eval 'tgtctl device show d --blocked | grep -q remainder'
is $((SECONDS - s <= 30)) 1 "a device is deleted under a daemon that hangs: $((SECONDS - s)) s"
wait_for 10 eval '[ "$(device_field d luns)" = 0 ]'
run_ok "what that may still write is given up" tgtctl device abandon d
wait_for 10 eval '! tgtctl device show d'
run_err "no device d" "and the device is gone" tgtctl device show d
wait	# for dd
kill -CONT "$DAEMON"
wait_for 10 eval "! kill -0 $DAEMON"
is "$(kill -0 "$DAEMON" 2>&1 | grep -c .)" 1 "which then is told that it is gone"
is "$(daemon_rc d)" 0 "and ends well"
