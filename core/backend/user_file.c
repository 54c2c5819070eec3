// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": the character device. One daemon at a time has it open and is not fenced; its
 * death is seen in release(), or in flush() where something still holds the file.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <tgtcore/kcompat.h>
#include "user.h"

#define USER_MINORS	65536

static DEFINE_IDA(user_minors);
static dev_t user_first;
static struct class user_class = { .name = "tgtcore_user" };

/* ---- open, and the end ------------------------------------------------------------------ */

static void user_queues_free(struct user_queue *queue, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		vfree(queue[i].sq);
		vfree(queue[i].cq);
	}
	kvfree(queue);
}

static int user_open(struct inode *inode, struct file *file)
{
	struct user_dev *u = container_of(inode->i_cdev, struct user_dev, cdev);
	struct user_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!ctx)
		return -ENOMEM;
	ctx->u = u;
	mutex_init(&ctx->register_lock);
	init_waitqueue_head(&ctx->poll);
	if (mutex_lock_killable(&u->lock)) {
		kfree(ctx);
		return -EINTR;
	}
	if (u->gone)
		err = -ENODEV;
	else if (u->file)
		err = -EBUSY;
	else
		u->file = ctx;
	mutex_unlock(&u->lock);
	if (err) {
		kfree(ctx);
		return err;
	}
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
	kfree(ctx);
	return 0;
}

/* ---- ioctl ------------------------------------------------------------------------------ */

static u32 user_max_queues(void)
{
	return min_t(u32, nr_cpu_ids, USER_QUEUES);
}

static u32 user_flags(const struct user_dev *u)
{
	return (u->tgt->readonly ? TGTCORE_USER_RDONLY : 0) |
	       (u->tgt->lbp ? TGTCORE_USER_UNMAP : 0) |
	       (u->can_flush ? TGTCORE_USER_CACHE : 0) |
	       (u->no_data ? TGTCORE_USER_NO_DATA : 0);
}

static void user_info_text(char *to, size_t size, const struct user_dev *u, const char *key)
{
	const char *text = tgt_options_str(&u->tgt->options, key);

	if (text)
		strscpy(to, text, size);
}

static int user_info(struct user_ctx *ctx, struct tgtcore_user_info __user *arg)
{
	struct user_dev *u = ctx->u;
	struct tgtcore_user_info info = {
		.version = TGTCORE_USER_VERSION,
		.level = TGTCORE_USER_LEVEL_MEDIA,
		.features = USER_FEATURES,
		.depth = u->depth,
		.max_queues = user_max_queues(),
		.max_regions = USER_REGIONS,
		.policy = READ_ONCE(u->policy),
		.timeout = READ_ONCE(u->timeout) / HZ,
		.max_io = TGT_MAX_IO,
	};

	if (mutex_lock_killable(&u->lock))
		return -EINTR;
	if (!u->gone) {
		info.size = u->tgt->nblocks << u->tgt->block_shift;
		info.block_size = 1U << u->tgt->block_shift;
		info.flags = user_flags(u);
		info.held = user_held(u);
		info.generation = u->generation;
		strscpy(info.name, u->tgt->name, sizeof(info.name));
		user_info_text(info.service, sizeof(info.service), u, "service");
		user_info_text(info.config, sizeof(info.config), u, "config");
	}
	mutex_unlock(&u->lock);
	if (!info.block_size)
		return -ENODEV;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static struct user_queue *user_queues_make(u32 nr, u32 entries)
{
	struct user_queue *queue;
	u32 i;

	queue = kvcalloc(nr, sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return NULL;
	for (i = 0; i < nr; i++) {
		spin_lock_init(&queue[i].lock);
		mutex_init(&queue[i].reap);
		init_waitqueue_head(&queue[i].wait);
		queue[i].sq = vmalloc_user(user_sq_bytes(entries));
		queue[i].cq = vmalloc_user(user_cq_bytes(entries));
		if (!queue[i].sq || !queue[i].cq) {
			user_queues_free(queue, i + 1);
			return NULL;
		}
	}
	return queue;
}

/* With user_dev.lock: gives the daemon its queues. */
static int user_set_queues(struct user_ctx *ctx, struct tgtcore_user_setup *setup)
{
	struct user_queue *queue;

	lockdep_assert_held(&ctx->u->lock);
	if (ctx->dead || ctx->u->gone)
		return ctx->dead ?: -ENODEV;
	if (ctx->nr_queues)
		return -EBUSY;
	ctx->entries = user_ring_entries(ctx->u->depth);
	queue = user_queues_make(setup->queues, ctx->entries);
	if (!queue)
		return -ENOMEM;
	ctx->queue = queue;
	setup->entries = ctx->entries;
	setup->sq_bytes = PAGE_ALIGN(user_sq_bytes(ctx->entries));
	setup->cq_bytes = PAGE_ALIGN(user_cq_bytes(ctx->entries));
	smp_store_release(&ctx->nr_queues, setup->queues);	/* user_queue_find() */
	return 0;
}

/*
 * What an ioctl returns; first unchanged, to see before it has an effect that it can be. If the
 * memory is taken away after that, it has the effect all the same, and the daemon chose not to
 * be told.
 */
static bool user_return(void __user *arg, const void *what, size_t size)
{
	return !copy_to_user(arg, what, size);
}

static int user_setup(struct user_ctx *ctx, struct tgtcore_user_setup __user *arg)
{
	struct tgtcore_user_setup setup;
	int err;

	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	err = user_check_setup(&setup, user_max_queues());
	if (err)
		return err;
	if (!user_return(arg, &setup, sizeof(setup)))
		return -EFAULT;
	if (mutex_lock_killable(&ctx->u->lock))
		return -EINTR;
	err = user_set_queues(ctx, &setup);
	mutex_unlock(&ctx->u->lock);
	if (!err)
		user_return(arg, &setup, sizeof(setup));
	return err;
}

static int user_check_begin(struct user_ctx *ctx, const struct tgtcore_user_start *start)
{
	const struct user_dev *u = ctx->u;
	struct user_region *r = NULL;

	if (ctx->dead || u->gone)
		return ctx->dead ?: -ENODEV;
	if (!ctx->nr_queues || ctx->started)
		return ctx->started ? -EBUSY : -ENOTCONN;
	/* data that is written must have somewhere to go */
	if (!start->buf_stride && start->write_mode == TGTCORE_USER_WRITE_BUFFER &&
	    !u->no_data && !u->tgt->readonly)
		return -EINVAL;
	if (start->buf_stride)
		r = user_region(ctx, start->buf_region, 0, 0);
	return user_check_start(start, 1U << u->tgt->block_shift, u->depth, r ? r->len : 0,
				TGT_MAX_IO);
}

/* With user_dev.lock: the daemon is given commands from here on. */
static int user_begin_ctx(struct user_ctx *ctx, struct tgtcore_user_start *start)
{
	struct user_dev *u = ctx->u;
	int err = user_check_begin(ctx, start);

	lockdep_assert_held(&u->lock);
	if (err)
		return err;
	ctx->start = *start;
	ctx->max_io = start->max_io ?: start->buf_stride ?: TGT_MAX_IO;
	WRITE_ONCE(ctx->owner, current->tgid);
	start->generation = ++u->generation;
	smp_store_release(&ctx->started, true);		/* user_enter() */
	rcu_assign_pointer(u->ctx, ctx);
	user_resume(u);
	return 0;
}

static int user_start(struct user_ctx *ctx, struct tgtcore_user_start __user *arg)
{
	struct tgtcore_user_start start;
	int err;

	if (copy_from_user(&start, arg, sizeof(start)) ||
	    !user_return(arg, &start, sizeof(start)))
		return -EFAULT;
	if (mutex_lock_killable(&ctx->u->lock))
		return -EINTR;
	err = user_begin_ctx(ctx, &start);
	mutex_unlock(&ctx->u->lock);
	if (!err)
		user_return(arg, &start, sizeof(start));
	return err;
}

static int user_register_arg(struct user_ctx *ctx, struct tgtcore_user_region __user *arg)
{
	struct tgtcore_user_region region;

	if (copy_from_user(&region, arg, sizeof(region)))
		return -EFAULT;
	return user_register(ctx, &region);
}

/* ---- enter and poll --------------------------------------------------------------------- */

static struct user_queue *user_queue_find(struct user_ctx *ctx, u32 i)
{
	u32 nr = smp_load_acquire(&ctx->nr_queues);	/* user_set_queues() */

	return i < nr ? &ctx->queue[array_index_nospec(i, nr)] : NULL;
}

static u32 user_waiting(struct user_ctx *ctx, struct user_queue *q)
{
	return user_sq_waiting(READ_ONCE(q->tail), READ_ONCE(q->cq->sq_head), ctx->entries);
}

/* By who is on a queue of those who wait, before a last look at what there is. */
static void user_arm(struct user_queue *q)
{
	WRITE_ONCE(q->armed, 1);
	smp_mb();	/* before the tail; pairs with user_post() */
}

static long user_sleep(struct user_ctx *ctx, struct user_queue *q)
{
	DEFINE_WAIT(wait);
	long ret;

	for (;;) {
		prepare_to_wait(&q->wait, &wait, TASK_INTERRUPTIBLE);
		user_arm(q);
		ret = READ_ONCE(ctx->dead);
		if (!ret)
			ret = user_waiting(ctx, q);
		if (ret || xchg(&q->woken, 0))
			break;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		schedule();
	}
	finish_wait(&q->wait, &wait);
	return ret;
}

/* Whoever sleeps sees it, or whoever will; user_sleep() looks once it can be woken. */
static long user_end_sleep(struct user_ctx *ctx, struct user_queue *q)
{
	WRITE_ONCE(q->woken, 1);
	wake_up_interruptible(&q->wait);	/* takes the lock, and that orders it */
	return READ_ONCE(ctx->dead);
}

static long user_enter(struct user_ctx *ctx, unsigned long arg)
{
	struct user_queue *q = user_queue_find(ctx, arg & 0xffff);
	int err, dead;
	u32 n;

	if (!q || arg & ~(0xffffUL | TGTCORE_USER_WAIT | TGTCORE_USER_WAKE) ||
	    (arg & TGTCORE_USER_WAIT && arg & TGTCORE_USER_WAKE))
		return -EINVAL;
	if (!smp_load_acquire(&ctx->started))	/* pairs with user_begin_ctx() */
		return -ENOTCONN;
	if (unlikely(arg & TGTCORE_USER_WAKE))
		return user_end_sleep(ctx, q);
	if (mutex_lock_killable(&q->reap))
		return -EINTR;
	dead = READ_ONCE(ctx->dead);	/* pairs with user_fence(): not once it has had @reap */
	err = dead ?: user_reap(ctx, q);
	mutex_unlock(&q->reap);
	if (err && !dead) {
		mutex_lock(&ctx->u->lock);
		user_fence(ctx, err);
		mutex_unlock(&ctx->u->lock);
	}
	if (err)
		return err;
	/* the file was handed on: from here on it is this process whose exit counts */
	if (unlikely(READ_ONCE(ctx->owner) != current->tgid))
		WRITE_ONCE(ctx->owner, current->tgid);
	n = user_waiting(ctx, q);
	if (n || !(arg & TGTCORE_USER_WAIT))
		return n;
	return user_sleep(ctx, q);
}

static long user_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct user_ctx *ctx = file->private_data;
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case TGTCORE_USER_ENTER:
		return user_enter(ctx, arg);
	case TGTCORE_USER_INFO:
		return user_info(ctx, p);
	case TGTCORE_USER_SETUP:
		return user_setup(ctx, p);
	case TGTCORE_USER_REGISTER:
		return user_register_arg(ctx, p);
	case TGTCORE_USER_START:
		return user_start(ctx, p);
	}
	return -ENOTTY;
}

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
	return READ_ONCE(ctx->dead) ? mask | EPOLLERR | EPOLLHUP : mask;
}

/* A child has none of it, so that the file goes with the daemon. */
static int user_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct user_ctx *ctx = file->private_data;
	bool cq = offset & TGTCORE_USER_MMAP_CQ(0);
	struct user_queue *q;

	q = user_queue_find(ctx, offset >> 32 & 0xff);
	if (!q || offset != (cq ? TGTCORE_USER_MMAP_CQ(offset >> 32 & 0xff) :
				  TGTCORE_USER_MMAP_SQ(offset >> 32 & 0xff)))
		return -EINVAL;
	if (vma->vm_end - vma->vm_start != PAGE_ALIGN(cq ? user_cq_bytes(ctx->entries) :
							   user_sq_bytes(ctx->entries)))
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (!cq && vma->vm_flags & VM_WRITE)
		return -EACCES;
	tgt_vm_flags(vma, VM_DONTCOPY, cq ? 0 : VM_MAYWRITE);
	return remap_vmalloc_range(vma, cq ? (void *)q->cq : q->sq, 0);
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
