// SPDX-License-Identifier: GPL-2.0
/*
 * POPULATE TOKEN and WRITE USING TOKEN (SBC-4 5.12 and 5.59), executed by procedures. docs/copy.md.
 *
 * A token is looked for at the logical unit it says has made it, and that only among those that
 * the command's own I_T nexus sees through its target port; each read passes the gates of that
 * nexus there (visit.c). After each it is looked whether the token is over: what was read is then
 * thrown away.
 */
#include <linux/slab.h>
#include "../copy.h"
#include "../core.h"
#include "../proc.h"
#include "../token.h"
#include "exec.h"
#include "sense.h"

/**
 * struct tgt_rod_copier - a command on tokens being executed; freed by its procedure
 * @p: procedure
 * @copy: its list identifier, or NULL
 * @ask: parameter list
 * @home: nexus of the command; its memory is held
 * @source: nexus of the same session at who made the token; likewise; NULL: zeroes
 * @shift: log2 of the block size there
 * @token: what is used, or made
 * @written: bytes of the ranges that have been written
 * @todo: bytes to write
 * @sense: why it ends early
 * @counted: it is one of those that may run at a time
 */
struct tgt_rod_copier {
	struct tgt_proc		*p;
	struct tgt_copy		*copy;
	struct tgt_rod_ask	ask;
	struct tgt_itl		*home;
	struct tgt_itl		*source;
	u8			shift;
	struct tgt_token	*token;
	u64			written;
	u64			todo;
	struct tgt_copy_sense	sense;
	bool			counted;
};

/* ---- what goes wrong ----------------------------------------------------------------------- */

/*
 * With something written the information field tells how many blocks, and what would have been an
 * error of the command is one of a copy that was aborted: SBC-4 4.28.2.
 */
static int tgt_rod_fail(struct tgt_rod_copier *c, u8 key, u8 asc, u8 ascq)
{
	struct tgt_copy_sense *s = &c->sense;

	s->key = key == ILLEGAL_REQUEST && c->written ? COPY_ABORTED : key;
	s->asc = asc;
	s->ascq = ascq;
	s->has_residual = c->written;
	s->residual = c->written >> c->p->dev->block_shift;
	return -EIO;
}

static int tgt_rod_fail_code(struct tgt_rod_copier *c, enum tgt_sense sense)
{
	const struct tgt_sense_code *code = &tgt_sense_codes[sense];

	return tgt_rod_fail(c, code->key, code->asc, code->ascq);
}

/* THIRD PARTY DEVICE FAILURE, with what a logical unit had answered to an initiator. */
static int tgt_rod_forward(struct tgt_rod_copier *c, u8 from, u8 status, u8 len)
{
	c->sense.from = from;
	c->sense.status = status;
	c->sense.len = len;
	c->sense.sense = c->p->sub_sense;
	return tgt_rod_fail(c, COPY_ABORTED, 0x0d, 0x01);
}

/* Goes where something is to be read or written. Who aborts the copy says so, then looks there. */
static int tgt_rod_visit(struct tgt_rod_copier *c, struct tgt_itl *itl, u8 opcode, u8 *flags)
{
	int err = tgt_visit_begin(c->p, itl, tgt_copy_op(opcode), flags);

	if (!err && tgt_copy_aborted(c->copy))
		err = -EINTR;
	return err;
}

/* What a visit came to. -EINTR if there is nobody to be told; -ECANCELED: aborted. */
static int tgt_rod_visited(struct tgt_rod_copier *c, u8 from, int err)
{
	err = tgt_copy_visit_result(c->p, c->copy, err);
	switch (err) {
	case -EIO:
		return tgt_rod_forward(c, from, c->p->sub.status, c->p->sub.sense_len);
	case -ESHUTDOWN:
		return tgt_rod_forward(c, from, SAM_STAT_TASK_ABORTED, 0);
	case -ENXIO:
		/* COPY TARGET DEVICE NOT REACHABLE */
		return tgt_rod_fail(c, COPY_ABORTED, 0x0d, 0x02);
	default:
		return err;
	}
}

/* ---- begin and end ------------------------------------------------------------------------- */

/* The nexuses: that of the command, and, of its session, that at who made the token. */
static bool tgt_rod_nexuses(struct tgt_rod_copier *c)
{
	struct tgt_itl *home = tgt_copy_home(c->p);

	if (!home)
		return false;
	kref_get(&home->kref);
	c->home = home;
	if (!c->ask.zero)
		c->source = tgt_copy_find_lun(home, &c->ask.creator);
	percpu_ref_put(&home->ref);
	return true;
}

static struct tgt_rod_copier *tgt_rod_begin(struct tgt_proc *p)
{
	struct tgt_rod_copier *c = kzalloc(sizeof(*c), GFP_NOIO | __GFP_NOWARN);

	if (!c) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return NULL;
	}
	c->p = p;
	c->counted = tgt_copy_enter(p->dev);
	if (c->counted)
		return c;
	tgt_proc_refuse(p, SAM_STAT_TASK_SET_FULL);
	kfree(c);
	return NULL;
}

static void tgt_rod_free(struct tgt_rod_copier *c)
{
	if (c->home)
		tgt_itl_put(c->home);
	if (c->source)
		tgt_itl_put(c->source);
	if (c->counted)
		tgt_copy_leave(c->p->dev);
	kfree(c);
}

/* Takes the list identifier; if it cannot be had the command is answered. */
static bool tgt_rod_identify(struct tgt_rod_copier *c)
{
	int err = tgt_copy_begin(c->p, get_unaligned_be32(c->p->cdb + 6), TGT_LIST_KEEP, &c->copy);

	if (err == -EBUSY)
		tgt_proc_fail(c->p, TGT_SENSE_IN_PROGRESS);
	else if (err == -ENOMEM)
		tgt_proc_refuse(c->p, SAM_STAT_BUSY);
	return !err;
}

/* The answer, and what is kept of it for RECEIVE ROD TOKEN INFORMATION. */
static void tgt_rod_end(struct tgt_rod_copier *c, int err)
{
	struct tgt_proc *p = c->p;
	u8 sense[TGT_COPY_SENSE_MAX];
	unsigned int len = 0;

	if (err == -EIO) {
		len = tgt_copy_sense_data(sense, READ_ONCE(p->dev->modes.now.d_sense), &c->sense);
		tgt_proc_fail_sense(p, sense, len);
		tgt_copy_partial(p, c->copy);
	} else if (err == -ECANCELED) {
		tgt_proc_refuse(p, SAM_STAT_TASK_ABORTED);
	}
	tgt_copy_end(p, c->copy,
		     !err ? TGT_COPY_DONE : err == -EIO ? TGT_COPY_FAILED : TGT_COPY_STOPPED,
		     sense, len);
}

/* ---- POPULATE TOKEN ------------------------------------------------------------------------ */

/* Whether a token that is being made has nothing left to wait for. */
static bool tgt_rod_settle(struct tgt_rod_copier *c)
{
	unsigned long since = jiffies;
	struct tgt_proc *p = c->p;
	u8 shift = p->dev->block_shift;
	u32 i;

	/* procedures say what they write after they have locked it */
	for (i = 0; i < c->ask.nr; i++) {
		if (!c->ask.range[i].n)
			continue;
		if (tgt_proc_lock_shared(p, c->ask.range[i].lba << shift,
					 (u64)c->ask.range[i].n << shift))
			return false;
		tgt_proc_unlock(p);
	}
	/* who passed the gate before it was closed is seen to be ACTIVE after this */
	synchronize_rcu();
	while (tgt_token_busy(p->dev, c->token)) {
		if (tgt_proc_stop(p) || tgt_copy_aborted(c->copy) ||
		    jiffies - since >= TGT_TMF_DEADLINE)
			return false;
		schedule_timeout_idle(HZ / 25);	/* each look is one at all commands */
	}
	return true;
}

static int tgt_rod_make(struct tgt_rod_copier *c, u8 *rod)
{
	struct tgt_proc *p = c->p;
	enum tgt_sense sense;
	bool good;

	sense = tgt_token_begin(p->dev, c->token);
	if (sense)
		return tgt_rod_fail_code(c, sense);
	good = tgt_rod_settle(c) && !tgt_proc_stop(p) && !tgt_copy_aborted(c->copy);
	sense = tgt_token_finish(p->dev, c->token, good);
	if (tgt_proc_gone(p))
		return -EINTR;
	if (tgt_copy_aborted(c->copy))
		return -ECANCELED;
	if (sense)
		return tgt_rod_fail_code(c, sense);
	memcpy(rod, c->token->rod, TGT_ROD_LEN);
	return 0;
}

static void tgt_rod_populate(struct tgt_rod_copier *c)
{
	u8 *rod = kmalloc(TGT_ROD_LEN, GFP_NOIO | __GFP_NOWARN);
	int err;

	if (c->ask.immed)
		tgt_copy_background(c->p, c->copy);
	err = rod ? tgt_rod_make(c, rod) : tgt_rod_fail_code(c, TGT_SENSE_NO_ROD);
	if (err)
		kfree(rod);
	else
		tgt_copy_token(c->p, c->copy, rod, c->token->bytes);
	tgt_rod_end(c, err);
}

static void tgt_run_populate(struct tgt_proc *p)
{
	struct tgt_rod_copier *c = tgt_rod_begin(p);
	enum tgt_sense sense;
	struct tgt_disk d;

	if (!c)
		return;
	sense = tgt_rod_populate_parse(&c->ask, p->param, p->param_len,
				       READ_ONCE(p->dev->nblocks), p->dev->block_shift);
	if (sense) {
		tgt_proc_fail(p, sense);
	} else if (tgt_proc_facts(p, &d)) {
		c->token = tgt_token_alloc(&c->ask, &d);
		if (!c->token)
			tgt_proc_refuse(p, SAM_STAT_BUSY);
		else if (tgt_rod_identify(c))
			tgt_rod_populate(c);
		if (c->token)
			tgt_token_put(c->token);
	}
	tgt_rod_free(c);
}

static enum tgt_ret tgt_rod_start(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p))
{
	u32 len = get_unaligned_be32(cmd->cdb + 10);

	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!len) {
		tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
		return TGT_DONE;
	}
	return tgt_proc_start_param(cmd, len, run);
}

/* POPULATE TOKEN, SBC-4 5.12 */
enum tgt_ret tgt_exec_populate_token(struct tgt_cmd *cmd)
{
	return tgt_rod_start(cmd, tgt_run_populate);
}

/* ---- WRITE USING TOKEN --------------------------------------------------------------------- */

/* Reads @len bytes of whole blocks of the source into p->buf[0], if they are still the token's. */
static int tgt_rod_read(struct tgt_rod_copier *c, u64 offset, u32 len)
{
	enum tgt_sense sense = TGT_SENSE_NONE;
	struct tgt_proc *p = c->p;
	u8 flags;
	int err;

	err = tgt_rod_visit(c, c->source, READ_16, &flags);
	if (!err)
		err = tgt_proc_move(p, &p->buf[0], offset, len, TGT_DIR_IN, 0);
	if (!err)
		sense = tgt_token_check(p->itl.dev, c->token);
	err = tgt_rod_visited(c, TGT_COPY_SOURCE, err);
	tgt_visit_end(p);
	return !err && sense ? tgt_rod_fail_code(c, sense) : err;
}

/*
 * Bytes from @offset of the data of the token on into p->buf[1], @len of them; zeroes where there
 * are no more, or none at all.
 */
static int tgt_rod_gather(struct tgt_rod_copier *c, u64 offset, u32 len)
{
	u32 block = 1U << c->shift, done, n, skip;
	struct tgt_proc *p = c->p;
	struct tgt_rod_place place;
	int err;

	for (done = 0; done < len; done += n) {
		if (!c->token || !tgt_rod_place(c->token->range, c->token->nr, c->shift,
						offset + done, &place)) {
			memset(p->buf[1].data + done, 0, len - done);
			return 0;
		}
		n = min_t(u64, place.len, len - done);
		skip = place.at & (block - 1);
		err = tgt_rod_read(c, place.at - skip, round_up(skip + n, block));
		if (err)
			return err;
		memcpy(p->buf[1].data + done, p->buf[0].data + skip, n);
	}
	return 0;
}

/* Writes p->buf[1] to whole blocks of the logical unit of the command. */
static int tgt_rod_write(struct tgt_rod_copier *c, u64 offset, u32 len)
{
	struct tgt_proc *p = c->p;
	u8 flags;
	int err;

	err = tgt_rod_visit(c, c->home, WRITE_16, &flags);
	if (!err)
		err = tgt_proc_lock(p, offset, len);
	if (!err) {
		tgt_token_touch(p->itl.dev, offset, len);
		err = tgt_proc_move(p, &p->buf[1], offset, len, TGT_DIR_OUT, flags);
		tgt_proc_unlock(p);
	}
	err = tgt_rod_visited(c, TGT_COPY_DESTINATION, err);
	tgt_visit_end(p);
	return err;
}

static int tgt_rod_piece(struct tgt_rod_copier *c, u64 offset, u32 len)
{
	int err;

	if (tgt_copy_aborted(c->copy))
		return -ECANCELED;
	if (tgt_proc_gone(c->p))
		return -EINTR;
	err = tgt_rod_gather(c, c->ask.offset + c->written, len);
	if (!err)
		err = tgt_rod_write(c, offset, len);
	if (err)
		return err;
	c->written += len;
	tgt_copy_progress(c->p, c->copy, false, c->token ? 2 : 1, len);
	return 0;
}

/* One range after the other, until the data of the token have been written. */
static int tgt_rod_copy(struct tgt_rod_copier *c)
{
	u8 shift = c->p->dev->block_shift;
	struct tgt_rod_place place;
	u32 n;
	int err;

	while (c->written < c->todo) {
		tgt_rod_place(c->ask.range, c->ask.nr, shift, c->written, &place);
		n = min3(place.len, c->todo - c->written, (u64)TGT_COPY_PIECE);
		err = tgt_rod_piece(c, place.at, n);
		if (err)
			return err;
	}
	/* COPY TARGET DEVICE DATA UNDERRUN */
	return c->todo >> shift < c->ask.blocks ? tgt_rod_fail(c, ILLEGAL_REQUEST, 0x0d, 0x04) : 0;
}

/* The token, which is in use from here on; that of zeroes is none. */
static enum tgt_sense tgt_rod_find(struct tgt_rod_copier *c)
{
	enum tgt_sense sense = TGT_SENSE_TOKEN_UNKNOWN;
	u32 block = 1U << c->p->dev->block_shift;

	c->todo = c->ask.blocks << c->p->dev->block_shift;
	if (c->ask.zero)
		return TGT_SENSE_NONE;
	if (!c->source || !percpu_ref_tryget_live(&c->source->ref))
		return sense;
	c->shift = c->source->dev->block_shift;
	sense = tgt_token_use(c->source->dev, c->ask.token, &c->token);
	if (!sense && c->ask.offset >= c->token->bytes) {
		tgt_token_used(c->token, false);
		c->token = NULL;
		sense = TGT_SENSE_PARAM_FIELD;
	}
	percpu_ref_put(&c->source->ref);
	if (!sense)
		c->todo = min(c->todo, round_up(c->token->bytes - c->ask.offset, block));
	return sense;
}

static void tgt_rod_release(struct tgt_rod_copier *c)
{
	if (c->token)
		tgt_token_used(c->token, c->ask.del);
	c->token = NULL;
}

static void tgt_rod_use(struct tgt_rod_copier *c)
{
	int err = tgt_proc_bufs(c->p, 2);	/* else answered */

	if (!err) {
		if (c->ask.immed)
			tgt_copy_background(c->p, c->copy);
		err = tgt_rod_copy(c);
	}
	tgt_rod_release(c);
	tgt_rod_end(c, err);
}

static void tgt_run_use(struct tgt_proc *p)
{
	struct tgt_rod_copier *c = tgt_rod_begin(p);
	enum tgt_sense sense;

	if (!c)
		return;
	sense = tgt_rod_use_parse(&c->ask, p->param, p->param_len, READ_ONCE(p->dev->nblocks),
				  p->dev->block_shift);
	if (sense) {
		tgt_proc_fail(p, sense);
	} else if (tgt_rod_nexuses(c)) {
		sense = tgt_rod_find(c);
		if (sense)
			tgt_proc_fail(p, sense);
		else if (tgt_rod_identify(c))
			tgt_rod_use(c);
		tgt_rod_release(c);
	} else {
		tgt_proc_fail(p, TGT_SENSE_NOT_READY);	/* its nexus is going */
	}
	tgt_rod_free(c);
}

/* WRITE USING TOKEN, SBC-4 5.59 */
enum tgt_ret tgt_exec_use_token(struct tgt_cmd *cmd)
{
	return tgt_rod_start(cmd, tgt_run_use);
}
