#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: 100 rounds of resize, lun delete --force, target delete --force and rmmod under
# fio and a load that knows what was acknowledged.
# timeout: 6300
export TGT_ROUNDS=${TGT_ROUNDS:-100}
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/../tests/test_teardown_03.sh"
