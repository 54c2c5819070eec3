// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: commands of 32 bytes, atomic writes and thresholds of thin provisioning (SBC-4):
 * this test will check that the commands of type 2 protection are none of a disk without it, what
 * GET LBA STATUS (32) tells, that readers see an atomic write whole or not, that a threshold is
 * told once when it is reached, and what a full disk answers.
 *
 * timeout: 90
 */
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/probe.h"

PROBE_CONFIG("device create s2_ram backend=ram size=64M limit-mib=8",
	     "device create s2_atomic backend=ram size=16M atomic=yes",
	     "device create s2_null backend=null size=16M",
	     "device create s2_file backend=file path=/scratch/s2_file size=16M",
	     "target create probe:p",
	     "lun create probe:p 0 device=s2_ram",
	     "lun create probe:p 1 device=s2_atomic",
	     "lun create probe:p 2 device=s2_null",
	     "lun create probe:p 3 device=s2_file")

#define NO_SPACE	SENSE(7, 0x27, 0x07)
#define UA_THRESHOLD	SENSE(6, 0x38, 0x07)
#define ROUNDS		2000
#define PAGE		4096

/* @more: ADDITIONAL CDB LENGTH */
#define CDB32(more, sa, bits, lba, n)							\
	CDB(0x7f, 0, 0, 0, 0, 0, 0, more, BE16(sa), bits, 0, BE64(lba), BE32(0), BE32(0), BE32(n))
#define LBA_STATUS32(type, lba, scan, element, n)					\
	CDB(0x7f, 0, 0, 0, 0, 0, 0, 24, BE16(0x12), type, 0, BE64(lba), BE32(scan),	\
	    BE32(element), BE32(n))
#define WRITE_ATOMIC(flags, lba, boundary, n)						\
	CDB(0x9c, flags, BE64(lba), BE16(boundary), BE16(n), 0, 0)
#define LOG_SENSE(page, n)	CDB(0x4d, 0, 0x40 | (page), 0, 0, 0, 0, BE16(n), 0)
#define MODE_SENSE(page, sub, n) CDB(0x5a, 0x08, page, sub, 0, 0, 0, BE16(n), 0)
#define MODE_SELECT(n)		CDB(0x55, 0x11, 0, 0, 0, 0, 0, BE16(n), 0)

FIXTURE(sbc2) {
	struct nexus n;
};

FIXTURE_SETUP(sbc2)
{
	unsigned int i;

	ASSERT_EQ(0, probe_open(&self->n, "p", "init-a"));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, probe_ready(&self->n, i));
}

FIXTURE_TEARDOWN(sbc2)
{
	probe_close(&self->n);
}

TEST_F(sbc2, type2_commands_are_none_of_other_disks)
{
	__u8 buf[512] = { }, got[64];
	unsigned int sa;

	EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(0), CDB32(24, 0x09, 0, 0, 1), DATA_IN(buf, 512));
	for (sa = 0x0a; sa <= 0x0d; sa++)
		EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(0), CDB32(24, sa, 0, 0, 1),
			   DATA_OUT(buf, 512));
	/* another service action, or another length: a bad field */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB32(24, 0x08, 0, 0, 1), DATA_IN(buf, 512));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB32(20, 0x12, 0, 0, 24), DATA_IN(buf, 512));
	/* REPORT SUPPORTED OPERATION CODES */
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0xa3, 0x0c, 3, 0x7f, BE16(0x09), BE32(64), 0, 0),
		   DATA_IN(got, sizeof(got)));
	EXPECT_EQ(1, got[1] & 7);
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0xa3, 0x0c, 3, 0x7f, BE16(0x12), BE32(64), 0, 0),
		   DATA_IN(got, sizeof(got)));
	EXPECT_EQ(3, got[1] & 7);
	EXPECT_EQ(32, get_be16(got + 2));
	/* protection is asked for of a disk without it */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x28, 0x20, BE32(0), 0, BE16(1), 0),
		   DATA_IN(buf, 512));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), CDB(0x2a, 0x20, BE32(0), 0, BE16(1), 0),
		   DATA_OUT(buf, 512));
}

static void map_blocks(struct __test_metadata *_metadata, struct nexus *n, unsigned int lun)
{
	__u8 d[24 + 16], data[PAGE];

	probe_fill(data, sizeof(data), 3);
	EXPECT_CMD(n, 0, LUN(lun), WRITE10(1024, PAGE / 512), DATA_OUT(data, PAGE));
	EXPECT_CMD(n, 0, LUN(lun), LBA_STATUS32(0, 0, 0, 0, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(0, get_be64(d + 8));
	EXPECT_EQ(1024, get_be32(d + 16));
	EXPECT_EQ(1, d[20]);
	EXPECT_EQ(1024, get_be64(d + 24));
	EXPECT_EQ(PAGE / 512, get_be32(d + 32));
	EXPECT_EQ(0, d[36]);
	/* no further than it is to look */
	memset(d, 0, sizeof(d));
	EXPECT_CMD(n, 0, LUN(lun), LBA_STATUS32(0, 8, 16, 0, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(4 + 16, get_be32(d));
	EXPECT_EQ(8, get_be64(d + 8));
	EXPECT_EQ(16, get_be32(d + 16));
	/* unmapped again: whole, and read as zeroes */
	EXPECT_CMD(n, 0, LUN(lun), CDB(0x42, 0, 0, 0, 0, 0, 0, BE16(24), 0),
		   DATA_OUT(((__u8[]){ 0, 22, 0, 16, 0, 0, 0, 0, BE64(1024), BE32(8), BE32(0) }),
			    24));
	EXPECT_CMD(n, 0, LUN(lun), LBA_STATUS32(0, 1024, 8, 0, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(1, d[20]);
	EXPECT_CMD(n, 0, LUN(lun), READ10(1024, 8), DATA_IN(data, PAGE));
	EXPECT_EQ(0, data[0] | memcmp(data, data + 1, PAGE - 1));
}

TEST_F(sbc2, lba_status_32)
{
	__u8 d[64];

	map_blocks(_metadata, &self->n, 0);
	map_blocks(_metadata, &self->n, 3);
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), LBA_STATUS32(1, 0, 0, 0, 64), DATA_IN(d, 64));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(0), LBA_STATUS32(0, 0, 0, 1, 64), DATA_IN(d, 64));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(0), LBA_STATUS32(0, 64 << 11, 0, 0, 64),
		   DATA_IN(d, 64));
	/* all of it is mapped, or nobody knows */
	EXPECT_CMD(&self->n, 0, LUN(2), LBA_STATUS32(0, 0, 0, 0, 64), DATA_IN(d, 64));
	EXPECT_EQ(16 << 11, get_be32(d + 16));
	EXPECT_EQ(0, d[20]);
}

TEST_F(sbc2, atomic_writes_are_as_block_limits_says)
{
	__u8 d[64] = { }, data[2 * PAGE], got[PAGE];

	probe_fill(data, sizeof(data), 4);
	EXPECT_CMD(&self->n, 0, LUN(1), VPD(0xb0, 64), DATA_IN(d, 64));
	EXPECT_EQ(PAGE / 512, get_be32(d + 44));
	EXPECT_EQ(PAGE / 512, get_be32(d + 48));
	EXPECT_EQ(PAGE / 512, get_be32(d + 52));
	EXPECT_EQ(0, get_be32(d + 56) | get_be32(d + 60));
	EXPECT_CMD(&self->n, 0, LUN(1), WRITE_ATOMIC(0, 16, 0, 8), DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, 0, LUN(1), READ10(16, 8), DATA_IN(got, PAGE));
	EXPECT_EQ(0, memcmp(data, got, PAGE));
	EXPECT_CMD(&self->n, 0, LUN(1), WRITE_ATOMIC(0, 16, 0, 0));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), WRITE_ATOMIC(0, 16, 0, 16),
		   DATA_OUT(data, 2 * PAGE));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), WRITE_ATOMIC(0, 12, 0, 8),
		   DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), WRITE_ATOMIC(0, 16, 8, 8),
		   DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(1), WRITE_ATOMIC(0x20, 16, 0, 8),
		   DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, LBA_OUT_OF_RANGE, LUN(1), WRITE_ATOMIC(0, 16 << 11, 0, 8),
		   DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, INVALID_OPCODE, LUN(0), WRITE_ATOMIC(0, 16, 0, 8),
		   DATA_OUT(data, PAGE));
	EXPECT_CMD(&self->n, 0, LUN(2), WRITE_ATOMIC(0, 16, 0, 16), DATA_OUT(data, 2 * PAGE));
}

struct writer {
	struct nexus n;
	volatile bool stop;
	unsigned int wrong;
};

static void *write_atomically(void *arg)
{
	struct writer *w = arg;
	__u8 data[PAGE];
	unsigned int i;

	for (i = 0; !w->stop; i++) {
		struct io io = { LUN(1), WRITE_ATOMIC(0, 0, 0, 8), DATA_OUT(data, PAGE) };

		memset(data, i, sizeof(data));
		w->wrong += !!probe_outcome(&w->n, &io);
	}
	return NULL;
}

TEST_F(sbc2, readers_see_all_of_an_atomic_write_or_nothing)
{
	struct writer w = { };
	pthread_t thread;
	__u8 got[PAGE];
	unsigned int i, torn = 0;

	ASSERT_EQ(0, probe_open(&w.n, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&w.n, 1));
	EXPECT_CMD(&w.n, 0, LUN(1), WRITE10(0, 8), DATA_OUT(memset(got, 0, PAGE), PAGE));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_atomically, &w));
	for (i = 0; i < ROUNDS; i++) {
		struct io io = { LUN(1), READ10(0, 8), DATA_IN(got, PAGE) };

		if (probe_outcome(&self->n, &io) || memcmp(got, got + 1, PAGE - 1))
			torn++;
	}
	w.stop = true;
	pthread_join(thread, NULL);
	EXPECT_EQ(0, torn);
	EXPECT_EQ(0, w.wrong);
	probe_close(&w.n);
}

/* Threshold sets are 1 MiB: what is available, what is used. */
static void resources(struct __test_metadata *_metadata, struct nexus *n, unsigned int lun,
		      __u32 *avail, __u32 *used)
{
	__u8 d[28] = { };

	EXPECT_CMD(n, 0, LUN(lun), LOG_SENSE(0x0c, sizeof(d)), DATA_IN(d, sizeof(d)));
	EXPECT_EQ(0x8c, d[0]);
	EXPECT_EQ(24, get_be16(d + 2));
	EXPECT_EQ(1, get_be16(d + 4));
	EXPECT_EQ(8, d[7]);
	*avail = get_be32(d + 8);
	EXPECT_EQ(2, get_be16(d + 16));
	*used = get_be32(d + 20);
}

TEST_F(sbc2, resources_are_what_is_there)
{
	static __u8 data[1 << 20];
	__u32 avail, used, avail2, used2;
	__u8 d[64] = { };

	EXPECT_CMD(&self->n, 0, LUN(0), VPD(0xb2, 64), DATA_IN(d, 64));
	EXPECT_EQ(11, d[4]);		/* 2^11 blocks of 512 bytes */
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x93, 0x09, BE64(0), BE32(64 << 11), 0, 0));
	resources(_metadata, &self->n, 0, &avail, &used);
	EXPECT_EQ(8, avail);
	EXPECT_EQ(0, used);
	probe_fill(data, sizeof(data), 5);
	EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(64, 32), DATA_OUT(data, 32 * 512));
	resources(_metadata, &self->n, 0, &avail, &used);
	EXPECT_EQ(7, avail);
	EXPECT_EQ(1, used);
	resources(_metadata, &self->n, 3, &avail, &used);
	EXPECT_CMD(&self->n, 0, LUN(3), WRITE10(0, 2048), DATA_OUT(data, sizeof(data)));
	EXPECT_CMD(&self->n, 0, LUN(3), CDB(0x35, 0, BE32(0), 0, BE16(0), 0));
	resources(_metadata, &self->n, 3, &avail2, &used2);
	EXPECT_GE(used2, used);
	EXPECT_GE(used2, 1);
	EXPECT_GT(avail2, 0);
	/* what is fully provisioned has none */
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(2), LOG_SENSE(0x0c, 28), DATA_IN(d, 28));
	EXPECT_CMD(&self->n, INVALID_FIELD, LUN(2), MODE_SENSE(0x1c, 2, 64), DATA_IN(d, 64));
}

/* Whether @lun tells that a threshold is reached within three seconds. */
static bool told(struct nexus *n)
{
	int i;

	for (i = 0; i < 30; i++) {
		struct io io = { LUN(0), TUR };

		switch (probe_outcome(n, &io)) {
		case UA_THRESHOLD:
			return true;
		case 0:
			break;
		default:
			return false;
		}
		usleep(100000);
	}
	return false;
}

TEST_F(sbc2, thresholds_are_told_once_and_a_full_disk_is_protected)
{
	__u8 list[8 + 32] = { }, got[8 + 32], zero[8 + 32] = { };
	static __u8 data[1 << 20];
	struct nexus other;
	unsigned int i;
	int full = 0;

	ASSERT_EQ(0, probe_open(&other, "p", "init-b"));
	ASSERT_EQ(0, probe_ready(&other, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x93, 0x09, BE64(0), BE32(64 << 11), 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), MODE_SENSE(0x1c, 2, sizeof(list)),
		   DATA_IN(list, sizeof(list)));
	EXPECT_EQ(0xdc, list[8]);
	EXPECT_EQ(2, list[9]);
	EXPECT_EQ(28, get_be16(list + 10));
	memset(list, 0, 8);
	list[8] &= 0x7f;
	memcpy(zero, list, sizeof(zero));
	/* 4 MiB used; not less than 2 MiB available */
	list[32] |= 0x80;
	list[39] = 4;
	list[24] |= 0x80;
	list[31] = 2;
	EXPECT_CMD(&self->n, 0, LUN(0), MODE_SELECT(sizeof(list)), DATA_OUT(list, sizeof(list)));
	EXPECT_CMD(&other, UA_MODE, LUN(0), TUR);
	EXPECT_CMD(&self->n, 0, LUN(0), MODE_SENSE(0xdc, 2, sizeof(got)),
		   DATA_IN(got, sizeof(got)));
	EXPECT_EQ(0, memcmp(list + 12, got + 12, sizeof(got) - 12));
	EXPECT_EQ(0, system("tgtctl device show s2_ram --json | grep -q 'avail:2,used:4'"));
	/* one whose arming is other than there is */
	list[24] |= 1;
	EXPECT_CMD(&self->n, PARAM_FIELD, LUN(0), MODE_SELECT(sizeof(list)),
		   DATA_OUT(list, sizeof(list)));

	probe_fill(data, sizeof(data), 6);
	for (i = 0; i < 4; i++)
		EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(i << 11, 2048),
			   DATA_OUT(data, sizeof(data)));
	EXPECT_TRUE(told(&other));
	EXPECT_TRUE(told(&self->n));
	for (; i < 64 && !full; i++) {
		struct io io = { LUN(0), WRITE10(i << 11, 2048), DATA_OUT(data, sizeof(data)) };

		full = probe_outcome(&self->n, &io);
		if (full == UA_THRESHOLD)
			full = 0, i--;
	}
	EXPECT_EQ(NO_SPACE, full);
	EXPECT_TRUE(told(&other));		/* of what is available */
	EXPECT_CMD(&other, 0, LUN(0), TUR);
	probe_ready(&self->n, 0);
	EXPECT_CMD(&self->n, 0, LUN(0), READ10(0, 8), DATA_IN(data, PAGE));
	EXPECT_CMD(&self->n, 0, LUN(0), MODE_SELECT(sizeof(zero)), DATA_OUT(zero, sizeof(zero)));
	EXPECT_CMD(&self->n, 0, LUN(0), CDB(0x93, 0x09, BE64(0), BE32(64 << 11), 0, 0));
	EXPECT_CMD(&self->n, 0, LUN(0), WRITE10(0, 8), DATA_OUT(data, PAGE));
	probe_close(&other);
}

TEST_HARNESS_MAIN
