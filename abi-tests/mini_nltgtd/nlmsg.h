/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of NETLINK_TGT as a daemon of 2006 was compiled with them: plain 64-bit members, so
 * that a 32-bit program for i386 has a layout of its own. What the kernel says lies behind what
 * the daemon says. Written from the interface's description alone.
 */
#ifndef NLMSG_H
#define NLMSG_H

#include <stddef.h>
#include <linux/types.h>

enum {
	UEVENT_REQ,
	UEVENT_CMD_RSP,
	UEVENT_TSK_MGMT_RSP,
	KEVENT_RSP,
	KEVENT_CMD_REQ,
	KEVENT_CMD_DONE,
	KEVENT_TSK_MGMT_REQ,
};

struct cmd_rsp {
	__s32 host_no;
	__u32 cid, len;
	__s32 result;
	__u64 uaddr;
	__u8 rw;
};

struct cmd_done {
	__s32 host_no;
	__u32 cid;
	__s32 result;
};

struct event_d {
	union {
		struct { __s32 type, host_no; } event_req;
		struct cmd_rsp cmd_rsp;
		struct { __s32 host_no; __u64 mid; __s32 result; } tsk_mgmt_rsp;
	} u;
	union {
		struct { __s32 err; } event_rsp;
		struct {
			__s32 host_no;
			__u32 cid, data_len;
			__u8 scb[16], lun[8];
			__s32 attribute;
			__u64 tag;
		} cmd_req;
		struct cmd_done cmd_done;
		struct {
			__s32 host_no, function;
			__u64 tag;
			__u8 lun[8];
			__u64 mid;
		} tsk_mgmt_req;
	} k;
} __attribute__((aligned(sizeof(__u64))));

struct event_c {
	union {
		struct { __s32 type, host_no; } event_req;
		struct cmd_rsp cmd_rsp;
		struct { __s32 host_no, mid, result; } tsk_mgmt_rsp;
	} u;
	union {
		struct { __s32 err; } event_rsp;
		struct {
			__s32 host_no;
			__u32 cid, data_len;
			__u8 scb[16], lun[8];
			__s32 attribute;
		} cmd_req;
		struct cmd_done cmd_done;
		struct {
			__s32 host_no, mid;
			__u64 tag;
			__u8 lun[8];
			__s32 function;
		} tsk_mgmt_req;
	} k;
} __attribute__((aligned(sizeof(__u64))));

/* The numbers of the description; kernel first, then LP64 or i386. */
#define K (offsetof(struct { char c; __u64 v; }, v) == 4 ? 28 : 32)
_Static_assert(sizeof(struct event_d) == 80 && sizeof(struct event_c) == 72, "size");
_Static_assert(offsetof(struct event_d, k) == K && offsetof(struct event_c, k) == K, "k");
_Static_assert(offsetof(struct event_d, u.cmd_rsp.uaddr) == 16, "uaddr");
_Static_assert(offsetof(struct event_d, u.cmd_rsp.rw) == 24, "rw");
_Static_assert(offsetof(struct event_d, u.tsk_mgmt_rsp.mid) == (K == 32 ? 8 : 4), "mid");
_Static_assert(offsetof(struct event_d, u.tsk_mgmt_rsp.result) == (K == 32 ? 16 : 12), "result");
_Static_assert(offsetof(struct event_d, k.cmd_req.scb) == K + 12, "scb");
_Static_assert(offsetof(struct event_d, k.cmd_req.lun) == K + 28, "lun");
_Static_assert(offsetof(struct event_d, k.cmd_req.attribute) == K + 36, "attribute");
_Static_assert(offsetof(struct event_d, k.cmd_req.tag) == K + 40, "tag");
_Static_assert(offsetof(struct event_d, k.tsk_mgmt_req.tag) == K + 8, "tmf tag");
_Static_assert(offsetof(struct event_d, k.tsk_mgmt_req.lun) == K + 16, "tmf lun");
_Static_assert(offsetof(struct event_d, k.tsk_mgmt_req.mid) == K + 24, "tmf mid");

#endif
