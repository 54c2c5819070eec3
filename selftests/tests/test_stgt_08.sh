#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: LUNs of a daemon as devices of the engine, backend=stgt; this test will check
# that data, unit attentions and reservations are the daemon's, that each initiator is one to it,
# that a command it never answers is ended without a halt of other LUNs, that it may hang, die
# and come back, and that device, host and daemon can go in any order.
#
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio sg_raw sg_reset sg_inq tgtprobe

plan 49
truncate -s 16M /scratch/lun
defer rm -f /scratch/lun

serve_luns()
{
	stgt_daemon --check --host "$THOST" --lun 0=ram:1M --lun 2=file:/scratch/lun \
		--lun 5=silent:8M
}

# How a command of SG ends: "good", "conflict", or its sense.
ends() # SG CDB-BYTE...
{
	local rc=0

	timeout 60 sg_raw -t 20 "$@" > "$TAP_OUT" 2>&1 || rc=$?
	case $rc in
	0) echo good ;;
	24) echo conflict ;;
	*) sense_of "$1" -- "${@:2}" ;;
	esac
}

stgt_target t
serve_luns
stgt_disk "$HOST" 0
loop_target front
front=$HOST
loop_target back poll-queues=1

# --- what is refused, and what is shown
run_err "no SCSI host $front in target mode" "a host that is an initiator's" \
	tgtctl device create x backend=stgt "host=$front"
run_err "no SCSI host 9999 in target mode" "a host that is none" \
	tgtctl device create x backend=stgt host=9999
run_err "size= is the daemon's to say" "a size" \
	tgtctl device create x backend=stgt "host=$THOST" size=1G
run_err "host" "no host" tgtctl device create x backend=stgt
run_err "lun" "a LUN that is none" tgtctl device create x backend=stgt "host=$THOST" lun=16384
device d backend=stgt "host=$THOST" lun=2
device silent backend=stgt "host=$THOST" lun=5
like "$(tgtctl device show d)" "LUN 2 of the daemon at host $THOST" "device show says whose it is"

# --- data
lun front 7 d
disk=$NODE sg=$SG
is "$(blockdev --getsize64 "$disk")" $((16 << 20)) "the disk has the size of the daemon's LUN"
like "$(sg_inq "$sg")" 'mini_tgtd' "INQUIRY is the daemon's"
like "$(sg_inq -p 0x80 "$sg")" 'mini00002' "and its serial number is that LUN's"
verify "on the device" "$disk" --size=8m
run_ok "the daemon's file has it" cmp /scratch/lun "$disk"
run_ok "a fabric that can more" tgtctl target create probe:p
defer quietly tgtctl target delete probe:p --force
run_ok "maps it too" tgtctl lun create probe:p 3 device=d
is "$(tgtprobe cmd p -l 3 -n 4096 --raw 28 00 00 00 00 10 00 00 08 00 | md5sum)" \
	"$(dd if=/scratch/lun bs=512 skip=16 count=8 status=none | md5sum)" "and reads the same"
is "$(tgtprobe cmd p -l 3 -n 512 28 00 7f ff ff ff 00 00 01 00 | head -n 1)" \
	"status 02 sense 5/21/00 residual 512" "sense is the daemon's"
head -c 4096 /dev/urandom > "$TAP_OUT.data"
defer rm -f "$TAP_OUT.data"
is "$(tgtprobe abort p -l 3 -t 9 --defer --out "$TAP_OUT.data" 2a 00 00 00 60 00 00 00 08 00 \
	< /dev/null | tail -n 1)" "complete aborted" "a write that waits for its data is aborted"
run_ok "and does not reach the daemon" cmp -n 4096 -i $((0x6000 << 9)):0 /scratch/lun /dev/zero

# --- the daemon's unit attentions and reservations: each initiator is one to it
lun back 1 d
polled=$NODE other=$SG
ends "$other" 00 00 00 00 00 00 > /dev/null
is "$(ends "$other" 00 00 00 00 00 00)" good "nothing is pending for another initiator"
run_ok "LUN reset by the first" timeout 60 sg_reset -d -N "$sg"
is "$(sense_of "$other" -- 00 00 00 00 00 00)" 6/29/00 "the other hears of it from the daemon"
is "$(ends "$other" 00 00 00 00 00 00)" good "once"
is "$(ends "$sg" 16 00 00 00 00 00)" good "RESERVE by the first"
is "$(ends "$other" 00 00 00 00 00 00)" conflict "is a conflict for the other"
is "$(ends "$sg" 00 00 00 00 00 00)" good "not for itself"
run_ok "the first goes" tgtctl lun delete loop:front 7
free_again()
{
	[ "$(ends "$other" 00 00 00 00 00 00)" = good ]
}
run_ok "and with it its reservation" wait_for 15 free_again

# --- a command that is never answered
lun front 7 d
disk=$NODE
lun front 8 silent
mute=$NODE
fio_start "$disk"
begin=$SECONDS
quietly timeout 60 sg_raw -t 2 -r 512 "$SG" 28 00 00 00 30 00 00 00 01 00
is "$(((SECONDS - begin) < 25))" 1 "a command without an answer is aborted"
echo 1 > "/sys/block/${mute##*/}/device/timeout"
echo 1 | tee "/sys/block/${mute##*/}/device/scsi_disk/"*/max_retries > /dev/null
run_err "Input/output error" "what the disk is never answered for is an error" timeout 60 \
	dd "if=$mute" of=/dev/null bs=4k count=1 skip=1600 iflag=direct
run_ok "the rest of that disk works" dd "if=$mute" of=/dev/null bs=64k count=60 iflag=direct
is "$(cat "/sys/block/${mute##*/}/device/state")" running "it is online"

# --- a daemon that hangs: commands end without it, and its late answers are nobody's
kill -STOP "$DAEMON"
begin=$SECONDS
quietly timeout 60 sg_raw -t 1 "$SG" 00 00 00 00 00 00
is "$(((SECONDS - begin) < 40))" 1 "a daemon that hangs holds up nobody for long"
kill -CONT "$DAEMON"
run_ok "the disk works again" wait_for 30 dd "if=$mute" of=/dev/null bs=64k count=4 iflag=direct
fio_stop_ok "the load on another LUN of that host verifies" "$disk"
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(($(stgt_said tmfs) > 2))" 1 "it was told to abort"

# --- it dies, and another comes
serve_luns
fio_start "$disk"
stgt_kill
sleep 0.5
serve_luns
fio_stop_ok "a kill under load: nothing is lost" "$disk"

# --- polled commands that time out with their answer at hand: their poller is stopped
echo 1 > "/sys/block/${polled##*/}/device/timeout"
fio_start "$polled" --ioengine=io_uring --hipri=1 --thread
kill -STOP "$FIO_PID"
sleep 3
kill -CONT "$FIO_PID"
fio_stop_ok "a poller that stood still: nothing is lost" "$polled"
run_err "is mapped" "a device that is mapped stays" tgtctl device delete d

# --- the host goes first
load_start "$disk"
old=$THOST
run_ok "the host goes" tgtctl target delete loop:t --force
load_lost_ok "a load loses its disk, and has read nothing wrong"
is "$(sense_of "$other" -- 00 00 00 00 00 00)" 2/04/03 "its LUNs are not ready"
is "$(tgtprobe tmf p -l 3 lun-reset)" complete "a LUN reset by who came after it went"
stgt_target t
is_not "$THOST" "$old" "the next host has another number"
run_err "no SCSI host $old in target mode" "a device of the old one is refused" \
	tgtctl device create x backend=stgt "host=$old"
run_ok "targets go" sh -c 'tgtctl target delete loop:front --force &&
	tgtctl target delete loop:back --force && tgtctl target delete probe:p --force'
run_ok "devices go" sh -c 'tgtctl device delete d && tgtctl device delete silent'
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "each command it had has ended"
run_ok "rmmod" sh -c 'tgtctl target delete loop:t && rmmod scsi_tgt'
