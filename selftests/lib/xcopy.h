/* SPDX-License-Identifier: GPL-2.0 */
/* Parameter lists of EXTENDED COPY in format LID1 (SPC-5 6.6), for test programs. */
#ifndef _SELFTESTS_XCOPY_H
#define _SELFTESTS_XCOPY_H

#include <string.h>
#include "probe.h"

#define XCOPY(sa, n)	CDB(0x83, sa, 0, 0, 0, 0, 0, 0, 0, 0, BE32(n), 0, 0)

struct list {
	__u8	b[4096];
	__u32	len;
	__u32	cscds;
	__u32	segs;
};

static inline int naa_of(struct nexus *n, unsigned int lun, __u8 *naa)
{
	__u8 buf[255];
	struct io io = { LUN(lun), VPD(0x83, 255), DATA_IN(buf, 255) };

	if (probe_outcome(n, &io) || buf[5] != 3 || buf[7] != 8)
		return -1;
	memcpy(naa, buf + 8, 8);
	return 0;
}

static inline void put(__u8 *p, __u64 v, int n)
{
	for (; n--; v >>= 8)
		p[n] = v;
}

static inline void begin(struct list *l, __u8 id, __u8 usage)
{
	memset(l, 0, sizeof(*l));
	l->b[0] = id;
	l->b[1] = usage << 3;
	l->len = 16;
}

static inline __u8 *cscd(struct list *l, const __u8 *naa, __u16 block)
{
	__u8 *d = l->b + l->len;

	d[0] = 0xe4;
	d[4] = 1;
	d[5] = 3;
	d[7] = 8;
	memcpy(d + 8, naa, 8);
	put(d + 29, block, 3);
	l->len += 32;
	l->cscds += 32;
	put(l->b + 2, l->cscds, 2);
	return d;
}

static inline __u8 *segment(struct list *l, __u8 type, __u8 len, __u16 src, __u16 dst)
{
	__u8 *d = l->b + l->len;

	d[0] = type;
	d[3] = len - 4;
	put(d + 4, src, 2);
	put(d + 6, dst, 2);
	l->len += len;
	l->segs += len;
	put(l->b + 8, l->segs, 4);
	return d;
}

static inline __u8 *blocks(struct list *l, __u16 src, __u16 dst, __u16 n, __u64 from, __u64 to)
{
	__u8 *d = segment(l, 0x02, 28, src, dst);

	put(d + 10, n, 2);
	put(d + 12, from, 8);
	put(d + 20, to, 8);
	return d;
}

static inline void bytes(struct list *l, __u32 n, __u64 from, __u16 from_at, __u64 to, __u16 to_at)
{
	__u8 *d = segment(l, 0x0a, 32, 0, 1);

	put(d + 8, n, 4);
	put(d + 12, from, 8);
	put(d + 20, to, 8);
	put(d + 28, from_at, 2);
	put(d + 30, to_at, 2);
}

static inline int run(struct nexus *n, const struct list *l, struct io *io)
{
	*io = (struct io){ LUN(0), XCOPY(0, 0), DATA_OUT(l->b, l->len) };
	__u8 cdb[16] = { 0x83 };

	put(cdb + 10, l->len, 4);
	io->cdb = cdb;
	return probe_outcome(n, io);
}

#endif
