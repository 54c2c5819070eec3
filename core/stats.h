/* SPDX-License-Identifier: GPL-2.0 */
/* Counting one command: this CPU's counters only. */
#ifndef _TGTCORE_STATS_H
#define _TGTCORE_STATS_H

#include <linux/bitops.h>
#include <linux/percpu.h>
#include "core.h"

/* Two buckets an octave from 256 ns on; see TGTCORE_LAT_BUCKETS. */
static inline unsigned int tgt_latency_bucket(u64 ns)
{
	unsigned int octave, bucket;

	if (ns < 256)
		return 0;
	octave = __fls(ns);
	bucket = 1 + 2 * (octave - 8) + (ns >> (octave - 1) & 1);
	return min_t(unsigned int, bucket, TGTCORE_LAT_BUCKETS - 1);
}

/* Not GOOD, and not a unit attention either: every disk begins with one of those. */
static inline bool tgt_stats_error(const struct tgt_cmd *cmd)
{
	u8 key;

	if (cmd->status != SAM_STAT_CHECK_CONDITION || cmd->sense_len < 3)
		return true;
	key = cmd->sense[0] < 0x72 ? cmd->sense[2] : cmd->sense[1];
	return (key & 0x0f) != UNIT_ATTENTION;
}

static inline void tgt_stats_cmd(struct tgt_itl_stats __percpu *stats,
				 const struct tgt_cmd *cmd, u64 ns)
{
	unsigned int dir = cmd->stat;	/* read once: what counts per CPU is taken to change it */

	this_cpu_inc(stats->cmds[dir]);
	this_cpu_add(stats->busy_ns[dir], ns);
	this_cpu_inc(stats->latency[tgt_latency_bucket(ns)]);
	if (likely(!cmd->status))
		this_cpu_add(stats->bytes[dir], cmd->len);
	else if (tgt_stats_error(cmd))
		this_cpu_inc(stats->errors);
}

#endif
