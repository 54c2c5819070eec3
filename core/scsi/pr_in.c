// SPDX-License-Identifier: GPL-2.0
/* Persistent reservations: what is told of them. Pure; see pr.h. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "pr.h"

#define TGT_PR_TYPES	0xea01	/* all six, SPC-5 6.16.4 */
#define TGT_PR_ALLOWED	4	/* ALLOW COMMANDS: as of SPC-5, none of the latitude taken */

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
