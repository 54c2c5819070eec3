/* SPDX-License-Identifier: GPL-2.0 */
/* ROD tokens of a device: see token.c. */
#ifndef _TGTCORE_TOKEN_REG_H
#define _TGTCORE_TOKEN_REG_H

#include <linux/refcount.h>
#include <tgtcore/tgtcore.h>
#include "scsi/token.h"

struct tgt_proc;

enum tgt_token_state {
	TGT_TOKEN_FORMING,	/* what was being written before is waited for */
	TGT_TOKEN_LIVE,
	TGT_TOKEN_EXPIRED,
	TGT_TOKEN_CANCELLED,	/* something of it was, or may be, written */
	TGT_TOKEN_REVOKED,	/* by who deletes the device */
	TGT_TOKEN_DELETED,	/* by an initiator */
};

/**
 * struct tgt_token - a ROD token
 *
 * The device's list has one reference, who makes or uses it another; memory only. Its data are
 * on the medium and nowhere else: who is about to write some of it ends the token first.
 *
 * @node: in dev->tokens.list; empty once it is forgotten
 * @ref: the list, each procedure
 * @state: &enum tgt_token_state; dev->lock
 * @users: copies that use it
 * @unwanted: an initiator has deleted it
 * @timeout: seconds without use after which it is over
 * @made: jiffies when it became live
 * @used: jiffies when it was last used
 * @bytes: it represents
 * @rod: the token
 * @nr: ranges
 * @range: on the medium
 */
struct tgt_token {
	struct list_head	node;
	refcount_t		ref;
	u8			state;
	bool			unwanted;
	atomic_t		users;
	u32			timeout;
	unsigned long		made;
	unsigned long		used;
	u64			bytes;
	u8			rod[TGT_ROD_LEN];
	u32			nr;
	struct tgt_rod_range	range[];
};

void tgt_tokens_init(struct tgt_device *dev);
void tgt_tokens_exit(struct tgt_device *dev);
unsigned long tgt_token_gate(const struct tgt_device *dev);
void tgt_token_write(struct tgt_cmd *cmd);
void tgt_token_touch(struct tgt_device *dev, u64 offset, u64 len);
void tgt_tokens_end(struct tgt_device *dev, enum tgt_token_state state);

struct tgt_token *tgt_token_alloc(const struct tgt_rod_ask *ask, const struct tgt_disk *d);
enum tgt_sense tgt_token_begin(struct tgt_device *dev, struct tgt_token *t);
bool tgt_token_busy(struct tgt_device *dev, struct tgt_token *t);
enum tgt_sense tgt_token_finish(struct tgt_device *dev, struct tgt_token *t, bool good);
enum tgt_sense tgt_token_use(struct tgt_device *dev, const u8 *rod, struct tgt_token **t);
enum tgt_sense tgt_token_check(struct tgt_device *dev, struct tgt_token *t);
void tgt_token_used(struct tgt_token *t, bool del);
void tgt_token_put(struct tgt_token *t);

#endif
