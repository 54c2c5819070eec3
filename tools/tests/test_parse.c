// SPDX-License-Identifier: GPL-2.0
/* What the user types, and what the tables show. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "parse.h"
#include "tap.h"
#include "util.h"

static void test_sizes(void)
{
	static const struct {
		const char *text;
		int ret;
		u64 val;
	} t[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "512", 0, 512 },
		{ "1K", 0, 1024 },
		{ "1k", 0, 1024 },
		{ "1KiB", 0, 1024 },
		{ "64M", 0, 64ULL << 20 },
		{ "1G", 0, 1ULL << 30 },
		{ "3GiB", 0, 3ULL << 30 },
		{ "2T", 0, 2ULL << 40 },
		{ "5P", 0, 5ULL << 50 },
		{ "16383P", 0, 16383ULL << 50 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18014398509481983K", 0, 18014398509481983ULL << 10 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "18014398509481984K", -ERANGE, 0 },
		{ "16384P", -ERANGE, 0 },
		{ "99999999999999999999999999999999P", -ERANGE, 0 },
		{ "99999999999999999999999999999999X", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "1GB", -EINVAL, 0 },
		{ "1Gi", -EINVAL, 0 },
		{ "1GiBx", -EINVAL, 0 },
		{ "1X", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1KK", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		u64 v = 0;
		int ret = parse_size(t[i].text, &v);

		if (!ok(ret == t[i].ret && (ret || v == t[i].val), "size \"%s\"", t[i].text))
			printf("# got %d, %llu\n", ret, v);
	}
}

static void test_numbers(void)
{
	double s = 0;
	bool b = false;
	u64 v = 0;

	ok(!parse_u64("16383", 16383, &v) && v == 16383, "the largest number allowed");
	ok(parse_u64("16384", 16383, &v) == -ERANGE, "one more is out of range");
	ok(parse_u64("0x1", 100, &v) == -EINVAL, "no hexadecimal");
	ok(parse_u64("", 100, &v) == -EINVAL, "an empty number is none");
	ok(!parse_u64("00", 100, &v) && !v, "leading zeros are not octal");
	ok(!parse_bool("yes", &b) && b, "yes");
	ok(!parse_bool("off", &b) && !b, "off");
	ok(parse_bool("Yes!", &b) == -EINVAL, "no other word is a boolean");
	ok(parse_bool("", &b) == -EINVAL, "nothing is no boolean");
	ok(!parse_seconds("0.25", &s) && s == 0.25, "a quarter of a second");
	ok(!parse_seconds("15", &s) && s == 15, "15 seconds");
	ok(parse_seconds("-1", &s) == -EINVAL, "no negative time");
	ok(parse_seconds("1e3", &s) == -EINVAL, "no exponents");
	ok(parse_seconds("inf", &s) == -EINVAL, "no infinity");
	ok(parse_seconds(".", &s) == -EINVAL, "a dot is no time");
	ok(parse_seconds("1.2.3", &s) == -EINVAL, "two dots are no time");
	ok(parse_seconds("99999999999", &s) == -ERANGE, "too long a time");
}

static void test_names(void)
{
	static const char *const good[] = { "a", "d0", "9", "_x", ":", "iqn.2024-01.org:disk",
		"123456789012345678901234567890123456789012345678" };
	static const char *const bad[] = { "", "-a", ".a", "a b", "a/b", "a\n", "\xc3\xa4",
		"1234567890123456789012345678901234567890123456789" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ok(name_valid(good[i]), "\"%s\" is a name", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(!name_valid(bad[i]), "bad name %zu is none", i);
}

static void test_splitting(void)
{
	char target[] = "loop:iqn.x:y", none[] = "loop", no_name[] = "loop:", no_fabric[] = ":x";
	char pair[] = "path=/a=b", empty[] = "serial=", no_pair[] = "serial", no_key[] = "=x";

	is_text(split_target(target), "iqn.x:y", "a target is cut at the first colon");
	is_text(target, "loop", "before it stands the fabric");
	ok(!split_target(none), "a target without a colon is none");
	ok(!split_target(no_name), "nor one without a name");
	ok(!split_target(no_fabric), "nor one without a fabric");
	is_text(split_pair(pair), "/a=b", "a pair is cut at the first equals sign");
	is_text(pair, "path", "before it stands the key");
	is_text(split_pair(empty), "", "a value may be empty");
	ok(!split_pair(no_pair), "a word is no pair");
	ok(!split_pair(no_key), "a key must not be empty");
}

static void test_nearest(void)
{
	static const char *const words[] = { "device", "target", "lun", "group", "session",
					     "save", "stat" };
	static const struct {
		const char *word;
		const char *near;
	} t[] = {
		{ "devise", "device" }, { "dev", "device" }, { "dveice", "device" },
		{ "luns", "lun" }, { "grp", "group" }, { "sve", "save" }, { "stats", "stat" },
		{ "zzz", NULL }, { "", NULL }, { "x", NULL },
		{ "thisisaverylongwordthatisneartonothing", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *near = nearest_word(t[i].word, words, ARRAY_SIZE(words));

		ok(t[i].near ? near && !strcmp(near, t[i].near) : !near, "\"%s\" may mean %s",
		   t[i].word, t[i].near ?: "nothing");
	}
}

static void test_formats(void)
{
	static const struct {
		u64 val;
		const char *text;
	} sizes[] = {
		{ 0, "0" }, { 1023, "1023" }, { 1024, "1K" }, { 1536, "1.5K" },
		{ 1ULL << 30, "1G" }, { 2560ULL << 40, "2.5P" }, { UINT64_MAX, "16384P" },
	};
	static const struct {
		double ns;
		const char *text;
	} times[] = {
		{ 0, "0ns" }, { 256, "256ns" }, { 999, "999ns" }, { 1536, "1.5us" },
		{ 12345, "12us" }, { 999600, "1.0ms" }, { 2.5e9, "2.5s" }, { 3e12, "3000s" },
	};
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		format_size(buf, sizeof(buf), sizes[i].val);
		is_text(buf, sizes[i].text, "size for people");
	}
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		format_ns(buf, sizeof(buf), times[i].ns);
		is_text(buf, times[i].text, "time for people");
	}
	format_age(buf, sizeof(buf), 3500);
	is_text(buf, "3.5s", "an age of seconds");
	format_age(buf, sizeof(buf), 3725000);
	is_text(buf, "1h02m", "an age of hours");
	format_rate(buf, sizeof(buf), 12.34);
	is_text(buf, "12.3", "a small rate");
	format_rate(buf, sizeof(buf), 123456.7);
	is_text(buf, "123457", "a large rate");
	printable(buf, sizeof(buf), "a\033[2Jb\n");
	is_text(buf, "a?[2Jb?", "nothing reaches the terminal that it would obey");
	printable(buf, 3, "abcdef");
	is_text(buf, "ab", "what is too long is cut");
}

/* What a size looks like reads back as the same where nothing was rounded. */
static void test_round_trip(void)
{
	bool same = true;
	char buf[32];

	for (unsigned int shift = 0; shift < 64; shift++) {
		u64 size = 1ULL << shift, back = 0;

		format_size(buf, sizeof(buf), size);
		same = same && !parse_size(buf, &back) && back == size;
	}
	ok(same, "powers of two read back as they are shown");
}

int main(void)
{
	test_sizes();
	test_numbers();
	test_names();
	test_splitting();
	test_nearest();
	test_formats();
	test_round_trip();
	return tap_end();
}
