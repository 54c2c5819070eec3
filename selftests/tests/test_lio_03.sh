#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon of the STGT ring behind an iSCSI initiator: LIO's iSCSI target, the bridge, a
# device of backend=stgt, the ring, and back; this test will write, verify and reset through all of
# it, and find every byte in the daemon's file.
#
# TGTD and TGTADM name a real tgtd; without them it is mini_tgtd.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/stgt.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
plan 14
need_program fio sg_inq sg_raw sg_reset iscsid iscsiadm mkfs.ext4

iqn=iqn.2001-04.org.example:ring
file=/scratch/lio03
truncate -s 32M $file
defer rm -f $file
if [ -n "${TGTD:-}" ]; then
	need_tgtd
	ring_target t
	tgtd_start
	tgtd_target 1 t $file
	bind_any 1 t "$RING_HOST" || bail "tgtd does not bind"
	THOST=$RING_HOST number=1
else
	stgt_target t
	stgt_daemon --check --host "$THOST" --lun 0=file:$file
	number=0
fi
device d backend=stgt "host=$THOST" lun=$number
lio_load
defer quietly tgtctl lio detach d --force
lio_iscsi $iqn
where=iscsi/$iqn/tpgt_1
run_ok "attached at a LUN of an iSCSI target" tgtctl lio attach d to=$where lun=5
is "$(tgtctl lio show --json | jq -c .)" \
	"[{\"device\":\"d\",\"object\":\"tgtcore_0/d\",\"luns\":[\"$where:5\"]}]" "show tells it"
run_err "device d is $where/lun/lun_5; use --force" "it is not detached by accident" \
	tgtctl lio detach d
iscsid_start one
iscsi_login one $iqn 5
disk=$NODE sg=$SG
is "$(blockdev --getsize64 "$disk")" $((32 << 20)) "a disk of the daemon's size"
is_not "$(sg_inq "$sg" | sed -n 's/.*Vendor identification: //p')" TGTCORE "INQUIRY is the daemon's"
fill() # DISK
{
	seq 100000000 999999999 |
		dd "of=$1" bs=1M count=16 iflag=fullblock oflag=direct status=none
}
run_ok "16 MiB written over iSCSI" fill "$disk"
run_ok "are in the daemon's file" cmp -n $((16 << 20)) "$disk" $file
run_ok "random writes at depth 32 verify" fio_verify "$disk" "${TGT_SECONDS:-2}"
file_tree_ok "$disk" "$disk"
run_err "" "an error is one" sg_raw -r 512 "$sg" 28 00 7f ff ff ff 00 00 01 00
run_ok "LOGICAL UNIT RESET" timeout 60 sg_reset -d -N "$sg"
run_ok "and it works on" fill "$disk"
iscsiadm -m node -T $iqn -p 127.0.0.1 -I one -u > /dev/null
run_ok "detached by force" tgtctl lio detach d --force
run_ok "and gone" eval '! ls "$LIO/core/tgtcore_0" 2> /dev/null && lio_uniscsi $iqn'
