// SPDX-License-Identifier: GPL-2.0
/* Log pages byte by byte against SPC-5 7.3, LOG SENSE (6.8) and LOG SELECT (6.7). */
// uses: core/scsi/log.c
#include "shim.h"
#include "unit.h"
#include "scsi/log.h"

#define MAX	512

static const struct tgt_self_test tests[] = {
	{ 5, TGT_TEST_FAILED, 2, 0x0102, 0x1122334455667788ULL, 3, 0x11, 0x04 },
	{ 0, TGT_TEST_PASSED, 0, 1, ~0ULL },
};

static const struct tgt_log_facts facts = {
	.reads = 0x0102030405060708ULL,
	.writes = 0x1112131415161718ULL,
	.read_bytes = 0x20000,
	.write_bytes = 0x40000,
	.read_us = 1000001,
	.write_us = 2000002,
	.idle_us = 0x2122232425262728ULL,
	.read_errors = 3,
	.write_errors = 4,
	.read_error_bytes = 0x1234,
	.write_error_bytes = 0x5678,
	.block_shift = 9,
	.tests = tests,
	.nr_tests = 2,
};

static u32 sense(u8 *buf, u8 byte1, u8 pc, u8 page, u8 subpage, u16 code)
{
	u8 cdb[10] = { 0x4d, byte1, pc << 6 | page, subpage, 0, code >> 8, code, 0, 255 };
	struct tgt_resp r;

	tgt_resp_init(&r, buf, MAX);
	return tgt_log_sense(&r, cdb, &facts) ? r.len : 0;
}

UNIT(page_00_supported_pages)
{
	static const u8 want[] = { 0x00, 0x00, 0, 6, 0x00, 0x02, 0x03, 0x10, 0x19, 0x2f };
	u8 buf[MAX];

	EQ(sense(buf, 0, 1, 0x00, 0, 0), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
	EQ(sense(buf, 0, 0, 0x00, 0, 0), sizeof(want));	/* PC means nothing */
}

/* Subpage format, and a pair for each page and subpage, this one too */
UNIT(page_00_ff_with_subpages)
{
	static const u8 want[] = { 0x40, 0xff, 0, 14, 0x00, 0x00, 0x00, 0xff, 0x02, 0x00,
				   0x03, 0x00, 0x10, 0x00, 0x19, 0x00, 0x2f, 0x00 };
	u8 buf[MAX];

	EQ(sense(buf, 0, 1, 0x00, 0xff, 0), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
}

/* Total bytes processed (0005h) and total uncorrected errors (0006h), unbounded counters */
UNIT(pages_02_and_03_error_counters)
{
	static const u8 p02[] = { 0x82, 0x00, 0, 24, 0x00, 0x05, 0x22, 8,
				  0, 0, 0, 0, 0, 0, 0x56, 0x78,
				  0x00, 0x06, 0x22, 8, 0, 0, 0, 0, 0, 0, 0, 4 };
	static const u8 p03[] = { 0x83, 0x00, 0, 24, 0x00, 0x05, 0x22, 8,
				  0, 0, 0, 0, 0, 0, 0x12, 0x34,
				  0x00, 0x06, 0x22, 8, 0, 0, 0, 0, 0, 0, 0, 3 };
	u8 buf[MAX];

	EQ(sense(buf, 0, 1, 0x02, 0, 0), sizeof(p02));
	MEM_EQ(buf, p02, sizeof(p02));
	EQ(sense(buf, 0, 1, 0x03, 0, 0), sizeof(p03));
	MEM_EQ(buf, p03, sizeof(p03));
	/* parameter pointer: from there on; behind the last there is none */
	EQ(sense(buf, 0, 1, 0x03, 0, 6), 4 + 12);
	EQ(get_unaligned_be16(buf + 4), 6);
	EQ(sense(buf, 0, 1, 0x03, 0, 7), 0);
	/* defaults */
	EQ(sense(buf, 0, 3, 0x03, 0, 0), sizeof(p03));
	OK(!memchr_inv(buf + 8, 0, 8) && !memchr_inv(buf + 20, 0, 8));
	/* no thresholds */
	EQ(sense(buf, 0, 0, 0x03, 0, 0), 0);
	EQ(sense(buf, 0, 2, 0x03, 0, 0), 0);
}

/* 7.3.9: commands, logical blocks received and transmitted, times; interval 1 x 10^-6 s */
UNIT(page_19_statistics)
{
	static const u8 want[] = {
		0x99, 0x00, 0, 92,
		0x00, 0x01, 0x23, 0x40,
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
		0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
		0, 0, 0, 0, 0, 0, 0x02, 0x00,
		0, 0, 0, 0, 0, 0, 0x01, 0x00,
		0, 0, 0, 0, 0, 0x0f, 0x42, 0x41,
		0, 0, 0, 0, 0, 0x1e, 0x84, 0x82,
		0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0,
		0x00, 0x02, 0x23, 0x08, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
		0x00, 0x03, 0x23, 0x08, 0, 0, 0, 6, 0, 0, 0, 1,
	};
	u8 buf[MAX];

	EQ(sense(buf, 0, 1, 0x19, 0, 0), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
	EQ(sense(buf, 0, 1, 0x19, 0, 2), 4 + 24);
	EQ(get_unaligned_be16(buf + 4), 2);
	EQ(sense(buf, 0, 1, 0x19, 0, 3), 4 + 12);
	EQ(get_unaligned_be16(buf + 4), 3);
	EQ(sense(buf, 0, 3, 0x19, 0, 0), sizeof(want));
	OK(!memchr_inv(buf + 8, 0, 64));
	EQ(sense(buf, 0, 1, 0x19, 0, 4), 0);
}

/*
 * 7.3.19: twenty parameters of 10h bytes in 190h, the last test first: code and result, number,
 * hours, address of the first failure, its sense; zeroes where there was no test
 */
UNIT(page_10_self_test_results)
{
	static const u8 want[] = {
		0x90, 0x00, 0x01, 0x90,
		0x00, 0x01, 0x23, 0x10, 0xa7, 2, 0x01, 0x02,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x03, 0x11, 0x04, 0,
		0x00, 0x02, 0x23, 0x10, 0x00, 0, 0x00, 0x01,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0,
	};
	u8 buf[MAX];
	int i;

	EQ(sense(buf, 0, 1, 0x10, 0, 0), 404);
	MEM_EQ(buf, want, sizeof(want));
	for (i = 3; i <= 20; i++) {
		EQ(get_unaligned_be32(buf + 4 + 20 * (i - 1)), i << 16 | 0x2310);
		OK(!memchr_inv(buf + 4 + 20 * (i - 1) + 4, 0, 16));
	}
	EQ(sense(buf, 0, 1, 0x10, 0, 20), 4 + 20);
	EQ(get_unaligned_be16(buf + 4), 20);
	EQ(sense(buf, 0, 1, 0x10, 0, 21), 0);
}

/* No exception; temperature FFh: not available */
UNIT(page_2f_exceptions)
{
	static const u8 want[] = { 0xaf, 0x00, 0, 8, 0x00, 0x00, 0x23, 4, 0x00, 0x00, 0xff, 0x00 };
	u8 buf[MAX];
	int pc;

	for (pc = 0; pc < 4; pc++) {
		EQ(sense(buf, 0, pc, 0x2f, 0, 0), sizeof(want));
		MEM_EQ(buf, want, sizeof(want));
	}
	EQ(sense(buf, 0, 1, 0x2f, 0, 1), 0);
}

UNIT(pages_there_are)
{
	static const u8 pages[] = { 0x00, 0x02, 0x03, 0x10, 0x19, 0x2f };
	unsigned int page, sub;
	u8 buf[MAX];
	bool have;

	for (page = 0; page < 0x40; page++)
		for (sub = 0; sub < 256; sub++) {
			have = (sub == 0 && memchr(pages, page, 6)) || (page == 0 && sub == 0xff);
			EQ(!!sense(buf, 0, 1, page, sub, 0), have);
		}
	/* SP: nothing is saved; PPC is none any more */
	EQ(sense(buf, 0x01, 1, 0x2f, 0, 0), 0);
	EQ(sense(buf, 0x02, 1, 0x2f, 0, 0), 0);
}

UNIT(select_resets)
{
	static const u8 list[16] = { 0x02, 0, 0, 12, 0, 6, 0, 8 };
	static const struct {
		u8		byte1, byte2, subpage, len;
		enum tgt_sense	want;
		unsigned int	reset;
	} t[] = {
		/* PCR: all, one page, one of which nothing can be reset */
		{ 0x02, 0x40, 0x00, 0, TGT_SENSE_NONE, 7 },
		{ 0x02, 0x40, 0xff, 0, TGT_SENSE_NONE, 7 },
		{ 0x02, 0x42, 0x00, 0, TGT_SENSE_NONE, TGT_LOG_RESET_WRITE_ERRORS },
		{ 0x02, 0x43, 0x00, 0, TGT_SENSE_NONE, TGT_LOG_RESET_READ_ERRORS },
		{ 0x02, 0x59, 0x00, 0, TGT_SENSE_NONE, TGT_LOG_RESET_STATISTICS },
		{ 0x02, 0x6f, 0x00, 0, TGT_SENSE_NONE, 0 },
		/* PC=11b: to default cumulative values; else nothing */
		{ 0x00, 0xc0, 0x00, 0, TGT_SENSE_NONE, 7 },
		{ 0x00, 0xd9, 0x00, 0, TGT_SENSE_NONE, TGT_LOG_RESET_STATISTICS },
		{ 0x00, 0x40, 0x00, 0, TGT_SENSE_NONE, 0 },
		{ 0x00, 0x00, 0x00, 0, TGT_SENSE_NONE, 0 },
		/* SP; PCR with a list; no such page or subpage */
		{ 0x01, 0x40, 0x00, 0, TGT_SENSE_INVALID_FIELD, 0 },
		{ 0x02, 0x40, 0x00, 16, TGT_SENSE_INVALID_FIELD, 0 },
		{ 0x02, 0x4d, 0x00, 0, TGT_SENSE_INVALID_FIELD, 0 },
		{ 0x02, 0x42, 0x01, 0, TGT_SENSE_INVALID_FIELD, 0 },
		/* no parameter can be given a value */
		{ 0x00, 0x40, 0x00, 16, TGT_SENSE_PARAM_FIELD, 0 },
		{ 0x00, 0x40, 0x00, 3, TGT_SENSE_PARAM_LENGTH, 0 },
	};
	unsigned int i, reset;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		u8 cdb[10] = { 0x4c, t[i].byte1, t[i].byte2, t[i].subpage };

		reset = 0xff;
		EQ(tgt_log_select(cdb, list, t[i].len, false, &reset), t[i].want);
		EQ(reset, t[i].reset);
	}
}

/* Each page cut at each length: a prefix of the whole, and no byte beyond. */
UNIT(every_page_is_cut_at_every_length)
{
	static const u8 pages[][2] = { { 0, 0 }, { 0, 0xff }, { 2, 0 }, { 0x10, 0 }, { 0x19, 0 },
					  { 0x2f, 0 } };
	struct tgt_resp r;
	u8 full[MAX], *buf;
	unsigned int i, n;
	u32 len;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		u8 cdb[10] = { 0x4d, 0, 0x40 | pages[i][0], pages[i][1] };

		len = sense(full, 0, 1, pages[i][0], pages[i][1], 0);
		for (n = 0; n <= len; n++) {
			buf = malloc(n + 1);
			buf[n] = 0xa5;
			tgt_resp_init(&r, buf, n);
			ok = tgt_log_sense(&r, cdb, &facts) && r.len == len && buf[n] == 0xa5;
			ok = ok && (!memcmp(buf, full, n) || n == 3);
			free(buf);
			OK(ok);
		}
	}
}
