#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtcore-file; this test will verify data and a file system, unmap, see flushes and
# FUA reach a disk, what it says of bad paths, that it waits for who has its file locked, and kill,
# end and restart it under a load. TGT_ROUNDS: how often (4).
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 28
need_program fio mkfs.ext4 sg_raw tgtcore-file
be_target

dir=$(mktemp -d /scratch/user.XXXXXX)
defer rm -rf "$dir"

# what it is not served from
tgtctl device create f backend=user size=64M unmap=yes > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
defer be_delete f
user_tmpfs
truncate -s 64M "$t/f"
truncate -s 1M "$dir/short"
run_err "no device nix of backend user" "no such device" tgtcore-file nix "$dir/f"
run_err "f: give PATH, or make the device with config=PATH" "no path" tgtcore-file f
run_err "f: not an absolute path" "a relative path" tgtcore-file f f
run_err "$dir/f: No such file or directory" "a file there is not" tgtcore-file f "$dir/f"
run_err "neither a file nor a block device" "a directory" tgtcore-file f "$dir"
run_err "neither a file nor a block device" "a terminal" tgtcore-file f /dev/null
run_err "1048576 bytes, and the device has 67108864" "a file that is too short" \
	tgtcore-file f "$dir/short"
run_err "no direct I/O" "a file on tmpfs" tgtcore-file f "$t/f"
run_err "in use" "a disk with a file system mounted" \
	tgtcore-file f "$(findmnt -n -o SOURCE /scratch)"
run_ok "--create makes the file" tgtcore-file --create f "$dir/f"
is "$(stat -c '%s %b %a' "$dir/f")" "67108864 0 600" "as long as the device, sparse, its owner's"
be_delete f > /dev/null 2>&1

# data
user_disk f tgtcore-file '' size=64M unmap=yes config="$dir/f"
verify "direct I/O" "$NODE" --io_size=3m
verify_fs "on it" "$NODE"
head -c 1M /dev/urandom > "$dir/data"
dd if="$dir/data" of="$NODE" bs=256k oflag=direct status=none
before=$(stat -c %b "$dir/f")
run_ok "blkdiscard" blkdiscard -o 65536 -l 131072 "$NODE"
is $((before - $(stat -c %b "$dir/f"))) 256 "what is unmapped takes no space"
{
	head -c 64k "$dir/data"
	head -c 128k /dev/zero
	tail -c +196609 "$dir/data"
} > "$dir/want"
blockdev --flushbufs "$NODE"
is "$(head -c 1M "$NODE" | cmp - "$dir/want" && echo same)" same \
	"and reads as zeroes, its neighbours as before"

# a disk that is locked: nothing is answered before its I/O is over, whoever's it is
daemon_gone "$DAEMON"
flock -x "$dir/f" sleep 1000 &
holder=$!
wait_for 5 eval "! flock -n '$dir/f' true"
tgtcore-file f > /tmp/f.daemon 2>&1 &
waits=$!
wait_for 10 grep -q "waiting for the process that has it locked" /tmp/f.daemon
sleep 0.2
like "$(device_field f info)" "^no daemon" "a daemon whose file is locked serves nothing"
pkill -P $holder
wait $holder 2> /dev/null
is "$(wait_for 5 daemon_serves f $waits && echo serves)" serves "and then does"
daemon_gone $waits

# kill -9, and SIGTERM, under a load
daemon tgtcore-file f
fio_start "$NODE" --size=32m
rounds=${TGT_ROUNDS:-4} ends='' well=''
rounds=$((rounds < 2 ? 2 : rounds))	# each way to end it
for ((i = 0; i < rounds; i++)); do
	wait_for 10 in_flight "$NODE" || bail "no command in flight"
	sleep "0.0$((RANDOM % 10))"
	if ((i % 2)); then
		kill -TERM "$DAEMON"
		ends+=$(daemon_rc f)
		well+=0
	else
		daemon_gone "$DAEMON"
	fi
	daemon tgtcore-file f
	io_since "${NODE##*/}" "$(io_count "${NODE##*/}")" || sleep 0.2
done
fio_stop_ok "no acknowledged write is lost, no wrong block" "$NODE"
is "$ends" "$well" "SIGTERM ends it well"
is "$(user_count f bad) $(user_count f late) $(user_count f timeouts)" "0 0 0" "nothing was wrong"
like "$(device_field f info)" ", generation $((rounds + 3))," "the last one serves"
grep -E 'VmLck' "/proc/$DAEMON/status" | diag
is_not "$(awk '/VmLck/ { print $2 }' "/proc/$DAEMON/status")" 0 "its memory is locked"
unserve f
is "$(daemon_rc f)" 0 "it ends with its device"

# what reaches a disk
scsi_debug_disk
user_disk d tgtcore-file '' size=64M unmap=yes config="$LOWER"
verify "a disk" "$NODE" --io_size=1m
requests sg_raw -s 4096 -i /dev/zero "$NODE" -- 2a 08 00 00 00 80 00 00 08 00
like "$(< "$REQUESTS")" ' (FWFS|WFS|FWS)' "a write with FUA is one there"
requests sg_raw "$NODE" -- 35 00 00 00 00 00 00 00 00 00
like "$(< "$REQUESTS")" ' F(F|S|W)* ' "a flush is one there"
dd if=/dev/urandom of="$NODE" bs=64k count=2 oflag=direct status=none
blkdiscard -l 65536 "$NODE"
blockdev --flushbufs "$NODE"
is "$(head -c 65536 "$NODE" | tr -d '\0' | wc -c)" 0 "what was unmapped reads as zeroes"
unserve d
