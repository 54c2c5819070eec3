#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the ABI suites, and some of the engine's, on arm64.
# kernel: arm64
# host: yes
# timeout: 14400
exec "$(dirname "$(readlink -f "$0")")/../vm/arch/check" "$TGT_KERNEL"
