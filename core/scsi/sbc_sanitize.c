// SPDX-License-Identifier: GPL-2.0
/* SANITIZE. */
#include "../core.h"
#include "../proc.h"
#include "../wipe.h"
#include "blocks.h"

static void tgt_run_sanitize(struct tgt_proc *p)
{
	struct tgt_wipe_ask ask;
	enum tgt_sense sense;

	sense = tgt_sanitize_ask(p->cdb, p->param, p->param_len, 1U << p->dev->block_shift, &ask);
	if (sense)
		tgt_proc_fail(p, sense);
	else
		tgt_wipe_run(p, TGT_WIPE_SANITIZE, &ask);
}

/*
 * SANITIZE, SBC-4 5.30: OVERWRITE, and BLOCK ERASE where what is unmapped reads as zeroes. After a
 * failure in restricted completion mode (AUSE=0) there is no way to the unrestricted one.
 */
enum tgt_ret tgt_exec_sanitize(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	enum tgt_sense sense = tgt_sanitize_check(cmd->cdb, 1U << dev->block_shift);

	if (sense || !tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if ((cmd->cdb[1] & TGT_SANITIZE_SA) == TGT_SANITIZE_EXIT) {
		if (!tgt_wipe_exit(dev))
			return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
		return tgt_blocks_none(cmd);
	}
	if (cmd->cdb[1] & TGT_SANITIZE_AUSE && tgt_wipe_restricted(dev))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_proc_start_param(cmd, get_unaligned_be16(cmd->cdb + 7), tgt_run_sanitize);
}
