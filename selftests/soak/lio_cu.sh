#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: libiscsi's conformance suites by iSCSI through LIO's target.
# timeout: 1200
exec "$(dirname "$(readlink -f "$0")")/../vm/suite" \
	"$(dirname "$(readlink -f "$0")")/tests/test_lio_cu_01.sh"
