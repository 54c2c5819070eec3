// SPDX-License-Identifier: GPL-2.0
/*
 * tgtcore-file NAME [PATH]: serves a device from a file or a block device, by direct I/O through
 * io_uring. PATH may also be the device's config=.
 *
 * Each queue has a thread with a ring of its own. Data is in the tag's buffer, which both the
 * kernel's target and the ring know: a read lands there and is answered from there, a write goes
 * out from there. A thread sleeps in TGTCORE_USER_ENTER if it has nothing under way, else in its
 * ring, where a poll of the device tells it of more commands.
 *
 * Lifetimes: an io is its tag's thread's from the command until the answer; buffers, rings and the
 * file are there until the process ends. The file is locked, by the very open file all I/O uses,
 * which the kernel keeps until the last request of a process that was killed is over.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "handler.h"

#define BUFFER		(128U << 10)
#define POLL		(~0ULL)		/* user_data of the poll; others have their tag there */
#define CLAIM_S		3		/* for a process that ends to let go of a block device */
#define WARN_MS		1000		/* one that has left has its medium locked that long */

/* How blocks are made to read as zeroes: what the medium does not know is tried once. */
enum zeroing {
	PUNCH,		/* and its space is free again */
	ZERO_RANGE,
	ZERO_WRITE,	/* from a buffer of zeroes */
};

/**
 * struct io - a command on its way
 * @req: the command
 * @done: bytes of it moved
 * @syncs: it is written, and is to be stable before it is answered
 * @how: for unmap
 */
struct io {
	struct tgtcore_req	req;
	uint32_t		done;
	bool			syncs;
	enum zeroing		how;
};

/**
 * struct worker - a queue's thread
 * @q: its queue
 * @ring: its ring
 * @busy: commands that are under way
 * @polled: the ring has a poll of the device
 */
struct worker {
	struct tgtcore_queue	*q;
	struct io_uring		ring;
	unsigned int		busy;
	bool			polled;
};

static struct handler h = {
	.program = "tgtcore-file",
	.args = " [PATH]",
	.max_args = 1,
	.can_take_over = true,
	.help = "Serves the device NAME of backend user from the file or block device PATH, or\n"
		"that of the device's config=, by direct I/O.",
};

static const struct tgtcore_user_info *info;
static struct io *io;			/* by tag */
static char *buffers;
static uint64_t buffers_len;
static char *zeroes;
static int fd = -1;
static bool is_disk;
static _Atomic enum zeroing zeroing = PUNCH;
static __thread struct worker *me;

/* ---- the medium ------------------------------------------------------------------------- */

/* 0 or an errno. */
static int medium_size(uint64_t *size)
{
	struct stat st;

	if (is_disk ? ioctl(fd, BLKGETSIZE64, size) : fstat(fd, &st))
		return errno;
	if (!is_disk)
		*size = st.st_size;
	return 0;
}

/* False: another process has it. */
static bool try_lock(const char *path)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return true;
	if (errno != EWOULDBLOCK)
		err(1, "%s: flock", path);
	return false;
}

static void warn_locked(const char *path)
{
	warnx("%s: waiting for the process that has it locked", path);
}

/* Until the I/O of whoever served from it before is over: then nothing of ours can be overtaken. */
static void await_lock(const char *path)
{
	warn_locked(path);
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			err(1, "%s: flock", path);
}

/*
 * Who was asked has left, and is about to end. If the lock is another's, it is waited for until
 * the commands that are held have passed their deadline.
 */
static void await_left(const char *path)
{
	unsigned int ms;

	for (ms = 0; !try_lock(path); ms++) {
		if (ms == WARN_MS)
			warn_locked(path);
		if (ms >= 1000 * info->timeout)
			errx(1, "%s: another process has it locked", path);
		usleep(1000);
	}
}

/* A disk is nobody else's either: no file system is on it. Who ends lets go a moment later. */
static void claim_disk(const char *path)
{
	unsigned int i;

	for (i = 0; i < 10 * CLAIM_S; i++) {
		if (open(path, O_RDONLY | O_CLOEXEC | O_EXCL) >= 0)
			return;
		if (errno != EBUSY)
			break;
		usleep(100000);
	}
	if (errno == EBUSY)
		errx(1, "%s: in use, mounted for example", path);
	err(1, "%s", path);
}

static void check_direct(const char *path)
{
	struct statx x = { 0 };

	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &x) || !(x.stx_mask & STATX_DIOALIGN))
		return;
	if (!x.stx_dio_offset_align)
		errx(1, "%s: there is no direct I/O on it", path);
	if (info->block_size % x.stx_dio_offset_align)
		errx(1, "%s: direct I/O is by %u bytes there: make the device with block-size=%u",
		     path, x.stx_dio_offset_align, x.stx_dio_offset_align);
}

/*
 * A device may have grown while it had no daemon. Then the file does, if one has served the device
 * from it before, for else it may be another's; beside a daemon that serves, it has grown already.
 */
static bool may_grow(void)
{
	return !is_disk && info->generation && !h.takeover && !(info->flags & TGTCORE_USER_RDONLY);
}

/* As long as the device, at least; until it is ours it is only looked at. */
static void check_size(const char *path, bool ours)
{
	uint64_t size;

	errno = medium_size(&size);
	if (errno)
		err(1, "%s", path);
	if (size >= info->size)
		return;
	if (!may_grow())
		errx(1, "%s: %llu bytes, and the device has %llu", path, (unsigned long long)size,
		     (unsigned long long)info->size);
	if (ours && (ftruncate(fd, info->size) || fsync(fd)))
		err(1, "%s: making it as long as the device", path);
}

static void open_medium(const char *path)
{
	int flags = (info->flags & TGTCORE_USER_RDONLY ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_DIRECT;
	struct stat st;

	if (*path != '/')
		errx(1, "%s: not an absolute path", path);
	/* not opened before it is known what it is: a pipe would wait for its other end */
	if (stat(path, &st))
		err(1, "%s", path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		errx(1, "%s: neither a file nor a block device", path);
	is_disk = S_ISBLK(st.st_mode);
	/* without a cache, what is answered is stable */
	if (!(info->flags & TGTCORE_USER_CACHE))
		flags |= O_DSYNC;
	fd = open(path, flags);
	if (fd < 0 && errno == EINVAL)
		errx(1, "%s: there is no direct I/O on it", path);
	if (fd < 0)
		err(1, "%s", path);
	check_direct(path);
	check_size(path, false);
}

/*
 * It is ours alone, and as long as the device is by now: that may have grown meanwhile. Who serves
 * the device has it locked, and only if somebody has is he asked to leave. False: nobody had.
 */
static bool own_medium(const char *path)
{
	bool locked = !try_lock(path);

	if (locked && h.takeover) {
		handler_takeover(&h);
		await_left(path);
	} else if (locked) {
		await_lock(path);
	}
	if (is_disk)
		claim_disk(path);
	check_size(path, true);
	return locked;
}

/*
 * The device is to have that size: a file grows, a disk must have. Initiators are told of it, so it
 * is stable first, be it that it had grown before. An errno tells why not.
 */
static int resize(struct tgtcore *t, uint64_t size, void *priv)
{
	uint64_t now;
	int error = medium_size(&now);

	(void)t;
	(void)priv;
	if (error)
		return error;
	if (is_disk)
		return now < size ? ENOSPC : 0;
	return (now < size && ftruncate(fd, size)) || fsync(fd) ? errno : 0;
}

/*
 * What is a hole of the file, in whole blocks: one that is data in part is data. A disk does not
 * tell, and of a file system that does not all is data.
 */
static int map(struct tgtcore *t, uint64_t offset, uint64_t *len, void *priv)
{
	uint64_t block = info->block_size;
	off_t data, hole;

	(void)t;
	(void)priv;
	data = is_disk ? -1 : lseek(fd, offset, SEEK_DATA);
	if (data < 0 && !is_disk && errno == ENXIO) {	/* none until the end */
		*len = -block;
		return 0;
	}
	if (data >= (off_t)(offset + block)) {
		*len = (data - offset) / block * block;
		return 0;
	}
	hole = data < 0 ? data : lseek(fd, data, SEEK_HOLE);
	if (hole <= (off_t)offset)
		return -1;
	*len = (hole - offset + block - 1) / block * block;
	return 1;
}

/* --create: a file that is as long as the device, if there is none or a shorter one. */
static void create_medium(const char *path)
{
	struct stat st;

	if (*path != '/')
		errx(1, "%s: not an absolute path", path);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		exit(0);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	if ((uint64_t)st.st_size < info->size && ftruncate(fd, info->size))
		err(1, "%s: %llu bytes", path, (unsigned long long)info->size);
	exit(0);
}

/* ---- to the ring ------------------------------------------------------------------------ */

static struct io_uring_sqe *get_sqe(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&me->ring);

	while (!sqe) {
		io_uring_submit(&me->ring);
		sqe = io_uring_get_sqe(&me->ring);
	}
	return sqe;
}

static void prep_unmap(struct io_uring_sqe *sqe, struct io *i, uint64_t at, uint32_t len)
{
	static const int modes[] = {
		[PUNCH] = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		[ZERO_RANGE] = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	};

	i->how = zeroing;
	if (i->how == ZERO_WRITE)
		io_uring_prep_write(sqe, 0, zeroes, len < BUFFER ? len : BUFFER, at);
	else
		io_uring_prep_fallocate(sqe, 0, modes[i->how], at, len);
}

/* Begins a command, or goes on with it. */
static void issue(struct io *i)
{
	struct io_uring_sqe *sqe = get_sqe();
	const struct tgtcore_req *req = &i->req;
	uint64_t at = req->offset + i->done;
	uint32_t len = req->len - i->done;
	char *data = (char *)req->data + i->done;

	if (req->op == TGTCORE_USER_OP_FLUSH || i->syncs) {
		io_uring_prep_fsync(sqe, 0, IORING_FSYNC_DATASYNC);
	} else if (req->op == TGTCORE_USER_OP_READ) {
		io_uring_prep_read_fixed(sqe, 0, data, len, at, 0);
	} else if (req->op == TGTCORE_USER_OP_WRITE) {
		io_uring_prep_write_fixed(sqe, 0, data, len, at, 0);
		if (req->flags & TGTCORE_USER_SQE_FUA)
			sqe->rw_flags = RWF_DSYNC;
	} else {
		prep_unmap(sqe, i, at, len);
	}
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(sqe, req->tag);
}

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	struct io *i = &io[req->tag];

	(void)priv;
	if (req->op < TGTCORE_USER_OP_READ || req->op > TGTCORE_USER_OP_UNMAP) {
		tgtcore_done(q, req, TGTCORE_USER_EIO);
		return;
	}
	i->req = *req;
	i->done = 0;
	i->syncs = false;
	me->busy++;
	issue(i);
}

/* ---- and back --------------------------------------------------------------------------- */

static uint32_t status_of(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return TGTCORE_USER_ENOSPC;
	default:
		return TGTCORE_USER_EIO;
	}
}

static void answer(struct io *i, uint32_t status)
{
	me->busy--;
	tgtcore_done(me->q, &i->req, status);
}

/* A way to make zeroes that the medium has not: another one is tried, for good. */
static bool other_way(struct io *i, int error)
{
	if (i->req.op != TGTCORE_USER_OP_UNMAP || i->how == ZERO_WRITE ||
	    error != EOPNOTSUPP)
		return false;
	if (zeroing == i->how)
		zeroing = i->how + 1;
	return true;
}

/* What was unmapped without a cache is to be stable. */
static bool to_be_synced(const struct io *i)
{
	return i->req.op == TGTCORE_USER_OP_UNMAP && !i->syncs &&
	       !(info->flags & TGTCORE_USER_CACHE);
}

static void done(struct io *i, int res)
{
	bool moves = i->req.op == TGTCORE_USER_OP_READ || i->req.op == TGTCORE_USER_OP_WRITE ||
		     (i->req.op == TGTCORE_USER_OP_UNMAP && i->how == ZERO_WRITE);

	if (res == -EINTR || res == -EAGAIN || (res < 0 && other_way(i, -res))) {
		issue(i);
		return;
	}
	if (res < 0 || (moves && !i->syncs && !res)) {
		answer(i, status_of(-res));
		return;
	}
	if (moves && !i->syncs)
		i->done += res;
	if (moves && i->done < i->req.len) {
		issue(i);
	} else if (to_be_synced(i)) {
		i->syncs = true;
		issue(i);
	} else {
		answer(i, TGTCORE_USER_OK);
	}
}

static void reap(void)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(&me->ring, head, cqe) {
		n++;
		if (cqe->user_data != POLL)
			done(&io[cqe->user_data], cqe->res);
		else	/* at its end, the device says the same at once each time */
			me->polled = cqe->res > 0 && cqe->res & (POLLERR | POLLHUP);
	}
	io_uring_cq_advance(&me->ring, n);
}

/* ---- threads ---------------------------------------------------------------------------- */

/*
 * Who polls is woken once, and for more only if it asks again: a multishot poll does not. Nothing
 * is taken any more when it is to end, and nothing comes when another takes over.
 */
static void poll_device(void)
{
	struct io_uring_sqe *sqe;

	if (me->polled || handler_stopping() || tgtcore_leaving(h.t))
		return;
	sqe = get_sqe();
	io_uring_prep_poll_add(sqe, tgtcore_fd(h.t), POLLIN);
	io_uring_sqe_set_data64(sqe, POLL);
	me->polled = true;
}

static int turn(void)
{
	int n = handler_stopping() ? 0 : tgtcore_turn(me->q, 0);

	if (n < 0)
		return -1;
	if (!me->busy)
		return tgtcore_give(me->q, 1);
	poll_device();
	n = io_uring_submit_and_wait(&me->ring, 1);
	if (n < 0 && n != -EINTR && n != -EAGAIN && n != -EBUSY) {
		errno = -n;
		return -1;
	}
	reap();
	return 0;
}

/* All it has begun is over, and answered, when it ends: but for a device that is gone. */
static void *serve(void *arg)
{
	me = arg;
	while (me->busy || !handler_stopping()) {
		if (!turn() || errno == EINTR)
			continue;
		if (errno == ENODEV || errno == ESHUTDOWN)	/* gone, or another's */
			break;
		err(1, "%s", h.name);
	}
	tgtcore_give(me->q, 0);
	return NULL;
}

/* A ring may be made here and then be another thread's alone: it is that which enables it. */
static void set_up(struct worker *w, unsigned int n)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_R_DISABLED,
	};
	struct iovec iov = { .iov_base = buffers, .iov_len = buffers_len };
	unsigned int entries = 8;
	int ret;

	while (entries < info->depth + 2)
		entries *= 2;
	ret = io_uring_queue_init_params(entries, &w->ring, &p);
	if (!ret)
		ret = io_uring_register_files(&w->ring, &fd, 1);
	if (!ret)
		ret = io_uring_register_buffers(&w->ring, &iov, 1);
	if (ret) {
		errno = -ret;
		err(1, "io_uring");
	}
	w->q = tgtcore_queue(h.t, n);
}

/* Debian's liburing 2.3 declares io_uring_enable_rings() and has it not. */
static void *enable(void *arg)
{
	struct worker *w = arg;

	if (syscall(__NR_io_uring_register, w->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0))
		err(1, "io_uring");
	return serve(w);
}

static void make_memory(unsigned int queues, struct worker **worker)
{
	buffers = tgtcore_buffers(h.t, BUFFER, &buffers_len);
	if (!buffers)
		err(1, "buffers for %u commands", info->depth);
	zeroes = mmap(NULL, BUFFER, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	io = calloc(info->depth, sizeof(*io));
	*worker = calloc(queues, sizeof(**worker));
	if (zeroes == MAP_FAILED || !io || !*worker)
		err(1, "memory");
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .buf_size = BUFFER, .request = request };
	struct worker *worker;
	unsigned int i, n;
	const char *path;
	bool locked;

	handler_args(&h, argc, argv);
	handler_open(&h);
	info = tgtcore_info(h.t);
	path = handler_config(&h, "PATH");
	if (h.create)
		create_medium(path);
	handler_shield(&h);
	open_medium(path);
	n = tgtcore_queues(h.t);
	make_memory(n, &worker);
	for (i = 0; i < n; i++)
		set_up(&worker[i], i);
	tgtcore_on_resize(h.t, resize);
	tgtcore_on_map(h.t, map);
	/* all that takes long, or may fail, is done: from TAKEOVER on commands wait until START */
	locked = own_medium(path);
	if (tgtcore_start(h.t, &params)) {
		if (errno == EBUSY && !locked)	/* it was not asked to leave */
			errx(1, "%s: not what the daemon serves %s from: nobody has it locked",
			     path, h.name);
		err(1, "%s", h.name);
	}
	handler_ready(&h);
	handler_run(&h, enable, worker, sizeof(*worker));
	return 0;
}
