// SPDX-License-Identifier: GPL-2.0
/*
 * A device of backend user with service=NAME has a daemon tgtcore-NAME. Where systemd runs, that is
 * an instance of the unit tgtcore-NAME@; elsewhere the program is started in the background,
 * once. Either says that it serves by what sd_notify(3) describes. It ends by itself when its
 * device is deleted, so that stopping it is for one that hangs.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "service.h"
#include "util.h"

#define RUN_DIR		"/run/tgtcore"
#define END_S		5.0	/* for a daemon to end by itself */

/* Whether devices of that backend, which may be NULL, are served by a daemon. */
bool backend_has_service(const char *backend)
{
	return backend && (!strcmp(backend, "user") || !strcmp(backend, "user-raw"));
}

/* The service of a device as it stands in the file, or as it is shown; NULL: it has none. */
const char *service_of(const json_t *dev)
{
	if (!backend_has_service(config_str(dev, "backend")))
		return NULL;
	return config_str(json_object_get(dev, "options"), "service");
}

/* ---- programs ------------------------------------------------------------------------ */

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* Beside this program, or where programs are; NULL: nowhere. */
static char *find_program(const char *service)
{
	const char *dirs = getenv("PATH") ?: "/usr/local/sbin:/usr/sbin:/sbin";
	char *self = realpath("/proc/self/exe", NULL), *path;

	if (!*service || strchr(service, '/'))
		return NULL;
	path = self ? xasprintf("%s/tgtcore-%s", dirname(self), service) : NULL;
	free(self);
	while (path && !is_program(path)) {
		int len = strcspn(dirs, ":");

		free(path);
		path = *dirs ? xasprintf("%.*s/tgtcore-%s", len, dirs, service) : NULL;
		dirs += len + (dirs[len] == ':');
	}
	return path;
}

/* Why there can be no such service, the caller's to free; or NULL. */
char *service_missing(const char *service)
{
	char *path = find_program(service);

	if (path) {
		free(path);
		return NULL;
	}
	return xasprintf("service=%s: there is no program tgtcore-%s here", service, service);
}

/* Waits; its exit status, or -1. */
static int run(char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the daemon would serve from and is not there yet is made. It says itself what is wrong. */
int service_create(const char *device, const char *service)
{
	char *path = find_program(service);
	char *const argv[] = { path, "--create", (char *)device, NULL };
	int ret = path ? run(argv) : -1;

	free(path);
	return ret ? error("device %s: tgtcore-%s could not make what it serves from", device,
			   service) : 0;
}

/* ---- systemd ------------------------------------------------------------------------- */

static bool have_systemd(void)
{
	return !access("/run/systemd/system", F_OK);
}

static char *unit_of(const char *device, const char *service)
{
	return xasprintf("tgtcore-%s@%s.service", service, device);
}

static int systemctl(const char *verb, const char *unit, bool wait)
{
	char *const argv[] = { "systemctl", wait ? "-q" : "--no-block", (char *)verb, (char *)unit,
			 NULL };

	return run(argv);
}

/* The device is new: a unit that runs already has one of before, which was not let go. */
static int start_unit(const char *device, const char *service, bool wait)
{
	char *unit = unit_of(device, service);
	int ret = systemctl("restart", unit, wait);

	if (ret)
		error("device %s: its daemon does not serve it; see journalctl -u %s", device,
		      unit);
	free(unit);
	return ret ? EXIT_FAILURE : 0;
}

/* ---- without it ---------------------------------------------------------------------- */

static char *run_file(const char *device, const char *what)
{
	return xasprintf(RUN_DIR "/%s.%s", device, what);
}

/* A socket that the daemon tells it serves; its address is in @name. */
static int notify_socket(char *name, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	/* the kernel finds a name, which begins with a zero; and tells who sends */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr.sun_family)) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	len -= offsetof(struct sockaddr_un, sun_path);
	snprintf(name, size, "@%.*s", (int)len - 1, addr.sun_path + 1);
	return fd;
}

static _Noreturn void become(const char *path, const char *device, int log, const char *notify)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || chdir("/"))
		_exit(127);
	setenv("NOTIFY_SOCKET", notify, 1);
	signal(SIGPIPE, SIG_DFL);
	execl(path, path, device, NULL);
	_exit(127);
}

/* When a process began, in ticks since boot: with its number, what no other one has; or 0. */
static unsigned long long began(pid_t pid)
{
	char *path = xasprintf("/proc/%d/stat", pid), text[1024] = "", *at;
	FILE *f = fopen(path, "re");

	free(path);
	if (!f)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	/* the name may be anything, and ends with the last of these */
	at = strrchr(text, ')');
	for (int field = 3; at && field <= 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void note_pid(const char *device, pid_t pid)
{
	char *path = run_file(device, "pid");
	FILE *f = fopen(path, "we");

	if (f) {
		fprintf(f, "%d %llu\n", pid, began(pid));
		fclose(f);
	}
	free(path);
}

/* The last line that the daemon wrote; it ended without serving. */
static int failed(const char *device, const char *log, const char *what)
{
	FILE *f = fopen(log, "re");
	char line[512] = "", last[512] = "";

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			snprintf(last, sizeof(last), "%s", line);
	}
	if (f)
		fclose(f);
	return error("device %s: its daemon %s%s%s", device, what, *last ? ": " : "", last);
}

/*
 * Whether a message says so, and it is the daemon's: anybody may send one. It is a child of ours,
 * so that its number is nobody else's; only root could give another's.
 */
static bool says_ready(int fd, pid_t pid)
{
	char buf[64], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
	struct ucred from;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
	    c->cmsg_len != CMSG_LEN(sizeof(from)))
		return false;
	memcpy(&from, CMSG_DATA(c), sizeof(from));
	return from.pid == pid && n >= 7 && !memcmp(buf, "READY=1", 7);
}

/* Until it serves, or ends, or the time is over. */
static int await(const char *device, const char *log, pid_t pid, int fd, double timeout)
{
	double end = now() + timeout;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, 50) > 0 && says_ready(fd, pid))
			return 0;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return failed(device, log, "ended");
		if (now() > end || stop_asked())
			return failed(device, log, "does not serve it yet");
	}
}

static int start_program(const char *device, const char *service, double timeout)
{
	char *path = find_program(service), *log = run_file(device, "log"), name[128];
	int fd, to, ret = EXIT_FAILURE;
	pid_t pid = -1;

	mkdir(RUN_DIR, 0700);
	to = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fd = notify_socket(name, sizeof(name));
	if (path && to >= 0 && fd >= 0)
		pid = fork();
	if (!pid)
		become(path, device, to, name);
	if (pid < 0) {
		error("device %s: its daemon cannot be started: %s", device, strerror(errno));
	} else {
		note_pid(device, pid);
		ret = timeout > 0 ? await(device, log, pid, fd, timeout) : 0;
	}
	if (to >= 0)
		close(to);
	if (fd >= 0)
		close(fd);
	free(path);
	free(log);
	return ret;
}

/* The daemon that was started here; 0: none. Its number alone may be another's by now. */
static int noted(const char *device, unsigned long long *ticks)
{
	char *path = run_file(device, "pid");
	FILE *f = fopen(path, "re");
	int pid = 0;

	free(path);
	if (!f)
		return 0;
	if (fscanf(f, "%d %llu", &pid, ticks) != 2 || !*ticks)
		pid = 0;
	fclose(f);
	return pid;
}

/* A pidfd of it, or -1: it is not there any more. */
static int running(int pid, unsigned long long ticks)
{
	int fd = pid > 0 ? pidfd_open(pid, 0) : -1;

	if (fd >= 0 && began(pid) != ticks) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void stop_program(const char *device)
{
	static const char *const files[] = { "pid", "log" };
	unsigned long long ticks = 0, other = 0;
	int pid = noted(device, &ticks);
	struct pollfd p = { .fd = running(pid, ticks), .events = POLLIN };
	double end = now() + END_S;

	if (p.fd >= 0) {
		while (!p.revents && now() < end)
			poll(&p, 1, 100);
		if (!p.revents)
			pidfd_send_signal(p.fd, SIGKILL, NULL, 0);
		close(p.fd);
	}
	/* a device of that name may have been made meanwhile, and its daemon started */
	if (noted(device, &other) != pid || other != ticks)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = run_file(device, files[i]);

		unlink(path);
		free(path);
	}
}

/* ---- either way ---------------------------------------------------------------------- */

/* With a timeout of 0, nothing is waited for. */
int service_start(const char *device, const char *service, double timeout)
{
	if (have_systemd())
		return start_unit(device, service, timeout > 0);
	return start_program(device, service, timeout);
}

/*
 * The device is gone, or about to go: so is its daemon, soon. Not waited for: at shutdown the
 * unit stops after the one that we may be part of.
 */
void service_stop(const char *device, const char *service)
{
	char *unit;

	if (!have_systemd()) {
		stop_program(device);
		return;
	}
	unit = unit_of(device, service);
	systemctl("stop", unit, false);
	free(unit);
}
