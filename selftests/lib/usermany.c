// SPDX-License-Identifier: GPL-2.0
/*
 * usermany PREFIX N: one thread that serves the devices PREFIX0 to PREFIX(N-1), made with data=no,
 * from one epoll. Makes /run/usermany when all are served.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "../../tools/libtgtcore/libtgtcore.c"

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	(void)priv;
	tgtcore_done(q, req, TGTCORE_USER_OK);
}

static void serve_too(int epoll, const char *name)
{
	static const struct tgtcore_params params = { .request = request };
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	struct tgtcore *t = tgtcore_open(name, 1);

	e.data.ptr = t;
	if (!t || tgtcore_start(t, &params) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, tgtcore_fd(t), &e))
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	int i, n, epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e[64];
	char name[32];

	if (argc != 3)
		errx(2, "usage: usermany PREFIX N");
	if (epoll < 0 || setrlimit(RLIMIT_NOFILE, &files))
		err(1, "epoll");
	for (i = 0; i < atoi(argv[2]); i++) {
		snprintf(name, sizeof(name), "%s%d", argv[1], i);
		serve_too(epoll, name);
	}
	if (close(creat("/run/usermany", 0600)))
		err(1, "/run/usermany");
	while ((n = epoll_wait(epoll, e, 64, -1)) >= 0)
		for (i = 0; i < n; i++)
			while (tgtcore_turn(tgtcore_queue(e[i].data.ptr, 0), 0) > 0)
				;
	err(1, "epoll_wait");
}
