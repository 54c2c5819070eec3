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

/* RECEIVE COPY STATUS (LID4), SPC-5 6.25; every copy is in the foreground. */
void tgt_copy_status_lid4(struct tgt_resp *r, const struct tgt_copy_status *st)
{
	static const u8 status[] = {
		[TGT_COPY_IN_PROGRESS]	= 0x11,
		[TGT_COPY_DONE]		= 0x01,
		[TGT_COPY_FAILED]	= 0x02,
		[TGT_COPY_STOPPED]	= 0x60,
	};
	static const u8 completion[] = {
		[TGT_COPY_FAILED]	= SAM_STAT_CHECK_CONDITION,
		[TGT_COPY_STOPPED]	= SAM_STAT_TASK_ABORTED,
	};
	u8 pad = -st->sense_len & 3;

	tgt_resp_u32(r, 32 - 4 + st->sense_len + pad);
	tgt_resp_u8(r, st->sa);
	tgt_resp_u8(r, status[st->state]);
	tgt_resp_u16(r, st->commands);
	tgt_resp_u32(r, st->state == TGT_COPY_IN_PROGRESS ? 1000 : 0xfffffffe);
	tgt_resp_u8(r, completion[st->state]);
	tgt_resp_u8(r, st->sense_len + pad);
	tgt_resp_u8(r, st->sense_len);
	tgt_resp_u8(r, 0);			/* bytes */
	tgt_resp_u64(r, st->bytes);
	tgt_resp_u16(r, st->segments);
	tgt_resp_zero(r, 6);
	tgt_resp_bytes(r, st->sense, st->sense_len);
	tgt_resp_zero(r, pad);
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

/* VPD page 8Fh: what there is; no page length, as that is the caller's. */
void tgt_vpd_copy(struct tgt_resp *r)
{
	static const u8 commands[] = {
		EXTENDED_COPY, 3, 0x00, 0x01, 0x1c,
		RECEIVE_COPY_RESULTS, 4, 0x00, 0x03, 0x04, 0x05,
	};
	u32 at;

	at = tgt_copy_desc(r, 0x0001);		/* supported commands */
	tgt_resp_u8(r, sizeof(commands));
	tgt_resp_bytes(r, commands, sizeof(commands));
	tgt_copy_desc_end(r, at);

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

	at = tgt_copy_desc(r, 0x8001);		/* general copy operations */
	tgt_resp_u32(r, TGT_COPY_RUNNING);
	tgt_resp_u32(r, TGT_COPY_RUNNING);
	tgt_resp_u32(r, TGT_COPY_BYTES);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, 0);
	tgt_resp_zero(r, 18);
	tgt_copy_desc_end(r, at);
}
