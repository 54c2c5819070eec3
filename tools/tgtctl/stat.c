// SPDX-License-Identifier: GPL-2.0
/*
 * tgtctl stat: counters as they are, or, with --interval, their differences by time. A row is a
 * JSON object with the kernel's names for counters and own ones for what is computed.
 */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lat.h"
#include "map.h"
#include "parse.h"
#include "stat.h"
#include "tgtctl.h"

/* Views a column is in. */
#define TOTALS		0x1
#define RATES		0x2
#define SESSIONS	0x4	/* only with --sessions */

static const struct {
	struct column col;
	unsigned int views;
} stat_columns[] = {
	{ { "TARGET", "target", OUT_TARGET }, TOTALS | RATES },
	{ { "GROUP", "group", OUT_TEXT }, TOTALS | RATES },
	{ { "LUN", "number", OUT_NUMBER }, TOTALS | RATES },
	{ { "DEVICE", "device", OUT_TEXT }, TOTALS | RATES },
	{ { "READS", "reads", OUT_NUMBER }, TOTALS },
	{ { "WRITES", "writes", OUT_NUMBER }, TOTALS },
	{ { "OTHERS", "others", OUT_NUMBER }, TOTALS },
	{ { "READ", "read-bytes", OUT_SIZE }, TOTALS },
	{ { "WRITTEN", "write-bytes", OUT_SIZE }, TOTALS },
	{ { "HELD", "held", OUT_NUMBER }, TOTALS },
	{ { "READ/S", "reads-per-s", OUT_RATE }, RATES },
	{ { "WRITE/S", "writes-per-s", OUT_RATE }, RATES },
	{ { "OTHER/S", "others-per-s", OUT_RATE }, RATES },
	{ { "RD MB/S", "read-mb-per-s", OUT_RATE }, RATES },
	{ { "WR MB/S", "write-mb-per-s", OUT_RATE }, RATES },
	{ { "DEPTH", "queue-depth", OUT_RATE }, RATES },
	{ { "ERRORS", "errors", OUT_NUMBER }, TOTALS | RATES },
	{ { "P50", "latency-p50-ns", OUT_NS }, TOTALS | RATES },
	{ { "P99", "latency-p99-ns", OUT_NS }, TOTALS | RATES },
	{ { "P99.9", "latency-p999-ns", OUT_NS }, TOTALS | RATES },
	{ { "SESSION", "session", OUT_NUMBER }, TOTALS | RATES | SESSIONS },
	{ { "INITIATOR", "initiator", OUT_TEXT }, TOTALS | RATES | SESSIONS },
};

static void put_percentiles(json_t *row, const u64 *hist, size_t n)
{
	static const struct {
		const char *key;
		double percent;
	} wanted[] = {
		{ "latency-p50-ns", 50 }, { "latency-p99-ns", 99 }, { "latency-p999-ns", 99.9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		double ns = lat_percentile(hist, n, wanted[i].percent);

		if (ns >= 0)
			json_object_set_new(row, wanted[i].key, json_integer(ns + 0.5));
	}
}

/* The histogram, as numbers; how many there are. */
static size_t histogram(const struct record *rec, u64 *hist, size_t max)
{
	const struct nlattr *nla = rec->tb[TGTCORE_A_STAT_LATENCY];
	size_t n = nla ? nla_len(nla) / sizeof(*hist) : 0;

	if (n > max)
		n = max;
	if (n)
		memcpy(hist, nla_data(nla), n * sizeof(*hist));
	return n;
}

static json_t *total_row(const struct record *rec)
{
	u64 hist[TGTCORE_LAT_BUCKETS];
	json_t *row = record_json(rec, 0);

	put_percentiles(row, hist, histogram(rec, hist, ARRAY_SIZE(hist)));
	return row;
}

/* What names the row: without anything that counts. */
static json_t *name_row(const struct record *rec)
{
	static const char *const names[] = { "fabric", "target", "group", "number", "device",
					     "session", "initiator" };
	json_t *all = record_json(rec, 0), *row = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (json_object_get(all, names[i]))
			json_object_set(row, names[i], json_object_get(all, names[i]));
	json_decref(all);
	return row;
}

static u64 delta(const struct record *was, const struct record *is, unsigned int attr)
{
	return record_u64(is, attr) - record_u64(was, attr);
}

/* Whether the counters are those of another LUN that has taken the place of the first. */
static bool was_replaced(const struct record *was, const struct record *is)
{
	static const unsigned int counters[] = {
		TGTCORE_A_STAT_READS, TGTCORE_A_STAT_WRITES, TGTCORE_A_STAT_OTHERS,
		TGTCORE_A_STAT_READ_BYTES, TGTCORE_A_STAT_WRITE_BYTES, TGTCORE_A_STAT_ERRORS,
		TGTCORE_A_STAT_BUSY_NS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (record_u64(is, counters[i]) < record_u64(was, counters[i]))
			return true;
	return record_u64(is, TGTCORE_A_STAT_TIME_NS) <= record_u64(was, TGTCORE_A_STAT_TIME_NS);
}

static void put_rates(json_t *row, const struct record *was, const struct record *is, double s)
{
	static const struct {
		const char *key;
		unsigned int attr;
		double unit;
	} rates[] = {
		{ "reads-per-s", TGTCORE_A_STAT_READS, 1 },
		{ "writes-per-s", TGTCORE_A_STAT_WRITES, 1 },
		{ "others-per-s", TGTCORE_A_STAT_OTHERS, 1 },
		{ "read-mb-per-s", TGTCORE_A_STAT_READ_BYTES, 1e6 },
		{ "write-mb-per-s", TGTCORE_A_STAT_WRITE_BYTES, 1e6 },
		/* time all commands took, by time: how many were in flight */
		{ "queue-depth", TGTCORE_A_STAT_BUSY_NS, 1e9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		json_object_set_new(row, rates[i].key,
				    json_real(delta(was, is, rates[i].attr) / rates[i].unit / s));
}

static json_t *rate_row(const struct record *was, const struct record *is)
{
	u64 hist[TGTCORE_LAT_BUCKETS], before[TGTCORE_LAT_BUCKETS];
	double s = delta(was, is, TGTCORE_A_STAT_TIME_NS) / 1e9;
	size_t n = histogram(is, hist, ARRAY_SIZE(hist));
	json_t *row = name_row(is);

	if (histogram(was, before, ARRAY_SIZE(before)) != n)
		n = 0;
	/* Counters of a CPU may be read a moment apart. */
	for (size_t i = 0; i < n; i++)
		hist[i] = hist[i] > before[i] ? hist[i] - before[i] : 0;
	json_object_set_new(row, "interval-s", json_real(s));
	put_rates(row, was, is, s);
	json_object_set_new(row, "errors", json_integer(delta(was, is, TGTCORE_A_STAT_ERRORS)));
	json_object_set_new(row, "held", json_integer(record_u64(is, TGTCORE_A_STAT_HELD)));
	put_percentiles(row, hist, n);
	return row;
}

/* ---- taking samples ------------------------------------------------------------------ */

static char *stat_key(const struct record *rec)
{
	return xasprintf("%s:%s %s %llu %llu %s",
			 record_str(rec, TGTCORE_A_STAT_FABRIC) ?: "",
			 record_str(rec, TGTCORE_A_STAT_TARGET) ?: "",
			 record_str(rec, TGTCORE_A_STAT_GROUP) ?: "",
			 record_u64(rec, TGTCORE_A_STAT_NUMBER),
			 record_u64(rec, TGTCORE_A_STAT_SESSION),
			 record_str(rec, TGTCORE_A_STAT_DEVICE) ?: "");
}

/* Whether the row is one of those asked for. */
static bool wanted(const struct ctx *ctx, const struct record *rec)
{
	return !rec->tb[TGTCORE_A_STAT_SESSION] == !(ctx->given & OPT_SESSIONS);
}

static json_t *total_rows(const struct ctx *ctx, const struct records *recs)
{
	json_t *rows;

	if (ctx->given & OPT_DAEMONS)
		return stat_daemon_rows(NULL, recs);
	rows = json_array();
	for (size_t i = 0; i < recs->nr; i++)
		if (wanted(ctx, recs->rec[i]))
			json_array_append_new(rows, total_row(recs->rec[i]));
	return rows;
}

static json_t *rate_rows(const struct ctx *ctx, const struct records *before,
			 const struct records *recs)
{
	struct map map = { 0 };
	json_t *rows;

	if (ctx->given & OPT_DAEMONS)
		return stat_daemon_rows(before, recs);
	rows = json_array();
	for (size_t i = 0; i < before->nr; i++) {
		char *key = stat_key(before->rec[i]);

		map_add(&map, key)->val = before->rec[i];
		free(key);
	}
	for (size_t i = 0; i < recs->nr; i++) {
		char *key = stat_key(recs->rec[i]);
		struct map_entry *e = map_find(&map, key);

		free(key);
		if (e && wanted(ctx, recs->rec[i]) && !was_replaced(e->val, recs->rec[i]))
			json_array_append_new(rows, rate_row(e->val, recs->rec[i]));
	}
	map_free(&map);
	return rows;
}

static void print_table(const struct ctx *ctx, const json_t *rows, unsigned int view)
{
	struct column cols[ARRAY_SIZE(stat_columns)];
	size_t n = 0;

	if (ctx->given & OPT_DAEMONS) {
		stat_daemon_table(rows);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(stat_columns); i++) {
		unsigned int views = stat_columns[i].views;

		if ((views & view) && (!(views & SESSIONS) || (ctx->given & OPT_SESSIONS)))
			cols[n++] = stat_columns[i].col;
	}
	out_table(rows, cols, n, true);
}

static void print_rates(const struct ctx *ctx, const json_t *rows)
{
	char buf[16];
	time_t t;
	struct tm tm;

	if (ctx->given & OPT_JSON) {
		out_json_line(rows);
		return;
	}
	t = time(NULL);
	localtime_r(&t, &tm);
	strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	printf("%s\n", buf);
	print_table(ctx, rows, RATES);
	putchar('\n');
	fflush(stdout);
}

/* Sleep until that moment; intervals do not add up the time that printing takes. */
static void sleep_until(double when)
{
	struct timespec ts = { .tv_sec = when };

	ts.tv_nsec = (when - ts.tv_sec) * 1e9;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static const struct set *stat_set(const struct ctx *ctx)
{
	return ctx->given & OPT_DAEMONS ? &set_device : &set_stat;
}

/* @target has been taken apart by the first dump. */
static void stat_request(struct ctx *ctx, const char *target)
{
	tnl_request(&ctx->nl, stat_set(ctx)->get);
	if (!target)
		return;
	nla_put_string(ctx->nl.msg, TGTCORE_A_STAT_FABRIC, target);
	nla_put_string(ctx->nl.msg, TGTCORE_A_STAT_TARGET, target + strlen(target) + 1);
}

static int watch(struct ctx *ctx, const char *target, struct records *before)
{
	double next = now() + ctx->interval;
	struct records recs;
	json_t *rows;

	for (u64 i = 0; !(ctx->given & OPT_COUNT) || i < ctx->count; i++) {
		sleep_until(next);
		next += ctx->interval;
		if (stop_asked())
			break;
		stat_request(ctx, target);
		if (tnl_dump(&ctx->nl, &recs))
			return tnl_fail(&ctx->nl, "stat");
		rows = rate_rows(ctx, before, &recs);
		print_rates(ctx, rows);
		json_decref(rows);
		records_free(before);
		*before = recs;
		if (ferror(stdout))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int do_stat(struct ctx *ctx, int argc, char **argv)
{
	struct records recs;
	json_t *rows;
	int ret;

	if ((ctx->given & OPT_COUNT) && !(ctx->given & OPT_INTERVAL))
		return usage_error(ctx, "--count needs --interval");
	if ((ctx->given & OPT_DAEMONS) && (argc || (ctx->given & OPT_SESSIONS)))
		return usage_error(ctx, "--daemons goes with neither a target nor --sessions");
	ret = show_dump(ctx, stat_set(ctx), argc ? argv[0] : NULL, &recs);
	if (ret)
		return ret;
	if (ctx->given & OPT_INTERVAL) {
		catch_stop();
		ret = watch(ctx, argc ? argv[0] : NULL, &recs);
	} else {
		rows = total_rows(ctx, &recs);
		if (ctx->given & OPT_JSON)
			out_json(rows);
		else
			print_table(ctx, rows, TOTALS);
		json_decref(rows);
	}
	records_free(&recs);
	return ret;
}
