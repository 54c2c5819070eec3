#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons that die with commands in flight; this test will kill and restart them under
# policies hold and reissue while data is verified. TGT_ROUNDS: how often (3).
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 16
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
