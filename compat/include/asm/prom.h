/* SPDX-License-Identifier: GPL-2.0 */
/* Today's header, where there is one, and the device tree's functions that came with it. */
#include <linux/of.h>
#if defined(CONFIG_PPC) || defined(CONFIG_X86)
#include_next <asm/prom.h>
#endif
