// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: LIO's struct se_cmd in, the engine's struct tgt_cmd out of the nexus' table, and back.
 * The data is where LIO has it. Task management: LIO marks its commands and waits for their ends;
 * the engine is what makes them end.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <scsi/scsi_common.h>
#include "lio.h"

#define LIO_TRIES	20	/* to have a path, while LUNs go */
#define LIO_TRY_MS	10

/* ---- the table of a nexus -------------------------------------------------------------------- */

/* Commands of place @bit; whoever is first allocates them. */
static noinline struct lio_cmd *lio_chunk(struct lio_nexus *nexus, u32 bit)
{
	struct lio_cmd **chunk = &nexus->chunk[bit / LIO_CHUNK], *new;

	if (!READ_ONCE(*chunk)) {
		new = kcalloc(LIO_CHUNK, sizeof(*new), GFP_NOWAIT | __GFP_NOWARN);
		if (new && cmpxchg(chunk, NULL, new))
			kfree(new);
	}
	return READ_ONCE(*chunk);
}

/* A command that is nobody's; NULL: there are too many, or there is no memory. */
static struct lio_cmd *lio_cmd_get(struct lio_nexus *nexus)
{
	int bit = sbitmap_get(&nexus->map);
	struct lio_cmd *lc;

	if (unlikely(bit < 0))
		return NULL;
	lc = READ_ONCE(nexus->chunk[bit / LIO_CHUNK]);
	if (unlikely(!lc)) {
		lc = lio_chunk(nexus, bit);
		if (!lc) {
			tgt_bit_put(&nexus->map, bit);
			return NULL;
		}
	}
	lc += bit % LIO_CHUNK;
	lc->bit = bit;
	lc->nexus = nexus;
	return lc;
}

/* What is not GOOD and whole. Returns the status. */
static noinline u8 lio_result(struct lio_cmd *lc, struct se_cmd *se_cmd)
{
	struct tgt_cmd *cmd = &lc->cmd;

	/* LIO answers what it aborted itself, or not; all else must have an answer */
	if (cmd->flags & TGT_CMD_TASK_ABORTED)
		return SAM_STAT_TASK_ABORTED;
	if (cmd->status == SAM_STAT_CHECK_CONDITION) {
		memset(lc->sense + cmd->sense_len, 0, sizeof(lc->sense) - cmd->sense_len);
		transport_copy_sense_to_cmd(se_cmd, lc->sense);
	}
	if (!cmd->residual)
		return cmd->status;
	if (cmd->flags & TGT_CMD_OVERFLOW) {
		se_cmd->se_cmd_flags |= SCF_OVERFLOW_BIT;
		se_cmd->residual_count = cmd->residual;
	} else if (cmd->status || se_cmd->data_direction != DMA_FROM_DEVICE) {
		se_cmd->se_cmd_flags |= SCF_UNDERFLOW_BIT;
		se_cmd->residual_count = cmd->residual;
	} else {
		target_set_cmd_data_length(se_cmd, se_cmd->data_length - cmd->residual);
		/* fabrics do not know how to send no data */
		if (!se_cmd->data_length)
			se_cmd->data_direction = DMA_NONE;
	}
	return cmd->status;
}

/* The last one gives LIO its command back. */
static void lio_cmd_put(struct lio_cmd *lc)
{
	struct tgt_cmd *cmd = &lc->cmd;
	struct se_cmd *se_cmd;
	u8 status;

	if (!refcount_dec_and_test(&lc->ref))
		return;
	se_cmd = lc->se_cmd;
	status = cmd->status;
	if (unlikely(status || cmd->residual || cmd->flags & TGT_CMD_TASK_ABORTED)) {
		status = lio_result(lc, se_cmd);
		/* of what LIO aborts it takes no status; vhost-scsi answers with what is there */
		se_cmd->scsi_status = status;
	}
	WRITE_ONCE(se_cmd->priv, NULL);
	tgt_bit_put(&lc->nexus->map, lc->bit);
	target_complete_cmd(se_cmd, status);
}

/* ->send_response */
void lio_response(struct tgt_cmd *cmd)
{
	lio_cmd_put(container_of(cmd, struct lio_cmd, cmd));
}

/* ->iter: a command in flight stays one while it is looked at. */
void lio_iter(struct tgt_session *sess, void (*fn)(struct tgt_cmd *cmd, void *data), void *data)
{
	struct lio_nexus *nexus = sess->fabric_priv;
	struct lio_cmd *lc;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(nexus->chunk); i++) {
		lc = READ_ONCE(nexus->chunk[i]);
		for (j = 0; lc && j < LIO_CHUNK; j++, lc++) {
			if (!refcount_inc_not_zero(&lc->ref))
				continue;
			fn(&lc->cmd, data);
			lio_cmd_put(lc);
		}
	}
}

/* ---- commands -------------------------------------------------------------------------------- */

static u8 lio_task_attr(const struct se_cmd *se_cmd)
{
	return se_cmd->sam_task_attr == TCM_ACA_TAG ? TGT_ACA_TAG : se_cmd->sam_task_attr;
}

static enum tgt_dir lio_dir(const struct se_cmd *se_cmd)
{
	return se_cmd->data_direction == DMA_TO_DEVICE ? TGT_DIR_OUT :
	       se_cmd->data_direction == DMA_FROM_DEVICE ? TGT_DIR_IN : TGT_DIR_NONE;
}

static void lio_cmd_fill(struct lio_cmd *lc, const struct lio_path *path, struct se_cmd *se_cmd)
{
	struct tgt_cmd *cmd = &lc->cmd;

	lc->se_cmd = se_cmd;
	cmd->sess = path->nexus->sess;
	cmd->itl = path->itl;
	cmd->cdb = se_cmd->t_task_cdb;
	cmd->cdb_len = scsi_command_size(se_cmd->t_task_cdb);
	cmd->sgl = se_cmd->t_data_sg;
	cmd->sgl_nents = se_cmd->t_data_nents;
	cmd->data_len = se_cmd->data_length;
	cmd->sense = lc->sense;
	cmd->tag = se_cmd->tag;
	cmd->task_attr = lio_task_attr(se_cmd);
	cmd->dir = lio_dir(se_cmd);
	/* who finds a count finds the rest */
	smp_wmb();
	refcount_set(&lc->ref, 1);
}

/* LIO marked it before anybody could tell the engine: it never gets there. */
static noinline void lio_cmd_stillborn(struct lio_cmd *lc)
{
	lc->cmd.flags = TGT_CMD_TASK_ABORTED;
	lio_cmd_put(lc);
}

/* Under RCU, which is what @path lives by. */
static sense_reason_t lio_submit(const struct lio_path *path, struct se_cmd *se_cmd)
{
	struct lio_nexus *nexus = path->nexus;
	struct lio_cmd *lc = lio_cmd_get(nexus);

	if (unlikely(!lc))
		return TCM_OUT_OF_RESOURCES;	/* TASK SET FULL */
	if (!READ_ONCE(nexus->used))
		WRITE_ONCE(nexus->used, true);
	lio_cmd_fill(lc, path, se_cmd);
	/* lio_tmr_notify() waits until it is with the engine, or we see the mark */
	smp_store_release(&se_cmd->priv, lc);
	if (unlikely(READ_ONCE(se_cmd->transport_state) & CMD_T_ABORTED))
		lio_cmd_stillborn(lc);
	else
		tgt_cmd_submit(&lc->cmd);
	return TCM_NO_SENSE;
}

/* Has a path made, if it is not there. An errno, -EAGAIN being over after a while. */
static noinline int lio_path_try(struct lio_dev *ld, struct se_session *se_sess,
				 const struct se_lun *lun, int tries)
{
	int err = lio_path_make(ld, se_sess, lun);

	if (err == -EAGAIN) {
		msleep(LIO_TRY_MS);
		err = 0;
	}
	return err ?: tries < LIO_TRIES ? 0 : -EAGAIN;
}

/* What LIO is to execute. Process context, may sleep. */
sense_reason_t lio_execute(struct se_cmd *se_cmd)
{
	struct lio_dev *ld = lio_dev(se_cmd->se_dev);
	struct lio_path *path;
	sense_reason_t ret;
	int err, tries = 0;

	do {
		rcu_read_lock();
		path = lio_path_find(ld, se_cmd->se_sess, se_cmd->se_lun);
		if (likely(path)) {
			ret = lio_submit(path, se_cmd);
			rcu_read_unlock();
			return ret;
		}
		rcu_read_unlock();
		err = lio_path_try(ld, se_cmd->se_sess, se_cmd->se_lun, tries++);
	} while (!err);
	return err == -ENOENT ? TCM_NON_EXISTENT_LUN : TCM_LUN_BUSY;
}

/* ---- task management ------------------------------------------------------------------------- */

/* A command that LIO has marked, and holds; with its nexus, or NULL if the engine has it not. */
static struct lio_cmd *lio_cmd_hold(struct se_cmd *se_cmd)
{
	struct lio_cmd *lc;

	rcu_read_lock();
	lc = READ_ONCE(se_cmd->priv);
	if (lc && !refcount_inc_not_zero(&lc->ref))
		lc = NULL;
	/* it may be another's by now; and one whose nexus ends is ended by that */
	if (lc && (lc->se_cmd != se_cmd || !lio_nexus_enter(lc->nexus))) {
		lio_cmd_put(lc);
		lc = NULL;
	}
	rcu_read_unlock();
	return lc;
}

static void lio_abort(struct se_cmd *se_cmd)
{
	struct lio_cmd *lc = lio_cmd_hold(se_cmd);
	struct lio_nexus *nexus;
	struct scsi_lun lun;

	if (!lc)
		return;
	nexus = lc->nexus;
	/* a command whose LUN goes loses its I_T_L nexus; LIO's LUN stays till then */
	tgt_lun_encode(se_cmd->se_lun->unpacked_lun, &lun);
	tgt_tmf_sync(nexus->sess, &lun, TGT_TMF_ABORT_TASK, &lc->cmd, lc->cmd.tag);
	lio_cmd_put(lc);
	lio_nexus_leave(nexus);
}

/*
 * The function that LIO executes, which runs as the work of its command. The list has others as
 * well: of those that wait for it, and of those that are over, which may go at any time.
 */
static struct se_cmd *lio_reset_cmd(struct se_device *se_dev)
{
	struct se_cmd *found = NULL;
	struct se_tmr_req *tmr;

	spin_lock_irq(&se_dev->se_tmr_lock);
	list_for_each_entry(tmr, &se_dev->dev_tmr_list, tmr_list)
		if (&tmr->task_cmd->work == current_work()) {
			found = tmr->task_cmd;
			break;
		}
	spin_unlock_irq(&se_dev->se_tmr_lock);
	return found;
}

/* The nexus it came by, entered, or NULL; @number gets the LUN. */
static struct lio_nexus *lio_reset_nexus(struct lio_dev *ld, struct se_cmd *se_cmd, u32 *number)
{
	struct lio_nexus *nexus;
	struct lio_path *path;
	int tries = 0;

	do {
		rcu_read_lock();
		path = lio_path_find(ld, se_cmd->se_sess, se_cmd->se_lun);
		nexus = path && lio_nexus_enter(path->nexus) ? path->nexus : NULL;
		if (nexus)
			*number = path->number;
		rcu_read_unlock();
	} while (!nexus && !lio_path_try(ld, se_cmd->se_sess, se_cmd->se_lun, tries++));
	return nexus;
}

static void lio_reset(struct lio_dev *ld)
{
	struct se_cmd *se_cmd = lio_reset_cmd(&ld->se_dev);
	struct lio_nexus *nexus;
	struct scsi_lun lun;
	u32 number;

	nexus = se_cmd ? lio_reset_nexus(ld, se_cmd, &number) : NULL;
	if (!nexus)
		return;
	tgt_lun_encode(number, &lun);
	tgt_tmf_sync(nexus->sess, &lun, TGT_TMF_LUN_RESET, NULL, 0);
	lio_nexus_leave(nexus);
}

/*
 * LIO has marked these commands and will wait until each has ended; a command that came too late
 * to be among them, or is not with the engine yet, is not our business.
 */
void lio_tmr_notify(struct se_device *se_dev, enum tcm_tmreq_table type,
		    struct list_head *aborted)
{
	struct se_cmd *se_cmd = list_first_entry_or_null(aborted, struct se_cmd, state_list);

	if (type == TMR_ABORT_TASK && !se_cmd)
		return;
	/* who has not seen the mark in lio_submit() has sent its command after this */
	synchronize_rcu();
	if (type == TMR_ABORT_TASK)
		lio_abort(se_cmd);
	else
		lio_reset(lio_dev(se_dev));
}
