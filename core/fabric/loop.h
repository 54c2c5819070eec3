/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to tgtcore_loop.ko.
 *
 *   loop.c       hosts, commands, error handling
 *   loop_disk.c  disks that come and go
 */
#ifndef _TGT_LOOP_H
#define _TGT_LOOP_H

#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>
#include <tgtcore/tgtcore.h>

struct platform_device;

/**
 * struct loop_host - a target's host
 * @target: target port
 * @shost: SCSI host; its hostdata is this
 * @sess: the one I_T nexus, from create to remove
 * @iter_lock: @drained against the walk over the tags
 * @drained: no command comes in any more, the tags are about to go
 * @scan_lock: @pending
 * @pending: LUNs to be scanned, struct loop_scan
 * @scan_all: the handler's LUNs are to be looked for
 * @scan: adds them
 * @port: parent of the host where another host is the target's own
 * @bound: hears when sd has a disk ready
 * @unbind_wq: takes disks from sd when all go
 * @nr_poll: poll queues
 * @polled: per poll queue, commands completed
 */
struct loop_host {
	struct tgt_target	*target;
	struct Scsi_Host	*shost;
	struct tgt_session	*sess;
	struct mutex		iter_lock;	/* @drained */
	bool			drained;
	spinlock_t		scan_lock;	/* @pending */
	struct list_head	pending;
	bool			scan_all;
	struct work_struct	scan;
	struct platform_device	*port;
	struct notifier_block	bound;
	struct workqueue_struct	*unbind_wq;
	unsigned int		nr_poll;
	struct llist_head	polled[];
};

static inline struct loop_host *loop_host(struct Scsi_Host *shost)
{
	return shost_priv(shost);
}

/* What Linux calls a LUN is its bytes read as SAM-6 4.7 has them. */
static inline u64 loop_lun(u32 number)
{
	struct scsi_lun lun;

	tgt_lun_encode(number, &lun);
	return scsilun_to_int(&lun);
}

void loop_remove_device(struct scsi_device *sdev);
void loop_scan_work(struct work_struct *work);
void loop_scan_session(struct tgt_session *sess);
void loop_lun_added(struct tgt_itl *itl);
void loop_cancel_scan(struct loop_host *host, struct tgt_itl *itl);
void loop_unbind_all(struct loop_host *host);
void loop_lun_remove(struct tgt_itl *itl);
int loop_lun_node(struct tgt_itl *itl, char *buf, size_t size);
bool loop_lun_in_use(struct tgt_itl *itl);
bool loop_target_in_use(struct tgt_target *target, u32 *lun);
int loop_bound(struct notifier_block *nb, unsigned long event, void *data);

#endif
