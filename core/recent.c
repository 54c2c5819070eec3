// SPDX-License-Identifier: GPL-2.0
/*
 * The last commands of a LUN: those its CPUs recorded (recent.h), those of nexuses that are
 * gone, and those in flight, which are the fabrics'.
 */
#include <linux/mm.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "core.h"
#include "recent.h"

static_assert(sizeof(struct tgt_recent) == 40);
static_assert(!((U16_MAX + 1) % TGT_RECENT));

/* Sense key, ASC and ASCQ in one number; 0 is none. */
static u32 tgt_recent_sense(const struct tgt_cmd *cmd)
{
	const u8 *s = cmd->sense;

	if (cmd->status != SAM_STAT_CHECK_CONDITION)
		return 0;
	if (cmd->sense_len >= 14 && (s[0] & 0x7e) == 0x70)
		return (s[2] & 0x0f) << 16 | s[12] << 8 | s[13];
	if (cmd->sense_len >= 4 && (s[0] & 0x7e) == 0x72)	/* descriptors: a daemon's */
		return (s[1] & 0x0f) << 16 | s[2] << 8 | s[3];
	return 0;
}

/*
 * The rest of tgt_recent_cmd() for a CDB of another length, of which no byte behind its end may
 * be looked at, and a status other than GOOD. Returns the tag.
 */
u32 tgt_recent_slow(struct tgt_recent *r, const struct tgt_cmd *cmd, u32 nr)
{
	u8 len = min_t(size_t, cmd->cdb_len, sizeof(r->cdb));
	union tgt_recent_cdb cdb = { };

	memcpy(cdb.byte, cmd->cdb, len);
	WRITE_ONCE(r->cdb.u64[0], cdb.u64[0]);
	WRITE_ONCE(r->cdb.u64[1], cdb.u64[1]);
	WRITE_ONCE(r->sense, tgt_recent_sense(cmd));
	return tgt_recent_tag(nr, cmd->status, len);
}

/* A CPU's @nr-th command of a nexus, unless it is being written or was overwritten. */
static bool tgt_recent_read(const struct tgt_itl_cpu *cpu, u32 nr, struct tgt_recent_rec *to)
{
	const struct tgt_recent *r = &cpu->recent.cmd[nr % TGT_RECENT];
	u32 tag = smp_load_acquire(&r->tag);	/* pairs with tgt_recent_cmd() */

	to->start = READ_ONCE(r->start);
	to->ns = READ_ONCE(r->ns);
	to->cdb.u64[0] = READ_ONCE(r->cdb.u64[0]);
	to->cdb.u64[1] = READ_ONCE(r->cdb.u64[1]);
	to->cdb_len = tag >> 24;
	to->status = tag >> 16;
	to->sense = to->status ? READ_ONCE(r->sense) : 0;
	smp_rmb();	/* likewise */
	return tag && (u16)tag == (u16)nr && READ_ONCE(r->tag) == tag;
}

/*
 * By their ends. Where the TSC is not stable, a clock may stand still until its CPU's next tick:
 * what one CPU recorded of a nexus is in order nevertheless.
 */
static int tgt_recent_by_end(const struct tgt_recent_rec *a, const struct tgt_recent_rec *b)
{
	u64 ta = a->start + a->ns, tb = b->start + b->ns;

	if (ta != tb)
		return ta < tb ? -1 : 1;
	if (a->session != b->session)
		return a->session < b->session ? -1 : 1;
	return a->cpu != b->cpu ? a->cpu - b->cpu : (s32)(a->nr - b->nr);
}

/* Calls @fn with each command of @itl that is remembered. */
static void tgt_recent_each(struct tgt_itl *itl,
			    void (*fn)(const struct tgt_recent_rec *rec, void *data), void *data)
{
	struct tgt_recent_rec rec = { .session = itl->sess->id, .stage = TGTCORE_RECENT_ENDED };
	const struct tgt_itl_cpu *c;
	u32 nr, i;
	int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(itl->cpu, cpu);
		nr = READ_ONCE(c->recent.nr);
		rec.cpu = cpu;
		for (i = 0; i < TGT_RECENT; i++) {
			rec.nr = nr - i;
			if (tgt_recent_read(c, rec.nr, &rec))
				fn(&rec, data);
		}
	}
}

/* Puts a command into its place among the last ones that are kept. */
static void tgt_recent_insert(const struct tgt_recent_rec *rec, void *data)
{
	struct tgt_recent_past *past = data;
	struct tgt_recent_rec *r = past->rec;
	u32 i = past->nr;

	while (i && tgt_recent_by_end(&r[i - 1], rec) > 0)
		i--;
	if (past->nr < TGT_RECENT) {
		memmove(&r[i + 1], &r[i], (past->nr++ - i) * sizeof(*r));
	} else if (i) {
		i--;		/* the oldest makes room */
		memmove(&r[0], &r[1], i * sizeof(*r));
	} else {
		return;
	}
	r[i] = *rec;
}

/* Keeps the last commands of a nexus that has drained, if there is memory for them. */
void tgt_recent_keep(struct tgt_itl *itl, struct tgt_lun_past *past)
{
	lockdep_assert_held(&tgt_config_mutex);
	if (!past->recent)
		past->recent = kzalloc(sizeof(*past->recent), GFP_KERNEL);
	if (past->recent)
		tgt_recent_each(itl, tgt_recent_insert, past->recent);
}

/* ---- what is there now ------------------------------------------------------------------ */

static void tgt_recent_add(const struct tgt_recent_rec *rec, void *data)
{
	struct tgt_recent_list *list = data;

	if (list->nr < list->max)
		list->rec[list->nr++] = *rec;
}

struct tgt_recent_walk {
	struct tgt_itl		*itl;
	struct tgt_recent_list	*list;
};

/* A command in flight; the fabric keeps it the same meanwhile. */
static void tgt_recent_in_flight(struct tgt_cmd *cmd, void *data)
{
	struct tgt_recent_walk *walk = data;
	struct tgt_recent_rec rec = { .session = walk->itl->sess->id, .cmd = cmd };
	/* pairs with tgt_engine_queue(): the rest is this command's */
	int state = smp_load_acquire(&cmd->state);

	if (state == TGT_CMD_IDLE || READ_ONCE(cmd->itl) != walk->itl)
		return;
	rec.stage = state == TGT_CMD_ACTIVE ? TGTCORE_RECENT_ACTIVE : TGTCORE_RECENT_ABORTING;
	rec.start = cmd->start;
	rec.cdb_len = min_t(size_t, cmd->cdb_len, sizeof(rec.cdb));
	memcpy(rec.cdb.byte, cmd->cdb, rec.cdb_len);
	tgt_recent_add(&rec, walk->list);
}

/* Adds those in flight. */
static void tgt_recent_walk(struct tgt_lun *lun, struct tgt_recent_list *list)
{
	struct tgt_recent_walk walk = { .list = list };

	list_for_each_entry(walk.itl, &lun->itls, lun_node)
		walk.itl->sess->target->fops->iter(walk.itl->sess, tgt_recent_in_flight, &walk);
}

/*
 * All that is known of @lun now. What is in flight is looked at before what ended, so that nothing
 * ends between the two unseen, and after it again: tgt_recent_sort() puts together what is there
 * more than once. Should more commands come in than there is room for, some are left out.
 */
int tgt_recent_lun(struct tgt_lun *lun, struct tgt_recent_list *list)
{
	const struct tgt_recent_past *past = lun->past->recent;
	struct tgt_itl *itl;
	u32 i;

	lockdep_assert_held(&tgt_config_mutex);
	list->nr = 0;
	list->max = TGT_RECENT + lun->nr_itls * num_possible_cpus() * TGT_RECENT +
		    3UL * tgt_lun_in_flight(lun) + 64;
	list->rec = kvmalloc_array(list->max, sizeof(*list->rec), GFP_KERNEL_ACCOUNT);
	if (!list->rec)
		return -ENOMEM;
	tgt_recent_walk(lun, list);
	for (i = 0; past && i < past->nr; i++)
		tgt_recent_add(&past->rec[i], list);
	list_for_each_entry(itl, &lun->itls, lun_node)
		tgt_recent_each(itl, tgt_recent_add, list);
	tgt_recent_walk(lun, list);
	return 0;
}

/* Whether it may be the same command. */
static int tgt_recent_cmp(const struct tgt_recent_rec *a, const struct tgt_recent_rec *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->session != b->session)
		return a->session < b->session ? -1 : 1;
	if (a->cdb_len != b->cdb_len)
		return a->cdb_len - b->cdb_len;
	return memcmp(&a->cdb, &b->cdb, a->cdb_len);
}

/* By arrival, for what is the same to stand together; an ended one first. */
static int tgt_recent_by_start(const void *pa, const void *pb)
{
	const struct tgt_recent_rec *a = pa, *b = pb;
	int ret = tgt_recent_cmp(a, b);

	if (ret || a->cmd == b->cmd)
		return ret;
	return a->cmd < b->cmd ? -1 : 1;
}

/* The ended ones by their end, then those in flight by arrival. */
static int tgt_recent_as_shown(const void *pa, const void *pb)
{
	const struct tgt_recent_rec *a = pa, *b = pb;

	if (!a->cmd != !b->cmd)
		return a->cmd ? 1 : -1;
	return tgt_recent_by_end(a, b);
}

/*
 * Puts a list into the order in which it is shown, each command once. In flight is what was so
 * both before and after the rest was looked at: what was so only before has ended, perhaps so
 * long ago that its entry is another's by now, and what was so only after has just come.
 */
void tgt_recent_sort(struct tgt_recent_list *list)
{
	struct tgt_recent_rec *r = list->rec;
	size_t i, kept = 0, nr = list->nr;

	sort(r, nr, sizeof(*r), tgt_recent_by_start, NULL);
	for (i = 0; i < nr; i++) {
		if (r[i].cmd) {
			if (i + 1 == nr || r[i].cmd != r[i + 1].cmd ||
			    tgt_recent_cmp(&r[i], &r[i + 1]))
				continue;
			i++;
			if (kept && !r[kept - 1].cmd && !tgt_recent_cmp(&r[kept - 1], &r[i]))
				continue;
		}
		r[kept++] = r[i];
	}
	list->nr = kept;
	sort(r, kept, sizeof(*r), tgt_recent_as_shown, NULL);
}

void tgt_recent_free(struct tgt_recent_list *list)
{
	kvfree(list->rec);
	list->rec = NULL;
}
