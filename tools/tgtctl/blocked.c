// SPDX-License-Identifier: GPL-2.0
/*
 * An object is blocked while it is being made or deleted; a device also while commands that
 * were aborted are still with its backend. Groups and sessions have no state of their own:
 * they are blocked if a LUN in their map is.
 */
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "util.h"

int blocked_load(struct blocked *b, struct nl *nl)
{
	int ret;

	memset(b, 0, sizeof(*b));
	ret = tnl_dump_set(nl, &set_device, &b->devices);
	if (!ret)
		ret = tnl_dump_set(nl, &set_lun, &b->luns);
	if (ret) {
		blocked_free(b);
		return ret;
	}
	for (size_t i = 0; i < b->devices.nr; i++) {
		struct record *dev = b->devices.rec[i];

		map_add(&b->by_name, record_str(dev, TGTCORE_A_DEVICE_NAME) ?: "")->val = dev;
	}
	for (size_t i = 0; i < b->luns.nr; i++)
		if (record_u64(b->luns.rec[i], TGTCORE_A_LUN_STATE) != TGTCORE_STATE_ACTIVE)
			records_add(&b->stuck, b->luns.rec[i]);
	return 0;
}

void blocked_free(struct blocked *b)
{
	map_free(&b->by_name);
	free(b->stuck.rec);
	records_free(&b->devices);
	records_free(&b->luns);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Whether the LUN is in the map of that group or session. */
static bool lun_of(const struct record *lun, const struct record *rec)
{
	const char *fabric, *target, *group;

	if (rec->set == &set_group) {
		fabric = record_str(rec, TGTCORE_A_GROUP_FABRIC);
		target = record_str(rec, TGTCORE_A_GROUP_TARGET);
		group = record_str(rec, TGTCORE_A_GROUP_NAME);
	} else {
		fabric = record_str(rec, TGTCORE_A_SESSION_FABRIC);
		target = record_str(rec, TGTCORE_A_SESSION_TARGET);
		group = record_str(rec, TGTCORE_A_SESSION_GROUP);
	}
	return same_text(fabric, record_str(lun, TGTCORE_A_LUN_FABRIC)) &&
	       same_text(target, record_str(lun, TGTCORE_A_LUN_TARGET)) &&
	       same_text(group, record_str(lun, TGTCORE_A_LUN_GROUP));
}

/* The first blocked LUN of a group's or session's map, or NULL. */
static const struct record *blocked_lun(const struct blocked *b, const struct record *rec)
{
	for (size_t i = 0; i < b->stuck.nr; i++)
		if (lun_of(b->stuck.rec[i], rec))
			return b->stuck.rec[i];
	return NULL;
}

bool blocked_is(const struct blocked *b, const struct record *rec)
{
	if (!rec->set->state)
		return blocked_lun(b, rec);
	if (record_u64(rec, rec->set->state) != TGTCORE_STATE_ACTIVE)
		return true;
	return rec->set == &set_device && record_u64(rec, TGTCORE_A_DEVICE_ABORTING);
}

const char *blocked_stage(const struct record *rec)
{
	if (rec->set == &set_device && record_u64(rec, TGTCORE_A_DEVICE_ABORTING) &&
	    record_u64(rec, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_ACTIVE)
		return "aborting";
	return state_name(record_u64(rec, rec->set->state));
}

static char *count(u64 n, const char *one, const char *many)
{
	return xasprintf("%llu %s", n, n == 1 ? one : many);
}

static char *held_commands(const struct record *dev)
{
	u64 held = record_u64(dev, TGTCORE_A_DEVICE_HELD);
	u64 aborting = record_u64(dev, TGTCORE_A_DEVICE_ABORTING);
	char *s = count(held ?: aborting, "command", "commands");
	char *text;

	if (aborting)
		text = xasprintf("%s still with the backend, %llu aborted", s,
				 aborting);
	else
		text = xasprintf("%s still with the backend", s);
	free(s);
	return text;
}

static char *device_why(const struct record *dev)
{
	u64 luns = record_u64(dev, TGTCORE_A_DEVICE_LUNS);

	if (record_u64(dev, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_CREATING)
		return xasprintf("the backend %s to open it",
				 record_str(dev, TGTCORE_A_DEVICE_BACKEND) ?: "");
	if (record_u64(dev, TGTCORE_A_DEVICE_HELD) || record_u64(dev, TGTCORE_A_DEVICE_ABORTING))
		return held_commands(dev);
	if (luns)
		return count(luns, "LUN to go", "LUNs to go");
	return xasprintf("the backend %s to close it",
			 record_str(dev, TGTCORE_A_DEVICE_BACKEND) ?: "");
}

static char *target_why(const struct record *target)
{
	u64 luns = record_u64(target, TGTCORE_A_TARGET_LUNS);
	u64 sessions = record_u64(target, TGTCORE_A_TARGET_SESSIONS);

	if (record_u64(target, TGTCORE_A_TARGET_STATE) == TGTCORE_STATE_CREATING)
		return xstrdup("the fabric to make the port");
	if (luns)
		return count(luns, "LUN to go", "LUNs to go");
	if (sessions)
		return count(sessions, "session to end", "sessions to end");
	return xstrdup("the fabric to remove the port");
}

static char *lun_why(const struct blocked *b, const struct record *lun)
{
	const char *name = record_str(lun, TGTCORE_A_LUN_DEVICE);
	const struct map_entry *e = name ? map_find(&b->by_name, name) : NULL;
	char *held, *text;

	if (record_u64(lun, TGTCORE_A_LUN_STATE) == TGTCORE_STATE_CREATING)
		return xstrdup("the initiator to find it");
	if (e && (record_u64(e->val, TGTCORE_A_DEVICE_HELD) ||
		  record_u64(e->val, TGTCORE_A_DEVICE_ABORTING))) {
		held = held_commands(e->val);
		text = xasprintf("device %s: %s", name, held);
		free(held);
		return text;
	}
	return xstrdup("the initiators to let go of it");
}

/* What the object waits for, in words; the caller's to free. */
char *blocked_why(const struct blocked *b, const struct record *rec)
{
	const struct record *lun;
	char *why, *text;

	if (rec->set == &set_device)
		return device_why(rec);
	if (rec->set == &set_target)
		return target_why(rec);
	if (rec->set == &set_lun)
		return lun_why(b, rec);
	lun = blocked_lun(b, rec);
	if (!lun)
		return xstrdup("");
	why = lun_why(b, lun);
	text = xasprintf("lun %llu: %s", record_u64(lun, TGTCORE_A_LUN_NUMBER),
			 why);
	free(why);
	return text;
}

/* The object with "stage", "age-ms" and "waits-for". */
json_t *blocked_json(const struct blocked *b, const struct record *rec)
{
	const struct record *of = rec->set->state ? rec : blocked_lun(b, rec);
	json_t *row = record_json(rec, 0);
	char *why = blocked_why(b, rec);

	json_object_set_new(row, "stage", json_string(blocked_stage(of)));
	if (of != rec && of->tb[of->set->age])
		json_object_set_new(row, "age-ms", json_integer(record_u64(of, of->set->age)));
	json_object_set_new(row, "waits-for", json_string(why));
	free(why);
	return row;
}
