// SPDX-License-Identifier: GPL-2.0
/* Options: what begins with a dash. They may stand anywhere in a command. */
#include <getopt.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>

#include "parse.h"
#include "tgtctl.h"

static const struct {
	unsigned int opt;
	const char *usage;
	const char *help;
} table[] = {
	{ OPT_JSON, "--json", "print JSON instead of tables" },
	{ OPT_BLOCKED, "--blocked", "only what waits, and what it waits for" },
	{ OPT_FORCE, "--force", "tear down in order what uses the object" },
	{ OPT_NO_WAIT, "--no-wait", "do not wait until the kernel has finished" },
	{ OPT_TIMEOUT, "--timeout S", "wait at most S seconds" },
	{ OPT_DRY_RUN, "--dry-run", "check everything, change nothing" },
	{ OPT_INTERVAL, "--interval S", "rates, every S seconds" },
	{ OPT_COUNT, "--count N", "end after N intervals" },
	{ OPT_SESSIONS, "--sessions", "a row for each initiator that uses a LUN" },
	{ OPT_DAEMONS, "--daemons", "a row for each device that daemons serve, instead of LUNs" },
	{ OPT_GENERATION, "--if-generation N",
	  "only if the configuration has generation N (see tgtctl info)" },
};

/* Beyond the letters: getopt tells by the value which one it means. */
#define O_LONG		0x10000
#define O_HELP		0x20000
#define O_VERSION	0x20001

static const struct option long_options[] = {
	{ "json",		no_argument,		NULL, O_LONG | OPT_JSON },
	{ "blocked",		no_argument,		NULL, O_LONG | OPT_BLOCKED },
	{ "force",		no_argument,		NULL, O_LONG | OPT_FORCE },
	{ "no-wait",		no_argument,		NULL, O_LONG | OPT_NO_WAIT },
	{ "timeout",		required_argument,	NULL, O_LONG | OPT_TIMEOUT },
	{ "dry-run",		no_argument,		NULL, O_LONG | OPT_DRY_RUN },
	{ "interval",		required_argument,	NULL, O_LONG | OPT_INTERVAL },
	{ "count",		required_argument,	NULL, O_LONG | OPT_COUNT },
	{ "sessions",		no_argument,		NULL, O_LONG | OPT_SESSIONS },
	{ "daemons",		no_argument,		NULL, O_LONG | OPT_DAEMONS },
	{ "if-generation",	required_argument,	NULL, O_LONG | OPT_GENERATION },
	{ "help",		no_argument,		NULL, O_HELP },
	{ "version",		no_argument,		NULL, O_VERSION },
	{ NULL, 0, NULL, 0 }
};

const char *option_usage(unsigned int opt)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].opt == opt)
			return table[i].usage;
	return "";
}

const char *option_help(unsigned int opt)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].opt == opt)
			return table[i].help;
	return "";
}

static int unknown_option(const struct ctx *ctx, const char *arg)
{
	const char *names[ARRAY_SIZE(long_options) - 1];
	const char *near;
	char word[32];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = long_options[i].name;
	snprintf(word, sizeof(word), "%s", arg + strspn(arg, "-"));
	word[strcspn(word, "=")] = '\0';
	near = nearest_word(word, names, ARRAY_SIZE(names));
	if (near && strcmp(near, word))
		return usage_error(ctx, "unknown option '%s', did you mean '--%s'?", arg, near);
	return usage_error(ctx, "unknown option '%s'", arg);
}

static int parse_value(struct ctx *ctx, int opt, const char *arg)
{
	switch (opt) {
	case OPT_TIMEOUT:
		return parse_seconds(arg, &ctx->timeout);
	case OPT_INTERVAL:
		return parse_seconds(arg, &ctx->interval) ?: ctx->interval < 0.01;
	case OPT_COUNT:
		return parse_u64(arg, UINT64_MAX, &ctx->count) ?: !ctx->count;
	case OPT_GENERATION:
		return parse_u64(arg, UINT64_MAX, &ctx->generation);
	}
	return 0;
}

static const char *value_wanted(int opt)
{
	switch (opt) {
	case OPT_INTERVAL:
		return "a number of seconds, at least 0.01";
	case OPT_TIMEOUT:
		return "a number of seconds";
	case OPT_COUNT:
		return "a number from 1";
	default:
		return "a number";
	}
}

/* Leaves the words that are no options at the end of @argv, from optind on. */
int options_parse(struct ctx *ctx, int argc, char **argv, bool *help, bool *version)
{
	int opt;

	opterr = 0;
	for (;;) {
		opt = getopt_long(argc, argv, ":hV", long_options, NULL);
		switch (opt) {
		case -1:
			return 0;
		case 'h':
		case O_HELP:
			*help = true;
			break;
		case 'V':
		case O_VERSION:
			*version = true;
			break;
		case ':':
			return usage_error(ctx, "%s needs a value", argv[optind - 1]);
		case '?':
			if (optopt >= O_LONG)
				return usage_error(ctx, "%s takes no value", argv[optind - 1]);
			if (optopt)
				return usage_error(ctx, "unknown option '-%c'", optopt);
			return unknown_option(ctx, argv[optind - 1]);
		default:
			opt &= ~O_LONG;
			ctx->given |= opt;
			if (parse_value(ctx, opt, optarg))
				return usage_error(ctx, "%s expected, not '%s'", value_wanted(opt),
						   optarg);
			break;
		}
	}
}

/* Whether the command takes all that were given. */
int options_check(const struct ctx *ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		unsigned int opt = table[i].opt;
		char name[32];

		if (!(ctx->given & ~ctx->cmd->opts & opt))
			continue;
		snprintf(name, sizeof(name), "%s", table[i].usage);
		name[strcspn(name, " ")] = '\0';
		return usage_error(ctx, "%s%s%s does not take %s", ctx->cmd->object,
				   ctx->cmd->verb ? " " : "", ctx->cmd->verb ?: "", name);
	}
	return 0;
}
