/* SPDX-License-Identifier: GPL-2.0 */
/* Transport: the one place that knows sockets. */
#ifndef TGTCTL_NL_H
#define TGTCTL_NL_H

#include "schema.h"

/* Batches stay below both. A send buffer holds 64 KiB, a receive buffer all the answers. */
#define NL_BATCH_BYTES	32768
#define NL_BATCH_MSGS	100

/**
 * struct nl - a connection to the family
 * @sock: libnl's
 * @fd: its file descriptor
 * @family: number of the family
 * @msg: the request being built; one at a time
 * @buf: where answers are received
 * @err: errno of the last request that failed
 * @error: its text
 */
struct nl {
	struct nl_sock	*sock;
	int		fd;
	int		family;
	struct nl_msg	*msg;
	void		*buf;
	int		err;
	bool		torn;	/* the last dump: something went on changing while it ran */
	char		error[512];
};

#define NL_AUTOLOAD	0x1	/* load the module if need be */
#define NL_QUIET	0x2	/* no message if the module is not there */

int tnl_open(struct nl *nl, unsigned int flags);
void tnl_close(struct nl *nl);
void tnl_modprobe(char *const *argv);

void tnl_request_room(struct nl *nl, size_t size);
int tnl_send_room(struct nl *nl);
struct nl_msg *tnl_request(struct nl *nl, u8 cmd);
int tnl_call(struct nl *nl, struct record **reply);
int tnl_dump(struct nl *nl, struct records *recs);
int tnl_dump_set(struct nl *nl, const struct set *set, struct records *recs);
int tnl_fail(const struct nl *nl, const char *fmt, ...)
	__printf(2, 3);

/**
 * struct tnl_batch - requests that are sent together and answered together
 * @nl: the connection
 * @done: told of each request in the order in which they were added: 0 or -errno, then the
 *	text is in nl->error; @reply is its own to keep, or NULL
 * @arg: for @done
 */
struct tnl_batch {
	struct nl	*nl;
	void		(*done)(void *arg, size_t index, int err, struct record *reply);
	void		*arg;

	/* private */
	char		*buf;
	size_t		len;
	size_t		base;		/* index of the first one in @buf */
	size_t		nr;		/* requests in @buf */
	u32	seq;		/* of the first one in @buf */
	u32	offs[NL_BATCH_MSGS];
};

int tnl_batch_add(struct tnl_batch *batch);
int tnl_batch_flush(struct tnl_batch *batch);
void tnl_batch_free(struct tnl_batch *batch);

/**
 * struct events - a connection that hears the family's events
 */
struct events {
	struct nl_sock	*sock;
	int		fd;
	int		family;
	void		*buf;
	struct nlmsghdr	*nlh;		/* next message in @buf */
	int		rem;
};

int events_open(struct events *ev, struct nl *nl);
int events_next(struct events *ev, int timeout_ms, struct record **rec);
void events_close(struct events *ev);

#endif
