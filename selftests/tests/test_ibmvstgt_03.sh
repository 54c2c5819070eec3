#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the ibmvstgt of Linux 3.12, unmodified, compiled against compat/include; this test will
# load it on the simulated hypervisor and check its sysfs attributes, a file system and verified
# random I/O through it, libsrp and a daemon, and that it goes and leaves nothing. Needs its source: make
# check IBMVSTGT_SRC=DIR.
#
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
. "$(dirname "$0")/../lib/vio.sh"
need_program fio mkfs.ext4 vioctl
old=$TGT_BUILD/old/ibmvstgt.ko
[ -f "$old" ] || skip "no source of the old driver: make check IBMVSTGT_SRC=DIR"

plan 12
truncate -s 48M /scratch/vlun
defer rm -f /scratch/vlun

# it has no conversions: what it reads has to be in the machine's order
# shellcheck disable=SC2034
VIO_SIM=(native=1)
vio_adapter vio_insmod "$old"
sys=$VIO/devices/$UNIT/host$VHOST/scsi_host/host$VHOST
is "$(cat "$sys/system_id")" "IBM,9117-MMA-IBM,0210ABCDE" "system_id"
is "$(cat "$sys/partition_number")" a "partition_number"
is "$(cat "$sys/unit_address")" 30000002 "unit_address"
is "$(cat "$sys/proc_name") $(cat "$sys/active_mode")" "ibmvstgt Target" "name and mode of the host"
is "$(basename "$(readlink "$VIO/devices/$UNIT/driver")")" ibmvscsis "the driver's name"

# a nexus is told of once, so who serves has to be there before
# (no --check: it answers its client before the daemon, and the tag may come again)
stgt_daemon --host "$VHOST" --lun 0=file:/scratch/vlun
vio_client
vio_disk 0
# which the daemon has not; its refusal does not get through, and sd would try for ever
echo 0 > "/sys/class/scsi_disk/$CHOST:0:0:0/max_write_same_blocks"
verify_fs "by the old driver" "$NODE"
verify "by the old driver" "$NODE" --size=8m --io_size=4m
run_ok "the disk goes" sh -c "echo 1 > /sys/block/${NODE##*/}/device/delete"
run_ok "the client goes" vioctl host 0
run_ok "the driver goes" rmmod ibmvstgt
is "$(vioctl state | sed -n 's/^mapped //p')" 0 "nothing is mapped for DMA any more"
stgt_stop_ok "the daemon has seen nothing wrong"
