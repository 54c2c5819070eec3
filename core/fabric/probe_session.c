// SPDX-License-Identifier: GPL-2.0
/* I_T nexuses of the probe fabric: begun, ended, lost. */
#include <linux/completion.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "probe.h"

static void probe_target_release(struct kref *ref)
{
	kfree(container_of(ref, struct probe_target, ref));
}

void probe_target_put(struct probe_target *target)
{
	kref_put(&target->ref, probe_target_release);
}

/* Any context: the last one may be the end of ->send_response(). */
static void probe_session_release(struct kref *ref)
{
	struct probe_session *s = container_of(ref, struct probe_session, ref);

	probe_target_put(s->target);
	kfree(s);
}

void probe_session_put(struct probe_session *s)
{
	kref_put(&s->ref, probe_session_release);
}

static struct probe_session *probe_session_alloc(struct probe_target *target)
{
	struct probe_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	kref_init(&s->ref);
	kref_get(&target->ref);
	s->target = target;
	init_rwsem(&s->gate);
	mutex_init(&s->close);
	xa_init_flags(&s->items, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ);
	INIT_LIST_HEAD(&s->done);
	init_waitqueue_head(&s->wait);
	INIT_LIST_HEAD(&s->node);
	return s;
}

/**
 * probe_session_open() - begin a nexus
 * @target: port
 * @arg: who
 *
 * Return: a session with one count for the caller, or an error pointer.
 */
struct probe_session *probe_session_open(struct probe_target *target,
					 const struct tgtprobe_open *arg)
{
	struct probe_session *s;
	struct tgt_session *nexus;

	if (strnlen(arg->initiator, sizeof(arg->initiator)) == sizeof(arg->initiator) ||
	    arg->transport_id_len > sizeof(arg->transport_id))
		return ERR_PTR(-EINVAL);
	s = probe_session_alloc(target);
	if (!s)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&target->mutex);
	nexus = ERR_PTR(-ENODEV);
	if (target->target)
		nexus = tgt_session_create(target->target, arg->initiator, arg->transport_id,
					   arg->transport_id_len, s);
	if (!IS_ERR(nexus)) {
		s->nexus = nexus;
		list_add_tail(&s->node, &target->sessions);
	}
	mutex_unlock(&target->mutex);
	if (!IS_ERR(nexus))
		return s;
	probe_session_put(s);
	return ERR_CAST(nexus);
}

static void __init probe_prime_take(void *data)
{
	struct probe_session *s = data;

	xa_lock_irq(&s->items);
	xa_unlock_irq(&s->items);
}

/* docs/locks.md, for lockdep. Takes the reference on @target. */
void __init probe_prime(struct probe_target *target)
{
	struct probe_session *s;

	s = IS_ENABLED(CONFIG_PROVE_LOCKING) ? probe_session_alloc(target) : NULL;
	if (s) {
		mutex_lock(&s->close);
		down_write(&s->gate);
		xa_lock_irq(&s->items);
		xa_unlock_irq(&s->items);
		up_write(&s->gate);
		mutex_lock(&target->mutex);
		tgt_prime_config(probe_prime_take, s);
		mutex_unlock(&target->mutex);
		mutex_unlock(&s->close);
		probe_session_put(s);
	}
	probe_target_put(target);
}

/* The first command in flight that session loss has not seen, its like being marked seen. */
static bool probe_abort_next(struct probe_session *s, struct scsi_lun *lun)
{
	struct probe_item *item;
	struct probe_cmd *pc;
	bool found = false;
	unsigned long id;

	xa_lock_irq(&s->items);
	xa_for_each_marked(&s->items, id, item, PROBE_IN_FLIGHT) {
		pc = container_of(item, struct probe_cmd, item);
		if (item->type != TGTPROBE_CMD || pc->tried)
			continue;
		if (found && memcmp(lun, &pc->cmd.lun, sizeof(*lun)))
			continue;
		*lun = pc->cmd.lun;
		found = true;
		pc->tried = true;
	}
	xa_unlock_irq(&s->items);
	return found;
}

/* ABORT TASK SET for each logical unit with a command in flight; all at once. */
static void probe_abort_all(struct probe_session *s)
{
	struct probe_tmf *pt;
	struct scsi_lun lun;

	while (probe_abort_next(s, &lun)) {
		pt = probe_tmf_alloc(s, true);
		if (!pt)
			continue;	/* then its commands end by themselves */
		pt->tmf.function = TGT_TMF_ABORT_TASK_SET;
		pt->tmf.lun = lun;
		xa_lock_irq(&s->items);
		s->in_flight_tmf++;
		xa_unlock_irq(&s->items);
		/* probe_item_done() puts the count it was made with. */
		probe_tmf_send(pt, NULL);
	}
}

/*
 * A command that waits for data-out which will never come; @aborted: only one that is
 * marked as aborted.
 */
static struct probe_cmd *probe_waiting_get(struct probe_session *s, bool aborted)
{
	struct probe_cmd *pc, *found = NULL;
	struct probe_item *item;
	unsigned long id;

	xa_lock_irq(&s->items);
	xa_for_each_marked(&s->items, id, item, PROBE_IN_FLIGHT) {
		pc = container_of(item, struct probe_cmd, item);
		if (item->type != TGTPROBE_CMD || item->state != PROBE_WANTS_DATA)
			continue;
		if (aborted && !probe_cmd_aborted(pc))
			continue;
		item->state = PROBE_HAS_DATA;
		kref_get(&item->ref);
		found = pc;
		break;
	}
	xa_unlock_irq(&s->items);
	return found;
}

static void probe_release_waiting(struct probe_session *s, bool aborted)
{
	struct probe_cmd *pc;

	while ((pc = probe_waiting_get(s, aborted))) {
		tgt_cmd_data_ready(&pc->cmd);
		probe_item_put(&pc->item);
	}
}

static void probe_wait_tmf(struct probe_session *s)
{
	xa_lock_irq(&s->items);
	wait_event_lock_irq(s->wait, !s->in_flight_tmf, s->items.xa_lock);
	xa_unlock_irq(&s->items);
}

/*
 * What a function has marked while it was stubborn, first: probe_abort() is not called for
 * it again. The engine's deadline bounds the functions; what they could not mark (the
 * handler may know none) gets its data, poison, as the only way to end.
 */
static void probe_session_abort(struct probe_session *s)
{
	probe_release_waiting(s, true);
	probe_abort_all(s);
	probe_wait_tmf(s);
	probe_release_waiting(s, false);
}

static bool probe_session_waits(struct probe_session *s)
{
	struct probe_item *item;
	bool waits = false;
	unsigned long id;

	xa_lock_irq(&s->items);
	xa_for_each_marked(&s->items, id, item, PROBE_IN_FLIGHT)
		waits |= item->state == PROBE_WANTS_DATA;
	xa_unlock_irq(&s->items);
	return waits;
}

/* Nothing new from here on; -EBUSY if a drained session would wait for data for ever. */
static int probe_session_shut(struct probe_session *s, bool drain)
{
	int err = 0;

	down_write(&s->gate);
	if (drain && probe_session_waits(s)) {
		err = -EBUSY;
	} else {
		xa_lock_irq(&s->items);
		s->dying = true;
		xa_unlock_irq(&s->items);
	}
	up_write(&s->gate);
	return err;
}

static bool probe_session_idle(struct probe_session *s)
{
	return !s->in_flight && !s->in_flight_tmf;
}

/**
 * probe_session_end() - end a nexus
 * @s: session
 * @drain: let commands in flight run to their end rather than abort them
 *
 * Results can still be reaped. Returns only once the nexus is gone, whoever ended it.
 *
 * Return: 0, or -EBUSY if @drain would wait for ever.
 */
int probe_session_end(struct probe_session *s, bool drain)
{
	struct probe_target *target = s->target;
	int err = 0;

	mutex_lock(&s->close);
	if (!s->nexus)
		goto out_unlock;
	err = probe_session_shut(s, drain);
	if (err)
		goto out_unlock;
	if (!drain)
		probe_session_abort(s);
	/* Functions hold the nexus without its knowing. */
	probe_wait_tmf(s);
	tgt_session_destroy(s->nexus);
	xa_lock_irq(&s->items);
	WARN_ONCE(!probe_session_idle(s), "%u commands outlived their nexus", s->in_flight);
	xa_unlock_irq(&s->items);

	s->nexus = NULL;
	mutex_lock(&target->mutex);
	list_del_init(&s->node);
	mutex_unlock(&target->mutex);
out_unlock:
	mutex_unlock(&s->close);
	return err;
}

/* ---- ending a nexus for a process, which may be killed meanwhile ------------------------- */

static struct workqueue_struct *probe_wq;

/**
 * struct probe_ending - a nexus that a worker ends
 * @ref: the worker's, who waits for it
 * @work: ends it
 * @s: session, counted
 * @drain: as for probe_session_end()
 * @forget: nobody reaps it afterwards; the count of the file's table passes
 * @err: what came of it
 * @done: it is over
 */
struct probe_ending {
	struct kref		ref;
	struct work_struct	work;
	struct probe_session	*s;
	bool			drain;
	bool			forget;
	int			err;
	struct completion	done;
};

static void probe_ending_release(struct kref *ref)
{
	kfree(container_of(ref, struct probe_ending, ref));
}

static void probe_ending_work(struct work_struct *work)
{
	struct probe_ending *e = container_of(work, struct probe_ending, work);
	struct probe_session *s = e->s;

	e->err = probe_session_end(s, e->drain);
	if (e->forget) {
		probe_items_free(s);
		probe_session_put(s);
	}
	probe_session_put(s);
	complete_all(&e->done);
	kref_put(&e->ref, probe_ending_release);
}

/**
 * probe_ending_start() - have a worker end a nexus
 * @s: session
 * @drain: as for probe_session_end()
 * @forget: drop it and its results afterwards
 *
 * A backend may never answer; whoever asked for the end must not have to wait for that.
 *
 * Return: what probe_ending_wait() takes.
 */
struct probe_ending *probe_ending_start(struct probe_session *s, bool drain, bool forget)
{
	struct probe_ending *e = kzalloc(sizeof(*e), GFP_KERNEL | __GFP_NOFAIL);

	kref_init(&e->ref);
	kref_get(&e->ref);
	INIT_WORK(&e->work, probe_ending_work);
	init_completion(&e->done);
	kref_get(&s->ref);
	e->s = s;
	e->drain = drain;
	e->forget = forget;
	queue_work(probe_wq, &e->work);
	return e;
}

/* Until it is over, or the caller is killed. */
int probe_ending_wait(struct probe_ending *e)
{
	int err = wait_for_completion_killable(&e->done);

	err = err ? -EINTR : e->err;
	kref_put(&e->ref, probe_ending_release);
	return err;
}

/* For a process that exits, which nothing can kill any more. */
void probe_ending_wait_until(struct probe_ending *e, unsigned long end)
{
	long left = end - jiffies;

	if (left > 0)
		wait_for_completion_timeout(&e->done, left);
	kref_put(&e->ref, probe_ending_release);
}

int probe_ending_init(void)
{
	probe_wq = alloc_workqueue("tgtcore_probe", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return probe_wq ? 0 : -ENOMEM;
}

void probe_ending_exit(void)
{
	destroy_workqueue(probe_wq);
}
