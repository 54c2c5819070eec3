#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its SRP target, Linux's SRP initiator, RDMA over Ethernet on a veth;
# this test will log in, keep a file tree, verify data while a command is aborted, the unit reset and
# the session lost, have two initiators fight over a reservation, and take all of it down in two orders.
# timeout: 480
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
plan 39
need_program sg_raw sg_turs sg_persist fio sg_vpd sg_reset jq mkfs.ext4

fabric_device
rdma_up
need_modules ib_srp ib_srpt
modprobe -r ib_srpt
run_ok "a storage object" lio_store d d
srp_target
srp_login
ok "one logs in"
fabric_ok srp
fabric_end_ok srp ib_srp ib_srpt
