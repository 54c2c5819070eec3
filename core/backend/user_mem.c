// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "user": memory a daemon has registered. It is pinned, so that a copy never meets a page
 * fault and may be made in any context; there is one, between these pages and the fabric's. A
 * pool's pages are ours, and the daemon maps them.
 */
#include <linux/cred.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <tgtcore/kcompat.h>
#include "user.h"

#define USER_PIN_PAGES	512	/* at a time */

/* ---- pages ------------------------------------------------------------------------------ */

/* Counts pages as the user's locked ones. */
static int user_charge(struct user_region *r, unsigned long nr)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic_long_add_return(nr, &r->cred->user->locked_vm) > limit &&
	    !capable(CAP_IPC_LOCK)) {
		atomic_long_sub(nr, &r->cred->user->locked_vm);
		return -ENOMEM;
	}
	atomic64_add(nr, &r->mm->pinned_vm);
	return 0;
}

static void user_uncharge(struct user_region *r, unsigned long nr)
{
	atomic64_sub(nr, &r->mm->pinned_vm);
	atomic_long_sub(nr, &r->cred->user->locked_vm);
}

/* Pins pages from where it was to the end; a process that is killed need not wait for them. */
static int user_pin(struct user_region *r, unsigned long addr, unsigned long nr)
{
	int got;

	while (r->nr < nr) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = pin_user_pages_fast(addr + (r->nr << PAGE_SHIFT),
					  min_t(unsigned long, nr - r->nr, USER_PIN_PAGES),
					  FOLL_WRITE | FOLL_LONGTERM, r->pages + r->nr);
		if (got <= 0)
			return got ?: -EFAULT;
		r->nr += got;
		cond_resched();
	}
	return 0;
}

/* Pages of ours; who has them mapped keeps them. */
static void user_pool_free(struct user_region *r)
{
	while (r->nr)
		__free_page(r->pages[--r->nr]);
	kvfree(r->pages);
	kfree(r);
}

static int user_pool_fill(struct user_region *r, unsigned long nr)
{
	while (r->nr < nr) {
		if (fatal_signal_pending(current))
			return -EINTR;
		r->pages[r->nr] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
					     __GFP_RETRY_MAYFAIL);
		if (!r->pages[r->nr])
			return -ENOMEM;
		r->nr++;
		cond_resched();
	}
	return 0;
}

static struct user_region *user_pool_make(u64 len)
{
	struct user_region *r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	unsigned long nr = len >> PAGE_SHIFT;
	int err;

	if (!r)
		return ERR_PTR(-ENOMEM);
	r->len = len;
	r->pool = true;
	r->pages = kvmalloc_array(nr, sizeof(*r->pages), GFP_KERNEL_ACCOUNT);
	err = r->pages ? user_pool_fill(r, nr) : -ENOMEM;
	if (!err)
		return r;
	user_pool_free(r);
	return ERR_PTR(err);
}

/* All of a pool, and nothing else. */
int user_map_pool(struct user_ctx *ctx, u32 index, struct vm_area_struct *vma)
{
	struct user_region *r = user_region(ctx, index, 0, 0);

	if (!r || !r->pool || vma->vm_end - vma->vm_start != r->len)
		return -EINVAL;
	tgt_vm_flags(vma, VM_DONTCOPY | VM_DONTEXPAND, 0);
	return vm_map_pages_zero(vma, r->pages, r->nr);
}

/* Process context, as unpinning dirty pages is. */
void user_region_free(struct user_region *r)
{
	if (r->pool) {
		user_pool_free(r);
		return;
	}
	unpin_user_pages_dirty_lock(r->pages, r->nr, true);
	user_uncharge(r, r->len >> PAGE_SHIFT);
	mmdrop(r->mm);
	put_cred(r->cred);
	kvfree(r->pages);
	kfree(r);
}

static struct user_region *user_region_make(const struct tgtcore_user_region *arg)
{
	unsigned long nr = arg->len >> PAGE_SHIFT;
	struct user_region *r;
	int err = -ENOMEM;

	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->len = arg->len;
	r->cred = get_current_cred();	/* not the user: 6.1.176 does not export free_uid() */
	r->mm = current->mm;
	mmgrab(r->mm);
	err = user_charge(r, nr);
	if (err)
		goto out_put;
	r->pages = kvmalloc_array(nr, sizeof(*r->pages), GFP_KERNEL_ACCOUNT);
	err = r->pages ? user_pin(r, arg->addr, nr) : -ENOMEM;
	if (!err)
		return r;
	user_region_free(r);
	return ERR_PTR(err);

out_put:
	mmdrop(r->mm);
	put_cred(r->cred);
	kfree(r);
	return ERR_PTR(err);
}

/* With user_ctx.register_lock. */
static struct user_region *user_region_any(struct user_ctx *ctx,
					   const struct tgtcore_user_region *arg)
{
	struct user_region *r;

	lockdep_assert_held(&ctx->register_lock);
	if (!(arg->flags & TGTCORE_USER_REGION_POOL))
		return user_region_make(arg);
	if (arg->len > USER_POOL_MAX - ctx->pooled)
		return ERR_PTR(-ENOMEM);
	r = user_pool_make(arg->len);
	if (!IS_ERR(r))
		ctx->pooled += arg->len;
	return r;
}

int user_register(struct user_ctx *ctx, const struct tgtcore_user_region *arg)
{
	struct user_region *r;
	int err;

	err = user_check_region(arg, PAGE_SIZE);
	if (err)
		return err;
	if (arg->addr + arg->len - 1 > ULONG_MAX)	/* of 32 bits */
		return -EINVAL;
	if (mutex_lock_killable(&ctx->register_lock))
		return -EINTR;
	if (ctx->region[arg->index]) {
		err = -EEXIST;
	} else {
		r = user_region_any(ctx, arg);
		err = PTR_ERR_OR_ZERO(r);
		if (!err)
			smp_store_release(&ctx->region[arg->index], r);	/* user_region() */
	}
	mutex_unlock(&ctx->register_lock);
	return err;
}

/* ---- the copy --------------------------------------------------------------------------- */

/* Between the region at @at and memory of ours. */
static void user_copy_linear(const struct user_region *r, u64 at, void *buf, u32 len,
			     bool to_region)
{
	void *mem, *to, *from;
	u32 n;

	for (; len; len -= n, at += n, buf += n) {
		n = min_t(u32, len, PAGE_SIZE - offset_in_page(at));
		mem = kmap_local_page(r->pages[at >> PAGE_SHIFT]) + offset_in_page(at);
		to = to_region ? mem : buf;
		from = to_region ? buf : mem;
		if (n == PAGE_SIZE && PAGE_ALIGNED((unsigned long)buf))
			copy_page(to, from);
		else
			memcpy(to, from, n);
		kunmap_local(mem);
	}
}

/* Copies what a daemon may be writing, once; it is there: user_region(). */
void user_read(const struct user_region *r, u64 at, void *buf, u32 len)
{
	user_copy_linear(r, at, buf, len, false);
}

/* Bytes one mapping of the buffer reaches; without HIGHMEM, all memory is mapped already. */
static u32 user_reach(u32 in, u32 n)
{
	return IS_ENABLED(CONFIG_HIGHMEM) ? min_t(u32, n, PAGE_SIZE - offset_in_page(in)) : n;
}

/*
 * Copies @len bytes between the region at @at and the command's buffer at @skip. Both are there:
 * user_region(), and cmd->len. Any context.
 */
void user_copy(const struct user_region *r, u64 at, struct tgt_cmd *cmd, u32 skip, u32 len,
	       bool to_region)
{
	struct scatterlist *sg = cmd->sgl;
	void *buf;
	u32 n, in;

	while (skip >= sg->length) {
		skip -= sg->length;
		sg = sg_next(sg);
	}
	for (; len; len -= n, at += n, skip += n) {
		if (skip == sg->length) {
			sg = sg_next(sg);
			skip = 0;
		}
		in = sg->offset + skip;
		n = user_reach(in, min(len, sg->length - skip));
		buf = kmap_local_page(nth_page(sg_page(sg), in >> PAGE_SHIFT)) + offset_in_page(in);
		user_copy_linear(r, at, buf, n, to_region);
		kunmap_local(buf);
	}
}
