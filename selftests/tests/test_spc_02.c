// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: self-tests in the background (SPC-5 5.15.4.3, 6.42, 7.3.19): this test will have
 * them held by their backend, look at what is told of them meanwhile, and end them by all there is;
 * and have the extended one find a block that cannot be read.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create t_ram backend=ram size=16M",
	     "device create t_f backend=fault lower=t_ram",
	     "device create t_ram1 backend=ram size=16M",
	     "device create t_one backend=fault lower=t_ram1 queue-limit=1",
	     "target create probe:p",
	     "lun create probe:p 0 device=t_f",
	     "lun create probe:p 1 device=t_one")

#define BG_SHORT	0x20
#define BG_EXTENDED	0x40
#define END		0x80
#define FG_SHORT	0xa0
#define DEFAULT		0x04
#define BLOCKS		32768
#define TESTING		SENSE(2, 0x04, 0x09)
#define FORMATTING	SENSE(2, 0x04, 0x04)

/* results, SPC-5 7.3.19 */
enum { PASSED, ABORTED, ENDED, FAILED = 7, RUNS = 15 };

FIXTURE(test) {
	struct nexus a, b;
	__u8 data[4096], buf[512];
};

static int set_rules(const char *rule)
{
	return tgtctl("device set t_f rules=clear release=yes %s", rule);
}

FIXTURE_SETUP(test)
{
	ASSERT_EQ(0, set_rules(""));
	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&self->a, 0) ?: probe_ready(&self->b, 0));
	probe_fill(self->data, sizeof(self->data), 1);
}

FIXTURE_TEARDOWN(test)
{
	set_rules("");
	probe_close(&self->a);
	probe_close(&self->b);
}

static int diagnose(struct nexus *n, __u8 byte1)
{
	struct io io = { LUN(0), CDB(0x1d, byte1, 0, 0, 0, 0) };

	return probe_outcome(n, &io);
}

/* The last self-test as log page 10h has it, behind its parameter's header; its code and result. */
static int last(struct nexus *n, __u8 *buf)
{
	struct io io = { LUN(0), CDB(0x4d, 0, 0x50, 0, 0, 0, 0, BE16(512), 0), DATA_IN(buf, 512) };

	if (probe_outcome(n, &io) || get_be16(buf + 4) != 1)
		return -1;
	memmove(buf, buf + 8, 16);
	return buf[0];
}

#define LAST(code, result)	((code) | (result))

/* The same when it is over. */
static int over(struct nexus *n, __u8 *buf)
{
	int i, ret = -1;

	for (i = 0; i < 1000; i++) {
		ret = last(n, buf);
		if ((ret & 0x0f) != RUNS)
			break;
		usleep(20000);
	}
	return ret;
}

static bool says(const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "tgtctl device show t_f 2>&1 | grep -q '%s'", what);
	return !system(line);
}

/* The backend keeps a read. */
static int hangs(void)
{
	int i;

	for (i = 0; i < 1000 && !says("1 hung"); i++)
		usleep(20000);
	return i < 1000 ? 0 : -1;
}

/* One that runs, and whose read of block @lba the backend keeps. */
static int held(struct nexus *n, __u8 byte1, unsigned int lba)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "rule=hang,op=read,lba=%u,count=1", lba);
	return set_rules(rule) || diagnose(n, byte1) ? -1 : hangs();
}

TEST_F(test, they_pass)
{
	static const __u8 good[12] = { [4] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const __u8 codes[] = { BG_SHORT, BG_EXTENDED, FG_SHORT };
	unsigned int i;

	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(8192, 8), DATA_OUT(self->data, 4096));
	for (i = 0; i < sizeof(codes); i++) {
		EXPECT_EQ(0, diagnose(&self->a, codes[i]));
		EXPECT_EQ(LAST(codes[i], PASSED), over(&self->b, self->buf));
		EXPECT_EQ(0, memcmp(self->buf + 1, good + 1, 11));
	}
}

/* Meanwhile: what is told, what is refused, and that everybody goes on. */
TEST_F(test, while_it_runs)
{
	struct io sense = { LUN(0), REQUEST_SENSE, DATA_IN(self->buf, 252) };
	unsigned int progress;

	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(0, 8), DATA_OUT(self->data, 4096));
	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(BLOCKS / 2, 8), DATA_OUT(self->data, 4096));
	ASSERT_EQ(0, held(&self->a, BG_EXTENDED, BLOCKS / 2));
	EXPECT_EQ(LAST(BG_EXTENDED, RUNS), last(&self->b, self->buf));
	EXPECT_EQ(0, diagnose(&self->b, 0x00));
	EXPECT_EQ(TESTING, diagnose(&self->b, BG_SHORT));
	EXPECT_EQ(TESTING, diagnose(&self->a, FG_SHORT));
	EXPECT_EQ(TESTING, diagnose(&self->a, DEFAULT));
	EXPECT_GOOD(&self->b, sense);
	EXPECT_EQ(0x02, self->buf[2] & 0x0f);
	EXPECT_EQ(0x0409, get_be16(self->buf + 12));
	EXPECT_EQ(0x80, self->buf[15]);		/* half of it is done, but for a piece */
	progress = get_be16(self->buf + 16);
	EXPECT_LE(0x7f00, progress);
	EXPECT_GE(0x8000, progress);
	EXPECT_CMD(&self->b, 0, LUN(0), TUR);
	EXPECT_CMD(&self->b, 0, LUN(0), WRITE10(BLOCKS / 2, 8), DATA_OUT(self->data, 4096));
	EXPECT_CMD(&self->b, 0, LUN(0), READ10(BLOCKS / 2, 8), DATA_IN(self->buf, 512));
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(LAST(BG_EXTENDED, PASSED), over(&self->a, self->buf));
	EXPECT_GOOD(&self->b, sense);
	EXPECT_EQ(0, get_be16(self->buf + 12));
}

/* By SEND DIAGNOSTIC of whomever; when there is none to be ended that is a bad field. */
TEST_F(test, ended_by_send_diagnostic)
{
	EXPECT_EQ(INVALID_FIELD, diagnose(&self->a, END));
	ASSERT_EQ(0, held(&self->a, BG_SHORT, 0));
	EXPECT_EQ(0, diagnose(&self->b, END));
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(LAST(BG_SHORT, ABORTED), over(&self->a, self->buf));
	EXPECT_EQ(INVALID_FIELD, diagnose(&self->a, END));
}

/* By what cannot go on with it, and by what is to end all. Not by the end of who began it. */
TEST_F(test, ended_by_others)
{
	struct nexus c;

	ASSERT_EQ(0, held(&self->a, BG_SHORT, 0));
	EXPECT_CMD(&self->b, 0, LUN(0), CDB(0x1b, 0, 0, 0, 0x01, 0));	/* START STOP UNIT */
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(LAST(BG_SHORT, ENDED), over(&self->a, self->buf));

	ASSERT_EQ(0, held(&self->a, BG_SHORT, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, LUN_RESET, 0, 0));
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(0, probe_ready(&self->a, 0) ?: probe_ready(&self->b, 0));
	EXPECT_EQ(LAST(BG_SHORT, ENDED), over(&self->a, self->buf));

	ASSERT_EQ(0, probe_open(&c, "p", "init-c"));
	ASSERT_EQ(0, probe_ready(&c, 0));
	ASSERT_EQ(0, held(&c, BG_SHORT, 0));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&c, ABORT_TASK_SET, 0, 0));
	probe_close(&c);
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(LAST(BG_SHORT, PASSED), over(&self->a, self->buf));
}

/* Though the backend answers nothing but BUSY, with which a test is patient. */
TEST_F(test, ended_while_busy)
{
	ASSERT_EQ(0, set_rules("rule=error,op=read,status=busy"));
	EXPECT_EQ(0, diagnose(&self->a, BG_SHORT));
	EXPECT_EQ(LAST(BG_SHORT, RUNS), last(&self->a, self->buf));
	EXPECT_EQ(0, diagnose(&self->b, END));
	EXPECT_EQ(LAST(BG_SHORT, ABORTED), over(&self->a, self->buf));
}

/* One that somebody waits for is not ended, so GOOD is what it was. */
TEST_F(test, in_the_foreground)
{
	struct io test = { LUN(0), CDB(0x1d, FG_SHORT, 0, 0, 0, 0) };

	ASSERT_EQ(0, set_rules("rule=hang,op=read,count=1"));
	ASSERT_EQ(0, probe_send(&self->a, &test));
	ASSERT_EQ(0, hangs());
	EXPECT_CMD(&self->b, 0, LUN(0), CDB(0x1b, 0, 0, 0, 0x01, 0));
	EXPECT_EQ(INVALID_FIELD, diagnose(&self->b, END));
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(0, probe_wait(&self->a, &test));
	EXPECT_EQ(GOOD, test.r.status);
	EXPECT_EQ(LAST(FG_SHORT, PASSED), over(&self->a, self->buf));
}

/* It is no command any more, and takes nobody's place. */
TEST_F(test, one_at_a_time)
{
	struct io test = { LUN(1), CDB(0x1d, BG_SHORT, 0, 0, 0, 0) };
	struct io end = { LUN(1), CDB(0x1d, END, 0, 0, 0, 0) };

	ASSERT_EQ(0, probe_ready(&self->a, 1));
	ASSERT_EQ(0, tgtctl("device set t_one rules=clear rule=error,op=read,status=busy"));
	EXPECT_GOOD(&self->a, test);
	EXPECT_GOOD(&self->a, end);
	EXPECT_EQ(0, tgtctl("device set t_one rules=clear"));
}

/* FORMAT UNIT waits until nothing is read any more. */
TEST_F(test, ended_by_format)
{
	struct io format = { LUN(0), CDB(0x04, 0, 0, 0, 0, 0) };
	int i;

	ASSERT_EQ(0, held(&self->a, BG_SHORT, 0));
	ASSERT_EQ(0, probe_send(&self->b, &format));
	for (i = 0; i < 100 && diagnose(&self->a, DEFAULT) == TESTING; i++)
		usleep(20000);
	EXPECT_EQ(FORMATTING, diagnose(&self->a, DEFAULT));
	EXPECT_EQ(0, set_rules(""));
	EXPECT_EQ(0, probe_wait(&self->b, &format));
	EXPECT_EQ(GOOD, format.r.status);
	EXPECT_EQ(LAST(BG_SHORT, ENDED), over(&self->a, self->buf));
}

/* Which block it is; what is unmapped is not read. */
TEST_F(test, a_bad_block)
{
	EXPECT_CMD(&self->a, 0, LUN(0), WRITE10(20000, 8), DATA_OUT(self->data, 4096));
	ASSERT_EQ(0, set_rules("rule=error,op=read,lba=20003"));
	EXPECT_EQ(0, diagnose(&self->a, BG_SHORT));
	EXPECT_EQ(LAST(BG_SHORT, PASSED), over(&self->a, self->buf));
	EXPECT_EQ(0, diagnose(&self->a, BG_EXTENDED));
	EXPECT_EQ(LAST(BG_EXTENDED, FAILED), over(&self->a, self->buf));
	EXPECT_EQ(20003 / (BLOCKS / 16) + 1, self->buf[1]);
	EXPECT_EQ(20003, get_be64(self->buf + 4));
	EXPECT_EQ(0x031100, self->buf[12] << 16 | get_be16(self->buf + 13));
	EXPECT_CMD(&self->a, 0, LUN(0), CDB(0x04, 0, 0, 0, 0, 0));
	EXPECT_EQ(0, diagnose(&self->a, BG_EXTENDED));
	EXPECT_EQ(LAST(BG_EXTENDED, PASSED), over(&self->a, self->buf));
}

/* A device whose backend hangs is deleted by the deadline all the same. */
TEST_F(test, the_device_goes)
{
	time_t since = time(NULL);

	ASSERT_EQ(0, held(&self->a, BG_SHORT, 0));
	EXPECT_EQ(0, tgtctl("device delete t_f --force"));
	EXPECT_GT(15, time(NULL) - since);
	EXPECT_EQ(0, tgtctl("device create t_f backend=fault lower=t_ram"));
	EXPECT_EQ(0, tgtctl("lun create probe:p 0 device=t_f"));
}

TEST_HARNESS_MAIN
