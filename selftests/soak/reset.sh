#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: resets of a logical unit under load, 200 times.
# timeout: 1200
export TGT_ROUNDS=${TGT_ROUNDS:-200}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_loop_05.sh"
