#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 10^5 random CDBs of all opcodes by probe, one by one and many at once.
# timeout: 3600
export TGT_FUZZ=${TGT_FUZZ:-100000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_fuzz_01"
