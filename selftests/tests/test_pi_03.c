// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: a disk that keeps protection information, served through the blk backend: this test
 * will check the same as of disks in memory, on scsi_debug's disks of each type, on a partition and
 * with long blocks; that what is written is good to the disk itself and the other way round; and
 * which disks are refused, as they would not keep what they are given.
 *
 * timeout: 240
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/pi.h"

#define DEBUG_DISK	"/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/sd*"
#define NOW		"/tmp/pi_03.now"	/* which disk is there: tests are processes */

static pid_t configured_by;

static void remove_disk(void)
{
	/* after "tgtctl clear", and not in the children in which tests run */
	if (configured_by == getpid() && system("modprobe -r scsi_debug; rm -f " NOW ".*"))
		exit(1);
}

static void __attribute__((constructor)) configure(void)
{
	static const char * const lines[] = { "target create probe:p", NULL };

	configured_by = getpid();
	atexit(remove_disk);
	if (system("modprobe sd_mod; rm -f " NOW ".*"))
		exit(1);
	probe_configure(lines);
}

/* Nobody else listens for the disk: it is there when its last partition has its node. */
static bool find_disk(bool part, char *path, size_t size)
{
	char node[32];
	int tries;
	glob_t g;

	for (tries = 0; tries < 500; tries++, usleep(20000)) {
		if (glob(DEBUG_DISK, 0, NULL, &g))
			continue;
		snprintf(node, sizeof(node), "/dev/%s1", strrchr(g.gl_pathv[0], '/') + 1);
		globfree(&g);
		if (access(node, F_OK))
			continue;
		node[strlen(node) - !part] = 0;
		snprintf(path, size, "%s", node);
		return true;
	}
	return false;
}

static bool is_now(const char *what, const char *key)
{
	char now[256] = "", name[64];
	FILE *f;

	snprintf(name, sizeof(name), NOW ".%s", what);
	f = fopen(name, "r");
	if (f) {
		if (!fgets(now, sizeof(now), f))
			now[0] = 0;
		fclose(f);
	}
	return !strcmp(now, key);
}

static bool set_now(const char *what, const char *key)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), NOW ".%s", what);
	f = fopen(name, "w");
	return f && fputs(key, f) >= 0 && !fclose(f);
}

/* A disk that nothing is on, the one there is if it will do; it, or its partition, is at @path. */
static bool new_disk(const char *args, bool part, char *path, size_t size)
{
	char line[256];

	if (!is_now("served", "nothing"))
		tgtctl("device delete pi --force");
	set_now("served", "nothing");
	snprintf(line, sizeof(line),
		 "modprobe -r scsi_debug; modprobe scsi_debug dev_size_mb=8 num_parts=1 delay=0 %s",
		 args);
	if (!is_now("disk", args) && (system(line) || !set_now("disk", args)))
		return false;
	return find_disk(part, path, size);
}

/* Serves a disk as LUN @type, unless it is the one that is served already. */
static bool serve(const char *args, bool part, unsigned int type, char *path, size_t size)
{
	char key[256];

	pi_block = strstr(args, "sector_size=4096") ? 4096 : 512;
	snprintf(key, sizeof(key), "%s %d %u", args, part, type);
	if (is_now("served", key))
		return find_disk(part, path, size);
	return new_disk(args, part, path, size) &&
	       !tgtctl("device create pi backend=blk path=%s pi=%u block-size=%u", path, type,
		       pi_block) &&
	       !tgtctl("lun create probe:p %u device=pi", type) && set_now("served", key);
}

/* ---- what is refused ------------------------------------------------------------------------- */

FIXTURE(refused) {
	char path[32];
};

FIXTURE_VARIANT(refused) {
	const char *args;
	const char *options;
};

/* IP checksums between driver and disk */
FIXTURE_VARIANT_ADD(refused, ip_checksums) {
	.args = "dif=1 dix=1 guard=1",
	.options = "pi=1",
};

FIXTURE_VARIANT_ADD(refused, host_carries_none) {
	.args = "dif=1 dix=0",
	.options = "pi=1",
};

FIXTURE_VARIANT_ADD(refused, host_makes_it_up) {
	.args = "dif=0 dix=1",
	.options = "pi=1",
};

/* ATO=0 */
FIXTURE_VARIANT_ADD(refused, application_tags_are_the_disks) {
	.args = "dif=1 dix=1 ato=0",
	.options = "pi=1",
};

FIXTURE_VARIANT_ADD(refused, another_type) {
	.args = "dif=1 dix=1",
	.options = "pi=3",
};

FIXTURE_VARIANT_ADD(refused, type_2_is_no_type_of_a_disk) {
	.args = "dif=1 dix=1",
	.options = "pi=2",
};

FIXTURE_VARIANT_ADD(refused, other_blocks) {
	.args = "dif=1 dix=1",
	.options = "pi=1 block-size=4096",
};

FIXTURE_SETUP(refused)
{
	ASSERT_TRUE(new_disk(variant->args, false, self->path, sizeof(self->path)));
}

FIXTURE_TEARDOWN(refused)
{
}

TEST_F(refused, disk)
{
	EXPECT_EQ(1, tgtctl("device create pi backend=blk path=%s %s", self->path,
			    variant->options));
}

/* ---- the same as of any disk ----------------------------------------------------------------- */

FIXTURE_VARIANT(pi) {
	unsigned int type;
	const char *args;
	bool part;
};

/* Where reference tags are not what they are on the disk. */
FIXTURE_VARIANT_ADD(pi, partition) {
	.type = 1,
	.args = "dif=1 dix=1",
	.part = true,
};

FIXTURE_VARIANT_ADD(pi, long_blocks) {
	.type = 1,
	.args = "dif=1 dix=1 sector_size=4096",
};

FIXTURE_VARIANT_ADD(pi, type3) {
	.type = 3,
	.args = "dif=3 dix=1",
};

FIXTURE_SETUP(pi)
{
	char path[32];

	self->type = variant->type;
	ASSERT_TRUE(serve(variant->args, variant->part, variant->type, path, sizeof(path)));
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, self->type));
}

FIXTURE_TEARDOWN(pi)
{
	probe_close(&self->n);
}

#include "../lib/pi_tests.h"

/* A disk's own answer to an UNMAP would say nothing of its tuples. */
TEST_F(pi, nothing_is_unmapped)
{
	__u8 list[] = { 0, 22, 0, 16, 0, 0, 0, 0, BE64(LBA), BE32(2), 0, 0, 0, 0 }, buf[64];

	EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(self->type), CDB(0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0),
		   DATA_OUT(list, sizeof(list)));
	EXPECT_CMD(&self->n, 0, LUN(self->type), CDB(0x9e, 0x10, BE64(0), BE32(32), 0, 0),
		   DATA_IN(buf, 32));
	EXPECT_EQ(0, buf[14] & 0xc0);
	EXPECT_CMD(&self->n, 0, LUN(self->type), VPD(0xb2, 64), DATA_IN(buf, 64));
	EXPECT_EQ(0, buf[5] & 0xe0);
}

/* ---- the disk itself ------------------------------------------------------------------------- */

FIXTURE(disk) {
	struct nexus n;
	char path[32];
	__u8 out[BLOCKS * WIRE_MAX];
	__u8 in[BLOCKS * WIRE_MAX];
};

FIXTURE_VARIANT(disk) {
	unsigned int type;
	const char *args;
	bool part;
};

FIXTURE_VARIANT_ADD(disk, type3) {
	.type = 3,
	.args = "dif=3 dix=1",
};

FIXTURE_VARIANT_ADD(disk, type1) {
	.type = 1,
	.args = "dif=1 dix=1",
};

FIXTURE_VARIANT_ADD(disk, partition) {
	.type = 1,
	.args = "dif=1 dix=1",
	.part = true,
};

/* To Linux a disk of type 2 is like one of type 1, and so it is to us. */
FIXTURE_VARIANT_ADD(disk, type2) {
	.type = 1,
	.args = "dif=2 dix=1",
};

FIXTURE_SETUP(disk)
{
	ASSERT_TRUE(serve(variant->args, variant->part, variant->type, self->path,
			  sizeof(self->path)));
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&self->n, variant->type));
}

FIXTURE_TEARDOWN(disk)
{
	probe_close(&self->n);
}

/* By its own driver, which checks: 0, or an errno. */
static int disk_io(const char *path, bool write, void *data, __u32 lba, __u32 n)
{
	static __u8 room[BLOCKS * 512 + 4096];
	__u8 *buf = room + (-(uintptr_t)room & 4095);
	int fd = open(path, (write ? O_WRONLY : O_RDONLY) | O_DIRECT);
	ssize_t ret;

	if (fd < 0)
		return errno;
	if (write)
		memcpy(buf, data, n * BLOCK);
	ret = write ? pwrite(fd, buf, n * BLOCK, (off_t)lba * BLOCK) :
		      pread(fd, buf, n * BLOCK, (off_t)lba * BLOCK);
	ret = ret < 0 ? errno : ret == n * BLOCK ? 0 : EIO;
	if (!write)
		memcpy(data, buf, n * BLOCK);
	close(fd);
	return ret;
}

#define RW10(op, protect, lba, n) CDB(op, (protect) << 5, BE32(lba), 0, BE16(n), 0)

/* Its driver reads blocks that we gave tuples, made or sent; a wrong guard is its error too. */
TEST_F(disk, reads_what_was_written)
{
	unsigned int type = variant->type;

	fill(self->out, LBA, BLOCKS, 1);
	EXPECT_CMD(&self->n, 0, LUN(type), RW10(0x2a, 1, LBA, BLOCKS),
		   DATA_OUT(self->out, BLOCKS * WIRE));
	strip(self->out, BLOCKS);
	EXPECT_EQ(0, disk_io(self->path, false, self->in, LBA, BLOCKS));
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * BLOCK));
	EXPECT_CMD(&self->n, 0, LUN(type), RW10(0x2a, 0, LBA, BLOCKS),
		   DATA_OUT(self->out, BLOCKS * BLOCK));
	EXPECT_EQ(0, disk_io(self->path, false, self->in, LBA, BLOCKS));
	if (!strncmp(variant->args, "dif=2", 5))
		return;			/* scsi_debug takes no wrong ones there */
	fill(self->out, LBA, 8, 2);
	damage(self->out + 3 * WIRE, GUARD);
	EXPECT_CMD(&self->n, 0, LUN(type), RW10(0x2a, 3, LBA, 8), DATA_OUT(self->out, 8 * WIRE));
	EXPECT_NE(0, disk_io(self->path, false, self->in, LBA, 8));
	EXPECT_EQ(0, disk_io(self->path, false, self->in, LBA, 3));
}

TEST_F(disk, wrote_what_is_read)
{
	unsigned int type = variant->type, i;
	__u8 *t;

	probe_fill(self->out, BLOCKS * BLOCK, 5);
	ASSERT_EQ(0, disk_io(self->path, true, self->out, LBA, BLOCKS));
	EXPECT_CMD(&self->n, 0, LUN(type), RW10(0x28, 0, LBA, BLOCKS),
		   DATA_IN(self->in, BLOCKS * BLOCK));
	EXPECT_EQ(0, memcmp(self->in, self->out, BLOCKS * BLOCK));
	EXPECT_CMD(&self->n, 0, LUN(type), RW10(0x28, 1, LBA, BLOCKS),
		   DATA_IN(self->in, BLOCKS * WIRE));
	for (i = 0; i < BLOCKS; i++) {
		t = self->in + i * WIRE + BLOCK;
		EXPECT_EQ(crc(self->out + i * BLOCK), get_be16(t));
		if (type == 1)
			EXPECT_EQ(LBA + i, get_be32(t + 4));
	}
}

TEST_HARNESS_MAIN
