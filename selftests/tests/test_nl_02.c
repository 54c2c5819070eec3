// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: dumps of many objects, undisturbed and while objects come and go; this test
 * will check that what stays is told exactly once, and that a change meanwhile is told too.
 *
 * TGT_SECONDS is for how long four processes change it (default 4), TGT_OBJECTS how many there
 * are (600, which no two messages of the socket hold; at most 1,000).
 *
 * timeout: 600
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/nl.h"

#define MAX_NR	1000

static int nr = 600;

static void __attribute__((constructor)) setup(void)
{
	const char *s = getenv("TGT_OBJECTS");

	if (s)
		nr = atoi(s);
	if (nr < 600 || nr > MAX_NR)
		exit(1);
	if (system("modprobe -a tgtcore tgtcore_null tgtcore_ram tgtcore_probe"))
		exit(1);
}

static int make_device(struct nl *nl, const char *prefix, int i)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%d", prefix, i);
	return nl_do(nl, TGTCORE_CMD_DEVICE_CREATE,
		     ARGS(STR(D(NAME), name), STR(D(BACKEND), "null"), U64(D(SIZE), MIB)));
}

static int delete_device(struct nl *nl, const char *prefix, int i)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%d", prefix, i);
	return nl_do(nl, TGTCORE_CMD_DEVICE_DELETE, ARGS(STR(D(NAME), name), U8(D(FORCE), 1)));
}

/* A LUN of probe:t; nobody scans for it. */
static int make_lun(struct nl *nl, const char *group, unsigned int number, const char *prefix,
		    int i)
{
	struct nl_arg args[6] = { STR(L(FABRIC), "probe"), STR(L(TARGET), "t"),
				  U32(L(NUMBER), number) };
	char name[32];

	snprintf(name, sizeof(name), "%s%d", prefix, i);
	args[3] = (struct nl_arg)STR(L(DEVICE), name);
	if (group)
		args[4] = (struct nl_arg)STR(L(GROUP), group);
	return nl_do(nl, TGTCORE_CMD_LUN_CREATE, args);
}

/* How often each "sN" was told, and whatever else. */
struct seen {
	unsigned int	n[MAX_NR];
	unsigned int	others;
	unsigned int	messages;
	__u32	last_id;
	bool		disorder;
	/* to be done at the first message */
	void		(*then)(void *arg);
	void		*arg;
};

static int see_name(const char *name, struct seen *s)
{
	unsigned int i;

	if (!s->messages++ && s->then)
		s->then(s->arg);
	if (name && sscanf(name, "s%u", &i) == 1 && i < MAX_NR)
		s->n[i]++;
	else
		s->others++;
	return 0;
}

static int see_device(const struct nl_msg *m, void *data)
{
	struct seen *s = data;
	__u32 id = nl_u64(m, D(ID));

	if (s->messages && id <= s->last_id)
		s->disorder = true;
	s->last_id = id;
	return see_name(nl_str(m, D(NAME)), s);
}

static int see_lun(const struct nl_msg *m, void *data)
{
	return see_name(nl_str(m, L(DEVICE)), data);
}

/* Every one of the first @nr, @times each. */
static bool each_once(const struct seen *s, unsigned int nr, unsigned int step,
		      unsigned int times)
{
	unsigned int i;

	for (i = 0; i < nr; i += step)
		if (s->n[i] != times) {
			printf("# s%u was told %u times, not %u\n", i, s->n[i], times);
			return false;
		}
	return true;
}

FIXTURE(dump) {
	struct nl nl;		/* that dumps */
	struct nl other;	/* that changes */
};

FIXTURE_SETUP(dump)
{
	int i;

	ASSERT_EQ(0, nl_open(&self->nl));
	ASSERT_EQ(0, nl_open(&self->other));
	for (i = 0; i < nr; i++)
		ASSERT_EQ(0, make_device(&self->nl, "s", i));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_TARGET_CREATE,
			   ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), "t"))));
}

FIXTURE_TEARDOWN(dump)
{
	if (system("tgtctl clear"))
		TH_LOG("tgtctl clear failed");
	nl_close(&self->nl);
	nl_close(&self->other);
}

TEST_F_TIMEOUT(dump, devices, 60)
{
	struct seen s = { };

	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_DEVICE_GET, NULL, see_device, &s));
	EXPECT_EQ(nr, s.messages);
	EXPECT_FALSE(self->nl.intr);
	EXPECT_FALSE(s.disorder);
	EXPECT_TRUE(each_once(&s, nr, 1, 1));
}

/* Takes every odd device away and makes as many new ones. */
static void shuffle(void *arg)
{
	struct nl *nl = arg;
	int i;

	for (i = 1; i < nr; i += 2)
		if (delete_device(nl, "s", i))
			printf("# delete s%d: %s\n", i, nl->text);
	for (i = 0; i < nr / 2; i++)
		if (make_device(nl, "new", i))
			printf("# create new%d: %s\n", i, nl->text);
}

TEST_F_TIMEOUT(dump, devices_that_come_and_go, 60)
{
	struct seen s = { .then = shuffle, .arg = &self->other };

	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_DEVICE_GET, NULL, see_device, &s));
	EXPECT_TRUE(self->nl.intr);		/* it could not be one picture */
	EXPECT_FALSE(s.disorder);
	EXPECT_TRUE(each_once(&s, nr, 2, 1));
}

/* Takes all devices away, the last ones first. */
static void take_all(void *arg)
{
	struct nl *nl = arg;
	int i;

	for (i = nr - 1; i >= 0; i--)
		if (delete_device(nl, "s", i))
			printf("# delete s%d: %s\n", i, nl->text);
}

/* What was gone before its turn came is missing: no object is left to carry the mark. */
TEST_F_TIMEOUT(dump, devices_that_all_go, 60)
{
	struct seen s = { .then = take_all, .arg = &self->other };

	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_DEVICE_GET, NULL, see_device, &s));
	EXPECT_GT(nr, s.messages);
	EXPECT_TRUE(self->nl.intr);
}

static int see_stat(const struct nl_msg *m, void *data)
{
	const struct nlattr *a = nl_attr(m, TGTCORE_A_STAT_LATENCY);
	struct seen *s = data;

	if (!a || a->nla_len != NLA_HDRLEN + TGTCORE_LAT_BUCKETS * 8)
		s->disorder = true;
	return see_name(nl_str(m, TGTCORE_A_STAT_DEVICE), s);
}

/* All of them in the open map, 10 each in 20 groups; and the same by target. */
TEST_F_TIMEOUT(dump, luns, 60)
{
	const struct nl_arg *elsewhere = ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), "u"));
	const struct nl_arg *here = ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), "t"));
	struct seen all = { }, sel = { }, none = { }, stat = { };
	char group[16];
	int i, g;

	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_TARGET_CREATE,
			   ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), "u"))));
	for (i = 0; i < nr; i++)
		ASSERT_EQ(0, make_lun(&self->nl, NULL, i * 16, "s", i));
	for (g = 0; g < 20; g++) {
		snprintf(group, sizeof(group), "g%d", g);
		ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_CREATE,
				   ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "t"),
					STR(G(NAME), group))));
		for (i = 0; i < 10; i++)
			ASSERT_EQ(0, make_lun(&self->nl, group, 16383 - i, "s", i));
	}
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_LUN_GET, NULL, see_lun, &all));
	EXPECT_EQ(nr + 200, all.messages);
	EXPECT_TRUE(each_once(&all, 10, 1, 21));
	for (i = 10; i < nr; i++)
		EXPECT_EQ(1, all.n[i]);
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_LUN_GET, here, see_lun, &sel));
	EXPECT_EQ(nr + 200, sel.messages);
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_LUN_GET, elsewhere, see_lun, &none));
	EXPECT_EQ(0, none.messages);
	/* statistics: one record a LUN, as there are no sessions */
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_STAT_GET, here, see_stat, &stat));
	EXPECT_EQ(nr + 200, stat.messages);
	EXPECT_FALSE(stat.disorder);
}

TEST_F_TIMEOUT(dump, statistics, 60)
{
	struct seen s = { };
	int i;

	for (i = 0; i < nr; i++)
		ASSERT_EQ(0, make_lun(&self->nl, NULL, i, "s", i));
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_STAT_GET, NULL, see_stat, &s));
	EXPECT_EQ(nr, s.messages);
	EXPECT_FALSE(s.disorder);
	EXPECT_TRUE(each_once(&s, nr, 1, 1));
}

static int see_group(const struct nl_msg *m, void *data)
{
	const char *p = (const char *)m->attrs, *end = p + m->len;
	unsigned int *initiators = data;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		initiators[0] += a->nla_type == G(INITIATOR);
		p += NLA_ALIGN(a->nla_len);
	}
	initiators[1]++;
	return 0;
}

/*
 * A group of many long-named initiators, as a cluster of hosts has. If there is a limit it
 * must be refused before it is made; what was made can be told, and hides nothing else.
 */
TEST_F_TIMEOUT(dump, group_of_many_initiators, 60)
{
	unsigned int counted[2] = { };
	char name[224];
	int i, err = 0;

	memset(name, 'i', 223);
	name[223] = 0;
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_CREATE,
			   ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "t"),
				STR(G(NAME), "many"))));
	ASSERT_EQ(0, nl_do(&self->nl, TGTCORE_CMD_GROUP_CREATE,
			   ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "t"),
				STR(G(NAME), "zlast"))));
	for (i = 0; i < 200 && !err; i++) {
		snprintf(name, 4, "%03d", i);
		name[3] = 'i';
		err = nl_do(&self->nl, TGTCORE_CMD_GROUP_ADD,
			    ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "t"),
				 STR(G(NAME), "many"), STR(G(INITIATOR), name)));
	}
	if (err)
		TH_LOG("the %dth initiator: %d \"%s\"", i, err, self->nl.text);
	EXPECT_NE(-EMSGSIZE, err);
	ASSERT_EQ(0, nl_dump(&self->nl, TGTCORE_CMD_GROUP_GET, NULL, see_group, counted));
	EXPECT_EQ(2, counted[1]);
	EXPECT_EQ(err ? i - 1 : i, counted[0]);
}

/* --- many at once ------------------------------------------------------------------ */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Makes and deletes devices and LUNs of its own; only names of its own can be refused. */
static int churn(int id, double end)
{
	char prefix[8];
	struct nl nl;
	int i, n = 0;

	if (nl_open(&nl))
		return 1;
	snprintf(prefix, sizeof(prefix), "c%d_", id);
	while (now() < end) {
		for (i = 0; i < 16; i++)
			if (make_device(&nl, prefix, n + i) ||
			    make_lun(&nl, NULL, 8000 + 100 * id + i, prefix, n + i)) {
				printf("# churn %d: %s\n", id, nl.text);
				return 2;
			}
		for (i = 0; i < 16; i++)
			if (delete_device(&nl, prefix, n + i))
				return 3;
		/* deleted LUNs leave their numbers when they have drained */
		while (now() < end + 10) {
			struct nl_msg m;

			for (i = 0; i < 16; i++)
				if (!nl_do(&nl, TGTCORE_CMD_LUN_GET,
					   ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), "t"),
						U32(L(NUMBER), 8000 + 100 * id + i))) &&
				    nl_reply(&nl, &m))
					break;
			if (i == 16)
				break;
		}
		n += 16;
	}
	nl_close(&nl);
	return n ? 0 : 4;
}

/* Dumps: what stays is there once, whatever else goes on. */
static int watch(double end)
{
	unsigned int n = 0;
	struct nl nl;

	if (nl_open(&nl))
		return 1;
	for (; now() < end; n++) {
		struct seen d = { }, l = { };

		if (nl_dump(&nl, TGTCORE_CMD_DEVICE_GET, NULL, see_device, &d) ||
		    nl_dump(&nl, TGTCORE_CMD_LUN_GET, NULL, see_lun, &l))
			return 2;
		if (d.disorder || !each_once(&d, nr, 1, 1))
			return 3;
		if (!each_once(&l, 100, 1, 1))
			return 4;
	}
	nl_close(&nl);
	return n ? 0 : 5;
}

TEST_F_TIMEOUT(dump, while_four_change_it, 240)
{
	const char *s = getenv("TGT_SECONDS");
	double end = now() + (s ? atoi(s) : 4);
	pid_t pid[5];
	int i, status;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, make_lun(&self->nl, NULL, i, "s", i));
	for (i = 0; i < 5; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(i < 3 ? churn(i, end) : watch(end));
	}
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
