// SPDX-License-Identifier: GPL-2.0
/*
 * The command/response queue: elements in, one worker; and the connection with the client, which is
 * broken and made anew here.
 *
 * A client that goes leaves our queue as it is: it finds it when it comes back. Only when we break
 * with it the queue is given up, by which it knows.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include "ibmvstgt.h"

#define VST_CRQ_ELEMENTS	(PAGE_SIZE / sizeof(struct viosrp_crq))

#define VST_CRQ_INIT		0xc001000000000000ULL
#define VST_CRQ_INIT_DONE	0xc002000000000000ULL
#define VST_CRQ_PING_DONE	0x800600f600000000ULL
#define VST_CRQ_PING		0xf5		/* status of an element without an IU */

long vst_crq_send(struct vst_adapter *a, u64 high, u64 low)
{
	return plpar_hcall_norets(H_SEND_CRQ, a->vdev->unit_address, high, low);
}

/* The client broke the rules, or cannot be reached: it has to begin again. Any context. */
void vst_break(struct vst_adapter *a, const char *why)
{
	unsigned long flags;

	vst_err(a, "disconnecting the client: %s\n", why);
	spin_lock_irqsave(&a->lock, flags);
	a->broken = true;
	spin_unlock_irqrestore(&a->lock, flags);
	queue_work(vst_wq, &a->work);
}

/* As vst_break(), in a second: what is in the way may be gone then. */
void vst_break_later(struct vst_adapter *a)
{
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	a->broken = true;
	spin_unlock_irqrestore(&a->lock, flags);
	queue_delayed_work(vst_wq, &a->again, HZ);
}

/* ---- registering ------------------------------------------------------------------------ */

static void vst_crq_free(struct vst_adapter *a)
{
	long rc;

	for (;;) {
		rc = plpar_hcall_norets(H_FREE_CRQ, a->vdev->unit_address);
		if (rc != H_BUSY && !H_IS_LONG_BUSY(rc))
			break;
		msleep(20);
	}
	a->open = false;
}

static int vst_crq_reg(struct vst_adapter *a)
{
	u32 unit = a->vdev->unit_address;
	long rc;

	memset(a->crq, 0, PAGE_SIZE);
	a->cur = 0;
	rc = plpar_hcall_norets(H_REG_CRQ, unit, a->crq_dma, PAGE_SIZE);
	if (rc == H_RESOURCE) {		/* left behind, by a kexec for one */
		vst_crq_free(a);
		rc = plpar_hcall_norets(H_REG_CRQ, unit, a->crq_dma, PAGE_SIZE);
	}
	if (rc != H_SUCCESS && rc != H_CLOSED) {
		vst_err(a, "Error 0x%lx opening virtual adapter\n", rc);
		return -EIO;
	}
	a->open = true;
	return 0;
}

/* What came before interrupts were enabled may never interrupt: the worker looks. */
static void vst_crq_begin(struct vst_adapter *a)
{
	vio_enable_interrupts(a->vdev);
	vst_crq_send(a, VST_CRQ_INIT, 0);
	queue_work(vst_wq, &a->work);
}

static irqreturn_t vst_interrupt(int irq, void *data)
{
	struct vst_adapter *a = data;

	vio_disable_interrupts(a->vdev);
	queue_work(vst_wq, &a->work);
	return IRQ_HANDLED;
}

int vst_crq_create(struct vst_adapter *a)
{
	struct device *dev = &a->vdev->dev;
	int err = -ENOMEM;

	a->crq = (void *)get_zeroed_page(GFP_KERNEL);
	if (!a->crq)
		return -ENOMEM;
	a->crq_dma = dma_map_single(dev, a->crq, PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, a->crq_dma))
		goto out_page;
	if (vst_crq_reg(a))
		goto out_unmap;
	err = request_irq(a->vdev->irq, vst_interrupt, 0, "ibmvstgt", a);
	if (err)
		goto out_free;
	vst_crq_begin(a);
	return 0;

out_free:
	vst_crq_free(a);
out_unmap:
	dma_unmap_single(dev, a->crq_dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
out_page:
	free_page((unsigned long)a->crq);
	return err;
}

/* Nothing comes in after it. The adapter is going: the worker leaves the queue alone. */
void vst_crq_destroy(struct vst_adapter *a)
{
	free_irq(a->vdev->irq, a);
	if (a->open)
		vst_crq_free(a);
	dma_unmap_single(&a->vdev->dev, a->crq_dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
	free_page((unsigned long)a->crq);
}

/* Break with the client, and wait for it to come again. */
void vst_crq_reset(struct vst_adapter *a)
{
	lockdep_assert_held(&a->mutex);
	vst_logout(a);
	spin_lock_irq(&a->lock);
	a->broken = false;
	spin_unlock_irq(&a->lock);
	if (a->open)
		vst_crq_free(a);
	if (vst_crq_reg(a))
		vst_break_later(a);
	else
		vst_crq_begin(a);
}

/* ---- elements --------------------------------------------------------------------------- */

static void vst_request(struct vst_adapter *a, const struct viosrp_crq *crq)
{
	struct vst_iu *iu = vst_iu_get(a);

	if (!iu) {
		vst_break(a, "more requests than it may send");
		return;
	}
	if (!vst_iu_fetch(iu, crq))
		vst_iu_put(iu);
	else if (crq->format == VIOSRP_SRP_FORMAT)
		vst_srp(iu);
	else
		vst_mad(iu);
}

static void vst_payload(struct vst_adapter *a, const struct viosrp_crq *crq)
{
	switch (crq->format) {
	case VIOSRP_SRP_FORMAT:
	case VIOSRP_MAD_FORMAT:
	case VIOSRP_OS400_FORMAT:
	case VIOSRP_AIX_FORMAT:
	case VIOSRP_LINUX_FORMAT:
		vst_request(a, crq);
		return;
	case VIOSRP_INLINE_FORMAT:
		if (crq->status == VST_CRQ_PING) {
			vst_crq_send(a, VST_CRQ_PING_DONE, 0);
			return;
		}
		break;
	}
	vst_err(a, "Unknown format %u\n", crq->format);
}

static void vst_element(struct vst_adapter *a, const struct viosrp_crq *crq)
{
	switch (crq->valid) {
	case VIOSRP_CRQ_INIT_RSP:
		if (crq->format == VIOSRP_CRQ_INIT) {
			vst_logout(a);		/* it begins again */
			vst_crq_send(a, VST_CRQ_INIT_DONE, 0);
		} else if (crq->format != VIOSRP_CRQ_INIT_COMPLETE) {
			vst_err(a, "Unknown format %u\n", crq->format);
		}
		return;
	case VIOSRP_CRQ_XPORT_EVENT:
		vst_logout(a);
		return;
	case VIOSRP_CRQ_CMD_RSP:
		vst_payload(a, crq);
		return;
	}
	vst_err(a, "unknown message type 0x%02x!?\n", crq->valid);
}

static bool vst_pending(struct vst_adapter *a)
{
	return a->open && READ_ONCE(a->crq[a->cur].valid) & 0x80;
}

/* Takes one element; false when there is none. */
static bool vst_next(struct vst_adapter *a)
{
	struct viosrp_crq *at = &a->crq[a->cur], crq;

	if (!vst_pending(a))
		return false;
	dma_rmb();	/* the first byte was written last */
	crq = *at;
	smp_store_release(&at->valid, VIOSRP_CRQ_FREE);	/* it was read before */
	a->cur = (a->cur + 1) % VST_CRQ_ELEMENTS;
	vst_element(a, &crq);
	return true;
}

static bool vst_broken(struct vst_adapter *a)
{
	return READ_ONCE(a->broken);
}

/*
 * A queue's worth at once: who changes the server does not wait for a client that never stops. What
 * came before interrupts were enabled may never interrupt, so that is looked for after.
 */
static void vst_elements(struct vst_adapter *a)
{
	unsigned int n;

	for (n = 0; n < VST_CRQ_ELEMENTS && !vst_broken(a) && vst_next(a); n++)
		cond_resched();
	if (!a->open || vst_broken(a))
		return;
	vio_enable_interrupts(a->vdev);
	mb();	/* the call, then the element */
	if (vst_pending(a))
		queue_work(vst_wq, &a->work);
}

void vst_work(struct work_struct *work)
{
	struct vst_adapter *a = container_of(work, struct vst_adapter, work);

	mutex_lock(&a->mutex);
	if (vst_broken(a) && !a->going)
		vst_crq_reset(a);
	vst_resend(a);
	if (a->going)
		goto out;
	vst_daemon_announce(a);
	vst_elements(a);
out:
	mutex_unlock(&a->mutex);
}

void vst_again(struct work_struct *work)
{
	queue_work(vst_wq, &container_of(to_delayed_work(work), struct vst_adapter, again)->work);
}
