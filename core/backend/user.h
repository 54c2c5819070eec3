/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Backend "user": what its parts share. docs/user.md tells how it works.
 *
 * Lifetimes, one sentence each. A user_dev lives until its tgt_device is destroyed and the last
 * open file of its character device is closed. A user_ctx is one open file's: freed in
 * release(), after user_fence() has seen to it that no submission and no answer uses it. A
 * slot is whose its word says (enum user_state); its command is the backend's from
 * user_submit() until it is freed or an orphan. A region is pinned until release(); the pages of
 * one that is a pool stay as long as somebody has them mapped.
 */
#ifndef _TGTCORE_USER_H
#define _TGTCORE_USER_H

#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched/user.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <tgtcore/bits.h>
#include <tgtcore/tgtcore.h>
#include "user_ring.h"

#define USER_SERVICE_MAX	63
#define USER_CONFIG_MAX		255
#define USER_TIMEOUT		30	/* default of timeout=, seconds */
#define USER_UNMAP_PIECE	(64U << 20)	/* most bytes unmapped by one answer */

/**
 * struct user_slot - a tag, which is a place in the device's queue limit
 * @word: user_word()
 * @cmd: the command, unless it is nobody's or an orphan
 * @since: jiffies when the backend got it, or the daemon had unmapped a piece of it
 * @done: bytes of it moved so far
 * @piece: bytes the daemon has of it
 * @seen: bytes of it that a daemon before may have moved: up to there it is marked
 * @op: TGTCORE_USER_OP_*
 * @tmf: who waits for a function, if that is what it is, or NULL; user_dev.slots
 * @order: which of those it was that a daemon of level raw was given
 * @node: of user_dev.held, while it is held
 */
struct user_slot {
	atomic64_t		word;
	struct tgt_cmd		*cmd;
	unsigned long		since;
	u32			done;
	u32			piece;
	u32			seen;
	u8			op;
	struct user_tmf		*tmf;
	u64			order;
	struct list_head	node;
};

/**
 * struct user_region - registered memory
 * @pages: pinned, or ours
 * @nr: how many
 * @len: bytes
 * @pool: they are ours; then what follows is not used
 * @cred: of whom they count against, the user
 * @mm: where they show as pinned
 */
struct user_region {
	struct page		**pages;
	unsigned long		nr;
	u64			len;
	bool			pool;
	const struct cred	*cred;
	struct mm_struct	*mm;
};

/**
 * struct user_queue - a pair of rings
 * @lock: @tail and what is written to @sq with it
 * @sq: submission area; the kernel writes it and never reads it
 * @tail: commands submitted
 * @armed: somebody sleeps, or polled: cleared by who wakes them
 * @woken: TGTCORE_USER_WAKE, not seen by a sleeper yet
 * @flags: TGTCORE_USER_SQ_*
 * @wait: who sleeps in TGTCORE_USER_ENTER
 * @reap: @head; held while answers are taken
 * @cq: completion area; each word is read once
 * @head: answers taken
 */
struct user_queue {
	spinlock_t		lock;	/* @tail */
	u32			tail;
	struct tgtcore_user_sq	*sq;
	int			armed;
	int			woken;
	u32			flags;
	wait_queue_head_t	wait;
	struct mutex		reap;	/* @head */
	u32			head;
	struct tgtcore_user_cq	*cq;
};

/* user_ctx.end: another takes over; it is given nothing more, and answers what it has */
#define USER_LEAVES	1
/* it is given what was held: none of its answers is taken before it has all of that */
#define USER_RESUMES	2

/**
 * struct user_ctx - a daemon: an open file
 * @u: device
 * @entries: of each ring
 * @nr_queues: 0 before TGTCORE_USER_SETUP; published with release
 * @queue: as many
 * @scsi: by tag: what the daemon sees of a command; with user_dev.raw only
 * @region: by index; set once, published with release
 * @register_lock: @region; held while pages come in
 * @pooled: bytes of those that are pools
 * @features: it uses
 * @size: of the device, as it was told last, or 0
 * @started: TGTCORE_USER_START has succeeded; user_dev.lock
 * @end: 0, or USER_LEAVES, USER_RESUMES, or an errno: why nothing is taken from it any more
 * @news: some queue has flags
 * @owner: process that started it, or was the last to take commands
 * @start: what it said then
 * @max_io: bytes of a piece
 * @poll: who polls
 */
struct user_ctx {
	struct user_dev		*u;
	u32			entries;
	u32			nr_queues;
	struct user_queue	*queue;
	struct tgtcore_user_scsi *scsi;
	struct user_region	*region[USER_REGIONS];
	struct mutex		register_lock;	/* @region */
	u64			pooled;
	u64			features;
	u64			size;
	bool			started;
	int			end;
	u32			news;
	pid_t			owner;
	struct tgtcore_user_start start;
	u32			max_io;
	wait_queue_head_t	poll;
};

/* What is told in 'device show'. */
struct user_counts {
	atomic_long_t		lost;		/* daemons */
	atomic_long_t		late;		/* answers nobody waits for any more */
	atomic_long_t		bad;		/* answers that are none */
	atomic_long_t		timeouts;	/* commands */
	atomic_long_t		reissued;	/* commands */
	atomic_long_t		handovers;	/* daemons that left for another */
};

/**
 * struct user_resize - a daemon is asked to resize; user_dev.lock
 * @to: bytes, or 0
 * @err: how it ended
 */
struct user_resize {
	u64			to;
	int			err;
};

/**
 * struct user_dev - a device
 * @tgt: the engine's; not there any more once @gone
 * @ctx: daemon that is given commands, or NULL; read under RCU; set with @slots
 * @slot: by tag; with @raw the last USER_FUNCTIONS are for functions
 * @depth: how many
 * @functions: which of those are in use
 * @raw: the daemon executes whole commands
 * @policy: TGTCORE_USER_POLICY_*
 * @timeout: jiffies
 * @watching: @watch is to run
 * @no_data: moves none
 * @can_flush: has a cache
 * @slots: a slot that becomes an orphan, is held, or is swept, does so under it
 * @held: slots that wait for a daemon, as their commands came; @slots
 * @given: commands and functions that daemons of level raw were given so far
 * @watch: ends what is too old
 * @lock: @file, @next, @gone, @size, @resize, and changes of @ctx
 * @file: daemon that serves, prepares to, or leaves, and is not fenced, or NULL
 * @next: daemon that stands by, or NULL
 * @handover: from a daemon's TGTCORE_USER_TAKEOVER to its START: commands are held
 * @leaver: who leaves then; for 'device show'
 * @turn: who waits for @file or @resize
 * @gone: the device is destroyed
 * @size: bytes of the medium; of @tgt in a moment
 * @resize: of the medium
 * @generation: daemons that were started
 * @count: what went wrong
 * @dev: the character device; frees this
 * @cdev: its file operations
 * @service: option
 * @config: option
 * @info: text for 'device show'
 */
struct user_dev {
	struct tgt_device	*tgt;
	struct user_ctx __rcu	*ctx;
	struct user_slot	*slot;
	u32			depth;
	unsigned long		functions;
	bool			raw;
	u32			policy;
	unsigned long		timeout;
	int			watching;
	bool			no_data;
	bool			can_flush;
	spinlock_t		slots;	/* orphans, @held, sweeps */
	struct list_head	held;
	atomic64_t		given;
	struct delayed_work	watch;
	struct mutex		lock;	/* @file, @next, @gone, @ctx ... */
	struct user_ctx		*file;
	struct user_ctx		*next;
	bool			handover;
	pid_t			leaver;
	wait_queue_head_t	turn;
	bool			gone;
	u64			size;
	struct user_resize	resize;
	u64			generation;
	struct user_counts	count;
	struct device		dev;
	struct cdev		cdev;
	char			service[USER_SERVICE_MAX + 1];
	char			config[USER_CONFIG_MAX + 1];
	char			info[224];
};

extern struct workqueue_struct *user_wq;

static inline struct user_dev *user_of(struct tgt_cmd *cmd)
{
	return cmd->itl->dev->be_priv;
}

/* Tags below that are places in the device's queue limit. */
static inline u32 user_commands(const struct user_dev *u)
{
	return u->depth - (u->raw ? USER_FUNCTIONS : 0);
}

/* user_slot.c: from the engine to the daemon */
enum tgt_ret user_submit(struct tgt_cmd *cmd);
enum tgt_ret user_flush(struct tgt_cmd *cmd);
enum tgt_ret user_unmap(struct tgt_cmd *cmd);
enum tgt_ret user_ask_map(struct tgt_cmd *cmd);
void user_map_unknown(struct tgt_cmd *cmd);
enum tgt_ret user_begin(struct tgt_cmd *cmd, u8 op);
enum tgt_ret user_issue(struct user_dev *u, u32 tag);
void user_give(struct user_ctx *ctx, u32 tag);
void user_repeat(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe);
void user_wake(struct user_ctx *ctx, struct user_queue *q);
void user_end(struct user_dev *u, u32 tag);

/* user_reap.c: and back */
int user_reap(struct user_ctx *ctx, struct user_queue *q);
bool user_move_some(struct user_ctx *ctx, struct user_slot *s, const struct tgtcore_user_cqe *cqe,
		    u32 len, bool to_region);

/* user_raw.c: whole commands, and functions */
int user_raw_itl(struct tgt_itl *itl);
enum tgt_ret user_raw(struct tgt_cmd *cmd);
void user_raw_tmf(struct tgt_itl *itl, struct tgt_tmf *tmf);
void user_raw_sqe(struct user_ctx *ctx, u32 tag, struct tgtcore_user_sqe *sqe);
bool user_raw_take(struct user_ctx *ctx, u32 tag, const struct tgtcore_user_cqe *cqe);
void user_tmf_end(struct user_dev *u, u32 tag, u8 response);

/* user_lost.c: without it */
bool user_detach(struct tgt_device *dev, struct tgt_cmd *cmd);
void user_abandon(struct tgt_device *dev);
void user_orphan_end(struct user_dev *u, u32 tag, enum user_state state);
void user_watch(struct user_dev *u);
void user_watch_work(struct work_struct *work);
void user_fence(struct user_ctx *ctx, int why);
void user_resume(struct user_ctx *ctx);
u32 user_held(struct user_dev *u);

/* user_turn.c: one beside another */
int user_gone(const struct user_ctx *ctx);
void user_end_set(struct user_ctx *ctx, int end);
bool user_has_some(struct user_dev *u);
int user_attach(struct user_ctx *ctx, bool standby);
int user_takeover(struct user_ctx *ctx);
int user_leave(struct user_ctx *ctx);
void user_stay(struct user_dev *u);
void user_tell(struct user_ctx *ctx, u32 queue, u32 flag, bool set);

/* user_size.c */
int user_resize(struct tgt_device *dev, u64 size, struct netlink_ext_ack *extack);
int user_resized(struct user_ctx *ctx, const struct tgtcore_user_resize *arg);
void user_resize_end(struct user_dev *u, int err);

/* user_mem.c */
int user_register(struct user_ctx *ctx, const struct tgtcore_user_region *arg);
int user_map_pool(struct user_ctx *ctx, u32 index, struct vm_area_struct *vma);
void user_region_free(struct user_region *r);
void user_read(const struct user_region *r, u64 at, void *buf, u32 len);
void user_copy(const struct user_region *r, u64 at, struct tgt_cmd *cmd, u32 skip, u32 len,
	       bool to_region);

/* A region a daemon named, if @len bytes of it at @at are there. */
static inline struct user_region *user_region(struct user_ctx *ctx, u32 index, u64 at, u32 len)
{
	struct user_region *r;

	if (index >= USER_REGIONS)
		return NULL;
	/* pairs with user_register() */
	r = smp_load_acquire(&ctx->region[array_index_nospec(index, USER_REGIONS)]);
	return r && user_range_ok(at, len, r->len) ? r : NULL;
}

/* user_ioctl.c */
long user_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long user_enter(struct user_ctx *ctx, unsigned long arg);
struct user_queue *user_queues_make(u32 nr, u32 entries);
void user_queues_free(struct user_queue *queue, u32 nr);
struct user_queue *user_queue_find(struct user_ctx *ctx, u32 i);
u32 user_waiting(struct user_ctx *ctx, struct user_queue *q);
void user_arm(struct user_queue *q);

/* user_state.c */
void user_daemon(struct tgt_device *dev, struct tgt_daemon *d);

/* user_file.c */
int user_file_add(struct user_dev *u, const char *name);
void user_file_remove(struct user_dev *u);
int user_file_init(void);
void user_file_exit(void);

#endif
