// SPDX-License-Identifier: GPL-2.0
/* Logical block provisioning: UNMAP, WRITE SAME, GET LBA STATUS. */
#include "../token.h"
#include "blocks.h"
#include "pi.h"
#include "unmap.h"

#define TGT_SAME_ANCHOR	0x10
#define TGT_SAME_UNMAP	0x08
#define TGT_SAME_NDOB	0x01	/* not of the 10 byte CDB */

static void tgt_run_unmap(struct tgt_proc *p)
{
	u8 shift = p->dev->block_shift;
	enum tgt_sense sense;
	struct tgt_par list;
	u64 lba;
	u32 n;

	sense = tgt_unmap_open(&list, p->param, p->param_len, READ_ONCE(p->dev->nblocks),
			       TGT_UNMAP_BYTES >> shift);
	if (sense) {
		tgt_proc_fail(p, sense);
		return;
	}
	while (tgt_unmap_next(&list, &lba, &n)) {
		if (!n)
			continue;
		if (tgt_proc_lock_unfenced(p, lba << shift, (u64)n << shift))
			return;
		tgt_token_touch(p->dev, lba << shift, (u64)n << shift);
		if (tgt_proc_range(p, p->dev->be->unmap, lba << shift, n << shift, 0))
			return;
		tgt_proc_unlock(p);
	}
	if (p->fua)
		tgt_proc_flush(p);
}

/* UNMAP, SBC-4 5.35. Nothing is anchored. */
enum tgt_ret tgt_exec_unmap(struct tgt_cmd *cmd)
{
	u32 len = get_unaligned_be16(cmd->cdb + 7);

	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_OPCODE);
	if (cmd->cdb[1] & 0x01)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!len)
		return tgt_blocks_none(cmd);
	return tgt_proc_start_param(cmd, len, tgt_run_unmap);
}

/* Whether a WRITE SAME has no data-out. */
static bool tgt_same_ndob(const u8 *cdb, const struct tgt_blocks *b)
{
	return cdb[0] != WRITE_SAME && b->bits & TGT_SAME_NDOB;
}

/*
 * Whether the reference tag of each block is one more than that of the block before: where it
 * means something, and was sent or follows from the LBA.
 */
static bool tgt_same_counts(const struct tgt_proc *p, const struct tgt_blocks *b)
{
	return !tgt_same_ndob(p->cdb, b) &&
	       (p->dev->prot_type == 1 || (p->dev->prot_type == 2 && b->protect));
}

/* Tuples of @n blocks like @first, which is @at before; @step: its reference tag counts. */
static void tgt_same_tuples(struct tgt_proc *p, const struct tgt_tuple *first, u32 at, u32 n,
			    bool step)
{
	struct tgt_tuple *t = p->buf[0].tuples;
	u32 i;

	for (i = 0; i < n; i++) {
		t[i] = *first;
		if (step)
			be32_add_cpu(&t[i].ref, at + i);
	}
}

/* One block, over and over. */
static void tgt_same_write(struct tgt_proc *p, const struct tgt_blocks *b)
{
	u32 block = 1U << p->dev->block_shift, n;
	bool step = tgt_same_counts(p, b);
	u8 *data = p->buf[0].data;
	struct tgt_tuple first;
	u64 at;

	/* what is below may leave other reference tags in those it was given */
	if (p->dev->prot_type)
		first = *p->buf[0].tuples;

	for (at = block; at < min_t(u64, b->len, p->piece); at += block)
		memcpy(data + at, data, block);
	for (at = 0; at < b->len; at += n) {
		n = min_t(u64, b->len - at, p->piece);
		if (p->dev->prot_type)
			tgt_same_tuples(p, &first, at >> p->dev->block_shift,
					n >> p->dev->block_shift, step);
		if (tgt_proc_write(p, &p->buf[0], b->offset + at, n, 0))
			return;
	}
}

/* Whether blocks like the one of data-out may as well be unmapped (SBC-4 5.51). */
static bool tgt_same_may_unmap(struct tgt_proc *p, const struct tgt_blocks *b)
{
	struct tgt_buf *buf = &p->buf[0];

	return b->bits & TGT_SAME_UNMAP &&
	       !memchr_inv(buf->data, 0, 1U << p->dev->block_shift) &&
	       (!p->dev->prot_type || !b->protect ||
		!memchr_inv(buf->tuples, 0xff, sizeof(*buf->tuples)));
}

/* With UNMAP=1 blocks may be unmapped if they then read as what was to be written. */
static void tgt_run_same(struct tgt_proc *p)
{
	u32 block = 1U << p->dev->block_shift;
	struct tgt_blocks b;

	tgt_blocks_of_proc(p, &b);
	if (tgt_blocks_bufs(p, &b, 1) || tgt_proc_lock_unfenced(p, b.offset, b.len))
		return;
	/* else zeroes, with the protection information of blocks never written */
	if (!tgt_same_ndob(p->cdb, &b) && tgt_blocks_fetch(p, &b, &p->buf[0], 0, 0, block))
		return;
	if (!tgt_same_may_unmap(p, &b))
		tgt_same_write(p, &b);
	else if (!tgt_proc_range(p, p->dev->be->unmap, b.offset, b.len, 0) && p->fua)
		tgt_proc_flush(p);
}

/* WRITE SAME, SBC-4 5.51; WSNZ=1: a length of 0 is refused, as is a range that is too long. */
enum tgt_ret tgt_exec_write_same(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_blocks b;
	bool ndob;

	tgt_blocks_of(dev, cmd->cdb, &b);
	ndob = tgt_same_ndob(cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_UNMAP_BYTES))
		return TGT_DONE;
	if (!b.n || b.bits & TGT_SAME_ANCHOR)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (b.bits & TGT_SAME_UNMAP && !dev->lbprz)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	/* more than one block of data: who sends it expects something else to be written */
	if (!ndob && cmd->data_len > b.wire)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!tgt_blocks_out(cmd, ndob ? 0 : b.wire))
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_same);
}

/*
 * The run of blocks of one kind from @lba to before @end: its length, and its status. 0: it could
 * not be found out, and the command is answered.
 */
static u32 tgt_run_at(struct tgt_proc *p, u64 lba, u64 end, u8 *status)
{
	struct tgt_device *dev = p->dev;
	u64 most = min_t(u64, end - lba, U32_MAX) << dev->block_shift;
	struct tgt_run run = { .len = most, .mapped = true };

	if (dev->lbp && dev->be->map) {
		run.mapped = dev->be->map(dev, lba << dev->block_shift, &run.len);
	} else if (dev->lbp && dev->be->ask_map) {
		if (tgt_proc_range(p, dev->be->ask_map, lba << dev->block_shift, 0, 0))
			return 0;
		run = *tgt_cmd_run(&p->sub);
	}
	*status = run.mapped ? 0 : 1;
	return min(run.len, most) >> dev->block_shift;
}

/* GET LBA STATUS: what its CDB asks for. */
struct tgt_lba_ask {
	u64	lba;
	u32	scan;		/* blocks, or 0: all */
	u32	element;	/* one physical element, or 0: all */
	u32	alloc_len;
	u8	type;		/* REPORT TYPE */
};

static void tgt_lba_ask(const u8 *cdb, struct tgt_lba_ask *ask)
{
	if (cdb[0] == SERVICE_ACTION_IN_16)
		*ask = (struct tgt_lba_ask) {
			.lba = get_unaligned_be64(cdb + 2),
			.alloc_len = get_unaligned_be32(cdb + 10),
			.type = cdb[14],
		};
	else
		*ask = (struct tgt_lba_ask) {
			.lba = get_unaligned_be64(cdb + 12),
			.scan = get_unaligned_be32(cdb + 20),
			.element = get_unaligned_be32(cdb + 24),
			.alloc_len = get_unaligned_be32(cdb + 28),
			.type = cdb[10],
		};
}

static void tgt_run_lba_status(struct tgt_proc *p)
{
	u8 buf[8 + 16 * TGT_LBA_STATUS_DESCS], status;
	u64 end = READ_ONCE(p->dev->nblocks), lba;
	struct tgt_lba_ask ask;
	struct tgt_resp r;
	unsigned int i;
	u32 n;

	tgt_lba_ask(p->cdb, &ask);
	if (ask.scan)
		end = min(end, ask.lba + ask.scan);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_resp_zero(&r, 8);
	for (i = 0, lba = ask.lba; i < TGT_LBA_STATUS_DESCS && lba < end; i++, lba += n) {
		n = tgt_run_at(p, lba, end, &status);
		if (!n)
			return;
		tgt_lba_status(&r, lba, n, status);
	}
	put_unaligned_be32(r.len - 4, buf);
	tgt_proc_reply(p, buf, r.len, ask.alloc_len);
}

/*
 * GET LBA STATUS (16) and (32), SBC-4 5.6 and 5.7. Status 0 is "mapped or unknown": all of a
 * medium that does not tell. REPORT TYPE: all blocks only; there are no physical elements.
 */
enum tgt_ret tgt_exec_lba_status(struct tgt_cmd *cmd)
{
	struct tgt_lba_ask ask;

	tgt_lba_ask(cmd->cdb, &ask);
	if (ask.type || ask.element)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (ask.lba >= READ_ONCE(cmd->itl->dev->nblocks))
		return tgt_cmd_fail_range(cmd, ask.lba);
	return tgt_proc_start(cmd, tgt_run_lba_status);
}
