/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vio bus as drivers see it: vio_sim.ko's. Its functions have names of their own, since POWER
 * has the real ones, and the calls of a driver go to it by this header; what other headers have of
 * the machine's hypervisor, they keep.
 */
#ifndef _VIO_SIM_ASM_VIO_H
#define _VIO_SIM_ASM_VIO_H

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/of.h>
#include <asm/hvcall.h>

#define VIO_IRQ_DISABLE		0UL
#define VIO_IRQ_ENABLE		1UL

#define plpar_hcall_norets		vio_sim_hcall
#define __vio_register_driver		vio_sim_register_driver
#define vio_unregister_driver		vio_sim_unregister_driver
#define vio_get_attribute		vio_sim_get_attribute
#define vio_enable_interrupts		vio_sim_enable_interrupts
#define vio_disable_interrupts		vio_sim_disable_interrupts

#define h_vio_signal(ua, mode)	plpar_hcall_norets(H_VIO_SIGNAL, ua, mode)

struct vio_dev {
	const char	*name;
	const char	*type;
	u32		unit_address;
	unsigned int	irq;
	struct device	dev;
};

struct vio_driver {
	const char			*name;
	const struct vio_device_id	*id_table;
	int				(*probe)(struct vio_dev *dev,
						 const struct vio_device_id *id);
	void				(*remove)(struct vio_dev *dev);
	unsigned long			(*get_desired_dma)(struct vio_dev *dev);
	const struct dev_pm_ops		*pm;
	struct device_driver		driver;
};

#define to_vio_driver(drv)	container_of(drv, struct vio_driver, driver)
#define to_vio_dev(d)		container_of(d, struct vio_dev, dev)

int __vio_register_driver(struct vio_driver *drv, struct module *owner, const char *mod_name);
void vio_unregister_driver(struct vio_driver *drv);
#define vio_register_driver(drv)	__vio_register_driver(drv, THIS_MODULE, KBUILD_MODNAME)

const void *vio_get_attribute(struct vio_dev *dev, char *which, int *length);
int vio_enable_interrupts(struct vio_dev *dev);
int vio_disable_interrupts(struct vio_dev *dev);

/* The device tree's root, which has properties of the machine and of the partition. */
struct device_node *vio_sim_find_node(const char *path);
const void *vio_sim_property(const struct device_node *node, const char *name, int *length);

#define of_find_node_by_path(path)		vio_sim_find_node(path)
#define of_get_property(node, name, length)	vio_sim_property(node, name, length)
#define of_node_put(node)			((void)(node))

#endif
