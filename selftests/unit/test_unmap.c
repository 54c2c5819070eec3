// SPDX-License-Identifier: GPL-2.0
/* Parameter list of UNMAP (SBC-4 5.35.2) and LBA status descriptors (5.6.2.2), byte by byte. */
// uses: core/scsi/unmap.c
#include "shim.h"
#include "unit.h"
#include "scsi/unmap.h"

#define NBLOCKS	1000
#define MAX	500

/* A list of @nr descriptors of @n blocks each at @lba, in @buf; its length. */
static u32 list_of(u8 *buf, unsigned int nr, u64 lba, u32 n)
{
	struct tgt_resp r;
	unsigned int i;

	tgt_resp_init(&r, buf, 8 + 16 * 300);
	tgt_resp_u16(&r, 6 + 16 * nr);
	tgt_resp_u16(&r, 16 * nr);
	tgt_resp_zero(&r, 4);
	for (i = 0; i < nr; i++)
		tgt_lba_status(&r, lba, n, 0);	/* begins alike */
	return r.len;
}

static enum tgt_sense open_list(const u8 *buf, u32 len)
{
	struct tgt_par list;

	return tgt_unmap_open(&list, buf, len, NBLOCKS, MAX);
}

UNIT(unmap_descriptors_in_order)
{
	static const u8 buf[] = {
		0, 38, 0, 32, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0x00, 0x03, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0x00, 0x05, 0, 0, 0x00, 0x00, 0, 0, 0, 0,
	};
	struct tgt_par list;
	u64 lba;
	u32 n;

	EQ(tgt_unmap_open(&list, buf, sizeof(buf), NBLOCKS, MAX), TGT_SENSE_NONE);
	OK(tgt_unmap_next(&list, &lba, &n));
	EQ(lba, 0x102);
	EQ(n, 3);
	OK(tgt_unmap_next(&list, &lba, &n));
	EQ(lba, 5);
	EQ(n, 0);
	OK(!tgt_unmap_next(&list, &lba, &n));
}

/* A list without its header is an error, one cut within a descriptor ends before that. */
UNIT(unmap_list_of_every_length)
{
	u8 buf[8 + 16 * 300], *part;
	u32 len = list_of(buf, 3, 1, 1), i, nr, n;
	struct tgt_par list;
	u64 lba;

	for (i = 1; i <= len; i++) {
		part = malloc(i);
		memcpy(part, buf, i);
		if (i < 8) {
			EQ(open_list(part, i), TGT_SENSE_PARAM_LENGTH);
		} else {
			EQ(tgt_unmap_open(&list, part, i, NBLOCKS, MAX), TGT_SENSE_NONE);
			for (nr = 0; tgt_unmap_next(&list, &lba, &n); nr++)
				;
			EQ(nr, (i - 8) / 16);
		}
		free(part);
	}
}

UNIT(unmap_limits)
{
	u8 buf[8 + 16 * 300];

	EQ(open_list(buf, list_of(buf, 1, NBLOCKS - 1, 1)), TGT_SENSE_NONE);
	EQ(open_list(buf, list_of(buf, 1, NBLOCKS - 1, 2)), TGT_SENSE_LBA_RANGE);
	EQ(open_list(buf, list_of(buf, 1, NBLOCKS, 0)), TGT_SENSE_NONE);	/* no LBA */
	EQ(open_list(buf, list_of(buf, 1, NBLOCKS, 1)), TGT_SENSE_LBA_RANGE);
	EQ(open_list(buf, list_of(buf, 1, ~0ULL, ~0U)), TGT_SENSE_LBA_RANGE);
	EQ(open_list(buf, list_of(buf, 1, 0, MAX)), TGT_SENSE_NONE);
	EQ(open_list(buf, list_of(buf, 1, 0, MAX + 1)), TGT_SENSE_PARAM_FIELD);
	EQ(open_list(buf, list_of(buf, 2, 0, MAX / 2 + 1)), TGT_SENSE_PARAM_FIELD);
	EQ(open_list(buf, list_of(buf, TGT_UNMAP_DESCS, 0, 1)), TGT_SENSE_NONE);
	EQ(open_list(buf, list_of(buf, TGT_UNMAP_DESCS + 1, 0, 1)), TGT_SENSE_PARAM_FIELD);
}

UNIT(lba_status_descriptor)
{
	static const u8 want[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0xa0, 0xb0, 0xc0, 1 };
	struct tgt_resp r;
	u8 buf[16];

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_lba_status(&r, 0x0102030405060708ULL, 0x90a0b0c0, 1);
	EQ(r.len, 16);
	MEM_EQ(buf, want, 16);
}
