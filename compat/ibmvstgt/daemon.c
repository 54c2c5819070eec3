// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon as an adapter's server, through the old API: the SCSI host it binds, nexuses, commands
 * and their data, which goes between the client and the daemon's own pages.
 *
 * A daemon drops what concerns hosts it has not bound. So a nexus is told of once a second until
 * an answer says that it is known, and commands are answered BUSY till then. The next daemon is
 * told anew; one from before there were nexuses is told of none. The end of a nexus is told again
 * as well, as long as the daemon says that it has commands of it.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <scsi/scsi.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tgt.h>
#include <scsi/scsi_transport_srp.h>
#include "../transport.h"
#include "ibmvstgt.h"

static struct scsi_transport_template *vst_transport;

static struct vst_adapter *vst_of_host(struct Scsi_Host *shost)
{
	return *(struct vst_adapter **)shost->hostdata;
}

static u64 vst_itn(const struct srp_rport *rport)
{
	return (unsigned long)rport;
}

/* The daemon there is has the nexus. */
static bool vst_is_known(const struct vst_adapter *a)
{
	bool nexuses;
	u32 daemon = stgt_daemon_number(&nexuses);

	return daemon && (!nexuses || READ_ONCE(a->known) == daemon);
}

/* ---- nexuses ---------------------------------------------------------------------------- */

/*
 * The daemon's answer to the end of a nexus may come when there is the next one, and what it is the
 * answer to is all in the port's address: so no other has that for a while.
 */
static void vst_gone_add(struct vst_adapter *a, struct srp_rport *rport)
{
	struct srp_rport *oldest = a->gone[VST_GONE - 1].rport;

	get_device(&rport->dev);
	spin_lock_irq(&a->lock);
	memmove(&a->gone[1], &a->gone[0], sizeof(a->gone) - sizeof(a->gone[0]));
	a->gone[0] = (struct vst_gone){ .rport = rport };
	spin_unlock_irq(&a->lock);
	if (oldest)
		put_device(&oldest->dev);
}

static void vst_gone_forget(struct vst_adapter *a)
{
	struct vst_gone gone[VST_GONE], *g;

	spin_lock_irq(&a->lock);
	memcpy(gone, a->gone, sizeof(gone));
	memset(a->gone, 0, sizeof(a->gone));
	spin_unlock_irq(&a->lock);
	for (g = gone; g < gone + VST_GONE && g->rport; g++)
		put_device(&g->rport->dev);
}

/* It is over for the daemon when that has no command of it any more. */
static void vst_gone_busy(struct vst_adapter *a, u64 itn_id)
{
	struct vst_gone *g;

	lockdep_assert_held(&a->lock);
	for (g = a->gone; g < a->gone + VST_GONE && g->rport; g++)
		if (vst_itn(g->rport) == itn_id) {
			g->again = (jiffies + HZ) | 1;
			queue_delayed_work(vst_wq, &a->again, HZ + 1);
		}
}

static bool vst_gone_is_due(struct vst_adapter *a, struct vst_gone *g)
{
	bool due;

	spin_lock_irq(&a->lock);
	due = g->again && time_after_eq(jiffies, g->again);
	if (due)
		g->again = 0;
	spin_unlock_irq(&a->lock);
	return due;
}

static void vst_gone_again(struct vst_adapter *a)
{
	struct vst_gone *g;

	for (g = a->gone; g < a->gone + VST_GONE && g->rport; g++)
		if (vst_gone_is_due(a, g))
			scsi_tgt_it_nexus_destroy(a->shost, vst_itn(g->rport));
}

static int vst_daemon_login(struct vst_adapter *a)
{
	struct srp_rport_identifiers ids = { .roles = SRP_RPORT_ROLE_INITIATOR };
	struct srp_rport *rport;

	snprintf(ids.port_id, sizeof(ids.port_id), "%x", a->vdev->unit_address);
	rport = srp_rport_add(a->shost, &ids);
	if (IS_ERR(rport))
		return PTR_ERR(rport);
	spin_lock_irq(&a->lock);
	a->rport = rport;
	a->announced = jiffies;
	spin_unlock_irq(&a->lock);
	queue_delayed_work(vst_wq, &a->again, HZ);
	return 0;
}

/* Functions that the daemon has not answered are nobody's any more. */
static void vst_daemon_drop_tmfs(struct vst_adapter *a)
{
	struct vst_iu *iu;
	bool is_tmf;

	for (iu = a->iu; iu < a->iu + VST_IUS; iu++) {
		spin_lock_irq(&a->lock);
		is_tmf = iu->refs && iu->is_tmf;
		iu->is_tmf = false;
		spin_unlock_irq(&a->lock);
		if (is_tmf)
			vst_iu_put(iu);
	}
}

static void vst_daemon_logout(struct vst_adapter *a)
{
	struct srp_rport *rport = a->rport;

	spin_lock_irq(&a->lock);
	a->rport = NULL;
	spin_unlock_irq(&a->lock);
	vst_gone_add(a, rport);
	srp_rport_del(rport);
	vst_daemon_drop_tmfs(a);
}

/* Tell again of a nexus the daemon has not answered for, and of the end of those it still has. */
void vst_daemon_announce(struct vst_adapter *a)
{
	char name[17];

	vst_gone_again(a);
	if (!a->rport || vst_is_known(a))
		return;
	if (time_after_eq(jiffies, a->announced + HZ)) {
		a->announced = jiffies;
		snprintf(name, sizeof(name), "%x", a->vdev->unit_address);
		scsi_tgt_it_nexus_create(a->shost, vst_itn(a->rport), name);
	}
	queue_delayed_work(vst_wq, &a->again, HZ);
}

/* One that it knows was told of twice. */
static int vst_it_nexus_response(struct Scsi_Host *shost, u64 itn_id, int result)
{
	struct vst_adapter *a = vst_of_host(shost);
	bool nexuses, refused = false;
	u32 daemon = stgt_daemon_number(&nexuses);
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (a->rport && itn_id == vst_itn(a->rport)) {
		refused = result && result != -EEXIST;
		a->known = refused ? 0 : daemon;
	} else if (result == -EBUSY) {
		vst_gone_busy(a, itn_id);
	}
	spin_unlock_irqrestore(&a->lock, flags);
	if (refused)
		vst_break(a, "the daemon does not want it");
	return 0;
}

/* ---- commands --------------------------------------------------------------------------- */

static u8 vst_message(u8 attr)
{
	switch (attr & 7) {
	case 1:
		return MSG_HEAD_TAG;
	case 2:
		return MSG_ORDERED_TAG;
	}
	return MSG_SIMPLE_TAG;
}

/* A client that comes again may use a tag of before, whose command the daemon still has. */
static u64 vst_number(struct vst_iu *iu)
{
	lockdep_assert_held(&iu->a->mutex);
	iu->number = ++iu->a->numbers;
	return iu->number;
}

static int vst_daemon_queue(struct vst_iu *iu)
{
	enum dma_data_direction dir = iu->desc.out ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	struct srp_cmd *srp = (void *)iu->buf;
	struct vst_adapter *a = iu->a;
	struct scsi_cmnd *sc;
	int err;

	if (!vst_is_known(a))
		return -ENOTCONN;
	sc = scsi_host_get_command(a->shost, dir, GFP_ATOMIC);
	if (!sc)
		return -ENOMEM;
	sc->SCp.ptr = (void *)iu;
	memcpy(sc->cmnd, srp->cdb, sizeof(srp->cdb));
	sc->sdb.length = iu->desc.len;
	sc->tag = vst_message(srp->task_attr);
	err = scsi_tgt_queue_command(sc, vst_itn(a->rport), &srp->lun, vst_number(iu));
	if (err)
		scsi_host_put_command(a->shost, sc);
	return err;
}

static void vst_daemon_cmd(struct vst_iu *iu)
{
	if (vst_daemon_queue(iu))
		vst_rsp(iu, SAM_STAT_BUSY, NULL, 0, iu->desc.len);
}

/* Returns 0 or an errno. */
static int vst_daemon_move(struct vst_iu *iu, struct scsi_cmnd *sc, u32 len)
{
	struct device *dev = &iu->a->vdev->dev;
	int err, nents = scsi_sg_count(sc);

	if (!dma_map_sg(dev, scsi_sglist(sc), nents, DMA_BIDIRECTIONAL))
		return -ENOMEM;
	err = vst_move(iu, scsi_sglist(sc), len);
	dma_unmap_sg(dev, scsi_sglist(sc), nents, DMA_BIDIRECTIONAL);
	return err;
}

static u32 vst_sense_len(const u8 *sense)
{
	if (!sense[0])
		return 0;
	return clamp_t(u32, sense[7] + 8, 18, SCSI_SENSE_BUFFERSIZE);
}

/*
 * The daemon hears that its command is over before the client does, which may use the tag again at
 * once.
 */
static void vst_daemon_answer(struct vst_iu *iu, struct scsi_cmnd *sc,
			      void (*done)(struct scsi_cmnd *sc))
{
	u32 len = scsi_sg_count(sc) ? min(scsi_bufflen(sc), iu->desc.len) : 0;
	int err = len ? vst_daemon_move(iu, sc, len) : 0;
	u32 sense_len = vst_sense_len(sc->sense_buffer);
	u8 status = sc->result;

	memcpy(iu->sense, sc->sense_buffer, sense_len);
	done(sc);
	if (err)
		vst_rsp_sense(iu, ABORTED_COMMAND, 0x4b, 0x00);	/* DATA PHASE ERROR */
	else
		vst_rsp(iu, status, iu->sense, sense_len, iu->desc.len - len);
}

static int vst_transfer_response(struct scsi_cmnd *sc, void (*done)(struct scsi_cmnd *sc))
{
	struct vst_iu *iu = (void *)sc->SCp.ptr;
	struct vst_adapter *a = iu->a;

	if (vst_moving_begin(iu)) {
		vst_daemon_answer(iu, sc, done);
		vst_moving_end(a);
	} else {
		vst_end(iu);
		done(sc);
	}
	return 0;
}

static int vst_eh_abort(struct scsi_cmnd *sc)
{
	vst_end((void *)sc->SCp.ptr);
	return 0;
}

/* ---- task management -------------------------------------------------------------------- */

/* What the daemon gives back is not to be trusted. The function is the caller's then, once. */
static struct vst_iu *vst_of_mid(struct vst_adapter *a, u64 mid)
{
	struct vst_iu *iu, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	for (iu = a->iu; iu < a->iu + VST_IUS; iu++)
		if (iu->refs && iu->is_tmf && iu->number == mid) {
			iu->is_tmf = false;
			found = iu;
		}
	spin_unlock_irqrestore(&a->lock, flags);
	return found;
}

/* What the daemon calls the command with a client's tag; 0: there is none. */
static u64 vst_task(struct vst_adapter *a, u64 tag)
{
	struct vst_iu *iu;
	u64 number;

	spin_lock_irq(&a->lock);
	iu = vst_iu_find(a, tag);
	number = iu ? iu->number : 0;
	spin_unlock_irq(&a->lock);
	return number;
}

static int vst_tmf_message(u8 function)
{
	switch (function) {
	case SRP_TSK_ABORT_TASK:
		return ABORT_TASK;
	case SRP_TSK_ABORT_TASK_SET:
		return ABORT_TASK_SET;
	case SRP_TSK_CLEAR_TASK_SET:
		return CLEAR_TASK_SET;
	case SRP_TSK_LUN_RESET:
		return LOGICAL_UNIT_RESET;
	}
	return CLEAR_ACA;
}

static void vst_daemon_tmf(struct vst_iu *iu, u8 function, u64 task, const struct scsi_lun *lun)
{
	u64 mid = vst_number(iu), number = vst_task(iu->a, task);
	struct vst_adapter *a = iu->a;
	struct scsi_lun copy = *lun;

	if (!vst_is_known(a)) {
		vst_rsp_tmf(iu, VST_RSP_FAILED);
		return;
	}
	if (function == SRP_TSK_ABORT_TASK && !number) {
		vst_rsp_tmf(iu, VST_RSP_OK);	/* it has ended */
		return;
	}
	spin_lock_irq(&a->lock);
	iu->is_tmf = true;
	spin_unlock_irq(&a->lock);
	/* a daemon may have guessed the number, and answered what it was not asked */
	if (scsi_tgt_tsk_mgmt_request(a->shost, vst_itn(a->rport), vst_tmf_message(function),
				      number, &copy, (void *)(unsigned long)mid) &&
	    vst_of_mid(a, mid))
		vst_rsp_tmf(iu, VST_RSP_FAILED);
}

/* A task that is not there any more has ended: as good as aborted. */
static int vst_tsk_mgmt_response(struct Scsi_Host *shost, u64 itn_id, u64 mid, int result)
{
	struct vst_iu *iu = vst_of_mid(vst_of_host(shost), mid);

	if (iu)
		vst_rsp_tmf(iu, !result || result == -EEXIST ? VST_RSP_OK : VST_RSP_FAILED);
	return 0;
}

const struct vst_server vst_daemon = {
	.login	= vst_daemon_login,
	.logout	= vst_daemon_logout,
	.cmd	= vst_daemon_cmd,
	.tmf	= vst_daemon_tmf,
};

/* ---- the host --------------------------------------------------------------------------- */

static ssize_t system_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", vst_system_id);
}

static ssize_t partition_number_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%x\n", vst_partition_number);
}

static ssize_t unit_address_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%x\n", vst_of_host(class_to_shost(dev))->vdev->unit_address);
}

static DEVICE_ATTR_RO(system_id);
static DEVICE_ATTR_RO(partition_number);
static DEVICE_ATTR_RO(unit_address);

static struct device_attribute *vst_attrs[] = {
	&dev_attr_system_id,
	&dev_attr_partition_number,
	&dev_attr_unit_address,
	NULL,
};

static struct scsi_host_template vst_template = {
	.module			= THIS_MODULE,
	.name			= "ibmvstgt",
	.proc_name		= "ibmvstgt",
	.can_queue		= VST_LIMIT,
	.sg_tablesize		= SG_ALL,
	.max_sectors		= VST_MAX_SECTORS,
	.use_clustering		= DISABLE_CLUSTERING,
	.supported_mode		= MODE_TARGET,
	.transfer_response	= vst_transfer_response,
	.eh_abort_handler	= vst_eh_abort,
	.shost_attrs		= vst_attrs,
};

static struct srp_function_template vst_transport_functions = {
	.tsk_mgmt_response	= vst_tsk_mgmt_response,
	.it_nexus_response	= vst_it_nexus_response,
};

struct Scsi_Host *vst_host_alloc(struct vst_adapter *a)
{
	struct Scsi_Host *shost = scsi_host_alloc(&vst_template, sizeof(a));

	if (!shost)
		return NULL;
	*(struct vst_adapter **)shost->hostdata = a;
	shost->transportt = vst_transport;
	return shost;
}

int vst_host_add(struct vst_adapter *a)
{
	int err = scsi_add_host(a->shost, &a->vdev->dev);

	if (err)
		return err;
	err = scsi_tgt_alloc_queue(a->shost);
	if (err)
		scsi_remove_host(a->shost);
	return err;
}

/* Commands that the daemon has end in vst_eh_abort(). */
void vst_host_remove(struct vst_adapter *a)
{
	srp_remove_host(a->shost);
	vst_gone_forget(a);
	scsi_remove_host(a->shost);
	scsi_tgt_free_queue(a->shost);
}

int vst_daemon_init(void)
{
	vst_transport = srp_attach_transport(&vst_transport_functions);
	return vst_transport ? 0 : -ENOMEM;
}

void vst_daemon_exit(void)
{
	srp_release_transport(vst_transport);
}
