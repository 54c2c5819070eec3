// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: log pages (SPC-5 6.7, 6.8, 7.3), timestamp (6.37, 6.46), identifying information
 * (6.32, 6.43), diagnostics (6.29, 6.42) and the echo buffer (6.18, 6.49): this test will count
 * commands and have them told, and write what others read.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create c_ram backend=ram size=16M",
	     "device create c_bad backend=fault lower=c_ram",
	     "target create probe:p",
	     "lun create probe:p 0 device=c_bad")

#define LOG_SENSE(pc, page, ptr) CDB(0x4d, 0, (pc) << 6 | (page), 0, 0, BE16(ptr), BE16(255), 0)
#define LOG_SELECT(b1, pc, page, n) CDB(0x4c, b1, (pc) << 6 | (page), 0, 0, 0, 0, BE16(n), 0)
#define ECHO_WRITE(n)	CDB(0x3b, 0x0a, 0, 0, 0, 0, BE24(n), 0)
#define ECHO_READ(n)	CDB(0x3c, 0x0a, 0, 0, 0, 0, BE24(n), 0)
#define SEQUENCE_ERROR	SENSE(5, 0x2c, 0x00)
#define ECHO_OVERWRITTEN SENSE(0xb, 0x3f, 0x0f)
#define READ_ERROR	SENSE(3, 0x11, 0x00)
#define SELF_TEST_FAILED SENSE(4, 0x3e, 0x03)

FIXTURE(spc) {
	struct nexus a, b;
	__u8 buf[4096];
};

FIXTURE_SETUP(spc)
{
	ASSERT_EQ(0, tgtctl("device set c_bad rules=clear"));
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&self->a, 0) ?: probe_ready(&self->b, 0));
}

FIXTURE_TEARDOWN(spc)
{
	probe_close(&self->a);
	probe_close(&self->b);
}

static int tur(struct nexus *n)
{
	struct io io = { LUN(0), TUR };

	return probe_outcome(n, &io);
}

/* Eight bytes of a log page; all ones if it cannot be had. */
static __u64 counter(struct nexus *n, __u8 page, unsigned int at)
{
	__u8 buf[255] = { };
	struct io io = { LUN(0), LOG_SENSE(1, page, 0), DATA_IN(buf, 255) };

	return probe_outcome(n, &io) ? ~0ULL : get_be64(buf + at);
}

TEST_F(spc, log_pages)
{
	/* 0Ch: the lower device is thinly provisioned */
	static const __u8 want[] = { 0, 0, 0, 7, 0x00, 0x02, 0x03, 0x0c, 0x10, 0x19, 0x2f };
	struct io io = { LUN(0), LOG_SENSE(1, 0, 0), DATA_IN(self->buf, 255) };
	int i;

	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(sizeof(want), probe_got(&io));
	EXPECT_EQ(0, memcmp(self->buf, want, sizeof(want)));
	for (i = 0; i < 0x40; i++)
		EXPECT_CMD(&self->a, memchr(want + 4, i, 7) ? 0 : INVALID_FIELD, LUN(0),
			   LOG_SENSE(1, i, 0), DATA_IN(self->buf, 255));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), LOG_SENSE(0, 0x19, 0),
		   DATA_IN(self->buf, 255));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), LOG_SENSE(1, 0x19, 4),
		   DATA_IN(self->buf, 255));
}

/* Reads and writes of all nexuses, those that are gone too, until they are reset. */
TEST_F(spc, statistics)
{
	struct nexus c;

	EXPECT_CMD(&self->a, 0, LUN(0), LOG_SELECT(2, 1, 0x19, 0));
	EXPECT_EQ(UA_LOG, tur(&self->b));
	EXPECT_EQ(0, counter(&self->a, 0x19, 8));
	EXPECT_CMD(&self->a, 0, LUN(0), READ10(0, 8), DATA_IN(self->buf, 4096));
	EXPECT_CMD(&self->b, 0, LUN(0), WRITE10(0, 4), DATA_OUT(self->buf, 2048));
	ASSERT_EQ(0, probe_open(&c, "p", "init-c"));
	ASSERT_EQ(0, probe_ready(&c, 0));
	EXPECT_CMD(&c, 0, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	probe_close(&c);
	EXPECT_EQ(2, counter(&self->a, 0x19, 8));		/* read commands */
	EXPECT_EQ(1, counter(&self->a, 0x19, 16));		/* write commands */
	EXPECT_EQ(4, counter(&self->a, 0x19, 24));		/* blocks received */
	EXPECT_EQ(9, counter(&self->a, 0x19, 32));		/* blocks transmitted */
	/* the same by a page control of default values */
	EXPECT_CMD(&self->b, 0, LUN(0), LOG_SELECT(0, 3, 0x19, 0));
	EXPECT_EQ(UA_LOG, tur(&self->a));
	EXPECT_EQ(0, counter(&self->a, 0x19, 8));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), LOG_SELECT(1, 1, 0, 0));
	EXPECT_CMD(&self->a, PARAM_FIELD, LUN(0), LOG_SELECT(0, 1, 0, 16),
		   DATA_OUT(self->buf, 16));
}

/* Uncorrected errors on reading, told apart from those on writing */
TEST_F(spc, errors)
{
	EXPECT_CMD(&self->a, 0, LUN(0), LOG_SELECT(2, 1, 0, 0));
	EXPECT_EQ(UA_LOG, tur(&self->b));
	ASSERT_EQ(0, tgtctl("device set c_bad rule=error,op=read"));
	EXPECT_CMD(&self->a, READ_ERROR, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	EXPECT_CMD(&self->a, READ_ERROR, LUN(0), READ10(0, 1), DATA_IN(self->buf, 512));
	EXPECT_EQ(2, counter(&self->a, 0x03, 20));
	EXPECT_EQ(0, counter(&self->a, 0x02, 20));
}

/*
 * What self-tests came to is in page 10h, the last one first: SELF-TEST CODE and RESULTS, number of
 * the part that failed, hours, first block with an error and its sense (SPC-5 5.15, 7.3.19).
 */
TEST_F(spc, self_test_results)
{
	static const __u8 good_short[16] = { 0xa0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					     0xff, 0xff };
	static const __u8 bad_dflt[16] = { 0x07, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff,
					   0x03, 0x11, 0x00 };
	struct io io = { LUN(0), CDB(0x4d, 0, 0x50, 0, 0, 0, 0, BE16(512), 0),
			 DATA_IN(self->buf, 512) };

	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0x1d, 0xa0, 0, 0, 0, 0));
	ASSERT_EQ(0, tgtctl("device set c_bad rule=error,op=read,lba=32767"));
	EXPECT_CMD(&self->a, SELF_TEST_FAILED, LUN(0), CDB(0x1d, 0x04, 0, 0, 0, 0));
	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(404, probe_got(&io));
	EXPECT_EQ(0x190, get_be16(self->buf + 2));
	EXPECT_EQ(1, get_be16(self->buf + 4));
	EXPECT_EQ(0, memcmp(self->buf + 8, bad_dflt, 16));
	EXPECT_EQ(2, get_be16(self->buf + 24));
	EXPECT_EQ(0, memcmp(self->buf + 28, good_short, 16));
}

TEST_F(spc, diagnostics)
{
	static const __u8 want[] = { 0, 0, 0, 1, 0 }, zero[4];
	struct io io = { LUN(0), CDB(0x1c, 1, 0, 0, 64, 0), DATA_IN(self->buf, 64) };

	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0x1d, 0x04, 0, 0, 0, 0));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), CDB(0x1d, 0xc0, 0, 0, 0, 0));
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0x1d, 0x10, 0, 0, 4, 0), DATA_OUT(zero, 4));
	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(5, probe_got(&io));
	EXPECT_EQ(0, memcmp(self->buf, want, 5));
}

TEST_F(spc, timestamp)
{
	static const __u8 set[12] = { 0, 0, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0x00 };
	const __u64 was = 0x012345678900;
	struct io io = { LUN(0), CDB(0xa3, 0x0f, 0, 0, 0, 0, BE32(64), 0, 0),
			 DATA_IN(self->buf, 64) };
	__u64 now;

	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(12, probe_got(&io));
	EXPECT_EQ(10, get_be16(self->buf));
	EXPECT_EQ(0, self->buf[2] & 7);
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0xa4, 0x0f, 0, 0, 0, 0, BE32(12), 0, 0),
		   DATA_OUT(set, 12));
	EXPECT_EQ(UA_TIMESTAMP, tur(&self->b));
	EXPECT_EQ(0, tur(&self->a));
	usleep(20000);
	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(2, self->buf[2] & 7);
	now = (__u64)get_be16(self->buf + 4) << 32 | get_be32(self->buf + 6);
	EXPECT_LE(was + 20, now);
	EXPECT_GE(was + 60000, now);
	EXPECT_CMD(&self->a, PARAM_LENGTH, LUN(0), CDB(0xa4, 0x0f, 0, 0, 0, 0, BE32(11), 0, 0),
		   DATA_OUT(set, 11));
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0xa4, 0x0f, 0, 0, 0, 0, BE32(0), 0, 0));
}

TEST_F(spc, identifying_information)
{
	static const __u8 id[4] = { 0xde, 0xad, 0x00, 0x01 };
	struct io io = { LUN(0), CDB(0xa3, 0x05, 0, 0, 0, 0, BE32(128), 0, 0),
			 DATA_IN(self->buf, 128) };
	struct io types = { LUN(0), CDB(0xa3, 0x05, 0, 0, 0, 0, BE32(128), 0xfe, 0),
			    DATA_IN(self->buf, 128) };

	EXPECT_GOOD(&self->a, types);
	EXPECT_EQ(8, probe_got(&types));
	EXPECT_EQ(64, get_be16(self->buf + 6));
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0xa4, 0x06, 0, 0, 0, 0, BE32(4), 0, 0),
		   DATA_OUT(id, 4));
	EXPECT_EQ(UA_IDENT, tur(&self->b));
	EXPECT_GOOD(&self->b, io);
	EXPECT_EQ(8, probe_got(&io));
	EXPECT_EQ(4, get_be16(self->buf + 2));
	EXPECT_EQ(0, memcmp(self->buf + 4, id, 4));
	EXPECT_EQ(0, system("tgtctl save - | grep -q '\"ident\": *\"dead0001\"'"));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), CDB(0xa4, 0x06, 0, 0, 0, 0, BE32(65), 0, 0),
		   DATA_OUT(self->buf, 65));
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0xa4, 0x06, 0, 0, 0, 0, BE32(0), 0, 0));
	EXPECT_EQ(UA_IDENT, tur(&self->b));
	EXPECT_GOOD(&self->a, io);
	EXPECT_EQ(4, probe_got(&io));
}

TEST_F(spc, echo_buffer)
{
	__u8 out[4096], *in = self->buf;
	struct io desc = { LUN(0), CDB(0x3c, 0x0b, 0, 0, 0, 0, BE24(4), 0), DATA_IN(in, 4) };
	struct io rd = { LUN(0), ECHO_READ(4096), DATA_IN(in, 4096) };

	EXPECT_CMD(&self->a, SEQUENCE_ERROR, LUN(0), ECHO_READ(4), DATA_IN(in, 4));
	EXPECT_GOOD(&self->a, desc);
	EXPECT_EQ(4096, get_be16(in + 2) & 0x1fff);
	EXPECT_EQ(1, in[0] & 1);			/* EBOS */
	probe_fill(out, 4096, 7);
	EXPECT_CMD(&self->a, 0, LUN(0), ECHO_WRITE(4096), DATA_OUT(out, 4096));
	EXPECT_GOOD(&self->a, rd);
	EXPECT_EQ(0, memcmp(in, out, 4096));
	EXPECT_CMD(&self->b, ECHO_OVERWRITTEN, LUN(0), ECHO_READ(4), DATA_IN(in, 4));
	EXPECT_CMD(&self->b, 0, LUN(0), ECHO_WRITE(4), DATA_OUT(out, 4));
	EXPECT_CMD(&self->a, ECHO_OVERWRITTEN, LUN(0), ECHO_READ(4), DATA_IN(in, 4));
	EXPECT_CMD(&self->b, 0, LUN(0), ECHO_READ(4), DATA_IN(in, 4));
	/* too long; no microcode */
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), ECHO_WRITE(4097), DATA_OUT(out, 4096));
	EXPECT_CMD(&self->a, INVALID_FIELD, LUN(0), CDB(0x3b, 0x05, 0, 0, 0, 0, BE24(4), 0),
		   DATA_OUT(out, 4));
}

TEST_HARNESS_MAIN
