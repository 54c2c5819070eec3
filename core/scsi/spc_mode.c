// SPDX-License-Identifier: GPL-2.0
/* MODE SENSE and SELECT, LOG SENSE and SELECT. */
#include "../core.h"
#include "../proc.h"
#include "../unit.h"
#include "disk.h"
#include "exec.h"
#include "log.h"
#include "mode.h"

/* MODE SENSE, SPC-5 6.14 and 6.15. */
static enum tgt_ret tgt_mode_sense_reply(struct tgt_cmd *cmd, u32 alloc_len)
{
	u8 buf[TGT_MODE_PAGES_MAX];
	struct tgt_mode_state modes;
	struct tgt_disk d;
	struct tgt_resp r;

	tgt_disk_facts(cmd, &d);
	tgt_mode_get(cmd->itl->dev, &modes);
	d.modes = &modes;
	tgt_resp_init(&r, buf, sizeof(buf));
	if (!tgt_mode_sense(&r, &d, cmd->cdb))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, r.len, alloc_len);
}

enum tgt_ret tgt_exec_mode_sense6(struct tgt_cmd *cmd)
{
	return tgt_mode_sense_reply(cmd, cmd->cdb[4]);
}

enum tgt_ret tgt_exec_mode_sense10(struct tgt_cmd *cmd)
{
	return tgt_mode_sense_reply(cmd, get_unaligned_be16(cmd->cdb + 7));
}

/* The nexus of a procedure's command, only for comparing; NULL if the command is gone. */
struct tgt_itl *tgt_proc_itl(struct tgt_proc *p)
{
	struct tgt_itl *itl;

	spin_lock_irq(&p->dev->proc_lock);
	itl = p->cmd ? p->cmd->itl : NULL;
	spin_unlock_irq(&p->dev->proc_lock);
	return itl;
}

/* The facts of a procedure's command, and its nexus as tgt_proc_itl(). */
struct tgt_itl *tgt_proc_facts(struct tgt_proc *p, struct tgt_disk *d)
{
	struct tgt_itl *itl = NULL;

	spin_lock_irq(&p->dev->proc_lock);
	if (p->cmd) {
		tgt_disk_facts(p->cmd, d);
		itl = p->cmd->itl;
	}
	spin_unlock_irq(&p->dev->proc_lock);
	return itl;
}

/* One at a time. True if what is cached is to be written: the cache is no longer used. */
static bool tgt_mode_select_locked(struct tgt_proc *p, const struct tgt_disk *d,
				   const struct tgt_itl *itl)
{
	struct tgt_device *dev = p->dev;
	struct tgt_mode_state was, state;
	enum tgt_sense sense;

	lockdep_assert_held(&tgt_config_mutex);
	tgt_mode_get(dev, &was);
	state = was;
	sense = tgt_mode_select(d, p->cdb, p->param, p->param_len, &state);
	if (sense) {
		tgt_proc_fail(p, sense);
		return false;
	}
	tgt_mode_set(dev, &state, itl);
	if (!tgt_modes_equal(&was.saved, &state.saved))
		tgt_changed();		/* of what is kept; the rest is told of as well */
	if (!tgt_modes_equal(&was.saved, &state.saved) || !tgt_modes_equal(&was.now, &state.now))
		tgt_event_device(TGTCORE_CMD_DEVICE_NTF, dev);
	/* also when it was off already: the flush of then may have failed */
	return dev->wce && !state.now.wce;
}

static void tgt_mode_select_run(struct tgt_proc *p)
{
	struct tgt_itl *itl;
	struct tgt_disk d;
	bool flush;

	itl = tgt_proc_facts(p, &d);
	if (!itl)
		return;
	tgt_config_lock();
	flush = tgt_mode_select_locked(p, &d, itl);
	tgt_config_unlock();
	if (flush)
		tgt_proc_flush(p);
}

/* MODE SELECT, SPC-5 6.12 and 6.13. */
enum tgt_ret tgt_exec_mode_select6(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, cmd->cdb[4], tgt_mode_select_run);
}

enum tgt_ret tgt_exec_mode_select10(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be16(cmd->cdb + 7), tgt_mode_select_run);
}

/* The page of logical block provisioning: a backend may sleep until it knows. */
static void tgt_log_thin_run(struct tgt_proc *p)
{
	struct tgt_log_facts facts;
	struct tgt_resp r;
	u8 buf[TGT_LOG_MAX];

	tgt_log_facts(p->dev, &facts);
	if (facts.thin && !p->dev->be->space(p->dev, &facts.space)) {
		tgt_proc_fail(p, TGT_SENSE_NOT_READY);
		return;
	}
	tgt_resp_init(&r, buf, sizeof(buf));
	if (tgt_log_sense(&r, p->cdb, &facts))
		tgt_proc_reply(p, buf, r.len, get_unaligned_be16(p->cdb + 7));
	else
		tgt_proc_fail(p, TGT_SENSE_INVALID_FIELD);
}

/* LOG SENSE, SPC-5 6.8. */
enum tgt_ret tgt_exec_log_sense(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_log_facts facts;
	u8 buf[TGT_LOG_MAX];
	unsigned long flags;
	struct tgt_resp r;
	bool ok;

	if ((cmd->cdb[2] & 0x3f) == TGT_LOG_THIN)
		return tgt_proc_start(cmd, tgt_log_thin_run);
	tgt_log_facts(dev, &facts);
	tgt_resp_init(&r, buf, sizeof(buf));
	spin_lock_irqsave(&dev->lock, flags);	/* self-tests are looked at where they are */
	ok = tgt_log_sense(&r, cmd->cdb, &facts);
	spin_unlock_irqrestore(&dev->lock, flags);
	if (!ok)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be16(cmd->cdb + 7));
}

static void tgt_log_select_run(struct tgt_proc *p)
{
	struct tgt_itl *itl = tgt_proc_itl(p);
	enum tgt_sense sense;
	unsigned int reset;

	if (!itl)
		return;
	sense = tgt_log_select(p->cdb, p->param, p->param_len, tgt_thin(p->dev), &reset);
	if (sense)
		tgt_proc_fail(p, sense);
	else if (reset)
		tgt_log_reset(p->dev, reset, itl);
}

/* LOG SELECT, SPC-5 6.7. */
enum tgt_ret tgt_exec_log_select(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be16(cmd->cdb + 7), tgt_log_select_run);
}
