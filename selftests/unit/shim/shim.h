/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User-space stand-ins for the kernel headers that pure files include. What the
 * pure files call is real here (unaligned access, min, bit helpers); what they
 * only mention, by way of tgtcore.h (locks, lists, work), is a type of any size.
 * All the headers in linux/ and asm/ here are this one.
 */
#ifndef _UNIT_SHIM_H
#define _UNIT_SHIM_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef u64 sector_t;
typedef unsigned int gfp_t;

/* compiler.h */
#define __force
#define __user
#define __rcu
#define __percpu
#define __iomem
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __init
#define __exit
#define __read_mostly
#define __ro_after_init
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define __packed	__attribute__((packed))
#define __aligned(x)	__attribute__((aligned(x)))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __must_check	__attribute__((warn_unused_result))
#define __maybe_unused	__attribute__((unused))
#define ____cacheline_aligned __attribute__((aligned(64)))
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define noinline	__attribute__((noinline))
#define fallthrough	__attribute__((fallthrough))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define barrier()	__asm__ __volatile__("" : : : "memory")
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* module.h */
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define EXPORT_SYMBOL_NS_GPL(x, ns)
#define THIS_MODULE	NULL

/* kernel.h, minmax.h, container_of.h, math.h, build_bug.h */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define min(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); \
			   (void)(&_a == &_b); _a < _b ? _a : _b; })
#define max(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); \
			   (void)(&_a == &_b); _a > _b ? _a : _b; })
#define max3(a, b, c)	max(max(a, b), c)
#define min_t(t, a, b)	({ t _a = (a); t _b = (b); _a < _b ? _a : _b; })
#define max_t(t, a, b)	({ t _a = (a); t _b = (b); _a > _b ? _a : _b; })
#define min_not_zero(a, b) ({ __typeof__(a) _x = (a); __typeof__(b) _y = (b); \
			   !_x ? _y : !_y ? _x : min(_x, _y); })
#define clamp(v, lo, hi) min((__typeof__(v))max(v, lo), hi)
#define clamp_t(t, v, lo, hi) min_t(t, max_t(t, v, lo), hi)
#define swap(a, b)	do { __typeof__(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define round_up(x, y)	((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y) ((x) & ~((__typeof__(x))((y) - 1)))
#define roundup(x, y)	(DIV_ROUND_UP(x, y) * (y))
#define ALIGN(x, a)	round_up(x, a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define sizeof_field(t, f) sizeof(((t *)0)->f)
#define offsetofend(t, f) (offsetof(t, f) + sizeof_field(t, f))
#define upper_32_bits(n) ((u32)(((n) >> 16) >> 16))
#define lower_32_bits(n) ((u32)((n) & 0xffffffff))
#define BUILD_BUG_ON(c)	_Static_assert(!(c), #c)
#define WARN_ON_ONCE(c)	({ bool _c = (c); assert(!_c); _c; })
#define WARN_ON(c)	WARN_ON_ONCE(c)
#define HZ		250
#define U8_MAX		UINT8_MAX
#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		(~0ULL)

#define scnprintf(buf, size, ...) ({				\
	size_t _s = (size);						\
	int _n = snprintf((buf), _s, __VA_ARGS__);			\
	_n < (int)_s ? _n : _s ? (int)_s - 1 : 0; })

/* bits.h, bitops.h, log2.h */
#define BITS_PER_LONG	__LONG_WIDTH__
#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define GENMASK(h, l)	((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define ilog2(n)	(63 - __builtin_clzll(n))
#define is_power_of_2(n) ((n) != 0 && ((n) & ((n) - 1)) == 0)
#define hweight8(x)	__builtin_popcount((u8)(x))
#define hweight32(x)	__builtin_popcount(x)
#define hweight_long(x)	__builtin_popcountl(x)
#define hweight64(x)	__builtin_popcountll(x)
#define __ffs(x)	((unsigned long)__builtin_ctzl(x))
#define __ffs64(x)	__ffs(x)

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline bool test_bit(unsigned int n, const unsigned long *p)
{
	return p[n / BITS_PER_LONG] >> n % BITS_PER_LONG & 1;
}

static inline void __set_bit(unsigned int n, unsigned long *p)
{
	p[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int n, unsigned long *p)
{
	p[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}

#define set_bit		__set_bit
#define clear_bit	__clear_bit
#define DECLARE_BITMAP(name, n) unsigned long name[DIV_ROUND_UP(n, BITS_PER_LONG)]

/* byteorder, unaligned.h */
#define cpu_to_be16(x)	htobe16(x)
#define cpu_to_be32(x)	htobe32(x)
#define cpu_to_be64(x)	htobe64(x)
#define be16_to_cpu(x)	be16toh(x)
#define be32_to_cpu(x)	be32toh(x)
#define be64_to_cpu(x)	be64toh(x)
#define cpu_to_le16(x)	htole16(x)
#define cpu_to_le32(x)	htole32(x)
#define cpu_to_le64(x)	htole64(x)
#define le16_to_cpu(x)	le16toh(x)
#define le32_to_cpu(x)	le32toh(x)
#define le64_to_cpu(x)	le64toh(x)

#define UNIT_UNALIGNED(order, bits)						\
static inline u##bits get_unaligned_##order##bits(const void *p)		\
{										\
	u##bits v;								\
										\
	memcpy(&v, p, sizeof(v));						\
	return order##bits##toh(v);						\
}										\
										\
static inline void put_unaligned_##order##bits(u##bits v, void *p)		\
{										\
	v = hto##order##bits(v);						\
	memcpy(p, &v, sizeof(v));						\
}

UNIT_UNALIGNED(be, 16)
UNIT_UNALIGNED(be, 32)
UNIT_UNALIGNED(be, 64)
UNIT_UNALIGNED(le, 16)
UNIT_UNALIGNED(le, 32)
UNIT_UNALIGNED(le, 64)

static inline u32 get_unaligned_be24(const u8 *p)
{
	return p[0] << 16 | p[1] << 8 | p[2];
}

static inline void put_unaligned_be24(u32 v, u8 *p)
{
	p[0] = v >> 16;
	p[1] = v >> 8;
	p[2] = v;
}

static inline u64 get_unaligned_be48(const u8 *p)
{
	return (u64)get_unaligned_be16(p) << 32 | get_unaligned_be32(p + 2);
}

static inline void put_unaligned_be48(u64 v, u8 *p)
{
	put_unaligned_be16(v >> 32, p);
	put_unaligned_be32(v, p + 2);
}

/* string.h, ctype.h, slab.h, err.h */
#define strscpy(dst, src, size) ({					\
	size_t _s = (size);						\
	int _n = snprintf((dst), _s, "%s", (src));			\
	_n < (int)_s ? _n : -E2BIG; })

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

#define GFP_KERNEL	0
#define GFP_ATOMIC	0
#define GFP_NOIO	0
#define kmalloc(n, f)	malloc(n)
#define kzalloc(n, f)	calloc(1, n)
#define kstrdup(s, f)	strdup(s)
#define kcalloc(n, s, f) calloc(n, s)
#define kfree(p)	free((void *)(p))
#define kvmalloc(n, f)	malloc(n)
#define kvzalloc(n, f)	calloc(1, n)
#define kvfree(p)	free((void *)(p))

#define MAX_ERRNO	4095
#define ERR_PTR(e)	((void *)(long)(e))
#define PTR_ERR(p)	((long)(p))
#define IS_ERR(p)	((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)

/* Only mentioned: nothing pure may use one of these. */
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { int unused; } spinlock_t;
typedef struct { int unused; } wait_queue_head_t;
typedef struct { int unused; } seqcount_spinlock_t;
struct mutex { int unused; };
struct rw_semaphore { int unused; };
struct completion { int unused; };
struct kref { int unused; };
struct rcu_head { int unused; };
struct work_struct { int unused; };
struct delayed_work { int unused; };
struct timer_list { int unused; };
struct percpu_ref { int unused; };
typedef void (percpu_ref_func_t)(struct percpu_ref *);
struct sbitmap { int unused; };
struct xarray { int unused; };
struct device { int unused; };
struct list_head { struct list_head *next, *prev; };
struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
struct scatterlist { unsigned int length; };
struct module;
struct netlink_ext_ack;
struct workqueue_struct;

#endif
