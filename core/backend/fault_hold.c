// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "fault": commands that are delayed, hang, or whose completion is lost.
 *
 * Such a command becomes a struct fault_held with a copy of its data and waits in f->held. Its
 * work is the one place where it goes on to the lower device, is ended, and is freed; all
 * others change its state under f->lock and kick that work.
 */
#include <linux/list.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "fault.h"

static void fault_held_free(struct fault_held *held)
{
	sg_free_table(&held->sgt);
	vfree(held->data);
	kfree(held);
}

static int fault_held_buf(struct fault_held *held, u32 len)
{
	unsigned int noio = memalloc_noio_save(), i;
	struct scatterlist *sg;
	int err = -ENOMEM;

	held->data = vmalloc(len);
	if (held->data)
		err = sg_alloc_table(&held->sgt, DIV_ROUND_UP(len, PAGE_SIZE), GFP_NOIO);
	memalloc_noio_restore(noio);
	if (err)
		return err;
	for_each_sgtable_sg(&held->sgt, sg, i)
		sg_set_page(sg, vmalloc_to_page(held->data + i * PAGE_SIZE),
			    min_t(u32, len - i * PAGE_SIZE, PAGE_SIZE), 0);
	return 0;
}

/* Makes @held->work run now. */
static void fault_kick(struct fault_held *held)
{
	lockdep_assert_held(&held->f->lock);
	if (!cancel_delayed_work(&held->work) && held->queued)
		return;		/* it has begun and will see */
	held->queued = true;
	queue_delayed_work(held->f->wq, &held->work, 0);
}

/* The command ends as the lower device ended it. */
static void fault_held_answer(struct fault_held *held, struct tgt_cmd *cmd)
{
	const struct tgt_cmd *child = &held->child.cmd;

	if (child->status)
		tgt_cmd_adopt(cmd, child);
	else if (child->dir == TGT_DIR_IN)
		sg_copy_from_buffer(cmd->sgl, cmd->sgl_nents, held->data, child->len);
	tgt_cmd_complete(cmd);
}

static void fault_held_work(struct work_struct *work)
{
	struct fault_held *held = container_of(to_delayed_work(work), struct fault_held, work);
	struct fault_dev *f = held->f;
	struct tgt_cmd *cmd;

	spin_lock_irq(&f->lock);
	held->queued = false;
	if (held->stage == FAULT_WAITS && !held->dropped) {
		held->stage = FAULT_BELOW;
		spin_unlock_irq(&f->lock);
		tgt_lower_submit(f->lower, &held->child.cmd, held->child.what);
		return;
	}
	list_del(&held->node);
	cmd = held->cmd;
	spin_unlock_irq(&f->lock);
	/* with the last of these the device may go; its destroy waits for this work */
	if (cmd)
		fault_held_answer(held, cmd);
	if (held->remainder)
		tgt_device_remainder_put(f->dev);
	fault_held_free(held);
}

/* The lower device is done with it. Any context. */
void fault_held_done(struct fault_held *held)
{
	struct fault_dev *f = held->f;
	unsigned long flags;

	spin_lock_irqsave(&f->lock, flags);
	held->stage = FAULT_ENDED;
	if (held->action != FAULT_LOSE || held->released || !held->cmd)
		fault_kick(held);
	spin_unlock_irqrestore(&f->lock, flags);
}

static struct fault_held *fault_held_alloc(struct fault_dev *f, struct tgt_cmd *cmd)
{
	const struct fault_priv *priv = (void *)cmd->priv;
	struct fault_held *held = kzalloc(sizeof(*held), GFP_NOIO);
	struct tgt_cmd *child;

	if (!held)
		return NULL;
	held->f = f;
	held->cmd = cmd;
	held->action = priv->action;
	held->child.held = held;
	INIT_DELAYED_WORK(&held->work, fault_held_work);
	child = &held->child.cmd;
	fault_child_init(&held->child, cmd);
	memcpy(held->cdb, cmd->cdb, min_t(size_t, cmd->cdb_len, sizeof(held->cdb)));
	child->cdb = held->cdb;
	child->cdb_len = min_t(size_t, cmd->cdb_len, sizeof(held->cdb));
	child->sense = held->sense;
	if (child->data_len && fault_held_buf(held, child->data_len)) {
		fault_held_free(held);
		return NULL;
	}
	child->sgl = held->sgt.sgl;
	child->sgl_nents = held->sgt.nents;
	if (child->dir == TGT_DIR_OUT)
		sg_copy_to_buffer(cmd->sgl, cmd->sgl_nents, held->data, child->len);
	return held;
}

/* Process context, from tgt_cmd_defer(): what allocates may sleep. */
enum tgt_ret fault_hold(struct tgt_cmd *cmd)
{
	const struct fault_priv *priv = (void *)cmd->priv;
	struct fault_dev *f = cmd->itl->dev->be_priv;
	u32 ms = priv->ms;
	struct fault_held *held;

	held = fault_held_alloc(f, cmd);
	if (!held)
		return TGT_BUSY;
	spin_lock_irq(&f->lock);
	list_add_tail(&held->node, &f->held);
	if (held->action != FAULT_HANG) {
		held->queued = true;
		queue_delayed_work(f->wq, &held->work, msecs_to_jiffies(ms));
	}
	spin_unlock_irq(&f->lock);
	return TGT_QUEUED;
}

/* Nothing that is held now is held any longer. */
void fault_release(struct fault_dev *f)
{
	struct fault_held *held;

	spin_lock_irq(&f->lock);
	list_for_each_entry(held, &f->held, node) {
		held->released = true;
		if (held->stage != FAULT_BELOW)
			fault_kick(held);
	}
	spin_unlock_irq(&f->lock);
}

/* Whether it changes the medium. */
static bool fault_held_writes(const struct fault_held *held)
{
	return held->child.cmd.dir == TGT_DIR_OUT || held->child.what == TGT_LOWER_UNMAP;
}

/*
 * The engine takes the command back. What hangs as a write, or is below, goes on as a remainder: a
 * stale write is what the fence is there for. Nobody needs the rest any more.
 */
bool fault_detach(struct tgt_device *dev, struct tgt_cmd *cmd)
{
	struct fault_dev *f = dev->be_priv;
	struct fault_held *held;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&f->lock, flags);
	list_for_each_entry(held, &f->held, node) {
		if (held->cmd != cmd)
			continue;
		found = true;
		held->cmd = NULL;
		if (held->stage == FAULT_BELOW ||
		    (held->stage == FAULT_WAITS && fault_held_writes(held))) {
			held->remainder = true;
			tgt_device_remainder_get(dev);
		} else {
			held->dropped = true;
			fault_kick(held);
		}
		break;
	}
	spin_unlock_irqrestore(&f->lock, flags);
	return found;
}

/* What the lower device has cannot be taken from it; it counts no longer all the same. */
void fault_abandon(struct tgt_device *dev)
{
	struct fault_dev *f = dev->be_priv;
	struct fault_held *held;

	spin_lock_irq(&f->lock);
	list_for_each_entry(held, &f->held, node) {
		if (!held->remainder)
			continue;
		held->remainder = false;
		held->dropped = true;
		if (held->stage != FAULT_BELOW)
			fault_kick(held);
		tgt_device_remainder_put(dev);
	}
	spin_unlock_irq(&f->lock);
}

void fault_count(struct fault_dev *f, struct fault_counts *n)
{
	struct fault_held *held;

	memset(n, 0, sizeof(*n));
	spin_lock_irq(&f->lock);
	list_for_each_entry(held, &f->held, node) {
		n->delayed += held->action == FAULT_DELAY;
		n->hung += held->action == FAULT_HANG;
		n->lost += held->action == FAULT_LOSE;
		n->detached += !held->cmd;
	}
	spin_unlock_irq(&f->lock);
}
