#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its iSCSI target, Linux's initiator on the loopback interface;
# this test will log in, keep a file tree, send writes of less data than they tell of, verify data while a
# command is aborted, the unit reset and the session lost, have two initiators fight over a reservation, see
# sessions of ours begin and end with LIO's, and take all of it down in two orders.
# timeout: 480
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 47
need_program fio sg_raw sg_turs sg_reset sg_persist sg_vpd jq mkfs.ext4 iscsid iscsiadm iscsi-test-cu ss

fabric_device
run_ok "a storage object" lio_store d d
tcp_target
tcp_login
ok "one logs in"
is "$(tgtctl target show --json | jq -r '.[] | select(.fabric == "lio") | .name')" \
	"iSCSI.$TCP_IQN.1" "the target has the port group's name"
like "$(sg_vpd -p di "$SG")" "transport: Internet SCSI" "and is a port of that protocol"
fabric_disk_ok

# --- data-out that is less than the CDB says -----------------------------------------------------
# libiscsi's test wants another status (docs/lio.md); of the residuals it is right.
timeout 100 iscsi-test-cu --dataloss --verbose --test=iSCSI.iSCSIResiduals.Write10Residuals \
	"iscsi://127.0.0.1/$TCP_IQN/0" > "$TAP_OUT" 2>&1
like "$(< "$TAP_OUT")" "Test: Write10Residuals" "writes of more than there is data"
is "$(grep -c 'CU_ASSERT.*task->residual' "$TAP_OUT")" 0 "say by how much it is too little" ||
	diag < "$TAP_OUT"
left() # INITIATOR
{
	[ "$(lio_sessions .initiator | wc -l)" = 1 ] && lio_sessions .initiator | grep -q "$1"
}
wait_for 15 left :one,
ok_if $? "the nexus of who sent them ends"

fabric_load_ok tcp
fabric_two_ok tcp

# --- the end --------------------------------------------------------------------------------------
run_ok "two logs out" iscsiadm -m node -T $TCP_IQN -p 127.0.0.1 -I two -u
wait_for 15 left :one,
ok_if $? "and its session ends"
run_ok "one logs out" iscsiadm -m node -T $TCP_IQN -p 127.0.0.1 -I one -u
wait_for 15 no_session
ok_if $? "and so does its session"
like "$(tgtctl pr show d)" "0000000000000(111|222)" "the registration does not"
fabric_end_ok tcp iscsi_target_mod
