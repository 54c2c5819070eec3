// SPDX-License-Identifier: GPL-2.0
/* tgtctl monitor */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parse.h"
#include "tgtctl.h"

static json_t *time_json(void)
{
	struct timespec ts;
	char buf[40];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	return json_sprintf("%s.%06ldZ", buf, ts.tv_nsec / 1000);
}

static void print_time(void)
{
	struct timespec ts;
	char buf[16];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	printf("%s.%03ld ", buf, ts.tv_nsec / 1000000);
}

/* What an event means for the object, in a word or two. */
static const char *what_happened(const struct record *rec)
{
	const struct set *set = rec->set;

	if (rec->cmd == set->gone)
		return set == &set_session ? "ended" : "gone";
	if (rec->cmd == TGTCORE_CMD_LUN_READY_NTF)
		return "ready";
	if (set == &set_session)
		return "began";
	if (set == &set_device && rec->tb[TGTCORE_A_DEVICE_REASON])
		return "not resized";
	if (set == &set_device && rec->tb[TGTCORE_A_DEVICE_RESIZE_TO])
		return "resizing";
	if (set == &set_device && record_u64(rec, TGTCORE_A_DEVICE_REMAINDERS))
		return "fenced";
	if (set == &set_pr && record_u64(rec, TGTCORE_A_PR_LOST))
		return "lost";
	if (set == &set_pr)
		return rec->tb[TGTCORE_A_PR_TYPE] ? "reserved" : "not reserved";
	if (set == &set_alua)
		return record_str(rec, TGTCORE_A_ALUA_STATE) ?: "changed";
	if (set->state && rec->tb[set->state])
		return state_name(record_u64(rec, set->state));
	return "changed";
}

static void print_text(const char *key, const json_t *val)
{
	char buf[512];

	printable(buf, sizeof(buf), json_string_value(val));
	printf(" %s=%s", key, buf);
}

/* The attributes worth a line: those that can be given, and what the initiator sees. */
static void print_details(const struct record *rec)
{
	static const char *const wanted[] = { "backend", "size", "device", "node", "host",
					      "initiator", "group", "reason", "daemon",
					      "daemon-pid",
					      "targets", "devices", "explicit", "type", "count",
					      "profile", "modes", "modes-now", "reached" };
	json_t *obj = record_json(rec, 0), *initiators, *val;
	char size[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		val = json_object_get(obj, wanted[i]);
		if ((rec->set == &set_lun && !strcmp(wanted[i], "group")) ||
		    (rec->set == &set_pr && !strcmp(wanted[i], "device")))
			continue;
		if (json_is_string(val)) {
			print_text(wanted[i], val);
		} else if (json_is_integer(val) && !strcmp(wanted[i], "size")) {
			format_size(size, sizeof(size), json_integer_value(val));
			printf(" size=%s", size);
		} else if (json_is_integer(val)) {
			printf(" %s=%" JSON_INTEGER_FORMAT, wanted[i], json_integer_value(val));
		}
	}
	initiators = json_object_get(obj, "initiators");
	json_array_foreach(initiators, i, val)
		print_text("initiator", val);
	json_decref(obj);
}

static void print_event(const struct record *rec)
{
	char *subject = record_subject(rec);

	print_time();
	printf("%s %s", subject, what_happened(rec));
	if (rec->cmd != rec->set->gone || record_reason(rec))
		print_details(rec);
	putchar('\n');
	fflush(stdout);
	free(subject);
}

static void json_event(const struct record *rec)
{
	json_t *obj = json_object(), *attrs = record_json(rec, 0);

	json_object_set_new(obj, "time", time_json());
	json_object_set_new(obj, "event", json_string(cmd_name(rec->cmd)));
	json_object_update(obj, attrs);
	out_json_line(obj);
	json_decref(attrs);
	json_decref(obj);
}

/* A line of the monitor's own: from where on it listens, or that it missed something. */
static int own_event(struct ctx *ctx, const char *event, const char *text)
{
	struct record *rec = NULL;
	u64 generation;
	json_t *obj;

	tnl_request(&ctx->nl, TGTCORE_CMD_INFO_GET);
	if (tnl_call(&ctx->nl, &rec) || !rec)
		return tnl_fail(&ctx->nl, "monitor");
	generation = record_u64(rec, TGTCORE_A_INFO_GENERATION);
	free(rec);
	if (!(ctx->given & OPT_JSON)) {
		print_time();
		printf("monitor %s generation=%llu\n", text, generation);
		fflush(stdout);
		return 0;
	}
	obj = json_object();
	json_object_set_new(obj, "time", time_json());
	json_object_set_new(obj, "event", json_string(event));
	json_object_set_new(obj, "generation", json_integer(generation));
	out_json_line(obj);
	json_decref(obj);
	return 0;
}

static int follow(struct ctx *ctx, struct events *ev)
{
	struct record *rec;
	int ret;

	while (!stop_asked()) {
		ret = events_next(ev, -1, &rec);
		if (ret == 1) {
			if (ctx->given & OPT_JSON)
				json_event(rec);
			else
				print_event(rec);
			free(rec);
			if (ferror(stdout))
				return EXIT_FAILURE;
		} else if (ret == -ENOBUFS) {
			if (own_event(ctx, "lost", "lost events, look at the objects again"))
				return EXIT_FAILURE;
		} else if (ret && ret != -EINTR) {
			return error("monitor: %s", strerror(-ret));
		}
	}
	return EXIT_SUCCESS;
}

int do_monitor(struct ctx *ctx, int argc, char **argv)
{
	struct events ev;
	int ret;

	(void)argc;
	(void)argv;
	catch_stop();
	if (tnl_open(&ctx->nl, 0) || events_open(&ev, &ctx->nl))
		return EXIT_FAILURE;
	ret = own_event(ctx, "start", "listens");
	if (!ret)
		ret = follow(ctx, &ev);
	events_close(&ev);
	return ret;
}
