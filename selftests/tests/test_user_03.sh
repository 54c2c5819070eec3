#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon that means harm; this test will give the kernel answers that are wrong,
# random, twice at once, or change while they are read, under a load, and see that it is ended
# each time and that an honest daemon serves the device then; the same at level raw. TGT_FUZZ: how
# many answers (1000; a third of that at level raw).
# timeout: 600
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 14
need_program fio
be_target

pins=$(pinned_pages)
user_disk m tgtcore-mem '' size=64M unmap=yes policy=fail timeout=1 queue-limit=32
daemon_gone "$DAEMON"

# Flushes that fail end fio whatever it is told: it begins again.
load()
{
	touch /tmp/user.load
	while [ -e /tmp/user.load ]; do
		fio --name=load "--filename=$NODE" --rw=randrw --bssplit=4k/60:12k/30:64k/10 \
			--direct=1 --ioengine=libaio --iodepth=16 --fdatasync=64 --time_based \
			--runtime=5 --numjobs=2 --size=64M --continue_on_error=all
	done
}
defer rm -f /tmp/user.load
load > /dev/null 2>&1 &
load=$!

# Seconds that so many answers may take; the soak job's many have a limit of its own.
limit() # ANSWERS
{
	echo $((580 + $1 / 1000))
}

seed=${TGT_SEED:-$RANDOM}
diag "TGT_SEED=$seed"
run_ok "hostile answers" timeout "$(limit "${TGT_FUZZ:-1000}")" \
	userfuzz /dev/tgtcore/m "${TGT_FUZZ:-1000}" "$seed"
diag < "$TAP_OUT"
read -r _ _ _ _ started _ fenced _ slept _ taken _ < "$TAP_OUT"
is $((slept > 3)) 1 "a thread of which was woken"
is $((taken > 0)) 1 "others took over $taken times"
is $((started > 3)) 1 "by many daemons"
is $((fenced > 3)) 1 "most of which were ended for it"
is $(($(user_count m bad) >= fenced)) 1 "and counted"
is_not "$(user_count m late)" 0 "so are answers that came late, or twice"
rm -f /tmp/user.load
wait "$load"

be_delete m > /dev/null
is "$(pinned_pages)" "$pins" "no page is pinned any more"
user_disk h tgtcore-mem '' size=32M
verify "an honest daemon serves" "$NODE"
unserve h

# whole commands
tgtctl device create r backend=user-raw policy=fail timeout=1 queue-limit=32 > "$TAP_OUT" 2>&1 ||
	bail "$(< "$TAP_OUT")"
defer be_delete r
daemon userraw r $((64 << 20))
tgtctl lun create loop:be 9 device=r > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
[ -b "$NODE" ] || bail "no node: $(< "$TAP_OUT")"
daemon_gone "$DAEMON"
# Such a daemon makes up sense data; this initiator recovers from nothing.
tgtctl target create probe:r > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
defer tgtctl target delete probe:r --force
tgtctl lun create probe:r 0 device=r > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
userload r > /dev/null 2>&1 &
load=$!
defer daemon_gone $load
n=$((${TGT_FUZZ:-1000} / 3))
n=$((n < 300 ? 300 : n))
run_ok "hostile answers to whole commands" timeout "$(limit $n)" \
	userfuzz /dev/tgtcore/r $n "$seed"
diag < "$TAP_OUT"
read -r _ _ _ _ started _ fenced _ < "$TAP_OUT"
is $((started > 3 && fenced > 3)) 1 "by many daemons, which were ended"
run_ok "the load is still there" kill $load
wait "$load"
daemon userraw r $((64 << 20))
is "$(read_sense "$NODE" > /dev/null; read_sense "$NODE")" good "an honest one serves"
be_delete r > /dev/null
is "$(pinned_pages)" "$pins" "no page is pinned any more"
