// SPDX-License-Identifier: GPL-2.0
/* Adding up what the CPUs counted. */
#include "core.h"

/* All fields are u64, so that adding is adding. */
static_assert(sizeof(struct tgt_itl_stats) == (3 + 3 + 3 + 1 + TGTCORE_LAT_BUCKETS) * sizeof(u64));

void tgt_stats_add(struct tgt_itl_stats *to, const struct tgt_itl_stats *from)
{
	const u64 *f = (const u64 *)from;
	u64 *t = (u64 *)to;
	unsigned int i;

	for (i = 0; i < sizeof(*to) / sizeof(u64); i++)
		t[i] += READ_ONCE(f[i]);
}

/* The sum of the latencies of all commands. */
u64 tgt_stats_busy(const struct tgt_itl_stats *s)
{
	return s->busy_ns[TGT_DIR_NONE] + s->busy_ns[TGT_DIR_IN] + s->busy_ns[TGT_DIR_OUT];
}

/* Adds what all CPUs counted for @itl to @sum. */
void tgt_stats_sum(struct tgt_itl *itl, struct tgt_itl_stats *sum)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tgt_stats_add(sum, &per_cpu_ptr(itl->cpu, cpu)->stats);
}
