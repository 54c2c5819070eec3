#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: access groups and the local initiator: in one, out of it, in another, with
# its disk in use; this test will check which LUNs it sees each time, that the change of
# inventory is told, and when a group can go.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 27
need_program sg_luns sg_requests

loop_target t
for d in open red blue both; do
	device "$d" backend=ram size=16M "serial=$d"
done
lun t 0 open
me=$(field initiator session loop:t)
like "$me" "^naa\.3" "session show names the initiator"
is "$(field luns session loop:t)" 1 "it sees the open map"

# what disks this host has now, by serial number, in order of LUN
disks()
{
	local n out=''

	for n in "/sys/class/scsi_device/$HOST":0:0:*/device/block/*; do
		[ -e "$n" ] && out+="$(sg_vpd -p sn --raw "/dev/${n##*/}" | tail -c +5) "
	done
	echo "${out% }"
}

disks_are() # WANTED
{
	[ "$(disks)" = "$1" ]
}

run_ok "group create" tgtctl group create loop:t red
run_ok "another" tgtctl group create loop:t blue
tgtctl lun create loop:t 0 device=red group=red --no-wait > /dev/null || bail
tgtctl lun create loop:t 1 device=both group=red --no-wait > /dev/null || bail
tgtctl lun create loop:t 0 device=blue group=blue --no-wait > /dev/null || bail
tgtctl lun create loop:t 1 device=both group=blue --no-wait > /dev/null || bail
is "$(disks)" open "LUNs of groups are not seen by others"

run_ok "the live initiator joins a group" tgtctl group add loop:t red "initiator=$me"
run_ok "it sees that map" wait_for 10 disks_are "red both"
is "$(field group session loop:t)" red "session show tells the group"
is "$(field luns session loop:t)" 2 "and how many LUNs"
is "$(field sessions group loop:t red)" 1 "group show counts the session"
run_err "in group red" "in two groups it cannot be" tgtctl group add loop:t blue "initiator=$me"

# a LUN more: the others tell that the inventory changed, REPORT LUNS settles it
node=$(echo "/sys/class/scsi_device/$HOST:0:0:1/device/block/"*)
node=/dev/${node##*/}
sg=$(echo "/sys/class/scsi_device/$HOST:0:0:1/device/scsi_generic/"*)
sg=/dev/${sg##*/}
quietly sg_requests "$sg"
quietly sg_requests "$sg"
dmesg -C
tgtctl lun create loop:t 5 device=open group=red > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
run_ok "a LUN more is seen" wait_for 10 disks_are "red both open"
tgtctl lun delete loop:t 5 group=red > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
like "$(sg_requests "$sg" 2>&1)" "[Rr]eported luns data has changed" \
	"a LUN less: the others tell of it"
tgtctl lun create loop:t 6 device=open group=red --no-wait > /dev/null || bail
tgtctl lun delete loop:t 6 group=red > /dev/null || bail
quietly sg_luns "$sg"
like "$(sg_requests "$sg" 2>&1)" "[Nn]o additional sense" "REPORT LUNS settles that"

# moved with I/O on the disk that both maps have: its own disk goes, its data does not
load_start "$node"
run_ok "out of the group under load" tgtctl group remove loop:t red "initiator=$me"
run_ok "it sees the open map again" wait_for 30 disks_are "open"
load_lost_ok "the load lost its disk, and read nothing wrong until then"
run_ok "into the other group" tgtctl group add loop:t blue "initiator=$me"
run_ok "it sees the other map" wait_for 10 disks_are "blue both"
node=$(echo "/sys/class/scsi_device/$HOST:0:0:1/device/block/"*)
run_ok "with what was written to it" tgtload check "/dev/${node##*/}" "$LOAD_STATE"

run_err "2 LUNs" "a group with LUNs is not deleted" tgtctl group delete loop:t blue
run_err "2 LUNs" "nor without sessions" tgtctl group delete loop:t red
tgtctl lun delete loop:t 0 group=red > /dev/null
tgtctl lun delete loop:t 1 group=red > /dev/null
run_ok "an empty one is" tgtctl group delete loop:t red
tgtctl lun delete loop:t 0 group=blue > /dev/null
tgtctl lun delete loop:t 1 group=blue > /dev/null
run_err "1 session" "one in use is not" tgtctl group delete loop:t blue
run_ok "with --force it is" tgtctl group delete loop:t blue --force
run_ok "and the initiator is back in the open map" wait_for 10 disks_are "open"
is "$(tgtctl group show --json)" "[]" "no group is left"
