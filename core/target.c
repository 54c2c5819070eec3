// SPDX-License-Identifier: GPL-2.0
/* Targets: SCSI target ports, and their place in the device tree. */
#include <linux/error-injection.h>
#include <linux/slab.h>
#include <linux/xxhash.h>
#include "alua.h"
#include "core.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(tgt_targets);

static void tgt_target_teardown_work(struct work_struct *work);

struct tgt_target *tgt_target_lookup(const char *fabric, const char *name)
{
	struct tgt_target *target;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	xa_for_each(&tgt_targets, i, target)
		if (!strcmp(target->name, name) && !strcmp(target->fabric, fabric))
			return target;
	return NULL;
}

/* By fabric and name, or NULL and a text. */
struct tgt_target *tgt_target_get(const char *fabric, const char *name,
				  struct netlink_ext_ack *extack)
{
	struct tgt_target *target = tgt_target_lookup(fabric, name);

	if (!target)
		tgt_err(extack, -ENOENT, "no target %s:%s; make it with 'target create'",
			fabric, name);
	return target;
}

static void tgt_target_set_state(struct tgt_target *target, enum tgt_state state)
{
	lockdep_assert_held(&tgt_config_mutex);
	target->state = state;
	target->since = jiffies;
	tgt_changed();
	trace_tgt_target_state(target, state);
}

/* LUNs of all its maps. */
u32 tgt_target_luns(struct tgt_target *target)
{
	struct tgt_group *group;
	u32 n = target->open->nr_luns;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(group, &target->groups, node)
		n += group->nr_luns;
	return n;
}

/* The relative target port identifier asked for, or the first free one from where to look. */
static int tgt_target_rtpi(struct tgt_target *target, const struct tgt_target_params *p,
			   struct netlink_ext_ack *extack)
{
	u32 rtpi = p->rtpi ?: p->rtpi_from ?: 1, tries;
	struct tgt_target *other;
	unsigned long i;

	for (tries = 0; tries < U16_MAX; tries++, rtpi = rtpi % U16_MAX + 1) {
		xa_for_each(&tgt_targets, i, other)
			if (other->rtpi == rtpi)
				break;
		if (!other) {
			target->rtpi = rtpi;
			return 0;
		}
		if (p->rtpi)
			return tgt_err(extack, -EEXIST,
				       "relative target port id %u is taken by %s:%s", rtpi,
				       other->fabric, other->name);
	}
	return tgt_err(extack, -ENOSPC, "all 65535 relative target port ids are in use");
}

/* The port's name, equal after a restart: locally assigned NAA from fabric and name. */
static u64 tgt_target_naa(const char *fabric, const char *name)
{
	u64 hash = xxh64(name, strlen(name), xxh64(fabric, strlen(fabric), TGT_HASH_PORT));

	return 3ULL << 60 | (hash & GENMASK_ULL(59, 0));
}

static void tgt_target_release(struct device *d)
{
	kfree(container_of(d, struct tgt_target, dev));
	if (atomic_dec_and_test(&tgt_nr_targets))
		wake_up_var(&tgt_nr_targets);
}

static int tgt_target_reserve(struct tgt_target *target, const struct tgt_target_params *p,
			      const u64 *gen, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	if (tgt_target_lookup(target->fops->name, target->name))
		return tgt_err(extack, -EEXIST, "there is a target %s:%s already",
			       target->fops->name, target->name);
	err = tgt_target_rtpi(target, p, extack);
	if (err)
		return err;
	target->open = tgt_group_alloc(target, "");
	if (!target->open)
		return tgt_err(extack, -ENOMEM, "no memory for a target");
	err = xa_alloc(&tgt_targets, &target->id, target, xa_limit_31b, GFP_KERNEL);
	if (err) {
		tgt_group_free(target->open);
		return tgt_err(extack, err, "no memory for a target");
	}
	tgt_target_set_state(target, TGT_CREATING);
	return 0;
}

static void tgt_target_unreserve(struct tgt_target *target)
{
	lockdep_assert_held(&tgt_config_mutex);
	xa_erase(&tgt_targets, target->id);
	tgt_tpg_leave(target);
	tgt_group_free(target->open);
	tgt_changed();
	trace_tgt_target_state(target, TGT_TRACE_GONE);
}

static noinline int tgt_target_add_device(struct tgt_target *target)
{
	int err;

	err = dev_set_name(&target->dev, "%s:%s", target->fops->name, target->name);
	return err ?: device_add(&target->dev);
}

ALLOW_ERROR_INJECTION(tgt_target_add_device, ERRNO);

/* Handler and fabric take their halves; nothing is left behind on error. */
static int tgt_target_start(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	int err;

	err = tgt_target_add_device(target);
	if (err)
		return tgt_err(extack, err, "cannot add %s:%s to sysfs", target->fops->name,
			       target->name);
	if (target->handler->attach) {
		err = target->handler->attach(target, extack);
		if (err)
			goto out_del;
	}
	err = target->fops->target_create(target, extack);
	if (err)
		goto out_detach;
	return 0;

out_detach:
	if (target->handler->detach)
		target->handler->detach(target);
out_del:
	device_del(&target->dev);
	return err;
}

static struct tgt_target *tgt_target_alloc(const struct tgt_target_params *p,
					   const struct tgt_fabric_ops *fops,
					   const struct tgt_handler_ops *handler)
{
	struct tgt_target *target = kzalloc(sizeof(*target), GFP_KERNEL);

	if (!target)
		return NULL;
	atomic_inc(&tgt_nr_targets);
	device_initialize(&target->dev);
	target->dev.bus = &tgt_bus_type;
	target->dev.release = tgt_target_release;
	target->fops = fops;
	target->handler = handler;
	target->options = p->options;
	target->reap = p->reap;
	strscpy(target->name, p->name, sizeof(target->name));
	strscpy(target->fabric, fops->name, sizeof(target->fabric));
	target->port_naa = tgt_target_naa(fops->name, p->name);
	INIT_LIST_HEAD(&target->groups);
	INIT_LIST_HEAD(&target->sessions);
	INIT_WORK(&target->regroup, tgt_session_regroup_work);
	INIT_WORK(&target->teardown, tgt_target_teardown_work);
	return target;
}

/* Makes a port; freed as struct tgt_job. */
struct tgt_target_job {
	struct tgt_job		job;
	struct tgt_target	*target;
};

static_assert(!offsetof(struct tgt_target_job, job));

static int tgt_target_make(struct tgt_job *job)
{
	return tgt_target_start(container_of(job, struct tgt_target_job, job)->target,
				&job->extack);
}

static void tgt_target_made(struct tgt_job *job)
{
	struct tgt_target *target = container_of(job, struct tgt_target_job, job)->target;

	lockdep_assert_held(&tgt_config_mutex);
	if (!job->err) {
		tgt_target_set_state(target, TGT_ACTIVE);
		tgt_event_target(TGTCORE_CMD_TARGET_NTF, target);
		return;
	}
	tgt_target_unreserve(target);
	module_put(target->handler->owner);
	module_put(target->fops->owner);
	target->reason = job->text;
	if (job->pending)
		tgt_event_target(TGTCORE_CMD_TARGET_GONE_NTF, target);
	tgt_options_free(&target->options);
	put_device(&target->dev);
}

/* Takes the name of a target that is made next. */
static int tgt_target_name(struct tgt_target *target, const struct tgt_target_params *p,
			   const u64 *gen, struct netlink_ext_ack *extack)
{
	int err;

	tgt_config_lock();
	err = tgt_target_reserve(target, p, gen, extack);
	tgt_config_unlock();
	return err;
}

/**
 * tgt_target_create() - make a target port
 * @p: its parameters; p->options pass to the target when it has its name
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0, or an errno; -EINPROGRESS: it is still being made, TARGET_NTF or TARGET_GONE_NTF
 * follows. On these two tgt_config_mutex is held, for the caller to look at the target and
 * drop. Context: process, tgt_config_mutex not held.
 */
int tgt_target_create(struct tgt_target_params *p, const u64 *gen,
		      struct netlink_ext_ack *extack)
{
	const struct tgt_handler_ops *handler;
	const struct tgt_fabric_ops *fops;
	struct tgt_target_job *tj;
	struct tgt_target *target;
	int err;

	lockdep_assert_not_held(&tgt_config_mutex);
	if (!tgt_name_valid(p->name))
		return tgt_err(extack, -EINVAL, TGT_BAD_NAME, p->name);
	fops = tgt_fabric_get(p->fabric, extack);
	if (IS_ERR(fops))
		return PTR_ERR(fops);
	handler = tgt_handler_get(p->handler, extack);
	err = PTR_ERR_OR_ZERO(handler);
	if (err)
		goto out_put_fabric;
	err = tgt_options_check(&p->options, fops->options, fops->name, extack);
	if (err)
		goto out_put_handler;
	err = -ENOMEM;
	tj = kzalloc(sizeof(*tj), GFP_KERNEL);
	target = tj ? tgt_target_alloc(p, fops, handler) : NULL;
	if (!target) {
		tgt_err(extack, err, "no memory for a target");
		goto out_free_job;
	}
	err = tgt_target_name(target, p, gen, extack);
	if (err)
		goto out_free;

	p->options = (struct tgt_options) { };
	tj->target = target;
	tgt_job_init(&tj->job, tgt_target_make, tgt_target_made);
	err = tgt_job_run(&tj->job, extack);
	if (err == -EINPROGRESS)
		tgt_event_target(TGTCORE_CMD_TARGET_NTF, target);
	return err;

out_free:
	put_device(&target->dev);
out_free_job:
	kfree(tj);
out_put_handler:
	module_put(handler->owner);
out_put_fabric:
	module_put(fops->owner);
	return err;
}

/* All LUNs of one map; those being removed already are waited for. */
static void tgt_target_forget_luns(struct tgt_group *group)
{
	struct tgt_lun *lun;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	xa_for_each(&group->luns, i, lun)
		if (lun->state == TGT_ACTIVE)
			tgt_lun_forget(lun);
	tgt_config_unlock();
	wait_var_event(&group->nr_luns, !READ_ONCE(group->nr_luns));
	tgt_config_lock();
}

/* In order: initiators and sessions, LUNs, groups, handler, name. */
static void tgt_target_teardown_work(struct work_struct *work)
{
	struct tgt_target *target = container_of(work, struct tgt_target, teardown);
	const struct tgt_handler_ops *handler = target->handler;
	const struct tgt_fabric_ops *fops = target->fops;
	struct tgt_group *group, *next;

	fops->target_remove(target);
	cancel_work_sync(&target->regroup);
	wait_var_event(&target->nr_leaving, !READ_ONCE(target->nr_leaving));

	tgt_config_lock();
	WARN_ON(target->nr_sessions);
	list_for_each_entry_safe(group, next, &target->groups, node) {
		tgt_target_forget_luns(group);
		tgt_group_gone(group);
	}
	tgt_target_forget_luns(target->open);
	tgt_config_unlock();

	if (handler->detach)
		handler->detach(target);
	device_del(&target->dev);

	/* the modules first: who hears that the target is gone may unload them */
	tgt_config_lock();
	tgt_target_unreserve(target);
	module_put(handler->owner);
	module_put(fops->owner);
	tgt_event_target(TGTCORE_CMD_TARGET_GONE_NTF, target);
	tgt_config_unlock();
	tgt_options_free(&target->options);
	put_device(&target->dev);
}

/* Whether a local initiator has a LUN of the target open, and which. */
static bool tgt_target_in_use(struct tgt_target *target, u32 *number)
{
	struct tgt_group *group;
	struct tgt_lun *lun;
	unsigned long i, g;

	lockdep_assert_held(&tgt_config_mutex);
	if (target->handler->own_luns)
		return target->state == TGT_ACTIVE && target->fops->target_in_use &&
		       target->fops->target_in_use(target, number);
	xa_for_each(&tgt_groups, g, group) {
		if (group->target != target)
			continue;
		xa_for_each(&group->luns, i, lun)
			if (tgt_lun_in_use(lun)) {
				*number = lun->number;
				return true;
			}
	}
	return false;
}

/**
 * tgt_target_delete() - delete a target port
 * @fabric: name of its fabric
 * @name: its name
 * @force: end its sessions and remove its LUNs as well
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 once it drains. Context: tgt_config_mutex held.
 */
int tgt_target_delete(const char *fabric, const char *name, bool force, const u64 *gen,
		      struct netlink_ext_ack *extack)
{
	struct tgt_session *sess;
	struct tgt_target *target;
	struct tgt_itl *itl;
	unsigned long i;
	u32 luns, open;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	target = tgt_target_get(fabric, name, extack);
	if (!target)
		return -ENOENT;
	if (target->state == TGT_CREATING)
		return tgt_err(extack, -EBUSY, "target %s:%s is being created", fabric, name);
	if (target->state == TGT_DELETING)
		return 0;
	if (!force) {
		if (tgt_target_in_use(target, &open))
			return tgt_err(extack, -EBUSY,
				       "target %s:%s is in use: its LUN %u is open on this machine; close it or use --force",
				       fabric, name, open);
		luns = tgt_target_luns(target);
		if (luns)
			return tgt_err(extack, -EBUSY,
				       "target %s:%s has %u LUN%s; delete %s first or use --force",
				       fabric, name, luns, luns > 1 ? "s" : "",
				       luns > 1 ? "them" : "it");
	}
	tgt_target_set_state(target, TGT_DELETING);
	tgt_event_target(TGTCORE_CMD_TARGET_NTF, target);
	list_for_each_entry(sess, &target->sessions, node)
		xa_for_each(&sess->itls, i, itl)
			tgt_itl_leave(itl);
	queue_work(tgt_teardown_wq, &target->teardown);
	return 0;
}
