# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The real tgtd in tests: start, stop, kill and administer it. Source it after tap.sh and
# loop.sh. $TGTD and $TGTADM are the programs, $TGT_LLD the low-level driver meant.

# shellcheck disable=SC2034	# for those who source this
TGTD_PID='' TGTD_LOG='' RING_HOST=''

# tgtd and tgtadm must be of one release: their messages have no version.
tgtd_start()
{
	[ -n "$TGTD_LOG" ] || {
		TGTD_LOG=$(mktemp "${TMPDIR:-/tmp}/tgtd.XXXXXX")
		defer rm -f "$TGTD_LOG"
		defer tgtd_kill
	}
	"$TGTD" -f >> "$TGTD_LOG" 2>&1 < /dev/null &
	TGTD_PID=$!
	wait_for 30 tgtd_answers || {
		tgtd_log
		bail "$TGTD does not answer $TGTADM"
	}
}

tgtd_answers()
{
	# without a daemon some releases of tgtadm wait for long
	kill -0 "$TGTD_PID" && timeout 5 "$TGTADM" --lld "$TGT_LLD" --op show --mode target
}

# What the daemon said, where a check failed.
tgtd_log()
{
	diag "tgtd:"
	tail -n 40 "$TGTD_LOG" | diag
}

# As a crash: no goodbye to anyone.
tgtd_kill()
{
	[ -n "$TGTD_PID" ] || return 0
	kill -KILL "$TGTD_PID" 2> /dev/null
	wait "$TGTD_PID" 2> /dev/null
	TGTD_PID=''
}

tgtd_alive()
{
	kill -0 "$TGTD_PID" 2> /dev/null
}

adm() # MODE OP [OPTION...]
{
	timeout 30 "$TGTADM" --lld "$TGT_LLD" --mode "$1" --op "$2" "${@:3}"
}

# For steps that must work for the rest to make sense.
adm_must() # MODE OP [OPTION...]
{
	adm "$@" > "$TAP_OUT" 2>&1 && return
	tgtd_log
	bail "tgtadm $*: $(< "$TAP_OUT")"
}

# --- releases with a ring: 0.9.0 to 1.0.13 ----------------------------------

need_tgtd()
{
	if [ -z "${TGTD:-}" ] || [ -z "${TGTADM:-}" ]; then
		skip "no tgtd that knows /dev/tgt: give TGTD=PATH TGTADM=PATH, see abi-tests/tgtd"
	fi
	# who names them means them: a wrong path is no reason to skip
	command -v "$TGTD" > /dev/null || bail "$TGTD is no program"
	command -v "$TGTADM" > /dev/null || bail "$TGTADM is no program"
	# of its drivers the one that takes LUNs for what they are on x86
	TGT_LLD="fc"
}

# A target that a daemon serves. $HOST is the initiator's SCSI host then, $RING_HOST the
# one that the daemon binds.
ring_target() # NAME [KEY=VALUE...]
{
	loop_target "$1" handler=stgt "${@:2}"
	RING_HOST=$(echo "/sys/bus/tgtcore/devices/loop:$1/host"*)
	RING_HOST=${RING_HOST##*/host}
	[ "${RING_HOST:-0}" -gt 0 ] || bail "target loop:$1 has no host to bind"
}

# tgtd's own side of a target: FILEs become LUNs 1, 2, ...
tgtd_target() # TID NAME FILE...
{
	local tid=$1 lun=0 f

	adm_must target new --tid "$tid" --targetname "iqn.2005-08.org.example:$2"
	for f in "${@:3}"; do
		lun=$((lun + 1))
		adm_must logicalunit new --tid "$tid" --lun $lun --backing-store "$f"
	done
}

bind_host() # TID HOST
{
	adm target bind --tid "$1" --host "$2"
}

bind_bus() # TID TARGET
{
	adm target bind --tid "$1" --bus "tgtcore,loop:$2"
}

# By number where tgtadm knows how (0.9.0, and 1.0.2 and later), else by bus.
bind_any() # TID TARGET HOST
{
	bind_host "$1" "$3" && return
	bind_host "$1" "$3" 2>&1 | grep -q "is not allowed" && bind_bus "$1" "$2"
}

# The node of a LUN, once it is there.
host_disk() # HOST LUN
{
	local d

	for d in "/sys/class/scsi_device/$1:0:0:$2/device/block"/*; do
		[ -b "/dev/${d##*/}" ] && echo "/dev/${d##*/}" && return
	done
	return 1
}

# Sets $NODE.
ring_disk() # HOST LUN
{
	wait_for 40 host_disk "$1" "$2" || {
		tgtd_log
		bail "no disk for LUN $2 on host $1"
	}
	NODE=$(host_disk "$1" "$2")
}

# One check: what was written to the disk is in the file, byte for byte.
same_ok() # DESCRIPTION NODE FILE
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	run_ok "$1" cmp "$2" "$3"
}

# No sector like another, nor like those of another BEGIN.
fill() # NODE MIB BEGIN
{
	seq "$3" 999999999 | dd "of=$1" bs=1M "count=$2" iflag=fullblock oflag=direct status=none
}

fio_verify() # NODE SECONDS [FIO-OPTION...]
{
	fio --name=v "--filename=$1" --rw=randrw --bssplit=4k/70:32k/20:128k/10 --size=64m \
		--direct=1 --ioengine=libaio --iodepth=32 --verify=crc32c \
		--verify_backlog=256 --verify_fatal=1 --verify_dump=0 --time_based \
		"--runtime=$2" "${@:3}"
}
