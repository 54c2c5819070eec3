/* SPDX-License-Identifier: GPL-2.0 */
/* What a restore has to do, worked out before it does anything. */
#ifndef TGTCTL_PLAN_H
#define TGTCTL_PLAN_H

#include <jansson.h>

#include "config.h"
#include "map.h"
#include "nl.h"

/**
 * struct step - one request
 * @cmd: what it is
 * @set: of what
 * @obj: the object in the file; for GROUP_ADD the initiator
 * @target: the target it is in, in the file, or NULL
 * @group: the group it is in, or NULL
 * @subject: how messages call it
 * @later: it was too early, something was still being made
 * @made: the kernel has done it, or may have
 */
struct step {
	u8		cmd;
	const struct set *set;
	const json_t	*obj;
	const json_t	*target;
	const json_t	*group;
	char		*subject;
	bool		later;
	bool		made;
};

/**
 * struct plan - all steps in order
 * @steps: targets, groups and target port groups first, then each LUN right behind its
 *	device, and each device behind the one it is over
 * @nr: of them
 * @there: objects the kernel has already, by how messages call them
 * @same: how many of the file's objects are among those
 */
struct plan {
	struct step	*steps;
	size_t		nr;
	struct map	there;
	size_t		same;

	/* private */
	struct records	recs[5];
	struct map	devices;	/* the file's, by name; value NULL once planned */
};

int plan_look(struct plan *plan, struct nl *nl);
void plan_make(struct plan *plan, const json_t *root, struct config_errors *errors);
void plan_free(struct plan *plan);
bool plan_target_there(const struct plan *plan, const json_t *target);
char *plan_target_subject(const json_t *target);
size_t plan_count(const struct plan *plan, u8 cmd);

#endif
