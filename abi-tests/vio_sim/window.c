// SPDX-License-Identifier: GPL-2.0
/*
 * DMA windows: what an address of a partition's I/O is in memory. Each page is entered by itself,
 * as in a table of translation control entries, and nothing else can be reached by H_COPY_RDMA.
 */
#include <linux/bitmap.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "vio_sim.h"

int sim_window_init(struct sim_end *end)
{
	end->tce = vcalloc(SIM_TCES, sizeof(*end->tce));
	end->used = bitmap_zalloc(SIM_TCES, GFP_KERNEL);
	if (!end->tce || !end->used)
		return -ENOMEM;
	/* no address 0, and none that a test program says is its memory's */
	bitmap_set(end->used, 0, (VIO_SIM_MEM_BASE + VIO_SIM_MEM_SIZE) >> PAGE_SHIFT);
	return 0;
}

void sim_window_exit(struct sim_end *end)
{
	vfree(end->tce);
	bitmap_free(end->used);
}

static void sim_enter(struct sim_end *end, unsigned long at, void *addr, unsigned int n)
{
	unsigned int i;

	lockdep_assert_held_write(&end->lock);
	for (i = 0; i < n; i++)
		end->tce[at + i] = addr ? addr + i * PAGE_SIZE : NULL;
	end->mapped += addr ? n : -n;
}

/* Returns DMA_MAPPING_ERROR when the window is full. */
u64 sim_map(struct sim_end *end, void *addr, size_t len)
{
	unsigned int n = DIV_ROUND_UP(offset_in_page(addr) + len, PAGE_SIZE);
	void *page = PTR_ALIGN_DOWN(addr, PAGE_SIZE);
	unsigned long at, flags;

	write_lock_irqsave(&end->lock, flags);
	at = bitmap_find_next_zero_area(end->used, SIM_TCES, 0, n, 0);
	if (at < SIM_TCES) {
		bitmap_set(end->used, at, n);
		sim_enter(end, at, page, n);
	}
	write_unlock_irqrestore(&end->lock, flags);
	return at < SIM_TCES ? ((u64)at << PAGE_SHIFT) + offset_in_page(addr) : DMA_MAPPING_ERROR;
}

/* A test program's memory, where it says. */
void sim_map_at(struct sim_end *end, u64 ioba, void *addr, size_t len)
{
	unsigned long flags;

	write_lock_irqsave(&end->lock, flags);
	sim_enter(end, ioba >> PAGE_SHIFT, addr, len >> PAGE_SHIFT);
	write_unlock_irqrestore(&end->lock, flags);
}

void sim_unmap(struct sim_end *end, u64 ioba, size_t len)
{
	unsigned int n = DIV_ROUND_UP((ioba & ~PAGE_MASK) + len, PAGE_SIZE);
	unsigned long at = ioba >> PAGE_SHIFT, flags;

	write_lock_irqsave(&end->lock, flags);
	sim_enter(end, at, NULL, n);
	if (ioba >= VIO_SIM_MEM_BASE + VIO_SIM_MEM_SIZE)
		bitmap_clear(end->used, at, n);
	write_unlock_irqrestore(&end->lock, flags);
}

/* NULL, or where the byte is; @len is cut to the end of the page. */
static void *sim_translate(struct sim_end *end, u64 ioba, size_t *len)
{
	void *page;

	if (ioba >> PAGE_SHIFT >= SIM_TCES)
		return NULL;
	page = end->tce[ioba >> PAGE_SHIFT];
	*len = min_t(size_t, *len, PAGE_SIZE - (ioba & ~PAGE_MASK));
	return page ? page + (ioba & ~PAGE_MASK) : NULL;
}

/* The partition's own memory, through its window. */
bool sim_access(struct sim_end *end, u64 ioba, void *buf, size_t len, bool write)
{
	unsigned long flags;
	void *at = NULL;
	size_t n;

	read_lock_irqsave(&end->lock, flags);
	for (; len; len -= n, ioba += n, buf += n) {
		n = len;
		at = sim_translate(end, ioba, &n);
		if (!at)
			break;
		memcpy(write ? at : buf, write ? buf : at, n);
	}
	read_unlock_irqrestore(&end->lock, flags);
	return !len;
}

/* Neither side's pages leave their window while they are copied. */
long sim_copy(struct sim_end *from, u64 src, struct sim_end *to, u64 dst, size_t len)
{
	unsigned long flags, flags2;
	long rc = H_SUCCESS;
	void *s, *d;
	size_t n;

	if (from == to)
		return H_DEST_PARM;
	/* always in this order */
	read_lock_irqsave(&from->adapter->server.lock, flags);
	read_lock_irqsave(&from->adapter->client.lock, flags2);
	for (; len && !rc; len -= n, src += n, dst += n) {
		n = len;
		s = sim_translate(from, src, &n);
		d = sim_translate(to, dst, &n);
		if (s && d)
			memcpy(d, s, n);
		else
			rc = s ? H_DEST_PARM : H_SOURCE_PARM;
	}
	read_unlock_irqrestore(&from->adapter->client.lock, flags2);
	read_unlock_irqrestore(&from->adapter->server.lock, flags);
	return rc;
}

/* ---- the server's device ---------------------------------------------------------------- */

static struct sim_end *sim_end_of(struct device *dev)
{
	return &sim_of_dev(dev)->server;
}

static void *sim_dma_alloc(struct device *dev, size_t size, dma_addr_t *dma, gfp_t gfp,
			   unsigned long attrs)
{
	void *addr = alloc_pages_exact(PAGE_ALIGN(size), gfp | __GFP_ZERO);

	if (!addr)
		return NULL;
	*dma = sim_map(sim_end_of(dev), addr, size);
	if (*dma != DMA_MAPPING_ERROR)
		return addr;
	free_pages_exact(addr, PAGE_ALIGN(size));
	return NULL;
}

static void sim_dma_free(struct device *dev, size_t size, void *addr, dma_addr_t dma,
			 unsigned long attrs)
{
	sim_unmap(sim_end_of(dev), dma, size);
	free_pages_exact(addr, PAGE_ALIGN(size));
}

static dma_addr_t sim_dma_map_page(struct device *dev, struct page *page, unsigned long offset,
				   size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return sim_map(sim_end_of(dev), page_address(page) + offset, size);
}

static void sim_dma_unmap_page(struct device *dev, dma_addr_t dma, size_t size,
			       enum dma_data_direction dir, unsigned long attrs)
{
	sim_unmap(sim_end_of(dev), dma, size);
}

static void sim_dma_unmap_sg(struct device *dev, struct scatterlist *sgl, int nents,
			     enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		sim_unmap(sim_end_of(dev), sg_dma_address(sg), sg_dma_len(sg));
}

static int sim_dma_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
			  enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		sg_dma_address(sg) = sim_map(sim_end_of(dev), sg_virt(sg), sg->length);
		sg_dma_len(sg) = sg->length;
		if (sg_dma_address(sg) == DMA_MAPPING_ERROR) {
			sim_dma_unmap_sg(dev, sgl, i, dir, attrs);
			return -ENOMEM;
		}
	}
	return nents;
}

static int sim_dma_supported(struct device *dev, u64 mask)
{
	return 1;
}

const struct dma_map_ops sim_dma_ops = {
	.alloc		= sim_dma_alloc,
	.free		= sim_dma_free,
	.map_page	= sim_dma_map_page,
	.unmap_page	= sim_dma_unmap_page,
	.map_sg		= sim_dma_map_sg,
	.unmap_sg	= sim_dma_unmap_sg,
	.dma_supported	= sim_dma_supported,
};
