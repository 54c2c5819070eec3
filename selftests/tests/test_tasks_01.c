// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: task sets (SAM-6 clause 8): what HEAD OF QUEUE and ORDERED commands wait for and
 * keep waiting, and auto contingent allegiance (5.9), which Linux's initiator never asks for.
 * This test will hold commands in flight by keeping back their data, so that what waits does so
 * for a reason, and will see all of it go on after.
 *
 * timeout: 300
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create t_ram backend=ram size=16M",
	     "device create t_two backend=ram size=16M",
	     "device create t_tst backend=ram size=16M modes=tst",
	     "target create probe:p",
	     "lun create probe:p 0 device=t_ram",
	     "lun create probe:p 1 device=t_two",
	     "lun create probe:p 2 device=t_tst")

#define SIMPLE		0x20
#define HEAD		0x21
#define ORDERED		0x22
#define ACA		0x2f
#define NACA		0x04

#define MESSAGE_ERROR	SENSE(5, 0x49, 0x00)

#define TUR_NACA	CDB(0x00, 0, 0, 0, 0, NACA)
#define BEYOND(c)	CDB(0x28, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, c)	/* no such block */

FIXTURE(tasks) {
	struct nexus a;
	struct nexus b;
};

FIXTURE_SETUP(tasks)
{
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	ASSERT_EQ(0, probe_ready(&self->b, 0));
	ASSERT_EQ(0, probe_ready(&self->a, 1));
	ASSERT_EQ(0, probe_ready(&self->b, 1));
	ASSERT_EQ(0, probe_ready(&self->a, 2));
	ASSERT_EQ(0, probe_ready(&self->b, 2));
}

FIXTURE_TEARDOWN(tasks)
{
	probe_close(&self->a);
	probe_close(&self->b);
}

static __u8 data[512];
static __u8 in[8][512];

/* A write that runs, and does so until it gets its data. */
static int hold(struct nexus *n, struct io *io, __u8 attr, unsigned int lba)
{
	*io = (struct io){ LUN(0), WRITE10(lba, 1), DATA_OUT(data, 512), .attr = attr,
			   .flags = TGTPROBE_DEFER };
	return probe_send(n, io);
}

static bool done(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };

	return !probe_state(n, io->id, &st) && st.state & TGTPROBE_S_DONE;
}

static bool wants_data(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };

	return !probe_state(n, io->id, &st) && st.state & TGTPROBE_S_WANTS_DATA;
}

/* Some time passes, and it is still not done. */
static bool waits(struct nexus *n, const struct io *io)
{
	struct tgtprobe_reap r;

	return probe_reap(n, io->id, &r, 200) == -ETIMEDOUT;
}

static int release(struct nexus *n, struct io *io)
{
	return probe_data(n, io, data) ?: probe_wait(n, io) ?: io->r.status;
}

static int ends(struct nexus *n, struct io *io)
{
	return probe_wait(n, io) ?: io->r.status;
}

static int send_read(struct nexus *n, struct io *io, __u8 attr, unsigned int i)
{
	*io = (struct io){ LUN(0), READ10(i, 1), DATA_IN(in[i], 512), .attr = attr };
	return probe_send(n, io);
}

static int status_of(struct nexus *n, struct io io)
{
	return probe_run(n, &io) ?: io.r.status;
}

#define STATUS(n, ...)	status_of(n, (struct io){ __VA_ARGS__ })

/* ---- attributes -------------------------------------------------------------------------- */

TEST_F(tasks, ordered_waits_for_older)
{
	struct io old, ordered;

	ASSERT_EQ(0, hold(&self->a, &old, SIMPLE, 0));
	ASSERT_EQ(0, send_read(&self->b, &ordered, ORDERED, 1));
	EXPECT_TRUE(waits(&self->b, &ordered));
	EXPECT_EQ(GOOD, release(&self->a, &old));
	EXPECT_EQ(GOOD, ends(&self->b, &ordered));
	EXPECT_LT(old.r.seq, ordered.r.seq);
}

TEST_F(tasks, newer_wait_for_ordered)
{
	struct io ordered, newer;

	memset(data, 0x5a, sizeof(data));
	ASSERT_EQ(0, hold(&self->a, &ordered, ORDERED, 2));
	ASSERT_EQ(0, send_read(&self->b, &newer, SIMPLE, 2));
	EXPECT_TRUE(waits(&self->b, &newer));
	EXPECT_TRUE(wants_data(&self->a, &ordered));
	EXPECT_EQ(GOOD, release(&self->a, &ordered));
	EXPECT_EQ(GOOD, ends(&self->b, &newer));
	EXPECT_LT(ordered.r.seq, newer.r.seq);
	EXPECT_EQ(0, memcmp(in[2], data, 512));
}

/* SAM-6 8.6.2: HEAD OF QUEUE commands pass all that waits ... */
TEST_F(tasks, head_of_queue_passes)
{
	struct io ordered, newer;

	ASSERT_EQ(0, hold(&self->a, &ordered, ORDERED, 0));
	ASSERT_EQ(0, send_read(&self->a, &newer, SIMPLE, 1));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), READ10(0, 1), DATA_IN(in[0], 512), .attr = HEAD));
	EXPECT_FALSE(done(&self->a, &newer));
	EXPECT_EQ(GOOD, release(&self->a, &ordered));
	EXPECT_EQ(GOOD, ends(&self->a, &newer));
}

/* ... and all others wait for them. */
TEST_F(tasks, newer_wait_for_head_of_queue)
{
	struct io head, simple, ordered;

	ASSERT_EQ(0, hold(&self->a, &head, HEAD, 0));
	ASSERT_EQ(0, send_read(&self->a, &simple, SIMPLE, 1));
	ASSERT_EQ(0, send_read(&self->b, &ordered, ORDERED, 2));
	EXPECT_TRUE(waits(&self->a, &simple));
	EXPECT_TRUE(waits(&self->b, &ordered));
	EXPECT_EQ(GOOD, release(&self->a, &head));
	EXPECT_EQ(GOOD, ends(&self->a, &simple));
	EXPECT_EQ(GOOD, ends(&self->b, &ordered));
	EXPECT_LT(head.r.seq, simple.r.seq);
	EXPECT_LT(simple.r.seq, ordered.r.seq);
}

TEST_F(tasks, one_after_another)
{
	static const __u8 attr[] = { ORDERED, SIMPLE, SIMPLE, ORDERED, ORDERED, SIMPLE };
	struct io old, io[ARRAY_SIZE(attr)];
	unsigned int i, j;

	ASSERT_EQ(0, hold(&self->a, &old, SIMPLE, 7));
	for (i = 0; i < ARRAY_SIZE(attr); i++)
		ASSERT_EQ(0, send_read(&self->a, &io[i], attr[i], i));
	EXPECT_TRUE(waits(&self->a, &io[5]));
	for (i = 0; i < ARRAY_SIZE(attr); i++)
		EXPECT_FALSE(done(&self->a, &io[i]));
	EXPECT_EQ(GOOD, release(&self->a, &old));
	for (i = 0; i < ARRAY_SIZE(attr); i++)
		EXPECT_EQ(GOOD, ends(&self->a, &io[i]));
	for (i = 0; i < ARRAY_SIZE(attr); i++)
		for (j = 0; j < i; j++)
			if (attr[i] == ORDERED || attr[j] == ORDERED)
				EXPECT_LT(io[j].r.seq, io[i].r.seq);
}

/* Once nothing is ordered any more SIMPLE commands start as they come again. */
TEST_F(tasks, opens_again)
{
	struct io old;

	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR, .attr = ORDERED));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR, .attr = HEAD));
	ASSERT_EQ(0, hold(&self->a, &old, SIMPLE, 0));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), TUR, .attr = SIMPLE));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), TUR));
	EXPECT_EQ(GOOD, release(&self->a, &old));
}

/* A task set is one logical unit's; and it is not asked who is there. */
TEST_F(tasks, others_do_not_wait)
{
	struct io ordered, blocked;

	ASSERT_EQ(0, hold(&self->a, &ordered, ORDERED, 0));
	ASSERT_EQ(0, send_read(&self->b, &blocked, SIMPLE, 0));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(1), TUR, .attr = ORDERED));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), INQUIRY(36), DATA_IN(in[1], 36)));
	EXPECT_FALSE(done(&self->b, &blocked));
	EXPECT_EQ(GOOD, release(&self->a, &ordered));
	EXPECT_EQ(GOOD, ends(&self->b, &blocked));
}

/* ---- what is aborted while it waits -------------------------------------------------------- */

TEST_F(tasks, abort_of_one_that_waits)
{
	struct io old, ordered, newer;

	ASSERT_EQ(0, hold(&self->a, &old, SIMPLE, 0));
	ordered = (struct io){ LUN(0), TUR, .attr = ORDERED, .tag = 91 };
	ASSERT_EQ(0, probe_send(&self->a, &ordered));
	ASSERT_EQ(0, send_read(&self->a, &newer, SIMPLE, 2));
	EXPECT_TRUE(waits(&self->a, &newer));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, ABORT_TASK, 0, 91));
	ASSERT_EQ(0, probe_wait(&self->a, &ordered));
	EXPECT_EQ(TGTPROBE_R_ABORTED, ordered.r.flags);
	/* nothing ordered is left that it would wait for */
	EXPECT_EQ(GOOD, ends(&self->a, &newer));
	EXPECT_EQ(GOOD, release(&self->a, &old));
}

TEST_F(tasks, reset_of_all_that_wait)
{
	struct io ordered, mine, other;

	ASSERT_EQ(0, hold(&self->a, &ordered, ORDERED, 0));
	ASSERT_EQ(0, send_read(&self->a, &mine, SIMPLE, 1));
	ASSERT_EQ(0, send_read(&self->b, &other, ORDERED, 2));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	ASSERT_EQ(0, probe_wait(&self->a, &ordered));
	ASSERT_EQ(0, probe_wait(&self->a, &mine));
	ASSERT_EQ(0, probe_wait(&self->b, &other));
	EXPECT_EQ(TGTPROBE_R_ABORTED, ordered.r.flags);
	EXPECT_EQ(TGTPROBE_R_ABORTED, mine.r.flags);
	EXPECT_EQ(TGTPROBE_R_ABORTED | TGTPROBE_R_OTHER_NEXUS, other.r.flags);
	EXPECT_EQ(TASK_ABORTED, other.r.status);
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR));
}

/* A nexus that ends takes what waits along, and others go on. */
TEST_F(tasks, nexus_loss)
{
	struct io ordered, mine, other;

	ASSERT_EQ(0, hold(&self->a, &ordered, ORDERED, 0));
	ASSERT_EQ(0, send_read(&self->a, &mine, ORDERED, 1));
	ASSERT_EQ(0, send_read(&self->b, &other, SIMPLE, 2));
	EXPECT_TRUE(waits(&self->b, &other));
	EXPECT_EQ(0, probe_end(&self->a, 0));
	EXPECT_EQ(GOOD, ends(&self->b, &other));
}

/* ---- ACA ----------------------------------------------------------------------------------- */

static int fail(struct nexus *n, __u8 attr, __u8 control)
{
	struct io io = { LUN(0), BEYOND(control), DATA_IN(in[0], 512), .attr = attr };

	return probe_outcome(n, &io);
}

TEST_F(tasks, aca)
{
	struct nexus *a = &self->a, *b = &self->b;

	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(a, SIMPLE, NACA));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(0), TUR));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(0), TUR, .attr = HEAD));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(0), TUR, .attr = ORDERED));
	EXPECT_EQ(BUSY, STATUS(b, LUN(0), TUR));
	EXPECT_EQ(ACA_ACTIVE, STATUS(b, LUN(0), TUR_NACA));
	EXPECT_EQ(BUSY, STATUS(b, LUN(0), TUR, .attr = ACA));
	EXPECT_EQ(GOOD, STATUS(a, LUN(0), TUR, .attr = ACA));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(0), TUR));
	EXPECT_EQ(GOOD, STATUS(a, LUN(1), TUR));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(b, CLEAR_ACA, 0, 0));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(0), TUR));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(a, CLEAR_ACA, 0, 0));
	EXPECT_EQ(GOOD, STATUS(a, LUN(0), TUR));
	EXPECT_EQ(GOOD, STATUS(b, LUN(0), TUR));
}

TEST_F(tasks, aca_needs_a_failure)
{
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR_NACA));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, SIMPLE, 0));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR));
	/* and the attribute a condition */
	EXPECT_CMD(&self->a, MESSAGE_ERROR, LUN(0), TUR, .attr = ACA);
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, CLEAR_ACA, 0, 0));
}

/* An ACA command that fails clears the condition, or with NACA leaves one. */
TEST_F(tasks, aca_command_fails)
{
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, SIMPLE, NACA));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, ACA, NACA));
	EXPECT_EQ(ACA_ACTIVE, STATUS(&self->a, LUN(0), TUR));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, ACA, 0));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), TUR));
}

TEST_F(tasks, aca_one_command_at_a_time)
{
	struct io io;

	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, SIMPLE, NACA));
	ASSERT_EQ(0, hold(&self->a, &io, ACA, 0));
	EXPECT_EQ(ACA_ACTIVE, STATUS(&self->a, LUN(0), TUR, .attr = ACA));
	EXPECT_EQ(GOOD, release(&self->a, &io));
	EXPECT_EQ(GOOD, STATUS(&self->a, LUN(0), TUR, .attr = ACA));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, CLEAR_ACA, 0, 0));
}

/* What waited when the condition came waits until it is cleared. */
TEST_F(tasks, aca_blocks_what_waits)
{
	struct io old, failing, newer;

	ASSERT_EQ(0, hold(&self->b, &old, SIMPLE, 0));
	failing = (struct io){ LUN(0), BEYOND(NACA), DATA_IN(in[0], 512), .attr = ORDERED };
	ASSERT_EQ(0, probe_send(&self->a, &failing));
	ASSERT_EQ(0, send_read(&self->b, &newer, SIMPLE, 1));
	EXPECT_EQ(GOOD, release(&self->b, &old));
	ASSERT_EQ(0, probe_wait(&self->a, &failing));
	EXPECT_EQ(LBA_OUT_OF_RANGE, probe_sense(&failing.r));
	EXPECT_TRUE(waits(&self->b, &newer));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, CLEAR_ACA, 0, 0));
	EXPECT_EQ(GOOD, ends(&self->b, &newer));
}

TEST_F(tasks, aca_ends_with_reset)
{
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, SIMPLE, NACA));
	EXPECT_EQ(BUSY, STATUS(&self->b, LUN(0), TUR));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, LUN_RESET, 0, 0));
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	ASSERT_EQ(0, probe_ready(&self->b, 0));
}

TEST_F(tasks, aca_ends_with_its_nexus)
{
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, SIMPLE, NACA));
	EXPECT_EQ(BUSY, STATUS(&self->b, LUN(0), TUR));
	EXPECT_EQ(0, probe_end(&self->a, 0));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(0), TUR));
}

/* ---- TST=001b: a set for each nexus (SPC-5 7.5.10) ------------------------------------------ */

TEST_F(tasks, set_of_each_nexus)
{
	struct io ordered = { LUN(2), WRITE10(0, 1), DATA_OUT(data, 512), .attr = ORDERED,
			      .flags = TGTPROBE_DEFER };
	struct io newer = { LUN(2), READ10(1, 1), DATA_IN(in[1], 512), .attr = SIMPLE };

	ASSERT_EQ(0, probe_send(&self->a, &ordered));
	ASSERT_EQ(0, probe_send(&self->a, &newer));
	EXPECT_TRUE(waits(&self->a, &newer));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(2), TUR));
	EXPECT_EQ(GOOD, STATUS(&self->b, LUN(2), TUR, .attr = ORDERED));
	EXPECT_FALSE(done(&self->a, &newer));
	EXPECT_EQ(GOOD, release(&self->a, &ordered));
	EXPECT_EQ(GOOD, ends(&self->a, &newer));
}

TEST_F(tasks, aca_of_each_nexus)
{
	struct io io = { LUN(2), BEYOND(NACA), DATA_IN(in[0], 512) };
	struct nexus *a = &self->a, *b = &self->b;

	EXPECT_OUTCOME(a, io, LBA_OUT_OF_RANGE);
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(2), TUR));
	EXPECT_EQ(GOOD, STATUS(b, LUN(2), TUR));
	EXPECT_OUTCOME(b, io, LBA_OUT_OF_RANGE);
	EXPECT_EQ(ACA_ACTIVE, STATUS(b, LUN(2), TUR));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(b, CLEAR_ACA, 2, 0));
	EXPECT_EQ(GOOD, STATUS(b, LUN(2), TUR));
	EXPECT_EQ(GOOD, STATUS(a, LUN(2), TUR, .attr = ACA));
	EXPECT_EQ(ACA_ACTIVE, STATUS(a, LUN(2), TUR));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(b, LUN_RESET, 2, 0));
	ASSERT_EQ(0, probe_ready(a, 2));
	ASSERT_EQ(0, probe_ready(b, 2));
}

/* SPC-5 6.7.2, 7.7.7: all that is claimed. */
TEST_F(tasks, claimed)
{
	__u8 buf[64] = { };

	EXPECT_CMD(&self->a, 0, LUN(0), INQUIRY(36), DATA_IN(buf, 36));
	EXPECT_EQ(0x20, buf[3] & 0x20);		/* NORMACA */
	EXPECT_CMD(&self->a, 0, LUN(0), VPD(0x86, 64), DATA_IN(buf, 64));
	EXPECT_EQ(0x07, buf[5] & 0x07);		/* HEADSUP, ORDSUP, SIMPSUP */
}

TEST_HARNESS_MAIN
