// SPDX-License-Identifier: GPL-2.0
/* The opcode table, and how REPORT SUPPORTED OPERATION CODES tells it. Pure but for ->exec. */
#include <linux/kernel.h>
#include "exec.h"
#include "opcode.h"
#include "report.h"

#define G_ENGINE	0		/* the engine's own whatever the backend */
#define G_NONE		(TGT_GATE_RAW | TGT_GATE_TASKS)
#define G_UA		(G_NONE | TGT_GATE_UA)
#define G_FLUSH		(G_UA | TGT_GATE_FENCED)	/* whatever the state of the medium */
#define G_MEDIUM	(G_FLUSH | TGT_GATE_STOPPED)
#define G_WRITE		(G_MEDIUM | TGT_GATE_RO)

#define IN		TGT_OP_DATA_IN
#define OUT		TGT_OP_DATA_OUT
#define SA		TGT_OP_SA
#define LBP		TGT_OP_LBP

#define ROW(op, service_action, len, fl, gate, fn, ...) {				\
	.opcode = (op), .sa = (service_action), .cdb_len = (len), .flags = (fl),	\
	.gates = (gate), .exec = (fn), .usage = { __VA_ARGS__ } }

/*
 * Usage masks: DPO and FUA are bits 4 and 3 of byte 1; RDPROTECT and WRPROTECT must be 0
 * and are looked at; the control byte counts for NACA. Rows of one opcode stand together.
 */
const struct tgt_op tgt_ops[] = {
	[TGT_OP_ROW_INVALID] =
	ROW(0x00, 0, 1, TGT_OP_HIDDEN, G_UA, tgt_exec_invalid_opcode, 0),
	[TGT_OP_ROW_BAD_CDB] =
	ROW(0x00, 0, 1, TGT_OP_HIDDEN, G_UA, tgt_exec_invalid_field, 0),

	ROW(0x00, 0, 6, 0, G_MEDIUM, tgt_exec_tur,
	    0x00, 0x00, 0x00, 0x00, 0x00, 0x04),
	ROW(0x03, 0, 6, IN, G_NONE, tgt_exec_request_sense,
	    0x03, 0x01, 0x00, 0x00, 0xff, 0x04),
	ROW(0x08, 0, 6, IN, G_MEDIUM, tgt_exec_read6,
	    0x08, 0x1f, 0xff, 0xff, 0xff, 0x04),
	ROW(0x0a, 0, 6, OUT, G_WRITE, tgt_exec_write6,
	    0x0a, 0x1f, 0xff, 0xff, 0xff, 0x04),
	ROW(0x12, 0, 6, IN, G_NONE, tgt_exec_inquiry,
	    0x12, 0x01, 0xff, 0xff, 0xff, 0x04),
	ROW(0x1a, 0, 6, IN, G_UA, tgt_exec_mode_sense6,
	    0x1a, 0x08, 0xff, 0xff, 0xff, 0x04),
	ROW(0x1b, 0, 6, 0, G_FLUSH, tgt_exec_start_stop,
	    0x1b, 0x01, 0x00, 0x00, 0xf7, 0x04),
	ROW(0x25, 0, 10, IN, G_MEDIUM, tgt_exec_capacity10,
	    0x25, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04),
	ROW(0x28, 0, 10, IN, G_MEDIUM, tgt_exec_read10,
	    0x28, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x2a, 0, 10, OUT, G_WRITE, tgt_exec_write10,
	    0x2a, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x2e, 0, 10, OUT, G_WRITE, tgt_exec_write_verify,
	    0x2e, 0xf6, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x2f, 0, 10, OUT, G_MEDIUM, tgt_exec_verify,
	    0x2f, 0xf6, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x34, 0, 10, 0, G_MEDIUM, tgt_exec_prefetch,
	    0x34, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x35, 0, 10, 0, G_MEDIUM, tgt_exec_sync10,
	    0x35, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x37, 0, 10, IN, G_MEDIUM, tgt_exec_defects10,
	    0x37, 0x00, 0x1f, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x04),
	ROW(0x41, 0, 10, OUT, G_WRITE, tgt_exec_write_same,
	    0x41, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0x04),
	ROW(0x42, 0, 10, OUT | LBP, G_WRITE, tgt_exec_unmap,
	    0x42, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x04),
	ROW(0x5a, 0, 10, IN, G_UA, tgt_exec_mode_sense10,
	    0x5a, 0x18, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff, 0x04),
	ROW(0x88, 0, 16, IN, G_MEDIUM, tgt_exec_read16,
	    0x88, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x89, 0, 16, OUT, G_WRITE, tgt_exec_compare_write,
	    0x89, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00,
	    0xff, 0x00, 0x04),
	ROW(0x8a, 0, 16, OUT, G_WRITE, tgt_exec_write16,
	    0x8a, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x8b, 0, 16, OUT, G_WRITE, tgt_exec_orwrite,
	    0x8b, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x8e, 0, 16, OUT, G_WRITE, tgt_exec_write_verify,
	    0x8e, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x8f, 0, 16, OUT, G_MEDIUM, tgt_exec_verify,
	    0x8f, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x90, 0, 16, 0, G_MEDIUM, tgt_exec_prefetch,
	    0x90, 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x91, 0, 16, 0, G_MEDIUM, tgt_exec_sync16,
	    0x91, 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x93, 0, 16, OUT, G_WRITE, tgt_exec_write_same,
	    0x93, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x9e, 0x10, 16, IN | SA, G_MEDIUM, tgt_exec_capacity16,
	    0x9e, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	    0xff, 0x00, 0x04),
	ROW(0x9e, 0x12, 16, IN | SA, G_MEDIUM, tgt_exec_lba_status,
	    0x9e, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0x04),
	ROW(0xa0, 0, 12, IN, G_ENGINE, tgt_exec_report_luns,
	    0xa0, 0x00, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xa3, 0x0c, 12, IN | SA, G_UA, tgt_exec_report_opcodes,
	    0xa3, 0x1f, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xa3, 0x0d, 12, IN | SA, G_UA, tgt_exec_report_tmf,
	    0xa3, 0x1f, 0x80, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xa8, 0, 12, IN, G_MEDIUM, tgt_exec_read12,
	    0xa8, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xaa, 0, 12, OUT, G_WRITE, tgt_exec_write12,
	    0xaa, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xae, 0, 12, OUT, G_WRITE, tgt_exec_write_verify,
	    0xae, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xaf, 0, 12, OUT, G_MEDIUM, tgt_exec_verify,
	    0xaf, 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
	ROW(0xb7, 0, 12, IN, G_MEDIUM, tgt_exec_defects12,
	    0xb7, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04),
};

const unsigned int tgt_nr_ops = ARRAY_SIZE(tgt_ops);

u8 tgt_op_first[256];

/* Fills the index; once, before the first command. */
void tgt_op_init(void)
{
	unsigned int i;

	for (i = ARRAY_SIZE(tgt_ops) - 1; i > TGT_OP_ROW_BAD_CDB; i--)
		tgt_op_first[tgt_ops[i].opcode] = i;
}

/* The row of @opcode with @sa, from the first of the opcode's on; NULL if there is none. */
static const struct tgt_op *tgt_op_row(unsigned int row, u16 sa)
{
	u8 opcode = tgt_ops[row].opcode;

	for (; row < ARRAY_SIZE(tgt_ops) && tgt_ops[row].opcode == opcode; row++)
		if (tgt_ops[row].sa == sa)
			return &tgt_ops[row];
	return NULL;
}

/* SPC-5 4.3.5.2: an unknown service action is a bad field of a known opcode. */
const struct tgt_op *tgt_op_find_sa(unsigned int row, const u8 *cdb, unsigned int len)
{
	bool variable = tgt_ops[row].opcode == TGT_OP_VARIABLE;
	const struct tgt_op *op;

	if (variable) {
		op = tgt_op_row(row, cdb[TGT_VARIABLE_SA] << 8 | cdb[TGT_VARIABLE_SA + 1]);
		if (op && (len < op->cdb_len || cdb[7] != op->cdb_len - 8))
			op = NULL;
	} else {
		op = tgt_op_row(row, cdb[1] & 0x1f);
	}
	return op ?: &tgt_ops[TGT_OP_ROW_BAD_CDB];
}

/* Command timeouts descriptor, SPC-5 6.35.4: no figures. */
static void tgt_timeouts(struct tgt_resp *r)
{
	tgt_resp_u16(r, 0x0a);
	tgt_resp_zero(r, 10);
}

/* Whether a row is no command of this logical unit. */
static bool tgt_op_hidden(const struct tgt_op *op, bool lbp)
{
	return op->flags & TGT_OP_HIDDEN || (op->flags & TGT_OP_LBP && !lbp);
}

/* All commands, SPC-5 6.35.2. */
static void tgt_report_all(struct tgt_resp *r, bool rctd, bool lbp)
{
	const struct tgt_op *op;
	u32 len = 0;

	for (op = tgt_ops; op < tgt_ops + tgt_nr_ops; op++)
		if (!tgt_op_hidden(op, lbp))
			len += rctd ? 20 : 8;
	tgt_resp_u32(r, len);
	for (op = tgt_ops; op < tgt_ops + tgt_nr_ops; op++) {
		if (tgt_op_hidden(op, lbp))
			continue;
		tgt_resp_u8(r, op->opcode);
		tgt_resp_u8(r, 0);
		tgt_resp_u16(r, op->flags & TGT_OP_SA ? op->sa : 0);
		tgt_resp_u8(r, 0);
		tgt_resp_u8(r, (rctd ? 0x02 : 0) | (op->flags & TGT_OP_SA ? 0x01 : 0));
		tgt_resp_u16(r, op->cdb_len);
		if (rctd)
			tgt_timeouts(r);
	}
}

/* One command, SPC-5 6.35.3; @op is NULL if it is not supported. */
static void tgt_report_one(struct tgt_resp *r, const struct tgt_op *op, bool rctd)
{
	tgt_resp_u8(r, 0);
	if (!op) {
		tgt_resp_u8(r, 0x01);
		tgt_resp_u16(r, 0);
		return;
	}
	tgt_resp_u8(r, (rctd ? 0x80 : 0) | 0x03);	/* as the standard says */
	tgt_resp_u16(r, op->cdb_len);
	tgt_resp_bytes(r, op->usage, op->cdb_len);
	/* the bits that hold the service action tell it, not a mask */
	if (op->opcode == TGT_OP_VARIABLE)
		tgt_resp_patch16(r, 4 + TGT_VARIABLE_SA, op->sa);
	else if (op->flags & TGT_OP_SA)
		tgt_resp_patch8(r, 4 + 1, (op->usage[1] & ~0x1f) | op->sa);
	if (rctd)
		tgt_timeouts(r);
}

/**
 * tgt_report_opcodes() - body of REPORT SUPPORTED OPERATION CODES, SPC-5 6.35
 * @r: where to
 * @cdb: the CDB
 * @lbp: blocks can be unmapped
 *
 * Return: false if a field of the CDB is not valid.
 */
bool tgt_report_opcodes(struct tgt_resp *r, const u8 *cdb, bool lbp)
{
	bool rctd = cdb[2] & 0x80;
	u8 opcode = cdb[3], options = cdb[2] & 7;
	u16 sa = cdb[4] << 8 | cdb[5];
	const struct tgt_op *op = &tgt_ops[tgt_op_first[opcode]], *found = NULL;
	bool has_sa = op->flags & TGT_OP_SA;

	if (options == 0) {
		tgt_report_all(r, rctd, lbp);
		return true;
	}
	if (options > 3 || (options == 1 && has_sa) ||
	    (options == 2 && !has_sa && !(op->flags & TGT_OP_HIDDEN)))
		return false;
	if (!tgt_op_hidden(op, lbp)) {
		if (!has_sa)
			found = sa && options == 3 ? NULL : op;
		else
			found = tgt_op_row(op - tgt_ops, sa);
	}
	tgt_report_one(r, found, rctd);
	return true;
}
