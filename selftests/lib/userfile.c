// SPDX-License-Identifier: GPL-2.0
/*
 * userfile NAME FILE [take] [pool] [spin]: a backstore as small as it gets, with buffers of 64 KiB
 * and pread(2). As in the example of libtgtcore(3), but with the library in it. It takes over from
 * another, has its buffers of the kernel, or looks for commands before it sleeps.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "../../tools/libtgtcore/libtgtcore.c"

static int fd;

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	ssize_t n = req->len;

	switch (req->op) {
	case TGTCORE_USER_OP_READ:
		n = pread(fd, req->data, req->len, req->offset);
		break;
	case TGTCORE_USER_OP_WRITE:
		n = pwrite(fd, req->data, req->len, req->offset);
		if (n == req->len && req->flags & TGTCORE_USER_SQE_FUA && fdatasync(fd))
			n = -1;
		break;
	case TGTCORE_USER_OP_FLUSH:
		n = fdatasync(fd);
		break;
	default:
		n = -1;
	}
	tgtcore_done(q, req, n == req->len ? TGTCORE_USER_OK : TGTCORE_USER_EIO);
}

static int grow(struct tgtcore *t, uint64_t size, void *priv)
{
	return ftruncate(fd, size) ? errno : 0;
}

static int has(char **word, const char *what)
{
	for (; *word; word++)
		if (!strcmp(*word, what))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .buf_size = 65536, .request = request };
	struct tgtcore *t;
	int take;

	if (argc < 3)
		errx(2, "usage: userfile NAME FILE [take] [pool] [spin]");
	take = has(argv + 3, "take");
	t = take ? tgtcore_open_standby(argv[1], 0) : tgtcore_open(argv[1], 0);
	if (!t)
		err(1, "/dev/tgtcore/%s", argv[1]);
	if (has(argv + 3, "pool"))
		tgtcore_use_pool(t);
	if (has(argv + 3, "spin"))
		tgtcore_spin(t, 200);
	tgtcore_on_resize(t, grow);
	if (take && tgtcore_takeover(t))
		err(1, "takeover");
	fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* until the I/O of the daemon before this one is over */
	if (fd < 0 || flock(fd, LOCK_EX) || ftruncate(fd, tgtcore_info(t)->size))
		err(1, "%s", argv[2]);
	if (tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "%s", argv[1]);
	tgtcore_close(t);
	return 0;
}
