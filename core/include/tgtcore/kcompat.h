/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels we build for (6.1 and 6.12). The only file that may
 * test a version; where a header can be probed, that is done instead.
 */
#ifndef _TGTCORE_KCOMPAT_H
#define _TGTCORE_KCOMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "tgtcore needs Linux 6.1 or later"
#endif

/* moved in 6.12 */
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif
