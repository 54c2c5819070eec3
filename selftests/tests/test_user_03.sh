#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon that means harm; this test will give the kernel answers that are wrong,
# random, twice at once, or change while they are read, under a load, and see that it is ended
# each time and that an honest daemon serves the device then. TGT_FUZZ: how many answers (1000).
# timeout: 600
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 8
need_program fio
be_target

pins=$(pinned_pages)
user_disk m tgtcore-mem '' size=64M unmap=yes policy=fail timeout=1 queue-limit=32
daemon_gone "$DAEMON"

# Flushes that fail end fio whatever it is told: it begins again.
load()
{
	while [ -e /tmp/user.load ]; do
		fio --name=load "--filename=$NODE" --rw=randrw --bssplit=4k/60:12k/30:64k/10 \
			--direct=1 --ioengine=libaio --iodepth=16 --fdatasync=64 --time_based \
			--runtime=5 --numjobs=2 --size=64M --continue_on_error=all
	done
}
touch /tmp/user.load
defer rm -f /tmp/user.load
load > /dev/null 2>&1 &
load=$!

seed=${TGT_SEED:-$RANDOM}
diag "TGT_SEED=$seed"
run_ok "hostile answers" timeout 580 userfuzz /dev/tgtcore/m "${TGT_FUZZ:-1000}" "$seed"
diag < "$TAP_OUT"
read -r _ _ _ _ started _ fenced _ slept _ < "$TAP_OUT"
is $((slept > 3)) 1 "a thread of which was woken"
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
