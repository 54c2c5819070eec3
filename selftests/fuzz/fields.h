/* SPDX-License-Identifier: GPL-2.0 */
/* What stands at an offset of a message, for fuzzers of codecs. Include it after the codec. */
#ifndef SELFTESTS_FIELDS_H
#define SELFTESTS_FIELDS_H

/* A field of @n bytes at @at, in the machine's order. */
static inline u64 field(const void *p, unsigned int at, unsigned int n)
{
	u64 v = 0;

	memcpy(&v, (const u8 *)p + at, n);
	return v;
}

static inline bool zero(const void *p, unsigned int from, unsigned int to)
{
	return !memchr_inv((const u8 *)p + from, 0, to - from);
}

#endif
