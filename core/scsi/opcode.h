/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one opcode table: length, service action, data direction, gates and CDB usage of
 * every command the engine executes. Decoding, the gate test, statistics and REPORT
 * SUPPORTED OPERATION CODES all read it; a command is added by adding a row.
 */
#ifndef _TGTCORE_OPCODE_H
#define _TGTCORE_OPCODE_H

#include <tgtcore/tgtcore.h>

/* tgt_op.flags */
#define TGT_OP_DATA_IN		0x01
#define TGT_OP_DATA_OUT		0x02
#define TGT_OP_SA		0x04	/* has a service action */
#define TGT_OP_HIDDEN		0x08	/* not a command: what a bad CDB is answered with */
#define TGT_OP_LBP		0x10	/* only of a logical unit that can unmap blocks */
#define TGT_OP_TYPE2		0x20	/* only of one formatted with type 2 protection */
#define TGT_OP_ATOMIC		0x40	/* only of one that can write atomically */
#define TGT_OP_ERASE		0x80	/* only of one whose unmapped blocks read as zeroes */
#define TGT_OP_ROD		0x100	/* only of one that makes ROD tokens */
#define TGT_OP_ROD_IN		0x200	/* only of one that is written by ROD tokens */
#define TGT_OP_TPG		0x400	/* only at a target port in a group: TPGS not 00b */
#define TGT_OP_NOT_ALL		(TGT_OP_LBP | TGT_OP_TYPE2 | TGT_OP_ATOMIC | TGT_OP_ERASE |	\
				 TGT_OP_ROD | TGT_OP_ROD_IN | TGT_OP_TPG)

/*
 * In tgt_op.gates, beside TGT_GATE_ALUA: bits that are in no gate word, and tell in which states
 * of the target port that are not active the command is executed all the same.
 */
#define TGT_OP_STANDBY		BIT(30)	/* standby */
#define TGT_OP_SETTLED		BIT(31)	/* all but transitioning */

#define TGT_OP_USAGE		32	/* longest CDB */

/**
 * struct tgt_op - one row
 * @exec: executes the command; the I_T_L nexus is held, the gate is passed
 * @gates: TGT_GATE_* that concern it
 * @opcode: byte 0
 * @sa: service action, with TGT_OP_SA: of byte 1, bits 4-0, or with opcode 7Fh of bytes 8 and 9
 * @cdb_len: bytes
 * @flags: TGT_OP_*
 * @usage: CDB usage data of REPORT SUPPORTED OPERATION CODES (SPC-5 6.35.3): the bits
 *	of each byte that are looked at; byte 0 is the opcode
 */
struct tgt_op {
	enum tgt_ret		(*exec)(struct tgt_cmd *cmd);
	u32			gates;
	u16			sa;
	u8			opcode;
	u8			cdb_len;
	u16			flags;
	u8			usage[TGT_OP_USAGE];
} __aligned(64);

extern const struct tgt_op tgt_ops[];
extern const unsigned int tgt_nr_ops;
extern u8 tgt_op_first[256];		/* row of an opcode; 0: invalid */

#define TGT_OP_ROW_INVALID	0	/* unknown opcode or service action */
#define TGT_OP_ROW_BAD_CDB	1 /* shorter than its opcode asks, or of no service action */

void tgt_op_init(void);
const struct tgt_op *tgt_op_pi(const struct tgt_op *op);
const struct tgt_op *tgt_op_find_sa(unsigned int row, const u8 *cdb, unsigned int len);

#define TGT_SANITIZE		0x48	/* has no name in the kernel's headers */
#define TGT_OP_VARIABLE		0x7f	/* variable length CDB, SPC-5 4.2.3 */
#define TGT_VARIABLE_SA		8	/* where its service action is, two bytes */

/* The control byte is the last one of a CDB (SAM-6 5.2), or, with 7Fh, the second. */
#define TGT_CONTROL_NACA	0x04

/**
 * tgt_op_find() - row of a CDB
 * @cdb: CDB
 * @len: bytes received
 *
 * Return: never NULL; rows 0 and 1 execute as the sense that is due.
 */
static inline const struct tgt_op *tgt_op_find(const u8 *cdb, unsigned int len)
{
	const struct tgt_op *op;

	if (unlikely(!len))
		return &tgt_ops[TGT_OP_ROW_BAD_CDB];
	op = &tgt_ops[tgt_op_first[cdb[0]]];
	if (unlikely(len < op->cdb_len))
		return &tgt_ops[TGT_OP_ROW_BAD_CDB];
	if (unlikely(op->flags & TGT_OP_SA))
		op = tgt_op_find_sa(op - tgt_ops, cdb, len);
	return op;
}

#endif
