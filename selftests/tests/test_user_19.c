// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: GET LBA STATUS of disks whose daemons can tell what is mapped, of those that cannot,
 * and without a daemon. This test will be the daemon: answer, answer what is no answer, not answer
 * and go; and compare what tgtcore-file says of a file with holes.
 *
 * timeout: 120
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"
#include "../../tools/libtgtcore/libtgtcore.c"

#define BLOCKS	32768U		/* 16 MiB */
#define NOT_READY	SENSE(2, 0x04, 0x03)
#define ABORTED		SENSE(0xb, 0, 0)

enum { MAP, PLAIN, NATIVE, MEMORY };

PROBE_CONFIG("device create m19 backend=user unmap=yes size=16M policy=reissue timeout=60",
	     "device create m19_plain backend=user size=16M timeout=60",
	     "device create m19_file backend=user service=file size=16M unmap=yes config=/scratch/m19",
	     "device create m19_mem backend=user service=mem unmap=yes size=16M",
	     "target create probe:m19",
	     "lun create probe:m19 0 device=m19",
	     "lun create probe:m19 1 device=m19_plain",
	     "lun create probe:m19 2 device=m19_file",
	     "lun create probe:m19 3 device=m19_mem")

static void __attribute__((destructor)) clean(void)
{
	unlink("/scratch/m19");
}

/* ---- a daemon with one queue, in a thread ------------------------------------------------- */

typedef int (*map_fn)(struct tgtcore *t, unsigned long at, unsigned long *len, void *priv);

static struct daemon {
	struct tgtcore	*t;
	pthread_t	thread;
	int		err;		/* how it ended */
	atomic_uint	asked;
	unsigned long	len;		/* what bad_map() says */
} d;

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	if (req->op > TGTCORE_USER_OP_UNMAP)	/* the library keeps it from us */
		abort();
	tgtcore_done_zero(q, req);
}

/* As tgtcore_open(), of a daemon made before there was TGTCORE_USER_F_MAP. */
static struct tgtcore *open_old(const char *name)
{
	struct tgtcore *t = calloc(1, sizeof(*t));
	char path[64];

	snprintf(path, sizeof(path), "/dev/tgtcore/%s", name);
	t->fd = open(path, O_RDWR | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TGTCORE_USER_INFO, &t->info))
		return NULL;
	t->setup.version = TGTCORE_USER_VERSION;
	t->setup.queues = 1;
	return ioctl(t->fd, TGTCORE_USER_SETUP, &t->setup) || map_queues(t) ? NULL : t;
}

/* Until START nothing is asked of it, and until it turns nothing answered. */
static int start(struct tgtcore *t, map_fn map)
{
	static const struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH, .request = request,
	};

	d = (struct daemon) { .t = t };
	if (!t)
		return -1;
	tgtcore_on_map(t, map);
	return tgtcore_start(t, &params);
}

static void *serve_it(void *unused)
{
	d.err = tgtcore_run(d.t) ? errno : 0;
	return NULL;
}

static int run(struct tgtcore *t, map_fn map)
{
	return start(t, map) ? -1 : pthread_create(&d.thread, NULL, serve_it, NULL);
}

/* Ends it; what it ended with. */
static int ends(void)
{
	tgtcore_stop(d.t);
	pthread_join(d.thread, NULL);
	tgtcore_close(d.t);
	return d.err;
}

/* 0 to 7 mapped, 8 to 23 not, 24 and so on mapped as far as anybody asks. */
static int pattern(struct tgtcore *t, unsigned long at, unsigned long *len, void *priv)
{
	unsigned long lba = at / 512;

	d.asked++;
	*len = 512 * (lba < 8 ? 8 - lba : lba < 24 ? 24 - lba : ~0ULL / 512 - lba);
	return lba < 8 || lba >= 24;
}

static int bad_map(struct tgtcore *t, unsigned long at, unsigned long *len, void *priv)
{
	d.asked++;
	*len = d.len;
	return 1;
}

static int cannot(struct tgtcore *t, unsigned long at, unsigned long *len, void *priv)
{
	d.asked++;
	return -1;
}

/* ---- what initiators are told ------------------------------------------------------------- */

#define STATUS(lba)	CDB(0x9e, 0x12, BE64(lba), BE32(520), 0, 0)

struct run {
	__u32	lba;
	__u32	n;
	__u8	status;
};

FIXTURE(map) {
	struct nexus n;
	__u8 buf[520];
};

FIXTURE_SETUP(map)
{
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->n, "m19", "init"));
	for (lun = MAP; lun <= MEMORY; lun++)
		ASSERT_EQ(0, probe_ready(&self->n, lun));
}

FIXTURE_TEARDOWN(map)
{
	EXPECT_EQ(0, tgtctl("device set m19 policy=reissue timeout=60"));
	probe_close(&self->n);
}

/* Whether the parameter data is @nr of these, the first in blocks from there on. */
static bool tells(const __u8 *buf, const struct run *want, unsigned int nr)
{
	unsigned int i;

	if (get_be32(buf) != 4 + 16 * nr)
		return false;
	for (i = 0, buf += 8; i < nr; i++, buf += 16)
		if (get_be64(buf) != want[i].lba || get_be32(buf + 8) != want[i].n ||
		    buf[12] != want[i].status)
			return false;
	return true;
}

#define EXPECT_RUNS(lun, from, ...) do {						\
	static const struct run _want[] = { __VA_ARGS__ };				\
											\
	memset(self->buf, 0xff, 520);							\
	EXPECT_CMD(&self->n, 0, LUN(lun), STATUS(from), DATA_IN(self->buf, 520));	\
	EXPECT_TRUE(tells(self->buf, _want, ARRAY_SIZE(_want)));			\
} while (0)
#define EXPECT_ALL_MAPPED(lun)	EXPECT_RUNS(lun, 0, { 0, BLOCKS, 0 })

TEST_F(map, told)
{
	static const struct run two[] = { { 20, 4, 1 }, { 24, 6, 0 } };

	ASSERT_EQ(0, run(tgtcore_open("m19", 1), pattern));
	EXPECT_RUNS(MAP, 0, { 0, 8, 0 }, { 8, 16, 1 }, { 24, BLOCKS - 24, 0 });
	EXPECT_EQ(3, d.asked);
	EXPECT_RUNS(MAP, 5, { 5, 3, 0 }, { 8, 16, 1 }, { 24, BLOCKS - 24, 0 });
	EXPECT_RUNS(MAP, BLOCKS - 1, { BLOCKS - 1, 1, 0 });
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(MAP), STATUS(BLOCKS), DATA_IN(self->buf, 520));
	/* GET LBA STATUS (32), ten blocks */
	EXPECT_CMD(&self->n, 0, LUN(MAP),
		   CDB(0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x12, 0, 0, BE64(20), BE32(10), BE32(0),
		       BE32(520)), DATA_IN(self->buf, 520));
	EXPECT_TRUE(tells(self->buf, two, 2));
	EXPECT_EQ(0, ends());
}

/* Who does not know, and who was not made for it: as far as anybody knows all is mapped. */
TEST_F(map, not_known)
{
	EXPECT_ALL_MAPPED(MAP);			/* no daemon: nobody is waited for */
	ASSERT_EQ(0, run(tgtcore_open("m19", 1), cannot));
	EXPECT_ALL_MAPPED(MAP);
	EXPECT_EQ(1, d.asked);
	EXPECT_EQ(0, ends());
	ASSERT_EQ(0, run(tgtcore_open("m19", 1), NULL));
	EXPECT_ALL_MAPPED(MAP);
	EXPECT_EQ(0, ends());
	ASSERT_EQ(0, run(open_old("m19"), pattern));
	EXPECT_ALL_MAPPED(MAP);
	EXPECT_EQ(0, d.asked);
	EXPECT_EQ(0, ends());
	/* a disk that unmaps nothing is all mapped */
	ASSERT_EQ(0, run(tgtcore_open("m19_plain", 1), pattern));
	EXPECT_ALL_MAPPED(PLAIN);
	EXPECT_EQ(0, d.asked);
	EXPECT_EQ(0, ends());
	EXPECT_ALL_MAPPED(MEMORY);
}

/* What is no run of blocks ends the daemon; who comes next is asked. */
TEST_F(map, no_answer)
{
	static const unsigned long lens[] = { 0, 511, 513, ~0ULL };
	struct io io = { LUN(MAP), STATUS(0), DATA_IN(self->buf, 520) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		ASSERT_EQ(0, run(tgtcore_open("m19", 1), bad_map));
		d.len = lens[i];
		ASSERT_EQ(0, probe_send(&self->n, &io));
		pthread_join(d.thread, NULL);
		EXPECT_EQ(EPROTO, d.err);
		EXPECT_EQ(1, d.asked);
		tgtcore_close(d.t);
		ASSERT_EQ(0, run(tgtcore_open("m19", 1), pattern));
		ASSERT_EQ(0, probe_wait(&self->n, &io));
		EXPECT_EQ(GOOD, io.r.status);
		EXPECT_EQ(4 + 16 * 3, get_be32(self->buf));
		EXPECT_EQ(0, ends());
	}
}

/* Asks, and lets go of the daemon that was asked before it has answered. */
static int ask_one_that_goes(struct nexus *n, struct io *io)
{
	unsigned int i;

	if (start(tgtcore_open("m19", 1), pattern) || probe_send(n, io))
		return -1;
	for (i = 0; i < 10000 && !load_acquire(&d.t->queue[0].sq->tail); i++)
		usleep(1000);
	tgtcore_close(d.t);
	return i < 10000 ? 0 : -1;
}

/* It is held as any command of a daemon that is gone; one that cannot tell is not asked. */
TEST_F(map, lost)
{
	struct io io = { LUN(MAP), STATUS(0), DATA_IN(self->buf, 520) };

	ASSERT_EQ(0, ask_one_that_goes(&self->n, &io));
	ASSERT_EQ(0, run(tgtcore_open("m19", 1), pattern));
	ASSERT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(3, d.asked);
	EXPECT_EQ(0, ends());

	ASSERT_EQ(0, ask_one_that_goes(&self->n, &io));
	ASSERT_EQ(0, run(open_old("m19"), pattern));
	ASSERT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(4 + 16, get_be32(self->buf));
	EXPECT_EQ(0, self->buf[8 + 12]);
	EXPECT_EQ(0, d.asked);
	EXPECT_EQ(0, ends());

	ASSERT_EQ(0, tgtctl("device set m19 policy=hold"));
	ASSERT_EQ(0, ask_one_that_goes(&self->n, &io));
	ASSERT_EQ(0, run(tgtcore_open("m19", 1), pattern));
	ASSERT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(ABORTED, probe_sense(&io.r));
	EXPECT_EQ(0, ends());

	ASSERT_EQ(0, tgtctl("device set m19 policy=fail"));
	ASSERT_EQ(0, ask_one_that_goes(&self->n, &io));
	ASSERT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(NOT_READY, probe_sense(&io.r));
}

/* One that hangs is waited for no longer than for anything; nothing is fenced. */
TEST_F(map, hangs)
{
	ASSERT_EQ(0, tgtctl("device set m19 timeout=1"));
	ASSERT_EQ(0, start(tgtcore_open("m19", 1), pattern));
	EXPECT_CMD(&self->n, NOT_READY, LUN(MAP), STATUS(0), DATA_IN(self->buf, 520));
	EXPECT_CMD(&self->n, 0, LUN(MAP), TUR);
	/* its answer is too late */
	ASSERT_EQ(1, tgtcore_turn(&d.t->queue[0], 0));
	ASSERT_EQ(0, tgtctl("device set m19 timeout=60"));
	ASSERT_EQ(0, pthread_create(&d.thread, NULL, serve_it, NULL));
	EXPECT_RUNS(MAP, 8, { 8, 16, 1 }, { 24, BLOCKS - 24, 0 });
	EXPECT_EQ(0, ends());
}

/* Holes of a file: what was never written, and what was unmapped. */
TEST_F(map, file)
{
	static const __u8 unmap[24] = { BE16(22), BE16(16), [8] = BE64(64), BE32(16) };
	__u8 *data = calloc(1, 8192);

	memset(data, 7, 8192);
	EXPECT_RUNS(NATIVE, 0, { 0, BLOCKS, 1 });
	EXPECT_CMD(&self->n, 0, LUN(NATIVE), WRITE10(64, 16), DATA_OUT(data, 8192));
	EXPECT_CMD(&self->n, 0, LUN(NATIVE), WRITE10(BLOCKS - 8, 8), DATA_OUT(data, 4096));
	EXPECT_RUNS(NATIVE, 0, { 0, 64, 1 }, { 64, 16, 0 }, { 80, BLOCKS - 88, 1 },
		    { BLOCKS - 8, 8, 0 });
	EXPECT_RUNS(NATIVE, 67, { 67, 13, 0 }, { 80, BLOCKS - 88, 1 }, { BLOCKS - 8, 8, 0 });
	EXPECT_CMD(&self->n, 0, LUN(NATIVE), CDB(0x42, 0, 0, 0, 0, 0, 0, BE16(24), 0),
		   DATA_OUT(unmap, 24));
	EXPECT_RUNS(NATIVE, 0, { 0, BLOCKS - 8, 1 }, { BLOCKS - 8, 8, 0 });
	free(data);
}

TEST_HARNESS_MAIN
