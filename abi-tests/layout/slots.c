// SPDX-License-Identifier: GPL-2.0
/*
 * slots TABLE: mini_tgtd's arithmetic of slots against the table's lines "slots" and "slot".
 */
#include <stdio.h>
#include <stdlib.h>

#include "ring.h"

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

static void check_line(const char *line, __u8 *memory)
{
	unsigned int gen, page, bytes, per_page, pages, events, index, offset;
	struct ring r;

	if (sscanf(line, "slots %u %u %u %u %u %u", &gen, &page, &bytes, &per_page, &pages,
		   &events) == 6) {
		ring_init(&r, memory, page, gen);
		expect(ring_bytes(&r), bytes, "the ring", line);
		expect(r.per_page, per_page, "per page", line);
		expect(r.pages, pages, "pages", line);
		expect(ring_slots(&r), events, "events", line);
		walk(&r, line);
	} else if (sscanf(line, "slot %u %u %u %u", &gen, &page, &index, &offset) == 4) {
		ring_init(&r, memory, page, gen);
		expect((__u8 *)ring_slot(&r, index) - memory, offset, "the offset", line);
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
