// SPDX-License-Identifier: GPL-2.0
/* Sense data. Pure: also built in user space for the unit tests. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "sense.h"

/* Sense key, ASC and ASCQ (SPC-5 annex F) of each &enum tgt_sense. */
const struct tgt_sense_code tgt_sense_codes[__TGT_SENSE_MAX] = {
	[TGT_SENSE_NONE]		= { NO_SENSE,		0x00, 0x00 },
	[TGT_SENSE_INVALID_OPCODE]	= { ILLEGAL_REQUEST,	0x20, 0x00 },
	[TGT_SENSE_INVALID_FIELD]	= { ILLEGAL_REQUEST,	0x24, 0x00 },
	[TGT_SENSE_LBA_RANGE]		= { ILLEGAL_REQUEST,	0x21, 0x00 },
	[TGT_SENSE_LUN_UNSUPPORTED]	= { ILLEGAL_REQUEST,	0x25, 0x00 },
	[TGT_SENSE_WRITE_PROTECTED]	= { DATA_PROTECT,	0x27, 0x00 },
	[TGT_SENSE_READ_ERROR]		= { MEDIUM_ERROR,	0x11, 0x00 },
	[TGT_SENSE_WRITE_ERROR]		= { MEDIUM_ERROR,	0x0c, 0x00 },
	[TGT_SENSE_NO_SPACE]		= { DATA_PROTECT,	0x27, 0x07 },
	[TGT_SENSE_NOT_READY]		= { NOT_READY,		0x04, 0x00 },
	[TGT_SENSE_INTERVENTION]	= { NOT_READY,		0x04, 0x03 },
	[TGT_SENSE_STOPPED]		= { NOT_READY,		0x04, 0x02 },
	[TGT_SENSE_SAVING_UNSUPPORTED]	= { ILLEGAL_REQUEST,	0x39, 0x00 },
	[TGT_SENSE_INVALID_IU]		= { ILLEGAL_REQUEST,	0x0e, 0x03 },
};

/**
 * tgt_sense_fixed() - fixed format sense data, current (SPC-5 4.4.3)
 * @buf: at least TGT_FIXED_SENSE_LEN bytes
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 *
 * Return: bytes written.
 */
unsigned int tgt_sense_fixed(u8 *buf, u8 key, u8 asc, u8 ascq)
{
	memset(buf, 0, TGT_FIXED_SENSE_LEN);
	buf[0] = 0x70;
	buf[2] = key;
	buf[7] = TGT_FIXED_SENSE_LEN - 8;
	buf[12] = asc;
	buf[13] = ascq;
	return TGT_FIXED_SENSE_LEN;
}

/**
 * tgt_sense_descriptor() - descriptor format sense data, current, no descriptors
 * @buf: at least 8 bytes
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 *
 * SPC-5 4.4.2. Return: bytes written.
 */
unsigned int tgt_sense_descriptor(u8 *buf, u8 key, u8 asc, u8 ascq)
{
	memset(buf, 0, 8);
	buf[0] = 0x72;
	buf[1] = key;
	buf[2] = asc;
	buf[3] = ascq;
	return 8;
}
