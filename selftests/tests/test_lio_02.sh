#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its iSCSI target, Linux's initiator on the loopback interface;
# this test will log in, send writes of less data than they tell of, verify data while the session is
# lost, fence one initiator by another's reservation, and see sessions of ours begin and end with LIO's.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
plan 28
need_program fio sg_raw sg_persist jq mkfs.ext4 iscsid iscsiadm iscsi-test-cu ss

iqn=iqn.2001-04.org.example:lio
device d backend=ram size=32M serial=LIO-ISCSI
lio_load
defer quietly lio_unstore_all
run_ok "a storage object" lio_store d d
lio_iscsi $iqn
run_ok "at a LUN of an iSCSI target" lio_iscsi_lun $iqn 0 d
iscsid_start one two

iscsi_login one $iqn 0
ok "one logs in"
disk=$NODE sg=$SG
like "$(lio_sessions .initiator)" "^iqn.2001-04.org.example:one,i,0x[0-9a-f]{12}\$" "the nexus is its port's"
is "$(tgtctl target show --json | jq -r '.[] | select(.fabric == "lio") | .name')" \
	"iSCSI.$iqn.1" "and the target's"
like "$(sg_vpd -p sn "$sg")" "LIO-ISCSI" "it is our device"
like "$(sg_vpd -p di "$sg")" "transport: Internet SCSI" "at a port of that protocol"
file_tree_ok "$disk" "$disk"

# --- data-out that is less than the CDB says -----------------------------------------------------
# libiscsi's test wants another status (docs/lio.md); of the residuals it is right.
timeout 100 iscsi-test-cu --dataloss --verbose --test=iSCSI.iSCSIResiduals.Write10Residuals \
	"iscsi://127.0.0.1/$iqn/0" > "$TAP_OUT" 2>&1
like "$(< "$TAP_OUT")" "Test: Write10Residuals" "writes of more than there is data"
is "$(grep -c 'CU_ASSERT.*task->residual' "$TAP_OUT")" 0 "say by how much it is too little" ||
	diag < "$TAP_OUT"

# --- the session is lost ---------------------------------------------------------------------
log=$(mktemp)
defer rm -f "$log"
fio_verify "$disk" 8 > "$log" 2>&1 &
fio=$!
wait_for 20 io_since "${disk##*/}" 0
before=$(ss -Htn state established 'dport = :3260')
run_ok "the connection is cut" ss -K -tn 'dport = :3260'
again()
{
	[ -n "$(ss -Htn state established 'dport = :3260')" ] &&
		[ "$(ss -Htn state established 'dport = :3260')" != "$before" ]
}
wait_for 30 again
ok_if $? "and there is another"
wait $fio
is $? 0 "random writes at depth 32 verify, all the same" || diag < "$log"
is "$(lio_sessions .initiator | wc -l)" 1 "it is the same nexus"

# --- two initiators, one reservation -------------------------------------------------------------
iscsi_login two $iqn 0
disk2=$NODE sg2=$SG
is "$(lio_sessions .initiator | wc -l)" 2 "another has another"
pr() # SG OPTION...
{
	sg_persist -n "${@:2}" "$1"
}
fill() # DISK
{
	dd if=/dev/zero "of=$1" bs=64k count=4 oflag=direct status=none
}
quietly pr "$sg2" --in -k
run_ok "one registers" pr "$sg" --out -G -S 0x111
run_ok "two registers" pr "$sg2" --out -G -S 0x222
run_ok "one reserves" pr "$sg" --out -R -K 0x111 -T 1
run_err "" "two does not write" fill "$disk2"
like "$(pr "$sg" --in -s)" "unique port id: iqn.2001-04.org.example:one,i,0x[0-9a-f]{12}" \
	"the holder is who it is"
run_ok "two preempts" pr "$sg2" --out -P -K 0x222 -S 0x111 -T 1
run_err "" "one writes no more" fill "$disk"
run_ok "two does" fill "$disk2"

# --- the end --------------------------------------------------------------------------------------
run_ok "two logs out" iscsiadm -m node -T $iqn -p 127.0.0.1 -I two -u
one_left()
{
	[ "$(lio_sessions .initiator | wc -l)" = 1 ] && lio_sessions .initiator | grep -q :one,
}
wait_for 15 one_left
ok_if $? "and its session ends"
like "$(tgtctl pr show d)" "0000000000000222" "its registration does not"
run_ok "one logs out" iscsiadm -m node -T $iqn -p 127.0.0.1 -I one -u
run_ok "all of it goes" eval 'lio_uniscsi $iqn && lio_unstore_all && modprobe -r tgtcore_lio'
