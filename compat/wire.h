/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the ring's bytes mean: slots, and events of the three generations. Pure: also
 * compiled in user space.
 *
 * Inside, an event is always one of generation 3; the others are translated where a slot is
 * written or read.
 */
#ifndef _STGT_WIRE_H
#define _STGT_WIRE_H

#include <linux/types.h>
#include <scsi/scsi_tgt_if.h>

enum stgt_gen {
	STGT_G1 = 1,	/* 2.6.20 */
	STGT_G2,	/* 2.6.22 */
	STGT_G3,	/* 2.6.24 */
};

/**
 * struct stgt_shape - how events lie in one direction's ring
 * @page_size: bytes of a page
 * @event_size: bytes of an event
 * @per_page: events in a page; what is left at its end is unused
 * @slots: events in all
 * @bytes: of the ring
 */
struct stgt_shape {
	u32	page_size;
	u32	event_size;
	u32	per_page;
	u32	slots;
	u32	bytes;
};

void stgt_shape_init(struct stgt_shape *shape, enum stgt_gen gen, u32 page_size);

/* Offset of a slot in its ring. */
static inline u32 stgt_slot_offset(const struct stgt_shape *shape, u32 slot)
{
	if (shape->event_size == sizeof(struct tgt_event))	/* fills a page */
		return slot * sizeof(struct tgt_event);
	return slot / shape->per_page * shape->page_size +
	       slot % shape->per_page * shape->event_size;
}

static inline u32 stgt_slot_next(const struct stgt_shape *shape, u32 slot)
{
	return slot + 1 < shape->slots ? slot + 1 : 0;
}

static inline u32 stgt_slot_prev(const struct stgt_shape *shape, u32 slot)
{
	return slot ? slot - 1 : shape->slots - 1;
}

bool stgt_encode(enum stgt_gen gen, const struct tgt_event *ev, struct tgt_event_g2 *old);
void stgt_decode(enum stgt_gen gen, const struct tgt_event_g2 *old, struct tgt_event *ev);

#endif
