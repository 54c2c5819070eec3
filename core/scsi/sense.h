/* SPDX-License-Identifier: GPL-2.0 */
/* Sense data and the answers that need no logical unit. */
#ifndef _TGTCORE_SENSE_H
#define _TGTCORE_SENSE_H

#include <tgtcore/tgtcore.h>

struct tgt_sense_code {
	u8	key;
	u8	asc;
	u8	ascq;
};

extern const struct tgt_sense_code tgt_sense_codes[__TGT_SENSE_MAX];

#define TGT_FIXED_SENSE_LEN	18

unsigned int tgt_sense_fixed(u8 *buf, u8 key, u8 asc, u8 ascq);
unsigned int tgt_sense_descriptor(u8 *buf, u8 key, u8 asc, u8 ascq);

#endif
