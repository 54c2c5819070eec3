// SPDX-License-Identifier: GPL-2.0
/* What the objects' show and delete have in common. */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "tgtctl.h"
#include "wait.h"

static const struct column device_columns[] = {
	{ "NAME", "name", OUT_TEXT },
	{ "BACKEND", "backend", OUT_TEXT },
	{ "SIZE", "size", OUT_SIZE },
	{ "BLOCK", "block-size", OUT_NUMBER },
	{ "RO", "readonly", OUT_BOOL },
	{ "WCE", "wce", OUT_BOOL },
	{ "LUNS", "luns", OUT_NUMBER },
	{ "HELD", "held", OUT_NUMBER },
	{ "STATE", "state", OUT_TEXT },
	{ "DETAILS", "options", OUT_DETAILS },
};

static const struct column target_columns[] = {
	{ "NAME", "name", OUT_TARGET },
	{ "HANDLER", "handler", OUT_TEXT },
	{ "RTPI", "rtpi", OUT_NUMBER },
	{ "HOST", "host", OUT_NUMBER },
	{ "LUNS", "luns", OUT_NUMBER },
	{ "SESSIONS", "sessions", OUT_NUMBER },
	{ "STATE", "state", OUT_TEXT },
	{ "DETAILS", "options", OUT_DETAILS },
};

static const struct column lun_columns[] = {
	{ "TARGET", "target", OUT_TARGET },
	{ "GROUP", "group", OUT_TEXT },
	{ "LUN", "number", OUT_NUMBER },
	{ "DEVICE", "device", OUT_TEXT },
	{ "RO", "readonly", OUT_BOOL },
	{ "SESSIONS", "sessions", OUT_NUMBER },
	{ "STATE", "state", OUT_TEXT },
	{ "NODE", "node", OUT_TEXT },
};

static const struct column group_columns[] = {
	{ "TARGET", "target", OUT_TARGET },
	{ "NAME", "name", OUT_TEXT },
	{ "LUNS", "luns", OUT_NUMBER },
	{ "SESSIONS", "sessions", OUT_NUMBER },
	{ "INITIATORS", "initiators", OUT_LIST },
};

static const struct column session_columns[] = {
	{ "TARGET", "target", OUT_TARGET },
	{ "ID", "id", OUT_NUMBER },
	{ "GROUP", "group", OUT_TEXT },
	{ "LUNS", "luns", OUT_NUMBER },
	{ "INITIATOR", "initiator", OUT_TEXT },
};

static const struct column alua_columns[] = {
	{ "ID", "id", OUT_NUMBER },
	{ "STATE", "state", OUT_TEXT },
	{ "PREF", "preferred", OUT_BOOL },
	{ "TARGETS", "targets", OUT_TEXT },
	{ "DEVICES", "devices", OUT_TEXT },
	{ "EXPLICIT", "explicit", OUT_TEXT },
};

/* Those of a table of what is blocked, after the ones that name the object. */
static const struct column blocked_columns[] = {
	{ "STAGE", "stage", OUT_TEXT },
	{ "AGE", "age-ms", OUT_AGE },
	{ "WAITS FOR", "waits-for", OUT_TEXT },
};

static const struct view {
	const struct set *set;
	const struct column *columns;
	size_t nr;
	size_t names;		/* columns that name the object */
} views[] = {
	{ &set_device, device_columns, ARRAY_SIZE(device_columns), 1 },
	{ &set_target, target_columns, ARRAY_SIZE(target_columns), 1 },
	{ &set_lun, lun_columns, ARRAY_SIZE(lun_columns), 3 },
	{ &set_group, group_columns, ARRAY_SIZE(group_columns), 2 },
	{ &set_session, session_columns, ARRAY_SIZE(session_columns), 2 },
	{ &set_alua, alua_columns, ARRAY_SIZE(alua_columns), 1 },
};

static const struct view *view_of(const struct set *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		if (views[i].set == set)
			return &views[i];
	return NULL;
}

/* An empty list of a target that is not there is no answer. */
static int find_target(struct ctx *ctx, const char *fabric, const char *name)
{
	tnl_request(&ctx->nl, TGTCORE_CMD_TARGET_GET);
	nla_put_string(ctx->nl.msg, TGTCORE_A_TARGET_FABRIC, fabric);
	nla_put_string(ctx->nl.msg, TGTCORE_A_TARGET_NAME, name);
	return tnl_call(&ctx->nl, NULL);
}

/* All objects, or with @target (FABRIC:NAME, it is taken apart) those of a target. */
int show_dump(struct ctx *ctx, const struct set *set, char *target, struct records *recs)
{
	const char *name = NULL;
	int ret = 0;

	tnl_request(&ctx->nl, set->get);
	if (target)
		ret = put_target(ctx, attr_by_name(set, "fabric", strlen("fabric")),
				 attr_by_name(set, "target", strlen("target")), target, &name);
	if (ret)
		return ret;
	if (tnl_open(&ctx->nl, 0))
		return EXIT_FAILURE;
	ret = tnl_dump(&ctx->nl, recs);
	if (!ret && target && !recs->nr)
		ret = find_target(ctx, target, name);
	if (ret && target)
		return tnl_fail(&ctx->nl, "target %s:%s", target, name);
	return ret ? tnl_fail(&ctx->nl, "%s", set->name) : 0;
}

static void show_table(const struct view *view, const json_t *rows, bool blocked)
{
	struct column cols[16];
	size_t nr = view->names;

	if (!blocked) {
		out_table(rows, view->columns, view->nr, true);
		return;
	}
	memcpy(cols, view->columns, nr * sizeof(*cols));
	memcpy(cols + nr, blocked_columns, sizeof(blocked_columns));
	out_table(rows, cols, nr + ARRAY_SIZE(blocked_columns), true);
}

/* Print the objects and free them; @one: a single one was asked for. */
int show_records(struct ctx *ctx, const struct set *set, struct records *recs, bool one)
{
	bool blocked = ctx->given & OPT_BLOCKED;
	json_t *rows = json_array();
	struct blocked b;

	if (blocked && blocked_load(&b, &ctx->nl)) {
		json_decref(rows);
		return tnl_fail(&ctx->nl, "%s", set->name);
	}
	for (size_t i = 0; i < recs->nr; i++) {
		if (!blocked)
			json_array_append_new(rows, record_json(recs->rec[i], 0));
		else if (blocked_is(&b, recs->rec[i]))
			json_array_append_new(rows, blocked_json(&b, recs->rec[i]));
	}
	if (blocked)
		blocked_free(&b);
	records_free(recs);
	if (ctx->given & OPT_JSON)
		out_json(rows);
	else if (one && !blocked && json_array_size(rows) == 1)
		out_object(json_array_get(rows, 0), set);
	else
		show_table(view_of(set), rows, blocked);
	json_decref(rows);
	return EXIT_SUCCESS;
}

/* The request was answered before it was done. */
static int await_made(struct ctx *ctx, struct events *ev, const struct set *set,
		      const char *subject, const struct record *rec)
{
	struct wait w = { .what = WAIT_MADE };
	int ret;

	if (set == &set_device)
		w.size = record_u64(rec, TGTCORE_A_DEVICE_RESIZE_TO);
	wait_add(&w, set, subject);
	ret = wait_all(&w, &ctx->nl, ev,
		       ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_MADE_S);
	wait_free(&w);
	return ret;
}

/* The kernel waits for a module for some seconds; where that is slow to load, we go on. */
static int call_loading(struct ctx *ctx, const char *subject, struct record **reply)
{
	double end = now() + (ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_MADE_S);
	int ret, told = 0;

	for (;;) {
		ret = tnl_call(&ctx->nl, reply);
		if (ret != -EALREADY || ctx->given & OPT_NO_WAIT || now() > end)
			return ret;
		if (!told++)
			fprintf(stderr, "tgtctl: %s: waiting for its module to be loaded\n",
				subject);
	}
}

/*
 * Send the request to make or resize that has been begun, and wait until that is done. With
 * @reply, the object as it was answered, the caller's to free.
 */
int make_object(struct ctx *ctx, const struct set *set, const char *subject,
		struct record **reply)
{
	bool waits = !(ctx->given & OPT_NO_WAIT);
	struct events ev = { 0 };
	struct record *rec = NULL;
	int ret;

	put_generation(ctx, set);
	if (tnl_open(&ctx->nl, NL_AUTOLOAD) || (waits && events_open(&ev, &ctx->nl)))
		return EXIT_FAILURE;
	ret = call_loading(ctx, subject, &rec);
	if (ret)
		tnl_fail(&ctx->nl, "%s", subject);
	else if (rec && waits && record_being_made(rec))
		ret = await_made(ctx, &ev, set, subject, rec);
	else if (rec && record_being_made(rec))
		printf("%s: it goes on; see tgtctl %s show --blocked\n", subject, set->name);
	if (reply)
		*reply = rec;
	else
		free(rec);
	events_close(&ev);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The request that is begun, for one object: shows it. */
int show_object(struct ctx *ctx, const struct set *set, const char *subject)
{
	struct records recs = { 0 };
	struct record *rec;

	if (tnl_open(&ctx->nl, 0))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, &rec))
		return tnl_fail(&ctx->nl, "%s", subject);
	if (rec)
		records_add(&recs, rec);
	return show_records(ctx, set, &recs, true);
}

/* The request that is begun, for one object: changes it. */
int change_object(struct ctx *ctx, const struct set *set, const char *subject)
{
	put_generation(ctx, set);
	if (tnl_open(&ctx->nl, NL_AUTOLOAD))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, NULL))
		return tnl_fail(&ctx->nl, "%s", subject);
	return EXIT_SUCCESS;
}

/* Send the request to delete that has been begun, and wait until the object is gone. */
int delete_object(struct ctx *ctx, const struct set *set, const char *subject)
{
	bool waits = !(ctx->given & OPT_NO_WAIT);
	struct wait w = { .what = WAIT_GONE };
	struct events ev = { 0 };
	int ret;

	if (ctx->given & OPT_FORCE)
		nla_put_u8(ctx->nl.msg, set->force, 1);
	put_generation(ctx, set);
	if (tnl_open(&ctx->nl, NL_AUTOLOAD) || (waits && events_open(&ev, &ctx->nl)))
		return EXIT_FAILURE;
	ret = tnl_call(&ctx->nl, NULL);
	if (ret) {
		tnl_fail(&ctx->nl, "%s", subject);
	} else if (waits) {
		wait_add(&w, set, subject);
		ret = wait_all(&w, &ctx->nl, &ev,
			       ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_GONE_S);
		wait_free(&w);
	}
	events_close(&ev);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
