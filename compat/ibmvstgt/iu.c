// SPDX-License-Identifier: GPL-2.0
/* IUs: the pool, copies to and from the client, and answers. */
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include "ibmvstgt.h"

#define VST_RDMA_MAX	(128 << 10)	/* bytes of a H_COPY_RDMA */

/* ---- the pool --------------------------------------------------------------------------- */

int vst_ius_alloc(struct vst_adapter *a)
{
	struct vst_iu *iu;

	for (iu = a->iu; iu < a->iu + VST_IUS; iu++) {
		iu->a = a;
		iu->buf = dma_alloc_coherent(&a->vdev->dev, VST_BUF_SIZE, &iu->dma, GFP_KERNEL);
		if (!iu->buf)
			return -ENOMEM;
		list_add_tail(&iu->node, &a->free);
		a->nr_free++;
	}
	return 0;
}

void vst_ius_free(struct vst_adapter *a)
{
	struct vst_iu *iu;

	for (iu = a->iu; iu < a->iu + VST_IUS; iu++)
		if (iu->buf)
			dma_free_coherent(&a->vdev->dev, VST_BUF_SIZE, iu->buf, iu->dma);
}

struct vst_iu *vst_iu_get(struct vst_adapter *a)
{
	struct vst_iu *iu;

	spin_lock_irq(&a->lock);
	iu = list_first_entry_or_null(&a->free, struct vst_iu, node);
	if (iu) {
		list_del_init(&iu->node);
		a->nr_free--;
		iu->refs = 1;
		iu->gen = a->gen;
		iu->live = false;
		iu->is_tmf = false;
		iu->engine = false;
		iu->counted = false;
		iu->aborting = NULL;
		memset(&iu->desc, 0, sizeof(iu->desc));
	}
	spin_unlock_irq(&a->lock);
	return iu;
}

/* The client's command with that tag, or NULL; under a->lock. */
struct vst_iu *vst_iu_find(struct vst_adapter *a, u64 tag)
{
	struct vst_iu *iu;

	lockdep_assert_held(&a->lock);
	for (iu = a->iu; iu < a->iu + VST_IUS; iu++)
		if (iu->refs && iu->live && iu->gen == a->gen && iu->tag == tag)
			return iu;
	return NULL;
}

/* A client that got fewer because of IUs of the one before it gets more. */
static void vst_raise(struct vst_adapter *a, const struct vst_iu *iu)
{
	lockdep_assert_held(&a->lock);
	if (iu->counted && iu->gen != a->gen && a->limit && a->limit < VST_LIMIT) {
		a->limit++;
		a->debit++;
		a->owed++;
	}
}

void vst_iu_put(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (!--iu->refs) {
		vst_raise(a, iu);
		list_add_tail(&iu->node, &a->free);
		a->nr_free++;
		wake_up(&a->idle);
	}
	spin_unlock_irqrestore(&a->lock, flags);
}

/* A request is over without an answer; the next one gives the client back what it used. */
void vst_end(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	iu->live = false;
	iu->is_tmf = false;
	if (iu->counted && iu->gen == a->gen)
		a->owed++;
	spin_unlock_irqrestore(&a->lock, flags);
	vst_iu_put(iu);
}

/*
 * The client is there, and does not count as gone before the end of what is copied to it; or false.
 */
bool vst_moving_begin(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	unsigned long flags;
	bool current_one;

	spin_lock_irqsave(&a->lock, flags);
	current_one = iu->gen == a->gen;
	if (current_one)
		a->moving++;
	spin_unlock_irqrestore(&a->lock, flags);
	return current_one;
}

void vst_moving_end(struct vst_adapter *a)
{
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (!--a->moving)
		wake_up(&a->idle);
	spin_unlock_irqrestore(&a->lock, flags);
}

/* ---- copies ----------------------------------------------------------------------------- */

/* Between our memory and the client's; @out: from there to here. */
int vst_copy(struct vst_adapter *a, dma_addr_t dma, u64 remote, u32 len, bool out)
{
	u32 part;
	long rc;

	for (; len; len -= part, dma += part, remote += part) {
		part = min_t(u32, len, VST_RDMA_MAX);
		if (out)
			rc = plpar_hcall_norets(H_COPY_RDMA, part, a->riobn, remote, a->liobn, dma);
		else
			rc = plpar_hcall_norets(H_COPY_RDMA, part, a->liobn, dma, a->riobn, remote);
		if (rc != H_SUCCESS) {
			vst_err(a, "copy of %u bytes: %ld\n", part, rc);
			return -EIO;
		}
	}
	return 0;
}

bool vst_iu_fetch(struct vst_iu *iu, const struct viosrp_crq *crq)
{
	struct vst_adapter *a = iu->a;

	iu->format = crq->format;
	iu->len = be16_to_cpu(crq->IU_length);
	iu->remote = be64_to_cpu(crq->IU_data_ptr);
	if (!iu->len || iu->len > SRP_MAX_IU_LEN) {
		vst_break(a, "length of an IU");
		return false;
	}
	memset(iu->buf, 0, SRP_MAX_IU_LEN);
	if (vst_copy(a, iu->dma, iu->remote, iu->len, true)) {
		vst_break(a, "an IU cannot be fetched");
		return false;
	}
	memcpy(&iu->tag, iu->buf + 8, sizeof(iu->tag));
	return true;
}

/**
 * struct vst_cursor - a place in a scatterlist
 * @sg: segment
 * @off: bytes of it that are done
 */
struct vst_cursor {
	struct scatterlist	*sg;
	u32			off;
};

static int vst_move_one(struct vst_iu *iu, struct vst_cursor *cur, const struct srp_desc_one *one,
			u32 len)
{
	u64 va = one->va;
	u32 part;

	for (; len; len -= part, va += part) {
		if (cur->off == sg_dma_len(cur->sg)) {
			cur->sg = sg_next(cur->sg);
			cur->off = 0;
		}
		part = min(len, sg_dma_len(cur->sg) - cur->off);
		if (vst_copy(iu->a, sg_dma_address(cur->sg) + cur->off, va, part, iu->desc.out))
			return -EIO;
		cur->off += part;
	}
	return 0;
}

/*
 * @len bytes of a command's data, which are all in @sgl, its DMA addresses. Returns 0, -EIO or
 * -EINVAL: the client's descriptors bear less.
 */
int vst_move(struct vst_iu *iu, struct scatterlist *sgl, u32 len)
{
	struct vst_cursor cur = { .sg = sgl };
	const u8 *list = iu->buf + iu->desc.list;
	struct srp_desc_one one;
	u32 i, part;

	if (iu->desc.external) {
		list = iu->buf + SRP_MAX_IU_LEN;
		if (vst_copy(iu->a, iu->dma + SRP_MAX_IU_LEN, iu->desc.list_va,
			     iu->desc.nr * SRP_DESC_SIZE, true))
			return -EIO;
	}
	for (i = 0; i < iu->desc.nr && len; i++, len -= part) {
		srp_desc_get(&one, list + i * SRP_DESC_SIZE, SRP_DESC_BE);
		part = min(len, one.len);
		if (vst_move_one(iu, &cur, &one, part))
			return -EIO;
	}
	return len ? -EINVAL : 0;
}

/* ---- answers ---------------------------------------------------------------------------- */

static bool vst_is_current(struct vst_iu *iu)
{
	return READ_ONCE(iu->a->gen) == iu->gen;
}

/* What is not sent for want of room waits, and is the worker's. */
static void vst_send(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	unsigned long flags;
	long rc;

	rc = vst_crq_send(a, iu->crq[0], iu->crq[1]);
	if (rc == H_DROPPED) {
		spin_lock_irqsave(&a->lock, flags);
		list_add_tail(&iu->node, &a->unsent);
		spin_unlock_irqrestore(&a->lock, flags);
		mod_delayed_work(vst_wq, &a->again, msecs_to_jiffies(5));
		return;
	}
	if (rc != H_SUCCESS && rc != H_CLOSED)
		vst_err(a, "sending a response: %ld\n", rc);
	vst_iu_put(iu);
}

/* Those that waited, of the worker. */
void vst_resend(struct vst_adapter *a)
{
	struct vst_iu *iu, *next;
	LIST_HEAD(unsent);

	spin_lock_irq(&a->lock);
	list_splice_init(&a->unsent, &unsent);
	spin_unlock_irq(&a->lock);
	list_for_each_entry_safe(iu, next, &unsent, node) {
		list_del_init(&iu->node);
		if (vst_is_current(iu))
			vst_send(iu);
		else
			vst_iu_put(iu);
	}
}

/*
 * The IU's buffer is the answer, of @len bytes. @crq_status: what the element says if the client
 * has got it. The IU is not the caller's any more. Any context.
 */
void vst_reply(struct vst_iu *iu, u16 len, u8 crq_status)
{
	struct viosrp_crq crq = { };
	struct vst_adapter *a = iu->a;

	if (!vst_moving_begin(iu)) {
		vst_iu_put(iu);
		return;
	}
	crq.valid = VIOSRP_CRQ_CMD_RSP;
	crq.format = iu->format;
	if (!vst_copy(a, iu->dma, iu->remote, len, false))
		crq.status = crq_status;
	crq.IU_length = cpu_to_be16(len);
	memcpy(&crq.IU_data_ptr, &iu->tag, sizeof(iu->tag));
	iu->crq[0] = be64_to_cpu(crq.high);
	iu->crq[1] = be64_to_cpu(crq.IU_data_ptr);
	vst_send(iu);
	vst_moving_end(a);
}
