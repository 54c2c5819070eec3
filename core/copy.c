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
	gone = !tgt_proc_itl(p);	/* its nexus perhaps before the copy was listed */
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
			copy->itl = NULL;
		else
			tgt_copy_forget(dev, copy);
	}
}

/*
 * The logical unit is reset, or one nexus, @itl: what has ended is forgotten, what runs is
 * aborted as a command.
 */
void tgt_copy_reset(struct tgt_device *dev, const struct tgt_itl *itl)
{
	struct tgt_copy *copy, *next;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry_safe(copy, next, &dev->copies, node)
		if (copy->st.state != TGT_COPY_IN_PROGRESS && (!itl || copy->itl == itl))
			tgt_copy_forget(dev, copy);
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
