// SPDX-License-Identifier: GPL-2.0
/*
 * tgtload: a load on a disk that may be taken away, and what must be on it then.
 *
 *	tgtload run NODE STATE		until a signal or until the disk is lost; from STATE on, if
 *					a run before has left one
 *	tgtload ride NODE STATE THREADS	the same, but a command that fails is no loss of the disk
 *	tgtload check NODE STATE	against what either left in STATE
 *
 * Threads write and read blocks of their own, direct and one command at a time, and know of
 * each block the last version that was acknowledged and the last that was sent. What is read
 * must be the acknowledged one; after a loss it must be that or one sent since. (fio takes
 * the end of file that a removed disk answers with for data, and so cannot tell.) Of a block whose
 * write has failed, what is read next is what it stays. ride prints how often it read and wrote,
 * and how often that failed.
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
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS		8
#define MAX_THREADS	128
#define BLOCKS		1024	/* of all threads */
#define BLOCK		4096
#define EXTENT		16	/* longest command, blocks */
#define MAGIC		0x74677464

static struct version {
	__u32	acked;		/* or read since */
	__u32	settled;	/* of those up to here only that is there */
	__u32	sent;
} state[BLOCKS];

static volatile sig_atomic_t stop;
static int disk, threads = THREADS;
static bool lost, wrong;	/* set once, by any thread */
static bool rides;		/* what fails is no loss */
static atomic_ulong done, failed;

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
	if (ret == (ssize_t)len) {
		done++;
		return false;
	}
	failed++;
	lost = lost || !rides;
	return true;
}

/* One that failed: whether to go on. Without a daemon all fail at once. */
static bool ride(void)
{
	if (rides)
		usleep(100000);
	return rides;
}

static void settle(__u32 block, __u32 version)
{
	state[block].acked = version;
	state[block].settled = state[block].sent;
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
		return ride();
	for (i = 0; i < n; i++)
		settle(block + i, state[block + i].sent);
	return true;
}

/* What a block may have; which of those it has, it keeps. */
static bool is_known(const __u32 *p, __u32 block)
{
	__u32 v = state[block].acked;

	if (!is_version(p, block, v)) {
		v = state[block].settled + 1;
		while (v <= state[block].sent && !is_version(p, block, v))
			v++;
	}
	if (v > state[block].sent)
		return told_wrong(p, block);
	settle(block, v);
	return true;
}

static bool read_some(__u32 *buf, __u32 block, __u32 n)
{
	__u32 i;

	memset(buf, 0xa5, n * BLOCK);
	if (gone(pread(disk, buf, n * BLOCK, (off_t)block * BLOCK), n * BLOCK))
		return ride();
	for (i = 0; i < n; i++)
		if (!is_known(buf + i * (BLOCK / 4), block + i))
			return false;
	return true;
}

static void *thread(void *arg)
{
	__u32 blocks = BLOCKS / threads, first = (long)arg * blocks, at, n;
	__u32 most = blocks < EXTENT ? blocks : EXTENT;
	unsigned int seed = (long)arg + 1;
	__u32 *buf = aligned_alloc(BLOCK, EXTENT * BLOCK);
	bool go = true;

	/* whatever was there before is none of ours */
	for (at = 0; at < blocks && go; at += most)
		go = write_some(buf, first + at, most);
	while (go && !stop && !lost && !wrong) {
		n = 1 + rand_r(&seed) % most;
		at = first + rand_r(&seed) % (blocks - n + 1);
		go = rand_r(&seed) % 2 ? write_some(buf, at, n) : read_some(buf, at, n);
	}
	free(buf);
	return NULL;
}

static int run(const char *path)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t t[MAX_THREADS];
	FILE *f = fopen(path, "r");
	long i;

	if (f && fread(state, sizeof(state), 1, f) != 1)
		memset(state, 0, sizeof(state));
	if (f)
		fclose(f);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	for (i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, thread, (void *)i))
			return 2;
	for (i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	if (rides)
		printf("done %lu, failed %lu\n", done, failed);
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
	__u32 i;

	if (!f || fread(state, sizeof(state), 1, f) != 1) {
		perror(path);
		return 2;
	}
	for (i = 0; i < BLOCKS; i++) {
		if (gone(pread(disk, buf, BLOCK, (off_t)i * BLOCK), BLOCK)) {
			printf("block %u cannot be read\n", i);
			return wrong ? 1 : 3;
		}
		is_known(buf, i);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	bool checking = argc == 4 && !strcmp(argv[1], "check");

	rides = argc == 5 && !strcmp(argv[1], "ride");
	if (rides)
		threads = atoi(argv[4]);
	if ((!checking && !rides && (argc != 4 || strcmp(argv[1], "run"))) || threads < 1 ||
	    threads > MAX_THREADS || BLOCKS % threads) {
		fprintf(stderr, "usage: tgtload run|check NODE STATE\n"
				"       tgtload ride NODE STATE THREADS\n");
		return 2;
	}
	disk = open(argv[2], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (disk < 0) {
		perror(argv[2]);
		return 3;
	}
	return checking ? check(argv[3]) : run(argv[3]);
}
