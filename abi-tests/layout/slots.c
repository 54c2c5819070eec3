// SPDX-License-Identifier: GPL-2.0
/*
 * slots TABLE: the arithmetic of slots, mini_tgtd's and the module's, against the table's
 * lines "slots" and "slot".
 */
#include <stdio.h>
#include <stdlib.h>

#include "ring.h"
#include "wire.h"

static int bad;

static void expect(unsigned long got, unsigned long want, const char *what, const char *line)
{
	if (got == want)
		return;
	printf("%s is %lu: %s", what, got, line);
	bad = 1;
}

/* Once round: each step leads to where the slot of that number is, inside one page. */
static void walk(struct ring *r, const char *line)
{
	unsigned int i, slots = ring_slots(r);

	for (i = 0; i < slots; i++) {
		unsigned long at = r->slot - r->base;

		expect(at, (__u8 *)ring_slot(r, i) - r->base, "the step", line);
		expect((at + r->event_size - 1) / r->page_size, at / r->page_size,
		       "the end's page", line);
		ring_next(r);
	}
	expect(r->slot - r->base, 0, "after the last, the slot", line);
}

static void walk_module(const struct stgt_shape *s, const char *line)
{
	__u32 i, next, slot = 0, events = 0;

	do {
		__u32 at = stgt_slot_offset(s, slot);

		expect((at + s->event_size - 1) / s->page_size, at / s->page_size,
		       "the module's: the end's page", line);
		next = stgt_slot_next(s, slot);
		expect(stgt_slot_prev(s, next), slot, "the module's: the one before the next",
		       line);
		slot = next;
		events++;
	} while (slot && events <= s->slots);
	expect(events, s->slots, "the module's: events once round", line);
	for (i = 1; i < s->slots; i++)
		if (stgt_slot_offset(s, i) < stgt_slot_offset(s, i - 1) + s->event_size)
			expect(i, 0, "the module's: overlapping slot", line);
}

static void check_line(const char *line, __u8 *memory)
{
	unsigned int gen, page, bytes, per_page, pages, events, index, offset;
	struct stgt_shape s;
	struct ring r;

	if (sscanf(line, "slots %u %u %u %u %u %u", &gen, &page, &bytes, &per_page, &pages,
		   &events) == 6) {
		ring_init(&r, memory, page, gen);
		expect(ring_bytes(&r), bytes, "the ring", line);
		expect(r.per_page, per_page, "per page", line);
		expect(r.pages, pages, "pages", line);
		expect(ring_slots(&r), events, "events", line);
		walk(&r, line);
		stgt_shape_init(&s, gen, page);
		expect(s.bytes, bytes, "the module's: the ring", line);
		expect(s.per_page, per_page, "the module's: per page", line);
		expect(s.slots, events, "the module's: events", line);
		walk_module(&s, line);
	} else if (sscanf(line, "slot %u %u %u %u", &gen, &page, &index, &offset) == 4) {
		ring_init(&r, memory, page, gen);
		expect((__u8 *)ring_slot(&r, index) - memory, offset, "the offset", line);
		stgt_shape_init(&s, gen, page);
		expect(stgt_slot_offset(&s, index), offset, "the module's: the offset", line);
	} else {
		return;
	}
	printf("# %s", line);
}

int main(int argc, char **argv)
{
	__u8 *memory = malloc(262144);
	char line[200];
	FILE *f;

	f = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!f || !memory)
		return 2;
	while (fgets(line, sizeof(line), f))
		check_line(line, memory);
	fclose(f);
	free(memory);
	return bad;
}
