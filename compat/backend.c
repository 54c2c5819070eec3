// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "stgt": one of the daemon's LUNs as a device of the engine. The daemon executes
 * every command and owns reservations and unit attentions; so each I_T_L nexus of the engine
 * is an I_T nexus of its own to it.
 *
 * A device keeps its host in memory, and so its number from being another host's: as long as
 * there are nexuses to it, commands and task management functions. A nexus lives until its
 * I_T_L nexus has drained and the daemon has been told: two references. Whatever takes
 * stgt_answer_lock runs from work items, because the engine calls under its mutex, which waits
 * for no daemon.
 */
#include <linux/error-injection.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <scsi/scsi_host.h>
#include "stgt.h"

/**
 * struct be_dev - a device
 * @host: host, of which it holds a reference; perhaps not in target mode any more
 * @lun: LUN bytes for the daemon
 * @info: for 'device show'
 */
struct be_dev {
	struct stgt_host	*host;
	struct scsi_lun		lun;
	char			info[48];
};

/**
 * struct be_nexus - an I_T_L nexus
 * @nexus: to the daemon
 * @host: its device's
 * @name: of the initiator
 * @added: its host was there
 * @add: announces it
 * @del: ends it
 * @ref: the I_T_L nexus, and @del
 */
struct be_nexus {
	struct stgt_nexus	nexus;
	struct stgt_host	*host;
	char			name[TGT_INITIATOR_MAX + 1];
	bool			added;
	struct work_struct	add;
	struct work_struct	del;
	struct kref		ref;
};

static struct workqueue_struct *be_wq;

static void be_nexus_release(struct kref *ref)
{
	struct be_nexus *n = container_of(ref, struct be_nexus, ref);

	put_device(&n->nexus.target->dev);
	kfree(n);
}

static void be_nexus_add_work(struct work_struct *work)
{
	struct be_nexus *n = container_of(work, struct be_nexus, add);

	mutex_lock(&stgt_answer_lock);
	if (stgt_host_find(n->host->number) == n->host) {
		stgt_nexus_add(&n->nexus, n->host);
		n->added = true;
	} else {
		WRITE_ONCE(n->nexus.state, STGT_NEXUS_GONE);
	}
	mutex_unlock(&stgt_answer_lock);
}

static void be_nexus_del_work(struct work_struct *work)
{
	struct be_nexus *n = container_of(work, struct be_nexus, del);

	flush_work(&n->add);
	if (n->added)
		stgt_nexus_del(&n->nexus);
	kref_put(&n->ref, be_nexus_release);
}

static noinline int be_itl_create(struct tgt_itl *itl)
{
	struct be_dev *be = itl->dev->be_priv;
	struct be_nexus *n = kzalloc(sizeof(*n), GFP_KERNEL);

	if (!n)
		return -ENOMEM;
	n->host = be->host;
	strscpy(n->name, itl->sess->initiator, sizeof(n->name));
	n->nexus.name = n->name;
	n->nexus.host = be->host;	/* task management may come before, or without, the add */
	n->nexus.target = itl->sess->target;
	get_device(&n->nexus.target->dev);
	n->nexus.state = STGT_NEXUS_WAITING;
	n->nexus.since = jiffies;
	INIT_WORK(&n->add, be_nexus_add_work);
	INIT_WORK(&n->del, be_nexus_del_work);
	kref_init(&n->ref);
	kref_get(&n->ref);
	itl->be_priv = n;
	queue_work(be_wq, &n->add);
	return 0;
}

ALLOW_ERROR_INJECTION(be_itl_create, ERRNO);

static void be_itl_leave(struct tgt_itl *itl)
{
	struct be_nexus *n = itl->be_priv;

	WRITE_ONCE(n->nexus.leaving, true);
}

/* No new commands: those the daemon has are ended. */
static void be_itl_kill(struct tgt_itl *itl)
{
	struct be_nexus *n = itl->be_priv;

	queue_work(be_wq, &n->del);
}

static void be_itl_destroy(struct tgt_itl *itl)
{
	struct be_nexus *n = itl->be_priv;

	kref_put(&n->ref, be_nexus_release);
}

static enum tgt_ret be_raw(struct tgt_cmd *cmd)
{
	struct be_nexus *n = cmd->itl->be_priv;
	struct be_dev *be = cmd->itl->dev->be_priv;

	return stgt_nexus_submit(&n->nexus, cmd, &be->lun);
}

static void be_tmf(struct tgt_itl *itl, struct tgt_tmf *tmf)
{
	struct be_nexus *n = itl->be_priv;
	struct be_dev *be = itl->dev->be_priv;

	if (tmf->cmd && READ_ONCE(tmf->cmd->itl) != itl)	/* a task of another LUN */
		tmf->cmd = NULL;
	stgt_nexus_tmf(&n->nexus, tmf, &be->lun);
}

/* ---- devices ---------------------------------------------------------------------------- */

/* A host by its number, with a reference for be_host_put(), or NULL. */
static struct stgt_host *be_host_get(u32 number)
{
	struct stgt_host *host;

	mutex_lock(&stgt_answer_lock);
	host = stgt_host_find(number);
	if (host)
		get_device(&host->shost->shost_gendev);
	mutex_unlock(&stgt_answer_lock);
	return host;
}

static void be_host_put(struct stgt_host *host)
{
	put_device(&host->shost->shost_gendev);
}

static noinline int be_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	u32 number = tgt_options_u32(&dev->options, "host", 0);
	u32 lun = tgt_options_u32(&dev->options, "lun", 0);
	struct be_dev *be;

	if (size)
		return tgt_err(extack, -EINVAL, "size= is the daemon's to say");
	be = kzalloc(sizeof(*be), GFP_KERNEL);
	if (!be)
		return tgt_err(extack, -ENOMEM, "no memory for a device");
	be->host = be_host_get(number);
	if (!be->host) {
		kfree(be);
		return tgt_err(extack, -ENODEV,
			       "there is no SCSI host %u in target mode; 'target show' lists those of handler=stgt",
			       number);
	}
	tgt_lun_encode(lun, &be->lun);
	scnprintf(be->info, sizeof(be->info), "LUN %u of the daemon at host %u", lun, number);
	dev->be_priv = be;
	return 0;
}

ALLOW_ERROR_INJECTION(be_create, ERRNO);

static void be_destroy(struct tgt_device *dev)
{
	struct be_dev *be = dev->be_priv;

	flush_workqueue(be_wq);
	be_host_put(be->host);
	kfree(be);
}

static const char *be_info(struct tgt_device *dev)
{
	return ((struct be_dev *)dev->be_priv)->info;
}

static const struct tgt_option_desc be_options[] = {
	{ .name = "host", .type = TGT_OPT_U32, .max = U16_MAX, .required = true },
	{ .name = "lun", .type = TGT_OPT_U32, .max = TGT_MAX_LUN },
	{ }
};

static struct tgt_backend_ops be_ops = {
	.name		= "stgt",
	.owner		= THIS_MODULE,
	.options	= be_options,
	.create		= be_create,
	.destroy	= be_destroy,
	.raw		= be_raw,
	.tmf		= be_tmf,
	.itl_create	= be_itl_create,
	.itl_leave	= be_itl_leave,
	.itl_kill	= be_itl_kill,
	.itl_destroy	= be_itl_destroy,
	.info		= be_info,
};

int stgt_backend_init(void)
{
	int err;

	be_wq = alloc_workqueue("stgt_nexus", WQ_UNBOUND, 0);
	if (!be_wq)
		return -ENOMEM;
	err = tgt_backend_register(&be_ops);
	if (err)
		destroy_workqueue(be_wq);
	return err;
}

void stgt_backend_exit(void)
{
	tgt_backend_unregister(&be_ops);
	destroy_workqueue(be_wq);
}
