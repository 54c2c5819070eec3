/* SPDX-License-Identifier: GPL-2.0 */
/* What SANITIZE and FORMAT UNIT ask for. Pure. */
#ifndef _TGTCORE_SCSI_WIPE_H
#define _TGTCORE_SCSI_WIPE_H

#include "param.h"
#include "sense.h"

/* SANITIZE, byte 1 of the CDB */
#define TGT_SANITIZE_IMMED	0x80
#define TGT_SANITIZE_ZNR	0x40	/* of zoned devices */
#define TGT_SANITIZE_AUSE	0x20
#define TGT_SANITIZE_SA		0x1f
#define TGT_SANITIZE_OVERWRITE	0x01
#define TGT_SANITIZE_ERASE	0x02
#define TGT_SANITIZE_EXIT	0x1f

/* FORMAT UNIT, byte 1 of the CDB */
#define TGT_FORMAT_LONGLIST	0x20
#define TGT_FORMAT_DATA		0x10

/**
 * struct tgt_wipe_ask - what is to become of the medium
 * @immed: the command is answered when it is found good
 * @ause: a failure may be left by EXIT FAILURE MODE
 * @erase: blocks are unmapped; else written
 * @invert: each pass but the last writes the inverse of the next one
 * @passes: of writing, not 0
 * @pattern: each block begins with it, and repeats it; NULL: zeroes
 * @pattern_len: its bytes
 * @prot_type: type of protection wanted
 */
struct tgt_wipe_ask {
	bool		immed;
	bool		ause;
	bool		erase;
	bool		invert;
	u8		passes;
	const u8	*pattern;
	u32		pattern_len;
	u8		prot_type;
};

enum tgt_sense tgt_sanitize_check(const u8 *cdb, u32 block);
enum tgt_sense tgt_sanitize_ask(const u8 *cdb, const u8 *list, u32 len, u32 block,
				struct tgt_wipe_ask *ask);
enum tgt_sense tgt_format_check(const u8 *cdb);
enum tgt_sense tgt_format_ask(const u8 *cdb, const u8 *list, u32 len, u32 block, u8 types,
			      struct tgt_wipe_ask *ask);
void tgt_wipe_fill(const struct tgt_wipe_ask *ask, u8 *data, u32 len, u32 block, u8 pass);

#endif
