// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: provisioning through backend fault: this test will check that it claims what the
 * device below does, that UNMAP, WRITE SAME and SANITIZE arrive there, and that rules for them, by
 * opcode or for whatever unmaps, fail, delay and hold them; also one that is taken from it at the
 * deadline of an abort, and comes through late (docs/teardown.md).
 *
 * timeout: 60
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create f5_ram backend=ram size=16M",
	     "device create f5_null backend=null size=16M",
	     "device create f5 backend=fault lower=f5_ram",
	     "device create f5_none backend=fault lower=f5_null",
	     "target create probe:p",
	     "lun create probe:p 0 device=f5_ram",
	     "lun create probe:p 1 device=f5",
	     "lun create probe:p 2 device=f5_none")

#define RAM		0
#define FAULT		1
#define NONE		2
#define BLOCKS		64
#define RULES(text)	ASSERT_EQ(0, tgtctl("device set f5 rules=clear " text))
#define WRITE_ERROR	SENSE(3, 0x0c, 0x00)
#define FENCED		SENSE(2, 0x04, 0x03)
#define SANITIZE_FAILED	SENSE(3, 0x31, 0x03)

/* the parameter list of UNMAP: @n blocks from @lba on */
#define ONE(lba, n)	{ 0, 22, 0, 16, 0, 0, 0, 0, BE64(lba), BE32(n), 0, 0, 0, 0 }
#define UNMAP		CDB(0x42, 0, 0, 0, 0, 0, 0, BE16(24), 0)
#define SAME16(bits, lba, n) CDB(0x93, bits, BE64(lba), BE32(n), 0, 0)
#define STATUS(lba, n)	CDB(0x9e, 0x12, BE64(lba), BE32(n), 0, 0)

static __u8 data[BLOCKS * 512], got[BLOCKS * 512];

FIXTURE(fault5) {
	struct nexus n;
};

FIXTURE_SETUP(fault5)
{
	unsigned int lun;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	for (lun = 0; lun < 3; lun++)
		ASSERT_EQ(0, probe_ready(&self->n, lun));
	RULES("");
	probe_fill(data, sizeof(data), 1);
	EXPECT_CMD(&self->n, 0, LUN(RAM), WRITE10(0, BLOCKS), DATA_OUT(data, sizeof(data)));
}

FIXTURE_TEARDOWN(fault5)
{
	tgtctl("device set f5 rules=clear release=yes");
	probe_close(&self->n);
}

/* Whether blocks of the medium, but for @n zeroes from @lba on, are those of the fixture. */
static bool medium(struct nexus *n, unsigned int lba, unsigned int blocks)
{
	struct io io = { LUN(RAM), READ10(0, BLOCKS), DATA_IN(got, sizeof(got)) };
	static __u8 want[sizeof(data)];

	memcpy(want, data, sizeof(want));
	memset(want + lba * 512, 0, blocks * 512);
	return !probe_outcome(n, &io) && !memcmp(got, want, sizeof(want));
}

static bool same(struct nexus *n, const __u8 *cdb, __u32 len)
{
	__u8 of[2][512] = { };
	unsigned int lun;

	for (lun = 0; lun < 2; lun++) {
		struct io io = { LUN(lun), .cdb = cdb, .cdb_len = len, DATA_IN(of[lun], 512) };

		if (probe_outcome(n, &io))
			return false;
	}
	return !memcmp(of[0], of[1], 512);
}

#define EXPECT_SAME(...) do {								\
	static const __u8 _cdb[] = { __VA_ARGS__ };					\
											\
	EXPECT_TRUE(same(&self->n, _cdb, sizeof(_cdb)))					\
		TH_LOG("CDB %02x %02x %02x", _cdb[0], _cdb[1], _cdb[2]);		\
} while (0)

TEST_F(fault5, claims_what_is_below)
{
	__u8 list[] = ONE(8, 16), buf[64];

	EXPECT_CMD(&self->n, 0, LUN(FAULT), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
		   DATA_IN(buf, 32));
	EXPECT_EQ(0xc0, buf[14] & 0xc0);
	EXPECT_SAME(0x9e, 0x10, BE64(0), BE32(32), 0, 0);
	EXPECT_SAME(0x12, 1, 0xb0, BE16(512), 0);
	EXPECT_SAME(0x12, 1, 0xb2, BE16(512), 0);
	EXPECT_CMD(&self->n, 0, LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_SAME(0x9e, 0x12, BE64(0), BE32(512), 0, 0);
	EXPECT_SAME(0x4d, 0, 0x4c, 0, 0, 0, 0, BE16(512), 0);
	/* what is below has none of it */
	EXPECT_CMD(&self->n, 0, LUN(NONE), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
		   DATA_IN(buf, 32));
	EXPECT_EQ(0, buf[14] & 0xc0);
	EXPECT_CMD(&self->n, 0, LUN(NONE), VPD(0xb2, 64), DATA_IN(buf, 64));
	EXPECT_EQ(0, buf[4] | buf[5] | buf[6]);
	EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(NONE), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(NONE), SAME16(0x09, 0, 8));
}

TEST_F(fault5, what_unmaps_arrives)
{
	__u8 list[] = ONE(8, 16), zero[512] = { }, d[40];

	EXPECT_CMD(&self->n, 0, LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_TRUE(medium(&self->n, 8, 16));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), STATUS(8, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(16, get_be32(d + 16));
	EXPECT_EQ(1, d[20]);
	EXPECT_EQ(0, d[36]);
	EXPECT_CMD(&self->n, 0, LUN(FAULT), WRITE10(0, BLOCKS), DATA_OUT(data, sizeof(data)));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), SAME16(0x08, 32, 8), DATA_OUT(zero, 512));
	EXPECT_TRUE(medium(&self->n, 32, 8));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), STATUS(32, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(8, get_be32(d + 16));
	EXPECT_EQ(1, d[20]);
	EXPECT_CMD(&self->n, 0, LUN(FAULT), CDB(0x48, 0x02, 0, 0, 0, 0, 0, 0, 0, 0));
	EXPECT_TRUE(medium(&self->n, 0, BLOCKS));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), STATUS(0, 24), DATA_IN(d, 24));
	EXPECT_EQ(1, d[20]);
}

TEST_F(fault5, errors)
{
	__u8 list[] = ONE(8, 16), far[] = ONE(40, 8), zero[512] = { };

	RULES("rule=error,op=0x42");
	EXPECT_CMD(&self->n, WRITE_ERROR, LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_TRUE(medium(&self->n, 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), SAME16(0x08, 32, 8), DATA_OUT(zero, 512));
	EXPECT_TRUE(medium(&self->n, 32, 8));
	/* WRITE SAME both ways: by unmapping and by writing */
	RULES("rule=error,op=0x93,sense=4/44/00");
	EXPECT_CMD(&self->n, SENSE(4, 0x44, 0), LUN(FAULT), SAME16(0x08, 8, 8),
		   DATA_OUT(zero, 512));
	EXPECT_CMD(&self->n, SENSE(4, 0x44, 0), LUN(FAULT), SAME16(0x00, 8, 8),
		   DATA_OUT(zero, 512));
	EXPECT_TRUE(medium(&self->n, 32, 8));
	/* whatever unmaps these blocks, and nothing that writes them */
	RULES("rule=error,op=unmap,lba=10-12,sense=7/27/07");
	EXPECT_CMD(&self->n, SENSE(7, 0x27, 7), LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_CMD(&self->n, SENSE(7, 0x27, 7), LUN(FAULT), SAME16(0x09, 12, 8));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), UNMAP, DATA_OUT(far, sizeof(far)));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), WRITE10(0, BLOCKS), DATA_OUT(data, sizeof(data)));
	EXPECT_TRUE(medium(&self->n, 0, 0));
	RULES("rule=error,op=write");
	EXPECT_CMD(&self->n, 0, LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_TRUE(medium(&self->n, 8, 16));
	RULES("rule=error,op=0x48,count=1");
	EXPECT_CMD(&self->n, SANITIZE_FAILED, LUN(FAULT), CDB(0x48, 0x22, 0, 0, 0, 0, 0, 0, 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), CDB(0x48, 0x1f, 0, 0, 0, 0, 0, 0, 0, 0));
	EXPECT_EQ(1, tgtctl("device set f5 rule=short,op=unmap"));
}

static long ms_since(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

TEST_F(fault5, delays)
{
	__u8 list[] = ONE(8, 16);
	struct timespec since;

	RULES("rule=delay,ms=300,op=0x42");
	clock_gettime(CLOCK_MONOTONIC, &since);
	EXPECT_CMD(&self->n, 0, LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)));
	EXPECT_LE(300, ms_since(&since));
	EXPECT_TRUE(medium(&self->n, 8, 16));
}

/* At the deadline the command ends; what was held may come later, so the device is fenced. */
TEST_F(fault5, hangs)
{
	__u8 list[] = ONE(8, 16);
	struct io io = { LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)), .tag = 77 };
	struct io lost = { LUN(FAULT), UNMAP, DATA_OUT(list, sizeof(list)) };

	RULES("rule=hang,op=unmap");
	ASSERT_EQ(0, probe_send(&self->n, &io));
	usleep(200000);
	EXPECT_TRUE(medium(&self->n, 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(FAULT), READ10(0, 8), DATA_IN(got, 8 * 512));
	EXPECT_EQ(TMF_COMPLETE, probe_tmf(&self->n, ABORT_TASK, FAULT, 77));
	ASSERT_EQ(0, probe_reap(&self->n, io.id, &io.r, 1000));
	EXPECT_CMD(&self->n, FENCED, LUN(FAULT), READ10(0, 8), DATA_IN(got, 8 * 512));
	EXPECT_TRUE(medium(&self->n, 0, 0));
	ASSERT_EQ(0, tgtctl("device set f5 rules=clear release=yes"));
	while (!medium(&self->n, 8, 16))
		usleep(10000);
	while (probe_ready(&self->n, FAULT))
		usleep(10000);
	EXPECT_CMD(&self->n, 0, LUN(FAULT), READ10(0, 8), DATA_IN(got, 8 * 512));

	/* done, but not answered before it is released */
	EXPECT_CMD(&self->n, 0, LUN(FAULT), WRITE10(0, BLOCKS), DATA_OUT(data, sizeof(data)));
	RULES("rule=lose,op=unmap");
	ASSERT_EQ(0, probe_send(&self->n, &lost));
	while (!medium(&self->n, 8, 16))
		usleep(10000);
	EXPECT_EQ(-ETIMEDOUT, probe_reap(&self->n, lost.id, &lost.r, 200));
	ASSERT_EQ(0, tgtctl("device set f5 rules=clear release=yes"));
	ASSERT_EQ(0, probe_reap(&self->n, lost.id, &lost.r, 2000));
	EXPECT_EQ(GOOD, lost.r.status);
}

TEST_HARNESS_MAIN
