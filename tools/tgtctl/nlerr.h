/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says about a request, as an errno and a text. Pure. */
#ifndef TGTCTL_NLERR_H
#define TGTCTL_NLERR_H

#include <linux/netlink.h>
#include <stddef.h>

int nlerr_parse(const struct nlmsghdr *nlh, const struct nlmsghdr *req, char *text, size_t len);

#endif
