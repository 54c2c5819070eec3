// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel answers before the work is done and tells by an event when it is. The events are
 * subscribed to before the request is sent, so none can be missed; where the kernel had to drop
 * some, and every few seconds in any case, the objects themselves are looked at.
 */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "parse.h"
#include "util.h"
#include "wait.h"

#define LOOK_FIRST_S	3.0
#define LOOK_AGAIN_S	2.0

/**
 * struct wait_item - one object
 * @set: what it is
 * @done: it has happened, or never will
 * @seen: found by the look in progress
 * @node: name of the disk, if it is ready and there is one
 * @why: what it waits for, as of the last look
 */
struct wait_item {
	const struct set *set;
	bool		done;
	bool		seen;
	char		*node;
	char		*why;
};

void wait_add(struct wait *w, const struct set *set, const char *subject)
{
	struct map_entry *e = map_add(&w->items, subject);
	struct wait_item *item;

	if (e->val)
		return;
	item = xcalloc(1, sizeof(*item));
	item->set = set;
	e->val = item;
	w->left++;
}

static void item_done(struct wait *w, struct wait_item *item)
{
	if (item->done)
		return;
	item->done = true;
	w->left--;
	w->steps++;
}

/* It need not be waited for after all. */
void wait_drop(struct wait *w, const char *subject)
{
	struct map_entry *e = map_find(&w->items, subject);

	if (e)
		item_done(w, e->val);
}

static void item_ready(struct wait *w, struct wait_item *item, const struct record *rec)
{
	const char *node = record_str(rec, TGTCORE_A_LUN_NODE);

	if (node && !item->node)
		item->node = xstrdup(node);
	item_done(w, item);
}

static void item_failed(struct wait *w, struct wait_item *item, const char *subject,
			const char *reason)
{
	char text[512];

	if (item->done)
		return;
	printable(text, sizeof(text), reason ?: "it was deleted");
	error("%s: %s", subject, text);
	w->failed++;
	item_done(w, item);
}

/* A device or target as it is now: made, still not, or never. */
static void item_made(struct wait *w, struct wait_item *item, const char *subject,
		      const struct record *rec)
{
	const char *reason = record_reason(rec);

	if (reason || rec->cmd == rec->set->gone ||
	    record_u64(rec, rec->set->state) == TGTCORE_STATE_DELETING)
		item_failed(w, item, subject, reason);
	else if (record_being_made(rec))
		return;
	else if (w->size && record_u64(rec, TGTCORE_A_DEVICE_SIZE) != w->size)
		item_failed(w, item, subject, "its size was not changed");
	else
		item_done(w, item);
}

/* A thousand LUNs may have to go before the one object that is waited for. */
static void lun_gone(struct wait *w, const struct record *rec)
{
	char *target = subject_target(record_str(rec, TGTCORE_A_LUN_FABRIC) ?: "",
				      record_str(rec, TGTCORE_A_LUN_TARGET) ?: "");
	char *device = subject_device(record_str(rec, TGTCORE_A_LUN_DEVICE) ?: "");

	if (map_find(&w->items, target) || map_find(&w->items, device))
		w->steps++;
	free(target);
	free(device);
}

/* An event: is it one that was waited for? */
static void wait_event(struct wait *w, const struct record *rec)
{
	char *subject = record_subject(rec);
	struct map_entry *e = map_find(&w->items, subject);

	if (e && w->what == WAIT_READY && rec->cmd == TGTCORE_CMD_LUN_READY_NTF)
		item_ready(w, e->val, rec);
	else if (e && w->what == WAIT_READY && rec->cmd == rec->set->gone)
		item_failed(w, e->val, subject, NULL);
	else if (e && w->what == WAIT_MADE)
		item_made(w, e->val, subject, rec);
	else if (e && rec->cmd == rec->set->gone)
		item_done(w, e->val);
	else if (rec->cmd == TGTCORE_CMD_LUN_GONE_NTF)
		lun_gone(w, rec);
	free(subject);
}

/* What a look at an object says of it. */
static void wait_look_at(struct wait *w, struct blocked *b, const struct record *rec)
{
	char *subject = record_subject(rec);
	struct map_entry *e = map_find(&w->items, subject);
	struct wait_item *item = e ? e->val : NULL;

	free(subject);
	if (!item || item->done)
		return;
	if (w->what == WAIT_READY) {
		item->seen = true;
		if (record_str(rec, TGTCORE_A_LUN_NODE))
			item_ready(w, item, rec);
	} else if (w->what == WAIT_MADE) {
		item->seen = true;
		item_made(w, item, e->key, rec);
	} else if (!rec->set->state ||
		   record_u64(rec, rec->set->state) == TGTCORE_STATE_DELETING) {
		/* in another state it is a new one that has the name now */
		item->seen = true;
	}
	free(item->why);
	item->why = blocked_is(b, rec) ? blocked_why(b, rec) : NULL;
}

static int wait_look_set(struct wait *w, struct nl *nl, struct blocked *b, const struct set *set)
{
	struct records own = { 0 };
	struct records *recs = &own;
	int ret;

	if (set == &set_device)
		recs = &b->devices;
	else if (set == &set_lun)
		recs = &b->luns;
	else
		ret = tnl_dump_set(nl, set, &own);
	if (recs == &own && ret)
		return ret;
	for (size_t i = 0; i < recs->nr; i++)
		wait_look_at(w, b, recs->rec[i]);
	records_free(&own);
	return 0;
}

/* Look at all objects instead of trusting in events. -errno. */
static int wait_look(struct wait *w, struct nl *nl)
{
	static const struct set *const sets[] = { &set_device, &set_target, &set_lun, &set_group,
						  &set_alua };
	bool wanted[ARRAY_SIZE(sets)] = { false };
	struct blocked b;
	int ret;

	for (size_t i = 0; i < w->items.size; i++) {
		struct wait_item *item = w->items.slots[i].val;

		if (!w->items.slots[i].key || item->done)
			continue;
		item->seen = false;
		for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
			wanted[s] |= sets[s] == item->set;
	}
	ret = blocked_load(&b, nl);
	if (ret)
		return ret;
	for (size_t s = 0; s < ARRAY_SIZE(sets) && !ret; s++)
		if (wanted[s])
			ret = wait_look_set(w, nl, &b, sets[s]);
	blocked_free(&b);
	for (size_t i = 0; i < w->items.size && !ret; i++) {
		struct wait_item *item = w->items.slots[i].val;

		if (!w->items.slots[i].key || item->done || item->seen)
			continue;
		if (w->what == WAIT_GONE)
			item_done(w, item);
		else if (w->what == WAIT_MADE)
			item_failed(w, item, w->items.slots[i].key, "it could not be made");
		else
			item_failed(w, item, w->items.slots[i].key, NULL);
	}
	return ret;
}

/* One that is still waited for. */
static const struct map_entry *wait_first(const struct wait *w)
{
	for (size_t i = 0; i < w->items.size; i++) {
		const struct map_entry *e = &w->items.slots[i];

		if (e->key && !((struct wait_item *)e->val)->done)
			return e;
	}
	return NULL;
}

/* "lun loop:disk 0 and 12 more" */
static char *wait_names(const struct wait *w)
{
	const struct map_entry *e = wait_first(w);

	if (w->left > 1)
		return xasprintf("%s and %zu more", e->key, w->left - 1);
	return xstrdup(e->key);
}

static void wait_tell(const struct wait *w)
{
	const struct wait_item *item = wait_first(w)->val;
	char *names = wait_names(w);

	error("%s: waiting for %s", names,
	      item->why ?: w->what == WAIT_READY ? "the disk to appear" :
			   w->what == WAIT_MADE ? "it to be made" : "it to go");
	free(names);
}

static int wait_timed_out(const struct wait *w, double timeout)
{
	const struct wait_item *item = wait_first(w)->val;
	char *names = wait_names(w);

	if (w->what == WAIT_READY)
		error("%s: made, but no disk there after %g s; see tgtctl lun show --blocked",
		      names, timeout);
	else if (w->what == WAIT_MADE)
		error("%s: not done after %g s, it goes on%s%s; see tgtctl %s show --blocked",
		      names, timeout, item->why ? ", waiting for " : "", item->why ?: "",
		      item->set->name);
	else
		error("%s: not gone after %g s, it goes on%s%s; see tgtctl %s show --blocked",
		      names, timeout, item->why ? ", waiting for " : "", item->why ?: "",
		      item->set->name);
	free(names);
	return -ETIMEDOUT;
}

/* Take in the events that have come, without waiting. -errno. */
int wait_poll(struct wait *w, struct nl *nl, struct events *ev)
{
	struct record *rec;
	int ret;

	while ((ret = events_next(ev, 0, &rec)) == 1) {
		wait_event(w, rec);
		free(rec);
	}
	return ret == -ENOBUFS ? wait_look(w, nl) : ret;
}

/* Take in one event, or none until that moment. As events_next(). */
static int wait_next(struct wait *w, struct events *ev, double until)
{
	double s = until - now();
	struct record *rec;
	int ret;

	ret = events_next(ev, s > 0 ? (int)(s * 1000) + 1 : 0, &rec);
	if (ret == 1) {
		wait_event(w, rec);
		free(rec);
	}
	return ret;
}

/*
 * Wait until it has happened to all of them, as long as something shows at least every
 * @timeout seconds that it goes on. Says what it waits for if that takes long. Prints errors.
 */
int wait_all(struct wait *w, struct nl *nl, struct events *ev, double timeout)
{
	/* what is being made is waited for only once it has taken long */
	double start = now(), first = w->what == WAIT_MADE ? 0 : LOOK_FIRST_S;
	double deadline = start + timeout, look = start + first;
	size_t steps = w->steps;
	bool told = false;
	int ret;

	while (w->left) {
		ret = wait_next(w, ev, look < deadline ? look : deadline);
		if (ret == -ENOBUFS || now() >= look || now() >= deadline) {
			ret = wait_look(w, nl);
			look = now() + LOOK_AGAIN_S;
		}
		if (ret < 0 && ret != -EINTR) {
			error("cannot see what has happened: %s", strerror(-ret));
			return ret;
		}
		if (w->left && !told && now() >= start + first && now() < deadline) {
			wait_tell(w);
			told = true;
		}
		if (w->steps != steps)
			deadline = now() + timeout;
		else if (now() >= deadline)
			return wait_timed_out(w, timeout);
		steps = w->steps;
	}
	return w->failed ? -ENOENT : 0;
}

/* The disk of an object that has become ready, or NULL. */
const char *wait_node(const struct wait *w, const char *subject)
{
	const struct map_entry *e = map_find(&w->items, subject);

	return e ? ((struct wait_item *)e->val)->node : NULL;
}

void wait_free(struct wait *w)
{
	for (size_t i = 0; i < w->items.size; i++) {
		struct wait_item *item = w->items.slots[i].val;

		if (!w->items.slots[i].key)
			continue;
		free(item->node);
		free(item->why);
		free(item);
	}
	map_free(&w->items);
	w->left = 0;
	w->failed = 0;
}
