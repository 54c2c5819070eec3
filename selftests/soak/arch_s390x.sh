#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the ABI suites, and some of the engine's, on s390x.
# kernel: s390x
# host: yes
# timeout: 14400
exec "$(dirname "$(readlink -f "$0")")/../vm/arch/check" "$TGT_KERNEL"
