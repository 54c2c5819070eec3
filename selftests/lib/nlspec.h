/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What docs/netlink/tgtcore.yaml says of requests and answers, and whether a message keeps
 * to it. The tables are made of the spec by nlspec.awk.
 */
#ifndef _SELFTESTS_NLSPEC_H
#define _SELFTESTS_NLSPEC_H

#include "nl.h"

enum { NLSPEC_STRING, NLSPEC_U8, NLSPEC_U32, NLSPEC_U64, NLSPEC_NEST, NLSPEC_BINARY, NLSPEC_PAD };
enum { NLSPEC_DO, NLSPEC_DUMP, NLSPEC_EVENT, NLSPEC_MODES };

/* an attribute; a set of them ends with one without a name */
struct nlspec_attr {
	const char		*name;
	__u16			nr;
	__u8			type;
	bool			multi;
	__u64			min;		/* of a number, or of a string's length */
	__u64			max;
	unsigned int		values;		/* of an enum; 0: it is none */
	const struct nlspec_attr *nest;
};

/* numbers of the attributes in a request and its answer, ended by 0 */
struct nlspec_mode {
	bool			exists;
	const __u16		*request;
	const __u16		*reply;
};

/* an operation; the last one has no name */
struct nlspec_op {
	const char		*name;
	const struct nlspec_attr *set;
	__u8			cmd;
	struct nlspec_mode	mode[NLSPEC_MODES];
};

extern const struct nlspec_op nlspec_ops[];

/* NULL if there is none */
const struct nlspec_op *nlspec_op(__u8 cmd);
const struct nlspec_attr *nlspec_attr(const struct nlspec_attr *set, __u16 nr);
bool nlspec_has(const __u16 *list, __u16 nr);

/*
 * Why a request must be refused, or NULL if the spec permits it. @silent: netlink itself
 * refuses it, before there is anything that could give a text.
 */
const char *nlspec_judge(const void *msg, __u32 len, bool *silent);

/* What is wrong with a message that answers @op or is an event of it, or NULL. */
const char *nlspec_judge_reply(const struct nlspec_op *op, int mode, const struct nl_msg *m);

#endif
