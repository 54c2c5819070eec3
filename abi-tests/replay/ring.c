// SPDX-License-Identifier: GPL-2.0
/* The ring: /dev/tgt, its mapping, and what changed there since the last look. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "replay.h"

#define NODE "/dev/.tgt-replay"

int ring_fd = -1, second_fd = -1;
__u8 *ring;

size_t ring_bytes(void)
{
	return EV_MAX * EV_SIZE;
}

int ring_slots(void)
{
	return EV_MAX;
}

/* A page holds a whole number of events, so they follow each other. */
__u8 *slot_at(int way, int slot)
{
	return ring + way * ring_bytes() + (size_t)(slot % EV_MAX) * EV_SIZE;
}

/* ---- the device ------------------------------------------------------------------------- */

/* A node of our own stays when the module goes, as the recorder's did. */
void node_make(void)
{
	int minor = tgt_minor();

	node_remove();
	if (minor >= 0 && mknod(NODE, S_IFCHR | 0600, makedev(10, minor)))
		problem("mknod %s: %s", NODE, strerror(errno));
}

void node_remove(void)
{
	unlink(NODE);
}

const char *node_path(void)
{
	return NODE;
}

int session_open(void)
{
	session_close();
	ring_fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (ring_fd < 0)
		return -errno;
	S->next_u2k = 0;
	S->next_consume = 0;
	S->shift = 0;
	return ring_fd;
}

int session_map(void)
{
	int i;

	session_unmap();
	ring = mmap(NULL, 2 * ring_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, 0);
	if (ring == MAP_FAILED) {
		ring = NULL;
		return -errno;
	}
	memset(S->seen, 0, sizeof(S->seen));
	memcpy(S->base, ring, sizeof(S->base));
	for (i = 0; i < EV_MAX; i++)
		S->real_slot[i] = i;
	S->stale = true;
	return 0;
}

void session_unmap(void)
{
	if (ring)
		munmap(ring, 2 * ring_bytes());
	ring = NULL;
}

void session_close_fd(void)
{
	if (ring_fd >= 0)
		close(ring_fd);
	if (second_fd >= 0)
		close(second_fd);
	ring_fd = -1;
	second_fd = -1;
}

void session_close(void)
{
	poll_reset();
	sys_reset();
	session_unmap();
	session_close_fd();
}

/* ---- what is accounted for -------------------------------------------------------------- */

void ring_sync(void)
{
	if (!ring)
		return;
	memcpy(S->seen, ring, sizeof(S->seen));
	memcpy(S->base, ring, sizeof(S->base));
}

void slot_account(int way, int slot)
{
	memcpy(S->seen[way][slot], slot_at(way, slot), EV_SIZE);
	memcpy(S->base[way][slot], slot_at(way, slot), EV_SIZE);
}

static bool changed(int way, int slot, __u8 then[][EV_SIZE])
{
	return memcmp(then[slot], slot_at(way, slot), EV_SIZE);
}

/* What nobody asked for: later events of the trace are then a slot further on. */
void ring_check(void)
{
	int i;

	for (i = 0; ring && i < EV_MAX; i++) {
		if (changed(K2U, i, S->base[K2U])) {
			differ("+k2u", NULL, k2u_json(i, slot_at(K2U, i)));
			slot_account(K2U, i);
			S->shift++;
		}
		if (changed(U2K, i, S->base[U2K])) {
			differ("+u2k_after", NULL,
			       json_pack("{s:s, s:i, s:o}", "t", "u2k_after", "slot", i, "hex",
					 event_json(slot_at(U2K, i))));
			slot_account(U2K, i);
		}
	}
}

/* ---- events ----------------------------------------------------------------------------- */

void slot_fill(int slot, const __u8 *ev)
{
	__u8 *p = slot_at(U2K, slot);

	memcpy(p, ev, 2);
	memcpy(p + 4, ev + 4, EV_SIZE - 4);
	/* the status last, as a daemon does */
	__atomic_store_n((__u16 *)(p + 2), get16(ev + 2), __ATOMIC_RELEASE);
	slot_account(U2K, slot);
	memcpy(S->last_u2k, ev, EV_SIZE);
	S->next_u2k = (slot + 1) % EV_MAX;
}

void slot_consume(int slot)
{
	__atomic_store_n((__u16 *)(slot_at(K2U, slot) + 2), 0, __ATOMIC_RELEASE);
	slot_account(K2U, slot);
}

static bool all_zero(const __u8 *p, int from, int to)
{
	while (from < to) {
		if (p[from++])
			return false;
	}
	return true;
}

static void put_fields(json_t *o, const __u8 *ev)
{
	int end = 32;

	switch (get16(ev + 4)) {
	case 0x1001:
		json_object_set_new(o, "type", json_string("CMD_REQ"));
		json_object_set_new(o, "data_len", json_integer(get32(ev + 12)));
		json_object_set_new(o, "scb", hex_json(ev + 24, 16));
		json_object_set_new(o, "lun", hex_json(ev + 40, 8));
		json_object_set_new(o, "attribute", json_integer((__s32)get32(ev + 48)));
		json_object_set_new(o, "tag", u64_json(get64(ev + 56)));
		json_object_set_new(o, "pad_zero", json_boolean(all_zero(ev, 52, 56)));
		return;
	case 0x1002:
		json_object_set_new(o, "type", json_string("CMD_DONE"));
		json_object_set_new(o, "result", json_integer((__s32)get32(ev + 12)));
		json_object_set_new(o, "tag", u64_json(get64(ev + 24)));
		break;
	case 0x1003:
		json_object_set_new(o, "type", json_string("IT_NEXUS_REQ"));
		json_object_set_new(o, "function", json_integer(get32(ev + 12)));
		json_object_set_new(o, "max_cmds", json_integer(get32(ev + 24)));
		json_object_set_new(o, "initiator_id", hex_json(ev + 28, 16));
		end = 44;
		break;
	case 0x1004:
		json_object_set_new(o, "type", json_string("TSK_MGMT_REQ"));
		json_object_set_new(o, "function", json_integer((__s32)get32(ev + 12)));
		json_object_set_new(o, "tag", u64_json(get64(ev + 24)));
		json_object_set_new(o, "lun", hex_json(ev + 32, 8));
		json_object_set_new(o, "mid", u64_json(get64(ev + 40)));
		end = 48;
		break;
	}
	json_object_set_new(o, "pad_zero", json_boolean(all_zero(ev, end, EV_SIZE)));
}

json_t *k2u_json(int trace_slot, const __u8 *real)
{
	json_t *o = json_object();
	__u8 ev[EV_SIZE];

	memcpy(ev, real, EV_SIZE);
	event_to_trace(ev);
	json_object_set_new(o, "t", json_string("k2u"));
	json_object_set_new(o, "slot", json_integer(trace_slot));
	json_object_set_new(o, "hex", event_json(ev));
	json_object_set_new(o, "status", json_integer(get16(ev + 2)));
	json_object_set_new(o, "type", json_string("?"));
	json_object_set_new(o, "host_no", json_integer((__s32)get32(ev + 8)));
	json_object_set_new(o, "itn_id", u64_json(get64(ev + 16)));
	json_object_set_new(o, "version_zero", json_boolean(!get16(ev)));
	json_object_set_new(o, "len_zero", json_boolean(!get16(ev + 6)));
	put_fields(o, ev);
	return o;
}

/* ---- lines: kernel to user -------------------------------------------------------------- */

void do_ring_initial(const json_t *line)
{
	int i, way, j, nonzero = 0, status = 0;
	json_t *actual = json_copy((json_t *)line);
	__u8 ev[EV_SIZE];

	if (!ring) {
		skip_line("the ring is not mapped");
		json_decref(actual);
		return;
	}
	for (way = 0; way < 2; way++) {
		for (i = 0; i < EV_MAX; i++) {
			memcpy(ev, slot_at(way, i), EV_SIZE);
			status += !!get16(ev + 2);
			event_to_trace(ev);
			for (j = 0; j < EV_SIZE; j++)
				nonzero += !!ev[j];
		}
	}
	json_object_set_new(actual, "nonzero_bytes", json_integer(nonzero));
	json_object_set_new(actual, "slots_with_status", json_integer(status));
	compare(line, actual);
}

static bool is_srp_create(const json_t *line)
{
	return S->itn_expected && !strcmp(str_of(line, "type"), "IT_NEXUS_REQ") &&
	       !int_of(line, "function");
}

/* Of a k2u line and an event: the same, but for what is compared anyway? */
static bool is_event_of(const json_t *line, const __u8 *ev)
{
	json_t *actual = k2u_json(0, ev);
	bool same;

	same = !strcmp(str_of(line, "type"), str_of(actual, "type")) &&
	       u64_of(line, "tag") == u64_of(actual, "tag");
	json_decref(actual);
	return same;
}

int k2u_find(const json_t *line)
{
	int slot = int_of(line, "slot"), real, next;

	real = (slot + S->shift + EV_MAX) % EV_MAX;
	if (!changed(K2U, real, S->seen[K2U])) {
		differ("-k2u", line, NULL);
		if (!S->stale)
			S->shift--;
		return -1;
	}
	/* one too many, and then the one that is looked for */
	next = (real + 1) % EV_MAX;
	if (!S->stale && !is_event_of(line, slot_at(K2U, real)) &&
	    changed(K2U, next, S->seen[K2U]) && is_event_of(line, slot_at(K2U, next))) {
		differ("+k2u", NULL, k2u_json(slot, slot_at(K2U, real)));
		slot_account(K2U, real);
		S->shift++;
		real = next;
	}
	/* a remote port's I_T nexus is a pointer, and this is where it is told first */
	if (is_srp_create(line)) {
		itn_learn(u64_of(line, "itn_id"), get64(slot_at(K2U, real) + 16));
		S->itn_expected = false;
	}
	S->real_slot[slot] = real;
	return real;
}

void do_k2u(const json_t *line)
{
	int slot = int_of(line, "slot"), real;

	if (!ring || slot < 0 || slot >= EV_MAX) {
		skip_line("the ring is not mapped");
		return;
	}
	real = k2u_find(line);
	if (real < 0)
		return;
	compare(line, k2u_json(slot, slot_at(K2U, real)));
	slot_account(K2U, real);
}

void do_consume(const json_t *line)
{
	int slot = int_of(line, "slot");

	if (!ring || slot < 0 || slot >= EV_MAX) {
		skip_line("the ring is not mapped");
		return;
	}
	/* an event that the trace has not shown by now, it does not have */
	if (changed(K2U, S->real_slot[slot], S->base[K2U]))
		differ("+k2u", NULL, k2u_json(slot, slot_at(K2U, S->real_slot[slot])));
	slot_consume(S->real_slot[slot]);
	if (slot == S->next_consume)
		S->next_consume = (slot + 1) % EV_MAX;
}

/* ---- lines: user to kernel -------------------------------------------------------------- */

/* The line of this kind that belongs to the u2k line being played. */
static const json_t *companion(const char *kind)
{
	int i;

	for (i = S->pos + 1; i < T->n && !strncmp(kind_of(T->line[i]), "u2k_", 4); i++) {
		if (is_kind(T->line[i], kind))
			return T->line[i];
	}
	return NULL;
}

/* Where the trace's address is here. The line says what is to be read there. */
static __u64 relocate(__u64 addr, const json_t *line, const char *key)
{
	size_t len = int_of(line, "readable");
	const char *hex = str_of(line, key);
	__u8 *bytes;
	__u64 to;

	if (!len)
		return hole(addr);
	if (ring_uaddr)
		return (__u64)ring + 2 * ring_bytes() - PAGE + addr % PAGE;
	bytes = calloc(1, len);
	if (unhex(hex, bytes, len) < len && strlen(hex) / 2 < len)
		remark("line %lld: only the first bytes of the data are told; the rest is zero",
		       int_of(line, "#"));
	to = place(addr, bytes, len);
	free(bytes);
	return to;
}

static void address_to_real(__u8 *ev, int at, const char *kind, const char *addr_key,
			    const char *bytes_key)
{
	const json_t *line = companion(kind);
	__u64 addr = get64(ev + at), real;

	if (!addr || !line || u64_of(line, addr_key) != addr)
		return;
	real = in_area(addr) ? area_to_real(addr) : relocate(addr, line, bytes_key);
	if (real == addr)
		return;
	addr_learn(addr, real);
	put64(ev + at, real);
}

void do_u2k(const json_t *line)
{
	int slot = int_of(line, "slot");
	__u8 ev[EV_SIZE];

	if (!ring || slot < 0 || slot >= EV_MAX) {
		skip_line("the ring is not mapped");
		return;
	}
	event_of(line, ev);
	event_to_real(ev);
	if (get16(ev + 4) == 1) {
		address_to_real(ev, 32, "u2k_data", "uaddr", "head");
		address_to_real(ev, 40, "u2k_sense", "sense_uaddr", "bytes");
	}
	slot_fill(slot, ev);
}

static json_t *points_at(const json_t *line, const char *key, __u64 addr, __u32 len,
			 size_t max)
{
	json_t *actual = json_copy((json_t *)line);
	__u8 *copy = calloc(1, max);
	size_t n = readable(addr, len, copy, max);

	json_object_set_new(actual, "len", json_integer(len));
	json_object_set_new(actual, "readable", json_integer(n));
	json_object_set_new(actual, key, hex_json(copy, n < max ? n : max));
	free(copy);
	return actual;
}

void do_u2k_data(const json_t *line)
{
	size_t max = strlen(str_of(line, "head")) / 2;

	compare(line, points_at(line, "head", get64(S->last_u2k + 32), get32(S->last_u2k + 48),
				max));
}

void do_u2k_sense(const json_t *line)
{
	size_t max = strlen(str_of(line, "bytes")) / 2;

	compare(line, points_at(line, "bytes", get64(S->last_u2k + 40), get32(S->last_u2k + 52),
				max));
}

void do_u2k_after(const json_t *line)
{
	int slot = int_of(line, "slot");
	json_t *actual;
	__u8 *p;
	bool only;

	if (!ring || slot < 0 || slot >= EV_MAX) {
		skip_line("the ring is not mapped");
		return;
	}
	p = slot_at(U2K, slot);
	if (!changed(U2K, slot, S->seen[U2K])) {
		differ("-u2k_after", line, NULL);
		return;
	}
	only = !memcmp(p, S->seen[U2K][slot], 2) &&
	       !memcmp(p + 4, S->seen[U2K][slot] + 4, EV_SIZE - 4);
	actual = json_copy((json_t *)line);
	json_object_set_new(actual, "status", json_integer(get16(p + 2)));
	json_object_set_new(actual, "only_status_changed", json_boolean(only));
	compare(line, actual);
	slot_account(U2K, slot);
}

/* ---- poll, epoll ------------------------------------------------------------------------ */

void do_poll(const json_t *line)
{
	struct pollfd pfd = {
		.fd = ring_fd,
		.events = POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLRDBAND | POLLWRNORM,
	};
	int timeout = int_of(line, "timeout"), ret, i;
	json_t *actual = json_copy((json_t *)line);

	/* It waits for somebody: the one who makes the next request of the trace. */
	if (timeout > 0 && int_of(line, "ret") > 0 && !poll(&pfd, 1, 0)) {
		for (i = S->pos + 1; i < step_end_of(S->pos); i++) {
			if (is_kind(T->line[i], "inject")) {
				inject_later(T->line[i]);
				break;
			}
		}
	}
	ret = poll(&pfd, 1, timeout);
	json_object_set_new(actual, "ret", json_integer(ret));
	json_object_set_new(actual, "revents", json_sprintf("0x%x", ret > 0 ? pfd.revents : 0));
	compare(line, actual);
}

static int epoll_fd = -1;
static char epoll_mode[8];

void poll_reset(void)
{
	if (epoll_fd >= 0)
		close(epoll_fd);
	epoll_fd = -1;
}

/* "ET idle", "LT after event": the first word is how the descriptor was added */
void do_epoll(const json_t *line)
{
	const char *mode = str_of(line, "mode");
	json_t *actual = json_copy((json_t *)line);
	struct epoll_event ev = { .events = EPOLLIN };
	bool edge = !strncmp(mode, "ET", 2);
	int ret;

	if (!edge && strncmp(mode, "LT", 2)) {
		skip_line("there is no epoll mode \"%s\"", mode);
		json_decref(actual);
		return;
	}
	if (epoll_fd < 0 || strncmp(epoll_mode, mode, 2)) {
		poll_reset();
		snprintf(epoll_mode, sizeof(epoll_mode), "%.2s", mode);
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		ev.events |= edge ? EPOLLET : 0;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring_fd, &ev);
	}
	ret = epoll_wait(epoll_fd, &ev, 1, int_of(line, "timeout"));
	json_object_set_new(actual, "ret", json_integer(ret));
	if (has(line, "events"))
		json_object_set_new(actual, "events",
				    json_sprintf("0x%x", ret > 0 ? ev.events : 0));
	compare(line, actual);
}
