/* SPDX-License-Identifier: GPL-2.0 */
/* Words of the kernel's, for user space. */
#ifndef TGTCTL_TYPES_H
#define TGTCTL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define __printf(fmt, args)	__attribute__((__format__(printf, fmt, args)))
#define fallthrough		__attribute__((fallthrough))

#endif
