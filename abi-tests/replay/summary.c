// SPDX-License-Identifier: GPL-2.0
/*
 * Lines that tell many events in one. What was queued is known from the slots a trace shows
 * afterwards; where it shows none, any such events give the same figures.
 */
#include <string.h>
#include <unistd.h>
#include "replay.h"

#define FULL_TAG	10000		/* of the first command of a ring full of them */
#define FULL_ITN	1

static bool unmapped(void)
{
	if (!ring)
		skip_line("the ring is not mapped");
	return !ring;
}

static int with_status(int way)
{
	int i, n = 0;

	for (i = 0; i < EV_MAX; i++)
		n += !!get16(slot_at(way, i) + 2);
	return n;
}

static void consume_all(void)
{
	int i;

	for (i = 0; i < EV_MAX; i++) {
		if (get16(slot_at(K2U, i) + 2))
			slot_consume(i);
	}
}

/* More were accepted than there is room for: they were taken out before. */
static void make_room(const json_t *line)
{
	if (int_of(line, "accepted") > EV_MAX - with_status(K2U))
		consume_all();
}

/* The oldest of the events that the dumps after this line show: it was queued first. */
static bool first_dumped(__u8 *first)
{
	__u64 lowest = ~0ULL;
	__u8 ev[EV_SIZE];
	int i;

	for (i = S->pos; i < step_end_of(S->pos); i++) {
		if (!is_kind(T->line[i], "slot_dump"))
			continue;
		event_of(T->line[i], ev);
		if (get16(ev + 4) != 0x1004 || get64(ev + 24) >= lowest)
			continue;
		lowest = get64(ev + 24);
		memcpy(first, ev, EV_SIZE);
	}
	return lowest != ~0ULL;
}

void do_full(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	__u64 itn = FULL_ITN, tag = 0, mid = 1;
	int rc = 0, n = 0, function = 0x0d, host = LLD_HOST_A;
	__u8 first[EV_SIZE];

	if (unmapped())
		return;
	make_room(line);
	if (first_dumped(first)) {
		host = host_index(get32(first + 8));
		function = get32(first + 12);
		itn = get64(first + 16);
		tag = get64(first + 24);
		mid = get64(first + 40);
	}
	while (n < 4 * EV_MAX && !rc) {
		rc = inject_tmf(host, itn, function, tag + n, mid + n);
		n += !rc;
	}
	json_object_set_new(actual, "accepted", json_integer(n));
	json_object_set_new(actual, "first_error_rc", json_integer(rc));
	json_object_set_new(actual, "slots_with_status", json_integer(with_status(K2U)));
	compare(line, actual);
	ring_sync();
}

void do_full_cmds(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	int rc = 0, n = 0;

	if (unmapped())
		return;
	make_room(line);
	while (n < 4 * EV_MAX && !rc) {
		rc = inject_tur(LLD_HOST_A, FULL_ITN, FULL_TAG + n);
		n += !rc;
	}
	json_object_set_new(actual, "accepted", json_integer(n));
	json_object_set_new(actual, "first_error_rc", json_integer(rc));
	compare(line, actual);
	ring_sync();
}

/* All that a ring holds is answered by one write(), with the other ring free for the ends. */
void do_u2k_full(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	__u8 ev[EV_SIZE] = {};
	int i;

	if (unmapped())
		return;
	consume_all();
	put16(ev + 2, 1);
	put16(ev + 4, 1);
	put32(ev + 8, S->host_real[LLD_HOST_A]);
	put64(ev + 16, FULL_ITN);
	for (i = 0; i < EV_MAX; i++) {
		put64(ev + 24, FULL_TAG + i);
		slot_fill(i, ev);
	}
	json_object_set_new(actual, "write_ret", json_integer(write(ring_fd, ev, 1)));
	json_object_set_new(actual, "lld_callbacks", json_integer(lld_drain()));
	json_object_set_new(actual, "slots_left", json_integer(with_status(U2K)));
	compare(line, actual);
	consume_all();
	ring_sync();
}

void do_slots_with_status(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);

	if (unmapped())
		return;
	json_object_set_new(actual, "n", json_integer(with_status(K2U)));
	compare(line, actual);
}

void do_slot_dump(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	int slot = int_of(line, "slot");
	__u8 ev[EV_SIZE];

	if (unmapped() || slot < 0 || slot >= EV_MAX)
		return;
	memcpy(ev, slot_at(K2U, S->real_slot[slot]), sizeof(ev));
	event_to_trace(ev);
	json_object_set_new(actual, "hex", event_json(ev));
	compare(line, actual);
}

/* In the order of the ring, to the first slot that is empty. */
void do_consumed_until(const json_t *line)
{
	json_t *actual = json_copy((json_t *)line);
	int i;

	if (unmapped())
		return;
	for (i = 0; i < EV_MAX && get16(slot_at(K2U, S->next_consume) + 2); i++) {
		slot_consume(S->next_consume);
		S->next_consume = (S->next_consume + 1) % EV_MAX;
	}
	json_object_set_new(actual, "slot", json_integer(S->next_consume));
	compare(line, actual);
}
