#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what backend file refuses, and what becomes of a disk whose file goes wrong;
# this test will look for the message, for what is left behind, and for the sense data.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 31
need_program sg_raw mkfs.ext4 mkswap
be_target

d=/scratch/be02
mkdir $d /tmp/be02
defer rm -rf $d /tmp/be02
create()
{
	tgtctl device create bad backend=file "$@"
}

run_err "path" "no path" create size=1M
run_err "$d/none: no such file" "missing, no size" create path=$d/none
run_err "$d/no/dir: cannot make the file" "missing directory" create path=$d/no/dir size=1M
run_err "is a directory" "a directory" create path=$d
mkfifo $d/fifo
run_err "backend=file needs a regular file" "a FIFO" create path=$d/fifo
run_err "backend=blk" "a block device" create path=/dev/vda
: > $d/empty
run_err "holds 0 bytes" "an empty file" create path=$d/empty
truncate -s 1M $d/small
run_err "1048576 bytes, less than the 2097152" "size= beyond the end" create path=$d/small size=2M
is "$(stat -c %s $d/small)" 1048576 "and the file is as it was"
run_err "readonly=yes needs one that is there" "a new file to read" \
	create path=$d/none size=1M readonly=yes
run_err "cannot make it 9223372036854775296 bytes long" "a file longer than ext4 has them" \
	create path=$d/none size=9223372036854775296
[ ! -e $d/none ]
ok_if $? "no file is left of a failure"

# O_DIRECT refused: said, not gone around; nothing left behind.
run_err "buffered=yes uses the page cache" "O_DIRECT on tmpfs" create path=/tmp/be02/f size=1M
[ ! -e /tmp/be02/f ]
ok_if $? "the file made for it is gone"
truncate -s 1M /tmp/be02/f
run_err "buffered=yes uses the page cache" "O_DIRECT on tmpfs, a file that is there" \
	create path=/tmp/be02/f
is "$(stat -c %s /tmp/be02/f)" 1048576 "which stays"
fallocate -l 1M $d/swap
mkswap -q $d/swap && swapon $d/swap
run_err "swap" "a swap file" create path=$d/swap
swapoff $d/swap

# One file, one writer.
run_ok "two readers of one file" tgtctl device create r1 backend=file path=$d/small readonly=yes
defer tgtctl device delete r1 --force
run_ok "the second" tgtctl device create r2 backend=file path=$d/small readonly=yes
tgtctl device delete r2
ln $d/small $d/other
run_err "in use by device r1" "a writer, by another name" create path=$d/other

# A disk that is read-only.
dd if=/dev/urandom of=$d/small bs=1M count=1 conv=notrunc status=none
tgtctl lun create loop:be 9 device=r1 > "$TAP_OUT"
ro=$(sed 's/.* //' "$TAP_OUT")
is "$(blockdev --getro "$ro")" 1 "readonly=yes is write-protected"
run_ok "and reads" cmp -n 1048576 "$ro" $d/small
is "$(sense_of "$ro" -s 512 -i /dev/zero -R -- 2a 00 00 00 00 00 00 00 01 00)" 7/27/00 \
	"a write is refused"
run_err "read-only" "it cannot grow" tgtctl device set r1 size=2M

# The file is cut behind our back: a medium error there, nowhere else.
serve cut backend=file path=$d/cut size=4M
truncate -s 1M $d/cut
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 08 00 00 00 01 00)" 3/11/00 "read beyond the cut"
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 07 ff 00 00 01 00)" good "read before it"

# A small file system with a journal, which /scratch has not.
truncate -s 16M $d/fs
mkfs.ext4 -q -m 0 -O has_journal $d/fs
mkdir $d/mnt
modprobe loop
loop=$(losetup -f --show $d/fs) || bail "no loop device"
defer losetup -d "$loop"
mount -o nodelalloc "$loop" $d/mnt || bail "no file system"
defer umount $d/mnt

# ext4 opens such a file with O_DIRECT and then uses the page cache.
truncate -s 1M $d/mnt/journal
chattr +j $d/mnt/journal
run_err "does not do O_DIRECT" "ext4 with data journalling" create path=$d/mnt/journal

# The file system is full.
serve full backend=file path=$d/mnt/f size=64M
head -c 16M /dev/urandom > $d/mnt/filler 2> /dev/null
sync $d/mnt
is "$(sense_of "$NODE" -s 4096 -i /dev/zero -- 2a 00 00 00 00 00 00 00 08 00)" 7/27/07 \
	"no space left"
rm $d/mnt/filler
sync $d/mnt
is "$(sense_of "$NODE" -s 4096 -i /dev/zero -- 2a 00 00 00 00 00 00 00 08 00)" good \
	"with room again it writes"
unserve full
