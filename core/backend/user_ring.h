/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Backend "user": what is right on the rings, and what a daemon may say. Pure: also compiled in
 * user space.
 */
#ifndef _TGTCORE_USER_RING_H
#define _TGTCORE_USER_RING_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/tgtcore_user.h>

#define USER_FEATURES	((u64)TGTCORE_USER_F_RESIZE | TGTCORE_USER_F_MAP)	/* that we have */
#define USER_QUEUES	64
#define USER_REGIONS	64
#define USER_POOL_MAX	0x40000000ULL	/* bytes of all pools of a file */
#define USER_FUNCTIONS	8	/* that a daemon can have at once */
#define USER_TAG_BITS	16
#define USER_SEQ_BITS	48

/*
 * A slot's word: a number that no two uses of the slot share, and who it belongs to. It is
 * changed by cmpxchg where two may want the slot, else by its owner.
 */
enum user_state {
	USER_FREE,		/* nobody's */
	USER_BUSY,		/* who submits the command */
	USER_DAEMON,		/* the daemon's; whoever takes it from there ends the command */
	USER_CLAIMED,		/* who took it from there */
	USER_HELD,		/* no daemon: whoever takes it from there */
	USER_HELD_SEEN,		/* the same, and a daemon may have begun with it */
	USER_ORPHAN,		/* the daemon's, but the command is gone */
	USER_REMAINDER,		/* the same, and it may write yet: a remainder of the device */
};

#define USER_STATE_BITS	3

static inline u64 user_word(u64 seq, enum user_state state)
{
	return seq << USER_STATE_BITS | state;
}

static inline enum user_state user_word_state(u64 word)
{
	return word & ((1 << USER_STATE_BITS) - 1);
}

/* The same use of the slot in another state. */
static inline u64 user_word_to(u64 word, enum user_state state)
{
	return (word & ~(u64)((1 << USER_STATE_BITS) - 1)) | state;
}

/* The next use of the slot. */
static inline u64 user_word_next(u64 word, enum user_state state)
{
	return user_word_to(word, state) + (1 << USER_STATE_BITS);
}

static inline u64 user_id(u64 word, u32 tag)
{
	return word >> USER_STATE_BITS << USER_TAG_BITS | tag;
}

static inline u32 user_id_tag(u64 id)
{
	return id & ((1U << USER_TAG_BITS) - 1);
}

u32 user_ring_entries(u32 depth);
size_t user_sq_bytes(u32 entries);
size_t user_cq_bytes(u32 entries);
int user_cq_ready(u32 tail, u32 head, u32 entries);
u32 user_sq_waiting(u32 tail, u32 head, u32 entries);
bool user_range_ok(u64 offset, u64 len, u64 size);
int user_check_setup(const struct tgtcore_user_setup *setup, u32 max_queues);
int user_check_region(const struct tgtcore_user_region *region, u32 page_size);
int user_check_start(const struct tgtcore_user_start *start, u32 block_size, u32 depth,
		     u64 region_len, u32 max_io);
int user_check_resize(const struct tgtcore_user_resize *resize);
bool user_cqe_moves(const struct tgtcore_user_cqe *cqe, u8 op);
bool user_check_map(const struct tgtcore_user_cqe *cqe, u32 block_size);
bool user_check_raw(const struct tgtcore_user_cqe *cqe, bool out, u32 room);
bool user_check_tmf(const struct tgtcore_user_cqe *cqe);
bool user_check_cqe(const struct tgtcore_user_cqe *cqe, u8 op);

#endif
