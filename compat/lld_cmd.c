// SPDX-License-Identifier: GPL-2.0
/*
 * Commands of target drivers: data goes straight between the driver and the daemon's
 * pages, which are pinned while the daemon, in its write(2), answers.
 *
 * A command is the driver's from scsi_host_get_command() on; the daemon's while it is in the
 * host's hash; then, from transfer_response() to done(), the driver's again; and goes when the
 * daemon has been told, in a worker, because pages may have to be marked dirty.
 */
#include <linux/error-injection.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait_bit.h>
#include <scsi/scsi_tgt.h>
#include "lld.h"

#define LLD_RETRY_DELAY	(HZ / 100)

/**
 * struct lld_cmd - a driver's command
 * @sc: what the driver sees
 * @cmd: what the daemon sees
 * @host: its host; the command holds a reference on the Scsi_Host
 * @pages: the daemon's, pinned
 * @nr_pages: how many
 * @to_daemon: the initiator's data goes to the daemon, as was said when the driver got it
 * @work: frees it
 * @cdb: for @sc
 * @sense: for @sc
 */
struct lld_cmd {
	struct stgt_scsi_cmnd	sc;
	struct stgt_cmd		cmd;
	struct lld_host		*host;
	struct page		**pages;
	unsigned int		nr_pages;
	bool			to_daemon;
	struct work_struct	work;
	u8			cdb[16];
	u8			sense[SCSI_SENSE_BUFFERSIZE];
};

static struct kmem_cache *lld_cmd_cache;
static struct workqueue_struct *lld_wq;
static unsigned long lld_closed;	/* jiffies when the last daemon went; stgt_answer_lock */
static unsigned long lld_before;	/* commands that are reaped came before; likewise */
static bool lld_some_wait;		/* there are others; likewise */

static void lld_reap_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(lld_reap, lld_reap_work);

/* One that no daemon has taken yet has come, or waits still. */
static void lld_watch(void)
{
	if (!stgt_strict && READ_ONCE(stgt_daemon_timeout) >= 0)
		queue_delayed_work(lld_wq, &lld_reap, HZ);
}

static struct lld_cmd *lld_of(struct stgt_scsi_cmnd *sc)
{
	return container_of(sc, struct lld_cmd, sc);
}

/* ---- get and put ------------------------------------------------------------------------ */

static bool lld_reserve(struct lld_host *host, bool write)
{
	return atomic_add_unless(&host->in_use[write], 1, host->host.shost->can_queue);
}

/**
 * scsi_host_get_command() - a command for a target driver
 * @shost: host, after scsi_tgt_alloc_queue()
 * @dir: direction of the initiator's data
 * @gfp: GFP_KERNEL: waits while can_queue commands of that direction are out
 *
 * Return: NULL if there is none to be had. Context: as @gfp.
 */
struct stgt_scsi_cmnd *scsi_host_get_command(struct Scsi_Host *shost,
					     enum dma_data_direction dir, gfp_t gfp)
{
	struct lld_host *host = lld_host(shost);
	bool write = dir == DMA_TO_DEVICE;
	struct lld_cmd *lc;

	if (!host || !host->host.ops)
		return NULL;
	if (!lld_reserve(host, write)) {
		if (!gfpflags_allow_blocking(gfp))
			return NULL;
		wait_event(host->free_wait, lld_reserve(host, write));
	}
	lc = kmem_cache_zalloc(lld_cmd_cache, gfp);
	if (!lc) {
		atomic_dec(&host->in_use[write]);
		return NULL;
	}
	get_device(&shost->shost_gendev);
	lc->host = host;
	lc->to_daemon = write;
	lc->cmd.host = &host->host;
	lc->cmd.ops = host->host.ops;
	lc->sc.cmnd = lc->cdb;
	lc->sc.cmd_len = sizeof(lc->cdb);
	lc->sc.sense_buffer = lc->sense;
	lc->sc.sc_data_direction = dir;
	lc->sc.jiffies_at_alloc = jiffies;
	return &lc->sc;
}
EXPORT_SYMBOL_GPL(scsi_host_get_command);

/**
 * scsi_host_put_command() - give back a command the daemon does not have
 * @shost: host
 * @sc: command
 *
 * Context: any.
 */
void scsi_host_put_command(struct Scsi_Host *shost, struct stgt_scsi_cmnd *sc)
{
	struct lld_cmd *lc = lld_of(sc);
	struct lld_host *host = lc->host;

	if (WARN_ON_ONCE(hash_hashed(&lc->cmd.hash)))	/* the daemon does */
		return;
	atomic_dec(&host->in_use[lc->to_daemon]);
	wake_up(&host->free_wait);
	kmem_cache_free(lld_cmd_cache, lc);
	put_device(&shost->shost_gendev);
}
EXPORT_SYMBOL_GPL(scsi_host_put_command);

/**
 * scsi_tgt_cmd_to_host() - host of a command
 * @sc: command
 *
 * Return: host. Context: any.
 */
struct Scsi_Host *scsi_tgt_cmd_to_host(struct stgt_scsi_cmnd *sc)
{
	return lld_of(sc)->host->host.shost;
}
EXPORT_SYMBOL_GPL(scsi_tgt_cmd_to_host);

/**
 * scsi_tgt_queue_command() - give a command to the daemon
 * @sc: command; cmnd, tag (the task attribute), sdb.length are set
 * @itn_id: I_T nexus
 * @lun: LUN
 * @tag: tag
 *
 * Return: 0, or a negative number, and the command is still the driver's. Context: any.
 */
int scsi_tgt_queue_command(struct stgt_scsi_cmnd *sc, u64 itn_id, struct scsi_lun *lun, u64 tag)
{
	struct lld_cmd *lc = lld_of(sc);
	int err;

	lc->cmd.itn = itn_id;
	lc->cmd.tag = tag;
	err = stgt_cmd_queue(&lc->cmd, NULL, sc->cmnd, sizeof(lc->cdb), lun, sc->sdb.length,
			     sc->tag);
	if (!err && unlikely(!stgt_daemon_there()))
		lld_watch();
	return err;
}
EXPORT_SYMBOL_GPL(scsi_tgt_queue_command);

/* ---- the daemon's pages ----------------------------------------------------------------- */

static void lld_unpin(struct lld_cmd *lc)
{
	unpin_user_pages_dirty_lock(lc->pages, lc->nr_pages, lc->to_daemon);
	kvfree(lc->pages);
	lc->pages = NULL;
	lc->nr_pages = 0;
}

/* One segment for each page, whether they lie side by side or not. */
static int lld_fill_sg(struct lld_cmd *lc, u64 uaddr, u32 len)
{
	struct sg_table *table = &lc->sc.sdb.table;
	unsigned int offset = offset_in_page(uaddr), part, i;
	struct scatterlist *sg;

	if (sg_alloc_table(table, lc->nr_pages, GFP_KERNEL))
		return -ENOMEM;
	lc->sc.sdb.length = len;
	for_each_sg(table->sgl, sg, lc->nr_pages, i) {
		part = min_t(u32, len, PAGE_SIZE - offset);
		sg_set_page(sg, lc->pages[i], part, offset);
		len -= part;
		offset = 0;
	}
	return 0;
}

/*
 * Today's midlayer cuts shost->max_sectors to what the parent device can map in one piece,
 * which is nothing to a driver that copies.
 */
static u64 lld_max_bytes(const struct lld_host *host)
{
	return (u64)max_t(unsigned int, host->sht.max_sectors, host->host.shost->max_sectors) <<
	       SECTOR_SHIFT;
}

/* On s390x the fast way takes pages that are there, but that may not be read (PROT_NONE). */
static int lld_pin_pages(unsigned long addr, unsigned int nr, unsigned int flags,
			 struct page **pages)
{
	if (IS_ENABLED(CONFIG_S390))
		return pin_user_pages_unlocked(addr, nr, pages, flags);
	return pin_user_pages_fast(addr, nr, flags, pages);
}

/*
 * The original refused with -EINVAL what has no address, ends behind the last one, or is more
 * than the host takes; and with -EFAULT what is not there.
 */
static noinline int lld_pin(struct lld_cmd *lc, u64 uaddr, u32 len)
{
	unsigned int flags = lc->to_daemon ? FOLL_WRITE : 0;
	struct Scsi_Host *shost = lc->host->host.shost;
	u64 end = uaddr + len;
	unsigned int nr;
	int got;

	if (!uaddr || end < uaddr || (unsigned long)end != end ||
	    len > lld_max_bytes(lc->host))
		return -EINVAL;
	nr = DIV_ROUND_UP(end, PAGE_SIZE) - (uaddr >> PAGE_SHIFT);
	if (nr > shost->sg_tablesize)
		return -EINVAL;
	lc->pages = kvmalloc_array(nr, sizeof(*lc->pages), GFP_KERNEL);
	if (!lc->pages)
		return -ENOMEM;
	got = lld_pin_pages(uaddr & PAGE_MASK, nr, flags, lc->pages);
	lc->nr_pages = max(got, 0);
	if (got == nr && !lld_fill_sg(lc, uaddr, len))
		return 0;
	lld_unpin(lc);
	return got < 0 ? got : got == nr ? -ENOMEM : -EFAULT;
}

ALLOW_ERROR_INJECTION(lld_pin, ERRNO);

/* ---- the end of a command --------------------------------------------------------------- */

static void lld_free(struct lld_cmd *lc)
{
	if (lc->nr_pages) {
		lld_unpin(lc);
		sg_free_table(&lc->sc.sdb.table);
	}
	scsi_host_put_command(lc->host->host.shost, &lc->sc);
}

static void lld_free_work(struct work_struct *work)
{
	lld_free(container_of(work, struct lld_cmd, work));
}

static void lld_free_later(struct lld_cmd *lc)
{
	INIT_WORK(&lc->work, lld_free_work);
	queue_work(lld_wq, &lc->work);
}

static void lld_sent(struct stgt_note *note)
{
	lld_free_later(container_of(note, struct lld_cmd, cmd.note));
}

/* The driver's transfer_response() is over. Any context. */
static void lld_done(struct stgt_scsi_cmnd *sc)
{
	struct lld_cmd *lc = lld_of(sc);

	if (stgt_cmd_done(&lc->cmd, sc->result, lld_sent))
		lld_free_later(lc);
}

/*
 * A driver that is busy is asked again; the original forgot the command. What else it
 * returns counts as taken: done() will be called.
 */
static void lld_respond(struct lld_cmd *lc)
{
	struct lld_host *host = lc->host;
	int ret = host->old->transfer_response(&lc->sc, lld_done);

	if (stgt_strict || (ret != SCSI_MLQUEUE_HOST_BUSY && ret != SCSI_MLQUEUE_DEVICE_BUSY))
		return;
	spin_lock(&host->busy_lock);
	list_add_tail(&lc->cmd.note.node, &host->busy);
	spin_unlock(&host->busy_lock);
	queue_delayed_work(lld_wq, &host->retry, LLD_RETRY_DELAY);
}

/* A command the driver was too busy for, or NULL. */
static struct lld_cmd *lld_next_busy(struct list_head *busy)
{
	struct lld_cmd *lc = list_first_entry_or_null(busy, struct lld_cmd, cmd.note.node);

	if (lc)
		list_del_init(&lc->cmd.note.node);
	return lc;
}

static void lld_retry_work(struct work_struct *work)
{
	struct lld_host *host = container_of(to_delayed_work(work), struct lld_host, retry);
	struct lld_cmd *lc;
	LIST_HEAD(busy);

	spin_lock(&host->busy_lock);
	list_splice_init(&host->busy, &busy);
	spin_unlock(&host->busy_lock);
	while ((lc = lld_next_busy(&busy)))
		lld_respond(lc);
}

static void lld_abort(struct lld_cmd *lc)
{
	if (lc->host->old->eh_abort_handler && lc->host->old->eh_abort_handler(&lc->sc))
		stgt_warn("fail to abort %p\n", &lc->sc);
	lld_free(lc);
}

/* What is kept for the commands of a host; before its driver can have any. */
void lld_host_init(struct lld_host *host)
{
	init_waitqueue_head(&host->free_wait);
	spin_lock_init(&host->busy_lock);
	INIT_LIST_HEAD(&host->busy);
	INIT_DELAYED_WORK(&host->retry, lld_retry_work);
}

/* The driver is asked no more. The daemon has none of its commands any longer. */
void lld_host_exit(struct lld_host *host)
{
	struct lld_cmd *lc;

	cancel_delayed_work_sync(&host->retry);
	while ((lc = lld_next_busy(&host->busy)))
		lld_abort(lc);
}

/* stgt_host_ops.lost: a driver's initiators get BUSY if the daemon is at fault. */
void lld_lost(struct stgt_cmd *cmd, enum stgt_why why)
{
	struct lld_cmd *lc = container_of(cmd, struct lld_cmd, cmd);

	if (why == STGT_NO_HOST) {
		lld_abort(lc);
		return;
	}
	lc->sc.result = SAM_STAT_BUSY;
	lld_respond(lc);
}

/*
 * Sense and data, without stgt_answer_lock: only the driver's own unloading waits for it (the
 * command is in nobody else's hands).
 */
static int lld_take_memory(struct lld_cmd *lc, const struct stgt_answer *a)
{
	struct stgt_host *host = lc->cmd.host;
	int err = 0;

	host->answering++;
	mutex_unlock(&stgt_answer_lock);
	if (a->result == SAM_STAT_CHECK_CONDITION &&
	    copy_from_user(lc->sense, u64_to_user_ptr(a->sense_uaddr),
			   min_t(u32, a->sense_len, SCSI_SENSE_BUFFERSIZE)))
		stgt_err("Could not copy the sense buffer\n");
	if (a->len)
		err = lld_pin(lc, a->uaddr, a->len);
	mutex_lock(&stgt_answer_lock);
	host->answering--;
	smp_mb();	/* pairs with the one in prepare_to_wait(): stgt_host_del() */
	wake_up_var(&host->answering);
	return err;
}

/* stgt_host_ops.answer */
enum stgt_taken lld_answer(struct stgt_cmd *cmd, struct stgt_answer *a)
{
	struct lld_cmd *lc = container_of(cmd, struct lld_cmd, cmd);
	struct stgt_scsi_cmnd *sc = &lc->sc;
	int err;

	if (a->result == TGT_RESULT_TASK_ABORTED) {
		lld_abort(lc);
		return STGT_TAKEN;
	}
	sc->result = a->result;
	if (a->result == SAM_STAT_CHECK_CONDITION || a->len) {
		err = lld_take_memory(lc, a);
		/* sense needs no data: tgtd 1.0.13 sends it with a length and no address */
		if (err && !stgt_strict && a->result == SAM_STAT_CHECK_CONDITION)
			err = 0;
		/* that passes, and the daemon does not answer twice: the initiator tries again */
		if (err == -ENOMEM && !stgt_strict) {
			sc->result = SAM_STAT_BUSY;
			err = 0;
		}
		if (err) {
			stgt_warn("Could not handle request of size %u.\n", a->len);
			stgt_warn("cmd %p ret %d uaddr %lx len %d rw %d\n", sc, err,
				  (unsigned long)a->uaddr, a->len, a->rw);
			return STGT_REFUSED;
		}
	}
	lld_respond(lc);
	return STGT_TAKEN;
}

/* ---- a daemon that goes, or does not come ------------------------------------------------ */

static bool lld_left_behind(struct stgt_cmd *cmd, void *data)
{
	if (cmd->ops->answer != lld_answer)
		return false;
	if (time_before_eq(cmd->since, lld_before))
		return true;
	lld_some_wait = true;
	return false;
}

static void lld_reap_host(struct stgt_host *host)
{
	stgt_reap(host, lld_left_behind, NULL, STGT_NO_DAEMON);
}

/* Those that were there when the last daemon went; without one, all that have waited so long. */
static void lld_reap_late(unsigned long timeout)
{
	lockdep_assert_held(&stgt_answer_lock);
	lld_some_wait = time_before(jiffies, lld_closed + timeout);
	if (lld_some_wait)
		return;
	lld_before = stgt_daemon_there() ? lld_closed : jiffies - timeout;
	stgt_hosts_each(lld_reap_host);
}

static void lld_reap_work(struct work_struct *work)
{
	int timeout = READ_ONCE(stgt_daemon_timeout);

	if (timeout < 0)
		return;
	mutex_lock(&stgt_answer_lock);
	lld_reap_late(stgt_jiffies(timeout));
	if (lld_some_wait && !stgt_daemon_there())
		lld_watch();
	mutex_unlock(&stgt_answer_lock);
}

/*
 * Its commands wait for the next daemon, which may know their tags; but not for ever, as they
 * did.
 */
void stgt_lld_daemon_closed(void)
{
	int timeout = READ_ONCE(stgt_daemon_timeout);

	lockdep_assert_held(&stgt_answer_lock);
	lld_closed = jiffies;
	if (!stgt_strict && timeout >= 0)
		mod_delayed_work(lld_wq, &lld_reap, stgt_jiffies(timeout));
}

int stgt_lld_init(void)
{
	/* the daemon's sense is copied right into it */
	lld_cmd_cache = kmem_cache_create_usercopy("scsi_tgt_cmd", sizeof(struct lld_cmd), 0, 0,
						   offsetof(struct lld_cmd, sense),
						   sizeof_field(struct lld_cmd, sense), NULL);
	if (!lld_cmd_cache)
		return -ENOMEM;
	lld_closed = jiffies;
	lld_wq = alloc_workqueue("scsi_tgtd", 0, 1);
	if (!lld_wq) {
		kmem_cache_destroy(lld_cmd_cache);
		return -ENOMEM;
	}
	return 0;
}

void stgt_lld_exit(void)
{
	cancel_delayed_work_sync(&lld_reap);
	destroy_workqueue(lld_wq);
	kmem_cache_destroy(lld_cmd_cache);
}
