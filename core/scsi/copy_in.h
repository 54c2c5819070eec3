/* SPDX-License-Identifier: GPL-2.0 */
/* What is told of copies: VPD page 8Fh and the RECEIVE COPY commands. Pure. */
#ifndef _TGTCORE_COPY_IN_H
#define _TGTCORE_COPY_IN_H

#include "resp.h"
#include "token.h"
#include "xcopy.h"

enum tgt_copy_state {
	TGT_COPY_IN_PROGRESS,
	TGT_COPY_DONE,
	TGT_COPY_FAILED,
	TGT_COPY_STOPPED,	/* by COPY OPERATION ABORT, or with its command */
};

/**
 * struct tgt_copy_status - a copy operation
 * @state: &enum tgt_copy_state
 * @sa: service action of the command that began it
 * @background: that was answered at once
 * @shift: log2 of the block size of what it was sent to
 * @partial: not all was done that had been asked for
 * @segments: that have been begun
 * @commands: that were sent for it and ended well
 * @bytes: written to destinations
 * @sense_len: bytes at @sense
 * @sense: with TGT_COPY_FAILED, what its command was answered
 */
struct tgt_copy_status {
	u8	state;
	u8	sa;
	bool	background;
	u8	shift;
	bool	partial;
	u16	segments;
	u16	commands;
	u64	bytes;
	u8	sense_len;
	u8	sense[TGT_COPY_SENSE_MAX];
};

#define TGT_COPY_REPLY_MAX	192	/* bytes of the longest answer without a token */
#define TGT_COPY_TOKEN_REPLY	(TGT_COPY_REPLY_MAX + 6 + TGT_ROD_LEN)	/* ... with one */

void tgt_copy_status_lid1(struct tgt_resp *r, const struct tgt_copy_status *st);
void tgt_copy_status_lid4(struct tgt_resp *r, const struct tgt_copy_status *st);
void tgt_copy_token_info(struct tgt_resp *r, const struct tgt_copy_status *st, const u8 *rod);
void tgt_copy_failure(struct tgt_resp *r, const struct tgt_copy_status *st);
void tgt_copy_params(struct tgt_resp *r);
void tgt_vpd_copy(struct tgt_resp *r, const struct tgt_disk *d);

#endif
