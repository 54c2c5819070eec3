#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtd's LUNs as devices of the engine (backend stgt), tgtd behind a fabric that
# can abort, and a tgtd that hangs for longer than a function waits; this test will check that
# data passes both ways, that an aborted command has one answer, and that tgtd is left with
# nothing of commands and initiators that are gone.
#
# TGTD and TGTADM are the programs.
# timeout: 400
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
plan 20
need_program fio sg_reset sg_inq tgtprobe
need_tgtd

dir=/scratch/tgtd04
mkdir $dir
defer rm -rf $dir
truncate -s 64M $dir/{1,2}
load_modules scsi_tgt
tgtctl target create probe:p handler=stgt > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
defer quietly tgtctl target delete probe:p --force
ring_host=$(echo /sys/bus/tgtcore/devices/probe:p/host*)
ring_host=${ring_host##*/host}
tgtd_start
tgtd_target 1 p $dir/1 $dir/2
if ! adm target bind --tid 1 --host "$ring_host" > "$TAP_OUT" 2>&1; then
	adm_must target bind --tid 1 --bus tgtcore,probe:p
fi

# --- LUNs of the daemon as devices ------------------------------------------
device r1 backend=stgt "host=$ring_host" lun=1
device r2 backend=stgt "host=$ring_host" lun=2
like "$(tgtctl device show r1)" "LUN 1 of the daemon at host $ring_host" \
	"device show says whose it is"
run_err "no SCSI host 65000" "a host that is none is refused" \
	tgtctl device create x backend=stgt host=65000 lun=1
loop_target front
front=$HOST
for n in 1 2; do
	tgtctl lun create loop:front $((10 - n)) device=r$n > "$TAP_OUT" 2>&1 ||
		bail "lun create: $(< "$TAP_OUT")"
	ring_disk "$front" $((10 - n))
	disk[n]=$NODE
done
is "$(blockdev --getsize64 "${disk[1]}")" 67108864 "a disk with the size of the daemon's LUN"
like "$(sg_inq "${disk[1]}")" "Product identification: VIRTUAL-DISK" "INQUIRY is the daemon's"
run_ok "write LUN 1" fill "${disk[1]}" 64 100000000
run_ok "write LUN 2" fill "${disk[2]}" 64 300000000
same_ok "the first is in the daemon's file" "${disk[1]}" $dir/1
same_ok "and the second" "${disk[2]}" $dir/2
run_ok "5 s at depth 32 verify" fio_verify "${disk[1]}" 5
run_ok "LOGICAL UNIT RESET" sg_reset -d "${disk[1]}"

# --- aborts -----------------------------------------------------------------
# READ(10) of 8 blocks of LUN 2, into a daemon that sleeps: it finds both in the ring
tmp=$(mktemp -d "${TMPDIR:-/tmp}/abort.XXXXXX")
defer rm -rf "$tmp"
mkfifo "$tmp/go"
aborts=0
for ((i = 1; i <= 5; i++)); do
	timeout 60 tgtprobe abort p -t $((70 + i)) -l 2 -n 4096 \
		28 00 00 00 00 08 00 00 08 00 < "$tmp/go" > "$tmp/answer" 2>&1 &
	aborter=$!
	exec 3> "$tmp/go"
	wait_for 20 grep -q ready "$tmp/answer"
	kill -STOP "$TGTD_PID"
	exec 3>&-
	sleep 0.5
	kill -CONT "$TGTD_PID"
	wait $aborter
	grep -qE "^complete (aborted|status 00)$" "$tmp/answer" && aborts=$((aborts + 1))
	diag < "$tmp/answer"
done
is $aborts 5 "five aborted commands and their functions have one answer each"
is "$(tgtprobe cmd p -l 2 -n 512 --raw 28 00 00 00 00 00 00 00 01 00 | sha256sum)" \
	"$(head -c 512 $dir/2 | sha256sum)" "the LUN works on"

# --- a daemon that hangs for too long ---------------------------------------
kill -STOP "$TGTD_PID"
dd "if=${disk[2]}" of=/dev/null bs=4k count=64 iflag=direct status=none &
reader=$!
sleep 1
run_ok "a reset gives up waiting for a daemon that is stopped" timeout 60 sg_reset -d "${disk[2]}"
kill -CONT "$TGTD_PID"
wait $reader
ok_if $? "what was read meanwhile is read in the end"
kill -STOP "$TGTD_PID"
dd "if=${disk[2]}" of=/dev/null bs=4k count=64 iflag=direct status=none 2> /dev/null &
reader=$!
sleep 1
run_ok "its initiator goes while it is stopped" tgtctl target delete loop:front --force
wait $reader
ok_if $((! $?)) "what it read fails"
kill -CONT "$TGTD_PID"

# nothing is left with tgtd that would keep a LUN, or the target, in use
run_ok "tgtd deletes LUN 2" wait_for 20 adm logicalunit delete --tid 1 --lun 2 || tgtd_log
for d in r1 r2; do
	quietly tgtctl device delete $d --force
done
run_ok "our target goes" tgtctl target delete probe:p --force
run_ok "tgtd deletes its side" wait_for 20 adm target delete --tid 1 || tgtd_log
tgtd_alive
ok_if $? "tgtd lives"
