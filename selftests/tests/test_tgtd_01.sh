#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: an unmodified tgtd of 2008 to 2011 serves disks on the loop fabric; this test
# will check that they appear once it binds the host, are what it said they are, hold data,
# byte for byte what is in its files, and tell errors; that LUNs come and go; and that all of
# it can be taken down in order.
#
# TGTD and TGTADM are the programs; TGT_SECONDS is how long the load runs (default 10).
# timeout: 400
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
plan 39
need_program fio sg_inq sg_luns sg_raw sg_vpd mkfs.ext4
need_tgtd

dir=/scratch/tgtd01
mkdir $dir
defer rm -rf $dir
truncate -s 64M $dir/1
truncate -s 300M $dir/2
truncate -s 3G $dir/3
ring_target t
like "$(tgtctl target show loop:t)" "waiting for a daemon to bind host $RING_HOST" \
	"the target waits for a daemon"
tgtd_start
tgtd_target 1 t $dir/1 $dir/2 $dir/3
sleep 2
is "$(host_disk "$HOST" 1)" "" "there is no disk before the host is bound"
run_ok "bind host $RING_HOST" bind_any 1 t "$RING_HOST" || tgtd_log
for n in 1 2 3; do
	ring_disk "$HOST" $n
	disk[n]=$NODE
	ok "LUN $n is $NODE"
	is "$(blockdev --getsize64 "$NODE")" "$(stat -c %s $dir/$n)" "of the size of its file"
done
like "$(tgtctl target show loop:t)" "served by a daemon as host $RING_HOST" \
	"the target says who serves it"
run_err "" "a second bind of the host is refused" bind_any 1 t "$RING_HOST"

# --- identity ---------------------------------------------------------------
run_ok "INQUIRY" sg_inq "${disk[1]}"
like "$(< "$TAP_OUT")" "Vendor identification: IET" "is the daemon's"
like "$(< "$TAP_OUT")" "Product identification: VIRTUAL-DISK" "with its product"
like "$(sg_vpd -p sn "${disk[1]}")" "serial number: *beaf1 *1" "each LUN has its serial number"
like "$(sg_luns "${disk[2]}")" "list length = 32" "REPORT LUNS has the daemon's LUN 0 and ours"
is "$(sg_luns --raw "${disk[1]}" | tail -c +9 | od -An -v -tx1 -w8 | sort | tr -d '\n')" \
	" 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 03 00 00 00 00 00 00" \
	"byte for byte"

# --- data -------------------------------------------------------------------
run_ok "write all of LUN 1" fill "${disk[1]}" 64 100000000
same_ok "its file has it" "${disk[1]}" $dir/1
is "$(stat -c %b $dir/3)" 0 "LUN 3's has nothing"
run_ok "the last block of 3 GiB" dd if=$dir/1 "of=${disk[3]}" bs=4k count=1 \
	seek=$((3 * 262144 - 1)) oflag=direct status=none
is "$(tail -c 4096 $dir/3 | sha256sum)" "$(head -c 4096 $dir/1 | sha256sum)" "is the file's last"

mnt=$(mktemp -d)
defer rmdir "$mnt"
if ! mkfs.ext4 -q -F "${disk[2]}" || ! mount "${disk[2]}" "$mnt"; then
	tgtd_log
	bail "no file system on ${disk[2]}"
fi
cp -r "$TGT_ROOT"/{core,selftests,docs} "$mnt"
sums=$(cd "$mnt" && find . -type f -exec sha256sum {} +)
umount "$mnt"
echo 3 > /proc/sys/vm/drop_caches
mount "${disk[2]}" "$mnt"
run_ok "$(wc -l <<< "$sums") files keep their checksums" \
	env -C "$mnt" sha256sum -c --quiet <<< "$sums"
umount "$mnt"
run_ok "the file system is clean" e2fsck -fn "${disk[2]}"
run_ok "and so it is in the daemon's file" e2fsck -fn $dir/2

run_ok "${TGT_SECONDS:-10} s at depth 32 verify" fio_verify "${disk[3]}" "${TGT_SECONDS:-10}" ||
	tgtd_log
same_ok "LUN 1 is untouched" "${disk[1]}" $dir/1

# --- what is not GOOD -------------------------------------------------------
# these releases check no address and say GOOD, with memory that is not there
run_err "Medium Error" "READ(10) behind the end is an error" \
	sg_raw -r 512 "${disk[1]}" 28 00 00 02 00 00 00 00 01 00
run_err "Illegal Request" "so has an opcode that the daemon does not know" \
	sg_raw "${disk[1]}" c1 00 00 00 00 00

# --- LUNs come and go -------------------------------------------------------
truncate -s 100M $dir/4
run_ok "a LUN is added while others are in use" \
	adm logicalunit new --tid 1 --lun 4 --backing-store $dir/4
echo "- - -" > "/sys/class/scsi_host/host$HOST/scan"
ring_disk "$HOST" 4
run_ok "it holds data" fill "$NODE" 100 200000000
same_ok "which is in its file" "$NODE" $dir/4
run_ok "and it is taken away" adm logicalunit delete --tid 1 --lun 4
run_err "" "reading it is an error" timeout 60 dd "if=$NODE" of=/dev/null bs=4k count=1 \
	iflag=direct
run_ok "LUN 1 works on" dd "if=${disk[1]}" of=/dev/null bs=1M iflag=direct status=none

# --- down -------------------------------------------------------------------
# tgtadm 0.9.0 crashes where it is to tell this error
adm target unbind --tid 1 --host "$RING_HOST" > "$TAP_OUT" 2>&1
is_not $? 0 "no unbinding while the initiator is there"
run_ok "the target goes" tgtctl target delete loop:t
run_ok "tgtd deletes its side" adm target delete --tid 1 || tgtd_log
tgtd_alive
ok_if $? "tgtd lives"
