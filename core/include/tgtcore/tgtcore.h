/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tgtcore: the in-kernel API of the SCSI target engine.
 *
 * Three seams meet here, each a small table of operations:
 *
 *   fabric    brings commands in from an initiator and carries answers back
 *   handler   decides who executes a target's commands; the default is the engine
 *   backend   moves the bytes of one logical unit
 *
 * Who is kept alive by what:
 *
 *   device    by its name in the configuration, which stays until its LUNs are gone
 *   target    by its name in the configuration, which stays until its sessions are gone;
 *             the memory by its struct device
 *   lun       by the map it stands in; goes after its itls have drained
 *   session   by the fabric, from tgt_session_create() to tgt_session_destroy()
 *   itl       by its session's map and by fabrics that cache it (kref, RCU freed);
 *             each command in flight holds one count of itl->ref (percpu_ref)
 *   cmd       by the fabric, which embeds it; the engine's from tgt_cmd_submit()
 *             until ->send_response()
 */
#ifndef _TGTCORE_TGTCORE_H
#define _TGTCORE_TGTCORE_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/percpu-refcount.h>
#include <linux/sbitmap.h>
#include <linux/scatterlist.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <scsi/scsi.h>
#include <scsi/scsi_common.h>
#include <scsi/scsi_proto.h>

#define TGT_NAME_MAX		48	/* longest object name, without NUL */
#define TGT_INITIATOR_MAX	223	/* longest initiator name (iSCSI's limit), without NUL */
#define TGT_TRANSPORT_ID_MAX	256
#define TGT_MAX_LUN		16383	/* 14 bits: flat space addressing, SAM-6 4.7.7.3 */
#define TGT_CDB_MAX		260	/* SPC-5 4.2.3.1 */
#define TGT_SENSE_LEN		96	/* what a fabric's sense buffer must hold */
#define TGT_CMD_PRIV		416	/* backend's scratch in each command */
#define TGT_MAX_IO		(16U << 20)	/* longest transfer of one command, bytes */

struct tgt_backend_ops;
struct tgt_cmd;
struct tgt_daemon;
struct tgt_device;
struct tgt_fabric_ops;
struct tgt_group;
struct tgt_handler_ops;
struct tgt_itl;
struct tgt_itl_cpu;
struct tgt_unit;
struct tgt_lower;
struct tgt_lun;
struct tgt_op;
struct tgt_pr;
struct tgt_session;
struct tgt_target;
struct tgt_tmf;
struct tgt_tpg;

/*
 * How the engine finds a backend, fabric or handler by name; each table of operations
 * begins with one, and with name and owner as fields of its own.
 */
struct tgt_provider {
	const char		*name;
	struct module		*owner;
	struct list_head	node;		/* the engine's */
};

#define TGT_PROVIDER						\
	union {							\
		struct {					\
			const char	*name;			\
			struct module	*owner;			\
		};						\
		struct tgt_provider	provider;		\
	}

/* ---- options: KEY=VALUE pairs of a backend, fabric or handler ------------------- */

enum tgt_option_type {
	TGT_OPT_BOOL,		/* yes or no */
	TGT_OPT_U32,		/* a number within min..max */
	TGT_OPT_STRING,		/* free text; min..max bounds its length */
	TGT_OPT_PATH,		/* an absolute path */
};

/**
 * struct tgt_option_desc - one option a backend, fabric or handler takes
 * @name: key, as the user types it
 * @type: how the value is checked before ->create sees it
 * @min: smallest number or shortest text
 * @max: largest number or longest text
 * @required: create fails without it
 * @repeated: may be given more than once
 */
struct tgt_option_desc {
	const char		*name;
	enum tgt_option_type	type;
	u32			min;
	u32			max;
	bool			required;
	bool			repeated;
};

struct tgt_option {
	char			*key;
	char			*value;
};

/**
 * struct tgt_options - checked options of one object, kept for show and save
 * @nr: number of pairs
 * @opt: the pairs, keys unique
 */
struct tgt_options {
	unsigned int		nr;
	struct tgt_option	*opt;
};

const char *tgt_options_str(const struct tgt_options *opts, const char *key);
bool tgt_options_bool(const struct tgt_options *opts, const char *key, bool dflt);
u32 tgt_options_u32(const struct tgt_options *opts, const char *key, u32 dflt);

const char *tgt_strerror(int err);
__printf(3, 4)
int tgt_err(struct netlink_ext_ack *extack, int err, const char *fmt, ...);

/* ---- commands -------------------------------------------------------------------- */

enum tgt_dir {
	TGT_DIR_NONE,
	TGT_DIR_IN,		/* data-in: to the initiator (READ) */
	TGT_DIR_OUT,		/* data-out: from the initiator (WRITE) */
};

/* What executing a command came to. Never mixed with an errno. */
enum tgt_ret {
	TGT_DONE,		/* finished; status and sense are in the command */
	TGT_QUEUED,		/* somebody will call tgt_cmd_complete(); do not touch it */
	TGT_BUSY,		/* no resources now: answered with status BUSY */
	TGT_FULL,		/* the LUN's limit is reached: answered TASK SET FULL */
	TGT_PASS,		/* of a gate: the command goes on */
};

/* Ownership of a command, moved by cmpxchg only. */
enum tgt_cmd_state {
	TGT_CMD_IDLE,		/* the fabric's */
	TGT_CMD_ACTIVE,		/* the engine's */
	TGT_CMD_ABORTED,	/* the engine's; a task management function waits for its end */
	TGT_CMD_ABORTED_OTHER,	/* the same, of another I_T nexus */
	TGT_CMD_FAULTED,	/* the engine's; its task set is to hear of its end */
	TGT_CMD_SUB,		/* a procedure's: no fabric and no list knows it */
};

/* cmd->flags */
#define TGT_CMD_FUA		0x01	/* on the medium before the answer */
#define TGT_CMD_PROC		0x02	/* executed by a procedure */
#define TGT_CMD_QERR		0x04	/* has failed, and ended others by that */
#define TGT_CMD_HELD		0x08	/* counted against the device's queue limit */
#define TGT_CMD_OVERFLOW	0x10	/* residual is an overflow */
#define TGT_CMD_TASK_ABORTED	0x20	/* ended by a task management function */
#define TGT_CMD_OTHER_NEXUS	0x40	/* ... of another I_T nexus */
#define TGT_CMD_TASKS		0x80	/* waits in its task set, or is counted by it */

#define TGT_ACA_TAG		0x2f	/* cmd->task_attr: ACA */

/**
 * struct tgt_tuple - protection information of one logical block, SBC-4 4.21.3
 * @guard: CRC of the user data
 * @app: application tag
 * @ref: reference tag
 */
struct tgt_tuple {
	__be16			guard;
	__be16			app;
	__be32			ref;
};

static_assert(sizeof(struct tgt_tuple) == 8);

/**
 * struct tgt_prot - protection information of a command that is carried beside its data
 * @sgl: a tuple for each block; NULL: the initiator port makes and drops it itself
 * @nents: entries of @sgl
 * @ip: guards there are IP checksums
 */
struct tgt_prot {
	struct scatterlist	*sgl;
	u32			nents;
	bool			ip;
};

/**
 * struct tgt_cmd - one SCSI command
 * @sess: I_T nexus it came through; set by the fabric
 * @itl: I_T_L nexus if the fabric knows it already, else NULL
 * @cdb: the CDB; stays valid until ->send_response()
 * @sgl: data buffer, at least @data_len bytes; the fabric's until the command ends
 * @sense: TGT_SENSE_LEN bytes of the fabric's, written with CHECK CONDITION, and perhaps by a
 *	command that failed before it was aborted
 * @lun: LUN as received; read only where @itl is NULL
 * @tag: the initiator's tag
 * @data_len: length of the data buffer (expected data transfer length), bytes
 * @sgl_nents: entries of @sgl
 * @cdb_len: bytes received at @cdb
 * @task_attr: SIMPLE_QUEUE_TAG and so on (scsi_status.h message codes); 0 is untagged
 * @dir: direction of the buffer
 * @status: SAM status; valid in ->send_response()
 * @sense_len: bytes written at @sense
 * @residual: bytes not transferred, or, with TGT_CMD_OVERFLOW, that did not fit
 * @stat: &enum tgt_dir under which the command is counted
 * @flags: TGT_CMD_*
 * @state: &enum tgt_cmd_state
 * @op: row of the opcode table; NULL where the engine does not look at the CDB
 * @offset: first byte on the medium, for a backend
 * @len: bytes to move, never more than @data_len, for a backend
 * @hold_bit: place in the device's queue limit while TGT_CMD_HELD
 * @start: local_clock() when the command arrived
 * @tuples: protection information of the blocks to move, in ->submit_pi; never read elsewhere
 * @defer: function tgt_cmd_defer() runs; without @op, what executes the command
 * @work: for tgt_cmd_defer(); free for the backend in between
 * @priv: the backend's scratch
 */
struct tgt_cmd {
	struct tgt_session	*sess;
	struct tgt_itl		*itl;
	const u8		*cdb;
	struct scatterlist	*sgl;
	u8			*sense;
	u64			tag;
	u32			data_len;
	u32			sgl_nents;
	u16			cdb_len;
	u8			task_attr;
	u8			dir;

	u8			status;
	u8			sense_len;
	u8			stat;
	u8			flags;
	u32			residual;
	int			state;
	const struct tgt_op	*op;
	u64			offset;
	u32			len;
	u32			hold_bit;
	u64			start;

	struct scsi_lun		lun;
	struct tgt_tuple	*tuples;
	enum tgt_ret		(*defer)(struct tgt_cmd *cmd);
	struct work_struct	work;
	u8			priv[TGT_CMD_PRIV] __aligned(8);
};

#include <tgtcore/sense.h>

/*
 * Unit attention conditions, one bit each in itl->ua. The order is the order of report;
 * a lower bit makes those in its row of the table in core/scsi/ua.c moot.
 */
enum tgt_ua {
	TGT_UA_POWER_ON,
	TGT_UA_RESET,
	TGT_UA_NEXUS_LOSS,	/* I_T nexus loss occurred */
	TGT_UA_CLEARED,		/* commands cleared by another initiator */
	TGT_UA_RES_PREEMPTED,
	TGT_UA_RES_RELEASED,
	TGT_UA_REG_PREEMPTED,
	TGT_UA_MODE,		/* mode parameters changed */
	TGT_UA_LOG,		/* log parameters changed */
	TGT_UA_ALUA,		/* asymmetric access state changed */
	TGT_UA_ALUA_FAILED,	/* implicit asymmetric access state transition failed */
	TGT_UA_TIMESTAMP,
	TGT_UA_CAPACITY,
	TGT_UA_INQUIRY,		/* inquiry data changed */
	TGT_UA_IDENT,		/* device identifier changed */
	TGT_UA_LUNS_CHANGED,
	TGT_UA_THRESHOLD,	/* thin provisioning soft threshold reached */
	__TGT_UA_MAX,
};

#define TGT_NOT_KNOWN	U32_MAX		/* tgt_cmd_fail_medium(): where it failed */

void tgt_cmd_submit(struct tgt_cmd *cmd);
void tgt_cmd_data_ready(struct tgt_cmd *cmd);
void tgt_cmd_complete(struct tgt_cmd *cmd);
enum tgt_ret tgt_cmd_fail(struct tgt_cmd *cmd, enum tgt_sense sense);
void tgt_cmd_fail_info(struct tgt_cmd *cmd, enum tgt_sense sense, u64 info);
void tgt_cmd_fail_medium(struct tgt_cmd *cmd, u32 good);
void tgt_cmd_sense(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq);
void tgt_cmd_sense_info(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq, u64 info);
void tgt_cmd_refuse(struct tgt_cmd *cmd, u8 status);
void tgt_cmd_adopt(struct tgt_cmd *cmd, const struct tgt_cmd *from);
u32 tgt_cmd_moved(struct tgt_cmd *cmd);
bool tgt_cmd_hold(struct tgt_cmd *cmd);
enum tgt_ret tgt_cmd_defer(struct tgt_cmd *cmd, enum tgt_ret (*fn)(struct tgt_cmd *cmd));

/**
 * struct tgt_run - what ->ask_map has found, in the command's scratch
 * @len: bytes that are alike: a multiple of the block size and not 0, or U64_MAX
 * @mapped: they are mapped, or nothing is known of them
 */
struct tgt_run {
	u64	len;
	bool	mapped;
};

static inline struct tgt_run *tgt_cmd_run(struct tgt_cmd *cmd)
{
	return (struct tgt_run *)cmd->priv;
}

/**
 * tgt_cmd_is_write() - whether a backend moves data to the medium
 * @cmd: command in ->submit
 */
static inline bool tgt_cmd_is_write(const struct tgt_cmd *cmd)
{
	return cmd->dir == TGT_DIR_OUT;
}

/* ---- task management ----------------------------------------------------------------- */

/* SAM-6 clause 7; numbers as in iSCSI (RFC 7143 11.5.1, RFC 7144 4.2.1) */
enum tgt_tmf_function {
	TGT_TMF_ABORT_TASK = 1,
	TGT_TMF_ABORT_TASK_SET = 2,
	TGT_TMF_CLEAR_ACA = 3,
	TGT_TMF_CLEAR_TASK_SET = 4,
	TGT_TMF_LUN_RESET = 5,
	TGT_TMF_QUERY_TASK = 9,
	TGT_TMF_QUERY_TASK_SET = 10,
	TGT_TMF_I_T_NEXUS_RESET = 11,
	TGT_TMF_QUERY_ASYNC_EVENT = 12,
};

enum tgt_tmf_response {
	TGT_TMF_COMPLETE,
	TGT_TMF_SUCCEEDED,	/* of a query: there is */
	TGT_TMF_REJECTED,	/* function not supported */
	TGT_TMF_INCORRECT_LUN,
	TGT_TMF_FAILED,		/* deadline passed; the commands stay the backend's */
};

/**
 * struct tgt_tmf - one task management function
 * @sess: I_T nexus it came through
 * @lun: logical unit
 * @cmd: ABORT TASK and QUERY TASK: what the fabric's tag table holds for the tag, or NULL. The
 *	fabric keeps that memory a command of this nexus until @done is called.
 * @tag: tag of the task
 * @function: &enum tgt_tmf_function
 * @response: &enum tgt_tmf_response, valid in @done
 * @info: additional response information of QUERY ASYNCHRONOUS EVENT (SAM-6 7.10): unit
 *	attention depth and sense key, ASC, ASCQ
 * @done: called once, in process context; by the engine within its deadline
 * @work: the engine's
 */
struct tgt_tmf {
	struct tgt_session	*sess;
	struct scsi_lun		lun;
	struct tgt_cmd		*cmd;
	u64			tag;
	u8			function;
	u8			response;
	u8			info[3];
	void			(*done)(struct tgt_tmf *tmf);
	struct work_struct	work;
};

void tgt_tmf_submit(struct tgt_tmf *tmf);
u8 tgt_tmf_sync(struct tgt_session *sess, const struct scsi_lun *lun, u8 function,
		struct tgt_cmd *cmd, u64 tag);
void tgt_cmd_abort(struct tgt_cmd *cmd, bool other);
void tgt_target_iter(struct tgt_target *target, struct tgt_session *sess,
		     void (*fn)(struct tgt_cmd *cmd, void *data), void *data);

/* ---- devices and backends ------------------------------------------------------------ */

#define TGT_THRESHOLD_SHIFT	20	/* log2 of the bytes of a threshold set */

/* What thresholds are of, in order of their descriptors. */
enum tgt_threshold_of {
	TGT_THRESHOLD_AVAIL,	/* reached when no more than that can be had */
	TGT_THRESHOLD_USED,	/* ... when that is used */
	__TGT_THRESHOLD_MAX,
};

/**
 * struct tgt_threshold - one
 * @on: is watched
 * @count: threshold sets
 */
struct tgt_threshold {
	bool			on;
	u32			count;
};

/**
 * struct tgt_modes - the mode parameters that MODE SELECT changes, SPC-5 7.5.10, SBC-4 6.5.6
 * @tst: task sets: 0 one, 1 one for each I_T nexus
 * @d_sense: sense in descriptor format
 * @swp: software write protect
 * @tas: commands another I_T nexus aborted are answered TASK ABORTED
 * @wce: the volatile write cache, if there is one, is used
 * @qerr: &enum tgt_qerr: what a command that fails does to others
 * @restricted: writes of a nexus are executed as they came (QUEUE ALGORITHM MODIFIER 0)
 * @situa: a threshold that is reached is told to one I_T nexus, not to all
 * @threshold: &enum tgt_threshold_of: of what can be had, of what is used; SBC-4 6.5.9
 * @nuar: who releases a reservation, or gives up its registration, tells nobody
 */
struct tgt_modes {
	u8			tst;
	bool			d_sense;
	bool			swp;
	bool			tas;
	bool			wce;
	u8			qerr;
	bool			restricted;
	bool			situa;
	struct tgt_threshold	threshold[__TGT_THRESHOLD_MAX];
	bool			nuar;
};

#define TGT_IDENT_MAX		64	/* bytes of identifying information, SPC-5 6.43 */

/**
 * struct tgt_ident - identifying information
 * @len: its bytes
 * @data: what an initiator wrote, for others to read
 */
struct tgt_ident {
	u8			len;
	u8			data[TGT_IDENT_MAX];
};

/**
 * struct tgt_mode_state - those in force, and those that come back after a power on
 * @now: current values
 * @saved: saved values
 */
struct tgt_mode_state {
	struct tgt_modes	now;
	struct tgt_modes	saved;
};

enum tgt_state {
	TGT_CREATING,		/* name taken, not usable yet */
	TGT_ACTIVE,
	TGT_DELETING,		/* name still taken, draining */
};

/**
 * struct tgt_tasks - a task set, see core/tasks.c
 * @dormant: commands that wait, in order of arrival
 * @nr_head: HEAD OF QUEUE commands that run
 * @nr_ordered: likewise ORDERED
 * @nr_aca: likewise ACA
 * @aca: nexus an ACA condition was established for
 */
struct tgt_tasks {
	struct list_head	dormant;
	u32			nr_head;
	u32			nr_ordered;
	u32			nr_aca;
	struct tgt_itl		*aca;
};

#include <tgtcore/medium.h>

/**
 * struct tgt_device - a logical unit
 *
 * Written under tgt_config_mutex except where told; the hot path reads @nblocks,
 * @block_shift, @be and @be_priv.
 *
 * @name: in the configuration
 * @be: backend
 * @be_priv: the backend's
 * @nblocks: capacity in logical blocks; changes at resize (READ_ONCE)
 * @block_shift: log2 of the logical block size
 * @readonly: no initiator may write
 * @wce: a volatile write cache lies under us; set by ->create from what is true
 * @lbp: blocks can be unmapped (be->unmap); set by ->create
 * @lbprz: unmapped blocks read as zeroes; likewise, and only with @lbp
 * @thin: it is known what they take (be->space); likewise
 * @unmap_gran: bytes that are best unmapped together, or 0; likewise
 * @atomic_max: longest atomic write in bytes (be->write_atomic), or 0; likewise
 * @atomic_gran: bytes its place and length are multiples of, or 0: blocks; likewise
 * @rotational: what VPD B1h says
 * @prot_type: type of protection (SBC-4 4.21.2) of the medium; 0: none. Changes by FORMAT UNIT only
 * @prot_made: the same when the device was made
 * @prot_any: the medium can be formatted with any type, or none; set by ->create
 * @phys_exp: log2 of logical blocks per physical block; set by ->create
 * @opt_io: preferred transfer length in bytes or 0; set by ->create
 * @serial: unit serial number, never empty
 * @naa: NAA designator (locally assigned, type 3), unique
 * @options: as given at create
 * @queue_limit: commands a backend may hold at once
 * @hold: places of held commands (backends with TGT_BE_HOLDS)
 * @nr_aborted: aborted commands not yet ended
 * @abort_since: jiffies when @nr_aborted left 0
 * @abort_wait: woken when @nr_aborted falls or an aborted command ends
 * @stopped: START STOP UNIT took it offline
 * @wq: where tgt_cmd_defer() runs, set by ->create of a backend that may sleep for long: one
 *	of its own, so that no other device waits behind this one. NULL: the engine's.
 * @remainders: what the backend still does for detached commands; not 0: fenced
 * @fenced: jiffies when @remainders left 0
 * @task_lock: @tasks, and with @lock @tasks_closed
 * @tasks: its task set, or with @tasks_split that of nobody
 * @tasks_split: each I_T_L nexus has one of its own
 * @tasks_closed: not every command may start as it comes
 * @tasks_work: starts those that waited
 * @proc_lock: @procs, @visits and what is said there, the initiator's memory of their commands
 * @procs: commands being executed by procedures
 * @visits: procedures of other devices that are at work here
 * @nr_procs: how many
 * @nr_running: of these have a worker
 * @proc_wait: woken when one ends, is detached or unlocks its range
 * @copies: copy operations that have a list identifier
 * @nr_copies: how many
 * @nr_copying: copies that run
 * @tokens: ROD tokens; @lock
 * @guard: ranges of COMPARE AND WRITE and its like; @lock
 * @modes: mode parameters
 * @unit: the rest of what initiators can change, and what log pages tell
 * @wipe: SANITIZE or FORMAT UNIT; @lock
 * @pr_file: path of what keeps reservations through loss of power, or NULL
 * @pr_store: that file while it is open, or NULL
 * @pr_busy: a change of @pr is on its way, to the file first: waited for with @proc_wait
 * @pr_since: jiffies when that began
 * @pr_waiting: procedures that do
 * @pr_mutex: @pr comes into force; never held for as long as a file system takes
 * @pr: reservations; written under @pr_mutex and @lock, read under RCU
 * @lock: @itls, @stopped, @copies, @modes, @unit, @remainders and @space_reached; with
 *	tgt_config_mutex for writers of @itls
 * @itls: all its I_T_L nexuses
 * @space_work: looks whether thresholds are reached
 * @space_reached: which are, a bit per &enum tgt_threshold_of
 * @luns: all its LUNs
 * @nr_luns: how many
 * @lower: link to the device this one is over, or NULL
 * @uppers: devices that are over this one
 * @claim: what it is of somebody's who maps it himself, or NULL; see core/port.c
 * @state: &enum tgt_state
 * @since: jiffies when @state was entered
 * @busy: jobs that work on it outside tgt_config_mutex; keep it from being destroyed
 * @resize_to: bytes it is being made, or 0
 * @resize_since: jiffies when that began
 * @reason: why a job failed, while the event that tells it is made; else NULL
 * @opened: the backend has made it
 * @destroying: @destroy is on its way
 * @hash: by name
 * @destroy: runs when the last LUN is gone after delete
 * @fence_event: tells that the fence is up, or down, or a threshold is reached, or left
 * @watch: detaches old commands of nexuses that are going
 * @id: stable number for dumps
 */
struct tgt_device {
	const struct tgt_backend_ops *be;
	void			*be_priv;
	u64			nblocks;
	u8			block_shift;
	bool			readonly;
	bool			wce;
	bool			rotational;
	bool			lbp;
	bool			lbprz;
	bool			thin;
	u8			prot_type;
	u8			prot_made;
	bool			prot_any;
	u8			phys_exp;
	u32			opt_io;
	u32			unmap_gran;
	u32			atomic_max;
	u32			atomic_gran;
	u32			queue_limit;
	struct sbitmap		hold;
	atomic_t		nr_aborted;
	unsigned long		abort_since;
	wait_queue_head_t	abort_wait;
	struct workqueue_struct	*wq;
	bool			stopped;
	u32			remainders;
	unsigned long		fenced;

	char			name[TGT_NAME_MAX + 1];
	char			serial[37];
	u64			naa;
	struct tgt_options	options;
	spinlock_t		task_lock;	/* @tasks */
	struct tgt_tasks	tasks;
	bool			tasks_closed;
	bool			tasks_split;
	struct delayed_work	tasks_work;
	spinlock_t		proc_lock;	/* @procs, @visits; see proc.h */
	struct list_head	procs;
	struct list_head	visits;
	u32			nr_procs;
	u32			nr_running;
	wait_queue_head_t	proc_wait;
	struct list_head	copies;
	u32			nr_copies;
	u32			nr_copying;
	struct tgt_tokens	tokens;
	struct tgt_guard	guard;
	struct tgt_mode_state	modes;
	struct tgt_unit		*unit;
	struct tgt_wipe		wipe;
	const char		*pr_file;
	struct tgt_pr_store	*pr_store;
	bool			pr_busy;	/* under @proc_lock */
	unsigned long		pr_since;	/* likewise */
	u32			pr_waiting;	/* likewise */
	struct mutex		pr_mutex;	/* changes of @pr */
	struct tgt_pr __rcu	*pr;
	spinlock_t		lock;	/* @itls, @stopped, @modes, @unit, @remainders ... */
	struct list_head	itls;
	struct delayed_work	space_work;
	unsigned long		space_reached;
	struct list_head	luns;
	u32			nr_luns;
	struct tgt_lower	*lower;
	struct list_head	uppers;
	const char		*claim;
	enum tgt_state		state;
	unsigned long		since;
	u32			busy;
	u64			resize_to;
	unsigned long		resize_since;
	const char		*reason;
	bool			opened;
	bool			destroying;
	struct hlist_node	hash;
	struct work_struct	destroy;
	struct work_struct	fence_event;
	struct delayed_work	watch;
	u32			id;
};

/**
 * struct tgt_space - what a thin provisioned device takes
 * @used: bytes it takes
 * @avail: bytes more it could take
 * @dedicated: these are for no other device
 */
struct tgt_space {
	u64			used;
	u64			avail;
	bool			dedicated;
};

/* tgt_backend_ops.flags */
#define TGT_BE_HOLDS		0x1	/* may answer QUEUED: give it a queue limit */
#define TGT_BE_NEEDS_SIZE	0x2	/* size= is required at create */

/**
 * struct tgt_backend_ops - a kind of backstore
 * @TGT_PROVIDER: .name, as in backend=NAME, and .owner, held while a device exists;
 *	the module carries MODULE_ALIAS("tgtcore-backend-NAME")
 * @flags: TGT_BE_*
 * @options: what it takes, ended by an entry without a name
 * @create: opens the medium. Process context, may sleep, no lock of the engine is held.
 *	@size is in bytes, 0 if not given. Sets be_priv, nblocks, and the properties
 *	named in struct tgt_device; block_shift, readonly and options are set already.
 *	On failure returns an errno, having set @extack with tgt_err().
 * @destroy: the reverse. Process context, may sleep; no command is in flight and no remainder
 *	is left.
 * @submit: moves cmd->len bytes between cmd->sgl and cmd->offset of the medium; both are
 *	inside the capacity and a multiple of the block size, cmd->len is never 0.
 *	Must not sleep: it may run under rcu_read_lock; where it has to, tgt_cmd_defer().
 *	Answers TGT_DONE, or, holding the command (tgt_cmd_hold()), TGT_QUEUED and later
 *	tgt_cmd_complete() from any context. A failure is tgt_cmd_fail() and TGT_DONE.
 * @submit_pi: with dev->prot_type: as @submit, with protection information: a tuple of
 *	cmd->tuples for each block. One that was never written, or was unmapped since, reads as
 *	all ones. It is not looked at. Called in process context only, and may sleep. NULL:
 *	none is kept.
 * @flush: everything answered before is on stable storage after it. As @submit. NULL: nothing
 *	to do.
 * @unmap: with dev->lbp: cmd->len bytes at cmd->offset, at most 1 GiB, need not be kept; with
 *	dev->lbprz they read as zeroes, to the byte, and their neighbours are untouched. Answers
 *	as @submit does, but is called in process context only, and may sleep.
 * @write_atomic: with dev->atomic_max: as @submit for a write which others see all or nothing of
 * @map: with dev->lbp: whether the byte at @offset is mapped; @len, which comes in as the most
 *	that is of interest, gets the length of the run of its kind, a multiple of the block
 *	size and not 0. Process context, may sleep. NULL: nothing is known.
 * @ask_map: with dev->lbp, instead of @map where it takes long to know: a command without data
 *	about the byte at cmd->offset, which answers as @unmap does and has a struct tgt_run then
 * @space: with dev->lbp: what is used and what can be; false if it cannot be known now. Process
 *	context, may sleep. Optional.
 * @raw: executes whole CDBs instead: all commands of its LUNs but REPORT LUNS, and their unit
 *	attentions. Data-out is in the buffer. Answers as @submit does, without
 *	tgt_cmd_hold(). Needs neither @submit nor @flush nor a capacity.
 * @tmf: with @raw: task management; calls tmf->done() once. Process context.
 * @itl_create: an I_T_L nexus begins. Process context, under tgt_config_mutex. Optional.
 * @itl_leave: its initiator is told to let go of it, which may take commands that are to end
 *	in some time whatever the backend waits for. As @itl_create.
 * @itl_kill: it takes no more commands; those in flight are to end. As @itl_create.
 * @itl_destroy: no command is in flight. As @itl_create.
 * @detach: takes a command back at the deadline, see docs/teardown.md. True: the backend will
 *	never touch it, its buffer and its sense again, and does not complete it; what goes on
 *	for it all the same is counted by tgt_device_remainder_get() before. False: it stays the
 *	backend's, or is being completed, or never was; any command with TGT_CMD_HELD is asked
 *	for, also while ->submit still runs or when it has just ended, so it is to be looked up,
 *	by its address alone, under the lock that completion takes. Process context, may be
 *	under RCU: does not sleep. Optional.
 * @abandon: the admin gave up: all remainders are dropped now, each by
 *	tgt_device_remainder_put(). Process context, may sleep; commands may come in. Optional.
 * @resize: process context, may sleep, no lock of the engine is held: makes the medium
 *	@size bytes (never smaller than it was). Does not touch @nblocks. NULL: cannot.
 * @set_options: what 'device set' takes, ended by an entry without a name
 * @set: with @set_options: takes note of them, all or, with an error, none. Under
 *	tgt_config_mutex, does not wait.
 * @info: one line for 'device show' on what is special, e.g. "moves no data", or NULL. Under
 *	tgt_config_mutex; the text stays until the next call.
 * @daemon: of one whose devices daemons serve: what there is of one. Under tgt_config_mutex, does
 *	not wait. Changes are told by tgt_device_event(). Optional.
 */
struct tgt_backend_ops {
	TGT_PROVIDER;
	unsigned int		flags;
	const struct tgt_option_desc *options;
	int			(*create)(struct tgt_device *dev, u64 size,
					  struct netlink_ext_ack *extack);
	void			(*destroy)(struct tgt_device *dev);
	enum tgt_ret		(*submit)(struct tgt_cmd *cmd);
	enum tgt_ret		(*submit_pi)(struct tgt_cmd *cmd);
	enum tgt_ret		(*flush)(struct tgt_cmd *cmd);
	enum tgt_ret		(*unmap)(struct tgt_cmd *cmd);
	bool			(*map)(struct tgt_device *dev, u64 offset, u64 *len);
	enum tgt_ret		(*ask_map)(struct tgt_cmd *cmd);
	enum tgt_ret		(*write_atomic)(struct tgt_cmd *cmd);
	bool			(*space)(struct tgt_device *dev, struct tgt_space *space);
	enum tgt_ret		(*raw)(struct tgt_cmd *cmd);
	void			(*tmf)(struct tgt_itl *itl, struct tgt_tmf *tmf);
	int			(*itl_create)(struct tgt_itl *itl);
	void			(*itl_leave)(struct tgt_itl *itl);
	void			(*itl_kill)(struct tgt_itl *itl);
	void			(*itl_destroy)(struct tgt_itl *itl);
	bool			(*detach)(struct tgt_device *dev, struct tgt_cmd *cmd);
	void			(*abandon)(struct tgt_device *dev);
	int			(*resize)(struct tgt_device *dev, u64 size,
					  struct netlink_ext_ack *extack);
	const struct tgt_option_desc *set_options;
	int			(*set)(struct tgt_device *dev, const struct tgt_options *opts,
				       struct netlink_ext_ack *extack);
	const char		*(*info)(struct tgt_device *dev);
	void			(*daemon)(struct tgt_device *dev, struct tgt_daemon *d);
};

int tgt_backend_register(struct tgt_backend_ops *ops);
void tgt_backend_unregister(struct tgt_backend_ops *ops);
void tgt_device_remainder_get(struct tgt_device *dev);
void tgt_device_remainder_put(struct tgt_device *dev);
void tgt_device_event(struct tgt_device *dev);
int tgt_device_has_grown(struct tgt_device *dev, u64 size);
int tgt_own_disk_check(dev_t devt, const char *path, struct netlink_ext_ack *extack);
void tgt_prime_config(void (*take)(void *data), void *data);

#include <tgtcore/target.h>
#endif
