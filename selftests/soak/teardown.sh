#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 100 rounds of everything taken away under I/O.
# timeout: 3600
export TGT_ROUNDS=${TGT_ROUNDS:-100}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_teardown_01.sh"
