/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ROD tokens (SPC-5 5.17.6, SBC-4 4.28): parameter lists of POPULATE TOKEN and WRITE USING TOKEN,
 * the token, and what is told of tokens. Pure.
 */
#ifndef _TGTCORE_TOKEN_H
#define _TGTCORE_TOKEN_H

#include <tgtcore/tgtcore.h>
#include "disk.h"
#include "param.h"
#include "resp.h"
#include "xcopy.h"

/* Limits, told by VPD page 8Fh. */
#define TGT_ROD_RANGES		64		/* block device range descriptors of a command */
#define TGT_ROD_BYTES		(256U << 20)	/* that a token represents, or a command writes */
#define TGT_ROD_OPTIMAL		(64U << 20)
#define TGT_ROD_TIMEOUT		60		/* seconds without use, if nothing is asked for */
#define TGT_ROD_TIMEOUT_MAX	600
#define TGT_ROD_LIFETIME	3600		/* seconds, used or not */

#define TGT_ROD_LEN		512		/* bytes of a token */
#define TGT_ROD_MANAGED		96		/* bytes of a ROD management token */
#define TGT_ROD_RANDOM		256		/* bytes of EXTENDED ROD TOKEN DATA */

/* ROD types, SPC-5 5.17.6.2 */
#define TGT_ROD_VULNERABLE	0x00800001U	/* point in time copy - change vulnerable */
#define TGT_ROD_ANY		0x0080ffffU	/* point in time copy - any */
#define TGT_ROD_ZERO		0xffff0001U	/* block device zero ROD token */

#define TGT_ROD_CREATOR		0x01030008U	/* designator: binary, logical unit, NAA, 8 bytes */

/* Service actions of THIRD-PARTY COPY OUT and IN */
#define TGT_COPY_OUT_POPULATE	0x10
#define TGT_COPY_OUT_USE	0x11
#define TGT_COPY_IN_TOKEN	0x07
#define TGT_COPY_IN_ALL_TOKENS	0x08

/**
 * struct tgt_rod_range - blocks
 * @lba: first one
 * @n: how many, perhaps none
 */
struct tgt_rod_range {
	u64	lba;
	u32	n;
};

/**
 * struct tgt_rod_ask - a parameter list that has been found good
 * @immed: to be answered before it is done
 * @del: the token is deleted afterwards
 * @zero: the token is the block device zero ROD token
 * @timeout: inactivity timeout, seconds
 * @offset: first byte of the data a token represents
 * @token: where it is in the list
 * @creator: who made it; not of the one of zeroes
 * @blocks: of all ranges
 * @nr: how many ranges
 * @range: the ranges; no two overlap
 */
struct tgt_rod_ask {
	bool			immed;
	bool			del;
	bool			zero;
	u32			timeout;
	u64			offset;
	const u8		*token;
	struct tgt_cscd		creator;
	u64			blocks;
	u32			nr;
	struct tgt_rod_range	range[TGT_ROD_RANGES];
};

enum tgt_sense tgt_rod_populate_parse(struct tgt_rod_ask *ask, const u8 *list, u32 len,
				      u64 nblocks, u8 shift);
enum tgt_sense tgt_rod_use_parse(struct tgt_rod_ask *ask, const u8 *list, u32 len, u64 nblocks,
				 u8 shift);

/**
 * struct tgt_rod_facts - what is in a token
 * @id: no other token of the logical unit has had it
 * @bytes: it represents
 * @target: NAA of the SCSI target device
 * @disk: the logical unit
 * @random: TGT_ROD_RANDOM bytes that nobody can guess
 */
struct tgt_rod_facts {
	u64			id;
	u64			bytes;
	u64			target;
	const struct tgt_disk	*disk;
	const u8		*random;
};

void tgt_rod_build(u8 *rod, const struct tgt_rod_facts *f);

/**
 * struct tgt_rod_place - a run of bytes of the data that a token represents, on the medium
 * @at: first byte
 * @len: bytes
 */
struct tgt_rod_place {
	u64	at;
	u64	len;
};

bool tgt_rod_place(const struct tgt_rod_range *range, u32 nr, u8 shift, u64 offset,
		   struct tgt_rod_place *place);

void tgt_vpd_rod_limits(struct tgt_resp *r, u8 shift);
void tgt_vpd_rod_features(struct tgt_resp *r);
void tgt_vpd_rod_types(struct tgt_resp *r, bool out);

#endif
