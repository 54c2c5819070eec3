/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a disk says of itself: INQUIRY, VPD, capacity and supported operations, made from plain
 * facts; its mode pages are in mode.h. Pure: also built in user space for the unit tests.
 */
#ifndef _TGTCORE_DISK_H
#define _TGTCORE_DISK_H

#include <linux/types.h>
#include "resp.h"

struct tgt_mode_state;

/**
 * struct tgt_disk_port - a target port
 * @naa: its designator
 * @rtpi: relative target port identifier
 * @protocol: protocol identifier
 */
struct tgt_disk_port {
	u64		naa;
	u16		rtpi;
	u8		protocol;
};

/**
 * struct tgt_disk - the facts
 * @nblocks: capacity in logical blocks, never 0
 * @naa: designator of the logical unit (locally assigned NAA)
 * @port_naa: designator of the target port
 * @max_io: longest transfer in bytes
 * @opt_io: preferred transfer in bytes or 0
 * @serial: unit serial number
 * @name: the device's name: product identification
 * @rtpi: relative target port identifier
 * @protocol: protocol identifier of the target port
 * @block_shift: log2 of the logical block size
 * @phys_exp: log2 of logical blocks per physical block
 * @readonly: through this I_T_L nexus
 * @wce: a volatile write cache is there
 * @rotational: for VPD B1h
 * @tpgs: TPGS field: asymmetric access may change implicitly (1), explicitly (2)
 * @tpg: target port group of the target port, with @tpgs
 * @absent: the target port's state is one with peripheral qualifier 001b
 * @modes: mode parameters
 * @ports: target ports the logical unit is accessible through, or NULL
 * @nr_ports: how many
 * @pi: protection type, or 0
 * @pi_any: FORMAT UNIT may choose another
 * @lbp: blocks can be unmapped
 * @lbprz: and then read as zeroes
 * @unmap_gran: bytes best unmapped together or 0
 * @max_unmap: most bytes of one UNMAP or WRITE SAME
 * @max_descs: most descriptors of one UNMAP
 * @atomic_max: longest atomic write in bytes or 0
 * @atomic_gran: bytes its place and length are multiples of
 * @rod_in: data is written by ROD tokens
 * @rod_out: ROD tokens are made
 * @thin: log2 of the logical blocks of a threshold set; 0: there are no thresholds
 */
struct tgt_disk {
	u64		nblocks;
	u64		naa;
	u64		port_naa;
	u32		max_io;
	u32		opt_io;
	const char	*serial;
	const char	*name;
	u16		rtpi;
	u8		protocol;
	u8		block_shift;
	u8		phys_exp;
	bool		readonly;
	bool		wce;
	bool		rotational;
	u8		tpgs;
	u16		tpg;
	bool		absent;
	const struct tgt_mode_state *modes;
	const struct tgt_disk_port *ports;
	u32		nr_ports;
	u8		pi;
	bool		pi_any;
	bool		lbp;
	bool		lbprz;
	u32		unmap_gran;
	u32		max_unmap;
	u32		max_descs;
	u32		atomic_max;
	u32		atomic_gran;
	bool		rod_in;
	bool		rod_out;
	u8		thin;
};

#define TGT_VENDOR	"TGTCORE"
#define TGT_REVISION	"0001"

#define TGT_PQ_NO_LUN	0x7f	/* peripheral qualifier 011b, type 1Fh */
#define TGT_TYPE_WLUN	0x1e	/* well known logical unit */
#define TGT_VPD_PORTS	0x88
#define TGT_PQ_ABSENT	0x20	/* peripheral qualifier 001b */

/*
 * What an extended self-test takes, in seconds: an advice (SPC-5 7.5.10), as nobody knows before. A
 * piece at a time is read, 128 MiB a second.
 */
static inline u32 tgt_disk_test_seconds(const struct tgt_disk *d)
{
	u64 s = d->nblocks >> (27 - d->block_shift);

	return s > U32_MAX ? U32_MAX : s;
}

void tgt_inquiry_std(struct tgt_resp *r, const struct tgt_disk *d);
bool tgt_inquiry_vpd(struct tgt_resp *r, const struct tgt_disk *d, u8 page);
bool tgt_inquiry_wlun(struct tgt_resp *r, const struct tgt_disk *d, bool evpd, u8 page);
void tgt_capacity10(struct tgt_resp *r, const struct tgt_disk *d);
void tgt_capacity16(struct tgt_resp *r, const struct tgt_disk *d);

#endif
