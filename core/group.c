// SPDX-License-Identifier: GPL-2.0
/* Access groups: LUN maps of a target, and the initiators that see them. */
#include <linux/slab.h>
#include <net/netlink.h>
#include "core.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(tgt_groups);

/* A LUN map without LUNs; without a name it is the target's open one. */
struct tgt_group *tgt_group_alloc(struct tgt_target *target, const char *name)
{
	struct tgt_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	lockdep_assert_held(&tgt_config_mutex);
	if (!group)
		return NULL;
	strscpy(group->name, name, sizeof(group->name));
	group->target = target;
	xa_init(&group->luns);
	INIT_LIST_HEAD(&group->initiators);
	INIT_LIST_HEAD(&group->node);
	if (xa_alloc(&tgt_groups, &group->id, group, xa_limit_31b, GFP_KERNEL)) {
		kfree(group);
		return NULL;
	}
	return group;
}

void tgt_group_free(struct tgt_group *group)
{
	struct tgt_initiator *i, *next;

	lockdep_assert_held(&tgt_config_mutex);
	WARN_ON(group->nr_luns || group->nr_sessions);
	list_for_each_entry_safe(i, next, &group->initiators, node)
		kfree(i);
	list_del(&group->node);
	xa_erase(&tgt_groups, group->id);
	xa_destroy(&group->luns);
	kfree(group);
}

static struct tgt_group *tgt_group_find(struct tgt_target *target, const char *name)
{
	struct tgt_group *group;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(group, &target->groups, node)
		if (!strcmp(group->name, name))
			return group;
	return NULL;
}

static struct tgt_initiator *tgt_group_member(struct tgt_group *group, const char *initiator)
{
	struct tgt_initiator *i;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(i, &group->initiators, node)
		if (!strcmp(i->name, initiator))
			return i;
	return NULL;
}

/* The LUN map an initiator sees: that of its group, else the open one. */
struct tgt_group *tgt_group_of_initiator(struct tgt_target *target, const char *initiator)
{
	struct tgt_group *group;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(group, &target->groups, node)
		if (tgt_group_member(group, initiator))
			return group;
	return target->open;
}

/* The group a request names, or NULL and a text. */
struct tgt_group *tgt_group_get(const char *fabric, const char *target, const char *name,
				struct netlink_ext_ack *extack)
{
	struct tgt_target *t = tgt_target_get(fabric, target, extack);
	struct tgt_group *group;

	if (!t)
		return NULL;
	group = tgt_group_find(t, name);
	if (!group)
		tgt_err(extack, -ENOENT, "target %s:%s has no group %s; make it with 'group create'",
			fabric, target, name);
	return group;
}

/* The same for a change of its members, or an ERR_PTR. */
static struct tgt_group *tgt_group_to_change(const char *fabric, const char *target,
					     const char *name, const u64 *gen,
					     struct netlink_ext_ack *extack)
{
	struct tgt_group *group;
	int err;

	err = tgt_generation_check(gen, extack);
	if (err)
		return ERR_PTR(err);
	group = tgt_group_get(fabric, target, name, extack);
	if (!group)
		return ERR_PTR(-ENOENT);
	if (group->deleting || group->target->state != TGT_ACTIVE)
		return ERR_PTR(tgt_err(extack, -EBUSY, "group %s of %s:%s is being deleted",
				       name, fabric, target));
	return group;
}

int tgt_group_create(const char *fabric, const char *target, const char *name, const u64 *gen,
		     struct netlink_ext_ack *extack)
{
	struct tgt_target *t;
	struct tgt_group *group;
	int err;

	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	t = tgt_target_get(fabric, target, extack);
	if (!t)
		return -ENOENT;
	if (t->state != TGT_ACTIVE)
		return tgt_err(extack, -EBUSY, "target %s:%s is not ready or being deleted",
			       fabric, target);
	if (t->fops->flags & TGT_FABRIC_OWN_LUNS)
		return tgt_err(extack, -EOPNOTSUPP,
			       "target %s:%s has no groups: its fabric tells initiators of LUNs itself",
			       fabric, target);
	if (tgt_group_find(t, name))
		return tgt_err(extack, -EEXIST, "target %s:%s has a group %s already",
			       fabric, target, name);
	group = tgt_group_alloc(t, name);
	if (!group)
		return tgt_err(extack, -ENOMEM, "no memory for a group");
	list_add_tail(&group->node, &t->groups);
	tgt_changed();
	trace_tgt_group(group, "", "create");
	tgt_event_group(TGTCORE_CMD_GROUP_NTF, group);
	return 0;
}

/* Tells that a group is gone, and frees it. */
void tgt_group_gone(struct tgt_group *group)
{
	lockdep_assert_held(&tgt_config_mutex);
	tgt_changed();
	trace_tgt_group(group, "", "gone");
	tgt_event_group(TGTCORE_CMD_GROUP_GONE_NTF, group);
	tgt_group_free(group);
}

/*
 * A LUN or a session of the group is gone. Deleted, it goes with the last of them: the
 * caller's pointer is good no more.
 */
void tgt_group_left(struct tgt_group *group)
{
	struct tgt_target *target = group->target;

	lockdep_assert_held(&tgt_config_mutex);
	if (!group->deleting || group->nr_luns || group->nr_sessions)
		return;
	tgt_group_gone(group);
	target->nr_leaving--;
	tgt_wake(&target->nr_leaving);
}

static void tgt_group_regroup(struct tgt_group *group)
{
	tgt_changed();
	tgt_event_group(TGTCORE_CMD_GROUP_NTF, group);
	queue_work(tgt_regroup_wq, &group->target->regroup);
}

int tgt_group_delete(const char *fabric, const char *target, const char *name, bool force,
		     const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_initiator *i, *next;
	struct tgt_group *group;
	struct tgt_lun *lun;
	unsigned long n;
	int err;

	err = tgt_generation_check(gen, extack);
	if (err)
		return err;
	group = tgt_group_get(fabric, target, name, extack);
	if (!group)
		return -ENOENT;
	if (group->deleting)
		return 0;
	if (group->target->state != TGT_ACTIVE)
		return tgt_err(extack, -EBUSY, "target %s:%s is being deleted", fabric, target);
	if (!force && group->nr_luns)
		return tgt_err(extack, -EBUSY,
			       "group %s of %s:%s has %u LUNs; delete them first or use --force",
			       name, fabric, target, group->nr_luns);
	if (!force && group->nr_sessions)
		return tgt_err(extack, -EBUSY,
			       "group %s of %s:%s is used by %u sessions; remove its initiators or use --force",
			       name, fabric, target, group->nr_sessions);
	group->deleting = true;
	group->target->nr_leaving++;
	trace_tgt_group(group, "", "delete");
	list_for_each_entry_safe(i, next, &group->initiators, node) {
		list_del(&i->node);
		kfree(i);
	}
	xa_for_each(&group->luns, n, lun)
		tgt_lun_start_remove(lun);
	tgt_group_regroup(group);
	tgt_group_left(group);
	return 0;
}

int tgt_group_add(const char *fabric, const char *target, const char *name,
		  const char *initiator, const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_group *group, *other;
	struct tgt_initiator *i;
	u32 len;

	group = tgt_group_to_change(fabric, target, name, gen, extack);
	if (IS_ERR(group))
		return PTR_ERR(group);
	len = nla_total_size(strlen(initiator) + 1);
	if (group->names_len + len > TGT_GROUP_NAMES)
		return tgt_err(extack, -ENOSPC,
			       "group %s of %s:%s is full; make another for initiator %.48s",
			       name, fabric, target, initiator);
	other = tgt_group_of_initiator(group->target, initiator);
	if (other != group->target->open)
		return tgt_err(extack, -EEXIST, "initiator %s is in group %s of %s:%s already",
			       initiator, other->name, fabric, target);
	i = kzalloc(sizeof(*i), GFP_KERNEL);
	if (!i)
		return tgt_err(extack, -ENOMEM, "no memory for an initiator");
	strscpy(i->name, initiator, sizeof(i->name));
	list_add_tail(&i->node, &group->initiators);
	group->names_len += len;
	trace_tgt_group(group, i->name, "add");
	tgt_group_regroup(group);
	return 0;
}

int tgt_group_remove(const char *fabric, const char *target, const char *name,
		     const char *initiator, const u64 *gen, struct netlink_ext_ack *extack)
{
	struct tgt_group *group;
	struct tgt_initiator *i;

	group = tgt_group_to_change(fabric, target, name, gen, extack);
	if (IS_ERR(group))
		return PTR_ERR(group);
	i = tgt_group_member(group, initiator);
	if (!i)
		return tgt_err(extack, -ENOENT, "initiator %s is not in group %s of %s:%s",
			       initiator, name, fabric, target);
	group->names_len -= nla_total_size(strlen(initiator) + 1);
	list_del(&i->node);
	trace_tgt_group(group, i->name, "remove");
	kfree(i);
	tgt_group_regroup(group);
	return 0;
}
