// SPDX-License-Identifier: GPL-2.0
/*
 * EXTENDED COPY, executed by a procedure. docs/copy.md.
 *
 * Source and destination are looked for only among the logical units that the command's own I_T
 * nexus sees through its target port, and each read and write passes the gates of that nexus at
 * that logical unit (visit.c). What is kept of one between two visits is its nexus' memory.
 */
#include <linux/slab.h>
#include "../copy.h"
#include "../core.h"
#include "../guard.h"
#include "../proc.h"
#include "../token.h"
#include "exec.h"
#include "opcode.h"
#include "sense.h"
#include "xcopy.h"

/**
 * struct tgt_copy_disk - a logical unit that a CSCD descriptor names
 * @itl: nexus of the command's session; its memory is held
 * @end: what is known of it
 */
struct tgt_copy_disk {
	struct tgt_itl		*itl;
	struct tgt_copy_end	end;
};

/**
 * struct tgt_copier - an EXTENDED COPY being executed; freed by its procedure
 * @p: procedure
 * @copy: its list identifier, or NULL
 * @x: parameter list
 * @disk: as the CSCD descriptors name them; with @itl once they were looked for
 * @sense: why it ends early
 * @written: bytes of this segment that are on the destination, from its start on
 * @counted: it is one of those that may run at a time
 */
struct tgt_copier {
	struct tgt_proc		*p;
	struct tgt_copy		*copy;
	struct tgt_xcopy	x;
	struct tgt_copy_disk	disk[TGT_COPY_CSCDS];
	struct tgt_copy_sense	sense;
	u64			written;
	bool			counted;
};

/* ---- what goes wrong ----------------------------------------------------------------------- */

static int tgt_copy_fail(struct tgt_copier *c, u8 asc, u8 ascq)
{
	c->sense.key = COPY_ABORTED;
	c->sense.asc = asc;
	c->sense.ascq = ascq;
	return -EIO;
}

/* An error in the segment descriptor, at byte @field of it. */
static int tgt_copy_fail_field(struct tgt_copier *c, u16 field, u8 asc, u8 ascq)
{
	c->sense.has_field = true;
	c->sense.in_segment = true;
	c->sense.field = field;
	return tgt_copy_fail(c, asc, ascq);
}

/* CSCD descriptor @i is not, or does not do, what it should. */
static int tgt_copy_fail_cscd(struct tgt_copier *c, u16 i, u8 asc, u8 ascq)
{
	c->sense.has_field = true;
	c->sense.in_segment = false;
	c->sense.field = c->x.cscds + i * TGT_CSCD_LEN;
	return tgt_copy_fail(c, asc, ascq);
}

/* COPY TARGET DEVICE NOT REACHABLE */
static int tgt_copy_unreachable(struct tgt_copier *c, u16 i)
{
	return tgt_copy_fail_cscd(c, i, 0x0d, 0x02);
}

/* THIRD PARTY DEVICE FAILURE, with what CSCD @i had answered to an initiator. */
static int tgt_copy_forward(struct tgt_copier *c, u16 i, u8 from, u8 status, unsigned int len)
{
	c->sense.from = from;
	c->sense.status = status;
	c->sense.len = len;
	c->sense.sense = c->p->sub_sense;
	return tgt_copy_fail_cscd(c, i, 0x0d, 0x01);
}

/**
 * tgt_copy_visit_result() - what is to be said of a visit
 * @p: procedure, before tgt_visit_end()
 * @copy: COPY OPERATION ABORT of it counts; or NULL
 * @err: what the last step of it returned
 *
 * Return: 0; -EIO: refused, or failed, p->sub has status and sense; -ENXIO: the logical unit is
 * not there, or goes; -ESHUTDOWN: a function at that logical unit ended what was there;
 * -ECANCELED: the copy was aborted; -EINTR: there is nobody to be told.
 */
int tgt_copy_visit_result(struct tgt_proc *p, const struct tgt_copy *copy, int err)
{
	/* a piece may have been done and the copy be unwelcome all the same */
	if (!err && tgt_visit_over(p))
		err = -EINTR;
	if (err != -EINTR || tgt_proc_gone(p))
		return err;
	if (tgt_copy_aborted(copy))
		return -ECANCELED;
	return p->visit.aborted ? -ESHUTDOWN : -ENXIO;
}

/* What a visit to CSCD @i came to. -EINTR if there is nobody to be told. */
static int tgt_copy_visited(struct tgt_copier *c, u16 i, u8 from, int err)
{
	struct tgt_proc *p = c->p;

	err = tgt_copy_visit_result(p, NULL, err);
	switch (err) {
	case -EIO:
		return tgt_copy_forward(c, i, from, p->sub.status, p->sub.sense_len);
	case -ESHUTDOWN:
		return tgt_copy_forward(c, i, from, SAM_STAT_TASK_ABORTED, 0);
	case -ENXIO:
		return tgt_copy_unreachable(c, i);
	default:
		return err;
	}
}

/* As if READ or WRITE had been sent beyond the end. */
static int tgt_copy_range(struct tgt_copier *c, u16 i, u8 from)
{
	const struct tgt_sense_code *s = &tgt_sense_codes[TGT_SENSE_LBA_RANGE];

	return tgt_copy_forward(c, i, from, SAM_STAT_CHECK_CONDITION,
				tgt_sense_data(c->p->sub_sense, false, s->key, s->asc, s->ascq,
					       NULL));
}

/* ---- who is meant -------------------------------------------------------------------------- */

/* The nexus of the command, held for a moment; NULL if it takes no more commands. */
struct tgt_itl *tgt_copy_home(struct tgt_proc *p)
{
	struct tgt_itl *itl = NULL;

	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd && percpu_ref_tryget_live(&p->cmd->itl->ref))
		itl = p->cmd->itl;
	spin_unlock_irq(&p->dev->proc_lock);
	return itl;
}

/* Whether a descriptor names the logical unit of @itl, which may be going; then it is held. */
static bool tgt_copy_match(struct tgt_itl *itl, const struct tgt_cscd *cscd)
{
	bool match;

	if (!percpu_ref_tryget_live(&itl->ref))
		return false;
	match = tgt_cscd_names(cscd, itl->dev->naa, itl->dev->serial) &&
		kref_get_unless_zero(&itl->kref);
	percpu_ref_put(&itl->ref);
	return match;
}

/**
 * tgt_copy_find_lun() - the logical unit that a descriptor names
 * @home: nexus of the command, held
 * @cscd: descriptor
 *
 * It is looked for in the LUN map of that nexus and nowhere else: what another initiator or port
 * sees is not there. Return: its nexus, whose memory is held, or NULL.
 */
struct tgt_itl *tgt_copy_find_lun(struct tgt_itl *home, const struct tgt_cscd *cscd)
{
	struct tgt_itl *itl;
	unsigned long i;

	rcu_read_lock();
	xa_for_each(&home->sess->itls, i, itl)
		if (tgt_copy_match(itl, cscd))
			break;
	rcu_read_unlock();
	return itl;
}

/* The same for a procedure. -EINTR if the command is gone. */
static int tgt_copy_look(struct tgt_proc *p, const struct tgt_cscd *cscd,
			 struct tgt_copy_disk *disk)
{
	struct tgt_itl *home = tgt_copy_home(p);

	if (!home)
		return tgt_proc_gone(p) ? -EINTR : -ENXIO;
	disk->itl = tgt_copy_find_lun(home, cscd);
	percpu_ref_put(&home->ref);
	return disk->itl ? 0 : -ENXIO;
}

/* The capacity may have grown since it was last looked at. */
static int tgt_copy_refresh(struct tgt_copy_disk *disk)
{
	if (!percpu_ref_tryget_live(&disk->itl->ref))
		return -ENXIO;
	disk->end.shift = disk->itl->dev->block_shift;
	disk->end.nblocks = READ_ONCE(disk->itl->dev->nblocks);
	percpu_ref_put(&disk->itl->ref);
	return 0;
}

/* The disk that CSCD descriptor @i names, which byte @field of the segment descriptor gave. */
static int tgt_copy_disk(struct tgt_copier *c, u16 i, u16 field)
{
	struct tgt_copy_disk *disk = &c->disk[i];
	struct tgt_cscd cscd;
	int err;

	if (!tgt_xcopy_cscd(&c->x, i, &cscd))
		return tgt_copy_fail_field(c, field, 0x0d, 0x02);
	if (cscd.type != TYPE_DISK)
		return tgt_copy_fail_cscd(c, i, 0x0d, 0x03);
	if (cscd.nul)
		return tgt_copy_unreachable(c, i);
	err = disk->itl ? 0 : tgt_copy_look(c->p, &cscd, disk);
	err = err ?: tgt_copy_refresh(disk);
	if (err)
		return err == -EINTR ? err : tgt_copy_unreachable(c, i);
	if (cscd.block != 1U << disk->end.shift)
		return tgt_copy_fail_cscd(c, i, 0x26, 0x00);
	disk->end.pad = cscd.pad;
	return 0;
}

/* ---- moving -------------------------------------------------------------------------------- */

/* The row of READ (16) and its like, whose gates a visit passes. */
const struct tgt_op *tgt_copy_op(u8 opcode)
{
	const u8 cdb[16] = { opcode };

	return tgt_op_find(cdb, sizeof(cdb));
}

/* Reads whole blocks of CSCD @i into p->buf[0]. */
static int tgt_copy_read(struct tgt_copier *c, u16 i, u64 offset, u32 len)
{
	struct tgt_proc *p = c->p;
	u8 flags;
	int err;

	err = tgt_visit_begin(p, c->disk[i].itl, tgt_copy_op(READ_16), &flags);
	if (!err)
		err = tgt_proc_move(p, &p->buf[0], offset, len, TGT_DIR_IN, 0);
	err = tgt_copy_visited(c, i, TGT_COPY_SOURCE, err);
	tgt_visit_end(p);
	return err;
}

/**
 * struct tgt_copy_piece - what is written at a time
 * @from: byte of the source
 * @to: byte of the destination
 * @len: bytes
 * @fill: zeroes behind
 * @skip: bytes of p->buf[0] before the first
 */
struct tgt_copy_piece {
	u64	from;
	u64	to;
	u32	len;
	u32	fill;
	u32	skip;
};

/**
 * struct tgt_copy_blocks - the blocks that a piece touches
 * @start: byte of the first
 * @end: byte behind the last
 * @parts: some are only in part the piece's: they are read, and written back
 * @whole: p->buf[0] is what is to be in them
 */
struct tgt_copy_blocks {
	u64	start;
	u64	end;
	bool	parts;
	bool	whole;
};

static void tgt_copy_blocks_of(const struct tgt_copy_piece *piece, u8 shift,
			       struct tgt_copy_blocks *b)
{
	u64 end = piece->to + piece->len + piece->fill;

	b->start = round_down(piece->to, 1ULL << shift);
	b->end = round_up(end, 1ULL << shift);
	b->parts = b->start != piece->to || b->end != end;
	b->whole = !b->parts && !piece->skip && !piece->fill;
}

/* The piece with what is around it, in p->buf[1]; the blocks are locked. */
static int tgt_copy_merge(struct tgt_proc *p, const struct tgt_copy_piece *piece,
			  const struct tgt_copy_blocks *b)
{
	u8 *to = p->buf[1].data + (piece->to - b->start);
	int err;

	if (b->parts) {
		err = tgt_proc_move(p, &p->buf[1], b->start, b->end - b->start, TGT_DIR_IN, 0);
		if (err)
			return err;
	}
	memcpy(to, p->buf[0].data + piece->skip, piece->len);
	memset(to + piece->len, 0, piece->fill);
	return 0;
}

static int tgt_copy_put_locked(struct tgt_proc *p, const struct tgt_copy_piece *piece,
			       const struct tgt_copy_blocks *b, u8 flags)
{
	int err = tgt_proc_lock(p, b->start, b->end - b->start);

	if (err)
		return err;
	tgt_token_touch(p->itl.dev, b->start, b->end - b->start);
	if (!b->whole)
		err = tgt_copy_merge(p, piece, b);
	if (!err)
		err = tgt_proc_move(p, &p->buf[b->whole ? 0 : 1], b->start, b->end - b->start,
				    TGT_DIR_OUT, flags);
	tgt_proc_unlock(p);
	return err;
}

/* At the destination. What is read and written back is one action to plain writes (guard.c). */
static int tgt_copy_put(struct tgt_copier *c, u16 i, const struct tgt_copy_piece *piece, u8 flags)
{
	struct tgt_guard_range *guard;
	struct tgt_copy_blocks b;
	int err;

	tgt_copy_blocks_of(piece, c->disk[i].end.shift, &b);
	if (!b.parts)
		return tgt_copy_put_locked(c->p, piece, &b, flags);
	err = tgt_guard_enter(c->p, b.start, b.end - b.start, &guard);
	if (err == -EBUSY) {
		tgt_cmd_refuse(&c->p->sub, SAM_STAT_BUSY);
		err = -EIO;
	}
	if (err)
		return err;
	err = tgt_copy_put_locked(c->p, piece, &b, flags);
	tgt_guard_leave(c->p, guard);
	return err;
}

static int tgt_copy_write(struct tgt_copier *c, u16 i, const struct tgt_copy_piece *piece)
{
	struct tgt_proc *p = c->p;
	u8 flags;
	int err;

	err = tgt_visit_begin(p, c->disk[i].itl, tgt_copy_op(WRITE_16), &flags);
	if (!err)
		err = tgt_copy_put(c, i, piece, flags);
	err = tgt_copy_visited(c, i, TGT_COPY_DESTINATION, err);
	tgt_visit_end(p);
	return err;
}

static int tgt_copy_piece(struct tgt_copier *c, const struct tgt_segment *seg,
			  struct tgt_copy_piece *piece)
{
	u32 block = 1U << c->disk[seg->src].end.shift;
	u64 start = round_down(piece->from, block);
	int err;

	if (tgt_copy_aborted(c->copy))
		return -ECANCELED;
	piece->skip = piece->from - start;
	err = tgt_copy_read(c, seg->src, start,
			    round_up(piece->from + piece->len, block) - start);
	if (!err)
		err = tgt_copy_write(c, seg->dst, piece);
	if (!err)
		tgt_copy_progress(c->p, c->copy, false, 2, piece->len + piece->fill);
	return err;
}

/*
 * Bytes of the piece after @done. There is room for what is around them; between two pieces is the
 * edge of a block of the destination, so that none but the ends are read and written back.
 */
static u32 tgt_copy_length(const struct tgt_copy_plan *plan, u32 done, bool back, u32 block)
{
	u32 left = plan->len - done;

	if (left <= TGT_COPY_PIECE)
		return left;
	return back ? TGT_COPY_PIECE - (-(plan->to + left - TGT_COPY_PIECE) & (block - 1)) :
		      TGT_COPY_PIECE - ((plan->to + done + TGT_COPY_PIECE) & (block - 1));
}

/*
 * Piece by piece; where the ranges overlap in an order in which nothing is overwritten before it is
 * read, so that the destination becomes what the source was.
 */
static int tgt_copy_bytes(struct tgt_copier *c, const struct tgt_segment *seg,
			  const struct tgt_copy_plan *plan)
{
	bool back = c->disk[seg->src].itl->dev == c->disk[seg->dst].itl->dev &&
		    plan->to > plan->from && plan->to - plan->from < plan->len;
	u32 done, n, at, block = 1U << c->disk[seg->dst].end.shift;
	struct tgt_copy_piece piece;
	int err;

	for (done = 0; done < plan->len; done += n) {
		n = tgt_copy_length(plan, done, back, block);
		at = back ? plan->len - done - n : done;
		piece = (struct tgt_copy_piece){
			.from = plan->from + at,
			.to = plan->to + at,
			.len = n,
			.fill = at + n == plan->len ? plan->fill : 0,
		};
		err = tgt_copy_piece(c, seg, &piece);
		if (err)
			return err;
		c->written = back ? 0 : done + n;
		c->sense.has_residual = true;
	}
	return 0;
}

/* ---- segments ------------------------------------------------------------------------------ */

static int tgt_copy_misfit(struct tgt_copier *c, const struct tgt_segment *seg,
			   enum tgt_copy_fit fit)
{
	switch (fit) {
	case TGT_COPY_TOO_LONG:
		return tgt_copy_fail_field(c, seg->type == TGT_SEG_OFFSET ? 8 : 10, 0x26, 0x00);
	case TGT_COPY_BAD_OFFSET:
		return tgt_copy_fail_field(c, 28, 0x26, 0x00);
	case TGT_COPY_INEXACT:
		return tgt_copy_fail(c, 0x26, 0x0a);
	case TGT_COPY_SRC_RANGE:
		return tgt_copy_range(c, seg->src, TGT_COPY_SOURCE);
	default:
		return tgt_copy_range(c, seg->dst, TGT_COPY_DESTINATION);
	}
}

static int tgt_copy_blocks(struct tgt_copier *c, const struct tgt_segment *seg)
{
	struct tgt_copy_plan plan;
	enum tgt_copy_fit fit;
	int err;

	err = tgt_copy_disk(c, seg->dst, 6);
	if (err)
		return err;
	fit = tgt_copy_plan(seg, &c->disk[seg->src].end, &c->disk[seg->dst].end, &plan);
	if (fit)
		return tgt_copy_misfit(c, seg, fit);
	c->written = 0;
	err = tgt_copy_bytes(c, seg, &plan);
	c->sense.residual = (plan.len + plan.fill - c->written) >> c->disk[seg->dst].end.shift;
	return err;
}

/* Verify CSCD: is it there, and with TUR is it ready. */
static int tgt_copy_verify(struct tgt_copier *c, const struct tgt_segment *seg)
{
	u8 flags;
	int err;

	if (!seg->tur)
		return 0;
	err = tgt_visit_begin(c->p, c->disk[seg->src].itl, tgt_copy_op(TEST_UNIT_READY), &flags);
	err = tgt_copy_visited(c, seg->src, TGT_COPY_SOURCE, err);
	tgt_visit_end(c->p);
	return err;
}

/* 0; -EIO: c->sense says why not; -ECANCELED: aborted; -EINTR: the command is gone. */
static int tgt_copy_segments(struct tgt_copier *c)
{
	struct tgt_segment seg;
	u32 at = c->x.segments;
	int err = 0;
	u16 i;

	for (i = 0; i < c->x.nr_segments && !err; i++) {
		at = tgt_xcopy_segment(&c->x, at, &seg);
		c->sense = (struct tgt_copy_sense){ .segment = i };
		tgt_copy_progress(c->p, c->copy, true, 0, 0);
		err = tgt_copy_disk(c, seg.src, 4);
		if (!err)
			err = seg.type == TGT_SEG_VERIFY ? tgt_copy_verify(c, &seg) :
							   tgt_copy_blocks(c, &seg);
	}
	return err;
}

/* ---- the command --------------------------------------------------------------------------- */

/* Sense data as the logical unit was told to format it, into @sense; its bytes. */
static unsigned int tgt_copy_refuse(struct tgt_copier *c, u8 *sense)
{
	unsigned int len = tgt_copy_sense_data(sense, READ_ONCE(c->p->dev->modes.now.d_sense),
					       &c->sense);

	tgt_proc_fail_sense(c->p, sense, len);
	return len;
}

static void tgt_copy_run(struct tgt_copier *c)
{
	u8 sense[TGT_COPY_SENSE_MAX];
	unsigned int len = 0;
	int err;

	err = tgt_proc_bufs(c->p, 2);	/* else answered */
	if (!err)
		err = tgt_copy_segments(c);
	if (err == -EIO)
		len = tgt_copy_refuse(c, sense);
	if (err == -ECANCELED)
		tgt_proc_refuse(c->p, SAM_STAT_TASK_ABORTED);
	tgt_copy_end(c->p, c->copy,
		     !err ? TGT_COPY_DONE : err == -EIO ? TGT_COPY_FAILED : TGT_COPY_STOPPED,
		     sense, len);
}

static void tgt_copier_free(struct tgt_copier *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->disk); i++)
		if (c->disk[i].itl)
			tgt_itl_put(c->disk[i].itl);
	if (c->counted)
		tgt_copy_leave(c->p->dev);
	kfree(c);
}

static void tgt_xcopy_run(struct tgt_proc *p)
{
	bool lid4 = (p->cdb[1] & 0x1f) == TGT_COPY_OUT_LID4;
	u8 sense[TGT_COPY_SENSE_MAX];
	struct tgt_copier *c = kzalloc(sizeof(*c), GFP_NOIO | __GFP_NOWARN);
	int err;

	if (!c) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return;
	}
	c->p = p;
	c->counted = tgt_copy_enter(p->dev);
	if (!c->counted) {
		tgt_proc_refuse(p, SAM_STAT_TASK_SET_FULL);
		goto out;
	}
	if (!tgt_xcopy_parse(&c->x, p->param, p->param_len, lid4, &c->sense)) {
		tgt_copy_refuse(c, sense);
		goto out;
	}
	err = tgt_copy_begin(p, c->x.id, c->x.usage, &c->copy);
	if (err == -EBUSY)
		tgt_proc_fail(p, TGT_SENSE_IN_PROGRESS);
	else if (err == -ENOMEM)
		tgt_proc_refuse(p, SAM_STAT_BUSY);
	else if (!err)
		tgt_copy_run(c);
out:
	tgt_copier_free(c);
}

/* EXTENDED COPY (LID1, LID4), SPC-5 6.5 and 6.6 */
enum tgt_ret tgt_exec_xcopy(struct tgt_cmd *cmd)
{
	u32 len = get_unaligned_be32(cmd->cdb + 10);

	if (!len) {
		tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
		return TGT_DONE;
	}
	return tgt_proc_start_param(cmd, len, tgt_xcopy_run);
}
