#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: ways of a daemon with sizes, memory and bells; this test will grow devices with and
# without a daemon's word, answer in pieces, from a pool of the kernel's, by io_uring and without
# sleep, and save and restore what was set.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 37
need_program fio sg_raw
be_target

plain() # NAME OPTION...
{
	tgtctl device create "$1" backend=user "${@:2}" > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
	defer be_delete "$1"
}
tur()
{
	sense_of "$NODE" -- 00 00 00 00 00 00
}
bytes()
{
	field size device "$1"
}

# --- sizes
f=/tmp/user.file
defer rm -f $f
user_disk g userfile $f size=32M
run_ok "a daemon is asked to grow" tgtctl device set g size=40M
is "$(stat -c %s $f) $(bytes g)" "$((40 << 20)) $((40 << 20))" "its file has grown, then the device"
is "$(tur)" 6/2a/09 "CAPACITY DATA HAS CHANGED is told"
is "$(tur)" good "once"
run_err "less than the present" "no device shrinks" tgtctl device set g size=8M
is "$(sense_of "$NODE" -s 512 -i /dev/zero -- 2a 00 00 01 3f ff 00 00 01 00)" good \
	"its last block is written"
tgtctl device set g timeout=1 > /dev/null
kill -STOP "$DAEMON"
run_err "does not answer" "one that hangs" tgtctl device set g size=48M
kill -CONT "$DAEMON"
is "$(bytes g)" $((40 << 20)) "has no other size then"
wait_for 5 eval '[ "$(stat -c %s $f)" != $((40 << 20)) ]' || :
tgtctl device set g timeout=60 > /dev/null
run_ok "nor is that in the way later" tgtctl device set g size=48M
kill -STOP "$DAEMON"
tgtctl device set g size=56M > /tmp/user.set 2>&1 &
setter=$!
wait_for 10 eval 'tgtctl device show g --blocked | grep -q resizing'
daemon_gone "$DAEMON"
wait $setter
is "$(grep -c "has gone" /tmp/user.set) $(bytes g)" "1 $((48 << 20))" "one that dies over it"
run_ok "without a daemon nobody is asked" tgtctl device set g size=64M
is "$(tur)" 6/2a/09 "initiators are told"
daemon userfile g $f
is "$(stat -c %s $f)" $((64 << 20)) "the next one finds the size"
unserve g

plain s size=1M
daemon useract s grow $((2 << 20))
wait_for 5 eval '[ "$(bytes s)" = $((2 << 20)) ]'
is "$(bytes s)" $((2 << 20)) "a daemon says that it has grown"
run_err "refuses" "one that cannot when asked" tgtctl device set s size=4M
unserve s
is "$(daemon_rc s)" 0 "and what it may not say is refused"
plain s size=1M
useract s stale $((2 << 20)) > "$TAP_OUT" 2>&1
is "$? $(tail -n 1 "$TAP_OUT")" "0 -116" "a size that has changed since INFO: ESTALE, then START"
unserve s

# --- pieces
user_disk p useract pieces size=1M
verify "128 pieces in two regions" "$NODE" --size=1m --io_size=4m --bssplit=512/20:4k/30:20k/20:64k/30
verify "and commands in parts of that" "$NODE" --size=1m --io_size=2m --bssplit=128k/50:1m/50
is "$(user_count p bad) $(user_count p late)" "0 0" "nothing was wrong"
unserve p
plain l size=1M policy=reissue
daemon useract l lists
tgtctl lun create loop:be 21 device=l > "$TAP_OUT" 2>&1 &
wait_for 20 eval '[ "$(user_count l bad)" = 11 ]'
wait $!
cp "$TAP_OUT" /tmp/user.lun
is "$(grep -c . /tmp/l.daemon) $(user_count l bad)" "11 11" "lists that are wrong: $(tr '\n' ';' < /tmp/l.daemon)"
like "$(device_field l info)" "generation 12," "after each of them there is another daemon"
like "$(< /tmp/user.lun)" /dev/sd "and the read has an answer in the end"
unserve l
is "$(daemon_rc l)" 0 "the last is an honest one"

# --- memory of the kernel's
pins=$(pinned_pages)
plain k size=32M
daemon userfile k $f pool
is "$(awk '/VmPin/ { print $2 }' "/proc/$DAEMON/status") $(($(pinned_pages) - pins))" "0 0" \
	"a daemon that pins nothing"
tgtctl lun create loop:be 22 device=k > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
verify "buffers of the kernel's" "$NODE" --io_size=6m
unserve k
is "$(daemon_rc k)" 0 "ends well"

# --- busy, and bells
plain b size=32M
daemon userfile b $f spin
tgtctl lun create loop:be 23 device=b > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
verify "threads that look for commands" "$NODE" --io_size=6m
unserve b
is "$(daemon_rc b)" 0 "see the device go"
user_disk u useract bell size=1M
defer rm -f /tmp/u.daemon
daemon_gone "$DAEMON"
daemon useract u bell 200
run_ok "300 commands" fio --name=b "--filename=$NODE" --rw=randread --bs=4k --direct=1 \
	--ioengine=libaio --iodepth=16 --number_ios=300
wait_for 5 grep -q . /tmp/u.daemon
is "$(cat /tmp/u.daemon)" "200 or more" "answered by way of io_uring"
unserve u

# --- what was set is saved
plain d size=1M policy=hold service=mem
run_ok "policy=fail timeout=5" tgtctl device set d policy=fail timeout=5
like "$(tgtctl device show d --json | tr -d ' \n')" '"policy":"fail".*"timeout":"5"' "is shown"
run_ok "and saved" tgtctl save /tmp/user.json
run_ok "what is there is what was saved" tgtctl restore /tmp/user.json
unserve d
run_ok "restored" tgtctl restore /tmp/user.json
like "$(device_field d info)" "policy fail" "with the policy that was set"
rm -f /tmp/user.json
unserve d
