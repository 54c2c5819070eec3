/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of tgtstorm: tgtstorm.c says what it is. */
#ifndef _SELFTESTS_STORM_H
#define _SELFTESTS_STORM_H

#include <stdbool.h>
#include <linux/types.h>
#include "nl.h"

#define STORM_GRACE_S	180	/* for what is under way at the end, and for the least */
#define STORM_PROCS	10
#define STORM_OPS	32
#define STORM_ERRNOS	8	/* an operation may end in so many ways, success is one */
#define KEEP_BLOCKS	64	/* of device kept1, 4 KiB each */

/* what may stand in a block: a version between these two */
struct storm_block {
	__u32	lo;
	__u32	hi;
};

/* all processes see it */
struct storm {
	bool			failed;
	double			end;
	__u32			done[STORM_PROCS];	/* of each process, in a unit of its own */
	__u32			least[STORM_PROCS];
	__u32			count[STORM_OPS][STORM_ERRNOS];
	__u32			acked, checked, lost;	/* writes, reads, sessions of kept1 */
	__u32			dumps, whole, compared;
	struct storm_block	block[KEEP_BLOCKS];
};

extern struct storm *storm;
extern const char *storm_role;	/* name of this process */

double storm_now(void);			/* seconds */
unsigned int storm_slow(void);		/* how many times as long to wait for anything */

/* Tells what went wrong, with the process' name and step, and ends the process. */
void storm_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* One more step of process @proc is done; false when the storm is over. */
bool storm_goes_on(int proc);

/* I/O, storm_io.c: at whatever is mapped at the targets of the walkers; at kept1. */
void storm_io(int proc, int index);
void storm_verify(int proc);
void storm_verify_all(void);

#endif
