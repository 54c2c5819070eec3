/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tgtcore.ko. */
#ifndef _TGTCORE_CORE_H
#define _TGTCORE_CORE_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/wait_bit.h>
#include <linux/tgtcore.h>
#include <tgtcore/bits.h>
#include <tgtcore/kcompat.h>
#include <tgtcore/tgtcore.h>

#define TGT_BAD_NAME "'%.48s' is no name: 1 to 48 of A-Z a-z 0-9 . _ : -, not first . or -"
#define TGT_VERSION		"0.1.0"
#define TGT_QUEUE_LIMIT		512	/* default of queue-limit= */
#define TGT_QUEUE_LIMIT_MAX	4096
#define TGT_ERR_LEN		256	/* of an error text, see tgt_err() */
#define TGT_GROUP_NAMES		24576	/* bytes of all initiators of a group, in a message */
/* Seeds of xxh64(), whose result is the same on every kernel and machine. */
#define TGT_HASH_SERIAL		0x736572
#define TGT_HASH_NAA		0x6e6161
#define TGT_HASH_PORT		0x706f72
#define TGT_DEADLINE_S		10	/* see docs/teardown.md */
#define TGT_DEADLINE_NS		((s64)TGT_DEADLINE_S * NSEC_PER_SEC)
#define TGT_TMF_DEADLINE	(TGT_DEADLINE_S * HZ)
#define TGT_JOB_BOUND		(5 * HZ)	/* a request is answered by then */

/*
 * tgt_config_mutex: the configuration, that is every list, map and state in the objects of
 * tgtcore.h but for what has a lock of its own. Never held while waiting for a command, a
 * backend, a fabric or user space. Order: tgt_config_mutex, dev->lock, itl->lock.
 */
extern struct mutex tgt_config_mutex;
extern u64 tgt_generation;		/* counts changes; tgt_config_mutex */
extern u64 tgt_nexus_changes;		/* counts nexuses begun and ended; tgt_config_mutex */
extern atomic_t tgt_pr_changes;		/* counts changes of reservations */

extern struct bus_type tgt_bus_type;	/* bus "tgtcore": what the engine's own disks hang from */
extern struct workqueue_struct *tgt_cmd_wq;		/* deferred commands */
extern struct workqueue_struct *tgt_proc_wq;		/* procedures: any may be stuck */
extern struct workqueue_struct *tgt_tmf_wq;		/* task management: waits a deadline */
extern struct workqueue_struct *tgt_qerr_wq;		/* likewise, but in the way of writeback */
extern struct workqueue_struct *tgt_watch_wq;		/* fences: nothing there waits */
extern struct workqueue_struct *tgt_teardown_wq;	/* targets, devices: may wait for long */
extern struct workqueue_struct *tgt_lun_wq;		/* likewise; waited for by teardown */
extern struct workqueue_struct *tgt_regroup_wq;		/* likewise; waited for by teardown */
extern atomic_t tgt_nr_targets;				/* struct tgt_target in memory */

extern struct xarray tgt_devices;
extern struct xarray tgt_targets;
extern struct xarray tgt_groups;	/* the open maps too */
extern struct xarray tgt_sessions;

/**
 * struct tgt_group - a LUN map, and the initiators that see it
 * @name: empty for a target's open map
 * @target: port
 * @luns: by number
 * @nr_luns: how many
 * @initiators: struct tgt_initiator
 * @names_len: bytes they take in a message
 * @nr_sessions: I_T nexuses that see this map
 * @deleting: no new LUNs and initiators; freed when LUNs and sessions are gone
 * @node: in target->groups
 * @id: for dumps
 */
struct tgt_group {
	char			name[TGT_NAME_MAX + 1];
	struct tgt_target	*target;
	struct xarray		luns;
	u32			nr_luns;
	struct list_head	initiators;
	u32			names_len;
	u32			nr_sessions;
	bool			deleting;
	struct list_head	node;
	u32			id;
};

struct tgt_initiator {
	struct list_head	node;
	char			name[TGT_INITIATOR_MAX + 1];
};

/* What one CPU counted for one I_T_L nexus; index of the arrays of three: &enum tgt_dir. */
struct tgt_itl_stats {
	u64			cmds[3];
	u64			bytes[3];
	u64			busy_ns[3];
	u64			errors;
	u64			latency[TGTCORE_LAT_BUCKETS];
};

/* The first bytes of a CDB: all there are, but of one of 32 bytes. */
union tgt_recent_cdb {
	u8			byte[16];
	u16			u16[8];
	u64			u64[2];
};

/**
 * struct tgt_recent - a command that ended
 * @start: local_clock() when it arrived
 * @ns: time it took
 * @cdb: its CDB
 * @sense: with a status other than GOOD: sense key, ASC and ASCQ, or 0
 * @tag: tgt_recent_tag(); 0 while the rest is written
 */
struct tgt_recent {
	u64			start;
	u64			ns;
	union tgt_recent_cdb	cdb;
	u32			sense;
	u32			tag;
};

#define TGT_RECENT	16	/* commands a CPU remembers of one nexus; divides 2^16 */

/* What one CPU keeps for one I_T_L nexus. */
struct tgt_itl_cpu {
	struct tgt_itl_stats	stats;
	struct {
		u32			nr;	/* commands there have been */
		struct tgt_recent	cmd[TGT_RECENT];
	} recent;
};

/**
 * struct tgt_recent_rec - the same as it is shown
 * @start: when it arrived
 * @ns: time it took, if it has ended
 * @cdb: its CDB
 * @cmd: which it is, if it is in flight; only to be compared
 * @sense: if it has ended
 * @session: of the nexus
 * @nr: which of its CPU's and nexus' it is, if it has ended
 * @cpu: which, likewise
 * @stage: TGTCORE_RECENT_*
 * @status: if it has ended
 * @cdb_len: bytes at @cdb
 */
struct tgt_recent_rec {
	u64			start;
	u64			ns;
	union tgt_recent_cdb	cdb;
	const void		*cmd;
	u32			sense;
	u32			session;
	u32			nr;
	u16			cpu;
	u8			stage;
	u8			status;
	u8			cdb_len;
};

/* The last commands of nexuses that are gone, in order of their ends. */
struct tgt_recent_past {
	u32			nr;
	struct tgt_recent_rec	rec[TGT_RECENT];
};

/**
 * struct tgt_lun_past - what is kept of nexuses that are gone
 * @stats: what they counted
 * @recent: their last commands; NULL before the first has ended
 */
struct tgt_lun_past {
	struct tgt_itl_stats	stats;
	struct tgt_recent_past	*recent;
};

/**
 * struct tgt_lun - a device at a number of a LUN map
 * @number: LUN
 * @readonly: writes refused here
 * @profile: &enum tgt_profile: what it says of itself for its initiators' sake; tgt_config_mutex
 *	for writers
 * @state: &enum tgt_state
 * @since: jiffies when @state was entered
 * @group: its map
 * @dev: logical unit
 * @itls: nexuses that see it
 * @nr_itls: how many
 * @dev_node: in dev->luns
 * @past: of nexuses that are gone
 * @remove: takes it out of the map
 */
struct tgt_lun {
	u32			number;
	bool			readonly;
	u8			profile;
	enum tgt_state		state;
	unsigned long		since;
	struct tgt_group	*group;
	struct tgt_device	*dev;
	struct list_head	itls;
	u32			nr_itls;
	struct list_head	dev_node;
	struct tgt_lun_past	*past;
	struct work_struct	remove;
};

/**
 * struct tgt_job - what a request begins, and an event may have to tell the end of
 * @ref: who waits for it, its thread
 * @run: does it
 * @end: takes note
 * @done: @end has run
 * @cred: the caller's
 * @root: likewise
 * @umask: likewise
 * @err: what @run returned; first of all set for @end
 * @fail_nth: fault injection that the caller asked for, where there is any
 * @pending: the request has been answered; tgt_config_mutex
 * @finished: @end runs or has run; tgt_config_mutex
 * @extack: for @run
 * @text: what @run had put there
 */
struct tgt_job {
	refcount_t		ref;
	int			(*run)(struct tgt_job *job);
	void			(*end)(struct tgt_job *job);
	struct completion	done;
	const struct cred	*cred;
	struct path		root;
	int			umask;
	int			err;
	unsigned int		fail_nth;
	bool			pending;
	bool			finished;
	struct netlink_ext_ack	extack;
	char			text[TGT_ERR_LEN];
};

/* job.c */
void tgt_job_init(struct tgt_job *job, int (*run)(struct tgt_job *job),
		  void (*end)(struct tgt_job *job));
int tgt_job_run(struct tgt_job *job, struct netlink_ext_ack *extack);

/* device.c */
struct tgt_device_params {
	const char		*name;
	const char		*backend;
	const char		*serial;
	const char		*modes;		/* NULL: as they are at first */
	const char		*ident;		/* NULL: none */
	const char		*pr_file;	/* NULL: none */
	u64			size;
	u32			block_size;
	u32			queue_limit;
	u32			pi;		/* protection type, or 0 */
	bool			readonly;
	bool			have_size;
	struct tgt_options	options;	/* ownership passes on success */
};

int tgt_device_create(struct tgt_device_params *p, const u64 *gen,
		      struct netlink_ext_ack *extack);
int tgt_device_resize(const char *name, u64 size, const u64 *gen,
		      struct netlink_ext_ack *extack);
int tgt_device_set(const char *name, const struct tgt_options *opts, const u64 *gen,
		   struct netlink_ext_ack *extack);
int tgt_device_set_modes(const char *name, const char *modes, const u64 *gen,
			 struct netlink_ext_ack *extack);
int tgt_device_delete(const char *name, bool force, const u64 *gen,
		      struct netlink_ext_ack *extack);
struct tgt_device *tgt_device_find(const char *name);
struct tgt_device *tgt_device_get(const char *name, struct netlink_ext_ack *extack);
struct tgt_device *tgt_device_active(const char *name, const u64 *gen,
				     struct netlink_ext_ack *extack);
void tgt_device_lun_gone(struct tgt_device *dev);
u32 tgt_device_held(struct tgt_device *dev);

void tgt_device_init_locks(struct tgt_device *dev);

/* target.c */
struct tgt_target_params {
	const char		*fabric;
	const char		*name;
	const char		*handler;
	u16			rtpi;		/* or 0, and from where to look for one */
	u16			rtpi_from;
	bool			reap;		/* by tgt_port_reap() */
	struct tgt_options	options;	/* ownership passes on success */
};

int tgt_target_create(struct tgt_target_params *p, const u64 *gen,
		      struct netlink_ext_ack *extack);
struct tgt_target *tgt_target_lookup(const char *fabric, const char *name);
int tgt_target_delete(const char *fabric, const char *name, bool force, const u64 *gen,
		      struct netlink_ext_ack *extack);
struct tgt_target *tgt_target_get(const char *fabric, const char *name,
				  struct netlink_ext_ack *extack);
u32 tgt_target_luns(struct tgt_target *target);

/* group.c */
struct tgt_group *tgt_group_alloc(struct tgt_target *target, const char *name);
void tgt_group_free(struct tgt_group *group);
void tgt_group_gone(struct tgt_group *group);
void tgt_group_left(struct tgt_group *group);
struct tgt_group *tgt_group_get(const char *fabric, const char *target, const char *name,
				struct netlink_ext_ack *extack);
struct tgt_group *tgt_group_of_initiator(struct tgt_target *target, const char *initiator);
int tgt_group_create(const char *fabric, const char *target, const char *name, const u64 *gen,
		     struct netlink_ext_ack *extack);
int tgt_group_delete(const char *fabric, const char *target, const char *name, bool force,
		     const u64 *gen, struct netlink_ext_ack *extack);
int tgt_group_add(const char *fabric, const char *target, const char *name,
		  const char *initiator, const u64 *gen, struct netlink_ext_ack *extack);
int tgt_group_remove(const char *fabric, const char *target, const char *name,
		     const char *initiator, const u64 *gen, struct netlink_ext_ack *extack);

/* lun.c */
struct tgt_lun_params {
	const char		*fabric;
	const char		*target;
	const char		*group;		/* NULL: open map */
	const char		*device;
	u32			number;
	bool			readonly;
	u8			profile;
};

struct tgt_group *tgt_lun_map(const struct tgt_lun_params *p, struct netlink_ext_ack *extack);
struct tgt_lun *tgt_lun_get(const struct tgt_lun_params *p, struct netlink_ext_ack *extack);
struct tgt_lun *tgt_lun_create(const struct tgt_lun_params *p, const u64 *gen,
			       struct netlink_ext_ack *extack);
int tgt_lun_set(const struct tgt_lun_params *p, const u64 *gen, struct netlink_ext_ack *extack);
int tgt_lun_delete(const struct tgt_lun_params *p, bool force, const u64 *gen,
		   struct netlink_ext_ack *extack);
void tgt_lun_start_remove(struct tgt_lun *lun);
void tgt_lun_forget(struct tgt_lun *lun);
u32 tgt_lun_in_flight(struct tgt_lun *lun);
bool tgt_lun_in_use(struct tgt_lun *lun);
int tgt_lun_node(struct tgt_lun *lun, char *buf, size_t size);

/* fence.c */
void tgt_device_fence_init(struct tgt_device *dev);
void tgt_device_fence_exit(struct tgt_device *dev);
int tgt_device_abandon(const char *name, struct netlink_ext_ack *extack);
bool tgt_backend_detach(struct tgt_device *dev, struct tgt_cmd *cmd);
bool tgt_cmd_detach(struct tgt_cmd *cmd, struct tgt_itl *itl, bool cut);
void tgt_itl_leave(struct tgt_itl *itl);

/* itl.c */

/* Nexuses that are nobody's yet; @empty: there is no memory for more. */
struct tgt_itl_stock {
	struct list_head	itls;
	u32			nr;
	bool			empty;
};

#define TGT_ITL_STOCK(name)	{ .itls = LIST_HEAD_INIT((name).itls) }

bool tgt_itl_stock(struct tgt_itl_stock *stock, u32 nr);
void tgt_itl_stock_free(struct tgt_itl_stock *stock);
void tgt_itl_init_locks(struct tgt_itl *itl);
int tgt_itl_init(struct tgt_itl *itl, percpu_ref_func_t *drained);
void tgt_itl_exit(struct tgt_itl *itl);
void tgt_itl_wait(struct tgt_itl *itl);
struct tgt_itl *tgt_itl_enter(struct tgt_session *sess, const struct scsi_lun *lun);
struct tgt_itl *tgt_itl_create(struct tgt_session *sess, struct tgt_lun *lun,
			       struct tgt_itl_stock *stock);
void tgt_itl_added(struct tgt_itl *itl);
void tgt_itl_destroy(struct tgt_itl *itl);
u32 tgt_itl_in_flight(struct tgt_itl *itl);
void tgt_itl_fill(struct tgt_session *sess, struct tgt_itl_stock *stock);
void tgt_itl_drain(struct tgt_session *sess);
void tgt_luns_changed(struct tgt_session *sess);

/* session.c */
void tgt_session_remove_lun(struct tgt_itl *itl);
void tgt_session_regroup_work(struct work_struct *work);

/* Whether it is known how much a device takes, so that thresholds can be set. */
static inline bool tgt_thin(const struct tgt_device *dev)
{
	return dev->lbp && dev->thin;
}

/* ua.c */
void tgt_ua_set(struct tgt_itl *itl, enum tgt_ua ua);
void tgt_ua_clear(struct tgt_itl *itl, enum tgt_ua ua);
void tgt_ua_device(struct tgt_device *dev, enum tgt_ua ua);
int tgt_ua_take(struct tgt_itl *itl, u8 *asc, u8 *ascq);
unsigned int tgt_ua_peek(struct tgt_itl *itl, u8 *asc, u8 *ascq);
void tgt_gate_change(struct tgt_itl *itl, unsigned long set, unsigned long clear);
void tgt_gate_device(struct tgt_device *dev, unsigned long gate, unsigned long mask);
enum tgt_ret tgt_gate_medium(struct tgt_cmd *cmd);
enum tgt_ret tgt_gate_state(struct tgt_cmd *cmd);
enum tgt_ret tgt_gate(struct tgt_cmd *cmd);

/* pr.c */
struct tgt_proc;

unsigned long tgt_pr_gate(struct tgt_itl *itl);
bool tgt_pr_pass(struct tgt_cmd *cmd);
void tgt_pr_lost_nexus(struct tgt_device *dev, struct tgt_session *sess);
int tgt_pr_init(struct tgt_device *dev, const char *file);
void tgt_pr_exit(struct tgt_device *dev);

struct tgt_pr;
struct tgt_pr_result;

bool tgt_pr_enter(struct tgt_device *dev, struct tgt_proc *p);
void tgt_pr_leave(struct tgt_device *dev);
struct tgt_pr *tgt_pr_get(struct tgt_device *dev);
int tgt_pr_change(struct tgt_device *dev, struct tgt_pr *old, struct tgt_pr_result *res);

/* pr_store.c */
int tgt_pr_open(struct tgt_device *dev, struct netlink_ext_ack *extack);
void tgt_pr_unopen(struct tgt_device *dev);
void tgt_pr_close(struct tgt_device *dev);
int tgt_pr_keep(struct tgt_device *dev, const struct tgt_pr *pr);

/* pr_set.c */
int tgt_pr_check_own(const struct tgt_device *dev, struct netlink_ext_ack *extack);
int tgt_pr_set(const char *name, struct tgt_pr *pr, const u64 *gen,
	       struct netlink_ext_ack *extack);

/* cmd.c */
void tgt_engine_queue(struct tgt_cmd *cmd);
void tgt_engine_resume(struct tgt_cmd *cmd);

/* answer.c */
void tgt_cmd_fail_progress(struct tgt_cmd *cmd, enum tgt_sense sense, u16 progress);
enum tgt_ret tgt_cmd_fail_short(struct tgt_cmd *cmd);
enum tgt_ret tgt_cmd_fail_range(struct tgt_cmd *cmd, u64 lba);
u32 tgt_cmd_fit(struct tgt_cmd *cmd, u32 len, enum tgt_dir dir);
bool tgt_cmd_prot(struct tgt_cmd *cmd, struct tgt_prot *prot);
enum tgt_ret tgt_cmd_reply(struct tgt_cmd *cmd, const u8 *buf, u32 len, u32 alloc_len);
void tgt_cmd_fail_sense(struct tgt_cmd *cmd, const u8 *sense, unsigned int len);

/* tmf.c */
bool tgt_gate_passed(struct tgt_device *dev, unsigned long gate,
		     bool (*meets)(const struct tgt_device *dev, const struct tgt_cmd *cmd,
				   const void *data), const void *data);
typedef bool (*tgt_itl_match_t)(struct tgt_itl *itl, void *data);

void tgt_abort_some(struct tgt_device *dev, tgt_itl_match_t match, void *data,
		    struct tgt_session *sess, struct tgt_cmd *except);
bool tgt_abort_wait(struct tgt_device *dev, tgt_itl_match_t match, void *data,
		    struct tgt_proc *p, unsigned long timeout);
void tgt_abort_detach(struct tgt_device *dev, tgt_itl_match_t match, void *data);
void tgt_engine_tmf(struct tgt_tmf *tmf);
void tgt_aborted_begin(struct tgt_itl *itl);
void tgt_aborted_end(struct tgt_itl *itl);
bool tgt_cmd_end_special(struct tgt_cmd *cmd, int state);

/* stats.c */
u64 tgt_stats_busy(const struct tgt_itl_stats *s);
void tgt_stats_sum(struct tgt_itl *itl, struct tgt_itl_stats *sum);
void tgt_stats_add(struct tgt_itl_stats *to, const struct tgt_itl_stats *from);

/* recent.c */
struct tgt_recent_list {
	struct tgt_recent_rec	*rec;
	size_t			nr;
	size_t			max;
};

void tgt_recent_keep(struct tgt_itl *itl, struct tgt_lun_past *past);
int tgt_recent_lun(struct tgt_lun *lun, struct tgt_recent_list *list);
void tgt_recent_sort(struct tgt_recent_list *list);
void tgt_recent_free(struct tgt_recent_list *list);

/* registry.c */
const struct tgt_backend_ops *tgt_backend_get(const char *name, struct netlink_ext_ack *extack);
const struct tgt_fabric_ops *tgt_fabric_get(const char *name, struct netlink_ext_ack *extack);
const struct tgt_handler_ops *tgt_handler_get(const char *name, struct netlink_ext_ack *extack);
int tgt_registry_each(int what, int (*fn)(const char *name, void *data), void *data);
enum { TGT_REG_BACKEND, TGT_REG_FABRIC, TGT_REG_HANDLER };
int tgt_registry_init(void);
void tgt_registry_prime(void);

/* lockdep.c */
void tgt_prime(void);

/* options.c */
int tgt_options_check(const struct tgt_options *opts, const struct tgt_option_desc *desc,
		      const char *what, struct netlink_ext_ack *extack);
int tgt_options_merge(struct tgt_options *to, const struct tgt_options *old,
		      const struct tgt_options *set, const struct tgt_option_desc *desc);
void tgt_options_free(struct tgt_options *opts);
bool tgt_name_valid(const char *name);
bool tgt_serial_valid(const char *serial);
int tgt_generation_check(const u64 *gen, struct netlink_ext_ack *extack);

/* nl.c and its parts */
int tgt_nl_init(void);
void tgt_nl_exit(void);
void tgt_event_device(u8 cmd, struct tgt_device *dev);
void tgt_event_target(u8 cmd, struct tgt_target *target);
void tgt_event_lun(u8 cmd, struct tgt_lun *lun);
void tgt_event_group(u8 cmd, struct tgt_group *group);
void tgt_event_session(u8 cmd, struct tgt_session *sess);
void tgt_event_pr(struct tgt_device *dev);

/*
 * Under tgt_config_mutex memory is allocated without I/O: reclaim could wait for one of our
 * own disks, whose task management waits for the mutex.
 */
void tgt_config_lock(void);
void tgt_config_unlock(void);

/* After a count changed that somebody may wait for with wait_var_event(). */
static inline void tgt_wake(u32 *count)
{
	smp_mb();	/* pairs with the one in prepare_to_wait() */
	wake_up_var(count);
}

/* Counts one change of the configuration. */
static inline void tgt_changed(void)
{
	lockdep_assert_held(&tgt_config_mutex);
	tgt_generation++;
}

#endif
