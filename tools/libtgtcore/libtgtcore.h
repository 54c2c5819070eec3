/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * libtgtcore: serve a device of backend=user from a program. See libtgtcore(3).
 *
 * A program opens the device, registers memory if it has its own, starts, and runs: a function of
 * its own is called for each command, in a thread for each queue. It answers at once, or later
 * in the same thread; in another queue's, with that queue. Answers go to the kernel in batches,
 * with the call that waits for more.
 */
#ifndef _LIBTGTCORE_H
#define _LIBTGTCORE_H

#include <stdint.h>
#include <linux/tgtcore_user.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tgtcore;
struct tgtcore_queue;

/* A command. */
struct tgtcore_req {
	uint64_t	offset;		/* first byte on the medium */
	uint32_t	len;		/* bytes */
	uint8_t		op;		/* TGTCORE_USER_OP_* */
	uint8_t		flags;		/* TGTCORE_USER_SQE_* */
	uint16_t	tag;		/* below info->depth; no two at a time have the same */
	void		*data;		/* its buffer, or NULL */
	uint64_t	id;		/* the library's, as is what follows */
	uint32_t	region;
	uint64_t	at;
};

struct tgtcore_params {
	uint32_t	buf_size;	/* bytes of a buffer the library gives each tag, or 0 */
	uint32_t	write_mode;	/* TGTCORE_USER_WRITE_* */
	uint32_t	max_io;		/* longest piece, or 0 */
	/* Called for each command, in its queue's thread. */
	void		(*request)(struct tgtcore_queue *q, const struct tgtcore_req *req,
				   void *priv);
	void		*priv;
};

/*
 * Opens the device called @name with @queues queues, 0 or too many: as many as there can be, one
 * for each CPU but 64 at most. NULL with errno: EBUSY another daemon has it.
 */
struct tgtcore *tgtcore_open(const char *name, unsigned int queues);
void tgtcore_close(struct tgtcore *t);
const struct tgtcore_user_info *tgtcore_info(const struct tgtcore *t);
int tgtcore_fd(const struct tgtcore *t);

/*
 * The same beside a daemon that has it, if there is one: tgtcore_takeover() comes before
 * tgtcore_start() then. It asks that one to leave, and waits until it has answered what it had, or
 * is gone: 0, or -1 with errno, EINTR among them, after which it may be called again. Then
 * tgtcore_info() has the size that counts: the device may have grown meanwhile.
 */
struct tgtcore *tgtcore_open_standby(const char *name, unsigned int queues);
int tgtcore_takeover(struct tgtcore *t);

/* Whether another is taking over: tgtcore_run() returns 0 when all is answered. */
int tgtcore_leaving(const struct tgtcore *t);

/*
 * Goes on with a device's open file, which is @t's from then on; the process that had it has
 * stopped with all its answers given to the kernel. Regions are as they were; tgtcore_go_on()
 * stands for tgtcore_start(). Buffers of the library's can only be had again if they were a pool.
 * New regions get numbers that are free.
 */
struct tgtcore *tgtcore_adopt(int fd);
int tgtcore_go_on(struct tgtcore *t, const struct tgtcore_params *params);

/* Before tgtcore_start(): takes buffers from memory of the kernel's; nothing is pinned then. */
void tgtcore_use_pool(struct tgtcore *t);

/* Such memory for the caller, of @len bytes, whole pages: the number of the region, or -1. */
int tgtcore_pool(struct tgtcore *t, uint64_t len, void **mem);

/* Before tgtcore_run(): how long a thread looks for commands before it sleeps, in microseconds. */
void tgtcore_spin(struct tgtcore *t, unsigned int usec);

/*
 * Before tgtcore_run(): called by the first queue's thread when the device is to have @size bytes:
 * 0, or why it cannot be, an errno. Without it, and if it says no, it is not resized.
 */
void tgtcore_on_resize(struct tgtcore *t, int (*resize)(struct tgtcore *t, uint64_t size,
							void *priv));

/*
 * Before tgtcore_run(): called in a queue's thread to be told whether the byte at @offset is
 * mapped: 1, or 0 where it was unmapped or never written, and -1 where that is not known; with 0
 * and 1 @len is set to the bytes that are like it, whole blocks. Without it nothing is known.
 */
void tgtcore_on_map(struct tgtcore *t, int (*map)(struct tgtcore *t, uint64_t offset,
						  uint64_t *len, void *priv));

/* The medium has grown by itself: 0, or -1 with errno. */
int tgtcore_resize(struct tgtcore *t, uint64_t size);

/* Registers whole pages; the number of the region, or -1 with errno. */
int tgtcore_register(struct tgtcore *t, void *mem, uint64_t len);

/*
 * The buffers of @buf_size bytes that tgtcore_start() will use, tag n's n times that further on,
 * and how many bytes they are in all; for who wants to tell others of them before. NULL with errno.
 */
void *tgtcore_buffers(struct tgtcore *t, uint32_t buf_size, uint64_t *len);

/*
 * Takes commands from here on: the caller's word that no I/O of a daemon before it is going on.
 * 0, or -1 with errno.
 */
int tgtcore_start(struct tgtcore *t, const struct tgtcore_params *params);

/* Serves until the device is gone or tgtcore_stop(): 0, or -1 with errno. */
int tgtcore_run(struct tgtcore *t);

/* Ends tgtcore_run(), for good; may be called before it, by any thread, and by a signal handler. */
void tgtcore_stop(struct tgtcore *t);

/* Answers with TGTCORE_USER_OK or another; what was read is in @req->data. */
void tgtcore_done(struct tgtcore_queue *q, const struct tgtcore_req *req, uint32_t status);

/* Answers a read whose data is @at bytes into a region, or a write whose data is to go there. */
void tgtcore_done_at(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		     uint64_t at);

/* The same in @pieces of a list of struct tgtcore_user_piece, which is @at bytes into a region. */
void tgtcore_done_list(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		       uint64_t at, unsigned int pieces);
void tgtcore_fetch_list(struct tgtcore_queue *q, const struct tgtcore_req *req,
			unsigned int region, uint64_t at, unsigned int pieces);

/* Answers a read that is all zeroes. */
void tgtcore_done_zero(struct tgtcore_queue *q, const struct tgtcore_req *req);

/*
 * For TGTCORE_USER_LEVEL_RAW: what a command or function says, until it is answered; and an answer
 * as it is, but for its id, which is @req's. With TGTCORE_USER_CQE_MORE it comes again.
 */
const struct tgtcore_user_scsi *tgtcore_scsi(const struct tgtcore_queue *q,
					     const struct tgtcore_req *req);
void tgtcore_answer(struct tgtcore_queue *q, const struct tgtcore_req *req,
		    const struct tgtcore_user_cqe *cqe);

/*
 * Asks for the data of a write: it comes again, with TGTCORE_USER_SQE_DATA; or never, if it was
 * ended otherwise. Then another may come with its tag, by which memory for data is best kept.
 */
void tgtcore_fetch(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		   uint64_t at);

/*
 * For loops of one's own. tgtcore_turn() takes commands, then gives answers back, then waits for a
 * command if @wait and there is none: right for who answers at once. Who answers later waits with
 * tgtcore_give(), which takes no commands, once nothing is under way.
 */
unsigned int tgtcore_queues(const struct tgtcore *t);
struct tgtcore_queue *tgtcore_queue(struct tgtcore *t, unsigned int n);
int tgtcore_turn(struct tgtcore_queue *q, int wait);
int tgtcore_give(struct tgtcore_queue *q, int wait);

/* Ends a sleep in a queue, this one or the next, from any thread. */
int tgtcore_wake(struct tgtcore_queue *q);

#ifdef __cplusplus
}
#endif

#endif
