#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its iSCSI target and open-iscsi with iSER, RDMA over Ethernet on a veth;
# this test will log in, keep a file tree, verify data while a command is aborted, the unit reset and
# the session lost, have two initiators fight over a reservation, and take all of it down in two orders.
# timeout: 480
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 39
need_program sg_raw sg_turs sg_persist fio sg_vpd sg_reset jq mkfs.ext4 iscsid iscsiadm

fabric_device
rdma_up
need_modules ib_iser ib_isert
run_ok "a storage object" lio_store d d
iser_target
iser_login
ok "one logs in"
fabric_ok iser
fabric_end_ok iser ib_iser ib_isert
