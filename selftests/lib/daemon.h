/* SPDX-License-Identifier: GPL-2.0 */
/* mini_tgtd for C tests. */
#ifndef _SELFTESTS_DAEMON_H
#define _SELFTESTS_DAEMON_H

/* The host for a daemon of a target of handler=stgt, or -errno. */
int daemon_host(const char *target);

/*
 * Starts one for hosts (ended by 0), each with LUN 0 of 1 MiB of memory, and waits until it has the
 * ring; its pid, or -errno.
 */
int daemon_start(const int *hosts);
void daemon_kill(int pid);

#endif
