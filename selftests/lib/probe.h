/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An initiator for test programs, on the probe fabric.
 *
 * A test program names its configuration with PROBE_CONFIG(); it is there before main()
 * and gone after it. Each test then opens its own nexuses and sends what it likes.
 */
#ifndef _SELFTESTS_PROBE_H
#define _SELFTESTS_PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include "../../core/fabric/probe_abi.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif

/* SAM status */
#define GOOD			0x00
#define CHECK_CONDITION		0x02
#define CONDITION_MET		0x04
#define BUSY			0x08
#define RESERVATION_CONFLICT	0x18
#define TASK_SET_FULL		0x28
#define ACA_ACTIVE		0x30
#define TASK_ABORTED		0x40

/* sense key, ASC and ASCQ in one number, as probe_sense() returns them */
#define SENSE(key, asc, ascq)	((key) << 16 | (asc) << 8 | (ascq))
#define INVALID_OPCODE		SENSE(5, 0x20, 0x00)
#define LBA_OUT_OF_RANGE	SENSE(5, 0x21, 0x00)
#define INVALID_FIELD		SENSE(5, 0x24, 0x00)
#define INVALID_FIELD_IN_IU	SENSE(5, 0x0e, 0x03)
#define LUN_NOT_SUPPORTED	SENSE(5, 0x25, 0x00)
#define SAVING_NOT_SUPPORTED	SENSE(5, 0x39, 0x00)
#define WRITE_PROTECTED		SENSE(7, 0x27, 0x00)
#define INIT_REQUIRED		SENSE(2, 0x04, 0x02)
#define UA_POWER_ON		SENSE(6, 0x29, 0x00)
#define UA_RESET		SENSE(6, 0x29, 0x03)
#define UA_CAPACITY		SENSE(6, 0x2a, 0x09)
#define UA_LUNS_CHANGED		SENSE(6, 0x3f, 0x0e)
#define PARAM_LENGTH		SENSE(5, 0x1a, 0x00)
#define PARAM_FIELD		SENSE(5, 0x26, 0x00)
#define UA_MODE			SENSE(6, 0x2a, 0x01)
#define UA_LOG			SENSE(6, 0x2a, 0x02)
#define UA_ALUA			SENSE(6, 0x2a, 0x06)
#define UA_ALUA_FAILED		SENSE(6, 0x2a, 0x07)
#define UA_TIMESTAMP		SENSE(6, 0x2a, 0x10)
#define UA_CLEARED		SENSE(6, 0x2f, 0x00)
#define UA_INQUIRY		SENSE(6, 0x3f, 0x03)
#define UA_IDENT		SENSE(6, 0x3f, 0x05)
#define ALUA_TRANSITION		SENSE(2, 0x04, 0x0a)
#define ALUA_STANDBY		SENSE(2, 0x04, 0x0b)
#define ALUA_UNAVAILABLE	SENSE(2, 0x04, 0x0c)
#define ALUA_OFFLINE		SENSE(2, 0x04, 0x12)
#define NO_SENSE_DATA		SENSE(0, 0x00, 0x00)

/* task management functions and responses: enum tgt_tmf_function, tgt_tmf_response */
enum {
	ABORT_TASK = 1, ABORT_TASK_SET, CLEAR_ACA, CLEAR_TASK_SET, LUN_RESET,
	QUERY_TASK = 9, QUERY_TASK_SET, I_T_NEXUS_RESET, QUERY_ASYNC_EVENT
};

enum { TMF_COMPLETE, TMF_SUCCEEDED, TMF_REJECTED, TMF_INCORRECT_LUN, TMF_FAILED };

/* What the engine must never do to the memory it is handed. */
#define PROBE_DAMAGE	(TGTPROBE_R_GUARD | TGTPROBE_R_SENSE_GUARD | TGTPROBE_R_SOURCE | \
			 TGTPROBE_R_CDB)

#define PROBE_TIMEOUT_MS	20000	/* longer than any command and function may take */

/* an I_T nexus */
struct nexus {
	int		fd;
	__u32	session;
	__u64	tag;		/* of the next command that names none */
};

/* a command: what to send, and the answer in .r */
struct io {
	__u8		lun[8];
	__u64	tag;		/* 0: the nexus' next */
	const void	*cdb;
	__u32	cdb_len;
	__u8		dir;
	__u8		attr;
	__u32	flags;		/* TGTPROBE_DEFER */
	void		*data;		/* filled with data-in; source of data-out */
	__u32	len;
	const __u32	*segs;
	__u32	nr_segs;
	__u32	offset;
	__u32	id;
	struct tgtprobe_reap r;
};

#define CDB(...)	.cdb = (const __u8 []){ __VA_ARGS__ }, \
			.cdb_len = sizeof((const __u8 []){ __VA_ARGS__ })
#define LUN(n)		.lun = { (n) > 255 ? 0x40 | (n) >> 8 : 0, (n) & 0xff }
#define DATA_IN(buf, n)	.dir = TGTPROBE_IN, .data = (buf), .len = (n)
#define DATA_OUT(buf, n) .dir = TGTPROBE_OUT, .data = (void *)(buf), .len = (n)

#define BE16(v)		((v) >> 8) & 0xff, (v) & 0xff
#define BE24(v)		((v) >> 16) & 0xff, BE16(v)
#define BE32(v)		((v) >> 24) & 0xff, BE24(v)
#define BE64(v)		BE32((__u64)(v) >> 32), BE32((__u64)(v) & 0xffffffff)

#define TUR		CDB(0x00, 0, 0, 0, 0, 0)
#define READ10(lba, n)	CDB(0x28, 0, BE32(lba), 0, BE16(n), 0)
#define WRITE10(lba, n)	CDB(0x2a, 0, BE32(lba), 0, BE16(n), 0)
#define READ16(lba, n)	CDB(0x88, 0, BE64(lba), BE32(n), 0, 0)
#define WRITE16(lba, n)	CDB(0x8a, 0, BE64(lba), BE32(n), 0, 0)
#define INQUIRY(n)	CDB(0x12, 0, 0, BE16(n), 0)
#define VPD(page, n)	CDB(0x12, 1, page, BE16(n), 0)
#define REPORT_LUNS(n)	CDB(0xa0, 0, 0, 0, 0, 0, BE32(n), 0, 0)
#define REQUEST_SENSE	CDB(0x03, 0, 0, 0, 252, 0)

static inline __u16 get_be16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline __u32 get_be32(const __u8 *p)
{
	return (__u32)get_be16(p) << 16 | get_be16(p + 2);
}

static inline __u64 get_be64(const __u8 *p)
{
	return (__u64)get_be32(p) << 32 | get_be32(p + 4);
}

/*
 * The configuration of a test program: tgtctl command lines, ended by NULL. If one fails
 * the program fails. Whatever exists at the end is taken away by "tgtctl clear".
 */
#define PROBE_CONFIG(...)						\
static void __attribute__((constructor)) probe_config(void)		\
{									\
	static const char * const lines[] = { __VA_ARGS__, NULL };	\
									\
	probe_configure(lines);						\
}

void probe_configure(const char * const *lines);
int tgtctl(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* All return 0 or -errno, where nothing else is said. */
int probe_attach(const char *target);			/* a file, or -errno */
int probe_begin(struct nexus *n, int fd, const char *initiator, const void *transport_id,
		__u32 len);
int probe_open(struct nexus *n, const char *target, const char *initiator);
int probe_end(struct nexus *n, __u32 flags);
void probe_close(struct nexus *n);			/* file and all */

int probe_send(struct nexus *n, struct io *io);
int probe_wait(struct nexus *n, struct io *io);
int probe_run(struct nexus *n, struct io *io);
int probe_data(struct nexus *n, struct io *io, const void *data);
/* A write of 512 bytes that is in flight until it gets its data, or is aborted. */
int probe_hold(struct nexus *n, struct io *io, unsigned int lun, unsigned int lba, __u64 tag,
	       __u32 flags);
int probe_state(struct nexus *n, __u32 id, struct tgtprobe_state *st);
int probe_reap(struct nexus *n, __u32 id, struct tgtprobe_reap *r, __u32 timeout_ms);
int probe_tmf_send(struct nexus *n, __u8 function, const __u8 *lun, __u64 tag,
		   __u32 victim);			/* its id, or -errno */
int probe_tmf(struct nexus *n, __u8 function, unsigned int lun, __u64 tag);
							/* its response, or -errno */

int probe_sense(const struct tgtprobe_reap *r);		/* SENSE(), -1 if malformed */
int probe_ready(struct nexus *n, unsigned int lun);	/* no unit attention is pending */
__u32 probe_got(const struct io *io);		/* bytes that were transferred */
void probe_fill(void *buf, size_t len, __u32 seed);

/* Send a command and tell its outcome: 0 for GOOD, a SENSE(), else -1. */
int probe_outcome(struct nexus *n, struct io *io);

/* For kselftest_harness.h: run and compare. @io is an lvalue of struct io. */
#define EXPECT_OUTCOME(n, io, what) do {					\
	EXPECT_EQ((what), probe_outcome(n, &(io)))				\
		TH_LOG("CDB %02x: status %02x, sense %06x",			\
		       (io).cdb_len ? *(const __u8 *)(io).cdb : 0xfff,	\
		       (io).r.status, probe_sense(&(io).r));			\
	EXPECT_EQ(0, (io).r.flags & PROBE_DAMAGE);				\
} while (0)
#define EXPECT_GOOD(n, io)	EXPECT_OUTCOME(n, io, 0)

/* The same for a command written in place. */
#define EXPECT_CMD(n, what, ...) do {						\
	struct io _io = { __VA_ARGS__ };					\
										\
	EXPECT_OUTCOME(n, _io, what);						\
} while (0)

#endif
