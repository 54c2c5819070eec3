#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: FUA and SYNCHRONIZE CACHE must reach the medium, and plain writes must not
# pay for them; this test will watch the requests of the lower device.
# timeout: 90
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 21
need_program sg_raw
be_target
t=/sys/kernel/tracing
if ! mountpoint -q $t; then
	mount -t tracefs none $t || bail "no tracefs"
fi

# What the device LOWER was asked while the CDB ran: rwbs of each request, sorted, one line.
asked() # SG_RAW-OPTION... -- BYTE...
{
	local major minor
	read -r major minor < <(stat -Lc '0x%t 0x%T' "$LOWER")

	echo > $t/trace
	echo "dev == $((major << 20 | minor))" > $t/events/block/block_rq_issue/filter
	echo 1 > $t/events/block/block_rq_issue/enable
	SENSE=$(sense_of "$NODE" "$@")
	echo 0 > $t/events/block/block_rq_issue/enable
	[ "$SENSE" = good ] || diag "sense $SENSE"
	sed -n 's/.*block_rq_issue: [0-9,]* \([A-Z]*\) .*/\1/p' $t/trace | sort | xargs
}
write=(-s 4096 -i /dev/zero -- 2a 00 00 00 00 80 00 00 08 00)
write_fua=(-s 4096 -i /dev/zero -- 2a 08 00 00 00 80 00 00 08 00)
read_fua=(-r 4096 -- 28 08 00 00 00 80 00 00 08 00)
sync_cache=(-- 35 00 00 00 00 00 00 00 00 00)

# A disk with a cache and FUA.
scsi_debug_disk
is "$(cat "/sys/block/${LOWER#/dev/}/queue/write_cache")" "write back" "the lower disk has a cache"
serve fua backend=blk path="$LOWER"
is "$(device_field fua wce)" yes "and so has ours"
is "$(asked "${write[@]}")" WS "a write is a write"
is "$(asked "${write_fua[@]}")" WFS "with FUA it is one with FUA"
is "$(asked "${read_fua[@]}")" R "a read with FUA is a read"
is "$(asked "${sync_cache[@]}")" FF "SYNCHRONIZE CACHE flushes"
unserve fua

# The kernel believes that it has none: nothing to flush.
echo "write through" > "/sys/block/${LOWER#/dev/}/queue/write_cache"
serve wt backend=blk path="$LOWER"
is "$(device_field wt wce)" no "write through: no cache said"
is "$(asked "${write_fua[@]}")" WS "FUA asks nothing more of a write"
is "$(asked "${sync_cache[@]}")" "" "SYNCHRONIZE CACHE has nothing to do"
unserve wt
echo "write back" > "/sys/block/${LOWER#/dev/}/queue/write_cache"

# A file on that disk. Neither journal nor writeback may do anything of their own accord.
writeback=/proc/sys/vm/dirty_writeback_centisecs
defer sh -c "echo $(< $writeback) > $writeback"
echo 0 > $writeback
mkdir -p /tmp/be06
mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$LOWER"
mount -o commit=1000,noatime "$LOWER" /tmp/be06 || bail "no file system"
defer umount /tmp/be06
dd if=/dev/zero of=/tmp/be06/f bs=1M count=16 conv=fsync status=none
serve file backend=file path=/tmp/be06/f
asked "${write[@]}" > /dev/null		# a first write may dirty timestamps
sync /tmp/be06/f
is "$(asked "${write[@]}")" WS "a write to a file is a write"
like "$(asked "${write_fua[@]}")" 'F' "with FUA it reaches the medium"
like "$(asked "${sync_cache[@]}")" 'FF' "SYNCHRONIZE CACHE flushes"
unserve file

serve sync backend=file path=/tmp/be06/f sync=yes
like "$(asked "${write[@]}")" 'F' "sync=yes: every write reaches the medium"
is "$(asked "${sync_cache[@]}")" "" "and SYNCHRONIZE CACHE has nothing to do"
unserve sync

serve cached backend=file path=/tmp/be06/f buffered=yes
is "$(asked "${write[@]}")" "" "buffered: a write stays in the page cache"
like "$(asked "${sync_cache[@]}")" '^(.* )?W.*' "until SYNCHRONIZE CACHE"
