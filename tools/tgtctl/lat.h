/* SPDX-License-Identifier: GPL-2.0 */
/* Latency histograms as the kernel counts them, see TGTCORE_LAT_BUCKETS. Pure functions. */
#ifndef TGTCTL_LAT_H
#define TGTCTL_LAT_H

#include "types.h"

double lat_lower_bound(size_t bucket);
double lat_percentile(const u64 *hist, size_t n, double percent);

#endif
