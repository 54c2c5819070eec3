// SPDX-License-Identifier: GPL-2.0
/*
 * Hypervisor calls. An element sent to a partner that has no queue is H_CLOSED, to one whose queue
 * is full H_DROPPED; a partner that gives up its queue is told to the other as a transport event.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include "vio_sim.h"

DEFINE_SPINLOCK(sim_lock);

static const u8 sim_deregistered[SIM_CRQ_SIZE] = { 0xff, 0x02 };

/* The first byte says whose an element is, so it is written last. Under sim_lock. */
static long sim_store(struct sim_end *end, const u8 *element)
{
	u64 at = end->crq + end->put * SIM_CRQ_SIZE;
	u8 valid;

	if (!sim_access(end, at, &valid, 1, false))
		return H_HARDWARE;
	if (valid)
		return H_DROPPED;
	sim_access(end, at + 1, (u8 *)element + 1, SIM_CRQ_SIZE - 1, true);
	smp_wmb();	/* the reader looks at the first byte, then at the rest */
	sim_access(end, at, (u8 *)element, 1, true);
	end->put = end->put + 1 < end->nr ? end->put + 1 : 0;
	if (end->irq)
		end->kick(end);
	return H_SUCCESS;
}

/* An element of the hypervisor's own making. */
long sim_put_crq(struct sim_end *end, const void *element)
{
	unsigned long flags;
	long rc = H_CLOSED;

	spin_lock_irqsave(&sim_lock, flags);
	if (end->nr)
		rc = sim_store(end, element);
	spin_unlock_irqrestore(&sim_lock, flags);
	return rc;
}

long sim_send_crq(struct sim_end *end, const void *element)
{
	unsigned long flags;
	long rc = H_CLOSED;

	spin_lock_irqsave(&sim_lock, flags);
	if (!end->nr)
		rc = H_PARAMETER;
	else if (end->partner->nr)
		rc = sim_store(end->partner, element);
	spin_unlock_irqrestore(&sim_lock, flags);
	return rc;
}

long sim_reg_crq(struct sim_end *end, u64 ioba, u64 len)
{
	unsigned long flags;
	long rc;
	u8 last;

	if (!len || len % PAGE_SIZE || ioba % PAGE_SIZE ||
	    !sim_access(end, ioba + len - 1, &last, 1, false))
		return H_PARAMETER;
	spin_lock_irqsave(&sim_lock, flags);
	rc = H_RESOURCE;
	if (!end->nr) {
		end->crq = ioba;
		end->nr = len / SIM_CRQ_SIZE;
		end->put = 0;
		rc = end->partner->nr ? H_SUCCESS : H_CLOSED;
	}
	spin_unlock_irqrestore(&sim_lock, flags);
	return rc;
}

long sim_free_crq(struct sim_end *end)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	if (end->nr && end->partner->nr)
		sim_store(end->partner, sim_deregistered);
	end->nr = 0;
	end->irq = false;
	spin_unlock_irqrestore(&sim_lock, flags);
	return H_SUCCESS;
}

/* What came while interrupts were off is not told when they are on: drivers have to look. */
static long sim_signal(struct sim_end *end, bool on)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	end->irq = on;
	spin_unlock_irqrestore(&sim_lock, flags);
	return H_SUCCESS;
}

/* ---- the server's calls ----------------------------------------------------------------- */

/* What is 32 bits wide may come without defined upper ones. */
static struct sim_end *sim_by_unit(u32 unit)
{
	unsigned int i;

	for (i = 0; i < sim_nr_adapters; i++)
		if (sim_adapters[i]->server.unit == unit)
			return &sim_adapters[i]->server;
	return NULL;
}

static struct sim_end *sim_by_liobn(u32 liobn)
{
	unsigned int i;

	for (i = 0; i < sim_nr_adapters; i++) {
		if (sim_adapters[i]->server.liobn == liobn)
			return &sim_adapters[i]->server;
		if (sim_adapters[i]->client.liobn == liobn)
			return &sim_adapters[i]->client;
	}
	return NULL;
}

/*
 * Registers hold an element's words with the first byte at the top. A driver that was never meant
 * for little endian machines loads its answers from memory as they are; there the top byte is not
 * one that begins an element.
 */
static void sim_element(u8 *element, unsigned long w0, unsigned long w1)
{
	u64 words[2] = { w0, w1 };

	if (!sim_native || w0 >> 56 & 0x80) {
		words[0] = (u64 __force)cpu_to_be64(w0);
		words[1] = (u64 __force)cpu_to_be64(w1);
	}
	memcpy(element, words, sizeof(words));
}

/* Whether the call is to fail, and with what. */
static bool sim_fault(struct sim_adapter *a, unsigned long op, long *rc)
{
	struct vio_sim_fault *f = &a->fault;
	unsigned long flags;
	bool fails = false;
	u32 delay = 0;

	spin_lock_irqsave(&sim_lock, flags);
	if (f->op == op && f->skip) {
		f->skip--;
	} else if (f->op == op && f->times) {
		f->times--;
		a->nr_faults++;
		delay = f->delay_us;
		fails = f->result;
		*rc = f->result;
	}
	spin_unlock_irqrestore(&sim_lock, flags);
	if (delay)
		udelay(min(delay, 10000U));
	return fails;
}

static long sim_hcall_rdma(const unsigned long *arg)
{
	struct sim_end *from = sim_by_liobn(arg[1]), *to = sim_by_liobn(arg[3]);
	u32 len = arg[0];
	long rc;

	if (!from || !to || from->adapter != to->adapter)
		return H_REMOTE_PARM;
	if (sim_fault(from->adapter, H_COPY_RDMA, &rc))
		return rc;
	if (len > SIM_RDMA_MAX)
		return H_PARAMETER;
	atomic64_inc(&from->adapter->rdma);
	atomic64_add(len, &from->adapter->rdma_bytes);
	return sim_copy(from, arg[2], to, arg[4], len);
}

static long sim_hcall(unsigned long op, const unsigned long *arg)
{
	struct sim_end *end;
	u8 element[SIM_CRQ_SIZE];
	long rc;

	if (op == H_COPY_RDMA)
		return sim_hcall_rdma(arg);
	end = sim_by_unit(arg[0]);
	if (!end)
		return H_PARAMETER;
	if (sim_fault(end->adapter, op, &rc))
		return rc;
	switch (op) {
	case H_REG_CRQ:
		return sim_reg_crq(end, arg[1], (u32)arg[2]);
	case H_FREE_CRQ:
		return sim_free_crq(end);
	case H_SEND_CRQ:
		sim_element(element, arg[1], arg[2]);
		return sim_send_crq(end, element);
	case H_VIO_SIGNAL:
		return sim_signal(end, (u32)arg[1] == VIO_IRQ_ENABLE);
	case H_ENABLE_CRQ:
		return H_SUCCESS;
	}
	return H_FUNCTION;
}

/**
 * vio_sim_hcall() - a hypervisor call
 * @opcode: H_*
 *
 * Return: H_*. Context: any.
 */
long vio_sim_hcall(unsigned long opcode, ...)
{
	unsigned long arg[5];
	va_list ap;
	int i;

	va_start(ap, opcode);
	for (i = 0; i < ARRAY_SIZE(arg); i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return sim_hcall(opcode, arg);
}
EXPORT_SYMBOL_GPL(vio_sim_hcall);
