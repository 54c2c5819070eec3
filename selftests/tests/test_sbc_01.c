// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: block commands executed by procedures, on disks in memory with blocks of 512 and
 * 4096 bytes: this test will check what VERIFY, WRITE AND VERIFY, COMPARE AND WRITE, ORWRITE,
 * WRITE SAME, UNMAP and GET LBA STATUS (SBC-4) do to the blocks they name, to those beside them,
 * and how they are refused.
 *
 * timeout: 60
 */
#include <pthread.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create s_512 backend=ram size=16M",
	     "device create s_4k backend=ram size=16M block-size=4096",
	     "device create s_full backend=null size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=s_512",
	     "lun create probe:p 1 device=s_4k",
	     "lun create probe:p 2 device=s_full")

#define MISCOMPARED	SENSE(0xe, 0x1d, 0x00)
#define PARAM_LENGTH	SENSE(5, 0x1a, 0x00)
#define PARAM_FIELD	SENSE(5, 0x26, 0x00)
#define BLOCKS		32
#define ROUNDS		100

#define VERIFY10(flags, lba, n)		CDB(0x2f, flags, BE32(lba), 0, BE16(n), 0)
#define WRITE_VERIFY10(flags, lba, n)	CDB(0x2e, flags, BE32(lba), 0, BE16(n), 0)
#define WRITE_SAME10(flags, lba, n)	CDB(0x41, flags, BE32(lba), 0, BE16(n), 0)
#define WRITE_SAME16(flags, lba, n)	CDB(0x93, flags, BE64(lba), BE32(n), 0, 0)
#define COMPARE_WRITE(lba, n)		CDB(0x89, 0, BE64(lba), 0, 0, 0, n, 0, 0)
#define ORWRITE(lba, n)			CDB(0x8b, 0, BE64(lba), BE32(n), 0, 0)
#define UNMAP(flags, n)			CDB(0x42, flags, 0, 0, 0, 0, 0, BE16(n), 0)
#define LBA_STATUS(lba, n)		CDB(0x9e, 0x12, BE64(lba), BE32(n), 0, 0)
#define UNMAP_ONE(lba, n)		{ 0, 22, 0, 16, 0, 0, 0, 0, BE64(lba), BE32(n), 0, 0, 0, 0 }

FIXTURE(sbc) {
	struct nexus n;
	__u32 block, last;
	__u8 lun;
	__u8 want[BLOCKS * 4096];
	__u8 got[BLOCKS * 4096];
	__u8 data[BLOCKS * 4096];
};

FIXTURE_VARIANT(sbc) {
	__u8 lun;
	__u32 block;
};

FIXTURE_VARIANT_ADD(sbc, b512) {
	.lun = 0, .block = 512,
};

FIXTURE_VARIANT_ADD(sbc, b4096) {
	.lun = 1, .block = 4096,
};

FIXTURE_SETUP(sbc)
{
	self->lun = variant->lun;
	self->block = variant->block;
	self->last = (16 << 20) / self->block - 1;
	probe_fill(self->want, sizeof(self->want), 1);
	probe_fill(self->data, sizeof(self->data), 2);
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, self->lun));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE10(0, BLOCKS),
		   DATA_OUT(self->want, BLOCKS * self->block));
}

FIXTURE_TEARDOWN(sbc)
{
	probe_close(&self->n);
}

/* The first BLOCKS blocks are what they should be. */
#define EXPECT_MEDIUM() do {								\
	EXPECT_CMD(&self->n, 0, LUN(self->lun), READ10(0, BLOCKS),			\
		   DATA_IN(self->got, BLOCKS * self->block));				\
	EXPECT_EQ(0, memcmp(self->want, self->got, BLOCKS * self->block));		\
} while (0)

/* After a MISCOMPARE: the information field. */
static long information(const struct io *io)
{
	return io->r.sense[0] == 0xf0 ? (long)get_be32(io->r.sense + 3) : -1;
}

TEST_F(sbc, verify)
{
	__u32 block = self->block;
	struct io bad = { LUN(self->lun), VERIFY10(0x02, 1, 4),
			  DATA_OUT(self->want + block, 4 * block) };

	EXPECT_CMD(&self->n, 0, LUN(self->lun), VERIFY10(0x00, 0, BLOCKS));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), VERIFY10(0x02, 1, 4),
		   DATA_OUT(self->want + block, 4 * block));
	self->want[4 * block + 7] ^= 1;
	EXPECT_OUTCOME(&self->n, bad, MISCOMPARED);
	EXPECT_EQ(3 * block + 7, information(&bad));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), VERIFY10(0x04, 0, 1));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), VERIFY10(0x20, 0, 1));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), VERIFY10(0, self->last, 2));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), VERIFY10(0x02, self->last, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD_IN_IU, LUN(self->lun), VERIFY10(0x02, 0, 2),
		   DATA_OUT(self->want, block));
}

TEST_F(sbc, verify_one_block_against_many)
{
	__u32 block = self->block;

	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_SAME10(0, 3, 5), DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), VERIFY10(0x06, 3, 5), DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, MISCOMPARED, LUN(self->lun), VERIFY10(0x06, 3, 6),
		   DATA_OUT(self->data, block));
}

TEST_F(sbc, write_and_verify)
{
	__u32 block = self->block;

	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_VERIFY10(0x02, 2, 3),
		   DATA_OUT(self->data, 3 * block));
	memcpy(self->want + 2 * block, self->data, 3 * block);
	EXPECT_MEDIUM();
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), WRITE_VERIFY10(0x06, 0, 1),
		   DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), WRITE_VERIFY10(0, self->last, 2),
		   DATA_OUT(self->data, 2 * block));
	EXPECT_MEDIUM();
}

TEST_F(sbc, compare_and_write)
{
	__u32 block = self->block;
	struct io bad = { LUN(self->lun), COMPARE_WRITE(4, 2), DATA_OUT(self->data, 4 * block) };

	memcpy(self->data, self->want + 4 * block, 2 * block);
	self->data[block + 5] ^= 0x80;
	EXPECT_OUTCOME(&self->n, bad, MISCOMPARED);
	EXPECT_EQ(block + 5, information(&bad));
	EXPECT_MEDIUM();
	self->data[block + 5] ^= 0x80;
	EXPECT_CMD(&self->n, 0, LUN(self->lun), COMPARE_WRITE(4, 2),
		   DATA_OUT(self->data, 4 * block));
	memcpy(self->want + 4 * block, self->data + 2 * block, 2 * block);
	EXPECT_MEDIUM();
	EXPECT_CMD(&self->n, 0, LUN(self->lun), COMPARE_WRITE(4, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD_IN_IU, LUN(self->lun), COMPARE_WRITE(4, 2),
		   DATA_OUT(self->data, 2 * block));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), COMPARE_WRITE(4, 1),
		   DATA_OUT(self->want + 4 * block, 4 * block));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), COMPARE_WRITE(4, 0),
		   DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), COMPARE_WRITE(self->last, 2),
		   DATA_OUT(self->data, 4 * block));
	EXPECT_MEDIUM();
}

TEST_F(sbc, orwrite)
{
	__u32 block = self->block, i;

	EXPECT_CMD(&self->n, 0, LUN(self->lun), ORWRITE(6, 2), DATA_OUT(self->data, 2 * block));
	for (i = 0; i < 2 * block; i++)
		self->want[6 * block + i] |= self->data[i];
	EXPECT_MEDIUM();
}

TEST_F(sbc, write_same)
{
	__u32 block = self->block, i;

	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_SAME10(0, 3, 5), DATA_OUT(self->data, block));
	for (i = 3; i < 8; i++)
		memcpy(self->want + i * block, self->data, block);
	EXPECT_MEDIUM();
	/* what is not zeroes is written whatever UNMAP says */
	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_SAME16(0x08, 9, 1),
		   DATA_OUT(self->data, block));
	memcpy(self->want + 9 * block, self->data, block);
	/* no data-out: zeroes, with and without UNMAP */
	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_SAME16(0x01, 11, 3));
	memset(self->want + 11 * block, 0, 3 * block);
	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE_SAME16(0x09, 15, 10));
	memset(self->want + 15 * block, 0, 10 * block);
	EXPECT_MEDIUM();
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), WRITE_SAME10(0, 3, 0),
		   DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), WRITE_SAME10(0x18, 3, 1),
		   DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), WRITE_SAME10(0x20, 3, 1),
		   DATA_OUT(self->data, block));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), WRITE_SAME10(0, self->last, 2),
		   DATA_OUT(self->data, block));
	EXPECT_MEDIUM();
}

/* Any range: zeroes there, and what is beside it stays. */
TEST_F(sbc, unmap)
{
	__u32 block = self->block, at, n;

	for (at = 1, n = 1; at + n < BLOCKS; at += n + 1, n += 3) {
		__u8 list[] = UNMAP_ONE(at, n);

		EXPECT_CMD(&self->n, 0, LUN(self->lun), UNMAP(0, sizeof(list)),
			   DATA_OUT(list, sizeof(list)));
		memset(self->want + at * block, 0, n * block);
		EXPECT_MEDIUM();
	}
}

TEST_F(sbc, unmap_refused)
{
	__u8 good[] = UNMAP_ONE(0, 4), far[] = UNMAP_ONE(self->last, 2);
	__u8 two[40] = { 0, 38, 0, 32, 0, 0, 0, 0, BE64(0), BE32(4), 0, 0, 0, 0,
			 BE64(self->last), BE32(2), 0, 0, 0, 0 };

	EXPECT_CMD(&self->n, 0, LUN(self->lun), UNMAP(0, 0));
	EXPECT_CMD(&self->n, PARAM_LENGTH, LUN(self->lun), UNMAP(0, 7), DATA_OUT(good, 7));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), UNMAP(0, 8 + 15), DATA_OUT(good, 8 + 15));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(self->lun), UNMAP(1, sizeof(good)),
		   DATA_OUT(good, sizeof(good)));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), UNMAP(0, sizeof(far)),
		   DATA_OUT(far, sizeof(far)));
	/* all or nothing */
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), UNMAP(0, sizeof(two)),
		   DATA_OUT(two, sizeof(two)));
	EXPECT_MEDIUM();
	ASSERT_EQ(0, probe_ready(&self->n, 2));
	EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(2), UNMAP(0, sizeof(good)),
		   DATA_OUT(good, sizeof(good)));
}

/*
 * Pages of 4096 bytes come and go, whatever the block size; away from where a stream began, which
 * has one huge page that only goes as a whole.
 */
TEST_F(sbc, lba_status)
{
	__u32 base = (4 << 20) / self->block + 8;
	__u8 list[] = UNMAP_ONE(base + 8, 16), buf[1024] = {};
	struct io io = { LUN(self->lun), LBA_STATUS(base, 1024), DATA_IN(buf, 1024) };

	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE10(base, BLOCKS),
		   DATA_OUT(self->want, BLOCKS * self->block));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), UNMAP(0, sizeof(list)),
		   DATA_OUT(list, sizeof(list)));
	EXPECT_OUTCOME(&self->n, io, 0);
	EXPECT_EQ(probe_got(&io), get_be32(buf) + 4);
	EXPECT_LE(4 + 3 * 16, get_be32(buf));
	EXPECT_EQ(base, get_be64(buf + 8));
	EXPECT_EQ(8, get_be32(buf + 16));
	EXPECT_EQ(0, buf[20]);
	EXPECT_EQ(base + 8, get_be64(buf + 24));
	EXPECT_EQ(16, get_be32(buf + 32));
	EXPECT_EQ(1, buf[36]);
	EXPECT_EQ(base + 24, get_be64(buf + 40));
	EXPECT_EQ(8, get_be32(buf + 48));
	EXPECT_EQ(0, buf[52]);
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(self->lun), LBA_STATUS(self->last + 1, 24),
		   DATA_IN(buf, 24));
}

/* A counter in block 0 that only COMPARE AND WRITE moves on: none of the increments is lost. */
struct counter {
	struct nexus n;
	__u8 lun;
	__u32 block;
	int wrong;
};

static void *count(void *arg)
{
	static __thread __u8 data[2 * 4096];
	struct counter *c = arg;
	int i, ret;
	__u32 v;

	for (i = 0; i < ROUNDS && !c->wrong; ) {
		struct io rd = { LUN(c->lun), READ10(0, 1), DATA_IN(data, c->block) };
		struct io caw = { LUN(c->lun), COMPARE_WRITE(0, 1), DATA_OUT(data, 2 * c->block) };

		c->wrong = probe_outcome(&c->n, &rd) != 0;
		memcpy(&v, data, sizeof(v));
		v++;
		memcpy(data + c->block, data, c->block);
		memcpy(data + c->block, &v, sizeof(v));
		ret = probe_outcome(&c->n, &caw);
		if (!ret)
			i++;
		else if (ret != MISCOMPARED)
			c->wrong = 1;
	}
	return NULL;
}

TEST_F(sbc, compare_and_write_loses_nothing)
{
	struct counter c[2] = {};
	pthread_t t[2];
	__u32 v = 0;
	int i;

	memset(self->want, 0, self->block);
	EXPECT_CMD(&self->n, 0, LUN(self->lun), WRITE10(0, 1), DATA_OUT(self->want, self->block));
	for (i = 0; i < 2; i++) {
		c[i].lun = self->lun;
		c[i].block = self->block;
		ASSERT_EQ(0, probe_open(&c[i].n, "p", i ? "init-c" : "init-b"));
		ASSERT_EQ(0, probe_ready(&c[i].n, self->lun));
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&t[i], NULL, count, &c[i]));
	for (i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		EXPECT_EQ(0, c[i].wrong);
		probe_close(&c[i].n);
	}
	EXPECT_CMD(&self->n, 0, LUN(self->lun), READ10(0, 1), DATA_IN(self->got, self->block));
	memcpy(&v, self->got, sizeof(v));
	EXPECT_EQ(2 * ROUNDS, v);
}

TEST_HARNESS_MAIN
