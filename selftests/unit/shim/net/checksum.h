/* SPDX-License-Identifier: GPL-2.0 */
/* The Internet checksum (RFC 1071) of an even number of bytes, in network byte order. */
#ifndef _UNIT_CHECKSUM_H
#define _UNIT_CHECKSUM_H

#include "shim.h"

static inline u16 ip_compute_csum(const void *buf, int len)
{
	const u8 *p = buf;
	u32 sum = 0;
	int i;

	for (i = 0; i < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htobe16(~sum);
}

#endif
