// SPDX-License-Identifier: GPL-2.0
/* Control plane: statistics. */
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "nl.h"

const struct nla_policy tgt_nl_stat[TGTCORE_A_STAT_MAX + 1] = {
	[TGTCORE_A_STAT_FABRIC]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_STAT_TARGET]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
};

/* A record: a LUN, or with @itl one nexus of it. */
struct tgt_nl_stat_rec {
	struct tgt_lun		*lun;
	struct tgt_itl		*itl;
	struct tgt_itl_stats	sum;
};

static int tgt_nl_fill_counts(struct sk_buff *skb, const struct tgt_itl_stats *s)
{
	const struct {
		int	attr;
		u64	value;
	} v[] = {
		{ TGTCORE_A_STAT_TIME_NS,	ktime_get_ns() },
		{ TGTCORE_A_STAT_READS,		s->cmds[TGT_DIR_IN] },
		{ TGTCORE_A_STAT_WRITES,	s->cmds[TGT_DIR_OUT] },
		{ TGTCORE_A_STAT_OTHERS,	s->cmds[TGT_DIR_NONE] },
		{ TGTCORE_A_STAT_READ_BYTES,	s->bytes[TGT_DIR_IN] },
		{ TGTCORE_A_STAT_WRITE_BYTES,	s->bytes[TGT_DIR_OUT] },
		{ TGTCORE_A_STAT_ERRORS,	s->errors },
		{ TGTCORE_A_STAT_BUSY_NS,	tgt_stats_busy(s) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		if (nla_put_u64_64bit(skb, v[i].attr, v[i].value, TGTCORE_A_STAT_PAD))
			return -EMSGSIZE;
	return nla_put_64bit(skb, TGTCORE_A_STAT_LATENCY, sizeof(s->latency), s->latency,
			     TGTCORE_A_STAT_PAD);
}

static int tgt_nl_fill_stat(struct sk_buff *skb, void *object)
{
	struct tgt_nl_stat_rec *rec = object;
	struct tgt_lun *lun = rec->lun;
	struct tgt_group *group = lun->group;
	struct tgt_itl *itl = rec->itl;

	if (nla_put_string(skb, TGTCORE_A_STAT_FABRIC, group->target->fabric) ||
	    nla_put_string(skb, TGTCORE_A_STAT_TARGET, group->target->name) ||
	    (*group->name && nla_put_string(skb, TGTCORE_A_STAT_GROUP, group->name)) ||
	    nla_put_u32(skb, TGTCORE_A_STAT_NUMBER, lun->number) ||
	    nla_put_string(skb, TGTCORE_A_STAT_DEVICE, lun->dev->name) ||
	    (itl && nla_put_u64_64bit(skb, TGTCORE_A_STAT_SESSION, itl->sess->id,
				      TGTCORE_A_STAT_PAD)) ||
	    (itl && nla_put_string(skb, TGTCORE_A_STAT_INITIATOR, itl->sess->initiator)) ||
	    nla_put_u32(skb, TGTCORE_A_STAT_HELD, tgt_device_held(lun->dev)))
		return -EMSGSIZE;
	return tgt_nl_fill_counts(skb, &rec->sum);
}

/* The records of one LUN from the @skip-th on; returns how many are done, or -EMSGSIZE. */
static int tgt_nl_stat_lun(struct sk_buff *skb, struct netlink_callback *cb,
			   struct tgt_nl_stat_rec *rec, struct tgt_lun *lun, unsigned long *done)
{
	unsigned long n = 0, skip = *done;
	struct tgt_itl *itl;

	rec->lun = lun;
	rec->itl = NULL;
	if (n++ >= skip) {
		rec->sum = lun->past->stats;
		list_for_each_entry(itl, &lun->itls, lun_node)
			tgt_stats_sum(itl, &rec->sum);
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_STAT_GET, tgt_nl_fill_stat, rec))
			return -EMSGSIZE;
		*done = n;
	}
	list_for_each_entry(itl, &lun->itls, lun_node) {
		if (n++ < skip)
			continue;
		rec->itl = itl;
		memset(&rec->sum, 0, sizeof(rec->sum));
		tgt_stats_sum(itl, &rec->sum);
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_STAT_GET, tgt_nl_fill_stat, rec))
			return -EMSGSIZE;
		*done = n;
	}
	*done = 0;
	return 0;
}

/* Resumes at group args[0], LUN args[1], record args[2]. */
int tgt_nl_stat_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long g, i = 0, done = cb->args[2];
	struct tgt_nl_stat_rec *rec;
	struct tgt_lun *lun = NULL;
	struct tgt_group *group;
	int err = TGT_NL_DUMP_CHECK(cb, stat, TGTCORE_A_STAT_FABRIC, TGTCORE_A_STAT_TARGET);

	if (err)
		return err;
	rec = kzalloc(sizeof(*rec), GFP_KERNEL);
	if (!rec)
		return tgt_err(cb->extack, -ENOMEM, "no memory for statistics");
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_groups, g, group, cb->args[0]) {
		if (!tgt_nl_selected(cb, TGTCORE_A_STAT_FABRIC, TGTCORE_A_STAT_TARGET,
				     group->target))
			continue;
		xa_for_each_start(&group->luns, i, lun, g == cb->args[0] ? cb->args[1] : 0) {
			if (g != cb->args[0] || i != cb->args[1])
				done = 0;
			if (tgt_nl_stat_lun(skb, cb, rec, lun, &done))
				goto out;
		}
	}
out:
	cb->args[0] = group ? g : LONG_MAX;
	cb->args[1] = i;
	cb->args[2] = done;
	tgt_config_unlock();
	kfree(rec);
	return tgt_nl_dump_end(skb, group);
}
