// SPDX-License-Identifier: GPL-2.0
/*
 * Visits: a procedure at work on another device than the one its command came to.
 *
 * A visit is one piece of work: begin, a read or a write, end; a procedure is at one device at a
 * time and holds nothing of the others. Through which nexus it comes decides what it may do, and
 * that is looked at each time, after the visit is in the list: who then closes a gate either
 * is seen, or sees the visit.
 *
 * What keeps the device: the nexus' count, as for a command; from the deadline on
 * (docs/teardown.md) a remainder, and the nexus can go. At its own device it is no visit, as its
 * command is what functions there find; but one that goes on without a command has to visit.
 * Order: tgt_config_mutex, dev->proc_lock, the backend's lock, dev->lock. The proc_locks of two
 * devices are never held together.
 */
#include <linux/sched/clock.h>
#include "core.h"
#include "proc.h"

/* Returns whether a remainder is to be given back at the device that is left. */
static bool tgt_visit_move(struct tgt_proc *p, struct tgt_device *to)
{
	bool fences;

	spin_lock_irq(&p->dev->proc_lock);
	p->itl.dev = to;
	fences = p->visit.fences;
	p->visit.fences = false;
	spin_unlock_irq(&p->dev->proc_lock);
	return fences;
}

/* The gates of @itl for @op; p->sub has what an initiator would be told. */
static int tgt_visit_gate(struct tgt_proc *p, struct tgt_itl *itl, const struct tgt_op *op,
			  u8 *flags)
{
	struct tgt_cmd *sub = &p->sub;

	p->itl.gate = READ_ONCE(itl->gate);
	p->itl.alua = READ_ONCE(itl->alua);
	sub->itl = &p->itl;
	sub->op = op;
	sub->cdb = p->cdb;
	sub->sense = p->sub_sense;
	sub->flags = 0;
	sub->state = TGT_CMD_SUB;
	if (tgt_gate_medium(sub) != TGT_PASS)
		return -EIO;
	*flags = sub->flags & TGT_CMD_FUA;
	return 0;
}

/**
 * tgt_visit_begin() - go to a device to read or write
 * @p: procedure, at its own device
 * @itl: nexus of its own session, whose memory is held
 * @op: row of the opcode table whose gates are to be passed
 * @flags: set to what tgt_proc_move() is to be given
 *
 * Whatever it returns, tgt_visit_end() is to follow. Return: 0; -ENXIO: the logical unit is gone
 * or going; -EIO: refused, p->sub has status and sense. Context: process.
 */
int tgt_visit_begin(struct tgt_proc *p, struct tgt_itl *itl, const struct tgt_op *op, u8 *flags)
{
	struct tgt_device *dev;

	if (READ_ONCE(itl->leaving) || !percpu_ref_tryget_live(&itl->ref))
		return -ENXIO;
	dev = itl->dev;
	/* nothing here makes protection information, or executes CDBs */
	if (dev->be->raw || dev->prot_type) {
		percpu_ref_put(&itl->ref);
		return -ENXIO;
	}
	if (dev == p->dev && !p->keeps) {
		int err = tgt_visit_gate(p, itl, op, flags);

		/* the command keeps it, or its remainder */
		percpu_ref_put(&itl->ref);
		return err;
	}
	p->visit = (struct tgt_visit){ .itl = itl, .since = local_clock() };
	tgt_visit_move(p, dev);
	spin_lock_irq(&dev->proc_lock);
	list_add_tail(&p->visit.node, &dev->visits);
	spin_unlock_irq(&dev->proc_lock);
	/* FORMAT UNIT, which changes it, waits for visits that it sees, behind a gate */
	if (READ_ONCE(dev->prot_type))
		return -ENXIO;
	return tgt_visit_gate(p, itl, op, flags);
}

/* Back home. Nothing is in flight; a range that is locked there no longer is. */
void tgt_visit_end(struct tgt_proc *p)
{
	struct tgt_device *dev = p->itl.dev;
	struct tgt_visit *v = &p->visit;
	bool fences;

	if (!v->itl)
		return;
	fences = tgt_visit_move(p, p->dev);
	spin_lock_irq(&dev->proc_lock);
	list_del(&v->node);
	p->lock_end = 0;
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
	/* nobody finds it any more */
	if (fences)
		tgt_device_remainder_put(dev);
	if (v->aborted)
		tgt_aborted_end(v->itl);
	if (v->detached)
		tgt_device_remainder_put(dev);
	else
		percpu_ref_put(&v->itl->ref);
	v->itl = NULL;
}

/* Whether a procedure is to leave the device it visits; false if it visits none. */
bool tgt_visit_over(struct tgt_proc *p)
{
	struct tgt_device *dev = p->itl.dev;
	bool over;

	if (!p->visit.itl)
		return false;
	spin_lock_irq(&dev->proc_lock);
	over = p->visit.aborted || p->visit.detached || READ_ONCE(p->visit.itl->leaving);
	spin_unlock_irq(&dev->proc_lock);
	return over;
}

/**
 * tgt_visit_abort() - a task management function or PREEMPT AND ABORT ends what visits a device
 * @itl: through which nexus
 *
 * Each counts as an aborted command until it has gone. Context: process, tgt_config_mutex held.
 */
void tgt_visit_abort(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;
	struct tgt_proc *p;

	spin_lock_irq(&dev->proc_lock);
	list_for_each_entry(p, &dev->visits, visit.node) {
		if (p->visit.itl != itl || p->visit.aborted || p->visit.detached)
			continue;
		p->visit.aborted = true;
		tgt_aborted_begin(itl);
	}
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
}

/**
 * tgt_visit_detach() - the deadline is over for what visits a device
 * @itl: through which nexus, which is then rid of it
 * @age: nanoseconds that a visit must have lasted; 0: those that are aborted, whatever their age
 *
 * Context: process, tgt_config_mutex held.
 */
void tgt_visit_detach(struct tgt_itl *itl, u64 age)
{
	struct tgt_device *dev = itl->dev;
	s64 now = local_clock();
	struct tgt_visit *v;
	struct tgt_proc *p;

	spin_lock_irq(&dev->proc_lock);
	list_for_each_entry(p, &dev->visits, visit.node) {
		v = &p->visit;
		if (v->itl != itl || v->detached ||
		    (age ? now - (s64)v->since < (s64)age : !v->aborted))
			continue;
		tgt_device_remainder_get(dev);
		v->detached = true;
		tgt_proc_sub_detach(p);
		if (v->aborted)
			tgt_aborted_end(itl);
		v->aborted = false;
		percpu_ref_put(&itl->ref);
	}
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
}
