/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels we build for (6.1 and 6.12). The only file that may
 * test a version; where a header can be probed, that is done instead.
 */
#ifndef _TGTCORE_KCOMPAT_H
#define _TGTCORE_KCOMPAT_H

#include <linux/blk-integrity.h>
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "tgtcore needs Linux 6.1 or later"
#endif

/* moved in 6.12; sparse does not know __has_include */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* a reservation below was in the way; renamed in 6.5 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define TGT_BLK_STS_RESERVED	BLK_STS_RESV_CONFLICT
#else
#define TGT_BLK_STS_RESERVED	BLK_STS_NEXUS
#endif

/* 6.9 turned an open block device into a file. */
struct tgt_bdev {
	struct block_device	*bdev;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	struct file		*file;
#else
	fmode_t			mode;
#endif
};

/* Opens the block device at @path for @holder alone. */
static inline int tgt_bdev_open(struct tgt_bdev *b, const char *path, bool write, void *holder)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	b->file = bdev_file_open_by_path(path, BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0),
					 holder, NULL);
	if (IS_ERR(b->file))
		return PTR_ERR(b->file);
	b->bdev = file_bdev(b->file);
#else
	b->mode = FMODE_READ | FMODE_EXCL | (write ? FMODE_WRITE : 0);
	b->bdev = blkdev_get_by_path(path, b->mode, holder);
	if (IS_ERR(b->bdev))
		return PTR_ERR(b->bdev);
#endif
	return 0;
}

/*
 * In a thread of the kernel's. Done when it returns, which fput() would not be there, and without
 * waiting for other files that somebody put.
 */
static inline void tgt_bdev_close(struct tgt_bdev *b)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	__fput_sync(b->file);
#else
	blkdev_put(b->bdev, b->mode);
#endif
}

/*
 * The type of protection information with CRCs that a disk keeps for each block: 1 or 3, or 0.
 * Types 1 and 2 look alike. A host may make it up for a disk that keeps none, and a disk may have
 * application tags of its own (ATO=0), which are no tags to the block layer. 6.11 has no names.
 */
static inline unsigned int tgt_bdev_pi_type(struct block_device *bdev)
{
	struct blk_integrity *bi = bdev_get_integrity(bdev);

	if (!bi || bi->tuple_size != 8 || 1U << bi->interval_exp != bdev_logical_block_size(bdev))
		return 0;
	if (!(bi->flags & BLK_INTEGRITY_DEVICE_CAPABLE) || !bi->tag_size)
		return 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	if (bi->csum_type != BLK_INTEGRITY_CSUM_CRC || bi->pi_offset)
		return 0;
	return bi->flags & BLK_INTEGRITY_REF_TAG ? 1 : 3;
#else
	if (!bi->profile || !bi->profile->name)
		return 0;
	return !strcmp(bi->profile->name, "T10-DIF-TYPE1-CRC") ? 1 :
	       !strcmp(bi->profile->name, "T10-DIF-TYPE3-CRC") ? 3 : 0;
#endif
}

/*
 * Atomic writes of a disk, in bytes: each begins at a multiple of @min and is one, is of at most
 * @max, and crosses no multiple of @border, if that is not 0. @max is 0 where there are none, as
 * it is before 6.11.
 */
struct tgt_bdev_atomic {
	u32	min;
	u32	max;
	u64	border;
};

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TGT_REQ_ATOMIC	REQ_ATOMIC

static inline struct tgt_bdev_atomic tgt_bdev_atomic(struct block_device *bdev)
{
	const struct request_queue *q = bdev_get_queue(bdev);

	if (!bdev_can_atomic_write(bdev))
		return (struct tgt_bdev_atomic) { };
	return (struct tgt_bdev_atomic) {
		.min = queue_atomic_write_unit_min_bytes(q),
		.max = queue_atomic_write_unit_max_bytes(q),
		/* where bios are split, and these must not be */
		.border = queue_atomic_write_boundary_bytes(q) ?:
			  (u64)q->limits.chunk_sectors << SECTOR_SHIFT,
	};
}
#else
#define TGT_REQ_ATOMIC	((__force blk_opf_t)0)

static inline struct tgt_bdev_atomic tgt_bdev_atomic(struct block_device *bdev)
{
	return (struct tgt_bdev_atomic) { };
}
#endif

/* 6.3 gave vfs_unlink() an idmapping in place of a user namespace. */
static inline int tgt_vfs_unlink(struct vfsmount *mnt, struct inode *dir, struct dentry *dentry)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return vfs_unlink(mnt_idmap(mnt), dir, dentry, NULL);
#else
	return vfs_unlink(mnt_user_ns(mnt), dir, dentry, NULL);
#endif
}

/* 6.7 moved a dump's attributes into struct genl_info. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define tgt_genl_dump_attrs(cb)		(genl_info_dump(cb)->attrs)
#else
#define tgt_genl_dump_attrs(cb)		(genl_dumpit_info(cb)->attrs)
#endif

/* 6.6 gave a command of io_uring its entry in place of the payload; 6.8 a header of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#endif

static inline const void *tgt_uring_payload(const struct io_uring_cmd *cmd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return io_uring_sqe_cmd(cmd->sqe);
#else
	return cmd->cmd;
#endif
}

/* 6.10 took the source from __assign_str(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define tgt_assign_str(dst, src)	__assign_str(dst)
#else
#define tgt_assign_str(dst, src)	__assign_str(dst, src)
#endif

/* 6.3 gave a low-level driver's timeout handler a type of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define tgt_scsi_timeout_t	enum scsi_timeout_action
#define TGT_SCSI_RESET_TIMER	SCSI_EH_RESET_TIMER
#define TGT_SCSI_RECOVER	SCSI_EH_NOT_HANDLED
#else
#define tgt_scsi_timeout_t	enum blk_eh_timer_return
#define TGT_SCSI_RESET_TIMER	BLK_EH_RESET_TIMER
#define TGT_SCSI_RECOVER	BLK_EH_DONE
#endif

/* 6.4 replaced scsi_execute_req(); a macro, as few files know struct scsi_device. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define tgt_scsi_execute_in(sdev, cdb, buf, len, timeout)	\
	scsi_execute_cmd(sdev, cdb, REQ_OP_DRV_IN, buf, len, timeout, 3, NULL)
#else
#define tgt_scsi_execute_in(sdev, cdb, buf, len, timeout)	\
	scsi_execute_req(sdev, cdb, DMA_FROM_DEVICE, buf, len, NULL, timeout, 3, NULL)
#endif

/* 6.9 took buffer alignment from the host; before, each queue was told. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define tgt_scsi_host_align(shost, mask)	((shost)->dma_alignment = (mask))
#define tgt_scsi_queue_align(queue, mask)	((void)(queue), (void)(mask))
#else
#define tgt_scsi_host_align(shost, mask)	((void)(shost), (void)(mask))
#define tgt_scsi_queue_align(queue, mask)	blk_queue_update_dma_alignment(queue, mask)
#endif

/* 6.11 made the driver const that a bus compares with a device. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define tgt_match_driver	const struct device_driver
#else
#define tgt_match_driver	struct device_driver
#endif

/* 6.3 made flags of a mapping read-only but for helpers. */
static inline void tgt_vm_flags(struct vm_area_struct *vma, unsigned long set,
				unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif
