// SPDX-License-Identifier: GPL-2.0
/*
 * libsrp under its old name: a pool of IUs for an SRP target driver, SRP commands for the daemon,
 * and their data.
 *
 * Drivers of those days trust what they are given, so what they are given can be trusted: segments
 * in one array with an entry to spare, and descriptors that have just the bytes which are to be
 * moved. An IU is the driver's from srp_iu_get() to srp_iu_put().
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <scsi/scsi_tgt.h>
#include <scsi/libsrp.h>
#include "srp_desc.h"

#define SRP_LIST_MAX	4096	/* descriptors of a list in the client's memory */

/* ---- the pool --------------------------------------------------------------------------- */

static int srp_queue_alloc(struct srp_target *target, struct srp_queue *q, size_t nr)
{
	size_t bytes = roundup_pow_of_two(nr) * sizeof(void *);
	struct iu_entry *iue;
	size_t i;

	q->pool = kvzalloc(bytes, GFP_KERNEL);
	q->items = kvcalloc(nr, sizeof(*iue), GFP_KERNEL);
	if (!q->pool || !q->items)
		return -ENOMEM;
	spin_lock_init(&q->lock);
	kfifo_init(&q->queue, q->pool, bytes);
	for (i = 0; i < nr; i++) {
		iue = (struct iu_entry *)q->items + i;
		iue->target = target;
		iue->sbuf = target->rx_ring[i];
		kfifo_in(&q->queue, (void *)&iue, sizeof(iue));
	}
	return 0;
}

static int srp_ring_alloc(struct srp_target *target, size_t nr, size_t iu_size)
{
	struct srp_buf *buf;

	target->rx_ring = kvcalloc(nr, sizeof(*target->rx_ring), GFP_KERNEL);
	if (!target->rx_ring)
		return -ENOMEM;
	for (target->rx_ring_size = 0; target->rx_ring_size < nr; target->rx_ring_size++) {
		buf = kzalloc(sizeof(*buf), GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
		target->rx_ring[target->rx_ring_size] = buf;
		buf->buf = dma_alloc_coherent(target->dev, iu_size, &buf->dma, GFP_KERNEL);
		if (!buf->buf) {
			kfree(buf);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * srp_target_alloc() - the pool of a target port
 * @target: port
 * @dev: its device; the driver data of it is @target from here on
 * @nr: IUs
 * @iu_size: bytes of one
 *
 * Return: 0, -EINVAL or -ENOMEM. Context: process.
 */
int srp_target_alloc(struct srp_target *target, struct device *dev, size_t nr, size_t iu_size)
{
	int err;

	if (!nr || iu_size < sizeof(struct srp_cmd))
		return -EINVAL;
	spin_lock_init(&target->lock);
	INIT_LIST_HEAD(&target->cmd_queue);
	memset(&target->iu_queue, 0, sizeof(target->iu_queue));
	target->dev = dev;
	target->srp_iu_size = iu_size;
	dev_set_drvdata(dev, target);
	err = srp_ring_alloc(target, nr, iu_size);
	if (!err)
		err = srp_queue_alloc(target, &target->iu_queue, nr);
	if (err)
		srp_target_free(target);
	return err;
}
EXPORT_SYMBOL_GPL(srp_target_alloc);

/**
 * srp_target_free() - the reverse
 * @target: port; the driver has no IU of it
 *
 * Context: process.
 */
void srp_target_free(struct srp_target *target)
{
	struct srp_buf *buf;

	dev_set_drvdata(target->dev, NULL);
	while (target->rx_ring_size) {
		buf = target->rx_ring[--target->rx_ring_size];
		dma_free_coherent(target->dev, target->srp_iu_size, buf->buf, buf->dma);
		kfree(buf);
	}
	kvfree(target->rx_ring);
	kvfree(target->iu_queue.pool);
	kvfree(target->iu_queue.items);
	target->rx_ring = NULL;
}
EXPORT_SYMBOL_GPL(srp_target_free);

/**
 * srp_iu_get() - an IU out of the pool
 * @target: port
 *
 * Return: NULL if there is none. Context: any.
 */
struct iu_entry *srp_iu_get(struct srp_target *target)
{
	struct srp_queue *q = &target->iu_queue;
	struct iu_entry *iue;

	if (kfifo_out_locked(&q->queue, (void *)&iue, sizeof(iue), &q->lock) != sizeof(iue))
		return NULL;
	iue->target = target;
	iue->flags = 0;
	INIT_LIST_HEAD(&iue->ilist);
	return iue;
}
EXPORT_SYMBOL_GPL(srp_iu_get);

/**
 * srp_iu_put() - the reverse
 * @iue: IU
 *
 * Context: any.
 */
void srp_iu_put(struct iu_entry *iue)
{
	struct srp_queue *q = &iue->target->iu_queue;

	kfifo_in_locked(&q->queue, (void *)&iue, sizeof(iue), &q->lock);
}
EXPORT_SYMBOL_GPL(srp_iu_put);

/* ---- commands --------------------------------------------------------------------------- */

/* Bytes there are at a command: to the end of the pool's buffer it is in. */
static u32 srp_iu_bytes(const struct srp_target *target, const struct srp_cmd *cmd)
{
	const u8 *buf, *at = (const u8 *)cmd;
	size_t i;

	for (i = 0; i < target->rx_ring_size; i++) {
		buf = target->rx_ring[i]->buf;
		if (at >= buf && at < buf + target->srp_iu_size)
			return buf + target->srp_iu_size - at;
	}
	return target->srp_iu_size;
}

/* Old drivers take what is for both directions as a write. */
static int srp_parse(const struct srp_target *target, struct srp_cmd *cmd, struct srp_desc *d)
{
	return srp_desc_parse(d, (const u8 *)cmd, srp_iu_bytes(target, cmd), SRP_DESC_NATIVE);
}

static u8 srp_attr(u8 task_attr)
{
	switch (task_attr) {
	case 0:
		return MSG_SIMPLE_TAG;
	case 1:
		return MSG_HEAD_TAG;
	case 2:
		return MSG_ORDERED_TAG;
	}
	pr_warn_ratelimited("libsrp: task attribute %u is taken for ordered\n", task_attr);
	return MSG_ORDERED_TAG;
}

/**
 * srp_cmd_queue() - give an SRP command to the daemon
 * @shost: host, whose private data is the struct srp_target
 * @cmd: command, in an IU of the pool
 * @info: for the driver, as SCp.ptr of the command
 * @itn_id: I_T nexus
 * @addr: stays in sdb.table.sgl until there are pages
 *
 * Return: 0, -EINVAL for descriptors that cannot be, -ENOMEM, or what scsi_tgt_queue_command()
 * returned. Context: process.
 */
int srp_cmd_queue(struct Scsi_Host *shost, struct srp_cmd *cmd, void *info, u64 itn_id, u64 addr)
{
	struct stgt_scsi_cmnd *sc;
	struct srp_desc d;
	int err;

	err = srp_parse(host_to_srp_target(shost), cmd, &d);
	if (err)
		return -EINVAL;
	sc = scsi_host_get_command(shost, srp_cmd_direction(cmd), GFP_KERNEL);
	if (!sc)
		return -ENOMEM;
	sc->SCp.ptr = info;
	memcpy(sc->cmnd, cmd->cdb, sizeof(cmd->cdb));
	sc->sdb.length = d.len;
	sc->sdb.table.sgl = (void *)(unsigned long)addr;
	sc->tag = srp_attr(cmd->task_attr);
	err = scsi_tgt_queue_command(sc, itn_id, &cmd->lun, cmd->tag);
	if (err)
		scsi_host_put_command(shost, sc);
	return err;
}
EXPORT_SYMBOL_GPL(srp_cmd_queue);

/* ---- data ------------------------------------------------------------------------------- */

/**
 * struct srp_move - one srp_transfer_data()
 * @sc: command
 * @target: port
 * @rdma_io: the driver's
 * @dma_map: it wants DMA addresses
 * @d: descriptors
 * @dir: the initiator's data
 */
struct srp_move {
	struct stgt_scsi_cmnd	*sc;
	struct srp_target	*target;
	srp_rdma_t		*rdma_io;
	bool			dma_map;
	struct srp_desc		d;
	enum dma_data_direction	dir;
};

/* How many descriptors of @md bear @len bytes; the last one is cut to that. */
static int srp_cut(struct srp_direct_buf *md, u32 nr, u32 len)
{
	u32 i, *part;

	for (i = 0; i < nr && len; i++) {
		part = (u32 __force *)&md[i].len;
		*part = min(*part, len);
		len -= *part;
	}
	return len ? -EINVAL : i;
}

static int srp_move_mapped(struct srp_move *m, struct srp_direct_buf *md, u32 nr, u32 len)
{
	struct scatterlist *sg, *from;
	int i, nsg, nents = scsi_sg_count(m->sc), err = 0;

	nsg = nents;
	if (m->dma_map)
		nsg = dma_map_sg(m->target->dev, scsi_sglist(m->sc), nents, DMA_BIDIRECTIONAL);
	if (!nsg)
		return -EIO;
	sg = kvcalloc(nsg + 1, sizeof(*sg), GFP_KERNEL);
	if (!sg) {
		err = -ENOMEM;
		goto out_unmap;
	}
	sg_init_table(sg, nsg + 1);
	for_each_sg(scsi_sglist(m->sc), from, nsg, i) {
		sg_set_page(&sg[i], sg_page(from), from->length, from->offset);
		if (m->dma_map) {
			sg_dma_address(&sg[i]) = sg_dma_address(from);
			sg_dma_len(&sg[i]) = sg_dma_len(from);
		}
	}
	err = m->rdma_io(m->sc, sg, nsg, md, nr, m->dir, len);
	kvfree(sg);
out_unmap:
	if (m->dma_map)
		dma_unmap_sg(m->target->dev, scsi_sglist(m->sc), nents, DMA_BIDIRECTIONAL);
	return err;
}

/* The list of an indirect descriptor, out of the client's memory. */
static int srp_fetch_list(struct srp_move *m, struct srp_direct_buf *md)
{
	u32 bytes = m->d.nr * sizeof(*md);
	struct srp_direct_buf table = { };
	struct scatterlist sg[2];
	dma_addr_t dma;
	void *buf;
	int err;

	buf = dma_alloc_coherent(m->target->dev, bytes, &dma, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	*(u64 __force *)&table.va = m->d.list_va;
	*(u32 __force *)&table.len = bytes;
	sg_init_table(sg, 2);
	sg_dma_address(&sg[0]) = dma;
	sg_dma_len(&sg[0]) = bytes;
	err = m->rdma_io(m->sc, sg, 1, &table, 1, DMA_TO_DEVICE, bytes);
	if (!err)
		memcpy(md, buf, bytes);
	dma_free_coherent(m->target->dev, bytes, buf, dma);
	return err;
}

static int srp_move_list(struct srp_move *m, struct srp_direct_buf *md, struct srp_cmd *cmd,
			 u32 len)
{
	int nr, err = 0;

	if (m->d.external)
		err = srp_fetch_list(m, md);
	else
		memcpy(md, (u8 *)cmd + m->d.list, m->d.nr * sizeof(*md));
	if (err)
		return err;
	nr = srp_cut(md, m->d.nr, len);
	return nr < 0 ? nr : srp_move_mapped(m, md, nr, len);
}

/**
 * srp_transfer_data() - move a command's data
 * @sc: command, with the daemon's pages
 * @cmd: the same, in its IU
 * @rdma_io: moves bytes
 * @dma_map: it wants DMA addresses of the daemon's pages
 * @ext_desc: it can fetch a list of descriptors from the client
 *
 * Return: 0, or -EINVAL for descriptors that cannot be, too few of them, or a list that nobody
 * can fetch; -ENOMEM, -EIO; or what @rdma_io returned. Context: process.
 */
int srp_transfer_data(struct stgt_scsi_cmnd *sc, struct srp_cmd *cmd, srp_rdma_t rdma_io,
		      int dma_map, int ext_desc)
{
	struct srp_move m = {
		.sc = sc,
		.target = host_to_srp_target(scsi_tgt_cmd_to_host(sc)),
		.rdma_io = rdma_io,
		.dma_map = dma_map,
		.dir = srp_cmd_direction(cmd),
	};
	struct srp_direct_buf *md;
	u32 len;
	int err;

	err = srp_parse(m.target, cmd, &m.d);
	if (err || m.d.nr > SRP_LIST_MAX)
		return -EINVAL;
	len = min(scsi_bufflen(sc), m.d.len);
	if (!len || !scsi_sg_count(sc))
		return 0;
	if (m.d.external && !(ext_desc && dma_map))
		return -EINVAL;
	md = kvcalloc(m.d.nr, sizeof(*md), GFP_KERNEL);
	if (!md)
		return -ENOMEM;
	err = srp_move_list(&m, md, cmd, len);
	kvfree(md);
	return err;
}
EXPORT_SYMBOL_GPL(srp_transfer_data);

MODULE_DESCRIPTION("SRP for target drivers on STGT's in-kernel API");
MODULE_LICENSE("GPL");
