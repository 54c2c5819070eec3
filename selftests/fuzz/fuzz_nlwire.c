// SPDX-License-Identifier: GPL-2.0
/*
 * The messages of the netlink interface of 2006, of any bytes in both directions, for both
 * revisions and both layouts. What a daemon of then reads of an event, and what the engine reads
 * of such a daemon's, is looked up by this file at the offsets its compiler had; what is behind
 * a message is nobody's.
 */
// uses: compat/nlwire.c
#include "fuzz.h"
#include "nlwire.h"
#include "fields.h"

/* Everything of what the kernel says that is not of the event is zero. @k: where that begins. */
static void check_encoded(const struct tgt_event *ev, const u8 *msg, unsigned int size,
			  unsigned int k, u32 cid, int type)
{
	bool tags = size == 80;

	switch (field(ev, 4, 2)) {
	case 0x1001:			/* a command */
		CHECK(type == 4);
		CHECK(field(msg, k, 4) == field(ev, 8, 4) && field(msg, k + 4, 4) == cid);
		CHECK(field(msg, k + 8, 4) == field(ev, 12, 4));
		CHECK(!memcmp(msg + k + 12, (u8 *)ev + 24, 16));	/* CDB */
		CHECK(!memcmp(msg + k + 28, (u8 *)ev + 40, 8));		/* LUN */
		CHECK(field(msg, k + 36, 4) == field(ev, 48, 4));
		if (tags)
			CHECK(field(msg, k + 40, 8) == field(ev, 56, 8));
		CHECK(zero(msg, 0, k) && zero(msg, k + (tags ? 48 : 40), size));
		return;
	case 0x1002:			/* its end */
		CHECK(type == 5 && field(msg, k, 4) == field(ev, 8, 4));
		CHECK(field(msg, k + 4, 4) == cid && field(msg, k + 8, 4) == field(ev, 12, 4));
		CHECK(zero(msg, 0, k) && zero(msg, k + 12, size));
		return;
	case 0x1004:			/* task management */
		if (!tags)
			break;
		CHECK(type == 6 && field(msg, k, 4) == field(ev, 8, 4));
		CHECK(field(msg, k + 4, 4) == field(ev, 12, 4));
		CHECK(field(msg, k + 8, 8) == field(ev, 24, 8));	/* task */
		CHECK(!memcmp(msg + k + 16, (u8 *)ev + 32, 8));		/* LUN */
		CHECK(field(msg, k + 24, 8) == field(ev, 40, 8));	/* mid */
		CHECK(zero(msg, 0, k) && zero(msg, k + 32, size));
		return;
	}
	CHECK(type == -1 && zero(msg, 0, size));
}

/* What the engine takes it for; one it does not know leaves nothing. */
static void check_decoded(const u8 *msg, unsigned int size, bool i386, u16 type, bool known,
			  const struct tgt_event *ev, u32 cid)
{
	unsigned int at = i386 ? 4 : 8;
	u32 len = field(msg, 8, 4);
	bool sense = len && field(msg, 12, 4) == 2;	/* CHECK CONDITION */

	CHECK(!field(ev, 0, 2) && !field(ev, 2, 2) && !field(ev, 6, 2) && !field(ev, 16, 8));
	if (type == 1) {
		CHECK(known && cid == field(msg, 4, 4));
		CHECK(field(ev, 4, 2) == 1 && field(ev, 8, 4) == field(msg, 0, 4));
		CHECK(field(ev, 12, 4) == field(msg, 12, 4));
		CHECK(field(ev, 32, 8) == (sense ? 0 : field(msg, 16, 8)));	/* data */
		CHECK(field(ev, 40, 8) == (sense ? field(msg, 16, 8) : 0));
		CHECK(field(ev, 48, 4) == (sense ? 0 : len));
		CHECK(field(ev, 52, 4) == (sense ? len : 0));
		CHECK(field(ev, 56, 1) == field(msg, 24, 1) && !field(ev, 24, 8));
	} else if (type == 2 && size == 80) {
		CHECK(known && !cid);
		CHECK(field(ev, 4, 2) == 3 && field(ev, 8, 4) == field(msg, 0, 4));
		CHECK(field(ev, 24, 8) == field(msg, at, 8));			/* mid */
		CHECK(field(ev, 12, 4) == field(msg, at + 8, 4));
	} else {
		CHECK(!known && !cid && zero(ev, 0, sizeof(*ev)));
	}
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	static const u16 events[] = { 0x1001, 0x1002, 0x1003, 0x1004 };
	u8 choice = take_u8(&in);
	bool i386 = choice & 1;
	u32 bytes = choice & 2 ? 72 : 80, any = take_u32(&in), cid = take_u32(&in), got;
	const struct nlwire *w = nlwire_find(bytes, i386);
	u16 type = take_u16(&in);
	struct tgt_event *ev, from;
	bool known;
	u8 *msg;

	CHECK(w && w->size == bytes && bytes <= NLWIRE_MAX);
	CHECK(!nlwire_find(any, i386) == (any != 72 && any != 80));
	take(&in, &from, sizeof(from));
	if (choice & 0x80)	/* few of 65536 are one */
		from.hdr.type = events[choice >> 2 & 3];
	if (choice & 0x40)
		type &= 3;
	ev = exactly(&from, sizeof(from));
	msg = malloc(bytes);
	memset(msg, 0xa5, bytes);
	check_encoded(ev, msg, bytes, i386 ? 28 : 32, cid, nlwire_encode(w, ev, cid, msg));
	CHECK(!memcmp(ev, &from, sizeof(from)));

	memset(msg, 0xa5, bytes);
	nlwire_rsp(w, any, msg);
	got = field(msg, i386 ? 28 : 32, 4);
	CHECK(got == any && zero(msg, 0, i386 ? 28 : 32) && zero(msg, i386 ? 32 : 36, bytes));

	take(&in, msg, bytes);
	if (choice & 0x20)	/* with sense, or with none */
		memcpy(msg + 12, &(u32){ 2 }, 4);
	memset(ev, 0xa5, sizeof(*ev));
	known = nlwire_decode(w, type, msg, ev, &got);
	check_decoded(msg, bytes, i386, type, known, ev, got);
	free(msg);
	free(ev);
	return 0;
}
