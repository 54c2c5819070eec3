#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the engine's own disks must not be served by the engine, however they are
# wrapped; this test will try each wrapping, and that the same without one of ours is taken.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 24
need_program dmsetup addpart mkfs.ext4 unshare
be_target
modprobe -a brd loop dm_mod overlay || bail "no lower devices"

d=/tmp/be05
mkdir -p $d/mnt $d/lower $d/ovl /scratch/be05
defer rm -rf $d /scratch/be05

linear() # NAME LOWER
{
	echo "0 65536 linear $2 0" | dmsetup create "$1" || bail "no dm"
	defer dmsetup remove --retry "$1"
	dmsetup mknodes
}
attach() # FILE
{
	LOOP=$(losetup -f --show "$1") || bail "no loop device for $1"
	defer losetup -d "$LOOP"
}
refused() # WHAT BACKEND PATH [KEY=VALUE...]
{
	run_err "is, or sits on, ${NODE#/dev/}" "$1" \
		tgtctl device create bad backend="$2" path="$3" "${@:4}"
}
taken() # WHAT BACKEND PATH [KEY=VALUE...]
{
	run_ok "$1" tgtctl device create good backend="$2" path="$3" "${@:4}" &&
		tgtctl device delete good
}

serve ours backend=ram size=64M
refused "one of our disks" blk "$NODE"
refused "to be read only" blk "$NODE" readonly=yes

# On a file system of ours: a file, a loop device, through an overlay.
mkfs.ext4 -q "$NODE"
mount "$NODE" $d/mnt || bail "no file system"
defer umount $d/mnt
mkdir $d/mnt/upper $d/mnt/work
truncate -s 32M $d/mnt/img
refused "a file on one" file $d/mnt/img
refused "a new file on one" file $d/mnt/new size=1M
[ ! -e $d/mnt/new ]
ok_if $? "which is not left behind"
attach $d/mnt/img
refused "a loop device on such a file" blk "$LOOP"
linear be05a "$LOOP"
refused "dm on that" blk /dev/mapper/be05a
mount -t overlay -o "lowerdir=$d/lower,upperdir=$d/mnt/upper,workdir=$d/mnt/work" \
	overlay $d/ovl || bail "no overlay"
defer umount $d/ovl
refused "an overlay's file on one" file $d/ovl/new size=1M buffered=yes
ln -s $d/mnt/img $d/link
refused "by a symbolic link" file $d/link

# Without anybody's help: no /sys in sight.
# shellcheck disable=SC2016
unshare -m bash -c 'mount -t tmpfs none /sys && "$@" 2>&1' - \
	tgtctl device create bad backend=blk path="$LOOP" > "$TAP_OUT"
like "$(< "$TAP_OUT")" "or sits on, ${NODE#/dev/}," "where /sys is not mounted"

# Bare block devices on a second one.
serve second backend=ram size=64M
addpart "$NODE" 1 2048 65536 || bail "no partition"
addpart "$NODE" 2 67584 8192 || bail "no partition"
refused "a partition" blk "${NODE}1"
linear be05b "${NODE}1"
refused "dm on a partition" blk /dev/mapper/be05b
linear be05c /dev/mapper/be05b
refused "dm on dm" blk /dev/mapper/be05c
attach /dev/mapper/be05c
refused "a loop device on a block device" blk "$LOOP"
addpart "$LOOP" 1 2048 4096 || bail "no partition"
refused "a partition of it" blk "${LOOP}p1"
{ echo "0 8192 linear /dev/ram5 0"; echo "8192 4096 linear ${NODE}2 0"; } |
	dmsetup create be05d || bail "no dm"
defer dmsetup remove --retry be05d
dmsetup mknodes
refused "dm on one of ours and another" blk /dev/mapper/be05d

# A loop device whose file cannot be found could be on anything.
truncate -s 32M /scratch/be05/gone
attach /scratch/be05/gone
rm /scratch/be05/gone
run_err "is not found" "a loop device on a file that is gone" \
	tgtctl device create bad backend=blk path="$LOOP"

# The same without us.
truncate -s 32M /scratch/be05/img
taken "a file" file /scratch/be05/img
attach /scratch/be05/img
taken "a loop device" blk "$LOOP"
addpart "$LOOP" 1 2048 4096 || bail "no partition"
taken "a partition of a loop device" blk "${LOOP}p1"
linear be05e "$LOOP"
taken "dm on a loop device" blk /dev/mapper/be05e
taken "another block device" blk /dev/ram6
