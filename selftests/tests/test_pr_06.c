// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: a file of reservations on a file system that answers nothing. This test will
 * suspend the disk under it amid PERSISTENT RESERVE OUT with APTPL, and check that whoever waits
 * ends by the contract (docs/teardown.md), that the rest goes on meanwhile: reads and writes, other
 * devices, requests; that the device is fenced and named, and what is in force when the file system
 * is back.
 *
 * timeout: 180
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

#define DM		"tgt_pr06"
#define MNT		"/tmp/pr06.mnt"
#define FENCED		SENSE(2, 0x04, 0x03)
#define HUNG		0		/* the LUN whose file hangs */
#define FREE		1		/* one whose file does not */
#define MADE		"device create pr06 backend=ram size=1M serial=pr06 pr-file=" MNT "/pr"

static void dm(const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "dmsetup %s " DM, what);
	if (system(line))
		fprintf(stderr, "# %s failed\n", line);
}

static void __attribute__((constructor)) configure(void)
{
	static const char * const lines[] = {
		MADE,
		"device create pr06_free backend=ram size=1M pr-file=/scratch/pr06_free",
		"target create probe:p",
		"lun create probe:p 0 device=pr06",
		"lun create probe:p 1 device=pr06_free",
		NULL
	};

	if (system("modprobe -a brd dm_mod ext4 && mkdir -p " MNT " && rm -f /scratch/pr06_free"))
		exit(1);
	if (system("echo 0 $(blockdev --getsz /dev/ram9) linear /dev/ram9 0 | dmsetup create " DM))
		exit(1);
	if (system("dmsetup mknodes && mkfs.ext4 -q -F /dev/mapper/" DM) ||
	    system("mount /dev/mapper/" DM " " MNT))
		exit(1);
	probe_configure(lines);
}

/* After "tgtctl clear", as destructors are. */
static void __attribute__((destructor)) unconfigure(void)
{
	if (access(MNT "/lost+found", F_OK))
		return;
	if (system("umount " MNT " && dmsetup remove --retry " DM
		   " && rmdir " MNT "; rm -f /scratch/pr06_free"))
		fprintf(stderr, "# cannot take the disk away\n");
}

enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_ABORT, REGISTER_IGNORE };

struct pr {
	__u8 list[24];
	__u8 cdb[10];
	struct io io;
};

/* PERSISTENT RESERVE OUT with APTPL=1. */
static struct io *pr_out(struct pr *pr, unsigned int lun, int sa, __u64 key, __u64 sa_key)
{
	const __u8 list[24] = { BE64(key), BE64(sa_key), [20] = 1 };
	const __u8 cdb[10] = { 0x5f, sa, 1, 0, 0, BE32(24), 0 };

	memcpy(pr->list, list, 24);
	memcpy(pr->cdb, cdb, 10);
	pr->io = (struct io){ LUN(lun), .cdb = pr->cdb, .cdb_len = 10, DATA_OUT(pr->list, 24),
			      .tag = 77 };
	return &pr->io;
}

/* The key of the only registration; 0: there is none, -1: nobody can tell. */
static long registered(struct nexus *n, unsigned int lun)
{
	__u8 buf[64] = { };
	struct io io = { LUN(lun), CDB(0x5e, 0, 0, 0, 0, 0, 0, 0, 64, 0), DATA_IN(buf, 64) };

	if (probe_outcome(n, &io))
		return -1;
	return get_be32(buf + 4) ? (long)get_be64(buf + 8) : 0;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Whether 'show --blocked' of the device says so. */
static bool named(const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "tgtctl device show pr06 --blocked | grep -q '%s'", what);
	return !system(line);
}

/* The command line succeeds before long. */
static bool becomes(const char *line)
{
	int tries;

	for (tries = 0; tries < 200; tries++, usleep(100000))
		if (!system(line))
			return true;
	return false;
}

FIXTURE(pr6) {
	struct nexus n;
	struct nexus other;
};

FIXTURE_SETUP(pr6)
{
	struct pr pr;
	int i;

	tgtctl(MADE);
	tgtctl("lun create probe:p 0 device=pr06");
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->other, "p", "init-b"));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, probe_ready(&self->n, i));
		ASSERT_EQ(0, probe_ready(&self->other, i));
		EXPECT_EQ(0, probe_outcome(&self->n, pr_out(&pr, i, REGISTER_IGNORE, 0, 0x111)));
	}
	dm("suspend --noflush --nolockfs");
}

FIXTURE_TEARDOWN(pr6)
{
	if (!system("dmsetup info " DM " | grep -q SUSPENDED"))
		dm("resume");
	probe_close(&self->other);
	probe_close(&self->n);
}

/* All that has nothing to do with that file; @medium: reads and writes of its device neither. */
static void others_go_on(struct __test_metadata *_metadata, struct _test_data_pr6 *self,
			 bool medium)
{
	__u8 data[512] = { 1 };
	time_t since = now();
	struct pr pr;

	if (medium) {
		EXPECT_CMD(&self->n, 0, LUN(HUNG), WRITE10(0, 1), DATA_OUT(data, 512));
		EXPECT_CMD(&self->other, 0, LUN(HUNG), READ10(0, 1), DATA_IN(data, 512));
		EXPECT_EQ(0x111, registered(&self->other, HUNG));
	}
	EXPECT_EQ(0, probe_outcome(&self->other, pr_out(&pr, FREE, REGISTER_IGNORE, 0, 0)));
	EXPECT_EQ(0, probe_outcome(&self->n, pr_out(&pr, FREE, REGISTER_IGNORE, 0, 0x222)));
	EXPECT_EQ(0x222, registered(&self->n, FREE));
	EXPECT_EQ(0, tgtctl("device create pr06_new backend=ram size=1M pr-file=%s",
			    "/scratch/pr06_new"));
	EXPECT_EQ(0, tgtctl("device delete pr06_new"));
	unlink("/scratch/pr06_new");
	EXPECT_LE(now() - since, 5);
}

static void settle(struct nexus *n, unsigned int lun)
{
	int tries;

	for (tries = 0; tries < 200 && probe_ready(n, lun); tries++)
		usleep(50000);
}

/* An abort takes the command from its procedure; what was being written then comes into force. */
TEST_F_TIMEOUT(pr6, aborted, 100)
{
	time_t since;
	__u8 data[512];
	struct pr pr, next;

	ASSERT_EQ(0, probe_send(&self->n, pr_out(&pr, HUNG, REGISTER, 0x111, 0x333)));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, pr.io.id, &pr.io.r, 500));
	others_go_on(_metadata, self, true);
	/* who comes after it waits for it, and can be aborted at once */
	pr_out(&next, HUNG, REGISTER_IGNORE, 0, 0x444)->tag = 78;
	ASSERT_EQ(0, probe_send(&self->other, &next.io));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->other, next.io.id, &next.io.r, 300));
	since = now();
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->other, ABORT_TASK, HUNG, 78));
	ASSERT_EQ(0, probe_reap(&self->other, next.io.id, &next.io.r, 1000));
	EXPECT_LE(now() - since, 3);
	since = now();
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, ABORT_TASK, HUNG, 77));
	EXPECT_LE(now() - since, 14);
	ASSERT_EQ(0, probe_reap(&self->n, pr.io.id, &pr.io.r, 1000));
	EXPECT_TRUE(named("fenced"));
	EXPECT_CMD(&self->n, FENCED, LUN(HUNG), READ10(0, 1), DATA_IN(data, 512));
	EXPECT_CMD(&self->other, FENCED, LUN(HUNG), WRITE10(0, 1), DATA_OUT(data, 512));
	dm("resume");
	settle(&self->n, HUNG);
	settle(&self->other, HUNG);
	EXPECT_CMD(&self->other, 0, LUN(HUNG), READ10(0, 1), DATA_IN(data, 512));
	EXPECT_EQ(0x333, registered(&self->n, HUNG));
	/* ... and is what outlives a loss of power */
	ASSERT_EQ(0, tgtctl("device delete pr06 --force"));
	ASSERT_EQ(0, tgtctl(MADE));
	ASSERT_EQ(0, tgtctl("lun create probe:p 0 device=pr06"));
	settle(&self->n, HUNG);
	EXPECT_EQ(0x333, registered(&self->n, HUNG));
}

/* Nothing that is asked of the control plane waits longer than it may. */
TEST_F_TIMEOUT(pr6, requests, 100)
{
	time_t since;
	struct pr pr;

	ASSERT_EQ(0, system("tgtctl pr export pr06 /tmp/pr06.json"));
	ASSERT_EQ(0, probe_send(&self->n, pr_out(&pr, HUNG, REGISTER, 0x111, 0x555)));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, pr.io.id, &pr.io.r, 500));
	since = now();
	EXPECT_EQ(0, system("timeout 30 tgtctl pr show > /dev/null"));
	EXPECT_EQ(0, system("timeout 30 tgtctl device show > /dev/null"));
	EXPECT_LE(now() - since, 4);
	/* a state from outside waits behind it */
	since = now();
	EXPECT_EQ(0, system("timeout 30 tgtctl pr import pr06 /tmp/pr06.json 2>&1 | grep -q slow"));
	EXPECT_LE(now() - since, 10);
	EXPECT_TRUE(named("reserving.*pr-file " MNT "/pr"));
	/* another device on that file system */
	since = now();
	EXPECT_EQ(0, tgtctl("device create pr06_late backend=ram size=1M pr-file=%s --no-wait",
			    MNT "/late"));
	EXPECT_LE(now() - since, 10);
	EXPECT_EQ(0,
		  system("tgtctl device show pr06_late --blocked | grep -q creating.*pr-file"));
	others_go_on(_metadata, self, true);
	dm("resume");
	ASSERT_EQ(0, probe_reap(&self->n, pr.io.id, &pr.io.r, 10000));
	EXPECT_EQ(GOOD, pr.io.r.status);
	EXPECT_TRUE(becomes("tgtctl device show pr06_late | grep -q active"));
	EXPECT_EQ(0, tgtctl("device delete pr06_late"));
	settle(&self->n, HUNG);
	/* the one that came last counts */
	EXPECT_EQ(0x111, registered(&self->n, HUNG));
	unlink("/tmp/pr06.json");
}

/* The LUN goes at the deadline, the device when the file system is back. */
TEST_F_TIMEOUT(pr6, deleted, 100)
{
	time_t since;
	struct pr pr;

	ASSERT_EQ(0, probe_send(&self->n, pr_out(&pr, HUNG, REGISTER, 0x111, 0x666)));
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, pr.io.id, &pr.io.r, 500));
	since = now();
	EXPECT_EQ(0, tgtctl("device delete pr06 --force --no-wait"));
	EXPECT_LE(now() - since, 3);
	ASSERT_EQ(0, probe_reap(&self->n, pr.io.id, &pr.io.r, 16000));
	EXPECT_NE(GOOD, pr.io.r.status);
	EXPECT_TRUE(becomes("! tgtctl lun show probe:p 0 > /dev/null 2>&1"));
	EXPECT_TRUE(named("deleting"));
	probe_ready(&self->n, FREE);		/* LUNs have changed */
	probe_ready(&self->other, FREE);
	others_go_on(_metadata, self, false);
	dm("resume");
	EXPECT_TRUE(becomes("! tgtctl device show pr06 > /dev/null 2>&1"));
	/* what was being written is there */
	ASSERT_EQ(0, tgtctl(MADE));
	ASSERT_EQ(0, tgtctl("lun create probe:p 0 device=pr06"));
	settle(&self->n, HUNG);
	EXPECT_EQ(0x666, registered(&self->n, HUNG));
}

TEST_HARNESS_MAIN
