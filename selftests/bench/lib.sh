# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts that run inside the VM share: fio on a tmpfs, the devices to
# compare, and one measured cell. Everything is a function; the only state is in
# BENCH_*.

# A figure that could not be taken must end the run, wherever it was wanted.
set -o pipefail
shopt -s inherit_errexit

BENCH_DIR=/run/bench
BENCH_FIO=()	# more options for fio
BENCH_CONFIGFS=/sys/kernel/config
BENCH_LIO=$BENCH_CONFIGFS/target

# Cells: name, fio's rw, block size, depth, batch.
BENCH_CELLS='
rr4k-qd1	randread	4k	1	1
rr4k-qd32	randread	4k	32	1
rr4k-b16	randread	4k	32	16
rw4k-qd1	randwrite	4k	1	1
rw4k-qd32	randwrite	4k	32	1
rw4k-b16	randwrite	4k	32	16
sr128k-qd1	read	128k	1	1
sr128k-qd8	read	128k	8	1
sr128k-b8	read	128k	8	8
'
# shellcheck disable=SC2034 # for those who source this
BENCH_CELLS_4K='rr4k-qd1 rr4k-qd32 rr4k-b16 rw4k-qd1 rw4k-qd32 rw4k-b16'
# shellcheck disable=SC2034
BENCH_CELLS_128K='sr128k-qd1 sr128k-qd8'

die()
{
	echo "bench: $*" >&2
	exit 1
}

# Copy a program and its libraries to the tmpfs. A program started from the 9p
# root costs 0.2 virtual seconds, and reading its pages would be in the figures.
bench_take() # PROGRAM
{
	local exe lib name=${1##*/}

	exe=$(command -v "$1") || die "$1 is missing: make deps"
	mkdir -p "$BENCH_DIR/lib" "$BENCH_DIR/bin"
	for lib in $(ldd "$exe" | grep -o '/[^ ]*'); do
		cp -Lu "$lib" "$BENCH_DIR/lib/"
	done
	cp -L "$exe" "$BENCH_DIR/bin/$name"
}

# Run a program that bench_take took.
taken() # PROGRAM [ARGS...]
{
	local name=$1

	shift
	"$BENCH_DIR/lib/ld-linux-x86-64.so.2" --library-path "$BENCH_DIR/lib" \
		"$BENCH_DIR/bin/$name" "$@"
}

# The same in the background, and the process is $!; BENCH_CHRT: chrt's option for it. Its output is
# nobody's: whoever reads ours would wait for its end.
taken_along() # PROGRAM [ARGS...]
{
	(
		name=$1
		shift
		[ -z "${BENCH_CHRT-}" ] || chrt "$BENCH_CHRT" -p 0 "$BASHPID"
		exec "$BENCH_DIR/lib/ld-linux-x86-64.so.2" --library-path "$BENCH_DIR/lib" \
			"$BENCH_DIR/bin/$name" "$@"
	) > /dev/null &
}

bench_start()
{
	mkdir -p "$BENCH_DIR"
	mount -t tmpfs -o size=2g bench "$BENCH_DIR"
	bench_take fio
	bench_take tgtctl
	# virtual time leaps over the host's reading of a module: nothing may wait for one
	modprobe -a configfs sd_mod tgtcore_loop tgtcore_null tgtcore_ram tgtcore_file \
		tgtcore_blk scsi_tgt
	mountpoint -q "$BENCH_CONFIGFS" || mount -t configfs configfs "$BENCH_CONFIGFS"
}

# --- devices -----------------------------------------------------------------
# Each function prints the path of the disk it made, tuned alike.

disks()
{
	find /sys/block -mindepth 1 -maxdepth 1 -name 'sd*' -printf '%f\n' | sort
}

# The one disk that is here now and was not when $1 was taken. Virtual time
# leaps while the host works for us, so the patience is in turns, not in seconds.
new_disk() # DISKS-BEFORE
{
	local i new

	for ((i = 0; i < 1000; i++)); do
		new=$(comm -13 <(echo "$1") <(disks) | head -n 1)
		[ -z "$new" ] || [ ! -b "/dev/$new" ] || break
		sleep 0.1
	done
	[ -n "$new" ] || die "no disk appeared"
	echo "/dev/$new"
}

tune() # DEVICE
{
	local q=/sys/block/${1#/dev/}/queue

	echo none > "$q/scheduler"
	echo 0 > "$q/add_random"
	echo "$1"
}

make_null_blk()
{
	# Without max_sectors 128 KiB requests are split, and io_uring hands
	# a bio that must be split to a worker.
	modprobe null_blk queue_mode=2 irqmode=0 completion_nsec=0 gb=4 nr_devices=1 \
		max_sectors=2048 submit_queues="$(nproc)"
	tune /dev/nullb0
}

make_scsi_debug()
{
	local before

	before=$(disks)
	modprobe scsi_debug fake_rw=1 delay=0 ndelay=0 max_queue=64 virtual_gb=4 \
		dev_size_mb=8 submit_queues="$(nproc)"
	tune "$(new_disk "$before")"
}

# A backstore of LIO on a tcm_loop host of its own.
make_lio() # NAME HBA CONTROL
{
	local name=$1 hba=$2 control=$3 before core tpg wwn

	modprobe target_core_mod
	modprobe tcm_loop
	before=$(disks)
	core=$BENCH_LIO/core/$hba/$name
	mkdir -p "$core"
	echo "$control" > "$core/control"
	[ "$hba" != fileio_0 ] || echo 1 > "$core/attrib/emulate_write_cache"
	echo 1 > "$core/enable"
	wwn=naa.6001405$(printf %s "$name" | cksum | awk '{printf "%09x", $1}')
	tpg=$BENCH_LIO/loopback/$wwn/tpgt_1
	mkdir -p "$tpg"
	echo "$wwn" > "$tpg/nexus"
	mkdir "$tpg/lun/lun_0"
	ln -s "$core" "$tpg/lun/lun_0/port"
	echo "$hba $wwn" > "$BENCH_DIR/lio.$name"
	tune "$(new_disk "$before")"
}

drop_lio() # NAME
{
	local hba wwn tpg

	read -r hba wwn < "$BENCH_DIR/lio.$1"
	tpg=$BENCH_LIO/loopback/$wwn/tpgt_1
	rm "$tpg/lun/lun_0/port"
	rmdir "$tpg/lun/lun_0" "$tpg" "$BENCH_LIO/loopback/$wwn" "$BENCH_LIO/core/$hba/$1"
}

# A device, as LUN 0 of a target that is its own.
mapped() # TARGET DEVICE
{
	taken tgtctl target create "$1" > /dev/null || die "target create failed"
	taken tgtctl lun create "$1" 0 device="$2" > /dev/null || die "lun create failed"
}

# Takes both away.
unmapped() # TARGET DEVICE
{
	taken tgtctl target delete "$1" --force > /dev/null || die "$2: delete failed"
	taken tgtctl device delete "$2" > /dev/null || die "$2: delete failed"
}

# A device of ours, on a target of its own as LIO's and scsi_debug's are: the disks
# of one host share its tags, and the block layer takes 80 instructions to do so.
make_ours() # NAME KEY=VALUE...
{
	local name=$1 before

	shift
	before=$(disks)
	taken tgtctl device create "$name" "$@" > /dev/null || die "device create $name $* failed"
	mapped "loop:$name" "$name"
	tune "$(new_disk "$before")"
}

# A LUN of mini_tgtd, from a mapped file in memory, on a target that is the daemon's.
make_stgt() # NAME
{
	local name=$1 before host

	[ -x "$BENCH_DIR/bin/mini_tgtd" ] || bench_take mini_tgtd
	make_file "$BENCH_DIR/$name.file" 256
	before=$(disks)
	taken tgtctl target create "loop:$name" handler=stgt > /dev/null ||
		die "target create failed"
	host=$(find "/sys/bus/tgtcore/devices/loop:$name/" -maxdepth 1 -name 'host*')
	taken_along mini_tgtd --host "${host##*host}" --lun "0=file:$BENCH_DIR/$name.file"
	echo $! > "$BENCH_DIR/$name.pid"
	tune "$(new_disk "$before")"
}

drop_stgt() # NAME
{
	taken tgtctl target delete "loop:$1" --force > /dev/null || die "$1: delete failed"
	kill "$(cat "$BENCH_DIR/$1.pid")"
	rm "$BENCH_DIR/$1.file"
}

# A device that a daemon of ours serves, which is there before the disk is.
make_user() # NAME DAEMON KEY=VALUE...
{
	local name=$1 daemon=$2 before

	shift 2
	modprobe tgtcore_user
	[ -x "$BENCH_DIR/bin/$daemon" ] || bench_take "$daemon"
	before=$(disks)
	taken tgtctl device create "$name" backend=user "$@" > /dev/null ||
		die "device create $name $* failed"
	taken_along "$daemon" "$name"
	mapped "loop:$name" "$name"
	tune "$(new_disk "$before")"
}

# This machine registers at a disk of ours, and reserves it, Write Exclusive.
reserve() # DEVICE
{
	if ! sg_persist -n -o -G -S 0x1 "$1" > /dev/null 2>&1 ||
	   ! sg_persist -n -o -R -K 0x1 -T 1 "$1" > /dev/null 2>&1; then
		die "$1: cannot reserve it"
	fi
}

unreserve() # DEVICE
{
	sg_persist -n -o -C -K 0x1 "$1" > /dev/null 2>&1 || die "$1: cannot clear reservations"
}

drop_ours() # NAME
{
	unmapped "loop:$1" "$1"
}

# A device of ours by ibmvstgt, whose client partition is simulated; there is one adapter.
make_vio() # NAME KEY=VALUE...
{
	local name=$1 before host i

	shift
	if [ ! -d /sys/module/ibmvstgt ]; then
		bench_take vioctl
		modprobe vio_sim
		modprobe ibmvstgt
		taken vioctl host 1 || die "the client partition has no host"
	fi
	host=$(taken vioctl state | sed -n 's/^host //p')
	before=$(disks)
	taken tgtctl device create "$name" "$@" > /dev/null || die "device create $name $* failed"
	mapped ibmvstgt:30000002 "$name"
	# the client logs in anew first
	for ((i = 0; i < 100; i++)); do
		echo "0 0 0" > "/sys/class/scsi_host/host$host/scan"
		[ "$(disks)" = "$before" ] || break
		sleep 0.1
	done
	tune "$(new_disk "$before")"
}

drop_vio() # NAME DEVICE
{
	echo 1 > "/sys/block/${2#/dev/}/device/delete"
	unmapped ibmvstgt:30000002 "$1"
}

# Write a disk once from end to end: reads then find data, not holes.
fill() # DEVICE
{
	dd if=/dev/zero of="$1" bs=1M oflag=direct status=none 2> /dev/null || :
}

# A file without holes.
make_file() # PATH MIB
{
	dd if=/dev/zero of="$1" bs=1M count="$2" conv=fsync status=none
}

# --- measuring ---------------------------------------------------------------

# The time base is the instruction counter only if the clock is the TSC.
need_icount()
{
	[ -n "${TGTVM_ICOUNT:-}" ] || die "needs vm/run --icount"
	[ "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" = tsc ] ||
		die "the clock source is not the TSC"
}

# One run of fio; prints I/Os per second.
fio_iops() # DEVICE RW BS DEPTH BATCH RUNTIME [FIO OPTIONS...]
{
	local dev=$1 rw=$2 bs=$3 depth=$4 batch=$5 runtime=$6 out
	shift 6

	[ "$batch" = 1 ] || set -- --iodepth_batch_submit="$batch" \
		--iodepth_batch_complete_min="$batch" "$@"
	out=$(taken fio --name=cell --filename="$dev" --rw="$rw" --bs="$bs" --iodepth="$depth" \
		--ioengine=io_uring --direct=1 --thread --gtod_reduce=1 \
		--clocksource=clock_gettime --norandommap --randrepeat=1 --time_based \
		--runtime="$runtime" --ramp_time=20ms --group_reporting \
		--output-format=terse --terse-version=3 "$@") || die "fio on $dev failed: $out"
	# Error, then I/Os per second of reads and of writes.
	awk -F';' '$1 == 3 && $5 == 0 && $8 + $49 > 0 { print $8 + $49; ok = 1 }
		END { exit !ok }' <<< "$out" || die "fio on $dev said: $out"
}

# What 99 of 100 reads at depth 1 take at most, in instructions, taking the time included. All of it:
# what a device in the kernel does ends before the call that submits, which fio's clat leaves out.
fio_p99() # DEVICE
{
	taken fio --name=p99 --filename="$1" --rw=randread --bs=4k --iodepth=1 --ioengine=io_uring \
		--direct=1 --thread --clocksource=clock_gettime --norandommap --randrepeat=1 \
		--time_based --runtime="${BENCH_RUNTIME:-250ms}" --ramp_time=20ms \
		--clat_percentiles=0 --lat_percentiles=1 \
		--output-format=json | sed -n '/"lat_ns"/,/}/s/.*"99\.000000" : \([0-9]*\).*/\1/p' |
		awk '$1 > max { max = $1 } END { if (!max) exit 1; print max }' || die "no p99 of $1"
}

# KiB of slab that is not cache, of per-CPU memory, of vmalloc, of stacks; then all
# that is not free, which has programs and files in it as well, and pages that a CPU keeps for
# its next allocation: on 6.12 that is up or down by 8 KiB per LUN.
memory_used()
{
	echo 3 > /proc/sys/vm/drop_caches
	awk '{ v[$1] = $2 } END { print v["SUnreclaim:"], v["Percpu:"], v["VmallocUsed:"],
		v["KernelStack:"], v["MemTotal:"] - v["MemFree:"] }' /proc/meminfo
}

# The difference of two of those, by each of N objects.
per_object() # N WHAT BEFORE AFTER
{
	awk -v n="$1" -v what="$2" -v a="$3" -v b="$4" 'BEGIN {
		split(a, x, " "); split(b, y, " ")
		printf "  %-36s slab %6.2f  per-CPU %5.2f  vmalloc %5.2f  stacks %5.2f  all %7.2f\n",
			what, (y[1] - x[1]) / n, (y[2] - x[2]) / n, (y[3] - x[3]) / n,
			(y[4] - x[4]) / n, (y[5] - x[5]) / n
	}'
}

cell_of() # CELL
{
	grep "^$1	" <<< "$BENCH_CELLS" || die "no cell $1"
}

# Instructions per I/O of one cell: with the clock counting instructions as
# nanoseconds, that is the time of one I/O.
cell() # DEVICE CELL
{
	local name rw bs depth batch

	[ "$2" != p99-qd1 ] || { fio_p99 "$1"; return; }
	read -r name rw bs depth batch <<< "$(cell_of "$2")"
	fio_iops "$1" "$rw" "$bs" "$depth" "$batch" "${BENCH_RUNTIME:-250ms}" \
		"${BENCH_FIO[@]}" |
		awk '{ printf "%.0f\n", 1e9 / $1 }'
}

# Cells of one disk into /results/cells, a line each.
cells() # NAME DEVICE CELLS...
{
	local name=$1 dev=$2 c v line

	shift 2
	line=$(printf '%-15s' "$name")
	for c in "$@"; do
		v=$(cell "$dev" "$c") || exit 1
		printf '%s\t%s\t%s\n' "$name" "$c" "$v" >> /results/cells
		line+=$(printf ' %8s' "$v")
	done
	echo "$line"
}
