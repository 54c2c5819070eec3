// SPDX-License-Identifier: GPL-2.0
/* The writer of response bodies: it stores what fits, counts the rest, never goes beyond. */
// uses:
#include "shim.h"
#include "unit.h"
#include "scsi/resp.h"

#define GUARD	0xa5

/* A body of every kind of field, 40 bytes long. */
static void body(struct tgt_resp *r)
{
	tgt_resp_u8(r, 0x01);
	tgt_resp_u16(r, 0x0203);
	tgt_resp_u32(r, 0x04050607);
	tgt_resp_u64(r, 0x08090a0b0c0d0e0f);
	tgt_resp_zero(r, 3);
	tgt_resp_bytes(r, "\x13\x14\x15", 3);
	tgt_resp_text(r, "abc", 5);
	tgt_resp_text(r, "abcdefghijkl", 10);
	tgt_resp_u32(r, 0xfcfdfeff);
	tgt_resp_patch8(r, 15, 0xcc);
	tgt_resp_patch16(r, 16, 0xddee);
}

static const u8 want[40] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0xcc, 0xdd, 0xee, 0x13, 0x14, 0x15, 'a', 'b', 'c', ' ', ' ',
	'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 0xfc, 0xfd, 0xfe, 0xff,
};

UNIT(fields_are_big_endian_and_text_is_padded)
{
	struct tgt_resp r;
	u8 buf[64];

	memset(buf, GUARD, sizeof(buf));
	tgt_resp_init(&r, buf, sizeof(buf));
	body(&r);
	EQ(r.len, sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
	/* nothing of what was in the buffer before can leak */
	OK(!memchr_inv(buf + sizeof(want), 0, sizeof(buf) - sizeof(want)));
}

/* On the heap, so that a byte too far is the sanitizer's too. */
UNIT(every_size_of_buffer_holds_a_prefix)
{
	struct tgt_resp r;
	u32 size;
	u8 *buf;
	bool ok;

	for (size = 0; size <= sizeof(want); size++) {
		buf = malloc(size + 1);
		memset(buf, GUARD, size + 1);
		tgt_resp_init(&r, buf, size);
		body(&r);
		ok = r.len == sizeof(want) && buf[size] == GUARD;
		/* a 16-bit patch is stored whole or not at all */
		if (size == 17)
			ok = ok && !memcmp(buf, want, 16);
		else
			ok = ok && !memcmp(buf, want, size);
		free(buf);
		OK(ok);
	}
}

UNIT(a_patch_outside_changes_nothing)
{
	u8 buf[4] = { 1, 2, 3, 4 }, guard[8];
	struct tgt_resp r;

	tgt_resp_init(&r, buf, sizeof(buf));
	memset(guard, GUARD, sizeof(guard));
	tgt_resp_patch8(&r, 4, 0xff);
	tgt_resp_patch8(&r, 0xfffffff0, 0xff);
	tgt_resp_patch16(&r, 3, 0xffff);
	tgt_resp_patch16(&r, 4, 0xffff);
	tgt_resp_patch16(&r, 0xfffffff0, 0xffff);
	tgt_resp_patch16(&r, 0xfffffffe, 0xffff);
	EQ(buf[3], 0);
	OK(!memchr_inv(buf, 0, sizeof(buf)));
}
