// SPDX-License-Identifier: GPL-2.0
/*
 * EXTENDED COPY, SPC-5 6.5 and 6.6: parameter lists of both formats, segments, and the sense of
 * a copy that ended early (5.18.7.4). Pure: also built in user space.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>
#include "disk.h"
#include "xcopy.h"

#define TGT_LID1_HEADER		16
#define TGT_LID4_HEADER		48
#define TGT_LID4_FORMAT		0x01
#define TGT_LID4_G_SENSE	0x02
#define TGT_SEG_CAT		0x01
#define TGT_SEG_DC		0x02

/* Length of a segment descriptor, or 0 if it is none of a disk's. */
static u32 tgt_segment_len(u8 type)
{
	switch (type) {
	case TGT_SEG_BLOCK:
		return 28;
	case TGT_SEG_VERIFY:
		return 12;
	case TGT_SEG_OFFSET:
		return 32;
	default:
		return 0;
	}
}

/* ---- parameter list ----------------------------------------------------------------------- */

static bool tgt_xcopy_refuse(struct tgt_copy_sense *s, u8 asc, u8 ascq, u32 field)
{
	s->key = ILLEGAL_REQUEST;
	s->asc = asc;
	s->ascq = ascq;
	s->has_field = asc == 0x26;
	s->field = field;
	return false;
}

/* The lengths of the three parts are good, and the list has them. */
static bool tgt_xcopy_lengths(struct tgt_xcopy *x, struct tgt_copy_sense *s, u32 len, u32 cscds,
			      u64 segments, u32 data, u32 data_at)
{
	if (cscds % TGT_CSCD_LEN || cscds + segments > TGT_COPY_LIST)
		return tgt_xcopy_refuse(s, 0x1a, 0x00, 0);
	if (cscds > TGT_COPY_CSCDS * TGT_CSCD_LEN)
		return tgt_xcopy_refuse(s, 0x26, 0x06, x->cscds);
	if (data)
		return tgt_xcopy_refuse(s, 0x26, 0x0b, data_at);
	if (cscds + segments > len - x->cscds)
		return tgt_xcopy_refuse(s, 0x1a, 0x00, 0);
	x->nr_cscds = cscds / TGT_CSCD_LEN;
	x->segments = x->cscds + cscds;
	return true;
}

static bool tgt_xcopy_cscds(struct tgt_xcopy *x, struct tgt_copy_sense *s)
{
	unsigned int i;
	const u8 *d;
	u32 at;

	for (i = 0; i < x->nr_cscds; i++) {
		at = x->cscds + i * TGT_CSCD_LEN;
		d = x->list + at;
		if (d[0] != TGT_CSCD_IDENT)
			return tgt_xcopy_refuse(s, 0x26, 0x07, at);
		if (d[7] > 20)
			return tgt_xcopy_refuse(s, 0x26, 0x00, at + 7);
	}
	return true;
}

static bool tgt_xcopy_segments(struct tgt_xcopy *x, struct tgt_copy_sense *s, u32 len)
{
	u32 at = x->segments, end = at + len, n;

	for (x->nr_segments = 0; at < end; x->nr_segments++, at += n) {
		const u8 *d = x->list + at;

		if (x->nr_segments == TGT_COPY_SEGMENTS)
			return tgt_xcopy_refuse(s, 0x26, 0x08, at);
		n = tgt_segment_len(d[0]);
		if (!n)
			return tgt_xcopy_refuse(s, 0x26, 0x09, at);
		if (n > end - at)
			return tgt_xcopy_refuse(s, 0x1a, 0x00, 0);
		if (d[1] & ~(TGT_SEG_DC | TGT_SEG_CAT))	/* FCO: nothing is fast */
			return tgt_xcopy_refuse(s, 0x26, 0x00, at + 1);
		if ((d[2] << 8 | d[3]) != n - 4)
			return tgt_xcopy_refuse(s, 0x26, 0x00, at + 2);
	}
	return true;
}

/* 11b: there is no list identifier, so it is 0. */
static bool tgt_xcopy_usage(struct tgt_xcopy *x, struct tgt_copy_sense *s, u8 byte1, u32 id_at)
{
	x->usage = byte1 >> 3 & 3;
	if (x->usage == 1)
		return tgt_xcopy_refuse(s, 0x26, 0x00, 1);
	if (x->usage == TGT_LIST_NONE && x->id)
		return tgt_xcopy_refuse(s, 0x26, 0x00, id_at);
	return true;
}

/* SPC-5 6.6.1 */
static bool tgt_xcopy_lid1(struct tgt_xcopy *x, struct tgt_copy_sense *s, u32 len)
{
	u32 cscds, segments, data;
	struct tgt_par par;
	u8 byte1;

	tgt_par_init(&par, x->list, len);
	x->id = tgt_par_u8(&par);
	byte1 = tgt_par_u8(&par);
	cscds = tgt_par_u16(&par);
	tgt_par_skip(&par, 4);
	segments = tgt_par_u32(&par);
	data = tgt_par_u32(&par);
	if (par.bad)
		return tgt_xcopy_refuse(s, 0x1a, 0x00, 0);
	x->cscds = TGT_LID1_HEADER;
	return tgt_xcopy_usage(x, s, byte1, 0) &&
	       tgt_xcopy_lengths(x, s, len, cscds, segments, data, 12) &&
	       tgt_xcopy_cscds(x, s) && tgt_xcopy_segments(x, s, segments);
}

/* SPC-5 6.5.2. IMMED is taken as a hint: the answer comes when the copy is done. */
static bool tgt_xcopy_lid4(struct tgt_xcopy *x, struct tgt_copy_sense *s, u32 len)
{
	u32 cscds, segments, data;
	const u8 *h = x->list;
	struct tgt_par par;

	if (len < TGT_LID4_HEADER)
		return tgt_xcopy_refuse(s, 0x1a, 0x00, 0);
	if (h[0] != TGT_LID4_FORMAT)
		return tgt_xcopy_refuse(s, 0x26, 0x00, 0);
	if (h[2] || h[3] != 0x20)
		return tgt_xcopy_refuse(s, 0x26, 0x00, 2);
	if (h[15] & TGT_LID4_G_SENSE)
		return tgt_xcopy_refuse(s, 0x26, 0x00, 15);
	if (h[16] != 0xff)
		return tgt_xcopy_refuse(s, 0x26, 0x00, 16);
	tgt_par_init(&par, h, len);
	tgt_par_skip(&par, 20);
	x->id = tgt_par_u32(&par);
	tgt_par_skip(&par, 18);
	cscds = tgt_par_u16(&par);
	segments = tgt_par_u16(&par);
	data = tgt_par_u16(&par);
	x->cscds = TGT_LID4_HEADER;
	return tgt_xcopy_usage(x, s, h[1], 20) &&
	       tgt_xcopy_lengths(x, s, len, cscds, segments, data, 46) &&
	       tgt_xcopy_cscds(x, s) && tgt_xcopy_segments(x, s, segments);
}

/**
 * tgt_xcopy_parse() - look through a parameter list of EXTENDED COPY
 * @x: what it is found to be; points into @list
 * @list: parameter list
 * @len: its bytes
 * @lid4: format: that of EXTENDED COPY (LID4), else (LID1)
 * @s: why it is refused
 *
 * Return: false if it is refused; then nothing has been done.
 */
bool tgt_xcopy_parse(struct tgt_xcopy *x, const u8 *list, u32 len, bool lid4,
		     struct tgt_copy_sense *s)
{
	memset(x, 0, sizeof(*x));
	memset(s, 0, sizeof(*s));
	x->list = list;
	return lid4 ? tgt_xcopy_lid4(x, s, len) : tgt_xcopy_lid1(x, s, len);
}

/* CSCD descriptor @i of a good list; false if there is no such. */
bool tgt_xcopy_cscd(const struct tgt_xcopy *x, unsigned int i, struct tgt_cscd *c)
{
	const u8 *d = x->list + x->cscds + i * TGT_CSCD_LEN;

	if (i >= x->nr_cscds)
		return false;
	*c = (struct tgt_cscd){
		.nul = d[1] & 0x20,
		.type = d[1] & 0x1f,
		.code_set = d[4] & 0x0f,
		.assoc = d[5] >> 4 & 3,
		.id_type = d[5] & 0x0f,
		.len = d[7],
		.id = d + 8,
		.pad = d[28] & 0x04,
		.block = d[29] << 16 | d[30] << 8 | d[31],
	};
	return true;
}

/*
 * Whether a designator is one that VPD page 83h has of the logical unit: NAA, or the T10 vendor
 * identification where its serial number is short enough.
 */
bool tgt_cscd_names(const struct tgt_cscd *c, u64 naa, const char *serial)
{
	size_t len = strlen(serial);
	unsigned int i;

	if (c->assoc)
		return false;
	if (c->code_set == 1 && c->id_type == 3 && c->len == 8) {
		for (i = 0; i < 8; i++, naa <<= 8)
			if (c->id[i] != naa >> 56)
				return false;
		return true;
	}
	return c->code_set == 2 && c->id_type == 1 && c->len == 8 + len &&
	       !memcmp(c->id, TGT_VENDOR " ", 8) && !memcmp(c->id + 8, serial, len);
}

/* The segment descriptor at byte @at of a good list; returns where the next one is. */
u32 tgt_xcopy_segment(const struct tgt_xcopy *x, u32 at, struct tgt_segment *seg)
{
	u32 len = tgt_segment_len(x->list[at]);
	struct tgt_par par;
	u8 flags;

	memset(seg, 0, sizeof(*seg));
	tgt_par_init(&par, x->list + at, len);
	seg->type = tgt_par_u8(&par);
	flags = tgt_par_u8(&par);
	tgt_par_skip(&par, 2);
	seg->src = tgt_par_u16(&par);
	seg->dst = tgt_par_u16(&par);
	seg->cat = flags & TGT_SEG_CAT;
	switch (seg->type) {
	case TGT_SEG_BLOCK:
		seg->dc = flags & TGT_SEG_DC;
		tgt_par_skip(&par, 2);
		seg->n = tgt_par_u16(&par);
		seg->src_lba = tgt_par_u64(&par);
		seg->dst_lba = tgt_par_u64(&par);
		break;
	case TGT_SEG_OFFSET:
		seg->n = tgt_par_u32(&par);
		seg->src_lba = tgt_par_u64(&par);
		seg->dst_lba = tgt_par_u64(&par);
		seg->src_offset = tgt_par_u16(&par);
		seg->dst_offset = tgt_par_u16(&par);
		break;
	case TGT_SEG_VERIFY:
		seg->tur = tgt_par_u8(&par) & 0x01;
		break;
	}
	return at + len;
}

/* ---- segments ------------------------------------------------------------------------------- */

static bool tgt_copy_inside(const struct tgt_copy_end *end, u64 lba, u64 bytes)
{
	return lba <= end->nblocks && bytes <= (end->nblocks - lba) << end->shift;
}

/*
 * SPC-5 6.6.6.3: the number counts blocks of the source, or with DC of the destination. What is
 * missing of the last block of the destination is filled if that has PAD; what is too much of the
 * last block of the source is dropped if that has PAD. With CAT it would go on with the
 * next segment, which is not done.
 */
static enum tgt_copy_fit tgt_copy_blocks(const struct tgt_segment *seg,
					 const struct tgt_copy_end *src,
					 const struct tgt_copy_end *dst,
					 struct tgt_copy_plan *plan)
{
	u64 bytes = (u64)seg->n << (seg->dc ? dst->shift : src->shift);
	u32 src_more = -bytes & ((1U << src->shift) - 1);
	u32 dst_more = -bytes & ((1U << dst->shift) - 1);

	if (bytes > TGT_COPY_BYTES)
		return TGT_COPY_TOO_LONG;
	if (!tgt_copy_inside(src, seg->src_lba, bytes + src_more))
		return TGT_COPY_SRC_RANGE;
	if (!tgt_copy_inside(dst, seg->dst_lba, bytes + dst_more))
		return TGT_COPY_DST_RANGE;
	if ((src_more && (seg->cat || !src->pad)) || (dst_more && (seg->cat || !dst->pad)))
		return TGT_COPY_INEXACT;
	plan->len = bytes;
	plan->fill = dst_more;
	return TGT_COPY_FITS;
}

/* SPC-5 6.6.6.11: bytes; what is beside them in the first and the last block stays. */
static enum tgt_copy_fit tgt_copy_bytes(const struct tgt_segment *seg,
					const struct tgt_copy_end *src,
					const struct tgt_copy_end *dst,
					struct tgt_copy_plan *plan)
{
	if (seg->n > TGT_COPY_BYTES)
		return TGT_COPY_TOO_LONG;
	if (seg->src_offset >> src->shift || seg->dst_offset >> dst->shift)
		return TGT_COPY_BAD_OFFSET;
	if (!tgt_copy_inside(src, seg->src_lba, (u64)seg->src_offset + seg->n))
		return TGT_COPY_SRC_RANGE;
	if (!tgt_copy_inside(dst, seg->dst_lba, (u64)seg->dst_offset + seg->n))
		return TGT_COPY_DST_RANGE;
	plan->len = seg->n;
	plan->fill = 0;
	return TGT_COPY_FITS;
}

/**
 * tgt_copy_plan() - which bytes a segment copies
 * @seg: segment of two block devices
 * @src: source
 * @dst: destination
 * @plan: set if it fits
 *
 * A length of 0 is no error. Return: whether it fits.
 */
enum tgt_copy_fit tgt_copy_plan(const struct tgt_segment *seg, const struct tgt_copy_end *src,
				const struct tgt_copy_end *dst, struct tgt_copy_plan *plan)
{
	enum tgt_copy_fit fit;

	fit = seg->type == TGT_SEG_OFFSET ? tgt_copy_bytes(seg, src, dst, plan) :
					    tgt_copy_blocks(seg, src, dst, plan);
	if (fit)
		return fit;
	plan->from = (seg->src_lba << src->shift) + seg->src_offset;
	plan->to = (seg->dst_lba << dst->shift) + seg->dst_offset;
	return TGT_COPY_FITS;
}

/* ---- sense ---------------------------------------------------------------------------------- */

/* Segment pointer sense key specific data, SPC-5 4.4.2.4.6, or a field pointer (4.4.2.4.2). */
static void tgt_copy_sks(struct tgt_resp *r, const struct tgt_copy_sense *s)
{
	bool aborted = s->key == COPY_ABORTED;

	tgt_resp_u8(r, !s->has_field ? 0 : 0x80 | (aborted && s->in_segment ? 0x20 : 0));
	tgt_resp_u16(r, s->has_field ? s->field : 0);
}

/* Fixed format, with status and sense of who failed behind. */
static void tgt_copy_sense_fixed(struct tgt_resp *r, const struct tgt_copy_sense *s, u8 n)
{
	tgt_resp_u8(r, 0x70 | (s->has_residual ? 0x80 : 0));
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, s->key);
	tgt_resp_u32(r, s->has_residual ? s->residual : 0);
	tgt_resp_u8(r, 18 - 8 + (s->from ? 1 + n : 0));
	tgt_resp_u8(r, s->from == 1 ? 18 : 0);
	tgt_resp_u8(r, s->from == 2 ? 18 : 0);
	tgt_resp_u16(r, s->segment);
	tgt_resp_u8(r, s->asc);
	tgt_resp_u8(r, s->ascq);
	tgt_resp_u8(r, 0);
	tgt_copy_sks(r, s);
	if (!s->from)
		return;
	tgt_resp_u8(r, s->status);
	tgt_resp_bytes(r, s->sense, n);
}

/* Descriptor format: information, command specific, sense key specific, forwarded sense. */
static void tgt_copy_sense_desc(struct tgt_resp *r, const struct tgt_copy_sense *s, u8 n)
{
	tgt_resp_u8(r, 0x72);
	tgt_resp_u8(r, s->key);
	tgt_resp_u8(r, s->asc);
	tgt_resp_u8(r, s->ascq);
	tgt_resp_zero(r, 4);
	if (s->has_residual) {
		tgt_resp_u16(r, 0x000a);
		tgt_resp_u16(r, 0x8000);
		tgt_resp_u64(r, s->residual);
	}
	if (s->key == COPY_ABORTED) {
		tgt_resp_u16(r, 0x010a);
		tgt_resp_u16(r, 0);
		tgt_resp_u64(r, s->segment);
	}
	if (s->has_field) {
		tgt_resp_u16(r, 0x0206);
		tgt_resp_u16(r, 0);
		tgt_copy_sks(r, s);
		tgt_resp_u8(r, 0);
	}
	if (s->from) {
		tgt_resp_u8(r, 0x0c);
		tgt_resp_u8(r, 2 + n);
		tgt_resp_u8(r, (n < s->len ? 0x80 : 0) | s->from);
		tgt_resp_u8(r, s->status);
		tgt_resp_bytes(r, s->sense, n);
	}
	tgt_resp_patch8(r, 7, r->len - 8);
}

/**
 * tgt_copy_sense_data() - sense data of a copy, SPC-5 5.18.7.4
 * @buf: TGT_COPY_SENSE_MAX bytes
 * @descriptor: format: descriptor or fixed
 * @s: what it says
 *
 * Return: bytes written.
 */
unsigned int tgt_copy_sense_data(u8 *buf, bool descriptor, const struct tgt_copy_sense *s)
{
	u8 n = min_t(u8, s->len, TGT_COPY_FORWARD);
	struct tgt_resp r;

	tgt_resp_init(&r, buf, TGT_COPY_SENSE_MAX);
	if (descriptor)
		tgt_copy_sense_desc(&r, s, n);
	else
		tgt_copy_sense_fixed(&r, s, n);
	return r.len;
}
