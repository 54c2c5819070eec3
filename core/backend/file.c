// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "file": a regular file, by direct I/O, or through the page cache if asked.
 *
 * A file system may sleep anywhere (its locks, its maps of blocks, its journal), so every
 * command takes one hop to a worker. There it becomes a kiocb; direct I/O completes
 * later, from the disk's completion, without another hop.
 *
 * The workers run with PF_MEMALLOC_NOIO: the initiator may be this machine writing back
 * to free memory, and what the file system allocates under us must not wait for that
 * very write. With PF_LOCAL_THROTTLE too, for buffered files: the dirty pages that we
 * make come from cleaning those of the disk we serve; were we throttled for the machine's
 * sum of both, cleaning would wait for cleaning.
 *
 * Credentials: file systems that check at I/O time use file->f_cred, the opener's.
 */
#include <linux/bvec.h>
#include <linux/error-injection.h>
#include <linux/falloc.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <linux/uio.h>
#include "bounce.h"
#include "file.h"

/**
 * struct file_io - a command's scratch
 * @iocb: for the file system
 * @table: @vec, or an allocated one
 * @ret: what the file system answered
 * @done: bytes moved by earlier rounds
 * @ref: held by the call into the file system, and by its completion: file systems look
 *	at the iocb again after they have queued it
 * @vec: enough for most
 */
struct file_io {
	struct kiocb		iocb;
	struct bio_vec		*table;
	long			ret;
	u32			done;
	atomic_t		ref;
	struct bio_vec		vec[];
};

#define FILE_VECS	((TGT_CMD_PRIV - sizeof(struct file_io)) / sizeof(struct bio_vec))

static_assert(sizeof(struct file_io) + 16 * sizeof(struct bio_vec) <= TGT_CMD_PRIV);

static inline struct file_io *file_io(struct tgt_cmd *cmd)
{
	return (struct file_io *)cmd->priv;
}

static inline struct tgt_cmd *file_cmd(struct file_io *io)
{
	return container_of((void *)io, struct tgt_cmd, priv);
}

static inline struct file_dev *file_dev(struct tgt_cmd *cmd)
{
	return cmd->itl->dev->be_priv;
}

/* @good: as of tgt_cmd_fail_medium() */
static void file_set_error(struct tgt_cmd *cmd, long err, u32 good)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
		tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
		break;
	case -EROFS:
		tgt_cmd_fail(cmd, TGT_SENSE_WRITE_PROTECTED);
		break;
	case -ENOMEM:
	case -EAGAIN:
		tgt_cmd_refuse(cmd, SAM_STAT_BUSY);
		break;
	default:	/* 0 too: the file ends before the disk does, somebody cut it */
		tgt_cmd_fail_medium(cmd, good);
	}
}

/*
 * What is good of a command, of which a call for what is left came to nothing: where the file
 * ends, or the call before stopped short, is the first block that failed. An error alone may be
 * that of any.
 */
static u32 file_good(struct tgt_cmd *cmd, long err, bool stopped)
{
	return !err || stopped ? file_io(cmd)->done : TGT_NOT_KNOWN;
}

/* ---- synchronous, from one buffer ------------------------------------------------ */

long tgt_file_rw_sync(struct file *file, bool write, int flags, struct page *page,
		      unsigned int len, loff_t pos)
{
	struct bio_vec vec;
	struct kiocb iocb;
	struct iov_iter iter;
	long ret;

	bvec_set_page(&vec, page, len, 0);
	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = pos;
	iocb.ki_flags |= flags;
	if (!write) {
		iov_iter_bvec(&iter, ITER_DEST, &vec, 1, len);
		return file->f_op->read_iter(&iocb, &iter);
	}
	iov_iter_bvec(&iter, ITER_SOURCE, &vec, 1, len);
	iocb.ki_flags |= IOCB_WRITE;
	file_start_write(file);
	ret = file->f_op->write_iter(&iocb, &iter);
	file_end_write(file);
	return ret;
}

ALLOW_ERROR_INJECTION(tgt_file_rw_sync, ERRNO);

static long file_bounce_one(struct tgt_cmd *cmd, struct page *page, unsigned int len)
{
	int flags = cmd->flags & TGT_CMD_FUA ? IOCB_DSYNC : 0;
	bool write = tgt_cmd_is_write(cmd);
	u32 done = file_io(cmd)->done;
	long ret;

	if (write)
		sg_pcopy_to_buffer(cmd->sgl, cmd->sgl_nents, page_address(page), len, done);
	ret = tgt_file_rw_sync(file_dev(cmd)->file, write, flags, page, len, cmd->offset + done);
	if (!write && ret > 0)
		sg_pcopy_from_buffer(cmd->sgl, cmd->sgl_nents, page_address(page), ret, done);
	return ret;
}

/*
 * Memory that direct I/O does not take is rare (odd user memory), and so is having no
 * memory for the vectors: piece by piece, with a copy.
 */
static enum tgt_ret file_bounce(struct tgt_cmd *cmd)
{
	unsigned int order, len;
	struct file_io *io = file_io(cmd);
	bool stopped = false;
	struct page *page;
	long ret;

	page = bounce_alloc(&order);
	if (!page)
		return TGT_BUSY;
	while (io->done < cmd->len) {
		len = min_t(u32, cmd->len - io->done, PAGE_SIZE << order);
		ret = file_bounce_one(cmd, page, len);
		if (ret <= 0) {
			file_set_error(cmd, ret, file_good(cmd, ret, stopped));
			break;
		}
		stopped = ret < len;
		io->done += ret;
	}
	__free_pages(page, order);
	return TGT_DONE;
}

/* ---- asynchronous, zero copy ------------------------------------------------------ */

static enum tgt_ret file_rw(struct tgt_cmd *cmd);

/*
 * After the last reference. What was moved in part goes on from a worker, whose next
 * round gets the error there is, if there is one.
 */
static void file_end(struct tgt_cmd *cmd)
{
	struct file_io *io = file_io(cmd);

	if (tgt_cmd_is_write(cmd))
		kiocb_end_write(&io->iocb);
	if (io->table != io->vec)
		kfree(io->table);
	if (likely(io->ret > 0)) {
		io->done += io->ret;
		if (unlikely(io->done < cmd->len)) {
			tgt_cmd_defer(cmd, file_rw);
			return;
		}
	} else {
		file_set_error(cmd, io->ret, file_good(cmd, io->ret, io->done));
	}
	tgt_cmd_complete(cmd);
}

static void file_put(struct tgt_cmd *cmd)
{
	if (atomic_dec_and_test(&file_io(cmd)->ref))
		file_end(cmd);
}

/* Called by the file system from wherever its I/O ended. */
static void file_complete(struct kiocb *iocb, long ret)
{
	struct file_io *io = container_of(iocb, struct file_io, iocb);

	io->ret = ret;
	file_put(file_cmd(io));
}

/* Fills the table; 0 if this memory or its lengths are not what the file takes. */
static unsigned int file_map(struct tgt_cmd *cmd, struct bio_vec *vec)
{
	const struct file_dev *fd = file_dev(cmd);
	unsigned int left = cmd->len, i = 0;
	struct scatterlist *sg;

	for (sg = cmd->sgl; left; sg = sg_next(sg), i++) {
		unsigned int len = min(sg->length, left);

		if (sg->offset & fd->mem_mask || len & fd->len_mask)
			return 0;
		bvec_set_page(&vec[i], sg_page(sg), len, sg->offset);
		left -= len;
	}
	return i;
}

static void file_start(struct tgt_cmd *cmd, unsigned int nr)
{
	struct file *file = file_dev(cmd)->file;
	bool write = tgt_cmd_is_write(cmd);
	struct file_io *io = file_io(cmd);
	struct iov_iter iter;
	long ret;

	iov_iter_bvec(&iter, write ? ITER_SOURCE : ITER_DEST, io->table, nr, cmd->len);
	iov_iter_advance(&iter, io->done);
	init_sync_kiocb(&io->iocb, file);
	io->iocb.ki_pos = cmd->offset + io->done;
	io->iocb.ki_complete = file_complete;
	atomic_set(&io->ref, 2);
	if (write) {
		io->iocb.ki_flags |= IOCB_WRITE;
		if (cmd->flags & TGT_CMD_FUA)
			io->iocb.ki_flags |= IOCB_DSYNC;
		kiocb_start_write(&io->iocb);
		ret = file->f_op->write_iter(&io->iocb, &iter);
	} else {
		ret = file->f_op->read_iter(&io->iocb, &iter);
	}
	if (ret != -EIOCBQUEUED)
		file_complete(&io->iocb, ret);
	file_put(cmd);
}

static enum tgt_ret file_rw(struct tgt_cmd *cmd)
{
	const unsigned int noio = PF_MEMALLOC_NOIO | PF_LOCAL_THROTTLE;
	unsigned int nr = 0, flags = current->flags;
	struct file_io *io = file_io(cmd);
	enum tgt_ret ret = TGT_QUEUED;

	current->flags |= noio;
	io->table = io->vec;
	if (cmd->sgl_nents > FILE_VECS)
		io->table = kmalloc_array(cmd->sgl_nents, sizeof(*io->table),
					  GFP_NOIO | __GFP_NOWARN);
	if (io->table)
		nr = file_map(cmd, io->table);
	if (likely(nr)) {
		file_start(cmd, nr);
	} else {
		if (io->table != io->vec)
			kfree(io->table);
		ret = file_bounce(cmd);
	}
	current_restore_flags(flags, noio);
	return ret;
}

static enum tgt_ret file_submit(struct tgt_cmd *cmd)
{
	file_io(cmd)->done = 0;
	return tgt_cmd_defer(cmd, file_rw);
}

/* A crash between the two leaves blocks whose guards are wrong, until they are written again. */
static enum tgt_ret file_rw_pi(struct tgt_cmd *cmd)
{
	int err = tgt_file_move_pi(cmd, file_dev(cmd)->pi);

	if (!err)
		return file_rw(cmd);
	file_set_error(cmd, err, TGT_NOT_KNOWN);
	return TGT_DONE;
}

static enum tgt_ret file_submit_pi(struct tgt_cmd *cmd)
{
	file_io(cmd)->done = 0;
	return tgt_cmd_defer(cmd, file_rw_pi);
}

static noinline int file_sync_data(struct file *file)
{
	unsigned int noio = memalloc_noio_save();
	int err;

	err = vfs_fsync_range(file, 0, LLONG_MAX, 1);
	memalloc_noio_restore(noio);
	return err;
}

ALLOW_ERROR_INJECTION(file_sync_data, ERRNO);

static enum tgt_ret file_sync(struct tgt_cmd *cmd)
{
	const struct file_dev *fd = file_dev(cmd);
	int err = file_sync_data(fd->file);

	if (!err && fd->pi)
		err = file_sync_data(fd->pi->file);
	if (err)
		file_set_error(cmd, err, TGT_NOT_KNOWN);
	return TGT_DONE;
}

static enum tgt_ret file_flush(struct tgt_cmd *cmd)
{
	return cmd->itl->dev->wce ? tgt_cmd_defer(cmd, file_sync) : TGT_DONE;
}

/* ---- provisioning ----------------------------------------------------------------- */

/* The file system fills with zeroes what it cannot give up. */
static int file_punch(struct file *file, u64 offset, u64 len)
{
	return vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len);
}

static enum tgt_ret file_unmap_now(struct tgt_cmd *cmd)
{
	const struct tgt_device *dev = cmd->itl->dev;
	const struct file_dev *fd = file_dev(cmd);
	unsigned int noio = memalloc_noio_save();
	int err;

	err = file_punch(fd->file, cmd->offset, cmd->len);
	if (!err && fd->pi)
		err = file_punch(fd->pi->file, file_tuple(dev, cmd->offset),
				 file_tuple(dev, cmd->len));
	memalloc_noio_restore(noio);
	if (err)
		file_set_error(cmd, err, TGT_NOT_KNOWN);
	return TGT_DONE;
}

/* On the device's queue: see file_open.c for why it is the file system's to wait on. */
static enum tgt_ret file_unmap(struct tgt_cmd *cmd)
{
	return tgt_cmd_defer(cmd, file_unmap_now);
}

/* A block that is a hole in part is mapped. */
static bool file_hole_map(struct tgt_device *dev, u64 offset, u64 *len)
{
	struct file *file = ((struct file_dev *)dev->be_priv)->file;
	u64 block = 1U << dev->block_shift;
	loff_t data, hole;

	data = vfs_llseek(file, offset, SEEK_DATA);
	if (data == -ENXIO)		/* none until the end */
		return false;
	if (data >= (loff_t)(offset + block)) {
		*len = min_t(u64, *len, round_down(data - offset, block));
		return false;
	}
	hole = data < 0 ? data : vfs_llseek(file, data, SEEK_HOLE);
	if (hole > (loff_t)offset)
		*len = min_t(u64, *len, round_up(hole - offset, block));
	return true;
}

/* What the file takes, and what its file system has for anybody. */
static bool file_space(struct tgt_device *dev, struct tgt_space *space)
{
	struct file_dev *fd = dev->be_priv;
	struct kstatfs st;

	if (vfs_statfs(&fd->file->f_path, &st))
		return false;
	space->used = inode_get_bytes(fd->inode);
	space->avail = st.f_bavail * st.f_bsize;
	return true;
}

/* ---- operations ------------------------------------------------------------------ */

static const char *file_info(struct tgt_device *dev)
{
	return tgt_options_bool(&dev->options, "buffered", false) ? "buffered: page cache" : NULL;
}

static const struct tgt_option_desc file_options[] = {
	{ .name = "path", .type = TGT_OPT_PATH, .required = true },
	{ .name = "buffered", .type = TGT_OPT_BOOL },
	{ .name = "sync", .type = TGT_OPT_BOOL },
	{ .name = "pi-file", .type = TGT_OPT_PATH },
	{ }
};

static struct tgt_backend_ops file_ops = {
	.name		= "file",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_HOLDS,
	.options	= file_options,
	.create		= tgt_file_create,
	.destroy	= tgt_file_destroy,
	.submit		= file_submit,
	.submit_pi	= file_submit_pi,
	.flush		= file_flush,
	.unmap		= file_unmap,
	.map		= file_hole_map,
	.space		= file_space,
	.resize		= tgt_file_resize,
	.info		= file_info,
};

static int __init file_init(void)
{
	return tgt_backend_register(&file_ops);
}

static void __exit file_exit(void)
{
	tgt_backend_unregister(&file_ops);
}

module_init(file_init);
module_exit(file_exit);

MODULE_DESCRIPTION("tgtcore backend: regular file");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-file");
MODULE_IMPORT_NS(TGTCORE);
