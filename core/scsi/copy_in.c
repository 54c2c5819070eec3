// SPDX-License-Identifier: GPL-2.0
/*
 * Third-party copy as it is told: VPD page 8Fh (SPC-5 7.7.18), and the parameter data of RECEIVE
 * COPY OPERATING PARAMETERS, STATUS and FAILURE DETAILS (6.23 to 6.26). Pure.
 */
#include <linux/kernel.h>
#include <scsi/scsi_proto.h>
#include "copy_in.h"

static const u8 tgt_copy_types[] = TGT_COPY_TYPES;

/* ---- status ------------------------------------------------------------------------------ */

/*
 * Bytes in the largest unit needed for them to fit in 32 bits, and that unit; what is not a whole
 * one is left out.
 */
static u32 tgt_copy_count(u64 bytes, u8 *unit)
{
	for (*unit = 0; bytes >> 32; ++*unit)
		bytes >>= 10;
	return bytes;
}

/* RECEIVE COPY STATUS (LID1), SPC-5 6.26 */
void tgt_copy_status_lid1(struct tgt_resp *r, const struct tgt_copy_status *st)
{
	u8 unit;
	u32 count = tgt_copy_count(st->bytes, &unit);

	tgt_resp_u32(r, 8);
	tgt_resp_u8(r, min_t(u8, st->state, TGT_COPY_FAILED));
	tgt_resp_u16(r, st->segments);
	tgt_resp_u8(r, unit);
	tgt_resp_u32(r, count);
}

/* Whether it is one of tokens, which are counted in blocks: SBC-4 5.25. */
static bool tgt_copy_of_token(const struct tgt_copy_status *st)
{
	return st->sa == TGT_COPY_OUT_POPULATE || st->sa == TGT_COPY_OUT_USE;
}

/* COPY OPERATION STATUS. One of tokens that has ended early was of partial use, SBC-4 5.25. */
static u8 tgt_copy_operation(const struct tgt_copy_status *st)
{
	static const u8 status[] = {
		[TGT_COPY_IN_PROGRESS]	= 0x11,
		[TGT_COPY_DONE]		= 0x01,
		[TGT_COPY_FAILED]	= 0x02,
		[TGT_COPY_STOPPED]	= 0x60,
	};

	if (st->state == TGT_COPY_IN_PROGRESS && st->background)
		return 0x12;
	if (st->state == TGT_COPY_FAILED && st->partial)
		return 0x03;
	return status[st->state];
}

/* What RECEIVE COPY STATUS (LID4) tells, but the length; @more bytes are to follow. */
static void tgt_copy_status(struct tgt_resp *r, const struct tgt_copy_status *st, u32 more)
{
	static const u8 completion[] = {
		[TGT_COPY_FAILED]	= SAM_STAT_CHECK_CONDITION,
		[TGT_COPY_STOPPED]	= SAM_STAT_TASK_ABORTED,
	};
	bool blocks = tgt_copy_of_token(st);
	u8 pad = -st->sense_len & 3;

	tgt_resp_u32(r, 32 - 4 + st->sense_len + pad + more);
	tgt_resp_u8(r, st->sa);
	tgt_resp_u8(r, tgt_copy_operation(st));
	tgt_resp_u16(r, st->commands);
	tgt_resp_u32(r, st->state == TGT_COPY_IN_PROGRESS ? 1000 : 0xfffffffe);
	tgt_resp_u8(r, completion[st->state]);
	tgt_resp_u8(r, st->sense_len + pad);
	tgt_resp_u8(r, st->sense_len);
	tgt_resp_u8(r, blocks ? 0xf1 : 0);	/* or bytes */
	tgt_resp_u64(r, blocks ? st->bytes >> st->shift : st->bytes);
	tgt_resp_u16(r, st->segments);
	tgt_resp_zero(r, 6);
	tgt_resp_bytes(r, st->sense, st->sense_len);
	tgt_resp_zero(r, pad);
}

/* RECEIVE COPY STATUS (LID4), SPC-5 6.25 */
void tgt_copy_status_lid4(struct tgt_resp *r, const struct tgt_copy_status *st)
{
	tgt_copy_status(r, st, 0);
}

/* RECEIVE ROD TOKEN INFORMATION, SPC-5 6.26 and SBC-4 5.25; @rod: the token made, or NULL. */
void tgt_copy_token_info(struct tgt_resp *r, const struct tgt_copy_status *st, const u8 *rod)
{
	u32 desc = rod ? 2 + TGT_ROD_LEN : 0;

	tgt_copy_status(r, st, 4 + desc);
	tgt_resp_u32(r, desc);
	if (!rod)
		return;
	tgt_resp_u16(r, 0);
	tgt_resp_bytes(r, rod, TGT_ROD_LEN);
}

/* RECEIVE COPY FAILURE DETAILS (LID1), SPC-5 6.24 */
void tgt_copy_failure(struct tgt_resp *r, const struct tgt_copy_status *st)
{
	if (st->state != TGT_COPY_FAILED) {
		tgt_resp_u32(r, 0);
		return;
	}
	tgt_resp_u32(r, 60 - 4 + st->sense_len);
	tgt_resp_zero(r, 52);
	tgt_resp_u8(r, SAM_STAT_CHECK_CONDITION);
	tgt_resp_u8(r, 0);
	tgt_resp_u16(r, st->sense_len);
	tgt_resp_bytes(r, st->sense, st->sense_len);
}

/* ---- limits -------------------------------------------------------------------------------- */

/* RECEIVE COPY OPERATING PARAMETERS, SPC-5 6.23 */
void tgt_copy_params(struct tgt_resp *r)
{
	tgt_resp_u32(r, 44 - 4 + sizeof(tgt_copy_types));
	tgt_resp_u8(r, 0x01);			/* SNLID */
	tgt_resp_zero(r, 3);
	tgt_resp_u16(r, TGT_COPY_CSCDS);
	tgt_resp_u16(r, TGT_COPY_SEGMENTS);
	tgt_resp_u32(r, TGT_COPY_LIST);
	tgt_resp_u32(r, TGT_COPY_BYTES);
	tgt_resp_u32(r, 0);			/* inline data */
	tgt_resp_u32(r, 0);			/* held data */
	tgt_resp_u32(r, 0);			/* stream devices */
	tgt_resp_u16(r, 0);
	tgt_resp_u16(r, TGT_COPY_RUNNING);	/* total concurrent copies */
	tgt_resp_u8(r, TGT_COPY_RUNNING);	/* concurrent copies */
	tgt_resp_u8(r, 0);			/* granularities: 1 byte */
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, 0);
	tgt_resp_zero(r, 3);
	tgt_resp_u8(r, sizeof(tgt_copy_types));
	tgt_resp_bytes(r, tgt_copy_types, sizeof(tgt_copy_types));
}

/* A third-party copy descriptor begins; returns where its length is. */
static u32 tgt_copy_desc(struct tgt_resp *r, u16 type)
{
	tgt_resp_u16(r, type);
	tgt_resp_u16(r, 0);
	return r->len - 2;
}

/* It ends: padded to a multiple of four. */
static void tgt_copy_desc_end(struct tgt_resp *r, u32 at)
{
	tgt_resp_zero(r, -(r->len - at - 2) & 3);
	tgt_resp_patch16(r, at, r->len - at - 2);
}

/* The commands there are, those of tokens where @d has them. */
static void tgt_vpd_copy_commands(struct tgt_resp *r, const struct tgt_disk *d)
{
	u32 at = tgt_copy_desc(r, 0x0001);

	tgt_resp_u8(r, 2 + 3 + d->rod_out + d->rod_in + 2 + 4 + 2 * d->rod_in);
	tgt_resp_u8(r, EXTENDED_COPY);
	tgt_resp_u8(r, 3 + d->rod_out + d->rod_in);
	tgt_resp_u8(r, TGT_COPY_OUT_LID1);
	tgt_resp_u8(r, TGT_COPY_OUT_LID4);
	if (d->rod_out)
		tgt_resp_u8(r, TGT_COPY_OUT_POPULATE);
	if (d->rod_in)
		tgt_resp_u8(r, TGT_COPY_OUT_USE);
	tgt_resp_u8(r, TGT_COPY_OUT_ABORT);
	tgt_resp_u8(r, RECEIVE_COPY_RESULTS);
	tgt_resp_u8(r, 4 + 2 * d->rod_in);
	tgt_resp_u8(r, TGT_COPY_IN_STATUS1);
	tgt_resp_u8(r, TGT_COPY_IN_PARAMS);
	tgt_resp_u8(r, TGT_COPY_IN_FAILURE);
	tgt_resp_u8(r, TGT_COPY_IN_STATUS4);
	if (d->rod_in) {
		tgt_resp_u8(r, TGT_COPY_IN_TOKEN);
		tgt_resp_u8(r, TGT_COPY_IN_ALL_TOKENS);
	}
	tgt_copy_desc_end(r, at);
}

/* What there is for tokens beside the limits. */
static void tgt_vpd_copy_rods(struct tgt_resp *r, const struct tgt_disk *d)
{
	u32 at;

	at = tgt_copy_desc(r, 0x0106);		/* ROD token features */
	tgt_vpd_rod_features(r);
	tgt_copy_desc_end(r, at);

	at = tgt_copy_desc(r, 0x0108);		/* supported ROD types */
	tgt_vpd_rod_types(r, d->rod_out);
	tgt_copy_desc_end(r, at);
}

/* VPD page 8Fh: what there is; no page length, as that is the caller's. */
void tgt_vpd_copy(struct tgt_resp *r, const struct tgt_disk *d)
{
	u32 at;

	if (d->rod_in) {
		at = tgt_copy_desc(r, 0x0000);	/* block device ROD limits */
		tgt_vpd_rod_limits(r, d->block_shift);
		tgt_copy_desc_end(r, at);
	}
	tgt_vpd_copy_commands(r, d);

	at = tgt_copy_desc(r, 0x0004);		/* parameter data */
	tgt_resp_zero(r, 4);
	tgt_resp_u16(r, TGT_COPY_CSCDS);
	tgt_resp_u16(r, TGT_COPY_SEGMENTS);
	tgt_resp_u32(r, TGT_COPY_LIST);
	tgt_resp_u32(r, 0);			/* inline data */
	tgt_resp_zero(r, 12);
	tgt_copy_desc_end(r, at);

	at = tgt_copy_desc(r, 0x0008);		/* supported descriptors */
	tgt_resp_u8(r, sizeof(tgt_copy_types));
	tgt_resp_bytes(r, tgt_copy_types, sizeof(tgt_copy_types));
	tgt_copy_desc_end(r, at);

	if (d->rod_in)
		tgt_vpd_copy_rods(r, d);

	at = tgt_copy_desc(r, 0x8001);		/* general copy operations */
	tgt_resp_u32(r, TGT_COPY_RUNNING);
	tgt_resp_u32(r, TGT_COPY_RUNNING);
	tgt_resp_u32(r, TGT_COPY_BYTES);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, 0);
	tgt_resp_zero(r, 18);
	tgt_copy_desc_end(r, at);
}
