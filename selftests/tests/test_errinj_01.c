// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: each function of ours that may be told to fail (ALLOW_ERROR_INJECTION(), the list in
 * debugfs) does so, at its first, second, ... call in whatever calls it. This test will expect an
 * errno or a status each time, the configuration to be as it was, and that no function of the list
 * is left out; on a kernel without such a list it is skipped.
 *
 * timeout: 900
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/daemon.h"
#include "../lib/inject.h"
#include "../lib/probe.h"

#define LIST	INJECT_DEBUGFS "error_injection/list"

PROBE_CONFIG(INJECT_CONFIG_MORE("16M", "4M"))

/* ---- what calls them: requests beside those of the other tests ---------------------------- */

static const struct inject_request more[] = {
	INJECT_CREATE_BLK,
	INJECT_CREATE_LOOP,
	{ "create stgt target", TGTCORE_CMD_TARGET_CREATE,
	  ARGS(INJECT_LOOP("fs_x"), STR(T(HANDLER), "stgt")),
	  TGTCORE_CMD_TARGET_DELETE, ARGS(INJECT_LOOP("fs_x")) },
	INJECT_CREATE_DISK,
	{ "make file", TGTCORE_CMD_DEVICE_CREATE,
	  ARGS(INJECT_DEV("fs_x"), STR(D(BACKEND), "file"), U64(D(SIZE), MIB),
	       OPT(D(OPTION), "path", "/scratch/fs_made")),
	  TGTCORE_CMD_DEVICE_DELETE, ARGS(INJECT_DEV("fs_x")), .unlink = "/scratch/fs_made" },
	{ "create stgt lun", TGTCORE_CMD_LUN_CREATE,
	  ARGS(INJECT_LUN("probe", "fs2", 8), STR(L(DEVICE), "fs_st")),
	  TGTCORE_CMD_LUN_DELETE, ARGS(INJECT_LUN("probe", "fs2", 8)) },
};

/* ---- and the rest: 0, -EIO for a failure, -ETIMEDOUT for none in time ---------------------- */

static struct nexus other, init, init2, daemons;

static int run(const char *line)
{
	int status = system(line);

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

static int do_command(struct nexus *n, struct io io)
{
	int ret = probe_send(n, &io);

	ret = ret ?: probe_wait(n, &io);
	if (ret)
		return -ETIMEDOUT;
	return io.r.status ? -EIO : 0;
}

static int do_flush(void)
{
	return do_command(&init, (struct io){ LUN(1), CDB(0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0) });
}

static int do_daemon(void)
{
	return do_command(&daemons, (struct io){ LUN(0), TUR });
}

static int do_nexus(void)
{
	struct nexus n;
	int ret = probe_open(&n, "fs", "init-y");

	if (!ret)
		probe_close(&n);
	return ret ? -EIO : 0;
}

static int do_load(void)
{
	int ret = run("modprobe -r tgtcore_null && modprobe tgtcore_null 2>/dev/null");

	if (ret)
		run("modprobe tgtcore_null 2>/dev/null");
	return ret;
}

static int do_map(void)
{
	int ret = -EIO, fd = open("/dev/tgt", O_RDWR);
	void *p;

	if (fd < 0)
		return -EIO;
	p = mmap(NULL, 2 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED) {
		munmap(p, 2 << 16);
		ret = 0;
	}
	close(fd);
	return ret;
}

/* An old driver: a read whose data is in the daemon's pages. */
static int do_lld(void)
{
	FILE *f = popen("lldctl stress A 77 threads=1 depth=1 count=1 blocks=8 timeout=5000", "r");
	unsigned long long queued = 0, answered = 0;
	int ret;

	if (!f)
		return -ETIMEDOUT;
	ret = fscanf(f, "queued=%llu answered=%llu", &queued, &answered);
	if (ret != 2 || !queued || answered != queued)
		ret = -ETIMEDOUT;
	return pclose(f) ? (ret == 2 ? -EIO : ret) : 0;
}

static const struct step {
	const char	*name;
	int		(*fn)(void);
} steps[] = {
	{ "flush", do_flush },
	{ "daemon's command", do_daemon },
	{ "nexus", do_nexus },
	{ "load", do_load },
	{ "old driver", do_lld },
};

/* ---- who calls what ------------------------------------------------------------------------ */

/* To be quick: a function that is none of these is looked for everywhere. */
static const struct {
	const char	*function;	/* what it begins with */
	const char	*by[3];
} callers[] = {
	{ "own_disk_", { "create blk" } },
	{ "tgt_own_disk_", { "create blk" } },
	{ "blk_", { "create blk" } },
	{ "file_sync_data", { "flush" } },
	{ "file_", { "make file", "create file", "grow" } },
	{ "tgt_file_", { "make file", "create file" } },
	{ "fault_", { "create fault" } },
	{ "tgt_lower_", { "create fault" } },
	{ "tgt_job_", { "create file", "create target" } },
	{ "tgt_target_", { "create target" } },
	{ "tgt_session_create", { "nexus", "create loop target" } },
	{ "tgt_itl_", { "nexus", "create lun", "remove from group" } },
	{ "tgt_nl_", { "get device", "create lun" } },
	{ "tgt_provider_get", { "create null", "create stgt target" } },
	{ "tgt_provider_add", { "load" } },
	{ "loop_add_disk", { "create disk" } },
	{ "loop_", { "create loop target", "create stgt target" } },
	{ "handler_", { "create stgt target" } },
	{ "stgt_host_add", { "create stgt target" } },
	{ "stgt_cmd_queue", { "daemon's command" } },
	{ "be_create", { "create stgt" } },
	{ "be_itl_", { "create stgt lun" } },
	{ "lld_", { "old driver" } },
};

static bool calls(const char *by, const char *function)
{
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(callers); i++) {
		if (strncmp(function, callers[i].function, strlen(callers[i].function)))
			continue;
		for (k = 0; k < ARRAY_SIZE(callers[i].by) && callers[i].by[k]; k++)
			if (!strcmp(by, callers[i].by[k]))
				return true;
		return false;
	}
	return true;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static unsigned int walk_requests(struct __test_metadata *_metadata, struct nl *nl,
				  const char *function, const struct inject_request *q, size_t nr)
{
	struct inject_result res;
	unsigned int hits = 0;

	for (; nr; nr--, q++) {
		if (!calls(q->name, function))
			continue;
		EXPECT_TRUE(inject_walk(nl, &inject_function, q, &res))
			TH_LOG("%s: %s", function, res.text);
		hits += res.hits;
	}
	return hits;
}

static unsigned int walk_step(struct __test_metadata *_metadata, const char *function,
			      const struct step *s)
{
	unsigned int n, hits = 0;
	bool hit = true;
	int ret;

	for (n = 1; hit && n < INJECT_MAX; n++) {
		ASSERT_EQ(0, inject_function.arm(n));
		ret = s->fn();
		hit = inject_function.hit();
		EXPECT_TRUE(!ret || (hit && ret == -EIO))
			TH_LOG("%s, call %u: %s: result %d%s", function, n, s->name, ret,
			       hit ? "" : " without a reason");
		hits += hit;
	}
	return hits;
}

static unsigned int walk_all(struct __test_metadata *_metadata, struct nl *nl,
			     const char *function, const struct inject_request *st)
{
	const struct inject_request *q;
	unsigned int hits;
	size_t nr, i;

	q = inject_requests(&nr);
	hits = walk_requests(_metadata, nl, function, q, nr);
	hits += walk_requests(_metadata, nl, function, more, ARRAY_SIZE(more));
	hits += walk_requests(_metadata, nl, function, st, 1);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (calls(steps[i].name, function))
			hits += walk_step(_metadata, function, &steps[i]);
	return hits;
}

/* Functions of the modules that are there, by name and type. */
static bool next_function(FILE *list, char *name, char *type)
{
	char module[64];

	while (fscanf(list, "%127s", name) == 1) {
		if (fscanf(list, " [%63[^]]] %31s", module, type) == 2) {
			if (!strncmp(module, "tgtcore", 7) || !strncmp(module, "scsi_tgt", 8))
				return true;
		} else if (fscanf(list, "%31s", type) != 1) {
			return false;
		}
	}
	return false;
}

static void walk_list(struct __test_metadata *_metadata, struct nl *nl,
		      const struct inject_request *st)
{
	char name[128], type[32];
	unsigned int hits, nr = 0;
	FILE *list = fopen(LIST, "r");

	ASSERT_NE(NULL, list);
	while (next_function(list, name, type)) {
		/* the daemon has the ring */
		if (!strcmp(name, "ring_map_half"))
			continue;
		nr++;
		ASSERT_EQ(0, inject_into(name, type)) TH_LOG("%s: there are two of it?", name);
		hits = walk_all(_metadata, nl, name, st);
		EXPECT_NE(0, hits) TH_LOG("%s: nothing here calls it", name);
		TH_LOG("%s: %u failures", name, hits);
	}
	fclose(list);
	inject_into(NULL, NULL);
	EXPECT_LT(30, nr);
	TH_LOG("%u functions", nr);
}

static int lld_host(void)
{
	FILE *f = popen("lldctl hosts", "r");
	int host = 0;

	if (!f || fscanf(f, "%*d %d", &host) != 1)
		host = 0;
	if (f)
		pclose(f);
	return host;
}

static const char *missing(void)
{
	const char *why = inject_missing();

	if (!why && access(LIST, F_OK))
		why = "the kernel has no list of functions that may fail";
	return why;
}

/* One command settles the unit attention; the first ones find the nexus not bound yet. */
static bool daemon_serves(void)
{
	int i;

	for (i = 0; i < 300 && do_daemon(); i++)
		usleep(100000);
	return i < 300;
}

TEST(functions)
{
	const char *why = missing();
	char number[16];
	struct nl nl;
	int host, pid;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, run("modprobe -a brd lld_probe tgtcore_loop tgtcore_blk tgtcore_null"));
	host = daemon_host("probe:fsst");
	ASSERT_LT(0, host);
	pid = daemon_start((const int []){ host, lld_host(), 0 });
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, run("lldctl nexus A 77"));
	run("lldctl stress A 77 threads=1 depth=1 count=1 blocks=0 >/dev/null");
	ASSERT_EQ(0, nl_open(&nl));
	ASSERT_EQ(0, probe_open(&init, "fs", "init"));
	ASSERT_EQ(0, probe_open(&init2, "fs2", "init"));
	ASSERT_EQ(0, probe_open(&other, "fs", "other"));
	ASSERT_EQ(0, probe_open(&daemons, "fsst", "init"));
	ASSERT_EQ(0, probe_ready(&init, 1));
	ASSERT_TRUE(daemon_serves());

	snprintf(number, sizeof(number), "%d", host);
	ASSERT_EQ(0, nl_do(&nl, TGTCORE_CMD_DEVICE_CREATE,
			   ARGS(INJECT_DEV("fs_st"), STR(D(BACKEND), "stgt"),
				OPT(D(OPTION), "host", number)))) TH_LOG("%s", nl.text);
	walk_list(_metadata, &nl, &(const struct inject_request){
		  "create stgt", TGTCORE_CMD_DEVICE_CREATE,
		  ARGS(INJECT_DEV("fs_x"), STR(D(BACKEND), "stgt"),
		       OPT(D(OPTION), "host", number)),
		  TGTCORE_CMD_DEVICE_DELETE, ARGS(INJECT_DEV("fs_x")) });
	probe_close(&init);
	probe_close(&init2);
	probe_close(&other);
	probe_close(&daemons);
	nl_close(&nl);
	daemon_kill(pid);
	run("modprobe -r lld_probe brd");
}

/* The ring, which one has at a time. */
TEST(ring)
{
	const struct step map = { "map", do_map };
	const char *why = missing();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, run("modprobe scsi_tgt"));
	ASSERT_EQ(0, inject_into("ring_map_half", "ERRNO"));
	EXPECT_EQ(2, walk_step(_metadata, "ring_map_half", &map));
	inject_into(NULL, NULL);
}

TEST_HARNESS_MAIN
