#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: today's user-space tgtd passes a disk of ours on over iSCSI, through its
# /dev/sg (bstype sg): a fabric in user space, a device in the kernel. This test will log in
# on the loopback interface with libiscsi and with Linux's initiator, and check that identity,
# data both ways, errors and a new size come through, and that a device that goes is an error.
# timeout: 400
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../../abi-tests/tgtd/lib.sh"
TGTD=/usr/sbin/tgtd TGTADM=/usr/sbin/tgtadm TGT_LLD=iscsi
plan 28
need_program "$TGTD" "$TGTADM" iscsi-ls iscsi-inq iscsi-readcapacity16 iscsi-test-cu iscsid \
	iscsiadm sg_raw sg_vpd fio mkfs.ext4

iqn=iqn.2001-04.org.example:pass-through
portal=127.0.0.1
url=iscsi://$portal/$iqn

loop_target t
device d serial=SN-PASS backend=ram size=32M
lun t 0 d
local_disk=$NODE
device d4k backend=ram size=32M block-size=4096
lun t 1 d4k
disk_4k=$NODE sg_4k=$SG
sg=$(echo "/sys/block/${local_disk##*/}/device/scsi_generic/"*)
sg=/dev/${sg##*/}

ip link set lo up || bail "no loopback interface"
tgtd_start
adm_must target new --tid 1 -T "$iqn"
n=1
for node in "$sg" "$sg_4k"; do
	run_ok "tgtd takes $node" adm logicalunit new --tid 1 --lun $n \
		--device-type=pt --bstype=sg --backing-store="$node" || tgtd_log
	n=$((n + 1))
done
adm_must target bind --tid 1 -I ALL

# --- libiscsi, which shows what it got as it came ---------------------------
like "$(iscsi-ls -s "iscsi://$portal")" "Lun:1 .*DIRECT_ACCESS" "iscsi-ls finds the disk"
run_ok "INQUIRY" iscsi-inq "$url/1"
like "$(< "$TAP_OUT")" "Vendor:TGTCORE" "it is our vendor"
like "$(< "$TAP_OUT")" "Product:d " "it is our device's name"
like "$(iscsi-inq -e 1 -c 128 "$url/1")" "SN-PASS" "our serial number"
like "$(iscsi-readcapacity16 "$url/1")" "Total size:33554432" "our capacity"
like "$(iscsi-readcapacity16 "$url/2")" "LENGTH IN BYTES:4096" "our block size"

# The tool prints "NAME Total Ran Passed Failed Inactive" of suites and tests.
suite_ok() # SUITE
{
	local total passed failed

	timeout 120 iscsi-test-cu --dataloss --normal "--test=SCSI.$1" "$url/1" > "$TAP_OUT" 2>&1
	read -r total passed failed < <(
		sed -nE 's/^ *tests +([0-9]+) +[0-9]+ +([0-9]+) +([0-9]+).*/\1 \2 \3/p' "$TAP_OUT")
	if [ "${failed:-x}" = 0 ] && [ "${total:-0}" != 0 ] && [ "$passed" = "$total" ]; then
		ok "libiscsi's $1 ($total tests)"
	else
		not_ok "libiscsi's $1" || :
		diag < "$TAP_OUT"
	fi
}
for s in Inquiry Write10; do
	suite_ok $s
done

# --- Linux's own initiator --------------------------------------------------
modprobe iscsi_tcp || bail "modprobe iscsi_tcp"
mkdir -p /run/lock/iscsi
conf=$(mktemp -d "${TMPDIR:-/tmp}/iscsid.XXXXXX")
defer rm -rf "$conf"
echo "InitiatorName=iqn.2001-04.org.example:initiator" > "$conf/name"
# an error must come back as one, and soon
cat > "$conf/conf" <<-END
	node.startup = manual
	node.session.timeo.replacement_timeout = 5
END
# it ends its whole process group when it is told to end
setsid iscsid -f -c "$conf/conf" -i "$conf/name" > "$conf/log" 2>&1 &
iscsid=$!
defer quietly wait $iscsid
defer kill $iscsid

# Of the session's disks the one with this LUN, once it has its node.
remote_disk() # LUN
{
	local d

	for d in /sys/class/iscsi_session/session*/device/target*/*:*:*:"$1"/block/*; do
		[ -b "/dev/${d##*/}" ] && [ "$(< "$d/size")" != 0 ] && echo "/dev/${d##*/}" && return
	done
	return 1
}

discover()
{
	iscsiadm -m discovery -t st -p $portal
}
wait_for 20 discover || { diag < "$conf/log"; bail "iscsid finds no target"; }
defer quietly iscsiadm -m node -o delete
run_ok "Linux logs in" iscsiadm -m node -T "$iqn" -p $portal --login ||
	bail "$(< "$conf/log")"
defer quietly iscsiadm -m node -T "$iqn" -p $portal --logout
if ! wait_for 30 remote_disk 1 || ! wait_for 30 remote_disk 2; then
	bail "the disks do not appear"
fi
iscsi_awake
disk=$(remote_disk 1)
remote_4k=$(remote_disk 2)
is "$(sg_vpd -p di_lu -q "$disk")" "$(sg_vpd -p di_lu -q "$local_disk")" \
	"the same designators here and there"

same() # DISK DISK
{
	cmp <(dd "if=$1" bs=1M iflag=direct status=none) \
		<(dd "if=$2" bs=1M iflag=direct status=none)
}

# The loop disk and the iSCSI disk are one: direct I/O, as neither knows of the other. No
# sector is like another, nor like what was there.
begin=100000000
fill() # DISK
{
	begin=$((begin + 10000001))
	seq $begin 999999999 | dd "of=$1" bs=1M count=32 iflag=fullblock oflag=direct status=none
}
run_ok "32 MiB written over iSCSI" fill "$disk"
run_ok "are what the loop disk has" same "$local_disk" "$disk"
run_ok "32 MiB written on the loop disk" fill "$local_disk"
run_ok "are what the iSCSI disk has" same "$disk" "$local_disk"
run_ok "32 MiB written over iSCSI, blocks of 4096" fill "$remote_4k"
run_ok "are what the loop disk has" same "$disk_4k" "$remote_4k"

seconds=${TGT_SECONDS:-10}
run_ok "$seconds s of random writes at depth 32 verify" \
	fio --name=v "--filename=$disk" --rw=randrw --bssplit=4k/70:32k/20:128k/10 --size=32m \
	--direct=1 --ioengine=libaio --iodepth=32 --verify=crc32c --verify_backlog=256 \
	--verify_fatal=1 --verify_dump=0 --time_based "--runtime=$seconds"

mnt=$(mktemp -d)
defer rmdir "$mnt"
if ! mkfs.ext4 -q -F "$disk" || ! mount "$disk" "$mnt"; then
	bail "no file system on $disk"
fi
cp -r "$TGT_ROOT"/{core,selftests,docs} "$mnt"
sums=$(cd "$mnt" && find . -type f -exec sha256sum {} +)
umount "$mnt"
run_ok "the loop disk has a clean file system" e2fsck -fn "$local_disk"
mount -o ro "$local_disk" "$mnt"
run_ok "and every file of it" env -C "$mnt" sha256sum -c --quiet <<< "$sums"
umount "$mnt"

# --- what is not GOOD -------------------------------------------------------
# READ(10) of the block behind the last
run_err "Logical block address out of range" "an error comes with its sense data" \
	sg_raw -r 512 "$disk" 28 00 00 01 00 00 00 00 01 00
run_ok "the device grows" tgtctl device set d size=48M
echo 1 > "/sys/block/${disk##*/}/device/rescan"
is "$(blockdev --getsize64 "$disk")" $((48 << 20)) "and Linux on the other side sees it"

run_ok "the LUN goes" tgtctl lun delete loop:t 0
run_err "" "a read is an error" timeout 30 dd "if=$disk" bs=4k count=1 iflag=direct
run_ok "the other disk works on" dd "if=$remote_4k" of=/dev/null bs=1M count=32 iflag=direct
