// SPDX-License-Identifier: GPL-2.0
/* Slots, and events of the old generations. Pure. */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include "wire.h"

#define AT(type, field, offset) \
	static_assert(offsetof(struct type, field) == (offset))

static_assert(sizeof(struct tgt_event) == 64);
AT(tgt_event, hdr.version, 0);
AT(tgt_event, hdr.status, 2);
AT(tgt_event, hdr.type, 4);
AT(tgt_event, hdr.len, 6);
AT(tgt_event, p.cmd_rsp.host_no, 8);
AT(tgt_event, p.cmd_rsp.result, 12);
AT(tgt_event, p.cmd_rsp.itn_id, 16);
AT(tgt_event, p.cmd_rsp.tag, 24);
AT(tgt_event, p.cmd_rsp.uaddr, 32);
AT(tgt_event, p.cmd_rsp.sense_uaddr, 40);
AT(tgt_event, p.cmd_rsp.len, 48);
AT(tgt_event, p.cmd_rsp.sense_len, 52);
AT(tgt_event, p.cmd_rsp.rw, 56);
AT(tgt_event, p.tsk_mgmt_rsp.host_no, 8);
AT(tgt_event, p.tsk_mgmt_rsp.result, 12);
AT(tgt_event, p.tsk_mgmt_rsp.itn_id, 16);
AT(tgt_event, p.tsk_mgmt_rsp.mid, 24);
AT(tgt_event, p.it_nexus_rsp.host_no, 8);
AT(tgt_event, p.it_nexus_rsp.result, 12);
AT(tgt_event, p.it_nexus_rsp.itn_id, 16);
AT(tgt_event, p.it_nexus_rsp.function, 24);
AT(tgt_event, p.cmd_req.host_no, 8);
AT(tgt_event, p.cmd_req.data_len, 12);
AT(tgt_event, p.cmd_req.itn_id, 16);
AT(tgt_event, p.cmd_req.scb, 24);
AT(tgt_event, p.cmd_req.lun, 40);
AT(tgt_event, p.cmd_req.attribute, 48);
AT(tgt_event, p.cmd_req.tag, 56);
AT(tgt_event, p.cmd_done.host_no, 8);
AT(tgt_event, p.cmd_done.result, 12);
AT(tgt_event, p.cmd_done.itn_id, 16);
AT(tgt_event, p.cmd_done.tag, 24);
AT(tgt_event, p.tsk_mgmt_req.host_no, 8);
AT(tgt_event, p.tsk_mgmt_req.function, 12);
AT(tgt_event, p.tsk_mgmt_req.itn_id, 16);
AT(tgt_event, p.tsk_mgmt_req.tag, 24);
AT(tgt_event, p.tsk_mgmt_req.lun, 32);
AT(tgt_event, p.tsk_mgmt_req.mid, 40);
AT(tgt_event, p.it_nexus_req.host_no, 8);
AT(tgt_event, p.it_nexus_req.function, 12);
AT(tgt_event, p.it_nexus_req.itn_id, 16);
AT(tgt_event, p.it_nexus_req.max_cmds, 24);
AT(tgt_event, p.it_nexus_req.initiator_id, 28);

static_assert(sizeof(struct tgt_event_g2) == 56);
AT(tgt_event_g2, p.cmd_rsp_g1.host_no, 8);
AT(tgt_event_g2, p.cmd_rsp_g1.len, 12);
AT(tgt_event_g2, p.cmd_rsp_g1.result, 16);
AT(tgt_event_g2, p.cmd_rsp_g1.uaddr, 24);
AT(tgt_event_g2, p.cmd_rsp_g1.rw, 32);
AT(tgt_event_g2, p.cmd_rsp_g1.tag, 40);
AT(tgt_event_g2, p.cmd_rsp.host_no, 8);
AT(tgt_event_g2, p.cmd_rsp.result, 12);
AT(tgt_event_g2, p.cmd_rsp.tag, 16);
AT(tgt_event_g2, p.cmd_rsp.uaddr, 24);
AT(tgt_event_g2, p.cmd_rsp.sense_uaddr, 32);
AT(tgt_event_g2, p.cmd_rsp.len, 40);
AT(tgt_event_g2, p.cmd_rsp.sense_len, 44);
AT(tgt_event_g2, p.cmd_rsp.rw, 48);
AT(tgt_event_g2, p.tsk_mgmt_rsp.host_no, 8);
AT(tgt_event_g2, p.tsk_mgmt_rsp.mid, 16);
AT(tgt_event_g2, p.tsk_mgmt_rsp.result, 24);
AT(tgt_event_g2, p.cmd_req.host_no, 8);
AT(tgt_event_g2, p.cmd_req.data_len, 12);
AT(tgt_event_g2, p.cmd_req.scb, 16);
AT(tgt_event_g2, p.cmd_req.lun, 32);
AT(tgt_event_g2, p.cmd_req.attribute, 40);
AT(tgt_event_g2, p.cmd_req.tag, 48);
AT(tgt_event_g2, p.cmd_done.host_no, 8);
AT(tgt_event_g2, p.cmd_done.tag, 16);
AT(tgt_event_g2, p.cmd_done.result, 24);
AT(tgt_event_g2, p.tsk_mgmt_req.host_no, 8);
AT(tgt_event_g2, p.tsk_mgmt_req.function, 12);
AT(tgt_event_g2, p.tsk_mgmt_req.tag, 16);
AT(tgt_event_g2, p.tsk_mgmt_req.lun, 24);
AT(tgt_event_g2, p.tsk_mgmt_req.mid, 32);

/**
 * stgt_shape_init() - lay out a ring
 * @shape: filled in
 * @gen: generation
 * @page_size: bytes of a page
 */
void stgt_shape_init(struct stgt_shape *shape, enum stgt_gen gen, u32 page_size)
{
	shape->page_size = page_size;
	shape->event_size = gen == STGT_G3 ? sizeof(struct tgt_event) :
			    sizeof(struct tgt_event_g2);
	shape->bytes = page_size > TGT_RING_SIZE ? page_size : TGT_RING_SIZE;
	shape->per_page = page_size / shape->event_size;
	shape->slots = shape->per_page * (shape->bytes / page_size);
}

/**
 * stgt_encode() - an event for a daemon of generation 1 or 2
 * @gen: generation
 * @ev: event from the kernel
 * @old: gets all its bytes but the status
 *
 * Return: false if that generation has no such event.
 */
bool stgt_encode(enum stgt_gen gen, const struct tgt_event *ev, struct tgt_event_g2 *old)
{
	memset(old, 0, sizeof(*old));
	switch (ev->hdr.type) {
	case TGT_KEVENT_CMD_REQ:
		old->hdr.type = TGT_KEVENT_CMD_REQ;
		old->p.cmd_req.host_no = ev->p.cmd_req.host_no;
		old->p.cmd_req.data_len = ev->p.cmd_req.data_len;
		memcpy(old->p.cmd_req.scb, ev->p.cmd_req.scb, sizeof(old->p.cmd_req.scb));
		memcpy(old->p.cmd_req.lun, ev->p.cmd_req.lun, sizeof(old->p.cmd_req.lun));
		old->p.cmd_req.attribute = ev->p.cmd_req.attribute;
		old->p.cmd_req.tag = ev->p.cmd_req.tag;
		return true;
	case TGT_KEVENT_CMD_DONE:
		old->hdr.type = TGT_KEVENT_CMD_DONE;
		old->p.cmd_done.host_no = ev->p.cmd_done.host_no;
		old->p.cmd_done.tag = ev->p.cmd_done.tag;
		old->p.cmd_done.result = ev->p.cmd_done.result;
		return true;
	case TGT_KEVENT_TSK_MGMT_REQ:
		old->hdr.type = TGT_G2_KEVENT_TSK_MGMT_REQ;
		old->p.tsk_mgmt_req.host_no = ev->p.tsk_mgmt_req.host_no;
		old->p.tsk_mgmt_req.function = ev->p.tsk_mgmt_req.function;
		old->p.tsk_mgmt_req.tag = ev->p.tsk_mgmt_req.tag;
		memcpy(old->p.tsk_mgmt_req.lun, ev->p.tsk_mgmt_req.lun,
		       sizeof(old->p.tsk_mgmt_req.lun));
		old->p.tsk_mgmt_req.mid = ev->p.tsk_mgmt_req.mid;
		return true;
	default:
		return false;
	}
}

/* Generation 1 has one address: of the sense where there is any, of the data else. */
static void stgt_decode_rsp_g1(const struct tgt_event_g1_rsp *old, struct tgt_event *ev)
{
	ev->p.cmd_rsp.host_no = old->host_no;
	ev->p.cmd_rsp.result = old->result;
	ev->p.cmd_rsp.tag = old->tag;
	ev->p.cmd_rsp.rw = old->rw;
	if (old->result == 0x02 && old->len) {
		ev->p.cmd_rsp.sense_uaddr = old->uaddr;
		ev->p.cmd_rsp.sense_len = old->len;
	} else {
		ev->p.cmd_rsp.uaddr = old->uaddr;
		ev->p.cmd_rsp.len = old->len;
	}
}

static void stgt_decode_rsp_g2(const struct tgt_event_g2_rsp *old, struct tgt_event *ev)
{
	ev->p.cmd_rsp.host_no = old->host_no;
	ev->p.cmd_rsp.result = old->result;
	ev->p.cmd_rsp.tag = old->tag;
	ev->p.cmd_rsp.uaddr = old->uaddr;
	ev->p.cmd_rsp.sense_uaddr = old->sense_uaddr;
	ev->p.cmd_rsp.len = old->len;
	ev->p.cmd_rsp.sense_len = old->sense_len;
	ev->p.cmd_rsp.rw = old->rw;
}

/**
 * stgt_decode() - an event from a daemon of generation 1 or 2
 * @gen: generation
 * @old: a copy of the slot
 * @ev: gets the event; of an unknown type only the type
 */
void stgt_decode(enum stgt_gen gen, const struct tgt_event_g2 *old, struct tgt_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->hdr = old->hdr;
	switch (old->hdr.type) {
	case TGT_UEVENT_CMD_RSP:
		if (gen == STGT_G1)
			stgt_decode_rsp_g1(&old->p.cmd_rsp_g1, ev);
		else
			stgt_decode_rsp_g2(&old->p.cmd_rsp, ev);
		break;
	case TGT_G2_UEVENT_TSK_MGMT_RSP:
		ev->hdr.type = TGT_UEVENT_TSK_MGMT_RSP;
		ev->p.tsk_mgmt_rsp.host_no = old->p.tsk_mgmt_rsp.host_no;
		ev->p.tsk_mgmt_rsp.mid = old->p.tsk_mgmt_rsp.mid;
		ev->p.tsk_mgmt_rsp.result = old->p.tsk_mgmt_rsp.result;
		break;
	case TGT_UEVENT_TSK_MGMT_RSP:
		ev->hdr.type = 0;	/* a number of generation 3: unknown then */
		break;
	}
}
