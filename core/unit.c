// SPDX-License-Identifier: GPL-2.0
/*
 * What initiators can change of a logical unit: mode parameters, identifying information, its
 * clock, an echo buffer. And what log pages count of it.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include "core.h"
#include "scsi/ident.h"
#include "scsi/log.h"
#include "scsi/mode.h"
#include "space.h"
#include "tasks.h"
#include "unit.h"

/**
 * struct tgt_unit - of a device; dev->lock
 * @gone: what nexuses that are gone counted
 * @base: what all had counted when the statistics were reset
 * @since: when that was
 * @errors: MEDIUM ERROR, by direction; incremented by anybody
 * @base_bytes: bytes moved when the error counters were reset, by direction
 * @base_errors: likewise
 * @ident: identifying information
 * @clock: what to add to the time since boot for the timestamp, milliseconds
 * @clock_set: an initiator has set it
 * @made: when the device was
 * @tests: self-tests, the last one first
 * @nr_tests: how many
 * @test_end: what it is to end with at its next step; TGT_TEST_PASSED: it goes on
 * @test_progress: how much of it is done, of 65536 parts
 * @echo_by: nexus that wrote the echo buffer; NULL: nobody who is still there
 * @echo_len: bytes it wrote
 * @echo: these
 */
struct tgt_unit {
	struct tgt_itl_stats	gone;
	struct tgt_itl_stats	base;
	ktime_t			since;
	atomic64_t		errors[3];
	u64			base_bytes[3];
	u64			base_errors[3];
	struct tgt_ident	ident;
	u64			clock;
	bool			clock_set;
	struct tgt_self_test	tests[TGT_SELF_TESTS];
	u8			nr_tests;
	u8			test_end;
	u16			test_progress;
	ktime_t			made;
	const struct tgt_itl	*echo_by;
	u32			echo_len;
	u8			echo[TGT_ECHO_MAX];
};

static u64 tgt_clock_now(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

/* @modes and @ident have been found good. */
int tgt_unit_init(struct tgt_device *dev, const char *modes, const char *ident)
{
	dev->unit = kzalloc(sizeof(*dev->unit), GFP_KERNEL);
	if (!dev->unit)
		return -ENOMEM;
	tgt_modes_parse(modes, &dev->modes.saved);
	dev->modes.now = dev->modes.saved;
	tgt_tasks_begin(dev);
	tgt_ident_parse(ident, &dev->unit->ident);
	dev->unit->since = ktime_get();
	dev->unit->made = ktime_get_boottime();
	dev->unit->clock = -tgt_clock_now();
	return 0;
}

void tgt_unit_exit(struct tgt_device *dev)
{
	kfree(dev->unit);
}

/* ---- mode parameters ---------------------------------------------------------------- */

/* Whether writes through a nexus are refused by what it is, or by SWP. */
static unsigned long tgt_mode_gate(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;
	const struct tgt_modes *now = &dev->modes.now;
	unsigned long gate = 0;

	if (dev->readonly || itl->lun->readonly || now->swp)
		gate |= TGT_GATE_RO;
	if (dev->wce && !now->wce)
		gate |= TGT_GATE_THROUGH;
	return gate;
}

/* A nexus begins: under dev->lock, nobody knows it yet. */
void tgt_mode_itl(struct tgt_itl *itl)
{
	itl->gate |= tgt_mode_gate(itl);
}

/* The mode parameters, all of one moment. */
void tgt_mode_get(struct tgt_device *dev, struct tgt_mode_state *state)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	*state = dev->modes;
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * tgt_mode_set() - give a device mode parameters
 * @dev: device
 * @state: parameters
 * @by: nexus they came through, which needs not be told; or NULL
 *
 * From then on they hold for every nexus, and each but @by gets MODE PARAMETERS CHANGED if
 * those in force have changed (SPC-5 6.12). Context: any.
 */
void tgt_mode_set(struct tgt_device *dev, const struct tgt_mode_state *state,
		  const struct tgt_itl *by)
{
	struct tgt_itl *itl;
	unsigned long flags, gate;
	bool changed, watch;

	spin_lock_irqsave(&dev->lock, flags);
	watch = !tgt_thresholds_equal(&dev->modes.now, &state->now);
	changed = !tgt_modes_equal(&dev->modes.now, &state->now);
	dev->modes = *state;
	if (changed) {
		list_for_each_entry(itl, &dev->itls, dev_node) {
			gate = tgt_mode_gate(itl);
			tgt_gate_change(itl, gate, (TGT_GATE_RO | TGT_GATE_THROUGH) & ~gate);
			if (itl != by)
				tgt_ua_set(itl, TGT_UA_MODE);
		}
	}
	if (watch)
		tgt_space_watch(dev);
	spin_unlock_irqrestore(&dev->lock, flags);
	if (changed)
		tgt_tasks_modes(dev);
}

/* ---- log pages --------------------------------------------------------------------- */

/* A nexus is going, under dev->lock. */
void tgt_log_itl_gone(struct tgt_itl *itl)
{
	tgt_stats_sum(itl, &itl->dev->unit->gone);
}

/* A MEDIUM ERROR. Any context. */
void tgt_log_error(struct tgt_cmd *cmd, bool write)
{
	if (cmd->itl)
		atomic64_inc(&cmd->itl->dev->unit->errors[write ? TGT_DIR_OUT : TGT_DIR_IN]);
}

static void tgt_log_sum(struct tgt_device *dev, struct tgt_itl_stats *sum)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&dev->lock);
	*sum = dev->unit->gone;
	list_for_each_entry(itl, &dev->itls, dev_node)
		tgt_stats_sum(itl, sum);
}

static u64 tgt_log_us(const struct tgt_itl_stats *sum, const struct tgt_unit *u, int dir)
{
	return div_u64(sum->busy_ns[dir] - u->base.busy_ns[dir], NSEC_PER_USEC);
}

/* What was counted of a device. Context: any. */
void tgt_log_facts(struct tgt_device *dev, struct tgt_log_facts *f)
{
	struct tgt_unit *u = dev->unit;
	struct tgt_itl_stats sum;
	unsigned long flags;
	u64 all, busy;

	spin_lock_irqsave(&dev->lock, flags);
	tgt_log_sum(dev, &sum);
	all = ktime_us_delta(ktime_get(), u->since);
	busy = div_u64(tgt_stats_busy(&sum) - tgt_stats_busy(&u->base), NSEC_PER_USEC);
	*f = (struct tgt_log_facts) {
		.reads = sum.cmds[TGT_DIR_IN] - u->base.cmds[TGT_DIR_IN],
		.writes = sum.cmds[TGT_DIR_OUT] - u->base.cmds[TGT_DIR_OUT],
		.read_bytes = sum.bytes[TGT_DIR_IN] - u->base.bytes[TGT_DIR_IN],
		.write_bytes = sum.bytes[TGT_DIR_OUT] - u->base.bytes[TGT_DIR_OUT],
		.read_us = tgt_log_us(&sum, u, TGT_DIR_IN),
		.write_us = tgt_log_us(&sum, u, TGT_DIR_OUT),
		.idle_us = all > busy ? all - busy : 0,
		.read_errors = atomic64_read(&u->errors[TGT_DIR_IN]) -
			       u->base_errors[TGT_DIR_IN],
		.write_errors = atomic64_read(&u->errors[TGT_DIR_OUT]) -
				u->base_errors[TGT_DIR_OUT],
		.read_error_bytes = sum.bytes[TGT_DIR_IN] - u->base_bytes[TGT_DIR_IN],
		.write_error_bytes = sum.bytes[TGT_DIR_OUT] - u->base_bytes[TGT_DIR_OUT],
		.block_shift = dev->block_shift,
		.thin = tgt_thin(dev),
		.tests = u->tests,
		.nr_tests = u->nr_tests,
	};
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Begins anew what @what (TGT_LOG_RESET_*) says; all nexuses but @by are told. */
void tgt_log_reset(struct tgt_device *dev, unsigned int what, const struct tgt_itl *by)
{
	struct tgt_unit *u = dev->unit;
	struct tgt_itl_stats sum;
	struct tgt_itl *itl;
	unsigned long flags;
	int dir;

	spin_lock_irqsave(&dev->lock, flags);
	tgt_log_sum(dev, &sum);
	if (what & TGT_LOG_RESET_STATISTICS) {
		u->base = sum;
		u->since = ktime_get();
	}
	for (dir = TGT_DIR_IN; dir <= TGT_DIR_OUT; dir++) {
		if (!(what & (dir == TGT_DIR_IN ? TGT_LOG_RESET_READ_ERRORS :
						  TGT_LOG_RESET_WRITE_ERRORS)))
			continue;
		u->base_bytes[dir] = sum.bytes[dir];
		u->base_errors[dir] = atomic64_read(&u->errors[dir]);
	}
	list_for_each_entry(itl, &dev->itls, dev_node)
		if (itl != by)
			tgt_ua_set(itl, TGT_UA_LOG);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* ---- self-tests ---------------------------------------------------------------------- */

static bool tgt_self_test_runs(const struct tgt_unit *u)
{
	return u->tests[0].result == TGT_TEST_RUNS;
}

static bool tgt_self_test_background(const struct tgt_unit *u)
{
	return tgt_self_test_runs(u) && tgt_test_background(u->tests[0].code);
}

/*
 * One begins, and is the first of those that log page 10h tells of. Returns where it says what
 * it is to end with, or TGT_TEST_PASSED, which is 0; NULL: another one runs.
 */
const u8 *tgt_self_test_begin(struct tgt_device *dev, u8 code)
{
	struct tgt_unit *u = dev->unit;
	bool ok;

	spin_lock_irq(&dev->lock);
	ok = !tgt_self_test_runs(u);
	if (ok) {
		memmove(u->tests + 1, u->tests, sizeof(u->tests) - sizeof(*u->tests));
		u->tests[0] = (struct tgt_self_test) {
			.code = code, .result = TGT_TEST_RUNS, .lba = U64_MAX,
		};
		u->nr_tests = min(u->nr_tests + 1, TGT_SELF_TESTS);
		WRITE_ONCE(u->test_end, TGT_TEST_PASSED);
		u->test_progress = 0;
	}
	spin_unlock_irq(&dev->lock);
	return ok ? &u->test_end : NULL;
}

/* Of 65536 parts so many are done. Context: process. */
void tgt_self_test_progress(struct tgt_device *dev, u16 progress)
{
	spin_lock_irq(&dev->lock);
	dev->unit->test_progress = progress;
	spin_unlock_irq(&dev->lock);
}

/* It is over; its hours are filled in. Context: process. */
void tgt_self_test_end(struct tgt_device *dev, struct tgt_self_test *t)
{
	s64 s = ktime_divns(ktime_sub(ktime_get_boottime(), dev->unit->made), NSEC_PER_SEC);
	struct tgt_unit *u = dev->unit;

	t->hours = min_t(u64, div_u64(s, 3600), U16_MAX);
	spin_lock_irq(&dev->lock);
	u->tests[0] = *t;
	spin_unlock_irq(&dev->lock);
	wake_up_all(&dev->proc_wait);
}

/* Whether one runs, and then how far it is. Context: any. */
bool tgt_self_test_state(struct tgt_device *dev, u16 *progress)
{
	unsigned long flags;
	bool runs;

	spin_lock_irqsave(&dev->lock, flags);
	runs = tgt_self_test_runs(dev->unit);
	*progress = dev->unit->test_progress;
	spin_unlock_irqrestore(&dev->lock, flags);
	return runs;
}

/* One of the background is to end, as its initiator says. False: there is none. */
bool tgt_self_test_abort(struct tgt_device *dev)
{
	struct tgt_unit *u = dev->unit;
	bool ok;

	spin_lock_irq(&dev->lock);
	ok = tgt_self_test_background(u);
	if (ok)
		WRITE_ONCE(u->test_end, TGT_TEST_ABORTED);
	spin_unlock_irq(&dev->lock);
	return ok;
}

/* Something else ends one of the background, at its next step. Context: any. */
void tgt_self_test_stop(struct tgt_device *dev)
{
	struct tgt_unit *u = dev->unit;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (tgt_self_test_background(u) && !u->test_end)
		WRITE_ONCE(u->test_end, TGT_TEST_ENDED);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* The same, waited for; @timeout is in jiffies. False: it still reads. Context: process. */
bool tgt_self_test_stopped(struct tgt_device *dev, unsigned long timeout)
{
	u16 progress;

	tgt_self_test_stop(dev);
	return wait_event_idle_timeout(dev->proc_wait, !tgt_self_test_state(dev, &progress),
				       timeout);
}

/* ---- identifying information, timestamp ---------------------------------------------- */

static void tgt_unit_tell(struct tgt_device *dev, enum tgt_ua ua, const struct tgt_itl *by)
{
	struct tgt_itl *itl;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(itl, &dev->itls, dev_node)
		if (itl != by)
			tgt_ua_set(itl, ua);
}

void tgt_ident_get(struct tgt_device *dev, struct tgt_ident *ident)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	*ident = dev->unit->ident;
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* All nexuses but @by are told. */
void tgt_ident_change(struct tgt_device *dev, const struct tgt_ident *ident,
		      const struct tgt_itl *by)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	dev->unit->ident = *ident;
	tgt_unit_tell(dev, TGT_UA_IDENT, by);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Milliseconds, of 48 bits; @set: an initiator has set them. */
u64 tgt_clock_get(struct tgt_device *dev, bool *set)
{
	unsigned long flags;
	u64 ms;

	spin_lock_irqsave(&dev->lock, flags);
	ms = dev->unit->clock + tgt_clock_now();
	*set = dev->unit->clock_set;
	spin_unlock_irqrestore(&dev->lock, flags);
	return ms & GENMASK_ULL(47, 0);
}

/* All nexuses but @by are told. */
void tgt_clock_set(struct tgt_device *dev, u64 ms, const struct tgt_itl *by)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	dev->unit->clock = ms - tgt_clock_now();
	dev->unit->clock_set = true;
	tgt_unit_tell(dev, TGT_UA_TIMESTAMP, by);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* ---- the echo buffer ------------------------------------------------------------------- */

/* One for all nexuses: who writes it takes it from the one before. @len: at most TGT_ECHO_MAX */
void tgt_echo_write(struct tgt_device *dev, const struct tgt_itl *by, const u8 *data, u32 len)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	memcpy(dev->unit->echo, data, len);
	dev->unit->echo_len = len;
	dev->unit->echo_by = by;
	spin_unlock_irqrestore(&dev->lock, flags);
}

/*
 * What @by wrote, in TGT_ECHO_MAX bytes at @data; how many. -ENODATA: nobody has written;
 * -EBUSY: somebody else has.
 */
int tgt_echo_read(struct tgt_device *dev, const struct tgt_itl *by, u8 *data)
{
	struct tgt_unit *u = dev->unit;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dev->lock, flags);
	ret = !u->echo_by ? -ENODATA : u->echo_by != by ? -EBUSY : (int)u->echo_len;
	if (ret > 0)
		memcpy(data, u->echo, ret);
	spin_unlock_irqrestore(&dev->lock, flags);
	return ret;
}

/* A nexus is going, under dev->lock: the next at its address shall not be taken for it. */
void tgt_echo_gone(struct tgt_itl *itl)
{
	lockdep_assert_held(&itl->dev->lock);
	if (itl->dev->unit->echo_by == itl)
		itl->dev->unit->echo_by = NULL;
}
