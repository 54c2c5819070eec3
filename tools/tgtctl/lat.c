// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "lat.h"

#define FIRST_NS	256.0

/* The shortest latency, in ns, that a bucket counts. */
double lat_lower_bound(size_t bucket)
{
	double octave;

	if (!bucket)
		return 0;
	octave = ldexp(FIRST_NS, (bucket - 1) / 2);
	return bucket % 2 ? octave : octave * 1.5;
}

/*
 * The latency, in ns, that @percent of all commands did not exceed; -1 if there were none.
 * Within its bucket it is placed by rank, as if the bucket's commands were spread evenly.
 * The last bucket has no end: its beginning is told, which is certain to be no more than
 * what was measured.
 */
double lat_percentile(const u64 *hist, size_t n, double percent)
{
	u64 total = 0, below = 0;
	double rank, from, to;

	for (size_t i = 0; i < n; i++)
		total += hist[i];
	if (!total)
		return -1;
	rank = ceil(percent / 100 * total);
	if (rank < 1)
		rank = 1;
	for (size_t i = 0; i < n; i++) {
		if (below + hist[i] < rank) {
			below += hist[i];
			continue;
		}
		from = lat_lower_bound(i);
		if (i == n - 1)
			return from;
		to = lat_lower_bound(i + 1);
		return from + (to - from) * (rank - below) / hist[i];
	}
	return lat_lower_bound(n - 1);
}
