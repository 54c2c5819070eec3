// SPDX-License-Identifier: GPL-2.0
/*
 * UNMAP parameter lists of any kind: refused whole, or every block descriptor it gives is
 * inside the medium, all of them together are within the limits, and none is left out
 * (SBC-4 5.35.2).
 */
// uses: core/scsi/unmap.c
#include "fuzz.h"
#include <tgtcore/tgtcore.h>
#include "scsi/unmap.h"

static __u64 be(const __u8 *b, unsigned int n)
{
	__u64 v = 0;

	while (n--)
		v = v << 8 | *b++;
	return v;
}

/* Whole descriptors that the list both announces and has. */
static unsigned int descriptors(const __u8 *list, size_t len)
{
	size_t n = be(list + 2, 2);

	return (n < len - 8 ? n : len - 8) / 16;
}

static void check_list(const __u8 *list, size_t len, __u64 nblocks, __u32 max)
{
	unsigned int i, nr = descriptors(list, len);
	struct tgt_par par;
	__u64 lba, sum = 0;
	__u32 n;

	if (tgt_unmap_open(&par, list, len, nblocks, max))
		return;
	CHECK(nr <= TGT_UNMAP_DESCS);
	for (i = 0; i < nr; i++) {
		CHECK(tgt_unmap_next(&par, &lba, &n));
		CHECK(lba == be(list + 8 + 16 * i, 8) && n == be(list + 16 + 16 * i, 4));
		CHECK(!n || (lba < nblocks && n <= nblocks - lba));
		sum += n;
	}
	CHECK(!tgt_unmap_next(&par, &lba, &n));
	CHECK(sum <= max);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	__u64 nblocks = take_u64(&in) >> 12 | 1;
	__u32 max = take_u32(&in);
	struct tgt_par par;
	__u8 *list;

	if (!in.len)
		return 0;
	list = exactly(in.p, in.len);
	if (in.len < 8)
		CHECK(tgt_unmap_open(&par, list, in.len, nblocks, max) == TGT_SENSE_PARAM_LENGTH);
	else
		check_list(list, in.len, nblocks, max);
	free(list);
	return 0;
}
