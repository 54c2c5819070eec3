/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tgtcore: what goes on at the medium of a device beside transfers. A part of tgtcore.h, which is
 * what to include.
 */
#ifndef _TGTCORE_MEDIUM_H
#define _TGTCORE_MEDIUM_H

#include <linux/seqlock.h>

enum tgt_wipe_what {
	TGT_WIPE_FORMAT,
	TGT_WIPE_SANITIZE,
};

/**
 * struct tgt_wipe - an operation on the whole medium, see core/wipe.c
 * @what: the last one
 * @running: it is going on
 * @failed: it has failed
 * @ause: EXIT FAILURE MODE may end that
 * @progress: of 65536 parts so many are done
 */
struct tgt_wipe {
	enum tgt_wipe_what	what;
	bool			running;
	bool			failed;
	bool			ause;
	u16			progress;
};

/**
 * struct tgt_tokens - ROD tokens of a device, see core/token.c; dev->lock
 * @list: struct tgt_token, the oldest first
 * @nr: how many
 * @nr_live: of these are not over
 * @work: ends those that have expired
 */
struct tgt_tokens {
	struct list_head	list;
	u32			nr;
	u32			nr_live;
	struct delayed_work	work;
};

#define TGT_GUARD_RANGES	16	/* more than procedures run at a time */

/**
 * struct tgt_guard_range - blocks that no write may get at in the middle of a command
 * @start: first byte
 * @end: byte behind the last one; 0: there is none here
 * @users: commands at work on it
 * @settled: what passed the gate before it was there is over
 * @used: jiffies when the last one ended
 */
struct tgt_guard_range {
	u64			start;
	u64			end;
	u32			users;
	bool			settled;
	unsigned long		used;
};

/**
 * struct tgt_guard - such ranges of a device, see core/guard.c; dev->lock
 * @seq: who writes looks at them without it
 * @look: jiffies when it should be looked which of them are still of use
 * @nr: how many there are
 * @range: they, and room for others
 */
struct tgt_guard {
	seqcount_spinlock_t	seq;
	unsigned long		look;
	u32			nr;
	struct tgt_guard_range	range[TGT_GUARD_RANGES];
};

#endif
