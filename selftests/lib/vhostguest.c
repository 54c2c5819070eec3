// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a guest in a guest, for test_lio_07: the initrd's, which loads the modules of /m and
 * changes to its root on /dev/sda, and then, of the same file, that root's. There it does what it
 * is told on the console, a line a step, and answers each with a line "= WORD...": see steps[].
 *
 * vhostguest sums DIR: prints what belongs into /sums, a sum and a name of DIR a line.
 * vhostguest load FILE: makes what /load is before there was one.
 * vhostguest check FILE "PASS...": the step of that name, on a file.
 *
 * A program and no shell: emulated by what is emulated, everything takes its time.
 */
// libs: -static
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <scsi/sg.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define DISK		"/dev/sda"
#define CONSOLE		"/dev/ttyS0"
#define ALONE		0x100	/* SG_SCSI_RESET_NO_ESCALATE; the C library does not know it */
#define BLOCK		4096
#define LOADS		4	/* writers of /load, each in a part of its own */
#define PIECES		4	/* of a part */
#define PIECE		(16 * BLOCK)
#define PART		(PIECES * PIECE)
#define WAIT_MS		60000

static unsigned char buf[PIECE] __attribute__((aligned(BLOCK)));
static pid_t loads[LOADS];
static volatile sig_atomic_t ending;

/* A line at once, so that those of two processes do not mix. */
static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *fmt, ...)
{
	char line[300];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(1);
}

/* How far it has come, and when. */
static void note(const char *what)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	say("- %s at %ld.%01ld s", what, (long)t.tv_sec, t.tv_nsec / 100000000);
}

static void __attribute__((noreturn)) end(void)
{
	sync();
	reboot(RB_AUTOBOOT);	/* QEMU runs with -no-reboot */
	for (;;)
		pause();
}

static void __attribute__((noreturn)) die(const char *what)
{
	say("= %s: %s", what, strerror(errno));
	end();
}

/* ---- sums of files --------------------------------------------------------------------------- */

/* FNV-1a of a file; 0 if it cannot be read. */
static __u64 sum_file(const char *path)
{
	__u64 sum = 0xcbf29ce484222325ULL;
	int fd = open(path, O_RDONLY);
	ssize_t n, i;

	if (fd < 0)
		return 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			sum = (sum ^ buf[i]) * 0x100000001b3ULL;
	close(fd);
	return n ? 0 : sum;
}

static int print_sums(const char *dir)
{
	struct dirent **list;
	int i, n;

	if (chdir(dir))
		return 1;
	n = scandir(".", &list, NULL, alphasort);
	for (i = 0; i < n; i++)
		if (list[i]->d_name[0] != '.')
			printf("%016llx %s\n", (unsigned long long)sum_file(list[i]->d_name),
			       list[i]->d_name);
	return n <= 2;
}

/* ---- the initrd's ---------------------------------------------------------------------------- */

static void load_module(const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/m/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST && errno != ENODEV))
		die(name);
	close(fd);
}

static void start(void)
{
	struct dirent **list;
	int i, n;

	note("init");
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	n = scandir("/m", &list, NULL, alphasort);
	for (i = 0; i < n; i++)
		if (list[i]->d_name[0] != '.')
			load_module(list[i]->d_name);
	note("modules");
	for (i = 0; i < WAIT_MS / 10 && access(DISK, R_OK); i++)
		usleep(10000);
	note("disk");
	if (mount(DISK, "/root", "ext4", MS_NOATIME, NULL))
		die("no root on " DISK);
	if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) || chdir("/root") || chroot("."))
		die("change of root");
	execl("/init", "init", "root", NULL);
	die("/init");
}

/* ---- a load ---------------------------------------------------------------------------------- */

/* Whose block it is, which, and of which pass; the rest follows from that. */
static void fill_block(__u32 *word, __u32 part, __u32 block, __u32 pass)
{
	__u32 seed = part << 24 | block << 16, i;

	word[0] = part;
	word[1] = block;
	word[2] = pass;
	for (i = 3; i < BLOCK / sizeof(*word); i++)
		word[i] = (seed + pass * 1024 + i) * 2654435761U;
}

static void fill_piece(__u32 part, __u32 piece, __u32 pass)
{
	__u32 i;

	for (i = 0; i < PIECE / BLOCK; i++)
		fill_block((__u32 *)(buf + i * BLOCK), part, piece * (PIECE / BLOCK) + i, pass);
}

/* Passes of the oldest and the newest block of a part, or why it is none. */
static const char *part_passes(int fd, __u32 part, __u32 *min, __u32 *max)
{
	static __u32 want[BLOCK / sizeof(__u32)];
	__u32 block, pass;

	*min = ~0U;
	*max = 0;
	for (block = 0; block < PART / BLOCK; block++) {
		if (pread(fd, buf, BLOCK, (off_t)part * PART + block * BLOCK) != BLOCK)
			return strerror(errno);
		pass = ((__u32 *)buf)[2];
		fill_block(want, part, block, pass);
		if (memcmp(buf, want, BLOCK))
			return "a block is none of its own";
		*min = pass < *min ? pass : *min;
		*max = pass > *max ? pass : *max;
	}
	return NULL;
}

static const char *load = "/load";

static int open_load(int flags)
{
	return open(load, flags | O_DIRECT | O_CLOEXEC);
}

static void end_load(int sig)
{
	(void)sig;
	ending = 1;
}

/* What it says of a pass is said when the pass is on the medium. */
static void __attribute__((noreturn)) run_load(__u32 part, __u32 pass)
{
	int fd = open_load(O_RDWR);
	__u32 piece, min, max;
	const char *why;

	while (fd >= 0) {
		for (piece = 0; piece < PIECES; piece++) {
			fill_piece(part, piece, pass);
			if (pwrite(fd, buf, PIECE, (off_t)part * PART + piece * PIECE) != PIECE)
				break;
		}
		if (piece < PIECES || fdatasync(fd))
			break;
		why = part_passes(fd, part, &min, &max);
		if (why || min != pass || max != pass) {
			say("load %u: pass %u: %s, %u to %u", part, pass, why ?: "not that",
			    min, max);
			_exit(2);
		}
		say("+%u %u", part, pass++);
		if (ending)
			_exit(0);
	}
	say("load %u: pass %u: %s", part, pass, strerror(errno));
	_exit(1);
}

/* From a pass on that is later than any that was. */
static const char *step_load(char *args)
{
	__u32 pass = strtoul(args, NULL, 10), i;

	for (i = 0; i < LOADS; i++) {
		loads[i] = fork();
		if (!loads[i])
			run_load(i, pass);
	}
	return NULL;
}

static const char *step_unload(char *args)
{
	int i, status, bad = 0;

	(void)args;
	for (i = 0; i < LOADS; i++)
		kill(loads[i], SIGTERM);
	for (i = 0; i < LOADS; i++)
		bad |= waitpid(loads[i], &status, 0) != loads[i] || status;
	return bad ? "not verified" : NULL;
}

/* ARGS: of each part, the pass that was there the last time. It is, or the next is on its way. */
static const char *step_check(char *args)
{
	static char text[100];
	__u32 part, min, max, was;
	int fd = open_load(O_RDONLY);
	const char *why;

	for (part = 0; part < LOADS; part++) {
		was = strtoul(args, &args, 10);
		why = part_passes(fd, part, &min, &max);
		if (!why && min >= was && max <= min + 1)
			continue;
		snprintf(text, sizeof(text), "load %u: %s: %u, %u to %u", part,
			 why ?: "passes", was, min, max);
		break;
	}
	close(fd);
	return part < LOADS ? text : NULL;
}

/* FILE becomes what a load finds: pass 0. */
static int make_load(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	__u32 i;

	if (fd < 0)
		return 1;
	for (i = 0; i < LOADS * PIECES; i++) {
		fill_piece(i / PIECES, i % PIECES, 0);
		if (write(fd, buf, PIECE) != PIECE)
			return 1;
	}
	return close(fd) != 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static const char *step_sums(char *args)
{
	static char name[256];
	unsigned long long want;
	FILE *f = fopen("/sums", "r");
	int n = 0;

	(void)args;
	if (!f || chdir("/tree"))
		return "no /sums";
	for (; fscanf(f, "%llx %255s", &want, name) == 2; n++)
		if (sum_file(name) != want)
			return name;
	fclose(f);
	return n ? NULL : "no files";
}

static const char *step_reset(char *args)
{
	int fd = open(DISK, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int how = SG_SCSI_RESET_DEVICE | ALONE;
	const char *why = NULL;

	(void)args;
	if (fd < 0 || ioctl(fd, SG_SCSI_RESET, &how))
		why = strerror(errno);
	close(fd);
	return why;
}

static const char *step_mount(char *args)
{
	sync();
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_NOATIME | (*args == 'w' ? 0 : MS_RDONLY),
		     NULL) ? strerror(errno) : NULL;
}

/* How many bytes there are in hexadecimal digits. */
static unsigned int hex(const char *text, unsigned char *bytes, unsigned int max)
{
	unsigned int n;

	for (n = 0; n < max && sscanf(text + 2 * n, "%2hhx", &bytes[n]) == 1; n++)
		;
	return n;
}

static const char *scsi(unsigned char *cdb, int cdb_len, int dir, int len)
{
	static char text[80];
	unsigned char sense[32] = { };
	struct sg_io_hdr io = {
		.interface_id = 'S', .dxfer_direction = dir, .cmd_len = cdb_len, .cmdp = cdb,
		.dxfer_len = len, .dxferp = buf, .mx_sb_len = sizeof(sense), .sbp = sense,
		.timeout = WAIT_MS,
	};
	int fd = open(DISK, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err = fd < 0 || ioctl(fd, SG_IO, &io);

	close(fd);
	if (err)
		return strerror(errno);
	if (!io.status && !io.host_status && !io.driver_status)
		return NULL;
	snprintf(text, sizeof(text), "status %02x host %02x sense %x/%02x/%02x", io.status,
		 io.host_status, sense[2] & 0xf, sense[12], sense[13]);
	return text;
}

/* "CDB [DATA]" */
static const char *step_scsi(char *args)
{
	unsigned char cdb[16];
	int len = hex(args, cdb, sizeof(cdb)), out;
	char *data = strchr(args, ' ');

	out = data ? hex(data + 1, buf, sizeof(buf)) : 0;
	return scsi(cdb, len, out ? SG_DXFER_TO_DEV : SG_DXFER_NONE, out);
}

/* The unit serial number, which is an answer and no complaint. */
static const char *step_serial(char *args)
{
	unsigned char cdb[6] = { 0x12, 1, 0x80, 0, 64 };
	const char *why;

	(void)args;
	memset(buf, 0, 64);
	why = scsi(cdb, sizeof(cdb), SG_DXFER_FROM_DEV, 64);
	return why ?: (char *)buf + 4;
}

/* "LBA LETTER": a piece of that, not through the file system. */
static const char *step_write(char *args)
{
	unsigned long lba = strtoul(args, &args, 10);
	unsigned char cdb[10] = {
		0x2a, 0, lba >> 24, lba >> 16, lba >> 8, lba, 0, 0, PIECE / 512, 0,
	};

	memset(buf, args[1], PIECE);
	return scsi(cdb, sizeof(cdb), SG_DXFER_TO_DEV, PIECE);
}

static void pr_out(unsigned char action, __u64 key, __u64 action_key, const char **why)
{
	unsigned char cdb[10] = { 0x5f, action, 1, 0, 0, 0, 0, 0, 24, 0 };
	int i;

	memset(buf, 0, 24);
	for (i = 0; i < 8; i++) {
		buf[i] = key >> (56 - 8 * i);
		buf[8 + i] = action_key >> (56 - 8 * i);
	}
	*why = scsi(cdb, sizeof(cdb), SG_DXFER_TO_DEV, 24);
}

/* "ACTION KEY ACTION-KEY" of PERSISTENT RESERVE OUT, numbers in hexadecimal. */
static const char *step_pr(char *args)
{
	unsigned int action = strtoul(args, &args, 16);
	__u64 key = strtoull(args, &args, 16);
	const char *why;

	pr_out(action, key, strtoull(args, NULL, 16), &why);
	return why;
}

/* "KEY OTHER LBA LETTER": takes it from the other, and writes, again and again. */
static const char *step_contend(char *args)
{
	__u64 key = strtoull(args, &args, 16), other = strtoull(args, &args, 16);
	static char text[20];
	char tur[] = "000000000000", write_args[60];
	const char *why;
	int i, won = 0;

	snprintf(write_args, sizeof(write_args), "%s", args + 1);
	for (i = 0; i < 5; i++) {
		step_scsi(tur);
		step_scsi(tur);
		pr_out(6, 0, key, &why);	/* REGISTER AND IGNORE EXISTING KEY */
		pr_out(4, key, other, &why);	/* PREEMPT */
		if (!why) {
			won++;
			step_write(write_args);
		}
	}
	snprintf(text, sizeof(text), "%d", won);
	return text;
}

static const struct {
	const char	*name;
	const char	*(*fn)(char *args);	/* NULL for "ok" */
} steps[] = {
	{ "serial", step_serial }, { "sums", step_sums },
	{ "load", step_load }, { "unload", step_unload }, { "check", step_check },
	{ "reset", step_reset },
	{ "scsi", step_scsi }, { "write", step_write },
	{ "pr", step_pr }, { "contend", step_contend },
	{ "mount", step_mount },
};

static const char *step(char *line)
{
	char *args = line + strcspn(line, " ");
	unsigned int i;

	if (*args)
		*args++ = 0;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!strcmp(line, steps[i].name))
			return steps[i].fn(args);
	return "what?";
}

/* What is told is not shown, and what is said stays as it is. */
static void obey(void)
{
	int fd = open(CONSOLE, O_RDWR);
	struct termios t;
	char line[300];
	FILE *in;

	if (fd < 0 || tcgetattr(fd, &t))
		die(CONSOLE);
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
	dup2(fd, STDOUT_FILENO);
	in = fdopen(fd, "r");
	signal(SIGTERM, end_load);
	note("root");
	say("= ready");
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		say("= %s", step(line) ?: "ok");
	}
	die("console");
}

int main(int argc, char **argv)
{
	const char *why;

	if (argc == 3 && !strcmp(argv[1], "sums"))
		return print_sums(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "load"))
		return make_load(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "check")) {
		load = argv[2];
		why = step_check(argv[3]);
		puts(why ?: "ok");
		return why ? 1 : 0;
	}
	if (getpid() != 1)
		return 2;
	if (argc == 2 && !strcmp(argv[1], "root"))
		obey();
	start();
}
