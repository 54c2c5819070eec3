// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: which commands persistent reservations refuse (SPC-5 5.14.1, SBC-4 4.17): every
 * type, for its holder, a registrant and a nexus that is not registered, and after sessions
 * ended and came back. RESERVE and RELEASE, with the exceptions of SPC-5 5.14.3. This test will
 * send a command of each kind under each of them.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/pr.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create r backend=ram size=1M",
	     "target create probe:p",
	     "lun create probe:p 0 device=r")

FIXTURE(pr) {
	struct nexus n[3];
};

FIXTURE_SETUP(pr)
{
	static const char * const names[] = { "init-a", "init-b", "init-c" };
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, probe_open(&self->n[i], "p", names[i]));
		ASSERT_EQ(0, probe_ready(&self->n[i], 0));
	}
}

/* Whatever is left goes, for the next test. */
FIXTURE_TEARDOWN(pr)
{
	int i;

	for (i = 0; i < 3; i++)
		probe_ready(&self->n[i], 0);
	pr_out(&self->n[0], REGISTER_IGNORE, 0, 0, KEY(0), 0);
	pr_out(&self->n[0], CLEAR, 0, KEY(0), 0, 0);
	for (i = 0; i < 3; i++)
		probe_close(&self->n[i]);
}

/* The commands there are, and their rows of the tables: N any, R reads, W writes, 2 RESERVE. */
static const struct {
	__u8	cdb[16];
	__u8	len;
	char	row;
	char	dir;
} cmds[] = {
	{ { 0x00 }, 6, '2', 0 },					/* TEST UNIT READY */
	{ { 0x03, 0, 0, 0, 252 }, 6, 'N', 'i' },			/* REQUEST SENSE */
	{ { 0x12, 0, 0, 0, 96 }, 6, 'N', 'i' },				/* INQUIRY */
	{ { 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0 }, 12, 'N', 'i' },		/* REPORT LUNS */
	{ { 0x08, 0, 0, 0, 1 }, 6, 'R', 'i' },				/* READ(6) */
	{ { 0x28, [8] = 1 }, 10, 'R', 'i' },				/* READ(10) */
	{ { 0xa8, [9] = 1 }, 12, 'R', 'i' },				/* READ(12) */
	{ { 0x88, [13] = 1 }, 16, 'R', 'i' },				/* READ(16) */
	{ { 0x0a, 0, 0, 0, 1 }, 6, 'W', 'o' },				/* WRITE(6) */
	{ { 0x2a, [8] = 1 }, 10, 'W', 'o' },				/* WRITE(10) */
	{ { 0xaa, [9] = 1 }, 12, 'W', 'o' },				/* WRITE(12) */
	{ { 0x8a, [13] = 1 }, 16, 'W', 'o' },				/* WRITE(16) */
	{ { 0x35 }, 10, 'W', 0 },					/* SYNCHRONIZE CACHE(10) */
	{ { 0x91 }, 16, 'W', 0 },					/* SYNCHRONIZE CACHE(16) */
	{ { 0x1a, 0, 0x3f, 0, 192 }, 6, 'R', 'i' },			/* MODE SENSE(6) */
	{ { 0x5a, 0, 0x3f, [8] = 192 }, 10, 'R', 'i' },			/* MODE SENSE(10) */
	{ { 0x25 }, 10, '2', 'i' },					/* READ CAPACITY(10) */
	{ { 0x9e, 0x10, [13] = 32 }, 16, '2', 'i' },			/* READ CAPACITY(16) */
	{ { 0xa3, 0x0c, [9] = 64 }, 12, 'R', 'i' },			/* SUPPORTED OPCODES */
	{ { 0xa3, 0x0d, [9] = 4 }, 12, 'R', 'i' },			/* SUPPORTED TMF */
	{ { 0x1b, 0, 0, 0, 1 }, 6, '2', 0 },				/* START STOP UNIT, start */
	{ { 0x1b, 1, 0, 0, 0 }, 6, 'W', 0 },				/* ... stop */
	{ { 0x1b, 0, 0, 0, 1 }, 6, '2', 0 },
};

/* All of them through @n; @refused: rows that are to be. */
static void expect_rows(struct __test_metadata *_metadata, struct nexus *n, const char *refused,
			const char *when)
{
	__u8 data[512] = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		struct io io = { LUN(0), .cdb = cmds[i].cdb, .cdb_len = cmds[i].len };
		int want = strchr(refused, cmds[i].row) ? CONFLICT : 0, got;

		if (cmds[i].dir == 'i')
			io = (struct io){ LUN(0), .cdb = cmds[i].cdb, .cdb_len = cmds[i].len,
					  DATA_IN(data, 512) };
		if (cmds[i].dir == 'o')
			io = (struct io){ LUN(0), .cdb = cmds[i].cdb, .cdb_len = cmds[i].len,
					  DATA_OUT(data, 512) };
		got = pr_outcome(n, &io);
		EXPECT_EQ(want, got)
			TH_LOG("%s: CDB %02x %02x", when, cmds[i].cdb[0], cmds[i].cdb[1]);
	}
}

static const struct {
	int		type;
	const char	*registrant;
	const char	*other;
} table[] = {
	{ 1, "W", "W" },	/* Write Exclusive */
	{ 3, "RW", "RW" },	/* Exclusive Access */
	{ 5, "", "W" },		/* Write Exclusive - Registrants Only */
	{ 6, "", "RW" },	/* Exclusive Access - Registrants Only */
	{ 7, "", "W" },		/* Write Exclusive - All Registrants */
	{ 8, "", "RW" },	/* Exclusive Access - All Registrants */
};

TEST_F_TIMEOUT(pr, matrix, 120)
{
	unsigned int i;
	int j;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
		EXPECT_EQ(0, pr_out(&self->n[1], REGISTER, 0, 0, KEY(1), 0));
		expect_rows(_metadata, &self->n[2], "", "no reservation");
		EXPECT_EQ(0, pr_out(&self->n[0], PRESERVE, table[i].type, KEY(0), 0, 0));
		expect_rows(_metadata, &self->n[0], "", "holder");
		expect_rows(_metadata, &self->n[1], table[i].registrant, "registrant");
		expect_rows(_metadata, &self->n[2], table[i].other, "not registered");
		/* a reset changes nothing */
		EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n[2], LUN_RESET, 0, 0));
		for (j = 0; j < 3; j++)
			EXPECT_EQ(0, probe_ready(&self->n[j], 0));
		expect_rows(_metadata, &self->n[1], table[i].registrant, "reset, registrant");
		expect_rows(_metadata, &self->n[2], table[i].other, "reset, not registered");
		/* nor does the end of a session, nor another of the same name */
		probe_close(&self->n[0]);
		expect_rows(_metadata, &self->n[2], table[i].other, "holder away");
		ASSERT_EQ(0, probe_open(&self->n[0], "p", "init-a"));
		EXPECT_EQ(0, probe_ready(&self->n[0], 0));
		expect_rows(_metadata, &self->n[0], "", "holder back");
		probe_close(&self->n[1]);
		ASSERT_EQ(0, probe_open(&self->n[1], "p", "init-b"));
		EXPECT_EQ(0, probe_ready(&self->n[1], 0));
		expect_rows(_metadata, &self->n[1], table[i].registrant, "registrant back");
		EXPECT_EQ(CONFLICT, pr_out(&self->n[2], CLEAR, 0, KEY(0), 0, 0));
		EXPECT_EQ(0, pr_out(&self->n[0], PRELEASE, table[i].type, KEY(0), 0, 0));
		/* of registrants types, the others are told */
		EXPECT_CMD(&self->n[1], table[i].type >= 5 ? SENSE(6, 0x2a, 0x04) : 0, LUN(0), TUR);
		EXPECT_CMD(&self->n[2], 0, LUN(0), TUR);
		EXPECT_EQ(0, pr_out(&self->n[0], CLEAR, 0, KEY(0), 0, 0));
		EXPECT_CMD(&self->n[1], SENSE(6, 0x2a, 0x03), LUN(0), TUR);
		EXPECT_CMD(&self->n[1], 0, LUN(0), TUR);
	}
}

/* A unit attention comes before the conflict, the conflict before all else (SAM-6 5.3.3). */
TEST_F(pr, precedence)
{
	__u8 data[512];

	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(0, pr_out(&self->n[1], REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(0, pr_out(&self->n[0], PRESERVE, 3, KEY(0), 0, 0));
	EXPECT_EQ(0, pr_out(&self->n[0], PREEMPT, 3, KEY(0), KEY(1), 0));
	EXPECT_CMD(&self->n[1], SENSE(6, 0x2a, 0x05), LUN(0), READ10(0, 1), DATA_IN(data, 512));
	{
		struct io io = { LUN(0), READ10(0, 1), DATA_IN(data, 512) };
		struct io far = { LUN(0), READ10(0xffffff, 1), DATA_IN(data, 512) };

		EXPECT_EQ(CONFLICT, pr_outcome(&self->n[1], &io));
		EXPECT_EQ(CONFLICT, pr_outcome(&self->n[1], &far));
		/* also where the unit is stopped */
		EXPECT_CMD(&self->n[0], 0, LUN(0), CDB(0x1b, 0, 0, 0, 0, 0));
		EXPECT_EQ(CONFLICT, pr_outcome(&self->n[1], &io));
		EXPECT_CMD(&self->n[1], 0, LUN(0), CDB(0x1b, 0, 0, 0, 1, 0));
	}
}

TEST_F(pr, preempt_and_abort)
{
	struct io held, mine;
	__u8 data[512] = { };

	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(0, pr_out(&self->n[1], REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(0, pr_out(&self->n[1], PRESERVE, 5, KEY(1), 0, 0));
	ASSERT_EQ(0, probe_hold(&self->n[1], &held, 0, 3, 77, TGTPROBE_DEFER));
	ASSERT_EQ(0, probe_hold(&self->n[0], &mine, 0, 4, 78, TGTPROBE_DEFER));
	EXPECT_EQ(0, pr_out(&self->n[0], PREEMPT_ABORT, 6, KEY(0), KEY(1), 0));
	EXPECT_EQ(0, probe_wait(&self->n[1], &held));
	EXPECT_EQ(TASK_ABORTED, held.r.status);
	/* that of the nexus which was not preempted goes on */
	EXPECT_EQ(0, probe_data(&self->n[0], &mine, data));
	EXPECT_EQ(0, probe_wait(&self->n[0], &mine));
	EXPECT_EQ(GOOD, mine.r.status);
	EXPECT_CMD(&self->n[1], SENSE(6, 0x2a, 0x05), LUN(0), TUR);
	EXPECT_EQ(CONFLICT, pr_out(&self->n[1], PRESERVE, 6, KEY(1), 0, 0));
}

TEST_F(pr, parameter_data)
{
	static const __u8 caps[8] = { 0, 8, 0x9c, 0xc0, 0xea, 0x01, 0, 0 };
	__u8 buf[256], gen[4];

	EXPECT_EQ(0, pr_in(&self->n[2], CAPABILITIES, buf, 255));
	EXPECT_EQ(0, memcmp(buf, caps, 8));
	EXPECT_EQ(0, pr_in(&self->n[2], KEYS, buf, 255));
	memcpy(gen, buf, 4);
	EXPECT_EQ(0, get_be32(buf + 4));
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(0, pr_out(&self->n[1], REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(0, pr_in(&self->n[2], KEYS, buf, 255));
	EXPECT_EQ(get_be32(gen) + 2, get_be32(buf));
	EXPECT_EQ(16, get_be32(buf + 4));
	EXPECT_EQ(KEY(0), get_be64(buf + 8));
	EXPECT_EQ(KEY(1), get_be64(buf + 16));
	EXPECT_EQ(0, pr_out(&self->n[1], PRESERVE, 6, KEY(1), 0, 0));
	EXPECT_EQ(0, pr_in(&self->n[2], RESERVATION, buf, 255));
	EXPECT_EQ(16, get_be32(buf + 4));
	EXPECT_EQ(KEY(1), get_be64(buf + 8));
	EXPECT_EQ(6, buf[21]);
	EXPECT_EQ(0, pr_in(&self->n[2], FULL_STATUS, buf, 255));
	EXPECT_EQ(2 * 48, get_be32(buf + 4));
	EXPECT_EQ(0, buf[8 + 12]);
	EXPECT_EQ(1, buf[8 + 48 + 12]);
	EXPECT_EQ(6, buf[8 + 48 + 13]);
	EXPECT_EQ(24, get_be32(buf + 8 + 20));
	EXPECT_EQ(6, buf[8 + 24] & 0x0f);
	/* cut off, the length is whole */
	EXPECT_EQ(0, pr_in(&self->n[2], FULL_STATUS, buf, 10));
	EXPECT_EQ(2 * 48, get_be32(buf + 4));
	EXPECT_EQ(INVALID_FIELD, pr_in(&self->n[2], 4, buf, 10));
}

static int spc2(struct nexus *n, __u8 opcode)
{
	struct io six = { LUN(0), CDB(opcode, 0, 0, 0, 0, 0) };
	struct io ten = { LUN(0), CDB(opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0) };

	return pr_outcome(n, opcode < 0x20 ? &six : &ten);
}

TEST_F(pr, reserve_and_release)
{
	__u8 op, buf[64];

	for (op = 0x16; op; op = op == 0x16 ? 0x56 : 0) {
		EXPECT_EQ(0, spc2(&self->n[0], op));
		EXPECT_EQ(0, spc2(&self->n[0], op));
		EXPECT_EQ(CONFLICT, spc2(&self->n[1], op));
		expect_rows(_metadata, &self->n[0], "", "reserver");
		expect_rows(_metadata, &self->n[1], "2RW", "not the reserver");
		EXPECT_EQ(CONFLICT, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
		EXPECT_EQ(CONFLICT, pr_in(&self->n[0], KEYS, buf, 64));
		EXPECT_EQ(0, spc2(&self->n[1], op + 1));	/* not its to release */
		expect_rows(_metadata, &self->n[1], "2RW", "still not");
		EXPECT_EQ(0, spc2(&self->n[0], op + 1));
		expect_rows(_metadata, &self->n[1], "", "released");
	}
	/* a reset ends it, and so does the end of the nexus */
	EXPECT_EQ(0, spc2(&self->n[0], 0x16));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n[1], LUN_RESET, 0, 0));
	EXPECT_EQ(0, probe_ready(&self->n[0], 0));
	EXPECT_EQ(0, probe_ready(&self->n[1], 0));
	expect_rows(_metadata, &self->n[1], "", "reset");
	EXPECT_EQ(0, spc2(&self->n[0], 0x16));
	probe_close(&self->n[0]);
	expect_rows(_metadata, &self->n[1], "", "nexus lost");
	ASSERT_EQ(0, probe_open(&self->n[0], "p", "init-a"));
	EXPECT_EQ(0, probe_ready(&self->n[0], 0));
	/* third parties and extents there are none */
	EXPECT_CMD(&self->n[0], INVALID_FIELD, LUN(0), CDB(0x16, 0x10, 0, 0, 0, 0));
	EXPECT_CMD(&self->n[0], INVALID_FIELD, LUN(0), CDB(0x17, 0x01, 0, 0, 0, 0));
	EXPECT_CMD(&self->n[0], INVALID_FIELD, LUN(0), CDB(0x56, 0x02, 0, 0, 0, 0, 0, 0, 0, 0));
	/* SPC-5 5.14.3 */
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(CONFLICT, spc2(&self->n[0], 0x16));
	EXPECT_EQ(CONFLICT, spc2(&self->n[1], 0x17));
	EXPECT_EQ(0, pr_out(&self->n[0], PRESERVE, 3, KEY(0), 0, 0));
	EXPECT_EQ(0, spc2(&self->n[0], 0x16));
	EXPECT_EQ(0, spc2(&self->n[0], 0x17));
	EXPECT_EQ(CONFLICT, spc2(&self->n[1], 0x16));
	expect_rows(_metadata, &self->n[1], "RW", "the persistent one stands");
}

TEST_F(pr, bad_parameter_lists)
{
	__u8 list[64] = { [15] = 1 };
	int i;

	for (i = 0; i < 64; i += 8) {
		struct io io = { LUN(0), CDB(0x5f, 0, 0, 0, 0, BE32(i), 0), DATA_OUT(list, 64) };

		if (i == 24)
			continue;
		EXPECT_EQ(SENSE(5, 0x1a, 0x00), pr_outcome(&self->n[0], &io));
	}
	list[20] = 1;	/* APTPL */
	EXPECT_CMD(&self->n[0], SENSE(5, 0x26, 0x00), LUN(0),
		   CDB(0x5f, 0, 0, 0, 0, BE32(24), 0), DATA_OUT(list, 24));
	EXPECT_EQ(SENSE(5, 0x26, 0x04), pr_out(&self->n[0], 8, 1, 0, 1, 0));
	EXPECT_EQ(INVALID_FIELD, pr_out(&self->n[0], 9, 1, 0, 1, 0));
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(INVALID_FIELD, pr_out(&self->n[0], PRESERVE, 2, KEY(0), 0, 0));
	EXPECT_EQ(INVALID_FIELD, pr_out(&self->n[0], PRESERVE, 0x11, KEY(0), 0, 0));
	EXPECT_EQ(0, pr_out(&self->n[0], PRESERVE, 1, KEY(0), 0, 0));
	EXPECT_EQ(SENSE(5, 0x26, 0x04), pr_out(&self->n[0], PRELEASE, 3, KEY(0), 0, 0));
}

TEST_HARNESS_MAIN
