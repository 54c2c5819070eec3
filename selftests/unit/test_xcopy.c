// SPDX-License-Identifier: GPL-2.0
/*
 * EXTENDED COPY (SPC-5 6.5, 6.6): parameter lists, segments, sense; what is told of copies (6.23 to
 * 6.26) and VPD page 8Fh (7.7.18). Byte by byte.
 */
// uses: core/scsi/xcopy.c core/scsi/copy_in.c core/scsi/token.c core/scsi/disk.c
#include "shim.h"
#include "unit.h"
#include "scsi/copy_in.h"

#define NAA	0x3102030405060708ULL

static void cscd(struct tgt_resp *r, u8 type)
{
	tgt_resp_u8(r, type);
	tgt_resp_zero(r, 3);
	tgt_resp_u32(r, 0x01030008);
	tgt_resp_u64(r, NAA);
	tgt_resp_zero(r, 12);
	tgt_resp_u32(r, 0x00000200);
}

static void block(struct tgt_resp *r, u16 src, u16 dst, u16 n, u64 from, u64 to)
{
	tgt_resp_u32(r, 0x02000018);
	tgt_resp_u16(r, src);
	tgt_resp_u16(r, dst);
	tgt_resp_u16(r, 0);
	tgt_resp_u16(r, n);
	tgt_resp_u64(r, from);
	tgt_resp_u64(r, to);
}

/* A list of @c CSCD descriptors and @s segments, in LID1 format. */
static u32 lid1(u8 *buf, u8 id, u8 flags, unsigned int c, unsigned int s)
{
	struct tgt_resp r;
	unsigned int i;

	tgt_resp_init(&r, buf, 8192);
	tgt_resp_u8(&r, id);
	tgt_resp_u8(&r, flags);
	tgt_resp_u16(&r, 32 * c);
	tgt_resp_u32(&r, 0);
	tgt_resp_u32(&r, 28 * s);
	tgt_resp_u32(&r, 0);
	for (i = 0; i < c; i++)
		cscd(&r, 0xe4);
	for (i = 0; i < s; i++)
		block(&r, 0, 1, 16, 0x100 + i, 0x200 + i);
	return r.len;
}

static u32 lid4(u8 *buf, u32 id, u8 flags, unsigned int c, unsigned int s)
{
	u8 one[8192];
	u32 len = lid1(one, 0, 0, c, s) - 16;
	struct tgt_resp r;

	tgt_resp_init(&r, buf, 8192);
	tgt_resp_u8(&r, 1);
	tgt_resp_u8(&r, flags);
	tgt_resp_u16(&r, 0x20);
	tgt_resp_zero(&r, 12);
	tgt_resp_u8(&r, 0xff);
	tgt_resp_zero(&r, 3);
	tgt_resp_u32(&r, id);
	tgt_resp_zero(&r, 18);
	tgt_resp_u16(&r, 32 * c);
	tgt_resp_u16(&r, 28 * s);
	tgt_resp_u16(&r, 0);
	tgt_resp_bytes(&r, one + 16, len);
	return r.len;
}

static u32 parse(const u8 *buf, u32 len, bool four, u16 *field)
{
	struct tgt_copy_sense s;
	struct tgt_xcopy x;
	u8 *exact = malloc(len ?: 1);
	bool ok;

	memcpy(exact, buf, len);
	ok = tgt_xcopy_parse(&x, exact, len, four, &s);
	free(exact);
	*field = s.has_field ? s.field : 0xffff;
	return ok ? 0 : s.key << 16 | s.asc << 8 | s.ascq;
}

UNIT(both_formats_say_the_same)
{
	u8 buf[8192];
	struct tgt_copy_sense s;
	struct tgt_segment seg;
	struct tgt_xcopy x;
	struct tgt_cscd c;
	unsigned int four, i;
	u32 len, at;

	for (four = 0; four < 2; four++) {
		len = four ? lid4(buf, 7, 0x10, 2, 3) : lid1(buf, 7, 0x10, 2, 3);
		OK(tgt_xcopy_parse(&x, buf, len, four, &s));
		EQ(x.id, 7);
		EQ(x.usage, TGT_LIST_DISCARD);
		EQ(x.nr_cscds, 2);
		EQ(x.nr_segments, 3);
		OK(tgt_xcopy_cscd(&x, 1, &c));
		OK(!tgt_xcopy_cscd(&x, 2, &c));
		EQ(c.block, 512);
		OK(!c.nul && !c.pad && !c.type);
		for (i = 0, at = x.segments; i < 3; i++) {
			at = tgt_xcopy_segment(&x, at, &seg);
			EQ(seg.type, 2);
			EQ(seg.src, 0);
			EQ(seg.dst, 1);
			EQ(seg.n, 16);
			EQ(seg.src_lba, 0x100 + i);
			EQ(seg.dst_lba, 0x200 + i);
		}
		EQ(at, len);
	}
}

UNIT(a_list_cut_short_is_refused)
{
	u8 buf[8192];
	u16 field;
	u32 len, n;

	len = lid1(buf, 1, 0, 2, 2);
	for (n = 0; n < len; n++)
		EQ(parse(buf, n, false, &field), 0x51a00);
	EQ(parse(buf, len, false, &field), 0);
	len = lid4(buf, 1, 0, 2, 2);
	for (n = 0; n < len; n++)
		EQ(parse(buf, n, true, &field), 0x51a00);
	EQ(parse(buf, len, true, &field), 0);
}

UNIT(limits)
{
	u8 buf[8192];
	u16 field;

	EQ(parse(buf, lid1(buf, 1, 0, 16, 64), false, &field), 0);
	EQ(parse(buf, lid1(buf, 1, 0, 17, 1), false, &field), 0x52606);
	EQ(field, 16);
	EQ(parse(buf, lid1(buf, 1, 0, 1, 65), false, &field), 0x52608);
	EQ(field, 16 + 32 + 64 * 28);
	EQ(parse(buf, lid1(buf, 1, 0, 17, 65), false, &field), 0x51a00);
	buf[15] = 1;
	lid1(buf, 1, 0, 1, 1);
	buf[15] = 1;			/* inline data */
	EQ(parse(buf, 16 + 32 + 28 + 1, false, &field), 0x5260b);
	EQ(field, 12);
}

UNIT(fields)
{
	static const struct {
		u8	at, value;
		bool	four;
		u32	want;
		u16	field;
	} t[] = {
		{ 1, 0x08, false, 0x52600, 1 },			/* LIST ID USAGE 01b */
		{ 1, 0x18, false, 0x52600, 0 },			/* 11b with an identifier */
		{ 1, 0x18, true, 0x52600, 20 },
		{ 0, 0x00, true, 0x52600, 0 },			/* format */
		{ 3, 0x1f, true, 0x52600, 2 },
		{ 15, 0x02, true, 0x52600, 15 },		/* G_SENSE */
		{ 16, 0xfe, true, 0x52600, 16 },
		{ 16, 0xe0, false, 0x52607, 16 },		/* types */
		{ 16 + 32, 0x03, false, 0x52609, 16 + 32 },
		{ 23, 21, false, 0x52600, 23 },			/* DESIGNATOR LENGTH */
		{ 16 + 32 + 1, 0x04, false, 0x52600, 16 + 32 + 1 },	/* FCO */
		{ 16 + 32 + 3, 0x17, false, 0x52600, 16 + 32 + 2 },
		{ 3, 0x21, false, 0x51a00, 0xffff },		/* no multiple of 32 */
	};
	unsigned int i;
	u8 buf[8192];
	u16 field;
	u32 len;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		len = t[i].four ? lid4(buf, 1, 0, 1, 1) : lid1(buf, 1, 0, 1, 1);
		buf[t[i].at] = t[i].value;
		EQ(parse(buf, len, t[i].four, &field), t[i].want);
		EQ(field, t[i].field);
	}
	len = lid1(buf, 0, 0x18, 1, 1);
	EQ(parse(buf, len, false, &field), 0);
}

UNIT(designators)
{
	static const u8 naa[] = { 0x31, 2, 3, 4, 5, 6, 7, 8 };
	static const u8 t10[] = "TGTCORE abc";
	struct tgt_cscd c = { .code_set = 1, .id_type = 3, .len = 8, .id = naa };

	OK(tgt_cscd_names(&c, NAA, "abc"));
	OK(!tgt_cscd_names(&c, NAA + 1, "abc"));
	c.assoc = 1;
	OK(!tgt_cscd_names(&c, NAA, "abc"));
	c = (struct tgt_cscd){ .code_set = 2, .id_type = 1, .len = 11, .id = t10 };
	OK(tgt_cscd_names(&c, NAA, "abc"));
	OK(!tgt_cscd_names(&c, NAA, "abcd"));
	OK(!tgt_cscd_names(&c, NAA, "abd"));
	c.len = 0;
	OK(!tgt_cscd_names(&c, NAA, ""));
}

static enum tgt_copy_fit fit(u8 type, bool dc, bool cat, u32 n, u8 s, bool sp, u8 d, bool dp,
			     struct tgt_copy_plan *plan)
{
	struct tgt_segment seg = { .type = type, .dc = dc, .cat = cat, .n = n, .src_lba = 10,
				   .dst_lba = 20 };
	struct tgt_copy_end src = { .nblocks = 1 << 20, .shift = s, .pad = sp };
	struct tgt_copy_end dst = { .nblocks = 1 << 20, .shift = d, .pad = dp };

	return tgt_copy_plan(&seg, &src, &dst, plan);
}

UNIT(blocks_of_different_lengths)
{
	struct tgt_copy_plan p;

	EQ(fit(2, false, false, 5, 9, false, 9, false, &p), TGT_COPY_FITS);
	EQ(p.from, 5120);
	EQ(p.to, 10240);
	EQ(p.len, 2560);
	EQ(p.fill, 0);
	EQ(fit(2, false, false, 16, 9, false, 12, false, &p), TGT_COPY_FITS);
	EQ(p.to, 81920);
	EQ(p.len, 8192);
	/* 9 * 512 are one block of 4096 and a part of one */
	EQ(fit(2, false, false, 9, 9, true, 12, false, &p), TGT_COPY_INEXACT);
	EQ(fit(2, false, true, 9, 9, true, 12, true, &p), TGT_COPY_INEXACT);
	EQ(fit(2, false, false, 9, 9, false, 12, true, &p), TGT_COPY_FITS);
	EQ(p.len, 4608);
	EQ(p.fill, 8192 - 4608);
	/* DC: 3 blocks of 512, of one of 4096 */
	EQ(fit(2, true, false, 3, 12, false, 9, true, &p), TGT_COPY_INEXACT);
	EQ(fit(2, true, false, 3, 12, true, 9, false, &p), TGT_COPY_FITS);
	EQ(p.len, 1536);
	EQ(p.fill, 0);
	EQ(fit(2, false, false, 0, 9, false, 12, false, &p), TGT_COPY_FITS);
	EQ(p.len, 0);
}

UNIT(ranges)
{
	struct tgt_segment seg = { .type = 2, .n = 2, .src_lba = 98, .dst_lba = 998 };
	struct tgt_copy_end src = { .nblocks = 100, .shift = 9 };
	struct tgt_copy_end dst = { .nblocks = 1000, .shift = 9 };
	struct tgt_copy_plan p;

	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_FITS);
	seg.src_lba++;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_SRC_RANGE);
	seg.src_lba = ~0ULL;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_SRC_RANGE);
	seg.src_lba = 0;
	seg.dst_lba++;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_DST_RANGE);
	seg = (struct tgt_segment){ .type = 0x0a, .n = 512, .src_lba = 99 };
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_FITS);
	seg.src_offset = 1;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_SRC_RANGE);
	seg.src_lba = 0;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_FITS);
	EQ(p.from, 1);
	seg.src_offset = 512;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_BAD_OFFSET);
	seg.src_offset = 0;
	seg.n = TGT_COPY_BYTES + 1;
	EQ(tgt_copy_plan(&seg, &src, &dst, &p), TGT_COPY_TOO_LONG);
}

UNIT(sense_of_both_formats)
{
	static const u8 inner[] = { 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0 };
	static const u8 fixed[] = {
		0xf0, 0, 0x0a, 0, 0, 0, 7, 29, 0, 18, 0, 3, 0x0d, 0x01, 0, 0x80, 0, 48, 0x02
	};
	static const u8 desc[] = {
		0x72, 0x0a, 0x0d, 0x01, 0, 0, 0, 54,
		0x00, 0x0a, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 7,
		0x01, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
		0x02, 0x06, 0, 0, 0x80, 0, 48, 0,
		0x0c, 20, 0x02, 0x02
	};
	struct tgt_copy_sense s = {
		.key = 0x0a, .asc = 0x0d, .ascq = 0x01, .has_field = true, .field = 48,
		.segment = 3, .has_residual = true, .residual = 7, .from = 2, .status = 2,
		.len = sizeof(inner), .sense = inner,
	};
	u8 buf[TGT_COPY_SENSE_MAX];

	EQ(tgt_copy_sense_data(buf, false, &s), sizeof(fixed) + sizeof(inner));
	OK(!memcmp(buf, fixed, sizeof(fixed)));
	OK(!memcmp(buf + sizeof(fixed), inner, sizeof(inner)));
	EQ(tgt_copy_sense_data(buf, true, &s), sizeof(desc) + sizeof(inner));
	OK(!memcmp(buf, desc, sizeof(desc)));
	OK(!memcmp(buf + sizeof(desc), inner, sizeof(inner)));
	s = (struct tgt_copy_sense){ .key = 0x0a, .asc = 0x26, .has_field = true,
				     .in_segment = true, .field = 6 };
	EQ(tgt_copy_sense_data(buf, false, &s), 18);
	EQ(buf[0], 0x70);
	EQ(buf[15], 0xa0);		/* SKSV, SD */
	EQ(buf[17], 6);
}

UNIT(status_is_told)
{
	struct tgt_copy_status st = { .state = TGT_COPY_FAILED, .sa = 1, .segments = 2,
				      .commands = 3, .bytes = 0x123456789ULL, .sense_len = 18,
				      .sense = { 0x70 } };
	u8 buf[TGT_COPY_REPLY_MAX];
	struct tgt_resp r;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_status_lid1(&r, &st);
	EQ(r.len, 12);
	EQ(buf[3], 8);
	EQ(buf[4], 2);
	EQ(buf[6], 2);
	EQ(buf[7], 1);			/* KiB */
	EQ(get_unaligned_be32(buf + 8), 0x123456789ULL >> 10);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_status_lid4(&r, &st);
	EQ(r.len, 32 + 20);
	EQ(buf[3], 48);
	EQ(buf[4], 1);
	EQ(buf[5], 2);
	EQ(buf[7], 3);
	EQ(get_unaligned_be32(buf + 8), 0xfffffffe);
	EQ(buf[12], 2);
	EQ(buf[13], 20);
	EQ(buf[14], 18);
	EQ(get_unaligned_be64(buf + 16), 0x123456789ULL);
	EQ(buf[25], 2);
	EQ(buf[32], 0x70);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_failure(&r, &st);
	EQ(r.len, 60 + 18);
	EQ(buf[3], 56 + 18);
	EQ(buf[56], 2);
	EQ(buf[59], 18);
	EQ(buf[60], 0x70);
	st.state = TGT_COPY_STOPPED;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_failure(&r, &st);
	EQ(r.len, 4);
	st.sense_len = 0;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_status_lid4(&r, &st);
	EQ(r.len, 32);
	EQ(buf[5], 0x60);
	EQ(buf[12], 0x40);
	/* the longest there can be */
	st.sense_len = TGT_COPY_SENSE_MAX;
	st.state = TGT_COPY_FAILED;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_failure(&r, &st);
	OK(r.len <= sizeof(buf));
}

UNIT(limits_are_told)
{
	static const u8 types[] = { 0x02, 0x07, 0x0a, 0xe4 };
	const struct tgt_disk none = { };
	u8 buf[TGT_COPY_REPLY_MAX];
	struct tgt_resp r;
	u32 at;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_params(&r);
	EQ(r.len, 48);
	EQ(get_unaligned_be32(buf), 44);
	EQ(buf[4], 1);
	EQ(get_unaligned_be16(buf + 8), 16);
	EQ(get_unaligned_be16(buf + 10), 64);
	EQ(get_unaligned_be32(buf + 12), 2304);
	EQ(get_unaligned_be32(buf + 16), 64 << 20);
	EQ(buf[36], TGT_COPY_RUNNING);
	EQ(buf[43], 4);
	OK(!memcmp(buf + 44, types, 4));
	/* descriptors of multiples of four bytes, in ascending order, to the end */
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_vpd_copy(&r, &none);
	OK(r.len <= sizeof(buf));
	for (at = 0; at < r.len; at += 4 + get_unaligned_be16(buf + at + 2)) {
		EQ(at % 4, 0);
		OK(!at || get_unaligned_be16(buf + at) > 1);
	}
	EQ(at, r.len);
	EQ(get_unaligned_be16(buf), 0x0001);
	EQ(buf[4], 11);
	EQ(buf[5], 0x83);
}
