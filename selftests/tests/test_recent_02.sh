#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtctl lun recent; this test will check its table and its JSON against commands that
# were sent, the map of a group, and what is refused.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program tgtprobe python3
plan 13

# entries of two CPUs may be told in another order than they came in, if within a tick
taskset -p -c 0 $$ > /dev/null || bail

load_modules tgtcore_probe
device d backend=ram size=16M
tgtctl target create probe:p > /dev/null || bail
defer quietly tgtctl target delete probe:p --force
tgtctl lun create probe:p 3 device=d || bail

is "$(tgtctl lun recent probe:p 3 | tail -n +2)" "" "nothing has happened"
is "$(tgtctl lun recent probe:p 3 --json)" "[]" "nor in JSON"
tgtprobe cmd p --lun 3 --in 4096 28 0 0 0 1 0 0 0 8 0 > /dev/null || bail "no read"
tgtprobe cmd p --lun 3 --in 512 88 0 0 0 0 0 0 1 0 0 0 0 0 1 0 0 > /dev/null && bail "it reads"
run_ok "the table" tgtctl lun recent probe:p 3
like "$(head -n 1 "$TAP_OUT")" "^TIME +SESSION +LATENCY +STATUS +SENSE +CDB +COMMAND$" "its heading"
like "$(cat "$TAP_OUT")" \
	"^[0-9]+\.[0-9]{6} +[0-9]+ .* good +- +28000000010000000800 +READ\(10\) lba 256 \+8$" \
	"a read"
like "$(tail -n 1 "$TAP_OUT")" \
	" check condition +5/21/00 +88000000000000010000000000010000 +READ\(16\) lba 65536 \+1$" \
	"one behind the end"
like "$(cat "$TAP_OUT")" " check condition +6/29/00 +000000000000 +TEST UNIT READY$" \
	"a unit attention"
is "$(tgtctl lun recent probe:p 3 --json | python3 -c '
import json, sys
r = json.load(sys.stdin)[-1]
print(r["stage"], r["status"], hex(r["sense"]), r["cdb"], r["command"],
      r["number"], r["latency-ns"] <= r["age-ns"])')" \
	"ended 2 0x52100 88000000000000010000000000010000 READ(16) lba 65536 +1 3 True" "JSON"

tgtctl group create probe:p g || bail
tgtctl group add probe:p g initiator=i || bail
tgtctl lun create probe:p 3 device=d group=g || bail
tgtprobe cmd p --initiator i --lun 3 --in 36 12 0 0 0 24 0 > /dev/null || bail "no INQUIRY"
like "$(tgtctl lun recent probe:p 3 group=g | tail -n 1)" " INQUIRY$" "a group's map has its own"
like "$(tgtctl lun recent probe:p 3 | tail -n 1)" "READ\(16\)" "and the open one"

run_err "probe:p has no LUN 4" "a LUN there is not" tgtctl lun recent probe:p 4
run_err "has no group h" "a group there is not" tgtctl lun recent probe:p 3 group=h
run_err "group=G expected" "misuse" tgtctl lun recent probe:p 3 device=d
