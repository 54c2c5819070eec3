# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Recipes for LIO's fabrics beside tcm_loop and iSCSI over TCP, each with Linux's own initiator on
# this machine. Source it after lio.sh. X_target makes a target with storage object d at LUN 0,
# X_login the disk in $NODE and $SG, X_lose takes the session away for a while, X_logout and
# X_untarget end what there was. fabric_ok is what is the same for all of them.

TPG=''
RDMA_IP=192.0.2.1
SRP_ID=0123456789abcdef SRP_PORT=5555 SRP_HOST=/sys/class/infiniband_srp/srp-rxe0-1
ISER_IQN=iqn.2001-04.org.example:iser

# --- a target port group, in $TPG ---------------------------------------------------------------
# Storage object d, for $INITIATOR alone.
tpg_lun()
{
	local acl=$TPG/acls/$INITIATOR

	if ! lio_at "$TPG/lun/lun_0" d ||
	   ! mkdir "$acl" "$acl/lun_0" || ! ln -s "$TPG/lun/lun_0" "$acl/lun_0/lun"; then
		bail "no LUN of $TPG"
	fi
}

tpg_lose()
{
	echo 0 > "$TPG/enable" && sleep 1 && echo 1 > "$TPG/enable"
}

# It goes, and the fabric's directory with it.
tpg_end()
{
	local acl=$TPG/acls/$INITIATOR wwn=${TPG%/*}

	rm "$acl/lun_0/lun" && rmdir "$acl/lun_0" "$acl" && lio_unlun "$TPG" &&
		rmdir "$TPG" "$wwn" "${wwn%/*}"
}

# --- RDMA over Ethernet: one device, which finds itself at its address -------------------------
rdma_up()
{
	need_program rdma ip
	need_modules veth rdma_rxe rdma_ucm
	ip link set lo up
	ip link add rdma0 type veth peer name rdma1 || bail "no veth"
	defer quietly ip link del rdma0
	ip addr add $RDMA_IP/24 dev rdma0
	ip link set rdma0 up
	ip link set rdma1 up
	rdma link add rxe0 type rxe netdev rdma0 || bail "no rxe"
	defer quietly rdma link delete rxe0
	wait_for 10 rdma_ready || bail "rxe0 has no address"
}

rdma_ready()
{
	grep -qi ":c000:0201$" /sys/class/infiniband/rxe0/ports/1/gids/1
}

# --- SRP: ib_srpt and ib_srp ------------------------------------------------------------------
# Found by the service's identifiers: RoCE has no subnet manager that could be asked.
srp_target()
{
	local gid

	modprobe ib_srpt srpt_service_guid=0x$SRP_ID || bail "no ib_srpt"
	mkdir -p "$LIO/srpt"
	echo $SRP_PORT > "$LIO/srpt/discovery_auth/rdma_cm_port"
	gid=0x$(tr -d : < /sys/class/infiniband/rxe0/ports/1/gids/0)
	TPG=$LIO/srpt/$gid/$gid
	mkdir -p "$TPG" || bail "no target port"
	defer quietly srp_untarget
	# an initiator extension of zero, and the device's identifier
	INITIATOR=0x0000000000000000${gid: -16}
	tpg_lun
	echo 1 > "$TPG/enable"
}

srp_login()
{
	local before

	before=$(fabric_disks)
	defer quietly srp_logout
	echo "id_ext=$SRP_ID,ioc_guid=$SRP_ID,dest=$RDMA_IP:$SRP_PORT" > $SRP_HOST/add_target ||
		bail "no login"
	wait_for 20 fabric_new_disk "$before" || bail "no disk"
	echo 1 | tee /sys/class/srp_remote_ports/port*/reconnect_delay > /dev/null
}

srp_lose()
{
	tpg_lose
}

srp_logout()
{
	echo 1 | tee /sys/class/srp_remote_ports/port*/delete > /dev/null && wait_for 20 srp_gone
}

srp_gone()
{
	! ls -d /sys/class/srp_remote_ports/port* > /dev/null 2>&1
}

srp_untarget()
{
	echo 0 > "$TPG/enable"
	tpg_end
}

# --- iSER: ib_isert and open-iscsi with ib_iser -----------------------------------------------
iser_target()
{
	lio_iscsi $ISER_IQN $RDMA_IP
	TPG=$LIO/iscsi/$ISER_IQN/tpgt_1
	echo 1 > "$TPG/np/$RDMA_IP:3260/iser" || bail "no portal for iSER"
	lio_iscsi_lun $ISER_IQN 0 d
	iscsid_start one
	iscsiadm -m iface -I one -o update -n iface.transport_name -v iser > /dev/null ||
		bail "open-iscsi knows no iSER"
	INITIATOR="iqn.2001-04.org.example:one,i,0x[0-9a-f]{12}"
}

iser_login()
{
	iscsi_login one $ISER_IQN 0 $RDMA_IP
}

iser_lose()
{
	tpg_lose
}

iser_logout()
{
	iscsiadm -m node -T $ISER_IQN -p $RDMA_IP -I one -u
}

iser_untarget()
{
	lio_uniscsi $ISER_IQN
}

# --- FCoE in VN2VN mode: tcm_fc and fcoe, a host at each end of a veth ---------------------------
# The port name of the host at a network interface, as LIO writes it.
fcoe_name() # INTERFACE
{
	local host

	for host in /sys/class/fc_host/host*; do
		grep -q " over $1\$" "$host/symbolic_name" || continue
		sed 's/^0x//; s/../&:/g; s/:$//' "$host/port_name"
	done
}

fcoe_ctlr() # INTERFACE FILE VALUE
{
	local c

	for c in /sys/bus/fcoe/devices/ctlr_*; do
		case $(readlink -f "$c") in
		*/net/"$1"/*) echo "$3" > "$c/$2" ;;
		esac
	done
}

fcoe_target()
{
	local i

	ip link add fcoe0 type veth peer name fcoe1 || bail "no veth"
	defer quietly ip link del fcoe0
	for i in fcoe0 fcoe1; do
		ip link set $i up
		echo $i > /sys/bus/fcoe/ctlr_create || bail "no FCoE on $i"
		# shellcheck disable=SC2016 # now it is not to be expanded
		defer quietly eval "echo $i > /sys/bus/fcoe/ctlr_destroy"
		fcoe_ctlr $i mode vn2vn
	done
	INITIATOR=$(fcoe_name fcoe0)
	TPG=$LIO/fc/$(fcoe_name fcoe1)/tpgt_1
	mkdir -p "$TPG" || bail "no target port"
	defer quietly fcoe_untarget
	tpg_lun
}

# Each finds the other, and the initiator logs in; what is exported later it would not see.
fcoe_login()
{
	local before

	before=$(fabric_disks)
	fcoe_ctlr fcoe1 enabled 1
	fcoe_ctlr fcoe0 enabled 1
	wait_for 20 fabric_new_disk "$before" || bail "no disk"
}

fcoe_lose()
{
	ip link set fcoe0 down && sleep 1 && ip link set fcoe0 up
}

fcoe_logout()
{
	echo fcoe0 > /sys/bus/fcoe/ctlr_destroy
}

fcoe_untarget()
{
	echo fcoe1 > /sys/bus/fcoe/ctlr_destroy
	tpg_end
}

# --- what each must do -------------------------------------------------------------------------
fabric_disks()
{
	find /sys/block -mindepth 1 -maxdepth 1 -name 'sd*' -printf '%f\n' | sort
}

# A disk that was not there before is in $NODE and $SG.
fabric_new_disk() # BEFORE
{
	local d

	d=$(comm -13 <(echo "$1") <(fabric_disks) | head -n 1)
	NODE=/dev/$d
	[ -n "$d" ] && [ -b "$NODE" ] && [ "$(< "/sys/block/$d/size")" != 0 ] || return 1
	SG=$(echo "/sys/block/$d/device/scsi_generic/"*)
	SG=/dev/${SG##*/}
}

# Nine checks, of the disk that X_login made.
fabric_ok() # X
{
	local disk=$NODE sg=$SG log fio

	like "$(sg_vpd -p sn "$sg")" "LIO-FABRIC" "it is our device"
	like "$(lio_sessions .initiator)" "^$INITIATOR\$" "the nexus has the initiator port's name"
	file_tree_ok "$disk" "$disk"
	run_ok "LOGICAL UNIT RESET" timeout 30 sg_reset -d -N "$sg"
	log=$(mktemp)
	defer rm -f "$log"
	fio_verify "$disk" 4 > "$log" 2>&1 &
	fio=$!
	wait_for 20 io_since "${disk##*/}" 0
	run_ok "the session is lost under load" "$1_lose"
	wait $fio
	is $? 0 "random writes at depth 32 verify, all the same" || diag < "$log"
	is "$(lio_sessions .initiator | wc -l)" 1 "it is the same nexus"
	run_ok "the initiator leaves" "$1_logout"
	wait_for 10 no_session
	ok_if $? "and so does the nexus"
}

# LIO's fabric goes before the bridge, or after it.
fabric_end_ok() # X [MODULE...]
{
	run_ok "the target goes" "$1_untarget"
	run_ok "the storage object goes" lio_unstore_all
	run_ok "the bridge goes, the fabric stays" modprobe -r tgtcore_lio
	run_ok "the bridge comes, the fabric goes" eval "modprobe tgtcore_lio && modprobe -r ${*:2}"
	run_ok "and the bridge" modprobe -r tgtcore_lio
}
