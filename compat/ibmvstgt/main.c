// SPDX-License-Identifier: GPL-2.0
/*
 * ibmvstgt: the SCSI target driver of POWER's virtual I/O, under its old name and for the same
 * devices. docs/ibmvstgt.md is the overview.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/slab.h>
#include <scsi/scsi_host.h>
#include "ibmvstgt.h"

struct workqueue_struct *vst_wq;
LIST_HEAD(vst_adapters);
DEFINE_MUTEX(vst_adapters_mutex);	/* vst_adapters, and which of them has a target */

char vst_system_id[64];
char vst_partition_name[97] = "UNKNOWN";
unsigned int vst_partition_number = -1;

/* ---- adapters --------------------------------------------------------------------------- */

/*
 * A window is its number, an address and a size; ours comes first, then the client's. How many
 * cells the latter two have others may tell; there are two of each.
 */
static int vst_windows(struct vst_adapter *a)
{
	char property[] = "ibm,my-dma-window";
	const __be32 *cells;
	int len = 0;

	cells = vio_get_attribute(a->vdev, property, &len);
	if (!cells || len < 10 * (int)sizeof(*cells)) {
		vst_err(a, "Couldn't get window property %d\n", cells ? len : 0);
		return -EIO;
	}
	a->liobn = be32_to_cpu(cells[0]);
	a->riobn = be32_to_cpu(cells[5]);
	return 0;
}

static struct vst_adapter *vst_adapter_alloc(struct vio_dev *vdev)
{
	struct vst_adapter *a = kvzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->vdev = vdev;
	a->server = &vst_daemon;
	mutex_init(&a->mutex);
	spin_lock_init(&a->lock);
	init_waitqueue_head(&a->idle);
	INIT_LIST_HEAD(&a->free);
	INIT_LIST_HEAD(&a->unsent);
	INIT_WORK(&a->work, vst_work);
	INIT_DELAYED_WORK(&a->again, vst_again);
	return a;
}

static void vst_adapter_free(struct vst_adapter *a)
{
	if (a->shost)
		scsi_host_put(a->shost);
	vst_ius_free(a);
	kvfree(a);
}

static int vst_probe(struct vio_dev *vdev, const struct vio_device_id *id)
{
	struct vst_adapter *a = vst_adapter_alloc(vdev);
	int err;

	if (!a)
		return -ENOMEM;
	err = vst_windows(a);
	if (err)
		goto out_free;
	err = -ENOMEM;
	a->shost = vst_host_alloc(a);
	if (!a->shost || vst_ius_alloc(a))
		goto out_free;
	dev_set_drvdata(&vdev->dev, a);
	err = vst_host_add(a);
	if (err)
		goto out_free;
	err = vst_crq_create(a);
	if (err) {
		vst_host_remove(a);
		goto out_free;
	}
	mutex_lock(&vst_adapters_mutex);
	list_add_tail(&a->node, &vst_adapters);
	mutex_unlock(&vst_adapters_mutex);
	return 0;

out_free:
	vst_adapter_free(a);
	return err;
}

static bool vst_all_free(struct vst_adapter *a)
{
	bool all;

	spin_lock_irq(&a->lock);
	all = a->nr_free == VST_IUS;
	spin_unlock_irq(&a->lock);
	return all;
}

static void vst_remove(struct vio_dev *vdev)
{
	struct vst_adapter *a = dev_get_drvdata(&vdev->dev);

	mutex_lock(&vst_adapters_mutex);
	list_del(&a->node);
	vst_engine_detach(a);
	mutex_unlock(&vst_adapters_mutex);
	mutex_lock(&a->mutex);
	a->going = true;
	vst_logout(a);
	mutex_unlock(&a->mutex);
	vst_crq_destroy(a);
	vst_host_remove(a);
	/* the worker still lets go of answers that were not sent */
	wait_event(a->idle, vst_all_free(a));
	cancel_delayed_work_sync(&a->again);
	cancel_work_sync(&a->work);
	vst_adapter_free(a);
}

/* IUs, their data by either server, and the queue: what there may be mapped at once. */
static unsigned long vst_desired_dma(struct vio_dev *vdev)
{
	return VST_IUS * (PAGE_ALIGN(VST_BUF_SIZE) + VST_MAX_DATA) +
	       VST_LIMIT * (VST_MAX_DATA + PAGE_SIZE) + PAGE_SIZE;
}

static const struct vio_device_id vst_ids[] = {
	{ "v-scsi-host", "IBM,v-scsi-host" },
	{ "", "" }
};
MODULE_DEVICE_TABLE(vio, vst_ids);

static struct vio_driver vst_driver = {
	.name		= "ibmvscsis",
	.id_table	= vst_ids,
	.probe		= vst_probe,
	.remove		= vst_remove,
	.get_desired_dma = vst_desired_dma,
};

/* ---- the machine ------------------------------------------------------------------------ */

static void vst_system_info(void)
{
	struct device_node *root = of_find_node_by_path("/");
	const char *id, *model, *name;
	const __be32 *number;

	if (!root)
		return;
	model = of_get_property(root, "model", NULL);
	id = of_get_property(root, "system-id", NULL);
	if (model && id)
		snprintf(vst_system_id, sizeof(vst_system_id), "%s-%s", model, id);
	name = of_get_property(root, "ibm,partition-name", NULL);
	if (name)
		strscpy(vst_partition_name, name, sizeof(vst_partition_name));
	number = of_get_property(root, "ibm,partition-no", NULL);
	if (number)
		vst_partition_number = be32_to_cpu(*number);
	of_node_put(root);
}

static int __init vst_init(void)
{
	int err = -ENOMEM;

	pr_info("IBM eServer i/pSeries Virtual SCSI Target Driver\n");
	vst_system_info();
	vst_wq = alloc_workqueue("ibmvtgtd", WQ_UNBOUND, 0);
	if (!vst_wq)
		return -ENOMEM;
	err = vst_daemon_init();
	if (err)
		goto out_wq;
	err = vst_engine_init();
	if (err)
		goto out_daemon;
	err = vio_register_driver(&vst_driver);
	if (!err)
		return 0;
	vst_engine_exit();
out_daemon:
	vst_daemon_exit();
out_wq:
	destroy_workqueue(vst_wq);
	return err;
}

/* Without adapters nothing is queued any more. */
static void __exit vst_exit(void)
{
	pr_info("Unregister IBM virtual SCSI driver\n");
	vio_unregister_driver(&vst_driver);
	vst_engine_exit();
	vst_daemon_exit();
	destroy_workqueue(vst_wq);
}

module_init(vst_init);
module_exit(vst_exit);
MODULE_DESCRIPTION("IBM Virtual SCSI Target");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-fabric-ibmvstgt");
MODULE_IMPORT_NS(TGTCORE);
