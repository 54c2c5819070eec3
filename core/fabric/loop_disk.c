// SPDX-License-Identifier: GPL-2.0
/* Disks of the fabric "loop": found when a LUN appears, let go of when it goes. */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/error-injection.h>
#include <linux/slab.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>
#include <tgtcore/kcompat.h>
#include "loop.h"

#define LOOP_BUSY_MS		20	/* how often a device is looked at that has to be idle */

struct loop_scan {
	struct list_head	node;
	struct tgt_itl		*itl;
};

struct loop_unbind {
	struct work_struct	work;
	struct scsi_device	*sdev;
};

/* ---- scanning: never in the way of a request ---------------------------------------------- */

/*
 * Asks for the inventory as any initiator does that hears of a change; that settles the
 * unit attention REPORTED LUNS DATA HAS CHANGED of all LUNs (SPC-5 6.33).
 */
static void loop_report_luns(struct scsi_device *sdev)
{
	static const u8 cdb[12] = { REPORT_LUNS, [9] = 16 };
	u8 buf[16];

	tgt_scsi_execute_in(sdev, cdb, buf, sizeof(buf), 30 * HZ);
}

static struct loop_scan *loop_next_scan(struct loop_host *host)
{
	struct loop_scan *s;

	spin_lock(&host->scan_lock);
	s = list_first_entry_or_null(&host->pending, struct loop_scan, node);
	if (s)
		list_del_init(&s->node);
	spin_unlock(&host->scan_lock);
	return s;
}

static void loop_scan_free(struct loop_scan *s)
{
	tgt_itl_put(s->itl);
	kfree(s);
}

/*
 * sd writes back and lets go; users of the disk get errors from here on. The midlayer would
 * make sd do so as well, but under the host's scan mutex: one disk after another, each
 * waiting for RCU grace periods of its own. And with writes of file systems refused before.
 */
static void loop_unbind(struct scsi_device *sdev)
{
	device_release_driver(&sdev->sdev_gendev);
}

/*
 * Takes a device, which sd has let go of, out of its host. The midlayer waits for commands in
 * flight under the host's scan mutex, and other LUNs with it. sd left none, but who has its
 * generic node may have sent some: so first no more are let in, and those are waited for.
 */
void loop_remove_device(struct scsi_device *sdev)
{
	mutex_lock(&sdev->state_mutex);
	scsi_device_set_state(sdev, SDEV_CANCEL);	/* fails if it is past that */
	mutex_unlock(&sdev->state_mutex);
	while (scsi_device_busy(sdev))
		msleep(LOOP_BUSY_MS);
	scsi_remove_device(sdev);
}

/* Adds the disk of a nexus; one of the number's last nexus, found by hand, makes room. */
static noinline struct scsi_device *loop_add_disk(struct loop_host *host, struct tgt_itl *itl)
{
	u64 lun = loop_lun(itl->number);
	struct scsi_device *sdev;
	int tries;

	for (tries = 0; tries < 2; tries++) {
		scsi_add_device(host->shost, 0, 0, lun);
		sdev = scsi_device_lookup(host->shost, 0, 0, lun);
		if (!sdev || sdev->hostdata == itl)
			return sdev;
		loop_unbind(sdev);
		loop_remove_device(sdev);
		scsi_device_put(sdev);
	}
	return NULL;
}

ALLOW_ERROR_INJECTION(loop_add_disk, NULL);

/* LUNs the engine knows nothing of. Before the host is up, nothing is found. */
static void loop_scan_handler(struct loop_host *host)
{
	struct Scsi_Host *shost = host->shost;

	if (shost->shost_state == SHOST_RUNNING && xchg(&host->scan_all, false))
		scsi_scan_target(&shost->shost_gendev, 0, 0, SCAN_WILD_CARD, SCSI_SCAN_INITIAL);
}

void loop_scan_work(struct work_struct *work)
{
	struct loop_host *host = container_of(work, struct loop_host, scan);
	struct scsi_device *sdev;
	struct loop_scan *s;

	if (READ_ONCE(host->scan_all))
		loop_scan_handler(host);
	while ((s = loop_next_scan(host))) {
		sdev = loop_add_disk(host, s->itl);
		if (sdev && list_empty(&host->pending))
			loop_report_luns(sdev);
		if (sdev)
			scsi_device_put(sdev);
		loop_scan_free(s);
	}
}

/* ->scan */
void loop_scan_session(struct tgt_session *sess)
{
	struct loop_host *host = sess->fabric_priv;

	xchg(&host->scan_all, true);
	queue_work(system_long_wq, &host->scan);
}

/* ->lun_added: what cannot be queued for want of memory is left to a scan by hand. */
void loop_lun_added(struct tgt_itl *itl)
{
	struct loop_host *host = itl->sess->fabric_priv;
	struct loop_scan *s = kmalloc(sizeof(*s), GFP_KERNEL);

	if (!s) {
		pr_warn("loop:%s: no memory to scan for LUN %u\n", host->target->name,
			itl->number);
		return;
	}
	kref_get(&itl->kref);
	s->itl = itl;
	spin_lock(&host->scan_lock);
	list_add_tail(&s->node, &host->pending);
	spin_unlock(&host->scan_lock);
	queue_work(system_long_wq, &host->scan);
}

/* Takes a LUN, or with NULL all, out of the queue; returns when none is being added. */
void loop_cancel_scan(struct loop_host *host, struct tgt_itl *itl)
{
	struct loop_scan *s, *next;
	LIST_HEAD(found);

	spin_lock(&host->scan_lock);
	list_for_each_entry_safe(s, next, &host->pending, node)
		if (!itl || s->itl == itl)
			list_move(&s->node, &found);
	spin_unlock(&host->scan_lock);
	list_for_each_entry_safe(s, next, &found, node)
		loop_scan_free(s);
	flush_work(&host->scan);
}

/* The disk of a nexus with a reference for scsi_device_put(), or NULL. */
static struct scsi_device *loop_sdev(struct tgt_itl *itl)
{
	struct loop_host *host = itl->sess->fabric_priv;
	struct scsi_device *sdev;

	sdev = scsi_device_lookup(host->shost, 0, 0, loop_lun(itl->number));
	if (sdev && sdev->hostdata != itl) {
		scsi_device_put(sdev);
		sdev = NULL;
	}
	return sdev;
}

static void loop_unbind_work(struct work_struct *work)
{
	struct loop_unbind *u = container_of(work, struct loop_unbind, work);

	loop_unbind(u->sdev);
	scsi_device_put(u->sdev);
	kfree(u);
}

/* All disks of a host, many at once; what there is no memory for, here and now. */
void loop_unbind_all(struct loop_host *host)
{
	struct scsi_device *sdev;
	struct loop_unbind *u;

	shost_for_each_device(sdev, host->shost) {
		u = kmalloc(sizeof(*u), GFP_KERNEL);
		if (!u || scsi_device_get(sdev)) {
			kfree(u);
			loop_unbind(sdev);
			continue;
		}
		u->sdev = sdev;
		INIT_WORK(&u->work, loop_unbind_work);
		queue_work(host->unbind_wq, &u->work);
	}
	flush_workqueue(host->unbind_wq);
}

void loop_lun_remove(struct tgt_itl *itl)
{
	struct loop_host *host = itl->sess->fabric_priv;
	struct scsi_device *sdev;

	loop_cancel_scan(host, itl);
	sdev = loop_sdev(itl);
	if (!sdev)
		return;
	loop_unbind(sdev);
	loop_remove_device(sdev);
	scsi_device_put(sdev);
}

static int loop_is_disk(struct device *dev, void *data)
{
	return dev->type && dev->type->name && !strcmp(dev->type->name, "disk");
}

/* The block device of a disk with a reference for put_device(), or NULL. */
static struct device *loop_sdev_disk(struct scsi_device *sdev)
{
	if (!device_is_registered(&sdev->sdev_gendev))	/* it is being scanned */
		return NULL;
	return device_find_child(&sdev->sdev_gendev, NULL, loop_is_disk);
}

/* Likewise, of a nexus. */
static struct device *loop_disk(struct tgt_itl *itl)
{
	struct scsi_device *sdev = loop_sdev(itl);
	struct device *disk;

	if (!sdev)
		return NULL;
	disk = loop_sdev_disk(sdev);
	scsi_device_put(sdev);
	return disk;
}

int loop_lun_node(struct tgt_itl *itl, char *buf, size_t size)
{
	struct device *disk = loop_disk(itl);

	if (!disk)
		return -ENOENT;
	strscpy(buf, dev_name(disk), size);
	put_device(disk);
	return 0;
}

/* Takes the reference. */
static bool loop_disk_open(struct device *disk)
{
	bool open;

	if (!disk)
		return false;
	open = atomic_read(&dev_to_bdev(disk)->bd_openers);
	put_device(disk);
	return open;
}

bool loop_lun_in_use(struct tgt_itl *itl)
{
	return loop_disk_open(loop_disk(itl));
}

bool loop_target_in_use(struct tgt_target *target, u32 *lun)
{
	struct loop_host *host = target->fabric_priv;
	struct scsi_device *sdev;

	shost_for_each_device(sdev, host->shost) {
		if (!loop_disk_open(loop_sdev_disk(sdev)))
			continue;
		*lun = sdev->lun & TGT_MAX_LUN;
		scsi_device_put(sdev);
		return true;
	}
	return false;
}

/* A driver took one of our devices: the disk is there. */
int loop_bound(struct notifier_block *nb, unsigned long event, void *data)
{
	struct loop_host *host = container_of(nb, struct loop_host, bound);
	struct device *dev = data;
	struct scsi_device *sdev;

	if (event != BUS_NOTIFY_BOUND_DRIVER || !scsi_is_sdev_device(dev))
		return NOTIFY_DONE;
	sdev = to_scsi_device(dev);
	if (sdev->host == host->shost && sdev->hostdata)
		tgt_itl_ready(sdev->hostdata);
	return NOTIFY_OK;
}
