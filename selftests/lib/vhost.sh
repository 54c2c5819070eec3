# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The recipe for vhost-scsi: a guest of QEMU's, in emulation, whose kernel is booted directly, and whose
# root is a device of ours. Source it after fabric.sh. vhost_root and vhost_initrd make what it boots
# from, vhost_target a target with storage object d at LUN 0, vhost_boot the guest, in $VHOST_DIR all
# that it needs. It does what guest tells it: vhostguest.c.

VHOST_WWN=naa.5001405000000071 VHOST_NEXUS=naa.50014050000000f1
# shellcheck disable=SC2034	# for who sources this
LOOP_WWN=naa.5001405000000072 LOOP_NEXUS=naa.50014050000000f2	# the other initiator, of tcm_loop
VHOST_DIR='' VHOST_DISK='' VHOST_PID='' VHOST_CAT=''

# A kernel of Debian's: the one that runs here, unless that is none of them.
vhost_krel()
{
	local krel

	krel=$(uname -r)
	[ -f "/boot/vmlinuz-$krel" ] || krel=$(find /boot -name 'vmlinuz-6.1.*-amd64' -printf '%f\n' |
		sort -V | sed -n '$s/vmlinuz-//p')
	echo "$krel"
}

# The guest's root: files of the project, what they sum up to, what its load writes, and vhostguest.
# The disk it is on here is in $VHOST_DISK; the last of its MiB are not of the file system.
vhost_root() # DEVICE
{
	local root=$VHOST_DIR/root

	mkdir -p "$root/dev" "$root/tree"
	cp "$TGT_ROOT"/core/*.h "$root/tree"
	cp "$(command -v vhostguest)" "$root/init"
	vhostguest sums "$root/tree" > "$root/sums" || bail "no files"
	vhostguest load "$root/load" || bail "no files"
	loop_target vhost
	lun vhost 0 "$1"
	VHOST_DISK=$NODE
	FABRIC_AT=$(($(blockdev --getsize64 "$VHOST_DISK") / 65536 - 1))
	mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" "$VHOST_DISK" \
		$((FABRIC_AT * 64 - 1024))k || bail "no file system"
	vhost_sector | dd "of=$VHOST_DISK" bs=512 count=1 iflag=fullblock oflag=direct status=none
}

# In front of the file system, what a BIOS starts: it says "= ready" to the serial port, and halts.
vhost_sector()
{
	# xor ax,ax; mov ds,ax; cld; mov dx,0x3f8; mov si,0x7c16
	printf '\x31\xc0\x8e\xd8\xfc\xba\xf8\x03\xbe\x16\x7c'
	# 1: lodsb; or al,al; jz 2f; out dx,al; jmp 1b; 2: hlt; jmp 2b
	printf '\xac\x08\xc0\x74\x03\xee\xeb\xf8\xf4\xeb\xfd'
	printf '= ready\n'
	head -c $((510 - 22 - 8)) /dev/zero
	printf '\x55\xaa'
}

# What is there of the guest's files after it has gone: they are whole, and what it was told that it had
# written is there. 3 checks.
vhost_left_ok() # PASS...
{
	local mnt

	mnt=$(mktemp -d)
	defer rmdir "$mnt"
	blockdev --flushbufs "$VHOST_DISK"
	mount "$VHOST_DISK" "$mnt" || bail "the guest's root is none any more"
	defer quietly umount "$mnt"
	is "$(vhostguest sums "$mnt/tree")" "$(< "$mnt/sums")" "its root's files are whole without it"
	run_ok "and what it had been told is written is there" vhostguest check "$mnt/load" "$*"
	umount "$mnt"
	run_ok "so is the file system" e2fsck -fn "$VHOST_DISK"
}

# The initrd: vhostguest, and the modules that it needs to get to its root.
vhost_initrd()
{
	local top=$VHOST_DIR/initrd.d krel m f n=10

	krel=$(vhost_krel)
	mkdir -p "$top"/{dev,m,root}
	cp "$(command -v vhostguest)" "$top/init"
	for m in virtio_pci virtio_scsi sd_mod crc32c_generic ext4; do
		modprobe -S "$krel" -D "$m" || bail "no module $m"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' > "$VHOST_DIR/modules"
	while read -r f; do
		m=${f##*/}
		case $f in
		*.xz) xz -dc "$f" ;;
		*) cat "$f" ;;
		esac > "$top/m/$n-${m%%.ko*}.ko"
		n=$((n + 1))
	done < "$VHOST_DIR/modules"
	(cd "$top" && find . -mindepth 1 | cpio --quiet -o -H newc) > "$VHOST_DIR/initrd"
}

# A target of LIO's for one guest, with storage object d at LUN 0, in $TPG.
vhost_target()
{
	TPG=$LIO/vhost/$VHOST_WWN/tpgt_1
	mkdir -p "$TPG" || bail "no target port"
	defer quietly vhost_untarget
	echo $VHOST_NEXUS > "$TPG/nexus" || bail "no nexus"
	lio_at "$TPG/lun/lun_0" d || bail "no LUN"
}

# Its LUN goes, and then its nexus, if it is there: not before.
vhost_drop()
{
	lio_unlun "$TPG" || return
	! grep -q . "$TPG/nexus" 2> /dev/null || echo NULL > "$TPG/nexus"
}

vhost_untarget()
{
	vhost_drop && rmdir "$TPG" "${TPG%/*}" "$LIO/vhost"
}

# --- the guest --------------------------------------------------------------------------------
# Its console goes to $VHOST_DIR/console and comes from file descriptor 7.
vhost_qemu() # OPTION...
{
	rm -f "$VHOST_DIR"/tty.*
	mkfifo "$VHOST_DIR/tty.in" "$VHOST_DIR/tty.out"
	: > "$VHOST_DIR/console"
	exec 7<> "$VHOST_DIR/tty.in"
	cat "$VHOST_DIR/tty.out" >> "$VHOST_DIR/console" 7>&- &
	VHOST_CAT=$!
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-machine q35 -m 128 -smp 1 -accel tcg -cpu qemu64,+rdrand \
		-chardev "pipe,id=tty,path=$VHOST_DIR/tty" -serial chardev:tty \
		-device "vhost-scsi-pci,wwpn=$VHOST_WWN,bootindex=1" "$@" \
		7>&- < /dev/null > "$VHOST_DIR/qemu" 2>&1 &
	VHOST_PID=$!
	defer quietly vhost_kill
	wait_for 600 guest_said 0
	grep -q '^= ready' "$VHOST_DIR/console" || bail "no guest: $(cat "$VHOST_DIR"/{qemu,console})"
}

# Its kernel, and with that vhostguest. Unpacked (selftests/vm/prepare), it starts much sooner.
vhost_boot()
{
	local krel kernel

	krel=$(vhost_krel)
	kernel=$TGT_ROOT/build/vm/$krel/vmlinux
	[ -f "$kernel" ] || kernel=/boot/vmlinuz-$krel
	vhost_qemu -kernel "$kernel" -initrd "$VHOST_DIR/initrd" \
		-append "console=ttyS0 loglevel=1 panic=-1 reboot=t,force mitigations=off nokaslr
			audit=0 apparmor=0 random.trust_cpu=on no_timer_check tsc=reliable
			cryptomgr.notests 8250.nr_uarts=1 init_on_alloc=0"
}

# Only what its disk begins with: seconds, where a kernel takes minutes.
vhost_boot_sector()
{
	vhost_qemu
}

guest_gone()
{
	! kill -0 "$VHOST_PID" 2> /dev/null
}

# Its machine loses power.
vhost_kill()
{
	kill -KILL "$VHOST_PID"
	wait "$VHOST_PID"
	kill "$VHOST_CAT"
	wait "$VHOST_CAT"
}

# More than that many answers; or it has gone, and there will be none.
guest_said() # COUNT
{
	[ "$(grep -c '^= ' "$VHOST_DIR/console")" -gt "$1" ] || guest_gone
}

# Has the guest do that; prints how that went.
guest() # STEP...
{
	local n

	n=$(grep -c '^= ' "$VHOST_DIR/console")
	echo "$*" >&7
	wait_for 90 guest_said "$n" || echo "no answer"
	sed -nE 's/\r$//; s/^= //p' "$VHOST_DIR/console" | sed -n "$((n + 1))p"
}

# Of each part of the guest's load, the last pass it told of.
guest_passes()
{
	local i

	for i in 0 1 2 3; do
		sed -n "s/^+$i //p" "$VHOST_DIR/console" | tail -n 1
	done
}

# Each part has come so far.
guest_passed() # PASS
{
	local n=0 pass

	for pass in $(guest_passes); do
		[ "$pass" -lt "$1" ] || n=$((n + 1))
	done
	[ $n = 4 ]
}

# --- two initiators ---------------------------------------------------------------------------
# The guest writes at the end of the disk; "ok", or what that ended with.
vhost_write() # LETTER
{
	guest write $((FABRIC_AT * 128)) "$1"
}

# What waits for a nexus to be told of is told.
vhost_turs()
{
	local i

	for i in 1 2 3; do
		quietly guest scsi 000000000000
	done
	quietly sg_turs -n 3 "$SG"
}

# 12 checks: the guest and the other initiator, whose disk is in $NODE and $SG, at one reservation.
vhost_two_ok()
{
	local tids holder won conflict="status 18 host 00 sense 0/00/00"

	vhost_turs
	quietly guest mount r
	is "$(guest pr 0 0 111)" ok "the guest registers"
	run_ok "the other registers" fabric_pr "$SG" --out -G -S 0x222
	tids=$(tgtctl pr show d --json | jq -r '.[0].registrants[]."transport-id"')
	like "$tids" "${VHOST_NEXUS#naa.}" "the guest is who it is"
	like "$tids" "${LOOP_NEXUS#naa.}" "so is the other"
	is "$(guest pr 1 111)" ok "the guest reserves"
	run_err "" "the other does not write" fabric_write "$NODE" x
	run_ok "the other preempts" fabric_pr "$SG" --out -P -K 0x222 -S 0x111 -T 1
	quietly guest scsi 000000000000
	is "$(vhost_write x)" "$conflict" "the guest writes no more"
	won=$(fabric_contend "$NODE" "$SG" 0x222 0x111 2 &
	      guest contend 111 222 $((FABRIC_AT * 128)) 1; wait)
	diag "how often they had it: ${won/$'\n'/, }"
	vhost_turs
	holder=$(tgtctl pr show d --json | jq -r '.[0].registrants[] | select(.holder) | .key')
	like "$holder" "^0*(111|222)\$" "after a fight one has it"
	like "$(fabric_read "$NODE" | tr -s 12)" "^[12]\$" "no write of theirs is half there"
	if [ "${holder%222}" = "$holder" ]; then
		is "$(vhost_write x)" ok "who has it, the guest, does write"
	else
		is "$(vhost_write x)" "$conflict" "who has it not, the guest, does not write"
	fi
	run_ok "all is cleared" vhost_clear
	vhost_turs
	quietly guest mount w
}

vhost_clear()
{
	quietly fabric_pr "$SG" --out -I -S 0x222
	fabric_pr "$SG" --out -C -K 0x222
}
