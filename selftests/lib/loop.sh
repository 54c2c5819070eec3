# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Devices and disks on the loop fabric. Source it after tap.sh. What is made here is taken
# away when the test ends; a step that fails ends the test, as nothing after it makes sense.

# shellcheck disable=SC2034	# for those who source this
NODE='' SG='' HOST='' FIO_PID='' FIO_LOG='' LOAD_PID='' LOAD_STATE=''

loop_target() # NAME [KEY=VALUE...]; the SCSI host is in $HOST then
{
	load_modules
	tgtctl target create "loop:$1" "${@:2}" > "$TAP_OUT" 2>&1 ||
		bail "target create: $(< "$TAP_OUT")"
	defer quietly tgtctl target delete "loop:$1" --force
	# shellcheck disable=SC2034
	HOST=$(sed -n 's/.*SCSI host //p' "$TAP_OUT")
}

device() # NAME KEY=VALUE...
{
	tgtctl device create "$@" > "$TAP_OUT" 2>&1 || bail "device create: $(< "$TAP_OUT")"
	defer quietly tgtctl device delete "$1" --force
}

# Map a device; its node is in $NODE then, and its generic node in $SG.
lun() # TARGET NUMBER DEVICE [KEY=VALUE...]
{
	tgtctl lun create "loop:$1" "$2" "device=$3" "${@:4}" > "$TAP_OUT" 2>&1 ||
		bail "lun create: $(< "$TAP_OUT")"
	NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
	[ -b "$NODE" ] || bail "LUN $2 of loop:$1 has no node: $(< "$TAP_OUT")"
	SG=$(echo "/sys/block/${NODE##*/}/device/scsi_generic/"*)
	SG=/dev/${SG##*/}
}

# For clean-up of what the test may have taken away already.
quietly()
{
	"$@" > /dev/null 2>&1 || :
}

# A field of "tgtctl OBJECT show NAME --json", of its first record.
field() # FIELD OBJECT [NAME...]
{
	local key=$1

	tgtctl "$2" show "${@:3}" --json |
		sed -n "s/^ *\"$key\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" | head -n 1
}

no_such_object() # OBJECT NAME...
{
	! tgtctl "$1" show "${@:2}" > /dev/null 2>&1
}

# Random writes of all sizes that verify each block they come back to, in the background,
# until fio_stop_ok, or the loss of the disk, ends them. (nice: it takes every moment that the
# test itself does not need.)
fio_start() # NODE [FIO-OPTION...]
{
	FIO_LOG=$(mktemp "${TMPDIR:-/tmp}/fio.XXXXXX")
	defer rm -f "$FIO_LOG"
	nice -n 19 fio --name=load "--filename=$1" --rw=randrw --bssplit=4k/70:32k/20:128k/10 \
		--size=8m --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c \
		--verify_backlog=64 --verify_fatal=1 --verify_dump=0 --time_based \
		--runtime=1d "${@:2}" > "$FIO_LOG" 2>&1 &
	FIO_PID=$!
	wait_for 60 io_since "${1##*/}" "$(io_count "${1##*/}")" || bail "fio does no I/O"
}

io_count() # NAME
{
	local r w

	read -r r _ _ _ w _ < "/sys/block/$1/stat"
	echo $((r + w))
}

io_since() # NAME COUNT
{
	[ "$(io_count "$1")" -gt $(($2 + 200)) ]
}

# One check: fio is still at it, goes on for a while, and found no wrong block.
fio_stop_ok() # DESCRIPTION NODE
{
	local rc=0

	wait_for 60 io_since "${2##*/}" "$(io_count "${2##*/}")" ||
		{ not_ok "$1" "no I/O goes on"; diag < "$FIO_LOG"; return 1; }
	kill -INT "$FIO_PID" 2> /dev/null
	wait "$FIO_PID" || rc=$?
	# 128: fio says so when a signal ended it
	if grep -qE 'verify:|err= *[1-9]|error=' "$FIO_LOG" || { [ $rc != 0 ] && [ $rc != 128 ]; }
	then
		not_ok "$1" "fio ended with $rc" || :
		diag < "$FIO_LOG"
		return 1
	fi
	ok "$1"
}

# fio had its disk taken away: it ends by itself. Its word on data does not count here: it
# takes the end of file that a disk without size answers with for a block.
fio_failed_ok() # DESCRIPTION
{
	wait_for 30 fio_gone || { not_ok "$1" "fio still runs"; kill -KILL "$FIO_PID"; return 1; }
	wait "$FIO_PID"
	is_not $? 0 "$1"
}

fio_gone()
{
	! kill -0 "$FIO_PID" 2> /dev/null
}

# A load that knows what was acknowledged, for a disk that will be taken away.
load_start() # NODE
{
	LOAD_STATE=$(mktemp "${TMPDIR:-/tmp}/load.XXXXXX")
	defer rm -f "$LOAD_STATE"
	nice -n 19 tgtload run "$1" "$LOAD_STATE" > "$LOAD_STATE.log" 2>&1 &
	LOAD_PID=$!
	defer rm -f "$LOAD_STATE.log"
	wait_for 60 io_since "${1##*/}" "$(io_count "${1##*/}")" || bail "the load does no I/O"
}

load_gone()
{
	! kill -0 "$LOAD_PID" 2> /dev/null
}

# One check: it lost its disk, and all it read until then was right.
load_lost_ok() # DESCRIPTION
{
	local rc=0

	wait_for 30 load_gone || { not_ok "$1" "it still runs"; kill -KILL "$LOAD_PID"; return 1; }
	wait "$LOAD_PID" || rc=$?
	is $rc 3 "$1" || { diag < "$LOAD_STATE.log"; return 1; }
}
