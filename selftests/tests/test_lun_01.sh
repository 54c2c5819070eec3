#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: LUNs by the tool, good and bad; this test will check what is refused, that the
# reason names the object and the valid choice, and that open disks are left alone.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 21

loop_target t
device d backend=ram size=16M
device e backend=ram size=16M
lun t 0 d

run_err "16383" "a number out of range" tgtctl lun create loop:t 16384 device=d
run_err "LUN" "a number that is none" tgtctl lun create loop:t two device=d
run_err "-1" "a negative number" tgtctl lun create loop:t -1 device=d
run_err "in use: device d" "a number in use" tgtctl lun create loop:t 0 device=e
run_err "no device nobody" "a device there is not" tgtctl lun create loop:t 1 device=nobody
run_err "no target loop:nobody" "a target there is not" tgtctl lun create loop:nobody 1 device=d
run_err "no group nobody" "a group there is not" tgtctl lun create loop:t 1 device=d group=nobody
run_err "no LUN 7" "delete what is not there" tgtctl lun delete loop:t 7
run_err "" "show what is not there" tgtctl lun show loop:t 7
is "$(tgtctl lun show --json | grep -c '"number"')" 1 "none of that made a LUN"

# mapped twice, the device is one: it goes when the last LUN has gone
lun t 1 d
run_err "mapped" "the device is in use" tgtctl device delete d
run_ok "the first LUN goes" tgtctl lun delete loop:t 0
run_err "LUN 1 of loop:t" "it is still in use, and where" tgtctl device delete d

# a disk that is open is not taken without force
exec 9< "$NODE"
run_err "open on this machine as $NODE" "an open disk is not taken" tgtctl lun delete loop:t 1
run_err "open" "nor with its target" tgtctl target delete loop:t
is "$(field state lun loop:t 1)" active "it is as it was"
run_ok "with --force it is" tgtctl lun delete loop:t 1 --force
run_ok "its number is free" no_such_object lun loop:t 1
exec 9<&-
lun t 1 e
is "$(field device lun loop:t 1)" e "and can be used for another device"
run_ok "closed, it goes" tgtctl lun delete loop:t 1
run_ok "and the device" tgtctl device delete d
