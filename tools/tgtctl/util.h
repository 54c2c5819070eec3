/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is there or the program ends, messages, time. */
#ifndef TGTCTL_UTIL_H
#define TGTCTL_UTIL_H

#include <stdarg.h>

#include "types.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define EXIT_USAGE	2	/* beside EXIT_SUCCESS and EXIT_FAILURE */

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
__printf(1, 2)
char *xasprintf(const char *fmt, ...);

/* "tgtctl: ..." on standard error; returns EXIT_FAILURE. */
__printf(1, 2)
int error(const char *fmt, ...);
void verror(const char *fmt, va_list ap);

double now(void);

/* From then on SIGINT and SIGTERM end a wait with EINTR and make stop_asked() true. */
void catch_stop(void);
bool stop_asked(void);

#endif
