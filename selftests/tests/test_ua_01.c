// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: unit attention conditions (SAM-6 5.14): who gets which, once, in which order,
 * and which commands neither hear nor clear them. This test will watch several nexuses while
 * the configuration changes below them.
 *
 * timeout: 180
 */
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create u_ram backend=ram size=16M",
	     "device create u_null backend=null size=16M",
	     "target create probe:p",
	     "target create probe:q",
	     "lun create probe:p 0 device=u_ram",
	     "lun create probe:p 1 device=u_null",
	     "lun create probe:q 0 device=u_ram")

FIXTURE(ua) {
	struct nexus a;		/* a and b at one port */
	struct nexus b;
	struct nexus q;		/* the same disk at another port */
	__u8 buf[1024];
};

FIXTURE_SETUP(ua)
{
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_open(&self->q, "q", "init-a"));
}

FIXTURE_TEARDOWN(ua)
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

/* Waits until a TEST UNIT READY says that; what a change begins goes on in the background. */
static int settled(struct nexus *n, unsigned int lun, int what)
{
	int i, got = -1;

	for (i = 0; i < 500 && got != what; i++) {
		got = tur(n, lun);
		usleep(10000);
	}
	return got;
}

/* REQUEST SENSE: what it tells, as SENSE(). */
static int ask(struct nexus *n, unsigned int lun)
{
	__u8 buf[252];
	struct io io = { LUN(lun), REQUEST_SENSE, DATA_IN(buf, 252) };

	if (probe_outcome(n, &io) || probe_got(&io) < 14)
		return -1;
	return SENSE(buf[2] & 0x0f, buf[12], buf[13]);
}

/* No unit attention is pending at that LUN of any nexus; @q is NULL where it has none. */
static int all_ready(struct nexus *a, struct nexus *b, struct nexus *q, unsigned int lun)
{
	int what = probe_ready(a, lun) ?: probe_ready(b, lun);

	return what || !q ? what : probe_ready(q, lun);
}

TEST_F(ua, power_on_once_each)
{
	EXPECT_EQ(UA_POWER_ON, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(UA_POWER_ON, tur(&self->a, 1));
	EXPECT_EQ(0, tur(&self->a, 1));
	EXPECT_EQ(UA_POWER_ON, tur(&self->b, 0));
	EXPECT_EQ(UA_POWER_ON, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
}

/* SAM-6 5.14.2: INQUIRY and REPORT LUNS are answered, and leave it there. */
TEST_F(ua, not_for_inquiry)
{
	EXPECT_CMD(&self->a, 0, LUN(0), INQUIRY(96), DATA_IN(self->buf, 96));
	EXPECT_CMD(&self->a, 0, LUN(0), VPD(0x83, 255), DATA_IN(self->buf, 255));
	EXPECT_CMD(&self->a, 0, LUN(0), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_EQ(UA_POWER_ON, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
}

TEST_F(ua, request_sense_tells_and_clears)
{
	EXPECT_EQ(UA_POWER_ON, ask(&self->a, 0));
	EXPECT_EQ(NO_SENSE_DATA, ask(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(UA_POWER_ON, ask(&self->b, 0));
}

/* The command that hears it is not executed. */
TEST_F(ua, nothing_is_done)
{
	__u8 one[512], zero[512] = { }, got[512];

	memset(one, 1, sizeof(one));
	ASSERT_EQ(0, probe_ready(&self->b, 0));
	EXPECT_CMD(&self->b, 0, LUN(0), WRITE10(9, 1), DATA_OUT(zero, 512));
	EXPECT_CMD(&self->a, UA_POWER_ON, LUN(0), WRITE10(9, 1), DATA_OUT(one, 512));
	EXPECT_CMD(&self->b, 0, LUN(0), READ10(9, 1), DATA_IN(got, 512));
	EXPECT_EQ(0, memcmp(got, zero, 512));
	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(9, 1), DATA_OUT(one, 512));
	EXPECT_CMD(&self->b, 0, LUN(0), READ10(9, 1), DATA_IN(got, 512));
	EXPECT_EQ(0, memcmp(got, one, 512));
}

/* All kinds of commands hear it. */
TEST_F(ua, heard_by_all)
{
	static const __u8 cdb[][16] = {
		{ 0x00 }, { 0x08 }, { 0x0a }, { 0x1a, 0, 0x3f, 0, 255 }, { 0x25 }, { 0x28 },
		{ 0x2a }, { 0x35 }, { 0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255 }, { 0x88 }, { 0x8a },
		{ 0x91 }, { 0x9e, 0x10 }, { 0xa3, 0x0c }, { 0xa3, 0x0d }, { 0xa8 }, { 0xaa },
	};
	unsigned int i;

	ASSERT_EQ(0, probe_ready(&self->b, 0));
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	for (i = 0; i < ARRAY_SIZE(cdb); i++) {
		struct io io = { LUN(0), .cdb = cdb[i], .cdb_len = 16 };

		ASSERT_EQ(TMF_COMPLETE, probe_tmf(&self->b, LUN_RESET, 0, 0));
		EXPECT_OUTCOME(&self->a, io, UA_RESET);
		EXPECT_EQ(0, tur(&self->a, 0));
	}
}

/* SAM-6 6.3.3: for every nexus of that logical unit, the sender's too, at every port. */
TEST_F(ua, reset)
{
	ASSERT_EQ(0, all_ready(&self->a, &self->b, &self->q, 0));
	ASSERT_EQ(0, all_ready(&self->a, &self->b, NULL, 1));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	EXPECT_EQ(UA_RESET, tur(&self->a, 0));
	EXPECT_EQ(UA_RESET, tur(&self->b, 0));
	EXPECT_EQ(UA_RESET, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->a, 1));
	EXPECT_EQ(0, tur(&self->b, 1));
}

/* Twice the same is told once; power on says all that a reset would. */
TEST_F(ua, coalesced)
{
	ASSERT_EQ(0, probe_ready(&self->a, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	EXPECT_EQ(UA_RESET, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(UA_POWER_ON, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
}

TEST_F(ua, capacity)
{
	struct io cap = { LUN(0), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
			  DATA_IN(self->buf, 32) };
	__u64 was, now;

	ASSERT_EQ(0, all_ready(&self->a, &self->b, &self->q, 0));
	EXPECT_GOOD(&self->a, cap);
	was = get_be64(self->buf) + 1;
	now = was + 2048;
	ASSERT_EQ(0, tgtctl("device set u_ram size=%llu", now * 512));
	EXPECT_EQ(UA_CAPACITY, tur(&self->a, 0));
	EXPECT_EQ(UA_CAPACITY, ask(&self->b, 0));
	EXPECT_EQ(UA_CAPACITY, tur(&self->q, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_GOOD(&self->a, cap);
	EXPECT_EQ(now - 1, get_be64(self->buf));
	EXPECT_CMD(&self->a, 0, LUN(0), READ16(now - 1, 1), DATA_IN(self->buf, 512));
	EXPECT_CMD(&self->a, LBA_OUT_OF_RANGE, LUN(0), READ16(now, 1), DATA_IN(self->buf, 512));
}

/* SPC-5 6.33: heard on the LUNs that were there, cleared on all of them by REPORT LUNS. */
TEST_F(ua, luns_changed)
{
	ASSERT_EQ(0, all_ready(&self->a, &self->b, &self->q, 0));
	ASSERT_EQ(0, all_ready(&self->a, &self->b, NULL, 1));
	ASSERT_EQ(0, tgtctl("lun create probe:p 2 device=u_null"));
	EXPECT_EQ(UA_LUNS_CHANGED, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(UA_LUNS_CHANGED, tur(&self->a, 1));
	EXPECT_EQ(UA_POWER_ON, tur(&self->a, 2));
	EXPECT_CMD(&self->b, 0, LUN(0), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_EQ(3 * 8, get_be32(self->buf));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->b, 1));
	/* another port's map has not changed */
	EXPECT_EQ(0, tur(&self->q, 0));

	ASSERT_EQ(0, tgtctl("lun delete probe:p 2"));
	EXPECT_EQ(LUN_NOT_SUPPORTED, settled(&self->a, 2, LUN_NOT_SUPPORTED));
	EXPECT_EQ(UA_LUNS_CHANGED, tur(&self->a, 1));
	EXPECT_EQ(UA_LUNS_CHANGED, tur(&self->a, 0));
	EXPECT_CMD(&self->b, 0, LUN(1), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_EQ(2 * 8, get_be32(self->buf));
	EXPECT_EQ(0, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->b, 1));
}

/* REPORT LUNS clears only that; what else is pending stays. */
TEST_F(ua, several)
{
	ASSERT_EQ(0, all_ready(&self->a, &self->b, &self->q, 0));
	ASSERT_EQ(0, all_ready(&self->a, &self->b, NULL, 1));
	ASSERT_EQ(TMF_COMPLETE, probe_tmf(&self->a, LUN_RESET, 0, 0));
	ASSERT_EQ(0, tgtctl("lun create probe:p 3 device=u_null"));
	EXPECT_CMD(&self->a, 0, LUN(0), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_EQ(UA_RESET, tur(&self->a, 0));
	EXPECT_EQ(0, tur(&self->a, 0));
	EXPECT_EQ(UA_RESET, tur(&self->b, 0));
	EXPECT_EQ(UA_LUNS_CHANGED, tur(&self->b, 0));
	EXPECT_EQ(0, tur(&self->b, 0));
	ASSERT_EQ(0, tgtctl("lun delete probe:p 3"));
}

/* An initiator moved into another group sees another map, and is told. */
TEST_F(ua, regrouped)
{
	ASSERT_EQ(0, all_ready(&self->a, &self->b, &self->q, 0));
	ASSERT_EQ(0, tgtctl("group create probe:p g"));
	ASSERT_EQ(0, tgtctl("lun create probe:p 0 device=u_null group=g"));
	ASSERT_EQ(0, tgtctl("lun create probe:p 7 device=u_ram group=g"));
	ASSERT_EQ(0, tgtctl("group add probe:p g initiator=init-b"));
	EXPECT_EQ(0, settled(&self->b, 7, 0));
	EXPECT_CMD(&self->b, 0, LUN(0), REPORT_LUNS(96), DATA_IN(self->buf, 96));
	EXPECT_EQ(2 * 8, get_be32(self->buf));
	EXPECT_EQ(LUN_NOT_SUPPORTED, probe_ready(&self->b, 1));
	EXPECT_EQ(0, tur(&self->a, 0));
	ASSERT_EQ(0, tgtctl("group remove probe:p g initiator=init-b"));
	EXPECT_EQ(0, settled(&self->b, 1, 0));
	EXPECT_EQ(LUN_NOT_SUPPORTED, probe_ready(&self->b, 7));
	ASSERT_EQ(0, tgtctl("lun delete probe:p 0 group=g"));
	ASSERT_EQ(0, tgtctl("lun delete probe:p 7 group=g"));
	ASSERT_EQ(0, tgtctl("group delete probe:p g"));
}

TEST_HARNESS_MAIN
