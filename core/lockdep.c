// SPDX-License-Identifier: GPL-2.0
/*
 * The order of locks in docs/locks.md, shown to lockdep as the module is loaded: who takes two
 * of them the other way round is told at once, even if nobody else ever comes between.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "core.h"
#include "proc.h"
#include "tasks.h"

/**
 * tgt_prime_config() - show lockdep what is taken under tgt_config_mutex
 * @take: takes and releases it
 * @data: for @take
 *
 * From module init; of use with CONFIG_PROVE_LOCKING. Context: process.
 */
void tgt_prime_config(void (*take)(void *data), void *data)
{
	tgt_config_lock();
	take(data);
	tgt_config_unlock();
}
EXPORT_SYMBOL_NS_GPL(tgt_prime_config, TGTCORE);

struct tgt_prime {
	struct tgt_device	dev;
	struct tgt_itl		itl;
};

static void __init tgt_prime_take(void *data)
{
	struct tgt_prime *p = data;

	spin_lock_irq(&p->dev.proc_lock);
	spin_lock(&p->dev.lock);
	spin_unlock(&p->dev.lock);
	spin_unlock_irq(&p->dev.proc_lock);
	mutex_lock(&p->dev.pr_mutex);
	spin_lock_irq(&p->dev.task_lock);
	spin_lock(&p->dev.lock);
	spin_lock(&p->itl.lock);
	spin_unlock(&p->itl.lock);
	spin_unlock(&p->dev.lock);
	spin_unlock_irq(&p->dev.task_lock);
	mutex_unlock(&p->dev.pr_mutex);
	tgt_registry_prime();
}

/* Compiled everywhere, so that what is wrong here is not left for the kernels with checkers. */
void __init tgt_prime(void)
{
	struct tgt_prime *p;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		return;
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return;
	tgt_device_init_locks(&p->dev);
	tgt_pr_init(&p->dev, NULL);
	tgt_proc_init(&p->dev);
	tgt_tasks_init(&p->dev);
	tgt_itl_init_locks(&p->itl);
	tgt_prime_config(tgt_prime_take, p);
	kfree(p);
	/*
	 * Who waits for memory waits for writes to one of our disks, perhaps, and these for its
	 * reset: nothing that waits for memory with I/O may be done under the mutex, not even by
	 * way of another lock.
	 */
	fs_reclaim_acquire(GFP_KERNEL);
	tgt_config_lock();
	tgt_config_unlock();
	fs_reclaim_release(GFP_KERNEL);
}
