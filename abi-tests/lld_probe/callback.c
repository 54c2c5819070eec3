// SPDX-License-Identifier: GPL-2.0
/* lld_probe: commands, what scsi_tgt calls, and the record of it. */
#include <linux/crc32.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "probe.h"

/* ---- records ---------------------------------------------------------------------------- */

static void record(struct lld_record *r, u32 cb, struct Scsi_Host *shost, u64 itn_id, int ret)
{
	struct probe_record *pr = kmalloc(sizeof(*pr), GFP_ATOMIC);
	unsigned long flags;

	r->cb = cb;
	r->host_no = shost->host_no;
	r->itn_id = itn_id;
	r->cb_ret = ret;
	r->ctx = (in_interrupt() ? LLD_CTX_INTERRUPT : 0) |
		 (irqs_disabled() ? LLD_CTX_IRQS_OFF : 0);
	r->pid = current->tgid;
	if (pr)
		pr->r = *r;
	spin_lock_irqsave(&probe.lock, flags);
	if (pr && probe.state.records < PROBE_RECORDS_MAX) {
		list_add_tail(&pr->node, &probe.records);
		probe.state.records++;
		pr = NULL;
	} else {
		probe.state.dropped++;
	}
	spin_unlock_irqrestore(&probe.lock, flags);
	kfree(pr);
}

int probe_log_get(struct lld_record *r)
{
	struct probe_record *pr;

	spin_lock_irq(&probe.lock);
	pr = list_first_entry_or_null(&probe.records, struct probe_record, node);
	if (pr) {
		list_del(&pr->node);
		pr->r.left = --probe.state.records;
	}
	spin_unlock_irq(&probe.lock);
	if (!pr)
		return -ENODATA;
	*r = pr->r;
	kfree(pr);
	return 0;
}

/* ---- commands --------------------------------------------------------------------------- */

static void pcmd_unlink(struct probe_cmd *pc)
{
	unsigned long flags;

	spin_lock_irqsave(&probe.lock, flags);
	list_del(&pc->node);
	probe.state.outstanding--;
	spin_unlock_irqrestore(&probe.lock, flags);
}

static void pcmd_free(struct probe_cmd *pc)
{
	kvfree(pc->payload);
	kfree(pc);
}

static struct probe_cmd *pcmd_new(const struct lld_cmd *arg)
{
	struct probe_cmd *pc = kzalloc(sizeof(*pc), GFP_KERNEL);

	if (!pc)
		return NULL;
	pc->shost = probe.shost[arg->host];
	pc->itn_id = arg->itn_id;
	pc->tag = arg->tag;
	pc->payload_len = arg->payload_len;
	if (!arg->payload_len)
		return pc;
	pc->payload = vmemdup_user(u64_to_user_ptr(arg->payload), arg->payload_len);
	if (IS_ERR(pc->payload)) {
		kfree(pc);
		return NULL;
	}
	return pc;
}

int probe_queue_cmd(struct lld_cmd *arg)
{
	struct probe_cmd *pc;
	struct scsi_lun lun;
	struct scsi_cmnd *cmd;

	if (arg->host >= LLD_NR_HOSTS || arg->payload_len > LLD_PAYLOAD_MAX)
		return -EINVAL;
	pc = pcmd_new(arg);
	if (!pc)
		return -ENOMEM;
	/* not GFP_KERNEL: that would wait for a command to end where there are none left */
	cmd = scsi_host_get_command(pc->shost, arg->dir, GFP_ATOMIC);
	if (!cmd) {
		pcmd_free(pc);
		arg->rc = LLD_NO_COMMAND;
		return 0;
	}
	pc->cmd = cmd;
	memcpy(cmd->cmnd, arg->cdb, sizeof(arg->cdb));
	memcpy(&lun, arg->lun, sizeof(lun));
	cmd->sdb.length = arg->data_len;
	cmd->tag = arg->attr;
	cmd->SCp.ptr = (char *)pc;

	spin_lock_irq(&probe.lock);
	list_add_tail(&pc->node, &probe.outstanding);
	probe.state.outstanding++;
	spin_unlock_irq(&probe.lock);
	WARN_ON_ONCE(scsi_tgt_cmd_to_host(cmd) != pc->shost);
	arg->rc = scsi_tgt_queue_command(cmd, arg->itn_id, &lun, arg->tag);
	if (arg->rc) {
		pcmd_unlink(pc);
		scsi_host_put_command(pc->shost, cmd);
		pcmd_free(pc);
	}
	return 0;
}

static struct probe_cmd *kept_take(bool any, u64 tag, bool refused)
{
	struct probe_cmd *pc;

	spin_lock_irq(&probe.lock);
	list_for_each_entry(pc, &probe.outstanding, node) {
		if (!pc->done || pc->refused != refused || (!any && pc->tag != tag))
			continue;
		list_del(&pc->node);
		probe.state.outstanding--;
		spin_unlock_irq(&probe.lock);
		return pc;
	}
	spin_unlock_irq(&probe.lock);
	return NULL;
}

static int kept_complete(bool any, u64 tag, bool refused)
{
	struct probe_cmd *pc = kept_take(any, tag, refused);

	if (!pc)
		return -ENOENT;
	pc->done(pc->cmd);
	pcmd_free(pc);
	return 0;
}

/* Answers kept back or refused end when the driver goes, as a driver's would. */
void probe_release_kept(bool refused)
{
	while (!kept_complete(true, 0, refused))
		;
}

/* What scsi_tgt has forgotten without a word. */
void probe_forget_all(void)
{
	struct probe_record *pr, *nr;
	struct probe_cmd *pc, *nc;

	list_for_each_entry_safe(pc, nc, &probe.outstanding, node)
		pcmd_free(pc);
	list_for_each_entry_safe(pr, nr, &probe.records, node)
		kfree(pr);
}

int probe_set(struct lld_set *arg)
{
	arg->rc = 0;
	if (arg->what == LLD_SET_COMPLETE) {
		arg->rc = kept_complete(false, arg->tag, false);
		return 0;
	}
	spin_lock_irq(&probe.lock);
	switch (arg->what) {
	case LLD_SET_DEFER:
		probe.defer = arg->value;
		break;
	case LLD_SET_BUSY:
		probe.busy = arg->value;
		probe.busy_how = arg->flags;
		break;
	case LLD_SET_ABORT_RC:
		probe.abort_rc = arg->value;
		break;
	case LLD_SET_RSP_RC:
		probe.rsp_rc = arg->value;
		break;
	default:
		arg->rc = -EINVAL;
	}
	spin_unlock_irq(&probe.lock);
	return arg->rc;
}

/* ---- data ------------------------------------------------------------------------------- */

static void data_read(struct scsi_cmnd *cmd, struct lld_record *r)
{
	struct sg_mapping_iter it;
	u32 crc = ~0, done = 0, tail;

	sg_miter_start(&it, scsi_sglist(cmd), scsi_sg_count(cmd),
		       SG_MITER_FROM_SG | SG_MITER_ATOMIC);
	while (sg_miter_next(&it)) {
		crc = crc32_le(crc, it.addr, it.length);
		done += it.length;
	}
	sg_miter_stop(&it);
	r->data_len = done;
	r->data_crc32 = ~crc;
	tail = min_t(u32, done, LLD_DATA_TAIL);
	sg_pcopy_to_buffer(scsi_sglist(cmd), scsi_sg_count(cmd), r->head,
			   min_t(u32, done, LLD_DATA_HEAD), 0);
	sg_pcopy_to_buffer(scsi_sglist(cmd), scsi_sg_count(cmd), r->tail, tail, done - tail);
}

static void data_move(struct probe_cmd *pc, struct lld_record *r)
{
	struct scsi_cmnd *cmd = pc->cmd;

	if (!scsi_sg_count(cmd))
		return;
	if (cmd->sc_data_direction == DMA_FROM_DEVICE)
		data_read(cmd, r);
	else if (cmd->sc_data_direction == DMA_TO_DEVICE)
		sg_copy_from_buffer(scsi_sglist(cmd), scsi_sg_count(cmd), pc->payload,
				    min_t(u32, pc->payload_len, scsi_bufflen(cmd)));
}

/* ---- callbacks -------------------------------------------------------------------------- */

static int busy_take(void)
{
	static const int how[] = {
		[LLD_BUSY_HOST] = SCSI_MLQUEUE_HOST_BUSY,
		[LLD_BUSY_DEVICE] = SCSI_MLQUEUE_DEVICE_BUSY,
		[LLD_BUSY_EIO] = -EIO,
	};
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&probe.lock, flags);
	if (probe.busy && probe.busy_how < ARRAY_SIZE(how)) {
		probe.busy--;
		ret = how[probe.busy_how];
	}
	spin_unlock_irqrestore(&probe.lock, flags);
	return ret;
}

static void describe(struct probe_cmd *pc, struct lld_record *r)
{
	struct scsi_cmnd *cmd = pc->cmd;

	memset(r, 0, sizeof(*r));
	r->tag = pc->tag;
	r->result = cmd->result;
	r->bufflen = scsi_bufflen(cmd);
	r->sg_count = scsi_sg_count(cmd);
	r->dir = cmd->sc_data_direction;
	memcpy(r->sense, cmd->sense_buffer, sizeof(r->sense));
	if (!r->sg_count)
		return;
	r->sg0_off = scsi_sglist(cmd)->offset;
	r->sg0_len = scsi_sglist(cmd)->length;
}

int probe_transfer_response(struct scsi_cmnd *cmd, void (*done)(struct scsi_cmnd *cmd))
{
	struct probe_cmd *pc = (struct probe_cmd *)cmd->SCp.ptr;
	struct Scsi_Host *shost = pc->shost;
	u64 itn_id = pc->itn_id;
	unsigned long flags;
	struct lld_record r;
	bool keep;
	int ret;

	if (pc->slot) {
		stress_answer(pc);
		done(cmd);
		return 0;
	}
	describe(pc, &r);
	ret = busy_take();
	if (!ret)
		data_move(pc, &r);
	/* what is kept, another process may end as soon as it sees it */
	spin_lock_irqsave(&probe.lock, flags);
	keep = ret || probe.defer;
	/* asked again after a refusal, it is nobody else's any more */
	pc->done = keep ? done : NULL;
	pc->refused = ret > 0;
	spin_unlock_irqrestore(&probe.lock, flags);
	record(&r, ret ? LLD_CB_TRANSFER_RESPONSE_BUSY : LLD_CB_TRANSFER_RESPONSE, shost, itn_id,
	       ret);
	if (!keep) {
		pcmd_unlink(pc);
		pcmd_free(pc);
		done(cmd);
	}
	return ret;
}

int probe_eh_abort_handler(struct scsi_cmnd *cmd)
{
	struct probe_cmd *pc = (struct probe_cmd *)cmd->SCp.ptr;
	struct lld_record r;

	if (pc->slot) {
		stress_abort(pc);
		return 0;
	}
	describe(pc, &r);
	if (probe.unloading)
		pr_warn("lld_probe: at unload: kind 2 tag %llu result %d host %d\n", pc->tag,
			cmd->result, pc->shost->host_no);
	record(&r, LLD_CB_EH_ABORT_HANDLER, pc->shost, pc->itn_id, probe.abort_rc);
	pcmd_unlink(pc);
	pcmd_free(pc);
	return probe.abort_rc;
}

int probe_tsk_mgmt_response(struct Scsi_Host *shost, u64 itn_id, u64 mid, int result)
{
	struct lld_record r = { .mid = mid, .result = result };

	record(&r, LLD_CB_TSK_MGMT_RESPONSE, shost, itn_id, probe.rsp_rc);
	return probe.rsp_rc;
}

int probe_it_nexus_response(struct Scsi_Host *shost, u64 itn_id, int result)
{
	struct lld_record r = { .result = result };

	record(&r, LLD_CB_IT_NEXUS_RESPONSE, shost, itn_id, probe.rsp_rc);
	return probe.rsp_rc;
}
