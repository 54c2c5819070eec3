// SPDX-License-Identifier: GPL-2.0
/*
 * A disk in mapped memory, as little of one as Linux's initiator is content with. Answers
 * to READ and WRITE point into the mapping, as with tgtd's mmap backing store.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "mini_tgtd.h"

#define BLOCK 512

#define RESERVATION_CONFLICT	0x18

#define NO_SENSE	0x0
#define MEDIUM_ERROR	0x3
#define ILLEGAL_REQUEST	0x5
#define UNIT_ATTENTION	0x6
#define DATA_PROTECT	0x7

#define INVALID_OPCODE	0x2000
#define LBA_RANGE	0x2100
#define INVALID_FIELD	0x2400
#define NO_LUN		0x2500
#define PROTECTED	0x2700
#define WRITE_ERROR	0x0c00

static __u32 get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static __u32 get32(const __u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static __u64 get64(const __u8 *p)
{
	return (__u64)get32(p) << 32 | get32(p + 4);
}

static void put16(__u8 *p, __u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(__u8 *p, __u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static void put64(__u8 *p, __u64 v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

int decode_lun(const __u8 *lun)
{
	unsigned int n;

	switch (lun[0] >> 6) {
	case 0:			/* peripheral device, bus 0 */
		n = lun[0] ? MAX_LUNS : lun[1];
		break;
	case 1:			/* flat space */
		n = get16(lun) & 0x3fff;
		break;
	case 2:			/* logical unit, as clients of IBM's virtual SCSI number them */
		n = lun[0] & 0x3f ? MAX_LUNS : lun[1];
		break;
	default:
		return -1;
	}
	return n < MAX_LUNS && !get16(lun + 2) && !get32(lun + 4) ? n : -1;
}

static void fill_sense(__u8 *sense, int key, int asc)
{
	memset(sense, 0, SENSE_LEN);
	sense[0] = 0x70;
	sense[2] = key;
	sense[7] = SENSE_LEN - 8;
	put16(sense + 12, asc);
}

static void check_condition(struct cmd *cmd, int key, int asc)
{
	cmd->result = 2;
	cmd->sense_len = SENSE_LEN;
	cmd->len = 0;
	fill_sense(cmd->sense, key, asc);
}

/* What fits: the buffer has len bytes, the CDB allows for room. */
static void reply(struct cmd *cmd, __u32 len, __u32 room)
{
	if (len > room)
		len = room;
	cmd->len = len < cmd->data_len ? len : cmd->data_len;
	cmd->uaddr = (uintptr_t)cmd->buf;
}

static __u32 vpd_serial(const struct cmd *cmd, __u8 *buf)
{
	return sprintf((char *)buf, "mini%02d%03d", cmd->target->number, cmd->lun);
}

static void inquiry(struct cmd *cmd, const struct lun *lun)
{
	__u32 room = get16(cmd->scb + 3), len;
	__u8 *buf = cmd->buf;
	char serial[16];

	buf[0] = lun ? 0 : 0x7f;
	if (!(cmd->scb[1] & 1)) {
		if (cmd->scb[2])
			return check_condition(cmd, ILLEGAL_REQUEST, INVALID_FIELD);
		buf[2] = 5;		/* SPC-3 */
		buf[3] = 2;
		buf[4] = 36 - 5;
		buf[7] = 2;		/* CMDQUE */
		memcpy(buf + 8, "TGTCORE mini_tgtd       0001", 28);
		return reply(cmd, 36, room);
	}
	vpd_serial(cmd, (__u8 *)serial);
	buf[1] = cmd->scb[2];
	switch (buf[1]) {
	case 0x00:
		memcpy(buf + 4, "\x00\x80\x83", 3);
		len = 3;
		break;
	case 0x80:
		len = vpd_serial(cmd, buf + 4);
		break;
	case 0x83:		/* T10 vendor, ASCII */
		buf[4] = 2;
		buf[5] = 1;
		memcpy(buf + 8, "TGTCORE ", 8);
		buf[7] = 8 + vpd_serial(cmd, buf + 16);
		len = 4 + buf[7];
		break;
	default:
		return check_condition(cmd, ILLEGAL_REQUEST, INVALID_FIELD);
	}
	put16(buf + 2, len);
	reply(cmd, 4 + len, room);
}

static void report_luns(struct cmd *cmd)
{
	__u32 room = get32(cmd->scb + 6), len = 0;
	int i;

	if (cmd->scb[2] > 2 || room < 16)
		return check_condition(cmd, ILLEGAL_REQUEST, INVALID_FIELD);
	for (i = 0; i < MAX_LUNS && cmd->scb[2] != 1; i++) {
		if (!cmd->target->luns[i])
			continue;
		put16(cmd->buf + 8 + len, i);
		len += 8;
	}
	put32(cmd->buf, len);
	reply(cmd, 8 + len, room);
}

static __u32 mode_page(__u8 *buf, int page)
{
	switch (page) {
	case 0x08:		/* caching: WCE */
		buf[0] = 0x08;
		buf[1] = 18;
		buf[2] = 4;
		return 20;
	case 0x0a:		/* control: unrestricted reordering */
		buf[0] = 0x0a;
		buf[1] = 10;
		buf[3] = 0x10;
		return 12;
	case 0x3f:
		return mode_page(buf, 0x08) + mode_page(buf + 20, 0x0a);
	}
	return 0;
}

static void mode_sense(struct cmd *cmd, const struct lun *lun)
{
	bool ten = cmd->scb[0] == 0x5a, dbd = cmd->scb[1] & 8;
	__u32 header = ten ? 8 : 4, blocks = dbd ? 0 : 8, len;
	int subpage = cmd->scb[3];
	__u8 *buf = cmd->buf;

	len = mode_page(buf + header + blocks, cmd->scb[2] & 0x3f);
	/* No page has subpages, nothing can be changed or saved. */
	if (!len || (subpage && subpage != 0xff) || cmd->scb[2] >> 6 == 3)
		return check_condition(cmd, ILLEGAL_REQUEST,
				       cmd->scb[2] >> 6 == 3 ? 0x3900 : INVALID_FIELD);
	if (cmd->scb[2] >> 6 == 1)
		memset(buf + header + blocks + 2, 0, len - 2);
	len += header + blocks;
	if (blocks) {
		put32(buf + header, lun->blocks > UINT32_MAX ? UINT32_MAX : lun->blocks);
		put32(buf + header + 4, BLOCK);
	}
	if (ten) {
		put16(buf, len - 2);
		buf[3] = lun->read_only << 7;
		put16(buf + 6, blocks);
	} else {
		buf[0] = len - 1;
		buf[2] = lun->read_only << 7;
		buf[3] = blocks;
	}
	reply(cmd, len, ten ? get16(cmd->scb + 7) : cmd->scb[4]);
}

static void read_capacity(struct cmd *cmd, const struct lun *lun)
{
	__u64 last = lun->blocks - 1;

	if (cmd->scb[0] == 0x25) {
		put32(cmd->buf, last > UINT32_MAX ? UINT32_MAX : last);
		put32(cmd->buf + 4, BLOCK);
		reply(cmd, 8, 8);
	} else if ((cmd->scb[1] & 0x1f) == 0x10) {
		put64(cmd->buf, last);
		put32(cmd->buf + 8, BLOCK);
		reply(cmd, 32, get32(cmd->scb + 10));
	} else {
		check_condition(cmd, ILLEGAL_REQUEST, INVALID_FIELD);
	}
}

static void request_sense(struct cmd *cmd, bool have_lun)
{
	__u16 *ua = have_lun ? &cmd->nexus->ua[cmd->lun] : NULL;

	if (cmd->scb[1] & 1)
		return check_condition(cmd, ILLEGAL_REQUEST, INVALID_FIELD);
	if (!have_lun) {
		fill_sense(cmd->buf, ILLEGAL_REQUEST, NO_LUN);
	} else {
		fill_sense(cmd->buf, *ua ? UNIT_ATTENTION : NO_SENSE, *ua);
		*ua = 0;
	}
	reply(cmd, SENSE_LEN, cmd->scb[4]);
}

static void extent(const __u8 *scb, __u64 *lba, __u32 *blocks)
{
	switch (scb[0] >> 5) {
	case 0:
		*lba = get32(scb) & 0x1fffff;
		*blocks = scb[4] ? scb[4] : 256;
		break;
	case 4:
		*lba = get64(scb + 2);
		*blocks = get32(scb + 10);
		break;
	case 5:
		*lba = get32(scb + 2);
		*blocks = get32(scb + 6);
		break;
	default:
		*lba = get32(scb + 2);
		*blocks = get16(scb + 7);
	}
}

static bool out_of_range(const struct lun *lun, __u64 lba, __u32 blocks)
{
	return lba > lun->blocks || blocks > lun->blocks - lba;
}

/*
 * tgtd leaves length and address of a READ as they are when it fails: past the end of the
 * mapping, or 0 if it did not come to know it. So do we, as kernels must bear that.
 */
static bool read_write(struct cmd *cmd, const struct lun *lun)
{
	__u32 blocks;
	__u64 lba;

	extent(cmd->scb, &lba, &blocks);
	cmd->uaddr = (uintptr_t)lun->map + lba * BLOCK;
	if (__builtin_expect(out_of_range(lun, lba, blocks), 0)) {
		check_condition(cmd, ILLEGAL_REQUEST, LBA_RANGE);
		cmd->len = cmd->write ? 0 : cmd->data_len;
		return true;
	}
	if (cmd->write && lun->read_only) {
		check_condition(cmd, DATA_PROTECT, PROTECTED);
		return true;
	}
	/* data_len was set by the initiator, blocks by the CDB: the less of both */
	cmd->len = cmd->data_len / BLOCK < blocks ? cmd->data_len : blocks * BLOCK;
	return lba + blocks <= lun->silent_from;
}

static void synchronize(struct cmd *cmd, const struct lun *lun)
{
	__u32 blocks;
	__u64 lba;

	extent(cmd->scb, &lba, &blocks);
	if (out_of_range(lun, lba, blocks))
		return check_condition(cmd, ILLEGAL_REQUEST, LBA_RANGE);
	if (lun->fd >= 0 && msync(lun->map, lun->blocks * BLOCK, MS_SYNC))
		check_condition(cmd, MEDIUM_ERROR, WRITE_ERROR);
}

/* SPC-2: of one nexus, until it, a reset or the nexus's end releases it. */
static bool is_reserved(const struct cmd *cmd, const struct lun *lun)
{
	return lun->holder && lun->holder != cmd->itn_id;
}

static void execute_other(struct cmd *cmd, struct lun *lun)
{
	memset(cmd->buf, 0, BUF_SIZE);
	switch (cmd->scb[0]) {
	case 0x00:		/* TEST UNIT READY */
	case 0x1b:		/* START STOP UNIT */
		break;
	case 0x16:		/* RESERVE (6) */
		lun->holder = cmd->itn_id;
		break;
	case 0x17:		/* RELEASE (6) */
		lun->holder = 0;
		break;
	case 0x1a:
	case 0x5a:
		return mode_sense(cmd, lun);
	case 0x25:
	case 0x9e:
		return read_capacity(cmd, lun);
	case 0x35:
	case 0x91:
		return synchronize(cmd, lun);
	default:
		check_condition(cmd, ILLEGAL_REQUEST, INVALID_OPCODE);
	}
}

static bool is_read_write(__u8 opcode)
{
	switch (opcode) {
	case 0x08: case 0x28: case 0xa8: case 0x88:
	case 0x0a: case 0x2a: case 0xaa: case 0x8a:
		return true;
	}
	return false;
}

/* What is neither READ nor WRITE, or has a unit attention or a reservation in its way. */
static void execute(struct cmd *cmd, struct lun *lun)
{
	__u8 opcode = cmd->scb[0];

	/* These tell of no unit attention, and are for LUNs that are not as well. */
	memset(cmd->buf, 0, BUF_SIZE);
	if (opcode == 0x12)
		return inquiry(cmd, lun);
	if (opcode == 0xa0)
		return report_luns(cmd);
	if (opcode == 0x03)
		return request_sense(cmd, lun);

	if (!lun)
		return check_condition(cmd, ILLEGAL_REQUEST, NO_LUN);
	if (cmd->nexus->ua[cmd->lun]) {
		check_condition(cmd, UNIT_ATTENTION, cmd->nexus->ua[cmd->lun]);
		cmd->nexus->ua[cmd->lun] = 0;
		if (is_read_write(opcode) && !cmd->write)
			cmd->len = cmd->data_len;
		return;
	}
	if (is_reserved(cmd, lun)) {
		/* RELEASE by others does nothing, and is good */
		cmd->result = opcode == 0x17 ? 0 : RESERVATION_CONFLICT;
		return;
	}
	execute_other(cmd, lun);
}

bool disk_execute(struct cmd *cmd)
{
	struct lun *lun = cmd->lun < 0 ? NULL : cmd->target->luns[cmd->lun];
	__u8 opcode = cmd->scb[0];
	bool rw = is_read_write(opcode);

	cmd->result = 0;
	cmd->write = rw && (opcode & 2);
	cmd->uaddr = 0;
	cmd->len = 0;
	cmd->sense_len = 0;
	if (rw && lun && !cmd->nexus->ua[cmd->lun] && !is_reserved(cmd, lun))
		return read_write(cmd, lun);
	execute(cmd, lun);
	return true;
}
