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
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "handler.h"

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
 * there is. Until then nothing of another daemon's is answered. What is longer stays so: it may
 * have been given by mistake, or the device be made anew.
 */
static int open_file(const char *path, uint64_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs))
		err(1, "%s", path);
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC)
		errx(1, "%s: not on tmpfs: what is said to be written would not be", path);
	if (flock(fd, LOCK_EX) || fstat(fd, &st))
		err(1, "%s", path);
	if ((uint64_t)st.st_size < size && ftruncate(fd, size))
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = {
		.write_mode = TGTCORE_USER_WRITE_FETCH,
		.request = request,
	};
	struct handler h = {
		.program = "tgtcore-mem",
		.args = " [FILE]",
		.max_args = 1,
		.help = "Serves the device NAME of backend user from memory, or from FILE, or\n"
			"that of the device's config=, on tmpfs, which outlives the daemon.",
	};
	long page = sysconf(_SC_PAGESIZE);
	const char *path;
	struct disk d;
	uint64_t size;
	int fd, n;

	handler_args(&h, argc, argv);
	handler_open(&h);
	path = handler_config(&h, NULL);
	size = (tgtcore_info(h.t)->size + page - 1) / page * page;
	if (h.create)
		return 0;
	fd = path ? open_file(path, size) : -1;
	d.mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (d.mem == MAP_FAILED)
		err(1, "%llu bytes", (unsigned long long)size);
	n = tgtcore_register(h.t, d.mem, size);
	if (n < 0)
		err(1, "pinning %llu bytes", (unsigned long long)size);
	handler_shield(&h);
	d.region = n;
	params.priv = &d;
	if (tgtcore_start(h.t, &params))
		err(1, "%s", h.name);
	handler_ready(&h);
	if (tgtcore_run(h.t))
		err(1, "%s", h.name);
	tgtcore_close(h.t);
	return 0;
}
