// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: commands that end at the very moment at which the engine takes them from their
 * backend. This test will let backend fault delay hundreds of commands until about the deadline
 * of an abort, a LUN reset, a LUN's and a session's end, and check that each has one answer that
 * fits what is on the medium, that some were detached and some not, and that nothing is left.
 *
 * TGT_ROUNDS: how often (default 1); each takes about 15 s.
 *
 * timeout: 600
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

#define NOT_READY	SENSE(2, 0x04, 0x00)
#define TRACE		"/sys/kernel/tracing/"
#define PER_LUN		128
#define RULES		16		/* of a device; each for as many commands */

/* What ends the commands of each LUN; SESSION and LUN end what they are sent by and to. */
enum { ABORT, RESET, LUN_END, SESSION_END, WAYS };

PROBE_CONFIG("device create fd_ram backend=ram size=4M",
	     "device create fd_file backend=file path=/scratch/fd_file size=4M",
	     "device create fd0 backend=fault lower=fd_ram queue-limit=256",
	     "device create fd1 backend=fault lower=fd_file queue-limit=256",
	     "device create fd2 backend=fault lower=fd_ram queue-limit=256",
	     "device create fd3 backend=fault lower=fd_file queue-limit=256",
	     "target create probe:fd",
	     "lun create probe:fd 0 device=fd0",
	     "lun create probe:fd 1 device=fd1",
	     "lun create probe:fd 2 device=fd2",
	     "lun create probe:fd 3 device=fd3",
	     "lun create probe:fd 4 device=fd_ram",
	     "lun create probe:fd 5 device=fd_file")

/*
 * When the first and the last commands of a LUN end, in ms after they were sent: functions have
 * one moment each; who looks after a nexus that goes does so each half second.
 */
static const struct {
	unsigned int first, step;
} delays[WAYS] = {
	[ABORT]		= { 9980, 4 },
	[RESET]		= { 9900, 20 },
	[LUN_END]	= { 10000, 40 },
	[SESSION_END]	= { 10000, 40 },
};

/* Commands of one LUN: each second one reads what stays, the others write blocks of their own. */
struct lun {
	struct nexus *n;
	unsigned int index;
	struct io io[PER_LUN];
	__u8 cdb[PER_LUN][10];
	__u8 buf[PER_LUN][512];
	int tmf[PER_LUN];
};

static struct lun luns[WAYS];
static __u8 value;		/* what is written in this round */

static int trace(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");
	int ok;

	if (!f)
		return -1;
	ok = fputs(text, f);
	return fclose(f) || ok < 0 ? -1 : 0;
}

static unsigned int traced(const char *event)
{
	FILE *f = fopen(TRACE "trace", "r");
	unsigned int n = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		n += !!strstr(line, event);
	if (f)
		fclose(f);
	return n;
}

/* The area of a LUN on its lower device, which two LUNs share. */
static unsigned int lba(unsigned int index, unsigned int i)
{
	return index * 1024 + i;
}

static bool writes(unsigned int i)
{
	return i % 2;
}

static int set_rules(unsigned int index)
{
	unsigned int j, first, n = PER_LUN / RULES;
	int err = tgtctl("device set fd%u rules=clear", index);

	for (j = 0; j < RULES && !err; j++) {
		/* not in the order of sending */
		first = lba(index, j * 7 % RULES * n);
		err = tgtctl("device set fd%u rule=delay,lba=%u-%u,ms=%u", index, first,
			     first + n - 1, delays[index].first + j * delays[index].step);
	}
	return err;
}

static int send_one(struct lun *l, unsigned int i)
{
	const __u8 cdb[10] = { writes(i) ? 0x2a : 0x28, 0, BE32(lba(l->index, i)), 0, BE16(1) };
	struct io *io = &l->io[i];

	memcpy(l->cdb[i], cdb, sizeof(cdb));
	memset(l->buf[i], value, sizeof(l->buf[i]));
	*io = (struct io){ LUN(l->index), .cdb = l->cdb[i], .cdb_len = 10, .tag = i + 1,
			   .dir = writes(i) ? TGTPROBE_OUT : TGTPROBE_IN,
			   .data = l->buf[i], .len = 512 };
	return probe_send(l->n, io);
}

/* All of a LUN, and what is to end them where that is a function. */
static int send_all(struct lun *l)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < PER_LUN && !err; i++) {
		err = send_one(l, i);
		if (!err && l->index == ABORT) {
			l->tmf[i] = probe_tmf_send(l->n, ABORT_TASK, l->io[i].lun, i + 1,
						   l->io[i].id);
			err = l->tmf[i] < 0 ? l->tmf[i] : 0;
		}
	}
	if (!err && l->index == RESET) {
		l->tmf[0] = probe_tmf_send(l->n, LUN_RESET, l->io[0].lun, 0, 0);
		err = l->tmf[0] < 0 ? l->tmf[0] : 0;
	}
	return err;
}

/* What one block holds: all of it the same byte, or -1. */
static int block(struct nexus *n, unsigned int index, unsigned int at)
{
	__u8 buf[512] = { };
	struct io io = { LUN(4 + index % 2), READ10(at, 1), DATA_IN(buf, 512) };

	if (probe_outcome(n, &io))
		return -1;
	return memcmp(buf, buf + 1, 511) ? -1 : buf[0];
}

#define IDLE \
	"tgtctl device show fd%u --json | grep -qE '\"held\": 0,?$' && ! tgtctl device show fd%u --blocked | grep -q fd"

/* Nothing is held and no fence is up. */
static bool idle(unsigned int index)
{
	char line[256];
	int i;

	snprintf(line, sizeof(line), IDLE, index, index);
	for (i = 0; i < 300 && system(line); i++)
		usleep(100000);
	return i < 300;
}

/* Who sends to all LUNs but one, and who looks at what is on the medium. */
static struct nexus init, watch;

/* How commands ended that were sent by @init. */
static struct {
	unsigned int aborted, good, detached;
} told;

FIXTURE(race) {
};

FIXTURE_SETUP(race)
{
	unsigned int i;

	ASSERT_EQ(0, probe_open(&init, "fd", "init"));
	ASSERT_EQ(0, probe_open(&watch, "fd", "watch"));
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, probe_ready(&init, i));
		ASSERT_EQ(0, probe_ready(&watch, i));
	}
	if (access(TRACE "events", F_OK))
		mount("tracefs", TRACE, "tracefs", 0, NULL);
	ASSERT_EQ(0, trace(TRACE "trace", ""));
	ASSERT_EQ(0, trace(TRACE "events/tgtcore/tgt_cmd_detach/enable", "1"));
}

FIXTURE_TEARDOWN(race)
{
	trace(TRACE "events/tgtcore/tgt_cmd_detach/enable", "0");
	probe_close(&init);
	probe_close(&watch);
}

/* One answer for each, of a kind that is possible, with which the medium agrees. */
static void check_lun(struct __test_metadata *_metadata, struct lun *l)
{
	bool tmf = l->index == ABORT || l->index == RESET;
	unsigned int i;
	int got;

	for (i = 0; i < PER_LUN; i++) {
		struct io *io = &l->io[i];

		ASSERT_EQ(0, probe_wait(l->n, io));
		EXPECT_EQ(0, io->r.flags & PROBE_DAMAGE);
		if (io->r.flags & TGTPROBE_R_ABORTED) {
			EXPECT_TRUE(tmf);
			told.aborted++;
		} else if (io->r.status == GOOD) {
			told.good++;
		} else {
			EXPECT_EQ(NOT_READY, probe_sense(&io->r));
			told.detached++;
		}
		if (writes(i) && io->r.status == GOOD && !(io->r.flags & TGTPROBE_R_ABORTED))
			EXPECT_EQ(value, block(&watch, l->index, lba(l->index, i)));
		/* no second answer */
		EXPECT_NE(0, probe_reap(l->n, io->id, &io->r, 0));
	}
	for (i = 0; i < PER_LUN; i++) {
		got = block(&watch, l->index, lba(l->index, i));
		EXPECT_TRUE(writes(i) ? got == value || got == (__u8)(value - 1) : !got);
	}
}

static void check_functions(struct __test_metadata *_metadata, struct lun *l, unsigned int nr)
{
	struct tgtprobe_reap r;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		ASSERT_EQ(0, probe_reap(l->n, l->tmf[i], &r, 60000));
		/* failed: a completion that was quicker, but takes long to get through */
		EXPECT_TRUE(r.response == TMF_COMPLETE || r.response == TMF_FAILED);
	}
}

static void one_round(struct __test_metadata *_metadata)
{
	struct nexus ends;
	unsigned int i;

	/* the blocks as they were before, whatever the last round came to; its LUN is back */
	value++;
	ASSERT_EQ(0, probe_ready(&watch, 4));
	ASSERT_EQ(0, probe_ready(&watch, 5));
	for (i = 0; i < WAYS * PER_LUN; i++) {
		unsigned int index = i / PER_LUN, at = i % PER_LUN;
		__u8 buf[512];
		struct io io = { LUN(4 + index % 2), WRITE10(lba(index, at), 1),
				 DATA_OUT(buf, 512) };

		memset(buf, writes(at) ? value - 1 : 0, sizeof(buf));
		ASSERT_EQ(0, probe_outcome(&watch, &io));
	}
	ASSERT_EQ(0, probe_open(&ends, "fd", "ends"));
	ASSERT_EQ(0, probe_ready(&ends, SESSION_END));
	for (i = 0; i < WAYS; i++) {
		luns[i].index = i;
		luns[i].n = i == SESSION_END ? &ends : &init;
		ASSERT_EQ(0, set_rules(i));
	}
	for (i = WAYS; i--;)
		ASSERT_EQ(0, send_all(&luns[i]));
	ASSERT_EQ(0, tgtctl("lun delete probe:fd %u --force --no-wait", LUN_END));
	EXPECT_EQ(0, probe_end(&ends, 0));
	probe_close(&ends);

	check_functions(_metadata, &luns[ABORT], PER_LUN);
	check_functions(_metadata, &luns[RESET], 1);
	for (i = 0; i < WAYS; i++)
		EXPECT_TRUE(idle(i));
	/* a LUN has gone: unit attention */
	EXPECT_EQ(0, probe_ready(&watch, 4));
	EXPECT_EQ(0, probe_ready(&watch, 5));
	for (i = 0; i < SESSION_END; i++)
		check_lun(_metadata, &luns[i]);
	for (i = 0; i < 100 && tgtctl("lun create probe:fd %u device=fd%u", LUN_END, LUN_END); i++)
		usleep(100000);
	for (i = 0; i < WAYS; i++) {
		EXPECT_EQ(0, probe_ready(&init, i));
		EXPECT_EQ(0, probe_ready(&watch, i));
	}
}

TEST_F_TIMEOUT(race, deadline_and_completion, 1200)
{
	const char *rounds = getenv("TGT_ROUNDS");
	unsigned int i, nr = rounds ? atoi(rounds) : 1;

	/* more if one side has won every time: on which, the machine's load decides */
	for (i = 0; i < nr || (i < nr + 4 && (!told.detached || !told.good)); i++)
		one_round(_metadata);
	nr = i;
	printf("# %u commands: %u detached; told: %u aborted, %u not ready, %u good\n",
	       nr * WAYS * PER_LUN, traced("tgt_cmd_detach"), told.aborted, told.detached,
	       told.good);
	EXPECT_EQ(nr * 3 * PER_LUN, told.aborted + told.detached + told.good);
}

TEST_HARNESS_MAIN
