// SPDX-License-Identifier: GPL-2.0
/* What the block commands executed by procedures share, and those that move no blocks. */
#include "blocks.h"
#include "../trace.h"
#include "pi.h"
#include "resp.h"

/**
 * tgt_blocks_of() - the range a CDB names
 * @dev: logical unit
 * @cdb: of 6 to 32 bytes, with LBA and length where READ has them; COMPARE AND
 *	WRITE and WRITE ATOMIC (16) too
 * @b: the range; not checked
 */
void tgt_blocks_of(const struct tgt_device *dev, const u8 *cdb, struct tgt_blocks *b)
{
	*b = (struct tgt_blocks) { .bits = cdb[1] };
	switch (cdb[0] >> 5) {
	case 0:
		b->bits = 0;
		b->lba = get_unaligned_be24(cdb + 1) & 0x1fffff;
		b->n = cdb[4] ?: 256;
		break;
	case 3:
		b->bits = cdb[10];
		b->lba = get_unaligned_be64(cdb + 12);
		b->n = get_unaligned_be32(cdb + 28);
		b->tags = true;
		b->ref = get_unaligned_be32(cdb + 20);
		b->app = get_unaligned_be16(cdb + 24);
		b->mask = get_unaligned_be16(cdb + 26);
		break;
	case 4:
		b->lba = get_unaligned_be64(cdb + 2);
		b->n = get_unaligned_be32(cdb + 10);
		if (cdb[0] == COMPARE_AND_WRITE)
			b->n = cdb[13];
		else if (cdb[0] == TGT_WRITE_ATOMIC_16)
			b->n = get_unaligned_be16(cdb + 12);
		break;
	case 5:
		b->lba = get_unaligned_be32(cdb + 2);
		b->n = get_unaligned_be32(cdb + 6);
		break;
	default:
		b->lba = get_unaligned_be32(cdb + 2);
		b->n = get_unaligned_be16(cdb + 7);
	}
	b->offset = b->lba << dev->block_shift;
	b->len = (u64)b->n << dev->block_shift;
	b->wire = 1U << dev->block_shift;
	b->protect = b->bits >> 5;
	b->medium = b->protect;
}

static void tgt_blocks_wire(struct tgt_blocks *b, bool beside)
{
	if (b->protect && !beside)
		b->wire += sizeof(struct tgt_tuple);
}

/* The same for the CDB of a procedure, which was checked. */
void tgt_blocks_of_proc(const struct tgt_proc *p, struct tgt_blocks *b)
{
	tgt_blocks_of(p->dev, p->cdb, b);
	tgt_blocks_wire(b, p->beside);
}

/**
 * tgt_blocks_check() - the checks every range has to pass
 * @cmd: command
 * @b: its range; @b->wire is set
 * @max: bytes it may have
 *
 * Type 2 has protection information in CDBs of 32 bytes only (SBC-4 4.21.2.4): without the
 * reference tag that they bring there is nothing to check.
 *
 * Return: false if the command is answered: it is none of this logical unit, not inside the
 * medium, too long, or asks for protection information that is not kept.
 */
bool tgt_blocks_check(struct tgt_cmd *cmd, struct tgt_blocks *b, u64 max)
{
	struct tgt_device *dev = cmd->itl->dev;
	u64 nblocks = READ_ONCE(dev->nblocks);
	enum tgt_sense sense = TGT_SENSE_NONE;
	struct tgt_prot prot;

	if (!tgt_op_there(cmd) || (dev->prot_type == 2 && b->protect && !b->tags))
		sense = TGT_SENSE_INVALID_OPCODE;
	else if (b->lba >= nblocks || b->n > nblocks - b->lba)
		sense = TGT_SENSE_LBA_RANGE;
	else if (b->len > max || b->protect > (dev->prot_type ? TGT_PI_PROTECT_MAX : 0))
		sense = TGT_SENSE_INVALID_FIELD;
	if (sense == TGT_SENSE_LBA_RANGE)
		tgt_cmd_fail_range(cmd, b->lba);
	else if (sense)
		tgt_cmd_fail(cmd, sense);
	else if (dev->prot_type)
		tgt_blocks_wire(b, tgt_cmd_prot(cmd, &prot));
	return !sense;
}

/**
 * tgt_blocks_out() - sets the residual of a command that takes @len bytes of data-out
 * @cmd: command
 * @len: bytes
 *
 * Return: false if the initiator brings less: the command is refused whole, as a write is.
 */
bool tgt_blocks_out(struct tgt_cmd *cmd, u32 len)
{
	tgt_cmd_fit(cmd, len, len ? TGT_DIR_OUT : TGT_DIR_NONE);
	if (!len || !(cmd->flags & TGT_CMD_OVERFLOW))
		return true;
	tgt_cmd_fail_short(cmd);
	return false;
}

/**
 * tgt_cmd_moved() - bytes of the data buffer that were moved, for a fabric
 * @cmd: command that ends with TGT_CMD_OVERFLOW
 *
 * The residual is what did not fit, not what is left of the buffer: READ brings whole blocks only,
 * and @cmd->len does not count the protection information that it may bring with them.
 *
 * Return: bytes. Context: ->send_response().
 */
u32 tgt_cmd_moved(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;
	struct tgt_prot prot;

	if (!cmd->len || !cmd->op || cmd->op->exec != tgt_exec_pi_read)
		return cmd->len;
	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	tgt_blocks_wire(&b, tgt_cmd_prot(cmd, &prot));
	return (cmd->len >> cmd->itl->dev->block_shift) * b.wire;
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_moved, TGTCORE);

/* A command that moves no data is done. */
enum tgt_ret tgt_blocks_none(struct tgt_cmd *cmd)
{
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	return TGT_DONE;
}

/*
 * PRE-FETCH, SBC-4 5.14: the engine has no cache of its own to fetch blocks to, which is what
 * GOOD says; CONDITION MET, an error to many a passthrough, would claim that all are in one.
 */
enum tgt_ret tgt_exec_prefetch(struct tgt_cmd *cmd)
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	return tgt_blocks_check(cmd, &b, U64_MAX) ? tgt_blocks_none(cmd) : TGT_DONE;
}

/**
 * tgt_blocks_start_out() - a command that brings the blocks of its range
 * @cmd: command
 * @run: executes it
 *
 * Return: as ->exec.
 */
enum tgt_ret tgt_blocks_start_out(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p))
{
	struct tgt_blocks b;

	tgt_blocks_of(cmd->itl->dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, TGT_MAX_IO))
		return TGT_DONE;
	if (!tgt_blocks_out(cmd, b.n * b.wire) || !b.n)
		return TGT_DONE;
	return tgt_proc_start(cmd, run);
}

/*
 * WRITE ATOMIC (16), SBC-4 5.46: who reads sees all of it or nothing, as the backend promises.
 * There are no atomic boundaries.
 */
enum tgt_ret tgt_exec_write_atomic(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	u32 mask = max(dev->atomic_gran, 1U << dev->block_shift) - 1;
	struct tgt_blocks b;

	tgt_blocks_of(dev, cmd->cdb, &b);
	if (!tgt_blocks_check(cmd, &b, dev->atomic_max))
		return TGT_DONE;
	if ((b.offset | b.len) & mask || get_unaligned_be16(cmd->cdb + 10))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	cmd->stat = TGT_DIR_OUT;
	if (!tgt_blocks_out(cmd, b.len) || !b.n)
		return TGT_DONE;
	cmd->offset = b.offset;
	cmd->len = b.len;
	if (b.bits & TGT_BYTE1_FUA)
		cmd->flags |= TGT_CMD_FUA;
	trace_tgt_cmd_submit(cmd);
	return dev->be->write_atomic(cmd);
}

/*
 * READ DEFECT DATA, SBC-4 5.22 and 5.23: empty lists, in whatever format is asked for. Format
 * 111b is reserved.
 */
static enum tgt_ret tgt_defects(struct tgt_cmd *cmd, u8 how, u32 head, u32 alloc_len)
{
	u8 buf[8] = { 0, how & 0x1f };

	if ((how & 7) == 7)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, head, alloc_len);
}

enum tgt_ret tgt_exec_defects10(struct tgt_cmd *cmd)
{
	return tgt_defects(cmd, cmd->cdb[2], 4, get_unaligned_be16(cmd->cdb + 7));
}

enum tgt_ret tgt_exec_defects12(struct tgt_cmd *cmd)
{
	return tgt_defects(cmd, cmd->cdb[1], 8, get_unaligned_be32(cmd->cdb + 6));
}
