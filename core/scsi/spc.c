// SPDX-License-Identifier: GPL-2.0
/* Primary commands: who is there and what it can do. */
#include <linux/slab.h>
#include "../core.h"
#include "../unit.h"
#include "../wipe.h"
#include "alua.h"
#include "disk.h"
#include "exec.h"
#include "profile.h"
#include "unmap.h"
#include "report.h"
#include "sense.h"

#define TGT_REPLY_MAX	4096	/* longest body made here, REPORT LUNS excepted */

/* The facts about the disk behind a command, as its nexus sees them. */
void tgt_disk_facts(struct tgt_cmd *cmd, struct tgt_disk *d)
{
	struct tgt_device *dev = cmd->itl->dev;
	struct tgt_target *target = cmd->sess->target;
	u16 tpg = READ_ONCE(cmd->itl->tpg);

	*d = (struct tgt_disk) {
		.nblocks = READ_ONCE(dev->nblocks),
		.naa = dev->naa,
		.port_naa = target->port_naa,
		.max_io = TGT_MAX_IO,
		.opt_io = dev->opt_io,
		.serial = dev->serial,
		.name = dev->name,
		.rtpi = target->rtpi,
		.protocol = target->fops->protocol,
		.block_shift = dev->block_shift,
		.phys_exp = dev->phys_exp,
		.readonly = READ_ONCE(cmd->itl->gate) & TGT_GATE_RO,
		.wce = dev->wce,
		.rotational = dev->rotational,
		.tpgs = tpg ? 3 : 0,		/* implicit and explicit */
		.tpg = tpg,
		.absent = tgt_alua_absent(READ_ONCE(cmd->itl->alua)),
		.pi = READ_ONCE(dev->prot_type),
		.pi_any = dev->prot_any,
		.lbp = dev->lbp,
		.lbprz = dev->lbprz,
		.unmap_gran = dev->unmap_gran,
		.max_unmap = TGT_UNMAP_BYTES,
		.max_descs = TGT_UNMAP_DESCS,
		.atomic_max = dev->atomic_max,
		.atomic_gran = dev->atomic_gran,
		.rod_in = tgt_rod_in(dev),
		.rod_out = tgt_rod_out(dev),
		.thin = tgt_thin(dev) ? TGT_THRESHOLD_SHIFT - dev->block_shift : 0,
	};
	tgt_profile_apply(READ_ONCE(cmd->itl->lun->profile), d);
}

enum tgt_ret tgt_exec_invalid_opcode(struct tgt_cmd *cmd)
{
	return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_OPCODE);
}

enum tgt_ret tgt_exec_invalid_field(struct tgt_cmd *cmd)
{
	return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
}

enum tgt_ret tgt_exec_tur(struct tgt_cmd *cmd)
{
	tgt_cmd_fit(cmd, 0, TGT_DIR_NONE);
	return TGT_DONE;
}

/* What runs, with a progress indication. */
static enum tgt_ret tgt_request_sense_runs(struct tgt_cmd *cmd, enum tgt_sense sense, u16 progress)
{
	const struct tgt_sense_code *c = &tgt_sense_codes[sense];
	u8 buf[TGT_SENSE_DATA_MAX];
	unsigned int len;

	len = tgt_sense_data(buf, cmd->cdb[1] & 0x01, c->key, c->asc, c->ascq, NULL);
	len = tgt_sense_progress(buf, len, progress);
	return tgt_cmd_reply(cmd, buf, len, cmd->cdb[4]);
}

/* REQUEST SENSE, SPC-5 6.38: a pending unit attention is told and cleared. */
static enum tgt_ret tgt_request_sense(struct tgt_cmd *cmd, u8 key, u8 asc, u8 ascq)
{
	u8 buf[TGT_SENSE_DATA_MAX];
	unsigned int len = tgt_sense_data(buf, cmd->cdb[1] & 0x01, key, asc, ascq, NULL);

	return tgt_cmd_reply(cmd, buf, len, cmd->cdb[4]);
}

enum tgt_ret tgt_exec_request_sense(struct tgt_cmd *cmd)
{
	unsigned long gate = READ_ONCE(cmd->itl->gate);
	enum tgt_sense sense = TGT_SENSE_NONE;
	const struct tgt_sense_code *c;
	u16 progress;
	u8 asc, ascq;

	if (!tgt_ua_take(cmd->itl, &asc, &ascq))
		return tgt_request_sense(cmd, UNIT_ATTENTION, asc, ascq);
	/* SANITIZE or FORMAT UNIT runs, or has failed */
	if (gate & TGT_GATE_WIPE) {
		if (tgt_wipe_state(cmd->itl->dev, &sense, &progress))
			return tgt_request_sense_runs(cmd, sense, progress);
	} else if (gate & TGT_GATE_ALUA) {
		sense = tgt_alua_filter(READ_ONCE(cmd->itl->alua), TGT_ALUA_CLASS_ACTIVE);
	} else if (gate & TGT_GATE_FENCED) {
		sense = TGT_SENSE_INTERVENTION;
	} else if (gate & TGT_GATE_STOPPED) {
		sense = TGT_SENSE_STOPPED;
	} else if (tgt_self_test_state(cmd->itl->dev, &progress)) {
		return tgt_request_sense_runs(cmd, TGT_SENSE_TESTING, progress);
	}
	c = &tgt_sense_codes[sense];
	return tgt_request_sense(cmd, c->key, c->asc, c->ascq);
}

/* INQUIRY, SPC-5 6.7; @d is NULL where there is no logical unit. */
static enum tgt_ret tgt_inquiry(struct tgt_cmd *cmd, const struct tgt_disk *d)
{
	const u8 *cdb = cmd->cdb;
	struct tgt_resp r;
	u8 buf[512];

	tgt_resp_init(&r, buf, sizeof(buf));
	if (!(cdb[1] & 0x01) && !(cdb[1] & 0x02) && !cdb[2])
		tgt_inquiry_std(&r, d);
	else if (!(cdb[1] & 0x01) || !d || cdb[1] & 0x02 || !tgt_inquiry_vpd(&r, d, cdb[2]))
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be16(cdb + 3));
}

enum tgt_ret tgt_exec_inquiry(struct tgt_cmd *cmd)
{
	struct tgt_disk d;

	if (cmd->cdb[1] == 0x01 && cmd->cdb[2] == TGT_VPD_PORTS)
		return tgt_exec_scsi_ports(cmd);
	tgt_disk_facts(cmd, &d);
	return tgt_inquiry(cmd, &d);
}

/*
 * REPORT LUNS, SPC-5 6.33. The list is cut to what the initiator takes before it is made;
 * its length field tells all. LUN 0 need not be mapped for this command to work. The one well
 * known logical unit is listed where such are asked for (01h, 02h).
 */
enum tgt_ret tgt_exec_report_luns(struct tgt_cmd *cmd)
{
	u32 alloc_len = get_unaligned_be32(cmd->cdb + 6), room = min(alloc_len, cmd->data_len);
	u8 select = cmd->cdb[2];
	struct tgt_itl *itl;
	struct scsi_lun lun;
	struct tgt_resp r;
	unsigned long i;
	enum tgt_ret ret;
	u8 *buf;

	if (select > 0x02)
		return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	room = clamp_t(u32, room, 16, 8 + 8 * (TGT_MAX_LUN + 2));
	buf = kmalloc(room, GFP_NOWAIT | __GFP_NOWARN);
	if (!buf)
		return TGT_BUSY;
	tgt_resp_init(&r, buf, room);
	tgt_resp_zero(&r, 8);
	rcu_read_lock();
	xa_for_each(&cmd->sess->itls, i, itl) {
		if (select == 0x01)	/* well known logical units only */
			break;
		tgt_lun_encode(itl->number, &lun);
		tgt_resp_bytes(&r, lun.scsi_lun, sizeof(lun));
		tgt_ua_clear(itl, TGT_UA_LUNS_CHANGED);
	}
	rcu_read_unlock();
	if (select)
		tgt_resp_bytes(&r, tgt_lun_report_luns.scsi_lun, sizeof(lun));
	put_unaligned_be32(r.len - 8, buf);
	ret = tgt_cmd_reply(cmd, buf, r.len, alloc_len);
	kfree(buf);
	return ret;
}

enum tgt_ret tgt_exec_report_opcodes(struct tgt_cmd *cmd)
{
	struct tgt_resp r;
	enum tgt_ret ret;
	u8 *buf;

	buf = kmalloc(TGT_REPLY_MAX, GFP_NOWAIT | __GFP_NOWARN);
	if (!buf)
		return TGT_BUSY;
	tgt_resp_init(&r, buf, TGT_REPLY_MAX);
	if (tgt_report_opcodes(&r, cmd->cdb, tgt_op_have(cmd->itl)))
		ret = tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 6));
	else
		ret = tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
	kfree(buf);
	return ret;
}

/* REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS, SPC-5 6.36: all but wakeup and target reset. */
enum tgt_ret tgt_exec_report_tmf(struct tgt_cmd *cmd)
{
	bool repd = cmd->cdb[2] & 0x80;
	struct tgt_resp r;
	u8 buf[16];

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_resp_u8(&r, 0xfc);		/* ATS, ATSS, CACAS, CTSS, LURS, QTS */
	tgt_resp_u8(&r, 0x07);		/* QAES, QTSS, ITNRS */
	tgt_resp_u8(&r, 0);
	tgt_resp_u8(&r, repd ? 12 : 0);
	if (repd)
		tgt_resp_zero(&r, 12);	/* no timeouts given */
	return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be32(cmd->cdb + 6));
}

/*
 * The REPORT LUNS well known logical unit, SPC-5 8.2: there for every nexus, whatever is mapped,
 * with no more than it must do. It has no unit attentions: nothing of it ever changes.
 */
static enum tgt_ret tgt_wlun(struct tgt_cmd *cmd)
{
	const struct tgt_disk d = {
		.port_naa = cmd->sess->target->port_naa,
		.rtpi = cmd->sess->target->rtpi,
		.protocol = cmd->sess->target->fops->protocol,
	};
	const u8 *cdb = cmd->cdb;
	struct tgt_resp r;
	u8 buf[128];

	if (cmd->cdb_len >= 6 && cdb[0] == INQUIRY) {
		tgt_resp_init(&r, buf, sizeof(buf));
		if (cdb[1] & ~0x01 || !tgt_inquiry_wlun(&r, &d, cdb[1], cdb[2]))
			return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_FIELD);
		return tgt_cmd_reply(cmd, buf, r.len, get_unaligned_be16(cdb + 3));
	}
	if (cmd->cdb_len >= 6 && cdb[0] == REQUEST_SENSE)
		return tgt_request_sense(cmd, NO_SENSE, 0, 0);
	if (cmd->cdb_len >= 6 && cdb[0] == TEST_UNIT_READY)
		return tgt_exec_tur(cmd);
	if (cmd->cdb_len >= 12 && cdb[0] == REPORT_LUNS)
		return tgt_exec_report_luns(cmd);
	return tgt_cmd_fail(cmd, TGT_SENSE_INVALID_OPCODE);
}

/*
 * What a LUN without a logical unit answers, SPC-5 4.6: INQUIRY with qualifier 011b,
 * REPORT LUNS, REQUEST SENSE; all else is LOGICAL UNIT NOT SUPPORTED. @lun is NULL if there was
 * a logical unit when the fabric looked.
 */
enum tgt_ret tgt_no_lun(struct tgt_cmd *cmd, const struct scsi_lun *lun)
{
	const struct tgt_sense_code *c = &tgt_sense_codes[TGT_SENSE_LUN_UNSUPPORTED];

	if (lun && !memcmp(lun, &tgt_lun_report_luns, sizeof(*lun)))
		return tgt_wlun(cmd);
	if (cmd->cdb_len >= 6 && cmd->cdb[0] == INQUIRY)
		return tgt_inquiry(cmd, NULL);
	if (cmd->cdb_len >= 6 && cmd->cdb[0] == REQUEST_SENSE)
		return tgt_request_sense(cmd, c->key, c->asc, c->ascq);
	if (cmd->cdb_len >= 12 && cmd->cdb[0] == REPORT_LUNS)
		return tgt_exec_report_luns(cmd);
	return tgt_cmd_fail(cmd, TGT_SENSE_LUN_UNSUPPORTED);
}
