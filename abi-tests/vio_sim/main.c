// SPDX-License-Identifier: GPL-2.0
/*
 * vio_sim: POWER's virtual I/O, with the hypervisor and the client partition in one module, so that
 * virtual SCSI servers run on any machine. For tests only.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "vio_sim.h"

static unsigned int adapters = 1;
module_param(adapters, uint, 0444);
MODULE_PARM_DESC(adapters, "virtual SCSI server adapters, 1 to 8");

bool sim_native;
module_param_named(native, sim_native, bool, 0444);
MODULE_PARM_DESC(native, "IUs and properties in the machine's byte order, for old drivers");

struct sim_adapter *sim_adapters[SIM_MAX_ADAPTERS];
unsigned int sim_nr_adapters;

static void sim_adapter_free(struct sim_adapter *a)
{
	sim_window_exit(&a->server);
	sim_window_exit(&a->client);
	kfree(a);
}

static struct sim_adapter *sim_adapter_alloc(unsigned int i)
{
	struct sim_adapter *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	mutex_init(&a->mutex);
	init_waitqueue_head(&a->raw_wait);
	/* two classes: a copy takes both */
	rwlock_init(&a->server.lock);
	rwlock_init(&a->client.lock);
	a->server.adapter = a;
	a->client.adapter = a;
	a->server.partner = &a->client;
	a->client.partner = &a->server;
	a->server.unit = 0x30000002 + i;
	a->client.unit = 0x20000002 + i;
	a->server.liobn = 0x13000002 + i;
	a->client.liobn = 0x12000002 + i;
	if (!sim_window_init(&a->server) && !sim_window_init(&a->client))
		return a;
	sim_adapter_free(a);
	return NULL;
}

static void sim_remove_all(void)
{
	struct sim_adapter *a;
	unsigned int i;

	for (i = 0; i < sim_nr_adapters; i++) {
		a = sim_adapters[i];
		mutex_lock(&a->mutex);
		sim_raw_close(a);
		mutex_unlock(&a->mutex);
		sim_device_del(a);
	}
	while (sim_nr_adapters)
		sim_adapter_free(sim_adapters[--sim_nr_adapters]);
}

static int __init sim_add_all(void)
{
	struct sim_adapter *a;
	unsigned int i;
	int err;

	for (i = 0; i < adapters; i++) {
		a = sim_adapter_alloc(i);
		if (!a)
			return -ENOMEM;
		sim_adapters[i] = a;
		sim_nr_adapters = i + 1;
		err = sim_device_add(a);
		if (err)
			return err;
	}
	return 0;
}

static int __init sim_init(void)
{
	int err;

	if (!adapters || adapters > SIM_MAX_ADAPTERS)
		return -EINVAL;
	/* its windows are mapped by operations of each device, which nothing would call */
	if (!IS_ENABLED(CONFIG_DMA_OPS) && !IS_ENABLED(CONFIG_ARCH_HAS_DMA_OPS)) {
		pr_err("vio_sim: this kernel has no DMA operations of devices\n");
		return -EOPNOTSUPP;
	}
	err = sim_bus_init();
	if (err)
		return err;
	err = sim_add_all();
	if (!err)
		err = sim_raw_init();
	if (err) {
		sim_remove_all();
		sim_bus_exit();
	}
	return err;
}

static void __exit sim_exit(void)
{
	sim_raw_exit();
	sim_remove_all();
	sim_bus_exit();
}

module_init(sim_init);
module_exit(sim_exit);
MODULE_DESCRIPTION("POWER virtual I/O with a client partition, for tests");
MODULE_LICENSE("GPL");
