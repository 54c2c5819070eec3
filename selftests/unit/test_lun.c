// SPDX-License-Identifier: GPL-2.0
/* LUN numbers as bytes, SAM-6 4.7. */
// uses: core/scsi/lun.c
#include "shim.h"
#include "unit.h"
#include <tgtcore/tgtcore.h>

/* Peripheral device addressing, bus 0, up to 255; flat space addressing above. */
UNIT(every_number_has_its_one_form)
{
	struct scsi_lun lun;
	u32 n;

	for (n = 0; n <= TGT_MAX_LUN; n++) {
		memset(&lun, 0xff, sizeof(lun));
		tgt_lun_encode(n, &lun);
		EQ(lun.scsi_lun[0] >> 6, n < 256 ? 0 : 1);
		EQ((lun.scsi_lun[0] & 0x3f) << 8 | lun.scsi_lun[1], n);
		OK(!memchr_inv(lun.scsi_lun + 2, 0, 6));
	}
}

UNIT(the_ends_of_both_forms)
{
	static const struct {
		u32	number;
		u8	bytes[2];
	} t[] = {
		{ 0, { 0x00, 0x00 } },
		{ 255, { 0x00, 0xff } },
		{ 256, { 0x41, 0x00 } },
		{ 16383, { 0x7f, 0xff } },
	};
	struct scsi_lun lun;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		tgt_lun_encode(t[i].number, &lun);
		MEM_EQ(lun.scsi_lun, t[i].bytes, 2);
	}
}

static int decode(u8 b0, u8 b1, unsigned int at, u8 byte)
{
	struct scsi_lun lun = { .scsi_lun = { b0, b1 } };

	lun.scsi_lun[at] |= byte;
	return tgt_lun_decode(&lun);
}

UNIT(what_is_encoded_is_decoded)
{
	struct scsi_lun lun;
	u32 n;

	for (n = 0; n <= TGT_MAX_LUN; n++) {
		tgt_lun_encode(n, &lun);
		EQ(tgt_lun_decode(&lun), n);
	}
}

/* All 65536 first levels. SAM-6 4.7: methods 10b and 11b, and other buses, are not ours. */
UNIT(only_two_forms_are_decoded)
{
	u32 n;
	int want;

	for (n = 0; n < 0x10000; n++) {
		want = n < 0x100 ? n : n >> 14 == 1 ? n & 0x3fff : -EINVAL;
		EQ(decode(n >> 8, n, 0, 0), want);
	}
}

UNIT(no_bit_below_the_first_level)
{
	unsigned int at, bit;

	for (at = 2; at < 8; at++) {
		for (bit = 0; bit < 8; bit++) {
			EQ(decode(0x00, 0x01, at, 1 << bit), -EINVAL);
			EQ(decode(0x41, 0x01, at, 1 << bit), -EINVAL);
		}
	}
}
