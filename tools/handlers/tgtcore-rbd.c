// SPDX-License-Identifier: GPL-2.0
/*
 * tgtcore-rbd NAME [POOL/IMAGE[,OPTION]...]: serves a device from an image of Ceph, by librbd. What
 * is the second argument may also be the device's config=.
 *
 * Each queue has a thread that begins requests; librbd's threads end them, put them on the list
 * of the thread they came from, and wake that: it alone answers. There is no cache of librbd's, so
 * that what is answered is stable.
 *
 * Lifetimes: a request is its tag's from the command until the answer; image and rings are there
 * until the process ends. It holds the image's exclusive lock. Who holds that when it starts is
 * a daemon before, or another client: taken from it, its access to the cluster is blocklisted, so
 * that nothing of its I/O can come later.
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <rbd/librbd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "handler.h"

#define BUFFER		(128U << 10)
#define OWNERS		16
#define LOCK_TRIES	30

/**
 * struct request - a command on its way
 * @req: the command
 * @w: the thread that is to answer it
 * @completion: librbd's
 * @ret: 0, or -errno
 * @next: on the worker's list
 */
struct request {
	struct tgtcore_req	req;
	struct worker		*w;
	rbd_completion_t	completion;
	int			ret;
	struct request		*next;
};

/**
 * struct worker - a queue's thread
 * @q: its queue
 * @lock: @ended
 * @ended: requests that have ended and are to be answered
 * @busy: requests that are under way, or on the list
 */
struct worker {
	struct tgtcore_queue	*q;
	pthread_mutex_t		lock;
	struct request		*ended;
	unsigned int		busy;
};

static struct handler h = {
	.program = "tgtcore-rbd",
	.args = " [POOL/IMAGE[,OPTION]...]",
	.max_args = 1,
	.others = true,
	.help = "Serves the device NAME of backend user from an image of Ceph. OPTION is\n"
		"id=USER, as whom (admin), or conf=FILE, the cluster's configuration.",
};

static const struct tgtcore_user_info *info;
static struct request *requests;	/* by tag */
static rados_t cluster;
static rados_ioctx_t pool;
static rbd_image_t image;
static __thread struct worker *me;

static _Noreturn void fail(int ret, const char *what, const char *which)
{
	errno = -ret;
	err(1, "%s: %s", which, what);
}

/* ---- the image -------------------------------------------------------------------------- */

static void connect_cluster(const char *id, const char *conf)
{
	int ret = rados_create(&cluster, id);

	if (ret < 0)
		fail(ret, "no client", id ?: "admin");
	ret = rados_conf_read_file(cluster, conf);
	if (ret < 0)
		fail(ret, "reading the configuration", conf ?: "/etc/ceph/ceph.conf");
	/* what is answered is stable; who loses the lock is shut out */
	if (rados_conf_set(cluster, "rbd_cache", "false") < 0 ||
	    rados_conf_set(cluster, "rbd_blocklist_on_break_lock", "true") < 0)
		errx(1, "librbd does not take its options");
	ret = rados_connect(cluster);
	if (ret < 0)
		fail(ret, "the cluster cannot be reached", conf ?: "/etc/ceph/ceph.conf");
}

static void break_lock(const char *name)
{
	rbd_lock_mode_t mode;
	char *owner[OWNERS];
	size_t n = OWNERS;
	int ret = rbd_lock_get_owners(image, &mode, owner, &n);

	if (ret == -ENOENT)
		return;
	if (ret < 0)
		fail(ret, "who has the lock", name);
	for (size_t i = 0; i < n; i++) {
		warnx("%s: taking the lock from %s, which is shut out", name, owner[i]);
		ret = rbd_lock_break(image, mode, owner[i]);
		if (ret < 0 && ret != -ENOENT)
			fail(ret, "taking the lock", name);
	}
	rbd_lock_get_owners_cleanup(owner, n);
}

static void lock_image(const char *name)
{
	uint64_t features;
	int ret = rbd_get_features(image, &features);

	if (ret < 0)
		fail(ret, "its features", name);
	if (!(features & RBD_FEATURE_EXCLUSIVE_LOCK))
		errx(1, "%s: has no exclusive lock: rbd feature enable %s exclusive-lock", name,
		     name);
	/* asked for it, one that is dead would be waited for */
	for (int i = 0; i < LOCK_TRIES; i++) {
		break_lock(name);
		ret = rbd_lock_acquire(image, RBD_LOCK_MODE_EXCLUSIVE);
		if (ret != -EBUSY && ret != -EROFS)
			break;
	}
	if (ret < 0)
		fail(ret, "taking the lock", name);
}

/* What is set for the image or its pool goes before what was set here. */
static void check_cache(const char *name)
{
	rbd_config_option_t *option = NULL;
	int n = 0, ret;

	while ((ret = rbd_config_image_list(image, option, &n)) == -ERANGE) {
		option = reallocarray(option, n, sizeof(*option));
		if (!option)
			err(1, "%d options", n);
	}
	if (ret < 0)
		fail(ret, "its configuration", name);
	for (int i = 0; i < n; i++) {
		if (!strcmp(option[i].name, "rbd_cache") && strcmp(option[i].value, "false"))
			errx(1, "%s: has rbd_cache set: what is answered must be stable", name);
		if (!strcmp(option[i].name, "rbd_persistent_cache_mode") &&
		    strcmp(option[i].value, "disabled"))
			errx(1, "%s: has rbd_persistent_cache_mode set: it must have none", name);
	}
	rbd_config_image_list_cleanup(option, n);
	free(option);
}

/* POOL/IMAGE[,id=USER][,conf=FILE] */
static void open_image(const char *config)
{
	char *text = strdup(config), *rest = text, *name, *slash, *word;
	const char *id = NULL, *conf = NULL;
	uint64_t size;
	int ret;

	name = strsep(&rest, ",");
	while ((word = strsep(&rest, ","))) {
		if (!strncmp(word, "id=", 3))
			id = word + 3;
		else if (!strncmp(word, "conf=", 5))
			conf = word + 5;
		else
			errx(1, "%s: id= and conf= are options, '%s' is none", config, word);
	}
	slash = strchr(name, '/');
	if (!slash || slash == name || !slash[1])
		errx(1, "%s: POOL/IMAGE expected", name);
	connect_cluster(id, conf);
	*slash = '\0';
	ret = rados_ioctx_create(cluster, name, &pool);
	if (ret < 0)
		fail(ret, "no such pool", name);
	*slash = '/';
	if (info->flags & TGTCORE_USER_RDONLY)
		ret = rbd_open_read_only(pool, slash + 1, &image, NULL);
	else
		ret = rbd_open(pool, slash + 1, &image, NULL);
	if (ret < 0)
		fail(ret, "no such image", name);
	ret = rbd_get_size(image, &size);
	if (ret < 0)
		fail(ret, "its size", name);
	if (size < info->size)
		errx(1, "%s: %llu bytes, and the device has %llu", name,
		     (unsigned long long)size, (unsigned long long)info->size);
	check_cache(name);
	if (!(info->flags & TGTCORE_USER_RDONLY))
		lock_image(name);
	free(text);
}

/* ---- requests --------------------------------------------------------------------------- */

/* In a thread of librbd's. The worker may sleep, or be about to: the wake-up is kept for it. */
static void ended(rbd_completion_t completion, void *arg)
{
	struct request *r = arg;
	struct worker *w = r->w;
	ssize_t ret = rbd_aio_get_return_value(completion);
	bool first;

	/* a read ends where the image does, which somebody may have cut */
	if (r->req.op == TGTCORE_USER_OP_READ && ret >= 0 && ret != r->req.len)
		ret = -EIO;
	r->ret = ret < 0 ? ret : 0;
	pthread_mutex_lock(&w->lock);
	first = !w->ended;
	r->next = w->ended;
	w->ended = r;
	pthread_mutex_unlock(&w->lock);
	if (first)
		tgtcore_wake(w->q);
}

static int begin(struct request *r)
{
	const struct tgtcore_req *req = &r->req;

	switch (req->op) {
	case TGTCORE_USER_OP_READ:
		return rbd_aio_read(image, req->offset, req->len, req->data, r->completion);
	case TGTCORE_USER_OP_WRITE:
		return rbd_aio_write(image, req->offset, req->len, req->data, r->completion);
	case TGTCORE_USER_OP_FLUSH:
		return rbd_aio_flush(image, r->completion);
	case TGTCORE_USER_OP_UNMAP:
		/* not a discard: that leaves what is less than an object as it is */
		return rbd_aio_write_zeroes(image, req->offset, req->len, r->completion, 0, 0);
	}
	return -EOPNOTSUPP;
}

static void request(struct tgtcore_queue *q, const struct tgtcore_req *req, void *priv)
{
	struct request *r = &requests[req->tag];

	(void)priv;
	r->req = *req;
	r->w = me;
	if (rbd_aio_create_completion(r, ended, &r->completion) < 0) {
		tgtcore_done(q, req, TGTCORE_USER_EBUSY);
		return;
	}
	me->busy++;
	if (begin(r) < 0) {
		me->busy--;
		rbd_aio_release(r->completion);
		tgtcore_done(q, req, TGTCORE_USER_EIO);
	}
}

static uint32_t status_of(int ret)
{
	switch (-ret) {
	case 0:
		return TGTCORE_USER_OK;
	case ENOSPC:
	case EDQUOT:
		return TGTCORE_USER_ENOSPC;
	case ESHUTDOWN:		/* somebody has shut us out */
	case EROFS:
		return TGTCORE_USER_ENOTREADY;
	default:
		return TGTCORE_USER_EIO;
	}
}

static void answer_ended(void)
{
	struct request *r, *next;

	pthread_mutex_lock(&me->lock);
	r = me->ended;
	me->ended = NULL;
	pthread_mutex_unlock(&me->lock);
	for (; r; r = next) {
		next = r->next;	/* the tag may be another's once it is answered */
		me->busy--;
		rbd_aio_release(r->completion);
		tgtcore_done(me->q, &r->req, status_of(r->ret));
	}
}

/* ---- threads ---------------------------------------------------------------------------- */

static void *serve(void *arg)
{
	me = arg;
	while (me->busy || !handler_stopping()) {
		if (!handler_stopping() && tgtcore_turn(me->q, 0) < 0 && errno != EINTR)
			break;
		answer_ended();
		if (tgtcore_give(me->q, me->busy || !handler_stopping()) && errno != EINTR)
			break;
		answer_ended();
	}
	if (!handler_stopping() && errno != ENODEV && errno != ESHUTDOWN)
		err(1, "%s", h.name);
	tgtcore_give(me->q, 0);
	return NULL;
}

int main(int argc, char **argv)
{
	struct tgtcore_params params = { .buf_size = BUFFER, .request = request };
	struct worker *w;
	unsigned int i, n;

	handler_args(&h, argc, argv);
	handler_open(&h);
	info = tgtcore_info(h.t);
	if (h.create)	/* images are made with rbd(8) */
		return 0;
	handler_shield(&h);	/* librbd's threads are made later, and have it from here */
	open_image(handler_config(&h, "POOL/IMAGE"));
	n = tgtcore_queues(h.t);
	w = calloc(n, sizeof(*w));
	requests = calloc(info->depth, sizeof(*requests));
	if (!w || !requests)
		err(1, "memory");
	for (i = 0; i < n; i++) {
		w[i].q = tgtcore_queue(h.t, i);
		pthread_mutex_init(&w[i].lock, NULL);
	}
	if (tgtcore_start(h.t, &params))
		err(1, "%s", h.name);
	handler_ready(&h);
	handler_run(&h, serve, w, sizeof(*w));
	if (image)
		rbd_close(image);
	return 0;
}
