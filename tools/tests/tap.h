/* SPDX-License-Identifier: GPL-2.0 */
/* TAP 13 for the tool's unit tests: a check a line, the plan at the end. */
#ifndef TGTCTL_TESTS_TAP_H
#define TGTCTL_TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "types.h"

static int tap_count, tap_failed;

/* One check; the text says what holds if it passes. */
__printf(2, 3)
static inline bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !good;
	return good;
}

static inline void is_text(const char *got, const char *wanted, const char *what)
{
	if (!ok(got && !strcmp(got, wanted), "%s", what))
		printf("# got \"%s\", wanted \"%s\"\n", got ?: "(none)", wanted);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
