// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: a CDB that asks for more or less than the initiator's buffer holds, or for the
 * other direction (SAM-6 5.4.3, RFC 7143 11.4.5): this test will check residual, data and
 * what must not be touched, for every mismatch by bytes and by blocks.
 *
 * timeout: 180
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create r_ram backend=ram size=16M",
	     "device create r_file backend=file path=/scratch/r_file size=16M",
	     "device create r_null backend=null size=16M",
	     "device create r_4k backend=ram size=16M block-size=4096",
	     "target create probe:p",
	     "lun create probe:p 0 device=r_ram",
	     "lun create probe:p 1 device=r_file",
	     "lun create probe:p 2 device=r_null",
	     "lun create probe:p 3 device=r_4k")

#define BLOCKS	8

FIXTURE(residual) {
	struct nexus n;
	__u32 bs;
	__u8 disk[BLOCKS * 4096];
	__u8 buf[2 * BLOCKS * 4096];
	__u8 src[2 * BLOCKS * 4096];
};

FIXTURE_VARIANT(residual) {
	unsigned int lun;
	__u32 block_size;
	bool holds_data;
};

FIXTURE_VARIANT_ADD(residual, ram) {
	.lun = 0,
	.block_size = 512,
	.holds_data = true,
};

FIXTURE_VARIANT_ADD(residual, file) {
	.lun = 1,
	.block_size = 512,
	.holds_data = true,
};

FIXTURE_VARIANT_ADD(residual, null) {
	.lun = 2,
	.block_size = 512,
};

FIXTURE_VARIANT_ADD(residual, ram4k) {
	.lun = 3,
	.block_size = 4096,
	.holds_data = true,
};

FIXTURE_SETUP(residual)
{
	self->bs = variant->block_size;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, variant->lun));
	probe_fill(self->disk, sizeof(self->disk), 1);
	struct io io = { LUN(variant->lun), WRITE10(0, BLOCKS),
			 DATA_OUT(self->disk, BLOCKS * self->bs) };
	ASSERT_EQ(0, probe_outcome(&self->n, &io));
}

FIXTURE_TEARDOWN(residual)
{
	probe_close(&self->n);
}

/* Lengths around every multiple of the block size, up to twice what the CDB asks for. */
static __u32 nth_length(__u32 bs, int i)
{
	static const int delta[] = { -1, 0, 1 };
	int len = (int)bs * (i / 3) + delta[i % 3];

	return len < 0 ? 0 : len;
}

#define NR_LENGTHS	(3 * (2 * BLOCKS))

static void expect_residual(struct __test_metadata *_metadata, const struct io *io, __u32 asked)
{
	if (io->len < asked) {
		EXPECT_EQ(TGTPROBE_R_OVERFLOW, io->r.flags & TGTPROBE_R_OVERFLOW);
		EXPECT_EQ(asked - io->len, io->r.residual);
	} else {
		EXPECT_EQ(0, io->r.flags & TGTPROBE_R_OVERFLOW);
		EXPECT_EQ(io->len - asked, io->r.residual);
	}
}

TEST_F(residual, read)
{
	__u32 asked = BLOCKS * self->bs, moved, j;
	int i;

	for (i = 0; i < NR_LENGTHS; i++) {
		struct io io = { LUN(variant->lun), READ10(0, BLOCKS),
				 DATA_IN(self->buf, nth_length(self->bs, i)) };

		moved = io.len < asked ? io.len / self->bs * self->bs : asked;
		memset(self->buf, 0xee, sizeof(self->buf));
		EXPECT_GOOD(&self->n, io);
		expect_residual(_metadata, &io, asked);
		if (variant->holds_data)
			EXPECT_EQ(0, memcmp(self->buf, self->disk, moved));
		for (j = moved; j < io.len && self->buf[j] == 0xee; j++)
			;
		EXPECT_EQ(io.len, j);
	}
}

/*
 * A write that comes with less data than its CDB tells of is refused whole (SPC-5: INVALID
 * FIELD IN COMMAND INFORMATION UNIT) and changes nothing, but the residual tells what was missing;
 * one with more writes what it tells.
 */
TEST_F(residual, write)
{
	struct io reset = { LUN(variant->lun), WRITE10(0, BLOCKS),
			    DATA_OUT(self->disk, BLOCKS * self->bs) };
	struct io check = { LUN(variant->lun), READ10(0, BLOCKS),
			    DATA_IN(self->buf, BLOCKS * self->bs) };
	__u32 asked = BLOCKS * self->bs, moved;
	int i;

	for (i = 0; i < NR_LENGTHS; i++) {
		struct io io = { LUN(variant->lun), WRITE10(0, BLOCKS),
				 DATA_OUT(self->src, nth_length(self->bs, i)) };

		moved = io.len < asked ? 0 : asked;
		probe_fill(self->src, sizeof(self->src), 50 + i);
		EXPECT_GOOD(&self->n, reset);
		EXPECT_OUTCOME(&self->n, io, io.len < asked ? INVALID_FIELD_IN_IU : 0);
		expect_residual(_metadata, &io, asked);
		if (!variant->holds_data)
			continue;
		EXPECT_GOOD(&self->n, check);
		EXPECT_EQ(0, memcmp(self->buf, self->src, moved));
		EXPECT_EQ(0, memcmp(self->buf + moved, self->disk + moved, asked - moved));
	}
}

/* A buffer of the wrong direction is no buffer. */
TEST_F(residual, wrong_direction)
{
	__u32 asked = BLOCKS * self->bs, i;
	struct io rd = { LUN(variant->lun), READ10(0, BLOCKS), DATA_OUT(self->src, asked) };
	struct io wr = { LUN(variant->lun), WRITE10(0, BLOCKS), DATA_IN(self->buf, asked) };
	struct io none = { LUN(variant->lun), READ10(0, BLOCKS), .dir = TGTPROBE_NONE };
	struct io wnone = { LUN(variant->lun), WRITE10(0, BLOCKS), .dir = TGTPROBE_NONE };
	struct io check = { LUN(variant->lun), READ10(0, BLOCKS), DATA_IN(self->buf, asked) };

	memset(self->buf, 0xee, sizeof(self->buf));
	EXPECT_GOOD(&self->n, rd);
	EXPECT_EQ(TGTPROBE_R_OVERFLOW, rd.r.flags);
	EXPECT_EQ(asked, rd.r.residual);
	EXPECT_OUTCOME(&self->n, wr, INVALID_FIELD_IN_IU);
	EXPECT_EQ(TGTPROBE_R_OVERFLOW, wr.r.flags);
	EXPECT_EQ(asked, wr.r.residual);
	for (i = 0; i < asked && self->buf[i] == 0xee; i++)
		;
	EXPECT_EQ(asked, i);
	EXPECT_GOOD(&self->n, none);
	EXPECT_EQ(asked, none.r.residual);
	EXPECT_OUTCOME(&self->n, wnone, INVALID_FIELD_IN_IU);
	EXPECT_EQ(asked, wnone.r.residual);
	if (!variant->holds_data)
		return;
	EXPECT_GOOD(&self->n, check);
	EXPECT_EQ(0, memcmp(self->buf, self->disk, asked));
}

/* Pieces that end in the middle of a block, and a buffer that ends in one. */
TEST_F(residual, scattered)
{
	static const __u32 segs[] = { 700, 1, 511, 4096, 13, 3000, 9000, 30000 };
	__u32 asked = BLOCKS * self->bs, len, moved, j;

	for (len = 1; len < asked; len += self->bs / 2 + 1) {
		struct io io = { LUN(variant->lun), READ10(0, BLOCKS), DATA_IN(self->buf, len),
				 .segs = segs, .nr_segs = 8, .offset = 4000 };

		moved = len / self->bs * self->bs;
		memset(self->buf, 0xee, sizeof(self->buf));
		EXPECT_GOOD(&self->n, io);
		EXPECT_EQ(asked - len, io.r.residual);
		if (variant->holds_data)
			EXPECT_EQ(0, memcmp(self->buf, self->disk, moved));
		for (j = moved; j < len && self->buf[j] == 0xee; j++)
			;
		EXPECT_EQ(len, j);
	}
}

/* Commands that move nothing, and those that fail: the whole buffer is left. */
TEST_F(residual, nothing_moved)
{
	struct io tur = { LUN(variant->lun), TUR, DATA_IN(self->buf, 512) };
	struct io turo = { LUN(variant->lun), TUR, DATA_OUT(self->buf, 512) };
	struct io zero = { LUN(variant->lun), READ10(0, 0), DATA_IN(self->buf, 512) };
	struct io sync = { LUN(variant->lun), CDB(0x35, 0, BE32(0), 0, BE16(0), 0),
			   DATA_IN(self->buf, 512) };
	struct io far = { LUN(variant->lun), READ16(1ULL << 40, 1), DATA_IN(self->buf, 4096) };
	struct io op = { LUN(variant->lun), CDB(0xff, 0, 0, 0, 0, 0), DATA_OUT(self->buf, 4096) };
	struct io none = { LUN(77), READ10(0, 1), DATA_IN(self->buf, 4096) };
	unsigned int i;

	memset(self->buf, 0xee, 4096);
	EXPECT_GOOD(&self->n, tur);
	EXPECT_EQ(512, tur.r.residual);
	EXPECT_GOOD(&self->n, turo);
	EXPECT_EQ(512, turo.r.residual);
	EXPECT_GOOD(&self->n, zero);
	EXPECT_EQ(512, zero.r.residual);
	EXPECT_GOOD(&self->n, sync);
	EXPECT_EQ(512, sync.r.residual);
	EXPECT_OUTCOME(&self->n, far, LBA_OUT_OF_RANGE);
	EXPECT_EQ(4096, far.r.residual);
	EXPECT_OUTCOME(&self->n, op, INVALID_OPCODE);
	EXPECT_EQ(4096, op.r.residual);
	EXPECT_OUTCOME(&self->n, none, LUN_NOT_SUPPORTED);
	EXPECT_EQ(4096, none.r.residual);
	EXPECT_EQ(0, (tur.r.flags | zero.r.flags | far.r.flags | op.r.flags) &
		     TGTPROBE_R_OVERFLOW);
	for (i = 0; i < 4096 && self->buf[i] == 0xee; i++)
		;
	EXPECT_EQ(4096, i);
}

/*
 * Parameter data: what is transferred is the least of what there is, the allocation length
 * and the buffer; the residual compares the first two with the third.
 */
TEST_F(residual, parameter_data)
{
	struct io whole = { LUN(variant->lun), INQUIRY(1024), DATA_IN(self->buf, 1024) };
	__u32 there, asked, alloc, len;

	EXPECT_GOOD(&self->n, whole);
	there = probe_got(&whole);
	for (alloc = 0; alloc <= there + 20; alloc += 10) {
		for (len = 0; len <= there + 20; len += 7) {
			struct io io = { LUN(variant->lun), INQUIRY(alloc),
					 DATA_IN(self->src, len) };

			asked = alloc < there ? alloc : there;
			memset(self->src, 0xee, 1024);
			EXPECT_GOOD(&self->n, io);
			expect_residual(_metadata, &io, asked);
			if (len > asked)
				EXPECT_EQ(0xee, self->src[asked]);
			EXPECT_EQ(0, memcmp(self->src, self->buf, asked < len ? asked : len));
		}
	}
}

TEST_HARNESS_MAIN
