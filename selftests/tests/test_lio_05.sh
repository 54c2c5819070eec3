#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its iSCSI target and open-iscsi with iSER, RDMA over Ethernet on a veth;
# this test will log in, keep a file tree, reset, verify data while the session is lost, and take all
# of it down in two orders.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 16
need_program fio sg_vpd sg_reset jq mkfs.ext4 iscsid iscsiadm

device d backend=ram size=32M serial=LIO-FABRIC
lio_load
rdma_up
need_modules ib_iser ib_isert
defer quietly lio_unstore_all
run_ok "a storage object" lio_store d d
iser_target
iser_login
ok "one logs in"
fabric_ok iser
fabric_end_ok iser ib_iser ib_isert
