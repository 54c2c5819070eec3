// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent reservations: how they stand in a file. Pure; see pr.h, docs/pr.md.
 *
 * The file has two slots, each for an image that is whole or is none: its last bytes are a sum
 * over all others. A state is written to one slot and then, when it is on the medium, to the
 * other one; so whatever a loss of power leaves of one slot, the other one is the state before or
 * after, and damage to one slot never brings an old state back.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "pr.h"

/*
 * The image: magic, length, number, what struct tgt_pr has, the identity of the logical unit,
 * a record for each registration, and the sum. What RESERVE did is not in it: that ends with a
 * nexus.
 */
#define TGT_PR_MAGIC		0x7467742d70722032ULL	/* "tgt-pr 2" */
#define TGT_PR_IMAGE_HEAD	(36 + TGT_PR_ID_MAX)
#define TGT_PR_IMAGE_REG	12
#define TGT_PR_IMAGE_SUM	8

static_assert(TGT_PR_IMAGE_HEAD + TGT_PR_IMAGE_SUM +
	      TGT_PR_MAX * (TGT_PR_IMAGE_REG + TGT_TRANSPORT_ID_MAX) <= TGT_PR_SLOT);

/* Says nothing of the image. */
const char tgt_pr_no_memory[] = "there is no memory";

/* FNV-1a: it tells a file that was damaged, not one that was forged. */
static u64 tgt_pr_sum(const u8 *buf, u32 len)
{
	u64 sum = 0xcbf29ce484222325ULL;

	while (len--)
		sum = (sum ^ *buf++) * 0x100000001b3ULL;
	return sum;
}

/* Bytes of the image of @pr. */
u32 tgt_pr_image_len(const struct tgt_pr *pr)
{
	u32 i, len = TGT_PR_IMAGE_HEAD + TGT_PR_IMAGE_SUM;

	for (i = 0; pr && i < pr->nr; i++)
		len += TGT_PR_IMAGE_REG + pr->reg[i].tid_len;
	return len;
}

/**
 * tgt_pr_export() - the image of a state
 * @pr: state, or NULL
 * @id: identity of the logical unit, at most TGT_PR_ID_MAX characters
 * @seq: number of the image; one of a higher number is newer
 * @r: where to; it has room for tgt_pr_image_len()
 *
 * Context: any.
 */
void tgt_pr_export(const struct tgt_pr *pr, const char *id, u64 seq, struct tgt_resp *r)
{
	u32 i, nr = pr ? pr->nr : 0;

	tgt_resp_u64(r, TGT_PR_MAGIC);
	tgt_resp_u32(r, tgt_pr_image_len(pr));
	tgt_resp_u64(r, seq);
	tgt_resp_u32(r, pr ? pr->generation : 0);
	tgt_resp_u8(r, pr ? pr->type : 0);
	tgt_resp_u8(r, pr && pr->aptpl ? 0x01 : 0);
	tgt_resp_u16(r, 0);
	tgt_resp_u32(r, pr && pr->holder >= 0 ? pr->holder : TGT_PR_NO_HOLDER);
	tgt_resp_u32(r, nr);
	tgt_resp_text(r, id, TGT_PR_ID_MAX);
	for (i = 0; i < nr; i++) {
		tgt_resp_u64(r, pr->reg[i].key);
		tgt_resp_u16(r, pr->reg[i].rtpi);
		tgt_resp_u16(r, pr->reg[i].tid_len);
		tgt_resp_bytes(r, pr->reg[i].tid, pr->reg[i].tid_len);
	}
	tgt_resp_u64(r, tgt_pr_sum(r->buf, min(r->len, r->size)));
}

static const char *tgt_pr_import_reg(struct tgt_par *p, struct tgt_pr *pr)
{
	u64 key = tgt_par_u64(p);
	struct tgt_pr_nexus n;

	n.rtpi = tgt_par_u16(p);
	n.tid_len = tgt_par_u16(p);
	n.tid = tgt_par_bytes(p, n.tid_len);
	return n.tid ? tgt_pr_add(pr, key, &n) : "it is cut off";
}

/* The identity is filled up with spaces, and no serial number ends with one. */
static bool tgt_pr_id_is(struct tgt_par *p, const char *id)
{
	u8 padded[TGT_PR_ID_MAX];
	struct tgt_resp r;
	const u8 *there = tgt_par_bytes(p, TGT_PR_ID_MAX);

	tgt_resp_init(&r, padded, sizeof(padded));
	tgt_resp_text(&r, id, TGT_PR_ID_MAX);
	return there && !memcmp(there, padded, sizeof(padded));
}

/* @p is behind the number of the image. */
static const char *tgt_pr_import_body(struct tgt_par *p, struct tgt_pr *pr, const char *id)
{
	const char *why = NULL;
	u32 holder, nr;
	u8 type, flags;

	pr->generation = tgt_par_u32(p);
	type = tgt_par_u8(p);
	flags = tgt_par_u8(p);
	pr->aptpl = flags & 0x01;
	if (flags > 1 || tgt_par_u16(p))
		return "it is of a later version";
	holder = tgt_par_u32(p);
	nr = tgt_par_u32(p);
	if (!tgt_pr_id_is(p, id))
		return "it is of another device";
	while (!why && nr--)
		why = tgt_pr_import_reg(p, pr);
	if (!why && tgt_par_left(p))
		why = "something follows it";
	return why ?: tgt_pr_hold(pr, type, holder);
}

/* The registrations an image says it has, if that can be. */
static bool tgt_pr_image_regs(const struct tgt_par *p, u32 *nr)
{
	struct tgt_par at = *p;

	tgt_par_skip(&at, 12);
	*nr = tgt_par_u32(&at);
	return *nr <= TGT_PR_MAX;
}

/**
 * tgt_pr_import() - the state of an image
 * @buf: image; what an older, longer one has left may follow it
 * @len: bytes there are
 * @id: identity of the logical unit
 * @seq: gets its number
 * @why: gets what is wrong with it
 *
 * Return: for tgt_pr_free(), or NULL. Context: may sleep.
 */
struct tgt_pr *tgt_pr_import(const u8 *buf, u32 len, const char *id, u64 *seq, const char **why)
{
	struct tgt_par p, sum;
	struct tgt_pr *pr;
	u32 nr, image;

	tgt_par_init(&p, buf, len);
	*why = "it is no image of reservations";
	if (len < TGT_PR_IMAGE_HEAD + TGT_PR_IMAGE_SUM || tgt_par_u64(&p) != TGT_PR_MAGIC)
		return NULL;
	*why = "its length is not what it says";
	image = tgt_par_u32(&p);
	if (image > len || image < TGT_PR_IMAGE_HEAD + TGT_PR_IMAGE_SUM)
		return NULL;
	p.len = image - TGT_PR_IMAGE_SUM;
	tgt_par_init(&sum, buf + p.len, TGT_PR_IMAGE_SUM);
	*why = "its checksum is wrong";
	if (tgt_par_u64(&sum) != tgt_pr_sum(buf, p.len))
		return NULL;
	*seq = tgt_par_u64(&p);
	*why = "it has too many registrations";
	if (!tgt_pr_image_regs(&p, &nr))
		return NULL;
	pr = tgt_pr_copy(NULL, nr);
	*why = tgt_pr_no_memory;
	if (!pr)
		return NULL;
	*why = tgt_pr_import_body(&p, pr, id);
	if (!*why)
		return pr;
	tgt_pr_free(pr);
	return NULL;
}

/**
 * tgt_pr_pick() - the state of a file
 * @file: its bytes
 * @len: how many there are, at most 2 * TGT_PR_SLOT
 * @id: identity of the logical unit
 * @at: gets where it was
 * @why: gets what is wrong, of the first slot, if there is none
 *
 * Return: for tgt_pr_free(), or NULL: what the file had is lost, unless @why is
 * tgt_pr_no_memory. Context: may sleep.
 */
struct tgt_pr *tgt_pr_pick(const u8 *file, u32 len, const char *id, struct tgt_pr_place *at,
			   const char **why)
{
	struct tgt_pr *pr[2] = { };
	const char *other = NULL;
	u64 seq[2] = { };

	pr[0] = tgt_pr_import(file, min_t(u32, len, TGT_PR_SLOT), id, &seq[0], why);
	if (len > TGT_PR_SLOT)
		pr[1] = tgt_pr_import(file + TGT_PR_SLOT, len - TGT_PR_SLOT, id, &seq[1],
				      &other);
	if (other == tgt_pr_no_memory)
		*why = other;
	if (*why == tgt_pr_no_memory) {
		tgt_pr_free(pr[0]);
		tgt_pr_free(pr[1]);
		return NULL;
	}
	at->slot = pr[1] && (!pr[0] || seq[1] > seq[0]);
	at->seq = seq[at->slot];
	at->twins = pr[0] && pr[1] && seq[0] == seq[1];
	tgt_pr_free(pr[!at->slot]);
	return pr[at->slot];
}
