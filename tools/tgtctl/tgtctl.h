/* SPDX-License-Identifier: GPL-2.0 */
/* Commands: their table, what they are given, what they share. */
#ifndef TGTCTL_TGTCTL_H
#define TGTCTL_TGTCTL_H

#include "nl.h"
#include "out.h"
#include "schema.h"
#include "util.h"

/* Options a command may take. The order is that of usage lines. */
#define OPT_JSON	0x001
#define OPT_BLOCKED	0x002
#define OPT_FORCE	0x004
#define OPT_NO_WAIT	0x008
#define OPT_TIMEOUT	0x010
#define OPT_DRY_RUN	0x020
#define OPT_INTERVAL	0x040
#define OPT_COUNT	0x080
#define OPT_SESSIONS	0x100
#define OPT_DAEMONS	0x200
#define OPT_GENERATION	0x400

/**
 * struct ctx - one call of the tool
 * @cmd: what was asked for
 * @given: OPT_* that were given
 * @timeout: seconds, of --timeout
 * @interval: seconds, of --interval
 * @count: of --count
 * @generation: of --if-generation
 * @nl: connection; commands open it when they need it
 */
struct ctx {
	const struct command *cmd;
	unsigned int	given;
	double		timeout;
	double		interval;
	u64	count;
	u64	generation;
	struct nl	nl;
};

/**
 * struct command - one row of the table
 * @object: first word
 * @verb: second word, NULL where the first says it all
 * @args: as in usage lines, without options
 * @opts: OPT_* it takes
 * @min: fewest arguments
 * @max: most
 * @fn: does it; returns an exit status
 * @help: what it does, in lines of text
 */
struct command {
	const char	*object;
	const char	*verb;
	const char	*args;
	unsigned int	opts;
	int		min;
	int		max;
	int		(*fn)(struct ctx *ctx, int argc, char **argv);
	const char	*help;
};

extern const struct command commands[];
extern const unsigned int nr_commands;

/* main.c */
__printf(2, 3)
int usage_error(const struct ctx *ctx, const char *fmt, ...);

/* help.c */
void help_all(void);
void help_object(const char *object);
void help_command(const struct command *cmd);
void print_usage(FILE *f, const struct command *cmd);

/* options.c */
int options_parse(struct ctx *ctx, int argc, char **argv, bool *help, bool *version);
const char *option_usage(unsigned int opt);
const char *option_help(unsigned int opt);
int options_check(const struct ctx *ctx);

/* args.c */
int put_pairs(struct ctx *ctx, const struct set *set, unsigned int flag, int argc, char **argv);
int put_target(struct ctx *ctx, unsigned int fabric, unsigned int name, char *arg,
	       const char **target);
int parse_lun(struct ctx *ctx, const char *arg, u64 *number);
void put_generation(struct ctx *ctx, const struct set *set);

/* show.c */
int show_dump(struct ctx *ctx, const struct set *set, char *target, struct records *recs);
int show_records(struct ctx *ctx, const struct set *set, struct records *recs, bool one);
int make_object(struct ctx *ctx, const struct set *set, const char *subject,
		struct record **reply);
int show_object(struct ctx *ctx, const struct set *set, const char *subject);
int change_object(struct ctx *ctx, const struct set *set, const char *subject);
int delete_object(struct ctx *ctx, const struct set *set, const char *subject);

/* save.c, restore.c */
int write_json(const char *what, const char *path, const json_t *root);
json_t *read_json(const char *what, const char *path);

/* the objects */
int device_create(struct ctx *ctx, int argc, char **argv);
int device_set(struct ctx *ctx, int argc, char **argv);
int device_abandon(struct ctx *ctx, int argc, char **argv);
int device_delete(struct ctx *ctx, int argc, char **argv);
bool device_leaves(struct nl *nl, const char *name);
int device_show(struct ctx *ctx, int argc, char **argv);
int target_create(struct ctx *ctx, int argc, char **argv);
int target_delete(struct ctx *ctx, int argc, char **argv);
int target_show(struct ctx *ctx, int argc, char **argv);
int lun_create(struct ctx *ctx, int argc, char **argv);
int lun_set(struct ctx *ctx, int argc, char **argv);
int lun_delete(struct ctx *ctx, int argc, char **argv);
int lun_show(struct ctx *ctx, int argc, char **argv);
int lun_recent(struct ctx *ctx, int argc, char **argv);
int group_create(struct ctx *ctx, int argc, char **argv);
int group_delete(struct ctx *ctx, int argc, char **argv);
int group_add(struct ctx *ctx, int argc, char **argv);
int group_remove(struct ctx *ctx, int argc, char **argv);
int group_show(struct ctx *ctx, int argc, char **argv);
int session_show(struct ctx *ctx, int argc, char **argv);
int alua_create(struct ctx *ctx, int argc, char **argv);
int alua_set(struct ctx *ctx, int argc, char **argv);
int alua_delete(struct ctx *ctx, int argc, char **argv);
int alua_show(struct ctx *ctx, int argc, char **argv);
int pr_show(struct ctx *ctx, int argc, char **argv);
int pr_export(struct ctx *ctx, int argc, char **argv);
int pr_import(struct ctx *ctx, int argc, char **argv);
int lio_attach(struct ctx *ctx, int argc, char **argv);
int lio_detach(struct ctx *ctx, int argc, char **argv);
int lio_show(struct ctx *ctx, int argc, char **argv);
int do_save(struct ctx *ctx, int argc, char **argv);
int do_restore(struct ctx *ctx, int argc, char **argv);
int do_clear(struct ctx *ctx, int argc, char **argv);
int do_monitor(struct ctx *ctx, int argc, char **argv);
int do_stat(struct ctx *ctx, int argc, char **argv);
int do_info(struct ctx *ctx, int argc, char **argv);

#endif
