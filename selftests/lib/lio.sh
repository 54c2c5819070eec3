# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# LIO with our bridge, and disks of its local fabric tcm_loop. Source it after tap.sh and loop.sh.
# What is made here is taken away when the test ends.

LIO=/sys/kernel/config/target NODE='' SG=''

# The bridge looks for sessions that have gone every second.
lio_load()
{
	load_modules tcm_loop
	modprobe tgtcore_lio age=1 || bail "modprobe tgtcore_lio"
	[ -d "$LIO/core" ] || bail "no configfs"
}

# A storage object that is a device. Prints why it cannot be one, if so.
lio_store() # NAME DEVICE
{
	mkdir -p "$LIO/core/tgtcore_0/$1" && echo "device=$2" > "$LIO/core/tgtcore_0/$1/control" &&
		echo 1 > "$LIO/core/tgtcore_0/$1/enable"
}

lio_unstore() # NAME
{
	rmdir "$LIO/core/tgtcore_0/$1"
}

# Every storage object of ours goes, and with the last their directory.
lio_unstore_all()
{
	rmdir "$LIO"/core/tgtcore_0/*/ "$LIO/core/tgtcore_0"
}

# LIO's own ramdisk "other", which has nothing to do with us.
lio_ramdisk() # PAGES
{
	local store=$LIO/core/rd_mcp_0/other

	mkdir -p "$store" && echo "rd_pages=$1" > "$store/control" && echo 1 > "$store/enable" &&
		defer quietly rmdir "$store" "${store%/*}"
}

# The nexuses behind LIO, what of them as told.
lio_sessions() # JQ-FILTER
{
	tgtctl session show --json | jq -r ".[] | select(.fabric == \"lio\") | $1"
}

no_session()
{
	[ -z "$(lio_sessions .initiator)" ]
}

# A storage object, ours unless its HBA is told, at a LUN.
lio_at() # LUN-DIRECTORY [HBA/]NAME
{
	local store=$2

	[ "${store#*/}" != "$store" ] || store=tgtcore_0/$2
	mkdir "$1" && ln -s "$LIO/core/$store" "$1/port"
}

# A port of tcm_loop with one initiator.
lio_loop() # WWN INITIATOR
{
	local tpg=$LIO/loopback/$1/tpgt_1

	mkdir -p "$tpg" && echo "$2" > "$tpg/nexus" && defer quietly lio_unloop "$1"
}

# All LUNs of a target port group.
lio_unlun() # DIRECTORY
{
	local lun

	for lun in "$1"/lun/lun_*; do
		[ -d "$lun" ] || continue
		find "$lun" -maxdepth 1 -type l -delete
		rmdir "$lun" || return
	done
}

lio_unloop() # WWN
{
	local tpg=$LIO/loopback/$1/tpgt_1

	lio_unlun "$tpg" && rmdir "$tpg" "$LIO/loopback/$1"
}

lio_disks()
{
	ls -d /sys/devices/tcm_loop_0/*/host*/target*/*/block/* 2> /dev/null
}

lio_new_disk() # BEFORE
{
	local d

	d=$(comm -13 <(sort <<< "$1") <(lio_disks | sort))
	NODE=/dev/${d##*/}
	[ -n "$d" ] && [ -b "$NODE" ]
}

# A storage object at a LUN of a tcm_loop port; its nodes are in $NODE and $SG then.
lio_lun() # WWN NUMBER [HBA/]NAME
{
	local before

	before=$(lio_disks)
	lio_at "$LIO/loopback/$1/tpgt_1/lun/lun_$2" "$3" || bail "no LUN $2 of $1"
	wait_for 10 lio_new_disk "$before" || bail "LUN $2 of $1 has no disk"
	SG=$(echo "/sys/block/${NODE##*/}/device/scsi_generic/"*)
	# shellcheck disable=SC2034	# for those who source this
	SG=/dev/${SG##*/}
}

# --- iSCSI -----------------------------------------------------------------------------------

# A target of LIO's, on the loopback interface or at that address, open to every initiator.
lio_iscsi() # IQN [ADDRESS]
{
	local tpg=$LIO/iscsi/$1/tpgt_1

	modprobe -a iscsi_target_mod iscsi_tcp || bail "no iSCSI"
	ip link set lo up || bail "no loopback interface"
	mkdir -p "$tpg/np/${2:-127.0.0.1}:3260" || bail "no portal"
	defer quietly lio_uniscsi "$1"
	echo 0 > "$tpg/attrib/authentication"
	echo 1 > "$tpg/attrib/generate_node_acls"
	echo 1 > "$tpg/attrib/cache_dynamic_acls"
	echo 0 > "$tpg/attrib/demo_mode_write_protect"
	echo 1 > "$tpg/enable"
}

lio_uniscsi() # IQN
{
	local tpg=$LIO/iscsi/$1/tpgt_1

	echo 0 > "$tpg/enable"
	lio_unlun "$tpg" && rmdir "$tpg"/np/* "$tpg" "$LIO/iscsi/$1"
}

lio_iscsi_lun() # IQN NUMBER [HBA/]NAME
{
	lio_at "$LIO/iscsi/$1/tpgt_1/lun/lun_$2" "$3"
}

# Linux's initiator, with a name for each interface. A target that is slow is none that has gone: it
# sends no pings, which would end a session in the midst of an abort, and has time for the rest.
iscsid_start() # INTERFACE...
{
	local conf i

	conf=$(mktemp -d "${TMPDIR:-/tmp}/iscsid.XXXXXX")
	defer rm -rf "$conf"
	mkdir -p /run/lock/iscsi
	echo "InitiatorName=iqn.2001-04.org.example:nobody" > "$conf/name"
	cat > "$conf/conf" <<-END
		node.startup = manual
		node.session.timeo.replacement_timeout = 120
		node.session.err_timeo.abort_timeout = 60
		node.session.err_timeo.lu_reset_timeout = 60
		node.conn[0].timeo.noop_out_interval = 0
		node.conn[0].timeo.noop_out_timeout = 0
	END
	# it ends its whole process group when it is told to end
	setsid iscsid -f -c "$conf/conf" -i "$conf/name" > "$conf/log" 2>&1 &
	defer quietly wait $!
	defer kill $!
	for i; do
		wait_for 20 iscsiadm -m iface -I "$i" -o new || bail "$(< "$conf/log")"
		iscsiadm -m iface -I "$i" -o update -n iface.initiatorname \
			-v "iqn.2001-04.org.example:$i" > /dev/null || bail "no interface $i"
		defer quietly iscsiadm -m iface -I "$i" -o delete
	done
	defer quietly iscsiadm -m node -o delete
	defer quietly iscsiadm -m node -U all
}

# The disk of an interface with that LUN is in $NODE and $SG, if it has one.
iscsi_disk() # INTERFACE LUN
{
	local s d

	for s in /sys/class/iscsi_session/session*; do
		[ "$(< "$s/ifacename")" = "$1" ] || continue
		for d in "$s"/device/target*/*:*:*:"$2"/block/*; do
			[ -b "/dev/${d##*/}" ] || continue
			[ "$(< "$d/size")" != 0 ] || continue
			NODE=/dev/${d##*/}
			SG=/dev/$(basename "$d"/../../scsi_generic/*)
			return 0
		done
	done
	return 1
}

iscsi_login() # INTERFACE IQN LUN [ADDRESS]
{
	local at=${4:-127.0.0.1}

	if ! iscsiadm -m discovery -t st -p "$at" -I "$1" > "$TAP_OUT" 2>&1 ||
	   ! iscsiadm -m node -T "$2" -p "$at" -I "$1" --login > "$TAP_OUT" 2>&1; then
		bail "no login: $(< "$TAP_OUT")"
	fi
	wait_for 30 iscsi_disk "$1" "$3" || bail "no disk for $1"
	iscsi_awake
}

# A load that verifies each block it comes back to.
fio_verify() # DISK SECONDS
{
	fio --name=v "--filename=$1" --rw=randrw --bssplit=4k/70:32k/20:128k/10 --size=16m \
		--direct=1 --ioengine=libaio --iodepth=32 --verify=crc32c --verify_backlog=256 \
		--verify_fatal=1 --verify_dump=0 --time_based "--runtime=$2"
}

# Files written to a new file system on one disk are those that are read on another, or the same.
file_tree_ok() # DISK DISK
{
	local mnt sums

	mnt=$(mktemp -d)
	defer rmdir "$mnt"
	if ! mkfs.ext4 -q -F "$1" || ! mount "$1" "$mnt"; then
		bail "no file system"
	fi
	cp -r "$TGT_ROOT"/{core,docs} "$mnt"
	sums=$(cd "$mnt" && find . -type f -exec sha256sum {} +)
	umount "$mnt"
	[ "$1" = "$2" ] || blockdev --flushbufs "$2"
	mount -o ro "$2" "$mnt" || bail "no file system any more"
	run_ok "a file tree is whole" env -C "$mnt" sha256sum -c --quiet <<< "$sums"
	umount "$mnt"
}
