/* SPDX-License-Identifier: GPL-2.0 */
/* Deleting many objects at once: for clear, and for undoing a restore. */
#ifndef TGTCTL_TEARDOWN_H
#define TGTCTL_TEARDOWN_H

#include "nl.h"
#include "wait.h"

/**
 * struct teardown - objects that are being deleted
 * @nl: connection
 * @ev: subscribed before the first request, or NULL not to wait
 * @timeout: seconds without progress
 * @failed: how many the kernel refused to delete
 */
struct teardown {
	struct nl	*nl;
	struct events	*ev;
	double		timeout;
	size_t		failed;

	/* private */
	struct wait	w;
	struct tnl_batch	batch;
	struct teardown_item {
		const struct set *set;
		char	*subject;
	} *items;
	size_t		nr;
};

#define TEARDOWN_INIT(_nl, _ev, _timeout) \
	{ .nl = (_nl), .ev = (_ev), .timeout = (_timeout), .w = { .what = WAIT_GONE } }

int teardown_add(struct teardown *td, const struct set *set, const char *subject);
int teardown_flush(struct teardown *td);
int teardown_finish(struct teardown *td);

#endif
