// SPDX-License-Identifier: GPL-2.0
/*
 * ROD tokens of a device, SPC-5 5.17.6: point in time copies that are change vulnerable. Nothing is
 * copied when one is made; its data are those of the medium for as long as nobody writes them.
 *
 * While there is a token that is not over, TGT_GATE_TOKEN of every nexus of the device is closed
 * to what writes: it ends the tokens whose blocks it is about to write, and goes on. A copy that
 * uses a token looks whether it is over after each read, so what it has read is of the point in
 * time or is thrown away. What passed the gate before it was closed is waited for before a token
 * is given to anybody (TGT_TOKEN_FORMING). Procedures whose ranges are in a parameter list, and
 * copies, lock a range and then say what they write, tgt_token_touch().
 */
#include <linux/jiffies.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <crypto/algapi.h>
#include "core.h"
#include "scsi/blocks.h"
#include "scsi/opcode.h"
#include "tasks.h"
#include "token.h"

#define TGT_TOKENS_LIVE	128	/* of a device */
#define TGT_TOKENS_KEPT	256	/* with those that are over, of which is told why */

/* How long a token that is over is remembered, SPC-5 5.17.6.7. */
#define TGT_TOKEN_RECORD	(2UL * TGT_ROD_LIFETIME * HZ)

static atomic64_t tgt_token_ids;

static bool tgt_token_is_live(const struct tgt_token *t)
{
	return t->state <= TGT_TOKEN_LIVE;
}

/* ---- the list ------------------------------------------------------------------------------ */

/* For a nexus that begins, under dev->lock. */
unsigned long tgt_token_gate(const struct tgt_device *dev)
{
	return dev->tokens.nr_live ? TGT_GATE_TOKEN : 0;
}

/* The first one is there, or the last one is over. */
static void tgt_token_gates(struct tgt_device *dev)
{
	tgt_gate_device(dev, tgt_token_gate(dev), TGT_GATE_TOKEN);
}

static void tgt_token_over(struct tgt_device *dev, struct tgt_token *t,
			   enum tgt_token_state state)
{
	lockdep_assert_held(&dev->lock);
	if (!tgt_token_is_live(t))
		return;
	t->state = state;
	if (!--dev->tokens.nr_live)
		tgt_token_gates(dev);
}

/* Drop a reference. */
void tgt_token_put(struct tgt_token *t)
{
	if (refcount_dec_and_test(&t->ref))
		kfree(t);
}

static void tgt_token_forget(struct tgt_device *dev, struct tgt_token *t)
{
	lockdep_assert_held(&dev->lock);
	tgt_token_over(dev, t, TGT_TOKEN_CANCELLED);
	list_del_init(&t->node);
	dev->tokens.nr--;
	tgt_token_put(t);
}

/* There is room for one more: the oldest that is over makes it. */
static void tgt_token_make_room(struct tgt_device *dev)
{
	struct tgt_token *t;

	lockdep_assert_held(&dev->lock);
	if (dev->tokens.nr < TGT_TOKENS_KEPT)
		return;
	list_for_each_entry(t, &dev->tokens.list, node) {
		if (!tgt_token_is_live(t)) {
			tgt_token_forget(dev, t);
			return;
		}
	}
}

/* One that is used does not expire, but is over once who used it before deletes it. */
static void tgt_token_look_at_clock(struct tgt_device *dev, struct tgt_token *t)
{
	bool used;

	lockdep_assert_held(&dev->lock);
	if (t->state != TGT_TOKEN_LIVE)
		return;
	used = atomic_read_acquire(&t->users);	/* pairs with tgt_token_used() */
	if (READ_ONCE(t->unwanted))
		tgt_token_over(dev, t, TGT_TOKEN_DELETED);
	else if (!used && (time_after(jiffies, t->made + TGT_ROD_LIFETIME * HZ) ||
			   time_after(jiffies, READ_ONCE(t->used) + t->timeout * HZ)))
		tgt_token_over(dev, t, TGT_TOKEN_EXPIRED);
}

static void tgt_token_queue(struct tgt_device *dev)
{
	struct delayed_work *work = &dev->tokens.work;
	unsigned long delay = dev->tokens.nr_live ? HZ : 60 * HZ;

	lockdep_assert_held(&dev->lock);
	/* a look that is near does not get further away by what is new */
	if (dev->tokens.nr && (!delayed_work_pending(work) ||
			       time_after(work->timer.expires, jiffies + delay)))
		mod_delayed_work(tgt_watch_wq, work, delay);
}

static void tgt_token_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(to_delayed_work(work), struct tgt_device,
					      tokens.work);
	struct tgt_token *t, *next;

	spin_lock_irq(&dev->lock);
	list_for_each_entry_safe(t, next, &dev->tokens.list, node) {
		tgt_token_look_at_clock(dev, t);
		if (!tgt_token_is_live(t) && time_after(jiffies, t->made + TGT_TOKEN_RECORD))
			tgt_token_forget(dev, t);
	}
	tgt_token_queue(dev);
	spin_unlock_irq(&dev->lock);
}

void tgt_tokens_init(struct tgt_device *dev)
{
	INIT_LIST_HEAD(&dev->tokens.list);
	INIT_DELAYED_WORK(&dev->tokens.work, tgt_token_work);
}

/* No nexus and no procedure is left. */
void tgt_tokens_exit(struct tgt_device *dev)
{
	struct tgt_token *t, *next;

	cancel_delayed_work_sync(&dev->tokens.work);
	spin_lock_irq(&dev->lock);
	list_for_each_entry_safe(t, next, &dev->tokens.list, node)
		tgt_token_forget(dev, t);
	spin_unlock_irq(&dev->lock);
}

/* ---- what ends tokens ---------------------------------------------------------------------- */

/* All of a device. Any context. */
void tgt_tokens_end(struct tgt_device *dev, enum tgt_token_state state)
{
	struct tgt_token *t;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry(t, &dev->tokens.list, node)
		tgt_token_over(dev, t, state);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Whether some byte of [@offset, @end) is one of the token's. */
static bool tgt_token_meets(const struct tgt_device *dev, const struct tgt_token *t, u64 offset,
			    u64 end)
{
	u8 shift = dev->block_shift;
	u64 start;
	u32 i;

	for (i = 0; i < t->nr; i++) {
		start = t->range[i].lba << shift;
		if (t->range[i].n && offset < start + ((u64)t->range[i].n << shift) && start < end)
			return true;
	}
	return false;
}

static void tgt_token_end_range(struct tgt_device *dev, u64 offset, u64 end)
{
	struct tgt_token *t;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry(t, &dev->tokens.list, node)
		if (tgt_token_is_live(t) && tgt_token_meets(dev, t, offset, end))
			tgt_token_over(dev, t, TGT_TOKEN_CANCELLED);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * tgt_token_touch() - a procedure is about to write
 * @dev: device
 * @offset: first byte; locked by tgt_proc_lock()
 * @len: bytes, likewise
 *
 * Who makes a token lists it and then waits for the locks of its ranges: either this sees the
 * token, or that sees the lock. Context: process.
 */
void tgt_token_touch(struct tgt_device *dev, u64 offset, u64 len)
{
	if (READ_ONCE(dev->tokens.nr_live))
		tgt_token_end_range(dev, offset, offset + len);
}

/* What a command writes, as its CDB says; false if that does not say. */
static bool tgt_token_range(const struct tgt_device *dev, const u8 *cdb, u64 *offset, u64 *end)
{
	struct tgt_blocks b;

	switch (cdb[0]) {
	case UNMAP:			/* calls tgt_token_touch() */
		return false;
	case FORMAT_UNIT:
	case TGT_SANITIZE:
		*offset = 0;
		*end = U64_MAX;
		return true;
	default:
		tgt_blocks_of(dev, cdb, &b);
		*offset = b.offset;
		*end = b.offset + b.len;
		return true;
	}
}

/* A command that is to write has met TGT_GATE_TOKEN, and nothing else is in its way. */
void tgt_token_write(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	u64 offset, end;

	if (tgt_token_range(dev, cmd->cdb, &offset, &end))
		tgt_token_end_range(dev, offset, end);
}

/* ---- making one ---------------------------------------------------------------------------- */

/* The SCSI target device, until this module goes; NAA of locally assigned type. */
static u64 tgt_token_target(void)
{
	static u64 naa;

	get_random_once(&naa, sizeof(naa));
	return 3ULL << 60 | (naa & GENMASK_ULL(59, 0));
}

/* A token as asked for, of a logical unit, which does not know it yet; NULL: no memory. */
struct tgt_token *tgt_token_alloc(const struct tgt_rod_ask *ask, const struct tgt_disk *d)
{
	struct tgt_token *t = kzalloc(struct_size(t, range, ask->nr), GFP_NOIO | __GFP_NOWARN);
	u8 random[TGT_ROD_RANDOM];
	struct tgt_rod_facts f = {
		.id = atomic64_inc_return(&tgt_token_ids),
		.bytes = ask->blocks << d->block_shift,
		.target = tgt_token_target(),
		.disk = d,
		.random = random,
	};

	if (!t)
		return NULL;
	INIT_LIST_HEAD(&t->node);
	refcount_set(&t->ref, 1);
	t->timeout = ask->timeout;
	t->bytes = f.bytes;
	t->nr = ask->nr;
	memcpy(t->range, ask->range, ask->nr * sizeof(*t->range));
	get_random_bytes(random, sizeof(random));
	tgt_rod_build(t->rod, &f);
	memzero_explicit(random, sizeof(random));
	return t;
}

static enum tgt_sense tgt_token_may_begin(const struct tgt_device *dev)
{
	lockdep_assert_held(&dev->lock);
	/* each of these changes first, and then ends the tokens that there are */
	if (!tgt_rod_out(dev))
		return TGT_SENSE_INVALID_FIELD;
	if (dev->remainders || dev->wipe.running || READ_ONCE(dev->state) != TGT_ACTIVE)
		return TGT_SENSE_NOT_READY;
	return dev->tokens.nr_live < TGT_TOKENS_LIVE ? TGT_SENSE_NONE : TGT_SENSE_NO_ROD;
}

/**
 * tgt_token_begin() - from here on what is written to its blocks ends a token
 * @dev: device
 * @t: token; the list takes a reference of its own
 *
 * What began before is to be waited for. Return: TGT_SENSE_NONE, or why there can be none.
 * Context: process.
 */
enum tgt_sense tgt_token_begin(struct tgt_device *dev, struct tgt_token *t)
{
	enum tgt_sense sense;
	struct tgt_token *old;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(old, &dev->tokens.list, node)
		tgt_token_look_at_clock(dev, old);
	sense = tgt_token_may_begin(dev);
	if (!sense) {
		tgt_token_make_room(dev);
		refcount_inc(&t->ref);
		t->made = jiffies;
		list_add_tail(&t->node, &dev->tokens.list);
		dev->tokens.nr++;
		if (!dev->tokens.nr_live++)
			tgt_token_gates(dev);
	}
	spin_unlock_irq(&dev->lock);
	return sense;
}

/* Does @cmd write what is the token's? */
static bool tgt_token_written(const struct tgt_device *dev, const struct tgt_cmd *cmd,
			      const void *data)
{
	u64 offset, end;

	return tgt_token_range(dev, cmd->cdb, &offset, &end) &&
	       tgt_token_meets(dev, data, offset, end);
}

/*
 * Whether a command that may have passed the gate before it was closed still writes blocks of a
 * token that is being made, and that is not over. Context: process, after synchronize_rcu().
 */
bool tgt_token_busy(struct tgt_device *dev, struct tgt_token *t)
{
	return READ_ONCE(t->state) == TGT_TOKEN_FORMING &&
	       tgt_gate_passed(dev, TGT_GATE_TOKEN, tgt_token_written, t);
}

static enum tgt_sense tgt_token_sense(const struct tgt_token *t)
{
	static const enum tgt_sense sense[] = {
		[TGT_TOKEN_FORMING]	= TGT_SENSE_TOKEN_UNKNOWN,
		[TGT_TOKEN_LIVE]	= TGT_SENSE_NONE,
		[TGT_TOKEN_EXPIRED]	= TGT_SENSE_TOKEN_EXPIRED,
		[TGT_TOKEN_CANCELLED]	= TGT_SENSE_TOKEN_CANCELLED,
		[TGT_TOKEN_REVOKED]	= TGT_SENSE_TOKEN_REVOKED,
		[TGT_TOKEN_DELETED]	= TGT_SENSE_TOKEN_DELETED,
	};

	return sense[t->state];
}

/**
 * tgt_token_finish() - a token has been made
 * @dev: device
 * @t: token
 * @good: nothing is written to its blocks; else it is over
 *
 * Return: TGT_SENSE_NONE, or why it is over. Context: process.
 */
enum tgt_sense tgt_token_finish(struct tgt_device *dev, struct tgt_token *t, bool good)
{
	enum tgt_sense sense;

	spin_lock_irq(&dev->lock);
	if (!good)
		tgt_token_over(dev, t, TGT_TOKEN_CANCELLED);
	if (t->state == TGT_TOKEN_FORMING)
		t->state = TGT_TOKEN_LIVE;
	t->made = jiffies;
	t->used = jiffies;
	sense = tgt_token_sense(t);
	tgt_token_queue(dev);
	spin_unlock_irq(&dev->lock);
	return sense;
}

/* ---- using one ----------------------------------------------------------------------------- */

/**
 * tgt_token_use() - find a token by its bytes, all of them
 * @dev: device that it says has made it
 * @rod: TGT_ROD_LEN bytes
 * @token: set to the token, for tgt_token_used()
 *
 * Return: TGT_SENSE_NONE, or what is wrong with it. Context: process.
 */
enum tgt_sense tgt_token_use(struct tgt_device *dev, const u8 *rod, struct tgt_token **token)
{
	enum tgt_sense sense = TGT_SENSE_TOKEN_UNKNOWN;
	struct tgt_token *t;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(t, &dev->tokens.list, node) {
		if (crypto_memneq(t->rod, rod, TGT_ROD_LEN))
			continue;
		tgt_token_look_at_clock(dev, t);
		sense = tgt_token_sense(t);
		if (!sense) {
			refcount_inc(&t->ref);
			atomic_inc(&t->users);
			*token = t;
		}
		break;
	}
	spin_unlock_irq(&dev->lock);
	return sense;
}

/* Whether what was read before this is what the token represents. */
enum tgt_sense tgt_token_check(struct tgt_device *dev, struct tgt_token *t)
{
	enum tgt_sense sense;

	spin_lock_irq(&dev->lock);
	tgt_token_look_at_clock(dev, t);
	sense = tgt_token_sense(t);
	spin_unlock_irq(&dev->lock);
	return sense;
}

/* The reverse of tgt_token_use(); @del: it is to be deleted. The device may be gone by now. */
void tgt_token_used(struct tgt_token *t, bool del)
{
	if (del)
		WRITE_ONCE(t->unwanted, true);
	WRITE_ONCE(t->used, jiffies);
	atomic_dec_return_release(&t->users);	/* pairs with tgt_token_look_at_clock() */
	tgt_token_put(t);
}

/* ---- REPORT ALL ROD TOKENS ------------------------------------------------------------------ */

/* SPC-5 6.31: those of this logical unit that can be used; not what they are used with. */
enum tgt_ret tgt_exec_all_tokens(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	u32 size = 8 + TGT_TOKENS_LIVE * TGT_ROD_MANAGED;
	struct tgt_token *t;
	unsigned long flags;
	struct tgt_resp r;
	enum tgt_ret ret;
	u8 *buf;

	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	buf = kmalloc(size, GFP_NOWAIT | __GFP_NOWARN);
	if (!buf)
		return TGT_BUSY;
	tgt_resp_init(&r, buf, size);
	tgt_resp_zero(&r, 8);
	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry(t, &dev->tokens.list, node) {
		tgt_token_look_at_clock(dev, t);
		if (t->state == TGT_TOKEN_LIVE)
			tgt_resp_bytes(&r, t->rod, TGT_ROD_MANAGED);
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	put_unaligned_be32(r.len - 4, buf);
	ret = tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 10));
	kfree(buf);
	return ret;
}
