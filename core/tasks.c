// SPDX-License-Identifier: GPL-2.0
/*
 * Task sets, SAM-6 clause 8: task attributes and auto contingent allegiance (ACA).
 *
 * A logical unit that only ever sees SIMPLE commands has an open task set: they start as they
 * come, and nothing counts them. The first with another attribute, or with NACA that fails,
 * closes it by TGT_GATE_TASKS on every nexus of the device; from then on each command comes
 * through tgt_tasks_gate() and may have to wait (dormant, in order of arrival). What was
 * there before is found in the tag tables of the fabrics, by a worker, which also ends what was
 * aborted while it waited, and opens the gate when no reason is left.
 *
 * A dormant command is an active one to task management; it has done nothing yet, so it can be
 * ended at once. It holds its nexus and thus the device.
 *
 * Order: tgt_config_mutex, dev->task_lock, dev->lock, itl->lock.
 */
#include "core.h"
#include "scsi/opcode.h"
#include "tasks.h"
#include "trace.h"

#define PREEMPT_AND_ABORT	0x05	/* service action, SPC-5 6.17.1 */
#define TGT_TASKS_EVERY	1	/* jiffies between two looks at older commands */

/* A dormant command's place in its set: no backend has seen the command yet. */
static struct list_head *tgt_tasks_node(struct tgt_cmd *cmd)
{
	static_assert(sizeof(struct list_head) <= TGT_CMD_PRIV);
	return (struct list_head *)cmd->priv;
}

static struct tgt_cmd *tgt_tasks_cmd(struct list_head *node)
{
	return container_of((void *)node, struct tgt_cmd, priv);
}

static bool tgt_cmd_naca(const struct tgt_cmd *cmd)
{
	const struct tgt_op *op = cmd->op;

	if (op->flags & TGT_OP_HIDDEN)	/* there may be no byte at all */
		return false;
	return cmd->cdb[op->opcode == TGT_OP_VARIABLE ? 1 : op->cdb_len - 1] & TGT_CONTROL_NACA;
}

/* Commands that are executed at once whatever waits (SAM-6 8.6.2 allows it for these). */
static bool tgt_cmd_never_waits(const struct tgt_cmd *cmd)
{
	u8 opcode = cmd->op->opcode;

	return opcode == INQUIRY || opcode == REQUEST_SENSE || opcode == REPORT_LUNS;
}

/*
 * The task set of a nexus: its own with TST=001b (SPC-5 7.5.10), else the one of all. Which one
 * it is, is looked at while the sets are open, and then stays until they are again.
 */
static struct tgt_tasks *tgt_tasks_of(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;

	lockdep_assert_held(&dev->task_lock);
	if (!dev->tasks_closed)
		dev->tasks_split = READ_ONCE(dev->modes.now.tst);
	return dev->tasks_split ? &itl->tasks : &dev->tasks;
}

/*
 * With QUEUE ALGORITHM MODIFIER 0 what is on the medium must at any time be what it would be had
 * the commands of a nexus been executed as they came (SPC-5 7.5.10). So each that changes the
 * medium is an ORDERED one, and the sets are never open.
 */
static bool tgt_tasks_restricted(struct tgt_device *dev)
{
	return READ_ONCE(dev->modes.now.restricted);
}

/* ---- open and closed -------------------------------------------------------------------- */

static void tgt_tasks_close(struct tgt_device *dev)
{
	unsigned long flags;

	lockdep_assert_held(&dev->task_lock);
	if (!dev->tasks_closed) {
		spin_lock_irqsave(&dev->lock, flags);
		dev->tasks_closed = true;
		tgt_gate_device(dev, TGT_GATE_TASKS, TGT_GATE_TASKS);
		spin_unlock_irqrestore(&dev->lock, flags);
	}
	mod_delayed_work(tgt_watch_wq, &dev->tasks_work, 0);
}

static bool tgt_tasks_idle(const struct tgt_tasks *t)
{
	return list_empty(&t->dormant) && !t->nr_head && !t->nr_ordered && !t->nr_aca && !t->aca;
}

static void tgt_tasks_open(struct tgt_device *dev)
{
	unsigned long flags;

	lockdep_assert_held(&dev->task_lock);
	spin_lock_irqsave(&dev->lock, flags);
	dev->tasks_closed = false;
	tgt_gate_device(dev, 0, TGT_GATE_TASKS);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* ---- a command comes -------------------------------------------------------------------- */

/* The command is running; its set is told when it ends. */
static void tgt_tasks_count(struct tgt_tasks *t, u8 attr, int n)
{
	if (attr == ORDERED_QUEUE_TAG)
		t->nr_ordered += n;
	else if (attr == TGT_ACA_TAG)
		t->nr_aca += n;
	else
		t->nr_head += n;
}

static enum tgt_ret tgt_tasks_enable(struct tgt_tasks *t, struct tgt_cmd *cmd)
{
	if (cmd->task_attr <= SIMPLE_QUEUE_TAG) {
		cmd->flags &= ~TGT_CMD_TASKS;
	} else {
		cmd->flags |= TGT_CMD_TASKS;
		tgt_tasks_count(t, cmd->task_attr, 1);
	}
	return TGT_PASS;
}

static enum tgt_ret tgt_tasks_refuse(struct tgt_cmd *cmd, u8 status)
{
	tgt_cmd_refuse(cmd, status);
	return TGT_DONE;
}

/*
 * While an ACA condition is in effect, SAM-6 5.9: the nexus it was established for may have one
 * ACA command at a time; the others are told, or asked to try again.
 */
static enum tgt_ret tgt_tasks_aca(struct tgt_tasks *t, struct tgt_cmd *cmd)
{
	if (cmd->itl == t->aca) {
		if (cmd->task_attr != TGT_ACA_TAG || t->nr_aca)
			return tgt_tasks_refuse(cmd, SAM_STAT_ACA_ACTIVE);
		return tgt_tasks_enable(t, cmd);
	}
	/* with a set for each nexus t->aca is always this one's */
	if (cmd->op->opcode == PERSISTENT_RESERVE_OUT && cmd->op->sa == PREEMPT_AND_ABORT)
		return tgt_tasks_enable(t, cmd);
	return tgt_tasks_refuse(cmd, tgt_cmd_naca(cmd) ? SAM_STAT_ACA_ACTIVE : SAM_STAT_BUSY);
}

/* Whether a command may start beside what runs of its set; an ORDERED one is left to the worker. */
static bool tgt_tasks_may_start(const struct tgt_tasks *t, const struct tgt_cmd *cmd)
{
	if (cmd->task_attr == HEAD_OF_QUEUE_TAG)
		return true;
	return cmd->task_attr <= SIMPLE_QUEUE_TAG && list_empty(&t->dormant) && !t->nr_head &&
	       !t->nr_ordered;
}

/**
 * tgt_tasks_gate() - a command with an attribute, or to a task set that is closed
 * @cmd: command
 *
 * Return: TGT_PASS: it may run; TGT_QUEUED: it waits; TGT_DONE: it was refused. Context: any.
 */
enum tgt_ret tgt_tasks_gate(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	enum tgt_ret ret = TGT_QUEUED;
	struct tgt_tasks *t;
	unsigned long flags;

	if (cmd->task_attr != HEAD_OF_QUEUE_TAG && cmd->task_attr != ORDERED_QUEUE_TAG &&
	    cmd->task_attr != TGT_ACA_TAG)
		cmd->task_attr = SIMPLE_QUEUE_TAG;	/* there are no others */
	if (cmd->task_attr == SIMPLE_QUEUE_TAG && tgt_tasks_restricted(dev) &&
	    (cmd->op->gates & TGT_GATE_RO || cmd->op->opcode == EXTENDED_COPY))
		cmd->task_attr = ORDERED_QUEUE_TAG;
	spin_lock_irqsave(&dev->task_lock, flags);
	t = tgt_tasks_of(cmd->itl);
	if (t->aca) {
		ret = tgt_tasks_aca(t, cmd);
	} else if (cmd->task_attr == TGT_ACA_TAG) {
		ret = tgt_cmd_fail(cmd, TGT_SENSE_MESSAGE);
	} else if (tgt_cmd_never_waits(cmd) || tgt_tasks_may_start(t, cmd)) {
		ret = tgt_tasks_enable(t, cmd);
	} else {
		cmd->flags |= TGT_CMD_TASKS;
		list_add_tail(tgt_tasks_node(cmd), &t->dormant);
	}
	if (!tgt_tasks_idle(t))
		tgt_tasks_close(dev);
	spin_unlock_irqrestore(&dev->task_lock, flags);
	return ret;
}

static void tgt_tasks_end(struct tgt_itl *itl, u8 attr)
{
	struct tgt_device *dev = itl->dev;
	unsigned long flags;

	spin_lock_irqsave(&dev->task_lock, flags);
	tgt_tasks_count(tgt_tasks_of(itl), attr, -1);
	mod_delayed_work(tgt_watch_wq, &dev->tasks_work, 0);
	spin_unlock_irqrestore(&dev->task_lock, flags);
}

/*
 * A command with TGT_CMD_TASKS has ended; it was running. What waits for it starts after its
 * answer, or would be answered first; but who has the answer to an ACA command may send the next.
 */
void tgt_tasks_answer(struct tgt_cmd *cmd)
{
	struct tgt_itl *itl = cmd->itl;
	u8 attr = cmd->task_attr;

	if (attr == TGT_ACA_TAG)
		tgt_tasks_end(itl, attr);
	cmd->sess->send_response(cmd);
	if (attr != TGT_ACA_TAG)
		tgt_tasks_end(itl, attr);
}

/* ---- those that wait -------------------------------------------------------------------- */

struct tgt_tasks_walk {
	struct tgt_itl	*itl;
	bool		found;
};

/* Is @cmd a SIMPLE one of the nexus that runs? */
static void tgt_tasks_find(struct tgt_cmd *cmd, void *data)
{
	struct tgt_tasks_walk *walk = data;

	/* pairs with tgt_engine_queue(): the itl is this command's */
	if (smp_load_acquire(&cmd->state) != TGT_CMD_IDLE && cmd->itl == walk->itl &&
	    !(READ_ONCE(cmd->flags) & TGT_CMD_TASKS))
		walk->found = true;
}

/*
 * Whether a command of the set runs that is older than all that wait: those that are newer do
 * wait. @only is the nexus whose set it is, or NULL.
 */
static bool tgt_tasks_older(struct tgt_device *dev, struct tgt_itl *only)
{
	struct tgt_tasks_walk walk = { };

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(walk.itl, &dev->itls, dev_node)
		if (!only || walk.itl == only)
			walk.itl->sess->target->fops->iter(walk.itl->sess, tgt_tasks_find, &walk);
	if (!walk.found)
		synchronize_rcu_expedited();	/* their answers have been handed over */
	return walk.found;
}

/* Moves what may start now, and what was aborted, to @list; dev->task_lock is held. */
static void tgt_tasks_collect(struct tgt_tasks *t, bool older, struct list_head *list)
{
	struct list_head *node, *next;
	bool blocked = t->nr_head || t->nr_ordered || t->aca;
	struct tgt_cmd *cmd;

	list_for_each_safe(node, next, &t->dormant) {
		cmd = tgt_tasks_cmd(node);
		if (READ_ONCE(cmd->state) != TGT_CMD_ACTIVE) {
			cmd->flags &= ~TGT_CMD_TASKS;
			list_move_tail(node, list);
			continue;
		}
		if (blocked || (cmd->task_attr == ORDERED_QUEUE_TAG && older)) {
			blocked = true;
			continue;
		}
		tgt_tasks_enable(t, cmd);
		list_move_tail(node, list);
		older = true;
		blocked = cmd->task_attr == ORDERED_QUEUE_TAG;
	}
}

/* Whether an ORDERED command waits, which alone must know of older ones. */
static bool tgt_tasks_ordered(struct tgt_device *dev, struct tgt_tasks *t)
{
	struct list_head *node;
	bool found = false;

	spin_lock_irq(&dev->task_lock);
	list_for_each(node, &t->dormant)
		found |= tgt_tasks_cmd(node)->task_attr == ORDERED_QUEUE_TAG;
	spin_unlock_irq(&dev->task_lock);
	return found;
}

/* One set: what it keeps waiting no longer goes to @list. */
static void tgt_tasks_look(struct tgt_device *dev, struct tgt_tasks *t, struct tgt_itl *only,
			   struct list_head *list)
{
	/* one that comes only now is for the next time */
	bool older = !tgt_tasks_ordered(dev, t) || tgt_tasks_older(dev, only);

	spin_lock_irq(&dev->task_lock);
	tgt_tasks_collect(t, older, list);
	if (!list_empty(&t->dormant))
		mod_delayed_work(tgt_watch_wq, &dev->tasks_work, TGT_TASKS_EVERY);
	spin_unlock_irq(&dev->task_lock);
}

static bool tgt_tasks_all_idle(struct tgt_device *dev)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	lockdep_assert_held(&dev->task_lock);
	list_for_each_entry(itl, &dev->itls, dev_node)
		if (!tgt_tasks_idle(&itl->tasks))
			return false;
	return tgt_tasks_idle(&dev->tasks);
}

static void tgt_tasks_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(to_delayed_work(work), struct tgt_device, tasks_work);
	struct list_head *node, *next;
	struct tgt_itl *itl;
	LIST_HEAD(list);

	tgt_config_lock();
	tgt_tasks_look(dev, &dev->tasks, NULL, &list);
	list_for_each_entry(itl, &dev->itls, dev_node)
		tgt_tasks_look(dev, &itl->tasks, itl, &list);
	spin_lock_irq(&dev->task_lock);
	if (dev->tasks_closed && tgt_tasks_all_idle(dev)) {
		if (tgt_tasks_restricted(dev))
			dev->tasks_split = READ_ONCE(dev->modes.now.tst);
		else
			tgt_tasks_open(dev);
	}
	spin_unlock_irq(&dev->task_lock);
	tgt_config_unlock();
	list_for_each_safe(node, next, &list)
		tgt_engine_resume(tgt_tasks_cmd(node));
}

/* Whether @cmd, of which only the address may be good, waits in the set of its nexus. */
static bool tgt_tasks_dormant(struct tgt_itl *itl, struct tgt_cmd *cmd)
{
	struct list_head *node;

	list_for_each(node, &tgt_tasks_of(itl)->dormant)
		if (node == tgt_tasks_node(cmd))
			return true;
	return false;
}

/**
 * tgt_tasks_detach() - take a command that waits out of its task set
 * @itl: nexus
 * @cmd: what may be one of its commands; looked up by its address alone
 *
 * Return: true if the command is the caller's to end. Context: any.
 */
bool tgt_tasks_detach(struct tgt_itl *itl, struct tgt_cmd *cmd)
{
	struct tgt_device *dev = itl->dev;
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&dev->task_lock, flags);
	found = tgt_tasks_dormant(itl, cmd);
	if (found) {
		list_del(tgt_tasks_node(cmd));
		cmd->flags &= ~TGT_CMD_TASKS;
	}
	spin_unlock_irqrestore(&dev->task_lock, flags);
	return found;
}

/* Whether a command waits in its task set; looked up by its address alone. Any context. */
bool tgt_tasks_waits(struct tgt_itl *itl, struct tgt_cmd *cmd)
{
	struct tgt_device *dev = itl->dev;
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&dev->task_lock, flags);
	found = tgt_tasks_dormant(itl, cmd);
	spin_unlock_irqrestore(&dev->task_lock, flags);
	return found;
}

/* ---- auto contingent allegiance --------------------------------------------------------- */

/* Whether others must be told before the CHECK CONDITION of @cmd goes out. */
bool tgt_tasks_wants_fault(const struct tgt_cmd *cmd)
{
	return cmd->op && cmd->itl && cmd->state == TGT_CMD_ACTIVE &&
	       (cmd->task_attr == TGT_ACA_TAG || tgt_cmd_naca(cmd) ||
		READ_ONCE(cmd->itl->dev->modes.now.qerr));
}

/*
 * A command ends with CHECK CONDITION: NACA establishes the condition, an ACA command clears it.
 * Returns the state it ended in: of one that was aborted first nothing comes.
 */
int tgt_tasks_fault(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	bool naca = tgt_cmd_naca(cmd);
	struct tgt_tasks *t;
	unsigned long flags;
	int state;

	spin_lock_irqsave(&dev->task_lock, flags);
	t = tgt_tasks_of(cmd->itl);
	state = cmpxchg(&cmd->state, TGT_CMD_FAULTED, TGT_CMD_IDLE);
	if (state != TGT_CMD_FAULTED)
		goto out;
	if (naca && !t->aca) {
		t->aca = cmd->itl;
		tgt_tasks_close(dev);
	} else if (!naca && cmd->task_attr == TGT_ACA_TAG && t->aca == cmd->itl) {
		t->aca = NULL;
		tgt_tasks_close(dev);	/* and let those go that waited */
	}
out:
	spin_unlock_irqrestore(&dev->task_lock, flags);
	return state;
}

static void tgt_tasks_forget_aca(struct tgt_device *dev, struct tgt_tasks *t, struct tgt_itl *itl)
{
	if (!t->aca || (itl && t->aca != itl))
		return;
	t->aca = NULL;
	mod_delayed_work(tgt_watch_wq, &dev->tasks_work, 0);
}

/* CLEAR ACA, or the nexus is gone, or a reset: @itl is NULL for any. */
void tgt_tasks_clear_aca(struct tgt_device *dev, struct tgt_itl *itl)
{
	struct tgt_itl *other;
	unsigned long flags;

	spin_lock_irqsave(&dev->task_lock, flags);
	tgt_tasks_forget_aca(dev, &dev->tasks, itl);
	if (itl) {
		tgt_tasks_forget_aca(dev, &itl->tasks, itl);
	} else {
		spin_lock(&dev->lock);
		list_for_each_entry(other, &dev->itls, dev_node)
			tgt_tasks_forget_aca(dev, &other->tasks, NULL);
		spin_unlock(&dev->lock);
	}
	spin_unlock_irqrestore(&dev->task_lock, flags);
}

/* A device is made, with its mode parameters: nobody sends commands yet. */
void tgt_tasks_begin(struct tgt_device *dev)
{
	dev->tasks_closed = tgt_tasks_restricted(dev);
	dev->tasks_split = dev->modes.now.tst;
}

/* The mode parameters are others. */
void tgt_tasks_modes(struct tgt_device *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->task_lock, flags);
	if (tgt_tasks_restricted(dev) || dev->tasks_closed)
		tgt_tasks_close(dev);	/* or the worker opens them */
	spin_unlock_irqrestore(&dev->task_lock, flags);
}

/* ---- with the device -------------------------------------------------------------------- */

void tgt_tasks_set_init(struct tgt_tasks *t)
{
	INIT_LIST_HEAD(&t->dormant);
}

void tgt_tasks_init(struct tgt_device *dev)
{
	spin_lock_init(&dev->task_lock);
	tgt_tasks_set_init(&dev->tasks);
	INIT_DELAYED_WORK(&dev->tasks_work, tgt_tasks_work);
}

/* No nexus is left. */
void tgt_tasks_exit(struct tgt_device *dev)
{
	WARN_ON(!list_empty(&dev->tasks.dormant));
	cancel_delayed_work_sync(&dev->tasks_work);
}
