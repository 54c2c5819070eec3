/* SPDX-License-Identifier: GPL-2.0 */
/* Log pages of a disk. Pure: also built in user space for the unit tests. */
#ifndef _TGTCORE_LOG_H
#define _TGTCORE_LOG_H

#include <tgtcore/tgtcore.h>
#include "resp.h"

#define TGT_LOG_MAX	512	/* bytes that hold any log page */

/* What LOG SELECT can begin anew. */
#define TGT_LOG_RESET_WRITE_ERRORS	0x01
#define TGT_LOG_RESET_READ_ERRORS	0x02
#define TGT_LOG_RESET_STATISTICS	0x04

/**
 * struct tgt_log_facts - what was counted of a logical unit since it was, or was reset
 * @reads: read commands
 * @writes: write commands
 * @read_bytes: bytes read by them
 * @write_bytes: bytes written
 * @read_us: time read commands took, each its own, in microseconds
 * @write_us: likewise
 * @idle_us: time there was no command; less than that, where commands ran at a time
 * @read_errors: MEDIUM ERROR on reading
 * @write_errors: MEDIUM ERROR on writing
 * @read_error_bytes: bytes read since the error counters were reset
 * @write_error_bytes: likewise
 * @block_shift: log2 of the logical block size
 * @thin: @space is known
 * @space: what is used and can be had
 */
struct tgt_log_facts {
	u64	reads;
	u64	writes;
	u64	read_bytes;
	u64	write_bytes;
	u64	read_us;
	u64	write_us;
	u64	idle_us;
	u64	read_errors;
	u64	write_errors;
	u64	read_error_bytes;
	u64	write_error_bytes;
	u8	block_shift;
	bool	thin;
	struct tgt_space space;
};

#define TGT_LOG_THIN	0x0c	/* page code: logical block provisioning */

bool tgt_log_sense(struct tgt_resp *r, const u8 *cdb, const struct tgt_log_facts *facts);
enum tgt_sense tgt_log_select(const u8 *cdb, const u8 *list, u32 len, bool thin,
			      unsigned int *reset);

#endif
