#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a device grows, idle and under load; this test will check the unit attention
# 2A/09, that sd takes the new size, that the load verifies, and that the new blocks work.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 16
need_program fio sg_requests sg_readcap

loop_target t
device d backend=ram size=32M
lun t 0 d
quietly sg_requests "$SG"

run_ok "grow an idle device" tgtctl device set d size=64M
like "$(sg_requests "$SG" 2>&1)" "[Cc]apacity data has changed" "the unit attention is pending"
like "$(sg_requests "$SG" 2>&1)" "[Nn]o additional sense" "it is told once"
like "$(sg_readcap "$NODE")" "134217728|Number of logical blocks=131072" "READ CAPACITY has it"
is "$(blockdev --getsize64 "$NODE")" 33554432 "sd does not know yet"
echo 1 > "/sys/block/${NODE##*/}/device/rescan"
is "$(blockdev --getsize64 "$NODE")" 67108864 "sd sees it after a rescan"
is "$(field size device d)" 67108864 "device show tells it"

dmesg -C
fio_start "$NODE"
run_ok "grow under load" tgtctl device set d size=96M
wait_for 10 eval "dmesg | grep -q \"Capacity data has changed\""
like "$(dmesg)" "Capacity data has changed" "the load gets the unit attention"
echo 1 > "/sys/block/${NODE##*/}/device/rescan"
is "$(blockdev --getsize64 "$NODE")" 100663296 "sd sees it"
run_ok "the last block can be written" dd if=/dev/urandom "of=$NODE" bs=4k count=1 \
	seek=$((96 * 256 - 1)) oflag=direct status=none
run_err "" "the one behind cannot" dd if=/dev/zero "of=$NODE" bs=4k count=1 \
	seek=$((96 * 256)) oflag=direct
fio_stop_ok "the load verifies" "$NODE"

run_err "grows" "it does not shrink" tgtctl device set d size=32M
run_ok "to its own size it may be set" tgtctl device set d size=96M
like "$(sg_requests "$SG" 2>&1)" "[Nn]o additional sense" "that is no change, and tells of none"
