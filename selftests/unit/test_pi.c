// SPDX-License-Identifier: GPL-2.0
/* Protection information (SBC-4 4.21), against known CRCs and a model in other words. */
// uses: core/scsi/pi.c
#include "shim.h"
#include <linux/crc-t10dif.h>
#include <net/checksum.h>
#include "unit.h"
#include "scsi/pi.h"

#define BLOCKS	8
#define SHIFT	9
#define BLOCK	512

/* The examples of SBC-4 4.21.4.4: 32 bytes of each. */
UNIT(crc_of_the_standard)
{
	u8 data[32];
	int i;

	memset(data, 0, 32);
	EQ(crc_t10dif(data, 32), 0x0000);
	memset(data, 0xff, 32);
	EQ(crc_t10dif(data, 32), 0xa293);
	for (i = 0; i < 32; i++)
		data[i] = i;
	EQ(crc_t10dif(data, 32), 0x0224);
	memset(data, 0, 32);
	data[0] = 0xff;
	data[1] = 0xff;
	EQ(crc_t10dif(data, 32), 0x21b8);
	for (i = 0; i < 32; i++)
		data[i] = 0xff - i;
	EQ(crc_t10dif(data, 32), 0xa0b7);
}

UNIT(what_is_checked)
{
	enum { G = TGT_PI_GUARD, A = TGT_PI_APP, R = TGT_PI_REF };
	static const u8 want[3][2][6] = {
		{ { G | R, G | R, R, 0, G, G | R },
		  { G | A | R, G | A | R, A | R, 0, G, G | A | R } },
		{ { G, G, 0, 0, G, G },
		  { G | A | R, G | A | R, A | R, 0, G, G | A | R } },
		{ { G, G, 0, 0, G, G },
		  { G | A, G | A, A, 0, G, G | A } },
	};
	u8 type, tags, protect;

	for (type = 1; type <= 3; type++)
		for (tags = 0; tags < 2; tags++)
			for (protect = 0; protect <= TGT_PI_PROTECT_MAX; protect++)
				EQ(tgt_pi_checks(type, protect, tags),
				   want[type - 1][tags][protect]);
	EQ(tgt_pi_compares(0), 0);
	EQ(tgt_pi_compares(2), A | R);
	EQ(tgt_pi_compares(3), G | A | R);
	EQ(tgt_pi_compares(4), G);
}

static u32 rnd_state = 1;

static u32 rnd(u32 n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

/* The model: bytes, and one rule after another. */
static enum tgt_sense model_one(u8 type, u8 check, bool medium, const u8 *block, const u8 *t,
				u64 ref, u16 app, u16 mask)
{
	bool app_esc = t[2] == 0xff && t[3] == 0xff;
	bool ref_esc = t[4] == 0xff && t[5] == 0xff && t[6] == 0xff && t[7] == 0xff;
	u16 crc = crc_t10dif(block, BLOCK);

	if (medium && (type == 3 ? app_esc && ref_esc : app_esc))
		return TGT_SENSE_NONE;
	if (check & 1 && (t[0] << 8 | t[1]) != crc)
		return TGT_SENSE_PI_GUARD;
	if (check & 2 && ((t[2] << 8 | t[3]) & mask) != (app & mask))
		return TGT_SENSE_PI_APP;
	if (check & 4 && ((u32)t[4] << 24 | t[5] << 16 | t[6] << 8 | t[7]) != (u32)ref)
		return TGT_SENSE_PI_REF;
	return TGT_SENSE_NONE;
}

/* One field of one block is spoilt, or given its escape value; or nothing is. */
static void spoil(u8 *data, u8 *t)
{
	u32 i = rnd(BLOCKS);

	switch (rnd(8)) {
	case 0:
		data[i * BLOCK + rnd(BLOCK)] ^= 1 << rnd(8);
		break;
	case 1:
		memset(t + 8 * i + 2, 0xff, 2);
		break;
	case 2:
		memset(t + 8 * i + 2, 0xff, 6);
		break;
	case 3:
	case 4:
	case 5:
		t[8 * i + rnd(8)] ^= 1 << rnd(8);
		break;
	}
}

UNIT(check_is_the_model)
{
	static u8 data[BLOCKS * BLOCK];
	struct tgt_tuple t[BLOCKS];
	enum tgt_sense sense, want;
	u32 round, i, n, k;

	for (round = 0; round < 20000; round++) {
		struct tgt_pi pi = {
			.type = 1 + rnd(3), .check = rnd(8), .escape = rnd(2),
			.ref = rnd(4) ? rnd(1 << 20) : 0xfffffffc + rnd(4),
			.app = rnd(1 << 16), .mask = rnd(1 << 16),
		};

		pi.ref_step = pi.type != 3;
		n = rnd(BLOCKS + 1);
		for (i = 0; i < sizeof(data); i += 1 + rnd(64))
			data[i] = rnd(256);
		tgt_pi_generate(&pi, data, t, n, SHIFT);
		for (i = rnd(3); i; i--)
			spoil(data, (u8 *)t);
		want = TGT_SENSE_NONE;
		for (k = 0; k < n; k++) {
			want = model_one(pi.type, pi.check, pi.escape, data + k * BLOCK,
					 (u8 *)&t[k], (u64)pi.ref + k * pi.ref_step, pi.app,
					 pi.mask);
			if (want)
				break;
		}
		sense = TGT_SENSE_NONE;
		EQ(tgt_pi_check(&pi, data, t, n, SHIFT, &sense), k);
		EQ(sense, want);
	}
}

UNIT(inserted_tags)
{
	static const u8 one[16] = { 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0, 0, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00 };
	static const u8 others[8] = { 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static u8 data[2 * BLOCK];
	struct tgt_tuple t[2];
	struct tgt_pi pi;
	u8 type;

	tgt_pi_insert(&pi, 1, 0x1ffffffffULL);
	tgt_pi_generate(&pi, data, t, 2, SHIFT);
	MEM_EQ(t, one, 16);
	for (type = 2; type <= 3; type++) {
		tgt_pi_insert(&pi, type, 7);
		tgt_pi_generate(&pi, data, t, 2, SHIFT);
		MEM_EQ(&t[0], others, 8);
		MEM_EQ(&t[1], others, 8);
	}
}

UNIT(tuples_are_compared_by_field)
{
	struct tgt_tuple a = { 0 }, b = { 0 };

	EQ(tgt_pi_differ(&a, &b, 7), 8);
	b.ref = cpu_to_be32(1);
	EQ(tgt_pi_differ(&a, &b, 7), 7);
	EQ(tgt_pi_differ(&a, &b, TGT_PI_GUARD | TGT_PI_APP), 8);
	b.app = cpu_to_be16(1);
	EQ(tgt_pi_differ(&a, &b, 7), 3);
	b.guard = cpu_to_be16(1);
	EQ(tgt_pi_differ(&a, &b, TGT_PI_GUARD), 1);
	EQ(tgt_pi_differ(&a, &b, 0), 8);
}

UNIT(ip_checksums_and_back)
{
	static u8 data[2 * BLOCK];
	struct tgt_tuple t[2], crc[2];
	struct tgt_pi pi = { .type = 1, .ref = 5, .ref_step = 1 };

	data[0] = 0x45;
	data[BLOCK + 17] = 0x99;
	tgt_pi_generate(&pi, data, crc, 2, SHIFT);
	memcpy(t, crc, sizeof(t));
	tgt_pi_to_ip(data, t, 2, SHIFT);
	EQ(t[0].guard, ip_compute_csum(data, BLOCK));
	EQ(be16_to_cpu(t[0].guard), 0xbaff);
	tgt_pi_from_ip(data, t, 2, SHIFT);
	MEM_EQ(t, crc, sizeof(t));
	/* what is wrong stays wrong, either way */
	t[1].guard = ~t[1].guard;
	tgt_pi_to_ip(data, t, 2, SHIFT);
	OK(t[1].guard != ip_compute_csum(data + BLOCK, BLOCK));
	tgt_pi_from_ip(data, t, 2, SHIFT);
	OK(t[1].guard != crc[1].guard);
	EQ(t[0].guard, crc[0].guard);
}

UNIT(joined_and_split)
{
	u8 *wire = malloc(2 * (BLOCK + 8)), data[2 * BLOCK], out[2 * BLOCK];
	struct tgt_tuple t[2], back[2];
	u32 i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7;
	memset(t, 0x3c, sizeof(t));
	tgt_pi_join(wire, data, t, 2, SHIFT);
	MEM_EQ(wire + BLOCK, t, 8);
	MEM_EQ(wire + BLOCK + 8, data + BLOCK, BLOCK);
	tgt_pi_split(wire, out, back, 2, SHIFT);
	MEM_EQ(out, data, sizeof(data));
	MEM_EQ(back, t, sizeof(t));
	free(wire);
}
