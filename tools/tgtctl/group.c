// SPDX-License-Identifier: GPL-2.0
/* tgtctl group */
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "tgtctl.h"

static int begin(struct ctx *ctx, u8 cmd, char **argv, char **subject)
{
	const char *target;
	int ret;

	tnl_request(&ctx->nl, cmd);
	ret = put_target(ctx, TGTCORE_A_GROUP_FABRIC, TGTCORE_A_GROUP_TARGET, argv[0], &target);
	if (ret)
		return ret;
	if (nla_put_string(ctx->nl.msg, TGTCORE_A_GROUP_NAME, argv[1]))
		return usage_error(ctx, "the name of the group is too long");
	*subject = subject_group(argv[0], target, argv[1]);
	return 0;
}

int group_create(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_GROUP_CREATE, argv, &subject);
	if (ret)
		return ret;
	ret = change_object(ctx, &set_group, subject);
	free(subject);
	return ret;
}

int group_delete(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_GROUP_DELETE, argv, &subject);
	if (ret)
		return ret;
	ret = delete_object(ctx, &set_group, subject);
	free(subject);
	return ret;
}

static int add_or_remove(struct ctx *ctx, u8 cmd, char **argv)
{
	static const char key[] = "initiator=";
	char *subject;
	int ret;

	if (strncmp(argv[2], key, strlen(key)))
		return usage_error(ctx, "initiator=ID expected, not '%s'", argv[2]);
	ret = begin(ctx, cmd, argv, &subject);
	if (ret)
		return ret;
	if (nla_put_string(ctx->nl.msg, TGTCORE_A_GROUP_INITIATOR, argv[2] + strlen(key)))
		ret = usage_error(ctx, "the initiator's name is too long");
	else
		ret = change_object(ctx, &set_group, subject);
	free(subject);
	return ret;
}

int group_add(struct ctx *ctx, int argc, char **argv)
{
	(void)argc;
	return add_or_remove(ctx, TGTCORE_CMD_GROUP_ADD, argv);
}

int group_remove(struct ctx *ctx, int argc, char **argv)
{
	(void)argc;
	return add_or_remove(ctx, TGTCORE_CMD_GROUP_REMOVE, argv);
}

static int show_one(struct ctx *ctx, char **argv)
{
	char *subject;
	int ret;

	ret = begin(ctx, TGTCORE_CMD_GROUP_GET, argv, &subject);
	if (ret)
		return ret;
	ret = show_object(ctx, &set_group, subject);
	free(subject);
	return ret;
}

int group_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs;
	int ret;

	if (argc > 1)
		return show_one(ctx, argv);
	ret = show_dump(ctx, &set_group, argc ? argv[0] : NULL, &recs);
	return ret ?: show_records(ctx, &set_group, &recs, false);
}
