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
#include "../lib/pi.h"

PROBE_CONFIG("device create pi_0 backend=ram size=16M",
	     "device create pi_1 backend=ram size=16M pi=1",
	     "device create pi_2 backend=ram size=16M pi=2",
	     "device create pi_3 backend=ram size=16M pi=3",
	     "target create probe:p",
	     "lun create probe:p 0 device=pi_0",
	     "lun create probe:p 1 device=pi_1",
	     "lun create probe:p 2 device=pi_2",
	     "lun create probe:p 3 device=pi_3")

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
	self->any = true;
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, self->type));
}

FIXTURE_TEARDOWN(pi)
{
	probe_close(&self->n);
}

#include "../lib/pi_tests.h"

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

FIXTURE(pis) {
	struct nexus n;
	__u8 out[4 * WIRE_MAX];
	__u8 in[4 * WIRE_MAX];
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

/* READ (32) and WRITE (32), SBC-4 5.20 and 5.46: which tags are expected is in the CDB. */
#define RW32(sa, ref, app, mask, n)						\
	CDB(0x7f, 0, 0, 0, 0, 0, 0, 24, 0, sa, 1 << 5, 0, BE64(LBA), BE32(ref), BE16(app),	\
	    BE16(mask), BE32(n))
#define READ32(ref, app, mask)	RW32(0x09, ref, app, mask, 3), DATA_IN(self->in, 3 * WIRE)
#define WRITE32(ref, app, mask)	RW32(0x0b, ref, app, mask, 3), DATA_OUT(self->out, 3 * WIRE)

#define EXPECT_BAD(expected, block, ...) do {						\
	struct io _b = { LUN(2), __VA_ARGS__ };						\
											\
	EXPECT_OUTCOME(&self->n, _b, expected);						\
	EXPECT_EQ(LBA + (block), get_be32(_b.r.sense + 3));				\
} while (0)

TEST_F(pis, tags_that_the_cdb_expects)
{
	const __u32 ref = 0x87654321;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		probe_fill(self->out + i * WIRE, BLOCK, i);
		put_tuple(self->out + i * WIRE + BLOCK, crc(self->out + i * WIRE), 0xab00 + i,
			  ref + i);
	}
	EXPECT_BAD(BAD_REF, 0, WRITE32(LBA, 0xab00, 0xff00));
	EXPECT_BAD(BAD_APP, 1, WRITE32(ref, 0xab00, 0xff01));
	EXPECT_CMD(&self->n, 0, LUN(2), WRITE32(ref, 0xabff, 0xff00));
	EXPECT_CMD(&self->n, 0, LUN(2), READ32(ref, 0xab77, 0xff00));
	EXPECT_EQ(0, memcmp(self->in, self->out, 3 * WIRE));
	EXPECT_CMD(&self->n, 0, LUN(2), READ32(ref, 0x1234, 0));
	EXPECT_BAD(BAD_REF, 0, READ32(ref - 1, 0xab00, 0xff00));
	EXPECT_BAD(BAD_APP, 2, READ32(ref, 0xab00, 0xff02));
	/* the third block's is not the one after the second's */
	put_tuple(self->out + 2 * WIRE + BLOCK, crc(self->out + 2 * WIRE), 0xab02, ref);
	EXPECT_BAD(BAD_REF, 2, WRITE32(ref, 0xab00, 0xff00));
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
