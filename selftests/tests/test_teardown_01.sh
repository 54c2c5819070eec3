#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: modules, targets, LUNs and devices taken away while fio runs and a file system
# is mounted; this test will check that each is refused with its reason while in use, that
# --force takes it down in order without a hang, and that everything can be made again with
# the data it had.
#
# TGT_ROUNDS is how often (default 2).
# timeout: 3600
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program fio mkfs.ext4

rounds=${TGT_ROUNDS:-2}
plan $((rounds * 25 + 1))
mnt=$(mktemp -d)
defer rmdir "$mnt"
defer quietly umount -l "$mnt"
load_modules tgtcore_loop

truncate -s 64M /scratch/file
truncate -s 16M /scratch/kept

make() # DEVICE
{
	local args=(backend=file "path=/scratch/$1")

	[ "$1" != ram ] || args=(backend=ram size=64M)
	tgtctl device create "$1" "${args[@]}" > "$TAP_OUT" 2>&1 ||
		bail "device create $1: $(< "$TAP_OUT")"
}

for ((round = 1; round <= rounds; round++)); do
	r="round $round:"
	make ram
	make file
	make kept
	tgtctl target create loop:t > "$TAP_OUT" 2>&1 || bail "$r no target"
	lun t 0 ram
	ram=$NODE
	lun t 1 file
	file=$NODE
	fio_start "$ram"

	# --- refused while in use, and nothing has changed by that
	for m in tgtcore tgtcore_loop tgtcore_ram tgtcore_file; do
		run_err "in use" "$r rmmod $m is refused" rmmod "$m"
	done
	run_err "mapped" "$r device delete is refused" tgtctl device delete ram
	run_err "open" "$r lun delete is refused" tgtctl lun delete loop:t 0
	run_err "open" "$r target delete is refused" tgtctl target delete loop:t
	run_ok "$r the target is as it was" test "$(field state target loop:t)" = active

	# --- hot unplug of a mounted file system: what was synced before stays
	run_ok "$r a file system" mkfs.ext4 -q -F "$file"
	mount "$file" "$mnt" || bail "$r mount"
	echo "kept in round $round" > "$mnt/kept"
	sync -f "$mnt/kept"
	(renice -n 19 $BASHPID; while echo more; do :; done > "$mnt/more") > /dev/null 2>&1 &
	writer=$!
	run_err "open" "$r lun delete with a mount is refused" tgtctl lun delete loop:t 1
	run_ok "$r lun delete --force under a mount" tgtctl lun delete loop:t 1 --force
	kill "$writer" 2> /dev/null
	wait "$writer" 2> /dev/null
	run_ok "$r umount of the lost disk" timeout 30 umount "$mnt"
	run_ok "$r the LUN is gone" no_such_object lun loop:t 1
	run_ok "$r the node is gone" test ! -e "$file"
	lun t 1 file
	run_ok "$r the disk comes back, and the journal is replayed" mount "$NODE" "$mnt"
	is "$(cat "$mnt/kept")" "kept in round $round" "$r what was synced is there"
	umount "$mnt" || bail "$r umount"

	# --- the target goes under I/O, or the devices do; by turns
	lun t 2 kept
	load_start "$NODE"
	if ((round % 2)); then
		run_ok "$r target delete --force under load" tgtctl target delete loop:t --force
		run_ok "$r the device is free" tgtctl device delete ram
	else
		run_ok "$r device delete --force under load" tgtctl device delete kept --force
		run_ok "$r another" tgtctl device delete ram --force
		make kept
	fi
	fio_failed_ok "$r fio ends"
	load_lost_ok "$r the load lost its disk, and read nothing wrong until then"
	quietly tgtctl target create loop:t
	lun t 2 kept
	run_ok "$r every write that was acknowledged is on the disk" \
		tgtload check "$NODE" "$LOAD_STATE"
	run_ok "$r all can be deleted" sh -c 'tgtctl target delete loop:t --force &&
		tgtctl device delete file && tgtctl device delete kept'
	is "$(tgtctl device show --json; tgtctl target show --json)" $'[]\n[]' \
		"$r no target and no device is left"

	# --- and now every module can go
	run_ok "$r rmmod" unload_all
	run_ok "$r nothing of ours is left" sh -c '! grep ^tgtcore_ /proc/modules'
	modprobe tgtcore
done
run_ok "rmmod of the engine" rmmod tgtcore
modprobe tgtcore
