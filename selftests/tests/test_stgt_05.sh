#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: task management under load, with a daemon that answers late and out of order,
# and one that does not answer; this test will check that LUN resets and aborts end in time,
# that the load verifies, and that no command is answered twice or forgotten.
#
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio sg_reset sg_raw

plan 12
truncate -s 64M /scratch/lun
defer rm -f /scratch/lun

stgt_target t
stgt_daemon --check --delay-ms 20 --host "$THOST" --lun 0=file:/scratch/lun
stgt_disk "$HOST" 0
pinned=$(pinned_pages)
fio_start "$NODE"
resets=0
for _ in 1 2 3 4 5 6 7 8; do
	timeout 30 sg_reset -d -N "$SG" && resets=$((resets + 1))
	sleep 0.2
done
is $resets 8 "LUN resets under load"
fio_stop_ok "the load verifies" "$NODE"
stgt_stop_ok "the daemon has seen nothing wrong"
is_not "$(stgt_said aborted)" 0 "commands it held were aborted"
is "$(($(stgt_said tmfs) > 7))" 1 "it was told of each reset"

# --- commands that time out: abort, then recovery, while the daemon answers nothing in time
stgt_daemon --check --delay-ms 100000 --host "$THOST" --lun 0=file:/scratch/lun
wait_for 10 stgt_info_is t "served by a daemon as host $THOST"
begin=$SECONDS
quietly timeout 100 sg_raw -t 2 -r 512 "$SG" 28 00 00 00 00 00 00 00 01 00
is "$(((SECONDS - begin) < 60))" 1 "a command without an answer ends"
stgt_stop_ok "that daemon has seen nothing wrong"
is "$(($(stgt_said tmfs) > 0))" 1 "it was asked to abort it"

# --- and all is well with one that answers
stgt_daemon --check --host "$THOST" --lun 0=file:/scratch/lun
wait_for 10 stgt_info_is t "served by a daemon as host $THOST"
echo running > "/sys/block/${NODE##*/}/device/state"
run_ok "the disk works" dd "if=$NODE" of=/dev/null bs=64k count=64 iflag=direct
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"
run_ok "the target goes" tgtctl target delete loop:t --force
stgt_stop_ok "the last daemon has seen nothing wrong"
