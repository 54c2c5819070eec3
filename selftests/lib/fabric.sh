# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Recipes for LIO's fabrics beside tcm_loop, each with Linux's own initiator on this machine. Source
# it after lio.sh. X_target makes a target with storage object d at LUN 0 for the initiator ports
# $INITIATOR and $INITIATOR2, X_login the first one's disk in $NODE and $SG, X_second the second's,
# X_lose takes the first one's session away for a while, X_logout and X_untarget end what there was.
# fabric_ok is what is the same for all of them.

TPG='' FABRIC_AT=0	# 64 KiB each: where the disk is written to
RDMA_IP=192.0.2.1
SRP_ID=0123456789abcdef SRP_PORT=5555 SRP_HOST=/sys/class/infiniband_srp/srp-rxe0-1
TCP_IQN=iqn.2001-04.org.example:lio
ISER_IQN=iqn.2001-04.org.example:iser

# Storage object d, and what is the same for all before it: a device whose commands can be delayed.
fabric_device()
{
	device r backend=ram size=32M
	device d backend=fault lower=r serial=LIO-FABRIC
	lio_load
	defer quietly lio_unstore_all
}

# --- a target port group, in $TPG ---------------------------------------------------------------
# Storage object d, for $INITIATOR and $INITIATOR2 alone.
tpg_lun()
{
	local acl

	lio_at "$TPG/lun/lun_0" d || bail "no LUN of $TPG"
	for acl in "$TPG/acls/$INITIATOR" "$TPG/acls/$INITIATOR2"; do
		if ! mkdir "$acl" "$acl/lun_0" || ! ln -s "$TPG/lun/lun_0" "$acl/lun_0/lun"; then
			bail "no LUN for ${acl##*/}"
		fi
	done
}

tpg_lose()
{
	echo 0 > "$TPG/enable" && sleep 1 && echo 1 > "$TPG/enable"
}

# It goes, and the fabric's directory with it.
tpg_end()
{
	local acl wwn=${TPG%/*}

	for acl in "$TPG"/acls/*/; do
		rm "$acl/lun_0/lun" && rmdir "$acl/lun_0" "$acl" || return
	done
	lio_unlun "$TPG" && rmdir "$TPG" "$wwn" "${wwn%/*}"
}

# --- iSCSI: iscsi_target_mod and open-iscsi, a name for each of two interfaces ------------------
# Both initiator ports of open-iscsi's.
iscsi_ports()
{
	iscsid_start one two
	INITIATOR="iqn.2001-04.org.example:one,i,0x[0-9a-f]{12}"
	INITIATOR2="iqn.2001-04.org.example:two,i,0x[0-9a-f]{12}"
}

tcp_target()
{
	lio_iscsi $TCP_IQN
	TPG=$LIO/iscsi/$TCP_IQN/tpgt_1
	lio_iscsi_lun $TCP_IQN 0 d
	iscsi_ports
}

tcp_login()
{
	iscsi_login one $TCP_IQN 0
}

tcp_second()
{
	iscsi_login two $TCP_IQN 0
}

# The connection is cut, and there is another.
tcp_lose()
{
	local before

	before=$(ss -Htn state established 'dport = :3260')
	ss -K -tn 'dport = :3260' && wait_for 30 tcp_again "$before"
}

tcp_again() # BEFORE
{
	local now

	now=$(ss -Htn state established 'dport = :3260')
	[ -n "$now" ] && [ "$now" != "$1" ]
}

tcp_logout()
{
	iscsiadm -m node -T $TCP_IQN -u
}

tcp_untarget()
{
	lio_uniscsi $TCP_IQN && rmdir "$LIO/iscsi"
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
	# an initiator extension, and the device's identifier
	INITIATOR=0x0000000000000000${gid: -16} INITIATOR2=0x0000000000000001${gid: -16}
	tpg_lun
	echo 1 > "$TPG/enable"
}

srp_login() # [EXTENSION]
{
	local before

	before=$(fabric_disks)
	defer quietly srp_logout
	echo "id_ext=$SRP_ID,ioc_guid=$SRP_ID,initiator_ext=${1:-0},dest=$RDMA_IP:$SRP_PORT" \
		> $SRP_HOST/add_target || bail "no login"
	wait_for 20 fabric_new_disk "$before" || bail "no disk"
	echo 1 | tee /sys/class/srp_remote_ports/port*/reconnect_delay > /dev/null
}

srp_second()
{
	srp_login 1
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
	local i

	lio_iscsi $ISER_IQN $RDMA_IP
	TPG=$LIO/iscsi/$ISER_IQN/tpgt_1
	echo 1 > "$TPG/np/$RDMA_IP:3260/iser" || bail "no portal for iSER"
	lio_iscsi_lun $ISER_IQN 0 d
	iscsi_ports
	for i in one two; do
		iscsiadm -m iface -I $i -o update -n iface.transport_name -v iser > /dev/null ||
			bail "open-iscsi knows no iSER"
	done
}

iser_login()
{
	iscsi_login one $ISER_IQN 0 $RDMA_IP
}

iser_second()
{
	iscsi_login two $ISER_IQN 0 $RDMA_IP
}

iser_lose()
{
	tpg_lose
}

iser_logout()
{
	iscsiadm -m node -T $ISER_IQN -u
}

iser_untarget()
{
	lio_uniscsi $ISER_IQN
}

# --- FCoE in VN2VN mode: tcm_fc and fcoe, three hosts at a switch: two initiators and a target ---
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

	ip link add fcoesw type bridge || bail "no bridge"
	defer quietly ip link del fcoesw
	ip link set fcoesw up
	for i in fcoe0 fcoe1 fcoe2; do
		ip link add $i type veth peer name ${i}sw || bail "no veth"
		defer quietly ip link del $i
		ip link set ${i}sw master fcoesw up
		ip link set $i up
		echo $i > /sys/bus/fcoe/ctlr_create || bail "no FCoE on $i"
		# shellcheck disable=SC2016 # now it is not to be expanded
		defer quietly eval "echo $i > /sys/bus/fcoe/ctlr_destroy"
		fcoe_ctlr $i mode vn2vn
	done
	INITIATOR=$(fcoe_name fcoe0) INITIATOR2=$(fcoe_name fcoe2)
	TPG=$LIO/fc/$(fcoe_name fcoe1)/tpgt_1
	mkdir -p "$TPG" || bail "no target port"
	defer quietly fcoe_untarget
	tpg_lun
}

# Each finds the other, and the initiator logs in; what is exported later it would not see.
fcoe_login()
{
	fcoe_ctlr fcoe1 enabled 1
	fcoe_join fcoe0
}

fcoe_join() # INTERFACE
{
	local before

	before=$(fabric_disks)
	fcoe_ctlr "$1" enabled 1
	wait_for 20 fabric_new_disk "$before" || bail "no disk"
}

fcoe_second()
{
	fcoe_join fcoe2
}

fcoe_lose()
{
	ip link set fcoe0 down && sleep 1 && ip link set fcoe0 up
}

fcoe_logout()
{
	echo fcoe0 > /sys/bus/fcoe/ctlr_destroy && echo fcoe2 > /sys/bus/fcoe/ctlr_destroy
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

# How many of these functions the engine was told to do: 1 is ABORT TASK, 5 LOGICAL UNIT RESET.
fabric_tmfs() # FUNCTION
{
	grep -c "tgt_tmf_begin:.* function=$1 " /sys/kernel/tracing/trace
}

# The bytes of a name in a TransportID.
fabric_tid() # INITIATOR
{
	local name=${1%%,*}

	case $name in
	iqn.*) printf %s "$name" | od -An -v -tx1 | tr -d ' \n' ;;
	*) tr -d : <<< "${name#0x}" ;;
	esac
}

# 3 checks, of the disk that X_login made.
fabric_disk_ok()
{
	like "$(sg_vpd -p sn "$SG")" "LIO-FABRIC" "it is our device"
	like "$(lio_sessions .initiator)" "^$INITIATOR\$" "the nexus has the initiator port's name"
	file_tree_ok "$NODE" "$NODE"
}

# Whether the engine was told to do that function.
fabric_told() # FUNCTION
{
	[ "$(fabric_tmfs "$1")" != 0 ]
}

# 3 checks: a command that takes too long is aborted, and sent again; nothing more is done than that.
fabric_abort_ok() # X DISK
{
	local timeout=/sys/block/${2##*/}/device/timeout before dd ms=12000

	if [ "$1" = fcoe ]; then
		skip_some 3 "a command that takes too long is aborted" \
			"tcm_fc answers to exchanges that are no more, for ever"
		return
	fi
	# The function ends with the command. ib_srp waits five seconds for it; open-iscsi longer, but a
	# command that was sent since it last looked has another two.
	[ "$1" != srp ] || ms=5000
	before=$(< "$timeout")
	tgtctl device set d rule=delay,ms=$ms,op=read,lba=40000,count=1 > /dev/null
	echo 2 > "$timeout"
	dd "if=$2" of=/dev/null bs=512 skip=40000 count=1 iflag=direct status=none &
	dd=$!
	wait_for 40 fabric_told 1
	ok_if $? "a command that takes too long is aborted"
	run_ok "and sent again" wait $dd
	is "$(fabric_tmfs 5)" 0 "and no more was needed"
	echo "$before" > "$timeout"
	tgtctl device set d rules=clear > /dev/null
}

# 8 checks: what befalls one, under load but for the abort.
fabric_load_ok() # X
{
	local disk=$NODE sg=$SG trace=/sys/kernel/tracing

	echo > $trace/trace
	echo 1 > $trace/events/tgtcore/tgt_tmf_begin/enable
	defer eval "echo 0 > $trace/events/tgtcore/tgt_tmf_begin/enable"
	fabric_abort_ok "$1" "$disk"
	# tcm_fc answers to exchanges that a reset or the link has ended, which no session outlives
	[ "$1" = fcoe ] || fio_start "$disk" --iodepth=32 --size=16m
	run_ok "a LOGICAL UNIT RESET" timeout 30 sg_reset -d -N "$sg"
	is "$(fabric_tmfs 5)" 1 "which the engine is told of"
	run_ok "the session is lost" "$1_lose"
	[ "$1" != fcoe ] || fio_start "$disk" --iodepth=32 --size=16m
	fio_stop_ok "random writes at depth 32 verify, all the same" "$disk"
	is "$(lio_sessions .initiator | wc -l)" 1 "it is the same nexus"
}

fabric_pr() # SG OPTION...
{
	sg_persist -n "${@:2}" "$1"
}

fabric_write() # DISK LETTER
{
	tr '\0' "$2" < /dev/zero |
		dd "of=$1" bs=64k seek=$FABRIC_AT count=1 oflag=direct iflag=fullblock status=none
}

fabric_read() # DISK
{
	dd "if=$1" bs=64k skip=$FABRIC_AT count=1 iflag=direct status=none
}

# Takes the reservation from the other, and writes, again and again; prints how often it had it.
fabric_contend() # DISK SG KEY OTHER-KEY LETTER
{
	local i won=0

	for i in 1 2 3 4 5; do
		quietly sg_turs -n 2 "$2"
		quietly fabric_pr "$2" --out -I -S "$3"
		fabric_pr "$2" --out -P -K "$3" -S "$4" -T 1 > /dev/null 2>&1 || continue
		won=$((won + 1))
		quietly fabric_write "$1" "$5"
	done
	echo $won
}

# 5 checks: what RESERVE (6) has given ends with a reset.
fabric_reserve_ok() # SG SG
{
	run_ok "one has it by RESERVE (6)" sg_raw "$1" 16 00 00 00 00 00
	run_err "Conflict" "two has not" sg_raw "$2" 16 00 00 00 00 00
	run_ok "a LOGICAL UNIT RESET of two's" timeout 30 sg_reset -d -N "$2"
	quietly sg_turs -n 3 "$1"
	quietly sg_turs -n 3 "$2"
	run_ok "ends that: two has it" sg_raw "$2" 16 00 00 00 00 00
	run_ok "and gives it back" sg_raw "$2" 17 00 00 00 00 00
}

# 9 checks: a persistent reservation, taken away by who is fenced by it. Two has it then.
fabric_preempt_ok() # DISK SG DISK SG
{
	local tids

	run_ok "one registers" fabric_pr "$2" --out -G -S 0x111
	run_ok "two registers" fabric_pr "$4" --out -G -S 0x222
	tids=$(tgtctl pr show d --json | jq -r '.[0].registrants[]."transport-id"')
	like "$tids" "$(fabric_tid "$INITIATOR")" "one is who it is"
	like "$tids" "$(fabric_tid "$INITIATOR2")" "so is two"
	run_ok "one reserves" fabric_pr "$2" --out -R -K 0x111 -T 1
	run_err "" "two does not write" fabric_write "$3" x
	run_ok "two preempts" fabric_pr "$4" --out -P -K 0x222 -S 0x111 -T 1
	quietly sg_turs -n 2 "$2"
	run_err "" "one writes no more" fabric_write "$1" x
	run_ok "two does" fabric_write "$3" 2
}

# 4 checks: both take it from each other at once.
fabric_fight_ok() # DISK SG DISK SG
{
	local won winner=$1 loser=$3 holder

	won=$(fabric_contend "$1" "$2" 0x111 0x222 1 &
	      fabric_contend "$3" "$4" 0x222 0x111 2; wait)
	diag "how often they had it: ${won/$'\n'/, }"
	quietly sg_turs -n 2 "$2"
	quietly sg_turs -n 2 "$4"
	holder=$(tgtctl pr show d --json | jq -r '.[0].registrants[] | select(.holder) | .key')
	like "$holder" "^0*(111|222)\$" "after a fight one has it"
	[ "${holder%222}" = "$holder" ] || winner=$3 loser=$1
	like "$(fabric_read "$1" | tr -s 12)" "^[12]\$" "no write of theirs is half there"
	run_err "" "who has it not does not write" fabric_write "$loser" x
	run_ok "who has it does" fabric_write "$winner" x
}

# 19 checks: two initiators at one LUN. The first is in $NODE and $SG, the second comes.
fabric_two_ok() # X
{
	local one=$NODE sg=$SG

	"$1_second"
	like "$(lio_sessions .initiator)" "^$INITIATOR2\$" "another initiator has another nexus"
	quietly sg_turs -n 3 "$sg"
	quietly sg_turs -n 3 "$SG"
	fabric_reserve_ok "$sg" "$SG"
	fabric_preempt_ok "$one" "$sg" "$NODE" "$SG"
	fabric_fight_ok "$one" "$sg" "$NODE" "$SG"
}

# 2 checks.
fabric_leave_ok() # X
{
	run_ok "the initiators leave" "$1_logout"
	wait_for 10 no_session
	ok_if $? "and so do the nexuses"
}

# 32 checks, of the disk that X_login made.
fabric_ok() # X
{
	fabric_disk_ok
	fabric_load_ok "$1"
	fabric_two_ok "$1"
	fabric_leave_ok "$1"
}

# 5 checks: LIO's fabric goes before the bridge, or after it.
fabric_end_ok() # X [MODULE...]
{
	run_ok "the target goes" "$1_untarget"
	run_ok "the storage object goes" lio_unstore_all
	run_ok "the bridge goes, the fabric stays" modprobe -r tgtcore_lio
	run_ok "the bridge comes, the fabric goes" eval "modprobe tgtcore_lio && modprobe -r ${*:2}"
	run_ok "and the bridge" modprobe -r tgtcore_lio
}
