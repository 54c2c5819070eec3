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
 */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdlib.h>
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
	} else {
		begin(!strcmp(argv[2], "die") ? answer_none : answer_fetch);
		if (tgtcore_run(t))
			err(1, "run");
	}
	return 0;
}
