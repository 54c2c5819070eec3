#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under its local fabric tcm_loop; this test will see devices come
# through it with identity, data, sense and residuals as they are, commands aborted and reset, two
# initiators fight over a reservation, sessions end when LIO's have, and all of it go in every order
# while another backstore of LIO's works on.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
plan 62
need_program fio sg_raw sg_reset sg_persist sg_vpd jq mkfs.ext4

one=naa.5001405000000001 two=naa.5001405000000002		# ports
from_one=naa.5001405000000101 from_two=naa.5001405000000102	# initiators

device r backend=ram size=64M serial=LIO-1
device d backend=fault lower=r serial=LIO-2
lio_load
defer quietly lio_unstore_all

# Another backstore of LIO's, which has nothing to do with us.
lio_ramdisk 4096
lio_loop naa.5001405000000009 naa.5001405000000109
lio_lun naa.5001405000000009 0 rd_mcp_0/other
other=$NODE
data=$(mktemp)
defer rm -f "$data"
head -c 4M /dev/urandom > "$data"
dd if="$data" of="$other" bs=1M oflag=direct status=none || bail "LIO's own disk does not work"
other_works()
{
	cmp <(dd if="$other" bs=1M count=4 iflag=direct status=none) "$data"
}

# --- storage objects --------------------------------------------------------------------------
run_err "" "a device that is not there" lio_store x nix
quietly rmdir "$LIO/core/tgtcore_0/x"
run_ok "a device is a storage object" lio_store d d
run_err "busy" "of one only" lio_store e d
quietly rmdir "$LIO/core/tgtcore_0/e"
run_err "busy" "and of that device" eval 'echo device=r > "$LIO/core/tgtcore_0/d/control"'
is "$(< "$LIO/core/tgtcore_0/d/info" grep -c device=d)" 1 "LIO tells of which"
run_err "is LIO's storage object tgtcore_0/d" "it cannot be deleted" tgtctl device delete d
run_err "in use" "nor can the module go" modprobe -r tgtcore_lio
is "$(lio_sessions .initiator)" "" "there is no session before there is a command"

# --- a disk ------------------------------------------------------------------------------------
lio_loop $one $from_one
lio_lun $one 3 d
disk=$NODE sg=$SG
is "$(lio_sessions '.initiator + " " + .target')" \
	"$from_one loopback.$one.1" "the nexus has the names LIO has"
run_err "tells initiators of LUNs itself" "it has no access groups" \
	tgtctl group create lio:loopback.$one.1 g
like "$(sg_inq "$sg")" "TGTCORE" "INQUIRY is the engine's"
like "$(sg_vpd -p sn "$sg")" "LIO-2" "with the device's serial number"
is "$(blockdev --getsize64 "$disk")" $((64 << 20)) "and size"
like "$(sg_luns "$sg")" "0003" "REPORT LUNS is LIO's"
loop_target l
lun l 0 d
is "$(sg_vpd -p di_lu -q "$disk")" "$(sg_vpd -p di_lu -q "$NODE")" "one logical unit, here and there"
near=$NODE near_sg=$SG

fill() # DISK LETTER
{
	tr '\0' "$2" < /dev/zero | dd of="$1" bs=1M count=8 oflag=direct iflag=fullblock status=none
}
run_ok "what is written here" fill "$disk" x
is "$(dd if="$near" bs=1M count=8 iflag=direct status=none | tr -d x | wc -c)" 0 "is read there"
file_tree_ok "$disk" "$near"
run_ok "random writes at depth 32 verify" fio_verify "$disk" "${TGT_SECONDS:-2}"

# --- sense and residuals ----------------------------------------------------------------------
run_err "Logical block address out of range" "sense of a block too far" \
	sg_raw -r 512 "$sg" 28 00 00 02 00 00 00 00 01 00
run_err "Unrecovered read error" "sense of the medium" eval \
	'tgtctl device set d rule=error,op=read,count=1 && sg_raw -r 512 "$sg" 28 00 00 00 00 00 00 00 01 00'
tgtctl device set d rules=clear > /dev/null
like "$(sg_raw -r 4096 "$sg" 12 00 00 00 24 00 2>&1)" "Received 36 bytes" "an underflow of a read"
like "$(sg_raw -r 4096 "$sg" 28 00 00 00 00 00 00 00 01 00 2>&1)" "Received 512 bytes" "of a medium"
run_ok "data that is more than a write takes" \
	sg_raw -s 1024 -i "$data" "$sg" 2a 00 00 00 00 08 00 00 01 00
like "$(sg_raw -r 4096 "$sg" 28 00 00 00 00 00 00 00 00 00 2>&1)" "Good" "a read of nothing"

# --- abort and reset --------------------------------------------------------------------------
trace=/sys/kernel/tracing
aborted() # how many commands the engine has been told to end
{
	grep -c tgt_cmd_abort: $trace/trace
}
echo > $trace/trace
echo 1 > $trace/events/tgtcore/tgt_cmd_abort/enable
defer eval "echo 0 > $trace/events/tgtcore/tgt_cmd_abort/enable"
in_flight()
{
	tgtctl device show d | grep -q "^held  *1"
}
tgtctl device set d rule=delay,ms=2500,op=read,count=1 > /dev/null
timeout -k 1 60 sg_raw -t 1 -r 512 "$sg" 28 00 00 00 00 00 00 00 01 00 > /dev/null 2>&1 &
pid=$!
wait_for 10 in_flight || bail "nothing is held"
wait $pid
is_not $? 0 "a command that takes too long ends with its abort"
is "$(aborted)" 1 "which the engine was told of"
tgtctl device set d rules=clear rule=delay,ms=15000,op=read,count=1 > /dev/null
timeout -k 1 60 sg_raw -t 60 -r 512 "$near_sg" 28 00 00 00 00 00 00 00 01 00 > /dev/null 2>&1 &
pid=$!
wait_for 10 in_flight || bail "nothing is held"
run_ok "a LOGICAL UNIT RESET" timeout 30 sg_reset -d -N "$sg"
wait $pid
is_not $? 0 "ends what others have"
tgtctl device set d rules=clear > /dev/null
turs() # SG; what the next commands say
{
	local i

	for i in 1 2 3; do
		sg_raw "$1" 00 00 00 00 00 00 2>&1 |
			sed -n 's/.*Unit Attention.*/attention/p; s/^SCSI Status: Good.*/good/p'
	done | tr '\n' ' '
}
is "$(turs "$sg")" "attention good good " "one unit attention, here"
is "$(turs "$near_sg")" "attention good good " "and there"
run_ok "writes go on" fill "$disk" y

# --- two initiators, one reservation ------------------------------------------------------------
lio_loop $two $from_two
lio_lun $two 0 d
disk2=$NODE sg2=$SG
pr() # SG OPTION...
{
	sg_persist -n "${@:2}" "$1"
}
quietly pr "$sg2" --in -k
run_ok "one registers" pr "$sg" --out -G -S 0x111
run_ok "two registers" pr "$sg2" --out -G -S 0x222
run_ok "one reserves" pr "$sg" --out -R -K 0x111 -T 1
run_ok "one writes" fill "$disk" z
run_err "" "two does not" fill "$disk2" z
run_err "Conflict" "nor is it to" sg_raw "$sg2" 2a 00 00 00 00 08 00 00 00 00
is "$(tgtctl pr show d --json | jq -r '.[0].registrants[] | .rtpi' | sort -u | wc -l)" 2 "at two ports"
full=$(pr "$sg" --in -s)
like "$full" "SAS address: 0x${from_one#naa.}" "the one is who it is"
like "$full" "SAS address: 0x${from_two#naa.}" "so is the other"
run_ok "two preempts" pr "$sg2" --out -P -K 0x222 -S 0x111 -T 1
quietly pr "$sg" --in -k
run_err "" "one writes no more" fill "$disk" z
run_ok "two does" fill "$disk2" z
run_ok "two clears" pr "$sg2" --out -C -K 0x222

# --- the end --------------------------------------------------------------------------------------
gone() # INITIATOR
{
	! lio_sessions .initiator | grep -q "$1"
}
run_ok "a session of LIO's ends" lio_unloop $two
wait_for 10 gone $from_two
ok_if $? "and with it ours"
is "$(lio_sessions .initiator)" "$from_one" "the other one stays"
run_ok "deleted by force" tgtctl device delete d --force
run_err "" "it is no disk any more" dd "if=$disk" of=/dev/null bs=4k count=1 iflag=direct
device d backend=ram size=64M
run_err "" "and another is not taken for it" dd "if=$disk" of=/dev/null bs=4k count=1 iflag=direct
run_ok "LIO lets go of it" lio_unloop $one
run_ok "and of the storage object" lio_unstore_all
run_ok "which takes the ports along" eval '! tgtctl target show | grep lio:'
run_ok "the module goes" modprobe -r tgtcore_lio
modprobe tgtcore_lio
port=lio:loopback.$one.1
quietly tgtctl target create "$port" rtpi=777
lio_store d d
lio_loop $one $from_one
lio_lun $one 0 d
run_ok "and comes again" fill "$NODE" x
is "$(lio_sessions .target)" "${port#lio:}" "a port of that name that was there is taken"
run_ok "storage objects go before their fabric" eval 'lio_unloop $one && lio_unstore_all'
is "$(field rtpi target "$port")" 777 "a port that was made by hand stays when they do"
wait_for 10 no_session
run_ok "until it is deleted by hand" tgtctl target delete "$port"
run_ok "fabrics of LIO's need not be there" eval \
	'modprobe -r tgtcore_lio && modprobe tgtcore_lio && modprobe -r tgtcore_lio'
run_ok "the other backstore is as it was" other_works
