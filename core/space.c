// SPDX-License-Identifier: GPL-2.0
/*
 * Thresholds of thin provisioned devices, SBC-4 4.7.3.8: while one is set the backend is asked
 * once a second how much it takes. Who reaches a threshold is told once; again when it has been
 * below meanwhile, or when thresholds are set anew.
 *
 * The work ends by itself when no threshold is set, and is gone before the backend is.
 */
#include "core.h"
#include "space.h"

#define TGT_SPACE_EVERY	HZ

/* What can wait for a medium waits where the device's commands do. */
static void tgt_space_queue(struct tgt_device *dev, unsigned long delay)
{
	mod_delayed_work(dev->wq ?: tgt_proc_wq, &dev->space_work, delay);
}

static bool tgt_space_reached(const struct tgt_modes *m, const struct tgt_space *s,
			      enum tgt_threshold_of of)
{
	u64 bytes = (u64)m->threshold[of].count << TGT_THRESHOLD_SHIFT;

	if (!m->threshold[of].on)
		return false;
	return of == TGT_THRESHOLD_AVAIL ? s->avail <= bytes : s->used >= bytes;
}

/* With SITUA one nexus hears of it, SBC-4 6.5.9. */
static void tgt_space_tell(struct tgt_device *dev)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node) {
		tgt_ua_set(itl, TGT_UA_THRESHOLD);
		if (dev->modes.now.situa)
			break;
	}
}

static void tgt_space_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(to_delayed_work(work), struct tgt_device,
					      space_work);
	struct tgt_space space = { };
	bool known, any = false, reached, tell = false;
	unsigned long was;
	unsigned int i;

	known = dev->be->space(dev, &space);
	spin_lock_irq(&dev->lock);
	was = dev->space_reached;
	for (i = 0; i < __TGT_THRESHOLD_MAX; i++) {
		any |= dev->modes.now.threshold[i].on;
		if (!known)
			continue;
		reached = tgt_space_reached(&dev->modes.now, &space, i);
		tell |= reached && !(dev->space_reached & BIT(i));
		dev->space_reached &= ~BIT(i);
		dev->space_reached |= reached ? BIT(i) : 0;
	}
	if (tell)
		tgt_space_tell(dev);
	if (was != dev->space_reached)
		queue_work(tgt_watch_wq, &dev->fence_event);
	if (any)
		tgt_space_queue(dev, TGT_SPACE_EVERY);
	spin_unlock_irq(&dev->lock);
}

/* Thresholds have been set. Under dev->lock; the backend is open. */
void tgt_space_watch(struct tgt_device *dev)
{
	lockdep_assert_held(&dev->lock);
	dev->space_reached = 0;
	if (tgt_thin(dev))
		tgt_space_queue(dev, 0);
}

void tgt_space_init(struct tgt_device *dev)
{
	INIT_DELAYED_WORK(&dev->space_work, tgt_space_work);
}

/* No nexus is left, and nobody sets thresholds any more. */
void tgt_space_exit(struct tgt_device *dev)
{
	cancel_delayed_work_sync(&dev->space_work);
}
