/* SPDX-License-Identifier: GPL-2.0 */
/* A table of strings with something kept for each, so that nothing here is quadratic. */
#ifndef TGTCTL_MAP_H
#define TGTCTL_MAP_H

#include "types.h"

struct map_entry {
	char	*key;		/* the map's own copy; NULL in a free slot */
	void	*val;
};

struct map {
	struct map_entry *slots;
	size_t	size;		/* slots: 0 or a power of two */
	size_t	nr;		/* used ones */
};

struct map_entry *map_find(const struct map *map, const char *key);
struct map_entry *map_add(struct map *map, const char *key);
void map_free(struct map *map);

#endif
