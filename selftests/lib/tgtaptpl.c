// SPDX-License-Identifier: GPL-2.0
/*
 * tgtaptpl LOG FILE [STEPS]: changes of reservations with APTPL=1, one after the other, until
 * the power goes; for soak/aptpl.sh, which sees to that.
 *
 * What LOG, which outlives it, says was answered last, or what had been begun then, is what a
 * device with the pr-file FILE has to have: else "bad" is written there, with what it has. From
 * there on it makes STEPS steps, each between "begin N" and "done N".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "probe.h"

#define PHASES	6
#define KEY(n)	(0x7000000000ULL + (n))

enum { REGISTER_IGNORE = 6, PRESERVE = 1, PRELEASE = 2, CLEAR = 3, PREEMPT = 4 };
enum { A, B };

/* What there is after a step: the key of each nexus, or 0; who holds what. */
struct state {
	__u64	key[2];
	int	type;
	int	holder;
};

static const char * const names[] = { "init-a", "init-b" };

static struct state state_after(unsigned long step)
{
	unsigned long phase = step ? (step - 1) % PHASES : PHASES - 1, base = step - phase;

	switch (phase) {
	case 0:
		return (struct state){ { KEY(base), 0 }, 0, -1 };
	case 1:
		return (struct state){ { KEY(base), KEY(base + 1) }, 0, -1 };
	case 2:
		return (struct state){ { KEY(base), KEY(base + 1) }, 5, A };
	case 3:
		return (struct state){ { 0, KEY(base + 1) }, 6, B };
	case 4:
		return (struct state){ { 0, KEY(base + 1) }, 0, -1 };
	default:
		return (struct state){ { 0, 0 }, 0, -1 };
	}
}

static int out(struct nexus *n, int sa, int type, __u64 key, __u64 sa_key)
{
	__u8 list[24] = { BE64(key), BE64(sa_key), [20] = sa == REGISTER_IGNORE };
	struct io io = { LUN(0), CDB(0x5f, sa, type, 0, 0, BE32(24), 0), DATA_OUT(list, 24) };

	return probe_outcome(n, &io);
}

static int make_step(struct nexus *n, unsigned long step)
{
	unsigned long phase = (step - 1) % PHASES, base = step - phase;

	switch (phase) {
	case 0:
		return out(&n[A], REGISTER_IGNORE, 0, 0, KEY(base));
	case 1:
		return out(&n[B], REGISTER_IGNORE, 0, 0, KEY(base + 1));
	case 2:
		return out(&n[A], PRESERVE, 5, KEY(base), 0);
	case 3:
		return out(&n[B], PREEMPT, 6, KEY(base + 1), KEY(base));
	case 4:
		return out(&n[B], PRELEASE, 6, KEY(base + 1), 0);
	default:
		return out(&n[B], CLEAR, 0, KEY(base + 1), 0);
	}
}

/* What the device has; a sense, or -1 for what no step makes. */
static int look(struct nexus *n, struct state *s)
{
	__u8 buf[512] = { };
	struct io io = { LUN(0), CDB(0x5e, 3, 0, 0, 0, 0, 0, BE16(512), 0), DATA_IN(buf, 512) };
	int err = probe_outcome(n, &io), who;
	__u32 len = get_be32(buf + 4), at;

	*s = (struct state){ .holder = -1 };
	if (err)
		return err;
	for (at = 8; at < 8 + len; at += 48) {
		__u64 key = get_be64(buf + at);

		/* A registers in phase 0, B in phase 1 */
		who = (key - KEY(1)) % PHASES;
		if (who > B || s->key[who])
			return -1;
		s->key[who] = key;
		if (buf[at + 12] & 1) {
			s->holder = who;
			s->type = buf[at + 13] & 0x0f;
		}
	}
	return 0;
}

static int same(const struct state *a, const struct state *b)
{
	return a->key[A] == b->key[A] && a->key[B] == b->key[B] && a->type == b->type &&
	       a->holder == b->holder;
}

static void say(int fd, const char *what, unsigned long n)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %lu\n", what, n);

	if (write(fd, line, len) != len)
		exit(1);
}

/* The last step that was begun, and the last that was answered. */
static void read_log(const char *path, unsigned long *begun, unsigned long *done)
{
	FILE *f = fopen(path, "r");
	unsigned long n;
	char line[128], what[16];

	*begun = 0;
	*done = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %lu", what, &n) != 2)
			continue;
		if (!strcmp(what, "begin"))
			*begun = n;
		if (!strcmp(what, "done") || !strcmp(what, "found"))
			*done = n;
		if (!strcmp(what, "found"))
			*begun = n;
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	unsigned long begun, done, steps = argc > 3 ? strtoul(argv[3], NULL, 0) : ~0UL;
	struct state has, before, after;
	struct nexus n[2];
	int fd, i, err;

	if (argc < 3)
		return 2;
	read_log(argv[1], &begun, &done);
	fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0644);
	if (fd < 0 || tgtctl("target create probe:p") ||
	    tgtctl("device create d backend=ram size=1M serial=aptpl pr-file=%s", argv[2]) ||
	    tgtctl("lun create probe:p 0 device=d"))
		return 1;
	for (i = 0; i < 2; i++)
		if (probe_open(&n[i], "p", names[i]) || probe_ready(&n[i], 0))
			dprintf(fd, "note %d: not ready\n", i);
	err = look(&n[0], &has);
	before = state_after(done);
	after = state_after(begun);
	if (err || !(same(&has, &before) || same(&has, &after))) {
		dprintf(fd, "bad outcome %x after %lu: keys %llx %llx type %d holder %d\n", err,
			done, has.key[A], has.key[B], has.type, has.holder);
		return 1;
	}
	done = same(&has, &after) ? begun : done;
	say(fd, "found", done);
	while (steps--) {
		probe_ready(&n[A], 0);
		probe_ready(&n[B], 0);
		say(fd, "begin", done + 1);
		err = make_step(n, done + 1);
		if (err) {
			dprintf(fd, "bad step %lu: %x\n", done + 1, err);
			return 1;
		}
		say(fd, "done", ++done);
	}
	probe_close(&n[0]);
	probe_close(&n[1]);
	return tgtctl("clear");
}
