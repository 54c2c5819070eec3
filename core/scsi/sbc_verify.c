// SPDX-License-Identifier: GPL-2.0
/* Block commands that look at what is there: [WRITE AND] VERIFY, COMPARE AND WRITE, ORWRITE. */
#include "../guard.h"
#include "blocks.h"
#include "pi.h"

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

/*
 * Where block @i of buf[0], and what @what says of its protection information, differs from
 * block @k of buf[1], whose reference tag is that of a block @ref before; -1: nowhere.
 */
static int tgt_verify_block(struct tgt_proc *p, u32 i, u32 k, u32 ref, u8 what)
{
	u32 block = 1U << p->dev->block_shift, at;
	struct tgt_tuple want;

	at = tgt_differ(p->buf[0].data + i * block, p->buf[1].data + k * block, block);
	if (at < block)
		return at;
	if (!what)
		return -1;
	want = p->buf[1].tuples[k];
	if (p->dev->prot_type != 3)
		be32_add_cpu(&want.ref, ref);
	at = tgt_pi_differ(&p->buf[0].tuples[i], &want, what);
	return at < sizeof(want) ? block + at : -1;
}

/*
 * The blocks of the range from @at on, in buf[0], against those of data-out in buf[1], or, with
 * @same, against the one block there. The information field tells the byte of data-out.
 */
static int tgt_verify_blocks(struct tgt_proc *p, const struct tgt_blocks *b, u64 at, u32 len,
			     bool same, u8 what)
{
	u32 i, first = at >> p->dev->block_shift;
	int differs;

	for (i = 0; i < len >> p->dev->block_shift; i++) {
		differs = tgt_verify_block(p, i, same ? 0 : i, same ? first + i : 0, what);
		if (differs < 0)
			continue;
		tgt_miscompare(p, (same ? 0 : (u64)(first + i) * b->wire) + differs);
		return -EIO;
	}
	return 0;
}

/*
 * A piece of the range, read and compared. Blocks and their protection information are to be of
 * one moment, which a range that is locked already is.
 */
static int tgt_verify_piece(struct tgt_proc *p, const struct tgt_blocks *b, u64 at, u32 n,
			    u8 bytchk, u8 what)
{
	bool lock = p->dev->prot_type && !p->lock_end;
	int err;

	if (lock && tgt_proc_lock_shared(p, b->offset + at, n))
		return -EINTR;
	err = tgt_blocks_read(p, b, &p->buf[0], at, n);
	if (lock)
		tgt_proc_unlock(p);
	if (!err && bytchk == BYTCHK_ALL)
		err = tgt_blocks_fetch(p, b, &p->buf[1], at, at, n);
	if (!err && bytchk)
		err = tgt_verify_blocks(p, b, at, n, bytchk == BYTCHK_SAME, what);
	return err;
}

/*
 * Reads the range and compares as @bytchk says, of protection information @what. Returns 0, or
 * an errno: it is answered.
 */
static int tgt_verify_range(struct tgt_proc *p, const struct tgt_blocks *b, u8 bytchk, u8 what)
{
	u32 n;
	u64 at;
	int err;

	err = tgt_blocks_bufs(p, b, bytchk ? 2 : 1);
	if (!err && bytchk == BYTCHK_SAME)
		err = tgt_blocks_fetch(p, b, &p->buf[1], 0, 0, 1U << p->dev->block_shift);
	for (at = 0; !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, p->piece);
		err = tgt_verify_piece(p, b, at, n, bytchk, what);
	}
	return err;
}

/* The same for VERIFY: what is compared is not checked as well (SBC-4 5.39). */
static int tgt_verify(struct tgt_proc *p, struct tgt_blocks *b)
{
	u8 bytchk = BYTCHK(b->bits);

	if (bytchk && b->protect)
		b->medium = 3;
	return tgt_verify_range(p, b, bytchk, p->dev->prot_type ? tgt_pi_compares(b->protect) : 0);
}

/* Writes what of data-out begins at @from to the range. */
static int tgt_write_range(struct tgt_proc *p, const struct tgt_blocks *b, u32 from, u8 flags)
{
	int err = tgt_blocks_bufs(p, b, 1);
	u32 n;
	u64 at;

	for (at = 0; !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, p->piece);
		err = tgt_blocks_fetch(p, b, &p->buf[0], from + at, at, n);
		if (!err)
			err = tgt_proc_write(p, &p->buf[0], b->offset + at, n, flags);
	}
	return err;
}

static void tgt_run_verify(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of_proc(p, &b);
	tgt_verify(p, &b);
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
		len = b.n * b.wire;
	else if (bytchk == BYTCHK_SAME && b.n)
		len = b.wire;
	if (!tgt_blocks_out(cmd, len) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_verify);
}

static void tgt_run_write_verify(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of_proc(p, &b);
	if (tgt_proc_lock_unfenced(p, b.offset, b.len) ||
	    tgt_write_range(p, &b, 0, TGT_CMD_FUA))
		return;
	if (!tgt_verify(p, &b))
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
	if (!tgt_blocks_out(cmd, b.n * b.wire) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_write_verify);
}

/* Whether what is to be written may be: all of it or nothing is. */
static int tgt_compare_write_check(struct tgt_proc *p, const struct tgt_blocks *b)
{
	int err = 0;
	u32 n;
	u64 at;

	for (at = 0; b->protect && !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, p->piece);
		err = tgt_blocks_fetch(p, b, &p->buf[1], b->len + at, at, n);
	}
	return err;
}

/* One that reads and then writes, and is one action to all other writes. */
static void tgt_run_guarded(struct tgt_proc *p, struct tgt_blocks *b, u32 moved,
			    int (*run)(struct tgt_proc *p, const struct tgt_blocks *b))
{
	struct tgt_guard_range *guard = tgt_guard_lock(p, b->offset, b->len);

	if (!guard)
		return;
	if (!run(p, b))
		tgt_proc_moved(p, TGT_DIR_OUT, moved);
	tgt_guard_leave(p, guard);
}

static int tgt_compare_write(struct tgt_proc *p, const struct tgt_blocks *b)
{
	int err = tgt_verify_range(p, b, BYTCHK_ALL, 0);

	if (!err)
		err = tgt_compare_write_check(p, b);
	return err ?: tgt_write_range(p, b, b->len, tgt_blocks_fua(b));
}

static void tgt_run_compare_write(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of_proc(p, &b);
	b.medium = 0;		/* it is read for its user data, which is all that is compared */
	tgt_run_guarded(p, &b, 2 * b.len, tgt_compare_write);
}

/* COMPARE AND WRITE, SBC-4 5.3: data-out is what is expected there, then what to write. */
enum tgt_ret tgt_exec_compare_write(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	/*
	 * Who brings more means another number of blocks, 256 of which the byte may have left 0:
	 * the second half would be taken from the middle of what is to be compared.
	 */
	if (cmd->data_len > 2 * b.n * b.wire)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (!tgt_blocks_out(cmd, 2 * b.n * b.wire) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, tgt_run_compare_write);
}

static int tgt_orwrite(struct tgt_proc *p, const struct tgt_blocks *b)
{
	int err = tgt_blocks_bufs(p, b, 2);
	u32 n, i;
	u64 at;

	for (at = 0; !err && at < b->len; at += n) {
		n = min_t(u64, b->len - at, p->piece);
		err = tgt_blocks_read(p, b, &p->buf[0], at, n) ?:
		      tgt_blocks_fetch(p, b, &p->buf[1], at, at, n);
		if (err)
			break;
		/* the tags are those of data-out */
		for (i = 0; i < n; i++)
			p->buf[1].data[i] |= p->buf[0].data[i];
		if (p->dev->prot_type)
			tgt_pi_guard(p->buf[1].data, p->buf[1].tuples, n >> p->dev->block_shift,
				     p->dev->block_shift);
		err = tgt_proc_write(p, &p->buf[1], b->offset + at, n, tgt_blocks_fua(b));
	}
	return err;
}

static void tgt_run_orwrite(struct tgt_proc *p)
{
	struct tgt_blocks b;

	tgt_blocks_of_proc(p, &b);
	tgt_run_guarded(p, &b, b.len, tgt_orwrite);
}

/* ORWRITE (16), SBC-4 5.12: what is there or data-out. */
enum tgt_ret tgt_exec_orwrite(struct tgt_cmd *cmd)
{
	return tgt_blocks_start_out(cmd, tgt_run_orwrite);
}
