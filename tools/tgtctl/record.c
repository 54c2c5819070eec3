// SPDX-License-Identifier: GPL-2.0
/* Objects as the kernel's messages describe them: reading, ordering, turning into JSON. */
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "util.h"

/* Whether the attribute's payload is what its type says. The tool would crash on less. */
static bool attr_valid(const struct attr *attr, const struct nlattr *nla)
{
	int len = nla_len(nla);

	switch (attr->type) {
	case ATTR_BOOL:
		return len >= 1;
	case ATTR_U32:
	case ATTR_STATE:
	case ATTR_STAGE:
	case ATTR_DAEMON:
		return len >= 4;
	case ATTR_U64:
	case ATTR_SIZE:
	case ATTR_HEX64:
		return len >= 8;
	case ATTR_STRING:
	case ATTR_NAME:
	case ATTR_NODE:
	case ATTR_WORDS:
	case ATTR_STRINGS:
		return len >= 1 && !((const char *)nla_data(nla))[len - 1];
	case ATTR_OPTIONS:
	case ATTR_REGISTRANTS:
	case ATTR_BINARY:
	case ATTR_U64_ARRAY:
		return true;
	default:
		return false;
	}
}

static struct nlattr *record_attrs(const struct record *rec)
{
	return (struct nlattr *)rec->data;
}

/* Attributes the tool does not know are a newer kernel's, and ignored. */
struct record *record_parse(const struct set *set, u8 cmd, const void *attrs, int len)
{
	struct record *rec = xcalloc(1, sizeof(*rec) + len + sizeof(rec->data[0]));
	struct nlattr *nla;
	int rem;

	rec->set = set;
	rec->cmd = cmd;
	rec->len = len;
	memcpy(rec->data, attrs, len);
	nla_for_each_attr(nla, record_attrs(rec), rec->len, rem) {
		unsigned int type = nla_type(nla);

		if (type < set->nr && !rec->tb[type] && attr_valid(&set->attrs[type], nla))
			rec->tb[type] = nla;
	}
	return rec;
}

/* The text of an attribute, or NULL. */
const char *record_str(const struct record *rec, unsigned int attr)
{
	return rec->tb[attr] ? nla_data(rec->tb[attr]) : NULL;
}

/* The number of an attribute; 0 if it is not there. */
u64 record_u64(const struct record *rec, unsigned int attr)
{
	const struct nlattr *nla = rec->tb[attr];
	u64 v64;
	u32 v32;

	if (!nla)
		return 0;
	switch (rec->set->attrs[attr].type) {
	case ATTR_BOOL:
		return *(const u8 *)nla_data(nla);
	case ATTR_U32:
	case ATTR_STATE:
	case ATTR_STAGE:
	case ATTR_DAEMON:
		memcpy(&v32, nla_data(nla), sizeof(v32));
		return v32;
	default:
		memcpy(&v64, nla_data(nla), sizeof(v64));
		return v64;
	}
}

/* ---- JSON ---------------------------------------------------------------------------- */

/* Why an object was not made or resized, as an event tells; or NULL. */
const char *record_reason(const struct record *rec)
{
	if (rec->set == &set_device)
		return record_str(rec, TGTCORE_A_DEVICE_REASON);
	if (rec->set == &set_target)
		return record_str(rec, TGTCORE_A_TARGET_REASON);
	return NULL;
}

/* Whether a device or target is still being made, or resized. */
bool record_being_made(const struct record *rec)
{
	return record_u64(rec, rec->set->state) == TGTCORE_STATE_CREATING ||
	       (rec->set == &set_device && rec->tb[TGTCORE_A_DEVICE_RESIZE_TO]);
}

/* JSON is UTF-8; of text that is not, what can be shown. @exact: NULL instead. */
static json_t *json_text(const char *s, bool exact)
{
	json_t *json = json_string(s);
	char *copy;

	if (json || exact)
		return json;
	copy = xstrdup(s);
	for (char *p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

/* The same of a node, which the kernel names without its directory. */
static json_t *json_node(const char *name, bool exact)
{
	char *path = xasprintf("/dev/%s", name);
	json_t *json = json_text(path, exact);

	free(path);
	return json;
}

/* Likewise for both texts of a member. */
static int json_set_text(json_t *obj, const char *key, const char *val, bool exact)
{
	json_t *name = json_text(key, exact);
	int ret = name ? json_object_set_new(obj, json_string_value(name),
					     json_text(val, exact)) : -1;

	json_decref(name);
	return ret;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same members in the order of their keys: files that are saved twice must not differ. */
static json_t *sort_object(json_t *obj)
{
	const char **keys = xcalloc(json_object_size(obj), sizeof(*keys));
	json_t *sorted = json_object(), *val;
	const char *key;
	size_t n = 0;

	json_object_foreach(obj, key, val)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), compare_text);
	for (size_t i = 0; i < n; i++)
		json_object_set(sorted, keys[i], json_object_get(obj, keys[i]));
	free(keys);
	json_decref(obj);
	return sorted;
}

static json_t *sort_strings(json_t *array)
{
	const char **text = xcalloc(json_array_size(array), sizeof(*text));
	json_t *sorted = json_array(), *val;
	size_t i;

	json_array_foreach(array, i, val)
		text[i] = json_string_value(val);
	qsort(text, json_array_size(array), sizeof(*text), compare_text);
	for (i = 0; i < json_array_size(array); i++)
		json_array_append_new(sorted, json_string(text[i]));
	free(text);
	json_decref(array);
	return sorted;
}

/* A list with commas between as one that is the same for the same words. */
json_t *sorted_words(const char *text)
{
	json_t *array = json_array(), *json, *val;
	char *copy = xstrdup(text), *all, *at, *word;
	size_t i;

	at = copy;
	while ((word = strsep(&at, ",")))
		if (*word)
			json_array_append_new(array, json_text(word, false));
	array = sort_strings(array);
	all = xcalloc(strlen(text) + 2, 1);
	at = all;
	json_array_foreach(array, i, val)
		at += sprintf(at, "%s%s", i ? "," : "", json_string_value(val));
	json = json_string(all);
	json_decref(array);
	free(all);
	free(copy);
	return json;
}

static json_t *json_options(const struct record *rec, unsigned int attr, bool exact)
{
	json_t *obj = json_object();
	struct nlattr *nla;
	int rem;

	nla_for_each_attr(nla, record_attrs(rec), rec->len, rem) {
		struct nlattr *tb[TGTCORE_A_OPTION_MAX + 1];
		struct nla_policy policy[TGTCORE_A_OPTION_MAX + 1] = {
			[TGTCORE_A_OPTION_KEY] = { .type = NLA_STRING },
			[TGTCORE_A_OPTION_VALUE] = { .type = NLA_STRING },
		};

		if (nla_type(nla) != (int)attr ||
		    nla_parse_nested(tb, TGTCORE_A_OPTION_MAX, nla, policy) ||
		    !tb[TGTCORE_A_OPTION_KEY] || !tb[TGTCORE_A_OPTION_VALUE])
			continue;
		if (json_set_text(obj, nla_get_string(tb[TGTCORE_A_OPTION_KEY]),
				  nla_get_string(tb[TGTCORE_A_OPTION_VALUE]), exact)) {
			json_decref(obj);
			return NULL;
		}
	}
	return sort_object(obj);
}

static json_t *json_strings(const struct record *rec, unsigned int attr, bool exact)
{
	json_t *array = json_array();
	struct nlattr *nla;
	int rem;

	nla_for_each_attr(nla, record_attrs(rec), rec->len, rem) {
		if (nla_type(nla) != (int)attr || !attr_valid(&rec->set->attrs[attr], nla))
			continue;
		if (json_array_append_new(array, json_text(nla_data(nla), exact))) {
			json_decref(array);
			return NULL;
		}
	}
	return sort_strings(array);
}

static json_t *json_binary(const struct nlattr *nla)
{
	const unsigned char *data = nla_data(nla);
	int len = nla_len(nla);
	char *text = xcalloc(2 * len + 1, 1);
	json_t *json;

	for (int i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", data[i]);
	json = json_string(text);
	free(text);
	return json;
}

/* Keys are identifiers, as those of ATTR_HEX64. */
static json_t *json_registrant(struct nlattr *nest)
{
	struct nlattr *tb[TGTCORE_A_REGISTRANT_MAX + 1];
	struct nla_policy policy[TGTCORE_A_REGISTRANT_MAX + 1] = {
		[TGTCORE_A_REGISTRANT_KEY] = { .type = NLA_U64 },
		[TGTCORE_A_REGISTRANT_RTPI] = { .type = NLA_U32 },
		[TGTCORE_A_REGISTRANT_HOLDER] = { .type = NLA_U8 },
	};
	json_t *obj;

	if (nla_parse_nested(tb, TGTCORE_A_REGISTRANT_MAX, nest, policy) ||
	    !tb[TGTCORE_A_REGISTRANT_KEY] || !tb[TGTCORE_A_REGISTRANT_TRANSPORT_ID] ||
	    !tb[TGTCORE_A_REGISTRANT_RTPI] || !tb[TGTCORE_A_REGISTRANT_HOLDER])
		return NULL;
	obj = json_object();
	json_object_set_new(obj, "key",
			    json_sprintf("%016llx",
					 (u64)nla_get_u64(tb[TGTCORE_A_REGISTRANT_KEY])));
	json_object_set_new(obj, "transport-id",
			    json_binary(tb[TGTCORE_A_REGISTRANT_TRANSPORT_ID]));
	json_object_set_new(obj, "rtpi",
			    json_integer(nla_get_u32(tb[TGTCORE_A_REGISTRANT_RTPI])));
	json_object_set_new(obj, "holder",
			    json_boolean(nla_get_u8(tb[TGTCORE_A_REGISTRANT_HOLDER])));
	return obj;
}

/* In the order in which they registered. */
static json_t *json_registrants(const struct record *rec, unsigned int attr)
{
	json_t *array = json_array(), *val;
	struct nlattr *nla;
	int rem;

	nla_for_each_attr(nla, record_attrs(rec), rec->len, rem) {
		val = nla_type(nla) == (int)attr ? json_registrant(nla) : NULL;
		if (val)
			json_array_append_new(array, val);
	}
	return array;
}

static json_t *json_u64_array(const struct nlattr *nla)
{
	const char *data = nla_data(nla);
	json_t *array = json_array();
	u64 v;

	for (int i = 0; i + (int)sizeof(v) <= nla_len(nla); i += sizeof(v)) {
		memcpy(&v, data + i, sizeof(v));
		json_array_append_new(array, json_integer(v));
	}
	return array;
}

static json_t *attr_json(const struct record *rec, unsigned int attr, bool exact)
{
	const struct nlattr *nla = rec->tb[attr];

	switch (rec->set->attrs[attr].type) {
	case ATTR_STRING:
	case ATTR_NAME:
		return json_text(nla_data(nla), exact);
	case ATTR_WORDS:
		return sorted_words(nla_data(nla));
	case ATTR_NODE:
		return json_node(nla_data(nla), exact);
	case ATTR_BOOL:
		return json_boolean(record_u64(rec, attr));
	case ATTR_STATE:
		return json_string(state_name(record_u64(rec, attr)));
	case ATTR_STAGE:
		return json_string(stage_name(record_u64(rec, attr)));
	case ATTR_DAEMON:
		return json_string(daemon_name(record_u64(rec, attr)));
	case ATTR_HEX64:
		/* An identifier: a reader that keeps numbers as doubles would spoil it. */
		return json_sprintf("%016llx", record_u64(rec, attr));
	case ATTR_OPTIONS:
		return json_options(rec, attr, exact);
	case ATTR_STRINGS:
		return json_strings(rec, attr, exact);
	case ATTR_REGISTRANTS:
		return json_registrants(rec, attr);
	case ATTR_BINARY:
		return json_binary(nla);
	case ATTR_U64_ARRAY:
		return json_u64_array(nla);
	default:
		return json_integer(record_u64(rec, attr));
	}
}

static bool attr_repeated(const struct attr *attr)
{
	return attr->type == ATTR_OPTIONS || attr->type == ATTR_STRINGS;
}

/*
 * The object as JSON: all of it, or with @flags only the attributes that have one of them.
 * What can be repeated is there even if it is empty. With ATTR_SAVED the text must be exact:
 * NULL if JSON cannot express it.
 */
json_t *record_json(const struct record *rec, unsigned int flags)
{
	json_t *obj = json_object();

	for (unsigned int i = 1; i < rec->set->nr; i++) {
		const struct attr *attr = &rec->set->attrs[i];

		if (flags && !(attr->flags & flags))
			continue;
		if (!rec->tb[i] && (!attr_repeated(attr) || rec->cmd == rec->set->gone))
			continue;
		if (json_object_set_new(obj, attr->name, attr_json(rec, i, flags & ATTR_SAVED))) {
			json_decref(obj);
			return NULL;
		}
	}
	return obj;
}

/* ---- names and order ----------------------------------------------------------------- */

/* How messages call an object. */
char *subject_device(const char *name)
{
	return xasprintf("device %s", name);
}

char *subject_target(const char *fabric, const char *name)
{
	return xasprintf("target %s:%s", fabric, name);
}

char *subject_group(const char *fabric, const char *target, const char *name)
{
	return xasprintf("group %s:%s %s", fabric, target, name);
}

char *subject_alua(u64 id)
{
	return xasprintf("alua %llu", id);
}

char *subject_pr(const char *device)
{
	return xasprintf("pr %s", device);
}

/* @group: NULL for the open map */
char *subject_lun(const char *fabric, const char *target, const char *group, u64 number)
{
	return xasprintf("lun %s:%s %llu%s%s", fabric, target, number,
			 group ? " group=" : "", group ?: "");
}

static const char *str_or_what(const struct record *rec, unsigned int attr)
{
	return record_str(rec, attr) ?: "?";
}

char *record_subject(const struct record *rec)
{
	const struct set *set = rec->set;

	if (set == &set_device)
		return subject_device(str_or_what(rec, TGTCORE_A_DEVICE_NAME));
	if (set == &set_target)
		return subject_target(str_or_what(rec, TGTCORE_A_TARGET_FABRIC),
				      str_or_what(rec, TGTCORE_A_TARGET_NAME));
	if (set == &set_group)
		return subject_group(str_or_what(rec, TGTCORE_A_GROUP_FABRIC),
				     str_or_what(rec, TGTCORE_A_GROUP_TARGET),
				     str_or_what(rec, TGTCORE_A_GROUP_NAME));
	if (set == &set_lun)
		return subject_lun(str_or_what(rec, TGTCORE_A_LUN_FABRIC),
				   str_or_what(rec, TGTCORE_A_LUN_TARGET),
				   record_str(rec, TGTCORE_A_LUN_GROUP),
				   record_u64(rec, TGTCORE_A_LUN_NUMBER));
	if (set == &set_alua)
		return subject_alua(record_u64(rec, TGTCORE_A_ALUA_ID));
	if (set == &set_pr)
		return subject_pr(str_or_what(rec, TGTCORE_A_PR_DEVICE));
	if (set == &set_session)
		return xasprintf("session %s:%s %llu",
				 str_or_what(rec, TGTCORE_A_SESSION_FABRIC),
				 str_or_what(rec, TGTCORE_A_SESSION_TARGET),
				 record_u64(rec, TGTCORE_A_SESSION_ID));
	return xstrdup(set->name);
}

static int compare_attr(const struct record *a, const struct record *b, unsigned int attr)
{
	u64 va, vb;

	if (!a->tb[attr] || !b->tb[attr])
		return !!a->tb[attr] - !!b->tb[attr];
	switch (a->set->attrs[attr].type) {
	case ATTR_STRING:
	case ATTR_NAME:
		/* d2 before d10 */
		return strverscmp(record_str(a, attr), record_str(b, attr));
	default:
		va = record_u64(a, attr);
		vb = record_u64(b, attr);
		return va < vb ? -1 : va > vb;
	}
}

static int compare_records(const void *pa, const void *pb)
{
	const struct record *a = *(struct record *const *)pa;
	const struct record *b = *(struct record *const *)pb;

	for (const u8 *key = a->set->key; *key; key++) {
		int diff = compare_attr(a, b, *key);

		if (diff)
			return diff;
	}
	return 0;
}

void records_sort(struct records *recs)
{
	/* without a key their order is the kernel's */
	if (recs->nr && *recs->rec[0]->set->key)
		qsort(recs->rec, recs->nr, sizeof(*recs->rec), compare_records);
}

void records_add(struct records *recs, struct record *rec)
{
	/* doubles at each power of two */
	if (!(recs->nr & (recs->nr - 1)))
		recs->rec = xrealloc(recs->rec, recs->nr ? recs->nr * 2 : 1,
				     sizeof(*recs->rec));
	recs->rec[recs->nr++] = rec;
}

void records_free(struct records *recs)
{
	for (size_t i = 0; i < recs->nr; i++)
		free(recs->rec[i]);
	free(recs->rec);
	memset(recs, 0, sizeof(*recs));
}
