// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon as an adapter's server, through the old API: the SCSI host it binds, nexuses, commands
 * and their data, which goes between the client and the daemon's own pages.
 *
 * A daemon drops what concerns hosts it has not bound. So a nexus is told of once a second until an
 * answer says that it is known, and commands are answered BUSY till then.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <scsi/scsi.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tgt.h>
#include <scsi/scsi_transport_srp.h>
#include "ibmvstgt.h"

static struct scsi_transport_template *vst_transport;

static struct vst_adapter *vst_of_host(struct Scsi_Host *shost)
{
	return *(struct vst_adapter **)shost->hostdata;
}

static u64 vst_itn(const struct vst_adapter *a)
{
	return (unsigned long)a->rport;
}

/* ---- nexuses ---------------------------------------------------------------------------- */

static void vst_daemon_forget(struct vst_adapter *a)
{
	if (a->rport_before)
		put_device(&a->rport_before->dev);
	a->rport_before = NULL;
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
	vst_daemon_forget(a);
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

/*
 * The daemon's answer to the end of a nexus may come when there is the next one, and what it is the
 * answer to is all in the port's address: so there the two are side by side.
 */
static void vst_daemon_logout(struct vst_adapter *a)
{
	struct srp_rport *rport = a->rport;

	spin_lock_irq(&a->lock);
	a->rport = NULL;
	spin_unlock_irq(&a->lock);
	vst_daemon_forget(a);
	get_device(&rport->dev);
	a->rport_before = rport;
	srp_rport_del(rport);
	vst_daemon_drop_tmfs(a);
}

/* Tell again of a nexus that no daemon has answered for. */
void vst_daemon_announce(struct vst_adapter *a)
{
	char name[17];

	if (!a->rport || READ_ONCE(a->known))
		return;
	if (time_after_eq(jiffies, a->announced + HZ)) {
		a->announced = jiffies;
		snprintf(name, sizeof(name), "%x", a->vdev->unit_address);
		scsi_tgt_it_nexus_create(a->shost, vst_itn(a), name);
	}
	queue_delayed_work(vst_wq, &a->again, HZ);
}

/* One that it knows was told of twice. Answers to the end of one before are of no interest. */
static int vst_it_nexus_response(struct Scsi_Host *shost, u64 itn_id, int result)
{
	struct vst_adapter *a = vst_of_host(shost);
	bool refused = false;
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (a->rport && itn_id == vst_itn(a)) {
		refused = result && result != -EEXIST;
		a->known = !refused;
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

static int vst_daemon_queue(struct vst_iu *iu)
{
	enum dma_data_direction dir = iu->desc.out ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	struct srp_cmd *srp = (void *)iu->buf;
	struct vst_adapter *a = iu->a;
	struct scsi_cmnd *sc;
	int err;

	if (!READ_ONCE(a->known))
		return -ENOTCONN;
	sc = scsi_host_get_command(a->shost, dir, GFP_ATOMIC);
	if (!sc)
		return -ENOMEM;
	sc->SCp.ptr = (void *)iu;
	memcpy(sc->cmnd, srp->cdb, sizeof(srp->cdb));
	sc->sdb.length = iu->desc.len;
	sc->tag = vst_message(srp->task_attr);
	err = scsi_tgt_queue_command(sc, vst_itn(a), &srp->lun,
				     be64_to_cpu((__be64 __force)iu->tag));
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

/* What the daemon gives back is not to be trusted: which IU, and of which connection. */
static u64 vst_mid(const struct vst_iu *iu)
{
	return (u64)iu->gen << 8 | (iu - iu->a->iu + 1);
}

static struct vst_iu *vst_of_mid(struct vst_adapter *a, u64 mid)
{
	unsigned int i = mid & 0xff;
	struct vst_iu *iu = NULL;
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (i && i <= VST_IUS && a->iu[i - 1].is_tmf && vst_mid(&a->iu[i - 1]) == mid) {
		iu = &a->iu[i - 1];
		iu->is_tmf = false;
	}
	spin_unlock_irqrestore(&a->lock, flags);
	return iu;
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
	struct vst_adapter *a = iu->a;
	struct scsi_lun copy = *lun;
	int err = -ENOTCONN;

	spin_lock_irq(&a->lock);
	iu->is_tmf = a->known;
	spin_unlock_irq(&a->lock);
	if (iu->is_tmf)
		err = scsi_tgt_tsk_mgmt_request(a->shost, vst_itn(a), vst_tmf_message(function),
						be64_to_cpu((__be64 __force)task), &copy,
						(void *)(unsigned long)vst_mid(iu));
	if (err)
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
	vst_daemon_forget(a);
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
