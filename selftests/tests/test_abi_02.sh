#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what replay is there for; this test will change recorded traces by one thing
# each and check that replay finds it, in that line, and says what it is.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
plan 25
need_root
need_program replay
tables=$(readlink -f "$(dirname "$0")/../../abi-tests")
[ -d "$tables/golden" ] || skip "the traces are not here"
dir=$(mktemp -d)
defer rm -rf "$dir"

play() # SCENARIO [OPTIONS]
{
	local scenario=$1

	shift
	replay --strict --tables "$tables" "$@" "$dir/$scenario.jsonl" > "$TAP_OUT" 2>&1
}

# The number of the first line of a scenario's trace with this text.
line() # SCENARIO TEXT
{
	grep -m 1 -nF -- "$2" "$tables/golden/$1.jsonl" | cut -d: -f1
}

# Changes of one trace are played together, each in a step of its own so that none hides
# another, in the order of their lines. What is put in or taken out moves the lines after it.
CHANGES=() WHERES=() SCRIPT='' MOVED=0

change() # DESCRIPTION LINE KIND SED-SCRIPT [LINES-MORE]: found in LINE, as it was numbered
{
	CHANGES+=("$1")
	SCRIPT+="$4;"
	MOVED=$((MOVED + ${5:-0}))
	WHERES+=("$(($2 + MOVED)): $3")
}

changed() # SCENARIO
{
	local i

	sed -e "$SCRIPT" "$tables/golden/$1.jsonl" > "$dir/$1.jsonl"
	play "$1" && diag "replay found nothing in $1"
	for i in "${!CHANGES[@]}"; do
		grep -qxF "# $1.jsonl:${WHERES[i]}" "$TAP_OUT"
		ok_if $? "${CHANGES[i]}" || { diag "not in $1.jsonl:${WHERES[i]}"; bad=y; }
	done
	[ -z "$bad" ] || diag < "$TAP_OUT"
	CHANGES=() WHERES=() SCRIPT='' MOVED=0 bad=
}

cp "$tables/golden/abort.jsonl" "$dir/"
run_ok "unchanged, it is the same" replay --strict --tables "$tables" "$dir/abort.jsonl"

# steps of "nexus": an inject, its event, a poll, a consume, the answer in four lines, a poll
step() # NUMBER OFFSET
{
	local line

	line=$(grep -nF '"t":"step"' "$tables/golden/nexus.jsonl" | sed -n "$1p")
	n=$((${line%%:*} + $2))
}

bad=
step 1 8
change "a result" $n lld "${n}s/\"result\":0/\"result\":1/"
step 2 2
change "a byte of an event" $n k2u "${n}s/0000000000\"/0000000001\"/"
step 3 2
change "a field of an event" $n k2u "${n}s/\"max_cmds\":0/\"max_cmds\":1/"
step 4 7
change "a status" $n u2k_after "${n}s/\"status\":0/\"status\":1/"
step 5 1
change "what scsi_tgt returns" $n inject "${n}s/\"rc\":0/\"rc\":-4/"
step 6 3
change "what poll() returns" $n poll "${n}s/0x41/0x45/"
step 7 8
change "a callback that did not come" $n -lld "${n}p" 1
step 8 8
change "a callback too many" $((n + 2)) +lld "${n}d" -1
step 9 2
change "a slot" $n -k2u "${n}s/\"slot\":8/\"slot\":9/"
step 10 2
change "an event too many" $((n + 2)) +k2u "${n}d" -1
n=$(line nexus '"t":"k2u","slot":14')
change "one that nobody consumes" $((n + 8)) +k2u "${n}d;$((n + 2))d" -2
changed nexus

n=$(line abort '"t":"lld_outstanding"')
change "commands outstanding" "$n" lld_outstanding "${n}s/\"count\":0/\"count\":1/"
n=$(line abort 'Could not find tag 2')
change "a line of the log" "$n" -klog "${n}s/tag 2/tag 3/"
n=$(line abort 'fail to abort')
change "its level" "$n" klog "${n}s/\"level\":4/\"level\":3/"
changed abort
n=$(line abort 'fail to abort')
change "a line of the log too many" $((n + 4)) +klog "${n}d" -1
changed abort

n=$(line file_ops '"args":"TCGETS"')
change "an errno" "$n" sys "${n}s/25,\"err\":\"ENOTTY\"/22,\"err\":\"EINVAL\"/"
n=$(line file_ops '"ret":2147479552')
change "a number of bytes" "$n" sys "${n}s/2147479552/2147483647/"
changed file_ops
n=$(line commands '"data":')
change "data read" "$n" lld "${n}s/\"data\":\"c7/\"data\":\"c8/"
n=$(line commands '"t":"target_buf"')
change "data written" "$n" target_buf "${n}s/\"crc32\":\"64/\"crc32\":\"65/"
changed commands
n=$(line reopen '"t":"same_pages"')
change "whether two mappings are one" "$n" same_pages "${n}s/true/false/"
changed reopen
n=$(line task_mgmt '"mid":119')
change "an identifier passed through" $((n + 1)) k2u "${n}s/119/118/"
changed task_mgmt

# what it cannot do is not passed
echo '{"t":"nonsense"}' > "$dir/odd.jsonl"
play odd
is $? 1 "a trace of which nothing could be compared has not passed"
like "$(< "$TAP_OUT")" 'SKIP the format does not say what "nonsense" is' "and it says why"
echo '{"t":"step"' > "$dir/odd.jsonl"
play odd
is $? 1 "nor has a file that cannot be read"
