// SPDX-License-Identifier: GPL-2.0
/* tgtctl lun */
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tgtctl.h"
#include "wait.h"

/**
 * struct lun_args - a LUN as it is named on the command line
 * @fabric: of the target
 * @target: name of the target
 * @group: or NULL
 * @number: the LUN
 */
struct lun_args {
	const char	*fabric;
	const char	*target;
	const char	*group;
	u64	number;
};

static int begin(struct ctx *ctx, u8 cmd, char **argv, struct lun_args *lun)
{
	int ret;

	memset(lun, 0, sizeof(*lun));
	tnl_request(&ctx->nl, cmd);
	ret = put_target(ctx, TGTCORE_A_LUN_FABRIC, TGTCORE_A_LUN_TARGET, argv[0], &lun->target);
	if (ret)
		return ret;
	lun->fabric = argv[0];
	ret = parse_lun(ctx, argv[1], &lun->number);
	if (!ret)
		nla_put_u32(ctx->nl.msg, TGTCORE_A_LUN_NUMBER, lun->number);
	return ret;
}

static char *lun_subject(const struct lun_args *lun)
{
	return subject_lun(lun->fabric, lun->target, lun->group, lun->number);
}

/* What "group=" was given, from pairs that have been taken apart. */
static const char *group_of(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "group"))
			return argv[i] + strlen("group") + 1;
	return NULL;
}

/* Whether this machine is the initiator: then a disk will appear. */
static bool target_local(struct ctx *ctx, const struct lun_args *lun)
{
	struct record *rec;
	bool local;

	tnl_request(&ctx->nl, TGTCORE_CMD_TARGET_GET);
	nla_put_string(ctx->nl.msg, TGTCORE_A_TARGET_FABRIC, lun->fabric);
	nla_put_string(ctx->nl.msg, TGTCORE_A_TARGET_NAME, lun->target);
	if (tnl_call(&ctx->nl, &rec) || !rec)
		return false;
	local = rec->tb[TGTCORE_A_TARGET_HOST];
	free(rec);
	return local;
}

static int await_disk(struct ctx *ctx, struct events *ev, const char *subject)
{
	struct wait w = { .what = WAIT_READY };
	const char *node;
	int ret;

	wait_add(&w, &set_lun, subject);
	ret = wait_all(&w, &ctx->nl, ev,
		       ctx->given & OPT_TIMEOUT ? ctx->timeout : WAIT_READY_S);
	node = wait_node(&w, subject);
	if (!ret && node)
		printf("%s: /dev/%s\n", subject, node);
	wait_free(&w);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int create(struct ctx *ctx, const struct lun_args *lun, const char *subject)
{
	bool waits = !(ctx->given & OPT_NO_WAIT);
	struct events ev = { 0 };
	struct record *rec;
	int ret = 0;

	put_generation(ctx, &set_lun);
	if (tnl_open(&ctx->nl, NL_AUTOLOAD) || (waits && events_open(&ev, &ctx->nl)))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, &rec)) {
		ret = tnl_fail(&ctx->nl, "%s", subject);
	} else {
		/* A map that no initiator looks at gives no disk. */
		waits = waits && rec && record_u64(rec, TGTCORE_A_LUN_SESSIONS);
		free(rec);
		if (waits && target_local(ctx, lun))
			ret = await_disk(ctx, &ev, subject);
	}
	events_close(&ev);
	return ret;
}

/* A request with pairs after the LUN's number. */
static int begin_pairs(struct ctx *ctx, u8 cmd, unsigned int flag, int argc, char **argv,
		       struct lun_args *lun)
{
	int ret = begin(ctx, cmd, argv, lun);

	if (!ret)
		ret = put_pairs(ctx, &set_lun, flag, argc - 2, argv + 2);
	if (!ret)
		lun->group = group_of(argc - 2, argv + 2);
	return ret;
}

int lun_create(struct ctx *ctx, int argc, char **argv)
{
	struct lun_args lun;
	char *subject;
	int ret;

	ret = begin_pairs(ctx, TGTCORE_CMD_LUN_CREATE, ATTR_CREATE, argc, argv, &lun);
	if (ret)
		return ret;
	subject = lun_subject(&lun);
	ret = create(ctx, &lun, subject);
	free(subject);
	return ret;
}

int lun_set(struct ctx *ctx, int argc, char **argv)
{
	struct lun_args lun;
	char *subject;
	int ret;

	ret = begin_pairs(ctx, TGTCORE_CMD_LUN_SET, ATTR_SET, argc, argv, &lun);
	if (ret)
		return ret;
	subject = lun_subject(&lun);
	ret = change_object(ctx, &set_lun, subject);
	free(subject);
	return ret;
}

int lun_delete(struct ctx *ctx, int argc, char **argv)
{
	struct lun_args lun;
	char *subject;
	int ret;

	ret = begin(ctx, TGTCORE_CMD_LUN_DELETE, argv, &lun);
	if (ret)
		return ret;
	if (argc > 2) {
		if (strncmp(argv[2], "group=", 6))
			return usage_error(ctx, "group=G expected, not '%s'", argv[2]);
		lun.group = argv[2] + 6;
		if (nla_put_string(ctx->nl.msg, TGTCORE_A_LUN_GROUP, lun.group))
			return usage_error(ctx, "the name of the group is too long");
	}
	subject = lun_subject(&lun);
	ret = delete_object(ctx, &set_lun, subject);
	free(subject);
	return ret;
}

/* Leave those with the number, in whatever group. */
static void keep_number(struct records *recs, u64 number)
{
	size_t kept = 0;

	for (size_t i = 0; i < recs->nr; i++) {
		if (record_u64(recs->rec[i], TGTCORE_A_LUN_NUMBER) == number)
			recs->rec[kept++] = recs->rec[i];
		else
			free(recs->rec[i]);
	}
	recs->nr = kept;
}

int lun_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs = { 0 };
	u64 number = 0;
	int ret;

	ret = argc > 1 ? parse_lun(ctx, argv[1], &number) : 0;
	/* A request with a number would be about one map; by target all groups' are found. */
	if (!ret)
		ret = show_dump(ctx, &set_lun, argc ? argv[0] : NULL, &recs);
	if (ret)
		return ret;
	if (argc > 1)
		keep_number(&recs, number);
	if (argc > 1 && !recs.nr) {
		records_free(&recs);
		return error("lun %s:%s %s: there is none", argv[0],
			     argv[0] + strlen(argv[0]) + 1, argv[1]);
	}
	return show_records(ctx, &set_lun, &recs, argc > 1);
}
