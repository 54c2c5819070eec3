#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon on /dev/tgt serves disks to a loop target of handler=stgt; this test
# will check that the target waits for one and says so, that a SCSI host in target mode hangs
# under it, that the disks come when the daemon binds that host, and that files, checksums
# and random I/O survive, with every command answered and ended exactly once.
#
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio mkfs.ext4 sg_inq sg_luns sg_readcap sg_modes sg_raw

plan 29
mnt=$(mktemp -d)
defer rmdir "$mnt"
defer quietly umount -l "$mnt"
truncate -s 96M /scratch/lun0
truncate -s 4M /scratch/lun5
echo "what was there before" | dd of=/scratch/lun5 conv=notrunc status=none
defer rm -f /scratch/lun0 /scratch/lun5

stgt_target t
is_not "$THOST" 0 "the host is not number 0"
is "$(cat "/sys/class/scsi_host/host$THOST/active_mode")" Target "it is in target mode"
is "$(cat "/sys/class/scsi_host/host$THOST/proc_name")" scsi_tgt "it is scsi_tgt's"
is "$(cat /sys/class/misc/tgt/dev)" "10:$((0x$(stat -c %T /dev/tgt)))" "/dev/tgt is the misc device"
run_ok "it waits for a daemon" stgt_info_is t "waiting for a daemon to bind host $THOST"
run_ok "and there is no disk" test ! -e "/sys/class/scsi_device/$HOST:0:0:0"

stgt_daemon --check --host "$THOST" --lun 0=file:/scratch/lun0 --lun 5=ro:/scratch/lun5 \
	--lun 200=ram:8M
stgt_disk "$HOST" 0
disk=$NODE sg=$SG
run_ok "a disk has come, and the target says who serves it" \
	stgt_info_is t "served by a daemon as host $THOST"
stgt_disk "$HOST" 5
ro=$NODE
stgt_disk "$HOST" 200
ram=$NODE
is "$(echo "/sys/class/scsi_device/$HOST":* | wc -w)" 3 "the daemon's three LUNs are there"
is "$(blockdev --getsize64 "$disk")" $((96 << 20)) "its size is the file's"
is "$(blockdev --getro "$ro")" 1 "the one of a read-only file is read-only"
is "$(blockdev --getro "$ram")" 0 "the others are not"
is "$(head -c 21 "$ro")" "what was there before" "what is in the file is on the disk"

# --- the daemon's own answers, as it sends them
like "$(sg_inq "$sg")" 'TGTCORE' "INQUIRY"
like "$(sg_inq -p 0x80 "$sg")" 'mini00000' "INQUIRY: serial number page"
like "$(sg_inq -p 0x83 "$sg")" 'TGTCORE' "INQUIRY: identification page"
is "$(sg_luns "$sg" | grep -c '^ *[0-9a-f]\{16\}$')" 3 "REPORT LUNS"
like "$(sg_readcap "$sg")" 'Last LBA=196607' "READ CAPACITY (10)"
like "$(sg_readcap -16 "$sg")" 'Last LBA=196607' "READ CAPACITY (16)"
like "$(sg_modes -6 -p 8 "$sg")" 'Caching' "MODE SENSE (6)"
like "$(sg_modes -p 0x3f "$sg")" 'Caching' "MODE SENSE (10)"
is "$(sense_of "$sg" -- c1 00 00 00 00 00 00 00 00 00)" 5/20/00 "sense: an opcode that it has not"
# tgtd 1.0.13 gives such an answer a length and an address that is not there
is "$(sense_of "$sg" -r 4096 -- 28 00 00 03 00 00 00 00 08 00)" 5/21/00 \
	"sense: a READ past the end, with a bad address"
is "$(sense_of "$sg" -s 512 -i /scratch/lun5 -- 2a 00 00 03 00 00 00 00 01 00)" 5/21/00 \
	"sense: a WRITE past the end"

# --- data
run_ok "a file system keeps its files" fs_round_trip "$disk" "$mnt"
verify "on the file" "$disk" --fsync=64
verify "in memory" "$ram" --size=8m

run_ok "the target goes" tgtctl target delete loop:t --force
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "every command was answered, and ended"
