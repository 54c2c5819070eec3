/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protection information, SBC-4 4.21: the eight bytes that go with a logical block. Pure: also
 * built in user space for the unit tests.
 */
#ifndef _TGTCORE_PI_H
#define _TGTCORE_PI_H

#include <tgtcore/tgtcore.h>

#define TGT_PI_TYPE_MAX		3
#define TGT_PI_PROTECT_MAX	5	/* of RDPROTECT, WRPROTECT, VRPROTECT and ORPROTECT */
#define TGT_PI_APP_ESCAPE	0xffff
#define TGT_PI_REF_ESCAPE	0xffffffff

/* What is checked. */
#define TGT_PI_GUARD		0x1
#define TGT_PI_APP		0x2
#define TGT_PI_REF		0x4

/**
 * struct tgt_pi - what is expected of a run of blocks, or to be made for them
 * @type: protection type, 1 to 3
 * @check: TGT_PI_*
 * @escape: blocks whose tags say so are not checked: they come from the medium
 * @ref_step: from one block's reference tag to the next
 * @ref: reference tag of the first block
 * @app: application tag
 * @mask: bits of @app that count
 */
struct tgt_pi {
	u8	type;
	u8	check;
	bool	escape;
	u8	ref_step;
	u32	ref;
	u16	app;
	u16	mask;
};

u8 tgt_pi_checks(u8 type, u8 protect, bool tags);
u8 tgt_pi_compares(u8 protect);
void tgt_pi_insert(struct tgt_pi *pi, u8 type, u64 lba);
u32 tgt_pi_check(const struct tgt_pi *pi, const u8 *data, const struct tgt_tuple *t, u32 n,
		 u8 shift, enum tgt_sense *sense);
void tgt_pi_generate(const struct tgt_pi *pi, const u8 *data, struct tgt_tuple *t, u32 n,
		     u8 shift);
void tgt_pi_guard(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift);
u32 tgt_pi_differ(const struct tgt_tuple *a, const struct tgt_tuple *b, u8 what);
void tgt_pi_from_ip(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift);
void tgt_pi_to_ip(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift);
void tgt_pi_join(u8 *wire, const u8 *data, const struct tgt_tuple *t, u32 n, u8 shift);
void tgt_pi_split(const u8 *wire, u8 *data, struct tgt_tuple *t, u32 n, u8 shift);

#endif
