// SPDX-License-Identifier: GPL-2.0
/* Putting attributes into a request: from what the user typed, or from a saved file. */
#include <linux/tgtcore.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "parse.h"
#include "schema.h"

static const char too_long[] = "too long";

static const char *put_string(struct nl_msg *msg, unsigned int attr, const char *val)
{
	return nla_put_string(msg, attr, val) ? too_long : NULL;
}

static const char *put_number(struct nl_msg *msg, const struct set *set, unsigned int attr,
			      u64 val)
{
	int ret;

	switch (set->attrs[attr].type) {
	case ATTR_BOOL:
		ret = nla_put_u8(msg, attr, val);
		break;
	case ATTR_U32:
		ret = nla_put_u32(msg, attr, val);
		break;
	default:
		ret = nla_put_u64(msg, attr, val);
		break;
	}
	return ret ? too_long : NULL;
}

static const char *put_size(struct nl_msg *msg, unsigned int attr, const char *val)
{
	u64 v;

	switch (parse_size(val, &v)) {
	case -EINVAL:
		return "not a size (bytes, or a number with K, M, G, T or P)";
	case -ERANGE:
		return "larger than 2^64 bytes";
	}
	if (!v)
		return "a size cannot be 0";
	return nla_put_u64(msg, attr, v) ? too_long : NULL;
}

/*
 * From text. It is made a number where the attribute is one; whether the value is a good one
 * is for the kernel to say.
 */
const char *put_text(struct nl_msg *msg, const struct set *set, unsigned int attr,
		     const char *val)
{
	u64 v, max = UINT32_MAX;
	bool yes;

	switch (set->attrs[attr].type) {
	case ATTR_STRING:
	case ATTR_NAME:
	case ATTR_WORDS:
	case ATTR_STRINGS:
		return put_string(msg, attr, val);
	case ATTR_SIZE:
		return put_size(msg, attr, val);
	case ATTR_BOOL:
		if (parse_bool(val, &yes))
			return "yes or no expected";
		return put_number(msg, set, attr, yes);
	case ATTR_U64:
		max = UINT64_MAX;
		fallthrough;
	case ATTR_U32:
		switch (parse_u64(val, max, &v)) {
		case -EINVAL:
			return "not a number";
		case -ERANGE:
			return "number too large";
		}
		return put_number(msg, set, attr, v);
	}
	return "cannot be given";
}

const char *put_option(struct nl_msg *msg, unsigned int attr, const char *key, const char *val)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | attr);

	if (!nest || nla_put_string(msg, TGTCORE_A_OPTION_KEY, key) ||
	    nla_put_string(msg, TGTCORE_A_OPTION_VALUE, val))
		return too_long;
	nla_nest_end(msg, nest);
	return NULL;
}

/* From a file that config_check() has found good; of ATTR_STRINGS one of the strings. */
const char *put_json(struct nl_msg *msg, const struct set *set, unsigned int attr,
		     const json_t *val)
{
	const char *key, *why;
	json_t *opt;

	switch (json_typeof(val)) {
	case JSON_STRING:
		return put_string(msg, attr, json_string_value(val));
	case JSON_INTEGER:
		return put_number(msg, set, attr, json_integer_value(val));
	case JSON_TRUE:
	case JSON_FALSE:
		return put_number(msg, set, attr, json_is_true(val));
	case JSON_OBJECT:
		json_object_foreach((json_t *)val, key, opt) {
			why = put_option(msg, attr, key, json_string_value(opt));
			if (why)
				return why;
		}
		return NULL;
	default:
		return "cannot be sent";
	}
}
