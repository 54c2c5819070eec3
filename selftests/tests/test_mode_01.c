// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: MODE SELECT (SPC-5 6.12, 6.13, 7.5.10; SBC-4 6.5.6): what it changes is what MODE
 * SENSE shows and what the logical unit then does, for every nexus; what it refuses changes
 * nothing. This test will change each parameter and look for its effect.
 *
 * timeout: 180
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create s_ram backend=ram size=16M",
	     "device create s_file backend=file path=/tmp/mode_01.img buffered=yes size=16M",
	     "target create probe:p",
	     "target create probe:q",
	     "lun create probe:p 0 device=s_ram",
	     "lun create probe:p 1 device=s_file",
	     "lun create probe:q 0 device=s_ram")

#define SELECT6(b1, n)	CDB(0x15, b1, 0, 0, n, 0)
#define SELECT10(b1, n)	CDB(0x55, b1, 0, 0, 0, 0, 0, BE16(n), 0)
#define SENSE10(pc, page) CDB(0x5a, 0x08, (pc) << 6 | (page), 0, 0, 0, 0, 0, 255, 0)
#define PF		0x10
#define RTD		0x02
#define SP		0x01

enum { CURRENT, CHANGEABLE, DEFAULT, SAVED };

FIXTURE(mode) {
	struct nexus a, b, q;
	__u8 buf[512];
};

FIXTURE_SETUP(mode)
{
	ASSERT_EQ(0, tgtctl("device set s_ram modes="));
	ASSERT_EQ(0, tgtctl("device set s_file modes="));
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_open(&self->q, "q", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->a, 0) ?: probe_ready(&self->b, 0));
	ASSERT_EQ(0, probe_ready(&self->a, 1) ?: probe_ready(&self->b, 1));
	ASSERT_EQ(0, probe_ready(&self->q, 0));
}

FIXTURE_TEARDOWN(mode)
{
	probe_close(&self->a);
	probe_close(&self->b);
	probe_close(&self->q);
}

static int tur(struct nexus *n, unsigned int lun)
{
	struct io io = { LUN(lun), TUR };

	return probe_outcome(n, &io);
}

/* The control page as byte 2, 4 and 5 of it say. */
static int control(struct nexus *n, unsigned int lun, __u8 cdb1, __u8 b2, __u8 b4, __u8 b5)
{
	const __u8 list[20] = { [8] = 0x0a, 0x0a, b2, 0x10, b4, b5, 0, 0, 0xff, 0xff };
	struct io io = { LUN(lun), SELECT10(PF | cdb1, 20), DATA_OUT(list, 20) };

	return probe_outcome(n, &io);
}

/* Byte @at of a page of at most 20 bytes; -1 if it cannot be had. */
static int page_byte(struct nexus *n, unsigned int lun, __u8 pc, __u8 page, unsigned int at)
{
	__u8 buf[255];
	struct io io = { LUN(lun), SENSE10(pc, page), DATA_IN(buf, 255) };

	return probe_outcome(n, &io) ? -1 : buf[8 + at];
}

/* All other nexuses of the logical unit are told, once; who did it is not. */
TEST_F(mode, who_is_told)
{
	struct io io = { LUN(0), TUR };

	EXPECT_EQ(0, control(&self->a, 0, 0, 0x04, 0, 0x40));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(0x04, page_byte(&self->a, 0, CURRENT, 0x0a, 2));
	/* in the format that holds for all */
	ASSERT_EQ(0, probe_run(&self->b, &io));
	EXPECT_EQ(0x72, io.r.sense[0]);
	EXPECT_EQ(UA_MODE, probe_sense(&io.r));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(UA_MODE, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
	/* another logical unit is not concerned, nor is anybody by what changes nothing */
	EXPECT_EQ(0, tur(&self->b, 1));
	EXPECT_EQ(0, control(&self->a, 0, 0, 0x04, 0, 0x40));
	EXPECT_EQ(0, tur(&self->b, 0));
}

TEST_F(mode, d_sense)
{
	struct io bad = { LUN(0), CDB(0xff, 0, 0, 0, 0, 0) };

	EXPECT_EQ(0, control(&self->a, 0, 0, 0x04, 0, 0x40));
	ASSERT_EQ(0, probe_run(&self->a, &bad));
	EXPECT_EQ(0x72, bad.r.sense[0]);
	EXPECT_EQ(INVALID_OPCODE, probe_sense(&bad.r));
	EXPECT_EQ(0, control(&self->a, 0, 0, 0x00, 0, 0x40));
	ASSERT_EQ(0, probe_run(&self->a, &bad));
	EXPECT_EQ(0x70, bad.r.sense[0]);
	EXPECT_EQ(INVALID_OPCODE, probe_sense(&bad.r));
}

/* SWP for every nexus; WP tells of it; reads go on */
TEST_F(mode, swp)
{
	struct io hdr = { LUN(0), SENSE10(CURRENT, 0x0a), DATA_IN(self->buf, 255) };

	EXPECT_EQ(0, control(&self->a, 0, 0, 0x00, 0x08, 0x40));
	EXPECT_CMD(&self->a, WRITE_PROTECTED, LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_CMD(&self->a, 0, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	EXPECT_GOOD(&self->a, hdr);
	EXPECT_EQ(0x80, self->buf[3] & 0x80);
	EXPECT_EQ(UA_MODE, tur(&self->q, 0));
	EXPECT_CMD(&self->q, WRITE_PROTECTED, LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_CMD(&self->a, 0, LUN(1), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_EQ(0, control(&self->q, 0, 0, 0x00, 0x00, 0x40));
	EXPECT_CMD(&self->q, 0, LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_EQ(UA_MODE, tur(&self->a, 0));
	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(0, 1), DATA_OUT(self->buf, 512));
}

/* A held write that another nexus clears is answered TASK ABORTED with TAS=1, else not. */
static void clear(struct __test_metadata *_metadata, struct nexus *a, struct nexus *b, bool tas)
{
	struct io io;

	ASSERT_EQ(0, probe_hold(b, &io, 0, 3, 77, TGTPROBE_DEFER));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(a, CLEAR_TASK_SET, 0, 0));
	ASSERT_EQ(0, probe_wait(b, &io));
	EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags & TGTPROBE_R_ABORTED);
	EXPECT_EQ(tas ? TGTPROBE_R_OTHER_NEXUS : 0, io.r.flags & TGTPROBE_R_OTHER_NEXUS);
	if (tas)
		EXPECT_EQ(TASK_ABORTED, io.r.status);
	/* who gets no answer is told another way: SAM-6 5.14 */
	EXPECT_EQ(tas ? 0 : UA_CLEARED, tur(b, 0));
	EXPECT_EQ(0, tur(b, 0));
	EXPECT_EQ(0, tur(a, 0));
}

TEST_F(mode, tas)
{
	clear(_metadata, &self->a, &self->b, true);
	EXPECT_EQ(0, control(&self->a, 0, 0, 0x00, 0x00, 0x00));
	EXPECT_EQ(UA_MODE, tur(&self->b, 0));
	clear(_metadata, &self->a, &self->b, false);
}

/* TST=001b: CLEAR TASK SET is about the commands of its own nexus. */
TEST_F(mode, tst)
{
	struct io io;

	EXPECT_EQ(0, control(&self->a, 0, 0, 0x20, 0x00, 0x40));
	EXPECT_EQ(UA_MODE, tur(&self->b, 0));
	ASSERT_EQ(0, probe_hold(&self->b, &io, 0, 3, 78, TGTPROBE_DEFER));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, CLEAR_TASK_SET, 0, 0));
	memset(self->buf, 5, 512);
	EXPECT_EQ(0, probe_data(&self->b, &io, self->buf));
	ASSERT_EQ(0, probe_wait(&self->b, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(0, io.r.flags & TGTPROBE_R_ABORTED);
}

/* The cache of a file: WCE can be cleared, and set again; memory has none to enable. */
TEST_F(mode, wce)
{
	static const __u8 off[24] = { [4] = 0x08, 0x12 }, on[24] = { [4] = 0x08, 0x12, 0x04 };

	EXPECT_EQ(0x04, page_byte(&self->a, 1, CURRENT, 0x08, 2));
	EXPECT_EQ(0x04, page_byte(&self->a, 1, CHANGEABLE, 0x08, 2));
	EXPECT_CMD(&self->a, 0, LUN(1), SELECT6(PF, 24), DATA_OUT(off, 24));
	EXPECT_EQ(0x00, page_byte(&self->a, 1, CURRENT, 0x08, 2));
	EXPECT_EQ(UA_MODE, tur(&self->b, 1));
	EXPECT_CMD(&self->a, 0, LUN(1), WRITE10(0, 1), DATA_OUT(self->buf, 512));
	EXPECT_CMD(&self->a, 0, LUN(1), READ10(0, 1), DATA_IN(self->buf, 512));
	EXPECT_CMD(&self->a, 0, LUN(1), SELECT6(PF, 24), DATA_OUT(on, 24));
	EXPECT_EQ(0x04, page_byte(&self->a, 1, CURRENT, 0x08, 2));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, CHANGEABLE, 0x08, 2));
	EXPECT_CMD(&self->a, PARAM_FIELD, LUN(0), SELECT6(PF, 24), DATA_OUT(on, 24));
}

/* SP keeps them with the device, in what tgtctl shows and saves; RTD takes them back. */
TEST_F(mode, saved)
{
	EXPECT_EQ(0, control(&self->a, 0, SP, 0x04, 0x08, 0x40));
	EXPECT_EQ(0x04, page_byte(&self->a, 0, SAVED, 0x0a, 2));
	EXPECT_EQ(0x08, page_byte(&self->a, 0, SAVED, 0x0a, 4));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, DEFAULT, 0x0a, 2));
	EXPECT_EQ(0, system("tgtctl device show s_ram --json | grep -q '\"d-sense,swp\"'"));
	EXPECT_EQ(0, system("tgtctl save - | grep -q '\"modes\": *\"d-sense,swp\"'"));
	EXPECT_EQ(0, control(&self->a, 0, 0, 0x00, 0x00, 0x40));
	EXPECT_EQ(0x04, page_byte(&self->a, 0, SAVED, 0x0a, 2));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, CURRENT, 0x0a, 2));
	EXPECT_CMD(&self->a, 0, LUN(0), SELECT6(PF | RTD | SP, 0));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, SAVED, 0x0a, 2));
	EXPECT_NE(0, system("tgtctl save - | grep -q modes"));
}

/* Who makes a device with them finds them; who sets them tells the initiators. */
TEST_F(mode, by_the_administrator)
{
	EXPECT_EQ(0, tgtctl("device set s_ram modes=swp,no-tas"));
	EXPECT_EQ(UA_MODE, tur(&self->a, 0));
	EXPECT_EQ(UA_MODE, tur(&self->b, 0));
	EXPECT_EQ(0x08, page_byte(&self->a, 0, CURRENT, 0x0a, 4));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, SAVED, 0x0a, 5));
	EXPECT_NE(0, tgtctl("device set s_ram modes=swp,never"));
	EXPECT_EQ(0, tgtctl("device create s_new backend=null size=1M modes=d-sense,tst"));
	EXPECT_EQ(0, tgtctl("lun create probe:p 5 device=s_new"));
	EXPECT_EQ(0, probe_ready(&self->a, 5));
	EXPECT_EQ(0x24, page_byte(&self->a, 5, CURRENT, 0x0a, 2));
	EXPECT_EQ(0x24, page_byte(&self->a, 5, SAVED, 0x0a, 2));
	EXPECT_EQ(0, tgtctl("lun delete probe:p 5"));
	EXPECT_EQ(0, tgtctl("device delete s_new"));
}

TEST_F(mode, refused)
{
	static const __u8 list[20] = { [8] = 0x0a, 0x0a, 0x04, 0x10, 0, 0x40, 0, 0, 0xff, 0xff };
	static const __u8 tail[32] = { [8] = 0x0a, 0x0a, 0x04, 0x10, 0, 0x40, 0, 0, 0xff, 0xff,
				       [20] = 0x1c, 0x0a };

	EXPECT_CMD(&self->a, PARAM_LENGTH, LUN(0), SELECT10(PF, 19), DATA_OUT(list, 19));
	EXPECT_CMD(&self->a, PARAM_LENGTH, LUN(0), SELECT10(PF, 7), DATA_OUT(list, 7));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), SELECT10(0, 20), DATA_OUT(list, 20));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), SELECT10(PF | RTD, 20), DATA_OUT(list, 20));
	EXPECT_CMD(&self->a, PARAM_FIELD, LUN(0), SELECT10(PF, 32), DATA_OUT(tail, 32));
	/* less data than the CDB says */
	EXPECT_CMD(&self->a, INVALID_FIELD_IN_IU, LUN(0), SELECT10(PF, 20), DATA_OUT(list, 19));
	EXPECT_CMD(&self->a, 0, LUN(0), SELECT10(PF, 0));
	/* QERR=10b is reserved */
	EXPECT_EQ(PARAM_FIELD, ({
		const __u8 qerr[20] = { [8] = 0x0a, 0x0a, 0, 0x14, 0, 0x40, 0, 0, 0xff, 0xff };
		struct io io = { LUN(0), SELECT10(PF, 20), DATA_OUT(qerr, 20) };

		probe_outcome(&self->a, &io); }));
	EXPECT_EQ(0x00, page_byte(&self->a, 0, CURRENT, 0x0a, 2));
	EXPECT_EQ(0, tur(&self->b, 0));
}

TEST_HARNESS_MAIN
