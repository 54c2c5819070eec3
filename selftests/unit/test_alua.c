// SPDX-License-Identifier: GPL-2.0
/*
 * Asymmetric logical unit access: the filters of SPC-5 5.16.2, REPORT (6.36) and SET TARGET
 * PORT GROUPS (6.45) byte by byte, and random sequences against a model of its own.
 */
// uses: core/scsi/alua.c
#include "shim.h"
#include "unit.h"
#include "scsi/alua.h"
#include "../lib/rnd.h"

#define MAX	4096

UNIT(states_there_are)
{
	unsigned int s;

	for (s = 0; s < 256; s++) {
		EQ(tgt_alua_state_valid(s), s <= 3 || s == 0xe || s == 0xf);
		EQ(tgt_alua_absent(s), s == 3 || s == 0xe);
	}
}

UNIT(names)
{
	static const char * const name[] = { "optimized", "non-optimized", "standby",
					     "unavailable" };
	unsigned int s;

	for (s = 0; s < 16; s++) {
		const char *n = tgt_alua_state_name(s);

		EQ(!!*n, tgt_alua_state_valid(s));
		if (*n)
			EQ(tgt_alua_state_parse(n, strlen(n)), s);
		if (s < 4)
			OK(!strcmp(n, name[s]));
	}
	OK(tgt_alua_state_parse("standb", 6) < 0);
	OK(tgt_alua_state_parse("", 0) < 0);
	EQ(tgt_alua_state_parse("offline,x", 7), 0xe);
	OK(tgt_alua_state_parse("lba-dependent", 13) < 0);
}

/* 5.16.2.4.2 to 5.16.2.4.8: 04h/0Bh, 04h/0Ch, 04h/12h, 04h/0Ah */
UNIT(filters)
{
	static const struct {
		u8		state;
		enum tgt_sense	active, standby;
	} t[] = {
		{ 0x0, TGT_SENSE_NONE, TGT_SENSE_NONE },
		{ 0x1, TGT_SENSE_NONE, TGT_SENSE_NONE },
		{ 0x2, TGT_SENSE_ALUA_STANDBY, TGT_SENSE_NONE },
		{ 0x3, TGT_SENSE_ALUA_UNAVAILABLE, TGT_SENSE_ALUA_UNAVAILABLE },
		{ 0xe, TGT_SENSE_ALUA_OFFLINE, TGT_SENSE_ALUA_OFFLINE },
		{ 0xf, TGT_SENSE_ALUA_TRANSITION, TGT_SENSE_ALUA_TRANSITION },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EQ(tgt_alua_filter(t[i].state, TGT_ALUA_CLASS_ACTIVE), t[i].active);
		EQ(tgt_alua_filter(t[i].state, TGT_ALUA_CLASS_STANDBY), t[i].standby);
		EQ(tgt_alua_filter(t[i].state, TGT_ALUA_CLASS_SETTLED),
		   t[i].state == 0xf ? TGT_SENSE_ALUA_TRANSITION : TGT_SENSE_NONE);
		EQ(tgt_alua_filter(t[i].state, TGT_ALUA_CLASS_ALWAYS), TGT_SENSE_NONE);
	}
}

UNIT(implicit_changes)
{
	struct tgt_alua_group g = { .id = 1 };

	EQ(tgt_alua_implicit(&g, 0x0), TGT_ALUA_SAME);
	EQ(g.status, 0);
	EQ(tgt_alua_implicit(&g, 0x2), TGT_ALUA_CHANGED);
	EQ(g.state, 0x2);
	EQ(g.status, 2);
	EQ(tgt_alua_implicit(&g, 0xf), TGT_ALUA_SAME);
	EQ(g.state, 0xf);
	EQ(tgt_alua_implicit(&g, 0x0), TGT_ALUA_CHANGED);
	EQ(tgt_alua_implicit(&g, 0xf), TGT_ALUA_SAME);
	EQ(tgt_alua_implicit(&g, 0x0), TGT_ALUA_FAILED);
	EQ(g.state, 0x0);
}

UNIT(report_both_formats)
{
	static const struct tgt_alua_group groups[] = {
		{ .id = 0x0102, .state = 0x0, .pref = true },
		{ .id = 0xfffe, .state = 0xf, .status = 2 },
		{ .id = 0x0003, .state = 0x3, .status = 1 },
	};
	static const struct tgt_alua_port ports[] = {
		{ 0x0001, 0x0102 }, { 0x0a0b, 0xfffe }, { 0x0002, 0x0102 },
	};
	static const u8 shortly[] = {
		0, 0, 0, 36,
		0x80, 0xcf, 0x01, 0x02, 0, 0, 0, 2, 0, 0, 0x00, 0x01, 0, 0, 0x00, 0x02,
		0x0f, 0xcf, 0xff, 0xfe, 0, 2, 0, 1, 0, 0, 0x0a, 0x0b,
		0x03, 0xcf, 0x00, 0x03, 0, 1, 0, 0,
	};
	struct tgt_resp r;
	u8 buf[MAX];

	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_alua_report(&r, 0, groups, 3, ports, 3));
	EQ(r.len, sizeof(shortly));
	MEM_EQ(buf, shortly, sizeof(shortly));

	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_alua_report(&r, 1, groups, 3, ports, 3));
	EQ(r.len, sizeof(shortly) + 4);
	EQ(get_unaligned_be32(buf), 40);
	EQ(buf[4], 0x10);
	EQ(buf[5], 0);
	EQ(get_unaligned_be16(buf + 6), 0);
	MEM_EQ(buf + 8, shortly + 4, sizeof(shortly) - 4);

	tgt_resp_init(&r, buf, sizeof(buf));
	OK(!tgt_alua_report(&r, 2, groups, 3, ports, 3));
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_alua_report(&r, 0, NULL, 0, NULL, 0));
	EQ(r.len, 4);
	EQ(get_unaligned_be32(buf), 0);
}

/* The count of ports is one byte; a list longer than that is cut, its length is right. */
UNIT(report_many_ports)
{
	static struct tgt_alua_port ports[300];
	struct tgt_alua_group g = { .id = 7 };
	struct tgt_resp r;
	unsigned int i;
	u8 buf[MAX];

	for (i = 0; i < 300; i++)
		ports[i] = (struct tgt_alua_port) { i + 1, 7 };
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_alua_report(&r, 0, &g, 1, ports, 300));
	EQ(buf[4 + 7], 255);
	EQ(r.len, 4 + 8 + 4 * 255);
	EQ(get_unaligned_be32(buf), 8 + 4 * 255);
	/* cut anywhere */
	for (i = 0; i < 64; i++) {
		u8 *cut = malloc(i ?: 1);

		tgt_resp_init(&r, cut, i);
		tgt_alua_report(&r, 0, &g, 1, ports, 300);
		OK(!memcmp(cut, buf, i));
		free(cut);
	}
}

static enum tgt_sense set(struct tgt_alua_group *g, u32 nr, const u8 *list, u32 len, bool *changed)
{
	u8 *copy = malloc(len ?: 1);
	enum tgt_sense got;

	memcpy(copy, list, len);
	got = tgt_alua_explicit(g, nr, copy, len, changed);
	free(copy);
	return got;
}

UNIT(explicit_lists)
{
	static const struct tgt_alua_group was[3] = {
		{ .id = 1, .state = 0 }, { .id = 2, .state = 2 }, { .id = 0x300, .state = 0xf },
	};
	static const struct {
		u8		len;
		enum tgt_sense	want;
		u8		state[2];
		u8		list[16];
	} t[] = {
		{ 0, TGT_SENSE_NONE, { 0, 2 }, { } },
		{ 4, TGT_SENSE_NONE, { 0, 2 }, { } },
		{ 8, TGT_SENSE_NONE, { 1, 2 }, { 0, 0, 0, 0, 1, 0, 0, 1 } },
		{ 12, TGT_SENSE_NONE, { 2, 0 }, { 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 2 } },
		{ 8, TGT_SENSE_NONE, { 0, 3 }, { 0, 0, 0, 0, 3, 0, 0, 2 } },
		/* cut in the header, in a descriptor */
		{ 3, TGT_SENSE_PARAM_LENGTH, { 0, 2 }, { } },
		{ 7, TGT_SENSE_PARAM_LENGTH, { 0, 2 }, { 0, 0, 0, 0, 1, 0, 0, 1 } },
		{ 10, TGT_SENSE_PARAM_LENGTH, { 0, 2 }, { 0, 0, 0, 0, 1, 0, 0, 1, 0, 0 } },
		/* LBA dependent, offline, transitioning, reserved; no such group */
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 4, 0, 0, 1 } },
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 0xe, 0, 0, 1 } },
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 0xf, 0, 0, 1 } },
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 0x5, 0, 0, 1 } },
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 0x11, 0, 0, 1 } },
		{ 8, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 1, 0, 0, 3 } },
		/* the first is good, the second not: neither counts */
		{ 12, TGT_SENSE_PARAM_FIELD, { 0, 2 }, { 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 9 } },
		/* one that is transitioning */
		{ 12, TGT_SENSE_ALUA_SET_FAILED, { 0, 2 },
		  { 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 3, 0 } },
	};
	struct tgt_alua_group g[3];
	unsigned int i;
	bool changed;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		memcpy(g, was, sizeof(g));
		EQ(set(g, 3, t[i].list, t[i].len, &changed), t[i].want);
		EQ(g[0].state, t[i].state[0]);
		EQ(g[1].state, t[i].state[1]);
		EQ(g[2].state, 0xf);
		EQ(changed, t[i].state[0] != 0 || t[i].state[1] != 2);
		EQ(g[0].status, t[i].state[0] != 0 ? 1 : 0);
	}
}

/* --- a model: what each group's state must be after any sequence of changes ---------- */

#define GROUPS	4

struct model {
	u8	state[GROUPS], before[GROUPS], status[GROUPS];
};

static const u8 states[] = { 0x0, 0x1, 0x2, 0x3, 0xe, 0xf };

/* A list of up to five descriptors, most of them good; what must become of it. */
static enum tgt_sense model_set(struct model *m, u8 *list, u32 *len, bool *changed)
{
	struct model next = *m;
	unsigned int n = rnd64() % 6, i;
	enum tgt_sense bad = TGT_SENSE_NONE;

	memset(list, 0, 4);
	*len = 4 + 4 * n;
	*changed = false;
	for (i = 0; i < n; i++) {
		u8 to = rnd64() % 8 ? rnd64() % 4 : rnd64() % 256;
		u16 id = rnd64() % 16 ? 1 + rnd64() % GROUPS : rnd64() % 9;

		list[4 + 4 * i] = to;
		list[5 + 4 * i] = 0;
		list[6 + 4 * i] = id >> 8;
		list[7 + 4 * i] = id;
		if (bad)
			continue;
		if (!id || id > GROUPS || to > 3) {
			bad = TGT_SENSE_PARAM_FIELD;
		} else if (m->state[id - 1] >= 0xe) {
			bad = TGT_SENSE_ALUA_SET_FAILED;
		} else if (next.state[id - 1] != to) {
			next.state[id - 1] = to;
			next.status[id - 1] = 1;
			*changed = true;
		}
	}
	if (!bad && !(rnd64() % 8)) {
		*len -= 1 + rnd64() % 3;
		bad = TGT_SENSE_PARAM_LENGTH;
	}
	if (bad)
		*changed = false;
	else
		*m = next;
	return bad;
}

static enum tgt_alua_change model_implicit(struct model *m, unsigned int i, u8 to)
{
	u8 was = m->state[i];

	if (was == to)
		return TGT_ALUA_SAME;
	m->state[i] = to;
	m->status[i] = 2;
	if (to == 0xf) {
		m->before[i] = was;
		return TGT_ALUA_SAME;
	}
	return was == 0xf && to == m->before[i] ? TGT_ALUA_FAILED : TGT_ALUA_CHANGED;
}

UNIT(random_sequences)
{
	struct tgt_alua_group g[GROUPS];
	struct model m;
	long n, max = unit_steps("ALUA_STEPS", 300000);
	bool changed, want;
	unsigned int i;
	u8 list[32];
	u32 len;

	rng = 1;
	for (n = 0; n < max; n++) {
		if (!(n % 1000)) {
			memset(&m, 0, sizeof(m));
			memset(g, 0, sizeof(g));
			for (i = 0; i < GROUPS; i++)
				g[i].id = i + 1;
		}
		i = rnd64() % GROUPS;
		if (rnd64() & 1) {
			u8 to = states[rnd64() % ARRAY_SIZE(states)];

			EQ(tgt_alua_implicit(&g[i], to), model_implicit(&m, i, to));
		} else {
			enum tgt_sense bad = model_set(&m, list, &len, &want);

			EQ(set(g, GROUPS, list, len, &changed), bad);
			EQ(changed, want);
		}
		for (i = 0; i < GROUPS; i++) {
			EQ(g[i].state, m.state[i]);
			EQ(g[i].status, m.status[i]);
		}
	}
}
