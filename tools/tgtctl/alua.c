// SPDX-License-Identifier: GPL-2.0
/* tgtctl alua */
#include <linux/tgtcore.h>
#include <stdint.h>
#include <stdlib.h>

#include "parse.h"
#include "tgtctl.h"

/* Whether there can be such a group is for the kernel to say. */
static int begin(struct ctx *ctx, u8 cmd, const char *arg, char **subject)
{
	u64 id;

	tnl_request(&ctx->nl, cmd);
	if (parse_u64(arg, UINT32_MAX, &id))
		return usage_error(ctx, "the number of a target port group expected, not '%s'",
				   arg);
	nla_put_u32(ctx->nl.msg, TGTCORE_A_ALUA_ID, id);
	*subject = subject_alua(id);
	return 0;
}

static int change(struct ctx *ctx, u8 cmd, unsigned int flag, int argc, char **argv)
{
	char *subject;
	int ret;

	ret = begin(ctx, cmd, argv[0], &subject);
	if (ret)
		return ret;
	ret = put_pairs(ctx, &set_alua, flag, argc - 1, argv + 1);
	if (!ret)
		ret = change_object(ctx, &set_alua, subject);
	free(subject);
	return ret;
}

int alua_create(struct ctx *ctx, int argc, char **argv)
{
	return change(ctx, TGTCORE_CMD_ALUA_CREATE, ATTR_CREATE, argc, argv);
}

int alua_set(struct ctx *ctx, int argc, char **argv)
{
	return change(ctx, TGTCORE_CMD_ALUA_SET, ATTR_SET, argc, argv);
}

int alua_delete(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_ALUA_DELETE, argv[0], &subject);
	if (ret)
		return ret;
	ret = delete_object(ctx, &set_alua, subject);
	free(subject);
	return ret;
}

static int show_one(struct ctx *ctx, const char *arg)
{
	char *subject;
	int ret;

	ret = begin(ctx, TGTCORE_CMD_ALUA_GET, arg, &subject);
	if (ret)
		return ret;
	ret = show_object(ctx, &set_alua, subject);
	free(subject);
	return ret;
}

int alua_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs = { 0 };
	int ret;

	if (argc)
		return show_one(ctx, argv[0]);
	ret = show_dump(ctx, &set_alua, NULL, &recs);
	return ret ?: show_records(ctx, &set_alua, &recs, false);
}
