#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtprobe, the probe fabric in a shell's hands, and the modules below it; this
# test will see its sessions in tgtctl and unload the modules when the last one is gone.
. "$(dirname "$0")/../lib/tap.sh"
plan 17

tgtprobe=$(dirname "$0")/../lib/tgtprobe
[ -x "$tgtprobe" ] || tgtprobe=${TGT_ROOT:-.}/build/tests/tgtprobe
[ -x "$tgtprobe" ] || bail "tgtprobe is not built"

need_root
modprobe -a tgtcore tgtcore_probe || bail "modprobe"
run_ok "create" tgtctl device create pd backend=ram size=16M || bail
run_ok "a target of protocol 5" tgtctl target create probe:pt protocol=5 || bail
run_ok "map it" tgtctl lun create probe:pt 0 device=pd || bail
run_err protocol "no protocol 16" tgtctl target create probe:px protocol=16

is "$("$tgtprobe" cmd pt --keep-ua 00 00 00 00 00 00)" \
	"status 02 sense 6/29/00 residual 0" "a unit attention"
is "$("$tgtprobe" cmd pt 00 00 00 00 00 00)" "status 00 residual 0" "ready after it"
is "$("$tgtprobe" cmd pt -l 7 00 00 00 00 00 00)" \
	"status 02 sense 5/25/00 residual 0" "no such LUN"
is "$("$tgtprobe" cmd pt -l 0xffffffffffffffff 00 00 00 00 00 00)" \
	"status 02 sense 5/25/00 residual 0" "no such LUN bytes"

head -c 4096 /dev/urandom > /tmp/probe.out
run_ok "write" "$tgtprobe" cmd pt -o /tmp/probe.out 2a 00 00 00 00 08 00 00 08 00
"$tgtprobe" cmd pt -r -n 4096 28 00 00 00 00 08 00 00 08 00 > /tmp/probe.in
run_ok "read back" cmp /tmp/probe.out /tmp/probe.in
is "$("$tgtprobe" cmd pt -n 512 28 00 00 00 00 08 00 00 08 00 | head -n 1)" \
	"status 00 overflow 3584" "less room than blocks"
is "$("$tgtprobe" tmf pt lun-reset)" complete "a function"
is "$("$tgtprobe" tmf pt 99)" rejected "one there is not"

# A session as the control plane sees it, and what it keeps from going.
coproc HOLD { "$tgtprobe" hold pt -i naa.5000c50012345678; }
holder=$HOLD_PID
read -r _ <&"${HOLD[0]}"
like "$(tgtctl session show)" "naa.5000c50012345678" "tgtctl shows the session"
rmmod tgtcore_probe 2>/dev/null
is "$(test -d /sys/module/tgtcore_probe && echo loaded)" loaded "a module in use stays"
kill -9 "$holder"
wait "$holder" 2>/dev/null

tgtctl clear || diag "tgtctl clear failed"
run_ok "the fabric can be unloaded" modprobe -r tgtcore_probe
is "$(test -e /dev/tgtprobe || echo gone)" gone "and its device with it"
