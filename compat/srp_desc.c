// SPDX-License-Identifier: GPL-2.0
/* Data descriptors of SRP_CMD, SRP 6.8 and 6.10. Pure: also compiled in user space. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include "srp_desc.h"

#define SRP_CMD_BUF_FMT		5
#define SRP_CMD_OUT_COUNT	6
#define SRP_CMD_IN_COUNT	7
#define SRP_CMD_ADD_CDB		31
#define SRP_CMD_ADD_DATA	48

#define SRP_FMT_NONE		0
#define SRP_FMT_DIRECT		1
#define SRP_FMT_INDIRECT	2

#define SRP_TABLE_SIZE		20	/* an indirect descriptor without its list */

static u32 srp_get32(const u8 *p, enum srp_desc_order order)
{
	u32 v;

	if (order == SRP_DESC_BE)
		return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	memcpy(&v, p, sizeof(v));
	return v;
}

static u64 srp_get64(const u8 *p, enum srp_desc_order order)
{
	u64 v;

	if (order == SRP_DESC_BE)
		return (u64)srp_get32(p, order) << 32 | srp_get32(p + 4, order);
	memcpy(&v, p, sizeof(v));
	return v;
}

/* A direct descriptor: address, memory handle, length. */
void srp_desc_get(struct srp_desc_one *one, const u8 *p, enum srp_desc_order order)
{
	one->va = srp_get64(p, order);
	one->len = srp_get32(p + 12, order);
}
EXPORT_SYMBOL_GPL(srp_desc_get);

static int srp_parse_table(struct srp_desc *d, const u8 *p, u8 count, u32 at, u32 iu_len,
			   enum srp_desc_order order)
{
	struct srp_desc_one table;

	srp_desc_get(&table, p, order);
	d->len = srp_get32(p + SRP_DESC_SIZE, order);
	if (!table.len || table.len % SRP_DESC_SIZE)
		return -EINVAL;
	d->nr = table.len / SRP_DESC_SIZE;
	d->external = d->nr != count;
	d->list_va = table.va;
	d->list = at + SRP_TABLE_SIZE;
	if (!d->external && d->list + table.len > iu_len)
		return -EMSGSIZE;
	return 0;
}

/*
 * -EMSGSIZE: the IU is too short for what it says is in it; -EOPNOTSUPP: data in both directions;
 * -EINVAL: anything else that cannot be.
 */
int srp_desc_parse(struct srp_desc *d, const u8 *iu, u32 iu_len, enum srp_desc_order order)
{
	struct srp_desc_one one;
	u8 out, in, fmt, count;
	u32 at;

	memset(d, 0, sizeof(*d));
	if (iu_len < SRP_CMD_ADD_DATA)
		return -EMSGSIZE;
	out = iu[SRP_CMD_BUF_FMT] >> 4;
	in = iu[SRP_CMD_BUF_FMT] & 0xf;
	if (out > SRP_FMT_INDIRECT || in > SRP_FMT_INDIRECT)
		return -EINVAL;
	if (out && in)
		return -EOPNOTSUPP;
	fmt = out ?: in;
	if (fmt == SRP_FMT_NONE)
		return 0;
	d->out = out;
	count = iu[out ? SRP_CMD_OUT_COUNT : SRP_CMD_IN_COUNT];
	at = SRP_CMD_ADD_DATA + (iu[SRP_CMD_ADD_CDB] & ~3);
	if (at + (fmt == SRP_FMT_DIRECT ? SRP_DESC_SIZE : SRP_TABLE_SIZE) > iu_len)
		return -EMSGSIZE;
	if (fmt == SRP_FMT_INDIRECT)
		return srp_parse_table(d, iu + at, count, at, iu_len, order);
	srp_desc_get(&one, iu + at, order);
	d->len = one.len;
	d->nr = one.len ? 1 : 0;
	d->list = at;
	return 0;
}
EXPORT_SYMBOL_GPL(srp_desc_parse);
