// SPDX-License-Identifier: GPL-2.0
/* FORMAT UNIT. */
#include "../core.h"
#include "../proc.h"
#include "../wipe.h"
#include "blocks.h"

/* Whether the medium can be formatted so: what type of protection it has it was made with. */
static enum tgt_sense tgt_format_wants(const struct tgt_device *dev,
				       const struct tgt_wipe_ask *ask)
{
	return ask->prot_type == dev->prot_type ? TGT_SENSE_NONE : TGT_SENSE_INVALID_FIELD;
}

/*
 * Blocks that are to read as zeroes are unmapped where that does it (SBC-4 4.7.3.3). What is
 * written has protection information that is all ones.
 */
static void tgt_run_format(struct tgt_proc *p)
{
	struct tgt_wipe_ask ask;
	enum tgt_sense sense;

	sense = tgt_format_ask(p->cdb, p->param, p->param_len, 1U << p->dev->block_shift, &ask);
	if (!sense)
		sense = tgt_format_wants(p->dev, &ask);
	if (sense) {
		tgt_proc_fail(p, sense);
		return;
	}
	ask.erase = !ask.pattern && p->dev->lbprz && !p->dev->prot_type;
	tgt_wipe_run(p, TGT_WIPE_FORMAT, &ask);
}

/*
 * FORMAT UNIT, SBC-4 5.4: blocks, their size and number stay as they are. No CDB tells how long
 * the parameter list is: it is what the initiator brings.
 */
enum tgt_ret tgt_exec_format(struct tgt_cmd *cmd)
{
	enum tgt_sense sense = tgt_format_check(cmd->cdb);
	u32 len = 0;

	if (sense)
		return tgt_cmd_fail(cmd, sense);
	if (cmd->cdb[1] & TGT_FORMAT_DATA && cmd->dir == TGT_DIR_OUT)
		len = min_t(u32, cmd->data_len, TGT_PROC_PARAM_MAX);
	return tgt_proc_start_param(cmd, len, tgt_run_format);
}
