// SPDX-License-Identifier: GPL-2.0
/*
 * The file that keeps a device's reservations through loss of power. docs/pr.md; what stands in it:
 * core/scsi/pr_file.c.
 *
 * It is opened with the device and closed with it, by the thread that makes or destroys the device;
 * in between it is written by whoever is between tgt_pr_enter() and tgt_pr_leave(). No lock of
 * the engine is held meanwhile. The file outlives the device.
 */
#include <linux/blkdev.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "core.h"
#include "scsi/pr.h"

/**
 * struct tgt_pr_store - of a device, from tgt_pr_open() to tgt_pr_close()
 * @file: open for reading and writing
 * @inode: which; tgt_config_mutex for who compares it
 * @seq: number of the last image
 * @slot: where that is; the next one goes to the other slot first
 * @holds: it has a state; else nothing is to outlive a loss of power
 */
struct tgt_pr_store {
	struct file	*file;
	struct inode	*inode;
	u64		seq;
	u8		slot;
	bool		holds;
};

static_assert(TGT_PR_ID_MAX == sizeof_field(struct tgt_device, serial) - 1);

/* ---- writing ------------------------------------------------------------------------------- */

static int tgt_pr_write_at(struct tgt_pr_store *st, const u8 *buf, u32 len, loff_t pos)
{
	ssize_t n;

	while (len) {
		n = kernel_write(st->file, buf, len, &pos);
		if (n <= 0)
			return n ?: -EIO;
		buf += n;
		len -= n;
	}
	return vfs_fsync(st->file, 1);
}

/*
 * Whatever of @buf reached the other slot is no image: should the state have been written but
 * not be known to be, it shall not come back later than the one that is in force.
 */
static void tgt_pr_void(struct tgt_device *dev, u8 slot)
{
	static const u8 zero[8];

	if (tgt_pr_write_at(dev->pr_store, zero, sizeof(zero), slot * TGT_PR_SLOT))
		pr_warn_ratelimited("device %s: %s: what could not be written could not be taken back\n",
				    dev->name, dev->pr_file);
}

/* To one slot, and when it is on the medium to the other one. */
static int tgt_pr_write(struct tgt_device *dev, const u8 *buf, u32 len)
{
	struct tgt_pr_store *st = dev->pr_store;
	u8 slot = !st->slot;
	int err;

	err = tgt_pr_write_at(st, buf, len, slot * TGT_PR_SLOT);
	if (err) {
		pr_warn_ratelimited("device %s: %s: cannot write reservations: %s (%d)\n",
				    dev->name, dev->pr_file, tgt_strerror(err), err);
		tgt_pr_void(dev, slot);
		return err;
	}
	st->slot = slot;
	err = tgt_pr_write_at(st, buf, len, !slot * TGT_PR_SLOT);
	if (err)	/* what counts is kept; the next one goes here first */
		pr_warn_ratelimited("device %s: %s: cannot write the second copy of reservations: %s (%d)\n",
				    dev->name, dev->pr_file, tgt_strerror(err), err);
	return 0;
}

static int tgt_pr_save(struct tgt_device *dev, const struct tgt_pr *pr)
{
	u32 len = tgt_pr_image_len(pr);
	struct tgt_resp r;
	u8 *buf;
	int err;

	buf = kvmalloc(len, GFP_NOIO | __GFP_NOWARN);
	if (!buf)
		return -ENOMEM;
	tgt_resp_init(&r, buf, len);
	tgt_pr_export(pr, dev->serial, ++dev->pr_store->seq, &r);
	err = tgt_pr_write(dev, buf, len);
	kvfree(buf);
	return err;
}

/*
 * The file is to say @pr, or nothing if that is not for it. Returns an errno: it says what it
 * did. Between tgt_pr_enter() and tgt_pr_leave().
 */
int tgt_pr_keep(struct tgt_device *dev, const struct tgt_pr *pr)
{
	struct tgt_pr_store *st = dev->pr_store;
	int err;

	if (!st || (!pr->aptpl && !st->holds))
		return 0;
	err = tgt_pr_save(dev, pr->aptpl ? pr : NULL);
	if (!err)
		st->holds = pr->aptpl;
	return err;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* A name that is in no directory after a loss of power keeps nothing. */
static int tgt_pr_sync_dir(struct file *file)
{
	struct path dir = { .mnt = file->f_path.mnt, .dentry = dget_parent(file->f_path.dentry) };
	struct file *f = dentry_open(&dir, O_RDONLY | O_DIRECTORY, current_cred());
	int err;

	dput(dir.dentry);
	if (IS_ERR(f))
		return PTR_ERR(f);
	err = vfs_fsync(f, 0);
	__fput_sync(f);
	return err == -EINVAL ? 0 : err;
}

/* Opening a FIFO or a tape has effects: what is there is looked at first. */
static struct file *tgt_pr_open_file(const char *path)
{
	struct path at;
	umode_t mode;
	int err;

	err = kern_path(path, LOOKUP_FOLLOW, &at);
	if (err == -ENOENT)
		return filp_open(path, O_RDWR | O_CREAT | O_EXCL | O_LARGEFILE, 0600);
	if (err)
		return ERR_PTR(err);
	mode = d_inode(at.dentry)->i_mode;
	path_put(&at);
	if (!S_ISREG(mode))
		return ERR_PTR(-EISDIR);
	return filp_open(path, O_RDWR | O_LARGEFILE, 0);
}

/* It is no other device's. */
static int tgt_pr_claim(struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	struct tgt_device *other;
	unsigned long i;
	int err = 0;

	tgt_config_lock();
	xa_for_each(&tgt_devices, i, other) {
		if (other == dev || !other->pr_store ||
		    other->pr_store->inode != file_inode(dev->pr_store->file))
			continue;
		err = tgt_err(extack, -EBUSY, "pr-file=%s is in use by device %s", dev->pr_file,
			      other->name);
		break;
	}
	if (!err)
		dev->pr_store->inode = file_inode(dev->pr_store->file);
	tgt_config_unlock();
	return err;
}

static int tgt_pr_check_file(struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	struct inode *inode = file_inode(dev->pr_store->file);
	struct block_device *bdev = inode->i_sb->s_bdev;

	if (i_size_read(inode) > 2 * TGT_PR_SLOT)
		return tgt_err(extack, -EINVAL,
			       "pr-file=%s has %llu bytes: it is no file of reservations",
			       dev->pr_file, i_size_read(inode));
	return bdev ? tgt_own_disk_check(bdev->bd_dev, dev->pr_file, extack) : 0;
}

/* The state after a loss of power: PRGENERATION is 0 then. */
static struct tgt_pr *tgt_pr_lost(struct tgt_device *dev, const char *why)
{
	struct tgt_pr *pr = tgt_pr_copy(NULL, 0);

	if (!pr)
		return NULL;
	pr_warn("device %s: persistent reservations are lost: %s: %s\n", dev->name, dev->pr_file,
		why);
	pr->lost = true;
	/* what takes their place is written, be it nothing */
	dev->pr_store->holds = true;
	return pr;
}

/* What the file says; both slots are to say it. */
static int tgt_pr_take_up(struct tgt_device *dev, const u8 *buf, u32 len)
{
	struct tgt_pr_store *st = dev->pr_store;
	struct tgt_pr_place at;
	struct tgt_pr *pr;
	const char *why;
	int err = 0;

	pr = tgt_pr_pick(buf, len, dev->serial, &at, &why);
	if (pr) {
		st->seq = at.seq;
		st->slot = at.slot;
		st->holds = pr->aptpl;
		pr->generation = 0;
		if (!at.twins)
			err = tgt_pr_save(dev, pr);
	} else if (why != tgt_pr_no_memory) {
		pr = tgt_pr_lost(dev, why);
	}
	if (!pr)
		return -ENOMEM;
	if (err || !(pr->aptpl || pr->lost))
		tgt_pr_free(pr);
	else
		rcu_assign_pointer(dev->pr, pr);
	return err;
}

static int tgt_pr_read(struct tgt_device *dev, u32 size)
{
	u8 *buf = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	loff_t pos = 0;
	ssize_t n = 0;
	int err;

	if (!buf)
		return -ENOMEM;
	while (pos < size) {
		n = kernel_read(dev->pr_store->file, buf + pos, size - pos, &pos);
		if (n <= 0)
			break;
	}
	err = n < 0 ? n : tgt_pr_take_up(dev, buf, pos);
	kvfree(buf);
	return err;
}

/* A file that is empty is new: it says that there is nothing. */
static int tgt_pr_load(struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	struct tgt_pr_store *st = dev->pr_store;
	u32 size = i_size_read(file_inode(st->file));
	int err;

	if (size) {
		err = tgt_pr_read(dev, size);
	} else {
		st->slot = 1;
		err = tgt_pr_save(dev, NULL);
		err = err ?: tgt_pr_sync_dir(st->file);
	}
	if (!err)
		return 0;
	return tgt_err(extack, err, "pr-file=%s: cannot %s reservations: %s (%d)", dev->pr_file,
		       size ? "take up" : "keep", tgt_strerror(err), err);
}

/**
 * tgt_pr_open() - open the file of a device's reservations, and take up what it says
 * @dev: device that is being made
 * @extack: gets the reason of an error
 *
 * What is damaged or of another device does not keep a device from being made: its reservations
 * are lost (SPC-5 5.14.5.3), and that is for initiators to mend.
 * Return: 0 or an errno. Context: process, may sleep for long; tgt_config_mutex not held.
 */
int tgt_pr_open(struct tgt_device *dev, struct netlink_ext_ack *extack)
{
	struct tgt_pr_store *st;
	int err;

	if (!dev->pr_file)
		return 0;
	st = kzalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return tgt_err(extack, -ENOMEM, "no memory for pr-file=%s", dev->pr_file);
	st->file = tgt_pr_open_file(dev->pr_file);
	if (IS_ERR(st->file)) {
		err = PTR_ERR(st->file);
		kfree(st);
		return tgt_err(extack, err, "pr-file=%s: cannot open the file: %s (%d)",
			       dev->pr_file, err == -EISDIR ? "it is not a regular file" :
			       tgt_strerror(err), err);
	}
	dev->pr_store = st;
	err = tgt_pr_check_file(dev, extack);
	err = err ?: tgt_pr_claim(dev, extack);
	err = err ?: tgt_pr_load(dev, extack);
	if (err)
		tgt_pr_close(dev);
	return err;
}

/* No nexus is left. The file is closed here and now: see core/backend/file_open.c. */
void tgt_pr_close(struct tgt_device *dev)
{
	struct tgt_pr_store *st = dev->pr_store;

	if (!st)
		return;
	__fput_sync(st->file);
	tgt_config_lock();
	dev->pr_store = NULL;
	tgt_config_unlock();
	kfree(st);
}
