// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: MODE SENSE, READ CAPACITY, START STOP UNIT and REQUEST SENSE (SPC-5 6.14,
 * 6.15, 6.38; SBC-4 5.20, 5.21, 5.31): this test will read each as an initiator does.
 *
 * timeout: 120
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create m_ram backend=ram size=16M",
	     "device create m_4k backend=null size=1G block-size=4096",
	     "device create m_big backend=null size=4T",
	     "target create probe:p",
	     "lun create probe:p 0 device=m_ram",
	     "lun create probe:p 1 device=m_4k",
	     "lun create probe:p 2 device=m_big",
	     "lun create probe:p 3 device=m_ram readonly=yes")

#define MODE_SENSE6(b1, page, sub, n)	CDB(0x1a, b1, page, sub, n, 0)
#define MODE_SENSE10(b1, page, sub, n)	CDB(0x5a, b1, page, sub, 0, 0, 0, BE16(n), 0)
#define CURRENT		0x00
#define CHANGEABLE	0x40
#define DEFAULT		0x80
#define SAVED		0xc0
#define DBD		0x08
#define LLBAA		0x10

FIXTURE(mode) {
	struct nexus n;
	__u8 buf[1024];
};

FIXTURE_SETUP(mode)
{
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	for (lun = 0; lun < 4; lun++)
		ASSERT_EQ(0, probe_ready(&self->n, lun));
}

FIXTURE_TEARDOWN(mode)
{
	probe_close(&self->n);
}

/* The page of a MODE SENSE answer, with @head bytes of header; NULL if it is not there. */
static const __u8 *find_page(const __u8 *buf, unsigned int head, __u32 len, __u8 page)
{
	__u32 at = head + (head == 4 ? buf[3] : get_be16(buf + 6));

	for (; at + 2 <= len; at += 2 + buf[at + 1])
		if ((buf[at] & 0x7f) == page && at + 2 + buf[at + 1] <= len)
			return buf + at;
	return NULL;
}

TEST_F(mode, all_pages6)
{
	struct io io = { LUN(0), MODE_SENSE6(0, 0x3f, 0, 255), DATA_IN(self->buf, 255) };
	__u8 *b = self->buf;
	const __u8 *p;
	__u32 n;

	EXPECT_GOOD(&self->n, io);
	n = probe_got(&io);
	EXPECT_EQ(n - 1, b[0]);
	EXPECT_EQ(0, b[1]);
	EXPECT_EQ(0x10, b[2]);				/* DPOFUA, not WP */
	ASSERT_EQ(8, b[3]);
	EXPECT_EQ(16 << 20 >> 9, get_be32(b + 4));
	EXPECT_EQ(512, get_be32(b + 8) & 0xffffff);

	p = find_page(b, 4, n, 0x08);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0x12, p[1]);
	EXPECT_EQ(0, p[2] & 0x04);			/* WCE: memory has no cache */
	p = find_page(b, 4, n, 0x0a);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0x0a, p[1]);
	EXPECT_EQ(0, p[2] & 0xe0);			/* TST: one task set */
	EXPECT_EQ(0x40, p[5] & 0x40);			/* TAS */
	p = find_page(b, 4, n, 0x1c);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0x0a, p[1]);
}

/* SPC-5 6.14.1: in ascending order, and neither longer nor shorter than it says. */
TEST_F(mode, order_and_length)
{
	struct io io = { LUN(0), MODE_SENSE10(0, 0x3f, 0, 1024), DATA_IN(self->buf, 1024) };
	__u8 *b = self->buf, last = 0;
	__u32 n, at;

	EXPECT_GOOD(&self->n, io);
	n = probe_got(&io);
	EXPECT_EQ(n - 2, get_be16(b));
	for (at = 8 + get_be16(b + 6); at < n; at += 2 + b[at + 1]) {
		EXPECT_EQ(0, b[at] & 0x40);		/* page_0 format */
		EXPECT_LT(last, b[at] & 0x3f);
		last = b[at] & 0x3f;
	}
	EXPECT_EQ(n, at);
}

TEST_F(mode, one_page)
{
	static const __u8 page[] = { 0x08, 0x0a, 0x1c };
	__u8 all[1024];
	struct io io = { LUN(0), MODE_SENSE10(DBD, 0x3f, 0, 1024), DATA_IN(all, 1024) };
	const __u8 *p, *q;
	int i;

	EXPECT_GOOD(&self->n, io);
	for (i = 0; i < 3; i++) {
		struct io ten = { LUN(0), MODE_SENSE10(DBD, page[i], 0, 255),
				  DATA_IN(self->buf, 255) };
		struct io six = { LUN(0), MODE_SENSE6(DBD, page[i], 0, 255),
				  DATA_IN(self->buf, 255) };
		struct io sub = { LUN(0), MODE_SENSE6(DBD, page[i], 0xff, 255),
				  DATA_IN(self->buf, 255) };

		p = find_page(all, 8, probe_got(&io), page[i]);
		ASSERT_NE(NULL, p);
		EXPECT_GOOD(&self->n, ten);
		EXPECT_EQ(8 + 2 + p[1], probe_got(&ten));
		q = find_page(self->buf, 8, probe_got(&ten), page[i]);
		ASSERT_NE(NULL, q);
		EXPECT_EQ(0, memcmp(p, q, 2 + p[1]));
		EXPECT_GOOD(&self->n, six);
		EXPECT_EQ(4 + 2 + p[1], probe_got(&six));
		EXPECT_EQ(0, memcmp(p, self->buf + 4, 2 + p[1]));
		/* all subpages of a page begin with the page itself */
		EXPECT_GOOD(&self->n, sub);
		EXPECT_EQ(0, memcmp(p, self->buf + 4, 2 + p[1]));
	}
}

/* SPC-5 6.14.2: same length under each page control; nothing has been changed or saved. */
TEST_F(mode, page_control)
{
	static const __u8 page[] = { 0x08, 0x0a, 0x1c };
	__u8 def[255], saved[255];
	int i;

	for (i = 0; i < 3; i++) {
		struct io now = { LUN(0), MODE_SENSE6(DBD, CURRENT | page[i], 0, 255),
				  DATA_IN(self->buf, 255) };
		struct io may = { LUN(0), MODE_SENSE6(DBD, CHANGEABLE | page[i], 0, 255),
				  DATA_IN(self->buf, 255) };
		struct io dflt = { LUN(0), MODE_SENSE6(DBD, DEFAULT | page[i], 0, 255),
				   DATA_IN(def, 255) };
		struct io kept = { LUN(0), MODE_SENSE6(DBD, SAVED | page[i], 0, 255),
				   DATA_IN(saved, 255) };

		EXPECT_GOOD(&self->n, kept);
		EXPECT_GOOD(&self->n, now);
		EXPECT_GOOD(&self->n, dflt);
		EXPECT_EQ(probe_got(&now), probe_got(&dflt));
		EXPECT_EQ(0, memcmp(self->buf, def, probe_got(&now)));
		EXPECT_GOOD(&self->n, may);
		EXPECT_EQ(probe_got(&now), probe_got(&may));
		EXPECT_EQ(page[i], self->buf[4] & 0x3f);
		EXPECT_EQ(probe_got(&now), probe_got(&kept));
		EXPECT_EQ(0, memcmp(saved, def, probe_got(&kept)));
	}
}

TEST_F(mode, unknown_pages)
{
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), MODE_SENSE6(0, 0x2e, 0, 255),
		   DATA_IN(self->buf, 255));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), MODE_SENSE10(0, 0x0a, 0x77, 255),
		   DATA_IN(self->buf, 255));
	/* 3Fh knows subpages 00h and FFh only */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), MODE_SENSE6(0, 0x3f, 0x01, 255),
		   DATA_IN(self->buf, 255));
	EXPECT_CMD(&self->n, 0, LUN(0), MODE_SENSE6(0, 0x3f, 0xff, 255), DATA_IN(self->buf, 255));
}

/* The mode data length tells of all, however little is taken. */
TEST_F(mode, allocation_length)
{
	struct io all = { LUN(0), MODE_SENSE6(0, 0x3f, 0, 255), DATA_IN(self->buf, 255) };
	__u8 cut[256];
	unsigned int n;

	EXPECT_GOOD(&self->n, all);
	for (n = 0; n <= 13; n++) {
		struct io io = { LUN(0), MODE_SENSE6(0, 0x3f, 0, n), DATA_IN(cut, 255) };

		memset(cut, 0xee, sizeof(cut));
		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(n, probe_got(&io));
		EXPECT_EQ(0, memcmp(cut, self->buf, n));
		EXPECT_EQ(0xee, cut[n]);
	}
}

TEST_F(mode, block_descriptors)
{
	struct io small = { LUN(1), MODE_SENSE10(0, 0x08, 0, 255), DATA_IN(self->buf, 255) };
	struct io big = { LUN(2), MODE_SENSE10(0, 0x08, 0, 255), DATA_IN(self->buf, 255) };
	struct io lng = { LUN(2), MODE_SENSE10(LLBAA, 0x08, 0, 255), DATA_IN(self->buf, 255) };
	struct io none = { LUN(2), MODE_SENSE10(LLBAA | DBD, 0x08, 0, 255),
			   DATA_IN(self->buf, 255) };

	EXPECT_GOOD(&self->n, small);
	EXPECT_EQ(8, get_be16(self->buf + 6));
	EXPECT_EQ((1 << 30) / 4096, get_be32(self->buf + 8));
	EXPECT_EQ(4096, get_be32(self->buf + 12) & 0xffffff);
	EXPECT_GOOD(&self->n, big);
	EXPECT_EQ(0, self->buf[4] & 1);
	EXPECT_EQ(0xffffffff, get_be32(self->buf + 8));
	EXPECT_GOOD(&self->n, lng);
	EXPECT_EQ(1, self->buf[4] & 1);			/* LONGLBA */
	EXPECT_EQ(16, get_be16(self->buf + 6));
	EXPECT_EQ((4ULL << 40) / 512, get_be64(self->buf + 8));
	EXPECT_EQ(512, get_be32(self->buf + 20));
	EXPECT_GOOD(&self->n, none);
	EXPECT_EQ(0, get_be16(self->buf + 6));
	EXPECT_EQ(0x08, self->buf[8] & 0x3f);
}

TEST_F(mode, write_protect)
{
	struct io six = { LUN(3), MODE_SENSE6(0, 0x3f, 0, 255), DATA_IN(self->buf, 255) };
	struct io ten = { LUN(3), MODE_SENSE10(0, 0x3f, 0, 255), DATA_IN(self->buf, 255) };

	EXPECT_GOOD(&self->n, six);
	EXPECT_EQ(0x80, self->buf[2] & 0x80);
	EXPECT_GOOD(&self->n, ten);
	EXPECT_EQ(0x80, self->buf[3] & 0x80);
}

TEST_F(mode, capacity)
{
	static const struct {
		unsigned int lun;
		__u64 last;
		__u32 block;
	} disk[] = {
		{ 0, (16 << 20) / 512 - 1, 512 },
		{ 1, (1 << 30) / 4096 - 1, 4096 },
		{ 2, (4ULL << 40) / 512 - 1, 512 },
	};
	int i;
	__u8 lbpme;

	for (i = 0; i < 3; i++) {
		struct io ten = { LUN(disk[i].lun), CDB(0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0),
				  DATA_IN(self->buf, 8) };
		struct io lng = { LUN(disk[i].lun),
				  CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
				  DATA_IN(self->buf, 64) };
		struct io cut = { LUN(disk[i].lun),
				  CDB(0x9e, 0x10, BE64(0), BE32(9), 0, 0),
				  DATA_IN(self->buf, 64) };

		EXPECT_GOOD(&self->n, ten);
		EXPECT_EQ(disk[i].last > 0xffffffff ? 0xffffffff : disk[i].last,
			  get_be32(self->buf));
		EXPECT_EQ(disk[i].block, get_be32(self->buf + 4));
		EXPECT_GOOD(&self->n, lng);
		EXPECT_EQ(32, probe_got(&lng));
		EXPECT_EQ(disk[i].last, get_be64(self->buf));
		EXPECT_EQ(disk[i].block, get_be32(self->buf + 8));
		EXPECT_EQ(0, self->buf[12] & 0x01);	/* PROT_EN */
		lbpme = self->buf[14] & 0x80;
		EXPECT_CMD(&self->n, 0, LUN(disk[i].lun), VPD(0xb2, 8), DATA_IN(self->buf, 8));
		EXPECT_EQ(self->buf[5] & 0x80, lbpme);	/* as LBPU */
		EXPECT_GOOD(&self->n, cut);
		EXPECT_EQ(9, probe_got(&cut));
	}
	/* an unknown service action of a known opcode is a bad field */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x9e, 0x1f, BE64(0), BE32(32), 0, 0),
		   DATA_IN(self->buf, 32));
}

TEST_F(mode, request_sense)
{
	struct io fixed = { LUN(0), REQUEST_SENSE, DATA_IN(self->buf, 252) };
	struct io desc = { LUN(0), CDB(0x03, 1, 0, 0, 252, 0), DATA_IN(self->buf, 252) };
	struct io cut = { LUN(0), CDB(0x03, 0, 0, 0, 7, 0), DATA_IN(self->buf, 252) };

	EXPECT_GOOD(&self->n, fixed);
	EXPECT_EQ(18, probe_got(&fixed));
	EXPECT_EQ(0x70, self->buf[0]);
	EXPECT_EQ(10, self->buf[7]);
	EXPECT_EQ(NO_SENSE_DATA, SENSE(self->buf[2] & 0x0f, self->buf[12], self->buf[13]));
	EXPECT_GOOD(&self->n, desc);
	EXPECT_EQ(8, probe_got(&desc));
	EXPECT_EQ(0x72, self->buf[0]);
	EXPECT_GOOD(&self->n, cut);
	EXPECT_EQ(7, probe_got(&cut));
}

/* SBC-4 5.31. A stopped disk is stopped for every nexus. */
TEST_F(mode, start_stop)
{
	struct nexus other;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&other, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x1b, 0, 0, 0, 0x00, 0));
	EXPECT_CMD(&self->n, INIT_REQUIRED, LUN(0), TUR);
	EXPECT_CMD(&other, INIT_REQUIRED, LUN(0), TUR);
	EXPECT_CMD(&self->n, INIT_REQUIRED, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	EXPECT_CMD(&other, INIT_REQUIRED, LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_CMD(&self->n, 0, LUN(0), INQUIRY(96), DATA_IN(self->buf, 96));
	EXPECT_CMD(&self->n, 0, LUN(0), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_CMD(&self->n, 0, LUN(0), REQUEST_SENSE, DATA_IN(self->buf, 252));
	EXPECT_EQ(INIT_REQUIRED, SENSE(self->buf[2] & 0x0f, self->buf[12], self->buf[13]));
	EXPECT_CMD(&self->n, 0, LUN(1), TUR);
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x1b, 0, 0, 0, 0x01, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), TUR);
	EXPECT_CMD(&other, 0, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	/* reserved power condition */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x1b, 0, 0, 0, 0xf0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), TUR);
	probe_close(&other);
}

TEST_HARNESS_MAIN
