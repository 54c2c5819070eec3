/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libsrp as SRP target drivers of Linux 2.6.33 to 3.16 included it: IUs in a pool, and data of
 * SRP commands between the daemon's pages and the client.
 *
 * Fields of IUs are read in the machine's byte order, as they were: SRP's on POWER.
 */
#ifndef _SCSI_LIBSRP_H
#define _SCSI_LIBSRP_H

#include <linux/kfifo.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>
#include <scsi/srp.h>

/* bits of iu_entry.flags */
enum iue_flags {
	V_DIOVER,
	V_WRITE,
	V_LINKED,
	V_FLYING,
};

struct srp_buf {
	dma_addr_t	dma;
	void		*buf;
};

struct srp_queue {
	void		*pool;
	void		*items;
	struct kfifo	queue;
	spinlock_t	lock;		/* queue */
};

struct srp_target {
	struct Scsi_Host	*shost;
	struct device		*dev;
	spinlock_t		lock;	/* the driver's */
	struct list_head	cmd_queue;
	size_t			srp_iu_size;
	struct srp_queue	iu_queue;
	size_t			rx_ring_size;
	struct srp_buf		**rx_ring;
	void			*ldata;
};

struct iu_entry {
	struct srp_target	*target;
	struct list_head	ilist;
	dma_addr_t		remote_token;
	unsigned long		flags;
	struct srp_buf		*sbuf;
};

/* Moves up to @len bytes between @nsg segments and @nmd descriptors; 0 or an errno. */
typedef int (srp_rdma_t)(struct stgt_scsi_cmnd *sc, struct scatterlist *sg, int nsg,
			 struct srp_direct_buf *md, int nmd, enum dma_data_direction dir,
			 unsigned int len);

int srp_target_alloc(struct srp_target *target, struct device *dev, size_t nr, size_t iu_size);
void srp_target_free(struct srp_target *target);
struct iu_entry *srp_iu_get(struct srp_target *target);
void srp_iu_put(struct iu_entry *iue);
int srp_cmd_queue(struct Scsi_Host *shost, struct srp_cmd *cmd, void *info, u64 itn_id, u64 addr);
int srp_transfer_data(struct stgt_scsi_cmnd *sc, struct srp_cmd *cmd, srp_rdma_t rdma_io,
		      int dma_map, int ext_desc);

static inline struct srp_target *host_to_srp_target(struct Scsi_Host *shost)
{
	return (struct srp_target *)shost->hostdata;
}

static inline int srp_cmd_direction(struct srp_cmd *cmd)
{
	return cmd->buf_fmt >> 4 ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
}

#endif
