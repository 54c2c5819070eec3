/* SPDX-License-Identifier: GPL-2.0 */
/* Copy operations of a device, by their list identifiers: see copy.c. */
#ifndef _TGTCORE_COPY_H
#define _TGTCORE_COPY_H

#include <tgtcore/tgtcore.h>
#include "scsi/copy_in.h"

struct tgt_proc;

/* Longest piece: what is read for it begins and ends with a whole block, of 4096 bytes at most. */
#define TGT_COPY_PIECE	(TGT_PROC_PIECE - 2 * 4096)

/* Whose sense it is that a copy's own tells of. */
enum { TGT_COPY_NOBODY, TGT_COPY_SOURCE, TGT_COPY_DESTINATION };

/**
 * struct tgt_copy - a copy operation
 *
 * Its procedure's while it runs; then, if its status is to be told, the device's, until its nexus
 * goes, another takes its list identifier or its place, or the logical unit is reset. All of it is
 * dev->lock's once it is listed.
 *
 * @node: in dev->copies
 * @itl: nexus it came through; NULL if that is gone
 * @id: list identifier
 * @usage: LIST ID USAGE
 * @abort: COPY OPERATION ABORT, or the nexus or the device was reset
 * @rod: ROD token that it made and that was not yet told of, or NULL
 * @st: status
 */
struct tgt_copy {
	struct list_head	node;
	const struct tgt_itl	*itl;
	u32			id;
	u8			usage;
	bool			abort;
	u8			*rod;
	struct tgt_copy_status	st;
};

bool tgt_copy_enter(struct tgt_device *dev);
void tgt_copy_leave(struct tgt_device *dev);
int tgt_copy_begin(struct tgt_proc *p, u32 id, u8 usage, struct tgt_copy **copy);
void tgt_copy_progress(struct tgt_proc *p, struct tgt_copy *copy, bool segment, u32 commands,
		       u32 bytes);
bool tgt_copy_aborted(const struct tgt_copy *copy);
void tgt_copy_background(struct tgt_proc *p, struct tgt_copy *copy);
void tgt_copy_token(struct tgt_proc *p, struct tgt_copy *copy, u8 *rod, u64 bytes);
void tgt_copy_partial(struct tgt_proc *p, struct tgt_copy *copy);
void tgt_copy_end(struct tgt_proc *p, struct tgt_copy *copy, enum tgt_copy_state state,
		  const u8 *sense, unsigned int len);

/* scsi/spc_copy.c */
struct tgt_itl *tgt_copy_home(struct tgt_proc *p);
struct tgt_itl *tgt_copy_find_lun(struct tgt_itl *home, const struct tgt_cscd *cscd);
int tgt_copy_visit_result(struct tgt_proc *p, const struct tgt_copy *copy, int err);
const struct tgt_op *tgt_copy_op(u8 opcode);

void tgt_copy_itl_gone(struct tgt_itl *itl);
void tgt_copy_reset(struct tgt_device *dev, const struct tgt_itl *itl);
void tgt_copy_stop(struct tgt_device *dev);

#endif
