// SPDX-License-Identifier: GPL-2.0
/* Control plane: persistent reservations. */
#include <linux/slab.h>
#include "nl.h"
#include "scsi/pr.h"

const struct nla_policy tgt_nl_pr[TGTCORE_A_PR_MAX + 1] = {
	[TGTCORE_A_PR_DEVICE]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_PR_APTPL]		= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_PR_TYPE]		= { .type = NLA_U32 },
	[TGTCORE_A_PR_SCOPE]		= NLA_POLICY_MAX(NLA_U32, TGT_PR_SCOPE_LU),
	[TGTCORE_A_PR_REGISTRANT]	= { .type = NLA_NESTED },
	[TGTCORE_A_PR_GENERATION]	= { .type = NLA_U64 },
};

static const struct nla_policy tgt_nl_registrant[TGTCORE_A_REGISTRANT_MAX + 1] = {
	[TGTCORE_A_REGISTRANT_KEY]	= { .type = NLA_U64 },
	[TGTCORE_A_REGISTRANT_TRANSPORT_ID] = { .type = NLA_BINARY, .len = TGT_TRANSPORT_ID_MAX },
	[TGTCORE_A_REGISTRANT_RTPI]	= { .type = NLA_U32 },
	[TGTCORE_A_REGISTRANT_HOLDER]	= NLA_POLICY_MAX(NLA_U8, 1),
};

/* ---- telling ------------------------------------------------------------------------------- */

/* All but the registrants. Under RCU. */
static int tgt_nl_fill_pr_state(struct sk_buff *skb, struct tgt_device *dev,
				const struct tgt_pr *pr)
{
	if (nla_put_string(skb, TGTCORE_A_PR_DEVICE, dev->name) ||
	    nla_put_u8(skb, TGTCORE_A_PR_APTPL, pr && pr->aptpl) ||
	    (pr && pr->type &&
	     (nla_put_u32(skb, TGTCORE_A_PR_TYPE, pr->type) ||
	      nla_put_u32(skb, TGTCORE_A_PR_SCOPE, TGT_PR_SCOPE_LU))) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_PR_GENERATION, tgt_generation, TGTCORE_A_PR_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_PR_PRGENERATION, pr ? pr->generation : 0) ||
	    nla_put_u8(skb, TGTCORE_A_PR_LOST, pr && pr->lost) ||
	    nla_put_u32(skb, TGTCORE_A_PR_COUNT, pr ? pr->nr : 0))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_registrant(struct sk_buff *skb, const struct tgt_pr *pr, u32 i)
{
	const struct tgt_pr_reg *reg = &pr->reg[i];
	struct nlattr *nest = nla_nest_start(skb, TGTCORE_A_PR_REGISTRANT);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, TGTCORE_A_REGISTRANT_KEY, reg->key,
			      TGTCORE_A_REGISTRANT_PAD) ||
	    nla_put(skb, TGTCORE_A_REGISTRANT_TRANSPORT_ID, reg->tid_len, reg->tid) ||
	    nla_put_u32(skb, TGTCORE_A_REGISTRANT_RTPI, reg->rtpi) ||
	    nla_put_u8(skb, TGTCORE_A_REGISTRANT_HOLDER, tgt_pr_is_holder(pr, i))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct tgt_nl_part - part of the reservations of a device
 * @dev: device
 * @first: place of the first registrant that is to be told
 * @next: gets that of the first that was not
 * @nr: gets how many there are
 */
struct tgt_nl_part {
	struct tgt_device	*dev;
	u32			first;
	u32			next;
	u32			nr;
};

/* As many as fit; none where there are some is none for this message. */
static int tgt_nl_fill_pr_part(struct sk_buff *skb, void *object)
{
	struct tgt_nl_part *part = object;
	const struct tgt_pr *pr;
	int err;

	rcu_read_lock();
	pr = rcu_dereference(part->dev->pr);
	part->nr = pr ? pr->nr : 0;
	part->next = part->first;
	err = tgt_nl_fill_pr_state(skb, part->dev, pr);
	err = err ?: nla_put_u32(skb, TGTCORE_A_PR_FIRST, part->first);
	while (!err && part->next < part->nr && !tgt_nl_fill_registrant(skb, pr, part->next))
		part->next++;
	rcu_read_unlock();
	return !err && part->next == part->first && part->first < part->nr ? -EMSGSIZE : err;
}

/* All of them, or it is not for this message. */
static int tgt_nl_fill_pr(struct sk_buff *skb, void *object)
{
	struct tgt_nl_part part = { .dev = object };
	int err = tgt_nl_fill_pr_part(skb, &part);

	return err || part.next < part.nr ? -EMSGSIZE : 0;
}

/* All but the registrants. */
static int tgt_nl_fill_pr_head(struct sk_buff *skb, void *object)
{
	struct tgt_device *dev = object;
	int err;

	rcu_read_lock();
	err = tgt_nl_fill_pr_state(skb, dev, rcu_dereference(dev->pr));
	rcu_read_unlock();
	return err;
}

/* All of it, for who replicates them; where the registrants are too many, none of them. */
static int tgt_nl_fill_pr_event(struct sk_buff *skb, void *object)
{
	u8 *start = skb_tail_pointer(skb);

	if (!tgt_nl_fill_pr(skb, object))
		return 0;
	nlmsg_trim(skb, start);
	return tgt_nl_fill_pr_head(skb, object);
}

void tgt_event_pr(struct tgt_device *dev)
{
	tgt_nl_event(TGTCORE_CMD_PR_NTF, tgt_nl_fill_pr_event, dev);
}

/* What a message of TGT_NL_MSG holds whatever the TransportIDs are. */
#define TGT_NL_REGISTRANTS	((TGT_NL_MSG - 1024) / (TGT_TRANSPORT_ID_MAX + 48))

int tgt_nl_pr_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_device *dev;
	const char *name;
	struct tgt_pr *pr;
	u32 nr;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_PR_DEVICE));
	if (err)
		return err;
	name = tgt_nl_str(info, TGTCORE_A_PR_DEVICE, "device");
	if (!name)
		return -EINVAL;
	tgt_config_lock();
	dev = tgt_device_get(name, info->extack);
	err = dev ? tgt_pr_check_own(dev, info->extack) : -ENOENT;
	if (err)
		goto out;
	rcu_read_lock();
	pr = rcu_dereference(dev->pr);
	nr = pr ? pr->nr : 0;
	rcu_read_unlock();
	if (nr > TGT_NL_REGISTRANTS)
		err = tgt_err(info->extack, -EMSGSIZE,
			      "device %s has %u registrants: a dump with device=%s tells of them",
			      name, nr, name);
	else
		err = tgt_nl_reply(info, tgt_nl_fill_pr, dev);
out:
	tgt_config_unlock();
	return err;
}

/* One device's; 1: the rest belongs into the next buffer, from cb->args[1] on. */
static int tgt_nl_dump_pr(struct sk_buff *skb, struct netlink_callback *cb,
			  struct tgt_device *dev)
{
	struct tgt_nl_part part = { .dev = dev, .first = cb->args[1] };

	do {
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_PR_GET, tgt_nl_fill_pr_part, &part))
			return 1;
		part.first = part.next;
		cb->args[1] = part.next;
	} while (part.next < part.nr);
	cb->args[1] = 0;
	return 0;
}

static bool tgt_nl_pr_wanted(struct netlink_callback *cb, const struct tgt_device *dev)
{
	struct nlattr *name = tgt_genl_dump_attrs(cb)[TGTCORE_A_PR_DEVICE];

	return !dev->be->raw && (!name || !nla_strcmp(name, dev->name));
}

int tgt_nl_pr_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_device *dev;
	unsigned long i;
	int err = TGT_NL_DUMP_CHECK(cb, pr, TGTCORE_A_PR_DEVICE);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_devices, i, dev, cb->args[0]) {
		if (i != cb->args[0])	/* the one that was half told is gone */
			cb->args[1] = 0;
		if (tgt_nl_pr_wanted(cb, dev) && tgt_nl_dump_pr(skb, cb, dev))
			break;
	}
	cb->args[0] = dev ? i : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, dev);
}

/* ---- setting ------------------------------------------------------------------------------- */

static int tgt_nl_registrants(struct genl_info *info, u32 *nr)
{
	struct nlattr *a;
	int rem;

	*nr = 0;
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(a) == TGTCORE_A_PR_REGISTRANT)
			(*nr)++;
	if (*nr > TGT_PR_MAX)
		return tgt_err(info->extack, -EINVAL, "%u registrants are too many; %u is the most",
			       *nr, TGT_PR_MAX);
	return 0;
}

static int tgt_nl_registrant_parse(struct nlattr *nest, struct tgt_pr *pr, u32 *holders,
				   u32 *holder, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TGTCORE_A_REGISTRANT_MAX + 1], *a, *tid;
	struct tgt_pr_nexus n;
	const char *why;
	int err, rem;
	u64 seen = 0;
	u32 rtpi;

	err = nla_parse_nested(tb, TGTCORE_A_REGISTRANT_MAX, nest, tgt_nl_registrant, extack);
	if (err)
		return err;
	nla_for_each_nested(a, nest, rem)
		if (tgt_nl_once(a, &seen, extack))
			return -EINVAL;
	tid = tb[TGTCORE_A_REGISTRANT_TRANSPORT_ID];
	if (!tb[TGTCORE_A_REGISTRANT_KEY] || !tid || !tb[TGTCORE_A_REGISTRANT_RTPI])
		return tgt_err(extack, -EINVAL,
			       "registrant %u: a key, a transport-id and an rtpi are needed",
			       pr->nr);
	if (!tgt_pr_tid_valid(nla_data(tid), nla_len(tid)))
		return tgt_err(extack, -EINVAL,
			       "registrant %u: its transport-id is none as SPC-5 7.6.4 has them",
			       pr->nr);
	rtpi = nla_get_u32(tb[TGTCORE_A_REGISTRANT_RTPI]);
	if (!rtpi || rtpi > U16_MAX)
		return tgt_err(extack, -ERANGE,
			       "registrant %u: rtpi %u is out of range: 1 to 65535", pr->nr, rtpi);
	n.tid = nla_data(tid);
	n.tid_len = nla_len(tid);
	n.rtpi = rtpi;
	why = tgt_pr_add(pr, nla_get_u64(tb[TGTCORE_A_REGISTRANT_KEY]), &n);
	if (why)
		return tgt_err(extack, -EINVAL, "registrant %u: %s", pr->nr, why);
	a = tb[TGTCORE_A_REGISTRANT_HOLDER];
	if (a && nla_get_u8(a)) {
		*holder = pr->nr - 1;
		(*holders)++;
	}
	return 0;
}

/* The reservation: of a type for all registrants all of them are marked as holders, or none. */
static int tgt_nl_pr_hold(struct genl_info *info, struct tgt_pr *pr, u32 holders, u32 holder)
{
	struct nlattr *a = info->attrs[TGTCORE_A_PR_TYPE];
	u32 type = a ? nla_get_u32(a) : 0;
	const char *why;

	if (type > U8_MAX || (a && !tgt_pr_type_valid(type)))
		return tgt_err(info->extack, -EINVAL,
			       "there is no type %u of reservation; 1, 3, 5, 6, 7 and 8 there are",
			       type);
	if (tgt_pr_all_registrants(type) && (!holders || holders == pr->nr))
		holders = 0;
	else if (holders > 1)
		return tgt_err(info->extack, -EINVAL,
			       "%u registrants hold the reservation; one does", holders);
	why = tgt_pr_hold(pr, type, holders ? holder : TGT_PR_NO_HOLDER);
	return why ? tgt_err(info->extack, -EINVAL, "type %u: %s", type, why) : 0;
}

static int tgt_nl_pr_parse(struct genl_info *info, struct tgt_pr *pr)
{
	u32 holders = 0, holder = 0;
	struct nlattr *a;
	int err, rem;

	pr->aptpl = tgt_nl_flag(info, TGTCORE_A_PR_APTPL);
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(a) != TGTCORE_A_PR_REGISTRANT)
			continue;
		err = tgt_nl_registrant_parse(a, pr, &holders, &holder, info->extack);
		if (err)
			return err;
	}
	return tgt_nl_pr_hold(info, pr, holders, holder);
}

int tgt_nl_pr_set(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_device *dev;
	struct tgt_pr *pr;
	const char *name;
	u64 gen;
	u32 nr;
	int err;

	err = tgt_nl_allow(info, TGT_NL_ALLOW(TGTCORE_A_PR_DEVICE, TGTCORE_A_PR_APTPL,
					      TGTCORE_A_PR_TYPE, TGTCORE_A_PR_SCOPE,
					      TGTCORE_A_PR_REGISTRANT, TGTCORE_A_PR_GENERATION));
	if (err)
		return err;
	name = tgt_nl_str(info, TGTCORE_A_PR_DEVICE, "device");
	err = name ? tgt_nl_registrants(info, &nr) : -EINVAL;
	if (err)
		return err;
	pr = tgt_pr_copy(NULL, nr);
	if (!pr)
		return tgt_err(info->extack, -ENOMEM, "no memory for reservations");
	err = tgt_nl_pr_parse(info, pr);
	if (err) {
		tgt_pr_free(pr);
		return err;
	}
	err = tgt_pr_set(name, pr, tgt_nl_gen(info, TGTCORE_A_PR_GENERATION, &gen), info->extack);
	if (err && err != -EINPROGRESS)
		return err;
	dev = tgt_device_find(name);
	if (err)
		tgt_err(info->extack, err,
			"device %s: its pr-file is slow; pr-ntf tells when it is done", name);
	else if (dev)
		tgt_nl_reply_changed(info, tgt_nl_fill_pr_head, dev);
	tgt_config_unlock();
	return err;
}
