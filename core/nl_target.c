// SPDX-License-Identifier: GPL-2.0
/* Control plane: targets. */
#include "nl.h"

const struct nla_policy tgt_nl_target[TGTCORE_A_TARGET_MAX + 1] = {
	[TGTCORE_A_TARGET_FABRIC]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_TARGET_NAME]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_TARGET_HANDLER]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_TARGET_RTPI]		= { .type = NLA_U32 },
	[TGTCORE_A_TARGET_OPTION]	= { .type = NLA_NESTED },
	[TGTCORE_A_TARGET_GENERATION]	= { .type = NLA_U64 },
	[TGTCORE_A_TARGET_FORCE]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static int tgt_nl_fill_target(struct sk_buff *skb, void *object)
{
	struct tgt_target *t = object;
	int host = t->fops->host_no && t->state == TGT_ACTIVE ? t->fops->host_no(t) : -1;
	char info[80] = "";

	if (t->handler->info && t->state == TGT_ACTIVE)
		t->handler->info(t, info, sizeof(info));
	if (nla_put_string(skb, TGTCORE_A_TARGET_FABRIC, t->fabric) ||
	    nla_put_string(skb, TGTCORE_A_TARGET_NAME, t->name) ||
	    nla_put_string(skb, TGTCORE_A_TARGET_HANDLER, t->handler->name) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_RTPI, t->rtpi) ||
	    tgt_nl_options_put(skb, TGTCORE_A_TARGET_OPTION, &t->options) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_TARGET_GENERATION, tgt_generation,
			      TGTCORE_A_TARGET_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_ID, t->id) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_STATE, t->state) ||
	    (host >= 0 && nla_put_u32(skb, TGTCORE_A_TARGET_HOST, host)) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_TARGET_PORT_NAA, t->port_naa,
			      TGTCORE_A_TARGET_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_LUNS, tgt_target_luns(t)) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_SESSIONS, t->nr_sessions) ||
	    (*info && nla_put_string(skb, TGTCORE_A_TARGET_INFO, info)) ||
	    (t->state != TGT_ACTIVE &&
	     nla_put_u64_64bit(skb, TGTCORE_A_TARGET_AGE_MS, tgt_nl_age(t->since),
			       TGTCORE_A_TARGET_PAD)))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_target_gone(struct sk_buff *skb, void *object)
{
	struct tgt_target *t = object;

	if (nla_put_string(skb, TGTCORE_A_TARGET_FABRIC, t->fabric) ||
	    nla_put_string(skb, TGTCORE_A_TARGET_NAME, t->name) ||
	    nla_put_u32(skb, TGTCORE_A_TARGET_ID, t->id) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_TARGET_GENERATION, tgt_generation,
			      TGTCORE_A_TARGET_PAD) ||
	    (t->reason && nla_put_string(skb, TGTCORE_A_TARGET_REASON, t->reason)))
		return -EMSGSIZE;
	return 0;
}

void tgt_event_target(u8 cmd, struct tgt_target *target)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_TARGET_GONE_NTF ? tgt_nl_fill_target_gone :
		     tgt_nl_fill_target, target);
}

static int tgt_nl_target_names(struct genl_info *info, const char **fabric, const char **name)
{
	*fabric = tgt_nl_str(info, TGTCORE_A_TARGET_FABRIC, "fabric");
	*name = *fabric ? tgt_nl_str(info, TGTCORE_A_TARGET_NAME, "target") : NULL;
	return *name ? 0 : -EINVAL;
}

int tgt_nl_target_create(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_target_params p = { .handler = "engine" };
	struct nlattr **a = info->attrs;
	struct tgt_target *target;
	u32 rtpi = 0;
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_TARGET_FABRIC, TGTCORE_A_TARGET_NAME,
					TGTCORE_A_TARGET_HANDLER, TGTCORE_A_TARGET_RTPI,
					TGTCORE_A_TARGET_OPTION, TGTCORE_A_TARGET_GENERATION));
	err = err ?: tgt_nl_target_names(info, &p.fabric, &p.name);
	if (err)
		return err;
	if (a[TGTCORE_A_TARGET_HANDLER])
		p.handler = nla_data(a[TGTCORE_A_TARGET_HANDLER]);
	if (a[TGTCORE_A_TARGET_RTPI]) {
		rtpi = nla_get_u32(a[TGTCORE_A_TARGET_RTPI]);
		if (!rtpi || rtpi > U16_MAX)
			return tgt_err(info->extack, -ERANGE,
				       "relative target port id %u is out of range: 1 to 65535",
				       rtpi);
		p.rtpi = rtpi;
	}
	err = tgt_nl_options_parse(info, TGTCORE_A_TARGET_OPTION, &p.options);
	if (err)
		return err;
	err = tgt_target_create(&p, tgt_nl_gen(info, TGTCORE_A_TARGET_GENERATION, &gen),
				info->extack);
	if (!err || err == -EINPROGRESS) {
		target = tgt_target_lookup(p.fabric, p.name);
		err = target ? tgt_nl_reply_changed(info, tgt_nl_fill_target, target) : 0;
		tgt_config_unlock();
	}
	tgt_options_free(&p.options);
	return err;
}

int tgt_nl_target_delete(struct sk_buff *skb, struct genl_info *info)
{
	const char *fabric, *name;
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_TARGET_FABRIC, TGTCORE_A_TARGET_NAME,
					TGTCORE_A_TARGET_FORCE, TGTCORE_A_TARGET_GENERATION));
	err = err ?: tgt_nl_target_names(info, &fabric, &name);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_target_delete(fabric, name, tgt_nl_flag(info, TGTCORE_A_TARGET_FORCE),
				tgt_nl_gen(info, TGTCORE_A_TARGET_GENERATION, &gen),
				info->extack);
	tgt_config_unlock();
	return err;
}

int tgt_nl_target_get(struct sk_buff *skb, struct genl_info *info)
{
	const char *fabric, *name;
	struct tgt_target *target;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_TARGET_FABRIC, TGTCORE_A_TARGET_NAME));
	err = err ?: tgt_nl_target_names(info, &fabric, &name);
	if (err)
		return err;
	tgt_config_lock();
	target = tgt_target_get(fabric, name, info->extack);
	err = target ? tgt_nl_reply(info, tgt_nl_fill_target, target) : -ENOENT;
	tgt_config_unlock();
	return err;
}

int tgt_nl_target_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_target *target;
	unsigned long i;
	int err = TGT_NL_DUMP_CHECK(cb, target, 0);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_targets, i, target, cb->args[0])
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_TARGET_GET, tgt_nl_fill_target, target))
			break;
	cb->args[0] = target ? i : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, target);
}
