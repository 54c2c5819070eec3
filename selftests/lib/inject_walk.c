// SPDX-License-Identifier: GPL-2.0
/* Fault injection for test programs: requests, and the walk through them. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "inject.h"
#include "probe.h"

#define PATIENCE	3000	/* times 10 ms, for what goes on after its answer */

/* ---- the configuration, as one number ---------------------------------------------------- */

/* What counts on: generation, numbers, times, sessions. */
static bool counts_on(const struct nl_msg *m, __u16 type)
{
	switch (m->cmd) {
	case TGTCORE_CMD_DEVICE_GET:
		return type == D(GENERATION) || type == D(ID) || type == D(AGE_MS);
	case TGTCORE_CMD_TARGET_GET:
		return type == T(GENERATION) || type == T(ID) || type == T(HOST) ||
		       type == T(INFO);
	case TGTCORE_CMD_LUN_GET:
		return type == L(GENERATION);
	default:
		return type == G(GENERATION);
	}
}

static int hash_msg(const struct nl_msg *m, void *data)
{
	const char *p = (const void *)m->attrs, *end = p + m->len;
	__u64 *sum = data, h = 14695981039346656037ULL + m->cmd;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;
		int i;

		if (!counts_on(m, a->nla_type))
			for (i = 0; i < a->nla_len; i++)
				h = (h ^ (__u8)p[i]) * 1099511628211ULL;
		p += NLA_ALIGN(a->nla_len);
	}
	*sum += h;	/* in whatever order */
	return 0;
}

__u64 inject_configuration(struct nl *nl)
{
	static const __u8 gets[] = { TGTCORE_CMD_DEVICE_GET, TGTCORE_CMD_TARGET_GET,
				     TGTCORE_CMD_LUN_GET, TGTCORE_CMD_GROUP_GET };
	__u64 sum = 0;
	size_t i;

	for (i = 0; i < sizeof(gets); i++)
		if (nl_dump(nl, gets[i], NULL, hash_msg, &sum))
			return 0;
	return sum;
}

/* ---- requests ------------------------------------------------------------------------------ */

#define DEV(n)		STR(D(NAME), n)
#define TGT(n)		STR(T(FABRIC), "probe"), STR(T(NAME), n)
#define LUNA(t, n)	STR(L(FABRIC), "probe"), STR(L(TARGET), t), U32(L(NUMBER), n)
#define R(x)		TGTCORE_A_RECENT_##x
#define GRP(n)		STR(G(FABRIC), "probe"), STR(G(TARGET), "fs"), STR(G(NAME), n)

#define REQUEST(n, c, ...)	.name = n, .cmd = TGTCORE_CMD_##c, .args = ARGS(__VA_ARGS__)
#define UNDO(c, ...)		.undo = TGTCORE_CMD_##c, .undo_args = ARGS(__VA_ARGS__)
#define AGAIN(c, ...)		.again = TGTCORE_CMD_##c, .again_args = ARGS(__VA_ARGS__)
#define CREATE(be, ...)		REQUEST("create " be, DEVICE_CREATE, DEV("fs_x"), \
					STR(D(BACKEND), be), __VA_ARGS__), \
				UNDO(DEVICE_DELETE, DEV("fs_x"))
#define DUMP(c)			REQUEST("dump " #c, c, { }), .dump = true

/* here, not in a function: what they point to stays */
static const struct inject_request requests[] = {
	{ CREATE("null", U64(D(SIZE), MIB), OPT(D(OPTION), "zero", "yes")) },
	{ CREATE("ram", U64(D(SIZE), MIB)) },
	{ CREATE("file", U64(D(SIZE), MIB), OPT(D(OPTION), "path", "/scratch/fs_x")) },
	{ CREATE("fault", OPT(D(OPTION), "lower", "fs_ram")) },
	{ REQUEST("set rule", DEVICE_SET, DEV("fs_fault"),
		  OPT(D(OPTION), "rule", "hang,lba=99999"),
		  OPT(D(OPTION), "rule", "lose,lba=99999")),
	  UNDO(DEVICE_SET, DEV("fs_fault"), OPT(D(OPTION), "rules", "clear")) },
	{ REQUEST("grow", DEVICE_SET, DEV("fs_file"), U64(D(SIZE), 24 * MIB)), .stays = true },
	{ REQUEST("abandon", DEVICE_ABANDON, DEV("fs_fault")), .expect = -EINVAL },
	{ REQUEST("create target", TARGET_CREATE, TGT("fs_x")),
	  UNDO(TARGET_DELETE, TGT("fs_x")) },
	{ REQUEST("create lun", LUN_CREATE, LUNA("fs2", 7), STR(L(DEVICE), "fs_ram")),
	  UNDO(LUN_DELETE, LUNA("fs2", 7)) },
	{ REQUEST("create group", GROUP_CREATE, GRP("h")), UNDO(GROUP_DELETE, GRP("h")) },
	{ REQUEST("add to group", GROUP_ADD, GRP("g"), STR(G(INITIATOR), "x")),
	  UNDO(GROUP_REMOVE, GRP("g"), STR(G(INITIATOR), "x")) },
	{ REQUEST("remove from group", GROUP_REMOVE, GRP("g"), STR(G(INITIATOR), "other")),
	  UNDO(GROUP_ADD, GRP("g"), STR(G(INITIATOR), "other")) },
	{ REQUEST("delete lun", LUN_DELETE, LUNA("fs", 1)),
	  UNDO(LUN_CREATE, LUNA("fs", 1), STR(L(DEVICE), "fs_file")) },
	{ REQUEST("delete group", GROUP_DELETE, GRP("h2")), AGAIN(GROUP_CREATE, GRP("h2")) },
	{ REQUEST("delete device", DEVICE_DELETE, DEV("fs_y")),
	  AGAIN(DEVICE_CREATE, DEV("fs_y"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB)) },
	{ REQUEST("delete target", TARGET_DELETE, TGT("fs_y")),
	  AGAIN(TARGET_CREATE, TGT("fs_y")) },
	{ REQUEST("info", INFO_GET, { }) },
	{ REQUEST("get device", DEVICE_GET, DEV("fs_fault")) },
	{ REQUEST("get target", TARGET_GET, TGT("fs")) },
	{ REQUEST("get lun", LUN_GET, LUNA("fs", 0)) },
	{ REQUEST("get group", GROUP_GET, GRP("g")) },
	{ DUMP(DEVICE_GET) },
	{ DUMP(TARGET_GET) },
	{ DUMP(LUN_GET) },
	{ DUMP(GROUP_GET) },
	{ DUMP(SESSION_GET) },
	{ DUMP(STAT_GET) },
	{ REQUEST("dump RECENT_GET", RECENT_GET, STR(R(FABRIC), "probe"), STR(R(TARGET), "fs"),
		  U32(R(NUMBER), 0)), .dump = true },
};

const struct inject_request *inject_requests(size_t *nr)
{
	*nr = ARRAY_SIZE(requests);
	return requests;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static int count_msg(const struct nl_msg *m, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

/* One try with the @n-th failing; *@hit tells whether there was one. */
static int try(const struct injector *in, const struct inject_request *q, unsigned int n,
	       bool *hit)
{
	char *buf = malloc(NL_BUF);
	unsigned int msgs = 0;
	struct nl nl;
	__u32 len;
	int ret;

	*hit = false;
	ret = nl_open(&nl);
	if (!ret) {
		len = nl_build(&nl, buf, q->cmd, q->dump ? NLM_F_DUMP : 0, q->args);
		ret = in->arm(n);
	}
	if (!ret) {
		/* of the caller's own, only the request's are meant, not those of the answer */
		ret = nl_send(&nl, buf, len);
		if (!q->dump && in == &inject_own)
			*hit = in->hit();
		if (!ret)
			ret = q->dump ? nl_continue_dump(&nl, count_msg, &msgs) : nl_ack(&nl);
		usleep(in->wait_ms * 1000);
		if (q->dump || in != &inject_own)
			*hit = in->hit();
	}
	nl_close(&nl);
	free(buf);
	return ret;
}

/* The configuration once it no longer changes: a disk may still be on its way. 0: none. */
static __u64 at_rest(struct nl *nl)
{
	__u64 was, now = inject_configuration(nl);
	int i;

	for (i = 0, was = 0; i < PATIENCE && now && now != was; i++) {
		usleep(10000);
		was = now;
		now = inject_configuration(nl);
	}
	return now;
}

/* Deleting goes on after its answer. */
static bool settles(struct nl *nl, __u64 sum)
{
	int i;

	for (i = 0; i < PATIENCE && inject_configuration(nl) != sum; i++)
		usleep(10000);
	return i < PATIENCE;
}

/* Takes back what may have been done; what is being deleted is busy for a while. */
static bool undone(struct nl *nl, const struct inject_request *q, __u64 before)
{
	int i;

	for (i = 0; i < PATIENCE && inject_configuration(nl) != before; i++) {
		if (q->undo)
			nl_do(nl, q->undo, q->undo_args);
		usleep(10000);
	}
	return i < PATIENCE;
}

/* The request deletes: until it finds nothing. */
static bool deleted(struct nl *nl, const struct inject_request *q)
{
	int i, ret = 0;

	for (i = 0; i < PATIENCE && ret != -ENOENT; i++) {
		ret = nl_do(nl, q->cmd, q->args);
		usleep(10000);
	}
	return ret == -ENOENT;
}

static bool __attribute__((format(printf, 2, 3)))
wrong(struct inject_result *res, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(res->text, sizeof(res->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool walk_one(struct nl *nl, const struct injector *in, const struct inject_request *q,
		     unsigned int n, bool *hit, struct inject_result *res)
{
	__u64 before;
	int ret;

	if (q->unlink)
		unlink(q->unlink);
	if (q->again && nl_do(nl, q->again, q->again_args))
		return wrong(res, "%s: cannot be prepared: %s", q->name, nl->text);
	before = at_rest(nl);
	if (!before)
		return wrong(res, "%s: no configuration to be had", q->name);
	ret = try(in, q, n, hit);
	res->hits += *hit;
	res->failed += *hit && ret;
	if (!*hit && ret != q->expect)
		return wrong(res, "%s: result %d without a reason", q->name, ret);
	/* what is lost is the answer, and what it was about has been done or not */
	if (ret && ret != -ENOBUFS && ret != -EFAULT && !settles(nl, before))
		return wrong(res, "%s: %s %u: error %d, yet something has changed", q->name,
			     in->name, n, ret);
	if (!q->stays && !(q->again ? deleted(nl, q) : undone(nl, q, before)))
		return wrong(res, "%s: %s %u: after result %d it cannot be undone", q->name,
			     in->name, n, ret);
	return true;
}

bool inject_walk(struct nl *nl, const struct injector *in, const struct inject_request *q,
		 struct inject_result *res)
{
	unsigned int n, missed = 0;
	bool hit;

	*res = (struct inject_result){ };
	for (n = 1; missed < in->misses && (!in->max || n <= in->max); n++) {
		if (n == INJECT_MAX)
			return wrong(res, "%s: there is no end to what can fail", q->name);
		if (!walk_one(nl, in, q, n, &hit, res))
			return false;
		missed = hit ? 0 : missed + 1;
	}
	return true;
}
