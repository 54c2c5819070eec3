/* SPDX-License-Identifier: GPL-2.0 */
/* Parameter list of UNMAP and parameter data of GET LBA STATUS. Pure. */
#ifndef _TGTCORE_UNMAP_H
#define _TGTCORE_UNMAP_H

#include "param.h"
#include "resp.h"
#include "sense.h"

#define TGT_UNMAP_BYTES		(512U << 20)	/* most one command unmaps or makes the same */
#define TGT_UNMAP_DESCS		256		/* block descriptors of one UNMAP */
#define TGT_LBA_STATUS_DESCS	32		/* descriptors of one GET LBA STATUS */

enum tgt_sense tgt_unmap_open(struct tgt_par *list, const u8 *buf, u32 len, u64 nblocks,
			      u32 max_blocks);
bool tgt_unmap_next(struct tgt_par *list, u64 *lba, u32 *n);
void tgt_lba_status(struct tgt_resp *r, u64 lba, u32 n, u8 status);

#endif
