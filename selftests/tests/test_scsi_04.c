// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: reads and writes of every length, bounds, cache control and write protection
 * (SBC-4 clause 5): this test will write with one command, read with another, and look at
 * what must not have changed.
 *
 * timeout: 180
 */
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create b_ram backend=ram size=16M",
	     "device create b_file backend=file path=/scratch/b_file size=16M",
	     "device create b_4k backend=ram size=16M block-size=4096",
	     "device create b_ro backend=ram size=16M readonly=yes",
	     "target create probe:p",
	     "lun create probe:p 0 device=b_ram",
	     "lun create probe:p 1 device=b_file",
	     "lun create probe:p 2 device=b_4k",
	     "lun create probe:p 3 device=b_ro",
	     "lun create probe:p 4 device=b_ram readonly=yes")

#define FUA	0x08
#define DPO	0x10

FIXTURE(block) {
	struct nexus n;
	__u32 bs;
	__u32 nblocks;
	__u8 want[1 << 18];
	__u8 got[1 << 18];
};

FIXTURE_VARIANT(block) {
	unsigned int lun;
	__u32 block_size;
};

FIXTURE_VARIANT_ADD(block, ram) {
	.lun = 0,
	.block_size = 512,
};

FIXTURE_VARIANT_ADD(block, file) {
	.lun = 1,
	.block_size = 512,
};

FIXTURE_VARIANT_ADD(block, ram4k) {
	.lun = 2,
	.block_size = 4096,
};

FIXTURE_SETUP(block)
{
	self->bs = variant->block_size;
	self->nblocks = (16 << 20) / self->bs;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, variant->lun));
}

FIXTURE_TEARDOWN(block)
{
	probe_close(&self->n);
}

/* Reads and writes as one CDB length has them. */
struct rw {
	__u8 cdb[16];
	__u32 len;
};

static struct rw rw_cdb(int length, bool write, __u8 byte1, __u64 lba, __u32 n)
{
	const struct rw six = {
		{ write ? 0x0a : 0x08, lba >> 16 & 0x1f, BE16(lba), n, 0 }, 6 };
	const struct rw ten = {
		{ write ? 0x2a : 0x28, byte1, BE32(lba), 0, BE16(n), 0 }, 10 };
	const struct rw twelve = {
		{ write ? 0xaa : 0xa8, byte1, BE32(lba), BE32(n), 0, 0 }, 12 };
	const struct rw sixteen = {
		{ write ? 0x8a : 0x88, byte1, BE64(lba), BE32(n), 0, 0 }, 16 };

	switch (length) {
	case 6:
		return six;
	case 10:
		return ten;
	case 12:
		return twelve;
	}
	return sixteen;
}

static const int lengths[] = { 6, 10, 12, 16 };

/* Each length writes what each length reads back; FUA and DPO change nothing of it. */
TEST_F(block, all_lengths)
{
	static const __u8 bits[] = { 0, FUA, DPO, FUA | DPO };
	__u32 n = 16 * 1024 / self->bs, seed = 1;
	int w, r;

	for (w = 0; w < 4; w++) {
		for (r = 0; r < 4; r++, seed++) {
			struct rw wr = rw_cdb(lengths[w], true, bits[r], 64 + seed, n);
			struct rw rd = rw_cdb(lengths[r], false, bits[w], 64 + seed, n);
			struct io out = { LUN(variant->lun), .cdb = wr.cdb, .cdb_len = wr.len,
					  DATA_OUT(self->want, 16384) };
			struct io in = { LUN(variant->lun), .cdb = rd.cdb, .cdb_len = rd.len,
					 DATA_IN(self->got, 16384) };

			probe_fill(self->want, 16384, seed);
			memset(self->got, 0, 16384);
			EXPECT_GOOD(&self->n, out);
			EXPECT_EQ(0, out.r.residual);
			EXPECT_GOOD(&self->n, in);
			EXPECT_EQ(0, in.r.residual);
			EXPECT_EQ(0, memcmp(self->want, self->got, 16384));
		}
	}
}

/* SBC-4 5.16, 5.41: in a CDB of 6 bytes a length of 0 is 256 blocks. */
TEST_F(block, six_zero_is_256)
{
	struct rw wr = rw_cdb(6, true, 0, 8, 0), rd = rw_cdb(6, false, 0, 8, 0);
	__u32 len = 256 * self->bs, part = len < sizeof(self->want) ? len : sizeof(self->want);
	struct io out = { LUN(variant->lun), .cdb = wr.cdb, .cdb_len = 6,
			  DATA_OUT(self->want, part) };
	struct io in = { LUN(variant->lun), .cdb = rd.cdb, .cdb_len = 6,
			 DATA_IN(self->got, part) };

	probe_fill(self->want, part, 7);
	EXPECT_GOOD(&self->n, in);
	EXPECT_EQ(len - part, in.r.residual);
	if (part < len) {	/* too little data for 256 blocks: see test_residual_01 */
		EXPECT_OUTCOME(&self->n, out, INVALID_FIELD_IN_IU);
		return;
	}
	EXPECT_GOOD(&self->n, out);
	EXPECT_EQ(0, out.r.residual);
	EXPECT_GOOD(&self->n, in);
	EXPECT_EQ(0, memcmp(self->want, self->got, part));
}

/* In the others it is no block at all, and no error. */
TEST_F(block, zero_blocks)
{
	int i;

	for (i = 1; i < 4; i++) {
		struct rw wr = rw_cdb(lengths[i], true, 0, 0, 0);
		struct rw rd = rw_cdb(lengths[i], false, 0, self->nblocks - 1, 0);
		struct rw far = rw_cdb(lengths[i], false, 0, self->nblocks + 1, 0);

		EXPECT_CMD(&self->n, 0, LUN(variant->lun), .cdb = wr.cdb, .cdb_len = wr.len);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun), .cdb = rd.cdb, .cdb_len = rd.len);
		EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun), .cdb = far.cdb,
			   .cdb_len = far.len);
	}
}

/* The last block can be had, the one after it cannot, and nothing of what crosses the end. */
TEST_F(block, bounds)
{
	__u32 last = self->nblocks - 1;
	struct io keep = { LUN(variant->lun), WRITE16(last, 1), DATA_OUT(self->want, self->bs) };
	struct io check = { LUN(variant->lun), READ16(last, 1), DATA_IN(self->got, self->bs) };
	int i, w;

	probe_fill(self->want, self->bs, 3);
	EXPECT_GOOD(&self->n, keep);
	for (i = 0; i < 4; i++) {
		for (w = 0; w < 2; w++) {
			struct rw end = rw_cdb(lengths[i], w, 0, last, 2);
			struct rw past = rw_cdb(lengths[i], w, 0, last + 1, 1);
			__u8 dir = w ? TGTPROBE_OUT : TGTPROBE_IN;

			EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
				   .cdb = end.cdb, .cdb_len = end.len, .dir = dir,
				   .data = self->got, .len = 2 * self->bs);
			EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
				   .cdb = past.cdb, .cdb_len = past.len, .dir = dir,
				   .data = self->got, .len = self->bs);
		}
	}
	EXPECT_GOOD(&self->n, check);
	EXPECT_EQ(0, memcmp(self->want, self->got, self->bs));
}

/* Sums and shifts that leave 64 bits. */
TEST_F(block, overflowing_bounds)
{
	static const __u64 lba[] = { 1ULL << 32, 1ULL << 55, 1ULL << 63, ~0ULL, ~0ULL - 1 };
	static const __u32 n[] = { 1, 2, 0x80000000, 0xffffffff };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(lba); i++) {
		for (j = 0; j < ARRAY_SIZE(n); j++) {
			EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
				   READ16(lba[i], n[j]), DATA_IN(self->got, 4096));
			EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
				   WRITE16(lba[i], n[j]), DATA_OUT(self->got, 4096));
		}
	}
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun), READ16(0, 0xffffffff),
		   DATA_IN(self->got, 4096));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun), READ10(0xffffffff, 1),
		   DATA_IN(self->got, 4096));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
		   CDB(0xaa, 0, BE32(1), BE32(0xffffffff), 0, 0), DATA_OUT(self->got, 4096));
}

/* SBC-4 4.22.2: there is no protection information to be had or sent. */
TEST_F(block, protection)
{
	int i, w;
	__u8 field;

	for (i = 1; i < 4; i++) {
		for (w = 0; w < 2; w++) {
			for (field = 1; field < 8; field++) {
				struct rw rw = rw_cdb(lengths[i], w, field << 5, 0, 1);

				EXPECT_CMD(&self->n, INVALID_FIELD, LUN(variant->lun),
					   .cdb = rw.cdb, .cdb_len = rw.len,
					   .dir = w ? TGTPROBE_OUT : TGTPROBE_IN,
					   .data = self->got, .len = self->bs);
			}
		}
	}
}

TEST_F(block, synchronize_cache)
{
	__u32 last = self->nblocks - 1;

	/* 0 blocks: to the end of the medium; IMMED is byte 1, bit 1 */
	EXPECT_CMD(&self->n, 0, LUN(variant->lun), CDB(0x35, 0, BE32(0), 0, BE16(0), 0));
	EXPECT_CMD(&self->n, 0, LUN(variant->lun), CDB(0x35, 2, BE32(0), 0, BE16(0), 0));
	EXPECT_CMD(&self->n, 0, LUN(variant->lun), CDB(0x35, 0, BE32(last), 0, BE16(1), 0));
	EXPECT_CMD(&self->n, 0, LUN(variant->lun), CDB(0x91, 0, BE64(0), BE32(0), 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(variant->lun), CDB(0x91, 2, BE64(last), BE32(1), 0, 0));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
		   CDB(0x35, 0, BE32(last), 0, BE16(2), 0));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
		   CDB(0x91, 0, BE64(last + 2), BE32(0), 0, 0));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(variant->lun),
		   CDB(0x91, 0, BE64(~0ULL), BE32(0xffffffff), 0, 0));
}

/* The buffer in pieces, with the alignment that direct I/O wants. */
TEST_F(block, scattered)
{
	__u32 segs[64], sum, i, round, len = 64 * 1024;

	for (round = 0; round < 20; round++) {
		struct io out = { LUN(variant->lun), WRITE10(128, len / self->bs),
				  DATA_OUT(self->want, len), .segs = segs };
		struct io in = { LUN(variant->lun), READ10(128, len / self->bs),
				 DATA_IN(self->got, len), .segs = segs };

		probe_fill(segs, sizeof(segs), round + 1);
		for (i = 0, sum = 0; sum < len && i < 63; i++)
			sum += segs[i] = 512 * (1 + segs[i] % 8);
		if (sum < len)
			segs[i++] = len - sum;
		in.nr_segs = i;
		out.nr_segs = i;
		in.offset = 512 * (round % 8);
		out.offset = 512 * (7 - round % 8);
		probe_fill(self->want, len, 100 + round);
		memset(self->got, 0, len);
		EXPECT_GOOD(&self->n, out);
		EXPECT_GOOD(&self->n, in);
		EXPECT_EQ(0, memcmp(self->want, self->got, len));
	}
}

/* Pieces of any length: memory is not on 512-byte boundaries with every fabric. */
TEST_F(block, unaligned)
{
	static const __u32 segs[] = { 1, 511, 513, 3, 4092, 2, 65534, 700, 4096 * 2 };
	__u32 len = 64 * 1024;
	struct io out = { LUN(variant->lun), WRITE10(256, len / self->bs),
			  DATA_OUT(self->want, len), .segs = segs, .nr_segs = 9, .offset = 5 };
	struct io in = { LUN(variant->lun), READ10(256, len / self->bs),
			 DATA_IN(self->got, len), .segs = segs, .nr_segs = 9, .offset = 4095 };

	probe_fill(self->want, len, 9);
	EXPECT_GOOD(&self->n, out);
	EXPECT_GOOD(&self->n, in);
	EXPECT_EQ(0, memcmp(self->want, self->got, len));
}

/* Both ways of being read-only, and that nothing got through. */
TEST(read_only)
{
	static __u8 want[512], got[512];
	struct nexus n;
	unsigned int lun;
	int i;

	ASSERT_EQ(0, probe_open(&n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&n, 0));
	memset(want, 0x77, sizeof(want));
	EXPECT_CMD(&n, 0, LUN(0), WRITE10(0, 1), DATA_OUT(want, 512));
	for (lun = 3; lun <= 4; lun++) {
		ASSERT_EQ(0, probe_ready(&n, lun));
		for (i = 0; i < 4; i++) {
			struct rw wr = rw_cdb(lengths[i], true, 0, 0, 1);

			EXPECT_CMD(&n, WRITE_PROTECTED, LUN(lun), .cdb = wr.cdb,
				   .cdb_len = wr.len, DATA_OUT(got, 512));
		}
		EXPECT_CMD(&n, 0, LUN(lun), READ10(0, 1), DATA_IN(got, 512));
		EXPECT_CMD(&n, 0, LUN(lun), CDB(0x35, 0, BE32(0), 0, BE16(0), 0));
	}
	EXPECT_EQ(0, memcmp(want, got, 512));
	/* through the LUN that may, it still goes */
	EXPECT_CMD(&n, 0, LUN(0), WRITE10(0, 1), DATA_OUT(want, 512));
	probe_close(&n);
}

TEST_HARNESS_MAIN
