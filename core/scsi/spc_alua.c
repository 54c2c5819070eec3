// SPDX-License-Identifier: GPL-2.0
/* What names target ports: REPORT and SET TARGET PORT GROUPS, VPD page 88h. */
#include <linux/slab.h>
#include "../alua.h"
#include "../core.h"
#include "../proc.h"
#include "disk.h"
#include "exec.h"

/* Longest bodies: 24 bytes a port, and 12 a group that has one. */
static u32 tgt_view_body(const struct tgt_alua_view *view)
{
	return 8 + 24 * view->nr_ports + 12 * view->nr_groups;
}

/* The groups and ports of a procedure's device, and a buffer that holds any body of them. */
static u8 *tgt_proc_view(struct tgt_proc *p, struct tgt_alua_view *view)
{
	u8 *buf;
	int err;

	tgt_config_lock();
	err = tgt_alua_view(p->dev, view);
	tgt_config_unlock();
	if (err)
		return NULL;
	buf = kvmalloc(tgt_view_body(view), GFP_KERNEL);
	if (!buf)
		tgt_alua_view_free(view);
	return buf;
}

static void tgt_report_tpgs_run(struct tgt_proc *p)
{
	struct tgt_alua_view view;
	struct tgt_resp r;
	u8 *buf = tgt_proc_view(p, &view);

	if (!buf) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return;
	}
	tgt_resp_init(&r, buf, tgt_view_body(&view));
	if (tgt_alua_report(&r, p->cdb[1] >> 5, view.groups, view.nr_groups, view.ports,
			    view.nr_ports))
		tgt_proc_reply(p, buf, r.len, get_unaligned_be32(p->cdb + 6));
	else
		tgt_proc_fail(p, TGT_SENSE_INVALID_FIELD);
	kvfree(buf);
	tgt_alua_view_free(&view);
}

/* REPORT TARGET PORT GROUPS, SPC-5 6.36. */
enum tgt_ret tgt_exec_report_tpgs(struct tgt_cmd *cmd)
{
	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_proc_start(cmd, tgt_report_tpgs_run);
}

static enum tgt_sense tgt_set_tpgs(struct tgt_proc *p, const struct tgt_itl *itl)
{
	struct tgt_alua_view view;
	enum tgt_sense sense;
	bool changed;

	lockdep_assert_held(&tgt_config_mutex);
	if (tgt_alua_view(p->dev, &view))
		return TGT_SENSE_ALUA_SET_FAILED;
	sense = tgt_alua_explicit(view.groups, view.nr_groups, p->param, p->param_len, &changed);
	if (!sense && changed && tgt_alua_apply(p->dev, &view, itl))
		sense = TGT_SENSE_ALUA_SET_FAILED;
	tgt_alua_view_free(&view);
	return sense;
}

static void tgt_set_tpgs_run(struct tgt_proc *p)
{
	struct tgt_itl *itl = tgt_proc_itl(p);
	enum tgt_sense sense;

	if (!itl)
		return;
	tgt_config_lock();
	sense = tgt_set_tpgs(p, itl);
	tgt_config_unlock();
	if (sense)
		tgt_proc_fail(p, sense);
}

/* SET TARGET PORT GROUPS, SPC-5 6.45. */
enum tgt_ret tgt_exec_set_tpgs(struct tgt_cmd *cmd)
{
	if (!tgt_op_there(cmd))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_proc_start_param(cmd, get_unaligned_be32(cmd->cdb + 6), tgt_set_tpgs_run);
}

static void tgt_scsi_ports_run(struct tgt_proc *p)
{
	struct tgt_alua_view view;
	struct tgt_disk d;
	struct tgt_resp r;
	u8 *buf;

	if (!tgt_proc_facts(p, &d))
		return;
	buf = tgt_proc_view(p, &view);
	if (!buf) {
		tgt_proc_refuse(p, SAM_STAT_BUSY);
		return;
	}
	d.ports = view.disk_ports;
	d.nr_ports = view.nr_ports;
	tgt_resp_init(&r, buf, tgt_view_body(&view));
	tgt_inquiry_vpd(&r, &d, 0x88);
	tgt_proc_reply(p, buf, r.len, get_unaligned_be16(p->cdb + 3));
	kvfree(buf);
	tgt_alua_view_free(&view);
}

/* INQUIRY of VPD page 88h, SPC-5 7.7.14: a list that only a procedure can look up. */
enum tgt_ret tgt_exec_scsi_ports(struct tgt_cmd *cmd)
{
	return tgt_proc_start(cmd, tgt_scsi_ports_run);
}
