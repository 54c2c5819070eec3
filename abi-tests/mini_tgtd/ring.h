/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of /dev/tgt as an old daemon knows it: written from its description alone, so
 * that an error in the kernel's own header is not ours as well. abi-tests/layout holds both
 * against a table of numbers.
 */
#ifndef MINI_TGTD_RING_H
#define MINI_TGTD_RING_H

#include <linux/types.h>

#define RING_BYTES 65536u

enum {
	CMD_RSP = 0x0001,
	IT_NEXUS_RSP = 0x0002,
	TSK_MGMT_RSP = 0x0003,
	TSK_MGMT_RSP_OLD = 0x0002,	/* generations 1 and 2 */

	CMD_REQ = 0x1001,
	CMD_DONE = 0x1002,
	IT_NEXUS_REQ = 0x1003,
	TSK_MGMT_REQ = 0x1004,
	TSK_MGMT_REQ_OLD = 0x1003,
};

#define RESULT_TASK_ABORTED 0x20

struct hdr {
	__u16 version, status, type, len;
} __attribute__((aligned(8)));

struct event3 {
	struct hdr hdr;
	union {
		struct {
			__s32 host_no, result;
			__aligned_u64 itn_id, tag, uaddr, sense_uaddr;
			__u32 len, sense_len;
			__u8 rw;
		} cmd_rsp;
		struct {
			__s32 host_no, result;
			__aligned_u64 itn_id, mid;
		} tsk_mgmt_rsp;
		struct {
			__s32 host_no, result;
			__aligned_u64 itn_id;
			__u32 function;
		} it_nexus_rsp;
		struct {
			__s32 host_no;
			__u32 data_len;
			__aligned_u64 itn_id;
			__u8 scb[16], lun[8];
			__s32 attribute;
			__aligned_u64 tag;
		} cmd_req;
		struct {
			__s32 host_no, result;
			__aligned_u64 itn_id, tag;
		} cmd_done;
		struct {
			__s32 host_no, function;
			__aligned_u64 itn_id, tag;
			__u8 lun[8];
			__aligned_u64 mid;
		} tsk_mgmt_req;
		struct {
			__s32 host_no;
			__u32 function;
			__aligned_u64 itn_id;
			__u32 max_cmds;
			__u8 initiator_id[16];
		} it_nexus_req;
	};
};

/* Generations 1 and 2 know no nexus and differ in the answer to a command alone. */
struct event2 {
	struct hdr hdr;
	union {
		struct {
			__s32 host_no;
			__u32 len;
			__s32 result;
			__aligned_u64 uaddr;
			__u8 rw;
			__aligned_u64 tag;
		} cmd_rsp1;
		struct {
			__s32 host_no, result;
			__aligned_u64 tag, uaddr, sense_uaddr;
			__u32 len, sense_len;
			__u8 rw;
		} cmd_rsp;
		struct {
			__s32 host_no;
			__aligned_u64 mid;
			__s32 result;
		} tsk_mgmt_rsp;
		struct {
			__s32 host_no;
			__u32 data_len;
			__u8 scb[16], lun[8];
			__s32 attribute;
			__aligned_u64 tag;
		} cmd_req;
		struct {
			__s32 host_no;
			__aligned_u64 tag;
			__s32 result;
		} cmd_done;
		struct {
			__s32 host_no, function;
			__aligned_u64 tag;
			__u8 lun[8];
			__aligned_u64 mid;
		} tsk_mgmt_req;
	};
};

/* One direction, as seen by one side: the slot that comes next. */
struct ring {
	__u8 *base, *slot;
	unsigned int page_size, pages, event_size, per_page;
	unsigned int page, in_page;	/* of slot */
};

static inline void ring_rewind(struct ring *r)
{
	r->slot = r->base;
	r->page = 0;
	r->in_page = 0;
}

/* No event spans pages: the rest of a page is left unused. */
static inline void ring_init(struct ring *r, void *base, unsigned int page_size, int generation)
{
	r->base = base;
	r->page_size = page_size;
	r->pages = page_size > RING_BYTES ? 1 : RING_BYTES / page_size;
	r->event_size = generation == 3 ? sizeof(struct event3) : sizeof(struct event2);
	r->per_page = page_size / r->event_size;
	ring_rewind(r);
}

static inline void ring_next(struct ring *r)
{
	r->slot += r->event_size;
	if (++r->in_page == r->per_page) {
		r->in_page = 0;
		if (++r->page == r->pages)
			r->page = 0;
		r->slot = r->base + (unsigned long)r->page * r->page_size;
	}
}

static inline unsigned long ring_bytes(const struct ring *r)
{
	return (unsigned long)r->pages * r->page_size;
}

static inline unsigned int ring_slots(const struct ring *r)
{
	return r->pages * r->per_page;
}

static inline void *ring_slot(const struct ring *r, unsigned int i)
{
	return r->base + (unsigned long)(i / r->per_page) * r->page_size +
		i % r->per_page * r->event_size;
}

/* The status is written last and read first. */
static inline __u16 slot_status(const void *slot)
{
	return __atomic_load_n(&((const struct hdr *)slot)->status, __ATOMIC_ACQUIRE);
}

static inline void set_slot_status(void *slot, __u16 status)
{
	__atomic_store_n(&((struct hdr *)slot)->status, status, __ATOMIC_RELEASE);
}

#endif
