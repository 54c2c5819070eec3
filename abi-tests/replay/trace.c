// SPDX-License-Identifier: GPL-2.0
/* Traces: JSON, an object a line. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "replay.h"

/* Tags, I_T nexus and mids have 64 bits, jansson's numbers 63: the rest become strings. */
static char *quote_large(const char *in)
{
	char *out = malloc(strlen(in) * 2 + 1), *o = out;
	bool quoted = false;

	while (*in) {
		if (*in == '\\' && quoted && in[1]) {
			*o++ = *in++;
		} else if (*in == '"') {
			quoted = !quoted;
		} else if (!quoted && isdigit((unsigned char)*in)) {
			size_t n = strspn(in, "0123456789");
			bool large = strtoull(in, NULL, 10) > LLONG_MAX;

			o += sprintf(o, large ? "\"%.*s\"" : "%.*s", (int)n, in);
			in += n;
			continue;
		}
		*o++ = *in++;
	}
	*o = '\0';
	return out;
}

static json_t *parse(const char *text, const char *path, int number)
{
	char *quoted = quote_large(text);
	json_error_t err;
	json_t *line;

	line = json_loads(quoted, JSON_REJECT_DUPLICATES, &err);
	free(quoted);
	if (!line)
		fprintf(stderr, "%s:%d: %s\n", path, number, err.text);
	else if (!json_is_object(line) || !*kind_of(line))
		fprintf(stderr, "%s:%d: no kind \"t\"\n", path, number);
	else
		return line;
	json_decref(line);
	return NULL;
}

/* What the kernel left in a slot was read afterwards, so a daemon put it there. */
static bool is_observed(const struct trace *t)
{
	__u8 ev[EV_SIZE];
	int i;

	for (i = 0; i < t->n; i++) {
		if (!is_kind(t->line[i], "u2k"))
			continue;
		event_of(t->line[i], ev);
		if (strlen(str_of(t->line[i], "hex")) == 2 * sizeof(ev) && get16(ev + 2))
			return false;
	}
	for (i = 0; i < t->n; i++) {
		if (is_kind(t->line[i], "u2k"))
			return true;
	}
	return false;
}

static void name_of(struct trace *t, const char *path)
{
	const char *base = strrchr(path, '/');
	int i;

	base = base ? base + 1 : path;
	snprintf(t->file, sizeof(t->file), "%s", base);
	snprintf(t->name, sizeof(t->name), "%.*s", (int)strcspn(base, "."), base);
	for (i = 0; i < t->n; i++) {
		const char *name = str_of(t->line[i], "scenario");

		if (is_kind(t->line[i], "meta") && *name)
			snprintf(t->name, sizeof(t->name), "%s", name);
	}
}

bool trace_load(struct trace *t, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	int number = 0;
	bool ok = true;

	memset(t, 0, sizeof(*t));
	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while (ok && getline(&text, &size, f) > 0) {
		number++;
		if (!text[strspn(text, " \t\r\n")])
			continue;
		t->line = realloc(t->line, (t->n + 1) * sizeof(*t->line));
		t->line[t->n] = parse(text, path, number);
		ok = t->line[t->n];
		if (ok)
			json_object_set_new(t->line[t->n++], "#", json_integer(number));
	}
	free(text);
	fclose(f);
	name_of(t, path);
	t->observed = is_observed(t);
	return ok;
}

void trace_free(struct trace *t)
{
	while (t->n)
		json_decref(t->line[--t->n]);
	free(t->line);
	t->line = NULL;
}

unsigned int trace_param(const struct trace *t, const char *name)
{
	const char *at;
	int i;

	for (i = 0; i < t->n; i++) {
		if (is_kind(t->line[i], "meta") && has(t->line[i], name))
			return int_of(t->line[i], name);
		at = is_kind(t->line[i], "step") ? strstr(str_of(t->line[i], "name"), name) : NULL;
		if (at && at[strlen(name)] == ' ')
			return strtoul(at + strlen(name), NULL, 10);
	}
	return 0;
}

const char *kind_of(const json_t *line)
{
	return str_of(line, "t");
}

bool is_kind(const json_t *line, const char *kind)
{
	return line && !strcmp(kind_of(line), kind);
}

bool has(const json_t *line, const char *key)
{
	return json_object_get(line, key);
}

const char *str_of(const json_t *line, const char *key)
{
	const char *s = json_string_value(json_object_get(line, key));

	return s ? s : "";
}

long long int_of(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

__u64 u64_of(const json_t *line, const char *key)
{
	const json_t *v = json_object_get(line, key);

	return json_is_string(v) ? strtoull(json_string_value(v), NULL, 0) :
				   (__u64)json_integer_value(v);
}

json_t *u64_json(__u64 v)
{
	return v > LLONG_MAX ? json_sprintf("%llu", (unsigned long long)v) : json_integer(v);
}

json_t *hex_json(const void *p, size_t len)
{
	char *text = malloc(len * 2 + 1);
	json_t *v;
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(text + i * 2, "%02x", ((const __u8 *)p)[i]);
	text[len * 2] = '\0';
	v = json_string(text);
	free(text);
	return v;
}

size_t unhex(const char *hex, void *out, size_t max)
{
	size_t n = 0;
	unsigned int v;

	while (n < max && sscanf(hex + n * 2, "%2x", &v) == 1)
		((__u8 *)out)[n++] = v;
	return n;
}
