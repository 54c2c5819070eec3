/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the command path and the options use of the kernel, for one thread in user space.
 * Included before everything else (-include), so that those files compile as they are: locks
 * and RCU are nothing, counts are counts, and a harness brings what is marked so below.
 */
#ifndef _FUZZ_ENGINE_H
#define _FUZZ_ENGINE_H

#include "shim.h"
#include <ctype.h>
#include <stdarg.h>

/* Versions and trace events are the kernel's. */
#define _TGTCORE_KCOMPAT_H
#define _TGTCORE_TRACE_H
#define trace_tgt_cmd_receive(cmd)	((void)(cmd))
#define trace_tgt_cmd_submit(cmd)	((void)(cmd))
#define trace_tgt_cmd_complete(cmd)	((void)(cmd))
#define trace_tgt_gate(itl)		((void)(itl))

#define S64_MAX		INT64_MAX

#define lockdep_assert_held(lock)	((void)0)
#define spin_lock_irqsave(lock, flags)	((flags) = 0, (void)(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags))
#define rcu_read_lock()			((void)0)
#define rcu_read_unlock()		((void)0)
#define smp_mb()			((void)0)	/* one thread */
#define smp_wmb()			((void)0)	/* likewise */
#define smp_rmb()			((void)0)	/* likewise */
#define wake_up_var(var)		((void)(var))
#define preempt_disable()		((void)0)
#define preempt_enable()		((void)0)
#define OPTIMIZER_HIDE_VAR(v)		((void)(v))
#define GFP_NOWAIT			0
#define GFP_KERNEL_ACCOUNT		0
#define __GFP_NOWARN			0

#define cmpxchg(p, old, new) ({						\
	__typeof__(*(p)) _was = *(p);					\
									\
	if (_was == (__typeof__(*(p)))(old))				\
		*(p) = (new);						\
	_was; })

#define atomic_inc_return(v)		(++(v)->counter)
#define this_cpu_inc(x)			((x)++)
#define this_cpu_inc_return(x)		(++(x))
#define this_cpu_add(x, n)		((x) += (n))
#define this_cpu_ptr(p)			(p)
#define per_cpu_ptr(p, cpu)		((void)(cpu), (p))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define num_possible_cpus()		1
#define kvmalloc_array(n, size, gfp)	malloc((n) * (size))
#define sort(base, n, size, cmp, swap)	qsort(base, n, size, cmp)
#define get_unaligned(p) ({						\
	__typeof__(*(p)) _v;						\
									\
	memcpy((void *)&_v, p, sizeof(_v));				\
	_v; })
#define __fls(x)			((unsigned long)(63 - __builtin_clzl(x)))
#define for_each_set_bit(bit, p, size)					\
	for ((bit) = 0; (bit) < (size); (bit)++)			\
		if (test_bit(bit, p))

/* The shim's types have one number each: references taken, places in use. */
#define percpu_ref_tryget_live(ref)	((ref)->unused++, true)
#define percpu_ref_put(ref)		((void)(ref)->unused--)

#define list_for_each_entry(pos, head, member)				\
	for ((pos) = container_of((head)->next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head);					\
	     (pos) = container_of((pos)->member.next, __typeof__(*(pos)), member))

/* Mentioned alone: the jobs of requests are the kernel's. */
struct path { int unused; };
#define refcount_t			struct path

/* The harness brings these. */
u64 local_clock(void);
void *fuzz_xa_find(struct xarray *xa, unsigned long *index);
size_t sg_copy_from_buffer(struct scatterlist *sgl, unsigned int nents, const void *buf,
			   size_t len);
void fuzz_queue_work(struct work_struct *work, void (*fn)(struct work_struct *work));

#define xa_for_each(xa, index, entry)					\
	for ((index) = 0; ((entry) = fuzz_xa_find(xa, &(index))); (index)++)

/* A work item is queued right after it is made. */
static void (*fuzz_work_fn)(struct work_struct *work) __maybe_unused;

#define INIT_WORK(work, fn)		(fuzz_work_fn = (fn), (void)(work))
#define queue_work(wq, work)		((void)(wq), fuzz_queue_work(work, fuzz_work_fn))

/* Texts: seq_buf, scnprintf and numbers as the kernel has them. */
struct netlink_ext_ack {
	const char	*_msg;
};

struct seq_buf {
	char		*buffer;
	size_t		size;
	size_t		len;
};

static inline void seq_buf_init(struct seq_buf *s, char *buf, unsigned int size)
{
	*s = (struct seq_buf) { .buffer = buf, .size = size };
}

__printf(2, 3)
static inline void seq_buf_printf(struct seq_buf *s, const char *fmt, ...)
{
	va_list args;
	int n = 0;

	va_start(args, fmt);
	if (s->len < s->size)
		n = vsnprintf(s->buffer + s->len, s->size - s->len, fmt, args);
	va_end(args);
	/* what did not fit is an overflow: one more than the size */
	s->len = s->len + n < s->size ? s->len + n : s->size + 1;
}

__printf(3, 0)
static inline int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	return n < (int)size ? n : size ? (int)size - 1 : 0;
}

/* lib/kstrtox.c: an optional +, 0x and 0 for the base, one newline at the end. */
static inline int kstrtou32(const char *s, unsigned int base, u32 *res)
{
	u64 v = 0;
	int digits;

	if (*s == '+')
		s++;
	if (!base && s[0] == '0') {
		base = (s[1] | 0x20) == 'x' && isxdigit((unsigned char)s[2]) ? 16 : 8;
		s += base == 16 ? 2 : 0;
	}
	base = base ?: 10;
	for (digits = 0; isxdigit((unsigned char)*s); s++, digits++) {
		unsigned int d = isdigit((unsigned char)*s) ? *s - '0' : (*s | 0x20) - 'a' + 10;

		if (d >= base)
			break;
		v = v * base + d;
		if (v > U32_MAX)
			return -ERANGE;
	}
	if (*s == '\n')
		s++;
	if (!digits || *s)
		return -EINVAL;
	*res = v;
	return 0;
}

#endif
