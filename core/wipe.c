// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on the whole medium, SANITIZE (SBC-4 4.11) and FORMAT UNIT (4.34): each is a
 * procedure of the device's own. It goes on when its command is answered at once (IMMED) or taken
 * from it by task management, and stops when the device is deleted, which it keeps until then
 * (dev->busy). While it runs, and after it has failed, the gate TGT_GATE_WIPE of every nexus is
 * closed: a command that passed the gate before is aborted and waited for.
 */
#include <linux/math64.h>
#include "copy.h"
#include "core.h"
#include "proc.h"
#include "scsi/exec.h"
#include "scsi/opcode.h"
#include "token.h"
#include "unit.h"
#include "wipe.h"

/* What @w is to other commands; TGT_SENSE_NONE: nothing. */
static enum tgt_sense tgt_wipe_sense(const struct tgt_wipe *w)
{
	if (w->running)
		return w->what == TGT_WIPE_FORMAT ? TGT_SENSE_FORMATTING : TGT_SENSE_SANITIZING;
	if (w->failed)
		return w->what == TGT_WIPE_FORMAT ? TGT_SENSE_FORMAT_FAILED :
						    TGT_SENSE_SANITIZE_FAILED;
	return TGT_SENSE_NONE;
}

/* For a nexus that begins, under dev->lock. */
unsigned long tgt_wipe_gate(const struct tgt_device *dev)
{
	return tgt_wipe_sense(&dev->wipe) ? TGT_GATE_WIPE : 0;
}

/* What of it there is to tell; true if it runs, and then how far it is. */
bool tgt_wipe_state(struct tgt_device *dev, enum tgt_sense *sense, u16 *progress)
{
	unsigned long flags;
	struct tgt_wipe w;

	spin_lock_irqsave(&dev->lock, flags);
	w = dev->wipe;
	spin_unlock_irqrestore(&dev->lock, flags);
	*sense = tgt_wipe_sense(&w);
	*progress = w.progress;
	return w.running;
}

/* Whether a command that met TGT_GATE_WIPE goes on; if not it is answered. */
bool tgt_wipe_pass(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	u8 opcode = cmd->op->opcode;
	const struct tgt_sense_code *c;
	enum tgt_sense sense;
	u16 progress;

	if (tgt_wipe_state(dev, &sense, &progress)) {
		tgt_cmd_fail_progress(cmd, sense, progress);
		return false;
	}
	/* what may follow a failure; to who leaves the medium alone FORMAT UNIT's is nothing */
	if (!sense || opcode == TGT_SANITIZE)
		return true;
	if (sense == TGT_SENSE_FORMAT_FAILED &&
	    (opcode == FORMAT_UNIT || !(cmd->op->gates & TGT_GATE_STOPPED)))
		return true;
	c = &tgt_sense_codes[sense];
	tgt_cmd_sense(cmd, c->key, c->asc, c->ascq);
	return false;
}

/*
 * A command that was taken back while SANITIZE or FORMAT UNIT runs: no function of its own nexus
 * has ended it, so it is answered, as one that comes meanwhile. False: neither runs.
 */
bool tgt_wipe_answer(struct tgt_cmd *cmd)
{
	enum tgt_sense sense;
	u16 progress;

	if (!tgt_wipe_state(cmd->itl->dev, &sense, &progress))
		return false;
	tgt_cmd_fail_progress(cmd, sense, progress);
	return true;
}

/* Whether the last SANITIZE failed in restricted completion mode. */
bool tgt_wipe_restricted(struct tgt_device *dev)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&dev->lock, flags);
	ret = tgt_wipe_sense(&dev->wipe) == TGT_SENSE_SANITIZE_FAILED && !dev->wipe.ause;
	spin_unlock_irqrestore(&dev->lock, flags);
	return ret;
}

/* Under dev->lock: opens or closes the gates as dev->wipe says. */
static void tgt_wipe_gates(struct tgt_device *dev)
{
	tgt_gate_device(dev, tgt_wipe_gate(dev), TGT_GATE_WIPE);
}

/* EXIT FAILURE MODE; false if it is not allowed. */
bool tgt_wipe_exit(struct tgt_device *dev)
{
	unsigned long flags;
	bool ok = true;

	spin_lock_irqsave(&dev->lock, flags);
	if (tgt_wipe_sense(&dev->wipe) == TGT_SENSE_SANITIZE_FAILED) {
		ok = dev->wipe.ause;
		dev->wipe.failed = !ok;
		tgt_wipe_gates(dev);
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return ok;
}

/* ---- the operation ------------------------------------------------------------------------ */

/* Closes the gates; false if there is one already. */
static bool tgt_wipe_close(struct tgt_device *dev, enum tgt_wipe_what what, bool ause,
			   struct tgt_wipe *was)
{
	bool ok;

	spin_lock_irq(&dev->lock);
	*was = dev->wipe;
	ok = !dev->wipe.running;
	if (ok) {
		dev->wipe = (struct tgt_wipe) { .what = what, .running = true, .ause = ause };
		tgt_wipe_gates(dev);
	}
	spin_unlock_irq(&dev->lock);
	if (ok)
		tgt_tokens_end(dev, TGT_TOKEN_CANCELLED);
	return ok;
}

static void tgt_wipe_set(struct tgt_device *dev, const struct tgt_wipe *w)
{
	spin_lock_irq(&dev->lock);
	dev->wipe = *w;
	tgt_wipe_gates(dev);
	spin_unlock_irq(&dev->lock);
}

static bool tgt_wipe_any(struct tgt_itl *itl, void *data)
{
	return true;
}

/* A self-test in the background ends; what it waits for is taken away at the deadline. */
static bool tgt_wipe_end_test(struct tgt_proc *p)
{
	unsigned long until = jiffies + TGT_TMF_DEADLINE + HZ;

	while (!tgt_self_test_stopped(p->dev, HZ / 10)) {
		tgt_proc_watch(p->dev);
		if (tgt_proc_gone(p) || time_after(jiffies, until))
			return false;
	}
	return true;
}

/* All other commands end, whoever's they are. False: some cannot. */
static bool tgt_wipe_quiesce(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	struct tgt_cmd *cmd;

	spin_lock_irq(&dev->proc_lock);
	cmd = p->cmd;
	spin_unlock_irq(&dev->proc_lock);
	if (!cmd)
		return false;
	/* who passed the gate before it was closed is seen to be ACTIVE after this */
	synchronize_rcu();
	tgt_copy_stop(dev);
	tgt_abort_some(dev, tgt_wipe_any, NULL, NULL, cmd);	/* tgt_wipe_answer() */
	if (!tgt_abort_wait(dev, tgt_wipe_any, NULL, p, TGT_TMF_DEADLINE)) {
		tgt_abort_detach(dev, tgt_wipe_any, NULL);
		if (!tgt_abort_wait(dev, tgt_wipe_any, NULL, p, HZ))
			return false;
	}
	return tgt_wipe_end_test(p) && !READ_ONCE(dev->remainders) && !tgt_proc_gone(p);
}

/* The medium has another type of protection from now on; no command is past the gate. */
static void tgt_wipe_type(struct tgt_device *dev, u8 type)
{
	spin_lock_irq(&dev->lock);
	WRITE_ONCE(dev->prot_type, type);
	tgt_gate_device(dev, type ? TGT_GATE_PI : 0, TGT_GATE_PI);
	spin_unlock_irq(&dev->lock);
}

/*
 * What READ CAPACITY tells is another, and whoever did not do it hears of it. Between none and any
 * type VPD page 8Fh is another too (tgt_rod_in()); of INQUIRY data every nexus hears, SPC-5 6.7.1.
 */
static void tgt_wipe_tell(struct tgt_device *dev, const struct tgt_itl *own, bool inquiry)
{
	struct tgt_itl *itl;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node) {
		if (inquiry)
			tgt_ua_set(itl, TGT_UA_INQUIRY);
		if (itl == own)
			continue;
		tgt_ua_set(itl, TGT_UA_MODE);
		tgt_ua_set(itl, TGT_UA_CAPACITY);
	}
	spin_unlock_irq(&dev->lock);
}

static void tgt_wipe_progress(struct tgt_device *dev, u64 done, u64 total)
{
	u16 progress = div64_u64(done, (total >> 16) + 1);

	spin_lock_irq(&dev->lock);
	dev->wipe.progress = progress;
	spin_unlock_irq(&dev->lock);
}

/* Piece by piece. 0, or an errno. */
static int tgt_wipe_medium(struct tgt_proc *p, const struct tgt_wipe_ask *ask)
{
	u32 piece = ask->erase ? TGT_WIPE_ERASE : p->piece, block = 1U << p->dev->block_shift;
	u64 size = READ_ONCE(p->dev->nblocks) << p->dev->block_shift, at, n;
	u8 pass;
	int err;

	for (pass = 0; pass < ask->passes; pass++) {
		if (!ask->erase)
			tgt_wipe_fill(ask, p->buf[0].data, piece, block, pass);
		for (at = 0; at < size; at += n) {
			n = min_t(u64, size - at, piece);
			if (ask->erase)
				err = tgt_proc_range(p, p->dev->be->unmap, at, n, 0);
			else
				err = tgt_proc_write(p, &p->buf[0], at, n, 0);
			if (err)
				return err;
			tgt_proc_let_go(p, false);
			/* of so many equal parts, however many bytes they have */
			tgt_wipe_progress(p->dev, pass * (size >> 8) + ((at + n) >> 8),
					  ask->passes * (size >> 8));
		}
		err = tgt_proc_flush(p);
		if (err)
			return err;
	}
	return 0;
}

/**
 * tgt_wipe_run() - SANITIZE and FORMAT UNIT, once they have been found good
 * @p: procedure
 * @what: which of the two
 * @ask: what is to be done
 */
void tgt_wipe_run(struct tgt_proc *p, enum tgt_wipe_what what, const struct tgt_wipe_ask *ask)
{
	struct tgt_wipe was, end = { .what = what, .ause = ask->ause };
	struct tgt_device *dev = p->dev;
	struct tgt_itl *own = tgt_proc_itl(p);
	bool retype;
	u8 type;

	if (!ask->erase && tgt_proc_bufs(p, 1))
		return;
	if (!tgt_wipe_close(dev, what, ask->ause, &was)) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return;
	}
	if (!tgt_wipe_quiesce(p) || !tgt_proc_keep(p)) {
		tgt_wipe_set(dev, &was);
		tgt_proc_fail(p, TGT_SENSE_NOT_READY);
		return;
	}
	type = dev->prot_type;
	retype = what == TGT_WIPE_FORMAT && ask->prot_type != type;
	if (retype)
		tgt_wipe_type(dev, ask->prot_type);
	if (ask->immed)
		tgt_proc_let_go(p, true);
	end.failed = tgt_wipe_medium(p, ask);
	if (retype)
		tgt_wipe_tell(dev, own, !type != !ask->prot_type);
	tgt_wipe_set(dev, &end);
	if (end.failed)
		tgt_proc_fail(p, tgt_wipe_sense(&end));
}
