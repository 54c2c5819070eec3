#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: level raw: a daemon that executes whole commands; this test will see data, residuals,
# sense, nexuses, aborts and resets get to it and back, and what its death and its hanging mean.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 28
need_program fio sg_raw sg_reset
be_target

run_err "size= is the daemon's to say" "a size" tgtctl device create r backend=user-raw size=1M
run_err "no option 'unmap'" "an option of the other level" \
	tgtctl device create r backend=user-raw unmap=yes
run_ok "a device" tgtctl device create r backend=user-raw policy=hold timeout=20 queue-limit=64
defer be_delete r
daemon userraw r $((16 << 20))
tgtctl lun create loop:be 0 device=r > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
[ -b "$NODE" ] || bail "no node: $(< "$TAP_OUT")"

is "$(blockdev --getsize64 "$NODE")" $((16 << 20)) "the size is the daemon's"
like "$(< "/sys/block/${NODE##*/}/device/model")" "^userraw" "so is INQUIRY"
verify "whole commands" "$NODE" --size=16m --io_size=6m
is "$(user_count r bad) $(user_count r late)" "0 0" "nothing was wrong"

received()
{
	sg_raw -r "$1" "$NODE" "${@:2}" 2>&1 | sed -n 's/^Received \([0-9]*\) bytes.*/\1/p'
}
is "$(received 96 12 00 00 00 60 00)" 36 "less than there is room for: the residual says so"
is "$(received 96 12 00 00 00 0a 00)" 10 "no more than the allocation length"
is "$(received 20 12 00 00 00 60 00)" 20 "nor than the buffer"
is "$(sense_of "$NODE" -- ff 00 00 00 00 00)" 5/20/00 "its sense"
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 80 00 00 00 01 00)" 5/21/00 "and with data expected"

# nexuses
loop_target two
tgtctl lun create loop:two 0 device=r > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
OTHER=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
[ -b "$OTHER" ] || bail "no node: $(< "$TAP_OUT")"
is "$(sense_of "$NODE" -- 16 00 00 00 00 00)" good "one nexus reserves the unit"
is "$(sense_of "$NODE" -- 00 00 00 00 00 00)" good "it may use it"
sg_raw "$OTHER" 00 00 00 00 00 00 > "$TAP_OUT" 2>&1
like "$(< "$TAP_OUT")" "[Rr]eservation" "the other may not"

# functions
run_ok "a reset" sg_reset -d -N "$OTHER"
is "$(grep -c "^function 5" /tmp/r.daemon)" 1 "is the daemon's to do"
is "$(sense_of "$OTHER" -- 00 00 00 00 00 00)" good "and it did"
sg_raw -t 2 "$NODE" c0 00 00 00 00 00 > /dev/null 2>&1
is "$(grep -c "^function 1 of it" /tmp/r.daemon)" 1 "a command that times out is aborted there"
is "$(sense_of "$NODE" -- 00 00 00 00 00 00)" good "and nothing else is"
tgtctl lun delete loop:two 0 > /dev/null

# the end of a daemon
daemon_gone "$DAEMON"
dd if="$NODE" of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
reader=$!
wait_for 10 eval '[ "$(user_count r held)" = 1 ]'
is "$(user_count r held)" 1 "without a daemon a command waits"
daemon userraw r $((16 << 20))
wait $reader
is $? 0 "for the next one"

# and one that hangs
tgtctl device set r timeout=2 > /dev/null
kill -STOP "$DAEMON"
is "$(read_sense "$NODE")" 2/04/03 "one that hangs: a read ends at the deadline"
is "$(sense_of "$NODE" -s 512 -i /dev/zero -- 2a 00 00 00 00 20 00 00 01 00)" 2/04/03 "so does a write"
s=$SECONDS
is "$(read_sense "$NODE") $((SECONDS - s <= 1))" "2/04/03 1" "after which none is given to it"
kill -CONT "$DAEMON"
wait_for 10 eval '! tgtctl device show r --blocked | grep -q fenced'
is "$(read_sense "$NODE")" good "until it has answered"
is "$(user_count r bad)" 0 "nothing was wrong"

unserve r
wait_for 10 eval "! kill -0 $DAEMON"
is "$(daemon_rc r)" 0 "it ends with its device"
