// SPDX-License-Identifier: GPL-2.0
/*
 * CDBs and parameter lists of SANITIZE and FORMAT UNIT of any bytes: each is refused, or asks for
 * at least one pass of a pattern that lies in the list and fits a block, which then fills whole
 * blocks, the last pass as it is.
 */
// uses: core/scsi/wipe.c
#include "fuzz.h"
#include "scsi/wipe.h"

static void check_ask(const struct tgt_wipe_ask *ask, const u8 *list, u32 len, u32 block)
{
	u8 data[3 * 4096];
	u32 i;

	CHECK(ask->passes >= 1 && ask->passes <= 31 && ask->prot_type <= 3);
	CHECK(!ask->pattern == !ask->pattern_len);
	if (ask->pattern) {
		CHECK(!ask->erase && ask->pattern_len <= block);
		CHECK(ask->pattern >= list && ask->pattern_len <= list + len - ask->pattern);
	}
	tgt_wipe_fill(ask, data, 3 * block, block, ask->passes - 1);
	CHECK(!memcmp(data, data + block, 2 * block));
	for (i = 0; i < block; i++)
		CHECK(data[i] == (ask->pattern ? ask->pattern[i % ask->pattern_len] : 0));
	if (ask->passes == 1)
		return;
	tgt_wipe_fill(ask, data, 3 * block, block, ask->passes - 2);
	for (i = 0; i < block; i++)
		CHECK((u8)(data[i] ^ (ask->invert ? 0xff : 0)) ==
		      ask->pattern[i % ask->pattern_len]);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	u8 how = take_u8(&in), cdb[10] = { how & 1 ? 0x48 : 0x04 }, *list;
	u32 block = how & 2 ? 4096 : 512, len;
	struct tgt_wipe_ask ask;
	enum tgt_sense sense;

	take(&in, cdb + 1, how & 1 ? 9 : 5);
	sense = how & 1 ? tgt_sanitize_check(cdb, block) : tgt_format_check(cdb);
	CHECK(!sense || sense == TGT_SENSE_INVALID_FIELD);
	if (sense || (how & 1 && (cdb[1] & TGT_SANITIZE_SA) == TGT_SANITIZE_EXIT))
		return 0;
	len = min_t(u32, in.len, 8192);
	if (how & 1) {	/* as many bytes as the CDB says */
		CHECK((cdb[7] << 8 | cdb[8]) <= 4 + 4096);
		len = min_t(u32, len, cdb[7] << 8 | cdb[8]);
	}
	list = exactly(in.p, len);
	if (how & 1)
		sense = tgt_sanitize_ask(cdb, list, len, block, &ask);
	else
		sense = tgt_format_ask(cdb, list, len, block, how >> 2 & 0x0f, &ask);
	CHECK(!sense || sense == TGT_SENSE_INVALID_FIELD || sense == TGT_SENSE_PARAM_LENGTH ||
	      sense == TGT_SENSE_PARAM_FIELD);
	if (!sense)
		check_ask(&ask, list, len, block);
	free(list);
	return 0;
}
