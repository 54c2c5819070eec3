/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Today's header, but for drivers whose ->remove returned a number. Includes what an old driver
 * found through others.
 */
#ifndef _STGT_ASM_VIO_H
#define _STGT_ASM_VIO_H

#include_next <asm/vio.h>
#include <linux/mod_devicetable.h>
#include <linux/workqueue.h>
#include <linux/slab.h>

#ifndef STGT_INTERNAL

/**
 * struct stgt_vio_driver - as it was until Linux 5.15
 * @name: of the driver
 * @id_table: what it drives
 * @probe: as today's
 * @remove: what it returns is not looked at, and never was
 * @get_desired_dma: as today's
 * @pm: as today's
 * @driver: name, in drivers of before 3.3
 * @now: the driver of today
 */
struct stgt_vio_driver {
	const char			*name;
	const struct vio_device_id	*id_table;
	int				(*probe)(struct vio_dev *dev,
						 const struct vio_device_id *id);
	int				(*remove)(struct vio_dev *dev);
	unsigned long			(*get_desired_dma)(struct vio_dev *dev);
	const struct dev_pm_ops		*pm;
	struct device_driver		driver;
	struct vio_driver		now;
};

static inline void stgt_vio_remove(struct vio_dev *dev)
{
	struct vio_driver *now = to_vio_driver(dev->dev.driver);

	container_of(now, struct stgt_vio_driver, now)->remove(dev);
}

static inline int stgt_vio_register_driver(struct stgt_vio_driver *old, struct module *owner,
					   const char *mod_name)
{
	old->now.name = old->name ?: old->driver.name;
	old->now.id_table = old->id_table;
	old->now.probe = old->probe;
	old->now.remove = stgt_vio_remove;
	old->now.get_desired_dma = old->get_desired_dma;
	old->now.pm = old->pm;
	return __vio_register_driver(&old->now, owner, mod_name);
}

static inline void stgt_vio_unregister_driver(struct stgt_vio_driver *old)
{
	vio_unregister_driver(&old->now);
}

#undef vio_register_driver
#define vio_driver		stgt_vio_driver
#define vio_register_driver(drv) \
	stgt_vio_register_driver(drv, THIS_MODULE, KBUILD_MODNAME)
#define vio_unregister_driver	stgt_vio_unregister_driver

#endif
#endif
