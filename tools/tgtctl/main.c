// SPDX-License-Identifier: GPL-2.0
/* tgtctl: configures the SCSI target engine. Finds the command, checks its words, runs it. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "tgtctl.h"

#define WORDS_MAX	32

/* "tgtctl: ...", and where to read how it is done. Returns the exit status of misuse. */
int usage_error(const struct ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(fmt, ap);
	va_end(ap);
	if (ctx->cmd)
		print_usage(stderr, ctx->cmd);
	else
		fputs("Try 'tgtctl --help'.\n", stderr);
	return EXIT_USAGE;
}

/* What is the same verb, or object, under another tool's name; or the word itself. */
static const char *our_word(const char *word)
{
	static const char *const theirs[][2] = {
		{ "list", "show" }, { "ls", "show" }, { "get", "show" }, { "status", "show" },
		{ "add", "create" }, { "new", "create" },
		{ "rm", "delete" }, { "del", "delete" }, { "remove", "delete" },
		{ "dev", "device" }, { "backstore", "device" }, { "disk", "device" },
	};

	for (unsigned int i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
		if (!strcmp(word, theirs[i][0]))
			return theirs[i][1];
	return word;
}

static bool verb_known(const char *verb)
{
	for (unsigned int i = 0; i < nr_commands; i++)
		if (commands[i].verb && !strcmp(commands[i].verb, verb))
			return true;
	return false;
}

static bool object_known(const char *object)
{
	for (unsigned int i = 0; i < nr_commands; i++)
		if (!strcmp(commands[i].object, object))
			return true;
	return false;
}

/* A command without a verb has one row, with verb NULL. */
static const struct command *command_find(const char *object, const char *verb)
{
	for (unsigned int i = 0; i < nr_commands; i++) {
		if (strcmp(commands[i].object, object))
			continue;
		if (!commands[i].verb || (verb && !strcmp(commands[i].verb, verb)))
			return &commands[i];
	}
	return NULL;
}

static int unknown_object(const struct ctx *ctx, const char *word)
{
	const char *words[WORDS_MAX], *near = our_word(word);
	size_t n = 0;

	if (verb_known(near))
		return usage_error(ctx, "'%s' of what? As in 'tgtctl device %s'", word, near);
	for (unsigned int i = 0; i < nr_commands && n < WORDS_MAX; i++)
		words[n++] = commands[i].object;
	if (near == word)
		near = nearest_word(word, words, n);
	if (near)
		return usage_error(ctx, "unknown object or command '%s', did you mean '%s'?", word,
				   near);
	return usage_error(ctx, "unknown object or command '%s'", word);
}

static int unknown_verb(const struct ctx *ctx, const char *object, const char *word)
{
	const char *words[WORDS_MAX], *near;
	char list[256] = "";
	size_t n = 0;

	for (unsigned int i = 0; i < nr_commands && n < WORDS_MAX; i++) {
		if (strcmp(commands[i].object, object))
			continue;
		words[n++] = commands[i].verb;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 n > 1 ? ", " : "", commands[i].verb);
	}
	if (!word)
		return usage_error(ctx, "%s needs a verb: %s", object, list);
	near = our_word(word);
	if (near == word || !command_find(object, near))
		near = nearest_word(word, words, n);
	if (near)
		return usage_error(ctx, "unknown verb '%s' of %s, did you mean '%s'?", word, object,
				   near);
	return usage_error(ctx, "unknown verb '%s' of %s: %s", word, object, list);
}

/* The first of its words, as --help has them, that is not there. */
static int too_few(const struct ctx *ctx, int argc)
{
	const char *arg = ctx->cmd->args;

	while (argc--)
		arg += strcspn(arg, " ") + 1;
	return usage_error(ctx, "too few arguments: there is no %.*s", (int)strcspn(arg, " "), arg);
}

static void show_help(const struct ctx *ctx, int argc, char **argv)
{
	if (ctx->cmd)
		help_command(ctx->cmd);
	else if (argc)
		help_object(argv[0]);
	else
		help_all();
}

static int run(struct ctx *ctx, int argc, char **argv, bool help)
{
	int words;

	if (argc && !strcmp(argv[0], "help")) {
		help = true;
		argc--;
		argv++;
	}
	if (!argc && !help)
		return usage_error(ctx, "what to do?");
	if (argc && !object_known(argv[0]))
		return unknown_object(ctx, argv[0]);
	if (argc)
		ctx->cmd = command_find(argv[0], argc > 1 ? argv[1] : NULL);
	if (!ctx->cmd && argc && (argc > 1 || !help))
		return unknown_verb(ctx, argv[0], argc > 1 ? argv[1] : NULL);
	if (help) {
		show_help(ctx, argc, argv);
		return EXIT_SUCCESS;
	}
	words = ctx->cmd->verb ? 2 : 1;
	argc -= words;
	argv += words;
	if (options_check(ctx))
		return EXIT_USAGE;
	if (argc < ctx->cmd->min)
		return too_few(ctx, argc);
	if (argc > ctx->cmd->max)
		return usage_error(ctx, "'%s' is too much", argv[ctx->cmd->max]);
	return ctx->cmd->fn(ctx, argc, argv);
}

int main(int argc, char **argv)
{
	bool help = false, version = false;
	struct ctx ctx = { 0 };
	int ret;

	ret = options_parse(&ctx, argc, argv, &help, &version);
	if (!ret && version)
		printf("tgtctl %s\n", TGTCTL_VERSION);
	else if (!ret)
		ret = run(&ctx, argc - optind, argv + optind, help);
	tnl_close(&ctx.nl);
	if (fflush(stdout) || ferror(stdout)) {
		error("cannot write the output");
		ret = ret ?: EXIT_FAILURE;
	}
	return ret;
}
