#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what the old scsi_tgt was seen to do; this test will replay every recorded
# scenario against scsi_tgt.ko, with strict=1, where all must be the same, and without, where
# only what abi-tests/deviations declares may differ.
# timeout: 300
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 4; }
root=$(readlink -f "$(dirname "$0")/../..")
[ -d "$root/abi-tests/golden" ] || { echo "1..0 # SKIP the traces are not here"; exit 4; }
command -v replay > /dev/null || { echo "1..0 # SKIP replay is not built"; exit 4; }
exec replay --both --tables "$root/abi-tests" "$root/abi-tests/golden"
