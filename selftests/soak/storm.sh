#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 24 minutes of a configuration storm with I/O, and writes that must not be lost.
# timeout: 2400
export TGT_SECONDS=${TGT_SECONDS:-1440}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/tests/test_storm_01.sh"
