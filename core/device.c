// SPDX-License-Identifier: GPL-2.0
/* Devices: logical units, from create to the last LUN gone. */
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/xxhash.h>
#include "core.h"
#include "alua.h"
#include "guard.h"
#include "proc.h"
#include "space.h"
#include "tasks.h"
#include "token.h"
#include "scsi/ident.h"
#include "scsi/mode.h"
#include "trace.h"
#include "unit.h"

#define TGT_BAD_MODES "modes '%.48s' are not possible: of tst, qerr or qerr-nexus, restricted, d-sense, swp, no-tas, no-wce, situa, [no-]avail:SETS and [no-]used:SETS each once, with commas between"

DEFINE_XARRAY_ALLOC1(tgt_devices);
static DEFINE_HASHTABLE(tgt_device_names, 10);

static void tgt_device_destroy_work(struct work_struct *work);

static u32 tgt_device_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

/* By name; NULL if there is none. */
struct tgt_device *tgt_device_find(const char *name)
{
	struct tgt_device *dev;

	lockdep_assert_held(&tgt_config_mutex);
	hash_for_each_possible(tgt_device_names, dev, hash, tgt_device_hash(name))
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

/* The same, or NULL and a text. */
struct tgt_device *tgt_device_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_device *dev = tgt_device_find(name);

	if (!dev)
		tgt_err(extack, -ENOENT, "no device %s", name);
	return dev;
}

static void tgt_device_set_state(struct tgt_device *dev, enum tgt_state state)
{
	lockdep_assert_held(&tgt_config_mutex);
	dev->state = state;
	dev->since = jiffies;
	tgt_changed();
	trace_tgt_device_state(dev, state);
}

/*
 * Identity: the serial number is the user's or made from the name, so that it is the same
 * after a restart; the NAA designator (locally assigned, 3h) is made from the serial
 * number. Both are unique, else two disks would be taken for two paths to one.
 */
static int tgt_device_identity(struct tgt_device *dev, const char *serial,
			       struct netlink_ext_ack *extack)
{
	struct tgt_device *other;
	unsigned long i;
	u64 hash;

	if (serial) {
		strscpy(dev->serial, serial, sizeof(dev->serial));
	} else {
		hash = xxh64(dev->name, strlen(dev->name), TGT_HASH_SERIAL);
		snprintf(dev->serial, sizeof(dev->serial), "%016llx", hash);
	}
	hash = xxh64(dev->serial, strlen(dev->serial), TGT_HASH_NAA);
	dev->naa = 3ULL << 60 | (hash & GENMASK_ULL(59, 0));

	xa_for_each(&tgt_devices, i, other)
		if (!strcmp(other->serial, dev->serial) || other->naa == dev->naa)
			return tgt_err(extack, -EEXIST,
				       "serial %s is taken by device %s; give another with serial=",
				       dev->serial, other->name);
	return 0;
}

static int tgt_device_check(const struct tgt_device_params *p, const struct tgt_backend_ops *be,
			    struct netlink_ext_ack *extack)
{
	struct tgt_modes modes;
	struct tgt_ident ident;

	if (p->block_size != 512 && p->block_size != 4096)
		return tgt_err(extack, -EINVAL, "block size %u is not possible; 512 or 4096 is",
			       p->block_size);
	if (be->flags & TGT_BE_NEEDS_SIZE && !p->have_size)
		return tgt_err(extack, -EINVAL, "backend %s needs a size, e.g. size=1G", be->name);
	if (p->have_size && !p->size)
		return tgt_err(extack, -EINVAL, "size 0 is not possible; one block is %u bytes",
			       p->block_size);
	if (p->size & (p->block_size - 1))
		return tgt_err(extack, -EINVAL, "size %llu is not a multiple of the block size %u",
			       p->size, p->block_size);
	if (p->size > S64_MAX)
		return tgt_err(extack, -EFBIG, "size %llu is too large; at most %lld", p->size,
			       S64_MAX & ~4095LL);
	if (be->raw && ((p->modes && *p->modes) || (p->ident && *p->ident)))
		return tgt_err(extack, -EOPNOTSUPP,
			       "backend %s executes commands itself: it has no modes= and ident=",
			       be->name);
	if (p->pi && !be->submit_pi)
		return tgt_err(extack, -EOPNOTSUPP,
			       "backend %s keeps no protection information; ram, file and blk do",
			       be->name);
	if (p->modes && tgt_modes_parse(p->modes, &modes))
		return tgt_err(extack, -EINVAL, TGT_BAD_MODES, p->modes);
	if (p->ident && tgt_ident_parse(p->ident, &ident))
		return tgt_err(extack, -EINVAL,
			       "ident '%.48s' is not possible: at most 64 bytes in lower case hexadecimal",
			       p->ident);
	if (p->pr_file && be->raw)
		return tgt_err(extack, -EOPNOTSUPP,
			       "reservations of a device of backend %s are its daemon's: it takes no pr-file",
			       be->name);
	if (p->pr_file && *p->pr_file != '/')
		return tgt_err(extack, -EINVAL, "pr-file=%.64s: an absolute path is expected",
			       p->pr_file);
	return tgt_options_check(&p->options, be->options, be->name, extack);
}

void tgt_device_init_locks(struct tgt_device *dev)
{
	spin_lock_init(&dev->lock);
}

static struct tgt_device *tgt_device_alloc(const struct tgt_device_params *p,
					   const struct tgt_backend_ops *be)
{
	struct tgt_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	dev->be = be;
	dev->block_shift = ilog2(p->block_size);
	dev->readonly = p->readonly;
	dev->prot_type = p->pi;
	dev->prot_made = p->pi;
	dev->queue_limit = p->queue_limit;
	init_waitqueue_head(&dev->abort_wait);
	tgt_device_init_locks(dev);
	INIT_LIST_HEAD(&dev->itls);
	INIT_LIST_HEAD(&dev->luns);
	INIT_LIST_HEAD(&dev->uppers);
	INIT_LIST_HEAD(&dev->copies);
	INIT_WORK(&dev->destroy, tgt_device_destroy_work);
	tgt_device_fence_init(dev);
	tgt_proc_init(dev);
	tgt_tasks_init(dev);
	tgt_space_init(dev);
	tgt_tokens_init(dev);
	tgt_guard_init(dev);
	strscpy(dev->name, p->name, sizeof(dev->name));
	if (tgt_pr_init(dev, p->pr_file))
		goto out_free;
	if (tgt_unit_init(dev, p->modes ?: "", p->ident ?: ""))
		goto out_pr;
	if (be->flags & TGT_BE_HOLDS &&
	    sbitmap_init_node(&dev->hold, p->queue_limit, -1, GFP_KERNEL, NUMA_NO_NODE, false,
			      true))
		goto out_unit;
	return dev;

out_unit:
	tgt_unit_exit(dev);
out_pr:
	tgt_pr_exit(dev);
out_free:
	kfree(dev);
	return NULL;
}

static void tgt_device_free(struct tgt_device *dev)
{
	if (dev->be->flags & TGT_BE_HOLDS)
		sbitmap_free(&dev->hold);
	tgt_unit_exit(dev);
	tgt_pr_exit(dev);
	kfree(dev);
}

/* Takes the name, so that the backend can be opened without tgt_config_mutex. */
static int tgt_device_reserve(struct tgt_device *dev, const char *serial, const u64 *gen,
			      struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	if (tgt_device_find(dev->name))
		return tgt_err(extack, -EEXIST, "there is a device %s already", dev->name);
	err = tgt_device_identity(dev, serial, extack);
	if (err)
		return err;
	err = xa_alloc(&tgt_devices, &dev->id, dev, xa_limit_31b, GFP_KERNEL);
	if (err)
		return tgt_err(extack, err, "no memory for a device");
	hash_add(tgt_device_names, &dev->hash, tgt_device_hash(dev->name));
	tgt_device_set_state(dev, TGT_CREATING);
	return 0;
}

static void tgt_device_unreserve(struct tgt_device *dev)
{
	lockdep_assert_held(&tgt_config_mutex);
	hash_del(&dev->hash);
	xa_erase(&tgt_devices, dev->id);
	tgt_changed();
	trace_tgt_device_state(dev, TGT_TRACE_GONE);
}

/* What a job does to a device; freed as struct tgt_job. */
struct tgt_device_job {
	struct tgt_job		job;
	struct tgt_device	*dev;
	u64			size;
};

static_assert(!offsetof(struct tgt_device_job, job));

static struct tgt_device_job *tgt_device_job(struct tgt_job *job)
{
	return container_of(job, struct tgt_device_job, job);
}

static int tgt_device_open(struct tgt_job *job)
{
	struct tgt_device_job *dj = tgt_device_job(job);
	int err;

	err = tgt_pr_open(dj->dev, &job->extack);
	if (err)
		return err;
	err = dj->dev->be->create(dj->dev, dj->size, &job->extack);
	if (err)
		tgt_pr_unopen(dj->dev);
	return err;
}

/* There is no device after all; an event if somebody knows of it. */
static void tgt_device_not_opened(struct tgt_device *dev, struct tgt_job *job)
{
	struct module *owner = dev->be->owner;

	tgt_device_unreserve(dev);
	if (dev->state == TGT_DELETING)		/* else what groups say of it is for the next try */
		tgt_tpg_forget(dev);
	if (dev->be->flags & TGT_BE_HOLDS)
		sbitmap_free(&dev->hold);
	module_put(owner);	/* dev->be may be gone */
	dev->reason = job->text;
	if (job->pending || dev->state == TGT_DELETING)
		tgt_event_device(TGTCORE_CMD_DEVICE_GONE_NTF, dev);
	tgt_options_free(&dev->options);
	tgt_unit_exit(dev);
	tgt_pr_exit(dev);
	kfree(dev);
}

static void tgt_device_opened(struct tgt_job *job)
{
	struct tgt_device *dev = tgt_device_job(job)->dev;

	lockdep_assert_held(&tgt_config_mutex);
	dev->busy--;
	dev->opened = !job->err;
	if (job->err) {
		tgt_device_not_opened(dev, job);
	} else if (dev->state == TGT_DELETING) {
		tgt_device_lun_gone(dev);
	} else {
		spin_lock_irq(&dev->lock);
		tgt_space_watch(dev);	/* what was saved */
		spin_unlock_irq(&dev->lock);
		tgt_device_set_state(dev, TGT_ACTIVE);
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	}
}

/**
 * tgt_device_create() - make a device
 * @p: its parameters; p->options pass to the device when it has its name
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0, or an errno; -EINPROGRESS: the medium is still being opened, DEVICE_NTF or
 * DEVICE_GONE_NTF follows. On these two tgt_config_mutex is held, for the caller to look at
 * the device and drop. Context: process, tgt_config_mutex not held.
 */
int tgt_device_create(struct tgt_device_params *p, const u64 *gen,
		      struct netlink_ext_ack *extack)
{
	const struct tgt_backend_ops *be;
	struct tgt_device_job *dj;
	struct tgt_device *dev;
	int err;

	lockdep_assert_not_held(&tgt_config_mutex);
	if (!tgt_name_valid(p->name))
		return tgt_err(extack, -EINVAL, TGT_BAD_NAME, p->name);
	be = tgt_backend_get(p->backend, extack);
	if (IS_ERR(be))
		return PTR_ERR(be);
	err = tgt_device_check(p, be, extack);
	if (err)
		goto out_put;
	err = -ENOMEM;
	dj = kzalloc(sizeof(*dj), GFP_KERNEL);
	dev = dj ? tgt_device_alloc(p, be) : NULL;
	if (!dev) {
		tgt_err(extack, err, "no memory for a device");
		goto out_free_job;
	}
	dev->options = p->options;
	tgt_config_lock();
	err = tgt_device_reserve(dev, p->serial, gen, extack);
	if (!err)
		dev->busy++;
	tgt_config_unlock();
	if (err)
		goto out_free;

	p->options = (struct tgt_options) { };
	dj->dev = dev;
	dj->size = p->size;
	tgt_job_init(&dj->job, tgt_device_open, tgt_device_opened);
	err = tgt_job_run(&dj->job, extack);
	if (err == -EINPROGRESS)
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	return err;

out_free:
	tgt_device_free(dev);
out_free_job:
	kfree(dj);
out_put:
	module_put(be->owner);
	return err;
}

/* Runs when no LUN is left; the medium may take its time to close. */
static void tgt_device_destroy_work(struct work_struct *work)
{
	struct tgt_device *dev = container_of(work, struct tgt_device, destroy);
	struct module *owner = dev->be->owner;

	tgt_tasks_exit(dev);
	tgt_space_exit(dev);
	tgt_tokens_exit(dev);
	tgt_device_fence_exit(dev);
	dev->be->destroy(dev);
	cancel_work_sync(&dev->fence_event);	/* tgt_device_event() of what was destroyed */
	tgt_pr_close(dev);
	/* the module first: who hears that the device is gone may unload it */
	tgt_config_lock();
	tgt_device_unreserve(dev);
	tgt_tpg_forget(dev);
	if (dev->be->flags & TGT_BE_HOLDS)
		sbitmap_free(&dev->hold);
	module_put(owner);
	tgt_event_device(TGTCORE_CMD_DEVICE_GONE_NTF, dev);
	tgt_config_unlock();
	tgt_options_free(&dev->options);
	tgt_unit_exit(dev);
	tgt_pr_exit(dev);
	kfree(dev);
}

/* A LUN of the device is gone, or something else that it stayed for. */
void tgt_device_lun_gone(struct tgt_device *dev)
{
	lockdep_assert_held(&tgt_config_mutex);
	if (dev->state != TGT_DELETING || dev->nr_luns || dev->busy ||
	    READ_ONCE(dev->remainders) || !list_empty(&dev->uppers) || dev->destroying)
		return;
	dev->destroying = true;
	queue_work(tgt_teardown_wq, &dev->destroy);
}

static int tgt_device_begin_delete(struct tgt_device *dev, bool force,
				   struct netlink_ext_ack *extack);

/* The devices over @dev: with @force they go first, without none may be there to stay. */
static int tgt_device_delete_uppers(struct tgt_device *dev, bool force,
				    struct netlink_ext_ack *extack)
{
	struct tgt_lower *lower;
	int err = 0;

	list_for_each_entry(lower, &dev->uppers, node) {
		if (lower->upper->state == TGT_DELETING)
			continue;
		if (!force)
			return tgt_err(extack, -EBUSY,
				       "device %s is under device %s; delete that first or use --force",
				       dev->name, lower->upper->name);
		err = tgt_device_begin_delete(lower->upper, true, extack);
		if (err)
			break;
	}
	return err;
}

static int tgt_device_begin_delete(struct tgt_device *dev, bool force,
				   struct netlink_ext_ack *extack)
{
	struct tgt_lun *lun;
	int err;

	if (dev->state == TGT_DELETING)
		return 0;
	lun = list_first_entry_or_null(&dev->luns, struct tgt_lun, dev_node);
	if (lun && !force)
		return tgt_err(extack, -EBUSY,
			       "device %s is mapped: LUN %u of %s:%s%s; delete it first or use --force",
			       dev->name, lun->number, lun->group->target->fops->name,
			       lun->group->target->name,
			       dev->nr_luns > 1 ? " and others" : "");
	if (dev->claim && !force)
		return tgt_err(extack, -EBUSY, "device %s is %s; take it away there or use --force",
			       dev->name, dev->claim);
	err = tgt_device_delete_uppers(dev, force, extack);
	if (err)
		return err;
	tgt_device_set_state(dev, TGT_DELETING);
	tgt_tokens_end(dev, TGT_TOKEN_REVOKED);
	/* a procedure may go on without a command */
	if (READ_ONCE(dev->nr_procs))
		queue_delayed_work(tgt_watch_wq, &dev->watch, 0);
	tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	list_for_each_entry(lun, &dev->luns, dev_node)
		tgt_lun_start_remove(lun);
	tgt_device_lun_gone(dev);
	return 0;
}

/**
 * tgt_device_delete() - delete a device
 * @name: which
 * @force: delete the LUNs it is mapped at as well, and the devices over it
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 once it drains. Context: tgt_config_mutex held.
 */
int tgt_device_delete(const char *name, bool force, const u64 *gen,
		      struct netlink_ext_ack *extack)
{
	struct tgt_device *dev;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	dev = tgt_device_get(name, extack);
	if (!dev)
		return -ENOENT;
	return tgt_device_begin_delete(dev, force, extack);
}

/* A device that is neither on its way in nor out, or an ERR_PTR and a text. */
struct tgt_device *tgt_device_active(const char *name, const u64 *gen,
				     struct netlink_ext_ack *extack)
{
	struct tgt_device *dev;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return ERR_PTR(err);
	dev = tgt_device_get(name, extack);
	if (!dev)
		return ERR_PTR(-ENOENT);
	if (dev->state != TGT_ACTIVE)
		return ERR_PTR(tgt_err(extack, -EBUSY, "device %s is being %s", name,
				       dev->state == TGT_CREATING ? "created" : "deleted"));
	return dev;
}

/**
 * tgt_device_set() - change what can be changed of a device by its backend's options
 * @name: which
 * @opts: options
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Those that create takes as well are as if they had been given then: 'show' tells them, and they
 * are saved.
 *
 * Return: 0 or an errno; then nothing has changed. Context: tgt_config_mutex held.
 */
int tgt_device_set(const char *name, const struct tgt_options *opts, const u64 *gen,
		   struct netlink_ext_ack *extack)
{
	struct tgt_options merged;
	struct tgt_device *dev;
	int err;

	dev = tgt_device_active(name, gen, extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (!dev->be->set)
		return tgt_err(extack, -EOPNOTSUPP,
			       "backend %s has no '%.31s' to set; size= can be set", dev->be->name,
			       opts->opt[0].key);
	err = tgt_options_check(opts, dev->be->set_options, "device set", extack);
	if (err)
		return err;
	if (tgt_options_merge(&merged, &dev->options, opts, dev->be->options))
		return tgt_err(extack, -ENOMEM, "no memory for options of device %s", name);
	err = dev->be->set(dev, opts, extack);
	tgt_options_free(err ? &merged : &dev->options);
	if (err)
		return err;
	dev->options = merged;
	tgt_changed();
	tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	return 0;
}

/**
 * tgt_device_set_modes() - give a device mode parameters, current and saved
 * @name: which
 * @modes: as text
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 or an errno. Context: tgt_config_mutex held.
 */
int tgt_device_set_modes(const char *name, const char *modes, const u64 *gen,
			 struct netlink_ext_ack *extack)
{
	struct tgt_mode_state state;
	struct tgt_device *dev;

	dev = tgt_device_active(name, gen, extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (dev->be->raw)
		return tgt_err(extack, -EOPNOTSUPP, "the modes of device %s are its daemon's",
			       name);
	if (tgt_modes_parse(modes, &state.now))
		return tgt_err(extack, -EINVAL, TGT_BAD_MODES, modes);
	if (dev->wce && dev->modes.now.wce && !state.now.wce)
		return tgt_err(extack, -EOPNOTSUPP,
			       "the write cache of device %s is turned off by an initiator, which waits until it is written",
			       name);
	state.saved = state.now;
	tgt_mode_set(dev, &state, NULL);
	tgt_changed();
	tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	return 0;
}

/* What speaks against a resize now. */
static int tgt_device_resize_check(struct tgt_device *dev, u64 size,
				   struct netlink_ext_ack *extack)
{
	u64 now = dev->nblocks << dev->block_shift;

	if (dev->state != TGT_ACTIVE || dev->resize_to)
		return tgt_err(extack, -EBUSY, "device %s is being %s", dev->name,
			       dev->resize_to ? "resized" :
			       dev->state == TGT_CREATING ? "created" : "deleted");
	if (!dev->be->resize)
		return tgt_err(extack, -EOPNOTSUPP, "backend %s cannot change its size",
			       dev->be->name);
	if (!size || size & ((1U << dev->block_shift) - 1) || size > S64_MAX)
		return tgt_err(extack, -EINVAL,
			       "size %llu is not possible: a multiple of the block size %u is",
			       size, 1U << dev->block_shift);
	if (size < now)
		return tgt_err(extack, -EINVAL,
			       "size %llu is less than the present %llu; a device only grows",
			       size, now);
	return 0;
}

static int tgt_device_grow(struct tgt_job *job)
{
	struct tgt_device_job *dj = tgt_device_job(job);

	return dj->dev->be->resize(dj->dev, dj->size, &job->extack);
}

/* So have the devices over it. */
static void tgt_device_uppers_grown(struct tgt_device *dev)
{
	struct tgt_lower *lower;

	list_for_each_entry(lower, &dev->uppers, node) {
		WRITE_ONCE(lower->upper->nblocks, dev->nblocks);
		tgt_ua_device(lower->upper, TGT_UA_CAPACITY);
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, lower->upper);
	}
}

/* It has @nblocks from here on. */
static void tgt_device_take_size(struct tgt_device *dev, u64 nblocks)
{
	WRITE_ONCE(dev->nblocks, nblocks);
	tgt_tokens_end(dev, TGT_TOKEN_CANCELLED);
	tgt_ua_device(dev, TGT_UA_CAPACITY);
	tgt_changed();
}

/**
 * tgt_device_has_grown() - a medium has become longer by itself
 * @dev: device, which the backend keeps from being destroyed
 * @size: bytes, no less than there were
 *
 * As after tgt_device_resize().
 *
 * Return: 0, -EINVAL, or -EBUSY: it is being made, resized or deleted. Context: process,
 * tgt_config_mutex not held.
 */
int tgt_device_has_grown(struct tgt_device *dev, u64 size)
{
	int err;

	tgt_config_lock();
	err = tgt_device_resize_check(dev, size, NULL);
	if (!err && size >> dev->block_shift != dev->nblocks) {
		tgt_device_take_size(dev, size >> dev->block_shift);
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
		tgt_device_uppers_grown(dev);
	}
	tgt_config_unlock();
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_device_has_grown, TGTCORE);

static void tgt_device_grown(struct tgt_job *job)
{
	struct tgt_device *dev = tgt_device_job(job)->dev;
	u64 nblocks = dev->resize_to >> dev->block_shift;
	bool changed = !job->err && nblocks != dev->nblocks;

	lockdep_assert_held(&tgt_config_mutex);
	dev->busy--;
	trace_tgt_device_resize(dev, dev->resize_to, job->err ? "failed" : "done");
	dev->resize_to = 0;
	if (changed)
		tgt_device_take_size(dev, nblocks);
	if (job->err)
		dev->reason = job->text;
	if (changed || job->pending)
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	dev->reason = NULL;
	if (changed)
		tgt_device_uppers_grown(dev);
	tgt_device_lun_gone(dev);	/* deleted meanwhile? */
}

/**
 * tgt_device_resize() - grow a device under I/O
 * @name: which
 * @size: bytes
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Every nexus gets the unit attention CAPACITY DATA HAS CHANGED.
 *
 * Return: as tgt_device_create(); after -EINPROGRESS, DEVICE_NTF tells the end.
 * Context: process, tgt_config_mutex not held.
 */
int tgt_device_resize(const char *name, u64 size, const u64 *gen,
		      struct netlink_ext_ack *extack)
{
	struct tgt_device_job *dj = kzalloc(sizeof(*dj), GFP_KERNEL);
	struct tgt_device *dev;
	int err;

	if (!dj)
		return tgt_err(extack, -ENOMEM, "no memory to resize device %s", name);
	tgt_config_lock();
	err = tgt_generation_check(gen, extack);
	if (err)
		goto out;
	dev = tgt_device_get(name, extack);
	err = dev ? tgt_device_resize_check(dev, size, extack) : -ENOENT;
	if (err)
		goto out;
	dev->busy++;
	dev->resize_to = size;
	dev->resize_since = jiffies;
	trace_tgt_device_resize(dev, size, "begin");
	tgt_config_unlock();

	dj->dev = dev;
	dj->size = size;
	tgt_job_init(&dj->job, tgt_device_grow, tgt_device_grown);
	err = tgt_job_run(&dj->job, extack);
	if (err == -EINPROGRESS)
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	return err;
out:
	tgt_config_unlock();
	kfree(dj);
	return err;
}

/* Commands the backend holds now. */
u32 tgt_device_held(struct tgt_device *dev)
{
	return dev->be->flags & TGT_BE_HOLDS ? sbitmap_weight(&dev->hold) : 0;
}
