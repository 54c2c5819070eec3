// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: task management (SAM-6 clause 7): which commands each function ends, with
 * which answer, and which it leaves alone. This test will hold writes in flight by keeping
 * back their data, so that it is never a matter of luck who is there to be aborted.
 *
 * timeout: 300
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create t_ram backend=ram size=16M",
	     "device create t_two backend=ram size=16M",
	     "target create probe:p",
	     "target create probe:q",
	     "lun create probe:p 0 device=t_ram",
	     "lun create probe:p 1 device=t_two",
	     "lun create probe:q 0 device=t_ram")

static __u8 old[512];		/* what the disks hold */
static __u8 new[512];		/* what the writes would put there */

FIXTURE(tmf) {
	struct nexus a;		/* a and b at one port */
	struct nexus b;
	struct nexus q;		/* the same disk at another port */
};

FIXTURE_SETUP(tmf)
{
	unsigned int lun, lba;

	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_open(&self->q, "q", "init-a"));
	memset(old, 0x01, 512);
	memset(new, 0x02, 512);
	for (lun = 0; lun < 2; lun++) {
		ASSERT_EQ(0, probe_ready(&self->a, lun));
		ASSERT_EQ(0, probe_ready(&self->b, lun));
		for (lba = 0; lba < 8; lba++) {
			struct io io = { LUN(lun), WRITE10(lba, 1), DATA_OUT(old, 512) };

			ASSERT_EQ(0, probe_outcome(&self->a, &io));
		}
	}
	ASSERT_EQ(0, probe_ready(&self->q, 0));
}

FIXTURE_TEARDOWN(tmf)
{
	probe_close(&self->a);
	probe_close(&self->b);
	probe_close(&self->q);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int hold(struct nexus *n, struct io *io, unsigned int lun, unsigned int lba, __u64 tag)
{
	return probe_hold(n, io, lun, lba, tag, TGTPROBE_DEFER);
}

/* The same for a command that no abort gets to let go before it had its data. */
static int hold_stubborn(struct nexus *n, struct io *io, unsigned int lun, unsigned int lba,
			 __u64 tag)
{
	return probe_hold(n, io, lun, lba, tag, TGTPROBE_DEFER | TGTPROBE_STUBBORN);
}

/* Whether a command has been picked by a function: marked, or ended already. */
static bool picked(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };

	return !probe_state(n, io->id, &st) &&
		st.state & (TGTPROBE_S_ABORTED | TGTPROBE_S_DONE);
}

static bool get_picked(struct nexus *n, const struct io *io)
{
	int i;

	for (i = 0; i < 2000 && !picked(n, io); i++)
		usleep(1000);
	return picked(n, io);
}

/*
 * The end of an aborted command. If it still waits for its data the initiator sends it, as
 * one may that had it under way; it must not reach the medium.
 */
static int finish(struct nexus *n, struct io *io, const void *data)
{
	int err = probe_data(n, io, data);

	return err && err != -EALREADY ? err : probe_wait(n, io);
}

static int on_disk(struct nexus *n, unsigned int lun, unsigned int lba)
{
	__u8 buf[512] = { };
	struct io io = { LUN(lun), READ10(lba, 1), DATA_IN(buf, 512) };
	int i;

	if (probe_ready(n, lun) || probe_outcome(n, &io))
		return -1;
	for (i = 1; i < 512; i++)
		if (buf[i] != buf[0])
			return -2;
	return buf[0];
}

/* It ends aborted; what it was to write is sent, and must not arrive. */
static void expect_aborted(struct __test_metadata *_metadata, struct nexus *n, struct io *io,
			   bool by_other)
{
	ASSERT_TRUE(get_picked(n, io));
	ASSERT_EQ(0, finish(n, io, new));
	EXPECT_EQ(TGTPROBE_R_ABORTED | (by_other ? TGTPROBE_R_OTHER_NEXUS : 0), io->r.flags);
	if (by_other)
		EXPECT_EQ(TASK_ABORTED, io->r.status);
}

/* It goes on as if nothing had been, and writes. */
static void expect_alive(struct __test_metadata *_metadata, struct nexus *n, struct io *io,
			 unsigned int lun, unsigned int lba)
{
	EXPECT_FALSE(picked(n, io));
	ASSERT_EQ(0, probe_data(n, io, new));
	ASSERT_EQ(0, probe_wait(n, io));
	EXPECT_EQ(GOOD, io->r.status);
	EXPECT_EQ(0, io->r.flags);
	EXPECT_EQ(2, on_disk(n, lun, lba));
}

static const __u8 lun0[8], lun1[8] = { 0, 1 };

static int answer(struct nexus *n, int id, __u64 *seq)
{
	struct tgtprobe_reap r;
	int err = probe_reap(n, id, &r, PROBE_TIMEOUT_MS);

	*seq = r.seq;
	return err ?: r.response;
}

/* SAM-6 7.2: a task that is not there is as good as aborted. */
TEST_F(tmf, abort_unknown)
{
	double t = seconds();

	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, ABORT_TASK, 0, 0xdead));
	EXPECT_GT(2, seconds() - t);
}

/* The function is answered after the command has ended: its memory is the initiator's. */
TEST_F(tmf, abort_task)
{
	struct io io;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	id = probe_tmf_send(&self->a, ABORT_TASK, lun0, 77, 0);
	ASSERT_LT(0, id);
	expect_aborted(_metadata, &self->a, &io, false);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
	EXPECT_LT(io.r.seq, seq);
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
}

/* An abort does not wait for data that an initiator has no reason left to send. */
TEST_F(tmf, abort_needs_no_data)
{
	static const int function[] = { ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET };
	unsigned int i;
	struct io io;
	double t;

	for (i = 0; i < ARRAY_SIZE(function); i++) {
		ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
		t = seconds();
		EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, function[i], 0, 77));
		EXPECT_GT(2, seconds() - t);
		ASSERT_EQ(0, probe_reap(&self->a, io.id, &io.r, 0));
		EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags);
		ASSERT_EQ(0, probe_ready(&self->a, 0));
	}
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
}

/* What is late is waited for: the function may not be answered before the command ended. */
TEST_F(tmf, waits_for_the_end)
{
	static const int function[] = { ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET };
	struct tgtprobe_reap r;
	unsigned int i;
	struct io io;
	__u64 seq;
	int id;

	for (i = 0; i < ARRAY_SIZE(function); i++) {
		ASSERT_EQ(0, hold_stubborn(&self->a, &io, 0, 0, 77));
		id = probe_tmf_send(&self->a, function[i], lun0, 77, 0);
		ASSERT_LT(0, id);
		EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->a, id, &r, 300));
		expect_aborted(_metadata, &self->a, &io, false);
		EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
		EXPECT_LT(io.r.seq, seq);
		ASSERT_EQ(0, probe_ready(&self->a, 0));
	}
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
}

TEST_F(tmf, abort_task_only_that_one)
{
	struct io io[3];
	__u64 seq;
	int id, i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, hold(&self->a, &io[i], 0, i, 10 + i));
	id = probe_tmf_send(&self->a, ABORT_TASK, lun0, 11, 0);
	ASSERT_LT(0, id);
	expect_aborted(_metadata, &self->a, &io[1], false);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
	expect_alive(_metadata, &self->a, &io[0], 0, 0);
	expect_alive(_metadata, &self->a, &io[2], 0, 2);
	EXPECT_EQ(1, on_disk(&self->a, 0, 1));
}

/* A tag means a task at one logical unit; the same number at another is another task. */
TEST_F(tmf, abort_task_of_other_lun)
{
	struct io io;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, ABORT_TASK, 1, 77));
	expect_alive(_metadata, &self->a, &io, 0, 0);
}

/* ... and so it is at another nexus. */
TEST_F(tmf, abort_task_of_other_nexus)
{
	struct io io;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, ABORT_TASK, 0, 77));
	expect_alive(_metadata, &self->a, &io, 0, 0);
}

/* A task that has just ended, its memory still there. */
TEST_F(tmf, abort_ended)
{
	struct io io;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	ASSERT_EQ(0, probe_data(&self->a, &io, new));
	id = probe_tmf_send(&self->a, ABORT_TASK, lun0, 77, io.id);
	ASSERT_LT(0, id);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
	ASSERT_EQ(0, probe_wait(&self->a, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(2, on_disk(&self->a, 0, 0));
}

TEST_F(tmf, abort_twice)
{
	struct io io;
	__u64 seq;
	int id[2];

	ASSERT_EQ(0, hold_stubborn(&self->a, &io, 0, 0, 77));
	id[0] = probe_tmf_send(&self->a, ABORT_TASK, lun0, 77, 0);
	id[1] = probe_tmf_send(&self->a, ABORT_TASK, lun0, 77, 0);
	expect_aborted(_metadata, &self->a, &io, false);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id[0], &seq));
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id[1], &seq));
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
}

/* SAM-6 7.3: all of one nexus at one logical unit. */
TEST_F(tmf, abort_task_set)
{
	struct io mine[2], other_lun, other_nexus, other_port;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold(&self->a, &mine[0], 0, 0, 1000));
	ASSERT_EQ(0, hold(&self->a, &mine[1], 0, 1, 1001));
	ASSERT_EQ(0, hold(&self->a, &other_lun, 1, 2, 1002));
	ASSERT_EQ(0, hold(&self->b, &other_nexus, 0, 3, 1000));
	ASSERT_EQ(0, hold(&self->q, &other_port, 0, 4, 1000));
	id = probe_tmf_send(&self->a, ABORT_TASK_SET, lun0, 0, 0);
	ASSERT_LT(0, id);
	expect_aborted(_metadata, &self->a, &mine[0], false);
	expect_aborted(_metadata, &self->a, &mine[1], false);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
	EXPECT_LT(mine[0].r.seq, seq);
	EXPECT_LT(mine[1].r.seq, seq);
	expect_alive(_metadata, &self->a, &other_lun, 1, 2);
	expect_alive(_metadata, &self->b, &other_nexus, 0, 3);
	expect_alive(_metadata, &self->q, &other_port, 0, 4);
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
	EXPECT_EQ(1, on_disk(&self->a, 0, 1));
}

/* What CLEAR TASK SET and LOGICAL UNIT RESET have in common. */
static void clears_all(struct __test_metadata *_metadata, int function, struct nexus *a,
		       struct nexus *b, struct nexus *q)
{
	struct io mine, other_lun, other_nexus, other_port;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold(a, &mine, 0, 0, 2000));
	ASSERT_EQ(0, hold(a, &other_lun, 1, 1, 2001));
	ASSERT_EQ(0, hold(b, &other_nexus, 0, 2, 2002));
	ASSERT_EQ(0, hold(q, &other_port, 0, 3, 2003));
	id = probe_tmf_send(a, function, lun0, 0, 0);
	ASSERT_LT(0, id);
	expect_aborted(_metadata, a, &mine, false);
	expect_aborted(_metadata, b, &other_nexus, true);
	expect_aborted(_metadata, q, &other_port, true);
	EXPECT_EQ(TMF_COMPLETE, answer(a, id, &seq));
	EXPECT_LT(mine.r.seq, seq);
	EXPECT_LT(other_nexus.r.seq, seq);
	EXPECT_LT(other_port.r.seq, seq);
	expect_alive(_metadata, a, &other_lun, 1, 1);
}

static int tur(struct nexus *n, unsigned int lun)
{
	struct io io = { LUN(lun), TUR };

	return probe_outcome(n, &io);
}

/* SAM-6 5.14.4, 7.5: with TAS=1 the other nexuses hear of it by status alone. */
TEST_F(tmf, clear_task_set)
{
	clears_all(_metadata, CLEAR_TASK_SET, &self->a, &self->b, &self->q);
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
	EXPECT_EQ(1, on_disk(&self->a, 0, 2));
	EXPECT_EQ(1, on_disk(&self->a, 0, 3));
}

TEST_F(tmf, lun_reset)
{
	clears_all(_metadata, LUN_RESET, &self->a, &self->b, &self->q);
	EXPECT_EQ(UA_RESET, tur(&self->a, 0));
	EXPECT_EQ(UA_RESET, tur(&self->b, 0));
	EXPECT_EQ(UA_RESET, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->a, 1));
	EXPECT_EQ(1, on_disk(&self->a, 0, 0));
	EXPECT_EQ(1, on_disk(&self->a, 0, 2));
	EXPECT_EQ(1, on_disk(&self->a, 0, 3));
}

TEST_F(tmf, nothing_in_flight)
{
	double t = seconds();

	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, ABORT_TASK_SET, 0, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, CLEAR_TASK_SET, 0, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	EXPECT_GT(3, seconds() - t);
}

TEST_F(tmf, unsupported_functions)
{
	struct io io;
	int function;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	for (function = 0; function < 256; function++)
		if (!function || (function > LUN_RESET && function < QUERY_TASK) ||
		    function > QUERY_ASYNC_EVENT)
			EXPECT_EQ(TMF_REJECTED, probe_tmf(&self->a, function, 0, 77));
	expect_alive(_metadata, &self->a, &io, 0, 0);
}

TEST_F(tmf, incorrect_lun)
{
	static const __u8 lun[][8] = {
		{ 0, 2 }, { 0x40, 0xff }, { 0x80, 0 }, { 0xc1, 1 }, { 0, 0, 0, 1 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	static const int function[] = { ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET };
	unsigned int i, j;
	struct io io;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, 0, 0, 77));
	for (i = 0; i < ARRAY_SIZE(lun); i++) {
		for (j = 0; j < ARRAY_SIZE(function); j++) {
			id = probe_tmf_send(&self->a, function[j], lun[i], 77, 0);
			ASSERT_LT(0, id);
			EXPECT_EQ(TMF_INCORRECT_LUN, answer(&self->a, id, &seq));
		}
	}
	expect_alive(_metadata, &self->a, &io, 0, 0);
}

/* A new command after a function is not the function's business, even while it waits. */
TEST_F(tmf, new_commands_run)
{
	__u8 buf[512];
	struct io io;
	__u64 seq;
	int id;

	ASSERT_EQ(0, hold_stubborn(&self->a, &io, 0, 0, 77));
	id = probe_tmf_send(&self->a, ABORT_TASK, lun0, 77, 0);
	ASSERT_LT(0, id);
	ASSERT_TRUE(get_picked(&self->a, &io));
	EXPECT_CMD(&self->a, 0, LUN(0), READ10(0, 1), DATA_IN(buf, 512));
	EXPECT_CMD(&self->b, 0, LUN(0), READ10(0, 1), DATA_IN(buf, 512));
	expect_aborted(_metadata, &self->a, &io, false);
	EXPECT_EQ(TMF_COMPLETE, answer(&self->a, id, &seq));
}

/*
 * A command that never ends must not keep a function from being answered for ever. If the
 * answer says that the command is gone, it is.
 */
TEST_F_TIMEOUT(tmf, answered_in_time, 60)
{
	struct tgtprobe_state st;
	struct io io;
	__u64 seq;
	int id, got;

	ASSERT_EQ(0, hold_stubborn(&self->a, &io, 1, 0, 77));
	id = probe_tmf_send(&self->a, LUN_RESET, lun1, 0, 0);
	ASSERT_LT(0, id);
	got = answer(&self->a, id, &seq);
	ASSERT_LE(0, got);
	EXPECT_TRUE(got == TMF_COMPLETE || got == TMF_FAILED);
	ASSERT_EQ(0, probe_state(&self->a, io.id, &st));
	EXPECT_EQ(got == TMF_COMPLETE, !!(st.state & TGTPROBE_S_DONE));
	expect_aborted(_metadata, &self->a, &io, false);
	EXPECT_EQ(1, on_disk(&self->a, 1, 0));
}

TEST_HARNESS_MAIN
