// SPDX-License-Identifier: GPL-2.0
/* Buckets of the latency histogram, as uapi/linux/tgtcore.h describes them. */
// uses:
#include "shim.h"
#include "unit.h"
#include <linux/tgtcore.h>
#include <tgtcore/tgtcore.h>

/*
 * Counting itself is per CPU and not for user space: core.h stays out, with stand-ins for
 * what stats.h takes from it.
 */
#define _TGTCORE_CORE_H
struct tgt_itl_stats {
	u64	cmds[3];
	u64	bytes[3];
	u64	busy_ns[3];
	u64	errors;
	u64	latency[TGTCORE_LAT_BUCKETS];
};

#define this_cpu_inc(x)		((void)(x)++)
#define this_cpu_add(x, n)	((void)((x) += (n)))
#define __fls(x)		ilog2(x)
#include "stats.h"

/* The first latency that belongs to a bucket. */
static u64 start_of(unsigned int bucket)
{
	u64 octave;

	if (!bucket)
		return 0;
	octave = 256ULL << (bucket - 1) / 2;
	return bucket & 1 ? octave : octave + octave / 2;
}

/* One command is counted once, in its own direction. */
UNIT(a_command_is_counted_once)
{
	struct tgt_itl_stats s = { };
	struct tgt_cmd cmd = { .stat = TGT_DIR_OUT, .len = 4096 };

	tgt_stats_cmd(&s, &cmd, 1000);
	EQ(s.cmds[TGT_DIR_OUT], 1);
	EQ(s.bytes[TGT_DIR_OUT], 4096);
	EQ(s.busy_ns[TGT_DIR_OUT], 1000);
	EQ(s.latency[tgt_latency_bucket(1000)], 1);
	EQ(s.errors, 0);
	cmd.stat = TGT_DIR_IN;
	cmd.status = SAM_STAT_CHECK_CONDITION;
	tgt_stats_cmd(&s, &cmd, 0);
	EQ(s.cmds[TGT_DIR_IN], 1);
	EQ(s.bytes[TGT_DIR_IN], 0);	/* an error moves no data that counts */
	EQ(s.errors, 1);
	EQ(s.busy_ns[TGT_DIR_OUT], 1000);
	EQ(s.busy_ns[TGT_DIR_IN], 0);
	EQ(s.latency[0], 1);
}

UNIT(each_bucket_begins_and_ends_where_it_should)
{
	unsigned int b;

	for (b = 0; b < TGTCORE_LAT_BUCKETS; b++) {
		EQ(tgt_latency_bucket(start_of(b)), b);
		if (b < TGTCORE_LAT_BUCKETS - 1)
			EQ(tgt_latency_bucket(start_of(b + 1) - 1), b);
	}
}

UNIT(the_last_bucket_takes_all_that_is_longer)
{
	unsigned int shift;

	for (shift = 0; start_of(TGTCORE_LAT_BUCKETS - 1) << shift >> 63 == 0; shift++)
		EQ(tgt_latency_bucket(start_of(TGTCORE_LAT_BUCKETS - 1) << shift),
		   TGTCORE_LAT_BUCKETS - 1);
	EQ(tgt_latency_bucket(U64_MAX), TGTCORE_LAT_BUCKETS - 1);
}
