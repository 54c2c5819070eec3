// SPDX-License-Identifier: GPL-2.0
/* Parameter list of UNMAP and parameter data of GET LBA STATUS. Pure. */
#include <linux/kernel.h>
#include "unmap.h"

/**
 * tgt_unmap_next() - the next block descriptor of an UNMAP list
 * @list: of tgt_unmap_open()
 * @lba: first block
 * @n: blocks, may be 0
 *
 * Return: false if there is none. What is less than a descriptor is ignored (SBC-4 5.35.2).
 */
bool tgt_unmap_next(struct tgt_par *list, u64 *lba, u32 *n)
{
	if (tgt_par_left(list) < 16)
		return false;
	*lba = tgt_par_u64(list);
	*n = tgt_par_u32(list);
	tgt_par_skip(list, 4);
	return true;
}

/**
 * tgt_unmap_open() - check the parameter list of UNMAP, SBC-4 5.35.2
 * @list: for tgt_unmap_next(), if it is good
 * @buf: parameter list
 * @len: its bytes, not 0
 * @nblocks: capacity
 * @max_blocks: most of all descriptors together
 *
 * Nothing is to be unmapped unless all of it is good. Return: what is wrong, or TGT_SENSE_NONE.
 */
enum tgt_sense tgt_unmap_open(struct tgt_par *list, const u8 *buf, u32 len, u64 nblocks,
			      u32 max_blocks)
{
	unsigned int nr = 0;
	struct tgt_par par, walk;
	u64 lba, sum = 0;
	u32 n;

	tgt_par_init(&par, buf, len);
	tgt_par_skip(&par, 2);	/* UNMAP DATA LENGTH: the list has a length already */
	n = tgt_par_u16(&par);
	tgt_par_skip(&par, 4);
	if (par.bad)
		return TGT_SENSE_PARAM_LENGTH;
	tgt_par_sub(&par, min(n, tgt_par_left(&par)), list);
	walk = *list;
	while (tgt_unmap_next(&walk, &lba, &n)) {
		if (n && (lba >= nblocks || n > nblocks - lba))
			return TGT_SENSE_LBA_RANGE;
		sum += n;
		if (++nr > TGT_UNMAP_DESCS || sum > max_blocks)
			return TGT_SENSE_PARAM_FIELD;
	}
	return TGT_SENSE_NONE;
}

/**
 * tgt_lba_status() - an LBA status descriptor, SBC-4 5.6.2.2
 * @r: where to; the header is there
 * @lba: first block
 * @n: blocks
 * @status: provisioning status
 */
void tgt_lba_status(struct tgt_resp *r, u64 lba, u32 n, u8 status)
{
	tgt_resp_u64(r, lba);
	tgt_resp_u32(r, n);
	tgt_resp_u8(r, status);
	tgt_resp_zero(r, 3);
}
