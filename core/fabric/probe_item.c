// SPDX-License-Identifier: GPL-2.0
/*
 * Commands and task management functions of a probe session: sent, answered, reaped.
 *
 * An item stands in its session's table from being sent to being reaped; the engine's count
 * is taken before it is sent and dropped as the last thing of its answer. So its memory is
 * never another command's while somebody may still hold the pointer.
 */
#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "probe.h"

#define PROBE_POISON	0xdb	/* data-out before it was handed over */

static atomic64_t probe_seq;

static struct probe_cmd *to_probe_cmd(struct probe_item *item)
{
	return container_of(item, struct probe_cmd, item);
}

static struct probe_tmf *to_probe_tmf(struct probe_item *item)
{
	return container_of(item, struct probe_tmf, item);
}

/* Both kinds begin with the item. */
static void probe_item_free(struct rcu_head *rcu)
{
	struct probe_item *item = container_of(rcu, struct probe_item, rcu);

	if (item->type == TGTPROBE_CMD)
		vfree(to_probe_cmd(item)->cdb);
	kfree(item);
}

static void probe_item_release(struct kref *ref)
{
	struct probe_item *item = container_of(ref, struct probe_item, ref);

	probe_session_put(item->sess);
	/* probe_iter() may be trying to get it; whoever it showed it to may look at the CDB */
	call_rcu(&item->rcu, probe_item_free);
}

void probe_item_put(struct probe_item *item)
{
	kref_put(&item->ref, probe_item_release);
}

static void probe_item_init(struct probe_item *item, struct probe_session *s, u8 type)
{
	BUILD_BUG_ON(offsetof(struct probe_cmd, item) || offsetof(struct probe_tmf, item));
	kref_init(&item->ref);
	kref_get(&s->ref);
	item->sess = s;
	item->type = type;
	INIT_LIST_HEAD(&item->node);
}

/* What only the owner of an ended or never sent item may do: drop its buffers. */
static void probe_item_strip(struct probe_item *item)
{
	if (item->type == TGTPROBE_CMD)
		probe_buf_free(&to_probe_cmd(item)->buf);
}

static void probe_item_drop(struct probe_item *item)
{
	probe_item_strip(item);
	probe_item_put(item);
}

/* Enters an item in the table and counts it as the engine's. */
static int probe_item_add(struct probe_session *s, struct probe_item *item)
{
	int err;

	xa_lock_irq(&s->items);
	err = __xa_alloc_cyclic(&s->items, &item->id, item, XA_LIMIT(1, TGTPROBE_ITEMS_MAX),
				&s->next_id, GFP_KERNEL);
	if (err >= 0) {
		kref_get(&item->ref);
		__xa_set_mark(&s->items, item->id, PROBE_IN_FLIGHT);
		if (item->type == TGTPROBE_CMD)
			s->in_flight++;
		else
			s->in_flight_tmf++;
	}
	xa_unlock_irq(&s->items);
	return err < 0 ? err : 0;
}

/* The engine has answered. The last thing done here is to drop its count. */
static void probe_item_done(struct probe_item *item)
{
	struct probe_session *s = item->sess;
	unsigned long flags;
	bool again;

	/* What module unload waits for: the caller may still be on its way out of here. */
	rcu_read_lock();
	xa_lock_irqsave(&s->items, flags);
	again = item->state == PROBE_DONE;
	if (!again) {
		item->state = PROBE_DONE;
		item->seq = atomic64_inc_return(&probe_seq);
		if (item->type == TGTPROBE_CMD)
			s->in_flight--;
		else
			s->in_flight_tmf--;
		if (!item->hidden) {
			__xa_clear_mark(&s->items, item->id, PROBE_IN_FLIGHT);
			list_add_tail(&item->node, &s->done);
		}
		wake_up_all(&s->wait);
	}
	xa_unlock_irqrestore(&s->items, flags);
	if (!WARN_ONCE(again, "answered twice"))
		probe_item_put(item);
	rcu_read_unlock();
}

/* ---- commands -------------------------------------------------------------------- */

static struct probe_cmd *probe_cmd_alloc(struct probe_session *s)
{
	struct probe_cmd *pc = kzalloc(sizeof(*pc), GFP_KERNEL_ACCOUNT);

	if (!pc)
		return NULL;
	probe_item_init(&pc->item, s, TGTPROBE_CMD);
	memset(pc->sense, PROBE_GUARD, sizeof(pc->sense));
	return pc;
}

/* A command that is in the table, by number; NULL if there is none. */
struct probe_cmd *probe_cmd_get(struct probe_session *s, u32 id)
{
	struct probe_item *item;

	xa_lock_irq(&s->items);
	item = xa_load(&s->items, id);
	if (item && item->type != TGTPROBE_CMD)
		item = NULL;
	if (item)
		kref_get(&item->ref);
	xa_unlock_irq(&s->items);
	return item ? to_probe_cmd(item) : NULL;
}

/* The tag table of a real fabric holds what is in flight, so that is all this finds. */
struct probe_cmd *probe_cmd_get_by_tag(struct probe_session *s, u64 tag)
{
	struct probe_cmd *found = NULL;
	struct probe_item *item;
	unsigned long id;

	xa_lock_irq(&s->items);
	xa_for_each_marked(&s->items, id, item, PROBE_IN_FLIGHT) {
		if (item->type != TGTPROBE_CMD || to_probe_cmd(item)->cmd.tag != tag)
			continue;
		found = to_probe_cmd(item);
		kref_get(&item->ref);
		break;
	}
	xa_unlock_irq(&s->items);
	return found;
}

void probe_send_response(struct tgt_cmd *cmd)
{
	probe_item_done(&container_of(cmd, struct probe_cmd, cmd)->item);
}

/*
 * Takes a waiting command that was aborted from whoever else might hand over its data: it
 * gets none. One that is stubborn waits on, as long as it may.
 */
static bool probe_take_aborted(struct probe_cmd *pc)
{
	struct probe_session *s = pc->item.sess;

	if (pc->item.state != PROBE_WANTS_DATA || !probe_cmd_aborted(pc) ||
	    (pc->stubborn && !s->dying))
		return false;
	pc->item.state = PROBE_HAS_DATA;
	return true;
}

void probe_recv_data(struct tgt_cmd *cmd)
{
	struct probe_cmd *pc = container_of(cmd, struct probe_cmd, cmd);
	struct probe_session *s = pc->item.sess;
	unsigned long flags;
	bool aborted;

	if (!pc->defer) {
		tgt_cmd_data_ready(cmd);
		return;
	}
	xa_lock_irqsave(&s->items, flags);
	WARN_ONCE(pc->item.state != PROBE_SENT, "data-out asked for in state %u",
		  pc->item.state);
	pc->item.state = PROBE_WANTS_DATA;
	/* probe_abort() may have come first and found nothing to give back. */
	aborted = probe_take_aborted(pc);
	wake_up_all(&s->wait);
	xa_unlock_irqrestore(&s->items, flags);
	if (aborted)
		tgt_cmd_data_ready(cmd);
}

/* The engine has marked a command. Data that is just being copied comes by itself. */
void probe_abort(struct tgt_cmd *cmd)
{
	struct probe_cmd *pc = container_of(cmd, struct probe_cmd, cmd);
	struct probe_session *s = pc->item.sess;
	unsigned long flags;
	bool aborted;

	xa_lock_irqsave(&s->items, flags);
	aborted = probe_take_aborted(pc);
	wake_up_all(&s->wait);
	xa_unlock_irqrestore(&s->items, flags);
	if (aborted)
		tgt_cmd_data_ready(cmd);
}

/*
 * A count on each command rather than a lock over all of them: @fn may end a command, which
 * takes the lock. The walk itself is safe under RCU, where items are freed.
 */
void probe_iter(struct tgt_session *nexus, void (*fn)(struct tgt_cmd *cmd, void *data),
		void *data)
{
	struct probe_session *s = nexus->fabric_priv;
	struct probe_item *item;
	unsigned long id;

	rcu_read_lock();
	xa_for_each_marked(&s->items, id, item, PROBE_IN_FLIGHT) {
		if (item->type != TGTPROBE_CMD || !kref_get_unless_zero(&item->ref))
			continue;
		fn(&to_probe_cmd(item)->cmd, data);
		probe_item_put(item);
	}
	rcu_read_unlock();
}

static int probe_cdb_read(struct probe_cmd *pc, const struct tgtprobe_submit *arg)
{
	u8 *cdb;

	pc->cdb = vmalloc(PAGE_SIZE);
	if (!pc->cdb)
		return -ENOMEM;
	cdb = pc->cdb + PAGE_SIZE - arg->cdb_len;
	if (copy_from_user(cdb, u64_to_user_ptr(arg->cdb), arg->cdb_len))
		return -EFAULT;
	pc->cdb_sum = crc32_le(~0, cdb, arg->cdb_len);
	pc->cmd.cdb = cdb;
	pc->cmd.cdb_len = arg->cdb_len;
	return 0;
}

/* The lengths of the segments, read once and checked; NULL if none are given. */
static u32 *probe_segs_read(const struct tgtprobe_submit *arg)
{
	u64 sum = 0;
	u32 *segs, i;

	if (!arg->nr_segs)
		return NULL;
	segs = vmemdup_user(u64_to_user_ptr(arg->segs), arg->nr_segs * sizeof(*segs));
	if (IS_ERR(segs))
		return segs;
	for (i = 0; i < arg->nr_segs; i++) {
		if (!segs[i] || segs[i] > TGTPROBE_SEG_MAX)
			goto invalid;
		sum += segs[i];
	}
	if (sum >= arg->data_len && sum <= TGTPROBE_DATA_MAX + TGTPROBE_SEG_MAX)
		return segs;
invalid:
	kvfree(segs);
	return ERR_PTR(-EINVAL);
}

static int probe_data_read(struct probe_cmd *pc, const struct tgtprobe_submit *arg)
{
	u32 *segs = probe_segs_read(arg);
	int err;

	if (IS_ERR(segs))
		return PTR_ERR(segs);
	err = probe_buf_alloc(&pc->buf, arg->data_len, arg->offset, segs, arg->nr_segs);
	kvfree(segs);
	if (err)
		return err;
	pc->cmd.sgl = pc->buf.sgt.sgl;
	pc->cmd.sgl_nents = pc->buf.nr;
	pc->cmd.data_len = arg->data_len;
	if (pc->defer)
		probe_buf_fill(&pc->buf, PROBE_POISON);
	else
		err = probe_buf_from_user(&pc->buf, u64_to_user_ptr(arg->data));
	if (arg->dir == TGTPROBE_OUT)
		pc->data_sum = probe_buf_sum(&pc->buf);
	return err;
}

static bool probe_submit_valid(const struct tgtprobe_submit *arg)
{
	return !(arg->flags & ~TGTPROBE_SUBMIT_ALL) && arg->cdb_len <= TGTPROBE_CDB_MAX &&
		arg->data_len <= TGTPROBE_DATA_MAX && arg->nr_segs <= TGTPROBE_SEGS_MAX &&
		arg->offset < PAGE_SIZE && arg->dir <= TGTPROBE_OUT &&
		!memchr_inv(arg->reserved, 0, sizeof(arg->reserved));
}

static int probe_cmd_fill(struct probe_cmd *pc, const struct tgtprobe_submit *arg)
{
	struct tgt_cmd *cmd = &pc->cmd;
	int err;

	pc->defer = arg->flags & TGTPROBE_DEFER;
	pc->stubborn = arg->flags & TGTPROBE_STUBBORN;
	pc->result = u64_to_user_ptr(arg->result);
	cmd->sense = pc->sense;
	cmd->tag = arg->tag;
	cmd->task_attr = arg->task_attr;
	cmd->dir = arg->dir;
	memcpy(&cmd->lun, arg->lun, sizeof(cmd->lun));
	err = probe_cdb_read(pc, arg);
	return err ?: probe_data_read(pc, arg);
}

/**
 * probe_submit() - TGTPROBE_IOC_SUBMIT
 * @s: session
 * @arg: what to send; its number is returned there
 */
int probe_submit(struct probe_session *s, struct tgtprobe_submit *arg)
{
	struct probe_cmd *pc;
	int err;

	if (!probe_submit_valid(arg))
		return -EINVAL;
	pc = probe_cmd_alloc(s);
	if (!pc)
		return -ENOMEM;
	err = probe_cmd_fill(pc, arg);
	if (err)
		goto out_drop;
	err = -ENOTCONN;
	down_read(&s->gate);
	if (s->dying)
		goto out_up;
	/* Complete before it is in the table, where probe_iter() finds it. */
	pc->cmd.sess = s->nexus;
	err = probe_item_add(s, &pc->item);
	if (err)
		goto out_up;
	arg->id = pc->item.id;
	tgt_cmd_submit(&pc->cmd);
	up_read(&s->gate);
	return 0;

out_up:
	up_read(&s->gate);
out_drop:
	probe_item_drop(&pc->item);
	return err;
}

static int probe_data_wait(struct probe_cmd *pc, u32 timeout_ms)
{
	struct probe_session *s = pc->item.sess;
	long left;

	xa_lock_irq(&s->items);
	left = wait_event_interruptible_lock_irq_timeout(s->wait, pc->item.state != PROBE_SENT,
							 s->items.xa_lock,
							 msecs_to_jiffies(timeout_ms));
	xa_unlock_irq(&s->items);
	return left < 0 ? -EINTR : left ? 0 : -ETIMEDOUT;
}

/* Takes a waiting command, to hand over its data. */
static bool probe_data_claim(struct probe_cmd *pc)
{
	struct probe_session *s = pc->item.sess;
	bool mine;

	xa_lock_irq(&s->items);
	mine = pc->item.state == PROBE_WANTS_DATA;
	if (mine)
		pc->item.state = PROBE_HAS_DATA;
	xa_unlock_irq(&s->items);
	return mine;
}

/* The data could not be had. It waits on, unless it was aborted meanwhile. */
static void probe_data_unclaim(struct probe_cmd *pc)
{
	struct probe_session *s = pc->item.sess;
	bool aborted;

	xa_lock_irq(&s->items);
	pc->item.state = PROBE_WANTS_DATA;
	aborted = probe_take_aborted(pc);
	xa_unlock_irq(&s->items);
	if (aborted)
		tgt_cmd_data_ready(&pc->cmd);
}

/* The buffer is ours while the command waits for data; others only read it once it ended. */
static int probe_data_give(struct probe_cmd *pc, const struct tgtprobe_data *arg)
{
	int err;

	if (!probe_data_claim(pc))
		return -EALREADY;
	err = probe_buf_from_user(&pc->buf, u64_to_user_ptr(arg->data));
	if (err) {
		probe_data_unclaim(pc);
		return err;
	}
	pc->data_sum = probe_buf_sum(&pc->buf);
	tgt_cmd_data_ready(&pc->cmd);
	return 0;
}

/**
 * probe_data() - TGTPROBE_IOC_DATA
 * @s: session
 * @arg: which command, what data
 */
int probe_data(struct probe_session *s, const struct tgtprobe_data *arg)
{
	struct probe_cmd *pc;
	int err;

	if (arg->reserved || arg->timeout_ms > TGTPROBE_TIMEOUT_MAX)
		return -EINVAL;
	pc = probe_cmd_get(s, arg->id);
	if (!pc)
		return -ENOENT;
	err = probe_data_wait(pc, arg->timeout_ms);
	if (!err) {
		down_read(&s->gate);
		err = s->dying ? -ENOTCONN : probe_data_give(pc, arg);
		up_read(&s->gate);
	}
	probe_item_put(&pc->item);
	return err;
}

/* ---- task management functions ------------------------------------------------------- */

static void probe_tmf_done(struct tgt_tmf *tmf)
{
	struct probe_tmf *pt = container_of(tmf, struct probe_tmf, tmf);

	if (pt->victim)
		probe_item_put(&pt->victim->item);
	probe_item_done(&pt->item);
}

/* One of the fabric's own is @hidden: counted, but in no table. */
struct probe_tmf *probe_tmf_alloc(struct probe_session *s, bool hidden)
{
	struct probe_tmf *pt = kzalloc(sizeof(*pt), GFP_KERNEL_ACCOUNT);

	if (!pt)
		return NULL;
	probe_item_init(&pt->item, s, TGTPROBE_TMF);
	pt->item.hidden = hidden;
	pt->tmf.done = probe_tmf_done;
	return pt;
}

/**
 * probe_tmf_send() - hand a function to the engine
 * @pt: function, counted as in flight
 * @victim: command ABORT TASK is about, or NULL; its count passes
 */
void probe_tmf_send(struct probe_tmf *pt, struct probe_cmd *victim)
{
	pt->victim = victim;
	pt->tmf.cmd = victim ? &victim->cmd : NULL;
	pt->tmf.sess = pt->item.sess->nexus;
	tgt_tmf_submit(&pt->tmf);
}

static struct probe_cmd *probe_tmf_victim(struct probe_session *s, const struct tgtprobe_tmf *arg)
{
	if (arg->function != TGT_TMF_ABORT_TASK && arg->function != TGT_TMF_QUERY_TASK)
		return NULL;
	if (arg->victim)
		return probe_cmd_get(s, arg->victim);
	return probe_cmd_get_by_tag(s, arg->tag);
}

/**
 * probe_tmf() - TGTPROBE_IOC_TMF
 * @s: session
 * @arg: what to send; its number is returned there
 */
int probe_tmf(struct probe_session *s, struct tgtprobe_tmf *arg)
{
	struct probe_tmf *pt;
	int err = -ENOTCONN;

	if (arg->function > U8_MAX)
		return -EINVAL;
	pt = probe_tmf_alloc(s, false);
	if (!pt)
		return -ENOMEM;
	pt->tmf.function = arg->function;
	pt->tmf.tag = arg->tag;
	memcpy(&pt->tmf.lun, arg->lun, sizeof(pt->tmf.lun));

	down_read(&s->gate);
	if (!s->dying)
		err = probe_item_add(s, &pt->item);
	if (!err) {
		arg->id = pt->item.id;
		probe_tmf_send(pt, probe_tmf_victim(s, arg));
	}
	up_read(&s->gate);
	if (err)
		probe_item_put(&pt->item);
	return err;
}

/* ---- results --------------------------------------------------------------------------- */

static u32 probe_cmd_result_flags(struct probe_cmd *pc)
{
	struct tgt_cmd *cmd = &pc->cmd;
	/* one that failed and was aborted then leaves its sense there */
	bool failed = cmd->status == SAM_STAT_CHECK_CONDITION || cmd->flags & TGT_CMD_TASK_ABORTED;
	size_t sense_len = failed ? TGT_SENSE_LEN : 0;
	u32 flags = 0;

	if (cmd->flags & TGT_CMD_OVERFLOW)
		flags |= TGTPROBE_R_OVERFLOW;
	if (cmd->flags & TGT_CMD_TASK_ABORTED)
		flags |= TGTPROBE_R_ABORTED;
	if (cmd->flags & TGT_CMD_OTHER_NEXUS)
		flags |= TGTPROBE_R_OTHER_NEXUS;
	if (!probe_buf_intact(&pc->buf))
		flags |= TGTPROBE_R_GUARD;
	if (cmd->dir == TGT_DIR_OUT && probe_buf_sum(&pc->buf) != pc->data_sum)
		flags |= TGTPROBE_R_SOURCE;
	if (crc32_le(~0, cmd->cdb, cmd->cdb_len) != pc->cdb_sum)
		flags |= TGTPROBE_R_CDB;
	if (memchr_inv(pc->sense + sense_len, PROBE_GUARD, sizeof(pc->sense) - sense_len))
		flags |= TGTPROBE_R_SENSE_GUARD;
	return flags;
}

static int probe_cmd_result(struct probe_cmd *pc, struct tgtprobe_reap *arg)
{
	struct tgt_cmd *cmd = &pc->cmd;

	arg->tag = cmd->tag;
	arg->status = cmd->status;
	arg->residual = cmd->residual;
	arg->sense_len = cmd->sense_len;
	arg->flags = probe_cmd_result_flags(pc);
	memcpy(arg->sense, pc->sense, sizeof(arg->sense));
	return pc->result ? probe_buf_to_user(&pc->buf, pc->result) : 0;
}

static void probe_tmf_result(struct probe_tmf *pt, struct tgtprobe_reap *arg)
{
	arg->tag = pt->tmf.tag;
	arg->response = pt->tmf.response;
	memcpy(arg->info, pt->tmf.info, sizeof(arg->info));
}

/* Takes the item asked for out of the table, if it has ended. -ENOENT: there is none. */
static bool probe_reap_take(struct probe_session *s, u32 id, struct probe_item **item)
{
	if (id)
		*item = xa_load(&s->items, id);
	else
		*item = list_first_entry_or_null(&s->done, struct probe_item, node);
	if (!*item) {
		if (!id && (s->in_flight || s->in_flight_tmf))
			return false;
		*item = ERR_PTR(-ENOENT);
		return true;
	}
	if ((*item)->state != PROBE_DONE)
		return false;
	list_del_init(&(*item)->node);
	__xa_erase(&s->items, (*item)->id);
	return true;
}

/**
 * probe_reap() - TGTPROBE_IOC_REAP
 * @s: session
 * @arg: which one; the result is returned there
 */
int probe_reap(struct probe_session *s, struct tgtprobe_reap *arg)
{
	u32 session = arg->session, id = arg->id, timeout_ms = arg->timeout_ms;
	struct probe_item *item = NULL;
	int err = 0;
	long left;

	if (arg->reserved || timeout_ms > TGTPROBE_TIMEOUT_MAX)
		return -EINVAL;
	xa_lock_irq(&s->items);
	left = wait_event_interruptible_lock_irq_timeout(s->wait, probe_reap_take(s, id, &item),
							 s->items.xa_lock,
							 msecs_to_jiffies(timeout_ms));
	xa_unlock_irq(&s->items);
	if (left <= 0)
		return left ? -EINTR : -ETIMEDOUT;
	if (IS_ERR(item))
		return PTR_ERR(item);

	memset(arg, 0, sizeof(*arg));
	arg->session = session;
	arg->id = item->id;
	arg->timeout_ms = timeout_ms;
	arg->type = item->type;
	arg->seq = item->seq;
	if (item->type == TGTPROBE_CMD)
		err = probe_cmd_result(to_probe_cmd(item), arg);
	else
		probe_tmf_result(to_probe_tmf(item), arg);
	probe_item_drop(item);
	return err;
}

/**
 * probe_state() - TGTPROBE_IOC_STATE
 * @s: session
 * @arg: which item; its state is returned there
 */
int probe_state(struct probe_session *s, struct tgtprobe_state *arg)
{
	struct probe_item *item = NULL;

	if (arg->reserved)
		return -EINVAL;
	arg->state = 0;
	xa_lock_irq(&s->items);
	if (arg->id)
		item = xa_load(&s->items, arg->id);
	if (item && item->state == PROBE_WANTS_DATA)
		arg->state |= TGTPROBE_S_WANTS_DATA;
	if (item && item->state == PROBE_DONE)
		arg->state |= TGTPROBE_S_DONE;
	else if (item && item->type == TGTPROBE_CMD && probe_cmd_aborted(to_probe_cmd(item)))
		arg->state |= TGTPROBE_S_ABORTED;
	arg->in_flight = s->in_flight;
	arg->in_flight_tmf = s->in_flight_tmf;
	xa_unlock_irq(&s->items);
	return arg->id && !item ? -ENOENT : 0;
}

/**
 * probe_items_free() - drop what nobody reaped
 * @s: session without a nexus: nothing is in flight
 */
void probe_items_free(struct probe_session *s)
{
	struct probe_item *item, *next;
	LIST_HEAD(done);

	xa_lock_irq(&s->items);
	list_splice_init(&s->done, &done);
	list_for_each_entry(item, &done, node)
		__xa_erase(&s->items, item->id);
	xa_unlock_irq(&s->items);
	list_for_each_entry_safe(item, next, &done, node)
		probe_item_drop(item);
}
