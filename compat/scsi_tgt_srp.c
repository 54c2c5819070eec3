// SPDX-License-Identifier: GPL-2.0
/*
 * The target hooks that the SRP transport class had: a remote port made or gone is an I_T
 * nexus for the daemon. The class itself is the kernel's own.
 *
 * A port belongs to its host; it is on stgt_rports from add to del.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <scsi/scsi_tgt.h>
#include "transport.h"

struct stgt_srp {
	struct list_head		node;
	struct scsi_transport_template	*transport;
	struct srp_function_template	ft;
};

struct stgt_rport {
	struct list_head		node;
	struct srp_rport		*rport;
	struct Scsi_Host		*shost;
};

static LIST_HEAD(stgt_srps);
static LIST_HEAD(stgt_rports);
static DEFINE_MUTEX(stgt_srp_lock);	/* both */

/**
 * stgt_srp_attach_transport() - srp_attach_transport() for target drivers
 * @old: the driver's functions; stay until stgt_srp_release_transport()
 *
 * Return: for shost->transportt, or NULL. Context: process.
 */
struct scsi_transport_template *
stgt_srp_attach_transport(struct stgt_srp_function_template *old)
{
	struct stgt_transport_hooks hooks = {
		.tsk_mgmt_response = old->tsk_mgmt_response,
		.it_nexus_response = old->it_nexus_response,
	};
	struct stgt_srp *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->ft.rport_delete = old->rport_delete;
	s->transport = srp_attach_transport(&s->ft);
	if (!s->transport)
		goto out_free;
	if (stgt_transport_hooks_set(s->transport, &hooks))
		goto out_release;
	mutex_lock(&stgt_srp_lock);
	list_add(&s->node, &stgt_srps);
	mutex_unlock(&stgt_srp_lock);
	return s->transport;

out_release:
	srp_release_transport(s->transport);
out_free:
	kfree(s);
	return NULL;
}
EXPORT_SYMBOL_GPL(stgt_srp_attach_transport);

/**
 * stgt_srp_release_transport() - the reverse
 * @t: of stgt_srp_attach_transport(); no host uses it
 *
 * Context: process.
 */
void stgt_srp_release_transport(struct scsi_transport_template *t)
{
	struct stgt_srp *s, *next, *found = NULL;

	mutex_lock(&stgt_srp_lock);
	list_for_each_entry_safe(s, next, &stgt_srps, node)
		if (s->transport == t) {
			list_del(&s->node);
			found = s;
		}
	mutex_unlock(&stgt_srp_lock);
	stgt_transport_hooks_set(t, NULL);
	srp_release_transport(t);
	kfree(found);
}
EXPORT_SYMBOL_GPL(stgt_srp_release_transport);

static bool stgt_rport_is_nexus(struct Scsi_Host *shost, u8 roles)
{
	return shost->active_mode & MODE_TARGET && roles == SRP_RPORT_ROLE_INITIATOR;
}

/**
 * stgt_srp_rport_add() - srp_rport_add() that tells the daemon of an initiator
 * @shost: host
 * @ids: port
 *
 * Return: remote port or an ERR_PTR. Context: process.
 */
struct srp_rport *stgt_srp_rport_add(struct Scsi_Host *shost, struct srp_rport_identifiers *ids)
{
	struct stgt_rport *r = kzalloc(sizeof(*r), GFP_KERNEL);
	struct srp_rport *rport;
	int err;

	if (!r)
		return ERR_PTR(-ENOMEM);
	rport = srp_rport_add(shost, ids);
	if (IS_ERR(rport)) {
		kfree(r);
		return rport;
	}
	if (stgt_rport_is_nexus(shost, ids->roles)) {
		err = scsi_tgt_it_nexus_create(shost, (unsigned long)rport, rport->port_id);
		if (err) {
			srp_rport_del(rport);
			kfree(r);
			return ERR_PTR(err);
		}
	}
	r->rport = rport;
	r->shost = shost;
	mutex_lock(&stgt_srp_lock);
	list_add(&r->node, &stgt_rports);
	mutex_unlock(&stgt_srp_lock);
	return rport;
}
EXPORT_SYMBOL_GPL(stgt_srp_rport_add);

static void stgt_rport_end(struct stgt_rport *r)
{
	if (stgt_rport_is_nexus(r->shost, r->rport->roles))
		scsi_tgt_it_nexus_destroy(r->shost, (unsigned long)r->rport);
	srp_rport_del(r->rport);
	kfree(r);
}

/* One port, or with NULL any of @shost, off the list. */
static struct stgt_rport *stgt_rport_take(struct srp_rport *rport, struct Scsi_Host *shost)
{
	struct stgt_rport *r, *found = NULL;

	mutex_lock(&stgt_srp_lock);
	list_for_each_entry(r, &stgt_rports, node)
		if (rport ? r->rport == rport : r->shost == shost) {
			list_del(&r->node);
			found = r;
			break;
		}
	mutex_unlock(&stgt_srp_lock);
	return found;
}

/**
 * stgt_srp_rport_del() - srp_rport_del() that tells the daemon
 * @rport: of stgt_srp_rport_add()
 *
 * Context: process.
 */
void stgt_srp_rport_del(struct srp_rport *rport)
{
	struct stgt_rport *r = stgt_rport_take(rport, NULL);

	if (r)
		stgt_rport_end(r);
}
EXPORT_SYMBOL_GPL(stgt_srp_rport_del);

/**
 * stgt_srp_remove_host() - srp_remove_host() that tells the daemon
 * @shost: host, before scsi_remove_host()
 *
 * Context: process.
 */
void stgt_srp_remove_host(struct Scsi_Host *shost)
{
	struct stgt_rport *r;

	while ((r = stgt_rport_take(NULL, shost)))
		stgt_rport_end(r);
	srp_remove_host(shost);
}
EXPORT_SYMBOL_GPL(stgt_srp_remove_host);

MODULE_DESCRIPTION("STGT: target hooks of the SRP transport");
MODULE_LICENSE("GPL");
