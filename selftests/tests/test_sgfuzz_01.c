// SPDX-License-Identifier: GPL-2.0
/*
 * DESCRIPTION: random CDBs of all opcodes by SG_IO on loop disks, with any length, direction
 * and buffer; this test will check that each is answered with a status and sense that are
 * well formed, that none writes beyond its buffer, and that the disks work afterwards.
 *
 * TGT_FUZZ is how many (default 1000; 100000 with TGT_FULL set), TGT_SEED which ones.
 *
 * timeout: 1800
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "../lib/rnd.h"

#define BUFFER		(64 << 10)
#define GUARD		64
#define SENSE		96
#define MAGIC		0xa5

/* ram, null, readonly, 4096-byte blocks, a file */
#define NR_DISKS	5

static const char * const config[] = {
	"modprobe -a sd_mod sg tgtcore",
	"tgtctl device create f_ram backend=ram size=16M",
	"tgtctl device create f_null backend=null zero=yes size=1G",
	"tgtctl device create f_ro backend=ram size=1M readonly=yes",
	"tgtctl device create f_4k backend=ram size=16M block-size=4096",
	"tgtctl device create f_file backend=file path=/scratch/sgfuzz size=16M",
	"tgtctl target create loop:fuzz > /dev/null",
	"tgtctl lun create loop:fuzz 0 device=f_ram > /dev/null",
	"tgtctl lun create loop:fuzz 1 device=f_null > /dev/null",
	"tgtctl lun create loop:fuzz 2 device=f_ro > /dev/null",
	"tgtctl lun create loop:fuzz 3 device=f_4k > /dev/null",
	"tgtctl lun create loop:fuzz 4 device=f_file > /dev/null",
};

static unsigned long from_env(const char *name, unsigned long dflt)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 0) : dflt;
}

/* CDB length SPC-5 4.2.5.1 gives an opcode, or any */
static unsigned int cdb_len(__u8 opcode)
{
	static const unsigned int len[8] = { 6, 10, 10, 16, 16, 12, 10, 16 };

	return rnd(4) ? len[opcode >> 5] : 1 + rnd(32);
}

static void random_cdb(__u8 *cdb, unsigned int len)
{
	static const __u8 known[] = {
		0x00, 0x03, 0x08, 0x0a, 0x12, 0x1a, 0x1b, 0x25, 0x28, 0x2a, 0x35, 0x5a, 0x83,
		0x84, 0x88, 0x8a, 0x91, 0x9e, 0xa0, 0xa3, 0xa8, 0xaa,
	};
	unsigned int i;

	for (i = 1; i < len; i++)
		cdb[i] = rnd(3) ? 0 : rnd(256);
	if (rnd(2))
		cdb[0] = known[rnd(sizeof(known))];
	/* service actions, small addresses and no NACA reach deeper */
	if ((cdb[0] == 0x9e || cdb[0] == 0xa3) && len > 1 && rnd(2))
		cdb[1] = rnd(2) ? 0x10 : 0x0c + rnd(2);
	if (len > 6 && rnd(2))
		memset(cdb + 2, 0, 3);
	if (rnd(4))
		cdb[len - 1] = 0;
	/* a stopped disk would answer nothing but that */
	if (cdb[0] == 0x1b && len > 4 && rnd(8))
		cdb[4] |= 1;
}

/*
 * SPC-5 4.4: fixed format, current, 18 bytes; or the descriptor format, of descriptors whose
 * lengths are multiples of 4. sg makes @len of byte 7, so that comparing these two shows nothing.
 */
static bool sense_ok(const __u8 *s, unsigned int len)
{
	if (len < 8)
		return false;
	switch (s[0] & 0x7f) {
	case 0x70:
		return s[7] == 18 - 8 && len == 18 && (s[2] & 0xf) <= 0xe && (s[2] & 0xf);
	case 0x72:
		return s[7] <= 244 && !(s[7] % 4) && (s[1] & 0xf);
	default:
		return false;
	}
}

static const int statuses[] = { 0x00, 0x02, 0x04, 0x08, 0x18, 0x28, 0x30, 0x40 };
#define ACA_ACTIVE	0x30

static bool status_ok(unsigned int status)
{
	unsigned int i;

	for (i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i] == (int)status)
			return true;
	return false;
}

/* Each test runs in a process of its own. */
static int disks[NR_DISKS];
static __u8 *mem;			/* of the data, with guards around it */
static unsigned long count[256];	/* answers by status */
static unsigned long answers;		/* all of them: sg itself refuses some commands */

FIXTURE(sg) {
};

FIXTURE_SETUP(sg)
{
	char path[64], link[PATH_MAX];
	int i, lun;

	for (i = 0; i < (int)(sizeof(config) / sizeof(*config)); i++)
		ASSERT_EQ(0, system(config[i]));
	mem = malloc(GUARD + BUFFER + GUARD);
	for (i = 0; i < NR_DISKS; i++)
		disks[i] = -1;
	/* generic nodes are found by the LUN behind them */
	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/sys/class/scsi_generic/sg%d/device", i);
		if (!realpath(path, link))
			continue;
		lun = atoi(strrchr(link, ':') + 1);
		snprintf(path, sizeof(path), "/dev/sg%d", i);
		if (lun < NR_DISKS && disks[lun] < 0)
			disks[lun] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	for (i = 0; i < NR_DISKS; i++)
		ASSERT_LE(0, disks[i]);
}

FIXTURE_TEARDOWN(sg)
{
	int i;

	for (i = 0; i < NR_DISKS; i++)
		close(disks[i]);
	free(mem);
	EXPECT_EQ(0, system("tgtctl clear && rm -f /scratch/sgfuzz"));
}

/* A CDB with NACA has failed, which nothing else ends: Linux has no CLEAR ACA. */
static int reset_unit(int fd)
{
	int how = SG_SCSI_RESET_DEVICE;

	return ioctl(fd, SG_SCSI_RESET, &how);
}

/* One command; false if it is not answered as any command must be. */
static bool command(int disk, __u8 *cdb, unsigned int len, int dir,
		    unsigned int bytes, sg_io_hdr_t *h, __u8 *sense)
{
	memset(sense, MAGIC, SENSE);
	memset(mem, MAGIC, GUARD + BUFFER + GUARD);
	if (dir == SG_DXFER_FROM_DEV)
		memset(mem + GUARD, 0, bytes);
	memset(h, 0, sizeof(*h));
	h->interface_id = 'S';
	h->dxfer_direction = dir;
	h->cmd_len = len;
	h->cmdp = cdb;
	h->mx_sb_len = SENSE;
	h->sbp = sense;
	h->dxfer_len = bytes;
	h->dxferp = mem + GUARD;
	h->timeout = 60000;
	if (ioctl(disks[disk], SG_IO, h)) {
		/* what sg itself does not take: a length against the opcode, an odd buffer */
		return errno == EINVAL || errno == EMSGSIZE || errno == ENOMEM;
	}
	answers++;
	count[h->status & 0xff]++;
	if (h->status == ACA_ACTIVE && reset_unit(disks[disk]))
		return false;
	if (!status_ok(h->status) || h->host_status || (h->driver_status & ~0x08))
		return false;
	if (h->resid < 0 || h->resid > (int)bytes)
		return false;
	if (h->status == 0x02)
		return sense_ok(sense, h->sb_len_wr);
	return h->sb_len_wr == 0;
}

static void show(const char *what, const __u8 *p, unsigned int n)
{
	printf("# %s:", what);
	while (n--)
		printf(" %02x", *p++);
	printf("\n");
}

static bool guards_ok(unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < GUARD; i++)
		if (mem[i] != MAGIC || mem[GUARD + bytes + i] != MAGIC)
			return false;
	return true;
}

/* After the storm: started again, a disk reads back what is written. */
static bool still_works(int disk, unsigned int block)
{
	__u8 start[6] = { 0x1b, 0, 0, 0, 1, 0 }, sense[SENSE], want[4096];
	__u8 write[10] = { 0x2a, 0, 0, 0, 0, 9, 0, 0, 4096 / block, 0 };
	__u8 read[10] = { 0x28, 0, 0, 0, 0, 9, 0, 0, 4096 / block, 0 };
	sg_io_hdr_t h;
	int i;

	for (i = 0; i < 5; i++)		/* unit attentions come first */
		if (!command(disk, start, 6, SG_DXFER_NONE, 0, &h, sense))
			return false;
	memset(want, MAGIC, sizeof(want));
	return !h.status &&
	       command(disk, write, 10, SG_DXFER_TO_DEV, 4096, &h, sense) &&
	       !h.status && !h.resid &&
	       command(disk, read, 10, SG_DXFER_FROM_DEV, 4096, &h, sense) &&
	       !h.status && !h.resid && !memcmp(mem + GUARD, want, sizeof(want));
}

TEST_F_TIMEOUT(sg, random_commands, 1800)
{
	static const int dirs[] = { SG_DXFER_NONE, SG_DXFER_TO_DEV, SG_DXFER_FROM_DEV };
	unsigned long n = from_env("TGT_FUZZ", getenv("TGT_FULL") ? 100000 : 1000), i;
	unsigned int len, bytes;
	__u8 cdb[32], sense[SENSE];
	sg_io_hdr_t h;
	int disk, dir;
	bool ok;

	rng = from_env("TGT_SEED", 1);
	for (i = 0; answers < n; i++) {
		memset(cdb, 0, sizeof(cdb));
		cdb[0] = i;			/* every opcode in turn */
		len = cdb_len(cdb[0]);
		random_cdb(cdb, len);
		disk = rnd(NR_DISKS);
		dir = dirs[rnd(3)];
		bytes = dir == SG_DXFER_NONE ? 0 : rnd(3) ? rnd(1024) : rnd(BUFFER + 1);
		if (rnd(2))
			bytes &= ~511;
		ok = command(disk, cdb, len, dir, bytes, &h, sense);
		if (!ok) {
			TH_LOG("command %lu, disk %d, dir %d, %u bytes", i, disk, dir, bytes);
			show("CDB", cdb, len);
			TH_LOG("errno %d, status %02x, host %02x, driver %02x, resid %d", errno,
			       h.status, h.host_status, h.driver_status, h.resid);
			show("sense", sense, h.sb_len_wr);
		}
		ASSERT_TRUE(ok);
		ASSERT_TRUE(guards_ok(bytes));
	}
	TH_LOG("%lu good, %lu check condition, %lu busy or full; %lu refused by sg", count[0],
	       count[2], count[0x08] + count[0x28], i - n);
	/* else most of it does not reach the engine */
	EXPECT_LT(n / 10, count[0]);
	EXPECT_LT(n / 10, count[2]);
	EXPECT_TRUE(still_works(0, 512));
	EXPECT_TRUE(still_works(3, 4096));
	EXPECT_TRUE(still_works(4, 512));
}

/* What is left of the buffer is the residual, though it is the CDB that asks for more. */
TEST_F(sg, short_buffers)
{
	__u8 write[10] = { 0x2a, [8] = 4 }, read[10] = { 0x28, [8] = 4 }, sense[SENSE];
	sg_io_hdr_t h;

	ASSERT_TRUE(still_works(0, 512));
	EXPECT_TRUE(command(0, write, 10, SG_DXFER_TO_DEV, 512, &h, sense));
	EXPECT_EQ(0x02, h.status);
	EXPECT_EQ(512, h.resid);
	EXPECT_TRUE(command(0, read, 10, SG_DXFER_FROM_DEV, 700, &h, sense));
	EXPECT_EQ(0x00, h.status);
	EXPECT_EQ(700 - 512, h.resid);
	EXPECT_TRUE(command(0, read, 10, SG_DXFER_FROM_DEV, 1024, &h, sense));
	EXPECT_EQ(0x00, h.status);
	EXPECT_EQ(0, h.resid);
}

TEST_HARNESS_MAIN
