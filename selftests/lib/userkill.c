// SPDX-License-Identifier: GPL-2.0
/*
 * userkill NAME STAT IOS ROUNDS SEED TAKE PROGRAM [ARGUMENT...]: has a user device served by one
 * process of PROGRAM after another. Each has answered IOS commands by STAT, the disk's statistics,
 * when it is killed, told to end, or followed by one with the argument TAKE, which takes over;
 * of these two either may be killed over it. Prints how often each was, and how long a round took.
 * It is a program for want of time: a round in a shell is a dozen processes.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/tgtcore_user.h>
#include <linux/types.h>

#define BOUND_MS	60000	/* for anything */

enum kind { KILL, END, TAKE, TAKE_KILL, KILL_TAKER, KINDS };

static const char * const names[] = {
	[KILL] = "killed", [END] = "ended", [TAKE] = "followed",
	[TAKE_KILL] = "killed when followed", [KILL_TAKER] = "not followed at first",
};

static char **program, *take[64];	/* without and with TAKE */
static const char *stat_file;
static __u64 seed;
static int device;		/* of INFO alone */
static pid_t daemon_pid;

static __u64 rnd(__u64 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static __u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static __u64 generation(void)
{
	struct tgtcore_user_info info;

	if (ioctl(device, TGTCORE_USER_INFO, &info))
		err(1, "TGTCORE_USER_INFO");
	return info.generation;
}

/* Reads and writes that the disk has had answered. */
static __u64 answered(void)
{
	unsigned long long r = 0, w = 0;
	FILE *f = fopen(stat_file, "re");

	if (!f || fscanf(f, "%llu %*u %*u %*u %llu", &r, &w) != 2)
		err(1, "%s", stat_file);
	fclose(f);
	return r + w;
}

static void pause_ms(__u64 until, const char *what)
{
	if (now_ms() > until)
		errx(1, "%s: not within a minute", what);
	usleep(1000);
}

static pid_t spawn(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static void await_start(__u64 before)
{
	__u64 until = now_ms() + BOUND_MS;

	while (generation() == before)
		pause_ms(until, "a daemon that serves");
}

static void await_ios(__u64 ios)
{
	__u64 end = answered() + ios, until = now_ms() + BOUND_MS;

	while (answered() < end)
		pause_ms(until, "commands that are answered");
}

/* It has ended; well, or by the signal it was sent, @sig, or 0. */
static void await_end(pid_t pid, int sig)
{
	__u64 until = now_ms() + BOUND_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid)
		pause_ms(until, "a daemon's end");
	if (status && !(sig && WIFSIGNALED(status) && WTERMSIG(status) == sig))
		errx(1, "a daemon ended with %x", status);
}

static void follow(void)
{
	__u64 before = generation();
	pid_t next = spawn(take);

	await_start(before);
	await_end(daemon_pid, 0);
	daemon_pid = next;
}

static void end(int sig)
{
	__u64 before;

	kill(daemon_pid, sig);
	await_end(daemon_pid, sig);
	before = generation();
	daemon_pid = spawn(program);
	await_start(before);
}

/* The one that leaves is killed, before or while it does; it may have ended by itself. */
static void follow_and_kill(void)
{
	__u64 before = generation();
	pid_t next = spawn(take);

	usleep(rnd(60000));
	kill(daemon_pid, SIGKILL);
	await_end(daemon_pid, SIGKILL);
	await_start(before);
	daemon_pid = next;
}

/* The one that comes is killed, and another takes over from whichever it left the device to. */
static void kill_taker(void)
{
	pid_t next = spawn(take);

	usleep(rnd(60000));
	kill(next, SIGKILL);
	await_end(next, SIGKILL);
	follow();
}

static void one(enum kind kind)
{
	switch (kind) {
	case KILL:
		end(SIGKILL);
		break;
	case END:
		end(SIGTERM);
		break;
	case TAKE:
		follow();
		break;
	case TAKE_KILL:
		follow_and_kill();
		break;
	default:
		kill_taker();
	}
}

static void rounds(unsigned int n, __u64 ios)
{
	unsigned int i, count[KINDS] = { 0 };
	__u64 begin, ms, longest = 0, all = 0;
	enum kind kind;

	for (i = 0; i < n; i++) {
		begin = now_ms();
		await_ios(ios);
		kind = rnd(KINDS);
		one(kind);
		count[kind]++;
		ms = now_ms() - begin;
		all += ms;
		longest = ms > longest ? ms : longest;
	}
	for (kind = 0; kind < KINDS; kind++)
		printf("%s %u, ", names[kind], count[kind]);
	printf("%llu ms each, at most %llu\n", n ? all / n : 0, longest);
}

int main(int argc, char **argv)
{
	char path[128];
	__u64 before;
	int i;

	if (argc < 8 || argc > 60)
		errx(2, "usage: userkill NAME STAT IOS ROUNDS SEED TAKE PROGRAM [ARGUMENT...]");
	snprintf(path, sizeof(path), "/dev/tgtcore/%s", argv[1]);
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "%s", path);
	stat_file = argv[2];
	seed = strtoull(argv[5], NULL, 0) * 2654435761U + 88172645463325252ULL;
	program = argv + 7;
	for (i = 0; program[i]; i++)
		take[i] = program[i];
	take[i] = argv[6];
	before = generation();
	daemon_pid = spawn(program);
	await_start(before);
	rounds(atoi(argv[4]), strtoull(argv[3], NULL, 0));
	kill(daemon_pid, SIGKILL);
	await_end(daemon_pid, SIGKILL);
	return 0;
}
