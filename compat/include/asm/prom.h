/* SPDX-License-Identifier: GPL-2.0 */
/* Today's header, and the device tree's functions that came with it. */
#include <linux/of.h>
#include_next <asm/prom.h>
