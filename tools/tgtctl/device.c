// SPDX-License-Identifier: GPL-2.0
/* tgtctl device */
#include <linux/tgtcore.h>
#include <stdlib.h>

#include "tgtctl.h"

static int begin(struct ctx *ctx, u8 cmd, const char *name)
{
	tnl_request(&ctx->nl, cmd);
	if (nla_put_string(ctx->nl.msg, TGTCORE_A_DEVICE_NAME, name))
		return usage_error(ctx, "the name of the device is too long");
	return 0;
}

static int create_or_set(struct ctx *ctx, u8 cmd, unsigned int flag, int argc, char **argv)
{
	char *subject;
	int ret;

	ret = begin(ctx, cmd, argv[0]);
	if (!ret)
		ret = put_pairs(ctx, &set_device, flag, argc - 1, argv + 1);
	if (ret)
		return ret;
	subject = subject_device(argv[0]);
	ret = make_object(ctx, &set_device, subject, NULL);
	free(subject);
	return ret;
}

/* Give up what the backend still does for detached commands. */
int device_abandon(struct ctx *ctx, int argc, char **argv)
{
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_DEVICE_ABANDON, argv[0]);
	if (ret)
		return ret;
	if (tnl_open(&ctx->nl, NL_AUTOLOAD))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, NULL))
		return tnl_fail(&ctx->nl, "device %s", argv[0]);
	return EXIT_SUCCESS;
}

int device_create(struct ctx *ctx, int argc, char **argv)
{
	return create_or_set(ctx, TGTCORE_CMD_DEVICE_CREATE, ATTR_CREATE, argc, argv);
}

int device_set(struct ctx *ctx, int argc, char **argv)
{
	return create_or_set(ctx, TGTCORE_CMD_DEVICE_SET, ATTR_SET, argc, argv);
}

int device_delete(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_DEVICE_DELETE, argv[0]);
	if (ret)
		return ret;
	subject = subject_device(argv[0]);
	ret = delete_object(ctx, &set_device, subject);
	free(subject);
	return ret;
}

int device_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs = { 0 };
	char *subject;
	int ret;

	if (!argc) {
		ret = show_dump(ctx, &set_device, NULL, &recs);
		return ret ?: show_records(ctx, &set_device, &recs, false);
	}
	ret = begin(ctx, TGTCORE_CMD_DEVICE_GET, argv[0]);
	if (ret)
		return ret;
	subject = subject_device(argv[0]);
	ret = show_object(ctx, &set_device, subject);
	free(subject);
	return ret;
}
