// SPDX-License-Identifier: GPL-2.0
/* FORMAT UNIT. */
#include "../core.h"
#include "../proc.h"
#include "../wipe.h"
#include "blocks.h"

/*
 * Blocks that are to read as zeroes are unmapped where that does it (SBC-4 4.7.3.3). All have
 * protection information that is all ones then.
 */
static void tgt_run_format(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	u8 types = dev->prot_any ? 0x0f : 1 << dev->prot_type;
	struct tgt_wipe_ask ask;
	enum tgt_sense sense;

	sense = tgt_format_ask(p->cdb, p->param, p->param_len, 1U << dev->block_shift, types, &ask);
	if (sense) {
		tgt_proc_fail(p, sense);
		return;
	}
	ask.erase = !ask.pattern && dev->lbprz;
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
