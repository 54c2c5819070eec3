// SPDX-License-Identifier: GPL-2.0
/*
 * Target ports and LUN maps that a fabric makes itself, where somebody else than the admin says
 * what there is to be seen: the bridge to LIO. What it makes is configuration like any other.
 */
#include <linux/delay.h>
#include "core.h"

#define TGT_PORT_WAIT_MS	10	/* how often one that goes is looked at */

/* Numbers are used again, so it is the claim that tells. */
static struct tgt_device *tgt_device_claimed(u32 id, const char *by)
{
	struct tgt_device *dev = xa_load(&tgt_devices, id);

	lockdep_assert_held(&tgt_config_mutex);
	return dev && dev->claim == by ? dev : NULL;
}

/**
 * tgt_device_claim() - tell that a device is somebody's, who will map it when he needs it
 * @name: which
 * @by: who, as told to who wants to delete it; its address stays his until tgt_device_unclaim()
 * @facts: gets what it is
 * @extack: gets the reason of an error
 *
 * Until it is unclaimed, the device goes by force only, and the claim with it.
 *
 * Return: 0; -ENOENT; -EBUSY: it is claimed, or on its way in or out. Context: process, not under
 * tgt_config_mutex.
 */
int tgt_device_claim(const char *name, const char *by, struct tgt_device_facts *facts,
		     struct netlink_ext_ack *extack)
{
	struct tgt_device *dev;
	int err = 0;

	tgt_config_lock();
	dev = tgt_device_active(name, NULL, extack);
	if (IS_ERR(dev)) {
		err = PTR_ERR(dev);
	} else if (dev->claim) {
		err = tgt_err(extack, -EBUSY, "device %s is %s already", name, dev->claim);
	} else {
		dev->claim = by;
		*facts = (struct tgt_device_facts) {
			.id = dev->id, .nblocks = dev->nblocks, .block_shift = dev->block_shift,
			.pi = dev->prot_type || dev->prot_any,
		};
		strscpy(facts->serial, dev->serial, sizeof(facts->serial));
	}
	tgt_config_unlock();
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_device_claim, TGTCORE);

/* Begins to remove the LUNs of a device at targets of a fabric; false if there are none. */
static bool tgt_port_unmap(const char *fabric, struct tgt_device *dev)
{
	struct tgt_lun *lun;
	bool found = false;

	lockdep_assert_held(&tgt_config_mutex);
	list_for_each_entry(lun, &dev->luns, dev_node) {
		if (strcmp(lun->group->target->fabric, fabric))
			continue;
		tgt_lun_start_remove(lun);
		found = true;
	}
	return found;
}

/**
 * tgt_device_unclaim() - a device is not somebody's any more
 * @id: which
 * @by: who
 * @fabric: its LUNs at targets of this fabric go
 *
 * Returns when they are gone. Context: process, not under tgt_config_mutex; no command is in
 * flight there.
 */
void tgt_device_unclaim(u32 id, const char *by, const char *fabric)
{
	struct tgt_device *dev;

	tgt_config_lock();
	while ((dev = tgt_device_claimed(id, by)) && tgt_port_unmap(fabric, dev)) {
		tgt_config_unlock();
		msleep(TGT_PORT_WAIT_MS);
		tgt_config_lock();
	}
	if (dev)
		dev->claim = NULL;
	tgt_config_unlock();
}
EXPORT_SYMBOL_NS_GPL(tgt_device_unclaim, TGTCORE);

/**
 * tgt_port_create() - make a target port of a fabric
 * @fabric: its name
 * @name: of the port
 * @rtpi: relative target port identifier, or that of the next port that is free
 *
 * Return: 0, or an errno; -EEXIST: it is there. Context: process, not under tgt_config_mutex.
 */
int tgt_port_create(const char *fabric, const char *name, u16 rtpi)
{
	struct tgt_target_params p = {
		.fabric = fabric, .name = name, .handler = "engine", .rtpi_from = rtpi,
		.reap = true,
	};
	int err;

	err = tgt_target_create(&p, NULL, NULL);
	if (!err || err == -EINPROGRESS)
		tgt_config_unlock();
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_port_create, TGTCORE);

/* One that a fabric made, and that has no LUNs, is on its way; an admin's is the admin's. */
static bool tgt_port_goes(const char *fabric, const char *name)
{
	struct tgt_target *target = tgt_target_lookup(fabric, name);

	return target && target->reap && !tgt_target_delete(fabric, name, false, NULL, NULL);
}

/**
 * tgt_port_reap() - delete a target port of tgt_port_create() that has no LUNs
 * @fabric: its name
 * @name: of the port
 *
 * Returns when it is gone, if it goes. Context: process, not under tgt_config_mutex.
 */
void tgt_port_reap(const char *fabric, const char *name)
{
	tgt_config_lock();
	while (tgt_port_goes(fabric, name)) {
		tgt_config_unlock();
		msleep(TGT_PORT_WAIT_MS);
		tgt_config_lock();
	}
	tgt_config_unlock();
}
EXPORT_SYMBOL_NS_GPL(tgt_port_reap, TGTCORE);

/**
 * tgt_port_map() - have a claimed device at a LUN of a port
 * @target: port, which its fabric keeps from going
 * @number: LUN; another device that is there goes
 * @id: the device
 * @by: who claimed it
 *
 * Return: 0; -EAGAIN: what was there is on its way out; -ENOENT: there is no such device any more.
 * Context: process, not under tgt_config_mutex.
 */
int tgt_port_map(struct tgt_target *target, u32 number, u32 id, const char *by)
{
	struct tgt_lun_params p = {
		.fabric = target->fabric, .target = target->name, .number = number,
	};
	struct tgt_device *dev;
	struct tgt_lun *lun;
	int err = 0;

	tgt_config_lock();
	dev = tgt_device_claimed(id, by);
	lun = xa_load(&target->open->luns, number);
	if (!dev || dev->state != TGT_ACTIVE) {
		err = -ENOENT;
	} else if (!lun) {
		p.device = dev->name;
		lun = tgt_lun_create(&p, NULL, NULL);
		err = PTR_ERR_OR_ZERO(lun);
	} else if (lun->dev != dev || lun->state != TGT_ACTIVE) {
		tgt_lun_start_remove(lun);
		err = -EAGAIN;
	}
	tgt_config_unlock();
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_port_map, TGTCORE);
