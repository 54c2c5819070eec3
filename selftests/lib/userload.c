// SPDX-License-Identifier: GPL-2.0
/*
 * userload TARGET: random reads and writes of LUN 0 by the probe fabric, sixteen at a time, until a
 * signal. What they are answered does not matter: it is for daemons that make up sense data, by
 * which Linux' error recovery would take a disk offline, and capacities.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include "probe.h"
#include "rnd.h"

#define DEPTH		16
#define BLOCKS		131072	/* of the device, 512 bytes each */
#define BLOCK_SHIFT	9
#define MOST		128	/* blocks of a command */

static __u8 data[DEPTH][MOST << BLOCK_SHIFT], cdb[DEPTH][10];

static void make(unsigned int i, struct io *io)
{
	__u32 n = 8 << rnd(5), lba = rnd(BLOCKS / 8) * 8 % (BLOCKS - MOST), out = rnd(2);
	const __u8 rw[10] = { out ? 0x2a : 0x28, 0, BE32(lba), 0, BE16(n), 0 };

	memcpy(cdb[i], rw, sizeof(rw));
	*io = (struct io){ LUN(0), .cdb = cdb[i], .cdb_len = sizeof(cdb[i]), .data = data[i],
			   .len = n << BLOCK_SHIFT, .dir = out ? TGTPROBE_OUT : TGTPROBE_IN };
}

int main(int argc, char **argv)
{
	static struct io io[DEPTH];
	struct nexus n;
	unsigned int i;

	if (argc != 2)
		errx(2, "usage: userload TARGET");
	if (probe_open(&n, argv[1], "userload"))
		errx(1, "no target %s", argv[1]);
	for (i = 0;; i = (i + 1) % DEPTH) {
		if (io[i].cdb && probe_wait(&n, &io[i]))
			errx(1, "a command without an answer");
		make(i, &io[i]);
		if (probe_send(&n, &io[i]))
			errx(1, "a command is refused");
	}
}
