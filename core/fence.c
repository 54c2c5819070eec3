// SPDX-License-Identifier: GPL-2.0
/*
 * The teardown contract, docs/teardown.md: commands taken from a backend that does not answer,
 * and the fence around a device for which it still does something.
 *
 * Order: tgt_config_mutex, the backend's lock, dev->lock, itl->lock.
 */
#include <linux/sched/clock.h>
#include "core.h"
#include "proc.h"
#include "tasks.h"
#include "token.h"
#include "trace.h"

#define TGT_WATCH_EVERY	(HZ / 2)

/*
 * Closes or opens the gates of all nexuses. Those made later look at dev->remainders. The event
 * is queued under the lock: once it is let go of, the device may be.
 */
static void tgt_device_fence(struct tgt_device *dev, bool up)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node)
		if (up)
			tgt_gate_change(itl, TGT_GATE_FENCED, 0);
		else if (!itl->cut)
			tgt_gate_change(itl, 0, TGT_GATE_FENCED);
	queue_work(tgt_watch_wq, &dev->fence_event);
}

/**
 * tgt_device_remainder_get() - a backend does more for a command it lets go of
 * @dev: its device
 *
 * Called before ->detach() returns true. Until the last remainder is put, the device is fenced
 * and stays. Context: any; the backend may hold a lock of its own.
 */
void tgt_device_remainder_get(struct tgt_device *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (!dev->remainders++) {
		dev->fenced = jiffies;
		tgt_device_fence(dev, true);
	}
	trace_tgt_device_fence(dev, dev->remainders);
	spin_unlock_irqrestore(&dev->lock, flags);
	tgt_tokens_end(dev, TGT_TOKEN_CANCELLED);	/* what it does may be a write */
}
EXPORT_SYMBOL_NS_GPL(tgt_device_remainder_get, TGTCORE);

/**
 * tgt_device_remainder_put() - that is over, or given up
 * @dev: its device, which may go with the last one
 *
 * Context: any; the backend may hold a lock of its own.
 */
void tgt_device_remainder_put(struct tgt_device *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (!WARN_ON_ONCE(!dev->remainders) && !--dev->remainders)
		tgt_device_fence(dev, false);
	trace_tgt_device_fence(dev, dev->remainders);
	spin_unlock_irqrestore(&dev->lock, flags);
}
EXPORT_SYMBOL_NS_GPL(tgt_device_remainder_put, TGTCORE);

/**
 * tgt_device_event() - what a backend tells of a device is not what it was
 * @dev: the device
 *
 * Listeners get it as it then is, some time later, once for any number of calls. Context: any, as
 * long as the device is there.
 */
void tgt_device_event(struct tgt_device *dev)
{
	queue_work(tgt_watch_wq, &dev->fence_event);
}
EXPORT_SYMBOL_NS_GPL(tgt_device_event, TGTCORE);

/* The fence went up or down, or both, or a threshold was met: listeners look at what is. */
static void tgt_device_fence_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(work, struct tgt_device, fence_event);

	tgt_config_lock();
	tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	tgt_device_lun_gone(dev);	/* was that all that it stayed for? */
	tgt_config_unlock();
}

/* Asks a backend for a command back. */
bool tgt_backend_detach(struct tgt_device *dev, struct tgt_cmd *cmd)
{
	return dev->be->detach && READ_ONCE(cmd->flags) & TGT_CMD_HELD &&
	       dev->be->detach(dev, cmd);
}

/*
 * Takes a command from its backend or its procedure and ends it, if that can let go of it. With
 * @cut its nexus, which is going, loses the medium: the rest of what the initiator sends must
 * not get stuck as well. @cmd was seen to be one of @itl, and its memory stays a command while
 * this runs; but it may end, and its fabric send it anew, with no nexus even, until somebody
 * says yes. Hence nothing is taken from @cmd before that, and it always ends in failure.
 */
bool tgt_cmd_detach(struct tgt_cmd *cmd, struct tgt_itl *itl, bool cut)
{
	struct tgt_device *dev = itl->dev;
	unsigned long flags;

	if (!tgt_tasks_detach(itl, cmd) && !tgt_proc_detach(dev, cmd) &&
	    !tgt_backend_detach(dev, cmd))
		return false;
	if (cut) {
		spin_lock_irqsave(&dev->lock, flags);
		itl->cut = true;
		tgt_gate_change(itl, TGT_GATE_FENCED, 0);
		spin_unlock_irqrestore(&dev->lock, flags);
	}
	trace_tgt_cmd_detach(cmd);
	tgt_cmd_fail(cmd, TGT_SENSE_NOT_READY);
	tgt_cmd_complete(cmd);
	return true;
}

/* One command of the nexus @data, which is going. */
static void tgt_detach_old(struct tgt_cmd *cmd, void *data)
{
	struct tgt_itl *itl = data;
	s64 age;

	/* pairs with tgt_engine_queue(): the itl is this command's */
	if (smp_load_acquire(&cmd->state) == TGT_CMD_IDLE || cmd->itl != itl)
		return;
	age = local_clock() - READ_ONCE(cmd->start);
	if (age >= TGT_DEADLINE_NS)
		tgt_cmd_detach(cmd, itl, true);
}

static void tgt_device_watch_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(to_delayed_work(work), struct tgt_device, watch);
	struct tgt_itl *itl;
	bool again = false;

	tgt_config_lock();
	list_for_each_entry(itl, &dev->itls, dev_node) {
		if (!itl->leaving)
			continue;
		again = true;
		itl->sess->target->fops->iter(itl->sess, tgt_detach_old, itl);
		tgt_visit_detach(itl, TGT_DEADLINE_NS);
	}
	again |= dev->state == TGT_DELETING && tgt_proc_watch(dev);
	if (again)
		queue_delayed_work(tgt_watch_wq, &dev->watch, TGT_WATCH_EVERY);
	tgt_config_unlock();
}

/*
 * A nexus is going, by whatever way: from here on its commands have a deadline. Its fabric's
 * ->lun_remove or ->target_remove may be what waits for them.
 */
void tgt_itl_leave(struct tgt_itl *itl)
{
	lockdep_assert_held(&tgt_config_mutex);
	WRITE_ONCE(itl->leaving, true);
	queue_delayed_work(tgt_watch_wq, &itl->dev->watch, TGT_WATCH_EVERY);
}

void tgt_device_fence_init(struct tgt_device *dev)
{
	INIT_WORK(&dev->fence_event, tgt_device_fence_work);
	INIT_DELAYED_WORK(&dev->watch, tgt_device_watch_work);
}

/* No remainder and no nexus is left; who dropped the last may just be leaving dev->lock. */
void tgt_device_fence_exit(struct tgt_device *dev)
{
	/* first the lock: it queues the event there, after the count is 0 for all to see */
	spin_lock_irq(&dev->lock);
	WARN_ON(dev->remainders);
	spin_unlock_irq(&dev->lock);
	cancel_work_sync(&dev->fence_event);
	cancel_delayed_work_sync(&dev->watch);
}

static int tgt_device_abandon_check(struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	if (!dev->be->abandon)
		return tgt_err(extack, -EOPNOTSUPP,
			       "device %s: backend %s keeps nothing that could be given up",
			       dev->name, dev->be->name);
	if (!READ_ONCE(dev->remainders))
		return tgt_err(extack, -EINVAL,
			       "device %s is not fenced: there is nothing to abandon", dev->name);
	return 0;
}

/**
 * tgt_device_abandon() - give up what a backend still does for detached commands
 * @name: of the device, which may be deleted already
 * @extack: gets the reason of an error
 *
 * Context: process, tgt_config_mutex not held.
 */
int tgt_device_abandon(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_device *dev;
	int err;

	tgt_config_lock();
	dev = tgt_device_get(name, extack);
	err = dev ? tgt_device_abandon_check(dev, extack) : -ENOENT;
	if (!err) {
		dev->busy++;
		tgt_config_unlock();
		dev->be->abandon(dev);
		tgt_config_lock();
		dev->busy--;
		tgt_device_lun_gone(dev);
	}
	tgt_config_unlock();
	return err;
}
