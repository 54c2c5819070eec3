#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the ABI suites, and some of the engine's, on ppc64el.
# kernel: ppc64el
# host: yes
# timeout: 14400
exec "$(dirname "$(readlink -f "$0")")/../vm/arch/check" "$TGT_KERNEL"
