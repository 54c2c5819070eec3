// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: COMPARE AND WRITE (SBC-4 5.3), and EXTENDED COPY to a part of a block, with plain
 * writes of the same blocks; this test will check that no write gets between their read and their
 * write, whichever of the two began first, and that none is lost with both at work on one block.
 *
 * TGT_SECONDS is how long (default 3).
 * timeout: 90
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"
#include "../lib/xcopy.h"

PROBE_CONFIG("device create g_ram backend=ram size=16M atomic=yes",
	     "device create g_low backend=ram size=16M",
	     "device create g_slow backend=fault lower=g_low",
	     "target create probe:p",
	     "lun create probe:p 0 device=g_ram",
	     "lun create probe:p 1 device=g_slow")

#define RAM		0
#define SLOW		1
#define BLOCK		512
#define MISCOMPARE	SENSE(0xe, 0x1d, 0x00)
#define COMPARE_WRITE(lba, n)	CDB(0x89, 0, BE64(lba), 0, 0, 0, n, 0, 0)
#define ORWRITE(lba, n)		CDB(0x8b, 0, BE64(lba), BE32(n), 0, 0)
#define WRITE_ATOMIC(lba, n)	CDB(0x9c, 0, BE64(lba), BE16(0), BE16(n), 0, 0)
#define RULES(text)	ASSERT_EQ(0, tgtctl("device set g_slow rules=clear " text))

FIXTURE(guard) {
	struct nexus a;
	struct nexus b;
	struct list l;
};

FIXTURE_SETUP(guard)
{
	static const __u8 zero[8 * BLOCK];
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->a, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->b, "p", "init-b"));
	for (lun = 0; lun < 2; lun++) {
		ASSERT_EQ(0, probe_ready(&self->a, lun));
		ASSERT_EQ(0, probe_ready(&self->b, lun));
		EXPECT_CMD(&self->a, 0, LUN(lun), WRITE10(0, 8), DATA_OUT(zero, sizeof(zero)));
	}
}

FIXTURE_TEARDOWN(guard)
{
	EXPECT_EQ(0, tgtctl("device set g_slow rules=clear"));
	probe_close(&self->a);
	probe_close(&self->b);
}

static __u8 first_byte(struct nexus *n, unsigned int lun, unsigned int lba)
{
	__u8 got[BLOCK] = { };
	struct io io = { LUN(lun), READ10(lba, 1), DATA_IN(got, BLOCK) };

	return probe_outcome(n, &io) ? 0xff : got[0];
}

/* It has read, and its own write of 8 blocks takes long; the other one, of block 3, does not. */
static void write_during(struct __test_metadata *_metadata, struct nexus *a, struct nexus *b,
			 struct io *slow, __u8 with)
{
	static __u8 w[BLOCK];
	struct io wr = { LUN(SLOW), WRITE10(3, 1), DATA_OUT(w, sizeof(w)) };

	memset(w, with, sizeof(w));
	RULES("rule=delay,ms=400,op=write,count=1");
	ASSERT_EQ(0, probe_send(a, slow));
	usleep(150000);
	EXPECT_OUTCOME(b, wr, 0);
	ASSERT_EQ(0, probe_reap(a, slow->id, &slow->r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(0, slow->r.status);
	EXPECT_EQ(with, first_byte(a, SLOW, 3));
}

TEST_F(guard, a_write_that_comes_later)
{
	static __u8 both[2 * 8 * BLOCK];
	struct io caw = { LUN(SLOW), COMPARE_WRITE(0, 8), DATA_OUT(both, sizeof(both)) };

	memset(both + sizeof(both) / 2, 0xaa, sizeof(both) / 2);
	write_during(_metadata, &self->a, &self->b, &caw, 0xbb);
	EXPECT_EQ(0xaa, first_byte(&self->a, SLOW, 2));
}

/* What the write has put there is not what had been there before. */
TEST_F(guard, a_write_during_orwrite)
{
	static __u8 or[8 * BLOCK];
	struct io orw = { LUN(SLOW), ORWRITE(0, 8), DATA_OUT(or, sizeof(or)) };

	memset(or, 0x0f, sizeof(or));
	write_during(_metadata, &self->a, &self->b, &orw, 0xb0);
	EXPECT_EQ(0x0f, first_byte(&self->a, SLOW, 2));
}

/*
 * A write is on its way when it begins, and lands before it would have written. Whichever of the
 * two is the first, what is written is there at the end.
 */
TEST_F(guard, a_write_that_is_on_its_way)
{
	static __u8 both[2 * 8 * BLOCK], w[BLOCK];
	struct io caw = { LUN(SLOW), COMPARE_WRITE(0, 8), DATA_OUT(both, sizeof(both)) };
	struct io wr = { LUN(SLOW), WRITE10(0, 1), DATA_OUT(w, sizeof(w)) };
	int said;

	memset(both + sizeof(both) / 2, 0xaa, sizeof(both) / 2);
	memset(w, 0xbb, sizeof(w));
	RULES("rule=delay,ms=600,op=write,lba=7-7 rule=delay,ms=300,op=write,lba=0-0");
	ASSERT_EQ(0, probe_send(&self->b, &wr));
	usleep(100000);
	said = probe_outcome(&self->a, &caw);
	ASSERT_EQ(0, probe_reap(&self->b, wr.id, &wr.r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(0, wr.r.status);
	EXPECT_TRUE(said == 0 || said == MISCOMPARE);
	EXPECT_EQ(0xbb, first_byte(&self->a, SLOW, 0));
	EXPECT_EQ(said ? 0 : 0xaa, first_byte(&self->a, SLOW, 7));
}

/* ---- parts of blocks ---------------------------------------------------------------------- */

/* @len bytes of blocks that hold 0xcc, of logical unit RAM, to byte 256 of block @to of another. */
static void copy_list(struct __test_metadata *_metadata, struct nexus *n, struct list *l,
		      unsigned int lun, __u32 len, __u64 to)
{
	static __u8 cc[16 * BLOCK];
	__u8 naa[8];

	memset(cc, 0xcc, sizeof(cc));
	EXPECT_CMD(n, 0, LUN(RAM), WRITE10(100, 16), DATA_OUT(cc, sizeof(cc)));
	begin(l, 0, 2);
	ASSERT_EQ(0, naa_of(n, RAM, naa));
	cscd(l, naa, BLOCK);
	ASSERT_EQ(0, naa_of(n, lun, naa));
	cscd(l, naa, BLOCK);
	bytes(l, len, 100, 0, to, 256);
}

#define COPY(at, l)	{ LUN(at), XCOPY(0, (l).len), DATA_OUT((l).b, (l).len) }

/* Sent to the source, it visits the destination; sent to that, it is at home. */
TEST_F(guard, a_write_during_a_copy)
{
	unsigned int at;

	copy_list(_metadata, &self->a, &self->l, SLOW, BLOCK - 256, 3);
	for (at = RAM; at <= SLOW; at++) {
		struct io copy = COPY(at, self->l);

		write_during(_metadata, &self->a, &self->b, &copy, 0xb0 + at);
	}
}

TEST_F(guard, a_write_that_is_on_its_way_when_a_copy_begins)
{
	static __u8 w[BLOCK], got[BLOCK];
	struct io copy, wr = { LUN(SLOW), WRITE10(0, 1), DATA_OUT(w, sizeof(w)) };

	memset(w, 0xbb, sizeof(w));
	copy_list(_metadata, &self->a, &self->l, SLOW, 7 * BLOCK, 0);
	copy = (struct io)COPY(RAM, self->l);
	RULES("rule=delay,ms=600,op=write,lba=7-7 rule=delay,ms=300,op=write,lba=0-0");
	ASSERT_EQ(0, probe_send(&self->b, &wr));
	usleep(100000);
	EXPECT_OUTCOME(&self->a, copy, 0);
	ASSERT_EQ(0, probe_reap(&self->b, wr.id, &wr.r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(0, wr.r.status);
	EXPECT_CMD(&self->a, 0, LUN(SLOW), READ10(0, 1), DATA_IN(got, BLOCK));
	EXPECT_EQ(0xbb, got[255]);
	EXPECT_EQ(0xcc, first_byte(&self->a, SLOW, 1));
}

/* What is in its way does not go: the destination is busy (SPC-5 5.18.7.4). */
TEST_F(guard, a_write_that_does_not_end)
{
	struct io copy, wr = { };

	copy_list(_metadata, &self->a, &self->l, SLOW, 256, 3);
	copy = (struct io)COPY(RAM, self->l);
	ASSERT_EQ(0, probe_hold(&self->b, &wr, SLOW, 3, 78, TGTPROBE_DEFER));
	EXPECT_OUTCOME(&self->a, copy, SENSE(0xa, 0x0d, 0x01));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, ABORT_TASK, SLOW, 78));
	EXPECT_OUTCOME(&self->a, copy, 0);
}

/* A write that waits for its data is taken back: what waits for it goes on. */
TEST_F(guard, a_write_that_is_aborted)
{
	static __u8 both[2 * 8 * BLOCK];
	struct io caw = { LUN(RAM), COMPARE_WRITE(0, 8), DATA_OUT(both, sizeof(both)) };
	struct io wr = { };

	ASSERT_EQ(0, probe_hold(&self->b, &wr, RAM, 3, 77, TGTPROBE_DEFER));
	ASSERT_EQ(0, probe_send(&self->a, &caw));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->b, ABORT_TASK, RAM, 77));
	ASSERT_EQ(0, probe_reap(&self->a, caw.id, &caw.r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(0, caw.r.status);
}

/* Neither is in the way of the other when nothing is at work there. */
TEST_F(guard, atomic_writes_go_on)
{
	static __u8 both[2 * BLOCK], w[4096];
	unsigned int i;

	for (i = 0; i < 20; i++) {
		EXPECT_CMD(&self->a, 0, LUN(RAM), COMPARE_WRITE(64 * i, 1),
			   DATA_OUT(both, sizeof(both)));
		EXPECT_CMD(&self->b, 0, LUN(RAM), WRITE_ATOMIC(64 * i, 8),
			   DATA_OUT(w, sizeof(w)));
	}
}

/* ---- both at work ------------------------------------------------------------------------- */

/* A block: who wrote it, and the last plain write that is known to be part of it. */
struct mark {
	__u32	count;
	__u32	consumed;
};

struct marker {
	struct nexus	*n;
	const struct list *list;
	volatile int	stop;
	unsigned int	good;
	unsigned int	bad;
};

/* Counts in block 0 by COMPARE AND WRITE, and carries on what it finds there. */
static void *count(void *arg)
{
	struct marker *m = arg;
	__u8 both[2 * BLOCK];
	struct mark now;
	int said;

	while (!m->stop) {
		struct io rd = { LUN(RAM), READ10(0, 1), DATA_IN(both, BLOCK) };
		struct io caw = { LUN(RAM), COMPARE_WRITE(0, 1), DATA_OUT(both, sizeof(both)) };

		if (probe_outcome(m->n, &rd)) {
			m->bad++;
			continue;
		}
		memcpy(&now, both, sizeof(now));
		now.count++;
		memset(both + BLOCK, 0, BLOCK);
		memcpy(both + BLOCK, &now, sizeof(now));
		said = probe_outcome(m->n, &caw);
		m->good += !said;
		m->bad += said && said != MISCOMPARE;
	}
	return NULL;
}

/* Copies to the second half of block 0, again and again. */
static void *copy_halves(void *arg)
{
	struct marker *m = arg;
	struct io io;

	while (!m->stop) {
		if (run(m->n, m->list, &io))
			m->bad++;
		else
			m->good++;
	}
	return NULL;
}

/* What is written is there after it, or what the other one has made of it. */
static void no_write_is_lost(struct __test_metadata *_metadata, struct nexus *b,
			     struct marker *m, void *(*other)(void *arg))
{
	const char *env = getenv("TGT_SECONDS");
	time_t end = time(NULL) + (env ? atoi(env) : 3);
	unsigned int lost = 0, writes = 0;
	struct mark mark = { };
	__u8 block[BLOCK] = { };
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, other, m));
	while (time(NULL) < end) {
		struct io wr = { LUN(RAM), WRITE10(0, 1), DATA_OUT(block, BLOCK) };
		struct io rd = { LUN(RAM), READ10(0, 1), DATA_IN(block, BLOCK) };

		mark.consumed = ++writes;
		memcpy(block, &mark, sizeof(mark));
		EXPECT_GOOD(b, wr);
		EXPECT_GOOD(b, rd);
		memcpy(&mark, block, sizeof(mark));
		lost += mark.consumed < writes;
	}
	m->stop = 1;
	pthread_join(t, NULL);
	TH_LOG("%u writes, %u commands of the other; %u lost", writes, m->good, lost);
	EXPECT_EQ(0, lost);
	EXPECT_EQ(0, m->bad);
	EXPECT_GT(m->good, 0);
}

TEST_F(guard, no_write_is_lost_to_compare_and_write)
{
	struct marker m = { .n = &self->a };

	no_write_is_lost(_metadata, &self->b, &m, count);
}

TEST_F(guard, no_write_is_lost_to_copies)
{
	struct marker m = { .n = &self->a, .list = &self->l };

	copy_list(_metadata, &self->a, &self->l, RAM, 256, 0);
	no_write_is_lost(_metadata, &self->b, &m, copy_halves);
}

TEST_HARNESS_MAIN
