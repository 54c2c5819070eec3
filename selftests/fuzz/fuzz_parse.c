// SPDX-License-Identifier: GPL-2.0
/*
 * What the user types: numbers, sizes, names, pairs, words of any bytes. A number is what its
 * digits say, in arithmetic of this file's own; nothing is read or written beyond its end; what
 * is shown to a terminal moves no cursor.
 */
// tool: yes
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include "fuzz.h"
#include "parse.h"
#include "util.h"

#define HUGE	((__uint128_t)1 << 100)	/* all larger numbers are as good as this */

/* Digits up to the first byte that is none. */
static const char *digits(const char *s, __uint128_t *v)
{
	for (*v = 0; *s >= '0' && *s <= '9'; s++)
		*v = *v >= HUGE ? HUGE : *v * 10 + (*s - '0');
	return s;
}

static void fuzz_number(const char *s, u64 max)
{
	__uint128_t want;
	const char *end = digits(s, &want);
	u64 v = 0x5555;
	int ret = parse_u64(s, max, &v);

	if (end == s || *end)
		CHECK(ret == -EINVAL && v == 0x5555);
	else if (want > max)
		CHECK(ret == -ERANGE && v == 0x5555);
	else
		CHECK(!ret && v == want);
}

static void fuzz_size(const char *s)
{
	static const char units[] = "kmgtp";
	__uint128_t want;
	const char *end = digits(s, &want), *unit = NULL;
	bool good = end != s;
	u64 v = 0x5555, back;
	char buf[32];
	int ret = parse_size(s, &v);

	if (good && *end) {
		unit = strchr(units, tolower((unsigned char)*end));
		good = unit && (!end[1] || !strcmp(end + 1, "iB"));
		if (unit)
			want = want >= HUGE ? HUGE : want << (10 * (unit - units + 1));
	}
	if (!good) {
		CHECK(ret == -EINVAL && v == 0x5555);
		return;
	}
	if (want > UINT64_MAX) {
		CHECK(ret == -ERANGE && v == 0x5555);
		return;
	}
	CHECK(!ret && v == want);
	/* what is shown is read as the same number where it is a whole one of its unit */
	format_size(buf, sizeof(buf), v);
	if (!strchr(buf, '.') && !(v & (v - 1)))
		CHECK(!parse_size(buf, &back) && back == v);
}

static void fuzz_other(const char *s)
{
	double sec = -1;
	bool yes = false;
	int ret;

	ret = parse_seconds(s, &sec);
	CHECK(ret ? sec == -1 && (ret == -EINVAL || ret == -ERANGE) :
	      isfinite(sec) && sec >= 0 && sec <= 1e9);
	ret = parse_bool(s, &yes);
	CHECK(ret == -EINVAL || (!ret && (yes == !!strstr("yes 1 true on", s))));
}

static void fuzz_split(const char *s)
{
	char *copy = strdup(s), *value = split_pair(copy);

	if (value) {
		CHECK(*copy && !strchr(copy, '='));
		CHECK(!strncmp(s, copy, strlen(copy)) && s[strlen(copy)] == '=');
		CHECK(!strcmp(value, s + strlen(copy) + 1));
	} else {
		CHECK(!strchr(s, '=') || *s == '=');
		CHECK(!strcmp(copy, s));
	}
	strcpy(copy, s);
	value = split_target(copy);
	if (value) {
		CHECK(*copy && *value && !strchr(copy, ':'));
		CHECK(!strcmp(value, s + strlen(copy) + 1));
	} else {
		CHECK(!strcmp(copy, s));
	}
	free(copy);
}

static void fuzz_words(const char *s, size_t len)
{
	static const char *const words[] = { "device", "target", "lun", "group", "session",
		"readonly", "a-word-of-more-than-31-characters-in-all", "x" };
	const char *near = nearest_word(s, words, ARRAY_SIZE(words));
	char *shown = malloc(len ? len : 1);
	size_t i;

	CHECK(!near || *near);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(s, words[i]) && strlen(s) <= 31 && strlen(s) > 1)
			CHECK(near == words[i]);
	printable(shown, len, s);
	if (len) {
		CHECK(strlen(shown) == (strlen(s) < len ? strlen(s) : len - 1));
		for (i = 0; shown[i]; i++)
			CHECK(!iscntrl((unsigned char)shown[i]));
	}
	free(shown);
}

static void fuzz_format(u64 v, size_t len)
{
	char *buf = malloc(len);

	format_size(buf, len, v);
	CHECK(strnlen(buf, len) < len);
	format_age(buf, len, v);
	CHECK(strnlen(buf, len) < len);
	format_ns(buf, len, v);
	CHECK(strnlen(buf, len) < len);
	format_rate(buf, len, v);
	CHECK(strnlen(buf, len) < len);
	free(buf);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	size_t len = take_u8(&in);
	u64 v = take_u64(&in), max = take_u8(&in) & 1 ? UINT64_MAX : UINT32_MAX;
	char *s = take_text(&in, 255);

	fuzz_number(s, max);
	fuzz_size(s);
	fuzz_other(s);
	fuzz_split(s);
	fuzz_words(s, len);
	fuzz_format(v, 1 + len);
	free(s);
	return 0;
}
