// SPDX-License-Identifier: GPL-2.0
/*
 * What differs from run to run has two names, the trace's and ours: host numbers, I_T nexuses
 * that are kernel pointers, addresses. Events are put into our terms before they go into the
 * ring and into the trace's when they come out of it.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "replay.h"

/* ---- numbers ---------------------------------------------------------------------------- */

/* in the order of this machine, as events have them */
__u64 get64(const __u8 *p) { __u64 v; memcpy(&v, p, sizeof(v)); return v; }
__u32 get32(const __u8 *p) { __u32 v; memcpy(&v, p, sizeof(v)); return v; }
__u16 get16(const __u8 *p) { __u16 v; memcpy(&v, p, sizeof(v)); return v; }
void put64(__u8 *p, __u64 v) { memcpy(p, &v, sizeof(v)); }
void put32(__u8 *p, __u32 v) { memcpy(p, &v, sizeof(v)); }
void put16(__u8 *p, __u16 v) { memcpy(p, &v, sizeof(v)); }

/* Where events have numbers of four and of eight bytes; 0 ends a list. */
static const struct {
	__u16	type;
	__u8	four[5], eight[5];
} layout[] = {
	{ 0x0001, { 8, 12, 48, 52 }, { 16, 24, 32, 40 } },
	{ 0x0002, { 8, 12, 24 }, { 16 } },
	{ 0x0003, { 8, 12 }, { 16, 24 } },
	{ 0x1001, { 8, 12, 48 }, { 16, 56 } },
	{ 0x1002, { 8, 12 }, { 16, 24 } },
	{ 0x1003, { 8, 12, 24 }, { 16 } },
	{ 0x1004, { 8, 12 }, { 16, 24, 40 } },
};

/*
 * The traces are of a little-endian machine. Of an event that is none, only the header is turned:
 * nobody looks at the rest.
 */
static void turn(__u8 *ev, __u16 type)
{
	const __u8 *at;
	size_t i;

	for (i = 0; i < 8; i += 2)
		put16(ev + i, le16toh(get16(ev + i)));
	for (i = 0; i < ARRAY_SIZE(layout); i++) {
		if (layout[i].type != type)
			continue;
		for (at = layout[i].four; *at; at++)
			put32(ev + *at, le32toh(get32(ev + *at)));
		for (at = layout[i].eight; *at; at++)
			put64(ev + *at, le64toh(get64(ev + *at)));
	}
}

/* Of a line, in this machine's order. */
void event_of(const json_t *line, __u8 *ev)
{
	memset(ev, 0, EV_SIZE);
	unhex(str_of(line, "hex"), ev, EV_SIZE);
	turn(ev, le16toh(get16(ev + 4)));
}

/* ... and in the trace's, as hexadecimal digits. */
json_t *event_json(const __u8 *ev)
{
	__u8 le[EV_SIZE];

	memcpy(le, ev, sizeof(le));
	turn(le, get16(ev + 4));
	return hex_json(le, sizeof(le));
}

/* ---- hosts ------------------------------------------------------------------------------ */

void hosts_set(const json_t *line)
{
	static const char * const key[] = { "non_target", "target_a", "target_b" };
	int i;

	S->nhosts = 0;
	for (i = 0; i < HOSTS_MAX; i++)
		S->host_trace[i] = has(line, key[i]) ? int_of(line, key[i]) : -1 - i;
	S->nhosts = HOSTS_MAX;
	lld_fd();		/* our numbers */
}

int host_index(int trace_no)
{
	int i;

	for (i = 0; i < S->nhosts; i++) {
		if (S->host_trace[i] == trace_no)
			return i;
	}
	return -1;
}

static bool host_exists(int no)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/class/scsi_host/host%d", no);
	return !stat(path, &st);
}

/*
 * The old kernel compared 16 bits, so what is above them stays. A number that no host had must
 * be one that no host has here.
 */
#define ABSENT 20000

int host_to_real(int trace_no)
{
	int i = host_index(trace_no < 0 ? trace_no : trace_no & 0xffff);

	if (i >= 0)
		return (trace_no & ~0xffff) | S->host_real[i];
	if (trace_no >= 0 && trace_no < ABSENT && host_exists(trace_no))
		return trace_no + ABSENT;
	return trace_no;
}

int host_to_trace(int real_no)
{
	int i;

	for (i = 0; i < S->nhosts; i++) {
		if (real_no >= 0 && S->host_real[i] == (real_no & 0xffff))
			return (real_no & ~0xffff) | S->host_trace[i];
	}
	return real_no >= ABSENT && real_no < 2 * ABSENT ? real_no - ABSENT : real_no;
}

/* ---- I_T nexuses, addresses ------------------------------------------------------------- */

void itn_learn(__u64 trace, __u64 real)
{
	int i = S->nitns++ % ITNS_MAX;

	S->itn_trace[i] = trace;
	S->itn_real[i] = real;
}

static __u64 swap(const __u64 *from, const __u64 *to, int n, int max, __u64 v)
{
	int i, first = n > max ? n - max : 0;

	/* the newest first: numbers are used again */
	for (i = n - 1; i >= first; i--) {
		if (from[i % max] == v)
			return to[i % max];
	}
	return v;
}

__u64 itn_to_real(__u64 itn)
{
	return swap(S->itn_trace, S->itn_real, S->nitns, ITNS_MAX, itn);
}

__u64 itn_to_trace(__u64 itn)
{
	return swap(S->itn_real, S->itn_trace, S->nitns, ITNS_MAX, itn);
}

void addr_learn(__u64 trace, __u64 real)
{
	int i = S->naddrs++ % ADDRS_MAX;

	S->addr_trace[i] = trace;
	S->addr_real[i] = real;
}

__u64 addr_to_trace(__u64 addr)
{
	return swap(S->addr_real, S->addr_trace, S->naddrs, ADDRS_MAX, addr);
}

/* ---- events ----------------------------------------------------------------------------- */

static bool is_event(const __u8 *ev)
{
	__u16 type = get16(ev + 4);

	return (type >= 1 && type <= 3) || (type >= 0x1001 && type <= 0x1004);
}

/* host_no and itn_id are at the same place in every event */
void event_to_real(__u8 *ev)
{
	if (!is_event(ev))
		return;
	put32(ev + 8, host_to_real(get32(ev + 8)));
	put64(ev + 16, itn_to_real(get64(ev + 16)));
}

void event_to_trace(__u8 *ev)
{
	if (!is_event(ev))
		return;
	put32(ev + 8, host_to_trace(get32(ev + 8)));
	put64(ev + 16, itn_to_trace(get64(ev + 16)));
	if (get16(ev + 4) == 1) {
		put64(ev + 32, addr_to_trace(get64(ev + 32)));
		put64(ev + 40, addr_to_trace(get64(ev + 40)));
	}
}

/* ---- names of modules, paths ------------------------------------------------------------ */

/* The recorder's driver, and the module that calls scsi_tgt for SRP target drivers. */
static const struct {
	const char *trace, *real;
} names[] = {
	{ "tgtgold", "lld_probe" },
	{ "scsi_transport_srp", "scsi_tgt_srp" },
};

const char *name_to_real(const char *trace_name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i].trace, trace_name))
			return names[i].real;
	}
	return trace_name;
}

static char *replace(char *text, const char *from, const char *to)
{
	const char *at, *rest = text;
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	while ((at = strstr(rest, from))) {
		fprintf(f, "%.*s%s", (int)(at - rest), rest, to);
		rest = at + strlen(from);
	}
	fputs(rest, f);
	fclose(f);
	free(text);
	return out;
}

/* "host1" and "port-1:" with our host's number */
static char *renumber(const char *text, const char *word)
{
	size_t n = strlen(word), size;
	FILE *f;
	char *out, *end;

	f = open_memstream(&out, &size);
	while (*text) {
		if (!strncmp(text, word, n) && text[n] >= '0' && text[n] <= '9') {
			fprintf(f, "%s%d", word, host_to_real(strtol(text + n, &end, 10)));
			text = end;
		} else {
			fputc(*text++, f);
		}
	}
	fclose(f);
	return out;
}

char *text_to_real(const char *text)
{
	char *a = renumber(text, "/host"), *b = renumber(a, "port-");
	size_t i;

	free(a);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		b = replace(b, names[i].trace, names[i].real);
	return b;
}

char *text_to_trace(const char *text)
{
	char *out = strdup(text);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		out = replace(out, names[i].real, names[i].trace);
	return out;
}
