#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: while fio runs on one disk of a target and a load that knows what it wrote on
# another, a device grows, a LUN goes by force, the target goes by force, and then the
# modules; this test will check that none of it hangs, and that every acknowledged write is
# there each time the disk comes back.
#
# TGT_ROUNDS is how often (default 1).
# timeout: 6000
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program fio

rounds=${TGT_ROUNDS:-1}
plan $((rounds * 13))
load_modules tgtcore_loop
defer modprobe tgtcore
defer quietly tgtctl clear
truncate -s 16M /scratch/kept

make_target()
{
	tgtctl target create loop:t > "$TAP_OUT" 2>&1 ||
		bail "$r target create: $(< "$TAP_OUT")"
}

device_create() # NAME KEY=VALUE...
{
	tgtctl device create "$@" > "$TAP_OUT" 2>&1 ||
		bail "$r device create: $(< "$TAP_OUT")"
}

is_on_disk() # DESCRIPTION: what the load was told is written
{
	run_ok "$1" tgtload check "$NODE" "$LOAD_STATE"
	rm -f "$LOAD_STATE" "$LOAD_STATE.log"
}

for ((round = 1; round <= rounds; round++)); do
	r="round $round:"
	device_create ram backend=ram size=32M
	device_create kept backend=file path=/scratch/kept
	make_target
	lun t 0 ram
	busy=$NODE
	lun t 1 kept
	fio_start "$busy"
	load_start "$NODE"

	run_err "in use" "$r rmmod is refused" rmmod tgtcore_loop
	run_ok "$r the device grows" tgtctl device set ram size=48M
	echo 1 > "/sys/block/${busy##*/}/device/rescan"
	is "$(< "/sys/block/${busy##*/}/size")" $((48 << 11)) "$r sd sees it"

	run_ok "$r lun delete --force" tgtctl lun delete loop:t 1 --force
	load_lost_ok "$r the load lost its disk, and read nothing wrong until then"
	lun t 1 kept
	is_on_disk "$r every write that was acknowledged is there"
	load_start "$NODE"
	run_ok "$r fio goes on" wait_for 30 io_since "${busy##*/}" "$(io_count "${busy##*/}")"

	run_ok "$r target delete --force" tgtctl target delete loop:t --force
	fio_failed_ok "$r fio ends"
	load_lost_ok "$r the load lost its disk, and read nothing wrong until then"
	make_target
	lun t 0 kept
	is_on_disk "$r every write that was acknowledged is there"

	run_ok "$r all goes" tgtctl clear
	run_ok "$r rmmod" unload_all
	modprobe tgtcore || bail "$r modprobe"
	rm -f "$FIO_LOG"
done
