#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: everything taken away, from under a file system too, 10 times.
# timeout: 3900
export TGT_ROUNDS=${TGT_ROUNDS:-10}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_teardown_01.sh"
