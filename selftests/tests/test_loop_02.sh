#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: LUNs come and go while another disk of the host is under load; this test
# will check that the load goes on and its data verifies, that new disks work at once, and
# that the numbers can be used again.
#
# TGT_ROUNDS is how often (default 3).
# timeout: 3000
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program fio

rounds=${TGT_ROUNDS:-3}
plan $((rounds * 3 + 2))
loop_target t
device busy backend=ram size=64M
lun t 0 busy
busy=$NODE
for i in 1 2 3; do
	device "hot$i" backend=ram size=16M
done
fio_start "$busy"
for ((round = 1; round <= rounds; round++)); do
	for i in 1 2 3; do
		lun t $((i * 100)) "hot$i"
		echo "round $round on $i" | dd "of=$NODE" bs=512 count=1 conv=sync oflag=direct \
			status=none
	done
	is "$(dd "if=$NODE" bs=512 count=1 iflag=direct status=none | head -n 1)" \
		"round $round on 3" "round $round: a new disk holds data"
	run_ok "round $round: three LUNs go" sh -c \
		'for n in 100 200 300; do tgtctl lun delete loop:t $n || exit; done'
	is "$(tgtctl lun show loop:t --json | grep -c '"number"')" 1 "round $round: one is left"
done
fio_stop_ok "the load goes on and verifies" "$busy"
run_ok "the host has one disk" test "$(echo /sys/class/scsi_device/"$HOST":*)" = \
	"/sys/class/scsi_device/$HOST:0:0:0"
