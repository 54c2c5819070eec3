// SPDX-License-Identifier: GPL-2.0
/* The family's events, on a socket of their own: answers and events must not mix. */
#include <linux/tgtcore.h>
#include <netlink/genl/ctrl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"
#include "nl_sock.h"
#include "util.h"

int events_open(struct events *ev, struct nl *nl)
{
	int group;

	memset(ev, 0, sizeof(*ev));
	ev->family = nl->family;
	ev->sock = tnl_sock_open();
	/* On the new socket: libnl cannot look up where numbers were used without it. */
	group = ev->sock ? genl_ctrl_resolve_grp(ev->sock, TGTCORE_GENL_NAME,
						 TGTCORE_MCGRP_EVENTS) : -1;
	if (group < 0 || nl_socket_add_membership(ev->sock, group)) {
		events_close(ev);
		return error("cannot listen to events");
	}
	ev->fd = nl_socket_get_fd(ev->sock);
	ev->buf = xcalloc(NL_RECV_SIZE, 1);
	return 0;
}

/*
 * The next event, the caller's to free: 1. 0 if there was none in time, -EINTR at a signal,
 * -ENOBUFS where events were lost: then whatever the caller counts on must be looked up.
 */
int events_next(struct events *ev, int timeout_ms, struct record **rec)
{
	struct pollfd pfd = { .fd = ev->fd, .events = POLLIN };
	ssize_t len;
	int ret;

	for (;;) {
		while (nlmsg_ok(ev->nlh, ev->rem)) {
			struct nlmsghdr *nlh = ev->nlh;

			ev->nlh = nlmsg_next(nlh, &ev->rem);
			*rec = tnl_record(nlh, ev->family);
			if (*rec)
				return 1;
		}
		len = recv(ev->fd, ev->buf, NL_RECV_SIZE, MSG_DONTWAIT);
		if (len >= 0) {
			ev->nlh = ev->buf;
			ev->rem = len;
			continue;
		}
		if (errno != EAGAIN)
			return -errno;
		ret = poll(&pfd, 1, timeout_ms);
		if (ret <= 0)
			return ret ? -errno : 0;
	}
}

void events_close(struct events *ev)
{
	nl_socket_free(ev->sock);
	free(ev->buf);
	memset(ev, 0, sizeof(*ev));
}
