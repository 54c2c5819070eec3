// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "teardown.h"
#include "util.h"

static void teardown_done(void *arg, size_t index, int err, struct record *reply)
{
	struct teardown *td = arg;
	const struct teardown_item *item = &td->items[index];

	free(reply);
	if (!err) {
		wait_add(&td->w, item->set, item->subject);
	} else if (err != -ENOENT) {
		/* Not there is what is wanted: somebody else has been quicker. */
		td->failed++;
		tnl_fail(td->nl, "%s", item->subject);
	}
}

/* Delete the object that the request which has been begun names, and all that uses it. */
int teardown_add(struct teardown *td, const struct set *set, const char *subject)
{
	td->batch.nl = td->nl;
	td->batch.done = teardown_done;
	td->batch.arg = td;
	if (!(td->nr & (td->nr - 1)))
		td->items = xrealloc(td->items, td->nr ? td->nr * 2 : 1, sizeof(*td->items));
	td->items[td->nr].set = set;
	td->items[td->nr].subject = xstrdup(subject);
	td->nr++;
	nla_put_u8(td->nl->msg, set->force, 1);
	return tnl_batch_add(&td->batch);
}

/* Send what has been added; an error if the kernel has refused any so far. */
int teardown_flush(struct teardown *td)
{
	return tnl_batch_flush(&td->batch) ?: td->failed ? -EBUSY : 0;
}

/* Send the rest and wait until all are gone. 0 if they are. The teardown can be used again. */
int teardown_finish(struct teardown *td)
{
	int ret = 0;

	if (td->nr)
		ret = tnl_batch_flush(&td->batch);
	tnl_batch_free(&td->batch);
	if (!ret && td->ev)
		ret = wait_all(&td->w, td->nl, td->ev, td->timeout);
	wait_free(&td->w);
	for (size_t i = 0; i < td->nr; i++)
		free(td->items[i].subject);
	free(td->items);
	td->items = NULL;
	td->nr = 0;
	memset(&td->batch, 0, sizeof(td->batch));
	return ret ?: td->failed ? -EBUSY : 0;
}
