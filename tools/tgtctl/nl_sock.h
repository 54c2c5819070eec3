/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by nl.c and events.c alone. */
#ifndef TGTCTL_NL_SOCK_H
#define TGTCTL_NL_SOCK_H

#include "schema.h"

#define NL_RCVBUF	(4 << 20)
#define NL_RECV_SIZE	65536	/* the kernel makes no datagram of a dump longer than 32 KiB */

struct nl_sock *tnl_sock_open(void);
struct record *tnl_record(const struct nlmsghdr *nlh, int family);

#endif
