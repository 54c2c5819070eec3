#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: data under depth: 32 commands at a time by libaio and io_uring, completions
# that are polled for, and resets of the logical unit meanwhile; this test will check every
# block that is read back.
# timeout: 900
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 10
need_program fio sg_reset

loop_target t poll-queues=2
device d backend=ram size=64M
device f backend=file path=/scratch/loop05 size=64M
lun t 0 d
ram=$NODE
lun t 1 f
file=$NODE

is "$(cat "/sys/block/${ram##*/}/queue/io_poll")" 1 "the disk has poll queues"

verify() # DESCRIPTION NODE FIO-OPTION...
{
	run_ok "$1" fio --name=v "--filename=$2" --rw=randwrite --size=24m --io_size=24m \
		--bssplit=4k/60:20k/10:128k/20:1m/10 --direct=1 --iodepth=32 --verify=crc32c \
		--verify_fatal=1 --verify_dump=0 --output-format=terse "${@:3}"
}

verify "libaio, depth 32, verifies" "$ram" --ioengine=libaio
verify "io_uring, depth 32, verifies" "$ram" --ioengine=io_uring
verify "two jobs side by side verify" "$ram" --ioengine=libaio --numjobs=2 \
	--offset_increment=32m --size=16m --io_size=8m
verify "polled completions verify, ram" "$ram" --ioengine=io_uring --hipri
verify "polled completions verify, file" "$file" --ioengine=io_uring --hipri
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
is "$(cat "/sys/kernel/debug/block/${ram##*/}/hctx"*/type | grep -c poll)" 2 \
	"two of its hardware queues are for polling"

fio_start "$file"
for ((i = 0; i < ${TGT_ROUNDS:-5}; i++)); do
	sg_reset -d "$file" > "$TAP_OUT" 2>&1 || { diag < "$TAP_OUT"; break; }
	sleep 0.2
done
is $i "${TGT_ROUNDS:-5}" "LOGICAL UNIT RESET under load succeeds"
fio_stop_ok "the load goes on and verifies" "$file"
like "$(dmesg)" "[Pp]ower-on or device reset occurred" "the reset was told by a unit attention"
