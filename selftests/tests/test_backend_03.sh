#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: backend blk on every kind of lower device: request and bio based, with tight
# limits, few tags, a partition, a loop device; this test will write and verify on each, and
# look at how commands got there.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 33
need_program fio mkfs.ext4 addpart dmsetup
be_target
modprobe -a null_blk brd loop dm_mod || bail "no lower devices"
nullb=/sys/kernel/config/nullb

# A null_blk device. Its node is /dev/NAME.
null_blk() # NAME KEY=VALUE...
{
	local dir=$nullb/$1 kv

	mkdir "$dir" || bail "no null_blk"
	defer rmdir "$dir"
	for kv in size=64 queue_mode=2 irqmode=0 completion_nsec=0 "${@:2}"; do
		echo "${kv#*=}" > "$dir/${kv%%=*}" || bail "null_blk: $kv"
	done
	echo 1 > "$dir/power"
	LOWER=/dev/$(< "$dir/index" sed 's/^/nullb/')
	[ -b "$LOWER" ] || LOWER=/dev/$1
	[ -b "$LOWER" ] || bail "null_blk: no node"
}
modprobe -r null_blk
modprobe null_blk nr_devices=0

# Requests that went to the lower device while COMMAND ran, from all threads and from
# workers: the direct way issues them where the initiator submits.
issued() # COMMAND...
{
	requests "$@"
	ALL=$(wc -l < "$REQUESTS")
	WORKER=$(grep -c '\[kworker' "$REQUESTS")
}
reads() # BYTES COUNT
{
	dd if="$NODE" of=/dev/null bs="$1" count="$2" iflag=direct status=none
}

scsi_debug_disk
serve plain backend=blk path="$LOWER"
is "$(blockdev --getsize64 "$NODE")" 67108864 "the whole device"
is "$(tgtctl device show | grep -c '^plain .*worker')" 0 "nothing said of a worker"
verify plain "$NODE"
verify_fs plain "$NODE"
printf 'tgtcore-be03' | dd of="$NODE" bs=4096 seek=7 oflag=direct conv=sync status=none
issued reads 4k 100
is "$ALL $WORKER" "100 0" "100 reads of 4 KiB are 100 requests, none from a worker"
issued reads 128k 50
is "$ALL $WORKER" "50 0" "50 of 128 KiB likewise"
issued reads 512k 8
is "$ALL $WORKER" "8 0" "and 8 of 512 KiB"
unserve plain
is "$(dd if="$LOWER" bs=4096 skip=7 count=1 status=none | head -c 12)" tgtcore-be03 \
	"data is at its place"

# Limits the initiator's disk does not have: split in a worker.
null_blk be_tight max_sectors=16 virt_boundary=1
serve tight backend=blk path="$LOWER"
issued reads 4k 10
is "$ALL $WORKER" "10 0" "4 KiB fit"
issued reads 128k 10
is "$ALL $WORKER" "160 160" "128 KiB go in pieces of 8, from a worker"

# Two tags for sixteen commands.
null_blk be_tags hw_queue_depth=2 submit_queues=1 irqmode=2 completion_nsec=100000
serve tags backend=blk path="$LOWER"
is "$(device_field tags wce)" no "no volatile cache below, none said"
run_ok "16 commands on 2 tags" fio --name=tags --filename="$NODE" --rw=randrw --bs=4k \
	--ioengine=libaio --iodepth=16 --direct=1 --number_ios=2000 --output-format=terse

# Larger blocks than the disk has, and the same.
null_blk be_4k blocksize=4096 memory_backed=1
run_err "blocks of 4096 bytes" "block-size below the device's" \
	tgtctl device create bad backend=blk path="$LOWER"
serve b4k backend=blk path="$LOWER" block-size=4096
is "$(blockdev --getss "$NODE")" 4096 "4 KiB blocks"
verify 4k "$NODE"
like "$(tgtctl device show)" "b4k .*worker" "a driver that sleeps takes a worker, said"
serve b512 backend=blk path=/dev/ram0 size=16M
is "$(blockdev --getpbsz "$NODE")" 4096 "brd's physical block shows through"
like "$(tgtctl device show)" "b512 .*worker" "a bio based device takes a worker, said"
is "$(blockdev --getsize64 "$NODE")" 16777216 "a part of a device"
verify brd "$NODE" --size=16m
verify_fs brd "$NODE"

# A partition begins where it begins.
truncate -s 64M /scratch/be03
defer rm -f /scratch/be03
LOWER=$(losetup -f --show --direct-io=on /scratch/be03) || bail "no loop device"
defer losetup -d "$LOWER"
addpart "$LOWER" 1 2048 65536 || bail "no partition"
serve part backend=blk path="${LOWER}p1"
is "$(blockdev --getsize64 "$NODE")" 33554432 "a partition"
verify part "$NODE" --size=16m
printf 'tgtcore-part' | dd of="$NODE" bs=4096 oflag=direct conv=sync status=none
is "$(dd if=/scratch/be03 bs=1M skip=1 count=1 status=none | head -c 12)" tgtcore-part \
	"written behind the partition's start"
run_err "is in use" "the disk of a partition that is served" \
	tgtctl device create bad backend=blk path="$LOWER"
unserve part

# dm on the loop device: bios, and growing under us.
echo "0 65536 linear $LOWER 0" | dmsetup create be03 || bail "no dm"
defer dmsetup remove be03
dmsetup mknodes
serve dm backend=blk path=/dev/mapper/be03
verify dm "$NODE" --size=16m
