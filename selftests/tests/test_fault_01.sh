#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: backend fault on a disk; this test will try each action, by direction, opcode,
# blocks, count and probability, change rules at run time, release what is held, and see what
# the lower device got; and what a device over another means for both.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
plan 74
need_program fio sg_raw
be_target

t=$(mktemp -d /tmp/fault.XXXXXX)
defer rm -rf "$t"

info()
{
	device_field f info
}

held()
{
	device_field f held
}

rules() # KEY=VALUE...; in place of those there are
{
	tgtctl device set f rules=clear "$@" > "$TAP_OUT" 2>&1 || bail "$* $(< "$TAP_OUT")"
}

# One 512 byte block of a letter, or what is at a block.
put() # NODE BLOCK LETTER
{
	head -c 512 /dev/zero | tr '\0' "$3" |
		dd of="$1" bs=512 seek="$2" count=1 oflag=direct iflag=fullblock status=none
}

get() # NODE BLOCK
{
	dd if="$1" bs=512 skip="$2" count=1 iflag=direct status=none | head -c 1
}

# Sense of a READ (10) or WRITE (10) of one block, without anybody's retries.
read10() # BLOCK
{
	sense_of "$disk" -r 512 -- 28 00 00 00 00 "$(printf %02x "$1")" 00 00 01 00
}

write10() # BLOCK
{
	head -c 512 /dev/zero > "$t/block"
	sense_of "$disk" -s 512 -i "$t/block" -- 2a 00 00 00 00 "$(printf %02x "$1")" 00 00 01 00
}

# --- a device over another -------------------------------------------------------------------

serve d backend=ram size=16M
medium=$NODE
run_err "cannot be over itself" "not over itself" tgtctl device create f backend=fault lower=f
run_err "no device nix" "the lower must be there" tgtctl device create f backend=fault lower=nix
run_err "needs lower=" "and be named" tgtctl device create f backend=fault
run_err "the size is that of device d, 16777216 bytes" "its size is given" \
	tgtctl device create f backend=fault lower=d size=8M
run_err "the block size is that of device d, 512" "and its block size" \
	tgtctl device create f backend=fault lower=d block-size=4096
is "$(device_field d uppers)" - "nothing of all that is left at the lower"
serve f backend=fault lower=d
disk=$NODE
is "$(device_field f size)" "$(device_field d size)" "the size is the lower's"
is "$(device_field d uppers)" f "the lower tells who is over it"
is "$(info)" "over device d" "and the upper what it is over"
run_err "itself over d" "one over the other is enough" tgtctl device create g backend=fault lower=f
tgtctl device create s backend=null size=1M > /dev/null
run_ok "over another lower" tgtctl device create g backend=fault lower=s
run_err "device s is under device g" "the lower stays" tgtctl device delete s
run_ok "unless forced" tgtctl device delete s --force
run_err "no device g" "which takes the upper along" tgtctl device show g
verify "without a rule" "$disk" --size=8m --io_size=4m
run_err "device f is as large as device d: set its size" "growing the upper" \
	tgtctl device set f size=32M
run_ok "growing the lower" tgtctl device set d size=24M
is "$(device_field f size)" "$(device_field d size)" "the upper follows"
sg_raw "$disk" 00 00 00 00 00 00 > /dev/null 2>&1	# takes the unit attention
like "$(sg_raw -r 8 "$disk" 25 00 00 00 00 00 00 00 00 00 2>&1)" "00 00 bf ff" "so does the disk"

# --- rules that are refused -------------------------------------------------------------------

tgtctl device set f rule=error,op=flush,count=1
bad() # TEXT RULE...
{
	run_err "$1" "${*:2}" tgtctl device set f "${@:2}"
}
bad "delay, hang, error, lose or short is expected" rule=explode
bad "needs ms=" rule=delay
bad "'ms=' has no place" rule=hang,ms=5
bad "read, write, flush, unmap or an opcode" rule=hang,op=inquiry
bad "a backend sees only" rule=hang,op=0x12
bad "a block or a range" rule=hang,lba=9-3
bad "number from 0 to 1000" rule=hang,prob=1001
bad "KEY/ASC/ASCQ is expected" rule=error,sense=3/11
bad "busy, reservation-conflict" rule=error,status=bad
bad "'status=' has no place" rule=error,sense=3/11/00,status=busy
bad "not a multiple of the block size 512" rule=short,bytes=100
bad "neither blocks nor a length" rule=hang,op=flush,lba=0
bad "'count' of a rule has no value" rule=hang,count
bad "only rules=clear" rules=none
bad "yes or no" release=maybe
bad "it takes: rule rules release" rule=hang path=/x
many=()
for ((i = 0; i < 16; i++)); do
	many+=(rule=hang)
done
bad "more than 16 rules" "${many[@]}"
bad "delay, hang" rules=clear rule=hang rule=hung
is "$(info)" "over device d; rule 1: error,op=flush,count=1: 0 hits" "nothing of all that was changed"

# --- error: by direction, opcode, blocks, count, probability ---------------------------------

rules rule=error,op=write
is "$(read10 5) $(write10 5)" "good 3/0c/00" "writes fail, reads do not"
rules rule=error,op=read,sense=b/47/03
is "$(read10 5) $(write10 5)" "b/47/03 good" "and with any sense"
rules rule=error,op=0x28,sense=2/04/01 rule=error,op=0x2a,status=busy
is "$(read10 5) $(sense_of "$disk" -r 512 -- 88 00 00 00 00 00 00 00 00 05 00 00 00 01 00 00)" \
	"2/04/01 good" "by opcode"
like "$(info)" "rule 1: .*: 1 hits; rule 2: .*: 0 hits" "hits are counted for each"
rules rule=error,op=read,lba=10-20
is "$(read10 9) $(read10 10) $(read10 20) $(read10 21)" "good 3/11/00 3/11/00 good" "by blocks"
is "$(sense_of "$disk" -r 2048 -- 28 00 00 00 00 08 00 00 04 00)" 3/11/00 "a part of it is enough"
rules rule=error,op=read,count=2
is "$(read10 1) $(read10 1) $(read10 1)" "3/11/00 3/11/00 good" "the first two of them"
rules rule=error,op=read,prob=0 rule=error,op=read,prob=1000,sense=4/44/00,count=1
is "$(read10 1) $(read10 1)" "4/44/00 good" "never, and always"
rules rule=error,op=read,prob=500
seen=
for ((i = 0; i < 20; i++)); do
	seen+=$(read10 1)
done
like "$seen" "(good.*3/11|3/11.*good)" "and at times"
rules rule=error,op=flush
is "$(sense_of "$disk" -- 35 00 00 00 00 00 00 00 00 00) $(write10 1)" "3/0c/00 good" "a flush"
rules
is "$(read10 1) $(write10 1) $(info)" "good good over device d" "no rule, no error"

# --- short -----------------------------------------------------------------------------------

put "$medium" 0 a
put "$medium" 1 b
rules rule=short,op=read,count=1
like "$(sg_raw -r 1024 "$disk" 28 00 00 00 00 00 00 00 02 00 2>&1)" "Received 512 bytes" \
	"half of it is moved"
rules rule=short,op=read,bytes=1024
is "$(dd if="$disk" bs=4096 count=1 iflag=direct status=none | head -c 513)" \
	"$(head -c 512 /dev/zero | tr '\0' a)b" "sd asks for the rest"

# --- delay -----------------------------------------------------------------------------------

rules rule=delay,ms=700,op=read,count=1
start=$(date +%s%N)
run_ok "a delayed read" get "$disk" 0
ok_if $(($(date +%s%N) - start < 700000000)) "took its time"
rules rule=delay,ms=3600000,op=write,count=1
put "$disk" 2 c &
run_ok "an hour's delay" wait_for 10 eval '[[ $(info) == *"1 delayed"* ]]'
run_ok "ends when it is released" tgtctl device set f release=yes
run_ok "and the write is well" wait $!
is "$(get "$medium" 2)" c "and on the medium"

# --- hang --------------------------------------------------------------------------------------

rules rule=hang,op=write,lba=3,count=1
put "$disk" 3 d &
pid=$!
run_ok "a write hangs" wait_for 10 eval '[[ $(info) == *"1 hung"* ]]'
is "$(held) $(get "$medium" 3 | tr -d '\0')" "1 " "it is held, and not on the medium"
is "$(get "$disk" 0)" a "others are not"
run_ok "other rules do not matter to it" tgtctl device set f rules=clear rule=error,op=write
is "$(held)" 1 "as it was hit before"
run_ok "released" tgtctl device set f release=yes
run_ok "the write ends" wait $pid
is "$(held) $(get "$medium" 3)" "0 d" "and is on the medium"

# --- lose --------------------------------------------------------------------------------------

rules rule=lose,op=write,count=1
put "$disk" 4 e &
pid=$!
run_ok "a completion is lost" wait_for 10 eval '[[ $(get "$medium" 4) == e ]]'
like "$(info)" "1 lost" "of a write that was done"
run_ok "rules away, and released at once" tgtctl device set f rules=clear release=yes
run_ok "the write ends" wait $pid

# --- save, and the end -----------------------------------------------------------------------

rules rule=hang,op=0x91
tgtctl save "$t/saved.json"
run_ok "clear takes both away" tgtctl clear
run_ok "restore makes both again" tgtctl restore "$t/saved.json"
is "$(info)" "over device d" "without the rules"
