// SPDX-License-Identifier: GPL-2.0
/*
 * ROD tokens: parameter lists of POPULATE TOKEN and WRITE USING TOKEN (SBC-4 5.12, 5.59), the token
 * (SPC-5 5.17.6.5), what RECEIVE ROD TOKEN INFORMATION tells (SBC-4 5.25) and VPD page 8Fh (SBC-4
 * 6.6.9.3, SPC-5 7.8.17). Byte by byte.
 */
// uses: core/scsi/token.c core/scsi/copy_in.c core/scsi/disk.c
#include "shim.h"
#include "unit.h"
#include "scsi/copy_in.h"

#define NBLOCKS		1000000

static const struct tgt_disk disk = {
	.nblocks = 0x123456789abULL,
	.naa = 0x3102030405060708ULL,
	.block_shift = 9,
	.phys_exp = 3,
	.lbp = true,
	.lbprz = true,
	.rod_in = true,
	.rod_out = true,
};

/* A list with @n ranges of ten blocks each, twenty apart. */
static u32 populate(u8 *buf, u8 flags, u32 timeout, u32 type, u32 n)
{
	struct tgt_resp r;
	u32 i;

	tgt_resp_init(&r, buf, 2048);
	tgt_resp_u16(&r, 14 + 16 * n);
	tgt_resp_u8(&r, flags);
	tgt_resp_u8(&r, 0);
	tgt_resp_u32(&r, timeout);
	tgt_resp_u32(&r, type);
	tgt_resp_u16(&r, 0);
	tgt_resp_u16(&r, 16 * n);
	for (i = 0; i < n; i++) {
		tgt_resp_u64(&r, 20 * i);
		tgt_resp_u32(&r, 10);
		tgt_resp_u32(&r, 0);
	}
	return r.len;
}

static u32 use(u8 *buf, u8 flags, u64 offset, const u8 *rod, u32 n)
{
	u8 ranges[2048];
	u32 len = populate(ranges, 0, 0, 0, n) - 16;
	struct tgt_resp r;

	tgt_resp_init(&r, buf, 2048);
	tgt_resp_u16(&r, 534 + len);
	tgt_resp_u8(&r, flags);
	tgt_resp_zero(&r, 5);
	tgt_resp_u64(&r, offset);
	tgt_resp_bytes(&r, rod, 512);
	tgt_resp_zero(&r, 6);
	tgt_resp_u16(&r, len);
	tgt_resp_bytes(&r, ranges + 16, len);
	return r.len;
}

static void rod(u8 *buf)
{
	u8 random[256];
	const struct tgt_rod_facts f = {
		.id = 0x1122334455667788ULL,
		.bytes = 0x5000,
		.target = 0x3fedcba987654321ULL,
		.disk = &disk,
		.random = random,
	};

	memset(random, 0xd5, sizeof(random));
	tgt_rod_build(buf, &f);
}

static enum tgt_sense try_populate(struct tgt_rod_ask *ask, const u8 *list, u32 len)
{
	return tgt_rod_populate_parse(ask, list, len, NBLOCKS, 9);
}

static enum tgt_sense try_use(struct tgt_rod_ask *ask, const u8 *list, u32 len)
{
	return tgt_rod_use_parse(ask, list, len, NBLOCKS, 9);
}

UNIT(populate_token)
{
	struct tgt_rod_ask ask;
	u8 buf[2048];
	u32 len = populate(buf, 0, 0, 0, 3);

	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	EQ(ask.nr, 3);
	EQ(ask.blocks, 30);
	EQ(ask.range[2].lba, 40);
	EQ(ask.range[2].n, 10);
	EQ(ask.timeout, 60);
	OK(!ask.immed);
	/* what the CDB cuts off, and a part of a descriptor, are ignored */
	EQ(try_populate(&ask, buf, len - 1), TGT_SENSE_NONE);
	EQ(ask.nr, 2);
	put_unaligned_be16(16 * 3 - 1, buf + 14);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	EQ(ask.nr, 2);
	len = populate(buf, 0x03, 600, 0x00800001, 1);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	OK(ask.immed);
	EQ(ask.timeout, 600);
	len = populate(buf, 0x02, 600, 0x0080ffff, 1);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	/* ROD TYPE is looked at with RTV only */
	len = populate(buf, 0x00, 600, 0x12345678, 1);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
}

UNIT(populate_token_refused)
{
	static const u32 types[] = { 0, 0x00010000, 0x00800000, 0x00800002, 0xffff0001 };
	struct tgt_rod_ask ask;
	u8 buf[2048];
	u32 len, i;

	for (i = 1; i < 16; i++) {
		populate(buf, 0, 0, 0, 1);
		EQ(try_populate(&ask, buf, i), TGT_SENSE_PARAM_LENGTH);
	}
	len = populate(buf, 0, 0, 0, 1);
	put_unaligned_be16(0x1d, buf);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	len = populate(buf, 0, 0, 0, 1);
	put_unaligned_be16(0x0f, buf + 14);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	len = populate(buf, 0, 601, 0, 1);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		len = populate(buf, 0x02, 0, types[i], 1);
		EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	}
	len = populate(buf, 0, 0, 0, 64);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	EQ(ask.nr, 64);
	len = populate(buf, 0, 0, 0, 65);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_TOO_MANY_SEGMENTS);
}

/* SBC-4 5.12.3: on the medium, none twice, not too many */
UNIT(ranges)
{
	struct tgt_rod_ask ask;
	u8 buf[2048];
	u32 len = populate(buf, 0, 0, 0, 2);

	put_unaligned_be64(NBLOCKS - 10, buf + 32);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	put_unaligned_be64(NBLOCKS - 9, buf + 32);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_LBA_RANGE);
	put_unaligned_be64(~0ULL, buf + 32);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_LBA_RANGE);
	put_unaligned_be64(9, buf + 32);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	put_unaligned_be64(10, buf + 32);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	/* of no blocks: nothing is done */
	put_unaligned_be64(5, buf + 32);
	put_unaligned_be32(0, buf + 40);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	EQ(ask.blocks, 10);
	len = populate(buf, 0, 0, 0, 1);
	put_unaligned_be32((256 << 20) / 512, buf + 24);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_NONE);
	put_unaligned_be32((256 << 20) / 512 + 1, buf + 24);
	EQ(try_populate(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
}

UNIT(write_using_token)
{
	u8 buf[2048], tok[512], zero[512] = { 0xff, 0xff, 0, 1, 0, 0, 0x01, 0xf8 };
	struct tgt_rod_ask ask;
	u32 len, i;

	rod(tok);
	len = use(buf, 0, 7, tok, 2);
	EQ(try_use(&ask, buf, len), TGT_SENSE_NONE);
	EQ(ask.creator.len, 8);
	EQ(get_unaligned_be64(ask.creator.id), disk.naa);
	EQ(ask.offset, 7 * 512);
	EQ(ask.nr, 2);
	EQ(ask.blocks, 20);
	OK(ask.token == buf + 16);
	OK(!ask.immed && !ask.del && !ask.zero);
	len = use(buf, 3, 0, zero, 1);
	EQ(try_use(&ask, buf, len), TGT_SENSE_NONE);
	OK(ask.immed && ask.del && ask.zero);
	for (i = 1; i < 536; i++)
		EQ(try_use(&ask, buf, i), TGT_SENSE_PARAM_LENGTH);
	EQ(try_use(&ask, buf, len - 1), TGT_SENSE_PARAM_LENGTH);
	put_unaligned_be16(0x225, buf);
	EQ(try_use(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	put_unaligned_be16(0x227, buf);
	EQ(try_use(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	len = use(buf, 0, 1ULL << 55, tok, 1);
	EQ(try_use(&ask, buf, len), TGT_SENSE_PARAM_FIELD);
	len = use(buf, 0, 0, tok, 65);
	EQ(try_use(&ask, buf, len), TGT_SENSE_TOO_MANY_SEGMENTS);
	/* tokens that there cannot be */
	tok[7]--;
	len = use(buf, 0, 0, tok, 1);
	EQ(try_use(&ask, buf, len), TGT_SENSE_TOKEN_LENGTH);
	rod(tok);
	tok[3] = 2;
	len = use(buf, 0, 0, tok, 1);
	EQ(try_use(&ask, buf, len), TGT_SENSE_TOKEN_TYPE);
	rod(tok);
	tok[16] = 0xe0;
	len = use(buf, 0, 0, tok, 1);
	EQ(try_use(&ask, buf, len), TGT_SENSE_TOKEN_CORRUPT);
}

UNIT(the_token)
{
	static const u8 want[] = {
		0x00, 0x80, 0x00, 0x01, 0, 0, 0x01, 0xf8,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0xe4, 0, 0, 0, 0x01, 0x03, 0, 8, 0x31, 2, 3, 4, 5, 6, 7, 8,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x02, 0x00,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x00,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x00, 0x00, 0x02, 0x00, 0x00, 0x03, 0xc0, 0x00,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x01, 0x23, 0, 8, 0x3f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21,
	};
	u8 tok[512];
	int i;

	rod(tok);
	MEM_EQ(tok, want, sizeof(want));
	for (i = sizeof(want); i < 512; i++)
		EQ(tok[i], i < 256 ? 0 : 0xd5);
}

/* Bytes of the data are where the ranges say, in their order. */
UNIT(places)
{
	static const struct tgt_rod_range ranges[] = { { 100, 2 }, { 5, 0 }, { 50, 1 } };
	struct tgt_rod_place p;

	OK(tgt_rod_place(ranges, 3, 9, 0, &p));
	EQ(p.at, 100 * 512);
	EQ(p.len, 1024);
	OK(tgt_rod_place(ranges, 3, 9, 1023, &p));
	EQ(p.at, 102 * 512 - 1);
	EQ(p.len, 1);
	OK(tgt_rod_place(ranges, 3, 9, 1024, &p));
	EQ(p.at, 50 * 512);
	EQ(p.len, 512);
	OK(!tgt_rod_place(ranges, 3, 9, 1536, &p));
	OK(!tgt_rod_place(ranges, 0, 9, 0, &p));
	OK(!tgt_rod_place(ranges, 3, 9, ~0ULL, &p));
}

/* SBC-4 tables 102 and 103, SPC-5 tables 248 to 251 */
UNIT(token_information)
{
	struct tgt_copy_status st = {
		.state = TGT_COPY_DONE, .sa = 0x10, .shift = 12, .bytes = 0x5000, .commands = 2,
	};
	u8 buf[TGT_COPY_TOKEN_REPLY], tok[512];
	struct tgt_resp r;

	rod(tok);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, tok);
	EQ(r.len, 32 + 4 + 2 + 512);
	EQ(get_unaligned_be32(buf), r.len - 4);
	EQ(buf[4], 0x10);
	EQ(buf[5], 0x01);
	EQ(get_unaligned_be16(buf + 6), 2);
	EQ(get_unaligned_be32(buf + 8), 0xfffffffe);
	EQ(buf[15], 0xf1);
	EQ(get_unaligned_be64(buf + 16), 5);
	EQ(get_unaligned_be16(buf + 24), 0);
	EQ(get_unaligned_be32(buf + 32), 514);
	EQ(get_unaligned_be16(buf + 36), 0);
	MEM_EQ(buf + 38, tok, 512);

	st = (struct tgt_copy_status) { .sa = 0x11, .shift = 9, .background = true };
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, NULL);
	EQ(r.len, 36);
	EQ(buf[5], 0x12);
	EQ(get_unaligned_be32(buf + 32), 0);
	st.background = false;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, NULL);
	EQ(buf[5], 0x11);
	st.state = TGT_COPY_FAILED;
	st.sense_len = TGT_COPY_SENSE_MAX;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, tok);
	OK(r.len <= sizeof(buf));
	EQ(buf[5], 0x02);
	st.partial = true;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, NULL);
	EQ(buf[5], 0x03);
	EQ(buf[12], 0x02);
	st.state = TGT_COPY_STOPPED;
	st.sense_len = 0;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_token_info(&r, &st, NULL);
	EQ(buf[5], 0x60);
	EQ(buf[12], 0x40);
}

/* Descriptor of type @type, or NULL. */
static const u8 *desc(const u8 *buf, u32 len, u16 type)
{
	u32 at;

	for (at = 0; at < len; at += 4 + get_unaligned_be16(buf + at + 2))
		if (get_unaligned_be16(buf + at) == type)
			return buf + at;
	return NULL;
}

UNIT(third_party_copy_page)
{
	static const u8 commands[] = { 0, 1, 0, 16, 15, 0x83, 5, 0, 1, 0x10, 0x11, 0x1c,
				       0x84, 6, 0, 3, 4, 5, 7, 8 };
	struct tgt_disk d = disk;
	struct tgt_resp r;
	u8 buf[512];
	const u8 *p;
	u32 at, last = 0;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_vpd_copy(&r, &d);
	OK(r.len <= sizeof(buf) - 4);
	for (at = 0; at < r.len; at += 4 + get_unaligned_be16(buf + at + 2)) {
		OK(!at || get_unaligned_be16(buf + at) > last);
		last = get_unaligned_be16(buf + at);
		EQ(at % 4, 0);
	}
	EQ(at, r.len);
	p = desc(buf, r.len, 0x0000);
	EQ(get_unaligned_be16(p + 2), 0x20);
	EQ(get_unaligned_be16(p + 10), 64);
	EQ(get_unaligned_be32(p + 12), 600);
	EQ(get_unaligned_be32(p + 16), 60);
	EQ(get_unaligned_be64(p + 20), (256 << 20) / 512);
	EQ(get_unaligned_be64(p + 28), (64 << 20) / 512);
	MEM_EQ(desc(buf, r.len, 0x0001), commands, sizeof(commands));
	p = desc(buf, r.len, 0x0106);
	EQ(get_unaligned_be16(p + 2), 92);
	EQ(p[4], 0);
	EQ(get_unaligned_be32(p + 16), 3600);
	EQ(get_unaligned_be32(p + 20), 3600);
	EQ(get_unaligned_be32(p + 24), 600);
	EQ(get_unaligned_be16(p + 46), 48);
	EQ(get_unaligned_be16(p + 48 + 2), 0x2c);
	EQ(get_unaligned_be64(p + 48 + 8), 256 << 20);
	p = desc(buf, r.len, 0x0108);
	EQ(get_unaligned_be16(p + 6), 3 * 64);
	EQ(get_unaligned_be32(p + 8), 0x00800001);
	EQ(p[12], 3);
	EQ(get_unaligned_be32(p + 8 + 64), 0x0080ffff);
	EQ(p[12 + 64], 1);
	EQ(get_unaligned_be32(p + 8 + 128), 0xffff0001);
	EQ(p[12 + 128], 2);

	d.rod_out = false;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_vpd_copy(&r, &d);
	EQ(desc(buf, r.len, 0x0001)[6], 4);
	EQ(desc(buf, r.len, 0x0108)[12], 2);
	d.rod_in = false;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_vpd_copy(&r, &d);
	OK(!desc(buf, r.len, 0x0000) && !desc(buf, r.len, 0x0106) && !desc(buf, r.len, 0x0108));
}
