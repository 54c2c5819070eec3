// SPDX-License-Identifier: GPL-2.0
/*
 * SRP: login, commands, task management; and responses. A request that cannot be is answered, one
 * that breaks the protocol ends the connection.
 */
#include "ibmvstgt.h"

#define VST_MIN_IU_LEN		64
#define VST_RSP_MIN		54	/* bytes of a response there always were */
#define VST_RSP_HEADER		sizeof(struct srp_rsp)

enum vst_reject {
	VST_REJ_CHANNEL		= 0x00010000,	/* unable to establish it */
	VST_REJ_RESOURCES	= 0x00010001,
	VST_REJ_IU_LEN		= 0x00010002,	/* larger than ours */
	VST_REJ_PORT		= 0x00010003,	/* no such port */
	VST_REJ_FORMATS		= 0x00010004,
	VST_REJ_MULTI		= 0x00010005,	/* channels */
	VST_REJ_LIMIT		= 0x00010006,	/* of channels: there is one */
};

/* ---- responses -------------------------------------------------------------------------- */

/* What the client gets back of its limit with an answer. */
static u32 vst_delta(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	unsigned long flags;
	u32 delta = 0;

	spin_lock_irqsave(&a->lock, flags);
	iu->live = false;
	iu->is_tmf = false;
	if (iu->counted && iu->gen == a->gen) {
		delta = 1 + a->owed;
		a->debit -= delta;
		a->owed = 0;
	}
	spin_unlock_irqrestore(&a->lock, flags);
	return delta;
}

static struct srp_rsp *vst_rsp_begin(struct vst_iu *iu, u8 status)
{
	struct srp_rsp *rsp = (void *)iu->buf;

	memset(rsp, 0, SRP_MAX_IU_LEN);
	rsp->opcode = SRP_RSP;
	rsp->tag = iu->tag;
	rsp->status = status;
	return rsp;
}

/* The client may send the next request as soon as it has this. */
static void vst_rsp_send(struct vst_iu *iu, struct srp_rsp *rsp, u32 more, u8 crq_status)
{
	rsp->req_lim_delta = cpu_to_be32(vst_delta(iu));
	vst_reply(iu, max_t(u32, VST_RSP_HEADER + more, VST_RSP_MIN), crq_status);
}

static void vst_rsp_residual(struct vst_iu *iu, struct srp_rsp *rsp, s64 residual)
{
	__be32 count = cpu_to_be32(abs(residual));

	if (!residual)
		return;
	if (iu->desc.out) {
		rsp->flags |= residual > 0 ? SRP_RSP_FLAG_DOUNDER : SRP_RSP_FLAG_DOOVER;
		rsp->data_out_res_cnt = count;
	} else {
		rsp->flags |= residual > 0 ? SRP_RSP_FLAG_DIUNDER : SRP_RSP_FLAG_DIOVER;
		rsp->data_in_res_cnt = count;
	}
}

static bool vst_is_rw(u8 op)
{
	return (op & 0x1f) == 0x08 || (op & 0x1f) == 0x0a;	/* READ, WRITE (6) to (16) */
}

/* A broken disk, to a client that has another way to it: the element says so, not the status. */
static bool vst_fast_fails(struct vst_iu *iu, u8 op, u8 status, const u8 *sense, u32 sense_len,
			   s64 residual)
{
	return iu->a->fast_fail && status == SAM_STAT_CHECK_CONDITION && sense_len > 2 &&
	       (sense[2] & 0xf) == HARDWARE_ERROR && vst_is_rw(op) &&
	       (!residual || residual == iu->desc.len);
}

/**
 * vst_rsp() - the answer to a command
 * @iu: command; not the caller's any more
 * @status: SAM status
 * @sense: sense data, for CHECK CONDITION
 * @sense_len: its bytes
 * @residual: bytes not moved; below 0: that did not fit
 *
 * Context: any.
 */
void vst_rsp(struct vst_iu *iu, u8 status, const u8 *sense, u32 sense_len, s64 residual)
{
	u8 op = ((struct srp_cmd *)iu->buf)->cdb[0];
	struct srp_rsp *rsp = vst_rsp_begin(iu, status);
	u8 crq_status = VIOSRP_OK2;

	if (status != SAM_STAT_CHECK_CONDITION)
		sense_len = 0;
	vst_rsp_residual(iu, rsp, residual);
	if (vst_fast_fails(iu, op, status, sense, sense_len, residual)) {
		rsp->status = 0;
		sense_len = 0;
		crq_status = VIOSRP_ADAPTER_FAIL;
	}
	if (sense_len) {
		rsp->flags |= SRP_RSP_FLAG_SNSVALID;
		rsp->sense_data_len = cpu_to_be32(sense_len);
		memcpy(rsp->data, sense, sense_len);
	}
	vst_rsp_send(iu, rsp, sense_len, crq_status);
}

/* CHECK CONDITION, fixed format; nothing was moved. */
void vst_rsp_sense(struct vst_iu *iu, u8 key, u8 asc, u8 ascq)
{
	u8 sense[18] = { [0] = 0x70, [2] = key, [7] = 10, [12] = asc, [13] = ascq };

	vst_rsp(iu, SAM_STAT_CHECK_CONDITION, sense, sizeof(sense), iu->desc.len);
}

/* The answer to a task management function. */
void vst_rsp_tmf(struct vst_iu *iu, u8 code)
{
	struct srp_rsp *rsp = vst_rsp_begin(iu, 0);

	rsp->flags = SRP_RSP_FLAG_RSPVALID;
	rsp->resp_data_len = cpu_to_be32(4);
	rsp->data[3] = code;
	vst_rsp_send(iu, rsp, 4, VIOSRP_OK2);
}

/* ---- login ------------------------------------------------------------------------------ */

/* Also the loss of the client. Its commands are not answered any more. */
void vst_logout(struct vst_adapter *a)
{
	lockdep_assert_held(&a->mutex);
	spin_lock_irq(&a->lock);
	a->gen++;
	a->limit = 0;
	a->debit = 0;
	a->owed = 0;
	a->known = 0;
	spin_unlock_irq(&a->lock);
	wait_event(a->idle, !READ_ONCE(a->moving));
	a->fast_fail = false;
	if (!a->logged_in)
		return;
	a->logged_in = false;
	a->server->logout(a);
}

static enum vst_reject vst_login_check(struct vst_adapter *a, const struct srp_login_req *req)
{
	u32 len = be32_to_cpu(req->req_it_iu_len);
	u16 formats = be16_to_cpu(req->req_buf_fmt);

	if (a->logged_in)
		return VST_REJ_LIMIT;
	if (len > SRP_MAX_IU_LEN)
		return VST_REJ_IU_LEN;
	if (len < VST_MIN_IU_LEN)
		return VST_REJ_CHANNEL;
	if (memchr_inv(req->initiator_port_id, 0, 8) || memchr_inv(req->target_port_id, 0, 8))
		return VST_REJ_PORT;	/* an extension of either */
	if (req->req_flags & SRP_MULTICHAN_MULTI)
		return VST_REJ_MULTI;
	if (!formats || formats & ~(SRP_BUF_FORMAT_DIRECT | SRP_BUF_FORMAT_INDIRECT))
		return VST_REJ_FORMATS;
	return 0;
}

static enum vst_reject vst_login_begin(struct vst_adapter *a, u32 *limit)
{
	/* this one is free again when the answer is out; MADs want some */
	*limit = min(a->nr_free > 3 ? a->nr_free - 3 : 0, VST_LIMIT);
	if (!*limit)
		return VST_REJ_RESOURCES;
	if (a->server->login(a))
		return VST_REJ_CHANNEL;
	a->logged_in = true;
	spin_lock_irq(&a->lock);
	a->limit = *limit;
	spin_unlock_irq(&a->lock);
	return 0;
}

static void vst_login_rsp(struct vst_iu *iu, u32 limit)
{
	struct srp_login_rsp *rsp = (void *)iu->buf;

	memset(rsp, 0, sizeof(*rsp));
	rsp->opcode = SRP_LOGIN_RSP;
	rsp->req_lim_delta = cpu_to_be32(limit);
	rsp->tag = iu->tag;
	rsp->max_it_iu_len = cpu_to_be32(SRP_MAX_IU_LEN);
	rsp->max_ti_iu_len = cpu_to_be32(SRP_MAX_IU_LEN);
	rsp->buf_fmt = cpu_to_be16(SRP_BUF_FORMAT_DIRECT | SRP_BUF_FORMAT_INDIRECT);
	vst_reply(iu, sizeof(*rsp), VIOSRP_OK2);
}

static void vst_login(struct vst_iu *iu)
{
	struct srp_login_rej *rej = (void *)iu->buf;
	struct vst_adapter *a = iu->a;
	enum vst_reject reason;
	u32 limit;

	reason = vst_login_check(a, (void *)iu->buf);
	if (!reason)
		reason = vst_login_begin(a, &limit);
	if (!reason) {
		vst_login_rsp(iu, limit);
		return;
	}
	if (reason == VST_REJ_RESOURCES) {
		/* Linux's does not come again after a rejection */
		vst_err(a, "no IUs for a login: a daemon has them\n");
		vst_break_later(a);
		vst_iu_put(iu);
		return;
	}
	memset(rej, 0, sizeof(*rej));
	rej->opcode = SRP_LOGIN_REJ;
	rej->reason = cpu_to_be32(reason);
	rej->tag = iu->tag;
	rej->buf_fmt = cpu_to_be16(SRP_BUF_FORMAT_DIRECT | SRP_BUF_FORMAT_INDIRECT);
	vst_reply(iu, sizeof(*rej), VIOSRP_OK2);
}

/* ---- requests --------------------------------------------------------------------------- */

/* One of the limit is used, by a client that is logged in. */
static bool vst_count(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	bool ok;

	spin_lock_irq(&a->lock);
	ok = a->debit < a->limit;
	if (ok)
		a->debit++;
	iu->counted = ok;
	spin_unlock_irq(&a->lock);
	if (!ok)
		vst_break(a, a->logged_in ? "more requests than it may send" : "not logged in");
	return ok;
}

static void vst_cmd(struct vst_iu *iu)
{
	struct srp_cmd *cmd = (void *)iu->buf;
	int err;

	if (!vst_count(iu)) {
		vst_iu_put(iu);
		return;
	}
	err = srp_desc_parse(&iu->desc, iu->buf, iu->len, SRP_DESC_BE);
	if (!err && (sizeof(*cmd) + (cmd->add_cdb_len & ~3) > iu->len ||
		     iu->desc.nr > VST_LIST_MAX || iu->desc.len > VST_MAX_DATA))
		err = -EMSGSIZE;
	if (err) {
		/* INVALID FIELD IN COMMAND INFORMATION UNIT */
		memset(&iu->desc, 0, sizeof(iu->desc));
		vst_rsp_sense(iu, ILLEGAL_REQUEST, 0x0e, 0x03);
		return;
	}
	spin_lock_irq(&iu->a->lock);
	iu->live = true;
	spin_unlock_irq(&iu->a->lock);
	iu->a->server->cmd(iu);
}

static void vst_tsk_mgmt(struct vst_iu *iu)
{
	struct srp_tsk_mgmt *req = (void *)iu->buf;

	if (!vst_count(iu)) {
		vst_iu_put(iu);
		return;
	}
	switch (req->tsk_mgmt_func) {
	case SRP_TSK_ABORT_TASK:
	case SRP_TSK_ABORT_TASK_SET:
	case SRP_TSK_CLEAR_TASK_SET:
	case SRP_TSK_LUN_RESET:
	case SRP_TSK_CLEAR_ACA:
		iu->a->server->tmf(iu, req->tsk_mgmt_func, req->task_tag, &req->lun);
		return;
	}
	vst_rsp_tmf(iu, VST_RSP_NO_SUCH);
}

static u16 vst_srp_min(u8 opcode)
{
	switch (opcode) {
	case SRP_LOGIN_REQ:
		return sizeof(struct srp_login_req);
	case SRP_TSK_MGMT:
		return sizeof(struct srp_tsk_mgmt);
	case SRP_CMD:
		return sizeof(struct srp_cmd);
	case SRP_I_LOGOUT:
		return sizeof(struct srp_i_logout);
	}
	return 0;
}

void vst_srp(struct vst_iu *iu)
{
	struct vst_adapter *a = iu->a;
	u8 opcode = iu->buf[0];

	if (iu->len < vst_srp_min(opcode)) {
		vst_break(a, "an IU is too short");
		vst_iu_put(iu);
		return;
	}
	switch (opcode) {
	case SRP_LOGIN_REQ:
		vst_login(iu);
		return;
	case SRP_TSK_MGMT:
		vst_tsk_mgmt(iu);
		return;
	case SRP_CMD:
		vst_cmd(iu);
		return;
	case SRP_I_LOGOUT:
		vst_break(a, "it has logged out");
		break;
	default:
		vst_err(a, "Unsupported type %u\n", opcode);
		break;
	}
	vst_iu_put(iu);
}
