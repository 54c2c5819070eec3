// SPDX-License-Identifier: GPL-2.0
/* Unit attentions and the gate: everything rare between decode and execution. */
#include "core.h"
#include "guard.h"
#include "scsi/alua.h"
#include "scsi/opcode.h"
#include "scsi/sense.h"
#include "scsi/ua.h"
#include "tasks.h"
#include "token.h"
#include "trace.h"
#include "wipe.h"

/* Every change of the gate word is under itl->lock. */
void tgt_gate_change(struct tgt_itl *itl, unsigned long set, unsigned long clear)
{
	unsigned long flags, gate;

	spin_lock_irqsave(&itl->lock, flags);
	gate = (itl->gate & ~clear) | set;
	if (gate != itl->gate) {
		WRITE_ONCE(itl->gate, gate);
		trace_tgt_gate(itl);
	}
	spin_unlock_irqrestore(&itl->lock, flags);
}

/* The same for every nexus of a device: of the gates @mask those in @gate are closed. */
void tgt_gate_device(struct tgt_device *dev, unsigned long gate, unsigned long mask)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node)
		tgt_gate_change(itl, gate & mask, mask & ~gate);
}

/* Establishes a unit attention for one nexus, unless a pending one covers it. */
void tgt_ua_set(struct tgt_itl *itl, enum tgt_ua ua)
{
	unsigned long flags, pending;

	spin_lock_irqsave(&itl->lock, flags);
	pending = tgt_ua_add(itl->ua, ua);
	if (pending != itl->ua) {
		itl->ua = pending;
		WRITE_ONCE(itl->gate, itl->gate | TGT_GATE_UA);
		trace_tgt_gate(itl);
	}
	spin_unlock_irqrestore(&itl->lock, flags);
}

void tgt_ua_clear(struct tgt_itl *itl, enum tgt_ua ua)
{
	unsigned long flags;

	if (!(READ_ONCE(itl->gate) & TGT_GATE_UA))
		return;
	spin_lock_irqsave(&itl->lock, flags);
	itl->ua &= ~BIT(ua);
	if (!itl->ua)
		WRITE_ONCE(itl->gate, itl->gate & ~TGT_GATE_UA);
	trace_tgt_gate(itl);
	spin_unlock_irqrestore(&itl->lock, flags);
}

/* For every nexus of a device. */
void tgt_ua_device(struct tgt_device *dev, enum tgt_ua ua)
{
	struct tgt_itl *itl;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry(itl, &dev->itls, dev_node)
		tgt_ua_set(itl, ua);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Takes the first pending unit attention; -ENOENT if there is none (any more). */
int tgt_ua_take(struct tgt_itl *itl, u8 *asc, u8 *ascq)
{
	unsigned long flags;
	int ret = -ENOENT;
	enum tgt_ua ua;

	spin_lock_irqsave(&itl->lock, flags);
	if (tgt_ua_first(itl->ua, &ua, asc, ascq)) {
		itl->ua &= ~BIT(ua);
		if (!itl->ua)
			WRITE_ONCE(itl->gate, itl->gate & ~TGT_GATE_UA);
		trace_tgt_gate(itl);
		ret = 0;
	}
	spin_unlock_irqrestore(&itl->lock, flags);
	return ret;
}

/* The first pending unit attention, which stays; their number, or 0. */
unsigned int tgt_ua_peek(struct tgt_itl *itl, u8 *asc, u8 *ascq)
{
	unsigned long flags;
	enum tgt_ua ua;
	unsigned int n;

	spin_lock_irqsave(&itl->lock, flags);
	n = tgt_ua_first(itl->ua, &ua, asc, ascq);
	spin_unlock_irqrestore(&itl->lock, flags);
	return n;
}

/* SPC-5 5.16.2: which commands the state of the target port lets pass. */
static enum tgt_sense tgt_gate_alua(const struct tgt_cmd *cmd)
{
	enum tgt_alua_class class = TGT_ALUA_CLASS_ACTIVE;

	if (cmd->op->gates & TGT_OP_STANDBY)
		class = TGT_ALUA_CLASS_STANDBY;
	else if (cmd->op->gates & TGT_OP_SETTLED)
		class = TGT_ALUA_CLASS_SETTLED;
	return tgt_alua_filter(READ_ONCE(cmd->itl->alua), class);
}

/* READ or WRITE is a procedure's, which locks its blocks, from here on; its data may be to come. */
static void tgt_gate_locked(struct tgt_cmd *cmd)
{
	cmd->op = tgt_op_pi(cmd->op);
	cmd->flags |= TGT_CMD_PROC;
}

/*
 * The gates but those of the task set and of unit attentions. TGT_PASS, or TGT_DONE: answered,
 * a reservation first, then NOT READY, the state of the target port before that of the medium,
 * of which SANITIZE and FORMAT UNIT come first, then write protection. One that passes may have
 * to be written through.
 */
enum tgt_ret tgt_gate_medium(struct tgt_cmd *cmd)
{
	unsigned long gate = READ_ONCE(cmd->itl->gate) & cmd->op->gates;

	if (gate & (TGT_GATE_PR_READ | TGT_GATE_PR_WRITE | TGT_GATE_RESERVED) && !tgt_pr_pass(cmd))
		return TGT_DONE;
	if (gate & TGT_GATE_ALUA) {
		enum tgt_sense sense = tgt_gate_alua(cmd);

		if (sense)
			return tgt_cmd_fail(cmd, sense);
	}
	if (gate & TGT_GATE_WIPE && !tgt_wipe_pass(cmd))
		return TGT_DONE;
	if (gate & TGT_GATE_FENCED)
		return tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
	if (gate & TGT_GATE_STOPPED)
		return tgt_cmd_fail(cmd, TGT_SENSE_STOPPED);
	if (gate & TGT_GATE_RO)
		return tgt_cmd_fail(cmd, TGT_SENSE_WRITE_PROTECTED);
	if (gate & TGT_GATE_THROUGH)
		cmd->flags |= TGT_CMD_FUA;
	if (gate & TGT_GATE_PI)
		tgt_gate_locked(cmd);
	return TGT_PASS;
}

/* What is to write, and may: it ends the ROD tokens of its blocks. As ->exec, or TGT_PASS. */
static enum tgt_ret tgt_gate_write(struct tgt_cmd *cmd, unsigned long gate)
{
	if (gate & TGT_GATE_GUARD && tgt_guard_meets(cmd)) {
		/* atomically it is written by no procedure */
		if (!(cmd->op->gates & TGT_GATE_PI))
			return TGT_BUSY;
		tgt_gate_locked(cmd);
	}
	if (gate & TGT_GATE_TOKEN)
		tgt_token_write(cmd);
	return TGT_PASS;
}

/* The same, unit attention before all of these (SAM-6 5.14). */
enum tgt_ret tgt_gate_state(struct tgt_cmd *cmd)
{
	enum tgt_ret ret;
	u8 asc, ascq;

	if (cmd->op->gates & TGT_GATE_UA && !tgt_ua_take(cmd->itl, &asc, &ascq)) {
		tgt_cmd_sense(cmd, UNIT_ATTENTION, asc, ascq);
		return TGT_DONE;
	}
	ret = tgt_gate_medium(cmd);
	if (ret != TGT_PASS)
		return ret;
	return tgt_gate_write(cmd, READ_ONCE(cmd->itl->gate) & cmd->op->gates);
}

/* A command met a closed gate, or has a task attribute. As ->exec, or TGT_PASS. */
enum tgt_ret tgt_gate(struct tgt_cmd *cmd)
{
	enum tgt_ret ret = TGT_PASS;

	if (cmd->task_attr > SIMPLE_QUEUE_TAG ||
	    READ_ONCE(cmd->itl->gate) & cmd->op->gates & TGT_GATE_TASKS)
		ret = tgt_tasks_gate(cmd);
	return ret == TGT_PASS ? tgt_gate_state(cmd) : ret;
}
