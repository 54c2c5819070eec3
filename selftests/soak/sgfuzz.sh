#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 10^5 random CDBs of all opcodes by SG_IO.
# timeout: 2400
export TGT_FUZZ=${TGT_FUZZ:-100000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_sgfuzz_01"
