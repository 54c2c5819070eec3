// SPDX-License-Identifier: GPL-2.0
/*
 * The codec of the STGT ring: events of any bytes in both directions, for every generation.
 * What a daemon of old reads of an event, and what the engine reads of such a daemon's, is
 * looked up by this file in bytes at the offsets of the old layouts; slots lie in their pages,
 * apart from each other, and their order is a ring.
 */
// uses: compat/wire.c
#include "fuzz.h"
#include "wire.h"
#include "fields.h"

/* Generation 2 of a request is generation 3 without itn_id, which is 8 bytes at 16. */
static void check_encoded(const struct tgt_event *ev, const struct tgt_event_g2 *old, bool done)
{
	u16 type = field(ev, 4, 2);

	CHECK(done == (type == 0x1001 || type == 0x1002 || type == 0x1004));
	if (!done) {
		CHECK(zero(old, 0, sizeof(*old)));
		return;
	}
	CHECK(!field(old, 0, 2) && !field(old, 2, 2) && !field(old, 6, 2));
	CHECK(field(old, 8, 4) == field(ev, 8, 4));
	switch (type) {
	case 0x1001:
		CHECK(field(old, 4, 2) == 0x1001 && field(old, 12, 4) == field(ev, 12, 4));
		CHECK(!memcmp((u8 *)old + 16, (u8 *)ev + 24, 16));	/* CDB */
		CHECK(!memcmp((u8 *)old + 32, (u8 *)ev + 40, 8));	/* LUN */
		CHECK(field(old, 40, 4) == field(ev, 48, 4));
		CHECK(field(old, 48, 8) == field(ev, 56, 8));		/* tag */
		break;
	case 0x1002:
		CHECK(field(old, 4, 2) == 0x1002 && field(old, 16, 8) == field(ev, 24, 8));
		CHECK(field(old, 24, 4) == field(ev, 12, 4) && zero(old, 32, sizeof(*old)));
		break;
	default:
		CHECK(field(old, 4, 2) == 0x1003 && field(old, 12, 4) == field(ev, 12, 4));
		CHECK(field(old, 16, 8) == field(ev, 24, 8));
		CHECK(!memcmp((u8 *)old + 24, (u8 *)ev + 32, 8));
		CHECK(field(old, 32, 8) == field(ev, 40, 8));
	}
}

static void check_rsp(enum stgt_gen gen, const struct tgt_event_g2 *old, const struct tgt_event *ev)
{
	u32 result = field(old, gen == STGT_G1 ? 16 : 12, 4);

	CHECK(field(ev, 4, 2) == 1 && field(ev, 8, 4) == field(old, 8, 4));
	CHECK(field(ev, 12, 4) == result && !field(ev, 16, 8));
	if (gen == STGT_G2) {
		CHECK(field(ev, 24, 8) == field(old, 16, 8));	/* tag */
		CHECK(field(ev, 32, 8) == field(old, 24, 8));	/* data */
		CHECK(field(ev, 40, 8) == field(old, 32, 8));	/* sense */
		CHECK(field(ev, 48, 4) == field(old, 40, 4));
		CHECK(field(ev, 52, 4) == field(old, 44, 4));
		CHECK(field(ev, 56, 1) == field(old, 48, 1));
		return;
	}
	CHECK(field(ev, 24, 8) == field(old, 40, 8) && field(ev, 56, 1) == field(old, 32, 1));
	if (result == 2 && field(old, 12, 4)) {		/* CHECK CONDITION: the sense */
		CHECK(field(ev, 40, 8) == field(old, 24, 8) && !field(ev, 32, 8));
		CHECK(field(ev, 52, 4) == field(old, 12, 4) && !field(ev, 48, 4));
	} else {
		CHECK(field(ev, 32, 8) == field(old, 24, 8) && !field(ev, 40, 8));
		CHECK(field(ev, 48, 4) == field(old, 12, 4) && !field(ev, 52, 4));
	}
}

/* A type is one of that generation's, or the engine must not know it. */
static void check_decoded(enum stgt_gen gen, const struct tgt_event_g2 *old,
			  const struct tgt_event *ev)
{
	u16 type = field(old, 4, 2);

	CHECK(field(ev, 0, 2) == field(old, 0, 2) && field(ev, 2, 2) == field(old, 2, 2));
	switch (type) {
	case 1:
		check_rsp(gen, old, ev);
		break;
	case 2:
		CHECK(field(ev, 4, 2) == 3 && field(ev, 8, 4) == field(old, 8, 4));
		CHECK(field(ev, 24, 8) == field(old, 16, 8));	/* mid */
		CHECK(field(ev, 12, 4) == field(old, 24, 4) && !field(ev, 16, 8));
		break;
	default:
		CHECK(field(ev, 4, 2) == (type == 3 ? 0 : type));
		CHECK(zero(ev, 8, sizeof(*ev)));
	}
}

static void check_ring(enum stgt_gen gen, u32 page_size, u32 slot)
{
	u32 at, next, size = gen == STGT_G3 ? 64 : 56;
	struct stgt_shape s;

	stgt_shape_init(&s, gen, page_size);
	CHECK(s.bytes >= TGT_RING_SIZE && s.bytes % page_size == 0);
	CHECK(s.slots == page_size / size * (s.bytes / page_size));
	slot %= s.slots;
	at = stgt_slot_offset(&s, slot);
	CHECK(at + size <= s.bytes && at / page_size == (at + size - 1) / page_size);
	next = stgt_slot_next(&s, slot);
	CHECK(next < s.slots && stgt_slot_prev(&s, next) == slot);
	if (next)
		CHECK(stgt_slot_offset(&s, next) >= at + size &&
		      stgt_slot_offset(&s, next) < at + 2 * size + page_size % size);
	else
		CHECK(slot == s.slots - 1);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	static const u16 types[] = { 1, 2, 3, 0x1001, 0x1002, 0x1003, 0x1004 };
	enum stgt_gen gen = STGT_G1 + take_u8(&in) % 3;
	u32 page_size = 4096 << take_u8(&in) % 5, slot = take_u32(&in);
	u8 type = take_u8(&in);
	struct tgt_event_g2 *old, raw;
	struct tgt_event *ev, from;
	bool done;

	check_ring(gen, page_size, slot);
	if (gen == STGT_G3)
		return 0;
	take(&in, &from, sizeof(from));
	if (type & 0x80)	/* few of 65536 are one */
		from.hdr.type = types[type % ARRAY_SIZE(types)];
	memcpy(&raw, &from, sizeof(raw));
	if (gen == STGT_G1 && type & 0x40) {	/* with sense, or with none */
		raw.p.cmd_rsp_g1.result = 2;
		raw.p.cmd_rsp_g1.len &= type & 0x20 ? 0 : ~0;
	}
	ev = exactly(&from, sizeof(from));
	old = malloc(sizeof(*old));
	memset(old, 0xa5, sizeof(*old));
	done = stgt_encode(gen, ev, old);
	CHECK(!memcmp(ev, &from, sizeof(from)));
	check_encoded(ev, old, done);
	memcpy(old, &raw, sizeof(raw));
	memset(ev, 0xa5, sizeof(*ev));
	stgt_decode(gen, old, ev);
	CHECK(!memcmp(old, &raw, sizeof(raw)));
	check_decoded(gen, old, ev);
	free(old);
	free(ev);
	return 0;
}
