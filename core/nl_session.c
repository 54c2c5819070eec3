// SPDX-License-Identifier: GPL-2.0
/* Control plane: access groups and sessions. */
#include "nl.h"

const struct nla_policy tgt_nl_group[TGTCORE_A_GROUP_MAX + 1] = {
	[TGTCORE_A_GROUP_FABRIC]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_GROUP_TARGET]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_GROUP_NAME]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_GROUP_INITIATOR]	= { .type = NLA_NUL_STRING, .len = 1023 },
	[TGTCORE_A_GROUP_GENERATION]	= { .type = NLA_U64 },
	[TGTCORE_A_GROUP_FORCE]		= NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy tgt_nl_session[TGTCORE_A_SESSION_MAX + 1] = {
	[TGTCORE_A_SESSION_ID]		= { .type = NLA_U64 },
	[TGTCORE_A_SESSION_FABRIC]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_SESSION_TARGET]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
};

static int tgt_nl_fill_group_id(struct sk_buff *skb, void *object)
{
	struct tgt_group *group = object;

	if (nla_put_string(skb, TGTCORE_A_GROUP_FABRIC, group->target->fabric) ||
	    nla_put_string(skb, TGTCORE_A_GROUP_TARGET, group->target->name) ||
	    nla_put_string(skb, TGTCORE_A_GROUP_NAME, group->name) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_GROUP_GENERATION, tgt_generation,
			      TGTCORE_A_GROUP_PAD))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_group(struct sk_buff *skb, void *object)
{
	struct tgt_group *group = object;
	struct tgt_initiator *i;

	if (tgt_nl_fill_group_id(skb, group) ||
	    nla_put_u32(skb, TGTCORE_A_GROUP_LUNS, group->nr_luns) ||
	    nla_put_u32(skb, TGTCORE_A_GROUP_SESSIONS, group->nr_sessions))
		return -EMSGSIZE;
	list_for_each_entry(i, &group->initiators, node)
		if (nla_put_string(skb, TGTCORE_A_GROUP_INITIATOR, i->name))
			return -EMSGSIZE;
	return 0;
}

void tgt_event_group(u8 cmd, struct tgt_group *group)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_GROUP_GONE_NTF ? tgt_nl_fill_group_id :
		     tgt_nl_fill_group, group);
}

struct tgt_nl_group_req {
	const char	*fabric;
	const char	*target;
	const char	*name;
	const char	*initiator;
	const u64	*gen;
	u64		gen_buf;
};

static int tgt_nl_group_req(struct genl_info *info, struct tgt_nl_group_req *r, u8 extra)
{
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET,
					TGTCORE_A_GROUP_NAME, TGTCORE_A_GROUP_GENERATION, extra));
	if (err)
		return err;
	r->fabric = tgt_nl_str(info, TGTCORE_A_GROUP_FABRIC, "fabric");
	r->target = r->fabric ? tgt_nl_str(info, TGTCORE_A_GROUP_TARGET, "target") : NULL;
	r->name = r->target ? tgt_nl_str(info, TGTCORE_A_GROUP_NAME, "group") : NULL;
	if (!r->name)
		return -EINVAL;
	if (!tgt_name_valid(r->name))
		return tgt_err(info->extack, -EINVAL, TGT_BAD_NAME, r->name);
	r->gen = tgt_nl_gen(info, TGTCORE_A_GROUP_GENERATION, &r->gen_buf);
	if (extra != TGTCORE_A_GROUP_INITIATOR)
		return 0;
	r->initiator = tgt_nl_str(info, TGTCORE_A_GROUP_INITIATOR, "initiator");
	if (!r->initiator)
		return -EINVAL;
	if (!*r->initiator || strlen(r->initiator) > TGT_INITIATOR_MAX)
		return tgt_err(info->extack, -EINVAL,
			       "'%.48s' is no initiator name: 1 to %u characters", r->initiator,
			       TGT_INITIATOR_MAX);
	return 0;
}

/* After a change: answers with the group as it is now. */
static int tgt_nl_group_answer(struct genl_info *info, const struct tgt_nl_group_req *r)
{
	struct tgt_group *group = tgt_group_get(r->fabric, r->target, r->name, info->extack);

	return group ? tgt_nl_reply_changed(info, tgt_nl_fill_group, group) : -ENOENT;
}

int tgt_nl_group_create(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_nl_group_req r;
	int err = tgt_nl_group_req(info, &r, 0);

	if (err)
		return err;
	tgt_config_lock();
	err = tgt_group_create(r.fabric, r.target, r.name, r.gen, info->extack);
	err = err ?: tgt_nl_group_answer(info, &r);
	tgt_config_unlock();
	return err;
}

int tgt_nl_group_delete(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_nl_group_req r;
	int err = tgt_nl_group_req(info, &r, TGTCORE_A_GROUP_FORCE);

	if (err)
		return err;
	tgt_config_lock();
	err = tgt_group_delete(r.fabric, r.target, r.name,
			       tgt_nl_flag(info, TGTCORE_A_GROUP_FORCE), r.gen, info->extack);
	tgt_config_unlock();
	return err;
}

int tgt_nl_group_add(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_nl_group_req r;
	int err = tgt_nl_group_req(info, &r, TGTCORE_A_GROUP_INITIATOR);

	if (err)
		return err;
	tgt_config_lock();
	err = tgt_group_add(r.fabric, r.target, r.name, r.initiator, r.gen, info->extack);
	err = err ?: tgt_nl_group_answer(info, &r);
	tgt_config_unlock();
	return err;
}

int tgt_nl_group_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_nl_group_req r;
	int err = tgt_nl_group_req(info, &r, TGTCORE_A_GROUP_INITIATOR);

	if (err)
		return err;
	tgt_config_lock();
	err = tgt_group_remove(r.fabric, r.target, r.name, r.initiator, r.gen, info->extack);
	err = err ?: tgt_nl_group_answer(info, &r);
	tgt_config_unlock();
	return err;
}

int tgt_nl_group_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_nl_group_req r;
	struct tgt_group *group;
	int err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET,
						  TGTCORE_A_GROUP_NAME));

	err = err ?: tgt_nl_group_req(info, &r, 0);
	if (err)
		return err;
	tgt_config_lock();
	group = tgt_group_get(r.fabric, r.target, r.name, info->extack);
	err = group ? tgt_nl_reply(info, tgt_nl_fill_group, group) : -ENOENT;
	tgt_config_unlock();
	return err;
}

int tgt_nl_group_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_group *group;
	unsigned long g;
	int err = TGT_NL_DUMP_CHECK(cb, group, TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_groups, g, group, cb->args[0])
		if (*group->name &&
		    tgt_nl_selected(cb, TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET,
				    group->target) &&
		    tgt_nl_put(skb, cb, TGTCORE_CMD_GROUP_GET, tgt_nl_fill_group, group))
			break;
	cb->args[0] = group ? g : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, group);
}

/* What a session that ends waits for. */
static int tgt_nl_fill_ending(struct sk_buff *skb, struct tgt_session *s)
{
	struct tgt_itl *itl, *first = NULL;
	u32 n, sum = 0;

	list_for_each_entry(itl, &s->dying, dead_node) {
		n = tgt_itl_in_flight(itl);
		if (n && !first)
			first = itl;
		sum += n;
	}
	if (nla_put_u64_64bit(skb, TGTCORE_A_SESSION_AGE_MS, tgt_nl_age(s->since),
			      TGTCORE_A_SESSION_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_SESSION_IN_FLIGHT, sum))
		return -EMSGSIZE;
	if (first &&
	    (nla_put_u32(skb, TGTCORE_A_SESSION_NUMBER, first->number) ||
	     nla_put_string(skb, TGTCORE_A_SESSION_DEVICE, first->dev->name)))
		return -EMSGSIZE;
	return 0;
}

/* All there is to tell of one that has ended. */
static int tgt_nl_fill_session_id(struct sk_buff *skb, void *object)
{
	struct tgt_session *s = object;

	if (nla_put_u64_64bit(skb, TGTCORE_A_SESSION_ID, s->id, TGTCORE_A_SESSION_PAD) ||
	    nla_put_string(skb, TGTCORE_A_SESSION_FABRIC, s->target->fabric) ||
	    nla_put_string(skb, TGTCORE_A_SESSION_TARGET, s->target->name) ||
	    nla_put_string(skb, TGTCORE_A_SESSION_INITIATOR, s->initiator) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_SESSION_GENERATION, tgt_generation,
			      TGTCORE_A_SESSION_PAD))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_session(struct sk_buff *skb, void *object)
{
	struct tgt_session *s = object;
	bool ends = list_empty(&s->node);

	if (tgt_nl_fill_session_id(skb, s) ||
	    nla_put(skb, TGTCORE_A_SESSION_TRANSPORT_ID, s->transport_id_len, s->transport_id) ||
	    (*s->group->name &&
	     nla_put_string(skb, TGTCORE_A_SESSION_GROUP, s->group->name)) ||
	    nla_put_u32(skb, TGTCORE_A_SESSION_LUNS, s->nr_itls) ||
	    nla_put_u32(skb, TGTCORE_A_SESSION_STATE, ends ? TGT_DELETING : TGT_ACTIVE))
		return -EMSGSIZE;
	return ends ? tgt_nl_fill_ending(skb, s) : 0;
}

void tgt_event_session(u8 cmd, struct tgt_session *sess)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_SESSION_GONE_NTF ? tgt_nl_fill_session_id :
		     tgt_nl_fill_session, sess);
}

int tgt_nl_session_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_session *sess;
	u64 id;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_SESSION_ID));
	if (err)
		return err;
	if (!info->attrs[TGTCORE_A_SESSION_ID])
		return tgt_err(info->extack, -EINVAL, "the request names no session");
	id = nla_get_u64(info->attrs[TGTCORE_A_SESSION_ID]);
	tgt_config_lock();
	sess = xa_load(&tgt_sessions, id);
	err = sess ? tgt_nl_reply(info, tgt_nl_fill_session, sess) :
		tgt_err(info->extack, -ENOENT, "no session %llu", id);
	tgt_config_unlock();
	return err;
}

int tgt_nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_session *sess;
	unsigned long i;
	int err;

	err = TGT_NL_DUMP_CHECK(cb, session, TGTCORE_A_SESSION_FABRIC, TGTCORE_A_SESSION_TARGET);
	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_sessions, i, sess, cb->args[0])
		if (tgt_nl_selected(cb, TGTCORE_A_SESSION_FABRIC, TGTCORE_A_SESSION_TARGET,
				    sess->target) &&
		    tgt_nl_put(skb, cb, TGTCORE_CMD_SESSION_GET, tgt_nl_fill_session, sess))
			break;
	cb->args[0] = sess ? i : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, sess);
}
