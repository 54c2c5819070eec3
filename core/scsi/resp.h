/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one writer of response bodies: big endian, bounded. What does not fit is counted but
 * not stored, so that a length field can always tell the whole length.
 */
#ifndef _TGTCORE_RESP_H
#define _TGTCORE_RESP_H

#include <linux/string.h>
#include <linux/types.h>

struct tgt_resp {
	u8	*buf;
	u32	size;
	u32	len;
};

static inline void tgt_resp_init(struct tgt_resp *r, u8 *buf, u32 size)
{
	memset(buf, 0, size);
	r->buf = buf;
	r->size = size;
	r->len = 0;
}

static inline void tgt_resp_u8(struct tgt_resp *r, u8 v)
{
	if (r->len < r->size)
		r->buf[r->len] = v;
	r->len++;
}

static inline void tgt_resp_u16(struct tgt_resp *r, u16 v)
{
	tgt_resp_u8(r, v >> 8);
	tgt_resp_u8(r, v & 0xff);
}

static inline void tgt_resp_u32(struct tgt_resp *r, u32 v)
{
	tgt_resp_u16(r, v >> 16);
	tgt_resp_u16(r, v & 0xffff);
}

static inline void tgt_resp_u64(struct tgt_resp *r, u64 v)
{
	tgt_resp_u32(r, v >> 32);
	tgt_resp_u32(r, v & 0xffffffff);
}

static inline void tgt_resp_zero(struct tgt_resp *r, u32 n)
{
	while (n--)
		tgt_resp_u8(r, 0);
}

static inline void tgt_resp_bytes(struct tgt_resp *r, const void *p, u32 n)
{
	const u8 *b = p;

	while (n--)
		tgt_resp_u8(r, *b++);
}

/* @text, cut or padded with spaces to @n bytes (SPC-5 4.3.1: left-aligned ASCII) */
static inline void tgt_resp_text(struct tgt_resp *r, const char *text, u32 n)
{
	while (n--)
		tgt_resp_u8(r, *text ? *text++ : ' ');
}

/* Goes back and stores a length at @at. */
static inline void tgt_resp_patch16(struct tgt_resp *r, u32 at, u16 v)
{
	if (r->size >= 2 && at <= r->size - 2) {
		r->buf[at] = v >> 8;
		r->buf[at + 1] = v & 0xff;
	}
}

static inline void tgt_resp_patch8(struct tgt_resp *r, u32 at, u8 v)
{
	if (at < r->size)
		r->buf[at] = v;
}

#endif
