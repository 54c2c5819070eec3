#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: targets and modules taken away while a daemon is there, works, hangs, or is
# gone; this test will check that what is in use is refused, that --force ends in bounded time
# with every command answered, and that everything can be made again.
#
# timeout: 400
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio

plan 34
truncate -s 64M /scratch/lun
defer rm -f /scratch/lun

module_users()
{
	awk '$1 == "scsi_tgt" { print $3 }' /proc/modules
}

# --- modules
stgt_target t
run_err "in use" "rmmod is refused with a target" rmmod scsi_tgt
run_ok "the target goes without a daemon ever" tgtctl target delete loop:t
stgt_daemon --check --host 1 --lun 0=ram:1M
run_err "in use" "rmmod is refused with a daemon" rmmod scsi_tgt
stgt_stop_ok "a daemon without a host"
is "$(module_users)" 0 "nobody is left"
run_ok "rmmod" rmmod scsi_tgt
run_ok "the device is gone" test ! -e /dev/tgt -a ! -e /sys/class/misc/tgt

# --- the target goes under load
gone_with() # WHAT COMMAND...
{
	local what="$1:" begin

	stgt_target t
	stgt_daemon --check --host "$THOST" --lun 0=file:/scratch/lun
	stgt_disk "$HOST" 0
	load_start "$NODE"
	run_err "open" "$what without --force it is refused" tgtctl target delete loop:t
	"${@:2}"
	begin=$SECONDS
	run_ok "$what target delete --force" timeout 100 tgtctl target delete loop:t --force
	is "$(((SECONDS - begin) < 60))" 1 "$what in bounded time"
	load_lost_ok "$what the load lost its disk, and read nothing wrong until then"
	run_ok "$what both hosts are gone" test ! -e "/sys/class/scsi_host/host$HOST" \
		-a ! -e "/sys/class/scsi_host/host$THOST"
	[ -z "$DAEMON" ] || kill -CONT "$DAEMON"
}

gone_with "live daemon" true
stgt_stop_ok "live daemon: it has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "live daemon: every command was answered, and ended"
gone_with "hung daemon" eval 'kill -STOP $DAEMON; sleep 1'
stgt_stop_ok "hung daemon: it has seen nothing wrong"
gone_with "dead daemon" stgt_kill
gone_with "slow daemon" eval 'stgt_kill; stgt_daemon --delay-ms 60000 --host $THOST \
	--lun 0=file:/scratch/lun; sleep 2'
stgt_kill

# --- and comes again
stgt_target t
stgt_daemon --check --host "$THOST" --lun 0=file:/scratch/lun
stgt_disk "$HOST" 0
run_ok "every write that was acknowledged is in the file" tgtload check "$NODE" "$LOAD_STATE"
run_ok "a daemon that goes leaves the disk" eval 'stgt_kill; test -b $NODE'
run_ok "the target goes" tgtctl target delete loop:t --force
run_ok "rmmod" modprobe -r scsi_tgt
