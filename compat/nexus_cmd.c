// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's commands on the ring, and its task management functions.
 *
 * Data is copied once, straight between the initiator's buffer and the daemon's memory, while
 * the daemon answers: in its write(2) its memory is at hand. So nothing of a daemon is
 * pinned, and a command can be ended at any time: what is out of the hash, no answer can reach.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include "stgt.h"
#include "trace.h"

#define TMF_DEADLINE	(10 * HZ)

/**
 * struct nexus_cmd - in the scratch area of an engine's command
 * @cmd: what the daemon sees
 * @nexus: I_T nexus
 * @lun: LUN bytes as sent
 * @unsent: handler=stgt: the daemon does not know it yet; its data-out may be on its way
 */
struct nexus_cmd {
	struct stgt_cmd		cmd;
	struct stgt_nexus	*nexus;
	struct scsi_lun		lun;
	bool			unsent;
};

static_assert(sizeof(struct nexus_cmd) <= TGT_CMD_PRIV);

static struct nexus_cmd *nexus_cmd(struct stgt_cmd *cmd)
{
	return container_of(cmd, struct nexus_cmd, cmd);
}

static struct tgt_cmd *engine_cmd(struct stgt_cmd *cmd)
{
	return (void *)nexus_cmd(cmd) - offsetof(struct tgt_cmd, priv);
}

/* ---- data ------------------------------------------------------------------------------- */

/*
 * The first @len bytes of the buffer, to or from the daemon, without waiting for its pages. The
 * buffer can be any memory that I/O is done to, slab objects side by side too (a journal's
 * frozen blocks): nothing for copy_to_user(), which looks for one object.
 */
static bool copy_data(struct tgt_cmd *cmd, u64 uaddr, u32 len)
{
	bool to_daemon = cmd->dir == TGT_DIR_OUT;
	struct scatterlist *sg = cmd->sgl;
	struct iov_iter daemon;
	struct page *page;
	u32 used = 0, at, n;
	bool ok = true;

	iov_iter_ubuf(&daemon, to_daemon ? ITER_DEST : ITER_SOURCE, u64_to_user_ptr(uaddr), len);
	pagefault_disable();
	for (; ok && len; len -= n, used += n) {
		if (used == sg->length) {
			sg = sg_next(sg);
			used = 0;
		}
		at = sg->offset + used;
		n = min3(len, sg->length - used, (u32)(PAGE_SIZE - offset_in_page(at)));
		page = nth_page(sg_page(sg), at >> PAGE_SHIFT);
		at = offset_in_page(at);
		ok = n == (to_daemon ? copy_page_to_iter(page, at, n, &daemon) :
				       copy_page_from_iter(page, at, n, &daemon));
	}
	pagefault_enable();
	return ok;
}

/* What has to come in before ->answer() is called again. */
static enum stgt_taken missing(struct stgt_answer *a, u8 what, u64 uaddr, u32 len, bool write)
{
	a->what = what;
	a->miss = uaddr;
	a->miss_len = len;
	a->miss_write = write;
	return STGT_MISSING;
}

/* Whether it has to be done without: no process has such an address, or nothing came. */
static bool lacking(const struct stgt_answer *a, u8 what, u64 uaddr, u32 len)
{
	return uaddr + len < uaddr || (unsigned long)(uaddr + len) != uaddr + len ||
	       a->missed & what;
}

/* ---- the end of a command --------------------------------------------------------------- */

static void end_aborted(struct tgt_cmd *cmd)
{
	cmd->flags |= TGT_CMD_TASK_ABORTED;
	cmd->status = SAM_STAT_TASK_ABORTED;
	tgt_cmd_complete(cmd);
}

static void nexus_cmd_lost(struct stgt_cmd *c, enum stgt_why why)
{
	struct tgt_cmd *cmd = engine_cmd(c);

	cmd->residual = cmd->data_len;
	switch (why) {
	case STGT_NO_DAEMON:
		cmd->status = SAM_STAT_BUSY;
		break;
	case STGT_ABORTED:
		end_aborted(cmd);
		return;
	default:
		tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
	}
	tgt_cmd_complete(cmd);
}

/* A fabric's memory may be none that user space is copied to. */
static bool take_sense(struct tgt_cmd *cmd, u64 uaddr, u32 len)
{
	u8 sense[TGT_SENSE_LEN] = { };
	unsigned long left;

	pagefault_disable();
	left = copy_from_user(sense, u64_to_user_ptr(uaddr), len);
	pagefault_enable();
	memcpy(cmd->sense, sense, len);
	cmd->sense_len = len;
	return !left;
}

/* The daemon's buffer is its own again. */
static void send_done(struct stgt_cmd *c, int result)
{
	struct tgt_event ev = {
		.hdr.type = TGT_KEVENT_CMD_DONE,
		.p.cmd_done = {
			.host_no = c->host->number,
			.result = result,
			.itn_id = c->itn,
			.tag = c->tag,
		},
	};

	stgt_post_event(&ev, GFP_NOIO);
}

/*
 * The daemon says GOOD, and has no memory there: tgtd does so at blocks behind the end of its
 * file. It does not answer twice, and initiators of ours do not give up by themselves.
 */
static void end_unreadable(struct stgt_cmd *c, int result)
{
	struct tgt_cmd *cmd = engine_cmd(c);

	cmd->residual = cmd->data_len;
	tgt_cmd_fail(cmd, cmd->dir == TGT_DIR_OUT ? TGT_SENSE_WRITE_ERROR :
		     TGT_SENSE_READ_ERROR);
	send_done(c, result);
	tgt_cmd_complete(cmd);
}

/*
 * With CHECK CONDITION the sense counts, and it needs no data: tgtd 1.0.13 sends it with a
 * length and no address.
 */
static enum stgt_taken nexus_cmd_answer(struct stgt_cmd *c, struct stgt_answer *a)
{
	u32 sense_len = min_t(u32, a->sense_len, TGT_SENSE_LEN);
	bool check = a->result == SAM_STAT_CHECK_CONDITION;
	struct tgt_cmd *cmd = engine_cmd(c);
	u32 len = cmd->dir == TGT_DIR_NONE ? 0 : min(a->len, cmd->data_len);

	if (a->result == TGT_RESULT_TASK_ABORTED) {
		end_aborted(cmd);
		return STGT_TAKEN;
	}
	if (len && (lacking(a, STGT_DATA, a->uaddr, len) || !copy_data(cmd, a->uaddr, len))) {
		if (!lacking(a, STGT_DATA, a->uaddr, len))
			return missing(a, STGT_DATA, a->uaddr, len, cmd->dir == TGT_DIR_OUT);
		if (!check) {
			stgt_warn("Could not handle request of size %u.\n", len);
			stgt_warn("cmd %p ret %d uaddr %lx len %d rw %d\n", cmd, -EFAULT,
				  (unsigned long)a->uaddr, a->len, a->rw);
			end_unreadable(c, a->result);
			return STGT_TAKEN;
		}
		len = 0;
	}
	if (check && !take_sense(cmd, a->sense_uaddr, sense_len)) {
		if (!lacking(a, STGT_SENSE, a->sense_uaddr, sense_len))
			return missing(a, STGT_SENSE, a->sense_uaddr, sense_len, false);
		stgt_err("Could not copy the sense buffer\n");
	}
	cmd->status = a->result;
	cmd->residual = cmd->data_len - len;
	send_done(c, a->result);
	tgt_cmd_complete(cmd);
	return STGT_TAKEN;
}

static const struct stgt_host_ops nexus_cmd_ops = {
	.answer	= nexus_cmd_answer,
	.lost	= nexus_cmd_lost,
};

/**
 * stgt_nexus_owns() - whether a command came through a nexus
 * @nexus: nexus, or NULL: any of the engine's
 * @cmd: command
 *
 * Return: whether it did.
 */
bool stgt_nexus_owns(const struct stgt_nexus *nexus, const struct stgt_cmd *cmd)
{
	return cmd->ops == &nexus_cmd_ops && (!nexus || cmd->itn == nexus->itn);
}

/* ---- the beginning of a command --------------------------------------------------------- */

/*
 * Without a daemon an initiator is to try again: it can wait better than we. But not for
 * ever, and not where there will be none: then somebody has to do something (04/03), and
 * Linux's sd does not wait for the unit to spin up.
 */
static enum tgt_ret nexus_unbound(struct stgt_nexus *nexus, struct tgt_cmd *cmd)
{
	int timeout = READ_ONCE(stgt_daemon_timeout);

	if (READ_ONCE(nexus->state) == STGT_NEXUS_GONE ||
	    stgt_nexus_leaves(nexus) ||
	    (timeout >= 0 &&
	     time_after(jiffies, READ_ONCE(nexus->since) + stgt_jiffies(timeout))))
		return tgt_cmd_fail(cmd, TGT_SENSE_INTERVENTION);
	return TGT_BUSY;
}

/* ACA is what neither side has; the daemon knows three attributes (message codes). */
static u8 nexus_attribute(const struct tgt_cmd *cmd)
{
	switch (cmd->task_attr) {
	case 0:
		return SIMPLE_QUEUE_TAG;
	case SIMPLE_QUEUE_TAG:
	case HEAD_OF_QUEUE_TAG:
		return cmd->task_attr;
	default:
		return ORDERED_QUEUE_TAG;
	}
}

/**
 * stgt_nexus_cmd_init() - a command of handler=stgt begins
 * @cmd: command
 *
 * stgt_nexus_submit() is called in an RCU section, and only if it is not aborted by then.
 * Context: any.
 */
void stgt_nexus_cmd_init(struct tgt_cmd *cmd)
{
	struct nexus_cmd *nc = (void *)cmd->priv;

	nc->cmd.tag = 0;
	WRITE_ONCE(nc->unsent, true);
}

/**
 * stgt_nexus_submit() - give an engine's command to the daemon
 * @nexus: I_T nexus
 * @cmd: command; its data-out is in the buffer. The scratch area is used.
 * @lun: LUN bytes for the daemon
 *
 * Return: TGT_QUEUED; or TGT_BUSY, TGT_FULL, or TGT_DONE with sense. Context: any.
 */
enum tgt_ret stgt_nexus_submit(struct stgt_nexus *nexus, struct tgt_cmd *cmd,
			       const struct scsi_lun *lun)
{
	struct nexus_cmd *nc = (void *)cmd->priv;
	int err;

	/* pairs with nexus_set_state(): who sees it bound sees its host */
	if (unlikely(smp_load_acquire(&nexus->state) != STGT_NEXUS_BOUND))
		return nexus_unbound(nexus, cmd);
	nc->cmd.host = nexus->host;
	nc->cmd.ops = &nexus_cmd_ops;
	nc->cmd.itn = nexus->itn;
	nc->nexus = nexus;
	nc->lun = *lun;
	WRITE_ONCE(nc->unsent, false);
	err = stgt_cmd_queue(&nc->cmd, nexus, cmd->cdb, cmd->cdb_len, lun, cmd->data_len,
			     nexus_attribute(cmd));
	if (likely(!err))
		return TGT_QUEUED;
	return err == -ENOTCONN ? nexus_unbound(nexus, cmd) : TGT_FULL;
}

/* ---- task management -------------------------------------------------------------------- */

/**
 * struct nexus_tmf - a task management function with the daemon
 * @tmf: the engine's
 * @nexus: I_T nexus
 * @lun: LUN bytes for the daemon
 * @tag: task on the ring
 * @id: in nexus_tmfs; from it comes mid
 * @unsent: commands that are aborted, and for whose data the fabric still waits
 * @answered: the daemon said
 * @result: what it said
 * @work: ends it: at the answer or at the deadline
 * @wait_work: waits for commands whose data is on its way
 */
struct nexus_tmf {
	struct tgt_tmf		*tmf;
	struct stgt_nexus	*nexus;
	struct scsi_lun		lun;
	u64			tag;
	u32			id;
	unsigned int		unsent;
	bool			answered;
	int			result;
	struct delayed_work	work;
	struct work_struct	wait_work;
};

static DEFINE_XARRAY_ALLOC1(nexus_tmfs);	/* stgt_answer_lock */
static u32 nexus_tmf_next;			/* likewise: a late answer finds nothing */
static bool nexus_tmf_overdue;			/* likewise: until the daemon answers any */
static struct workqueue_struct *nexus_tmf_wq;

/* SCSI message codes; 0: the daemon knows no such function. */
static int tmf_message(u8 function)
{
	switch (function) {
	case TGT_TMF_ABORT_TASK:
		return 0x0d;
	case TGT_TMF_ABORT_TASK_SET:
		return 0x06;
	case TGT_TMF_CLEAR_TASK_SET:
		return 0x0e;
	case TGT_TMF_LUN_RESET:
		return 0x17;
	default:
		return 0;
	}
}

static bool tmf_match(struct stgt_cmd *cmd, void *data)
{
	struct nexus_tmf *t = data;

	if (!stgt_nexus_owns(NULL, cmd))
		return false;
	switch (t->tmf->function) {
	case TGT_TMF_ABORT_TASK:
		return cmd->tag == t->tag && engine_cmd(cmd) == t->tmf->cmd;
	case TGT_TMF_ABORT_TASK_SET:
		if (!stgt_nexus_owns(t->nexus, cmd))
			return false;
		fallthrough;
	default:
		return !memcmp(&nexus_cmd(cmd)->lun, &t->lun, sizeof(t->lun));
	}
}

static u8 tmf_response(const struct nexus_tmf *t)
{
	if (!t->answered || !t->result)
		return TGT_TMF_COMPLETE;
	if (t->result == -EEXIST && t->tmf->function == TGT_TMF_ABORT_TASK)
		return TGT_TMF_COMPLETE;	/* the task has ended */
	return t->result == -EINVAL ? TGT_TMF_REJECTED : TGT_TMF_FAILED;
}

/* Whether the function is about a command that is not idle, and the daemon does not know it. */
static bool tmf_is_unsent(const struct nexus_tmf *t, struct tgt_cmd *cmd)
{
	struct nexus_cmd *nc = (void *)cmd->priv;

	return READ_ONCE(nc->unsent) && !memcmp(&cmd->lun, &t->lun, sizeof(t->lun));
}

static void tmf_abort_unsent(struct tgt_cmd *cmd, void *data)
{
	struct nexus_tmf *t = data;

	/* pairs with handler_queue() */
	if (smp_load_acquire(&cmd->state) == TGT_CMD_ACTIVE && tmf_is_unsent(t, cmd))
		tgt_cmd_abort(cmd, cmd->sess != t->tmf->sess);
}

/* Counts those that are marked, whoever did, and have not ended. */
static void tmf_count_unsent(struct tgt_cmd *cmd, void *data)
{
	struct nexus_tmf *t = data;

	/* likewise */
	t->unsent += smp_load_acquire(&cmd->state) > TGT_CMD_ACTIVE && tmf_is_unsent(t, cmd);
}

static void tmf_each_cmd(struct nexus_tmf *t, void (*fn)(struct tgt_cmd *cmd, void *data))
{
	struct tgt_session *sess = t->tmf->sess;

	if (t->tmf->function == TGT_TMF_ABORT_TASK)
		fn(t->tmf->cmd, t);
	else
		tgt_target_iter(t->nexus->target,
				t->tmf->function == TGT_TMF_ABORT_TASK_SET ? sess : NULL, fn, t);
}

static bool tmf_unsent(struct nexus_tmf *t)
{
	t->unsent = 0;
	tmf_each_cmd(t, tmf_count_unsent);
	return t->unsent;
}

/*
 * Commands of handler=stgt which the daemon does not know are not executed any more, and the
 * fabric is done with their memory, or the function fails. What has got past the mark is with
 * the daemon when the RCU sections have ended. What comes later is not marked.
 */
static void tmf_end_unsent(struct nexus_tmf *t)
{
	unsigned long end = jiffies + TMF_DEADLINE;

	if (!t->nexus->sess)
		return;
	tmf_each_cmd(t, tmf_abort_unsent);
	synchronize_rcu();
	while (tmf_unsent(t)) {
		if (time_after(jiffies, end)) {
			t->tmf->response = TGT_TMF_FAILED;
			break;
		}
		schedule_timeout_uninterruptible(HZ / 50);
	}
}

/*
 * A daemon that does not answer in time has no say: the commands are ended without it. Nothing
 * it does to them later has an effect on the initiator's data. After a LUN reset none is left
 * even if it refused: whoever waits for their memory counts on it.
 */
static void tmf_end(struct nexus_tmf *t)
{
	struct tgt_tmf *tmf = t->tmf;

	if (tmf->response == TGT_TMF_COMPLETE || tmf->function == TGT_TMF_LUN_RESET) {
		if (tmf->function != TGT_TMF_ABORT_TASK)
			tmf_end_unsent(t);
		mutex_lock(&stgt_answer_lock);
		stgt_reap(t->nexus->host, tmf_match, t, STGT_ABORTED);
		mutex_unlock(&stgt_answer_lock);
	}
	trace_stgt_tmf(t->nexus, tmf, "end");
	kfree(t);
	tmf->done(tmf);
}

static void tmf_work(struct work_struct *work)
{
	struct nexus_tmf *t = container_of(to_delayed_work(work), struct nexus_tmf, work);

	mutex_lock(&stgt_answer_lock);
	xa_erase(&nexus_tmfs, t->id);
	cancel_delayed_work(&t->work);	/* an answer that came while we waited for the lock */
	nexus_tmf_overdue |= !t->answered;
	t->tmf->response = tmf_response(t);
	mutex_unlock(&stgt_answer_lock);
	tmf_end(t);
}

/*
 * To the daemon. One that does not know the nexus yet cannot be asked; but it may have commands
 * of other nexuses. One that hangs is waited for once: Linux aborts commands one by one.
 */
static bool tmf_send(struct nexus_tmf *t)
{
	struct stgt_nexus *nexus = t->nexus;

	lockdep_assert_held(&stgt_answer_lock);
	if (nexus->state != STGT_NEXUS_BOUND)
		return false;
	if (xa_alloc_cyclic(&nexus_tmfs, &t->id, t, xa_limit_31b, &nexus_tmf_next, GFP_NOIO) < 0) {
		t->tmf->response = TGT_TMF_FAILED;
		return false;
	}
	stgt_send_tmf(nexus->host, nexus->itn, tmf_message(t->tmf->function), t->tag, &t->lun,
		      STGT_TAG_BASE + t->id);
	trace_stgt_tmf(nexus, t->tmf, "sent");
	queue_delayed_work(nexus_tmf_wq, &t->work, nexus_tmf_overdue ? 0 : TMF_DEADLINE);
	return true;
}

static void tmf_end_work(struct work_struct *work)
{
	tmf_end(container_of(work, struct nexus_tmf, wait_work));
}

/* What waits for data does so in a worker: our caller may be who has to bring it. */
static void tmf_wait(struct nexus_tmf *t, work_func_t fn)
{
	INIT_WORK(&t->wait_work, fn);
	queue_work(nexus_tmf_wq, &t->wait_work);
}

static void tmf_start(struct nexus_tmf *t)
{
	bool task = t->tmf->function == TGT_TMF_ABORT_TASK;
	bool sent;

	if (task)
		t->tag = READ_ONCE(((struct nexus_cmd *)t->tmf->cmd->priv)->cmd.tag);
	mutex_lock(&stgt_answer_lock);	/* an answer, even a guessed one, comes after all this */
	sent = (!task || t->tag) && tmf_send(t);
	mutex_unlock(&stgt_answer_lock);
	if (sent)
		return;
	if (t->nexus->sess && !task)
		tmf_wait(t, tmf_end_work);
	else
		tmf_end(t);
}

static void tmf_task_work(struct work_struct *work)
{
	struct nexus_tmf *t = container_of(work, struct nexus_tmf, wait_work);

	tmf_end_unsent(t);
	tmf_start(t);
}

/**
 * stgt_nexus_tmf() - a task management function
 * @nexus: I_T nexus
 * @tmf: function; tmf->done() is called, perhaps before this returns
 * @lun: LUN bytes for the daemon
 *
 * Context: process.
 */
void stgt_nexus_tmf(struct stgt_nexus *nexus, struct tgt_tmf *tmf, const struct scsi_lun *lun)
{
	bool task = tmf->function == TGT_TMF_ABORT_TASK;
	struct nexus_tmf *t;

	tmf->response = tmf_message(tmf->function) ? TGT_TMF_COMPLETE : TGT_TMF_REJECTED;
	if (tmf->response == TGT_TMF_REJECTED || (task && !tmf->cmd)) {
		tmf->done(tmf);
		return;
	}
	t = kzalloc(sizeof(*t), GFP_NOIO | __GFP_NOFAIL);
	t->tmf = tmf;
	t->nexus = nexus;
	t->lun = *lun;
	INIT_DELAYED_WORK(&t->work, tmf_work);
	if (task && nexus->sess && !READ_ONCE(((struct nexus_cmd *)tmf->cmd->priv)->cmd.tag))
		tmf_wait(t, tmf_task_work);
	else
		tmf_start(t);
}

/**
 * stgt_tmf_answered() - the daemon answered a task management function
 * @mid: as sent
 * @result: 0 or a negative errno
 *
 * Return: false if it is none of the engine's. Context: stgt_answer_lock.
 */
bool stgt_tmf_answered(u64 mid, int result)
{
	struct nexus_tmf *t;

	lockdep_assert_held(&stgt_answer_lock);
	if (mid <= STGT_TAG_BASE || mid > STGT_TAG_BASE + INT_MAX)
		return false;
	nexus_tmf_overdue = false;
	t = xa_load(&nexus_tmfs, mid - STGT_TAG_BASE);
	if (t && !t->answered) {
		t->answered = true;
		t->result = result;
		trace_stgt_tmf(t->nexus, t->tmf, "answered");
		mod_delayed_work(nexus_tmf_wq, &t->work, 0);
	}
	return true;
}

/* Nobody will answer; the commands have been ended. */
void stgt_tmf_daemon_closed(void)
{
	struct nexus_tmf *t;
	unsigned long i;

	lockdep_assert_held(&stgt_answer_lock);
	xa_for_each(&nexus_tmfs, i, t) {
		t->answered = true;
		mod_delayed_work(nexus_tmf_wq, &t->work, 0);
	}
	nexus_tmf_overdue = false;
}

/* A queue of our own: who hears that a function is done may unload the module. */
int stgt_tmf_init(void)
{
	nexus_tmf_wq = alloc_workqueue("stgt_tmf", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return nexus_tmf_wq ? 0 : -ENOMEM;
}

void stgt_tmf_exit(void)
{
	destroy_workqueue(nexus_tmf_wq);
}
