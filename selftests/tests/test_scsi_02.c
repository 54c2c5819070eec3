// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: REPORT LUNS, the forms of a LUN, and what an initiator hears from a LUN that
 * is not there (SAM-6 4.7 and 5.11, SPC-5 6.33): this test will use LUN bytes that Linux's
 * initiator never sends.
 *
 * timeout: 120
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create l_null backend=null size=1G",
	     "target create probe:p",
	     "lun create probe:p 0 device=l_null",
	     "lun create probe:p 5 device=l_null",
	     "lun create probe:p 255 device=l_null",
	     "lun create probe:p 256 device=l_null",
	     "lun create probe:p 16383 device=l_null",
	     "target create probe:empty",
	     "target create probe:hole",
	     "lun create probe:hole 3 device=l_null",
	     "target create probe:group",
	     "lun create probe:group 0 device=l_null",
	     "group create probe:group g",
	     "group add probe:group g initiator=member",
	     "lun create probe:group 9 device=l_null group=g")

#define WLUN		.lun = { 0xc1, 0x01 }

static const __u8 well_known[8] = { 0xc1, 0x01 };
static const __u8 zero[8];

FIXTURE(luns) {
	struct nexus n;
	__u8 buf[1024];
};

FIXTURE_SETUP(luns)
{
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
}

FIXTURE_TEARDOWN(luns)
{
	probe_close(&self->n);
}

/* Whether REPORT LUNS lists that LUN, in whatever order. */
static bool listed(const __u8 *buf, const __u8 *lun)
{
	__u32 i, n = get_be32(buf) / 8;

	for (i = 0; i < n; i++)
		if (!memcmp(buf + 8 + 8 * i, lun, 8))
			return true;
	return false;
}

TEST_F(luns, list)
{
	static const __u8 want[][8] = { { 0, 0 }, { 0, 5 }, { 0, 255 }, { 0x41, 0x00 },
					{ 0x7f, 0xff } };
	struct io io = { LUN(0), REPORT_LUNS(1024), DATA_IN(self->buf, 1024) };
	unsigned int i;

	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(8 + 5 * 8, probe_got(&io));
	ASSERT_EQ(5 * 8, get_be32(self->buf));
	EXPECT_EQ(0, get_be32(self->buf + 4));
	for (i = 0; i < 5; i++)
		EXPECT_TRUE(listed(self->buf, want[i]));
}

/*
 * The length tells of all, however little is taken. SPC-5 6.33: an allocation length below
 * 16 is unwise ("should"), but only SPC, the first, made it an error.
 */
TEST_F(luns, allocation_length)
{
	__u8 cut[64];
	int i, n[] = { 0, 1, 4, 8, 15, 16, 20, 47, 48 };
	struct io all = { LUN(0), REPORT_LUNS(1024), DATA_IN(self->buf, 1024) };

	EXPECT_GOOD(&self->n, all);
	for (i = 0; i < 9; i++) {
		struct io io = { LUN(0), REPORT_LUNS(n[i]), DATA_IN(cut, 64) };

		memset(cut, 0xee, sizeof(cut));
		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(n[i], probe_got(&io));
		EXPECT_EQ(0, memcmp(cut, self->buf, n[i]));
		EXPECT_EQ(0xee, cut[n[i]]);
	}
}

/* SELECT REPORT: 00h addressable, 01h well known only, 02h all. */
TEST_F(luns, select_report)
{
	struct io all = { LUN(0), CDB(0xa0, 0, 2, 0, 0, 0, BE32(1024), 0, 0),
			  DATA_IN(self->buf, 1024) };
	struct io wlun = { LUN(0), CDB(0xa0, 0, 1, 0, 0, 0, BE32(1024), 0, 0),
			   DATA_IN(self->buf, 1024) };

	EXPECT_GOOD(&self->n, all);
	EXPECT_EQ(6 * 8, get_be32(self->buf));
	EXPECT_TRUE(listed(self->buf, well_known));
	EXPECT_GOOD(&self->n, wlun);
	ASSERT_EQ(8, get_be32(self->buf));
	EXPECT_EQ(0, memcmp(self->buf + 8, well_known, 8));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0xa0, 0, 0x7f, 0, 0, 0, BE32(1024), 0, 0),
		   DATA_IN(self->buf, 1024));
}

/* SPC-5 8.2: there on a target with no other logical unit too. */
TEST_F(luns, well_known_lun)
{
	struct nexus n, *at[] = { &self->n, &n };
	unsigned int i;

	ASSERT_EQ(0, probe_open(&n, "empty", "init-a"));
	for (i = 0; i < 2; i++) {
		EXPECT_CMD(at[i], 0, WLUN, TUR);
		EXPECT_CMD(at[i], 0, WLUN, INQUIRY(96), DATA_IN(self->buf, 96));
		EXPECT_EQ(0x1e, self->buf[0]);
		EXPECT_EQ(91, self->buf[4]);
		EXPECT_CMD(at[i], 0, WLUN, VPD(0x00, 96), DATA_IN(self->buf, 96));
		EXPECT_EQ(0, memcmp(self->buf, "\x1e\x00\x00\x02\x00\x83", 6));
		EXPECT_CMD(at[i], 0, WLUN, VPD(0x83, 96), DATA_IN(self->buf, 96));
		EXPECT_EQ(0x1e, self->buf[0]);
		/* port designators only: NAA, and the relative identifier */
		EXPECT_EQ(12 + 8, get_be16(self->buf + 2));
		EXPECT_EQ(0x93, self->buf[5]);
		EXPECT_EQ(0x94, self->buf[17]);
		EXPECT_CMD(at[i], INVALID_FIELD, WLUN, VPD(0x80, 96), DATA_IN(self->buf, 96));
		EXPECT_CMD(at[i], INVALID_FIELD, WLUN, CDB(0x12, 2, 0, 0, 96, 0),
			   DATA_IN(self->buf, 96));
		EXPECT_CMD(at[i], INVALID_FIELD, WLUN, CDB(0x12, 0, 0x83, 0, 96, 0),
			   DATA_IN(self->buf, 96));
		EXPECT_CMD(at[i], 0, WLUN, REQUEST_SENSE, DATA_IN(self->buf, 252));
		EXPECT_EQ(0x70, self->buf[0]);
		EXPECT_EQ(0, self->buf[2]);
		EXPECT_CMD(at[i], 0, WLUN, REPORT_LUNS(1024), DATA_IN(self->buf, 1024));
		EXPECT_EQ(i ? 0 : 5 * 8, get_be32(self->buf));
		EXPECT_CMD(at[i], INVALID_OPCODE, WLUN, READ10(0, 1), DATA_IN(self->buf, 512));
		EXPECT_CMD(at[i], INVALID_OPCODE, WLUN, CDB(0xa0, 0, 0, 0, 0, 0),
			   DATA_IN(self->buf, 512));
	}
	probe_close(&n);
}

TEST_F(luns, every_lun_answers)
{
	static const unsigned int lun[] = { 0, 5, 255, 256, 16383 };
	int i;

	for (i = 0; i < 5; i++) {
		struct io io = { LUN(lun[i]), INQUIRY(96), DATA_IN(self->buf, 96) };

		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(0, self->buf[0]);
		EXPECT_EQ(0, probe_ready(&self->n, lun[i]));
		EXPECT_CMD(&self->n, 0, LUN(lun[i]), READ10(0, 1), DATA_IN(self->buf, 512));
	}
}

/* SAM-6 5.11: INQUIRY and REQUEST SENSE tell it their own way, all else gets 25h/00h. */
static void expect_no_lun(struct __test_metadata *_metadata, struct nexus *n, const __u8 *lun)
{
	__u8 buf[256];
	struct io inq = { INQUIRY(96), DATA_IN(buf, 96) };
	struct io tur = { TUR };
	struct io rd = { READ10(0, 1), DATA_IN(buf, 256) };
	struct io unknown = { CDB(0xff, 0, 0, 0, 0, 0) };
	struct io fixed = { REQUEST_SENSE, DATA_IN(buf, 252) };
	struct io desc = { CDB(0x03, 1, 0, 0, 252, 0), DATA_IN(buf, 252) };

	memcpy(inq.lun, lun, 8);
	memcpy(tur.lun, lun, 8);
	memcpy(rd.lun, lun, 8);
	memcpy(unknown.lun, lun, 8);
	memcpy(fixed.lun, lun, 8);
	memcpy(desc.lun, lun, 8);
	EXPECT_GOOD(n, inq);
	EXPECT_EQ(0x7f, buf[0]);		/* 011b, 1Fh */
	EXPECT_LE(36, probe_got(&inq));
	EXPECT_EQ(buf[4] + 5, probe_got(&inq));
	EXPECT_OUTCOME(n, tur, LUN_NOT_SUPPORTED);
	EXPECT_OUTCOME(n, rd, LUN_NOT_SUPPORTED);
	EXPECT_OUTCOME(n, unknown, LUN_NOT_SUPPORTED);
	EXPECT_GOOD(n, fixed);
	EXPECT_EQ(18, probe_got(&fixed));
	EXPECT_EQ(0x70, buf[0]);
	EXPECT_EQ(LUN_NOT_SUPPORTED, SENSE(buf[2] & 0x0f, buf[12], buf[13]));
	EXPECT_GOOD(n, desc);
	EXPECT_EQ(0x72, buf[0]);
	EXPECT_EQ(LUN_NOT_SUPPORTED, SENSE(buf[1] & 0x0f, buf[2], buf[3]));
}

TEST_F(luns, not_there)
{
	static const __u8 lun[][8] = {
		{ 0x00, 0x01 },
		{ 0x41, 0x01 },			/* 257 */
		{ 0x01, 0x00 },			/* on another bus */
		{ 0x00, 0x00, 0x00, 0x01 },	/* below the first level */
		{ 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01 },
		{ 0x80, 0x05 },			/* logical unit addressing */
		{ 0xc1, 0x02 },			/* the ACCESS CONTROLS well known LUN */
		{ 0xc1, 0x01, 0x00, 0x01 },
		{ 0xc0, 0x00 },
		{ 0xd2, 0x00, 0x00, 0x05 },	/* extended flat space */
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lun); i++)
		expect_no_lun(_metadata, &self->n, lun[i]);
}

/* An initiator starts at LUN 0 (SPC-5 6.33): it hears what there is even if 0 is not. */
TEST_F(luns, hole_at_zero)
{
	struct io io = { LUN(0), REPORT_LUNS(1024), DATA_IN(self->buf, 1024) };
	struct nexus n;

	ASSERT_EQ(0, probe_open(&n, "hole", "init-a"));
	EXPECT_GOOD(&n, io);
	ASSERT_EQ(8, get_be32(self->buf));
	EXPECT_EQ(3, get_be16(self->buf + 8));
	expect_no_lun(_metadata, &n, zero);
	EXPECT_EQ(0, probe_ready(&n, 3));
	probe_close(&n);
}

TEST_F(luns, empty_target)
{
	struct io io = { LUN(0), REPORT_LUNS(1024), DATA_IN(self->buf, 1024) };
	struct io all = { LUN(0), CDB(0xa0, 0, 2, 0, 0, 0, BE32(1024), 0, 0),
			  DATA_IN(self->buf, 1024) };
	struct nexus n;

	ASSERT_EQ(0, probe_open(&n, "empty", "init-a"));
	EXPECT_GOOD(&n, io);
	EXPECT_EQ(0, get_be32(self->buf));
	EXPECT_EQ(8, probe_got(&io));
	EXPECT_GOOD(&n, all);
	EXPECT_EQ(8, get_be32(self->buf));
	EXPECT_TRUE(listed(self->buf, well_known));
	expect_no_lun(_metadata, &n, zero);
	probe_close(&n);
}

/* Two initiators, two LUN maps at one target. */
TEST_F(luns, groups)
{
	struct io io = { LUN(0), REPORT_LUNS(1024), DATA_IN(self->buf, 1024) };
	struct nexus in, out;

	ASSERT_EQ(0, probe_open(&in, "group", "member"));
	ASSERT_EQ(0, probe_open(&out, "group", "stranger"));
	EXPECT_GOOD(&in, io);
	ASSERT_EQ(8, get_be32(self->buf));
	EXPECT_EQ(9, get_be16(self->buf + 8));
	EXPECT_GOOD(&out, io);
	ASSERT_EQ(8, get_be32(self->buf));
	EXPECT_EQ(0, get_be16(self->buf + 8));
	EXPECT_EQ(0, probe_ready(&in, 9));
	EXPECT_EQ(LUN_NOT_SUPPORTED, probe_ready(&in, 0));
	EXPECT_EQ(LUN_NOT_SUPPORTED, probe_ready(&out, 9));
	EXPECT_EQ(0, probe_ready(&out, 0));
	probe_close(&in);
	probe_close(&out);
}

TEST_HARNESS_MAIN
