#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a daemon killed under I/O 1,000 times.
# timeout: 7200
export TGT_ROUNDS=${TGT_ROUNDS:-1000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_stgt_02.sh"
