// SPDX-License-Identifier: GPL-2.0
/*
 * userfile NAME FILE: a backstore as small as it gets, with buffers of 64 KiB and pread(2). As in
 * the example of libtgtcore(3), but with the library in it.
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

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .buf_size = 65536, .request = request };
	struct tgtcore *t;

	if (argc != 3)
		errx(2, "usage: userfile NAME FILE");
	t = tgtcore_open(argv[1], 0);
	if (!t)
		err(1, "/dev/tgtcore/%s", argv[1]);
	fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* until the I/O of the daemon before this one is over */
	if (fd < 0 || flock(fd, LOCK_EX) || ftruncate(fd, tgtcore_info(t)->size))
		err(1, "%s", argv[2]);
	if (tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "%s", argv[1]);
	tgtcore_close(t);
	return 0;
}
