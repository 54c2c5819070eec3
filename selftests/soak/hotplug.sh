#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 300 LUNs that come and go beside a disk under load.
# timeout: 3300
export TGT_ROUNDS=${TGT_ROUNDS:-100}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_loop_02.sh"
