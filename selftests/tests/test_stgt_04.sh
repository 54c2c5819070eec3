#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons of the ring's three generations, as 64-bit and as 32-bit programs; this
# test will check that each serves a disk whose data verifies, with sense and error recovery.
#
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio sg_raw sg_reset

plan 42
serve_as() # PROGRAM GENERATION RELEASE
{
	local what="$1 $2:"

	if ! command -v "$1" > /dev/null; then
		skip_some 7 "$what" "gcc -m32 does not work here (gcc-multilib)"
		return
	fi
	stgt_reload "abi=$3"
	MINI=$1
	stgt_target t
	stgt_daemon --check --abi "$2" --host "$THOST" --lun 0=ram:32M --lun 3=ram:1M
	stgt_disk "$HOST" 0
	stgt_serves_ok "$what"
	run_ok "$what the target goes" tgtctl target delete loop:t --force
	stgt_stop_ok "$what the daemon has seen nothing wrong"
}

for program in mini_tgtd mini_tgtd32; do
	serve_as $program g3 2.6.24
	serve_as $program g2 2.6.22
	serve_as $program g1 2.6.20
done
