// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a block device is one of the engine's own disks, or stands on one.
 *
 * Serving it would close a loop: a command would wait for a command that waits for it,
 * or recurse until the stack is gone.
 *
 * What a block device stands on is known to its driver alone; what every driver shows
 * alike is sysfs: slaves/ (dm, md, bcache), loop/backing_file, and the parents of a disk.
 * A mount of sysfs of our own makes the answer independent of where, and whether, the
 * caller has it mounted. Where something cannot be found out the answer is an error: a
 * refusal can be worked around, a machine that hangs cannot.
 */
#include <linux/dcache.h>
#include <linux/error-injection.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "core.h"

#define OWN_DISK_REFUSED \
	"%s is, or sits on, %pd, a disk of this engine: it would wait for itself"
#define OWN_DISK_MAX	128	/* block devices below one */

/**
 * struct own_disk_walk - block devices still to be looked at, and those that were
 * @mnt: our mount of sysfs
 * @what: path as the user gave it
 * @extack: for the refusal
 * @buf: for a path in sysfs
 * @nr: devices in @node
 * @node: their directories in sysfs, each once
 */
struct own_disk_walk {
	struct vfsmount		*mnt;
	const char		*what;
	struct netlink_ext_ack	*extack;
	char			buf[PATH_MAX];
	unsigned int		nr;
	struct file		*node[OWN_DISK_MAX];
};

/*
 * Opens @name below @dir; symbolic links are followed. From the root of sysfs, because
 * its links climb and a lookup never leaves the directory where it starts.
 */
static noinline struct file *own_disk_open(struct own_disk_walk *w, struct dentry *dir,
					   const char *name, int flags)
{
	char *at = dentry_path_raw(dir, w->buf, sizeof(w->buf));
	size_t len;

	if (IS_ERR(at))
		return ERR_CAST(at);
	len = strlen(at);
	memmove(w->buf, at, len);
	if (snprintf(w->buf + len, sizeof(w->buf) - len, "/%s", name) >= sizeof(w->buf) - len)
		return ERR_PTR(-ENAMETOOLONG);
	return file_open_root_mnt(w->mnt, w->buf, flags, 0);
}

ALLOW_ERROR_INJECTION(own_disk_open, ERRNO);

static int own_disk_error(struct own_disk_walk *w, struct dentry *node, int err)
{
	return tgt_err(w->extack, err, "%s: cannot tell what %pd stands on: error %d", w->what,
		       node, err);
}

/* Adds a block device once. Takes over the reference. */
static int own_disk_add(struct own_disk_walk *w, struct file *node)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		if (w->node[i]->f_path.dentry == node->f_path.dentry) {
			fput(node);
			return 0;
		}
	}
	if (w->nr == OWN_DISK_MAX) {
		fput(node);
		return tgt_err(w->extack, -ELOOP, "%s stands on more than %u block devices",
			       w->what, OWN_DISK_MAX);
	}
	w->node[w->nr++] = node;
	return 0;
}

static int own_disk_add_devt(struct own_disk_walk *w, dev_t devt)
{
	struct file *node;
	char name[40];

	snprintf(name, sizeof(name), "dev/block/%u:%u", MAJOR(devt), MINOR(devt));
	node = own_disk_open(w, w->mnt->mnt_root, name, O_PATH);
	if (IS_ERR(node))
		return tgt_err(w->extack, PTR_ERR(node), "%s: there is no block device %u:%u",
			       w->what, MAJOR(devt), MINOR(devt));
	return own_disk_add(w, node);
}

/* 1 if the device whose directory this is hangs from the engine's bus, 0 if not. */
static int own_disk_on_our_bus(struct own_disk_walk *w, struct dentry *dir)
{
	struct file *bus = own_disk_open(w, dir, "subsystem", O_PATH);
	struct dentry *name;
	int ours;

	if (IS_ERR(bus))	/* not every directory is a device with a subsystem */
		return PTR_ERR(bus) == -ENOENT ? 0 :
			tgt_err(w->extack, PTR_ERR(bus), "%s: cannot look at what it stands on",
				w->what);
	name = bus->f_path.dentry;
	spin_lock(&name->d_lock);
	ours = !strcmp(name->d_name.name, tgt_bus_type.name);
	spin_unlock(&name->d_lock);
	fput(bus);
	return ours;
}

static int own_disk_check_parents(struct own_disk_walk *w, struct dentry *node)
{
	struct dentry *dir = dget(node), *parent;
	int err = 0;

	while (!err && !IS_ROOT(dir)) {
		err = own_disk_on_our_bus(w, dir);
		if (err > 0)
			err = tgt_err(w->extack, -ELOOP, OWN_DISK_REFUSED, w->what, node);
		parent = dget_parent(dir);
		dput(dir);
		dir = parent;
	}
	dput(dir);
	return err;
}

/* Names in a directory; more than fit are an error, not forgotten. */
struct own_disk_names {
	struct dir_context	ctx;
	unsigned int		nr;
	bool			full;
	char			name[OWN_DISK_MAX][DISK_NAME_LEN];
};

static bool own_disk_name(struct dir_context *ctx, const char *name, int len, loff_t pos,
			  u64 ino, unsigned int type)
{
	struct own_disk_names *names = container_of(ctx, struct own_disk_names, ctx);

	if (name[0] == '.')
		return true;
	if (names->nr == ARRAY_SIZE(names->name) || len >= DISK_NAME_LEN) {
		names->full = true;
		return false;
	}
	memcpy(names->name[names->nr], name, len);
	names->name[names->nr++][len] = '\0';
	return true;
}

static noinline int own_disk_list(struct file *dir, struct own_disk_names *names)
{
	int err;

	names->ctx.actor = own_disk_name;
	err = iterate_dir(dir, &names->ctx);
	return err ?: names->full ? -E2BIG : 0;
}

ALLOW_ERROR_INJECTION(own_disk_list, ERRNO);

static int own_disk_add_name(struct own_disk_walk *w, struct dentry *dir, const char *name)
{
	struct file *node = own_disk_open(w, dir, name, O_PATH);

	if (IS_ERR(node))
		return own_disk_error(w, dir->d_parent, PTR_ERR(node));
	return own_disk_add(w, node);
}

/* Adds what a device mapper, RAID or cache device is made of. */
static int own_disk_add_slaves(struct own_disk_walk *w, struct dentry *disk)
{
	struct own_disk_names *names;
	struct file *dir;
	unsigned int i;
	int err;

	dir = own_disk_open(w, disk, "slaves", O_RDONLY | O_DIRECTORY);
	if (IS_ERR(dir))
		return PTR_ERR(dir) == -ENOENT ? 0 : own_disk_error(w, disk, PTR_ERR(dir));
	names = kzalloc(sizeof(*names), GFP_KERNEL);
	err = names ? own_disk_list(dir, names) : -ENOMEM;
	if (err)
		own_disk_error(w, disk, err);
	for (i = 0; !err && i < names->nr; i++)
		err = own_disk_add_name(w, dir->f_path.dentry, names->name[i]);
	kfree(names);
	fput(dir);
	return err;
}

/* The text of a sysfs attribute without its newline; empty if there is no such attribute. */
static noinline int own_disk_read(struct own_disk_walk *w, struct dentry *dir, const char *name,
				  char *buf, size_t size)
{
	struct file *file = own_disk_open(w, dir, name, O_RDONLY);
	loff_t pos = 0;
	ssize_t len;

	buf[0] = '\0';
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	len = kernel_read(file, buf, size - 1, &pos);
	fput(file);
	if (len < 0)
		return len;
	buf[len] = '\0';
	strim(buf);
	return 0;
}

ALLOW_ERROR_INJECTION(own_disk_read, ERRNO);

/* Adds the block device that is, or is under the file system of, @path. */
static int own_disk_add_file(struct own_disk_walk *w, struct dentry *disk, const char *name)
{
	struct block_device *under;
	struct path path;
	int err;

	err = kern_path(name, LOOKUP_FOLLOW, &path);
	if (err)
		return tgt_err(w->extack, err,
			       "%s: cannot tell what %pd stands on: its file %s is not found",
			       w->what, disk, name);
	under = d_real_inode(path.dentry)->i_sb->s_bdev;
	if (S_ISBLK(d_inode(path.dentry)->i_mode))
		err = own_disk_add_devt(w, d_inode(path.dentry)->i_rdev);
	else if (under)
		err = own_disk_add_devt(w, under->bd_dev);
	path_put(&path);
	return err;
}

/* Adds what a loop device stands on. */
static int own_disk_add_backing(struct own_disk_walk *w, struct dentry *disk)
{
	char *name = kmalloc(PATH_MAX, GFP_KERNEL);
	int err;

	err = name ? own_disk_read(w, disk, "loop/backing_file", name, PATH_MAX) : -ENOMEM;
	if (err)
		own_disk_error(w, disk, err);
	else if (name[0])
		err = own_disk_add_file(w, disk, name);
	kfree(name);
	return err;
}

/* Slaves and backing file of a partition are those of its disk, the directory above. */
static int own_disk_check_node(struct own_disk_walk *w, struct dentry *node)
{
	struct dentry *disk;
	struct file *attr;
	int err;

	err = own_disk_check_parents(w, node);
	if (err)
		return err;
	attr = own_disk_open(w, node, "partition", O_PATH);
	disk = IS_ERR(attr) ? dget(node) : dget_parent(node);
	if (!IS_ERR(attr))
		fput(attr);
	err = own_disk_add_slaves(w, disk);
	if (!err)
		err = own_disk_add_backing(w, disk);
	dput(disk);
	return err;
}

static noinline struct vfsmount *own_disk_mount(void)
{
	struct file_system_type *type = get_fs_type("sysfs");
	struct vfsmount *mnt;

	if (!type)
		return ERR_PTR(-ENODEV);
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, type->name, NULL);
	module_put(type->owner);
	return mnt;
}

ALLOW_ERROR_INJECTION(own_disk_mount, ERRNO);

/**
 * tgt_own_disk_check() - refuse a backing device that is one of our own disks
 * @devt: block device a backend is about to use
 * @path: what the user calls it, for the message
 * @extack: set where the answer is not 0
 *
 * A backend that uses a file passes the block device of its file system.
 *
 * Return: 0 if @devt neither is nor stands on a disk of this engine, -ELOOP if it does,
 * another errno if that cannot be told. Context: process, may sleep; the paths of loop
 * devices' files are looked up as the caller.
 */
int tgt_own_disk_check(dev_t devt, const char *path, struct netlink_ext_ack *extack)
{
	struct own_disk_walk *w;
	unsigned int i;
	int err;

	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return tgt_err(extack, -ENOMEM, "no memory for %s", path);
	w->what = path;
	w->extack = extack;
	w->mnt = own_disk_mount();
	if (IS_ERR(w->mnt)) {
		err = tgt_err(extack, PTR_ERR(w->mnt),
			      "%s: cannot tell what it stands on: sysfs: error %ld", path,
			      PTR_ERR(w->mnt));
		goto out_free;
	}
	err = own_disk_add_devt(w, devt);
	for (i = 0; !err && i < w->nr; i++)
		err = own_disk_check_node(w, w->node[i]->f_path.dentry);
	for (i = 0; i < w->nr; i++)
		fput(w->node[i]);
	mntput(w->mnt);
out_free:
	kfree(w);
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_own_disk_check, TGTCORE);
ALLOW_ERROR_INJECTION(tgt_own_disk_check, ERRNO);
