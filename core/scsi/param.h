/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one reader of parameter lists: big endian, bounds-checked. What is read beyond the end
 * is 0 and is remembered, so that a parser may read a whole structure and ask once.
 */
#ifndef _TGTCORE_PARAM_H
#define _TGTCORE_PARAM_H

#include <linux/types.h>

struct tgt_par {
	const u8	*buf;
	u32		len;
	u32		at;
	bool		bad;
};

static inline void tgt_par_init(struct tgt_par *p, const void *buf, u32 len)
{
	p->buf = buf;
	p->len = len;
	p->at = 0;
	p->bad = false;
}

static inline u32 tgt_par_left(const struct tgt_par *p)
{
	return p->len - p->at;
}

/* The next @n bytes, or NULL if there are fewer: then none is left. */
static inline const u8 *tgt_par_bytes(struct tgt_par *p, u32 n)
{
	const u8 *b = p->buf + p->at;

	if (n > tgt_par_left(p)) {
		p->at = p->len;
		p->bad = true;
		return NULL;
	}
	p->at += n;
	return b;
}

static inline void tgt_par_skip(struct tgt_par *p, u32 n)
{
	tgt_par_bytes(p, n);
}

static inline u8 tgt_par_u8(struct tgt_par *p)
{
	const u8 *b = tgt_par_bytes(p, 1);

	return b ? *b : 0;
}

static inline u16 tgt_par_u16(struct tgt_par *p)
{
	const u8 *b = tgt_par_bytes(p, 2);

	return b ? b[0] << 8 | b[1] : 0;
}

static inline u32 tgt_par_u32(struct tgt_par *p)
{
	const u8 *b = tgt_par_bytes(p, 4);

	return b ? (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3] : 0;
}

static inline u64 tgt_par_u64(struct tgt_par *p)
{
	const u8 *b = tgt_par_bytes(p, 8);
	u64 v = 0;
	int i;

	for (i = 0; b && i < 8; i++)
		v = v << 8 | b[i];
	return v;
}

/* A cursor of its own over the next @n bytes of @p; an empty one, and both bad, if too few. */
static inline void tgt_par_sub(struct tgt_par *p, u32 n, struct tgt_par *sub)
{
	const u8 *b = tgt_par_bytes(p, n);

	tgt_par_init(sub, b, b ? n : 0);
	sub->bad = !b;
}

#endif
