// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: the queue limit of a device (SAM-6 5.3.1): TASK SET FULL once its backend
 * holds that many commands, never for commands that are done at once, and all that was
 * taken is done right. This test will send more than one small limit allows.
 *
 * timeout: 120
 */
#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create q_file backend=file path=/scratch/q_file size=64M queue-limit=2",
	     "device create q_null backend=null size=64M",
	     "target create probe:p",
	     "lun create probe:p 0 device=q_file",
	     "lun create probe:p 1 device=q_null")

#define BURST	64
#define BLOCKS	8
#define CHUNK	(BLOCKS * 512)

FIXTURE(full) {
	struct nexus n;
	struct io io[BURST];
	__u8 cdb[BURST][10];
	__u8 *buf;
};

FIXTURE_SETUP(full)
{
	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	ASSERT_EQ(0, probe_ready(&self->n, 0));
	ASSERT_EQ(0, probe_ready(&self->n, 1));
	self->buf = malloc(CHUNK);
	ASSERT_NE(NULL, self->buf);
}

FIXTURE_TEARDOWN(full)
{
	free(self->buf);
	probe_close(&self->n);
}

static void fill_cdb(__u8 *cdb, __u8 opcode, __u32 lba, __u16 n)
{
	/* FUA: a write that takes its time */
	const __u8 c[10] = { opcode, 0x08, BE32(lba), 0, BE16(n), 0 };

	memcpy(cdb, c, 10);
}

/* Writes as fast as they can be sent; how many of them were told TASK SET FULL, or -1. */
static int burst(struct nexus *n, struct io *io, __u8 (*cdb)[10], __u8 *buf, int lun)
{
	int i, full = 0;

	for (i = 0; i < BURST; i++) {
		fill_cdb(cdb[i], 0x2a, i * BLOCKS, BLOCKS);
		memset(buf, i + 1, CHUNK);
		io[i] = (struct io){ LUN(lun), .cdb = cdb[i], .cdb_len = 10,
				     DATA_OUT(buf, CHUNK) };
		if (probe_send(n, &io[i]))
			return -1;
	}
	for (i = 0; i < BURST; i++) {
		if (probe_wait(n, &io[i]) || io[i].r.flags & PROBE_DAMAGE)
			return -1;
		full += io[i].r.status == TASK_SET_FULL;
		if (io[i].r.status != GOOD && io[i].r.status != TASK_SET_FULL)
			return -1;
	}
	return full;
}

static int byte_at(struct nexus *n, __u32 lba)
{
	__u8 cdb[10], buf[512] = { };
	struct io io = { LUN(0), .cdb = cdb, .cdb_len = 10, DATA_IN(buf, 512) };

	fill_cdb(cdb, 0x28, lba, 1);
	return probe_outcome(n, &io) ? -1 : buf[0];
}

TEST_F(full, told_and_kept)
{
	int round, i, full = 0;

	/* a disk may be faster than we are for a while */
	for (round = 0; round < 20 && full <= 0; round++) {
		full = burst(&self->n, self->io, self->cdb, self->buf, 0);
		ASSERT_LE(0, full);
	}
	EXPECT_LT(0, full);
	EXPECT_GT(BURST - 2 + 1, full);
	for (i = 0; i < BURST; i++) {
		if (self->io[i].r.status == TASK_SET_FULL) {
			EXPECT_EQ(0, self->io[i].r.sense_len);
			EXPECT_EQ(CHUNK, self->io[i].r.residual);	/* nothing moved */
			continue;
		}
		EXPECT_EQ(i + 1, byte_at(&self->n, i * BLOCKS));
		EXPECT_EQ(i + 1, byte_at(&self->n, (i + 1) * BLOCKS - 1));
	}
	/* the limit is not used up for ever */
	for (i = 0; i < 2 * BURST; i++)
		ASSERT_LE(0, byte_at(&self->n, 0));
}

/* Commands done on the spot count for nothing, nor do those that wait for their data. */
TEST_F(full, inline_never)
{
	int i;

	EXPECT_EQ(0, burst(&self->n, self->io, self->cdb, self->buf, 1));
	for (i = 0; i < BURST; i++) {
		fill_cdb(self->cdb[i], 0x2a, 0, 8);
		self->io[i] = (struct io){ LUN(0), .cdb = self->cdb[i], .cdb_len = 10,
					   DATA_OUT(self->buf, 4096), .flags = TGTPROBE_DEFER };
		ASSERT_EQ(0, probe_send(&self->n, &self->io[i]));
	}
	for (i = 0; i < BURST; i++) {
		ASSERT_EQ(0, probe_data(&self->n, &self->io[i], self->buf));
		ASSERT_EQ(0, probe_wait(&self->n, &self->io[i]));
		EXPECT_EQ(GOOD, self->io[i].r.status);
	}
}

/* What needs no backend is answered however full it is. */
TEST_F(full, others_go_on)
{
	int i;

	for (i = 0; i < BURST; i++) {
		fill_cdb(self->cdb[i], 0x2a, i * BLOCKS, BLOCKS);
		self->io[i] = (struct io){ LUN(0), .cdb = self->cdb[i], .cdb_len = 10,
					   DATA_OUT(self->buf, CHUNK) };
		ASSERT_EQ(0, probe_send(&self->n, &self->io[i]));
		EXPECT_CMD(&self->n, 0, LUN(0), TUR);
		EXPECT_CMD(&self->n, 0, LUN(0), INQUIRY(96), DATA_IN(self->buf, 96));
	}
	for (i = 0; i < BURST; i++)
		ASSERT_EQ(0, probe_wait(&self->n, &self->io[i]));
}

TEST_HARNESS_MAIN
