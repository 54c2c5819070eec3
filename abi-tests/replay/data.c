// SPDX-License-Identifier: GPL-2.0
/* The responder's memory: at the addresses of the trace, wherever the trace says which. */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "replay.h"

#define AREAS_MAX	64
#define PLACES_MAX	16384

/* An area whose end is amid a page here lies elsewhere, with a hole behind it. */
static struct area {
	__u64 addr, len;
	__u64 real;
} areas[AREAS_MAX];
static struct {
	__u64 addr, len;
} places[PLACES_MAX];
static int nareas, nplaces;

void data_reset(void)
{
	while (nareas--) {
		if (areas[nareas].real == areas[nareas].addr)
			munmap((void *)areas[nareas].addr, areas[nareas].len);
	}
	while (nplaces--)
		munmap((void *)places[nplaces].addr, places[nplaces].len);
	nareas = 0;
	nplaces = 0;
}

static struct area *area_of(__u64 addr)
{
	int i;

	/* the newest first: a place may be mapped again */
	for (i = nareas - 1; i >= 0; i--) {
		if (addr >= areas[i].addr && addr - areas[i].addr < areas[i].len)
			return &areas[i];
	}
	return NULL;
}

bool in_area(__u64 addr)
{
	return area_of(addr);
}

__u64 area_to_real(__u64 addr)
{
	struct area *area = area_of(addr);

	return area ? area->real + (addr - area->addr) : addr;
}

/* ---- content ---------------------------------------------------------------------------- */

void fill(__u8 *p, size_t len, __u32 seed)
{
	__u32 x = seed * 2654435761u + 1;

	while (len--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		*p++ = x;
	}
}

static __u32 crc_table[256];

static void crc_init(void)
{
	__u32 i, j, c;

	for (i = 0; i < 256 && !crc_table[255]; i++) {
		for (c = i, j = 0; j < 8; j++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
		crc_table[i] = c;
	}
}

static __u32 crc_run(__u32 crc, const __u8 *p, size_t len)
{
	crc_init();
	while (len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 0xff];
	return crc;
}

__u32 crc32_of(const void *p, size_t len)
{
	return ~crc_run(~0u, p, len);
}

/* The register before byte b went in, from the one after it. */
static __u32 crc_back(__u32 crc, __u8 b)
{
	int i;

	for (i = 0; i < 256; i++) {
		if (crc_table[i] >> 24 == crc >> 24)
			break;
	}
	return ((crc ^ crc_table[i]) << 8) | ((i ^ b) & 0xff);
}

/*
 * Four bytes after the beginning take the register to where the rest, run backwards from the
 * wanted end, wants it: going back over four zeros gives what to xor into it before them.
 */
bool forge(__u8 *p, size_t len, const __u8 *head, size_t nhead, const __u8 *tail,
	   size_t ntail, __u32 crc)
{
	__u32 want = ~crc;
	size_t i;

	crc_init();
	memset(p, 0, len);
	if (nhead + ntail > len)
		return false;
	memcpy(p, head, nhead);
	memcpy(p + len - ntail, tail, ntail);
	if (nhead + ntail + 4 > len)
		return crc32_of(p, len) == crc;
	for (i = len; i > nhead + 4; i--)
		want = crc_back(want, p[i - 1]);
	for (i = 0; i < 4; i++)
		want = crc_back(want, 0);
	put32(p + nhead, htole32(want ^ crc_run(~0u, p, nhead)));
	return crc32_of(p, len) == crc;
}

/* ---- memory ----------------------------------------------------------------------------- */

static void area_map(__u64 addr, __u64 len, int prot)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	bool moved = len % getpagesize();
	void *p;

	flags |= in_area(addr) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	p = moved ? (void *)place(addr, NULL, len) : mmap((void *)addr, len, prot, flags, -1, 0);
	if (!p || p == MAP_FAILED || (!moved && (__u64)p != addr)) {
		problem("no memory at %#llx: %s", (unsigned long long)addr, strerror(errno));
		return;
	}
	if (nareas < AREAS_MAX) {
		areas[nareas].addr = addr;
		areas[nareas].len = len;
		areas[nareas++].real = (__u64)p;
	}
}

/* Of one that has moved, the end: what is before it moves once more, to have the hole behind it. */
static void area_unmap(__u64 addr, __u64 len)
{
	struct area *area = area_of(addr);

	if (area->real == area->addr) {
		munmap((void *)addr, len);
	} else if (addr + len == area->addr + area->len) {
		area->len -= len;
		area->real = place(area->addr, (void *)area->real, area->len);
	} else {
		problem("%#llx is amid a page, and cannot be unmapped", (unsigned long long)addr);
	}
}

/* All of a page, if it is one that has moved: it has nothing else. */
static void area_protect(__u64 addr, __u64 len, int prot)
{
	__u64 real = area_to_real(addr), off = real % getpagesize();

	mprotect((void *)(real - off), len + off, prot);
}

void do_buf(const json_t *line)
{
	const char *op = str_of(line, "op");
	__u64 addr = u64_of(line, "addr"), len = u64_of(line, "len");
	__u8 *p = (__u8 *)area_to_real(addr);

	if (!strcmp(op, "map"))
		area_map(addr, len, int_of(line, "prot"));
	else if (!in_area(addr))
		problem("buf %s at %#llx, where nothing was mapped", op, (unsigned long long)addr);
	else if (!strcmp(op, "unmap"))
		area_unmap(addr, len);
	else if (!strcmp(op, "protect"))
		area_protect(addr, len, int_of(line, "prot"));
	else if (readable((__u64)p, len, NULL, 0) != len)
		problem("buf %s at %#llx: not all of it is mapped", op, (unsigned long long)addr);
	else if (!strcmp(op, "fill"))
		fill(p, len, int_of(line, "seed"));
	else if (!strcmp(op, "set"))
		memset(p, int_of(line, "byte"), len);
	else if (!strcmp(op, "copy"))
		unhex(str_of(line, "bytes"), p, len);
	else if (!strcmp(op, "child_set_and_write"))
		child_write(line);
	else
		skip_line("there is no buf operation \"%s\"", op);
}

/* What a system call can read from there, which says nothing and changes nothing. */
size_t readable(__u64 addr, size_t len, __u8 *copy, size_t max)
{
	static int fd = -1;
	size_t done = 0;

	if (fd < 0)
		fd = memfd_create("replay", MFD_CLOEXEC);
	while (done < len) {
		size_t n = PAGE - (addr + done) % PAGE;

		n = n < len - done ? n : len - done;
		if (addr + done < addr || pwrite(fd, (void *)(addr + done), n, 0) != (ssize_t)n)
			break;
		if (done < max)
			memcpy(copy + done, (void *)(addr + done), n < max - done ? n : max - done);
		done += n;
	}
	return done;
}

__u64 place(__u64 addr, const void *bytes, size_t len)
{
	__u64 off = addr % PAGE, end = (off + len + PAGE - 1) / PAGE * PAGE;
	size_t page = getpagesize(), size = (end + page - 1) / page * page;
	__u8 *p;

	/* shared: what a child does with it is seen here */
	p = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || nplaces == PLACES_MAX)
		return 0;
	mprotect(p + size, page, PROT_NONE);
	places[nplaces].addr = (__u64)p;
	places[nplaces++].len = size + page;
	p += size - end + off;
	if (bytes)
		memcpy(p, bytes, len);
	return (__u64)p;
}

/* The address itself if nothing is there, else one where nothing is. */
__u64 hole(__u64 addr)
{
	__u64 at;

	if (!readable(addr, 1, NULL, 0))
		return addr;
	at = place(addr, NULL, 1);
	if (at)
		munmap((void *)(at - at % getpagesize()), getpagesize());
	return at;
}

/* What an initiator's write left where the last answer pointed. */
void do_target_buf(const json_t *line)
{
	__u64 addr = get64(S->last_u2k + 32);
	__u32 len = get32(S->last_u2k + 48);
	json_t *actual = json_copy((json_t *)line);
	__u8 *p = (__u8 *)addr;
	size_t n;

	if (is_kind(line, "target_buf")) {
		len = int_of(line, "len");
		n = strlen(str_of(line, "head")) / 2;
		json_object_set_new(actual, "crc32", json_sprintf("%08x", crc32_of(p, len)));
		if (n)
			json_object_set_new(actual, "head", hex_json(p, n));
	} else if (is_kind(line, "target_buf_guard")) {
		n = strlen(str_of(line, "before")) / 2;
		json_object_set_new(actual, "before", hex_json(p - n, n));
		n = strlen(str_of(line, "after")) / 2;
		json_object_set_new(actual, "after", hex_json(p + len, n));
	} else {
		const char *key;
		json_t *v;

		json_object_foreach(actual, key, v) {
			unsigned int at;

			if (sscanf(key, "at%u", &at) != 1)
				continue;
			n = strlen(json_string_value(v)) / 2;
			json_object_set_new(actual, key, hex_json(p + at, n));
		}
	}
	compare(line, actual);
}
