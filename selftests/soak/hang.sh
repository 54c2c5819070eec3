#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: all 72 cells of the hang matrix.
# timeout: 3600
# table: docs/hang-matrix.md
export TGT_CELLS=${TGT_CELLS:-all}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/tests/test_hang_01.sh"
