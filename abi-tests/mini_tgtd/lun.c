// SPDX-License-Identifier: GPL-2.0
/* What LUNs are made of. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mini_tgtd.h"

static __u64 parse_size(const char *arg)
{
	static const char units[] = "KMGT";
	char *end, *unit;
	__u64 size = strtoull(arg, &end, 0);

	unit = *end ? strchr(units, *end) : NULL;
	if (unit)
		size <<= 10 * (unit - units + 1);
	return *end && (!unit || end[1]) ? 0 : size;
}

static int map_file(struct lun *lun, const char *path)
{
	struct stat st;

	lun->fd = open(path, (lun->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (lun->fd < 0 || fstat(lun->fd, &st))
		return -1;
	lun->blocks = st.st_size / 512;
	lun->map = mmap(NULL, lun->blocks * 512, PROT_READ | (lun->read_only ? 0 : PROT_WRITE),
			MAP_SHARED, lun->fd, 0);
	return lun->map == MAP_FAILED ? -1 : 0;
}

static int map_memory(struct lun *lun, const char *size)
{
	lun->blocks = parse_size(size) / 512;
	lun->map = mmap(NULL, lun->blocks * 512, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return lun->map == MAP_FAILED ? -1 : 0;
}

/* Its pages are asked of us, and we never bring them: a file whose server is gone. */
static int make_stuck(struct lun *lun)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = {
		.range = { .start = (uintptr_t)lun->map, .len = lun->blocks * 512 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return -1;
	return ioctl(fd, UFFDIO_REGISTER, &all);
}

struct lun *lun_open(const char *what)
{
	struct lun *lun = calloc(1, sizeof(*lun));
	int err = -1;

	if (!lun)
		return NULL;
	lun->fd = -1;
	lun->silent_from = UINT64_MAX;
	errno = EINVAL;
	if (!strncmp(what, "file:", 5)) {
		err = map_file(lun, what + 5);
	} else if (!strncmp(what, "ro:", 3)) {
		lun->read_only = true;
		err = map_file(lun, what + 3);
	} else if (!strncmp(what, "ram:", 4)) {
		err = map_memory(lun, what + 4);
	} else if (!strncmp(what, "silent:", 7)) {
		err = map_memory(lun, what + 7);
		lun->silent_from = lun->blocks / 2;
	} else if (!strncmp(what, "stuck:", 6)) {
		err = map_memory(lun, what + 6);
		if (!err)
			err = make_stuck(lun);
	}
	if (err) {
		free(lun);
		return NULL;
	}
	return lun;
}
