/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tgtcore: targets, LUN maps, sessions, and the seams of fabrics and handlers. A part of
 * tgtcore.h, which is what to include.
 */
#ifndef _TGTCORE_TARGET_H
#define _TGTCORE_TARGET_H

/* ---- targets, LUN maps, sessions -------------------------------------------------------- */

/**
 * struct tgt_target - a SCSI target port
 * @fops: fabric
 * @handler: who executes its commands
 * @fabric_priv: the fabric's
 * @handler_priv: the handler's
 * @name: unique within the fabric
 * @fabric: name of the fabric
 * @rtpi: relative target port identifier, SPC-5 4.3.4
 * @port_naa: NAA designator of the target port
 * @open: LUN map of initiators in no group
 * @groups: access groups, @open not among them
 * @sessions: I_T nexuses
 * @options: as given at create
 * @dev: on the bus "tgtcore"; parent of what the fabric shows
 * @state: &enum tgt_state
 * @since: jiffies when @state was entered
 * @nr_sessions: length of @sessions
 * @nr_leaving: groups on their way out
 * @reap: tgt_port_create() made it, and tgt_port_reap() may delete it
 * @reason: why it could not be made, while the event that tells it is made; else NULL
 * @tpg: target port group it is in, or NULL
 * @regroup: gives sessions the LUN map of the group they are in now
 * @teardown: runs ->target_remove
 * @id: stable number for dumps
 */
struct tgt_target {
	const struct tgt_fabric_ops *fops;
	const struct tgt_handler_ops *handler;
	void			*fabric_priv;
	void			*handler_priv;
	char			name[TGT_NAME_MAX + 1];
	char			fabric[TGT_NAME_MAX + 1];
	u16			rtpi;
	u64			port_naa;
	struct tgt_group	*open;
	struct list_head	groups;
	struct list_head	sessions;
	struct tgt_options	options;
	struct device		dev;
	enum tgt_state		state;
	unsigned long		since;
	u32			nr_sessions;
	u32			nr_leaving;
	bool			reap;
	const char		*reason;
	struct tgt_tpg		*tpg;
	struct work_struct	regroup;
	struct work_struct	teardown;
	u32			id;
};

/**
 * struct tgt_session - an I_T nexus
 * @target: its target port; alive as long as the session
 * @queue: the handler's ->queue, kept here for the hot path
 * @send_response: the fabric's, likewise
 * @recv_data: the fabric's, likewise
 * @itls: I_T_L nexuses by LUN, looked up under RCU
 * @group: whose LUN map it sees
 * @initiator: initiator port name
 * @transport_id: TransportID, SPC-5 7.6.4
 * @transport_id_len: its bytes
 * @fabric_priv: the fabric's
 * @handler_priv: the handler's
 * @node: in target->sessions; empty once it ends
 * @since: jiffies when it began to end
 * @dying: its itls, while it ends
 * @nr_itls: itls not finished yet
 * @users: teardown and regrouping at work on it outside tgt_config_mutex
 * @id: number, unique while the session lives
 * @rcu: frees it
 */
struct tgt_session {
	struct tgt_target	*target;
	void			(*queue)(struct tgt_cmd *cmd);
	void			(*send_response)(struct tgt_cmd *cmd);
	void			(*recv_data)(struct tgt_cmd *cmd);
	struct xarray		itls;
	struct tgt_group	*group;
	char			initiator[TGT_INITIATOR_MAX + 1];
	u8			transport_id[TGT_TRANSPORT_ID_MAX];
	u16			transport_id_len;
	void			*fabric_priv;
	void			*handler_priv;
	struct list_head	node;
	unsigned long		since;
	struct list_head	dying;
	u32			nr_itls;
	u32			users;
	u32			id;
	struct rcu_head		rcu;
};

/* The gate word: what keeps a command off the short path. Zero nearly always. */
#define TGT_GATE_UA		BIT(0)	/* a unit attention is pending */
#define TGT_GATE_RO		BIT(1)	/* writes refused */
#define TGT_GATE_STOPPED	BIT(2)	/* START STOP UNIT: medium access refused */
#define TGT_GATE_RAW		BIT(3)	/* the backend executes CDBs whole */
#define TGT_GATE_FENCED		BIT(4)	/* a remainder is out: medium access refused */
#define TGT_GATE_PR_READ	BIT(5)	/* a reservation conflicts with reads */
#define TGT_GATE_PR_WRITE	BIT(6)	/* a reservation conflicts with writes */
#define TGT_GATE_ALUA		BIT(7)	/* the port is not in an active state */
#define TGT_GATE_TASKS		BIT(8)	/* the task set does not take every command at once */
#define TGT_GATE_WIPE		BIT(9)	/* SANITIZE or FORMAT UNIT runs, or has failed */
#define TGT_GATE_THROUGH	BIT(10)	/* WCE=0: a write is on the medium before its answer */
#define TGT_GATE_RESERVED	BIT(11)	/* RESERVEd by another nexus, or reservations are lost */
#define TGT_GATE_PI		BIT(12)	/* protection information is kept: another ->exec */
#define TGT_GATE_TOKEN		BIT(13)	/* ROD tokens: what is written ends those of it */
#define TGT_GATE_GUARD		BIT(14)	/* COMPARE AND WRITE: no write gets into the middle of it */

/**
 * struct tgt_itl - an I_T_L nexus: one session's view of one LUN
 * @gate: TGT_GATE_*; written under @lock, read without
 * @dev: logical unit
 * @ref: one per command in flight, and the map's own
 * @cpu: counters and last commands, per CPU
 * @lun: entry of the LUN map
 * @sess: I_T nexus
 * @number: LUN
 * @lock: @gate, @ua, @alua and @tpg
 * @alua: asymmetric access state of its target port; written under @lock
 * @tpg: target port group of its target port, or 0; likewise
 * @ua: pending unit attentions, a bit per &enum tgt_ua
 * @nr_aborted: aborted commands not yet ended
 * @tasks: its task set, with dev->tasks_split; dev->task_lock
 * @be_priv: the backend's
 * @leaving: its LUN, target or session goes; written under tgt_config_mutex
 * @killed: takes no more commands; tgt_config_mutex
 * @cut: as it goes commands were detached: TGT_GATE_FENCED stays; dev->lock
 * @kref: map, fabric's cache
 * @drained: @ref has gone to zero
 * @dev_node: in dev->itls
 * @lun_node: in lun->itls
 * @dead_node: in sess->dying; before it is anybody's, in a struct tgt_itl_stock
 * @rcu: frees it
 */
struct tgt_itl {
	unsigned long		gate;
	struct tgt_device	*dev;
	struct percpu_ref	ref;
	struct tgt_itl_cpu __percpu *cpu;
	struct tgt_lun		*lun;
	struct tgt_session	*sess;
	u32			number;
	spinlock_t		lock;	/* @gate, @ua, @alua, @tpg */
	u8			alua;
	u16			tpg;
	unsigned long		ua;
	atomic_t		nr_aborted;
	struct tgt_tasks	tasks;
	void			*be_priv;
	bool			leaving;
	bool			killed;
	bool			cut;
	struct kref		kref;
	struct completion	drained;
	struct list_head	dev_node;
	struct list_head	lun_node;
	struct list_head	dead_node;
	struct rcu_head		rcu;
};

/**
 * struct tgt_lower - link from a device to the one it is over
 * @upper: the device
 * @sess: what the lower's commands come through; only ->send_response is used
 * @itl: likewise; @itl.dev is the lower device
 * @node: in the lower's @uppers
 */
struct tgt_lower {
	struct tgt_device	*upper;
	struct tgt_session	sess;
	struct tgt_itl		itl;
	struct list_head	node;
};

/* What a device has the one below do. */
enum tgt_lower_what {
	TGT_LOWER_MOVE,		/* ->submit, in the direction of the command */
	TGT_LOWER_FLUSH,
	TGT_LOWER_UNMAP,	/* if the lower has @lbp */
};

struct tgt_lower *tgt_lower_open(struct tgt_device *upper, const char *name,
				 void (*done)(struct tgt_cmd *cmd),
				 struct netlink_ext_ack *extack);
void tgt_lower_close(struct tgt_lower *lower);
void tgt_lower_submit(struct tgt_lower *lower, struct tgt_cmd *cmd, enum tgt_lower_what what);

struct tgt_itl *tgt_itl_get(struct tgt_session *sess, u32 number);
void tgt_itl_put(struct tgt_itl *itl);
void tgt_itl_ready(struct tgt_itl *itl);

/**
 * tgt_lun_encode() - LUN bytes of a LUN number
 * @number: 0 to TGT_MAX_LUN
 * @lun: peripheral device addressing below 256, flat space above (SAM-6 4.7)
 */
static inline void tgt_lun_encode(u32 number, struct scsi_lun *lun)
{
	memset(lun, 0, sizeof(*lun));
	lun->scsi_lun[0] = number > 255 ? 0x40 | (number >> 8) : 0;
	lun->scsi_lun[1] = number & 0xff;
}

int tgt_lun_decode(const struct scsi_lun *lun);
extern const struct scsi_lun tgt_lun_report_luns;

struct tgt_session *tgt_session_create(struct tgt_target *target, const char *initiator,
				       const u8 *transport_id, unsigned int len,
				       void *fabric_priv);
void tgt_session_destroy(struct tgt_session *sess);

/* tgt_fabric_ops.flags */
#define TGT_FABRIC_OWN_LUNS	0x1	/* tells its initiators itself of LUNs that come and go */
#define TGT_FABRIC_OWN_RESETS	0x2	/* ... and of resets of logical units that came by it */

/**
 * struct tgt_fabric_ops - a way for commands to come in
 *
 * @TGT_PROVIDER: .name, as in FABRIC:NAME, and .owner, held while a target exists;
 *	the module carries MODULE_ALIAS("tgtcore-fabric-NAME")
 * @protocol: protocol identifier, SPC-5 7.6.1
 * @flags: TGT_FABRIC_*
 * @options: what 'target create' takes, ended by an entry without a name
 * @target_create: makes the port. Process context, may sleep, no lock of the engine is held.
 * @scan: the handler of a target whose LUNs are its own has somebody to execute commands: the
 *	initiator may look for LUNs. Process context: only starts work. Optional.
 * @target_remove: no command comes in after it, its sessions are destroyed. Process context,
 *	may wait for the initiator to let go.
 * @send_response: status, sense, residual, data-in are final; the command is the fabric's
 *	again. Any context, also from within tgt_cmd_submit().
 * @recv_data: fetch data-out, then tgt_cmd_data_ready(). NULL: it is in place already.
 * @prot: where the protection information of a command is that asks for some (RDPROTECT and its
 *	like). False, or left out: with the data, a tuple behind each block. Does not sleep.
 * @iter: calls @fn for each command of the session that may be the engine's. The memory of
 *	a command stays that command's while @fn runs on it. Process context, under
 *	tgt_config_mutex: does not wait for commands.
 * @abort: a task management function marked a command; one that waits in ->recv_data is
 *	given back by tgt_cmd_data_ready() without data. Called from @iter's @fn and from
 *	the worker of ABORT TASK. Optional: until the data comes the function waits.
 * @lun_added: a LUN appeared in the session's map. Under tgt_config_mutex: only starts work.
 *	It calls tgt_itl_ready() when the initiator can use it. Optional.
 * @lun_remove: the LUN is about to go; return when the initiator has let go of it.
 *	Process context, may wait; commands still run. Optional.
 * @lun_node: writes the name under which this machine sees the LUN, e.g. "sda"; 0 if there
 *	is one. Process context, does not wait. Optional.
 * @lun_in_use: whether somebody on this machine has it open. Optional.
 * @target_in_use: likewise, any of the LUNs that only the handler knows; its number. Optional.
 * @host_no: SCSI host number of a local port. Optional.
 */
struct tgt_fabric_ops {
	TGT_PROVIDER;
	u8			protocol;
	u8			flags;
	const struct tgt_option_desc *options;
	int			(*target_create)(struct tgt_target *target,
						 struct netlink_ext_ack *extack);
	void			(*target_remove)(struct tgt_target *target);
	void			(*send_response)(struct tgt_cmd *cmd);
	void			(*recv_data)(struct tgt_cmd *cmd);
	bool			(*prot)(struct tgt_cmd *cmd, struct tgt_prot *prot);
	void			(*iter)(struct tgt_session *sess,
					void (*fn)(struct tgt_cmd *cmd, void *data), void *data);
	void			(*abort)(struct tgt_cmd *cmd);
	void			(*scan)(struct tgt_session *sess);
	void			(*lun_added)(struct tgt_itl *itl);
	void			(*lun_remove)(struct tgt_itl *itl);
	int			(*lun_node)(struct tgt_itl *itl, char *buf, size_t size);
	bool			(*lun_in_use)(struct tgt_itl *itl);
	bool			(*target_in_use)(struct tgt_target *target, u32 *lun);
	int			(*host_no)(struct tgt_target *target);
};

int tgt_fabric_register(struct tgt_fabric_ops *ops);
void tgt_fabric_unregister(struct tgt_fabric_ops *ops);

/**
 * struct tgt_handler_ops - who executes the commands of a whole target
 *
 * The engine is the handler "engine". Another one gets every command of its target with the
 * LUN bytes as received, and answers with tgt_cmd_complete().
 *
 * @TGT_PROVIDER: .name, as in handler=NAME, and .owner, held while a target uses it;
 *	the module carries MODULE_ALIAS("tgtcore-handler-NAME")
 * @own_luns: LUNs are its own: the target has no LUN map of the engine
 * @attach: a target chose it. Process context, may sleep. Optional.
 * @detach: the reverse, after the last nexus. Optional.
 * @nexus_create: an I_T nexus began. Process context. Optional.
 * @nexus_destroy: it ended, the fabric sends no more commands; none is in flight when it
 *	returns. Process context, may wait. Optional.
 * @queue: one command. Must not sleep.
 * @tmf: a task management function; calls tmf->done() once. After a LUN reset no command of
 *	that LUN is in flight, whatever the response. Process context.
 * @info: writes one line on who serves the target, for 'target show'; returns its length.
 *	Under tgt_config_mutex, does not wait. Optional.
 */
struct tgt_handler_ops {
	TGT_PROVIDER;
	bool			own_luns;
	int			(*attach)(struct tgt_target *target,
					  struct netlink_ext_ack *extack);
	void			(*detach)(struct tgt_target *target);
	int			(*nexus_create)(struct tgt_session *sess);
	void			(*nexus_destroy)(struct tgt_session *sess);
	void			(*queue)(struct tgt_cmd *cmd);
	void			(*tmf)(struct tgt_tmf *tmf);
	int			(*info)(struct tgt_target *target, char *buf, size_t size);
};

int tgt_handler_register(struct tgt_handler_ops *ops);
void tgt_handler_unregister(struct tgt_handler_ops *ops);

/* ---- ports a fabric makes itself -------------------------------------------------------- */

/**
 * struct tgt_device_facts - what is known of a device that was claimed
 * @id: for the rest of these functions
 * @nblocks: capacity in logical blocks
 * @block_shift: log2 of the logical block size
 * @pi: it keeps protection information, or may be formatted so
 * @serial: unit serial number
 */
struct tgt_device_facts {
	u32			id;
	u64			nblocks;
	u8			block_shift;
	bool			pi;
	char			serial[37];
};

int tgt_device_claim(const char *name, const char *by, struct tgt_device_facts *facts,
		     struct netlink_ext_ack *extack);
void tgt_device_unclaim(u32 id, const char *by, const char *fabric);
int tgt_port_create(const char *fabric, const char *name, u16 rtpi);
void tgt_port_reap(const char *fabric, const char *name);
int tgt_port_map(struct tgt_target *target, u32 number, u32 id, const char *by);

#endif
