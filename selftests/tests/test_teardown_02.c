// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: 300 targets and the one device behind them deleted at once, each with a
 * command that waits for its medium; this test will check that all of them go when the medium
 * answers: none may wait for work that is queued behind it.
 *
 * timeout: 180
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/nl.h"
#include "../lib/probe.h"

#define NR	300	/* more than a workqueue runs at a time */

static void __attribute__((constructor)) setup(void)
{
	const struct rlimit files = { 2 * NR, 2 * NR };

	if (system("modprobe -a tgtcore tgtcore_file tgtcore_probe") ||
	    setrlimit(RLIMIT_NOFILE, &files))
		exit(1);
}

FIXTURE(crowd) {
	struct nl nl;
	struct nexus n[NR];
	struct io io[NR];
	__u8 block[512];
	int fs;
};

static const char *name_of(int i)
{
	static char name[16];

	snprintf(name, sizeof(name), "t%d", i);
	return name;
}

/* All map the one device. */
static int make_target(struct nl *nl, int i)
{
	const char *name = name_of(i);

	return nl_do(nl, TGTCORE_CMD_TARGET_CREATE,
		     ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), name))) ?:
	       nl_do(nl, TGTCORE_CMD_LUN_CREATE,
		     ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), name), U32(L(NUMBER), 0),
			  STR(L(DEVICE), "crowd")));
}

FIXTURE_SETUP(crowd)
{
	int i;

	self->fs = open("/scratch", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fs);
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_CREATE,
			   ARGS(STR(D(NAME), "crowd"), STR(D(BACKEND), "file"),
				U64(D(SIZE), MIB), OPT(D(OPTION), "path", "/scratch/crowd"))));
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(0, make_target(&self->nl, i));
		ASSERT_EQ(0, probe_open(&self->n[i], name_of(i), "init"));
		ASSERT_EQ(0, probe_ready(&self->n[i], 0));
	}
}

FIXTURE_TEARDOWN(crowd)
{
	ioctl(self->fs, FITHAW, 0);
	unlink("/scratch/crowd");
	close(self->fs);
	nl_close(&self->nl);
}

static int count(const struct nl_msg *m, void *data)
{
	++*(int *)data;
	return 0;
}

static int left(struct nl *nl, __u8 cmd)
{
	int n = 0;

	return nl_dump(nl, cmd, NULL, count, &n) ? -1 : n;
}

/* Until no target and no device is left, or for a minute. */
static bool all_gone(struct nl *nl)
{
	time_t end = time(NULL) + 60;

	while (left(nl, TGTCORE_CMD_TARGET_GET) || left(nl, TGTCORE_CMD_DEVICE_GET)) {
		if (time(NULL) > end)
			return false;
		usleep(100000);
	}
	return true;
}

TEST_F_TIMEOUT(crowd, goes_when_the_medium_answers, 170)
{
	int i;

	ASSERT_EQ(0, ioctl(self->fs, FIFREEZE, 0));
	for (i = 0; i < NR; i++) {
		self->io[i] = (struct io){ LUN(0), WRITE10(i, 1),
					   DATA_OUT(self->block, sizeof(self->block)) };
		ASSERT_EQ(0, probe_send(&self->n[i], &self->io[i]));
	}
	for (i = 0; i < NR; i++)
		ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_TARGET_DELETE,
				   ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), name_of(i)),
					U8(T(FORCE), 1))));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_DEVICE_DELETE,
			   ARGS(STR(D(NAME), "crowd"), U8(D(FORCE), 1))));
	/* as many as there is room for have begun, and wait; those whose write had not are gone */
	sleep(1);
	EXPECT_LT(0, left(&self->nl, TGTCORE_CMD_TARGET_GET));
	ASSERT_EQ(0, ioctl(self->fs, FITHAW, 0));
	EXPECT_TRUE(all_gone(&self->nl))
		TH_LOG("%d targets and %d LUNs are left",
		       left(&self->nl, TGTCORE_CMD_TARGET_GET),
		       left(&self->nl, TGTCORE_CMD_LUN_GET));
	for (i = 0; i < NR; i++)
		probe_close(&self->n[i]);
}

TEST_HARNESS_MAIN
