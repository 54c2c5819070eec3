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
	[TGT_SENSE_PARAM_LENGTH]	= { ILLEGAL_REQUEST,	0x1a, 0x00 },
	[TGT_SENSE_PARAM_FIELD]		= { ILLEGAL_REQUEST,	0x26, 0x00 },
	[TGT_SENSE_MISCOMPARE]		= { MISCOMPARE,		0x1d, 0x00 },
	[TGT_SENSE_MESSAGE]		= { ILLEGAL_REQUEST,	0x49, 0x00 },
	[TGT_SENSE_ALUA_TRANSITION]	= { NOT_READY,		0x04, 0x0a },
	[TGT_SENSE_ALUA_STANDBY]	= { NOT_READY,		0x04, 0x0b },
	[TGT_SENSE_ALUA_UNAVAILABLE]	= { NOT_READY,		0x04, 0x0c },
	[TGT_SENSE_ALUA_OFFLINE]	= { NOT_READY,		0x04, 0x12 },
	[TGT_SENSE_ALUA_SET_FAILED]	= { HARDWARE_ERROR,	0x67, 0x0a },
	[TGT_SENSE_SEQUENCE]		= { ILLEGAL_REQUEST,	0x2c, 0x00 },
	[TGT_SENSE_ECHO_OVERWRITTEN]	= { ABORTED_COMMAND,	0x3f, 0x0f },
	[TGT_SENSE_FORMATTING]		= { NOT_READY,		0x04, 0x04 },
	[TGT_SENSE_FORMAT_FAILED]	= { MEDIUM_ERROR,	0x31, 0x01 },
	[TGT_SENSE_SANITIZING]		= { NOT_READY,		0x04, 0x1b },
	[TGT_SENSE_SANITIZE_FAILED]	= { MEDIUM_ERROR,	0x31, 0x03 },
	[TGT_SENSE_PI_GUARD]		= { ABORTED_COMMAND,	0x10, 0x01 },
	[TGT_SENSE_PI_APP]		= { ABORTED_COMMAND,	0x10, 0x02 },
	[TGT_SENSE_PI_REF]		= { ABORTED_COMMAND,	0x10, 0x03 },
	[TGT_SENSE_IN_PROGRESS]		= { ILLEGAL_REQUEST,	0x00, 0x16 },
	[TGT_SENSE_TOO_MANY_SEGMENTS]	= { ILLEGAL_REQUEST,	0x26, 0x08 },
	[TGT_SENSE_NO_ROD]		= { ILLEGAL_REQUEST,	0x55, 0x0d },
	[TGT_SENSE_TOKEN_TYPE]		= { ILLEGAL_REQUEST,	0x23, 0x01 },
	[TGT_SENSE_TOKEN_UNKNOWN]	= { ILLEGAL_REQUEST,	0x23, 0x04 },
	[TGT_SENSE_TOKEN_CORRUPT]	= { ILLEGAL_REQUEST,	0x23, 0x05 },
	[TGT_SENSE_TOKEN_REVOKED]	= { ILLEGAL_REQUEST,	0x23, 0x06 },
	[TGT_SENSE_TOKEN_EXPIRED]	= { ILLEGAL_REQUEST,	0x23, 0x07 },
	[TGT_SENSE_TOKEN_CANCELLED]	= { ILLEGAL_REQUEST,	0x23, 0x08 },
	[TGT_SENSE_TOKEN_DELETED]	= { ILLEGAL_REQUEST,	0x23, 0x09 },
	[TGT_SENSE_TOKEN_LENGTH]	= { ILLEGAL_REQUEST,	0x23, 0x0a },
	[TGT_SENSE_SELF_TEST]		= { HARDWARE_ERROR,	0x3e, 0x03 },
	[TGT_SENSE_TESTING]		= { NOT_READY,		0x04, 0x09 },
	[TGT_SENSE_TARGET_FAILURE]	= { ABORTED_COMMAND,	0x44, 0x00 },
};

/* Fixed format, SPC-5 4.4.3: an information field that does not fit is not valid. */
static unsigned int tgt_sense_fixed(u8 *buf, u8 key, u8 asc, u8 ascq, const u64 *info)
{
	unsigned int i;

	memset(buf, 0, TGT_FIXED_SENSE_LEN);
	buf[0] = 0x70;
	buf[2] = key;
	buf[7] = TGT_FIXED_SENSE_LEN - 8;
	buf[12] = asc;
	buf[13] = ascq;
	if (info && *info <= 0xffffffff) {
		buf[0] |= 0x80;			/* VALID */
		for (i = 0; i < 4; i++)
			buf[3 + i] = *info >> (24 - 8 * i);
	}
	return TGT_FIXED_SENSE_LEN;
}

/* Descriptor format, SPC-5 4.4.2, with an information descriptor (4.4.2.2) if there is one. */
static unsigned int tgt_sense_descriptor(u8 *buf, u8 key, u8 asc, u8 ascq, const u64 *info)
{
	unsigned int i;

	memset(buf, 0, 8);
	buf[0] = 0x72;
	buf[1] = key;
	buf[2] = asc;
	buf[3] = ascq;
	if (!info)
		return 8;
	memset(buf + 8, 0, 12);
	buf[7] = 12;
	buf[8 + 1] = 0x0a;
	buf[8 + 2] = 0x80;			/* VALID */
	for (i = 0; i < 8; i++)
		buf[8 + 4 + i] = *info >> (56 - 8 * i);
	return 8 + 12;
}

/**
 * tgt_sense_data() - sense data, current
 * @buf: at least TGT_SENSE_DATA_MAX bytes
 * @descriptor: format: descriptor or fixed (D_SENSE, SPC-5 7.5.10)
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 * @info: for the information field, or NULL
 *
 * Return: bytes written.
 */
unsigned int tgt_sense_data(u8 *buf, bool descriptor, u8 key, u8 asc, u8 ascq, const u64 *info)
{
	return descriptor ? tgt_sense_descriptor(buf, key, asc, ascq, info) :
			    tgt_sense_fixed(buf, key, asc, ascq, info);
}

/**
 * tgt_sense_progress() - tell how far an operation is
 * @buf: sense data of tgt_sense_data() for NO SENSE or NOT READY, with room for
 *	TGT_SENSE_DATA_MAX bytes
 * @len: bytes there are
 * @progress: of 65536 parts so many are done
 *
 * Progress indication, SPC-5 4.4.2.4.4: in descriptor format a descriptor more.
 *
 * Return: bytes there are now.
 */
unsigned int tgt_sense_progress(u8 *buf, unsigned int len, u16 progress)
{
	u8 *sks = buf + 15;

	if (buf[0] == 0x72) {
		memset(buf + len, 0, 8);
		buf[len] = 0x02;
		buf[len + 1] = 0x06;
		sks = buf + len + 4;
		buf[7] += 8;
		len += 8;
	}
	sks[0] = 0x80;				/* SKSV */
	sks[1] = progress >> 8;
	sks[2] = progress;
	return len;
}

/* The reverse: key, ASC and ASCQ of sense data of at least 14 bytes, in either format. */
void tgt_sense_parse(const u8 *sense, u8 *key, u8 *asc, u8 *ascq)
{
	bool descriptor = (sense[0] & 0x7f) >= 0x72;

	*key = sense[descriptor ? 1 : 2] & 0x0f;
	*asc = sense[descriptor ? 2 : 12];
	*ascq = sense[descriptor ? 3 : 13];
}
