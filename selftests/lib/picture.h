/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What dumps of the configuration told, and whether it fits together: a dump that is not marked
 * NLM_F_DUMP_INTR is one picture of one generation, and so are several dumps of the same one.
 */
#ifndef _SELFTESTS_PICTURE_H
#define _SELFTESTS_PICTURE_H

#include "nl.h"

#define PICTURE_MAX	512	/* objects of a kind */

enum { PIC_DEVICE, PIC_TARGET, PIC_GROUP, PIC_LUN, PIC_SESSION, PIC_KINDS };

/* what a dump told of an object; all zero where a kind has no such thing */
struct pic_object {
	char	name[208];	/* all that names it */
	char	target[104];
	char	group[160];
	char	device[56];
	__u32	state;
	__u32	luns;
};

struct pic_dump {
	bool	whole;		/* not marked */
	__u64	generation;	/* of its last object; 0: there was none */
	int	nr;
	struct pic_object obj[PICTURE_MAX];
};

struct picture {
	struct pic_dump	last[PIC_KINDS], next;
	__u64		generation;	/* newest of all */
	int		kind;		/* of the dump that is under way */
	unsigned int	dumps, whole, compared;
	char		why[512];	/* what is wrong */
};

/* Dumps all of a kind, checks it and compares it with what is there of the same generation. */
int picture_look(struct picture *p, struct nl *nl, int kind);	/* 0, or -1 and p->why */

#endif
