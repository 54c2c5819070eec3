// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

static void *check(void *p)
{
	if (!p) {
		fputs("tgtctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return check(calloc(n ?: 1, size ?: 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return check(reallocarray(p, n ?: 1, size ?: 1));
}

char *xstrdup(const char *s)
{
	return check(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return check(s);
}

/* One line in one write, also when many run at once with one log. */
void verror(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	check(s);
	fflush(stdout);
	fprintf(stderr, "tgtctl: %s\n", s);
	free(s);
}

int error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(fmt, ap);
	va_end(ap);
	return EXIT_FAILURE;
}

/* Seconds on a clock that only goes forward. */
double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static _Atomic int stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

/* No SA_RESTART: the signal is to end the call that waits. */
void catch_stop(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool stop_asked(void)
{
	return stopped;
}
