// SPDX-License-Identifier: GPL-2.0
/*
 * Sends commands to a disk whose daemon is hostile. What they end with does not matter, if
 * only they end: the main program looks at when they began.
 */
#include <errno.h>
#include <fcntl.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"
#include "rnd.h"

#define DATA_SIZE	(256 << 10)
#define TIMEOUT_MS	250

static unsigned char *data;

static void random_cdb(struct sg_io_hdr *io, __u8 *cdb)
{
	static const __u8 opcodes[] = { 0x00, 0x12, 0x1a, 0x25, 0x28, 0x28, 0x2a, 0x2a,
					0x88, 0x8a, 0x35, 0xa0, 0x03, 0x9e };
	__u32 blocks = 1 + rnd(DATA_SIZE / 512);

	memset(cdb, 0, 16);
	cdb[0] = opcodes[rnd(sizeof(opcodes))];
	io->cmd_len = cdb[0] >> 5 == 0 ? 6 : cdb[0] >> 5 == 4 ? 16 : cdb[0] >> 5 == 5 ? 12 : 10;
	switch (cdb[0]) {
	case 0x28:
	case 0x2a:
		cdb[5] = rnd(256);
		cdb[7] = blocks >> 8;
		cdb[8] = blocks;
		break;
	case 0x88:
	case 0x8a:
		cdb[9] = rnd(256);
		cdb[12] = blocks >> 8;
		cdb[13] = blocks;
		break;
	case 0x12:
	case 0x1a:
	case 0x03:
		cdb[4] = 252;
		blocks = 1;
		break;
	case 0xa0:
		cdb[8] = 2;
		blocks = 1;
		break;
	case 0x9e:
		cdb[1] = 0x10;
		cdb[13] = 32;
		blocks = 1;
		break;
	}
	io->dxfer_len = blocks * 512;
	io->dxfer_direction = cdb[0] == 0x2a || cdb[0] == 0x8a ? SG_DXFER_TO_DEV :
			      SG_DXFER_FROM_DEV;
	if (cdb[0] == 0x00 || cdb[0] == 0x35) {
		io->dxfer_direction = SG_DXFER_NONE;
		io->dxfer_len = 0;
	}
}

/* Error recovery that fails takes the disk offline; commands then end at once. */
static void bring_online(const char *node)
{
	const char *name = strrchr(node, '/');
	char path[100], state[20] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/scsi_generic/%s/device/state",
		 name ? name + 1 : node);
	f = fopen(path, "r+");
	if (!f)
		return;
	if (fgets(state, sizeof(state), f) && strncmp(state, "running", 7)) {
		rewind(f);
		fputs("running\n", f);
	}
	fclose(f);
}

static void one_command(int fd, int disk)
{
	__u8 cdb[16], sense[96];
	struct sg_io_hdr io = {
		.interface_id = 'S', .cmdp = cdb, .sbp = sense, .mx_sb_len = sizeof(sense),
		.dxferp = data, .timeout = TIMEOUT_MS,
	};
	unsigned int ms;
	bool good;

	random_cdb(&io, cdb);
	shared->began_ms[disk] = now_ms();
	good = !ioctl(fd, SG_IO, &io) && !(io.info & SG_INFO_CHECK);
	ms = now_ms() - shared->began_ms[disk];
	shared->began_ms[disk] = 0;
	shared->commands[disk]++;
	shared->good[disk] += good;
	if (ms > shared->longest_ms[disk])
		shared->longest_ms[disk] = ms;
	if (!good) {
		bring_online(options.disks[disk]);
		usleep(1000);
	}
}

void initiator_run(int disk, __u64 seed)
{
	int fd;

	rng = seed;
	data = aligned_alloc(4096, DATA_SIZE);
	if (!data)
		exit(1);
	memset(data, 0, DATA_SIZE);
	while (!shared->stop) {
		fd = open(options.disks[disk], O_RDWR | O_NONBLOCK);
		if (fd < 0) {
			bring_online(options.disks[disk]);
			usleep(10000);
			continue;
		}
		one_command(fd, disk);
		while (rnd(64) && !shared->stop)
			one_command(fd, disk);
		close(fd);
	}
	exit(0);
}
