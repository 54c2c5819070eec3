/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tgtcore_file.ko. */
#ifndef _TGTCORE_FILE_H
#define _TGTCORE_FILE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <tgtcore/tgtcore.h>

/**
 * struct file_dev - an open file
 * @file: it
 * @inode: where its data is; not the overlay's
 * @dev: whose it is
 * @node: in file_devs
 * @mem_mask: bits that must be clear in the address of each piece of memory
 * @len_mask: and in its length
 * @pi: side file of protection information, or NULL
 */
struct file_dev {
	struct file		*file;
	struct inode		*inode;
	struct tgt_device	*dev;
	struct list_head	node;
	unsigned int		mem_mask;
	unsigned int		len_mask;
	struct file_dev		*pi;
};

/* Where in the side file the tuple is of the block at @offset. */
static inline u64 file_tuple(const struct tgt_device *dev, u64 offset)
{
	return (offset >> dev->block_shift) * sizeof(struct tgt_tuple);
}

/* file.c */
long tgt_file_rw_sync(struct file *file, bool write, int flags, struct page *page,
		      unsigned int len, loff_t pos);

/* file_pi.c */
int tgt_file_move_pi(struct tgt_cmd *cmd, struct file_dev *pi);

/* file_open.c: operations of struct tgt_backend_ops */
int tgt_file_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack);
void tgt_file_destroy(struct tgt_device *dev);
int tgt_file_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack);

#endif
