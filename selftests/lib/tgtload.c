// SPDX-License-Identifier: GPL-2.0
/*
 * tgtload: a load on a disk that may be taken away, and what must be on it then.
 *
 *	tgtload run NODE STATE		until a signal or until the disk is lost; from STATE on, if
 *					a run before has left one
 *	tgtload check NODE STATE	against what run left in STATE
 *
 * Threads write and read blocks of their own, direct and one command at a time, and know of
 * each block the last version that was acknowledged and the last that was sent. What is read
 * must be the acknowledged one; after a loss it must be that or one sent since. (fio takes
 * the end of file that a removed disk answers with for data, and so cannot tell.)
 *
 * Exit code: 0 all was right, 1 wrong or lost data, 2 usage, 3 all was right until the disk
 * was lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS		8
#define BLOCKS		128	/* a thread's */
#define BLOCK		4096
#define EXTENT		16	/* longest command, blocks */
#define MAGIC		0x74677464

static struct version {
	__u32	acked;
	__u32	sent;
} state[THREADS * BLOCKS];

static volatile sig_atomic_t stop;
static int disk;
static bool lost, wrong;	/* set once, by any thread */

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static __u32 mix(__u32 block, __u32 version, __u32 i)
{
	__u64 z = ((__u64)block << 32 | version) + (i + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	return (z ^ (z >> 27)) >> 16;
}

/* Every word of a block tells which block and version it is of. */
static void fill(__u32 *p, __u32 block, __u32 version)
{
	__u32 i;

	p[0] = MAGIC;
	p[1] = block;
	p[2] = version;
	for (i = 3; i < BLOCK / 4; i++)
		p[i] = mix(block, version, i);
}

static bool is_version(const __u32 *p, __u32 block, __u32 version)
{
	static const __u32 zero[BLOCK / 4];
	__u32 i;

	if (!version)		/* never written */
		return !memcmp(p, zero, BLOCK);
	if (p[0] != MAGIC || p[1] != block || p[2] != version)
		return false;
	for (i = 3; i < BLOCK / 4; i++)
		if (p[i] != mix(block, version, i))
			return false;
	return true;
}

static bool told_wrong(const __u32 *p, __u32 block)
{
	printf("block %u is %s%08x:%u version %u; acknowledged was %u, sent %u\n", block,
	       p[0] == MAGIC ? "" : "no block of ours, ", p[0], p[1], p[2], state[block].acked,
	       state[block].sent);
	wrong = true;
	return false;
}

/* An error, or the end of file of a disk that has no size any more. */
static bool gone(ssize_t ret, size_t len)
{
	if (ret == (ssize_t)len)
		return false;
	lost = true;
	return true;
}

static bool write_some(__u32 *buf, __u32 block, __u32 n)
{
	__u32 i, version;

	for (i = 0; i < n; i++) {
		version = state[block + i].sent + 1;
		state[block + i].sent = version;
		fill(buf + i * (BLOCK / 4), block + i, version);
	}
	if (gone(pwrite(disk, buf, n * BLOCK, (off_t)block * BLOCK), n * BLOCK))
		return false;
	for (i = 0; i < n; i++)
		state[block + i].acked = state[block + i].sent;
	return true;
}

static bool read_some(__u32 *buf, __u32 block, __u32 n)
{
	__u32 i;

	memset(buf, 0xa5, n * BLOCK);
	if (gone(pread(disk, buf, n * BLOCK, (off_t)block * BLOCK), n * BLOCK))
		return false;
	for (i = 0; i < n; i++)
		if (!is_version(buf + i * (BLOCK / 4), block + i, state[block + i].acked))
			return told_wrong(buf + i * (BLOCK / 4), block + i);
	return true;
}

static void *thread(void *arg)
{
	__u32 first = (long)arg * BLOCKS, at, n;
	unsigned int seed = (long)arg + 1;
	__u32 *buf = aligned_alloc(BLOCK, EXTENT * BLOCK);
	bool go = true;

	/* whatever was there before is none of ours */
	for (at = 0; at < BLOCKS && go; at += EXTENT)
		go = write_some(buf, first + at, EXTENT);
	while (go && !stop && !lost && !wrong) {
		n = 1 + rand_r(&seed) % EXTENT;
		at = first + rand_r(&seed) % (BLOCKS - n + 1);
		go = rand_r(&seed) % 2 ? write_some(buf, at, n) : read_some(buf, at, n);
	}
	free(buf);
	return NULL;
}

static int run(const char *path)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t t[THREADS];
	FILE *f = fopen(path, "r");
	long i;

	if (f && fread(state, sizeof(state), 1, f) != 1)
		memset(state, 0, sizeof(state));
	if (f)
		fclose(f);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, thread, (void *)i))
			return 2;
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	f = fopen(path, "w");
	if (!f || fwrite(state, sizeof(state), 1, f) != 1 || fclose(f)) {
		perror(path);
		return 2;
	}
	return wrong ? 1 : lost ? 3 : 0;
}

static int check(const char *path)
{
	__u32 *buf = aligned_alloc(BLOCK, BLOCK);
	FILE *f = fopen(path, "r");
	__u32 i, v;

	if (!f || fread(state, sizeof(state), 1, f) != 1) {
		perror(path);
		return 2;
	}
	for (i = 0; i < THREADS * BLOCKS; i++) {
		if (gone(pread(disk, buf, BLOCK, (off_t)i * BLOCK), BLOCK)) {
			printf("block %u cannot be read\n", i);
			return wrong ? 1 : 3;
		}
		for (v = state[i].acked; v <= state[i].sent; v++)
			if (is_version(buf, i, v))
				break;
		if (v > state[i].sent)
			told_wrong(buf, i);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	bool checking = argc == 4 && !strcmp(argv[1], "check");

	if (argc != 4 || (!checking && strcmp(argv[1], "run"))) {
		fprintf(stderr, "usage: tgtload run|check NODE STATE\n");
		return 2;
	}
	disk = open(argv[2], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (disk < 0) {
		perror(argv[2]);
		return 3;
	}
	return checking ? check(argv[3]) : run(argv[3]);
}
