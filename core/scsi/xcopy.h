/* SPDX-License-Identifier: GPL-2.0 */
/* Parameter lists of EXTENDED COPY, and what a segment means for two disks. Pure. */
#ifndef _TGTCORE_XCOPY_H
#define _TGTCORE_XCOPY_H

#include <linux/types.h>
#include "param.h"
#include "resp.h"

/* What one command may ask for; told by RECEIVE COPY OPERATING PARAMETERS and VPD page 8Fh. */
#define TGT_COPY_CSCDS		16
#define TGT_COPY_SEGMENTS	64
#define TGT_COPY_LIST		2304		/* bytes of all descriptors */
#define TGT_COPY_BYTES		(64U << 20)	/* of one segment */
#define TGT_COPY_RUNNING	4		/* at a time: others need procedures too */

/* Types of descriptors, SPC-5 6.6.5.1 */
#define TGT_SEG_BLOCK		0x02	/* block device to block device */
#define TGT_SEG_VERIFY		0x07	/* verify CSCD */
#define TGT_SEG_OFFSET		0x0a	/* block device with offset to block device with offset */
#define TGT_CSCD_IDENT		0xe4	/* identification descriptor */
#define TGT_CSCD_LEN		32
#define TGT_COPY_TYPES		{ TGT_SEG_BLOCK, TGT_SEG_VERIFY, TGT_SEG_OFFSET, TGT_CSCD_IDENT }

/* Service actions of THIRD-PARTY COPY OUT and IN */
#define TGT_COPY_OUT_LID1	0x00
#define TGT_COPY_OUT_LID4	0x01
#define TGT_COPY_OUT_ABORT	0x1c
#define TGT_COPY_IN_STATUS1	0x00
#define TGT_COPY_IN_PARAMS	0x03
#define TGT_COPY_IN_FAILURE	0x04
#define TGT_COPY_IN_STATUS4	0x05

/* LIST ID USAGE */
#define TGT_LIST_KEEP		0
#define TGT_LIST_DISCARD	2
#define TGT_LIST_NONE		3

/**
 * struct tgt_copy_sense - why a list is refused, or a copy ended
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 * @has_field: @field and @in_segment are set
 * @in_segment: @field counts from the start of the segment descriptor (SD)
 * @field: first byte in error
 * @segment: number of the segment descriptor, where the key is COPY ABORTED
 * @has_residual: @residual is set
 * @residual: blocks of the destination not written
 * @from: the sense is forwarded: 0 from nobody, 1 from the source, 2 from the destination
 * @status: likewise its status
 * @len: bytes at @sense
 * @sense: its sense data
 */
struct tgt_copy_sense {
	u8		key;
	u8		asc;
	u8		ascq;
	bool		has_field;
	bool		in_segment;
	u16		field;
	u16		segment;
	bool		has_residual;
	u32		residual;
	u8		from;
	u8		status;
	u8		len;
	const u8	*sense;
};

#define TGT_COPY_SENSE_MAX	96
#define TGT_COPY_FORWARD	32	/* bytes of sense that are forwarded */

unsigned int tgt_copy_sense_data(u8 *buf, bool descriptor, const struct tgt_copy_sense *s);

/**
 * struct tgt_xcopy - a parameter list that has been found good
 * @id: list identifier
 * @usage: LIST ID USAGE
 * @nr_cscds: CSCD descriptors
 * @nr_segments: segment descriptors
 * @cscds: first byte of those
 * @segments: likewise
 * @list: all of it
 */
struct tgt_xcopy {
	u32		id;
	u8		usage;
	u16		nr_cscds;
	u16		nr_segments;
	u32		cscds;
	u32		segments;
	const u8	*list;
};

/**
 * struct tgt_cscd - an identification descriptor CSCD descriptor, SPC-5 6.6.4.4
 * @nul: a null device
 * @pad: PAD bit
 * @type: peripheral device type
 * @code_set: of the designator
 * @assoc: likewise
 * @id_type: likewise
 * @len: likewise, at most 20
 * @id: the designator
 * @block: bytes of a block
 */
struct tgt_cscd {
	bool		nul;
	bool		pad;
	u8		type;
	u8		code_set;
	u8		assoc;
	u8		id_type;
	u8		len;
	const u8	*id;
	u32		block;
};

/**
 * struct tgt_segment - a segment descriptor
 * @type: TGT_SEG_*
 * @dc: the number counts blocks of the destination
 * @cat: what is left of a block goes on with the next segment
 * @tur: of TGT_SEG_VERIFY: is the logical unit ready
 * @src: CSCD descriptor of the source
 * @dst: likewise of the destination
 * @n: blocks, or with TGT_SEG_OFFSET bytes
 * @src_lba: first block
 * @dst_lba: likewise
 * @src_offset: byte in that
 * @dst_offset: likewise
 */
struct tgt_segment {
	u8		type;
	bool		dc;
	bool		cat;
	bool		tur;
	u16		src;
	u16		dst;
	u32		n;
	u64		src_lba;
	u64		dst_lba;
	u16		src_offset;
	u16		dst_offset;
};

/* One end of a copy: a disk. */
struct tgt_copy_end {
	u64		nblocks;
	u8		shift;
	bool		pad;
};

/**
 * struct tgt_copy_plan - the bytes of a segment
 * @from: first byte of the source
 * @to: first byte of the destination
 * @len: bytes to copy
 * @fill: zeroes to write behind them
 */
struct tgt_copy_plan {
	u64		from;
	u64		to;
	u32		len;
	u32		fill;
};

enum tgt_copy_fit {
	TGT_COPY_FITS,
	TGT_COPY_TOO_LONG,	/* more than TGT_COPY_BYTES */
	TGT_COPY_BAD_OFFSET,	/* of a byte that is not in its block */
	TGT_COPY_INEXACT,	/* a part of a block is left over, and nobody said what of it */
	TGT_COPY_SRC_RANGE,	/* beyond the end of the source */
	TGT_COPY_DST_RANGE,	/* likewise of the destination */
};

bool tgt_xcopy_parse(struct tgt_xcopy *x, const u8 *list, u32 len, bool lid4,
		     struct tgt_copy_sense *s);
bool tgt_xcopy_cscd(const struct tgt_xcopy *x, unsigned int i, struct tgt_cscd *c);
bool tgt_cscd_names(const struct tgt_cscd *c, u64 naa, const char *serial);
u32 tgt_xcopy_segment(const struct tgt_xcopy *x, u32 at, struct tgt_segment *seg);
enum tgt_copy_fit tgt_copy_plan(const struct tgt_segment *seg, const struct tgt_copy_end *src,
				const struct tgt_copy_end *dst, struct tgt_copy_plan *plan);

#endif
