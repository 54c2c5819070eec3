// SPDX-License-Identifier: GPL-2.0
/*
 * Handler "stgt": a whole target goes to the daemon, LUN bytes and all. To the daemon the
 * target is a SCSI host in target mode; it hangs under the target in sysfs, so that tgtadm
 * finds it by number and by --bus tgtcore,FABRIC:NAME.
 */
#include <linux/error-injection.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <scsi/scsi_host.h>
#include "stgt.h"

static struct stgt_host *handler_host(struct tgt_target *target)
{
	return target->handler_priv;
}

/* ---- commands --------------------------------------------------------------------------- */

/* A function that marks the command waits for the end of the section, and looks again. */
static enum tgt_ret handler_send(struct tgt_cmd *cmd)
{
	enum tgt_ret ret = TGT_DONE;

	rcu_read_lock();
	if (likely(READ_ONCE(cmd->state) == TGT_CMD_ACTIVE))
		ret = stgt_nexus_submit(cmd->sess->handler_priv, cmd, &cmd->lun);
	rcu_read_unlock();
	return ret;
}

static void handler_queue(struct tgt_cmd *cmd)
{
	cmd->op = NULL;
	cmd->defer = handler_send;
	stgt_nexus_cmd_init(cmd);
	/* as in tgt_engine_queue(): who sees ACTIVE sees the rest */
	smp_store_release(&cmd->state, TGT_CMD_ACTIVE);
	if (cmd->dir == TGT_DIR_OUT && cmd->sess->recv_data && cmd->data_len)
		cmd->sess->recv_data(cmd);
	else
		tgt_cmd_data_ready(cmd);
}

static void handler_tmf(struct tgt_tmf *tmf)
{
	stgt_nexus_tmf(tmf->sess->handler_priv, tmf, &tmf->lun);
}

/* ---- I_T nexuses ------------------------------------------------------------------------ */

static void handler_bound(struct stgt_nexus *nexus)
{
	const struct tgt_fabric_ops *fops = nexus->sess->target->fops;

	if (fops->scan)
		fops->scan(nexus->sess);
}

static noinline int handler_nexus_create(struct tgt_session *sess)
{
	struct stgt_nexus *nexus = kzalloc(sizeof(*nexus), GFP_KERNEL);

	if (!nexus)
		return -ENOMEM;
	nexus->sess = sess;
	nexus->target = sess->target;
	nexus->name = sess->initiator;
	nexus->bound = handler_bound;
	sess->handler_priv = nexus;
	mutex_lock(&stgt_answer_lock);
	stgt_nexus_add(nexus, handler_host(sess->target));
	mutex_unlock(&stgt_answer_lock);
	return 0;
}

ALLOW_ERROR_INJECTION(handler_nexus_create, ERRNO);

static void handler_nexus_destroy(struct tgt_session *sess)
{
	stgt_nexus_del(sess->handler_priv);
	kfree(sess->handler_priv);
}

/* ---- targets ---------------------------------------------------------------------------- */

static const struct stgt_host_ops handler_host_ops = { };

static struct scsi_host_template handler_sht = {
	.module		= THIS_MODULE,
	.name		= "STGT target",
	.proc_name	= "scsi_tgt",
	.queuecommand	= stgt_queuecommand,
	.supported_mode	= MODE_TARGET,
	.can_queue	= 1,
	.this_id	= -1,
	.sg_tablesize	= SG_ALL,
};

/* A host that is not number 0, which tgtadm takes for none. */
static struct Scsi_Host *handler_shost_alloc(void)
{
	struct Scsi_Host *zero = scsi_host_alloc(&handler_sht, sizeof(struct stgt_host));
	struct Scsi_Host *shost;

	if (!zero || zero->host_no)
		return zero;
	shost = scsi_host_alloc(&handler_sht, sizeof(struct stgt_host));
	scsi_host_put(zero);
	return shost;
}

static noinline int handler_attach(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	struct Scsi_Host *shost = handler_shost_alloc();
	struct stgt_host *host;
	int err;

	if (!shost)
		return tgt_err(extack, -ENOMEM, "no memory for a SCSI host");
	host = shost_priv(shost);
	stgt_host_init(host, shost);
	host->ops = &handler_host_ops;
	host->target = target;
	err = scsi_add_host(shost, &target->dev);
	if (err) {
		tgt_err(extack, err, "cannot add a SCSI host for %s:%s", target->fabric,
			target->name);
		goto out_put;
	}
	err = stgt_host_add(host);
	if (err) {
		tgt_err(extack, err, "SCSI host number %u is beyond what a daemon can bind",
			host->number);
		goto out_remove;
	}
	target->handler_priv = host;
	return 0;

out_remove:
	scsi_remove_host(shost);
out_put:
	scsi_host_put(shost);
	return err;
}

ALLOW_ERROR_INJECTION(handler_attach, ERRNO);

static void handler_detach(struct tgt_target *target)
{
	struct stgt_host *host = handler_host(target);
	struct Scsi_Host *shost = host->shost;

	stgt_host_del(host);
	scsi_remove_host(shost);
	scsi_host_put(shost);
}

/*
 * Under the engine's mutex, so without stgt_answer_lock: the states of nexuses are looked at
 * through their sessions.
 */
static int handler_info(struct tgt_target *target, char *buf, size_t size)
{
	struct stgt_host *host = handler_host(target);
	struct tgt_session *sess;
	bool waiting = false;

	list_for_each_entry(sess, &target->sessions, node)
		if (READ_ONCE(((struct stgt_nexus *)sess->handler_priv)->state) ==
		    STGT_NEXUS_WAITING)
			waiting = true;
	if (waiting)
		return scnprintf(buf, size, "waiting for a daemon to bind host %u",
				 host->number);
	return scnprintf(buf, size, "served by a daemon as host %u", host->number);
}

static struct tgt_handler_ops handler_ops = {
	.name		= "stgt",
	.owner		= THIS_MODULE,
	.own_luns	= true,
	.attach		= handler_attach,
	.detach		= handler_detach,
	.nexus_create	= handler_nexus_create,
	.nexus_destroy	= handler_nexus_destroy,
	.queue		= handler_queue,
	.tmf		= handler_tmf,
	.info		= handler_info,
};

int stgt_handler_init(void)
{
	return tgt_handler_register(&handler_ops);
}

void stgt_handler_exit(void)
{
	tgt_handler_unregister(&handler_ops);
}
