// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: REPORT SUPPORTED OPERATION CODES and TASK MANAGEMENT FUNCTIONS (SPC-5 6.35,
 * 6.36) against what the engine then really does: this test will try every opcode.
 *
 * timeout: 120
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create o_ram backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=o_ram")

#define RCTD		0x80
#define RSOC(options, opcode, sa, n)						\
	CDB(0xa3, 0x0c, options, opcode, BE16(sa), BE32(n), 0, 0)

FIXTURE(opcodes) {
	struct nexus n;
	__u8 all[4096];
	__u8 buf[4096];
	__u32 nr;
};

FIXTURE_SETUP(opcodes)
{
	struct io io = { LUN(0), RSOC(0, 0, 0, 4096), DATA_IN(self->all, 4096) };

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, 0));
	ASSERT_EQ(0, probe_outcome(&self->n, &io));
	ASSERT_EQ(4 + get_be32(self->all), probe_got(&io));
	ASSERT_EQ(0, get_be32(self->all) % 8);
	self->nr = get_be32(self->all) / 8;
}

FIXTURE_TEARDOWN(opcodes)
{
	probe_close(&self->n);
}

struct command {
	__u8 opcode;
	bool has_sa;
	__u16 sa;
	__u16 len;
};

static struct command nth(const __u8 *all, __u32 i)
{
	const __u8 *d = all + 4 + 8 * i;

	return (struct command){ d[0], d[5] & 1, get_be16(d + 2), get_be16(d + 6) };
}

static bool reported(const __u8 *all, __u32 nr, __u8 opcode)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (nth(all, i).opcode == opcode)
			return true;
	return false;
}

static bool reports_sa(const __u8 *all, __u32 nr, __u8 opcode, __u16 sa)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (nth(all, i).opcode == opcode && nth(all, i).has_sa && nth(all, i).sa == sa)
			return true;
	return false;
}

TEST_F(opcodes, what_a_disk_must_have)
{
	static const __u8 must[] = {
		0x00, 0x03, 0x08, 0x0a, 0x12, 0x1a, 0x1b, 0x25, 0x28, 0x2a, 0x35, 0x5a,
		0x88, 0x8a, 0x91, 0xa0, 0xa8, 0xaa,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(must); i++)
		EXPECT_TRUE(reported(self->all, self->nr, must[i]))
			TH_LOG("opcode %02x", must[i]);
	EXPECT_TRUE(reports_sa(self->all, self->nr, 0x9e, 0x10));
	EXPECT_TRUE(reports_sa(self->all, self->nr, 0xa3, 0x0c));
	EXPECT_TRUE(reports_sa(self->all, self->nr, 0xa3, 0x0d));
}

TEST_F(opcodes, descriptors)
{
	/* SPC-5 4.3: the group code gives the length, but for reserved and vendor's groups */
	static const __u8 group_len[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };
	__u32 i, j;

	for (i = 0; i < self->nr; i++) {
		struct command c = nth(self->all, i);

		if (group_len[c.opcode >> 5])
			EXPECT_EQ(group_len[c.opcode >> 5], c.len);
		for (j = 0; j < i; j++)
			EXPECT_FALSE(nth(self->all, j).opcode == c.opcode &&
				     nth(self->all, j).sa == c.sa);
	}
}

/* With RCTD each descriptor carries 12 bytes of command timeouts. */
TEST_F(opcodes, timeouts)
{
	struct io io = { LUN(0), RSOC(RCTD, 0, 0, 4096), DATA_IN(self->buf, 4096) };
	__u32 i;

	EXPECT_GOOD(&self->n, io);
	ASSERT_EQ(self->nr * 20, get_be32(self->buf));
	for (i = 0; i < self->nr; i++) {
		const __u8 *d = self->buf + 4 + 20 * i;

		EXPECT_EQ(0x02, d[5] & 0x02);		/* CTDP */
		EXPECT_EQ(0x0a, get_be16(d + 8));
		EXPECT_EQ(nth(self->all, i).opcode, d[0]);
	}
}

TEST_F(opcodes, one_command)
{
	__u32 i;

	for (i = 0; i < self->nr; i++) {
		struct command c = nth(self->all, i);
		struct io one = { LUN(0), RSOC(c.has_sa ? 2 : 1, c.opcode, c.sa, 4096),
				  DATA_IN(self->buf, 4096) };
		struct io any = { LUN(0), RSOC(3, c.opcode, c.sa, 4096),
				  DATA_IN(self->buf, 4096) };
		struct io timed = { LUN(0), RSOC(RCTD | 3, c.opcode, c.sa, 4096),
				    DATA_IN(self->buf, 4096) };

		EXPECT_GOOD(&self->n, one);
		EXPECT_EQ(0x03, self->buf[1] & 0x07);
		EXPECT_EQ(0, self->buf[1] & 0x80);
		EXPECT_EQ(c.len, get_be16(self->buf + 2));
		EXPECT_EQ(4 + c.len, probe_got(&one));
		EXPECT_EQ(c.opcode, self->buf[4]);
		/* SPC-5 4.2.3: in bytes 8 and 9 of a CDB of variable length */
		if (c.has_sa)
			EXPECT_EQ(c.sa, c.opcode == 0x7f ? get_be16(self->buf + 4 + 8) :
							   self->buf[5] & 0x1f);
		EXPECT_GOOD(&self->n, any);
		EXPECT_EQ(0x03, self->buf[1] & 0x07);
		EXPECT_GOOD(&self->n, timed);
		EXPECT_EQ(0x80, self->buf[1] & 0x80);
		EXPECT_EQ(4 + c.len + 12, probe_got(&timed));
		EXPECT_EQ(0x0a, get_be16(self->buf + 4 + c.len));
		/* asked for the wrong way */
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0),
			   RSOC(c.has_sa ? 1 : 2, c.opcode, c.sa, 4096),
			   DATA_IN(self->buf, 4096));
	}
}

TEST_F(opcodes, not_supported)
{
	static const struct {
		__u8 options, opcode;
		__u16 sa;
	} ask[] = {
		{ 1, 0xff, 0 }, { 3, 0xff, 0 }, { 1, 0xc0, 0 }, { 2, 0x9e, 0x1f },
		{ 3, 0x9e, 0x1f }, { 3, 0x00, 0x01 }, { 2, 0xa3, 0x10c },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ask); i++) {
		struct io io = { LUN(0), RSOC(ask[i].options, ask[i].opcode, ask[i].sa, 4096),
				 DATA_IN(self->buf, 4096) };

		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(0x01, self->buf[1] & 0x07)
			TH_LOG("opcode %02x/%x", ask[i].opcode, ask[i].sa);
	}
	for (i = 4; i < 8; i++)
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), RSOC(i, 0, 0, 4096),
			   DATA_IN(self->buf, 4096));
}

TEST_F(opcodes, allocation_length)
{
	struct io io = { LUN(0), RSOC(0, 0, 0, 13), DATA_IN(self->buf, 4096) };

	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(13, probe_got(&io));
	EXPECT_EQ(0, memcmp(self->buf, self->all, 13));
}

/* Whatever is not reported is refused as such; whatever is, is not. */
TEST_F(opcodes, every_opcode)
{
	int opcode;

	for (opcode = 0; opcode < 256; opcode++) {
		__u8 cdb[260] = { opcode };
		struct io io = { LUN(0), .cdb = cdb, .cdb_len = sizeof(cdb) };
		int what = probe_outcome(&self->n, &io);

		EXPECT_EQ(!reported(self->all, self->nr, opcode), what == INVALID_OPCODE)
			TH_LOG("opcode %02x", opcode);
		if (opcode == 0x1b)			/* it has just been stopped */
			EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x1b, 0, 0, 0, 1, 0));
	}
}

/* SPC-5 4.3.5.2: opcode good, service action not. */
TEST_F(opcodes, every_service_action)
{
	static const __u8 opcodes[] = { 0x83, 0x84, 0x9e, 0xa3 };
	unsigned int i;
	__u16 sa;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		for (sa = 0; sa < 32; sa++) {
			__u8 cdb[16] = { opcodes[i], sa };

			if (!reports_sa(self->all, self->nr, opcodes[i], sa))
				EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), .cdb = cdb,
					   .cdb_len = 16);
		}
	}
}

/* CDBs that end too early, down to nothing. */
TEST_F(opcodes, length)
{
	__u32 i, len;

	for (i = 0; i < self->nr; i++) {
		struct command c = nth(self->all, i);
		__u8 cdb[16] = { c.opcode, c.has_sa ? c.sa : 0 };

		for (len = 0; len < c.len; len++)
			EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), .cdb = cdb, .cdb_len = len);
	}
}

TEST_F(opcodes, task_management)
{
	static const struct {
		int function;
		__u8 bit;
	} tmf[] = {
		{ ABORT_TASK, 0x80 }, { ABORT_TASK_SET, 0x40 }, { CLEAR_ACA, 0x20 },
		{ CLEAR_TASK_SET, 0x10 }, { LUN_RESET, 0x08 },
	};
	struct io io = { LUN(0), CDB(0xa3, 0x0d, 0, 0, 0, 0, BE32(255), 0, 0),
			 DATA_IN(self->buf, 255) };
	struct io more = { LUN(0), CDB(0xa3, 0x0d, 0x80, 0, 0, 0, BE32(255), 0, 0),
			   DATA_IN(self->buf, 255) };
	__u8 said;
	int i, got;

	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(4, probe_got(&io));
	EXPECT_EQ(0, self->buf[3]);
	said = self->buf[0];
	EXPECT_EQ(0xd8, said & 0xd8);
	for (i = 0; i < 5; i++) {
		got = probe_tmf(&self->n, tmf[i].function, 0, 999);
		EXPECT_EQ(said & tmf[i].bit ? TMF_COMPLETE : TMF_REJECTED, got);
	}
	ASSERT_EQ(0, probe_ready(&self->n, 0));		/* 29h/03h */
	/* REPD asks for the extended form, 16 bytes */
	EXPECT_GOOD(&self->n, more);
	EXPECT_EQ(16, probe_got(&more));
	EXPECT_EQ(12, self->buf[3]);
	EXPECT_EQ(said, self->buf[0]);
}

TEST_HARNESS_MAIN
