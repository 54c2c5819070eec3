// SPDX-License-Identifier: GPL-2.0
/*
 * The old API for target drivers: hosts, I_T nexuses, task management, under the names and
 * with the behaviour they had. Commands are in lld_cmd.c.
 *
 * A driver's host is a Scsi_Host of today with a queuecommand that refuses; what this module
 * keeps for it lies behind the driver's private data, so that one lives as long as the other.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <scsi/scsi_tgt.h>
#include "lld.h"

struct stgt_hooks {
	struct list_head		node;
	struct scsi_transport_template	*transport;
	struct stgt_transport_hooks	hooks;
};

static LIST_HEAD(stgt_hooks);		/* stgt_answer_lock */

static unsigned int lld_nr_attrs(struct device_attribute **old)
{
	unsigned int n = 0;

	while (old && old[n])
		n++;
	return n;
}

static void lld_fill_template(struct scsi_host_template *sht, const struct stgt_host_template *old)
{
	sht->module = old->module;
	sht->name = old->name;
	sht->proc_name = old->proc_name;
	sht->info = old->info;
	sht->queuecommand = stgt_queuecommand;
	sht->supported_mode = old->supported_mode;
	sht->can_queue = old->can_queue ?: 1;
	sht->this_id = old->this_id;
	sht->sg_tablesize = old->sg_tablesize ?: SG_ALL;
	sht->max_sectors = old->max_sectors ?: SCSI_DEFAULT_MAX_SECTORS;
	sht->cmd_per_lun = old->cmd_per_lun;
}

/**
 * lld_host() - what this module keeps for a host
 * @shost: host
 *
 * Return: NULL if it is not one of stgt_host_alloc().
 */
struct lld_host *lld_host(struct Scsi_Host *shost)
{
	const struct scsi_host_template *sht = shost->hostt;

	if (sht->queuecommand != stgt_queuecommand)
		return NULL;
	return container_of(sht, struct lld_host, sht);
}

/**
 * stgt_host_alloc() - scsi_host_alloc() for target drivers
 * @sht: template of the old form; stays while the host does
 * @privsize: bytes for the driver at shost->hostdata
 *
 * Return: NULL if there is no memory. Context: process.
 */
struct Scsi_Host *stgt_host_alloc(struct stgt_host_template *sht, int privsize)
{
	size_t priv = ALIGN(privsize, __alignof__(struct lld_host));
	unsigned int i, n = lld_nr_attrs(sht->shost_attrs);
	struct scsi_host_template first = { };
	struct Scsi_Host *shost;
	struct lld_host *lld;

	lld_fill_template(&first, sht);
	shost = scsi_host_alloc(&first, priv + struct_size(lld, attr, n + 1));
	if (!shost)
		return NULL;
	lld = (void *)shost->hostdata + priv;
	lld->sht = first;
	lld->old = sht;
	for (i = 0; i < n; i++)
		lld->attr[i] = &sht->shost_attrs[i]->attr;
	lld->attrs.attrs = lld->attr;
	lld->groups[0] = &lld->attrs;
	stgt_host_init(&lld->host, shost);
	lld_host_init(lld);
	shost->hostt = &lld->sht;
	shost->shost_dev.groups = lld->groups;
	return shost;
}
EXPORT_SYMBOL_GPL(stgt_host_alloc);

/* ---- hosts ------------------------------------------------------------------------------ */

static void lld_nexus_rsp(struct stgt_host *host, u64 itn, int result)
{
	struct stgt_hooks *h;

	list_for_each_entry(h, &stgt_hooks, node)
		if (h->transport == host->shost->transportt) {
			if (h->hooks.it_nexus_response)
				h->hooks.it_nexus_response(host->shost, itn, result);
			return;
		}
}

static void lld_tmf_rsp(struct stgt_host *host, u64 itn, u64 mid, int result)
{
	struct stgt_hooks *h;

	list_for_each_entry(h, &stgt_hooks, node)
		if (h->transport == host->shost->transportt) {
			if (h->hooks.tsk_mgmt_response)
				h->hooks.tsk_mgmt_response(host->shost, itn, mid, result);
			return;
		}
}

static const struct stgt_host_ops lld_ops = {
	.answer		= lld_answer,
	.lost		= lld_lost,
	.nexus_rsp	= lld_nexus_rsp,
	.tmf_rsp	= lld_tmf_rsp,
};

/**
 * stgt_transport_hooks_set() - what a transport's target drivers want to hear
 * @transport: as in shost->transportt
 * @hooks: functions, or NULL when the transport goes
 *
 * Return: 0 or -ENOMEM. Context: process.
 */
int stgt_transport_hooks_set(struct scsi_transport_template *transport,
			     const struct stgt_transport_hooks *hooks)
{
	struct stgt_hooks *h, *next, *new = NULL;

	if (hooks) {
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (!new)
			return -ENOMEM;
		new->transport = transport;
		new->hooks = *hooks;
	}
	mutex_lock(&stgt_answer_lock);
	list_for_each_entry_safe(h, next, &stgt_hooks, node)
		if (h->transport == transport) {
			list_del(&h->node);
			kfree(h);
		}
	if (new)
		list_add(&new->node, &stgt_hooks);
	mutex_unlock(&stgt_answer_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(stgt_transport_hooks_set);

/**
 * scsi_tgt_alloc_queue() - a host can take commands from here on
 * @shost: host of stgt_host_alloc(), added
 *
 * Return: 0, -ENOMEM, -EINVAL for another host, -EBUSY when called twice. Context: process.
 */
int scsi_tgt_alloc_queue(struct Scsi_Host *shost)
{
	struct lld_host *lld = lld_host(shost);

	if (!lld)
		return -EINVAL;
	lld->host.ops = &lld_ops;
	return stgt_host_add(&lld->host);
}
EXPORT_SYMBOL_GPL(scsi_tgt_alloc_queue);

/**
 * scsi_tgt_free_queue() - the daemon has nothing more to do with a host
 * @shost: host
 *
 * The driver's eh_abort_handler() is called for every command the daemon still has, and for
 * those that it was too busy to transfer. Context: process.
 */
void scsi_tgt_free_queue(struct Scsi_Host *shost)
{
	struct lld_host *lld = lld_host(shost);

	if (!lld)
		return;
	stgt_host_del(&lld->host);
	lld_host_exit(lld);
}
EXPORT_SYMBOL_GPL(scsi_tgt_free_queue);

/* ---- I_T nexuses and task management ---------------------------------------------------- */

/**
 * scsi_tgt_it_nexus_create() - tell the daemon of an I_T nexus
 * @shost: host
 * @itn_id: any number that names it
 * @initiator: name, or NULL
 *
 * Return: 0 or a negative number. Context: any.
 */
int scsi_tgt_it_nexus_create(struct Scsi_Host *shost, u64 itn_id, char *initiator)
{
	int err = stgt_send_nexus(&lld_host(shost)->host, itn_id, TGT_IT_NEXUS_CREATE, initiator);

	if (err)
		stgt_warn("The i_t_neuxs request lost, %d %llx!\n", shost->host_no, itn_id);
	return err;
}
EXPORT_SYMBOL_GPL(scsi_tgt_it_nexus_create);

/**
 * scsi_tgt_it_nexus_destroy() - the reverse
 * @shost: host
 * @itn_id: as given to scsi_tgt_it_nexus_create()
 *
 * Return: 0 or a negative number. Context: any.
 */
int scsi_tgt_it_nexus_destroy(struct Scsi_Host *shost, u64 itn_id)
{
	int err = stgt_send_nexus(&lld_host(shost)->host, itn_id, TGT_IT_NEXUS_DESTROY, NULL);

	if (err)
		stgt_warn("The i_t_neuxs request lost, %d %llx!\n", shost->host_no, itn_id);
	return err;
}
EXPORT_SYMBOL_GPL(scsi_tgt_it_nexus_destroy);

/**
 * scsi_tgt_tsk_mgmt_request() - ask the daemon for a task management function
 * @shost: host
 * @itn_id: I_T nexus
 * @function: SCSI message code
 * @tag: task, for ABORT TASK
 * @lun: LUN
 * @data: the driver's, comes back as mid with the answer
 *
 * Return: 0 or a negative number. Context: any.
 */
int scsi_tgt_tsk_mgmt_request(struct Scsi_Host *shost, u64 itn_id, int function, u64 tag,
			      struct scsi_lun *lun, void *data)
{
	int err = stgt_send_tmf(&lld_host(shost)->host, itn_id, function, tag, lun,
				(unsigned long)data);

	if (err)
		stgt_warn("The task management request lost!\n");
	return err;
}
EXPORT_SYMBOL_GPL(scsi_tgt_tsk_mgmt_request);
