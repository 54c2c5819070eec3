// SPDX-License-Identifier: GPL-2.0
/*
 * What differs from run to run has two names, the trace's and ours: host numbers, I_T nexuses
 * that are kernel pointers, addresses. Events are put into our terms before they go into the
 * ring and into the trace's when they come out of it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "replay.h"

static uint64_t get_n(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void put_n(uint8_t *p, uint64_t v, int n)
{
	for (; n--; v >>= 8)
		*p++ = v;
}

/* the traces, and this program, are of little-endian machines */
uint64_t get64(const uint8_t *p) { return get_n(p, 8); }
uint32_t get32(const uint8_t *p) { return get_n(p, 4); }
uint16_t get16(const uint8_t *p) { return get_n(p, 2); }
void put64(uint8_t *p, uint64_t v) { put_n(p, v, 8); }
void put32(uint8_t *p, uint32_t v) { put_n(p, v, 4); }
void put16(uint8_t *p, uint16_t v) { put_n(p, v, 2); }

/* ---- hosts -------------------------------------------------------------------------------- */

void hosts_set(const json_t *line)
{
	static const char * const key[] = { "non_target", "target_a", "target_b" };
	int i;

	S->nhosts = 0;
	for (i = 0; i < HOSTS_MAX; i++)
		S->host_trace[i] = has(line, key[i]) ? int_of(line, key[i]) : -1 - i;
	S->nhosts = HOSTS_MAX;
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

/* ---- I_T nexuses, addresses ------------------------------------------------------------------ */

void itn_learn(uint64_t trace, uint64_t real)
{
	int i = S->nitns++ % ITNS_MAX;

	S->itn_trace[i] = trace;
	S->itn_real[i] = real;
}

static uint64_t swap(const uint64_t *from, const uint64_t *to, int n, int max, uint64_t v)
{
	int i, first = n > max ? n - max : 0;

	/* the newest first: numbers are used again */
	for (i = n - 1; i >= first; i--) {
		if (from[i % max] == v)
			return to[i % max];
	}
	return v;
}

uint64_t itn_to_real(uint64_t itn)
{
	return swap(S->itn_trace, S->itn_real, S->nitns, ITNS_MAX, itn);
}

uint64_t itn_to_trace(uint64_t itn)
{
	return swap(S->itn_real, S->itn_trace, S->nitns, ITNS_MAX, itn);
}

void addr_learn(uint64_t trace, uint64_t real)
{
	int i = S->naddrs++ % ADDRS_MAX;

	S->addr_trace[i] = trace;
	S->addr_real[i] = real;
}

uint64_t addr_to_trace(uint64_t addr)
{
	return swap(S->addr_real, S->addr_trace, S->naddrs, ADDRS_MAX, addr);
}

/* ---- events ------------------------------------------------------------------------------------ */

static bool is_event(const uint8_t *ev)
{
	uint16_t type = get16(ev + 4);

	return (type >= 1 && type <= 3) || (type >= 0x1001 && type <= 0x1004);
}

/* host_no and itn_id are at the same place in every event */
void event_to_real(uint8_t *ev)
{
	if (!is_event(ev))
		return;
	put32(ev + 8, host_to_real(get32(ev + 8)));
	put64(ev + 16, itn_to_real(get64(ev + 16)));
}

void event_to_trace(uint8_t *ev)
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

/* ---- names of modules, paths ---------------------------------------------------------------------- */

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
static char *renumber(const char *text, const char *word, bool to_real)
{
	char *out = malloc(strlen(text) * 4 + 64), *o = out;
	size_t n = strlen(word);

	while (*text) {
		if (!strncmp(text, word, n) && text[n] >= '0' && text[n] <= '9') {
			char *end;
			int no = strtol(text + n, &end, 10);

			o += sprintf(o, "%s%d", word, to_real ? host_to_real(no) : host_to_trace(no));
			text = end;
		} else {
			*o++ = *text++;
		}
	}
	*o = '\0';
	return out;
}

char *text_to_real(const char *text)
{
	char *a = renumber(text, "/host", true), *b = renumber(a, "port-", true);
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
