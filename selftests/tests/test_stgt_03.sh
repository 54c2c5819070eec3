#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: who may open /dev/tgt, and what a daemon is told when; this test will check
# that a second opener is refused and does no harm, that a daemon that has bound another host
# leaves a target waiting, that one which binds later gets it within seconds, and that two
# targets of one daemon do not get in each other's way.
#
# timeout: 200
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio

plan 15
stgt_target a
ahost=$HOST at=$THOST
stgt_target b
bhost=$HOST bt=$THOST
is_not "$at" "$bt" "two targets have two hosts"

stgt_daemon --check --host "$at" --lun 0=ram:16M
stgt_disk "$ahost" 0
a=$NODE
run_ok "one is served" stgt_info_is a "served by a daemon as host $at"
run_ok "the other waits" stgt_info_is b "waiting for a daemon to bind host $bt"
run_err "busy" "another daemon is refused" mini_tgtd --host "$bt" --lun 0=ram:1M
# shellcheck disable=SC2188
run_err "busy" "and whoever only reads" bash -c '< /dev/tgt'
verify "after that" "$a"
sleep 2.5
run_ok "the other waits still" stgt_info_is b "waiting for a daemon to bind host $bt"
run_ok "it has no disk" test ! -e "/sys/class/scsi_device/$bhost:0:0:0"
stgt_kill
run_ok "without a daemon both wait" stgt_info_is a "waiting for a daemon to bind host $at"

# --- both of one daemon
stgt_daemon --check --host "$bt" --lun 0=ram:16M --host "$at" --lun 0=ram:16M
stgt_disk "$bhost" 0
run_ok "both are served" stgt_info_is b "served by a daemon as host $bt"
wait_for 20 stgt_info_is a "served by a daemon as host $at"
dd if=/dev/urandom of="$NODE" bs=1M count=16 oflag=direct status=none &
dd if=/dev/zero of="$a" bs=1M count=16 oflag=direct status=none &
wait %+ %-
run_ok "each has its own data" test "$(md5sum < "$a")" != "$(md5sum < "$NODE")"
verify "on the second" "$NODE"
run_ok "both go" sh -c 'tgtctl target delete loop:a --force && tgtctl target delete loop:b --force'
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(stgt_said outstanding)" 0 "every command was answered, and ended"
