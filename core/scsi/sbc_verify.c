// SPDX-License-Identifier: GPL-2.0
/* Block commands that look at what is there: [WRITE AND] VERIFY, COMPARE AND WRITE, ORWRITE. */
#include "blocks.h"

#define BYTCHK(bits)	((bits) >> 1 & 3)

enum {
	BYTCHK_NONE,		/* the medium can be read */
	BYTCHK_ALL,		/* and holds the data */
	BYTCHK_RESERVED,
	BYTCHK_SAME,		/* and each block of it holds the one block of data */
};

/* Where @a and @b begin to differ; @n if they do not. */
static u32 tgt_differ(const u8 *a, const u8 *b, u32 n)
{
	u32 i = n;

	if (memcmp(a, b, n))
		for (i = 0; a[i] == b[i]; i++)
			;
	return i;
}

static void tgt_miscompare(struct tgt_proc *p, u64 at)
{
	tgt_proc_fail_info(p, TGT_SENSE_MISCOMPARE, at);
}

static u8 tgt_fua(const struct tgt_blocks *b)
{
	return b->bits & TGT_BYTE1_FUA ? TGT_CMD_FUA : 0;
}

/* Blocks of the medium in buf[0] against one block in buf[1]. */
static int tgt_verify_same(struct tgt_proc *p, u32 len)
{
	u32 block = 1U << p->dev->block_shift, at, i;

	for (at = 0; at < len; at += block) {
		i = tgt_differ(p->buf[0].data + at, p->buf[1].data, block);
		if (i < block) {
			tgt_miscompare(p, i);
			return -EIO;
		}
	}
	return 0;
}

/* Reads the range and compares as @bytchk says. Returns 0, or an errno: it is answered. */
static int tgt_verify_range(struct tgt_proc *p, const struct tgt_blocks *b, u8 bytchk)
{
	u32 n, i;
	u64 at;
	int err;

	err = tgt_proc_bufs(p, bytchk ? 2 : 1);
	if (!err && bytchk == BYTCHK_SAME)
		err = tgt_proc_fetch(p, 0, p->buf[1].data, 1U << p->dev->block_shift);
	for (at = 0; !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, TGT_PROC_PIECE);
		err = tgt_proc_read(p, &p->buf[0], b->offset + at, n);
		if (err || !bytchk)
			continue;
		if (bytchk == BYTCHK_SAME) {
			err = tgt_verify_same(p, n);
			continue;
		}
		err = tgt_proc_fetch(p, at, p->buf[1].data, n);
		i = err ? n : tgt_differ(p->buf[0].data, p->buf[1].data, n);
		if (i < n) {
			tgt_miscompare(p, at + i);
			err = -EIO;
		}
	}
	return err;
}

/* Writes what of data-out begins at @from to the range. */
static int tgt_write_range(struct tgt_proc *p, const struct tgt_blocks *b, u32 from, u8 flags)
{
	int err = tgt_proc_bufs(p, 1);
	u32 n;
	u64 at;

	for (at = 0; !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, TGT_PROC_PIECE);
		err = tgt_proc_fetch(p, from + at, p->buf[0].data, n);
		if (!err)
			err = tgt_proc_write(p, &p->buf[0], b->offset + at, n, flags);
	}
	return err;
}

static void tgt_run_verify(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of(p->dev, p->cdb, &b);
	tgt_verify_range(p, &b, BYTCHK(b.bits));
}

/*
 * VERIFY, SBC-4 5.39. Without BYTCHK there is no data-out, and as nothing is transferred no
 * limit on the length.
 */
enum tgt_ret tgt_exec_verify(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_blocks b;
	u32 len = 0;
	u8 bytchk;

	tgt_blocks_of(dev, cmd->cdb, &b);
	bytchk = BYTCHK(b.bits);
	if (!tgt_blocks_check(cmd, &b, bytchk == BYTCHK_ALL ? TGT_MAX_IO : U64_MAX))
		return TGT_DONE;
	if (bytchk == BYTCHK_RESERVED)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (bytchk == BYTCHK_ALL)
		len = b.len;
	else if (bytchk == BYTCHK_SAME && b.n)
		len = 1U << dev->block_shift;
	if (!tgt_blocks_out(cmd, len) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_verify);
}

static void tgt_run_write_verify(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of(p->dev, p->cdb, &b);
	if (tgt_proc_lock(p, b.offset, b.len) || tgt_write_range(p, &b, 0, TGT_CMD_FUA))
		return;
	if (!tgt_verify_range(p, &b, BYTCHK(b.bits)))
		tgt_proc_moved(p, TGT_DIR_OUT, b.len);
}

/* WRITE AND VERIFY, SBC-4 5.49: on the medium, then read back, and compared with BYTCHK=01b. */
enum tgt_ret tgt_exec_write_verify(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	if (BYTCHK(b.bits) > BYTCHK_ALL)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!tgt_blocks_out(cmd, b.len) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_write_verify);
}

static void tgt_run_compare_write(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of(p->dev, p->cdb, &b);
	if (tgt_proc_lock(p, b.offset, b.len) || tgt_verify_range(p, &b, BYTCHK_ALL))
		return;
	if (!tgt_write_range(p, &b, b.len, tgt_fua(&b)))
		tgt_proc_moved(p, TGT_DIR_OUT, 2 * b.len);
}

/* COMPARE AND WRITE, SBC-4 5.3: data-out is what is expected there, then what to write. */
enum tgt_ret tgt_exec_compare_write(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	/* the byte that is left of 256 blocks: GOOD would look as if they had been written */
	if (!b.n && cmd->data_len)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!tgt_blocks_out(cmd, 2 * b.len) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_compare_write);
}

static void tgt_run_orwrite(struct tgt_proc *p)
{
	struct tgt_blocks b;
	u32 n, i;
	u64 at;

	tgt_blocks_of(p->dev, p->cdb, &b);
	if (tgt_proc_bufs(p, 2) || tgt_proc_lock(p, b.offset, b.len))
		return;
	for (at = 0; at < b.len; at += n) {
		n = min_t(u64, b.len - at, TGT_PROC_PIECE);
		if (tgt_proc_read(p, &p->buf[0], b.offset + at, n) ||
		    tgt_proc_fetch(p, at, p->buf[1].data, n))
			return;
		for (i = 0; i < n; i++)
			p->buf[0].data[i] |= p->buf[1].data[i];
		if (tgt_proc_write(p, &p->buf[0], b.offset + at, n, tgt_fua(&b)))
			return;
	}
	tgt_proc_moved(p, TGT_DIR_OUT, b.len);
}

/* ORWRITE (16), SBC-4 5.12: what is there or data-out. */
enum tgt_ret tgt_exec_orwrite(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	if (!tgt_blocks_out(cmd, b.len) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_orwrite);
}
