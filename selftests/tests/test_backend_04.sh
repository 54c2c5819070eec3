#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what backend blk refuses, and what a failing, growing or read-only lower
# device looks like; this test will look for messages, sense data and the new size.
# timeout: 120
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 24
need_program sg_raw dmsetup mkfs.ext4
be_target
modprobe -a brd dm_mod || bail "no lower devices"
create()
{
	tgtctl device create bad backend=blk "$@"
}

run_err "path" "no path" create
run_err "/dev/none: no such file" "missing" create path=/dev/none
run_err "backend=file serves files" "a file" create path=/etc/passwd
run_err "not a block device" "a character device" create path=/dev/null
run_err "16777216 bytes, less than the 33554432" "size= beyond the end" \
	create path=/dev/ram0 size=32M

# Exclusive, both ways.
mkfs.ext4 -q /dev/ram1
mkdir -p /tmp/be04
mount /dev/ram1 /tmp/be04
run_err "/dev/ram1 is in use" "a mounted device" create path=/dev/ram1
umount /tmp/be04
serve mine backend=blk path=/dev/ram1
run_err "/dev/ram1 is in use" "a device served already" create path=/dev/ram1
run_err "busy" "mounting a device that is served" mount /dev/ram1 /tmp/be04
unserve mine
run_ok "mounting it after that" mount /dev/ram1 /tmp/be04
umount /tmp/be04

blockdev --setro /dev/ram2
run_err "readonly=yes serves it so" "a read-only device" create path=/dev/ram2
serve ro backend=blk path=/dev/ram2 readonly=yes
is "$(sense_of "$NODE" -R -s 512 -i /dev/zero -- 2a 00 00 00 00 00 00 00 01 00)" 7/27/00 \
	"a write is refused"
is "$(sense_of "$NODE" -R -r 512 -- 28 00 00 00 00 00 00 00 01 00)" good "a read is not"
unserve ro
blockdev --setrw /dev/ram2

# Bad sectors 2048 to 4095; a transfer across the edge fails whole.
table="0 2048 linear /dev/ram3 0
2048 2048 error
4096 28672 linear /dev/ram3 4096"
dmsetup create be04 <<< "$table" || bail "no dm"
defer dmsetup remove --retry be04
dmsetup mknodes
serve bad1 backend=blk path=/dev/mapper/be04 size=8M
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 08 00 00 00 01 00)" 3/11/00 "reading bad sectors"
is "$(sense_of "$NODE" -s 512 -i /dev/zero -- 2a 00 00 00 08 00 00 00 01 00)" 3/0c/00 \
	"writing them"
is "$(sense_of "$NODE" -r 1048576 -- 28 00 00 00 04 00 00 08 00 00)" 3/11/00 \
	"reading good ones and bad ones"
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 07 ff 00 00 01 00)" good "reading the last good one"

# Resize: only as far as the device goes.
run_err "enlarge it first" "growing beyond the device" tgtctl device set bad1 size=32M
run_ok "growing within it" tgtctl device set bad1 size=16M
dmsetup suspend be04
dmsetup load be04 <<< "${table/%28672 linear \/dev\/ram3 4096/28672 linear \/dev\/ram3 4096
32768 8192 linear \/dev\/ram4 0}"
dmsetup resume be04
run_ok "growing with it" tgtctl device set bad1 size=20M
sg_raw "$NODE" 00 00 00 00 00 00 > /dev/null 2>&1
grew()
{
	echo 1 > "/sys/block/${NODE#/dev/}/device/rescan"
	[ "$(blockdev --getsize64 "$NODE")" = 20971520 ]
}
run_ok "sd sees it" wait_for 5 grew
verify "behind the old end" "$NODE" --offset=16m --size=4m --io_size=4m
