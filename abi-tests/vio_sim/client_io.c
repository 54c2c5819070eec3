// SPDX-License-Identifier: GPL-2.0
/*
 * The client partition as an initiator: SCSI commands. One segment makes a direct descriptor, more
 * an indirect one, whose list is in the IU as long as it fits and else in the client's memory.
 */
#include <linux/module.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_tcq.h>
#include <scsi/viosrp.h>
#include "client.h"

#define CLIENT_TMF_WAIT	(30 * HZ)

/* ---- an IU ------------------------------------------------------------------------------ */

static void client_unmap(struct sim_client *c, struct client_slot *slot)
{
	while (slot->nr) {
		slot->nr--;
		sim_unmap(&c->adapter->client, slot->seg[slot->nr], slot->len[slot->nr]);
	}
}

static bool client_map(struct sim_client *c, struct client_slot *slot, struct scsi_cmnd *scmd)
{
	struct scatterlist *sg;
	int i;

	slot->nr = 0;
	scsi_for_each_sg(scmd, sg, scsi_sg_count(scmd), i) {
		slot->len[i] = sg->length;
		slot->seg[i] = sim_map(&c->adapter->client, sg_virt(sg), sg->length);
		if (slot->seg[i] == DMA_MAPPING_ERROR) {
			client_unmap(c, slot);
			return false;
		}
		slot->nr++;
	}
	return true;
}

static void client_desc(struct srp_direct_buf *md, u64 va, u32 len)
{
	md->va = (__be64 __force)sim64(va);
	md->key = 0;
	md->len = (__be32 __force)sim32(len);
}

/* Returns bytes of the descriptor in the IU. */
static u16 client_indirect(struct client_slot *slot, struct srp_cmd *cmd, bool out)
{
	struct srp_indirect_buf *ind = (void *)cmd->add_data;
	u32 room = (CLIENT_IU_MAX - sizeof(*cmd) - sizeof(*ind)) / sizeof(ind->desc_list[0]);
	struct srp_direct_buf *list = ind->desc_list;
	u64 va = slot->ioba + sizeof(*cmd) + sizeof(*ind);
	bool inside = slot->nr <= room;
	u32 i, total = 0;

	if (!inside) {
		list = (void *)slot->page + CLIENT_TABLE;
		va = slot->ioba + CLIENT_TABLE;
	}
	for (i = 0; i < slot->nr; i++) {
		client_desc(&list[i], slot->seg[i], slot->len[i]);
		total += slot->len[i];
	}
	client_desc(&ind->table_desc, va, slot->nr * sizeof(*list));
	ind->len = (__be32 __force)sim32(total);
	if (inside && out)
		cmd->data_out_desc_cnt = slot->nr;
	else if (inside)
		cmd->data_in_desc_cnt = slot->nr;
	return sizeof(*ind) + (inside ? slot->nr * sizeof(*list) : 0);
}

static u16 client_build(struct client_slot *slot, struct scsi_cmnd *scmd, u64 tag)
{
	bool out = scmd->sc_data_direction == DMA_TO_DEVICE;
	struct srp_cmd *cmd = (void *)slot->page;
	u8 fmt = SRP_NO_DATA_DESC;
	u16 len = sizeof(*cmd);

	memset(cmd, 0, CLIENT_IU_MAX);
	cmd->opcode = SRP_CMD;
	cmd->tag = sim64(tag);
	cmd->lun.scsi_lun[0] = 0x80;
	cmd->lun.scsi_lun[1] = scmd->device->lun;
	memcpy(cmd->cdb, scmd->cmnd, min_t(u32, scmd->cmd_len, sizeof(cmd->cdb)));
	if (slot->nr == 1) {
		fmt = SRP_DATA_DESC_DIRECT;
		client_desc((void *)cmd->add_data, slot->seg[0], slot->len[0]);
		len += sizeof(struct srp_direct_buf);
	} else if (slot->nr) {
		fmt = SRP_DATA_DESC_INDIRECT;
		len += client_indirect(slot, cmd, out);
	}
	cmd->buf_fmt = out ? fmt << 4 : fmt;
	return len;
}

/* A tag says which slot, and of which connection. */
static u64 client_tag(struct sim_client *c, unsigned int slot)
{
	return (u64)c->gen << 32 | (slot + 16);
}

static int client_queuecommand(struct Scsi_Host *shost, struct scsi_cmnd *scmd)
{
	struct sim_client *c = shost_priv(shost);
	unsigned int i = scsi_cmd_to_rq(scmd)->tag;
	struct client_slot *slot = &c->slot[i];
	int ret = SCSI_MLQUEUE_HOST_BUSY;
	unsigned long flags;
	long rc;

	spin_lock_irqsave(&c->lock, flags);
	if (c->state != CLIENT_RUN || c->credit <= CLIENT_RESERVE || slot->scmd)
		goto out;
	if (!client_map(c, slot, scmd))
		goto out;
	slot->scmd = scmd;
	rc = client_send(c, i, VIOSRP_SRP_FORMAT, client_build(slot, scmd, client_tag(c, i)));
	if (rc) {
		slot->scmd = NULL;
		client_unmap(c, slot);
		goto out;
	}
	c->credit--;
	ret = 0;
out:
	spin_unlock_irqrestore(&c->lock, flags);
	return ret;
}

/* ---- answers ---------------------------------------------------------------------------- */

static void client_fill(struct scsi_cmnd *scmd, const struct srp_rsp *rsp, u8 crq_status)
{
	u32 sense = sim32((u32 __force)rsp->sense_data_len);
	u32 resp = rsp->flags & SRP_RSP_FLAG_RSPVALID ? sim32((u32 __force)rsp->resp_data_len) : 0;

	scmd->result = rsp->status;
	if (crq_status != VIOSRP_OK2 || rsp->opcode != SRP_RSP || resp > 4)
		scmd->result = DID_ERROR << 16;
	else if (rsp->flags & SRP_RSP_FLAG_SNSVALID)
		memcpy(scmd->sense_buffer, rsp->data + resp,
		       min3(sense, (u32)SCSI_SENSE_BUFFERSIZE, CLIENT_IU_MAX - 36U - resp));
	if (rsp->flags & SRP_RSP_FLAG_DIUNDER)
		scsi_set_resid(scmd, sim32((u32 __force)rsp->data_in_res_cnt));
	else if (rsp->flags & SRP_RSP_FLAG_DOUNDER)
		scsi_set_resid(scmd, sim32((u32 __force)rsp->data_out_res_cnt));
}

static void client_tmf_rsp(struct sim_client *c, const struct srp_rsp *rsp)
{
	c->tmf_result = rsp->flags & SRP_RSP_FLAG_RSPVALID ? rsp->data[3] : rsp->status;
	complete(&c->tmf);
}

void client_rsp(struct sim_client *c, u8 crq_status, u64 tag)
{
	u32 i = (u32)tag - 16;
	struct scsi_cmnd *scmd;
	struct srp_rsp *rsp;

	spin_lock_irq(&c->lock);
	if (tag >> 32 != c->gen || i >= CLIENT_SLOTS) {
		spin_unlock_irq(&c->lock);
		pr_warn("vio_sim: a response for tag %llx\n", tag);
		return;
	}
	rsp = (void *)c->slot[i].page;
	c->credit += (int)sim32((u32 __force)rsp->req_lim_delta);
	scmd = c->slot[i].scmd;
	c->slot[i].scmd = NULL;
	if (scmd) {
		client_fill(scmd, rsp, crq_status);
		client_unmap(c, &c->slot[i]);
	} else if (i == CLIENT_SLOT_TMF) {
		client_tmf_rsp(c, rsp);
	}
	spin_unlock_irq(&c->lock);
	if (scmd)
		scsi_done(scmd);
}

/* The connection is gone: what was under way is sent again over the next. */
void client_fail_all(struct sim_client *c)
{
	struct scsi_cmnd *scmd;
	unsigned int i;

	spin_lock_irq(&c->lock);
	c->gen = (c->gen + 1) & 0xffffff;
	c->credit = 0;
	for (i = 0; i < CLIENT_CMDS; i++) {
		scmd = c->slot[i].scmd;
		if (!scmd)
			continue;
		c->slot[i].scmd = NULL;
		client_unmap(c, &c->slot[i]);
		scmd->result = (c->state == CLIENT_STOPPED ? DID_NO_CONNECT : DID_REQUEUE) << 16;
		spin_unlock_irq(&c->lock);
		scsi_done(scmd);
		spin_lock_irq(&c->lock);
	}
	c->tmf_result = -1;
	complete(&c->tmf);
	spin_unlock_irq(&c->lock);
}

/* ---- error handling --------------------------------------------------------------------- */

static int client_tmf(struct sim_client *c, struct scsi_device *sdev, u8 function, u64 task)
{
	struct srp_tsk_mgmt *tmf = (void *)c->slot[CLIENT_SLOT_TMF].page;
	long rc = H_CLOSED;

	spin_lock_irq(&c->lock);
	reinit_completion(&c->tmf);
	if (c->state == CLIENT_RUN && c->credit > 0) {
		memset(tmf, 0, sizeof(*tmf));
		tmf->opcode = SRP_TSK_MGMT;
		tmf->tag = sim64(client_tag(c, CLIENT_SLOT_TMF));
		tmf->lun.scsi_lun[0] = 0x80;
		tmf->lun.scsi_lun[1] = sdev->lun;
		tmf->tsk_mgmt_func = function;
		tmf->task_tag = sim64(task);
		c->credit--;
		rc = client_send(c, CLIENT_SLOT_TMF, VIOSRP_SRP_FORMAT, sizeof(*tmf));
	}
	spin_unlock_irq(&c->lock);
	if (rc || !wait_for_completion_timeout(&c->tmf, CLIENT_TMF_WAIT))
		return FAILED;
	return c->tmf_result ? FAILED : SUCCESS;
}

/* Commands that the function ended come back without an answer. */
static void client_forget(struct sim_client *c, struct scsi_device *sdev, unsigned int only)
{
	struct scsi_cmnd *scmd;
	unsigned int i;

	spin_lock_irq(&c->lock);
	for (i = 0; i < CLIENT_CMDS; i++) {
		scmd = c->slot[i].scmd;
		if (!scmd || scmd->device != sdev || (only < CLIENT_CMDS && i != only))
			continue;
		c->slot[i].scmd = NULL;
		client_unmap(c, &c->slot[i]);
	}
	spin_unlock_irq(&c->lock);
}

static int client_abort(struct scsi_cmnd *scmd)
{
	struct sim_client *c = shost_priv(scmd->device->host);
	unsigned int i = scsi_cmd_to_rq(scmd)->tag;
	int ret = client_tmf(c, scmd->device, SRP_TSK_ABORT_TASK, client_tag(c, i));

	if (ret == SUCCESS)
		client_forget(c, scmd->device, i);
	return ret;
}

static int client_reset_lun(struct scsi_cmnd *scmd)
{
	struct sim_client *c = shost_priv(scmd->device->host);
	int ret = client_tmf(c, scmd->device, SRP_TSK_LUN_RESET, 0);

	if (ret == SUCCESS)
		client_forget(c, scmd->device, CLIENT_CMDS);
	return ret;
}

static int client_reset_host(struct scsi_cmnd *scmd)
{
	struct sim_client *c = shost_priv(scmd->device->host);

	client_reset(c);
	flush_work(&c->work);
	return SUCCESS;
}

struct scsi_host_template client_template = {
	.module			= THIS_MODULE,
	.name			= "vio_sim client",
	.proc_name		= "vio_sim",
	.queuecommand		= client_queuecommand,
	.eh_abort_handler	= client_abort,
	.eh_device_reset_handler = client_reset_lun,
	.eh_host_reset_handler	= client_reset_host,
	.can_queue		= CLIENT_CMDS,
	.cmd_per_lun		= CLIENT_CMDS,
	.this_id		= -1,
	.sg_tablesize		= CLIENT_SEGMENTS,
	.max_segment_size	= PAGE_SIZE,
	.max_sectors		= 256,
};
