// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": commands on their way to the daemon, in the submitter's context. No allocation,
 * no thread; the one lock is the queue's, for the time it takes to write an entry.
 *
 * All of it runs in an RCU section in which u->ctx, once read, stays usable: who takes a daemon
 * away clears u->ctx and waits for a grace period. Who finds none looks again with user_dev.slots,
 * and then leaves the command at the end of user_dev.held. Who brings a daemon gives it what is
 * there, and sets u->ctx when that is empty: so nothing overtakes what was held.
 */
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include "user.h"

/* The command ends as its status says. The tag may be another's before this returns. */
void user_end(struct user_dev *u, u32 tag)
{
	struct user_slot *s = &u->slot[tag];
	struct tgt_cmd *cmd = s->cmd;

	WRITE_ONCE(s->cmd, NULL);
	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), USER_FREE));
	tgt_cmd_complete(cmd);
}

/* ---- to the ring ------------------------------------------------------------------------ */

/*
 * Those who found nothing; until they look again, they need no more waking. Who armed before is
 * on a queue, and seen to be; who arms after takes a look for itself.
 */
void user_wake(struct user_ctx *ctx, struct user_queue *q)
{
	smp_store_mb(q->armed, 0);	/* pairs with user_sleep(), user_poll() */
	if (waitqueue_active(&q->wait))
		wake_up_interruptible(&q->wait);
	if (waitqueue_active(&ctx->poll))	/* likewise */
		wake_up_interruptible_poll(&ctx->poll, EPOLLIN | EPOLLRDNORM);
}

/* A CPU has its queue, so that the lock is taken by others only where there are fewer of them. */
static struct user_queue *user_queue_here(struct user_ctx *ctx)
{
	u32 cpu = raw_smp_processor_id();

	return &ctx->queue[likely(cpu < ctx->nr_queues) ? cpu : cpu % ctx->nr_queues];
}

/*
 * At level raw it is the order in the queues that counts, once for each command. The daemon may
 * have guessed the number and answered, so the slot may be another's.
 */
static noinline void user_number(struct user_dev *u, const struct tgtcore_user_sqe *sqe)
{
	if (!(sqe->flags & TGTCORE_USER_SQE_DATA))
		WRITE_ONCE(u->slot[sqe->tag].order, atomic64_inc_return(&u->given));
}

static void user_post(struct user_ctx *ctx, const struct tgtcore_user_sqe *sqe)
{
	struct user_queue *q = user_queue_here(ctx);
	struct tgtcore_user_sqe *ring = (void *)(q->sq + 1);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (unlikely(sqe->op > TGTCORE_USER_OP_UNMAP))
		user_number(ctx->u, sqe);
	ring[q->tail & (ctx->entries - 1)] = *sqe;
	WRITE_ONCE(q->tail, q->tail + 1);
	smp_store_release(&q->sq->tail, q->tail);	/* the daemon reads it with acquire */
	spin_unlock_irqrestore(&q->lock, flags);
	smp_mb();	/* the tail before @armed; pairs with user_arm() */
	if (READ_ONCE(q->armed))
		user_wake(ctx, q);
}

static bool user_has_data(const struct user_slot *s)
{
	return s->op == TGTCORE_USER_OP_READ || s->op == TGTCORE_USER_OP_WRITE;
}

/* What is no read and no write. */
static void user_sqe_other(struct user_ctx *ctx, u32 tag, struct tgtcore_user_sqe *sqe)
{
	struct user_slot *s = &ctx->u->slot[tag];

	if (s->op == TGTCORE_USER_OP_UNMAP) {
		sqe->len = s->piece;
		sqe->offset = s->cmd->offset + s->done;
	} else if (s->op == TGTCORE_USER_OP_MAP) {
		sqe->offset = s->cmd->offset;
	} else if (s->op > TGTCORE_USER_OP_UNMAP) {
		user_raw_sqe(ctx, tag, sqe);
	}
}

static void user_sqe_init(struct user_ctx *ctx, u32 tag, struct tgtcore_user_sqe *sqe)
{
	struct user_slot *s = &ctx->u->slot[tag];
	const struct tgt_cmd *cmd = s->cmd;

	memset(sqe, 0, sizeof(*sqe));
	sqe->tag = tag;
	sqe->op = s->op;
	sqe->flags = unlikely(s->done < s->seen) ? TGTCORE_USER_SQE_REISSUED : 0;
	sqe->region = TGTCORE_USER_NO_REGION;
	if (s->op > TGTCORE_USER_OP_WRITE) {
		user_sqe_other(ctx, tag, sqe);
		return;
	}
	if (s->op == TGTCORE_USER_OP_WRITE && cmd->flags & TGT_CMD_FUA && ctx->u->can_flush)
		sqe->flags |= TGTCORE_USER_SQE_FUA;
	sqe->len = s->piece;
	sqe->offset = cmd->offset + s->done;
	if (ctx->start.buf_stride) {
		sqe->region = ctx->start.buf_region;
		sqe->data = ctx->start.buf_offset + (u64)tag * ctx->start.buf_stride;
	}
}

/* From here on the command is whoever's that takes it from the slot first. */
static void user_publish(struct user_ctx *ctx, u32 tag, struct tgtcore_user_sqe *sqe)
{
	struct user_slot *s = &ctx->u->slot[tag];
	u64 word = user_word_next(atomic64_read(&s->word), USER_DAEMON);

	sqe->id = user_id(word, tag);
	atomic64_set_release(&s->word, word);
	user_post(ctx, sqe);
}

/*
 * What is neither read nor written. Blocks are unmapped by pieces, each with a deadline of its own,
 * as a medium may take long for many; they end where whatever unmaps best begins anew.
 */
static noinline u32 user_piece_other(const struct user_slot *s)
{
	const struct tgt_cmd *cmd = s->cmd;
	u64 at;

	if (s->op != TGTCORE_USER_OP_UNMAP)
		return cmd ? cmd->len : 0;	/* there is none for a function */
	at = cmd->offset + s->done;
	return min_t(u32, cmd->len - s->done, USER_UNMAP_PIECE - (at & (USER_UNMAP_PIECE - 1)));
}

/* In line where there is a daemon. */
static __always_inline void user_give_here(struct user_ctx *ctx, u32 tag)
{
	struct user_slot *s = &ctx->u->slot[tag];
	struct tgt_cmd *cmd = s->cmd;
	struct tgtcore_user_sqe sqe;

	if (user_has_data(s))
		s->piece = min(cmd->len - s->done, ctx->max_io);
	else
		s->piece = user_piece_other(s);
	user_sqe_init(ctx, tag, &sqe);
	/* without buffers there are no writes in this mode: user_check_begin() */
	if (s->op == TGTCORE_USER_OP_WRITE && sqe.region != TGTCORE_USER_NO_REGION &&
	    ctx->start.write_mode == TGTCORE_USER_WRITE_BUFFER && !ctx->u->no_data) {
		user_copy(ctx->region[sqe.region], sqe.data, cmd, s->done, s->piece, true);
		sqe.flags |= TGTCORE_USER_SQE_DATA;
	}
	user_publish(ctx, tag, &sqe);
}

/* The slot is the caller's; u->ctx is @ctx, or will be. */
noinline void user_give(struct user_ctx *ctx, u32 tag)
{
	user_give_here(ctx, tag);
}

/* A write whose data was asked for: it is there. The slot is the caller's. */
void user_repeat(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct tgtcore_user_sqe sqe;

	user_sqe_init(ctx, tag, &sqe);
	sqe.flags |= TGTCORE_USER_SQE_DATA;
	sqe.region = cqe->region;
	sqe.data = cqe->data;
	user_publish(ctx, tag, &sqe);
}

/* ---- or not ----------------------------------------------------------------------------- */

/* Without a daemon: it is left for the next one. */
static bool user_hold(struct user_dev *u, struct user_slot *s)
{
	lockdep_assert_held(&u->slots);
	if (READ_ONCE(u->policy) == TGTCORE_USER_POLICY_FAIL && !READ_ONCE(u->handover))
		return false;
	atomic64_set_release(&s->word, user_word_next(atomic64_read(&s->word), USER_HELD));
	list_add_tail(&s->node, &u->held);
	return true;
}

/* It failed for want of a daemon. */
static enum tgt_ret user_no_daemon(struct user_slot *s, struct tgt_cmd *cmd)
{
	WRITE_ONCE(s->cmd, NULL);
	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), USER_FREE));
	return tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
}

/* There is no daemon, or there was none a moment ago. */
static noinline enum tgt_ret user_wait_for_one(struct user_dev *u, u32 tag)
{
	struct user_slot *s = &u->slot[tag];
	struct tgt_cmd *cmd = s->cmd;
	struct user_ctx *ctx;
	unsigned long flags;
	bool held;

	spin_lock_irqsave(&u->slots, flags);
	ctx = rcu_dereference(u->ctx);
	held = !ctx && user_hold(u, s);
	if (!ctx && !held && !cmd)
		user_tmf_end(u, tag, TGT_TMF_FAILED);
	spin_unlock_irqrestore(&u->slots, flags);
	if (ctx)
		user_give(ctx, tag);
	else if (!held)
		return cmd ? user_no_daemon(s, cmd) : TGT_DONE;
	smp_mb();	/* the word before @watching; pairs with user_watch_work() */
	return TGT_QUEUED;
}

/*
 * Gives the daemon what is to be done next for a command; the slot is the caller's until then.
 * TGT_DONE: the command has failed, and the slot is free.
 */
enum tgt_ret user_issue(struct user_dev *u, u32 tag)
{
	enum tgt_ret ret = TGT_QUEUED;
	struct user_ctx *ctx;

	rcu_read_lock();
	ctx = rcu_dereference(u->ctx);
	if (likely(ctx))
		user_give_here(ctx, tag);
	else
		ret = user_wait_for_one(u, tag);
	if (unlikely(!READ_ONCE(u->watching)))
		user_watch(u);
	rcu_read_unlock();
	return ret;
}

enum tgt_ret user_begin(struct tgt_cmd *cmd, u8 op)
{
	struct user_dev *u = user_of(cmd);
	struct user_slot *s;

	if (unlikely(!tgt_cmd_hold(cmd)))
		return TGT_FULL;
	s = &u->slot[cmd->hold_bit];
	s->since = jiffies;
	s->done = 0;
	s->seen = 0;
	s->op = op;
	WRITE_ONCE(s->cmd, cmd);
	atomic64_set(&s->word, user_word_next(atomic64_read(&s->word), USER_BUSY));
	return user_issue(u, cmd->hold_bit);
}

enum tgt_ret user_submit(struct tgt_cmd *cmd)
{
	return user_begin(cmd, tgt_cmd_is_write(cmd) ? TGTCORE_USER_OP_WRITE :
						       TGTCORE_USER_OP_READ);
}

enum tgt_ret user_flush(struct tgt_cmd *cmd)
{
	if (!user_of(cmd)->can_flush)
		return TGT_DONE;
	return user_begin(cmd, TGTCORE_USER_OP_FLUSH);
}

enum tgt_ret user_unmap(struct tgt_cmd *cmd)
{
	return user_begin(cmd, TGTCORE_USER_OP_UNMAP);
}

/* Nobody can say: as far as anybody wants to know it is mapped. */
void user_map_unknown(struct tgt_cmd *cmd)
{
	*tgt_cmd_run(cmd) = (struct tgt_run) { .len = U64_MAX, .mapped = true };
}

/*
 * Only a daemon that can tell is asked. While this is under way no other comes after it but from
 * user_resume_slot(), as user_sweep() waits for a grace period.
 */
enum tgt_ret user_ask_map(struct tgt_cmd *cmd)
{
	enum tgt_ret ret = TGT_DONE;
	struct user_ctx *ctx;

	rcu_read_lock();
	ctx = rcu_dereference(user_of(cmd)->ctx);
	if (ctx && ctx->features & TGTCORE_USER_F_MAP)
		ret = user_begin(cmd, TGTCORE_USER_OP_MAP);
	else
		user_map_unknown(cmd);
	rcu_read_unlock();
	return ret;
}
