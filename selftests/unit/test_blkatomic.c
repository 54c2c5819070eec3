// SPDX-License-Identifier: GPL-2.0
/* Backend "blk": the atomic writes of a disk as VPD page B0h can say them (SBC-4 6.6.4). */
#include "shim.h"
#include "unit.h"
#include "backend/blk_atomic.h"

#define K	1024

static u32 gran;

static u32 fit(u32 min, u32 max, u64 border, u64 start, u32 block, u32 phys)
{
	return blk_atomic_fit(min, max, border, start, block, phys, &gran);
}

UNIT(a_disk_without_has_none)
{
	EQ(fit(0, 0, 0, 0, 512, 4096), 0);
	EQ(gran, 0);
	EQ(fit(0, 0, 1 << 20, 0, 512, 512), 0);
	EQ(gran, 0);
}

UNIT(place_and_length_are_of_units_blocks_and_physical_blocks)
{
	EQ(fit(512, 64 * K, 0, 0, 512, 512), 64 * K);
	EQ(gran, 512);
	EQ(fit(4 * K, 64 * K, 0, 0, 512, 512), 64 * K);
	EQ(gran, 4 * K);
	EQ(fit(512, 64 * K, 0, 0, 4 * K, 512), 64 * K);
	EQ(gran, 4 * K);
	EQ(fit(512, 64 * K, 0, 0, 512, 4 * K), 64 * K);
	EQ(gran, 4 * K);
	/* none crosses a multiple of what is longer than the longest */
	EQ(fit(512, 4 * K, 0, 0, 512, 16 * K), 4 * K);
	EQ(gran, 4 * K);
}

UNIT(blocks_longer_than_the_longest)
{
	EQ(fit(512, 2 * K, 0, 0, 4 * K, 512), 0);
	EQ(gran, 0);
	EQ(fit(512, 4 * K, 0, 0, 4 * K, 512), 4 * K);
	EQ(gran, 4 * K);
}

UNIT(where_it_begins_on_the_disk)
{
	EQ(fit(4 * K, 64 * K, 0, 32 * 512, 512, 512), 64 * K);
	EQ(gran, 4 * K);
	EQ(fit(4 * K, 64 * K, 0, 63 * 512, 512, 512), 0);
	EQ(gran, 0);
	EQ(fit(512, 64 * K, 0, 63 * 512, 512, 512), 64 * K);
	EQ(gran, 512);
	EQ(fit(512, 64 * K, 0, 63 * 512, 512, 4 * K), 0);
}

/* Every place and length that are allowed, on the disk: none crosses a border. */
static void crosses_none(u32 min, u32 max, u64 border, u64 start, u32 block, u32 phys)
{
	u32 most = fit(min, max, border, start, block, phys);
	u64 at, len, disk;

	for (at = 0; most && at < 4 * border; at += gran) {
		for (len = gran; len <= most; len += gran) {
			disk = start + at;
			EQ(disk / border, (disk + len - 1) / border);
			EQ(disk % min | len % min | at % block | len % block, 0);
		}
	}
}

UNIT(borders)
{
	static const u64 border[] = { 16 * K, 64 * K, 96 * K, 256 * K, 640 * K }, start[] = {
		0, 512, 16 * K, 48 * K, 64 * K, 1024 * K };
	unsigned int b, s;

	EQ(fit(512, 64 * K, 64 * K, 0, 512, 512), 64 * K);
	EQ(gran, 64 * K);
	EQ(fit(512, 64 * K, 128 * K, 1024 * K, 512, 4 * K), 64 * K);
	/* no power of two, as the chunks of a RAID may be */
	EQ(fit(512, 64 * K, 96 * K, 0, 512, 512), 32 * K);
	EQ(gran, 32 * K);
	EQ(fit(512, 64 * K, 64 * K, 16 * K, 512, 512), 16 * K);
	EQ(gran, 16 * K);
	EQ(fit(4 * K, 64 * K, 64 * K, 512, 512, 512), 0);
	EQ(gran, 0);
	for (b = 0; b < ARRAY_SIZE(border); b++) {
		for (s = 0; s < ARRAY_SIZE(start); s++) {
			crosses_none(512, 64 * K, border[b], start[s], 512, 512);
			crosses_none(4 * K, 32 * K, border[b], start[s], 4 * K, 4 * K);
		}
	}
}
