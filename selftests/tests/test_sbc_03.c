// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: SANITIZE and FORMAT UNIT (SBC-4), on disks in memory and on one whose writes are
 * slow or fail: this test will check what they leave on the medium, what other commands are
 * answered meanwhile and after a failure, how far they tell to be, how they are refused, and that
 * neither a reset nor the end of the device has to wait for them.
 *
 * timeout: 120
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create s3_ram backend=ram size=16M",
	     "device create s3_4k backend=ram size=16M block-size=4096",
	     "device create s3_lower backend=ram size=16M",
	     "device create s3_slow backend=fault lower=s3_lower",
	     "device create s3_null backend=null size=16M",
	     "device create s3_ro backend=null size=16M readonly=yes",
	     "target create probe:p",
	     "lun create probe:p 0 device=s3_ram",
	     "lun create probe:p 1 device=s3_4k",
	     "lun create probe:p 2 device=s3_slow",
	     "lun create probe:p 3 device=s3_null",
	     "lun create probe:p 4 device=s3_ro")

#define SLOW		2
#define IMMED		0x80
#define AUSE		0x20
#define SANITIZING	SENSE(2, 0x04, 0x1b)
#define SANITIZE_FAILED	SENSE(3, 0x31, 0x03)
#define FORMATTING	SENSE(2, 0x04, 0x04)
#define FORMAT_FAILED	SENSE(3, 0x31, 0x01)

#define SANITIZE(byte1, n)	CDB(0x48, byte1, 0, 0, 0, 0, 0, BE16(n), 0)
#define FORMAT(byte1)		CDB(0x04, byte1, 0, 0, 0, 0)
/* @how: INVERT and count; a pattern of two bytes */
#define OVERWRITE(how)		{ how, 0, 0, 2, 0x5a, 0xa5 }
#define RULES(text)		ASSERT_EQ(0, tgtctl("device set s3_slow rules=clear " text))

static __u8 data[1 << 20], got[1 << 20];

FIXTURE(sbc3) {
	struct nexus n;
};

FIXTURE_SETUP(sbc3)
{
	unsigned int lun;

	probe_fill(data, sizeof(data), 1);
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	for (lun = 0; lun < 5; lun++)
		ASSERT_EQ(0, probe_ready(&self->n, lun));
	for (lun = 0; lun < 3; lun++)
		EXPECT_CMD(&self->n, 0, LUN(lun), WRITE10(0, lun == 1 ? 256 : 2048),
			   DATA_OUT(data, sizeof(data)));
}

FIXTURE_TEARDOWN(sbc3)
{
	probe_close(&self->n);
}

/* The first MiB repeats @a and @b. */
static bool holds(struct nexus *n, unsigned int lun, __u8 a, __u8 b)
{
	struct io io = { LUN(lun), READ10(0, lun == 1 ? 256 : 2048), DATA_IN(got, sizeof(got)) };

	return !probe_outcome(n, &io) && got[0] == a && got[1] == b &&
	       !memcmp(got, got + 2, sizeof(got) - 2);
}

/* Waits while @lun is NOT READY as @sense says; the outcome then. */
static int settled(struct nexus *n, unsigned int lun, int sense)
{
	int i, outcome = sense;

	for (i = 0; i < 300 && outcome == sense; i++) {
		struct io io = { LUN(lun), TUR };

		outcome = probe_outcome(n, &io);
		usleep(outcome == sense ? 100000 : 0);
	}
	return outcome;
}

TEST_F(sbc3, sanitize_overwrites_the_medium)
{
	__u8 one[] = OVERWRITE(0x01), two[] = OVERWRITE(0x82), bad[8] = OVERWRITE(0x00);
	unsigned int lun;
	__u8 fills[516] = { 0x81, 0, 2, 0 };

	for (lun = 0; lun < 2; lun++) {
		EXPECT_CMD(&self->n, 0, LUN(lun), SANITIZE(0x01, 6), DATA_OUT(one, 6));
		EXPECT_TRUE(holds(&self->n, lun, 0x5a, 0xa5));
	}
	/* the last of several passes is the pattern itself */
	EXPECT_CMD(&self->n, 0, LUN(0), SANITIZE(0x01, 6), DATA_OUT(two, 6));
	EXPECT_TRUE(holds(&self->n, 0, 0x5a, 0xa5));
	memset(fills + 4, 7, 512);
	EXPECT_CMD(&self->n, 0, LUN(0), SANITIZE(0x01, 516), DATA_OUT(fills, 516));
	EXPECT_TRUE(holds(&self->n, 0, 7, 7));

	/* ZNR, and what is reserved: nothing unknown is overlooked */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x41, 516), DATA_OUT(fills, 516));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x48, 0x01, 0, 0, 1, 0, 0, BE16(6), 0),
		   DATA_OUT(one, 6));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x01, 4), DATA_OUT(one, 4));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x01, 517), DATA_OUT(data, 517));
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), SANITIZE(0x01, 6), DATA_OUT(bad, 6));
	bad[0] = 0x21;			/* TEST */
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), SANITIZE(0x01, 6), DATA_OUT(bad, 6));
	bad[0] = 0x01;
	bad[3] = 3;			/* a pattern longer than the list */
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(0), SANITIZE(0x01, 6), DATA_OUT(bad, 6));
	bad[3] = 0;
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), SANITIZE(0x01, 6), DATA_OUT(bad, 6));
	EXPECT_CMD(&self->n, WRITE_PROTECTED, LUN(4), SANITIZE(0x01, 6), DATA_OUT(one, 6));
	/* no service action of this disk */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x03, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(3), SANITIZE(0x02, 0));
	EXPECT_TRUE(holds(&self->n, 0, 7, 7));
}

/* The write was taken back: its initiator hears why, though no function of its own ended it. */
static int taken_back(struct nexus *n, struct io *io)
{
	return probe_wait(n, io) ?: probe_sense(&io->r);
}

TEST_F(sbc3, commands_that_are_there_are_answered)
{
	static const int why[] = { FORMATTING, SANITIZING };
	__u8 one[] = OVERWRITE(0x01);
	struct io own, other;
	struct nexus b;
	int i;

	ASSERT_EQ(0, probe_open(&b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&b, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, probe_hold(&self->n, &own, 0, 1, 0, TGTPROBE_DEFER));
		ASSERT_EQ(0, probe_hold(&b, &other, 0, 2, 0, TGTPROBE_DEFER));
		if (i)
			EXPECT_CMD(&self->n, 0, LUN(0), SANITIZE(0x01, 6), DATA_OUT(one, 6));
		else
			EXPECT_CMD(&self->n, 0, LUN(0), FORMAT(0));
		EXPECT_EQ(why[i], taken_back(&self->n, &own));
		EXPECT_EQ(why[i], taken_back(&b, &other));
	}
	probe_close(&b);
}

/*
 * One that the medium keeps is taken back at the deadline. It may still be written, so nothing is
 * wiped.
 */
TEST_F_TIMEOUT(sbc3, a_command_that_hangs_is_not_waited_for, 60)
{
	struct io stuck = { LUN(SLOW), WRITE10(8, 1), DATA_OUT(data, 512) };
	struct nexus b;

	ASSERT_EQ(0, probe_open(&b, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&b, SLOW));
	RULES("rule=hang,op=write,count=1");
	ASSERT_EQ(0, probe_send(&b, &stuck));
	EXPECT_CMD(&self->n, SENSE(2, 0x04, 0x00), LUN(SLOW), FORMAT(0));
	EXPECT_EQ(FORMATTING, taken_back(&b, &stuck));
	EXPECT_CMD(&self->n, SENSE(2, 0x04, 0x03), LUN(SLOW), READ10(0, 1), DATA_IN(got, 512));
	RULES("release=yes");
	EXPECT_EQ(0, settled(&self->n, SLOW, SENSE(2, 0x04, 0x03)));
	probe_close(&b);
}

TEST_F(sbc3, sanitize_erases_blocks)
{
	__u8 d[24];

	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x02, 6), DATA_OUT(data, 6));
	EXPECT_CMD(&self->n, 0, LUN(0), SANITIZE(0x02, 0));
	EXPECT_TRUE(holds(&self->n, 0, 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x9e, 0x12, BE64(0), BE32(24), 0, 0), DATA_IN(d, 24));
	EXPECT_EQ(16 << 11, get_be32(d + 16));
	EXPECT_EQ(1, d[20]);
	/* nothing has failed */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), SANITIZE(0x1f, 6), DATA_OUT(data, 6));
	EXPECT_CMD(&self->n, 0, LUN(0), SANITIZE(0x1f, 0));
}

/* How far REQUEST SENSE says it is; -1: no such thing is told. */
static int progress(struct nexus *n, int sense)
{
	__u8 d[252] = { };
	struct io io = { LUN(SLOW), REQUEST_SENSE, DATA_IN(d, sizeof(d)) };

	if (probe_outcome(n, &io) || SENSE(d[2], d[12], d[13]) != sense || !(d[15] & 0x80))
		return -1;
	return get_be16(d + 16);
}

TEST_F(sbc3, other_commands_are_told_of_a_sanitize)
{
	__u8 list[] = OVERWRITE(0x01), d[64];
	struct io tur = { LUN(SLOW), TUR };
	struct nexus late;
	int first;

	RULES("rule=delay,ms=20,op=write");
	EXPECT_CMD(&self->n, 0, LUN(SLOW), SANITIZE(IMMED | 0x01, 6), DATA_OUT(list, 6));
	EXPECT_OUTCOME(&self->n, tur, SANITIZING);
	EXPECT_EQ(0x80, tur.r.sense[15] & 0x80);
	EXPECT_CMD(&self->n, SANITIZING, LUN(SLOW), READ10(0, 1), DATA_IN(d, 64));
	EXPECT_CMD(&self->n, SANITIZING, LUN(SLOW), SANITIZE(0x1f, 0));
	EXPECT_CMD(&self->n, SANITIZING, LUN(SLOW), FORMAT(0));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), INQUIRY(64), DATA_IN(d, 64));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), REPORT_LUNS(64), DATA_IN(d, 64));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), CDB(0xa3, 0x0c, 0, 0, 0, 0, BE32(64), 0, 0),
		   DATA_IN(d, 64));
	/* of a nexus that is new it is true as well */
	ASSERT_EQ(0, probe_open(&late, "p", "init-b"));
	EXPECT_CMD(&late, UA_POWER_ON, LUN(SLOW), TUR);
	EXPECT_CMD(&late, SANITIZING, LUN(SLOW), TUR);
	first = progress(&late, SANITIZING);
	EXPECT_GE(first, 0);
	usleep(300000);
	EXPECT_GT(progress(&self->n, SANITIZING), first);
	/* a reset does not end it */
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&late, LUN_RESET, SLOW, 0));
	EXPECT_CMD(&late, UA_RESET, LUN(SLOW), TUR);
	EXPECT_CMD(&late, SANITIZING, LUN(SLOW), TUR);
	RULES("");
	EXPECT_EQ(0, settled(&late, SLOW, SANITIZING));
	EXPECT_TRUE(holds(&late, SLOW, 0x5a, 0xa5));
	probe_close(&late);
}

TEST_F(sbc3, an_aborted_sanitize_goes_on)
{
	__u8 list[] = OVERWRITE(0x01);
	struct io io = { LUN(SLOW), SANITIZE(0x01, 6), DATA_OUT(list, 6), .tag = 77 };

	RULES("rule=delay,ms=20,op=write");
	ASSERT_EQ(0, probe_send(&self->n, &io));
	usleep(500000);
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, ABORT_TASK, SLOW, 77));
	ASSERT_EQ(0, probe_reap(&self->n, io.id, &io.r, 1000));
	EXPECT_CMD(&self->n, SANITIZING, LUN(SLOW), TUR);
	RULES("");
	EXPECT_EQ(0, settled(&self->n, SLOW, SANITIZING));
	EXPECT_TRUE(holds(&self->n, SLOW, 0x5a, 0xa5));
}

TEST_F(sbc3, a_failure_stays_until_it_may_be_left)
{
	__u8 list[] = OVERWRITE(0x01), d[64] = { };

	RULES("rule=error,op=write,count=1");
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(SLOW), SANITIZE(AUSE | 0x01, 6),
		   DATA_OUT(list, 6));
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(SLOW), TUR);
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(SLOW), FORMAT(0));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), REQUEST_SENSE, DATA_IN(d, 64));
	EXPECT_EQ(SANITIZE_FAILED, SENSE(d[2], d[12], d[13]));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), SANITIZE(0x1f, 0));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), TUR);

	/* restricted: only another one leaves it, and that restricted too */
	RULES("rule=error,op=write,count=1");
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(SLOW), SANITIZE(0x01, 6), DATA_OUT(list, 6));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(SLOW), SANITIZE(0x1f, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(SLOW), SANITIZE(AUSE | 0x01, 6),
		   DATA_OUT(list, 6));
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(SLOW), TUR);
	EXPECT_CMD(&self->n, 0, LUN(SLOW), SANITIZE(0x01, 6), DATA_OUT(list, 6));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), TUR);
	EXPECT_TRUE(holds(&self->n, SLOW, 0x5a, 0xa5));
}

TEST_F(sbc3, format_unit)
{
	__u8 head[4] = { }, lng[8] = { }, ip[] = { 0, 0x88, 0, 0, 0, 1, 0, 1, 0x33 };
	unsigned int lun;

	for (lun = 0; lun < 2; lun++) {
		EXPECT_CMD(&self->n, 0, LUN(lun), FORMAT(0));
		EXPECT_TRUE(holds(&self->n, lun, 0, 0));
	}
	EXPECT_CMD(&self->n, 0, LUN(0), FORMAT(0x10), DATA_OUT(ip, sizeof(ip)));
	EXPECT_TRUE(holds(&self->n, 0, 0x33, 0x33));
	EXPECT_CMD(&self->n, 0, LUN(0), FORMAT(0x10), DATA_OUT(head, 4));
	EXPECT_TRUE(holds(&self->n, 0, 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), FORMAT(0x38), DATA_OUT(lng, 8));
	/* no protection, no defects, no options without FOV */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), FORMAT(0x80));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), FORMAT(0x90), DATA_OUT(head, 4));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), FORMAT(0x08));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x04, 0, 0, 0, 1, 0));
	head[3] = 8;
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), FORMAT(0x10), DATA_OUT(head, 4));
	head[3] = 0;
	head[1] = 0x20;
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), FORMAT(0x10), DATA_OUT(head, 4));
	head[1] = 0xa0;
	EXPECT_CMD(&self->n, 0, LUN(0), FORMAT(0x10), DATA_OUT(head, 4));
	head[0] = 1;
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), FORMAT(0x10), DATA_OUT(head, 4));
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(0), FORMAT(0x10), DATA_OUT(head, 3));
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(0), FORMAT(0x30), DATA_OUT(head, 4));
	EXPECT_CMD(&self->n, WRITE_PROTECTED, LUN(4), FORMAT(0));
}

TEST_F(sbc3, format_tells_how_far_it_is_and_fails)
{
	/* with a pattern, as what is to be zeroes is unmapped */
	__u8 immed[] = { 0, 0x8a, 0, 0, 0, 1, 0, 1, 0x33 }, d[64];
	int first;

	RULES("rule=delay,ms=20,op=write");
	EXPECT_CMD(&self->n, 0, LUN(SLOW), FORMAT(0x10), DATA_OUT(immed, sizeof(immed)));
	EXPECT_CMD(&self->n, FORMATTING, LUN(SLOW), TUR);
	first = progress(&self->n, FORMATTING);
	EXPECT_GE(first, 0);
	usleep(300000);
	EXPECT_GT(progress(&self->n, FORMATTING), first);
	RULES("rule=error,op=write,count=1");
	EXPECT_EQ(FORMAT_FAILED, settled(&self->n, SLOW, FORMATTING));
	/* who leaves the medium alone need not care */
	EXPECT_CMD(&self->n, 0, LUN(SLOW), CDB(0x5a, 8, 0x3f, 0, 0, 0, 0, BE16(64), 0),
		   DATA_IN(d, 64));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), FORMAT(0));
	EXPECT_CMD(&self->n, 0, LUN(SLOW), TUR);
	EXPECT_TRUE(holds(&self->n, SLOW, 0, 0));
}

/* It goes within seconds, whatever it is doing. */
TEST_F(sbc3, a_device_is_deleted_while_it_is_sanitized)
{
	__u8 list[] = OVERWRITE(0x1f);
	struct nexus n;
	time_t since;

	ASSERT_EQ(0, tgtctl("device create s3_gone backend=fault lower=s3_lower"));
	ASSERT_EQ(0, tgtctl("device set s3_gone rule=delay,ms=50,op=write"));
	ASSERT_EQ(0, tgtctl("lun create probe:p 9 device=s3_gone"));
	ASSERT_EQ(0, probe_open(&n, "p", "init-c"));
	ASSERT_EQ(0, probe_ready(&n, 9));
	EXPECT_CMD(&n, 0, LUN(9), SANITIZE(IMMED | 0x01, 6), DATA_OUT(list, 6));
	EXPECT_CMD(&n, SANITIZING, LUN(9), TUR);
	since = time(NULL);
	EXPECT_EQ(0, tgtctl("device delete s3_gone --force"));
	EXPECT_NE(0, system("tgtctl device show s3_gone > /dev/null 2>&1"));
	EXPECT_LT(time(NULL) - since, 5);
	probe_close(&n);
	probe_ready(&self->n, 0);
}

TEST_HARNESS_MAIN
