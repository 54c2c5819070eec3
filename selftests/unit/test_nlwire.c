// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the netlink interface of 2006, byte by byte as the daemons' compilers laid them out:
 * both revisions, for 64 bits and for i386.
 */
// uses: compat/nlwire.c
#include "shim.h"
#include "unit.h"
#include "../../compat/nlwire.h"

#define TAG	0x1122334455667788ull
#define MID	0x99aabbccddeeff00ull

static u8 got[NLWIRE_MAX], want[NLWIRE_MAX];

static void put(unsigned int at, u64 v, int n)
{
	memcpy(want + at, &v, n);	/* this machine's order */
}

static void begin(void)
{
	memset(got, 0xff, sizeof(got));
	memset(want, 0, sizeof(want));
}

static void cmd_req(u32 size, bool i386, unsigned int k, unsigned int tag_at)
{
	const struct nlwire *w = nlwire_find(size, i386);
	struct tgt_event ev = { .hdr.type = TGT_KEVENT_CMD_REQ };

	begin();
	ev.p.cmd_req.host_no = 7;
	ev.p.cmd_req.data_len = 0x89abcdef;
	ev.p.cmd_req.itn_id = ~0ull;
	memset(ev.p.cmd_req.scb, 0xc1, 16);
	memset(ev.p.cmd_req.lun, 0xc2, 8);
	ev.p.cmd_req.attribute = 0x22;
	ev.p.cmd_req.tag = TAG;
	put(k, 7, 4);
	put(k + 4, 0xfedcba98, 4);
	put(k + 8, 0x89abcdef, 4);
	memset(want + k + 12, 0xc1, 16);
	memset(want + k + 28, 0xc2, 8);
	put(k + 36, 0x22, 4);
	if (tag_at)
		put(tag_at, TAG, 8);
	EQ(nlwire_encode(w, &ev, 0xfedcba98, got), 4);
	EQ(memcmp(got, want, size), 0);
}

UNIT(a_command)
{
	cmd_req(72, false, 32, 0);
	cmd_req(72, true, 28, 0);
	cmd_req(80, false, 32, 72);
	cmd_req(80, true, 28, 68);
}

static void cmd_done(u32 size, bool i386, unsigned int k)
{
	const struct nlwire *w = nlwire_find(size, i386);
	struct tgt_event ev = { .hdr.type = TGT_KEVENT_CMD_DONE };

	begin();
	ev.p.cmd_done.host_no = 7;
	ev.p.cmd_done.result = 0x18;
	ev.p.cmd_done.itn_id = ~0ull;
	ev.p.cmd_done.tag = TAG;
	put(k, 7, 4);
	put(k + 4, 9, 4);
	put(k + 8, 0x18, 4);
	EQ(nlwire_encode(w, &ev, 9, got), 5);
	EQ(memcmp(got, want, size), 0);
	begin();
	put(k, -16, 4);
	nlwire_rsp(w, -16, got);
	EQ(memcmp(got, want, size), 0);
}

UNIT(the_end_of_a_command_and_a_reply)
{
	cmd_done(72, false, 32);
	cmd_done(72, true, 28);
	cmd_done(80, false, 32);
	cmd_done(80, true, 28);
}

static void tmf(bool i386, unsigned int k, unsigned int mid_at, unsigned int result_at)
{
	const struct nlwire *w = nlwire_find(80, i386);
	struct tgt_event ev = { .hdr.type = TGT_KEVENT_TSK_MGMT_REQ };
	u32 cid;

	begin();
	ev.p.tsk_mgmt_req.host_no = 7;
	ev.p.tsk_mgmt_req.function = 0x17;
	ev.p.tsk_mgmt_req.tag = TAG;
	ev.p.tsk_mgmt_req.mid = MID;
	memset(ev.p.tsk_mgmt_req.lun, 0xc2, 8);
	put(k, 7, 4);
	put(k + 4, 0x17, 4);
	put(k + 8, TAG, 8);
	memset(want + k + 16, 0xc2, 8);
	put(k + 24, MID, 8);
	EQ(nlwire_encode(w, &ev, 0, got), 6);
	EQ(memcmp(got, want, 80), 0);

	begin();
	put(0, 7, 4);
	put(mid_at, MID, 8);
	put(result_at, -17, 4);
	EQ(nlwire_decode(w, 2, want, &ev, &cid), true);
	EQ(ev.hdr.type, TGT_UEVENT_TSK_MGMT_RSP);
	EQ(ev.p.tsk_mgmt_rsp.host_no, 7);
	EQ(ev.p.tsk_mgmt_rsp.mid, MID);
	EQ(ev.p.tsk_mgmt_rsp.result, -17);
}

UNIT(task_management)
{
	struct tgt_event ev = { .hdr.type = TGT_KEVENT_TSK_MGMT_REQ };
	u32 cid;

	tmf(false, 32, 8, 16);
	tmf(true, 28, 4, 12);
	EQ(nlwire_encode(nlwire_find(72, false), &ev, 0, got), -1);
	EQ(nlwire_decode(nlwire_find(72, false), 2, want, &ev, &cid), false);
	ev.hdr.type = TGT_KEVENT_IT_NEXUS_REQ;
	EQ(nlwire_encode(nlwire_find(80, false), &ev, 0, got), -1);
}

static void cmd_rsp(u32 size, bool i386, s32 result, u32 len, bool sense)
{
	struct tgt_event ev;
	u32 cid;

	begin();
	put(0, 7, 4);
	put(4, 0xfedcba98, 4);
	put(8, len, 4);
	put(12, result, 4);
	put(16, TAG, 8);
	put(24, 1, 1);
	EQ(nlwire_decode(nlwire_find(size, i386), 1, want, &ev, &cid), true);
	EQ(ev.hdr.type, TGT_UEVENT_CMD_RSP);
	EQ(cid, 0xfedcba98);
	EQ(ev.p.cmd_rsp.host_no, 7);
	EQ(ev.p.cmd_rsp.result, result);
	EQ(ev.p.cmd_rsp.rw, 1);
	EQ(sense ? ev.p.cmd_rsp.sense_uaddr : ev.p.cmd_rsp.uaddr, TAG);
	EQ(sense ? ev.p.cmd_rsp.sense_len : ev.p.cmd_rsp.len, len);
	EQ(sense ? ev.p.cmd_rsp.len : ev.p.cmd_rsp.sense_len, 0);
}

UNIT(an_answer)
{
	cmd_rsp(72, false, 0, 4096, false);
	cmd_rsp(72, true, 2, 18, true);
	cmd_rsp(80, false, 2, 18, true);
	cmd_rsp(80, true, 0x20, 0, false);
	EQ(!nlwire_find(64, false), true);
	EQ(!nlwire_find(96, true), true);
}
