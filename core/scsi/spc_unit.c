// SPDX-License-Identifier: GPL-2.0
/* Timestamp, identifying information, echo buffer. */
#include <linux/slab.h>
#include "../core.h"
#include "../proc.h"
#include "../unit.h"
#include "disk.h"
#include "exec.h"
#include "ident.h"
#include "sense.h"

/* READ and WRITE BUFFER (10), byte 1 */
#define TGT_BUFFER_MODE			0x1f
#define TGT_BUFFER_DESCRIPTOR		0x03
#define TGT_BUFFER_ECHO			0x0a
#define TGT_BUFFER_ECHO_DESCRIPTOR	0x0b

enum tgt_ret tgt_exec_report_timestamp(struct tgt_cmd *cmd)
{
	u8 buf[TGT_TIMESTAMP_LEN];
	struct tgt_resp r;
	bool set;
	u64 ms = tgt_clock_get(cmd->itl->dev, &set);

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_timestamp_report(&r, ms, set);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 6));
}

static void tgt_set_timestamp_run(struct tgt_proc *p)
{
	struct tgt_itl *itl = tgt_proc_itl(p);
	enum tgt_sense sense;
	u64 ms;

	if (!p->param_len || !itl)
		return;
	sense = tgt_timestamp_set(p->param, p->param_len, &ms);
	if (sense)
		tgt_proc_fail(p, sense);
	else
		tgt_clock_set(p->dev, ms, itl);
}

enum tgt_ret tgt_exec_set_timestamp(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be32(cmd->cdb + 6), tgt_set_timestamp_run);
}

enum tgt_ret tgt_exec_report_ident(struct tgt_cmd *cmd)
{
	struct tgt_ident ident;
	struct tgt_resp r;
	u8 buf[4 + TGT_IDENT_MAX];

	tgt_ident_get(cmd->itl->dev, &ident);
	tgt_resp_init(&r, buf, sizeof(buf));
	if (!tgt_ident_report(&r, cmd->cdb, &ident))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 6));
}

static void tgt_set_ident_run(struct tgt_proc *p)
{
	struct tgt_itl *itl = tgt_proc_itl(p);
	struct tgt_ident ident;
	enum tgt_sense sense;

	if (!itl)
		return;
	sense = tgt_ident_set(p->cdb, p->param, p->param_len, &ident);
	if (sense) {
		tgt_proc_fail(p, sense);
		return;
	}
	tgt_config_lock();
	tgt_ident_change(p->dev, &ident, itl);
	tgt_changed();
	tgt_event_device(TGTCORE_CMD_DEVICE_NTF, p->dev);
	tgt_config_unlock();
}

enum tgt_ret tgt_exec_set_ident(struct tgt_cmd *cmd)
{
	return tgt_proc_start_param(cmd, get_unaligned_be32(cmd->cdb + 6), tgt_set_ident_run);
}

/* READ BUFFER of mode 0Ah: an echo buffer another nexus wrote is told apart (EBOS=1). */
static enum tgt_ret tgt_read_echo(struct tgt_cmd *cmd, u32 alloc_len)
{
	u8 *buf = kmalloc(TGT_ECHO_MAX, GFP_NOWAIT | __GFP_NOWARN);
	enum tgt_ret ret;
	int len;

	if (!buf)
		return TGT_BUSY;
	len = tgt_echo_read(cmd->itl->dev, cmd->itl, buf);
	if (len == -ENODATA)
		ret = tgt_cmd_fail(cmd, TGT_SENSE_SEQUENCE);
	else if (len < 0)
		ret = tgt_cmd_fail(cmd, TGT_SENSE_ECHO_OVERWRITTEN);
	else
		ret = tgt_cmd_reply(cmd, buf, len, alloc_len);
	kfree(buf);
	return ret;
}

/* READ BUFFER (10), SPC-5 6.18: there is no buffer but the echo buffer. */
enum tgt_ret tgt_exec_read_buffer(struct tgt_cmd *cmd)
{
	static const u8 echo[4] = { 0x01, 0, TGT_ECHO_MAX >> 8, TGT_ECHO_MAX & 0xff };
	static const u8 none[4];
	u32 alloc_len = get_unaligned_be24(cmd->cdb + 6);

	switch (cmd->cdb[1] & TGT_BUFFER_MODE) {
	case TGT_BUFFER_DESCRIPTOR:
		return tgt_cmd_reply(cmd, none, sizeof(none), alloc_len);
	case TGT_BUFFER_ECHO:
		return tgt_read_echo(cmd, alloc_len);
	case TGT_BUFFER_ECHO_DESCRIPTOR:
		return tgt_cmd_reply(cmd, echo, sizeof(echo), alloc_len);
	default:
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	}
}

static void tgt_write_buffer_run(struct tgt_proc *p)
{
	struct tgt_itl *itl = tgt_proc_itl(p);

	if (p->param_len && itl)
		tgt_echo_write(p->dev, itl, p->param, p->param_len);
}

/* WRITE BUFFER, SPC-5 6.49: no microcode, and nothing else but the echo buffer. */
enum tgt_ret tgt_exec_write_buffer(struct tgt_cmd *cmd)
{
	u32 len = get_unaligned_be24(cmd->cdb + 6);

	if ((cmd->cdb[1] & TGT_BUFFER_MODE) != TGT_BUFFER_ECHO || len > TGT_ECHO_MAX)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_proc_start_param(cmd, len, tgt_write_buffer_run);
}
