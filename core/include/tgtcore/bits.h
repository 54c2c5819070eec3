/* SPDX-License-Identifier: GPL-2.0 */
/* Bits of a sbitmap are given back. */
#ifndef _TGTCORE_BITS_H
#define _TGTCORE_BITS_H

#include <linux/kcsan-checks.h>
#include <linux/sbitmap.h>

/*
 * Gives a bit back. Where the next one is looked for is a hint of each CPU, which the inline half
 * of sbitmap_put() writes without any order: who was moved meanwhile writes another CPU's. No
 * wrong hint does harm, so KCSAN is not to tell of it.
 */
static inline void tgt_bit_put(struct sbitmap *map, unsigned int bit)
{
	kcsan_disable_current();
	sbitmap_put(map, bit);
	kcsan_enable_current();
}

#endif
