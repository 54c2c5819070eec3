// SPDX-License-Identifier: GPL-2.0
/* tgtctl pr: persistent reservations. */
#include <linux/tgtcore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "tgtctl.h"

#define PR_KEY		"tgtctl-pr"	/* of a file that export has written: its version */
#define PR_VERSION	1
#define PR_ROOM		(512 << 10)	/* as many registrants as there can be */

#define TID_MAX		256

static const char *const types[] = {
	[1] = "Write Exclusive",
	[3] = "Exclusive Access",
	[5] = "Write Exclusive - Registrants Only",
	[6] = "Exclusive Access - Registrants Only",
	[7] = "Write Exclusive - All Registrants",
	[8] = "Exclusive Access - All Registrants",
};

static const char *type_name(json_int_t type)
{
	return type >= 0 && type < (json_int_t)ARRAY_SIZE(types) && types[type] ? types[type] :
		"unknown";
}

static int begin(struct ctx *ctx, u8 cmd, const char *device)
{
	tnl_request(&ctx->nl, cmd);
	if (device && nla_put_string(ctx->nl.msg, TGTCORE_A_PR_DEVICE, device))
		return usage_error(ctx, "the name of the device is too long");
	return 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* One object for each device: a device can take several messages. */
static json_t *merge(const struct records *recs)
{
	json_t *all = json_array(), *last = NULL, *obj;

	for (size_t i = 0; i < recs->nr; i++) {
		obj = record_json(recs->rec[i], 0);
		if (!json_object_get(obj, "registrants"))
			json_object_set_new(obj, "registrants", json_array());
		json_object_del(obj, "first");
		if (last && json_equal(json_object_get(last, "device"),
				       json_object_get(obj, "device"))) {
			json_array_extend(json_object_get(last, "registrants"),
					  json_object_get(obj, "registrants"));
			json_decref(obj);
			continue;
		}
		json_array_append_new(all, obj);
		last = obj;
	}
	return all;
}

/* Those of all devices, or of @device; NULL: it is told what is wrong. */
static json_t *get(struct ctx *ctx, const char *device)
{
	struct records recs;
	char *subject;
	json_t *all;
	int ret;

	if (begin(ctx, TGTCORE_CMD_PR_GET, device) || tnl_open(&ctx->nl, 0))
		return NULL;
	ret = tnl_dump(&ctx->nl, &recs);
	if (!ret && device && !recs.nr) {
		/* says why */
		begin(ctx, TGTCORE_CMD_PR_GET, device);
		ret = tnl_call(&ctx->nl, NULL) ?: -1;
	}
	if (ret) {
		subject = device ? subject_pr(device) : xstrdup("pr");
		tnl_fail(&ctx->nl, "%s", subject);
		free(subject);
		return NULL;
	}
	/* parts of different states are none */
	if (ctx->nl.torn) {
		records_free(&recs);
		error("pr: reservations change all the time; try again");
		return NULL;
	}
	all = merge(&recs);
	records_free(&recs);
	return all;
}

/* ---- showing ------------------------------------------------------------------------------- */

static const struct column columns[] = {
	{ "DEVICE", "device", OUT_TEXT },
	{ "REGISTRANTS", "count", OUT_NUMBER },
	{ "PRGENERATION", "prgeneration", OUT_NUMBER },
	{ "APTPL", "aptpl", OUT_BOOL },
	{ "LOST", "lost", OUT_BOOL },
	{ "RESERVATION", "type-name", OUT_TEXT },
};

static const struct column registrant_columns[] = {
	{ "KEY", "key", OUT_TEXT },
	{ "HOLDER", "holder", OUT_BOOL },
	{ "RTPI", "rtpi", OUT_NUMBER },
	{ "TRANSPORT-ID", "transport-id", OUT_TEXT },
};

int pr_show(struct ctx *ctx, int argc, char **argv)
{
	json_t *all = get(ctx, argc ? argv[0] : NULL), *obj, *type;
	size_t i;

	if (!all)
		return EXIT_FAILURE;
	if (ctx->given & OPT_JSON) {
		out_json(all);
		json_decref(all);
		return EXIT_SUCCESS;
	}
	json_array_foreach(all, i, obj) {
		type = json_object_get(obj, "type");
		json_object_set_new(obj, "type-name",
				    json_string(type ? type_name(json_integer_value(type)) :
						       "none"));
	}
	out_table(all, columns, ARRAY_SIZE(columns), true);
	if (argc && json_array_size(json_object_get(json_array_get(all, 0), "registrants"))) {
		putchar('\n');
		out_table(json_object_get(json_array_get(all, 0), "registrants"),
			  registrant_columns, ARRAY_SIZE(registrant_columns), true);
	}
	json_decref(all);
	return EXIT_SUCCESS;
}

int pr_export(struct ctx *ctx, int argc, char **argv)
{
	static const char *const kept[] = { "device", "prgeneration", "aptpl", "type",
					    "registrants" };
	json_t *all = get(ctx, argv[0]), *obj, *root;
	int ret;

	if (!all)
		return EXIT_FAILURE;
	obj = json_array_get(all, 0);
	if (json_is_true(json_object_get(obj, "lost"))) {
		json_decref(all);
		return error("pr %s: its reservations are lost", argv[0]);
	}
	root = json_object();
	json_object_set_new(root, PR_KEY, json_integer(PR_VERSION));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (json_object_get(obj, kept[i]))
			json_object_set(root, kept[i], json_object_get(obj, kept[i]));
	ret = write_json("pr export", argc > 1 ? argv[1] : "-", root);
	json_decref(root);
	json_decref(all);
	return ret;
}

/* ---- importing ----------------------------------------------------------------------------- */

static bool known_key(const char *key, const char *const *keys, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Hexadecimal text as bytes; how many, or -1. */
static int parse_hex(const char *text, u8 *to, size_t max)
{
	size_t len = text ? strlen(text) : 1, i;
	char byte[3] = "", *end;

	if (len % 2 || len / 2 > max)
		return -1;
	for (i = 0; i < len / 2; i++) {
		memcpy(byte, text + 2 * i, 2);
		to[i] = strtoul(byte, &end, 16);
		if (*end || byte[0] == '-' || byte[0] == '+' || byte[0] == ' ')
			return -1;
	}
	return len / 2;
}

/* What is wrong with it, or NULL. */
static const char *put_registrant(struct nl_msg *msg, const json_t *reg)
{
	static const char *const keys[] = { "key", "transport-id", "rtpi", "holder" };
	json_t *rtpi = json_object_get(reg, "rtpi"), *holder = json_object_get(reg, "holder");
	json_int_t port = json_integer_value(rtpi);
	const char *name;
	u8 key[8], tid[TID_MAX];
	struct nlattr *nest;
	json_t *val;
	int len;
	u64 v = 0;

	if (!json_is_object(reg))
		return "not an object";
	json_object_foreach((json_t *)reg, name, val)
		if (!known_key(name, keys, ARRAY_SIZE(keys)))
			return "a key that is none of key, transport-id, rtpi and holder";
	if (parse_hex(json_string_value(json_object_get(reg, "key")), key, 8) != 8)
		return "key: 16 hexadecimal digits expected";
	len = parse_hex(json_string_value(json_object_get(reg, "transport-id")), tid, TID_MAX);
	if (len < 0)
		return "transport-id: at most 256 bytes in hexadecimal expected";
	if (!json_is_integer(rtpi) || port < 1 || port > 65535)
		return "rtpi: a number from 1 to 65535 expected";
	if (holder && !json_is_boolean(holder))
		return "holder: true or false expected";
	for (int i = 0; i < 8; i++)
		v = v << 8 | key[i];
	nest = nla_nest_start(msg, NLA_F_NESTED | TGTCORE_A_PR_REGISTRANT);
	if (!nest || nla_put_u64(msg, TGTCORE_A_REGISTRANT_KEY, v) ||
	    nla_put(msg, TGTCORE_A_REGISTRANT_TRANSPORT_ID, len, tid) ||
	    nla_put_u32(msg, TGTCORE_A_REGISTRANT_RTPI, port) ||
	    nla_put_u8(msg, TGTCORE_A_REGISTRANT_HOLDER, json_is_true(holder)))
		return "too long";
	nla_nest_end(msg, nest);
	return NULL;
}

static int bad(const char *path, const char *what)
{
	return error("pr import: %s: %s", path, what);
}

static int put_registrants(struct ctx *ctx, const char *path, const json_t *array)
{
	const char *why;
	json_t *reg;
	size_t i;

	json_array_foreach((json_t *)array, i, reg) {
		why = put_registrant(ctx->nl.msg, reg);
		if (why)
			return error("pr import: %s: registrants[%zu]: %s", path, i, why);
	}
	return 0;
}

/* Whether the kernel agrees is for it to say. */
static int put_root(struct ctx *ctx, const char *path, const json_t *root)
{
	static const char *const keys[] = { PR_KEY, "device", "prgeneration", "aptpl", "type",
					    "registrants" };
	json_t *type = json_object_get(root, "type"), *aptpl = json_object_get(root, "aptpl");
	json_t *version = json_object_get(root, PR_KEY), *val;
	json_t *registrants = json_object_get(root, "registrants");
	const char *key;

	if (!json_is_integer(version))
		return bad(path, "it is not what pr export writes");
	if (json_integer_value(version) != PR_VERSION)
		return bad(path, "it is of a later version of tgtctl");
	json_object_foreach((json_t *)root, key, val)
		if (!known_key(key, keys, ARRAY_SIZE(keys)))
			return error("pr import: %s: unknown key %s", path, key);
	if (!json_is_boolean(aptpl))
		return bad(path, "aptpl: true or false expected");
	if (type && (!json_is_integer(type) || json_integer_value(type) < 1 ||
		     json_integer_value(type) > UINT8_MAX))
		return bad(path, "type: a number expected, or no type for no reservation");
	if (!json_is_array(registrants))
		return bad(path, "registrants: a list expected");
	nla_put_u8(ctx->nl.msg, TGTCORE_A_PR_APTPL, json_is_true(aptpl));
	if (type)
		nla_put_u32(ctx->nl.msg, TGTCORE_A_PR_TYPE, json_integer_value(type));
	return put_registrants(ctx, path, registrants);
}

int pr_import(struct ctx *ctx, int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "-";
	json_t *root = read_json("pr import", path);
	char *subject;
	int ret;

	if (!root)
		return EXIT_FAILURE;
	tnl_request_room(&ctx->nl, PR_ROOM);
	ret = begin(ctx, TGTCORE_CMD_PR_SET, argv[0]);
	ret = ret ?: put_root(ctx, path, root);
	json_decref(root);
	if (ret)
		return ret;
	put_generation(ctx, &set_pr);
	if (tnl_open(&ctx->nl, NL_AUTOLOAD))
		return EXIT_FAILURE;
	if (tnl_send_room(&ctx->nl))
		return error("pr import: no room for the request");
	if (!tnl_call(&ctx->nl, NULL))
		return EXIT_SUCCESS;
	subject = subject_pr(argv[0]);
	ret = tnl_fail(&ctx->nl, "%s", subject);
	free(subject);
	return ret;
}
