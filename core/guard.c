// SPDX-License-Identifier: GPL-2.0
/*
 * Guarded ranges: a command that reads and then writes what it made of that (COMPARE AND WRITE,
 * SBC-4 5.3; a copy that ends inside a block) is one action to every write of its blocks.
 *
 * Procedures lock their ranges against one another. READ and WRITE take no lock: what keeps a plain
 * WRITE out is a guarded range, from the first such command at it to a second after the last
 * one. While a device has any, TGT_GATE_GUARD of its nexuses is closed to plain writes. One that
 * meets a range which is in use becomes a procedure, that waits for the lock; one that meets a
 * range which is not ends it and goes on. What passed the gate before there was a range is waited
 * for before its first use, and by that only: later users find that nothing can be in flight.
 *
 * A range is memory of the device's; its user is a procedure at that device, which keeps it.
 */
#include <linux/jiffies.h>
#include "core.h"
#include "guard.h"
#include "proc.h"
#include "scsi/blocks.h"

#define TGT_GUARD_LINGER	HZ
#define TGT_GUARD_PATIENCE	(3 * HZ)

void tgt_guard_init(struct tgt_device *dev)
{
	seqcount_spinlock_init(&dev->guard.seq, &dev->lock);
}

/* For a nexus that begins, under dev->lock. */
unsigned long tgt_guard_gate(const struct tgt_device *dev)
{
	return dev->guard.nr ? TGT_GATE_GUARD : 0;
}

/* The first range is there, or the last one is gone. */
static void tgt_guard_gates(struct tgt_device *dev)
{
	tgt_gate_device(dev, tgt_guard_gate(dev), TGT_GATE_GUARD);
}

static bool tgt_guard_overlaps(const struct tgt_guard_range *r, u64 start, u64 end)
{
	return r->start < end && start < r->end;
}

/* ---- plain writes ------------------------------------------------------------------------- */

/* Whether a range overlaps, without the lock. */
static bool tgt_guard_peek(struct tgt_guard *g, u64 start, u64 end)
{
	unsigned int seq, i;
	bool found;

	do {
		seq = read_seqcount_begin(&g->seq);
		found = false;
		for (i = 0; i < TGT_GUARD_RANGES; i++)
			found |= tgt_guard_overlaps(&g->range[i], start, end);
	} while (read_seqcount_retry(&g->seq, seq));
	return found;
}

/* Removes ranges that nobody uses: those that overlap, and those not used for a while. */
static void tgt_guard_drop(struct tgt_guard *g, u64 start, u64 end)
{
	struct tgt_guard_range *r;

	write_seqcount_begin(&g->seq);
	for (r = g->range; r < g->range + TGT_GUARD_RANGES; r++) {
		if (!r->end || r->users ||
		    (!tgt_guard_overlaps(r, start, end) &&
		     time_before(jiffies, r->used + TGT_GUARD_LINGER)))
			continue;
		r->end = 0;
		g->nr--;
	}
	write_seqcount_end(&g->seq);
}

/**
 * tgt_guard_meets() - a plain write has met TGT_GATE_GUARD, and nothing else is in its way
 * @cmd: command
 *
 * Return: true if it has to wait for who is at work on its blocks: by the lock of a procedure, or,
 * where a procedure cannot write it, by BUSY. Context: any, in the read-side section the gate word
 * was read in, which ends when the command is the backend's.
 */
bool tgt_guard_meets(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_guard *g = &dev->guard;
	struct tgt_blocks b;
	unsigned long flags;
	bool busy = false;
	u64 end;
	u32 i;

	tgt_blocks_of(dev, cmd->cdb, &b);
	end = b.offset + b.len;
	if (!tgt_guard_peek(g, b.offset, end) && time_before(jiffies, READ_ONCE(g->look)))
		return false;
	spin_lock_irqsave(&dev->lock, flags);
	for (i = 0; i < TGT_GUARD_RANGES; i++)
		busy |= g->range[i].users && tgt_guard_overlaps(&g->range[i], b.offset, end);
	if (!busy) {
		tgt_guard_drop(g, b.offset, end);
		WRITE_ONCE(g->look, jiffies + TGT_GUARD_LINGER);
		if (!g->nr)
			tgt_guard_gates(dev);
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return busy;
}

/* ---- who keeps them out ------------------------------------------------------------------- */

/* The range that has all of these blocks, or NULL. */
static struct tgt_guard_range *tgt_guard_find(struct tgt_guard *g, u64 start, u64 end)
{
	u32 i;

	for (i = 0; i < TGT_GUARD_RANGES; i++)
		if (g->range[i].start <= start && end <= g->range[i].end)
			return &g->range[i];
	return NULL;
}

/*
 * A free one, or the one not used for longest. Those that procedures of the device use are fewer
 * than all; with those of copies that visit it there may be none left.
 */
static struct tgt_guard_range *tgt_guard_room(struct tgt_guard *g)
{
	struct tgt_guard_range *r, *old = NULL;

	BUILD_BUG_ON(TGT_GUARD_RANGES <= TGT_PROC_RUNNING);
	for (r = g->range; r < g->range + TGT_GUARD_RANGES; r++) {
		if (!r->end) {
			g->nr++;
			return r;
		}
		if (!r->users && (!old || time_before(r->used, old->used)))
			old = r;
	}
	return old;
}

/* It stays what and where it is while it has users. NULL: there is no room now. */
static struct tgt_guard_range *tgt_guard_use(struct tgt_device *dev, u64 start, u64 end)
{
	struct tgt_guard *g = &dev->guard;
	struct tgt_guard_range *r;

	spin_lock_irq(&dev->lock);
	r = tgt_guard_find(g, start, end);
	if (!r) {
		r = tgt_guard_room(g);
		if (!r)
			goto out;
		write_seqcount_begin(&g->seq);
		*r = (struct tgt_guard_range) { .start = start, .end = end };
		write_seqcount_end(&g->seq);
		if (g->nr == 1)
			tgt_guard_gates(dev);
	}
	r->users++;
out:
	spin_unlock_irq(&dev->lock);
	return r;
}

/* Is @cmd a plain write of these blocks? */
static bool tgt_guard_written(const struct tgt_device *dev, const struct tgt_cmd *cmd,
			      const void *range)
{
	struct tgt_blocks b;

	tgt_blocks_of(dev, cmd->cdb, &b);
	return !(READ_ONCE(cmd->flags) & TGT_CMD_PROC) &&
	       tgt_guard_overlaps(range, b.offset, b.offset + b.len);
}

/* One that does not end must not have all the procedures of the device: -EBUSY then; or -EINTR. */
static int tgt_guard_wait(struct tgt_proc *p, unsigned long since)
{
	unsigned long waited = jiffies - since;

	if (tgt_proc_stop(p))
		return -EINTR;
	if (waited >= TGT_GUARD_PATIENCE)
		return -EBUSY;
	/* each look is one at all commands */
	schedule_timeout_idle(waited < HZ / 25 ? 1 : HZ / 25);
	return 0;
}

/* What passed the gate before the range was there ends. As tgt_guard_enter(). */
static int tgt_guard_settle(struct tgt_proc *p, struct tgt_guard_range *r)
{
	unsigned long since = jiffies;
	int err;

	/* it is seen to be ACTIVE after this */
	synchronize_rcu_expedited();
	while (tgt_gate_passed(p->itl.dev, TGT_GATE_GUARD, tgt_guard_written, r)) {
		err = tgt_guard_wait(p, since);
		if (err)
			return err;
	}
	smp_store_release(&r->settled, true);	/* pairs with tgt_guard_enter() */
	return 0;
}

/**
 * tgt_guard_enter() - keep plain writes off a range of the medium
 * @p: procedure, or a visit of one; it is to lock the range next
 * @offset: first byte
 * @len: bytes, not 0
 * @range: set to what tgt_guard_leave() is given, at the same device
 *
 * Return: 0; -EINTR: as tgt_proc_stop(); -EBUSY: a write, or others of its like, are in the way for
 * too long. Context: process, tgt_config_mutex not held.
 */
int tgt_guard_enter(struct tgt_proc *p, u64 offset, u64 len, struct tgt_guard_range **range)
{
	unsigned long since = jiffies;
	int err;

	for (;;) {
		*range = tgt_guard_use(p->itl.dev, offset, offset + len);
		if (*range)
			break;
		err = tgt_guard_wait(p, since);
		if (err)
			return err;
	}
	/* pairs with tgt_guard_settle() of another user */
	if (smp_load_acquire(&(*range)->settled))
		return 0;
	err = tgt_guard_settle(p, *range);
	if (err)
		tgt_guard_leave(p, *range);
	return err;
}

/* It has written. Procedures are kept off until it unlocks the range. */
void tgt_guard_leave(struct tgt_proc *p, struct tgt_guard_range *r)
{
	spin_lock_irq(&p->itl.dev->lock);
	r->users--;
	r->used = jiffies;
	spin_unlock_irq(&p->itl.dev->lock);
}

/**
 * tgt_guard_lock() - keep other procedures and plain writes off a range of the medium
 * @p: procedure, at its own device; has no range locked
 * @offset: first byte
 * @len: bytes, not 0
 *
 * Return: for tgt_guard_leave(); NULL: the command is answered, or gone. Context: as
 * tgt_guard_enter().
 */
struct tgt_guard_range *tgt_guard_lock(struct tgt_proc *p, u64 offset, u64 len)
{
	struct tgt_guard_range *r;
	int err = tgt_guard_enter(p, offset, len, &r);

	if (err == -EBUSY)
		tgt_proc_refuse(p, SAM_STAT_BUSY);
	if (err)
		return NULL;
	if (!tgt_proc_lock_unfenced(p, offset, len))
		return r;
	tgt_guard_leave(p, r);
	return NULL;
}
