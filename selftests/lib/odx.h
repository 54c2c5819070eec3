/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ROD tokens, for test programs: disks, parameter lists, and commands that make and use tokens.
 */
#ifndef _SELFTESTS_ODX_H
#define _SELFTESTS_ODX_H

#include <string.h>
#include "probe.h"

PROBE_CONFIG("device create ox_a backend=ram size=16M atomic=yes",
	     "device create ox_b backend=ram size=16M",
	     "device create ox_k backend=ram size=16M block-size=4096",
	     "device create ox_fr backend=ram size=16M",
	     "device create ox_f backend=fault lower=ox_fr",
	     "device create ox_x backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=ox_a",
	     "lun create probe:p 1 device=ox_b",
	     "lun create probe:p 2 device=ox_k",
	     "lun create probe:p 3 device=ox_f",
	     "target create probe:q",
	     "lun create probe:q 0 device=ox_a",
	     "lun create probe:q 7 device=ox_x")

enum { A, B, K, F };

#define UNREACHABLE	SENSE(0xa, 0x0d, 0x02)
#define THIRD_PARTY	SENSE(0xa, 0x0d, 0x01)
#define UNDERRUN	SENSE(0xa, 0x0d, 0x04)
#define TOO_MANY	SENSE(5, 0x26, 0x08)
#define IN_PROGRESS	SENSE(5, 0x00, 0x16)
#define NO_MORE		SENSE(5, 0x55, 0x0d)
#define BAD_TYPE	SENSE(5, 0x23, 0x01)
#define UNKNOWN		SENSE(5, 0x23, 0x04)
#define CORRUPT		SENSE(5, 0x23, 0x05)
#define REVOKED		SENSE(5, 0x23, 0x06)
#define EXPIRED		SENSE(5, 0x23, 0x07)
#define CANCELLED	SENSE(5, 0x23, 0x08)
#define DELETED		SENSE(5, 0x23, 0x09)
#define BAD_LENGTH	SENSE(5, 0x23, 0x0a)
#define CUT_SHORT	SENSE(0xa, 0x23, 0x08)	/* cancelled, but something was written */

#define IMMED		0x01
#define RTV		0x02
#define DEL_TKN		0x02

#define INFO(id)	CDB(0x84, 0x07, BE32(id), 0, 0, 0, 0, BE32(1024), 0, 0)
#define ALL_TOKENS	CDB(0x84, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, BE32(4096), 0, 0)
#define STATUS4(id)	CDB(0x84, 0x05, BE32(id), 0, 0, 0, 0, BE32(255), 0, 0)
#define COPY_ABORT(id)	CDB(0x83, 0x1c, BE32(id), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

#define BLOCKS		600		/* more than is copied at a time */

struct list {
	__u8	b[4096];
	__u32	len;
	__u8	cdb[16];
};

FIXTURE(odx) {
	struct nexus n, q;		/* of the ports p and q */
	struct list l;
	__u8 tok[512];
	__u8 a[BLOCKS * 512], b[BLOCKS * 512], got[BLOCKS * 512];
};

static inline void put(__u8 *p, __u64 v, int n)
{
	for (; n--; v >>= 8)
		p[n] = v;
}

static inline void range(struct list *l, __u64 lba, __u32 n)
{
	__u32 at = l->cdb[1] == 0x10 ? 14 : 534;

	put(l->b + l->len, lba, 8);
	put(l->b + l->len + 8, n, 4);
	l->len += 16;
	put(l->b, l->len - 2, 2);
	put(l->b + at, l->len - at - 2, 2);
	put(l->cdb + 10, l->len, 4);
}

static inline void begin(struct list *l, __u8 sa, __u32 id, __u8 flags)
{
	memset(l, 0, sizeof(*l));
	l->cdb[0] = 0x83;
	l->cdb[1] = sa;
	put(l->cdb + 6, id, 4);
	l->b[2] = flags;
	l->len = sa == 0x10 ? 16 : 536;
}

static inline void populate(struct list *l, __u32 id, __u8 flags, __u64 lba, __u32 n)
{
	begin(l, 0x10, id, flags);
	range(l, lba, n);
}

static inline void use(struct list *l, __u32 id, __u8 flags, const __u8 *tok, __u64 offset,
		       __u64 lba, __u32 n)
{
	begin(l, 0x11, id, flags);
	put(l->b + 8, offset, 8);
	memcpy(l->b + 16, tok, 512);
	range(l, lba, n);
}

static inline void command(const struct list *l, unsigned int lun, struct io *io)
{
	*io = (struct io){ LUN(lun), .cdb = l->cdb, .cdb_len = 16, DATA_OUT(l->b, l->len) };
}

static inline int run(struct nexus *n, unsigned int lun, const struct list *l)
{
	struct io io;

	command(l, lun, &io);
	return probe_outcome(n, &io);
}

static inline int info(struct nexus *n, unsigned int lun, __u32 id, __u8 *buf)
{
	struct io io = { LUN(lun), INFO(id), DATA_IN(buf, 1024) };

	memset(buf, 0, 1024);
	return probe_outcome(n, &io);
}

/* A token of @n blocks at @lba. */
static inline int token(struct nexus *n, unsigned int lun, __u64 lba, __u32 nr, __u8 *tok)
{
	struct list l;
	__u8 buf[1024];
	int err;

	populate(&l, 77, 0, lba, nr);
	err = run(n, lun, &l) ?: info(n, lun, 77, buf);
	memcpy(tok, buf + 38, 512);
	return err;
}

/* Writes @nr blocks of it to @lba. */
static inline int write_token(struct nexus *n, unsigned int lun, const __u8 *tok, __u64 lba,
			      __u32 nr)
{
	struct list l;

	use(&l, 78, 0, tok, 0, lba, nr);
	return run(n, lun, &l);
}

FIXTURE_SETUP(odx)
{
	unsigned int i;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->q, "q", "init-q"));
	for (i = A; i <= F; i++)
		probe_ready(&self->n, i);
	probe_ready(&self->q, 0);
	probe_ready(&self->q, 7);
	probe_fill(self->a, sizeof(self->a), 1);
	probe_fill(self->b, sizeof(self->b), 2);
	EXPECT_CMD(&self->n, 0, LUN(A), WRITE10(0, BLOCKS), DATA_OUT(self->a, sizeof(self->a)));
	EXPECT_CMD(&self->n, 0, LUN(B), WRITE10(0, BLOCKS), DATA_OUT(self->b, sizeof(self->b)));
}

FIXTURE_TEARDOWN(odx)
{
	tgtctl("device set ox_f rules=clear release=yes");
	probe_close(&self->n);
	probe_close(&self->q);
}

#define EXPECT_DISK(disk, lba, want, size) do {						\
	EXPECT_CMD(&self->n, 0, LUN(disk),						\
		   READ10(lba, (size) / ((disk) == K ? 4096 : 512)),			\
		   DATA_IN(self->got, size));						\
	EXPECT_EQ(0, memcmp(want, self->got, size));					\
} while (0)

#endif
