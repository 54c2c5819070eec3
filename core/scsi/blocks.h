/* SPDX-License-Identifier: GPL-2.0 */
/* What the block commands executed by procedures share. */
#ifndef _TGTCORE_BLOCKS_H
#define _TGTCORE_BLOCKS_H

#include "../core.h"
#include "../proc.h"
#include "exec.h"

/**
 * struct tgt_blocks - the range of a command
 * @lba: first block
 * @n: blocks
 * @bits: byte 1 of the CDB, or byte 10 of one of 32 bytes: protection, FUA and their like
 * @offset: first byte
 * @len: bytes
 */
struct tgt_blocks {
	u64	lba;
	u32	n;
	u8	bits;
	u64	offset;
	u64	len;
};

#define TGT_WRITE_ATOMIC_16	0x9c	/* 6.1 has no name for it */

void tgt_blocks_of(const struct tgt_device *dev, const u8 *cdb, struct tgt_blocks *b);
bool tgt_blocks_check(struct tgt_cmd *cmd, const struct tgt_blocks *b, u64 max);
bool tgt_blocks_out(struct tgt_cmd *cmd, u32 len);
enum tgt_ret tgt_blocks_none(struct tgt_cmd *cmd);

#endif
