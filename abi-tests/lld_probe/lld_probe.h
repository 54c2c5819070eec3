/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/lld_probe: a target driver in the hands of a test program. Every ioctl takes a structure
 * of fixed size, the same for 32 and 64 bit programs.
 *
 * What scsi_tgt returned is in "rc"; the ioctl itself fails only if it could not be tried.
 */
#ifndef LLD_PROBE_H
#define LLD_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* hosts, by index: their numbers are in struct lld_hosts */
enum lld_host {
	LLD_HOST_PLAIN,			/* an initiator's host: not a target */
	LLD_HOST_A,
	LLD_HOST_B,
	LLD_NR_HOSTS,
};

struct lld_hosts {
	__s32 host_no[LLD_NR_HOSTS];
	__u32 can_queue;
	__u32 max_sectors;
	__u32 sg_tablesize;
};

#define LLD_NO_COMMAND	(-1000)		/* rc: scsi_host_get_command() gave none */
#define LLD_PAYLOAD_MAX	(4 << 20)

struct lld_cmd {
	__u32 host;			/* index */
	__s32 rc;			/* of scsi_tgt_queue_command() */
	__u64 itn_id;
	__u64 tag;
	__u8 cdb[16];
	__u8 lun[8];
	__u32 data_len;			/* what the initiator announced */
	__u32 dir;			/* 1 initiator write, 2 initiator read, 3 none */
	__u32 attr;			/* the driver has 8 bits for it */
	__u32 payload_len;
	__u64 payload;			/* address of an initiator's data */
};

struct lld_tmf {
	__u32 host;
	__s32 rc;
	__u64 itn_id;
	__u64 tag;
	__u64 mid;
	__u8 lun[8];
	__s32 function;
	__u32 pad;
};

#define LLD_INITIATOR_MAX 64

struct lld_nexus {
	__u32 host;
	__s32 rc;
	__u64 itn_id;
	__u32 destroy;			/* 0 create, 1 destroy */
	__s32 initiator_len;		/* -1: NULL; else bytes below, a NUL follows */
	__u8 initiator[LLD_INITIATOR_MAX];
};

struct lld_rport {
	__u32 host;
	__s32 rc;
	__u32 del;			/* 0 add, 1 take away the one added last */
	__u32 pad;
	__u8 port_id[16];
	__u64 itn_id;			/* comes back: the port's I_T nexus */
};

enum lld_what {
	LLD_SET_DEFER,			/* value 1: keep answers back; 0: no more */
	LLD_SET_COMPLETE,		/* end the one kept back with this tag */
	LLD_SET_BUSY,			/* refuse the next value answers, as flags says */
	LLD_SET_ABORT_RC,		/* what eh_abort_handler() returns */
	LLD_SET_RSP_RC,			/* what tsk_mgmt_ and it_nexus_response() return */
};

/* flags of LLD_SET_BUSY */
#define LLD_BUSY_HOST	0		/* SCSI_MLQUEUE_HOST_BUSY */
#define LLD_BUSY_DEVICE	1		/* SCSI_MLQUEUE_DEVICE_BUSY */
#define LLD_BUSY_EIO	2		/* -EIO */

struct lld_set {
	__u32 what;
	__s32 value;
	__u64 tag;
	__u32 flags;
	__s32 rc;
};

enum lld_cb {
	LLD_CB_TRANSFER_RESPONSE,
	LLD_CB_TRANSFER_RESPONSE_BUSY,
	LLD_CB_EH_ABORT_HANDLER,
	LLD_CB_TSK_MGMT_RESPONSE,
	LLD_CB_IT_NEXUS_RESPONSE,
};

#define LLD_DATA_HEAD	256
#define LLD_DATA_TAIL	16

/* ctx */
#define LLD_CTX_INTERRUPT	1
#define LLD_CTX_IRQS_OFF	2

struct lld_record {
	__u32 cb;
	__s32 host_no;
	__u64 itn_id;
	__u64 tag;
	__u64 mid;
	__s32 result;
	__s32 cb_ret;
	__u32 bufflen;
	__u32 sg_count;
	__u32 sg0_off;
	__u32 sg0_len;
	__u32 dir;
	__u32 data_len;			/* bytes the initiator was sent */
	__u32 data_crc32;
	__u32 ctx;
	__s32 pid;			/* process it was called in */
	__u32 left;			/* records that follow */
	__u8 head[LLD_DATA_HEAD];
	__u8 tail[LLD_DATA_TAIL];
	__u8 sense[96];
};

struct lld_state {
	__u32 outstanding;		/* queued, neither completed nor aborted */
	__u32 records;			/* waiting to be read */
	__u32 dropped;			/* records there was no room for */
	__u32 pad;
};

/*
 * READ(10) or WRITE(10) from several CPUs at once. The 64-bit word at byte B of the disk is
 * (B + seed) * LLD_STRESS_MULT: what is written and, with LLD_STRESS_VERIFY, must be read.
 */
#define LLD_STRESS_WRITE	1
#define LLD_STRESS_VERIFY	2
#define LLD_STRESS_MIXED	4	/* every other one a write */
#define LLD_STRESS_MULT		0x9e3779b97f4a7c15ULL

struct lld_stress {
	__u32 host;
	__u32 flags;
	__u32 threads;			/* at most 64, on the CPUs in turn */
	__u32 depth;			/* commands at once, each thread */
	__u64 count;			/* commands in all, each thread */
	__u64 itn_id;
	__u8 lun[8];
	__u64 seed;
	__u32 blocks;			/* of 512 bytes, each command; 0: TEST UNIT READY */
	__u32 disk_blocks;
	__u32 gap_us;			/* between two commands of a thread */
	__u32 timeout_ms;		/* nothing answered for so long: lost */
	/* comes back */
	__u64 queued;
	__u64 answered;			/* by transfer_response */
	__u64 aborted;			/* by eh_abort_handler */
	__u64 refused;			/* by a full ring; tried again */
	__u64 lost;			/* no answer */
	__u64 twice;			/* answered more than once */
	__u64 bad_status;
	__u64 bad_length;
	__u64 bad_data;
	__u64 ns;
};

#define LLD_IOC_HOSTS	_IOR('L', 0x40, struct lld_hosts)
#define LLD_IOC_CMD	_IOWR('L', 0x41, struct lld_cmd)
#define LLD_IOC_TMF	_IOWR('L', 0x42, struct lld_tmf)
#define LLD_IOC_NEXUS	_IOWR('L', 0x43, struct lld_nexus)
#define LLD_IOC_RPORT	_IOWR('L', 0x44, struct lld_rport)
#define LLD_IOC_SET	_IOWR('L', 0x45, struct lld_set)
#define LLD_IOC_LOG	_IOR('L', 0x46, struct lld_record)	/* ENODATA: none */
#define LLD_IOC_STATE	_IOR('L', 0x47, struct lld_state)
#define LLD_IOC_STRESS	_IOWR('L', 0x48, struct lld_stress)

#endif
