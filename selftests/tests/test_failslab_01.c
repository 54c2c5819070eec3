// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: every allocation of every request and of the commands' ways fails once, by
 * /proc/thread-self/fail-nth: the first, the second, ... until the call gets by without meeting
 * one. This test will expect an errno each time, and the configuration to be as it was; on a
 * kernel without fault injection it is skipped.
 *
 * timeout: 900
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/inject.h"
#include "../lib/probe.h"

PROBE_CONFIG(INJECT_CONFIG("16M", "4M buffered=yes"))

TEST(requests)
{
	const char *why = inject_missing();
	const struct inject_request *q;
	struct inject_result res;
	struct nl nl;
	size_t nr, i;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nl_open(&nl));
	q = inject_requests(&nr);
	for (i = 0; i < nr; i++) {
		EXPECT_TRUE(inject_walk(&nl, &inject_own, &q[i], &res)) TH_LOG("%s", res.text);
		TH_LOG("%s: %u allocations, %u of them ended it", q[i].name, res.hits, res.failed);
	}
	nl_close(&nl);
}

/* ---- commands ------------------------------------------------------------------------------ */

static void walk_command(struct __test_metadata *_metadata, struct nexus *n, const char *name,
			 struct io io)
{
	unsigned int nth;
	bool hit;
	int ret;

	for (nth = 1; nth < INJECT_MAX; nth++) {
		ASSERT_EQ(0, inject_own.arm(nth));
		ret = probe_send(n, &io);
		hit = inject_own.hit();
		if (ret) {
			EXPECT_TRUE(hit) TH_LOG("%s: error %d without a reason", name, ret);
		} else {
			ASSERT_EQ(0, probe_wait(n, &io));
			EXPECT_EQ(0, io.r.flags & PROBE_DAMAGE);
			/* a status or sense, and none without a reason */
			EXPECT_TRUE(hit || !io.r.status);
		}
		if (!hit)
			break;
	}
	ASSERT_LT(nth, INJECT_MAX);
	TH_LOG("%s: %u allocations", name, nth - 1);
}

TEST(commands)
{
	static __u8 buf[256 << 10];
	const char *why = inject_missing();
	struct nexus n;
	int lun;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, probe_open(&n, "fs", "init"));
	for (lun = 0; lun < 3; lun++) {
		char name[32];

		ASSERT_EQ(0, probe_ready(&n, lun));
		snprintf(name, sizeof(name), "LUN %d", lun);
		walk_command(_metadata, &n, name,
			     (struct io){ LUN(lun), WRITE10(64, 8), DATA_OUT(buf, 4096) });
		walk_command(_metadata, &n, name,
			     (struct io){ LUN(lun), WRITE10(4096 + 512 * lun, 512),
					  DATA_OUT(buf, sizeof(buf)) });
		walk_command(_metadata, &n, name,
			     (struct io){ LUN(lun), READ10(0, 512), DATA_IN(buf, sizeof(buf)) });
		walk_command(_metadata, &n, name,
			     (struct io){ LUN(lun), CDB(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0) });
		walk_command(_metadata, &n, name,
			     (struct io){ LUN(lun), REPORT_LUNS(255), DATA_IN(buf, 255) });
	}
	probe_close(&n);
}

/* A page that takes the place of another is one more allocation. */
TEST(atomic_writes)
{
	static __u8 buf[4096];
	const char *why = inject_missing();
	struct nexus n;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, tgtctl("device create fs_at backend=ram size=16M atomic=yes"));
	ASSERT_EQ(0, tgtctl("lun create probe:fs 9 device=fs_at"));
	ASSERT_EQ(0, probe_open(&n, "fs", "init"));
	ASSERT_EQ(0, probe_ready(&n, 9));
	walk_command(_metadata, &n, "WRITE ATOMIC",
		     (struct io){ LUN(9), CDB(0x9c, 0, BE64(64), BE16(0), BE16(8), 0, 0),
				  DATA_OUT(buf, sizeof(buf)) });
	probe_close(&n);
	EXPECT_EQ(0, tgtctl("lun delete probe:fs 9"));
	EXPECT_EQ(0, tgtctl("device delete fs_at"));
}

/* A nexus: open, attach, begin, end. */
TEST(nexus)
{
	const char *why = inject_missing();
	struct nexus n;
	unsigned int nth;
	bool hit = true;
	int ret;

	if (why)
		SKIP(return, "%s", why);
	for (nth = 1; nth < INJECT_MAX && hit; nth++) {
		ASSERT_EQ(0, inject_own.arm(nth));
		ret = probe_open(&n, "fs", "init-x");
		hit = inject_own.hit();
		EXPECT_TRUE(hit || !ret);
		if (!ret)
			probe_close(&n);
	}
	ASSERT_LT(nth, INJECT_MAX);
	TH_LOG("%u allocations", nth - 2);
}

/* A daemon's device file. */
TEST(ring)
{
	const char *why = inject_missing();
	unsigned int nth;
	bool hit = true;
	ssize_t n;
	void *p;
	int fd;

	if (why)
		SKIP(return, "%s", why);
	if (system("modprobe scsi_tgt") || access("/dev/tgt", F_OK))
		SKIP(return, "no /dev/tgt");
	for (nth = 1; nth < INJECT_MAX && hit; nth++) {
		ASSERT_EQ(0, inject_own.arm(nth));
		fd = open("/dev/tgt", O_RDWR);
		p = fd < 0 ? MAP_FAILED : mmap(NULL, 2 << 16, PROT_READ | PROT_WRITE, MAP_SHARED,
					       fd, 0);
		n = p == MAP_FAILED ? 0 : write(fd, "", 1);
		hit = inject_own.hit();
		EXPECT_LE(n, 1);
		EXPECT_TRUE(hit || p != MAP_FAILED);
		if (p != MAP_FAILED)
			munmap(p, 2 << 16);
		if (fd >= 0)
			close(fd);
	}
	ASSERT_LT(nth, INJECT_MAX);
	TH_LOG("%u allocations", nth - 2);
}

TEST_HARNESS_MAIN
