// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: task management, session loss, resize and LUNs that come and go under load
 * from several threads, against memory and against a file: this test will check that each
 * command and function has one answer, that data is never torn, and that nothing hangs.
 *
 * timeout: 300
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create s_ram backend=ram size=16M",
	     "device create s_file backend=file path=/scratch/s_file size=16M",
	     "device create s_extra backend=ram size=1M",
	     "target create probe:p",
	     "lun create probe:p 0 device=s_ram",
	     "lun create probe:p 1 device=s_file")

#define WRITERS	2
#define DEPTH	16
#define AREA	64		/* slots of 4 KiB that each writer has to itself */

static volatile bool stop;

/*
 * A writer keeps to blocks of its own and has one command at a time for each, so it knows
 * what must be there: the last write that ended GOOD, or if one was aborted since, blocks of
 * either.
 */
struct writer {
	pthread_t thread;
	unsigned int index, lun, seed;
	struct nexus n;
	struct io io[DEPTH];
	__u8 cdb[DEPTH][10];
	__u8 buf[DEPTH][4096];
	__u8 sent[DEPTH];
	__u8 value[AREA];
	bool unsure[AREA];
	unsigned long done, aborted;
	const char *failed;
};

static void fill_cdb(__u8 *cdb, __u8 opcode, __u32 lba)
{
	const __u8 c[10] = { opcode, 0, BE32(lba), 0, BE16(8), 0 };

	memcpy(cdb, c, 10);
}

static void writer_send(struct writer *w, unsigned int i, unsigned int slot)
{
	bool write = rand_r(&w->seed) % 2;

	fill_cdb(w->cdb[i], write ? 0x2a : 0x28, 8 * (w->index * AREA + slot));
	w->sent[i] = rand_r(&w->seed);
	memset(w->buf[i], w->sent[i], 4096);
	w->io[i] = (struct io){ LUN(w->lun), .cdb = w->cdb[i], .cdb_len = 10,
				.dir = write ? TGTPROBE_OUT : TGTPROBE_IN,
				.data = w->buf[i], .len = 4096,
				.tag = 1 + rand_r(&w->seed) % (2 * DEPTH),
				.flags = write && rand_r(&w->seed) % 4 == 0 ? TGTPROBE_DEFER : 0 };
	if (probe_send(&w->n, &w->io[i]))
		w->failed = "send";
}

static const char *check_data(const struct writer *w, const __u8 *buf, unsigned int slot)
{
	int j;

	for (j = 0; j < 4096; j++) {
		if (!w->unsure[slot] && buf[j] != w->value[slot])
			return "what was written is not there";
		if (j % 512 && buf[j] != buf[j - 1])
			return "a torn block";
	}
	return NULL;
}

static void writer_check(struct writer *w, unsigned int i, unsigned int slot)
{
	const struct io *io = &w->io[i];
	bool write = io->dir == TGTPROBE_OUT;

	w->done++;
	if (io->r.flags & PROBE_DAMAGE) {
		w->failed = "memory was damaged";
	} else if (io->r.flags & TGTPROBE_R_ABORTED) {
		w->aborted++;
		w->unsure[slot] |= write;
	} else if (io->r.status == CHECK_CONDITION) {
		if (probe_sense(&io->r) >> 16 != 6)
			w->failed = "sense other than unit attention";
	} else if (io->r.status == GOOD && write) {
		w->value[slot] = w->sent[i];
		w->unsure[slot] = false;
	} else if (io->r.status == GOOD) {
		w->failed = check_data(w, w->buf[i], slot);
	} else if (io->r.status != TASK_SET_FULL) {
		w->failed = "status";
	}
}

/* Every command is waited for, whatever went wrong with one of them. */
static void writer_round(struct writer *w)
{
	unsigned int n = 1 + rand_r(&w->seed) % DEPTH, first = rand_r(&w->seed) % AREA, i;
	int err;

	for (i = 0; i < n && !w->failed; i++)
		writer_send(w, i, (first + i) % AREA);
	while (i--) {
		err = 0;
		if (w->io[i].flags & TGTPROBE_DEFER)
			err = probe_data(&w->n, &w->io[i], w->buf[i]);
		if ((err && err != -EALREADY) || probe_wait(&w->n, &w->io[i]))
			w->failed = "no answer";
		else if (!w->failed)
			writer_check(w, i, (first + i) % AREA);
	}
}

static void *writer_run(void *arg)
{
	struct writer *w = arg;

	while (!stop && !w->failed)
		writer_round(w);
	return NULL;
}

FIXTURE(storm) {
	struct writer w[WRITERS];
	struct nexus n;		/* who sends the functions */
};

FIXTURE_VARIANT(storm) {
	unsigned int lun;
	const char *device;
};

FIXTURE_VARIANT_ADD(storm, ram) {
	.lun = 0,
	.device = "s_ram",
};

FIXTURE_VARIANT_ADD(storm, file) {
	.lun = 1,
	.device = "s_file",
};

FIXTURE_SETUP(storm)
{
	int i;

	stop = false;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-c"));
	for (i = 0; i < WRITERS; i++) {
		self->w[i].index = i;
		self->w[i].lun = variant->lun;
		self->w[i].seed = 1 + i;
		memset(self->w[i].unsure, true, AREA);
		ASSERT_EQ(0, probe_open(&self->w[i].n, "p", i ? "init-b" : "init-a"));
	}
	ASSERT_EQ(0, probe_ready(&self->n, variant->lun));
}

FIXTURE_TEARDOWN(storm)
{
	int i;

	probe_close(&self->n);
	for (i = 0; i < WRITERS; i++)
		probe_close(&self->w[i].n);
}

static void start(struct __test_metadata *_metadata, struct writer *w)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, writer_run, &w[i]));
}

static void finish(struct __test_metadata *_metadata, struct writer *w)
{
	int i;

	stop = true;
	for (i = 0; i < WRITERS; i++) {
		pthread_join(w[i].thread, NULL);
		EXPECT_EQ(NULL, w[i].failed) TH_LOG("writer %d: %s", i, w[i].failed);
		TH_LOG("writer %d: %lu commands, %lu aborted", i, w[i].done, w[i].aborted);
		EXPECT_LT(0, w[i].done);
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Functions from a third nexus and from the writers' own. */
TEST_F_TIMEOUT(storm, functions, 120)
{
	static const int function[] = { ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET };
	double end = seconds() + 4;
	unsigned long sent = 0;
	struct tgtprobe_reap r;
	struct writer *w;
	__u8 lun[8] = { 0, variant->lun };
	int id, got;

	start(_metadata, self->w);
	while (seconds() < end) {
		got = probe_tmf(&self->n, function[rand() % 3], variant->lun, 0);
		EXPECT_EQ(TMF_COMPLETE, got);
		w = &self->w[rand() % WRITERS];
		id = probe_tmf_send(&w->n, ABORT_TASK, lun, 1 + rand() % (2 * DEPTH), 0);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, probe_reap(&w->n, id, &r, PROBE_TIMEOUT_MS));
		EXPECT_EQ(TMF_COMPLETE, r.response);
		id = probe_tmf_send(&w->n, ABORT_TASK_SET, lun, 0, 0);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, probe_reap(&w->n, id, &r, PROBE_TIMEOUT_MS));
		EXPECT_EQ(TMF_COMPLETE, r.response);
		sent += 3;
	}
	finish(_metadata, self->w);
	TH_LOG("%lu functions", sent);
	EXPECT_LT(0, self->w[0].aborted + self->w[1].aborted);
}

/* Sessions that come, send and are lost, next to ones that stay. */
TEST_F_TIMEOUT(storm, session_loss, 120)
{
	double end = seconds() + 3;
	unsigned long lost = 0;
	struct nexus n;
	__u8 buf[4096];
	int i;

	memset(buf, 0x5a, sizeof(buf));
	start(_metadata, self->w);
	while (seconds() < end) {
		ASSERT_EQ(0, probe_open(&n, "p", "init-d"));
		ASSERT_EQ(0, probe_ready(&n, variant->lun));
		for (i = 0; i < 8; i++) {
			struct io io = { LUN(variant->lun), WRITE10(8 * (WRITERS * AREA + i), 8),
					 DATA_OUT(buf, 4096),
					 .flags = i & 1 ? TGTPROBE_DEFER : 0 };

			ASSERT_EQ(0, probe_send(&n, &io));
		}
		if (lost++ & 1)
			EXPECT_EQ(0, probe_end(&n, 0));
		probe_close(&n);
	}
	finish(_metadata, self->w);
	TH_LOG("%lu sessions lost", lost);
	EXPECT_LT(1, lost);
}

/* The configuration changes below running commands. */
TEST_F_TIMEOUT(storm, reconfigured, 120)
{
	int round;

	start(_metadata, self->w);
	for (round = 1; round <= 5; round++) {
		ASSERT_EQ(0, tgtctl("device set %s size=%uM", variant->device, 16 + round));
		ASSERT_EQ(0, tgtctl("lun create probe:p 5 device=s_extra"));
		EXPECT_EQ(0, probe_ready(&self->n, 5));
		ASSERT_EQ(0, tgtctl("lun delete probe:p 5"));
	}
	finish(_metadata, self->w);
}

/* The LUN itself goes and comes back: commands are done or refused, never lost. */
TEST_F_TIMEOUT(storm, lun_goes, 120)
{
	struct nexus n;
	int round, i;

	for (round = 0; round < 5; round++) {
		struct io io[32];
		__u8 buf[4096] = { };

		ASSERT_EQ(0, tgtctl("lun create probe:p 9 device=%s", variant->device));
		ASSERT_EQ(0, probe_open(&n, "p", "init-d"));
		ASSERT_EQ(0, probe_ready(&n, 9));
		for (i = 0; i < 32; i++) {
			io[i] = (struct io){ LUN(9), WRITE10(0, 8), DATA_OUT(buf, 4096) };
			ASSERT_EQ(0, probe_send(&n, &io[i]));
		}
		ASSERT_EQ(0, tgtctl("lun delete --force probe:p 9"));
		for (i = 0; i < 32; i++) {
			ASSERT_EQ(0, probe_wait(&n, &io[i]));
			EXPECT_EQ(GOOD, io[i].r.status);
		}
		for (i = 0; i < 500 && probe_ready(&n, 9) != LUN_NOT_SUPPORTED; i++)
			usleep(10000);
		EXPECT_EQ(LUN_NOT_SUPPORTED, probe_ready(&n, 9));
		probe_close(&n);
	}
}

TEST_HARNESS_MAIN
