/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's generic netlink family by hand, for test programs: requests that no library
 * would send, and the error text and attribute of every answer.
 */
#ifndef _SELFTESTS_NL_H
#define _SELFTESTS_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tgtcore.h>

#define NL_BUF		(256 << 10)
#define MIB		0x100000ULL

/* attributes by their set: D(NAME) is the name of a device */
#define D(x)		TGTCORE_A_DEVICE_##x
#define T(x)		TGTCORE_A_TARGET_##x
#define L(x)		TGTCORE_A_LUN_##x
#define G(x)		TGTCORE_A_GROUP_##x
#define S(x)		TGTCORE_A_SESSION_##x

/* an attribute of a request; the list ends with one that is all zero */
struct nl_arg {
	__u16		type;
	__u32	len;
	const void	*data;
	const struct nl_arg *nest;
};

#define STR(t, v)	{ .type = (t), .len = strlen(v) + 1, .data = (v) }
#define RAW(t, v, n)	{ .type = (t), .len = (n), .data = (v) }
#define U8(t, v)	{ .type = (t), .len = 1, .data = &(const __u8){ (v) } }
#define U32(t, v)	{ .type = (t), .len = 4, .data = &(const __u32){ (v) } }
#define U64(t, v)	{ .type = (t), .len = 8, .data = &(const __u64){ (v) } }
#define NEST(t, ...)	{ .type = (t) | NLA_F_NESTED, \
			  .nest = (const struct nl_arg[]){ __VA_ARGS__, { } } }
#define ARGS(...)	((const struct nl_arg[]){ __VA_ARGS__, { } })

/* an option KEY=VALUE in the nest T */
#define OPT(t, k, v)	NEST(t, STR(TGTCORE_A_OPTION_KEY, k), STR(TGTCORE_A_OPTION_VALUE, v))

/* a socket, and what its last error and its last answer said */
struct nl {
	int		fd;
	__u32	seq;
	__u16		family;
	__u32	group;
	char		text[512];	/* empty if the error had none */
	int		attr;		/* type of the attribute it names, or 0 */
	bool		intr;		/* a dump told that it is not consistent */
	__u32	len;		/* of the answer in buf */
	char		*buf;		/* NL_BUF bytes */
};

/* one message of an answer, a dump or an event */
struct nl_msg {
	__u8		cmd;
	const struct nlattr *attrs;
	__u32	len;
};

/* All return 0 or -errno, where nothing else is said. */
int nl_open(struct nl *nl);
void nl_close(struct nl *nl);
__u32 nl_build(struct nl *nl, void *buf, __u8 cmd, __u16 flags, const struct nl_arg *args);
int nl_send(struct nl *nl, const void *buf, __u32 len);
int nl_ack(struct nl *nl);		/* waits for the outcome of the last request */
int nl_do(struct nl *nl, __u8 cmd, const struct nl_arg *args);
bool nl_reply(struct nl *nl, struct nl_msg *m);		/* what the last nl_do() got */

/* Calls @fn for each message; it may end the dump early by returning non-zero. */
int nl_dump(struct nl *nl, __u8 cmd, const struct nl_arg *args,
	    int (*fn)(const struct nl_msg *m, void *data), void *data);
int nl_begin_dump(struct nl *nl, __u8 cmd, const struct nl_arg *args);
int nl_continue_dump(struct nl *nl, int (*fn)(const struct nl_msg *m, void *data), void *data);

int nl_listen(struct nl *nl);				/* to the events */
int nl_event(struct nl *nl, struct nl_msg *m, int timeout_ms);	/* -EAGAIN: none came */

const struct nlattr *nl_find_attr(const void *attrs, __u32 len, __u16 type);
const struct nlattr *nl_attr(const struct nl_msg *m, __u16 type);
const char *nl_str(const struct nl_msg *m, __u16 type);	/* NULL if it is not there */
__u64 nl_u64(const struct nl_msg *m, __u16 type);		/* any width; ~0 if not there */

/* the generation of the configuration */
__u64 nl_generation(struct nl *nl);

#endif
