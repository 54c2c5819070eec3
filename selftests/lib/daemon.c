// SPDX-License-Identifier: GPL-2.0
/* mini_tgtd for C tests. */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "daemon.h"

#define HOSTS_MAX	4

int daemon_host(const char *target)
{
	char pattern[128];
	int host = -ENOENT;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "/sys/bus/tgtcore/devices/%s/host*", target);
	if (!glob(pattern, 0, NULL, &g)) {
		host = atoi(strstr(g.gl_pathv[0], "/host") + 5);
		globfree(&g);
	}
	return host;
}

static void __attribute__((noreturn)) daemon_exec(const int *hosts, int out)
{
	char number[HOSTS_MAX][12], *argv[2 + 4 * HOSTS_MAX] = { "mini_tgtd" };
	int i, n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	for (i = 0; i < HOSTS_MAX && hosts[i]; i++) {
		snprintf(number[i], sizeof(number[i]), "%d", hosts[i]);
		argv[n++] = "--host";
		argv[n++] = number[i];
		argv[n++] = "--lun";
		argv[n++] = "0=ram:1M";
	}
	argv[n] = NULL;
	execvp(argv[0], argv);
	_exit(127);
}

int daemon_start(const int *hosts)
{
	char line[32] = { };
	int out[2], pid;

	if (pipe(out))
		return -errno;
	pid = fork();
	if (!pid)
		daemon_exec(hosts, out[1]);
	close(out[1]);
	/* it says "ready"; if it ends, there is nothing */
	if (pid > 0 && read(out[0], line, sizeof(line) - 1) <= 0) {
		waitpid(pid, NULL, 0);
		pid = -ESRCH;
	}
	close(out[0]);
	return pid < 0 ? -ESRCH : pid;
}

void daemon_kill(int pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
