// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

#define NAME_MAX_LEN	48
#define WORD_MAX_LEN	31
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char units[] = "KMGTP";

/* Digits alone: strtoull() would also take signs, blanks and wrap "-1". */
static int parse_digits(const char *s, u64 *val, const char **end)
{
	u64 v = 0;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (u64)(*s - '0'), &v)) {
			while (isdigit((unsigned char)s[1]))
				s++;
			*end = s + 1;
			return -ERANGE;
		}
	}
	*val = v;
	*end = s;
	return 0;
}

int parse_u64(const char *s, u64 max, u64 *val)
{
	const char *end;
	u64 v = 0;
	int ret;

	ret = parse_digits(s, &v, &end);
	if (ret == -EINVAL || *end)
		return -EINVAL;
	if (ret || v > max)
		return -ERANGE;
	*val = v;
	return 0;
}

/* Bytes, or a number with K, M, G, T or P (or KiB and so on), powers of 1024. */
int parse_size(const char *s, u64 *val)
{
	const char *end, *unit;
	unsigned int shift = 0;
	u64 v = 0;
	int ret;

	ret = parse_digits(s, &v, &end);
	if (ret == -EINVAL)
		return -EINVAL;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit)
			return -EINVAL;
		shift = 10 * (unit - units + 1);
		end++;
		if (*end && strcmp(end, "iB"))
			return -EINVAL;
	}
	if (ret || v > UINT64_MAX >> shift)
		return -ERANGE;
	*val = v << shift;
	return 0;
}

int parse_bool(const char *s, bool *val)
{
	static const struct {
		const char *word;
		bool val;
	} words[] = {
		{ "yes", true }, { "no", false }, { "1", true }, { "0", false },
		{ "true", true }, { "false", false }, { "on", true }, { "off", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(s, words[i].word)) {
			*val = words[i].val;
			return 0;
		}
	}
	return -EINVAL;
}

/* A number of seconds, fractions allowed, up to about 30 years. */
int parse_seconds(const char *s, double *val)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*s) && *s != '.')
		return -EINVAL;
	if (strspn(s, "0123456789.") != strlen(s))
		return -EINVAL;
	v = strtod(s, &end);
	if (end == s || *end)
		return -EINVAL;
	if (!isfinite(v) || v > 1e9)
		return -ERANGE;
	*val = v;
	return 0;
}

/* A name as the kernel takes it: 1..48 of [A-Za-z0-9._:-], not first '-' or '.'. */
bool name_valid(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > NAME_MAX_LEN || *s == '-' || *s == '.')
		return false;
	for (; *s; s++)
		if (!isascii((unsigned char)*s) ||
		    (!isalnum((unsigned char)*s) && !strchr("._:-", *s)))
			return false;
	return true;
}

/*
 * Cut "FABRIC:NAME" in two at its first colon (a name may have more of them); @arg becomes
 * the fabric and the name is returned, or NULL if it is not of that form.
 */
char *split_target(char *arg)
{
	char *colon = strchr(arg, ':');

	if (!colon || colon == arg || !colon[1])
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* Cut "KEY=VALUE" in two; returns the value, which may be empty, or NULL. */
char *split_pair(char *arg)
{
	char *eq = strchr(arg, '=');

	if (!eq || eq == arg)
		return NULL;
	*eq = '\0';
	return eq + 1;
}

/* Edits (insert, delete, replace, swap neighbours) that make @b out of @a. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX_LEN + 1][WORD_MAX_LEN + 1];
	size_t la = strlen(a), lb = strlen(b);

	for (size_t i = 0; i <= la; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned int n = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < n)
				n = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < n)
				n = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < n)
				n = d[i - 2][j - 2] + 1;
			d[i][j] = n;
		}
	}
	return d[la][lb];
}

/* The one of @words that @word may have been meant for, or NULL if none is near. */
const char *nearest_word(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word);
	const char *best = NULL;
	unsigned int least = len < 3 ? 2 : 3;

	if (!len || len > WORD_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned int d;

		if (strlen(words[i]) > WORD_MAX_LEN)
			continue;
		/* The beginning of a word is closer than anything mistyped. */
		if (len >= 2 && !strncmp(word, words[i], len))
			return words[i];
		d = edit_distance(word, words[i]);
		if (d < least && d < strlen(words[i])) {
			least = d;
			best = words[i];
		}
	}
	return best;
}

/* Print @v with at most @digits decimals and no trailing zeros. */
static int format_decimal(char *buf, size_t len, double v, int digits)
{
	int n = snprintf(buf, len, "%.*f", digits, v);

	if (n < 0 || (size_t)n >= len || !strchr(buf, '.'))
		return n;
	while (n && buf[n - 1] == '0')
		buf[--n] = '\0';
	if (n && buf[n - 1] == '.')
		buf[--n] = '\0';
	return n;
}

/* In the unit that leaves 1..1023, as parse_size() reads it where it comes out even. */
void format_size(char *buf, size_t len, u64 bytes)
{
	int unit = -1;
	double v = bytes;
	char num[32];

	while (v >= 1024 && unit < (int)sizeof(units) - 2) {
		v /= 1024;
		unit++;
	}
	if (unit < 0) {
		snprintf(buf, len, "%llu", bytes);
		return;
	}
	format_decimal(num, sizeof(num), v, 2);
	snprintf(buf, len, "%s%c", num, units[unit]);
}

void format_age(char *buf, size_t len, u64 ms)
{
	u64 s = ms / 1000;

	if (s < 60)
		snprintf(buf, len, "%llu.%llus", s, ms % 1000 / 100);
	else if (s < 3600)
		snprintf(buf, len, "%llum%02llus", s / 60, s % 60);
	else
		snprintf(buf, len, "%lluh%02llum", s / 3600, s / 60 % 60);
}

void format_ns(char *buf, size_t len, double ns)
{
	static const char *const names[] = { "ns", "us", "ms", "s" };
	unsigned int unit = 0;

	while (ns >= 999.5 && unit < ARRAY_SIZE(names) - 1) {
		ns /= 1000;
		unit++;
	}
	snprintf(buf, len, "%.*f%s", ns < 9.95 && unit ? 1 : 0, ns, names[unit]);
}

void format_rate(char *buf, size_t len, double rate)
{
	format_decimal(buf, len, rate, rate < 99.5 ? 1 : 0);
}

/* Copy what a terminal may be shown: nothing that moves the cursor or rings. */
void printable(char *dst, size_t len, const char *src)
{
	size_t i;

	for (i = 0; src[i] && i + 1 < len; i++)
		dst[i] = iscntrl((unsigned char)src[i]) ? '?' : src[i];
	if (len)
		dst[i] = '\0';
}
