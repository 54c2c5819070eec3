#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons that are killed, end, or are followed by others, which die over it themselves,
# under each policy and QD1 to QD128. This test will see that a load that knows what was acknowledged
# finds that and nothing older, and has errors under policy=fail only. TGT_ROUNDS: daemons in all
# (100; 10000 in the soak).
# timeout: 28800
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
depths=(1 8 32 128)
plan $((3 * 3 * ${#depths[@]} + 1))
need_program tgtcore-file
be_target

dir=$(mktemp -d /scratch/user.XXXXXX)
defer rm -rf "$dir"
truncate -s 4M "$dir/k"
user_disk k userfile "$dir/k" size=4M queue-limit=128 timeout=60 "config=$dir/k"
daemon_gone "$DAEMON"
# what was aborted is repeated, however often that is the same command
echo -1 > "$(echo "/sys/block/${NODE##*/}/device/scsi_disk/"*)/max_retries"
cells=$((3 * ${#depths[@]})) cell=0
rounds=$(((${TGT_ROUNDS:-100} + cells - 1) / cells))
seed=${TGT_SEED:-$RANDOM}
diag "TGT_SEED=$seed, $rounds rounds each; queue depth $(< "/sys/block/${NODE##*/}/device/queue_depth")"

load_gone() # PID
{
	kill -KILL "$1" 2> /dev/null || :
}

# The one that is in user space alone, or the one that is shipped.
choose()
{
	if ((cell % 2)); then
		served_by=(take userfile k "$dir/k")
	else
		served_by=(--takeover tgtcore-file k)
	fi
}

try() # POLICY QD
{
	local what="$1, QD$2" load rc=0 failed

	choose
	tgtload ride "$NODE" "$dir/state" "$2" > "$dir/load" 2>&1 &
	load=$!
	defer load_gone $load
	run_ok "$what: $rounds rounds of ${served_by[1]}" userkill k \
		"/sys/block/${NODE##*/}/stat" $(($2 / 2 + 1)) $rounds $((seed + cell)) "${served_by[@]}"
	diag < "$TAP_OUT"
	daemon userfile k "$dir/k"
	kill -TERM $load
	wait $load || rc=$?
	failed=$(sed -n 's/^done [0-9]*, failed //p' "$dir/load")
	diag < "$dir/load"
	is "$rc $([ "$1" = fail ] && echo "${failed:+0}" || echo "$failed")" "0 0" \
		"$what: what is read was acknowledged${failed:+, $failed commands failed}"
	run_ok "$what: what was acknowledged is there" tgtload check "$NODE" "$dir/state"
	daemon_gone "$DAEMON"
}

for policy in hold reissue fail; do
	tgtctl device set k policy=$policy > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
	cell=$((cell + 1))
	for qd in "${depths[@]}"; do
		try $policy "$qd"
		cell=$((cell + 1))
	done
done
diag "$(device_field k info)"
is "$(user_count k bad) $(user_count k timeouts)" "0 0" "nothing was wrong"
unserve k
