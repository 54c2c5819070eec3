#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: ibmvstgt on the simulated hypervisor, the client partition being an initiator; this test
# will check what a daemon finds in sysfs, serve disks by a daemon and by the engine in turn, with file
# systems and verified random I/O, also while hypervisor calls fail and the client is lost under
# load, and check that nothing stays mapped when the driver is gone.
#
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
. "$(dirname "$0")/../lib/vio.sh"
need_program fio mkfs.ext4 vioctl

plan 28
VIO_SIM=()
truncate -s 48M /scratch/vlun
defer rm -f /scratch/vlun

# --- what a daemon, and what scripts, find
vio_adapter modprobe ibmvstgt
sys=$VIO/devices/$UNIT/host$VHOST/scsi_host/host$VHOST
is "$(cat "$sys/system_id")" "IBM,9117-MMA-IBM,0210ABCDE" "system_id"
is "$(cat "$sys/partition_number")" a "partition_number is in hexadecimal"
is "$(cat "$sys/unit_address")" 30000002 "unit_address likewise"
is "$(stat -c %a "$sys/unit_address")" 444 "they can be read, not written"
is "$(cat "$sys/proc_name") $(cat "$sys/active_mode")" "ibmvstgt Target" "name and mode of the host"
is "$(basename "$(readlink "$VIO/devices/$UNIT/driver")")" ibmvscsis "the driver's name"
like "$(modinfo -F alias ibmvstgt)" 'vio:Tv-scsi-hostSIBM,v-scsi-host' "the ids it is loaded for"
like "$(< /proc/interrupts)" ibmvstgt "its interrupt"

# --- a daemon serves
vio_client
stgt_daemon --check --host "$VHOST" --lun 0=file:/scratch/vlun
vio_disk 0
disk=$NODE
like "$(ls /sys/class/srp_remote_ports)" "port-$VHOST:" "the client is a remote port"
verify_fs "by a daemon" "$disk"
verify "by a daemon" "$disk" --size=8m --io_size=4m
sum=$(sha256sum < "$disk")
run_ok "the disk goes" sh -c "echo 1 > /sys/block/${disk##*/}/device/delete"

# --- the engine does
device vd backend=ram size=48M
run_err "no adapter 3000000f" "an adapter that is not there" tgtctl target create ibmvstgt:3000000f
run_ok "the engine takes the adapter" tgtctl target create "ibmvstgt:$UNIT"
defer quietly tgtctl target delete "ibmvstgt:$UNIT" --force
run_ok "a disk on it" tgtctl lun create "ibmvstgt:$UNIT" 1 device=vd
vio_disk 1
disk=$NODE
verify_fs "by the engine" "$disk"
verify "by the engine" "$disk" --size=8m --io_size=4m

# --- with everything that can go wrong in between
fio_start "$disk"
for ((i = 0; i < 8; i++)); do
	case $((i % 4)) in
	0) vioctl fault 0x110 $((i * 40)) 1 -1 ;;	# a copy
	1) vioctl fault 0x108 $((i * 10)) 20 -12 ;;	# no room for answers
	2) vioctl event ff01 ;;				# the client is said to be gone
	3) vioctl fault 0x110 0 200 0 1000 ;;		# slow ones
	esac
	sleep 0.4
done
vioctl fault 0 0 0 0
fio_stop_ok "data verifies while calls fail and the client is lost" "$disk"
run_ok "the disk goes" sh -c "echo 1 > /sys/block/${disk##*/}/device/delete"

# --- and the daemon again
run_ok "the engine gives it back" tgtctl target delete "ibmvstgt:$UNIT" --force
vio_disk 0
is "$(sha256sum < "$NODE")" "$sum" "what the daemon serves is there as it was"
fio_start "$NODE"
vioctl event ff02
sleep 0.3
fio_stop_ok "data verifies when the client of a daemon is lost" "$NODE"
run_ok "the disk goes" sh -c "echo 1 > /sys/block/${NODE##*/}/device/delete"

# --- end
run_ok "the driver goes" rmmod ibmvstgt
is "$(vioctl state | sed -n 's/^mapped //p')" 0 "nothing is mapped for DMA any more"
run_ok "the client goes" vioctl host 0
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "every command was answered, and ended"
