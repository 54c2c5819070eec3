/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MAX_HOSTS	8
#define MAX_DISKS	8

/* Shared between the processes. */
struct shared {
	volatile bool stop;
	/* the daemons */
	volatile unsigned long events;		/* put in the ring */
	volatile unsigned long writes;		/* write() that returned */
	volatile unsigned long requests;	/* events from the kernel */
	volatile unsigned long deaths;
	/* the initiators */
	unsigned long commands[MAX_DISKS];
	unsigned long good[MAX_DISKS];
	unsigned int longest_ms[MAX_DISKS];
	volatile __u64 began_ms[MAX_DISKS];	/* of the command that is out, or 0 */
	/* the old driver */
	unsigned long probed;			/* commands it was to send */
	unsigned long probe_answers;
};

struct options {
	int hosts[MAX_HOSTS], n_hosts;
	const char *disks[MAX_DISKS];
	int n_disks;
	unsigned long events;
	__u64 seed;
	const char *device;
	const char *probe;
	unsigned int generation;
	bool verbose;
};

extern struct shared *shared;
extern struct options options;

__u64 now_ms(void);

/* A hostile daemon's life, of so many events at most. */
void __attribute__((noreturn)) daemon_run(__u64 seed, unsigned long events);

/* Sends commands to a generic SCSI node until shared->stop. */
void __attribute__((noreturn)) initiator_run(int disk, __u64 seed);

/* Adds the old driver's hosts to those that answers are sent for. */
void probe_hosts(void);

/* Sends commands through an old driver until shared->stop. */
void __attribute__((noreturn)) probe_run(__u64 seed);

#endif
