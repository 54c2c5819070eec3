// SPDX-License-Identifier: GPL-2.0
/*
 * Parameter lists of any bytes: MODE SELECT, LOG SELECT, SET TARGET PORT GROUPS. What is refused
 * has changed nothing; what is accepted is what MODE SENSE then tells, and only bits of the
 * changeable mask differ; a list is read no further than its end.
 */
// uses: core/scsi/mode.c core/scsi/log.c core/scsi/alua.c
#include "fuzz.h"
#include "scsi/alua.h"
#include "scsi/log.h"
#include "scsi/mode.h"

#define GROUPS	3

static const u8 pages[][2] = { { 0x01, 0 }, { 0x02, 0 }, { 0x08, 0 }, { 0x0a, 0 }, { 0x0a, 1 },
			       { 0x1c, 0 }, { 0x1c, 2 } };

static u32 all_pages(u8 *buf, struct tgt_disk *d, u8 pc)
{
	struct tgt_resp r;

	tgt_resp_init(&r, buf, TGT_MODE_PAGES_MAX);
	CHECK(tgt_mode_pages(&r, d, pc, 0x3f, 0xff) && r.len <= TGT_MODE_PAGES_MAX);
	return r.len;
}

/* A list that is one: header, perhaps a descriptor, pages as they are with some bits changed. */
static u32 make_list(struct input *in, struct tgt_disk *d, bool six, u8 *list)
{
	u8 n = take_u8(in), how = take_u8(in);
	struct tgt_resp r;

	tgt_resp_init(&r, list, TGT_MODE_PAGES_MAX);
	tgt_resp_zero(&r, six ? 4 : 8);
	if (how & 1) {
		list[six ? 3 : 7] = 8;
		tgt_resp_u32(&r, how & 2 ? take_u32(in) : 0);
		tgt_resp_u32(&r, 1U << d->block_shift);
	}
	for (n &= 3; n; n--) {
		const u8 *page = pages[take_u8(in) % ARRAY_SIZE(pages)];
		u32 at = r.len;

		if (!tgt_mode_pages(&r, d, TGT_MODE_CURRENT, page[0], page[1]))
			continue;
		at += take_u8(in) % (r.len - at);
		list[at] ^= take_u8(in);
	}
	return r.len;
}

static void fuzz_mode(struct input *in)
{
	u8 was[TGT_MODE_PAGES_MAX], now[TGT_MODE_PAGES_MAX], mask[TGT_MODE_PAGES_MAX];
	static const u8 qerr[] = { TGT_QERR_NONE, TGT_QERR_ALL, TGT_QERR_NEXUS };
	u8 how = take_u8(in), more = take_u8(in), cdb[10] = { how & 1 ? 0x15 : 0x55, take_u8(in) };
	struct tgt_mode_state state = {
		.now = { how >> 1 & 1, how & 4, how & 8, how & 16, how & 32,
			 qerr[more / 2 % 3], more & 1,
			 more & 8, { { more & 16, take_u32(in) }, { more & 32, take_u32(in) } },
			 more & 64 },
	}, before = state;
	struct tgt_disk d = { .block_shift = 9, .nblocks = take_u32(in) + 1ULL,
			      .wce = how & 64, .modes = &before,
			      .thin = more & 2 ? 11 : 0 };
	u8 list[TGT_MODE_PAGES_MAX], *copy;
	enum tgt_sense sense;
	u32 len, i, n;

	if (how & 128) {
		len = make_list(in, &d, how & 1, list);
		len -= min_t(u32, len, take_u8(in) & 3);
	} else {
		len = min_t(u32, in->len, sizeof(list));
		take(in, list, len);
	}
	copy = exactly(list, len);
	sense = tgt_mode_select(&d, cdb, copy, len, &state);
	free(copy);
	CHECK(sense == TGT_SENSE_NONE || sense == TGT_SENSE_INVALID_FIELD ||
	      sense == TGT_SENSE_PARAM_LENGTH || sense == TGT_SENSE_PARAM_FIELD);
	if (sense) {
		CHECK(tgt_modes_equal(&state.now, &before.now));
		CHECK(tgt_modes_equal(&state.saved, &before.saved));
		return;
	}
	CHECK(tgt_modes_equal(&state.saved, cdb[1] & 1 ? &state.now : &before.saved));
	n = all_pages(was, &d, TGT_MODE_CURRENT);
	CHECK(all_pages(mask, &d, TGT_MODE_CHANGEABLE) == n);
	d.modes = &state;
	CHECK(all_pages(now, &d, TGT_MODE_CURRENT) == n);
	for (i = 0; i < n; i++)
		CHECK(!((was[i] ^ now[i]) & ~mask[i]));
	if (!len && !(cdb[1] & 2))
		CHECK(!memcmp(was, now, n));
}

static void fuzz_log(struct input *in)
{
	static const struct tgt_self_test tests[TGT_SELF_TESTS] = { { .code = 5, .result = 7 } };
	struct tgt_log_facts facts = { .reads = take_u64(in), .block_shift = 9, .tests = tests };
	u8 cdb[10], buf[TGT_LOG_MAX], *copy;
	unsigned int reset = ~0U;
	struct tgt_resp r;
	u32 len;

	facts.thin = facts.reads & 1;
	facts.nr_tests = facts.reads % (TGT_SELF_TESTS + 1);
	facts.space = (struct tgt_space) { facts.reads, ~facts.reads, facts.reads & 2 };
	take(in, cdb, sizeof(cdb));
	tgt_resp_init(&r, buf, sizeof(buf));
	if (tgt_log_sense(&r, cdb, &facts)) {
		CHECK(r.len <= TGT_LOG_MAX && r.len >= 4);
		CHECK((buf[0] & 0x3f) == (cdb[2] & 0x3f) && buf[1] == cdb[3]);
		CHECK(r.len == 4U + (buf[2] << 8 | buf[3]));
	}
	len = in->len;
	copy = exactly(in->p, len);
	if (tgt_log_select(cdb, copy, len, facts.thin, &reset))
		CHECK(!reset);
	CHECK(!(reset & ~7U));
	free(copy);
}

static void fuzz_alua(struct input *in)
{
	struct tgt_alua_group g[GROUPS], before[GROUPS];
	enum tgt_sense sense;
	bool changed, differs;
	unsigned int i;
	u8 *copy;
	u32 len;

	memset(g, 0, sizeof(g));
	for (i = 0; i < GROUPS; i++) {
		u8 state = take_u8(in) & 0xf;

		g[i].id = i + 1;
		g[i].state = tgt_alua_state_valid(state) ? state : 0;
	}
	memcpy(before, g, sizeof(g));
	len = in->len;
	copy = exactly(in->p, len);
	sense = tgt_alua_explicit(g, GROUPS, copy, len, &changed);
	free(copy);
	differs = memcmp(g, before, sizeof(g));
	/* a group may have gone and come back */
	CHECK(!differs || (!sense && changed));
	for (i = 0; i < GROUPS; i++)
		CHECK(tgt_alua_state_valid(g[i].state) && g[i].id == i + 1 &&
		      (g[i].state < 0xe || g[i].state == before[i].state));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	switch (take_u8(&in) & 3) {
	case 0:
		fuzz_log(&in);
		break;
	case 1:
		fuzz_alua(&in);
		break;
	default:
		fuzz_mode(&in);
	}
	return 0;
}
