// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: the last commands of a LUN; this test will check, against what was sent, that they
 * are told whole and in order, that those in flight and those of sessions that are gone are
 * there too, and that neither I/O nor the end of the LUN disturbs a dump.
 *
 * timeout: 180
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/nl.h"
#include "../lib/probe.h"

#define R(x)		TGTCORE_A_RECENT_##x
#define KEPT		16	/* commands a CPU remembers of one session */
#define MAX		4096
#define BLOCKS		32768	/* of the device: 16 MiB */

PROBE_CONFIG("device create d backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=d",
	     "lun create probe:p 1 device=d")

/* One command as it was told. */
struct seen {
	__u8		cdb[16];
	__u32		cdb_len;
	__u64		session, stage, time, age, latency, status, sense;
};

/* What a dump told. */
struct list {
	struct nl	nl;
	int		nr;
	struct seen	s[MAX];
};

/*
 * Entries are sorted by local_clock(). Where the TSC is not stable those of two CPUs differ by up
 * to a tick, so what went before on another CPU has to be longer ago.
 */
static void pin(int cpu)
{
	cpu_set_t set;

	usleep(10000);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

FIXTURE(recent) {
	struct list l;
	struct nexus n;
	__u8 buf[65536];
};

FIXTURE_SETUP(recent)
{
	pin(0);
	ASSERT_EQ(0, tgtctl("lun create probe:p 7 device=d"));
	ASSERT_EQ(0, nl_open(&self->l.nl));
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, 7));
}

FIXTURE_TEARDOWN(recent)
{
	probe_close(&self->n);
	nl_close(&self->l.nl);
	tgtctl("lun delete probe:p 7");
}

static int take(const struct nl_msg *m, void *data)
{
	struct list *l = data;
	struct seen *s = &l->s[l->nr++];
	const struct nlattr *cdb = nl_attr(m, R(CDB));

	if (l->nr > MAX || !cdb || m->cmd != TGTCORE_CMD_RECENT_GET ||
	    nl_u64(m, R(NUMBER)) != 7 || strcmp(nl_str(m, R(TARGET)) ?: "", "p") ||
	    strcmp(nl_str(m, R(FABRIC)) ?: "", "probe"))
		return -EPROTO;
	memset(s, 0, sizeof(*s));
	s->cdb_len = cdb->nla_len - NLA_HDRLEN;
	if (s->cdb_len > sizeof(s->cdb))
		return -EPROTO;
	memcpy(s->cdb, (const char *)cdb + NLA_HDRLEN, s->cdb_len);
	s->session = nl_u64(m, R(SESSION));
	s->stage = nl_u64(m, R(STAGE));
	s->time = nl_u64(m, R(TIME_NS));
	s->age = nl_u64(m, R(AGE_NS));
	s->latency = nl_u64(m, R(LATENCY_NS));
	s->status = nl_u64(m, R(STATUS));
	s->sense = nl_attr(m, R(SENSE)) ? nl_u64(m, R(SENSE)) : 0;
	return 0;
}

#define LUN7	ARGS(STR(R(FABRIC), "probe"), STR(R(TARGET), "p"), U32(R(NUMBER), 7))

static int dump(struct list *l)
{
	l->nr = 0;
	return nl_dump(&l->nl, TGTCORE_CMD_RECENT_GET, LUN7, take, l);
}

static int read_at(struct nexus *n, __u32 lba, void *buf)
{
	struct io io = { LUN(7), READ10(lba, 1), DATA_IN(buf, 512) };

	return probe_outcome(n, &io);
}

static __u32 lba_of(const struct seen *s)
{
	return get_be32(s->cdb + 2);
}

/* An entry is the command that was sent, and ended as that did. */
#define EXPECT_SEEN(s, io) do {							\
	EXPECT_EQ((io).cdb_len > 16 ? 16 : (io).cdb_len, (s).cdb_len);		\
	EXPECT_EQ(0, memcmp((s).cdb, (io).cdb, (s).cdb_len))			\
		TH_LOG("CDB %02x seen, %02x sent", (s).cdb[0], *(const __u8 *)(io).cdb);	\
	EXPECT_EQ(TGTCORE_RECENT_ENDED, (s).stage);				\
	EXPECT_EQ((io).r.status, (s).status);					\
	EXPECT_EQ((io).r.status == CHECK_CONDITION ? probe_sense(&(io).r) : 0, (int)(s).sense);	\
	EXPECT_LE((s).latency, (s).age);					\
} while (0)

TEST_F(recent, what_was_sent)
{
	struct io io[] = {
		{ LUN(7), TUR },
		{ LUN(7), INQUIRY(36), DATA_IN(self->buf, 36) },
		{ LUN(7), WRITE10(5, 8), DATA_OUT(self->buf, 4096) },
		{ LUN(7), READ10(5, 8), DATA_IN(self->buf, 4096) },
		{ LUN(7), READ16(BLOCKS, 1), DATA_IN(self->buf, 512) },
		{ LUN(7), READ16(0x300, 2), DATA_IN(self->buf, 1024) },
		{ LUN(7), CDB(0xc1, 1, 2, 3, 4, 5, 6, 7, 8, 9) },
		{ LUN(7), CDB(0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9,
			      10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22) },
	};
	__u64 last = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(io); i++)
		ASSERT_EQ(0, probe_run(&self->n, &io[i]));
	ASSERT_EQ(0, dump(&self->l));
	ASSERT_LE(ARRAY_SIZE(io), (size_t)self->l.nr);
	for (i = 0; i < ARRAY_SIZE(io); i++) {
		const struct seen *s = &self->l.s[self->l.nr - ARRAY_SIZE(io) + i];

		EXPECT_SEEN(*s, io[i]);
		EXPECT_EQ(self->l.s[0].session, s->session);
		EXPECT_LE(last, s->time);
		last = s->time;
	}
	/* none of another LUN */
	EXPECT_LE(self->l.nr, (int)ARRAY_SIZE(io) + 8);
}

TEST_F(recent, the_ring_wraps)
{
	int i;

	for (i = 0; i < 5 * KEPT + 3; i++)
		ASSERT_EQ(0, read_at(&self->n, 100 + i, self->buf));
	ASSERT_EQ(0, dump(&self->l));
	ASSERT_LE(KEPT, self->l.nr);
	for (i = 0; i < KEPT; i++)
		EXPECT_EQ(100 + 4 * KEPT + 3 + i, (int)lba_of(&self->l.s[self->l.nr - KEPT + i]));
}

/* What two CPUs recorded, in the one order in which it happened. */
TEST_F(recent, two_cpus)
{
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU");
	for (i = 0; i < 2 * KEPT; i++) {
		pin(i % 2);
		ASSERT_EQ(0, read_at(&self->n, 500 + i, self->buf));
	}
	ASSERT_EQ(0, dump(&self->l));
	ASSERT_EQ(2 * KEPT, self->l.nr);
	for (i = 0; i < 2 * KEPT; i++)
		EXPECT_EQ(500 + i, (int)lba_of(&self->l.s[i]));
}

static const struct seen *in_flight(const struct list *l)
{
	const struct seen *s = &l->s[l->nr - 1];

	return l->nr && s->stage != TGTCORE_RECENT_ENDED ? s : NULL;
}

TEST_F(recent, in_flight)
{
	struct io io = { LUN(7), WRITE10(0x1234, 1), DATA_OUT(self->buf, 512),
			 .flags = TGTPROBE_DEFER | TGTPROBE_STUBBORN };
	struct tgtprobe_state st;
	const struct seen *s;
	__u64 age;
	int tmf;

	ASSERT_EQ(0, probe_send(&self->n, &io));
	ASSERT_EQ(0, dump(&self->l));
	s = in_flight(&self->l);
	ASSERT_TRUE(s);
	EXPECT_EQ(TGTCORE_RECENT_ACTIVE, s->stage);
	EXPECT_EQ(10, s->cdb_len);
	EXPECT_EQ(0, memcmp(s->cdb, io.cdb, 10));
	EXPECT_EQ(~0ULL, s->latency);
	EXPECT_EQ(~0ULL, s->status);
	age = s->age;
	usleep(20000);
	ASSERT_EQ(0, dump(&self->l));
	s = in_flight(&self->l);
	ASSERT_TRUE(s);
	EXPECT_LE(age + 20000000, s->age);

	/* a task management function waits for it */
	tmf = probe_tmf_send(&self->n, ABORT_TASK, io.lun, io.tag, io.id);
	ASSERT_LT(0, tmf);
	do {
		ASSERT_EQ(0, probe_state(&self->n, io.id, &st));
	} while (!(st.state & TGTPROBE_S_ABORTED));
	ASSERT_EQ(0, dump(&self->l));
	s = in_flight(&self->l);
	ASSERT_TRUE(s);
	EXPECT_EQ(TGTCORE_RECENT_ABORTING, s->stage);

	ASSERT_EQ(0, probe_data(&self->n, &io, NULL));
	ASSERT_EQ(0, probe_wait(&self->n, &io));
	ASSERT_EQ(0, probe_reap(&self->n, tmf, &io.r, PROBE_TIMEOUT_MS));
	ASSERT_EQ(0, dump(&self->l));
	EXPECT_FALSE(in_flight(&self->l));
	EXPECT_EQ(0x1234, lba_of(&self->l.s[self->l.nr - 1]));
	EXPECT_LE(20000000, self->l.s[self->l.nr - 1].latency);
}

/* A session's last commands are there when it is gone; of all that are gone, the last. */
TEST_F(recent, after_the_fact)
{
	struct nexus b;
	__u64 session;
	int i, round;

	ASSERT_EQ(0, dump(&self->l));
	ASSERT_LT(0, self->l.nr);
	session = self->l.s[0].session;
	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, probe_open(&b, "p", "init-b"));
		ASSERT_EQ(0, probe_ready(&b, 7));
		pin(round % sysconf(_SC_NPROCESSORS_ONLN));
		for (i = 0; i < 9; i++)
			ASSERT_EQ(0, read_at(&b, 1000 * round + i, self->buf));
		probe_close(&b);
	}
	ASSERT_EQ(0, dump(&self->l));
	for (i = 0, round = 0; i < self->l.nr; i++)
		round += self->l.s[i].session != session;
	EXPECT_EQ(KEPT, round);
	for (i = 0; i < 9; i++) {
		EXPECT_EQ(2000 + i, (int)lba_of(&self->l.s[self->l.nr - 9 + i]));
		EXPECT_NE(session, self->l.s[self->l.nr - 9 + i].session);
	}
}

/* Reads of 1 to 7 blocks, as the address says, until killed. */
static void __attribute__((noreturn)) load(int cpu)
{
	static __u8 buf[4096];
	struct nexus n;
	__u32 i;

	pin(cpu);
	if (probe_open(&n, "p", cpu ? "init-1" : "init-0") || probe_ready(&n, 7))
		_exit(1);
	for (i = 0;; i = (i + 1) % 30000) {
		struct io io = { LUN(7), READ10(i, i % 7 + 1), DATA_IN(buf, 512 * (i % 7 + 1)) };

		if (probe_outcome(&n, &io))
			_exit(1);
	}
}

/* Each entry is whole, none is there twice, and each session's are in order. */
TEST_F(recent, beside_io)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int i, j, round, reads = 0, status;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			load(i % cpus);
	}
	for (round = 0; round < 300; round++) {
		ASSERT_EQ(0, dump(&self->l));
		for (i = 0; i < self->l.nr; i++) {
			const struct seen *s = &self->l.s[i], *t = s + 1;

			if (s->cdb[0] != 0x28)
				continue;
			reads++;
			ASSERT_EQ(lba_of(s) % 7 + 1, get_be16(s->cdb + 7));
			if (s->stage != TGTCORE_RECENT_ENDED)
				continue;
			ASSERT_EQ(0, s->status);
			for (j = i + 1; j < self->l.nr && t->session != s->session; j++, t++)
				;
			if (j < self->l.nr && t->cdb[0] == 0x28)
				ASSERT_TRUE(lba_of(t) > lba_of(s) || lba_of(t) < 100)
					TH_LOG("%u, then %u", lba_of(s), lba_of(t));
		}
	}
	EXPECT_LT(1000, reads);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, waitpid(pid[i], &status, WNOHANG));
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
	}
}

/* A dump that takes several messages tells what was there when it began. */
TEST_F(recent, the_lun_goes_meanwhile)
{
	struct nexus b[40];
	int i, j, before;

	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, probe_open(&b[i], "p", "init-b"));
		ASSERT_EQ(0, probe_ready(&b[i], 7));
		for (j = 0; j < KEPT; j++)
			ASSERT_EQ(0, read_at(&b[i], 100 * i + j, self->buf));
	}
	ASSERT_EQ(0, dump(&self->l));
	before = self->l.nr;
	EXPECT_LE(40 * KEPT, before);

	self->l.nr = 0;
	ASSERT_EQ(0, nl_begin_dump(&self->l.nl, TGTCORE_CMD_RECENT_GET, LUN7));
	ASSERT_EQ(0, tgtctl("lun delete probe:p 7"));
	ASSERT_EQ(0, nl_continue_dump(&self->l.nl, take, &self->l));
	EXPECT_EQ(before, self->l.nr);
	EXPECT_EQ(3900 + KEPT - 1, (int)lba_of(&self->l.s[self->l.nr - 1]));
	EXPECT_EQ(-ENOENT, dump(&self->l));
	EXPECT_NE(NULL, strstr(self->l.nl.text, "probe:p has no LUN 7"));
	for (i = 0; i < 40; i++)
		probe_close(&b[i]);

	/* and one that nobody reads to its end */
	ASSERT_EQ(0, tgtctl("lun create probe:p 7 device=d"));
	ASSERT_EQ(0, nl_begin_dump(&self->l.nl, TGTCORE_CMD_RECENT_GET, LUN7));
}

#define EXPECT_REFUSED(err, words, ...) do {					\
	EXPECT_EQ(-(err), nl_dump(&self->l.nl, TGTCORE_CMD_RECENT_GET, ARGS(__VA_ARGS__), NULL,	\
				  NULL));					\
	EXPECT_NE(NULL, strstr(self->l.nl.text, words))				\
		TH_LOG("\"%s\" has no \"%s\"", self->l.nl.text, words);		\
} while (0)

TEST_F(recent, refused)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	EXPECT_REFUSED(EINVAL, "needs fabric, target and number", { });
	EXPECT_REFUSED(EINVAL, "needs fabric, target and number", STR(R(FABRIC), "probe"),
		       STR(R(TARGET), "p"));
	EXPECT_REFUSED(ENOENT, "no target probe:q", STR(R(FABRIC), "probe"), STR(R(TARGET), "q"),
		       U32(R(NUMBER), 0));
	EXPECT_REFUSED(ENOENT, "probe:p has no LUN 3", STR(R(FABRIC), "probe"), STR(R(TARGET), "p"),
		       U32(R(NUMBER), 3));
	EXPECT_REFUSED(ENOENT, "has no group g", STR(R(FABRIC), "probe"), STR(R(TARGET), "p"),
		       STR(R(GROUP), "g"), U32(R(NUMBER), 0));
	EXPECT_REFUSED(ERANGE, "0 to 16383", STR(R(FABRIC), "probe"), STR(R(TARGET), "p"),
		       U32(R(NUMBER), 16384));
	EXPECT_REFUSED(EINVAL, "attribute", STR(R(FABRIC), "probe"),
		       STR(R(TARGET), "p"), U32(R(NUMBER), 0), U64(R(SESSION), 1));

	ASSERT_EQ(0, syscall(SYS_capget, &head, caps));
	caps[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	ASSERT_EQ(0, syscall(SYS_capset, &head, caps));
	EXPECT_EQ(-EPERM, dump(&self->l));
}

TEST_HARNESS_MAIN
