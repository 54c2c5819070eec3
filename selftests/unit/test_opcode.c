// SPDX-License-Identifier: GPL-2.0
/*
 * The opcode table against the standards (SPC-5, SBC-4), the look-up in it, and what
 * REPORT SUPPORTED OPERATION CODES (SPC-5 6.35) makes of it.
 */
// uses: core/scsi/opcode.c
#include "shim.h"
#include "unit.h"
#include "scsi/exec.h"
#include "scsi/opcode.h"
#include "scsi/report.h"
#include "../lib/rnd.h"

#define EXEC(name) \
	enum tgt_ret tgt_exec_##name(struct tgt_cmd *cmd) { return TGT_DONE; }

EXEC(invalid_opcode) EXEC(invalid_field) EXEC(pi_read) EXEC(pi_write) EXEC(tur)
EXEC(request_sense) EXEC(inquiry) EXEC(mode_sense6) EXEC(mode_select6) EXEC(mode_select10)
EXEC(log_sense) EXEC(log_select) EXEC(report_timestamp) EXEC(set_timestamp) EXEC(report_ident)
EXEC(set_ident) EXEC(send_diagnostic) EXEC(receive_diagnostic) EXEC(read_buffer)
EXEC(write_buffer) EXEC(report_tpgs) EXEC(set_tpgs) EXEC(mode_sense10) EXEC(report_luns)
EXEC(report_opcodes) EXEC(report_tmf) EXEC(read6) EXEC(read10) EXEC(read12) EXEC(read16)
EXEC(read32) EXEC(write6) EXEC(write10) EXEC(write12) EXEC(write16) EXEC(write32) EXEC(sync10)
EXEC(sync16) EXEC(capacity10) EXEC(capacity16) EXEC(start_stop) EXEC(pr_in) EXEC(pr_out)
EXEC(reserve6) EXEC(reserve10) EXEC(prefetch) EXEC(defects10) EXEC(defects12) EXEC(verify)
EXEC(write_verify) EXEC(compare_write) EXEC(orwrite) EXEC(unmap) EXEC(write_same)
EXEC(lba_status) EXEC(format) EXEC(sanitize) EXEC(write_atomic) EXEC(xcopy) EXEC(copy_status)
EXEC(copy_params) EXEC(copy_abort) EXEC(populate_token) EXEC(use_token) EXEC(token_info)
EXEC(all_tokens)

/* What a command does to the medium, for the gates it must pass. */
enum medium { NO, FLUSHES, MEDIUM, WRITES, ALWAYS };

/*
 * The standard's own words on each command: @may has every bit it defines that is not
 * obsolete or reserved, @must those that a disk which claims the command has to look at.
 * Byte 0 and the control byte are checked for all alike.
 */
static const struct spec {
	u8		opcode, sa, len;	/* of opcode 7Fh no service action is beyond FFh */
	char		dir;		/* i, o or - */
	bool		has_sa;
	enum medium	medium;
	u8		may[30], must[30];	/* bytes 1 to len - 2; of 32, from 2 to 31 */
	enum tgt_ret	(*exec)(struct tgt_cmd *cmd);
} spec[] = {
	{ 0x00, 0, 6, '-', false, MEDIUM, { }, { }, tgt_exec_tur },
	{ 0x03, 0, 6, 'i', false, ALWAYS,
	  { 0x01, 0, 0, 0xff }, { 0, 0, 0, 0xff }, tgt_exec_request_sense },
	{ 0x08, 0, 6, 'i', false, MEDIUM,
	  { 0x1f, 0xff, 0xff, 0xff }, { 0x1f, 0xff, 0xff, 0xff }, tgt_exec_read6 },
	{ 0x0a, 0, 6, 'o', false, WRITES,
	  { 0x1f, 0xff, 0xff, 0xff }, { 0x1f, 0xff, 0xff, 0xff }, tgt_exec_write6 },
	{ 0x12, 0, 6, 'i', false, ALWAYS,
	  { 0x01, 0xff, 0xff, 0xff }, { 0x01, 0xff, 0xff, 0xff }, tgt_exec_inquiry },
	{ 0x15, 0, 6, 'o', false, NO,
	  { 0x13, 0, 0, 0xff }, { 0x13, 0, 0, 0xff }, tgt_exec_mode_select6 },
	{ 0x1c, 0, 6, 'i', false, NO,
	  { 0x01, 0xff, 0xff, 0xff }, { 0x01, 0xff, 0xff, 0xff }, tgt_exec_receive_diagnostic },
	{ 0x1d, 0, 6, 'o', false, FLUSHES,
	  { 0xf7, 0, 0xff, 0xff }, { 0xe4, 0, 0xff, 0xff }, tgt_exec_send_diagnostic },
	{ 0x3b, 0, 10, 'o', false, NO,
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff }, tgt_exec_write_buffer },
	{ 0x3c, 0, 10, 'i', false, NO,
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff }, tgt_exec_read_buffer },
	{ 0x4c, 0, 10, 'o', false, NO,
	  { 0x03, 0xff, 0xff, 0, 0, 0, 0xff, 0xff }, { 0x03, 0xff, 0xff, 0, 0, 0, 0xff, 0xff },
	  tgt_exec_log_select },
	{ 0x4d, 0, 10, 'i', false, NO,
	  { 0x01, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x01, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_log_sense },
	{ 0x55, 0, 10, 'o', false, NO,
	  { 0x13, 0, 0, 0, 0, 0, 0xff, 0xff }, { 0x13, 0, 0, 0, 0, 0, 0xff, 0xff },
	  tgt_exec_mode_select10 },
	{ 0xa3, 0x05, 12, 'i', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe }, tgt_exec_report_ident },
	{ 0xa3, 0x0a, 12, 'i', true, NO,
	  { 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_report_tpgs },
	{ 0xa3, 0x0f, 12, 'i', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_report_timestamp },
	{ 0xa4, 0x06, 12, 'o', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe }, tgt_exec_set_ident },
	{ 0xa4, 0x0a, 12, 'o', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_set_tpgs },
	{ 0xa4, 0x0f, 12, 'o', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_set_timestamp },
	{ 0x1a, 0, 6, 'i', false, NO,
	  { 0x08, 0xff, 0xff, 0xff }, { 0x08, 0xff, 0xff, 0xff }, tgt_exec_mode_sense6 },
	{ 0x1b, 0, 6, '-', false, FLUSHES,
	  { 0x01, 0, 0x0f, 0xf7 }, { 0, 0, 0, 0x01 }, tgt_exec_start_stop },
	{ 0x25, 0, 10, 'i', false, MEDIUM, { }, { }, tgt_exec_capacity10 },
	{ 0x28, 0, 10, 'i', false, MEDIUM,
	  { 0xfc, 0xff, 0xff, 0xff, 0xff, 0x3f, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_read10 },
	{ 0x2a, 0, 10, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0x3f, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_write10 },
	{ 0x35, 0, 10, '-', false, MEDIUM,
	  { 0x02, 0xff, 0xff, 0xff, 0xff, 0x3f, 0xff, 0xff },
	  { 0, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_sync10 },
	{ 0x5a, 0, 10, 'i', false, NO,
	  { 0x18, 0xff, 0xff, 0, 0, 0, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0, 0, 0, 0xff, 0xff }, tgt_exec_mode_sense10 },
	{ 0x88, 0, 16, 'i', false, MEDIUM,
	  { 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_read16 },
	{ 0x8a, 0, 16, 'o', false, WRITES,
	  { 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_write16 },
	{ 0x91, 0, 16, '-', false, MEDIUM,
	  { 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_sync16 },
	{ 0x9e, 0x10, 16, 'i', true, MEDIUM,
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_capacity16 },
	{ 0x16, 0, 6, '-', false, NO, { 0x1f, 0xff, 0xff, 0xff }, { 0x11 }, tgt_exec_reserve6 },
	{ 0x17, 0, 6, '-', false, NO, { 0x1f, 0xff }, { 0x11 }, tgt_exec_reserve6 },
	{ 0x56, 0, 10, '-', false, NO, { 0x13, 0xff, 0xff, 0, 0, 0, 0xff, 0xff },
	  { 0x13 }, tgt_exec_reserve10 },
	{ 0x57, 0, 10, '-', false, NO, { 0x13, 0xff, 0xff, 0, 0, 0, 0xff, 0xff },
	  { 0x13 }, tgt_exec_reserve10 },
	{ 0x5e, 0x00, 10, 'i', true, NO, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_pr_in },
	{ 0x5e, 0x01, 10, 'i', true, NO, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_pr_in },
	{ 0x5e, 0x02, 10, 'i', true, NO, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_pr_in },
	{ 0x5e, 0x03, 10, 'i', true, NO, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_pr_in },
	{ 0x5f, 0x00, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x01, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x02, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x03, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x04, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x05, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x06, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x07, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0x5f, 0x08, 10, 'o', true, NO, { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_pr_out },
	{ 0xa0, 0, 12, 'i', false, ALWAYS,
	  { 0, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_report_luns },
	{ 0xa3, 0x0c, 12, 'i', true, NO,
	  { 0x1f, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_report_opcodes },
	{ 0xa3, 0x0d, 12, 'i', true, NO,
	  { 0x1f, 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, tgt_exec_report_tmf },
	{ 0xa8, 0, 12, 'i', false, MEDIUM,
	  { 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_read12 },
	{ 0xaa, 0, 12, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_write12 },
	{ 0x2e, 0, 10, 'o', false, WRITES,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_write_verify },
	{ 0xae, 0, 12, 'o', false, WRITES,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_write_verify },
	{ 0x8e, 0, 16, 'o', false, WRITES,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_write_verify },
	{ 0x2f, 0, 10, 'o', false, MEDIUM,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_verify },
	{ 0xaf, 0, 12, 'o', false, MEDIUM,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_verify },
	{ 0x8f, 0, 16, 'o', false, MEDIUM,
	  { 0xf6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_verify },
	{ 0x34, 0, 10, '-', false, MEDIUM,
	  { 0x02, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff },
	  { 0, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_prefetch },
	{ 0x90, 0, 16, '-', false, MEDIUM,
	  { 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_prefetch },
	{ 0x37, 0, 10, 'i', false, MEDIUM,
	  { 0, 0x1f, 0, 0, 0, 0, 0xff, 0xff },
	  { 0, 0x1f, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_defects10 },
	{ 0xb7, 0, 12, 'i', false, MEDIUM,
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, tgt_exec_defects12 },
	{ 0x41, 0, 10, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff },
	  { 0x18, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff }, tgt_exec_write_same },
	{ 0x93, 0, 16, 'o', false, WRITES,
	  { 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x19, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_write_same },
	{ 0x42, 0, 10, 'o', false, WRITES,
	  { 0x01, 0, 0, 0, 0, 0, 0xff, 0xff },
	  { 0x01, 0, 0, 0, 0, 0, 0xff, 0xff }, tgt_exec_unmap },
	{ 0x89, 0, 16, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0xff },
	  { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0xff },
	  tgt_exec_compare_write },
	{ 0x8b, 0, 16, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_orwrite },
	{ 0x9e, 0x12, 16, 'i', true, MEDIUM,
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_lba_status },
	{ 0x9c, 0, 16, 'o', false, WRITES,
	  { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_write_atomic },
	{ 0x04, 0, 6, 'o', false, WRITES,
	  { 0xff, 0xff, 0x00, 0x03 }, { 0xff, 0, 0, 0x03 }, tgt_exec_format },
	{ 0x48, 0x01, 10, 'o', true, WRITES,
	  { 0xff, 0, 0, 0, 0, 0, 0xff, 0xff }, { 0xbf, 0, 0, 0, 0, 0, 0xff, 0xff },
	  tgt_exec_sanitize },
	{ 0x48, 0x02, 10, '-', true, WRITES,
	  { 0xff, 0, 0, 0, 0, 0, 0xff, 0xff }, { 0xbf, 0, 0, 0, 0, 0, 0xff, 0xff },
	  tgt_exec_sanitize },
	{ 0x48, 0x1f, 10, '-', true, WRITES,
	  { 0xff, 0, 0, 0, 0, 0, 0xff, 0xff }, { 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff },
	  tgt_exec_sanitize },
#define READ32(bits)	{ 0, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff, bits, 0, F8, F8, F4 }
#define USE32(bits)	{ 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, bits, 0, F8, F8, F4 }
#define F4		0xff, 0xff, 0xff, 0xff
#define F8		F4, F4
	{ 0x7f, 0x09, 32, 'i', true, MEDIUM, READ32(0xfc), USE32(0x18), tgt_exec_pi_read },
	{ 0x7f, 0x0a, 32, 'o', true, MEDIUM, READ32(0xf6), USE32(0x16), tgt_exec_verify },
	{ 0x7f, 0x0b, 32, 'o', true, WRITES, READ32(0xf8), USE32(0x18), tgt_exec_pi_write },
	{ 0x7f, 0x0c, 32, 'o', true, WRITES, READ32(0xf6), USE32(0x16), tgt_exec_write_verify },
	{ 0x7f, 0x0d, 32, 'o', true, WRITES, READ32(0xf9), USE32(0x19), tgt_exec_write_same },
	{ 0x7f, 0x12, 32, 'i', true, MEDIUM, USE32(0xff), USE32(0xff), tgt_exec_lba_status },
	{ 0x83, 0x00, 16, 'o', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_xcopy },
	{ 0x83, 0x01, 16, 'o', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_xcopy },
	{ 0x83, 0x10, 16, 'o', true, MEDIUM,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_populate_token },
	{ 0x83, 0x11, 16, 'o', true, WRITES,
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f },
	  { 0x1f, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_use_token },
	{ 0x83, 0x1c, 16, '-', true, NO,
	  { 0x1f, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_copy_abort },
	{ 0x84, 0x00, 16, 'i', true, NO,
	  { 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_copy_status },
	{ 0x84, 0x03, 16, 'i', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_copy_params },
	{ 0x84, 0x04, 16, 'i', true, NO,
	  { 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_copy_status },
	{ 0x84, 0x05, 16, 'i', true, NO,
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_copy_status },
	{ 0x84, 0x07, 16, 'i', true, NO,
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_token_info },
	{ 0x84, 0x08, 16, 'i', true, NO,
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  { 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	  tgt_exec_all_tokens },
};

static const struct spec *spec_of(u8 opcode, u8 sa)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spec); i++)
		if (spec[i].opcode == opcode && (!spec[i].has_sa || spec[i].sa == sa))
			return &spec[i];
	return NULL;
}

static bool hidden(unsigned int row)
{
	return tgt_ops[row].flags & TGT_OP_HIDDEN;
}

/* --- the table itself ----------------------------------------------------- */

UNIT(every_row_is_a_command_of_the_standard)
{
	const struct spec *s;
	unsigned int i;

	OK(hidden(TGT_OP_ROW_INVALID) && hidden(TGT_OP_ROW_BAD_CDB));
	OK(tgt_ops[TGT_OP_ROW_INVALID].exec == tgt_exec_invalid_opcode);
	OK(tgt_ops[TGT_OP_ROW_BAD_CDB].exec == tgt_exec_invalid_field);
	OK(tgt_nr_ops <= 256);		/* the index has bytes */
	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++) {
		OK(!hidden(i));
		s = spec_of(tgt_ops[i].opcode, tgt_ops[i].sa);
		if (!s)
			printf("# opcode %02x/%02x is not in this test\n", tgt_ops[i].opcode,
			       tgt_ops[i].sa);
		OK(s);
		EQ(tgt_ops[i].cdb_len, s->len);
		EQ(!!(tgt_ops[i].flags & TGT_OP_SA), s->has_sa);
		EQ(!!(tgt_ops[i].flags & TGT_OP_DATA_IN), s->dir == 'i');
		EQ(!!(tgt_ops[i].flags & TGT_OP_DATA_OUT), s->dir == 'o');
		OK(tgt_ops[i].exec == s->exec);
	}
}

UNIT(every_command_of_this_disk_is_there_once)
{
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(spec); i++) {
		for (n = 0, j = TGT_OP_ROW_BAD_CDB + 1; j < tgt_nr_ops; j++)
			n += tgt_ops[j].opcode == spec[i].opcode && tgt_ops[j].sa == spec[i].sa;
		EQ(n, 1);
	}
	EQ(tgt_nr_ops - 2, ARRAY_SIZE(spec));
}

/* The look-up by service action walks from the first row of an opcode to the last. */
UNIT(rows_of_an_opcode_stand_together)
{
	unsigned int i, j;

	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++)
		for (j = i + 1; j < tgt_nr_ops; j++) {
			if (tgt_ops[i].opcode != tgt_ops[j].opcode)
				continue;
			EQ(tgt_ops[j - 1].opcode, tgt_ops[j].opcode);
			OK(tgt_ops[i].flags & tgt_ops[j].flags & TGT_OP_SA);
			OK(tgt_ops[i].sa != tgt_ops[j].sa);
			EQ(tgt_ops[i].cdb_len, tgt_ops[j].cdb_len);
		}
}

/* SPC-5 4.2.5.1: the group code, bits 7-5 of the opcode, tells the length */
UNIT(length_is_that_of_the_group_code)
{
	static const u8 len[8] = { 6, 10, 10, 32, 16, 12, 0, 0 };
	unsigned int i;

	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++)
		EQ(tgt_ops[i].cdb_len, len[tgt_ops[i].opcode >> 5]);
}

UNIT(usage_claims_what_is_defined_and_needed)
{
	const struct tgt_op *op;
	const struct spec *s;
	unsigned int b, use, may, must, first;

	for (op = tgt_ops + 2; op < tgt_ops + tgt_nr_ops; op++) {
		s = spec_of(op->opcode, op->sa);
		OK(s);
		EQ(op->usage[0], op->opcode);
		first = op->opcode == TGT_OP_VARIABLE ? 2 : 1;
		for (b = first; b < op->cdb_len + first - 2; b++) {
			use = op->usage[b];
			may = s->may[b - first];
			must = s->must[b - first];
			/* these bits are the service action itself */
			if (first == 2 && (b == 8 || b == 9))
				use = may;
			if (use & ~may || must & ~use)
				printf("# %02x/%02x byte %u: usage %02x, may %02x, must %02x\n",
				       op->opcode, op->sa, b, use, may, must);
			EQ(use & ~may, 0);
			EQ(must & ~use, 0);
		}
		/* of the control byte NACA is looked at (SAM-6 5.2) */
		EQ(op->usage[first == 2 ? 1 : op->cdb_len - 1], TGT_CONTROL_NACA);
		for (b = op->cdb_len; b < TGT_OP_USAGE; b++)
			EQ(op->usage[b], 0);
	}
}

/*
 * SAM-6 5.14: INQUIRY, REPORT LUNS and REQUEST SENSE run in spite of a unit attention. A
 * stopped disk refuses the medium, a protected one the writes (SBC-4 4.12). A fenced one
 * refuses all that its backend would see, what stops a disk included.
 */
UNIT(gates_are_those_of_the_kind_of_command)
{
	static const u16 gates[] = {
		[NO] = TGT_GATE_UA,
		[FLUSHES] = TGT_GATE_UA | TGT_GATE_FENCED,
		[MEDIUM] = TGT_GATE_UA | TGT_GATE_FENCED | TGT_GATE_STOPPED,
		[WRITES] = TGT_GATE_UA | TGT_GATE_FENCED | TGT_GATE_STOPPED | TGT_GATE_RO,
		[ALWAYS] = 0,
	};
	const u16 known = gates[WRITES];
	unsigned int i;

	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++)
		EQ(tgt_ops[i].gates & known,
		   gates[spec_of(tgt_ops[i].opcode, tgt_ops[i].sa)->medium]);
	/* what writes ends tokens; of WRITE USING TOKEN a list says what it writes */
	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++)
		EQ(!!(tgt_ops[i].gates & TGT_GATE_TOKEN),
		   tgt_ops[i].gates & TGT_GATE_RO &&
		   !(tgt_ops[i].opcode == 0x83 && tgt_ops[i].sa == 0x11));
	/* what writes and is no procedure that locks its blocks */
	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++)
		EQ(!!(tgt_ops[i].gates & TGT_GATE_GUARD),
		   !!strchr("\x0a\x2a\xaa\x8a\x9c", tgt_ops[i].opcode) && tgt_ops[i].opcode);
	/* a bad CDB is told a unit attention first, as any other command */
	EQ(tgt_ops[TGT_OP_ROW_INVALID].gates & known, TGT_GATE_UA);
	EQ(tgt_ops[TGT_OP_ROW_BAD_CDB].gates & known, TGT_GATE_UA);
}

/*
 * SPC-5 5.16.2.4: what is executed in spite of the state of the target port. In standby the
 * commands on pages, diagnostics and reservations; in every state those that tell of states.
 */
UNIT(states_of_the_target_port_let_pass_what_they_shall)
{
	static const u8 standby[] = { 0x15, 0x1a, 0x1c, 0x1d, 0x4c, 0x4d, 0x55, 0x5a };
	static const u8 always[] = { 0x03, 0x12, 0x3b, 0x3c, 0xa0 };
	const u32 bits = TGT_GATE_ALUA | TGT_OP_STANDBY | TGT_OP_SETTLED;
	unsigned int i;
	u32 want;

	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++) {
		want = TGT_GATE_ALUA;
		if (memchr(standby, tgt_ops[i].opcode, sizeof(standby)))
			want |= TGT_OP_STANDBY;
		else if (memchr(always, tgt_ops[i].opcode, sizeof(always)) ||
			 (tgt_ops[i].opcode == 0xa3 && tgt_ops[i].sa == 0x0a))
			want = 0;
		else if (tgt_ops[i].opcode == 0xa4 && tgt_ops[i].sa == 0x0a)
			want |= TGT_OP_SETTLED;
		/* reservations are known in standby too */
		if (tgt_ops[i].opcode == 0x5e || tgt_ops[i].opcode == 0x5f)
			want |= TGT_OP_STANDBY;
		EQ(tgt_ops[i].gates & bits, want);
	}
	EQ(tgt_ops[TGT_OP_ROW_INVALID].gates & bits, 0);
	/* what is not there for a gate is in no gate word */
	EQ((TGT_OP_STANDBY | TGT_OP_SETTLED) &
	   (TGT_GATE_UA | TGT_GATE_RO | TGT_GATE_STOPPED | TGT_GATE_RAW | TGT_GATE_FENCED |
	    TGT_GATE_PR_READ | TGT_GATE_PR_WRITE | TGT_GATE_ALUA | TGT_GATE_TASKS |
	    TGT_GATE_WIPE | TGT_GATE_THROUGH | TGT_GATE_RESERVED | TGT_GATE_PI |
	    TGT_GATE_TOKEN | TGT_GATE_GUARD), 0);
}

/*
 * SPC-5 5.14.1 and SBC-4 4.17: what Write Exclusive and Exclusive Access of another nexus refuse;
 * SPC-2 5.5.1: RESERVE leaves little. PERSISTENT RESERVE IN and OUT and RESERVE and RELEASE see
 * for themselves.
 */
UNIT(reservations_refuse_what_the_tables_say)
{
	static const u8 free[] = { 0x03, 0x12, 0xa0, 0x16, 0x17, 0x4d, 0x56, 0x57, 0x5e, 0x5f };
	static const u8 reserve_only[] = { 0x00, 0x25, 0x84 };
	static const u8 writes[] = {
		0x0a, 0x2a, 0xaa, 0x8a, 0x35, 0x91, 0x1b, 0x15, 0x55, 0x4c, 0x1d, 0x3b, 0xa4,
		0x2e, 0x8e, 0xae, 0x41, 0x93, 0x42, 0x89, 0x8b, 0x9c, 0x04,
		0x48, 0x83
	};
	const u16 all = TGT_GATE_PR_READ | TGT_GATE_PR_WRITE | TGT_GATE_RESERVED;
	unsigned int i;

	for (i = TGT_OP_ROW_BAD_CDB + 1; i < tgt_nr_ops; i++) {
		u8 opcode = tgt_ops[i].opcode;
		u16 want = TGT_GATE_RESERVED | TGT_GATE_PR_READ;
		bool write32 = opcode == 0x7f && tgt_ops[i].sa >= 0x0b && tgt_ops[i].sa <= 0x0d;

		if (opcode == 0xa3 && tgt_ops[i].sa != 0x0c && tgt_ops[i].sa != 0x0d)
			want = tgt_ops[i].sa == 0x0a ? 0 : TGT_GATE_RESERVED;
		else if (memchr(free, opcode, sizeof(free)))
			want = 0;
		else if (opcode == 0x9e && tgt_ops[i].sa == 0x10)
			want = TGT_GATE_RESERVED;	/* READ CAPACITY (16) */
		else if (memchr(reserve_only, opcode, sizeof(reserve_only)))
			want = TGT_GATE_RESERVED;
		else if (opcode == 0x83 && tgt_ops[i].sa == 0x10)
			;			/* POPULATE TOKEN reads */
		else if (write32 || memchr(writes, opcode, sizeof(writes)))
			want = TGT_GATE_RESERVED | TGT_GATE_PR_WRITE;
		EQ(tgt_ops[i].gates & all, want);
	}
}

/* --- look-up -------------------------------------------------------------- */

/* What SPC-5 4.3.5 asks for: unknown opcode, then length, service action. */
static const struct tgt_op *should_find(const u8 *cdb, unsigned int len)
{
	const struct tgt_op *op, *found = NULL;
	bool opcode = false;

	if (!len)
		return &tgt_ops[TGT_OP_ROW_BAD_CDB];
	for (op = tgt_ops + 2; op < tgt_ops + tgt_nr_ops; op++) {
		if (op->opcode != cdb[0])
			continue;
		opcode = true;
		if (len < op->cdb_len)
			break;
		if (!(op->flags & TGT_OP_SA) ||
		    (cdb[0] == 0x7f ? get_unaligned_be16(cdb + 8) == op->sa && cdb[7] == 24 :
				      (cdb[1] & 0x1f) == op->sa))
			found = op;
	}
	if (!opcode)
		return &tgt_ops[TGT_OP_ROW_INVALID];
	return found ?: &tgt_ops[TGT_OP_ROW_BAD_CDB];
}

UNIT(every_opcode_and_length_finds_its_row)
{
	unsigned int opcode, len, fill;
	const struct tgt_op *got;
	bool ok = true;
	u8 *cdb;

	tgt_op_init();
	/* exactly the bytes there are, for the sanitizer to see what is read */
	for (fill = 0; fill < 256 && ok; fill += 1)
		for (opcode = 0; opcode < 256 && ok; opcode++)
			for (len = 0; len <= 33 && ok; len++) {
				cdb = malloc(len ?: 1);
				memset(cdb, fill, len);
				if (len)
					cdb[0] = opcode;
				got = tgt_op_find(cdb, len);
				ok = got && got == should_find(cdb, len);
				if (!ok)
					printf("# opcode %02x, %u bytes of %02x\n", opcode, len,
					       fill);
				free(cdb);
			}
	OK(ok);
}

UNIT(every_service_action_finds_its_row)
{
	u8 cdb[16] = { };
	unsigned int opcode, sa;

	tgt_op_init();
	for (opcode = 0; opcode < 256; opcode++)
		for (sa = 0; sa < 256; sa++) {
			cdb[0] = opcode;
			cdb[1] = sa;
			OK(tgt_op_find(cdb, 16) == should_find(cdb, 16));
		}
}

/* SPC-5 4.2.3: the service action in bytes 8 and 9, and a length that is told exactly. */
UNIT(variable_length_cdbs_find_their_rows)
{
	u8 cdb[36] = { 0x7f };
	unsigned int sa, more, len;

	tgt_op_init();
	for (sa = 0; sa < 0x400; sa++)
		for (more = 20; more < 29; more++)
			for (len = 10; len <= sizeof(cdb); len++) {
				cdb[7] = more;
				cdb[8] = sa >> 8;
				cdb[9] = sa;
				OK(tgt_op_find(cdb, len) == should_find(cdb, len));
			}
}

/* --- REPORT SUPPORTED OPERATION CODES ------------------------------------- */

#define TIMEOUTS	12	/* SPC-5 6.35.4: 000Ah and ten bytes */

static bool timeouts_ok(const u8 *p)
{
	return p[0] == 0 && p[1] == 0x0a && !memchr_inv(p + 2, 0, 10);
}

static void check_all(bool rctd)
{
	u8 cdb[12] = { 0xa3, 0x0c, rctd ? 0x80 : 0 }, buf[2048];
	unsigned int size = rctd ? 8 + TIMEOUTS : 8, i, n;
	bool seen[256] = { };
	const struct spec *s;
	struct tgt_resp r;
	const u8 *d;

	tgt_resp_init(&r, buf, sizeof(buf));
	OK(tgt_report_opcodes(&r, cdb, TGT_OP_NOT_ALL));
	n = (r.len - 4) / size;
	EQ(n, ARRAY_SIZE(spec));
	EQ(r.len, 4 + n * size);
	EQ(get_unaligned_be32(buf), n * size);
	for (i = 0, d = buf + 4; i < n; i++, d += size) {
		s = spec_of(d[0], get_unaligned_be16(d + 2));
		OK(s);
		OK(!seen[s - spec]);
		seen[s - spec] = true;
		EQ(d[1], 0);
		EQ(get_unaligned_be16(d + 2), s->has_sa ? s->sa : 0);
		EQ(d[4], 0);
		EQ(d[5], (rctd ? 0x02 : 0) | (s->has_sa ? 0x01 : 0));	/* CTDP, SERVACTV */
		EQ(get_unaligned_be16(d + 6), s->len);
		if (rctd)
			OK(timeouts_ok(d + 8));
	}
}

UNIT(report_all_lists_each_command_once)
{
	tgt_op_init();
	check_all(false);
	check_all(true);
}

static bool report_one(struct tgt_resp *r, u8 *buf, u32 size, u8 options, u8 opcode, u16 sa)
{
	u8 cdb[12] = { 0xa3, 0x0c, options, opcode, sa >> 8, sa };

	tgt_resp_init(r, buf, size);
	return tgt_report_opcodes(r, cdb, TGT_OP_NOT_ALL);
}

static void check_supported(const struct spec *s, u8 options, bool rctd)
{
	const struct tgt_op *op = tgt_ops + 2;
	struct tgt_resp r;
	u8 buf[64];

	while (op->opcode != s->opcode || op->sa != s->sa)
		op++;
	OK(report_one(&r, buf, sizeof(buf), options | (rctd ? 0x80 : 0), s->opcode, s->sa));
	EQ(r.len, 4 + s->len + (rctd ? TIMEOUTS : 0));
	EQ(buf[0], 0);
	EQ(buf[1], (rctd ? 0x80 : 0) | 0x03);		/* CTDP, SUPPORT */
	EQ(get_unaligned_be16(buf + 2), s->len);
	EQ(buf[4], s->opcode);
	/* SPC-5 6.35.3: the bits of the service action field are the service action */
	EQ(buf[5], s->has_sa && s->opcode != 0x7f ? (op->usage[1] & 0xe0) | s->sa : op->usage[1]);
	if (s->opcode == 0x7f)
		EQ(get_unaligned_be16(buf + 4 + 8), s->sa);
	MEM_EQ(buf + 6, op->usage + 2, s->len - 2);
	if (rctd)
		OK(timeouts_ok(buf + 4 + s->len));
}

UNIT(report_one_tells_the_usage_of_each_command)
{
	unsigned int i, rctd;

	tgt_op_init();
	for (i = 0; i < ARRAY_SIZE(spec); i++)
		for (rctd = 0; rctd < 2; rctd++) {
			check_supported(&spec[i], spec[i].has_sa ? 2 : 1, rctd);
			check_supported(&spec[i], 3, rctd);
		}
}

/* SPC-5 table of the REPORTING OPTIONS field */
UNIT(report_one_refuses_and_denies)
{
	unsigned int opcode, sa, o;
	struct tgt_resp r;
	u8 buf[64];

	tgt_op_init();
	for (opcode = 0; opcode < 256; opcode++) {
		bool has_sa = opcode == 0x9e || opcode == 0xa3 || opcode == 0xa4 ||
			opcode == 0x5e || opcode == 0x5f || opcode == 0x7f ||
			opcode == 0x48 || opcode == 0x83 || opcode == 0x84;

		for (o = 4; o < 8; o++)		/* reserved */
			OK(!report_one(&r, buf, sizeof(buf), o, opcode, 0));
		/* option 1 is for opcodes without service actions, 2 for those with */
		EQ(report_one(&r, buf, sizeof(buf), 1, opcode, 0), !has_sa);
		if (spec_of(opcode, 0) || has_sa)
			EQ(report_one(&r, buf, sizeof(buf), 2, opcode, 0), has_sa);
		for (sa = 0; sa <= 0xffff; sa += sa < 0x100 ? 1 : 0x1f) {
			const struct spec *s = sa < 0x20 || !has_sa ? spec_of(opcode, sa) : NULL;

			OK(report_one(&r, buf, sizeof(buf), 3, opcode, sa));
			if (s && (s->has_sa || !sa)) {
				EQ(buf[1] & 7, 3);
				continue;
			}
			EQ(r.len, 4);
			EQ(buf[1], 0x01);	/* not supported */
			EQ(get_unaligned_be16(buf + 2), 0);
		}
	}
}

/* Whatever the CDB and however short the buffer: a prefix of the whole, and no more. */
UNIT(report_is_a_prefix_in_every_buffer)
{
	struct tgt_resp whole, part;
	u8 cdb[12], full[2048], *buf;
	unsigned int n, b, size;
	bool ok, valid;

	tgt_op_init();
	rng = 1;
	for (n = 0; n < 200000; n++) {
		for (b = 0; b < sizeof(cdb); b++)
			cdb[b] = rnd(256);
		if (rnd(2))
			cdb[3] = spec[rnd(ARRAY_SIZE(spec))].opcode;
		if (rnd(2))
			cdb[2] &= 0x83;
		if (rnd(2))
			cdb[4] = 0;
		tgt_resp_init(&whole, full, sizeof(full));
		valid = tgt_report_opcodes(&whole, cdb, TGT_OP_NOT_ALL);
		size = rnd(rnd(2) ? 600 : 30);
		buf = malloc(size ?: 1);
		tgt_resp_init(&part, buf, size);
		ok = tgt_report_opcodes(&part, cdb, TGT_OP_NOT_ALL) == valid;
		if (valid)
			ok = ok && part.len == whole.len && whole.len <= sizeof(full) &&
			     !memcmp(buf, full, min(part.len, size));
		free(buf);
		OK(ok);
	}
}

/* With protection information READ and WRITE, and nothing else, are executed by others. */
UNIT(rows_past_the_gate_of_protection)
{
	const struct tgt_op *op, *pi;
	unsigned int nr = 0;

	tgt_op_init();
	for (op = tgt_ops; op < tgt_ops + tgt_nr_ops; op++) {
		if (!(op->gates & TGT_GATE_PI))
			continue;
		nr++;
		pi = tgt_op_pi(op);
		EQ(pi->gates, op->gates & ~(TGT_GATE_PI | TGT_GATE_GUARD));
		OK(pi->exec == (op->flags & TGT_OP_DATA_OUT ? tgt_exec_pi_write :
							      tgt_exec_pi_read));
		EQ(pi->opcode, op->opcode);
		EQ(pi->sa, op->sa);
		EQ(pi->cdb_len, op->cdb_len);
		EQ(pi->flags, op->flags);
	}
	EQ(nr, 8);		/* of 6, 10, 12 and 16 bytes; those of 32 have no others */
}
