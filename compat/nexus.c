// SPDX-License-Identifier: GPL-2.0
/*
 * I_T nexuses of the engine. The daemon is told of each when it opens /dev/tgt, and once a
 * second from then on until it answers: it drops what concerns a host nobody has bound yet, and
 * the kernel never hears of a bind.
 */
#include <linux/module.h>
#include <scsi/scsi_host.h>
#include "stgt.h"
#include "trace.h"

#define NEXUS_TICK	HZ
#define NEXUS_DRAIN	(10 * HZ)	/* what a daemon gets to end a nexus's commands */

static u64 stgt_next_itn = STGT_TAG_BASE;	/* stgt_answer_lock */
static unsigned int stgt_nr_nexuses;		/* likewise */

static void nexus_set_state(struct stgt_nexus *nexus, enum stgt_nexus_state state)
{
	unsigned long flags;

	lockdep_assert_held(&stgt_answer_lock);
	spin_lock_irqsave(&nexus->host->lock, flags);
	WRITE_ONCE(nexus->since, jiffies);
	/* pairs with stgt_nexus_submit() */
	smp_store_release(&nexus->state, state);
	trace_stgt_nexus_state(nexus, state);
	spin_unlock_irqrestore(&nexus->host->lock, flags);
}

static void nexus_bind(struct stgt_nexus *nexus)
{
	nexus_set_state(nexus, STGT_NEXUS_BOUND);
	if (nexus->bound)
		nexus->bound(nexus);
}

/* ---- telling the daemon ----------------------------------------------------------------- */

static void nexus_announce(struct stgt_nexus *nexus)
{
	struct tgt_event *ev = &nexus->note.ev;

	if (nexus->state != STGT_NEXUS_WAITING || !list_empty_careful(&nexus->note.node))
		return;
	if (!stgt_daemon_has_nexuses()) {	/* none are told of: it has them all */
		nexus_bind(nexus);
		return;
	}
	memset(ev, 0, sizeof(*ev));
	ev->hdr.type = TGT_KEVENT_IT_NEXUS_REQ;
	ev->p.it_nexus_req.host_no = nexus->host->number;
	ev->p.it_nexus_req.function = TGT_IT_NEXUS_CREATE;
	ev->p.it_nexus_req.itn_id = nexus->itn;
	memcpy(ev->p.it_nexus_req.initiator_id, nexus->name,
	       strnlen(nexus->name, sizeof(ev->p.it_nexus_req.initiator_id)));
	/* with strict=1 and a full ring: the next second */
	if (stgt_post(&nexus->note) >= 0)
		nexus->announced = true;
}

static bool nexus_match_engine(struct stgt_cmd *cmd, void *data)
{
	return stgt_nexus_owns(NULL, cmd);
}

/**
 * stgt_nexus_leaves() - whether a nexus is on its way out
 * @nexus: nexus
 *
 * Return: true if the LUN or the target its commands come through is being deleted.
 */
bool stgt_nexus_leaves(const struct stgt_nexus *nexus)
{
	return READ_ONCE(nexus->leaving) || READ_ONCE(nexus->target->state) == TGT_DELETING;
}

static bool nexus_match(struct stgt_cmd *cmd, void *data)
{
	return stgt_nexus_owns(data, cmd);
}

/* A command that a daemon has had for long. */
static bool nexus_match_old(struct stgt_cmd *cmd, void *data)
{
	return stgt_nexus_owns(data, cmd) && time_after(jiffies, cmd->since + NEXUS_DRAIN);
}

static void nexus_tick_host(struct stgt_host *host)
{
	struct stgt_nexus *nexus;

	list_for_each_entry(nexus, &host->nexuses, node) {
		if (stgt_daemon_there())
			nexus_announce(nexus);
		/* what is to go writes back, but does not wait for a daemon that hangs */
		if (stgt_nexus_leaves(nexus) && nexus->state == STGT_NEXUS_BOUND &&
		    stgt_reap(host, nexus_match_old, nexus, STGT_TIMED_OUT)) {
			nexus_set_state(nexus, STGT_NEXUS_HUNG);
			stgt_reap(host, nexus_match, nexus, STGT_TIMED_OUT);
		}
	}
}

static void nexus_tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(nexus_tick_work, nexus_tick);

static void nexus_tick(struct work_struct *work)
{
	mutex_lock(&stgt_answer_lock);
	stgt_hosts_each(nexus_tick_host);
	if (stgt_nr_nexuses)
		queue_delayed_work(system_long_wq, &nexus_tick_work, NEXUS_TICK);
	mutex_unlock(&stgt_answer_lock);
}

/* Not from under stgt_answer_lock: the daemon's open() does not wait for a tick. */
void stgt_nexus_daemon_opened(void)
{
	lockdep_assert_not_held(&stgt_answer_lock);
	mod_delayed_work(system_long_wq, &nexus_tick_work, 0);
}

/* ---- what the daemon says --------------------------------------------------------------- */

/**
 * stgt_nexus_answered() - the daemon answered for an I_T nexus
 * @host: host
 * @itn: identifier
 * @result: 0 or a negative errno
 * @function: TGT_IT_NEXUS_*
 *
 * Return: false if the nexus is none of the engine's. Context: stgt_answer_lock.
 */
bool stgt_nexus_answered(struct stgt_host *host, u64 itn, int result, u32 function)
{
	struct stgt_nexus *nexus;

	lockdep_assert_held(&stgt_answer_lock);
	list_for_each_entry(nexus, &host->nexuses, node) {
		if (nexus->itn != itn)
			continue;
		if (nexus->state == STGT_NEXUS_WAITING && function == TGT_IT_NEXUS_CREATE &&
		    (!result || result == -EEXIST))
			nexus_bind(nexus);
		return true;
	}
	return itn >= STGT_TAG_BASE && itn <= stgt_next_itn;	/* one that went meanwhile */
}

/**
 * stgt_nexus_busy() - an I_T nexus that has gone still has commands for the daemon
 * @ev: its answer
 *
 * It did not end them in time (see stgt_nexus_del()). By now it has answered them, and the
 * ring tells it that they are over: so it is asked again, after that.
 *
 * Return: whether that is what @ev says. Context: stgt_answer_lock.
 */
bool stgt_nexus_busy(const struct tgt_event *ev)
{
	struct tgt_event again = {
		.hdr.type = TGT_KEVENT_IT_NEXUS_REQ,
		.p.it_nexus_req = {
			.host_no = ev->p.it_nexus_rsp.host_no,
			.function = TGT_IT_NEXUS_DESTROY,
			.itn_id = ev->p.it_nexus_rsp.itn_id,
		},
	};
	u64 itn = again.p.it_nexus_req.itn_id;

	lockdep_assert_held(&stgt_answer_lock);
	if (ev->p.it_nexus_rsp.function != TGT_IT_NEXUS_DESTROY ||
	    ev->p.it_nexus_rsp.result != -EBUSY || itn <= STGT_TAG_BASE || itn > stgt_next_itn)
		return false;
	stgt_try(&again);	/* nothing is kept for a daemon that says so for ever */
	return true;
}

static void nexus_daemon_gone(struct stgt_host *host)
{
	struct stgt_nexus *nexus;

	list_for_each_entry(nexus, &host->nexuses, node) {
		nexus->announced = false;
		if (nexus->state == STGT_NEXUS_BOUND || nexus->state == STGT_NEXUS_HUNG)
			nexus_set_state(nexus, STGT_NEXUS_WAITING);
	}
	stgt_reap(host, nexus_match_engine, NULL, STGT_NO_DAEMON);
}

/* Initiators try again, and find the nexuses waiting for the next daemon. */
void stgt_nexus_daemon_closed(void)
{
	stgt_hosts_each(nexus_daemon_gone);
	stgt_tmf_daemon_closed();
}

/* Its host goes: commands are answered that the unit is not ready from here on. */
void stgt_nexus_host_gone(struct stgt_host *host)
{
	struct stgt_nexus *nexus;

	lockdep_assert_held(&stgt_answer_lock);
	list_for_each_entry(nexus, &host->nexuses, node) {
		stgt_recall(&nexus->note);
		nexus_set_state(nexus, STGT_NEXUS_GONE);
	}
}

/* ---- begin and end ---------------------------------------------------------------------- */

/**
 * stgt_nexus_add() - an I_T nexus begins
 * @nexus: name, sess and bound are set
 * @host: host
 *
 * Context: process, stgt_answer_lock.
 */
void stgt_nexus_add(struct stgt_nexus *nexus, struct stgt_host *host)
{
	lockdep_assert_held(&stgt_answer_lock);
	nexus->host = host;
	nexus->itn = ++stgt_next_itn;
	INIT_LIST_HEAD(&nexus->note.node);
	nexus->note.sent = NULL;
	nexus_set_state(nexus, STGT_NEXUS_WAITING);
	list_add_tail(&nexus->node, &host->nexuses);
	stgt_nr_nexuses++;
	mod_delayed_work(system_long_wq, &nexus_tick_work, 0);
}

struct nexus_count {
	const struct stgt_nexus	*nexus;
	unsigned int		nr;
};

static bool nexus_count_one(struct stgt_cmd *cmd, void *data)
{
	struct nexus_count *count = data;

	count->nr += stgt_nexus_owns(count->nexus, cmd);
	return false;
}

/* Whether the daemon still has commands that it may be expected to end. */
static bool nexus_busy(struct stgt_nexus *nexus)
{
	struct nexus_count count = { .nexus = nexus };

	mutex_lock(&stgt_answer_lock);
	if (nexus->state == STGT_NEXUS_BOUND)
		stgt_reap(nexus->host, nexus_count_one, &count, STGT_NO_HOST);
	mutex_unlock(&stgt_answer_lock);
	return count.nr;
}

/**
 * stgt_nexus_del() - an I_T nexus ends
 * @nexus: nexus; its owner sends no more commands
 *
 * A daemon that works gets the time to end its commands; what is left then is ended here. No
 * command is in flight when it returns. Context: process, may wait for ten seconds.
 */
void stgt_nexus_del(struct stgt_nexus *nexus)
{
	unsigned long end = jiffies + NEXUS_DRAIN;
	struct stgt_host *host = nexus->host;

	lockdep_assert_not_held(&stgt_answer_lock);
	while (nexus_busy(nexus) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(HZ / 50);
	mutex_lock(&stgt_answer_lock);
	nexus_set_state(nexus, STGT_NEXUS_GONE);
	stgt_recall(&nexus->note);
	stgt_reap(host, nexus_match, nexus, STGT_NO_HOST);
	list_del(&nexus->node);
	stgt_nr_nexuses--;
	/* one that has not answered yet may still find the announcement in the ring */
	if (nexus->announced)
		stgt_send_nexus(host, nexus->itn, TGT_IT_NEXUS_DESTROY, NULL);
	mutex_unlock(&stgt_answer_lock);
}

void stgt_nexus_exit(void)
{
	cancel_delayed_work_sync(&nexus_tick_work);
}
