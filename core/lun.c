// SPDX-License-Identifier: GPL-2.0
/* LUNs: devices at numbers of a LUN map, put in and taken out under I/O. */
#include <linux/slab.h>
#include "core.h"
#include "trace.h"

static void tgt_lun_remove_work(struct work_struct *work);

/* The LUN map a request names. */
struct tgt_group *tgt_lun_map(const struct tgt_lun_params *p, struct netlink_ext_ack *extack)
{
	struct tgt_target *target;

	if (p->group)
		return tgt_group_get(p->fabric, p->target, p->group, extack);
	target = tgt_target_get(p->fabric, p->target, extack);
	return target ? target->open : NULL;
}

/* The LUN a request names, or NULL and a text. */
struct tgt_lun *tgt_lun_get(const struct tgt_lun_params *p, struct netlink_ext_ack *extack)
{
	struct tgt_group *group = tgt_lun_map(p, extack);
	struct tgt_lun *lun;

	if (!group)
		return NULL;
	lun = xa_load(&group->luns, p->number);
	if (!lun)
		tgt_err(extack, -ENOENT, "%s:%s%s%s has no LUN %u", p->fabric, p->target,
			p->group ? " group " : "", p->group ?: "", p->number);
	return lun;
}

/* Likewise, if the generation is what the caller expects; or an ERR_PTR. */
static struct tgt_lun *tgt_lun_get_now(const struct tgt_lun_params *p, const u64 *gen,
				       struct netlink_ext_ack *extack)
{
	int err = tgt_generation_check(gen, extack);

	lockdep_assert_held(&tgt_config_mutex);
	return err ? ERR_PTR(err) : tgt_lun_get(p, extack) ?: ERR_PTR(-ENOENT);
}

/* A daemon's logical unit tells of itself what its daemon says. */
static int tgt_lun_check_profile(const struct tgt_lun_params *p, const struct tgt_device *dev,
				 struct netlink_ext_ack *extack)
{
	return p->profile && dev->be->raw ?
		tgt_err(extack, -EOPNOTSUPP,
			"what initiators are told of device %s is its daemon's: it has no profile",
			dev->name) : 0;
}

static int tgt_lun_check(const struct tgt_lun_params *p, struct tgt_group *group,
			 struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	struct tgt_target *target = group->target;
	struct tgt_lun *lun = xa_load(&group->luns, p->number);

	if (target->state != TGT_ACTIVE || group->deleting)
		return tgt_err(extack, -EBUSY, "%s %s:%s is being %s",
			       group->deleting ? "a group of target" : "target",
			       p->fabric, p->target,
			       target->state == TGT_CREATING ? "created" : "deleted");
	if (target->handler->queue != tgt_engine_queue)
		return tgt_err(extack, -EOPNOTSUPP,
			       "target %s:%s is served whole by handler %s; it has no LUNs here",
			       p->fabric, p->target, target->handler->name);
	if (lun)
		return tgt_err(extack, -EEXIST, "LUN %u of %s:%s%s%s is in use: device %s%s",
			       p->number, p->fabric, p->target, p->group ? " group " : "",
			       p->group ?: "", lun->dev->name,
			       lun->state == TGT_DELETING ? ", being deleted" : "");
	if (!dev)
		return tgt_err(extack, -ENOENT, "no device %s; make it with 'device create'",
			       p->device);
	if (dev->state != TGT_ACTIVE)
		return tgt_err(extack, -EBUSY, "device %s is being %s", p->device,
			       dev->state == TGT_CREATING ? "created" : "deleted");
	return tgt_lun_check_profile(p, dev, extack);
}

static struct tgt_lun *tgt_lun_alloc(const struct tgt_lun_params *p, struct tgt_group *group,
				     struct tgt_device *dev)
{
	struct tgt_lun *lun = kzalloc(sizeof(*lun), GFP_KERNEL);

	if (!lun)
		return NULL;
	lun->past = kzalloc(sizeof(*lun->past), GFP_KERNEL);
	if (!lun->past) {
		kfree(lun);
		return NULL;
	}
	lun->number = p->number;
	lun->readonly = p->readonly;
	lun->profile = p->profile;
	lun->group = group;
	lun->dev = dev;
	lun->state = TGT_ACTIVE;
	lun->since = jiffies;
	INIT_LIST_HEAD(&lun->itls);
	INIT_WORK(&lun->remove, tgt_lun_remove_work);
	return lun;
}

static void tgt_lun_free(struct tgt_lun *lun)
{
	kfree(lun->past->recent);
	kfree(lun->past);
	kfree(lun);
}

/*
 * Shows a new LUN to the sessions of its map; a local initiator scans for it by itself. The
 * others of a session tell of it when it is there to be found: else a REPORT LUNS that comes
 * between would settle the unit attention without listing the LUN.
 */
static int tgt_lun_show(struct tgt_lun *lun, struct tgt_itl_stock *stock)
{
	struct tgt_target *target = lun->group->target;
	struct tgt_session *sess;
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(sess, &target->sessions, node) {
		if (sess->group != lun->group)
			continue;
		itl = tgt_itl_create(sess, lun, stock);
		if (PTR_ERR_OR_ZERO(itl) == -EBUSY)	/* regrouping makes it later */
			continue;
		if (IS_ERR(itl))
			return PTR_ERR(itl);
		tgt_luns_changed(sess);
		tgt_itl_added(itl);
	}
	return 0;
}

/* What a new LUN is made of: a map that has room for it and a device, or an errno and a text. */
static int tgt_lun_find(const struct tgt_lun_params *p, const u64 *gen, struct tgt_group **group,
			struct tgt_device **dev, struct netlink_ext_ack *extack)
{
	int err;

	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	*group = tgt_lun_map(p, extack);
	if (!*group)
		return -ENOENT;
	*dev = tgt_device_find(p->device);
	return tgt_lun_check(p, *group, *dev, extack);
}

/* Puts it into its map and shows it. */
static int tgt_lun_add(struct tgt_lun *lun, struct tgt_itl_stock *stock)
{
	struct tgt_group *group = lun->group;
	struct tgt_device *dev = lun->dev;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = xa_insert(&group->luns, lun->number, lun, GFP_KERNEL);
	if (err) {
		tgt_lun_free(lun);
		return err;
	}
	group->nr_luns++;
	list_add_tail(&lun->dev_node, &dev->luns);
	dev->nr_luns++;
	tgt_changed();
	trace_tgt_lun_state(lun, lun->state);
	tgt_event_lun(TGTCORE_CMD_LUN_NTF, lun);
	err = tgt_lun_show(lun, stock);
	if (err)
		tgt_lun_start_remove(lun);
	return err;
}

/**
 * tgt_lun_create() - map a device
 * @p: what and where
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: the LUN or an ERR_PTR. Context: tgt_config_mutex held; it is dropped meanwhile.
 */
struct tgt_lun *tgt_lun_create(const struct tgt_lun_params *p, const u64 *gen,
			       struct netlink_ext_ack *extack)
{
	struct tgt_itl_stock stock = TGT_ITL_STOCK(stock);
	struct tgt_group *group;
	struct tgt_device *dev;
	struct tgt_lun *lun;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	do {
		err = tgt_lun_find(p, gen, &group, &dev, extack);
	} while (!err && tgt_itl_stock(&stock, group->nr_sessions));
	if (err)
		goto out;
	lun = tgt_lun_alloc(p, group, dev);
	err = lun ? tgt_lun_add(lun, &stock) : -ENOMEM;
	if (err)
		tgt_err(extack, err, "no memory for a LUN");
out:
	tgt_itl_stock_free(&stock);
	return err ? ERR_PTR(err) : lun;
}

/**
 * tgt_lun_set() - give a LUN another profile
 * @p: which, and the profile; device and readonly are not looked at
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Its nexuses hear that INQUIRY data has changed. Return: 0 or an errno. Context:
 * tgt_config_mutex held.
 */
int tgt_lun_set(const struct tgt_lun_params *p, const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_lun *lun = tgt_lun_get_now(p, gen, extack);
	struct tgt_itl *itl;
	int err;

	if (IS_ERR(lun))
		return PTR_ERR(lun);
	if (lun->state != TGT_ACTIVE)
		return tgt_err(extack, -EBUSY, "LUN %u of %s:%s is being deleted", p->number,
			       p->fabric, p->target);
	err = tgt_lun_check_profile(p, lun->dev, extack);
	if (err || lun->profile == p->profile)
		return err;
	WRITE_ONCE(lun->profile, p->profile);
	list_for_each_entry(itl, &lun->itls, lun_node)
		tgt_ua_set(itl, TGT_UA_INQUIRY);
	tgt_changed();
	tgt_event_lun(TGTCORE_CMD_LUN_NTF, lun);
	return 0;
}

/* Whether a local initiator has it open. */
bool tgt_lun_in_use(struct tgt_lun *lun)
{
	const struct tgt_fabric_ops *fops = lun->group->target->fops;
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	if (fops->lun_in_use)
		list_for_each_entry(itl, &lun->itls, lun_node)
			if (!itl->killed && fops->lun_in_use(itl))
				return true;
	return false;
}

/* Commands in flight: a walk over all tags of its sessions. */
u32 tgt_lun_in_flight(struct tgt_lun *lun)
{
	struct tgt_itl *itl;
	u32 n = 0;

	list_for_each_entry(itl, &lun->itls, lun_node)
		n += tgt_itl_in_flight(itl);
	return n;
}

/* Name under which this machine sees the LUN; -ENOENT if it does not. */
int tgt_lun_node(struct tgt_lun *lun, char *buf, size_t size)
{
	const struct tgt_fabric_ops *fops = lun->group->target->fops;
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	if (fops->lun_node)
		list_for_each_entry(itl, &lun->itls, lun_node)
			if (!itl->killed && !fops->lun_node(itl, buf, size))
				return 0;
	return -ENOENT;
}

/* Takes a LUN without nexuses out of the configuration. */
void tgt_lun_forget(struct tgt_lun *lun)
{
	struct tgt_group *group = lun->group;
	struct tgt_device *dev = lun->dev;
	struct tgt_session *sess;

	lockdep_assert_held(&tgt_config_mutex);
	WARN_ON(lun->nr_itls);
	xa_erase(&group->luns, lun->number);
	group->nr_luns--;
	list_del(&lun->dev_node);
	dev->nr_luns--;
	list_for_each_entry(sess, &group->target->sessions, node)
		if (sess->group == group)
			tgt_luns_changed(sess);
	tgt_changed();
	trace_tgt_lun_state(lun, TGT_TRACE_GONE);
	tgt_event_lun(TGTCORE_CMD_LUN_GONE_NTF, lun);
	tgt_lun_free(lun);
	tgt_device_lun_gone(dev);
	tgt_wake(&group->nr_luns);
	tgt_group_left(group);
}

/* A nexus nobody is ending yet, or NULL. */
static struct tgt_itl *tgt_lun_live_itl(struct tgt_lun *lun)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(itl, &lun->itls, lun_node)
		if (!itl->killed)
			return itl;
	return NULL;
}

static void tgt_lun_remove_work(struct work_struct *work)
{
	struct tgt_lun *lun = container_of(work, struct tgt_lun, remove);
	struct tgt_itl *itl;

	tgt_config_lock();
	while (lun->nr_itls) {
		itl = tgt_lun_live_itl(lun);
		if (itl) {
			tgt_session_remove_lun(itl);
			continue;
		}
		/* the last are being ended by their sessions */
		tgt_config_unlock();
		wait_var_event(&lun->nr_itls, !READ_ONCE(lun->nr_itls));
		tgt_config_lock();
	}
	tgt_lun_forget(lun);
	tgt_config_unlock();
}

/* Begins to remove a LUN; LUN_GONE_NTF tells when it is gone. */
void tgt_lun_start_remove(struct tgt_lun *lun)
{
	lockdep_assert_held(&tgt_config_mutex);
	if (lun->state == TGT_DELETING)
		return;
	lun->state = TGT_DELETING;
	lun->since = jiffies;
	tgt_changed();
	trace_tgt_lun_state(lun, lun->state);
	tgt_event_lun(TGTCORE_CMD_LUN_NTF, lun);
	queue_work(tgt_lun_wq, &lun->remove);
}

/**
 * tgt_lun_delete() - unmap a device
 * @p: which; device and readonly are not looked at
 * @force: also if a local initiator has it open
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 once it drains. Context: tgt_config_mutex held.
 */
int tgt_lun_delete(const struct tgt_lun_params *p, bool force, const u64 *gen,
		   struct netlink_ext_ack *extack)
{
	struct tgt_lun *lun = tgt_lun_get_now(p, gen, extack);
	char node[32];

	if (IS_ERR(lun))
		return PTR_ERR(lun);
	if (!force && tgt_lun_in_use(lun))
		return tgt_err(extack, -EBUSY,
			       "LUN %u of %s:%s is open on this machine as /dev/%s; close it or use --force",
			       p->number, p->fabric, p->target,
			       tgt_lun_node(lun, node, sizeof(node)) ? "?" : node);
	tgt_lun_start_remove(lun);
	return 0;
}
