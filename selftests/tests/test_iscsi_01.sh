#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: libiscsi's conformance suites on loop disks by SG_IO: a writable one, one that
# is read-only, one with blocks of 4096 bytes; this test will check that the suites for what
# the engine implements have no failure, and that the whole run has none but two of the tool's
# own; by iSCSI too, what the tool does no other way. The whole result goes to /results/iscsi-test-cu.txt; docs/iscsi-test-cu.md has the baseline.
# timeout: 900
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
need_program iscsi-test-cu

# What must run and pass, not only not fail: a test that is skipped proves nothing.
suites=(CompareAndWrite ReceiveCopyResults OrWrite Prefetch10 Prefetch16 ReadDefectData10 ReadDefectData12 Unmap Verify10
	Verify12 Verify16 WriteSame10 WriteSame16 WriteVerify10 WriteVerify12 WriteVerify16 Inquiry Mandatory ModeSense6 NoMedia Read6 Read10 Read12 Read16 ReadCapacity10
	ReadCapacity16 ReportSupportedOpcodes StartStopUnit TestUnitReady Write10 Write12 Write16)
plan $((${#suites[@]} + 24))

loop_target t
# less than 65536 blocks: the tool would read so many at once, which is too much for SG_IO
device rw backend=ram size=31M
lun t 0 rw
disk=$NODE
device ro backend=ram size=64M readonly=yes
lun t 1 ro
# its block node does not open for writing, as the tool wants it
readonly_disk=$SG
device k4 backend=ram size=64M block-size=4096
lun t 2 k4
disk_4k=$NODE
device at backend=null size=31M
lun t 3 at
atomic=$NODE
device wiped backend=ram size=31M
lun t 4 wiped
wiped=$NODE
# another path to the first
loop_target u
lun u 0 rw
second=$NODE
# LUNs that came later are told by a unit attention, which a suite would take for a failure
for node in "$disk" "$readonly_disk" "$disk_4k" "$atomic" "$wiped" "$second"; do
	quietly sg_turs -n 3 "$node"
done

# The tool prints "NAME Total Ran Passed Failed Inactive" of suites and tests.
tests_line()
{
	sed -nE 's/^ *tests +([0-9]+) +([0-9]+) +([0-9]+) +([0-9]+).*/\1 \2 \3 \4/p' "$TAP_OUT"
}

# DISK may be two paths with a blank between
run_suite() # DISK TEST [OPTION...]
{
	# shellcheck disable=SC2086 # paths
	timeout 300 iscsi-test-cu --dataloss --normal "${@:3}" "--test=$2" $1 \
		> "$TAP_OUT" 2>&1
}

no_failure() # DESCRIPTION
{
	local total passed failed

	read -r total _ passed failed <<< "$(tests_line)"
	if [ "${failed:-x}" = 0 ] && [ "${total:-0}" != 0 ] && [ "$passed" = "$total" ]; then
		ok "$1 ($total tests)"
	else
		not_ok "$1" "total $total, passed $passed, failed $failed" || :
		diag < "$TAP_OUT"
	fi
}

# One run of everything: each start of the tool takes its time.
run_suite "$disk" ALL --verbose
[ ! -d /results ] || cp "$TAP_OUT" /results/iscsi-test-cu.txt
table=$("$(dirname "$0")/../lib/iscsi-table" "$TAP_OUT")
# GetLBAStatus.UnmapSingle asks for block i + 1 and wants an answer about i + 8, where a physical
# block has 8 logical ones.
read -r total _ tests_passed tests_failed <<< "$(tests_line)"
is "$((total - tests_passed))-$tests_failed" "2-2" "ALL: two of ${total:-0} tests fail"

row() # SUITE; its tests are in $passed, $failed, $skipped then
{
	IFS='|' read -r _ _ passed failed skipped _ < <(grep "^| $1 |" <<< "$table")
	passed=${passed// /} failed=${failed// /} skipped=${skipped// /}
}

for s in "${suites[@]}"; do
	row "$s"
	run_ok "$s: $passed" test -n "$passed" -a -z "$failed"
done
row GetLBAStatus
is "$failed" "UnmapSingle" "one which cannot pass with blocks of 512 bytes"
row ExtendedCopy
is "$failed-$skipped" "ValidSegDescr-" "the other wants other sense than the standard"
for s in Read10 Write16; do
	row "$s"
	is "$skipped" "" "$s: nothing is skipped"
done

run_suite "$readonly_disk" "SCSI.ReadOnly"
no_failure "ReadOnly, on a read-only disk"
is "$(grep -c 'not write-protected' "$TAP_OUT")" 0 "which is seen to be one"

run_suite "$disk_4k" "SCSI.Read10"
no_failure "Read10, blocks of 4096 bytes"
run_suite "$disk_4k" "SCSI.Write10"
no_failure "Write10, blocks of 4096 bytes"
# the tool asks for 256 blocks whatever the most is that are written atomically
run_suite "$atomic" "SCSI.WriteAtomic16"
no_failure "WriteAtomic16"
is "$(grep -c SKIPPED "$TAP_OUT")" 0 "nothing of which is skipped"
# The others are for iSCSI alone, one by crashing, or for the cryptographic erase, which is not there.
for t in BlockErase ExitFailureMode InvalidServiceAction Overwrite; do
	run_suite "$wiped" "SCSI.Sanitize.$t" --allow-sanitize
	if grep -q SKIPPED "$TAP_OUT"; then
		not_ok "Sanitize.$t" "it was skipped"
	else
		no_failure "Sanitize.$t"
	fi
done
# Of the mode parameters that tests changed the other path has yet to hear. COMPARE AND WRITE zeroes
# 256 blocks and then expects zeroes in the one after these too.
quietly sg_turs -n 8 "$second"
quietly blkdiscard "$disk"
for t in CompareAndWrite CompareAndWriteAsync Simple; do
	run_suite "$disk $second" "SCSI.MultipathIO.$t"
	no_failure "MultipathIO.$t, two paths to one device"
	is "$(grep -c 'Multipath unavailable' "$TAP_OUT")" 0 "which the tool finds to be that"
done
# Which resets the unit by way of the one path and wants every path to hear of it: with paths that
# are sessions of the tool's own only.
lio_load
defer quietly lio_unstore_all
run_ok "a storage object" lio_store rw rw
for iqn in a b; do
	lio_iscsi iqn.2001-04.org.example:$iqn
	lio_iscsi_lun iqn.2001-04.org.example:$iqn 0 rw
done
run_suite "iscsi://127.0.0.1/iqn.2001-04.org.example:a/0 iscsi://127.0.0.1/iqn.2001-04.org.example:b/0" \
	SCSI.MultipathIO.Reset
no_failure "MultipathIO.Reset, two iSCSI targets of one device"
is "$(grep -c SKIPPED "$TAP_OUT")" 0 "which is not skipped"
