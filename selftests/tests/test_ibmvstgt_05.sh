#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: ibmvstgt and daemons that come and go: this test will have a netlink daemon serve an
# adapter, which is told of no nexuses, then one on the ring, and one more after that has crashed, without
# another login of the client; and lose the client while a daemon has commands of it, which then lets go
# of each of its nexuses.
#
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
. "$(dirname "$0")/../lib/vio.sh"
need_program fio sg_reset vioctl mini_nltgtd

plan 12
VIO_SIM=()
truncate -s 16M /scratch/vlun5
defer rm -f /scratch/vlun5
stgt_reload netlink=17 daemon_timeout=2
vio_adapter modprobe ibmvstgt
vio_client

reads() # DESCRIPTION
{
	run_ok "$1" timeout 40 dd "if=$NODE" of=/dev/null bs=64k count=16 iflag=direct
}

MINI=mini_nltgtd
stgt_daemon --rev d --host "$VHOST" --lun 0=file:/scratch/vlun5
vio_disk 0
before=$(ls /sys/class/srp_remote_ports)
verify "by a netlink daemon" "$NODE" --size=2m --io_size=2m
stgt_stop_ok "it has seen nothing wrong"

MINI=mini_tgtd
stgt_daemon --check --host "$VHOST" --lun 0=file:/scratch/vlun5
reads "the next daemon, on the ring, serves"
stgt_kill
stgt_daemon --check --delay-ms 200 --host "$VHOST" --lun 0=file:/scratch/vlun5
reads "and the next, after a crash"
is "$(ls /sys/class/srp_remote_ports)" "$before" "the client has not had to log in again"
run_ok "a LOGICAL UNIT RESET" timeout 40 sg_reset -d -N "$SG"
run_ok "a host of the daemon's has no disks of its own" \
	eval 'echo "- - 0" > /sys/class/scsi_host/host$VHOST/scan && ! ls -d /sys/class/scsi_device/$VHOST:*'

# what it had is answered BUSY after two seconds without another
fio_start "$NODE"
stgt_kill
sleep 4
stgt_daemon --check --delay-ms 200 --host "$VHOST" --lun 0=file:/scratch/vlun5
fio_stop_ok "data verifies when the daemon crashes under load" "$NODE"

fio_start "$NODE"
for _ in 1 2 3 4 5; do
	vioctl event ff02
	sleep 1
done
fio_stop_ok "data verifies when the client is lost while the daemon has commands" "$NODE"
# it is told of the end of a nexus each second
sleep 4
run_ok "the disk goes" sh -c "echo 1 > /sys/block/${NODE##*/}/device/delete"
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(stgt_said left)" 1 "and has the client's one nexus" || diag < "$DAEMON_LOG"
