// SPDX-License-Identifier: GPL-2.0
/* What a daemon complains of. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mini_tgtd.h"

unsigned long errors;

static void say(const char *what, const char *fmt, va_list args)
{
	fprintf(stderr, "%s: %s", program_invocation_short_name, what);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", fmt, args);
	exit(1);
}

void fault(const char *fmt, ...)
{
	va_list args;

	if (errors++ >= 20)
		return;
	va_start(args, fmt);
	say("fault: ", fmt, args);
	va_end(args);
}
