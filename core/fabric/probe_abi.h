/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ioctls of /dev/tgtprobe: between tgtcore_probe.ko and the selftests of the same tree.
 * Not installed and not kept stable.
 *
 * A file is attached to one target and then holds any number of sessions. A session takes
 * commands and task management functions; each gets a number, runs on its own, and is
 * reaped by that number or in the order of completion.
 */
#ifndef _TGTCORE_PROBE_ABI_H
#define _TGTCORE_PROBE_ABI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TGTPROBE_DEVICE		"/dev/tgtprobe"

#define TGTPROBE_NAME_LEN	256	/* of a text field, with its NUL */
#define TGTPROBE_ID_LEN		288	/* of a TransportID: longer ones than SPC-5 allows fit */
#define TGTPROBE_CDB_MAX	260
#define TGTPROBE_SENSE_LEN	96
#define TGTPROBE_DATA_MAX	(4U << 20)
#define TGTPROBE_SEG_MAX	(256U << 10)
#define TGTPROBE_SEGS_MAX	1024
#define TGTPROBE_ITEMS_MAX	65535	/* not yet reaped, of one session */
#define TGTPROBE_TIMEOUT_MAX	600000	/* ms */

/* Attach this file to the target probe:NAME. ENOENT, EBUSY if attached already. */
struct tgtprobe_attach {
	char		name[TGTPROBE_NAME_LEN];
};

/* Begin an I_T nexus. */
struct tgtprobe_open {
	char		initiator[TGTPROBE_NAME_LEN];
	__u8		transport_id[TGTPROBE_ID_LEN];
	__u32		transport_id_len;
	__u32		session;		/* out */
};

/* struct tgtprobe_close.flags */
#define TGTPROBE_CLOSE_KEEP	0x1	/* keep what is not reaped yet; close again to drop it */
#define TGTPROBE_CLOSE_DRAIN	0x2	/* let commands end; EBUSY if one wants data */
#define TGTPROBE_CLOSE_ALL	0x3

/* End an I_T nexus; without DRAIN it is lost: what is in flight is aborted. */
struct tgtprobe_close {
	__u32		session;
	__u32		flags;
};

/* struct tgtprobe_submit.dir, as enum tgt_dir */
#define TGTPROBE_NONE		0
#define TGTPROBE_IN		1
#define TGTPROBE_OUT		2

/* struct tgtprobe_submit.flags */
#define TGTPROBE_DEFER		0x1	/* data-out is handed over by TGTPROBE_DATA */
#define TGTPROBE_STUBBORN	0x2	/* with DEFER: only by that, even when aborted */
#define TGTPROBE_SUBMIT_ALL	0x3

/*
 * Send a command. The data buffer consists of the segments asked for, each a piece of memory
 * of its own beginning at that offset into a page, with guard bytes on either side. Their
 * sum may exceed data_len: what is beyond is guard as well.
 */
struct tgtprobe_submit {
	__u32		session;
	__u32		flags;			/* TGTPROBE_DEFER ... */
	__u64		tag;
	__u8		lun[8];
	__aligned_u64	cdb;			/* address of the CDB */
	__aligned_u64	data;			/* what the buffer holds at first; 0: zeroes */
	__aligned_u64	result;			/* where it goes when reaped; 0: nowhere */
	__aligned_u64	segs;			/* address of nr_segs __u32: lengths in bytes */
	__u32		cdb_len;
	__u32		data_len;
	__u32		nr_segs;		/* 0: as few as possible */
	__u32		offset;			/* below the page size */
	__u8		task_attr;
	__u8		dir;
	__u8		reserved[2];
	__u32		id;			/* out */
};

/*
 * Hand over the data-out of a deferred command, once the target has asked for it.
 * EALREADY if the command has ended before, ETIMEDOUT if it was not asked for in time.
 */
struct tgtprobe_data {
	__u32		session;
	__u32		id;
	__aligned_u64	data;			/* data_len bytes; 0: zeroes */
	__u32		timeout_ms;
	__u32		reserved;
};

/* Send a task management function. */
struct tgtprobe_tmf {
	__u32		session;
	__u32		function;		/* 0..255 */
	__u64		tag;
	__u8		lun[8];
	__u32		victim;			/* ABORT TASK: id of the command; 0: found by tag */
	__u32		id;			/* out */
};

/* struct tgtprobe_state.state */
#define TGTPROBE_S_WANTS_DATA	0x1	/* the target has asked for data-out */
#define TGTPROBE_S_ABORTED	0x2	/* a task management function waits for its end */
#define TGTPROBE_S_DONE		0x4	/* not reaped yet */

struct tgtprobe_state {
	__u32		session;
	__u32		id;			/* 0: only the counts */
	__u32		state;			/* out */
	__u32		in_flight;		/* out: commands of the session not yet ended */
	__u32		in_flight_tmf;		/* out */
	__u32		reserved;
};

/* struct tgtprobe_reap.type */
#define TGTPROBE_CMD		0
#define TGTPROBE_TMF		1

/* struct tgtprobe_reap.flags */
#define TGTPROBE_R_OVERFLOW	0x01	/* residual is an overflow */
#define TGTPROBE_R_ABORTED	0x02	/* ended by a task management function */
#define TGTPROBE_R_OTHER_NEXUS	0x04	/* ... of another I_T nexus */
#define TGTPROBE_R_GUARD	0x10	/* data was written outside the buffer */
#define TGTPROBE_R_SENSE_GUARD	0x20	/* sense was written outside its buffer, or unasked */
#define TGTPROBE_R_SOURCE	0x40	/* the data-out buffer was written */
#define TGTPROBE_R_CDB		0x80	/* the CDB was written */

/* Take one result. id 0: the oldest. ENOENT if there is none such, ETIMEDOUT. */
struct tgtprobe_reap {
	__u32		session;
	__u32		id;			/* in and out */
	__u32		timeout_ms;
	__u32		reserved;
	/* out */
	__u64		tag;
	__u64		seq;			/* order of completion over all sessions */
	__u32		flags;			/* TGTPROBE_R_* */
	__u32		residual;
	__u8		type;
	__u8		status;			/* of a command */
	__u8		response;		/* of a function: enum tgt_tmf_response */
	__u8		sense_len;
	__u8		info[3];		/* of QUERY ASYNCHRONOUS EVENT */
	__u8		reserved2;
	__u8		sense[TGTPROBE_SENSE_LEN];
};

#define TGTPROBE_IOC_ATTACH	_IOW('P', 0x01, struct tgtprobe_attach)
#define TGTPROBE_IOC_OPEN	_IOWR('P', 0x02, struct tgtprobe_open)
#define TGTPROBE_IOC_CLOSE	_IOW('P', 0x03, struct tgtprobe_close)
#define TGTPROBE_IOC_SUBMIT	_IOWR('P', 0x04, struct tgtprobe_submit)
#define TGTPROBE_IOC_DATA	_IOW('P', 0x05, struct tgtprobe_data)
#define TGTPROBE_IOC_TMF	_IOWR('P', 0x06, struct tgtprobe_tmf)
#define TGTPROBE_IOC_STATE	_IOWR('P', 0x07, struct tgtprobe_state)
#define TGTPROBE_IOC_REAP	_IOWR('P', 0x08, struct tgtprobe_reap)

#endif
