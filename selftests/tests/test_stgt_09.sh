#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a target driver of old sends commands from two CPUs as fast as it can; this
# test will check that the daemon sees each exactly once, that each is answered exactly once,
# with the right data, and that the ring does the same when it is full most of the time.
#
# TGT_EVENTS is how many commands (default 100,000).
# timeout: 7200
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program lldctl mini_tgtd

count=${TGT_EVENTS:-100000}
plan 17
need_root
quietly modprobe -r lld_probe scsi_tgt
modprobe lld_probe can_queue=4096 || bail "no lld_probe"
defer quietly modprobe -r lld_probe scsi_tgt
read -r _ host _ < <(lldctl hosts)
truncate -s 1M /scratch/lun
defer rm -f /scratch/lun
pinned=$(pinned_pages)

# All that is written to a place is the same, and must be read from there.
stress() # KEY=VALUE...
{
	lldctl stress A 77 threads=2 disk=2048 seed=5 "$@"
}

# The commands it was told to expect, and the one of introduce().
run() # DESCRIPTION COMMANDS DEPTH BLOCKS DAEMON-OPTION...
{
	stgt_daemon --check --host "$host" --lun 0=file:/scratch/lun "${@:5}"
	introduce
	run_ok "$1" stress verify=1 mixed=1 count=$(($2 / 2)) depth="$3" blocks="$4"
	diag < "$TAP_OUT"
	stgt_stop_ok "$1: the daemon has seen nothing wrong"
	is "$(stgt_said commands)" $(($2 / 2 * 2 + 1)) "$1: no more and no fewer commands reached it"
	is "$(stgt_said outstanding)" 0 "$1: each ended"
}

# The first command of a nexus meets a unit attention.
introduce()
{
	lldctl nexus A 77 || bail "no nexus"
	quietly lldctl stress A 77 threads=1 depth=1 count=1 blocks=0
}

stgt_daemon --check --host "$host" --lun 0=file:/scratch/lun
introduce
run_ok "the disk is filled" stress write=1 count=4096 depth=32 blocks=8
stgt_stop_ok "the daemon has seen nothing wrong"
sum=$(md5sum < /scratch/lun)

run "$count commands, 32 at a time" "$count" 32 8
# 2 x 1200 commands and their ends are more than the 1024 slots of a ring
run "$((count / 4)) commands, the ring full" $((count / 4)) 1200 1 --batch
run "$((count / 100)) commands of 128 KiB, out of order" $((count / 100)) 64 256 --delay-ms 5
is "$(md5sum < /scratch/lun)" "$sum" "what was written is what was there"
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"
run_ok "rmmod" modprobe -r lld_probe scsi_tgt
