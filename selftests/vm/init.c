// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the test VM.
 *
 * It makes the root file system (the host's own, read-only by 9p, under a
 * tmpfs overlay), prepares the machine, runs one program and says on a
 * virtio-serial port how that went. The verdict is the last thing it does, so
 * whatever kills the kernel on the way also kills the verdict, and the host
 * takes silence for failure.
 *
 * A C program and no shell script: under TCG each fork and exec of a shell's
 * helpers costs tens of milliseconds, and boot time is paid by every test run.
 *
 * What the host hands over, in the run directory (seen through the 9p root):
 *   argv   the program and its arguments, NUL after each; argv[0] is a path
 *   env    the environment, NUL after each NAME=VALUE
 *   cwd    where to run it
 *   bad    what no line of the kernel log may contain, one a line
 * and on the kernel command line:
 *   tgtvm.dir=PATH       the run directory
 *   tgtvm.tree=PATH      the project, if the root is not the host's and has not got it
 *   tgtvm.timeout=SEC    end the program after that long (0: never)
 *   tgtvm.icount=1       virtual time: wait until the TSC is the clock source
 *   tgtvm.shell=hvc0     the program gets that console as its terminal
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define EXIT_SKIP	4	/* kselftest's */
#define MARKER		"tgtvm: program starts"

struct vm {
	char dir[4096];		/* the run directory, a path on the host */
	char tree[4096];	/* the project, likewise */
	unsigned int timeout;
	char shell[16];		/* name of a console, or empty */
	bool icount;
	int out;		/* where the program's words go */
	int verdict;		/* the verdict port */
	int kmsg;		/* /dev/kmsg, positioned at the marker */
};

static struct vm vm = { .out = -1, .verdict = -1, .kmsg = -1 };

/* Say something in the program's output stream, as TAP diagnostics. */
static void say(const char *fmt, ...)
{
	char buf[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(buf))
		n = sizeof(buf) - 1;
	if (write(vm.out >= 0 ? vm.out : STDERR_FILENO, buf, n) < 0)
		return;
}

static void __attribute__((noreturn)) leave(void)
{
	sync();
	/*
	 * QEMU runs with -no-reboot: a reset ends it. RESTART rather than power
	 * off, since reboot=t,force on the command line makes it instant.
	 */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Setting up failed: no verdict, and a reason on the console. */
static void __attribute__((noreturn)) die(const char *what)
{
	dprintf(STDERR_FILENO, "tgtvm: init: %s: %s\n", what, strerror(errno));
	say("# tgtvm: init: %s: %s\n", what, strerror(errno));
	leave();
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		say("# tgtvm: %s: %s\n", path, strerror(errno));
	close(fd);
}

/* Read a whole file; the result ends in a NUL that *len does not count. */
static char *get_file(const char *path, size_t *len)
{
	size_t size = 0, max = 4096;
	char *buf = malloc(max + 1);
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !buf)
		die(path);
	while ((n = read(fd, buf + size, max - size)) > 0) {
		size += n;
		if (size < max)
			continue;
		max *= 2;
		buf = realloc(buf, max + 1);
		if (!buf)
			die(path);
	}
	close(fd);
	buf[size] = '\0';
	if (len)
		*len = size;
	return buf;
}

static void do_mount(const char *what, const char *where, const char *type,
		     unsigned long flags, const char *opts)
{
	mkdir(where, 0755);
	if (mount(what, where, type, flags, opts))
		die(where);
}

/* For what a kernel may lack: tracefs, configfs, ... */
static void try_mount(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) && errno != ENODEV &&
	    errno != ENOENT && errno != EBUSY)
		say("# tgtvm: mount %s: %s\n", where, strerror(errno));
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	/* ENODEV: a dependency that drives hardware this machine lacks. */
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST &&
	    errno != ENODEV)
		die(path);
	close(fd);
}

/* /m holds the modules of the initrd, named so that sorting is load order. */
static void load_modules(void)
{
	struct dirent **list;
	char path[512];
	int i, n;

	n = scandir("/m", &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/m/%s", list[i]->d_name);
		load_module(path);
	}
}

static void parse_cmdline(void)
{
	char *line = get_file("/proc/cmdline", NULL);
	char *word, *save;

	line[strcspn(line, "\n")] = '\0';
	for (word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "tgtvm.dir=", 10))
			snprintf(vm.dir, sizeof(vm.dir), "%s", word + 10);
		else if (!strncmp(word, "tgtvm.tree=", 11))
			snprintf(vm.tree, sizeof(vm.tree), "%s", word + 11);
		else if (!strncmp(word, "tgtvm.timeout=", 14))
			vm.timeout = strtoul(word + 14, NULL, 10);
		else if (!strncmp(word, "tgtvm.shell=", 12))
			snprintf(vm.shell, sizeof(vm.shell), "%s", word + 12);
		else if (!strcmp(word, "tgtvm.icount=1"))
			vm.icount = true;
	}
	free(line);
}

/* Where the project is on the host, if the root is of another architecture. */
static void mount_tree(void)
{
	char path[4200], *p;

	if (!vm.tree[0])
		return;
	snprintf(path, sizeof(path), "/newroot%s", vm.tree);
	for (p = path + 9; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	do_mount("tree", path, "9p", MS_RDONLY,
		 "trans=virtio,version=9p2000.L,cache=loose,msize=524288");
}

/*
 * The root: what the host prepared for this kernel (/top in the initrd: module
 * indexes that know our modules), then the host's own files, both read-only,
 * and a tmpfs above for whatever is written.
 */
static void make_root(void)
{
	do_mount("host", "/lo", "9p", MS_RDONLY,
		 "trans=virtio,version=9p2000.L,cache=loose,msize=524288");
	do_mount("tmpfs", "/up", "tmpfs", 0, "size=75%,mode=755");
	mkdir("/up/u", 0755);
	mkdir("/up/w", 0755);
	do_mount("overlay", "/newroot", "overlay", 0,
		 "lowerdir=/top:/lo,upperdir=/up/u,workdir=/up/w");
	mount_tree();
	do_mount("/proc", "/newroot/proc", NULL, MS_MOVE, NULL);
	do_mount("/sys", "/newroot/sys", NULL, MS_MOVE, NULL);
	do_mount("/dev", "/newroot/dev", NULL, MS_MOVE, NULL);
	if (chdir("/newroot") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("switch root");
}

static void make_mounts(void)
{
	do_mount("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666");
	do_mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	/* A run directory below /run must stay visible. */
	if (strncmp(vm.dir, "/run/", 5))
		do_mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
	try_mount("debugfs", "/sys/kernel/debug");
	try_mount("tracefs", "/sys/kernel/tracing");
	try_mount("configfs", "/sys/kernel/config");
	try_mount("cgroup2", "/sys/fs/cgroup");
	do_mount("results", "/results", "9p", 0,
		 "trans=virtio,version=9p2000.L,cache=none,msize=262144");
	do_mount("/dev/vda", "/scratch", "ext4", 0, NULL);
	if (symlink("/proc/self/fd", "/dev/fd") && errno != EEXIST)
		die("/dev/fd");
	if (symlink("/proc/self/fd/0", "/dev/stdin") ||
	    symlink("/proc/self/fd/1", "/dev/stdout") ||
	    symlink("/proc/self/fd/2", "/dev/stderr"))
		if (errno != EEXIST)
			die("/dev/stdin");
}

static void loopback_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &req))
		say("# tgtvm: lo: %s\n", strerror(errno));
	close(fd);
}

/* The virtio-serial port of that name, or -1. */
static int open_port(const char *name)
{
	char path[512], *have;
	struct dirent **list;
	int i, n, fd = -1;

	n = scandir("/sys/class/virtio-ports", &list, NULL, NULL);
	for (i = 0; i < n && fd < 0; i++) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 list[i]->d_name);
		if (list[i]->d_name[0] == '.' || access(path, R_OK))
			continue;
		have = get_file(path, NULL);
		have[strcspn(have, "\n")] = '\0';
		snprintf(path, sizeof(path), "/dev/%s", list[i]->d_name);
		if (!strcmp(have, name))
			fd = open(path, O_WRONLY | O_CLOEXEC);
		free(have);
	}
	return fd;
}

/*
 * The ports are announced by the host after the driver has bound, so they may
 * come a moment after the module is loaded.
 */
static int wait_port(const char *name)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	int i, fd;

	for (i = 0; i < 500; i++) {
		fd = open_port(name);
		if (fd >= 0)
			return fd;
		nanosleep(&tick, NULL);
	}
	errno = ENODEV;
	die(name);
}

/* Split a file of the run directory, each item ended by end, into a vector. */
static char **get_vector(const char *name, char end)
{
	char path[4200], *buf, *p, *q;
	size_t len, n = 0;
	char **v;

	snprintf(path, sizeof(path), "%s/%s", vm.dir, name);
	buf = get_file(path, &len);
	for (p = buf; p < buf + len; p++)
		n += *p == end;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		die(name);
	for (n = 0, p = buf; p < buf + len && (q = memchr(p, end, buf + len - p)); p = q + 1) {
		*q = '\0';
		v[n++] = p;
	}
	return v;
}

static void __attribute__((noreturn)) child(char **argv, char **env, char *cwd,
					    int out)
{
	char console[32];
	sigset_t none;
	int in;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	snprintf(console, sizeof(console), "/dev/%s", vm.shell[0] ? vm.shell : "null");
	in = open(console, O_RDWR);
	if (vm.shell[0]) {
		ioctl(in, TIOCSCTTY, 0);
		out = in;
	}
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (chdir(cwd)) {
		fprintf(stderr, "# tgtvm: %s: %s\n", cwd, strerror(errno));
		_exit(126);
	}
	execve(argv[0], argv, env);
	fprintf(stderr, "# tgtvm: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void copy_out(int from)
{
	static char buf[65536];
	ssize_t n, done, w;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		for (done = 0; done < n; done += w) {
			w = write(vm.out, buf + done, n - done);
			if (w < 0)
				return;
		}
	}
}

static unsigned int uptime_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What is known about a program that does not end, for whoever reads the log. */
static void show_hang(void)
{
	say("# tgtvm: no end after %u s; blocked tasks and CPUs are in the console log\n",
	    vm.timeout);
	put_file("/proc/sys/kernel/printk", "7");
	put_file("/proc/sysrq-trigger", "w");
	put_file("/proc/sysrq-trigger", "l");
	put_file("/proc/sys/kernel/printk", "4");
}

/* Run the program to its end; true if it timed out, else *status is wait()'s. */
static bool run_program(int *status)
{
	char **argv = get_vector("argv", 0), **env = get_vector("env", 0);
	char **cwd = get_vector("cwd", 0);
	unsigned int end;
	int pipefd[2], sfd, ms;
	struct pollfd fds[2];
	bool done = false;
	sigset_t set;
	pid_t pid, p;
	int st;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/*
	 * A pipe and a copy, not the port itself as stdout: a port can be
	 * opened only once, which breaks >/dev/stderr and tee /dev/stdout.
	 */
	if (sfd < 0 || pipe2(pipefd, O_CLOEXEC))
		die("pipe");
	end = uptime_ms() + vm.timeout * 1000;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		child(argv, env, cwd[0], pipefd[1]);
	close(pipefd[1]);
	fcntl(pipefd[0], F_SETFL, O_NONBLOCK);

	fds[0] = (struct pollfd){ .fd = pipefd[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = sfd, .events = POLLIN };
	while (!done) {
		struct signalfd_siginfo si;

		ms = vm.timeout ? (int)(end - uptime_ms()) : -1;
		if (vm.timeout && ms <= 0)
			break;
		poll(fds, 2, ms);
		copy_out(pipefd[0]);
		if (fds[0].revents == POLLHUP)
			fds[0].fd = -1;
		while (read(sfd, &si, sizeof(si)) > 0)
			;
		while ((p = waitpid(-1, &st, WNOHANG)) > 0) {
			if (p != pid)
				continue;
			*status = st;
			done = true;
		}
	}
	if (!done)
		show_hang();
	/* What it left running must not outlive it and disturb the checks. */
	kill(-1, SIGKILL);
	copy_out(pipefd[0]);
	return !done;
}

/* Take out every module that is not in use: what it leaves behind is a leak then. */
static void unload_modules(void)
{
	char *text, *line, *save, name[64];
	unsigned int users;
	bool more = true;

	while (more) {
		more = false;
		text = get_file("/proc/modules", NULL);
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			if (sscanf(line, "%63s %*u %u", name, &users) == 2 && !users &&
			    !syscall(SYS_delete_module, name, O_NONBLOCK))
				more = true;
		free(text);
	}
}

/*
 * kmemleak takes an object for leaked once it is 5 s old and no pointer to it
 * was found; two scans let it drop what was just in somebody's registers.
 */
static unsigned int check_kmemleak(void)
{
	static const char file[] = "/sys/kernel/debug/kmemleak";
	unsigned int leaks = 0;
	char *text, *line, *save;

	if (access(file, R_OK))
		return 0;
	unload_modules();
	put_file(file, "scan");
	sleep(6);
	put_file(file, "scan");
	text = get_file(file, NULL);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		leaks += !strncmp(line, "unreferenced object", 19);
		say("# tgtvm: kmemleak: %s\n", line);
	}
	free(text);
	return leaks;
}

/*
 * What fails a run even where the program is content. WARN_ON() and oopses
 * panic (panic_on_warn=1) and need no word here, but many checkers only print.
 */
static bool is_bad(const char *text)
{
	static char **bad;
	size_t i;

	if (!bad)
		bad = get_vector("bad", '\n');
	for (i = 0; bad[i]; i++)
		if (strstr(text, bad[i]))
			return true;
	return false;
}

/* One record of /dev/kmsg: "prio,seq,usec,flags;text\n" and continuations. */
static bool check_record(char *rec, FILE *log)
{
	unsigned long prio, usec;
	char *text = strchr(rec, ';');

	if (!text || sscanf(rec, "%lu,%*u,%lu", &prio, &usec) != 2)
		return false;
	*text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (log)
		fprintf(log, "[%5lu.%06lu] %s\n", usec / 1000000,
			usec % 1000000, text);
	/* Facility 0 is the kernel; the rest was written by programs. */
	if (prio >> 3 || !is_bad(text))
		return false;
	say("# tgtvm: dmesg: %s\n", text);
	return true;
}

/* Everything the kernel said since the marker; returns how much was bad. */
static unsigned int check_dmesg(void)
{
	FILE *log = fopen("/results/dmesg.log", "we");
	unsigned int bad = 0;
	char rec[8192];
	ssize_t n;

	for (;;) {
		n = read(vm.kmsg, rec, sizeof(rec) - 1);
		if (n < 0 && errno == EPIPE) {
			say("# tgtvm: dmesg overran its buffer\n");
			bad++;
			continue;
		}
		if (n <= 0)
			break;
		rec[n] = '\0';
		bad += check_record(rec, log);
	}
	if (log)
		fclose(log);
	return bad;
}

/*
 * The TSC is refined for a second before it becomes the clock source. Only
 * where time is counted in instructions does that second cost nothing and do
 * readings of any other clock spoil what is measured.
 */
static void wait_tsc(void)
{
	static const char file[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	const struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };
	bool done = false;
	char *name;
	int i;

	for (i = 0; i < 100 && !done; i++) {
		name = get_file(file, NULL);
		done = !strcmp(name, "tsc\n");
		free(name);
		if (!done)
			nanosleep(&tick, NULL);
	}
	if (!done)
		say("# tgtvm: the clock source is not tsc\n");
}

static void start_dmesg(void)
{
	vm.kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (vm.kmsg < 0 || lseek(vm.kmsg, 0, SEEK_END) < 0 ||
	    write(vm.kmsg, "<6>" MARKER "\n", sizeof("<6>" MARKER)) < 0)
		die("/dev/kmsg");
}

static void give_verdict(bool late, int status, unsigned int bad,
			 unsigned int booted)
{
	char word[32];

	if (late)
		snprintf(word, sizeof(word), "timeout");
	else if (WIFSIGNALED(status))
		snprintf(word, sizeof(word), "fail %d", 128 + WTERMSIG(status));
	else if (WEXITSTATUS(status) && WEXITSTATUS(status) != EXIT_SKIP)
		snprintf(word, sizeof(word), "fail %d", WEXITSTATUS(status));
	else if (bad)
		snprintf(word, sizeof(word), "dmesg %u", bad);
	else
		snprintf(word, sizeof(word), "%s",
			 WEXITSTATUS(status) ? "skip" : "pass");
	dprintf(vm.verdict, "%s\nboot %u\nend %u\n", word, booted, uptime_ms());
}

/* A CPU or a task that is stuck ends the run, and says why, instead of the host's patience. */
static void panic_on_hangs(void)
{
	if (vm.icount)	/* virtual time leaps */
		return;
	put_file("/proc/sys/kernel/softlockup_panic", "1");
	put_file("/proc/sys/kernel/panic_on_rcu_stall", "1");
	put_file("/proc/sys/kernel/hung_task_panic", "1");
}

int main(void)
{
	unsigned int booted, bad;
	int status = 0;
	bool late;

	do_mount("proc", "/proc", "proc", 0, NULL);
	do_mount("sysfs", "/sys", "sysfs", 0, NULL);
	do_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	parse_cmdline();
	load_modules();
	vm.out = wait_port("tgtvm.out");
	vm.verdict = wait_port("tgtvm.verdict");
	make_root();
	make_mounts();
	loopback_up();
	sethostname("tgtvm", 5);
	put_file("/sys/kernel/debug/kmemleak", "clear");
	panic_on_hangs();
	if (vm.icount)
		wait_tsc();
	start_dmesg();

	booted = uptime_ms();
	late = run_program(&status);
	/* A shell's exit code is that of whatever was typed last. */
	if (vm.shell[0])
		status = 0;

	/* Left mounts of the program's own are its business: lazily. */
	if (umount2("/scratch", 0))
		say("# tgtvm: /scratch is still busy\n");
	bad = check_kmemleak();
	bad += check_dmesg();
	umount2("/results", MNT_DETACH);
	sync();
	give_verdict(late, status, bad, booted);
	leave();
}
