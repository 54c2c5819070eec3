// SPDX-License-Identifier: GPL-2.0
/* INQUIRY, VPD pages and capacity of a disk. Pure. */
#include <linux/kernel.h>
#include "copy_in.h"
#include "disk.h"

#define TYPE_DISK_BYTE	0x00

/* Peripheral qualifier and type: SPC-5 5.16.2 has 001b for a port that gives no access. */
static u8 tgt_peripheral(const struct tgt_disk *d)
{
	return TYPE_DISK_BYTE | (d->absent ? TGT_PQ_ABSENT : 0);
}

/*
 * What the logical unit conforms to (SPC-5 6.7.2, table of version descriptors), without revision:
 * what they ask for is in docs/scsi-spc.md. The older ones are for who does not know these.
 */
static const u16 tgt_versions[] = {
	0x00c0,		/* SAM-6 */
	0x05c0,		/* SPC-5 */
	0x0600,		/* SBC-4 */
	0x00a0,		/* SAM-5 */
	0x0460,		/* SPC-4 */
	0x04c0,		/* SBC-3 */
};

static_assert(ARRAY_SIZE(tgt_versions) <= 8);

static void tgt_inquiry_versions(struct tgt_resp *r)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_versions); i++)
		tgt_resp_u16(r, tgt_versions[i]);
	tgt_resp_zero(r, 16 - sizeof(tgt_versions));
}

/*
 * Standard INQUIRY data, SPC-5 6.7.2. VERSION has room for one: the newest that conformance suites
 * in the field take for one.
 */
void tgt_inquiry_std(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u8(r, d ? tgt_peripheral(d) : TGT_PQ_NO_LUN);
	tgt_resp_u8(r, 0);		/* RMB=0 */
	tgt_resp_u8(r, 0x06);		/* SPC-4 */
	tgt_resp_u8(r, 0x32);		/* NormACA=1, HiSup=1, response data format 2 */
	tgt_resp_u8(r, 0);		/* additional length, below */
	/* TPGS, 3PC=1, PROTECT */
	tgt_resp_u8(r, d ? d->tpgs << 4 | 0x08 | (d->pi || d->pi_any ? 0x01 : 0) : 0);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, 0x02);		/* CmdQue=1 */
	tgt_resp_text(r, TGT_VENDOR, 8);
	tgt_resp_text(r, d ? d->name : "", 16);
	tgt_resp_text(r, TGT_REVISION, 4);
	tgt_resp_zero(r, 22);
	tgt_inquiry_versions(r);
	tgt_resp_zero(r, 96 - 74);
	tgt_resp_patch8(r, 4, 96 - 5);
}

/* One designator of VPD page 83h, SPC-5 7.7.6.1. */
static void tgt_designator(struct tgt_resp *r, u8 protocol, u8 code_set, u8 assoc, u8 type,
			   const void *id, u8 len)
{
	tgt_resp_u8(r, protocol << 4 | code_set);
	tgt_resp_u8(r, (assoc == 1 ? 0x80 : 0) | assoc << 4 | type);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, len);
	tgt_resp_bytes(r, id, len);
}

static void tgt_be64(u8 *p, u64 v)
{
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = v;
}

/* Target port: NAA, relative identifier, and the group it is in, if it is in one. */
static void tgt_vpd_83_port(struct tgt_resp *r, const struct tgt_disk *d)
{
	u8 naa[8], port[4] = { 0, 0, d->rtpi >> 8, d->rtpi };

	tgt_be64(naa, d->port_naa);
	tgt_designator(r, d->protocol, 1, 1, 3, naa, 8);
	tgt_designator(r, d->protocol, 1, 1, 4, port, 4);
	if (d->tpgs) {
		port[2] = d->tpg >> 8;
		port[3] = d->tpg;
		tgt_designator(r, d->protocol, 1, 1, 5, port, 4);
	}
}

/* Logical unit: NAA, T10 vendor ID, name; and its port. */
static void tgt_vpd_83(struct tgt_resp *r, const struct tgt_disk *d)
{
	u8 id[8 + 36] = TGT_VENDOR " ";
	u8 n = strlen(d->serial), naa[8];

	if (n > 36)
		n = 36;
	memcpy(id + 8, d->serial, n);
	tgt_be64(naa, d->naa);
	tgt_designator(r, 0, 1, 0, 3, naa, 8);
	tgt_designator(r, 0, 2, 0, 1, id, 8 + n);
	tgt_vpd_83_port(r, d);
}

/*
 * Extended INQUIRY data, SPC-5 7.7.7: the types of protection the medium can be formatted with, one
 * or all, of which everything is checked; all task attributes, a write cache if there is one, MODE
 * SELECT that reverts to defaults.
 */
static void tgt_vpd_86(struct tgt_resp *r, const struct tgt_disk *d)
{
	static const u8 spt[4] = { [2] = 2, [3] = 4 };
	u8 types = d->pi_any ? 7 : spt[d->pi];

	/* SPT, {GRD,APP,REF}_CHK */
	tgt_resp_u8(r, d->pi || d->pi_any ? types << 3 | 0x07 : 0);
	tgt_resp_u8(r, 0x07);			/* HEADSUP, ORDSUP, SIMPSUP */
	tgt_resp_u8(r, d->wce ? 0x01 : 0);	/* V_SUP */
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, 0x08);			/* RTD_SUP */
	tgt_resp_u8(r, 0);
	/* extended self-test completion minutes */
	tgt_resp_u16(r, min_t(u32, tgt_disk_test_seconds(d) / 60, U16_MAX));
	tgt_resp_zero(r, 64 - 4 - 8);
}

/* Mode page policy, SPC-5 7.7.10: of all pages and subpages there is one copy for all. */
static void tgt_vpd_87(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u8(r, 0x3f);
	tgt_resp_u8(r, 0xff);
	tgt_resp_u8(r, 0x00);			/* MLUS=0, shared */
	tgt_resp_u8(r, 0);
}

/* SCSI ports, SPC-5 7.7.14: the target ports the logical unit is accessible through. */
static void tgt_vpd_88(struct tgt_resp *r, const struct tgt_disk *d)
{
	const struct tgt_disk_port own = { d->port_naa, d->rtpi, d->protocol };
	const struct tgt_disk_port *port = d->nr_ports ? d->ports : &own;
	u32 n = d->nr_ports ?: 1;
	u8 naa[8];

	for (; n--; port++) {
		tgt_resp_u16(r, 0);
		tgt_resp_u16(r, port->rtpi);
		tgt_resp_u16(r, 0);
		tgt_resp_u16(r, 0);		/* it is no initiator port */
		tgt_resp_u16(r, 0);
		tgt_resp_u16(r, 12);
		tgt_be64(naa, port->naa);
		tgt_designator(r, port->protocol, 1, 1, 3, naa, 8);
	}
}

static void tgt_vpd_8f(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_vpd_copy(r, d);
}

/* Block limits, SBC-4 6.6.4. A limit of UNMAP that is 0 says that there is no UNMAP. */
static void tgt_vpd_b0(struct tgt_resp *r, const struct tgt_disk *d)
{
	u8 shift = d->block_shift;

	tgt_resp_u8(r, 0x01);			/* WSNZ */
	tgt_resp_u8(r, 0xff);			/* COMPARE AND WRITE: all its field holds */
	tgt_resp_u16(r, 1 << d->phys_exp);	/* optimal granularity */
	tgt_resp_u32(r, d->max_io >> shift);
	tgt_resp_u32(r, min(d->opt_io, d->max_io) >> shift);
	tgt_resp_u32(r, 0);			/* PRE-FETCH: no limit */
	tgt_resp_u32(r, d->lbp ? d->max_unmap >> shift : 0);
	tgt_resp_u32(r, d->lbp ? d->max_descs : 0);
	tgt_resp_u32(r, d->lbp ? d->unmap_gran >> shift : 0);
	tgt_resp_u32(r, 0);			/* UGAVALID=0 */
	tgt_resp_u64(r, d->max_unmap >> shift);	/* WRITE SAME */
	tgt_resp_u32(r, d->atomic_max >> shift);
	tgt_resp_u32(r, d->atomic_gran >> shift);	/* alignment */
	tgt_resp_u32(r, d->atomic_gran >> shift);
	tgt_resp_zero(r, 8);			/* no atomic boundaries */
}

/*
 * Block device characteristics, SBC-4 6.6.5. WABEREQ=01b: after SANITIZE (BLOCK ERASE) blocks can
 * be read before they are written.
 */
static void tgt_vpd_b1(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u16(r, d->rotational ? 0 : 1);	/* not reported, or no medium that turns */
	tgt_resp_u8(r, 0);			/* product type: not indicated */
	tgt_resp_u8(r, d->lbprz ? 0x40 : 0);
	tgt_resp_zero(r, 64 - 8);
}

/*
 * Logical block provisioning, SBC-4 6.6.9: fully provisioned or thin. WRITE SAME unmaps only what
 * then reads as it was to be written.
 */
static void tgt_vpd_b2(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u8(r, d->thin);
	tgt_resp_u8(r, (d->lbp ? 0x80 : 0) |	/* LBPU */
		       (d->lbprz ? 0x64 : 0));	/* LBPWS, LBPWS10, LBPRZ=001b */
	tgt_resp_u8(r, d->lbp ? 0x02 : 0);	/* thin provisioned */
	tgt_resp_u8(r, 0);
}

static void tgt_vpd_00(struct tgt_resp *r, const struct tgt_disk *d);

static void tgt_vpd_80(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_bytes(r, d->serial, strlen(d->serial));
}

static const struct {
	u8	page;
	void	(*body)(struct tgt_resp *r, const struct tgt_disk *d);
} tgt_vpd_pages[] = {
	{ 0x00, tgt_vpd_00 },
	{ 0x80, tgt_vpd_80 },
	{ 0x83, tgt_vpd_83 },
	{ 0x86, tgt_vpd_86 },
	{ 0x87, tgt_vpd_87 },
	{ 0x88, tgt_vpd_88 },
	{ 0x8f, tgt_vpd_8f },
	{ 0xb0, tgt_vpd_b0 },
	{ 0xb1, tgt_vpd_b1 },
	{ 0xb2, tgt_vpd_b2 },
};

static void tgt_vpd_00(struct tgt_resp *r, const struct tgt_disk *d)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_vpd_pages); i++)
		tgt_resp_u8(r, tgt_vpd_pages[i].page);
}

static void tgt_vpd(struct tgt_resp *r, const struct tgt_disk *d, u8 peripheral, u8 page,
		    void (*body)(struct tgt_resp *r, const struct tgt_disk *d))
{
	u32 start = r->len;

	tgt_resp_u8(r, peripheral);
	tgt_resp_u8(r, page);
	tgt_resp_u16(r, 0);
	body(r, d);
	tgt_resp_patch16(r, start + 2, r->len - start - 4);
}

/**
 * tgt_inquiry_vpd() - a VPD page, header and all
 * @r: where to
 * @d: the disk
 * @page: page code
 *
 * Return: false if there is no such page.
 */
bool tgt_inquiry_vpd(struct tgt_resp *r, const struct tgt_disk *d, u8 page)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_vpd_pages); i++)
		if (tgt_vpd_pages[i].page == page)
			break;
	if (i == ARRAY_SIZE(tgt_vpd_pages))
		return false;
	tgt_vpd(r, d, tgt_peripheral(d), page, tgt_vpd_pages[i].body);
	return true;
}

static void tgt_vpd_00_wlun(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u16(r, 0x0083);	/* pages 00h and 83h */
}

/**
 * tgt_inquiry_wlun() - INQUIRY of the REPORT LUNS well known logical unit, SPC-5 8
 * @r: where to
 * @d: target port; nothing else of it is looked at
 * @evpd: a VPD page is asked for
 * @page: page code
 *
 * Return: false if there is no such page.
 */
bool tgt_inquiry_wlun(struct tgt_resp *r, const struct tgt_disk *d, bool evpd, u8 page)
{
	u32 start = r->len;

	if (!evpd) {
		tgt_inquiry_std(r, NULL);
		tgt_resp_patch8(r, start, TGT_TYPE_WLUN);
		return !page;
	}
	if (page && page != 0x83)
		return false;
	tgt_vpd(r, d, TGT_TYPE_WLUN, page, page ? tgt_vpd_83_port : tgt_vpd_00_wlun);
	return true;
}

/* READ CAPACITY (10), SBC-4 5.20: FFFFFFFFh tells to use the long one. */
void tgt_capacity10(struct tgt_resp *r, const struct tgt_disk *d)
{
	u64 last = d->nblocks - 1;

	tgt_resp_u32(r, last > 0xffffffff ? 0xffffffff : last);
	tgt_resp_u32(r, 1U << d->block_shift);
}

/* READ CAPACITY (16), SBC-4 5.21. */
void tgt_capacity16(struct tgt_resp *r, const struct tgt_disk *d)
{
	tgt_resp_u64(r, d->nblocks - 1);
	tgt_resp_u32(r, 1U << d->block_shift);
	tgt_resp_u8(r, d->pi ? (d->pi - 1) << 1 | 0x01 : 0);	/* P_TYPE, PROT_EN */
	tgt_resp_u8(r, d->phys_exp & 0xf);
	tgt_resp_u8(r, (d->lbp ? 0x80 : 0) | (d->lbprz ? 0x40 : 0));	/* LBPME, LBPRZ */
	tgt_resp_zero(r, 32 - 15);
}
