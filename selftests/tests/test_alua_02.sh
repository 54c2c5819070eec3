#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: Linux's own handler of asymmetric access on a disk with two paths, two loop targets
# in two target port groups; this test will let dm-multipath switch between them as the groups
# change, and save and restore the groups.
#
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program dmsetup
need_program fio
need_modules scsi_dh_alua dm-multipath dm-round-robin

plan 17
tmp=$(mktemp -d /tmp/alua.XXXXXX) || bail "no directory"
defer rm -rf "$tmp"

# What the kernel's handler knows of a path, after it has asked again.
state() # NODE
{
	cat "/sys/block/${1##*/}/device/access_state"
}

# The handler hears of a change by a unit attention, and asks in the background.
becomes() # NODE STATE
{
	local i

	for ((i = 0; i < 100; i++)); do
		[ "$(state "$1")" != "$2" ] || return 0
		dd "if=$1" of=/dev/null bs=512 count=1 iflag=direct status=none 2> /dev/null
		sleep 0.1
	done
	return 1
}

loop_target a
loop_target b
run_ok "a group of one target" tgtctl alua create 1 targets=loop:a preferred=yes
run_ok "and one of the other" tgtctl alua create 2 targets=loop:b state=non-optimized
defer quietly tgtctl alua delete 1 --force
defer quietly tgtctl alua delete 2 --force
device d backend=ram size=32M
lun a 0 d
one=$NODE
lun b 0 d
two=$NODE
is "$(cat "/sys/block/${one##*/}/device/dh_state")" alua "the handler takes the first path"
is "$(cat "/sys/block/${two##*/}/device/dh_state")" alua "and the second"
run_ok "the first is optimized" becomes "$one" active/optimized
run_ok "the second is not" becomes "$two" active/non-optimized
is "$(cat "/sys/block/${one##*/}/device/preferred_path")" 1 "the first is preferred"

sectors=$(blockdev --getsz "$one")
echo "0 $sectors multipath 1 queue_if_no_path 1 alua 2 1 round-robin 0 1 1 $one 1" \
	"round-robin 0 1 1 $two 1" > "$tmp/table"
run_ok "dm-multipath over both" dmsetup create tgtmp "$tmp/table"
defer quietly dmsetup remove --force tgtmp
path=/dev/dm-$(dmsetup info -c --noheadings -o minor tgtmp)
fio_start "$path"
run_ok "they change roles under load" sh -c \
	'tgtctl alua set 1 state=standby && tgtctl alua set 2 state=optimized'
run_ok "the handler knows the first" becomes "$one" standby
run_ok "and the second" becomes "$two" active/optimized
# A path that failed stays so until somebody, multipathd as a rule, says that it is good again.
reinstate() # NODE...
{
	local n

	for n; do
		dmsetup message tgtmp 0 reinstate_path "$(< "/sys/block/${n##*/}/dev")"
	done
}
reinstate "$one"
run_ok "and back" sh -c 'tgtctl alua set 1 state=optimized && tgtctl alua set 2 state=standby'
run_ok "which it knows too" becomes "$one" active/optimized
reinstate "$one"
fio_stop_ok "the load went on and verifies" "$path"
run_ok "the second is in standby" becomes "$two" standby
dmsetup remove tgtmp

# What is saved comes back the same, before the LUNs.
run_ok "a device of its own" tgtctl alua set 2 "devices=d=unavailable"
tgtctl save "$tmp/saved" || bail "save"
tgtctl clear || bail "clear"
tgtctl restore "$tmp/saved" > "$TAP_OUT" 2>&1 || diag < "$TAP_OUT"
tgtctl save "$tmp/again"
run_ok "saved, restored and saved is the same" diff -u "$tmp/saved" "$tmp/again"
