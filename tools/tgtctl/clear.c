// SPDX-License-Identifier: GPL-2.0
/* tgtctl clear */
#include <linux/tgtcore.h>
#include <stdlib.h>

#include "service.h"
#include "teardown.h"
#include "tgtctl.h"

static void put_names(struct nl *nl, const struct record *rec)
{
	for (const u8 *key = rec->set->key; *key; key++) {
		if (rec->set->attrs[*key].type == ATTR_U32)
			nla_put_u32(nl->msg, *key, record_u64(rec, *key));
		else
			nla_put_string(nl->msg, *key, record_str(rec, *key) ?: "");
	}
}

/* The generation holds for the first change alone: the others follow from it. */
static int clear_one(struct ctx *ctx, struct teardown *td, const struct record *rec,
		     const char *subject)
{
	bool first = ctx->given & OPT_GENERATION;
	int ret;

	tnl_request(&ctx->nl, rec->set->del);
	put_names(&ctx->nl, rec);
	put_generation(ctx, rec->set);
	ctx->given &= ~OPT_GENERATION;
	ret = teardown_add(td, rec->set, subject);
	if (!ret && first)
		ret = teardown_flush(td);
	return ret;
}

/* Daemons of devices that are gone, or would go if they did not hang. */
static void stop_services(struct nl *nl, const struct records *recs)
{
	for (size_t i = 0; i < recs->nr; i++) {
		const char *name = record_str(recs->rec[i], TGTCORE_A_DEVICE_NAME) ?: "";
		json_t *dev = record_json(recs->rec[i], 0);
		const char *service = service_of(dev);

		if (service && device_leaves(nl, name))
			service_stop(name, service);
		json_decref(dev);
	}
}

/* Delete all objects of a kind; those that are going already are only waited for. */
static int clear_set(struct ctx *ctx, struct teardown *td, const struct set *set)
{
	struct records recs;
	int ret = 0;

	if (tnl_dump_set(&ctx->nl, set, &recs))
		return tnl_fail(&ctx->nl, "clear");
	for (size_t i = 0; i < recs.nr && !ret; i++) {
		char *subject = record_subject(recs.rec[i]);

		if (set->state &&
		    record_u64(recs.rec[i], set->state) == TGTCORE_STATE_DELETING)
			wait_add(&td->w, set, subject);
		else
			ret = clear_one(ctx, td, recs.rec[i], subject);
		free(subject);
	}
	if (teardown_finish(td))
		ret = EXIT_FAILURE;
	if (set == &set_device && !(ctx->given & OPT_NO_WAIT))
		stop_services(&ctx->nl, &recs);
	records_free(&recs);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int do_clear(struct ctx *ctx, int argc, char **argv)
{
	bool waits = !(ctx->given & OPT_NO_WAIT);
	struct events ev = { 0 };
	struct teardown td = TEARDOWN_INIT(&ctx->nl, waits ? &ev : NULL, WAIT_GONE_S);
	int ret;

	(void)argc;
	(void)argv;
	if (ctx->given & OPT_TIMEOUT)
		td.timeout = ctx->timeout;
	/* Without the module there is nothing. */
	if (tnl_open(&ctx->nl, NL_QUIET))
		return EXIT_SUCCESS;
	if (waits && events_open(&ev, &ctx->nl))
		return EXIT_FAILURE;
	ret = clear_set(ctx, &td, &set_target);
	if (!ret)
		ret = clear_set(ctx, &td, &set_device);
	if (!ret)
		ret = clear_set(ctx, &td, &set_alua);
	events_close(&ev);
	return ret;
}
