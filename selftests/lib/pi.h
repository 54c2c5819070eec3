/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Disks with protection information, for test programs: blocks and tuples, commands that move them,
 * and what SBC-4 4.21 says must come of them. The tests for any such disk are in pi_tests.h.
 */
#ifndef _SELFTESTS_PI_H
#define _SELFTESTS_PI_H

#include <string.h>
#include "probe.h"

#define BAD_GUARD	SENSE(0xb, 0x10, 0x01)
#define BAD_APP		SENSE(0xb, 0x10, 0x02)
#define BAD_REF		SENSE(0xb, 0x10, 0x03)
#define MISCOMPARED	SENSE(0xe, 0x1d, 0x00)

static __u32 pi_block = 512;		/* of the disk */

#define BLOCK		pi_block
#define WIRE		(BLOCK + 8)
#define WIRE_MAX	(4096 + 8)
#define BLOCKS		300		/* more than a buffer of the engine has */
#define LBA		1000
#define APP		0x1234
#define FLIGHT		64

enum { NOTHING, GUARD, APP_TAG, REF_TAG, DAMAGES };

FIXTURE(pi) {
	struct nexus n;
	unsigned int type;
	bool any;			/* FORMAT UNIT may choose another type */
	__u8 out[BLOCKS * WIRE_MAX];
	__u8 in[BLOCKS * WIRE_MAX];
};

/* SBC-4 4.21.4: the polynomial, a byte at a time. */
static __u16 crc(const __u8 *p)
{
	static __u16 table[256];
	__u16 v;
	int i, bit;

	for (i = 1; !table[255] && i < 256; i++) {
		table[i] = i << 8;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] & 0x8000 ? table[i] << 1 ^ 0x8bb7 : table[i] << 1;
	}
	for (v = 0, i = 0; i < BLOCK; i++)
		v = v << 8 ^ table[v >> 8 ^ p[i]];
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
static inline void strip(__u8 *wire, __u32 n)
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
	const __u8 cdb16[16] = { how[what].op16, protect << 5 | how[what].bits, BE64(lba),
				 BE32(n) };
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
static inline int expected(unsigned int type, __u8 protect, int what, bool medium)
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

#endif
