#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: file systems that discard, on disks in a file and in memory: this test will check that
# mkfs, fstrim and blkdiscard give the space really back, what fstrim leaves is what was written, and
# what was discarded reads as zeroes.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 32
need_program mkfs.ext4 mkfs.xfs fstrim blkdiscard sg_raw

mnt=$(mktemp -d)
data=$(mktemp)
defer rm -rf "$mnt" "$data" "$data.log" /scratch/loop07
defer quietly umount -l "$mnt"
head -c 8M /dev/urandom > "$data"
modprobe -q xfs

# MiB that the file takes on its own file system, or, as the disk says, that the memory does.
used() # BACKEND
{
	if [ "$1" = file ]; then
		sync -f /scratch/loop07
		echo $(($(stat -c '%b * %B' /scratch/loop07) >> 20))
	else
		# log page 0Ch, parameter 0002h: used, in MiB
		sg_raw -r 64 -o "$data.log" "$SG" 4d 00 4c 00 00 00 00 00 40 00 > "$TAP_OUT" 2>&1
		od -An -v -tu1 "$data.log" | awk '
			{ for (i = 1; i <= NF; i++) b[n++] = $i }
			END {
				for (i = 4; i < n && i < 4 + b[3]; i += 4 + b[i + 3])
					if (b[i] == 0 && b[i + 1] == 2)
						print ((b[i + 4] * 256 + b[i + 5]) * 256 + b[i + 6]) * 256 + b[i + 7]
			}'
	fi
}

at_least() # GOT LEAST DESCRIPTION
{
	if [ "$1" -ge "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "$1 MiB, not $2"
	fi
}

# What was on the disk before.
use()
{
	dd if="$data" of="$NODE" bs=1M seek=40 oflag=direct status=none
	dd if="$data" of="$NODE" bs=1M seek=80 oflag=direct status=none
}

try() # BACKEND FILE-SYSTEM MKFS...
{
	local what="$1, $2" before after

	if ! grep -qw "$2" /proc/filesystems; then	# the debug kernels have no xfs
		skip_some 6 "$what" "this kernel has no $2"
		return
	fi
	before=$(used "$1")
	run_ok "$what: mkfs" "${@:3}" "$NODE"
	after=$(used "$1")
	at_least $((before - after)) 8 "$what: mkfs gave back what was there"
	mount "$NODE" "$mnt" && cp "$data" "$mnt/keep" && cp "$data" "$mnt/go" && sync -f "$mnt"
	before=$(used "$1")
	at_least $((before - after)) 16 "$what: two files take space"
	rm "$mnt/go"
	sync -f "$mnt"
	run_ok "$what: fstrim" fstrim "$mnt"
	at_least $((before - $(used "$1"))) 7 "$what: one of them takes none any more"
	umount "$mnt"
	blockdev --flushbufs "$NODE"
	mount "$NODE" "$mnt" && cmp "$data" "$mnt/keep"
	is $? 0 "$what: the other is as it was"
	umount "$mnt"
}

for backend in file ram; do
	loop_target t
	case $backend in
	file)	device d backend=file path=/scratch/loop07 size=128M ;;
	ram)	device d backend=ram size=128M ;;
	esac
	lun t 0 d
	is_not "$(cat "/sys/block/${NODE##*/}/queue/discard_max_bytes")" 0 "$backend: the disk discards"
	use
	try $backend ext4 mkfs.ext4 -q -F
	use
	try $backend xfs mkfs.xfs -q -f --unsupported -l size=8m
	use
	run_ok "$backend: blkdiscard of a part" blkdiscard -o 41M -l 2M "$NODE"
	dd if="$NODE" bs=1M skip=41 count=2 iflag=direct status=none | cmp -s -n 2097152 - /dev/zero
	ok_if $? "$backend: zeroes are read there"
	quietly blkdiscard "$NODE"
	is "$(used $backend)" 0 "$backend: blkdiscard of all gave all back"
	tgtctl target delete loop:t --force > /dev/null
	tgtctl device delete d --force > /dev/null
done
