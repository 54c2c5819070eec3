#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its FC target and Linux's FCoE, VN2VN over a veth;
# this test will log in, keep a file tree, verify data while a command is aborted, the unit reset and
# the session lost, have two initiators fight over a reservation, and take all of it down in two orders.
# timeout: 480
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 39
need_program sg_raw sg_turs sg_persist ip fio sg_vpd sg_reset jq mkfs.ext4

fabric_device
need_modules veth bridge fcoe tcm_fc
run_ok "a storage object" lio_store d d
fcoe_target
fcoe_login
ok "one logs in"
fabric_ok fcoe
fabric_end_ok fcoe tcm_fc fcoe
