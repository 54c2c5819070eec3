#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: kinds of disks: 4096-byte blocks, read-only by device and by LUN, a null
# device that clears, one device behind two targets, stopped and started, cache flushed;
# this test will check what sd makes of each and what the medium holds.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 30
need_program sg_start sg_turs sg_sync sg_modes sg_raw

write_block() # NODE TEXT
{
	echo "$2" | dd "of=$1" bs=4096 count=1 conv=sync oflag=direct status=none
}

read_block() # NODE
{
	dd "if=$1" bs=4096 count=1 iflag=direct status=none | tr -d '\0' | head -n 1
}

loop_target t

# --- blocks of 4096 bytes
device k4 backend=ram size=16M block-size=4096
lun t 0 k4
is "$(blockdev --getss "$NODE")" 4096 "4096: logical blocks"
is "$(blockdev --getsize64 "$NODE")" 16777216 "4096: size"
run_ok "4096: a file system" sh -c "mkfs.ext4 -q $NODE && fsck.ext4 -fn $NODE"
run_err "Invalid argument" "4096: half a block is refused" dd if=/dev/zero "of=$NODE" bs=512 \
	count=1 oflag=direct

# --- read-only, by the device and by the LUN
device ro backend=ram size=16M readonly=yes
lun t 1 ro
is "$(blockdev --getro "$NODE")" 1 "read-only device: sd knows"
like "$(sg_modes "$SG" 2>&1)" "WP=1" "read-only device: WP is set"
# WRITE (10) past sd's own check: DATA PROTECT, WRITE PROTECTED
like "$(head -c 512 /dev/zero | sg_raw -s 512 "$SG" 2a 00 00 00 00 00 00 00 01 00 2>&1)" \
	"[Ww]rite protected" "read-only device: a write is refused by the disk"
run_ok "read-only device: reads" dd "if=$NODE" of=/dev/null bs=1M status=none
device rw backend=ram size=16M
lun t 2 rw
open=$NODE
lun t 3 rw readonly=yes
is "$(blockdev --getro "$NODE")" 1 "read-only LUN: sd knows"
is "$(blockdev --getro "$open")" 0 "read-only LUN: the other is not"
write_block "$open" "through the writable one"
is "$(read_block "$NODE")" "through the writable one" "read-only LUN: sees what is written"
like "$(head -c 512 /dev/zero | sg_raw -s 512 "$SG" 2a 00 00 00 00 00 00 00 01 00 2>&1)" \
	"[Ww]rite protected" "read-only LUN: a write is refused by the disk"
is "$(read_block "$open")" "through the writable one" "read-only LUN: nothing was written"

# --- null
device nul backend=null size=16M zero=yes
lun t 4 nul
write_block "$NODE" "into nothing"
run_ok "null zero=yes reads zeroes" cmp -n 16777216 "$NODE" /dev/zero
device nothing backend=null size=16M
like "$(tgtctl device show nothing)" "moves no data" "null without zero=yes says what it is"

# --- one device, two targets: one serial number, two ports
loop_target u
lun u 0 rw
other=$NODE other_sg=$SG
is "$(sg_vpd -p sn --raw "$other" | md5sum)" "$(sg_vpd -p sn --raw "$open" | md5sum)" \
	"two targets: one unit serial number"
is_not "$(sg_vpd -p di "$other" | grep -i 'relative target port')" \
	"$(sg_vpd -p di "$open" | grep -i 'relative target port')" "two targets: port identifiers"
write_block "$other" "by the other path"
is "$(read_block "$open")" "by the other path" "two targets: one medium"
dd if=/dev/zero "of=$open" bs=4096 count=1 seek=1 oflag=direct status=none
run_ok "two targets: sizes agree" test "$(blockdev --getsize64 "$other")" = \
	"$(blockdev --getsize64 "$open")"

# --- START STOP UNIT takes the medium from both paths, and gives it back
quietly sg_turs "$other_sg"
run_ok "stop" sg_start --stop "$open"
like "$(sg_turs -v "$other_sg" 2>&1)" "(Not|not) ready|initializing command" \
	"stopped: not ready by the other path"
run_err "" "stopped: no reads" sg_raw -r 512 "$other_sg" 28 00 00 00 00 00 00 00 01 00
run_ok "stopped: INQUIRY works" sg_inq "$other_sg"
run_ok "start" sg_start --start "$open"
run_ok "started: ready" sg_turs "$other_sg"
is "$(read_block "$open")" "by the other path" "started: the data is there"

# --- the cache: a file has one, and what is flushed is in the file
device f backend=file path=/scratch/loop04 size=16M
lun t 5 f
is "$(cat "/sys/block/${NODE##*/}/queue/write_cache")" \
	"$([ "$(field wce device f)" = true ] && echo "write back" || echo "write through")" \
	"file: sd knows of the cache what the device says"
write_block "$NODE" "into the file"
run_ok "SYNCHRONIZE CACHE (10)" sg_sync "$NODE"
run_ok "SYNCHRONIZE CACHE (16)" sg_sync --16 "$NODE"
is "$(head -c 4096 /scratch/loop04 | tr -d '\0' | head -n 1)" "into the file" \
	"the file holds it"
