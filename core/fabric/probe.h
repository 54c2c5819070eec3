/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tgtcore_probe.ko. */
#ifndef _TGTCORE_PROBE_H
#define _TGTCORE_PROBE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/scatterlist.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <tgtcore/tgtcore.h>
#include "probe_abi.h"

#define PROBE_GUARD_LEN		64
#define PROBE_GUARD		0xb5

/**
 * struct probe_target - a target port, as long as a file or the engine knows it
 * @ref: the engine's, one per attached file
 * @node: in the list of targets
 * @mutex: @target, @sessions
 * @target: NULL once the port goes
 * @sessions: with a nexus
 */
struct probe_target {
	struct kref		ref;
	struct list_head	node;
	struct mutex		mutex;		/* @target, @sessions */
	struct tgt_target	*target;
	struct list_head	sessions;
};

/**
 * struct probe_session - one I_T nexus and what was sent through it
 * @ref: its file, whoever works on it, each item
 * @target: port
 * @nexus: the engine's; NULL once it has ended
 * @gate: held for reading by whoever gives the engine something of this nexus, for
 *	writing to set @dying. Not taken in ->send_response() and tmf->done().
 * @dying: nothing new; written under the lock of @items too
 * @close: serialises ending the nexus
 * @items: commands and functions by number until reaped. Its lock also protects the
 *	fields below and the state of each item.
 * @done: ended items in order of completion
 * @in_flight: commands not ended
 * @in_flight_tmf: functions not answered, those of session loss included
 * @next_id: for the cyclic allocation in @items
 * @wait: woken at each change of an item's state
 * @node: in target->sessions; its mutex
 */
struct probe_session {
	struct kref		ref;
	struct probe_target	*target;
	struct tgt_session	*nexus;
	struct rw_semaphore	gate;
	bool			dying;
	struct mutex		close;		/* one ends it, the rest wait */
	struct xarray		items;
	struct list_head	done;
	u32			in_flight;
	u32			in_flight_tmf;
	u32			next_id;
	wait_queue_head_t	wait;
	struct list_head	node;
};

/* Mark of an item that may be the engine's. XA_MARK_0 is the allocator's. */
#define PROBE_IN_FLIGHT		XA_MARK_1

enum probe_item_state {
	PROBE_SENT,
	PROBE_WANTS_DATA,	/* ->recv_data() was called for a deferred command */
	PROBE_HAS_DATA,
	PROBE_DONE,
};

/**
 * struct probe_item - a command or a function
 * @ref: table, engine, whoever works on it
 * @sess: session, counted
 * @id: its number
 * @type: TGTPROBE_CMD or TGTPROBE_TMF
 * @hidden: of the fabric's own, in no table
 * @state: &enum probe_item_state
 * @seq: order of completion
 * @node: in sess->done
 * @rcu: to free it
 */
struct probe_item {
	struct kref		ref;
	struct probe_session	*sess;
	u32			id;
	u8			type;
	bool			hidden;
	u8			state;
	u64			seq;
	struct list_head	node;
	struct rcu_head		rcu;
};

/**
 * struct probe_seg - one segment of a data buffer
 * @mem: page-aligned memory it lies in
 * @size: of @mem
 * @len: of the segment
 */
struct probe_seg {
	void			*mem;
	u32			size;
	u32			len;
};

/**
 * struct probe_buf - data buffer of a command
 * @sgt: table over @segs
 * @segs: pieces
 * @nr: how many
 * @offset: of each in its page
 * @data_len: bytes of data; the rest is guard
 */
struct probe_buf {
	struct sg_table		sgt;
	struct probe_seg	*segs;
	u32			nr;
	u32			offset;
	u32			data_len;
};

/**
 * struct probe_cmd - a command
 * @item: its place in the session
 * @cmd: the engine's part
 * @buf: data
 * @cdb: page that ends with the CDB, so that reading past it faults
 * @cdb_sum: checksum of the CDB
 * @data_sum: checksum of data-out
 * @result: where data goes when reaped
 * @defer: wait for TGTPROBE_DATA
 * @stubborn: wait for it even when aborted
 * @tried: session loss has seen it
 * @sense: for the engine, with a guard behind
 */
struct probe_cmd {
	struct probe_item	item;
	struct tgt_cmd		cmd;
	struct probe_buf	buf;
	u8			*cdb;
	u32			cdb_sum;
	u32			data_sum;
	void __user		*result;
	bool			defer;
	bool			stubborn;
	bool			tried;
	u8			sense[TGT_SENSE_LEN + PROBE_GUARD_LEN];
};

/**
 * struct probe_tmf - a task management function
 * @item: its place in the session
 * @tmf: the engine's part
 * @victim: command to be aborted, counted
 */
struct probe_tmf {
	struct probe_item	item;
	struct tgt_tmf		tmf;
	struct probe_cmd	*victim;
};

/* Marked by a task management function, of whichever nexus, and not ended. */
static inline bool probe_cmd_aborted(struct probe_cmd *pc)
{
	return READ_ONCE(pc->cmd.state) > TGT_CMD_ACTIVE;
}

/* probe_buf.c */
int probe_buf_alloc(struct probe_buf *buf, u32 data_len, u32 offset, const u32 *segs, u32 nr);
void probe_buf_free(struct probe_buf *buf);
int probe_buf_from_user(struct probe_buf *buf, const void __user *from);
int probe_buf_to_user(struct probe_buf *buf, void __user *to);
void probe_buf_fill(struct probe_buf *buf, u8 byte);
u32 probe_buf_sum(struct probe_buf *buf);
bool probe_buf_intact(struct probe_buf *buf);

/* probe_item.c */
void probe_item_put(struct probe_item *item);
struct probe_cmd *probe_cmd_get(struct probe_session *s, u32 id);
struct probe_cmd *probe_cmd_get_by_tag(struct probe_session *s, u64 tag);
void probe_send_response(struct tgt_cmd *cmd);
void probe_recv_data(struct tgt_cmd *cmd);
void probe_abort(struct tgt_cmd *cmd);
void probe_iter(struct tgt_session *nexus, void (*fn)(struct tgt_cmd *cmd, void *data),
		void *data);
struct probe_tmf *probe_tmf_alloc(struct probe_session *s, bool hidden);
void probe_tmf_send(struct probe_tmf *pt, struct probe_cmd *victim);
int probe_submit(struct probe_session *s, struct tgtprobe_submit *arg);
int probe_data(struct probe_session *s, const struct tgtprobe_data *arg);
int probe_tmf(struct probe_session *s, struct tgtprobe_tmf *arg);
int probe_reap(struct probe_session *s, struct tgtprobe_reap *arg);
int probe_state(struct probe_session *s, struct tgtprobe_state *arg);
void probe_items_free(struct probe_session *s);

/* probe_session.c */
struct probe_session *probe_session_open(struct probe_target *target,
					 const struct tgtprobe_open *arg);
int probe_session_end(struct probe_session *s, bool drain);
struct probe_ending *probe_ending_start(struct probe_session *s, bool drain, bool forget);
int probe_ending_wait(struct probe_ending *e);
void probe_ending_wait_until(struct probe_ending *e, unsigned long end);
int probe_ending_init(void);
void probe_ending_exit(void);
void probe_session_put(struct probe_session *s);
void probe_target_put(struct probe_target *target);
void probe_prime(struct probe_target *target);

#endif
