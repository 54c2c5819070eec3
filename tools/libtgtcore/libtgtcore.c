// SPDX-License-Identifier: GPL-2.0
/* libtgtcore, see libtgtcore.h. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "libtgtcore.h"

/*
 * A queue is its thread's alone. @head and @tail are the library's own; what the kernel reads is
 * written once for each batch.
 */
struct tgtcore_queue {
	struct tgtcore			*t;
	const struct tgtcore_user_sq	*sq;
	const struct tgtcore_user_sqe	*sqe;
	struct tgtcore_user_cq		*cq;
	struct tgtcore_user_cqe		*cqe;
	uint32_t			mask;
	uint32_t			head;
	uint32_t			tail;
	uint32_t			taken;
	unsigned int			number;
	pthread_t			thread;
	int				err;
};

struct tgtcore {
	int				fd;
	struct tgtcore_user_info	info;
	struct tgtcore_user_setup	setup;
	struct tgtcore_params		params;
	struct tgtcore_queue		*queue;
	const struct tgtcore_user_scsi	*scsi;		/* by tag, of level raw */
	unsigned int			regions;
	unsigned int			buf_region;
	void				*buf;
	uint64_t			buf_len;
	int				use_pool;
	uint64_t			spin;		/* ns */
	int				(*resize)(struct tgtcore *t, uint64_t size, void *priv);
	int				(*map)(struct tgtcore *t, uint64_t offset, uint64_t *len,
					       void *priv);
	atomic_int			stop;
};

static uint32_t load_acquire(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static uint32_t load_relaxed(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static void store_release(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/* ---- set-up ----------------------------------------------------------------------------- */

static int map_queue(struct tgtcore *t, unsigned int n)
{
	struct tgtcore_queue *q = &t->queue[n];
	void *sq, *cq;

	sq = mmap(NULL, t->setup.sq_bytes, PROT_READ, MAP_SHARED, t->fd, TGTCORE_USER_MMAP_SQ(n));
	if (sq == MAP_FAILED)
		return -1;
	q->sq = sq;
	q->sqe = (const void *)(q->sq + 1);
	cq = mmap(NULL, t->setup.cq_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd,
		  TGTCORE_USER_MMAP_CQ(n));
	if (cq == MAP_FAILED)
		return -1;
	q->cq = cq;
	q->cqe = (void *)(q->cq + 1);
	q->mask = t->setup.entries - 1;
	q->number = n;
	q->t = t;
	return 0;
}

static uint64_t whole_pages(uint64_t len)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	return (len + page - 1) / page * page;
}

static uint64_t scsi_len(const struct tgtcore *t)
{
	return whole_pages(t->info.depth * sizeof(*t->scsi));
}

static int map_scsi(struct tgtcore *t)
{
	void *scsi;

	scsi = mmap(NULL, scsi_len(t), PROT_READ, MAP_SHARED, t->fd, TGTCORE_USER_MMAP_SCSI);
	if (scsi == MAP_FAILED)
		return -1;
	t->scsi = scsi;
	return 0;
}

static int map_queues(struct tgtcore *t)
{
	unsigned int n;

	if (t->info.level == TGTCORE_USER_LEVEL_RAW && map_scsi(t))
		return -1;

	t->queue = calloc(t->setup.queues, sizeof(*t->queue));
	if (!t->queue)
		return -1;
	for (n = 0; n < t->setup.queues; n++)
		if (map_queue(t, n))
			return -1;
	return 0;
}

static int set_up(struct tgtcore *t, unsigned int queues, uint32_t flags)
{
	if (ioctl(t->fd, TGTCORE_USER_INFO, &t->info))
		return -1;
	if (!queues || queues > t->info.max_queues)
		queues = t->info.max_queues;
	t->setup.version = TGTCORE_USER_VERSION;
	t->setup.queues = queues;
	t->setup.flags = flags;
	t->setup.features = t->info.features & (TGTCORE_USER_F_RESIZE | TGTCORE_USER_F_MAP);
	if (ioctl(t->fd, TGTCORE_USER_SETUP, &t->setup))
		return -1;
	return map_queues(t);
}

static struct tgtcore *open_device(const char *name, unsigned int queues, uint32_t flags)
{
	struct tgtcore *t = calloc(1, sizeof(*t));
	char path[128];
	int err;

	if (!t)
		return NULL;
	snprintf(path, sizeof(path), "/dev/tgtcore/%s", name);
	t->fd = open(path, O_RDWR | O_CLOEXEC);
	if (t->fd >= 0 && !set_up(t, queues, flags))
		return t;
	err = errno;
	tgtcore_close(t);
	errno = err;
	return NULL;
}

struct tgtcore *tgtcore_open(const char *name, unsigned int queues)
{
	return open_device(name, queues, 0);
}

struct tgtcore *tgtcore_open_standby(const char *name, unsigned int queues)
{
	return open_device(name, queues, TGTCORE_USER_SETUP_STANDBY);
}

int tgtcore_takeover(struct tgtcore *t)
{
	if (ioctl(t->fd, TGTCORE_USER_TAKEOVER))
		return -1;
	/* it may have grown while the other one served */
	return ioctl(t->fd, TGTCORE_USER_INFO, &t->info);
}

int tgtcore_leaving(const struct tgtcore *t)
{
	return !!(load_relaxed(&t->queue[0].sq->flags) & TGTCORE_USER_SQ_LEAVE);
}

void tgtcore_close(struct tgtcore *t)
{
	unsigned int n;

	for (n = 0; t->queue && n < t->setup.queues; n++) {
		if (t->queue[n].sq)
			munmap((void *)t->queue[n].sq, t->setup.sq_bytes);
		if (t->queue[n].cq)
			munmap(t->queue[n].cq, t->setup.cq_bytes);
	}
	if (t->scsi)
		munmap((void *)t->scsi, scsi_len(t));
	if (t->fd >= 0)
		close(t->fd);
	if (t->buf)
		munmap(t->buf, t->buf_len);
	free(t->queue);
	free(t);
}

/* What the process before has seen and answered is in the rings. */
static int take_rings(struct tgtcore *t)
{
	struct tgtcore_queue *q;
	unsigned int n;

	if (ioctl(t->fd, TGTCORE_USER_INFO, &t->info))
		return -1;
	t->setup.queues = t->info.queues;
	t->setup.entries = t->info.entries;
	t->setup.sq_bytes = whole_pages(sizeof(*q->sq) + t->info.entries * sizeof(*q->sqe));
	t->setup.cq_bytes = whole_pages(sizeof(*q->cq) + t->info.entries * sizeof(*q->cqe));
	if (!t->info.started) {
		errno = ENOTCONN;
		return -1;
	}
	if (map_queues(t))
		return -1;
	for (n = 0; n < t->setup.queues; n++) {
		q = &t->queue[n];
		q->head = q->cq->sq_head;
		q->tail = q->cq->tail;
		q->taken = q->tail;
	}
	return 0;
}

struct tgtcore *tgtcore_adopt(int fd)
{
	struct tgtcore *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return NULL;
	t->fd = fd;
	if (!take_rings(t))
		return t;
	err = errno;
	t->fd = -1;	/* the caller's still */
	tgtcore_close(t);
	errno = err;
	return NULL;
}

const struct tgtcore_user_info *tgtcore_info(const struct tgtcore *t)
{
	return &t->info;
}

int tgtcore_fd(const struct tgtcore *t)
{
	return t->fd;
}

/* The next number that is free: of a file that was adopted some are taken. */
static int next_region(struct tgtcore *t, struct tgtcore_user_region *r)
{
	for (r->index = t->regions; r->index < t->info.max_regions; r->index++) {
		if (!ioctl(t->fd, TGTCORE_USER_REGISTER, r)) {
			t->regions = r->index + 1;
			return r->index;
		}
		if (errno != EEXIST)
			return -1;
	}
	errno = EINVAL;
	return -1;
}

int tgtcore_register(struct tgtcore *t, void *mem, uint64_t len)
{
	struct tgtcore_user_region r = { .addr = (uintptr_t)mem, .len = len };

	return next_region(t, &r);
}

/* The buffers' pool has the last number, where one that adopts the file finds it. */
static unsigned int pool_region(const struct tgtcore *t)
{
	return t->info.max_regions - 1;
}

static void *map_pool(struct tgtcore *t, unsigned int region, uint64_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd,
		    TGTCORE_USER_MMAP_POOL(region));
}

int tgtcore_pool(struct tgtcore *t, uint64_t len, void **mem)
{
	struct tgtcore_user_region r = { .len = len, .flags = TGTCORE_USER_REGION_POOL };
	int region = next_region(t, &r);

	if (region < 0)
		return -1;
	*mem = map_pool(t, region, len);
	return *mem == MAP_FAILED ? -1 : region;
}

/* The library's own, of a number that is known. */
static int buffers_pool(struct tgtcore *t, uint64_t len, void **mem)
{
	struct tgtcore_user_region r = {
		.len = len,
		.index = pool_region(t),
		.flags = TGTCORE_USER_REGION_POOL,
	};

	if (ioctl(t->fd, TGTCORE_USER_REGISTER, &r))
		return -1;
	*mem = map_pool(t, r.index, len);
	return *mem == MAP_FAILED ? -1 : (int)r.index;
}

void tgtcore_use_pool(struct tgtcore *t)
{
	t->use_pool = 1;
}

static int make_pinned(struct tgtcore *t, uint64_t len, void **mem)
{
	int region;

	*mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*mem == MAP_FAILED)
		return -1;
	region = tgtcore_register(t, *mem, len);
	if (region < 0)
		munmap(*mem, len);
	return region;
}

static uint64_t buffers_len(const struct tgtcore *t)
{
	return whole_pages((uint64_t)t->params.buf_size * t->info.depth);
}

/*
 * A buffer for each tag. If tgtcore_start() is called again as it failed, those there are do,
 * unless they are too short.
 */
static int make_buffers(struct tgtcore *t)
{
	uint64_t len = buffers_len(t);
	int region;
	void *buf;

	if (t->buf && len <= t->buf_len)
		return 0;
	region = t->use_pool ? buffers_pool(t, len, &buf) : make_pinned(t, len, &buf);
	if (region < 0)
		return -1;
	if (t->buf)
		munmap(t->buf, t->buf_len);
	t->buf = buf;
	t->buf_len = len;
	t->buf_region = region;
	return 0;
}

int tgtcore_start(struct tgtcore *t, const struct tgtcore_params *params)
{
	struct tgtcore_user_start start = {
		.write_mode = params->write_mode,
		.max_io = params->max_io,
	};

	t->params = *params;
	if (params->buf_size) {
		if (make_buffers(t))
			return -1;
		start.buf_region = t->buf_region;
		start.buf_stride = params->buf_size;
	}
	if (ioctl(t->fd, TGTCORE_USER_START, &start))
		return -1;
	t->info.generation = start.generation;
	return 0;
}

int tgtcore_go_on(struct tgtcore *t, const struct tgtcore_params *params)
{
	void *buf;

	t->params = *params;
	if (!params->buf_size)
		return 0;
	buf = map_pool(t, pool_region(t), buffers_len(t));
	if (buf == MAP_FAILED)
		return -1;
	t->buf = buf;
	t->buf_len = buffers_len(t);
	t->buf_region = pool_region(t);
	return 0;
}

/* ---- the size --------------------------------------------------------------------------- */

void tgtcore_on_resize(struct tgtcore *t, int (*resize)(struct tgtcore *t, uint64_t size,
							void *priv))
{
	t->resize = resize;
}

static int say_size(struct tgtcore *t, uint64_t size, int error)
{
	struct tgtcore_user_resize r = { .size = size, .error = error };

	if (ioctl(t->fd, TGTCORE_USER_RESIZE, &r))
		return -1;
	if (!error)
		t->info.size = size;
	return 0;
}

int tgtcore_resize(struct tgtcore *t, uint64_t size)
{
	return say_size(t, size, 0);
}

/* The device is to be resized, or was when the flag was set. */
static void asked_to_resize(struct tgtcore *t)
{
	struct tgtcore_user_info info;
	int error, err = errno;

	if (!ioctl(t->fd, TGTCORE_USER_INFO, &info) && info.resize_to) {
		error = t->resize ? t->resize(t, info.resize_to, t->params.priv) : EOPNOTSUPP;
		say_size(t, info.resize_to, error);
	}
	errno = err;
}

/* ---- answers ---------------------------------------------------------------------------- */

static int enter(struct tgtcore_queue *q, uint32_t flags)
{
	store_release(&q->cq->tail, q->tail);
	return ioctl(q->t->fd, TGTCORE_USER_ENTER, (unsigned long)(q->number | flags));
}

static void answer(struct tgtcore_queue *q, const struct tgtcore_user_cqe *cqe)
{
	/* more than all there can be are on their way only if some were asked for again */
	if (q->tail - load_acquire(&q->sq->cq_head) > q->mask)
		enter(q, 0);
	q->cqe[q->tail++ & q->mask] = *cqe;
}

void tgtcore_done(struct tgtcore_queue *q, const struct tgtcore_req *req, uint32_t status)
{
	struct tgtcore_user_cqe cqe = { .id = req->id, .status = status };

	if (req->op == TGTCORE_USER_OP_READ && !status) {
		if (req->data) {
			cqe.region = req->region;
			cqe.data = req->at;
		} else if (!(q->t->info.flags & TGTCORE_USER_NO_DATA)) {
			cqe.status = TGTCORE_USER_EIO;	/* there is no data */
		}
	}
	answer(q, &cqe);
}

void tgtcore_done_at(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		     uint64_t at)
{
	struct tgtcore_user_cqe cqe = {
		.id = req->id,
		.region = region,
		.data = at,
		.flags = req->op == TGTCORE_USER_OP_WRITE ? TGTCORE_USER_CQE_FETCH : 0,
	};

	answer(q, &cqe);
}

const struct tgtcore_user_scsi *tgtcore_scsi(const struct tgtcore_queue *q,
					     const struct tgtcore_req *req)
{
	return q->t->scsi ? &q->t->scsi[req->tag] : NULL;
}

void tgtcore_answer(struct tgtcore_queue *q, const struct tgtcore_req *req,
		    const struct tgtcore_user_cqe *cqe)
{
	struct tgtcore_user_cqe own = *cqe;

	own.id = req->id;
	answer(q, &own);
}

static void answer_list(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
			uint64_t at, unsigned int pieces, uint32_t flags)
{
	struct tgtcore_user_cqe cqe = {
		.id = req->id,
		.region = region,
		.data = at,
		.pieces = pieces,
		.flags = flags | TGTCORE_USER_CQE_LIST,
	};

	answer(q, &cqe);
}

void tgtcore_done_list(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		       uint64_t at, unsigned int pieces)
{
	answer_list(q, req, region, at, pieces,
		    req->op == TGTCORE_USER_OP_WRITE ? TGTCORE_USER_CQE_FETCH : 0);
}

void tgtcore_fetch_list(struct tgtcore_queue *q, const struct tgtcore_req *req,
			unsigned int region, uint64_t at, unsigned int pieces)
{
	answer_list(q, req, region, at, pieces, TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE);
}

void tgtcore_done_zero(struct tgtcore_queue *q, const struct tgtcore_req *req)
{
	struct tgtcore_user_cqe cqe = { .id = req->id, .flags = TGTCORE_USER_CQE_ZERO };

	answer(q, &cqe);
}

void tgtcore_fetch(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		   uint64_t at)
{
	struct tgtcore_user_cqe cqe = {
		.id = req->id,
		.region = region,
		.data = at,
		.flags = TGTCORE_USER_CQE_FETCH | TGTCORE_USER_CQE_MORE,
	};

	answer(q, &cqe);
}

/* ---- what is mapped --------------------------------------------------------------------- */

void tgtcore_on_map(struct tgtcore *t, int (*map)(struct tgtcore *t, uint64_t offset,
						  uint64_t *len, void *priv))
{
	t->map = map;
}

static void tell_map(struct tgtcore_queue *q, const struct tgtcore_user_sqe *sqe)
{
	struct tgtcore_user_cqe cqe = { .id = sqe->id };
	struct tgtcore *t = q->t;
	uint64_t len = 0;
	int mapped = t->map ? t->map(t, sqe->offset, &len, t->params.priv) : -1;

	if (mapped < 0) {
		cqe.status = TGTCORE_USER_EIO;	/* it is not known */
	} else {
		cqe.flags = mapped ? 0 : TGTCORE_USER_CQE_UNMAPPED;
		cqe.len = len;
	}
	answer(q, &cqe);
}

/* ---- commands --------------------------------------------------------------------------- */

static void take(struct tgtcore_queue *q, const struct tgtcore_user_sqe *sqe)
{
	struct tgtcore *t = q->t;
	struct tgtcore_req req = {
		.id = sqe->id,
		.tag = sqe->tag,
		.op = sqe->op,
		.flags = sqe->flags,
		.len = sqe->len,
		.offset = sqe->offset,
		.region = sqe->region,
		.at = sqe->data,
	};

	if (t->buf && sqe->region == t->buf_region)
		req.data = (char *)t->buf + sqe->data;
	t->params.request(q, &req, t->params.priv);
}

/* Those that are there now. An entry is read before its command is answered. */
static unsigned int take_all(struct tgtcore_queue *q)
{
	uint32_t tail = load_acquire(&q->sq->tail);
	struct tgtcore_user_sqe sqe;
	unsigned int n = 0;

	for (; q->head != tail; n++) {
		sqe = q->sqe[q->head++ & q->mask];
		if (sqe.op == TGTCORE_USER_OP_MAP)
			tell_map(q, &sqe);
		else
			take(q, &sqe);
	}
	if (n)
		store_release(&q->cq->sq_head, q->head);
	return n;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void pause_a_moment(void)
{
#if __has_builtin(__builtin_ia32_pause)
	__builtin_ia32_pause();
#endif
}

void tgtcore_spin(struct tgtcore *t, unsigned int usec)
{
	t->spin = usec * 1000ULL;
}

/* Looks for commands, but not for ever, nor if there is something else to do. */
static void look_out(struct tgtcore_queue *q)
{
	uint64_t end = now() + q->t->spin;
	unsigned int i;

	do {
		for (i = 0; i < 64; i++) {
			if (load_relaxed(&q->sq->tail) != q->head ||
			    load_relaxed(&q->sq->flags) || atomic_load(&q->t->stop))
				return;
			pause_a_moment();
		}
	} while (now() < end);
}

/* Answers are given back first; then who would sleep looks out. */
static int wait_here(struct tgtcore_queue *q)
{
	int ret = 0;

	if (q->t->spin) {
		if (q->tail != q->taken)
			ret = enter(q, 0);
		if (ret)
			return ret;
		q->taken = q->tail;
		look_out(q);
		if (load_relaxed(&q->sq->tail) != q->head)
			return 0;
	}
	return enter(q, TGTCORE_USER_WAIT);
}

int tgtcore_turn(struct tgtcore_queue *q, int wait)
{
	unsigned int n = take_all(q);
	int ret = 0;

	if (wait || q->tail != q->taken) {
		ret = wait ? wait_here(q) : enter(q, 0);
		if (ret >= 0 || errno == EINTR)
			q->taken = q->tail;
	}
	/* who sleeps in tgtcore_give() is woken for it, and comes here without answers */
	if (load_relaxed(&q->sq->flags) & TGTCORE_USER_SQ_RESIZE)
		asked_to_resize(q->t);
	return ret < 0 ? -1 : (int)n;
}

unsigned int tgtcore_queues(const struct tgtcore *t)
{
	return t->setup.queues;
}

struct tgtcore_queue *tgtcore_queue(struct tgtcore *t, unsigned int n)
{
	return n < t->setup.queues ? &t->queue[n] : NULL;
}

/* ---- threads ---------------------------------------------------------------------------- */

static void *serve(void *arg)
{
	struct tgtcore_queue *q = arg;

	while (!atomic_load(&q->t->stop)) {
		if (tgtcore_turn(q, 1) < 0 && errno != EINTR) {
			q->err = errno;
			break;
		}
	}
	/* one that fails, or is stopped, is the end of all */
	tgtcore_stop(q->t);
	return NULL;
}

int tgtcore_run(struct tgtcore *t)
{
	unsigned int n, i;

	for (n = 1; n < t->setup.queues; n++) {
		errno = pthread_create(&t->queue[n].thread, NULL, serve, &t->queue[n]);
		if (errno) {
			t->queue[0].err = errno;
			tgtcore_stop(t);
			break;
		}
	}
	serve(&t->queue[0]);
	for (i = 1; i < n; i++)
		pthread_join(t->queue[i].thread, NULL);
	for (i = 0; i < n; i++) {
		if (t->queue[i].err && t->queue[i].err != ENODEV &&
		    t->queue[i].err != ESHUTDOWN) {
			errno = t->queue[i].err;
			return -1;
		}
	}
	return 0;
}

/* Each queue's thread has seen @stop, sleeps, or is about to: a wake-up waits for it. */
void tgtcore_stop(struct tgtcore *t)
{
	int err = errno;	/* of whoever was interrupted */
	unsigned int n;

	if (!atomic_exchange(&t->stop, 1))
		for (n = 0; n < t->setup.queues; n++)
			ioctl(t->fd, TGTCORE_USER_ENTER, (unsigned long)(n | TGTCORE_USER_WAKE));
	errno = err;
}

/* ---- for who answers later -------------------------------------------------------------- */

void *tgtcore_buffers(struct tgtcore *t, uint32_t buf_size, uint64_t *len)
{
	t->params.buf_size = buf_size;
	if (make_buffers(t))
		return NULL;
	*len = t->buf_len;
	return t->buf;
}

int tgtcore_give(struct tgtcore_queue *q, int wait)
{
	int ret;

	if (!wait && q->tail == q->taken)
		return 0;
	ret = enter(q, wait ? TGTCORE_USER_WAIT : 0);
	if (ret >= 0 || errno == EINTR)
		q->taken = q->tail;
	return ret < 0 ? -1 : 0;
}

int tgtcore_wake(struct tgtcore_queue *q)
{
	return ioctl(q->t->fd, TGTCORE_USER_ENTER, (unsigned long)(q->number | TGTCORE_USER_WAKE));
}
