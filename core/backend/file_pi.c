// SPDX-License-Identifier: GPL-2.0
/*
 * Backend "file": protection information, in a side file, through the page cache. Tuples stand
 * there one after another, complemented: a hole reads as those of blocks never written.
 */
#include <linux/sched.h>
#include "file.h"

static void file_complement(u8 *p, size_t n)
{
	for (; n; n--, p++)
		*p = ~*p;
}

/* All of @len bytes, or an errno. */
static int file_pi_io(struct file *file, u8 *tuples, size_t len, loff_t pos, bool write)
{
	ssize_t ret;

	for (; len; len -= ret, tuples += ret) {
		ret = write ? kernel_write(file, tuples, len, &pos) :
			      kernel_read(file, tuples, len, &pos);
		if (ret <= 0)
			return ret ?: -EIO;	/* cut short by somebody */
	}
	return 0;
}

/**
 * tgt_file_move_pi() - move the tuples of a command
 * @cmd: as in ->submit_pi
 * @pi: the side file
 *
 * Return: 0 or an errno.
 */
int tgt_file_move_pi(struct tgt_cmd *cmd, struct file_dev *pi)
{
	unsigned int flags = current->flags;
	u64 pos = file_tuple(pi->dev, cmd->offset);
	size_t len = file_tuple(pi->dev, cmd->len);
	bool write = tgt_cmd_is_write(cmd);
	u8 *tuples = (u8 *)cmd->tuples;
	int err;

	current->flags |= PF_MEMALLOC_NOIO | PF_LOCAL_THROTTLE;	/* see file.c */
	if (write)
		file_complement(tuples, len);
	err = file_pi_io(pi->file, tuples, len, pos, write);
	if (write || !err)
		file_complement(tuples, len);
	if (!err && write && cmd->flags & TGT_CMD_FUA)
		err = vfs_fsync_range(pi->file, pos, pos + len - 1, 1);
	current_restore_flags(flags, PF_MEMALLOC_NOIO | PF_LOCAL_THROTTLE);
	return err;
}
