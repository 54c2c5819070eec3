/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MINI_TGTD_H
#define MINI_TGTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#define MAX_LUNS	256
#define BUF_SIZE	4096
#define SENSE_LEN	18

/* Unit attentions: ASC and ASCQ, 0 for none. */
#define UA_POWER_ON	0x2900
#define UA_CLEARED	0x2f00

/* Task management functions, as the events number them. */
#define ABORT_TASK_SET	0x06
#define ABORT_TASK	0x0d
#define CLEAR_TASK_SET	0x0e
#define LUN_RESET	0x17

struct lun {
	__u8 *map;
	__u64 blocks;
	__u64 silent_from;	/* blocks from here on are never answered */
	__u64 holder;		/* nexus that reserved it, or 0 */
	int fd;			/* -1: anonymous memory */
	bool read_only;
};

struct nexus {
	struct nexus *next;
	__u64 itn_id;
	__u16 ua[MAX_LUNS];
};

struct target {
	int host_no;
	int number;		/* from 0, for serial numbers that last */
	struct nexus *nexuses;
	struct lun *luns[MAX_LUNS];
};

struct waiter;

struct cmd {
	struct cmd *next;	/* in its bucket, or of the free */
	struct target *target;
	struct nexus *nexus;
	__u64 itn_id, tag;
	__u8 scb[16];
	__u32 data_len;
	int lun;		/* -1: no LUN of a form we know */
	bool answered;
	__u64 due;		/* held until then */
	struct waiter *waiters;	/* task management that waits for its end */

	/* the answer */
	int result;
	bool write;
	__u64 uaddr;
	__u32 len;
	__u8 *buf;		/* BUF_SIZE bytes; stays with the struct */
	__u8 sense[SENSE_LEN];
	__u32 sense_len;
};

/* What the kernel has done that it must not; the first of them are told. */
extern unsigned long errors;

void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void fault(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Decode what an initiator may say in eight bytes; -1 if it is no form that we take. */
int decode_lun(const __u8 *lun);

/* NULL, and errno, if there is no such thing as what. */
struct lun *lun_open(const char *what);

/* Fill in the command's answer; false if it is to have none. */
bool disk_execute(struct cmd *cmd);

#endif
