// SPDX-License-Identifier: GPL-2.0
/*
 * useract NAME WHAT [NUMBER]: a daemon that does one thing.
 *
 *	sleep	sleeps in TGTCORE_USER_ENTER, and prints what the system call returned in the end
 *	keep	prints the pid of a child that has the file as well, and waits to be killed
 *	die	exits with the first write, unanswered, NUMBER bytes of which it was given
 *	fetch	prints the flags of each entry of a write; has the data fetched, NUMBER bytes at
 *		a time, and the entry come again
 *	stop	is stopped before it runs, then NUMBER times while it does
 *	wake	finds what a wake-up of a queue is good for
 *	fault	asks for what it cannot be told, and sees that it was not done
 *	calls	finds what may be asked of a device that is being served, and what of pools
 *	pieces	serves a MiB, the odd blocks of which are in one region, the even ones in another
 *	lists	answers a read with lists that are wrong, then that there is nothing
 *	bell	answers NUMBER commands by way of io_uring
 *	pass	serves NUMBER commands, then passes the open file on to a child, whose pid it prints
 *	grow	says that the device has grown to NUMBER bytes, after it has said some nonsense
 *	stale	prints what START says of a device that has grown since it was opened
 */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "../../tools/libtgtcore/libtgtcore.c"

#define LEN	0x100000

static struct tgtcore *t;
static unsigned int number;
static int region;

static void begin(void (*request)(struct tgtcore_queue *q, const struct tgtcore_req *req,
				  void *priv))
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = request,
		.max_io = number,
	};
	void *mem;

	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "mmap");
	region = tgtcore_register(t, mem, LEN);
	if (region < 0 || tgtcore_start(t, &params))
		err(1, "start");
}

static void reopen(const char *name)
{
	t = tgtcore_open(name, 0);
	if (!t)
		err(1, "/dev/tgtcore/%s", name);
}

static void answer_all(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	(void)priv;
	if (req->op == TGTCORE_USER_OP_READ)
		tgtcore_done_zero(q, req);
	else
		tgtcore_done(q, req, TGTCORE_USER_OK);
}

static void answer_none(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	if (req->op == TGTCORE_USER_OP_WRITE)
		_exit(0);
	answer_all(q, req, priv);
}

static void answer_fetch(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	if (req->op != TGTCORE_USER_OP_WRITE) {
		answer_all(q, req, priv);
		return;
	}
	printf("%x\n", req->flags);
	fflush(stdout);
	if (req->flags & TGTCORE_USER_SQE_DATA)
		tgtcore_done(q, req, TGTCORE_USER_OK);
	else
		tgtcore_fetch(q, req, region, 0);
}

/* As the kernel said it: the C library makes an int of it. */
static long enter_raw(unsigned int n, unsigned long flags)
{
	long ret = syscall(SYS_ioctl, t->fd, TGTCORE_USER_ENTER, n | flags);

	return ret == -1 ? -(long)errno : ret;
}

static void do_sleep(void)
{
	begin(answer_all);
	printf("%ld\n", enter_raw(0, TGTCORE_USER_WAIT));
}

static void expect(const char *what, long got, long wanted)
{
	if (got != wanted)
		errx(1, "%s: %ld, not %ld", what, got, wanted);
}

static void *waker(void *arg)
{
	usleep(rand() % 2000);
	expect("wake", enter_raw(0, TGTCORE_USER_WAKE), 0);
	return NULL;
}

static void do_wake(void)
{
	pthread_t thread;
	int i;

	expect("before it is started", enter_raw(0, 0), -ENOTCONN);
	begin(answer_all);
	expect("no such queue", enter_raw(tgtcore_queues(t), 0), -EINVAL);
	expect("no such flag", enter_raw(0, 0x40000), -EINVAL);
	expect("both", enter_raw(0, TGTCORE_USER_WAIT | TGTCORE_USER_WAKE), -EINVAL);
	alarm(50);
	expect("wake-up kept", enter_raw(0, TGTCORE_USER_WAKE), 0);
	expect("once more", enter_raw(0, TGTCORE_USER_WAKE), 0);
	expect("no sleep", enter_raw(0, TGTCORE_USER_WAIT), 0);
	for (i = 0; i < 100; i++) {
		if (pthread_create(&thread, NULL, waker, NULL))
			errx(1, "no thread");
		expect("sleep", enter_raw(0, TGTCORE_USER_WAIT), 0);
		pthread_join(thread, NULL);
	}
}

/* The ioctl cannot return what it returns; then, that it can. */
static void fault(const char *what, unsigned long cmd, void *page)
{
	mprotect(page, 4096, PROT_READ);
	expect(what, ioctl(t->fd, cmd, page) ? -errno : 0, -EFAULT);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	expect(what, ioctl(t->fd, cmd, page) ? -errno : 0, 0);
}

static void do_fault(const char *name)
{
	struct tgtcore_user_setup *setup;
	struct tgtcore_user_start *start;
	char path[128];
	void *page;

	snprintf(path, sizeof(path), "/dev/tgtcore/%s", name);
	tgtcore_close(t);
	t = calloc(1, sizeof(*t));
	if (!t)
		err(1, "calloc");
	t->fd = open(path, O_RDWR);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->fd < 0 || page == MAP_FAILED)
		err(1, "%s", path);
	setup = page;
	setup->version = TGTCORE_USER_VERSION;
	setup->queues = 1;
	fault("SETUP", TGTCORE_USER_SETUP, page);
	memset(page, 0, 4096);
	start = page;
	start->write_mode = TGTCORE_USER_WRITE_FETCH;
	fault("START", TGTCORE_USER_START, page);
	expect("generation", start->generation, 1);
}

static void do_keep(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid) {
		printf("%d\n", pid);
		fflush(stdout);
		begin(answer_all);
	}
	for (;;)
		pause();
}

/* ---- calls ------------------------------------------------------------------------------ */

static long call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

static void do_pools(void)
{
	struct tgtcore_user_region r = { .len = 1 << 20, .index = 3 };
	long page = sysconf(_SC_PAGESIZE);
	char *p;

	r.flags = TGTCORE_USER_REGION_POOL;
	expect("a pool", call(t->fd, TGTCORE_USER_REGISTER, &r), 0);
	expect("again", call(t->fd, TGTCORE_USER_REGISTER, &r), -EEXIST);
	r.index = 4;
	r.len = 1 << 30;
	expect("more than all pools may have", call(t->fd, TGTCORE_USER_REGISTER, &r), -ENOMEM);
	if (mmap(NULL, page, PROT_READ, MAP_SHARED, t->fd, TGTCORE_USER_MMAP_POOL(3)) !=
	    MAP_FAILED)
		errx(1, "part of a pool is mapped");
	if (mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd,
		 TGTCORE_USER_MMAP_POOL(3)) != MAP_FAILED)
		errx(1, "a pool is mapped privately");
	if (map_pool(t, 4, 1 << 20) != MAP_FAILED || map_pool(t, region, LEN) != MAP_FAILED ||
	    map_pool(t, 64, 1 << 20) != MAP_FAILED)
		errx(1, "what is no pool is mapped");
	p = map_pool(t, 3, 1 << 20);
	if (p == MAP_FAILED)
		err(1, "a pool");
	if (p[0] || memcmp(p, p + 1, (1 << 20) - 1))
		errx(1, "a pool is not all zeroes");
	memset(p, 7, 1 << 20);
}

static void *taker(void *arg)
{
	return (void *)call(*(int *)arg, TGTCORE_USER_TAKEOVER, NULL);
}

/* @fd has had its turn, and has not started: a third one waits until it has, then has its turn. */
static void do_third(const char *path, int fd)
{
	struct tgtcore_user_setup setup = {
		.version = TGTCORE_USER_VERSION,
		.queues = 1,
		.flags = TGTCORE_USER_SETUP_STANDBY,
	};
	struct tgtcore_user_start start = { .write_mode = TGTCORE_USER_WRITE_FETCH };
	int next = open(path, O_RDWR);
	pthread_t thread;
	void *ret;

	expect("beside one that has not started", call(next, TGTCORE_USER_SETUP, &setup), 0);
	if (pthread_create(&thread, NULL, taker, &next))
		errx(1, "no thread");
	usleep(300000);
	expect("takeover is waited for", pthread_tryjoin_np(thread, &ret), EBUSY);
	expect("start", call(fd, TGTCORE_USER_START, &start), 0);
	expect("generation", start.generation, 2);
	pthread_join(thread, &ret);
	expect("takeover of who has just started", (long)ret, 0);
	start.generation = 0;
	expect("start", call(next, TGTCORE_USER_START, &start), 0);
	expect("generation", start.generation, 3);
}

/* Another file of a device that this process serves. */
static void do_calls(const char *name)
{
	struct tgtcore_user_setup setup = { .version = TGTCORE_USER_VERSION, .queues = 1 }, s;
	struct tgtcore_user_start start = { .write_mode = TGTCORE_USER_WRITE_FETCH };
	struct tgtcore_user_resize resize = { .size = 2 << 20 };
	char path[128];
	int fd, third;

	begin(answer_all);
	do_pools();
	snprintf(path, sizeof(path), "/dev/tgtcore/%s", name);
	fd = open(path, O_RDWR);
	third = open(path, O_RDWR);
	if (fd < 0 || third < 0)
		err(1, "%s", path);
	s = setup;
	expect("no standby", call(fd, TGTCORE_USER_SETUP, &s), -EBUSY);
	expect("takeover, not set up", call(fd, TGTCORE_USER_TAKEOVER, NULL), -ENOTCONN);
	setup.flags = TGTCORE_USER_SETUP_STANDBY;
	s = setup;
	expect("standby", call(fd, TGTCORE_USER_SETUP, &s), 0);
	s = setup;
	expect("two of them", call(third, TGTCORE_USER_SETUP, &s), -EBUSY);
	expect("start beside", call(fd, TGTCORE_USER_START, &start), -EBUSY);
	expect("resize, not started", call(fd, TGTCORE_USER_RESIZE, &resize), -ENOTCONN);
	expect("takeover by who serves", call(t->fd, TGTCORE_USER_TAKEOVER, NULL), -EBUSY);
	close(fd);
	s = setup;
	expect("when that is gone", call(third, TGTCORE_USER_SETUP, &s), 0);
	/* nothing is with this daemon, so that it has left at once */
	expect("takeover", call(third, TGTCORE_USER_TAKEOVER, NULL), 0);
	expect("no work any more", enter_raw(0, TGTCORE_USER_WAIT), -ESHUTDOWN);
	do_third(path, third);
}

/* ---- pieces ----------------------------------------------------------------------------- */

#define SECTOR		512
#define MOST		128	/* of an answer */

static char *lists;	/* of each tag */
static int list_region;

static unsigned int make_list(const struct tgtcore_req *req)
{
	struct tgtcore_user_piece *p = (void *)(lists + req->tag * MOST * sizeof(*p));
	unsigned int i, n = req->len / SECTOR;

	for (i = 0; i < n; i++) {
		__u64 at = req->offset / SECTOR + i;

		/* first the even sectors, then the odd ones, in two regions of the same memory */
		p[i].region = at & 1;
		p[i].offset = at / 2 * SECTOR;
		p[i].len = SECTOR;
	}
	return n;
}

static void answer_pieces(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	__u64 at = req->tag * MOST * sizeof(struct tgtcore_user_piece);

	if (req->op == TGTCORE_USER_OP_READ)
		tgtcore_done_list(q, req, list_region, at, make_list(req));
	else if (req->op != TGTCORE_USER_OP_WRITE || req->flags & TGTCORE_USER_SQE_DATA)
		tgtcore_done(q, req, TGTCORE_USER_OK);
	else if (req->tag & 1)
		tgtcore_done_list(q, req, list_region, at, make_list(req));
	else
		tgtcore_fetch_list(q, req, list_region, at, make_list(req));
}

static int register_new(__u64 len, void **mem)
{
	*mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*mem == MAP_FAILED)
		err(1, "mmap");
	return tgtcore_register(t, *mem, len);
}

static void do_pieces(void)
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = answer_pieces,
		.max_io = MOST * SECTOR,
	};
	void *mem;

	if (register_new(LEN / 2, &mem) != 0 || register_new(LEN / 2, &mem) != 1)
		err(1, "register");
	list_region = tgtcore_pool(t, 1 << 20, (void **)&lists);
	if (list_region < 0 || tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "pieces");
}

static const struct {
	const char			*what;
	__u64			at;
	unsigned int			pieces;
	struct tgtcore_user_piece	piece[2];
} wrong[] = {
	{ "too short", 0, 2, { { 0, 0, 2048 }, { 0, 0, 2047 } } },
	{ "too long", 0, 2, { { 0, 0, 2048 }, { 0, 0, 2049 } } },
	{ "a piece of nothing", 0, 2, { { 0, 0, 4096 }, { 0, 0, 0 } } },
	{ "no such region", 0, 2, { { 0, 0, 2048 }, { 0, 9, 2048 } } },
	{ "no number of a region", 0, 2, { { 0, 0, 2048 }, { 0, 64, 2048 } } },
	{ "beyond its end", 0, 2, { { 0, 0, 2048 }, { LEN - 2047, 0, 2048 } } },
	{ "at no place at all", 0, 2, { { 0, 0, 2048 }, { -1024ULL, 0, 2048 } } },
	{ "the list is beyond its region", LEN - 16, 2, { { 0, 0, 4096 }, { 0, 0, 0 } } },
	{ "none", 0, 0, { { 0, 0, 4096 } } },
	{ "too many", 0, 257, { { 0, 0, 4096 } } },
	{ "not aligned", 8, 1, { { 0, 0, 4096 } } },
};

static unsigned int at_wrong;
static void *list_mem;

static void answer_wrong(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	if (req->op != TGTCORE_USER_OP_READ || req->len != 4096 ||
	    at_wrong == sizeof(wrong) / sizeof(*wrong)) {
		answer_all(q, req, priv);
		return;
	}
	memcpy((char *)list_mem + wrong[at_wrong].at, wrong[at_wrong].piece,
	       wrong[at_wrong].at ? 16 : 32);
	tgtcore_done_list(q, req, 0, wrong[at_wrong].at, wrong[at_wrong].pieces);
}

static void do_lists(const char *name)
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = answer_wrong,
	};

	for (;; at_wrong++) {
		if (register_new(LEN, &list_mem) || tgtcore_start(t, &params))
			err(1, "start");
		if (!tgtcore_run(t))
			return;
		if (errno != EPROTO)
			err(1, "%s", wrong[at_wrong].what);
		printf("%s\n", wrong[at_wrong].what);
		fflush(stdout);
		tgtcore_close(t);
		reopen(name);
	}
}

/* ---- io_uring --------------------------------------------------------------------------- */

static struct {
	int			fd;
	unsigned int		*sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe	*sqe;
	struct io_uring_cqe	*cqe;
} ring;

static void make_ring(void)
{
	struct io_uring_params p = { };
	char *sq, *cq;

	ring.fd = syscall(__NR_io_uring_setup, 4, &p);
	if (ring.fd < 0)
		err(1, "io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED,
		  ring.fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_CQ_RING);
	ring.sqe = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			MAP_SHARED, ring.fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring.sqe == MAP_FAILED)
		err(1, "io_uring");
	ring.sq_tail = (void *)(sq + p.sq_off.tail);
	ring.sq_mask = (void *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (void *)(sq + p.sq_off.array);
	ring.cq_head = (void *)(cq + p.cq_off.head);
	ring.cq_tail = (void *)(cq + p.cq_off.tail);
	ring.cq_mask = (void *)(cq + p.cq_off.ring_mask);
	ring.cqe = (void *)(cq + p.cq_off.cqes);
}

/* What a command of io_uring's ends with; it is not waited for, as it ends at once. */
static int ring_bell(unsigned int op, const struct tgtcore_user_bell *bell)
{
	unsigned int i = *ring.sq_tail & *ring.sq_mask;
	int res;

	memset(&ring.sqe[i], 0, sizeof(*ring.sqe));
	ring.sqe[i].opcode = IORING_OP_URING_CMD;
	ring.sqe[i].fd = t->fd;
	ring.sqe[i].cmd_op = op;
	memcpy(ring.sqe[i].cmd, bell, sizeof(*bell));
	ring.sq_array[i] = i;
	store_release(ring.sq_tail, *ring.sq_tail + 1);
	if (syscall(__NR_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0) != 1)
		err(1, "io_uring_enter");
	if (load_acquire(ring.cq_tail) == *ring.cq_head)
		errx(1, "a bell is parked");
	res = ring.cqe[*ring.cq_head & *ring.cq_mask].res;
	store_release(ring.cq_head, *ring.cq_head + 1);
	return res;
}

static int bell(unsigned int enter_arg)
{
	struct tgtcore_user_bell b = { .enter = enter_arg };

	return ring_bell(TGTCORE_USER_ENTER, &b);
}

static void do_bell(void)
{
	struct tgtcore_user_bell b = { .resv = 1 };
	struct pollfd p = { .events = POLLIN };
	unsigned int i, n = 0, want = number;

	number = 0;
	make_ring();
	expect("before START", bell(0), -ENOTCONN);
	begin(answer_all);
	expect("bell", bell(0), 0);
	expect("no such queue", bell(tgtcore_queues(t)), -EINVAL);
	expect("one that sleeps", bell(TGTCORE_USER_WAIT), -EINVAL);
	expect("a wake-up", bell(TGTCORE_USER_WAKE), 0);
	expect("reserved", ring_bell(TGTCORE_USER_ENTER, &b), -EINVAL);
	b = (struct tgtcore_user_bell) { .resv32 = 1 };
	expect("reserved", ring_bell(TGTCORE_USER_ENTER, &b), -EINVAL);
	b = (struct tgtcore_user_bell) { };
	expect("another call", ring_bell(TGTCORE_USER_INFO, &b), -ENOTTY);
	p.fd = t->fd;
	while (n < want) {
		if (poll(&p, 1, 60000) != 1)
			errx(1, "%u commands, no more", n);
		for (i = 0; i < tgtcore_queues(t); i++) {
			struct tgtcore_queue *q = tgtcore_queue(t, i);

			n += take_all(q);
			store_release(&q->cq->tail, q->tail);
			expect("bell", bell(i), 0);
			q->taken = q->tail;
		}
	}
	printf("%u or more\n", want);
	fflush(stdout);
	if (tgtcore_run(t))
		err(1, "run");
}

/* ---- the file is passed on -------------------------------------------------------------- */

static char *shared;
static unsigned int served_so_far;

static void answer_shared(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	served_so_far++;
	if (req->op == TGTCORE_USER_OP_READ)
		memcpy(req->data, shared + req->offset, req->len);
	else if (req->op == TGTCORE_USER_OP_WRITE)
		memcpy(shared + req->offset, req->data, req->len);
	tgtcore_done(q, req, TGTCORE_USER_OK);
}

static void pass(int sock, int fd)
{
	char byte = 1, control[CMSG_SPACE(sizeof(int))] = { };
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(sock, &msg, 0) != 1 || read(sock, &byte, 1) != 1)
		err(1, "passing the file");
}

static int get_passed(int sock)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = { };
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(sock, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		err(1, "no file");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

static void do_passed(int sock, const struct tgtcore_params *params)
{
	t = tgtcore_adopt(get_passed(sock));
	if (!t || tgtcore_go_on(t, params))
		err(1, "adopt");
	expect("a region beside that of the other", tgtcore_register(t, shared, LEN), 1);
	/* from here on it is this process whose end is the daemon's */
	if (tgtcore_turn(tgtcore_queue(t, 0), 0) < 0 || enter_raw(0, 0) < 0 ||
	    write(sock, "", 1) != 1)
		err(1, "adopted");
	if (tgtcore_run(t))
		err(1, "run");
	exit(0);
}

static void do_pass(const char *name)
{
	struct tgtcore_params params = { .buf_size = 65536, .request = answer_shared };
	unsigned int want = number;
	struct tgtcore_queue *q;
	void *mem;
	int sock[2];
	pid_t pid;

	tgtcore_close(t);
	shared = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		err(1, "no memory, no socket");
	pid = fork();
	if (!pid)
		do_passed(sock[1], &params);
	printf("%d\n", pid);
	fflush(stdout);
	t = tgtcore_open(name, 1);
	if (!t)
		err(1, "%s", name);
	tgtcore_use_pool(t);
	expect("a region", tgtcore_pool(t, sysconf(_SC_PAGESIZE), &mem), 0);
	if (tgtcore_start(t, &params))
		err(1, "start");
	q = tgtcore_queue(t, 0);
	while (served_so_far < want)
		if (tgtcore_turn(q, 1) < 0)
			err(1, "turn");
	if (tgtcore_turn(q, 0) < 0)
		err(1, "turn");
	pass(sock[0], t->fd);
}

/* ---- sizes ------------------------------------------------------------------------------ */

static long resized(__u64 size, __u32 error)
{
	return say_size(t, size, error) ? -errno : 0;
}

static void do_grow(void)
{
	__u64 size = number;

	number = 0;
	begin(answer_all);
	expect("a size that was not asked for cannot be refused", resized(size, ENOSPC), -EINVAL);
	expect("smaller", resized(4096, 0), -EINVAL);
	expect("nothing", resized(0, 0), -EINVAL);
	expect("half a block", resized(size + 256, 0), -EINVAL);
	expect("an error that is none", resized(size, 4096), -EINVAL);
	expect("grown", resized(size, 0), 0);
	if (tgtcore_run(t))
		err(1, "run");
}

static void do_stale(const char *name)
{
	struct tgtcore_user_start start = { .write_mode = TGTCORE_USER_WRITE_FETCH };
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "tgtctl device set %s size=%u", name, number);
	if (system(cmd))
		errx(1, "%s", cmd);
	printf("%ld\n", call(t->fd, TGTCORE_USER_START, &start));
	expect("INFO", call(t->fd, TGTCORE_USER_INFO, &t->info), 0);
	expect("size", t->info.size, number);
	expect("START", call(t->fd, TGTCORE_USER_START, &start), 0);
}

/* ---- moments ---------------------------------------------------------------------------- */

static void *stopper(void *arg)
{
	usleep(rand() % 3000);
	tgtcore_stop(arg);
	return NULL;
}

static void do_stop(const char *name)
{
	unsigned int i, rounds = number;
	pthread_t thread;

	number = 0;
	begin(answer_all);
	tgtcore_stop(t);
	if (tgtcore_run(t))
		err(1, "run, stopped before");
	for (i = 0; i < rounds; i++) {
		tgtcore_close(t);
		reopen(name);
		begin(answer_all);
		if (pthread_create(&thread, NULL, stopper, t))
			errx(1, "no thread");
		if (tgtcore_run(t))
			err(1, "run");
		pthread_join(thread, NULL);
	}
	printf("stopped %u times\n", i);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: useract NAME WHAT [NUMBER]");
	number = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	reopen(argv[1]);
	if (!strcmp(argv[2], "sleep")) {
		do_sleep();
	} else if (!strcmp(argv[2], "keep")) {
		do_keep();
	} else if (!strcmp(argv[2], "wake")) {
		do_wake();
	} else if (!strcmp(argv[2], "fault")) {
		do_fault(argv[1]);
	} else if (!strcmp(argv[2], "stop")) {
		do_stop(argv[1]);
	} else if (!strcmp(argv[2], "calls")) {
		do_calls(argv[1]);
	} else if (!strcmp(argv[2], "pieces")) {
		do_pieces();
	} else if (!strcmp(argv[2], "lists")) {
		do_lists(argv[1]);
	} else if (!strcmp(argv[2], "bell")) {
		do_bell();
	} else if (!strcmp(argv[2], "pass")) {
		do_pass(argv[1]);
	} else if (!strcmp(argv[2], "grow")) {
		do_grow();
	} else if (!strcmp(argv[2], "stale")) {
		do_stale(argv[1]);
	} else {
		begin(!strcmp(argv[2], "die") ? answer_none : answer_fetch);
		if (tgtcore_run(t))
			err(1, "run");
	}
	return 0;
}
