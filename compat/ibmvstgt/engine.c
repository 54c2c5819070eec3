// SPDX-License-Identifier: GPL-2.0
/*
 * The engine as an adapter's server: fabric "ibmvstgt", whose targets have unit addresses for
 * names. IUs have pages for data while an adapter has a target.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <scsi/scsi_tcq.h>
#include "ibmvstgt.h"

/* ---- commands --------------------------------------------------------------------------- */

static u8 vst_task_attr(u8 attr)
{
	switch (attr & 7) {
	case 1:
		return HEAD_OF_QUEUE_TAG;
	case 2:
		return ORDERED_QUEUE_TAG;
	case 4:
		return TGT_ACA_TAG;
	}
	return SIMPLE_QUEUE_TAG;
}

/* Clients number LUNs by logical unit addressing, whose first two bits are all it has to itself. */
static void vst_lun(struct scsi_lun *to, const struct scsi_lun *from)
{
	const u8 *b = from->scsi_lun;

	*to = *from;
	if (b[0] >> 6 == 2 && !memchr_inv(b + 2, 0, 6))
		tgt_lun_encode((b[0] & 0x3f) << 8 | b[1], to);
}

static void vst_engine_cmd(struct vst_iu *iu)
{
	struct srp_cmd *srp = (void *)iu->buf;
	struct tgt_cmd *cmd = &iu->cmd;

	iu->engine = true;
	if (iu->desc.out && iu->desc.len && vst_move(iu, &iu->sg, iu->desc.len)) {
		vst_rsp_sense(iu, ABORTED_COMMAND, 0x4b, 0x00);	/* DATA PHASE ERROR */
		return;
	}
	cmd->sess = iu->a->sess;
	cmd->itl = NULL;
	vst_lun(&cmd->lun, &srp->lun);
	cmd->cdb = srp->cdb;
	cmd->cdb_len = sizeof(srp->cdb) + (srp->add_cdb_len & ~3);
	cmd->sgl = &iu->sg;
	cmd->sgl_nents = iu->desc.len ? 1 : 0;
	cmd->data_len = iu->desc.len;
	cmd->sense = iu->sense;
	cmd->tag = be64_to_cpu((__be64 __force)iu->tag);
	cmd->task_attr = vst_task_attr(srp->task_attr);
	cmd->dir = !iu->desc.len ? TGT_DIR_NONE : iu->desc.out ? TGT_DIR_OUT : TGT_DIR_IN;
	tgt_cmd_submit(cmd);
}

/* Data is there if all went well, or up to where the medium is broken. */
static u32 vst_data_in(struct vst_iu *iu, const struct tgt_cmd *cmd)
{
	u8 key = cmd->sense_len > 2 ? iu->sense[2] & 0xf : 0;

	if (cmd->dir != TGT_DIR_IN)
		return 0;
	if (cmd->status == SAM_STAT_CHECK_CONDITION && key != MEDIUM_ERROR &&
	    key != RECOVERED_ERROR)
		return 0;
	if (cmd->flags & TGT_CMD_OVERFLOW)
		return cmd->data_len;
	return cmd->data_len - min(cmd->residual, cmd->data_len);
}

/* 0 or an errno; one that nobody waits for any more is left to vst_reply(). */
static int vst_engine_move(struct vst_iu *iu, u32 len)
{
	int err;

	if (!len || !vst_moving_begin(iu))
		return 0;
	err = vst_move(iu, &iu->sg, len);
	vst_moving_end(iu->a);
	return err;
}

static void vst_engine_response(struct tgt_cmd *cmd)
{
	struct vst_iu *iu = container_of(cmd, struct vst_iu, cmd);
	s64 residual = cmd->flags & TGT_CMD_OVERFLOW ? -(s64)cmd->residual : cmd->residual;

	/* ended by the client itself: it does not wait for an answer */
	if (cmd->flags & TGT_CMD_TASK_ABORTED && !(cmd->flags & TGT_CMD_OTHER_NEXUS))
		vst_end(iu);
	else if (vst_engine_move(iu, vst_data_in(iu, cmd)))
		vst_rsp_sense(iu, ABORTED_COMMAND, 0x4b, 0x00);
	else
		vst_rsp(iu, cmd->status, iu->sense, cmd->sense_len, residual);
}

/* ---- task management -------------------------------------------------------------------- */

/* Their session waits for them. */
static void vst_function_end(struct vst_adapter *a)
{
	spin_lock_irq(&a->lock);
	if (!--a->functions)
		wake_up(&a->idle);
	spin_unlock_irq(&a->lock);
}

static void vst_tmf_done(struct tgt_tmf *tmf)
{
	struct vst_iu *iu = container_of(tmf, struct vst_iu, tmf);
	u8 code = VST_RSP_FAILED;

	vst_function_end(iu->a);
	if (iu->aborting)
		vst_iu_put(iu->aborting);
	if (tmf->response == TGT_TMF_COMPLETE || tmf->response == TGT_TMF_SUCCEEDED)
		code = VST_RSP_OK;
	else if (tmf->response == TGT_TMF_REJECTED)
		code = VST_RSP_NO_SUCH;
	vst_rsp_tmf(iu, code);
}

/* The command with a tag, counted on; or NULL. */
static struct vst_iu *vst_find(struct vst_adapter *a, u64 tag)
{
	struct vst_iu *iu;

	spin_lock_irq(&a->lock);
	iu = vst_iu_find(a, tag);
	if (iu)
		iu->refs++;
	spin_unlock_irq(&a->lock);
	return iu;
}

static const u8 vst_tmf_functions[] = {
	[SRP_TSK_ABORT_TASK]		= TGT_TMF_ABORT_TASK,
	[SRP_TSK_ABORT_TASK_SET]	= TGT_TMF_ABORT_TASK_SET,
	[SRP_TSK_CLEAR_TASK_SET]	= TGT_TMF_CLEAR_TASK_SET,
	[SRP_TSK_LUN_RESET]		= TGT_TMF_LUN_RESET,
	[SRP_TSK_CLEAR_ACA]		= TGT_TMF_CLEAR_ACA,
};

static void vst_engine_tmf(struct vst_iu *iu, u8 function, u64 task, const struct scsi_lun *lun)
{
	struct tgt_tmf *tmf = &iu->tmf;

	iu->engine = true;
	spin_lock_irq(&iu->a->lock);
	iu->a->functions++;
	spin_unlock_irq(&iu->a->lock);
	memset(tmf, 0, sizeof(*tmf));
	if (function == SRP_TSK_ABORT_TASK) {
		iu->aborting = vst_find(iu->a, task);
		tmf->cmd = iu->aborting ? &iu->aborting->cmd : NULL;
	}
	tmf->sess = iu->a->sess;
	vst_lun(&tmf->lun, lun);
	tmf->tag = be64_to_cpu((__be64 __force)task);
	tmf->function = vst_tmf_functions[function];
	tmf->done = vst_tmf_done;
	tgt_tmf_submit(tmf);
}

/* Counted on while they are looked at: one that ends meanwhile is not the next one yet. */
static void vst_engine_iter(struct tgt_session *sess, void (*fn)(struct tgt_cmd *cmd, void *data),
			    void *data)
{
	struct vst_adapter *a = sess->fabric_priv;
	struct vst_iu *iu, *list[VST_IUS];
	unsigned int i, n = 0;

	spin_lock_irq(&a->lock);
	for (iu = a->iu; iu < a->iu + VST_IUS; iu++)
		if (iu->refs && iu->live && iu->cmd.sess == sess) {
			iu->refs++;
			list[n++] = iu;
		}
	spin_unlock_irq(&a->lock);
	for (i = 0; i < n; i++) {
		fn(&list[i]->cmd, data);
		vst_iu_put(list[i]);
	}
}

/* ---- nexuses ---------------------------------------------------------------------------- */

/* The initiator port has the name it had for a daemon. */
static int vst_engine_login(struct vst_adapter *a)
{
	u8 id[24] = { SCSI_PROTOCOL_SRP };	/* SPC-5 7.6.4.5 */
	char name[17];

	snprintf(name, sizeof(name), "%x", a->vdev->unit_address);
	memcpy(id + 8, name, strlen(name));
	a->sess = tgt_session_create(a->target, name, id, sizeof(id), a);
	if (!IS_ERR(a->sess))
		return 0;
	a->sess = NULL;
	return -ENOTCONN;
}

/* What a daemon has may be there for long, and has no use of the pages for data. */
static bool vst_engine_idle(struct vst_adapter *a)
{
	struct vst_iu *iu;
	bool idle = true;

	spin_lock_irq(&a->lock);
	for (iu = a->iu; iu < a->iu + VST_IUS; iu++)
		if (iu->refs && iu->engine)
			idle = false;
	spin_unlock_irq(&a->lock);
	return idle;
}

static void vst_engine_logout(struct vst_adapter *a)
{
	wait_event(a->idle, !READ_ONCE(a->functions));	/* each has a deadline */
	tgt_session_destroy(a->sess);
	a->sess = NULL;
}

const struct vst_server vst_engine = {
	.login	= vst_engine_login,
	.logout	= vst_engine_logout,
	.cmd	= vst_engine_cmd,
	.tmf	= vst_engine_tmf,
};

/* ---- targets ---------------------------------------------------------------------------- */

static void vst_data_free(struct vst_adapter *a)
{
	struct vst_iu *iu;

	for (iu = a->iu; iu < a->iu + VST_IUS; iu++) {
		if (!iu->data)
			continue;
		dma_unmap_single(&a->vdev->dev, iu->data_dma, VST_MAX_DATA, DMA_BIDIRECTIONAL);
		free_pages_exact(iu->data, VST_MAX_DATA);
		iu->data = NULL;
	}
}

static int vst_data_alloc(struct vst_adapter *a)
{
	struct device *dev = &a->vdev->dev;
	struct vst_iu *iu;
	void *data;

	for (iu = a->iu; iu < a->iu + VST_IUS; iu++) {
		data = alloc_pages_exact(VST_MAX_DATA, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
		if (!data)
			return -ENOMEM;
		iu->data_dma = dma_map_single(dev, data, VST_MAX_DATA, DMA_BIDIRECTIONAL);
		if (dma_mapping_error(dev, iu->data_dma)) {
			free_pages_exact(data, VST_MAX_DATA);
			return -ENOMEM;
		}
		iu->data = data;
		sg_init_one(&iu->sg, data, VST_MAX_DATA);
		sg_dma_address(&iu->sg) = iu->data_dma;
		sg_dma_len(&iu->sg) = VST_MAX_DATA;
		memset(&iu->cmd, 0, sizeof(iu->cmd));
	}
	return 0;
}

static struct vst_adapter *vst_adapter_of(const char *name)
{
	struct vst_adapter *a;

	lockdep_assert_held(&vst_adapters_mutex);
	list_for_each_entry(a, &vst_adapters, node)
		if (!strcmp(dev_name(&a->vdev->dev), name))
			return a;
	return NULL;
}

/* The client is broken with, and finds the other server. */
static void vst_serve(struct vst_adapter *a, const struct vst_server *server,
		      struct tgt_target *target)
{
	mutex_lock(&a->mutex);
	vst_logout(a);
	a->server = server;
	a->target = target;
	vst_crq_reset(a);
	mutex_unlock(&a->mutex);
}

static int vst_target_create(struct tgt_target *target, struct netlink_ext_ack *extack)
{
	struct vst_adapter *a;
	int err = 0;

	mutex_lock(&vst_adapters_mutex);
	a = vst_adapter_of(target->name);
	if (!a)
		err = tgt_err(extack, -ENODEV,
			      "there is no adapter %s in /sys/bus/vio/drivers/ibmvscsis",
			      target->name);
	else if (vst_data_alloc(a))
		err = tgt_err(extack, -ENOMEM, "no memory for the data of %s", target->name);
	if (!err) {
		target->fabric_priv = a;
		vst_serve(a, &vst_engine, target);
	} else if (a) {
		vst_data_free(a);
	}
	mutex_unlock(&vst_adapters_mutex);
	return err;
}

/* The adapter is a daemon's again; or about to go. Under vst_adapters_mutex. */
void vst_engine_detach(struct vst_adapter *a)
{
	lockdep_assert_held(&vst_adapters_mutex);
	if (!a->target)
		return;
	a->target->fabric_priv = NULL;
	vst_serve(a, &vst_daemon, NULL);
	wait_event(a->idle, vst_engine_idle(a));
	vst_data_free(a);
}

static void vst_target_remove(struct tgt_target *target)
{
	mutex_lock(&vst_adapters_mutex);
	if (target->fabric_priv)	/* its device may have gone before */
		vst_engine_detach(target->fabric_priv);
	mutex_unlock(&vst_adapters_mutex);
}

static struct tgt_fabric_ops vst_fabric = {
	.name		= "ibmvstgt",
	.owner		= THIS_MODULE,
	.protocol	= SCSI_PROTOCOL_SRP,
	.target_create	= vst_target_create,
	.target_remove	= vst_target_remove,
	.send_response	= vst_engine_response,
	.iter		= vst_engine_iter,
};

int vst_engine_init(void)
{
	return tgt_fabric_register(&vst_fabric);
}

void vst_engine_exit(void)
{
	tgt_fabric_unregister(&vst_fabric);
}
