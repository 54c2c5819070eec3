#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# soak: minutes=2
# DESCRIPTION: tgtctl where the kernel takes its time: a backend that holds commands for
# seconds; this test will see deletes wait, say what for, give up when told, and go on.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 22
be_target
# shellcheck disable=SC2119
scsi_debug_disk
delay=/sys/bus/pseudo/drivers/scsi_debug/delay

# One read that the backend answers after seconds.
hold() # SECONDS
{
	# in jiffies of 4 ms
	echo $(($1 * 250)) > $delay || bail "no delay"
	dd if="$NODE" of=/dev/null bs=4k count=1 iflag=direct status=none 2>/dev/null &
	wait_for 5 sh -c "tgtctl device show slow | grep -q '^held *1'" || bail "nothing is held"
}

millis()
{
	echo $(($(date +%s%N) / 1000000))
}

serve slow backend=blk path="$LOWER"
hold 6
is "$(tgtctl device show --blocked | wc -l)" 1 "what only works is not blocked"
start=$(millis)
run_err "not gone after 0.5 s" "a delete gives up after its timeout" \
	tgtctl device delete slow --force --timeout 0.5
took=$(($(millis) - start))
[ $took -ge 500 ] && [ $took -lt 3000 ]
ok_if $? "in time ($took ms)"
text=$(< "$TAP_OUT")
like "$text" '^tgtctl: device slow: not gone' "names the object"
like "$text" 'waiting for .*see tgtctl device show --blocked$' "and what it waits for"
like "$(tgtctl device show)" '^slow .* deleting ' "the kernel goes on"
like "$(tgtctl device show --blocked)" '^slow +deleting +[0-9.]+s +[^ ]' "blocked: the device"
like "$(tgtctl lun show --blocked)" '^loop:be +- +0 +deleting +[0-9.]+s +[^ ]' "blocked: its LUN"
like "$(tgtctl lun show --blocked --json | tr -d '\n ')" \
	'"stage":"deleting","waits-for":"[^"]+"' "blocked: as JSON"
like "$(tgtctl session show --blocked)" '^loop:be .* deleting .*lun 0: ' \
	"blocked: the session that uses it"
is "$(tgtctl target show --blocked | wc -l)" 1 "not blocked: the target"
run_ok "a second delete waits for the first" tgtctl device delete slow --force
like "$(< "$TAP_OUT")" "^(tgtctl: device slow: waiting for .*)?$" "and says what for, if long"
run_err "no device slow" "then it is gone" tgtctl device show slow
wait

echo 0 > $delay
serve slow backend=blk path="$LOWER"
hold 3
start=$(millis)
run_ok "without waiting" tgtctl device delete slow --force --no-wait
[ $(($(millis) - start)) -lt 2000 ]
ok_if $? "a delete returns at once"
run_ok "clear waits for what is on its way" tgtctl clear
is "$(tgtctl device show --json)$(tgtctl target show --json)" "[][]" "nothing is left"
wait
run_ok "and the backend let go of the disk" dd if=/dev/zero of="$LOWER" bs=4k count=1 \
	oflag=direct conv=notrunc
run_ok "target for the end" tgtctl target create loop:be
