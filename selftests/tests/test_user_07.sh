#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon beside the one that serves; this test will take over under a load, from one
# that is frozen, and by passing the open file, and see that nothing is lost, late or reordered,
# that reservations stay, and that who gives up changes nothing. TGT_ROUNDS: take-overs (3).
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 32
need_program fio sg_raw sg_persist
be_target

f=/tmp/user.file
defer rm -f $f
rounds=${TGT_ROUNDS:-3}

# policy=fail: what is not served by one of the two ends in an error
user_disk t userfile $f size=32M policy=fail timeout=20
run_ok "a registration" sg_persist --out --register --param-sark=0x1234 "$NODE"
run_ok "a reservation" sg_persist --out --reserve --param-rk=0x1234 --prout-type=1 "$NODE"
fio_start "$NODE"
for ((i = 0; i < rounds; i++)); do
	old=$DAEMON
	daemon userfile t $f take
	wait_for 10 eval "! kill -0 $old"
done
is "$(kill -0 "$old" 2>&1 | grep -c .)" 1 "the old daemon ends"
fio_stop_ok "taken over $rounds times: no error, no wrong block" "$NODE"
like "$(device_field t info)" "^daemon $DAEMON, generation $((rounds + 1))," "the last one serves"
is "$(user_count t handovers) $(user_count t lost)" "$rounds 0" "$rounds daemons left, none was lost"
is "$(user_count t late) $(user_count t bad) $(user_count t timeouts)" "0 0 0" "nothing was wrong"
like "$(sg_persist --in --read-reservation "$NODE")" 0x1234 "the reservation is there"
is "$(sense_of "$NODE" -- 00 00 00 00 00 00)" good "and nobody hears of it"

# calls
tgtctl device create c backend=user size=1M > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
defer be_delete c
run_ok "what a second may ask for, and what of pools" timeout 60 useract c calls
unserve c

# frozen with a write: it is not reissued around, and cannot come after one that was sent later
block() # NUMBER
{
	head -c 4096 /dev/zero | tr '\0' "$1"
}
put() # BLOCK-NUMBER
{
	block "$1" | dd of="$NODE" bs=4k seek=512 oflag=direct conv=fsync status=none
}
takes()
{
	device_field t info | grep -q "^daemon $DAEMON leaves,"
}
second_daemon()
{
	userfile t $f take > /tmp/t.second 2>&1 &
	second=$!
	defer daemon_gone $second
	wait_for 10 takes
}
run_ok "policy=reissue, a deadline of two seconds" tgtctl device set t policy=reissue timeout=2
is "$(put 1 2>&1)" "" "a write"
kill -STOP "$DAEMON"
put 2 2> /dev/null &
wait_for 10 in_flight "$NODE"
second_daemon
is "$(takes && echo yes)" yes "one that is frozen is asked to leave"
s=$SECONDS
is "$(read_sense "$NODE")" 2/04/03 "a read meanwhile ends at its deadline"
is $((SECONDS - s <= 6)) 1 "in time: $((SECONDS - s)) s"
wait_for 10 eval 'tgtctl device show t --blocked | grep -q fenced'
s=$SECONDS
put 3 2> /dev/null
is "$? $((SECONDS - s <= 2))" "1 1" \
	"after a write's deadline none is executed: it may yet be"
is "$(takes && echo yes) $(user_count t reissued)" "yes 0" "nor by the other one"
kill -CONT "$DAEMON"
wait_for 10 daemon_serves t $second
is "$(daemon_serves t $second && echo yes)" yes "when it goes on, it leaves"
wait_for 10 eval "! kill -0 $DAEMON"
is "$(daemon_rc t)" 0 "and ends well"
DAEMON=$second
is "$(put 4 2>&1)" "" "a write by the next"
blockdev --flushbufs "$NODE"
is "$(dd if="$NODE" bs=4k skip=512 count=1 iflag=direct status=none | tr -dc 4 | wc -c)" 4096 \
	"is what is read: nothing older came after it"
is "$(dd if=$f bs=4k skip=512 count=1 status=none | tr -dc 4 | wc -c)" 4096 "and is in the file"

# who waits gives up
tgtctl device set t timeout=60 > /dev/null
lost=$(user_count t lost)
kill -STOP "$DAEMON"
dd if="$NODE" of=/dev/null bs=4k count=1 iflag=direct 2> /tmp/t.dd &
reader=$!
wait_for 10 in_flight "$NODE"
second_daemon
dd if="$NODE" of=/dev/null bs=4k skip=1 count=1 iflag=direct 2> /dev/null &
later=$!
wait_for 10 eval '[ "$(user_count t held)" = 1 ]'
is "$(user_count t held)" 1 "what comes while one leaves is held"
kill -KILL $second
wait_for 10 daemon_serves t "$DAEMON"
is "$(daemon_serves t "$DAEMON" && echo yes)" yes "the other goes: it stays"
kill -CONT "$DAEMON"
wait $reader
is $? 0 "and answers what it had"
wait $later
is $? 0 "and what was held"
is "$(user_count t lost) $(user_count t reissued)" "$lost 0" "nobody was lost"

# one that is killed while it leaves
kill -STOP "$DAEMON"
put 5 2> /dev/null &
writer=$!
wait_for 10 in_flight "$NODE"
second_daemon
kill -KILL "$DAEMON"
wait $writer
is $? 0 "the leaver is killed: the next has its write"
is "$(daemon_serves t $second && echo yes) $(user_count t reissued)" "yes 1" "reissued"
is "$(user_count t lost)" $((lost + 1)) "and it is lost"
DAEMON=$second
unserve t

# the file is passed on
tgtctl device create p backend=user size=1M policy=fail > "$TAP_OUT" 2>&1 ||
	bail "$(< "$TAP_OUT")"
defer be_delete p
daemon useract p pass 400
child=$(< /tmp/p.daemon)
defer daemon_gone "$child"
tgtctl lun create loop:be 20 device=p > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
verify "before and after the file is passed" "$NODE" --size=1m --io_size=4m --bssplit=4k
wait_for 10 daemon_serves p "$child"
like "$(device_field p info)" "^daemon $child, generation 1, .* lost 0," "it is the same to the device"
unserve p
