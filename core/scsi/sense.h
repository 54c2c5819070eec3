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
#define TGT_SENSE_DATA_MAX	28

unsigned int tgt_sense_progress(u8 *buf, unsigned int len, u16 progress);
void tgt_sense_parse(const u8 *sense, u8 *key, u8 *asc, u8 *ascq);
unsigned int tgt_sense_data(u8 *buf, bool descriptor, u8 key, u8 asc, u8 ascq, const u64 *info);

#endif
