// SPDX-License-Identifier: GPL-2.0
/* tgtctl target */
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>

#include "tgtctl.h"

static int begin(struct ctx *ctx, u8 cmd, char *arg, char **subject)
{
	const char *name;
	int ret;

	tnl_request(&ctx->nl, cmd);
	ret = put_target(ctx, TGTCORE_A_TARGET_FABRIC, TGTCORE_A_TARGET_NAME, arg, &name);
	if (!ret)
		*subject = subject_target(arg, name);
	return ret;
}

static int create(struct ctx *ctx, const char *subject)
{
	struct record *rec = NULL;
	int ret;

	ret = make_object(ctx, &set_target, subject, &rec);
	if (!ret && rec && rec->tb[TGTCORE_A_TARGET_HOST])
		printf("%s: SCSI host %llu\n", subject,
		       record_u64(rec, TGTCORE_A_TARGET_HOST));
	free(rec);
	return ret;
}

int target_create(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	ret = begin(ctx, TGTCORE_CMD_TARGET_CREATE, argv[0], &subject);
	if (ret)
		return ret;
	ret = put_pairs(ctx, &set_target, ATTR_CREATE, argc - 1, argv + 1);
	if (!ret)
		ret = create(ctx, subject);
	free(subject);
	return ret;
}

int target_delete(struct ctx *ctx, int argc, char **argv)
{
	char *subject;
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_TARGET_DELETE, argv[0], &subject);
	if (ret)
		return ret;
	ret = delete_object(ctx, &set_target, subject);
	free(subject);
	return ret;
}

int target_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs = { 0 };
	char *subject;
	int ret;

	if (!argc) {
		ret = show_dump(ctx, &set_target, NULL, &recs);
		return ret ?: show_records(ctx, &set_target, &recs, false);
	}
	ret = begin(ctx, TGTCORE_CMD_TARGET_GET, argv[0], &subject);
	if (ret)
		return ret;
	ret = show_object(ctx, &set_target, subject);
	free(subject);
	return ret;
}
