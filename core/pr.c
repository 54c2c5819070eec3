// SPDX-License-Identifier: GPL-2.0
/*
 * Reservations of a logical unit: core/scsi/pr.h put to use. docs/pr.md.
 *
 * dev->pr is read under RCU and replaced under dev->pr_mutex and dev->lock; what it means for a
 * nexus is two or three bits of its gate word, set in the same section of dev->lock, so that
 * after PERSISTENT RESERVE OUT is answered no command passes that should not.
 * Order: tgt_config_mutex, dev->pr_mutex, dev->lock, itl->lock.
 *
 * With a file (pr_store.c) a state that is to outlive a loss of power is written there before it
 * comes into force, between tgt_pr_enter() and tgt_pr_leave(): that can take as long as a file
 * system likes, and nobody waits for it but who wants to change reservations too. The end of a
 * nexus and a reset, which must not wait, take back RESERVE in place, and that no file holds.
 */
#include <linux/slab.h>
#include "core.h"
#include "proc.h"
#include "scsi/exec.h"
#include "scsi/opcode.h"
#include "scsi/pr.h"

atomic_t tgt_pr_changes;

#define TGT_PR_WAITING	3	/* procedures that may wait for another's change */
#define TGT_GATE_PR	(TGT_GATE_PR_READ | TGT_GATE_PR_WRITE | TGT_GATE_RESERVED)

/* The identity a registration has: it outlives the session. */
static struct tgt_pr_nexus tgt_pr_nexus(const struct tgt_session *sess)
{
	return (struct tgt_pr_nexus) {
		.tid = sess->transport_id,
		.tid_len = sess->transport_id_len,
		.rtpi = sess->target->rtpi,
	};
}

/* ---- the gate ----------------------------------------------------------------------------- */

/**
 * tgt_pr_gate() - what reservations mean for a nexus
 * @itl: nexus
 *
 * Return: bits of its gate word. Context: dev->lock held.
 */
unsigned long tgt_pr_gate(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;
	struct tgt_pr_nexus n = tgt_pr_nexus(itl->sess);
	u8 no;

	lockdep_assert_held(&dev->lock);
	no = tgt_pr_conflict(rcu_dereference_protected(dev->pr, true), &n);
	return (no & TGT_PR_NO_READ ? TGT_GATE_PR_READ : 0) |
	       (no & TGT_PR_NO_WRITE ? TGT_GATE_PR_WRITE : 0) |
	       (no & TGT_PR_NO_OTHER ? TGT_GATE_RESERVED : 0);
}

static void tgt_pr_gates(struct tgt_device *dev)
{
	struct tgt_itl *itl;
	unsigned long gate;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node) {
		gate = tgt_pr_gate(itl);
		tgt_gate_change(itl, gate, TGT_GATE_PR & ~gate);
	}
}

/**
 * tgt_pr_pass() - a command met a reservation
 * @cmd: command; its gates and those of its nexus have bits of reservations in common
 *
 * SBC-4 5.29: START STOP UNIT that starts passes a persistent reservation. Return: whether it
 * may run; else it is answered. Context: any.
 */
bool tgt_pr_pass(struct tgt_cmd *cmd)
{
	const struct tgt_pr_status *s = &tgt_pr_status[TGT_PR_LOST];
	bool starts = cmd->op->opcode == START_STOP && cmd->cdb[4] & 0x01 && !(cmd->cdb[4] >> 4);
	bool lost, reserved;
	struct tgt_pr *pr;

	rcu_read_lock();
	pr = rcu_dereference(cmd->itl->dev->pr);
	lost = pr && pr->lost;
	reserved = pr && READ_ONCE(pr->reserved);
	rcu_read_unlock();
	if (starts && !reserved && !lost)
		return true;
	if (lost)
		tgt_cmd_sense(cmd, s->key, s->asc, s->ascq);
	else
		tgt_cmd_refuse(cmd, SAM_STAT_RESERVATION_CONFLICT);
	return false;
}

/* ---- a change comes into force ------------------------------------------------------------ */

/* What a change does to the nexus of @itl: it was a registrant of @old. */
static u8 tgt_pr_effect(struct tgt_itl *itl, const struct tgt_pr *old, const u8 *effect)
{
	struct tgt_pr_nexus n = tgt_pr_nexus(itl->sess);
	int i = tgt_pr_find(old, &n);

	return i < 0 ? 0 : effect[i];
}

static void tgt_pr_attentions(struct tgt_itl *itl, u8 effect)
{
	if (effect & TGT_PR_RES_PREEMPTED)
		tgt_ua_set(itl, TGT_UA_RES_PREEMPTED);
	if (effect & TGT_PR_RES_RELEASED)
		tgt_ua_set(itl, TGT_UA_RES_RELEASED);
	if (effect & TGT_PR_REG_PREEMPTED)
		tgt_ua_set(itl, TGT_UA_REG_PREEMPTED);
}

/*
 * The next state is the state; @old is what it was. A nexus that is not there needs no unit
 * attention: when it comes back it gets that of power on, which covers all others.
 */
static void tgt_pr_commit(struct tgt_device *dev, const struct tgt_pr *old,
			  struct tgt_pr_result *res)
{
	struct tgt_itl *itl;
	unsigned long flags;

	lockdep_assert_held(&dev->pr_mutex);
	spin_lock_irqsave(&dev->lock, flags);
	rcu_assign_pointer(dev->pr, res->next);
	tgt_pr_gates(dev);
	if (res->effect)
		list_for_each_entry(itl, &dev->itls, dev_node)
			tgt_pr_attentions(itl, tgt_pr_effect(itl, old, res->effect));
	spin_unlock_irqrestore(&dev->lock, flags);
	res->next = NULL;
}

static bool tgt_pr_try_enter(struct tgt_device *dev)
{
	bool free;

	spin_lock_irq(&dev->proc_lock);
	free = !dev->pr_busy;
	if (free)
		WRITE_ONCE(dev->pr_since, jiffies);
	dev->pr_busy = true;
	spin_unlock_irq(&dev->proc_lock);
	return free;
}

/* Procedures are few, and a file system may be slow: not all of them shall wait for it. */
static bool tgt_pr_may_wait(struct tgt_device *dev)
{
	bool room;

	spin_lock_irq(&dev->proc_lock);
	room = dev->pr_waiting < TGT_PR_WAITING;
	dev->pr_waiting += room;
	spin_unlock_irq(&dev->proc_lock);
	return room;
}

/*
 * One at a time changes reservations. False: @p, if it is one, should stop; it was answered BUSY
 * if too many wait. Else until tgt_pr_leave() the state is that of tgt_pr_get(), but for what
 * RESERVE did.
 */
bool tgt_pr_enter(struct tgt_device *dev, struct tgt_proc *p)
{
	bool entered = false;

	if (p && !tgt_pr_may_wait(dev)) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return false;
	}
	wait_event_idle(dev->proc_wait,
			(entered = tgt_pr_try_enter(dev)) || (p && tgt_proc_gone(p)));
	if (p) {
		spin_lock_irq(&dev->proc_lock);
		dev->pr_waiting--;
		spin_unlock_irq(&dev->proc_lock);
	}
	return entered;
}

void tgt_pr_leave(struct tgt_device *dev)
{
	spin_lock_irq(&dev->proc_lock);
	dev->pr_busy = false;
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
}

/* For who has entered, or holds dev->pr_mutex. */
struct tgt_pr *tgt_pr_get(struct tgt_device *dev)
{
	return rcu_dereference_protected(dev->pr, dev->pr_busy || lockdep_is_held(&dev->pr_mutex));
}

/*
 * @res, made of @old, comes into force, and is in the file before that where it has to be. @old
 * is the caller's then. Returns an errno: nothing has changed. Between enter and leave.
 */
int tgt_pr_change(struct tgt_device *dev, struct tgt_pr *old, struct tgt_pr_result *res)
{
	int err = tgt_pr_keep(dev, res->next);

	if (err)
		return err;
	atomic_inc(&tgt_pr_changes);	/* before and after: a dump sees one of them */
	mutex_lock(&dev->pr_mutex);
	tgt_pr_commit(dev, old, res);
	mutex_unlock(&dev->pr_mutex);
	atomic_inc(&tgt_pr_changes);
	tgt_config_lock();
	tgt_event_pr(dev);
	tgt_config_unlock();
	return 0;
}

/* A reset of the logical unit, or the loss of the nexus @sess, ends what RESERVE did (SPC-2). */
void tgt_pr_lost_nexus(struct tgt_device *dev, struct tgt_session *sess)
{
	struct tgt_pr_nexus n;
	struct tgt_pr *pr;

	mutex_lock(&dev->pr_mutex);
	pr = tgt_pr_get(dev);
	if (sess)
		n = tgt_pr_nexus(sess);
	if (pr && pr->reserved && (!sess || !tgt_pr_conflict(pr, &n))) {
		spin_lock_irq(&dev->lock);
		/* the only change in place: it must not fail for want of memory */
		WRITE_ONCE(pr->reserved, false);
		tgt_pr_gates(dev);
		spin_unlock_irq(&dev->lock);
	}
	mutex_unlock(&dev->pr_mutex);
}

/* ---- PREEMPT AND ABORT -------------------------------------------------------------------- */

struct tgt_pr_abort {
	const struct tgt_pr	*old;
	const u8		*effect;
};

static bool tgt_pr_aborts(struct tgt_itl *itl, void *data)
{
	struct tgt_pr_abort *a = data;

	return tgt_pr_effect(itl, a->old, a->effect) & TGT_PR_ABORT;
}

/*
 * Commands of who was preempted are aborted, and waited for: the answer says that none of them
 * can touch the medium any more (SPC-5 5.14.11.2.6). One that its backend neither ends nor lets
 * go of keeps the PERSISTENT RESERVE OUT waiting, until that is aborted itself.
 */
static void tgt_pr_abort(struct tgt_proc *p, struct tgt_cmd *cmd, struct tgt_session *sess,
			 const struct tgt_pr *old, const u8 *effect)
{
	struct tgt_pr_abort a = { old, effect };
	u32 i;

	for (i = 0; i < old->nr; i++)
		if (effect[i] & TGT_PR_ABORT)
			break;
	if (i == old->nr)
		return;
	tgt_abort_some(p->dev, tgt_pr_aborts, &a, sess, cmd);
	if (!tgt_abort_wait(p->dev, tgt_pr_aborts, &a, p, TGT_TMF_DEADLINE)) {
		tgt_abort_detach(p->dev, tgt_pr_aborts, &a);
		tgt_abort_wait(p->dev, tgt_pr_aborts, &a, p, MAX_SCHEDULE_TIMEOUT);
	}
	/* nor may what a backend still does for one that was taken from it, now or before */
	while (READ_ONCE(p->dev->remainders) && !tgt_proc_gone(p))
		schedule_timeout_idle(HZ / 20);
}

/* ---- commands ----------------------------------------------------------------------------- */

static void tgt_pr_error(struct tgt_cmd *cmd, enum tgt_pr_error err)
{
	const struct tgt_pr_status *s = &tgt_pr_status[err];

	if (s->status == SAM_STAT_CHECK_CONDITION)
		tgt_cmd_sense(cmd, s->key, s->asc, s->ascq);
	else if (s->status != SAM_STAT_GOOD)
		tgt_cmd_refuse(cmd, s->status);
}

static void tgt_pr_answer(struct tgt_proc *p, enum tgt_pr_error err)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_pr_error(p->cmd, err);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* The command, its session and nexus, which stay while it is ours. NULL: it was detached. */
static struct tgt_cmd *tgt_pr_cmd(struct tgt_proc *p, struct tgt_session **sess,
				  struct tgt_pr_nexus *n, u8 *tid)
{
	struct tgt_cmd *cmd;

	spin_lock_irq(&p->dev->proc_lock);
	cmd = p->cmd;
	if (cmd) {
		*sess = cmd->sess;
		*n = tgt_pr_nexus(cmd->sess);
		memcpy(tid, n->tid, n->tid_len);
		n->tid = tid;
	}
	spin_unlock_irq(&p->dev->proc_lock);
	return cmd;
}

/* All target ports: for kfree(). NULL: no memory. */
static struct tgt_pr_port *tgt_pr_ports(u32 *nr)
{
	struct tgt_pr_port *ports;
	struct tgt_target *target;
	unsigned long i;
	u32 max = 0;

	*nr = 0;
	tgt_config_lock();
	xa_for_each(&tgt_targets, i, target)
		max++;
	ports = kmalloc_array(max + 1, sizeof(*ports), GFP_NOIO | __GFP_NOWARN);
	if (ports)
		xa_for_each(&tgt_targets, i, target)
			ports[(*nr)++] = (struct tgt_pr_port) {
				target->rtpi, target->fops->protocol
			};
	tgt_config_unlock();
	return ports;
}

/* What the command is answered with if the state cannot be kept. */
static enum tgt_pr_error tgt_pr_not_kept(int err)
{
	switch (err) {
	case 0:
		return TGT_PR_OK;
	case -ENOMEM:
		return TGT_PR_BUSY;
	case -ENOSPC:
	case -EDQUOT:
		return TGT_PR_RESOURCES;
	default:
		return TGT_PR_STORE;
	}
}

/*
 * Between enter and leave. What is being written while the command is taken from us comes into
 * force all the same: it may be on the medium, and until then the device is fenced.
 */
static enum tgt_pr_error tgt_pr_out_change(struct tgt_proc *p, struct tgt_pr_req *req,
					   struct tgt_pr_result *res, struct tgt_pr **old)
{
	struct tgt_device *dev = p->dev;
	enum tgt_pr_error err;
	struct tgt_pr *pr;

	req->ports = tgt_pr_ports(&req->nr_ports);
	if (!req->ports)
		return TGT_PR_BUSY;
	mutex_lock(&dev->pr_mutex);
	pr = tgt_pr_get(dev);
	/* who aborted it must not find it done after that: a PREEMPT AND ABORT least of all */
	err = tgt_proc_gone(p) ? TGT_PR_BUSY : tgt_pr_out(pr, req, res);
	mutex_unlock(&dev->pr_mutex);
	kfree(req->ports);
	if (err || !res->next)
		return err;
	err = tgt_pr_not_kept(tgt_pr_change(dev, pr, res));
	if (err)
		tgt_pr_result_free(res);
	else
		*old = pr;
	return err;
}

static void tgt_pr_out_run(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	u8 tid[TGT_TRANSPORT_ID_MAX];
	struct tgt_pr_req req = {
		.sa = p->cdb[1] & 0x1f, .scope = p->cdb[2] >> 4, .type = p->cdb[2] & 0x0f,
		.ptpl = dev->pr_store, .nuar = READ_ONCE(dev->modes.now.nuar),
		.param = p->param, .len = p->param_len,
	};
	struct tgt_session *sess = NULL;
	struct tgt_cmd *cmd = tgt_pr_cmd(p, &sess, &req.nexus, tid);
	struct tgt_pr_result res = { };
	struct tgt_pr *old = NULL;
	enum tgt_pr_error err;

	if (!cmd || !tgt_pr_enter(dev, p))
		return;
	err = tgt_pr_out_change(p, &req, &res, &old);
	tgt_pr_leave(dev);
	if (old && res.effect)
		tgt_pr_abort(p, tgt_proc_gone(p) ? NULL : cmd, sess, old, res.effect);
	if (old)
		kvfree_rcu(old, rcu);
	tgt_pr_result_free(&res);
	tgt_pr_answer(p, err);
}

/*
 * Whether the nexus goes, or a reset has ended the command. Under dev->pr_mutex: if not, its
 * tgt_pr_lost_nexus() is still to come, and ends what is reserved now.
 */
static bool tgt_pr_leaves(struct tgt_proc *p)
{
	bool leaves;

	lockdep_assert_held(&p->dev->pr_mutex);
	spin_lock_irq(&p->dev->proc_lock);
	leaves = !p->cmd || READ_ONCE(p->cmd->itl->killed) ||
		 READ_ONCE(p->cmd->state) != TGT_CMD_ACTIVE;
	spin_unlock_irq(&p->dev->proc_lock);
	return leaves;
}

/* RESERVE or RELEASE. */
static void tgt_pr_spc2_run(struct tgt_proc *p)
{
	bool reserve = p->cdb[0] == RESERVE || p->cdb[0] == RESERVE_10;
	struct tgt_device *dev = p->dev;
	u8 tid[TGT_TRANSPORT_ID_MAX];
	struct tgt_pr_result res = { };
	enum tgt_pr_error err = TGT_PR_BUSY;
	struct tgt_session *sess;
	struct tgt_pr_nexus n;
	struct tgt_pr *old;

	if (!tgt_pr_cmd(p, &sess, &n, tid) || !tgt_pr_enter(dev, p))
		return;
	mutex_lock(&dev->pr_mutex);
	old = tgt_pr_get(dev);
	if (!tgt_pr_leaves(p))
		err = reserve ? tgt_pr_reserve6(old, &n, &res) :
				tgt_pr_release6(old, &n, &res);
	if (!res.next)
		old = NULL;
	else
		tgt_pr_commit(dev, old, &res);
	mutex_unlock(&dev->pr_mutex);
	tgt_pr_leave(dev);
	if (old)
		kvfree_rcu(old, rcu);
	tgt_pr_result_free(&res);
	tgt_pr_answer(p, err);
}

enum tgt_ret tgt_exec_pr_out(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be32(cmd->cdb + 5), tgt_pr_out_run);
}

/* Third parties and extents, as SPC-2 has them, are not for us. */
enum tgt_ret tgt_exec_reserve6(struct tgt_cmd *cmd)
{
	if (cmd->cdb[1] & 0x11)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	return tgt_proc_start(cmd, tgt_pr_spc2_run);
}

enum tgt_ret tgt_exec_reserve10(struct tgt_cmd *cmd)
{
	if (cmd->cdb[1] & 0x13 || get_unaligned_be16(cmd->cdb + 7))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	return tgt_proc_start(cmd, tgt_pr_spc2_run);
}

/* Answered at once: the list is cut to what the initiator takes before it is made. */
enum tgt_ret tgt_exec_pr_in(struct tgt_cmd *cmd)
{
	u32 alloc_len = get_unaligned_be16(cmd->cdb + 7), room = min(alloc_len, cmd->data_len);
	enum tgt_pr_error err;
	struct tgt_resp r;
	u8 *buf;

	room = max_t(u32, room, 8);
	buf = kmalloc(room, GFP_NOWAIT | __GFP_NOWARN);
	if (!buf)
		return TGT_BUSY;
	tgt_resp_init(&r, buf, room);
	rcu_read_lock();
	err = tgt_pr_in(rcu_dereference(cmd->itl->dev->pr), cmd->cdb[1] & 0x1f,
			cmd->itl->dev->pr_store, &r);
	rcu_read_unlock();
	if (err)
		tgt_pr_error(cmd, err);
	else
		tgt_cmd_reply(cmd, buf, r.len, alloc_len);
	kfree(buf);
	return TGT_DONE;
}

/* ---- with the device ---------------------------------------------------------------------- */

/* @file is a path that has been found good, or NULL. */
int tgt_pr_init(struct tgt_device *dev, const char *file)
{
	mutex_init(&dev->pr_mutex);
	dev->pr_file = file ? kstrdup(file, GFP_KERNEL) : NULL;
	return file && !dev->pr_file ? -ENOMEM : 0;
}

/* No nexus is left, and the file is closed. */
void tgt_pr_exit(struct tgt_device *dev)
{
	tgt_pr_free(rcu_dereference_protected(dev->pr, true));
	kfree(dev->pr_file);
}
