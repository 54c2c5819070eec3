// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk says of itself, byte by byte against SPC-5 (INQUIRY 6.7, VPD 7.7) and SBC-4 (VPD
 * 6.6, READ CAPACITY 5.20 and 5.21).
 */
// uses: core/scsi/disk.c core/scsi/copy_in.c core/scsi/token.c
#include "shim.h"
#include "unit.h"
#include "scsi/disk.h"
#include "../lib/rnd.h"

#define GUARD	0xa5
#define MAX	512

static const struct tgt_disk disk = {
	.nblocks = 0x123456789abULL,
	.naa = 0x3123456789abcdefULL,
	.port_naa = 0x3fedcba987654321ULL,
	.max_io = 16 << 20,
	.opt_io = 1 << 20,
	.serial = "SN-0123456789",
	.name = "disk0",
	.rtpi = 0x1234,
	.protocol = 6,
	.block_shift = 9,
	.phys_exp = 3,
	.unmap_gran = 4096,
	.max_unmap = 1 << 30,
	.max_descs = 256,
};

/* --- one body of any kind, for tests that look at all of them -------------- */

enum { BODY_STD, BODY_NO_LUN, BODY_CAP10, BODY_CAP16, BODY_VPD };

struct body {
	u8	kind, page;
};

static bool make(struct tgt_resp *r, const struct tgt_disk *d, const struct body *b)
{
	switch (b->kind) {
	case BODY_STD:
		tgt_inquiry_std(r, d);
		return true;
	case BODY_NO_LUN:
		tgt_inquiry_std(r, NULL);
		return true;
	case BODY_CAP10:
		tgt_capacity10(r, d);
		return true;
	case BODY_CAP16:
		tgt_capacity16(r, d);
		return true;
	default:
		return tgt_inquiry_vpd(r, d, b->page);
	}
}

static const struct body bodies[] = {
	{ BODY_STD }, { BODY_NO_LUN }, { BODY_CAP10 }, { BODY_CAP16 },
	{ BODY_VPD, 0x00 }, { BODY_VPD, 0x80 }, { BODY_VPD, 0x83 }, { BODY_VPD, 0x86 },
	{ BODY_VPD, 0x87 }, { BODY_VPD, 0x88 }, { BODY_VPD, 0xb0 }, { BODY_VPD, 0xb1 },
	{ BODY_VPD, 0xb2 },
};

/* A VPD page of @d in @buf of MAX bytes; its length, 0 if there is none. */
static u32 vpd(u8 *buf, const struct tgt_disk *d, u8 page)
{
	struct tgt_resp r;

	tgt_resp_init(&r, buf, MAX);
	return tgt_inquiry_vpd(&r, d, page) ? r.len : 0;
}

/* --- standard INQUIRY data, SPC-5 6.7.2 ------------------------------------ */

/* The claims, which must fit together: VERSION 06h goes with SPC-4, 07h with SPC-5. */
static bool descriptor(const u8 *buf, u16 base)
{
	int i;

	for (i = 58; i < 74; i += 2)
		if (get_unaligned_be16(buf + i) == base)
			return true;
	return false;
}

UNIT(inquiry_standard)
{
	u8 buf[MAX];
	struct tgt_resp r;

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_inquiry_std(&r, &disk);
	EQ(r.len, 96);
	EQ(buf[0], 0x00);		/* connected, direct access block device */
	EQ(buf[1], 0x00);		/* RMB=0, LU_CONG=0 */
	EQ(buf[3] & 0x0f, 0x02);	/* response data format 2 */
	EQ(buf[3] & 0xe0, 0x20);	/* NORMACA=1: NACA is taken */
	EQ(buf[4], 96 - 5);		/* additional length */
	EQ(buf[5], 0x08);		/* 3PC; no TPGS, PROTECT, SCCS */
	EQ(buf[6], 0x00);		/* no ENCSERV, MULTIP */
	EQ(buf[7], 0x02);		/* CMDQUE */
	MEM_EQ(buf + 8, "TGTCORE ", 8);
	MEM_EQ(buf + 16, "disk0           ", 16);
	MEM_EQ(buf + 32, "0001", 4);
	OK(!memchr_inv(buf + 36, 0, 58 - 36));
	OK(!memchr_inv(buf + 74, 0, 96 - 74));
	OK(buf[2] == 0x06 || buf[2] == 0x07);
	OK(descriptor(buf, buf[2] == 0x06 ? 0x0460 : 0x05c0));	/* SPC-4, SPC-5 */
	OK(descriptor(buf, 0x05c0));				/* SPC-5 */
	OK(descriptor(buf, 0x0600) && descriptor(buf, 0x04c0));	/* SBC-4, SBC-3 */
	OK(descriptor(buf, 0x00c0) && descriptor(buf, 0x00a0));	/* SAM-6, SAM-5 */
}

/* SPC-5 6.7.2: qualifier 011b and type 1Fh where no logical unit can be */
UNIT(inquiry_without_logical_unit)
{
	struct tgt_resp r;
	u8 buf[MAX];

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_inquiry_std(&r, NULL);
	EQ(r.len, 96);
	EQ(buf[0], 0x7f);
	EQ(buf[4], 96 - 5);
	MEM_EQ(buf + 16, "                ", 16);
}

/* SPC-5 4.3.1: ASCII fields are left-aligned, filled with spaces, and cut */
UNIT(inquiry_product_is_cut_to_sixteen)
{
	struct tgt_disk d = disk;
	struct tgt_resp r;
	u8 buf[MAX];

	d.name = "a-name-longer-than-sixteen-characters-by-far-yet";
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_inquiry_std(&r, &d);
	MEM_EQ(buf + 16, "a-name-longer-th", 16);
	MEM_EQ(buf + 32, "0001", 4);
}

/* --- VPD ------------------------------------------------------------------- */

/* SPC-5 7.7.16: ascending, and every page in it is there, every other is not */
UNIT(vpd_00_lists_what_there_is)
{
	static const u8 want[] = { 0x00, 0x00, 0x00, 10, 0x00, 0x80, 0x83, 0x86,
				   0x87, 0x88, 0x8f, 0xb0, 0xb1, 0xb2 };
	unsigned int page, i;
	u8 buf[MAX], p[MAX];

	EQ(vpd(buf, &disk, 0x00), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
	for (i = 5; i < 4 + buf[3]; i++)
		OK(buf[i] > buf[i - 1]);
	for (page = 0; page < 256; page++) {
		EQ(!!vpd(p, &disk, page), !!memchr(buf + 4, page, buf[3]));
		if (!memchr(buf + 4, page, buf[3]))
			continue;
		EQ(p[0], 0x00);
		EQ(p[1], page);
		EQ(get_unaligned_be16(p + 2), vpd(p, &disk, page) - 4);
	}
}

UNIT(vpd_80_unit_serial_number)
{
	u8 buf[MAX];

	EQ(vpd(buf, &disk, 0x80), 4 + 13);
	EQ(buf[3], 13);
	MEM_EQ(buf + 4, "SN-0123456789", 13);
}

/* SPC-5 7.7.6.1: PROTOCOL IDENTIFIER, CODE SET; PIV, ASSOCIATION, DESIGNATOR TYPE; length */
UNIT(vpd_83_device_identification)
{
	static const u8 want[] = {
		0x00, 0x83, 0x00, 12 + 25 + 12 + 8,
		/* logical unit, binary, NAA */
		0x01, 0x03, 0x00, 8, 0x31, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		/* logical unit, ASCII, T10 vendor ID */
		0x02, 0x01, 0x00, 21, 'T', 'G', 'T', 'C', 'O', 'R', 'E', ' ',
		'S', 'N', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
		/* target port, SAS, binary, NAA */
		0x61, 0x93, 0x00, 8, 0x3f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21,
		/* target port, SAS, binary, relative target port identifier */
		0x61, 0x94, 0x00, 4, 0x00, 0x00, 0x12, 0x34,
	};
	u8 buf[MAX];

	EQ(vpd(buf, &disk, 0x83), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
}

UNIT(vpd_serial_of_every_length)
{
	struct tgt_disk d = disk;
	char serial[37];
	unsigned int n;
	u8 buf[MAX];

	d.serial = serial;
	for (n = 1; n <= 36; n++) {
		memset(serial, 'a' + n % 26, n);
		serial[n] = 0;
		EQ(vpd(buf, &d, 0x80), 4 + n);
		MEM_EQ(buf + 4, serial, n);
		EQ(vpd(buf, &d, 0x83), 4 + 12 + 4 + 8 + n + 12 + 8);
		EQ(buf[4 + 12 + 3], 8 + n);
		MEM_EQ(buf + 4 + 12 + 4 + 8, serial, n);
	}
}

/* SPC-5 7.7.6.8: a target port group designator where there is a group */
UNIT(vpd_83_target_port_group)
{
	static const u8 want[] = { 0x61, 0x95, 0x00, 4, 0x00, 0x00, 0xab, 0xcd };
	struct tgt_disk d = disk;
	u8 buf[MAX];

	d.tpgs = 3;
	d.tpg = 0xabcd;
	EQ(vpd(buf, &d, 0x83), 4 + 12 + 25 + 12 + 8 + 8);
	EQ(buf[3], 12 + 25 + 12 + 8 + 8);
	MEM_EQ(buf + 4 + 12 + 25 + 12 + 8, want, sizeof(want));
}

/* SPC-5 7.7.10: all pages and subpages, MLUS=0, shared */
UNIT(vpd_87_mode_page_policy)
{
	static const u8 want[] = { 0x00, 0x87, 0x00, 4, 0x3f, 0xff, 0x00, 0x00 };
	u8 buf[MAX];

	EQ(vpd(buf, &disk, 0x87), sizeof(want));
	MEM_EQ(buf, want, sizeof(want));
}

/* SPC-5 7.7.14; without a list it is the port the command came through */
UNIT(vpd_88_scsi_ports)
{
	static const u8 one[] = {
		0x00, 0x88, 0x00, 24,
		0x00, 0x00, 0x12, 0x34,		/* relative port identifier */
		0x00, 0x00, 0x00, 0x00,		/* no initiator port */
		0x00, 0x00, 0x00, 0x0c,		/* target port descriptors */
		0x61, 0x93, 0x00, 8, 0x3f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21,
	};
	static const u8 two[] = {
		0x00, 0x88, 0x00, 48,
		0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
		0x51, 0x93, 0x00, 8, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
		0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
		0x61, 0x93, 0x00, 8, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0b,
	};
	static const struct tgt_disk_port ports[] = {
		{ 0x300000000000000aULL, 0x0001, 5 },
		{ 0x300000000000000bULL, 0xffff, 6 },
	};
	struct tgt_disk d = disk;
	u8 buf[MAX];

	EQ(vpd(buf, &d, 0x88), sizeof(one));
	MEM_EQ(buf, one, sizeof(one));
	d.ports = ports;
	d.nr_ports = 2;
	EQ(vpd(buf, &d, 0x88), sizeof(two));
	MEM_EQ(buf, two, sizeof(two));
}

/* SPC-5 6.7.2: TPGS is in bits 5 and 4 of byte 5; 5.16.2: qualifier 001b, in VPD pages too */
UNIT(inquiry_of_asymmetric_access)
{
	struct tgt_disk d = disk;
	struct tgt_resp r;
	u8 buf[MAX];

	d.tpgs = 3;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_inquiry_std(&r, &d);
	EQ(buf[0], 0x00);
	EQ(buf[5], 0x38);
	d.absent = true;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_inquiry_std(&r, &d);
	EQ(buf[0], 0x20);
	EQ(buf[5], 0x38);
	OK(vpd(buf, &d, 0x83));
	EQ(buf[0], 0x20);
}

/* SPC-5 7.7.7: only SIMPLE task attributes, V_SUP as the cache is, RTD_SUP */
UNIT(vpd_86_extended_inquiry)
{
	struct tgt_disk d = disk;
	u8 buf[MAX];
	int wce;

	for (wce = 0; wce < 2; wce++) {
		d.wce = wce;
		EQ(vpd(buf, &d, 0x86), 64);
		EQ(buf[3], 0x3c);
		EQ(buf[4], 0x00);	/* no microcode activation, no protection checks */
		EQ(buf[5] & 0x3f, buf[5]);
		EQ(buf[5] & 0x07, 0x07);	/* HEADSUP, ORDSUP, SIMPSUP */
		EQ(buf[6], wce);	/* V_SUP; no NV_SUP, CRD_SUP, WU_SUP */
		EQ(buf[7], 0x00);
		EQ(buf[8], 0x08);	/* RTD_SUP; no R_SUP, HSSRELEF, CBCS */
		EQ(buf[9], 0x00);
		OK(!memchr_inv(buf + 12, 0, 64 - 12));
	}
	/* extended self-test completion minutes, at 128 MiB/s */
	d.nblocks = 1ULL << (44 - d.block_shift);
	EQ(vpd(buf, &d, 0x86), 64);
	EQ(get_unaligned_be16(buf + 10), 131072 / 60);
	d.nblocks = 1ULL << (60 - d.block_shift);
	EQ(vpd(buf, &d, 0x86), 64);
	EQ(get_unaligned_be16(buf + 10), 0xffff);
}

/* SPC-5 6.7.2 and 7.7.7, SBC-4 5.21: PROTECT; SPT and what is checked; P_TYPE and PROT_EN */
UNIT(protection_information)
{
	static const u8 want[4][3] = {
		{ 0x00, 0x00, 0x00 }, { 0x01, 0x07, 0x01 },
		{ 0x01, 0x17, 0x03 }, { 0x01, 0x27, 0x05 },
	};
	struct tgt_disk d = disk;
	struct tgt_resp r;
	u8 buf[MAX];

	for (d.pi = 0; d.pi < 4; d.pi++) {
		tgt_resp_init(&r, buf, sizeof(buf));
		tgt_inquiry_std(&r, &d);
		EQ(buf[5] & 0x01, want[d.pi][0]);
		EQ(vpd(buf, &d, 0x86), 64);
		EQ(buf[4], want[d.pi][1]);
		tgt_resp_init(&r, buf, sizeof(buf));
		tgt_capacity16(&r, &d);
		EQ(buf[12], want[d.pi][2]);
		EQ(buf[13], 0x03);		/* P_I_EXPONENT=0 */
	}
	/* one that can be formatted with any: all three, whatever it is just now */
	d.pi_any = true;
	for (d.pi = 0; d.pi < 4; d.pi++) {
		tgt_resp_init(&r, buf, sizeof(buf));
		tgt_inquiry_std(&r, &d);
		EQ(buf[5] & 0x01, 0x01);
		EQ(vpd(buf, &d, 0x86), 64);
		EQ(buf[4], 7 << 3 | 7);
	}
}

/* SBC-4 6.6.4 */
UNIT(vpd_b0_block_limits)
{
	struct tgt_disk d = disk;
	u8 buf[MAX];

	EQ(vpd(buf, &d, 0xb0), 64);
	EQ(buf[3], 0x3c);
	EQ(buf[4], 0x01);			/* WSNZ */
	EQ(buf[5], 0xff);			/* COMPARE AND WRITE: what one byte can say */
	EQ(get_unaligned_be16(buf + 6), 8);	/* granularity: a physical block */
	EQ(get_unaligned_be32(buf + 8), 32768);	/* 16 MiB in blocks of 512 */
	EQ(get_unaligned_be32(buf + 12), 2048);
	OK(!memchr_inv(buf + 16, 0, 36 - 16));	/* PRE-FETCH without limit, no UNMAP */
	EQ(get_unaligned_be64(buf + 36), 2097152);	/* WRITE SAME: 1 GiB */
	OK(!memchr_inv(buf + 44, 0, 64 - 44));	/* no atomic writes */

	d.lbp = true;
	EQ(vpd(buf, &d, 0xb0), 64);
	EQ(get_unaligned_be32(buf + 20), 2097152);	/* UNMAP: 1 GiB ... */
	EQ(get_unaligned_be32(buf + 24), 256);		/* ... in so many descriptors */
	EQ(get_unaligned_be32(buf + 28), 8);		/* granularity */
	EQ(get_unaligned_be32(buf + 32), 0);		/* UGAVALID=0 */

	d.block_shift = 12;
	d.phys_exp = 0;
	d.opt_io = 0;
	EQ(vpd(buf, &d, 0xb0), 64);
	EQ(get_unaligned_be16(buf + 6), 1);
	EQ(get_unaligned_be32(buf + 8), 4096);	/* blocks of 4096 */
	EQ(get_unaligned_be32(buf + 12), 0);
}

/* SBC-4 6.6.5: 0001h is a medium that does not turn, 0000h not reported */
UNIT(vpd_b1_characteristics)
{
	struct tgt_disk d = disk;
	u8 buf[MAX];

	EQ(vpd(buf, &d, 0xb1), 64);
	EQ(buf[3], 0x3c);
	EQ(get_unaligned_be16(buf + 4), 0x0001);
	OK(!memchr_inv(buf + 6, 0, 64 - 6));
	/* WABEREQ=01b: what SANITIZE erased can be read */
	d.lbp = true;
	d.lbprz = true;
	EQ(vpd(buf, &d, 0xb1), 64);
	EQ(buf[7], 0x40);
	d.rotational = true;
	EQ(vpd(buf, &d, 0xb1), 64);
	OK(get_unaligned_be16(buf + 4) == 0 || get_unaligned_be16(buf + 4) > 0x0400);
}

/* SBC-4 6.6.9: page length 4 without a designator; fully provisioned, or thin */
UNIT(vpd_b2_provisioning)
{
	static const u8 full[8] = { 0x00, 0xb2, 0x00, 0x04 };
	static const u8 thin[8] = { 0x00, 0xb2, 0x00, 0x04, 0x00, 0x80, 0x02 };
	static const u8 zeroes[8] = { 0x00, 0xb2, 0x00, 0x04, 0x00, 0xe4, 0x02 };
	struct tgt_disk d = disk;
	u8 buf[MAX];

	EQ(vpd(buf, &d, 0xb2), sizeof(full));
	MEM_EQ(buf, full, sizeof(full));
	d.lbp = true;			/* LBPU */
	EQ(vpd(buf, &d, 0xb2), sizeof(thin));
	MEM_EQ(buf, thin, sizeof(thin));
	d.lbprz = true;			/* LBPWS, LBPWS10, LBPRZ=001b too */
	EQ(vpd(buf, &d, 0xb2), sizeof(zeroes));
	MEM_EQ(buf, zeroes, sizeof(zeroes));
}

/* --- capacity ---------------------------------------------------------------- */

/* SBC-4 5.20: the last LBA, or FFFFFFFFh if it does not fit */
UNIT(capacity_10)
{
	static const struct {
		u64	nblocks;
		u32	last;
	} t[] = {
		{ 1, 0 },
		{ 2097152, 2097151 },
		{ 0xfffffffe, 0xfffffffd },
		{ 0xffffffff, 0xfffffffe },
		{ 0x100000000, 0xffffffff },
		{ 0x100000001, 0xffffffff },
		{ 1ULL << 54, 0xffffffff },
	};
	struct tgt_disk d = disk;
	struct tgt_resp r;
	unsigned int i;
	u8 buf[8];

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		d.nblocks = t[i].nblocks;
		d.block_shift = i & 1 ? 12 : 9;
		tgt_resp_init(&r, buf, sizeof(buf));
		tgt_capacity10(&r, &d);
		EQ(r.len, 8);
		EQ(get_unaligned_be32(buf), t[i].last);
		EQ(get_unaligned_be32(buf + 4), i & 1 ? 4096 : 512);
	}
}

/* SBC-4 5.21 */
UNIT(capacity_16)
{
	static const u8 want[32] = {
		0x00, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xaa,	/* last LBA */
		0x00, 0x00, 0x02, 0x00,				/* block length */
		0x00,						/* P_TYPE, PROT_EN */
		0x03,						/* eight blocks a physical one */
	};						/* LBPME=0, LBPRZ=0, aligned at 0 */
	struct tgt_disk d = disk;
	struct tgt_resp r;
	u8 buf[40];

	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity16(&r, &d);
	EQ(r.len, 32);
	MEM_EQ(buf, want, 32);
	d.lbp = true;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity16(&r, &d);
	EQ(buf[14], 0x80);				/* LBPME */
	d.lbprz = true;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity16(&r, &d);
	EQ(buf[14], 0xc0);				/* LBPRZ */
	d.lbp = false;
	d.lbprz = false;
	d.nblocks = 1ULL << 51;
	d.block_shift = 12;
	d.phys_exp = 0;
	tgt_resp_init(&r, buf, sizeof(buf));
	tgt_capacity16(&r, &d);
	EQ(get_unaligned_be64(buf), (1ULL << 51) - 1);
	EQ(get_unaligned_be32(buf + 8), 4096);
	EQ(buf[13], 0);
}

/* --- bounds -------------------------------------------------------------------- */

/*
 * Each body cut at each length, in exactly so many bytes of heap: a prefix of the whole
 * body, whose own length fields stay those of the whole (SPC-5 4.2.5.6), and no byte beyond.
 */
UNIT(every_body_is_cut_at_every_length)
{
	struct tgt_resp whole, part;
	u8 full[MAX], *buf;
	unsigned int i, n;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		tgt_resp_init(&whole, full, sizeof(full));
		OK(make(&whole, &disk, &bodies[i]));
		OK(whole.len <= sizeof(full));
		for (n = 0; n <= whole.len; n++) {
			buf = malloc(n + 1);
			buf[n] = GUARD;
			tgt_resp_init(&part, buf, n);
			ok = make(&part, &disk, &bodies[i]) && part.len == whole.len &&
			     buf[n] == GUARD;
			/* a 16-bit length field that is cut in two is not stored at all */
			ok = ok && (!memcmp(buf, full, n) ||
				    (bodies[i].kind == BODY_VPD && n == 3));
			free(buf);
			if (!ok)
				printf("# body %u cut to %u bytes\n", i, n);
			OK(ok);
		}
	}
}

/* Facts of any kind make no body longer than the engine's own buffers hold. */
UNIT(any_facts_any_page)
{
	char serial[37], name[49];
	struct tgt_disk d;
	struct tgt_resp r;
	struct body b;
	unsigned int n, i, size;
	u8 *buf;
	bool ok;

	rng = 1;
	for (n = 0; n < 200000; n++) {
		for (i = 0; i < 36; i++)
			serial[i] = 0x20 + rnd64() % 0x5f;
		serial[1 + rnd64() % 36] = 0;
		serial[36] = 0;
		for (i = 0; i < 48; i++)
			name[i] = 0x20 + rnd64() % 0x5f;
		name[rnd64() % 49] = 0;
		name[48] = 0;
		d = (struct tgt_disk) {
			.nblocks = (rnd64() >> (rnd64() % 54 + 9)) + 1,
			.naa = rnd64(), .port_naa = rnd64(),
			.max_io = 16 << 20, .opt_io = rnd64(),
			.serial = serial, .name = name, .rtpi = rnd64(),
			.protocol = rnd64() & 0xf,
			.block_shift = rnd64() & 1 ? 9 : 12, .phys_exp = rnd64() & 0xf,
			.readonly = rnd64() & 1, .wce = rnd64() & 1, .rotational = rnd64() & 1,
			.tpgs = rnd64() & 3, .tpg = rnd64(), .absent = rnd64() & 1,
			.pi = rnd64() & 3,
		};
		b = (struct body) { rnd64() % 5, rnd64() };
		size = rnd64() % 256;
		buf = malloc(size ?: 1);
		tgt_resp_init(&r, buf, size);
		ok = !make(&r, &d, &b) || (r.len && r.len <= 128);
		free(buf);
		OK(ok);
	}
}
