// SPDX-License-Identifier: GPL-2.0
/*
 * What the module makes of its events for daemons of generations 1 and 2, and of theirs for
 * itself, as those daemons' own structs have it.
 */
#include <stdio.h>
#include <string.h>

#include "ring.h"
#include "wire.h"

static int bad;

#define IS(got, want) do {						\
	if ((__u64)(got) != (__u64)(want)) {				\
		printf("%d: generation %d: %s is %llx, not %llx\n", __LINE__, gen, #got, \
		       (__u64)(got), (__u64)(want));			\
		bad = 1;						\
	}								\
} while (0)

/* Bytes of the event that no field covers. */
static void zero(int gen, const void *slot, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		IS(((const __u8 *)slot)[i], 0);
}

static void check_requests(int gen)
{
	union {
		struct tgt_event_g2 theirs;
		struct event2 e;
	} slot;
	struct tgt_event ev;

	memset(&ev, 0, sizeof(ev));
	memset(&slot, 0xff, sizeof(slot));
	ev.hdr.type = 0x1001;
	ev.p.cmd_req.host_no = 7;
	ev.p.cmd_req.data_len = 0x89abcdef;
	ev.p.cmd_req.itn_id = ~0ull;
	memset(ev.p.cmd_req.scb, 0xc1, 16);
	memset(ev.p.cmd_req.lun, 0xc2, 8);
	ev.p.cmd_req.attribute = 0x22;
	ev.p.cmd_req.tag = 0x1122334455667788ull;
	IS(stgt_encode(gen, &ev, &slot.theirs), 1);
	IS(slot.e.hdr.type, 0x1001);
	IS(slot.e.cmd_req.host_no, 7);
	IS(slot.e.cmd_req.data_len, 0x89abcdef);
	IS(slot.e.cmd_req.scb[0] + slot.e.cmd_req.scb[15], 2 * 0xc1);
	IS(slot.e.cmd_req.lun[0] + slot.e.cmd_req.lun[7], 2 * 0xc2);
	IS(slot.e.cmd_req.attribute, 0x22);
	IS(slot.e.cmd_req.tag, 0x1122334455667788ull);
	zero(gen, &slot, 0, 4);
	zero(gen, &slot, 6, 8);
	zero(gen, &slot, 44, 48);

	memset(&ev, 0, sizeof(ev));
	memset(&slot, 0xff, sizeof(slot));
	ev.hdr.type = 0x1002;
	ev.p.cmd_done.host_no = 7;
	ev.p.cmd_done.result = 0x70002;
	ev.p.cmd_done.itn_id = ~0ull;
	ev.p.cmd_done.tag = 0x1122334455667788ull;
	IS(stgt_encode(gen, &ev, &slot.theirs), 1);
	IS(slot.e.hdr.type, 0x1002);
	IS(slot.e.cmd_done.host_no, 7);
	IS(slot.e.cmd_done.result, 0x70002);
	IS(slot.e.cmd_done.tag, 0x1122334455667788ull);
	zero(gen, &slot, 12, 16);
	zero(gen, &slot, 28, 56);

	memset(&ev, 0, sizeof(ev));
	memset(&slot, 0xff, sizeof(slot));
	ev.hdr.type = 0x1004;
	ev.p.tsk_mgmt_req.host_no = 7;
	ev.p.tsk_mgmt_req.function = 0x17;
	ev.p.tsk_mgmt_req.itn_id = ~0ull;
	ev.p.tsk_mgmt_req.tag = 0x1122334455667788ull;
	memset(ev.p.tsk_mgmt_req.lun, 0xc2, 8);
	ev.p.tsk_mgmt_req.mid = 0x99aabbccddeeff00ull;
	IS(stgt_encode(gen, &ev, &slot.theirs), 1);
	IS(slot.e.hdr.type, 0x1003);
	IS(slot.e.tsk_mgmt_req.host_no, 7);
	IS(slot.e.tsk_mgmt_req.function, 0x17);
	IS(slot.e.tsk_mgmt_req.tag, 0x1122334455667788ull);
	IS(slot.e.tsk_mgmt_req.lun[0] + slot.e.tsk_mgmt_req.lun[7], 2 * 0xc2);
	IS(slot.e.tsk_mgmt_req.mid, 0x99aabbccddeeff00ull);
	zero(gen, &slot, 40, 56);

	ev.hdr.type = 0x1003;	/* a nexus: they know none */
	IS(stgt_encode(gen, &ev, &slot.theirs), 0);
}

static void check_other_answers(int gen)
{
	union {
		struct tgt_event_g2 theirs;
		struct event2 e;
	} slot;
	struct tgt_event ev;

	memset(&slot, 0, sizeof(slot));
	memset(&ev, 0xff, sizeof(ev));
	slot.e.hdr.type = 2;
	slot.e.tsk_mgmt_rsp.host_no = 7;
	slot.e.tsk_mgmt_rsp.mid = 0x99aabbccddeeff00ull;
	slot.e.tsk_mgmt_rsp.result = -17;
	stgt_decode(gen, &slot.theirs, &ev);
	IS(ev.hdr.type, 3);
	IS(ev.p.tsk_mgmt_rsp.host_no, 7);
	IS(ev.p.tsk_mgmt_rsp.itn_id, 0);
	IS(ev.p.tsk_mgmt_rsp.mid, 0x99aabbccddeeff00ull);
	IS(ev.p.tsk_mgmt_rsp.result, -17);

	/* numbers of generation 3 mean nothing here */
	slot.e.hdr.type = 3;
	stgt_decode(gen, &slot.theirs, &ev);
	IS(ev.hdr.type >= 1 && ev.hdr.type <= 3, 0);
}

static void check_answer2(void)
{
	union {
		struct tgt_event_g2 theirs;
		struct event2 e;
	} slot;
	struct tgt_event ev;
	int gen = 2;

	memset(&slot, 0, sizeof(slot));
	memset(&ev, 0xff, sizeof(ev));
	slot.e.hdr.type = 1;
	slot.e.cmd_rsp.host_no = 7;
	slot.e.cmd_rsp.result = 2;
	slot.e.cmd_rsp.tag = 0x1122334455667788ull;
	slot.e.cmd_rsp.uaddr = 0x7fff12345678ull;
	slot.e.cmd_rsp.sense_uaddr = 0x7fff87654321ull;
	slot.e.cmd_rsp.len = 0xfffffffe;
	slot.e.cmd_rsp.sense_len = 18;
	slot.e.cmd_rsp.rw = 1;
	stgt_decode(gen, &slot.theirs, &ev);
	IS(ev.hdr.type, 1);
	IS(ev.p.cmd_rsp.host_no, 7);
	IS(ev.p.cmd_rsp.result, 2);
	IS(ev.p.cmd_rsp.itn_id, 0);
	IS(ev.p.cmd_rsp.tag, 0x1122334455667788ull);
	IS(ev.p.cmd_rsp.uaddr, 0x7fff12345678ull);
	IS(ev.p.cmd_rsp.sense_uaddr, 0x7fff87654321ull);
	IS(ev.p.cmd_rsp.len, 0xfffffffe);
	IS(ev.p.cmd_rsp.sense_len, 18);
	IS(ev.p.cmd_rsp.rw, 1);
}

/* Its one address is the data's, or the sense's if the command failed. */
static void check_answer1(int result, __u64 uaddr, __u32 len, __u64 sense_uaddr, __u32 sense_len)
{
	union {
		struct tgt_event_g2 theirs;
		struct event2 e;
	} slot;
	struct tgt_event ev;
	int gen = 1;

	memset(&slot, 0, sizeof(slot));
	memset(&ev, 0xff, sizeof(ev));
	slot.e.hdr.type = 1;
	slot.e.cmd_rsp1.host_no = 7;
	slot.e.cmd_rsp1.len = len + sense_len;
	slot.e.cmd_rsp1.result = result;
	slot.e.cmd_rsp1.uaddr = uaddr + sense_uaddr;
	slot.e.cmd_rsp1.rw = 1;
	slot.e.cmd_rsp1.tag = 0x1122334455667788ull;
	stgt_decode(gen, &slot.theirs, &ev);
	IS(ev.hdr.type, 1);
	IS(ev.p.cmd_rsp.host_no, 7);
	IS(ev.p.cmd_rsp.result, result);
	IS(ev.p.cmd_rsp.tag, 0x1122334455667788ull);
	IS(ev.p.cmd_rsp.len, len);
	IS(ev.p.cmd_rsp.sense_len, sense_len);
	if (len)
		IS(ev.p.cmd_rsp.uaddr, uaddr);
	if (sense_len)
		IS(ev.p.cmd_rsp.sense_uaddr, sense_uaddr);
}

int main(void)
{
	check_requests(1);
	check_requests(2);
	check_other_answers(1);
	check_other_answers(2);
	check_answer1(0, 0x7fff12345678ull, 4096, 0, 0);
	check_answer1(2, 0, 0, 0x7fff87654321ull, 18);
	check_answer1(2, 0, 0, 0, 0);
	check_answer2();
	return bad;
}
