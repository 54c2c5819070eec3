// SPDX-License-Identifier: GPL-2.0
/* Control plane: target port groups. */
#include <linux/slab.h>
#include "alua.h"
#include "nl.h"

const struct nla_policy tgt_nl_alua[TGTCORE_A_ALUA_MAX + 1] = {
	[TGTCORE_A_ALUA_ID]		= { .type = NLA_U32 },
	[TGTCORE_A_ALUA_STATE]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_ALUA_PREFERRED]	= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_ALUA_TARGETS]	= { .type = NLA_NUL_STRING, .len = TGT_TPG_NAMES - 1 },
	[TGTCORE_A_ALUA_DEVICES]	= { .type = NLA_NUL_STRING, .len = TGT_TPG_NAMES - 1 },
	[TGTCORE_A_ALUA_GENERATION]	= { .type = NLA_U64 },
	[TGTCORE_A_ALUA_FORCE]		= NLA_POLICY_MAX(NLA_U8, 1),
};

/* Its targets in @buf, of TGT_TPG_NAMES bytes. */
static void tgt_nl_tpg_targets(struct tgt_tpg *tpg, char *buf)
{
	struct tgt_target *target;
	unsigned long i;
	size_t at = 0;

	*buf = 0;
	xa_for_each(&tgt_targets, i, target)
		if (target->tpg == tpg && target->state != TGT_DELETING)
			at += scnprintf(buf + at, TGT_TPG_NAMES - at, "%s%s:%s", at ? "," : "",
					target->fabric, target->name);
}

/* Devices with a state from the administrator, or @explicit: from an initiator. */
static void tgt_nl_tpg_devices(struct tgt_tpg *tpg, bool explicit, char *buf)
{
	struct tgt_tpg_device *d;
	size_t at = 0;

	*buf = 0;
	list_for_each_entry(d, &tpg->devices, node) {
		if (explicit ? d->group.status != TGT_ALUA_STATUS_EXPLICIT :
			       d->own == TGT_TPG_NO_STATE)
			continue;
		at += scnprintf(buf + at, TGT_TPG_NAMES - at, "%s%s=%s", at ? "," : "", d->name,
				tgt_alua_state_name(explicit ? d->group.state : d->own));
	}
}

static int tgt_nl_fill_tpg_lists(struct sk_buff *skb, struct tgt_tpg *tpg)
{
	char *buf = kmalloc(TGT_TPG_NAMES, GFP_KERNEL);
	int err = -EMSGSIZE;

	if (!buf)
		return err;
	tgt_nl_tpg_targets(tpg, buf);
	if (nla_put_string(skb, TGTCORE_A_ALUA_TARGETS, buf))
		goto out;
	tgt_nl_tpg_devices(tpg, false, buf);
	if (nla_put_string(skb, TGTCORE_A_ALUA_DEVICES, buf))
		goto out;
	tgt_nl_tpg_devices(tpg, true, buf);
	if (*buf && nla_put_string(skb, TGTCORE_A_ALUA_EXPLICIT, buf))
		goto out;
	err = 0;
out:
	kfree(buf);
	return err;
}

static int tgt_nl_fill_tpg_gone(struct sk_buff *skb, void *object)
{
	struct tgt_tpg *tpg = object;

	if (nla_put_u32(skb, TGTCORE_A_ALUA_ID, tpg->group.id) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_ALUA_GENERATION, tgt_generation,
			      TGTCORE_A_ALUA_PAD))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_tpg(struct sk_buff *skb, void *object)
{
	struct tgt_tpg *tpg = object;

	if (nla_put_u32(skb, TGTCORE_A_ALUA_ID, tpg->group.id) ||
	    nla_put_string(skb, TGTCORE_A_ALUA_STATE, tgt_alua_state_name(tpg->group.state)) ||
	    nla_put_u8(skb, TGTCORE_A_ALUA_PREFERRED, tpg->group.pref) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_ALUA_GENERATION, tgt_generation,
			      TGTCORE_A_ALUA_PAD))
		return -EMSGSIZE;
	return tgt_nl_fill_tpg_lists(skb, tpg);
}

void tgt_event_tpg(u8 cmd, struct tgt_tpg *tpg)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_ALUA_GONE_NTF ? tgt_nl_fill_tpg_gone :
		     tgt_nl_fill_tpg, tpg);
}

static int tgt_nl_tpg_id(struct genl_info *info, u32 *id)
{
	if (!info->attrs[TGTCORE_A_ALUA_ID])
		return tgt_err(info->extack, -EINVAL, "the request names no target port group");
	*id = nla_get_u32(info->attrs[TGTCORE_A_ALUA_ID]);
	if (!*id || *id > U16_MAX)
		return tgt_err(info->extack, -ERANGE,
			       "target port group %u is out of range: 1 to 65535", *id);
	return 0;
}

/* ALUA_CREATE and ALUA_SET. */
static int tgt_nl_alua_change(struct genl_info *info,
			      int (*change)(const struct tgt_tpg_params *p, const u64 *gen,
					    struct netlink_ext_ack *extack))
{
	struct nlattr **a = info->attrs;
	struct tgt_tpg_params p = { };
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_ALUA_ID, TGTCORE_A_ALUA_STATE,
					TGTCORE_A_ALUA_PREFERRED, TGTCORE_A_ALUA_TARGETS,
					TGTCORE_A_ALUA_DEVICES, TGTCORE_A_ALUA_GENERATION));
	err = err ?: tgt_nl_tpg_id(info, &p.id);
	if (err)
		return err;
	p.state = a[TGTCORE_A_ALUA_STATE] ? nla_data(a[TGTCORE_A_ALUA_STATE]) : NULL;
	p.targets = a[TGTCORE_A_ALUA_TARGETS] ? nla_data(a[TGTCORE_A_ALUA_TARGETS]) : NULL;
	p.devices = a[TGTCORE_A_ALUA_DEVICES] ? nla_data(a[TGTCORE_A_ALUA_DEVICES]) : NULL;
	p.have_preferred = a[TGTCORE_A_ALUA_PREFERRED];
	p.preferred = tgt_nl_flag(info, TGTCORE_A_ALUA_PREFERRED);
	tgt_config_lock();
	err = change(&p, tgt_nl_gen(info, TGTCORE_A_ALUA_GENERATION, &gen), info->extack);
	if (!err)
		err = tgt_nl_reply_changed(info, tgt_nl_fill_tpg, tgt_tpg_get(p.id, NULL));
	tgt_config_unlock();
	return err;
}

int tgt_nl_alua_create(struct sk_buff *skb, struct genl_info *info)
{
	return tgt_nl_alua_change(info, tgt_tpg_create);
}

int tgt_nl_alua_set(struct sk_buff *skb, struct genl_info *info)
{
	return tgt_nl_alua_change(info, tgt_tpg_set);
}

int tgt_nl_alua_delete(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;
	u64 gen;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_ALUA_ID, TGTCORE_A_ALUA_FORCE,
					      TGTCORE_A_ALUA_GENERATION));
	err = err ?: tgt_nl_tpg_id(info, &id);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_tpg_delete(id, tgt_nl_flag(info, TGTCORE_A_ALUA_FORCE),
			     tgt_nl_gen(info, TGTCORE_A_ALUA_GENERATION, &gen), info->extack);
	tgt_config_unlock();
	return err;
}

int tgt_nl_alua_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_tpg *tpg;
	u32 id;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_ALUA_ID));
	err = err ?: tgt_nl_tpg_id(info, &id);
	if (err)
		return err;
	tgt_config_lock();
	tpg = tgt_tpg_get(id, info->extack);
	err = tpg ? tgt_nl_reply(info, tgt_nl_fill_tpg, tpg) : -ENOENT;
	tgt_config_unlock();
	return err;
}

int tgt_nl_alua_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_tpg *tpg;
	unsigned long i;
	int err = TGT_NL_DUMP_CHECK(cb, alua, 0);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_tpgs, i, tpg, cb->args[0])
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_ALUA_GET, tgt_nl_fill_tpg, tpg))
			break;
	cb->args[0] = tpg ? i : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, tpg);
}
