/* SPDX-License-Identifier: GPL-2.0 */
/* Backend "blk": how atomic writes of a disk are told to initiators. Pure. */
#ifndef _TGTCORE_BLK_ATOMIC_H
#define _TGTCORE_BLK_ATOMIC_H

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * blk_atomic_fit() - the atomic writes that are possible wherever VPD page B0h allows one
 * @min: what an atomic write is a multiple of, and begins at
 * @max: longest one, a power of two
 * @border: multiples of this, from the beginning of the disk on, are not crossed; or 0
 * @start: byte of the disk where what is served begins
 * @block: logical block size that it is served with
 * @phys: physical block size: the block layer may split at its multiples
 * @gran: set to what place and length have to be multiples of
 *
 * The page knows no border, so with one there is one length only, each at its own multiple.
 *
 * Return: bytes of the longest, or 0: there are none.
 */
static inline u32 blk_atomic_fit(u32 min, u32 max, u64 border, u64 start, u32 block, u32 phys,
				 u32 *gran)
{
	if (border && max)
		max = min_t(u64, max, 1ULL << __ffs64(border | start));
	*gran = border ? max : min(max, max3(min, block, phys));
	if (!max || max < min || max < block || start & (*gran - 1))
		*gran = max = 0;
	return max;
}

#endif
