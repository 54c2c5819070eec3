// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: where an error is: the INFORMATION field of the sense data (SBC-4 4.18), valid
 * in both formats where a backend knows the first block that failed, and only there. This test will
 * fail blocks by rules of backend fault, and cut files short under disks of the others.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

#define READ_ERROR	SENSE(3, 0x11, 0x00)
#define WRITE_ERROR	SENSE(3, 0x0c, 0x00)

#define CUT	5001U		/* blocks that are left of a file */

enum { FAULT, HUGE, DIRECT, CACHED, BLK, USER };

static void __attribute__((constructor)) configure(void)
{
	static const char * const lines[] = {
		"device create s4_ram backend=ram size=16M",
		"device create s4_null backend=null size=4T",
		"device create s4_fault backend=fault lower=s4_ram",
		"device create s4_huge backend=fault lower=s4_null",
		"device create s4_direct backend=file path=/scratch/s4_direct size=4M",
		"device create s4_cached backend=file path=/scratch/s4_cached size=4M buffered=yes",
		"device create s4_blk backend=blk path=/scratch/s4_blk.dev",
		"device create s4_user backend=user service=file config=/scratch/s4_user size=4M",
		"target create probe:s4",
		"lun create probe:s4 0 device=s4_fault",
		"lun create probe:s4 1 device=s4_huge",
		"lun create probe:s4 2 device=s4_direct",
		"lun create probe:s4 3 device=s4_cached",
		"lun create probe:s4 4 device=s4_blk",
		"lun create probe:s4 5 device=s4_user",
		NULL
	};

	/* a loop device that reads its file directly knows how far it got */
	if (system("modprobe loop && cd /scratch && truncate -s 4M s4_blk") ||
	    system("cd /scratch && ln -sfn $(losetup -f --show --direct-io=on s4_blk) s4_blk.dev"))
		exit(1);
	probe_configure(lines);
	if (system("losetup -d $(readlink /scratch/s4_blk.dev)"))
		exit(1);
}

static void __attribute__((destructor)) clean(void)
{
	if (system("rm -f /scratch/s4_*"))
		exit(1);
}

FIXTURE(where) {
	struct nexus n;
	__u8 buf[512 * 2048];
};

FIXTURE_SETUP(where)
{
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->n, "s4", "init"));
	for (lun = FAULT; lun <= USER; lun++)
		ASSERT_EQ(0, probe_ready(&self->n, lun));
}

/* D_SENSE of a disk. */
static int d_sense(struct nexus *n, unsigned int lun, bool on)
{
	__u8 page[24] = { };
	struct io sense = { LUN(lun), CDB(0x1a, 0x08, 0x0a, 0, 24, 0), DATA_IN(page, 24) };
	struct io select = { LUN(lun), CDB(0x15, 0x10, 0, 0, 16, 0), DATA_OUT(page, 16) };

	if (probe_outcome(n, &sense))
		return -1;
	page[0] = 0;
	page[4] &= 0x3f;
	page[4 + 2] = (page[4 + 2] & ~0x04) | (on ? 0x04 : 0);
	return probe_outcome(n, &select);
}

FIXTURE_TEARDOWN(where)
{
	EXPECT_EQ(0, tgtctl("device set s4_fault rules=clear"));
	EXPECT_EQ(0, tgtctl("device set s4_huge rules=clear"));
	EXPECT_EQ(0, d_sense(&self->n, FAULT, false));
	EXPECT_EQ(0, d_sense(&self->n, HUGE, false));
	probe_close(&self->n);
}

/*
 * INFORMATION, SPC-5 4.4.2.2 and 4.4.3; -1: there is none, which is all zeroes in fixed format; -2:
 * it is not as it should be.
 */
static long long information(const struct tgtprobe_reap *r)
{
	const __u8 *s = r->sense;

	if (s[0] == 0xf0)
		return get_be32(s + 3);
	if (s[0] == 0x70)
		return get_be32(s + 3) ? -2 : -1;
	if (s[0] != 0x72 || r->sense_len != 8u + s[7])
		return -2;
	if (!s[7])
		return -1;
	return s[7] == 12 && s[8] == 0 && s[9] == 10 && s[10] == 0x80 && !s[11] ?
		(long long)get_be64(s + 12) : -2;
}

#define EXPECT_WHERE(sense, at, ...) do {						\
	struct io _w = { __VA_ARGS__ };							\
											\
	EXPECT_OUTCOME(&self->n, _w, sense);						\
	EXPECT_EQ(at, information(&_w.r));						\
	/* nothing counts as moved */							\
	EXPECT_EQ(_w.len, _w.r.residual);						\
} while (0)

#define RULES(text)	ASSERT_EQ(0, tgtctl("device set s4_fault rules=clear " text))

static const __u8 unmap[24] = { BE16(22), BE16(16), [8] = BE64(96), BE32(16) };

/* Whatever reads or writes is told the first block of the rule's range that it met. */
TEST_F(where, first_block)
{
	int format;

	for (format = 0; format < 2; format++) {
		ASSERT_EQ(0, d_sense(&self->n, FAULT, format));
		RULES("rule=error,op=read,lba=100-200");
		EXPECT_WHERE(READ_ERROR, 100, LUN(FAULT), READ10(90, 20),
			     DATA_IN(self->buf, 10240));
		EXPECT_WHERE(READ_ERROR, 150, LUN(FAULT), READ10(150, 1), DATA_IN(self->buf, 512));
		EXPECT_WHERE(READ_ERROR, 150, LUN(FAULT), READ16(150, 100),
			     DATA_IN(self->buf, 51200));
		EXPECT_WHERE(READ_ERROR, 200, LUN(FAULT), READ10(200, 8), DATA_IN(self->buf, 4096));
		EXPECT_CMD(&self->n, 0, LUN(FAULT), READ10(201, 8), DATA_IN(self->buf, 4096));
		/* VERIFY, and COMPARE AND WRITE, read */
		EXPECT_WHERE(READ_ERROR, 100, LUN(FAULT), CDB(0x2f, 0, BE32(0), 0, BE16(300), 0));
		EXPECT_WHERE(READ_ERROR, 100, LUN(FAULT),
			     CDB(0x89, 0, BE64(98), 0, 0, 0, 4, 0, 0), DATA_OUT(self->buf, 4096));
		RULES("rule=error,op=read,lba=1700-1700");
		EXPECT_WHERE(READ_ERROR, 1700, LUN(FAULT), CDB(0x2f, 0, BE32(7), 0, BE16(2000), 0));
		RULES("rule=error,op=write,lba=100-200");
		EXPECT_WHERE(WRITE_ERROR, 100, LUN(FAULT), WRITE10(98, 4),
			     DATA_OUT(self->buf, 2048));
		RULES("rule=error,op=unmap,lba=100-200");
		EXPECT_WHERE(WRITE_ERROR, 100, LUN(FAULT), CDB(0x42, 0, 0, 0, 0, 0, 0, BE16(24), 0),
			     DATA_OUT(unmap, 24));
	}
}

/* Of other sense data those of errors that were not recovered have it. */
TEST_F(where, other_sense)
{
	RULES("rule=error,lba=100-200,sense=3/11/4");
	EXPECT_WHERE(SENSE(3, 0x11, 4), 100, LUN(FAULT), READ10(99, 4), DATA_IN(self->buf, 2048));
	RULES("rule=error,lba=100-200,sense=4/44/0");
	EXPECT_WHERE(SENSE(4, 0x44, 0), 102, LUN(FAULT), READ10(102, 4), DATA_IN(self->buf, 2048));
	RULES("rule=error,lba=100-200,sense=b/0/6");
	EXPECT_WHERE(SENSE(0xb, 0, 6), -1, LUN(FAULT), READ10(102, 4), DATA_IN(self->buf, 2048));
}

/* A rule without a range does not say which block; where there is one only it is that. */
TEST_F(where, not_known)
{
	int format;

	RULES("rule=error");
	for (format = 0; format < 2; format++) {
		EXPECT_WHERE(READ_ERROR, -1, LUN(FAULT), READ10(102, 4), DATA_IN(self->buf, 2048));
		EXPECT_WHERE(WRITE_ERROR, -1, LUN(FAULT), WRITE10(102, 2),
			     DATA_OUT(self->buf, 1024));
		EXPECT_WHERE(READ_ERROR, 102, LUN(FAULT), READ10(102, 1), DATA_IN(self->buf, 512));
		EXPECT_WHERE(WRITE_ERROR, 103, LUN(FAULT), WRITE10(103, 1),
			     DATA_OUT(self->buf, 512));
		/* a flush is of no block */
		EXPECT_WHERE(WRITE_ERROR, -1, LUN(FAULT), CDB(0x35, 0, BE32(0), 0, BE16(1), 0));
		RULES("");
		ASSERT_EQ(0, d_sense(&self->n, FAULT, true));
		RULES("rule=error");
	}
}

/* In fixed format an LBA of more than 32 bits is not told: SPC-5 4.4.3. */
TEST_F(where, beyond_32_bits)
{
	const __u64 lba = 0x100000003ULL;

	ASSERT_EQ(0, tgtctl("device set s4_huge rule=error,lba=0xffffffff"));
	ASSERT_EQ(0, tgtctl("device set s4_huge rule=error,lba=0x100000003-0x100000010"));
	EXPECT_WHERE(READ_ERROR, 0xffffffffLL, LUN(HUGE), READ16(0xfffffffe, 2),
		     DATA_IN(self->buf, 1024));
	EXPECT_WHERE(READ_ERROR, -1, LUN(HUGE), READ16(lba - 1, 8), DATA_IN(self->buf, 4096));
	ASSERT_EQ(0, d_sense(&self->n, HUGE, true));
	EXPECT_WHERE(READ_ERROR, 0xffffffffLL, LUN(HUGE), READ16(0xfffffffe, 2),
		     DATA_IN(self->buf, 1024));
	EXPECT_WHERE(READ_ERROR, (long long)lba, LUN(HUGE), READ16(lba - 1, 8),
		     DATA_IN(self->buf, 4096));
}

/* LOGICAL BLOCK ADDRESS OUT OF RANGE tells the first that is (SBC-4 4.18.1), with any command. */
TEST_F(where, out_of_range)
{
	const __u64 end = 32768, huge = 1ULL << 33;
	__u8 *buf = self->buf;
	int format;

	for (format = 0; format < 2; format++) {
		ASSERT_EQ(0, d_sense(&self->n, FAULT, format));
		ASSERT_EQ(0, d_sense(&self->n, HUGE, format));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end, LUN(FAULT), READ10(end - 2, 4),
			     DATA_IN(buf, 2048));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end + 9, LUN(FAULT), WRITE16(end + 9, 4),
			     DATA_OUT(buf, 2048));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end, LUN(FAULT), CDB(0x2f, 0, BE32(end - 1), 0,
								    BE16(2), 0));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end, LUN(FAULT), CDB(0x35, 0, BE32(end), 0, BE16(0),
								    0));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end, LUN(FAULT),
			     CDB(0x93, 0, BE64(end - 1), BE32(2), 0, 0), DATA_OUT(buf, 512));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, end + 1, LUN(FAULT),
			     CDB(0x9e, 0x12, BE64(end + 1), BE32(24), 0, 0), DATA_IN(buf, 24));
		EXPECT_WHERE(LBA_OUT_OF_RANGE, format ? (long long)huge : -1, LUN(HUGE),
			     READ16(huge - 1, 2), DATA_IN(buf, 1024));
	}
}

/* A file that was cut short: what is read of it is good up to where it ends. */
TEST_F(where, file)
{
	unsigned int lun;

	ASSERT_EQ(0, truncate("/scratch/s4_direct", CUT * 512));
	ASSERT_EQ(0, truncate("/scratch/s4_cached", CUT * 512));
	for (lun = DIRECT; lun <= CACHED; lun++) {
		EXPECT_CMD(&self->n, 0, LUN(lun), READ10(CUT - 8, 8), DATA_IN(self->buf, 4096));
		EXPECT_WHERE(READ_ERROR, CUT, LUN(lun), READ10(CUT - 3, 8),
			     DATA_IN(self->buf, 4096));
		EXPECT_WHERE(READ_ERROR, CUT, LUN(lun), READ10(CUT, 8), DATA_IN(self->buf, 4096));
		EXPECT_WHERE(READ_ERROR, CUT + 100, LUN(lun), READ10(CUT + 100, 1),
			     DATA_IN(self->buf, 512));
		EXPECT_WHERE(READ_ERROR, CUT, LUN(lun),
			     CDB(0x2f, 0, BE32(CUT - 1000), 0, BE16(2000), 0));
	}
}

/* A driver that ends what is good first has said where the rest begins; else nothing is known. */
TEST_F(where, blk)
{
	ASSERT_EQ(0, truncate("/scratch/s4_blk", CUT * 512));
	EXPECT_CMD(&self->n, 0, LUN(BLK), READ10(CUT - 8, 8), DATA_IN(self->buf, 4096));
	EXPECT_WHERE(READ_ERROR, CUT, LUN(BLK), READ10(CUT - 3, 8), DATA_IN(self->buf, 4096));
	EXPECT_WHERE(READ_ERROR, -1, LUN(BLK), READ10(CUT, 8), DATA_IN(self->buf, 4096));
	EXPECT_WHERE(READ_ERROR, CUT + 100, LUN(BLK), READ10(CUT + 100, 1),
		     DATA_IN(self->buf, 512));
}

/* A daemon's answer does not say where. */
TEST_F(where, user)
{
	ASSERT_EQ(0, truncate("/scratch/s4_user", CUT * 512));
	EXPECT_CMD(&self->n, 0, LUN(USER), READ10(CUT - 8, 8), DATA_IN(self->buf, 4096));
	EXPECT_WHERE(READ_ERROR, -1, LUN(USER), READ10(CUT - 3, 8), DATA_IN(self->buf, 4096));
	EXPECT_WHERE(READ_ERROR, CUT + 100, LUN(USER), READ10(CUT + 100, 1),
		     DATA_IN(self->buf, 512));
}

TEST_HARNESS_MAIN
