// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: reservations that outlive a loss of power (APTPL, SPC-5 5.14.5): a device that is
 * deleted and made anew has what had been answered GOOD, and only that; after damage to its file
 * everything is refused until REPLACE LOST RESERVATION; what cannot be kept is refused and has
 * changed nothing. This test will take the device away and bring it back, with a file that is
 * whole, old, cut off, damaged in one copy or both, another device's, or has no room.
 *
 * timeout: 120
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/pr.h"
#include "../lib/probe.h"

#define FILE_NAME	"/scratch/pr_04"
#define SLOT		0x44000
#define LOST		SENSE(7, 0x44, 0x01)
#define NOT_KEPT	SENSE(5, 0x55, 0x04)

PROBE_CONFIG("target create probe:p")

FIXTURE(aptpl) {
	struct nexus n[2];
	bool open;
};

static int make(const char *name, const char *file)
{
	return tgtctl("device create %s backend=ram size=1M serial=%s pr-file=%s", name, name,
		      file) ?: tgtctl("lun create probe:p 0 device=%s", name);
}

/* The power goes. */
static void off(struct __test_metadata *_metadata, struct _test_data_aptpl *self)
{
	if (self->open) {
		probe_close(&self->n[0]);
		probe_close(&self->n[1]);
	}
	self->open = false;
	EXPECT_EQ(0, tgtctl("lun delete probe:p 0 --force"));
	EXPECT_EQ(0, tgtctl("device delete d --force"));
}

static void on(struct __test_metadata *_metadata, struct _test_data_aptpl *self)
{
	ASSERT_EQ(0, make("d", FILE_NAME));
	ASSERT_EQ(0, probe_open(&self->n[0], "p", "init-a"));
	ASSERT_EQ(0, probe_open(&self->n[1], "p", "init-b"));
	self->open = true;
	probe_ready(&self->n[0], 0);
	probe_ready(&self->n[1], 0);
}

static void again(struct __test_metadata *_metadata, struct _test_data_aptpl *self)
{
	off(_metadata, self);
	on(_metadata, self);
}

FIXTURE_SETUP(aptpl)
{
	unlink(FILE_NAME);
	on(_metadata, self);
}

FIXTURE_TEARDOWN(aptpl)
{
	off(_metadata, self);
	unlink(FILE_NAME);
}

/* A registration of each nexus, and a reservation of the second one, of @type. */
static void reserve(struct __test_metadata *_metadata, struct _test_data_aptpl *self, int type)
{
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER_IGNORE, 0, 0, KEY(0), APTPL));
	EXPECT_EQ(0, pr_out(&self->n[1], REGISTER_IGNORE, 0, 0, KEY(1), APTPL));
	EXPECT_EQ(0, pr_out(&self->n[1], PRESERVE, type, KEY(1), 0, 0));
}

/* That is what there is. */
static void expect_reserved(struct __test_metadata *_metadata, struct _test_data_aptpl *self,
			    int type)
{
	__u8 buf[255];

	EXPECT_EQ(0, pr_in(&self->n[0], FULL_STATUS, buf, 255));
	EXPECT_EQ(0, get_be32(buf));
	EXPECT_EQ(2 * 48, get_be32(buf + 4));
	EXPECT_EQ(KEY(0), get_be64(buf + 8));
	EXPECT_EQ(KEY(1), get_be64(buf + 56));
	EXPECT_EQ(type >= 7, buf[8 + 12]);
	EXPECT_EQ(1, buf[56 + 12]);
	EXPECT_EQ(type, buf[56 + 13]);
	EXPECT_EQ(0, pr_in(&self->n[0], CAPABILITIES, buf, 8));
	EXPECT_EQ(0x81, buf[3] & 0x81);
	EXPECT_EQ(0x01, buf[2] & 0x01);
}

static void expect_nothing(struct __test_metadata *_metadata, struct _test_data_aptpl *self)
{
	__u8 buf[64];

	EXPECT_EQ(0, pr_in(&self->n[0], FULL_STATUS, buf, 64));
	EXPECT_EQ(0, get_be32(buf + 4));
	EXPECT_EQ(0, pr_in(&self->n[0], CAPABILITIES, buf, 8));
	EXPECT_EQ(0x01, buf[2] & 0x01);		/* PTPL_C */
	EXPECT_EQ(0, buf[3] & 0x01);		/* PTPL_A */
}

static void spoil(const char *how)
{
	char line[256];

	snprintf(line, sizeof(line), how, FILE_NAME);
	if (system(line))
		printf("# %s failed\n", line);
}

static void spoil_byte(long at)
{
	int fd = open(FILE_NAME, O_RDWR);
	char c = 0;

	if (pread(fd, &c, 1, at) == 1) {
		c ^= 0x10;
		if (pwrite(fd, &c, 1, at) != 1)
			printf("# %s cannot be written\n", FILE_NAME);
	}
	close(fd);
}

TEST_F_TIMEOUT(aptpl, every_type_is_kept, 120)
{
	static const int types[] = { 1, 3, 5, 6, 7, 8 };
	struct io write = { LUN(0), WRITE10(0, 1), DATA_OUT(FILE_NAME, 0) };
	__u8 data[512] = { };
	unsigned int i;

	expect_nothing(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		write = (struct io){ LUN(0), WRITE10(0, 1), DATA_OUT(data, 512) };
		reserve(_metadata, self, types[i]);
		again(_metadata, self);
		expect_reserved(_metadata, self, types[i]);
		EXPECT_EQ(types[i] < 5 ? CONFLICT : 0, pr_outcome(&self->n[0], &write));
		write = (struct io){ LUN(0), WRITE10(0, 1), DATA_OUT(data, 512) };
		EXPECT_EQ(0, pr_outcome(&self->n[1], &write));
		EXPECT_EQ(0, pr_out(&self->n[1], PRELEASE, types[i], KEY(1), 0, 0));
		probe_ready(&self->n[0], 0);
		EXPECT_EQ(0, pr_out(&self->n[1], CLEAR, 0, KEY(1), 0, 0));
		probe_ready(&self->n[0], 0);
	}
}

/* APTPL of the last registration counts for all. */
TEST_F(aptpl, without_it_nothing_is_kept)
{
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), APTPL));
	EXPECT_EQ(0, pr_out(&self->n[1], REGISTER, 0, 0, KEY(1), 0));
	EXPECT_EQ(0, pr_out(&self->n[1], PRESERVE, 3, KEY(1), 0, APTPL));
	again(_metadata, self);
	expect_nothing(_metadata, self);
}

/* Every change since counts, and a unregistration of all too. */
TEST_F(aptpl, changes_are_kept)
{
	__u8 buf[255];

	reserve(_metadata, self, 5);
	EXPECT_EQ(0, pr_out(&self->n[0], PREEMPT, 6, KEY(0), KEY(1), 0));
	again(_metadata, self);
	EXPECT_EQ(0, pr_in(&self->n[1], FULL_STATUS, buf, 255));
	EXPECT_EQ(48, get_be32(buf + 4));
	EXPECT_EQ(KEY(0), get_be64(buf + 8));
	EXPECT_EQ(6, buf[8 + 13]);
	EXPECT_EQ(0, pr_out(&self->n[0], REGISTER, 0, KEY(0), 0, APTPL));
	again(_metadata, self);
	EXPECT_EQ(0, pr_in(&self->n[1], KEYS, buf, 255));
	EXPECT_EQ(0, get_be32(buf + 4));
}

/* A damaged copy is mended from the other one, so that the next damage finds two again. */
TEST_F(aptpl, one_copy_is_enough)
{
	int i;

	reserve(_metadata, self, 6);
	for (i = 0; i < 4; i++) {
		off(_metadata, self);
		spoil_byte((i & 1) * SLOT + 40);
		on(_metadata, self);
		expect_reserved(_metadata, self, 6);
	}
}

static void expect_lost(struct __test_metadata *_metadata, struct _test_data_aptpl *self)
{
	__u8 buf[512];
	int i;

	for (i = 0; i < 4; i++)
		EXPECT_EQ(LOST, pr_in(&self->n[0], i, buf, 64));
	EXPECT_EQ(LOST, pr_out(&self->n[0], REGISTER, 0, 0, KEY(0), 0));
	EXPECT_CMD(&self->n[0], LOST, LUN(0), READ10(0, 1), DATA_IN(buf, 512));
	EXPECT_CMD(&self->n[0], LOST, LUN(0), WRITE10(0, 1), DATA_OUT(buf, 512));
	EXPECT_CMD(&self->n[0], LOST, LUN(0), TUR);
	EXPECT_CMD(&self->n[0], 0, LUN(0), INQUIRY(96), DATA_IN(buf, 96));
	EXPECT_CMD(&self->n[0], 0, LUN(0), REPORT_LUNS(256), DATA_IN(buf, 256));
}

TEST_F_TIMEOUT(aptpl, damage_is_a_loss, 120)
{
	static const char * const ways[] = {
		"for at in 0 4352; do dd if=/dev/urandom of=%s bs=64 count=1 seek=$at conv=notrunc status=none; done",
		"truncate -s 50 %s",
		"echo x > %s",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		reserve(_metadata, self, 3);
		off(_metadata, self);
		spoil(ways[i]);
		on(_metadata, self);
		expect_lost(_metadata, self);
		if (i == 1) {	/* a loss is not forgotten */
			again(_metadata, self);
			expect_lost(_metadata, self);
		}
		EXPECT_EQ(SENSE(5, 0x26, 0x00),
			  pr_out(&self->n[1], REPLACE_LOST, 5, KEY(1), KEY(1), APTPL));
		EXPECT_EQ(0, pr_out(&self->n[1], REPLACE_LOST, 5, 0, KEY(1), i & 1));
		EXPECT_CMD(&self->n[1], 0, LUN(0), TUR);
		EXPECT_EQ(SENSE(5, 0x26, 0x04),
			  pr_out(&self->n[1], REPLACE_LOST, 5, 0, KEY(1), APTPL));
		again(_metadata, self);
		if (i & 1) {
			EXPECT_EQ(0, pr_out(&self->n[1], PRELEASE, 5, KEY(1), 0, 0));
			EXPECT_EQ(0, pr_out(&self->n[1], CLEAR, 0, KEY(1), 0, 0));
		} else {
			expect_nothing(_metadata, self);
		}
	}
}

TEST_F(aptpl, another_device)
{
	reserve(_metadata, self, 3);
	/* two devices have not one file */
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=" FILE_NAME));
	off(_metadata, self);
	EXPECT_EQ(0, make("e", FILE_NAME));
	ASSERT_EQ(0, probe_open(&self->n[0], "p", "init-a"));
	probe_ready(&self->n[0], 0);
	ASSERT_EQ(0, probe_open(&self->n[1], "p", "init-b"));
	self->open = true;
	expect_lost(_metadata, self);
	probe_close(&self->n[0]);
	probe_close(&self->n[1]);
	self->open = false;
	EXPECT_EQ(0, tgtctl("lun delete probe:p 0 --force"));
	EXPECT_EQ(0, tgtctl("device delete e --force"));
	/* that has harmed nobody */
	on(_metadata, self);
	expect_reserved(_metadata, self, 3);
}

TEST_F(aptpl, files_that_are_none)
{
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=/nowhere/at/all"));
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=/scratch"));
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=/dev/null"));
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=relative"));
	spoil("truncate -s 1M %s.big");
	EXPECT_NE(0, tgtctl("device create e backend=ram size=1M pr-file=" FILE_NAME ".big"));
	spoil("rm %s.big");
	/* a device that is not made leaves a file that any other can have */
	EXPECT_NE(0, tgtctl("device create e backend=file path=/nowhere/at/all pr-file="
			    FILE_NAME ".new"));
	EXPECT_EQ(0, tgtctl("device create f backend=ram size=1M pr-file=" FILE_NAME ".new"));
	EXPECT_NE(0, system("tgtctl pr show f --json | grep -q '\"lost\": true'"));
	EXPECT_EQ(0, tgtctl("device delete f"));
	spoil("rm %s.new");
	/* nothing is left of them */
	EXPECT_EQ(0, tgtctl("device create e backend=ram size=1M"));
	EXPECT_EQ(0, tgtctl("device delete e"));
}

/* The file system is full: what does not fit is refused, and what was there stays. */
TEST_F_TIMEOUT(aptpl, no_room, 120)
{
	struct nexus n[120];
	int i, last = -1, err = 0;
	__u8 buf[8192], keys[8];
	char name[16];

	off(_metadata, self);
	mkdir("/tmp/pr_04", 0700);
	ASSERT_EQ(0, mount("none", "/tmp/pr_04", "tmpfs", 0, "size=8k"));
	EXPECT_EQ(0, make("d", "/tmp/pr_04/pr"));
	for (i = 0; i < 120 && !err; i++) {
		snprintf(name, sizeof(name), "init-%d", i);
		ASSERT_EQ(0, probe_open(&n[i], "p", name));
		probe_ready(&n[i], 0);
		err = pr_out(&n[i], REGISTER, 0, 0, KEY(i), 1);
		last = i;
	}
	EXPECT_EQ(NOT_KEPT, err);
	EXPECT_GT(last, 100);
	EXPECT_EQ(0, pr_in(&n[0], KEYS, buf, 8192));
	EXPECT_EQ(8 * last, get_be32(buf + 4));
	memcpy(keys, buf + 8, 8);
	/* less room is needed for this */
	EXPECT_EQ(0, pr_out(&n[0], REGISTER, 0, KEY(0), 0, APTPL));
	for (i = 0; i <= last; i++)
		probe_close(&n[i]);
	EXPECT_EQ(0, tgtctl("lun delete probe:p 0 --force"));
	EXPECT_EQ(0, tgtctl("device delete d --force"));
	EXPECT_EQ(0, make("d", "/tmp/pr_04/pr"));
	ASSERT_EQ(0, probe_open(&n[0], "p", "init-0"));
	probe_ready(&n[0], 0);
	EXPECT_EQ(0, pr_in(&n[0], KEYS, buf, 8192));
	EXPECT_EQ(8 * (last - 1), get_be32(buf + 4));
	EXPECT_EQ(KEY(1), get_be64(buf + 8));
	probe_close(&n[0]);
	EXPECT_EQ(0, tgtctl("lun delete probe:p 0 --force"));
	EXPECT_EQ(0, tgtctl("device delete d --force"));
	EXPECT_EQ(0, umount("/tmp/pr_04"));
	rmdir("/tmp/pr_04");
	on(_metadata, self);
}

/* As a machine that is restarted: the modules go, too. */
TEST_F_TIMEOUT(aptpl, the_module_goes, 60)
{
	reserve(_metadata, self, 8);
	off(_metadata, self);
	EXPECT_EQ(0, tgtctl("clear"));
	EXPECT_EQ(0, system("modprobe -r tgtcore_ram"));
	EXPECT_EQ(0, tgtctl("target create probe:p"));
	on(_metadata, self);
	expect_reserved(_metadata, self, 8);
}

TEST_HARNESS_MAIN
