// SPDX-License-Identifier: GPL-2.0
/*
 * I_T_L nexuses: made when a LUN appears in a session's map, taken out in four steps:
 * unpublish, kill, wait, free by RCU.
 */
#include <linux/error-injection.h>
#include <linux/slab.h>
#include "alua.h"
#include "copy.h"
#include "core.h"
#include "guard.h"
#include "tasks.h"
#include "token.h"
#include "trace.h"
#include "unit.h"
#include "wipe.h"

static void tgt_itl_drained(struct percpu_ref *ref)
{
	struct tgt_itl *itl = container_of(ref, struct tgt_itl, ref);

	trace_tgt_nexus(itl, "drained");
	complete(&itl->drained);
}

static void tgt_itl_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct tgt_itl, rcu));
}

static void tgt_itl_release(struct kref *kref)
{
	struct tgt_itl *itl = container_of(kref, struct tgt_itl, kref);

	call_rcu(&itl->rcu, tgt_itl_free);
}

/**
 * tgt_itl_put() - drop a reference of tgt_itl_get()
 * @itl: I_T_L nexus
 *
 * Context: any.
 */
void tgt_itl_put(struct tgt_itl *itl)
{
	kref_put(&itl->kref, tgt_itl_release);
}
EXPORT_SYMBOL_NS_GPL(tgt_itl_put, TGTCORE);

/**
 * tgt_itl_get() - an I_T_L nexus for a fabric to keep in its own look-up
 * @sess: I_T nexus
 * @number: LUN
 *
 * The reference keeps the memory, not the logical unit: commands take their own count,
 * and tgt_cmd_submit() answers LOGICAL UNIT NOT SUPPORTED once the LUN is gone.
 *
 * Return: NULL if there is no such LUN. Context: any.
 */
struct tgt_itl *tgt_itl_get(struct tgt_session *sess, u32 number)
{
	struct tgt_itl *itl;

	rcu_read_lock();
	itl = xa_load(&sess->itls, number);
	if (itl && !kref_get_unless_zero(&itl->kref))
		itl = NULL;
	rcu_read_unlock();
	return itl;
}
EXPORT_SYMBOL_NS_GPL(tgt_itl_get, TGTCORE);

/*
 * The I_T_L nexus LUN bytes name, with a count of its own that keeps the logical unit too,
 * for percpu_ref_put(); NULL if there is none, or not any more. Any context.
 */
struct tgt_itl *tgt_itl_enter(struct tgt_session *sess, const struct scsi_lun *lun)
{
	int number = tgt_lun_decode(lun);
	struct tgt_itl *itl;

	if (number < 0)
		return NULL;
	rcu_read_lock();
	itl = xa_load(&sess->itls, number);
	if (itl && !percpu_ref_tryget_live(&itl->ref))
		itl = NULL;
	rcu_read_unlock();
	return itl;
}

void tgt_itl_init_locks(struct tgt_itl *itl)
{
	spin_lock_init(&itl->lock);
}

/* Takes an itl off the lists of its device and LUN. */
static void tgt_itl_unlist(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;
	unsigned long flags;

	lockdep_assert_held(&tgt_config_mutex);
	spin_lock_irqsave(&dev->lock, flags);
	list_del(&itl->dev_node);
	tgt_log_itl_gone(itl);
	tgt_echo_gone(itl);
	tgt_copy_itl_gone(itl);
	spin_unlock_irqrestore(&dev->lock, flags);
	list_del(&itl->lun_node);
	itl->lun->nr_itls--;
	itl->sess->nr_itls--;
}

/* ---- begin --------------------------------------------------------------------------- */

/* Counters, and the count of commands, whose last calls @drained. 0 or -ENOMEM. */
int tgt_itl_init(struct tgt_itl *itl, percpu_ref_func_t *drained)
{
	int err;

	tgt_itl_init_locks(itl);
	init_completion(&itl->drained);
	tgt_tasks_set_init(&itl->tasks);
	itl->cpu = alloc_percpu(struct tgt_itl_cpu);
	if (!itl->cpu)
		return -ENOMEM;
	err = percpu_ref_init(&itl->ref, drained, 0, GFP_KERNEL);
	if (err)
		free_percpu(itl->cpu);
	return err;
}

/* The reverse. */
void tgt_itl_exit(struct tgt_itl *itl)
{
	percpu_ref_exit(&itl->ref);
	free_percpu(itl->cpu);
	itl->cpu = NULL;
}

/* A nexus of nobody yet. */
static noinline struct tgt_itl *tgt_itl_alloc(void)
{
	struct tgt_itl *itl = kzalloc(sizeof(*itl), GFP_KERNEL);

	if (!itl || tgt_itl_init(itl, tgt_itl_drained)) {
		kfree(itl);
		return NULL;
	}
	kref_init(&itl->kref);
	return itl;
}

ALLOW_ERROR_INJECTION(tgt_itl_alloc, NULL);

/* The reverse; no command has seen it. */
static void tgt_itl_discard(struct tgt_itl *itl)
{
	tgt_itl_exit(itl);
	kfree(itl);
}

/**
 * tgt_itl_stock() - have so many nexuses at hand that are nobody's yet
 * @stock: theirs; first of all TGT_ITL_STOCK(), in the end for tgt_itl_stock_free()
 * @nr: how many
 *
 * Memory for each CPU is allocated under a mutex that anybody in the machine may hold while he
 * waits for memory, that is perhaps for one of our disks, whose reset waits for
 * tgt_config_mutex: so never under that. Where memory cannot be had there are fewer.
 *
 * Return: false if nothing had to be done; true if tgt_config_mutex was dropped to make some, and
 * the caller is to look again at what it knew. Context: process, tgt_config_mutex held.
 */
bool tgt_itl_stock(struct tgt_itl_stock *stock, u32 nr)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	if (stock->nr >= nr || stock->empty)
		return false;
	tgt_config_unlock();
	while (stock->nr < nr && !stock->empty) {
		itl = tgt_itl_alloc();
		stock->empty = !itl;
		if (itl) {
			list_add(&itl->dead_node, &stock->itls);
			stock->nr++;
		}
	}
	tgt_config_lock();
	return true;
}

static struct tgt_itl *tgt_itl_take(struct tgt_itl_stock *stock)
{
	struct tgt_itl *itl;

	itl = list_first_entry_or_null(&stock->itls, struct tgt_itl, dead_node);
	if (itl) {
		list_del(&itl->dead_node);
		stock->nr--;
	}
	return itl;
}

/* What was too much. */
void tgt_itl_stock_free(struct tgt_itl_stock *stock)
{
	struct tgt_itl *itl;

	while ((itl = tgt_itl_take(stock)))
		tgt_itl_discard(itl);
}

/*
 * Gives @sess its view of @lun, with the power on unit attention a new nexus starts with.
 * tgt_itl_added() is to follow. Returns the nexus, one of @stock, or an ERR_PTR.
 */
struct tgt_itl *tgt_itl_create(struct tgt_session *sess, struct tgt_lun *lun,
			       struct tgt_itl_stock *stock)
{
	struct tgt_itl *itl = tgt_itl_take(stock);
	struct tgt_device *dev = lun->dev;
	unsigned long flags;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	if (!itl)
		return ERR_PTR(-ENOMEM);
	itl->dev = dev;
	itl->lun = lun;
	itl->sess = sess;
	itl->number = lun->number;
	if (dev->be->itl_create) {
		err = dev->be->itl_create(itl);
		if (err)
			goto out_discard;
	}
	if (dev->be->raw)
		itl->gate |= TGT_GATE_RAW;
	tgt_alua_itl(itl);
	tgt_ua_set(itl, TGT_UA_POWER_ON);

	spin_lock_irqsave(&dev->lock, flags);
	if (dev->prot_type)
		itl->gate |= TGT_GATE_PI;
	if (dev->stopped)
		itl->gate |= TGT_GATE_STOPPED;
	if (dev->remainders)
		itl->gate |= TGT_GATE_FENCED;
	if (dev->tasks_closed)
		itl->gate |= TGT_GATE_TASKS;
	tgt_mode_itl(itl);
	itl->gate |= tgt_pr_gate(itl) | tgt_wipe_gate(dev) | tgt_token_gate(dev) |
		     tgt_guard_gate(dev);
	list_add_tail(&itl->dev_node, &dev->itls);
	spin_unlock_irqrestore(&dev->lock, flags);
	list_add_tail(&itl->lun_node, &lun->itls);
	lun->nr_itls++;
	sess->nr_itls++;
	err = xa_insert(&sess->itls, itl->number, itl, GFP_KERNEL);
	if (err)
		goto out_unlist;
	tgt_nexus_changes++;
	trace_tgt_nexus(itl, "begin");
	return itl;

out_unlist:
	tgt_itl_unlist(itl);
	if (dev->be->itl_kill)
		dev->be->itl_kill(itl);
	if (dev->be->itl_destroy)
		dev->be->itl_destroy(itl);
out_discard:
	tgt_itl_discard(itl);
	return ERR_PTR(err);
}

ALLOW_ERROR_INJECTION(tgt_itl_create, ERRNO);

/* Tells the fabric. */
void tgt_itl_added(struct tgt_itl *itl)
{
	const struct tgt_fabric_ops *fops = itl->sess->target->fops;

	lockdep_assert_held(&tgt_config_mutex);
	if (fops->lun_added)
		fops->lun_added(itl);
}

/* An itl may be found no more and takes no more commands. */
static void tgt_itl_kill(struct tgt_itl *itl)
{
	lockdep_assert_held(&tgt_config_mutex);
	xa_erase(&itl->sess->itls, itl->number);
	tgt_itl_leave(itl);
	WRITE_ONCE(itl->killed, true);
	trace_tgt_nexus(itl, "kill");
	percpu_ref_kill(&itl->ref);
	tgt_tasks_clear_aca(itl->dev, itl);
	tgt_pr_lost_nexus(itl->dev, itl->sess);
	if (itl->dev->be->itl_kill)
		itl->dev->be->itl_kill(itl);
}

/* Takes a killed and drained itl off the rest; session and LUN may wait for that. */
static void tgt_itl_finish(struct tgt_itl *itl)
{
	struct tgt_session *sess = itl->sess;
	struct tgt_lun *lun = itl->lun;

	lockdep_assert_held(&tgt_config_mutex);
	tgt_tasks_clear_aca(itl->dev, itl);	/* of its last command */
	tgt_stats_sum(itl, &lun->past->stats);
	tgt_recent_keep(itl, lun->past);
	if (itl->dev->be->itl_destroy)
		itl->dev->be->itl_destroy(itl);
	tgt_itl_unlist(itl);
	tgt_itl_exit(itl);
	trace_tgt_nexus(itl, "end");
	tgt_itl_put(itl);
	tgt_nexus_changes++;
	tgt_wake(&lun->nr_itls);
	tgt_wake(&sess->nr_itls);
}

/* Idle: it may take for ever, which show --blocked tells, and no hung task is. */
void tgt_itl_wait(struct tgt_itl *itl)
{
	wait_for_completion_state(&itl->drained, TASK_IDLE);
}

/*
 * Ends an I_T_L nexus the caller holds a reference on. tgt_config_mutex is dropped while
 * commands in flight are waited for; its LUN is TGT_DELETING or its session changes
 * group, so nobody makes it again meanwhile.
 */
void tgt_itl_destroy(struct tgt_itl *itl)
{
	lockdep_assert_held(&tgt_config_mutex);
	if (xa_load(&itl->sess->itls, itl->number) != itl)
		return;		/* somebody else does it */
	tgt_itl_kill(itl);
	tgt_config_unlock();
	tgt_itl_wait(itl);
	tgt_config_lock();
	tgt_itl_finish(itl);
}

/* Ends all of a session; one wait serves them all. Drops tgt_config_mutex likewise. */
void tgt_itl_drain(struct tgt_session *sess)
{
	struct tgt_itl *itl, *next;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	xa_for_each(&sess->itls, i, itl) {
		tgt_itl_kill(itl);
		list_add_tail(&itl->dead_node, &sess->dying);
	}
	tgt_config_unlock();
	/* nobody else changes the list */
	list_for_each_entry(itl, &sess->dying, dead_node)
		tgt_itl_wait(itl);
	tgt_config_lock();
	list_for_each_entry_safe(itl, next, &sess->dying, dead_node) {
		list_del(&itl->dead_node);
		tgt_itl_finish(itl);
	}
	tgt_config_unlock();
	/* LUNs being removed at the same time end their own */
	wait_var_event(&sess->nr_itls, !READ_ONCE(sess->nr_itls));
	tgt_config_lock();
}

struct tgt_itl_count {
	struct tgt_itl	*itl;
	u32		n;
};

static void tgt_itl_count(struct tgt_cmd *cmd, void *data)
{
	struct tgt_itl_count *c = data;

	/* pairs with tgt_engine_queue(): the itl is this command's */
	if (smp_load_acquire(&cmd->state) != TGT_CMD_IDLE && cmd->itl == c->itl)
		c->n++;
}

/* Its commands in flight: a walk over all tags of its session. */
u32 tgt_itl_in_flight(struct tgt_itl *itl)
{
	struct tgt_itl_count c = { .itl = itl };

	lockdep_assert_held(&tgt_config_mutex);
	itl->sess->target->fops->iter(itl->sess, tgt_itl_count, &c);
	return c.n;
}

/* Gives a session its views of all LUNs of its group that it does not have yet, of @stock. */
void tgt_itl_fill(struct tgt_session *sess, struct tgt_itl_stock *stock)
{
	struct tgt_itl *itl;
	struct tgt_lun *lun;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	xa_for_each(&sess->group->luns, i, lun) {
		if (lun->state != TGT_ACTIVE || xa_load(&sess->itls, i))
			continue;
		itl = tgt_itl_create(sess, lun, stock);
		if (IS_ERR(itl))
			pr_warn_ratelimited("%s:%s: no memory for LUN %u of session %u\n",
					    sess->target->fops->name, sess->target->name,
					    lun->number, sess->id);
		else
			tgt_itl_added(itl);
	}
}

/* SPC-5 6.33: the inventory changed; every LUN of the nexus tells it once. */
void tgt_luns_changed(struct tgt_session *sess)
{
	struct tgt_itl *itl;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	if (sess->target->fops->flags & TGT_FABRIC_OWN_LUNS)
		return;
	xa_for_each(&sess->itls, i, itl)
		tgt_ua_set(itl, TGT_UA_LUNS_CHANGED);
}
