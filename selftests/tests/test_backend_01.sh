#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: backend file by direct I/O, with sync=yes and through the page cache; this
# test will write and verify, keep a file system on each, make, grow and reopen files.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 26
need_program fio mkfs.ext4 sg_raw
be_target

f=/scratch/be01
defer rm -f $f.direct $f.sync $f.cached /tmp/be01

serve direct backend=file path=$f.direct size=64M
is "$(stat -c '%a %s' $f.direct)" "600 67108864" "the file was made, long and private"
like "$(stat -c %b $f.direct)" '^[0-9]{1,2}$' "and it is sparse"
is "$(device_field direct wce)" yes "direct: a volatile cache is below"
is "$(cat "/sys/block/${NODE#/dev/}/queue/write_cache")" "write back" "sd knows"
verify direct "$NODE"
verify_fs direct "$NODE"

# What the initiator wrote is what is in the file, at its place.
printf 'tgtcore-be01' | dd of="$NODE" bs=4096 seek=5 oflag=direct conv=sync status=none
is "$(dd if=$f.direct bs=1 skip=20480 count=12 status=none)" tgtcore-be01 "its place in the file"

# Not through the page cache: none of the file is resident after a read of all of it.
echo 3 > /proc/sys/vm/drop_caches
dd if="$NODE" of=/dev/null bs=1M count=8 iflag=direct status=none
is "$(fincore -n -b -o PAGES $f.direct | tr -d ' ')" 0 "direct I/O leaves no page behind"

# Growing: the file follows, and the disk tells.
run_ok "grow to 96M" tgtctl device set direct size=96M
is "$(stat -c %s $f.direct)" 100663296 "the file grew"
sg_raw "$NODE" 00 00 00 00 00 00 > /dev/null 2>&1	# takes the unit attention
grew()
{
	echo 1 > "/sys/block/${NODE#/dev/}/device/rescan"
	[ "$(< "/sys/block/${NODE#/dev/}/size")" = 196608 ]
}
run_ok "sd sees it" wait_for 5 grew
verify "behind the old end" "$NODE" --offset=64m

# Deleting the device keeps the file; it can be served again, also in part.
unserve direct
run_ok "the file is still there" test -s $f.direct
serve part backend=file path=$f.direct size=32M
is "$(blockdev --getsize64 "$NODE")" 33554432 "a part of a file"
is "$(dd if="$NODE" bs=4096 skip=5 count=1 status=none | head -c 12)" tgtcore-be01 "data is kept"

serve sync backend=file path=$f.sync size=64M sync=yes
is "$(device_field sync wce)" no "sync=yes: no volatile cache"
verify sync "$NODE"

serve cached backend=file path=$f.cached size=64M buffered=yes
like "$(tgtctl device show)" "cached .*page cache" "device show says that it is cached"
verify cached "$NODE"
verify_fs cached "$NODE"

serve tmpfs backend=file path=/tmp/be01 size=64M buffered=yes block-size=4096
verify tmpfs "$NODE"
