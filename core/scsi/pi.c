// SPDX-License-Identifier: GPL-2.0
/*
 * Protection information of runs of blocks: made, checked, compared, taken apart. Pure; the
 * checksums are the kernel's.
 */
#include <linux/crc-t10dif.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/checksum.h>
#include "pi.h"

/* By the value of RDPROTECT and its like, SBC-4 5.16 and 5.45; what 0 says is of the medium. */
static const u8 tgt_pi_by_protect[TGT_PI_PROTECT_MAX + 1] = {
	[0] = TGT_PI_GUARD | TGT_PI_APP | TGT_PI_REF,
	[1] = TGT_PI_GUARD | TGT_PI_APP | TGT_PI_REF,
	[2] = TGT_PI_APP | TGT_PI_REF,
	[3] = 0,
	[4] = TGT_PI_GUARD,
	[5] = TGT_PI_GUARD | TGT_PI_APP | TGT_PI_REF,
};

/**
 * tgt_pi_checks() - what is checked of protection information
 * @type: protection type
 * @protect: RDPROTECT or its like, at most TGT_PI_PROTECT_MAX
 * @tags: the CDB says which tags to expect
 *
 * A tag is checked if its contents are known: from a CDB of 32 bytes, or, the reference tag of
 * type 1, as it follows from the LBA.
 *
 * Return: TGT_PI_*.
 */
u8 tgt_pi_checks(u8 type, u8 protect, bool tags)
{
	u8 known = TGT_PI_GUARD;

	if (tags)
		known |= TGT_PI_APP;
	if (type == 1 || (type == 2 && tags))
		known |= TGT_PI_REF;
	return tgt_pi_by_protect[protect] & known;
}

/**
 * tgt_pi_compares() - what of protection information a byte by byte comparison compares
 * @protect: VRPROTECT, at most TGT_PI_PROTECT_MAX
 *
 * SBC-4 5.39, with ATO=1. Return: TGT_PI_*; nothing if none is transferred.
 */
u8 tgt_pi_compares(u8 protect)
{
	if (protect == 3)
		return TGT_PI_GUARD | TGT_PI_APP | TGT_PI_REF;
	return protect ? tgt_pi_by_protect[protect] : 0;
}

/**
 * tgt_pi_insert() - what is written where the initiator sends none
 * @pi: filled in
 * @type: protection type
 * @lba: of the first block
 *
 * SBC-4 5.45, WRPROTECT=000b with ATO=1: the application tag is nobody's, which is its escape
 * value, and the reference tag is the LBA's if that has a meaning.
 */
void tgt_pi_insert(struct tgt_pi *pi, u8 type, u64 lba)
{
	*pi = (struct tgt_pi) {
		.type = type,
		.app = TGT_PI_APP_ESCAPE,
		.ref = type == 1 ? (u32)lba : TGT_PI_REF_ESCAPE,
		.ref_step = type == 1,
	};
}

/* Whether a tuple of the medium says that its block is not to be checked. */
static bool tgt_pi_escapes(const struct tgt_pi *pi, const struct tgt_tuple *t)
{
	return pi->escape && t->app == cpu_to_be16(TGT_PI_APP_ESCAPE) &&
	       (pi->type != 3 || t->ref == cpu_to_be32(TGT_PI_REF_ESCAPE));
}

static enum tgt_sense tgt_pi_check_one(const struct tgt_pi *pi, const u8 *data, u32 block,
				       const struct tgt_tuple *t, u32 ref)
{
	if (pi->check & TGT_PI_GUARD && t->guard != cpu_to_be16(crc_t10dif(data, block)))
		return TGT_SENSE_PI_GUARD;
	if (pi->check & TGT_PI_APP && (be16_to_cpu(t->app) ^ pi->app) & pi->mask)
		return TGT_SENSE_PI_APP;
	if (pi->check & TGT_PI_REF && be32_to_cpu(t->ref) != ref)
		return TGT_SENSE_PI_REF;
	return TGT_SENSE_NONE;
}

/**
 * tgt_pi_check() - check the protection information of a run of blocks
 * @pi: what is expected
 * @data: the blocks
 * @t: their tuples
 * @n: how many
 * @shift: log2 of the block size
 * @sense: why the first bad block is bad
 *
 * Return: blocks that are good from the first on; @n if all are.
 */
u32 tgt_pi_check(const struct tgt_pi *pi, const u8 *data, const struct tgt_tuple *t, u32 n,
		 u8 shift, enum tgt_sense *sense)
{
	u32 i, ref = pi->ref;

	for (i = 0; i < n; i++, ref += pi->ref_step) {
		if (tgt_pi_escapes(pi, &t[i]))
			continue;
		*sense = tgt_pi_check_one(pi, data + ((size_t)i << shift), 1U << shift, &t[i], ref);
		if (*sense)
			break;
	}
	return i;
}

/**
 * tgt_pi_guard() - make the guards of a run of blocks
 * @data: the blocks
 * @t: their tuples, whose tags stay
 * @n: how many
 * @shift: log2 of the block size
 */
void tgt_pi_guard(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift)
{
	for (; n; n--, t++, data += 1U << shift)
		t->guard = cpu_to_be16(crc_t10dif(data, 1U << shift));
}

/**
 * tgt_pi_generate() - make the protection information of a run of blocks
 * @pi: tags
 * @data: the blocks
 * @t: filled in
 * @n: how many
 * @shift: log2 of the block size
 */
void tgt_pi_generate(const struct tgt_pi *pi, const u8 *data, struct tgt_tuple *t, u32 n,
		     u8 shift)
{
	u32 i;

	tgt_pi_guard(data, t, n, shift);
	for (i = 0; i < n; i++) {
		t[i].app = cpu_to_be16(pi->app);
		t[i].ref = cpu_to_be32(pi->ref + i * pi->ref_step);
	}
}

/**
 * tgt_pi_differ() - compare two tuples
 * @a: one
 * @b: the other
 * @what: TGT_PI_* that count
 *
 * Return: the first byte that differs, or the size of a tuple if none does.
 */
u32 tgt_pi_differ(const struct tgt_tuple *a, const struct tgt_tuple *b, u8 what)
{
	static const u8 field[sizeof(*a)] = {
		TGT_PI_GUARD, TGT_PI_GUARD, TGT_PI_APP, TGT_PI_APP,
		TGT_PI_REF, TGT_PI_REF, TGT_PI_REF, TGT_PI_REF,
	};
	u32 i;

	for (i = 0; i < sizeof(*a); i++)
		if (field[i] & what && ((const u8 *)a)[i] != ((const u8 *)b)[i])
			break;
	return i;
}

static __be16 tgt_pi_ip(const u8 *data, u32 block)
{
	return (__force __be16)ip_compute_csum(data, block);
}

/**
 * tgt_pi_from_ip() - make CRCs of guards that are IP checksums
 * @data: the blocks
 * @t: their tuples
 * @n: how many
 * @shift: log2 of the block size
 *
 * A wrong guard stays a wrong guard, for a check to find.
 */
void tgt_pi_from_ip(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift)
{
	__be16 crc;

	for (; n; n--, t++, data += 1U << shift) {
		crc = cpu_to_be16(crc_t10dif(data, 1U << shift));
		t->guard = t->guard == tgt_pi_ip(data, 1U << shift) ? crc : ~crc;
	}
}

/* The reverse; likewise. */
void tgt_pi_to_ip(const u8 *data, struct tgt_tuple *t, u32 n, u8 shift)
{
	__be16 ip;

	for (; n; n--, t++, data += 1U << shift) {
		ip = tgt_pi_ip(data, 1U << shift);
		t->guard = t->guard == cpu_to_be16(crc_t10dif(data, 1U << shift)) ? ip : ~ip;
	}
}

/* Puts blocks and tuples together as they are transferred: each tuple behind its block. */
void tgt_pi_join(u8 *wire, const u8 *data, const struct tgt_tuple *t, u32 n, u8 shift)
{
	for (; n; n--, t++, data += 1U << shift) {
		memcpy(wire, data, 1U << shift);
		memcpy(wire + (1U << shift), t, sizeof(*t));
		wire += (1U << shift) + sizeof(*t);
	}
}

/* The reverse. */
void tgt_pi_split(const u8 *wire, u8 *data, struct tgt_tuple *t, u32 n, u8 shift)
{
	for (; n; n--, t++, data += 1U << shift) {
		memcpy(data, wire, 1U << shift);
		memcpy(t, wire + (1U << shift), sizeof(*t));
		wire += (1U << shift) + sizeof(*t);
	}
}
