#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtctl where the kernel takes its time: a backend that holds a command until it
# is told to answer; this test will see deletes wait, say what for, give up when told, and go on.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 26
need_program dmsetup
be_target
modprobe dm_mod || bail "no device mapper"
echo "0 65536 zero" | dmsetup create tool02 || bail "no dm"
defer dmsetup remove --retry tool02
dmsetup mknodes
tmp=$(mktemp -d /tmp/tool.XXXXXX) || bail "no directory"
defer rm -rf "$tmp"

# One read that the backend has and does not answer until release.
hold()
{
	# this is about the tool, not about what the initiator does after 30 s
	echo 600 > "/sys/block/${NODE#/dev/}/device/timeout"
	dmsetup suspend --noflush --nolockfs tool02 || bail "no suspend"
	defer dmsetup resume tool02
	dd if="$NODE" of=/dev/null bs=4k count=1 iflag=direct status=none 2> /dev/null &
	reader=$!
	wait_for 20 held || bail "nothing is held"
}

held()
{
	[ "$(device_field slow held)" = 1 ]
}

release()
{
	dmsetup resume tool02
}

# Start a command, and wait until it has said what it waits for.
start() # COMMAND...
{
	"$@" > "$tmp/out" 2>&1 &
	waiter=$!
	wait_for 30 grep -q "waiting for" "$tmp/out"
}

serve slow backend=blk path=/dev/mapper/tool02
hold
is "$(tgtctl device show --blocked | wc -l)" 1 "what only works is not blocked"
run_err "not gone after 0.5 s" "a delete gives up after its timeout" \
	tgtctl device delete slow --force --timeout 0.5
text=$(< "$TAP_OUT")
like "$text" '^tgtctl: device slow: not gone' "names the object"
like "$text" 'waiting for lun loop:be 0: 1 command in flight; device slow: 1 command still with the backend; see tgtctl device show --blocked$' \
	"and what it waits for"
like "$(tgtctl device show)" '^slow .* deleting ' "the kernel goes on"
like "$(tgtctl device show --blocked)" \
	'^slow +deleting +[0-9hms.]+ +lun loop:be 0: 1 command in flight; device slow: 1 command still with the backend$' "blocked: the device"
like "$(tgtctl lun show --blocked)" \
	'^loop:be +- +0 +deleting +[0-9hms.]+ +1 command in flight; device slow: 1 command still' "blocked: its LUN"
like "$(tgtctl lun show --blocked --json | tr -d '\n ')" \
	'"stage":"deleting","waits-for":"1commandinflight;deviceslow:1command' "blocked: as JSON"
like "$(tgtctl session show --blocked)" '^loop:be .* deleting .*lun 0: 1 command in flight; device slow: ' \
	"blocked: the session that uses it"
is "$(tgtctl target show --blocked | wc -l)" 1 "not blocked: the target"
run_err "is being deleted" "its name cannot be mapped meanwhile" \
	tgtctl lun create loop:be 9 device=slow
run_err "already" "nor taken" tgtctl device create slow backend=null size=1M

start tgtctl device delete slow --force
ok_if $? "a second delete waits for the first"
is "$(< "$tmp/out")" "tgtctl: device slow: waiting for lun loop:be 0: 1 command in flight; device slow: 1 command still with the backend" \
	"and says what for"
kill -0 $waiter
ok_if $? "until"
release
wait $waiter
is $? 0 "it is gone"
run_err "no device slow" "really" tgtctl device show slow
wait $reader

serve slow backend=blk path=/dev/mapper/tool02
hold
run_ok "a delete without waiting" tgtctl device delete slow --force --no-wait
like "$(tgtctl device show)" '^slow .* deleting ' "returns before the object is gone"
start tgtctl clear
ok_if $? "clear waits for what is on its way"
release
wait $waiter
is $? 0 "until it is gone"
is "$(tgtctl device show --json)$(tgtctl target show --json)" "[][]" "nothing is left"
wait $reader
run_ok "and the backend let go of its device" dmsetup remove --retry tool02
echo "0 65536 zero" | dmsetup create tool02
run_ok "a target for the end" tgtctl target create loop:be
