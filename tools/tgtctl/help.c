// SPDX-License-Identifier: GPL-2.0
/* Help, made from the table of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tgtctl.h"

#define OPT_LAST	OPT_GENERATION
#define WIDTH		79

/* The command in one line: "tgtctl device show [NAME] [--json] [--blocked]". */
static char *command_line(const struct command *cmd)
{
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		exit(error("out of memory"));
	fprintf(f, "tgtctl %s", cmd->object);
	if (cmd->verb)
		fprintf(f, " %s", cmd->verb);
	if (*cmd->args)
		fprintf(f, " %s", cmd->args);
	for (unsigned int opt = 1; opt <= OPT_LAST; opt <<= 1)
		if (cmd->opts & opt)
			fprintf(f, " [%s]", option_usage(opt));
	fclose(f);
	return line;
}

/* Bytes up to the next blank that is not within brackets. */
static int word_length(const char *s)
{
	int depth = 0, n = 0;

	for (; s[n] && (s[n] != ' ' || depth); n++)
		depth += (s[n] == '[') - (s[n] == ']');
	return n;
}

/* The line after @indent columns that are written already, wrapped. */
static void print_command(FILE *f, const struct command *cmd, int indent)
{
	char *line = command_line(cmd);
	int column = indent, n;

	for (char *s = line; *s; s += n + (s[n] == ' ')) {
		n = word_length(s);
		if (s != line && column + 1 + n > WIDTH) {
			fprintf(f, "\n%*s", indent + 8, "");
			column = indent + 8;
		} else if (s != line) {
			fputc(' ', f);
			column++;
		}
		fprintf(f, "%.*s", n, s);
		column += n;
	}
	fputc('\n', f);
	free(line);
}

void print_usage(FILE *f, const struct command *cmd)
{
	fputs("Usage: ", f);
	print_command(f, cmd, strlen("Usage: "));
}

void help_command(const struct command *cmd)
{
	print_usage(stdout, cmd);
	printf("\n%s\n", cmd->help);
	if (cmd->opts)
		printf("\nOptions:\n");
	for (unsigned int opt = 1; opt <= OPT_LAST; opt <<= 1)
		if (cmd->opts & opt)
			printf("  %-18s %s\n", option_usage(opt), option_help(opt));
}

/* The first sentence of a help text. */
static void print_summary(const struct command *cmd)
{
	size_t len = strcspn(cmd->help, ".");

	putchar(' ');
	for (size_t i = 0; i < len; i++)
		putchar(cmd->help[i] == '\n' ? ' ' : cmd->help[i]);
	putchar('\n');
}

void help_object(const char *object)
{
	printf("Usage: tgtctl %s VERB [ARGUMENTS] [OPTIONS]\n\n", object);
	for (unsigned int i = 0; i < nr_commands; i++) {
		if (strcmp(commands[i].object, object))
			continue;
		fputs("  ", stdout);
		print_command(stdout, &commands[i], 2);
		fputs("     ", stdout);
		print_summary(&commands[i]);
	}
	printf("\nMore: tgtctl %s VERB --help, tgtctl(8).\n", object);
}

void help_all(void)
{
	printf("Usage: tgtctl OBJECT VERB [ARGUMENTS] [OPTIONS]\n"
	       "       tgtctl COMMAND [ARGUMENTS] [OPTIONS]\n"
	       "Configures the SCSI target engine in the kernel.\n\n");
	for (unsigned int i = 0; i < nr_commands; i++) {
		if (i && strcmp(commands[i].object, commands[i - 1].object) &&
		    (commands[i].verb || commands[i - 1].verb))
			putchar('\n');
		fputs("  ", stdout);
		print_command(stdout, &commands[i], 2);
	}
	printf("\nMore: tgtctl OBJECT --help, tgtctl OBJECT VERB --help, tgtctl COMMAND --help,\n"
	       "tgtctl --version, tgtctl(8).\n");
}
