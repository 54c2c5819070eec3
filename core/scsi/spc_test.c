// SPDX-License-Identifier: GPL-2.0
/*
 * Diagnostics: self-tests, SPC-5 5.15. In the background one is a procedure that goes on without
 * its command, a reader like any other: it keeps nobody off the medium.
 */
#include <linux/math64.h>
#include <linux/sizes.h>
#include "../core.h"
#include "../proc.h"
#include "../unit.h"
#include "exec.h"
#include "ident.h"
#include "log.h"
#include "sense.h"

#define TGT_TESTS_MAX	64	/* in the background, of all devices */
#define TGT_TEST_PARTS	16	/* blocks that the short one reads, segments of the extended one */

/* What a test that is stopped ends with. */
static u8 tgt_test_stopped(const struct tgt_proc *p)
{
	u8 end = p->over ? READ_ONCE(*p->over) : TGT_TEST_PASSED;

	return end ?: TGT_TEST_ENDED;
}

/* A read has failed, at byte @at of the medium. */
static void tgt_test_failed(struct tgt_proc *p, struct tgt_self_test *t, int err, u64 at,
			    u8 segment)
{
	t->result = err == -EINTR ? tgt_test_stopped(p) : TGT_TEST_UNKNOWN;
	if (err != -EIO || p->sub.status != SAM_STAT_CHECK_CONDITION)
		return;
	t->result = TGT_TEST_FAILED;
	t->segment = segment;
	t->lba = at >> p->dev->block_shift;
	tgt_sense_parse(p->sub_sense, &t->key, &t->asc, &t->ascq);
	tgt_proc_fail(p, TGT_SENSE_SELF_TEST);
}

/* The first and the last block can be read; in the short one, so can some between them. */
static void tgt_test_blocks(struct tgt_proc *p, struct tgt_self_test *t, unsigned int parts)
{
	u64 last = READ_ONCE(p->dev->nblocks) - 1, at;
	u8 shift = p->dev->block_shift;
	unsigned int i;
	int err;

	for (i = 0; i < parts; i++) {
		tgt_self_test_progress(p->dev, (i << 16) / parts);
		at = (i == parts - 1 ? last : div_u64(last, parts - 1) * i) << shift;
		err = tgt_proc_read(p, &p->buf[0], at, 1U << shift);
		if (err) {
			tgt_test_failed(p, t, err, at, i + 1);
			return;
		}
	}
}

/* Which block of a piece that cannot be read is to blame; @p->sub is of it then. */
static int tgt_test_blame(struct tgt_proc *p, u64 *at, u32 len)
{
	u32 block = 1U << p->dev->block_shift, n;
	int err = -EIO;

	for (n = 0; n < len; n += block) {
		err = tgt_proc_read(p, &p->buf[0], *at + n, block);
		if (err)
			break;
	}
	if (n < len)
		*at += n;
	return err;
}

/* All of the medium but what is known to be unmapped can be read: the extended self-test. */
static void tgt_test_medium(struct tgt_proc *p, struct tgt_self_test *t)
{
	struct tgt_device *dev = p->dev;
	u64 at, size, n, mapped = 0;
	int err;

	for (at = 0; at < (size = READ_ONCE(dev->nblocks) << dev->block_shift); at += n) {
		tgt_self_test_progress(dev, div64_u64(at, (size >> 16) + 1));
		if (tgt_proc_gone(p)) {		/* what is unmapped is passed without a read */
			t->result = tgt_test_stopped(p);
			return;
		}
		n = min_t(u64, size - at, SZ_1G);	/* a map is walked without a look around */
		if (at >= mapped && dev->lbp && dev->be->map && !dev->be->map(dev, at, &n))
			continue;
		mapped = max(mapped, at + n);
		n = min_t(u64, mapped - at, p->piece);
		err = tgt_proc_read(p, &p->buf[0], at, n);
		if (err == -EIO)
			err = tgt_test_blame(p, &at, n);
		if (err) {
			tgt_test_failed(p, t, err, at,
					div64_u64(at, size / TGT_TEST_PARTS + 1) + 1);
			return;
		}
	}
}

static void tgt_self_test(struct tgt_proc *p, u8 code)
{
	struct tgt_self_test t = { .code = code, .lba = U64_MAX };
	bool background = tgt_test_background(code);
	const u8 *over;

	if (tgt_proc_bufs(p, 1))
		return;
	if (background && !tgt_proc_keep(p)) {
		tgt_proc_fail(p, TGT_SENSE_NOT_READY);
		return;
	}
	over = tgt_self_test_begin(p->dev, code);
	if (!over) {
		tgt_proc_fail(p, TGT_SENSE_TESTING);
		return;
	}
	if (background)
		p->over = over;
	if (background && !tgt_proc_answer(p))
		t.result = TGT_TEST_ENDED;
	else if (code == TGT_TEST_BG_EXTENDED)
		tgt_test_medium(p, &t);
	else
		tgt_test_blocks(p, &t, code == TGT_TEST_DEFAULT ? 2 : TGT_TEST_PARTS);
	tgt_self_test_end(p->dev, &t);
}

/* As many as there may be in the background, of all devices: each has a worker. */
static void tgt_self_test_one_of(struct tgt_proc *p, u8 code)
{
	static atomic_t running = ATOMIC_INIT(0);

	if (atomic_inc_return(&running) > TGT_TESTS_MAX)
		tgt_proc_refuse(p, SAM_STAT_BUSY);
	else
		tgt_self_test(p, code);
	atomic_dec(&running);
}

/* There must be one to be ended, of the background; where it reads nothing it ends at once. */
static void tgt_self_test_cancel(struct tgt_proc *p)
{
	if (tgt_self_test_abort(p->dev))
		tgt_self_test_stopped(p->dev, HZ);
	else
		tgt_proc_fail(p, TGT_SENSE_INVALID_FIELD);
}

static void tgt_send_diagnostic_run(struct tgt_proc *p)
{
	enum tgt_sense sense;
	u8 test;

	sense = tgt_diagnostic(p->cdb, p->param, p->param_len, &test);
	if (sense)
		tgt_proc_fail(p, sense);
	else if (test == TGT_TEST_ABORT)
		tgt_self_test_cancel(p);
	else if (tgt_test_background(test))
		tgt_self_test_one_of(p, test);
	else if (test != TGT_TEST_NONE)
		tgt_self_test(p, test);
}

/* SEND DIAGNOSTIC, SPC-5 6.42. */
enum tgt_ret tgt_exec_send_diagnostic(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be16(cmd->cdb + 3),
				    tgt_send_diagnostic_run);
}

enum tgt_ret tgt_exec_receive_diagnostic(struct tgt_cmd *cmd)
{
	struct tgt_resp r;
	u8 buf[8];

	tgt_resp_init(&r, buf, sizeof(buf));
	if (!tgt_diagnostic_results(&r, cmd->cdb))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be16(cmd->cdb + 3));
}
