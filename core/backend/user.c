// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": a daemon moves the bytes. Options, creation, and what is shown; the rest is in
 * user_slot.c (to the daemon), user_reap.c (answers), user_lost.c (daemons that go), user_turn.c
 * (one after another), user_size.c (growing), user_mem.c (its memory), user_file.c and
 * user_ioctl.c (its file), and user_ring.c (what is pure).
 */
#include <linux/error-injection.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "user.h"

struct workqueue_struct *user_wq;

static const char * const user_policies[] = {
	[TGTCORE_USER_POLICY_HOLD]	= "hold",
	[TGTCORE_USER_POLICY_FAIL]	= "fail",
	[TGTCORE_USER_POLICY_REISSUE]	= "reissue",
};

static const struct tgt_option_desc user_options[] = {
	{ .name = "policy", .type = TGT_OPT_STRING, .min = 1, .max = 16 },
	{ .name = "timeout", .type = TGT_OPT_U32, .min = 1, .max = 86400 },
	{ .name = "service", .type = TGT_OPT_STRING, .min = 1, .max = USER_SERVICE_MAX },
	{ .name = "config", .type = TGT_OPT_STRING, .min = 1, .max = USER_CONFIG_MAX },
	{ .name = "unmap", .type = TGT_OPT_BOOL },
	{ .name = "cache", .type = TGT_OPT_BOOL },
	{ .name = "data", .type = TGT_OPT_BOOL },
	{ }
};

static const struct tgt_option_desc user_raw_options[] = {
	{ .name = "policy", .type = TGT_OPT_STRING, .min = 1, .max = 16 },
	{ .name = "timeout", .type = TGT_OPT_U32, .min = 1, .max = 86400 },
	{ .name = "service", .type = TGT_OPT_STRING, .min = 1, .max = USER_SERVICE_MAX },
	{ .name = "config", .type = TGT_OPT_STRING, .min = 1, .max = USER_CONFIG_MAX },
	{ }
};

static const struct tgt_option_desc user_set_options[] = {
	{ .name = "policy", .type = TGT_OPT_STRING, .min = 1, .max = 16 },
	{ .name = "timeout", .type = TGT_OPT_U32, .min = 1, .max = 86400 },
	{ }
};

static int user_policy(const struct tgt_options *opts, u32 dflt, struct netlink_ext_ack *extack)
{
	const char *policy = tgt_options_str(opts, "policy");
	int i;

	if (!policy)
		return dflt;
	i = match_string(user_policies, ARRAY_SIZE(user_policies), policy);
	if (i < 0)
		return tgt_err(extack, -EINVAL,
			       "policy=%s: hold, fail or reissue is possible", policy);
	return i;
}

static int user_set(struct tgt_device *dev, const struct tgt_options *opts,
		    struct netlink_ext_ack *extack)
{
	struct user_dev *u = dev->be_priv;
	u32 timeout = tgt_options_u32(opts, "timeout", 0);
	int policy = user_policy(opts, u->policy, extack);

	if (policy < 0)
		return policy;
	WRITE_ONCE(u->policy, policy);
	if (timeout)
		WRITE_ONCE(u->timeout, timeout * HZ);
	return 0;
}

/* One place, so that there is one class of each for lockdep. */
static struct user_dev *user_alloc(u32 depth)
{
	struct user_dev *u = kzalloc(sizeof(*u), GFP_KERNEL);
	u32 tag;

	if (!u)
		return NULL;
	spin_lock_init(&u->slots);
	INIT_LIST_HEAD(&u->held);
	mutex_init(&u->lock);
	init_waitqueue_head(&u->turn);
	INIT_DELAYED_WORK(&u->watch, user_watch_work);
	u->depth = depth;
	u->slot = kvcalloc(depth, sizeof(*u->slot), GFP_KERNEL);
	if (!u->slot) {
		kfree(u);
		return NULL;
	}
	for (tag = 0; tag < depth; tag++)
		INIT_LIST_HEAD(&u->slot[tag].node);
	return u;
}

static noinline int user_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	int policy = user_policy(&dev->options, TGTCORE_USER_POLICY_HOLD, extack);
	struct user_dev *u;
	int err;

	if (policy < 0)
		return policy;
	if (dev->be->raw && size)
		return tgt_err(extack, -EINVAL, "size= is the daemon's to say");
	u = user_alloc(dev->queue_limit + (dev->be->raw ? USER_FUNCTIONS : 0));
	if (!u)
		return tgt_err(extack, -ENOMEM, "no memory for a user device");
	u->tgt = dev;
	u->raw = dev->be->raw;
	u->size = size;
	strscpy(u->service, tgt_options_str(&dev->options, "service") ?: "", sizeof(u->service));
	strscpy(u->config, tgt_options_str(&dev->options, "config") ?: "", sizeof(u->config));
	u->policy = policy;
	u->timeout = tgt_options_u32(&dev->options, "timeout", USER_TIMEOUT) * HZ;
	u->no_data = !tgt_options_bool(&dev->options, "data", true);
	u->can_flush = !u->raw && tgt_options_bool(&dev->options, "cache", true);
	dev->nblocks = size >> dev->block_shift;
	dev->wce = u->can_flush;
	dev->lbp = tgt_options_bool(&dev->options, "unmap", false);
	dev->lbprz = dev->lbp;
	dev->be_priv = u;
	err = user_file_add(u, dev->name);
	if (!err)
		return 0;
	tgt_err(extack, err, "/dev/tgtcore/%s cannot be made: %s (%d)", dev->name,
		tgt_strerror(err), err);
	if (u->dev.release) {
		put_device(&u->dev);
	} else {
		kvfree(u->slot);
		kfree(u);
	}
	return err;
}

ALLOW_ERROR_INJECTION(user_create, ERRNO);

static void user_destroy(struct tgt_device *dev)
{
	struct user_dev *u = dev->be_priv;

	user_file_remove(u);
	cancel_delayed_work_sync(&u->watch);
	put_device(&u->dev);
}

static void user_info_daemon(struct user_dev *u, char *buf, size_t size)
{
	struct user_ctx *ctx;

	rcu_read_lock();
	ctx = rcu_dereference(u->ctx);
	if (ctx)
		scnprintf(buf, size, "daemon %d, generation %llu", ctx->owner,
			  READ_ONCE(u->generation));
	else if (READ_ONCE(u->handover))
		scnprintf(buf, size, "daemon %d leaves", READ_ONCE(u->leaver));
	else
		scnprintf(buf, size, "no daemon");
	rcu_read_unlock();
}

static const char *user_info_line(struct tgt_device *dev)
{
	struct user_dev *u = dev->be_priv;
	const struct user_counts *c = &u->count;
	size_t n;

	user_info_daemon(u, u->info, sizeof(u->info));
	n = strlen(u->info);
	scnprintf(u->info + n, sizeof(u->info) - n,
		  ", policy %s; held %u, lost %ld, late %ld, bad %ld, timeouts %ld, reissued %ld, handovers %ld",
		  user_policies[u->policy], user_held(u), atomic_long_read(&c->lost),
		  atomic_long_read(&c->late), atomic_long_read(&c->bad),
		  atomic_long_read(&c->timeouts), atomic_long_read(&c->reissued),
		  atomic_long_read(&c->handovers));
	return u->info;
}

static struct tgt_backend_ops user_ops = {
	.name		= "user",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_HOLDS | TGT_BE_NEEDS_SIZE,
	.options	= user_options,
	.create		= user_create,
	.destroy	= user_destroy,
	.submit		= user_submit,
	.flush		= user_flush,
	.unmap		= user_unmap,
	.ask_map	= user_ask_map,
	.detach		= user_detach,
	.abandon	= user_abandon,
	.resize		= user_resize,
	.set_options	= user_set_options,
	.set		= user_set,
	.info		= user_info_line,
	.daemon		= user_daemon,
};

/* Whole commands: with tags, and so a queue limit, as the other has. */
static struct tgt_backend_ops user_raw_ops = {
	.name		= "user-raw",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_HOLDS,
	.options	= user_raw_options,
	.create		= user_create,
	.destroy	= user_destroy,
	.raw		= user_raw,
	.tmf		= user_raw_tmf,
	.itl_create	= user_raw_itl,
	.detach		= user_detach,
	.abandon	= user_abandon,
	.set_options	= user_set_options,
	.set		= user_set,
	.info		= user_info_line,
	.daemon		= user_daemon,
};

static void __init user_prime_take(void *data)
{
	struct user_dev *u = data;

	spin_lock_irq(&u->slots);
	spin_unlock_irq(&u->slots);
}

/* docs/locks.md, for lockdep */
static void __init user_prime(void)
{
	struct user_queue *q;
	struct user_dev *u;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		return;
	u = user_alloc(1);
	if (!u)
		return;
	q = user_queues_make(1, 1);
	mutex_lock(&u->lock);
	tgt_prime_config(user_prime_take, u);
	if (q) {
		mutex_lock(&q->reap);
		user_prime_take(u);
		mutex_unlock(&q->reap);
		user_queues_free(q, 1);
	}
	mutex_unlock(&u->lock);
	kvfree(u->slot);
	kfree(u);
}

static int __init user_init(void)
{
	int err;

	user_prime();
	user_wq = alloc_workqueue("tgtcore_user", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!user_wq)
		return -ENOMEM;
	err = user_file_init();
	if (err)
		goto out_wq;
	err = tgt_backend_register(&user_ops);
	if (err)
		goto out_file;
	err = tgt_backend_register(&user_raw_ops);
	if (!err)
		return 0;
	tgt_backend_unregister(&user_ops);
out_file:
	user_file_exit();
out_wq:
	destroy_workqueue(user_wq);
	return err;
}

static void __exit user_exit(void)
{
	tgt_backend_unregister(&user_raw_ops);
	tgt_backend_unregister(&user_ops);
	user_file_exit();
	destroy_workqueue(user_wq);
}

module_init(user_init);
module_exit(user_exit);

MODULE_DESCRIPTION("tgtcore backend: a daemon in user space");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-user");
MODULE_ALIAS("tgtcore-backend-user-raw");
MODULE_IMPORT_NS(TGTCORE);
