#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a file system that answers nothing, under disks whose memory is the initiator's;
# this test will check that what waits for it stays pending and is named, that a function is
# answered, and that nothing else waits: other LUNs of the same target, other files, requests
# to open and grow what is there, modules, processes.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
need_program fio sg_reset mkfs.ext4 fsfreeze
plan 33

tgtprobe=$(dirname "$0")/../lib/tgtprobe
[ -x "$tgtprobe" ] || tgtprobe=${TGT_ROOT:-.}/build/tests/tgtprobe
[ -x "$tgtprobe" ] || bail "tgtprobe is not built"

mnt=$(mktemp -d)
defer rmdir "$mnt"
load_modules tgtcore_loop tgtcore_probe
modprobe scsi_debug dev_size_mb=256 delay=0 || bail "no scsi_debug"
defer modprobe -r scsi_debug
debug=/sys/bus/pseudo/drivers/scsi_debug/adapter0
wait_for 10 compgen -G "$debug/host*/*/*/block/sd*" || bail "scsi_debug: no disk"
disk=/dev/$(basename "$debug"/host*/*/*/block/sd*)
mkfs.ext4 -q -F "$disk" || bail "no file system"
mount "$disk" "$mnt" || bail "no mount"
defer umount "$mnt"

device stuck1 backend=file "path=$mnt/1" size=16M queue-limit=1024
device stuck2 backend=file "path=$mnt/2" size=16M queue-limit=1024
device free backend=file path=/scratch/free size=16M
device other backend=ram size=16M
loop_target t
tgtctl target create probe:p > "$TAP_OUT" 2>&1 || bail "no target"
defer quietly tgtctl target delete probe:p --force
lun t 1 other
other=$NODE
lun t 0 stuck1
stuck=$NODE
for n in 1 2; do
	tgtctl lun create probe:p $n device=stuck$n > "$TAP_OUT" 2>&1 || bail "no LUN"
done
tgtctl lun create probe:p 3 device=free > "$TAP_OUT" 2>&1 || bail "no LUN"

fsfreeze --freeze "$mnt"
defer quietly fsfreeze --unfreeze "$mnt"

blocked() # OBJECT NAME...: what it waits for
{
	tgtctl "$1" show "${@:2}" --blocked --json |
		sed -n 's/^ *"\(stage\|waits-for\)": "\(.*\)",\{0,1\}$/\2/p' | tr '\n' ' '
}

device_is_active() # NAME
{
	[ "$(field state device "$1")" = active ]
}

stuck_has() # N commands
{
	[ "$(field held device stuck1)" = "$1" ]
}

# --- more commands on one CPU than a work queue runs there
for n in 1 2; do
	mkfifo "$mnt.$n"
	defer rm -f "$mnt.$n"
	taskset 1 "$tgtprobe" flood p -l $n -i "init$n" 600 < "$mnt.$n" > "$mnt.out$n" 2>&1 &
	flood[n]=$!
	defer quietly kill -KILL $!
	defer rm -f "$mnt.out$n"
done
exec 7> "$mnt.1" 8> "$mnt.2"
for n in 1 2; do
	run_ok "600 writes to stuck file $n are sent" wait_for 30 grep -q sent "$mnt.out$n"
	is "$(field held device stuck$n)" 600 "... and the backend has them"
done
head -c 4096 /dev/urandom > "$mnt.data"
defer rm -f "$mnt.data"
run_ok "another file is written from the same CPU" timeout 20 \
	taskset 1 "$tgtprobe" cmd p -l 3 -o "$mnt.data" 2a 00 00 00 00 08 00 00 08 00

# --- a process with commands in flight can be killed, the nexus stays
kill -KILL "${flood[1]}"
exec 7>&-
run_ok "the initiator dies" wait_for 5 sh -c "! kill -0 ${flood[1]} 2> /dev/null"
wait "${flood[1]}" 2> /dev/null
session_named()
{
	tgtctl session show probe:p --blocked |
		grep -q 'LUN 1: 600 commands in flight; device stuck1: 600 commands still'
}
run_ok "its session is named, and what it waits for" wait_for 20 session_named

# --- a disk of this machine: the function is answered, the command stays the backend's
dd if=/dev/zero "of=$stuck" bs=4k count=1 oflag=direct 2> /dev/null &
dd=$!
defer quietly wait $dd
wait_for 10 stuck_has 601
SECONDS=0
run_err "" "LUN reset is refused" timeout 60 sg_reset -d "$stuck"
run_ok "... within its deadline" test $SECONDS -lt 20
run_ok "the command is still with the initiator" kill -0 $dd
like "$(blocked device stuck1)" "aborting .*still with the backend, .* aborted" \
	"the device is named"

# --- its LUN cannot go yet, the others of the target do not care
run_err "waiting for" "lun delete --force stays pending" \
	tgtctl lun delete loop:t 0 --force --timeout 5
like "$(blocked lun loop:t 0)" "deleting .*1 command in flight; device stuck1: " "it is named"
run_ok "another LUN of the target is added" timeout 20 tgtctl lun create loop:t 2 device=free
run_ok "... does I/O" timeout 20 dd if=/dev/zero "of=$(find_disk loop:t 2)" bs=4k count=4 \
	oflag=direct
run_ok "... is removed" timeout 20 tgtctl lun delete loop:t 2
run_ok "the one that was there does I/O" timeout 20 dd if=/dev/zero "of=$other" bs=4k count=4 \
	oflag=direct

# --- requests are answered
SECONDS=0
run_ok "a file that cannot be made yet is answered" \
	tgtctl device create late backend=file "path=$mnt/late" size=1M --no-wait
run_ok "... in time" test $SECONDS -lt 10
like "$(blocked device late)" "creating the backend file to open its medium" "it is named"
tgtctl device create killed backend=file "path=$mnt/killed" size=1M > "$TAP_OUT" 2>&1 &
tool=$!
sleep 1
kill -KILL $tool
run_ok "who waits for one can be killed" wait_for 2 sh -c "! kill -0 $tool 2> /dev/null"
wait $tool 2> /dev/null
run_ok "... and it can be deleted, when it comes to that" tgtctl device delete killed --no-wait
run_ok "growing is answered" tgtctl device set stuck2 size=32M --no-wait
like "$(blocked device stuck2)" "resizing the backend file to make its medium 33554432 bytes" \
	"it is named"
run_ok "another device is made and deleted" timeout 20 sh -c \
	'tgtctl device create new backend=file path=/scratch/new size=1M && tgtctl device delete new'
rm -f /scratch/new
run_ok "a module of ours is loaded and goes" timeout 20 sh -c \
	'modprobe tgtcore_null && rmmod tgtcore_null'
run_err "in use" "a module that is in use says so" timeout 20 rmmod tgtcore_file

# --- all of it ends when the file system comes back
tgtctl monitor > "$mnt.events" &
monitor=$!
defer rm -f "$mnt.events"
wait_for 10 grep -q listens "$mnt.events"
fsfreeze --unfreeze "$mnt"
exec 8>&-
run_ok "the file was made" wait_for 20 device_is_active late
run_ok "the one that was deleted meanwhile is gone" wait_for 20 no_such_object device killed
run_ok "the device has grown" wait_for 20 sh -c 'tgtctl device show stuck2 | grep -q 32M'
run_ok "the LUN is gone" wait_for 20 no_such_object lun loop:t 0
kill $monitor
wait $monitor 2> /dev/null
run_ok "events told" sh -c "grep -q 'device late active' $mnt.events &&
	grep -q 'device killed gone' $mnt.events && grep -q 'lun loop:t 0 gone' $mnt.events"
wait "${flood[2]}" $dd
run_ok "all goes" tgtctl clear
