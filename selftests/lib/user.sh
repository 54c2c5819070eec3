# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Daemons of devices of backend=user. Source it after tap.sh and backend.sh.

DAEMON=''

# Starts one in the background; it is in $DAEMON, and has the device, when this returns.
daemon() # PROGRAM DEVICE [ARGUMENT...]
{
	rm -f "/tmp/$2.pid" "/tmp/$2.rc"
	(
		"$@" > "/tmp/$2.daemon" 2>&1 &
		echo $! > "/tmp/$2.pid"
		rc=0
		wait $! || rc=$?
		echo $rc > "/tmp/$2.rc"
	) 2> /dev/null &
	disown $!
	wait_for 10 test -s "/tmp/$2.pid" || bail "no daemon"
	DAEMON=$(< "/tmp/$2.pid")
	defer daemon_gone "$DAEMON"
	wait_for 20 daemon_serves "$2" "$DAEMON" || bail "no daemon: $(< "/tmp/$2.daemon")"
}

# What the last daemon of a device exited with.
daemon_rc() # DEVICE
{
	wait_for 10 test -s "/tmp/$1.rc" || :
	cat "/tmp/$1.rc"
}

daemon_serves() # DEVICE PID
{
	device_field "$1" info | grep -q "^daemon $2,"
}

daemon_gone() # PID
{
	kill -KILL "$1" 2> /dev/null
	wait_for 10 eval "! kill -0 $1"
}

# A number in what "device show" tells of a user device.
user_count() # DEVICE held|lost|late|bad|timeouts|reissued|handovers
{
	device_field "$1" "daemon-$2"
}

# Make a device, serve it, and map it; the disk's node is in $NODE then.
user_disk() # DEVICE PROGRAM FILE|'' OPTION...
{
	tgtctl device create "$1" backend=user "${@:4}" > "$TAP_OUT" 2>&1 ||
		bail "device create: $(< "$TAP_OUT")"
	defer be_delete "$1"
	daemon "$2" "$1" ${3:+"$3"}
	tgtctl lun create loop:be "$BE_LUN" "device=$1" > "$TAP_OUT" 2>&1 ||
		bail "lun create: $(< "$TAP_OUT")"
	NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
	[ -b "$NODE" ] || bail "no node: $(< "$TAP_OUT")"
	BE_LUN=$((BE_LUN + 1))
}

# Whether the daemon, or nobody, has commands of a disk: field 9 of its statistics.
in_flight() # NODE
{
	[ "$(awk '{ print $9 }' "/sys/block/${1##*/}/stat")" -gt 0 ]
}

# A place for what daemons keep, in memory; it is in $t then.
user_tmpfs()
{
	t=$(mktemp -d /tmp/user.XXXXXX)
	mount -t tmpfs none "$t" || bail "no tmpfs"
	defer umount "$t"
}

# A disk whose data is there.
served() # NAME OPTION...
{
	user_disk "$1" tgtcore-mem "$t/$1" size=32M "${@:2}"
}

read_sense() # NODE
{
	sense_of "$1" -r 512 -- 28 00 00 00 00 20 00 00 01 00
}
