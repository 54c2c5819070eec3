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
#include "../lib/nl.h"
#include "../lib/probe.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define NTH_MAX		2000

PROBE_CONFIG("device create fs_ram backend=ram size=16M",
	     "device create fs_file backend=file path=/scratch/fs_file size=4M buffered=yes",
	     "device create fs_fault backend=fault lower=fs_ram",
	     "target create probe:fs",
	     "target create probe:fs2",
	     "group create probe:fs g",
	     "group add probe:fs g initiator=other",
	     "lun create probe:fs 0 device=fs_ram",
	     "lun create probe:fs 1 device=fs_file",
	     "lun create probe:fs 2 device=fs_fault")

/* ---- arming ------------------------------------------------------------------------------- */

static int nth_fd = -1;

static int arm(unsigned int n)
{
	char buf[16];
	int len = snprintf(buf, sizeof(buf), "%u", n);

	return pwrite(nth_fd, buf, len, 0) == len ? 0 : -errno;
}

/* Disarms; whether the allocation that was to fail has. */
static bool was_hit(void)
{
	char buf[16] = { };
	ssize_t len = pread(nth_fd, buf, sizeof(buf) - 1, 0);

	/* reading is what met it: the call had not */
	if (len < 0)
		return false;
	if (atoi(buf))
		arm(0);
	return !atoi(buf);
}

static int put(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, val, strlen(val)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Why this kernel cannot; NULL: it can. */
static const char *no_injection(void)
{
	if (access(DEBUGFS "failslab", F_OK) &&
	    system("mount -t debugfs none /sys/kernel/debug 2>/dev/null"))
		return "no debugfs";
	nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0 || put(DEBUGFS "failslab/ignore-gfp-wait", "N"))
		return "the kernel has no failslab";
	put(DEBUGFS "failslab/verbose", "0");
	put(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	put(DEBUGFS "fail_page_alloc/min-order", "0");
	put(DEBUGFS "fail_page_alloc/verbose", "0");
	return NULL;
}

/* ---- the configuration, as one number ---------------------------------------------------- */

static int hash_msg(const struct nl_msg *m, void *data)
{
	const char *p = (const void *)m->attrs, *end = p + m->len;
	__u64 *sum = data, h = 14695981039346656037ULL + m->cmd;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;
		int i;

		/* what counts on: generation, numbers, times */
		if (!(m->cmd == TGTCORE_CMD_DEVICE_GET &&
		      (a->nla_type == D(GENERATION) || a->nla_type == D(ID) ||
		       a->nla_type == D(AGE_MS))) &&
		    !(m->cmd == TGTCORE_CMD_TARGET_GET &&
		      (a->nla_type == T(GENERATION) || a->nla_type == T(ID) ||
		       a->nla_type == T(HOST))) &&
		    !(m->cmd == TGTCORE_CMD_LUN_GET && a->nla_type == L(GENERATION)) &&
		    !(m->cmd == TGTCORE_CMD_GROUP_GET && a->nla_type == G(GENERATION)))
			for (i = 0; i < a->nla_len; i++)
				h = (h ^ (__u8)p[i]) * 1099511628211ULL;
		p += NLA_ALIGN(a->nla_len);
	}
	*sum += h;	/* in whatever order */
	return 0;
}

static __u64 configuration(struct nl *nl)
{
	static const __u8 gets[] = { TGTCORE_CMD_DEVICE_GET, TGTCORE_CMD_TARGET_GET,
				     TGTCORE_CMD_LUN_GET, TGTCORE_CMD_GROUP_GET };
	__u64 sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gets); i++)
		if (nl_dump(nl, gets[i], NULL, hash_msg, &sum))
			return 0;
	return sum;
}

/* ---- requests ------------------------------------------------------------------------------ */

#define DEV(n)		STR(D(NAME), n)
#define TGT(n)		STR(T(FABRIC), "probe"), STR(T(NAME), n)
#define LUNA(t, n)	STR(L(FABRIC), "probe"), STR(L(TARGET), t), U32(L(NUMBER), n)
#define GRP(n)		STR(G(FABRIC), "probe"), STR(G(TARGET), "fs"), STR(G(NAME), n)

struct request {
	const char		*name;
	__u8			cmd;
	const struct nl_arg	*args;
	__u8			undo;		/* request that takes it back */
	const struct nl_arg	*undo_args;
	__u8			again;		/* request that makes what this one took away */
	const struct nl_arg	*again_args;
	bool			dump;
};

static const struct request *all_requests(size_t *nr)
{
	static struct request all[32];
	struct request *r = all;

#define ARGV(...)	memcpy(calloc(16, sizeof(struct nl_arg)), ARGS(__VA_ARGS__), \
			       sizeof(ARGS(__VA_ARGS__)))
#define MAKE(name, cmd, undo, undo_args, ...) \
	*r++ = (struct request){ name, TGTCORE_CMD_##cmd, ARGV(__VA_ARGS__), \
				 TGTCORE_CMD_##undo, undo_args }
	MAKE("create null", DEVICE_CREATE, DEVICE_DELETE, ARGV(DEV("fs_x")), DEV("fs_x"),
	     STR(D(BACKEND), "null"), U64(D(SIZE), MIB), OPT(D(OPTION), "zero", "yes"));
	MAKE("create ram", DEVICE_CREATE, DEVICE_DELETE, ARGV(DEV("fs_x")), DEV("fs_x"),
	     STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	MAKE("create file", DEVICE_CREATE, DEVICE_DELETE, ARGV(DEV("fs_x")), DEV("fs_x"),
	     STR(D(BACKEND), "file"), U64(D(SIZE), MIB), OPT(D(OPTION), "path", "/scratch/fs_x"));
	MAKE("create fault", DEVICE_CREATE, DEVICE_DELETE, ARGV(DEV("fs_x")), DEV("fs_x"),
	     STR(D(BACKEND), "fault"), OPT(D(OPTION), "lower", "fs_ram"));
	MAKE("set rule", DEVICE_SET, DEVICE_SET,
	     ARGV(DEV("fs_fault"), OPT(D(OPTION), "rules", "clear")), DEV("fs_fault"),
	     OPT(D(OPTION), "rule", "hang,lba=99999"), OPT(D(OPTION), "rule", "lose,lba=99999"));
	MAKE("create target", TARGET_CREATE, TARGET_DELETE, ARGV(TGT("fs_x")), TGT("fs_x"));
	MAKE("create lun", LUN_CREATE, LUN_DELETE, ARGV(LUNA("fs2", 7)), LUNA("fs2", 7),
	     STR(L(DEVICE), "fs_ram"));
	MAKE("create group", GROUP_CREATE, GROUP_DELETE, ARGV(GRP("h")), GRP("h"));
	MAKE("add to group", GROUP_ADD, GROUP_REMOVE, ARGV(GRP("g"), STR(G(INITIATOR), "x")),
	     GRP("g"), STR(G(INITIATOR), "x"));
	MAKE("remove from group", GROUP_REMOVE, GROUP_ADD,
	     ARGV(GRP("g"), STR(G(INITIATOR), "other")), GRP("g"), STR(G(INITIATOR), "other"));
	MAKE("delete lun", LUN_DELETE, LUN_CREATE,
	     ARGV(LUNA("fs", 1), STR(L(DEVICE), "fs_file")), LUNA("fs", 1));
	MAKE("delete group", GROUP_DELETE, UNSPEC, NULL, GRP("h2"));
	r[-1].again = TGTCORE_CMD_GROUP_CREATE;
	r[-1].again_args = r[-1].args;
	MAKE("delete device", DEVICE_DELETE, UNSPEC, NULL, DEV("fs_y"));
	r[-1].again = TGTCORE_CMD_DEVICE_CREATE;
	r[-1].again_args = ARGV(DEV("fs_y"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB));
	MAKE("delete target", TARGET_DELETE, UNSPEC, NULL, TGT("fs_y"));
	r[-1].again = TGTCORE_CMD_TARGET_CREATE;
	r[-1].again_args = r[-1].args;
	MAKE("info", INFO_GET, UNSPEC, NULL, { });
	MAKE("get device", DEVICE_GET, UNSPEC, NULL, DEV("fs_fault"));
	MAKE("get target", TARGET_GET, UNSPEC, NULL, TGT("fs"));
	MAKE("get lun", LUN_GET, UNSPEC, NULL, LUNA("fs", 0));
	MAKE("get group", GROUP_GET, UNSPEC, NULL, GRP("g"));
#define DUMP(cmd)	MAKE("dump " #cmd, cmd, UNSPEC, NULL, { }); r[-1].dump = true
	DUMP(DEVICE_GET);
	DUMP(TARGET_GET);
	DUMP(LUN_GET);
	DUMP(GROUP_GET);
	DUMP(SESSION_GET);
	DUMP(STAT_GET);
	*nr = r - all;
	return all;
}

static int count_msg(const struct nl_msg *m, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

/* One try with the @n-th allocation failing; *@hit tells whether there was one. */
static int try(const struct request *q, unsigned int n, bool *hit)
{
	char *buf = malloc(NL_BUF);
	unsigned int msgs = 0;
	struct nl nl;
	__u32 len;
	int ret;

	ret = nl_open(&nl);
	if (!ret) {
		len = nl_build(&nl, buf, q->cmd, q->dump ? NLM_F_DUMP : 0, q->args);
		ret = arm(n);
	}
	if (!ret) {
		ret = nl_send(&nl, buf, len);
		if (!q->dump)
			*hit = was_hit();
		if (!ret)
			ret = q->dump ? nl_continue_dump(&nl, count_msg, &msgs) : nl_ack(&nl);
		if (q->dump)
			*hit = was_hit();
	}
	nl_close(&nl);
	free(buf);
	return ret;
}

/* Deleting goes on after its answer. */
static bool settles(struct nl *nl, __u64 sum)
{
	int i;

	for (i = 0; i < 3000 && configuration(nl) != sum; i++)
		usleep(10000);
	return configuration(nl) == sum;
}

/* Takes back what may have been done; what is being deleted is busy for a while. */
static bool undone(struct nl *nl, const struct request *q, __u64 before)
{
	int i;

	for (i = 0; i < 3000 && configuration(nl) != before; i++) {
		if (q->undo)
			nl_do(nl, q->undo, q->undo_args);
		usleep(10000);
	}
	return configuration(nl) == before;
}

/* The request deletes: until it finds nothing. */
static bool deleted(struct nl *nl, const struct request *q)
{
	int i, ret = 0;

	for (i = 0; i < 3000 && ret != -ENOENT; i++) {
		ret = nl_do(nl, q->cmd, q->args);
		usleep(10000);
	}
	return ret == -ENOENT;
}

static void walk(struct __test_metadata *_metadata, struct nl *nl, const struct request *q)
{
	unsigned int n, failed = 0;
	__u64 before;
	bool hit;
	int ret;

	for (n = 1; n < NTH_MAX; n++) {
		if (q->again)
			ASSERT_EQ(0, nl_do(nl, q->again, q->again_args))
				TH_LOG("%s: %s", q->name, nl->text);
		before = configuration(nl);
		ASSERT_NE(0, before);
		ret = try(q, n, &hit);
		failed += !!ret;
		/* what is lost is the answer, and what it was about has been done or not */
		if (ret && ret != -ENOBUFS && ret != -EFAULT) {
			EXPECT_TRUE(settles(nl, before))
				TH_LOG("%s: allocation %u: error %d, yet something has changed",
				       q->name, n, ret);
		}
		if (!hit) {
			EXPECT_EQ(0, ret)
				TH_LOG("%s: error %d without a reason", q->name, ret);
		}
		ASSERT_TRUE(q->again ? deleted(nl, q) : undone(nl, q, before))
			TH_LOG("%s: allocation %u: after result %d it cannot be undone", q->name,
			       n, ret);
		if (!hit)
			break;
	}
	ASSERT_LT(n, NTH_MAX);
	TH_LOG("%s: %u allocations, %u of them ended it", q->name, n - 1, failed);
}

TEST(requests)
{
	const char *why = no_injection();
	const struct request *q;
	struct nl nl;
	size_t nr, i;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, nl_open(&nl));
	q = all_requests(&nr);
	for (i = 0; i < nr; i++)
		walk(_metadata, &nl, &q[i]);
	nl_close(&nl);
}

/* ---- commands ------------------------------------------------------------------------------ */

static void walk_command(struct __test_metadata *_metadata, struct nexus *n, const char *name,
			 struct io io)
{
	unsigned int nth;
	bool hit;
	int ret;

	for (nth = 1; nth < NTH_MAX; nth++) {
		ASSERT_EQ(0, arm(nth));
		ret = probe_send(n, &io);
		hit = was_hit();
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
	ASSERT_LT(nth, NTH_MAX);
	TH_LOG("%s: %u allocations", name, nth - 1);
}

TEST(commands)
{
	static __u8 buf[256 << 10];
	const char *why = no_injection();
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

/* A nexus: open, attach, begin, end. */
TEST(nexus)
{
	const char *why = no_injection();
	struct nexus n;
	unsigned int nth;
	bool hit = true;
	int ret;

	if (why)
		SKIP(return, "%s", why);
	for (nth = 1; nth < NTH_MAX && hit; nth++) {
		ASSERT_EQ(0, arm(nth));
		ret = probe_open(&n, "fs", "init-x");
		hit = was_hit();
		EXPECT_TRUE(hit || !ret);
		if (!ret)
			probe_close(&n);
	}
	ASSERT_LT(nth, NTH_MAX);
	TH_LOG("%u allocations", nth - 2);
}

/* A daemon's device file. */
TEST(ring)
{
	const char *why = no_injection();
	unsigned int nth;
	bool hit = true;
	ssize_t n;
	void *p;
	int fd;

	if (why)
		SKIP(return, "%s", why);
	if (system("modprobe scsi_tgt") || access("/dev/tgt", F_OK))
		SKIP(return, "no /dev/tgt");
	for (nth = 1; nth < NTH_MAX && hit; nth++) {
		ASSERT_EQ(0, arm(nth));
		fd = open("/dev/tgt", O_RDWR);
		p = fd < 0 ? MAP_FAILED : mmap(NULL, 2 << 16, PROT_READ | PROT_WRITE, MAP_SHARED,
					       fd, 0);
		n = p == MAP_FAILED ? 0 : write(fd, "", 1);
		hit = was_hit();
		EXPECT_LE(n, 1);
		EXPECT_TRUE(hit || p != MAP_FAILED);
		if (p != MAP_FAILED)
			munmap(p, 2 << 16);
		if (fd >= 0)
			close(fd);
	}
	ASSERT_LT(nth, NTH_MAX);
	TH_LOG("%u allocations", nth - 2);
}

TEST_HARNESS_MAIN
