// SPDX-License-Identifier: GPL-2.0
/*
 * TAP: a line for what a step of a scenario compared, and one for each reason for which lines
 * of it could not be. Differences follow, the trace's line and ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "replay.h"

struct deviation {
	char	*scenario, *step, *kinds;
	const char *why;
};

struct foreign {
	char	*kind, *why;
	regex_t	re;
};

static struct deviation *deviations;
static int ndeviations;
static struct foreign *foreign;
static int nforeign;

/* ---- tables ----------------------------------------------------------------------------- */

static char *field(char **text)
{
	char *f = *text + strspn(*text, " \t"), *end = strstr(f, " | ");

	if (end) {
		*end = '\0';
		*text = end + 3;
	} else {
		*text = f + strlen(f);
	}
	for (end = f + strlen(f); end > f && strchr(" \t\n", end[-1]);)
		*--end = '\0';
	return f;
}

/* "= why" goes for the entries below it, and may take several lines. */
static void deviation_add(char *text)
{
	static char *why;
	static bool open;
	struct deviation *d;
	char *line;

	if (!strncmp(text, "= ", 2)) {
		text += 2;
		line = field(&text);
		if (open && asprintf(&line, "%s %s", why, line) < 0)
			exit(2);
		why = line;
		open = true;
		return;
	}
	open = false;
	deviations = realloc(deviations, (ndeviations + 1) * sizeof(*d));
	d = &deviations[ndeviations++];
	d->scenario = field(&text);
	d->step = field(&text);
	d->kinds = field(&text);
	d->why = why;
	if (!why || !*d->kinds || ndeviations > DEVIATIONS_MAX) {
		fprintf(stderr, "deviations: no reason, no kinds, or more than %d entries\n",
			DEVIATIONS_MAX);
		exit(2);
	}
}

static void foreign_add(char *text)
{
	struct foreign *f;
	char *re;

	foreign = realloc(foreign, (nforeign + 1) * sizeof(*f));
	f = &foreign[nforeign++];
	f->kind = field(&text);
	re = field(&text);
	f->why = field(&text);
	if (regcomp(&f->re, re, REG_EXTENDED | REG_NOSUB)) {
		fprintf(stderr, "not-ours: %s is no regular expression\n", re);
		exit(2);
	}
}

static void table_load(const char *name, void (*add)(char *))
{
	char path[512], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", opt.tables, name);
	f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	while (getline(&text, &size, f) > 0) {
		if (*text != '#' && text[strspn(text, " \t\n")])
			add(strdup(text));
	}
	free(text);
	fclose(f);
}

void tables_load(void)
{
	if (!opt.strict)
		table_load("deviations", deviation_add);
	table_load("not-ours", foreign_add);
}

const char *not_ours(const char *kind, const char *subject)
{
	int i;

	for (i = 0; i < nforeign; i++) {
		if (!strcmp(foreign[i].kind, kind) &&
		    !regexec(&foreign[i].re, subject, 0, NULL, 0))
			return foreign[i].why;
	}
	return NULL;
}

static bool in_list(const char *list, const char *word)
{
	char *text = strdup(list), *save, *w;
	bool found = false;

	for (w = strtok_r(text, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
		found |= !fnmatch(w, word, 0);
	free(text);
	return found;
}

static const struct deviation *declared(const char *kind)
{
	int i;

	for (i = 0; i < ndeviations; i++) {
		if (fnmatch(deviations[i].scenario, T->name, 0) ||
		    fnmatch(deviations[i].step, S->step, 0) ||
		    !in_list(deviations[i].kinds, kind))
			continue;
		S->deviation_seen[i] = true;
		return &deviations[i];
	}
	return NULL;
}

/* ---- steps ------------------------------------------------------------------------------ */

static void diag(const char *fmt, ...)
{
	size_t room = sizeof(S->diag) - S->diag_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(S->diag + S->diag_len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		S->diag_len += (size_t)n < room ? (size_t)n : room - 1;
	/* what does not fit is lost, but the next line is a line */
	if (n > 0 && (size_t)n >= room)
		S->diag[S->diag_len - 1] = '\n';
}

void remark(const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag("# %s\n", text);
}

/* '#' begins a directive in TAP */
static void put_name(const char *name)
{
	for (; *name; name++)
		putchar(*name == '#' ? '/' : *name);
}

static void put_line(bool ok, const char *name)
{
	printf("%sok %d - %s: %s: ", ok ? "" : "not ", ++S->tests,
	       opt.strict ? "strict" : "default", T->name);
	put_name(name);
}

void step_begin(const char *name)
{
	snprintf(S->step, sizeof(S->step), "%s", name);
	S->compared = 0;
	S->differences = 0;
	S->declared = 0;
	S->nskips = 0;
	S->diag_len = 0;
	S->diag[0] = '\0';
}

void step_end(void)
{
	int i;

	if (S->compared || S->differences || S->declared) {
		put_line(!S->differences, S->step);
		printf(" (%d lines%s)\n", S->compared, S->declared ? ", declared deviation" : "");
		S->failed += !!S->differences;
		S->deviated += S->declared && !S->differences;
	}
	fputs(S->diag, stdout);
	for (i = 0; i < S->nskips; i++) {
		put_line(true, S->step);
		printf(": %d lines from line %d # SKIP %s\n", S->skips[i].lines, S->skips[i].first,
		       S->skips[i].why);
		S->skipped++;
	}
	fflush(stdout);
	step_begin("");
}

/* ---- lines ------------------------------------------------------------------------------ */

static int number_of(const json_t *line)
{
	return int_of(line ? line : line_at(S->pos), "#");
}

void skip_line(const char *fmt, ...)
{
	char why[sizeof(S->skips[0].why)];
	va_list ap;
	int i;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	for (i = 0; i < S->nskips; i++) {
		if (!strcmp(S->skips[i].why, why)) {
			S->skips[i].lines++;
			return;
		}
	}
	if (S->nskips == SKIPS_MAX)
		i = --S->nskips;
	S->nskips++;
	strcpy(S->skips[i].why, why);
	S->skips[i].lines = 1;
	S->skips[i].first = number_of(NULL);
}

static char *text_of(const json_t *line)
{
	json_t *copy = json_copy((json_t *)line);
	char *text;

	json_object_del(copy, "#");
	text = json_dumps(copy, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(copy);
	return text;
}

/* The keys whose values differ, so that one need not look for them. */
static void diag_keys(const json_t *expected, const json_t *actual)
{
	const char *key;
	json_t *v;

	diag("#   differs in:");
	json_object_foreach((json_t *)expected, key, v) {
		if (!json_equal(v, json_object_get(actual, key)))
			diag(" %s", key);
	}
	json_object_foreach((json_t *)actual, key, v) {
		if (!has(expected, key))
			diag(" %s", key);
	}
	diag("\n");
}

static void difference(const char *kind, const json_t *expected, const json_t *actual)
{
	const struct deviation *d = opt.strict ? NULL : declared(kind);
	char *e = expected ? text_of(expected) : NULL, *a = actual ? text_of(actual) : NULL;

	if (d) {
		S->declared++;
		if (opt.verbose)
			diag("# line %d: %s: declared: %s\n", number_of(expected), kind, d->why);
	} else {
		S->differences++;
		diag("# %s:%d: %s\n", T->file, number_of(expected), kind);
	}
	if (!d || opt.verbose) {
		diag("#   trace:  %s\n", e ? e : "nothing");
		diag("#   module: %s\n", a ? a : "nothing");
		if (e && a)
			diag_keys(expected, actual);
	}
	free(e);
	free(a);
}

void differ(const char *kind, const json_t *expected, json_t *actual)
{
	difference(kind, expected, actual);
	json_decref(actual);
}

bool compare(const json_t *expected, json_t *actual)
{
	bool equal;

	json_object_set(actual, "#", json_object_get(expected, "#"));
	equal = json_equal((json_t *)expected, actual);
	if (equal)
		S->compared++;
	else
		difference(kind_of(expected), expected, actual);
	json_decref(actual);
	return equal;
}

/* What keeps the replay from going on as it should. */
void problem(const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	S->differences++;
	diag("# line %d: %s\n", number_of(NULL), text);
}

/* A deviation that is declared and does not happen is a wrong declaration. */
void scenario_end(void)
{
	int i;

	for (i = 0; i < ndeviations; i++) {
		if (S->deviation_seen[i] || fnmatch(deviations[i].scenario, T->name, 0))
			continue;
		put_line(false, deviations[i].step);
		printf(": declared deviation in %s did not happen\n", deviations[i].kinds);
		S->failed++;
	}
	fflush(stdout);
}

int report_end(void)
{
	printf("1..%d\n", S->tests);
	printf("# %d steps passed, %d of them with declared deviations; %d failed, %d skipped\n",
	       S->tests - S->failed - S->skipped, S->deviated, S->failed, S->skipped);
	return S->failed || S->tests == S->skipped;
}
