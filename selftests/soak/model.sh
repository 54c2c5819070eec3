#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: reservations, target port groups and unit attentions against their models, a million random
# steps each.
# host: yes
# timeout: 3600
set -u
here=$(dirname "$(readlink -f "$0")")
export PR_STEPS=1000000 ALUA_STEPS=1000000 UA_STEPS=1000000
bad=0 n=0
make -s -C "$here/../unit" all || exit 1
echo "TAP version 13"
echo "1..3"
for t in pr alua ua; do
	n=$((n + 1))
	if "$here/../../build/unit/test_$t" > /dev/null; then
		echo "ok $n selftests: model: $t # 1000000 steps"
	else
		echo "not ok $n selftests: model: $t"
		bad=1
	fi
done
exit $bad
