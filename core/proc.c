// SPDX-License-Identifier: GPL-2.0
/*
 * Commands executed by a procedure that may sleep: from ->exec to the answer. See proc.h.
 *
 * A device runs a few procedures at a time, on workers all devices share; the rest wait in
 * its list, so that a backend which hangs takes no more than those few from the others.
 * Order: dev->proc_lock, the backend's lock, dev->lock, itl->lock.
 */
#include <linux/sched/clock.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "core.h"
#include "proc.h"
#include "trace.h"

void tgt_proc_init(struct tgt_device *dev)
{
	spin_lock_init(&dev->proc_lock);
	INIT_LIST_HEAD(&dev->procs);
	INIT_LIST_HEAD(&dev->visits);
	init_waitqueue_head(&dev->proc_wait);
}

static void tgt_proc_free(struct tgt_proc *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->buf); i++) {
		kvfree(p->buf[i].data);
		kfree(p->buf[i].tuples);
		kfree(p->buf[i].sgl);
	}
	kvfree(p->wire);
	kvfree(p->param);
	kfree(p);
}

/* ---- begin and end ------------------------------------------------------------------------ */

/* As many as may run do. */
static void tgt_proc_next(struct tgt_device *dev)
{
	struct tgt_proc *p;

	lockdep_assert_held(&dev->proc_lock);
	list_for_each_entry(p, &dev->procs, node) {
		if (dev->nr_running == TGT_PROC_RUNNING)
			break;
		if (p->started)
			continue;
		p->started = true;
		dev->nr_running++;
		queue_work(tgt_proc_wq, &p->work);
	}
}

/* The answer is given, or nobody waits for it any more. @p is gone after this. */
static void tgt_proc_end(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	bool keeps = p->keeps;
	struct tgt_cmd *cmd;

	spin_lock_irq(&dev->proc_lock);
	cmd = p->cmd;
	list_del(&p->node);
	dev->nr_procs--;
	dev->nr_running--;
	tgt_proc_next(dev);
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
	tgt_proc_free(p);
	/* either may be what keeps the device */
	if (cmd)
		tgt_cmd_complete(cmd);
	if (keeps) {
		tgt_config_lock();
		dev->busy--;
		tgt_device_lun_gone(dev);
		tgt_config_unlock();
	} else if (!cmd) {
		tgt_device_remainder_put(dev);
	}
}

/* The parameter list; the answer is given if there is none to be had. */
static bool tgt_proc_get_param(struct tgt_proc *p)
{
	if (!p->param_len)
		return true;
	p->param = kvmalloc(p->param_len, GFP_NOIO | __GFP_NOWARN);
	if (!p->param) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return false;
	}
	return !tgt_proc_fetch(p, 0, p->param, p->param_len);
}

static void tgt_proc_work(struct work_struct *work)
{
	struct tgt_proc *p = container_of(work, struct tgt_proc, work);
	unsigned int noio = memalloc_noio_save();

	if (!tgt_proc_gone(p) && tgt_proc_get_param(p))
		p->run(p);
	memalloc_noio_restore(noio);
	tgt_proc_end(p);
}

static struct tgt_proc *tgt_proc_alloc(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p))
{
	struct tgt_proc *p = kzalloc(sizeof(*p), GFP_NOWAIT | __GFP_NOWARN);

	if (!p)
		return NULL;
	p->cmd = cmd;
	p->dev = cmd->itl->dev;
	p->itl.dev = p->dev;
	p->run = run;
	p->fua = cmd->flags & TGT_CMD_FUA;
	p->piece = TGT_PROC_PIECE;
	p->room = cmd->data_len;
	if (p->dev->prot_type)
		p->beside = tgt_cmd_prot(cmd, &p->prot);
	memcpy(p->cdb, cmd->cdb, min_t(size_t, cmd->cdb_len, sizeof(p->cdb)));
	init_completion(&p->sub_done);
	INIT_WORK(&p->work, tgt_proc_work);
	return p;
}

static enum tgt_ret tgt_proc_add(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	unsigned long flags;
	bool full;

	spin_lock_irqsave(&dev->proc_lock, flags);
	/* those that go on without their command are no commands */
	full = dev->nr_procs >= dev->queue_limit + TGT_PROC_RUNNING;
	if (!full) {
		p->cmd->flags |= TGT_CMD_PROC;
		dev->nr_procs++;
		list_add_tail(&p->node, &dev->procs);
		tgt_proc_next(dev);
	}
	spin_unlock_irqrestore(&dev->proc_lock, flags);
	if (!full)
		return TGT_QUEUED;
	tgt_proc_free(p);
	return TGT_FULL;
}

/**
 * tgt_proc_start() - execute a command by a procedure
 * @cmd: command; its residual is set (tgt_cmd_fit()), or the procedure answers by
 *	tgt_proc_reply()
 * @run: the procedure: on a worker, may sleep; what it leaves in the command when it returns
 *	is the answer
 *
 * Return: for ->exec to return. Context: any.
 */
enum tgt_ret tgt_proc_start(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p))
{
	struct tgt_proc *p = tgt_proc_alloc(cmd, run);

	return p ? tgt_proc_add(p) : TGT_BUSY;
}

/**
 * tgt_proc_start_param() - the same with a parameter list
 * @cmd: command
 * @len: bytes its CDB says the list has
 * @run: finds it at p->param
 *
 * A list longer than TGT_PROC_PARAM_MAX is refused (1Ah/00h), as is one that the initiator
 * brings too little data for. Return: for ->exec to return. Context: any.
 */
enum tgt_ret tgt_proc_start_param(struct tgt_cmd *cmd, u32 len,
				  void (*run)(struct tgt_proc *p))
{
	struct tgt_proc *p;

	if (len > TGT_PROC_PARAM_MAX)
		return tgt_cmd_fail(cmd, TGT_SENSE_PARAM_LENGTH);
	tgt_cmd_fit(cmd, len, TGT_DIR_OUT);
	if (cmd->flags & TGT_CMD_OVERFLOW)
		return tgt_cmd_fail_short(cmd);
	p = tgt_proc_alloc(cmd, run);
	if (!p)
		return TGT_BUSY;
	p->param_len = len;
	return tgt_proc_add(p);
}

/* Ends what a backend does for @p, if it can let go of it. The device of @p->itl is held. */
void tgt_proc_sub_detach(struct tgt_proc *p)
{
	if (!tgt_backend_detach(p->itl.dev, &p->sub))
		return;
	tgt_cmd_fail(&p->sub, TGT_SENSE_NOT_READY);
	tgt_proc_sub_end(&p->sub);
}

/**
 * tgt_proc_detach() - take a command from its procedure at the deadline
 * @dev: device
 * @cmd: what may be one of its commands; looked up by its address alone
 *
 * What the procedure still does is a remainder. Return: true if the command is the caller's to
 * end. Context: any.
 */
bool tgt_proc_detach(struct tgt_device *dev, struct tgt_cmd *cmd)
{
	struct tgt_proc *p, *found = NULL;
	unsigned long flags;
	bool started = true;

	spin_lock_irqsave(&dev->proc_lock, flags);
	list_for_each_entry(p, &dev->procs, node)
		if (p->cmd == cmd)
			found = p;
	if (found) {
		started = found->started;
		if (started && found->keeps) {
			found->cmd = NULL;
		} else if (started) {
			tgt_device_remainder_get(dev);
			if (found->itl.dev != dev) {
				tgt_device_remainder_get(found->itl.dev);
				found->visit.fences = true;
			}
			found->cmd = NULL;
			tgt_proc_sub_detach(found);
			wake_up_all(&dev->proc_wait);
		} else {
			list_del(&found->node);
			dev->nr_procs--;
		}
	}
	spin_unlock_irqrestore(&dev->proc_lock, flags);
	if (!started)
		tgt_proc_free(found);
	return found;
}

/**
 * tgt_proc_keep() - a procedure goes on whatever becomes of its command
 * @p: procedure
 *
 * It keeps the device until it ends, which is soon when that is deleted. Return: false if the
 * device is going or has another over it, or the command is gone. Context: process,
 * tgt_config_mutex not held.
 */
bool tgt_proc_keep(struct tgt_proc *p)
{
	struct tgt_device *dev = p->dev;
	bool ok;

	tgt_config_lock();
	spin_lock_irq(&dev->proc_lock);
	ok = p->cmd && dev->state == TGT_ACTIVE && list_empty(&dev->uppers);
	p->keeps = ok;
	spin_unlock_irq(&dev->proc_lock);
	if (ok)
		dev->busy++;
	tgt_config_unlock();
	return ok;
}

/**
 * tgt_proc_let_go() - end the command of a procedure that goes on without it
 * @p: procedure, of tgt_proc_keep()
 * @answered: it is answered; else it ends only if it was aborted
 *
 * Context: process.
 */
void tgt_proc_let_go(struct tgt_proc *p, bool answered)
{
	struct tgt_cmd *cmd;

	spin_lock_irq(&p->dev->proc_lock);
	cmd = p->cmd;
	if (cmd && !answered && READ_ONCE(cmd->state) == TGT_CMD_ACTIVE)
		cmd = NULL;
	if (cmd)
		p->cmd = NULL;
	spin_unlock_irq(&p->dev->proc_lock);
	if (cmd)
		tgt_cmd_complete(cmd);
}

/**
 * tgt_proc_answer() - end the command of a procedure that goes on without it, unless it was aborted
 * @p: procedure, of tgt_proc_keep()
 *
 * Return: false if it was: the command ends with the procedure, which is to stop. Context: process.
 */
bool tgt_proc_answer(struct tgt_proc *p)
{
	struct tgt_cmd *cmd;
	bool ok;

	rcu_read_lock();	/* until its answer has been handed over, see tgt_cmd_end() */
	spin_lock_irq(&p->dev->proc_lock);
	cmd = p->cmd;
	ok = cmd && cmpxchg(&cmd->state, TGT_CMD_ACTIVE, TGT_CMD_IDLE) == TGT_CMD_ACTIVE;
	if (ok)
		p->cmd = NULL;
	spin_unlock_irq(&p->dev->proc_lock);
	if (ok)
		tgt_cmd_complete(cmd);
	rcu_read_unlock();
	return ok;
}

/*
 * The device is being deleted: what a procedure that goes on without a command waits for is taken
 * from the backend at the deadline, if that can let go of it. Whether there is such a procedure.
 */
bool tgt_proc_watch(struct tgt_device *dev)
{
	unsigned long flags;
	struct tgt_proc *p;
	bool any = false;

	spin_lock_irqsave(&dev->proc_lock, flags);
	list_for_each_entry(p, &dev->procs, node) {
		if (!p->keeps)
			continue;
		any = true;
		if ((s64)(local_clock() - READ_ONCE(p->sub.start)) >= TGT_DEADLINE_NS)
			tgt_proc_sub_detach(p);
	}
	spin_unlock_irqrestore(&dev->proc_lock, flags);
	return any;
}

/**
 * tgt_proc_gone() - whether a procedure should stop
 * @p: procedure
 *
 * Return: true if a task management function has ended its command, or, with tgt_proc_keep(), the
 * device is being deleted or p->over says so. What is half done is left so. Context: process.
 */
bool tgt_proc_gone(struct tgt_proc *p)
{
	bool gone;

	spin_lock_irq(&p->dev->proc_lock);
	if (p->keeps)
		gone = READ_ONCE(p->dev->state) != TGT_ACTIVE || (p->over && READ_ONCE(*p->over));
	else
		gone = !p->cmd || READ_ONCE(p->cmd->state) != TGT_CMD_ACTIVE;
	spin_unlock_irq(&p->dev->proc_lock);
	return gone;
}

/**
 * tgt_proc_stop() - the same, or it should leave the device it visits
 * @p: procedure
 */
bool tgt_proc_stop(struct tgt_proc *p)
{
	return tgt_visit_over(p) || tgt_proc_gone(p);
}

/* ---- memory ------------------------------------------------------------------------------- */

/* Tuples for the blocks of a piece. */
static int tgt_buf_init_tuples(const struct tgt_proc *p, struct tgt_buf *b)
{
	size_t size = (p->piece >> p->dev->block_shift) * sizeof(*b->tuples);

	b->tuples = kmalloc(size, GFP_NOIO | __GFP_NOWARN);
	if (!b->tuples)
		return -ENOMEM;
	memset(b->tuples, 0xff, size);
	return 0;
}

static int tgt_buf_init(const struct tgt_proc *p, struct tgt_buf *b)
{
	unsigned int i, nents = p->piece / PAGE_SIZE;

	/* some backends read nothing: what is compared then must not be anybody's */
	b->data = kvzalloc(p->piece, GFP_NOIO | __GFP_NOWARN);
	b->sgl = kmalloc_array(nents, sizeof(*b->sgl), GFP_NOIO | __GFP_NOWARN);
	if (!b->data || !b->sgl)
		return -ENOMEM;
	if ((p->dev->prot_type || p->dev->prot_any) && tgt_buf_init_tuples(p, b))
		return -ENOMEM;
	sg_init_table(b->sgl, nents);
	for (i = 0; i < nents; i++) {
		u8 *page = b->data + i * PAGE_SIZE;

		sg_set_page(&b->sgl[i], is_vmalloc_addr(page) ? vmalloc_to_page(page) :
			    virt_to_page(page), PAGE_SIZE, 0);
	}
	b->nents = nents;
	return 0;
}

/**
 * tgt_proc_bufs() - give a procedure buffers
 * @p: procedure
 * @nr: p->buf[0] to p->buf[nr - 1], of p->piece bytes each
 *
 * Return: 0; -ENOMEM, then the command is answered BUSY.
 */
int tgt_proc_bufs(struct tgt_proc *p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!p->buf[i].nents && tgt_buf_init(p, &p->buf[i])) {
			tgt_proc_refuse(p, SAM_STAT_BUSY);
			return -ENOMEM;
		}
	}
	return 0;
}

/* ---- what a backend does ------------------------------------------------------------------ */

/* The end of a command of a procedure, from tgt_cmd_end(). */
void tgt_proc_sub_end(struct tgt_cmd *sub)
{
	if (sub->flags & TGT_CMD_HELD) {
		/* what the backend keeps by tag is written before the tag has another owner */
		smp_mb__before_atomic();
		tgt_bit_put(&sub->itl->dev->hold, sub->hold_bit);
	}
	complete(&container_of(sub, struct tgt_proc, sub)->sub_done);
}

static void tgt_proc_sub_init(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len,
			      enum tgt_dir dir, u8 flags)
{
	struct tgt_cmd *sub = &p->sub;

	sub->itl = &p->itl;
	sub->cdb = p->cdb;
	sub->cdb_len = sizeof(p->cdb);
	sub->sgl = buf ? buf->sgl : NULL;
	sub->sgl_nents = buf ? buf->nents : 0;
	sub->tuples = buf ? buf->tuples : NULL;
	sub->sense = p->sub_sense;
	sub->data_len = len;
	sub->dir = dir;
	sub->status = SAM_STAT_GOOD;
	sub->sense_len = 0;
	sub->stat = dir;
	sub->flags = flags;
	sub->residual = 0;
	sub->offset = offset;
	sub->len = len;
	sub->start = local_clock();
	sub->state = TGT_CMD_SUB;
	reinit_completion(&p->sub_done);
}

/* The backend's answer is the command's. */
static void tgt_proc_adopt(struct tgt_proc *p)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_adopt(p->cmd, &p->sub);
	spin_unlock_irq(&p->dev->proc_lock);
}

/*
 * One command of @p to the backend, and its end. The places for what a backend holds may all
 * be taken: those come free. Returns 0; -EINTR: tgt_proc_stop(); -EIO: see @p->sub.
 */
static int tgt_proc_do(struct tgt_proc *p, enum tgt_ret (*fn)(struct tgt_cmd *cmd),
		       struct tgt_buf *buf, u64 offset, u32 len, enum tgt_dir dir, u8 flags)
{
	enum tgt_ret ret;

	for (;;) {
		cond_resched();		/* a backend may never sleep */
		if (tgt_proc_stop(p))
			return -EINTR;
		tgt_proc_sub_init(p, buf, offset, len, dir, flags);
		ret = fn(&p->sub);
		if (ret != TGT_FULL)
			break;
		schedule_timeout_idle(1);
	}
	if (ret == TGT_BUSY)
		tgt_cmd_refuse(&p->sub, SAM_STAT_BUSY);
	if (ret == TGT_QUEUED)
		wait_for_completion_state(&p->sub_done, TASK_IDLE);
	else
		tgt_proc_sub_end(&p->sub);
	return p->sub.status == SAM_STAT_GOOD ? 0 : -EIO;
}

/* The same; a bad end is the command's. */
static int tgt_proc_sub(struct tgt_proc *p, enum tgt_ret (*fn)(struct tgt_cmd *cmd),
			struct tgt_buf *buf, u64 offset, u32 len, enum tgt_dir dir, u8 flags)
{
	int err = tgt_proc_do(p, fn, buf, offset, len, dir, flags);

	/* one that goes on without its command has the time */
	while (err == -EIO && p->keeps && (p->sub.status == SAM_STAT_BUSY ||
					   p->sub.status == SAM_STAT_TASK_SET_FULL)) {
		schedule_timeout_idle(1);
		err = tgt_proc_do(p, fn, buf, offset, len, dir, flags);
	}
	if (err == -EIO)
		tgt_proc_adopt(p);
	return err;
}

/**
 * tgt_proc_move() - read or write wherever the procedure is, and look at what came of it
 * @p: procedure
 * @buf: where from, or to
 * @offset: byte, a multiple of the block size
 * @len: bytes, likewise, at most TGT_PROC_PIECE
 * @dir: TGT_DIR_IN reads
 * @flags: TGT_CMD_FUA or 0
 *
 * Return: 0; -EINTR: the command is gone, or the visit is over; -EIO: @p->sub has status and
 * sense, and the command is not answered.
 */
int tgt_proc_move(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len,
		  enum tgt_dir dir, u8 flags)
{
	return tgt_proc_do(p, p->itl.dev->be->submit, buf, offset, len, dir, flags);
}

/* How the device moves blocks. */
static enum tgt_ret (*tgt_proc_mover(const struct tgt_proc *p))(struct tgt_cmd *cmd)
{
	return p->dev->prot_type ? p->dev->be->submit_pi : p->dev->be->submit;
}

/**
 * tgt_proc_read() - read from the medium
 * @p: procedure
 * @buf: where to, protection information as well
 * @offset: byte, a multiple of the block size
 * @len: bytes, likewise, at most p->piece
 *
 * Return: 0, or an errno: the command is answered already, or gone.
 */
int tgt_proc_read(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len)
{
	return tgt_proc_sub(p, tgt_proc_mover(p), buf, offset, len, TGT_DIR_IN, 0);
}

/**
 * tgt_proc_write() - write to the medium
 * @p: procedure
 * @buf: where from, likewise
 * @offset: byte, a multiple of the block size
 * @len: bytes, likewise, at most p->piece
 * @flags: TGT_CMD_FUA or 0
 *
 * Return: as tgt_proc_read().
 */
int tgt_proc_write(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len, u8 flags)
{
	return tgt_proc_sub(p, tgt_proc_mover(p), buf, offset, len, TGT_DIR_OUT,
			    flags | p->fua);
}

/**
 * tgt_proc_range() - have a backend do something that takes no data
 * @p: procedure
 * @fn: a function of the backend's, e.g. be->unmap
 * @offset: cmd->offset for it
 * @len: cmd->len for it
 * @flags: cmd->flags for it
 *
 * Return: as tgt_proc_read().
 */
int tgt_proc_range(struct tgt_proc *p, enum tgt_ret (*fn)(struct tgt_cmd *cmd), u64 offset,
		   u32 len, u8 flags)
{
	return tgt_proc_sub(p, fn, NULL, offset, len, TGT_DIR_NONE, flags);
}

/* Everything answered before is on stable storage; as tgt_proc_read(). */
int tgt_proc_flush(struct tgt_proc *p)
{
	return p->dev->be->flush ? tgt_proc_range(p, p->dev->be->flush, 0, 0, 0) : 0;
}

/* ---- range locks -------------------------------------------------------------------------- */

/* Of the device @p is at: its own procedures, but those that are away, and visitors. */
static bool tgt_proc_try_lock(struct tgt_proc *p, u64 start, u64 end, bool shared)
{
	struct tgt_device *dev = p->itl.dev;
	struct tgt_proc *other;
	bool free = true;

	spin_lock_irq(&dev->proc_lock);
	list_for_each_entry(other, &dev->procs, node)
		if (other->itl.dev == dev && other->lock_end > start && other->lock_start < end &&
		    !(shared && other->lock_shared))
			free = false;
	list_for_each_entry(other, &dev->visits, visit.node)
		if (other->lock_end > start && other->lock_start < end &&
		    !(shared && other->lock_shared))
			free = false;
	if (free) {
		p->lock_start = start;
		p->lock_end = end;
		p->lock_shared = shared;
	}
	spin_unlock_irq(&dev->proc_lock);
	return free;
}

static int tgt_proc_lock_range(struct tgt_proc *p, u64 offset, u64 len, bool shared)
{
	struct tgt_device *dev = p->itl.dev;

	/* what becomes of its command wakes nobody at a device that is visited */
	while (!wait_event_idle_timeout(dev->proc_wait,
					tgt_proc_try_lock(p, offset, offset + len, shared) ||
					tgt_proc_stop(p),
					dev == p->dev ? MAX_SCHEDULE_TIMEOUT : HZ / 10))
		;
	return p->lock_end ? 0 : -EINTR;
}

/**
 * tgt_proc_lock() - keep other procedures off a range of the medium
 * @p: procedure; has no range locked
 * @offset: first byte
 * @len: bytes, not 0
 *
 * Excludes those that lock a range which overlaps. Locked until tgt_proc_unlock(), or the
 * procedure or its visit ends. Return: 0, or -EINTR as tgt_proc_stop().
 */
int tgt_proc_lock(struct tgt_proc *p, u64 offset, u64 len)
{
	return tgt_proc_lock_range(p, offset, len, false);
}

/**
 * tgt_proc_lock_unfenced() - the same for who is to write, once it has the range
 * @p: procedure, at its own device
 * @offset: first byte
 * @len: bytes, not 0
 *
 * The fence may have gone up while it waited: who had the range was taken from the backend, and
 * may still write. Return: 0, or an errno: the command is answered, or gone.
 */
int tgt_proc_lock_unfenced(struct tgt_proc *p, u64 offset, u64 len)
{
	int err = tgt_proc_lock(p, offset, len);

	if (!err && READ_ONCE(p->dev->remainders)) {
		tgt_proc_fail(p, TGT_SENSE_NOT_READY);
		err = -EIO;
	}
	return err;
}

/* As tgt_proc_lock(), but does not exclude others that lock by this. */
int tgt_proc_lock_shared(struct tgt_proc *p, u64 offset, u64 len)
{
	return tgt_proc_lock_range(p, offset, len, true);
}

void tgt_proc_unlock(struct tgt_proc *p)
{
	struct tgt_device *dev = p->itl.dev;

	spin_lock_irq(&dev->proc_lock);
	p->lock_end = 0;
	wake_up_all(&dev->proc_wait);
	spin_unlock_irq(&dev->proc_lock);
}

/* ---- the initiator ------------------------------------------------------------------------ */

/* Copies between @buf and the initiator's memory, @give to it; @prot: protection information. */
static int tgt_proc_copy(struct tgt_proc *p, bool prot, u32 at, void *buf, u32 len, bool give)
{
	struct scatterlist *sgl;
	struct tgt_cmd *cmd;
	u32 n, nents;

	for (; len; len -= n, at += n, buf += n) {
		n = min_t(u32, len, SZ_64K);
		spin_lock_irq(&p->dev->proc_lock);
		cmd = p->cmd;
		if (cmd) {
			sgl = prot ? p->prot.sgl : cmd->sgl;
			nents = prot ? p->prot.nents : cmd->sgl_nents;
			sg_copy_buffer(sgl, nents, buf, n, at, !give);
		}
		spin_unlock_irq(&p->dev->proc_lock);
		if (!cmd)
			return -EINTR;
	}
	return 0;
}

/**
 * tgt_proc_fetch() - copy data-out
 * @p: procedure
 * @at: first byte
 * @to: where to
 * @len: bytes; @at + @len is within the data buffer
 *
 * Return: 0, or -EINTR if the command is gone.
 */
int tgt_proc_fetch(struct tgt_proc *p, u32 at, void *to, u32 len)
{
	return tgt_proc_copy(p, false, at, to, len, false);
}

/* As tgt_proc_fetch(), of the protection information beside the data. */
int tgt_proc_fetch_prot(struct tgt_proc *p, u32 at, void *to, u32 len)
{
	return tgt_proc_copy(p, true, at, to, len, false);
}

/* As tgt_proc_fetch(), but copies to data-in. */
int tgt_proc_give(struct tgt_proc *p, u32 at, void *from, u32 len)
{
	return tgt_proc_copy(p, false, at, from, len, true);
}

/* Both. */
int tgt_proc_give_prot(struct tgt_proc *p, u32 at, void *from, u32 len)
{
	return tgt_proc_copy(p, true, at, from, len, true);
}

/**
 * tgt_proc_reply() - answer with parameter data
 * @p: procedure
 * @buf: data
 * @len: its bytes
 * @alloc_len: allocation length of the CDB
 */
void tgt_proc_reply(struct tgt_proc *p, const u8 *buf, u32 len, u32 alloc_len)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_reply(p->cmd, buf, len, alloc_len);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* As tgt_cmd_refuse(). */
void tgt_proc_refuse(struct tgt_proc *p, u8 status)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_refuse(p->cmd, status);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* As tgt_cmd_fail(). */
void tgt_proc_fail(struct tgt_proc *p, enum tgt_sense sense)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_fail(p->cmd, sense);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* As tgt_cmd_fail_info(). */
void tgt_proc_fail_info(struct tgt_proc *p, enum tgt_sense sense, u64 info)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_fail_info(p->cmd, sense, info);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* As tgt_cmd_fail_sense(). */
void tgt_proc_fail_sense(struct tgt_proc *p, const u8 *sense, unsigned int len)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd)
		tgt_cmd_fail_sense(p->cmd, sense, len);
	spin_unlock_irq(&p->dev->proc_lock);
}

/* @len bytes were moved in direction @dir, for the statistics. */
void tgt_proc_moved(struct tgt_proc *p, enum tgt_dir dir, u32 len)
{
	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd) {
		p->cmd->stat = dir;
		p->cmd->len = len;
	}
	spin_unlock_irq(&p->dev->proc_lock);
}
