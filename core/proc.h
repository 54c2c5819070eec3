/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that take more than one step, or memory, or time: each is executed by a procedure
 * in process context, which moves blocks by commands of its own.
 *
 * Who holds what: the procedure is freed by its worker, or before it has one by who takes it
 * from the list. It holds the command, and by that the nexus and the device, until it answers
 * or is detached at a deadline (docs/teardown.md); from there on it is a remainder, which
 * fences and holds the device, unless it is one that goes on without its command: that holds the
 * device by dev->busy. It never touches the initiator's memory but under
 * dev->proc_lock, while the command is there.
 */
#ifndef _TGTCORE_PROC_H
#define _TGTCORE_PROC_H

#include <linux/completion.h>
#include <tgtcore/tgtcore.h>

#define TGT_PROC_PIECE		(128U << 10)	/* bytes a buffer of a procedure has */
#define TGT_PROC_PARAM_MAX	(64U << 10)	/* longest parameter list */
#define TGT_WIPE_ERASE		(64U << 20)	/* bytes SANITIZE unmaps at a time */
#define TGT_PROC_RUNNING	8		/* at a time, of one device */

/**
 * struct tgt_buf - memory of a procedure
 * @data: bytes of a piece, or NULL
 * @tuples: protection information of the blocks at @data, if the device keeps it; at first as
 *	that of blocks which were never written
 * @sgl: @data, for a backend
 * @nents: entries of @sgl
 */
struct tgt_buf {
	u8			*data;
	struct tgt_tuple	*tuples;
	struct scatterlist	*sgl;
	unsigned int		nents;
};

/**
 * struct tgt_visit - a procedure at work on another device than its command's, see visit.c
 * @node: in dev->visits of that device
 * @itl: nexus through which it is there; NULL: it visits nobody
 * @since: local_clock() when it came
 * @aborted: it counts as an aborted command there; proc_lock of that device
 * @detached: a remainder keeps that device, no longer @itl; likewise
 * @fences: its command is gone: that device has a remainder until it leaves; proc_lock of the
 *	own device
 */
struct tgt_visit {
	struct list_head	node;
	struct tgt_itl		*itl;
	u64			since;
	bool			aborted;
	bool			detached;
	bool			fences;
};

/**
 * struct tgt_proc - a command being executed by a procedure
 * @cmd: the command; NULL once it was detached. dev->proc_lock
 * @dev: logical unit
 * @run: the procedure
 * @cdb: the CDB, as much as there is room for
 * @fua: TGT_CMD_FUA if every write is to be on the medium before the answer
 * @param: parameter list, if one was asked for
 * @param_len: its bytes
 * @piece: bytes a buffer has, of TGT_PROC_PIECE at most
 * @buf: allocated by tgt_proc_bufs()
 * @wire: blocks and tuples of a piece as they are transferred, if they are transferred together
 * @room: bytes of the initiator's data buffer
 * @beside: protection information is not in that buffer, but at @prot
 * @prot: where; the initiator's
 * @node: in dev->procs
 * @started: @work is queued or runs; dev->proc_lock
 * @keeps: it goes on without its command until the device is deleted, see tgt_proc_keep();
 *	dev->proc_lock
 * @over: what stops it, if that is not 0, or NULL; of what goes on without its command
 * @visit: where it is if not at its own device
 * @lock_start: first byte of the range locked, see tgt_proc_lock()
 * @lock_end: first byte after it; 0: none
 * @lock_shared: others may share it
 * @sub: what a backend does for it just now
 * @itl: of @sub; nobody else knows it. Its @dev, written under the own device's proc_lock, is
 *	where the procedure works just now
 * @sub_done: @sub has ended
 * @sub_sense: sense of @sub
 * @work: runs it
 */
struct tgt_proc {
	struct tgt_cmd		*cmd;
	struct tgt_device	*dev;
	void			(*run)(struct tgt_proc *p);
	u8			cdb[32];
	u8			fua;
	u8			*param;
	u32			param_len;
	u32			piece;
	struct tgt_buf		buf[2];
	u8			*wire;
	u32			room;
	bool			beside;
	struct tgt_prot		prot;
	struct list_head	node;
	bool			started;
	bool			keeps;
	const u8		*over;
	struct tgt_visit	visit;
	u64			lock_start;
	u64			lock_end;
	bool			lock_shared;
	struct tgt_cmd		sub;
	struct tgt_itl		itl;
	struct completion	sub_done;
	u8			sub_sense[TGT_SENSE_LEN];
	struct work_struct	work;
};

enum tgt_ret tgt_proc_start(struct tgt_cmd *cmd, void (*run)(struct tgt_proc *p));
enum tgt_ret tgt_proc_start_param(struct tgt_cmd *cmd, u32 len,
				  void (*run)(struct tgt_proc *p));
bool tgt_proc_detach(struct tgt_device *dev, struct tgt_cmd *cmd);
bool tgt_proc_watch(struct tgt_device *dev);
void tgt_proc_init(struct tgt_device *dev);

/* For procedures; all of process context. */
bool tgt_proc_keep(struct tgt_proc *p);
void tgt_proc_let_go(struct tgt_proc *p, bool answered);
bool tgt_proc_answer(struct tgt_proc *p);
bool tgt_proc_gone(struct tgt_proc *p);
bool tgt_proc_stop(struct tgt_proc *p);
int tgt_proc_bufs(struct tgt_proc *p, unsigned int nr);
int tgt_proc_move(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len,
		  enum tgt_dir dir, u8 flags);
int tgt_proc_read(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len);
int tgt_proc_write(struct tgt_proc *p, struct tgt_buf *buf, u64 offset, u32 len, u8 flags);
int tgt_proc_range(struct tgt_proc *p, enum tgt_ret (*fn)(struct tgt_cmd *cmd), u64 offset,
		   u32 len, u8 flags);
int tgt_proc_flush(struct tgt_proc *p);
int tgt_proc_lock(struct tgt_proc *p, u64 offset, u64 len);
int tgt_proc_lock_unfenced(struct tgt_proc *p, u64 offset, u64 len);
int tgt_proc_lock_shared(struct tgt_proc *p, u64 offset, u64 len);
void tgt_proc_unlock(struct tgt_proc *p);

int tgt_proc_fetch(struct tgt_proc *p, u32 at, void *to, u32 len);
int tgt_proc_fetch_prot(struct tgt_proc *p, u32 at, void *to, u32 len);
int tgt_proc_give(struct tgt_proc *p, u32 at, void *from, u32 len);
int tgt_proc_give_prot(struct tgt_proc *p, u32 at, void *from, u32 len);
void tgt_proc_reply(struct tgt_proc *p, const u8 *buf, u32 len, u32 alloc_len);
void tgt_proc_refuse(struct tgt_proc *p, u8 status);
void tgt_proc_fail(struct tgt_proc *p, enum tgt_sense sense);
void tgt_proc_fail_info(struct tgt_proc *p, enum tgt_sense sense, u64 info);
void tgt_proc_fail_sense(struct tgt_proc *p, const u8 *sense, unsigned int len);
void tgt_proc_moved(struct tgt_proc *p, enum tgt_dir dir, u32 len);

/* visit.c */
int tgt_visit_begin(struct tgt_proc *p, struct tgt_itl *itl, const struct tgt_op *op, u8 *flags);
void tgt_visit_end(struct tgt_proc *p);
bool tgt_visit_over(struct tgt_proc *p);
void tgt_visit_abort(struct tgt_itl *itl);
void tgt_visit_detach(struct tgt_itl *itl, u64 age);

/* proc.c to cmd.c and back */
void tgt_proc_sub_end(struct tgt_cmd *sub);
void tgt_proc_sub_detach(struct tgt_proc *p);

#endif
