# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ibmvstgt on the simulated hypervisor. Source it after tap.sh, loop.sh and stgt.sh.

# shellcheck disable=SC2034	# for those who source this
UNIT=30000002 VIO=/sys/bus/vio VHOST='' CHOST=''

# The driver, ours or an old one, and what was loaded for it: later tests unload scsi_tgt.
vio_unload()
{
	quietly rmmod ibmvstgt
	# shellcheck disable=SC2046
	quietly modprobe -r $(ls /sys/module/scsi_tgt/holders 2> /dev/null)
}

# The adapter, and what loads its driver; the daemon's host is in $VHOST then.
vio_adapter() # COMMAND...
{
	load_modules
	modprobe vio_sim "${VIO_SIM[@]}" || bail "modprobe vio_sim"
	defer quietly modprobe -r vio_sim
	# POWER has a bus of the other name
	[ ! -d /sys/bus/vio_sim ] || VIO=/sys/bus/vio_sim
	"$@" || bail "$*"
	defer vio_unload
	wait_for 10 compgen -G "$VIO/devices/$UNIT/host*/scsi_host/host*/unit_address" ||
		bail "the adapter has no host"
	VHOST=$(basename "$(dirname "$(compgen -G \
		"$VIO/devices/$UNIT/host*/scsi_host/host*/unit_address")")")
	VHOST=${VHOST#host}
}

# An old driver, with what it is linked to.
vio_insmod() # FILE
{
	local needs

	needs=$(modinfo -F depends "$1")
	# shellcheck disable=SC2086
	modprobe -a ${needs//,/ } && insmod "$1"
}

# The client partition's own initiator; its SCSI host is in $CHOST.
vio_client()
{
	vioctl host 1 || bail "the client has no host"
	defer quietly vioctl host 0
	CHOST=$(vioctl state | sed -n 's/^host //p')
}

# Look for a disk, as an administrator would, until it is there; it is in $NODE and $SG then.
vio_disk() # LUN
{
	local i

	for ((i = 0; i < 40; i++)); do
		echo "0 0 $1" > "/sys/class/scsi_host/host$CHOST/scan"
		stgt_node "$CHOST" "$1" > /dev/null && break
		sleep 0.5
	done
	stgt_disk "$CHOST" "$1"
}
