// SPDX-License-Identifier: GPL-2.0
/* Sense data, SPC-5 4.4, and the codes of SPC-5 annex F the engine raises. */
// uses: core/scsi/sense.c
#include "shim.h"
#include "unit.h"
#include "scsi/sense.h"

#define GUARD	0xa5

/* SPC-5 4.4.3: response code 70h, additional length 10, ASC and ASCQ in bytes 12 and 13 */
UNIT(fixed_format)
{
	static const u8 want[18] = { 0x70, 0, 0x05, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0x01 };
	u8 buf[19];

	memset(buf, GUARD, sizeof(buf));
	EQ(tgt_sense_data(buf, false, 0x05, 0x24, 0x01, NULL), 18);
	MEM_EQ(buf, want, 18);
	EQ(buf[18], GUARD);
}

/* SPC-5 4.4.2: response code 72h, no descriptors */
UNIT(descriptor_format)
{
	static const u8 want[8] = { 0x72, 0x06, 0x29, 0x03 };
	u8 buf[9];

	memset(buf, GUARD, sizeof(buf));
	EQ(tgt_sense_data(buf, true, 0x06, 0x29, 0x03, NULL), 8);
	MEM_EQ(buf, want, 8);
	EQ(buf[8], GUARD);
}

/* SPC-5 4.4.3: VALID is bit 7 of byte 0, INFORMATION bytes 3 to 6 */
UNIT(information_in_fixed_format)
{
	static const u8 want[18] = { 0xf0, 0, 0x0e, 0x12, 0x34, 0x56, 0x78, 10, 0, 0, 0, 0, 0x1d };
	u64 info = 0x12345678;
	u8 buf[18];

	EQ(tgt_sense_data(buf, false, 0x0e, 0x1d, 0x00, &info), 18);
	MEM_EQ(buf, want, 18);
	info = 0xffffffff;
	tgt_sense_data(buf, false, 0x0e, 0x1d, 0x00, &info);
	EQ(buf[0], 0xf0);
	info = 0x100000000;
	tgt_sense_data(buf, false, 0x0e, 0x1d, 0x00, &info);
	EQ(buf[0], 0x70);
	EQ(buf[3] | buf[4] | buf[5] | buf[6], 0);
}

/* SPC-5 4.4.2.2: an information descriptor, type 00h, of 10 more bytes */
UNIT(information_in_descriptor_format)
{
	static const u8 want[20] = { 0x72, 0x0e, 0x1d, 0, 0, 0, 0, 12,
				     0x00, 0x0a, 0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	u64 info = 0x0102030405060708;
	u8 buf[21];

	memset(buf, GUARD, sizeof(buf));
	EQ(tgt_sense_data(buf, true, 0x0e, 0x1d, 0x00, &info), 20);
	MEM_EQ(buf, want, 20);
	EQ(buf[20], GUARD);
}

/* SPC-5 4.4.2.4.4: SKSV and a fraction of 65536, in both formats */
UNIT(progress_indication)
{
	static const u8 fixed[18] = { 0x70, 0, 0x02, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x04, 0x1b, 0,
				      0x80, 0x12, 0x34 };
	static const u8 desc[16] = { 0x72, 0x02, 0x04, 0x04, 0, 0, 0, 8,
				     0x02, 0x06, 0, 0, 0x80, 0xab, 0xcd, 0 };
	u8 buf[TGT_SENSE_DATA_MAX];

	EQ(tgt_sense_data(buf, false, 0x02, 0x04, 0x1b, NULL), 18);
	EQ(tgt_sense_progress(buf, 18, 0x1234), 18);
	MEM_EQ(buf, fixed, 18);
	EQ(tgt_sense_data(buf, true, 0x02, 0x04, 0x04, NULL), 8);
	EQ(tgt_sense_progress(buf, 8, 0xabcd), 16);
	MEM_EQ(buf, desc, 16);
}

UNIT(every_code_is_stored_where_it_belongs)
{
	unsigned int v;
	u8 buf[18];

	for (v = 0; v < 256; v++) {
		tgt_sense_data(buf, false, v & 0xf, v, v ^ 0xff, NULL);
		EQ(buf[2], v & 0xf);
		EQ(buf[12], v);
		EQ(buf[13], v ^ 0xff);
		tgt_sense_data(buf, true, v & 0xf, v, v ^ 0xff, NULL);
		EQ(buf[1], v & 0xf);
		EQ(buf[2], v);
		EQ(buf[3], v ^ 0xff);
	}
}

/* SPC-5 tables of sense keys and of ASC and ASCQ assignments */
UNIT(codes_are_those_of_the_standard)
{
	static const struct {
		enum tgt_sense	sense;
		u8		key, asc, ascq;
	} t[] = {
		{ TGT_SENSE_NONE,		0x0, 0x00, 0x00 },
		{ TGT_SENSE_INVALID_OPCODE,	0x5, 0x20, 0x00 },
		{ TGT_SENSE_INVALID_FIELD,	0x5, 0x24, 0x00 },
		{ TGT_SENSE_LBA_RANGE,		0x5, 0x21, 0x00 },
		{ TGT_SENSE_LUN_UNSUPPORTED,	0x5, 0x25, 0x00 },
		{ TGT_SENSE_WRITE_PROTECTED,	0x7, 0x27, 0x00 },
		{ TGT_SENSE_READ_ERROR,		0x3, 0x11, 0x00 },
		{ TGT_SENSE_WRITE_ERROR,	0x3, 0x0c, 0x00 },
		{ TGT_SENSE_NO_SPACE,		0x7, 0x27, 0x07 },
		{ TGT_SENSE_NOT_READY,		0x2, 0x04, 0x00 },
		{ TGT_SENSE_STOPPED,		0x2, 0x04, 0x02 },
		{ TGT_SENSE_INTERVENTION,	0x2, 0x04, 0x03 },
		{ TGT_SENSE_SAVING_UNSUPPORTED,	0x5, 0x39, 0x00 },
		{ TGT_SENSE_INVALID_IU,		0x5, 0x0e, 0x03 },
		{ TGT_SENSE_PARAM_LENGTH,	0x5, 0x1a, 0x00 },
		{ TGT_SENSE_PARAM_FIELD,	0x5, 0x26, 0x00 },
		{ TGT_SENSE_MISCOMPARE,		0xe, 0x1d, 0x00 },
		{ TGT_SENSE_MESSAGE,		0x5, 0x49, 0x00 },
		{ TGT_SENSE_IN_PROGRESS,	0x5, 0x00, 0x16 },
		{ TGT_SENSE_TOO_MANY_SEGMENTS,	0x5, 0x26, 0x08 },
		{ TGT_SENSE_NO_ROD,		0x5, 0x55, 0x0d },
		{ TGT_SENSE_TOKEN_TYPE,		0x5, 0x23, 0x01 },
		{ TGT_SENSE_TOKEN_UNKNOWN,	0x5, 0x23, 0x04 },
		{ TGT_SENSE_TOKEN_CORRUPT,	0x5, 0x23, 0x05 },
		{ TGT_SENSE_TOKEN_REVOKED,	0x5, 0x23, 0x06 },
		{ TGT_SENSE_TOKEN_EXPIRED,	0x5, 0x23, 0x07 },
		{ TGT_SENSE_TOKEN_CANCELLED,	0x5, 0x23, 0x08 },
		{ TGT_SENSE_TOKEN_DELETED,	0x5, 0x23, 0x09 },
		{ TGT_SENSE_TOKEN_LENGTH,	0x5, 0x23, 0x0a },
		{ TGT_SENSE_SELF_TEST,		0x4, 0x3e, 0x03 },
		{ TGT_SENSE_TESTING,		0x2, 0x04, 0x09 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EQ(tgt_sense_codes[t[i].sense].key, t[i].key);
		EQ(tgt_sense_codes[t[i].sense].asc, t[i].asc);
		EQ(tgt_sense_codes[t[i].sense].ascq, t[i].ascq);
	}
}

/* Only NONE has none: a reason somebody forgot in the table would be an empty one. */
UNIT(no_reason_is_empty)
{
	unsigned int i;

	for (i = TGT_SENSE_NONE + 1; i < __TGT_SENSE_MAX; i++) {
		OK(tgt_sense_codes[i].key > 0 && tgt_sense_codes[i].key <= 0xe);
		OK(tgt_sense_codes[i].key != 0x6);	/* the unit attentions' own table */
		OK(tgt_sense_codes[i].asc || tgt_sense_codes[i].ascq);
	}
}
