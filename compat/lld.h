/* SPDX-License-Identifier: GPL-2.0 */
/* Private to scsi_tgt.ko: hosts and commands of target drivers. */
#ifndef _STGT_LLD_H
#define _STGT_LLD_H

#include <linux/wait.h>
#include <linux/workqueue.h>
#include <scsi/scsi_host.h>
#include "stgt.h"
#include "transport.h"

/**
 * struct lld_host - behind the private data of a driver's host
 * @sht: the template of today, made of @old
 * @old: the driver's template
 * @attrs: its sysfs attributes
 * @groups: the same, as the midlayer wants them
 * @host: what the daemon sees; host.ops is NULL before scsi_tgt_alloc_queue()
 * @in_use: commands the driver has, initiator's reads and writes
 * @free_wait: for scsi_host_get_command() that may sleep
 * @busy_lock: @busy
 * @busy: commands, by cmd.note.node, that the driver was too busy to transfer
 * @retry: hands them to it again
 * @attr: for @attrs
 */
struct lld_host {
	struct scsi_host_template	sht;
	struct stgt_host_template	*old;
	struct attribute_group		attrs;
	const struct attribute_group	*groups[2];
	struct stgt_host		host;
	atomic_t			in_use[2];
	wait_queue_head_t		free_wait;
	spinlock_t			busy_lock;	/* @busy */
	struct list_head		busy;
	struct delayed_work		retry;
	struct attribute		*attr[];
};

struct lld_host *lld_host(struct Scsi_Host *shost);
void lld_host_init(struct lld_host *host);
void lld_host_exit(struct lld_host *host);
enum stgt_taken lld_answer(struct stgt_cmd *cmd, struct stgt_answer *a);
void lld_lost(struct stgt_cmd *cmd, enum stgt_why why);

#endif
