/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting until objects are ready, or gone. */
#ifndef TGTCTL_WAIT_H
#define TGTCTL_WAIT_H

#include "map.h"
#include "nl.h"

#define WAIT_READY_S	15.0
#define WAIT_GONE_S	60.0
#define WAIT_MADE_S	60.0

enum wait_for {
	WAIT_READY,
	WAIT_GONE,
	WAIT_MADE,
};

/**
 * struct wait - objects that something is awaited of
 * @what: what that is
 * @items: by how messages call the object (record_subject())
 * @left: those it has not happened to
 * @failed: those it will never happen to
 * @size: WAIT_MADE: bytes a device is to have, or 0
 * @steps: counts what shows that it goes on
 */
struct wait {
	enum wait_for	what;
	struct map	items;
	size_t		left;
	size_t		failed;
	u64		size;
	size_t		steps;
};

void wait_add(struct wait *w, const struct set *set, const char *subject);
void wait_drop(struct wait *w, const char *subject);
int wait_poll(struct wait *w, struct nl *nl, struct events *ev);
int wait_all(struct wait *w, struct nl *nl, struct events *ev, double timeout);
const char *wait_node(const struct wait *w, const char *subject);
void wait_free(struct wait *w);

#endif
