#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: ten million answers of hostile daemons of user devices.
# kernel: 6.1
# timeout: 28800
export TGT_FUZZ=${TGT_FUZZ:-10000000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_user_03.sh"
