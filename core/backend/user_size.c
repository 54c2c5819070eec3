// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": a device that grows. The daemon that serves it is asked first, and has its
 * deadline; or it says so by itself. Without one nobody need be asked: whoever comes finds the new
 * size in TGTCORE_USER_INFO, and cannot START with the old one.
 */
#include <linux/sched/signal.h>
#include "user.h"

/* The daemon has answered, or will not. */
void user_resize_end(struct user_dev *u, int err)
{
	lockdep_assert_held(&u->lock);
	if (!u->resize.to)
		return;
	u->resize.err = err;
	WRITE_ONCE(u->resize.to, 0);
	user_tell(u->file, 0, TGTCORE_USER_SQ_RESIZE, false);
	wake_up_all(&u->turn);
}

/* 0: nobody has to be asked; 1: somebody was. */
static int user_resize_ask(struct user_dev *u, u64 size, struct netlink_ext_ack *extack)
{
	struct user_ctx *ctx = u->file;

	lockdep_assert_held(&u->lock);
	if (u->handover)
		return tgt_err(extack, -EBUSY,
			       "device %s: another daemon is taking over; try again later",
			       u->tgt->name);
	if (!ctx || !ctx->started) {
		u->size = size;
		return 0;
	}
	if (!(ctx->features & TGTCORE_USER_F_RESIZE))
		return tgt_err(extack, -EOPNOTSUPP, "device %s: its daemon cannot change its size",
			       u->tgt->name);
	WRITE_ONCE(u->resize.to, size);
	user_tell(ctx, 0, TGTCORE_USER_SQ_RESIZE, true);
	return 1;
}

/* Waits for the daemon, but not once it or the device goes, nor beyond the deadline. */
static int user_resize_wait(struct user_dev *u, u64 size)
{
	unsigned long end = jiffies + READ_ONCE(u->timeout);
	int err;

	while (!wait_event_idle_timeout(u->turn, READ_ONCE(u->resize.to) != size, HZ))
		if (time_after(jiffies, end) || READ_ONCE(u->tgt->state) == TGT_DELETING)
			break;
	mutex_lock(&u->lock);
	user_resize_end(u, -ETIMEDOUT);
	err = u->resize.err;
	mutex_unlock(&u->lock);
	return err;
}

/* In a job of the engine's, which keeps the device, and is the only one. */
int user_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	struct user_dev *u = dev->be_priv;
	int err;

	mutex_lock(&u->lock);
	err = user_resize_ask(u, size, extack);
	mutex_unlock(&u->lock);
	if (err <= 0)
		return err;
	err = user_resize_wait(u, size);
	if (err == -ETIMEDOUT)
		return tgt_err(extack, err, "device %s: its daemon does not answer", dev->name);
	if (err == -EPIPE)
		return tgt_err(extack, err, "device %s: its daemon has gone", dev->name);
	if (err)
		return tgt_err(extack, err, "device %s: its daemon refuses: %s (%d)", dev->name,
			       tgt_strerror(err), err);
	return 0;
}

static int user_resized_now(struct user_ctx *ctx, const struct tgtcore_user_resize *arg)
{
	struct user_dev *u = ctx->u;
	int err = user_gone(ctx);

	if (err)
		return err;
	if (!ctx->started)
		return -ENOTCONN;
	if (u->resize.to && u->resize.to != arg->size)
		return -EBUSY;
	if (!u->resize.to && arg->error)
		return -EINVAL;
	if (!u->resize.to)
		err = tgt_device_has_grown(u->tgt, arg->size);
	if (err)
		return err;
	if (!arg->error) {
		u->size = arg->size;
		ctx->size = arg->size;
	}
	user_resize_end(u, -(int)arg->error);
	return 0;
}

/* A daemon's word: what it was asked for, or that the medium has grown. */
int user_resized(struct user_ctx *ctx, const struct tgtcore_user_resize *arg)
{
	int err;

	if (mutex_lock_killable(&ctx->u->lock))
		return -EINTR;
	err = user_resized_now(ctx, arg);
	mutex_unlock(&ctx->u->lock);
	return err;
}
