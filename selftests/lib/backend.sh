# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Disks on the loop fabric for the tests of backends. Source it after tap.sh.

BE_LUN=0 NODE=''

# The target all of a test's disks are on.
be_target()
{
	load_modules
	tgtctl target create loop:be > "$TAP_OUT" 2>&1 || { diag < "$TAP_OUT"; bail "no target"; }
	defer tgtctl target delete loop:be --force
}

# A scsi_debug disk: request based, keeps data, has a cache and FUA. Its node is in $LOWER.
# SCSI_DEBUG: more parameters of it.
SCSI_DEBUG=()
scsi_debug_disk()
{
	modprobe scsi_debug dev_size_mb=64 delay=0 "${SCSI_DEBUG[@]}" || bail "no scsi_debug"
	defer modprobe -r scsi_debug
	wait_for 10 compgen -G '/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/*/*/block/sd*' ||
		bail "scsi_debug: no disk"
	LOWER=/dev/$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/*/*/block/sd*)
	wait_for 10 test -b "$LOWER" || bail "scsi_debug: no node"
}

be_delete() # DEVICE
{
	! tgtctl device show "$1" || tgtctl device delete "$1" --force
}

# Make a device and map it. One check; the disk's node is in $NODE then.
serve() # DEVICE KEY=VALUE...
{
	local dev=$1

	NODE=
	run_ok "$dev: ${*:2}" tgtctl device create "$@" || return 1
	defer be_delete "$dev"
	tgtctl lun create loop:be $BE_LUN "device=$dev" > "$TAP_OUT" 2>&1 ||
		bail "lun create: $(< "$TAP_OUT")"
	NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
	[ -b "$NODE" ] || bail "no node: $(< "$TAP_OUT")"
	BE_LUN=$((BE_LUN + 1))
}

unserve() # DEVICE
{
	tgtctl device delete "$1" --force > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
}

device_field() # DEVICE FIELD
{
	tgtctl device show "$1" | sed -n "s/^$2  *//p"
}

# One check: random writes of all sizes and orders come back as they were written.
verify() # DESCRIPTION NODE [FIO-OPTION...]
{
	local desc=$1 node=$2

	shift 2
	run_ok "$desc: data verifies" fio --name=v "--filename=$node" --rw=randwrite \
		--bssplit=4k/60:20k/10:128k/20:1m/10 --size=24m --io_size=12m --direct=1 \
		--ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 \
		--verify_dump=0 --output-format=terse "$@"
}

fs_round_trip() # NODE MOUNTPOINT
{
	mkfs.ext4 -q -F "$1" && mount "$1" "$2" && cp -r core "$2/" && umount "$2" &&
	blockdev --flushbufs "$1" && mount "$1" "$2" && diff -r core "$2/core" &&
	umount "$2" && fsck.ext4 -fn "$1" && return
	umount "$2"
	return 1
}

# One check: a tree copied to an ext4 on it is the same after unmount and mount.
verify_fs() # DESCRIPTION NODE
{
	local mnt
	mnt=$(mktemp -d /tmp/mnt.XXXXXX)

	run_ok "$1: a file system keeps its files" fs_round_trip "$2" "$mnt"
	rmdir "$mnt"
}

# Sense key, ASC and ASCQ a CDB ends with, as 3/11/00; "good" if it ends well.
sense_of() # NODE SG_RAW-OPTION... -- BYTE...
{
	local node=$1 opts=() rc=0

	shift
	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	sg_raw -vv -t 30 "${opts[@]}" "$node" "$@" > "$TAP_OUT" 2>&1 || rc=$?
	awk -v rc=$rc '
		/Raw sense data/ { raw = 1; next }
		raw { for (i = 1; i <= NF; i++) b[n++] = $i }
		END {
			if (n > 13)
				print substr(b[2], 2) "/" b[12] "/" b[13]
			else
				print rc ? "error " rc : "good"
		}' "$TAP_OUT"
}

# The block_rq_issue lines of the device LOWER while COMMAND runs go to $REQUESTS; its output
# to nobody. Each ends in the name of the task that issued the request, in brackets.
#
# The event is enabled once: each time the kernel patches its own code, which under TCG is
# better done seldom (see trace_options in vm/run).
requests() # COMMAND...
{
	local t=/sys/kernel/tracing

	if [ ! -e "${REQUESTS:=}" ]; then
		mountpoint -q $t || mount -t tracefs none $t || bail "no tracefs"
		REQUESTS=$(mktemp /tmp/requests.XXXXXX)
		defer rm -f "$REQUESTS"
		echo 0 > $t/tracing_on
		echo 1 > $t/events/block/block_rq_issue/enable
		defer eval "echo 0 > $t/events/block/block_rq_issue/enable; echo 1 > $t/tracing_on"
	fi
	echo > $t/trace
	echo "dev == $(($(stat -Lc '0x%t << 20 | 0x%T' "$LOWER")))" \
		> $t/events/block/block_rq_issue/filter
	echo 1 > $t/tracing_on
	"$@" > /dev/null 2>&1
	echo 0 > $t/tracing_on
	grep 'block_rq_issue:' $t/trace > "$REQUESTS"
}
