// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of a plan go to the kernel in batches, without waiting for one answer before the
 * next request. The kernel does not stop in a batch where one fails, so what was made is
 * known only from the answers; all of it is undone if any failed.
 */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "service.h"
#include "teardown.h"
#include "util.h"
#include "wait.h"

/**
 * struct apply - a restore on its way
 * @ctx: call of the tool
 * @plan: what to do
 * @ev: events, subscribed to before the first request
 * @w: LUNs whose disks have to appear
 * @made: devices and targets that the kernel was still making when it answered
 * @local: targets whose initiator is this machine
 * @failed: a step has failed, and the user has been told
 */
struct apply {
	struct ctx	*ctx;
	struct plan	*plan;
	struct events	ev;
	struct wait	w;
	struct wait	made;
	struct map	local;
	bool		failed;
};

static void put_str(struct nl *nl, unsigned int attr, const json_t *obj, const char *key)
{
	nla_put_string(nl->msg, attr, config_str(obj, key));
}

/* What names the step's object, or the object's parents. */
static void put_names(struct nl *nl, const struct step *step)
{
	const json_t *group = step->group;

	if (step->set == &set_lun) {
		put_str(nl, TGTCORE_A_LUN_FABRIC, step->target, "fabric");
		put_str(nl, TGTCORE_A_LUN_TARGET, step->target, "name");
		if (group)
			put_str(nl, TGTCORE_A_LUN_GROUP, group, "name");
	} else if (step->set == &set_group) {
		put_str(nl, TGTCORE_A_GROUP_FABRIC, step->target, "fabric");
		put_str(nl, TGTCORE_A_GROUP_TARGET, step->target, "name");
		put_str(nl, TGTCORE_A_GROUP_NAME, group ?: step->obj, "name");
	}
}

/* All attributes that stand in the file. */
static const char *put_object(struct nl *nl, const struct step *step)
{
	const char *key, *why = NULL;
	json_t *val;

	if (step->cmd == TGTCORE_CMD_GROUP_ADD)
		return put_json(nl->msg, step->set, TGTCORE_A_GROUP_INITIATOR, step->obj);
	if (step->cmd == TGTCORE_CMD_GROUP_CREATE)
		return NULL;
	json_object_foreach((json_t *)step->obj, key, val) {
		unsigned int attr = attr_by_name(step->set, key, strlen(key));

		/* "luns" is one of a target's too, but there it is how many */
		if (!why && (step->set->attrs[attr].flags & ATTR_SAVED))
			why = put_json(nl->msg, step->set, attr, val);
	}
	return why;
}

static void note_made(struct apply *a, struct step *step, const struct record *reply)
{
	char *target;

	step->made = true;
	step->later = false;
	if (!reply)
		return;
	if ((step->set == &set_device || step->set == &set_target) && record_being_made(reply))
		wait_add(&a->made, step->set, step->subject);
	if (step->set == &set_target && reply->tb[TGTCORE_A_TARGET_HOST])
		map_add(&a->local, step->subject);
	if (step->set != &set_lun || !record_u64(reply, TGTCORE_A_LUN_SESSIONS))
		return;
	target = plan_target_subject(step->target);
	if (map_find(&a->local, target))
		wait_add(&a->w, &set_lun, step->subject);
	free(target);
}

static void step_done(void *arg, size_t index, int err, struct record *reply)
{
	struct apply *a = arg;
	struct step *step = &a->plan->steps[index];

	if (!err) {
		note_made(a, step, reply);
	} else if (err == -EBUSY && a->made.left && !step->later) {
		step->later = true;	/* what it needs is still being made */
	} else {
		/* An answer that was lost tells nothing: it may have been made. */
		step->made = err == -ENOBUFS;
		/* The first is the cause, the rest of the batch may only follow from it. */
		if (!a->failed)
			tnl_fail(&a->ctx->nl, "%s", step->subject);
		a->failed = true;
	}
	free(reply);
}

/* The initiator of a target that was there before may be this machine as well. */
static void note_local(struct apply *a)
{
	const struct map *there = &a->plan->there;

	for (size_t i = 0; i < there->size; i++) {
		const struct record *rec = there->slots[i].val;

		if (there->slots[i].key && rec->set == &set_target &&
		    rec->tb[TGTCORE_A_TARGET_HOST])
			map_add(&a->local, there->slots[i].key);
	}
}

static int add_step(struct apply *a, struct tnl_batch *batch, const struct step *step)
{
	struct nl *nl = &a->ctx->nl;
	const char *why;

	tnl_request(nl, step->cmd);
	put_names(nl, step);
	why = put_object(nl, step);
	if (why) {
		error("%s: %s", step->subject, why);
		a->failed = true;
		return -EMSGSIZE;
	}
	if (step != a->plan->steps)
		return tnl_batch_add(batch);
	/* The generation holds for the first change: it has to be the only one under way. */
	put_generation(a->ctx, step->set);
	tnl_batch_add(batch);
	return a->ctx->given & OPT_GENERATION ? tnl_batch_flush(batch) : 0;
}

static int await_made(struct apply *a)
{
	struct ctx *ctx = a->ctx;

	return wait_all(&a->made, &ctx->nl, &a->ev,
			ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_MADE_S);
}

/*
 * A device whose daemon is ours to start: before its LUNs are made, whose initiators read from it;
 * and not before the kernel has made the device, which can take longer than its answer.
 */
static int start_service(struct apply *a, struct tnl_batch *batch, const struct step *step)
{
	const char *service = step->set == &set_device ? service_of(step->obj) : NULL;
	const struct ctx *ctx = a->ctx;
	int ret;

	if (!service)
		return 0;
	ret = tnl_batch_flush(batch);
	if (ret || a->failed || step->later)
		return ret;
	if (await_made(a) ||
	    service_start(config_str(step->obj, "name"), service,
			  ctx->given & OPT_NO_WAIT ? 0 :
			  ctx->given & OPT_TIMEOUT ? ctx->timeout : SERVICE_WAIT_S))
		a->failed = true;
	return 0;
}

static int send_step(struct apply *a, struct tnl_batch *batch, const struct step *step)
{
	return add_step(a, batch, step) ?: start_service(a, batch, step);
}

/* Wait for what is still being made, then send what needs it: rare, so one at a time. */
static int finish_steps(struct apply *a)
{
	struct ctx *ctx = a->ctx;
	struct tnl_batch batch = { .nl = &ctx->nl, .done = step_done, .arg = a };
	int ret = await_made(a);

	for (size_t i = 0; i < a->plan->nr && !ret && !a->failed; i++) {
		if (!a->plan->steps[i].later)
			continue;
		batch.base = i;
		ret = send_step(a, &batch, &a->plan->steps[i]) ?: tnl_batch_flush(&batch);
	}
	tnl_batch_free(&batch);
	return ret || a->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int send_steps(struct apply *a)
{
	struct tnl_batch batch = { .nl = &a->ctx->nl, .done = step_done, .arg = a };
	int ret = 0;

	for (size_t i = 0; i < a->plan->nr && !ret && !a->failed; i++) {
		ret = send_step(a, &batch, &a->plan->steps[i]);
		/* Events must not pile up while there is more to send. */
		if (!ret && !(i % NL_BATCH_MSGS))
			ret = wait_poll(&a->w, &a->ctx->nl, &a->ev);
	}
	if (!ret)
		ret = tnl_batch_flush(&batch);
	tnl_batch_free(&batch);
	if (ret && !a->failed)
		error("restore: %s", strerror(-ret));
	return ret || a->failed ? EXIT_FAILURE : finish_steps(a);
}

/* ---- undoing ------------------------------------------------------------------------- */

/* Whether deleting the step's target will take it along. */
static bool goes_with_target(const struct apply *a, const struct step *step)
{
	return step->target && !plan_target_there(a->plan, step->target);
}

static int undo_step(struct apply *a, struct teardown *td, const struct step *step)
{
	struct nl *nl = &a->ctx->nl;

	tnl_request(nl, step->set->del);
	put_names(nl, step);
	if (step->set == &set_device)
		put_str(nl, TGTCORE_A_DEVICE_NAME, step->obj, "name");
	else if (step->set == &set_lun)
		nla_put_u32(nl->msg, TGTCORE_A_LUN_NUMBER, config_int(step->obj, "number"));
	else if (step->set == &set_alua)
		nla_put_u32(nl->msg, TGTCORE_A_ALUA_ID, config_int(step->obj, "id"));
	if (step->set == &set_target) {
		put_str(nl, TGTCORE_A_TARGET_FABRIC, step->obj, "fabric");
		put_str(nl, TGTCORE_A_TARGET_NAME, step->obj, "name");
	}
	return teardown_add(td, step->set, step->subject);
}

/* Delete in reverse what was made; devices last and when nothing uses them any more. */
static size_t undo_pass(struct apply *a, bool devices)
{
	struct teardown td = TEARDOWN_INIT(&a->ctx->nl, &a->ev, WAIT_GONE_S);
	size_t n = 0;
	int ret = 0;

	for (size_t i = a->plan->nr; i-- && !ret;) {
		const struct step *step = &a->plan->steps[i];
		bool is_device = step->set == &set_device;

		if (!step->made || is_device != devices || step->cmd == TGTCORE_CMD_GROUP_ADD)
			continue;
		n++;
		if (!goes_with_target(a, step))
			ret = undo_step(a, &td, step);
	}
	if (teardown_finish(&td) || ret)
		a->failed = false;
	return n;
}

/* Those that were started, and those that could not serve. */
static void undo_services(struct apply *a)
{
	for (size_t i = 0; i < a->plan->nr; i++) {
		const struct step *step = &a->plan->steps[i];
		const char *service = step->set == &set_device ? service_of(step->obj) : NULL;

		if (step->made && service)
			service_stop(config_str(step->obj, "name"), service);
	}
}

static void undo(struct apply *a)
{
	size_t n = undo_pass(a, false);

	n += undo_pass(a, true);
	undo_services(a);
	if (!a->failed)
		error("restore: not all that had been made could be deleted again");
	else if (n)
		error("restore: nothing is left of it, %zu object%s made before deleted again", n,
		      n == 1 ? "" : "s");
	else
		error("restore: nothing was changed");
}

/* ---- modules ------------------------------------------------------------------------- */

#define MODULES_MAX	16

struct modules {
	char	*argv[3 + MODULES_MAX + 1];
	size_t	nr;
};

static void add_module(struct modules *m, const char *kind, const char *name)
{
	char *sys = xasprintf("/sys/module/tgtcore_%s", name ?: "");
	char *module = xasprintf("tgtcore-%s-%s", kind, name ?: "");
	bool there = !name || !strcmp(name, "engine") || !access(sys, F_OK);

	for (size_t i = 3; i < m->nr; i++)
		there = there || !strcmp(m->argv[i], module);
	free(sys);
	if (there || m->nr == ARRAY_SIZE(m->argv) - 1)
		free(module);
	else
		m->argv[m->nr++] = module;
}

/* Before the first request: a batch goes on where the kernel stops waiting for a module. */
static void load_modules(const struct plan *plan)
{
	struct modules m = { .argv = { "modprobe", "-q", "-a" }, .nr = 3 };

	for (size_t i = 0; i < plan->nr; i++) {
		const struct step *step = &plan->steps[i];

		if (step->set == &set_device)
			add_module(&m, "backend", config_str(step->obj, "backend"));
		if (step->set == &set_target) {
			add_module(&m, "fabric", config_str(step->obj, "fabric"));
			add_module(&m, "handler", config_str(step->obj, "handler"));
		}
	}
	if (m.nr > 3)
		tnl_modprobe(m.argv);
	while (m.nr > 3)
		free(m.argv[--m.nr]);
}

/* ---- the whole ----------------------------------------------------------------------- */

static int await_disks(struct apply *a)
{
	struct ctx *ctx = a->ctx;

	if (ctx->given & OPT_NO_WAIT)
		return EXIT_SUCCESS;
	return wait_all(&a->w, &ctx->nl, &a->ev,
			ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_READY_S) ?
	       EXIT_FAILURE : EXIT_SUCCESS;
}

int apply(struct ctx *ctx, struct plan *plan)
{
	struct apply a = { .ctx = ctx, .plan = plan, .w = { .what = WAIT_READY },
			   .made = { .what = WAIT_MADE } };
	int ret;

	if (events_open(&a.ev, &ctx->nl))
		return EXIT_FAILURE;
	note_local(&a);
	load_modules(plan);
	ret = send_steps(&a);
	if (ret) {
		a.failed = true;
		undo(&a);
	} else {
		ret = await_disks(&a);
	}
	wait_free(&a.w);
	wait_free(&a.made);
	map_free(&a.local);
	events_close(&a.ev);
	return ret;
}
