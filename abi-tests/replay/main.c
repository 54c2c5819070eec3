// SPDX-License-Identifier: GPL-2.0
/* replay [--strict|--both] [OPTIONS] TRACE...: see abi-tests/README.md. */
#include <dirent.h>
#include <getopt.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "replay.h"

struct shared *S;
struct options opt = { .tables = "abi-tests" };
struct trace *T;
bool ring_uaddr;

json_t *line_at(int i)
{
	return T && i >= 0 && i < T->n ? T->line[i] : NULL;
}

int step_end_of(int i)
{
	for (i++; i < T->n && !is_kind(T->line[i], "step") && !is_kind(T->line[i], "end"); i++)
		;
	return i;
}

/* ---- what a trace tells in words only --------------------------------------------------- */

static void say_close_second(const char *text)
{
	if (second_fd >= 0)
		close(second_fd);
	second_fd = -1;
	sys_reset();
}

static void say_close_fd(const char *text)
{
	session_close_fd();
}

static void say_close_all(const char *text)
{
	session_close();
}

static void say_unmap(const char *text)
{
	sys_reset();
	session_unmap();
}

static bool step_has(const char *what)
{
	int i;

	for (i = S->pos; i < step_end_of(S->pos); i++) {
		if (!strcmp(str_of(T->line[i], "what"), what))
			return true;
	}
	return false;
}

/* The nexus is seen when the ring is looked at, so the port is added when it is. */
static bool port_wanted;

static void say_rport_add(const char *text)
{
	port_wanted = !step_has("srp_rport_add");
}

static void say_uaddr_in_ring(const char *text)
{
	ring_uaddr = true;
}

static void say_set_status(const char *text)
{
	int slot = atoi(text + strcspn(text, "0123456789"));

	if (!ring || slot >= EV_MAX)
		return;
	put16(slot_at(K2U, slot) + 2, 1);
	slot_account(K2U, slot);
}

/*
 * Closing a descriptor, for one, has no line. Where a step's name or a remark says that it was
 * done, it is done, and the report says so.
 */
static const struct {
	const char *pattern;
	void (*act)(const char *text);
} said[] = {
	{ "^close second fd", say_close_second },
	{ "while nobody has the device open", say_close_all },
	{ "mapping kept after close|fd closed, mapping kept", say_close_fd },
	{ "with mapping gone", say_unmap },
	{ "after srp_rport_add", say_rport_add },
	{ "uaddr in the ring mapping", say_uaddr_in_ring },
	{ "set status of slot [0-9]+ by hand", say_set_status },
};

static int said_in(const char *text)
{
	regex_t re;
	size_t i;
	int no;

	for (i = 0; i < ARRAY_SIZE(said); i++) {
		if (regcomp(&re, said[i].pattern, REG_EXTENDED | REG_NOSUB))
			abort();
		no = regexec(&re, text, 0, NULL, 0);
		regfree(&re);
		if (!no)
			return i;
	}
	return -1;
}

static void do_said(const char *text)
{
	int i = said_in(text);

	if (i < 0)
		return;
	remark("done as the words say: \"%s\"", text);
	said[i].act(text);
}

/* ---- what a trace does not tell --------------------------------------------------------- */

/*
 * Two polls that differ, and nothing between them: what was done to the ring there is not told,
 * so there is nothing to replay.
 */
static bool poll_unexplained(int at)
{
	const json_t *now = T->line[at], *before;
	int i;

	for (i = at - 1; i >= 0; i--) {
		before = T->line[i];
		if (is_kind(before, "poll"))
			return strcmp(str_of(before, "revents"), str_of(now, "revents")) &&
			       int_of(now, "timeout") <= int_of(before, "timeout");
		if (!is_kind(before, "note") || said_in(str_of(before, "text")) >= 0)
			return false;
	}
	return false;
}

/*
 * A session whose process ends before the next one: by a "child" line that no forked writer
 * accounts for, or with the remark that the child exits.
 */
bool in_child;

int session_child_end(int open_line)
{
	bool writer = false;
	int i;

	if (in_child)
		return -1;
	for (i = open_line + 1; i < T->n; i++) {
		const json_t *line = T->line[i];

		if (is_kind(line, "sys") && !strcmp(str_of(line, "call"), "open") &&
		    strstr(str_of(line, "args"), "O_RDWR"))
			return -1;
		if (!strcmp(str_of(line, "op"), "child_set_and_write"))
			writer = true;
		if (is_kind(line, "child") && !writer)
			return i;
		if (is_kind(line, "note") && strstr(str_of(line, "text"), "child") &&
		    strstr(str_of(line, "text"), "exits"))
			return i;
		writer &= !is_kind(line, "child");
	}
	return -1;
}

/* What a child does to its memory after "child_set_and_write" is its own. */
static bool of_child(int at)
{
	int i;

	for (i = at - 1; i >= 0 && is_kind(T->line[i], "buf"); i--) {
		if (!strcmp(str_of(T->line[i], "op"), "child_set_and_write"))
			return u64_of(T->line[i], "addr") == u64_of(T->line[at], "addr") &&
			       int_of(T->line[i], "byte") == int_of(T->line[at], "byte");
	}
	return false;
}

/* ---- lines ------------------------------------------------------------------------------ */

static void check_all(void)
{
	ring_check();
	lld_check();
	klog_check();
}

/* A driver that was busy is asked again, but not by strict=1: that comes in a while. */
static void settle(void)
{
	int i;

	for (i = S->pos - 1; !opt.strict && i >= 0 && !is_kind(T->line[i], "step"); i--) {
		if (!strcmp(str_of(T->line[i], "what"), "busy"))
			usleep(200000);
	}
}

static void do_step(const json_t *line)
{
	settle();
	check_all();
	step_end();
	step_begin(str_of(line, "name"));
	klog_pace();
	ring_uaddr = false;
	port_wanted = false;
	do_said(S->step);
}

static void do_note(const json_t *line)
{
	do_said(str_of(line, "text"));
}

static void do_meta(const json_t *line)
{
	if (int_of(line, "page_size") && int_of(line, "page_size") != PAGE)
		problem("a page has %lld bytes in this trace, %d here", int_of(line, "page_size"),
			PAGE);
	if (int_of(line, "event_size") && int_of(line, "event_size") != EV_SIZE)
		problem("an event has %lld bytes in this trace, %d here",
			int_of(line, "event_size"), EV_SIZE);
}

static void do_end(const json_t *line)
{
	check_all();
}

static void do_daemon(const json_t *line)
{
	skip_line("of the real daemon and what was around it, which this is not");
}

static void do_buf_line(const json_t *line)
{
	if (!of_child(S->pos))
		do_buf(line);
}

static void do_poll_line(const json_t *line)
{
	if (poll_unexplained(S->pos))
		skip_line("the trace has nothing between this poll and the one before");
	else if (ring_fd < 0)
		skip_line("the device is not open");
	else
		do_poll(line);
}

static void do_inject_line(const json_t *line)
{
	if (T->observed)
		observed_step(S->pos);
	else
		do_inject(line);
}

static const struct {
	const char *kind;
	void (*play)(const json_t *line);
	bool looks;		/* at the ring: see port_wanted */
} kinds[] = {
	{ "meta", do_meta },
	{ "hosts", hosts_set },
	{ "step", do_step },
	{ "note", do_note },
	{ "end", do_end },
	{ "buf", do_buf_line },
	{ "inject", do_inject_line },
	{ "k2u", do_k2u, true },
	{ "consume", do_consume },
	{ "u2k", do_u2k },
	{ "u2k_data", do_u2k_data },
	{ "u2k_sense", do_u2k_sense },
	{ "u2k_after", do_u2k_after },
	{ "sys", do_sys },
	{ "poll", do_poll_line },
	{ "epoll", do_epoll },
	{ "lld", do_lld },
	{ "lld_set", do_lld_set },
	{ "lld_outstanding", do_lld_outstanding },
	{ "klog", do_klog },
	{ "klog_more", do_klog_more },
	{ "target_buf", do_target_buf },
	{ "target_buf_guard", do_target_buf },
	{ "target_buf_tail", do_target_buf },
	{ "ring_initial", do_ring_initial },
	{ "full", do_full },
	{ "full_cmds", do_full_cmds },
	{ "u2k_full", do_u2k_full },
	{ "slots_with_status", do_slots_with_status },
	{ "slot_dump", do_slot_dump },
	{ "consumed_until", do_consumed_until },
	{ "module", do_module },
	{ "file", do_file, true },
	{ "entry", do_entry, true },
	{ "node", do_node },
	{ "dev", do_dev },
	{ "child", do_child },
	{ "same_pages", do_same_pages },
	{ "private_slot_status_after", do_private_slot },
	{ "tgtd", do_daemon },
	{ "tgtd_fd", do_daemon },
	{ "tgtd_log", do_daemon },
	{ "tgtadm", do_daemon },
	{ "tgtadm_out", do_daemon },
	{ "disk", do_daemon },
	{ "disk_after", do_daemon },
	{ "expect", do_daemon },
};

/* What recorded, and did not only look, makes the ring's content current again. */
static bool is_action(const char *kind)
{
	return !strcmp(kind, "inject") || !strcmp(kind, "sys") || !strcmp(kind, "lld_set") ||
	       !strcmp(kind, "consume");
}

void play_line(json_t *line)
{
	const char *kind = kind_of(line);
	size_t i;

	if (has(line, "played"))
		return;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, kind))
			continue;
		if (kinds[i].looks && port_wanted) {
			port_wanted = false;
			rport_add();
		}
		if (is_action(kind))
			S->stale = false;
		kinds[i].play(line);
		return;
	}
	skip_line("the format does not say what \"%s\" is", kind);
}

/* ---- scenarios -------------------------------------------------------------------------- */

/* What a trace need not say: see abi-tests/golden/README.md. */
static void scenario_reset(void)
{
	json_t *hosts = json_pack("{s:i, s:i, s:i}", "non_target", 0, "target_a", 1, "target_b", 2);
	json_t *area = json_pack("{s:s, s:s, s:i, s:i}", "op", "map", "addr", "0x10000000", "len",
				 4 << 20, "prot", PROT_READ | PROT_WRITE);

	S->nitns = 0;
	S->naddrs = 0;
	S->itn_expected = false;
	S->minor = -1;
	S->shift = 0;
	in_child = false;
	hosts_set(hosts);
	do_buf(area);
	json_decref(hosts);
	json_decref(area);
}

static bool scenario_play(const char *path)
{
	struct trace trace;

	if (!trace_load(&trace, path)) {
		printf("not ok %d - %s: cannot be read\n", ++S->tests, path);
		S->failed++;
		return false;
	}
	T = &trace;
	S->pos = 0;
	step_begin("start");
	printf("# %s: %d lines\n", T->name, T->n);
	if (modules_fresh()) {
		scenario_reset();
		klog_open();
		for (; S->pos < T->n; S->pos++)
			play_line(T->line[S->pos]);
		S->pos = T->n - 1;
		check_all();
	}
	step_end();
	if (!opt.strict)
		scenario_end();
	step_begin("unload");
	modules_unload();
	step_end();
	data_reset();
	trace_free(&trace);
	T = NULL;
	return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_trace(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot && !strcmp(dot, ".jsonl");
}

static void play_path(const char *path)
{
	struct dirent **list;
	char file[4096];
	struct stat st;
	int i, n;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		scenario_play(path);
		return;
	}
	n = scandir(path, &list, is_trace, by_name);
	if (n <= 0) {
		printf("not ok %d - no traces in %s\n", ++S->tests, path);
		S->failed++;
	}
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		scenario_play(file);
	}
}

/* Only reads them: for unit tests, and for whoever writes traces. */
static int parse_only(char **path)
{
	struct trace t;
	int bad = 0;

	for (; *path; path++) {
		if (trace_load(&t, *path))
			printf("%s: %d lines%s\n", t.name, t.n, t.observed ? ", observed" : "");
		else
			bad = 1;
		trace_free(&t);
	}
	return bad;
}

static int usage(void)
{
	fputs("usage: replay [--strict|--both] [--verbose] [--modules DIR] [--tables DIR]\n"
	      "              TRACE...\n"
	      "       replay --parse TRACE...\n"
	      "TRACE is a file, or a directory of *.jsonl\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "strict", no_argument, NULL, 's' },
		{ "both", no_argument, NULL, 'b' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "modules", required_argument, NULL, 'm' },
		{ "tables", required_argument, NULL, 't' },
		{ "parse", no_argument, NULL, 'p' },
		{ }
	};
	bool parse = false;
	int c, i;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			opt.strict = true;
			break;
		case 'b':
			opt.both = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'm':
			opt.moddir = optarg;
			break;
		case 't':
			opt.tables = optarg;
			break;
		case 'p':
			parse = true;
			break;
		default:
			return usage();
		}
	}
	if (optind == argc)
		return usage();
	if (parse)
		return parse_only(argv + optind);
	S = mmap(NULL, sizeof(*S), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (S == MAP_FAILED)
		return 2;
	printf("TAP version 13\n");
	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 4;
	}
	tables_load();
	for (i = optind; opt.both && i < argc; i++) {
		opt.strict = true;
		play_path(argv[i]);
	}
	opt.strict &= !opt.both;
	for (i = optind; i < argc; i++)
		play_path(argv[i]);
	node_remove();
	return report_end();
}
