// SPDX-License-Identifier: GPL-2.0
/* Answers: sense, residuals, parameter data. */
#include "core.h"
#include "scsi/sense.h"
#include "tasks.h"
#include "unit.h"

/**
 * tgt_cmd_refuse() - end a command with a status and no data
 * @cmd: command
 * @status: SAM status other than GOOD
 *
 * What was to be transferred is the residual. Context: any.
 */
void tgt_cmd_refuse(struct tgt_cmd *cmd, u8 status)
{
	cmd->status = status;
	cmd->sense_len = 0;
	cmd->len = 0;
	cmd->flags &= ~TGT_CMD_OVERFLOW;
	cmd->residual = cmd->data_len;
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_refuse, TGTCORE);

/* There is sense for a command whose end may be the business of its task set. */
static void tgt_cmd_fault(struct tgt_cmd *cmd)
{
	if (tgt_tasks_wants_fault(cmd))
		cmpxchg(&cmd->state, TGT_CMD_ACTIVE, TGT_CMD_FAULTED);
}

/**
 * tgt_cmd_adopt() - end a command as another one, of no initiator's, has ended for it
 * @cmd: command
 * @from: the other, whose status is not GOOD; its sense may be in the same buffer
 *
 * Context: any.
 */
void tgt_cmd_adopt(struct tgt_cmd *cmd, const struct tgt_cmd *from)
{
	tgt_cmd_refuse(cmd, from->status);
	cmd->sense_len = from->sense_len;
	if (cmd->sense != from->sense)
		memcpy(cmd->sense, from->sense, from->sense_len);
	if (from->status == SAM_STAT_CHECK_CONDITION)
		tgt_cmd_fault(cmd);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_adopt, TGTCORE);

static void tgt_cmd_sense_data(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq, const u64 *info)
{
	bool descriptor = cmd->itl && READ_ONCE(cmd->itl->dev->modes.now.d_sense);

	tgt_cmd_refuse(cmd, SAM_STAT_CHECK_CONDITION);
	cmd->sense_len = tgt_sense_data(cmd->sense, descriptor, key, asc, ascq, info);
	tgt_cmd_fault(cmd);
}

/**
 * tgt_cmd_sense() - end a command with CHECK CONDITION and any sense
 * @cmd: command
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 *
 * In the format the logical unit was told to use. Context: any.
 */
void tgt_cmd_sense(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq)
{
	tgt_cmd_sense_data(cmd, key, asc, ascq, NULL);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_sense, TGTCORE);

/**
 * tgt_cmd_sense_info() - the same with an information field
 * @cmd: command
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 * @info: value of the field; fixed format drops one of more than 32 bits (SPC-5 4.4.3)
 *
 * Context: any.
 */
void tgt_cmd_sense_info(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq, u64 info)
{
	tgt_cmd_sense_data(cmd, key, asc, ascq, &info);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_sense_info, TGTCORE);

/**
 * tgt_cmd_fail() - end a command with CHECK CONDITION
 * @cmd: command
 * @sense: why
 *
 * Return: TGT_DONE, for the caller to return. Context: any.
 */
enum tgt_ret tgt_cmd_fail(struct tgt_cmd *cmd, enum tgt_sense sense)
{
	const struct tgt_sense_code *c = &tgt_sense_codes[sense];

	if (sense == TGT_SENSE_READ_ERROR || sense == TGT_SENSE_WRITE_ERROR)
		tgt_log_error(cmd, sense == TGT_SENSE_WRITE_ERROR);
	tgt_cmd_sense(cmd, c->key, c->asc, c->ascq);
	return TGT_DONE;
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_fail, TGTCORE);

/**
 * tgt_cmd_fail_medium() - end a command with MEDIUM ERROR, a backend could not move its data
 * @cmd: command in ->submit, ->unmap or ->flush
 * @good: its bytes before the first block that failed, or TGT_NOT_KNOWN, which is no matter where
 *	there is one block only
 *
 * INFORMATION is the LBA of that block, where it is known (SBC-4 4.18). What was moved is told to
 * nobody, it is all in the residual. Context: any.
 */
void tgt_cmd_fail_medium(struct tgt_cmd *cmd, u32 good)
{
	enum tgt_sense sense = cmd->dir == TGT_DIR_IN ? TGT_SENSE_READ_ERROR :
							TGT_SENSE_WRITE_ERROR;
	u8 shift = cmd->itl->dev->block_shift;

	if (cmd->len == 1U << shift)
		good = 0;
	if (good >= cmd->len) {
		tgt_cmd_fail(cmd, sense);
		return;
	}
	tgt_log_error(cmd, sense == TGT_SENSE_WRITE_ERROR);
	tgt_cmd_fail_info(cmd, sense, (cmd->offset + good) >> shift);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_fail_medium, TGTCORE);

/*
 * Refuses a command that the initiator brings too little data-out for, as tgt_cmd_fit() has found.
 * The residual stays the overflow it is: by how much (RFC 7143 11.4.5.1; FCP-4, FCP_RESID_OVER).
 */
enum tgt_ret tgt_cmd_fail_short(struct tgt_cmd *cmd)
{
	u32 residual = cmd->residual;

	tgt_cmd_fail(cmd, TGT_SENSE_INVALID_IU);
	cmd->flags |= TGT_CMD_OVERFLOW;
	cmd->residual = residual;
	return TGT_DONE;
}

/**
 * tgt_cmd_fail_info() - the same with an information field
 * @cmd: command
 * @sense: why
 * @info: value of the field
 *
 * Context: any.
 */
void tgt_cmd_fail_info(struct tgt_cmd *cmd, enum tgt_sense sense, u64 info)
{
	const struct tgt_sense_code *c = &tgt_sense_codes[sense];

	tgt_cmd_sense_info(cmd, c->key, c->asc, c->ascq, info);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_fail_info, TGTCORE);

/* A range that begins at @lba is not on the medium: INFORMATION is the first LBA that is not. */
enum tgt_ret tgt_cmd_fail_range(struct tgt_cmd *cmd, u64 lba)
{
	tgt_cmd_fail_info(cmd, TGT_SENSE_LBA_RANGE, max(lba, READ_ONCE(cmd->itl->dev->nblocks)));
	return TGT_DONE;
}

/**
 * tgt_cmd_fail_progress() - the same with a progress indication
 * @cmd: command
 * @sense: why: of sense key NOT READY
 * @progress: of 65536 parts so many are done
 *
 * Context: any.
 */
void tgt_cmd_fail_progress(struct tgt_cmd *cmd, enum tgt_sense sense, u16 progress)
{
	const struct tgt_sense_code *c = &tgt_sense_codes[sense];

	tgt_cmd_sense_data(cmd, c->key, c->asc, c->ascq, NULL);
	cmd->sense_len = tgt_sense_progress(cmd->sense, cmd->sense_len, progress);
}

/* Ends a command with sense data that is made already; at most TGT_SENSE_LEN bytes. */
void tgt_cmd_fail_sense(struct tgt_cmd *cmd, const u8 *sense, unsigned int len)
{
	tgt_cmd_refuse(cmd, SAM_STAT_CHECK_CONDITION);
	memcpy(cmd->sense, sense, len);
	cmd->sense_len = len;
	tgt_cmd_fault(cmd);
}

/*
 * Fits a transfer of @len bytes in direction @dir to the initiator's buffer and sets the
 * residual: underflow if the buffer is longer, overflow if it is shorter or runs the other
 * way. Returns the bytes that can move.
 */
u32 tgt_cmd_fit(struct tgt_cmd *cmd, u32 len, enum tgt_dir dir)
{
	u32 room = cmd->dir == dir ? cmd->data_len : 0;

	cmd->flags &= ~TGT_CMD_OVERFLOW;
	if (len > room) {
		cmd->flags |= TGT_CMD_OVERFLOW;
		cmd->residual = len - room;
		return room;
	}
	cmd->residual = cmd->data_len - len;
	return len;
}

/*
 * Parameter data: @len bytes were made, of which @buf holds at least what the initiator
 * asked for by @alloc_len and has room for.
 */
enum tgt_ret tgt_cmd_reply(struct tgt_cmd *cmd, const u8 *buf, u32 len, u32 alloc_len)
{
	len = tgt_cmd_fit(cmd, min(len, alloc_len), TGT_DIR_IN);
	if (len)
		sg_copy_from_buffer(cmd->sgl, cmd->sgl_nents, buf, len);
	cmd->len = len;
	return TGT_DONE;
}
