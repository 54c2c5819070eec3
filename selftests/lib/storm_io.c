// SPDX-License-Identifier: GPL-2.0
/* The I/O of a configuration storm: what is sent to LUNs that come and go under it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "probe.h"
#include "rnd.h"
#include "storm.h"

#define BLOCK		4096
#define BATCH		8
#define LONG_MS		300000	/* nothing that waits for this is held by a rule */

/* What an initiator may meet when its target goes, or is not there. */
static bool is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ESHUTDOWN || err == -ENOTCONN;
}

static void damage(const struct io *io)
{
	if (io->r.flags & PROBE_DAMAGE)
		storm_fail("CDB %02x: memory that was not its own was written, flags %x",
			   *(const __u8 *)io->cdb, io->r.flags);
}

/* ---- at anything ------------------------------------------------------------------------- */

static void random_io(struct io *io, __u8 *cdb, void *buf)
{
	static const __u8 ops[] = { 0x28, 0x2a, 0x28, 0x2a, 0x35, 0x00, 0x12, 0xa0, 0x25 };
	static const __u32 luns[] = { 0, 1, 2, 300, 5 };
	__u32 lun = luns[rnd(ARRAY_SIZE(luns))], n = 1 + rnd(8);

	memset(cdb, 0, 16);
	cdb[0] = ops[rnd(ARRAY_SIZE(ops))];
	*io = (struct io){ LUN(lun), .cdb = cdb, .cdb_len = 10 };
	switch (cdb[0]) {
	case 0x28:
	case 0x2a:
		cdb[4] = rnd(256);
		cdb[5] = rnd(256);
		cdb[8] = n;
		io->dir = cdb[0] == 0x28 ? TGTPROBE_IN : TGTPROBE_OUT;
		io->len = n * 512;
		break;
	case 0x12:
		cdb[4] = 255;
		io->cdb_len = 6;
		io->dir = TGTPROBE_IN;
		io->len = 255;
		break;
	case 0xa0:
		cdb[8] = 2;
		io->cdb_len = 12;
		io->dir = TGTPROBE_IN;
		io->len = 512;
		break;
	case 0x25:
		io->dir = TGTPROBE_IN;
		io->len = 8;
		break;
	case 0x00:
		io->cdb_len = 6;
		break;
	}
	io->data = io->len ? buf : NULL;
}

/* Some commands at once, each awaited for a while; false if the nexus is of no use any more. */
static bool batch(struct nexus *n)
{
	static __u8 buf[BATCH][BLOCK], cdb[BATCH][16];
	struct io io[BATCH];
	unsigned int i, sent;
	int err;

	for (sent = 0; sent < BATCH; sent++) {
		random_io(&io[sent], cdb[sent], buf[sent]);
		err = probe_send(n, &io[sent]);
		if (is_gone(err))
			break;
		if (err)
			storm_fail("submit: error %d", err);
	}
	for (i = 0; i < sent; i++) {
		err = probe_reap(n, io[i].id, &io[i].r, 500);
		if (err && err != -ETIMEDOUT && !is_gone(err))
			storm_fail("reap: error %d", err);
		if (!err)
			damage(&io[i]);
		/* a rule holds it: now and then the initiator loses its patience */
		if (err == -ETIMEDOUT && !rnd(2))
			probe_tmf_send(n, LUN_RESET, io[i].lun, 0, 0);
		if (err)
			return false;
	}
	return sent == BATCH;
}

/* Nexuses of initiator i@index, one after the other. */
void storm_io(int proc, int index)
{
	char target[8] = "p0", initiator[8] = "i0";
	struct nexus n;
	int err, i;

	initiator[1] += index;
	while (storm_goes_on(proc)) {
		target[1] = '0' + rnd(3);
		err = probe_open(&n, target, initiator);
		if (err) {
			if (!is_gone(err))
				storm_fail("nexus %s at probe:%s: error %d", initiator, target,
					   err);
			usleep(1000);
			continue;
		}
		for (i = rnd(40); i && batch(&n); i--)
			;
		/* in any of its ways, or by close(2) alone */
		if (rnd(2))
			probe_end(&n, rnd(2) ? TGTPROBE_CLOSE_DRAIN : 0);
		probe_close(&n);
	}
}

/* ---- at kept1, with what must be on it --------------------------------------------------- */

static void fill(__u32 *p, __u32 block, __u32 version)
{
	__u32 i;

	probe_fill(p, BLOCK, block * 0x10001 + version);
	for (i = 0; i < BLOCK / 4; i += 128) {
		p[i] = block;
		p[i + 1] = version;
	}
}

/* The version that stands in a block, or -1: no version of ours. 0: never written. */
static long version_of(const __u32 *p, __u32 block)
{
	static const __u32 zero[BLOCK / 4];
	static __u32 want[BLOCK / 4];

	if (!memcmp(p, zero, BLOCK))
		return 0;
	fill(want, block, p[1]);
	return memcmp(p, want, BLOCK) ? -1 : p[1];
}

/* Whether a command of ours ended well; not: the nexus is of no use, or its LUN is not there. */
static bool kept_io(struct nexus *n, __u8 op, __u32 block, void *buf, bool *gone)
{
	struct io io = { LUN(0), CDB(op, 0, BE32(block * (BLOCK / 512)), 0, BE16(BLOCK / 512), 0),
			 .dir = op == 0x28 ? TGTPROBE_IN : TGTPROBE_OUT, .data = buf,
			 .len = BLOCK };
	int err = probe_send(n, &io) ?: probe_reap(n, io.id, &io.r, LONG_MS);

	*gone = is_gone(err);
	if (err && !*gone)
		storm_fail("kept1, CDB %02x: error %d", op, err);
	if (err)
		return false;
	damage(&io);
	/* a unit attention is worth another try, a LUN that is not there another nexus */
	*gone = io.r.status == CHECK_CONDITION && probe_sense(&io.r) >> 16 != 6;
	/* aborted has no status, and was not acknowledged */
	return io.r.status == GOOD && !(io.r.flags & TGTPROBE_R_ABORTED) && probe_got(&io) == BLOCK;
}

static void check_block(const __u32 *buf, __u32 block)
{
	struct storm_block *b = &storm->block[block];
	long v = version_of(buf, block);

	if (v < b->lo || v > b->hi)
		storm_fail("kept1, block %u: version %ld (%08x %08x); acknowledged %u, sent %u",
			   block, v, buf[0], buf[1], b->lo, b->hi);
	/* nothing is under way: what was not acknowledged has been decided by now */
	b->lo = v;
	b->hi = v;
}

/* Sends a write or a read; one at a time. False: the nexus is of no use any more. */
static bool kept_step(struct nexus *n, __u32 *next)
{
	static __u32 buf[BLOCK / 4];
	__u32 block = rnd(KEEP_BLOCKS);
	struct storm_block *b = &storm->block[block];
	bool gone, write = rnd(2);

	if (write) {
		b->hi = ++next[block];
		fill(buf, block, b->hi);
		if (kept_io(n, 0x2a, block, buf, &gone)) {
			b->lo = b->hi;
			storm->acked++;
		}
	} else {
		memset(buf, 0xa5, sizeof(buf));
		if (kept_io(n, 0x28, block, buf, &gone)) {
			check_block(buf, block);
			storm->checked++;
		}
	}
	return !gone;
}

static int kept_open(struct nexus *n)
{
	int err = probe_open(n, "keep", "v");

	if (err && !is_gone(err))
		storm_fail("nexus v at probe:keep: error %d", err);
	return err;
}

void storm_verify(int proc)
{
	__u32 next[KEEP_BLOCKS] = { }, before;
	struct nexus n;

	while (storm_goes_on(proc)) {
		before = storm->acked;
		if (kept_open(&n)) {
			usleep(1000);
			continue;
		}
		while (!storm->failed && kept_step(&n, next))
			if (!rnd(8) && !storm_goes_on(proc))
				break;
		/* waits until all has ended: after this nothing of it can reach the medium */
		probe_end(&n, 0);
		probe_close(&n);
		if (storm->acked != before)
			storm->lost++;
	}
}

/* The end: every block, once there is a LUN again. */
void storm_verify_all(void)
{
	static __u32 buf[BLOCK / 4];
	struct nexus n;
	__u32 i;
	int tries;
	bool gone;

	if (kept_open(&n))
		storm_fail("probe:keep is not there");
	for (i = 0; i < KEEP_BLOCKS; i++) {
		memset(buf, 0xa5, sizeof(buf));
		for (tries = 8; tries && !kept_io(&n, 0x28, i, buf, &gone); tries--)
			;
		if (!tries)
			storm_fail("kept1, block %u cannot be read", i);
		check_block(buf, i);
	}
	probe_close(&n);
}
