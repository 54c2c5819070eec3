// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent reservations: commands with parameter lists of any bytes, one after the other, and
 * states of others put in their place. Whatever comes of it, the state is one that there can be.
 */
// uses: core/scsi/pr.c core/scsi/pr_in.c core/scsi/pr_file.c core/scsi/pr_replace.c
#include "fuzz.h"
#include "scsi/pr.h"

static const struct tgt_pr_port ports[] = { { 1, 6 }, { 2, 6 }, { 3, 5 } };

/* What must be true of every state; its image is taken back as it is. */
static void check(const struct tgt_pr *pr)
{
	u32 i, len = tgt_pr_image_len(pr);
	struct tgt_resp r;
	struct tgt_pr *back;
	const char *why;
	u64 seq = 0;
	u8 *buf;

	for (i = 0; pr && i < pr->nr; i++) {
		struct tgt_pr_nexus n = { pr->reg[i].tid, pr->reg[i].tid_len, pr->reg[i].rtpi };

		CHECK(pr->reg[i].key && tgt_pr_find(pr, &n) == (int)i);
		/* whoever holds it may do all */
		CHECK(!tgt_pr_is_holder(pr, i) || !tgt_pr_conflict(pr, &n));
	}
	CHECK(!pr || !pr->type || (tgt_pr_type_valid(pr->type) && pr->nr));
	CHECK(!pr || pr->holder < (int)pr->nr);
	CHECK(!pr || pr->nr <= pr->max);
	CHECK(!pr || !pr->reserved || !pr->nr);
	buf = malloc(len);
	tgt_resp_init(&r, buf, len);
	tgt_pr_export(pr, "id", 5, &r);
	CHECK(r.len == len);
	back = tgt_pr_import(buf, len, "id", &seq, &why);
	CHECK(seq == 5);
	CHECK(back && back->nr == (pr ? pr->nr : 0));
	tgt_pr_free(back);
	free(buf);
}

static void check_in(const struct tgt_pr *pr, u8 sa, u16 alloc)
{
	u8 *buf = malloc(alloc ? alloc : 1);
	struct tgt_resp r;
	int err;

	tgt_resp_init(&r, buf, alloc);
	err = tgt_pr_in(pr, sa, sa & 1, &r);
	CHECK(err == TGT_PR_OK || err == TGT_PR_CONFLICT || err == TGT_PR_LOST ||
	      err == TGT_PR_BAD_CDB);
	free(buf);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	struct tgt_pr_result res;
	struct tgt_pr *pr = NULL, *other = NULL;
	u8 tid[3][44] = { { 6, 0, 0, 0, 1 }, { 6, 0, 0, 0, 2 }, { 5, 0, 0, 40, 'i', 'q', 'n' } };
	u8 how = take_u8(&in), *list;
	int err, steps;
	u32 len;

	if (how & 2) {
		pr = tgt_pr_copy(NULL, 0);
		pr->lost = true;
	}
	for (steps = 0; in.len && steps < 32; steps++) {
		u8 who = take_u8(&in), what = take_u8(&in);
		struct tgt_pr_req req = {
			.nexus = { tid[who % 3], who % 3 == 2 ? 44 : 24,
				   who % 3 == 2 ? 3 : 1 + (who >> 7) },
			.ports = ports, .nr_ports = ARRAY_SIZE(ports),
			.sa = what & 0x1f, .ptpl = what & 0x80, .nuar = who & 0x40,
			.scope = take_u8(&in) % 17 ? 0 : 1, .type = take_u8(&in) & 0x0f,
		};

		if (what == 0x5f && other) {
			err = tgt_pr_replace(pr, other, &res);
		} else if ((what & 0x60) == 0x60) {
			err = what & 1 ? tgt_pr_reserve6(pr, &req.nexus, &res) :
				tgt_pr_release6(pr, what & 2 ? &req.nexus : NULL, &res);
		} else {
			len = take_u8(&in) % 128;
			list = malloc(len ? len : 1);
			take(&in, list, len);
			req.param = list;
			req.len = len;
			err = tgt_pr_out(pr, &req, &res);
			free(list);
		}
		if (what == 0x5e) {
			tgt_pr_free(other);
			other = pr && !pr->lost && !pr->reserved ? tgt_pr_copy(pr, 0) : NULL;
		}
		CHECK(err >= 0 && err < __TGT_PR_ERROR_MAX && err != TGT_PR_BUSY);
		CHECK(!err || (!res.next && !res.effect));
		if (res.next) {
			tgt_pr_free(pr);
			pr = res.next;
			res.next = NULL;
		}
		tgt_pr_result_free(&res);
		check(pr);
		check_in(pr, what & 7, take_u8(&in));
	}
	tgt_pr_free(other);
	tgt_pr_free(pr);
	return 0;
}
