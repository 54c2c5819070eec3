// SPDX-License-Identifier: GPL-2.0
/*
 * A device over another one: the backend of the upper hands commands of its own to the backend
 * of the lower, through an I_T_L nexus that no initiator and no list of the lower knows.
 *
 * The lower stays while its list of uppers is not empty; the nexus' count keeps the link while
 * commands are below. A device that is itself over another is no lower, so there is no loop,
 * and no command passes more than two backends.
 */
#include <linux/error-injection.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include "core.h"
#include "token.h"

static void tgt_lower_drained(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct tgt_itl, ref)->drained);
}

static int tgt_lower_init(struct tgt_lower *lower, struct tgt_device *upper,
			  void (*done)(struct tgt_cmd *cmd))
{
	lower->upper = upper;
	lower->sess.send_response = done;
	lower->itl.sess = &lower->sess;
	return tgt_itl_init(&lower->itl, tgt_lower_drained);
}

static void tgt_lower_free(struct tgt_lower *lower)
{
	tgt_itl_exit(&lower->itl);
	kfree(lower);
}

/* The device that may be the lower of @upper, or an ERR_PTR and a text. */
static struct tgt_device *tgt_lower_find(const struct tgt_device *upper, const char *name,
					 struct netlink_ext_ack *extack)
{
	struct tgt_device *dev = tgt_device_find(name);

	if (dev == upper)
		return ERR_PTR(tgt_err(extack, -EINVAL, "device %s cannot be over itself", name));
	if (!dev)
		return ERR_PTR(tgt_err(extack, -ENOENT, "no device %.48s to be over", name));
	if (dev->state != TGT_ACTIVE)
		return ERR_PTR(tgt_err(extack, -EBUSY, "device %s is being %s", name,
				       dev->state == TGT_CREATING ? "created" : "deleted"));
	if (dev->lower)
		return ERR_PTR(tgt_err(extack, -EINVAL,
				       "device %s is itself over %s; give one that stores its own data",
				       name, dev->lower->itl.dev->name));
	if (!dev->be->submit)
		return ERR_PTR(tgt_err(extack, -EINVAL,
				       "device %s: backend %s executes whole commands; give one that moves blocks",
				       name, dev->be->name));
	if (READ_ONCE(dev->wipe.running))
		return ERR_PTR(tgt_err(extack, -EBUSY, "device %s is being sanitized or formatted",
				       name));
	if (dev->prot_type || dev->prot_any)
		return ERR_PTR(tgt_err(extack, -EOPNOTSUPP,
				       "device %s keeps protection information, which one over it would leave behind; give one with pi=0",
				       name));
	return dev;
}

/* What is true of the lower is true of the upper. */
static void tgt_lower_adopt(struct tgt_device *upper, const struct tgt_device *dev)
{
	upper->nblocks = dev->nblocks;
	upper->block_shift = dev->block_shift;
	upper->readonly |= dev->readonly;
	upper->wce = dev->wce;
	upper->rotational = dev->rotational;
	upper->phys_exp = dev->phys_exp;
	upper->opt_io = dev->opt_io;
	upper->lbp = dev->lbp;
	upper->lbprz = dev->lbprz;
	upper->thin = dev->thin;
	upper->unmap_gran = dev->unmap_gran;
}

/**
 * tgt_lower_open() - put a device over another one
 * @upper: the device whose backend asks, in ->create; takes over size, block size and what
 *	else ->create is to set
 * @name: of the lower device
 * @done: a command of tgt_lower_submit() has ended; any context, also from within that
 * @extack: gets the reason of an error
 *
 * Return: the link, or an ERR_PTR. Context: process, tgt_config_mutex not held.
 */
struct tgt_lower *tgt_lower_open(struct tgt_device *upper, const char *name,
				 void (*done)(struct tgt_cmd *cmd),
				 struct netlink_ext_ack *extack)
{
	struct tgt_lower *lower = kzalloc(sizeof(*lower), GFP_KERNEL);
	struct tgt_device *dev;

	if (!lower || tgt_lower_init(lower, upper, done)) {
		kfree(lower);
		return ERR_PTR(tgt_err(extack, -ENOMEM, "no memory for a device over %.48s", name));
	}
	tgt_config_lock();
	dev = tgt_lower_find(upper, name, extack);
	if (!IS_ERR(dev)) {
		lower->itl.dev = dev;
		list_add_tail(&lower->node, &dev->uppers);
		upper->lower = lower;
		tgt_lower_adopt(upper, dev);
		/* no gate is in the way of @upper */
		tgt_tokens_end(dev, TGT_TOKEN_CANCELLED);
	}
	tgt_config_unlock();
	if (!IS_ERR(dev))
		return lower;
	tgt_lower_free(lower);
	return ERR_CAST(dev);
}
EXPORT_SYMBOL_NS_GPL(tgt_lower_open, TGTCORE);
ALLOW_ERROR_INJECTION(tgt_lower_open, ERRNO);

/**
 * tgt_lower_close() - take the device off again
 * @lower: link
 *
 * Waits for what is below. Context: process, tgt_config_mutex not held.
 */
void tgt_lower_close(struct tgt_lower *lower)
{
	percpu_ref_kill(&lower->itl.ref);
	tgt_itl_wait(&lower->itl);
	tgt_config_lock();
	lower->upper->lower = NULL;
	list_del(&lower->node);
	tgt_device_lun_gone(lower->itl.dev);
	tgt_config_unlock();
	tgt_lower_free(lower);
}
EXPORT_SYMBOL_NS_GPL(tgt_lower_close, TGTCORE);

/* What is not flushed because nothing is volatile is flushed. */
static enum tgt_ret tgt_lower_do(const struct tgt_backend_ops *be, struct tgt_cmd *cmd,
				 enum tgt_lower_what what)
{
	switch (what) {
	case TGT_LOWER_MOVE:
		return be->submit(cmd);
	case TGT_LOWER_FLUSH:
		return be->flush ? be->flush(cmd) : TGT_DONE;
	case TGT_LOWER_UNMAP:
		return be->unmap(cmd);
	}
	return TGT_DONE;
}

/**
 * tgt_lower_submit() - give a command to the lower device
 * @lower: link
 * @cmd: the caller's: @cdb, @sgl, @sgl_nents, @sense, @data_len, @dir, @offset, @len and of
 *	@flags TGT_CMD_FUA are set
 * @what: what the lower is to do
 *
 * It is the engine's until the link's done(), which may be called before this returns.
 * Context: as the lower's ->submit, ->flush or ->unmap.
 */
void tgt_lower_submit(struct tgt_lower *lower, struct tgt_cmd *cmd, enum tgt_lower_what what)
{
	enum tgt_ret ret;

	cmd->sess = &lower->sess;
	cmd->itl = &lower->itl;
	cmd->op = NULL;
	cmd->start = local_clock();
	cmd->status = SAM_STAT_GOOD;
	cmd->sense_len = 0;
	cmd->residual = 0;
	cmd->stat = cmd->dir;
	cmd->flags &= TGT_CMD_FUA;
	cmd->state = TGT_CMD_ACTIVE;
	percpu_ref_get(&lower->itl.ref);
	ret = tgt_lower_do(lower->itl.dev->be, cmd, what);
	if (ret == TGT_QUEUED)
		return;
	if (ret != TGT_DONE)
		tgt_cmd_refuse(cmd, ret == TGT_FULL ? SAM_STAT_TASK_SET_FULL : SAM_STAT_BUSY);
	tgt_cmd_complete(cmd);
}
EXPORT_SYMBOL_NS_GPL(tgt_lower_submit, TGTCORE);
