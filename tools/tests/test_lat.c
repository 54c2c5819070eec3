// SPDX-License-Identifier: GPL-2.0
/* Percentiles of histograms, against the latencies the histograms were counted from. */
#include <linux/tgtcore.h>
#include <math.h>
#include <stdlib.h>

#include "lat.h"
#include "tap.h"
#include "util.h"

#define N	TGTCORE_LAT_BUCKETS

/* The bucket of a latency, in the words of uapi/linux/tgtcore.h. */
static size_t bucket_of(u64 ns)
{
	size_t octave = 0;

	if (ns < 256)
		return 0;
	while (ns >= 512ULL << octave)
		octave++;
	if (ns < (256ULL << octave) + (128ULL << octave))
		octave = 1 + 2 * octave;
	else
		octave = 2 + 2 * octave;
	return octave < N ? octave : N - 1;
}

static void test_bounds(void)
{
	bool good = true;

	ok(lat_lower_bound(0) == 0 && lat_lower_bound(1) == 256 && lat_lower_bound(2) == 384 &&
	   lat_lower_bound(3) == 512 && lat_lower_bound(4) == 768, "the first buckets");
	for (size_t i = 1; i < N; i++) {
		u64 low = lat_lower_bound(i);

		good = good && bucket_of(low) == i && bucket_of(low - 1) == i - 1;
	}
	ok(good, "each bucket begins where the one before ends");
}

static void test_simple(void)
{
	u64 hist[N] = { 0 };

	ok(lat_percentile(hist, N, 50) < 0, "no commands, no percentile");
	ok(lat_percentile(hist, 0, 50) < 0, "no buckets, no percentile");
	hist[3] = 1;
	ok(lat_percentile(hist, N, 50) == 768 && lat_percentile(hist, N, 99.9) == 768,
	   "one command: the end of its bucket");
	hist[3] = 100;
	ok(lat_percentile(hist, N, 50) == 640, "half of a bucket");
	hist[3] = 99;
	hist[10] = 1;
	ok(lat_percentile(hist, N, 99) == 768, "99 of 100 are below");
	ok(lat_percentile(hist, N, 99.9) > lat_lower_bound(10), "the slowest shows at 99.9");
	hist[N - 1] = 1000000;
	ok(lat_percentile(hist, N, 50) == lat_lower_bound(N - 1), "the last bucket has no end");
	for (size_t i = 0; i < N; i++)
		hist[i] = ~0ULL / N;
	ok(isfinite(lat_percentile(hist, N, 99.9)), "counters that are nearly full");
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static bool one_round(unsigned int n)
{
	static const double percents[] = { 1, 50, 90, 99, 99.9, 100 };
	u64 *ns = xcalloc(n, sizeof(*ns));
	u64 hist[N] = { 0 };
	bool good = true;

	for (unsigned int i = 0; i < n; i++) {
		ns[i] = (u64)random() >> (random() % 31);
		hist[bucket_of(ns[i])]++;
	}
	qsort(ns, n, sizeof(*ns), compare);
	for (size_t p = 0; p < ARRAY_SIZE(percents); p++) {
		size_t rank = ceil(percents[p] / 100 * n);
		size_t bucket = bucket_of(ns[rank ? rank - 1 : 0]);
		double got = lat_percentile(hist, N, percents[p]);

		/* As exact as a histogram can be: in the bucket of the true one. */
		if (got < lat_lower_bound(bucket) ||
		    (bucket < N - 1 && got > lat_lower_bound(bucket + 1)))
			good = false;
	}
	free(ns);
	return good;
}

int main(void)
{
	bool good = true;

	test_bounds();
	test_simple();
	srandom(1);
	for (unsigned int i = 0; i < 300; i++)
		good = good && one_round(1 + random() % 2000);
	ok(good, "300 random sets: percentiles lie in the bucket of the true ones");
	return tap_end();
}
