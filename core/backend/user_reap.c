// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": answers, in the daemon's own context. Each is copied before it is looked at. It
 * counts only if it carries the number of the slot's present use, and the slot is the daemon's;
 * else somebody else ended the command before. What no honest daemon says is -EPROTO.
 */
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include "user.h"

static void user_set_status(struct tgt_cmd *cmd, u32 status)
{
	switch (status & 0xff) {
	case TGTCORE_USER_ENOSPC:
		tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
		break;
	case TGTCORE_USER_EBUSY:
		tgt_cmd_refuse(cmd, SAM_STAT_BUSY);
		break;
	case TGTCORE_USER_ENOTREADY:
		tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
		break;
	case TGTCORE_USER_SENSE:
		tgt_cmd_sense(cmd, status >> 8, status >> 16, status >> 24);
		break;
	default:
		tgt_cmd_fail_medium(cmd, TGT_NOT_KNOWN);
	}
}

/* Moves data between where a list says. False: that is no list of its length. */
static bool user_move_list(struct user_ctx *ctx, struct user_slot *s,
			   const struct tgtcore_user_cqe *cqe, u32 len, bool to_region)
{
	struct tgtcore_user_piece piece;
	struct user_region *list, *r;
	u32 done = 0, i;

	list = user_region(ctx, cqe->region, cqe->data, cqe->pieces * sizeof(piece));
	if (!list)
		return false;
	for (i = 0; i < cqe->pieces; i++) {
		user_read(list, cqe->data + i * sizeof(piece), &piece, sizeof(piece));
		if (!piece.len || piece.len > len - done)
			return false;
		r = user_region(ctx, piece.region, piece.offset, piece.len);
		if (!r)
			return false;
		user_copy(r, piece.offset, s->cmd, s->done + done, piece.len, to_region);
		done += piece.len;
	}
	return done == len;
}

/* Moves @len bytes, not 0, that one or several places are named for. False: there are none. */
bool user_move_some(struct user_ctx *ctx, struct user_slot *s, const struct tgtcore_user_cqe *cqe,
		    u32 len, bool to_region)
{
	struct user_region *r;

	if (cqe->flags & TGTCORE_USER_CQE_LIST)
		return user_move_list(ctx, s, cqe, len, to_region);
	r = user_region(ctx, cqe->region, cqe->data, len);
	if (r)
		user_copy(r, cqe->data, s->cmd, s->done, len, to_region);
	return r;
}

/* Moves the piece's data. False: there is no such place. */
static bool user_move(struct user_ctx *ctx, struct user_slot *s,
		      const struct tgtcore_user_cqe *cqe)
{
	struct user_region *r;

	if (ctx->u->no_data)
		return true;
	if (unlikely(cqe->flags & (TGTCORE_USER_CQE_LIST | TGTCORE_USER_CQE_ZERO))) {
		if (cqe->flags & TGTCORE_USER_CQE_LIST)
			return user_move_list(ctx, s, cqe, s->piece,
					      s->op == TGTCORE_USER_OP_WRITE);
		sg_zero_buffer(s->cmd->sgl, s->cmd->sgl_nents, s->piece, s->done);
		return true;
	}
	if (!user_cqe_moves(cqe, s->op))
		return true;
	r = user_region(ctx, cqe->region, cqe->data, s->piece);
	if (!r)
		return false;
	user_copy(r, cqe->data, s->cmd, s->done, s->piece, s->op == TGTCORE_USER_OP_WRITE);
	return true;
}

/* The slot is ours. False: that is no answer to TGTCORE_USER_OP_MAP. */
static bool user_map_take(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct tgt_cmd *cmd = ctx->u->slot[tag].cmd;

	if (!user_check_map(cqe, 1U << ctx->u->tgt->block_shift))
		return false;
	if (cqe->status == TGTCORE_USER_OK)
		*tgt_cmd_run(cmd) = (struct tgt_run) {
			.len = cqe->len,
			.mapped = !(cqe->flags & TGTCORE_USER_CQE_UNMAPPED),
		};
	else if (cqe->status == TGTCORE_USER_EIO)
		user_map_unknown(cmd);
	else
		user_set_status(cmd, cqe->status);
	user_end(ctx->u, tag);
	return true;
}

/*
 * The slot is ours: the answer is no right one to a read and so on. What a bad answer was for goes
 * back, to be dealt with as the rest.
 */
static int user_take_other(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct user_slot *s = &ctx->u->slot[tag];

	if (s->op == TGTCORE_USER_OP_MAP ? user_map_take(ctx, tag, cqe) :
	    s->op > TGTCORE_USER_OP_UNMAP && user_raw_take(ctx, tag, cqe))
		return 0;
	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), USER_DAEMON));
	return -EPROTO;
}

/* The slot is ours. */
static int user_take(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct user_slot *s = &ctx->u->slot[tag];
	struct tgt_cmd *cmd = s->cmd;
	u64 word = atomic64_read(&s->word);

	if (unlikely(!user_check_cqe(cqe, s->op) || !user_move(ctx, s, cqe)))
		return user_take_other(ctx, tag, cqe);
	if (unlikely(cqe->status)) {
		user_set_status(cmd, cqe->status);
	} else if (cqe->flags & TGTCORE_USER_CQE_MORE) {
		user_repeat(ctx, tag, cqe);
		return 0;
	} else if (s->piece < cmd->len - s->done) {
		s->done += s->piece;
		if (s->op == TGTCORE_USER_OP_UNMAP)
			WRITE_ONCE(s->since, jiffies);	/* user_piece_other() */
		atomic64_set(&s->word, user_word_to(word, USER_BUSY));
		if (user_issue(ctx->u, tag) == TGT_DONE)
			tgt_cmd_complete(cmd);
		return 0;
	}
	user_end(ctx->u, tag);
	return 0;
}

/*
 * Whether the slot's command is this daemon's to answer, or what is left of it; then the slot is
 * ours. Who takes a command for ->detach(), or at its deadline, has claimed the slot until it is
 * an orphan: as the daemon does not answer twice, that is waited for.
 */
static bool user_claim(struct user_ctx *ctx, u32 tag, u64 id, enum user_state *state)
{
	struct user_slot *s = &ctx->u->slot[tag];
	s64 word = atomic64_read(&s->word);
	bool waited = false;

	for (;;) {
		*state = user_word_state(word);
		if (user_id(word, tag) != id)
			return false;
		if (*state == USER_DAEMON || *state == USER_ORPHAN || *state == USER_REMAINDER) {
			if (atomic64_try_cmpxchg(&s->word, &word, user_word_to(word, USER_CLAIMED)))
				return true;
			continue;
		}
		/* claimed by another answer if it still is then: this one is the second */
		if (*state != USER_CLAIMED || waited)
			return false;
		spin_lock_irq(&ctx->u->slots);
		spin_unlock_irq(&ctx->u->slots);
		word = atomic64_read(&s->word);
		waited = true;
	}
}

static int user_answer(struct user_ctx *ctx, const struct tgtcore_user_cqe *cqe)
{
	struct user_dev *u = ctx->u;
	u32 tag = user_id_tag(cqe->id);
	enum user_state state;

	if (unlikely(tag >= u->depth))
		return -EPROTO;
	tag = array_index_nospec(tag, u->depth);
	if (unlikely(!user_claim(ctx, tag, cqe->id, &state))) {
		atomic_long_inc(&u->count.late);
		return 0;
	}
	if (likely(state == USER_DAEMON))
		return user_take(ctx, tag, cqe);
	user_orphan_end(u, tag, state);
	return 0;
}

/* Copies an answer, each word once. (In a loop it costs twice as much.) */
static void user_cqe_get(const struct user_queue *q, u32 at, struct tgtcore_user_cqe *cqe)
{
	const u64 *from = (const u64 *)((struct tgtcore_user_cqe *)(q->cq + 1) + at);
	u64 *to = (u64 *)cqe;

	BUILD_BUG_ON(sizeof(*cqe) != 8 * sizeof(u64));
	to[0] = READ_ONCE(from[0]);
	to[1] = READ_ONCE(from[1]);
	to[2] = READ_ONCE(from[2]);
	to[3] = READ_ONCE(from[3]);
	to[4] = READ_ONCE(from[4]);
	to[5] = READ_ONCE(from[5]);
	to[6] = READ_ONCE(from[6]);
	to[7] = READ_ONCE(from[7]);
}

/* Takes all answers there are now; of a daemon that ends, no more. Process context. */
int user_reap(struct user_ctx *ctx, struct user_queue *q)
{
	struct tgtcore_user_cqe cqe;
	int n, err = 0;

	lockdep_assert_held(&q->reap);
	/* pairs with the daemon's release */
	n = user_cq_ready(smp_load_acquire(&q->cq->tail), q->head, ctx->entries);
	if (unlikely(n < 0))
		err = n;
	for (; n > 0 && !err && READ_ONCE(ctx->end) >= 0; n--) {
		user_cqe_get(q, q->head & (ctx->entries - 1), &cqe);
		q->head++;
		err = user_answer(ctx, &cqe);
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	smp_store_release(&q->sq->cq_head, q->head);	/* the places are the daemon's again */
	if (unlikely(err))
		atomic_long_inc(&ctx->u->count.bad);
	return err;
}
