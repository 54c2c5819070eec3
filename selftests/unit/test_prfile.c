// SPDX-License-Identifier: GPL-2.0
/*
 * The file of persistent reservations: a loss of power at every byte of every write leaves the
 * state before or the one after; damage is found; nothing old comes back.
 */
// uses: core/scsi/pr.c core/scsi/pr_in.c core/scsi/pr_file.c
#include "shim.h"
#include "unit.h"
#include "scsi/pr.h"

#define ID	"SN-1"

static u8 file[2 * TGT_PR_SLOT];

/* A state of @nr registrations with keys from @key on; the last one holds it. */
static struct tgt_pr *state(u32 nr, u64 key)
{
	struct tgt_pr *pr = tgt_pr_copy(NULL, nr);
	u32 i;

	for (i = 0; i < nr; i++) {
		u8 tid[24] = { 6, [10] = i >> 8, [11] = i };
		struct tgt_pr_nexus n = { tid, sizeof(tid), 1 + i % 3 };

		assert(!tgt_pr_add(pr, key + i, &n));
	}
	if (nr)
		assert(!tgt_pr_hold(pr, TGT_PR_EA_RO, nr - 1));
	pr->aptpl = true;
	return pr;
}

static u32 put(const struct tgt_pr *pr, u64 seq, int slot)
{
	struct tgt_resp r = { .buf = file + slot * TGT_PR_SLOT, .size = TGT_PR_SLOT };

	tgt_pr_export(pr, ID, seq, &r);
	return r.len;
}

static struct tgt_pr *pick(u32 len, struct tgt_pr_place *at)
{
	const char *why = NULL;
	struct tgt_pr *pr = tgt_pr_pick(file, len, ID, at, &why);

	assert(pr || why);
	return pr;
}

static u64 first_key(const struct tgt_pr *pr)
{
	return pr && pr->nr ? pr->reg[0].key : 0;
}

/* Slot @slot of a file that says "before" twice, then is made "after" up to byte @at. */
static void torn_at(const u8 *image, u32 at, int slot, const u8 *old, u64 want_before)
{
	struct tgt_pr_place place;
	struct tgt_pr *pr;

	memcpy(file + slot * TGT_PR_SLOT, image, at);
	pr = pick(sizeof(file), &place);
	if (first_key(pr) != 200)
		EQ(first_key(pr), want_before);
	OK(pr && (!pr->type || pr->holder == (int)pr->nr - 1));
	tgt_pr_free(pr);
	memcpy(file + slot * TGT_PR_SLOT, old, TGT_PR_SLOT);
}

/* Both writes of a change, cut off behind each byte; shorter, longer and of the same length. */
UNIT(every_torn_write_is_before_or_after)
{
	static u8 image[TGT_PR_SLOT], old[TGT_PR_SLOT];
	static const u32 sizes[] = { 0, 1, 5 };
	u32 b, a, len, at;
	int slot;

	for (b = 0; b < 3; b++)
		for (a = 1; a < 3; a++)
			for (slot = 0; slot < 2; slot++) {
				struct tgt_pr *before = state(sizes[b], 100);
				struct tgt_pr *after = state(sizes[a], 200);

				memset(file, 0, sizeof(file));
				put(before, 7, 0);
				put(before, 7, 1);
				len = put(after, 8, slot);
				memcpy(image, file + slot * TGT_PR_SLOT, TGT_PR_SLOT);
				put(before, 7, slot);
				memcpy(old, file + slot * TGT_PR_SLOT, TGT_PR_SLOT);
				for (at = 0; at <= len; at++)
					torn_at(image, at, slot, old, sizes[b] ? 100 : 0);
				/* the other one, when this one is there */
				memcpy(old, file + !slot * TGT_PR_SLOT, TGT_PR_SLOT);
				memcpy(file + slot * TGT_PR_SLOT, image, TGT_PR_SLOT);
				for (at = 0; at <= len; at++)
					torn_at(image, at, !slot, old, 200);
				tgt_pr_free(before);
				tgt_pr_free(after);
			}
}

UNIT(every_flipped_bit_is_found)
{
	struct tgt_pr *pr = state(3, 100), *got;
	struct tgt_pr_place at;
	u32 len, bit;

	memset(file, 0, sizeof(file));
	len = put(pr, 4, 0);
	for (bit = 0; bit < 8 * len; bit++) {
		file[bit / 8] ^= 1 << bit % 8;
		got = pick(TGT_PR_SLOT, &at);
		OK(!got);
		/* the other slot has the same state */
		put(pr, 4, 1);
		got = pick(sizeof(file), &at);
		EQ(first_key(got), 100);
		EQ(at.slot, 1);
		OK(!at.twins);
		tgt_pr_free(got);
		file[bit / 8] ^= 1 << bit % 8;
	}
	got = pick(sizeof(file), &at);
	OK(got && at.twins && at.seq == 4);
	tgt_pr_free(got);
	tgt_pr_free(pr);
}

UNIT(every_length_but_the_right_one_is_lost)
{
	struct tgt_pr *pr = state(2, 100), *got;
	struct tgt_pr_place at;
	u32 len, n;

	memset(file, 0, sizeof(file));
	len = put(pr, 1, 0);
	for (n = 0; n < len; n++)
		OK(!pick(n, &at));
	got = pick(len, &at);
	OK(got);
	tgt_pr_free(got);
	/* an image cut off in the second slot leaves the first */
	put(pr, 2, 1);
	for (n = 0; n <= len; n++) {
		got = pick(TGT_PR_SLOT + n, &at);
		EQ(at.seq, n == len ? 2 : 1);
		tgt_pr_free(got);
	}
	tgt_pr_free(pr);
}

UNIT(of_another_device_is_lost)
{
	struct tgt_pr *pr = state(2, 100);
	struct tgt_pr_place at;
	const char *why;

	put(pr, 1, 0);
	put(pr, 1, 1);
	OK(!tgt_pr_pick(file, sizeof(file), "SN-2", &at, &why));
	OK(!strcmp(why, "it is of another device"));
	tgt_pr_free(pr);
}

/* The largest state fits its slot. */
UNIT(a_full_state_fits)
{
	struct tgt_pr *pr = tgt_pr_copy(NULL, TGT_PR_MAX), *got;
	struct tgt_pr_place at;
	u8 tid[TGT_TRANSPORT_ID_MAX] = { 5 };
	u32 i, len;

	for (i = 0; i < TGT_PR_MAX; i++) {
		struct tgt_pr_nexus n = { tid, sizeof(tid), 1 };

		tid[8] = i >> 8;
		tid[9] = i;
		OK(!tgt_pr_add(pr, 1 + i, &n));
	}
	memset(file, 0, sizeof(file));
	len = put(pr, 1, 1);
	EQ(len, tgt_pr_image_len(pr));
	OK(len <= TGT_PR_SLOT);
	got = pick(sizeof(file), &at);
	OK(got && got->nr == TGT_PR_MAX && at.slot == 1);
	tgt_pr_free(got);
	tgt_pr_free(pr);
}

/* A state from outside: who is told what, and what there cannot be. */
UNIT(replacing_tells_who_loses)
{
	struct tgt_pr *pr = state(3, 100), *by = state(2, 100);
	struct tgt_pr_result res;

	/* the holder's registration goes; the second one becomes the holder */
	EQ(tgt_pr_replace(pr, by, &res), TGT_PR_OK);
	EQ(res.effect[0], 0);
	EQ(res.effect[1], 0);
	EQ(res.effect[2], TGT_PR_REG_PREEMPTED);
	EQ(res.next->generation, pr->generation + 1);
	EQ(res.next->nr, 2);
	tgt_pr_result_free(&res);
	/* another type; the holder stays registered */
	tgt_pr_free(by);
	by = state(3, 500);
	OK(!tgt_pr_hold(by, TGT_PR_WE, 0));
	EQ(tgt_pr_replace(pr, by, &res), TGT_PR_OK);
	EQ(res.effect[0], TGT_PR_RES_RELEASED);
	EQ(res.effect[1], TGT_PR_RES_RELEASED);
	EQ(res.effect[2], TGT_PR_RES_PREEMPTED);
	tgt_pr_result_free(&res);
	EQ(tgt_pr_replace(NULL, by, &res), TGT_PR_OK);
	EQ(res.next->generation, 1);
	tgt_pr_result_free(&res);
	pr->reserved = true;
	EQ(tgt_pr_replace(pr, by, &res), TGT_PR_CONFLICT);
	OK(tgt_pr_hold(by, 2, 0) && tgt_pr_hold(by, 1, 3) && tgt_pr_hold(by, 7, 0));
	OK(tgt_pr_hold(by, 0, 0) && tgt_pr_hold(by, 1, TGT_PR_NO_HOLDER));
	tgt_pr_free(pr);
	tgt_pr_free(by);
}

UNIT(transport_ids)
{
	u8 tid[64] = { 6 };

	OK(tgt_pr_tid_valid(tid, 24));
	OK(!tgt_pr_tid_valid(tid, 0) && !tgt_pr_tid_valid(tid, 23) && !tgt_pr_tid_valid(tid, 28));
	tid[0] = 0x46;
	OK(!tgt_pr_tid_valid(tid, 24));
	tid[0] = 5;
	tid[3] = 20;
	OK(tgt_pr_tid_valid(tid, 24) && !tgt_pr_tid_valid(tid, 28));
	tid[3] = 24;
	OK(tgt_pr_tid_valid(tid, 28));
}
