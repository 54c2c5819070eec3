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
 * For PROBE_CONFIG(): what the requests of inject_requests() need, besides group h2 of target fs.
 * INJECT_CONFIG_MORE() is that and what the other two need.
 */
#define INJECT_CONFIG(ram, file)						\
	"device create fs_ram backend=ram size=" ram,				\
	"device create fs_file backend=file path=/scratch/fs_file size=" file,	\
	"device create fs_fault backend=fault lower=fs_ram",			\
	"target create probe:fs",						\
	"target create probe:fs2",						\
	"group create probe:fs g",						\
	"group add probe:fs g initiator=other",					\
	"lun create probe:fs 0 device=fs_ram",					\
	"lun create probe:fs 1 device=fs_file",					\
	"lun create probe:fs 2 device=fs_fault"
#define INJECT_CONFIG_MORE(ram, file)						\
	INJECT_CONFIG(ram, file),						\
	"target create probe:fsst handler=stgt",				\
	"target create loop:fs"

/* Attributes that name things of theirs; fs_x is what a request makes. */
#define INJECT_DEV(n)		STR(D(NAME), n)
#define INJECT_LOOP(n)		STR(T(FABRIC), "loop"), STR(T(NAME), n)
#define INJECT_LUN(f, t, n)	STR(L(FABRIC), f), STR(L(TARGET), t), U32(L(NUMBER), n)
#define INJECT_DISK(n)		INJECT_LUN("loop", "fs", n), STR(L(DEVICE), "fs_ram")

/* Requests that need /dev/ram0 or target loop:fs, for a table of a test's own. */
#define INJECT_CREATE_BLK								\
	{ "create blk", TGTCORE_CMD_DEVICE_CREATE,					\
	  ARGS(INJECT_DEV("fs_x"), STR(D(BACKEND), "blk"),				\
	       OPT(D(OPTION), "path", "/dev/ram0")),					\
	  TGTCORE_CMD_DEVICE_DELETE, ARGS(INJECT_DEV("fs_x")) }
#define INJECT_CREATE_LOOP								\
	{ "create loop target", TGTCORE_CMD_TARGET_CREATE, ARGS(INJECT_LOOP("fs_x")),	\
	  TGTCORE_CMD_TARGET_DELETE, ARGS(INJECT_LOOP("fs_x")) }
#define INJECT_CREATE_DISK								\
	{ "create disk", TGTCORE_CMD_LUN_CREATE, ARGS(INJECT_DISK(3)),			\
	  TGTCORE_CMD_LUN_DELETE, ARGS(INJECT_LUN("loop", "fs", 3)) }

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
