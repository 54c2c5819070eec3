// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "blk": a block device, held exclusively. The pages of the command go straight
 * to the driver; nothing is copied.
 *
 * Two ways down:
 *
 * direct    ->submit may run under rcu_read_lock (it does when the fabric is itself the
 *	     ->queue_rq of a block device), and submit_bio() may sleep whatever REQ_NOWAIT
 *	     says: it starts with might_sleep(), bio based drivers allocate, a bio larger
 *	     than the limits is split. What never sleeps is what request based device
 *	     mapper does in the same place: get a request of the lower queue with
 *	     BLK_MQ_REQ_NOWAIT, point it at our bio and hand it over with
 *	     blk_insert_cloned_request(). No plug, no current->bio_list, no I/O scheduler,
 *	     no hop, no allocation.
 *
 * deferred  bios from a worker, where the block layer may split, wait and allocate. For
 *	     all that the direct way is not good for: bio based devices (dm, md, brd),
 *	     drivers that sleep in ->queue_rq, devices with integrity metadata, FUA and
 *	     flush (the block layer's flush machine runs on bios only), transfers beyond
 *	     the queue's limits, and a queue that is out of tags or frozen.
 */
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "blk.h"
#include "bounce.h"

/**
 * struct blk_io - a command's scratch
 * @bio: the direct way, and a flush
 * @pending: deferred way: bios under way, plus one while they are being made
 * @status: deferred way: first error
 * @vec: vectors of @bio, unless there are more
 */
struct blk_io {
	union {
		struct bio		bio;
		struct {
			atomic_t	pending;
			blk_status_t	status;
		};
	};
	struct bio_vec		vec[];
};

#define BLK_VECS	((TGT_CMD_PRIV - sizeof(struct blk_io)) / sizeof(struct bio_vec))

static_assert(sizeof(struct blk_io) + 16 * sizeof(struct bio_vec) <= TGT_CMD_PRIV);

static inline struct blk_io *blk_io(struct tgt_cmd *cmd)
{
	return (struct blk_io *)cmd->priv;
}

static inline struct blk_dev *blk_dev(struct tgt_cmd *cmd)
{
	return cmd->itl->dev->be_priv;
}

/* @good: as of tgt_cmd_fail_medium() */
static void blk_set_result(struct tgt_cmd *cmd, blk_status_t status, u32 good)
{
	switch (status) {
	case BLK_STS_OK:
		break;
	case BLK_STS_NOSPC:
		tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
		break;
	case BLK_STS_OFFLINE:
		tgt_cmd_fail(cmd, TGT_SENSE_NOT_READY);
		break;
	case BLK_STS_RESOURCE:
	case BLK_STS_AGAIN:
		tgt_cmd_refuse(cmd, SAM_STAT_BUSY);
		break;
	case TGT_BLK_STS_RESERVED:
		tgt_cmd_refuse(cmd, SAM_STAT_RESERVATION_CONFLICT);
		break;
	case BLK_STS_TRANSPORT:		/* nothing is wrong with the medium: another path may do */
	case BLK_STS_TIMEOUT:
		tgt_cmd_fail(cmd, TGT_SENSE_TARGET_FAILURE);
		break;
	default:
		tgt_cmd_fail_medium(cmd, good);
	}
}

static blk_opf_t blk_opf(struct tgt_cmd *cmd)
{
	blk_opf_t opf = REQ_OP_READ;

	if (tgt_cmd_is_write(cmd)) {
		opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
		if (cmd->flags & TGT_CMD_FUA)
			opf |= REQ_FUA;
	}
	return opf;
}

/* ---- direct ---------------------------------------------------------------------- */

/* Segments the driver may see for one vector: never too few, and one in the common case. */
static inline unsigned int blk_segments(const struct queue_limits *lim, unsigned int offset,
					unsigned int len)
{
	if (likely(offset + len <= PAGE_SIZE))
		return 1;
	if (lim->seg_boundary_mask < UINT_MAX)
		return 2 + (offset + len) / PAGE_SIZE;
	return 2 + len / lim->max_segment_size;
}

/*
 * Fills @vec from the data buffer. Returns the number of vectors, or 0 if the queue
 * cannot take the buffer in one request as it is.
 */
static unsigned int blk_map(struct tgt_cmd *cmd, const struct queue_limits *lim,
			    struct bio_vec *vec)
{
	unsigned int segments = 0, left = cmd->len, end = 0, i = 0;
	struct scatterlist *sg;

	for (sg = cmd->sgl; left; sg = sg_next(sg), i++) {
		unsigned int len = min(sg->length, left);

		if ((sg->offset | len) & lim->dma_alignment)
			return 0;
		if (i && (end | sg->offset) & lim->virt_boundary_mask)
			return 0;
		segments += blk_segments(lim, sg->offset, len);
		bvec_set_page(&vec[i], sg_page(sg), len, sg->offset);
		end = sg->offset + len;
		left -= len;
	}
	return segments <= lim->max_segments ? i : 0;
}

/* No request may cross a multiple of chunk_sectors, where a device has one. */
static bool blk_in_chunk(const struct queue_limits *lim, sector_t sector, unsigned int nr)
{
	if (likely(!lim->chunk_sectors))
		return true;
	return sector_div(sector, lim->chunk_sectors) + nr <= lim->chunk_sectors;
}

/* The bio is in a command's scratch. */
static inline struct tgt_cmd *blk_bio_cmd(struct bio *bio)
{
	return container_of((void *)container_of(bio, struct blk_io, bio), struct tgt_cmd, priv);
}

/*
 * A driver that knows which block has failed ends what is before it first, and the bio with the
 * rest, at whose beginning the request is then (blk_update_request()). Where it is still at its own
 * nothing is known.
 */
static u32 blk_good(struct tgt_cmd *cmd, const struct request *rq)
{
	sector_t begin = blk_dev(cmd)->bdev->bd_start_sect + (cmd->offset >> SECTOR_SHIFT);
	sector_t good = blk_rq_pos(rq) - begin;

	return good ? good << SECTOR_SHIFT : TGT_NOT_KNOWN;
}

static void blk_end_io(struct bio *bio)
{
	struct tgt_cmd *cmd = blk_bio_cmd(bio);

	if (unlikely(bio->bi_io_vec != blk_io(cmd)->vec))
		kfree(bio->bi_io_vec);
	if (unlikely(bio->bi_status))
		blk_set_result(cmd, bio->bi_status, blk_good(cmd, bio->bi_private));
	tgt_cmd_complete(cmd);
}

/*
 * The bio is not associated with a cgroup (no bdev for bio_init()): nothing between here
 * and the driver throttles, and it has passed the place where a partition is remapped.
 */
static void blk_init_bio(struct tgt_cmd *cmd, struct bio_vec *vec, unsigned int nr,
			 sector_t sector, blk_opf_t opf)
{
	struct bio *bio = &blk_io(cmd)->bio;

	bio_init(bio, NULL, vec, nr, opf);
	bio->bi_bdev = blk_dev(cmd)->bdev;
	bio_set_flag(bio, BIO_REMAPPED);
	bio->bi_iter.bi_sector = sector;
	bio->bi_iter.bi_size = cmd->len;
	bio->bi_vcnt = nr;
	bio->bi_end_io = blk_end_io;
}

/* Hands the bio to the driver. False: nothing has happened. */
static bool blk_issue(struct request_queue *q, struct bio *bio)
{
	blk_status_t status;
	struct request *rq;

	rq = blk_mq_alloc_request(q, bio->bi_opf | REQ_NOMERGE, BLK_MQ_REQ_NOWAIT);
	if (IS_ERR(rq))
		return false;
	bio->bi_private = rq;
	rq->__sector = bio->bi_iter.bi_sector;
	blk_rq_bio_prep(rq, bio, bio->bi_vcnt);

	status = blk_insert_cloned_request(rq);
	if (likely(status == BLK_STS_OK))
		return true;		/* the command may have ended already */

	/* Whatever it was: from the worker it is waited for, or comes again as bi_status. */
	if (status == BLK_STS_RESOURCE || status == BLK_STS_DEV_RESOURCE)
		blk_mq_cleanup_rq(rq);
	blk_mq_free_request(rq);
	return false;
}

static bool blk_direct(struct tgt_cmd *cmd)
{
	struct block_device *bdev = blk_dev(cmd)->bdev;
	struct request_queue *q = bdev_get_queue(bdev);
	const struct queue_limits *lim = &q->limits;
	sector_t sector = cmd->offset >> SECTOR_SHIFT;
	unsigned int nr_sectors = cmd->len >> SECTOR_SHIFT;
	struct bio_vec *vec = blk_io(cmd)->vec;
	unsigned int nr;

	/* ->queue_rq is for process context; an initiator may complete in another */
	if (unlikely(!in_task() || irqs_disabled()))
		return false;
	if (cmd->flags & TGT_CMD_FUA && bdev_write_cache(bdev))
		return false;
	if (nr_sectors > lim->max_sectors || sector + nr_sectors > bdev_nr_sectors(bdev))
		return false;
	sector += bdev->bd_start_sect;
	if (!blk_in_chunk(lim, sector, nr_sectors))
		return false;

	if (unlikely(cmd->sgl_nents > BLK_VECS)) {
		vec = kmalloc_array(cmd->sgl_nents, sizeof(*vec), GFP_NOWAIT | __GFP_NOWARN);
		if (!vec)
			return false;
	}
	nr = blk_map(cmd, lim, vec);
	if (likely(nr)) {
		blk_init_bio(cmd, vec, nr, sector, blk_opf(cmd) & ~REQ_FUA);
		if (likely(blk_issue(q, &blk_io(cmd)->bio)))
			return true;
	}
	if (vec != blk_io(cmd)->vec)
		kfree(vec);
	return false;
}

/* ---- deferred -------------------------------------------------------------------- */

static void blk_put(struct tgt_cmd *cmd)
{
	struct blk_io *io = blk_io(cmd);

	if (!atomic_dec_and_test(&io->pending))
		return;
	blk_set_result(cmd, io->status, TGT_NOT_KNOWN);
	tgt_cmd_complete(cmd);
}

static void blk_chain_end_io(struct bio *bio)
{
	struct tgt_cmd *cmd = bio->bi_private;

	/* any of several errors will do */
	if (unlikely(bio->bi_status))
		WRITE_ONCE(blk_io(cmd)->status, bio->bi_status);
	bio_put(bio);
	blk_put(cmd);
}

static struct bio *blk_chain_bio(struct tgt_cmd *cmd, u64 pos, unsigned int nr)
{
	struct bio *bio = bio_alloc_bioset(blk_dev(cmd)->bdev, bio_max_segs(nr), blk_opf(cmd),
					   GFP_NOIO, &blk_dev(cmd)->bios);

	bio->bi_iter.bi_sector = pos >> SECTOR_SHIFT;
	bio->bi_private = cmd;
	bio->bi_end_io = blk_chain_end_io;
	atomic_inc(&blk_io(cmd)->pending);
	return bio;
}

/*
 * Each bio is on its way before the next is allocated, so a reserve of a few bios is
 * enough for any transfer.
 */
static void blk_chain(struct tgt_cmd *cmd)
{
	unsigned int left = cmd->len, nents = cmd->sgl_nents;
	u64 pos = cmd->offset;
	struct bio *bio = NULL;
	struct scatterlist *sg;
	struct blk_plug plug;

	blk_io(cmd)->status = BLK_STS_OK;
	atomic_set(&blk_io(cmd)->pending, 1);
	blk_start_plug(&plug);
	for (sg = cmd->sgl; left; sg = sg_next(sg), nents--) {
		unsigned int len = min(sg->length, left);

		while (!bio || bio_add_page(bio, sg_page(sg), len, sg->offset) != len) {
			if (bio)
				submit_bio(bio);
			bio = blk_chain_bio(cmd, pos, nents);
		}
		pos += len;
		left -= len;
	}
	submit_bio(bio);
	blk_finish_plug(&plug);
	blk_put(cmd);
}

/* The device must be able to reach each element, and to cut the transfer between any two. */
static bool blk_aligned(struct tgt_cmd *cmd)
{
	struct block_device *bdev = blk_dev(cmd)->bdev;
	unsigned int dma = bdev_dma_alignment(bdev);
	unsigned int block = bdev_logical_block_size(bdev) - 1;
	unsigned int left = cmd->len;
	struct scatterlist *sg;

	for (sg = cmd->sgl; left; sg = sg_next(sg)) {
		unsigned int len = min(sg->length, left);

		if (sg->offset & dma || len & (dma | block))
			return false;
		left -= len;
	}
	return true;
}

static blk_status_t blk_bounce_one(struct tgt_cmd *cmd, struct page *page, unsigned int done,
				   unsigned int len)
{
	bool write = tgt_cmd_is_write(cmd);
	struct bio_vec vec;
	struct bio bio;

	if (write)
		sg_pcopy_to_buffer(cmd->sgl, cmd->sgl_nents, page_address(page), len, done);
	bio_init(&bio, blk_dev(cmd)->bdev, &vec, 1, blk_opf(cmd));
	bio.bi_iter.bi_sector = (cmd->offset + done) >> SECTOR_SHIFT;
	__bio_add_page(&bio, page, len, 0);
	submit_bio_wait(&bio);
	bio_uninit(&bio);
	if (!write && !bio.bi_status)
		sg_pcopy_from_buffer(cmd->sgl, cmd->sgl_nents, page_address(page), len, done);
	return bio.bi_status;
}

/* A buffer the device cannot reach is rare (odd user memory): piece by piece, with a copy. */
static enum tgt_ret blk_bounce(struct tgt_cmd *cmd)
{
	unsigned int order, done, len;
	blk_status_t status = BLK_STS_OK;
	struct page *page;

	page = bounce_alloc(&order);
	if (!page)
		return TGT_BUSY;
	for (done = 0; done < cmd->len && !status; done += len) {
		len = min_t(unsigned int, cmd->len - done, PAGE_SIZE << order);
		status = blk_bounce_one(cmd, page, done, len);
	}
	__free_pages(page, order);
	blk_set_result(cmd, status, TGT_NOT_KNOWN);
	return TGT_DONE;
}

static enum tgt_ret blk_deferred(struct tgt_cmd *cmd)
{
	if (!blk_aligned(cmd))
		return blk_bounce(cmd);
	blk_chain(cmd);
	return TGT_QUEUED;
}

static void blk_flush_end_io(struct bio *bio)
{
	struct tgt_cmd *cmd = bio->bi_private;

	blk_set_result(cmd, bio->bi_status, TGT_NOT_KNOWN);
	tgt_cmd_complete(cmd);
}

static enum tgt_ret blk_deferred_flush(struct tgt_cmd *cmd)
{
	struct bio *bio = &blk_io(cmd)->bio;

	bio_init(bio, blk_dev(cmd)->bdev, NULL, 0, REQ_OP_WRITE | REQ_PREFLUSH);
	bio->bi_private = cmd;
	bio->bi_end_io = blk_flush_end_io;
	submit_bio(bio);
	return TGT_QUEUED;
}

/* ---- operations ------------------------------------------------------------------ */

static enum tgt_ret blk_submit(struct tgt_cmd *cmd)
{
	if (unlikely(!tgt_cmd_hold(cmd)))
		return TGT_FULL;
	if (likely(blk_dev(cmd)->direct) && likely(blk_direct(cmd)))
		return TGT_QUEUED;
	return tgt_cmd_defer(cmd, blk_deferred);
}

static enum tgt_ret blk_flush(struct tgt_cmd *cmd)
{
	if (!bdev_write_cache(blk_dev(cmd)->bdev))
		return TGT_DONE;
	return tgt_cmd_defer(cmd, blk_deferred_flush);
}

/* No promise of what is read then: a device may keep what it likes of what is discarded. */
static enum tgt_ret blk_unmap(struct tgt_cmd *cmd)
{
	int err = blkdev_issue_discard(blk_dev(cmd)->bdev, cmd->offset >> SECTOR_SHIFT,
				       cmd->len >> SECTOR_SHIFT, GFP_NOIO);

	blk_set_result(cmd, errno_to_blk_status(err), TGT_NOT_KNOWN);
	return TGT_DONE;
}

/* ---- atomic writes -------------------------------------------------------------------------- */

static void blk_atomic_end_io(struct bio *bio)
{
	struct tgt_cmd *cmd = bio->bi_private;

	blk_set_result(cmd, bio->bi_status, TGT_NOT_KNOWN);
	bio_put(bio);
	tgt_cmd_complete(cmd);
}

static void blk_atomic_bounce_end_io(struct bio *bio)
{
	bio_free_pages(bio);
	blk_atomic_end_io(bio);
}

/* The data in pages that go into one request of any disk which writes as much atomically. */
static bool blk_atomic_bounce(struct tgt_cmd *cmd, struct bio *bio)
{
	unsigned int done, len;
	struct page *page;

	for (done = 0; done < cmd->len; done += len) {
		page = alloc_page(GFP_NOIO);
		if (!page) {
			bio_free_pages(bio);
			return false;
		}
		len = min_t(unsigned int, cmd->len - done, PAGE_SIZE);
		sg_pcopy_to_buffer(cmd->sgl, cmd->sgl_nents, page_address(page), len, done);
		__bio_add_page(bio, page, len, 0);
	}
	bio->bi_end_io = blk_atomic_bounce_end_io;
	return true;
}

/* One bio, which the block layer does not split: a buffer that it would split is copied. */
static enum tgt_ret blk_deferred_atomic(struct tgt_cmd *cmd)
{
	unsigned int pages = DIV_ROUND_UP(cmd->len, PAGE_SIZE);
	struct block_device *bdev = blk_dev(cmd)->bdev;
	struct bio *bio;

	bio = bio_alloc_bioset(bdev, bio_max_segs(max(cmd->sgl_nents, pages)),
			       blk_opf(cmd) | TGT_REQ_ATOMIC, GFP_NOIO, &blk_dev(cmd)->bios);
	bio->bi_iter.bi_sector = cmd->offset >> SECTOR_SHIFT;
	bio->bi_private = cmd;
	bio->bi_end_io = blk_atomic_end_io;
	if (cmd->sgl_nents <= BIO_MAX_VECS)
		bio->bi_vcnt = blk_map(cmd, &bdev_get_queue(bdev)->limits, bio->bi_io_vec);
	if (bio->bi_vcnt) {
		bio->bi_iter.bi_size = cmd->len;
	} else if (!blk_atomic_bounce(cmd, bio)) {
		bio_put(bio);
		return TGT_BUSY;
	}
	submit_bio(bio);
	return TGT_QUEUED;
}

static enum tgt_ret blk_write_atomic(struct tgt_cmd *cmd)
{
	return tgt_cmd_defer(cmd, blk_deferred_atomic);
}

/* ---- with protection information ------------------------------------------------------------ */

/* The tuples go along; whoever checks them, it is not done below, where nobody asked for it. */
static int blk_add_tuples(struct tgt_cmd *cmd, struct bio *bio)
{
	u8 shift = cmd->itl->dev->block_shift;
	unsigned int len = (cmd->len >> shift) * sizeof(*cmd->tuples);
	struct bio_integrity_payload *bip;

	bip = bio_integrity_alloc(bio, GFP_NOIO, 1);
	if (IS_ERR_OR_NULL(bip))
		return -ENOMEM;
	bip->bip_flags |= BIP_CTRL_NOCHECK | BIP_DISK_NOCHECK;
	bip_set_seed(bip, cmd->offset >> shift);
	if (bio_integrity_add_page(bio, virt_to_page(cmd->tuples), len,
				   offset_in_page(cmd->tuples)) != len)
		return -ENOMEM;
	bip->bip_iter.bi_size = len;	/* which 6.1 leaves to the caller */
	return 0;
}

static enum tgt_ret blk_submit_pi(struct tgt_cmd *cmd)
{
	unsigned int left = cmd->len, len;
	struct scatterlist *sg;
	struct bio *bio;

	bio = bio_alloc_bioset(blk_dev(cmd)->bdev, bio_max_segs(cmd->sgl_nents), blk_opf(cmd),
			       GFP_NOIO, &blk_dev(cmd)->bios);
	bio->bi_iter.bi_sector = cmd->offset >> SECTOR_SHIFT;
	for (sg = cmd->sgl; left; sg = sg_next(sg), left -= len) {
		len = min(sg->length, left);
		__bio_add_page(bio, sg_page(sg), len, sg->offset);
	}
	if (blk_add_tuples(cmd, bio)) {
		tgt_cmd_refuse(cmd, SAM_STAT_BUSY);
	} else {
		submit_bio_wait(bio);
		blk_set_result(cmd, bio->bi_status, TGT_NOT_KNOWN);
	}
	bio_put(bio);
	return TGT_DONE;
}

static const char *blk_info(struct tgt_device *dev)
{
	struct blk_dev *bd = dev->be_priv;

	return bd->direct ? NULL : "through a worker thread";
}

static const struct tgt_option_desc blk_options[] = {
	{ .name = "path", .type = TGT_OPT_PATH, .required = true },
	{ }
};

static struct tgt_backend_ops blk_ops = {
	.name		= "blk",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_HOLDS,
	.options	= blk_options,
	.create		= tgt_blk_create,
	.destroy	= tgt_blk_destroy,
	.submit		= blk_submit,
	.submit_pi	= blk_submit_pi,
	.flush		= blk_flush,
	.unmap		= blk_unmap,
	.write_atomic	= blk_write_atomic,
	.resize		= tgt_blk_resize,
	.info		= blk_info,
};

static int __init blk_init(void)
{
	return tgt_backend_register(&blk_ops);
}

static void __exit blk_exit(void)
{
	tgt_backend_unregister(&blk_ops);
}

module_init(blk_init);
module_exit(blk_exit);

MODULE_DESCRIPTION("tgtcore backend: block device");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-blk");
MODULE_IMPORT_NS(TGTCORE);
