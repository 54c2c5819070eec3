// SPDX-License-Identifier: GPL-2.0
/*
 * lld_probe: commands from several CPUs at once, each answer checked.
 *
 * A command of a run lives in a slot that outlasts it, so that an answer that comes twice, or
 * after its time, is seen instead of being a crash. Runs are therefore kept until the driver
 * goes, if they ended with commands unanswered.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/delay.h>
#include <linux/scatterlist.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "probe.h"

#define STRESS_THREADS_MAX	64
#define STRESS_DEPTH_MAX	4096

struct stress_thread;

/**
 * struct stress_slot - a command at a time
 * @pc: what the command's SCp.ptr points to
 * @thread: whose
 * @node: in thread.free
 * @in_flight: 1 from queueing until the answer
 * @lba: first block
 * @write: direction
 */
struct stress_slot {
	struct probe_cmd	pc;
	struct stress_thread	*thread;
	struct llist_node	node;
	atomic_t		in_flight;
	u32			lba;
	bool			write;
};

struct stress_thread {
	struct stress_run	*run;
	struct task_struct	*task;
	struct stress_slot	*slots;
	struct llist_head	free;		/* filled by answers */
	struct llist_node	*taken;		/* the thread's own */
	struct semaphore	room;
	u64			tag;		/* of its first command */
	u64			random;
	u64			queued, refused;
};

struct stress_run {
	struct list_head	node;
	struct lld_stress	arg;
	struct stress_thread	*threads;
	atomic_t		running;
	struct completion	finished;
	bool			stop;
	atomic64_t		answered, aborted, twice, bad_status, bad_length, bad_data;
};

static DEFINE_MUTEX(runs_mutex);		/* runs */
static LIST_HEAD(runs);

/* ---- answers ---------------------------------------------------------------------------- */

/* The disk's content: word B/8 is (B + seed) * MULT, little endian. */
static u8 pattern(u64 seed, u64 byte)
{
	u64 word = ((byte & ~7ULL) + seed) * LLD_STRESS_MULT;

	return word >> (byte & 7) * 8;
}

static bool piece_move(u8 *p, u32 len, u64 seed, u64 byte, bool write)
{
	u32 i = 0;

	for (; i < len && (byte & 7); i++, byte++) {
		if (write)
			p[i] = pattern(seed, byte);
		else if (p[i] != pattern(seed, byte))
			return false;
	}
	for (; i + 8 <= len; i += 8, byte += 8) {
		__le64 word = cpu_to_le64((byte + seed) * LLD_STRESS_MULT);

		if (write)
			memcpy(p + i, &word, 8);
		else if (memcmp(p + i, &word, 8))
			return false;
	}
	for (; i < len; i++, byte++) {
		if (write)
			p[i] = pattern(seed, byte);
		else if (p[i] != pattern(seed, byte))
			return false;
	}
	return true;
}

static void data_check(struct stress_slot *slot, struct scsi_cmnd *cmd)
{
	struct stress_run *run = slot->thread->run;
	u32 len = run->arg.blocks * 512, seen = 0;
	u64 byte = (u64)slot->lba * 512;
	struct sg_mapping_iter it;
	bool good = true;

	sg_miter_start(&it, scsi_sglist(cmd), scsi_sg_count(cmd),
		       SG_MITER_ATOMIC | (slot->write ? SG_MITER_TO_SG : SG_MITER_FROM_SG));
	while (sg_miter_next(&it)) {
		if (slot->write || (run->arg.flags & LLD_STRESS_VERIFY))
			good &= piece_move(it.addr, it.length, run->arg.seed, byte + seen,
					   slot->write);
		seen += it.length;
	}
	sg_miter_stop(&it);
	if (seen != len)
		atomic64_inc(&run->bad_length);
	else if (!good)
		atomic64_inc(&run->bad_data);
}

/* True: this is the slot's one answer. */
static bool slot_end(struct stress_slot *slot, atomic64_t *count)
{
	struct stress_run *run = slot->thread->run;

	if (!atomic_xchg(&slot->in_flight, 0)) {
		atomic64_inc(&run->twice);
		return false;
	}
	atomic64_inc(count);
	return true;
}

static void slot_return(struct stress_slot *slot)
{
	struct stress_thread *t = slot->thread;

	llist_add(&slot->node, &t->free);
	up(&t->room);
}

void stress_answer(struct probe_cmd *pc)
{
	struct stress_run *run = pc->slot->thread->run;

	if (!slot_end(pc->slot, &run->answered))
		return;
	if (pc->cmd->result)
		atomic64_inc(&run->bad_status);
	else if (run->arg.blocks)
		data_check(pc->slot, pc->cmd);
	slot_return(pc->slot);
}

void stress_abort(struct probe_cmd *pc)
{
	if (slot_end(pc->slot, &pc->slot->thread->run->aborted))
		slot_return(pc->slot);
}

/* ---- commands --------------------------------------------------------------------------- */

static u32 stress_random(struct stress_thread *t)
{
	t->random = t->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return t->random >> 33;
}

static struct stress_slot *slot_take(struct stress_thread *t)
{
	struct stress_slot *slot;

	if (!t->taken)
		t->taken = llist_del_all(&t->free);
	slot = llist_entry(t->taken, struct stress_slot, node);
	t->taken = t->taken->next;
	return slot;
}

static void slot_put(struct stress_thread *t, struct stress_slot *slot)
{
	slot->node.next = t->taken;
	t->taken = &slot->node;
}

static void cdb_make(struct stress_slot *slot, struct scsi_cmnd *cmd)
{
	struct lld_stress *arg = &slot->thread->run->arg;
	__be32 lba = cpu_to_be32(slot->lba);
	__be16 blocks = cpu_to_be16(arg->blocks);

	memset(cmd->cmnd, 0, 16);
	if (!arg->blocks)
		return;
	cmd->cmnd[0] = slot->write ? 0x2a : 0x28;
	memcpy(&cmd->cmnd[2], &lba, 4);
	memcpy(&cmd->cmnd[7], &blocks, 2);
}

/* 0, or what scsi_tgt said: then the command is not queued. */
static int stress_queue(struct stress_thread *t, struct stress_slot *slot, u64 tag)
{
	struct stress_run *run = t->run;
	struct lld_stress *arg = &run->arg;
	struct scsi_cmnd *cmd;
	struct scsi_lun lun;
	int rc;

	cmd = scsi_host_get_command(probe.shost[arg->host],
				    slot->write ? DMA_TO_DEVICE : DMA_FROM_DEVICE, GFP_KERNEL);
	if (!cmd)
		return -ENOMEM;
	slot->pc.cmd = cmd;
	slot->pc.tag = tag;
	cdb_make(slot, cmd);
	cmd->sdb.length = arg->blocks * 512;
	cmd->tag = MSG_SIMPLE_TAG;
	cmd->SCp.ptr = (char *)&slot->pc;
	memcpy(&lun, arg->lun, sizeof(lun));
	atomic_set(&slot->in_flight, 1);
	rc = scsi_tgt_queue_command(cmd, arg->itn_id, &lun, tag);
	if (rc) {
		atomic_set(&slot->in_flight, 0);
		scsi_host_put_command(probe.shost[arg->host], cmd);
	}
	return rc;
}

static bool room_wait(struct stress_thread *t)
{
	return !down_timeout(&t->room, msecs_to_jiffies(t->run->arg.timeout_ms));
}

static bool stress_one(struct stress_thread *t, u64 n)
{
	struct lld_stress *arg = &t->run->arg;
	struct stress_slot *slot;

	if (!room_wait(t))
		return false;
	slot = slot_take(t);
	slot->write = arg->flags & LLD_STRESS_MIXED ? n & 1 : !!(arg->flags & LLD_STRESS_WRITE);
	if (arg->blocks)
		slot->lba = stress_random(t) % (arg->disk_blocks / arg->blocks) * arg->blocks;
	while (stress_queue(t, slot, t->tag + n)) {
		t->refused++;
		if (READ_ONCE(t->run->stop)) {
			slot_put(t, slot);
			up(&t->room);
			return false;
		}
		usleep_range(50, 200);
	}
	t->queued++;
	if (arg->gap_us)
		usleep_range(arg->gap_us, arg->gap_us + 10);
	return true;
}

static int stress_thread_fn(void *data)
{
	struct stress_thread *t = data;
	struct stress_run *run = t->run;
	u32 i;
	u64 n;

	for (n = 0; n < run->arg.count && !READ_ONCE(run->stop); n++) {
		if (!stress_one(t, n))
			break;
		cond_resched();
	}
	/* when all slots are back, everything has been answered */
	for (i = 0; i < run->arg.depth; i++) {
		if (!room_wait(t))
			break;
	}
	if (atomic_dec_and_test(&run->running))
		complete(&run->finished);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

/* ---- runs ------------------------------------------------------------------------------- */

static void stress_free(struct stress_run *run)
{
	u32 i;

	for (i = 0; run->threads && i < run->arg.threads; i++)
		vfree(run->threads[i].slots);
	kfree(run->threads);
	kfree(run);
}

void stress_free_all(void)
{
	struct stress_run *run, *next;

	list_for_each_entry_safe(run, next, &runs, node)
		stress_free(run);
}

static int thread_init(struct stress_run *run, u32 i)
{
	struct stress_thread *t = &run->threads[i];
	u32 j;

	t->run = run;
	t->tag = (u64)(i + 1) << 48;
	t->random = run->arg.seed + i;
	init_llist_head(&t->free);
	sema_init(&t->room, run->arg.depth);
	t->slots = vzalloc(array_size(run->arg.depth, sizeof(*t->slots)));
	if (!t->slots)
		return -ENOMEM;
	for (j = 0; j < run->arg.depth; j++) {
		struct stress_slot *slot = &t->slots[j];

		slot->thread = t;
		slot->pc.slot = slot;
		slot->pc.shost = probe.shost[run->arg.host];
		slot->pc.itn_id = run->arg.itn_id;
		llist_add(&slot->node, &t->free);
	}
	t->task = kthread_create(stress_thread_fn, t, "lld_stress/%u", i);
	return PTR_ERR_OR_ZERO(t->task);
}

static struct stress_run *stress_new(const struct lld_stress *arg)
{
	struct stress_run *run = kzalloc(sizeof(*run), GFP_KERNEL);
	int err = 0;
	u32 i;

	if (!run)
		return ERR_PTR(-ENOMEM);
	run->arg = *arg;
	init_completion(&run->finished);
	atomic_set(&run->running, arg->threads);
	run->threads = kcalloc(arg->threads, sizeof(*run->threads), GFP_KERNEL);
	for (i = 0; run->threads && i < arg->threads && !err; i++)
		err = thread_init(run, i);
	if (run->threads && !err)
		return run;
	while (run->threads && i--) {
		if (!IS_ERR_OR_NULL(run->threads[i].task))
			kthread_stop(run->threads[i].task);
	}
	stress_free(run);
	return ERR_PTR(err ?: -ENOMEM);
}

static bool stress_valid(const struct lld_stress *arg)
{
	if (arg->host != LLD_HOST_A && arg->host != LLD_HOST_B)
		return false;
	if (!arg->threads || arg->threads > STRESS_THREADS_MAX)
		return false;
	if (!arg->depth || arg->depth > STRESS_DEPTH_MAX || arg->count >> 48)
		return false;
	if (arg->blocks > 65535 || (arg->blocks && arg->disk_blocks < arg->blocks))
		return false;
	return arg->timeout_ms && arg->timeout_ms <= 600000;
}

static void stress_start(struct stress_run *run)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	u32 i;

	for (i = 0; i < run->arg.threads; i++) {
		kthread_bind(run->threads[i].task, cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		wake_up_process(run->threads[i].task);
	}
}

static void stress_result(struct stress_run *run, struct lld_stress *arg)
{
	u32 i;

	arg->queued = 0;
	arg->refused = 0;
	for (i = 0; i < arg->threads; i++) {
		arg->queued += run->threads[i].queued;
		arg->refused += run->threads[i].refused;
	}
	arg->answered = atomic64_read(&run->answered);
	arg->aborted = atomic64_read(&run->aborted);
	arg->twice = atomic64_read(&run->twice);
	arg->bad_status = atomic64_read(&run->bad_status);
	arg->bad_length = atomic64_read(&run->bad_length);
	arg->bad_data = atomic64_read(&run->bad_data);
	arg->lost = arg->queued - arg->answered - arg->aborted;
}

int stress_run(struct lld_stress *arg)
{
	struct stress_run *run;
	ktime_t start;
	u32 i;

	if (!stress_valid(arg))
		return -EINVAL;
	run = stress_new(arg);
	if (IS_ERR(run))
		return PTR_ERR(run);
	start = ktime_get();
	stress_start(run);
	if (wait_for_completion_interruptible(&run->finished)) {
		WRITE_ONCE(run->stop, true);
		wait_for_completion(&run->finished);
	}
	arg->ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	for (i = 0; i < arg->threads; i++)
		kthread_stop(run->threads[i].task);
	stress_result(run, arg);
	mutex_lock(&runs_mutex);
	list_add(&run->node, &runs);
	mutex_unlock(&runs_mutex);
	return 0;
}
