/* SPDX-License-Identifier: GPL-2.0 */
#include "../shim.h"

/* The harness brings these. */
int sbitmap_get(struct sbitmap *sb);
void sbitmap_put(struct sbitmap *sb, unsigned int bit);
