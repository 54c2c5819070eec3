// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: atomic writes of a disk, served through the blk backend: this test will check that
 * VPD page B0h allows those that Linux can send to the disk, and no other (SBC-4 5.46, 6.6.4); that
 * each is one WRITE ATOMIC there, at its place, whatever the buffer looks like; and that before
 * Linux 6.11, which has none, the command is none of the logical unit. Disks: scsi_debug.
 *
 * timeout: 120
 */
#define _GNU_SOURCE
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

#define DEBUG_DISK	"/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/sd*"
#define TRACING		"/sys/kernel/tracing/"
#define EVENT		TRACING "events/scsi/scsi_dispatch_cmd_start/"
#define MAX		(64 * 512)	/* longest of the disks */
#define LBA		1024
#define PART		32		/* where scsi_debug begins a partition */

#define WRITE_ATOMIC(flags, lba, boundary, n)	\
	CDB(0x9c, flags, BE64(lba), BE16(boundary), BE16(n), 0, 0)
#define OPCODE(n)	CDB(0xa3, 0x0c, 1, 0x9c, 0, 0, BE32(n), 0, 0)

static pid_t configured_by;

static int put(const char *text, const char *file)
{
	FILE *f = fopen(file, "w");
	int err = !f || fputs(text, f) < 0;

	return (f && fclose(f)) || err;
}

static void end(void)
{
	/* after "tgtctl clear", and not in the children in which tests run */
	if (configured_by == getpid() &&
	    (put("0", EVENT "enable") || system("modprobe -r scsi_debug")))
		exit(1);
}

static void __attribute__((constructor)) configure(void)
{
	static const char * const lines[] = { "target create probe:p", NULL };

	configured_by = getpid();
	atexit(end);
	if (system("modprobe sd_mod") ||
	    system("mountpoint -q " TRACING " || mount -t tracefs none " TRACING) ||
	    put("opcode == 0x9c", EVENT "filter") || put("1", EVENT "enable"))
		exit(1);
	probe_configure(lines);
}

static bool kernel_has_them(void)
{
	int major, minor;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 11);
}

/* What the disk gets: WRITE ATOMICs of scsi_debug since it was last asked, the last one's CDB. */
static unsigned int sent(__u8 *cdb)
{
	FILE *f = fopen(TRACING "trace", "r");
	char line[512], *raw;
	unsigned int n = 0, i;

	while (f && fgets(line, sizeof(line), f)) {
		raw = strstr(line, "raw=9c ");
		if (!raw)
			continue;
		n++;
		for (i = 0; i < 16; i++)
			cdb[i] = strtoul(raw + 4 + 3 * i, NULL, 16);
	}
	if (f)
		fclose(f);
	put("\n", TRACING "trace");
	return n;
}

struct served {
	struct nexus n;
	__u32 block, max, gran;		/* bytes */
	__u32 begin;			/* block of the disk */
	__u8 out[MAX + 4096];
	__u8 in[MAX];
};

FIXTURE(atomic) {
	struct served s;
};

FIXTURE_VARIANT(atomic) {
	const char *args;		/* of scsi_debug */
	const char *options;		/* of the device */
	__u32 block, max, gran;
	bool part;
};

#define DISK(max, gran)	"atomic_wr=1 atomic_wr_max_length=" #max " atomic_wr_gran=" #gran \
			" atomic_wr_align=" #gran

FIXTURE_VARIANT_ADD(atomic, disk) {
	.args = DISK(64, 8),
	.block = 512,
	.max = MAX,
	.gran = 4096,
};

FIXTURE_VARIANT_ADD(atomic, larger_blocks) {
	.args = DISK(64, 2),
	.options = "block-size=4096",
	.block = 4096,
	.max = MAX,
	.gran = 4096,
};

FIXTURE_VARIANT_ADD(atomic, partition) {
	.args = DISK(64, 8),
	.block = 512,
	.max = MAX,
	.gran = 4096,
	.part = true,
};

/* The block layer splits at physical blocks what does not begin with one. */
FIXTURE_VARIANT_ADD(atomic, physical_blocks) {
	.args = DISK(64, 1) " physblk_exp=3",
	.block = 512,
	.max = MAX,
	.gran = 4096,
};

FIXTURE_VARIANT_ADD(atomic, one_block) {
	.args = DISK(100, 1),
	.block = 512,
	.max = MAX,
	.gran = 512,
};

/* It begins at block 32. */
FIXTURE_VARIANT_ADD(atomic, partition_that_is_not_aligned) {
	.args = DISK(64, 64),
	.block = 512,
	.part = true,
};

FIXTURE_VARIANT_ADD(atomic, blocks_that_are_too_long) {
	.args = DISK(4, 2),
	.options = "block-size=4096",
	.block = 4096,
};

FIXTURE_VARIANT_ADD(atomic, disk_without) {
	.args = "",
	.block = 512,
};

FIXTURE_VARIANT_ADD(atomic, read_only) {
	.args = DISK(64, 8),
	.options = "readonly=yes",
	.block = 512,
};

/* Nobody else listens for the disk: it is there when its partition has its node. */
static bool find_disk(bool part, char *path, size_t size)
{
	int tries;
	glob_t g;

	for (tries = 0; tries < 500; tries++, usleep(20000)) {
		if (glob(DEBUG_DISK, 0, NULL, &g))
			continue;
		snprintf(path, size, "/dev/%s1", strrchr(g.gl_pathv[0], '/') + 1);
		globfree(&g);
		if (access(path, F_OK))
			continue;
		path[strlen(path) - !part] = 0;
		return true;
	}
	return false;
}

FIXTURE_SETUP(atomic)
{
	char line[256], path[32];

	snprintf(line, sizeof(line),
		 "modprobe -r scsi_debug; modprobe scsi_debug dev_size_mb=8 num_parts=1 delay=0 %s",
		 variant->args);
	ASSERT_EQ(0, system(line));
	ASSERT_TRUE(find_disk(variant->part, path, sizeof(path)));
	ASSERT_EQ(0, tgtctl("device create atomic backend=blk path=%s %s", path,
			    variant->options ?: ""));
	ASSERT_EQ(0, tgtctl("lun create probe:p 0 device=atomic"));
	ASSERT_EQ(0, probe_open(&self->s.n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->s.n, 0));
	self->s.block = variant->block;
	self->s.max = kernel_has_them() ? variant->max : 0;
	self->s.gran = kernel_has_them() ? variant->gran : 0;
	self->s.begin = variant->part ? PART : 0;
	probe_fill(self->s.out, sizeof(self->s.out), 1);
}

FIXTURE_TEARDOWN(atomic)
{
	probe_close(&self->s.n);
	EXPECT_EQ(0, tgtctl("device delete atomic --force"));
}

static void limits(struct __test_metadata *_metadata, struct served *s)
{
	__u8 d[64] = { };

	EXPECT_CMD(&s->n, 0, LUN(0), VPD(0xb0, 64), DATA_IN(d, 64));
	EXPECT_EQ(s->max / s->block, get_be32(d + 44));
	EXPECT_EQ(s->gran / s->block, get_be32(d + 48));
	EXPECT_EQ(s->gran / s->block, get_be32(d + 52));
	/* the atomic boundary of a CDB is for what is written in several actions: none */
	EXPECT_EQ(0, get_be32(d + 56));
	EXPECT_EQ(0, get_be32(d + 60));
	EXPECT_CMD(&s->n, 0, LUN(0), OPCODE(20), DATA_IN(d, 20));
	EXPECT_EQ(s->max ? 3 : 1, d[1] & 7);
}

#define EXPECT_ATOMIC(expected, flags, lba, boundary, bytes)				\
	EXPECT_CMD(&s->n, expected, LUN(0),						\
		   WRITE_ATOMIC(flags, lba, boundary, (bytes) / s->block),		\
		   DATA_OUT(s->out, bytes))

/* One that is as the page allows, with a buffer of pieces of @piece bytes, or 0; and is read. */
static void writes(struct __test_metadata *_metadata, struct served *s, __u32 at, __u32 bytes,
		   __u32 piece, __u32 offset)
{
	__u32 lba = LBA * 4096 / s->block + at / s->block, segs[MAX / 256], nr = 0, left;
	__u32 n = bytes / s->block;
	__u8 cdb[16] = { };

	for (left = bytes; piece && left; left -= segs[nr++])
		segs[nr] = left < piece ? left : piece;
	probe_fill(s->out, sizeof(s->out), at + bytes + piece);
	EXPECT_CMD(&s->n, 0, LUN(0), WRITE_ATOMIC(0, lba, 0, n), DATA_OUT(s->out, bytes),
		   .segs = nr ? segs : NULL, .nr_segs = nr, .offset = offset);
	EXPECT_CMD(&s->n, 0, LUN(0), READ10(lba, n), DATA_IN(s->in, bytes));
	EXPECT_EQ(0, memcmp(s->in, s->out, bytes));
	EXPECT_EQ(1, sent(cdb));
	EXPECT_EQ(s->begin + lba * (s->block / 512), get_be64(cdb + 2));
	EXPECT_EQ(0, get_be16(cdb + 10));
	EXPECT_EQ(bytes / 512, get_be16(cdb + 12));
}

static void refuses(struct __test_metadata *_metadata, struct served *s)
{
	__u32 lba = LBA * 4096 / s->block, n = s->max / s->block;
	__u8 cap[8];

	EXPECT_CMD(&s->n, 0, LUN(0), CDB(0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0), DATA_IN(cap, 8));
	EXPECT_ATOMIC(INVALID_FIELD, 0, lba, 0, s->max + s->gran);
	EXPECT_ATOMIC(INVALID_FIELD, 0, lba, n, s->max);
	EXPECT_ATOMIC(INVALID_FIELD, 0x20, lba, 0, s->max);
	EXPECT_ATOMIC(LBA_OUT_OF_RANGE, 0, get_be32(cap) + 1, 0, s->gran);
	if (s->gran > s->block) {
		EXPECT_ATOMIC(INVALID_FIELD, 0, lba + 1, 0, s->gran);
		EXPECT_ATOMIC(INVALID_FIELD, 0, lba, 0, s->max - s->block);
	}
	EXPECT_CMD(&s->n, 0, LUN(0), WRITE_ATOMIC(0, lba, 0, 0));
}

TEST_F(atomic, writes)
{
	struct served *s = &self->s;
	__u8 cdb[16];

	limits(_metadata, s);
	sent(cdb);
	if (!s->max) {
		/* which a reservation or write protection may come before */
		if (!variant->options || !strstr(variant->options, "readonly"))
			EXPECT_ATOMIC(INVALID_OPCODE, 0, LBA, 0, 4096);
		EXPECT_EQ(0, sent(cdb));
		return;
	}
	refuses(_metadata, s);
	EXPECT_EQ(0, sent(cdb));
	writes(_metadata, s, 0, s->max, 0, 0);
	writes(_metadata, s, s->gran, s->gran, 0, 0);
	/* as long as can be, and at no multiple of that */
	writes(_metadata, s, 3 * s->gran, s->max, 0, 0);
	/* buffers that no request of the disk takes as they are */
	writes(_metadata, s, 5 * s->gran, s->max, 257, 3);
	writes(_metadata, s, 7 * s->gran, s->gran, s->gran - 1, 1);
	/* FUA */
	EXPECT_ATOMIC(0, 0x08, LBA * 4096 / s->block, 0, s->max);
	EXPECT_EQ(1, sent(cdb));
	EXPECT_EQ(0x08, cdb[1] & 0x08);
}

TEST_HARNESS_MAIN
