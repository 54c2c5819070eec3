/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Persistent reservations of LUN 0 in a test on the probe fabric (after kselftest_harness.h and
 * probe.h): PERSISTENT RESERVE OUT and IN, and what came of them.
 */
#ifndef TGT_SELFTESTS_PR_H
#define TGT_SELFTESTS_PR_H

#include <string.h>
#include "probe.h"

#define CONFLICT	(-2)		/* RESERVATION CONFLICT */
#define KEY(i)		(0xabc000 + (i))

/* service actions */
enum {
	REGISTER, PRESERVE, PRELEASE, CLEAR, PREEMPT, PREEMPT_ABORT, REGISTER_IGNORE, MOVE,
	REPLACE_LOST
};

enum { KEYS, RESERVATION, CAPABILITIES, FULL_STATUS };

/* byte 20 of the parameter list */
#define APTPL		0x01
#define ALL_TG_PT	0x04

/* 0, the sense, or CONFLICT; -1 for any other status or none. */
static inline int pr_outcome(struct nexus *n, struct io *io)
{
	int what = probe_outcome(n, io);

	return what == -1 && io->r.status == RESERVATION_CONFLICT ? CONFLICT : what;
}

static inline int pr_out_list(struct nexus *n, int sa, int type, const __u8 *list, __u32 len)
{
	struct io io = { LUN(0), CDB(0x5f, sa, type, 0, 0, BE32(len), 0), DATA_OUT(list, len) };

	return pr_outcome(n, &io);
}

static inline int pr_out(struct nexus *n, int sa, int type, __u64 key, __u64 sa_key, __u8 flags)
{
	__u8 list[24] = { BE64(key), BE64(sa_key), [20] = flags };

	return pr_out_list(n, sa, type, list, 24);
}

static inline int pr_in(struct nexus *n, int sa, __u8 *buf, int len)
{
	struct io io = { LUN(0), CDB(0x5e, sa, 0, 0, 0, 0, 0, BE16(len), 0), DATA_IN(buf, len) };

	memset(buf, 0, len);
	return pr_outcome(n, &io);
}

#endif
