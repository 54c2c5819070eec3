// SPDX-License-Identifier: GPL-2.0
/*
 * lldctl: the target driver lld_probe by hand.
 *
 *	lldctl hosts				numbers of the hosts: plain A B
 *	lldctl nexus HOST ITN [NAME]		an I_T nexus made; HOST is A or B
 *	lldctl gone HOST ITN			and ended
 *	lldctl stress HOST ITN [KEY=VALUE...]	READ(10) or WRITE(10) from several CPUs
 *
 * Keys: threads, depth, count (of each thread), blocks (of a command; 0: TEST UNIT READY),
 * disk (blocks), gap (us), timeout (ms), seed, lun (16 hex digits), and write=1, mixed=1,
 * verify=1. The exit code is 0 if each command was answered once, with GOOD status, in full and,
 * with verify, with the data that write put there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "../lld_probe/lld_probe.h"

static int fd;

static int usage(void)
{
	fputs("usage: lldctl hosts | nexus HOST ITN [NAME] | gone HOST ITN |\n"
	      "       stress HOST ITN [KEY=VALUE...]\n", stderr);
	return 2;
}

static int failed(const char *what)
{
	fprintf(stderr, "lldctl: %s: %s\n", what, strerror(errno));
	return 1;
}

static int do_hosts(void)
{
	struct lld_hosts h;

	if (ioctl(fd, LLD_IOC_HOSTS, &h))
		return failed("hosts");
	printf("%d %d %d\n", h.host_no[0], h.host_no[1], h.host_no[2]);
	return 0;
}

static int do_nexus(int host, __u64 itn, const char *name, bool destroy)
{
	struct lld_nexus n = { .host = host, .itn_id = itn, .destroy = destroy };

	n.initiator_len = strnlen(name, LLD_INITIATOR_MAX);
	memcpy(n.initiator, name, n.initiator_len);
	if (ioctl(fd, LLD_IOC_NEXUS, &n))
		return failed("nexus");
	if (n.rc)
		fprintf(stderr, "lldctl: nexus: %d\n", n.rc);
	return !!n.rc;
}

static bool set_key(struct lld_stress *s, const char *arg)
{
	const char *value = strchr(arg, '=');
	unsigned long long v;
	int i;

	if (!value)
		return false;
	v = strtoull(++value, NULL, 0);
	if (!strncmp(arg, "threads=", 8))
		s->threads = v;
	else if (!strncmp(arg, "depth=", 6))
		s->depth = v;
	else if (!strncmp(arg, "count=", 6))
		s->count = v;
	else if (!strncmp(arg, "blocks=", 7))
		s->blocks = v;
	else if (!strncmp(arg, "disk=", 5))
		s->disk_blocks = v;
	else if (!strncmp(arg, "gap=", 4))
		s->gap_us = v;
	else if (!strncmp(arg, "timeout=", 8))
		s->timeout_ms = v;
	else if (!strncmp(arg, "seed=", 5))
		s->seed = v;
	else if (!strncmp(arg, "write=", 6))
		s->flags |= v ? LLD_STRESS_WRITE : 0;
	else if (!strncmp(arg, "mixed=", 6))
		s->flags |= v ? LLD_STRESS_MIXED : 0;
	else if (!strncmp(arg, "verify=", 7))
		s->flags |= v ? LLD_STRESS_VERIFY : 0;
	else if (!strncmp(arg, "lun=", 4))
		for (i = 0; i < 8 && sscanf(value + 2 * i, "%2hhx", &s->lun[i]) == 1; i++)
			;
	else
		return false;
	return true;
}

static int do_stress(int host, __u64 itn, char **arg)
{
	struct lld_stress s = {
		.host = host, .itn_id = itn, .threads = 2, .depth = 32, .count = 10000,
		.blocks = 8, .disk_blocks = 2048, .timeout_ms = 30000,
	};

	for (; *arg; arg++) {
		if (!set_key(&s, *arg))
			return usage();
	}
	if (ioctl(fd, LLD_IOC_STRESS, &s))
		return failed("stress");
	printf("queued=%llu answered=%llu aborted=%llu refused=%llu lost=%llu twice=%llu",
	       s.queued, s.answered, s.aborted, s.refused, s.lost, s.twice);
	printf(" status=%llu length=%llu data=%llu ns=%llu\n", s.bad_status, s.bad_length,
	       s.bad_data, s.ns);
	return s.queued != s.count * s.threads || s.answered != s.queued || s.twice ||
	       s.bad_status || s.bad_length || s.bad_data;
}

int main(int argc, char **argv)
{
	int host;

	if (argc < 2)
		return usage();
	fd = open("/dev/lld_probe", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return failed("/dev/lld_probe");
	if (!strcmp(argv[1], "hosts"))
		return do_hosts();
	if (argc < 4 || (*argv[2] != 'A' && *argv[2] != 'B'))
		return usage();
	host = *argv[2] == 'A' ? LLD_HOST_A : LLD_HOST_B;
	if (!strcmp(argv[1], "nexus"))
		return do_nexus(host, strtoull(argv[3], NULL, 0), argc > 4 ? argv[4] : "lldctl",
				false);
	if (!strcmp(argv[1], "gone"))
		return do_nexus(host, strtoull(argv[3], NULL, 0), "", true);
	if (!strcmp(argv[1], "stress"))
		return do_stress(host, strtoull(argv[3], NULL, 0), argv + 4);
	return usage();
}
