// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile daemons, one after the other, under initiators that want their answers. See
 * usage(). Whether the kernel survived, and holds nothing of theirs, others see.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define LIFE		4000	/* events of one daemon, at most */
#define ANSWER_LIMIT_MS	120000	/* a timeout and all of error recovery */
#define STALL_LIMIT_MS	30000	/* without an event: a daemon hangs in the kernel */

struct shared *shared;
struct options options = {
	.events = 10000, .seed = 1, .device = "/dev/tgt", .generation = 3,
};

__u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static int usage(void)
{
	fputs("usage: tgt_fuzz --host N... [--disk /dev/sgN]... [OPTIONS]\n"
	      "  --probe PATH    send commands through lld_probe too\n"
	      "  --events N      how many events in all (default 10000)\n"
	      "  --seed N        same seed, same events (default 1)\n"
	      "  --abi g1|g2|g3  generation of the ring (default g3)\n"
	      "  --device PATH   default /dev/tgt\n"
	      "  --verbose       a line for each daemon\n"
	      "Exit code 1: a command had no answer for two minutes, or a daemon hung.\n", stderr);
	return 2;
}

/* The disk that has waited for too long, or -1. */
static int overdue(void)
{
	__u64 now = now_ms(), began;
	int i;

	for (i = 0; i < options.n_disks; i++) {
		began = shared->began_ms[i];
		if (began && now > began && now - began > ANSWER_LIMIT_MS)
			return i;
	}
	return -1;
}

static bool answers_come(void)
{
	int disk = overdue();

	if (disk < 0)
		return true;
	printf("%s: no answer for %d s\n", options.disks[disk], ANSWER_LIMIT_MS / 1000);
	return false;
}

/* Waits for a daemon's end while commands are answered and events flow. */
static bool await_daemon(pid_t pid)
{
	unsigned long events = shared->events;
	__u64 since = now_ms();
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		usleep(20000);
		if (shared->events != events) {
			events = shared->events;
			since = now_ms();
		}
		if (now_ms() - since > STALL_LIMIT_MS) {
			printf("daemon %d hangs\n", (int)pid);
			return false;
		}
		if (!answers_come())
			return false;
	}
	/* a bus error of its own is as good an end as any */
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		printf("daemon: exit code %d\n", WEXITSTATUS(status));
		return false;
	}
	return true;
}

static bool run_daemons(void)
{
	unsigned long left, n = 0;
	pid_t pid;

	while (shared->events < options.events) {
		left = options.events - shared->events;
		n++;
		pid = fork();
		if (pid < 0)
			return false;
		if (!pid)
			daemon_run(options.seed + n * 1000003, left < LIFE ? left : LIFE);
		if (!await_daemon(pid))
			return false;
		if (options.verbose)
			printf("daemon %lu: %lu events\n", n, shared->events);
	}
	return true;
}

/* What is out must still end, with nobody there to answer. */
static bool stop_initiators(void)
{
	int status, n = options.n_disks + !!options.probe;

	shared->stop = true;
	while (n) {
		if (waitpid(-1, &status, WNOHANG) > 0) {
			n--;
			continue;
		}
		usleep(20000);
		if (!answers_come())
			return false;
	}
	return true;
}

static void report(void)
{
	int i;

	printf("events %lu\nwrites %lu\nrequests %lu\ndeaths %lu\n", shared->events,
	       shared->writes, shared->requests, shared->deaths);
	for (i = 0; i < options.n_disks; i++)
		printf("%s: %lu commands, %lu good, longest %u ms\n", options.disks[i],
		       shared->commands[i], shared->good[i], shared->longest_ms[i]);
	if (options.probe)
		printf("%s: %lu commands, %lu answered\n", options.probe, shared->probed,
		       shared->probe_answers);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "host", 1, NULL, 'h' }, { "disk", 1, NULL, 'd' }, { "events", 1, NULL, 'e' },
		{ "seed", 1, NULL, 's' }, { "abi", 1, NULL, 'a' }, { "device", 1, NULL, 'D' },
		{ "probe", 1, NULL, 'p' }, { "verbose", 0, NULL, 'v' }, { }
	};
	bool ok;
	int opt, i;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == 'h' && options.n_hosts < MAX_HOSTS)
			options.hosts[options.n_hosts++] = atoi(optarg);
		else if (opt == 'd' && options.n_disks < MAX_DISKS)
			options.disks[options.n_disks++] = optarg;
		else if (opt == 'e')
			options.events = strtoul(optarg, NULL, 0);
		else if (opt == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (opt == 'D')
			options.device = optarg;
		else if (opt == 'p')
			options.probe = optarg;
		else if (opt == 'v')
			options.verbose = true;
		else if (opt == 'a' && optarg[0] == 'g' && optarg[1] >= '1' && optarg[1] <= '3')
			options.generation = optarg[1] - '0';
		else
			return usage();
	}
	if (options.probe)
		probe_hosts();
	if (optind != argc || !options.n_hosts)
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	for (i = 0; i < options.n_disks; i++)
		if (!fork())
			initiator_run(i, options.seed + i);
	if (options.probe && !fork())
		probe_run(options.seed);
	ok = run_daemons();
	ok = stop_initiators() && ok;
	report();
	return !ok;
}
