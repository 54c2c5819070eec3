// SPDX-License-Identifier: GPL-2.0
/*
 * Timestamp (SPC-5 6.37, 6.46), identifying information (6.32, 6.43) and diagnostics (6.29, 6.42),
 * byte by byte.
 */
// uses: core/scsi/ident.c
#include "shim.h"
#include "unit.h"
#include "scsi/ident.h"

#define MAX	128

UNIT(timestamp)
{
	static const u8 want[] = { 0x00, 0x0a, 0x02, 0x00, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc };
	static const u8 list[] = { 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0, 0 };
	struct tgt_resp r;
	u8 buf[MAX];
	u64 ms;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_timestamp_report(&r, 0x123456789abcULL, true);
	EQ(r.len, 12);
	MEM_EQ(buf, want, sizeof(want));
	EQ(get_unaligned_be16(buf + 10), 0);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_timestamp_report(&r, 1, false);
	EQ(buf[2], 0x00);
	EQ(buf[9], 0x01);
	EQ(tgt_timestamp_set(list, 12, &ms), TGT_SENSE_NONE);
	EQ(ms, 0x123456789abcULL);
	EQ(tgt_timestamp_set(list, 11, &ms), TGT_SENSE_PARAM_LENGTH);
	EQ(tgt_timestamp_set(list, 1, &ms), TGT_SENSE_PARAM_LENGTH);
}

/* INFORMATION TYPE is in bits 7-1 of byte 10 */
UNIT(identifying_information)
{
	static const u8 want[] = { 0, 0, 0, 3, 0x01, 0xa0, 0xff };
	static const u8 types[] = { 0, 0, 0, 4, 0x00, 0x00, 0x00, 64 };
	struct tgt_ident id = { .len = 3, .data = { 0x01, 0xa0, 0xff } }, other;
	u8 cdb[12] = { 0xa3, 0x05 }, list[65] = { 9, 8 }, buf[MAX];
	struct tgt_resp r;
	char text[2 * TGT_IDENT_MAX + 1];

	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_ident_report(&r, cdb, &id));
	EQ(r.len, sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
	cdb[10] = 0xfe;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_ident_report(&r, cdb, &id));
	EQ(r.len, sizeof(types));
	MEM_EQ(buf, types, sizeof(types));
	cdb[10] = 0x04;
	OK(!tgt_ident_report(&r, cdb, &id));
	EQ(tgt_ident_set(cdb, list, 2, &id), TGT_SENSE_INVALID_FIELD);
	cdb[10] = 0;
	EQ(tgt_ident_set(cdb, list, 65, &id), TGT_SENSE_INVALID_FIELD);
	EQ(id.len, 3);
	tgt_ident_text(&id, text);
	OK(!strcmp(text, "01a0ff"));
	EQ(tgt_ident_set(cdb, list, 64, &other), TGT_SENSE_NONE);
	EQ(other.len, 64);
	tgt_ident_text(&other, text);
	EQ(strlen(text), 128);
	EQ(tgt_ident_parse(text, &id), 0);
	EQ(id.len, 64);
	MEM_EQ(id.data, list, 64);
	EQ(tgt_ident_set(cdb, NULL, 0, &id), TGT_SENSE_NONE);
	EQ(id.len, 0);
}

UNIT(identifying_information_as_text)
{
	static const char * const bad[] = { "0", "0g", "0A", "xx", " 0", "00 0" };
	struct tgt_ident id = { };
	char text[2 * TGT_IDENT_MAX + 3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		OK(tgt_ident_parse(bad[i], &id) < 0);
	memset(text, '0', sizeof(text));
	text[2 * TGT_IDENT_MAX + 2] = 0;
	OK(tgt_ident_parse(text, &id) < 0);
	text[2 * TGT_IDENT_MAX] = 0;
	EQ(tgt_ident_parse(text, &id), 0);
	EQ(tgt_ident_parse("", &id), 0);
	EQ(id.len, 0);
	EQ(tgt_ident_parse("09af", &id), 0);
	EQ(id.data[0], 0x09);
	EQ(id.data[1], 0xaf);
}

UNIT(diagnostics)
{
	static const struct {
		u8		byte1, len;
		enum tgt_sense	want;
		u8		test;
		u8		list[8];
	} t[] = {
		{ 0x00, 0, TGT_SENSE_NONE, 0xff, { } },
		/* default; short, in foreground mode */
		{ 0x04, 0, TGT_SENSE_NONE, 0, { } },
		{ 0x07, 0, TGT_SENSE_NONE, 0, { } },
		{ 0xa0, 0, TGT_SENSE_NONE, 5, { } },
		{ 0x04, 4, TGT_SENSE_INVALID_FIELD, 0, { } },
		{ 0xa0, 4, TGT_SENSE_INVALID_FIELD, 5, { } },
		/* in the background: short, extended, the end of it; PF is as it is */
		{ 0x20, 0, TGT_SENSE_NONE, 1, { } },
		{ 0x40, 0, TGT_SENSE_NONE, 2, { } },
		{ 0x80, 0, TGT_SENSE_NONE, 4, { } },
		{ 0x30, 0, TGT_SENSE_NONE, 1, { } },
		{ 0x20, 4, TGT_SENSE_INVALID_FIELD, 1, { } },
		{ 0x80, 4, TGT_SENSE_INVALID_FIELD, 4, { } },
		/* extended in foreground mode, reserved codes, both ways at a time */
		{ 0x60, 0, TGT_SENSE_INVALID_FIELD, 3, { } },
		{ 0xc0, 0, TGT_SENSE_INVALID_FIELD, 6, { } },
		{ 0xe0, 0, TGT_SENSE_INVALID_FIELD, 7, { } },
		{ 0xa4, 0, TGT_SENSE_INVALID_FIELD, 5, { } },
		{ 0x24, 0, TGT_SENSE_INVALID_FIELD, 1, { } },
		{ 0x10, 4, TGT_SENSE_NONE, 0xff, { 0, 0, 0, 0 } },
		{ 0x10, 3, TGT_SENSE_PARAM_LENGTH, 0xff, { 0, 0, 0, 0 } },
		{ 0x10, 5, TGT_SENSE_PARAM_LENGTH, 0xff, { 0, 0, 0, 4, 0 } },
		{ 0x10, 5, TGT_SENSE_PARAM_FIELD, 0xff, { 0, 0, 0, 1, 0 } },
		{ 0x10, 4, TGT_SENSE_PARAM_FIELD, 0xff, { 0x40, 0, 0, 0 } },
	};
	static const u8 pages[] = { 0x00, 0x00, 0x00, 0x01, 0x00 };
	struct tgt_resp r;
	unsigned int i;
	u8 buf[MAX];
	u8 test;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		u8 cdb[6] = { 0x1d, t[i].byte1 };

		EQ(tgt_diagnostic(cdb, t[i].list, t[i].len, &test), t[i].want);
		EQ(test, t[i].test);
	}
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_diagnostic_results(&r, (const u8[6]) { 0x1c, 0x01, 0x00 }));
	EQ(r.len, sizeof(pages));
	MEM_EQ(buf, pages, sizeof(pages));
	OK(!tgt_diagnostic_results(&r, (const u8[6]) { 0x1c, 0x01, 0x40 }));
}
