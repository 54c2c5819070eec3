// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user-raw": the daemon executes whole commands, and answers with status and sense. What a
 * command says is in an area of the daemon's, a place for each tag, that only the kernel writes.
 *
 * Task management goes the same way, with tags behind those of commands. Who asked for a function
 * waits for its end, but not beyond a deadline; who ends it, and that deadline, find the waiter
 * in the slot, under user_dev.slots.
 */
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include "user.h"

#define USER_TMF_DEADLINE	(10 * HZ)

static_assert(TGTCORE_USER_SENSE_MAX == TGT_SENSE_LEN);

/**
 * struct user_tmf - who waits for the end of a function, on its stack
 * @function: &enum tgt_tmf_function
 * @nexus: number of the I_T_L nexus
 * @initiator: its name
 * @cmd: of what command, only to be compared, or NULL
 * @tag: its
 * @since: when it came
 * @response: &enum tgt_tmf_response
 * @done: the end
 */
struct user_tmf {
	u8			function;
	u64			nexus;
	const char		*initiator;
	const struct tgt_cmd	*cmd;
	u32			tag;
	unsigned long		since;
	u8			response;
	struct completion	done;
};

static atomic_long_t user_nexuses;	/* numbers given so far */

/* A number in place of a pointer: there is nothing to be freed. */
int user_raw_itl(struct tgt_itl *itl)
{
	itl->be_priv = (void *)atomic_long_inc_return(&user_nexuses);
	return 0;
}

/* ---- to the daemon ---------------------------------------------------------------------- */

static void user_raw_cmd(const struct tgt_cmd *cmd, struct tgtcore_user_scsi *scsi,
			 struct tgtcore_user_sqe *sqe)
{
	scsi->nexus = (unsigned long)cmd->itl->be_priv;
	scsi->task_attr = cmd->task_attr;
	scsi->cdb_len = min_t(u32, cmd->cdb_len, sizeof(scsi->cdb));
	memcpy(scsi->cdb, cmd->cdb, scsi->cdb_len);
	strscpy(scsi->initiator, cmd->itl->sess->initiator, sizeof(scsi->initiator));
	sqe->len = cmd->dir == TGT_DIR_NONE ? 0 : cmd->data_len;
	if (sqe->len)
		sqe->flags |= cmd->dir == TGT_DIR_IN ? TGTCORE_USER_SQE_IN : TGTCORE_USER_SQE_OUT;
}

/* What this daemon calls a function's command, which each calls otherwise; 0: it has it not. */
static u64 user_task(const struct user_dev *u, const struct user_tmf *tmf)
{
	const struct user_slot *s = &u->slot[tmf->tag];
	u64 word = atomic64_read(&s->word);

	lockdep_assert_held(&u->slots);
	if (!tmf->cmd || READ_ONCE(s->cmd) != tmf->cmd || READ_ONCE(s->since) != tmf->since)
		return 0;
	return user_word_state(word) == USER_DAEMON ? user_id(word, tmf->tag) : 0;
}

/* An entry, but for its number. Nobody else has the tag's place. */
void user_raw_sqe(struct user_ctx *ctx, u32 tag, struct tgtcore_user_sqe *sqe)
{
	struct user_slot *s = &ctx->u->slot[tag];
	struct tgtcore_user_scsi scsi = { };
	struct user_tmf *tmf;
	unsigned long flags;

	if (s->op == TGTCORE_USER_OP_SCSI) {
		user_raw_cmd(s->cmd, &scsi, sqe);
	} else {
		spin_lock_irqsave(&ctx->u->slots, flags);
		tmf = s->tmf;
		if (tmf) {
			scsi.nexus = tmf->nexus;
			scsi.function = tmf->function;
			scsi.task = user_task(ctx->u, tmf);
			strscpy(scsi.initiator, tmf->initiator, sizeof(scsi.initiator));
		}
		spin_unlock_irqrestore(&ctx->u->slots, flags);
	}
	ctx->scsi[tag] = scsi;
	if (sqe->len && ctx->start.buf_stride >= sqe->len) {
		sqe->region = ctx->start.buf_region;
		sqe->data = ctx->start.buf_offset + (u64)tag * ctx->start.buf_stride;
	}
}

enum tgt_ret user_raw(struct tgt_cmd *cmd)
{
	cmd->residual = cmd->data_len;
	/* the gate lets everything through to us, and this is not in it */
	if (READ_ONCE(cmd->itl->dev->remainders))
		return tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
	return user_begin(cmd, TGTCORE_USER_OP_SCSI);
}

/* ---- and back --------------------------------------------------------------------------- */

static bool user_raw_sense(struct user_ctx *ctx, struct tgt_cmd *cmd,
			   const struct tgtcore_user_cqe *cqe)
{
	u32 len = cqe->status >> 8;
	struct user_region *r;
	u8 sense[TGT_SENSE_LEN];

	if (!len)
		return true;
	r = user_region(ctx, cqe->region, cqe->sense, len);
	if (!r)
		return false;
	user_read(r, cqe->sense, sense, len);
	memcpy(cmd->sense, sense, len);
	cmd->sense_len = len;
	return true;
}

/* False: that cannot be. */
static bool user_raw_answer(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct user_slot *s = &ctx->u->slot[tag];
	bool more = cqe->flags & TGTCORE_USER_CQE_MORE;
	struct tgt_cmd *cmd = s->cmd;
	u32 room, len;

	room = cmd->dir == TGT_DIR_NONE ? 0 : cmd->data_len;
	if (!user_check_raw(cqe, cmd->dir == TGT_DIR_OUT, room))
		return false;
	len = more ? room : cqe->len;
	if ((cmd->dir == TGT_DIR_IN || cqe->flags & TGTCORE_USER_CQE_FETCH) && len &&
	    !user_move_some(ctx, s, cqe, len, cmd->dir == TGT_DIR_OUT))
		return false;
	if (more) {
		user_repeat(ctx, tag, cqe);
		return true;
	}
	if (!user_raw_sense(ctx, cmd, cqe))
		return false;
	cmd->status = cqe->status & 0xff;
	cmd->residual = cmd->data_len - cqe->len;
	user_end(ctx->u, tag);
	return true;
}

/* With user_dev.slots: a function is over, and its tag free. */
void user_tmf_end(struct user_dev *u, u32 tag, u8 response)
{
	struct user_slot *s = &u->slot[tag];

	lockdep_assert_held(&u->slots);
	if (s->tmf) {
		s->tmf->response = response;
		complete(&s->tmf->done);
	}
	s->tmf = NULL;
	list_del_init(&s->node);	/* if it was held */
	atomic64_set_release(&s->word, user_word_to(atomic64_read(&s->word), USER_FREE));
	smp_mb__before_atomic();	/* the word before the tag */
	clear_bit(tag - user_commands(u), &u->functions);
}

static u8 user_tmf_response(u32 status)
{
	return status == TGTCORE_USER_OK ? TGT_TMF_COMPLETE :
	       status == TGTCORE_USER_REJECTED ? TGT_TMF_REJECTED : TGT_TMF_FAILED;
}

/* The slot is ours. False: no honest daemon says so. */
bool user_raw_take(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe)
{
	struct user_dev *u = ctx->u;

	if (u->slot[tag].op == TGTCORE_USER_OP_SCSI)
		return user_raw_answer(ctx, tag, cqe);
	if (!user_check_tmf(cqe))
		return false;
	spin_lock_irq(&u->slots);
	user_tmf_end(u, tag, user_tmf_response(cqe->status));
	spin_unlock_irq(&u->slots);
	return true;
}

/* ---- task management -------------------------------------------------------------------- */

/* Of what command it is, if the backend has it: that may end, and what it was in be another's. */
static void user_tmf_of(struct user_dev *u, struct user_tmf *tmf, const struct tgt_cmd *cmd)
{
	u32 tag = cmd ? READ_ONCE(cmd->hold_bit) : U32_MAX;

	lockdep_assert_held(&u->slots);
	if (tag >= user_commands(u) || READ_ONCE(u->slot[tag].cmd) != cmd)
		return;
	tmf->cmd = cmd;
	tmf->tag = tag;
	tmf->since = READ_ONCE(u->slot[tag].since);
}

/* A tag for a function, or U32_MAX: there are many already. */
static u32 user_tmf_begin(struct user_dev *u, struct user_tmf *tmf, const struct tgt_cmd *cmd)
{
	struct user_slot *s;
	u32 i;

	spin_lock_irq(&u->slots);
	i = find_first_zero_bit(&u->functions, USER_FUNCTIONS);
	if (i == USER_FUNCTIONS) {
		spin_unlock_irq(&u->slots);
		return U32_MAX;
	}
	set_bit(i, &u->functions);
	user_tmf_of(u, tmf, cmd);
	s = &u->slot[user_commands(u) + i];
	s->tmf = tmf;
	s->op = TGTCORE_USER_OP_TMF;
	s->since = jiffies;
	s->done = 0;
	s->seen = 0;
	atomic64_set(&s->word, user_word_next(atomic64_read(&s->word), USER_BUSY));
	spin_unlock_irq(&u->slots);
	return user_commands(u) + i;
}

/* The deadline is over: nobody waits any more. What the daemon has stays its until it answers. */
static void user_tmf_give_up(struct user_dev *u, u32 tag, struct user_tmf *tmf)
{
	struct user_slot *s = &u->slot[tag];
	enum user_state state;
	s64 word;

	spin_lock_irq(&u->slots);
	if (s->tmf != tmf)
		goto out;	/* it has just ended */
	s->tmf = NULL;
	word = atomic64_read(&s->word);
	state = user_word_state(word);
	if (state == USER_HELD || state == USER_HELD_SEEN) {
		if (atomic64_try_cmpxchg(&s->word, &word, user_word_to(word, USER_CLAIMED)))
			user_tmf_end(u, tag, TGT_TMF_FAILED);
	} else if (state == USER_DAEMON) {
		atomic64_try_cmpxchg(&s->word, &word, user_word_to(word, USER_ORPHAN));
	}
out:
	spin_unlock_irq(&u->slots);
}

static u8 user_tmf_run(struct tgt_itl *itl, const struct tgt_tmf *tmf)
{
	struct user_dev *u = itl->dev->be_priv;
	struct user_tmf wait = {
		.function = tmf->function,
		.nexus = (unsigned long)itl->be_priv,
		.initiator = itl->sess->initiator,
		.response = TGT_TMF_FAILED,
		.done = COMPLETION_INITIALIZER_ONSTACK(wait.done),
	};
	u32 tag;

	tag = user_tmf_begin(u, &wait, tmf->cmd && READ_ONCE(tmf->cmd->itl) == itl ?
			     tmf->cmd : NULL);
	if (tag == U32_MAX)
		return TGT_TMF_FAILED;
	/* a task that is not with the daemon is ended without it */
	if (user_issue(u, tag) == TGT_QUEUED &&
	    wait_for_completion_timeout(&wait.done, USER_TMF_DEADLINE))
		return wait.response;
	user_tmf_give_up(u, tag, &wait);
	return wait.response;
}

/* The engine waits for commands that are concerned, once the daemon has said that all is well. */
void user_raw_tmf(struct tgt_itl *itl, struct tgt_tmf *tmf)
{
	tmf->response = user_tmf_run(itl, tmf);
	tmf->done(tmf);
}
