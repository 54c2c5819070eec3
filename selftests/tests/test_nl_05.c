// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: requests made of the netlink spec, docs/netlink/tgtcore.yaml, as it permits
 * them and with lengths, types, attributes, values and headers that it does not; this test
 * will check that each is answered once and soon, that what the spec does not permit is
 * refused, that a refusal has a text, that answers and events are what the spec says, and
 * that the engine works and can be cleared afterwards.
 *
 * TGT_FUZZ is how many (default 6000; 200000 with TGT_FULL set), TGT_SEED which ones.
 *
 * timeout: 3600
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/rnd.h"
#include "../lib/nlspec.h"

#define MODULES		"tgtcore_probe tgtcore_loop tgtcore_fault tgtcore_ram tgtcore_null"
#define ITEMS		48
#define PAYLOADS	(32 << 10)
#define NR(a)		(sizeof(a) / sizeof(*(a)))
#define SOON_S		10	/* no request waits more than 5 s */
#define NR_REQUESTS	15000	/* in which each operation is granted at least once */
#define SHOWN		8	/* failures, then it gives up */
#define HEAD		(NLMSG_HDRLEN + GENL_HDRLEN)

/* an attribute of a request, and the request */
struct item {
	__u16		type;
	__u32		len;
	char		*data;
};

struct req {
	const struct nlspec_op *op;
	int		mode;
	unsigned int	n;
	struct item	item[ITEMS];
	__u32		used;
	char		payload[PAYLOADS];
};

/* what the answers to one request said */
struct answers {
	const struct nlspec_op *op;
	int		mode;
	unsigned int	n;
	const char	*wrong;
};

static __u64 generation, session;	/* that an answer told of last */
static unsigned long granted[256][NLSPEC_MODES], permitted, refused;

/* Values that meet each other; "name" is looked up as what it is the name of. */
static const struct {
	const char	*attr;
	const char	*words[5];
} vocabulary[] = {
	{ "devices", { "", "", "a=standby" } },
	{ "targets", { "", "probe:x", "probe:y", "loop:x" } },
	{ "state", { "optimized", "standby", "offline" } },
	{ "device", { "a", "b", "c", "d" } },
	{ "target", { "x", "y" } },
	{ "group", { "g", "h" } },
	{ "fabric", { "probe", "probe", "probe", "probe", "loop" } },
	{ "backend", { "ram", "ram", "null", "fault" } },
	{ "handler", { "engine" } },
	{ "serial", { "s0", "s1", "s2", "s3" } },
	{ "initiator", { "i0", "i1", "i2" } },
	{ "modes", { "", "swp", "d-sense,no-tas", "tst" } },
	{ "ident", { "", "61", "6263" } },
	{ "pr-file", { "/tmp/nl_05.pr" } },
	{ "profile", { "linux", "esxi", "windows", "aix" } },
};

static const char * const options[][2] = {
	{ "zero", "yes" }, { "lower", "a" }, { "release", "yes" }, { "poll-queues", "0" },
	{ "protocol", "0" },
};

/* Not in every request; those that are not here nearly are. */
static const struct {
	const char	*attr;
	unsigned int	one_in;
} rare[] = {
	{ "generation", 8 }, { "option", 3 }, { "serial", 4 }, { "group", 4 }, { "rtpi", 8 },
	{ "handler", 4 }, { "queue-limit", 4 }, { "readonly", 4 }, { "block-size", 4 },
	{ "force", 2 }, { "modes", 8 }, { "ident", 8 }, { "pi", 32 }, { "targets", 2 },
	{ "devices", 4 }, { "pr-file", 64 }, { "type", 2 },
	{ "profile", 2 }, { "registrant", 2 }, { "aptpl", 4 },
};

static unsigned long from_env(const char *name, unsigned long dflt)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 0) : dflt;
}

static void __attribute__((constructor)) setup(void)
{
	/* a name that is no module's costs a modprobe; none is looked for without a program */
	if (system("modprobe -a sd_mod tgtcore " MODULES) ||
	    system("echo > /proc/sys/kernel/modprobe"))
		exit(1);
}

static char *room(struct req *r, __u32 len)
{
	char *p = r->payload + r->used;

	if (r->used + len > PAYLOADS)
		return r->payload;	/* whatever: over what is there */
	r->used += len;
	return p;
}

static struct item *add(struct req *r, __u16 type, const void *data, __u32 len)
{
	struct item *i = &r->item[r->n < ITEMS ? r->n++ : ITEMS - 1];

	i->type = type;
	i->len = len;
	i->data = room(r, len);
	memcpy(i->data, data, len);
	return i;
}

static void add_string(struct req *r, __u16 type, __u32 len)
{
	char text[8192];

	memset(text, 'z', sizeof(text));
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	text[len] = 0;
	add(r, type, text, len + 1);
}

static const char *word(const struct req *r, const struct nlspec_attr *a)
{
	const char *name = strcmp(a->name, "name") ? a->name : r->op->name;
	unsigned int i, n;

	for (i = 0; i < NR(vocabulary); i++) {
		if (strncmp(vocabulary[i].attr, name, strlen(vocabulary[i].attr)))
			continue;
		for (n = 0; n < NR(vocabulary[i].words) && vocabulary[i].words[n]; n++)
			;
		return vocabulary[i].words[rnd(n)];
	}
	return "z";
}

static __u64 number(const struct nlspec_attr *a)
{
	__u64 span = a->max - a->min;

	if (!strcmp(a->name, "size"))
		return MIB << rnd(3);
	if (!strcmp(a->name, "block-size"))
		return rnd(4) ? 512 : 4096;
	if (!strcmp(a->name, "generation"))
		return generation;
	if (!strcmp(a->name, "id"))	/* of a group of ports, or of a session */
		return a->max == 65535 ? 1 + rnd(3) : session;
	if (!strcmp(a->name, "number"))
		return rnd(4);
	return a->min + rnd(span < 1000 ? span + 1 : 1000);
}

static void add_number(struct req *r, const struct nlspec_attr *a, __u64 v)
{
	/* little endian, as all that this runs on */
	add(r, a->nr, &v, a->type == NLSPEC_U8 ? 1 : a->type == NLSPEC_U32 ? 4 : 8);
}

static void add_option(struct req *r, const struct nlspec_attr *a)
{
	const char * const *o = options[rnd(NR(options))];
	struct req *in = calloc(1, sizeof(*in));
	char text[512];
	__u32 at = 0, i;

	for (i = 0; i < 2; i++)
		add(in, a->nest[i].nr, o[i], strlen(o[i]) + 1);
	for (i = 0; i < in->n; i++) {
		struct nlattr nla = { NLA_HDRLEN + in->item[i].len, in->item[i].type };

		memcpy(text + at, &nla, NLA_HDRLEN);
		memset(text + at + NLA_HDRLEN, 0, NLA_ALIGN(in->item[i].len));
		memcpy(text + at + NLA_HDRLEN, in->item[i].data, in->item[i].len);
		at += NLA_ALIGN(nla.nla_len);
	}
	add(r, a->nr | NLA_F_NESTED, text, at);
	free(in);
}

/* A value that is permitted, at an end of what is now and then. */
static void add_value(struct req *r, const struct nlspec_attr *a)
{
	bool edge = !rnd(24), high = rnd(2);
	const char *s;

	switch (a->type) {
	case NLSPEC_STRING:
		s = word(r, a);
		if (edge)
			add_string(r, a->nr, high ? a->max : a->min);
		else
			add(r, a->nr, s, strlen(s) + 1);
		break;
	case NLSPEC_U8:
	case NLSPEC_U32:
	case NLSPEC_U64:
		add_number(r, a, edge ? high ? a->max : a->min : number(a));
		break;
	case NLSPEC_NEST:
		add_option(r, a);
		break;
	default:
		add(r, a->nr, "\0\0\0\0", 4);
	}
}

/* One above the most, or one below the least. */
static void add_too_much(struct req *r, const struct nlspec_attr *a)
{
	bool high = !a->min || rnd(2);

	if (a->type == NLSPEC_STRING)
		add_string(r, a->nr, high ? a->max + 1 : a->min - 1);
	else if (a->type == NLSPEC_NEST)
		add(r, a->nr | NLA_F_NESTED, "\x03\0\0\0", rnd(5));
	else
		add_number(r, a, high ? a->max + 1 : a->min - 1);
}

static bool wanted(const char *attr)
{
	unsigned int i;

	for (i = 0; i < NR(rare); i++)
		if (!strcmp(rare[i].attr, attr))
			return !rnd(rare[i].one_in);
	return rnd(32);
}

static void permitted_request(struct req *r)
{
	unsigned int nr_ops;
	const __u16 *a;

	for (nr_ops = 0; nlspec_ops[nr_ops].name; nr_ops++)
		;
	r->n = 0;
	r->used = 0;
	do {
		r->op = &nlspec_ops[rnd(nr_ops)];
		r->mode = rnd(2) ? NLSPEC_DUMP : NLSPEC_DO;
	} while (!r->op->mode[r->mode].exists);
	for (a = r->op->mode[r->mode].request; *a; a++) {
		const struct nlspec_attr *spec = nlspec_attr(r->op->set, *a);

		if (wanted(spec->name))
			add_value(r, spec);
	}
}

/* Some attribute of the operation's set, whether it has its place in the request or not. */
static const struct nlspec_attr *any_attr(const struct req *r)
{
	unsigned int n;

	for (n = 0; r->op->set[n].name; n++)
		;
	return &r->op->set[rnd(n)];
}

static void mutate_item(struct req *r, struct item *i)
{
	const struct nlspec_attr *a = nlspec_attr(r->op->set, i->type & NLA_TYPE_MASK);
	__u32 more;

	switch (rnd(8)) {
	case 0:		/* longer */
		more = 1 + rnd(8);
		i->data = memcpy(room(r, i->len + more), i->data, i->len);
		while (more--)
			i->data[i->len++] = rnd(2) ? 0 : rnd(256);
		break;
	case 1:		/* shorter, or empty */
		i->len = rnd(4) ? rnd(i->len + 1) : 0;
		break;
	case 2:		/* an empty string */
		i->len = 1;
		i->data = room(r, 1);
		i->data[0] = 0;
		break;
	case 3:		/* another type */
		i->type = rnd(2) ? any_attr(r)->nr : rnd(64);
		break;
	case 4:		/* a nest, or none; another order of bytes */
		i->type ^= rnd(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 5:		/* garbage in its place */
		for (more = 0; more < i->len; more++)
			if (rnd(2))
				i->data[more] = rnd(256);
		break;
	case 6:		/* missing */
		*i = r->item[--r->n];
		break;
	default:	/* beyond a limit */
		if (a) {
			add_too_much(r, a);
			*i = r->item[--r->n];
		}
	}
}

static void mutate(struct req *r)
{
	struct item *i = r->n ? &r->item[rnd(r->n)] : NULL;
	const struct nlspec_attr *a;
	__u16 last;

	switch (rnd(6)) {
	case 0:		/* twice */
		if (i)
			add(r, i->type, i->data, i->len);
		break;
	case 1:		/* known, but perhaps not here */
		a = any_attr(r);
		add_value(r, a);
		break;
	case 2:		/* unknown */
		for (last = 0; r->op->set[last].name; last++)
			;
		add(r, rnd(2) ? last + 1 + rnd(16) : rnd(NLA_TYPE_MASK + 1), "\0\0\0\0", 4);
		break;
	default:
		if (i)
			mutate_item(r, i);
	}
}

static __u32 encode(struct nl *nl, const struct req *r, char *buf)
{
	__u32 len = nl_build(nl, buf, r->op->cmd, r->mode == NLSPEC_DUMP ? NLM_F_DUMP : 0, NULL);
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		struct nlattr nla = { NLA_HDRLEN + r->item[i].len, r->item[i].type };

		memset(buf + len, 0, NLA_ALIGN(nla.nla_len));
		memcpy(buf + len, &nla, NLA_HDRLEN);
		memcpy(buf + len + NLA_HDRLEN, r->item[i].data, r->item[i].len);
		len += NLA_ALIGN(nla.nla_len);
	}
	return len;
}

/* Of the message as a whole. */
static __u32 mutate_bytes(char *buf, __u32 len)
{
	struct nlmsghdr *h = (void *)buf;
	struct genlmsghdr *g = NLMSG_DATA(h);
	__u32 n;

	switch (rnd(8)) {
	case 0:
		g->reserved = 1 << rnd(16);
		break;
	case 1:
		h->nlmsg_flags |= 1 << rnd(16);
		break;
	case 2:		/* do for dump */
		h->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 3:
		g->version = rnd(256);
		break;
	case 4:		/* another command with attributes of this */
		g->cmd = rnd(40);
		break;
	case 5:		/* cut */
		len = NLMSG_HDRLEN + rnd(len - NLMSG_HDRLEN + 1);
		break;
	case 6:		/* one thing more */
		for (n = 1 + rnd(12); n; n--)
			buf[len++] = rnd(2) ? 0 : rnd(256);
		break;
	default:	/* a bit anywhere behind the headers */
		if (len > HEAD)
			buf[HEAD + rnd(len - HEAD)] ^= 1 << rnd(8);
	}
	return len;
}

static __u32 next_request(struct nl *nl, struct req *r, char *buf)
{
	bool odd = rnd(3);
	unsigned int n;
	__u32 len;

	permitted_request(r);
	if (odd)
		for (n = rnd(4); n; n--)
			mutate(r);
	len = encode(nl, r, buf);
	if (odd && !rnd(3))
		len = mutate_bytes(buf, len);
	((struct nlmsghdr *)buf)->nlmsg_len = len;
	return len;
}

/* A file or block device must not be made by chance: those names do not survive. */
static bool harmless(const char *buf, __u32 len)
{
	return !memmem(buf, len, "file", 4) && !memmem(buf, len, "blk", 3);
}

static __u16 named(const struct nlspec_attr *set, const char *name)
{
	for (; set->name; set++)
		if (!strcmp(set->name, name))
			return set->nr;
	return 0;
}

static int one_answer(const struct nl_msg *m, void *data)
{
	struct answers *got = data;
	__u64 v;

	got->n++;
	if (!got->op || got->wrong)
		return 0;
	got->wrong = nlspec_judge_reply(got->op, got->mode, m);
	v = nl_u64(m, named(got->op->set, "generation"));
	if (v != ~0ULL)
		generation = v;
	if (!strncmp(got->op->name, "session", 7))
		session = nl_u64(m, named(got->op->set, "id"));
	return 0;
}

static bool sane(int err)
{
	static const int may[] = {
		ENOENT, EEXIST, EBUSY, EINVAL, ERANGE, EOPNOTSUPP, EAGAIN, EFBIG, ENOSPC,
	};
	unsigned int i;

	for (i = 0; i < NR(may); i++)
		if (err == -may[i])
			return true;
	return false;
}

/* What is wrong with the outcome of a request, or NULL. */
static const char *judge(const struct nl *nl, const char *buf, __u32 len, int err,
			 const struct answers *got)
{
	bool silent;
	const char *why = nlspec_judge(buf, len, &silent);

	if (!why)
		permitted++;
	if (err) {
		refused++;
		if (!sane(err))
			return "no errno that a request can have";
		return !silent && (!nl->text[0] || nl->text[0] == ' ') ? "no text" : NULL;
	}
	if (why)
		return why;
	if (got->wrong)
		return got->wrong;
	if (got->mode == NLSPEC_DO && got->n != !!*got->op->mode[NLSPEC_DO].reply)
		return "not one answer, or one too many";
	granted[got->op->cmd][got->mode]++;
	return NULL;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* What is wrong with the events so far, or NULL. */
static const char *events(struct __test_metadata *_metadata, struct nl *ear)
{
	const struct nlspec_op *op;
	const char *wrong;
	struct nl_msg m;
	int err;

	for (;;) {
		err = nl_event(ear, &m, 0);
		if (err)
			return err == -EAGAIN ? NULL : "events are lost";
		op = nlspec_op(m.cmd);
		if (!op || !op->mode[NLSPEC_EVENT].exists)
			return "an unknown event";
		wrong = nlspec_judge_reply(op, NLSPEC_EVENT, &m);
		if (wrong) {
			TH_LOG("event %s", op->name);
			return wrong;
		}
		granted[m.cmd][NLSPEC_EVENT]++;
	}
}

/* Sends one and takes what comes back; what is wrong with that, or NULL. */
static const char *request(struct nl *nl, const char *buf, __u32 len, int *err)
{
	const struct nlmsghdr *h = (const void *)buf;
	const struct genlmsghdr *g = NLMSG_DATA(h);
	struct answers got = { .op = len >= HEAD ? nlspec_op(g->cmd) : NULL };
	double begun = now();
	const char *wrong;
	char more[64];

	got.mode = (h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? NLSPEC_DUMP : NLSPEC_DO;
	nl->text[0] = 0;
	*err = nl_send(nl, buf, len);
	if (*err)
		return "it cannot be sent";
	*err = nl_continue_dump(nl, one_answer, &got);
	if (*err == -ETIMEDOUT)
		return "no answer";
	wrong = judge(nl, buf, len, *err, &got);
	if (wrong)
		return wrong;
	if (now() - begun > SOON_S * from_env("TGT_SLOW", 1))
		return "an answer that is late";
	return recv(nl->fd, more, sizeof(more), MSG_DONTWAIT) < 0 ? NULL : "a second answer";
}

static void show(struct __test_metadata *_metadata, const char *buf, __u32 len)
{
	char line[3 * 32 + 1];
	__u32 i;

	for (i = 0; i < len && i < 256; i++) {
		sprintf(line + i % 32 * 3, "%02x ", (unsigned char)buf[i]);
		if (i % 32 == 31 || i + 1 == len)
			TH_LOG("  %s", line);
	}
}

/* A device can be made and taken away, which others of its kind do not hinder. */
static bool usable(struct nl *nl)
{
	const struct nl_arg *name = ARGS(STR(D(NAME), "after"));

	return !nl_do(nl, TGTCORE_CMD_DEVICE_CREATE,
		      ARGS(STR(D(NAME), "after"), STR(D(BACKEND), "ram"), U64(D(SIZE), MIB))) &&
	       !nl_do(nl, TGTCORE_CMD_DEVICE_GET, name) &&
	       !nl_do(nl, TGTCORE_CMD_DEVICE_DELETE, name);
}

static int count(const struct nl_msg *m, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

FIXTURE(spec) {
	struct nl nl;
	struct nl ear;
};

FIXTURE_SETUP(spec)
{
	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_open(&self->ear));
	ASSERT_EQ(0, nl_listen(&self->ear));
	generation = nl_generation(&self->nl);
}

FIXTURE_TEARDOWN(spec)
{
	nl_close(&self->nl);
	nl_close(&self->ear);
	if (system("tgtctl clear"))
		TH_LOG("tgtctl clear failed");
}

/* Each operation was granted and each event seen, else little is known of it. */
static void check_counts(struct __test_metadata *_metadata)
{
	static const char modes[][8] = { "do", "dump", "event" };
	const struct nlspec_op *op;
	int mode;

	for (op = nlspec_ops; op->name; op++) {
		for (mode = 0; mode < NLSPEC_MODES; mode++) {
			if (!op->mode[mode].exists)
				continue;
			/* no command hangs here, so nothing is ever fenced */
			if (op->cmd == TGTCORE_CMD_DEVICE_ABANDON)
				continue;
			EXPECT_LT(0, granted[op->cmd][mode]) {
				TH_LOG("never: %s of %s", modes[mode], op->name);
			}
		}
	}
}

TEST_F_TIMEOUT(spec, requests, 3000)
{
	unsigned long n = from_env("TGT_FUZZ", getenv("TGT_FULL") ? 200000 : NR_REQUESTS), i;
	struct req *r = calloc(1, sizeof(*r));
	char *buf = calloc(1, NL_BUF);
	unsigned int failures = 0;
	const char *wrong;
	__u32 len;
	int err;

	rng = from_env("TGT_SEED", 1);
	for (i = 0; i < n && failures < SHOWN; i++) {
		len = next_request(&self->nl, r, buf);
		if (!harmless(buf, len))
			continue;
		wrong = request(&self->nl, buf, len, &err) ?: events(_metadata, &self->ear);
		EXPECT_EQ(NULL, wrong) {
			failures++;
			TH_LOG("request %lu, %s %s: %s; errno %d, text \"%s\"", i, r->op->name,
			       r->mode == NLSPEC_DUMP ? "dump" : "do", wrong, err,
			       self->nl.text);
			show(_metadata, buf, len);
		}
		if (i % 1024 == 0)
			ASSERT_TRUE(usable(&self->nl));
	}
	TH_LOG("%lu requests, %lu of them permitted; %lu refused", i, permitted, refused);
	if (n >= NR_REQUESTS)
		check_counts(_metadata);
	free(buf);
	free(r);
}

/* All that is left can be taken away, and then the modules. */
TEST_F_TIMEOUT(spec, afterwards, 120)
{
	const struct nlspec_op *op;
	unsigned int left;

	EXPECT_EQ(0, system("tgtctl clear && rm -f /tmp/nl_05.pr"));
	for (op = nlspec_ops; op->name; op++) {
		if (!op->mode[NLSPEC_DUMP].exists || op->cmd == TGTCORE_CMD_RECENT_GET)
			continue;
		left = 0;
		EXPECT_EQ(0, nl_dump(&self->nl, op->cmd, NULL, count, &left));
		EXPECT_EQ(0, left)
			TH_LOG("%s finds %u", op->name, left);
	}
	EXPECT_TRUE(usable(&self->nl));
	EXPECT_EQ(0, system("tgtctl clear"));
	EXPECT_EQ(0, system("modprobe -r " MODULES));
	EXPECT_EQ(0, system("echo /sbin/modprobe > /proc/sys/kernel/modprobe"));
}

TEST_HARNESS_MAIN
