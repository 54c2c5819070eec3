#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: disks with protection information on hosts that carry it; this test will check
# that Linux takes them for what they are, that file systems and verified I/O work with CRCs and
# with IP checksums, and that data which changed behind the engine's back is not read as good.
#
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 31
need_program mkfs.ext4
need_program fio
need_program sg_raw

mnt=$(mktemp -d)
data=$(mktemp)
defer rm -rf "$mnt" "$data" "$data.in" /scratch/pi_f /scratch/pi_f.pi
defer quietly umount -l "$mnt"
head -c 1M /dev/urandom > "$data"

file_system_ok() # NODE DESCRIPTION
{
	mkfs.ext4 -q -O ^has_journal -E nodiscard "$1" && mount "$1" "$mnt" && cp "$data" "$mnt/file" && umount "$mnt" &&
		mount "$1" "$mnt" && cmp "$data" "$mnt/file"
	is $? 0 "$2: a file system"
	umount "$mnt"
}

# What fio reads, it compares; what the block layer reads, it checks.
fio_ok() # NODE DESCRIPTION
{
	run_ok "$2: verified I/O" fio --name=load "--filename=$1" --rw=randrw --size=4m \
		--bssplit=4k/70:32k/20:256k/10 --direct=1 --ioengine=libaio --iodepth=16 \
		--verify=crc32c --verify_fatal=1 --runtime=1 --time_based
}

try() # TYPE GUARD FORMAT DEVICE-OPTION...
{
	local what="type $1, $2, ${4#backend=}" name

	loop_target t "guard=$2"
	device d "pi=$1" size=16M "${@:4}"
	lun t 0 d
	name=${NODE##*/}
	is "$(cat "/sys/block/$name/integrity/format")" "$3" "$what: the integrity profile"
	is "$(cat "/sys/block/$name/device/scsi_disk/"*/protection_type)" "$1" "$what: the type"
	fio_ok "$NODE" "$what"
	file_system_ok "$NODE" "$what"
	[ "$4" != backend=file ] || changed "$NODE" "$what"
	tgtctl target delete loop:t --force > /dev/null
	tgtctl device delete d --force > /dev/null
}

# A block of the file, which belongs to a file of the file system, is not what it was.
changed() # NODE DESCRIPTION
{
	dd "if=$data" "of=$1" bs=4k seek=100 count=1 oflag=direct status=none
	run_ok "$2: a block is read" dd "if=$1" of=/dev/null bs=4k skip=100 count=1 iflag=direct
	printf X | dd of=/scratch/pi_f bs=1 seek=$((100 * 4096 + 600)) conv=notrunc,fsync status=none
	if dd "if=$1" of=/dev/null bs=4k skip=100 count=1 iflag=direct 2> /dev/null; then
		not_ok "$2: a block that changed is an error"
	else
		ok "$2: a block that changed is an error"
	fi
	dd "if=$data" "of=$1" bs=4k seek=100 count=1 oflag=direct status=none
	run_ok "$2: until it is written again" \
		dd "if=$1" of=/dev/null bs=4k skip=100 count=1 iflag=direct
}

try 1 crc T10-DIF-TYPE1-CRC backend=ram
try 2 crc T10-DIF-TYPE1-CRC backend=ram
try 3 ip T10-DIF-TYPE3-IP backend=ram block-size=4096
try 1 crc T10-DIF-TYPE1-CRC backend=file path=/scratch/pi_f pi-file=/scratch/pi_f.pi

# A host that does not carry it has the same disks, with none of it.
loop_target t
device d pi=3 size=16M backend=ram
lun t 0 d
fio_ok "$NODE" "a host without"
is "$(cat "/sys/block/${NODE##*/}/integrity/format" 2> /dev/null || echo none)" none \
	"a host without: no integrity profile"

# Of four blocks those that there is room for, and no byte more: 520 each with RDPROTECT=001b.
read_ok() # RDPROTECT ROOM BYTES
{
	rm -f "$data.in"
	sg_raw -n -b -r "$2" -o "$data.in" "$SG" 28 "$(printf %02x $(($1 << 5)))" 00 00 00 10 00 00 04 00 \
		2> "$TAP_OUT"
	is "$(stat -c %s "$data.in" 2> /dev/null || echo 0)" "$3" \
		"RDPROTECT=$1 into $2 bytes: $3 of them are read"
}
dd "if=$data" "of=$NODE" bs=1M count=1 oflag=direct status=none
read_ok 1 519 0
read_ok 1 520 520
read_ok 1 1039 520
read_ok 1 1040 1040
read_ok 1 1100 1040
read_ok 1 2080 2080
read_ok 1 2200 2080
read_ok 0 1100 1024
cmp -s -n 1024 -i 8192:0 "$data" "$data.in"
is $? 0 "and that is what was written"
run_err "crc or ip is" "a guard that there is not" tgtctl target create loop:u guard=sha
