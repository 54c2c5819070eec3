// SPDX-License-Identifier: GPL-2.0
/*
 * tgtctl lun recent: the last commands of a LUN. A row is a JSON object with the kernel's names
 * and "command", which says in words what the CDB is.
 */
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "tgtctl.h"

/* How a command is called, and where its CDB names blocks: first byte and bytes of each. */
struct command_name {
	u8		opcode;
	u8		lba, lba_len;
	u8		count, count_len;
	const char	*name;
};

static const struct command_name command_names[] = {
	{ 0x00, 0, 0, 0, 0, "TEST UNIT READY" },
	{ 0x03, 0, 0, 0, 0, "REQUEST SENSE" },
	{ 0x04, 0, 0, 0, 0, "FORMAT UNIT" },
	{ 0x08, 1, 3, 4, 1, "READ(6)" },
	{ 0x0a, 1, 3, 4, 1, "WRITE(6)" },
	{ 0x12, 0, 0, 0, 0, "INQUIRY" },
	{ 0x15, 0, 0, 0, 0, "MODE SELECT(6)" },
	{ 0x16, 0, 0, 0, 0, "RESERVE(6)" },
	{ 0x17, 0, 0, 0, 0, "RELEASE(6)" },
	{ 0x1a, 0, 0, 0, 0, "MODE SENSE(6)" },
	{ 0x1b, 0, 0, 0, 0, "START STOP UNIT" },
	{ 0x1e, 0, 0, 0, 0, "PREVENT ALLOW MEDIUM REMOVAL" },
	{ 0x25, 0, 0, 0, 0, "READ CAPACITY(10)" },
	{ 0x28, 2, 4, 7, 2, "READ(10)" },
	{ 0x2a, 2, 4, 7, 2, "WRITE(10)" },
	{ 0x2e, 2, 4, 7, 2, "WRITE AND VERIFY(10)" },
	{ 0x2f, 2, 4, 7, 2, "VERIFY(10)" },
	{ 0x35, 2, 4, 7, 2, "SYNCHRONIZE CACHE(10)" },
	{ 0x41, 2, 4, 7, 2, "WRITE SAME(10)" },
	{ 0x42, 0, 0, 0, 0, "UNMAP" },
	{ 0x48, 0, 0, 0, 0, "SANITIZE" },
	{ 0x4d, 0, 0, 0, 0, "LOG SENSE" },
	{ 0x55, 0, 0, 0, 0, "MODE SELECT(10)" },
	{ 0x5a, 0, 0, 0, 0, "MODE SENSE(10)" },
	{ 0x5e, 0, 0, 0, 0, "PERSISTENT RESERVE IN" },
	{ 0x5f, 0, 0, 0, 0, "PERSISTENT RESERVE OUT" },
	{ 0x7f, 0, 0, 0, 0, "variable length CDB" },
	{ 0x83, 0, 0, 0, 0, "THIRD-PARTY COPY OUT" },
	{ 0x84, 0, 0, 0, 0, "THIRD-PARTY COPY IN" },
	{ 0x88, 2, 8, 10, 4, "READ(16)" },
	{ 0x89, 2, 8, 13, 1, "COMPARE AND WRITE" },
	{ 0x8a, 2, 8, 10, 4, "WRITE(16)" },
	{ 0x8e, 2, 8, 10, 4, "WRITE AND VERIFY(16)" },
	{ 0x8f, 2, 8, 10, 4, "VERIFY(16)" },
	{ 0x91, 2, 8, 10, 4, "SYNCHRONIZE CACHE(16)" },
	{ 0x93, 2, 8, 10, 4, "WRITE SAME(16)" },
	{ 0x9c, 2, 8, 12, 2, "WRITE ATOMIC(16)" },
	{ 0x9e, 0, 0, 0, 0, "SERVICE ACTION IN(16)" },
	{ 0xa0, 0, 0, 0, 0, "REPORT LUNS" },
	{ 0xa3, 0, 0, 0, 0, "MAINTENANCE IN" },
	{ 0xa4, 0, 0, 0, 0, "MAINTENANCE OUT" },
	{ 0xa8, 2, 4, 6, 4, "READ(12)" },
	{ 0xaa, 2, 4, 6, 4, "WRITE(12)" },
};

static const struct column recent_columns[] = {
	{ "TIME", "time", OUT_TEXT },
	{ "SESSION", "session", OUT_NUMBER },
	{ "LATENCY", "took-ns", OUT_NS },
	{ "STATUS", "status", OUT_TEXT },
	{ "SENSE", "sense", OUT_TEXT },
	{ "CDB", "cdb", OUT_TEXT },
	{ "COMMAND", "command", OUT_TEXT },
};

static u64 get_be(const u8 *p, unsigned int len)
{
	u64 v = 0;

	while (len--)
		v = v << 8 | *p++;
	return v;
}

static const struct command_name *find_command(u8 opcode)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_names); i++)
		if (command_names[i].opcode == opcode)
			return &command_names[i];
	return NULL;
}

/* What the CDB asks for, in words; the caller's to free. */
static char *recent_command(const u8 *cdb, size_t len)
{
	const struct command_name *c = len ? find_command(*cdb) : NULL;
	u64 lba, count;

	if (!len)
		return xstrdup("no CDB");
	if (!c)
		return xasprintf("opcode %02xh", *cdb);
	if (!c->lba || len < c->lba + c->lba_len || len < c->count + c->count_len)
		return xstrdup(c->name);
	lba = get_be(cdb + c->lba, c->lba_len);
	count = get_be(cdb + c->count, c->count_len);
	if (c->lba == 1) {	/* 21 bits; no length is the longest */
		lba &= 0x1fffff;
		count = count ?: 256;
	}
	return xasprintf("%s lba %llu +%llu", c->name, lba, count);
}

static const char *status_name(u64 status)
{
	switch (status) {
	case 0x00:
		return "good";
	case 0x02:
		return "check condition";
	case 0x08:
		return "busy";
	case 0x18:
		return "reservation conflict";
	case 0x28:
		return "task set full";
	case 0x40:
		return "task aborted";
	default:
		return NULL;
	}
}

static json_t *recent_json(const struct record *rec)
{
	const struct nlattr *cdb = rec->tb[TGTCORE_A_RECENT_CDB];
	json_t *row = record_json(rec, 0);
	char *text = recent_command(cdb ? nla_data(cdb) : NULL, cdb ? nla_len(cdb) : 0);

	json_object_set_new(row, "command", json_string(text));
	free(text);
	return row;
}

/* ---- the table -------------------------------------------------------------------------- */

static json_t *status_cell(const struct record *rec)
{
	u64 status = record_u64(rec, TGTCORE_A_RECENT_STATUS);
	u64 stage = record_u64(rec, TGTCORE_A_RECENT_STAGE);

	if (stage == TGTCORE_RECENT_ACTIVE)
		return json_string("in flight");
	if (stage != TGTCORE_RECENT_ENDED)
		return json_sprintf("in flight, %s", stage_name(stage));
	if (status_name(status))
		return json_string(status_name(status));
	return json_sprintf("%02xh", (unsigned int)status);
}

static json_t *sense_cell(const struct record *rec)
{
	u64 sense = record_u64(rec, TGTCORE_A_RECENT_SENSE);

	if (!rec->tb[TGTCORE_A_RECENT_SENSE])
		return json_string("-");
	return json_sprintf("%x/%02x/%02x", (unsigned int)sense >> 16,
			    (unsigned int)sense >> 8 & 0xff, (unsigned int)sense & 0xff);
}

static json_t *recent_row(const struct record *rec)
{
	bool ended = rec->tb[TGTCORE_A_RECENT_LATENCY_NS];
	u64 time = record_u64(rec, TGTCORE_A_RECENT_TIME_NS);
	json_t *row = recent_json(rec);

	json_object_set_new(row, "time", json_sprintf("%llu.%06llu", time / 1000000000,
						      time / 1000 % 1000000));
	json_object_set_new(row, "took-ns",
			    json_integer(record_u64(rec, ended ? TGTCORE_A_RECENT_LATENCY_NS :
						    TGTCORE_A_RECENT_AGE_NS)));
	json_object_set_new(row, "status", status_cell(rec));
	json_object_set_new(row, "sense", sense_cell(rec));
	return row;
}

static void print_recent(const struct ctx *ctx, const struct records *recs)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < recs->nr; i++)
		json_array_append_new(rows, ctx->given & OPT_JSON ? recent_json(recs->rec[i]) :
				      recent_row(recs->rec[i]));
	if (ctx->given & OPT_JSON)
		out_json(rows);
	else
		out_table(rows, recent_columns, ARRAY_SIZE(recent_columns), true);
	json_decref(rows);
}

int lun_recent(struct ctx *ctx, int argc, char **argv)
{
	const char *target, *group = NULL;
	struct records recs;
	char *subject;
	u64 number;
	int ret;

	tnl_request(&ctx->nl, TGTCORE_CMD_RECENT_GET);
	ret = put_target(ctx, TGTCORE_A_RECENT_FABRIC, TGTCORE_A_RECENT_TARGET, argv[0], &target);
	if (!ret)
		ret = parse_lun(ctx, argv[1], &number);
	if (ret)
		return ret;
	nla_put_u32(ctx->nl.msg, TGTCORE_A_RECENT_NUMBER, number);
	if (argc > 2) {
		if (strncmp(argv[2], "group=", 6))
			return usage_error(ctx, "group=G expected, not '%s'", argv[2]);
		group = argv[2] + 6;
		if (nla_put_string(ctx->nl.msg, TGTCORE_A_RECENT_GROUP, group))
			return usage_error(ctx, "the name of the group is too long");
	}
	if (tnl_open(&ctx->nl, 0))
		return EXIT_FAILURE;
	if (tnl_dump(&ctx->nl, &recs)) {
		subject = subject_lun(argv[0], target, group, number);
		ret = tnl_fail(&ctx->nl, "%s", subject);
		free(subject);
		return ret;
	}
	print_recent(ctx, &recs);
	records_free(&recs);
	return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
