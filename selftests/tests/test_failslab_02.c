// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: allocations that are not the caller's own fail: those of the kernel's workers,
 * which run commands of file, blk and fault, write back, scan for disks, regroup and tear down;
 * and those of a daemon of scsi_tgt, in its write(2). This test will expect each request to end
 * well or to leave no trace, each command to be answered, and all of it to work afterwards; on a
 * kernel without fault injection it is skipped.
 *
 * timeout: 900
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/daemon.h"
#include "../lib/inject.h"
#include "../lib/probe.h"

PROBE_CONFIG(INJECT_CONFIG_MORE("64M", "16M"))

/* ---- requests: regrouping, scanning, teardown ---------------------------------------------- */

static const struct inject_request more[] = {
	INJECT_CREATE_BLK,
	INJECT_CREATE_LOOP,
	{ "delete stgt target", TGTCORE_CMD_TARGET_DELETE, ARGS(INJECT_LOOP("fs_x")),
	  .again = TGTCORE_CMD_TARGET_CREATE,
	  .again_args = ARGS(INJECT_LOOP("fs_x"), STR(T(HANDLER), "stgt")) },
	INJECT_CREATE_DISK,
	{ "delete disk", TGTCORE_CMD_LUN_DELETE, ARGS(INJECT_LUN("loop", "fs", 4)),
	  .again = TGTCORE_CMD_LUN_CREATE, .again_args = ARGS(INJECT_DISK(4)) },
};

static const char * const asynchronous[] = {
	"create file", "create target", "create lun", "remove from group", "delete lun",
	"delete device", "delete target",
};

static void walk_request(struct __test_metadata *_metadata, struct nl *nl,
			 const struct inject_request *q)
{
	struct inject_result res;

	EXPECT_TRUE(inject_walk(nl, &inject_workers, q, &res))
		TH_LOG("%s", res.text);
	TH_LOG("%s: %u times, %u of them ended it", q->name, res.hits, res.failed);
}

TEST(requests)
{
	const char *why = inject_missing();
	const struct inject_request *q;
	struct nexus other, init2;
	struct nl nl;
	size_t nr, i, k;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, system("modprobe brd"));
	ASSERT_EQ(0, nl_open(&nl));
	ASSERT_EQ(0, probe_open(&other, "fs", "other"));
	ASSERT_EQ(0, probe_open(&init2, "fs2", "init"));
	q = inject_requests(&nr);
	for (k = 0; k < ARRAY_SIZE(asynchronous); k++)
		for (i = 0; i < nr; i++)
			if (!strcmp(q[i].name, asynchronous[k]))
				walk_request(_metadata, &nl, &q[i]);
	for (i = 0; i < ARRAY_SIZE(more); i++)
		walk_request(_metadata, &nl, &more[i]);
	probe_close(&other);
	probe_close(&init2);
	nl_close(&nl);
	system("modprobe -r brd");
}

/* ---- commands ------------------------------------------------------------------------------ */

static __u8 buf[256 << 10];
/* Buffers of more pieces than a backend has room for in the command. */
static __u32 segs[64];

/*
 * Sends @io with the @nth failing, else to end in @status; -1 if it is not answered, or otherwise
 * without a reason, else whether something failed.
 */
static int command_once(struct nexus *n, const struct injector *in, unsigned int nth,
			struct io *io, __u8 status)
{
	int ret;

	if (in->arm(nth))
		return -1;
	ret = probe_send(n, io);
	ret = ret ?: probe_wait(n, io);
	if (in->hit())
		return ret ? -1 : 1;
	return ret || io->r.status != status ? -1 : 0;
}

static void walk_command(struct __test_metadata *_metadata, struct nexus *n, const char *name,
			 struct io io)
{
	const struct injector *in = &inject_workers;
	unsigned int nth, hits = 0, bad = 0, missed = 0;
	int ret;

	for (nth = 1; nth <= in->max && missed < in->misses; nth++) {
		ret = command_once(n, in, nth, &io, 0);
		ASSERT_LE(0, ret)
			TH_LOG("%s: %s %u: no answer, or status %02x without a reason", name,
			       in->name, nth, io.r.status);
		EXPECT_EQ(0, io.r.flags & PROBE_DAMAGE);
		missed = ret ? 0 : missed + 1;
		hits += ret;
		bad += !!io.r.status;
	}
	TH_LOG("%s: %u times, %u of them told the initiator", name, hits, bad);
	EXPECT_GOOD(n, io);
}

/* Memory of the RAM disk: each of these writes begins in a hole. */
static void walk_stream(struct __test_metadata *_metadata, struct nexus *n)
{
	unsigned int nth, hits = 0;
	int ret;

	for (nth = 1; nth < 16; nth++) {
		struct io io = { LUN(0), WRITE10(8192 + 4096 * nth, 512),
				 DATA_OUT(buf, sizeof(buf)) };

		ret = command_once(n, &inject_workers, nth, &io, 0);
		ASSERT_LE(0, ret) TH_LOG("stream %u: status %02x", nth, io.r.status);
		hits += ret;
		EXPECT_GOOD(n, io);
	}
	EXPECT_NE(0, hits);
}

#define CACHE_FLUSH	CDB(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0)

TEST(commands)
{
	const char *why = inject_missing();
	struct nexus n;
	size_t i;
	int lun;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, probe_open(&n, "fs", "init"));
	for (i = 0; i < ARRAY_SIZE(segs); i++)
		segs[i] = sizeof(buf) / ARRAY_SIZE(segs);
	for (lun = 0; lun < 3; lun++) {
		ASSERT_EQ(0, probe_ready(&n, lun));
		walk_command(_metadata, &n, "write",
			     (struct io){ LUN(lun), WRITE10(4096, 512),
					  DATA_OUT(buf, sizeof(buf)) });
		walk_command(_metadata, &n, "read",
			     (struct io){ LUN(lun), READ10(4096, 512), DATA_IN(buf, sizeof(buf)) });
		walk_command(_metadata, &n, "scattered write",
			     (struct io){ LUN(lun), WRITE10(4096, 512),
					  DATA_OUT(buf, sizeof(buf)),
					  .segs = segs, .nr_segs = ARRAY_SIZE(segs) });
		walk_command(_metadata, &n, "scattered read",
			     (struct io){ LUN(lun), READ10(4096, 512), DATA_IN(buf, sizeof(buf)),
					  .segs = segs, .nr_segs = ARRAY_SIZE(segs) });
		walk_command(_metadata, &n, "flush",
			     (struct io){ LUN(lun), CACHE_FLUSH });
	}
	walk_stream(_metadata, &n);
	ASSERT_EQ(0, tgtctl("device set fs_fault rule=delay,ms=1"));
	walk_command(_metadata, &n, "delayed write",
		     (struct io){ LUN(2), WRITE10(64, 8), DATA_OUT(buf, 4096) });
	ASSERT_EQ(0, tgtctl("device set fs_fault rules=clear"));
	probe_close(&n);
}

/* ---- a daemon ------------------------------------------------------------------------------ */

/*
 * Whether a command is answered GOOD within 30 s: by a daemon that may just be starting, or that
 * dies of what failed last; then *@pid is 0. What fails while one exits may be the kernel's notion
 * of the files its host shares with it, for good (p9_client_clunk()).
 */
static bool served(struct nexus *n, int *pid)
{
	struct io io = { LUN(0), TUR };
	time_t end = time(NULL) + 30;

	while (time(NULL) < end) {
		if (waitpid(*pid, NULL, WNOHANG)) {
			*pid = 0;
			return false;
		}
		if (!probe_run(n, &io) && !io.r.status)
			return true;
		usleep(100000);
	}
	return false;
}

/* Its own system calls fail too: it may die of it, and the next one serves. */
static void walk_daemon(struct __test_metadata *_metadata, struct nexus *n, int host,
			const char *name, struct io io, __u8 status)
{
	unsigned int nth, hits = 0, bad = 0, deaths = 0;
	const int hosts[] = { host, 0 };
	int pid = 0, ret = 1;

	for (nth = 1; ret && nth < INJECT_MAX; nth++) {
		if (!pid) {
			pid = daemon_start(hosts);
			ASSERT_LT(0, pid);
			ASSERT_TRUE(served(n, &pid));
		}
		ASSERT_EQ(0, inject_process(pid));
		ret = command_once(n, &inject_own, nth, &io, status);
		inject_process(0);
		EXPECT_EQ(0, io.r.flags & PROBE_DAMAGE);
		/* what has died cannot be asked whether something of it failed */
		if (!served(n, &pid)) {
			ASSERT_EQ(0, pid)
				TH_LOG("%s: daemon's allocation %u: it serves no more", name, nth);
			deaths++;
			ret = 1;
		}
		ASSERT_LE(0, ret)
			TH_LOG("%s: daemon's allocation %u: no answer, or status %02x",
			       name, nth, io.r.status);
		hits += ret;
		bad += io.r.status != status;
	}
	TH_LOG("%s: %u times, %u of them told the initiator, %u of them killed the daemon", name,
	       hits, bad, deaths);
	daemon_kill(pid);
}

TEST(ring)
{
	const char *why = inject_missing();
	struct nexus n;
	int host;

	if (why)
		SKIP(return, "%s", why);
	host = daemon_host("probe:fsst");
	ASSERT_LT(0, host);
	ASSERT_EQ(0, probe_open(&n, "fsst", "init"));
	walk_daemon(_metadata, &n, host, "write",
		    (struct io){ LUN(0), WRITE10(0, 64), DATA_OUT(buf, 32768) }, GOOD);
	walk_daemon(_metadata, &n, host, "read",
		    (struct io){ LUN(0), READ10(0, 64), DATA_IN(buf, 32768) }, GOOD);
	walk_daemon(_metadata, &n, host, "sense",
		    (struct io){ LUN(0), READ10(0xffffff, 1), DATA_IN(buf, 512) }, CHECK_CONDITION);
	probe_close(&n);
}

TEST_HARNESS_MAIN
