#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: ten million commands through the ring from two CPUs.
# timeout: 7200
export TGT_EVENTS=${TGT_EVENTS:-10000000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_stgt_09.sh"
