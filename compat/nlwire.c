// SPDX-License-Identifier: GPL-2.0
/* Events of the netlink interface of 2006. Pure. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "nlwire.h"

static const struct nlwire nlwires[] = {
	{ .size = 72, .kevent = 32, .pad = 4 },			/* N-C */
	{ .size = 72, .kevent = 28, .pad = 0 },
	{ .size = 80, .kevent = 32, .pad = 4, .tags = true },	/* N-D */
	{ .size = 80, .kevent = 28, .pad = 0, .tags = true },
};

/**
 * nlwire_find() - the revision that a daemon speaks
 * @size: bytes of its events
 * @i386: u64 are aligned to 4 bytes
 *
 * Return: NULL if it is none of ours.
 */
const struct nlwire *nlwire_find(u32 size, bool i386)
{
	unsigned int i;

	for (i = i386; i < ARRAY_SIZE(nlwires); i += 2)
		if (nlwires[i].size == size)
			return &nlwires[i];
	return NULL;
}

/* Fields are in the machine's order, aligned to 4 bytes. */
static void put32(u8 *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static void put64(u8 *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

static u32 take32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static u64 take64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/**
 * nlwire_rsp() - the answer to a message that is to have one
 * @w: layout
 * @err: 0 or a negative errno
 * @buf: gets @w->size bytes
 */
void nlwire_rsp(const struct nlwire *w, int err, u8 *buf)
{
	memset(buf, 0, w->size);
	put32(buf + w->kevent, err);
}

static void encode_cmd(const struct nlwire *w, const struct tgt_event *ev, u32 cid, u8 *k)
{
	put32(k, ev->p.cmd_req.host_no);
	put32(k + 4, cid);
	put32(k + 8, ev->p.cmd_req.data_len);
	memcpy(k + 12, ev->p.cmd_req.scb, sizeof(ev->p.cmd_req.scb));
	memcpy(k + 28, ev->p.cmd_req.lun, sizeof(ev->p.cmd_req.lun));
	put32(k + 36, ev->p.cmd_req.attribute);
	if (w->tags)
		put64(k + 40, ev->p.cmd_req.tag);
}

/**
 * nlwire_encode() - an event for a daemon
 * @w: layout
 * @ev: event
 * @cid: number of the command it is about
 * @buf: gets @w->size bytes
 *
 * Return: the message's type, or -1 if the revision has no such event.
 */
int nlwire_encode(const struct nlwire *w, const struct tgt_event *ev, u32 cid, u8 *buf)
{
	u8 *k = buf + w->kevent;

	memset(buf, 0, w->size);
	switch (ev->hdr.type) {
	case TGT_KEVENT_CMD_REQ:
		encode_cmd(w, ev, cid, k);
		return NLWIRE_KEVENT_CMD_REQ;
	case TGT_KEVENT_CMD_DONE:
		put32(k, ev->p.cmd_done.host_no);
		put32(k + 4, cid);
		put32(k + 8, ev->p.cmd_done.result);
		return NLWIRE_KEVENT_CMD_DONE;
	case TGT_KEVENT_TSK_MGMT_REQ:
		if (!w->tags)
			return -1;
		put32(k, ev->p.tsk_mgmt_req.host_no);
		put32(k + 4, ev->p.tsk_mgmt_req.function);
		put64(k + 8, ev->p.tsk_mgmt_req.tag);
		memcpy(k + 16, ev->p.tsk_mgmt_req.lun, sizeof(ev->p.tsk_mgmt_req.lun));
		put64(k + 24, ev->p.tsk_mgmt_req.mid);
		return NLWIRE_KEVENT_TSK_MGMT_REQ;
	default:
		return -1;
	}
}

/* One address: of the sense where there is any, of the data else. */
static void decode_cmd(const u8 *u, struct tgt_event *ev, u32 *cid)
{
	u32 len = take32(u + 8);
	u64 uaddr = take64(u + 16);

	ev->hdr.type = TGT_UEVENT_CMD_RSP;
	ev->p.cmd_rsp.host_no = take32(u);
	*cid = take32(u + 4);
	ev->p.cmd_rsp.result = take32(u + 12);
	ev->p.cmd_rsp.rw = u[24];
	if (ev->p.cmd_rsp.result == 0x02 && len) {
		ev->p.cmd_rsp.sense_uaddr = uaddr;
		ev->p.cmd_rsp.sense_len = len;
	} else {
		ev->p.cmd_rsp.uaddr = uaddr;
		ev->p.cmd_rsp.len = len;
	}
}

/**
 * nlwire_decode() - an event from a daemon
 * @w: layout
 * @type: of the message
 * @buf: @w->size bytes
 * @ev: gets the event; of a command all but its tag
 * @cid: gets the command's number
 *
 * Return: false if the revision has no such event.
 */
bool nlwire_decode(const struct nlwire *w, u16 type, const u8 *buf, struct tgt_event *ev, u32 *cid)
{
	memset(ev, 0, sizeof(*ev));
	*cid = 0;
	switch (type) {
	case NLWIRE_UEVENT_CMD_RSP:
		decode_cmd(buf, ev, cid);
		return true;
	case NLWIRE_UEVENT_TSK_MGMT_RSP:
		if (!w->tags)
			return false;
		ev->hdr.type = TGT_UEVENT_TSK_MGMT_RSP;
		ev->p.tsk_mgmt_rsp.host_no = take32(buf);
		ev->p.tsk_mgmt_rsp.mid = take64(buf + 4 + w->pad);
		ev->p.tsk_mgmt_rsp.result = take32(buf + 12 + w->pad);
		return true;
	default:
		return false;
	}
}
