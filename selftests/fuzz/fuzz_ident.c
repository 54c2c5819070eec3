// SPDX-License-Identifier: GPL-2.0
/*
 * Parameter lists of any bytes: SEND DIAGNOSTIC, SET TIMESTAMP, SET IDENTIFYING INFORMATION. No
 * test is begun that there is not, nor one that comes with a list; what is set is what is told.
 */
// uses: core/scsi/ident.c
#include "fuzz.h"
#include "scsi/ident.h"
#include "scsi/log.h"

#define SELFTEST	0x04

static void fuzz_diagnostic(const u8 *cdb, const u8 *list, u32 len)
{
	u8 code = cdb[1] >> 5, test;
	enum tgt_sense sense = tgt_diagnostic(cdb, list, len, &test);

	CHECK(sense == TGT_SENSE_NONE || sense == TGT_SENSE_INVALID_FIELD ||
	      sense == TGT_SENSE_PARAM_LENGTH || sense == TGT_SENSE_PARAM_FIELD);
	if (code == 3 || code == 6 || code == 7 || (code && cdb[1] & SELFTEST) ||
	    ((code || cdb[1] & SELFTEST) && len)) {
		CHECK(sense == TGT_SENSE_INVALID_FIELD);
		return;
	}
	if (sense)
		return;
	CHECK(test == (code || cdb[1] & SELFTEST ? code : TGT_TEST_NONE));
	/* page 00h, which has nothing in it */
	CHECK(!len || (len == 4 && !list[0] && !list[2] && !list[3]));
}

static void fuzz_timestamp(const u8 *list, u32 len)
{
	u8 buf[TGT_TIMESTAMP_LEN];
	enum tgt_sense sense;
	struct tgt_resp r;
	u64 ms;

	sense = tgt_timestamp_set(list, len, &ms);
	CHECK(sense == (len < TGT_TIMESTAMP_LEN ? TGT_SENSE_PARAM_LENGTH : TGT_SENSE_NONE));
	if (sense)
		return;
	CHECK(ms < 1ULL << 48);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_timestamp_report(&r, ms, true);
	CHECK(r.len == TGT_TIMESTAMP_LEN && !memcmp(buf + 4, list + 4, 6));
}

static void fuzz_set_ident(const u8 *cdb, const u8 *list, u32 len)
{
	static const u8 report[12] = { 0xa3, 0x05 };
	u8 buf[4 + TGT_IDENT_MAX];
	char text[2 * TGT_IDENT_MAX + 1];
	struct tgt_ident id, same;
	enum tgt_sense sense;
	struct tgt_resp r;

	sense = tgt_ident_set(cdb, list, len, &id);
	CHECK(!sense == (len <= TGT_IDENT_MAX && !(cdb[10] >> 1)));
	if (sense)
		return;
	CHECK(id.len == len && !memcmp(id.data, list, len));
	tgt_ident_text(&id, text);
	CHECK(!tgt_ident_parse(text, &same) && !memcmp(&id, &same, sizeof(id)));
	tgt_resp_init(&r, buf, sizeof(buf));
	CHECK(tgt_ident_report(&r, report, &id));
	CHECK(r.len == 4 + len && !memcmp(buf + 4, list, len));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	u8 how = take_u8(&in), cdb[12] = { }, *list;
	u32 len;

	cdb[1] = take_u8(&in);
	cdb[10] = how & 0x80 ? take_u8(&in) : 0;
	len = min_t(u32, in.len, 128);
	list = exactly(in.p, len);
	switch (how % 3) {
	case 0:
		fuzz_diagnostic(cdb, list, len);
		break;
	case 1:
		fuzz_timestamp(list, len);
		break;
	default:
		fuzz_set_ident(cdb, list, len);
	}
	free(list);
	return 0;
}
