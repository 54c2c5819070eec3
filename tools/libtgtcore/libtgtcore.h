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
 * Opens the device called @name with @queues queues, 0: as many as there can be. NULL with errno:
 * EBUSY another daemon has it.
 */
struct tgtcore *tgtcore_open(const char *name, unsigned int queues);
void tgtcore_close(struct tgtcore *t);
const struct tgtcore_user_info *tgtcore_info(const struct tgtcore *t);
int tgtcore_fd(const struct tgtcore *t);

/* Registers whole pages; the number of the region, or -1 with errno. */
int tgtcore_register(struct tgtcore *t, void *mem, uint64_t len);

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

/* Answers a read that is all zeroes. */
void tgtcore_done_zero(struct tgtcore_queue *q, const struct tgtcore_req *req);

/*
 * Asks for the data of a write: it comes again, with TGTCORE_USER_SQE_DATA; or never, if it was
 * ended otherwise. Then another may come with its tag, by which memory for data is best kept.
 */
void tgtcore_fetch(struct tgtcore_queue *q, const struct tgtcore_req *req, unsigned int region,
		   uint64_t at);

/* For loops of one's own: gives answers back and takes commands; @wait for one if there is none. */
unsigned int tgtcore_queues(const struct tgtcore *t);
struct tgtcore_queue *tgtcore_queue(struct tgtcore *t, unsigned int n);
int tgtcore_turn(struct tgtcore_queue *q, int wait);

#ifdef __cplusplus
}
#endif

#endif
