// SPDX-License-Identifier: GPL-2.0
/*
 * LUN bytes of any kind: a number in range or a refusal, as SAM-6 4.7 has it, and every number
 * comes back from its own bytes.
 */
// uses: core/scsi/lun.c
#include "fuzz.h"
#include <tgtcore/tgtcore.h>

/* Single level only: the last three levels are 0. Address method 00b with bus 0, or 01b. */
static int expected(const u8 *b)
{
	static const u8 none[6];

	if (memcmp(b + 2, none, 6))
		return -EINVAL;
	if (b[0] >> 6 == 1)
		return (b[0] & 0x3f) * 256 + b[1];
	return b[0] ? -EINVAL : b[1];
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	u32 number = take_u16(&in) & TGT_MAX_LUN;
	struct scsi_lun *lun, own;
	int got;

	take(&in, &own, sizeof(own));
	lun = exactly(&own, sizeof(own));
	got = tgt_lun_decode(lun);
	CHECK(got == expected(own.scsi_lun));
	CHECK(got == -EINVAL || (got >= 0 && got <= TGT_MAX_LUN));
	CHECK(!memcmp(lun, &own, sizeof(own)));

	memset(lun, 0xa5, sizeof(*lun));
	tgt_lun_encode(number, lun);
	CHECK(tgt_lun_decode(lun) == number);
	/* two methods reach the numbers below 256; the engine writes only one of them */
	if (got >= 0) {
		tgt_lun_encode(got, lun);
		CHECK(tgt_lun_decode(lun) == got);
	}
	free(lun);
	return 0;
}
