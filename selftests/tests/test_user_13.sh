#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what is told of daemons; this test will have one come, hang, go on, die, and come
# again, and see each in "device show", with --blocked, as an event, and in "stat --daemons".
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 26
need_program sg_raw
be_target
user_tmpfs

daemon_is() # STATE [PID]
{
	[ "$(device_field d daemon) $(device_field d daemon-pid)" = "$1 ${2-}" ]
}

becomes() # STATE PID|'' DESCRIPTION
{
	wait_for 10 daemon_is "$1" "$2" || :
	is "$(device_field d daemon) $(device_field d daemon-pid)" "$1 $2" "$3"
}

blocked() # -> the line of d
{
	tgtctl device show d --blocked | sed 1d
}

told() # STATE PID DESCRIPTION: the last event says so
{
	local want="device d active .* daemon=$1${2:+ daemon-pid=$2}\$"

	wait_for 10 eval "tail -n 1 '$t/events' | grep -qE -- '$want'" || :
	like "$(grep 'device d' "$t/events" | tail -n 1)" "$want" "$3"
}

counted() # of d: what it is, commands, held, starts, lost, handovers, reissued, timeouts, late, bad
{
	tgtctl stat --daemons --json | jq -r '.[] | select(.device == "d") | [.daemon, .commands,
		.held, .starts, .lost, .handovers, .reissued, .timeouts, .late, .bad] |
		map(tostring) | join(" ")'
}

tgtctl monitor > "$t/events" 2>&1 &
monitor=$!
sleep 0.5
tgtctl device create d backend=user size=8M timeout=2 > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
defer be_delete d
becomes none "" "none has come yet"
is "$(blocked)" "" "nothing waits for one"
is "$(counted)" "none 0 0 0 0 0 0 0 0 0" "nothing is counted"
daemon tgtcore-mem d "$t/d"
becomes serving "$DAEMON" "one serves"
told serving "$DAEMON" "an event says so"
is "$(device_field d daemon-starts)" 1 "the first"
tgtctl lun create loop:be 0 device=d > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(find_disk loop:be 0)
is "$(blocked)" "" "nothing waits for it"

kill -STOP "$DAEMON"
is "$(read_sense "$NODE")" 2/04/03 "a read that it does not answer"
becomes hanging "$DAEMON" "it hangs"
told hanging "$DAEMON" "an event says so"
like "$(blocked)" \
	"waiting.* daemon $DAEMON, generation 1, which hangs, 1 command, the oldest for [0-9.]+ s" \
	"--blocked names it, what it has and for how long"
kill -CONT "$DAEMON"
becomes serving "$DAEMON" "it has answered"
told serving "$DAEMON" "an event says so"
is "$(blocked)" "" "nothing waits for it"

daemon_gone "$DAEMON"
becomes dead "" "it is dead"
told dead "" "an event says so"
like "$(blocked)" "waiting.* a daemon, the last one, generation 1, is dead" "--blocked says so"
tgtctl device set d timeout=60
read_sense "$NODE" > "$t/sense" &
reader=$!
wait_for 10 eval '[ "$(device_field d daemon-commands)" = 1 ]'
like "$(blocked)" "generation 1, is dead, 1 command, the oldest for" "and what waits for the next"
like "$(tgtctl device show d --blocked --json | jq -c '.[0] | [.daemon, .["daemon-commands"]]')" \
	'\["dead",1\]' "so does JSON"
is "$(counted)" "dead 1 1 1 1 0 0 1 0 0" "it is counted: held, one lost, one deadline that passed"
tgtctl stat --daemons --interval 0.2 --json > "$t/rates" &
rates=$!
wait_for 10 test -s "$t/rates"
daemon tgtcore-mem d "$t/d"
wait $reader
is "$(< "$t/sense") $(device_field d daemon-starts)" "good 2" "the second one gets it"
wait_for 10 eval '[ "$(jq -s "[.[][].starts] | add" "$t/rates")" = 1 ]'
kill $rates
wait $rates
is "$(jq -s -c '[([.[][].starts] | add), ([.[][].timeouts] | add)]' "$t/rates")" "[1,0]" \
	"--interval tells what was counted in it"

# one that is killed with what is reissued
tgtctl device set d policy=reissue
kill -STOP "$DAEMON"
read_sense "$NODE" > "$t/sense" &
reader=$!
wait_for 10 eval '[ "$(device_field d daemon-commands)" = 1 ]'
daemon_gone "$DAEMON"
daemon tgtcore-mem d "$t/d"
wait $reader
is "$(< "$t/sense") $(counted)" "good serving 0 0 3 2 0 1 1 0 0" "a command that is reissued is counted"
tgtctl device create r backend=ram size=1M > /dev/null
defer be_delete r
tgtctl stat --daemons > "$t/table"
like "$(head -n 1 "$t/table")" "^DEVICE +DAEMON +PID +COMMANDS +HELD +STARTS .* BAD$" "as a table"
is "$(wc -l < "$t/table")" 2 "of devices that daemons serve"
unserve d
wait_for 10 grep -q 'device d gone' "$t/events"
is "$(tail -n 1 "$t/events" | grep -c 'device d gone')" 1 "nothing is told once it is gone"
kill $monitor
