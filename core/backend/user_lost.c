// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": commands whose daemon is gone, or does not answer.
 *
 * Between the moment a daemon is given up and the START of the next, which is that one's word
 * that all I/O of those before it is over, nothing is executed on the device: so what is
 * answered then cannot be overtaken. While a daemon lives and does not answer, what it may
 * still write is a remainder, and fences the device.
 */
#include <linux/list_sort.h>
#include <linux/rcupdate.h>
#include <linux/poll.h>
#include "user.h"

#define USER_WATCH_EVERY	(HZ / 2)

/* ---- orphans ---------------------------------------------------------------------------- */

/*
 * The daemon's, but no command any more; the engine does not give its place in the queue limit to
 * another, as the tag is in use. The slot was claimed.
 */
static void user_orphan(struct user_dev *u, u32 tag)
{
	struct user_slot *s = &u->slot[tag];
	enum user_state state = USER_ORPHAN;

	bool writes = s->op == TGTCORE_USER_OP_WRITE || s->op == TGTCORE_USER_OP_UNMAP ||
		      (s->op == TGTCORE_USER_OP_SCSI && s->cmd->dir != TGT_DIR_IN);

	lockdep_assert_held(&u->slots);
	s->cmd->flags &= ~TGT_CMD_HELD;
	WRITE_ONCE(s->cmd, NULL);
	if (writes) {
		state = USER_REMAINDER;
		tgt_device_remainder_get(u->tgt);
	}
	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), state));
	tgt_device_event(u->tgt);	/* it hangs */
}

/* The daemon has answered, or is gone. The slot was claimed; the device may go with the last. */
void user_orphan_end(struct user_dev *u, u32 tag, enum user_state state)
{
	struct user_slot *s = &u->slot[tag];
	struct tgt_device *dev = u->tgt;

	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), USER_FREE));
	tgt_device_event(dev);
	smp_mb__before_atomic();	/* the word before the tag, which has another owner then */
	if (likely(tag < user_commands(u)))
		tgt_bit_put(&dev->hold, tag);
	else
		clear_bit(tag - user_commands(u), &u->functions);
	if (state == USER_REMAINDER)
		tgt_device_remainder_put(dev);
}

/* Takes the command from the slot if that is still as @word says. */
static bool user_take_back(struct user_dev *u, u32 tag, s64 word)
{
	struct user_slot *s = &u->slot[tag];
	enum user_state state = user_word_state(word);

	lockdep_assert_held(&u->slots);
	if (state != USER_DAEMON && state != USER_HELD && state != USER_HELD_SEEN)
		return false;
	if (!atomic64_try_cmpxchg(&s->word, &word, user_word_to(word, USER_CLAIMED)))
		return false;
	if (state == USER_DAEMON) {
		user_orphan(u, tag);
	} else {
		list_del_init(&s->node);
		WRITE_ONCE(s->cmd, NULL);
		atomic64_set_release(&s->word, user_word_to(word, USER_FREE));
	}
	return true;
}

/* @cmd may have ended, and be another's by now: its address says which it was. */
bool user_detach(struct tgt_device *dev, struct tgt_cmd *cmd)
{
	u32 tag = READ_ONCE(cmd->hold_bit);
	struct user_dev *u = dev->be_priv;
	unsigned long flags;
	bool taken;
	s64 word;

	if (tag >= user_commands(u))
		return false;
	spin_lock_irqsave(&u->slots, flags);
	word = atomic64_read_acquire(&u->slot[tag].word);
	taken = READ_ONCE(u->slot[tag].cmd) == cmd && user_take_back(u, tag, word);
	spin_unlock_irqrestore(&u->slots, flags);
	return taken;
}

void user_abandon(struct tgt_device *dev)
{
	struct user_dev *u = dev->be_priv;
	s64 word;
	u32 tag;

	spin_lock_irq(&u->slots);
	for (tag = 0; tag < u->depth; tag++) {
		word = atomic64_read(&u->slot[tag].word);
		if (user_word_state(word) == USER_REMAINDER &&
		    atomic64_try_cmpxchg(&u->slot[tag].word, &word,
					 user_word_to(word, USER_ORPHAN)))
			tgt_device_remainder_put(dev);
	}
	spin_unlock_irq(&u->slots);
}

/* ---- deadlines -------------------------------------------------------------------------- */

void user_watch(struct user_dev *u)
{
	if (!xchg(&u->watching, 1))
		queue_delayed_work(user_wq, &u->watch, USER_WATCH_EVERY);
}

/* Whether the slot holds a command whose end somebody waits for. */
static bool user_waits(struct user_slot *s)
{
	enum user_state state = user_word_state(atomic64_read(&s->word));

	return state != USER_FREE && state != USER_ORPHAN && state != USER_REMAINDER;
}

static bool user_too_old(struct user_dev *u, struct user_slot *s, enum user_state state)
{
	if (state != USER_DAEMON && READ_ONCE(u->policy) == TGTCORE_USER_POLICY_FAIL &&
	    !READ_ONCE(u->handover))
		return true;
	return time_after_eq(jiffies, READ_ONCE(s->since) + READ_ONCE(u->timeout));
}

static void user_watch_slot(struct user_dev *u, u32 tag)
{
	struct user_slot *s = &u->slot[tag];
	struct tgt_cmd *cmd = NULL;
	s64 word;

	spin_lock_irq(&u->slots);
	word = atomic64_read_acquire(&s->word);
	if (user_too_old(u, s, user_word_state(word))) {
		cmd = READ_ONCE(s->cmd);
		if (!user_take_back(u, tag, word))
			cmd = NULL;
	}
	spin_unlock_irq(&u->slots);
	if (!cmd)
		return;
	atomic_long_inc(&u->count.timeouts);
	tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
	tgt_cmd_complete(cmd);
}

static bool user_any_waits(struct user_dev *u)
{
	u32 tag;

	for (tag = 0; tag < user_commands(u); tag++)
		if (user_waits(&u->slot[tag]))
			return true;
	return false;
}

/* Runs as long as commands are there; a device without any has no timer. */
void user_watch_work(struct work_struct *work)
{
	struct user_dev *u = container_of(to_delayed_work(work), struct user_dev, watch);
	u32 tag;

	for (tag = 0; tag < user_commands(u); tag++)	/* functions have waiters with deadlines */
		if (user_waits(&u->slot[tag]))
			user_watch_slot(u, tag);
	if (!user_any_waits(u)) {
		WRITE_ONCE(u->watching, 0);
		smp_mb();	/* before the slots; pairs with user_post(), user_wait_for_one() */
		if (!user_any_waits(u) || xchg(&u->watching, 1))
			return;
	}
	queue_delayed_work(user_wq, &u->watch, USER_WATCH_EVERY);
}

/* ---- a daemon goes, another comes ------------------------------------------------------- */

/* Nobody submits to, or takes answers from, the daemon these were given to; @seen gets the rest. */
static void user_sweep_slot(struct user_dev *u, u32 tag, struct list_head *seen)
{
	struct user_slot *s = &u->slot[tag];
	struct tgt_cmd *cmd = NULL;
	enum user_state state;
	s64 word;

	spin_lock_irq(&u->slots);
	word = atomic64_read(&s->word);
	state = user_word_state(word);
	if (state == USER_ORPHAN || state == USER_REMAINDER) {
		user_orphan_end(u, tag, state);
	} else if (state == USER_DAEMON && tag >= user_commands(u) &&
		   (!s->tmf || READ_ONCE(u->policy) == TGTCORE_USER_POLICY_FAIL)) {
		user_tmf_end(u, tag, TGT_TMF_FAILED);
	} else if (state == USER_DAEMON) {
		state = USER_HELD_SEEN;
		if (READ_ONCE(u->policy) == TGTCORE_USER_POLICY_FAIL) {
			cmd = s->cmd;
			WRITE_ONCE(s->cmd, NULL);
			state = USER_FREE;
		} else {
			list_add_tail(&s->node, seen);
		}
		atomic64_set_release(&s->word, user_word_to(word, state));
	}
	spin_unlock_irq(&u->slots);
	if (cmd) {
		tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
		tgt_cmd_complete(cmd);
	}
}

static int user_given_later(void *priv, const struct list_head *a, const struct list_head *b)
{
	return READ_ONCE(container_of(a, struct user_slot, node)->order) >
	       READ_ONCE(container_of(b, struct user_slot, node)->order);
}

/* What a daemon had came before all that is held; blocks have no order among themselves. */
static void user_hold_seen(struct user_dev *u, struct list_head *seen)
{
	spin_lock_irq(&u->slots);	/* for each place in the queue limit at most */
	if (u->raw)
		list_sort(NULL, seen, user_given_later);
	list_splice(seen, &u->held);
	spin_unlock_irq(&u->slots);
}

/* Nothing is submitted to a daemon, or taken from it, any more: what it had is dealt with. */
static void user_sweep(struct user_ctx *ctx, bool left)
{
	struct user_dev *u = ctx->u;
	LIST_HEAD(seen);
	u32 tag;

	left = left && !user_has_some(u);
	RCU_INIT_POINTER(u->ctx, NULL);
	synchronize_rcu();
	for (tag = 0; tag < u->depth; tag++)
		user_sweep_slot(u, tag, &seen);
	user_hold_seen(u, &seen);
	atomic_long_inc(left ? &u->count.handovers : &u->count.lost);
}

/* The device is not the daemon's any more; one that asked for it has its turn. */
static void user_make_room(struct user_ctx *ctx)
{
	struct user_dev *u = ctx->u;

	if (u->next == ctx) {
		u->next = NULL;
		user_stay(u);
	} else if (u->file == ctx) {
		user_resize_end(u, -EPIPE);
		if (!ctx->started)
			WRITE_ONCE(u->handover, false);
		WRITE_ONCE(u->file, NULL);
		if (u->handover && u->next)
			user_attach(u->next, false);
	}
	wake_up_all(&u->turn);
}

/*
 * Ends a daemon: nothing it does from here on counts, and another may come. Waits for a grace
 * period, not for it.
 */
void user_fence(struct user_ctx *ctx, int why)
{
	bool left = ctx->end == USER_LEAVES;
	u32 i;

	lockdep_assert_held(&ctx->u->lock);
	if (ctx->end < 0)
		return;
	user_end_set(ctx, why);
	if (ctx->started) {
		user_sweep(ctx, left);
		if (!ctx->u->gone)
			tgt_device_event(ctx->u->tgt);
	}
	for (i = 0; i < ctx->nr_queues; i++)
		wake_up_interruptible_all(&ctx->queue[i].wait);
	wake_up_interruptible_poll(&ctx->poll, EPOLLERR | EPOLLHUP);
	user_make_room(ctx);
}

/* What a daemon that is gone had, under policy hold: the initiator may repeat it. */
static void user_give_back(struct user_dev *u, u32 tag)
{
	tgt_cmd_sense(u->slot[tag].cmd, ABORTED_COMMAND, 0, 0);
	user_end(u, tag);
}

static void user_resume_slot(struct user_ctx *ctx, u32 tag, bool seen)
{
	struct user_dev *u = ctx->u;
	bool again = READ_ONCE(u->policy) == TGTCORE_USER_POLICY_REISSUE ||
		     tag >= user_commands(u);
	struct user_slot *s = &u->slot[tag];

	if (s->op == TGTCORE_USER_OP_MAP && !(ctx->features & TGTCORE_USER_F_MAP)) {
		user_map_unknown(s->cmd);
		user_end(u, tag);
		return;
	}
	if (seen && !again) {
		user_give_back(u, tag);
		return;
	}
	if (seen) {
		/* the next daemon's pieces may be shorter; a flush is seen though it has none */
		s->seen = max(s->seen, s->done + max(s->piece, 1U));
		atomic_long_inc(&u->count.reissued);
	}
	user_give(ctx, tag);
}

/* The first that waits; false: there is none, and from here on nobody waits for the daemon. */
static bool user_resume_next(struct user_ctx *ctx)
{
	struct user_dev *u = ctx->u;
	struct user_slot *s;
	u64 word;

	spin_lock_irq(&u->slots);
	s = list_first_entry_or_null(&u->held, struct user_slot, node);
	if (!s) {
		rcu_assign_pointer(u->ctx, ctx);
		spin_unlock_irq(&u->slots);
		return false;
	}
	list_del_init(&s->node);
	word = atomic64_read(&s->word);
	atomic64_set(&s->word, user_word_to(word, USER_BUSY));
	spin_unlock_irq(&u->slots);
	user_resume_slot(ctx, s - u->slot, user_word_state(word) == USER_HELD_SEEN);
	return true;
}

/*
 * A daemon has come, or stays: it gets what was held, in that order, or that is answered; and then
 * what comes. As it answers nothing meanwhile, it gets each tag once, and that has an end.
 */
void user_resume(struct user_ctx *ctx)
{
	lockdep_assert_held(&ctx->u->lock);
	user_end_set(ctx, USER_RESUMES);
	while (user_resume_next(ctx))
		cond_resched();
	user_end_set(ctx, 0);
}

u32 user_held(struct user_dev *u)
{
	enum user_state state;
	u32 tag, n = 0;

	for (tag = 0; tag < u->depth; tag++) {
		state = user_word_state(atomic64_read(&u->slot[tag].word));
		n += state == USER_HELD || state == USER_HELD_SEEN;
	}
	return n;
}
