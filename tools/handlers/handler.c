// SPDX-License-Identifier: GPL-2.0
/* What the daemons have in common, see handler.h. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "handler.h"

#define STACK	(256U << 10)	/* of a thread */

static struct tgtcore *stops;		/* what a signal stops */
static volatile sig_atomic_t stopping;

/* ---- arguments -------------------------------------------------------------------------- */

static void usage(const struct handler *h, FILE *f)
{
	fprintf(f, "Usage: %s [-q QUEUES]%s NAME%s\n       %s --create NAME%s\n", h->program,
		h->can_take_over ? " [--takeover]" : "", h->args, h->program, h->args);
}

static void help(const struct handler *h)
{
	usage(h, stdout);
	printf("\n%s\n\nOptions:\n"
	       "  -q, --queues N  queues, each with a thread; if left out, one for each CPU\n"
	       "  --create        make what is not there yet, and end\n", h->help);
	if (h->can_take_over)
		printf("  --takeover      go on where the daemon that serves it leaves off\n");
	printf("  -h, --help      this\n"
	       "  -V, --version   the version\n\n"
	       "It ends when the device is deleted%s, or by SIGTERM when what it has begun is done.\n"
	       "More: tgtcore-handlers(8).\n", h->can_take_over ? " or another takes over" : "");
	exit(0);
}

static unsigned int number(const char *text)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || n < 1 || n > 64)
		errx(2, "a number of queues from 1 to 64 expected, not '%s'", text);
	return n;
}

void handler_args(struct handler *h, int argc, char **argv)
{
	static const struct option options[] = {
		{ "queues",	required_argument,	NULL, 'q' },
		{ "create",	no_argument,		NULL, 'c' },
		{ "takeover",	no_argument,		NULL, 't' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "q:hV", options, NULL)) != -1) {
		switch (opt) {
		case 'q':
			h->queues = number(optarg);
			break;
		case 'c':
			h->create = true;
			break;
		case 't':
			h->takeover = true;
			break;
		case 'h':
			help(h);
			break;
		case 'V':
			printf("%s %s\n", h->program, TGTCTL_VERSION);
			exit(0);
		default:
			usage(h, stderr);
			exit(2);
		}
	}
	if (argc - optind < 1 || argc - optind > 1 + h->max_args ||
	    (h->takeover && (h->create || !h->can_take_over))) {
		usage(h, stderr);
		exit(2);
	}
	h->name = argv[optind];
	h->arg = argv[optind + 1];
}

/* ---- the device ------------------------------------------------------------------------- */

void handler_open(struct handler *h)
{
	h->t = h->takeover ? tgtcore_open_standby(h->name, h->queues) :
			     tgtcore_open(h->name, h->queues);
	if (h->t)
		return;
	if (errno == ENOENT)	/* systemd tries no more then: its units say so */
		errx(HANDLER_NO_DEVICE, "there is no device %s of backend user", h->name);
	if (errno == EBUSY)
		errx(1, "/dev/tgtcore/%s: busy: another daemon %s", h->name,
		     h->takeover ? "is taking over" : "serves it");
	err(1, "/dev/tgtcore/%s", h->name);
}

/* What it is to serve from: the argument, or what the device was made with. NULL: neither. */
const char *handler_config(struct handler *h, const char *what)
{
	const char *config = tgtcore_info(h->t)->config;

	if (h->arg)
		return h->arg;
	if (*config)
		return config;
	if (what)
		errx(1, "%s: give %s, or make the device with config=%s", h->name, what, what);
	return NULL;
}

/*
 * With --takeover: from here on commands wait, and when this returns the daemon before has answered
 * what it had. It may have gone by now: then there was nobody to ask.
 */
void handler_takeover(const struct handler *h)
{
	if (!h->takeover)
		return;
	while (tgtcore_takeover(h->t))
		if (errno != EINTR)
			err(1, "%s: taking over", h->name);
}

/* ---- duties ----------------------------------------------------------------------------- */

/*
 * What the kernel waits for may have to be written to the daemon's own disk first: it must not
 * wait for memory that only a write to its device would free. Before threads are made, which have
 * it from here.
 */
void handler_shield(const struct handler *h)
{
	pthread_attr_t attr;

	/* locked as well, all of each */
	if (!h->others && !pthread_attr_init(&attr) && !pthread_attr_setstacksize(&attr, STACK))
		pthread_setattr_default_np(&attr);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | (h->others ? MCL_ONFAULT : 0)))
		warn("memory is not locked: mlockall");
	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))
		warn("prctl(PR_SET_IO_FLUSHER)");
}

bool handler_stopping(void)
{
	return stopping;
}

static void stop(int sig)
{
	(void)sig;
	stopping = 1;
	tgtcore_stop(stops);
}

/* Tells systemd, if that has asked for it: what sd_notify(3) says. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		warn("%s", path);
	close(fd);
}

/* It is given commands from here on; SIGTERM and SIGINT end it. */
void handler_ready(struct handler *h)
{
	struct sigaction sa = { .sa_handler = stop };

	stops = h->t;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	notify("READY=1");
}

/* A thread for each queue, each with its own of @workers, of @size bytes; until all have ended. */
void handler_run(struct handler *h, void *(*serve)(void *worker), void *workers, size_t size)
{
	unsigned int i, n = tgtcore_queues(h->t);
	pthread_t thread[n];

	for (i = 0; i < n; i++) {
		errno = pthread_create(&thread[i], NULL, serve, (char *)workers + i * size);
		if (errno)
			err(1, "%s: a thread", h->name);
	}
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}
