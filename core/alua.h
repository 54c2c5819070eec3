/* SPDX-License-Identifier: GPL-2.0 */
/* Target port groups: the configuration of asymmetric logical unit access. */
#ifndef _TGTCORE_DEV_ALUA_H
#define _TGTCORE_DEV_ALUA_H

#include "core.h"
#include "scsi/alua.h"

#define TGT_TPG_NAMES	12288	/* bytes of each list of names, in a message */
#define TGT_TPG_NO_STATE 0xff

/**
 * struct tgt_tpg_device - a device for which a group has a state of its own
 * @node: in tpg->devices
 * @group: the state
 * @own: the one the administrator gave it, or TGT_TPG_NO_STATE: here for what an initiator set
 * @name: of the device, which need not be there
 */
struct tgt_tpg_device {
	struct list_head	node;
	struct tgt_alua_group	group;
	u8			own;
	char			name[TGT_NAME_MAX + 1];
};

/**
 * struct tgt_tpg - a target port group; tgt_config_mutex
 * @group: its state for all other devices
 * @devices: struct tgt_tpg_device
 */
struct tgt_tpg {
	struct tgt_alua_group	group;
	struct list_head	devices;
};

/**
 * struct tgt_tpg_params - what a request says of a group; a pointer is NULL where it says nothing
 * @id: 1 to 65535
 * @state: name of a state
 * @targets: its targets: FABRIC:NAME,...
 * @devices: devices with a state of their own: NAME=STATE,...
 * @preferred: preferred bit
 * @have_preferred: there is one
 */
struct tgt_tpg_params {
	u32			id;
	const char		*state;
	const char		*targets;
	const char		*devices;
	bool			preferred;
	bool			have_preferred;
};

extern struct xarray tgt_tpgs;	/* by id */

int tgt_tpg_create(const struct tgt_tpg_params *p, const u64 *gen,
		   struct netlink_ext_ack *extack);
int tgt_tpg_set(const struct tgt_tpg_params *p, const u64 *gen, struct netlink_ext_ack *extack);
int tgt_tpg_delete(u32 id, bool force, const u64 *gen, struct netlink_ext_ack *extack);
struct tgt_tpg *tgt_tpg_get(u32 id, struct netlink_ext_ack *extack);
void tgt_tpg_exit(void);
void tgt_tpg_leave(struct tgt_target *target);
void tgt_tpg_forget(struct tgt_device *dev);
void tgt_alua_itl(struct tgt_itl *itl);
void tgt_event_tpg(u8 cmd, struct tgt_tpg *tpg);

/**
 * struct tgt_alua_view - the groups and ports a device is accessible through
 * @nr_groups: groups
 * @nr_ports: ports
 * @groups: each once, as the device sees them
 * @tpgs: the groups these are of
 * @ports: each once; group 0: it is in none
 * @disk_ports: the same, for VPD page 88h
 */
struct tgt_alua_view {
	u32			nr_groups;
	u32			nr_ports;
	struct tgt_alua_group	*groups;
	struct tgt_tpg		**tpgs;
	struct tgt_alua_port	*ports;
	struct tgt_disk_port	*disk_ports;
};

int tgt_alua_view(struct tgt_device *dev, struct tgt_alua_view *view);
void tgt_alua_view_free(struct tgt_alua_view *view);
int tgt_alua_apply(struct tgt_device *dev, const struct tgt_alua_view *view,
		   const struct tgt_itl *by);

#endif
