#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons that die with commands in flight; this test will kill and restart them under
# policies hold and reissue while data is verified, and under policy fail, where what fails may be
# there or not, and what was acknowledged is. TGT_ROUNDS: how often (3).
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 21
need_program fio sg_raw
be_target

user_tmpfs

# The daemon dies with commands that it has seen, or not; another takes over.
kill_and_restart() # DEVICE
{
	kill -STOP "$DAEMON"
	wait_for 10 in_flight "$NODE" || bail "no command in flight"
	sleep 0.05
	daemon_gone "$DAEMON"
	sleep "0.$((RANDOM % 3))"
	daemon tgtcore-mem "$1" "$t/$1"
}

rounds=${TGT_ROUNDS:-3}
for policy in hold reissue; do
	served $policy policy=$policy timeout=20
	fio_start "$NODE"
	for ((i = 0; i < rounds; i++)); do
		kill_and_restart $policy
	done
	fio_stop_ok "$policy: no acknowledged write is lost, no wrong block" "$NODE"
	is "$(user_count $policy lost)" "$rounds" "$policy: $rounds daemons were lost"
	like "$(device_field $policy info)" ", generation $((rounds + 1))," "$policy: the next one serves"
	is "$(user_count $policy bad) $(user_count $policy late)" "0 0" "$policy: nothing was wrong"
	is "$(user_count $policy timeouts)" 0 "$policy: nothing was too late"
	reissued=$(user_count $policy reissued)
	if [ $policy = reissue ]; then
		is $((reissued > 0)) 1 "$policy: $reissued commands were given to two daemons"
	else
		is "$reissued" 0 "$policy: no command was given to two daemons"
	fi

	# held until there is one
	daemon_gone "$DAEMON"
	read_sense "$NODE" > "$t/sense" &
	reader=$!
	wait_for 10 eval "[ \$(user_count $policy held) = 1 ]"
	is "$(user_count $policy held)" 1 "$policy: a read waits for a daemon"
	daemon tgtcore-mem $policy "$t/$policy"
	wait $reader
	is "$(< "$t/sense")" good "$policy: and gets its data from the next"
	unserve $policy
done

# under policy fail the load ends with the daemon, and goes on from what it knows
served fail policy=fail timeout=20
wanted='' got='' late=0
for ((i = 0; i < rounds; i++)); do
	tgtload run "$NODE" "$t/load" > "$t/load.log" 2>&1 &
	load=$!
	wait_for 60 io_since "${NODE##*/}" "$(io_count "${NODE##*/}")" || bail "the load does no I/O"
	kill -STOP "$DAEMON"
	wait_for 10 in_flight "$NODE" || bail "no command in flight"
	sleep 0.05
	s=$SECONDS
	daemon_gone "$DAEMON"
	wait $load
	got+=" $?"
	late=$((late + (SECONDS - s > 5)))
	daemon tgtcore-mem fail "$t/fail"
	tgtload check "$NODE" "$t/load" >> "$t/load.log" 2>&1
	got+=" $?"
	wanted+=" 3 0"
done
is "$got" "$wanted" "fail: what was acknowledged is there, what failed is whole or not there" ||
	diag < "$t/load.log"
is $late 0 "fail: it fails when the daemon is gone, not at a deadline"
is "$(user_count fail lost) $(user_count fail reissued) $(user_count fail held)" "$rounds 0 0" \
	"fail: $rounds daemons were lost, and nothing waits for the next"
is "$(user_count fail bad) $(user_count fail late) $(user_count fail timeouts)" "0 0 0" \
	"fail: nothing was wrong"
is "$(read_sense "$NODE")" good "fail: the next serves"
unserve fail
