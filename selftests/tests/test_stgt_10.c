// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: task management where a daemon has a whole target, handler=stgt: this test will
 * hold writes in flight by keeping back their data, and check that those a function is about
 * never reach the daemon, and that the others do; and that what a daemon has that hangs is
 * taken from it.
 *
 * timeout: 120
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/daemon.h"
#include "../lib/probe.h"

PROBE_CONFIG("target create probe:st handler=stgt")

static const __u8 lun0[8], lun1[8] = { 0, 1 };
static __u8 zero[512], old[512], new[512];

FIXTURE(stgt) {
	struct nexus a;
	struct nexus b;
	int daemon;
};

/* A daemon has to know the nexus first. */
static int ready(struct nexus *n)
{
	int i, err = -ETIMEDOUT;

	for (i = 0; i < 300 && err; i++) {
		struct io io = { LUN(0), TUR };

		err = probe_run(n, &io) ?: io.r.status;
		usleep(err ? 100000 : 0);
	}
	return err;
}

FIXTURE_SETUP(stgt)
{
	const int hosts[] = { daemon_host("probe:st"), 0 };
	struct io io = { LUN(0), WRITE10(0, 1), DATA_OUT(old, 512) };

	memset(old, 1, sizeof(old));
	memset(new, 2, sizeof(new));
	ASSERT_LT(0, hosts[0]);
	self->daemon = daemon_start(hosts);
	ASSERT_LT(0, self->daemon);
	ASSERT_EQ(0, probe_open(&self->a, "st", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "st", "init-b"));
	ASSERT_EQ(0, ready(&self->a));
	ASSERT_EQ(0, ready(&self->b));
	EXPECT_GOOD(&self->a, io);
}

FIXTURE_TEARDOWN(stgt)
{
	probe_close(&self->a);
	probe_close(&self->b);
	daemon_kill(self->daemon);
}

/* A write to block 0 of LUN 0 that has yet to get its data. */
static int hold(struct nexus *n, struct io *io, __u32 flags)
{
	return probe_hold(n, io, 0, 0, 77, TGTPROBE_DEFER | flags);
}

static int on_disk(struct nexus *n)
{
	__u8 buf[512] = { };
	struct io io = { LUN(0), READ10(0, 1), DATA_IN(buf, 512) };

	if (ready(n) || probe_outcome(n, &io))
		return -1;
	if (!memcmp(buf, zero, 512))
		return 0;
	return memcmp(buf, old, 512) ? memcmp(buf, new, 512) ? -2 : 2 : 1;
}

static void expect_alive(struct __test_metadata *_metadata, struct nexus *n, struct io *io)
{
	ASSERT_EQ(0, probe_data(n, io, new));
	ASSERT_EQ(0, probe_wait(n, io));
	EXPECT_EQ(GOOD, io->r.status);
	EXPECT_EQ(0, io->r.flags);
	EXPECT_EQ(2, on_disk(n));
}

static const int functions[] = { ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET };

TEST_F(stgt, waits_for_data)
{
	unsigned int i;
	struct io io;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		ASSERT_EQ(0, hold(&self->a, &io, 0));
		EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, functions[i], 0, 77))
			TH_LOG("function %d", functions[i]);
		ASSERT_EQ(0, probe_reap(&self->a, io.id, &io.r, 0));
		EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags);
		EXPECT_EQ(1, on_disk(&self->a));
	}
}

/* The function is answered after it has ended, or fails; the data is nobody's then. */
TEST_F(stgt, data_comes_late)
{
	struct tgtprobe_reap r;
	unsigned int i;
	struct io io;
	int id;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		ASSERT_EQ(0, hold(&self->a, &io, TGTPROBE_STUBBORN));
		id = probe_tmf_send(&self->a, functions[i], lun0, 77, 0);
		ASSERT_LT(0, id);
		EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->a, id, &r, 300))
			TH_LOG("function %d: %02x", functions[i], r.response);
		ASSERT_EQ(0, probe_data(&self->a, &io, new));
		ASSERT_EQ(0, probe_wait(&self->a, &io));
		EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags);
		ASSERT_EQ(0, probe_reap(&self->a, id, &r, PROBE_TIMEOUT_MS));
		EXPECT_EQ(TMF_COMPLETE, r.response);
		EXPECT_LT(io.r.seq, r.seq);
		EXPECT_EQ(1, on_disk(&self->a));
	}
	ASSERT_EQ(0, hold(&self->a, &io, TGTPROBE_STUBBORN));
	id = probe_tmf_send(&self->a, LUN_RESET, lun0, 0, 0);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, probe_reap(&self->a, id, &r, 2 * PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_FAILED, r.response);
	ASSERT_EQ(0, probe_data(&self->a, &io, new));
	ASSERT_EQ(0, probe_wait(&self->a, &io));
	EXPECT_EQ(1, on_disk(&self->a));
}

/* Another nexus' commands: TASK ABORTED, as the daemon's own are with TAS=1. */
TEST_F(stgt, other_nexus)
{
	unsigned int i;
	struct io io;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		ASSERT_EQ(0, hold(&self->a, &io, 0));
		EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, functions[i], 0, 77));
		if (functions[i] == ABORT_TASK || functions[i] == ABORT_TASK_SET) {
			expect_alive(_metadata, &self->a, &io);
			EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(0, 1), DATA_OUT(old, 512));
			continue;
		}
		ASSERT_EQ(0, probe_wait(&self->a, &io));
		EXPECT_EQ(TGTPROBE_R_ABORTED | TGTPROBE_R_OTHER_NEXUS, io.r.flags);
		EXPECT_EQ(TASK_ABORTED, io.r.status);
		EXPECT_EQ(1, on_disk(&self->a));
	}
}

/* A daemon that hangs has them; they are taken from it, and what it says later is void. */
TEST_F(stgt, daemon_hangs)
{
	unsigned int i;

	ASSERT_EQ(0, kill(self->daemon, SIGSTOP));
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		struct io io = { LUN(0), .tag = 77, WRITE10(0, 1), DATA_OUT(new, 512) };

		ASSERT_EQ(0, probe_send(&self->a, &io));
		EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, functions[i], 0, 77));
		ASSERT_EQ(0, probe_reap(&self->a, io.id, &io.r, 0))
			TH_LOG("function %d: the daemon still has the command", functions[i]);
		EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags);
	}
	ASSERT_EQ(0, kill(self->daemon, SIGCONT));
	EXPECT_EQ(1, on_disk(&self->a));
}

TEST_F(stgt, not_concerned)
{
	struct tgtprobe_reap r;
	struct io io;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, 0));
	EXPECT_EQ(TMF_REJECTED, probe_tmf(&self->a, CLEAR_ACA, 0, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, ABORT_TASK, 0, 78));
	/* whatever a daemon says of a LUN it has not */
	id = probe_tmf_send(&self->a, LUN_RESET, lun1, 0, 0);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, probe_reap(&self->a, id, &r, PROBE_TIMEOUT_MS));
	expect_alive(_metadata, &self->a, &io);
}

static bool picked(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };
	int i;

	for (i = 0; i < 10000 && !(st.state & TGTPROBE_S_ABORTED); i++) {
		if (probe_state(n, io->id, &st))
			return false;
		usleep(1000);
	}
	return st.state & TGTPROBE_S_ABORTED;
}

/* What is sent while a function waits is none of its business. */
TEST_F(stgt, comes_later)
{
	struct tgtprobe_reap r;
	struct io io, later;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, TGTPROBE_STUBBORN));
	id = probe_tmf_send(&self->a, ABORT_TASK_SET, lun0, 0, 0);
	ASSERT_LT(0, id);
	ASSERT_TRUE(picked(&self->a, &io));
	usleep(100000);
	ASSERT_EQ(0, hold(&self->a, &later, 0));
	usleep(200000);
	ASSERT_EQ(0, probe_data(&self->a, &io, old));
	ASSERT_EQ(0, probe_wait(&self->a, &io));
	ASSERT_EQ(0, probe_reap(&self->a, id, &r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	expect_alive(_metadata, &self->a, &later);
}

/*
 * Without a daemon there is nothing to ask, and none that comes later gets the write. Who sends
 * the function is free to bring the data meanwhile.
 */
TEST_F(stgt, daemon_is_gone)
{
	const int hosts[] = { daemon_host("probe:st"), 0 };
	struct tgtprobe_reap r;
	struct io io;
	int id;

	ASSERT_EQ(0, hold(&self->a, &io, TGTPROBE_STUBBORN));
	daemon_kill(self->daemon);
	self->daemon = 0;
	id = probe_tmf_send(&self->a, LUN_RESET, lun0, 0, 0);
	ASSERT_LT(0, id);
	ASSERT_TRUE(picked(&self->a, &io));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->a, id, &r, 0));
	ASSERT_EQ(0, probe_data(&self->a, &io, new));
	ASSERT_EQ(0, probe_wait(&self->a, &io));
	EXPECT_EQ(TGTPROBE_R_ABORTED, io.r.flags);
	ASSERT_EQ(0, probe_reap(&self->a, id, &r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	self->daemon = daemon_start(hosts);
	ASSERT_LT(0, self->daemon);
	EXPECT_EQ(0, on_disk(&self->a));
}

TEST_HARNESS_MAIN
