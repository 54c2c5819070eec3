// SPDX-License-Identifier: GPL-2.0
/* LUN bytes. Pure: also built in user space for the unit tests. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include <tgtcore/tgtcore.h>

/**
 * tgt_lun_decode() - LUN number of LUN bytes
 * @lun: SAM-6 4.7: single level, peripheral device (bus 0) or flat space addressing
 *
 * Return: 0 to TGT_MAX_LUN, or -EINVAL for any other form.
 */
int tgt_lun_decode(const struct scsi_lun *lun)
{
	const u8 *b = lun->scsi_lun;

	if (memchr_inv(b + 2, 0, sizeof(lun->scsi_lun) - 2))
		return -EINVAL;
	switch (b[0] >> 6) {
	case 0:
		return b[0] ? -EINVAL : b[1];
	case 1:
		return (b[0] & 0x3f) << 8 | b[1];
	default:
		return -EINVAL;
	}
}
EXPORT_SYMBOL_NS_GPL(tgt_lun_decode, TGTCORE);

/* The REPORT LUNS well known logical unit, SAM-6 4.7.7.5.1 and SPC-5 8.2. */
const struct scsi_lun tgt_lun_report_luns = { .scsi_lun = { 0xc1, 0x01 } };
