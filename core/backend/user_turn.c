// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": a second daemon beside the first, and how it takes over.
 *
 * From TAKEOVER on nothing is submitted to the first: what comes is held. It answers what it has,
 * and with the last answer it is fenced, as it is when it dies before that; then the second has
 * its turn, and START gives it what is held. A daemon that hangs is waited for, and its commands
 * have their deadlines.
 */
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include "user.h"

/* Why nothing can be done for a daemon, or 0. */
int user_gone(const struct user_ctx *ctx)
{
	lockdep_assert_held(&ctx->u->lock);
	if (ctx->end < 0)
		return ctx->end;
	return ctx->u->gone ? -ENODEV : 0;
}

/* From here on whoever takes answers has seen @end before. */
void user_end_set(struct user_ctx *ctx, int end)
{
	u32 i;

	lockdep_assert_held(&ctx->u->lock);
	WRITE_ONCE(ctx->end, end);
	for (i = 0; i < ctx->nr_queues; i++) {
		mutex_lock(&ctx->queue[i].reap);
		mutex_unlock(&ctx->queue[i].reap);
	}
}

/* Sets or clears a flag the daemon sees; who sleeps there, or polls, looks at it. */
void user_tell(struct user_ctx *ctx, u32 queue, u32 flag, bool set)
{
	struct user_queue *q = &ctx->queue[queue];
	u32 i, news = 0;

	lockdep_assert_held(&ctx->u->lock);
	q->flags = set ? q->flags | flag : q->flags & ~flag;
	WRITE_ONCE(q->sq->flags, q->flags);
	for (i = 0; i < ctx->nr_queues; i++)
		news |= ctx->queue[i].flags;
	WRITE_ONCE(ctx->news, news);
	if (!set)
		return;
	WRITE_ONCE(q->woken, 1);
	wake_up_interruptible(&q->wait);
	wake_up_interruptible_poll(&ctx->poll, EPOLLIN | EPOLLRDNORM | EPOLLPRI);
}

/* Whether the daemon has something, or what an answer is being taken for was its. */
bool user_has_some(struct user_dev *u)
{
	enum user_state state;
	bool some = false;
	u32 tag;

	spin_lock_irq(&u->slots);	/* so that nobody else has claimed a slot */
	for (tag = 0; tag < u->depth && !some; tag++) {
		state = user_word_state(atomic64_read(&u->slot[tag].word));
		some = state == USER_DAEMON || state == USER_CLAIMED || state == USER_ORPHAN ||
		       state == USER_REMAINDER;
	}
	spin_unlock_irq(&u->slots);
	return some;
}

/* The device is the daemon's from here on, or with @standby when its turn comes. */
int user_attach(struct user_ctx *ctx, bool standby)
{
	struct user_dev *u = ctx->u;

	lockdep_assert_held(&u->lock);
	if (!u->file) {
		WRITE_ONCE(u->file, ctx);
		if (u->next == ctx)
			u->next = NULL;
	}
	if (u->file == ctx || u->next == ctx)
		return 0;
	if (!standby || u->next)
		return -EBUSY;
	u->next = ctx;
	return 0;
}

/* A daemon that leaves has its answers taken: were these the last? */
int user_leave(struct user_ctx *ctx)
{
	int err = user_gone(ctx);

	if (err || ctx->end != USER_LEAVES || user_has_some(ctx->u))
		return err;
	user_fence(ctx, -ESHUTDOWN);
	return -ESHUTDOWN;
}

static void user_tell_leave(struct user_ctx *ctx, bool set)
{
	u32 i;

	for (i = 0; i < ctx->nr_queues; i++)
		user_tell(ctx, i, TGTCORE_USER_SQ_LEAVE, set);
}

/* Asks the daemon there is to go. */
static void user_ask(struct user_dev *u)
{
	struct user_ctx *old = u->file;

	if (!old->started) {
		user_fence(old, -ESHUTDOWN);
		user_attach(u->next, false);
		WRITE_ONCE(u->handover, true);
		return;
	}
	WRITE_ONCE(u->leaver, old->owner);
	WRITE_ONCE(u->handover, true);
	RCU_INIT_POINTER(u->ctx, NULL);
	synchronize_rcu();	/* who has submitted to it is done with that */
	user_end_set(old, USER_LEAVES);
	if (!user_leave(old))
		user_tell_leave(old, true);
}

/* Who was to take over is gone: the other daemon goes on. */
void user_stay(struct user_dev *u)
{
	struct user_ctx *old = u->file;

	lockdep_assert_held(&u->lock);
	if (!old || old->end != USER_LEAVES)
		return;
	user_tell_leave(old, false);
	user_resume(old);
	WRITE_ONCE(u->handover, false);		/* until then the policy does not count */
}

/* 0: it is this daemon's turn; 1: it is to be waited for. */
static int user_take_turn(struct user_ctx *ctx)
{
	struct user_dev *u = ctx->u;
	int err = user_gone(ctx);

	if (err)
		return err;
	if (!ctx->nr_queues || ctx->started)
		return ctx->started ? -EBUSY : -ENOTCONN;
	err = user_attach(ctx, true);
	if (err || u->file == ctx)
		return err;
	WRITE_ONCE(ctx->owner, current->tgid);
	if (!u->handover)
		user_ask(u);
	return u->file != ctx;
}

int user_takeover(struct user_ctx *ctx)
{
	struct user_dev *u = ctx->u;
	int ret;

	for (;;) {
		if (mutex_lock_killable(&u->lock))
			return -EINTR;
		ret = user_take_turn(ctx);
		mutex_unlock(&u->lock);
		if (ret <= 0)
			return ret;
		/* or the hand-over it found was another's, and is over: it has not asked yet */
		if (wait_event_interruptible(u->turn, READ_ONCE(u->file) == ctx ||
					     READ_ONCE(ctx->end) < 0 || !READ_ONCE(u->handover)))
			return -EINTR;
	}
}
