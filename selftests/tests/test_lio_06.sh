#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its FC target and Linux's FCoE, VN2VN over a veth;
# this test will log in, keep a file tree, reset, verify data while the session is lost, and take all
# of it down in two orders.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 16
need_program ip fio sg_vpd sg_reset jq mkfs.ext4

device d backend=ram size=32M serial=LIO-FABRIC
lio_load
need_modules veth fcoe tcm_fc
defer quietly lio_unstore_all
run_ok "a storage object" lio_store d d
fcoe_target
fcoe_login
ok "one logs in"
fabric_ok fcoe
fabric_end_ok fcoe tcm_fc fcoe
