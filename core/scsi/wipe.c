// SPDX-License-Identifier: GPL-2.0
/* CDBs and parameter lists of SANITIZE and FORMAT UNIT, and what is written then. Pure. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "wipe.h"

/**
 * tgt_sanitize_check() - the CDB of SANITIZE, SBC-4 5.30
 * @cdb: the CDB
 * @block: bytes of a logical block
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_sanitize_check(const u8 *cdb, u32 block)
{
	u32 len = cdb[7] << 8 | cdb[8];

	/* nothing that is not known is overlooked where all is lost */
	if (cdb[1] & TGT_SANITIZE_ZNR || cdb[2] | cdb[3] | cdb[4] | cdb[5] | cdb[6])
		return TGT_SENSE_INVALID_FIELD;
	/* a header and a pattern of at least one byte and at most a block; only of OVERWRITE */
	if ((cdb[1] & TGT_SANITIZE_SA) == TGT_SANITIZE_OVERWRITE)
		return len < 5 || len > block + 4 ? TGT_SENSE_INVALID_FIELD : TGT_SENSE_NONE;
	return len ? TGT_SENSE_INVALID_FIELD : TGT_SENSE_NONE;
}

/**
 * tgt_sanitize_ask() - the parameter list of SANITIZE, SBC-4 5.30.2
 * @cdb: the CDB, found good; not of EXIT FAILURE MODE
 * @list: parameter list; NULL if there is none
 * @len: its bytes
 * @block: bytes of a logical block
 * @ask: gets what is asked for; points into @list
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_sanitize_ask(const u8 *cdb, const u8 *list, u32 len, u32 block,
				struct tgt_wipe_ask *ask)
{
	struct tgt_par par;
	u8 how;

	*ask = (struct tgt_wipe_ask) {
		.immed = cdb[1] & TGT_SANITIZE_IMMED,
		.ause = cdb[1] & TGT_SANITIZE_AUSE,
		.passes = 1,
	};
	if ((cdb[1] & TGT_SANITIZE_SA) == TGT_SANITIZE_ERASE) {
		ask->erase = true;
		return TGT_SENSE_NONE;
	}
	tgt_par_init(&par, list, len);
	how = tgt_par_u8(&par);
	tgt_par_skip(&par, 1);
	ask->invert = how & 0x80;
	ask->passes = how & 0x1f;
	ask->pattern_len = tgt_par_u16(&par);
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	/* TEST: nothing but the operation itself */
	if (how & 0x60 || !ask->passes || !ask->pattern_len || ask->pattern_len > block)
		return TGT_SENSE_PARAM_FIELD;
	ask->pattern = tgt_par_bytes(&par, ask->pattern_len);
	return ask->pattern ? TGT_SENSE_NONE : TGT_SENSE_PARAM_LENGTH;
}

/**
 * tgt_format_check() - the CDB of FORMAT UNIT, SBC-4 5.4
 * @cdb: the CDB
 *
 * There are no defects to list, in whatever format, and there is no fast format. Without a
 * parameter list nothing of it can be chosen.
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_format_check(const u8 *cdb)
{
	if (cdb[4] & 0x03)
		return TGT_SENSE_INVALID_FIELD;
	if (!(cdb[1] & TGT_FORMAT_DATA) && cdb[1] & (TGT_FORMAT_LONGLIST | 0x0f))
		return TGT_SENSE_INVALID_FIELD;
	return TGT_SENSE_NONE;
}

/* Initialization pattern descriptor, SBC-4 5.4.2.3: the default pattern, or one to repeat. */
static enum tgt_sense tgt_format_pattern(struct tgt_par *par, u32 block, struct tgt_wipe_ask *ask)
{
	u8 how = tgt_par_u8(par), type = tgt_par_u8(par);
	u32 len = tgt_par_u16(par);

	if (par->bad)
		return TGT_SENSE_PARAM_LENGTH;
	/* SI: there are no blocks but those that are written anyway */
	if (how & 0xdf || type > 1 || (type ? !len || len > block : len))
		return TGT_SENSE_PARAM_FIELD;
	if (!type)
		return TGT_SENSE_NONE;
	ask->pattern = tgt_par_bytes(par, len);
	ask->pattern_len = len;
	return ask->pattern ? TGT_SENSE_NONE : TGT_SENSE_PARAM_LENGTH;
}

#define TGT_FORMAT_NONE	7	/* no type of protection */

/*
 * FMTPINFO and PROTECTION FIELD USAGE, SBC-4 5.4.2.2. What is to blame is the latter if FMTPINFO
 * could have been good with another one.
 */
static enum tgt_sense tgt_format_type(u8 fmtpinfo, u8 usage, u8 types, u8 *type)
{
	static const u8 type_of[4][2] = {
		{ 0, TGT_FORMAT_NONE }, { TGT_FORMAT_NONE, TGT_FORMAT_NONE },
		{ 1, TGT_FORMAT_NONE }, { 2, 3 },
	};
	const u8 *of = type_of[fmtpinfo];

	*type = usage < 2 ? of[usage] : TGT_FORMAT_NONE;
	if (types & 1 << *type)
		return TGT_SENSE_NONE;
	return types & (1 << of[0] | 1 << of[1]) ? TGT_SENSE_PARAM_FIELD : TGT_SENSE_INVALID_FIELD;
}

/**
 * tgt_format_ask() - the parameter list of FORMAT UNIT, SBC-4 5.4.2
 * @cdb: the CDB, found good
 * @list: parameter list
 * @len: bytes there are
 * @block: bytes of a logical block
 * @types: of protection the medium can have, bit by bit; 7 is none
 * @ask: gets what is asked for; points into @list
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_format_ask(const u8 *cdb, const u8 *list, u32 len, u32 block, u8 types,
			      struct tgt_wipe_ask *ask)
{
	bool lng = cdb[1] & TGT_FORMAT_LONGLIST;
	u8 usage = 0, flags, interval = 0;
	enum tgt_sense sense;
	struct tgt_par par;
	u32 defects;

	*ask = (struct tgt_wipe_ask) { .passes = 1 };
	if (!(cdb[1] & TGT_FORMAT_DATA))
		return tgt_format_type(cdb[1] >> 6, 0, types, &ask->prot_type) ?
			TGT_SENSE_INVALID_FIELD : TGT_SENSE_NONE;
	tgt_par_init(&par, list, len);
	usage = tgt_par_u8(&par) & 0x07;
	flags = tgt_par_u8(&par);
	if (lng) {
		tgt_par_skip(&par, 1);
		interval = tgt_par_u8(&par);
		defects = tgt_par_u32(&par);
	} else {
		defects = tgt_par_u16(&par);
	}
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	/* without FOV the other options are as they are: DPRY, DCRT, STPF, IP */
	if (defects || interval || flags & 0x05 || (!(flags & 0x80) && flags & 0x78))
		return TGT_SENSE_PARAM_FIELD;
	sense = tgt_format_type(cdb[1] >> 6, usage, types, &ask->prot_type);
	if (sense)
		return sense;
	ask->immed = flags & 0x02;
	return flags & 0x08 ? tgt_format_pattern(&par, block, ask) : TGT_SENSE_NONE;
}

/**
 * tgt_wipe_fill() - blocks to be written
 * @ask: what is asked for
 * @data: where to
 * @len: bytes, a multiple of @block
 * @block: bytes of a logical block
 * @pass: which pass, from 0 on
 *
 * The last pass is the pattern itself.
 */
void tgt_wipe_fill(const struct tgt_wipe_ask *ask, u8 *data, u32 len, u32 block, u8 pass)
{
	u8 invert = ask->invert && (ask->passes - 1 - pass) & 1 ? 0xff : 0;
	u32 i;

	for (i = 0; i < block; i++)
		data[i] = (ask->pattern ? ask->pattern[i % ask->pattern_len] : 0) ^ invert;
	for (i = block; i < len; i += block)
		memcpy(data + i, data, block);
}
