#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: persistent reservations as sg_persist(8) asks for them, over two hosts of the loop
# fabric with one device; this test will fence one of them.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 12
need_program sg_persist

device d backend=ram size=64M
loop_target a
lun a 0 d
one=$SG disk=$NODE
loop_target b
lun b 0 d
two=$SG
# shellcheck disable=SC2034	# in what is evaluated below
other=$NODE

pr() # DEVICE OPTION...
{
	sg_persist -n "${@:2}" "$1"
}

has() # TEXT COMMAND...
{
	"${@:2}" 2>&1 | grep -qF -- "$1"
}

written() # NODE
{
	dd if=/dev/zero of="$1" bs=4k count=1 oflag=direct 2> /dev/null
}

pr "$two" --in -k > /dev/null 2>&1	# takes a unit attention
run_ok "capabilities" has "Allow Commands: 4" pr "$one" --in -c
run_ok "nobody is registered" has "there are NO registered" pr "$one" --in -k
run_ok "one registers" pr "$one" --out -G -S 0x111
run_ok "two registers" pr "$two" --out -G -S 0x222
run_ok "two reserves" pr "$two" --out -R -K 0x222 -T 5
run_ok "one sees it" has "Write Exclusive, registrants only" pr "$one" --in -r
# shellcheck disable=SC2016
run_ok "both write" eval 'written "$disk" && written "$other"'
run_ok "one preempts and aborts" pr "$one" --out -A -K 0x111 -S 0x222 -T 5
run_ok "one has it" has "Key=0x111" pr "$one" --in -s
pr "$two" --in -k > /dev/null 2>&1
# shellcheck disable=SC2016
run_ok "two writes no more" eval '! written "$other"'
run_ok "one does" written "$disk"
run_ok "one clears" pr "$one" --out -C -K 0x111
