// SPDX-License-Identifier: GPL-2.0
/*
 * EXTENDED COPY parameter lists of any kind: refused whole with sense that is due, or within all
 * limits, each segment inside the list; and what a segment then moves is inside both disks, in
 * whole blocks where it should be (SPC-5 6.5, 6.6).
 */
// uses: core/scsi/xcopy.c
#include "fuzz.h"
#include <tgtcore/tgtcore.h>
#include "scsi/xcopy.h"

static void check_sense(const struct tgt_copy_sense *s, __u8 key)
{
	__u8 buf[TGT_COPY_SENSE_MAX];
	int desc;

	for (desc = 0; desc < 2; desc++)
		CHECK(tgt_copy_sense_data(buf, desc, s) <= sizeof(buf));
	CHECK(s->key == key);
}

static void check_plan(const struct tgt_segment *seg, struct input *in)
{
	struct tgt_copy_end src = { take_u64(in) >> 13, take_u8(in) & 1 ? 9 : 12, take_u8(in) & 1 };
	struct tgt_copy_end dst = { take_u64(in) >> 13, take_u8(in) & 1 ? 9 : 12, take_u8(in) & 1 };
	struct tgt_copy_plan p;

	if (tgt_copy_plan(seg, &src, &dst, &p))
		return;
	CHECK(p.len <= TGT_COPY_BYTES && p.fill < 1U << dst.shift);
	CHECK(p.from <= src.nblocks << src.shift);
	CHECK(p.len <= (src.nblocks << src.shift) - p.from);
	CHECK(p.to <= dst.nblocks << dst.shift);
	CHECK((__u64)p.len + p.fill <= (dst.nblocks << dst.shift) - p.to);
	if (seg->type == TGT_SEG_BLOCK)
		CHECK(!((p.to | (p.len + p.fill)) & ((1U << dst.shift) - 1)));
	else
		CHECK(!p.fill);
}

static void check_list(const struct tgt_xcopy *x, __u32 len, struct input *in)
{
	struct tgt_segment seg;
	struct tgt_cscd c;
	__u32 at = x->segments, i;

	CHECK(x->nr_cscds <= TGT_COPY_CSCDS && x->nr_segments <= TGT_COPY_SEGMENTS);
	CHECK(x->usage != 1 && (x->usage != TGT_LIST_NONE || !x->id));
	CHECK(x->segments == x->cscds + x->nr_cscds * TGT_CSCD_LEN && x->segments <= len);
	for (i = 0; i < x->nr_cscds; i++) {
		CHECK(tgt_xcopy_cscd(x, i, &c));
		CHECK(c.len <= 20);
		tgt_cscd_names(&c, take_u64(in), "0123456789ab");
	}
	CHECK(!tgt_xcopy_cscd(x, i, &c));
	for (i = 0; i < x->nr_segments; i++) {
		at = tgt_xcopy_segment(x, at, &seg);
		CHECK(at <= len);
		if (seg.type != TGT_SEG_VERIFY)
			check_plan(&seg, in);
	}
	CHECK(at - x->cscds <= TGT_COPY_LIST);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	bool lid4 = take_u8(&in) & 1;
	struct tgt_copy_sense s;
	struct tgt_xcopy x;
	__u8 *list = exactly(in.p, in.len);

	if (tgt_xcopy_parse(&x, list, in.len, lid4, &s))
		check_list(&x, in.len, &in);
	else
		check_sense(&s, ILLEGAL_REQUEST);
	free(list);
	return 0;
}
