// SPDX-License-Identifier: GPL-2.0
/*
 * Target port groups. A target is in one group or in none; a group has a state, and for some
 * devices another. What a nexus needs of it on the way of a command is in its gate word: the
 * bit is set where the state lets only some commands pass.
 */
#include <linux/slab.h>
#include "alua.h"
#include "scsi/disk.h"

DEFINE_XARRAY(tgt_tpgs);

/* The group a request names, or NULL and a text. */
struct tgt_tpg *tgt_tpg_get(u32 id, struct netlink_ext_ack *extack)
{
	struct tgt_tpg *tpg = xa_load(&tgt_tpgs, id);

	lockdep_assert_held(&tgt_config_mutex);
	if (!tpg)
		tgt_err(extack, -ENOENT,
			"no target port group %u; make it with 'alua create'", id);
	return tpg;
}

static struct tgt_tpg_device *tgt_tpg_device(struct list_head *devices, const char *name)
{
	struct tgt_tpg_device *d;

	list_for_each_entry(d, devices, node)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

/* The state of a group as a device sees it. */
static struct tgt_alua_group *tgt_tpg_group(struct tgt_tpg *tpg, struct tgt_device *dev)
{
	struct tgt_tpg_device *d = tgt_tpg_device(&tpg->devices, dev->name);

	return d ? &d->group : &tpg->group;
}

/* ---- nexuses -------------------------------------------------------------------------- */

/* Gives a nexus the state of its target port. */
void tgt_alua_itl(struct tgt_itl *itl)
{
	struct tgt_tpg *tpg = itl->sess->target->tpg;
	u8 state = tpg ? tgt_tpg_group(tpg, itl->dev)->state : TGT_ALUA_OPTIMIZED;
	bool shut = tgt_alua_filter(state, TGT_ALUA_CLASS_ACTIVE);
	unsigned long flags;

	lockdep_assert_held(&tgt_config_mutex);
	spin_lock_irqsave(&itl->lock, flags);
	WRITE_ONCE(itl->alua, state);
	WRITE_ONCE(itl->tpg, tpg ? tpg->group.id : 0);
	spin_unlock_irqrestore(&itl->lock, flags);
	if (!itl->dev->be->raw)
		tgt_gate_change(itl, shut ? TGT_GATE_ALUA : 0, shut ? 0 : TGT_GATE_ALUA);
}

static void tgt_alua_device(struct tgt_device *dev)
{
	struct tgt_itl *itl;

	list_for_each_entry(itl, &dev->itls, dev_node)
		tgt_alua_itl(itl);
}

/* Whether a device is mapped at a target of the group. */
static bool tgt_tpg_has(struct tgt_tpg *tpg, struct tgt_device *dev)
{
	struct tgt_lun *lun;

	list_for_each_entry(lun, &dev->luns, dev_node)
		if (lun->group->target->tpg == tpg)
			return true;
	return false;
}

static void tgt_alua_tell(struct tgt_device *dev, enum tgt_alua_change change,
			  const struct tgt_itl *by)
{
	enum tgt_ua ua = change == TGT_ALUA_FAILED ? TGT_UA_ALUA_FAILED : TGT_UA_ALUA;
	struct tgt_itl *itl;

	lockdep_assert_held(&tgt_config_mutex);
	if (change == TGT_ALUA_SAME || dev->be->raw)
		return;
	list_for_each_entry(itl, &dev->itls, dev_node)
		if (itl != by)
			tgt_ua_set(itl, ua);
}

/* What an initiator set for a device ends: it has its own state again, or that of the group. */
static enum tgt_alua_change tgt_tpg_revert(struct tgt_tpg_device *d, u8 state)
{
	enum tgt_alua_change change;

	if (d->own == TGT_TPG_NO_STATE) {
		change = tgt_alua_implicit(&d->group, state);
		list_del(&d->node);
		kfree(d);
		return change;
	}
	change = tgt_alua_implicit(&d->group, d->own);
	d->group.status = TGT_ALUA_STATUS_IMPLICIT;
	return change;
}

/*
 * The administrator sets a group's state: it is that of each device that has no other from the
 * administrator. What an initiator set for one ends with it.
 */
static void tgt_tpg_state(struct tgt_tpg *tpg, u8 state)
{
	enum tgt_alua_change all = tgt_alua_implicit(&tpg->group, state), change;
	struct tgt_tpg_device *d;
	struct tgt_device *dev;
	unsigned long i;

	xa_for_each(&tgt_devices, i, dev) {
		d = tgt_tpg_device(&tpg->devices, dev->name);
		change = all;
		if (d) {
			if (d->group.status != TGT_ALUA_STATUS_EXPLICIT)
				continue;
			change = tgt_tpg_revert(d, state);
		}
		if (!tgt_tpg_has(tpg, dev))
			continue;
		tgt_alua_device(dev);
		tgt_alua_tell(dev, change, NULL);
	}
}

/*
 * A target comes into a group, or with NULL leaves its own: what INQUIRY and VPD page 83h say
 * to its nexuses changes, and maybe the state by which their device is reached, of which all hear.
 */
static void tgt_tpg_move(struct tgt_target *target, struct tgt_tpg *tpg)
{
	struct tgt_session *sess;
	struct tgt_itl *itl;
	unsigned long i;
	u8 was;

	lockdep_assert_held(&tgt_config_mutex);
	if (target->tpg == tpg)
		return;
	target->tpg = tpg;
	list_for_each_entry(sess, &target->sessions, node)
		xa_for_each(&sess->itls, i, itl) {
			was = itl->alua;
			tgt_alua_itl(itl);
			if (itl->dev->be->raw)
				continue;
			tgt_ua_set(itl, TGT_UA_INQUIRY);
			if (itl->alua != was)
				tgt_alua_tell(itl->dev, TGT_ALUA_CHANGED, NULL);
		}
}

/* A target is gone. */
void tgt_tpg_leave(struct tgt_target *target)
{
	struct tgt_tpg *tpg = target->tpg;

	tgt_tpg_move(target, NULL);
	if (tpg)
		tgt_event_tpg(TGTCORE_CMD_ALUA_NTF, tpg);
}

/* ---- requests --------------------------------------------------------------------------- */

/* The next of a list of texts with commas between, into @buf; NULL at the end. */
static const char *tgt_tpg_word(const char *list, char *buf, size_t size)
{
	size_t len = strcspn(list, ",");

	if (!*list)
		return NULL;
	strscpy(buf, list, min(size, len + 1));
	return list + len + (list[len] == ',');
}

/* The target FABRIC:NAME, or an ERR_PTR and a text. */
static struct tgt_target *tgt_tpg_target(char *word, struct netlink_ext_ack *extack)
{
	char *name = strchr(word, ':');
	struct tgt_target *target;

	if (!name)
		return ERR_PTR(tgt_err(extack, -EINVAL, "'%.48s' is no target: FABRIC:NAME is",
				       word));
	*name = 0;
	target = tgt_target_get(word, name + 1, extack);
	return target ?: ERR_PTR(-ENOENT);
}

/* A word that is cut is still too long for a name. */
#define TGT_TPG_WORD	(2 * TGT_NAME_MAX + 4)

/* DEVICE=STATE and a comma */
static size_t tgt_tpg_word_len(const char *name, u8 state)
{
	return strlen(name) + strlen(tgt_alua_state_name(state)) + 2;
}

/* The same with the longest state: an initiator that has set one may set another. */
static size_t tgt_tpg_explicit_len(const char *name)
{
	return tgt_tpg_word_len(name, TGT_ALUA_NON_OPTIMIZED);
}

/* @tpg: the group they are to be in, or NULL if it is not there yet */
static int tgt_tpg_check_targets(const struct tgt_tpg *tpg, const char *list,
				 struct netlink_ext_ack *extack)
{
	char word[TGT_TPG_WORD];
	struct tgt_target *target;

	while ((list = tgt_tpg_word(list, word, sizeof(word)))) {
		target = tgt_tpg_target(word, extack);
		if (IS_ERR(target))
			return PTR_ERR(target);
		if (target->tpg && target->tpg != tpg)
			return tgt_err(extack, -EBUSY,
				       "target %s:%s is in target port group %u", target->fabric,
				       target->name, target->tpg->group.id);
		if (target->state == TGT_DELETING)
			return tgt_err(extack, -EBUSY, "target %s:%s is being deleted",
				       target->fabric, target->name);
	}
	return 0;
}

/* Those of the list are in the group from now on, and no others. */
static void tgt_tpg_set_targets(struct tgt_tpg *tpg, const char *targets)
{
	char word[TGT_TPG_WORD];
	struct tgt_target *target;
	const char *list;
	unsigned long i;
	bool in;

	xa_for_each(&tgt_targets, i, target) {
		in = false;
		list = targets;
		while ((list = tgt_tpg_word(list, word, sizeof(word))))
			in = in || tgt_tpg_target(word, NULL) == target;
		if (in)
			tgt_tpg_move(target, tpg);
		else if (target->tpg == tpg)
			tgt_tpg_move(target, NULL);
	}
}

static void tgt_tpg_free_devices(struct list_head *devices)
{
	struct tgt_tpg_device *d, *next;

	list_for_each_entry_safe(d, next, devices, node) {
		list_del(&d->node);
		kfree(d);
	}
}

static int tgt_tpg_add_device(struct list_head *devices, u16 id, char *word,
			      struct netlink_ext_ack *extack)
{
	char *state = strchr(word, '=');
	struct tgt_tpg_device *d;
	int value;

	if (!state)
		return tgt_err(extack, -EINVAL, "'%.48s': DEVICE=STATE expected", word);
	*state++ = 0;
	if (!tgt_name_valid(word))
		return tgt_err(extack, -EINVAL, TGT_BAD_NAME, word);
	value = tgt_alua_state_parse(state, strlen(state));
	if (value < 0)
		return tgt_err(extack, -EINVAL, "'%.48s' is no state", state);
	if (tgt_tpg_device(devices, word))
		return tgt_err(extack, -EINVAL, "device %s is given twice", word);
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return tgt_err(extack, -ENOMEM, "no memory for a target port group");
	strscpy(d->name, word, sizeof(d->name));
	d->group.id = id;
	d->group.state = value;
	d->own = value;
	list_add_tail(&d->node, devices);
	return 0;
}

static int tgt_tpg_parse_devices(const struct tgt_tpg_params *p, struct list_head *devices,
				 struct netlink_ext_ack *extack)
{
	const char *list = p->devices ?: "";
	char word[TGT_TPG_WORD];
	int err;

	while ((list = tgt_tpg_word(list, word, sizeof(word)))) {
		err = tgt_tpg_add_device(devices, p->id, word, extack);
		if (err) {
			tgt_tpg_free_devices(devices);
			return err;
		}
	}
	return 0;
}

/* Those of the list have states of their own from now on, and no others. */
static void tgt_tpg_set_devices(struct tgt_tpg *tpg, struct list_head *devices)
{
	struct tgt_alua_group was;
	enum tgt_alua_change change;
	struct tgt_tpg_device *d;
	struct tgt_device *dev;
	LIST_HEAD(old);
	unsigned long i;

	list_splice_init(&tpg->devices, &old);
	list_splice_init(devices, &tpg->devices);
	list_for_each_entry(d, &tpg->devices, node) {
		struct tgt_tpg_device *o = tgt_tpg_device(&old, d->name);

		d->group = o ? o->group : tpg->group;
		tgt_alua_implicit(&d->group, d->own);
		/* the same, but no initiator's any more */
		if (d->group.status == TGT_ALUA_STATUS_EXPLICIT)
			d->group.status = TGT_ALUA_STATUS_IMPLICIT;
	}
	xa_for_each(&tgt_devices, i, dev) {
		d = tgt_tpg_device(&old, dev->name);
		was = d ? d->group : tpg->group;
		change = tgt_alua_implicit(&was, tgt_tpg_group(tpg, dev)->state);
		if (change == TGT_ALUA_SAME && was.state == (d ? d->group : tpg->group).state)
			continue;
		if (!tgt_tpg_has(tpg, dev))
			continue;
		tgt_alua_device(dev);
		tgt_alua_tell(dev, change, NULL);
	}
	tgt_tpg_free_devices(&old);
}

/* What a request says is checked whole; @devices gets its list of them. */
static int tgt_tpg_check(const struct tgt_tpg *tpg, const struct tgt_tpg_params *p,
			 struct list_head *devices, struct netlink_ext_ack *extack)
{
	int err;

	if (p->state && tgt_alua_state_parse(p->state, strlen(p->state)) < 0)
		return tgt_err(extack, -EINVAL,
			       "'%.48s' is no state: optimized, non-optimized, standby, unavailable, offline and transitioning are",
			       p->state);
	err = p->targets ? tgt_tpg_check_targets(tpg, p->targets, extack) : 0;
	return err ?: tgt_tpg_parse_devices(p, devices, extack);
}

static void tgt_tpg_change(struct tgt_tpg *tpg, const struct tgt_tpg_params *p,
			   struct list_head *devices)
{
	if (p->state)
		tgt_tpg_state(tpg, tgt_alua_state_parse(p->state, strlen(p->state)));
	if (p->devices)
		tgt_tpg_set_devices(tpg, devices);
	if (p->targets)
		tgt_tpg_set_targets(tpg, p->targets);
	if (p->have_preferred)
		tpg->group.pref = p->preferred;
	tgt_changed();
	tgt_event_tpg(TGTCORE_CMD_ALUA_NTF, tpg);
}

/**
 * tgt_tpg_create() - make a target port group
 * @p: its parameters
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 or an errno. Context: tgt_config_mutex held.
 */
int tgt_tpg_create(const struct tgt_tpg_params *p, const u64 *gen,
		   struct netlink_ext_ack *extack)
{
	LIST_HEAD(devices);
	struct tgt_tpg *tpg;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	if (xa_load(&tgt_tpgs, p->id))
		return tgt_err(extack, -EEXIST, "there is a target port group %u already", p->id);
	err = tgt_tpg_check(NULL, p, &devices, extack);
	if (err)
		return err;
	tpg = kzalloc(sizeof(*tpg), GFP_KERNEL);
	err = tpg ? xa_insert(&tgt_tpgs, p->id, tpg, GFP_KERNEL) : -ENOMEM;
	if (err) {
		kfree(tpg);
		tgt_tpg_free_devices(&devices);
		return tgt_err(extack, err, "no memory for a target port group");
	}
	tpg->group.id = p->id;
	INIT_LIST_HEAD(&tpg->devices);
	tgt_tpg_change(tpg, p, &devices);
	/* it was in no other state before */
	tpg->group.status = TGT_ALUA_STATUS_NONE;
	return 0;
}

/**
 * tgt_tpg_set() - change a target port group
 * @p: what of it
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 or an errno; then nothing has changed. Context: tgt_config_mutex held.
 */
int tgt_tpg_set(const struct tgt_tpg_params *p, const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_tpg *tpg;
	LIST_HEAD(devices);
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	tpg = tgt_tpg_get(p->id, extack);
	err = tpg ? tgt_tpg_check(tpg, p, &devices, extack) : -ENOENT;
	if (err)
		return err;
	tgt_tpg_change(tpg, p, &devices);
	return 0;
}

/**
 * tgt_tpg_delete() - delete a target port group
 * @id: which
 * @force: although it has targets: these are in none from then on
 * @gen: generation the caller expects, or NULL
 * @extack: gets the reason of an error
 *
 * Return: 0 or an errno. Context: tgt_config_mutex held.
 */
int tgt_tpg_delete(u32 id, bool force, const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_target *target;
	struct tgt_tpg *tpg;
	unsigned long i;
	int err;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	tpg = tgt_tpg_get(id, extack);
	if (!tpg)
		return -ENOENT;
	xa_for_each(&tgt_targets, i, target)
		if (target->tpg == tpg && !force)
			return tgt_err(extack, -EBUSY,
				       "target port group %u has target %s:%s; take it out first or use --force",
				       id, target->fabric, target->name);
	tgt_tpg_set_targets(tpg, "");
	xa_erase(&tgt_tpgs, id);
	tgt_changed();
	tgt_event_tpg(TGTCORE_CMD_ALUA_GONE_NTF, tpg);
	tgt_tpg_free_devices(&tpg->devices);
	kfree(tpg);
	return 0;
}

/* A device is gone, and with it the states groups had for it alone. */
void tgt_tpg_forget(struct tgt_device *dev)
{
	struct tgt_tpg_device *d;
	struct tgt_tpg *tpg;
	unsigned long i;

	lockdep_assert_held(&tgt_config_mutex);
	xa_for_each(&tgt_tpgs, i, tpg) {
		d = tgt_tpg_device(&tpg->devices, dev->name);
		if (!d)
			continue;
		list_del(&d->node);
		kfree(d);
		tgt_event_tpg(TGTCORE_CMD_ALUA_NTF, tpg);
	}
}

/* Bytes the lists of devices take in a message, together. */
static size_t tgt_tpg_devices_len(struct tgt_tpg *tpg)
{
	struct tgt_tpg_device *d;
	size_t len = 0;

	list_for_each_entry(d, &tpg->devices, node) {
		if (d->own != TGT_TPG_NO_STATE)
			len += tgt_tpg_word_len(d->name, d->own);
		if (d->group.status == TGT_ALUA_STATUS_EXPLICIT)
			len += tgt_tpg_explicit_len(d->name);
	}
	return len;
}

/* The module goes, and no target is left to be in a group. */
void tgt_tpg_exit(void)
{
	struct tgt_tpg *tpg;
	unsigned long i;

	xa_for_each(&tgt_tpgs, i, tpg) {
		tgt_tpg_free_devices(&tpg->devices);
		kfree(tpg);
	}
	xa_destroy(&tgt_tpgs);
}

/* ---- commands ------------------------------------------------------------------------- */

static void tgt_alua_view_port(struct tgt_alua_view *view, struct tgt_target *target,
			       struct tgt_device *dev)
{
	struct tgt_tpg *tpg = target->tpg;
	u32 i;

	for (i = 0; i < view->nr_ports; i++)
		if (view->ports[i].rtpi == target->rtpi)
			return;
	view->ports[i] = (struct tgt_alua_port) { target->rtpi, tpg ? tpg->group.id : 0 };
	view->disk_ports[i] = (struct tgt_disk_port) {
		.naa = target->port_naa, .rtpi = target->rtpi, .protocol = target->fops->protocol,
	};
	view->nr_ports++;
	for (i = 0; tpg && i < view->nr_groups; i++)
		if (view->tpgs[i] == tpg)
			return;
	if (!tpg)
		return;
	view->groups[i] = *tgt_tpg_group(tpg, dev);
	view->groups[i].pref = tpg->group.pref;
	view->tpgs[i] = tpg;
	view->nr_groups++;
}

/**
 * tgt_alua_view() - the groups and ports a device is accessible through
 * @dev: device
 * @view: filled in; for tgt_alua_view_free() on success
 *
 * Return: 0 or -ENOMEM. Context: tgt_config_mutex held.
 */
int tgt_alua_view(struct tgt_device *dev, struct tgt_alua_view *view)
{
	struct tgt_lun *lun;
	u32 nr = dev->nr_luns;

	lockdep_assert_held(&tgt_config_mutex);
	*view = (struct tgt_alua_view) {
		.groups = kvcalloc(nr, sizeof(*view->groups), GFP_KERNEL),
		.tpgs = kvcalloc(nr, sizeof(*view->tpgs), GFP_KERNEL),
		.ports = kvcalloc(nr, sizeof(*view->ports), GFP_KERNEL),
		.disk_ports = kvcalloc(nr, sizeof(*view->disk_ports), GFP_KERNEL),
	};
	if (!view->groups || !view->tpgs || !view->ports || !view->disk_ports) {
		tgt_alua_view_free(view);
		return -ENOMEM;
	}
	list_for_each_entry(lun, &dev->luns, dev_node)
		tgt_alua_view_port(view, lun->group->target, dev);
	return 0;
}

void tgt_alua_view_free(struct tgt_alua_view *view)
{
	kvfree(view->groups);
	kvfree(view->tpgs);
	kvfree(view->ports);
	kvfree(view->disk_ports);
}

/* As many states of their own for a device as it does not have yet, and are to be different. */
static int tgt_alua_own_states(struct tgt_device *dev, const struct tgt_alua_view *view,
			       struct list_head *own)
{
	const struct tgt_alua_group *group;
	struct tgt_tpg_device *d;
	struct tgt_tpg *tpg;
	u32 i;

	for (i = 0; i < view->nr_groups; i++) {
		tpg = view->tpgs[i];
		group = tgt_tpg_group(tpg, dev);
		if (group->state == view->groups[i].state)
			continue;
		if (group->status != TGT_ALUA_STATUS_EXPLICIT &&
		    tgt_tpg_devices_len(tpg) + tgt_tpg_explicit_len(dev->name) > TGT_TPG_NAMES)
			return -ENOSPC;
		if (group != &tpg->group)
			continue;
		d = kzalloc(sizeof(*d), GFP_KERNEL);
		if (!d)
			return -ENOMEM;
		strscpy(d->name, dev->name, sizeof(d->name));
		d->group = tpg->group;
		d->own = TGT_TPG_NO_STATE;
		list_add_tail(&d->node, own);
	}
	return 0;
}

/**
 * tgt_alua_apply() - SET TARGET PORT GROUPS has changed states of a device
 * @dev: device
 * @view: of this moment, with the states as they are to be
 * @by: nexus of the command
 *
 * Return: 0, or -ENOMEM or -ENOSPC and nothing has changed. Context: tgt_config_mutex held.
 */
int tgt_alua_apply(struct tgt_device *dev, const struct tgt_alua_view *view,
		   const struct tgt_itl *by)
{
	struct tgt_alua_group *now;
	struct tgt_tpg_device *d;
	LIST_HEAD(own);
	int err;
	u32 i;

	lockdep_assert_held(&tgt_config_mutex);
	err = tgt_alua_own_states(dev, view, &own);
	if (err) {
		tgt_tpg_free_devices(&own);
		return err;
	}
	for (i = 0; i < view->nr_groups; i++) {
		now = tgt_tpg_group(view->tpgs[i], dev);
		if (now->state == view->groups[i].state)
			continue;
		if (now == &view->tpgs[i]->group) {
			d = list_first_entry(&own, struct tgt_tpg_device, node);
			list_move_tail(&d->node, &view->tpgs[i]->devices);
			now = &d->group;
		}
		now->state = view->groups[i].state;
		now->status = view->groups[i].status;
		tgt_event_tpg(TGTCORE_CMD_ALUA_NTF, view->tpgs[i]);
	}
	tgt_alua_device(dev);
	tgt_alua_tell(dev, TGT_ALUA_CHANGED, by);
	tgt_changed();
	return 0;
}
