// SPDX-License-Identifier: GPL-2.0
/*
 * vioctl: /dev/vio_sim for shell tests.
 *
 *	vioctl host 1|0			the client partition is an initiator, or is none
 *	vioctl state			what the adapter is like
 *	vioctl fault OP SKIP TIMES RESULT [US]	what hypervisor calls of the server are to do
 *	vioctl event HEX		an element in the server's queue
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "../../abi-tests/vio_sim/vio_sim_user.h"

static int state(int fd)
{
	struct vio_sim_state s;

	if (ioctl(fd, VIO_SIM_STATE, &s))
		return -1;
	printf("host %d\nserver %u\nclient %u\nmapped %u\nwaiting %u\nfaults %u\nrdma %llu\n"
	       "bytes %llu\n", s.host_no, s.server_open, s.client_open, s.mapped, s.waiting,
	       s.faults, s.rdma, s.rdma_bytes);
	return 0;
}

static int event(int fd, const char *hex)
{
	struct vio_sim_crq crq = { };
	unsigned int i, v;

	for (i = 0; i < sizeof(crq.b) && sscanf(hex, "%2x", &v) == 1; i++, hex += 2)
		crq.b[i] = v;
	return ioctl(fd, VIO_SIM_RAW, &crq);
}

int main(int argc, char **argv)
{
	int fd = open("/dev/vio_sim", O_RDWR), rc = -2;

	if (fd < 0) {
		perror("/dev/vio_sim");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "host"))
		rc = ioctl(fd, VIO_SIM_HOST, &(__u32){ atoi(argv[2]) });
	else if (argc == 2 && !strcmp(argv[1], "state"))
		rc = state(fd);
	else if (argc == 3 && !strcmp(argv[1], "event"))
		rc = event(fd, argv[2]);
	else if ((argc == 6 || argc == 7) && !strcmp(argv[1], "fault"))
		rc = ioctl(fd, VIO_SIM_FAULT, &(struct vio_sim_fault){
			.op = strtoul(argv[2], NULL, 0), .skip = strtoul(argv[3], NULL, 0),
			.times = strtoul(argv[4], NULL, 0), .result = atoi(argv[5]),
			.delay_us = argc == 7 ? strtoul(argv[6], NULL, 0) : 0 });
	if (rc == -2)
		fputs("usage: vioctl host 0|1 | state | event HEX | fault OP SKIP N RESULT [US]\n",
		      stderr);
	else if (rc)
		perror(argv[1]);
	return rc ? 1 : 0;
}
