// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: backend fault through the probe fabric: what the initiator gets to see. This
 * test will look at sense, status and residual of commands that are hit, at where their data
 * went, at what other commands do meanwhile, and abort commands that are held.
 *
 * timeout: 120
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create fa_ram backend=ram size=16M",
	     "device create fa backend=fault lower=fa_ram queue-limit=4",
	     "target create probe:fa",
	     "lun create probe:fa 0 device=fa",
	     "lun create probe:fa 1 device=fa_ram")

static __u8 ones[8 * 512], twos[8 * 512];

FIXTURE(fault) {
	struct nexus n;
};

FIXTURE_SETUP(fault)
{
	struct io io = { LUN(1), WRITE10(0, 8), DATA_OUT(ones, sizeof(ones)) };

	memset(ones, 1, sizeof(ones));
	memset(twos, 2, sizeof(twos));
	ASSERT_EQ(0, probe_open(&self->n, "fa", "init"));
	ASSERT_EQ(0, probe_ready(&self->n, 0));
	ASSERT_EQ(0, probe_ready(&self->n, 1));
	ASSERT_EQ(0, probe_outcome(&self->n, &io));
}

FIXTURE_TEARDOWN(fault)
{
	EXPECT_EQ(0, tgtctl("device set fa rules=clear release=yes"));
	probe_close(&self->n);
}

#define RULES(text)	ASSERT_EQ(0, tgtctl("device set fa rules=clear " text))

/* What one block holds: all of it the same byte, or -1. On LUN 1, which no rule concerns. */
static int block(struct nexus *n, unsigned int lba)
{
	__u8 buf[512] = { };
	struct io io = { LUN(1), READ10(lba, 1), DATA_IN(buf, 512) };

	if (probe_outcome(n, &io))
		return -1;
	return memcmp(buf, buf + 1, 511) ? -1 : buf[0];
}

/* Waits until block @lba holds @byte. */
static bool becomes(struct nexus *n, unsigned int lba, int byte)
{
	int i;

	for (i = 0; i < 2000 && block(n, lba) != byte; i++)
		usleep(1000);
	return block(n, lba) == byte;
}

static bool done(struct nexus *n, const struct io *io)
{
	struct tgtprobe_state st = { };

	return !probe_state(n, io->id, &st) && st.state & TGTPROBE_S_DONE;
}

/* Whether 'device show' has @text within ten seconds. */
static bool shows(const char *text)
{
	char line[256];
	int i;

	snprintf(line, sizeof(line), "tgtctl device show fa | grep -qF '%s'", text);
	for (i = 0; i < 100 && system(line); i++)
		usleep(100000);
	return i < 100;
}

TEST_F(fault, sense_is_exact)
{
	__u8 buf[512];
	struct io io = { LUN(0), READ10(0, 1), DATA_IN(buf, 512) };

	RULES("rule=error,op=read,sense=1/5d/10,count=1 rule=error,op=read,sense=b/0/6,count=1");
	EXPECT_OUTCOME(&self->n, io, SENSE(1, 0x5d, 0x10));
	EXPECT_EQ(512, io.r.residual);
	EXPECT_OUTCOME(&self->n, io, SENSE(0xb, 0, 6));
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(0, io.r.residual);
}

TEST_F(fault, a_failed_write_writes_nothing)
{
	RULES("rule=error,op=write");
	EXPECT_CMD(&self->n, SENSE(3, 0x0c, 0), LUN(0), WRITE10(0, 1), DATA_OUT(twos, 512));
	EXPECT_CMD(&self->n, SENSE(3, 0x0c, 0), LUN(0), WRITE16(7, 1), DATA_OUT(twos, 512));
	EXPECT_EQ(1, block(&self->n, 0));
	EXPECT_EQ(1, block(&self->n, 7));
}

TEST_F(fault, statuses)
{
	static const struct {
		const char	*name;
		__u8		status;
	} all[] = {
		{ "busy", BUSY },
		{ "reservation-conflict", RESERVATION_CONFLICT },
		{ "task-set-full", TASK_SET_FULL },
		{ "task-aborted", TASK_ABORTED },
	};
	struct io io = { LUN(0), WRITE10(0, 1), DATA_OUT(twos, 512) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		ASSERT_EQ(0, tgtctl("device set fa rules=clear rule=error,status=%s",
				    all[i].name));
		ASSERT_EQ(0, probe_run(&self->n, &io));
		EXPECT_EQ(all[i].status, io.r.status);
		EXPECT_EQ(0, io.r.sense_len);
		EXPECT_EQ(512, io.r.residual);
	}
	EXPECT_EQ(1, block(&self->n, 0));
}

/* GOOD, with the residual of what was not moved, and the buffer behind it left alone. */
TEST_F(fault, short_read)
{
	__u8 buf[2048];
	struct io io = { LUN(0), READ10(0, 4), DATA_IN(buf, 2048) };

	RULES("rule=short,op=read,count=1 rule=short,op=read,bytes=512,count=1");
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(1024, io.r.residual);
	EXPECT_EQ(0, memcmp(buf, ones, 1024));
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(1536, io.r.residual);
	RULES("rule=short,op=read,bytes=0,count=1");
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(2048, io.r.residual);
	EXPECT_EQ(0, io.r.flags & TGTPROBE_R_OVERFLOW);
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(0, io.r.residual);
}

TEST_F(fault, short_write)
{
	RULES("rule=short,op=write,bytes=1024");
	struct io io = { LUN(0), WRITE10(0, 4), DATA_OUT(twos, 2048) };

	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(1024, io.r.residual);
	EXPECT_EQ(2, block(&self->n, 0));
	EXPECT_EQ(2, block(&self->n, 1));
	EXPECT_EQ(1, block(&self->n, 2));
	/* what is not longer than that is none of its business */
	io = (struct io){ LUN(0), WRITE10(2, 2), DATA_OUT(twos, 1024) };
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(0, io.r.residual);
	EXPECT_EQ(2, block(&self->n, 3));
}

/* The initiator brings a buffer too short for the CDB: overflow, unless less was moved. */
TEST_F(fault, short_of_an_overflow)
{
	__u8 buf[1024];
	struct io io = { LUN(0), READ10(0, 4), DATA_IN(buf, 1024) };

	RULES("rule=short,bytes=512,count=1");
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(512, io.r.residual);
	EXPECT_EQ(0, io.r.flags & TGTPROBE_R_OVERFLOW);
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(1024, io.r.residual);
	EXPECT_NE(0, io.r.flags & TGTPROBE_R_OVERFLOW);
}

/* The lower device has done it; nobody hears of it before it is released. */
TEST_F(fault, lost)
{
	struct io io = { LUN(0), WRITE10(0, 8), DATA_OUT(twos, sizeof(twos)) };
	__u8 buf[sizeof(ones)];
	struct io in = { LUN(0), READ10(0, 8), DATA_IN(buf, sizeof(buf)) };

	RULES("rule=lose,count=2");
	ASSERT_EQ(0, probe_send(&self->n, &io));
	EXPECT_TRUE(becomes(&self->n, 7, 2));
	ASSERT_EQ(0, probe_send(&self->n, &in));
	EXPECT_TRUE(shows("2 lost"));
	EXPECT_FALSE(done(&self->n, &io));
	EXPECT_FALSE(done(&self->n, &in));
	/* what comes after does not change what was read */
	EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(0, 8), DATA_OUT(ones, sizeof(ones)));
	EXPECT_EQ(0, tgtctl("device set fa release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(0, io.r.flags & PROBE_DAMAGE);
	EXPECT_EQ(0, probe_wait(&self->n, &in));
	EXPECT_EQ(GOOD, in.r.status);
	EXPECT_EQ(0, in.r.flags & PROBE_DAMAGE);
	EXPECT_EQ(0, memcmp(buf, twos, sizeof(buf)));
}

/* Its data is what the initiator had when it sent it; a command behind it overtakes it. */
TEST_F(fault, hung)
{
	struct io io = { LUN(0), WRITE10(0, 8), DATA_OUT(twos, sizeof(twos)) };

	RULES("rule=hang,op=write,count=1");
	ASSERT_EQ(0, probe_send(&self->n, &io));
	EXPECT_TRUE(shows("1 hung"));
	EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(4, 4), DATA_OUT(ones, 2048));
	EXPECT_EQ(1, block(&self->n, 0));
	EXPECT_FALSE(done(&self->n, &io));
	EXPECT_EQ(0, tgtctl("device set fa release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(2, block(&self->n, 0));
	EXPECT_EQ(2, block(&self->n, 7));
}

/* What is held counts against the queue limit, here 4. */
TEST_F(fault, the_limit)
{
	struct io io[4], more = { LUN(0), READ10(0, 1), DATA_IN(ones, 512) };
	int i;

	RULES("rule=hang,op=write");
	for (i = 0; i < 4; i++) {
		io[i] = (struct io){ LUN(0), WRITE10(0, 1), DATA_OUT(twos, 512) };
		ASSERT_EQ(0, probe_send(&self->n, &io[i]));
	}
	EXPECT_TRUE(shows("4 hung"));
	ASSERT_EQ(0, probe_run(&self->n, &more));
	EXPECT_EQ(TASK_SET_FULL, more.r.status);
	EXPECT_EQ(0, tgtctl("device set fa release=yes"));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, probe_wait(&self->n, &io[i]));
		EXPECT_EQ(GOOD, io[i].r.status);
	}
	EXPECT_GOOD(&self->n, more);
}

/* An abort waits for the backend; when the lost one is found, it is aborted. */
TEST_F(fault, lost_and_aborted)
{
	struct io io = { LUN(0), WRITE10(0, 1), DATA_OUT(twos, 512), .tag = 0x777 };
	struct tgtprobe_state st = { };
	struct tgtprobe_reap r = { };
	int tmf, i;

	RULES("rule=lose,count=1");
	ASSERT_EQ(0, probe_send(&self->n, &io));
	EXPECT_TRUE(shows("1 lost"));
	tmf = probe_tmf_send(&self->n, ABORT_TASK, io.lun, io.tag, io.id);
	ASSERT_LT(0, tmf);
	for (i = 0; i < 2000 && !(st.state & TGTPROBE_S_ABORTED); i++) {
		ASSERT_EQ(0, probe_state(&self->n, io.id, &st));
		usleep(1000);
	}
	EXPECT_NE(0, st.state & TGTPROBE_S_ABORTED);
	EXPECT_EQ(0, tgtctl("device set fa release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_NE(0, io.r.flags & TGTPROBE_R_ABORTED);
	EXPECT_EQ(0, io.r.flags & PROBE_DAMAGE);
	ASSERT_EQ(0, probe_reap(&self->n, tmf, &r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	EXPECT_EQ(2, block(&self->n, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(0, 1), DATA_OUT(ones, 512));
}

/* A LUN reset likewise, with several commands held in different ways. */
TEST_F(fault, reset)
{
	struct io io[3];
	struct tgtprobe_reap r = { };
	struct tgtprobe_state st = { };
	int tmf, i;

	RULES("rule=lose,count=1 rule=hang,count=1 rule=delay,ms=3600000,count=1");
	for (i = 0; i < 3; i++) {
		io[i] = (struct io){ LUN(0), WRITE10(i, 1), DATA_OUT(twos, 512) };
		ASSERT_EQ(0, probe_send(&self->n, &io[i]));
	}
	EXPECT_TRUE(shows("1 delayed, 1 hung, 1 lost"));
	tmf = probe_tmf_send(&self->n, LUN_RESET, io[0].lun, 0, 0);
	ASSERT_LT(0, tmf);
	for (i = 0; i < 2000 && !(st.state & TGTPROBE_S_ABORTED); i++) {
		ASSERT_EQ(0, probe_state(&self->n, io[2].id, &st));
		usleep(1000);
	}
	EXPECT_EQ(0, tgtctl("device set fa release=yes"));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, probe_wait(&self->n, &io[i]));
		EXPECT_NE(0, io[i].r.flags & TGTPROBE_R_ABORTED);
	}
	ASSERT_EQ(0, probe_reap(&self->n, tmf, &r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	EXPECT_CMD(&self->n, UA_RESET, LUN(0), TUR);
}

TEST_HARNESS_MAIN
