// SPDX-License-Identifier: GPL-2.0
/* Block commands: reads and writes on the hot path, and a disk's few others. */
#include "../core.h"
#include "../trace.h"
#include "../unit.h"
#include "disk.h"
#include "exec.h"

/*
 * A transfer of @n blocks at @lba: bounds, then what both the CDB and the buffer allow,
 * in whole blocks; the rest is the residual (SAM-6 5.4.3). A write the initiator brings too
 * little data for is refused whole: half of it would look like all of it to who does not
 * look at residuals. DPO is a hint there is no use for.
 */
static __always_inline enum tgt_ret tgt_rw(struct tgt_cmd *cmd, u64 lba, u32 n, u8 byte1,
					   enum tgt_dir dir)
{
	struct tgt_device *dev = cmd->itl->dev;
	u64 nblocks = READ_ONCE(dev->nblocks);
	u8 shift = dev->block_shift;
	u32 len = n << shift;

	if (unlikely(lba >= nblocks || n > nblocks - lba))
		return tgt_cmd_fail_range(cmd, lba);
	if (unlikely(byte1 & TGT_BYTE1_PROTECT || n > TGT_MAX_IO >> shift))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	cmd->stat = dir;
	cmd->offset = lba << shift;
	if (byte1 & TGT_BYTE1_FUA)
		cmd->flags |= TGT_CMD_FUA;
	if (unlikely(len != cmd->data_len || cmd->dir != dir || !len)) {
		len = tgt_cmd_fit(cmd, len, dir) >> shift << shift;
		if (cmd->flags & TGT_CMD_OVERFLOW && dir == TGT_DIR_OUT)
			return tgt_cmd_fail_short(cmd);
		if (!len)
			return TGT_DONE;
	}
	cmd->len = len;
	trace_tgt_cmd_submit(cmd);
	return dev->be->submit(cmd);
}

/* READ/WRITE (6): 21 bits of LBA, and a length of 0 is 256 (SBC-4 5.16). */
static __always_inline enum tgt_ret tgt_rw6(struct tgt_cmd *cmd, enum tgt_dir dir)
{
	const u8 *cdb = cmd->cdb;

	return tgt_rw(cmd, get_unaligned_be24(cdb + 1) & 0x1fffff, cdb[4] ? cdb[4] : 256, 0, dir);
}

static __always_inline enum tgt_ret tgt_rw10(struct tgt_cmd *cmd, enum tgt_dir dir)
{
	const u8 *cdb = cmd->cdb;

	return tgt_rw(cmd, get_unaligned_be32(cdb + 2), get_unaligned_be16(cdb + 7), cdb[1], dir);
}

static __always_inline enum tgt_ret tgt_rw12(struct tgt_cmd *cmd, enum tgt_dir dir)
{
	const u8 *cdb = cmd->cdb;

	return tgt_rw(cmd, get_unaligned_be32(cdb + 2), get_unaligned_be32(cdb + 6), cdb[1], dir);
}

static __always_inline enum tgt_ret tgt_rw16(struct tgt_cmd *cmd, enum tgt_dir dir)
{
	const u8 *cdb = cmd->cdb;

	return tgt_rw(cmd, get_unaligned_be64(cdb + 2), get_unaligned_be32(cdb + 10), cdb[1], dir);
}

enum tgt_ret tgt_exec_read6(struct tgt_cmd *cmd)
{
	return tgt_rw6(cmd, TGT_DIR_IN);
}

enum tgt_ret tgt_exec_read10(struct tgt_cmd *cmd)
{
	return tgt_rw10(cmd, TGT_DIR_IN);
}

enum tgt_ret tgt_exec_read12(struct tgt_cmd *cmd)
{
	return tgt_rw12(cmd, TGT_DIR_IN);
}

enum tgt_ret tgt_exec_read16(struct tgt_cmd *cmd)
{
	return tgt_rw16(cmd, TGT_DIR_IN);
}

enum tgt_ret tgt_exec_write6(struct tgt_cmd *cmd)
{
	return tgt_rw6(cmd, TGT_DIR_OUT);
}

enum tgt_ret tgt_exec_write10(struct tgt_cmd *cmd)
{
	return tgt_rw10(cmd, TGT_DIR_OUT);
}

enum tgt_ret tgt_exec_write12(struct tgt_cmd *cmd)
{
	return tgt_rw12(cmd, TGT_DIR_OUT);
}

enum tgt_ret tgt_exec_write16(struct tgt_cmd *cmd)
{
	return tgt_rw16(cmd, TGT_DIR_OUT);
}

/*
 * SYNCHRONIZE CACHE, SBC-4 5.33. The whole cache is synchronized whatever the range, and
 * IMMED gets its answer when it is done: later than asked, never earlier than true.
 */
static enum tgt_ret tgt_sync(struct tgt_cmd *cmd, u64 lba, u32 n)
{
	struct tgt_device *dev = cmd->itl->dev;
	u64 nblocks = READ_ONCE(dev->nblocks);

	if (lba >= nblocks || n > nblocks - lba)
		return tgt_cmd_fail_range(cmd, lba);
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	if (!dev->be->flush)
		return TGT_DONE;
	trace_tgt_cmd_submit(cmd);
	return dev->be->flush(cmd);
}

enum tgt_ret tgt_exec_sync10(struct tgt_cmd *cmd)
{
	return tgt_sync(cmd, get_unaligned_be32(cmd->cdb + 2), get_unaligned_be16(cmd->cdb + 7));
}

enum tgt_ret tgt_exec_sync16(struct tgt_cmd *cmd)
{
	return tgt_sync(cmd, get_unaligned_be64(cmd->cdb + 2), get_unaligned_be32(cmd->cdb + 10));
}

enum tgt_ret tgt_exec_capacity10(struct tgt_cmd *cmd)
{
	struct tgt_resp r;
	struct tgt_disk d;
	u8 buf[8];

	tgt_disk_facts(cmd, &d);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity10(&r, &d);
	return tgt_cmd_reply(cmd, buf, r.len, sizeof(buf));
}

enum tgt_ret tgt_exec_capacity16(struct tgt_cmd *cmd)
{
	struct tgt_resp r;
	struct tgt_disk d;
	u8 buf[32];

	tgt_disk_facts(cmd, &d);
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity16(&r, &d);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 10));
}

/*
 * START STOP UNIT, SBC-4 5.31: START=0 makes medium access answer NOT READY until START=1.
 * What is cached is written first (NO_FLUSH is bit 2). There is nothing to eject and no
 * power condition but active. A self-test in the background ends (SPC-5 5.15.4.3).
 */
enum tgt_ret tgt_exec_start_stop(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	u8 byte4 = cmd->cdb[4];
	bool start = byte4 & 0x01;
	bool flush = !start && !(byte4 & 0x04) && dev->be->flush;
	unsigned long flags;

	if (byte4 & 0xf2)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	if (flush && dev->be->flags & TGT_BE_HOLDS && !tgt_cmd_hold(cmd))
		return TGT_FULL;	/* before anything has changed */
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	tgt_self_test_stop(dev);

	spin_lock_irqsave(&dev->lock, flags);
	dev->stopped = !start;
	tgt_gate_device(dev, start ? 0 : TGT_GATE_STOPPED, TGT_GATE_STOPPED);
	spin_unlock_irqrestore(&dev->lock, flags);
	return flush ? dev->be->flush(cmd) : TGT_DONE;
}
