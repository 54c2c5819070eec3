// SPDX-License-Identifier: GPL-2.0
/* REPORT SUPPORTED OPERATION CODES (SPC-5 6.35) of logical units that do not have every command. */
// uses: core/scsi/opcode.c
// cflags: -Wl,--unresolved-symbols=ignore-all
#include "shim.h"
#include "unit.h"
#include "scsi/exec.h"
#include "scsi/report.h"

/* What only some logical units have is told by those. */
UNIT(report_hides_what_is_not_there)
{
	u8 cdb[12] = { 0xa3, 0x0c, 3, 0x42 }, buf[2048];
	struct tgt_resp r;
	u32 all, len;

	tgt_op_init();
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~TGT_OP_LBP));
	EQ(buf[1], 0x01);
	/* of the opcode 7Fh one service action is, another is not */
	cdb[3] = 0x7f;
	cdb[5] = 0x0b;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_LBP));
	EQ(buf[1], 0x01);
	cdb[5] = 0x12;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, 0));
	EQ(buf[1], 0x03);
	cdb[2] = 0;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL));
	all = r.len;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~TGT_OP_TYPE2));
	len = r.len;
	EQ(all - len, 5 * 8);
	/* tokens can be made, or only used, or neither */
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~TGT_OP_ROD));
	EQ(all - r.len, 8);
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~(TGT_OP_ROD | TGT_OP_ROD_IN)));
	EQ(all - r.len, 4 * 8);
}

/* REPORT and SET TARGET PORT GROUPS are of a port in a group; other service actions of any. */
UNIT(report_hides_target_port_groups)
{
	static const u8 sas[][3] = {		/* opcode, service action, SUPPORT without groups */
		{ 0xa3, 0x0a, 1 }, { 0xa4, 0x0a, 1 }, { 0xa3, 0x0c, 3 }, { 0xa4, 0x0f, 3 },
	};
	u8 cdb[12] = { 0xa3, 0x0c, 0 }, buf[2048];
	struct tgt_resp r;
	u32 all, i;

	tgt_op_init();
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL));
	all = r.len;
	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~TGT_OP_TPG));
	EQ(all - r.len, 2 * 8);
	cdb[2] = 2;
	for (i = 0; i < ARRAY_SIZE(sas); i++) {
		cdb[3] = sas[i][0];
		cdb[5] = sas[i][1];
		tgt_resp_init(&r, buf, sizeof(buf));
		OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL & ~TGT_OP_TPG));
		EQ(buf[1], sas[i][2]);
		tgt_resp_init(&r, buf, sizeof(buf));
		OK(tgt_report_opcodes(&r, cdb, TGT_OP_TPG));
		EQ(buf[1], 3);
	}
}
