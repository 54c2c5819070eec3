// SPDX-License-Identifier: GPL-2.0

#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "util.h"

/* FNV-1a */
static u64 map_hash(const char *key)
{
	u64 h = 0xcbf29ce484222325;

	while (*key)
		h = (h ^ (unsigned char)*key++) * 0x100000001b3;
	return h;
}

static struct map_entry *map_slot(const struct map *map, const char *key)
{
	u64 i = map_hash(key);
	struct map_entry *e;

	for (;; i++) {
		e = &map->slots[i & (map->size - 1)];
		if (!e->key || !strcmp(e->key, key))
			return e;
	}
}

/* The entry of @key, or NULL. */
struct map_entry *map_find(const struct map *map, const char *key)
{
	struct map_entry *e;

	if (!map->size)
		return NULL;
	e = map_slot(map, key);
	return e->key ? e : NULL;
}

static void map_grow(struct map *map)
{
	struct map old = *map;

	map->size = old.size ? old.size * 2 : 64;
	map->slots = xcalloc(map->size, sizeof(*map->slots));
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].key)
			*map_slot(map, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

/* The entry of @key, made with a NULL value if there is none. Entries move at the next add. */
struct map_entry *map_add(struct map *map, const char *key)
{
	struct map_entry *e;

	if (map->nr >= map->size / 2)
		map_grow(map);
	e = map_slot(map, key);
	if (!e->key) {
		e->key = xstrdup(key);
		map->nr++;
	}
	return e;
}

void map_free(struct map *map)
{
	for (size_t i = 0; i < map->size; i++)
		free(map->slots[i].key);
	free(map->slots);
	memset(map, 0, sizeof(*map));
}
