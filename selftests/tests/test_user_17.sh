#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtcore-file under policy=fail, where a command that finds no daemon is an error; this
# test will take over again and again and make the disk longer under a load, in a file and on a disk,
# and see that who cannot serve asks nobody to leave. TGT_ROUNDS: take-overs (4).
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 26
need_program fio tgtcore-file
be_target

dir=$(mktemp -d /scratch/user.XXXXXX)
defer rm -rf "$dir"
rounds=${TGT_ROUNDS:-4} ends=''

# The next daemon serves, and the one before has ended.
next() # DEVICE
{
	local old=$DAEMON

	daemon tgtcore-file "$1" --takeover
	wait_for 20 eval "! kill -0 $old"
	ends+=$(daemon_rc "$1")
}

bytes() # DEVICE
{
	field size device "$1"
}

# --- a file
truncate -s 32M "$dir/f"
user_disk f tgtcore-file '' size=32M policy=fail timeout=60 config="$dir/f"
fio_start "$NODE" --size=16m
run_err "busy: another daemon serves it" "without --takeover" tgtcore-file f
run_err "No such file" "who has no file" tgtcore-file --takeover f "$dir/none"
truncate -s 1M "$dir/short"
run_err "1048576 bytes, and the device has 33554432" "or too short a one" \
	tgtcore-file --takeover f "$dir/short"
is "$(stat -c %s "$dir/short")" 1048576 "which stays as it is"
truncate -s 32M "$dir/other"
run_err "$dir/other: not what the daemon serves f from" "or another than the one that is served" \
	tgtcore-file --takeover f "$dir/other"
is "$(daemon_serves f "$DAEMON" && echo serves) $(user_count f handovers)" "serves 0" \
	"asks nobody to leave"
for ((i = 0; i < rounds; i++)); do
	next f
	io_since "${NODE##*/}" "$(io_count "${NODE##*/}")" || sleep 0.2
	((i != rounds / 2)) || run_ok "longer under the load" tgtctl device set f size=40M
done
is "$ends" "$(printf "%0${rounds}d" 0)" "each ends well when another takes over"
is "$(stat -c %s "$dir/f") $(bytes f)" "$((40 << 20)) $((40 << 20))" "the file has grown, and the disk"
fio_stop_ok "$rounds take-overs and a resize: no error, no wrong block" "$NODE"
is "$(user_count f handovers) $(user_count f lost)" "$rounds 0" "$rounds daemons left, none was lost"
is "$(user_count f bad) $(user_count f late) $(user_count f timeouts)" "0 0 0" "nothing was wrong"
echo 1 > "/sys/block/${NODE##*/}/device/rescan"
wait_for 10 eval '[ "$(blockdev --getsize64 "$NODE")" = $((40 << 20)) ]'
verify "what is new of it" "$NODE" --offset=32m --size=8m --io_size=4m
run_err "less than the present" "no disk shrinks" tgtctl device set f size=32M
is "$(stat -c %s "$dir/f")" $((40 << 20)) "nor does the file"

# one that comes when there is none
daemon_gone "$DAEMON"
daemon tgtcore-file f --takeover
is "$(daemon_serves f "$DAEMON" && echo serves)" serves "where none serves, none is asked"
daemon_gone "$DAEMON"
run_ok "longer, without a daemon" tgtctl device set f size=48M
daemon tgtcore-file f
is "$(stat -c %s "$dir/f")" $((48 << 20)) "the next one makes the file longer"
unserve f

# --- a disk
scsi_debug_disk
user_disk d tgtcore-file '' size=32M policy=fail timeout=60 config="$LOWER"
fio_start "$NODE" --size=16m
ends=''
run_err "$dir/other: not what the daemon serves d from" "a file, where a disk is served" \
	tgtcore-file --takeover d "$dir/other"
is "$(daemon_serves d "$DAEMON" && echo serves) $(user_count d handovers)" "serves 0" \
	"asks nobody to leave"
next d
is "$ends" 0 "the disk is taken over, of which there is one opener at a time"
run_ok "longer, as there is more" tgtctl device set d size=48M
run_err "refuses: there is no space left" "longer than it" tgtctl device set d size=65M
is "$(bytes d)" $((48 << 20)) "then it stays as it was"
fio_stop_ok "no error, no wrong block" "$NODE"
is "$(user_count d handovers) $(user_count d bad)" "1 0" "nothing was wrong"
unserve d
