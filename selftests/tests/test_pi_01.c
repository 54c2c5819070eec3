// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: disks in memory with protection information of types 1, 2 and 3: this test will
 * check what INQUIRY and its like say of them, which tags every value of RDPROTECT, WRPROTECT and
 * VRPROTECT checks and with what sense, what is written where none is sent, and that blocks and
 * their protection information change together (SBC-4 4.21).
 *
 * timeout: 60
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create pi_0 backend=ram size=16M",
	     "device create pi_1 backend=ram size=16M pi=1",
	     "device create pi_2 backend=ram size=16M pi=2",
	     "device create pi_3 backend=ram size=16M pi=3",
	     "target create probe:p",
	     "lun create probe:p 0 device=pi_0",
	     "lun create probe:p 1 device=pi_1",
	     "lun create probe:p 2 device=pi_2",
	     "lun create probe:p 3 device=pi_3")

#define BAD_GUARD	SENSE(0xb, 0x10, 0x01)
#define BAD_APP		SENSE(0xb, 0x10, 0x02)
#define BAD_REF		SENSE(0xb, 0x10, 0x03)
#define MISCOMPARED	SENSE(0xe, 0x1d, 0x00)

#define BLOCK		512
#define WIRE		(BLOCK + 8)
#define BLOCKS		300		/* more than a buffer of the engine has */
#define LBA		1000
#define APP		0x1234
#define FLIGHT		64

enum { NOTHING, GUARD, APP_TAG, REF_TAG, DAMAGES };

FIXTURE(pi) {
	struct nexus n;
	unsigned int type;
	__u8 out[BLOCKS * WIRE];
	__u8 in[BLOCKS * WIRE];
};

FIXTURE_VARIANT(pi) {
	unsigned int type;
};

FIXTURE_VARIANT_ADD(pi, type1) {
	.type = 1,
};

FIXTURE_VARIANT_ADD(pi, type2) {
	.type = 2,
};

FIXTURE_VARIANT_ADD(pi, type3) {
	.type = 3,
};

FIXTURE_SETUP(pi)
{
	self->type = variant->type;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, self->type));
}

FIXTURE_TEARDOWN(pi)
{
	probe_close(&self->n);
}

static __u16 crc(const __u8 *p)
{
	__u16 v = 0;
	int i, bit;

	for (i = 0; i < BLOCK; i++) {
		v ^= p[i] << 8;
		for (bit = 0; bit < 8; bit++)
			v = v & 0x8000 ? v << 1 ^ 0x8bb7 : v << 1;
	}
	return v;
}

static void put_tuple(__u8 *t, __u16 guard, __u16 app, __u32 ref)
{
	const __u8 bytes[8] = { BE16(guard), BE16(app), BE32(ref) };

	memcpy(t, bytes, 8);
}

/* @n good blocks for @lba, as they are on the wire. */
static void fill(__u8 *wire, __u32 lba, __u32 n, __u32 seed)
{
	__u32 i;

	for (i = 0; i < n; i++, wire += WIRE) {
		probe_fill(wire, BLOCK, seed + i);
		put_tuple(wire + BLOCK, crc(wire), APP, lba + i);
	}
}

static void damage(__u8 *wire, int what)
{
	static const __u8 at[DAMAGES] = { 0, 1, 3, 7 };

	if (what)
		wire[BLOCK + at[what]] ^= 0x01;
}

/* The user data of blocks, without what is on the wire beside it. */
static void strip(__u8 *wire, __u32 n)
{
	__u32 i;

	for (i = 1; i < n; i++)
		memmove(wire + i * BLOCK, wire + i * WIRE, BLOCK);
}

enum { READ, WRITE, VERIFY, VERIFY_BYTES, WRITE_SAME };

/*
 * A command for @n blocks, of 16 bytes, or, with type 2, of 32 that say which tags to expect;
 * the buffer is as long as @protect makes it.
 */
static struct io block_io(unsigned int type, int what, __u8 protect, __u32 lba, __u32 n, void *data,
			  __u8 *cdb)
{
	static const struct {
		__u8 op16, sa32, bits, dir;
	} how[] = {
		[READ] = { 0x88, 0x09, 0, TGTPROBE_IN },
		[WRITE] = { 0x8a, 0x0b, 0, TGTPROBE_OUT },
		[VERIFY] = { 0x8f, 0x0a, 0, 0 },
		[VERIFY_BYTES] = { 0x8f, 0x0a, 0x02, TGTPROBE_OUT },
		[WRITE_SAME] = { 0x93, 0x0d, 0, TGTPROBE_OUT },
	};
	const __u8 cdb16[16] = { how[what].op16, protect << 5 | how[what].bits, BE64(lba), BE32(n) };
	const __u8 cdb32[32] = { 0x7f, 0, 0, 0, 0, 0, 0, 24, 0, how[what].sa32,
				 protect << 5 | how[what].bits, 0, BE64(lba), BE32(lba),
				 BE16(APP), 0xff, 0xff, BE32(n) };
	__u32 blocks = what == VERIFY ? 0 : what == WRITE_SAME ? 1 : n;
	struct io io = { LUN(type), .cdb = cdb, .cdb_len = type == 2 ? 32 : 16,
			 .dir = how[what].dir, .data = data,
			 .len = blocks * (protect ? WIRE : BLOCK) };

	if (type == 2)
		memcpy(cdb, cdb32, 32);
	else
		memcpy(cdb, cdb16, 16);
	return io;
}

#define EXPECT_IO(expected, what, protect, lba, count, data) do {			\
	__u8 _cdb[32];									\
	struct io _b = block_io(self->type, what, protect, lba, count, data, _cdb);	\
											\
	EXPECT_OUTCOME(&self->n, _b, expected);						\
	if ((expected) >> 16 == 0xb)							\
		EXPECT_EQ(_b.r.sense[0] == 0xf0 ? get_be32(_b.r.sense + 3) : 0, bad);	\
} while (0)

/* What a command must say of one damaged tag. @medium: it is not of data-out. */
static int expected(unsigned int type, __u8 protect, int what, bool medium)
{
	bool guard = protect == 1 || protect > 3 || (medium && !protect);
	bool tags = protect == 1 || protect == 2 || protect == 5 || (medium && !protect);

	if (protect > 5)
		return INVALID_FIELD;
	if (what == GUARD && guard)
		return BAD_GUARD;
	if (what == APP_TAG && tags && type == 2)
		return BAD_APP;
	if (what == REF_TAG && tags && type != 3)
		return BAD_REF;
	return 0;
}

TEST_F(pi, what_it_says_of_itself)
{
	static const __u8 spt[4] = { 0, 0, 2, 4 };
	__u8 buf[96];

	EXPECT_CMD(&self->n, 0, LUN(self->type), INQUIRY(96), DATA_IN(buf, 96));
	EXPECT_EQ(1, buf[5] & 1);
	EXPECT_CMD(&self->n, 0, LUN(self->type), VPD(0x86, 64), DATA_IN(buf, 64));
	EXPECT_EQ(spt[self->type] << 3 | 7, buf[4]);
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
		   DATA_IN(buf, 32));
	EXPECT_EQ((self->type - 1) << 1 | 1, buf[12]);
	EXPECT_EQ(0, buf[13] & 0xf0);
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x1a, 0x08, 0x0a, 0, 96, 0),
		   DATA_IN(buf, 16));
	EXPECT_EQ(0x80, buf[4 + 5] & 0x80);
}

/* On the medium, by WRPROTECT=011b, which checks nothing; then every way to look at it. */
TEST_F(pi, the_medium_is_checked)
{
	__u32 bad = LBA + BLOCKS - 3;
	__u8 protect;
	int what;

	for (what = NOTHING; what < DAMAGES; what++) {
		fill(self->out, LBA, BLOCKS, what);
		damage(self->out + (BLOCKS - 3) * WIRE, what);
		EXPECT_IO(0, WRITE, 3, LBA, BLOCKS, self->out);
		for (protect = 0; protect < 8; protect++) {
			EXPECT_IO(expected(self->type, protect, what, true), READ, protect, LBA,
				  BLOCKS, self->in);
			EXPECT_IO(expected(self->type, protect, what, true), VERIFY, protect, LBA,
				  BLOCKS, NULL);
		}
		EXPECT_IO(0, READ, 3, LBA, BLOCKS, self->in);
		EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
	}
}

TEST_F(pi, data_out_is_checked)
{
	__u32 bad = LBA + 2;
	__u8 protect;
	int what, want;

	for (what = NOTHING; what < DAMAGES; what++) {
		for (protect = 1; protect < 8; protect++) {
			fill(self->out, LBA, 4, 7);
			EXPECT_IO(0, WRITE, 1, LBA, 4, self->out);
			fill(self->out, LBA, 4, 8 + protect);
			damage(self->out + 2 * WIRE, what);
			want = expected(self->type, protect, what, false);
			EXPECT_IO(want, WRITE, protect, LBA, 4, self->out);
			EXPECT_IO(0, READ, 3, LBA, 4, self->in);
			EXPECT_EQ(!want, !memcmp(self->in, self->out, 4 * WIRE));
		}
	}
}

TEST_F(pi, nothing_is_sent)
{
	__u32 bad = 0, i;

	fill(self->out, LBA, BLOCKS, 1);
	strip(self->out, BLOCKS);
	EXPECT_IO(0, WRITE, 0, LBA, BLOCKS, self->out);
	EXPECT_IO(0, READ, 0, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * BLOCK));
	fill(self->out, LBA, BLOCKS, 1);
	for (i = 0; i < BLOCKS; i++)
		put_tuple(self->out + i * WIRE + BLOCK, crc(self->out + i * WIRE), 0xffff,
			  self->type == 1 ? LBA + i : 0xffffffff);
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
}

/* All ones, which is checked by nobody; so are unmapped blocks. */
TEST_F(pi, never_written)
{
	__u8 list[] = { 0, 22, 0, 16, 0, 0, 0, 0, BE64(3000), BE32(2), 0, 0, 0, 0 };
	__u32 bad = 0;

	memset(self->out, 0, WIRE);
	memset(self->out + BLOCK, 0xff, 8);
	memcpy(self->out + WIRE, self->out, WIRE);
	EXPECT_IO(0, READ, 1, 3000, 2, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, 2 * WIRE));
	fill(self->in, 2999, 4, 1);
	EXPECT_IO(0, WRITE, 1, 2999, 4, self->in);
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x42, 0, 0, 0, 0, 0, 0, BE16(24), 0),
		   DATA_OUT(list, sizeof(list)));
	EXPECT_IO(0, READ, 1, 3000, 2, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, 2 * WIRE));
	EXPECT_IO(0, READ, 1, 2999, 4, self->in);
	EXPECT_EQ(APP, get_be16(self->in + BLOCK + 2));
}

TEST_F(pi, only_one_tag_escapes)
{
	__u32 bad = LBA;

	fill(self->out, LBA, 1, 1);
	put_tuple(self->out + BLOCK, 1, 0xffff, 0x12345678);
	EXPECT_IO(0, WRITE, 3, LBA, 1, self->out);
	EXPECT_IO(self->type == 3 ? BAD_GUARD : 0, READ, 1, LBA, 1, self->in);
	put_tuple(self->out + BLOCK, 1, 0xffff, 0xffffffff);
	EXPECT_IO(0, WRITE, 3, LBA, 1, self->out);
	EXPECT_IO(0, READ, 1, LBA, 1, self->in);
	/* of the medium only */
	EXPECT_IO(BAD_GUARD, WRITE, 1, LBA, 1, self->out);
}

TEST_F(pi, verify_compares)
{
	static const __u8 compared[6][DAMAGES] = {
		[1] = { 0, 1, 1, 1 }, [2] = { 0, 0, 1, 1 }, [3] = { 0, 1, 1, 1 },
		[4] = { 0, 1, 0, 0 }, [5] = { 0, 1, 1, 1 },
	};
	__u32 bad = LBA + 1;
	__u8 protect;
	int what, want;

	fill(self->out, LBA, 3, 1);
	EXPECT_IO(0, WRITE, 1, LBA, 3, self->out);
	for (what = NOTHING; what < DAMAGES; what++) {
		for (protect = 1; protect < 6; protect++) {
			fill(self->out, LBA, 3, 1);
			damage(self->out + WIRE, what);
			/* checked first, then compared */
			want = expected(self->type, protect, what, false) ?:
			       compared[protect][what] ? MISCOMPARED : 0;
			EXPECT_IO(want, VERIFY_BYTES, protect, LBA, 3, self->out);
		}
	}
	fill(self->out, LBA, 3, 1);
	strip(self->out, 3);
	EXPECT_IO(0, VERIFY_BYTES, 0, LBA, 3, self->out);
	self->out[BLOCK] ^= 1;
	EXPECT_IO(MISCOMPARED, VERIFY_BYTES, 0, LBA, 3, self->out);
}

TEST_F(pi, write_same_counts)
{
	__u32 bad = 0, i;

	fill(self->out, LBA, 1, 1);
	EXPECT_IO(0, WRITE_SAME, 1, LBA, BLOCKS, self->out);
	for (i = 1; i < BLOCKS; i++) {
		memcpy(self->out + i * WIRE, self->out, WIRE);
		put_tuple(self->out + i * WIRE + BLOCK, crc(self->out), APP,
			  self->type == 3 ? LBA : LBA + i);
	}
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * WIRE));
	EXPECT_IO(0, WRITE_SAME, 0, LBA, BLOCKS, self->out);
	EXPECT_IO(0, READ, 1, LBA, BLOCKS, self->in);
	for (i = 0; i < BLOCKS; i++)
		EXPECT_EQ(self->type == 1 ? LBA + i : 0xffffffff,
			  get_be32(self->in + i * WIRE + BLOCK + 4));
}

/* Of a buffer that is too short, the whole blocks there is room for; of one too long, the rest. */
TEST_F(pi, residuals)
{
	__u8 cdb[32];
	struct io io;

	fill(self->out, LBA, 3, 1);
	io = block_io(self->type, WRITE, 1, LBA, 3, self->out, cdb);
	io.len--;
	EXPECT_OUTCOME(&self->n, io, INVALID_FIELD_IN_IU);
	io.len++;
	EXPECT_GOOD(&self->n, io);
	memset(self->in, 0, sizeof(self->in));
	io = block_io(self->type, READ, 1, LBA, 3, self->in, cdb);
	io.len = 2 * WIRE + BLOCK;
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(TGTPROBE_R_OVERFLOW, io.r.flags & TGTPROBE_R_OVERFLOW);
	EXPECT_EQ(0, memcmp(self->in, self->out, 2 * WIRE));
	io = block_io(self->type, READ, 1, LBA, 3, self->in, cdb);
	io.len += 5;
	EXPECT_GOOD(&self->n, io);
	EXPECT_EQ(5, io.r.residual);
	EXPECT_EQ(0, memcmp(self->in, self->out, 3 * WIRE));
}

/* Writes and reads of the same blocks at the same time: no guard is ever that of other data. */
TEST_F(pi, blocks_and_tuples_change_together)
{
	static __u8 data[FLIGHT][8 * WIRE], cdb[FLIGHT][32];
	struct io io[FLIGHT];
	unsigned int i, round;

	for (round = 0; round < 8; round++) {
		for (i = 0; i < FLIGHT; i++) {
			fill(data[i], LBA, 8, round * FLIGHT + i);
			io[i] = block_io(self->type, i % 2 ? READ : WRITE, 1, LBA, 8, data[i],
					 cdb[i]);
			ASSERT_EQ(0, probe_send(&self->n, &io[i]));
		}
		for (i = 0; i < FLIGHT; i++) {
			ASSERT_EQ(0, probe_wait(&self->n, &io[i]));
			EXPECT_EQ(GOOD, io[i].r.status)
				TH_LOG("sense %06x", probe_sense(&io[i].r));
		}
	}
}

FIXTURE(pis) {
	struct nexus n;
	__u8 out[4 * WIRE];
	__u8 in[4 * WIRE];
};

FIXTURE_SETUP(pis)
{
	unsigned int i;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-b"));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, probe_ready(&self->n, i));
}

FIXTURE_TEARDOWN(pis)
{
	probe_close(&self->n);
}

#define RW10(op, protect, n)	CDB(op, (protect) << 5, BE32(LBA), 0, BE16(n), 0)

TEST_F(pis, who_may_ask)
{
	__u8 protect;

	fill(self->out, LBA, 1, 1);
	for (protect = 1; protect < 8; protect++) {
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), RW10(0x28, protect, 1),
			   DATA_IN(self->in, WIRE));
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), RW10(0x2a, protect, 1),
			   DATA_OUT(self->out, WIRE));
		EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(2), RW10(0x28, protect, 1),
			   DATA_IN(self->in, WIRE));
		EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(2), RW10(0x2a, protect, 1),
			   DATA_OUT(self->out, WIRE));
	}
	/* what has no field for it is as with 000b */
	EXPECT_CMD(&self->n, 0, LUN(1), CDB(0x0a, 0, BE16(LBA), 1, 0), DATA_OUT(self->out, BLOCK));
	EXPECT_CMD(&self->n, 0, LUN(1), CDB(0x08, 0, BE16(LBA), 1, 0), DATA_IN(self->in, BLOCK));
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCK));
	EXPECT_EQ(1, tgtctl("device create bad backend=null size=1M pi=1"));
	EXPECT_EQ(1, tgtctl("device create bad backend=fault lower=pi_1"));
}

TEST_F(pis, compare_and_write)
{
	struct io io = { LUN(1), CDB(0x89, 1 << 5, BE64(LBA), 0, 0, 0, 1, 0, 0),
			 DATA_OUT(self->out, 2 * WIRE) };

	fill(self->out, LBA, 1, 1);
	EXPECT_CMD(&self->n, 0, LUN(1), RW10(0x2a, 1, 1), DATA_OUT(self->out, WIRE));
	fill(self->out + WIRE, LBA, 1, 2);
	EXPECT_GOOD(&self->n, io);
	EXPECT_CMD(&self->n, 0, LUN(1), RW10(0x28, 1, 1), DATA_IN(self->in, WIRE));
	EXPECT_EQ(0, memcmp(self->in, self->out + WIRE, WIRE));
	EXPECT_OUTCOME(&self->n, io, MISCOMPARED);
	damage(self->out + WIRE, GUARD);
	memcpy(self->out, self->in, WIRE);
	EXPECT_OUTCOME(&self->n, io, BAD_GUARD);
}

TEST_F(pis, orwrite)
{
	unsigned int i;

	fill(self->out, LBA, 2, 1);
	EXPECT_CMD(&self->n, 0, LUN(1), RW10(0x2a, 1, 2), DATA_OUT(self->out, 2 * WIRE));
	fill(self->in, LBA, 2, 9);
	EXPECT_CMD(&self->n, 0, LUN(1), CDB(0x8b, 1 << 5, BE64(LBA), BE32(2), 0, 0),
		   DATA_OUT(self->in, 2 * WIRE));
	for (i = 0; i < 2 * WIRE; i++)
		self->out[i] |= self->in[i];
	EXPECT_CMD(&self->n, 0, LUN(1), RW10(0x28, 1, 2), DATA_IN(self->in, 2 * WIRE));
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCK));
	EXPECT_EQ(crc(self->out), get_be16(self->in + BLOCK));
	EXPECT_EQ(APP, get_be16(self->in + BLOCK + 2));
}

TEST_F(pis, write_and_verify)
{
	fill(self->out, LBA, 2, 3);
	EXPECT_CMD(&self->n, 0, LUN(1), RW10(0x2e, 1, 2), DATA_OUT(self->out, 2 * WIRE));
	EXPECT_CMD(&self->n, 0, LUN(1), CDB(0x2e, 0x22, BE32(LBA), 0, BE16(2), 0),
		   DATA_OUT(self->out, 2 * WIRE));
	damage(self->out, REF_TAG);
	EXPECT_CMD(&self->n, BAD_REF, LUN(1), RW10(0x2e, 1, 2), DATA_OUT(self->out, 2 * WIRE));
}

TEST_HARNESS_MAIN
