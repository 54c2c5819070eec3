// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: the functions that ask (QUERY TASK, QUERY TASK SET, QUERY ASYNCHRONOUS EVENT) and
 * I_T NEXUS RESET, SAM-6 clause 7. This test will hold writes in flight by keeping back their
 * data.
 *
 * timeout: 300
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create t_ram backend=ram size=16M",
	     "device create t_two backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=t_ram",
	     "lun create probe:p 1 device=t_two")

#define UA_NEXUS_LOSS	SENSE(6, 0x29, 0x07)

FIXTURE(tmf) {
	struct nexus a;
	struct nexus b;
};

FIXTURE_SETUP(tmf)
{
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	for (lun = 0; lun < 2; lun++) {
		ASSERT_EQ(0, probe_ready(&self->a, lun));
		ASSERT_EQ(0, probe_ready(&self->b, lun));
	}
}

FIXTURE_TEARDOWN(tmf)
{
	probe_close(&self->a);
	probe_close(&self->b);
}

static __u8 data[512];

static int hold(struct nexus *n, struct io *io, unsigned int lun, __u64 tag)
{
	return probe_hold(n, io, lun, 0, tag, TGTPROBE_DEFER);
}

static int release(struct nexus *n, struct io *io)
{
	return probe_data(n, io, data) ?: probe_wait(n, io) ?: io->r.status;
}

/* SAM-6 7.8: FUNCTION SUCCEEDED is yes, FUNCTION COMPLETE is no. */
TEST_F(tmf, query_task)
{
	struct io io;

	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK, 0, 77));
	ASSERT_EQ(0, hold(&self->a, &io, 0, 77));
	EXPECT_EQ(TMF_SUCCEEDED, probe_tmf(&self->a, QUERY_TASK, 0, 77));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK, 0, 78));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK, 1, 77));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, QUERY_TASK, 0, 77));
	EXPECT_EQ(TMF_INCORRECT_LUN, probe_tmf(&self->a, QUERY_TASK, 2, 77));
	EXPECT_EQ(GOOD, release(&self->a, &io));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK, 0, 77));
}

/* SAM-6 7.9: of this nexus only. */
TEST_F(tmf, query_task_set)
{
	struct io io;

	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK_SET, 0, 0));
	ASSERT_EQ(0, hold(&self->a, &io, 0, 77));
	EXPECT_EQ(TMF_SUCCEEDED, probe_tmf(&self->a, QUERY_TASK_SET, 0, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK_SET, 1, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, QUERY_TASK_SET, 0, 0));
	EXPECT_EQ(GOOD, release(&self->a, &io));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, QUERY_TASK_SET, 0, 0));
}

/* SAM-6 7.10: which unit attention is next, and that asking leaves it pending. */
TEST_F(tmf, query_async_event)
{
	struct tgtprobe_reap r = { };
	__u8 lun[8] = { };
	int id, i;

	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, QUERY_ASYNC_EVENT, 0, 0));
	ASSERT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	for (i = 0; i < 2; i++) {
		id = probe_tmf_send(&self->b, QUERY_ASYNC_EVENT, lun, 0, 0);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, probe_reap(&self->b, id, &r, PROBE_TIMEOUT_MS));
		EXPECT_EQ(TMF_SUCCEEDED, r.response);
		EXPECT_EQ(0x16, r.info[0]);	/* UADE 01b: this one only; UNIT ATTENTION */
		EXPECT_EQ(0x29, r.info[1]);
		EXPECT_EQ(0x03, r.info[2]);
	}
	EXPECT_CMD(&self->b, UA_RESET, LUN(0), TUR);
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, QUERY_ASYNC_EVENT, 0, 0));
}

/* SAM-6 7.7: every command of the nexus on every logical unit, and nobody else's. */
TEST_F(tmf, nexus_reset)
{
	struct io one, two, other;

	ASSERT_EQ(0, hold(&self->a, &one, 0, 77));
	ASSERT_EQ(0, hold(&self->a, &two, 1, 78));
	ASSERT_EQ(0, hold(&self->b, &other, 0, 77));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, I_T_NEXUS_RESET, 0, 0));
	ASSERT_EQ(0, probe_wait(&self->a, &one));
	ASSERT_EQ(0, probe_wait(&self->a, &two));
	EXPECT_EQ(TGTPROBE_R_ABORTED, one.r.flags);
	EXPECT_EQ(TGTPROBE_R_ABORTED, two.r.flags);
	EXPECT_EQ(GOOD, release(&self->b, &other));
	EXPECT_CMD(&self->a, UA_NEXUS_LOSS, LUN(0), TUR);
	EXPECT_CMD(&self->a, UA_NEXUS_LOSS, LUN(1), TUR);
	EXPECT_CMD(&self->a, 0, LUN(0), TUR);
	EXPECT_CMD(&self->b, 0, LUN(0), TUR);
	EXPECT_CMD(&self->b, 0, LUN(1), TUR);
}

/* SPC-5 6.36 claims them, and a function there is none of is refused. */
TEST_F(tmf, claimed)
{
	__u8 buf[4] = { };

	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0xa3, 0x0d, 0, 0, 0, 0, BE32(4), 0, 0),
		   DATA_IN(buf, 4));
	EXPECT_EQ(0xfc, buf[0]);	/* ATS ATSS CACAS CTSS LURS QTS */
	EXPECT_EQ(0x07, buf[1]);	/* QAES QTSS ITNRS */
	EXPECT_EQ(TMF_REJECTED, probe_tmf(&self->a, 6, 0, 0));	/* target warm reset */
	EXPECT_EQ(TMF_REJECTED, probe_tmf(&self->a, 13, 0, 0));
}

TEST_HARNESS_MAIN
