// SPDX-License-Identifier: GPL-2.0
/*
 * The file of persistent reservations: any bytes in it, with the sums made right or not; and a file
 * that is written as the kernel writes it, with a loss of power somewhere in between. What comes
 * back is a state that there can be, the one before or the one after, or none.
 */
// uses: core/scsi/pr.c core/scsi/pr_in.c core/scsi/pr_file.c
#include "fuzz.h"
#include "scsi/pr.h"

#define ID	"serial"

static u8 file[2 * TGT_PR_SLOT];

static void check(const struct tgt_pr *pr)
{
	u32 i;

	CHECK(pr->nr <= TGT_PR_MAX && pr->nr <= pr->max && pr->holder < (int)pr->nr);
	CHECK(!pr->reserved && !pr->lost);
	CHECK(!pr->type || (tgt_pr_type_valid(pr->type) && pr->nr));
	CHECK(!pr->type || tgt_pr_all_registrants(pr->type) == (pr->holder < 0));
	for (i = 0; i < pr->nr; i++) {
		struct tgt_pr_nexus n = { pr->reg[i].tid, pr->reg[i].tid_len, pr->reg[i].rtpi };

		CHECK(pr->reg[i].key && pr->reg[i].rtpi && tgt_pr_find(pr, &n) == (int)i);
	}
}

/* The sum an image ends with, so that what it says is looked at. */
static void seal(u8 *image, u32 len)
{
	u64 sum = 0xcbf29ce484222325ULL;
	u32 i;

	for (i = 0; i < len - 8; i++)
		sum = (sum ^ image[i]) * 0x100000001b3ULL;
	for (i = 0; i < 8; i++)
		image[len - 8 + i] = sum >> (56 - 8 * i);
}

/* Any bytes: as they are, or behind a head and before a sum that are right. */
static void any(struct input *in, bool sealed)
{
	u32 len = in->len < 1024 ? in->len : 1024, n = sealed ? len + 20 : len;
	u8 *buf = calloc(1, n ?: 1);
	struct tgt_pr_place at;
	struct tgt_pr *pr;
	const char *why;

	if (sealed) {
		memcpy(buf, "tgt-pr 2\0\0", 10);
		buf[10] = n >> 8;
		buf[11] = n;
		take(in, buf + 12, len);
		if (n >= 80)
			seal(buf, n);
	} else {
		take(in, buf, len);
	}
	pr = tgt_pr_pick(buf, n, ID, &at, &why);
	CHECK(pr || why);
	if (pr)
		check(pr);
	tgt_pr_free(pr);
	free(buf);
}

static struct tgt_pr *some_state(struct input *in)
{
	struct tgt_pr *pr = tgt_pr_copy(NULL, 8);
	u8 nr = take_u8(in) % 8, type = take_u8(in) % 9, i;

	for (i = 0; i < nr; i++) {
		u8 tid[24] = { 6, [11] = i };
		struct tgt_pr_nexus n = { tid, sizeof(tid), 1 };

		CHECK(!tgt_pr_add(pr, 1 + take_u8(in), &n));
	}
	if (nr && tgt_pr_type_valid(type))
		CHECK(!tgt_pr_hold(pr, type, type >= 7 ? TGT_PR_NO_HOLDER :
				   take_u8(in) % nr));
	pr->aptpl = true;
	return pr;
}

static u32 write_image(const struct tgt_pr *pr, u64 seq, u8 *to)
{
	struct tgt_resp r = { .buf = to, .size = TGT_PR_SLOT };

	tgt_pr_export(pr, ID, seq, &r);
	return r.len;
}

static bool same(const struct tgt_pr *a, const struct tgt_pr *b)
{
	u32 i;

	if (a->nr != b->nr || a->type != b->type || a->holder != b->holder)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->reg[i].key != b->reg[i].key)
			return false;
	return true;
}

/* Both slots are to become @after; some bytes of one of them do not. */
static void torn(struct input *in)
{
	struct tgt_pr *before = some_state(in), *after = some_state(in), *pr;
	u8 slot = take_u8(in) & 1, second = take_u8(in) & 1;
	u32 len, from, to, i;
	struct tgt_pr_place at;
	const char *why;
	static u8 image[TGT_PR_SLOT];

	memset(file, 0, sizeof(file));
	write_image(before, 1, file);
	write_image(before, 1, file + TGT_PR_SLOT);
	len = write_image(after, 2, image);
	if (second)
		memcpy(file + !slot * TGT_PR_SLOT, image, len);
	from = take_u8(in) * 256 + take_u8(in);
	to = take_u8(in) * 256 + take_u8(in);
	for (i = 0; i < len; i++)
		if ((i >= from % len && i < to % len) || (i / 16 + from) % 3 == 0)
			file[slot * TGT_PR_SLOT + i] = image[i];
	pr = tgt_pr_pick(file, sizeof(file), ID, &at, &why);
	CHECK(pr);
	check(pr);
	CHECK(same(pr, after) || (!second && same(pr, before)));
	CHECK(at.seq == 1 || at.seq == 2);
	tgt_pr_free(pr);
	tgt_pr_free(before);
	tgt_pr_free(after);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	u8 how = take_u8(&in);

	if (how & 1)
		torn(&in);
	else
		any(&in, how & 2);
	return 0;
}
