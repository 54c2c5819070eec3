// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log. A line compares without the function and line number before it and without
 * kernel addresses; host numbers and user addresses are put into the trace's terms.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "replay.h"

static int fd = -1;

/* see klog_pace() */
static struct {
	int	used;		/* lines in this interval */
	long	since;		/* when it began, ms */
	bool	first;		/* it began in the step before this */
} pace;

/* What scsi_tgt or the driver says. Other lines of the kernel's come from anywhere. */
static const char * const ours[] = {
	"Could not find host no ", "Not target scsi host ", "Could not find tag ",
	"unknown type ", "tx buf is full, could not send", "request lost",
	"Could not handle request of size ", "mmap size must be ",
	"Could not copy the sense buffer", "fail to abort", " uaddr ", "scsi_tgt",
	"lld_probe: ", "callbacks suppressed",
};

void klog_open(void)
{
	if (fd < 0)
		fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		problem("/dev/kmsg: %s", strerror(errno));
	memset(&pace, 0, sizeof(pace));		/* a module just loaded has its own */
	klog_forget();
}

void klog_forget(void)
{
	lseek(fd, 0, SEEK_END);
	S->nklog = 0;
}

/* ---- text ------------------------------------------------------------------------------- */

/* "function(123) " */
static const char *skip_function(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
	size_t digits;

	if (!n || text[n] != '(')
		return text;
	digits = strspn(text + n + 1, "0123456789");
	return digits && !strncmp(text + n + 1 + digits, ") ", 2) ? text + n + digits + 3 : text;
}

typedef void (*change_fn)(char *out, const char *word);

static void to_pointer(char *out, const char *word)
{
	sprintf(out, "<pointer>");
}

static void to_trace_host(char *out, const char *word)
{
	sprintf(out, "%d", host_to_trace(atoi(word)));
}

static void to_trace_addr(char *out, const char *word)
{
	sprintf(out, "%llx", (unsigned long long)addr_to_trace(strtoull(word, NULL, 16)));
}

static void to_trace_itn(char *out, const char *word)
{
	unsigned long long itn = itn_to_trace(strtoull(word, NULL, 16));

	/* that of a port which never came to be was told nobody; others are small */
	if (itn > 0xffff)
		to_pointer(out, word);
	else
		sprintf(out, "%llx", itn);
}

/* Rounded up as the kernel does here, whose pages may be larger than the trace's. */
static void to_pages(char *out, const char *word)
{
	unsigned long page = getpagesize();

	sprintf(out, "%lu", (strtoul(word, NULL, 10) + page - 1) / page * page);
}

/* A word is what a pattern matches in parentheses; its new text is at most 31 long. */
static char *change(char *text, const char *pattern, change_fn fn)
{
	regmatch_t m[2];
	char word[64], *out;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED))
		abort();
	if (!regexec(&re, text, 2, m, 0) && m[1].rm_eo - m[1].rm_so < 32) {
		snprintf(word, sizeof(word), "%.*s", (int)(m[1].rm_eo - m[1].rm_so),
			 text + m[1].rm_so);
		out = malloc(strlen(text) + 32);
		memcpy(out, text, m[1].rm_so);
		fn(out + m[1].rm_so, word);
		strcat(out, text + m[1].rm_eo);
		free(text);
		text = out;
	}
	regfree(&re);
	return text;
}

/* As in the trace, in both ways of looking at it: "ours" has our numbers. */
static char *normal(const char *raw, bool is_ours)
{
	char *text = is_ours ? text_to_trace(skip_function(raw)) : strdup(skip_function(raw));

	text = change(text, "^cmd ([^ ]+) ret ", to_pointer);
	text = change(text, "^fail to abort ([^ ]+)", to_pointer);
	text = change(text, " request lost, -?[0-9]+ ([0-9a-f]+)!", to_trace_itn);
	text = change(text, "^mmap size must be [0-9]+, not ([0-9]+)", to_pages);
	if (!is_ours)
		return text;
	text = change(text, "^Could not find host no (-?[0-9]+)", to_trace_host);
	text = change(text, "^Not target scsi host (-?[0-9]+)", to_trace_host);
	text = change(text, " request lost, (-?[0-9]+) ", to_trace_host);
	text = change(text, " result -?[0-9]+ host ([0-9]+)", to_trace_host);
	return change(text, " uaddr ([0-9a-f]+) ", to_trace_addr);
}

/* ---- records ---------------------------------------------------------------------------- */

static bool is_ours(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (strstr(text, ours[i]))
			return true;
	}
	return false;
}

/* "6,1234,5678,-;text\n KEY=value" */
static void klog_read(void)
{
	char rec[2048], *text, *end;
	ssize_t n;

	for (;;) {
		n = read(fd, rec, sizeof(rec) - 1);
		if (n < 0 && errno == EPIPE)	/* some are gone; go on with what is there */
			continue;
		if (n <= 0)
			return;
		rec[n] = '\0';
		text = strchr(rec, ';');
		if (!text)
			continue;
		end = strchr(++text, '\n');
		if (end)
			*end = '\0';
		if (!is_ours(text) || S->nklog == KLOG_MAX)
			continue;
		S->klog[S->nklog].level = atoi(rec) & 7;
		snprintf(S->klog[S->nklog++].text, sizeof(S->klog[0].text), "%s", text);
	}
}

static json_t *klog_json(const struct klog_line *l)
{
	char *text = normal(l->text, true);
	json_t *o = json_pack("{s:s, s:i, s:s}", "t", "klog", "level", l->level, "text", text);

	free(text);
	return o;
}

static void klog_drop(int n)
{
	S->nklog -= n;
	memmove(S->klog, S->klog + n, S->nklog * sizeof(S->klog[0]));
}

/* The index of the line, or -1. */
static int klog_find(const json_t *expected)
{
	int i, found = -1;

	for (i = 0; i < S->nklog && found < 0; i++) {
		json_t *actual = klog_json(&S->klog[i]);

		if (!strcmp(str_of(actual, "text"), str_of(expected, "text")))
			found = i;
		json_decref(actual);
	}
	return found;
}

void do_klog(const json_t *line)
{
	const char *why = not_ours("klog", str_of(line, "text"));
	char *text = normal(str_of(line, "text"), false);
	json_t *expected = json_copy((json_t *)line);
	int i, at;

	json_object_set_new(expected, "text", json_string(text));
	free(text);
	klog_read();
	at = klog_find(expected);
	if (why) {
		skip_line("%s", why);
	} else if (at >= 0) {
		for (i = 0; i < at; i++)
			differ("+klog", NULL, klog_json(&S->klog[i]));
		compare(expected, klog_json(&S->klog[at]));
		klog_drop(at + 1);
	} else {
		differ("-klog", expected, NULL);
	}
	json_decref(expected);
}

/* So many more were there than the trace has lines. */
void do_klog_more(const json_t *line)
{
	const char *key;
	json_t *v;
	int n = -1;

	json_object_foreach((json_t *)line, key, v) {
		if (json_is_integer(v) && strcmp(key, "#"))
			n = json_integer_value(v);
	}
	klog_read();
	if (n < 0) {
		skip_line("klog_more without a number");
		klog_drop(S->nklog);
	} else if (n > S->nklog) {
		differ("-klog", line, NULL);
		klog_drop(S->nklog);
	} else {
		compare(line, json_copy((json_t *)line));
		klog_drop(n);
	}
}

void klog_check(void)
{
	int i;

	klog_read();
	for (i = 0; i < S->nklog; i++)
		differ("+klog", NULL, klog_json(&S->klog[i]));
	S->nklog = 0;
}

/*
 * The module's log is limited to a hundred lines in five seconds, except with strict=1.
 * So that each line can be compared, no step begins that would go beyond that.
 */
#define BURST		100
#define INTERVAL_MS	5500

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void klog_pace(void)
{
	long wait;
	int i, n = 0;

	/* the step with the first line is over: the kernel's interval began before now */
	if (pace.first)
		pace.since = now_ms();
	pace.first = false;
	for (i = S->pos + 1; i < step_end_of(S->pos); i++)
		n += is_kind(T->line[i], "klog");
	if (!n || opt.strict)
		return;
	wait = pace.since + INTERVAL_MS - now_ms();
	if (pace.used && pace.used + n > BURST && wait > 0)
		usleep(wait * 1000);
	if (pace.used + n > BURST || wait <= 0)
		pace.used = 0;
	pace.first = !pace.used;
	pace.used += n;
}
