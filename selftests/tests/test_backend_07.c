// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: data buffers no disk driver would like: odd addresses, odd lengths, very many
 * pieces; this test will write from such buffers and read into them on every way the file and
 * blk backends have, and compare with what plain buffers say.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

#define DISK		(4U << 20)
#define LBA		16

/*
 * A loop device is request based (no hop), brd is bio based. The loop device goes with
 * its last user, which is the device made on it.
 */
static void __attribute__((constructor)) configure(void)
{
	static const char * const lines[] = {
		"device create o_direct backend=file path=/scratch/o_direct size=4M",
		"device create o_cached backend=file path=/scratch/o_cached size=4M buffered=yes",
		"device create o_loop backend=blk path=/tmp/o_loop.dev",
		"device create o_brd backend=blk path=/dev/ram7 size=4M",
		"target create probe:o",
		"lun create probe:o 0 device=o_direct",
		"lun create probe:o 1 device=o_cached",
		"lun create probe:o 2 device=o_loop",
		"lun create probe:o 3 device=o_brd",
		NULL
	};

	if (system("modprobe -a brd loop && truncate -s 4M /tmp/o_loop") ||
	    system("ln -sfn $(losetup -f --show /tmp/o_loop) /tmp/o_loop.dev"))
		exit(1);
	probe_configure(lines);
	if (system("losetup -d $(readlink /tmp/o_loop.dev)") ||
	    system("rm -f /tmp/o_loop /tmp/o_loop.dev /scratch/o_direct /scratch/o_cached"))
		exit(1);
}

/* Pieces of @first and @second bytes in turn, the last one what is left. */
struct shape {
	const char *name;
	__u32 len;
	__u32 offset;
	__u32 first;
	__u32 second;
};

static const struct shape shapes[] = {
	{ "one page", 4096, 0, 4096, 4096 },
	{ "one block in the middle of a page", 512, 1536, 512, 512 },
	{ "an odd address", 8192, 13, 8192, 8192 },
	{ "odd lengths", 16384, 0, 1000, 3 },
	{ "odd addresses and lengths", 65536, 1, 4095, 1 },
	{ "blocks", 20480, 0, 512, 512 },
	{ "words", 4096, 4, 4, 8 },
	{ "several bios of blocks", 307200, 512, 512, 512 },
	{ "several bounces", 204800, 3, 777, 50000 },
	{ "1 MiB of pages", 1048576, 0, 4096, 4096 },
	{ "1 MiB in large pieces", 1048576, 0, 262144, 262144 },
	{ "pages with a gap", 12288, 2048, 2048, 4096 },
};

static __u32 segments(const struct shape *s, __u32 *segs)
{
	__u32 nr = 0, left = s->len, n;

	while (left) {
		n = nr % 2 ? s->second : s->first;
		if (n > left)
			n = left;
		segs[nr++] = n;
		left -= n;
	}
	return nr;
}

FIXTURE(odd) {
	struct nexus n;
	__u32 segs[2048];
	__u8 *disk;
	__u8 *buf;
};

FIXTURE_VARIANT(odd) {
	unsigned int lun;
};

FIXTURE_VARIANT_ADD(odd, file_direct) {
	.lun = 0,
};

FIXTURE_VARIANT_ADD(odd, file_cached) {
	.lun = 1,
};

FIXTURE_VARIANT_ADD(odd, blk_direct) {
	.lun = 2,
};

FIXTURE_VARIANT_ADD(odd, blk_deferred) {
	.lun = 3,
};

FIXTURE_SETUP(odd)
{
	self->disk = malloc(DISK);
	self->buf = malloc(DISK);
	ASSERT_NE(NULL, self->disk);
	ASSERT_NE(NULL, self->buf);
	ASSERT_EQ(0, probe_open(&self->n, "o", "init-o"));
	ASSERT_EQ(0, probe_ready(&self->n, variant->lun));
}

FIXTURE_TEARDOWN(odd)
{
	probe_close(&self->n);
	free(self->disk);
	free(self->buf);
}

/* Writes by the shape (with FUA or not), reads plainly: the data, and nothing around it. */
TEST_F(odd, write)
{
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i / 2];
		__u32 blocks = s->len / 512, area = blocks + 2 * LBA;
		__u8 fua = i % 2 ? 0x08 : 0;

		TH_LOG("%s%s", s->name, fua ? ", FUA" : "");
		probe_fill(self->disk, area * 512, i);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun), WRITE10(0, area),
			   DATA_OUT(self->disk, area * 512));
		probe_fill(self->disk + LBA * 512, s->len, 1000 + i);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun),
			   CDB(0x2a, fua, BE32(LBA), 0, BE16(blocks), 0),
			   DATA_OUT(self->disk + LBA * 512, s->len), .offset = s->offset,
			   .segs = self->segs, .nr_segs = segments(s, self->segs));
		memset(self->buf, 0, area * 512);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun), READ10(0, area),
			   DATA_IN(self->buf, area * 512));
		EXPECT_EQ(0, memcmp(self->buf, self->disk, area * 512));
	}
}

TEST_F(odd, read)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i];

		TH_LOG("%s", s->name);
		probe_fill(self->disk, s->len, 2000 + i);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun), WRITE10(LBA, s->len / 512),
			   DATA_OUT(self->disk, s->len));
		memset(self->buf, 0, s->len);
		EXPECT_CMD(&self->n, 0, LUN(variant->lun), READ10(LBA, s->len / 512),
			   DATA_IN(self->buf, s->len), .offset = s->offset,
			   .segs = self->segs, .nr_segs = segments(s, self->segs));
		EXPECT_EQ(0, memcmp(self->buf, self->disk, s->len));
	}
}

TEST_HARNESS_MAIN
