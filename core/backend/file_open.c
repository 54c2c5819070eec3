// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "file": opening or making a file, and finding out what it can do.
 *
 * Files are closed with __fput_sync(), as all this runs in threads of the kernel's. Theirs
 * fput() leaves to a worker; waiting for that would be waiting for every file there, also of
 * a file system that is stuck.
 */
#include <linux/blkdev.h>
#include <linux/error-injection.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <tgtcore/kcompat.h>
#include "file.h"

/* All files in use, so that no two devices write to one. */
static LIST_HEAD(file_devs);
static DEFINE_MUTEX(file_devs_mutex);

#define FILE_NO_DIRECT \
	"%s: its file system does not do O_DIRECT; buffered=yes uses the page cache"

static int file_open_failed(const char *path, struct tgt_device *dev, bool direct, int err,
			    struct netlink_ext_ack *extack)
{
	switch (err) {
	case -ENOENT:
		return tgt_err(extack, err, "%s: no such file%s", path,
			       dev->readonly ? "; readonly=yes needs one that is there" :
					       "; size= would make it, path= can name another");
	case -EINVAL:
		if (direct)
			return tgt_err(extack, err, FILE_NO_DIRECT, path);
		break;
	case -EROFS:
	case -EACCES:
	case -EPERM:
		if (!dev->readonly)
			return tgt_err(extack, err,
				       "%s cannot be written; readonly=yes serves it so", path);
		break;
	}
	return tgt_err(extack, err, "%s: cannot open the file: %s (%d)", path,
		       tgt_strerror(err), err);
}

/* Before it is opened, because opening a FIFO or a tape has effects. */
static int file_check_type(const char *path, umode_t mode, struct netlink_ext_ack *extack)
{
	if (S_ISREG(mode))
		return 0;
	if (S_ISBLK(mode))
		return tgt_err(extack, -EINVAL, "%s is a block device; backend=blk serves those",
			       path);
	return tgt_err(extack, S_ISDIR(mode) ? -EISDIR : -EINVAL,
		       "%s is %s; backend=file needs a regular file", path,
		       S_ISDIR(mode) ? "a directory" : "not a file with data");
}

static int file_unlink(struct file *file)
{
	struct vfsmount *mnt = file->f_path.mnt;
	struct dentry *dentry, *parent;
	int err;

	err = mnt_want_write(mnt);
	if (err)
		return err;
	/* with the file's reference alone the dentry would lose its inode */
	dentry = dget(file_dentry(file));
	parent = dget_parent(dentry);
	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	if (dentry->d_parent == parent && !d_unhashed(dentry))
		err = tgt_vfs_unlink(mnt, d_inode(parent), dentry);
	inode_unlock(d_inode(parent));
	dput(parent);
	dput(dentry);
	mnt_drop_write(mnt);
	return err;
}

static noinline int file_grow(struct file *file, u64 size)
{
	int err;

	err = vfs_truncate(&file->f_path, size);
	if (!err)
		err = vfs_fsync(file, 0);
	return err;
}

ALLOW_ERROR_INJECTION(file_grow, ERRNO);

/*
 * Makes a sparse file. Not with O_DIRECT: a file system that refuses that leaves the new
 * file behind. The file returned is what takes the file away again if the rest of
 * ->create fails. Once ->create has succeeded the file stays whatever happens, deletion
 * of the device included: it holds data, and a later create finds it with the right size.
 */
static struct file *file_make(const char *path, u64 size, struct netlink_ext_ack *extack)
{
	struct file *file;
	int err;

	file = filp_open(path, O_RDWR | O_CREAT | O_EXCL | O_LARGEFILE, 0600);
	if (IS_ERR(file)) {
		tgt_err(extack, PTR_ERR(file), "%s: cannot make the file: %s (%ld)", path,
			tgt_strerror(PTR_ERR(file)), PTR_ERR(file));
		return file;
	}
	err = file_grow(file, size);
	if (err) {
		tgt_err(extack, err, "%s: cannot make it %llu bytes long: %s (%d)", path, size,
			tgt_strerror(err), err);
		file_unlink(file);
		__fput_sync(file);
		return ERR_PTR(err);
	}
	return file;
}

/*
 * tmpfs opens with O_DIRECT from 6.6 on, and uses the page cache; ext4 may do so for one
 * file (encrypted, data=journal) and says it by an alignment of 0.
 */
static int file_check_direct(struct file_dev *fd, const char *path, struct netlink_ext_ack *extack)
{
	struct super_block *sb = fd->inode->i_sb;
	struct file *file = fd->file;
	unsigned int block = 1U << fd->dev->block_shift;
	struct kstat stat;
	struct page *page;
	long ret;

	fd->mem_mask = (sb->s_bdev ? bdev_logical_block_size(sb->s_bdev) : SECTOR_SIZE) - 1;
	fd->len_mask = fd->mem_mask;
	ret = vfs_getattr(&file->f_path, &stat, STATX_DIOALIGN, AT_STATX_SYNC_AS_STAT);
	if (!ret && stat.result_mask & STATX_DIOALIGN) {
		if (!stat.dio_mem_align || !stat.dio_offset_align)
			return tgt_err(extack, -EINVAL, FILE_NO_DIRECT, path);
		fd->mem_mask = stat.dio_mem_align - 1;
		fd->len_mask = stat.dio_offset_align - 1;
	}
	if (sb->s_magic == TMPFS_MAGIC)
		return tgt_err(extack, -EINVAL, FILE_NO_DIRECT, path);
	if (fd->len_mask & block)
		return tgt_err(extack, -EINVAL,
			       "%s: O_DIRECT moves blocks of %u bytes there; block-size=%u is less",
			       path, fd->len_mask + 1, block);

	/* The proof: one block, which is there or is a hole. */
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return tgt_err(extack, -ENOMEM, "no memory for %s", path);
	ret = tgt_file_rw_sync(file, false, 0, page, block, 0);
	__free_page(page);
	if (ret == -EINVAL || ret == -EOPNOTSUPP)
		return tgt_err(extack, -EINVAL, FILE_NO_DIRECT, path);
	if (ret < 0)
		return tgt_err(extack, ret, "%s: cannot read its first block: error %ld", path,
			       ret);
	return 0;
}

static noinline int file_check(struct file_dev *fd, const char *path,
			       struct netlink_ext_ack *extack)
{
	struct file *file = fd->file;
	int err;

	err = file_check_type(path, file_inode(file)->i_mode, extack);
	if (err)
		return err;
	if (IS_SWAPFILE(fd->inode))
		return tgt_err(extack, -ETXTBSY, "%s is in use as swap", path);
	if (!file->f_op->read_iter || !file->f_op->write_iter)
		return tgt_err(extack, -EOPNOTSUPP, "%s: its file system does no I/O for others",
			       path);
	if (fd->inode->i_sb->s_bdev)
		return tgt_own_disk_check(fd->inode->i_sb->s_bdev->bd_dev, path, extack);
	return 0;
}

ALLOW_ERROR_INJECTION(file_check, ERRNO);

static int file_set_size(struct file_dev *fd, const char *path, u64 size,
			 struct netlink_ext_ack *extack)
{
	struct tgt_device *dev = fd->dev;
	u64 whole = i_size_read(file_inode(fd->file));

	if (!size)
		size = round_down(whole, 1ULL << dev->block_shift);
	if (!size)
		return tgt_err(extack, -EINVAL, "%s holds %llu bytes, less than one block of %u",
			       path, whole, 1U << dev->block_shift);
	if (size > whole)
		return tgt_err(extack, -EINVAL, "%s holds %llu bytes, less than the %llu of size=",
			       path, whole, size);
	dev->nblocks = size >> dev->block_shift;
	return 0;
}

/* Two devices may read one file; none may write what another one uses. */
static noinline int file_claim(struct file_dev *fd, const char *path,
			       struct netlink_ext_ack *extack)
{
	struct file_dev *other;
	int err = 0;

	mutex_lock(&file_devs_mutex);
	list_for_each_entry(other, &file_devs, node) {
		if (other->inode != fd->inode || (other->dev->readonly && fd->dev->readonly))
			continue;
		err = tgt_err(extack, -EBUSY, "%s is in use by device %s", path,
			      other->dev->name);
		break;
	}
	if (!err)
		list_add_tail(&fd->node, &file_devs);
	mutex_unlock(&file_devs_mutex);
	return err;
}

ALLOW_ERROR_INJECTION(file_claim, ERRNO);

/* ---- the side file ----------------------------------------------------------------------- */

static void file_pi_close(struct file_dev *fd)
{
	struct file_dev *pi = fd->pi;

	if (!pi)
		return;
	mutex_lock(&file_devs_mutex);
	list_del(&pi->node);
	mutex_unlock(&file_devs_mutex);
	__fput_sync(pi->file);
	kfree(pi);
	fd->pi = NULL;
}

/* Long enough for all blocks; what is new says that nothing was written. */
static int file_pi_fit(struct file_dev *pi, const char *path, u64 size,
		       struct netlink_ext_ack *extack)
{
	u64 whole = i_size_read(file_inode(pi->file));
	int err;

	if (whole >= size)
		return 0;
	if (pi->dev->readonly)
		return tgt_err(extack, -EROFS,
			       "%s holds %llu bytes, less than the %llu of protection information, and is read-only",
			       path, whole, size);
	err = file_grow(pi->file, size);
	if (err)
		return tgt_err(extack, err, "%s: cannot make it %llu bytes long: %s (%d)", path,
			       size, tgt_strerror(err), err);
	return 0;
}

static int file_pi_open_file(struct file_dev *pi, const char *path, u64 size,
			     struct netlink_ext_ack *extack)
{
	int err, flags = O_LARGEFILE | (pi->dev->readonly ? O_RDONLY : O_RDWR);

	if (tgt_options_bool(&pi->dev->options, "sync", false))
		flags |= O_DSYNC;
	pi->file = filp_open(path, flags, 0);
	if (IS_ERR(pi->file))
		return file_open_failed(path, pi->dev, false, PTR_ERR(pi->file), extack);
	pi->inode = d_real_inode(file_dentry(pi->file));
	err = file_check(pi, path, extack);
	if (!err)
		err = file_pi_fit(pi, path, size, extack);
	if (!err)
		err = file_claim(pi, path, extack);
	if (err)
		__fput_sync(pi->file);
	return err;
}

/* Opens the side file at @path, made first if it is not there. */
static int file_pi_find(struct file_dev *pi, const char *path, struct netlink_ext_ack *extack)
{
	u64 size = pi->dev->nblocks * sizeof(struct tgt_tuple);
	struct file *made = NULL;
	struct path at;
	int err;

	err = kern_path(path, LOOKUP_FOLLOW, &at);
	if (!err) {
		err = file_check_type(path, d_inode(at.dentry)->i_mode, extack);
		path_put(&at);
	} else if (err == -ENOENT && !pi->dev->readonly) {
		made = file_make(path, size, extack);
		err = PTR_ERR_OR_ZERO(made);
	} else {
		file_open_failed(path, pi->dev, false, err, extack);
	}
	if (err)
		return err;
	err = file_pi_open_file(pi, path, size, extack);
	if (made) {
		if (err)
			file_unlink(made);
		__fput_sync(made);
	}
	return err;
}

static int file_pi_open(struct file_dev *fd, struct netlink_ext_ack *extack)
{
	const char *path = tgt_options_str(&fd->dev->options, "pi-file");
	struct file_dev *pi;
	int err;

	if (!fd->dev->prot_type)
		return path ? tgt_err(extack, -EINVAL,
				      "pi-file= needs pi=, which says of which type") :
			      0;
	if (!path)
		return tgt_err(extack, -EINVAL,
			       "pi=%u needs a file to keep protection information in, e.g. pi-file=%s.pi",
			       fd->dev->prot_type, tgt_options_str(&fd->dev->options, "path"));
	pi = kzalloc(sizeof(*pi), GFP_KERNEL);
	if (!pi)
		return tgt_err(extack, -ENOMEM, "no memory for %s", path);
	pi->dev = fd->dev;
	err = file_pi_find(pi, path, extack);
	if (err)
		kfree(pi);
	else
		fd->pi = pi;
	return err;
}

/* ---- the file ------------------------------------------------------------------------------ */

static noinline int file_open(struct file_dev *fd, const char *path, u64 size,
			      struct netlink_ext_ack *extack)
{
	const struct tgt_options *opts = &fd->dev->options;
	bool direct = !tgt_options_bool(opts, "buffered", false);
	bool sync = tgt_options_bool(opts, "sync", false);
	int err, flags = O_LARGEFILE;

	flags |= fd->dev->readonly ? O_RDONLY : O_RDWR;
	if (direct)
		flags |= O_DIRECT;
	if (sync)
		flags |= O_DSYNC;
	fd->file = filp_open(path, flags, 0);
	if (IS_ERR(fd->file))
		return file_open_failed(path, fd->dev, direct, PTR_ERR(fd->file), extack);
	fd->inode = d_real_inode(file_dentry(fd->file));
	fd->dev->wce = !sync;

	err = file_check(fd, path, extack);
	if (!err)
		err = file_set_size(fd, path, size, extack);
	if (!err && direct)
		err = file_check_direct(fd, path, extack);
	if (!err)
		err = file_pi_open(fd, extack);
	if (!err)
		err = file_claim(fd, path, extack);
	if (err) {
		file_pi_close(fd);
		__fput_sync(fd->file);
	}
	return err;
}

ALLOW_ERROR_INJECTION(file_open, ERRNO);

/* Opens the file at @path, made first if it is not there and @size says how long. */
static int file_find(struct file_dev *fd, const char *path, u64 size,
		     struct netlink_ext_ack *extack)
{
	struct file *made = NULL;
	struct path at;
	int err;

	err = kern_path(path, LOOKUP_FOLLOW, &at);
	if (err == -ENOENT && size && !fd->dev->readonly) {
		made = file_make(path, size, extack);
		if (IS_ERR(made))
			return PTR_ERR(made);
	} else if (err) {
		return file_open_failed(path, fd->dev, false, err, extack);
	}
	if (!made) {
		err = file_check_type(path, d_inode(at.dentry)->i_mode, extack);
		path_put(&at);
		if (err)
			return err;
	}
	err = file_open(fd, path, size, extack);
	if (made) {
		if (err)
			file_unlink(made);
		__fput_sync(made);
	}
	return err;
}

/* Whether the file system punches holes: one behind the end of the file, where nothing is. */
static bool file_punches(struct file_dev *fd)
{
	u64 end = round_up(i_size_read(file_inode(fd->file)), PAGE_SIZE);

	return !fd->dev->readonly &&
	       !vfs_fallocate(fd->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, end, PAGE_SIZE);
}

int tgt_file_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	const char *path = tgt_options_str(&dev->options, "path");
	struct file_dev *fd;
	int err;

	fd = kzalloc(sizeof(*fd), GFP_KERNEL);
	if (!fd)
		return tgt_err(extack, -ENOMEM, "no memory for %s", path);
	fd->dev = dev;
	/*
	 * Not WQ_MEM_RECLAIM: file systems flush queues of theirs that are not, from where
	 * our worker may be. A queue for each device, so that a stuck file system keeps no worker
	 * from devices that have nothing to do with it.
	 */
	dev->wq = alloc_workqueue("tgtcore_file%u", WQ_HIGHPRI, WQ_MAX_ACTIVE, dev->id);
	if (!dev->wq) {
		err = tgt_err(extack, -ENOMEM, "no memory for %s", path);
		goto out_free;
	}
	err = file_find(fd, path, size, extack);
	if (err)
		goto out_wq;
	dev->lbp = file_punches(fd) && (!fd->pi || file_punches(fd->pi));
	dev->lbprz = dev->lbp;
	dev->thin = dev->lbp;
	dev->unmap_gran = dev->lbp ? i_blocksize(fd->inode) : 0;
	dev->be_priv = fd;
	return 0;

out_wq:
	destroy_workqueue(dev->wq);
out_free:
	kfree(fd);
	return err;
}

void tgt_file_destroy(struct tgt_device *dev)
{
	struct file_dev *fd = dev->be_priv;

	file_pi_close(fd);
	mutex_lock(&file_devs_mutex);
	list_del(&fd->node);
	mutex_unlock(&file_devs_mutex);
	destroy_workqueue(dev->wq);
	/* fput() is put off; whoever deletes a device wants to unmount next */
	__fput_sync(fd->file);
	kfree(fd);
}

int tgt_file_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	const char *path = tgt_options_str(&dev->options, "path");
	struct file_dev *fd = dev->be_priv;
	struct file *file = fd->file;
	u64 whole = i_size_read(file_inode(file));
	int err;

	if (fd->pi) {
		err = file_pi_fit(fd->pi, tgt_options_str(&dev->options, "pi-file"),
				  file_tuple(dev, size), extack);
		if (err)
			return err;
	}
	if (size <= whole)
		return 0;
	if (dev->readonly)
		return tgt_err(extack, -EROFS,
			       "%s holds %llu bytes, less than the %llu of size=, and is read-only",
			       path, whole, size);
	err = file_grow(file, size);
	if (err)
		return tgt_err(extack, err, "%s: cannot make it %llu bytes long: %s (%d)", path,
			       size, tgt_strerror(err), err);
	return 0;
}
