#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtd is killed under load and started again; this test will check each time that
# I/O goes on as soon as the host is bound again, that no block that is read was lost, that a
# second daemon is refused, and that the module can be unloaded in the end.
#
# TGTD and TGTADM are the programs; TGT_ROUNDS is how often (default 5).
# timeout: 3600
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
rounds=${TGT_ROUNDS:-5}
plan $((rounds * 3 + 10))
need_program fio mkfs.ext4
need_tgtd

dir=/scratch/tgtd03
mkdir $dir
defer rm -rf $dir
truncate -s 64M $dir/{1,2}
ring_target t

serve()
{
	tgtd_start
	tgtd_target 1 t $dir/1 $dir/2
	bind_any 1 t "$RING_HOST"
}
run_ok "bind" serve
ring_disk "$HOST" 1
disk=$NODE
ring_disk "$HOST" 2
quiet_disk=$NODE
mnt=$(mktemp -d)
defer rmdir "$mnt"
mkfs.ext4 -q -F "$quiet_disk" && mount "$quiet_disk" "$mnt"
defer quietly umount "$mnt"
cp -r "$TGT_ROOT/core" "$mnt"
sums=$(cd "$mnt" && find . -type f -exec sha256sum {} +)

"$TGTD" -f > "$TAP_OUT" 2>&1 &
second=$!
second_gone()
{
	! kill -0 $second
}
wait_for 20 second_gone
ok_if $? "a second tgtd is refused" || kill -KILL $second
run_ok "the first does not notice" dd "if=$disk" of=/dev/null bs=1M iflag=direct status=none

fio_start "$disk" --runtime=$((rounds * 30 + 500))
defer quietly kill -KILL "$FIO_PID"
for ((i = 1; i <= rounds; i++)); do
	tgtd_kill
	sleep 0.$((RANDOM % 10))
	run_ok "round $i: killed, started, bound" serve
	before=$(io_count "${disk##*/}")
	run_ok "round $i: I/O goes on" wait_for 60 io_since "${disk##*/}" "$before" || tgtd_log
	kill -0 "$FIO_PID"
	ok_if $? "round $i: fio had no error" || { diag < "$FIO_LOG"; break; }
done

# stopped, so that commands are in the ring and unanswered when it dies
kill -STOP "$TGTD_PID"
sleep 1
tgtd_kill
sleep 1
like "$(tgtctl target show loop:t)" "waiting for a daemon to bind host $RING_HOST" \
	"the target waits for a daemon"
run_ok "a stopped daemon is killed, and started" serve
fio_stop_ok "the load went through all of it and verifies" "$disk"
echo 3 > /proc/sys/vm/drop_caches
run_ok "files on the other disk have their checksums" \
	env -C "$mnt" sha256sum -c --quiet <<< "$sums"
umount "$mnt"
run_ok "its file system is clean" e2fsck -fn $dir/2

tgtctl target delete loop:t > "$TAP_OUT" 2>&1 || diag < "$TAP_OUT"
run_err "in use" "the module stays while a daemon has its device open" rmmod scsi_tgt
tgtd_kill
wait_for 10 rmmod scsi_tgt
ok_if $? "it goes without one"
