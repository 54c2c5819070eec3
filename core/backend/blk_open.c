// SPDX-License-Identifier: GPL-2.0
/* Backend "blk": opening a block device, and what it says about itself. */
#include <linux/blk-integrity.h>
#include <linux/blk-mq.h>
#include <linux/error-injection.h>
#include <linux/log2.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "blk.h"
#include "blk_atomic.h"

static int blk_open_failed(const char *path, bool readonly, int err,
			   struct netlink_ext_ack *extack)
{
	switch (err) {
	case -ENOENT:
		return tgt_err(extack, err, "%s: no such file; path= names a block device", path);
	case -ENOTBLK:
		return tgt_err(extack, err, "%s is not a block device; backend=file serves files",
			       path);
	case -EBUSY:
		return tgt_err(extack, err,
			       "%s is in use: mounted, part of a device, or served already", path);
	case -EACCES:
	case -EROFS:
		if (!readonly)
			return tgt_err(extack, err, "%s is read-only; readonly=yes serves it so",
				       path);
		fallthrough;
	default:
		return tgt_err(extack, err, "%s: cannot open the block device: %s (%d)", path,
			       tgt_strerror(err), err);
	}
}

/*
 * The block device at @path. CAP_NET_ADMIN lets its holder serve devices, not reach those
 * whose nodes are closed to it: opening from inside the kernel would not look.
 */
static noinline int blk_lookup(const char *path, bool readonly, dev_t *devt,
			       struct netlink_ext_ack *extack)
{
	struct inode *inode;
	struct path at;
	int err;

	err = kern_path(path, LOOKUP_FOLLOW, &at);
	if (!err) {
		inode = d_inode(at.dentry);
		*devt = inode->i_rdev;
		err = S_ISBLK(inode->i_mode) ?
			path_permission(&at, readonly ? MAY_READ : MAY_READ | MAY_WRITE) :
			-ENOTBLK;
		path_put(&at);
	}
	if (err == -EACCES || err == -EPERM)
		return tgt_err(extack, err, "%s: you may not open it%s", path,
			       readonly ? "" : " for writing");
	return err ? blk_open_failed(path, readonly, err, extack) : 0;
}

ALLOW_ERROR_INJECTION(blk_lookup, ERRNO);

/* Looks before it opens: opening sends commands, and one of ours may be stuck. */
static noinline int blk_open(struct blk_dev *bd, const char *path, bool readonly,
			     struct netlink_ext_ack *extack)
{
	dev_t devt;
	int err;

	err = blk_lookup(path, readonly, &devt, extack);
	if (err)
		return err;
	err = tgt_own_disk_check(devt, path, extack);
	if (err)
		return err;
	err = tgt_bdev_open(&bd->handle, path, !readonly, bd);
	if (err)
		return blk_open_failed(path, readonly, err, extack);
	bd->bdev = bd->handle.bdev;
	if (bd->bdev->bd_dev != devt) {
		tgt_bdev_close(&bd->handle);
		return tgt_err(extack, -EAGAIN, "%s became another device meanwhile", path);
	}
	return 0;
}

ALLOW_ERROR_INJECTION(blk_open, ERRNO);

static noinline int blk_check(struct blk_dev *bd, const char *path, struct tgt_device *dev,
			      u64 *size, struct netlink_ext_ack *extack)
{
	u64 whole = round_down((u64)bdev_nr_bytes(bd->bdev), 1ULL << dev->block_shift);
	unsigned int block = bdev_logical_block_size(bd->bdev);

	if (bdev_is_zoned(bd->bdev))
		return tgt_err(extack, -EOPNOTSUPP, "%s is a zoned device; those cannot be served",
			       path);
	if (1U << dev->block_shift < block)
		return tgt_err(extack, -EINVAL, "%s has blocks of %u bytes; block-size=%u is less",
			       path, block, 1U << dev->block_shift);
	if (!*size)
		*size = whole;
	if (!whole)
		return tgt_err(extack, -ENXIO, "%s holds less than one block: no medium?", path);
	if (*size > whole)
		return tgt_err(extack, -EINVAL, "%s holds %llu bytes, less than the %llu of size=",
			       path, whole, *size);
	return 0;
}

ALLOW_ERROR_INJECTION(blk_check, ERRNO);

/* The disk below keeps protection information of the same type, for the same blocks. */
static int blk_check_pi(struct blk_dev *bd, const char *path, const struct tgt_device *dev,
			struct netlink_ext_ack *extack)
{
	unsigned int type = tgt_bdev_pi_type(bd->bdev);

	if (!dev->prot_type)
		return 0;
	if (type != dev->prot_type)
		return type ? tgt_err(extack, -EINVAL,
				      "%s keeps protection information of type %u; pi=%u says so",
				      path, type, type) :
			      tgt_err(extack, -EINVAL,
				      "%s keeps no protection information with CRCs and tags of ours, or its host does not carry it; leave out pi=",
				      path);
	if (1U << dev->block_shift != bdev_logical_block_size(bd->bdev))
		return tgt_err(extack, -EINVAL,
			       "%s keeps protection information for blocks of %u bytes; block-size=%u is not that",
			       path, bdev_logical_block_size(bd->bdev), 1U << dev->block_shift);
	return 0;
}

/* Only what one request of the disk below writes; with no protection information of ours. */
static void blk_describe_atomic(struct blk_dev *bd, struct tgt_device *dev)
{
	struct tgt_bdev_atomic a = tgt_bdev_atomic(bd->bdev);

	if (dev->readonly || dev->prot_type)
		return;
	dev->atomic_max = blk_atomic_fit(a.min, min_t(u32, a.max, TGT_MAX_IO), a.border,
					 bd->bdev->bd_start_sect << SECTOR_SHIFT,
					 1U << dev->block_shift,
					 bdev_physical_block_size(bd->bdev), &dev->atomic_gran);
}

static void blk_describe(struct blk_dev *bd, struct tgt_device *dev, u64 size)
{
	struct request_queue *q = bdev_get_queue(bd->bdev);
	unsigned int physical = bdev_physical_block_size(bd->bdev) >> dev->block_shift;

	dev->nblocks = size >> dev->block_shift;
	dev->wce = bdev_write_cache(bd->bdev);
	dev->rotational = !bdev_nonrot(bd->bdev);
	dev->phys_exp = physical ? ilog2(physical) : 0;
	dev->opt_io = max(bdev_io_opt(bd->bdev), 0);
	/* what a disk says of the tuples of blocks it discarded is its own affair */
	dev->lbp = !dev->readonly && !dev->prot_type && bdev_max_discard_sectors(bd->bdev);
	dev->unmap_gran = dev->lbp ? bdev_discard_granularity(bd->bdev) : 0;
	blk_describe_atomic(bd, dev);
	bd->direct = queue_is_mq(q) && !(q->tag_set->flags & BLK_MQ_F_BLOCKING) &&
		     !bdev_get_integrity(bd->bdev);
}

int tgt_blk_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	const char *path = tgt_options_str(&dev->options, "path");
	struct blk_dev *bd;
	int err;

	bd = kzalloc(sizeof(*bd), GFP_KERNEL);
	if (!bd)
		return tgt_err(extack, -ENOMEM, "no memory for %s", path);
	/* for each device: who waits for a tag of a stuck disk keeps none from another's */
	dev->wq = alloc_workqueue("tgtcore_blk%u", WQ_MEM_RECLAIM | WQ_HIGHPRI, WQ_MAX_ACTIVE,
				  dev->id);
	if (!dev->wq) {
		err = tgt_err(extack, -ENOMEM, "no memory for %s", path);
		goto out_free;
	}
	err = bioset_init(&bd->bios, BIO_POOL_SIZE, 0, BIOSET_NEED_BVECS);
	if (err) {
		tgt_err(extack, err, "no memory for %s", path);
		goto out_wq;
	}
	err = blk_open(bd, path, dev->readonly, extack);
	if (err)
		goto out_bios;
	err = blk_check(bd, path, dev, &size, extack);
	if (!err)
		err = blk_check_pi(bd, path, dev, extack);
	if (err)
		goto out_close;
	blk_describe(bd, dev, size);
	dev->be_priv = bd;
	return 0;

out_close:
	tgt_bdev_close(&bd->handle);
out_bios:
	bioset_exit(&bd->bios);
out_wq:
	destroy_workqueue(dev->wq);
out_free:
	kfree(bd);
	return err;
}

void tgt_blk_destroy(struct tgt_device *dev)
{
	struct blk_dev *bd = dev->be_priv;

	destroy_workqueue(dev->wq);
	tgt_bdev_close(&bd->handle);
	bioset_exit(&bd->bios);
	kfree(bd);
}

int tgt_blk_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	struct blk_dev *bd = dev->be_priv;
	u64 whole = bdev_nr_bytes(bd->bdev);

	if (size > whole)
		return tgt_err(extack, -ENOSPC,
			       "%s holds %llu bytes, less than the %llu of size=; enlarge it first",
			       tgt_options_str(&dev->options, "path"), whole, size);
	return 0;
}
