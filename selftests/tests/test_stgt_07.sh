#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a hostile daemon: noise, half-valid answers, addresses that are gone, not its own
# or the kernel's, slots that change while they are read, death at any moment; this test will
# check that the kernel survives it, that initiators on a target of handler=stgt and on a
# device of backend=stgt always get an answer, that no page stays pinned and that all works as
# ever with a daemon that behaves.
#
# TGT_EVENTS is how many events (default 10,000), TGT_SEED which.
# timeout: 14400
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio tgt_fuzz mini_tgtd

events=${TGT_EVENTS:-10000} seed=${TGT_SEED:-1}
plan 18
truncate -s 16M /scratch/lun
defer rm -f /scratch/lun
pinned=$(pinned_pages)

# A LUN of the daemon's twice: as a disk of its own target, and as a device of the engine.
set_up() # GENERATION
{
	stgt_target t
	stgt_daemon --check --abi "$1" --host "$THOST" --lun 0=file:/scratch/lun
	stgt_disk "$HOST" 0
	disk=$NODE sg=$SG
	device d backend=stgt "host=$THOST"
	loop_target front
	lun front 0 d
}

take_down()
{
	tgtctl target delete loop:front --force && tgtctl device delete d --force &&
		tgtctl target delete loop:t --force
}

# Four initiators at each disk.
hostile() # GENERATION EVENTS [OPTION...]
{
	local disks=() begin dev

	set_up "$1"
	# a disk that was offline is read anew: sd waits 100 s for one that is not ready
	for dev in "$sg" "$SG"; do
		dev=$(readlink -f "/sys/class/scsi_generic/${dev##*/}/device")
		echo "${dev##*/}" > /sys/bus/scsi/drivers/sd/unbind
	done
	for _ in 1 2 3 4; do
		disks+=(--disk "$sg" --disk "$SG")
	done
	stgt_stop_ok "$1: a daemon that behaves has seen nothing wrong"
	begin=$SECONDS
	run_ok "$1: every command is answered" tgt_fuzz --abi "$1" --events "$2" --seed "$seed" \
		--host "$THOST" "${disks[@]}" "${@:3}"
	diag < "$TAP_OUT"
	diag "after $((SECONDS - begin)) s"
	run_ok "$1: targets and device go" take_down
}

# what it names as its memory is written to, wherever that is: it may die of it
defer sysctl -q "debug.exception-trace=$(sysctl -n debug.exception-trace)"
sysctl -q debug.exception-trace=0
# what nobody answers any more is to end soon
brief=daemon_timeout=5
quietly modprobe -r lld_probe
stgt_reload $brief
modprobe lld_probe || bail "no lld_probe"
defer quietly modprobe -r lld_probe
hostile g3 $((events * 8 / 10)) --probe /dev/lld_probe
run_ok "g3: the old driver goes" modprobe -r lld_probe
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"
stgt_reload $brief abi=2.6.22
hostile g2 $((events / 10))
stgt_reload $brief abi=2.6.20
hostile g1 $((events / 10))
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"

# --- nothing of it is left
stgt_reload
set_up g3
verify "the target" "$disk" --size=8m
verify "the device" "$NODE" --size=8m
run_ok "they go" take_down
stgt_stop_ok "the last daemon has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "each command it had has ended"
run_ok "rmmod" rmmod scsi_tgt
