// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: copies by ROD tokens while something happens: a write to the source, aborts,
 * resets, deletions. This test will end copies in the foreground and in the background by all
 * there is, and see that nothing is written afterwards and that no token outlives its use.
 *
 * timeout: 180
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/odx.h"
#include "../lib/probe.h"

#define DEBUG_DISK	"/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/sd*"

static int says(const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "tgtctl device show ox_f 2>&1 | grep -q '%s'", what);
	return system(line);
}

/* A copy of 500 blocks of the token to F, whose second write the backend keeps. */
static int held(struct nexus *n, const __u8 *tok, __u8 flags, struct list *l, struct io *io)
{
	int i;

	use(l, 5, flags, tok, 0, 0, 500);
	command(l, F, io);
	if (tgtctl("device set ox_f rules=clear rule=hang,op=write,lba=240-400") ||
	    probe_send(n, io))
		return -1;
	for (i = 0; i < 50 && says("1 hung"); i++)
		usleep(20000);
	return i < 50 ? 0 : -1;
}

/* Nothing of what is written after the token gets to the destination. */
TEST_F(odx, write_during_the_copy)
{
	__u64 done;
	struct io io;

	EXPECT_EQ(0, token(&self->n, A, 0, 500, self->tok));
	ASSERT_EQ(0, held(&self->n, self->tok, 0, &self->l, &io));
	EXPECT_CMD(&self->q, 0, LUN(0), WRITE10(499, 1), DATA_OUT(self->b, 512));
	EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(CUT_SHORT, probe_sense(&io.r));
	EXPECT_EQ(0xf0, io.r.sense[0]);
	done = get_be32(io.r.sense + 3);
	EXPECT_LT(0, done);
	EXPECT_GT(500, done);
	EXPECT_DISK(F, 0, self->a, done * 512);
}

TEST_F(odx, in_the_background)
{
	__u8 buf[1024];
	struct list l;
	struct io io;
	int i;

	EXPECT_EQ(0, token(&self->n, A, 0, 500, self->tok));
	ASSERT_EQ(0, held(&self->n, self->tok, IMMED, &self->l, &io));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(0, info(&self->n, F, 5, buf));
	EXPECT_EQ(0x12, buf[5]);
	EXPECT_LT(0, get_be64(buf + 16));
	EXPECT_GT(500, get_be64(buf + 16));
	use(&l, 5, 0, self->tok, 0, 0, 1);
	EXPECT_EQ(IN_PROGRESS, run(&self->n, F, &l));
	EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
	for (i = 0; i < 100 && !info(&self->n, F, 5, buf) && buf[5] == 0x12; i++)
		usleep(50000);
	EXPECT_EQ(0x01, buf[5]);
	EXPECT_EQ(500, get_be64(buf + 16));
	EXPECT_DISK(F, 0, self->a, 500 * 512);

	/* COPY OPERATION ABORT */
	ASSERT_EQ(0, held(&self->n, self->tok, IMMED, &self->l, &io));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_CMD(&self->n, 0, LUN(F), COPY_ABORT(5), .dir = TGTPROBE_NONE);
	EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
	for (i = 0; i < 100 && !info(&self->n, F, 5, buf) && buf[5] == 0x12; i++)
		usleep(50000);
	EXPECT_EQ(0x60, buf[5]);
	EXPECT_EQ(TASK_ABORTED, buf[12]);
	EXPECT_EQ(0, buf[14]);
	EXPECT_GT(500, get_be64(buf + 16));
}

/* A reset is answered when nothing is written any more, by a copy without a command neither. */
TEST_F(odx, reset_in_the_background)
{
	struct tgtprobe_reap r;
	struct nexus other;
	__u8 buf[1024], lun[8] = { 0, F };
	struct io io;
	int tmf, i;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	EXPECT_EQ(0, token(&self->n, A, 0, 500, self->tok));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, held(&self->n, self->tok, IMMED, &self->l, &io));
		EXPECT_EQ(0, probe_wait(&self->n, &io));
		tmf = probe_tmf_send(i ? &self->n : &other, i ? I_T_NEXUS_RESET : LUN_RESET, lun,
				     0, 0);
		ASSERT_LT(0, tmf);
		EXPECT_NE(0, probe_reap(i ? &self->n : &other, tmf, &r, 300));
		EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
		EXPECT_EQ(0, probe_reap(i ? &self->n : &other, tmf, &r, 5000));
		EXPECT_EQ(TMF_COMPLETE, r.response);
		EXPECT_EQ(0, probe_ready(&self->n, F));
		EXPECT_EQ(INVALID_FIELD, info(&self->n, F, 5, buf));
	}
	probe_close(&other);
}

/* The same of one that is at its source when the reset comes: nothing at home finds it there. */
TEST_F(odx, reset_while_it_reads)
{
	struct io io;

	ASSERT_EQ(0, system("modprobe sd_mod; modprobe scsi_debug dev_size_mb=8 delay=0"));
	ASSERT_EQ(0,
		  system("for i in $(seq 50); do [ -e " DEBUG_DISK " ] && break; sleep .1; done"));
	ASSERT_EQ(0, system("tgtctl device create ox_s backend=blk path=/dev/$(ls -d " DEBUG_DISK
			    " | sed s:.*/::)"));
	ASSERT_EQ(0, tgtctl("lun create probe:p 8 device=ox_s"));
	EXPECT_EQ(0, probe_ready(&self->n, 8));
	EXPECT_EQ(0, probe_ready(&self->n, B));
	EXPECT_CMD(&self->n, 0, LUN(8), WRITE10(0, 16), DATA_OUT(self->a, 16 * 512));
	EXPECT_EQ(0, token(&self->n, 8, 0, 16, self->tok));
	/* a read takes two seconds from now on */
	EXPECT_EQ(0, system("echo 500 > /sys/bus/pseudo/drivers/scsi_debug/delay"));
	use(&self->l, 5, IMMED, self->tok, 0, 0, 16);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, LUN_RESET, B, 0));
	EXPECT_EQ(0, probe_ready(&self->n, B));
	EXPECT_CMD(&self->n, 0, LUN(B), WRITE10(0, 16), DATA_OUT(self->b + 512, 16 * 512));
	io = (struct io){ LUN(8), READ10(0, 1), DATA_IN(self->got, 512) };
	EXPECT_EQ(0, probe_outcome(&self->n, &io));	/* lasts as long, and began later */
	usleep(300000);
	EXPECT_DISK(B, 0, self->b + 512, 16 * 512);
	system("echo 0 > /sys/bus/pseudo/drivers/scsi_debug/delay");
	EXPECT_EQ(0, tgtctl("lun delete probe:p 8 --force"));
	EXPECT_EQ(0, tgtctl("device delete ox_s --force"));
	EXPECT_EQ(0, system("modprobe -r scsi_debug"));
}

/* One whose nexus to the source goes while it copies is no longer in use, and expires. */
TEST_F(odx, the_nexus_goes)
{
	__u8 buf[4096];
	struct io io;

	EXPECT_EQ(0, tgtctl("device create ox_d backend=ram size=1M"));
	EXPECT_EQ(0, tgtctl("lun create probe:p 9 device=ox_d"));
	EXPECT_EQ(0, tgtctl("lun create probe:q 9 device=ox_d"));
	EXPECT_EQ(0, probe_ready(&self->n, 9));
	EXPECT_EQ(0, probe_ready(&self->q, 9));
	EXPECT_EQ(0, probe_ready(&self->n, F));
	populate(&self->l, 5, 0, 0, 500);
	put(self->l.b + 4, 1, 4);		/* seconds */
	EXPECT_EQ(0, run(&self->n, 9, &self->l));
	EXPECT_EQ(0, info(&self->n, 9, 5, buf));
	memcpy(self->tok, buf + 38, 512);
	ASSERT_EQ(0, held(&self->n, self->tok, 0, &self->l, &io));
	EXPECT_EQ(0, tgtctl("lun delete probe:p 9 --force"));
	EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(UNREACHABLE, probe_sense(&io.r));
	EXPECT_CMD(&self->q, 0, LUN(9), ALL_TOKENS, DATA_IN(buf, 4096));
	EXPECT_NE(4, get_be32(buf));
	usleep(2500000);
	EXPECT_CMD(&self->q, 0, LUN(9), ALL_TOKENS, DATA_IN(buf, 4096));
	EXPECT_EQ(4, get_be32(buf));
	EXPECT_EQ(0, tgtctl("device delete ox_d --force"));
}

/* The source goes while a copy runs, first its LUN, then the device. */
TEST_F(odx, the_source_goes)
{
	time_t since = time(NULL);
	struct io io;
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, tgtctl("device create ox_d backend=ram size=1M"));
		EXPECT_EQ(0, tgtctl("lun create probe:p 9 device=ox_d"));
		EXPECT_EQ(0, probe_ready(&self->n, 9));
		EXPECT_EQ(0, probe_ready(&self->n, F));
		EXPECT_EQ(0, token(&self->n, 9, 0, 500, self->tok));
		ASSERT_EQ(0, held(&self->n, self->tok, 0, &self->l, &io));
		EXPECT_EQ(0, tgtctl(i ? "device delete ox_d --force" :
					"lun delete probe:p 9 --force"));
		EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
		EXPECT_EQ(0, probe_wait(&self->n, &io));
		EXPECT_EQ(UNREACHABLE, probe_sense(&io.r));
		EXPECT_EQ(0, probe_ready(&self->n, B));
		EXPECT_EQ(UNKNOWN, write_token(&self->n, B, self->tok, 0, 1));
		if (!i)
			EXPECT_EQ(0, tgtctl("device delete ox_d"));
	}
	EXPECT_GT(15, time(NULL) - since);
}

/*
 * The device is being deleted, but one nexus still sees it, as a command of another keeps their
 * LUN: to that one its tokens are revoked (SPC-5 5.17.6.7).
 */
TEST_F(odx, the_source_is_deleted)
{
	struct nexus other;
	struct io w;
	int i;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	EXPECT_EQ(0, tgtctl("device create ox_d backend=ram size=1M"));
	EXPECT_EQ(0, tgtctl("lun create probe:p 9 device=ox_d"));
	EXPECT_EQ(0, probe_ready(&self->n, 9));
	EXPECT_EQ(0, probe_ready(&other, 9));
	EXPECT_EQ(0, probe_ready(&other, B));
	EXPECT_EQ(0, token(&other, 9, 0, 10, self->tok));
	EXPECT_EQ(0, write_token(&other, B, self->tok, 0, 10));
	/* the nexus that came first goes first */
	ASSERT_EQ(0, probe_hold(&self->n, &w, 9, 100, 0, TGTPROBE_DEFER));
	EXPECT_EQ(0, tgtctl("device delete ox_d --force --no-wait"));
	for (i = 0; i < 50 && !write_token(&other, B, self->tok, 0, 10); i++)
		usleep(10000);
	EXPECT_EQ(REVOKED, write_token(&other, B, self->tok, 0, 10));
	EXPECT_EQ(0, probe_data(&self->n, &w, self->b));
	EXPECT_EQ(0, probe_wait(&self->n, &w));
	for (i = 0; i < 100 && !system("tgtctl device show ox_d > /dev/null 2>&1"); i++)
		usleep(50000);
	EXPECT_EQ(0, probe_ready(&other, B));
	EXPECT_EQ(UNKNOWN, write_token(&other, B, self->tok, 0, 10));
	probe_close(&other);
}

/* The destination hangs, and goes: within the deadline, with a copy that has no command. */
TEST_F(odx, the_destination_goes)
{
	time_t since = time(NULL);
	struct io io;

	EXPECT_EQ(0, token(&self->n, A, 0, 500, self->tok));
	ASSERT_EQ(0, held(&self->n, self->tok, IMMED, &self->l, &io));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(0, tgtctl("lun delete probe:p 3 --force --no-wait"));
	while (tgtctl("lun create probe:p 3 device=ox_f") && time(NULL) - since < 20)
		usleep(200000);
	EXPECT_GT(20, time(NULL) - since);
	EXPECT_EQ(0, tgtctl("device set ox_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_ready(&self->n, F));
	EXPECT_EQ(0, write_token(&self->n, F, self->tok, 0, 500));
	EXPECT_DISK(F, 0, self->a, 500 * 512);
}

TEST_HARNESS_MAIN
