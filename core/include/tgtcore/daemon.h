/* SPDX-License-Identifier: GPL-2.0 */
/* What a backend whose devices daemons serve tells of them. */
#ifndef _TGTCORE_DAEMON_H
#define _TGTCORE_DAEMON_H

#include <linux/types.h>

/**
 * struct tgt_daemon - the daemon of a device
 * @state: TGTCORE_DAEMON_*
 * @pid: its process, or 0
 * @commands: those it has, or that wait for one
 * @oldest_ms: age of the oldest of those
 * @held: those that wait for one
 * @starts: how many daemons the device has had
 * @lost: how many of them went without another one having asked them to
 * @handovers: and how many when one had
 * @reissued: commands given to one that another may have begun
 * @timeouts: commands whose deadline passed
 * @late: answers to commands that were answered without the daemon
 * @bad: answers that were none
 */
struct tgt_daemon {
	u32	state;
	u32	pid;
	u32	commands;
	u32	oldest_ms;
	u32	held;
	u64	starts;
	u64	lost;
	u64	handovers;
	u64	reissued;
	u64	timeouts;
	u64	late;
	u64	bad;
};

#endif
