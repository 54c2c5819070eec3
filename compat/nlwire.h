/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the bytes of the netlink interface of 2006 mean: two revisions, each in two layouts. Pure:
 * also compiled in user space. Inside, an event is the ring's of generation 3.
 */
#ifndef _STGT_NLWIRE_H
#define _STGT_NLWIRE_H

#include <linux/types.h>
#include <scsi/scsi_tgt_if.h>

#define NLWIRE_MAX	80	/* bytes of the longest event */

/* Message types. */
enum nlwire_type {
	NLWIRE_UEVENT_REQ,
	NLWIRE_UEVENT_CMD_RSP,
	NLWIRE_UEVENT_TSK_MGMT_RSP,
	NLWIRE_KEVENT_RSP,
	NLWIRE_KEVENT_CMD_REQ,
	NLWIRE_KEVENT_CMD_DONE,
	NLWIRE_KEVENT_TSK_MGMT_REQ,
};

/**
 * struct nlwire - a revision in one layout
 * @size: bytes of an event
 * @kevent: where what the kernel says begins
 * @pad: bytes before a u64 that 4 bytes do not align
 * @tags: commands carry tags, and there is task management: revision N-D
 */
struct nlwire {
	u8	size;
	u8	kevent;
	u8	pad;
	bool	tags;
};

const struct nlwire *nlwire_find(u32 size, bool i386);
void nlwire_rsp(const struct nlwire *w, int err, u8 *buf);
int nlwire_encode(const struct nlwire *w, const struct tgt_event *ev, u32 cid, u8 *buf);
bool nlwire_decode(const struct nlwire *w, u16 type, const u8 *buf, struct tgt_event *ev, u32 *cid);

#endif
