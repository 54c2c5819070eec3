#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: profiles of LUNs, docs/profiles.md: what a disk of each says of itself, that a change is
# told to its initiator and to who listens, and that it is saved, restored and compared; this test
# will make disks for four kinds of hosts.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 23
need_program sg_inq sg_vpd sg_readcap jq

dir=$(mktemp -d)
defer rm -rf "$dir"

product()
{
	sg_inq --raw "$SG" | dd bs=1 skip=16 count=16 2> /dev/null | sed 's/ *$//'
}

physical() # log2 of logical blocks in a physical one
{
	sg_readcap --16 --raw "$SG" | od -An -tu1 -j13 -N1 | tr -d ' '
}

granularity() # of UNMAP, blocks
{
	sg_vpd --page=bl "$SG" | sed -n 's/.*[Oo]ptimal unmap granularity: \([0-9]*\).*/\1/p'
}

# a disk below with blocks of 64 KiB, which unmaps three MiB at a time
SCSI_DEBUG=(physblk_exp=7 lbpu=1 lbprz=1 unmap_granularity=6144)
scsi_debug_disk
device d backend=blk path="$LOWER"
loop_target t
lun t 0 d
is "$(field profile lun loop:t 0)" linux "a LUN is for Linux"
is "$(product)" d "which is told the device's name"
is "$(physical)" 7 "the physical block that is"
is "$(granularity)" 6144 "and the granularity that is"
uuid=$(sg_vpd --page=di_lu --quiet "$SG")

tgtctl monitor --json > "$dir/events" &
monitor=$!
defer kill $monitor
wait_for 10 grep -q '"start"' "$dir/events"

is_like() # PROFILE PRODUCT PHYSICAL GRANULARITY
{
	run_ok "lun set profile=$1" tgtctl lun set loop:t 0 profile="$1"
	like "$(sg_turs -v "$SG" 2>&1)" '[Ii]nquiry data has changed' "its initiator hears of it"
	is "$(product) $(physical) $(granularity)" "$2 $3 $4" "what $1 is told"
}
is_like esxi "VIRTUAL DISK" 3 2048
is_like windows "VIRTUAL DISK" 3 6144
is_like aix "VIRTUAL DISK" 7 6144
is "$(sg_vpd --page=di_lu --quiet "$SG")" "$uuid" "it is the same logical unit"
run_err "aix, esxi, linux and windows" "a profile there is not" \
	tgtctl lun set loop:t 0 profile=solaris
run_err "no profile 'esx'" "nor is a LUN made with one" \
	tgtctl lun create loop:t 1 device=d profile=esx
run_err "has no LUN 5" "of a LUN there is not" tgtctl lun set loop:t 5 profile=aix
wait_for 10 grep -q '"profile": *"aix"' "$dir/events"
is "$(grep -c '"lun-ntf"' "$dir/events")" 3 "an event for each change"

run_ok "save" tgtctl save "$dir/saved"
is "$(jq -c '.targets[0].luns[0].profile' "$dir/saved")" '"aix"' "has it"
run_ok "what is there needs nothing" tgtctl restore "$dir/saved"
tgtctl clear
run_ok "restore" tgtctl restore "$dir/saved"
is "$(field profile lun loop:t 0)" aix "brings it back"
