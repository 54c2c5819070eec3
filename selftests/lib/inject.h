/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection for test programs: what is to fail, and requests to walk it through: the first
 * of what can fail, the second, ... until the request meets no more.
 */
#ifndef _SELFTESTS_INJECT_H
#define _SELFTESTS_INJECT_H

#include "nl.h"

#define INJECT_MAX	2000	/* more than any request or command can meet */
#define INJECT_DEBUGFS	"/sys/kernel/debug/"

/* A way to make something fail: the @n-th from now on, once. */
struct injector {
	const char	*name;
	int		(*arm)(unsigned int n);
	bool		(*hit)(void);	/* disarms; whether it has failed */
	unsigned int	wait_ms;	/* before that, for what goes on after an answer */
	unsigned int	misses;		/* in a row that end a walk */
	unsigned int	max;		/* tries that do, or 0 */
};

/*
 * Allocations, and copies from and to user space: of this thread; of each of the kernel's workers,
 * of which some have just been made and count nothing, and which do other things as well.
 */
extern const struct injector inject_own;
extern const struct injector inject_workers;
/* Calls of the function that inject_into() named. */
extern const struct injector inject_function;

/* Why this kernel cannot; NULL: it can. */
const char *inject_missing(void);

/*
 * inject_function is about @function from here on, which returns @type as the kernel's list says;
 * NULL: about none. 0 or -errno.
 */
int inject_into(const char *function, const char *type);

/* Allocations of another process, e.g. a daemon; inject_own is about them until called with 0. */
int inject_process(int pid);

/* A request, and what takes it back or makes again what it took away. */
struct inject_request {
	const char		*name;
	__u8			cmd;
	const struct nl_arg	*args;
	__u8			undo;
	const struct nl_arg	*undo_args;
	__u8			again;
	const struct nl_arg	*again_args;
	int			expect;		/* where nothing fails */
	const char		*unlink;	/* a file that is not to be there */
	bool			stays;		/* what it changes may stay */
	bool			dump;
};

/*
 * They need, on fabric probe: targets fs (group g with initiator other, group h2, LUN 1 of device
 * fs_file) and fs2; devices fs_ram, fs_file, and fs_fault over fs_ram.
 */
const struct inject_request *inject_requests(size_t *nr);

/* What came of it. */
struct inject_result {
	unsigned int	hits;		/* tries in which something failed */
	unsigned int	failed;		/* of these, the request did too */
	char		text[256];	/* what is wrong, or empty */
};

/* All requests but those that only look wait for @nl. Whether all is well. */
bool inject_walk(struct nl *nl, const struct injector *in, const struct inject_request *q,
		 struct inject_result *res);

/* Names and states of all there is, as one number; 0: it cannot be had. */
__u64 inject_configuration(struct nl *nl);

#endif
