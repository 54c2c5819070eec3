// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/tgt: the two rings, poll and write.
 *
 * Memory of the rings is shared with the daemon, so it is only ever written as a whole slot
 * or read once. The kernel's indices and its view of what waits are its own.
 *
 * A daemon sees what it always saw, but for what loses events or steals them: an event that
 * finds no free slot waits in the backlog for one, and only one process at a time has the
 * device open. With strict=1 it sees that too.
 */
#include <linux/error-injection.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include "stgt.h"
#include "trace.h"
#include "transport.h"

#define RING_BACKLOG	4096	/* events waiting for a slot; then TASK SET FULL for commands */
#define RING_BACKLOG_ALL	65536	/* of any kind: a daemon that hangs reads none of them */
#define RING_FLUSH_DELAY	(HZ / 10)

/* more than a daemon's mistakes come to, less than would fill a log */
#define RING_LOG_LINES		100
#define RING_LOG_INTERVAL	(5 * HZ)

enum stgt_gen stgt_gen = STGT_G3;

bool stgt_strict;
module_param_named(strict, stgt_strict, bool, 0444);
MODULE_PARM_DESC(strict, "exactly as the original: events can be lost, anybody may open (0)");

int stgt_daemon_timeout = 120;
module_param_named(daemon_timeout, stgt_daemon_timeout, int, 0644);
MODULE_PARM_DESC(daemon_timeout,
		 "seconds that commands wait for a new daemon; -1: for ever (120)");

static char *abi = "2.6.24";
module_param(abi, charp, 0444);
MODULE_PARM_DESC(abi, "ring of Linux 2.6.24 to 3.16, or 2.6.22, or 2.6.20 (2.6.24)");

DEFINE_MUTEX(stgt_answer_lock);	/* stgt.h says what for */

/**
 * struct stgt_ring - the only one
 * @shape: of either direction
 * @tx: to the daemon
 * @rx: from the daemon
 * @lock: @tx_slot, @backlog, @nr_waiting
 * @tx_slot: next to be filled
 * @rx_slot: next to be read; @rx_lock
 * @rx_lock: a writer at a time; held while the daemon's memory comes in
 * @backlog: notes without a slot, in order
 * @nr_waiting: how many
 * @wait: pollers
 * @armed: somebody polled and found nothing
 * @edge: somebody polls edge-triggered: wake at every event
 * @openers: opens less releases, or the one of netlink; @open_lock
 * @daemons: how many there were so far
 * @nl: the one is a netlink daemon: netlink.c reads @tx, and nobody has mapped it; @open_lock
 * @nl_slot: next for netlink.c, whose pump is one worker
 * @open_lock: open and release
 * @flush: gives slots to the backlog where nobody calls us
 */
static struct stgt_ring {
	struct stgt_shape	shape;
	void			*tx;
	void			*rx;
	spinlock_t		lock;	/* @tx_slot, @backlog, @nr_waiting */
	u32			tx_slot;
	u32			rx_slot;
	struct mutex		rx_lock;	/* @rx_slot */
	struct list_head	backlog;
	u32			nr_waiting;
	wait_queue_head_t	wait;
	int			armed;
	bool			edge;
	int			openers;
	u32			daemons;
	bool			nl;
	u32			nl_slot;
	struct mutex		open_lock;	/* @openers, @daemons, @nl */
	struct delayed_work	flush;
} ring;

bool stgt_may_log(void)
{
	static DEFINE_RATELIMIT_STATE(rs, RING_LOG_INTERVAL, RING_LOG_LINES);

	return stgt_strict || __ratelimit(&rs);
}

bool stgt_daemon_there(void)
{
	return READ_ONCE(ring.openers);
}

static struct tgt_event_hdr *ring_hdr(void *base, u32 slot)
{
	return base + stgt_slot_offset(&ring.shape, slot);
}

/* ---- to the daemon ---------------------------------------------------------------------- */

/* Fills the next slot if it is free. The status comes last, when all else can be seen. */
static bool ring_put(const struct tgt_event *ev)
{
	struct tgt_event_hdr *slot = ring_hdr(ring.tx, ring.tx_slot);
	struct tgt_event_g2 old;

	lockdep_assert_held(&ring.lock);
	if (READ_ONCE(slot->status))
		return false;
	if (likely(stgt_gen == STGT_G3)) {
		memcpy(slot, ev, sizeof(*ev));
	} else {
		if (!stgt_encode(stgt_gen, ev, &old))
			return true;
		memcpy(slot, &old, sizeof(old));
	}
	smp_store_release(&slot->status, 1);	/* the daemon's from here on */
	WRITE_ONCE(ring.tx_slot, stgt_slot_next(&ring.shape, ring.tx_slot));
	return true;
}

/*
 * Who found nothing is woken by the first event that comes then; until they poll again,
 * more events need no waking. Only edge-triggered epoll, which does not poll again, hears of
 * each.
 */
static void ring_wake(void)
{
	smp_mb();	/* the event before @armed; pairs with ring_poll() */
	if (!READ_ONCE(ring.armed))
		return;
	if (!READ_ONCE(ring.edge))
		WRITE_ONCE(ring.armed, 0);
	wake_up_interruptible_poll(&ring.wait, EPOLLIN | EPOLLRDNORM);
}

static bool ring_is_cmd(const struct stgt_note *note)
{
	return note->ev.hdr.type == TGT_KEVENT_CMD_REQ;
}

/* Takes a note out of the backlog. Without ->sent() its owner may reuse it at once. */
static void ring_unlist(struct stgt_note *note)
{
	lockdep_assert_held(&ring.lock);
	if (!--ring.nr_waiting)
		trace_stgt_ring(note->ev.hdr.type, 0, "drained");
	list_del_init_careful(&note->node);	/* pairs with stgt_recall() */
}

/**
 * stgt_post() - send an event to the daemon
 * @note: event; @note->node is initialised
 *
 * Return: 0 if it has a slot, 1 if it waits for one and @note->sent() will tell, or
 * -STGT_EFULL if it can do neither. Context: any.
 */
int stgt_post(struct stgt_note *note)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&ring.lock, flags);
	if (unlikely(!list_empty(&ring.backlog)) || unlikely(!ring_put(&note->ev))) {
		if (stgt_strict ||
		    ring.nr_waiting >= (ring_is_cmd(note) ? RING_BACKLOG : RING_BACKLOG_ALL)) {
			ret = -STGT_EFULL;
			trace_stgt_ring(note->ev.hdr.type, ring.nr_waiting, "refused");
		} else {
			if (!ring.nr_waiting++)
				trace_stgt_ring(note->ev.hdr.type, 1, "full");
			list_add_tail(&note->node, &ring.backlog);
			ret = 1;
		}
	}
	spin_unlock_irqrestore(&ring.lock, flags);
	if (likely(!ret))
		ring_wake();
	else if (ret > 0)
		queue_delayed_work(system_wq, &ring.flush, RING_FLUSH_DELAY);
	return ret;
}

/**
 * stgt_try() - send an event if it has a slot now
 * @ev: event
 *
 * Return: whether it had. Context: any.
 */
bool stgt_try(const struct tgt_event *ev)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&ring.lock, flags);
	done = list_empty(&ring.backlog) && ring_put(ev);
	spin_unlock_irqrestore(&ring.lock, flags);
	if (likely(done))
		ring_wake();
	return done;
}

/**
 * stgt_recall() - take back a note that may still wait for its slot
 * @note: note without ->sent()
 */
void stgt_recall(struct stgt_note *note)
{
	unsigned long flags;

	if (likely(list_empty_careful(&note->node)))
		return;
	spin_lock_irqsave(&ring.lock, flags);
	if (!list_empty(&note->node))
		ring_unlist(note);
	spin_unlock_irqrestore(&ring.lock, flags);
}

/* The first note of the backlog, if it got a slot or @drop is set; NULL when done. */
static bool ring_flush_one(bool drop)
{
	void (*sent)(struct stgt_note *note) = NULL;
	struct stgt_note *note;
	unsigned long flags;

	spin_lock_irqsave(&ring.lock, flags);
	note = list_first_entry_or_null(&ring.backlog, struct stgt_note, node);
	if (note && (drop || ring_put(&note->ev))) {
		sent = note->sent;
		ring_unlist(note);
	} else {
		note = NULL;
	}
	spin_unlock_irqrestore(&ring.lock, flags);
	if (sent)
		sent(note);
	return note;
}

/* Slots may have become free: the daemon tells nobody, so whoever comes by looks. */
static void ring_flush(void)
{
	bool any = false;

	if (likely(list_empty_careful(&ring.backlog)))
		return;
	while (ring_flush_one(false))
		any = true;
	if (any)
		ring_wake();
}

static void ring_flush_work(struct work_struct *work)
{
	ring_flush();
	if (!list_empty_careful(&ring.backlog) && stgt_daemon_there())
		queue_delayed_work(system_wq, &ring.flush, RING_FLUSH_DELAY);
}

/* ---- from the daemon -------------------------------------------------------------------- */

/* Copies a slot, each word once. */
static void ring_get(const void *slot, struct tgt_event *ev)
{
	union {
		struct tgt_event	g3;
		struct tgt_event_g2	old;
		u64			word[sizeof(struct tgt_event) / sizeof(u64)];
	} copy;
	const u64 *from = slot;
	unsigned int i;

	for (i = 0; i < ring.shape.event_size / sizeof(u64); i++)
		copy.word[i] = READ_ONCE(from[i]);
	if (likely(stgt_gen == STGT_G3))
		*ev = copy.g3;
	else
		stgt_decode(stgt_gen, &copy.old, ev);
}

/*
 * All filled slots from the kernel's index on, but not more than there are: a daemon that
 * refills them as we go calls again. What write() was given does not matter.
 */
static ssize_t ring_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	struct tgt_event_hdr *slot;
	struct tgt_event ev;
	u32 n;

	if (mutex_lock_killable(&ring.rx_lock))
		return -EINTR;
	for (n = 0; n < ring.shape.slots; n++) {
		slot = ring_hdr(ring.rx, ring.rx_slot);
		if (!smp_load_acquire(&slot->status))	/* pairs with the daemon's write(2) */
			break;
		ring.rx_slot = stgt_slot_next(&ring.shape, ring.rx_slot);
		ring_get(slot, &ev);
		stgt_receive(&ev);
		smp_store_release(&slot->status, 0);	/* the daemon's again */
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	mutex_unlock(&ring.rx_lock);
	ring_flush();
	return count;
}

/* Only the newest slot counts: who empties the ring in order sees no difference. */
static bool ring_readable(void)
{
	u32 newest = stgt_slot_prev(&ring.shape, READ_ONCE(ring.tx_slot));

	return READ_ONCE(ring_hdr(ring.tx, newest)->status);
}

static __poll_t ring_poll(struct file *file, struct poll_table_struct *pt)
{
	poll_wait(file, &ring.wait, pt);
	if (poll_requested_events(pt) & EPOLLET)
		WRITE_ONCE(ring.edge, true);
	ring_flush();
	if (ring_readable())
		return EPOLLIN | EPOLLRDNORM;
	WRITE_ONCE(ring.armed, 1);
	smp_mb();	/* pairs with ring_wake() */
	return ring_readable() ? EPOLLIN | EPOLLRDNORM : 0;
}

static noinline int ring_map_half(struct vm_area_struct *vma, unsigned long addr, void *mem)
{
	u32 offset;
	int err;

	for (offset = 0; offset < ring.shape.bytes; offset += PAGE_SIZE) {
		err = vm_insert_page(vma, addr + offset, vmalloc_to_page(mem + offset));
		if (err)
			return err;
	}
	return 0;
}

ALLOW_ERROR_INJECTION(ring_map_half, ERRNO);

/* Function names are part of the log lines. */
static int tgt_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	if (vma->vm_pgoff)
		return -EINVAL;
	if (size != 2UL * ring.shape.bytes) {
		/* with the original's blank at the end of the line */
		stgt_warn("mmap size must be %lu, not %lu\x20\n", 2UL * ring.shape.bytes, size);
		return -EINVAL;
	}
	return ring_map_half(vma, vma->vm_start, ring.tx) ?:
	       ring_map_half(vma, vma->vm_start + ring.shape.bytes, ring.rx);
}

/* ---- open and release ------------------------------------------------------------------- */

/*
 * The daemon reads and writes from slot 0 on. What was sent while nobody was there begins at
 * slot 0 too (ring_reset()), so that it is read; the original, which only set its
 * indices to 0, went on to write where those events lie.
 */
static int ring_open(struct inode *inode, struct file *file)
{
	unsigned long flags;
	int err = 0;

	mutex_lock(&ring.open_lock);
	if (stgt_strict) {
		mutex_lock(&ring.rx_lock);
		spin_lock_irqsave(&ring.lock, flags);
		ring.tx_slot = 0;
		spin_unlock_irqrestore(&ring.lock, flags);
		ring.rx_slot = 0;
		mutex_unlock(&ring.rx_lock);
	} else if (ring.openers) {
		err = -EBUSY;
	}
	if (!err) {
		WRITE_ONCE(ring.daemons, ring.daemons + !ring.openers);
		WRITE_ONCE(ring.openers, ring.openers + 1);
		trace_stgt_daemon(ring.openers, "open");
	}
	mutex_unlock(&ring.open_lock);
	if (!err)
		stgt_nexus_daemon_opened();
	return err;
}

static void ring_drop_backlog(void)
{
	while (ring_flush_one(true))
		;
}

/*
 * As freshly loaded: nothing a daemon left behind reaches the next one, or the kernel. Nobody
 * has the device open, so nobody writes.
 */
static void ring_reset(void)
{
	unsigned long flags;

	ring_drop_backlog();
	spin_lock_irqsave(&ring.lock, flags);
	memset(ring.tx, 0, ring.shape.bytes);
	memset(ring.rx, 0, ring.shape.bytes);
	ring.tx_slot = 0;
	ring.rx_slot = 0;
	spin_unlock_irqrestore(&ring.lock, flags);
	ring.edge = false;
}

/*
 * The engine sends no more commands before the rings are cleared: none that has ended is left
 * for the next daemon. Old drivers', which wait for it, are those from before.
 */
static void ring_left(void)
{
	lockdep_assert_held(&ring.open_lock);
	WRITE_ONCE(ring.openers, ring.openers - 1);
	trace_stgt_daemon(ring.openers, "close");
	if (ring.openers)
		return;
	mutex_lock(&stgt_answer_lock);
	stgt_nexus_daemon_closed();
	if (!stgt_strict)
		ring_reset();
	stgt_lld_daemon_closed();
	stgt_late_daemon_closed();
	mutex_unlock(&stgt_answer_lock);
}

static int ring_release(struct inode *inode, struct file *file)
{
	mutex_lock(&ring.open_lock);
	ring_left();
	mutex_unlock(&ring.open_lock);
	return 0;
}

static const struct file_operations ring_fops = {
	.owner		= THIS_MODULE,
	.open		= ring_open,
	.release	= ring_release,
	.write		= ring_write,
	.poll		= ring_poll,
	.mmap		= tgt_mmap,
	.llseek		= noop_llseek,
};

static struct miscdevice ring_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "tgt",
	.fops	= &ring_fops,
};

/* ---- the other transport ---------------------------------------------------------------- */

bool stgt_daemon_has_nexuses(void)
{
	return stgt_gen == STGT_G3 && !READ_ONCE(ring.nl);
}

/**
 * stgt_daemon_number() - which daemon there is
 * @nexuses: says whether it is told of I_T nexuses; one that is not has them all
 *
 * Return: its number, which none before it had, or 0: there is none. Context: any.
 */
u32 stgt_daemon_number(bool *nexuses)
{
	*nexuses = stgt_daemon_has_nexuses();
	return stgt_daemon_there() ? READ_ONCE(ring.daemons) : 0;
}
EXPORT_SYMBOL_GPL(stgt_daemon_number);

/**
 * stgt_ring_claim() - a netlink daemon wants to be the daemon
 * @wait: on the wait queue from then on, as a poller of /dev/tgt would be
 *
 * Return: 0, or -EBUSY if there is one on either transport. Context: process.
 */
int stgt_ring_claim(struct wait_queue_entry *wait)
{
	int err = -EBUSY;

	mutex_lock(&ring.open_lock);
	if (!ring.openers) {
		ring.nl_slot = 0;
		WRITE_ONCE(ring.nl, true);
		add_wait_queue(&ring.wait, wait);
		WRITE_ONCE(ring.daemons, ring.daemons + 1);
		WRITE_ONCE(ring.openers, 1);
		trace_stgt_daemon(1, "bind");
		err = 0;
	}
	mutex_unlock(&ring.open_lock);
	if (!err)
		stgt_nexus_daemon_opened();
	return err;
}

/**
 * stgt_ring_unclaim() - the netlink daemon has gone
 * @wait: as given to stgt_ring_claim()
 * @end: called when no event wakes @wait any more; waits for who reads them
 *
 * Context: process.
 */
void stgt_ring_unclaim(struct wait_queue_entry *wait, void (*end)(void))
{
	mutex_lock(&ring.open_lock);
	remove_wait_queue(&ring.wait, wait);
	end();
	ring_left();
	WRITE_ONCE(ring.nl, false);
	mutex_unlock(&ring.open_lock);
}

/**
 * stgt_ring_peek() - the next event for a netlink daemon
 * @ev: gets it
 *
 * Return: false if there is none; the wait queue is woken when there is. Context: the pump.
 */
bool stgt_ring_peek(struct tgt_event *ev)
{
	struct tgt_event_hdr *slot = ring_hdr(ring.tx, ring.nl_slot);

	ring_flush();
	if (!smp_load_acquire(&slot->status)) {	/* pairs with ring_put() */
		WRITE_ONCE(ring.armed, 1);
		smp_mb();	/* pairs with ring_wake() */
		if (!smp_load_acquire(&slot->status))	/* likewise */
			return false;
	}
	memcpy(ev, slot, sizeof(*ev));
	return true;
}

/* It has been sent, or is none that the daemon knows. */
void stgt_ring_next(void)
{
	struct tgt_event_hdr *slot = ring_hdr(ring.tx, ring.nl_slot);

	ring.nl_slot = stgt_slot_next(&ring.shape, ring.nl_slot);
	smp_store_release(&slot->status, 0);	/* free, for ring_put() */
}

/* ---- module ----------------------------------------------------------------------------- */

static int ring_parse_abi(void)
{
	static const struct {
		const char	*release;
		enum stgt_gen	gen;
	} known[] = {
		{ "2.6.20", STGT_G1 }, { "2.6.21", STGT_G1 },
		{ "2.6.22", STGT_G2 }, { "2.6.23", STGT_G2 },
		{ "2.6.24", STGT_G3 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(abi, known[i].release)) {
			stgt_gen = known[i].gen;
			return 0;
		}
	pr_err("scsi_tgt: abi=%s is none of 2.6.20, 2.6.22 and 2.6.24\n", abi);
	return -EINVAL;
}

/* docs/locks.md, for lockdep: also that no page of a daemon is waited for under stgt_answer_lock */
static void ring_prime(void)
{
	struct stgt_host *host;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		return;
	host = kzalloc(sizeof(*host), GFP_KERNEL);
	if (!host)
		return;
	stgt_host_init_lock(host);
	mutex_lock(&ring.open_lock);
	mutex_lock(&ring.rx_lock);
	if (current->mm)
		mmap_read_lock(current->mm);
	mutex_lock(&stgt_answer_lock);
	spin_lock_irq(&host->lock);
	spin_lock(&ring.lock);
	spin_unlock(&ring.lock);
	spin_unlock_irq(&host->lock);
	mutex_unlock(&stgt_answer_lock);
	if (current->mm)
		mmap_read_unlock(current->mm);
	mutex_unlock(&ring.rx_lock);
	mutex_unlock(&ring.open_lock);
	kfree(host);
}

int stgt_ring_init(void)
{
	int err = ring_parse_abi();

	if (err)
		return err;
	stgt_shape_init(&ring.shape, stgt_gen, PAGE_SIZE);
	spin_lock_init(&ring.lock);
	mutex_init(&ring.open_lock);
	mutex_init(&ring.rx_lock);
	ring_prime();
	INIT_LIST_HEAD(&ring.backlog);
	init_waitqueue_head(&ring.wait);
	INIT_DELAYED_WORK(&ring.flush, ring_flush_work);
	ring.tx = vmalloc_user(ring.shape.bytes);
	ring.rx = vmalloc_user(ring.shape.bytes);
	err = -ENOMEM;
	if (!ring.tx || !ring.rx)
		goto out_free;
	err = misc_register(&ring_misc);
	if (err)
		goto out_free;
	return 0;

out_free:
	vfree(ring.tx);
	vfree(ring.rx);
	return err;
}

void stgt_ring_exit(void)
{
	misc_deregister(&ring_misc);
	cancel_delayed_work_sync(&ring.flush);
	ring_drop_backlog();
	vfree(ring.tx);
	vfree(ring.rx);
}
