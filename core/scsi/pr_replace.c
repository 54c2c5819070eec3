// SPDX-License-Identifier: GPL-2.0
/* Persistent reservations: a state from outside takes the place of another. Pure; see pr.h. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "pr.h"

/* What a registrant of @old, whose place that is, is told when @next is the state. */
static u8 tgt_pr_told(const struct tgt_pr *old, const struct tgt_pr *next, u32 place)
{
	const struct tgt_pr_reg *reg = &old->reg[place];
	struct tgt_pr_nexus n = { reg->tid, reg->tid_len, reg->rtpi };
	int now = tgt_pr_find(next, &n);

	if (now < 0)
		return TGT_PR_REG_PREEMPTED;
	if (!old->type || (next->type == old->type && !tgt_pr_is_holder(old, place)))
		return 0;
	if (tgt_pr_is_holder(old, place) && !tgt_pr_is_holder(next, now))
		return TGT_PR_RES_PREEMPTED;
	return next->type == old->type ? 0 : TGT_PR_RES_RELEASED;
}

/**
 * tgt_pr_replace() - another state takes the place of this one, as an administrator says
 * @pr: state, or NULL
 * @by: the other one
 * @res: as of tgt_pr_out(); its next state is a copy of @by
 *
 * Registrants are told as by PREEMPT: who has lost the registration, the reservation, or whose
 * reservation is of another type now. PRGENERATION goes on. Return: what stands in its way.
 * Context: may sleep.
 */
enum tgt_pr_error tgt_pr_replace(const struct tgt_pr *pr, const struct tgt_pr *by,
				 struct tgt_pr_result *res)
{
	u32 i;

	*res = (struct tgt_pr_result) { };
	if (pr && pr->reserved)
		return TGT_PR_CONFLICT;
	res->next = tgt_pr_copy(by, 0);
	res->effect = kvzalloc(pr && pr->nr ? pr->nr : 1, GFP_NOIO);
	if (!res->next || !res->effect) {
		tgt_pr_result_free(res);
		return TGT_PR_BUSY;
	}
	res->next->generation = pr ? pr->generation + 1 : 1;
	for (i = 0; pr && i < pr->nr; i++)
		res->effect[i] = tgt_pr_told(pr, by, i);
	return TGT_PR_OK;
}
