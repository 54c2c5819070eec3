#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a disk with a mounted file system is taken away by force; this test will check
# that what the file system had not written yet is on the device, with the LUN and with the
# target deleted.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 6
need_program mkfs.ext4

mnt=$(mktemp -d)
data=$(mktemp)
defer rm -rf "$mnt" "$data"
defer quietly umount -l "$mnt"
head -c 4M /dev/urandom > "$data"

loop_target t
device d backend=ram size=64M
lun t 0 d
mkfs.ext4 -q "$NODE" || bail "mkfs"

for what in lun target; do
	mount "$NODE" "$mnt" || bail "mount"
	cp "$data" "$mnt/$what"
	if [ $what = lun ]; then
		run_ok "a LUN is deleted" tgtctl lun delete loop:t 0 --force
	else
		run_ok "a target is deleted" tgtctl target delete loop:t --force
	fi
	run_ok "the file system lets go" timeout 30 umount "$mnt"
	[ $what = lun ] || loop_target t
	lun t 0 d
	mount "$NODE" "$mnt" || bail "mount again"
	run_ok "deleted with its $what, the disk has all of the file" cmp "$data" "$mnt/$what"
	umount "$mnt"
done
