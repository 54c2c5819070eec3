// SPDX-License-Identifier: GPL-2.0
/*
 * Mode pages byte by byte against SPC-5 7.5 and SBC-4 6.5, and MODE SELECT (SPC-5 6.12, 6.13):
 * what it accepts changes what MODE SENSE shows, what it refuses changes nothing.
 */
// uses: core/scsi/mode.c
#include "shim.h"
#include "unit.h"
#include "scsi/mode.h"
#include "../lib/rnd.h"

#define MAX	512

static const struct tgt_mode_state fresh = {
	.now = { .tas = true, .wce = true },
	.saved = { .tas = true, .wce = true },
};

static const struct tgt_disk disk = {
	.nblocks = 0x123456,
	.serial = "SN",
	.name = "disk0",
	.block_shift = 9,
	.wce = true,
	.modes = &fresh,
};

static const u8 qerr[] = { TGT_QERR_NONE, TGT_QERR_ALL, TGT_QERR_NEXUS };

static u32 mode(u8 *buf, const struct tgt_disk *d, u8 pc, u8 page, u8 subpage)
{
	struct tgt_resp r;

	tgt_resp_init(&r, buf, MAX);
	return tgt_mode_pages(&r, d, pc, page, subpage) ? r.len : 0;
}

static u32 sense(u8 *buf, const struct tgt_disk *d, const u8 *cdb)
{
	struct tgt_resp r;

	tgt_resp_init(&r, buf, MAX);
	return tgt_mode_sense(&r, d, cdb) ? r.len : 0;
}

static const u8 select6[6] = { 0x15, 0x10 }, select10[10] = { 0x55, 0x10 };

static enum tgt_sense apply(const struct tgt_disk *d, const u8 *cdb, const u8 *list, u32 len,
			    struct tgt_mode_state *state)
{
	u8 *copy = malloc(len ?: 1);	/* so that reading beyond it is seen */
	enum tgt_sense got;

	memcpy(copy, list, len);
	got = tgt_mode_select(d, cdb, copy, len, state);
	free(copy);
	return got;
}

static bool same(const struct tgt_mode_state *a, const struct tgt_mode_state *b)
{
	return tgt_modes_equal(&a->now, &b->now) && tgt_modes_equal(&a->saved, &b->saved);
}

/* --- MODE SENSE ------------------------------------------------------------------ */

/* Zeros: no retries, no recovery time limit (SBC-4 6.5.10); no limits (SPC-5 7.5.13) */
UNIT(pages_of_zeros)
{
	static const u8 p01[12] = { 0x01, 0x0a }, p02[16] = { 0x02, 0x0e };
	u8 buf[MAX];

	EQ(mode(buf, &disk, 0, 0x01, 0), 12);
	MEM_EQ(buf, p01, 12);
	EQ(mode(buf, &disk, 0, 0x02, 0), 16);
	MEM_EQ(buf, p02, 16);
}

/* SBC-4 6.5.6: WCE is bit 2 of byte 2; without a cache it is 0 and stays so */
UNIT(page_08_caching)
{
	struct tgt_mode_state m = fresh;
	struct tgt_disk d = disk;
	u8 buf[MAX];
	int cache, on;

	d.modes = &m;
	for (cache = 0; cache < 2; cache++)
		for (on = 0; on < 2; on++) {
			d.wce = cache;
			m.now.wce = on;
			EQ(mode(buf, &d, 0, 0x08, 0), 20);
			EQ(buf[0], 0x88);	/* PS=1 */
			EQ(buf[1], 0x12);
			EQ(buf[2], cache && on ? 0x04 : 0x00);
			OK(!memchr_inv(buf + 3, 0, 20 - 3));
			EQ(mode(buf, &d, 1, 0x08, 0), 20);
			EQ(buf[2], cache ? 0x04 : 0x00);
			OK(!memchr_inv(buf + 3, 0, 20 - 3));
			EQ(mode(buf, &d, 2, 0x08, 0), 20);
			EQ(buf[2], cache ? 0x04 : 0x00);
		}
}

/* SPC-5 7.5.10: current, changeable, default, and one bit after the other */
UNIT(page_0a_control)
{
	static const u8 dflt[12] = { 0x8a, 0x0a, 0x00, 0x10, 0x00, 0x40, 0, 0, 0xff, 0xff, 0, 4 };
	static const u8 mask[12] = { 0x8a, 0x0a, 0x24, 0x1e, 0x08, 0x40 };
	struct tgt_mode_state m = fresh;
	struct tgt_disk d = disk;
	u8 buf[MAX];

	d.modes = &m;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	MEM_EQ(buf, dflt, 12);
	EQ(mode(buf, &d, 1, 0x0a, 0), 12);
	MEM_EQ(buf, mask, 12);		/* TST bit 0, D_SENSE; QAM bit 0, NUAR, QERR; SWP; TAS */
	m.now.qerr = TGT_QERR_NEXUS;
	m.now.restricted = true;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[3], 0x06);
	m.now.qerr = TGT_QERR_ALL;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[3], 0x02);
	m = fresh;
	m.now.nuar = true;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[3], 0x18);
	m = fresh;
	m.now.d_sense = true;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[2], 0x04);
	m.now.tst = 1;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[2], 0x24);
	m.now.swp = true;
	m.saved.swp = true;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[4], 0x08);
	m.now.tas = false;
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(buf[5], 0x00);
	EQ(mode(buf, &d, 2, 0x0a, 0), 12);
	MEM_EQ(buf, dflt, 12);
	EQ(mode(buf, &d, 3, 0x0a, 0), 12);
	EQ(buf[2], 0x00);
	EQ(buf[4], 0x08);
	EQ(buf[5], 0x40);
	d.pi = 1;
	EQ(mode(buf, &d, 3, 0x0a, 0), 12);
	EQ(buf[5], 0xc0);		/* ATO */
	EQ(mode(buf, &d, 1, 0x0a, 0), 12);
	EQ(buf[5], 0x40);
}

/* Extended self-test completion time: FFFFh tells of 65535 seconds or more. */
UNIT(page_0a_self_test_time)
{
	struct tgt_disk d = disk;
	u8 buf[MAX];

	d.nblocks = 1ULL << (40 - 9);			/* 1 TiB, at 128 MiB/s */
	EQ(mode(buf, &d, 0, 0x0a, 0), 12);
	EQ(get_unaligned_be16(buf + 10), 8192);
	EQ(mode(buf, &d, 1, 0x0a, 0), 12);
	EQ(get_unaligned_be16(buf + 10), 0);		/* not changeable */
	d.nblocks = 1ULL << (43 - 9);
	EQ(mode(buf, &d, 2, 0x0a, 0), 12);
	EQ(get_unaligned_be16(buf + 10), 0xffff);
}

/* SPC-5 7.5.11: subpage format, length 1Ch; SCSIP; IALUAE where states change by themselves */
UNIT(page_0a_01_control_extension)
{
	static const u8 want[32] = { 0x4a, 0x01, 0x00, 0x1c, 0x02 };
	struct tgt_disk d = disk;
	u8 buf[MAX];

	EQ(mode(buf, &d, 0, 0x0a, 0x01), 32);
	MEM_EQ(buf, want, 32);
	d.tpgs = 1;
	EQ(mode(buf, &d, 0, 0x0a, 0x01), 32);
	EQ(buf[4], 0x03);
	EQ(mode(buf, &d, 1, 0x0a, 0x01), 32);
	OK(!memchr_inv(buf + 4, 0, 28));
}

/* SPC-5 7.5.12: DEXCPT=1, MRIE=0: none reported */
UNIT(page_1c_exceptions)
{
	static const u8 want[12] = { 0x1c, 0x0a, 0x08 };
	u8 buf[MAX];

	EQ(mode(buf, &disk, 0, 0x1c, 0), 12);
	MEM_EQ(buf, want, 12);
}

/* SPC-5 6.14.1: 3Fh is all pages, FFh all subpages of one or of all */
UNIT(pages_there_are)
{
	static const u8 pages[] = { 0x01, 0x02, 0x08, 0x0a, 0x1c };
	unsigned int page, sub, pc;
	u8 buf[MAX];
	bool have;

	for (pc = 0; pc < 4; pc++) {
		EQ(mode(buf, &disk, pc, 0x3f, 0x00), 12 + 16 + 20 + 12 + 12);
		EQ(mode(buf, &disk, pc, 0x3f, 0xff), 12 + 16 + 20 + 12 + 32 + 12);
		EQ(mode(buf, &disk, pc, 0x0a, 0xff), 12 + 32);
		EQ(mode(buf, &disk, pc, 0x08, 0xff), 20);
		for (page = 0; page < 0x40; page++)
			for (sub = 0; sub < 256; sub++) {
				have = (sub == 0 || sub == 0xff) &&
				       (page == 0x3f || memchr(pages, page, 5));
				have = have || (page == 0x0a && sub == 1);
				EQ(!!mode(buf, &disk, pc, page, sub), have);
			}
	}
}

/* SBC-4 6.5.1: WP is bit 7, DPOFUA bit 4 */
UNIT(device_specific_parameter)
{
	struct tgt_disk d = disk;

	EQ(tgt_mode_device_specific(&d), 0x10);
	d.readonly = true;
	EQ(tgt_mode_device_specific(&d), 0x90);
}

/* SPC-5 7.5.5 and 7.5.6, SBC-4 6.5.2: headers and block descriptors */
UNIT(headers)
{
	static const u8 six[] = { 23, 0x00, 0x10, 8, 0x00, 0x12, 0x34, 0x56, 0, 0, 2, 0, 0x9c };
	static const u8 ten[] = { 0, 26, 0x00, 0x10, 0, 0, 0, 8, 0x00, 0x12, 0x34, 0x56, 0, 0, 2, 0,
				  0x1c };
	static const u8 lba[] = { 0, 34, 0x00, 0x10, 1, 0, 0, 16, 0, 0, 0, 0, 0x00, 0x12, 0x34,
				  0x56, 0, 0, 0, 0, 0, 0, 2, 0, 0x1c };
	static const u8 none[] = { 15, 0x00, 0x10, 0, 0x1c };
	u8 buf[MAX];

	EQ(sense(buf, &disk, (const u8[]) { 0x1a, 0, 0x1c, 0, 255, 0 }), 24);
	MEM_EQ(buf, six, 12);
	EQ(sense(buf, &disk, (const u8[]) { 0x1a, 8, 0x1c, 0, 255, 0 }), 16);
	MEM_EQ(buf, none, sizeof(none));
	EQ(sense(buf, &disk, (const u8[]) { 0x5a, 0, 0x1c, 0, 0, 0, 0, 0, 255, 0 }), 28);
	MEM_EQ(buf, ten, sizeof(ten));
	EQ(sense(buf, &disk, (const u8[]) { 0x5a, 0x10, 0x1c, 0, 0, 0, 0, 0, 255, 0 }), 36);
	MEM_EQ(buf, lba, sizeof(lba));
	OK(sense(buf, &disk, (const u8[]) { 0x5a, 0x10, 0x3f, 0xff, 0, 0, 0, 0, 255, 0 }) <=
	   TGT_MODE_PAGES_MAX);
	EQ(sense(buf, &disk, (const u8[]) { 0x1a, 0, 0x05, 0, 255, 0 }), 0);
}

/* --- MODE SELECT ------------------------------------------------------------------ */

/* Lists that are good, and what they come to. */
UNIT(select_changes)
{
	static const struct {
		u8		ten;
		u8		len;
		u8		list[48];
		struct tgt_modes want;
	} t[] = {
		{ 0, 0, { }, { .tas = 1, .wce = 1 } },
		{ 0, 4, { }, { .tas = 1, .wce = 1 } },
		/* D_SENSE, and TAS off, behind a header alone; PS is ignored */
		{ 0, 16, { 0, 0, 0, 0, 0x8a, 0x0a, 0x04, 0x10, 0, 0x00, 0, 0, 0xff, 0xff, 0, 4 },
		  { .d_sense = 1, .wce = 1 } },
		/* SWP; WP and DPOFUA as they were read; a descriptor */
		{ 0, 24, { 23, 0, 0x90, 8, 0, 0x12, 0x34, 0x56, 0, 0, 2, 0,
			   0x0a, 0x0a, 0x00, 0x10, 0x08, 0x40, 0, 0, 0xff, 0xff, 0, 4 },
		  { .swp = 1, .tas = 1, .wce = 1 } },
		/* a descriptor of 0 blocks, and of all there can be */
		{ 0, 12, { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0 }, { .tas = 1, .wce = 1 } },
		{ 0, 12, { 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0, 0, 2, 0 },
		  { .tas = 1, .wce = 1 } },
		/* TST=001b, then WCE off: two pages */
		{ 1, 40, { 0, 0, 0, 0, 0, 0, 0, 0,
			   0x0a, 0x0a, 0x20, 0x10, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4,
			   0x08, 0x12, 0x00 },
		  { .tst = 1, .tas = 1 } },
		/* QERR=01b; QERR=11b and QAM 0 */
		{ 0, 16, { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x12, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 },
		  { .tas = 1, .wce = 1, .qerr = TGT_QERR_ALL } },
		{ 0, 16, { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x06, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 },
		  { .tas = 1, .wce = 1, .qerr = TGT_QERR_NEXUS, .restricted = 1 } },
		/* NUAR */
		{ 0, 16, { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x18, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 },
		  { .tas = 1, .wce = 1, .nuar = 1 } },
		/* a long descriptor */
		{ 1, 44, { 0, 0, 0, 0, 1, 0, 0, 16, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56,
			   0, 0, 0, 0, 0, 0, 2, 0, 0x88, 0x12, 0x00 },
		  { .tas = 1 } },
		/* pages of which nothing can change, unchanged */
		{ 1, 20, { 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x0a }, { .tas = 1, .wce = 1 } },
		{ 1, 20, { 0, 0, 0, 0, 0, 0, 0, 0, 0x1c, 0x0a, 0x08 }, { .tas = 1, .wce = 1 } },
		{ 1, 40, { 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x01, 0, 0x1c, 0x02 },
		  { .tas = 1, .wce = 1 } },
	};
	struct tgt_mode_state m;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		m = fresh;
		EQ(apply(&disk, t[i].ten ? select10 : select6, t[i].list, t[i].len, &m),
		   TGT_SENSE_NONE);
		OK(tgt_modes_equal(&m.now, &t[i].want));
		OK(tgt_modes_equal(&m.saved, &fresh.saved));
	}
}

/* Lists that are not, each with its sense; behind some stands a page that would be good. */
UNIT(select_refuses)
{
	static const struct {
		u8		ten;
		u8		len;
		enum tgt_sense	want;
		u8		list[48];
	} t[] = {
		/* cut within the header, the descriptor, a page's header, a page */
		{ 0, 1, TGT_SENSE_PARAM_LENGTH, { } },
		{ 0, 3, TGT_SENSE_PARAM_LENGTH, { } },
		{ 1, 4, TGT_SENSE_PARAM_LENGTH, { } },
		{ 1, 7, TGT_SENSE_PARAM_LENGTH, { } },
		{ 0, 11, TGT_SENSE_PARAM_LENGTH, { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0 } },
		{ 0, 5, TGT_SENSE_PARAM_LENGTH, { 0, 0, 0, 0, 0x0a } },
		{ 0, 15, TGT_SENSE_PARAM_LENGTH,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x04, 0x10, 0, 0x40, 0, 0, 0xff, 0xff, 0 } },
		{ 1, 11, TGT_SENSE_PARAM_LENGTH, { 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x01, 0 } },
		{ 1, 39, TGT_SENSE_PARAM_LENGTH,
		  { 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 0x01, 0, 0x1c, 0x02 } },
		/* medium type, device specific bits that are reserved */
		{ 0, 4, TGT_SENSE_PARAM_FIELD, { 0, 1, 0, 0 } },
		{ 0, 4, TGT_SENSE_PARAM_FIELD, { 0, 0, 0x01, 0 } },
		/* a descriptor of another length, size, number; LONGLBA and length disagree */
		{ 0, 20, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 16 } },
		{ 0, 12, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 16, 0 } },
		{ 0, 12, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 8, 0, 0x12, 0x34, 0x55, 0, 0, 2, 0 } },
		{ 0, 12, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 8, 0, 0, 0, 0, 1, 0, 2, 0 } },
		{ 1, 24, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0 } },
		{ 1, 24, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0, 0, 0, 16 } },
		/* no such page, subpage; a page of another length, in the other format */
		{ 0, 8, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x1a, 2 } },
		{ 0, 8, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x3f, 2 } },
		{ 0, 14, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x0a, 0x08, 0, 0x10, 0, 0x40 } },
		{ 0, 36, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x4a, 0x02, 0, 0x1c, 0x02 } },
		{ 0, 36, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x4a, 0x00, 0, 0x08, 0x02 } },
		{ 0, 32, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x0a, 0x1a, 0, 0x10, 0, 0x40 } },
		/* TST=010b; QERR=10b; QAM=2; RLEC; UA_INTLCK_CTRL; a retry; DEXCPT=0; RCD */
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x40, 0x10, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x14, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x20, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x01, 0x10, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x10, 0x10, 0x40, 0, 0, 0xff, 0xff, 0, 4 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x10, 0x00, 0x40, 0, 0, 0xff, 0xff, 0, 3 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x01, 0x0a, 0, 1 } },
		{ 0, 16, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x1c, 0x0a } },
		{ 0, 24, TGT_SENSE_PARAM_FIELD, { 0, 0, 0, 0, 0x08, 0x12, 0x05 } },
		/* a good page, then a bad one: the first does not count either */
		{ 0, 28, TGT_SENSE_PARAM_FIELD,
		  { 0, 0, 0, 0, 0x0a, 0x0a, 0x04, 0x10, 0, 0x40, 0, 0, 0xff, 0xff, 0, 4,
		    0x1c, 0x0a } },
	};
	struct tgt_mode_state m;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		m = fresh;
		if (apply(&disk, t[i].ten ? select10 : select6, t[i].list, t[i].len, &m) !=
		    t[i].want)
			printf("# list %u\n", i);
		m = fresh;
		EQ(apply(&disk, t[i].ten ? select10 : select6, t[i].list, t[i].len, &m),
		   t[i].want);
		OK(same(&m, &fresh));
	}
}

/* Without a cache there is none to enable, and WCE=1 is a change of what cannot change. */
UNIT(select_of_no_cache)
{
	static const u8 on[24] = { 0, 0, 0, 0, 0x08, 0x12, 0x04 };
	static const u8 off[24] = { 0, 0, 0, 0, 0x08, 0x12, 0x00 };
	struct tgt_mode_state m = fresh;
	struct tgt_disk d = disk;

	d.wce = false;
	EQ(apply(&d, select6, on, 24, &m), TGT_SENSE_PARAM_FIELD);
	EQ(apply(&d, select6, off, 24, &m), TGT_SENSE_NONE);
	OK(same(&m, &fresh));
}

/* SP saves what is then current; PF=0 is refused where there is a list; RTD */
UNIT(select_bits_of_the_cdb)
{
	static const u8 swp[16] = { 0, 0, 0, 0, 0x0a, 0x0a, 0x00, 0x10, 0x08, 0x40, 0, 0,
				    0xff, 0xff, 0, 4 };
	struct tgt_mode_state m = fresh;

	EQ(apply(&disk, (const u8[6]) { 0x15, 0x00 }, swp, 16, &m), TGT_SENSE_INVALID_FIELD);
	EQ(apply(&disk, (const u8[6]) { 0x15, 0x00 }, swp, 0, &m), TGT_SENSE_NONE);
	EQ(apply(&disk, (const u8[6]) { 0x15, 0x12 }, swp, 16, &m), TGT_SENSE_INVALID_FIELD);
	OK(same(&m, &fresh));

	EQ(apply(&disk, select6, swp, 16, &m), TGT_SENSE_NONE);
	EQ(m.now.swp, true);
	EQ(m.saved.swp, false);
	EQ(apply(&disk, (const u8[6]) { 0x15, 0x11 }, swp, 0, &m), TGT_SENSE_NONE);
	EQ(m.saved.swp, true);
	EQ(apply(&disk, (const u8[6]) { 0x15, 0x12 }, swp, 0, &m), TGT_SENSE_NONE);
	EQ(m.now.swp, false);
	EQ(m.saved.swp, true);
	EQ(apply(&disk, (const u8[6]) { 0x15, 0x13 }, swp, 0, &m), TGT_SENSE_NONE);
	OK(same(&m, &fresh));
}

/*
 * Every bit of every page, alone: it is accepted if the changeable mask has it, and is then the
 * only one that changed; else it is refused. So is QERR=10b, which is reserved.
 */
UNIT(select_accepts_what_the_mask_has)
{
	static const u8 pages[][2] = { { 1, 0 }, { 2, 0 }, { 8, 0 }, { 0xa, 0 }, { 0xa, 1 },
				       { 0x1c, 0 } };
	u8 now[MAX], mask[MAX], after[MAX], list[8 + 64];
	struct tgt_mode_state m;
	unsigned int i, bit, head;
	struct tgt_disk d = disk;
	enum tgt_sense got;
	u32 len;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		len = mode(now, &disk, 0, pages[i][0], pages[i][1]);
		EQ(mode(mask, &disk, 1, pages[i][0], pages[i][1]), len);
		head = pages[i][1] ? 4 : 2;
		for (bit = 8 * head; bit < 8 * len; bit++) {
			memset(list, 0, 8);
			memcpy(list + 8, now, len);
			list[8 + bit / 8] ^= 1 << bit % 8;
			m = fresh;
			got = apply(&disk, select10, list, 8 + len, &m);
			if (!(mask[bit / 8] & 1 << bit % 8) ||
			    (pages[i][0] == 0x0a && !pages[i][1] && bit == 8 * 3 + 2)) {
				EQ(got, TGT_SENSE_PARAM_FIELD);
				OK(same(&m, &fresh));
				continue;
			}
			EQ(got, TGT_SENSE_NONE);
			d.modes = &m;
			EQ(mode(after, &d, 0, pages[i][0], pages[i][1]), len);
			MEM_EQ(after, list + 8, len);
		}
	}
}

/* What MODE SENSE tells MODE SELECT takes, whatever it is, whole, and nothing changes. */
UNIT(select_takes_what_sense_tells)
{
	struct tgt_mode_state m, was;
	struct tgt_disk d = disk;
	unsigned int n;
	u8 cdb[10], buf[MAX];
	u32 len;

	rng = 1;
	for (n = 0; n < 20000; n++) {
		was.now = (struct tgt_modes) { rnd64() & 1, rnd64() & 1, rnd64() & 1, rnd64() & 1,
					       rnd64() & 1, qerr[rnd64() % 3], rnd64() & 1,
					       .nuar = rnd64() & 1 };
		was.saved = fresh.saved;
		d.modes = &was;
		d.wce = rnd64() & 1;
		d.nblocks = rnd64() >> (10 + rnd64() % 40) ?: 1;
		d.tpgs = rnd64() & 3;
		d.block_shift = rnd64() & 1 ? 12 : 9;
		memset(cdb, 0, 10);
		cdb[0] = n & 1 ? 0x1a : 0x5a;
		cdb[1] = rnd64() & 0x18;
		cdb[2] = 0x3f;
		cdb[3] = rnd64() & 1 ? 0xff : 0;
		len = sense(buf, &d, cdb);
		OK(len);
		m = was;
		EQ(apply(&d, n & 1 ? select6 : select10, buf, len, &m), TGT_SENSE_NONE);
		OK(same(&m, &was));
	}
}

UNIT(text_there_and_back)
{
	static const char * const bad[] = { ",", "swp,", "tas", "swp,swp", "tst,tst",
					    "d-sense,,swp", "no-tas,no-tas", "sw", "swpx", " swp",
					    "qerr,qerr", "qerr-nexus,qerr", "qerr-",
					    "restricted,restricted", "nuar,nuar" };
	struct tgt_modes m, back, was = { .swp = true };
	char text[TGT_MODES_TEXT];
	unsigned int i;

	for (i = 0; i < 128 * 3; i++) {
		m = (struct tgt_modes) { i & 1, i & 2, i & 4, i & 8, i & 16, qerr[i / 128], i & 32,
					 .nuar = i & 64 };
		tgt_modes_text(&m, text);
		EQ(tgt_modes_parse(text, &back), 0);
		OK(tgt_modes_equal(&m, &back));
	}
	tgt_modes_text(&fresh.now, text);
	OK(!*text);
	EQ(tgt_modes_parse("no-wce,tst", &m), 0);
	OK(m.tst && !m.wce && m.tas && !m.swp && !m.d_sense);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		m = was;
		OK(tgt_modes_parse(bad[i], &m) < 0);
		OK(tgt_modes_equal(&m, &was));
	}
}

/* Each body cut at each length: a prefix of the whole, and no byte beyond. */
UNIT(every_body_is_cut_at_every_length)
{
	static const u8 cdb[10] = { 0x5a, 0x10, 0x3f, 0xff };
	struct tgt_resp whole, part;
	u8 full[MAX], *buf;
	unsigned int n;
	bool ok;

	tgt_resp_init(&whole, full, sizeof(full));
	OK(tgt_mode_sense(&whole, &disk, cdb));
	for (n = 0; n <= whole.len; n++) {
		buf = malloc(n + 1);
		buf[n] = 0xa5;
		tgt_resp_init(&part, buf, n);
		ok = tgt_mode_sense(&part, &disk, cdb) && part.len == whole.len &&
		     buf[n] == 0xa5;
		/* a length field of two bytes that is cut is not stored at all */
		ok = ok && (!memcmp(buf, full, n) || n == 1 || n == 7);
		free(buf);
		OK(ok);
	}
}
