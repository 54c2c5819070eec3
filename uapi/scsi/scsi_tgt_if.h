/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The STGT ring: what passes between the kernel and a SCSI target daemon through /dev/tgt.
 *
 * This is the interface of Linux 2.6.24 to 3.16 (generation 3). Kernels 2.6.20 to 2.6.23 had
 * two others, described at the end; scsi_tgt.ko speaks them when loaded with abi=2.6.20 or
 * abi=2.6.22. Nothing on the ring tells which one is spoken.
 *
 * The device is mapped from offset 0 and in one piece: TGT_RING_SIZE bytes (or a page, if that
 * is more) of events from the kernel, then as many of events to the kernel. A page holds as
 * many events as fit in it, from its start; what is left at its end is unused. An event
 * belongs to the producer while its status is 0 and to the consumer while it is not. Each
 * side keeps its own index, 0 after open(), and goes from the last event back to the first.
 * After it has filled events the daemon calls write(); the kernel raises POLLIN.
 *
 * Every field is in the machine's byte order; cdb, lun and initiator_id are bytes.
 */
#ifndef _UAPI_SCSI_SCSI_TGT_IF_H
#define _UAPI_SCSI_SCSI_TGT_IF_H

#include <linux/types.h>

/* the daemons bring their own where it is missing */
#ifndef aligned_u64
#define aligned_u64 __u64 __attribute__((aligned(8)))
#endif

#define TGT_RING_SIZE	65536	/* bytes, each way */

/* hdr.type, to the kernel */
#define TGT_UEVENT_CMD_RSP		0x0001
#define TGT_UEVENT_IT_NEXUS_RSP		0x0002
#define TGT_UEVENT_TSK_MGMT_RSP		0x0003

/* hdr.type, from the kernel */
#define TGT_KEVENT_CMD_REQ		0x1001
#define TGT_KEVENT_CMD_DONE		0x1002
#define TGT_KEVENT_IT_NEXUS_REQ		0x1003
#define TGT_KEVENT_TSK_MGMT_REQ		0x1004

/* it_nexus_req.function, it_nexus_rsp.function */
#define TGT_IT_NEXUS_CREATE		0
#define TGT_IT_NEXUS_DESTROY		1

/* cmd_rsp.result: a SAM status, or this: the command is aborted and has no answer */
#define TGT_RESULT_TASK_ABORTED		0x20

struct tgt_event_hdr {
	__u16 version;		/* 0 */
	__u16 status;		/* 0: the producer's; else the consumer's */
	__u16 type;
	__u16 len;		/* 0 */
} __attribute__((aligned(8)));

struct tgt_event {
	struct tgt_event_hdr hdr;

	union {
		/* to the kernel */
		struct {
			int host_no;
			int result;		/* SAM status */
			aligned_u64 itn_id;
			aligned_u64 tag;
			aligned_u64 uaddr;	/* data, in the writing process */
			aligned_u64 sense_uaddr;
			__u32 len;		/* bytes at uaddr */
			__u32 sense_len;
			__u8 rw;		/* ignored */
		} cmd_rsp;
		struct {
			int host_no;
			int result;		/* 0 or -errno */
			aligned_u64 itn_id;
			aligned_u64 mid;	/* as in the request */
		} tsk_mgmt_rsp;
		struct {
			__s32 host_no;
			__s32 result;		/* 0 or -errno */
			aligned_u64 itn_id;
			__u32 function;
		} it_nexus_rsp;

		/* from the kernel */
		struct {
			int host_no;
			__u32 data_len;		/* expected data transfer length, bytes */
			aligned_u64 itn_id;
			__u8 scb[16];		/* CDB */
			__u8 lun[8];
			int attribute;		/* 0x20 simple, 0x21 head of queue, 0x22 ordered */
			aligned_u64 tag;
		} cmd_req;
		struct {
			int host_no;
			int result;		/* as answered */
			aligned_u64 itn_id;
			aligned_u64 tag;
		} cmd_done;
		struct {
			int host_no;
			int function;		/* SCSI message code, 0x0d: ABORT TASK */
			aligned_u64 itn_id;
			aligned_u64 tag;
			__u8 lun[8];
			aligned_u64 mid;
		} tsk_mgmt_req;
		struct {
			__s32 host_no;
			__u32 function;
			aligned_u64 itn_id;
			__u32 max_cmds;		/* 0 */
			__u8 initiator_id[16];	/* ends with NUL unless it fills all */
		} it_nexus_req;
	} p;
} __attribute__((aligned(8)));

/*
 * Generations 1 (2.6.20, 2.6.21) and 2 (2.6.22, 2.6.23) know no I_T nexus. Their events take
 * 56 bytes, 73 to a page of 4 KiB, and three types have other numbers.
 */
#define TGT_G2_UEVENT_TSK_MGMT_RSP	0x0002
#define TGT_G2_KEVENT_TSK_MGMT_REQ	0x1003

struct tgt_event_g1_rsp {
	int host_no;
	__u32 len;
	int result;
	aligned_u64 uaddr;		/* data, or with CHECK CONDITION the sense */
	__u8 rw;
	aligned_u64 tag;
};

struct tgt_event_g2_rsp {
	int host_no;
	int result;
	aligned_u64 tag;
	aligned_u64 uaddr;
	aligned_u64 sense_uaddr;
	__u32 len;
	__u32 sense_len;
	__u8 rw;
};

struct tgt_event_g2 {
	struct tgt_event_hdr hdr;

	union {
		struct tgt_event_g1_rsp cmd_rsp_g1;
		struct tgt_event_g2_rsp cmd_rsp;
		struct {
			int host_no;
			aligned_u64 mid;
			int result;
		} tsk_mgmt_rsp;

		struct {
			int host_no;
			__u32 data_len;
			__u8 scb[16];
			__u8 lun[8];
			int attribute;
			aligned_u64 tag;
		} cmd_req;
		struct {
			int host_no;
			aligned_u64 tag;
			int result;
		} cmd_done;
		struct {
			int host_no;
			int function;
			aligned_u64 tag;
			__u8 lun[8];
			aligned_u64 mid;
		} tsk_mgmt_req;
	} p;
} __attribute__((aligned(8)));

#endif
