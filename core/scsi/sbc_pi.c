// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks with protection information: READ and WRITE of devices that keep some, and what the
 * other block commands share with them. See docs/pi.md.
 */
#include <linux/slab.h>
#include "../core.h"
#include "blocks.h"
#include "pi.h"

/* Where protection information is that a command transfers: true: at @prot, not with the data. */
bool tgt_cmd_prot(struct tgt_cmd *cmd, struct tgt_prot *prot)
{
	const struct tgt_fabric_ops *fops = cmd->sess->target->fops;

	return fops->prot && fops->prot(cmd, prot);
}

/* What is expected of the blocks at @at of the range, as value @protect of RDPROTECT asks. */
static void tgt_pi_expect(const struct tgt_proc *p, const struct tgt_blocks *b, u8 protect, u64 at,
			  struct tgt_pi *pi)
{
	u8 type = p->dev->prot_type;

	*pi = (struct tgt_pi) {
		.type = type,
		.check = tgt_pi_checks(type, protect, b->tags),
		.ref_step = type != 3,
		.ref = b->tags ? b->ref : (u32)b->lba,
		.app = b->app,
		.mask = b->mask,
	};
	pi->ref += pi->ref_step * (at >> p->dev->block_shift);
}

/* Checks the blocks in @buf; the information field tells the LBA of a bad one. */
static int tgt_pi_check_buf(struct tgt_proc *p, const struct tgt_blocks *b,
			    const struct tgt_buf *buf, const struct tgt_pi *pi, u64 at, u32 n)
{
	u8 shift = p->dev->block_shift;
	enum tgt_sense sense = TGT_SENSE_NONE;
	u32 good;

	if (!pi->check)
		return 0;
	good = tgt_pi_check(pi, buf->data, buf->tuples, n >> shift, shift, &sense);
	if (good == n >> shift)
		return 0;
	tgt_proc_fail_info(p, sense, b->lba + (at >> shift) + good);
	return -EIO;
}

/* Memory for blocks and tuples as they are transferred, if that is not how they are kept. */
int tgt_pi_bufs(struct tgt_proc *p, const struct tgt_blocks *b)
{
	if (p->wire || b->wire == 1U << p->dev->block_shift)
		return 0;
	p->wire = kvmalloc((p->piece >> p->dev->block_shift) * b->wire, GFP_NOIO | __GFP_NOWARN);
	if (p->wire)
		return 0;
	tgt_proc_refuse(p, SAM_STAT_BUSY);
	return -ENOMEM;
}

/* ---- data-out ------------------------------------------------------------------------------ */

/* From beside the data, or, where the initiator port makes it, made as it would be there. */
static int tgt_pi_fetch_beside(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf,
			       u64 from, u64 at, u32 n)
{
	u8 shift = p->dev->block_shift;
	struct tgt_pi pi;
	int err;

	err = tgt_proc_fetch(p, from, buf->data, n);
	if (err)
		return err;
	if (!p->prot.sgl) {
		tgt_pi_expect(p, b, b->protect, at, &pi);
		tgt_pi_generate(&pi, buf->data, buf->tuples, n >> shift, shift);
		return 0;
	}
	err = tgt_proc_fetch_prot(p, (from >> shift) * sizeof(*buf->tuples), buf->tuples,
				  (n >> shift) * sizeof(*buf->tuples));
	if (!err && p->prot.ip)
		tgt_pi_from_ip(buf->data, buf->tuples, n >> shift, shift);
	return err;
}

static int tgt_pi_fetch_wire(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf,
			     u64 from, u32 n)
{
	u8 shift = p->dev->block_shift;
	int err;

	err = tgt_proc_fetch(p, (from >> shift) * b->wire, p->wire, (n >> shift) * b->wire);
	if (!err)
		tgt_pi_split(p->wire, buf->data, buf->tuples, n >> shift, shift);
	return err;
}

/* tgt_blocks_fetch() of a device that keeps protection information */
int tgt_pi_fetch(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf, u64 from,
		 u64 at, u32 n)
{
	u8 shift = p->dev->block_shift;
	struct tgt_pi pi;
	int err;

	if (!b->protect) {
		err = tgt_proc_fetch(p, from, buf->data, n);
		tgt_pi_insert(&pi, p->dev->prot_type, b->lba + (at >> shift));
		if (!err)
			tgt_pi_generate(&pi, buf->data, buf->tuples, n >> shift, shift);
		return err;
	}
	err = p->beside ? tgt_pi_fetch_beside(p, b, buf, from, at, n) :
			  tgt_pi_fetch_wire(p, b, buf, from, n);
	if (err)
		return err;
	tgt_pi_expect(p, b, b->protect, at, &pi);
	return tgt_pi_check_buf(p, b, buf, &pi, at, n);
}

/* ---- data-in ------------------------------------------------------------------------------- */

/* tgt_blocks_read(), likewise */
int tgt_pi_read(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf, u64 at, u32 n)
{
	struct tgt_pi pi;
	int err;

	err = tgt_proc_read(p, buf, b->offset + at, n);
	if (err)
		return err;
	tgt_pi_expect(p, b, b->medium, at, &pi);
	pi.escape = true;
	return tgt_pi_check_buf(p, b, buf, &pi, at, n);
}

static int tgt_pi_give_beside(struct tgt_proc *p, struct tgt_buf *buf, u64 at, u32 n)
{
	u8 shift = p->dev->block_shift;
	int err;

	err = tgt_proc_give(p, at, buf->data, n);
	if (err || !p->prot.sgl)
		return err;
	if (p->prot.ip)
		tgt_pi_to_ip(buf->data, buf->tuples, n >> shift, shift);
	return tgt_proc_give_prot(p, (at >> shift) * sizeof(*buf->tuples), buf->tuples,
				  (n >> shift) * sizeof(*buf->tuples));
}

/* To the initiator. */
static int tgt_pi_give(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf, u64 at,
		       u32 n)
{
	u8 shift = p->dev->block_shift;

	if (!b->protect)
		return tgt_proc_give(p, at, buf->data, n);
	if (p->beside)
		return tgt_pi_give_beside(p, buf, at, n);
	tgt_pi_join(p->wire, buf->data, buf->tuples, n >> shift, shift);
	return tgt_proc_give(p, (at >> shift) * b->wire, p->wire, (n >> shift) * b->wire);
}

/* ---- READ and WRITE ------------------------------------------------------------------------ */

static void tgt_run_pi_read(struct tgt_proc *p)
{
	struct tgt_buf *buf = &p->buf[0];
	struct tgt_blocks b;
	u32 n;
	u64 at;

	tgt_blocks_of_proc(p, &b);
	b.n = min(b.n, p->room / b.wire);
	b.len = (u64)b.n << p->dev->block_shift;
	if (tgt_blocks_bufs(p, &b, 1) || tgt_proc_lock_shared(p, b.offset, b.len))
		return;
	for (at = 0; at < b.len; at += n) {
		n = min_t(u64, b.len - at, p->piece);
		if (tgt_pi_read(p, &b, buf, at, n) || tgt_pi_give(p, &b, buf, at, n))
			return;
	}
	tgt_proc_moved(p, TGT_DIR_IN, b.len);
}

/* READ, SBC-4 5.16. A buffer that is too short gets whole blocks, as from any device. */
enum tgt_ret tgt_exec_pi_read(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	if (tgt_cmd_fit(cmd, b.n * b.wire, TGT_DIR_IN) < b.wire)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_pi_read);
}

static void tgt_run_pi_write(struct tgt_proc *p)
{
	struct tgt_buf *buf = &p->buf[0];
	struct tgt_blocks b;
	u32 n;
	u64 at;

	tgt_blocks_of_proc(p, &b);
	if (tgt_blocks_bufs(p, &b, 1) || tgt_proc_lock_unfenced(p, b.offset, b.len))
		return;
	for (at = 0; at < b.len; at += n) {
		n = min_t(u64, b.len - at, p->piece);
		if (tgt_blocks_fetch(p, &b, buf, at, at, n) ||
		    tgt_proc_write(p, buf, b.offset + at, n, tgt_blocks_fua(&b)))
			return;
	}
	tgt_proc_moved(p, TGT_DIR_OUT, b.len);
}

/* WRITE, SBC-4 5.45; without protection information too, where the range is guarded. */
enum tgt_ret tgt_exec_pi_write(struct tgt_cmd *cmd)
{
	cmd->stat = TGT_DIR_OUT;
	return tgt_blocks_start_out(cmd, tgt_run_pi_write);
}
