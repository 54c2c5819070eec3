// SPDX-License-Identifier: GPL-2.0
/* Persistent reservations: what is told of them, and their image in a file. Pure; see pr.h. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "pr.h"

#define TGT_PR_TYPES	0xea01	/* all six, SPC-5 6.16.4 */
#define TGT_PR_ALLOWED	4	/* ALLOW COMMANDS: as of SPC-5, none of the latitude taken */

/*
 * The image: magic, length, then what struct tgt_pr has, a record for each registration, and
 * a sum over all that. What RESERVE did is not in it: that ends with a nexus.
 */
#define TGT_PR_MAGIC		0x7467742d70722031ULL	/* "tgt-pr 1" */
#define TGT_PR_IMAGE_HEAD	28
#define TGT_PR_IMAGE_REG	12
#define TGT_PR_IMAGE_SUM	8
#define TGT_PR_NO_HOLDER	0xffffffff

/* ---- PERSISTENT RESERVE IN ------------------------------------------------------------------ */

/* SPC-5 6.16.2. */
static void tgt_pr_keys(const struct tgt_pr *pr, struct tgt_resp *r)
{
	u32 i, nr = pr ? pr->nr : 0;

	tgt_resp_u32(r, 8 * nr);
	for (i = 0; i < nr; i++)
		tgt_resp_u64(r, pr->reg[i].key);
}

/* SPC-5 6.16.3. */
static void tgt_pr_reservation(const struct tgt_pr *pr, struct tgt_resp *r)
{
	if (!pr || !pr->type) {
		tgt_resp_u32(r, 0);
		return;
	}
	tgt_resp_u32(r, 16);
	tgt_resp_u64(r, pr->holder < 0 ? 0 : pr->reg[pr->holder].key);
	tgt_resp_zero(r, 5);
	tgt_resp_u8(r, TGT_PR_SCOPE_LU << 4 | pr->type);
	tgt_resp_zero(r, 2);
}

/* SPC-5 6.16.4: RLR_C, CRH, SIP_C, ATP_C; TMV. */
static void tgt_pr_capabilities(const struct tgt_pr *pr, bool ptpl, struct tgt_resp *r)
{
	tgt_resp_u16(r, 8);
	tgt_resp_u8(r, 0x80 | 0x10 | 0x08 | 0x04 | (ptpl ? 0x01 : 0));
	tgt_resp_u8(r, 0x80 | TGT_PR_ALLOWED << 4 | (pr && pr->aptpl ? 0x01 : 0));
	tgt_resp_u16(r, TGT_PR_TYPES);
	tgt_resp_u16(r, 0);
}

/* SPC-5 6.16.5. */
static void tgt_pr_full_status(const struct tgt_pr *pr, struct tgt_resp *r)
{
	const struct tgt_pr_reg *reg;
	u32 i, len = 0, nr = pr ? pr->nr : 0;
	bool holder;

	for (i = 0; i < nr; i++)
		len += 24 + pr->reg[i].tid_len;
	tgt_resp_u32(r, len);
	for (i = 0; i < nr; i++) {
		reg = &pr->reg[i];
		holder = tgt_pr_is_holder(pr, i);
		tgt_resp_u64(r, reg->key);
		tgt_resp_u32(r, 0);
		tgt_resp_u8(r, holder ? 0x01 : 0);
		tgt_resp_u8(r, holder ? TGT_PR_SCOPE_LU << 4 | pr->type : 0);
		tgt_resp_u32(r, 0);
		tgt_resp_u16(r, reg->rtpi);
		tgt_resp_u32(r, reg->tid_len);
		tgt_resp_bytes(r, reg->tid, reg->tid_len);
	}
}

/**
 * tgt_pr_in() - a PERSISTENT RESERVE IN command, SPC-5 6.16
 * @pr: state, or NULL
 * @sa: &enum tgt_pr_in_sa
 * @ptpl: persistence through power loss can be had
 * @r: parameter data
 *
 * Return: what the command is answered with. Context: any.
 */
enum tgt_pr_error tgt_pr_in(const struct tgt_pr *pr, u8 sa, bool ptpl, struct tgt_resp *r)
{
	if (pr && pr->reserved)		/* SPC-2 5.5.1 */
		return TGT_PR_CONFLICT;
	if (pr && pr->lost)
		return TGT_PR_LOST;
	if (sa != TGT_PR_REPORT_CAPABILITIES)
		tgt_resp_u32(r, pr ? pr->generation : 0);
	switch (sa) {
	case TGT_PR_READ_KEYS:
		tgt_pr_keys(pr, r);
		return TGT_PR_OK;
	case TGT_PR_READ_RESERVATION:
		tgt_pr_reservation(pr, r);
		return TGT_PR_OK;
	case TGT_PR_REPORT_CAPABILITIES:
		tgt_pr_capabilities(pr, ptpl, r);
		return TGT_PR_OK;
	case TGT_PR_READ_FULL_STATUS:
		tgt_pr_full_status(pr, r);
		return TGT_PR_OK;
	}
	return TGT_PR_BAD_CDB;
}

/* ---- the image ------------------------------------------------------------------------------ */

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
 * @r: where to; it has room for tgt_pr_image_len()
 *
 * Context: any.
 */
void tgt_pr_export(const struct tgt_pr *pr, struct tgt_resp *r)
{
	u32 i, nr = pr ? pr->nr : 0;

	tgt_resp_u64(r, TGT_PR_MAGIC);
	tgt_resp_u32(r, tgt_pr_image_len(pr));
	tgt_resp_u32(r, pr ? pr->generation : 0);
	tgt_resp_u8(r, pr ? pr->type : 0);
	tgt_resp_u8(r, pr && pr->aptpl ? 0x01 : 0);
	tgt_resp_u16(r, 0);
	tgt_resp_u32(r, pr && pr->holder >= 0 ? pr->holder : TGT_PR_NO_HOLDER);
	tgt_resp_u32(r, nr);
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
	struct tgt_pr_reg *reg = &pr->reg[pr->nr];
	struct tgt_pr_nexus n;

	memset(reg, 0, sizeof(*reg));
	reg->was = -1;
	reg->key = tgt_par_u64(p);
	reg->rtpi = tgt_par_u16(p);
	reg->tid_len = tgt_par_u16(p);
	if (reg->tid_len > TGT_TRANSPORT_ID_MAX)
		return "a TransportID is too long";
	n.tid = tgt_par_bytes(p, reg->tid_len);
	if (!n.tid)
		return "it is cut off";
	if (!reg->key || !reg->rtpi)
		return "a registration has no key, or no target port";
	n.tid_len = reg->tid_len;
	n.rtpi = reg->rtpi;
	if (tgt_pr_find(pr, &n) >= 0)
		return "an I_T nexus is registered twice";
	memcpy(reg->tid, n.tid, n.tid_len);
	pr->nr++;
	return NULL;
}

/* Whether there can be such a reservation. */
static const char *tgt_pr_import_type(const struct tgt_pr *pr, u32 holder)
{
	bool all = pr->type >= TGT_PR_WE_AR;

	if (!pr->type)
		return holder == TGT_PR_NO_HOLDER ? NULL : "there is a holder of nothing";
	if (!tgt_pr_type_valid(pr->type))
		return "there is no such type of reservation";
	if (!pr->nr || (all ? holder != TGT_PR_NO_HOLDER : holder >= pr->nr))
		return "the reservation has no holder";
	return NULL;
}

static const char *tgt_pr_import_body(struct tgt_par *p, struct tgt_pr *pr, u32 nr)
{
	const char *why = NULL;
	u32 holder;
	u8 flags;

	pr->generation = tgt_par_u32(p);
	pr->type = tgt_par_u8(p);
	flags = tgt_par_u8(p);
	pr->aptpl = flags & 0x01;
	if (flags > 1 || tgt_par_u16(p))
		return "it is of a later version";
	holder = tgt_par_u32(p);
	tgt_par_u32(p);
	while (!why && nr--)
		why = tgt_pr_import_reg(p, pr);
	if (!why && tgt_par_left(p))
		why = "something follows it";
	why = why ?: tgt_pr_import_type(pr, holder);
	if (!why && holder != TGT_PR_NO_HOLDER)
		pr->holder = holder;
	return why;
}

/**
 * tgt_pr_import() - the state of an image
 * @buf: image
 * @len: its bytes
 * @why: gets what is wrong with it
 *
 * Return: for tgt_pr_free(), or NULL. Context: may sleep.
 */
struct tgt_pr *tgt_pr_import(const u8 *buf, u32 len, const char **why)
{
	struct tgt_par p, at;
	struct tgt_pr *pr;
	u32 nr;

	tgt_par_init(&p, buf, len);
	*why = "it is no image of reservations";
	if (len < TGT_PR_IMAGE_HEAD + TGT_PR_IMAGE_SUM || tgt_par_u64(&p) != TGT_PR_MAGIC)
		return NULL;
	*why = "its length is not what it says";
	if (tgt_par_u32(&p) != len)
		return NULL;
	tgt_par_init(&at, buf + len - TGT_PR_IMAGE_SUM, TGT_PR_IMAGE_SUM);
	*why = "its checksum is wrong";
	if (tgt_par_u64(&at) != tgt_pr_sum(buf, len - TGT_PR_IMAGE_SUM))
		return NULL;
	p.len -= TGT_PR_IMAGE_SUM;
	at = p;
	tgt_par_skip(&at, 12);
	nr = tgt_par_u32(&at);
	*why = "it has too many registrations";
	if (nr > TGT_PR_MAX)
		return NULL;
	pr = tgt_pr_copy(NULL, nr);
	*why = "there is no memory";
	if (!pr)
		return NULL;
	*why = tgt_pr_import_body(&p, pr, nr);
	if (!*why)
		return pr;
	tgt_pr_free(pr);
	return NULL;
}
