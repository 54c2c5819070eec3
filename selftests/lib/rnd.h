/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers for tests: splitmix64, the same sequence everywhere for a seed. */
#ifndef _SELFTESTS_RND_H
#define _SELFTESTS_RND_H

#include <linux/types.h>

static __u64 rng;	/* the seed, and what became of it */

static inline __u64 rnd64(void)
{
	__u64 z = (rng += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* 0 to @n - 1 */
static inline __u32 rnd(__u32 n)
{
	return (__u32)(rnd64() >> 32) % n;
}

#endif
