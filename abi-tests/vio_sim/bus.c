// SPDX-License-Identifier: GPL-2.0
/*
 * The vio bus, its devices and their properties. A device's interrupt is a real one, raised from an
 * irq_work: the driver's handler runs as it would.
 *
 * An adapter lives while the module does; its device from sim_device_add() to sim_device_del(),
 * and a driver may hold it longer.
 */
#include <linux/dma-map-ops.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <tgtcore/kcompat.h>
#include "vio_sim.h"

struct sim_dev {
	struct vio_dev		vdev;
	struct sim_adapter	*adapter;
};

static struct device *sim_root;

struct sim_adapter *sim_of_dev(struct device *dev)
{
	return container_of(to_vio_dev(dev), struct sim_dev, vdev)->adapter;
}

/* ---- the bus ---------------------------------------------------------------------------- */

static const struct vio_device_id *sim_match_id(const struct vio_device_id *id,
						const struct vio_dev *vdev)
{
	for (; id && id->type[0]; id++)
		if (!strcmp(id->type, vdev->type) && !strcmp(id->compat, "IBM,v-scsi-host"))
			return id;
	return NULL;
}

static int sim_match(struct device *dev, tgt_match_driver *drv)
{
	return !!sim_match_id(to_vio_driver(drv)->id_table, to_vio_dev(dev));
}

static int sim_probe(struct device *dev)
{
	struct vio_driver *drv = to_vio_driver(dev->driver);
	struct vio_dev *vdev = to_vio_dev(dev);

	return drv->probe(vdev, sim_match_id(drv->id_table, vdev));
}

static void sim_remove(struct device *dev)
{
	to_vio_driver(dev->driver)->remove(to_vio_dev(dev));
}

static struct bus_type sim_bus = {
	.name	= VIO_SIM_BUS,
	.match	= sim_match,
	.probe	= sim_probe,
	.remove	= sim_remove,
};

/**
 * vio_sim_register_driver() - a driver for devices of the bus
 * @drv: driver
 * @owner: module
 * @mod_name: its name
 *
 * Return: 0 or an errno. Context: process.
 */
int vio_sim_register_driver(struct vio_driver *drv, struct module *owner, const char *mod_name)
{
	drv->driver.name = drv->name;
	drv->driver.pm = drv->pm;
	drv->driver.bus = &sim_bus;
	drv->driver.owner = owner;
	drv->driver.mod_name = mod_name;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(vio_sim_register_driver);

/**
 * vio_sim_unregister_driver() - the reverse
 * @drv: driver
 *
 * Context: process.
 */
void vio_sim_unregister_driver(struct vio_driver *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(vio_sim_unregister_driver);

/* ---- properties ------------------------------------------------------------------------- */

/**
 * vio_sim_get_attribute() - property of a device
 * @vdev: device
 * @which: name
 * @length: its bytes, or NULL
 *
 * Return: value, or NULL. Context: any.
 */
const void *vio_sim_get_attribute(struct vio_dev *vdev, char *which, int *length)
{
	struct sim_adapter *a = sim_of_dev(&vdev->dev);

	if (strcmp(which, "ibm,my-dma-window"))
		return NULL;
	if (length)
		*length = sizeof(a->window);
	return a->window;
}
EXPORT_SYMBOL_GPL(vio_sim_get_attribute);

/**
 * vio_sim_find_node() - the device tree has one node
 * @path: "/"
 *
 * Return: it, or NULL. Context: any.
 */
struct device_node *vio_sim_find_node(const char *path)
{
	static struct device_node root;

	return strcmp(path, "/") ? NULL : &root;
}
EXPORT_SYMBOL_GPL(vio_sim_find_node);

/**
 * vio_sim_property() - property of that node
 * @node: of vio_sim_find_node()
 * @name: name
 * @length: its bytes, or NULL
 *
 * Return: value, or NULL. Context: any.
 */
const void *vio_sim_property(const struct device_node *node, const char *name, int *length)
{
	static const char model[] = "IBM,9117-MMA", system[] = "IBM,0210ABCDE";
	static const char partition[] = "sim-server";
	static u32 number;
	const void *value = NULL;
	int len = 0;

	number = sim32(10);
	if (!strcmp(name, "model")) {
		value = model;
		len = sizeof(model);
	} else if (!strcmp(name, "system-id")) {
		value = system;
		len = sizeof(system);
	} else if (!strcmp(name, "ibm,partition-name")) {
		value = partition;
		len = sizeof(partition);
	} else if (!strcmp(name, "ibm,partition-no")) {
		value = &number;
		len = sizeof(number);
	}
	if (length)
		*length = len;
	return value;
}
EXPORT_SYMBOL_GPL(vio_sim_property);

/* ---- interrupts ------------------------------------------------------------------------- */

static void sim_irq_raise(struct irq_work *work)
{
	struct sim_adapter *a = container_of(work, struct sim_adapter, irq_work);

	generic_handle_irq(a->vdev->irq);
}

static void sim_server_kick(struct sim_end *end)
{
	irq_work_queue(&end->adapter->irq_work);
}

static int sim_signal_dev(struct vio_dev *vdev, unsigned long mode)
{
	return h_vio_signal(vdev->unit_address, mode) == H_SUCCESS ? 0 : -EIO;
}

/**
 * vio_sim_enable_interrupts() - a device may interrupt
 * @vdev: device
 *
 * Return: 0 or an errno. Context: any.
 */
int vio_sim_enable_interrupts(struct vio_dev *vdev)
{
	return sim_signal_dev(vdev, VIO_IRQ_ENABLE);
}
EXPORT_SYMBOL_GPL(vio_sim_enable_interrupts);

/**
 * vio_sim_disable_interrupts() - a device may not
 * @vdev: device
 *
 * Return: 0 or an errno. Context: any.
 */
int vio_sim_disable_interrupts(struct vio_dev *vdev)
{
	return sim_signal_dev(vdev, VIO_IRQ_DISABLE);
}
EXPORT_SYMBOL_GPL(vio_sim_disable_interrupts);

/* ---- devices ---------------------------------------------------------------------------- */

static void sim_dev_release(struct device *dev)
{
	kfree(container_of(to_vio_dev(dev), struct sim_dev, vdev));
}

static int sim_irq_alloc(void)
{
	int irq = irq_alloc_desc(NUMA_NO_NODE);

	if (irq < 0)
		return irq;
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	irq_modify_status(irq, IRQ_NOREQUEST, IRQ_NOPROBE);
	return irq;
}

/* Local window, then the client's: number, two cells of address, two of size. */
static void sim_fill_window(struct sim_adapter *a)
{
	a->window[0] = sim32(a->server.liobn);
	a->window[4] = sim32(SIM_TCES << PAGE_SHIFT);
	a->window[5] = sim32(a->client.liobn);
	a->window[9] = sim32(SIM_TCES << PAGE_SHIFT);
}

int sim_device_add(struct sim_adapter *a)
{
	struct sim_dev *sd = kzalloc(sizeof(*sd), GFP_KERNEL);
	struct device *dev;
	int irq, err;

	if (!sd)
		return -ENOMEM;
	irq = sim_irq_alloc();
	if (irq < 0) {
		kfree(sd);
		return irq;
	}
	sim_fill_window(a);
	sd->adapter = a;
	sd->vdev.name = "v-scsi-host";
	sd->vdev.type = "v-scsi-host";
	sd->vdev.unit_address = a->server.unit;
	sd->vdev.irq = irq;
	a->vdev = &sd->vdev;
	a->irq_work = IRQ_WORK_INIT_HARD(sim_irq_raise);
	a->server.kick = sim_server_kick;
	dev = &sd->vdev.dev;
	device_initialize(dev);
	dev->parent = sim_root;
	dev->bus = &sim_bus;
	dev->release = sim_dev_release;
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(64);
	set_dma_ops(dev, &sim_dma_ops);
	dev_set_name(dev, "%x", a->server.unit);
	err = device_add(dev);
	if (!err)
		return 0;
	a->vdev = NULL;
	irq_free_desc(irq);
	put_device(dev);
	return err;
}

void sim_device_del(struct sim_adapter *a)
{
	struct vio_dev *vdev = a->vdev;

	if (!vdev)
		return;
	device_del(&vdev->dev);
	sim_free_crq(&a->server);	/* no kick of it from here on */
	irq_work_sync(&a->irq_work);
	a->vdev = NULL;
	irq_free_desc(vdev->irq);
	put_device(&vdev->dev);
}

int sim_bus_init(void)
{
	int err = bus_register(&sim_bus);

	if (err)
		return err;
	sim_root = root_device_register(VIO_SIM_BUS);
	if (!IS_ERR(sim_root))
		return 0;
	bus_unregister(&sim_bus);
	return PTR_ERR(sim_root);
}

void sim_bus_exit(void)
{
	root_device_unregister(sim_root);
	bus_unregister(&sim_bus);
}
