// SPDX-License-Identifier: GPL-2.0
/*
 * Checking a saved file before anything is done: every type, every key, every reference.
 *
 * The attributes an object may have come from its table (ATTR_SAVED); what a target and a
 * group hold beside them ("luns", "groups") is known here.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "map.h"
#include "parse.h"
#include "schema.h"
#include "util.h"

#define PATH_LEN	192

/* What has been seen, to find what is there twice. Keys hold a word for their kind. */
struct check {
	struct config_errors *errors;
	struct map	seen;
};

void config_error(struct config_errors *errors, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (errors->nr++ >= CONFIG_ERRORS)
		return;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		exit(error("out of memory"));
	va_end(ap);
	errors->text[errors->nr - 1] = s;
}

void config_errors_free(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->nr && i < CONFIG_ERRORS; i++)
		free(errors->text[i]);
	memset(errors, 0, sizeof(*errors));
}

const char *config_str(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

json_int_t config_int(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

/* Error if the like has been seen. The key is any text that is the same for the same thing. */
__printf(4, 5)
static void check_unique(struct check *chk, const char *path, const char *what,
			 const char *fmt, ...)
{
	struct map_entry *e;
	va_list ap;
	char *key;

	va_start(ap, fmt);
	if (vasprintf(&key, fmt, ap) < 0)
		exit(error("out of memory"));
	va_end(ap);
	e = map_add(&chk->seen, key);
	if (e->val)
		config_error(chk->errors, "%s: %s as %s", path, what, (char *)e->val);
	else
		e->val = xstrdup(path);
	free(key);
}

/* The place of something in the file, PATH_LEN bytes; one that is too long is cut. */
__printf(2, 3)
static void make_path(char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, PATH_LEN, fmt, ap);
	va_end(ap);
}

static const char *type_name(const json_t *val)
{
	switch (json_typeof(val)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a fraction";
	case JSON_NULL:
		return "null";
	default:
		return "a boolean";
	}
}

static bool expect(struct check *chk, const char *path, const json_t *val, bool ok,
		   const char *what)
{
	if (!ok)
		config_error(chk->errors, "%s: %s expected, not %s", path, what, type_name(val));
	return ok;
}

/* A serial number is ASCII for every initiator; an initiator's name may be UTF-8. */
static bool text_good(const struct attr *attr, const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s) ||
		    (attr->type == ATTR_STRING && !isascii((unsigned char)*s)))
			return false;
	return true;
}

static void check_text(struct check *chk, const char *path, const struct attr *attr,
		       const char *s)
{
	char shown[80];

	printable(shown, sizeof(shown), s);
	if (attr->type == ATTR_NAME && !name_valid(s))
		config_error(chk->errors,
			     "%s: \"%s\" is not a name: 1 to 48 of A-Z a-z 0-9 . _ : -, not first - or .",
			     path, shown);
	else if (strlen(s) < attr->min || strlen(s) > attr->max)
		config_error(chk->errors, "%s: %d to %llu bytes expected, not %zu", path,
			     attr->min, attr->max, strlen(s));
	else if (!text_good(attr, s))
		config_error(chk->errors, "%s: \"%s\" has characters that are not printable", path,
			     shown);
}

static void check_number(struct check *chk, const char *path, const struct attr *attr,
			 json_int_t v)
{
	if (v < attr->min || (u64)v > attr->max)
		config_error(chk->errors, "%s: %d to %llu expected, not %lld", path, attr->min,
			     attr->max, (long long)v);
}

/* A free text of the file system's: no rule but its length. */
static void check_options(struct check *chk, const char *path, json_t *opts)
{
	char sub[PATH_LEN];
	const char *key;
	json_t *val;

	json_object_foreach(opts, key, val) {
		char shown[40];

		printable(shown, sizeof(shown), key);
		make_path(sub, "%s.%s", path, shown);
		if (!*key || strlen(key) > 31)
			config_error(chk->errors, "%s: a key has 1 to 31 bytes", sub);
		if (expect(chk, sub, val, json_is_string(val), "a string") &&
		    json_string_length(val) > 4095)
			config_error(chk->errors, "%s: at most 4095 bytes expected", sub);
	}
}

static void check_strings(struct check *chk, const char *path, const struct attr *attr,
			  json_t *array)
{
	char sub[PATH_LEN];
	json_t *val;
	size_t i;

	json_array_foreach(array, i, val) {
		make_path(sub, "%s[%zu]", path, i);
		if (expect(chk, sub, val, json_is_string(val), "a string"))
			check_text(chk, sub, attr, json_string_value(val));
	}
}

static void check_attr(struct check *chk, const char *path, const struct attr *attr, json_t *val)
{
	switch (attr->type) {
	case ATTR_NAME:
	case ATTR_WORDS:
	case ATTR_STRING:
		if (expect(chk, path, val, json_is_string(val), "a string"))
			check_text(chk, path, attr, json_string_value(val));
		break;
	case ATTR_BOOL:
		expect(chk, path, val, json_is_boolean(val), "true or false");
		break;
	case ATTR_OPTIONS:
		if (expect(chk, path, val, json_is_object(val), "an object"))
			check_options(chk, path, val);
		break;
	case ATTR_STRINGS:
		if (expect(chk, path, val, json_is_array(val), "an array"))
			check_strings(chk, path, attr, val);
		break;
	default:
		if (expect(chk, path, val, json_is_integer(val), "an integer"))
			check_number(chk, path, attr, json_integer_value(val));
		break;
	}
}

static bool word_in(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/*
 * The object's own attributes. @more: keys that are checked elsewhere, NULL after the last.
 * Returns whether those that name it are there and good, so that it may be referred to.
 */
static bool check_object(struct check *chk, const char *path, json_t *obj, const struct set *set,
			 const char *const *more)
{
	size_t before = chk->errors->nr;
	char sub[PATH_LEN];
	const char *key;
	json_t *val;

	if (!expect(chk, path, obj, json_is_object(obj), "an object"))
		return false;
	json_object_foreach(obj, key, val) {
		unsigned int attr = attr_by_name(set, key, strlen(key));
		char shown[64];

		printable(shown, sizeof(shown), key);
		make_path(sub, "%s.%s", path, shown);
		if (attr && (set->attrs[attr].flags & ATTR_SAVED))
			check_attr(chk, sub, &set->attrs[attr], val);
		else if (!word_in(key, more))
			config_error(chk->errors, "%s: unknown key", sub);
	}
	for (unsigned int i = 1; i < set->nr; i++)
		if ((set->attrs[i].flags & ATTR_REQUIRED) &&
		    !json_object_get(obj, set->attrs[i].name))
			config_error(chk->errors, "%s: \"%s\" is missing", path,
				     set->attrs[i].name);
	return chk->errors->nr == before;
}

static void check_device(struct check *chk, const char *path, json_t *dev)
{
	static const char *const more[] = { NULL };
	bool good = check_object(chk, path, dev, &set_device, more);
	json_int_t block;

	/* what is wrong with it is told once, not by each LUN that names it */
	if (config_str(dev, "name"))
		check_unique(chk, path, "same name", "device %s", config_str(dev, "name"));
	if (!good)
		return;
	if (json_object_get(dev, "serial"))
		check_unique(chk, path, "same serial", "serial %s", config_str(dev, "serial"));
	block = config_int(dev, "block-size") ?: 512;
	if (block != 512 && block != 4096)
		config_error(chk->errors, "%s.block-size: 512 or 4096 expected", path);
	else if (config_int(dev, "size") % block)
		config_error(chk->errors, "%s.size: not a multiple of the block size %d", path,
			     (int)block);
}

/* @map: the map the LUN is in, in words */
static void check_lun(struct check *chk, const char *path, json_t *lun, const char *map)
{
	static const char *const more[] = { NULL };
	char *key;

	if (!check_object(chk, path, lun, &set_lun, more))
		return;
	check_unique(chk, path, "same number", "%s %" JSON_INTEGER_FORMAT, map,
		     config_int(lun, "number"));
	key = subject_device(config_str(lun, "device"));
	if (!map_find(&chk->seen, key))
		config_error(chk->errors, "%s.device: there is no device \"%s\" in the file", path,
			     config_str(lun, "device"));
	free(key);
}

typedef void (*check_fn)(struct check *chk, const char *path, json_t *obj, const char *parent);

static void check_array(struct check *chk, const char *path, json_t *obj, const char *key,
			check_fn fn, const char *parent)
{
	json_t *array = json_object_get(obj, key), *val;
	char sub[PATH_LEN];
	size_t i;

	make_path(sub, "%s%s%s", path, *path ? "." : "", key);
	if (!array || !expect(chk, sub, array, json_is_array(array), "an array"))
		return;
	json_array_foreach(array, i, val) {
		make_path(sub, "%s%s%s[%zu]", path, *path ? "." : "", key, i);
		fn(chk, sub, val, parent);
	}
}

static void check_group(struct check *chk, const char *path, json_t *group, const char *target)
{
	static const char *const more[] = { "luns", NULL };
	json_t *initiators, *val;
	char sub[PATH_LEN];
	char *map;
	size_t i;

	if (!check_object(chk, path, group, &set_group, more))
		return;
	check_unique(chk, path, "same name", "group %s %s", target, config_str(group, "name"));
	initiators = json_object_get(group, "initiators");
	json_array_foreach(initiators, i, val) {
		make_path(sub, "%s.initiators[%zu]", path, i);
		check_unique(chk, sub, "same initiator", "initiator %s %s", target,
			     json_string_value(val));
	}
	map = xasprintf("lun %s group %s", target, config_str(group, "name"));
	check_array(chk, path, group, "luns", check_lun, map);
	free(map);
}

static void check_target(struct check *chk, const char *path, json_t *target, const char *none)
{
	static const char *const more[] = { "luns", "groups", NULL };
	char *subject, *map;

	(void)none;
	if (!check_object(chk, path, target, &set_target, more))
		return;
	subject = subject_target(config_str(target, "fabric"), config_str(target, "name"));
	check_unique(chk, path, "same fabric and name", "%s", subject);
	if (json_object_get(target, "rtpi"))
		check_unique(chk, path, "same rtpi", "rtpi %" JSON_INTEGER_FORMAT,
			     config_int(target, "rtpi"));
	map = xasprintf("lun %s", subject);
	check_array(chk, path, target, "luns", check_lun, map);
	check_array(chk, path, target, "groups", check_group, subject);
	free(map);
	free(subject);
}

static void check_device_entry(struct check *chk, const char *path, json_t *dev, const char *none)
{
	(void)none;
	check_device(chk, path, dev);
}

static void check_alua(struct check *chk, const char *path, json_t *alua, const char *none)
{
	static const char *const more[] = { NULL };

	(void)none;
	if (check_object(chk, path, alua, &set_alua, more))
		check_unique(chk, path, "same id", "alua %" JSON_INTEGER_FORMAT,
			     config_int(alua, "id"));
}

static void check_root(struct check *chk, json_t *root)
{
	static const char *const keys[] = { CONFIG_KEY, "devices", "targets", "alua", NULL };
	const char *key;
	json_t *val;

	if (!expect(chk, "the file", root, json_is_object(root), "an object"))
		return;
	val = json_object_get(root, CONFIG_KEY);
	if (!json_is_integer(val)) {
		config_error(chk->errors,
			     "\"" CONFIG_KEY "\": %d is missing: not a file of tgtctl save",
			     CONFIG_VERSION);
		return;
	}
	if (json_integer_value(val) != CONFIG_VERSION) {
		config_error(chk->errors, CONFIG_KEY ": version %" JSON_INTEGER_FORMAT
			     " of the format is not known here, only %d",
			     json_integer_value(val), CONFIG_VERSION);
		return;
	}
	json_object_foreach(root, key, val) {
		char shown[64];

		printable(shown, sizeof(shown), key);
		if (!word_in(key, keys))
			config_error(chk->errors, "%s: unknown key", shown);
	}
	check_array(chk, "", root, "devices", check_device_entry, NULL);
	check_array(chk, "", root, "targets", check_target, NULL);
	check_array(chk, "", root, "alua", check_alua, NULL);
}

/* Whether the file may be restored as far as the file alone tells. */
bool config_check(const json_t *root, struct config_errors *errors)
{
	struct check chk = { .errors = errors };

	check_root(&chk, (json_t *)root);
	for (size_t i = 0; i < chk.seen.size; i++)
		free(chk.seen.slots[i].val);
	map_free(&chk.seen);
	return !errors->nr;
}
