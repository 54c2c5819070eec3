/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data descriptors of SRP_CMD. Pure: also compiled in user space.
 *
 * Everything is the client's and may be anything: what is told here has been checked against the
 * bytes that were received.
 */
#ifndef _STGT_SRP_DESC_H
#define _STGT_SRP_DESC_H

#include <linux/types.h>

#define SRP_DESC_SIZE	16	/* of a direct descriptor */

/**
 * struct srp_desc - where a command's data is
 * @len: bytes of it, as announced
 * @nr: direct descriptors in the list; 0: no data
 * @out: it goes to the device
 * @external: the list is the client's, at @list_va; else in the IU, at @list
 * @list: offset in the IU
 * @list_va: address in the client's memory
 */
struct srp_desc {
	u32	len;
	u32	nr;
	bool	out;
	bool	external;
	u32	list;
	u64	list_va;
};

enum srp_desc_order {
	SRP_DESC_BE,		/* as on the wire */
	SRP_DESC_NATIVE,	/* as libsrp reads it */
};

int srp_desc_parse(struct srp_desc *d, const u8 *iu, u32 iu_len, enum srp_desc_order order);

/* One descriptor of a list. */
struct srp_desc_one {
	u64	va;
	u32	len;
};

void srp_desc_get(struct srp_desc_one *one, const u8 *p, enum srp_desc_order order);

#endif
