#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: logical block provisioning of blk on disks that discard and on one that does not, and of
# null; this test will check what they claim, what UNMAP and WRITE SAME do to the disk below and to the
# blocks beside, what is read then, and what GET LBA STATUS says (SBC-4 4.7).
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 48
need_program sg_raw blkdiscard
be_target

zero=$(mktemp) data=$(mktemp)
defer rm -f "$zero" "$zero.in" "$data"
head -c 1M /dev/zero > "$zero"
head -c 1M /dev/urandom > "$data"

# Bytes of what a CDB reads, in decimal, at B.
bytes() # NODE LENGTH BYTE...
{
	local sg

	sg=$(echo "/sys/block/${1##*/}/device/scsi_generic/"*)
	rm -f "$zero.in"
	sg_raw -r "$2" -o "$zero.in" "/dev/${sg##*/}" "${@:3}" > "$TAP_OUT" 2>&1
	read -r -d '' -a B < <(od -An -v -tu1 "$zero.in") || :
}

number() # INDEX BYTES; of B
{
	local i n=0

	for ((i = $1; i < $1 + $2; i++)); do
		n=$((n << 8 | B[i]))
	done
	echo $n
}

# Bytes 5 and 6 of VPD page B2h, what can unmap and whether it is thin; LBPME and LBPRZ of READ
# CAPACITY (16).
claims() # NODE
{
	local b2

	bytes "$1" 64 12 01 b2 00 40 00
	b2=$(printf '%02x %02x' "${B[5]}" "${B[6]}")
	bytes "$1" 32 9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00
	echo "$b2 $((B[14] >> 7)) $((B[14] >> 6 & 1))"
}

# Fields of VPD page B0h: most blocks and descriptors of UNMAP, and its granularity.
limits() # NODE
{
	bytes "$1" 64 12 01 b0 00 40 00
	echo "$(number 20 4) $(number 24 4) $(number 28 4)"
}

fill() # NODE; 1 MiB
{
	dd "if=$data" "of=$1" bs=64k oflag=direct status=none
}

# SHA of 1 MiB of the disk, or of the data with COUNT blocks from FIRST on taken from zeroes.
sum()
{
	dd "if=$1" bs=64k count=16 iflag=direct status=none | sha1sum
}

sum_with_hole() # FIRST COUNT
{
	{ head -c $(($1 * 512)) "$data"; head -c $(($2 * 512)) "$zero"; tail -c +$((($1 + $2) * 512 + 1)) "$data"; } |
		sha1sum
}

# LBA, blocks and provisioning status of the first descriptor: 0 is mapped or unknown, 1 deallocated.
status_of() # NODE LBA
{
	local lba

	lba=$(printf '%04x' "$2")
	bytes "$1" 24 9e 12 00 00 00 00 00 00 "${lba:0:2}" "${lba:2}" 00 00 00 18 00 00
	echo "$(number 8 8) $(number 16 4) ${B[20]}"
}

same16() # NODE FLAGS LBA BLOCKS FILE
{
	sense_of "$1" -s 512 -i "$5" -- 93 "$2" 00 00 00 00 00 00 00 "$3" 00 00 00 "$4" 00 00
}

same10() # NODE FLAGS LBA BLOCKS FILE
{
	sense_of "$1" -s 512 -i "$5" -- 41 "$2" 00 00 00 "$3" 00 00 "$4" 00
}

unmap16() # NODE: blocks 256 to 271
{
	printf '\0\026\0\020\0\0\0\0\0\0\0\0\0\0\001\0\0\0\0\020\0\0\0\0' > "$TAP_OUT.list"
	sense_of "$1" -s 24 -i "$TAP_OUT.list" -- 42 00 00 00 00 00 00 00 18 00
	rm -f "$TAP_OUT.list"
}

mapped() # which of its units of UNMAP the disk below has
{
	tr -d '\0\n' < /sys/bus/pseudo/drivers/scsi_debug/map
}

# --- a disk that discards ---------------------------------------------------------------------

SCSI_DEBUG=(lbpu=1 lbpws=1 lbpws10=1 unmap_granularity=8)
scsi_debug_disk
serve thin backend=blk "path=$LOWER"
is "$(claims "$NODE")" "80 02 1 0" "thin: UNMAP, and no word on what is read"
is "$(limits "$NODE")" "1048576 256 8" "thin: limits of UNMAP"
is "$(cat "/sys/block/${NODE##*/}/device/scsi_disk/"*/provisioning_mode)" unmap "thin: Linux unmaps"
fill "$NODE"
is "$(sum "$NODE")" "$(sum_with_hole 0 0)" "thin: what was written is read"
is "$(mapped)" 0-255 "thin: the disk below has it"
is "$(unmap16 "$NODE")" good "thin: UNMAP"
is "$(mapped)" 0-31,34-255 "thin: the disk below has it no more"
is "$(sum "$NODE")" "$(sum_with_hole 256 16)" "thin: the blocks beside stay"
is "$(status_of "$NODE" 0)" "0 131072 0" "thin: all mapped, or who knows"
is "$(same16 "$NODE" 08 10 08 "$zero")" 5/24/00 "thin: WRITE SAME (16) does not unmap"
is "$(same10 "$NODE" 08 10 08 "$zero")" 5/24/00 "thin: nor does WRITE SAME (10)"
is "$(same16 "$NODE" 00 10 08 "$zero")" good "thin: WRITE SAME writes"
is "$(mapped)" 0-31,34-255 "thin: which unmaps nothing"
run_ok "thin: blkdiscard" blkdiscard -o 524288 -l 524288 "$NODE"
is "$(mapped)" 0-31,34-127 "thin: the disk below has it no more"
unserve thin
serve thin backend=blk "path=$LOWER" readonly=yes
is "$(claims "$NODE")" "00 00 0 0" "thin, readonly=yes: claims nothing"
unserve thin

# the same where nothing is discarded; and with zeroes promised by the disk below
modprobe -r scsi_debug
SCSI_DEBUG=()
scsi_debug_disk
serve thick backend=blk "path=$LOWER"
is "$(claims "$NODE")" "00 00 0 0" "thick: claims nothing"
is "$(limits "$NODE")" "0 0 0" "thick: no limits of UNMAP"
fill "$NODE"
is "$(unmap16 "$NODE")" 5/20/00 "thick: UNMAP is no command"
is "$(same16 "$NODE" 08 10 08 "$zero")" 5/24/00 "thick: nor does WRITE SAME unmap"
is "$(sum "$NODE")" "$(sum_with_hole 0 0)" "thick: nothing has changed"
is "$(status_of "$NODE" 4096)" "4096 126976 0" "thick: all is mapped"
is "$(same10 "$NODE" 00 10 08 "$zero")" good "thick: WRITE SAME (10) writes"
is "$(sum "$NODE")" "$(sum_with_hole 16 8)" "thick: what it was told to"
unserve thick

# blocks that are larger than what the disk below gives up at a time, and the other way round
modprobe -r scsi_debug
SCSI_DEBUG=(lbpu=1 lbprz=2 unmap_granularity=1)
scsi_debug_disk
serve big backend=blk "path=$LOWER" block-size=4096
is "$(limits "$NODE")" "131072 256 0" "blocks of 4096: no granularity to heed"
fill "$NODE"
printf '\0\026\0\020\0\0\0\0\0\0\0\0\0\0\0\040\0\0\0\002\0\0\0\0' > "$TAP_OUT.list"
is "$(sense_of "$NODE" -s 24 -i "$TAP_OUT.list" -- 42 00 00 00 00 00 00 00 18 00)" good \
	"blocks of 4096: UNMAP"
rm -f "$TAP_OUT.list"
is "$(mapped)" 0-255,272-2047 "blocks of 4096: all of their parts"
is "$(dd "if=$NODE" bs=4096 skip=32 count=2 iflag=direct status=none | tr -d '\377' | wc -c)" 0 \
	"blocks of 4096: what the disk below says is read"
unserve big

# --- null -------------------------------------------------------------------------------------

serve zero backend=null size=16M zero=yes
is "$(claims "$NODE")" "e4 02 1 1" "zero=yes: UNMAP, WRITE SAME and zeroes"
is "$(unmap16 "$NODE")" good "zero=yes: UNMAP"
is "$(same16 "$NODE" 08 10 08 "$zero")" good "zero=yes: WRITE SAME (16) unmaps"
is "$(same10 "$NODE" 08 10 08 "$data")" good "zero=yes: or writes"
is "$(status_of "$NODE" 0)" "0 32768 1" "zero=yes: nothing is mapped"
is "$(sum "$NODE")" "$(sha1sum < "$zero")" "zero=yes: zeroes"
run_ok "zero=yes: blkdiscard" blkdiscard "$NODE"
serve none backend=null size=16M
is "$(claims "$NODE")" "00 00 0 0" "null: claims nothing"
is "$(unmap16 "$NODE")" 5/20/00 "null: UNMAP is no command"
is "$(same16 "$NODE" 08 10 08 "$zero")" 5/24/00 "null: nor does WRITE SAME unmap"
is "$(status_of "$NODE" 0)" "0 32768 0" "null: all is mapped, or who knows"

# --- a device over another claims what that has -----------------------------------------------

serve over backend=fault lower=zero
is "$(claims "$NODE")" "e4 02 1 1" "over null with zero=yes: the same"
is "$(status_of "$NODE" 0)" "0 32768 1" "over it: the same status"
