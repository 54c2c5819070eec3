// SPDX-License-Identifier: GPL-2.0
/*
 * Copy operations by their list identifiers: what RECEIVE COPY STATUS and its fellows tell, and
 * COPY OPERATION ABORT ends. SPC-5 5.18.4.
 */
#include <linux/slab.h>
#include "copy.h"
#include "core.h"
#include "proc.h"
#include "scsi/exec.h"

#define TGT_COPIES_KEPT	64	/* of a device, with those that run; the oldest ends go first */

static struct tgt_copy *tgt_copy_find(struct tgt_device *dev, const struct tgt_itl *itl, u32 id)
{
	struct tgt_copy *copy;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(copy, &dev->copies, node)
		if (copy->itl == itl && copy->id == id)
			return copy;
	return NULL;
}

static void tgt_copy_forget(struct tgt_device *dev, struct tgt_copy *copy)
{
	lockdep_assert_held(&dev->lock);
	list_del(&copy->node);
	dev->nr_copies--;
	kfree(copy->rod);
	kfree(copy);
}

/* There is room for one more: the oldest that has ended makes it. */
static void tgt_copy_make_room(struct tgt_device *dev)
{
	struct tgt_copy *copy;

	lockdep_assert_held(&dev->lock);
	if (dev->nr_copies < TGT_COPIES_KEPT)
		return;
	list_for_each_entry(copy, &dev->copies, node) {
		if (copy->st.state != TGT_COPY_IN_PROGRESS) {
			tgt_copy_forget(dev, copy);
			return;
		}
	}
}

/**
 * tgt_copy_begin() - a copy operation has a list identifier
 * @p: its procedure
 * @id: list identifier
 * @usage: LIST ID USAGE: what becomes of its status
 * @copy: set to what tgt_copy_end() is to be called with; NULL if it has none
 *
 * Return: 0; -EBUSY: there is one of that identifier; -ENOMEM; -EINTR: the command is gone.
 */
int tgt_copy_begin(struct tgt_proc *p, u32 id, u8 usage, struct tgt_copy **copy)
{
	const struct tgt_itl *itl = tgt_proc_itl(p);
	struct tgt_device *dev = p->dev;
	struct tgt_copy *new, *old;
	int err = 0;

	*copy = NULL;
	if (!itl)
		return -EINTR;
	if (usage == TGT_LIST_NONE)
		return 0;
	new = kzalloc(sizeof(*new), GFP_NOIO | __GFP_NOWARN);
	if (!new)
		return -ENOMEM;
	new->itl = itl;
	new->id = id;
	new->usage = usage;
	new->st.sa = p->cdb[1] & 0x1f;
	new->st.shift = dev->block_shift;
	spin_lock_irq(&dev->lock);
	old = tgt_copy_find(dev, itl, id);
	if (old && old->st.state == TGT_COPY_IN_PROGRESS) {
		err = -EBUSY;
	} else {
		if (old)
			tgt_copy_forget(dev, old);
		tgt_copy_make_room(dev);
		list_add_tail(&new->node, &dev->copies);
		dev->nr_copies++;
		*copy = new;
	}
	spin_unlock_irq(&dev->lock);
	if (err)
		kfree(new);
	return err;
}

/* Whether one more may run; then tgt_copy_leave() is to follow. */
bool tgt_copy_enter(struct tgt_device *dev)
{
	bool room;

	spin_lock_irq(&dev->lock);
	room = dev->nr_copying < TGT_COPY_RUNNING;
	dev->nr_copying += room;
	spin_unlock_irq(&dev->lock);
	return room;
}

void tgt_copy_leave(struct tgt_device *dev)
{
	spin_lock_irq(&dev->lock);
	dev->nr_copying--;
	spin_unlock_irq(&dev->lock);
}

/* A segment was begun; commands ended well, and bytes were written. @copy may be NULL. */
void tgt_copy_progress(struct tgt_proc *p, struct tgt_copy *copy, bool segment, u32 commands,
		       u32 bytes)
{
	if (!copy)
		return;
	spin_lock_irq(&p->dev->lock);
	copy->st.segments += segment;
	copy->st.commands += commands;
	copy->st.bytes += bytes;
	spin_unlock_irq(&p->dev->lock);
}

/*
 * IMMED: its command is answered, and it goes on as a background operation until it is done, or the
 * device is deleted, or its nexus goes or either is reset; at once if the command was aborted.
 */
void tgt_copy_background(struct tgt_proc *p, struct tgt_copy *copy)
{
	if (!copy || !tgt_proc_keep(p))
		return;		/* it stays in the foreground */
	spin_lock_irq(&p->dev->lock);
	copy->st.background = true;
	spin_unlock_irq(&p->dev->lock);
	if (!tgt_proc_answer(p))
		WRITE_ONCE(copy->abort, true);
}

/* It has made a ROD token, of TGT_ROD_LEN bytes at @rod, which it takes over. */
void tgt_copy_token(struct tgt_proc *p, struct tgt_copy *copy, u8 *rod, u64 bytes)
{
	spin_lock_irq(&p->dev->lock);
	copy->rod = rod;
	copy->st.bytes = bytes;
	spin_unlock_irq(&p->dev->lock);
}

/* Not all of what it was to do has been done. */
void tgt_copy_partial(struct tgt_proc *p, struct tgt_copy *copy)
{
	if (!copy)
		return;
	spin_lock_irq(&p->dev->lock);
	copy->st.partial = true;
	spin_unlock_irq(&p->dev->lock);
}

/* Whether COPY OPERATION ABORT was about it. */
bool tgt_copy_aborted(const struct tgt_copy *copy)
{
	return copy && READ_ONCE(copy->abort);
}

/* It has ended. Its status stays, if it is to be told and somebody is there to be told. */
void tgt_copy_end(struct tgt_proc *p, struct tgt_copy *copy, enum tgt_copy_state state,
		  const u8 *sense, unsigned int len)
{
	struct tgt_device *dev = p->dev;
	bool gone;

	if (!copy)
		return;
	/* its nexus perhaps before the copy was listed */
	gone = !copy->st.background && !tgt_proc_itl(p);
	spin_lock_irq(&dev->lock);
	copy->st.state = state;
	if (state == TGT_COPY_FAILED) {
		memcpy(copy->st.sense, sense, len);
		copy->st.sense_len = len;
	}
	if (gone || !copy->itl || copy->usage != TGT_LIST_KEEP)
		tgt_copy_forget(dev, copy);
	spin_unlock_irq(&dev->lock);
}

/* There is nobody to tell of a copy that runs; one whose command is answered ends by that. */
static void tgt_copy_orphan(struct tgt_copy *copy)
{
	copy->itl = NULL;
	if (copy->st.background)
		WRITE_ONCE(copy->abort, true);
}

/* A nexus is going, under dev->lock: those of its copies that run have nobody to tell. */
void tgt_copy_itl_gone(struct tgt_itl *itl)
{
	struct tgt_device *dev = itl->dev;
	struct tgt_copy *copy, *next;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry_safe(copy, next, &dev->copies, node) {
		if (copy->itl != itl)
			continue;
		if (copy->st.state == TGT_COPY_IN_PROGRESS)
			tgt_copy_orphan(copy);
		else
			tgt_copy_forget(dev, copy);
	}
}

/* All that run through a device are to stop. Context: process. */
void tgt_copy_stop(struct tgt_device *dev)
{
	struct tgt_copy *copy;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(copy, &dev->copies, node)
		if (copy->st.state == TGT_COPY_IN_PROGRESS)
			WRITE_ONCE(copy->abort, true);
	spin_unlock_irq(&dev->lock);
}

/*
 * The logical unit is reset, or one nexus, @itl: what has ended is forgotten; what runs is to
 * stop, and is then looked for where it reads and writes, and among the commands.
 */
void tgt_copy_reset(struct tgt_device *dev, const struct tgt_itl *itl)
{
	struct tgt_copy *copy, *next;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry_safe(copy, next, &dev->copies, node) {
		if (itl && copy->itl != itl)
			continue;
		if (copy->st.state != TGT_COPY_IN_PROGRESS) {
			tgt_copy_forget(dev, copy);
			continue;
		}
		WRITE_ONCE(copy->abort, true);
		if (copy->st.background)
			copy->itl = NULL;	/* nobody to be told */
	}
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* ---- commands ------------------------------------------------------------------------------ */

/*
 * The status of a copy of @itl; false if there is none. With @once it is told only once. A
 * LID1 copy that failed has told so in its answer; what is kept of it are the details
 * (SPC-5 5.18.7.4).
 */
static bool tgt_copy_look(struct tgt_itl *itl, u32 id, u8 sa, struct tgt_copy_status *st)
{
	struct tgt_device *dev = itl->dev;
	struct tgt_copy *copy;
	unsigned long flags;
	bool told;

	spin_lock_irqsave(&dev->lock, flags);
	copy = tgt_copy_find(dev, itl, id);
	told = copy && !(sa == TGT_COPY_IN_STATUS1 && copy->st.sa == TGT_COPY_OUT_LID1 &&
			 copy->st.state >= TGT_COPY_FAILED);
	if (told) {
		*st = copy->st;
		if (st->state != TGT_COPY_IN_PROGRESS &&
		    (sa == TGT_COPY_IN_STATUS1 || sa == TGT_COPY_IN_FAILURE))
			tgt_copy_forget(dev, copy);
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return told;
}

/* RECEIVE COPY STATUS (LID1, LID4) and FAILURE DETAILS (LID1), SPC-5 6.24 to 6.26 */
enum tgt_ret tgt_exec_copy_status(struct tgt_cmd *cmd)
{
	u8 buf[TGT_COPY_REPLY_MAX], sa = cmd->cdb[1] & 0x1f;
	struct tgt_copy_status st;
	struct tgt_resp r;
	u32 id;

	id = sa == TGT_COPY_IN_STATUS4 ? get_unaligned_be32(cmd->cdb + 2) : cmd->cdb[2];
	if (!tgt_copy_look(cmd->itl, id, sa, &st))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	tgt_resp_init(&r, buf, sizeof(buf));
	if (sa == TGT_COPY_IN_STATUS1)
		tgt_copy_status_lid1(&r, &st);
	else if (sa == TGT_COPY_IN_STATUS4)
		tgt_copy_status_lid4(&r, &st);
	else
		tgt_copy_failure(&r, &st);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 10));
}

/* RECEIVE COPY OPERATING PARAMETERS, SPC-5 6.23 */
enum tgt_ret tgt_exec_copy_params(struct tgt_cmd *cmd)
{
	u8 buf[TGT_COPY_REPLY_MAX];
	struct tgt_resp r;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_copy_params(&r);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 10));
}

/*
 * The answer to RECEIVE ROD TOKEN INFORMATION about list identifier @id in @r; false if there is
 * none. A token is told of until it has been transferred whole.
 */
static bool tgt_copy_tell_token(struct tgt_itl *itl, u32 id, u32 room, struct tgt_resp *r)
{
	struct tgt_device *dev = itl->dev;
	struct tgt_copy *copy;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	copy = tgt_copy_find(dev, itl, id);
	if (copy) {
		tgt_copy_token_info(r, &copy->st, copy->rod);
		if (room >= r->len) {
			kfree(copy->rod);
			copy->rod = NULL;
		}
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return copy;
}

/* RECEIVE ROD TOKEN INFORMATION, SPC-5 6.26 and SBC-4 5.25 */
enum tgt_ret tgt_exec_token_info(struct tgt_cmd *cmd)
{
	u32 alloc_len = get_unaligned_be32(cmd->cdb + 10);
	u32 room = cmd->dir == TGT_DIR_IN ? min(alloc_len, cmd->data_len) : 0;
	struct tgt_resp r;
	enum tgt_ret ret;
	u8 *buf;

	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	buf = kmalloc(TGT_COPY_TOKEN_REPLY, GFP_NOWAIT | __GFP_NOWARN);
	if (!buf)
		return TGT_BUSY;
	tgt_resp_init(&r, buf, TGT_COPY_TOKEN_REPLY);
	if (tgt_copy_tell_token(cmd->itl, get_unaligned_be32(cmd->cdb + 2), room, &r))
		ret = tgt_cmd_reply(cmd, buf, r.len, alloc_len);
	else
		ret = tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	kfree(buf);
	return ret;
}

/*
 * COPY OPERATION ABORT, SPC-5 6.3: the copy stops before its next step, and its command is
 * answered then.
 */
enum tgt_ret tgt_exec_copy_abort(struct tgt_cmd *cmd)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_copy *copy;
	unsigned long flags;
	bool found;

	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	spin_lock_irqsave(&dev->lock, flags);
	copy = tgt_copy_find(dev, cmd->itl, get_unaligned_be32(cmd->cdb + 2));
	found = copy && copy->st.state == TGT_COPY_IN_PROGRESS;
	if (found)
		WRITE_ONCE(copy->abort, true);
	spin_unlock_irqrestore(&dev->lock, flags);
	return found ? TGT_DONE : tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
}
