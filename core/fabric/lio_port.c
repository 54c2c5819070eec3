// SPDX-License-Identifier: GPL-2.0
/* Target ports: our target for each target port group of LIO's that has a LUN of ours. */
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/xxhash.h>
#include "lio.h"

LIST_HEAD(lio_ports);

static struct tgt_fabric_ops lio_protocols[LIO_PROTOCOLS];	/* one for each identifier */

/* ---- the engine's side ----------------------------------------------------------------------- */

static int lio_target_create(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	struct lio_port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return tgt_err(extack, -ENOMEM, "no memory for a target");
	port->target = target;
	INIT_LIST_HEAD(&port->nexuses);
	target->fabric_priv = port;
	mutex_lock(&lio_mutex);
	list_add_tail(&port->node, &lio_ports);
	mutex_unlock(&lio_mutex);
	return 0;
}

/* A nexus that nobody finds any more, or NULL. */
static struct lio_nexus *lio_port_unlink_first(struct lio_port *port)
{
	struct lio_nexus *nexus;

	mutex_lock(&lio_mutex);
	nexus = list_first_entry_or_null(&port->nexuses, struct lio_nexus, node);
	if (nexus)
		lio_nexus_unlink(nexus);
	mutex_unlock(&lio_mutex);
	return nexus;
}

static void lio_target_remove(struct tgt_target *target)
{
	struct lio_port *port = target->fabric_priv;
	struct lio_nexus *nexus;

	/* nobody is making anything of it after that, nor begins to */
	mutex_lock(&lio_make_mutex);
	mutex_lock(&lio_mutex);
	list_del(&port->node);
	mutex_unlock(&lio_mutex);
	mutex_unlock(&lio_make_mutex);
	while ((nexus = lio_port_unlink_first(port)))
		lio_nexus_end(nexus);
	wait_var_event(&port->ending, !READ_ONCE(port->ending));
	mutex_lock(&lio_mutex);		/* who ended the last one is done with the port */
	mutex_unlock(&lio_mutex);
	kfree(port);
}

static const struct tgt_option_desc lio_options[] = {
	{ }
};

static struct tgt_fabric_ops lio_ops = {
	.name		= LIO_FABRIC,
	.owner		= THIS_MODULE,
	.protocol	= SCSI_PROTOCOL_UNSPEC,
	.flags		= TGT_FABRIC_OWN_LUNS | TGT_FABRIC_OWN_RESETS,
	.options	= lio_options,
	.target_create	= lio_target_create,
	.target_remove	= lio_target_remove,
	.send_response	= lio_response,
	.iter		= lio_iter,
};

int lio_fabric_register(void)
{
	int i;

	for (i = 0; i < LIO_PROTOCOLS; i++) {
		lio_protocols[i] = lio_ops;
		lio_protocols[i].protocol = i;
	}
	return tgt_fabric_register(&lio_ops);
}

void lio_fabric_unregister(void)
{
	tgt_fabric_unregister(&lio_ops);
}

/* ---- LIO's side ------------------------------------------------------------------------------ */

/* Who a target port group is. It may be looked at while it has a session, or a LUN. */
static void lio_port_id(struct se_portal_group *tpg, struct lio_port_id *id)
{
	const struct target_core_fabric_ops *tfo = tpg->se_tpg_tfo;

	memset(id, 0, sizeof(*id));
	strscpy(id->fabric, tfo->fabric_name, sizeof(id->fabric));
	strscpy(id->wwn, tfo->tpg_get_wwn(tpg), sizeof(id->wwn));
	id->tag = tfo->tpg_get_tag(tpg);
}

bool lio_port_is(const struct lio_port *port, struct se_portal_group *tpg)
{
	const struct target_core_fabric_ops *tfo = tpg->se_tpg_tfo;

	return port->id.tag == tfo->tpg_get_tag(tpg) &&
	       lio_name_is(port->id.wwn, port->wwn_len, tfo->tpg_get_wwn(tpg)) &&
	       lio_name_is(port->id.fabric, port->fabric_len, tfo->fabric_name);
}

/* The port that a target port group is, if it is one yet. */
struct lio_port *lio_port_of(struct se_portal_group *tpg)
{
	struct lio_port *port;

	lockdep_assert_held(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		if (port->bound && lio_port_is(port, tpg))
			return port;
	return NULL;
}

/* The target of a name, made by us or by the admin; @id is who it is. */
static struct lio_port *lio_port_named(const char *name, const struct lio_port_id *id)
{
	struct lio_port *port, *found = NULL;

	mutex_lock(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		if (!strcmp(port->target->name, name))
			found = port;
	if (found && !found->bound) {
		found->id = *id;
		found->fabric_len = strlen(id->fabric) + 1;
		found->wwn_len = strlen(id->wwn) + 1;
		found->bound = true;
	}
	mutex_unlock(&lio_mutex);
	return found;
}

/**
 * lio_port_make() - the port that a target port group is
 * @tpg: LIO's
 *
 * Return: it stays as long as lio_make_mutex is held; or an ERR_PTR, -EAGAIN if it is just being
 * made or is going. Context: process, lio_make_mutex held.
 */
struct lio_port *lio_port_make(struct se_portal_group *tpg)
{
	char name[LIO_PORT_NAME];
	struct lio_port_id id;
	struct lio_port *port;
	u64 hash;
	int err;

	lockdep_assert_held(&lio_make_mutex);
	mutex_lock(&lio_mutex);
	port = lio_port_of(tpg);
	mutex_unlock(&lio_mutex);
	if (port)
		return port;
	lio_port_id(tpg, &id);
	hash = xxh64(&id, sizeof(id), 0);
	lio_port_name(&id, hash, name);
	port = lio_port_named(name, &id);
	if (!port) {
		err = tgt_port_create(LIO_FABRIC, name, hash % U16_MAX + 1);
		if (err && err != -EEXIST && err != -EINPROGRESS)
			return ERR_PTR(err);
		port = lio_port_named(name, &id);
	}
	if (!port)
		return ERR_PTR(-EAGAIN);
	if (tpg->proto_id >= 0 && tpg->proto_id < LIO_PROTOCOLS)
		WRITE_ONCE(port->target->fops, &lio_protocols[tpg->proto_id]);
	return port;
}

/* A port to be looked at next, by name, after that one; false if there is none. */
static bool lio_port_next(char *name, u32 n)
{
	struct lio_port *port;
	bool found = false;

	mutex_lock(&lio_mutex);
	list_for_each_entry(port, &lio_ports, node)
		if (!n--) {
			strscpy(name, port->target->name, LIO_PORT_NAME);
			found = true;
			break;
		}
	mutex_unlock(&lio_mutex);
	return found;
}

/* Ports that were made here go when they are without a LUN. */
void lio_ports_reap(void)
{
	char name[LIO_PORT_NAME], before[LIO_PORT_NAME] = "";
	u32 n = 0;

	while (lio_port_next(name, n)) {
		if (strcmp(name, before))
			tgt_port_reap(LIO_FABRIC, name);
		else
			n++;	/* it stays */
		strscpy(before, name, sizeof(before));
	}
}
