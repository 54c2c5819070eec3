// SPDX-License-Identifier: GPL-2.0
/* Backend "user": what a daemon asks for. Each argument is copied, then checked, then used. */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "user.h"

/* ---- what there is ---------------------------------------------------------------------- */

static u32 user_max_queues(void)
{
	return min_t(u32, nr_cpu_ids, USER_QUEUES);
}

static u32 user_flags(const struct user_dev *u)
{
	return (u->tgt->readonly ? TGTCORE_USER_RDONLY : 0) |
	       (u->tgt->lbp ? TGTCORE_USER_UNMAP : 0) |
	       (u->can_flush ? TGTCORE_USER_CACHE : 0) |
	       (u->no_data ? TGTCORE_USER_NO_DATA : 0);
}

/* With user_dev.lock, and the device is there. */
static void user_info_now(struct user_ctx *ctx, struct tgtcore_user_info *info)
{
	const struct user_dev *u = ctx->u;

	info->size = u->size;
	info->block_size = 1U << u->tgt->block_shift;
	info->flags = user_flags(u);
	info->held = user_held(ctx->u);
	info->generation = u->generation;
	info->queues = ctx->nr_queues;
	info->entries = ctx->entries;
	info->started = ctx->started;
	info->resize_to = u->resize.to;
	strscpy(info->name, u->tgt->name, sizeof(info->name));
	strscpy(info->service, u->service, sizeof(info->service));
	strscpy(info->config, u->config, sizeof(info->config));
	ctx->size = u->size;
}

static int user_info(struct user_ctx *ctx, struct tgtcore_user_info __user *arg)
{
	struct user_dev *u = ctx->u;
	struct tgtcore_user_info info = {
		.version = TGTCORE_USER_VERSION,
		.level = u->raw ? TGTCORE_USER_LEVEL_RAW : TGTCORE_USER_LEVEL_MEDIA,
		.features = USER_FEATURES,
		.depth = u->depth,
		.max_queues = user_max_queues(),
		.max_regions = USER_REGIONS,
		.policy = READ_ONCE(u->policy),
		.timeout = READ_ONCE(u->timeout) / HZ,
		.max_io = TGT_MAX_IO,
	};

	if (mutex_lock_killable(&u->lock))
		return -EINTR;
	if (!u->gone)
		user_info_now(ctx, &info);
	mutex_unlock(&u->lock);
	if (!info.block_size)
		return -ENODEV;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

/* ---- set-up ----------------------------------------------------------------------------- */

void user_queues_free(struct user_queue *queue, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		vfree(queue[i].sq);
		vfree(queue[i].cq);
	}
	kvfree(queue);
}

struct user_queue *user_queues_make(u32 nr, u32 entries)
{
	struct user_queue *queue;
	u32 i;

	queue = kvcalloc(nr, sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return NULL;
	for (i = 0; i < nr; i++) {
		spin_lock_init(&queue[i].lock);
		mutex_init(&queue[i].reap);
		init_waitqueue_head(&queue[i].wait);
		queue[i].sq = vmalloc_user(user_sq_bytes(entries));
		queue[i].cq = vmalloc_user(user_cq_bytes(entries));
		if (!queue[i].sq || !queue[i].cq) {
			user_queues_free(queue, i + 1);
			return NULL;
		}
	}
	return queue;
}

/* Where whole commands are seen, if there are any; it stays if SETUP fails. */
static int user_make_scsi(struct user_ctx *ctx)
{
	if (ctx->u->raw && !ctx->scsi)
		ctx->scsi = vmalloc_user(ctx->u->depth * sizeof(*ctx->scsi));
	return ctx->u->raw && !ctx->scsi ? -ENOMEM : 0;
}

/* With user_dev.lock: gives the daemon its queues. */
static int user_set_queues(struct user_ctx *ctx, struct tgtcore_user_setup *setup)
{
	struct user_queue *queue;
	u32 entries;
	int err;

	lockdep_assert_held(&ctx->u->lock);
	err = user_gone(ctx);
	if (err || ctx->nr_queues)
		return err ?: -EBUSY;
	entries = user_ring_entries(ctx->u->depth);
	queue = user_queues_make(setup->queues, entries);
	if (!queue)
		return -ENOMEM;
	err = user_make_scsi(ctx) ?: user_attach(ctx, setup->flags & TGTCORE_USER_SETUP_STANDBY);
	if (err) {
		user_queues_free(queue, setup->queues);
		return err;
	}
	ctx->queue = queue;
	ctx->entries = entries;
	ctx->features = setup->features;
	setup->entries = ctx->entries;
	setup->sq_bytes = PAGE_ALIGN(user_sq_bytes(ctx->entries));
	setup->cq_bytes = PAGE_ALIGN(user_cq_bytes(ctx->entries));
	smp_store_release(&ctx->nr_queues, setup->queues);	/* user_queue_find() */
	return 0;
}

/*
 * What an ioctl returns; first unchanged, to see before it has an effect that it can be. If the
 * memory is taken away after that, it has the effect all the same, and the daemon chose not to
 * be told.
 */
static bool user_return(void __user *arg, const void *what, size_t size)
{
	return !copy_to_user(arg, what, size);
}

static int user_setup(struct user_ctx *ctx, struct tgtcore_user_setup __user *arg)
{
	struct tgtcore_user_setup setup;
	int err;

	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	err = user_check_setup(&setup, user_max_queues());
	if (err)
		return err;
	if (!user_return(arg, &setup, sizeof(setup)))
		return -EFAULT;
	if (mutex_lock_killable(&ctx->u->lock))
		return -EINTR;
	err = user_set_queues(ctx, &setup);
	mutex_unlock(&ctx->u->lock);
	if (!err)
		user_return(arg, &setup, sizeof(setup));
	return err;
}

static int user_check_begin(struct user_ctx *ctx, const struct tgtcore_user_start *start)
{
	const struct user_dev *u = ctx->u;
	struct user_region *r = NULL;

	if (user_gone(ctx))
		return user_gone(ctx);
	if (!ctx->nr_queues || ctx->started)
		return ctx->started ? -EBUSY : -ENOTCONN;
	if (u->file && u->file != ctx)
		return -EBUSY;
	if (ctx->size && ctx->size != u->size)
		return -ESTALE;
	/* data that is written must have somewhere to go */
	if (!start->buf_stride && start->write_mode == TGTCORE_USER_WRITE_BUFFER &&
	    !u->no_data && !u->tgt->readonly)
		return -EINVAL;
	if (u->raw && (start->write_mode != TGTCORE_USER_WRITE_FETCH || start->max_io))
		return -EINVAL;
	if (start->buf_stride)
		r = user_region(ctx, start->buf_region, 0, 0);
	return user_check_start(start, 1U << u->tgt->block_shift, u->depth, r ? r->len : 0,
				TGT_MAX_IO);
}

/* With user_dev.lock: the daemon is given commands from here on. */
static int user_begin_ctx(struct user_ctx *ctx, struct tgtcore_user_start *start)
{
	struct user_dev *u = ctx->u;
	int err = user_check_begin(ctx, start);

	lockdep_assert_held(&u->lock);
	if (err)
		return err;
	err = user_attach(ctx, false);
	if (err)
		return err;
	ctx->start = *start;
	ctx->max_io = start->max_io ?: start->buf_stride ?: TGT_MAX_IO;
	WRITE_ONCE(ctx->owner, current->tgid);
	start->generation = ++u->generation;
	smp_store_release(&ctx->started, true);		/* user_enter() */
	user_resume(ctx);
	WRITE_ONCE(u->handover, false);		/* until then the policy does not count */
	wake_up_all(&u->turn);			/* who wants this one to leave asks it now */
	tgt_device_event(u->tgt);
	return 0;
}

static int user_start(struct user_ctx *ctx, struct tgtcore_user_start __user *arg)
{
	struct tgtcore_user_start start;
	int err;

	if (copy_from_user(&start, arg, sizeof(start)) ||
	    !user_return(arg, &start, sizeof(start)))
		return -EFAULT;
	if (mutex_lock_killable(&ctx->u->lock))
		return -EINTR;
	err = user_begin_ctx(ctx, &start);
	mutex_unlock(&ctx->u->lock);
	if (!err)
		user_return(arg, &start, sizeof(start));
	return err;
}

static int user_register_arg(struct user_ctx *ctx, struct tgtcore_user_region __user *arg)
{
	struct tgtcore_user_region region;

	if (copy_from_user(&region, arg, sizeof(region)))
		return -EFAULT;
	return user_register(ctx, &region);
}

static int user_resize_arg(struct user_ctx *ctx, struct tgtcore_user_resize __user *arg)
{
	struct tgtcore_user_resize resize;
	int err;

	if (copy_from_user(&resize, arg, sizeof(resize)))
		return -EFAULT;
	err = user_check_resize(&resize);
	return err ?: user_resized(ctx, &resize);
}

/* ---- enter -------------------------------------------------------------------- */

struct user_queue *user_queue_find(struct user_ctx *ctx, u32 i)
{
	u32 nr = smp_load_acquire(&ctx->nr_queues);	/* user_set_queues() */

	return i < nr ? &ctx->queue[array_index_nospec(i, nr)] : NULL;
}

u32 user_waiting(struct user_ctx *ctx, struct user_queue *q)
{
	return user_sq_waiting(READ_ONCE(q->tail), READ_ONCE(q->cq->sq_head), ctx->entries);
}

/* By who is on a queue of those who wait, before a last look at what there is. */
void user_arm(struct user_queue *q)
{
	WRITE_ONCE(q->armed, 1);
	smp_mb();	/* before the tail; pairs with user_post() */
}

static long user_sleep(struct user_ctx *ctx, struct user_queue *q)
{
	DEFINE_WAIT(wait);
	long ret;

	for (;;) {
		prepare_to_wait(&q->wait, &wait, TASK_INTERRUPTIBLE);
		user_arm(q);
		ret = READ_ONCE(ctx->end);
		if (ret >= 0)
			ret = user_waiting(ctx, q);
		if (ret || xchg(&q->woken, 0))
			break;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		schedule();
	}
	finish_wait(&q->wait, &wait);
	return ret;
}

/* Whoever sleeps sees it, or whoever will; user_sleep() looks once it can be woken. */
static long user_end_sleep(struct user_ctx *ctx, struct user_queue *q)
{
	WRITE_ONCE(q->woken, 1);
	wake_up_interruptible(&q->wait);	/* takes the lock, and that orders it */
	return min(READ_ONCE(ctx->end), 0);
}

/* All answers of a queue were taken, but the daemon is near its end, or at it; or they wait. */
static int user_enter_end(struct user_ctx *ctx, int end, int err)
{
	if (end < 0)
		return end;
	mutex_lock(&ctx->u->lock);	/* which user_resume() has until it is over */
	if (end == USER_RESUMES)
		err = end;
	else if (err)
		user_fence(ctx, err);
	else
		err = user_leave(ctx);
	mutex_unlock(&ctx->u->lock);
	return err;
}

/* Takes all answers of a queue; USER_RESUMES: not yet, and now they can be. */
static int user_enter_reap(struct user_ctx *ctx, struct user_queue *q)
{
	int err, end;

	if (mutex_lock_killable(&q->reap))
		return -EINTR;
	end = READ_ONCE(ctx->end);	/* pairs with user_end_set(), which has had @reap */
	err = end < 0 || end == USER_RESUMES ? end : user_reap(ctx, q);
	mutex_unlock(&q->reap);
	return unlikely(err | end) ? user_enter_end(ctx, end, err) : 0;
}

long user_enter(struct user_ctx *ctx, unsigned long arg)
{
	struct user_queue *q = user_queue_find(ctx, arg & 0xffff);
	int err;
	u32 n;

	if (!q || arg & ~(0xffffUL | TGTCORE_USER_WAIT | TGTCORE_USER_WAKE) ||
	    (arg & TGTCORE_USER_WAIT && arg & TGTCORE_USER_WAKE))
		return -EINVAL;
	if (!smp_load_acquire(&ctx->started))	/* pairs with user_begin_ctx() */
		return -ENOTCONN;
	if (unlikely(arg & TGTCORE_USER_WAKE))
		return user_end_sleep(ctx, q);
	do
		err = user_enter_reap(ctx, q);
	while (err > 0);
	if (err)
		return err;
	/* the file was handed on: from here on it is this process whose exit counts */
	if (unlikely(READ_ONCE(ctx->owner) != current->tgid))
		WRITE_ONCE(ctx->owner, current->tgid);
	n = user_waiting(ctx, q);
	if (n || !(arg & TGTCORE_USER_WAIT))
		return n;
	return user_sleep(ctx, q);
}

long user_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct user_ctx *ctx = file->private_data;
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case TGTCORE_USER_ENTER:
		return user_enter(ctx, arg);
	case TGTCORE_USER_INFO:
		return user_info(ctx, p);
	case TGTCORE_USER_SETUP:
		return user_setup(ctx, p);
	case TGTCORE_USER_REGISTER:
		return user_register_arg(ctx, p);
	case TGTCORE_USER_START:
		return user_start(ctx, p);
	case TGTCORE_USER_TAKEOVER:
		return user_takeover(ctx);
	case TGTCORE_USER_RESIZE:
		return user_resize_arg(ctx, p);
	}
	return -ENOTTY;
}

