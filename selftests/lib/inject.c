// SPDX-License-Identifier: GPL-2.0
/* Fault injection for test programs: the kernel's files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "inject.h"

#define INJECT_PARAM	"/sys/module/fail_probe/parameters/"
#define WORKERS_MAX	512
#define PF_WQ_WORKER	0x20	/* linux/sched.h */

static int put(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, val, strlen(val)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int put_number(const char *path, long long n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%lld", n);
	return put(path, buf);
}

static int arm_fd(int fd, unsigned int n)
{
	char buf[16];
	int len = snprintf(buf, sizeof(buf), "%u", n);

	return pwrite(fd, buf, len, 0) == len ? 0 : -errno;
}

/* ---- fail-nth of a thread --------------------------------------------------------------- */

static int own_fd = -1, nth_fd = -1;

static int own_arm(unsigned int n)
{
	return arm_fd(nth_fd, n);
}

static bool own_hit(void)
{
	char buf[16] = { };
	ssize_t len = pread(nth_fd, buf, sizeof(buf) - 1, 0);

	/* reading is what met it: the call had not */
	if (len < 0)
		return false;
	if (atoi(buf))
		own_arm(0);
	return !atoi(buf);
}

const struct injector inject_own = {
	.name = "allocation", .arm = own_arm, .hit = own_hit, .misses = 1,
};

int inject_process(int pid)
{
	char path[64];

	if (nth_fd != own_fd)
		close(nth_fd);
	nth_fd = own_fd;
	if (!pid)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	nth_fd = open(path, O_RDWR | O_CLOEXEC);
	return nth_fd < 0 ? -errno : 0;
}

const char *inject_missing(void)
{
	if (access(INJECT_DEBUGFS "failslab", F_OK) &&
	    system("mount -t debugfs none /sys/kernel/debug 2>/dev/null"))
		return "no debugfs";
	own_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	nth_fd = own_fd;
	if (own_fd < 0 || put(INJECT_DEBUGFS "failslab/ignore-gfp-wait", "N"))
		return "the kernel has no failslab";
	put(INJECT_DEBUGFS "failslab/verbose", "0");
	put(INJECT_DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	put(INJECT_DEBUGFS "fail_page_alloc/min-order", "0");
	put(INJECT_DEBUGFS "fail_page_alloc/verbose", "0");
	put(INJECT_DEBUGFS "fail_usercopy/verbose", "0");
	return NULL;
}

/* ---- the same of all workers ------------------------------------------------------------ */

static struct {
	int	fd;
	bool	armed;
} worker[WORKERS_MAX];

static unsigned int nr_workers;

/* By its flags: what a worker starts, such as modprobe, has its name until the exec(2). */
static bool is_worker(const char *pid)
{
	char path[64], stat[512] = { }, *end;
	unsigned int flags;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, stat, sizeof(stat) - 1) < 0)
		stat[0] = 0;
	close(fd);
	end = strrchr(stat, ')');
	return end && sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & PF_WQ_WORKER;
}

/* They come and go: looked for each time. */
static void find_workers(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	char path[64];
	int fd;

	while (nr_workers)
		close(worker[--nr_workers].fd);
	while (proc && nr_workers < WORKERS_MAX && (e = readdir(proc))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_worker(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/fail-nth", e->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			worker[nr_workers++].fd = fd;
	}
	if (proc)
		closedir(proc);
}

static int workers_arm(unsigned int n)
{
	unsigned int i;

	find_workers();
	for (i = 0; i < nr_workers; i++)
		worker[i].armed = !arm_fd(worker[i].fd, n);
	return nr_workers ? 0 : -ESRCH;
}

static bool workers_hit(void)
{
	bool hit = false;
	unsigned int i;

	for (i = 0; i < nr_workers; i++) {
		char buf[16] = { };

		if (!worker[i].armed || pread(worker[i].fd, buf, sizeof(buf) - 1, 0) <= 0)
			continue;
		if (atoi(buf))
			arm_fd(worker[i].fd, 0);
		else
			hit = true;
	}
	return hit;
}

const struct injector inject_workers = {
	.name = "worker's allocation", .arm = workers_arm, .hit = workers_hit, .wait_ms = 50,
	.misses = 3, .max = 24,
};

/* ---- functions of ours ------------------------------------------------------------------ */

static int function_arm(unsigned int n)
{
	return put_number(INJECT_PARAM "nth", n);
}

static bool function_hit(void)
{
	char buf[16] = { };
	int fd = open(INJECT_PARAM "nth", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, buf, sizeof(buf) - 1) <= 0)
		strcpy(buf, "1");
	close(fd);
	function_arm(0);
	return !atoi(buf);
}

const struct injector inject_function = {
	.name = "call", .arm = function_arm, .hit = function_hit, .wait_ms = 50, .misses = 1,
};

int inject_into(const char *function, const char *type)
{
	int err;

	if (!function)
		return put(INJECT_PARAM "function", "\n");
	if (access(INJECT_PARAM "nth", F_OK) && system("modprobe fail_probe"))
		return -ENOENT;
	err = put_number(INJECT_PARAM "value", strcmp(type, "NULL") ? -ENOMEM : 0);
	return err ?: put(INJECT_PARAM "function", function);
}
