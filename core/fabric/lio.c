// SPDX-License-Identifier: GPL-2.0
/*
 * Bridge to LIO: on its side a backend whose storage objects are devices of ours, on ours a fabric
 * "lio". How it works: docs/lio.md.
 */
#include <linux/slab.h>
#include "lio.h"

#define LIO_QUEUE_DEPTH		128

/* ---- storage objects ------------------------------------------------------------------------- */

static int lio_attach_hba(struct se_hba *hba, u32 id)
{
	return 0;
}

static void lio_detach_hba(struct se_hba *hba)
{
}

static struct se_device *lio_alloc_device(struct se_hba *hba, const char *name)
{
	struct lio_dev *ld = kzalloc(sizeof(*ld), GFP_KERNEL);
	int i;

	if (!ld)
		return NULL;
	for (i = 0; i < LIO_PATHS; i++)
		INIT_HLIST_HEAD(&ld->paths[i]);
	INIT_LIST_HEAD(&ld->node);
	snprintf(ld->claim, sizeof(ld->claim), "LIO's storage object %s/%s",
		 config_item_name(&hba->hba_group.cg_item), name);
	return &ld->se_dev;
}

static void lio_free_rcu(struct rcu_head *rcu)
{
	kfree(lio_dev(container_of(rcu, struct se_device, rcu_head)));
}

static void lio_free_device(struct se_device *se_dev)
{
	call_rcu(&se_dev->rcu_head, lio_free_rcu);
}

/* What LIO tells of it; INQUIRY and the like are the engine's. */
static void lio_describe(struct lio_dev *ld)
{
	struct se_device *se_dev = &ld->se_dev;

	se_dev->dev_attrib.hw_block_size = 1U << ld->facts.block_shift;
	se_dev->dev_attrib.hw_max_sectors = TGT_MAX_IO >> ld->facts.block_shift;
	se_dev->dev_attrib.hw_queue_depth = LIO_QUEUE_DEPTH;
	snprintf(se_dev->t10_wwn.unit_serial, sizeof(se_dev->t10_wwn.unit_serial), "%s",
		 ld->facts.serial);
	se_dev->dev_flags |= DF_FIRMWARE_VPD_UNIT_SERIAL;
}

static int lio_configure_device(struct se_device *se_dev)
{
	struct netlink_ext_ack extack = { };
	struct lio_dev *ld = lio_dev(se_dev);
	int err;

	if (!*ld->name) {
		pr_warn("%s: device=NAME is missing\n", ld->claim);
		return -EINVAL;
	}
	err = tgt_device_claim(ld->name, ld->claim, &ld->facts, &extack);
	if (err) {
		pr_warn("%s: %s\n", ld->claim, extack._msg ?: "no such device");
		return err;
	}
	if (ld->facts.pi) {
		tgt_device_unclaim(ld->facts.id, ld->claim, LIO_FABRIC);
		pr_warn("%s: device %s keeps protection information, which LIO does not pass on\n",
			ld->claim, ld->name);
		return -EOPNOTSUPP;
	}
	lio_describe(ld);
	mutex_lock(&lio_mutex);
	list_add_tail(&ld->node, &lio_devs);
	mutex_unlock(&lio_mutex);
	return 0;
}

/* It has no LUN any more, so no command comes and no session is looked for. */
static void lio_destroy_device(struct se_device *se_dev)
{
	struct lio_dev *ld = lio_dev(se_dev);

	mutex_lock(&lio_mutex);
	list_del_init(&ld->node);
	lio_paths_drop(ld, NULL);
	mutex_unlock(&lio_mutex);
	tgt_device_unclaim(ld->facts.id, ld->claim, LIO_FABRIC);
	lio_ports_reap();
}

static ssize_t lio_set_params(struct se_device *se_dev, const char *page, ssize_t count)
{
	struct lio_dev *ld = lio_dev(se_dev);
	char text[sizeof("device=") + TGT_NAME_MAX + 1], *name;

	if (target_dev_configured(se_dev))
		return -EBUSY;
	if (strscpy(text, page, min_t(size_t, count + 1, sizeof(text))) < 0)
		return -EINVAL;
	name = strim(text);
	if (strncmp(name, "device=", 7) || !name[7] || strlen(name + 7) > TGT_NAME_MAX)
		return -EINVAL;
	strscpy(ld->name, name + 7, sizeof(ld->name));
	return count;
}

/* LIO has put a line into the page before it; there is room for any name. */
static ssize_t lio_show_params(struct se_device *se_dev, char *page)
{
	return sprintf(page, "device=%s\n", lio_dev(se_dev)->name);
}

static u32 lio_device_type(struct se_device *se_dev)
{
	return TYPE_DISK;
}

/* The last one, if that is known here; LIO asks only whether its own sense needs 64 bits. */
static sector_t lio_blocks(struct se_device *se_dev)
{
	u64 nblocks = lio_dev(se_dev)->facts.nblocks;

	return nblocks ? nblocks - 1 : 0;
}

/* All but REPORT LUNS, which is LIO's own. */
static sense_reason_t lio_parse_cdb(struct se_cmd *se_cmd)
{
	se_cmd->priv = NULL;
	return passthrough_parse_cdb(se_cmd, lio_execute);
}

static const struct target_backend_ops lio_backend = {
	.name			= "tgtcore",
	.inquiry_prod		= "tgtcore",
	.inquiry_rev		= "1",
	.owner			= THIS_MODULE,
	.transport_flags_default = TRANSPORT_FLAG_PASSTHROUGH | TRANSPORT_FLAG_PASSTHROUGH_ALUA |
				   TRANSPORT_FLAG_PASSTHROUGH_PGR,
	.attach_hba		= lio_attach_hba,
	.detach_hba		= lio_detach_hba,
	.alloc_device		= lio_alloc_device,
	.configure_device	= lio_configure_device,
	.destroy_device		= lio_destroy_device,
	.free_device		= lio_free_device,
	.set_configfs_dev_params = lio_set_params,
	.show_configfs_dev_params = lio_show_params,
	.parse_cdb		= lio_parse_cdb,
	.tmr_notify		= lio_tmr_notify,
	.get_device_type	= lio_device_type,
	.get_blocks		= lio_blocks,
	.tb_dev_attrib_attrs	= passthrough_attrib_attrs,
};

static int __init lio_init(void)
{
	int err;

	err = lio_fabric_register();
	if (err)
		return err;
	err = transport_backend_register(&lio_backend);
	if (err) {
		lio_fabric_unregister();
		return err;
	}
	lio_age_start();
	return 0;
}

static void __exit lio_exit(void)
{
	target_backend_unregister(&lio_backend);
	lio_age_stop();
	lio_fabric_unregister();
}

module_init(lio_init);
module_exit(lio_exit);
MODULE_DESCRIPTION("tgtcore fabric: behind LIO's fabrics, as a backend of LIO's");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-fabric-lio");
MODULE_IMPORT_NS(TGTCORE);
