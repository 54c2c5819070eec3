// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: what the control mode page says of other commands (SPC-5 7.5.10): QERR, by which a
 * command that fails ends others, and QUEUE ALGORITHM MODIFIER 0, by which writes are executed as
 * they came. This test will hold writes in flight by keeping back their data.
 *
 * timeout: 300
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create q_ram backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=q_ram")

#define BEYOND		CDB(0x28, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0)	/* no such block */
#define ROUNDS		200

FIXTURE(modes) {
	struct nexus a;
	struct nexus b;
};

/* The mode parameters, and nobody has a unit attention of them. */
static int set_modes(struct nexus *a, struct nexus *b, const char *words)
{
	char cmd[80];

	snprintf(cmd, sizeof(cmd), "device set q_ram modes=%s", words);
	return tgtctl(cmd) ?: probe_ready(a, 0) ?: probe_ready(b, 0);
}

FIXTURE_SETUP(modes)
{
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, set_modes(&self->a, &self->b, ""));
}

FIXTURE_TEARDOWN(modes)
{
	EXPECT_EQ(0, set_modes(&self->a, &self->b, ""));
	probe_close(&self->a);
	probe_close(&self->b);
}

static __u8 data[512], in[512];

/* A write that runs, and does so until it gets its data. */
static int hold(struct nexus *n, struct io *io, unsigned int lba)
{
	*io = (struct io){ LUN(0), WRITE10(lba, 1), DATA_OUT(data, 512), .attr = 0x20,
			   .flags = TGTPROBE_DEFER };
	return probe_send(n, io);
}

static bool done(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };

	return !probe_state(n, io->id, &st) && st.state & TGTPROBE_S_DONE;
}

/* Some time passes, and it has not asked for its data. */
static bool waits(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };
	struct tgtprobe_reap r;

	return probe_reap(n, io->id, &r, 200) == -ETIMEDOUT && !probe_state(n, io->id, &st) &&
	       !(st.state & TGTPROBE_S_WANTS_DATA);
}

static int release(struct nexus *n, struct io *io)
{
	return probe_data(n, io, data) ?: probe_wait(n, io) ?: io->r.status;
}

static int fail(struct nexus *n, struct io *io)
{
	*io = (struct io){ LUN(0), BEYOND, DATA_IN(in, 512) };
	return probe_outcome(n, io);
}

static int tur(struct nexus *n)
{
	struct io io = { LUN(0), TUR };

	return probe_outcome(n, &io);
}

/* ---- QERR ---------------------------------------------------------------------------------- */

TEST_F(modes, qerr_none)
{
	struct io mine, other, bad;

	ASSERT_EQ(0, hold(&self->a, &mine, 0));
	ASSERT_EQ(0, hold(&self->b, &other, 1));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, &bad));
	EXPECT_EQ(GOOD, release(&self->a, &mine));
	EXPECT_EQ(GOOD, release(&self->b, &other));
}

/* The task set is of both; the other nexus is answered, for TAS=1. All end before the answer. */
TEST_F(modes, qerr_all)
{
	struct io mine, other, bad;

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "qerr"));
	ASSERT_EQ(0, hold(&self->a, &mine, 0));
	ASSERT_EQ(0, hold(&self->b, &other, 1));
	EXPECT_EQ(0, tur(&self->b));
	EXPECT_FALSE(done(&self->a, &mine));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, &bad));
	EXPECT_EQ(0, bad.r.flags);
	ASSERT_EQ(0, probe_wait(&self->a, &mine));
	ASSERT_EQ(0, probe_wait(&self->b, &other));
	EXPECT_EQ(TGTPROBE_R_ABORTED, mine.r.flags);
	EXPECT_EQ(TGTPROBE_R_ABORTED | TGTPROBE_R_OTHER_NEXUS, other.r.flags);
	EXPECT_EQ(TASK_ABORTED, other.r.status);
	EXPECT_LT(mine.r.seq, bad.r.seq);
	EXPECT_LT(other.r.seq, bad.r.seq);
	EXPECT_EQ(0, tur(&self->b));
	EXPECT_EQ(0, tur(&self->a));
}

/* TAS=0: no status, but a unit attention for the other nexus. */
TEST_F(modes, qerr_without_tas)
{
	struct io mine, other, bad;

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "qerr,no-tas"));
	ASSERT_EQ(0, hold(&self->a, &mine, 0));
	ASSERT_EQ(0, hold(&self->b, &other, 1));
	EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, &bad));
	ASSERT_EQ(0, probe_wait(&self->a, &mine));
	ASSERT_EQ(0, probe_wait(&self->b, &other));
	EXPECT_EQ(TGTPROBE_R_ABORTED, mine.r.flags);
	EXPECT_EQ(TGTPROBE_R_ABORTED, other.r.flags);
	EXPECT_EQ(0, tur(&self->a));
	EXPECT_EQ(UA_CLEARED, tur(&self->b));
	EXPECT_EQ(0, tur(&self->b));
}

/* QERR=11b, and a task set for each nexus: the other nexus goes on. */
TEST_F(modes, qerr_of_one_nexus)
{
	static const char * const words[] = { "qerr-nexus", "tst,qerr" };
	struct io mine, other, bad;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		ASSERT_EQ(0, set_modes(&self->a, &self->b, words[i]));
		ASSERT_EQ(0, hold(&self->a, &mine, 0));
		ASSERT_EQ(0, hold(&self->b, &other, 1));
		EXPECT_EQ(LBA_OUT_OF_RANGE, fail(&self->a, &bad));
		ASSERT_EQ(0, probe_wait(&self->a, &mine));
		EXPECT_EQ(TGTPROBE_R_ABORTED, mine.r.flags);
		EXPECT_LT(mine.r.seq, bad.r.seq);
		EXPECT_FALSE(done(&self->b, &other));
		EXPECT_EQ(GOOD, release(&self->b, &other));
	}
}

/* What waits in its task set ends too, and nothing is kept by what has ended. */
TEST_F(modes, qerr_ends_what_waits)
{
	struct io old, ordered, bad;

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "qerr"));
	ASSERT_EQ(0, hold(&self->b, &old, 0));
	ordered = (struct io){ LUN(0), TUR, .attr = 0x22 };
	ASSERT_EQ(0, probe_send(&self->b, &ordered));
	EXPECT_TRUE(waits(&self->b, &ordered));
	bad = (struct io){ LUN(0), BEYOND, DATA_IN(in, 512), .attr = 0x21 };
	EXPECT_EQ(LBA_OUT_OF_RANGE, probe_outcome(&self->a, &bad));
	ASSERT_EQ(0, probe_wait(&self->b, &old));
	ASSERT_EQ(0, probe_wait(&self->b, &ordered));
	EXPECT_EQ(TASK_ABORTED, old.r.status);
	EXPECT_EQ(TASK_ABORTED, ordered.r.status);
	EXPECT_EQ(0, tur(&self->a));
	EXPECT_EQ(0, tur(&self->b));
}

/*
 * Many fail at a time, of two nexuses, and one of them is reset now and then: each ends, with
 * its own sense, or aborted by one of the others; and somebody always has sense.
 */
TEST_F(modes, qerr_many_at_a_time)
{
	struct nexus *n[2] = { &self->a, &self->b };
	struct io io[8];
	unsigned int i, k, failed;

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "qerr"));
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < ARRAY_SIZE(io); k++) {
			io[k] = (struct io){ LUN(0), BEYOND, DATA_IN(in, 512) };
			ASSERT_EQ(0, probe_send(n[k & 1], &io[k]));
		}
		if (i % 16 == 0)
			EXPECT_EQ(TMF_COMPLETE, probe_tmf(n[0], ABORT_TASK_SET, 0, 0));
		for (k = 0, failed = 0; k < ARRAY_SIZE(io); k++) {
			ASSERT_EQ(0, probe_wait(n[k & 1], &io[k]));
			if (!(io[k].r.flags & TGTPROBE_R_ABORTED)) {
				EXPECT_EQ(LBA_OUT_OF_RANGE, probe_sense(&io[k].r));
				failed++;
			} else if (io[k].r.flags & TGTPROBE_R_OTHER_NEXUS) {
				EXPECT_EQ(TASK_ABORTED, io[k].r.status);
			}
		}
		EXPECT_TRUE(failed || i % 16 == 0);
	}
	EXPECT_EQ(0, tur(&self->a));
	EXPECT_EQ(0, tur(&self->b));
}

/* ---- QUEUE ALGORITHM MODIFIER --------------------------------------------------------------- */

TEST_F(modes, writes_as_they_came)
{
	struct io one, two, read = { LUN(0), READ10(9, 1), DATA_IN(in, 512) };

	ASSERT_EQ(0, hold(&self->a, &one, 0));
	ASSERT_EQ(0, hold(&self->a, &two, 0));
	EXPECT_FALSE(waits(&self->a, &two));
	EXPECT_EQ(GOOD, release(&self->a, &two));
	EXPECT_EQ(GOOD, release(&self->a, &one));

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "restricted"));
	EXPECT_EQ(0, probe_outcome(&self->a, &read));
	ASSERT_EQ(0, hold(&self->a, &one, 0));
	EXPECT_FALSE(waits(&self->a, &one));
	ASSERT_EQ(0, hold(&self->a, &two, 0));
	EXPECT_TRUE(waits(&self->a, &two));
	memset(data, 1, sizeof(data));
	EXPECT_EQ(GOOD, release(&self->a, &one));
	EXPECT_FALSE(waits(&self->a, &two));
	memset(data, 2, sizeof(data));
	EXPECT_EQ(GOOD, release(&self->a, &two));
	read = (struct io){ LUN(0), READ10(0, 1), DATA_IN(in, 512) };
	EXPECT_EQ(0, probe_outcome(&self->a, &read));
	EXPECT_EQ(2, in[0]);
}

/* With a task set for each nexus a nexus does not wait for another; and it can be taken back. */
TEST_F(modes, restricted_and_tst)
{
	struct io one, two;

	ASSERT_EQ(0, set_modes(&self->a, &self->b, "restricted"));
	ASSERT_EQ(0, hold(&self->a, &one, 0));
	ASSERT_EQ(0, hold(&self->b, &two, 0));
	EXPECT_TRUE(waits(&self->b, &two));
	EXPECT_EQ(GOOD, release(&self->a, &one));
	EXPECT_EQ(GOOD, release(&self->b, &two));
	ASSERT_EQ(0, set_modes(&self->a, &self->b, "tst,restricted"));
	ASSERT_EQ(0, hold(&self->a, &one, 0));
	ASSERT_EQ(0, hold(&self->b, &two, 0));
	EXPECT_FALSE(waits(&self->b, &two));
	EXPECT_EQ(GOOD, release(&self->b, &two));
	EXPECT_EQ(GOOD, release(&self->a, &one));
	ASSERT_EQ(0, set_modes(&self->a, &self->b, ""));
	ASSERT_EQ(0, hold(&self->a, &one, 0));
	ASSERT_EQ(0, hold(&self->a, &two, 0));
	EXPECT_FALSE(waits(&self->a, &two));
	EXPECT_EQ(GOOD, release(&self->a, &two));
	EXPECT_EQ(GOOD, release(&self->a, &one));
}

TEST_HARNESS_MAIN
