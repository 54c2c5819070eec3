// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: commands that find no daemon, or whose daemon goes. This test will send numbered
 * commands of level raw through one nexus, and see that each daemon gets them as they came: what
 * the one before had, then what was held, then what came meanwhile.
 *
 * timeout: 300
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"
#include "../../tools/libtgtcore/libtgtcore.c"

#define DEPTH	16
#define SOME	7
#define ROUNDS	12	/* each begins at another tag */
#define DAEMONS	40	/* under a load */
#define FUNCTION 0x100	/* added to its code, for a function's number */

PROBE_CONFIG("device create o backend=user-raw policy=reissue timeout=60 queue-limit=16",
	     "target create probe:o",
	     "lun create probe:o 0 device=o")

/* A daemon with one queue, and what it was given, in that order. */
struct daemon {
	struct tgtcore		*t;
	struct tgtcore_queue	*q;
	struct tgtcore_req	req[DEPTH];
	__u32			number[DEPTH];
	__u64			task;		/* what the last function was about */
	unsigned int		n;
};

static void good(struct tgtcore_queue *q, const struct tgtcore_req *req)
{
	const struct tgtcore_user_cqe cqe = { };

	tgtcore_answer(q, req, &cqe);
}

static __u32 number_of(struct tgtcore_queue *q, const struct tgtcore_req *req)
{
	const struct tgtcore_user_scsi *s = tgtcore_scsi(q, req);

	return req->op == TGTCORE_USER_OP_TMF ? FUNCTION + s->function : get_be32(s->cdb + 2);
}

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	struct daemon *d = priv;

	if (req->op == TGTCORE_USER_OP_TMF)
		d->task = tgtcore_scsi(q, req)->task;
	d->req[d->n] = *req;
	d->number[d->n++] = number_of(q, req);
}

typedef void (*request_fn)(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv);

static int start_by(struct daemon *d, request_fn fn, void *priv)
{
	const struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = fn,
		.priv = priv,
	};

	if (!d->t)
		return -errno;
	d->q = tgtcore_queue(d->t, 0);
	return tgtcore_start(d->t, &params) ? -errno : 0;
}

static int start(struct daemon *d)
{
	return start_by(d, request, d);
}

static int come(struct daemon *d)
{
	*d = (struct daemon){ .t = tgtcore_open("o", 1) };
	return start(d);
}

static void answer_all(struct daemon *d)
{
	unsigned int i;

	for (i = 0; i < d->n; i++)
		good(d->q, &d->req[i]);
	d->n = 0;
	tgtcore_turn(d->q, 0);
}

/* The numbers it was given; 1 to @n, and no other, are right. */
static const char *given(struct daemon *d, unsigned int n)
{
	static char text[DEPTH * 12];
	unsigned int i, len = 0;
	bool right = d->n == n;

	for (i = 0; i < d->n; i++) {
		right = right && d->number[i] == i + 1;
		len += snprintf(text + len, sizeof(text) - len, " %u", d->number[i]);
	}
	return right ? "in order" : text;
}

/* An initiator. */
struct sender {
	struct nexus	n;
	struct io	io[DEPTH];
	__u8		cdb[DEPTH][10];
	__u32		sent;		/* since the last were waited for */
};

static int send_one(struct sender *s, __u32 number)
{
	const __u8 cdb[10] = { 0xc1, 0, BE32(number) };
	unsigned int i = s->sent++;

	memcpy(s->cdb[i], cdb, sizeof(cdb));
	s->io[i] = (struct io){ LUN(0), .cdb = s->cdb[i], .cdb_len = sizeof(cdb) };
	return probe_send(&s->n, &s->io[i]);
}

static int send_some(struct sender *s, unsigned int n)
{
	int err = 0;

	while (n-- && !err)
		err = send_one(s, s->sent + 1);
	return err;
}

/* All that was sent is GOOD. */
static int wait_all(struct sender *s)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < s->sent; i++)
		err = err ?: probe_wait(&s->n, &s->io[i]) ?: s->io[i].r.status;
	s->sent = 0;
	return err;
}

FIXTURE(order) {
	struct sender s;
	struct daemon d;
	struct daemon next;
	struct daemon two[2];
};

FIXTURE_SETUP(order)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, tgtctl("device set o policy=reissue"));
	ASSERT_EQ(0, probe_open(&self->s.n, "o", "init-o"));
}

FIXTURE_TEARDOWN(order)
{
	probe_close(&self->s.n);
}

TEST_F(order, held)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, send_some(&self->s, SOME + i % 3));
		ASSERT_EQ(0, come(&self->d));
		tgtcore_turn(self->d.q, 0);
		EXPECT_STREQ("in order", given(&self->d, SOME + i % 3));
		answer_all(&self->d);
		ASSERT_EQ(0, wait_all(&self->s));
		tgtcore_close(self->d.t);
	}
}

/* Some it has seen, some not; more come when it is gone. */
TEST_F(order, reissued)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, come(&self->d));
		ASSERT_EQ(0, send_some(&self->s, SOME));
		tgtcore_turn(self->d.q, 0);
		EXPECT_STREQ("in order", given(&self->d, SOME));
		ASSERT_EQ(0, send_some(&self->s, i % 3));
		tgtcore_close(self->d.t);
		ASSERT_EQ(0, send_some(&self->s, SOME - i % 3));

		ASSERT_EQ(0, come(&self->next));
		tgtcore_turn(self->next.q, 0);
		EXPECT_STREQ("in order", given(&self->next, 2 * SOME));
		answer_all(&self->next);
		ASSERT_EQ(0, wait_all(&self->s));
		tgtcore_close(self->next.t);
	}
}

/* Until it has @n in all. */
static void await(struct daemon *d, unsigned int n)
{
	int i;

	for (i = 0; i < 10000 && d->n < n; i++) {
		tgtcore_turn(d->q, 0);
		usleep(1000);
	}
}

/* A function has its place among the commands; what it is about, each daemon has a number for. */
TEST_F(order, function)
{
	struct tgtprobe_reap r;
	struct io *io;
	int tmf;

	ASSERT_EQ(0, come(&self->d));
	ASSERT_EQ(0, send_some(&self->s, 1));
	await(&self->d, 1);
	io = &self->s.io[0];
	tmf = probe_tmf_send(&self->s.n, ABORT_TASK, io->lun, io->tag, io->id);
	ASSERT_LT(0, tmf);
	await(&self->d, 2);
	ASSERT_EQ(0, send_some(&self->s, 1));
	await(&self->d, 3);
	ASSERT_EQ(3, self->d.n);
	EXPECT_EQ(FUNCTION + ABORT_TASK, self->d.number[1]);
	EXPECT_EQ(self->d.req[0].id, self->d.task);
	tgtcore_close(self->d.t);

	ASSERT_EQ(0, come(&self->next));
	await(&self->next, 3);
	ASSERT_EQ(3, self->next.n);
	EXPECT_EQ(1, self->next.number[0]);
	EXPECT_EQ(FUNCTION + ABORT_TASK, self->next.number[1]);
	EXPECT_EQ(2, self->next.number[2]);
	EXPECT_EQ(self->next.req[0].id, self->next.task);
	EXPECT_NE(self->d.req[0].id, self->next.task);
	answer_all(&self->next);
	EXPECT_EQ(0, probe_reap(&self->s.n, tmf, &r, PROBE_TIMEOUT_MS));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	EXPECT_EQ(0, probe_wait(&self->s.n, io));
	EXPECT_EQ(0, probe_wait(&self->s.n, &self->s.io[1]));
	EXPECT_EQ(0, self->s.io[1].r.status);
	self->s.sent = 0;
	tgtcore_close(self->next.t);
}

static void *take_over(void *arg)
{
	struct daemon *d = arg;

	return tgtcore_takeover(d->t) ? "failed" : "done";
}

/*
 * A second daemon stands by, and asks for the device; the first has a command, so it leaves no
 * sooner than told. @n more are sent meanwhile.
 */
static const char *ask(struct daemon *d, struct daemon *next, pthread_t *thread, struct sender *s,
		       unsigned int n)
{
	*next = (struct daemon){ .t = tgtcore_open_standby("o", 1) };
	if (!next->t || pthread_create(thread, NULL, take_over, next))
		return "cannot";
	while (!tgtcore_leaving(d->t))
		usleep(1000);
	return send_some(s, n) ? "not sent" : "asked";
}

static int keep_one(struct daemon *d, struct sender *s, struct io *io)
{
	static const __u8 cdb[10] = { 0xc1 };

	*io = (struct io){ LUN(0), .cdb = cdb, .cdb_len = sizeof(cdb) };
	return probe_send(&s->n, io) ?: tgtcore_turn(d->q, 0) < 0;
}

TEST_F(order, taken_over)
{
	struct daemon *d, *next;
	unsigned int i;
	pthread_t thread;
	struct io kept;
	void *how;

	ASSERT_EQ(0, come(&self->two[0]));
	for (i = 0; i < ROUNDS; i++) {
		d = &self->two[i % 2];
		next = &self->two[(i + 1) % 2];
		ASSERT_EQ(0, keep_one(d, &self->s, &kept));
		ASSERT_STREQ("asked", ask(d, next, &thread, &self->s, SOME));
		answer_all(d);
		ASSERT_EQ(0, pthread_join(thread, &how));
		ASSERT_STREQ("done", how);
		ASSERT_EQ(0, start(next));
		tgtcore_turn(next->q, 0);
		EXPECT_STREQ("in order", given(next, SOME));
		answer_all(next);
		ASSERT_EQ(0, wait_all(&self->s));
		ASSERT_EQ(0, probe_wait(&self->s.n, &kept));
		tgtcore_close(d->t);
	}
	tgtcore_close(next->t);
}

static void nothing(int sig)
{
}

/* Its wish stays until it closes its file. */
static void give_up(struct daemon *d, pthread_t thread)
{
	const struct sigaction sa = { .sa_handler = nothing };

	sigaction(SIGUSR1, &sa, NULL);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	tgtcore_close(d->t);
}

TEST_F(order, given_up)
{
	unsigned int i;
	pthread_t thread;
	struct io kept;

	ASSERT_EQ(0, come(&self->d));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, keep_one(&self->d, &self->s, &kept));
		ASSERT_STREQ("asked", ask(&self->d, &self->next, &thread, &self->s, SOME));
		give_up(&self->next, thread);
		answer_all(&self->d);
		tgtcore_turn(self->d.q, 0);
		EXPECT_STREQ("in order", given(&self->d, SOME));
		answer_all(&self->d);
		ASSERT_EQ(0, wait_all(&self->s));
		ASSERT_EQ(0, probe_wait(&self->s.n, &kept));
	}
	tgtcore_close(self->d.t);
}

/* ---- and while more come ------------------------------------------------------------------ */

struct load {
	struct sender	s;
	pthread_t	thread;
	atomic_bool	stop;
	atomic_bool	over;
	int		err;
};

/* Numbers without end, as many at a time as there can be. */
static void *run_load(void *arg)
{
	struct load *l = arg;
	__u32 number = 0;
	unsigned int i;

	while (!l->err && (!atomic_load(&l->stop) || l->s.sent % DEPTH)) {
		i = number % DEPTH;
		if (number >= DEPTH)
			l->err = probe_wait(&l->s.n, &l->s.io[i]) ?: l->s.io[i].r.status;
		l->s.sent = i;
		l->err = l->err ?: send_one(&l->s, ++number);
	}
	l->s.sent = DEPTH;
	l->err = l->err ?: wait_all(&l->s);
	atomic_store(&l->over, true);
	return NULL;
}

/* A daemon of many, which answers most at once, and what it found wrong. */
struct one {
	struct daemon	d;
	__u32		first;
	__u32		last;
	__u32		wrong;		/* the first that came out of turn */
};

static void request_one(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	__u32 number = number_of(q, req);
	struct one *one = priv;

	if (one->last && number != one->last + 1 && !one->wrong)
		one->wrong = number;
	one->first = one->first ?: number;
	one->last = number;
	good(q, req);
}

/* It comes, and serves. */
static int come_one(struct one *one)
{
	*one = (struct one){ .d.t = tgtcore_open("o", 1) };
	return start_by(&one->d, request_one, one);
}

static void serve_some(struct one *one)
{
	__u32 end;
	int i;

	tgtcore_turn(one->d.q, 0);
	end = one->last + 3 * DEPTH;
	for (i = 0; i < 2000 && one->last < end; i++)
		tgtcore_turn(one->d.q, 1);
}

TEST_F_TIMEOUT(order, under_load, 120)
{
	struct load l = { };
	struct one one;
	unsigned int i;

	ASSERT_EQ(0, probe_open(&l.s.n, "o", "init-l"));
	ASSERT_EQ(0, pthread_create(&l.thread, NULL, run_load, &l));
	for (i = 0; i < DAEMONS; i++) {
		ASSERT_EQ(0, come_one(&one));
		serve_some(&one);
		ASSERT_EQ(0, one.wrong)
			TH_LOG("daemon %u, of %u to %u: %u out of turn", i, one.first, one.last,
			       one.wrong);
		tgtcore_close(one.d.t);
	}
	atomic_store(&l.stop, true);
	ASSERT_EQ(0, come_one(&one));
	while (!atomic_load(&l.over) && tgtcore_turn(one.d.q, 0) >= 0)
		usleep(1000);
	pthread_join(l.thread, NULL);
	EXPECT_EQ(0, l.err);
	tgtcore_close(one.d.t);
	probe_close(&l.s.n);
}

TEST_HARNESS_MAIN
