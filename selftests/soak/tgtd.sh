#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the tests with a real tgtd, given by TGTD and TGTADM: a minute of load, 200
# resets, and 100 kills under load.
# timeout: 7200
export TGT_SECONDS=${TGT_SECONDS:-60} TGT_ROUNDS=${TGT_ROUNDS:-100}
tests=$(dirname "$(readlink -f "$0")")/../tests
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" "$tests"/test_tgtd_0[1-4].sh
