#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a million random queue elements and IUs for ibmvstgt.
# timeout: 14400
export VIO_FUZZ=${VIO_FUZZ:-1000000}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_ibmvstgt_04"
