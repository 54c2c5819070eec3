// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": what is told of daemons. A daemon hangs if a command was taken from it, as its
 * deadline passed or who sent it has gone, and it has not answered that yet.
 */
#include <linux/rcupdate.h>
#include <linux/tgtcore.h>
#include <tgtcore/daemon.h>
#include "user.h"

static void user_state_slot(struct user_slot *s, struct tgt_daemon *d, bool *taken)
{
	enum user_state state = user_word_state(atomic64_read(&s->word));

	if (state == USER_FREE || state == USER_CLAIMED)
		return;
	d->commands++;
	d->held += state == USER_HELD || state == USER_HELD_SEEN;
	d->oldest_ms = max(d->oldest_ms, jiffies_to_msecs(jiffies - READ_ONCE(s->since)));
	*taken |= state == USER_ORPHAN || state == USER_REMAINDER;
}

static void user_state_counts(struct user_counts *c, struct tgt_daemon *d)
{
	d->lost = atomic_long_read(&c->lost);
	d->handovers = atomic_long_read(&c->handovers);
	d->reissued = atomic_long_read(&c->reissued);
	d->timeouts = atomic_long_read(&c->timeouts);
	d->late = atomic_long_read(&c->late);
	d->bad = atomic_long_read(&c->bad);
}

/* Commands come and go meanwhile: each is told of as it was at some moment. */
void user_daemon(struct tgt_device *dev, struct tgt_daemon *d)
{
	struct user_dev *u = dev->be_priv;
	struct user_ctx *ctx;
	bool taken = false;
	u32 tag;

	memset(d, 0, sizeof(*d));
	for (tag = 0; tag < u->depth; tag++)
		user_state_slot(&u->slot[tag], d, &taken);
	user_state_counts(&u->count, d);
	d->starts = READ_ONCE(u->generation);
	d->state = d->starts ? TGTCORE_DAEMON_DEAD : TGTCORE_DAEMON_NONE;
	rcu_read_lock();
	ctx = rcu_dereference(u->ctx);
	if (ctx) {
		d->state = taken ? TGTCORE_DAEMON_HANGING : TGTCORE_DAEMON_SERVING;
		d->pid = READ_ONCE(ctx->owner);
	}
	rcu_read_unlock();
}
