/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tgtcore_blk.ko. */
#ifndef _TGTCORE_BLK_H
#define _TGTCORE_BLK_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <tgtcore/kcompat.h>
#include <tgtcore/tgtcore.h>

/**
 * struct blk_dev - an open block device
 * @handle: what opened it
 * @bdev: it
 * @bios: of the deferred way; a reserve of its own, so that it gets on whatever others wait for
 * @direct: requests may be made for it without sleeping
 */
struct blk_dev {
	struct tgt_bdev		handle;
	struct block_device	*bdev;
	struct bio_set		bios;
	bool			direct;
};

/* blk_open.c: operations of struct tgt_backend_ops */
int tgt_blk_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack);
void tgt_blk_destroy(struct tgt_device *dev);
int tgt_blk_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack);

#endif
