/* SPDX-License-Identifier: GPL-2.0 */
/* The functions the opcode table executes. */
#ifndef _TGTCORE_EXEC_H
#define _TGTCORE_EXEC_H

#include <tgtcore/tgtcore.h>
#include "opcode.h"

/* Byte 1 of the CDBs that move blocks. */
#define TGT_BYTE1_FUA		0x08
#define TGT_BYTE1_PROTECT	0xe0

/* Copies move no protection information. */
static inline bool tgt_rod_in(const struct tgt_device *dev)
{
	return !dev->prot_type;
}

/* What is written to a device over this one, or below, is not known of here. */
static inline bool tgt_rod_out(const struct tgt_device *dev)
{
	return tgt_rod_in(dev) && !READ_ONCE(dev->lower) && list_empty(&dev->uppers);
}

/* Which of the rows that not every logical unit has are commands of this one: TGT_OP_LBP ... */
static inline u16 tgt_op_have(const struct tgt_itl *itl)
{
	const struct tgt_device *dev = itl->dev;

	return (dev->lbp ? TGT_OP_LBP : 0) | (dev->prot_type == 2 ? TGT_OP_TYPE2 : 0) |
	       (dev->atomic_max ? TGT_OP_ATOMIC : 0) | (dev->lbprz ? TGT_OP_ERASE : 0) |
	       (tgt_rod_in(dev) ? TGT_OP_ROD_IN : 0) | (tgt_rod_out(dev) ? TGT_OP_ROD : 0) |
	       (READ_ONCE(itl->tpg) ? TGT_OP_TPG : 0);
}

/*
 * Whether the command is one of its logical unit; if not, INVALID COMMAND OPERATION CODE, or, where
 * other service actions of its opcode are, INVALID FIELD IN CDB (SPC-5 4.3.5.2).
 */
static inline bool tgt_op_there(const struct tgt_cmd *cmd)
{
	return !(cmd->op->flags & TGT_OP_NOT_ALL & ~tgt_op_have(cmd->itl));
}

/* spc.c */
enum tgt_ret tgt_exec_invalid_opcode(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_invalid_field(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_tur(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_request_sense(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_inquiry(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_report_luns(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_report_opcodes(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_report_tmf(struct tgt_cmd *cmd);
enum tgt_ret tgt_no_lun(struct tgt_cmd *cmd, const struct scsi_lun *lun);

struct tgt_disk;
struct tgt_proc;
void tgt_disk_facts(struct tgt_cmd *cmd, struct tgt_disk *d);
struct tgt_itl *tgt_proc_itl(struct tgt_proc *p);
struct tgt_itl *tgt_proc_facts(struct tgt_proc *p, struct tgt_disk *d);

/* spc_mode.c */
enum tgt_ret tgt_exec_mode_sense6(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_mode_sense10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_mode_select6(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_mode_select10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_log_sense(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_log_select(struct tgt_cmd *cmd);

/* spc_unit.c */
enum tgt_ret tgt_exec_report_timestamp(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_set_timestamp(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_report_ident(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_set_ident(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_read_buffer(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write_buffer(struct tgt_cmd *cmd);

/* spc_test.c */
enum tgt_ret tgt_exec_send_diagnostic(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_receive_diagnostic(struct tgt_cmd *cmd);

/* spc_alua.c */
enum tgt_ret tgt_exec_report_tpgs(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_set_tpgs(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_scsi_ports(struct tgt_cmd *cmd);

/* ../pr.c */
enum tgt_ret tgt_exec_pr_in(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_pr_out(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_reserve6(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_reserve10(struct tgt_cmd *cmd);

/* spc_copy.c, ../copy.c */
enum tgt_ret tgt_exec_xcopy(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_copy_status(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_copy_params(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_copy_abort(struct tgt_cmd *cmd);

/* spc_token.c, ../copy.c, ../token.c */
enum tgt_ret tgt_exec_populate_token(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_use_token(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_token_info(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_all_tokens(struct tgt_cmd *cmd);

/* sbc.c */
enum tgt_ret tgt_exec_read6(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_read10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_read12(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_read16(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write6(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write12(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write16(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_sync10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_sync16(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_capacity10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_capacity16(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_start_stop(struct tgt_cmd *cmd);

/* sbc_pi.c */
enum tgt_ret tgt_exec_pi_read(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_pi_write(struct tgt_cmd *cmd);

/* sbc_blocks.c */
enum tgt_ret tgt_exec_prefetch(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write_atomic(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_defects10(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_defects12(struct tgt_cmd *cmd);

/* sbc_format.c, sbc_sanitize.c */
enum tgt_ret tgt_exec_format(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_sanitize(struct tgt_cmd *cmd);

/* sbc_verify.c */
enum tgt_ret tgt_exec_verify(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write_verify(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_compare_write(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_orwrite(struct tgt_cmd *cmd);

/* sbc_unmap.c */
enum tgt_ret tgt_exec_unmap(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_write_same(struct tgt_cmd *cmd);
enum tgt_ret tgt_exec_lba_status(struct tgt_cmd *cmd);

#endif
