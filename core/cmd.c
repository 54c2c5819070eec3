// SPDX-License-Identifier: GPL-2.0
/*
 * One command, from the fabric and back: the hot path and nothing else.
 *
 * tgt_cmd_submit -> handler (the engine) -> I_T_L nexus -> decode -> gate -> execute
 * -> backend -> tgt_cmd_end -> fabric. No allocation, no lock, no thread hop; what is
 * written per command is the command, this CPU's counters and a percpu_ref.
 */
#include <linux/sched/clock.h>
#include "core.h"
#include "recent.h"
#include "scsi/exec.h"
#include "scsi/opcode.h"
#include "stats.h"
#include "tasks.h"
#include "trace.h"

/*
 * Everything after the answer is the fabric's, so the nexus is taken from the command
 * first. The RCU section is what task management waits for when it finds a command that
 * has left the engine but whose answer may not have been handed over yet.
 */
static void tgt_cmd_end(struct tgt_cmd *cmd)
{
	struct tgt_session *sess = cmd->sess;
	struct tgt_itl *itl = cmd->itl;
	int state;
	s64 ns;

	rcu_read_lock();
	state = cmpxchg(&cmd->state, TGT_CMD_ACTIVE, TGT_CMD_IDLE);
	if (unlikely(state != TGT_CMD_ACTIVE) && !tgt_cmd_end_special(cmd, state)) {
		rcu_read_unlock();
		return;
	}
	if (likely(itl)) {
		/* a clock that went back (another CPU's) counts as no time */
		ns = local_clock() - cmd->start;
		if (unlikely(ns < 0))
			ns = 0;
		tgt_stats_cmd(&itl->cpu->stats, cmd, ns);
		tgt_recent_cmd(itl->cpu, cmd, ns);
	}
	trace_tgt_cmd_complete(cmd);
	if (cmd->flags & TGT_CMD_HELD)
		tgt_bit_put(&itl->dev->hold, cmd->hold_bit);
	if (unlikely(cmd->flags & TGT_CMD_TASKS))
		tgt_tasks_answer(cmd);
	else
		sess->send_response(cmd);
	rcu_read_unlock();

	if (likely(itl))
		percpu_ref_put(&itl->ref);
}

/* Acts on what executing a command came to. */
static inline void tgt_cmd_ret(struct tgt_cmd *cmd, enum tgt_ret ret)
{
	if (ret == TGT_QUEUED)
		return;
	if (unlikely(ret != TGT_DONE))
		tgt_cmd_refuse(cmd, ret == TGT_FULL ? SAM_STAT_TASK_SET_FULL : SAM_STAT_BUSY);
	tgt_cmd_end(cmd);
}

/* The backend executes CDBs whole. */
static void tgt_engine_raw(struct tgt_cmd *cmd)
{
	cmd->op = NULL;
	cmd->defer = cmd->itl->dev->be->raw;
	cmd->stat = cmd->dir;
	cmd->len = cmd->data_len;
	if (cmd->dir == TGT_DIR_OUT && cmd->sess->recv_data && cmd->data_len)
		cmd->sess->recv_data(cmd);
	else
		tgt_cmd_ret(cmd, cmd->defer(cmd));
}

/* Nothing is in the way any more. */
static inline void tgt_engine_run(struct tgt_cmd *cmd)
{
	const struct tgt_op *op = cmd->op;

	if (op->flags & TGT_OP_DATA_OUT && cmd->sess->recv_data && cmd->data_len)
		cmd->sess->recv_data(cmd);
	else
		tgt_cmd_ret(cmd, op->exec(cmd));
}

/*
 * The engine's ->queue. Only commands of an itl are ACTIVE, so that a task management
 * function which finds one may look at cmd->itl.
 */
void tgt_engine_queue(struct tgt_cmd *cmd)
{
	struct tgt_itl *itl = cmd->itl;
	const struct tgt_op *op;
	enum tgt_ret ret;

	if (unlikely(!itl || !percpu_ref_tryget_live(&itl->ref))) {
		/* what the fabric knew has gone; what it did not know may be there */
		const struct scsi_lun *lun = itl ? NULL : &cmd->lun;

		itl = lun ? tgt_itl_enter(cmd->sess, lun) : NULL;
		cmd->itl = itl;
		if (!itl) {
			tgt_cmd_ret(cmd, tgt_no_lun(cmd, lun));
			return;
		}
	}
	/* pairs with tgt_tmf_mark(): who sees ACTIVE sees the itl */
	smp_store_release(&cmd->state, TGT_CMD_ACTIVE);

	op = tgt_op_find(cmd->cdb, cmd->cdb_len);
	cmd->op = op;
	if (unlikely(READ_ONCE(itl->gate) & op->gates || cmd->task_attr > SIMPLE_QUEUE_TAG)) {
		if (itl->dev->be->raw && op->gates) {
			tgt_engine_raw(cmd);
			return;
		}
		ret = tgt_gate(cmd);
		if (ret != TGT_PASS) {
			tgt_cmd_ret(cmd, ret);
			return;
		}
	}
	tgt_engine_run(cmd);
}

/* A command that waited in its task set goes on, or ends if it was aborted meanwhile. */
void tgt_engine_resume(struct tgt_cmd *cmd)
{
	enum tgt_ret ret;

	if (READ_ONCE(cmd->state) != TGT_CMD_ACTIVE) {
		tgt_cmd_end(cmd);
		return;
	}
	ret = tgt_gate_state(cmd);
	if (ret == TGT_PASS)
		tgt_engine_run(cmd);
	else
		tgt_cmd_ret(cmd, ret);
}

/**
 * tgt_cmd_submit() - hand a command to its target
 * @cmd: command; the fields kernel-doc names as the fabric's are set, @cmd->itl is NULL or
 *	an itl of @cmd->sess on which the fabric holds a reference
 *
 * The command is the engine's until ->send_response(), which may be called before this
 * returns. Context: any in which ->send_response() may be called; does not sleep.
 */
void tgt_cmd_submit(struct tgt_cmd *cmd)
{
	cmd->start = local_clock();
	cmd->status = SAM_STAT_GOOD;
	cmd->sense_len = 0;
	cmd->stat = TGT_DIR_NONE;
	cmd->flags = 0;
	cmd->residual = 0;
	cmd->len = 0;
	trace_tgt_cmd_receive(cmd);
	cmd->sess->queue(cmd);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_submit, TGTCORE);

/* Goes on with a command that was put aside, unless it was aborted meanwhile. */
static void tgt_cmd_go_on(struct tgt_cmd *cmd, enum tgt_ret (*fn)(struct tgt_cmd *cmd))
{
	int state = READ_ONCE(cmd->state);

	if (unlikely(state != TGT_CMD_ACTIVE && state != TGT_CMD_SUB))
		tgt_cmd_end(cmd);
	else
		tgt_cmd_ret(cmd, fn(cmd));
}

/**
 * tgt_cmd_data_ready() - data-out asked for by ->recv_data() is in the buffer
 * @cmd: command
 *
 * Context: as tgt_cmd_submit().
 */
void tgt_cmd_data_ready(struct tgt_cmd *cmd)
{
	tgt_cmd_go_on(cmd, cmd->op ? cmd->op->exec : cmd->defer);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_data_ready, TGTCORE);

/**
 * tgt_cmd_complete() - end a command that was answered TGT_QUEUED
 * @cmd: command; status and sense are set
 *
 * Context: any. The command is not the caller's any more.
 */
void tgt_cmd_complete(struct tgt_cmd *cmd)
{
	tgt_cmd_end(cmd);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_complete, TGTCORE);

/**
 * tgt_cmd_hold() - count a command against its device's queue limit
 * @cmd: command a backend is about to keep
 *
 * Called at most once for a command, before the backend starts what may complete it; the
 * engine gives the place back.
 *
 * Return: false if the limit is reached: answer TGT_FULL (SAM-6 5.3.1, TASK SET FULL).
 */
bool tgt_cmd_hold(struct tgt_cmd *cmd)
{
	int bit;

	if (cmd->flags & TGT_CMD_HELD)
		return true;
	bit = sbitmap_get(&cmd->itl->dev->hold);
	if (bit < 0)
		return false;
	cmd->hold_bit = bit;
	cmd->flags |= TGT_CMD_HELD;
	return true;
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_hold, TGTCORE);

static void tgt_cmd_defer_work(struct work_struct *work)
{
	struct tgt_cmd *cmd = container_of(work, struct tgt_cmd, work);

	tgt_cmd_go_on(cmd, cmd->defer);
}

/**
 * tgt_cmd_defer() - go on with a command in process context
 * @cmd: command
 * @fn: runs on a worker of the device's queue, or of the engine's on this CPU; may
 *	sleep; returns as ->submit does
 *
 * Return: TGT_QUEUED, or TGT_FULL if the device's queue limit is reached.
 * Context: any. cmd->work is the engine's until @fn runs.
 */
enum tgt_ret tgt_cmd_defer(struct tgt_cmd *cmd, enum tgt_ret (*fn)(struct tgt_cmd *cmd))
{
	if (cmd->itl->dev->be->flags & TGT_BE_HOLDS && !tgt_cmd_hold(cmd))
		return TGT_FULL;
	cmd->defer = fn;
	INIT_WORK(&cmd->work, tgt_cmd_defer_work);
	queue_work(cmd->itl->dev->wq ?: tgt_cmd_wq, &cmd->work);
	return TGT_QUEUED;
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_defer, TGTCORE);
