// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: SANITIZE and FORMAT UNIT of disks with protection information, in memory and in a
 * file with one for the tuples: this test will check that it is all ones then, which nobody checks,
 * for every value of RDPROTECT; that it is so too when the operation outlives its command, or its
 * device does not; and which types FORMAT UNIT takes, what READ CAPACITY and its like say of the
 * new one, and who is told (SBC-4 4.21, 5.4, 5.30).
 *
 * timeout: 120
 */
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/pi.h"

#define FILE_DEV(n)	"device create pi4_f" #n " backend=file size=16M pi=" #n		\
			" path=/scratch/pi4_f" #n " pi-file=/scratch/pi4_f" #n ".pi"

PROBE_CONFIG("device create pi4_r0 backend=ram size=16M",
	     "device create pi4_r1 backend=ram size=16M pi=1",
	     "device create pi4_r2 backend=ram size=16M pi=2",
	     "device create pi4_r3 backend=ram size=16M pi=3",
	     FILE_DEV(1), FILE_DEV(2), FILE_DEV(3),
	     "target create probe:p",
	     "lun create probe:p 0 device=pi4_r0",
	     "lun create probe:p 1 device=pi4_r1",
	     "lun create probe:p 2 device=pi4_r2",
	     "lun create probe:p 3 device=pi4_r3",
	     "lun create probe:p 11 device=pi4_f1",
	     "lun create probe:p 12 device=pi4_f2",
	     "lun create probe:p 13 device=pi4_f3")

#define ALL		(16 << 11)		/* blocks of a disk */
#define IMMED		0x80
#define SANITIZING	SENSE(2, 0x04, 0x1b)
#define SANITIZE(byte1, n)	CDB(0x48, byte1, 0, 0, 0, 0, 0, BE16(n), 0)
#define FORMAT(byte1)		CDB(0x04, byte1, 0, 0, 0, 0)
#define OVERWRITE(how)		{ how, 0, 0, 2, 0x5a, 0xa5 }
/* FMTPINFO and PROTECTION FIELD USAGE of a type */
#define FMTPINFO(type)		((type) > 1 ? 0xc0 : (type) ? 0x80 : 0)
#define USAGE(type)		((type) == 3)

static __u8 out[BLOCKS * WIRE_MAX], in[BLOCKS * WIRE_MAX];

/* READ or WRITE of @n blocks, 32 bytes for type 2, 16 else. */
static int rw(struct nexus *n, unsigned int lun, unsigned int type, bool write, __u8 protect,
	      __u32 lba, __u32 blocks, void *data)
{
	__u8 cdb[32];
	struct io io = block_io(type, write ? WRITE : READ, protect, lba, blocks, data, cdb);

	memset(io.lun, 0, 8);
	io.lun[1] = lun;
	return probe_outcome(n, &io);
}

/* Blocks with tags, which are wrong in some: a disk that was used. */
static int use(struct nexus *n, unsigned int lun, unsigned int type)
{
	int outcome;

	fill(out, LBA, BLOCKS, 1);
	outcome = rw(n, lun, type, true, 1, LBA, BLOCKS, out);
	damage(out + WIRE, GUARD);
	damage(out + 2 * WIRE, REF_TAG);
	outcome = outcome ?: rw(n, lun, type, true, 3, LBA, 4, out);
	if (outcome)
		return outcome;
	return rw(n, lun, type, false, 1, LBA, 4, in) == BAD_GUARD ? 0 : -1;
}

/*
 * Blocks that repeat @a and @b, with tuples that are all ones, by every value of RDPROTECT, and to
 * VERIFY. Where it differs, or 0.
 */
static __u32 wiped(struct nexus *n, unsigned int lun, unsigned int type, __u8 a, __u8 b, __u32 lba)
{
	__u32 i, j, wire;
	__u8 protect, cdb[32];
	struct io verify;

	for (protect = 0; protect <= 5; protect++) {
		wire = protect ? WIRE : BLOCK;
		memset(in, 1, sizeof(in));
		if (rw(n, lun, type, false, protect, lba, BLOCKS, in))
			return __LINE__;
		for (i = 0; i < BLOCKS; i++) {
			for (j = 0; j < BLOCK; j++)
				if (in[i * wire + j] != (j % 2 ? b : a))
					return __LINE__;
			for (; j < wire; j++)
				if (in[i * wire + j] != 0xff)
					return __LINE__;
		}
		verify = block_io(type, VERIFY, protect, lba, BLOCKS, NULL, cdb);
		memset(verify.lun, 0, 8);
		verify.lun[1] = lun;
		if (probe_outcome(n, &verify))
			return __LINE__;
	}
	return 0;
}

/* Provisioning status of the first blocks, which are as many as there are. */
static int status(struct nexus *n, unsigned int lun)
{
	__u8 d[24];
	struct io io = { LUN(lun), CDB(0x9e, 0x12, BE64(0), BE32(24), 0, 0), DATA_IN(d, 24) };

	return probe_outcome(n, &io) || get_be32(d + 16) != ALL ? -1 : d[20];
}

FIXTURE(pi4) {
	struct nexus n;
	unsigned int lun;
	unsigned int type;
};

FIXTURE_VARIANT(pi4) {
	unsigned int lun;
};

FIXTURE_VARIANT_ADD(pi4, ram1) {
	.lun = 1,
};

FIXTURE_VARIANT_ADD(pi4, ram2) {
	.lun = 2,
};

FIXTURE_VARIANT_ADD(pi4, ram3) {
	.lun = 3,
};

FIXTURE_VARIANT_ADD(pi4, file1) {
	.lun = 11,
};

FIXTURE_VARIANT_ADD(pi4, file2) {
	.lun = 12,
};

FIXTURE_VARIANT_ADD(pi4, file3) {
	.lun = 13,
};

FIXTURE_SETUP(pi4)
{
	self->lun = variant->lun;
	self->type = variant->lun % 10;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, self->lun));
	ASSERT_EQ(0, use(&self->n, self->lun, self->type));
}

FIXTURE_TEARDOWN(pi4)
{
	/* as good as new */
	fill(out, LBA, BLOCKS, 3);
	EXPECT_EQ(0, rw(&self->n, self->lun, self->type, true, 1, LBA, BLOCKS, out));
	EXPECT_EQ(0, rw(&self->n, self->lun, self->type, false, 1, LBA, BLOCKS, in));
	EXPECT_EQ(0, memcmp(in, out, BLOCKS * WIRE));
	probe_close(&self->n);
}

TEST_F(pi4, sanitize)
{
	__u8 one[] = OVERWRITE(0x01), three[] = OVERWRITE(0x83);

	EXPECT_CMD(&self->n, 0, LUN(self->lun), SANITIZE(0x01, 6), DATA_OUT(one, 6));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x5a, 0xa5, LBA));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x5a, 0xa5, ALL - BLOCKS));
	EXPECT_EQ(0, use(&self->n, self->lun, self->type));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), SANITIZE(0x01, 6), DATA_OUT(three, 6));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x5a, 0xa5, LBA));
	EXPECT_EQ(0, use(&self->n, self->lun, self->type));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), SANITIZE(0x02, 0));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0, 0, LBA));
	EXPECT_EQ(1, status(&self->n, self->lun));
}

TEST_F(pi4, format)
{
	__u8 list[] = { USAGE(self->type), 0x88, 0, 0, 0, 1, 0, 2, 0x33, 0x44 };
	__u8 head[] = { USAGE(self->type), 0, 0, 0 };

	EXPECT_CMD(&self->n, 0, LUN(self->lun), FORMAT(FMTPINFO(self->type) | 0x10),
		   DATA_OUT(list, sizeof(list)));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x33, 0x44, LBA));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x33, 0x44, 0));
	EXPECT_EQ(0, use(&self->n, self->lun, self->type));
	EXPECT_CMD(&self->n, 0, LUN(self->lun), FORMAT(FMTPINFO(self->type) | 0x10),
		   DATA_OUT(head, sizeof(head)));
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0, 0, LBA));
	EXPECT_EQ(1, status(&self->n, self->lun));
}

/* The operation is the disk's: a reset is none of it. */
TEST_F(pi4, sanitize_goes_on)
{
	__u8 list[] = OVERWRITE(0x04);
	int outcome = SANITIZING, tries;

	EXPECT_CMD(&self->n, 0, LUN(self->lun), SANITIZE(IMMED | 0x01, 6), DATA_OUT(list, 6));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, LUN_RESET, self->lun, 0));
	EXPECT_CMD(&self->n, UA_RESET, LUN(self->lun), TUR);
	for (tries = 0; tries < 300 && outcome == SANITIZING; tries++, usleep(50000)) {
		struct io tur = { LUN(self->lun), TUR };

		outcome = probe_outcome(&self->n, &tur);
	}
	EXPECT_EQ(0, outcome);
	EXPECT_EQ(0, wiped(&self->n, self->lun, self->type, 0x5a, 0xa5, LBA));
}

/* ---- types ----------------------------------------------------------------------------------- */

FIXTURE(types) {
	struct nexus n;
	struct nexus other;
};

FIXTURE_SETUP(types)
{
	static const unsigned int luns[] = { 0, 1, 2, 3, 11, 12, 13 };
	unsigned int i;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->other, "p", "init-b"));
	for (i = 0; i < ARRAY_SIZE(luns); i++) {
		ASSERT_EQ(0, probe_ready(&self->n, luns[i]));
		ASSERT_EQ(0, probe_ready(&self->other, luns[i]));
	}
}

FIXTURE_TEARDOWN(types)
{
	probe_close(&self->other);
	probe_close(&self->n);
}

/* P_TYPE and PROT_EN of READ CAPACITY (16), and PROTECT of INQUIRY above them. */
static int says(struct nexus *n, unsigned int lun)
{
	__u8 cap[32], inq[96];
	struct io c = { LUN(lun), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0), DATA_IN(cap, 32) };
	struct io i = { LUN(lun), INQUIRY(96), DATA_IN(inq, 96) };

	if (probe_outcome(n, &c) || probe_outcome(n, &i))
		return -1;
	return (inq[5] & 1) << 4 | (cap[12] & 0x0f);
}

/* SBC-4 5.4.2.2: by FMTPINFO and PROTECTION FIELD USAGE, of a disk that has one type. */
static int expected_format(unsigned int type, unsigned int fmtpinfo, unsigned int usage)
{
	static const int good[4][8] = {
		{ 0, 8, 8, 8, 8, 8, 8, 8 }, { 8, 8, 8, 8, 8, 8, 8, 8 },
		{ 1, 8, 8, 8, 8, 8, 8, 8 }, { 2, 3, 8, 8, 8, 8, 8, 8 },
	};

	if (good[fmtpinfo][usage] == type)
		return 0;
	return good[fmtpinfo][0] == type || good[fmtpinfo][1] == type ? PARAM_FIELD :
									INVALID_FIELD;
}

/* Where it is as the disk was made, and so it stays. */
TEST_F(types, one)
{
	static const unsigned int luns[] = { 0, 11, 12, 13 };
	unsigned int i, fmtpinfo, usage, type;
	int before;

	for (i = 0; i < ARRAY_SIZE(luns); i++) {
		type = luns[i] % 10;
		before = says(&self->n, luns[i]);
		EXPECT_EQ(type ? 0x10 | (type - 1) << 1 | 1 : 0, before);
		for (fmtpinfo = 0; fmtpinfo < 4; fmtpinfo++) {
			for (usage = 0; usage < 8; usage++) {
				__u8 head[4] = { usage };

				EXPECT_CMD(&self->n, expected_format(type, fmtpinfo, usage),
					   LUN(luns[i]), FORMAT(fmtpinfo << 6 | 0x10),
					   DATA_OUT(head, 4));
			}
			EXPECT_CMD(&self->n, expected_format(type, fmtpinfo, 0) ?
					     INVALID_FIELD : 0,
				   LUN(luns[i]), FORMAT(fmtpinfo << 6));
		}
		EXPECT_EQ(before, says(&self->n, luns[i]));
		EXPECT_CMD(&self->other, 0, LUN(luns[i]), TUR);
	}
}

/* What INQUIRY tells of a disk in memory; the pages that say something of protection, or could. */
struct inquiry {
	__u8 std[96], page86[64], page8f[512];
};

static void inquire(struct nexus *n, unsigned int lun, struct inquiry *q)
{
	struct io std = { LUN(lun), INQUIRY(96), DATA_IN(q->std, 96) };
	struct io page86 = { LUN(lun), VPD(0x86, 64), DATA_IN(q->page86, 64) };
	struct io page8f = { LUN(lun), VPD(0x8f, 512), DATA_IN(q->page8f, 512) };

	memset(q, 0, sizeof(*q));
	if (probe_outcome(n, &std) || probe_outcome(n, &page86) || probe_outcome(n, &page8f))
		q->std[0] = 0xff;
}

/* Where it can be any: after each FORMAT UNIT the disk is one of that type, for all who see it. */
TEST_F(types, any)
{
	static const __u8 order[] = { 1, 2, 3, 0, 3, 1, 0, 2, 1 };
	unsigned int i, type, last = 1;
	struct inquiry was, is;
	__u8 buf[WIRE_MAX];

	for (i = 0; i < ARRAY_SIZE(order); i++, last = type) {
		__u8 list[] = { 0, i % 2 ? 0x88 : 0, 0, 0, 0, 1, 0, 2, 0x33, 0x44 };

		type = order[i];
		list[0] = USAGE(type);
		inquire(&self->other, 1, &was);
		EXPECT_EQ(0x00, was.std[0]);
		EXPECT_CMD(&self->n, 0, LUN(1), FORMAT(FMTPINFO(type) | 0x10),
			   DATA_OUT(list, i % 2 ? sizeof(list) : 4));
		if (type != last) {
			EXPECT_CMD(&self->other, UA_MODE, LUN(1), TUR);
			EXPECT_CMD(&self->other, UA_CAPACITY, LUN(1), TUR);
		}
		/* what INQUIRY tells of copies is another if there was, or is, none */
		if (!type != !last) {
			EXPECT_CMD(&self->other, UA_INQUIRY, LUN(1), TUR);
			EXPECT_CMD(&self->n, UA_INQUIRY, LUN(1), TUR);
		}
		inquire(&self->other, 1, &is);
		EXPECT_EQ(!type != !last, !!memcmp(&was, &is, sizeof(is)));
		EXPECT_CMD(&self->other, 0, LUN(1), TUR);
		EXPECT_CMD(&self->n, 0, LUN(1), TUR);
		EXPECT_EQ(0x10 | (type ? (type - 1) << 1 | 1 : 0), says(&self->n, 1));
		EXPECT_CMD(&self->n, 0, LUN(1), VPD(0x86, 64), DATA_IN(buf, 64));
		EXPECT_EQ(7 << 3 | 7, buf[4]);
		if (type) {
			EXPECT_EQ(0, wiped(&self->n, 1, type, i % 2 ? 0x33 : 0, i % 2 ? 0x44 : 0,
					   LBA));
			EXPECT_EQ(0, use(&self->other, 1, type));
			continue;
		}
		/* none: nothing is transferred, nothing is checked */
		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1),
			   CDB(0x28, 0x20, BE32(LBA), 0, BE16(1), 0), DATA_IN(buf, WIRE));
		EXPECT_CMD(&self->n, 0, LUN(1), READ10(LBA, 1), DATA_IN(buf, BLOCK));
		EXPECT_EQ(i % 2 ? 0x33 : 0, buf[0]);
		EXPECT_CMD(&self->n, 0, LUN(1), WRITE10(LBA, 1), DATA_OUT(buf, BLOCK));
	}
	/* what it is not */
	for (i = 0; i < 8; i++) {
		__u8 head[4] = { i };

		EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), FORMAT(0x50), DATA_OUT(head, 4));
		if (i)
			EXPECT_CMD(&self->n, PARAM_FIELD, LUN(1), FORMAT(0x90), DATA_OUT(head, 4));
		if (i > 1)
			EXPECT_CMD(&self->n, PARAM_FIELD, LUN(1), FORMAT(0xd0), DATA_OUT(head, 4));
	}
	EXPECT_EQ(0x11, says(&self->n, 1));
	EXPECT_CMD(&self->other, 0, LUN(1), TUR);
	/* nothing over it, whatever it is just now */
	EXPECT_CMD(&self->n, 0, LUN(1), FORMAT(0));
	EXPECT_CMD(&self->n, UA_INQUIRY, LUN(1), TUR);
	EXPECT_EQ(1, tgtctl("device create pi4_over backend=fault lower=pi4_r1"));
	EXPECT_CMD(&self->n, 0, LUN(1), FORMAT(0x80));
	EXPECT_CMD(&self->n, UA_INQUIRY, LUN(1), TUR);
	EXPECT_EQ(0x11, says(&self->n, 1));
}

/* It is deleted amid a SANITIZE and made again: each block is as it was, or as it was to become. */
TEST_F(types, gone_and_back)
{
	__u8 list[] = OVERWRITE(0x1f), one[] = OVERWRITE(0x01);
	__u32 lba;

	EXPECT_EQ(0, use(&self->n, 11, 1));
	EXPECT_CMD(&self->n, 0, LUN(11), SANITIZE(IMMED | 0x01, 6), DATA_OUT(list, 6));
	EXPECT_EQ(0, tgtctl("device delete pi4_f1 --force"));
	ASSERT_EQ(0, tgtctl(FILE_DEV(1)));
	ASSERT_EQ(0, tgtctl("lun create probe:p 11 device=pi4_f1"));
	ASSERT_EQ(0, probe_ready(&self->n, 11));
	for (lba = 0; lba + BLOCKS <= ALL; lba += BLOCKS)
		EXPECT_EQ(0, rw(&self->n, 11, 1, false, 3, lba, BLOCKS, in));
	EXPECT_EQ(0, rw(&self->n, 11, 1, false, 1, LBA + 3, BLOCKS - 3, in));
	EXPECT_CMD(&self->n, 0, LUN(11), SANITIZE(0x01, 6), DATA_OUT(one, 6));
	EXPECT_EQ(0, wiped(&self->n, 11, 1, 0x5a, 0xa5, LBA));
}

TEST_HARNESS_MAIN
