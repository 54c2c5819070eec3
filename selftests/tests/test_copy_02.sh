#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: third-party copy as sg3_utils ask for it, on disks of the loop fabric; this test will
# copy between disks, within one, and to one of another host, which is not reachable, and compare.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 13
need_program sg_xcopy sg_copy_results sg_vpd

device cx_a backend=ram size=32M
device cx_b backend=file path=/scratch/cx_b size=32M
defer quietly rm -f /scratch/cx_b
device cx_c backend=ram size=32M
loop_target t
lun t 0 cx_a
a=$NODE sg_a=$SG
lun t 1 cx_b
b=$NODE sg_b=$SG
loop_target u
lun u 0 cx_c
c=$NODE sg_c=$SG
for node in "$a" "$b" "$c"; do
	quietly sg_turs -n 3 "$node"
done
dd if=/dev/urandom of="$a" bs=1M count=32 oflag=direct 2> /dev/null

copy() # FROM TO [OPTION...]
{
	timeout 60 sg_xcopy if="$1" of="$2" bs=512 "${@:3}"
}

no_copy()
{
	! copy "$@"
}

same() # DISK SKIP-BLOCKS DISK SKIP-BLOCKS COUNT
{
	blockdev --flushbufs "$1" "$3"
	cmp -i "$(($2 * 512)):$(($4 * 512))" -n "$(($5 * 512))" "$1" "$3"
}

has() # TEXT COMMAND...
{
	"${@:2}" 2>&1 | grep -qF -- "$1"
}

run_ok "INQUIRY has 3PC" has "3PC=1" sg_inq "$a"
run_ok "VPD page 8Fh: commands" has "Supported commands" sg_vpd -p tpc "$a"
run_ok "VPD page 8Fh: copies" has "General copy operations" sg_vpd -p tpc "$a"
run_ok "operating parameters" has "Maximum segment descriptor count: 64" sg_copy_results -p "$sg_a"
run_ok "an unknown list identifier" has "llegal" sg_copy_results -s -l 77 "$sg_a"

run_ok "all of a disk" copy "$sg_a" "$sg_b" bpt=2048
run_ok "is what it was" same "$a" 0 "$b" 0 65536
run_ok "a part, sent to the destination" copy "$sg_a" "$sg_b" skip=1001 seek=3 count=777 --on_dst
run_ok "is what it was" same "$a" 1001 "$b" 3 777
run_ok "within a disk" copy "$sg_a" "$sg_a" skip=4096 seek=100 count=2000 bpt=2000
# the other disk still has what was there before
run_ok "is what it was" same "$a" 100 "$b" 4096 2000
before=$(md5sum < "$c")
run_ok "a disk of another host is not reachable" no_copy "$sg_a" "$sg_c" count=8
blockdev --flushbufs "$c"
is "$(md5sum < "$c")" "$before" "and not written"
