/* SPDX-License-Identifier: GPL-2.0 */
/* What is not as it should be, and what it waits for. */
#ifndef TGTCTL_BLOCKED_H
#define TGTCTL_BLOCKED_H

#include "map.h"
#include "nl.h"

/**
 * struct blocked - what explains why something waits
 * @devices: all devices
 * @luns: all LUNs
 * @sessions: all sessions
 * @stuck: those LUNs that are not active, or whose target is not (the same records)
 * @by_name: devices by name
 */
struct blocked {
	struct records	devices;
	struct records	luns;
	struct records	sessions;
	struct records	stuck;
	struct map	by_name;
};

int blocked_load(struct blocked *b, struct nl *nl);
void blocked_free(struct blocked *b);

bool blocked_is(const struct blocked *b, const struct record *rec);
const char *blocked_stage(const struct record *rec);
char *blocked_why(const struct blocked *b, const struct record *rec);
json_t *blocked_json(const struct blocked *b, const struct record *rec);

#endif
