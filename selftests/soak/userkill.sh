#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 10,000 daemons of user devices that are killed, end, or are followed by others, under
# each policy and QD1 to QD128.
# timeout: 28800
export TGT_ROUNDS=${TGT_ROUNDS:-10000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_user_18.sh"
