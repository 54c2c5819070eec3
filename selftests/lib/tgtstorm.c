// SPDX-License-Identifier: GPL-2.0
/*
 * tgtstorm: several processes change the configuration at random while others use it.
 *
 *	tgtstorm SECONDS DIR		TGT_SEED=N: which (it is printed)
 *
 * Three walk at random over the netlink requests, on few names, so that they meet; two send I/O
 * to whatever is mapped; one writes and reads a device that comes and goes, and knows what it
 * was told is written; one saves, restores and takes away a part of its own with the tool, while
 * it holds DIR/lock; one dumps and checks what it is told. The table ops[] says which errors each
 * request may end in: any other fails the storm, as does an error without a text.
 *
 * Files of devices are in DIR. Device kept at LUN 0 of loop:kept is for whoever started this to
 * use; the storm takes it away like the others. What is there at the end stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "picture.h"
#include "probe.h"
#include "rnd.h"
#include "storm.h"

#define WALKERS		3

static const char *dir;

/* of this process */
static __u64 seed;
static struct nl nl;
static __u64 expect;		/* a generation that goes with the request, or 0 */

/* ---- what there is ------------------------------------------------------------------------ */

#define DEV_MIB		16

static const struct dev {
	const char	*name;
	const char	*backend;
	const char	*lower;
} devs[] = {
	{ "n0", "null" }, { "r0", "ram" }, { "r1", "ram" }, { "f0", "file" }, { "f1", "file" },
	{ "x0", "fault", "r0" }, { "x1", "fault", "f0" }, { "kept1", "file" }, { "kept", "file" },
};

/* of each kind of thing, so many may be mapped anywhere: those without a rule on loop as well */
#define DEVS_PLAIN	3
#define DEVS_ANY	7

static const char * const targets[][2] = {
	{ "probe", "p0" }, { "probe", "p1" }, { "probe", "p2" }, { "probe", "keep" },
	{ "loop", "l0" }, { "loop", "kept" },
};

enum { KEEP_TARGET = 3, LOOP_TARGET, LOOP_KEPT };

static const char *fabric, *target;
static int pick_target(void)
{
	/* a disk that comes or goes takes Linux long */
	int i = rnd(24);

	i = i < 18 ? i / 6 : i < 22 ? KEEP_TARGET : i == 22 ? LOOP_TARGET : LOOP_KEPT;
	fabric = targets[i][0];
	target = targets[i][1];
	return i;
}

static const char *pick_group(void)
{
	return rnd(2) ? "g0" : "g1";
}

static const struct dev *pick_dev(void)
{
	return rnd(6) ? &devs[rnd(DEVS_ANY)] : &devs[rnd(ARRAY_SIZE(devs))];
}

static __u8 force(void)
{
	return rnd(2);
}

/* Last of the arguments: the generation, where one is expected. */
#define EXPECT(t)	{ .type = expect ? (t) : 0, .len = 8, .data = &expect }

/* ---- requests ------------------------------------------------------------------------------ */

static int make_device(const struct dev *d)
{
	char path[256];

	if (d->lower)
		return nl_do(&nl, TGTCORE_CMD_DEVICE_CREATE,
			     ARGS(STR(D(NAME), d->name), STR(D(BACKEND), d->backend),
				  OPT(D(OPTION), "lower", d->lower), EXPECT(D(GENERATION))));
	snprintf(path, sizeof(path), "%s/%s", dir, d->name);
	if (!strcmp(d->backend, "file"))
		return nl_do(&nl, TGTCORE_CMD_DEVICE_CREATE,
			     ARGS(STR(D(NAME), d->name), STR(D(BACKEND), d->backend),
				  U64(D(SIZE), DEV_MIB * MIB), OPT(D(OPTION), "path", path),
				  EXPECT(D(GENERATION))));
	return nl_do(&nl, TGTCORE_CMD_DEVICE_CREATE,
		     ARGS(STR(D(NAME), d->name), STR(D(BACKEND), d->backend),
			  U64(D(SIZE), DEV_MIB * MIB), EXPECT(D(GENERATION))));
}

static int device_create(void)
{
	return make_device(pick_dev());
}

static int device_delete(void)
{
	const char *name = pick_dev()->name;

	return nl_do(&nl, TGTCORE_CMD_DEVICE_DELETE,
		     ARGS(STR(D(NAME), name), U8(D(FORCE), force()), EXPECT(D(GENERATION))));
}

static int device_size(void)
{
	const char *name = pick_dev()->name;

	return nl_do(&nl, TGTCORE_CMD_DEVICE_SET,
		     ARGS(STR(D(NAME), name),
			  U64(D(SIZE), (DEV_MIB - 1 + rnd(32)) * MIB), EXPECT(D(GENERATION))));
}

static const char *pick_fault(void)
{
	return rnd(8) ? rnd(2) ? "x0" : "x1" : pick_dev()->name;
}

static int fault_rule(void)
{
	static const char * const rules[] = {
		"delay,ms=20,prob=200", "error,prob=100", "error,status=busy,count=3",
		"error,sense=3/11/00,op=read,lba=0-9999", "lose,count=1,prob=100",
		"short,prob=50", "hang,count=1,prob=20",
	};
	const char *name = pick_fault(), *rule = rules[rnd(ARRAY_SIZE(rules))];

	return nl_do(&nl, TGTCORE_CMD_DEVICE_SET,
		     ARGS(STR(D(NAME), name), OPT(D(OPTION), "rule", rule),
			  EXPECT(D(GENERATION))));
}

static int fault_release(void)
{
	const char *name = pick_fault();

	return nl_do(&nl, TGTCORE_CMD_DEVICE_SET,
		     ARGS(STR(D(NAME), name), OPT(D(OPTION), "rules", "clear"),
			  OPT(D(OPTION), "release", "yes"), EXPECT(D(GENERATION))));
}

static int device_abandon(void)
{
	const char *name = pick_dev()->name;

	expect = 0;	/* takes none */
	return nl_do(&nl, TGTCORE_CMD_DEVICE_ABANDON, ARGS(STR(D(NAME), name)));
}

static int target_create(void)
{
	pick_target();
	return nl_do(&nl, TGTCORE_CMD_TARGET_CREATE,
		     ARGS(STR(T(FABRIC), fabric), STR(T(NAME), target), EXPECT(T(GENERATION))));
}

static int target_delete(void)
{
	pick_target();
	return nl_do(&nl, TGTCORE_CMD_TARGET_DELETE,
		     ARGS(STR(T(FABRIC), fabric), STR(T(NAME), target), U8(T(FORCE), force()),
			  EXPECT(T(GENERATION))));
}

static __u32 pick_number(int t)
{
	static const __u32 numbers[] = { 0, 1, 2, 300 };

	return t == KEEP_TARGET || t == LOOP_KEPT ? 0 : numbers[rnd(ARRAY_SIZE(numbers))];
}

/* What is kept is mapped where it belongs, and nothing else is there. */
static const char *pick_mapped(int t)
{
	switch (t) {
	case KEEP_TARGET:
		return "kept1";
	case LOOP_KEPT:
		return "kept";
	case LOOP_TARGET:
		return devs[rnd(DEVS_PLAIN)].name;
	}
	return devs[rnd(DEVS_ANY)].name;
}

/* A request about a LUN; @more is what only this one tells. */
static int lun_do(__u8 cmd, int t, struct nl_arg more)
{
	const char *group = t < LOOP_TARGET && !rnd(3) ? pick_group() : NULL;
	struct nl_arg args[7] = { STR(L(FABRIC), fabric), STR(L(TARGET), target),
				  U32(L(NUMBER), pick_number(t)), more };
	int n = 4;

	if (group)
		args[n++] = (struct nl_arg)STR(L(GROUP), group);
	args[n] = (struct nl_arg)EXPECT(L(GENERATION));
	return nl_do(&nl, cmd, args);
}

static int lun_create(void)
{
	int t = pick_target();
	const char *device = pick_mapped(t);

	return lun_do(TGTCORE_CMD_LUN_CREATE, t, (struct nl_arg)STR(L(DEVICE), device));
}

static int lun_delete(void)
{
	int t = pick_target();

	return lun_do(TGTCORE_CMD_LUN_DELETE, t, (struct nl_arg)U8(L(FORCE), force()));
}

static int group_create(void)
{
	const char *group = pick_group();

	pick_target();
	return nl_do(&nl, TGTCORE_CMD_GROUP_CREATE,
		     ARGS(STR(G(FABRIC), fabric), STR(G(TARGET), target),
			  STR(G(NAME), group), EXPECT(G(GENERATION))));
}

static int group_delete(void)
{
	const char *group = pick_group();

	pick_target();
	return nl_do(&nl, TGTCORE_CMD_GROUP_DELETE,
		     ARGS(STR(G(FABRIC), fabric), STR(G(TARGET), target),
			  STR(G(NAME), group), U8(G(FORCE), force()),
			  EXPECT(G(GENERATION))));
}

static int group_member(__u8 cmd)
{
	static const char * const initiators[] = { "i0", "i1", "i2", "v" };

	const char *group = pick_group(), *who = initiators[rnd(ARRAY_SIZE(initiators))];

	pick_target();
	return nl_do(&nl, cmd,
		     ARGS(STR(G(FABRIC), fabric), STR(G(TARGET), target), STR(G(NAME), group),
			  STR(G(INITIATOR), who), EXPECT(G(GENERATION))));
}

static int group_add(void)
{
	return group_member(TGTCORE_CMD_GROUP_ADD);
}

static int group_remove(void)
{
	return group_member(TGTCORE_CMD_GROUP_REMOVE);
}

static int device_get(void)
{
	const char *name = pick_dev()->name;

	expect = 0;
	return nl_do(&nl, TGTCORE_CMD_DEVICE_GET, ARGS(STR(D(NAME), name)));
}

/* main() holds tgtcore_probe open, and tgtcore with it: these two must stay. */
static int unload(void)
{
	static const char * const modules[] = {
		"tgtcore", "tgtcore_probe", "tgtcore_loop", "tgtcore_null", "tgtcore_ram",
		"tgtcore_file", "tgtcore_fault",
	};
	int i = rnd(ARRAY_SIZE(modules));

	expect = 0;
	strcpy(nl.text, "(rmmod has none)");
	if (syscall(SYS_delete_module, modules[i], O_NONBLOCK))
		return -errno;
	if (i < 2)
		storm_fail("%s was unloaded while it is in use", modules[i]);
	return 0;
}

/*
 * Each request, how often, and the errors it may end in. ENOENT, EBUSY and EEXIST are races with
 * the other walkers. Where a backend or fabric may just be unloaded, it is not there either, or its
 * module is still being loaded (EALREADY).
 */
static const struct op {
	const char	*name;
	int		(*run)(void);
	unsigned int	weight;
	int		errnos[STORM_ERRNOS - 1];
} ops[] = {
	{ "device create", device_create, 20, { EEXIST, ENOENT, EBUSY, EALREADY } },
	{ "device delete", device_delete, 8, { ENOENT, EBUSY } },
	{ "device set size=", device_size, 8, { ENOENT, EBUSY, EINVAL, EOPNOTSUPP } },
	{ "device set rule=", fault_rule, 5, { ENOENT, EBUSY, EOPNOTSUPP, ENOSPC } },
	{ "device set release=", fault_release, 6, { ENOENT, EBUSY, EOPNOTSUPP } },
	{ "device abandon", device_abandon, 2, { ENOENT, EINVAL, EOPNOTSUPP } },
	{ "device show", device_get, 2, { ENOENT } },
	{ "target create", target_create, 16, { EEXIST, ENOENT, EBUSY, EALREADY } },
	{ "target delete", target_delete, 4, { ENOENT, EBUSY } },
	{ "lun create", lun_create, 30, { ENOENT, EBUSY, EEXIST } },
	{ "lun delete", lun_delete, 12, { ENOENT, EBUSY } },
	{ "group create", group_create, 10, { ENOENT, EBUSY, EEXIST } },
	{ "group delete", group_delete, 5, { ENOENT, EBUSY } },
	{ "group add", group_add, 10, { ENOENT, EBUSY, EEXIST } },
	{ "group remove", group_remove, 6, { ENOENT, EBUSY } },
	{ "rmmod", unload, 1, { EAGAIN, EBUSY, ENOENT } },
};

static const struct op *pick_op(void)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		sum += ops[i].weight;
	at = rnd(sum);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return &ops[i];
}

static void judge(const struct op *op, int err)
{
	__u32 *count = storm->count[op - ops];
	int i;

	if (err == -EAGAIN && expect)
		return;
	for (i = 0; err && i < STORM_ERRNOS - 1; i++)
		if (op->errnos[i] == -err)
			break;
	if (err && (i == STORM_ERRNOS - 1 || !*nl.text))
		storm_fail("%s: error %d (%s) \"%s\"%s", op->name, err, strerror(-err), nl.text,
			   expect ? ", with a generation" : "");
	__sync_fetch_and_add(&count[err ? i + 1 : 0], 1);
}

static void walk(int proc)
{
	const struct op *op;

	while (storm_goes_on(proc)) {
		expect = rnd(10) ? 0 : nl_generation(&nl);
		op = pick_op();
		judge(op, op->run());
		if (!rnd(3))
			usleep(rnd(8000));
	}
}

/* ---- dumps --------------------------------------------------------------------------------- */

static void look(int proc)
{
	struct picture *p = calloc(1, sizeof(*p));
	int kind = 0;

	while (p && storm_goes_on(proc)) {
		if (rnd(3))		/* else the same again, which must not differ */
			kind = rnd(PIC_KINDS);
		if (picture_look(p, &nl, kind))
			storm_fail("%s", p->why);
		if (nl_dump(&nl, TGTCORE_CMD_STAT_GET, NULL, NULL, NULL))
			storm_fail("dump of statistics: \"%s\"", nl.text);
		storm->dumps = p->dumps;
		storm->whole = p->whole;
		storm->compared = p->compared;
	}
	free(p);
}

/* ---- the tool ------------------------------------------------------------------------------ */

/* What save, restore and clear may meet in a storm. */
static bool is_expected(const char *text)
{
	static const char * const texts[] = {
		"the configuration goes on changing",	/* save */
		"nor a module",				/* restore, while one is unloaded */
		"still being loaded",			/* likewise, and it takes its time */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strstr(text, texts[i]))
			return true;
	return false;
}

/* Runs tgtctl; true if it did what it was told. */
static bool tool(const char *fmt, ...)
{
	char line[1024] = "tgtctl ", text[2048];
	va_list ap;
	size_t n;
	FILE *f;
	int rc;

	va_start(ap, fmt);
	vsnprintf(line + 7, sizeof(line) - 16, fmt, ap);
	va_end(ap);
	strcat(line, " 2>&1");
	f = popen(line, "r");
	if (!f)
		storm_fail("%s: %s", line, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	while (fgetc(f) != EOF)
		;
	rc = pclose(f);
	if (rc && !is_expected(text))
		storm_fail("%s: ended with %x: %s", line, rc, text);
	return !rc;
}

static void write_config(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		storm_fail("%s: %s", path, strerror(errno));
	fprintf(f, "{ \"tgtcore\": 1, \"devices\": [\n"
		"{ \"name\": \"s0\", \"backend\": \"ram\", \"size\": 1048576 },\n"
		"{ \"name\": \"s1\", \"backend\": \"fault\", \"options\": { \"lower\": \"s0\" } },\n"
		"{ \"name\": \"s2\", \"backend\": \"file\", \"size\": 1048576,\n"
		"  \"options\": { \"path\": \"%s/s2\" } }\n], \"targets\": [\n"
		"{ \"fabric\": \"probe\", \"name\": \"s\", \"luns\": [\n"
		"  { \"number\": 0, \"device\": \"s1\" }, { \"number\": 7, \"device\": \"s2\" } ],\n"
		"  \"groups\": [ { \"name\": \"sg\", \"initiators\": [ \"si\" ], \"luns\": [\n"
		"    { \"number\": 3, \"device\": \"s0\", \"readonly\": true } ] } ] } ] }\n",
		dir);
	fclose(f);
}

static bool has_object(const char *device)
{
	int err = nl_do(&nl, TGTCORE_CMD_DEVICE_GET, ARGS(STR(D(NAME), device)));

	if (err && err != -ENOENT)
		storm_fail("device %s: error %d \"%s\"", device, err, nl.text);
	return !err;
}

static void saved_has(const char *path)
{
	static const char * const names[] = { "\"s0\"", "\"s1\"", "\"s2\"", "\"sg\"", "\"si\"" };
	static char text[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	unsigned int i;

	text[n] = 0;
	if (f)
		fclose(f);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strstr(text, names[i]))
			storm_fail("tgtctl save left out %s", names[i]);
}

/* Nobody clears all while we hold it. */
static int take_lock(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX))
		storm_fail("%s: %s", path, strerror(errno));
	return fd;
}

/* A part that nobody else touches, so that all of it must succeed, each time. */
static void use_tool(int proc)
{
	static const char * const mine[] = { "s0", "s1", "s2" };
	char config[256], saved[256];
	unsigned int i;
	int fd;

	snprintf(config, sizeof(config), "%s/config.json", dir);
	snprintf(saved, sizeof(saved), "%s/saved.json", dir);
	write_config(config);
	while (storm_goes_on(proc)) {
		fd = take_lock();
		if (tool("restore %s", config)) {
			for (i = 0; i < ARRAY_SIZE(mine); i++)
				if (!has_object(mine[i]))
					storm_fail("device %s was not restored", mine[i]);
			tool("restore %s", config);	/* nothing to do */
			if (tool("save %s", saved))
				saved_has(saved);
			tool("target delete probe:s --force");
			tool("device delete s0 --force");
			tool("device delete s2");
		}
		for (i = 0; i < ARRAY_SIZE(mine); i++)
			if (has_object(mine[i]))
				storm_fail("device %s is still there", mine[i]);
		close(fd);
	}
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void io_0(int proc)
{
	storm_io(proc, 0);
}

static void io_1(int proc)
{
	storm_io(proc, 1);
}

static const struct {
	const char	*role;
	void		(*run)(int proc);
	__u32		least;
} procs[] = {
	{ "walker 1", walk, 100 }, { "walker 2", walk, 100 }, { "walker 3", walk, 100 },
	{ "I/O 1", io_0, 3 }, { "I/O 2", io_1, 3 }, { "kept1", storm_verify, 1 },
	{ "tool", use_tool, 2 }, { "dumps", look, 50 },
};

static pid_t start(int i)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	storm_role = procs[i].role;
	rng = seed + i * 0x1000003ULL;
	if (nl_open(&nl))
		storm_fail("no netlink socket");
	procs[i].run(i);
	_exit(0);
}

/* Waits for all; one that hangs is told of. */
static void await(pid_t *pid)
{
	double last = storm->end + 2 * STORM_GRACE_S * storm_slow();
	unsigned int i, left = ARRAY_SIZE(procs);
	int status;

	while (left && storm_now() < last) {
		for (i = 0; i < ARRAY_SIZE(procs); i++) {
			if (!pid[i] || !waitpid(pid[i], &status, WNOHANG))
				continue;
			pid[i] = 0;
			left--;
			if (status && !storm->failed)
				printf("# %s ended with %x\n", procs[i].role, status);
			storm->failed |= !!status;
		}
		usleep(50000);
	}
	for (i = 0; i < ARRAY_SIZE(procs); i++) {
		if (!pid[i])
			continue;
		printf("# %s hangs, after %u steps\n", procs[i].role, storm->done[i]);
		storm->failed = true;
		kill(pid[i], SIGKILL);
	}
}

/* LUN 0 of probe:keep, whatever the storm has left of it. */
static void give_back(void)
{
	double last = storm_now() + STORM_GRACE_S * storm_slow();
	int err;

	do {
		make_device(&devs[DEVS_ANY]);
		nl_do(&nl, TGTCORE_CMD_TARGET_CREATE,
		      ARGS(STR(T(FABRIC), "probe"), STR(T(NAME), "keep")));
		nl_do(&nl, TGTCORE_CMD_GROUP_DELETE,
		      ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "keep"), STR(G(NAME), "g0"),
			   U8(G(FORCE), 1)));
		nl_do(&nl, TGTCORE_CMD_GROUP_DELETE,
		      ARGS(STR(G(FABRIC), "probe"), STR(G(TARGET), "keep"), STR(G(NAME), "g1"),
			   U8(G(FORCE), 1)));
		nl_do(&nl, TGTCORE_CMD_LUN_DELETE,
		      ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), "keep"), U32(L(NUMBER), 0)));
		err = nl_do(&nl, TGTCORE_CMD_LUN_CREATE,
			    ARGS(STR(L(FABRIC), "probe"), STR(L(TARGET), "keep"),
				 U32(L(NUMBER), 0), STR(L(DEVICE), "kept1")));
	} while (err && storm_now() < last);
	if (err)
		storm_fail("LUN 0 of probe:keep: \"%s\"", nl.text);
}

static void tell(void)
{
	unsigned int i, k;
	__u32 *count;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		count = storm->count[i];
		printf("# %-20s %6u", ops[i].name, count[0]);
		for (k = 0; k < STORM_ERRNOS - 1 && ops[i].errnos[k]; k++)
			printf(", %u \"%s\"", count[k + 1], strerror(ops[i].errnos[k]));
		printf("\n");
	}
	for (i = 0; i < ARRAY_SIZE(procs); i++)
		printf("# %s: %u steps\n", procs[i].role, storm->done[i]);
	printf("# dumps: %u, not disturbed %u; pairs of the same generation %u\n", storm->dumps,
	       storm->whole, storm->compared);
	printf("# kept1: %u writes acknowledged, %u reads right, lost %u times\n", storm->acked,
	       storm->checked, storm->lost);
}

int main(int argc, char **argv)
{
	const char *s = getenv("TGT_SEED");
	pid_t pid[STORM_PROCS] = { };
	unsigned int i;

	if (argc != 3) {
		fprintf(stderr, "usage: tgtstorm SECONDS DIR\n");
		return 2;
	}
	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	dir = argv[2];
	if (storm == MAP_FAILED || open(TGTPROBE_DEVICE, O_RDWR | O_CLOEXEC) < 0 || nl_open(&nl)) {
		perror("tgtstorm");
		return 2;
	}
	seed = s ? strtoull(s, NULL, 0) : (__u64)time(NULL) << 20 ^ getpid();
	printf("# TGT_SEED=%llu\n", seed);
	fflush(stdout);
	for (i = 0; i < ARRAY_SIZE(procs); i++)
		storm->least[i] = procs[i].least;
	storm->end = storm_now() + atoi(argv[1]);
	for (i = 0; i < ARRAY_SIZE(procs); i++)
		pid[i] = start(i);
	await(pid);
	tell();
	if (storm->failed)
		return 1;
	take_lock();
	give_back();
	storm_verify_all();
	return 0;
}
