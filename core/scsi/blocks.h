/* SPDX-License-Identifier: GPL-2.0 */
/* What the block commands executed by procedures share. */
#ifndef _TGTCORE_BLOCKS_H
#define _TGTCORE_BLOCKS_H

#include "../core.h"
#include "../proc.h"
#include "exec.h"

/**
 * struct tgt_blocks - the range of a command
 * @lba: first block
 * @n: blocks
 * @bits: byte 1 of the CDB, or byte 10 of one of 32 bytes: protection, FUA and their like
 * @offset: first byte
 * @len: bytes
 * @wire: bytes a block has in the data buffer
 * @protect: RDPROTECT, WRPROTECT, VRPROTECT or ORPROTECT
 * @medium: as which value of that field the protection information of the medium is checked
 * @tags: the CDB says which tags to expect: @ref, @app and @mask
 * @ref: reference tag of the first block
 * @app: application tag
 * @mask: its bits that count
 */
struct tgt_blocks {
	u64	lba;
	u32	n;
	u8	bits;
	u64	offset;
	u64	len;
	u32	wire;
	u8	protect;
	u8	medium;
	bool	tags;
	u32	ref;
	u16	app;
	u16	mask;
};

#define TGT_WRITE_ATOMIC_16	0x9c	/* 6.1 has no name for it */

void tgt_blocks_of(const struct tgt_device *dev, const u8 *cdb, struct tgt_blocks *b);
void tgt_blocks_of_proc(const struct tgt_proc *p, struct tgt_blocks *b);
bool tgt_blocks_check(struct tgt_cmd *cmd, struct tgt_blocks *b, u64 max);
bool tgt_blocks_out(struct tgt_cmd *cmd, u32 len);
enum tgt_ret tgt_blocks_none(struct tgt_cmd *cmd);
enum tgt_ret tgt_blocks_start_out(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p));

static inline u8 tgt_blocks_fua(const struct tgt_blocks *b)
{
	return b->bits & TGT_BYTE1_FUA ? TGT_CMD_FUA : 0;
}

/* sbc_pi.c; what a device without protection information needs of it is here */
int tgt_pi_bufs(struct tgt_proc *p, const struct tgt_blocks *b);
int tgt_pi_fetch(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf, u64 from,
		 u64 at, u32 n);
int tgt_pi_read(struct tgt_proc *p, const struct tgt_blocks *b, struct tgt_buf *buf, u64 at,
		u32 n);

/**
 * tgt_blocks_bufs() - give a procedure buffers that are no larger than its range
 * @p: procedure
 * @b: its range
 * @nr: as tgt_proc_bufs()
 *
 * Return: as tgt_proc_bufs().
 */
static inline int tgt_blocks_bufs(struct tgt_proc *p, const struct tgt_blocks *b, unsigned int nr)
{
	int err;

	if (!p->buf[0].nents && b->len < TGT_PROC_PIECE)
		p->piece = max_t(u32, round_up(b->len, PAGE_SIZE), PAGE_SIZE);
	err = tgt_proc_bufs(p, nr);
	return err || !p->dev->prot_type ? err : tgt_pi_bufs(p, b);
}

/**
 * tgt_blocks_fetch() - take blocks from data-out
 * @p: procedure
 * @b: its range
 * @buf: where to
 * @from: which blocks of data-out, in bytes of user data
 * @at: which blocks of the range they are, likewise
 * @n: how many bytes
 *
 * Protection information is made, or is checked as the CDB says. Return: 0, or an errno: the
 * command is answered, or gone.
 */
static inline int tgt_blocks_fetch(struct tgt_proc *p, const struct tgt_blocks *b,
				   struct tgt_buf *buf, u64 from, u64 at, u32 n)
{
	return p->dev->prot_type ? tgt_pi_fetch(p, b, buf, from, at, n) :
			    tgt_proc_fetch(p, from, buf->data, n);
}

/**
 * tgt_blocks_read() - read blocks of the range, and check their protection information
 * @p: procedure
 * @b: its range
 * @buf: where to
 * @at: which blocks of the range, in bytes
 * @n: how many bytes
 *
 * Return: as tgt_blocks_fetch().
 */
static inline int tgt_blocks_read(struct tgt_proc *p, const struct tgt_blocks *b,
				  struct tgt_buf *buf, u64 at, u32 n)
{
	return p->dev->prot_type ? tgt_pi_read(p, b, buf, at, n) :
			    tgt_proc_read(p, buf, b->offset + at, n);
}

#endif
