// SPDX-License-Identifier: GPL-2.0
/*
 * Task management, SAM-6 clause 7.
 *
 * The commands concerned are found in the tag tables of the fabrics and marked; each tells
 * its device when it ends. The function is answered when none is left that could touch
 * the medium or the initiator's memory. At the deadline the backend is asked to let go of
 * them; of those it cannot the answer is "failed": they stay the backend's, and the initiator
 * must not reuse their memory.
 */
#include "copy.h"
#include "core.h"
#include "proc.h"
#include "scsi/mode.h"
#include "scsi/opcode.h"
#include "tasks.h"
#include "trace.h"
#include "unit.h"
#include "wipe.h"

static void tgt_qerr_work(struct work_struct *work);

/* One aborted command more. */
void tgt_aborted_begin(struct tgt_itl *itl)
{
	if (atomic_inc_return(&itl->dev->nr_aborted) == 1)
		WRITE_ONCE(itl->dev->abort_since, jiffies);
	atomic_inc(&itl->nr_aborted);
}

/* One less. */
void tgt_aborted_end(struct tgt_itl *itl)
{
	atomic_dec(&itl->nr_aborted);
	atomic_dec(&itl->dev->nr_aborted);
	wake_up_all(&itl->dev->abort_wait);
}

/* A command has failed, and QERR says that others end by that: a worker goes on with it. */
static bool tgt_qerr(struct tgt_cmd *cmd)
{
	if (cmd->flags & TGT_CMD_QERR || !READ_ONCE(cmd->itl->dev->modes.now.qerr))
		return false;
	cmd->flags |= TGT_CMD_QERR;
	INIT_WORK(&cmd->work, tgt_qerr_work);
	queue_work(tgt_qerr_wq, &cmd->work);
	return true;
}

/* The answer to a command that another nexus ended; false: there is none (TAS, SPC-5 7.5.10). */
static bool tgt_answer_ended(struct tgt_cmd *cmd)
{
	struct tgt_itl *itl = cmd->itl;

	if (itl && tgt_wipe_answer(cmd))
		return true;
	if (itl && !READ_ONCE(itl->dev->modes.now.tas))
		return false;
	tgt_cmd_refuse(cmd, SAM_STAT_TASK_ABORTED);
	return true;
}

/*
 * The end of a command whose state is not ACTIVE. Runs inside the RCU section of tgt_cmd_end(),
 * before the answer goes to the fabric. False: there is none to give it to, and the command
 * is not the caller's any more.
 */
bool tgt_cmd_end_special(struct tgt_cmd *cmd, int state)
{
	struct tgt_itl *itl = cmd->itl;

	if (state == TGT_CMD_SUB) {
		tgt_proc_sub_end(cmd);
		return false;
	}
	if (state == TGT_CMD_FAULTED) {
		if (tgt_qerr(cmd))
			return false;
		state = tgt_tasks_fault(cmd);
		if (state == TGT_CMD_FAULTED) {
			wake_up_all(&itl->dev->abort_wait);
			return true;
		}
	}
	if (state == TGT_CMD_IDLE)	/* had no logical unit to be aborted at */
		return true;
	cmd->flags |= TGT_CMD_TASK_ABORTED;
	if (state == TGT_CMD_ABORTED_OTHER && tgt_answer_ended(cmd))
		cmd->flags |= TGT_CMD_OTHER_NEXUS;
	/* pairs with tgt_abort_task(): who sees IDLE sees the command ended */
	smp_store_release(&cmd->state, TGT_CMD_IDLE);
	if (itl)
		tgt_aborted_end(itl);
	return true;
}

struct tgt_tmf_walk {
	struct tgt_itl	*itl;
	int		state;
	bool		tell;	/* TAS=0: that commands were cleared */
	struct tgt_cmd	*except;
};

/* Marks a command, and tells its fabric. False if it has ended, or is marked already. */
static bool tgt_cmd_mark(struct tgt_cmd *cmd, int state)
{
	const struct tgt_fabric_ops *fops = cmd->sess->target->fops;

	if (cmpxchg(&cmd->state, TGT_CMD_ACTIVE, state) != TGT_CMD_ACTIVE &&
	    cmpxchg(&cmd->state, TGT_CMD_FAULTED, state) != TGT_CMD_FAULTED)
		return false;
	trace_tgt_cmd_abort(cmd);
	if (fops->abort)
		fops->abort(cmd);
	return true;
}

/*
 * Marks a command of walk->itl. The fabric keeps it the same command meanwhile; an itl it
 * may still point to is freed by RCU only, and is only compared.
 */
static void tgt_tmf_mark(struct tgt_cmd *cmd, void *data)
{
	struct tgt_tmf_walk *walk = data;
	/* pairs with tgt_engine_queue(): the itl is this command's */
	int state = smp_load_acquire(&cmd->state);

	/* one that has failed, but not ended yet, is aborted as well */
	if ((state != TGT_CMD_ACTIVE && state != TGT_CMD_FAULTED) || cmd->itl != walk->itl ||
	    cmd == walk->except)
		return;
	tgt_aborted_begin(walk->itl);
	if (!tgt_cmd_mark(cmd, walk->state)) {
		tgt_aborted_end(walk->itl);
		return;
	}
	wake_up_all(&walk->itl->dev->proc_wait);	/* it may be a procedure that waits */
	if (walk->tell && walk->state == TGT_CMD_ABORTED_OTHER)
		tgt_ua_set(walk->itl, TGT_UA_CLEARED);
}

/**
 * tgt_cmd_abort() - mark a command of a handler with LUNs of its own
 * @cmd: command which has no itl
 * @other: by a function of another I_T nexus
 *
 * Its fabric is told, and tgt_cmd_data_ready() ends it. One that the handler goes on with all
 * the same is answered as aborted when it ends. Context: process; from tgt_target_iter(), or
 * while the fabric keeps it the same command.
 */
void tgt_cmd_abort(struct tgt_cmd *cmd, bool other)
{
	tgt_cmd_mark(cmd, other ? TGT_CMD_ABORTED_OTHER : TGT_CMD_ABORTED);
}
EXPORT_SYMBOL_NS_GPL(tgt_cmd_abort, TGTCORE);

/**
 * tgt_target_iter() - look at the commands of a target
 * @target: target
 * @sess: only those of this I_T nexus; NULL: of all
 * @fn: called for each, as by ->iter() of a fabric
 * @data: for @fn
 *
 * Context: process, not under tgt_config_mutex.
 */
void tgt_target_iter(struct tgt_target *target, struct tgt_session *sess,
		     void (*fn)(struct tgt_cmd *cmd, void *data), void *data)
{
	struct tgt_session *s;

	tgt_config_lock();
	list_for_each_entry(s, &target->sessions, node)
		if (!sess || s == sess)
			target->fops->iter(s, fn, data);
	tgt_config_unlock();
}
EXPORT_SYMBOL_NS_GPL(tgt_target_iter, TGTCORE);

struct tgt_passed {
	struct tgt_itl		*itl;
	unsigned long		gate;
	bool			(*meets)(const struct tgt_device *dev, const struct tgt_cmd *cmd,
					 const void *data);
	const void		*data;
	bool			found;
};

/* One of the nexus? One that has not begun will meet the gate. */
static void tgt_passed_find(struct tgt_cmd *cmd, void *data)
{
	struct tgt_passed *p = data;

	/* pairs with tgt_engine_queue(): the itl is this command's */
	if (smp_load_acquire(&cmd->state) == TGT_CMD_IDLE || cmd->itl != p->itl)
		return;
	if (tgt_op_find(cmd->cdb, cmd->cdb_len)->gates & p->gate &&
	    p->meets(p->itl->dev, cmd, p->data) && !tgt_tasks_waits(p->itl, cmd))
		p->found = true;
}

/**
 * tgt_gate_passed() - whether a command that may have passed a gate before it was closed goes on
 * @dev: device
 * @gate: TGT_GATE_*
 * @meets: which of those that the gate concerns are meant
 * @data: for @meets
 *
 * Context: process, after a grace period since the gate was closed; takes tgt_config_mutex.
 */
bool tgt_gate_passed(struct tgt_device *dev, unsigned long gate,
		     bool (*meets)(const struct tgt_device *dev, const struct tgt_cmd *cmd,
				   const void *data), const void *data)
{
	struct tgt_passed p = { .gate = gate, .meets = meets, .data = data };

	tgt_config_lock();
	list_for_each_entry(p.itl, &dev->itls, dev_node)
		p.itl->sess->target->fops->iter(p.itl->sess, tgt_passed_find, &p);
	tgt_config_unlock();
	return p.found;
}

static bool tgt_cmd_ended(struct tgt_cmd *cmd)
{
	/* pairs with tgt_cmd_end_special() */
	return smp_load_acquire(&cmd->state) == TGT_CMD_IDLE;
}

/* The deadline is over: a command that is marked is taken from its backend, if it can be. */
static void tgt_tmf_detach(struct tgt_cmd *cmd, void *data)
{
	struct tgt_tmf_walk *walk = data;
	int state = smp_load_acquire(&cmd->state);	/* as in tgt_tmf_mark() */

	if (state > TGT_CMD_ACTIVE && cmd->itl == walk->itl)
		tgt_cmd_detach(cmd, walk->itl, false);
}

/* SAM-6 7.2: a task that is not there is as good as aborted. */
static bool tgt_abort_task(struct tgt_tmf *tmf, struct tgt_itl *itl)
{
	struct tgt_tmf_walk walk = { .itl = itl, .state = TGT_CMD_ABORTED };
	struct tgt_cmd *cmd = tmf->cmd;
	bool ok;

	if (!cmd || READ_ONCE(cmd->itl) != itl)
		return true;
	tgt_tmf_mark(cmd, &walk);
	ok = wait_event_timeout(itl->dev->abort_wait, tgt_cmd_ended(cmd), TGT_TMF_DEADLINE);
	if (!ok) {
		tgt_tmf_detach(cmd, &walk);
		/* a completion may have been quicker, but not have got there yet */
		ok = wait_event_timeout(itl->dev->abort_wait, tgt_cmd_ended(cmd), HZ / 10);
	}
	synchronize_rcu();	/* its answer has been handed over */
	return ok;
}

/*
 * What copies that came in elsewhere do through a nexus is no command of its initiator's tag table,
 * but has to end all the same where the medium is to be left alone.
 */
static void tgt_tmf_visits(struct tgt_itl *itl, void (*fn)(struct tgt_cmd *cmd, void *data))
{
	if (fn == tgt_tmf_mark)
		tgt_visit_abort(itl);
	else if (fn == tgt_tmf_detach)
		tgt_visit_detach(itl, 0);
}

/* Calls @fn for the commands of @walk->itl, on behalf of @sess, and for visits that come by it. */
static void tgt_walk_nexus(struct tgt_tmf_walk *walk, const struct tgt_session *sess, bool visits,
			   void (*fn)(struct tgt_cmd *cmd, void *data))
{
	struct tgt_session *own = walk->itl->sess;

	walk->state = own == sess ? TGT_CMD_ABORTED : TGT_CMD_ABORTED_OTHER;
	own->target->fops->iter(own, fn, walk);
	if (visits)
		tgt_tmf_visits(walk->itl, fn);
}

/* Calls @fn for the commands of the nexus @own, or of all of its device, on behalf of @own. */
static void tgt_set_walk(struct tgt_itl *own, bool one, struct tgt_tmf_walk *walk,
			 void (*fn)(struct tgt_cmd *cmd, void *data))
{
	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(walk->itl, &own->dev->itls, dev_node)
		if (!one || walk->itl == own)
			tgt_walk_nexus(walk, own->sess, !one, fn);
}

static void tgt_tmf_walk(struct tgt_itl *own, bool one, const struct tgt_tmf *tmf,
			 void (*fn)(struct tgt_cmd *cmd, void *data))
{
	struct tgt_tmf_walk walk = {
		/* a reset tells of itself */
		.tell = tmf->function == TGT_TMF_CLEAR_TASK_SET && !own->dev->modes.now.tas,
	};

	tgt_config_lock();
	tgt_set_walk(own, one, &walk, fn);
	tgt_config_unlock();
}

/* All nexuses hear of a reset; but a fabric may tell its own, where the reset came by it. */
static void tgt_tell_reset(struct tgt_itl *own)
{
	const struct tgt_fabric_ops *by = own->sess->target->fops, *fops;
	struct tgt_device *dev = own->dev;
	struct tgt_itl *itl;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node) {
		fops = itl->sess->target->fops;
		if (!(fops->flags & TGT_FABRIC_OWN_RESETS) || fops->owner != by->owner)
			tgt_ua_set(itl, TGT_UA_RESET);
	}
	spin_unlock_irq(&dev->lock);
}

/*
 * ABORT TASK SET: one nexus; LOGICAL UNIT RESET: all; CLEAR TASK SET: the task set, which with
 * TST=001b is that of one nexus.
 */
static bool tgt_abort_set(struct tgt_tmf *tmf, struct tgt_itl *own)
{
	struct tgt_device *dev = own->dev;
	bool one = tmf->function == TGT_TMF_ABORT_TASK_SET ||
		   (tmf->function == TGT_TMF_CLEAR_TASK_SET && READ_ONCE(dev->modes.now.tst));
	atomic_t *left = one ? &own->nr_aborted : &dev->nr_aborted;
	bool ok;

	/* first: a copy in the background sees it, or is at the device already and found there */
	if (tmf->function == TGT_TMF_LUN_RESET)
		tgt_copy_reset(dev, NULL);
	tgt_tmf_walk(own, one, tmf, tgt_tmf_mark);
	if (tmf->function == TGT_TMF_LUN_RESET && !dev->be->raw) {	/* that has its own */
		tgt_tell_reset(own);
		tgt_tasks_clear_aca(dev, NULL);
		tgt_pr_lost_nexus(dev, NULL);
		tgt_self_test_stop(dev);
	}

	ok = wait_event_timeout(dev->abort_wait, !atomic_read(left), TGT_TMF_DEADLINE);
	if (!ok) {
		tgt_tmf_walk(own, one, tmf, tgt_tmf_detach);
		ok = wait_event_timeout(dev->abort_wait, !atomic_read(left), HZ / 10);
	}
	synchronize_rcu();
	return ok;
}

/* Calls @fn for what there is of a nexus, one logical unit after another; how many end yet. */
static u32 tgt_nexus_walk(struct tgt_session *sess, void (*fn)(struct tgt_cmd *cmd, void *data))
{
	struct tgt_tmf_walk walk = { .state = TGT_CMD_ABORTED };
	unsigned long i;
	u32 left = 0;

	tgt_config_lock();
	xa_for_each(&sess->itls, i, walk.itl) {
		if (fn) {
			sess->target->fops->iter(sess, fn, &walk);
			tgt_tmf_visits(walk.itl, fn);	/* of the session's own copies */
		}
		left += atomic_read(&walk.itl->nr_aborted);
	}
	tgt_config_unlock();
	return left;
}

static bool tgt_nexus_drained(struct tgt_session *sess, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	while (tgt_nexus_walk(sess, NULL)) {
		if (time_after(jiffies, end))
			return false;
		schedule_timeout_idle(1);
	}
	return true;
}

/*
 * I_T NEXUS RESET, SAM-6 7.7: all commands of the nexus, on whatever logical unit, and a unit
 * attention on each.
 */
static bool tgt_nexus_reset(struct tgt_session *sess)
{
	struct tgt_itl *itl;
	unsigned long i;
	bool ok;

	tgt_config_lock();
	xa_for_each(&sess->itls, i, itl)
		tgt_copy_reset(itl->dev, itl);	/* first, as in tgt_abort_set() */
	tgt_config_unlock();
	tgt_nexus_walk(sess, tgt_tmf_mark);
	tgt_config_lock();
	xa_for_each(&sess->itls, i, itl) {
		if (itl->dev->be->raw)
			continue;
		tgt_ua_set(itl, TGT_UA_NEXUS_LOSS);
		tgt_tasks_clear_aca(itl->dev, itl);
		tgt_pr_lost_nexus(itl->dev, sess);
	}
	tgt_config_unlock();
	ok = tgt_nexus_drained(sess, TGT_TMF_DEADLINE);
	if (!ok) {
		tgt_nexus_walk(sess, tgt_tmf_detach);
		ok = tgt_nexus_drained(sess, HZ / 10);
	}
	synchronize_rcu();
	return ok;
}

/* QUERY TASK, QUERY TASK SET: is there one? */
static void tgt_query_found(struct tgt_cmd *cmd, void *data)
{
	struct tgt_tmf_walk *walk = data;

	/* pairs with tgt_engine_queue(): the itl is this command's */
	if (smp_load_acquire(&cmd->state) != TGT_CMD_IDLE && cmd->itl == walk->itl)
		walk->state = TGT_CMD_ACTIVE;
}

static bool tgt_query(struct tgt_tmf *tmf, struct tgt_itl *itl)
{
	struct tgt_tmf_walk walk = { .itl = itl };

	if (tmf->function == TGT_TMF_QUERY_TASK) {
		if (tmf->cmd)
			tgt_query_found(tmf->cmd, &walk);
	} else {
		tgt_config_lock();
		tmf->sess->target->fops->iter(tmf->sess, tgt_query_found, &walk);
		tgt_config_unlock();
	}
	return walk.state == TGT_CMD_ACTIVE;
}

/* QUERY ASYNCHRONOUS EVENT, SAM-6 7.10: the unit attention the next command would get. */
static bool tgt_query_event(struct tgt_tmf *tmf, struct tgt_itl *itl)
{
	unsigned int n = tgt_ua_peek(itl, &tmf->info[1], &tmf->info[2]);

	if (n)
		tmf->info[0] = (n > 1 ? 0x20 : 0x10) | UNIT_ATTENTION;	/* UADE: one, or more */
	return n;
}

/* ---- not by a function: QERR ---------------------------------------------------------------- */

static void tgt_qerr_walk(struct tgt_cmd *cmd, bool one,
			  void (*fn)(struct tgt_cmd *cmd, void *data))
{
	struct tgt_itl *own = cmd->itl;
	struct tgt_tmf_walk walk = {
		.tell = !READ_ONCE(own->dev->modes.now.tas),
		.except = cmd,
	};

	tgt_config_lock();
	/* of two that fail at a time one ends the other, and only one */
	if (READ_ONCE(cmd->state) == TGT_CMD_FAULTED)
		tgt_set_walk(own, one, &walk, fn);
	tgt_config_unlock();
}

/* All are over, or @cmd has been aborted itself and is among them. */
static bool tgt_qerr_wait(struct tgt_cmd *cmd, const atomic_t *left, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	/* that @cmd is aborted wakes nobody here */
	while (!wait_event_timeout(cmd->itl->dev->abort_wait, !atomic_read(left), HZ / 20)) {
		if (READ_ONCE(cmd->state) != TGT_CMD_FAULTED)
			return true;
		if (time_after(jiffies, end))
			return false;
	}
	return true;
}

/*
 * QERR, SPC-5 7.5.10: a command has failed, and its task set or nexus goes with it. They are
 * over before the answer is given, as after CLEAR TASK SET and ABORT TASK SET, or by the
 * deadline. The command holds its nexus; it is ended here.
 */
static void tgt_qerr_work(struct work_struct *work)
{
	struct tgt_cmd *cmd = container_of(work, struct tgt_cmd, work);
	const struct tgt_modes *now = &cmd->itl->dev->modes.now;
	bool one = READ_ONCE(now->qerr) == TGT_QERR_NEXUS || READ_ONCE(now->tst);
	atomic_t *left = one ? &cmd->itl->nr_aborted : &cmd->itl->dev->nr_aborted;

	tgt_qerr_walk(cmd, one, tgt_tmf_mark);
	if (!tgt_qerr_wait(cmd, left, TGT_TMF_DEADLINE)) {
		tgt_qerr_walk(cmd, one, tgt_tmf_detach);
		tgt_qerr_wait(cmd, left, HZ / 10);
	}
	synchronize_rcu();	/* their answers have been handed over */
	tgt_cmd_complete(cmd);
}

/* ---- not by a function: PREEMPT AND ABORT -------------------------------------------------- */

/**
 * tgt_abort_some() - mark the commands of some nexuses of a device
 * @dev: device
 * @match: whether a nexus is one of them; dev->lock may be held
 * @data: for @match
 * @sess: whose doing it is: its own commands end without TASK ABORTED
 * @except: a command that is not marked
 *
 * An ACA condition of theirs goes too.
 * Context: process, tgt_config_mutex not held.
 */
void tgt_abort_some(struct tgt_device *dev, tgt_itl_match_t match, void *data,
		    struct tgt_session *sess, struct tgt_cmd *except)
{
	struct tgt_tmf_walk walk = { .except = except };

	tgt_config_lock();
	list_for_each_entry(walk.itl, &dev->itls, dev_node) {
		if (!match(walk.itl, data))
			continue;
		tgt_walk_nexus(&walk, sess, true, tgt_tmf_mark);
		tgt_tasks_clear_aca(dev, walk.itl);
	}
	tgt_config_unlock();
}

static bool tgt_abort_left(struct tgt_device *dev, tgt_itl_match_t match, void *data)
{
	struct tgt_itl *itl;
	bool left = false;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node)
		left |= atomic_read(&itl->nr_aborted) && match(itl, data);
	spin_unlock_irq(&dev->lock);
	return left;
}

/**
 * tgt_abort_wait() - wait for the end of what tgt_abort_some() marked
 * @dev: device
 * @match: as there
 * @data: as there
 * @p: procedure that waits: not beyond the end of its command
 * @timeout: jiffies
 *
 * Return: true if all have ended, and have been answered, or @p's command is gone. Context:
 * process.
 */
bool tgt_abort_wait(struct tgt_device *dev, tgt_itl_match_t match, void *data,
		    struct tgt_proc *p, unsigned long timeout)
{
	unsigned long since = jiffies;

	/* the end of @p's own command wakes nobody here */
	while (!wait_event_timeout(dev->abort_wait, !tgt_abort_left(dev, match, data), HZ / 10)) {
		if (tgt_proc_gone(p))
			return true;
		if (jiffies - since >= timeout)
			return false;
	}
	synchronize_rcu();	/* their answers have been handed over */
	return true;
}

/* Those that have not ended by the deadline are taken from their backend, if they can be. */
void tgt_abort_detach(struct tgt_device *dev, tgt_itl_match_t match, void *data)
{
	struct tgt_tmf_walk walk = { };

	tgt_config_lock();
	list_for_each_entry(walk.itl, &dev->itls, dev_node)
		if (match(walk.itl, data))
			tgt_walk_nexus(&walk, NULL, true, tgt_tmf_detach);
	tgt_config_unlock();
}

/* ---- functions --------------------------------------------------------------------------- */

struct tgt_tmf_wait {
	struct tgt_tmf		tmf;
	struct completion	done;
};

static void tgt_tmf_wake(struct tgt_tmf *tmf)
{
	complete(&container_of(tmf, struct tgt_tmf_wait, tmf)->done);
}

/* What the function is about has ended, or not by the deadline. */
static u8 tgt_tmf_abort(struct tgt_tmf *tmf, struct tgt_itl *itl)
{
	bool ok;

	switch (tmf->function) {
	case TGT_TMF_ABORT_TASK:
		ok = tgt_abort_task(tmf, itl);
		break;
	case TGT_TMF_ABORT_TASK_SET:
	case TGT_TMF_CLEAR_TASK_SET:
	case TGT_TMF_LUN_RESET:
		ok = tgt_abort_set(tmf, itl);
		break;
	case TGT_TMF_CLEAR_ACA:
		tgt_tasks_clear_aca(itl->dev, itl);
		ok = true;
		break;
	case TGT_TMF_QUERY_TASK:
	case TGT_TMF_QUERY_TASK_SET:
		return tgt_query(tmf, itl) ? TGT_TMF_SUCCEEDED : TGT_TMF_COMPLETE;
	case TGT_TMF_QUERY_ASYNC_EVENT:
		return tgt_query_event(tmf, itl) ? TGT_TMF_SUCCEEDED : TGT_TMF_COMPLETE;
	default:
		return TGT_TMF_REJECTED;
	}
	return ok ? TGT_TMF_COMPLETE : TGT_TMF_FAILED;
}

/*
 * A backend that executes CDBs whole does that of task management too; but it knows nothing of
 * commands that wait for their data, which must not reach it after the answer.
 */
static u8 tgt_tmf_raw(struct tgt_tmf *tmf, struct tgt_itl *itl)
{
	struct tgt_tmf_wait wait = {
		.tmf = *tmf,
		.done = COMPLETION_INITIALIZER_ONSTACK(wait.done),
	};

	if (tmf->function == TGT_TMF_QUERY_TASK || tmf->function == TGT_TMF_QUERY_TASK_SET)
		return tgt_tmf_abort(tmf, itl);	/* there or not, that is known here */
	wait.tmf.done = tgt_tmf_wake;
	itl->dev->be->tmf(itl, &wait.tmf);
	wait_for_completion(&wait.done);
	if (wait.tmf.response == TGT_TMF_COMPLETE && tgt_tmf_abort(tmf, itl) == TGT_TMF_FAILED)
		return TGT_TMF_FAILED;
	return wait.tmf.response;
}

static u8 tgt_tmf_run(struct tgt_tmf *tmf)
{
	struct tgt_itl *itl;
	u8 response;

	if (tmf->function == TGT_TMF_I_T_NEXUS_RESET)
		return tgt_nexus_reset(tmf->sess) ? TGT_TMF_COMPLETE : TGT_TMF_FAILED;
	itl = tgt_itl_enter(tmf->sess, &tmf->lun);
	if (!itl)
		return TGT_TMF_INCORRECT_LUN;
	response = itl->dev->be->raw ? tgt_tmf_raw(tmf, itl) : tgt_tmf_abort(tmf, itl);
	percpu_ref_put(&itl->ref);
	return response;
}

static void tgt_tmf_finish(struct tgt_tmf *tmf)
{
	tmf->response = tgt_tmf_run(tmf);
	trace_tgt_tmf_end(tmf);
	tmf->done(tmf);
}

static void tgt_tmf_work(struct work_struct *work)
{
	tgt_tmf_finish(container_of(work, struct tgt_tmf, work));
}

/* The engine's ->tmf. */
void tgt_engine_tmf(struct tgt_tmf *tmf)
{
	INIT_WORK(&tmf->work, tgt_tmf_work);
	queue_work(tgt_tmf_wq, &tmf->work);
}

/**
 * tgt_tmf_submit() - hand a task management function to its target
 * @tmf: function; it and its session stay until @tmf->done() returns
 *
 * Context: process.
 */
void tgt_tmf_submit(struct tgt_tmf *tmf)
{
	trace_tgt_tmf_begin(tmf);
	tmf->sess->target->handler->tmf(tmf);
}
EXPORT_SYMBOL_NS_GPL(tgt_tmf_submit, TGTCORE);

/**
 * tgt_tmf_sync() - a task management function, waited for
 * @sess: I_T nexus
 * @lun: LUN bytes
 * @function: &enum tgt_tmf_function
 * @cmd: as tmf->cmd
 * @tag: tag of the task
 *
 * Return: &enum tgt_tmf_response. Context: process; sleeps up to the engine's deadline.
 */
u8 tgt_tmf_sync(struct tgt_session *sess, const struct scsi_lun *lun, u8 function,
		struct tgt_cmd *cmd, u64 tag)
{
	struct tgt_tmf_wait wait = {
		.tmf = {
			.sess = sess,
			.lun = *lun,
			.cmd = cmd,
			.tag = tag,
			.function = function,
			.done = tgt_tmf_wake,
		},
		.done = COMPLETION_INITIALIZER_ONSTACK(wait.done),
	};

	/* the engine sleeps as well here as in a worker, which might first have to be made */
	if (sess->target->handler->tmf == tgt_engine_tmf) {
		trace_tgt_tmf_begin(&wait.tmf);
		tgt_tmf_finish(&wait.tmf);
		return wait.tmf.response;
	}
	tgt_tmf_submit(&wait.tmf);
	wait_for_completion(&wait.done);
	return wait.tmf.response;
}
EXPORT_SYMBOL_NS_GPL(tgt_tmf_sync, TGTCORE);
