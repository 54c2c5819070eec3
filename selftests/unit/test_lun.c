// SPDX-License-Identifier: GPL-2.0
/* LUN numbers as bytes, SAM-6 4.7. */
// uses:
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
