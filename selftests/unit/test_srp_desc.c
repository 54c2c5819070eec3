// SPDX-License-Identifier: GPL-2.0
/* Data descriptors of SRP_CMD, SRP 6.8 and 6.10: what an IU may say, and what it may not. */
// uses: compat/srp_desc.c
#include "shim.h"
#include "unit.h"
#include "../../compat/srp_desc.h"

#define OUT	5	/* offsets in the IU */
#define NR_OUT	6
#define NR_IN	7
#define CDB	31
#define DATA	48

static u8 iu[256];

static void put(unsigned int at, u64 v, int n)
{
	while (n--)
		iu[at++] = v >> (8 * n);
}

static void begin(u8 fmt, u8 nr_out, u8 nr_in, u8 cdb)
{
	memset(iu, 0, sizeof(iu));
	iu[0] = 2;
	iu[OUT] = fmt;
	iu[NR_OUT] = nr_out;
	iu[NR_IN] = nr_in;
	iu[CDB] = cdb;
}

static void direct(unsigned int at, u64 va, u32 len)
{
	put(at, va, 8);
	put(at + 8, 0xdeadbeef, 4);
	put(at + 12, len, 4);
}

static int parse(struct srp_desc *d, u32 len)
{
	return -srp_desc_parse(d, iu, len, SRP_DESC_BE);
}

UNIT(a_command_without_data)
{
	struct srp_desc d;

	begin(0, 0, 0, 0);
	EQ(parse(&d, 48), 0);
	EQ(d.nr, 0);
	EQ(d.len, 0);
	EQ(parse(&d, 47), EMSGSIZE);
	EQ(parse(&d, 0), EMSGSIZE);
}

UNIT(a_direct_descriptor)
{
	struct srp_desc_one one;
	struct srp_desc d;

	begin(0x01, 0, 0, 0);
	direct(DATA, 0x1122334455667788, 0x00010203);
	EQ(parse(&d, 64), 0);
	OK(!d.out && !d.external);
	EQ(d.nr, 1);
	EQ(d.len, 0x10203);
	EQ(d.list, DATA);
	srp_desc_get(&one, iu + d.list, SRP_DESC_BE);
	EQ(one.va, 0x1122334455667788);
	EQ(one.len, 0x10203);
	EQ(parse(&d, 63), EMSGSIZE);

	begin(0x10, 0, 0, 0);
	direct(DATA, 1, 512);
	EQ(parse(&d, 64), 0);
	OK(d.out);
	direct(DATA, 1, 0);		/* no bytes: no data */
	EQ(parse(&d, 64), 0);
	EQ(d.nr, 0);
}

/* Of the length of an additional CDB the upper six bits count words. */
UNIT(it_lies_behind_the_additional_cdb)
{
	struct srp_desc d;
	unsigned int cdb;

	for (cdb = 0; cdb < 256; cdb++) {
		begin(0x01, 0, 0, cdb);
		if (DATA + (cdb & 0xfc) + 16 <= 256)
			direct(DATA + (cdb & 0xfc), 1, 512);
		EQ(parse(&d, 256), DATA + (cdb & 0xfc) + 16 <= 256 ? 0 : EMSGSIZE);
	}
}

static void table(u8 fmt, u8 nr, u32 bytes, u32 total)
{
	begin(fmt, fmt & 0xf0 ? nr : 0, fmt & 0xf0 ? 0 : nr, 0);
	direct(DATA, 0xabcd, bytes);
	put(DATA + 16, total, 4);
}

UNIT(a_list_in_the_iu)
{
	struct srp_desc d;

	table(0x02, 3, 48, 1000);
	EQ(parse(&d, 48 + 20 + 48), 0);
	OK(!d.out && !d.external);
	EQ(d.nr, 3);
	EQ(d.len, 1000);
	EQ(d.list, 68);
	EQ(parse(&d, 48 + 20 + 47), EMSGSIZE);
	EQ(parse(&d, 48 + 19), EMSGSIZE);
	/* the other direction has a count of its own */
	table(0x20, 3, 48, 1000);
	EQ(parse(&d, 48 + 20 + 48), 0);
	OK(d.out && !d.external);
	iu[NR_IN] = 3;
	iu[NR_OUT] = 0;
	EQ(parse(&d, 48 + 20 + 48), 0);
	OK(d.external);
}

UNIT(a_list_of_the_clients)
{
	struct srp_desc d;

	table(0x02, 0, 64 * 16, 1000);
	EQ(parse(&d, 68), 0);
	OK(d.external);
	EQ(d.nr, 64);
	EQ(d.list_va, 0xabcd);
	table(0x02, 0, 0xfffffff0, 1000);	/* as it says; who fetches it has a limit */
	EQ(parse(&d, 68), 0);
	EQ(d.nr, 0x0fffffff);
}

UNIT(lists_that_cannot_be)
{
	struct srp_desc d;
	u32 n;

	for (n = 1; n < 16; n++) {
		table(0x02, 1, 16 + n, 1000);
		EQ(parse(&d, 256), EINVAL);
	}
	table(0x02, 0, 0, 0);
	EQ(parse(&d, 256), EINVAL);
	table(0x02, 255, 255 * 16, 1000);
	EQ(parse(&d, 256), EMSGSIZE);
}

UNIT(formats_that_cannot_be)
{
	struct srp_desc d;
	unsigned int fmt;

	for (fmt = 0; fmt < 256; fmt++) {
		u8 out = fmt >> 4, in = fmt & 0xf;
		int want = out > 2 || in > 2 ? EINVAL : out && in ? EOPNOTSUPP : 0;

		table(fmt, 1, 16, 512);
		put(DATA + 12, 16, 4);
		EQ(parse(&d, 256), want);
	}
}

/* libsrp reads them as they are. */
UNIT(native_order)
{
	struct srp_desc_one one;
	u64 va = 0x1122334455667788;
	u32 len = 0x10203;
	u8 b[16] = { };

	memcpy(b, &va, 8);
	memcpy(b + 12, &len, 4);
	srp_desc_get(&one, b, SRP_DESC_NATIVE);
	EQ(one.va, va);
	EQ(one.len, len);
}
