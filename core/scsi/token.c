// SPDX-License-Identifier: GPL-2.0
/*
 * ROD tokens: parameter lists (SBC-4 5.12, 5.59), the token (SPC-5 5.17.6.5, SBC-4 4.28), and
 * their descriptors of VPD page 8Fh (SPC-5 7.8.17.8 and 7.8.17.9, SBC-4 6.6.9.3). Pure: also built
 * in user space.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "token.h"
#include "xcopy.h"

#define TGT_POPULATE_HEADER	16
#define TGT_USE_HEADER		536
#define TGT_ROD_RANGE_LEN	16
#define TGT_ROD_TOKEN_LENGTH	0x01f8	/* ROD TOKEN LENGTH field of every token */
#define TGT_ROD_IMMED		0x01
#define TGT_ROD_RTV		0x02	/* of POPULATE TOKEN */
#define TGT_ROD_DEL_TKN		0x02	/* of WRITE USING TOKEN */

/* ---- parameter lists ----------------------------------------------------------------------- */

static bool tgt_rod_overlap(const struct tgt_rod_range *a, const struct tgt_rod_range *b)
{
	return a->n && b->n && a->lba < b->lba + b->n && b->lba < a->lba + a->n;
}

/* The next range descriptor, SBC-4 5.12.3. */
static enum tgt_sense tgt_rod_range(struct tgt_rod_ask *ask, struct tgt_par *par, u64 nblocks)
{
	struct tgt_rod_range *range = &ask->range[ask->nr];
	u32 i;

	range->lba = tgt_par_u64(par);
	range->n = tgt_par_u32(par);
	tgt_par_skip(par, 4);
	if (range->lba > nblocks || range->n > nblocks - range->lba)
		return TGT_SENSE_LBA_RANGE;
	for (i = 0; i < ask->nr; i++)
		if (tgt_rod_overlap(range, &ask->range[i]))
			return TGT_SENSE_PARAM_FIELD;
	ask->blocks += range->n;
	ask->nr++;
	return TGT_SENSE_NONE;
}

/* @len bytes of descriptors at @par; what is left of the last one is ignored. */
static enum tgt_sense tgt_rod_ranges(struct tgt_rod_ask *ask, struct tgt_par *par, u32 len,
				     u64 nblocks, u8 shift)
{
	u32 nr = min(len, tgt_par_left(par)) / TGT_ROD_RANGE_LEN;
	enum tgt_sense sense;

	if (nr > TGT_ROD_RANGES)
		return TGT_SENSE_TOO_MANY_SEGMENTS;
	while (ask->nr < nr) {
		sense = tgt_rod_range(ask, par, nblocks);
		if (sense)
			return sense;
	}
	return ask->blocks > TGT_ROD_BYTES >> shift ? TGT_SENSE_PARAM_FIELD : TGT_SENSE_NONE;
}

/**
 * tgt_rod_populate_parse() - look through a parameter list of POPULATE TOKEN
 * @ask: what it is found to be
 * @list: parameter list
 * @len: its bytes, not 0
 * @nblocks: capacity
 * @shift: log2 of the block size
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_rod_populate_parse(struct tgt_rod_ask *ask, const u8 *list, u32 len,
				      u64 nblocks, u8 shift)
{
	struct tgt_par par;
	u16 data_len, ranges;
	u32 type;
	u8 flags;

	memset(ask, 0, sizeof(*ask));
	tgt_par_init(&par, list, len);
	data_len = tgt_par_u16(&par);
	flags = tgt_par_u8(&par);
	tgt_par_skip(&par, 1);
	ask->timeout = tgt_par_u32(&par);
	type = tgt_par_u32(&par);
	tgt_par_skip(&par, 2);
	ranges = tgt_par_u16(&par);
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	if (data_len < TGT_POPULATE_HEADER + TGT_ROD_RANGE_LEN - 2 || ranges < TGT_ROD_RANGE_LEN ||
	    ask->timeout > TGT_ROD_TIMEOUT_MAX)
		return TGT_SENSE_PARAM_FIELD;
	if (flags & TGT_ROD_RTV && type != TGT_ROD_VULNERABLE && type != TGT_ROD_ANY)
		return TGT_SENSE_PARAM_FIELD;
	if (!ask->timeout)
		ask->timeout = TGT_ROD_TIMEOUT;
	ask->immed = flags & TGT_ROD_IMMED;
	return tgt_rod_ranges(ask, &par, ranges, nblocks, shift);
}

/* Who made a token; false if it says that in no way we would have: tgt_rod_creator_desc(). */
static bool tgt_rod_creator(struct tgt_rod_ask *ask)
{
	struct tgt_par par;
	u32 cscd, ident;

	tgt_par_init(&par, ask->token, TGT_ROD_LEN);
	tgt_par_skip(&par, 16);
	cscd = tgt_par_u32(&par);
	ident = tgt_par_u32(&par);
	ask->creator = (struct tgt_cscd){
		.code_set = 1, .id_type = 3, .len = 8, .id = tgt_par_bytes(&par, 8),
	};
	return cscd == (u32)TGT_CSCD_IDENT << 24 && ident == TGT_ROD_CREATOR;
}

/* Whether a token is one that there could be, SPC-5 5.17.6.5.2.3. */
static enum tgt_sense tgt_rod_check(struct tgt_rod_ask *ask)
{
	struct tgt_par par;
	u32 type;

	tgt_par_init(&par, ask->token, TGT_ROD_LEN);
	type = tgt_par_u32(&par);
	tgt_par_skip(&par, 2);
	if (tgt_par_u16(&par) != TGT_ROD_TOKEN_LENGTH)
		return TGT_SENSE_TOKEN_LENGTH;
	ask->zero = type == TGT_ROD_ZERO;
	if (ask->zero)
		return TGT_SENSE_NONE;
	if (type != TGT_ROD_VULNERABLE)
		return TGT_SENSE_TOKEN_TYPE;
	return tgt_rod_creator(ask) ? TGT_SENSE_NONE : TGT_SENSE_TOKEN_CORRUPT;
}

/**
 * tgt_rod_use_parse() - look through a parameter list of WRITE USING TOKEN
 * @ask: what it is found to be; points into @list
 * @list: parameter list
 * @len: its bytes, not 0
 * @nblocks: capacity of what is written
 * @shift: log2 of its block size
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_rod_use_parse(struct tgt_rod_ask *ask, const u8 *list, u32 len, u64 nblocks,
				 u8 shift)
{
	u16 data_len, ranges;
	struct tgt_par par;
	enum tgt_sense sense;
	u64 offset;
	u8 flags;

	memset(ask, 0, sizeof(*ask));
	tgt_par_init(&par, list, len);
	data_len = tgt_par_u16(&par);
	flags = tgt_par_u8(&par);
	tgt_par_skip(&par, 5);
	offset = tgt_par_u64(&par);
	ask->token = tgt_par_bytes(&par, TGT_ROD_LEN);
	tgt_par_skip(&par, 6);
	ranges = tgt_par_u16(&par);
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	if (ranges < TGT_ROD_RANGE_LEN || data_len != ranges + TGT_USE_HEADER - 2 ||
	    offset > U64_MAX >> shift)
		return TGT_SENSE_PARAM_FIELD;
	if (ranges > tgt_par_left(&par))
		return TGT_SENSE_PARAM_LENGTH;
	ask->immed = flags & TGT_ROD_IMMED;
	ask->del = flags & TGT_ROD_DEL_TKN;
	ask->offset = offset << shift;
	sense = tgt_rod_check(ask);
	return sense ?: tgt_rod_ranges(ask, &par, ranges, nblocks, shift);
}

/**
 * tgt_rod_place() - where bytes of the data that a token represents are
 * @range: its ranges
 * @nr: how many
 * @shift: log2 of their block size
 * @offset: of the first byte
 * @place: the run there, up to the end of its range
 *
 * Return: false if there is no such byte.
 */
bool tgt_rod_place(const struct tgt_rod_range *range, u32 nr, u8 shift, u64 offset,
		   struct tgt_rod_place *place)
{
	u64 len;
	u32 i;

	for (i = 0; i < nr; i++, offset -= len) {
		len = (u64)range[i].n << shift;
		if (offset >= len)
			continue;
		place->at = (range[i].lba << shift) + offset;
		place->len = len - offset;
		return true;
	}
	return false;
}

/* ---- the token ----------------------------------------------------------------------------- */

/* Identification descriptor CSCD descriptor of the logical unit, SPC-5 6.4.5.6. */
static void tgt_rod_creator_desc(struct tgt_resp *r, const struct tgt_disk *d)
{
	u32 block = 1U << d->block_shift;

	tgt_resp_u8(r, TGT_CSCD_IDENT);
	tgt_resp_zero(r, 3);			/* TYPE_DISK */
	tgt_resp_u32(r, TGT_ROD_CREATOR);
	tgt_resp_u64(r, d->naa);
	tgt_resp_zero(r, 12 + 1);
	tgt_resp_u8(r, block >> 16);
	tgt_resp_u16(r, block);
}

/* What READ CAPACITY (16) tells but the capacity, SBC-4 4.28.5. */
static void tgt_rod_block_data(struct tgt_resp *r, const struct tgt_disk *d)
{
	u8 capacity[32];
	struct tgt_resp c;

	tgt_resp_init(&c, capacity, sizeof(capacity));
	tgt_capacity16(&c, d);
	tgt_resp_bytes(r, capacity + 8, 8);
	tgt_resp_zero(r, 24);
}

/**
 * tgt_rod_build() - make a token
 * @rod: TGT_ROD_LEN bytes, of which the first TGT_ROD_MANAGED are its ROD management token
 * @f: what is in it
 */
void tgt_rod_build(u8 *rod, const struct tgt_rod_facts *f)
{
	struct tgt_resp r;

	tgt_resp_init(&r, rod, TGT_ROD_LEN);
	tgt_resp_u32(&r, TGT_ROD_VULNERABLE);
	tgt_resp_u16(&r, 0);
	tgt_resp_u16(&r, TGT_ROD_TOKEN_LENGTH);
	tgt_resp_u64(&r, f->id);
	tgt_rod_creator_desc(&r, f->disk);
	tgt_resp_u64(&r, 0);
	tgt_resp_u64(&r, f->bytes);
	tgt_resp_zero(&r, 32);
	tgt_rod_block_data(&r, f->disk);
	tgt_resp_u32(&r, 0x01230008);		/* binary, target device, NAA, 8 bytes */
	tgt_resp_u64(&r, f->target);
	tgt_resp_zero(&r, 128 - 12);
	tgt_resp_bytes(&r, f->random, TGT_ROD_RANDOM);
}

/* ---- VPD page 8Fh -------------------------------------------------------------------------- */

/* Body of the block device ROD limits descriptor. */
void tgt_vpd_rod_limits(struct tgt_resp *r, u8 shift)
{
	tgt_resp_zero(r, 6);
	tgt_resp_u16(r, TGT_ROD_RANGES);
	tgt_resp_u32(r, TGT_ROD_TIMEOUT_MAX);
	tgt_resp_u32(r, TGT_ROD_TIMEOUT);
	tgt_resp_u64(r, TGT_ROD_BYTES >> shift);
	tgt_resp_u64(r, TGT_ROD_OPTIMAL >> shift);
}

/* Body of the ROD token features descriptor: tokens of this SCSI target device only. */
void tgt_vpd_rod_features(struct tgt_resp *r)
{
	tgt_resp_u8(r, 0);			/* REMOTE TOKENS */
	tgt_resp_zero(r, 11);
	tgt_resp_u32(r, TGT_ROD_LIFETIME);	/* least */
	tgt_resp_u32(r, TGT_ROD_LIFETIME);	/* most */
	tgt_resp_u32(r, TGT_ROD_TIMEOUT_MAX);
	tgt_resp_zero(r, 18);
	tgt_resp_u16(r, 48);			/* block ROD device type specific features */
	tgt_resp_u16(r, 0);			/* format 0, a disk */
	tgt_resp_u16(r, 44);
	tgt_resp_zero(r, 2);
	tgt_resp_u16(r, 0);			/* any length is as good */
	tgt_resp_u64(r, TGT_ROD_BYTES);
	tgt_resp_u64(r, TGT_ROD_OPTIMAL);
	tgt_resp_u64(r, U64_MAX);		/* to token per segment: no limit */
	tgt_resp_u64(r, U64_MAX);		/* from token */
	tgt_resp_zero(r, 8);
}

static void tgt_vpd_rod_type(struct tgt_resp *r, u32 type, bool in, bool out)
{
	tgt_resp_u32(r, type);
	tgt_resp_u8(r, (in ? 0x02 : 0) | (out ? 0x01 : 0));
	tgt_resp_zero(r, 64 - 5);
}

/* Body of the supported ROD types descriptor; @out: tokens can be made. */
void tgt_vpd_rod_types(struct tgt_resp *r, bool out)
{
	tgt_resp_u16(r, 0);
	tgt_resp_u16(r, (out ? 3 : 2) * 64);
	tgt_vpd_rod_type(r, TGT_ROD_VULNERABLE, true, out);
	if (out)
		tgt_vpd_rod_type(r, TGT_ROD_ANY, false, true);
	tgt_vpd_rod_type(r, TGT_ROD_ZERO, true, false);
}
