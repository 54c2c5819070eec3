// SPDX-License-Identifier: GPL-2.0
/* Small parameter lists of SPC-5: timestamp, identifying information, diagnostics. Pure. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "ident.h"
#include "param.h"

#define TGT_IDENT_TYPES		0x7f	/* INFORMATION TYPE: which there are */

#define TGT_DIAG_SELFTEST	0x04
#define TGT_DIAG_PCV		0x01

/* REPORT TIMESTAMP, SPC-5 6.37: ORIGIN 000b: since the device was made; 010b: SET TIMESTAMP. */
void tgt_timestamp_report(struct tgt_resp *r, u64 ms, bool set)
{
	tgt_resp_u16(r, TGT_TIMESTAMP_LEN - 2);
	tgt_resp_u8(r, set ? 0x02 : 0x00);
	tgt_resp_u8(r, 0);
	tgt_resp_u16(r, ms >> 32);
	tgt_resp_u32(r, ms);
	tgt_resp_u16(r, 0);
}

/* SET TIMESTAMP, SPC-5 6.46: what the command is to be failed with, or the milliseconds. */
enum tgt_sense tgt_timestamp_set(const u8 *list, u32 len, u64 *ms)
{
	struct tgt_par par;

	tgt_par_init(&par, list, len);
	tgt_par_skip(&par, 4);
	*ms = (u64)tgt_par_u16(&par) << 32;
	*ms |= tgt_par_u32(&par);
	tgt_par_skip(&par, 2);
	return par.bad ? TGT_SENSE_PARAM_LENGTH : TGT_SENSE_NONE;
}

/* REPORT IDENTIFYING INFORMATION, SPC-5 6.32; false if there is no such type. */
bool tgt_ident_report(struct tgt_resp *r, const u8 *cdb, const struct tgt_ident *id)
{
	u8 type = cdb[10] >> 1;

	if (type == TGT_IDENT_TYPES) {
		tgt_resp_u16(r, 0);
		tgt_resp_u16(r, 4);
		tgt_resp_u8(r, 0x00);
		tgt_resp_u8(r, 0);
		tgt_resp_u16(r, TGT_IDENT_MAX);
		return true;
	}
	if (type)
		return false;
	tgt_resp_u16(r, 0);
	tgt_resp_u16(r, id->len);
	tgt_resp_bytes(r, id->data, id->len);
	return true;
}

/* SET IDENTIFYING INFORMATION, SPC-5 6.43. */
enum tgt_sense tgt_ident_set(const u8 *cdb, const u8 *list, u32 len, struct tgt_ident *id)
{
	if (cdb[10] >> 1 || len > TGT_IDENT_MAX)
		return TGT_SENSE_INVALID_FIELD;
	memset(id, 0, sizeof(*id));
	if (len)
		memcpy(id->data, list, len);
	id->len = len;
	return TGT_SENSE_NONE;
}

static int tgt_ident_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* From lower case hexadecimal text; -EINVAL if it is none. */
int tgt_ident_parse(const char *text, struct tgt_ident *id)
{
	size_t len = strlen(text), i;
	int hi, lo;

	if (len & 1 || len > 2 * TGT_IDENT_MAX)
		return -EINVAL;
	memset(id, 0, sizeof(*id));
	for (i = 0; i < len / 2; i++) {
		hi = tgt_ident_digit(text[2 * i]);
		lo = tgt_ident_digit(text[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -EINVAL;
		id->data[i] = hi << 4 | lo;
	}
	id->len = len / 2;
	return 0;
}

/* The reverse, in 2 * TGT_IDENT_MAX + 1 bytes. */
void tgt_ident_text(const struct tgt_ident *id, char *text)
{
	static const char digit[] = "0123456789abcdef";
	unsigned int i;

	for (i = 0; i < id->len; i++) {
		*text++ = digit[id->data[i] >> 4];
		*text++ = digit[id->data[i] & 0xf];
	}
	*text = 0;
}

/**
 * tgt_diagnostic() - SEND DIAGNOSTIC, SPC-5 6.42
 * @cdb: the CDB
 * @list: parameter list
 * @len: its bytes, as many as the CDB says
 * @test: set to what is to be tested: &enum tgt_self_test_code
 *
 * There are the default self-test, the short one, in the background the extended one, and no
 * diagnostic page but 00h, which has nothing to set.
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_diagnostic(const u8 *cdb, const u8 *list, u32 len, u8 *test)
{
	static const u8 codes = 1 << TGT_TEST_DEFAULT | 1 << TGT_TEST_BG_SHORT |
				1 << TGT_TEST_BG_EXTENDED | 1 << TGT_TEST_ABORT |
				1 << TGT_TEST_SHORT;
	bool dflt = cdb[1] & TGT_DIAG_SELFTEST;
	u8 code = cdb[1] >> 5, page;
	struct tgt_par par;

	*test = dflt || code ? code : TGT_TEST_NONE;
	if ((code && dflt) || !(codes & 1 << code) || (*test != TGT_TEST_NONE && len))
		return TGT_SENSE_INVALID_FIELD;
	if (!len)
		return TGT_SENSE_NONE;
	tgt_par_init(&par, list, len);
	page = tgt_par_u8(&par);
	tgt_par_skip(&par, 1);
	tgt_par_skip(&par, tgt_par_u16(&par));
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	return page || len != 4 ? TGT_SENSE_PARAM_FIELD : TGT_SENSE_NONE;
}

/* RECEIVE DIAGNOSTIC RESULTS, SPC-5 6.29: page 00h, which is the only one; else false. */
bool tgt_diagnostic_results(struct tgt_resp *r, const u8 *cdb)
{
	if (cdb[1] & TGT_DIAG_PCV && cdb[2])
		return false;
	tgt_resp_u8(r, 0x00);
	tgt_resp_u8(r, 0);
	tgt_resp_u16(r, 1);
	tgt_resp_u8(r, 0x00);
	return true;
}
