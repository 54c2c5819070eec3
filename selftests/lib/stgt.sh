# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Targets of handler=stgt and mini_tgtd, their daemon. Source it after tap.sh and loop.sh.
# What is made here is taken away when the test ends.

# shellcheck disable=SC2034	# for those who source this
THOST='' DAEMON='' DAEMON_LOG='' MINI=mini_tgtd

# The disk's host is in $HOST then, the daemon's in $THOST.
stgt_target() # NAME [KEY=VALUE...]
{
	command -v mini_tgtd > /dev/null || skip "mini_tgtd is not built (make selftests)"
	load_modules
	tgtctl target create "loop:$1" handler=stgt "${@:2}" > "$TAP_OUT" 2>&1 ||
		bail "target create: $(< "$TAP_OUT")"
	defer quietly tgtctl target delete "loop:$1" --force
	HOST=$(field host target "loop:$1")
	THOST=$(echo "/sys/bus/tgtcore/devices/loop:$1/host"*)
	THOST=${THOST##*/host}
	[ -d "/sys/class/scsi_host/host$THOST" ] || bail "loop:$1 has no host for a daemon"
}

# Start mini_tgtd, and wait until it has the ring. Its pid is in $DAEMON.
stgt_daemon() # ARG...
{
	if [ -z "$DAEMON_LOG" ]; then
		DAEMON_LOG=$(mktemp "${TMPDIR:-/tmp}/daemon.XXXXXX")
		defer rm -f "$DAEMON_LOG"
		defer quietly stgt_kill
	fi
	"$MINI" "$@" > "$DAEMON_LOG" 2>&1 &
	DAEMON=$!
	wait_for 10 grep -q ready "$DAEMON_LOG" || bail "$MINI: $(< "$DAEMON_LOG")"
}

# Crash it.
stgt_kill()
{
	[ -n "$DAEMON" ] || return 0
	kill -KILL "$DAEMON"
	kill -CONT "$DAEMON" 2> /dev/null
	wait "$DAEMON" 2> /dev/null
	DAEMON=
}

# One check: it ends well, and the kernel broke no rule that it knows.
stgt_stop_ok() # DESCRIPTION
{
	local rc=0

	kill -TERM "$DAEMON"
	wait "$DAEMON" || rc=$?
	DAEMON=
	is $rc 0 "$1" || { diag < "$DAEMON_LOG"; return 1; }
}

# A number out of what the daemon said when it ended.
stgt_said() # NAME
{
	sed -n "s/^$1 //p" "$DAEMON_LOG"
}

stgt_node() # HOST LUN
{
	local dir

	for dir in "/sys/class/scsi_device/$1:0:0:$2/device/block/sd"*; do
		[ -b "/dev/${dir##*/}" ] && echo "/dev/${dir##*/}"
		return
	done
	return 1
}

# Wait for a disk; its node is in $NODE then, and its generic node in $SG.
stgt_disk() # HOST LUN
{
	wait_for 20 stgt_node "$1" "$2" || bail "no disk: host $1, LUN $2"
	NODE=$(stgt_node "$1" "$2")
	wait_for 20 test "$(cat "/sys/block/${NODE##*/}/size")" -gt 0
	SG=$(echo "/sys/block/${NODE##*/}/device/scsi_generic/"*)
	SG=/dev/${SG##*/}
}

# Five checks, of a disk that a daemon serves; needs backend.sh.
stgt_serves_ok() # DESCRIPTION [FIO-OPTION...]
{
	verify "$1" "$NODE" "${@:2}"
	is "$(sense_of "$SG" -- c1 00 00 00 00 00 00 00 00 00)" 5/20/00 "$1 sense"
	is "$(sense_of "$SG" -r 512 -- 28 00 7f ff ff ff 00 00 01 00)" 5/21/00 "$1 sense of a READ"
	run_ok "$1 LUN reset" timeout 60 sg_reset -d -N "$SG"
	run_ok "$1 data after it" dd "if=$NODE" of=/dev/null bs=64k count=16 iflag=direct
}

stgt_info() # NAME
{
	field info target "loop:$1"
}

stgt_info_is() # NAME TEXT
{
	[ "$(stgt_info "$1")" = "$2" ]
}

# With other parameters than it was loaded with; the default ones again in the end.
stgt_reload() # PARAMETER...
{
	load_modules
	quietly modprobe -r scsi_tgt
	modprobe scsi_tgt "$@" || bail "modprobe scsi_tgt $*"
	defer quietly modprobe -r scsi_tgt
}
