// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: the generic netlink family "tgtcore", docs/netlink/tgtcore.yaml.
 *
 * parallel_ops: netlink holds no lock for us but one against the coming and going of families;
 * tgt_config_mutex orders changes, and is not held by whoever waits for a medium to open
 * (job.c). Operations check their whole request first.
 */
#include <linux/error-injection.h>
#include <linux/slab.h>
#include "nl.h"

enum { TGT_MCGRP_EVENTS };

static const struct genl_multicast_group tgt_nl_mcgrps[] = {
	[TGT_MCGRP_EVENTS] = { .name = TGTCORE_MCGRP_EVENTS },
};

static const struct nla_policy tgt_nl_option[TGTCORE_A_OPTION_MAX + 1] = {
	[TGTCORE_A_OPTION_KEY]		= { .type = NLA_NUL_STRING, .len = 31 },
	[TGTCORE_A_OPTION_VALUE]	= { .type = NLA_NUL_STRING, .len = 4095 },
};

static const struct nla_policy tgt_nl_info[TGTCORE_A_INFO_MAX + 1];

/* Netlink would take the last; no set has 64 attributes. */
int tgt_nl_once(const struct nlattr *a, u64 *seen, struct netlink_ext_ack *extack)
{
	if (*seen & BIT_ULL(nla_type(a))) {
		NL_SET_BAD_ATTR(extack, a);
		return tgt_err(extack, -EINVAL, "attribute %u is given twice", nla_type(a));
	}
	*seen |= BIT_ULL(nla_type(a));
	return 0;
}

/*
 * Refuses attributes that mean nothing to an operation, or that it would not see: one of
 * @allowed, ended by 0, may be there once, a nest as often as it likes. The policy has
 * checked types and lengths.
 */
static int tgt_nl_check_attrs(const struct nlmsghdr *nlh, const u8 *allowed,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	u64 seen = 0;
	const u8 *a;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		for (a = allowed; *a && *a != nla_type(attr); a++)
			;
		if (!*a) {
			NL_SET_BAD_ATTR(extack, attr);
			return tgt_err(extack, -EINVAL,
				       "attribute %u has no place in this request",
				       nla_type(attr));
		}
		if (!(attr->nla_type & NLA_F_NESTED) && tgt_nl_once(attr, &seen, extack))
			return -EINVAL;
	}
	return 0;
}

int tgt_nl_allow(struct genl_info *info, const u8 *allowed)
{
	return tgt_nl_check_attrs(info->nlhdr, allowed, info->extack);
}

/* A required string, or NULL and an error text. */
const char *tgt_nl_str(struct genl_info *info, int attr, const char *what)
{
	if (info->attrs[attr])
		return nla_data(info->attrs[attr]);
	tgt_err(info->extack, -EINVAL, "the request names no %s", what);
	return NULL;
}

/* The generation a request expects, or NULL if it does not care. */
const u64 *tgt_nl_gen(struct genl_info *info, int attr, u64 *buf)
{
	if (!info->attrs[attr])
		return NULL;
	*buf = nla_get_u64(info->attrs[attr]);
	return buf;
}

bool tgt_nl_flag(struct genl_info *info, int attr)
{
	return info->attrs[attr] && nla_get_u8(info->attrs[attr]);
}

static int tgt_nl_option_parse(struct nlattr *nest, struct tgt_option *o,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TGTCORE_A_OPTION_MAX + 1], *a;
	u64 seen = 0;
	int err, rem;

	err = nla_parse_nested(tb, TGTCORE_A_OPTION_MAX, nest, tgt_nl_option, extack);
	if (err)
		return err;
	nla_for_each_nested(a, nest, rem)
		if (tgt_nl_once(a, &seen, extack))
			return -EINVAL;
	if (!tb[TGTCORE_A_OPTION_KEY] || !tb[TGTCORE_A_OPTION_VALUE])
		return tgt_err(extack, -EINVAL, "an option needs a key and a value");
	o->key = nla_strdup(tb[TGTCORE_A_OPTION_KEY], GFP_KERNEL);
	o->value = nla_strdup(tb[TGTCORE_A_OPTION_VALUE], GFP_KERNEL);
	if (!o->key || !o->value)
		return tgt_err(extack, -ENOMEM, "no memory for options");
	return 0;
}

/* All options of a request; tgt_options_free() is the caller's on success. */
int tgt_nl_options_parse(struct genl_info *info, int attr, struct tgt_options *opts)
{
	struct nlattr *a;
	int rem, n = 0, len = 0, err;

	*opts = (struct tgt_options) { };
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(a) != attr)
			continue;
		n++;
		len += nla_total_size(nla_len(a));
	}
	if (!n)
		return 0;
	if (n > 32)
		return tgt_err(info->extack, -EINVAL, "%d options are too many; 32 are not", n);
	if (len > TGT_NL_OPTIONS)
		return tgt_err(info->extack, -EINVAL,
			       "the options take %d bytes; %d is the most", len, TGT_NL_OPTIONS);
	opts->opt = kcalloc(n, sizeof(*opts->opt), GFP_KERNEL);
	if (!opts->opt)
		return tgt_err(info->extack, -ENOMEM, "no memory for options");
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(a) != attr)
			continue;
		err = tgt_nl_option_parse(a, &opts->opt[opts->nr++], info->extack);
		if (err) {
			tgt_options_free(opts);
			return err;
		}
	}
	return 0;
}

int tgt_nl_options_put(struct sk_buff *skb, int attr, const struct tgt_options *opts)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < opts->nr; i++) {
		nest = nla_nest_start(skb, attr);
		if (!nest ||
		    nla_put_string(skb, TGTCORE_A_OPTION_KEY, opts->opt[i].key) ||
		    nla_put_string(skb, TGTCORE_A_OPTION_VALUE, opts->opt[i].value))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* Milliseconds since @since (jiffies). */
u64 tgt_nl_age(unsigned long since)
{
	return jiffies_to_msecs(jiffies - since);
}

/* Of each dump: one object must fit its messages. */
int tgt_nl_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = TGT_NL_MSG;
	return 0;
}

/*
 * Refuses what a dump does not select by, all attributes but @allowed, and names that nothing
 * can have. At its first part, not in ->start(): 6.1 drops the texts of that one's errors.
 */
int tgt_nl_dump_check(struct netlink_callback *cb, const struct nla_policy *policy,
		      const u8 *allowed)
{
	struct nlattr **attrs = tgt_genl_dump_attrs(cb);
	const char *name;
	int err;

	if (cb->args[TGT_NL_CHECKED])
		return 0;
	err = tgt_nl_check_attrs(cb->nlh, allowed, cb->extack);
	if (err)
		return err;
	for (; *allowed; allowed++) {
		if (!attrs[*allowed] || policy[*allowed].type != NLA_NUL_STRING)
			continue;
		name = nla_data(attrs[*allowed]);
		if (!*name || strlen(name) > TGT_NAME_MAX)
			return tgt_err(cb->extack, -EINVAL, TGT_BAD_NAME, name);
	}
	cb->args[TGT_NL_CHECKED] = 1;
	return 0;
}

/*
 * Takes the lock for the next part of a dump. Netlink compares @seq for each object and at
 * the end, so that a change is told even if it left no object to tell it with.
 */
void tgt_nl_dump_lock(struct netlink_callback *cb)
{
	tgt_config_lock();
	cb->seq = tgt_generation + tgt_nexus_changes + atomic_read(&tgt_pr_changes);
}

/* What ->dumpit returns; an object that does not fit an empty buffer never will. */
int tgt_nl_dump_end(struct sk_buff *skb, bool more)
{
	return more && !skb->len ? -EMSGSIZE : skb->len;
}

/* Whether a dump that may name fabric and target wants @t. */
bool tgt_nl_selected(struct netlink_callback *cb, int fabric, int target,
		     const struct tgt_target *t)
{
	struct nlattr **attrs = tgt_genl_dump_attrs(cb);

	return (!attrs[fabric] || !nla_strcmp(attrs[fabric], t->fabric)) &&
	       (!attrs[target] || !nla_strcmp(attrs[target], t->name));
}

/* One message of a dump; -EMSGSIZE if it belongs into the next buffer. */
int tgt_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, tgt_nl_fill_t fill,
	       void *object)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&tgt_nl_family, NLM_F_MULTI, cmd);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (fill(skb, object)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* A message of one object: most are short, none is longer than TGT_NL_MSG. */
static struct sk_buff *tgt_nl_message(u32 portid, u32 seq, u8 cmd, tgt_nl_fill_t fill,
				      void *object)
{
	static const size_t sizes[] = { GENLMSG_DEFAULT_SIZE, TGT_NL_MSG };
	struct sk_buff *skb;
	unsigned int i;
	void *hdr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		skb = genlmsg_new(sizes[i], GFP_KERNEL);
		if (!skb)
			return NULL;
		hdr = genlmsg_put(skb, portid, seq, &tgt_nl_family, 0, cmd);
		if (hdr && !fill(skb, object)) {
			genlmsg_end(skb, hdr);
			return skb;
		}
		nlmsg_free(skb);
	}
	return NULL;
}

int tgt_nl_reply(struct genl_info *info, tgt_nl_fill_t fill, void *object)
{
	struct sk_buff *skb = tgt_nl_message(info->snd_portid, info->snd_seq,
					     info->genlhdr->cmd, fill, object);

	if (!skb)
		return tgt_err(info->extack, -ENOMEM, "no memory for the answer");
	return genlmsg_reply(skb, info);
}

ALLOW_ERROR_INJECTION(tgt_nl_reply, ERRNO);

/* The same after a change, which stands even if there is no memory to describe it. */
int tgt_nl_reply_changed(struct genl_info *info, tgt_nl_fill_t fill, void *object)
{
	tgt_nl_reply(info, fill, object);
	return 0;
}

/* Tells everybody who listens; who misses it for want of memory sees ENOBUFS. */
void tgt_nl_event(u8 cmd, tgt_nl_fill_t fill, void *object)
{
	struct sk_buff *skb;

	lockdep_assert_held(&tgt_config_mutex);
	if (!genl_has_listeners(&tgt_nl_family, &init_net, TGT_MCGRP_EVENTS))
		return;
	skb = tgt_nl_message(0, 0, cmd, fill, object);
	if (skb)
		genlmsg_multicast(&tgt_nl_family, skb, 0, TGT_MCGRP_EVENTS, GFP_KERNEL);
	else
		genl_set_err(&tgt_nl_family, &init_net, 0, TGT_MCGRP_EVENTS, -ENOBUFS);
}

struct tgt_nl_names {
	struct sk_buff	*skb;
	int		attr;
};

static int tgt_nl_put_name(const char *name, void *data)
{
	struct tgt_nl_names *n = data;

	return nla_put_string(n->skb, n->attr, name);
}

static int tgt_nl_fill_info(struct sk_buff *skb, void *object)
{
	static const struct {
		int	what;
		int	attr;
	} lists[] = {
		{ TGT_REG_BACKEND, TGTCORE_A_INFO_BACKEND },
		{ TGT_REG_FABRIC, TGTCORE_A_INFO_FABRIC },
		{ TGT_REG_HANDLER, TGTCORE_A_INFO_HANDLER },
	};
	struct tgt_nl_names n = { .skb = skb };
	unsigned int i;

	if (nla_put_u64_64bit(skb, TGTCORE_A_INFO_GENERATION, *(u64 *)object,
			      TGTCORE_A_INFO_PAD) ||
	    nla_put_string(skb, TGTCORE_A_INFO_VERSION, TGT_VERSION))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		n.attr = lists[i].attr;
		if (tgt_registry_each(lists[i].what, tgt_nl_put_name, &n))
			return -EMSGSIZE;
	}
	return 0;
}

static int tgt_nl_info_get(struct sk_buff *skb, struct genl_info *info)
{
	u64 generation;

	tgt_config_lock();
	generation = tgt_generation;
	tgt_config_unlock();
	return tgt_nl_reply(info, tgt_nl_fill_info, &generation);
}

#define TGT_NL_OP(op, set, fn, fl) {							\
	.cmd = TGTCORE_CMD_##op, .flags = (fl), .doit = (fn),				\
	.policy = tgt_nl_##set, .maxattr = ARRAY_SIZE(tgt_nl_##set) - 1 }

#define TGT_NL_GET(op, set, do_fn, dump_fn) {						\
	.cmd = TGTCORE_CMD_##op, .doit = (do_fn),					\
	.start = tgt_nl_dump_start, .dumpit = (dump_fn),				\
	.policy = tgt_nl_##set, .maxattr = ARRAY_SIZE(tgt_nl_##set) - 1 }

static const struct genl_ops tgt_nl_ops[] = {
	TGT_NL_OP(INFO_GET, info, tgt_nl_info_get, 0),
	TGT_NL_OP(DEVICE_CREATE, device, tgt_nl_device_create, GENL_ADMIN_PERM),
	TGT_NL_OP(DEVICE_SET, device, tgt_nl_device_set, GENL_ADMIN_PERM),
	TGT_NL_OP(DEVICE_ABANDON, device, tgt_nl_device_abandon, GENL_ADMIN_PERM),
	TGT_NL_OP(DEVICE_DELETE, device, tgt_nl_device_delete, GENL_ADMIN_PERM),
	TGT_NL_GET(DEVICE_GET, device, tgt_nl_device_get, tgt_nl_device_dump),
	TGT_NL_OP(TARGET_CREATE, target, tgt_nl_target_create, GENL_ADMIN_PERM),
	TGT_NL_OP(TARGET_DELETE, target, tgt_nl_target_delete, GENL_ADMIN_PERM),
	TGT_NL_GET(TARGET_GET, target, tgt_nl_target_get, tgt_nl_target_dump),
	TGT_NL_OP(LUN_CREATE, lun, tgt_nl_lun_create, GENL_ADMIN_PERM),
	TGT_NL_OP(LUN_SET, lun, tgt_nl_lun_set, GENL_ADMIN_PERM),
	TGT_NL_OP(LUN_DELETE, lun, tgt_nl_lun_delete, GENL_ADMIN_PERM),
	TGT_NL_GET(LUN_GET, lun, tgt_nl_lun_get, tgt_nl_lun_dump),
	TGT_NL_OP(GROUP_CREATE, group, tgt_nl_group_create, GENL_ADMIN_PERM),
	TGT_NL_OP(GROUP_DELETE, group, tgt_nl_group_delete, GENL_ADMIN_PERM),
	TGT_NL_OP(GROUP_ADD, group, tgt_nl_group_add, GENL_ADMIN_PERM),
	TGT_NL_OP(GROUP_REMOVE, group, tgt_nl_group_remove, GENL_ADMIN_PERM),
	TGT_NL_GET(GROUP_GET, group, tgt_nl_group_get, tgt_nl_group_dump),
	TGT_NL_OP(ALUA_CREATE, alua, tgt_nl_alua_create, GENL_ADMIN_PERM),
	TGT_NL_OP(ALUA_SET, alua, tgt_nl_alua_set, GENL_ADMIN_PERM),
	TGT_NL_OP(ALUA_DELETE, alua, tgt_nl_alua_delete, GENL_ADMIN_PERM),
	TGT_NL_GET(ALUA_GET, alua, tgt_nl_alua_get, tgt_nl_alua_dump),
	TGT_NL_GET(PR_GET, pr, tgt_nl_pr_get, tgt_nl_pr_dump),
	TGT_NL_OP(PR_SET, pr, tgt_nl_pr_set, GENL_ADMIN_PERM),
	TGT_NL_GET(SESSION_GET, session, tgt_nl_session_get, tgt_nl_session_dump),
	TGT_NL_GET(STAT_GET, stat, NULL, tgt_nl_stat_dump),
	/* CDBs tell what others read and write */
	{ .cmd = TGTCORE_CMD_RECENT_GET, .flags = GENL_ADMIN_PERM,
	  .start = tgt_nl_dump_start, .dumpit = tgt_nl_recent_dump, .done = tgt_nl_recent_done,
	  .policy = tgt_nl_recent, .maxattr = ARRAY_SIZE(tgt_nl_recent) - 1 },
};

/* resv_start_op stays 0: all operations are new, all are checked strictly. */
struct genl_family tgt_nl_family __ro_after_init = {
	.name		= TGTCORE_GENL_NAME,
	.version	= TGTCORE_GENL_VERSION,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.ops		= tgt_nl_ops,
	.n_ops		= ARRAY_SIZE(tgt_nl_ops),
	.mcgrps		= tgt_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tgt_nl_mcgrps),
};

int __init tgt_nl_init(void)
{
	return genl_register_family(&tgt_nl_family);
}

void tgt_nl_exit(void)
{
	genl_unregister_family(&tgt_nl_family);
}

MODULE_ALIAS_GENL_FAMILY(TGTCORE_GENL_NAME);
