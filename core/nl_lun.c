// SPDX-License-Identifier: GPL-2.0
/* Control plane: LUNs. */
#include "nl.h"
#include "scsi/profile.h"

const struct nla_policy tgt_nl_lun[TGTCORE_A_LUN_MAX + 1] = {
	[TGTCORE_A_LUN_FABRIC]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_LUN_TARGET]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_LUN_GROUP]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_LUN_NUMBER]		= { .type = NLA_U32 },
	[TGTCORE_A_LUN_DEVICE]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_LUN_READONLY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_LUN_GENERATION]	= { .type = NLA_U64 },
	[TGTCORE_A_LUN_FORCE]		= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_LUN_PROFILE]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
};

/* What names a LUN, for events too. */
static int tgt_nl_fill_lun_id(struct sk_buff *skb, void *object)
{
	struct tgt_lun *lun = object;
	struct tgt_group *group = lun->group;

	if (nla_put_string(skb, TGTCORE_A_LUN_FABRIC, group->target->fabric) ||
	    nla_put_string(skb, TGTCORE_A_LUN_TARGET, group->target->name) ||
	    (*group->name && nla_put_string(skb, TGTCORE_A_LUN_GROUP, group->name)) ||
	    nla_put_u32(skb, TGTCORE_A_LUN_NUMBER, lun->number) ||
	    nla_put_string(skb, TGTCORE_A_LUN_DEVICE, lun->dev->name) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_LUN_GENERATION, tgt_generation,
			      TGTCORE_A_LUN_PAD))
		return -EMSGSIZE;
	return 0;
}

/* What one that goes, or whose target does, waits for. */
static int tgt_nl_fill_going(struct sk_buff *skb, struct tgt_lun *lun, unsigned long since)
{
	if (nla_put_u64_64bit(skb, TGTCORE_A_LUN_AGE_MS, tgt_nl_age(since), TGTCORE_A_LUN_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_LUN_IN_FLIGHT, tgt_lun_in_flight(lun)) ||
	    nla_put_u8(skb, TGTCORE_A_LUN_OPEN, tgt_lun_in_use(lun)))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_lun(struct sk_buff *skb, void *object)
{
	struct tgt_lun *lun = object;
	struct tgt_target *target = lun->group->target;
	char node[32];

	if (tgt_nl_fill_lun_id(skb, lun) ||
	    nla_put_u8(skb, TGTCORE_A_LUN_READONLY, lun->readonly) ||
	    nla_put_string(skb, TGTCORE_A_LUN_PROFILE, tgt_profile_names[lun->profile]) ||
	    nla_put_u32(skb, TGTCORE_A_LUN_STATE, lun->state) ||
	    (!tgt_lun_node(lun, node, sizeof(node)) &&
	     nla_put_string(skb, TGTCORE_A_LUN_NODE, node)) ||
	    nla_put_u32(skb, TGTCORE_A_LUN_SESSIONS, lun->nr_itls))
		return -EMSGSIZE;
	if (lun->state != TGT_ACTIVE)
		return tgt_nl_fill_going(skb, lun, lun->since);
	return target->state == TGT_DELETING ? tgt_nl_fill_going(skb, lun, target->since) : 0;
}

void tgt_event_lun(u8 cmd, struct tgt_lun *lun)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_LUN_GONE_NTF ? tgt_nl_fill_lun_id : tgt_nl_fill_lun,
		     lun);
}

/**
 * tgt_itl_ready() - a fabric's initiator can use a LUN that ->lun_added() told it of
 * @itl: nexus the fabric holds a reference on
 *
 * Context: process, not under tgt_config_mutex.
 */
void tgt_itl_ready(struct tgt_itl *itl)
{
	lockdep_assert_not_held(&tgt_config_mutex);
	tgt_config_lock();
	/* the session's map holds it as long as there is a LUN to tell of */
	if (xa_load(&itl->sess->itls, itl->number) == itl)
		tgt_event_lun(TGTCORE_CMD_LUN_READY_NTF, itl->lun);
	tgt_config_unlock();
}
EXPORT_SYMBOL_NS_GPL(tgt_itl_ready, TGTCORE);

static int tgt_nl_lun_params(struct genl_info *info, struct tgt_lun_params *p)
{
	struct nlattr **a = info->attrs;

	p->fabric = tgt_nl_str(info, TGTCORE_A_LUN_FABRIC, "fabric");
	p->target = p->fabric ? tgt_nl_str(info, TGTCORE_A_LUN_TARGET, "target") : NULL;
	if (!p->target)
		return -EINVAL;
	if (!a[TGTCORE_A_LUN_NUMBER])
		return tgt_err(info->extack, -EINVAL, "the request names no LUN");
	p->number = nla_get_u32(a[TGTCORE_A_LUN_NUMBER]);
	if (p->number > TGT_MAX_LUN)
		return tgt_err(info->extack, -ERANGE, "LUN %u is out of range: 0 to %u",
			       p->number, TGT_MAX_LUN);
	p->group = a[TGTCORE_A_LUN_GROUP] ? nla_data(a[TGTCORE_A_LUN_GROUP]) : NULL;
	p->readonly = tgt_nl_flag(info, TGTCORE_A_LUN_READONLY);
	return 0;
}

/* -EINVAL and a text if what is there is none. */
static int tgt_nl_lun_profile(struct genl_info *info, struct tgt_lun_params *p)
{
	struct nlattr *a = info->attrs[TGTCORE_A_LUN_PROFILE];
	int profile = a ? tgt_profile_find(nla_data(a)) : TGT_PROFILE_LINUX;

	if (profile < 0)
		return tgt_err(info->extack, -EINVAL,
			       "there is no profile '%.48s'; aix, esxi, linux and windows there are",
			       (char *)nla_data(a));
	p->profile = profile;
	return 0;
}

int tgt_nl_lun_create(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_lun_params p = { };
	struct tgt_lun *lun;
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET,
					TGTCORE_A_LUN_GROUP, TGTCORE_A_LUN_NUMBER,
					TGTCORE_A_LUN_DEVICE, TGTCORE_A_LUN_READONLY,
					TGTCORE_A_LUN_PROFILE, TGTCORE_A_LUN_GENERATION));
	err = err ?: tgt_nl_lun_params(info, &p);
	err = err ?: tgt_nl_lun_profile(info, &p);
	if (err)
		return err;
	p.device = tgt_nl_str(info, TGTCORE_A_LUN_DEVICE, "device");
	if (!p.device)
		return -EINVAL;
	tgt_config_lock();
	lun = tgt_lun_create(&p, tgt_nl_gen(info, TGTCORE_A_LUN_GENERATION, &gen), info->extack);
	err = IS_ERR(lun) ? PTR_ERR(lun) : tgt_nl_reply_changed(info, tgt_nl_fill_lun, lun);
	tgt_config_unlock();
	return err;
}

int tgt_nl_lun_set(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_lun_params p = { };
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET,
					TGTCORE_A_LUN_GROUP, TGTCORE_A_LUN_NUMBER,
					TGTCORE_A_LUN_PROFILE, TGTCORE_A_LUN_GENERATION));
	err = err ?: tgt_nl_lun_params(info, &p);
	if (!err && !info->attrs[TGTCORE_A_LUN_PROFILE])
		err = tgt_err(info->extack, -EINVAL, "the request names no profile");
	err = err ?: tgt_nl_lun_profile(info, &p);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_lun_set(&p, tgt_nl_gen(info, TGTCORE_A_LUN_GENERATION, &gen), info->extack);
	if (!err)
		err = tgt_nl_reply_changed(info, tgt_nl_fill_lun, tgt_lun_get(&p, NULL));
	tgt_config_unlock();
	return err;
}

int tgt_nl_lun_delete(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_lun_params p = { };
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET,
					TGTCORE_A_LUN_GROUP, TGTCORE_A_LUN_NUMBER,
					TGTCORE_A_LUN_FORCE, TGTCORE_A_LUN_GENERATION));
	err = err ?: tgt_nl_lun_params(info, &p);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_lun_delete(&p, tgt_nl_flag(info, TGTCORE_A_LUN_FORCE),
			     tgt_nl_gen(info, TGTCORE_A_LUN_GENERATION, &gen), info->extack);
	tgt_config_unlock();
	return err;
}

int tgt_nl_lun_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_lun_params p = { };
	struct tgt_group *group;
	struct tgt_lun *lun;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET,
					TGTCORE_A_LUN_GROUP, TGTCORE_A_LUN_NUMBER));
	err = err ?: tgt_nl_lun_params(info, &p);
	if (err)
		return err;
	tgt_config_lock();
	group = tgt_lun_map(&p, info->extack);
	lun = group ? xa_load(&group->luns, p.number) : NULL;
	if (lun)
		err = tgt_nl_reply(info, tgt_nl_fill_lun, lun);
	else
		err = group ? tgt_err(info->extack, -ENOENT, "%s:%s has no LUN %u", p.fabric,
				      p.target, p.number) : -ENOENT;
	tgt_config_unlock();
	return err;
}

int tgt_nl_lun_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_lun *lun = NULL;
	struct tgt_group *group;
	unsigned long g, i = 0;
	int err = TGT_NL_DUMP_CHECK(cb, lun, TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_groups, g, group, cb->args[0]) {
		if (!tgt_nl_selected(cb, TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET,
				     group->target))
			continue;
		xa_for_each_start(&group->luns, i, lun, g == cb->args[0] ? cb->args[1] : 0)
			if (tgt_nl_put(skb, cb, TGTCORE_CMD_LUN_GET, tgt_nl_fill_lun, lun))
				goto out;
	}
out:
	cb->args[0] = group ? g : LONG_MAX;
	cb->args[1] = i;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, group);
}
