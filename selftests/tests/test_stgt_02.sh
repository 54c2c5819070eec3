#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon is killed under I/O, again and again; this test will check that
# initiators wait for the next one and see neither an error nor a wrong block.
#
# TGT_ROUNDS is how often (default 10).
# timeout: 7200
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio

rounds=${TGT_ROUNDS:-10}
plan 6
truncate -s 64M /scratch/lun
defer rm -f /scratch/lun
daemon()
{
	stgt_daemon --check --delay-ms $((RANDOM % 4)) --host "$THOST" --lun 0=file:/scratch/lun
}

went_on() # COUNT
{
	[ "$(io_count "$disk")" -gt $(($1 + 20)) ]
}

stgt_target t
daemon
stgt_disk "$HOST" 0
disk=${NODE##*/}
pinned=$(pinned_pages)
fio_start "$NODE" --runtime=7200

stalled=0
for ((round = 1; round <= rounds; round++)); do
	stgt_kill
	# at times it stays away for a while
	((round % 5)) || sleep 1.5
	[ "$(stgt_info t)" = "waiting for a daemon to bind host $THOST" ] ||
		diag "round $round: $(stgt_info t)"
	daemon
	count=$(io_count "$disk")
	wait_for 30 went_on "$count" ||
		{ stalled=$((stalled + 1)); diag "round $round: no I/O"; break; }
done
is "$stalled" 0 "I/O went on after each of $rounds kills"
fio_stop_ok "all that was read is what was written" "$NODE"
is "$(cat "/sys/block/$disk/device/state")" running "the disk is online"
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"
run_ok "the target goes" tgtctl target delete loop:t --force
stgt_stop_ok "the last daemon has seen nothing wrong"
