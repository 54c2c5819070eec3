// SPDX-License-Identifier: GPL-2.0
/*
 * An object is blocked while it is being made, resized or deleted; a device also while commands
 * that were aborted are still with its backend, while it is fenced, while its pr-file is waited
 * for, by PERSISTENT RESERVE OUT or by tgtctl pr import, and while its daemon has died, hangs, or
 * lets commands wait. Groups have no state of their own: they are blocked if a LUN in their map
 * is. So are sessions, beside those that end.
 */
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "util.h"

/* A LUN whose target goes is active until the last; it tells what is in flight then. */
static bool lun_stuck(const struct record *lun)
{
	return record_u64(lun, TGTCORE_A_LUN_STATE) != TGTCORE_STATE_ACTIVE ||
	       lun->tb[TGTCORE_A_LUN_IN_FLIGHT];
}

int blocked_load(struct blocked *b, struct nl *nl)
{
	int ret;

	memset(b, 0, sizeof(*b));
	ret = tnl_dump_set(nl, &set_device, &b->devices);
	if (!ret)
		ret = tnl_dump_set(nl, &set_lun, &b->luns);
	if (!ret)
		ret = tnl_dump_set(nl, &set_session, &b->sessions);
	if (ret) {
		blocked_free(b);
		return ret;
	}
	for (size_t i = 0; i < b->devices.nr; i++) {
		struct record *dev = b->devices.rec[i];

		map_add(&b->by_name, record_str(dev, TGTCORE_A_DEVICE_NAME) ?: "")->val = dev;
	}
	for (size_t i = 0; i < b->luns.nr; i++)
		if (lun_stuck(b->luns.rec[i]))
			records_add(&b->stuck, b->luns.rec[i]);
	return 0;
}

void blocked_free(struct blocked *b)
{
	map_free(&b->by_name);
	free(b->stuck.rec);
	records_free(&b->devices);
	records_free(&b->luns);
	records_free(&b->sessions);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool lun_of_target(const struct record *lun, const char *fabric, const char *target)
{
	return same_text(fabric, record_str(lun, TGTCORE_A_LUN_FABRIC)) &&
	       same_text(target, record_str(lun, TGTCORE_A_LUN_TARGET));
}

/* Whether the LUN is one of the device, of the target, or in the map of the group or session. */
static bool lun_of(const struct record *lun, const struct record *rec)
{
	const char *group = record_str(lun, TGTCORE_A_LUN_GROUP);

	if (rec->set == &set_device)
		return same_text(record_str(lun, TGTCORE_A_LUN_DEVICE),
				 record_str(rec, TGTCORE_A_DEVICE_NAME));
	if (rec->set == &set_target)
		return lun_of_target(lun, record_str(rec, TGTCORE_A_TARGET_FABRIC),
				     record_str(rec, TGTCORE_A_TARGET_NAME));
	if (rec->set == &set_group)
		return lun_of_target(lun, record_str(rec, TGTCORE_A_GROUP_FABRIC),
				     record_str(rec, TGTCORE_A_GROUP_TARGET)) &&
		       same_text(record_str(rec, TGTCORE_A_GROUP_NAME), group);
	return lun_of_target(lun, record_str(rec, TGTCORE_A_SESSION_FABRIC),
			     record_str(rec, TGTCORE_A_SESSION_TARGET)) &&
	       same_text(record_str(rec, TGTCORE_A_SESSION_GROUP), group);
}

/* The first blocked LUN that holds up @rec, one with commands in flight rather; or NULL. */
static const struct record *blocked_lun(const struct blocked *b, const struct record *rec)
{
	const struct record *first = NULL;

	for (size_t i = 0; i < b->stuck.nr; i++) {
		if (!lun_of(b->stuck.rec[i], rec))
			continue;
		if (record_u64(b->stuck.rec[i], TGTCORE_A_LUN_IN_FLIGHT))
			return b->stuck.rec[i];
		first = first ?: b->stuck.rec[i];
	}
	return first;
}

static bool session_ends(const struct record *session)
{
	return record_u64(session, TGTCORE_A_SESSION_STATE) == TGTCORE_STATE_DELETING;
}

/* A session of the target that ends with commands in flight, or NULL. */
static const struct record *ending_session(const struct blocked *b, const struct record *target)
{
	for (size_t i = 0; i < b->sessions.nr; i++) {
		const struct record *s = b->sessions.rec[i];

		if (session_ends(s) && record_u64(s, TGTCORE_A_SESSION_IN_FLIGHT) &&
		    same_text(record_str(s, TGTCORE_A_SESSION_FABRIC),
			      record_str(target, TGTCORE_A_TARGET_FABRIC)) &&
		    same_text(record_str(s, TGTCORE_A_SESSION_TARGET),
			      record_str(target, TGTCORE_A_TARGET_NAME)))
			return s;
	}
	return NULL;
}

#define SLOW_MS		1000	/* a daemon that takes longer lets commands wait */

/* Whether a daemon is what its device waits for. */
static bool daemon_waits(const struct record *dev)
{
	if (!dev->tb[TGTCORE_A_DEVICE_DAEMON])
		return false;
	switch (record_u64(dev, TGTCORE_A_DEVICE_DAEMON)) {
	case TGTCORE_DAEMON_HANGING:
	case TGTCORE_DAEMON_DEAD:
		return true;
	default:
		return record_u64(dev, TGTCORE_A_DEVICE_DAEMON_OLDEST_MS) >= SLOW_MS;
	}
}

bool blocked_is(const struct blocked *b, const struct record *rec)
{
	if (rec->set == &set_lun)
		return lun_stuck(rec);
	if (rec->set == &set_alua)
		return false;
	if (rec->set == &set_group)
		return blocked_lun(b, rec);
	if (rec->set == &set_session)
		return session_ends(rec) || blocked_lun(b, rec);
	if (record_u64(rec, rec->set->state) != TGTCORE_STATE_ACTIVE)
		return true;
	return rec->set == &set_device && (record_u64(rec, TGTCORE_A_DEVICE_ABORTING) ||
					   record_u64(rec, TGTCORE_A_DEVICE_REMAINDERS) ||
					   record_u64(rec, TGTCORE_A_DEVICE_PR_CHANGING) ||
					   rec->tb[TGTCORE_A_DEVICE_RESIZE_TO] ||
					   daemon_waits(rec));
}

const char *blocked_stage(const struct record *rec)
{
	if (rec->set == &set_lun && lun_stuck(rec) &&
	    record_u64(rec, TGTCORE_A_LUN_STATE) == TGTCORE_STATE_ACTIVE)
		return state_name(TGTCORE_STATE_DELETING);
	if (rec->set == &set_device &&
	    record_u64(rec, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_ACTIVE) {
		if (rec->tb[TGTCORE_A_DEVICE_RESIZE_TO])
			return "resizing";
		if (record_u64(rec, TGTCORE_A_DEVICE_REMAINDERS))
			return "fenced";
		if (record_u64(rec, TGTCORE_A_DEVICE_ABORTING))
			return "aborting";
		if (record_u64(rec, TGTCORE_A_DEVICE_PR_CHANGING))
			return "reserving";
		if (daemon_waits(rec))
			return "waiting";
	}
	return state_name(record_u64(rec, rec->set->state));
}

static char *count(u64 n, const char *one, const char *many)
{
	return xasprintf("%llu %s", n, n == 1 ? one : many);
}

/* @text, @more; both are freed, @text may be NULL. */
static char *append(char *text, char *more)
{
	char *sum;

	if (!text)
		return more;
	sum = xasprintf("%s, %s", text, more);
	free(text);
	free(more);
	return sum;
}

/* What the backend has of it: commands, remainders. NULL: nothing. */
static char *backend_has(const struct record *dev)
{
	u64 held = record_u64(dev, TGTCORE_A_DEVICE_HELD);
	u64 aborting = record_u64(dev, TGTCORE_A_DEVICE_ABORTING);
	u64 remainders = record_u64(dev, TGTCORE_A_DEVICE_REMAINDERS);
	char *s, *text = NULL;

	if (held || aborting) {
		s = count(held ?: aborting, "command", "commands");
		text = xasprintf("%s still with the backend", s);
		free(s);
	}
	if (aborting)
		text = append(text, xasprintf("%llu aborted", aborting));
	if (remainders) {
		s = count(remainders, "remainder", "remainders");
		text = append(text, xasprintf("%s to return, or tgtctl device abandon %s", s,
					      record_str(dev, TGTCORE_A_DEVICE_NAME) ?: ""));
		free(s);
	}
	return text;
}

static char *lun_why(const struct blocked *b, const struct record *lun);

static char *lun_of_why(const struct blocked *b, const struct record *lun)
{
	char *subject = record_subject(lun), *why = lun_why(b, lun);
	char *text = xasprintf("%s: %s", subject, why);

	free(subject);
	free(why);
	return text;
}

/* The medium is to be opened or closed; so is the file of reservations, and either may hang. */
static char *files_of(const struct record *dev, const char *what)
{
	const char *backend = record_str(dev, TGTCORE_A_DEVICE_BACKEND) ?: "";
	const char *pr_file = record_str(dev, TGTCORE_A_DEVICE_PR_FILE);

	if (pr_file)
		return xasprintf("the backend %s to %s its medium, or for its pr-file %s", backend,
				 what, pr_file);
	return xasprintf("the backend %s to %s its medium", backend, what);
}

/* A change of reservations is to be in their file before it counts, and what the backend has. */
static char *reserving_why(const struct record *dev)
{
	return append(backend_has(dev), xasprintf("its pr-file %s to keep a change of reservations",
						  record_str(dev, TGTCORE_A_DEVICE_PR_FILE) ?: ""));
}

/* "daemon 123, generation 2, which hangs, 4 commands, the oldest for 12.0 s" */
static char *daemon_why(const struct record *dev)
{
	u64 pid = record_u64(dev, TGTCORE_A_DEVICE_DAEMON_PID);
	u64 n = record_u64(dev, TGTCORE_A_DEVICE_DAEMON_COMMANDS);
	u64 starts = record_u64(dev, TGTCORE_A_DEVICE_DAEMON_STARTS);
	double oldest = record_u64(dev, TGTCORE_A_DEVICE_DAEMON_OLDEST_MS) / 1e3;
	char *text;

	switch (record_u64(dev, TGTCORE_A_DEVICE_DAEMON)) {
	case TGTCORE_DAEMON_NONE:
		text = xstrdup("a daemon, there has been none");
		break;
	case TGTCORE_DAEMON_DEAD:
		text = xasprintf("a daemon, the last one, generation %llu, is dead", starts);
		break;
	case TGTCORE_DAEMON_HANGING:
		text = xasprintf("daemon %llu, generation %llu, which hangs", pid, starts);
		break;
	default:
		text = xasprintf("daemon %llu, generation %llu", pid, starts);
	}
	if (!n)
		return text;
	text = append(text, count(n, "command", "commands"));
	return append(text, xasprintf("the oldest for %.1f s", oldest));
}

static char *device_why(const struct blocked *b, const struct record *dev)
{
	const char *backend = record_str(dev, TGTCORE_A_DEVICE_BACKEND) ?: "";
	const struct record *lun = blocked_lun(b, dev);
	char *has;

	if (record_u64(dev, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_CREATING)
		return files_of(dev, "open");
	if (dev->tb[TGTCORE_A_DEVICE_RESIZE_TO])
		return xasprintf("the backend %s to make its medium %llu bytes", backend,
				 record_u64(dev, TGTCORE_A_DEVICE_RESIZE_TO));
	if (lun && record_u64(dev, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_DELETING)
		return lun_of_why(b, lun);
	if (record_u64(dev, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_ACTIVE &&
	    record_u64(dev, TGTCORE_A_DEVICE_PR_CHANGING))
		return reserving_why(dev);
	has = backend_has(dev);
	if (daemon_waits(dev))
		return has ? append(daemon_why(dev), has) : daemon_why(dev);
	if (has)
		return has;
	if (record_u64(dev, TGTCORE_A_DEVICE_LUNS))
		return count(record_u64(dev, TGTCORE_A_DEVICE_LUNS), "LUN to go", "LUNs to go");
	if (dev->tb[TGTCORE_A_DEVICE_UPPER])
		return xasprintf("device %s over it to go",
				 record_str(dev, TGTCORE_A_DEVICE_UPPER));
	return files_of(dev, "close");
}

/* Commands in flight at a LUN, and what its backend has of them. */
static char *in_flight(const struct blocked *b, u64 n, const char *device)
{
	const struct map_entry *e = device ? map_find(&b->by_name, device) : NULL;
	char *text = count(n, "command in flight", "commands in flight");
	char *has = e ? backend_has(e->val) : NULL, *sum;

	if (!has)
		return text;
	sum = xasprintf("%s; device %s: %s", text, device, has);
	free(text);
	free(has);
	return sum;
}

static char *session_why(const struct blocked *b, const struct record *session)
{
	u64 n = record_u64(session, TGTCORE_A_SESSION_IN_FLIGHT);
	char *flight, *text;

	if (!n)
		return xstrdup("the fabric and the LUNs to let go of it");
	flight = in_flight(b, n, record_str(session, TGTCORE_A_SESSION_DEVICE));
	text = xasprintf("LUN %llu: %s", record_u64(session, TGTCORE_A_SESSION_NUMBER), flight);
	free(flight);
	return text;
}

static char *target_why(const struct blocked *b, const struct record *target)
{
	u64 luns = record_u64(target, TGTCORE_A_TARGET_LUNS);
	u64 sessions = record_u64(target, TGTCORE_A_TARGET_SESSIONS);
	const struct record *session = ending_session(b, target);
	const struct record *lun = blocked_lun(b, target);
	char *why, *text;

	if (record_u64(target, TGTCORE_A_TARGET_STATE) == TGTCORE_STATE_CREATING)
		return xstrdup("the fabric to make the port");
	if (session) {
		why = session_why(b, session);
		text = xasprintf("session %llu: %s",
				 record_u64(session, TGTCORE_A_SESSION_ID), why);
		free(why);
		return text;
	}
	if (lun)
		return lun_of_why(b, lun);
	if (luns)
		return count(luns, "LUN to go", "LUNs to go");
	if (sessions)
		return count(sessions, "session to end", "sessions to end");
	return xstrdup("the fabric to remove the port");
}

static char *lun_why(const struct blocked *b, const struct record *lun)
{
	const char *name = record_str(lun, TGTCORE_A_LUN_DEVICE);
	const char *node = record_str(lun, TGTCORE_A_LUN_NODE);
	u64 n = record_u64(lun, TGTCORE_A_LUN_IN_FLIGHT);

	if (record_u64(lun, TGTCORE_A_LUN_STATE) == TGTCORE_STATE_CREATING)
		return xstrdup("the initiator to find it");
	if (n)
		return in_flight(b, n, name);
	if (node && record_u64(lun, TGTCORE_A_LUN_OPEN))
		return xasprintf("the initiator to let go of /dev/%s, which is open", node);
	if (node)
		return xasprintf("the initiator to let go of /dev/%s", node);
	return xstrdup("the initiators to let go of it");
}

/* What the object waits for, in words; the caller's to free. */
char *blocked_why(const struct blocked *b, const struct record *rec)
{
	const struct record *lun;
	char *why, *text;

	if (rec->set == &set_device)
		return device_why(b, rec);
	if (rec->set == &set_target)
		return target_why(b, rec);
	if (rec->set == &set_lun)
		return lun_why(b, rec);
	if (rec->set == &set_session && session_ends(rec))
		return session_why(b, rec);
	lun = blocked_lun(b, rec);
	if (!lun)
		return xstrdup("");
	why = lun_why(b, lun);
	text = xasprintf("lun %llu: %s", record_u64(lun, TGTCORE_A_LUN_NUMBER),
			 why);
	free(why);
	return text;
}

/* What says in which stage @rec is: itself, or the LUN that blocks it. */
static const struct record *stage_of(const struct blocked *b, const struct record *rec)
{
	if (rec->set == &set_group || (rec->set == &set_session && !session_ends(rec)))
		return blocked_lun(b, rec);
	return rec;
}

/* The object with "stage", "age-ms" and "waits-for". */
json_t *blocked_json(const struct blocked *b, const struct record *rec)
{
	const struct record *of = stage_of(b, rec);
	json_t *row = record_json(rec, 0);
	char *why = blocked_why(b, rec);

	json_object_set_new(row, "stage", json_string(blocked_stage(of)));
	if (of != rec && of->tb[of->set->age])
		json_object_set_new(row, "age-ms", json_integer(record_u64(of, of->set->age)));
	json_object_set_new(row, "waits-for", json_string(why));
	free(why);
	return row;
}
