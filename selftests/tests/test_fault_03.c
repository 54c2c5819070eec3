// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: commands that backend fault holds beyond the deadline of docs/teardown.md. This
 * test will abort hung and lost ones, see them given back and their devices fenced where a stale
 * write may still come, let one come, abandon another, and delete a device meanwhile; and see sd
 * find the disk of a fenced device at once.
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

#define NOT_READY	SENSE(2, 0x04, 0x03)
#define BIT(n)		(1U << (n))

enum { W_RELEASE, W_ABANDON, W_DELETE, R_HUNG, W_LOST, NR };

PROBE_CONFIG("device create fb_ram backend=ram size=16M",
	     "device create fb0 backend=fault lower=fb_ram",
	     "device create fb1 backend=fault lower=fb_ram",
	     "device create fb2 backend=fault lower=fb_ram",
	     "device create fb3 backend=fault lower=fb_ram",
	     "device create fb4 backend=fault lower=fb_ram",
	     "target create probe:fb",
	     "lun create probe:fb 0 device=fb0",
	     "lun create probe:fb 1 device=fb1",
	     "lun create probe:fb 2 device=fb2",
	     "lun create probe:fb 3 device=fb3",
	     "lun create probe:fb 4 device=fb4",
	     "lun create probe:fb 5 device=fb_ram")

static __u8 data[512];

static bool says(const char *device, const char *text)
{
	char line[256];
	int i;

	snprintf(line, sizeof(line), "tgtctl device show %s 2>&1 | grep -qE '%s'", device, text);
	for (i = 0; i < 200 && system(line); i++)
		usleep(100000);
	return i < 200;
}

/* What block @lba of the lower device holds. */
static int block(struct nexus *n, unsigned int lba)
{
	__u8 buf[512] = { };
	struct io io = { LUN(5), READ10(lba, 1), DATA_IN(buf, 512) };

	return probe_outcome(n, &io) ? -1 : buf[0];
}

/* Seconds until sd has found a disk of @device, which the loading of any module waits for. */
static long probing(const char *device)
{
	time_t begin = time(NULL);

	if (tgtctl("lun create loop:fb 0 device=%s", device) ||
	    system("modprobe tgtcore_null && rmmod tgtcore_null"))
		return -1;
	return time(NULL) - begin;
}

static int ready(struct nexus *n, unsigned int lun)
{
	__u8 buf[512];
	struct io io = { LUN(lun), READ10(100, 1), DATA_IN(buf, 512) };

	return probe_outcome(n, &io);
}

TEST(deadline)
{
	struct io io[NR];
	struct tgtprobe_reap r;
	struct nexus n;
	int tmf[NR], i;

	ASSERT_EQ(0, probe_open(&n, "fb", "init"));
	for (i = 0; i < 6; i++)
		ASSERT_EQ(0, probe_ready(&n, i));
	memset(data, 7, sizeof(data));
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(0, tgtctl("device set fb%d rule=%s,count=1", i,
				    i == W_LOST ? "lose" : "hang"));
		io[i] = i == R_HUNG ?
			(struct io){ LUN(i), READ10(i, 1), .dir = TGTPROBE_IN, .len = 512 } :
			(struct io){ LUN(i), WRITE10(i, 1), DATA_OUT(data, 512) };
		ASSERT_EQ(0, probe_send(&n, &io[i]));
		EXPECT_TRUE(says((char[]){ 'f', 'b', '0' + i, 0 }, "1 (hung|lost)"));
		tmf[i] = probe_tmf_send(&n, ABORT_TASK, io[i].lun, io[i].tag, io[i].id);
		ASSERT_LT(0, tmf[i]);
	}
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(0, probe_reap(&n, tmf[i], &r, 60000));
		EXPECT_EQ(TMF_COMPLETE, r.response);
		EXPECT_EQ(0, probe_wait(&n, &io[i]));
		EXPECT_NE(0, io[i].r.flags & TGTPROBE_R_ABORTED);
		EXPECT_EQ(0, io[i].r.flags & PROBE_DAMAGE);
	}

	/* a write that may come yet fences; a read, or a write that is done, does not */
	for (i = 0; i < NR; i++)
		EXPECT_EQ(BIT(i) & (BIT(W_RELEASE) | BIT(W_ABANDON) | BIT(W_DELETE)) ?
			  NOT_READY : 0, ready(&n, i));
	EXPECT_EQ(7, block(&n, W_LOST));
	EXPECT_TRUE(says("fb0", "1 hung, 1 detached"));
	EXPECT_TRUE(says("fb3", "info *over device fb_ram; "));

	ASSERT_EQ(0, tgtctl("target create loop:fb"));
	i = probing("fb1");
	EXPECT_LE(0, i);
	EXPECT_GT(50, i);
	EXPECT_EQ(0, tgtctl("target delete loop:fb --force"));

	EXPECT_EQ(0, tgtctl("device set fb0 rules=clear release=yes"));
	EXPECT_TRUE(says("fb0", "info *over device fb_ram$"));
	EXPECT_EQ(7, block(&n, W_RELEASE));
	EXPECT_EQ(0, ready(&n, W_RELEASE));

	EXPECT_EQ(0, tgtctl("device abandon fb1"));
	EXPECT_EQ(0, ready(&n, W_ABANDON));
	EXPECT_EQ(0, tgtctl("device set fb1 release=yes"));
	EXPECT_EQ(0, block(&n, W_ABANDON));
	EXPECT_NE(0, tgtctl("device abandon fb1"));

	EXPECT_EQ(0, tgtctl("device delete fb2 --force --no-wait"));
	EXPECT_TRUE(says("fb2 --blocked", "deleting"));
	EXPECT_EQ(0, tgtctl("device abandon fb2"));
	EXPECT_TRUE(says("fb2", "no device fb2"));
	EXPECT_EQ(0, probe_ready(&n, 5));	/* a LUN has gone: unit attention */
	EXPECT_EQ(0, block(&n, W_DELETE));
	probe_close(&n);
}

TEST_HARNESS_MAIN
