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

#define TGT_SELF_TESTS	20	/* that page 10h tells of */

/**
 * struct tgt_self_test - what came of a self-test, SPC-5 7.3.19
 * @code: SELF-TEST CODE it was asked for with
 * @result: SELF-TEST RESULTS
 * @segment: which part of it has failed, from 1 on; 0: none
 * @hours: the logical unit had been there for so long
 * @lba: first block with an error; all ones: none
 * @key: sense key of that
 * @asc: likewise
 * @ascq: likewise
 */
struct tgt_self_test {
	u8	code;
	u8	result;
	u8	segment;
	u16	hours;
	u64	lba;
	u8	key;
	u8	asc;
	u8	ascq;
};

/* SELF-TEST RESULTS */
enum tgt_self_test_result {
	TGT_TEST_PASSED		= 0x0,
	TGT_TEST_ABORTED	= 0x1,	/* by SEND DIAGNOSTIC, which can do that */
	TGT_TEST_ENDED		= 0x2,	/* by something that is no SEND DIAGNOSTIC */
	TGT_TEST_UNKNOWN	= 0x3,	/* it could not be done */
	TGT_TEST_FAILED		= 0x7,	/* @segment tells what has */
	TGT_TEST_RUNS		= 0xf,
};

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
 * @tests: self-tests, the last one first; of the device, dev->lock
 * @nr_tests: how many
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
	const struct tgt_self_test *tests;
	u8	nr_tests;
};

#define TGT_LOG_THIN	0x0c	/* page code: logical block provisioning */

bool tgt_log_sense(struct tgt_resp *r, const u8 *cdb, const struct tgt_log_facts *facts);
enum tgt_sense tgt_log_select(const u8 *cdb, const u8 *list, u32 len, bool thin,
			      unsigned int *reset);

#endif
