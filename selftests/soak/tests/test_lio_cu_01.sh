#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: libiscsi's conformance suites on a device of ours behind LIO's iSCSI target, by two
# paths, and on LIO's own ramdisk at the same target; this test will check that what fails with
# ours is what lio_cu.known lists, that what it calls LIO's fails with LIO's ramdisk as well, and what
# fails in the wake of another test passes alone.
# timeout: 1100
. "$(dirname "$0")/../../lib/tap.sh"
. "$(dirname "$0")/../../lib/loop.sh"
. "$(dirname "$0")/../../lib/lio.sh"
plan 7
need_program iscsi-test-cu

known=$(dirname "$0")/../lio_cu.known
table=$(dirname "$0")/../../lib/iscsi-table
iqn=iqn.2001-04.org.example:cu
# fewer than 65536 blocks: see docs/iscsi-test-cu.md
device d backend=ram size=31M serial=LIO-CU
lio_load
defer quietly lio_unstore_all
run_ok "a storage object" lio_store d d
lio_ramdisk 7936
for t in $iqn $iqn.two; do
	lio_iscsi "$t"
	lio_iscsi_lun "$t" 0 d
	lio_iscsi_lun "$t" 1 rd_mcp_0/other
done

cu() # LUN TESTS; prints SUITE.TEST of each failure
{
	timeout 500 iscsi-test-cu --dataloss --verbose "--test=$2" \
		"iscsi://127.0.0.1/$iqn/$1" "iscsi://127.0.0.1/$iqn.two/$1" > "$TAP_OUT" 2>&1
	[ ! -d /results ] || cp "$TAP_OUT" "/results/lio-cu-$1-$2.txt"
	"$table" "$TAP_OUT" | awk -F'|' '$4 ~ /[A-Z]/ {
		gsub(/ /, "", $2)
		n = split($4, t, /[ ,]+/)
		for (i = 1; i <= n; i++)
			if (t[i] != "")
				print $2 "." t[i]
	}' | sort
}

listed() # WHOSE...
{
	local whose

	for whose; do
		awk -v w="$whose" '!/^#/ && $2 == w { print $1 }' "$known"
	done | sort
}

ours=$(cu 0 ALL)
like "$("$table" "$TAP_OUT" | tail -n 1)" "^[0-9]{3} passed" "the suites run to their end"
# of writes that are cut short, the status is what it does not like, not the residual
is "$(grep -c 'CU_ASSERT.*task->residual' "$TAP_OUT")" 0 "every residual is right"
is "$(comm -23 <(echo "$ours") <(listed lio tool wake))" "" "what fails is listed"
is "$(comm -13 <(echo "$ours") <(listed lio tool))" "" "what is listed fails"
alone=''
for t in $(listed wake); do
	wait_for 15 no_session || bail "nexuses do not age"
	alone+=$(cu 0 "SCSI.$t")
	grep -q "Test: ${t#*.} " "$TAP_OUT" || alone+=" $t did not run"
done
is "$alone" "" "what fails in the wake of another passes alone"
is "$(comm -13 <(cu 1 ALL) <(listed lio))" "" "what is LIO's fails with its ramdisk as well"
