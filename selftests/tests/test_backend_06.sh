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

send() # SG_RAW-OPTION... -- BYTE...
{
	SENSE=$(sense_of "$NODE" "$@")
}

# What the device LOWER was asked while the CDB ran: rwbs of each request, sorted, one line, in
# $ASKED.
asked() # SG_RAW-OPTION... -- BYTE...
{
	requests send "$@"
	[ "$SENSE" = good ] || diag "sense $SENSE"
	ASKED=$(sed -n 's/.*block_rq_issue: [0-9,]* \([A-Z]*\) .*/\1/p' "$REQUESTS" | sort | xargs)
}
asked_is() # WANTED DESCRIPTION SG_RAW-OPTION... -- BYTE...
{
	asked "${@:3}"
	is "$ASKED" "$1" "$2"
}
asked_like() # REGEX DESCRIPTION SG_RAW-OPTION... -- BYTE...
{
	asked "${@:3}"
	like "$ASKED" "$1" "$2"
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
asked_is WS "a write is a write" "${write[@]}"
asked_is WFS "with FUA it is one with FUA" "${write_fua[@]}"
asked_is R "a read with FUA is a read" "${read_fua[@]}"
asked_is FF "SYNCHRONIZE CACHE flushes" "${sync_cache[@]}"
unserve fua

# The kernel believes that it has none: nothing to flush.
echo "write through" > "/sys/block/${LOWER#/dev/}/queue/write_cache"
serve wt backend=blk path="$LOWER"
is "$(device_field wt wce)" no "write through: no cache said"
asked_is WS "FUA asks nothing more of a write" "${write_fua[@]}"
asked_is "" "SYNCHRONIZE CACHE has nothing to do" "${sync_cache[@]}"
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
asked "${write[@]}"		# a first write may dirty timestamps
sync /tmp/be06/f
asked_is WS "a write to a file is a write" "${write[@]}"
asked_like 'F' "with FUA it reaches the medium" "${write_fua[@]}"
asked_like 'FF' "SYNCHRONIZE CACHE flushes" "${sync_cache[@]}"
unserve file

serve sync backend=file path=/tmp/be06/f sync=yes
asked_like 'F' "sync=yes: every write reaches the medium" "${write[@]}"
asked_is "" "and SYNCHRONIZE CACHE has nothing to do" "${sync_cache[@]}"
unserve sync

serve cached backend=file path=/tmp/be06/f buffered=yes
asked_is "" "buffered: a write stays in the page cache" "${write[@]}"
asked_like '^(.* )?W.*' "until SYNCHRONIZE CACHE" "${sync_cache[@]}"
