// SPDX-License-Identifier: GPL-2.0
/*
 * The old in-kernel API as the initiators' side: lld_probe sends commands, task management
 * and I_T nexuses of all sorts. Nothing is owed an answer here, as with any old driver; what
 * is left when the driver goes is aborted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lld_probe/lld_probe.h"
#include "fuzz.h"
#include "rnd.h"

#define PAYLOAD		(128 << 10)

static __u8 payload[PAYLOAD];

static void send_cmd(int fd)
{
	static const __u8 opcodes[] = { 0x00, 0x12, 0x28, 0x28, 0x2a, 0x2a, 0x88, 0x8a };
	struct lld_cmd cmd = {
		.host = LLD_HOST_A + rnd(2),
		.itn_id = rnd(3),
		.tag = rnd(1000),	/* some of them twice */
		.data_len = rnd(3) ? rnd(PAYLOAD) : rnd(8),
		.attr = 0x20 + rnd(4),
		.payload = (uintptr_t)payload,
	};

	cmd.cdb[0] = opcodes[rnd(sizeof(opcodes))];
	cmd.dir = cmd.cdb[0] == 0x00 ? 3 : cmd.cdb[0] == 0x2a || cmd.cdb[0] == 0x8a ? 1 : 2;
	if (cmd.dir == 1)
		cmd.payload_len = cmd.data_len;
	if (cmd.dir == 3)
		cmd.data_len = 0;
	cmd.lun[1] = rnd(3);
	ioctl(fd, LLD_IOC_CMD, &cmd);
	shared->probed++;
}

static void send_tmf(int fd)
{
	static const int functions[] = { 0x0d, 0x06, 0x0e, 0x17, 0x16, 0x0c, 0xff };
	struct lld_tmf tmf = {
		.host = LLD_HOST_A + rnd(2),
		.itn_id = rnd(3),
		.tag = rnd(1000),
		.mid = rnd(1000),
		.function = functions[rnd(ARRAY_SIZE(functions))],
	};

	ioctl(fd, LLD_IOC_TMF, &tmf);
}

static void send_nexus(int fd)
{
	struct lld_nexus nexus = {
		.host = LLD_HOST_A + rnd(2),
		.itn_id = rnd(3),
		.destroy = rnd(2),
		.initiator_len = (int)rnd(LLD_INITIATOR_MAX) - 1,
	};

	memset(nexus.initiator, 'i', sizeof(nexus.initiator));
	ioctl(fd, LLD_IOC_NEXUS, &nexus);
}

/* A driver that is slow or busy. */
static void set_something(int fd)
{
	static const int changes[] = { LLD_SET_DEFER, LLD_SET_COMPLETE, LLD_SET_COMPLETE,
				     LLD_SET_BUSY, LLD_SET_ABORT_RC };
	struct lld_set set = {
		.what = changes[rnd(ARRAY_SIZE(changes))],
		.value = rnd(2),
		.tag = rnd(1000),
		.flags = rnd(2),
	};

	ioctl(fd, LLD_IOC_SET, &set);
}

static void drain(int fd)
{
	struct lld_record r;
	struct lld_set set = { .what = LLD_SET_DEFER, .value = 0 };
	int i;

	while (!ioctl(fd, LLD_IOC_LOG, &r))
		shared->probe_answers += r.cb == LLD_CB_TRANSFER_RESPONSE;
	ioctl(fd, LLD_IOC_SET, &set);
	set.what = LLD_SET_COMPLETE;
	for (i = 0; i < 1000; i++) {
		set.tag = i;
		ioctl(fd, LLD_IOC_SET, &set);
	}
}

void probe_hosts(void)
{
	int fd = open(options.probe, O_RDWR), i;
	struct lld_hosts hosts;

	if (fd < 0 || ioctl(fd, LLD_IOC_HOSTS, &hosts)) {
		fprintf(stderr, "tgt_fuzz: %s: %s\n", options.probe, strerror(errno));
		exit(1);
	}
	for (i = 0; i < LLD_NR_HOSTS && options.n_hosts < MAX_HOSTS; i++)
		options.hosts[options.n_hosts++] = hosts.host_no[i];
	close(fd);
}

void probe_run(__u64 seed)
{
	struct lld_state state;
	int fd;

	rng = seed;
	fd = open(options.probe, O_RDWR);
	if (fd < 0) {
		fprintf(stderr, "tgt_fuzz: %s: %s\n", options.probe, strerror(errno));
		exit(1);
	}
	while (!shared->stop) {
		switch (rnd(16)) {
		case 0:
			send_tmf(fd);
			break;
		case 1:
			send_nexus(fd);
			break;
		case 2:
			set_something(fd);
			break;
		default:
			send_cmd(fd);
		}
		/* there are others who want to run */
		if (!rnd(10))
			usleep(rnd(2000));
		if (rnd(100))
			continue;
		drain(fd);
		/* what nobody answers piles up: slow down, but never stop */
		if (!ioctl(fd, LLD_IOC_STATE, &state) && state.outstanding > 500)
			usleep(20000);
	}
	drain(fd);
	exit(0);
}
