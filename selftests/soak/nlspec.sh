#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 200,000 netlink requests made of the spec, as it permits them and as it does not.
# timeout: 3600
export TGT_FUZZ=${TGT_FUZZ:-200000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_nl_05"
