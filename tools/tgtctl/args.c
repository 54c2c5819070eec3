// SPDX-License-Identifier: GPL-2.0
/* Arguments into the request that has been begun. On misuse they say so and return its status. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "map.h"
#include "parse.h"
#include "tgtctl.h"

/* The set's attribute for options, or 0. */
static unsigned int options_attr(const struct set *set)
{
	for (unsigned int i = 1; i < set->nr; i++)
		if (set->attrs[i].type == ATTR_OPTIONS)
			return i;
	return 0;
}

/* The key that was meant, or NULL. */
static const char *near_key(const struct set *set, unsigned int flag, const char *key)
{
	const char *names[SET_ATTR_MAX];
	size_t n = 0;

	for (unsigned int i = 1; i < set->nr; i++)
		if (set->attrs[i].flags & flag)
			names[n++] = set->attrs[i].name;
	return nearest_word(key, names, n);
}

/* One that the set has is one of what exists that cannot be changed. */
static int unknown_key(const struct ctx *ctx, const struct set *set, unsigned int flag,
		       const char *key)
{
	const char *near = near_key(set, flag, key);
	char list[256] = "";

	for (unsigned int i = 1; i < set->nr; i++)
		if (set->attrs[i].flags & flag)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s=",
				 *list ? ", " : "", set->attrs[i].name);
	if (attr_by_name(set, key, strlen(key)))
		return usage_error(ctx, "%s= cannot be changed, only %s%s", key, list,
				   options_attr(set) ? ", and some options of backends" : "");
	if (near)
		return usage_error(ctx, "unknown key '%s=', did you mean '%s='?", key, near);
	return usage_error(ctx, "unknown key '%s=': %s", key, list);
}

static int put_pair(struct ctx *ctx, const struct set *set, unsigned int flag, const char *key,
		    const char *val)
{
	unsigned int attr = attr_by_name(set, key, strlen(key));
	unsigned int options = options_attr(set);
	const char *why;

	/* of a device that exists most of what it was made with cannot be set, mistyped or not */
	if (flag == ATTR_SET && (attr || near_key(set, flag, key)) &&
	    !(set->attrs[attr].flags & flag))
		options = 0;
	if (attr && (set->attrs[attr].flags & flag))
		why = put_text(ctx->nl.msg, set, attr, val);
	else if (options)
		why = put_option(ctx->nl.msg, options, key, val);
	else
		return unknown_key(ctx, set, flag, key);
	return why ? usage_error(ctx, "%s=%s: %s", key, val, why) : 0;
}

/* KEY=VALUE pairs; @flag is ATTR_CREATE or ATTR_SET. */
int put_pairs(struct ctx *ctx, const struct set *set, unsigned int flag, int argc, char **argv)
{
	struct map seen = { 0 };
	int ret = 0;

	for (int i = 0; i < argc && !ret; i++) {
		char *val = split_pair(argv[i]);
		size_t nr = seen.nr;

		if (!val) {
			ret = usage_error(ctx, "KEY=VALUE expected, not '%s'", argv[i]);
			break;
		}
		map_add(&seen, argv[i]);
		/* which options of what exists may be repeated is for the kernel to say */
		if (seen.nr == nr &&
		    (flag == ATTR_CREATE || attr_by_name(set, argv[i], strlen(argv[i]))))
			ret = usage_error(ctx, "%s= is given twice", argv[i]);
		else
			ret = put_pair(ctx, set, flag, argv[i], val);
	}
	map_free(&seen);
	return ret;
}

/* FABRIC:NAME. @arg becomes the fabric, @target the name. */
int put_target(struct ctx *ctx, unsigned int fabric, unsigned int name, char *arg,
	       const char **target)
{
	*target = split_target(arg);
	if (!*target)
		return usage_error(ctx, "FABRIC:NAME expected, such as loop:disk, not '%s'", arg);
	if (nla_put_string(ctx->nl.msg, fabric, arg) ||
	    nla_put_string(ctx->nl.msg, name, *target))
		return usage_error(ctx, "the name of the target is too long");
	return 0;
}

/* Whether there can be such a LUN is for the kernel to say. */
int parse_lun(struct ctx *ctx, const char *arg, u64 *number)
{
	if (parse_u64(arg, UINT32_MAX, number))
		return usage_error(ctx, "a LUN expected, such as 0, not '%s'", arg);
	return 0;
}

/* --if-generation */
void put_generation(struct ctx *ctx, const struct set *set)
{
	if (ctx->given & OPT_GENERATION)
		nla_put_u64(ctx->nl.msg, set->generation, ctx->generation);
}
