// SPDX-License-Identifier: GPL-2.0
/*
 * Parameter lists of POPULATE TOKEN and WRITE USING TOKEN of any kind: refused whole, or within all
 * limits, each range on the medium and no block in two (SBC-4 5.12, 5.59); and every byte of the
 * data that a token represents is at one place, which is one of its ranges.
 */
// uses: core/scsi/token.c core/scsi/disk.c core/scsi/copy_in.c
#include "fuzz.h"
#include <tgtcore/tgtcore.h>
#include "scsi/copy_in.h"

static bool refusal(enum tgt_sense sense)
{
	switch (sense) {
	case TGT_SENSE_PARAM_LENGTH:
	case TGT_SENSE_PARAM_FIELD:
	case TGT_SENSE_LBA_RANGE:
	case TGT_SENSE_TOO_MANY_SEGMENTS:
	case TGT_SENSE_TOKEN_LENGTH:
	case TGT_SENSE_TOKEN_TYPE:
	case TGT_SENSE_TOKEN_CORRUPT:
		return true;
	default:
		return false;
	}
}

static void check_ranges(const struct tgt_rod_ask *ask, __u64 nblocks, __u8 shift)
{
	__u64 sum = 0;
	__u32 i, j;

	CHECK(ask->nr <= TGT_ROD_RANGES);
	for (i = 0; i < ask->nr; i++) {
		const struct tgt_rod_range *a = &ask->range[i];

		CHECK(a->lba <= nblocks && a->n <= nblocks - a->lba);
		sum += a->n;
		for (j = 0; j < i; j++) {
			const struct tgt_rod_range *b = &ask->range[j];

			CHECK(!a->n || !b->n || a->lba >= b->lba + b->n || b->lba >= a->lba + a->n);
		}
	}
	CHECK(sum == ask->blocks && sum << shift <= TGT_ROD_BYTES);
}

/* From one run to the next all of the data are met, and nothing else. */
static void check_places(const struct tgt_rod_ask *ask, __u8 shift, __u64 offset)
{
	__u64 bytes = ask->blocks << shift, at;
	struct tgt_rod_place p;
	__u32 runs = 0;

	for (at = 0; at < bytes; at += p.len, runs++) {
		CHECK(tgt_rod_place(ask->range, ask->nr, shift, at, &p));
		CHECK(p.len && p.len <= bytes - at);
	}
	CHECK(runs <= ask->nr);
	CHECK(!tgt_rod_place(ask->range, ask->nr, shift, bytes, &p));
	CHECK(tgt_rod_place(ask->range, ask->nr, shift, offset, &p) == (offset < bytes));
}

static void check_use(const struct tgt_rod_ask *ask, const __u8 *list, __u32 len, __u8 shift)
{
	CHECK(ask->token == list + 16 && len >= 536 + 16);
	CHECK(!(ask->offset & ((1U << shift) - 1)));
	CHECK(ask->zero || (ask->creator.id == ask->token + 24 && ask->creator.len == 8));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	__u8 how = take_u8(&in), shift = how & 2 ? 12 : 9;
	__u64 nblocks = take_u64(&in) >> 13, offset = take_u64(&in);
	__u8 *list = exactly(in.p, in.len);
	struct tgt_rod_ask ask;
	enum tgt_sense sense;

	if (how & 1)
		sense = tgt_rod_use_parse(&ask, list, in.len, nblocks, shift);
	else
		sense = tgt_rod_populate_parse(&ask, list, in.len, nblocks, shift);
	if (sense) {
		CHECK(refusal(sense));
	} else {
		check_ranges(&ask, nblocks, shift);
		check_places(&ask, shift, offset);
		if (how & 1)
			check_use(&ask, list, in.len, shift);
		else
			CHECK(ask.timeout && ask.timeout <= TGT_ROD_TIMEOUT_MAX);
	}
	free(list);
	return 0;
}
