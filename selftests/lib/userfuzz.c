// SPDX-License-Identifier: GPL-2.0
/*
 * userfuzz NAME COUNT SEED: a daemon of a user device that means harm. Of COUNT answers most are as
 * they should be, so that commands keep coming; the rest, and all else that a daemon can write
 * or ask for, is random, or right but for one thing. Each time the kernel has had enough of it,
 * it opens the device anew. A second thread has answers taken at the same time, wakes, and sleeps
 * while the file is closed, or opens the device beside the first and takes it over. Prints how
 * often all that was, and how many answers it gave.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/tgtcore_user.h>
#include <linux/types.h>

#define REGIONS		3
#define REGION_LEN	0x100000
#define QUEUES		8
#define STALE		64
#define IDLE		60	/* seconds without commands are too many */

struct queue {
	struct tgtcore_user_sq	*sq;
	struct tgtcore_user_cq	*cq;
	__u32		head;
	__u32		tail;
};

static const char *node;
static __thread __u64 state;
static __u64 answers, count, sessions, fenced, starts, slept, taken;
static struct tgtcore_user_info info;
static struct tgtcore_user_setup setup;
static struct tgtcore_user_start start;
static struct queue queue[QUEUES];
static __u64 stale[STALE];
static char *mem;
static int fd;
static volatile int scribbling, pestering, taking;

static __u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int one_in(unsigned int n)
{
	return !(rnd() % n);
}

static void random_bytes(void *to, size_t n)
{
	unsigned char *p = to;

	while (n--)
		*p++ = rnd() >> 11;
}

/* One byte, bit or word of something is not as it was. */
static void bend(void *what, size_t size)
{
	unsigned char *p = what;
	size_t at = rnd() % size;

	switch (rnd() % 4) {
	case 0:
		p[at] ^= 1 << rnd() % 8;
		break;
	case 1:
		p[at] = rnd();
		break;
	case 2:
		memset(p + (at & ~3UL), one_in(2) ? 0xff : 0, 4);
		break;
	default:
		memset(p + (at & ~7UL), one_in(2) ? 0xff : 0x7f, 8);
	}
}

/* ---- before there is anything ----------------------------------------------------------- */

static void odd_calls(void)
{
	static const unsigned long cmds[] = {
		TGTCORE_USER_INFO, TGTCORE_USER_SETUP, TGTCORE_USER_REGISTER, TGTCORE_USER_START,
		TGTCORE_USER_ENTER, TGTCORE_USER_TAKEOVER, TGTCORE_USER_RESIZE,
		_IO(TGTCORE_USER_MAGIC, 7),
	};
	unsigned long cmd = cmds[rnd() % 8];
	__u64 arg[80];
	void *p;

	random_bytes(arg, sizeof(arg));
	if (one_in(2))
		memset(arg, 0, sizeof(arg));
	bend(arg, 64);
	if (cmd == TGTCORE_USER_ENTER)
		ioctl(fd, cmd, rnd() & ~(one_in(2) ? TGTCORE_USER_WAIT : 0xffff0000UL));
	else if (cmd != TGTCORE_USER_START)	/* that one is tried when all else is set */
		ioctl(fd, cmd, one_in(8) ? (void *)rnd() : arg);
	p = mmap(NULL, 4096 << rnd() % 6, one_in(2) ? PROT_READ : PROT_READ | PROT_WRITE,
		 one_in(4) ? MAP_PRIVATE : MAP_SHARED, fd, rnd() & 0x3ff00001000);
	if (p != MAP_FAILED)
		munmap(p, 4096);
}

/* ---- a session -------------------------------------------------------------------------- */

static int map_queues(void)
{
	unsigned int i;

	for (i = 0; i < setup.queues; i++) {
		queue[i].sq = mmap(NULL, setup.sq_bytes, PROT_READ, MAP_SHARED, fd,
				   TGTCORE_USER_MMAP_SQ(i));
		queue[i].cq = mmap(NULL, setup.cq_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				   TGTCORE_USER_MMAP_CQ(i));
		if (queue[i].sq == MAP_FAILED || queue[i].cq == MAP_FAILED)
			return -1;
		if (!mprotect(queue[i].sq, setup.sq_bytes, PROT_READ | PROT_WRITE))
			errx(1, "what the kernel writes can be written");
		queue[i].head = 0;
		queue[i].tail = 0;
	}
	return 0;
}

static void unmap_queues(void)
{
	unsigned int i;

	for (i = 0; i < setup.queues; i++) {
		munmap(queue[i].sq, setup.sq_bytes);
		munmap(queue[i].cq, setup.cq_bytes);
	}
}

static int register_all(void)
{
	unsigned int i;

	for (i = 0; i < REGIONS; i++) {
		struct tgtcore_user_region r = {
			.addr = (unsigned long)mem + i * REGION_LEN,
			.len = REGION_LEN,
			.index = i * 31,
		}, bad;

		if (i == 2 && one_in(2)) {
			r.flags = TGTCORE_USER_REGION_POOL;
			r.addr = 0;
		}
		bad = r;
		bend(&bad, sizeof(bad));
		if (ioctl(fd, TGTCORE_USER_REGISTER, one_in(3) ? &bad : &r))
			ioctl(fd, TGTCORE_USER_REGISTER, &r);
	}
	return 0;
}

static int begin(void)
{
	struct tgtcore_user_start bad;

	memset(&start, 0, sizeof(start));
	start.write_mode = info.level == TGTCORE_USER_LEVEL_RAW || one_in(2) ?
			   TGTCORE_USER_WRITE_FETCH : TGTCORE_USER_WRITE_BUFFER;
	if (start.write_mode == TGTCORE_USER_WRITE_BUFFER || one_in(2))
		start.buf_stride = 4096 << rnd() % 3;
	if (one_in(2) && info.level != TGTCORE_USER_LEVEL_RAW)
		start.max_io = 4096;
	bad = start;
	bend(&bad, sizeof(bad));
	if (!ioctl(fd, TGTCORE_USER_START, &bad)) {
		start = bad;
		return 0;
	}
	return ioctl(fd, TGTCORE_USER_START, &start);
}

static int open_session(void)
{
	memset(&setup, 0, sizeof(setup));
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", node);
	while (one_in(3))
		odd_calls();
	if (ioctl(fd, TGTCORE_USER_INFO, &info))
		err(1, "INFO");
	setup.version = TGTCORE_USER_VERSION;
	setup.features = rnd() & (TGTCORE_USER_F_RESIZE | TGTCORE_USER_F_MAP);
	setup.flags = rnd() & TGTCORE_USER_SETUP_STANDBY;
	setup.queues = 1 + rnd() % (info.max_queues < QUEUES ? info.max_queues : QUEUES);
	/* an odd call may have been one that is right */
	if (ioctl(fd, TGTCORE_USER_SETUP, &setup) || map_queues()) {
		setup.queues = 0;
		return -1;
	}
	register_all();
	if (begin())
		return -1;
	starts++;
	return 0;
}

/* ---- answers ---------------------------------------------------------------------------- */

static struct queue *any_queue(void)
{
	return &queue[rnd() % setup.queues];
}

static void put(struct queue *q, const struct tgtcore_user_cqe *cqe)
{
	struct tgtcore_user_cqe *ring = (void *)(q->cq + 1);

	ring[q->tail++ & (setup.entries - 1)] = *cqe;
	if (!(++answers % 16))
		alarm(IDLE);
}

/* The data is where a list says, or nearly. */
static void make_list(struct tgtcore_user_cqe *cqe, __u32 len)
{
	__u32 at = rnd() % (REGION_LEN / 2) & ~15U, n = 1 + rnd() % 4, i, left = len;
	struct tgtcore_user_piece *p = (void *)(mem + at);

	if (len < 4 || len >= REGION_LEN || at + n * sizeof(*p) > REGION_LEN)
		return;
	for (i = 0; i < n; i++) {
		p[i].len = i == n - 1 ? left : 1 + rnd() % (left - (n - 1 - i));
		p[i].region = 31 * (rnd() % REGIONS);
		/* not where lists are */
		p[i].offset = REGION_LEN / 2 + rnd() % 4096;
		if (p[i].offset + p[i].len > REGION_LEN)
			p[i].offset = REGION_LEN - p[i].len;
		left -= p[i].len;
	}
	if (one_in(50))
		bend(p, n * sizeof(*p));
	cqe->flags |= TGTCORE_USER_CQE_LIST;
	cqe->region = 0;
	cqe->data = at;
	cqe->pieces = n;
}

/* To a whole command, or a function. */
static void answer_raw(const struct tgtcore_user_sqe *sqe, struct tgtcore_user_cqe *cqe)
{
	static const __u8 statuses[] = { 0x04, 0x08, 0x18, 0x28, 0x30, 0x40 };

	if (sqe->op == TGTCORE_USER_OP_TMF) {
		cqe->status = one_in(2) ? 0 : rnd() % 7;
		return;
	}
	if (sqe->len)
		cqe->len = one_in(4) ? rnd() % (sqe->len + 1) : sqe->len;
	if (sqe->flags & TGTCORE_USER_SQE_OUT) {
		cqe->flags = TGTCORE_USER_CQE_FETCH;
		if (!(sqe->flags & TGTCORE_USER_SQE_DATA) && one_in(2)) {
			cqe->flags |= TGTCORE_USER_CQE_MORE;
			cqe->len = 0;
		}
	}
	if (cqe->len || cqe->flags) {
		cqe->data = rnd() % 4096;
		if (one_in(4))
			make_list(cqe, cqe->len ? cqe->len : sqe->len);
	}
	if (one_in(8) && !(cqe->flags & TGTCORE_USER_CQE_MORE)) {
		cqe->status = statuses[rnd() % sizeof(statuses)];
		if (one_in(2)) {
			cqe->status = 2 | (8 + rnd() % 89) << 8;
			cqe->sense = rnd() % 4096;
		}
	}
}

static void answer(struct queue *q, const struct tgtcore_user_sqe *sqe)
{
	struct tgtcore_user_cqe cqe = { .id = sqe->id };

	if (one_in(200))
		return;		/* that one is never answered */
	if (sqe->op == TGTCORE_USER_OP_MAP) {
		if (!(setup.features & TGTCORE_USER_F_MAP))
			errx(1, "asked what is mapped, which it cannot tell");
		cqe.flags = one_in(2) ? TGTCORE_USER_CQE_UNMAPPED : 0;
		cqe.len = one_in(20) ? rnd() : (1 + rnd() % 4096) * 512ULL;
	} else if (sqe->op > TGTCORE_USER_OP_UNMAP) {
		answer_raw(sqe, &cqe);
	} else if (sqe->op == TGTCORE_USER_OP_READ && one_in(4)) {
		cqe.flags = TGTCORE_USER_CQE_ZERO;
	} else if (sqe->op == TGTCORE_USER_OP_READ) {
		cqe.region = 31 * (rnd() % REGIONS);
		cqe.data = sqe->len < REGION_LEN ? rnd() % (REGION_LEN - sqe->len) : 0;
	} else if (sqe->op == TGTCORE_USER_OP_WRITE &&
		   start.write_mode == TGTCORE_USER_WRITE_FETCH) {
		cqe.flags = TGTCORE_USER_CQE_FETCH;
		if (!(sqe->flags & TGTCORE_USER_SQE_DATA) && one_in(2))
			cqe.flags |= TGTCORE_USER_CQE_MORE;
		cqe.data = rnd() % 4096;
	}
	if (sqe->op <= TGTCORE_USER_OP_WRITE && one_in(4) && cqe.flags != TGTCORE_USER_CQE_ZERO &&
	    (sqe->op == TGTCORE_USER_OP_READ || cqe.flags))
		make_list(&cqe, sqe->len);
	if (one_in(50)) {
		memset(&cqe, 0, sizeof(cqe));
		cqe.id = sqe->id;
		cqe.status = rnd() % 7;
	}
	if (one_in(50))
		bend(&cqe, sizeof(cqe));
	if (one_in(300))
		random_bytes((char *)&cqe + 8, sizeof(cqe) - 8);
	put(one_in(4) ? any_queue() : q, &cqe);
	if (one_in(50))
		put(any_queue(), &cqe);		/* twice */
	if (one_in(50)) {
		cqe.id = stale[rnd() % STALE];
		put(any_queue(), &cqe);
	}
	stale[rnd() % STALE] = sqe->id;
}

static void take(struct queue *q)
{
	__u32 tail = __atomic_load_n(&q->sq->tail, __ATOMIC_ACQUIRE);
	const struct tgtcore_user_sqe *ring = (void *)(q->sq + 1);
	struct tgtcore_user_sqe sqe;

	if (tail - q->head > setup.entries)
		errx(1, "more commands than the ring has entries");
	while (q->head != tail) {
		sqe = ring[q->head++ & (setup.entries - 1)];
		if (sqe.tag >= info.depth)
			errx(1, "tag %u", sqe.tag);
		answer(q, &sqe);
	}
	q->cq->sq_head = one_in(20) ? rnd() : q->head;
	if (one_in(200))
		random_bytes(q->cq + 1, setup.entries * sizeof(struct tgtcore_user_cqe));
	if (one_in(300))
		q->tail += rnd();
	__atomic_store_n(&q->cq->tail, q->tail, __ATOMIC_RELEASE);
}

/* What is being read changes at the same time. */
static void *scribble(void *arg)
{
	__u64 x = (unsigned long)arg;
	unsigned int i;

	while (scribbling) {
		for (i = 0; i < 200 && scribbling; i++) {
			x = x * 6364136223846793005ULL + 1;
			((volatile unsigned char *)(queue[0].cq + 1))[(x >> 33) %
				(setup.entries * sizeof(struct tgtcore_user_cqe))] ^= 1;
			((volatile unsigned char *)mem)[(x >> 29) % (REGION_LEN / 2)] ^= 1;
		}
		usleep(100);
	}
	return NULL;
}

static int enter(unsigned int i, unsigned long flags)
{
	int ret = ioctl(fd, TGTCORE_USER_ENTER, i | flags);

	if (flags && !ret)
		__atomic_add_fetch(&slept, 1, __ATOMIC_RELAXED);
	return ret < 0 && errno != EINTR;
}

static void woken(int sig)
{
}

/* Another daemon, which asks the first to leave, and goes again, before or after that. */
static void beside(int sure)
{
	struct tgtcore_user_setup s = {
		.version = TGTCORE_USER_VERSION,
		.queues = 1,
		.flags = TGTCORE_USER_SETUP_STANDBY,
	};
	struct tgtcore_user_start st = { .write_mode = TGTCORE_USER_WRITE_FETCH };
	int other = open(node, O_RDWR | O_CLOEXEC);

	if (other < 0)
		return;
	taking = 1;
	if (!ioctl(other, TGTCORE_USER_SETUP, &s) && (sure || one_in(2)) &&
	    !ioctl(other, TGTCORE_USER_TAKEOVER)) {
		__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
		if (one_in(2))
			ioctl(other, TGTCORE_USER_START, &st);
	}
	taking = 0;
	close(other);
}

/* Takes answers of all queues while others give and take some; what sleeps, it wakes. */
static void *pester(void *arg)
{
	int first = sessions % 4 == 1;

	state = (unsigned long)arg;
	while (pestering) {
		unsigned int i = rnd() % setup.queues;

		usleep(rnd() % 500);
		if (one_in(2))
			enter(i, 0);
		ioctl(fd, TGTCORE_USER_ENTER, (unsigned long)i | TGTCORE_USER_WAKE);
		if (one_in(8))
			enter(i, TGTCORE_USER_WAIT);
		if (first || one_in(200))
			beside(first);
		first = 0;
	}
	return NULL;
}

/*
 * It may sleep in a file that is closed already, where only a signal gets it out. One that takes
 * over has a while to end by itself.
 */
static void join(pthread_t thread)
{
	struct timespec until;
	int patience = 100;

	pestering = 0;
	do {
		if (!taking || patience-- < 0)
			pthread_kill(thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += until.tv_nsec >= 990000000;
		until.tv_nsec = (until.tv_nsec + 10000000) % 1000000000;
	} while (pthread_timedjoin_np(thread, NULL, &until));
}

/* Who was asked to leave, and sleeps instead, gets no command: nobody would wake it. */
static int asked_to_leave(unsigned int i)
{
	return __atomic_load_n(&queue[i].sq->flags, __ATOMIC_ACQUIRE) & TGTCORE_USER_SQ_LEAVE;
}

/* False: the kernel has had enough. */
static int turn(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned int i = rnd() % setup.queues;

	if (one_in(4) && !asked_to_leave(i)) {
		if (enter(i, TGTCORE_USER_WAIT))
			return 0;
	} else {
		poll(&p, 1, 20);
	}
	for (i = 0; i < setup.queues; i++) {
		take(&queue[i]);
		if (enter(i, 0))
			return 0;
	}
	if (one_in(20))
		odd_calls();
	return 1;
}

static void session(void)
{
	int scribbled = one_in(10), n = 1 + rnd() % 300, pest = 0;
	pthread_t thread, second;

	sessions++;
	if (!open_session()) {
		pestering = 1;
		pest = !pthread_create(&second, NULL, pester, (void *)(rnd() | 1));
		if (!pest)
			errx(1, "no thread");
		scribbling = scribbled;
		if (scribbled)
			pthread_create(&thread, NULL, scribble, (void *)(rnd() | 1));
		while (n-- && answers < count && !(asked_to_leave(0) && one_in(10)))
			if (!turn()) {
				fenced += errno == EPROTO;
				break;
			}
		if (scribbled) {
			scribbling = 0;
			pthread_join(thread, NULL);
		}
	}
	if (pest && !taking && one_in(2)) {
		join(second);
		pest = 0;
	}
	unmap_queues();
	close(fd);
	if (pest)
		join(second);
}

/*
 * A write that is never answered fences the device, and nothing comes any more. Who sleeps for
 * commands then is woken, for his session has an end.
 */
static void wake_often(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec often = { { .tv_nsec = 250000000 }, { .tv_nsec = 250000000 } };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) || timer_settime(timer, 0, &often, NULL))
		err(1, "timer");
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = woken };

	if (argc != 4)
		errx(2, "usage: userfuzz /dev/tgtcore/NAME COUNT SEED");
	node = argv[1];
	count = strtoull(argv[2], NULL, 0);
	state = strtoull(argv[3], NULL, 0) * 2654435761U + 88172645463325252ULL;
	mem = mmap(NULL, REGIONS * REGION_LEN, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "mmap");
	sigaction(SIGUSR1, &sa, NULL);
	wake_often();
	alarm(IDLE);
	while (answers < count)
		session();
	printf("%llu answers, %llu sessions, %llu started, %llu fenced, %llu slept, %llu taken\n",
	       (unsigned long long)answers, (unsigned long long)sessions,
	       (unsigned long long)starts, (unsigned long long)fenced,
	       (unsigned long long)slept, (unsigned long long)taken);
	return 0;
}
