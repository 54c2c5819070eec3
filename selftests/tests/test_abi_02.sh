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

changed() # DESCRIPTION SCENARIO LINE:KIND SED-SCRIPT
{
	sed -e "$4" "$tables/golden/$2.jsonl" > "$dir/$2.jsonl"
	if cmp -s "$dir/$2.jsonl" "$tables/golden/$2.jsonl"; then
		not_ok "$1" "nothing was changed"
	elif play "$2"; then
		not_ok "$1" "replay found nothing"
	elif grep -qF "# $2.jsonl:$3" "$TAP_OUT"; then
		ok "$1"
	else
		not_ok "$1" "not in $2.jsonl:$3"
		diag < "$TAP_OUT"
	fi
}

cp "$tables/golden/abort.jsonl" "$dir/"
run_ok "unchanged, it is the same" replay --strict --tables "$tables" "$dir/abort.jsonl"

n=$(line nexus '"cb":"it_nexus_response"')
changed "a result" nexus "$n: lld" "${n}s/\"result\":0/\"result\":1/"
changed "a callback that did not come" nexus "$((n + 1)): -lld" "${n}p"
changed "a callback too many" nexus "$((n + 1)): +lld" "${n}d"
n=$(line nexus '"t":"k2u"')
changed "a byte of an event" nexus "$n: k2u" "${n}s/0000000000\"/0000000001\"/"
changed "a field of an event" nexus "$n: k2u" "${n}s/\"max_cmds\":0/\"max_cmds\":1/"
changed "a slot" nexus "$n: -k2u" "${n}s/\"slot\":0/\"slot\":1/"
changed "an event too many" nexus "$((n + 1)): +k2u" "${n}d"
n=$(line nexus '"t":"k2u","slot":14')
changed "one that nobody consumes" nexus "$((n + 6)): +k2u" "${n}d;$((n + 2))d"
n=$(line nexus '"t":"u2k_after"')
changed "a status" nexus "$n: u2k_after" "${n}s/\"status\":0/\"status\":1/"
n=$(line nexus '"what":"nexus_create"')
changed "what scsi_tgt returns" nexus "$n: inject" "${n}s/\"rc\":0/\"rc\":-4/"
n=$(line nexus '"ret":1,"revents":"0x41"')
changed "what poll() returns" nexus "$n: poll" "${n}s/0x41/0x45/"
n=$(line abort 'Could not find tag 2')
changed "a line of the log" abort "$n: -klog" "${n}s/tag 2/tag 3/"
changed "its level" abort "$n: klog" "${n}s/\"level\":3/\"level\":4/"
changed "a line of the log too many" abort "$((n + 1)): +klog" "${n}d"
n=$(line abort '"t":"lld_outstanding"')
changed "commands outstanding" abort "$n: lld_outstanding" "${n}s/\"count\":0/\"count\":1/"
n=$(line file_ops '"args":"TCGETS"')
changed "an errno" file_ops "$n: sys" "${n}s/25,\"err\":\"ENOTTY\"/22,\"err\":\"EINVAL\"/"
n=$(line file_ops '"ret":2147479552')
changed "a number of bytes" file_ops "$n: sys" "${n}s/2147479552/2147483647/"
n=$(line commands '"t":"target_buf"')
changed "data written" commands "$n: target_buf" "${n}s/\"crc32\":\"64/\"crc32\":\"65/"
n=$(line commands '"data":')
changed "data read" commands "$n: lld" "${n}s/\"data\":\"c7/\"data\":\"c8/"
n=$(line reopen '"t":"same_pages"')
changed "whether two mappings are one" reopen "$n: same_pages" "${n}s/true/false/"
n=$(line task_mgmt '"mid":119')
changed "an identifier passed through" task_mgmt "$((n + 1)): k2u" "${n}s/119/118/"

# what it cannot do is not passed
echo '{"t":"nonsense"}' > "$dir/odd.jsonl"
play odd
is $? 1 "a trace of which nothing could be compared has not passed"
like "$(< "$TAP_OUT")" 'SKIP the format does not say what "nonsense" is' "and it says why"
echo '{"t":"step"' > "$dir/odd.jsonl"
play odd
is $? 1 "nor has a file that cannot be read"
