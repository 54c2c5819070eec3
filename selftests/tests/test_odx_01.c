// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: ROD tokens: POPULATE TOKEN, WRITE USING TOKEN and what is told of them. This test
 * will copy by tokens between disks of blocks of 512 and 4096 bytes, see every refusal and its
 * sense, see each kind of write to the source end a token, also one that had come before it, and
 * see that a token is of no use to who does not see its source or may not read it.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/odx.h"
#include "../lib/probe.h"

/* ---- data -------------------------------------------------------------------------------- */

TEST_F(odx, from_disk_to_disk)
{
	__u8 buf[1024], naa[255];
	const __u8 *tok = buf + 38;

	populate(&self->l, 9, RTV, 10, 300);
	put(self->l.b + 8, 0x00800001, 4);
	range(&self->l, 400, 50);
	EXPECT_EQ(0, run(&self->n, A, &self->l));
	EXPECT_EQ(0, info(&self->n, A, 9, buf));
	EXPECT_EQ(32 - 4 + 4 + 514, get_be32(buf));
	EXPECT_EQ(0x10, buf[4]);
	EXPECT_EQ(0x01, buf[5]);
	EXPECT_EQ(0xfffffffe, get_be32(buf + 8));
	EXPECT_EQ(0, buf[12]);
	EXPECT_EQ(0xf1, buf[15]);
	EXPECT_EQ(350, get_be64(buf + 16));
	EXPECT_EQ(0, get_be16(buf + 24));
	EXPECT_EQ(514, get_be32(buf + 32));
	/* SPC-5 5.17.6.5: who has made it, and how much it stands for */
	EXPECT_CMD(&self->n, 0, LUN(A), VPD(0x83, 255), DATA_IN(naa, 255));
	EXPECT_EQ(0x00800001, get_be32(tok));
	EXPECT_EQ(0x01f8, get_be16(tok + 6));
	EXPECT_EQ(0xe4, tok[16]);
	EXPECT_EQ(0x0103, get_be16(tok + 20));
	EXPECT_EQ(0, memcmp(tok + 24, naa + 8, 8));
	EXPECT_EQ(350 * 512, get_be64(tok + 56));
	EXPECT_EQ(512, get_be32(tok + 96));
	EXPECT_EQ(0x23, tok[129]);
	memcpy(self->tok, tok, 512);
	/* it has been told of */
	EXPECT_EQ(0, info(&self->n, A, 9, buf));
	EXPECT_EQ(0, get_be32(buf + 32));

	use(&self->l, 10, 0, self->tok, 0, 1000, 200);
	range(&self->l, 2000, 150);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
	EXPECT_DISK(B, 1000, self->a + 10 * 512, 200 * 512);
	EXPECT_DISK(B, 2000, self->a + 210 * 512, 100 * 512);
	EXPECT_DISK(B, 2100, self->a + 400 * 512, 50 * 512);
	EXPECT_EQ(0, info(&self->n, B, 10, buf));
	EXPECT_EQ(0x11, buf[4]);
	EXPECT_EQ(0x01, buf[5]);
	EXPECT_EQ(350, get_be64(buf + 16));
	EXPECT_EQ(0, get_be32(buf + 32));
	/* from the middle on, once more, and to blocks of another size: the rest is zeroes */
	use(&self->l, 10, 0, self->tok, 299, 3000, 2);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
	EXPECT_DISK(B, 3000, self->a + 309 * 512, 512);
	EXPECT_DISK(B, 3001, self->a + 400 * 512, 512);
	EXPECT_EQ(0, write_token(&self->n, K, self->tok, 100, 44));
	memcpy(self->b, self->a + 10 * 512, 300 * 512);
	memcpy(self->b + 300 * 512, self->a + 400 * 512, 50 * 512);
	memset(self->b + 350 * 512, 0, 2 * 512);
	EXPECT_DISK(K, 100, self->b, 352 * 512);
	/* and back, from within a block */
	EXPECT_EQ(0, token(&self->n, K, 100, 44, self->tok));
	use(&self->l, 10, 0, self->tok, 3, 5000, 300);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
	EXPECT_DISK(B, 5000, self->b + 3 * 512, 300 * 512);
}

/* More is asked for than there is: SBC-4 4.28.2. */
TEST_F(odx, underrun)
{
	__u8 buf[1024];
	struct io io;

	EXPECT_EQ(0, token(&self->n, A, 0, 350, self->tok));
	use(&self->l, 10, 0, self->tok, 50, 1000, 400);
	command(&self->l, B, &io);
	EXPECT_EQ(UNDERRUN, probe_outcome(&self->n, &io));
	EXPECT_EQ(0xf0, io.r.sense[0]);
	EXPECT_EQ(300, get_be32(io.r.sense + 3));
	EXPECT_DISK(B, 1000, self->a + 50 * 512, 300 * 512);
	EXPECT_EQ(0, info(&self->n, B, 10, buf));
	EXPECT_EQ(0x03, buf[5]);
	EXPECT_EQ(CHECK_CONDITION, buf[12]);
	EXPECT_EQ(300, get_be64(buf + 16));
	EXPECT_EQ(io.r.sense_len, buf[14]);
	EXPECT_EQ(0, memcmp(buf + 32, io.r.sense, io.r.sense_len));
	/* nothing at all */
	use(&self->l, 10, 0, self->tok, 350, 1000, 1);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, B, &self->l));
	use(&self->l, 10, 0, self->tok, ~0ULL, 1000, 1);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, B, &self->l));
	use(&self->l, 10, 0, self->tok, 0, 1000, 0);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
}

TEST_F(odx, zero_token)
{
	__u8 zero[512] = { 0xff, 0xff, 0, 1, 0, 0, 0x01, 0xf8 };

	EXPECT_EQ(0, write_token(&self->n, B, zero, 10, 500));
	memset(self->b + 10 * 512, 0, 500 * 512);
	EXPECT_DISK(B, 0, self->b, BLOCKS * 512);
}

/* ---- refusals ---------------------------------------------------------------------------- */

TEST_F(odx, lists_that_are_refused)
{
	struct list *l = &self->l;
	int i;

	for (i = 0x10; i <= 0x11; i++)
		EXPECT_CMD(&self->n, 0, LUN(A),
			   CDB(0x83, i, 0, 0, 0, 0, 0, 0, 0, 1, BE32(0), 0, 0));
	populate(l, 1, 0, 0, 1);
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(A),
		   CDB(0x83, 0x10, 0, 0, 0, 0, 0, 0, 0, 1, BE32(15), 0, 0), DATA_OUT(l->b, 15));
	put(l->b, 0x1d, 2);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	populate(l, 1, 0, 0, 1);
	put(l->b + 14, 15, 2);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	populate(l, 1, 0, 0, 1);
	put(l->b + 4, 601, 4);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	populate(l, 1, RTV, 0, 1);		/* access upon reference, persistent */
	put(l->b + 8, 0x00010000, 4);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	put(l->b + 8, 0x00800002, 4);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	populate(l, 1, 0, 32768 - 3, 4);
	EXPECT_EQ(LBA_OUT_OF_RANGE, run(&self->n, A, l));
	populate(l, 1, 0, ~0ULL, 2);
	EXPECT_EQ(LBA_OUT_OF_RANGE, run(&self->n, A, l));
	populate(l, 1, 0, 10, 10);
	range(l, 30, 5);
	range(l, 19, 1);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, A, l));
	populate(l, 1, 0, 0, 0);
	for (i = 0; i < 63; i++)
		range(l, i, 1);
	EXPECT_EQ(0, run(&self->n, A, l));
	range(l, 100, 1);
	EXPECT_EQ(TOO_MANY, run(&self->n, A, l));

	EXPECT_EQ(0, token(&self->n, A, 0, 100, self->tok));
	use(l, 1, 0, self->tok, 0, 0, 1);
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(B),
		   CDB(0x83, 0x11, 0, 0, 0, 0, 0, 0, 0, 1, BE32(535), 0, 0),
		   DATA_OUT(l->b, 535));
	put(l->b, 0x225, 2);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, B, l));
	use(l, 1, 0, self->tok, 0, 10, 2);
	range(l, 11, 1);
	EXPECT_EQ(PARAM_FIELD, run(&self->n, B, l));
	use(l, 1, 0, self->tok, 0, 32768, 1);
	EXPECT_EQ(LBA_OUT_OF_RANGE, run(&self->n, B, l));
	/* the token */
	use(l, 1, 0, self->tok, 0, 0, 1);
	l->b[16 + 7] = 0xf7;
	EXPECT_EQ(BAD_LENGTH, run(&self->n, B, l));
	use(l, 1, 0, self->tok, 0, 0, 1);
	l->b[16 + 1] = 0x01;
	EXPECT_EQ(BAD_TYPE, run(&self->n, B, l));
	use(l, 1, 0, self->tok, 0, 0, 1);
	l->b[16 + 16] = 0xe0;
	EXPECT_EQ(CORRUPT, run(&self->n, B, l));
	for (i = 8; i < 512; i += i == 8 ? 492 : 11) {
		use(l, 1, 0, self->tok, 0, 0, 1);
		l->b[16 + i] ^= 1;
		EXPECT_EQ(UNKNOWN, run(&self->n, B, l));
	}
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 0, 1));
	/* a disk over another does not make any */
	populate(l, 1, 0, 0, 1);
	EXPECT_EQ(INVALID_FIELD, run(&self->n, F, l));
}

TEST_F(odx, ends_of_tokens)
{
	__u8 buf[1024], other[512];

	/* nobody has used it for a second, but the other one is used */
	populate(&self->l, 5, 0, 0, 100);
	put(self->l.b + 4, 1, 4);
	EXPECT_EQ(0, run(&self->n, A, &self->l));
	EXPECT_EQ(0, info(&self->n, A, 5, buf));
	memcpy(self->tok, buf + 38, 512);
	EXPECT_EQ(0, token(&self->n, A, 0, 100, other));
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 0, 1));
	usleep(2500000);
	EXPECT_EQ(EXPIRED, write_token(&self->n, B, self->tok, 0, 1));
	EXPECT_EQ(0, write_token(&self->n, B, other, 0, 1));

	EXPECT_CMD(&self->n, 0, LUN(A), ALL_TOKENS, DATA_IN(buf, 1024));
	EXPECT_LE(4 + 96, get_be32(buf));
	EXPECT_EQ(4, get_be32(buf) % 96);
	/* the youngest comes last, and nothing that could be used comes with it */
	EXPECT_EQ(0, memcmp(buf + get_be32(buf) + 4 - 96, other, 96));
	use(&self->l, 6, DEL_TKN, other, 0, 0, 1);
	EXPECT_EQ(0, run(&self->n, B, &self->l));
	EXPECT_EQ(DELETED, write_token(&self->n, B, other, 0, 1));
	/* a reset forgets what was told of, not the token */
	EXPECT_EQ(0, token(&self->n, A, 0, 100, other));
	EXPECT_EQ(0, info(&self->n, A, 77, buf));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, LUN_RESET, 0, 0));
	EXPECT_EQ(0, probe_ready(&self->n, A));
	EXPECT_EQ(INVALID_FIELD, info(&self->n, A, 77, buf));
	EXPECT_EQ(0, write_token(&self->n, B, other, 0, 1));
}

/* ---- writes ------------------------------------------------------------------------------ */

#define EXPECT_END(what, ...) do {							\
	__u8 _far[512];									\
											\
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));				\
	EXPECT_EQ(0, token(&self->n, A, 200, 50, _far));				\
	EXPECT_CMD(&self->n, 0, LUN(A), __VA_ARGS__);					\
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 1)) TH_LOG(what);	\
	EXPECT_EQ(0, write_token(&self->n, B, _far, 0, 1)) TH_LOG("beside " what);	\
} while (0)

TEST_F(odx, each_kind_of_write)
{
	__u8 two[4096] = { };
	__u8 unmap[24] = { 0, 22, 0, 16, 0, 0, 0, 0, BE64(149), BE32(1) };

	EXPECT_END("write (6)", CDB(0x0a, 0, 0, 149, 1, 0), DATA_OUT(two, 512));
	EXPECT_END("write (10)", WRITE10(99, 2), DATA_OUT(two, 1024));
	EXPECT_END("write (12)", CDB(0xaa, 0, BE32(100), BE32(1), 0, 0), DATA_OUT(two, 512));
	EXPECT_END("write (16)", WRITE16(149, 2), DATA_OUT(two, 1024));
	EXPECT_END("write atomic", CDB(0x9c, 0, BE64(96), 0, 0, BE16(8), 0, 0),
		   DATA_OUT(two, 4096));
	EXPECT_END("write and verify", CDB(0x2e, 0, BE32(120), 0, BE16(1), 0),
		   DATA_OUT(two, 512));
	EXPECT_END("write same", CDB(0x93, 0, BE64(90), BE32(20), 0, 0), DATA_OUT(two, 512));
	EXPECT_END("unmapping write same", CDB(0x93, 0x09, BE64(90), BE32(20), 0, 0),
		   .dir = TGTPROBE_NONE);
	EXPECT_END("unmap", CDB(0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0), DATA_OUT(unmap, 24));
	EXPECT_END("orwrite", CDB(0x8b, 0, BE64(149), BE32(1), 0, 0), DATA_OUT(two, 512));
	EXPECT_CMD(&self->n, 0, LUN(A), WRITE10(110, 1), DATA_OUT(two, 512));
	EXPECT_END("compare and write", CDB(0x89, 0, BE64(110), 0, 0, 0, 1, 0, 0),
		   DATA_OUT(two, 1024));
	/* those beside it change nothing */
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
	EXPECT_CMD(&self->n, 0, LUN(A), WRITE10(99, 1), DATA_OUT(two, 512));
	EXPECT_CMD(&self->n, 0, LUN(A), WRITE10(150, 1), DATA_OUT(two, 512));
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 0, 50));
	/* nor does one that comes by another way */
	EXPECT_CMD(&self->q, 0, LUN(0), WRITE10(149, 1), DATA_OUT(two, 512));
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 50));
}

TEST_F(odx, copies_and_the_whole_medium)
{
	__u8 xcopy[16 + 32 + 28] = { 1, 0x10, 0, 32, [11] = 28, [16] = 0xe4, [20] = 1, 3, 0, 8,
				     [46] = 2, [48] = 2, 0, 0, 24, [59] = 1, [75] = 149 };
	__u8 naa[255], other[512];

	EXPECT_CMD(&self->n, 0, LUN(A), VPD(0x83, 255), DATA_IN(naa, 255));
	memcpy(xcopy + 24, naa + 8, 8);
	EXPECT_END("extended copy", CDB(0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0, BE32(sizeof(xcopy)), 0,
					0), DATA_OUT(xcopy, sizeof(xcopy)));
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
	EXPECT_EQ(0, token(&self->n, A, 300, 50, other));
	EXPECT_EQ(0, write_token(&self->n, A, other, 149, 1));
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 1));
	EXPECT_EQ(0, write_token(&self->n, B, other, 0, 1));
	EXPECT_EQ(0, tgtctl("device set ox_a size=17M"));
	EXPECT_EQ(0, probe_ready(&self->n, A));
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, other, 0, 1));
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
	EXPECT_CMD(&self->n, 0, LUN(A), CDB(0x04, 0, 0, 0, 0, 0), .dir = TGTPROBE_NONE);
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 1));
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
	EXPECT_CMD(&self->n, 0, LUN(A), CDB(0x48, 0x02, 0, 0, 0, 0, 0, 0, 0, 0),
		   .dir = TGTPROBE_NONE);
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 1));
	/* a disk that is put over it writes it without its gates */
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
	EXPECT_EQ(0, tgtctl("device create ox_o backend=fault lower=ox_a"));
	EXPECT_EQ(CANCELLED, write_token(&self->n, B, self->tok, 0, 1));
	populate(&self->l, 1, 0, 0, 1);
	EXPECT_EQ(INVALID_FIELD, run(&self->n, A, &self->l));
	EXPECT_EQ(0, tgtctl("device delete ox_o"));
	EXPECT_EQ(0, token(&self->n, A, 100, 50, self->tok));
}

/* A write that was there before the token: the token waits, and is of what was written. */
TEST_F(odx, write_before_the_token)
{
	__u8 buf[1024];
	struct tgtprobe_reap r;
	struct io w, io;
	int i;

	ASSERT_EQ(0, probe_hold(&self->q, &w, 0, 100, 0, TGTPROBE_DEFER));
	populate(&self->l, 3, IMMED, 90, 20);
	EXPECT_EQ(0, run(&self->n, A, &self->l));
	EXPECT_EQ(0, info(&self->n, A, 3, buf));
	EXPECT_EQ(0x12, buf[5]);
	EXPECT_EQ(0, get_be32(buf + 32));
	/* one elsewhere does not wait for it */
	EXPECT_EQ(0, token(&self->n, A, 0, 100, self->tok));
	populate(&self->l, 4, 0, 90, 20);
	command(&self->l, A, &io);
	EXPECT_EQ(0, probe_send(&self->n, &io));
	EXPECT_NE(0, probe_reap(&self->n, io.id, &r, 300));
	EXPECT_EQ(0, probe_data(&self->q, &w, self->b));
	EXPECT_EQ(0, probe_wait(&self->q, &w));
	EXPECT_EQ(0, probe_wait(&self->n, &io));
	EXPECT_EQ(GOOD, io.r.status);
	EXPECT_EQ(0, info(&self->n, A, 4, buf));
	EXPECT_EQ(0, write_token(&self->n, B, buf + 38, 1000, 20));
	memcpy(self->a + 100 * 512, self->b, 512);
	EXPECT_DISK(B, 1000, self->a + 90 * 512, 20 * 512);
	/* the other one has its own time to look */
	for (i = 0; i < 50; i++) {
		EXPECT_EQ(0, info(&self->n, A, 3, buf));
		if (buf[5] != 0x12)
			break;
		usleep(20000);
	}
	EXPECT_EQ(0x01, buf[5]);
	EXPECT_EQ(0, write_token(&self->n, B, buf + 38, 1000, 20));
}

/* ---- who may ----------------------------------------------------------------------------- */

static int reserve(struct nexus *n, unsigned int lun, int sa, int type, __u64 key, __u64 sa_key)
{
	__u8 list[24] = { BE64(key), BE64(sa_key) };
	struct io io = { LUN(lun), CDB(0x5f, sa, type, 0, 0, BE32(24), 0), DATA_OUT(list, 24) };

	return probe_outcome(n, &io);
}

TEST_F(odx, who_may)
{
	struct io io;
	int type;

	/* of a disk that only the other port has: there it is good, here it is nothing */
	EXPECT_EQ(0, token(&self->q, 7, 0, 10, self->tok));
	EXPECT_EQ(UNKNOWN, write_token(&self->n, B, self->tok, 0, 1));
	EXPECT_EQ(0, write_token(&self->q, 7, self->tok, 1000, 1));
	EXPECT_EQ(0, write_token(&self->q, 0, self->tok, 1000, 1));
	/* one made by another nexus, of a disk that both have */
	EXPECT_EQ(0, token(&self->q, 0, 0, 10, self->tok));
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 0, 1));
	/* whoever has reserved the source: writes only, and all */
	EXPECT_EQ(0, reserve(&self->q, 0, 0, 0, 0, 7));
	for (type = 1; type <= 3; type += 2) {
		EXPECT_EQ(0, reserve(&self->q, 0, 1, type, 7, 0));
		use(&self->l, 1, 0, self->tok, 0, 0, 1);
		command(&self->l, B, &io);
		EXPECT_EQ(type == 1 ? 0 : THIRD_PARTY, probe_outcome(&self->n, &io));
		if (type == 3) {
			EXPECT_EQ(18, io.r.sense[8]);	/* of the source */
			EXPECT_EQ(RESERVATION_CONFLICT, io.r.sense[18]);
			populate(&self->l, 1, 0, 0, 1);
			EXPECT_EQ(-1, run(&self->n, A, &self->l));
		}
		/* a write that is refused ends nothing */
		EXPECT_CMD(&self->n, -1, LUN(A), WRITE10(0, 1), DATA_OUT(self->b, 512));
		EXPECT_EQ(0, write_token(&self->q, 7, self->tok, 0, 10));
		EXPECT_EQ(0, reserve(&self->q, 0, 2, type, 7, 0));
	}
	EXPECT_EQ(0, reserve(&self->q, 0, 3, 0, 7, 0));
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 0, 1));
	/* and at the destination */
	EXPECT_EQ(0, reserve(&self->q, 0, 0, 0, 0, 7));
	EXPECT_EQ(0, reserve(&self->q, 0, 1, 1, 7, 0));
	EXPECT_EQ(0, token(&self->n, B, 0, 10, self->tok));
	use(&self->l, 1, 0, self->tok, 0, 0, 1);
	command(&self->l, A, &io);
	EXPECT_EQ(-1, probe_outcome(&self->n, &io));
	EXPECT_EQ(RESERVATION_CONFLICT, io.r.status);
	EXPECT_EQ(0, reserve(&self->q, 0, 3, 0, 7, 0));
}

/*
 * The port is not active at the source: a read there is refused as one of that nexus would be
 * (SPC-5 5.16.2), and the copy tells so. The token is as good as before once it is.
 */
TEST_F(odx, the_source_is_on_standby)
{
	struct io io;

	EXPECT_EQ(0, token(&self->n, A, 0, 10, self->tok));
	ASSERT_EQ(0, tgtctl("alua create 1 targets=probe:p devices=ox_a=standby"));
	EXPECT_EQ(0, probe_ready(&self->n, B));
	use(&self->l, 1, 0, self->tok, 0, 0, 1);
	command(&self->l, B, &io);
	EXPECT_EQ(THIRD_PARTY, probe_outcome(&self->n, &io));
	EXPECT_EQ(18, io.r.sense[8]);			/* of the source */
	EXPECT_EQ(CHECK_CONDITION, io.r.sense[18]);
	EXPECT_EQ(0x02, io.r.sense[19 + 2] & 0x0f);	/* NOT READY, 04h/0Bh */
	EXPECT_EQ(0x040b, get_be16(io.r.sense + 19 + 12));
	EXPECT_EQ(0, tgtctl("alua set 1 devices=ox_a=non-optimized"));
	EXPECT_EQ(0, probe_ready(&self->n, B));
	EXPECT_EQ(0, write_token(&self->n, B, self->tok, 1000, 10));
	EXPECT_EQ(0, tgtctl("alua delete 1 --force"));
	EXPECT_EQ(0, probe_ready(&self->n, B));
	EXPECT_DISK(B, 1000, self->a, 10 * 512);
}

/* INSUFFICIENT RESOURCES TO CREATE ROD TOKEN (SPC-5 5.17.6.6) at the 129th; one less, one more. */
TEST_F(odx, as_many_as_there_can_be)
{
	__u8 buf[8];
	int i;

	/* none is left of what was there */
	EXPECT_CMD(&self->q, 0, LUN(7), CDB(0x04, 0, 0, 0, 0, 0), .dir = TGTPROBE_NONE);
	for (i = 0; i < 128; i++) {
		populate(&self->l, 5, 0, i, 1);
		ASSERT_EQ(0, run(&self->q, 7, &self->l)) TH_LOG("token %d", i);
	}
	EXPECT_CMD(&self->q, 0, LUN(7), ALL_TOKENS, DATA_IN(buf, 8));
	EXPECT_EQ(4 + 128 * 96, get_be32(buf));
	EXPECT_EQ(NO_MORE, run(&self->q, 7, &self->l));
	EXPECT_CMD(&self->q, 0, LUN(7), WRITE10(64, 1), DATA_OUT(self->b, 512));
	EXPECT_EQ(0, run(&self->q, 7, &self->l));
	EXPECT_EQ(NO_MORE, run(&self->q, 7, &self->l));
	EXPECT_CMD(&self->q, 0, LUN(7), WRITE10(0, 128), DATA_OUT(self->b, 128 * 512));
}

/* ---- what is claimed --------------------------------------------------------------------- */

TEST_F(odx, what_is_claimed)
{
	__u8 buf[512];
	unsigned int i;

	EXPECT_CMD(&self->n, 0, LUN(A), VPD(0x8f, 512), DATA_IN(buf, 512));
	EXPECT_EQ(0x0000, get_be16(buf + 4));
	EXPECT_EQ(0x0020, get_be16(buf + 6));
	EXPECT_EQ(64, get_be16(buf + 14));
	EXPECT_EQ(600, get_be32(buf + 16));
	EXPECT_EQ(60, get_be32(buf + 20));
	for (i = 0x10; i <= 0x11; i++) {
		EXPECT_CMD(&self->n, 0, LUN(A), CDB(0xa3, 0x0c, 3, 0x83, 0, i, BE32(64), 0, 0),
			   DATA_IN(buf, 64));
		EXPECT_EQ(3, buf[1] & 7);
		EXPECT_CMD(&self->n, 0, LUN(F), CDB(0xa3, 0x0c, 3, 0x83, 0, i, BE32(64), 0, 0),
			   DATA_IN(buf, 64));
		EXPECT_EQ(i == 0x10 ? 1 : 3, buf[1] & 7);
	}
}

TEST_HARNESS_MAIN
