// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "ram": a sparse disk in memory. What was never written takes no memory and reads
 * as zeroes.
 *
 * The disk is an xarray of 2 MiB chunks. A chunk is one huge page, when writing began at
 * its start with a long transfer (a stream: the whole of it will be needed), or a table of
 * 512 small pages that fill one by one. UNMAP takes memory away again, whole pages only, which
 * RCU frees: a move looks its memory up and copies within one RCU section, and what it loses by
 * that was unmapped at the same time. Tables stay. A write that meets a hole gets its page without
 * sleeping, or goes on in process context.
 */
#include <linux/bits.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <tgtcore/tgtcore.h>

#define RAM_CHUNK_SHIFT	21
#define RAM_CHUNK_SIZE	BIT(RAM_CHUNK_SHIFT)
#define RAM_CHUNK_ORDER	(RAM_CHUNK_SHIFT - PAGE_SHIFT)
#define RAM_CHUNK_PAGES	BIT(RAM_CHUNK_ORDER)
#define RAM_STREAM	(64U << 10)	/* a transfer this long at a chunk's start is a stream */

/* at once and without reserves; or with patience, but failing in the end */
#define RAM_GFP_ATOMIC	(GFP_NOWAIT | __GFP_NOMEMALLOC | __GFP_NOWARN)
#define RAM_GFP_WAIT	(GFP_NOIO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#define RAM_TAG_HUGE	1	/* xarray pointer tag: the entry is memory, not a table */

struct ram_table {
	void	*page[RAM_CHUNK_PAGES];
};

/**
 * struct ram_dev - a disk, or the protection information of one
 * @chunks: 2 MiB each
 * @pages: how many small pages it takes, tables apart
 * @limit: most of them, or 0
 * @atomic: each small page is replaced by atomic writes: no huge ones
 * @pi: protection information of this disk, complemented: a hole reads as all ones
 */
struct ram_dev {
	struct xarray	chunks;
	atomic_long_t	pages;
	unsigned long	limit;
	bool		atomic;
	struct ram_dev	*pi;
};

static struct ram_dev *ram_of(struct tgt_cmd *cmd)
{
	return cmd->itl->dev->be_priv;
}

/*
 * Memory of the byte at @offset, NULL in a hole; @run gets the bytes up to the end of what
 * this look-up tells.
 */
static void *ram_lookup(struct ram_dev *ram, u64 offset, size_t *run)
{
	void *entry = xa_load(&ram->chunks, offset >> RAM_CHUNK_SHIFT);
	size_t in_chunk = offset & (RAM_CHUNK_SIZE - 1);
	struct ram_table *table;
	void *page;

	*run = RAM_CHUNK_SIZE - in_chunk;
	if (!entry)
		return NULL;
	if (xa_pointer_tag(entry) == RAM_TAG_HUGE)
		return xa_untag_pointer(entry) + in_chunk;
	*run = PAGE_SIZE - offset_in_page(offset);
	table = xa_untag_pointer(entry);
	page = READ_ONCE(table->page[in_chunk >> PAGE_SHIFT]);
	return page ? page + offset_in_page(offset) : NULL;
}

/* Counts @n pages that are about to be allocated; false if there may not be so many. */
static bool ram_charge(struct ram_dev *ram, unsigned long n)
{
	long pages = atomic_long_read(&ram->pages);

	do {
		if (ram->limit && pages + n > ram->limit)
			return false;
	} while (!atomic_long_try_cmpxchg(&ram->pages, &pages, pages + n));
	return true;
}

static void ram_uncharge(struct ram_dev *ram, unsigned long n)
{
	atomic_long_sub(n, &ram->pages);
}

/* Puts @entry where a chunk is missing; frees nothing. Returns what is there then. */
static void *ram_add_chunk(struct ram_dev *ram, u64 offset, void *entry, gfp_t gfp)
{
	void *old = xa_cmpxchg(&ram->chunks, offset >> RAM_CHUNK_SHIFT, NULL, entry, gfp);

	if (xa_is_err(old))
		return NULL;
	return old ?: entry;
}

/* A huge page for the chunk at @offset, if one is to be had; not having it is no error. */
static void ram_fill_huge(struct ram_dev *ram, u64 offset)
{
	struct page *page;
	void *entry;

	if (ram->atomic || !ram_charge(ram, RAM_CHUNK_PAGES))
		return;
	page = alloc_pages(GFP_NOIO | __GFP_ZERO | __GFP_COMP | __GFP_NORETRY | __GFP_NOWARN,
			   RAM_CHUNK_ORDER);
	if (!page)
		goto out;
	entry = xa_tag_pointer(page_address(page), RAM_TAG_HUGE);
	if (ram_add_chunk(ram, offset, entry, GFP_NOIO) == entry)
		return;
	__free_pages(page, RAM_CHUNK_ORDER);
out:
	ram_uncharge(ram, RAM_CHUNK_PAGES);
}

static struct ram_table *ram_fill_table(struct ram_dev *ram, u64 offset, gfp_t gfp)
{
	struct ram_table *table = kzalloc(sizeof(*table), gfp);
	void *entry, *there;

	if (!table)
		return NULL;
	entry = xa_tag_pointer(table, 0);
	there = ram_add_chunk(ram, offset, entry, gfp);
	if (there == entry)
		return table;
	kfree(table);
	return there && xa_pointer_tag(there) != RAM_TAG_HUGE ? xa_untag_pointer(there) : NULL;
}

static void **ram_slot(struct ram_table *table, u64 offset)
{
	return &table->page[(offset & (RAM_CHUNK_SIZE - 1)) >> PAGE_SHIFT];
}

/* A page that counts, or NULL. */
static void *ram_page(struct ram_dev *ram, gfp_t gfp, bool replaces)
{
	void *page;

	/* who takes another's place may be beyond the limit for a moment */
	if (replaces)
		atomic_long_inc(&ram->pages);
	else if (!ram_charge(ram, 1))
		return NULL;
	page = (void *)__get_free_page(gfp);
	if (!page)
		ram_uncharge(ram, 1);
	return page;
}

/* Makes the page at @offset; false if there is no memory. Somebody else may be faster. */
static bool ram_fill(struct ram_dev *ram, u64 offset, gfp_t gfp)
{
	void *entry = xa_load(&ram->chunks, offset >> RAM_CHUNK_SHIFT);
	struct ram_table *table;
	void *page;

	if (entry && xa_pointer_tag(entry) == RAM_TAG_HUGE)
		return true;
	table = entry ? xa_untag_pointer(entry) : ram_fill_table(ram, offset, gfp);
	if (!table)
		return xa_load(&ram->chunks, offset >> RAM_CHUNK_SHIFT);
	page = ram_page(ram, gfp | __GFP_ZERO, false);
	if (!page)
		return false;
	if (cmpxchg(ram_slot(table, offset), NULL, page)) {
		free_page((unsigned long)page);
		ram_uncharge(ram, 1);
	}
	return true;
}

/* Where in the initiator's buffer a copy stands. */
struct ram_cursor {
	struct scatterlist	*sg;
	u32			used;
};

/* Bytes one mapping of the buffer reaches; without HIGHMEM, all memory is mapped already. */
static size_t ram_part(const struct ram_cursor *c, u32 at, size_t n)
{
	n = min_t(size_t, n, c->sg->length - c->used);
	return IS_ENABLED(CONFIG_HIGHMEM) ? min(n, PAGE_SIZE - offset_in_page(at)) : n;
}

/* Whole pages have a copy of their own: without fsrm, memcpy() on 6.12 is a loop of moves. */
static noinline void ram_memcpy_long(void *to, const void *from, size_t n)
{
	if (PAGE_ALIGNED((unsigned long)to | (unsigned long)from))
		for (; n >= PAGE_SIZE; n -= PAGE_SIZE, to += PAGE_SIZE, from += PAGE_SIZE)
			copy_page(to, (void *)from);
	memcpy(to, from, n);
}

static __always_inline void ram_memcpy(void *to, const void *from, size_t n)
{
	if (n == PAGE_SIZE && PAGE_ALIGNED((unsigned long)to | (unsigned long)from))
		copy_page(to, (void *)from);
	else
		ram_memcpy_long(to, from, n);
}

/* Copies between @n bytes at @mem and the buffer's at @at of @sg; without @mem, zeroes. */
static __always_inline void ram_copy_part(struct scatterlist *sg, u32 at, void *mem, size_t n,
					  bool write)
{
	void *buf = kmap_local_page(nth_page(sg_page(sg), at >> PAGE_SHIFT)) + offset_in_page(at);

	if (write)
		ram_memcpy(mem, buf, n);
	else if (mem)
		ram_memcpy(buf, mem, n);
	else
		memset(buf, 0, n);
	kunmap_local(buf);
}

/* Copies @n bytes between the buffer and @mem; without @mem, zeroes to the buffer. */
static void ram_copy(struct ram_cursor *c, void *mem, size_t n, bool write)
{
	size_t part;
	u32 at;

	for (; n; n -= part, c->used += part, mem += mem ? part : 0) {
		if (c->used == c->sg->length) {
			c->sg = sg_next(c->sg);
			c->used = 0;
		}
		at = c->sg->offset + c->used;
		part = ram_part(c, at, n);
		ram_copy_part(c->sg, at, mem, part, write);
	}
}

/* Under RCU. The common transfer: within one page of ours that is there and one of theirs. */
static bool ram_move_page(struct tgt_cmd *cmd)
{
	struct scatterlist *sg = cmd->sgl;
	size_t run;
	void *mem;

	if (sg->length < cmd->len || sg->offset + cmd->len > PAGE_SIZE)
		return false;
	mem = ram_lookup(ram_of(cmd), cmd->offset, &run);
	if (!mem || run < cmd->len)
		return false;
	ram_copy_part(sg, sg->offset, mem, cmd->len, tgt_cmd_is_write(cmd));
	return true;
}

/* Under RCU. Moves the whole transfer; false if memory for a hole is not to be had at once. */
static bool ram_move(struct tgt_cmd *cmd)
{
	struct ram_dev *ram = ram_of(cmd);
	struct ram_cursor c = { .sg = cmd->sgl };
	bool write = tgt_cmd_is_write(cmd);
	u64 offset = cmd->offset;
	size_t left = cmd->len, run;
	void *mem;

	while (left) {
		mem = ram_lookup(ram, offset, &run);
		if (write && !mem && ram_fill(ram, offset, RAM_GFP_ATOMIC))
			mem = ram_lookup(ram, offset, &run);
		if (write && !mem)
			return false;
		run = min(run, left);
		ram_copy(&c, mem, run, write);
		offset += run;
		left -= run;
	}
	return true;
}

/* Makes memory for each hole of the range; false if there is none. */
static bool ram_fill_range(struct ram_dev *ram, u64 offset, u64 end)
{
	size_t run;

	/* a page that UNMAP took again is no want of memory: the move will see */
	for (; offset < end; offset += run)
		if (!ram_lookup(ram, offset, &run) && !ram_fill(ram, offset, RAM_GFP_WAIT))
			return false;
	return true;
}

static bool ram_move_rcu(struct tgt_cmd *cmd)
{
	bool moved;

	rcu_read_lock();
	moved = ram_move_page(cmd) || ram_move(cmd);
	rcu_read_unlock();
	return moved;
}

/*
 * In process context: a stream gets its huge pages, holes are filled before the move, and again
 * if an UNMAP of the same blocks came in between.
 */
static enum tgt_ret ram_submit_slow(struct tgt_cmd *cmd)
{
	struct ram_dev *ram = ram_of(cmd);
	u64 chunk = round_up(cmd->offset, RAM_CHUNK_SIZE);

	for (; chunk + RAM_STREAM <= cmd->offset + cmd->len; chunk += RAM_CHUNK_SIZE)
		if (!xa_load(&ram->chunks, chunk >> RAM_CHUNK_SHIFT))
			ram_fill_huge(ram, chunk);
	do {
		if (!ram_fill_range(ram, cmd->offset, cmd->offset + cmd->len))
			return tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
	} while (!ram_move_rcu(cmd));
	return TGT_DONE;
}

/* Whether a write begins to stream into a chunk that is a hole. */
static bool ram_streams(struct tgt_cmd *cmd)
{
	u64 chunk = round_up(cmd->offset, RAM_CHUNK_SIZE);

	return chunk + RAM_STREAM <= cmd->offset + cmd->len &&
	       !xa_load(&ram_of(cmd)->chunks, chunk >> RAM_CHUNK_SHIFT);
}

/*
 * The page allocator is asked without reserves: under pressure the write goes on in the
 * worker, which may wait; it starts over, which moves the same bytes to the same places.
 */
static enum tgt_ret ram_submit(struct tgt_cmd *cmd)
{
	if (tgt_cmd_is_write(cmd) && cmd->len >= RAM_STREAM && ram_streams(cmd))
		return tgt_cmd_defer(cmd, ram_submit_slow);
	if (ram_move_rcu(cmd))
		return TGT_DONE;
	return tgt_cmd_defer(cmd, ram_submit_slow);
}

/* ---- unmap ------------------------------------------------------------------------------- */

static void ram_free_rcu(struct rcu_head *head)
{
	struct page *page = container_of(head, struct page, rcu_head);

	__free_pages(page, compound_order(page));
}

/* It counts no more, although its memory is free only when nobody can be using it. */
static void ram_free_later(struct ram_dev *ram, void *mem)
{
	struct page *page;

	if (!mem)
		return;
	page = virt_to_page(mem);
	ram_uncharge(ram, 1UL << compound_order(page));
	call_rcu(&page->rcu_head, ram_free_rcu);
}

/* Takes @n bytes away, within one page or huge page: all of it, or it is filled with zeroes. */
static void ram_unmap_part(struct ram_dev *ram, u64 offset, size_t n)
{
	void *entry = xa_load(&ram->chunks, offset >> RAM_CHUNK_SHIFT);
	size_t in_chunk = offset & (RAM_CHUNK_SIZE - 1), run;
	struct ram_table *table;
	void *mem;

	if (n == RAM_CHUNK_SIZE && entry && xa_pointer_tag(entry) == RAM_TAG_HUGE) {
		entry = xa_erase(&ram->chunks, offset >> RAM_CHUNK_SHIFT);
		if (entry)
			ram_free_later(ram, xa_untag_pointer(entry));
		return;
	}
	if (n == PAGE_SIZE && entry && xa_pointer_tag(entry) != RAM_TAG_HUGE) {
		table = xa_untag_pointer(entry);
		ram_free_later(ram, xchg(ram_slot(table, in_chunk), NULL));
		return;
	}
	rcu_read_lock();
	/* what was a hole may be a page by now: no further than that, the rest is still one */
	mem = ram_lookup(ram, offset, &run);
	if (mem)
		memset(mem, 0, min(n, run));
	rcu_read_unlock();
}

/* Where the tuple is of the block at @offset. */
static u64 ram_tuple(const struct tgt_device *dev, u64 offset)
{
	return (offset >> dev->block_shift) * sizeof(struct tgt_tuple);
}

static void ram_unmap_range(struct ram_dev *ram, u64 offset, u64 end)
{
	size_t run;

	for (; offset < end; offset += run) {
		ram_lookup(ram, offset, &run);
		run = min_t(u64, run, end - offset);
		ram_unmap_part(ram, offset, run);
		cond_resched();
	}
}

static enum tgt_ret ram_unmap(struct tgt_cmd *cmd)
{
	const struct tgt_device *dev = cmd->itl->dev;
	struct ram_dev *ram = ram_of(cmd);
	u64 end = cmd->offset + cmd->len;

	ram_unmap_range(ram, cmd->offset, end);
	if (ram->pi)
		ram_unmap_range(ram->pi, ram_tuple(dev, cmd->offset), ram_tuple(dev, end));
	return TGT_DONE;
}

/* ---- protection information ---------------------------------------------------------------- */

/* Under RCU. Moves tuples, a page of ours at a time; false if there is a hole to write to. */
static bool ram_move_tuples(struct ram_dev *pi, u64 offset, u8 *tuples, size_t left, bool write)
{
	size_t run, i;
	u8 *mem;

	for (; left; left -= run, offset += run, tuples += run) {
		mem = ram_lookup(pi, offset, &run);
		if (write && !mem)
			return false;
		run = min(run, left);
		if (write)
			for (i = 0; i < run; i++)
				mem[i] = ~tuples[i];
		else if (mem)
			for (i = 0; i < run; i++)
				tuples[i] = ~mem[i];
		else
			memset(tuples, 0xff, run);
	}
	return true;
}

static bool ram_move_tuples_rcu(struct tgt_cmd *cmd, u64 first, u64 end)
{
	bool moved;

	rcu_read_lock();
	moved = ram_move_tuples(ram_of(cmd)->pi, first, (u8 *)cmd->tuples, end - first,
				tgt_cmd_is_write(cmd));
	rcu_read_unlock();
	return moved;
}

/* Memory for the tuples first: what is written then has its protection information. */
static enum tgt_ret ram_submit_pi(struct tgt_cmd *cmd)
{
	struct ram_dev *ram = ram_of(cmd);
	u64 first = ram_tuple(cmd->itl->dev, cmd->offset);
	u64 end = ram_tuple(cmd->itl->dev, cmd->offset + cmd->len);

	if (!tgt_cmd_is_write(cmd)) {
		ram_move_rcu(cmd);
		ram_move_tuples_rcu(cmd, first, end);
		return TGT_DONE;
	}
	if (!ram_fill_range(ram->pi, first, end))
		return tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
	ram_submit_slow(cmd);
	if (cmd->status != SAM_STAT_GOOD)
		return TGT_DONE;
	while (!ram_move_tuples_rcu(cmd, first, end))
		if (!ram_fill_range(ram->pi, first, end))
			return tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
	return TGT_DONE;
}

/* Without a limit, what the machine has for anybody. */
static bool ram_space(struct tgt_device *dev, struct tgt_space *space)
{
	struct ram_dev *ram = dev->be_priv;
	unsigned long used = atomic_long_read(&ram->pages), avail = max(si_mem_available(), 0L);

	if (ram->limit)
		avail = ram->limit > used ? ram->limit - used : 0;
	space->used = (u64)used << PAGE_SHIFT;
	space->avail = (u64)avail << PAGE_SHIFT;
	space->dedicated = ram->limit;
	return true;
}

/* ---- atomic writes ------------------------------------------------------------------------ */

/*
 * A page of its own takes the place of the old one, which RCU frees: who reads copies from one
 * of them, and what another write puts into the old one is as if overwritten at once.
 */
static enum tgt_ret ram_replace(struct tgt_cmd *cmd, gfp_t gfp)
{
	struct ram_dev *ram = ram_of(cmd);
	struct ram_cursor c = { .sg = cmd->sgl };
	struct ram_table *table;
	void *entry, **slot, *page;

	entry = xa_load(&ram->chunks, cmd->offset >> RAM_CHUNK_SHIFT);
	table = entry ? xa_untag_pointer(entry) : ram_fill_table(ram, cmd->offset, gfp);
	if (!table)
		return TGT_BUSY;
	slot = ram_slot(table, cmd->offset);
	page = ram_page(ram, gfp, READ_ONCE(*slot));
	if (!page)
		return TGT_BUSY;
	ram_copy(&c, page, PAGE_SIZE, true);
	ram_free_later(ram, xchg(slot, page));
	return TGT_DONE;
}

static enum tgt_ret ram_write_atomic_slow(struct tgt_cmd *cmd)
{
	if (ram_replace(cmd, RAM_GFP_WAIT) == TGT_DONE)
		return TGT_DONE;
	return tgt_cmd_fail(cmd, TGT_SENSE_NO_SPACE);
}

static enum tgt_ret ram_write_atomic(struct tgt_cmd *cmd)
{
	if (ram_replace(cmd, RAM_GFP_ATOMIC) == TGT_DONE)
		return TGT_DONE;
	return tgt_cmd_defer(cmd, ram_write_atomic_slow);
}

static bool ram_map(struct tgt_device *dev, u64 offset, u64 *len)
{
	struct ram_dev *ram = dev->be_priv;
	bool mapped = false, first = true, is;
	u64 at = offset, end = offset + *len;
	size_t run;

	for (; at < end; at += run) {
		is = ram_lookup(ram, at, &run);
		if (!first && is != mapped)
			break;
		mapped = is;
		first = false;
		cond_resched();
	}
	*len = min(at, end) - offset;
	return mapped;
}

static struct ram_dev *ram_alloc(void)
{
	struct ram_dev *ram = kzalloc(sizeof(*ram), GFP_KERNEL);

	if (ram)
		xa_init(&ram->chunks);
	return ram;
}

static int ram_create(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	bool atomic = tgt_options_bool(&dev->options, "atomic", false);
	struct ram_dev *ram;

	if (atomic && dev->prot_type)
		return tgt_err(extack, -EOPNOTSUPP,
			       "atomic=yes replaces blocks without their protection information; leave out atomic= or pi=");
	ram = ram_alloc();
	if (ram && dev->prot_type)
		ram->pi = ram_alloc();
	if (!ram || (dev->prot_type && !ram->pi)) {
		kfree(ram);
		return tgt_err(extack, -ENOMEM, "no memory for a RAM disk");
	}
	ram->limit = (unsigned long)tgt_options_u32(&dev->options, "limit-mib", 0) <<
		     (20 - PAGE_SHIFT);
	ram->atomic = atomic;
	dev->be_priv = ram;
	dev->nblocks = size >> dev->block_shift;
	dev->phys_exp = ilog2(SZ_4K) - dev->block_shift;	/* initiators take no more */
	dev->lbp = true;
	dev->lbprz = true;
	dev->thin = true;
	dev->prot_any = ram->pi;
	dev->unmap_gran = PAGE_SIZE;
	dev->atomic_max = ram->atomic ? PAGE_SIZE : 0;
	dev->atomic_gran = dev->atomic_max;
	return 0;
}

static void ram_free(struct ram_dev *ram)
{
	struct ram_table *table;
	unsigned long i, p;
	void *entry;

	xa_for_each(&ram->chunks, i, entry) {
		if (xa_pointer_tag(entry) == RAM_TAG_HUGE) {
			free_pages((unsigned long)xa_untag_pointer(entry), RAM_CHUNK_ORDER);
		} else {
			table = xa_untag_pointer(entry);
			for (p = 0; p < RAM_CHUNK_PAGES; p++)
				free_page((unsigned long)table->page[p]);
			kfree(table);
		}
		cond_resched();
	}
	xa_destroy(&ram->chunks);
	kfree(ram);
}

static void ram_destroy(struct tgt_device *dev)
{
	struct ram_dev *ram = dev->be_priv;

	if (ram->pi)
		ram_free(ram->pi);
	ram_free(ram);
}

/* Sparse: growing takes no memory. */
static int ram_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack)
{
	return 0;
}

static const struct tgt_option_desc ram_options[] = {
	{ .name = "atomic", .type = TGT_OPT_BOOL },
	{ .name = "limit-mib", .type = TGT_OPT_U32, .min = 1, .max = S32_MAX },
	{ }
};

static struct tgt_backend_ops ram_ops = {
	.name		= "ram",
	.owner		= THIS_MODULE,
	.flags		= TGT_BE_NEEDS_SIZE | TGT_BE_HOLDS,
	.options	= ram_options,
	.create		= ram_create,
	.destroy	= ram_destroy,
	.submit		= ram_submit,
	.submit_pi	= ram_submit_pi,
	.unmap		= ram_unmap,
	.map		= ram_map,
	.write_atomic	= ram_write_atomic,
	.space		= ram_space,
	.resize		= ram_resize,
};

static int __init ram_init(void)
{
	return tgt_backend_register(&ram_ops);
}

static void __exit ram_exit(void)
{
	tgt_backend_unregister(&ram_ops);
	rcu_barrier();			/* ram_free_rcu() is ours */
}

module_init(ram_init);
module_exit(ram_exit);
MODULE_DESCRIPTION("tgtcore backend: sparse RAM disk");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tgtcore-backend-ram");
MODULE_IMPORT_NS(TGTCORE);
