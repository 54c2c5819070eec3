// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": the character device. Whoever may open it, may; one daemon at a time has it, from
 * SETUP on, and one more stands by. A daemon's death is seen in release(), or in flush() where
 * something still holds the file.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <tgtcore/kcompat.h>
#include "user.h"

#define USER_MINORS	65536

static DEFINE_IDA(user_minors);
static dev_t user_first;
static struct class user_class = { .name = "tgtcore_user" };

/* ---- open, and the end ------------------------------------------------------------------ */

static int user_open(struct inode *inode, struct file *file)
{
	struct user_dev *u = container_of(inode->i_cdev, struct user_dev, cdev);
	struct user_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return -ENOMEM;
	ctx->u = u;
	mutex_init(&ctx->register_lock);
	init_waitqueue_head(&ctx->poll);
	file->private_data = ctx;
	return nonseekable_open(inode, file);
}

/*
 * A process that exits may leave the file to others, or its memory be in somebody's hands. A thread
 * that exits is no process, though it may have files of its own.
 */
static int user_flush_file(struct file *file, fl_owner_t id)
{
	struct user_ctx *ctx = file->private_data;

	if (current->flags & PF_EXITING && !atomic_read(&current->signal->live) &&
	    READ_ONCE(ctx->owner) == current->tgid) {
		mutex_lock(&ctx->u->lock);
		user_fence(ctx, -ESHUTDOWN);
		mutex_unlock(&ctx->u->lock);
	}
	return 0;
}

static int user_release(struct inode *inode, struct file *file)
{
	struct user_ctx *ctx = file->private_data;
	struct user_dev *u = ctx->u;
	u32 i;

	mutex_lock(&u->lock);
	user_fence(ctx, -ESHUTDOWN);
	mutex_unlock(&u->lock);
	for (i = 0; i < USER_REGIONS; i++)
		if (ctx->region[i])
			user_region_free(ctx->region[i]);
	user_queues_free(ctx->queue, ctx->nr_queues);
	vfree(ctx->scsi);
	kfree(ctx);
	return 0;
}

/* ---- poll and mmap ---------------------------------------------------------------------- */

/*
 * Of all queues. Who polls is woken by what comes next even if there is something now, so that
 * edge-triggered epoll, which does not ask again, hears of it.
 */
static __poll_t user_poll(struct file *file, struct poll_table_struct *pt)
{
	struct user_ctx *ctx = file->private_data;
	u32 nr = smp_load_acquire(&ctx->nr_queues), i;	/* user_set_queues() */
	__poll_t mask = 0;

	poll_wait(file, &ctx->poll, pt);
	smp_mb();	/* being on the queue before @armed; pairs with user_wake() */
	for (i = 0; i < nr; i++) {
		user_arm(&ctx->queue[i]);
		if (user_waiting(ctx, &ctx->queue[i]))
			mask = EPOLLIN | EPOLLRDNORM;
	}
	if (READ_ONCE(ctx->news))
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLPRI;
	return READ_ONCE(ctx->end) < 0 ? mask | EPOLLERR | EPOLLHUP : mask;
}

static int user_mmap_queue(struct user_ctx *ctx, u64 offset, struct vm_area_struct *vma)
{
	bool cq = offset & TGTCORE_USER_MMAP_CQ(0);
	struct user_queue *q;

	q = user_queue_find(ctx, offset >> 32 & 0xff);
	if (!q || offset != (cq ? TGTCORE_USER_MMAP_CQ(offset >> 32 & 0xff) :
				  TGTCORE_USER_MMAP_SQ(offset >> 32 & 0xff)))
		return -EINVAL;
	if (vma->vm_end - vma->vm_start != PAGE_ALIGN(cq ? user_cq_bytes(ctx->entries) :
							   user_sq_bytes(ctx->entries)))
		return -EINVAL;
	if (!cq && vma->vm_flags & VM_WRITE)
		return -EACCES;
	tgt_vm_flags(vma, VM_DONTCOPY, cq ? 0 : VM_MAYWRITE);
	return remap_vmalloc_range(vma, cq ? (void *)q->cq : q->sq, 0);
}

static int user_mmap_scsi(struct user_ctx *ctx, struct vm_area_struct *vma)
{
	/* pairs with user_set_queues(), after which it is there */
	if (!smp_load_acquire(&ctx->nr_queues) || !ctx->scsi ||
	    vma->vm_end - vma->vm_start != PAGE_ALIGN(ctx->u->depth * sizeof(*ctx->scsi)))
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	tgt_vm_flags(vma, VM_DONTCOPY, VM_MAYWRITE);
	return remap_vmalloc_range(vma, ctx->scsi, 0);
}

/* A child has none of it, so that the file goes with the daemon. */
static int user_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct user_ctx *ctx = file->private_data;
	u32 index = offset >> 32 & 0xff;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (offset == TGTCORE_USER_MMAP_POOL(index))
		return user_map_pool(ctx, index, vma);
	if (offset == TGTCORE_USER_MMAP_SCSI)
		return user_mmap_scsi(ctx, vma);
	return user_mmap_queue(ctx, offset, vma);
}

/* TGTCORE_USER_ENTER without sleep, so that nothing is ever parked here. */
static int user_uring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct tgtcore_user_bell *bell = tgt_uring_payload(cmd);
	u32 arg = READ_ONCE(bell->enter);
	long ret;

	if (cmd->cmd_op != TGTCORE_USER_ENTER)
		return -ENOTTY;
	if (arg & TGTCORE_USER_WAIT || READ_ONCE(bell->resv32) || READ_ONCE(bell->resv))
		return -EINVAL;
	ret = user_enter(cmd->file->private_data, arg);
	return ret < 0 ? ret : 0;
}

static const struct file_operations user_fops = {
	.owner		= THIS_MODULE,
	.open		= user_open,
	.flush		= user_flush_file,
	.release	= user_release,
	.unlocked_ioctl	= user_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.poll		= user_poll,
	.mmap		= user_mmap,
	.uring_cmd	= user_uring,
};

/* ---- the node --------------------------------------------------------------------------- */

static void user_dev_release(struct device *dev)
{
	struct user_dev *u = container_of(dev, struct user_dev, dev);

	ida_free(&user_minors, MINOR(dev->devt) - MINOR(user_first));
	kvfree(u->slot);
	kfree(u);
}

/* /dev/tgtcore/NAME, for root alone. From here on put_device() frees @u, if it fails too. */
int user_file_add(struct user_dev *u, const char *name)
{
	int minor = ida_alloc_max(&user_minors, USER_MINORS - 1, GFP_KERNEL);
	int err;

	if (minor < 0)
		return minor;
	device_initialize(&u->dev);
	u->dev.class = &user_class;
	u->dev.devt = MKDEV(MAJOR(user_first), MINOR(user_first) + minor);
	u->dev.release = user_dev_release;
	cdev_init(&u->cdev, &user_fops);
	u->cdev.owner = THIS_MODULE;
	err = dev_set_name(&u->dev, "tgtcore!%s", name);
	if (!err)
		err = cdev_device_add(&u->cdev, &u->dev);
	return err;
}

/* No command is in flight. A daemon that still has the file open is told, and needs no device. */
void user_file_remove(struct user_dev *u)
{
	cdev_device_del(&u->cdev, &u->dev);
	mutex_lock(&u->lock);
	u->gone = true;
	if (u->next)
		user_fence(u->next, -ENODEV);
	if (u->file)
		user_fence(u->file, -ENODEV);
	mutex_unlock(&u->lock);
	synchronize_rcu();	/* who has just submitted the last ones */
}

int user_file_init(void)
{
	int err = alloc_chrdev_region(&user_first, 0, USER_MINORS, "tgtcore_user");

	if (err)
		return err;
	err = class_register(&user_class);
	if (err)
		unregister_chrdev_region(user_first, USER_MINORS);
	return err;
}

void user_file_exit(void)
{
	class_unregister(&user_class);
	unregister_chrdev_region(user_first, USER_MINORS);
	ida_destroy(&user_minors);
}
