// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: the last commands of a LUN. They are copied as the dump begins, so that it shows
 * one moment, and holds nothing of a LUN that may go meanwhile.
 */
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include "nl.h"

const struct nla_policy tgt_nl_recent[TGTCORE_A_RECENT_MAX + 1] = {
	[TGTCORE_A_RECENT_FABRIC]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_RECENT_TARGET]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_RECENT_GROUP]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_RECENT_NUMBER]	= { .type = NLA_U32 },
};

/**
 * struct tgt_nl_recent_dump - a dump under way
 * @list: what is shown
 * @now: local_clock() when it was copied
 * @fabric: of the target
 * @target: name
 * @group: or empty
 * @number: LUN
 */
struct tgt_nl_recent_dump {
	struct tgt_recent_list	list;
	u64			now;
	char			fabric[TGT_NAME_MAX + 1];
	char			target[TGT_NAME_MAX + 1];
	char			group[TGT_NAME_MAX + 1];
	u32			number;
};

/* One command, as the dump's part that is being filled sees it. */
struct tgt_nl_recent_item {
	const struct tgt_nl_recent_dump	*dump;
	const struct tgt_recent_rec	*rec;
};

static int tgt_nl_recent_params(struct netlink_callback *cb, struct tgt_lun_params *p)
{
	struct nlattr **a = tgt_genl_dump_attrs(cb);

	if (!a[TGTCORE_A_RECENT_FABRIC] || !a[TGTCORE_A_RECENT_TARGET] ||
	    !a[TGTCORE_A_RECENT_NUMBER])
		return tgt_err(cb->extack, -EINVAL,
			       "the request names no LUN: it needs fabric, target and number");
	p->fabric = nla_data(a[TGTCORE_A_RECENT_FABRIC]);
	p->target = nla_data(a[TGTCORE_A_RECENT_TARGET]);
	p->group = a[TGTCORE_A_RECENT_GROUP] ? nla_data(a[TGTCORE_A_RECENT_GROUP]) : NULL;
	p->number = nla_get_u32(a[TGTCORE_A_RECENT_NUMBER]);
	if (p->number > TGT_MAX_LUN)
		return tgt_err(cb->extack, -ERANGE, "LUN %u is out of range: 0 to %u",
			       p->number, TGT_MAX_LUN);
	return 0;
}

static int tgt_nl_recent_copy(struct tgt_nl_recent_dump *d, const struct tgt_lun_params *p,
			      struct netlink_ext_ack *extack)
{
	struct tgt_lun *lun;

	lockdep_assert_held(&tgt_config_mutex);
	lun = tgt_lun_get(p, extack);
	if (!lun)
		return -ENOENT;
	strscpy(d->fabric, lun->group->target->fabric, sizeof(d->fabric));
	strscpy(d->target, lun->group->target->name, sizeof(d->target));
	strscpy(d->group, lun->group->name, sizeof(d->group));
	d->number = lun->number;
	return tgt_recent_lun(lun, &d->list) ?
		tgt_err(extack, -ENOMEM, "no memory for a list of commands") : 0;
}

/* At the first part, as tgt_nl_dump_check(). */
static int tgt_nl_recent_begin(struct netlink_callback *cb)
{
	struct tgt_nl_recent_dump *d;
	struct tgt_lun_params p = { };
	int err;

	err = TGT_NL_DUMP_CHECK(cb, recent, TGTCORE_A_RECENT_FABRIC, TGTCORE_A_RECENT_TARGET,
				TGTCORE_A_RECENT_GROUP, TGTCORE_A_RECENT_NUMBER);
	err = err ?: tgt_nl_recent_params(cb, &p);
	if (err)
		return err;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return tgt_err(cb->extack, -ENOMEM, "no memory for a list of commands");
	tgt_config_lock();
	err = tgt_nl_recent_copy(d, &p, cb->extack);
	tgt_config_unlock();
	if (err) {
		kfree(d);
		return err;
	}
	d->now = local_clock();
	tgt_recent_sort(&d->list);
	cb->args[0] = (unsigned long)d;
	return 0;
}

static int tgt_nl_fill_recent_ended(struct sk_buff *skb, const struct tgt_recent_rec *c)
{
	if (nla_put_u64_64bit(skb, TGTCORE_A_RECENT_LATENCY_NS, c->ns, TGTCORE_A_RECENT_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_RECENT_STATUS, c->status) ||
	    (c->sense && nla_put_u32(skb, TGTCORE_A_RECENT_SENSE, c->sense)))
		return -EMSGSIZE;
	return 0;
}

static int tgt_nl_fill_recent(struct sk_buff *skb, void *object)
{
	const struct tgt_nl_recent_item *item = object;
	const struct tgt_nl_recent_dump *d = item->dump;
	const struct tgt_recent_rec *rec = item->rec;
	s64 age = d->now - rec->start;

	if (nla_put_string(skb, TGTCORE_A_RECENT_FABRIC, d->fabric) ||
	    nla_put_string(skb, TGTCORE_A_RECENT_TARGET, d->target) ||
	    (*d->group && nla_put_string(skb, TGTCORE_A_RECENT_GROUP, d->group)) ||
	    nla_put_u32(skb, TGTCORE_A_RECENT_NUMBER, d->number) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_RECENT_SESSION, rec->session,
			      TGTCORE_A_RECENT_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_RECENT_STAGE, rec->stage) ||
	    nla_put(skb, TGTCORE_A_RECENT_CDB, rec->cdb_len, &rec->cdb) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_RECENT_TIME_NS, rec->start,
			      TGTCORE_A_RECENT_PAD) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_RECENT_AGE_NS, max(age, 0LL),
			      TGTCORE_A_RECENT_PAD))
		return -EMSGSIZE;
	return rec->stage == TGTCORE_RECENT_ENDED ? tgt_nl_fill_recent_ended(skb, rec) : 0;
}

/* Goes on at record args[1] of the dump args[0]. */
int tgt_nl_recent_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err = cb->args[0] ? 0 : tgt_nl_recent_begin(cb);
	struct tgt_nl_recent_item item = { .dump = (void *)cb->args[0] };
	unsigned long i;

	if (err)
		return err;
	for (i = cb->args[1]; i < item.dump->list.nr; i++) {
		item.rec = &item.dump->list.rec[i];
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_RECENT_GET, tgt_nl_fill_recent, &item))
			break;
	}
	cb->args[1] = i;
	return tgt_nl_dump_end(skb, i < item.dump->list.nr);
}

int tgt_nl_recent_done(struct netlink_callback *cb)
{
	struct tgt_nl_recent_dump *d = (void *)cb->args[0];

	if (d) {
		tgt_recent_free(&d->list);
		kfree(d);
	}
	return 0;
}
