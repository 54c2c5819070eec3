#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the tests of the engine and of the rings in which things happen at the same
# time, under KCSAN; a race with an access of ours in it fails this.
# kernel: kcsan
# timeout: 3600
here=$(dirname "$(readlink -f "$0")")
tests=()
while read -r t; do
	if [ -f "$here/../tests/test_$t.sh" ]; then
		tests+=("$here/../tests/test_$t.sh")
	else
		tests+=("$TGT_ROOT/build/tests/test_$t")
	fi
done < "$here/../vm/kernel/kcsan.tests"
exec "$here/../vm/suite" "${tests[@]}"
