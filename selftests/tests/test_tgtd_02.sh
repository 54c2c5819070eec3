#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: one tgtd serves two targets that are both under load; this test will check that
# resets under load, a daemon that is stopped and goes on, deletion of a LUN and of a target in
# use, and of the target on our side, hurt nobody else and lose no data.
#
# TGTD and TGTADM are the programs; TGT_ROUNDS is how many resets (default 10).
# timeout: 900
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
plan 19
need_program fio sg_reset
need_tgtd

dir=/scratch/tgtd02
mkdir $dir
defer rm -rf $dir
truncate -s 64M $dir/{a1,a2,b1}
ring_target a
host_a=$HOST ring_a=$RING_HOST
ring_target b
host_b=$HOST ring_b=$RING_HOST
tgtd_start
tgtd_target 1 a $dir/a1 $dir/a2
tgtd_target 2 b $dir/b1
if bind_bus 1 a > "$TAP_OUT" 2>&1; then
	ok "bind --bus tgtcore,loop:a"
elif grep -q "is not allowed" "$TAP_OUT"; then
	skip_one "bind --bus" "this tgtadm has no --bus"
	bind_host 1 "$ring_a"
else
	not_ok "bind --bus tgtcore,loop:a" "$(< "$TAP_OUT")"
	bind_host 1 "$ring_a"
fi
run_ok "bind the other target" bind_any 2 b "$ring_b"
ring_disk "$host_a" 1
a1=$NODE
ring_disk "$host_a" 2
a2=$NODE
ring_disk "$host_b" 1
b1=$NODE

fio_start "$a1" --runtime=300
fio_a1=$FIO_PID log_a1=$FIO_LOG
defer quietly kill -KILL "$fio_a1"
fio_start "$b1" --runtime=300
fio_b1=$FIO_PID log_b1=$FIO_LOG
defer quietly kill -KILL "$fio_b1"
load_start "$a2"
defer quietly kill -KILL "$LOAD_PID"

# --- task management under load ---------------------------------------------
rounds=${TGT_ROUNDS:-10}
for ((i = 0; i < rounds; i++)); do
	sg_reset -d "$a1" > "$TAP_OUT" 2>&1 || { diag < "$TAP_OUT"; break; }
	sg_reset -d "$a2" > "$TAP_OUT" 2>&1 || { diag < "$TAP_OUT"; break; }
done
is $i "$rounds" "$((2 * rounds)) LOGICAL UNIT RESETs under load succeed"
for d in a1 a2 b1; do
	node=${!d}
	run_ok "I/O on $d goes on" wait_for 60 io_since "${node##*/}" "$(io_count "${node##*/}")"
done

# --- a daemon that hangs for a while ----------------------------------------
kill -STOP "$TGTD_PID"
sleep 1
sg_reset -d "$a1" > "$TAP_OUT" 2>&1 &
reset=$!
sleep 2
kill -0 $reset
ok_if $? "a reset waits for a daemon that is stopped"
kill -CONT "$TGTD_PID"
wait $reset
ok_if $? "and is done when that goes on"
for d in a1 a2 b1; do
	node=${!d}
	run_ok "so does I/O on $d" wait_for 60 io_since "${node##*/}" "$(io_count "${node##*/}")"
done

# --- deletion in use --------------------------------------------------------
run_err "" "tgtd keeps a target that is in use" adm target delete --tid 2
FIO_PID=$fio_b1 FIO_LOG=$log_b1
run_ok "we delete a target in use" tgtctl target delete loop:b --force
fio_failed_ok "its load ends"
run_ok "tgtd deletes its side" wait_for 30 adm target delete --tid 2 || tgtd_log
FIO_PID=$fio_a1 FIO_LOG=$log_a1
run_ok "I/O on the other target goes on" wait_for 60 io_since "${a1##*/}" "$(io_count "${a1##*/}")"

# A LUN is refused to go while a command is at it: the moment between two is soon found. tgtd
# then uses it after it has freed it: whatever comes of that, the initiators must live.
run_ok "tgtd deletes a LUN in use" wait_for 60 adm logicalunit delete --tid 1 --lun 2 || tgtd_log
if ! tgtd_alive; then
	diag "this tgtd died of it"
	tgtd_start
	tgtd_target 1 a $dir/a1
	bind_any 1 a "$ring_a"
fi
load_lost_ok "its load loses the disk, and has read nothing wrong"
fio_stop_ok "the other LUN's load goes on and verifies" "$a1"
