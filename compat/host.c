// SPDX-License-Identifier: GPL-2.0
/* Hosts by number, their commands by tag, and what the daemon answers. */
#include <linux/error-injection.h>
#include <linux/list_sort.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>
#include "stgt.h"
#include "trace.h"

static DEFINE_XARRAY(stgt_hosts);	/* stgt_answer_lock */

/* Commands of the engine that ended while this daemon had them; stgt_answer_lock. */
static unsigned int stgt_late;

/* ---- hosts ------------------------------------------------------------------------------ */

void stgt_host_init_lock(struct stgt_host *host)
{
	spin_lock_init(&host->lock);
}

/**
 * stgt_host_init() - prepare a host, once
 * @host: host, zeroed
 * @shost: its Scsi_Host
 */
void stgt_host_init(struct stgt_host *host, struct Scsi_Host *shost)
{
	host->number = shost->host_no;
	host->shost = shost;
	stgt_host_init_lock(host);
	hash_init(host->hash);
	INIT_LIST_HEAD(&host->nexuses);
}

/**
 * stgt_host_add() - make a host known to the daemon
 * @host: host; ops and target are set
 *
 * Return: 0, -EBUSY if it is, -ENOMEM, or -ERANGE: the ring has 16 bits for its number.
 * Context: process.
 */
int stgt_host_add(struct stgt_host *host)
{
	int err;

	if (host->number > U16_MAX)
		return -ERANGE;
	mutex_lock(&stgt_answer_lock);
	/* reclaim could wait for an answer */
	err = xa_insert(&stgt_hosts, host->number, host, GFP_NOIO);
	if (!err)
		trace_stgt_host(host, "add");
	mutex_unlock(&stgt_answer_lock);
	return err;
}

ALLOW_ERROR_INJECTION(stgt_host_add, ERRNO);

static bool stgt_match_all(struct stgt_cmd *cmd, void *data)
{
	return true;
}

/**
 * stgt_host_del() - the reverse
 * @host: host; its owner sends no more commands. Those the daemon has are ended.
 *
 * Context: process.
 */
void stgt_host_del(struct stgt_host *host)
{
	mutex_lock(&stgt_answer_lock);
	if (xa_load(&stgt_hosts, host->number) == host) {
		xa_erase(&stgt_hosts, host->number);
		trace_stgt_host(host, "del");
		stgt_nexus_host_gone(host);
		while (host->answering) {
			mutex_unlock(&stgt_answer_lock);
			wait_var_event(&host->answering, !READ_ONCE(host->answering));
			mutex_lock(&stgt_answer_lock);
		}
		stgt_reap(host, stgt_match_all, NULL, STGT_NO_HOST);
	}
	mutex_unlock(&stgt_answer_lock);
}

/**
 * stgt_host_find() - a host by its number
 * @number: as on the ring
 *
 * Return: NULL, and a line in the log, if it is none or not in target mode. Context:
 * stgt_answer_lock, under which the host is there.
 */
struct stgt_host *stgt_host_find(int number)
{
	struct stgt_host *host;
	struct Scsi_Host *shost;

	lockdep_assert_held(&stgt_answer_lock);
	host = xa_load(&stgt_hosts, (u16)number);
	if (likely(host))
		return host;
	shost = scsi_host_lookup((u16)number);
	if (shost) {
		stgt_err("Not target scsi host %d\n", number);
		scsi_host_put(shost);
	} else {
		stgt_err("Could not find host no %d\n", number);
	}
	return NULL;
}

/* Calls @fn for every host. Context: stgt_answer_lock. */
void stgt_hosts_each(void (*fn)(struct stgt_host *host))
{
	struct stgt_host *host;
	unsigned long i;

	lockdep_assert_held(&stgt_answer_lock);
	xa_for_each(&stgt_hosts, i, host)
		fn(host);
}

/* A host in target mode is nobody's initiator. */
int stgt_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *cmd)
{
	set_host_byte(cmd, DID_NO_CONNECT);
	scsi_done(cmd);
	return 0;
}

/* ---- commands --------------------------------------------------------------------------- */

/**
 * stgt_cmd_queue() - give a command to the daemon
 * @cmd: command; host, ops, itn are set, and tag unless @nexus is given
 * @nexus: I_T nexus of the engine, or NULL: the command gets a tag of its own, and only if
 *	the nexus is bound
 * @cdb: CDB, of which the daemon sees 16 bytes
 * @cdb_len: its length
 * @lun: LUN bytes
 * @data_len: expected data transfer length
 * @attribute: task attribute, SCSI message code
 *
 * Return: 0, and the command may be answered already; or -STGT_EFULL, or -ENOTCONN for a nexus
 * that is not bound, and it is still the caller's. Context: any.
 */
int stgt_cmd_queue(struct stgt_cmd *cmd, struct stgt_nexus *nexus, const u8 *cdb,
		   unsigned int cdb_len, const struct scsi_lun *lun, u32 data_len, u8 attribute)
{
	struct stgt_host *host = cmd->host;
	struct tgt_event *ev = &cmd->note.ev;
	unsigned long flags;
	int ret;

	memset(ev, 0, sizeof(*ev));
	ev->hdr.type = TGT_KEVENT_CMD_REQ;
	ev->p.cmd_req.host_no = host->number;
	ev->p.cmd_req.data_len = data_len;
	ev->p.cmd_req.itn_id = cmd->itn;
	memcpy(ev->p.cmd_req.scb, cdb, min_t(size_t, cdb_len, sizeof(ev->p.cmd_req.scb)));
	memcpy(ev->p.cmd_req.lun, lun, sizeof(ev->p.cmd_req.lun));
	ev->p.cmd_req.attribute = attribute;
	INIT_LIST_HEAD(&cmd->note.node);
	cmd->note.sent = NULL;
	cmd->since = jiffies;

	/* sent under the lock: an answer, even a guessed one, finds it after that */
	spin_lock_irqsave(&host->lock, flags);
	if (nexus) {
		if (unlikely(nexus->state != STGT_NEXUS_BOUND)) {
			spin_unlock_irqrestore(&host->lock, flags);
			return -ENOTCONN;
		}
		cmd->tag = STGT_TAG_BASE + host->next_seq;
	}
	cmd->seq = host->next_seq++;
	ev->p.cmd_req.tag = cmd->tag;
	hash_add(host->hash, &cmd->hash, cmd->tag);
	ret = stgt_post(&cmd->note);
	if (unlikely(ret < 0))
		hash_del(&cmd->hash);
	spin_unlock_irqrestore(&host->lock, flags);
	if (likely(ret >= 0))
		return 0;
	stgt_warn("tx buf is full, could not send\n");
	return ret;
}

ALLOW_ERROR_INJECTION(stgt_cmd_queue, ERRNO);

/*
 * The command with a tag: the nexus' that is named, or the newest. An initiator that comes again
 * may use a tag of before, whose command the daemon still has.
 */
static struct stgt_cmd *stgt_cmd_find(struct stgt_host *host, u64 tag, u64 itn)
{
	struct stgt_cmd *cmd, *found = NULL;

	lockdep_assert_held(&host->lock);
	hash_for_each_possible(host->hash, cmd, hash, tag) {
		if (cmd->tag != tag)
			continue;
		if (cmd->itn == itn)
			return cmd;
		if (!found)
			found = cmd;
		if (stgt_strict)
			break;
	}
	return found;
}

/* Out of the hash: the caller's from here on. */
static struct stgt_cmd *stgt_cmd_take(struct stgt_host *host, u64 tag, u64 itn)
{
	struct stgt_cmd *cmd;
	unsigned long flags;

	spin_lock_irqsave(&host->lock, flags);
	cmd = stgt_cmd_find(host, tag, itn);
	if (cmd)
		hash_del(&cmd->hash);
	spin_unlock_irqrestore(&host->lock, flags);
	if (cmd)
		stgt_recall(&cmd->note);
	return cmd;
}

static void stgt_cmd_put_back(struct stgt_cmd *cmd)
{
	struct stgt_host *host = cmd->host;
	unsigned long flags;

	spin_lock_irqsave(&host->lock, flags);
	hash_add(host->hash, &cmd->hash, cmd->tag);
	spin_unlock_irqrestore(&host->lock, flags);
}

/**
 * stgt_cmd_done() - tell the daemon that a command is over and its buffer is free
 * @cmd: command, out of the hash
 * @result: as answered
 * @sent: if there is no room yet, called when there is
 *
 * Return: false if @sent will be called; true if it will not and the command is the
 * caller's. Context: any.
 */
bool stgt_cmd_done(struct stgt_cmd *cmd, int result, void (*sent)(struct stgt_note *note))
{
	struct tgt_event *ev = &cmd->note.ev;
	int ret;

	if (unlikely(!stgt_strict && !stgt_daemon_there()))
		return true;
	memset(ev, 0, sizeof(*ev));
	ev->hdr.type = TGT_KEVENT_CMD_DONE;
	ev->p.cmd_done.host_no = cmd->host->number;
	ev->p.cmd_done.result = result;
	ev->p.cmd_done.itn_id = cmd->itn;
	ev->p.cmd_done.tag = cmd->tag;
	cmd->note.sent = sent;
	ret = stgt_post(&cmd->note);
	if (unlikely(ret < 0))
		stgt_warn("tx buf is full, could not send\n");
	return ret <= 0;
}

/* Bucket of a tag in the original, whose order it is that many commands end in. */
static unsigned int stgt_old_bucket(u64 tag)
{
	return tag * 0x9e37fffffffc0001ULL >> 60;
}

static int stgt_reap_order(void *priv, const struct list_head *a, const struct list_head *b)
{
	const struct stgt_cmd *ca = list_entry(a, struct stgt_cmd, note.node);
	const struct stgt_cmd *cb = list_entry(b, struct stgt_cmd, note.node);
	int d = stgt_old_bucket(cb->tag) - stgt_old_bucket(ca->tag);

	return d ?: ca->seq > cb->seq;
}

/**
 * stgt_reap() - end commands the daemon has not answered
 * @host: host
 * @match: which
 * @data: for @match
 * @why: for ops->lost()
 *
 * Return: how many. Context: stgt_answer_lock.
 */
unsigned int stgt_reap(struct stgt_host *host,
		       bool (*match)(struct stgt_cmd *cmd, void *data), void *data,
		       enum stgt_why why)
{
	struct stgt_cmd *cmd, *n;
	struct hlist_node *next;
	unsigned long flags;
	unsigned int nr = 0;
	LIST_HEAD(found);
	int i;

	lockdep_assert_held(&stgt_answer_lock);
	spin_lock_irqsave(&host->lock, flags);
	hash_for_each_safe(host->hash, i, next, cmd, hash)
		if (match(cmd, data)) {
			hash_del(&cmd->hash);
			stgt_recall(&cmd->note);
			list_add_tail(&cmd->note.node, &found);
		}
	spin_unlock_irqrestore(&host->lock, flags);
	list_sort(NULL, &found, stgt_reap_order);
	list_for_each_entry_safe(cmd, n, &found, note.node) {
		list_del_init(&cmd->note.node);
		if (why != STGT_NO_DAEMON && stgt_nexus_owns(NULL, cmd))
			stgt_late++;
		trace_stgt_cmd_lost(cmd, why);
		cmd->ops->lost(cmd, why);
		nr++;
	}
	return nr;
}

/* ---- events without a command ----------------------------------------------------------- */

static void stgt_note_free(struct stgt_note *note)
{
	kfree(note);
}

/**
 * stgt_post_event() - send an event that nobody keeps
 * @ev: event
 * @gfp: for a copy, if it has to wait
 *
 * Return: 0, -ENOMEM, or with strict=1 -STGT_EFULL. Context: as @gfp.
 */
int stgt_post_event(const struct tgt_event *ev, gfp_t gfp)
{
	struct stgt_note *note;
	int ret = -STGT_EFULL;

	if (likely(stgt_try(ev)))
		return 0;
	if (!stgt_strict) {
		note = kmalloc(sizeof(*note), gfp);
		if (!note)
			return -ENOMEM;
		INIT_LIST_HEAD(&note->node);
		note->ev = *ev;
		note->sent = stgt_note_free;
		ret = stgt_post(note);
		if (ret <= 0)
			kfree(note);
	}
	if (ret < 0)
		stgt_warn("tx buf is full, could not send\n");
	return min(ret, 0);
}

/**
 * stgt_send_tmf() - ask the daemon for a task management function
 * @host: host
 * @itn: I_T nexus identifier
 * @function: SCSI message code
 * @tag: task, for ABORT TASK
 * @lun: LUN bytes
 * @mid: comes back with the answer
 *
 * Return: 0, -ENOMEM, or with strict=1 -STGT_EFULL. Context: any.
 */
int stgt_send_tmf(struct stgt_host *host, u64 itn, int function, u64 tag,
		  const struct scsi_lun *lun, u64 mid)
{
	struct tgt_event ev = {
		.hdr.type = TGT_KEVENT_TSK_MGMT_REQ,
		.p.tsk_mgmt_req = {
			.host_no = host->number,
			.function = function,
			.itn_id = itn,
			.tag = tag,
			.mid = mid,
		},
	};

	memcpy(ev.p.tsk_mgmt_req.lun, lun, sizeof(ev.p.tsk_mgmt_req.lun));
	return stgt_post_event(&ev, GFP_ATOMIC);
}

/**
 * stgt_send_nexus() - tell the daemon of an I_T nexus
 * @host: host
 * @itn: its identifier
 * @function: TGT_IT_NEXUS_CREATE or _DESTROY
 * @initiator: name, of which 16 bytes fit, or NULL
 *
 * Return: as stgt_send_tmf(). Context: any.
 */
int stgt_send_nexus(struct stgt_host *host, u64 itn, u32 function, const char *initiator)
{
	struct tgt_event ev = {
		.hdr.type = TGT_KEVENT_IT_NEXUS_REQ,
		.p.it_nexus_req = {
			.host_no = host->number,
			.function = function,
			.itn_id = itn,
		},
	};

	if (initiator)	/* no terminator where it does not fit: so the original */
		memcpy(ev.p.it_nexus_req.initiator_id, initiator,
		       strnlen(initiator, sizeof(ev.p.it_nexus_req.initiator_id)));
	return stgt_post_event(&ev, GFP_ATOMIC);
}

/* ---- from the daemon -------------------------------------------------------------------- */

/* Waits for memory of the daemon to come in; false if none does. */
static bool stgt_bring_in(const struct stgt_answer *a)
{
	void __user *mem = u64_to_user_ptr(a->miss);
	size_t left;

	left = a->miss_write ? fault_in_safe_writeable(mem, a->miss_len) :
	       fault_in_readable(mem, a->miss_len);
	return !left;
}

/*
 * A command of the engine's can end without the daemon: at a reset that it did not answer in
 * time, or when its nexus or its host goes. But until it is told that the command is over it
 * keeps the buffer, and LUN and nexus for busy.
 */
static bool stgt_answered_late(const struct tgt_event *ev)
{
	struct tgt_event done = {
		.hdr.type = TGT_KEVENT_CMD_DONE,
		.p.cmd_done = {
			.host_no = ev->p.cmd_rsp.host_no,
			.result = ev->p.cmd_rsp.result,
			.itn_id = ev->p.cmd_rsp.itn_id,
			.tag = ev->p.cmd_rsp.tag,
		},
	};

	lockdep_assert_held(&stgt_answer_lock);
	if (ev->p.cmd_rsp.tag < STGT_TAG_BASE || !stgt_late)
		return false;
	stgt_late--;
	if (ev->p.cmd_rsp.result != TGT_RESULT_TASK_ABORTED)
		stgt_post_event(&done, GFP_NOIO);
	return true;
}

/* One try; the command is in the hash before and after, unless it was taken. */
static enum stgt_taken stgt_try_answer(const struct tgt_event *ev, struct stgt_answer *a)
{
	struct stgt_host *host = xa_load(&stgt_hosts, (u16)ev->p.cmd_rsp.host_no);
	struct stgt_cmd *cmd = NULL;
	enum stgt_taken taken;

	lockdep_assert_held(&stgt_answer_lock);
	if (likely(host))
		cmd = stgt_cmd_take(host, ev->p.cmd_rsp.tag, ev->p.cmd_rsp.itn_id);
	if (unlikely(!cmd)) {
		if (!stgt_answered_late(ev) && stgt_host_find(ev->p.cmd_rsp.host_no))
			stgt_err("Could not find tag %llu\n", ev->p.cmd_rsp.tag);
		return STGT_REFUSED;
	}
	taken = cmd->ops->answer(cmd, a);
	if (taken != STGT_TAKEN)
		stgt_cmd_put_back(cmd);
	return taken;
}

/*
 * Memory that came in can go again before it is used: after so many tries it counts as not
 * there.
 */
#define STGT_TRIES	64

static void stgt_receive_cmd(const struct tgt_event *ev)
{
	struct stgt_answer answer = {
		.result = ev->p.cmd_rsp.result,
		.uaddr = ev->p.cmd_rsp.uaddr,
		.sense_uaddr = ev->p.cmd_rsp.sense_uaddr,
		.len = ev->p.cmd_rsp.len,
		.sense_len = ev->p.cmd_rsp.sense_len,
		.rw = ev->p.cmd_rsp.rw,
	};
	enum stgt_taken taken;
	unsigned int tries;

	for (tries = 1;; tries++) {
		mutex_lock(&stgt_answer_lock);
		taken = stgt_try_answer(ev, &answer);
		mutex_unlock(&stgt_answer_lock);
		if (likely(taken != STGT_MISSING))
			return;
		if (!stgt_bring_in(&answer) || tries >= STGT_TRIES)
			answer.missed |= answer.what;
	}
}

static void stgt_receive_tmf(const struct tgt_event *ev)
{
	struct stgt_host *host = stgt_host_find(ev->p.tsk_mgmt_rsp.host_no);

	lockdep_assert_held(&stgt_answer_lock);
	if (!host || stgt_tmf_answered(ev->p.tsk_mgmt_rsp.mid, ev->p.tsk_mgmt_rsp.result))
		return;
	if (host->ops->tmf_rsp)
		host->ops->tmf_rsp(host, ev->p.tsk_mgmt_rsp.itn_id, ev->p.tsk_mgmt_rsp.mid,
				   ev->p.tsk_mgmt_rsp.result);
}

static void stgt_receive_nexus(const struct tgt_event *ev)
{
	struct stgt_host *host;

	lockdep_assert_held(&stgt_answer_lock);
	if (stgt_nexus_busy(ev))
		return;
	host = stgt_host_find(ev->p.it_nexus_rsp.host_no);
	if (!host || stgt_nexus_answered(host, ev->p.it_nexus_rsp.itn_id,
					 ev->p.it_nexus_rsp.result,
					 ev->p.it_nexus_rsp.function))
		return;
	if (host->ops->nexus_rsp)
		host->ops->nexus_rsp(host, ev->p.it_nexus_rsp.itn_id,
				     ev->p.it_nexus_rsp.result);
}

/**
 * stgt_receive() - act on an event from the daemon
 * @ev: a copy; nothing in it can be trusted
 *
 * Context: the daemon's process, in its write(2).
 */
void stgt_receive(const struct tgt_event *ev)
{
	if (likely(ev->hdr.type == TGT_UEVENT_CMD_RSP)) {
		stgt_receive_cmd(ev);
		return;
	}
	mutex_lock(&stgt_answer_lock);
	switch (ev->hdr.type) {
	case TGT_UEVENT_IT_NEXUS_RSP:
		stgt_receive_nexus(ev);
		break;
	case TGT_UEVENT_TSK_MGMT_RSP:
		stgt_receive_tmf(ev);
		break;
	default:
		stgt_warn("unknown type %d\n", ev->hdr.type);
	}
	mutex_unlock(&stgt_answer_lock);
}

/* The next daemon has never heard of them. Context: stgt_answer_lock. */
void stgt_late_daemon_closed(void)
{
	lockdep_assert_held(&stgt_answer_lock);
	stgt_late = 0;
}
