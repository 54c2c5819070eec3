#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what an initiator changes is told to who listens on netlink, with all that is needed to
# make the same elsewhere: mode parameters in force and saved, target port groups, thresholds of a
# thin provisioned disk; this test will change them by SCSI commands, and look at tgtctl monitor.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 13
need_program sg_raw sg_stpg jq

dir=$(mktemp -d)
defer rm -rf "$dir"
device d backend=ram size=64M limit-mib=16
loop_target t
lun t 0 d
run_ok "a group" tgtctl alua create 1 targets=loop:t
sg_turs "$SG" > /dev/null 2>&1
sg_turs "$SG" > /dev/null 2>&1
tgtctl monitor --json > "$dir/events" &
monitor=$!
defer kill $monitor
wait_for 10 grep -q '"start"' "$dir/events"

# The last event about the device, as far as JQ-FILTER tells.
told() # JQ-FILTER
{
	grep device-ntf "$dir/events" | tail -n 1 | jq -c "$1"
}

# MODE SELECT (10) of the control mode page, bytes 2 to 5 of which are given.
control() # SP BYTES
{
	# shellcheck disable=SC2059 # octal
	printf "\\0\\0\\0\\0\\0\\0\\0\\0\\x0a\\x0a$2\\0\\0\\xff\\xff\\0\\0" > "$dir/list"
	sg_raw -s 20 -i "$dir/list" "$SG" 55 "1$1" 00 00 00 00 00 00 14 00
}

run_ok "MODE SELECT: TST, QERR" control 0 '\x20\x12\x00\x40'
wait_for 10 grep -q modes-now "$dir/events"
is "$(told '[."modes-now", .modes]')" '["qerr,tst",null]' "what is in force is told"
run_ok "saved" control 1 '\x20\x1a\x00\x40'
wait_for 10 grep -q '"modes": *"nuar' "$dir/events"
is "$(told '[."modes-now", .modes]')" '[null,"nuar,qerr,tst"]' "what is saved is told"
is "$(tgtctl device show d --json | jq -c '.[0] | [."modes-now", .modes]')" \
	'[null,"nuar,qerr,tst"]' "and shown"
n=$(grep -c device-ntf "$dir/events")
run_ok "the same again" control 1 '\x20\x1a\x00\x40'
tgtctl device set d modes=used:4
wait_for 10 grep -q '"modes": *"used:4"' "$dir/events"
is "$(grep -c device-ntf "$dir/events")" $((n + 1)) "is no event"

dd if=/dev/urandom of="$NODE" bs=1M count=6 oflag=direct status=none
wait_for 10 grep -q '"reached": *"used"' "$dir/events"
is "$(told .reached)" '"used"' "a threshold is reached"
blkdiscard "$NODE"
wait_for 10 eval '[ "$(told .reached)" = null ]'
is "$(told .reached)" null "and left"

run_ok "SET TARGET PORT GROUPS: non-optimized" sg_stpg --tp=1 --state=1 "$SG"
wait_for 10 grep -q alua-ntf "$dir/events"
is "$(grep alua-ntf "$dir/events" | tail -n 1 | jq -c '[.id, .state, .targets, .explicit]')" \
	'[1,"optimized","loop:t","d=non-optimized"]' "is told"
is "$(tgtctl alua show 1 --json | jq -r '.[0].explicit')" "d=non-optimized" "and shown"
