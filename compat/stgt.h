/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to scsi_tgt.ko.
 *
 *   ring.c     /dev/tgt: slots, poll, write; what does not fit waits
 *   netlink.c  the same events as messages, for daemons from before the ring
 *   host.c     hosts by number, their commands by tag, what the daemon answers
 *   lld.c      the old API: target drivers
 *   lld_cmd.c  ... and their commands, in the daemon's pages
 *   nexus.c    the engine's side: I_T nexuses announced to the daemon
 *   nexus_cmd.c ... and their commands and task management functions
 *   handler.c  handler=stgt: a whole target
 *   backend.c  backend=stgt: one LUN
 *
 * Who is kept alive by what:
 *
 *   ring       by the module
 *   host       by its owner (a driver's Scsi_Host, a target) and by devices of backend=stgt;
 *              found by number, from stgt_host_add() to stgt_host_del()
 *   command    by its owner; the daemon's while it is in host->hash, and whoever takes it out
 *              of there ends it
 *   nexus      by its owner (a session, an I_T_L nexus), from stgt_nexus_add() to
 *              stgt_nexus_del(), which ends its commands
 *   netlink daemon  by its socket, from its bind to NETLINK_URELEASE; the socket holds the
 *              module, and is the ring's one opener meanwhile
 *   cid        (netlink.c) a command's number to such a daemon: from CMD_REQ to CMD_DONE, to an
 *              answer of TASK_ABORTED or to the daemon's end
 *   note       by whoever embeds it; the ring's while it waits in the backlog
 */
#ifndef _STGT_H
#define _STGT_H

#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <scsi/scsi_tgt_if.h>
#include <tgtcore/kcompat.h>
#include <tgtcore/tgtcore.h>
#include "wire.h"

struct Scsi_Host;

/* What the old interface returns for a full ring: SCSI-2's BUSY, negative. */
#define STGT_EFULL	4

#define STGT_HASH_BITS	8

/* Tags, nexuses and task management functions of the engine start here: in nobody's way. */
#define STGT_TAG_BASE	(0x7467ULL << 48)

/**
 * struct stgt_note - an event on its way to the daemon
 * @node: in the backlog, or empty
 * @ev: the event
 * @sent: called when a note that had to wait has got its slot, or never will; any context,
 *	no lock held. The note is the owner's again. NULL: nothing to do, and the note may be
 *	the owner's already.
 */
struct stgt_note {
	struct list_head	node;
	struct tgt_event	ev;
	void			(*sent)(struct stgt_note *note);
};

/* ---- ring.c ----------------------------------------------------------------------------- */

extern enum stgt_gen stgt_gen;
extern bool stgt_strict;
extern int stgt_daemon_timeout;

/* Seconds of the user's in jiffies; what is longer than can be told apart is cut. */
static inline unsigned long stgt_jiffies(unsigned int seconds)
{
	return min_t(u64, (u64)seconds * HZ, MAX_JIFFY_OFFSET);
}

/*
 * Held while an answer is acted on and while hosts and nexuses come and go: who holds it sees
 * no answer at work. Never held while a page of the daemon's memory comes in, which can
 * take for ever. Inside it: host->lock, then the ring's.
 */
extern struct mutex stgt_answer_lock;

int stgt_post(struct stgt_note *note);
bool stgt_try(const struct tgt_event *ev);
void stgt_recall(struct stgt_note *note);
bool stgt_daemon_there(void);
bool stgt_daemon_has_nexuses(void);
int stgt_ring_claim(struct wait_queue_entry *wait);
void stgt_ring_unclaim(struct wait_queue_entry *wait, void (*end)(void));
bool stgt_ring_peek(struct tgt_event *ev);
void stgt_ring_next(void);
int stgt_ring_init(void);
void stgt_ring_exit(void);

/* Log lines: the old ones, word for word, but not faster than is of use. */
bool stgt_may_log(void);
#define stgt_err(fmt, ...) \
	do { if (stgt_may_log()) pr_err(fmt, ##__VA_ARGS__); } while (0)
#define stgt_warn(fmt, ...)						\
	do {								\
		if (stgt_may_log())					\
			pr_warn("%s(%d) " fmt, __func__, __LINE__,	\
				##__VA_ARGS__);				\
	} while (0)

/* ---- netlink.c -------------------------------------------------------------------------- */

int stgt_nl_init(void);
void stgt_nl_exit(void);

/* ---- host.c ----------------------------------------------------------------------------- */

struct stgt_cmd;
struct stgt_host;

/**
 * struct stgt_answer - what the daemon says of a command; a copy, nothing checked
 *
 * The last five are for ->answer(), which may not wait for a page of the daemon: where one is
 * missing it says which, and is called again when it is there.
 *
 * @result: SAM status or TGT_RESULT_TASK_ABORTED
 * @uaddr: data, in the writing process
 * @sense_uaddr: sense, likewise
 * @len: bytes of data
 * @sense_len: bytes of sense
 * @rw: only for the log
 * @what: which is missing, STGT_DATA or STGT_SENSE
 * @miss: its address
 * @miss_len: its length
 * @miss_write: it is to be written
 * @missed: those that do not come
 */
struct stgt_answer {
	int	result;
	u64	uaddr;
	u64	sense_uaddr;
	u32	len;
	u32	sense_len;
	u8	rw;
	u8	what;
	u64	miss;
	u32	miss_len;
	bool	miss_write;
	u8	missed;
};

#define STGT_DATA	0x1
#define STGT_SENSE	0x2

enum stgt_taken {
	STGT_TAKEN,	/* the command has its answer */
	STGT_REFUSED,	/* it has not, and may be answered again */
	STGT_MISSING,	/* memory is missing */
};

/* Why a command ends without an answer. */
enum stgt_why {
	STGT_NO_DAEMON,		/* the one that had it is gone: try again */
	STGT_NO_HOST,		/* the host or the I_T nexus is going */
	STGT_ABORTED,		/* by a task management function */
	STGT_TIMED_OUT,		/* no daemon came */
};

/**
 * struct stgt_host_ops - who owns a host
 * @answer: the daemon answered a command, which is out of the hash, and back there unless it
 *	was taken
 * @lost: the command, out of the hash, ends without an answer
 * @nexus_rsp: the daemon answered an I_T nexus that is none of nexus.c's
 * @tmf_rsp: likewise, a task management function
 *
 * Process context, under stgt_answer_lock.
 */
struct stgt_host_ops {
	enum stgt_taken (*answer)(struct stgt_cmd *cmd, struct stgt_answer *a);
	void	(*lost)(struct stgt_cmd *cmd, enum stgt_why why);
	void	(*nexus_rsp)(struct stgt_host *host, u64 itn, int result);
	void	(*tmf_rsp)(struct stgt_host *host, u64 itn, u64 mid, int result);
};

/**
 * struct stgt_host - a SCSI host in target mode, as the daemon knows it
 * @ops: owner
 * @number: host number
 * @lock: @hash, @next_seq
 * @hash: commands the daemon has, or will have, by tag
 * @next_seq: number of the next command; the engine's tags are made of it
 * @answering: answers at work that had to let go of stgt_answer_lock, under which it changes
 * @nexuses: of nexus.c; stgt_answer_lock
 * @target: the engine's target it is, or NULL
 * @shost: its Scsi_Host
 */
struct stgt_host {
	const struct stgt_host_ops *ops;
	unsigned int		number;
	spinlock_t		lock;	/* @hash, @next_seq */
	struct hlist_head	hash[1 << STGT_HASH_BITS];
	u64			next_seq;
	unsigned int		answering;
	struct list_head	nexuses;
	struct tgt_target	*target;
	struct Scsi_Host	*shost;
};

/**
 * struct stgt_cmd - a command the daemon is to execute
 * @hash: in host->hash, or unhashed
 * @host: its host
 * @ops: owner; the host's, or nexus.c's for a command of the engine
 * @itn: I_T nexus identifier
 * @tag: tag on the ring
 * @seq: order in which they were queued
 * @since: jiffies when it was queued
 * @note: CMD_REQ, later CMD_DONE
 */
struct stgt_cmd {
	struct hlist_node	hash;
	struct stgt_host	*host;
	const struct stgt_host_ops *ops;
	u64			itn;
	u64			tag;
	u64			seq;
	unsigned long		since;
	struct stgt_note	note;
};

void stgt_host_init_lock(struct stgt_host *host);
void stgt_host_init(struct stgt_host *host, struct Scsi_Host *shost);
int stgt_host_add(struct stgt_host *host);
void stgt_host_del(struct stgt_host *host);
struct stgt_host *stgt_host_find(int number);
void stgt_hosts_each(void (*fn)(struct stgt_host *host));

struct stgt_nexus;
int stgt_cmd_queue(struct stgt_cmd *cmd, struct stgt_nexus *nexus, const u8 *cdb,
		   unsigned int cdb_len, const struct scsi_lun *lun, u32 data_len, u8 attribute);
bool stgt_cmd_done(struct stgt_cmd *cmd, int result, void (*sent)(struct stgt_note *note));
unsigned int stgt_reap(struct stgt_host *host,
		       bool (*match)(struct stgt_cmd *cmd, void *data), void *data,
		       enum stgt_why why);
void stgt_receive(const struct tgt_event *ev);
void stgt_late_daemon_closed(void);

int stgt_post_event(const struct tgt_event *ev, gfp_t gfp);
int stgt_send_tmf(struct stgt_host *host, u64 itn, int function, u64 tag,
		  const struct scsi_lun *lun, u64 mid);
int stgt_send_nexus(struct stgt_host *host, u64 itn, u32 function, const char *initiator);
int stgt_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *cmd);

/* ---- lld.c, lld_cmd.c ------------------------------------------------------------------- */

int stgt_lld_init(void);
void stgt_lld_exit(void);
void stgt_lld_daemon_closed(void);

/* ---- nexus.c, nexus_cmd.c --------------------------------------------------------------- */

enum stgt_nexus_state {
	STGT_NEXUS_WAITING,	/* the daemon has not answered: commands get BUSY */
	STGT_NEXUS_BOUND,
	STGT_NEXUS_HUNG,	/* the daemon knows it, but hangs, and it is to go */
	STGT_NEXUS_GONE,	/* its host or its owner is going: commands fail */
};

/**
 * struct stgt_nexus - an I_T nexus of the engine, as the daemon knows it
 * @host: its host, which stays as long as it
 * @itn: identifier on the ring
 * @state: &enum stgt_nexus_state; written under stgt_answer_lock and host->lock
 * @since: jiffies when @state was entered
 * @node: in host->nexuses
 * @note: its announcement
 * @target: the engine's target its commands come through; the owner keeps it in memory
 * @announced: this daemon was told of it
 * @leaving: its initiator is to let go
 * @bound: the daemon answered; only starts work. Under stgt_answer_lock. Optional.
 * @sess: handler=stgt: the I_T nexus; for @bound, and the commands that wait for data
 * @name: of the initiator; stays while the nexus does
 */
struct stgt_nexus {
	struct stgt_host	*host;
	u64			itn;
	int			state;
	unsigned long		since;
	struct list_head	node;
	struct stgt_note	note;
	struct tgt_target	*target;
	bool			announced;
	bool			leaving;
	void			(*bound)(struct stgt_nexus *nexus);
	struct tgt_session	*sess;
	const char		*name;
};

void stgt_nexus_add(struct stgt_nexus *nexus, struct stgt_host *host);
void stgt_nexus_del(struct stgt_nexus *nexus);
bool stgt_nexus_leaves(const struct stgt_nexus *nexus);
bool stgt_nexus_busy(const struct tgt_event *ev);
bool stgt_nexus_answered(struct stgt_host *host, u64 itn, int result, u32 function);
void stgt_nexus_host_gone(struct stgt_host *host);
void stgt_nexus_daemon_opened(void);
void stgt_nexus_daemon_closed(void);
void stgt_nexus_exit(void);

void stgt_nexus_cmd_init(struct tgt_cmd *cmd);
enum tgt_ret stgt_nexus_submit(struct stgt_nexus *nexus, struct tgt_cmd *cmd,
			       const struct scsi_lun *lun);
void stgt_nexus_tmf(struct stgt_nexus *nexus, struct tgt_tmf *tmf, const struct scsi_lun *lun);
bool stgt_nexus_owns(const struct stgt_nexus *nexus, const struct stgt_cmd *cmd);
int stgt_tmf_init(void);
void stgt_tmf_exit(void);
bool stgt_tmf_answered(u64 mid, int result);
void stgt_tmf_daemon_closed(void);

/* ---- handler.c, backend.c --------------------------------------------------------------- */

int stgt_handler_init(void);
void stgt_handler_exit(void);
int stgt_backend_init(void);
void stgt_backend_exit(void);

#endif
