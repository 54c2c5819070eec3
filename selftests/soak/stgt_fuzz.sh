#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a million events of hostile daemons.
# timeout: 14400
export TGT_EVENTS=${TGT_EVENTS:-1000000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_stgt_07.sh"
