// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "fault": a device over another one that fails as it is told to, for tests. Rules say
 * which commands are delayed, hang, end in error, are done but never answered, or move less
 * than asked; all others, and all without a rule, go to the lower device as they are: in the
 * caller's context, the initiator's memory, without allocation.
 */
#include <linux/error-injection.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include "fault.h"

static inline struct fault_priv *fault_priv(struct tgt_cmd *cmd)
{
	return (struct fault_priv *)cmd->priv;
}

/* What is the same for the lower device. */
void fault_child_init(struct fault_child *child, const struct tgt_cmd *cmd)
{
	const struct fault_priv *priv = (const void *)cmd->priv;
	struct tgt_cmd *c = &child->cmd;
	bool moves = priv->what == TGT_LOWER_MOVE;

	child->what = priv->what;
	c->cdb = cmd->cdb;
	c->cdb_len = cmd->cdb_len;
	c->sgl = cmd->sgl;
	c->sgl_nents = cmd->sgl_nents;
	c->sense = cmd->sense;
	c->tag = cmd->tag;
	c->dir = moves ? cmd->dir : TGT_DIR_NONE;
	c->offset = cmd->offset;
	c->len = priv->what == TGT_LOWER_FLUSH ? 0 : cmd->len;
	c->data_len = moves ? c->len : 0;
	c->flags = cmd->flags & TGT_CMD_FUA;
}

/* To the lower device; the place in the queue limit is the child's as well. */
static enum tgt_ret fault_pass(struct tgt_cmd *cmd)
{
	struct fault_dev *f = cmd->itl->dev->be_priv;
	struct fault_child *child;

	if (unlikely(!tgt_cmd_hold(cmd)))
		return TGT_FULL;
	child = &f->child[cmd->hold_bit];
	child->parent = cmd;
	fault_child_init(child, cmd);
	tgt_lower_submit(f->lower, &child->cmd, child->what);
	return TGT_QUEUED;
}

/* The lower device is done with a child. Any context. */
static void fault_child_done(struct tgt_cmd *c)
{
	struct fault_child *child = container_of(c, struct fault_child, cmd);
	struct tgt_cmd *cmd = child->parent;

	if (unlikely(child->held)) {
		fault_held_done(child->held);
		return;
	}
	if (unlikely(c->status))
		tgt_cmd_adopt(cmd, c);
	tgt_cmd_complete(cmd);
}

/* ---- what rules do ---------------------------------------------------------------------- */

/* Of a command that a rule with a range has hit: its first block in there. */
static u64 fault_first(const struct tgt_cmd *cmd, const struct fault_rule *r)
{
	return max(cmd->offset >> cmd->itl->dev->block_shift, r->first);
}

/* Where a rule is about blocks, it is the first of these that could not be read, or written. */
static void fault_medium(struct tgt_cmd *cmd, const struct fault_rule *r)
{
	u8 shift = cmd->itl->dev->block_shift;

	tgt_cmd_fail_medium(cmd, r->ranged ? (fault_first(cmd, r) << shift) - cmd->offset :
					     TGT_NOT_KNOWN);
}

static void fault_error(struct tgt_cmd *cmd, const struct fault_rule *r)
{
	bool block = r->ranged && (r->key == MEDIUM_ERROR || r->key == HARDWARE_ERROR);

	if (!r->status)
		fault_medium(cmd, r);
	else if (r->status != SAM_STAT_CHECK_CONDITION)
		tgt_cmd_refuse(cmd, r->status);
	else if (block)
		tgt_cmd_sense_info(cmd, r->key, r->asc, r->ascq, fault_first(cmd, r));
	else
		tgt_cmd_sense(cmd, r->key, r->asc, r->ascq);
}

static void fault_shorten(struct tgt_cmd *cmd, const struct fault_rule *r)
{
	u32 block = 1U << cmd->itl->dev->block_shift;

	cmd->len = r->half ? round_down(cmd->len / 2, block) : r->bytes;
	cmd->flags &= ~TGT_CMD_OVERFLOW;
	cmd->residual = cmd->data_len - cmd->len;
}

/* Some rules are there. */
static noinline enum tgt_ret fault_submit_ruled(struct tgt_cmd *cmd)
{
	struct fault_priv *priv = fault_priv(cmd);
	const struct fault_rule *r;
	u8 action = FAULT_NONE;

	rcu_read_lock();
	r = fault_rule_match(cmd->itl->dev->be_priv, cmd, priv->what);
	if (r) {
		action = r->action;
		priv->action = action;
		priv->ms = r->ms;
	}
	if (action == FAULT_ERROR)
		fault_error(cmd, r);
	else if (action == FAULT_SHORT)
		fault_shorten(cmd, r);
	rcu_read_unlock();

	if (action == FAULT_ERROR || (action == FAULT_SHORT && !cmd->len))
		return TGT_DONE;
	if (action == FAULT_NONE || action == FAULT_SHORT)
		return fault_pass(cmd);
	return tgt_cmd_defer(cmd, fault_hold);
}

static enum tgt_ret fault_start(struct tgt_cmd *cmd, enum tgt_lower_what what)
{
	struct fault_dev *f = cmd->itl->dev->be_priv;

	fault_priv(cmd)->what = what;
	if (likely(list_empty(&f->rules)))
		return fault_pass(cmd);
	return fault_submit_ruled(cmd);
}

static enum tgt_ret fault_submit(struct tgt_cmd *cmd)
{
	return fault_start(cmd, TGT_LOWER_MOVE);
}

static enum tgt_ret fault_flush(struct tgt_cmd *cmd)
{
	return fault_start(cmd, TGT_LOWER_FLUSH);
}

static enum tgt_ret fault_unmap(struct tgt_cmd *cmd)
{
	return fault_start(cmd, TGT_LOWER_UNMAP);
}

/* No rule is for what is only asked. */
static bool fault_map(struct tgt_device *dev, u64 offset, u64 *len)
{
	struct tgt_device *lower = dev->lower->itl.dev;

	return lower->be->map ? lower->be->map(lower, offset, len) : true;
}

static bool fault_space(struct tgt_device *dev, struct tgt_space *space)
{
	struct tgt_device *lower = dev->lower->itl.dev;

	return lower->be->space(lower, space);
}

/* ---- set ---------------------------------------------------------------------------------- */

static const struct tgt_option_desc fault_set_options[] = {
	{ .name = "rule", .type = TGT_OPT_STRING, .min = 1, .max = FAULT_TEXT, .repeated = true },
	{ .name = "rules", .type = TGT_OPT_STRING, .min = 1, .max = FAULT_TEXT },
	{ .name = "release", .type = TGT_OPT_BOOL },
	{ }
};

/* Rules that are not in force yet. */
static void fault_drop_rules(struct list_head *rules)
{
	struct fault_rule *r, *next;

	list_for_each_entry_safe(r, next, rules, node)
		kfree(r);
}

static int fault_parse_rules(struct fault_dev *f, const struct tgt_options *opts,
			     unsigned int room, struct list_head *rules, unsigned int *nr,
			     struct netlink_ext_ack *extack)
{
	struct fault_rule *r;
	unsigned int i;

	for (i = 0; i < opts->nr; i++) {
		if (strcmp(opts->opt[i].key, "rule"))
			continue;
		if (++*nr > room)
			return tgt_err(extack, -ENOSPC,
				       "device %s would have more than %u rules; rules=clear takes those there are away",
				       f->dev->name, FAULT_RULES);
		r = fault_rule_parse(f, opts->opt[i].value, extack);
		if (IS_ERR(r))
			return PTR_ERR(r);
		list_add_tail(&r->node, rules);
	}
	return 0;
}

/* In this order, whatever that of the options is: clear, new rules, release. */
static int fault_set(struct tgt_device *dev, const struct tgt_options *opts,
		     struct netlink_ext_ack *extack)
{
	const char *rules = tgt_options_str(opts, "rules");
	struct fault_dev *f = dev->be_priv;
	struct fault_rule *r, *next;
	unsigned int nr = 0;
	LIST_HEAD(new);
	int err;

	if (rules && strcmp(rules, "clear"))
		return tgt_err(extack, -EINVAL, "rules=%.64s: only rules=clear is possible", rules);
	err = fault_parse_rules(f, opts, FAULT_RULES - (rules ? 0 : f->nr_rules), &new, &nr,
				extack);
	if (err) {
		fault_drop_rules(&new);
		return err;
	}
	if (rules)
		fault_rules_clear(f);
	list_for_each_entry_safe(r, next, &new, node)
		list_add_tail_rcu(&r->node, &f->rules);
	f->nr_rules += nr;
	if (tgt_options_bool(opts, "release", false))
		fault_release(f);
	return 0;
}

static const char *fault_info(struct tgt_device *dev)
{
	struct fault_dev *f = dev->be_priv;
	struct fault_counts n;
	struct fault_rule *r;
	unsigned int i = 0;
	struct seq_buf s;

	seq_buf_init(&s, f->info, sizeof(f->info));
	seq_buf_printf(&s, "over device %s", f->lower->itl.dev->name);
	fault_count(f, &n);
	if (n.delayed)
		seq_buf_printf(&s, ", %u delayed", n.delayed);
	if (n.hung)
		seq_buf_printf(&s, ", %u hung", n.hung);
	if (n.lost)
		seq_buf_printf(&s, ", %u lost", n.lost);
	if (n.detached)
		seq_buf_printf(&s, ", %u detached", n.detached);
	list_for_each_entry(r, &f->rules, node)
		seq_buf_printf(&s, "; rule %u: %s: %u hits", ++i, r->text, atomic_read(&r->hits));
	f->info[min_t(size_t, s.len, sizeof(f->info) - 1)] = 0;
	return f->info;
}

/* ---- life ---------------------------------------------------------------------------------- */

static const struct tgt_option_desc fault_options[] = {
	{ .name = "lower", .type = TGT_OPT_STRING, .min = 1, .max = TGT_NAME_MAX,
	  .required = true },
	{ }
};

/* What was given must be what the lower has; 512 is also what no block size given looks like. */
static noinline int fault_check(struct tgt_device *dev, u64 size, u8 block_shift, const char *name,
				struct netlink_ext_ack *extack)
{
	if (size && size >> dev->block_shift != dev->nblocks)
		return tgt_err(extack, -EINVAL,
			       "the size is that of device %s, %llu bytes; leave size= out", name,
			       dev->nblocks << dev->block_shift);
	if (block_shift != 9 && block_shift != dev->block_shift)
		return tgt_err(extack, -EINVAL,
			       "the block size is that of device %s, %u; leave block-size= out",
			       name, 1U << dev->block_shift);
	return 0;
}

ALLOW_ERROR_INJECTION(fault_check, ERRNO);

static void fault_free(struct fault_dev *f)
{
	if (f->wq)
		destroy_workqueue(f->wq);
	kvfree(f->child);
	kvfree(f);
}

static void fault_destroy(struct tgt_device *dev)
{
	struct fault_dev *f = dev->be_priv;

	/* abandoned, but just on its way down: the link counts it from there on */
	flush_workqueue(f->wq);
	/* then what is below ends; then the work that it queued */
	tgt_lower_close(f->lower);
	fault_rules_clear(f);
	fault_free(f);
}

/* One place, so that there is one class for lockdep. */
static void fault_init_locks(struct fault_dev *f)
{
	spin_lock_init(&f->lock);
}

static struct fault_dev *fault_alloc(struct tgt_device *dev)
{
	struct fault_dev *f = kvzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	f->dev = dev;
	INIT_LIST_HEAD(&f->rules);
	INIT_LIST_HEAD(&f->held);
	fault_init_locks(f);
	f->child = kvcalloc(dev->queue_limit, sizeof(*f->child), GFP_KERNEL);
	f->wq = alloc_workqueue("tgtcore_fault%u", WQ_MEM_RECLAIM | WQ_HIGHPRI, 0, dev->id);
	if (f->child && f->wq)
		return f;
	fault_free(f);
	return NULL;
}

static int fault_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	const char *name = tgt_options_str(&dev->options, "lower");
	struct fault_dev *f = fault_alloc(dev);
	u8 block_shift = dev->block_shift;
	int err;

	if (!f)
		return tgt_err(extack, -ENOMEM, "no memory for a fault device");
	f->lower = tgt_lower_open(dev, name, fault_child_done, extack);
	if (IS_ERR(f->lower)) {
		err = PTR_ERR(f->lower);
		goto out_free;
	}
	err = fault_check(dev, size, block_shift, name, extack);
	if (err)
		goto out_close;
	dev->be_priv = f;
	return 0;

out_close:
	tgt_lower_close(f->lower);
out_free:
	fault_free(f);
	return err;
}

static int fault_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	struct fault_dev *f = dev->be_priv;

	return tgt_err(extack, -EOPNOTSUPP, "device %s is as large as device %s: set its size",
		       dev->name, f->lower->itl.dev->name);
}

static struct tgt_backend_ops fault_ops = {
	.name		= "fault",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_HOLDS,
	.options	= fault_options,
	.create		= fault_create,
	.destroy	= fault_destroy,
	.submit		= fault_submit,
	.flush		= fault_flush,
	.unmap		= fault_unmap,
	.map		= fault_map,
	.space		= fault_space,
	.detach		= fault_detach,
	.abandon	= fault_abandon,
	.resize		= fault_resize,
	.set_options	= fault_set_options,
	.set		= fault_set,
	.info		= fault_info,
};

static void __init fault_prime_take(void *data)
{
	struct fault_dev *f = data;

	spin_lock_irq(&f->lock);
	spin_unlock_irq(&f->lock);
}

/* docs/locks.md, for lockdep */
static void __init fault_prime(void)
{
	struct fault_dev *f;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		return;
	f = kvzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return;
	fault_init_locks(f);
	tgt_prime_config(fault_prime_take, f);
	kvfree(f);
}

static int __init fault_init(void)
{
	fault_prime();
	return tgt_backend_register(&fault_ops);
}

static void __exit fault_exit(void)
{
	tgt_backend_unregister(&fault_ops);
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("tgtcore backend: a device over another one that fails on demand");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-fault");
MODULE_IMPORT_NS(TGTCORE);
