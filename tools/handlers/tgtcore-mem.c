// SPDX-License-Identifier: GPL-2.0
/*
 * tgtcore-mem NAME [FILE]: serves a device from memory; with FILE, on tmpfs, from that, so that
 * what was written outlives the daemon. FILE may also be the device's config=.
 *
 * The memory is one region, as long as the disk: the kernel copies between it and the initiator's
 * pages, and nothing else is copied.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#include <libtgtcore.h>

struct disk {
	char		*mem;
	unsigned int	region;
};

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	const struct disk *d = priv;

	switch (req->op) {
	case TGTCORE_USER_OP_READ:
	case TGTCORE_USER_OP_WRITE:
		tgtcore_done_at(q, req, d->region, req->offset);
		break;
	case TGTCORE_USER_OP_FLUSH:
		tgtcore_done(q, req, TGTCORE_USER_OK);
		break;
	case TGTCORE_USER_OP_UNMAP:
		memset(d->mem + req->offset, 0, req->len);
		tgtcore_done(q, req, TGTCORE_USER_OK);
		break;
	default:
		tgtcore_done(q, req, TGTCORE_USER_EIO);
	}
}

/*
 * The lock is on the file the I/O goes to: it is gone when the last process that could write
 * there is. Until then nothing of another daemon's is answered.
 */
static int open_file(const char *path, uint64_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) || ftruncate(fd, size))
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = request,
	};
	const struct tgtcore_user_info *info;
	long page = sysconf(_SC_PAGESIZE);
	const char *path;
	struct tgtcore *t;
	struct disk d;
	uint64_t size;
	int fd, n;

	if (argc < 2 || argc > 3)
		errx(2, "usage: tgtcore-mem NAME [FILE]");
	t = tgtcore_open(argv[1], 0);
	if (!t)
		err(1, "/dev/tgtcore/%s", argv[1]);
	info = tgtcore_info(t);
	path = argc > 2 ? argv[2] : info->config;
	size = (info->size + page - 1) / page * page;
	fd = *path ? open_file(path, size) : -1;
	d.mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (d.mem == MAP_FAILED)
		err(1, "%llu bytes", (unsigned long long)size);
	n = tgtcore_register(t, d.mem, size);
	if (n < 0)
		err(1, "pinning %llu bytes", (unsigned long long)size);
	d.region = n;
	params.priv = &d;
	if (tgtcore_start(t, &params) || tgtcore_run(t))
		err(1, "%s", argv[1]);
	tgtcore_close(t);
	return 0;
}
