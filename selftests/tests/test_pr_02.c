// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: persistent reservations between ports and nexuses (SPC-5 5.14.7, 5.14.8): ALL_TG_PT,
 * SPEC_I_PT and REGISTER AND MOVE, of nexuses that come later; and PREEMPT AND ABORT over a
 * backend that keeps a write (5.14.11.2.6). This test will hold an answer back until no preempted
 * write can happen any more.
 *
 * timeout: 60
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/pr.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create low backend=ram size=1M",
	     "device create f backend=fault lower=low",
	     "target create probe:p",
	     "target create probe:q",
	     "lun create probe:p 0 device=f",
	     "lun create probe:q 0 device=f")

FIXTURE(pr) {
	struct nexus a, b;	/* through p */
};

/* The status of a write, of a nexus that may have a unit attention. */
static int writes(struct nexus *n)
{
	static const __u8 data[512];
	struct io io = { LUN(0), WRITE10(9, 1), DATA_OUT(data, 512) };

	return pr_outcome(n, &io);
}

/* What READ FULL STATUS says: bytes of descriptors. */
static int full_status(struct nexus *n, __u8 *buf)
{
	return pr_in(n, FULL_STATUS, buf, 1024) ? -1 : (int)get_be32(buf + 4);
}

FIXTURE_SETUP(pr)
{
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	ASSERT_EQ(0, probe_ready(&self->b, 0));
}

FIXTURE_TEARDOWN(pr)
{
	tgtctl("device set f rules=clear release=yes");
	probe_ready(&self->a, 0);
	pr_out(&self->a, REGISTER_IGNORE, 0, 0, KEY(0), 0);
	pr_out(&self->a, CLEAR, 0, KEY(0), 0, 0);
	probe_close(&self->a);
	probe_close(&self->b);
}

TEST_F(pr, all_target_ports)
{
	struct nexus other;
	__u8 buf[1024];

	EXPECT_EQ(0, pr_out(&self->a, REGISTER, 0, 0, KEY(0), ALL_TG_PT));
	EXPECT_EQ(2 * 48, full_status(&self->b, buf));
	EXPECT_EQ(KEY(0), get_be64(buf + 8));
	EXPECT_EQ(KEY(0), get_be64(buf + 8 + 48));
	EXPECT_NE(get_be16(buf + 8 + 18), get_be16(buf + 8 + 48 + 18));
	EXPECT_EQ(0, memcmp(buf + 8 + 24, buf + 8 + 48 + 24, 24));
	EXPECT_EQ(0, pr_out(&self->a, PRESERVE, 5, KEY(0), 0, 0));
	/* the same initiator, later, through the other port: a registrant */
	ASSERT_EQ(0, probe_open(&other, "q", "init-a"));
	EXPECT_EQ(0, probe_ready(&other, 0));
	EXPECT_EQ(0, writes(&other));
	EXPECT_EQ(CONFLICT, writes(&self->b));
	EXPECT_EQ(0, pr_out(&self->a, REGISTER, 0, KEY(0), 0, ALL_TG_PT));
	EXPECT_EQ(0, full_status(&self->b, buf));
	EXPECT_EQ(0, writes(&self->b));
	probe_close(&other);
}

TEST_F(pr, initiator_ports_that_are_named)
{
	__u8 buf[1024], mine[24], list[76] = { [15] = 1, [20] = 0x08, [27] = 48 };

	/* what b's TransportID is, b says */
	EXPECT_EQ(0, pr_out(&self->b, REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(48, full_status(&self->a, buf));
	memcpy(mine, buf + 8 + 24, 24);
	memcpy(list + 28, mine, 24);
	memcpy(list + 52, mine, 24);
	list[75]++;		/* and another one, who is not there */
	/* who is registered cannot be named */
	EXPECT_EQ(SENSE(5, 0x26, 0x00), pr_out_list(&self->a, REGISTER, 0, list, 76));
	EXPECT_EQ(48, full_status(&self->a, buf));
	EXPECT_EQ(0, pr_out(&self->b, REGISTER, 0, KEY(1), 0, 0));
	EXPECT_EQ(SENSE(5, 0x1a, 0x00), pr_out_list(&self->a, REGISTER, 0, list, 75));
	EXPECT_EQ(0, pr_out_list(&self->a, REGISTER, 0, list, 76));
	EXPECT_EQ(3 * 48, full_status(&self->a, buf));
	EXPECT_EQ(0, pr_out(&self->a, PRESERVE, 6, 1, 0, 0));
	EXPECT_EQ(0, writes(&self->b));
}

TEST_F(pr, register_and_move)
{
	__u8 buf[1024], list[48] = { BE64(KEY(0)), BE64(KEY(1)), [23] = 24 };

	EXPECT_EQ(0, pr_out(&self->b, REGISTER, 0, 0, KEY(7), 0));
	EXPECT_EQ(48, full_status(&self->a, buf));
	memcpy(list + 18, buf + 8 + 18, 2);
	memcpy(list + 24, buf + 8 + 24, 24);
	EXPECT_EQ(0, pr_out(&self->b, REGISTER, 0, KEY(7), 0, 0));
	EXPECT_EQ(CONFLICT, pr_out_list(&self->a, MOVE, 0, list, 48));
	EXPECT_EQ(0, pr_out(&self->a, REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(INVALID_FIELD, pr_out_list(&self->a, MOVE, 0, list, 48));
	EXPECT_EQ(0, pr_out(&self->a, PRESERVE, 3, KEY(0), 0, 0));
	list[18] ^= 0x80;	/* no such port */
	EXPECT_EQ(SENSE(5, 0x26, 0x00), pr_out_list(&self->a, MOVE, 0, list, 48));
	list[18] ^= 0x80;
	EXPECT_EQ(SENSE(5, 0x1a, 0x00), pr_out_list(&self->a, MOVE, 0, list, 47));
	EXPECT_EQ(0, writes(&self->a));
	EXPECT_EQ(CONFLICT, writes(&self->b));
	list[17] = 0x02;	/* UNREG */
	EXPECT_EQ(0, pr_out_list(&self->a, MOVE, 0, list, 48));
	EXPECT_EQ(0, writes(&self->b));
	EXPECT_EQ(CONFLICT, writes(&self->a));
	EXPECT_EQ(48, full_status(&self->a, buf));
	EXPECT_EQ(KEY(1), get_be64(buf + 8));
	EXPECT_EQ(0, pr_out(&self->b, PRELEASE, 3, KEY(1), 0, 0));
	EXPECT_EQ(0, writes(&self->a));
}

/* Whoever fences must not hear GOOD while a write of the other may still happen. */
TEST_F(pr, the_answer_waits_for_the_backend)
{
	static const __u8 data[512];
	__u8 list[24] = { BE64(KEY(0)), BE64(KEY(1)) };
	struct io held = { LUN(0), WRITE10(0, 1), DATA_OUT(data, 512) };
	struct io preempt = { LUN(0), CDB(0x5f, PREEMPT_ABORT, 5, 0, 0, BE32(24), 0),
			      DATA_OUT(list, 24) };
	struct tgtprobe_state st = { };
	struct tgtprobe_reap r;
	int i;

	EXPECT_EQ(0, pr_out(&self->a, REGISTER, 0, 0, KEY(0), 0));
	EXPECT_EQ(0, pr_out(&self->b, REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(0, pr_out(&self->b, PRESERVE, 5, KEY(1), 0, 0));
	ASSERT_EQ(0, tgtctl("device set f rules=clear rule=lose,op=write,count=1"));
	ASSERT_EQ(0, probe_send(&self->b, &held));
	usleep(200000);
	ASSERT_EQ(0, probe_send(&self->a, &preempt));
	for (i = 0; i < 2000 && !(st.state & TGTPROBE_S_ABORTED); i++) {
		ASSERT_EQ(0, probe_state(&self->b, held.id, &st));
		usleep(1000);
	}
	EXPECT_NE(0, st.state & TGTPROBE_S_ABORTED);
	EXPECT_NE(0, probe_reap(&self->a, preempt.id, &r, 1000));
	EXPECT_EQ(0, tgtctl("device set f release=yes"));
	EXPECT_EQ(0, probe_wait(&self->b, &held));
	EXPECT_EQ(TASK_ABORTED, held.r.status);
	EXPECT_EQ(0, probe_wait(&self->a, &preempt));
	EXPECT_EQ(GOOD, preempt.r.status);
	EXPECT_EQ(SENSE(6, 0x2a, 0x05), writes(&self->b));
	EXPECT_EQ(CONFLICT, writes(&self->b));
}

TEST_HARNESS_MAIN
