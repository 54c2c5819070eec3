// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing a file that config_check() found good with what is there. An object that is there
 * with the same settings is left alone, one with other settings is an error.
 */
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "schema.h"
#include "util.h"

char *plan_target_subject(const json_t *target)
{
	return subject_target(config_str(target, "fabric"), config_str(target, "name"));
}

/* Read what the kernel has. */
int plan_look(struct plan *plan, struct nl *nl)
{
	static const struct set *const sets[] = { &set_device, &set_target, &set_group, &set_lun,
						  &set_alua };
	int ret;

	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		ret = tnl_dump_set(nl, sets[s], &plan->recs[s]);
		if (ret)
			return ret;
		for (size_t i = 0; i < plan->recs[s].nr; i++) {
			char *subject = record_subject(plan->recs[s].rec[i]);

			map_add(&plan->there, subject)->val = plan->recs[s].rec[i];
			free(subject);
		}
	}
	return 0;
}

/* ---- comparing ----------------------------------------------------------------------- */

/*
 * What a setting is when the file leaves it out; NULL where the kernel chooses, so that
 * anything will do.
 */
static json_t *left_out(const struct attr *attr)
{
	if (attr->type == ATTR_BOOL)
		return json_false();
	if (attr->type == ATTR_OPTIONS)
		return json_object();
	if (attr->type == ATTR_STRINGS)
		return json_array();
	if (attr->type == ATTR_WORDS)
		return json_string("");
	if (!strcmp(attr->name, "handler"))
		return json_string("engine");
	if (!strcmp(attr->name, "profile"))
		return json_string("linux");
	return NULL;
}

/* Whether two arrays hold the same strings, in whatever order; neither holds one twice. */
static bool same_strings(const json_t *a, const json_t *b)
{
	struct map in_a = { 0 };
	bool same = json_array_size(a) == json_array_size(b);
	json_t *val;
	size_t i;

	json_array_foreach((json_t *)a, i, val)
		map_add(&in_a, json_string_value(val));
	json_array_foreach((json_t *)b, i, val)
		same = same && map_find(&in_a, json_string_value(val));
	map_free(&in_a);
	return same;
}

/* Likewise in two lists with commas between. */
static bool same_words(const json_t *a, const json_t *b)
{
	json_t *x = sorted_words(json_string_value(a) ?: ""), *y;
	bool same;

	y = sorted_words(json_string_value(b) ?: "");
	same = json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return same;
}

static bool same_value(const struct attr *attr, const json_t *a, const json_t *b)
{
	if (attr->type == ATTR_WORDS)
		return same_words(a, b);
	if (attr->type == ATTR_STRINGS)
		return same_strings(a, b);
	return json_equal(a, b);
}

/* The name of a setting in which @is, the kernel's, differs from the file's; NULL: none. */
static const char *difference(const struct set *set, const json_t *is, const json_t *obj)
{
	for (unsigned int i = 1; i < set->nr; i++) {
		const struct attr *attr = &set->attrs[i];
		json_t *val, *dflt;
		bool same;

		if (!(attr->flags & ATTR_SAVED))
			continue;
		val = json_object_get(obj, attr->name);
		dflt = val ? NULL : left_out(attr);
		if (!val && !dflt)
			continue;
		same = same_value(attr, json_object_get(is, attr->name), val ?: dflt);
		json_decref(dflt);
		if (!same)
			return attr->name;
	}
	return NULL;
}

static char *value_text(const json_t *val)
{
	return val ? json_dumps(val, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");
}

static void report_difference(const char *subject, const char *key, const json_t *is,
			      const json_t *obj, struct config_errors *errors)
{
	char *there = value_text(json_object_get(is, key));
	char *wanted = value_text(json_object_get(obj, key));

	config_error(errors, "%s: is there with %s %s, the file has %s", subject, key, there,
		     wanted);
	free(there);
	free(wanted);
}

/* Whether the object is there already. If it is another one, that is an error. */
static bool is_there(struct plan *plan, const struct set *set, const char *subject,
		     const json_t *obj, struct config_errors *errors)
{
	const struct map_entry *e = map_find(&plan->there, subject);
	const struct record *rec = e ? e->val : NULL;
	const char *key;
	json_t *is;

	if (!rec)
		return false;
	if (set->state && record_u64(rec, set->state) == TGTCORE_STATE_DELETING) {
		config_error(errors, "%s: is still being deleted", subject);
		return true;
	}
	is = record_json(rec, 0);
	key = difference(set, is, obj);
	if (key)
		report_difference(subject, key, is, obj, errors);
	else
		plan->same++;
	json_decref(is);
	return true;
}

/* ---- steps --------------------------------------------------------------------------- */

/* Takes @subject over. */
static struct step *add_step(struct plan *plan, u8 cmd, const struct set *set,
			     const json_t *obj, char *subject)
{
	struct step *step;

	if (!(plan->nr & (plan->nr - 1)))
		plan->steps = xrealloc(plan->steps, plan->nr ? plan->nr * 2 : 1,
				       sizeof(*plan->steps));
	step = &plan->steps[plan->nr++];
	*step = (struct step){ .cmd = cmd, .set = set, .obj = obj, .subject = subject };
	return step;
}

static void plan_device(struct plan *plan, const json_t *dev, struct config_errors *errors);

/* A device of the file by its name, unless that has been done. */
static void plan_device_named(struct plan *plan, const char *name, struct config_errors *errors)
{
	struct map_entry *e = map_find(&plan->devices, name);
	const json_t *dev = e ? e->val : NULL;

	if (!dev)
		return;
	e->val = NULL;
	plan_device(plan, dev, errors);
}

static void plan_device(struct plan *plan, const json_t *dev, struct config_errors *errors)
{
	char *subject = subject_device(config_str(dev, "name"));
	const char *lower = config_str(json_object_get(dev, "options"), "lower");

	if (lower)
		plan_device_named(plan, lower, errors);
	if (is_there(plan, &set_device, subject, dev, errors))
		free(subject);
	else
		add_step(plan, TGTCORE_CMD_DEVICE_CREATE, &set_device, dev, subject);
}

static void plan_group(struct plan *plan, const json_t *target, const json_t *group,
		       struct config_errors *errors)
{
	char *subject = subject_group(config_str(target, "fabric"), config_str(target, "name"),
				      config_str(group, "name"));
	json_t *initiators = json_object_get(group, "initiators"), *val;
	struct step *step;
	size_t i;

	if (is_there(plan, &set_group, subject, group, errors)) {
		free(subject);
		return;
	}
	step = add_step(plan, TGTCORE_CMD_GROUP_CREATE, &set_group, group, subject);
	step->target = target;
	json_array_foreach(initiators, i, val) {
		step = add_step(plan, TGTCORE_CMD_GROUP_ADD, &set_group, val, xstrdup(subject));
		step->target = target;
		step->group = group;
	}
}

static void plan_target(struct plan *plan, const json_t *target, struct config_errors *errors)
{
	char *subject = plan_target_subject(target);
	json_t *val;
	size_t i;

	if (is_there(plan, &set_target, subject, target, errors))
		free(subject);
	else
		add_step(plan, TGTCORE_CMD_TARGET_CREATE, &set_target, target, subject);
	json_array_foreach(json_object_get(target, "groups"), i, val)
		plan_group(plan, target, val, errors);
}

static void plan_alua(struct plan *plan, const json_t *alua, struct config_errors *errors)
{
	char *subject = subject_alua(config_int(alua, "id"));

	if (is_there(plan, &set_alua, subject, alua, errors))
		free(subject);
	else
		add_step(plan, TGTCORE_CMD_ALUA_CREATE, &set_alua, alua, subject);
}

/* A LUN, and before it its device: the sooner it is there, the sooner the initiator scans it. */
static void plan_lun(struct plan *plan, const json_t *target, const json_t *group,
		     const json_t *lun, struct config_errors *errors)
{
	struct step *step;
	char *subject;

	plan_device_named(plan, config_str(lun, "device"), errors);
	subject = subject_lun(config_str(target, "fabric"), config_str(target, "name"),
			      group ? config_str(group, "name") : NULL, config_int(lun, "number"));
	if (is_there(plan, &set_lun, subject, lun, errors)) {
		free(subject);
		return;
	}
	step = add_step(plan, TGTCORE_CMD_LUN_CREATE, &set_lun, lun, subject);
	step->target = target;
	step->group = group;
}

static void plan_luns(struct plan *plan, const json_t *target, const json_t *group,
		      struct config_errors *errors)
{
	json_t *val;
	size_t i;

	json_array_foreach(json_object_get(group ?: target, "luns"), i, val)
		plan_lun(plan, target, group, val, errors);
}

/* Fill in the steps. Where the file and what is there do not agree, an error. */
void plan_make(struct plan *plan, const json_t *root, struct config_errors *errors)
{
	json_t *devices = json_object_get(root, "devices");
	json_t *targets = json_object_get(root, "targets");
	json_t *val, *group;
	size_t i, g;

	json_array_foreach(devices, i, val)
		map_add(&plan->devices, config_str(val, "name"))->val = val;
	json_array_foreach(targets, i, val)
		plan_target(plan, val, errors);
	/* before the LUNs: an initiator that finds one asks for its state at once */
	json_array_foreach(json_object_get(root, "alua"), i, val)
		plan_alua(plan, val, errors);
	json_array_foreach(targets, i, val) {
		plan_luns(plan, val, NULL, errors);
		json_array_foreach(json_object_get(val, "groups"), g, group)
			plan_luns(plan, val, group, errors);
	}
	json_array_foreach(devices, i, val)
		plan_device_named(plan, config_str(val, "name"), errors);
}

bool plan_target_there(const struct plan *plan, const json_t *target)
{
	char *subject = plan_target_subject(target);
	bool there = map_find(&plan->there, subject);

	free(subject);
	return there;
}

/* How many steps of a kind there are. */
size_t plan_count(const struct plan *plan, u8 cmd)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->nr; i++)
		n += plan->steps[i].cmd == cmd;
	return n;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++)
		free(plan->steps[i].subject);
	free(plan->steps);
	for (size_t s = 0; s < ARRAY_SIZE(plan->recs); s++)
		records_free(&plan->recs[s]);
	map_free(&plan->there);
	map_free(&plan->devices);
	memset(plan, 0, sizeof(*plan));
}
