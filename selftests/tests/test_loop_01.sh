#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: LUNs at both ends of both addressing methods, each on a device of its own;
# this test will check that each disk is the device that was mapped there, that the
# inventory tells them, and that taking one leaves the others.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 21
need_program sg_luns sg_inq sg_vpd

numbers=(0 255 256 16383)
# what Linux calls them: the first two bytes of the LUN (SAM-6 4.7)
names=(0 255 16640 32767)
loop_target t
for n in "${numbers[@]}"; do
	device "d$n" backend=ram size=1M "serial=SN-$n"
	lun t "$n" "d$n"
	node[n]=$NODE
	is "$(field node lun loop:t "$n")" "$NODE" "lun show tells the node of LUN $n"
done
for i in "${!numbers[@]}"; do
	n=${numbers[i]}
	path=$(readlink -f "/sys/block/${node[n]##*/}/device")
	is "${path##*:}" "${names[i]}" "LUN $n is ${names[i]} to Linux"
	is "$(sg_vpd -p sn --raw "${node[n]}" | tail -c +5)" "SN-$n" "LUN $n has its serial number"
done

# REPORT LUNS by way of any of them
like "$(sg_luns "${node[256]}")" "list length = 32" \
	"four LUNs are reported"
report=$(sg_luns --raw "${node[0]}" | tail -c +9 | od -An -v -tx1 -w8)
for want in "00 00 00 00 00 00 00 00" "00 ff 00 00 00 00 00 00" "41 00 00 00 00 00 00 00" \
	"7f ff 00 00 00 00 00 00"; do
	like "$report" "^ $want\$" "reported as $want"
done

# a pattern on each, read back from each
for n in "${numbers[@]}"; do
	yes "this is LUN $n" | dd "of=${node[n]}" bs=64k count=16 iflag=fullblock oflag=direct \
		status=none
done
bad=''
for n in "${numbers[@]}"; do
	cmp -s <(yes "this is LUN $n" | head -c 1048576) "${node[n]}" || bad+=" $n"
done
is "$bad" "" "each LUN has its own data"

run_ok "LUN 0 can go" tgtctl lun delete loop:t 0
is "$(tgtctl lun show loop:t --json | grep -c '"number"')" 3 "three are left"
echo 3 > /proc/sys/vm/drop_caches
run_ok "without LUN 0 the others work" cmp <(yes "this is LUN 16383" | head -c 1048576) \
	"${node[16383]}"
