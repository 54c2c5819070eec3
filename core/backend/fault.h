/* SPDX-License-Identifier: GPL-2.0 */
/* Backend "fault": what its parts share. */
#ifndef _TGTCORE_FAULT_H
#define _TGTCORE_FAULT_H

#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <tgtcore/tgtcore.h>

#define FAULT_RULES	16	/* of one device */
#define FAULT_TEXT	127	/* longest text of a rule */
#define FAULT_INFO	(128 + FAULT_RULES * (FAULT_TEXT + 32))
#define FAULT_MS_MAX	3600000

enum fault_action {
	FAULT_NONE,
	FAULT_DELAY,
	FAULT_HANG,
	FAULT_ERROR,
	FAULT_LOSE,
	FAULT_SHORT,
};

enum fault_op {
	FAULT_ANY,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_FLUSH,
	FAULT_UNMAP,
	FAULT_OPCODE,
};

/**
 * struct fault_rule - what happens to which commands
 * @action: &enum fault_action
 * @op: &enum fault_op
 * @opcode: with FAULT_OPCODE
 * @status: FAULT_ERROR: SAM status; 0: what befits a read or a write
 * @key: sense key, with CHECK CONDITION
 * @asc: additional sense code
 * @ascq: its qualifier
 * @ranged: only commands that touch @first to @last
 * @half: FAULT_SHORT: half of the transfer instead of @bytes
 * @first: block
 * @last: block
 * @count: at most so many hits; 0: any number
 * @prob: of a thousand commands that match, how many are hit
 * @ms: FAULT_DELAY: for how long
 * @bytes: FAULT_SHORT: what is moved at most
 * @hits: commands hit
 * @node: in fault_dev->rules
 * @rcu: frees it
 * @text: as it was given
 */
struct fault_rule {
	u8			action;
	u8			op;
	u8			opcode;
	u8			status;
	u8			key;
	u8			asc;
	u8			ascq;
	bool			ranged;
	bool			half;
	u64			first;
	u64			last;
	u32			count;
	u32			prob;
	u32			ms;
	u32			bytes;
	atomic_t		hits;
	struct list_head	node;
	struct rcu_head		rcu;
	char			text[FAULT_TEXT + 1];
};

/* A command's scratch: what the rule it met said, for when the rule may be gone. */
struct fault_priv {
	u8			action;
	u8			what;		/* &enum tgt_lower_what */
	u32			ms;
};

/**
 * struct fault_child - a command for the lower device
 * @cmd: it
 * @what: what the lower device does
 * @parent: the command it stands for; NULL where @held has that
 * @held: what it is part of, or NULL
 */
struct fault_child {
	struct tgt_cmd		cmd;
	enum tgt_lower_what	what;
	struct tgt_cmd		*parent;
	struct fault_held	*held;
};

enum fault_stage {
	FAULT_WAITS,		/* for its time, or to be released */
	FAULT_BELOW,		/* the lower device has it */
	FAULT_ENDED,		/* the lower device is done */
};

/**
 * struct fault_held - a command that is delayed, hangs, or whose completion is lost
 *
 * Its data is a copy, so that the command itself can be given back at any time; what is left
 * then is a remainder of the device. All of it is freed in fault_held_work() alone.
 *
 * @child: for the lower device
 * @f: device
 * @cmd: the command; NULL once detached, or ended
 * @node: in f->held
 * @work: what comes next
 * @stage: &enum fault_stage
 * @action: &enum fault_action
 * @queued: @work is to run and has not looked at the rest yet
 * @released: nothing holds it any more
 * @dropped: it does not go to the lower device
 * @remainder: it is counted as one
 * @data: the copy
 * @sgt: the same for the lower device
 * @sense: of the lower device
 * @cdb: for tracing
 */
struct fault_held {
	struct fault_child	child;
	struct fault_dev	*f;
	struct tgt_cmd		*cmd;
	struct list_head	node;
	struct delayed_work	work;
	u8			stage;
	u8			action;
	bool			queued;
	bool			released;
	bool			dropped;
	bool			remainder;
	void			*data;
	struct sg_table		sgt;
	u8			sense[TGT_SENSE_LEN];
	u8			cdb[16];
};

/**
 * struct fault_dev - a fault device
 * @dev: device
 * @lower: link to the one below
 * @child: for commands that no rule holds, by their place in the queue limit
 * @wq: where what is held goes on; its own, so that it can be drained
 * @rules: in order; added and removed under tgt_config_mutex, walked under RCU
 * @nr_rules: how many
 * @lock: @held and all there
 * @held: commands that are held, and remainders of such
 * @info: text for 'device show'
 */
struct fault_dev {
	struct tgt_device	*dev;
	struct tgt_lower	*lower;
	struct fault_child	*child;
	struct workqueue_struct	*wq;
	struct list_head	rules;
	unsigned int		nr_rules;
	spinlock_t		lock;	/* @held */
	struct list_head	held;
	char			info[FAULT_INFO];
};

/* What is held now. */
struct fault_counts {
	unsigned int		delayed;
	unsigned int		hung;
	unsigned int		lost;
	unsigned int		detached;
};

/* fault.c */
void fault_child_init(struct fault_child *child, const struct tgt_cmd *cmd);

/* fault_rule.c */
struct fault_rule *fault_rule_parse(struct fault_dev *f, const char *text,
				    struct netlink_ext_ack *extack);
struct fault_rule *fault_rule_match(struct fault_dev *f, const struct tgt_cmd *cmd,
				    enum tgt_lower_what what);
void fault_rules_clear(struct fault_dev *f);

/* fault_hold.c */
enum tgt_ret fault_hold(struct tgt_cmd *cmd);
void fault_held_done(struct fault_held *held);
void fault_release(struct fault_dev *f);
bool fault_detach(struct tgt_device *dev, struct tgt_cmd *cmd);
void fault_abandon(struct tgt_device *dev);
void fault_count(struct fault_dev *f, struct fault_counts *n);

#endif
