#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 200,000 mutated netlink messages.
# timeout: 2400
export TGT_FUZZ=${TGT_FUZZ:-200000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_nl_04"
