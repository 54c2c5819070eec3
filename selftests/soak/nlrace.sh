#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: four processes that change the configuration, and one that dumps it.
# timeout: 700
export TGT_SECONDS=${TGT_SECONDS:-60} TGT_OBJECTS=1000
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$TGT_ROOT/build/tests/test_nl_02"
