// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: EXTENDED COPY and what is told of it. This test will copy between disks of blocks of
 * 512 and 4096 bytes, within one disk, and by bytes; see every refusal and its sense; see that
 * only what the nexus itself may read and write is read and written, by LUN maps, reservations and
 * write protection; and copy from and to disks that are reset, deleted, and hang meanwhile.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"
#include "../lib/xcopy.h"

PROBE_CONFIG("device create cp_a backend=ram size=16M",
	     "device create cp_b backend=ram size=16M",
	     "device create cp_k backend=ram size=16M block-size=4096",
	     "device create cp_fr backend=ram size=16M",
	     "device create cp_f backend=fault lower=cp_fr",
	     "device create cp_ro backend=ram size=16M readonly=yes",
	     "device create cp_x backend=ram size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=cp_a",
	     "lun create probe:p 1 device=cp_b",
	     "lun create probe:p 2 device=cp_k",
	     "lun create probe:p 3 device=cp_f",
	     "lun create probe:p 4 device=cp_ro",
	     "group create probe:p g",
	     "group add probe:p g initiator=member",
	     "lun create probe:p 0 device=cp_a group=g",
	     "lun create probe:p 1 device=cp_x group=g")

enum { A, B, K, F, RO, X, DISKS };

#define UNREACHABLE	SENSE(0xa, 0x0d, 0x02)
#define THIRD_PARTY	SENSE(0xa, 0x0d, 0x01)
#define WRONG_TYPE	SENSE(0xa, 0x0d, 0x03)
#define BAD_SEGMENT	SENSE(0xa, 0x26, 0x00)
#define INEXACT		SENSE(0xa, 0x26, 0x0a)
#define TOO_MANY_CSCDS	SENSE(5, 0x26, 0x06)
#define BAD_CSCD_TYPE	SENSE(5, 0x26, 0x07)
#define TOO_MANY_SEGS	SENSE(5, 0x26, 0x08)
#define BAD_SEG_TYPE	SENSE(5, 0x26, 0x09)
#define IN_PROGRESS	SENSE(5, 0x00, 0x16)
#define CONFLICT	(-2)

#define STATUS1(id)	CDB(0x84, 0x00, id, 0, 0, 0, 0, 0, 0, 0, BE32(255), 0, 0)
#define PARAMS		CDB(0x84, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, BE32(255), 0, 0)
#define FAILURE(id)	CDB(0x84, 0x04, id, 0, 0, 0, 0, 0, 0, 0, BE32(255), 0, 0)
#define STATUS4(id)	CDB(0x84, 0x05, BE32(id), 0, 0, 0, 0, BE32(255), 0, 0)
#define COPY_ABORT(id)	CDB(0x83, 0x1c, BE32(id), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

#define BLOCKS		600		/* more than is copied at a time */

FIXTURE(copy) {
	struct nexus n, g;		/* of the open map, of the group */
	__u8 naa[DISKS][8];
	struct list l;
	__u8 a[BLOCKS * 512], b[BLOCKS * 512], got[BLOCKS * 512];
};

static const __u16 block_of[DISKS] = { 512, 512, 4096, 512, 512, 512 };

FIXTURE_SETUP(copy)
{
	unsigned int i;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->g, "p", "member"));
	for (i = A; i <= RO; i++) {
		probe_ready(&self->n, i);
		ASSERT_EQ(0, naa_of(&self->n, i, self->naa[i]));
	}
	probe_ready(&self->g, 0);
	probe_ready(&self->g, 1);
	ASSERT_EQ(0, naa_of(&self->g, 1, self->naa[X]));
	probe_fill(self->a, sizeof(self->a), 1);
	probe_fill(self->b, sizeof(self->b), 2);
	EXPECT_CMD(&self->n, 0, LUN(A), WRITE10(0, BLOCKS), DATA_OUT(self->a, sizeof(self->a)));
	EXPECT_CMD(&self->n, 0, LUN(B), WRITE10(0, BLOCKS), DATA_OUT(self->b, sizeof(self->b)));
}

FIXTURE_TEARDOWN(copy)
{
	probe_close(&self->n);
	probe_close(&self->g);
}

/* One segment, of blocks. */
static int one(struct nexus *n, __u8 (*naa)[8], int src, int dst, __u16 nr, __u64 from, __u64 to,
	       struct io *io)
{
	struct list l;

	begin(&l, 1, 2);
	cscd(&l, naa[src], block_of[src]);
	cscd(&l, naa[dst], block_of[dst]);
	blocks(&l, 0, 1, nr, from, to);
	return run(n, &l, io);
}

#define ONE(src, dst, nr, from, to) \
	one(&self->n, self->naa, src, dst, nr, from, to, &io)

#define EXPECT_DISK(disk, lba, want, size) do {					\
	EXPECT_CMD(&self->n, 0, LUN(disk), READ10(lba, (size) / block_of[disk]),	\
		   DATA_IN(self->got, size));						\
	EXPECT_EQ(0, memcmp(want, self->got, size));					\
} while (0)

/* ---- data -------------------------------------------------------------------------------- */

TEST_F(copy, between_disks)
{
	struct io io;

	EXPECT_EQ(0, ONE(A, B, BLOCKS, 0, 0));
	EXPECT_DISK(B, 0, self->a, BLOCKS * 512);
	EXPECT_EQ(0, ONE(A, B, 3, 5, 1000));
	EXPECT_DISK(B, 1000, self->a + 5 * 512, 3 * 512);
	EXPECT_EQ(0, ONE(A, B, 0, 5, 1000));
	/* 512 to 4096 and back: to the other unit of address */
	EXPECT_EQ(0, ONE(A, K, 64, 8, 3));
	EXPECT_DISK(K, 3, self->a + 8 * 512, 64 * 512);
	EXPECT_EQ(0, ONE(K, B, 8, 3, 2000));
	EXPECT_DISK(B, 2000, self->a + 8 * 512, 64 * 512);
	/* neither is the disk the command came to */
	EXPECT_EQ(0, ONE(B, F, BLOCKS, 0, 7));
	EXPECT_DISK(F, 7, self->a, BLOCKS * 512);
}

TEST_F(copy, within_a_disk)
{
	struct io io;

	EXPECT_EQ(0, ONE(A, A, 500, 0, 70));
	EXPECT_DISK(A, 70, self->a, 500 * 512);
	EXPECT_EQ(0, ONE(A, A, 500, 70, 0));
	EXPECT_DISK(A, 0, self->a, 500 * 512);
	EXPECT_EQ(0, ONE(B, B, 500, 0, 1));
	EXPECT_DISK(B, 1, self->b, 500 * 512);
}

TEST_F(copy, parts_of_blocks)
{
	struct io io;
	__u8 *d;

	begin(&self->l, 1, 2);
	cscd(&self->l, self->naa[A], 512);
	cscd(&self->l, self->naa[B], 512);
	bytes(&self->l, 200000, 1, 3, 2, 509);
	bytes(&self->l, 5, 0, 511, 500, 1);
	EXPECT_EQ(0, run(&self->n, &self->l, &io));
	memcpy(self->b + 2 * 512 + 509, self->a + 512 + 3, 200000);
	memcpy(self->b + 500 * 512 + 1, self->a + 511, 5);
	EXPECT_DISK(B, 0, self->b, BLOCKS * 512);

	/* PAD: zeroes up to the end of the block */
	begin(&self->l, 1, 2);
	cscd(&self->l, self->naa[A], 512);
	d = cscd(&self->l, self->naa[K], 4096);
	blocks(&self->l, 0, 1, 9, 0, 100);
	EXPECT_EQ(INEXACT, run(&self->n, &self->l, &io));
	d[28] = 0x04;
	EXPECT_EQ(0, run(&self->n, &self->l, &io));
	memset(self->a + 9 * 512, 0, 7 * 512);
	EXPECT_DISK(K, 100, self->a, 8192);
	/* DC: the number is of the destination's blocks */
	begin(&self->l, 1, 2);
	d = cscd(&self->l, self->naa[K], 4096);
	d[28] = 0x04;
	cscd(&self->l, self->naa[B], 512);
	blocks(&self->l, 0, 1, 9, 100, 3000)[1] = 0x02;
	EXPECT_EQ(0, run(&self->n, &self->l, &io));
	EXPECT_DISK(B, 3000, self->a, 9 * 512);
}

/* ---- refusals ---------------------------------------------------------------------------- */

TEST_F(copy, lists_that_are_refused)
{
	struct list *l = &self->l;
	struct io io;
	int i;

	EXPECT_CMD(&self->n, 0, LUN(0), XCOPY(0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), XCOPY(1, 0));
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(0), XCOPY(0, 15), DATA_OUT(l->b, 15));
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(0), XCOPY(1, 47), DATA_OUT(l->b, 47));
	EXPECT_CMD(&self->n, INVALID_FIELD_IN_IU, LUN(0), XCOPY(0, 512), DATA_OUT(l->b, 16));

	begin(l, 1, 0);
	for (i = 0; i < 17; i++)
		cscd(l, self->naa[A], 512);
	EXPECT_EQ(TOO_MANY_CSCDS, run(&self->n, l, &io));
	begin(l, 1, 0);
	cscd(l, self->naa[A], 512);
	for (i = 0; i < 65; i++)
		blocks(l, 0, 0, 1, 0, 0);
	EXPECT_EQ(TOO_MANY_SEGS, run(&self->n, l, &io));
	begin(l, 1, 0);
	cscd(l, self->naa[A], 512)[0] = 0xe0;
	EXPECT_EQ(BAD_CSCD_TYPE, run(&self->n, l, &io));
	begin(l, 1, 0);
	cscd(l, self->naa[A], 512);
	segment(l, 0x03, 28, 0, 0);
	EXPECT_EQ(BAD_SEG_TYPE, run(&self->n, l, &io));
	EXPECT_EQ(0x80, io.r.sense[15]);
	EXPECT_EQ(48, get_be16(io.r.sense + 16));
	begin(l, 1, 1);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, l, &io));
	begin(l, 1, 3);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, l, &io));
	begin(l, 0, 3);
	EXPECT_EQ(0, run(&self->n, l, &io));
}

/* The second segment fails: its number, the descriptor of who failed, and what that said. */
TEST_F(copy, segments_that_fail)
{
	struct list *l = &self->l;
	const __u8 *s;
	struct io io;

	begin(l, 1, 2);
	cscd(l, self->naa[A], 512);
	cscd(l, self->naa[B], 512);
	blocks(l, 0, 1, 1, 0, 100);
	blocks(l, 0, 1, 2, 0, (16 << 11) - 1);
	EXPECT_EQ(THIRD_PARTY, run(&self->n, l, &io));
	s = io.r.sense;
	EXPECT_EQ(0x70, s[0]);
	EXPECT_EQ(0, s[8]);
	EXPECT_EQ(18, s[9]);			/* of the destination */
	EXPECT_EQ(1, get_be16(s + 10));
	EXPECT_EQ(0x80, s[15]);
	EXPECT_EQ(16 + 32, get_be16(s + 16));
	EXPECT_EQ(CHECK_CONDITION, s[18]);
	EXPECT_EQ(0x21, s[19 + 12]);
	EXPECT_DISK(B, 100, self->a, 512);

	EXPECT_EQ(THIRD_PARTY, ONE(A, B, 1, 16 << 11, 0));
	EXPECT_EQ(18, io.r.sense[8]);
	EXPECT_EQ(THIRD_PARTY, ONE(A, B, 1, ~0ULL, 0));
	EXPECT_EQ(THIRD_PARTY, ONE(A, RO, 1, 0, 0));
	EXPECT_EQ(0x27, io.r.sense[19 + 12]);
	EXPECT_EQ(0, ONE(RO, A, 1, 0, 0));

	begin(l, 1, 2);
	cscd(l, self->naa[A], 512);
	blocks(l, 0, 1, 1, 0, 0);		/* no such descriptor */
	EXPECT_EQ(UNREACHABLE, run(&self->n, l, &io));
	EXPECT_EQ(0xa0, io.r.sense[15]);
	EXPECT_EQ(6, get_be16(io.r.sense + 16));
	begin(l, 1, 2);
	cscd(l, self->naa[A], 4096);
	blocks(l, 0, 0, 1, 0, 0);
	EXPECT_EQ(BAD_SEGMENT, run(&self->n, l, &io));
	begin(l, 1, 2);
	cscd(l, self->naa[A], 512)[1] = 0x01;	/* a tape */
	blocks(l, 0, 0, 1, 0, 0);
	EXPECT_EQ(WRONG_TYPE, run(&self->n, l, &io));
	begin(l, 1, 2);
	cscd(l, self->naa[A], 512)[8] ^= 1;	/* nobody */
	blocks(l, 0, 0, 1, 0, 0);
	EXPECT_EQ(UNREACHABLE, run(&self->n, l, &io));
	begin(l, 1, 2);
	cscd(l, self->naa[K], 4096);
	cscd(l, self->naa[K], 4096);
	blocks(l, 0, 1, 0xffff, 0, 0);		/* longer than a segment may be */
	EXPECT_EQ(BAD_SEGMENT, run(&self->n, l, &io));
	/* verify CSCD */
	begin(l, 1, 2);
	cscd(l, self->naa[B], 512);
	segment(l, 0x07, 12, 0, 0);
	EXPECT_EQ(0, run(&self->n, l, &io));
	l->b[l->len - 4] = 1;
	EXPECT_EQ(0, run(&self->n, l, &io));
	EXPECT_CMD(&self->n, 0, LUN(B), CDB(0x1b, 0, 0, 0, 0, 0));
	EXPECT_EQ(THIRD_PARTY, run(&self->n, l, &io));
	EXPECT_EQ(THIRD_PARTY, ONE(B, A, 1, 0, 0));
	EXPECT_EQ(0x04, io.r.sense[19 + 12]);
	EXPECT_CMD(&self->n, 0, LUN(B), CDB(0x1b, 0, 0, 0, 1, 0));
	EXPECT_EQ(0, run(&self->n, l, &io));
}

/* ---- who may ----------------------------------------------------------------------------- */

/* A logical unit that another initiator sees, at the same port, is not there for this one. */
TEST_F(copy, only_what_the_nexus_sees)
{
	struct io io;

	EXPECT_EQ(UNREACHABLE, ONE(X, A, 1, 0, 0));
	EXPECT_EQ(16, get_be16(io.r.sense + 16));
	EXPECT_EQ(UNREACHABLE, ONE(A, X, 1, 0, 0));
	EXPECT_EQ(48, get_be16(io.r.sense + 16));
	EXPECT_EQ(0, one(&self->g, self->naa, X, A, 1, 0, 0, &io));
	EXPECT_EQ(0, one(&self->g, self->naa, A, X, 1, 0, 0, &io));
	EXPECT_EQ(UNREACHABLE, one(&self->g, self->naa, B, A, 1, 0, 0, &io));
	EXPECT_EQ(UNREACHABLE, one(&self->g, self->naa, A, B, 1, 0, 0, &io));
}

static int reserve(struct nexus *n, unsigned int lun, int sa, int type, __u64 key, __u64 sa_key)
{
	__u8 list[24] = { BE64(key), BE64(sa_key) };
	struct io io = { LUN(lun), CDB(0x5f, sa, type, 0, 0, BE32(24), 0), DATA_OUT(list, 24) };

	return probe_outcome(n, &io);
}

/* A reservation at the other logical unit, of another nexus: no writes, or nothing. */
TEST_F(copy, reservations)
{
	struct nexus other;
	struct io io;
	int type;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&other, B));
	EXPECT_EQ(0, reserve(&other, B, 0, 0, 0, 7));
	for (type = 1; type <= 3; type += 2) {
		EXPECT_EQ(0, reserve(&other, B, 1, type, 7, 0));
		EXPECT_EQ(THIRD_PARTY, ONE(A, B, 1, 0, 0));
		EXPECT_EQ(RESERVATION_CONFLICT, io.r.sense[18]);
		EXPECT_EQ(18, io.r.sense[9]);
		EXPECT_EQ(type == 1 ? 0 : THIRD_PARTY, ONE(B, A, 1, 0, 0));
		EXPECT_EQ(0, reserve(&other, B, 2, type, 7, 0));
		EXPECT_EQ(0, ONE(A, B, 1, 0, 0));
	}
	/* one at the logical unit the command comes to refuses it */
	ASSERT_EQ(0, probe_ready(&other, A));
	EXPECT_EQ(0, reserve(&other, A, 0, 0, 0, 7));
	EXPECT_EQ(0, reserve(&other, A, 1, 1, 7, 0));
	EXPECT_EQ(-1, ONE(A, B, 1, 0, 0));
	EXPECT_EQ(RESERVATION_CONFLICT, io.r.status);
	EXPECT_EQ(0, reserve(&other, A, 3, 0, 7, 0));
	EXPECT_EQ(0, reserve(&other, B, 3, 0, 7, 0));
	probe_close(&other);
}

/* ---- what is told ------------------------------------------------------------------------ */

/*
 * What ALLOW COMMANDS of REPORT CAPABILITIES promises (100b, SPC-5 6.16.4) is so: a reservation of
 * another nexus refuses what copies, and nothing that tells of copies. SPC-2 5.5.1: RESERVE does.
 */
TEST_F(copy, told_through_reservations)
{
	static const __u8 types[] = { 1, 3, 5, 6, 7, 8 };
	__u8 buf[255];
	struct io caps = { LUN(A), CDB(0x5e, 0x02, 0, 0, 0, 0, 0, BE16(8), 0), DATA_IN(buf, 8) };
	struct io params = { LUN(A), PARAMS, DATA_IN(buf, 255) };
	struct io abort = { LUN(A), COPY_ABORT(1) };
	struct nexus other;
	unsigned int i;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&other, A));
	EXPECT_GOOD(&self->n, caps);
	EXPECT_EQ(4, buf[3] >> 4 & 7);
	EXPECT_EQ(0, reserve(&other, A, 0, 0, 0, 7));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_EQ(0, reserve(&other, A, 1, types[i], 7, 0));
		EXPECT_GOOD(&self->n, params);
		/* there is no such copy: it was looked for */
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(A), STATUS1(1), DATA_IN(buf, 255));
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(A), FAILURE(1), DATA_IN(buf, 255));
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(A), STATUS4(1), DATA_IN(buf, 255));
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(A),
			   CDB(0x84, 0x07, BE32(1), 0, 0, 0, 0, BE32(255), 0, 0),
			   DATA_IN(buf, 255));
		EXPECT_CMD(&self->n, 0, LUN(A),
			   CDB(0x84, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, BE32(255), 0, 0),
			   DATA_IN(buf, 255));
		EXPECT_EQ(-1, probe_outcome(&self->n, &abort));
		EXPECT_EQ(RESERVATION_CONFLICT, abort.r.status);
		EXPECT_EQ(0, reserve(&other, A, 2, types[i], 7, 0));
	}
	EXPECT_EQ(0, reserve(&other, A, 3, 0, 7, 0));
	EXPECT_CMD(&other, 0, LUN(A), CDB(0x16, 0, 0, 0, 0, 0));
	EXPECT_EQ(-1, probe_outcome(&self->n, &params));
	EXPECT_EQ(RESERVATION_CONFLICT, params.r.status);
	EXPECT_CMD(&other, 0, LUN(A), CDB(0x17, 0, 0, 0, 0, 0));
	EXPECT_GOOD(&self->n, params);
	probe_close(&other);
}

TEST_F(copy, status)
{
	__u8 buf[255];
	struct list l4 = { .b = { 1, 0, 0, 0x20, [16] = 0xff, [20] = 0, 0, 1, 2, [43] = 64,
				  [45] = 28 } };
	struct io io;

	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), STATUS1(9), DATA_IN(buf, 255));
	begin(&self->l, 9, 0);
	cscd(&self->l, self->naa[A], 512);
	cscd(&self->l, self->naa[B], 512);
	blocks(&self->l, 0, 1, 300, 0, 0);
	blocks(&self->l, 0, 1, 1, 0, 0);
	EXPECT_EQ(0, run(&self->n, &self->l, &io));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), STATUS1(8), DATA_IN(buf, 255));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), STATUS1(9), DATA_IN(buf, 255));
	EXPECT_CMD(&self->n, 0, LUN(0), STATUS1(9), DATA_IN(buf, 255));
	EXPECT_EQ(8, get_be32(buf));
	EXPECT_EQ(1, buf[4]);
	EXPECT_EQ(2, get_be16(buf + 5));
	EXPECT_EQ(301 * 512, get_be32(buf + 8));
	/* told once */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), STATUS1(9), DATA_IN(buf, 255));

	/* one that failed */
	put(self->l.b + 16 + 64 + 28 + 20, ~0ULL, 8);
	EXPECT_EQ(THIRD_PARTY, run(&self->n, &self->l, &io));
	EXPECT_CMD(&self->n, 0, LUN(0), FAILURE(9), DATA_IN(buf, 255));
	EXPECT_EQ(56 + io.r.sense_len, get_be32(buf));
	EXPECT_EQ(CHECK_CONDITION, buf[56]);
	EXPECT_EQ(io.r.sense_len, get_be16(buf + 58));
	EXPECT_EQ(0, memcmp(buf + 60, io.r.sense, io.r.sense_len));

	/* LID4 */
	memcpy(l4.b + 48, self->l.b + 16, 64 + 28);
	l4.len = 48 + 64 + 28;
	EXPECT_CMD(&self->n, 0, LUN(0), XCOPY(1, l4.len), DATA_OUT(l4.b, l4.len));
	EXPECT_CMD(&self->n, 0, LUN(0), STATUS4(0x102), DATA_IN(buf, 255));
	EXPECT_EQ(28, get_be32(buf));
	EXPECT_EQ(1, buf[4]);
	EXPECT_EQ(1, buf[5]);
	EXPECT_EQ(300 * 512, get_be64(buf + 16));
	EXPECT_CMD(&self->n, 0, LUN(0), STATUS4(0x102), DATA_IN(buf, 255));
	/* a reset ends that, as the end of the nexus does */
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, LUN_RESET, 0, 0));
	EXPECT_EQ(0, probe_ready(&self->n, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), STATUS4(0x102), DATA_IN(buf, 255));

	EXPECT_CMD(&self->n, 0, LUN(0), PARAMS, DATA_IN(buf, 255));
	EXPECT_EQ(44, get_be32(buf));
	EXPECT_EQ(16, get_be16(buf + 8));
	EXPECT_EQ(64, get_be16(buf + 10));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), COPY_ABORT(1), .dir = TGTPROBE_NONE);
	EXPECT_CMD(&self->n, 0, LUN(0), VPD(0x8f, 255), DATA_IN(buf, 255));
	EXPECT_EQ(0x8f, buf[1]);
	EXPECT_CMD(&self->n, 0, LUN(0), INQUIRY(96), DATA_IN(buf, 96));
	EXPECT_EQ(0x08, buf[5] & 0x08);
}

/* ---- while something happens ------------------------------------------------------------- */

static int count_of(const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "tgtctl device show cp_f 2>&1 | grep -q '%s'", what);
	return system(line);
}

/* A copy whose write to F the backend keeps. */
static int held(struct nexus *n, __u8 (*naa)[8], __u8 id, struct list *l, struct io *io)
{
	static __u8 cdb[16];
	int i;

	begin(l, id, 0);
	cscd(l, naa[A], 512);
	cscd(l, naa[F], 512);
	blocks(l, 0, 1, 500, 0, 0);
	memset(cdb, 0, sizeof(cdb));
	cdb[0] = 0x83;
	put(cdb + 10, l->len, 4);
	*io = (struct io){ LUN(0), .cdb = cdb, .cdb_len = 16, DATA_OUT(l->b, l->len) };
	if (tgtctl("device set cp_f rules=clear rule=hang,op=write,count=1") || probe_send(n, io))
		return -1;
	for (i = 0; i < 200 && count_of("1 hung"); i++)
		usleep(50000);
	return i < 200 ? 0 : -1;
}

/* One runs at a time of one list identifier; COPY OPERATION ABORT ends it. */
TEST_F(copy, abort)
{
	__u8 buf[255];
	struct list l;
	struct io io, again;

	ASSERT_EQ(0, held(&self->n, self->naa, 5, &self->l, &io));
	EXPECT_CMD(&self->n, 0, LUN(0), STATUS4(5), DATA_IN(buf, 255));
	EXPECT_EQ(0x11, buf[5]);
	l = self->l;
	EXPECT_EQ(IN_PROGRESS, run(&self->n, &l, &again));
	put(l.b + 16 + 64 + 10, 1, 2);
	l.b[0] = 6;
	EXPECT_CMD(&self->n, 0, LUN(0), COPY_ABORT(5), .dir = TGTPROBE_NONE);
	EXPECT_EQ(0, tgtctl("device set cp_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(TASK_ABORTED, io.r.status);
	EXPECT_CMD(&self->n, 0, LUN(0), STATUS4(5), DATA_IN(buf, 255));
	EXPECT_EQ(0x60, buf[5]);
	EXPECT_EQ(TASK_ABORTED, buf[12]);
	EXPECT_LT(0, get_be64(buf + 16));
	EXPECT_GT(500 * 512, get_be64(buf + 16));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), COPY_ABORT(5), .dir = TGTPROBE_NONE);
	EXPECT_EQ(0, run(&self->n, &l, &again));
}

/* A reset of the destination is answered when the copy does not write there any more. */
TEST_F(copy, reset_of_the_destination)
{
	struct tgtprobe_reap r;
	struct nexus other;
	struct io io;
	__u8 lun[8] = { 0, F };
	int tmf;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	ASSERT_EQ(0, held(&self->n, self->naa, 5, &self->l, &io));
	tmf = probe_tmf_send(&other, LUN_RESET, lun, 0, 0);
	ASSERT_LT(0, tmf);
	EXPECT_NE(0, probe_reap(&other, tmf, &r, 1000));
	EXPECT_EQ(0, tgtctl("device set cp_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_reap(&other, tmf, &r, 5000));
	EXPECT_EQ(TMF_COMPLETE, r.response);
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(THIRD_PARTY, probe_sense(&io.r));
	EXPECT_EQ(18, io.r.sense[9]);
	EXPECT_EQ(TASK_ABORTED, io.r.sense[18]);
	EXPECT_EQ(0, probe_ready(&self->n, F));
	EXPECT_EQ(0, ONE(A, F, 1, 0, 0));
	probe_close(&other);
}

/* Copies both ways, and to a third, end; at the same blocks, too. */
TEST_F(copy, crosswise)
{
	static struct list l[12];
	static __u8 cdb[12][16];
	struct io io[12];
	int i;

	for (i = 0; i < 12; i++) {
		int src = i % 3, dst = (i + 1) % 3;

		src = src == 2 ? F : src;
		dst = dst == 2 ? F : dst;
		begin(&l[i], 20 + i, 2);
		cscd(&l[i], self->naa[i & 1 ? src : dst], 512);
		cscd(&l[i], self->naa[i & 1 ? dst : src], 512);
		blocks(&l[i], 0, 1, 500, 0, i);
		cdb[i][0] = 0x83;
		put(cdb[i] + 10, l[i].len, 4);
		io[i] = (struct io){ LUN(i & 1), .cdb = cdb[i], .cdb_len = 16,
				     DATA_OUT(l[i].b, l[i].len) };
		EXPECT_EQ(0, probe_send(&self->n, &io[i]));
	}
	for (i = 0; i < 12; i++) {
		EXPECT_EQ(0, probe_wait(&self->n, &io[i]));
		EXPECT_EQ(GOOD, io[i].r.status);
	}
}

/* The destination hangs and is deleted: within the deadline it is gone, and the copy has ended. */
TEST_F(copy, deletion_of_the_destination)
{
	time_t since = time(NULL);
	struct io io;

	ASSERT_EQ(0, held(&self->n, self->naa, 5, &self->l, &io));
	EXPECT_EQ(0, tgtctl("lun delete probe:p 3 --force --no-wait"));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(THIRD_PARTY, probe_sense(&io.r));
	EXPECT_GT(19, time(NULL) - since);
	while (tgtctl("lun create probe:p 3 device=cp_f") && time(NULL) - since < 20)
		usleep(200000);
	EXPECT_GT(20, time(NULL) - since);
	/* what the backend may still write fences it */
	EXPECT_EQ(0, probe_ready(&self->n, 0));
	probe_ready(&self->n, F);
	EXPECT_EQ(THIRD_PARTY, ONE(A, F, 1, 0, 0));
	EXPECT_EQ(0, tgtctl("device set cp_f rules=clear release=yes"));
	EXPECT_EQ(0, probe_ready(&self->n, F));
	EXPECT_EQ(0, ONE(A, F, 1, 0, 0));
}

TEST_HARNESS_MAIN
