// SPDX-License-Identifier: GPL-2.0
/* What the processes of a configuration storm share. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "storm.h"

struct storm *storm;
const char *storm_role = "main";
static unsigned int steps;	/* of this process */

double storm_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

unsigned int storm_slow(void)
{
	const char *s = getenv("TGT_SLOW");

	return s && atoi(s) > 0 ? atoi(s) : 1;
}

void storm_fail(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# %s, step %u: %s\n", storm_role, steps, text);
	fflush(stdout);
	storm->failed = true;
	_exit(1);
}

/* Not before everybody has done something: on a slow machine time alone says nothing. */
bool storm_goes_on(int proc)
{
	bool enough = storm->acked;
	int i;

	steps++;
	storm->done[proc]++;
	for (i = 0; i < STORM_PROCS; i++)
		enough = enough && storm->done[i] >= storm->least[i];
	return !storm->failed && (storm_now() < storm->end || !enough) &&
	       storm_now() < storm->end + STORM_GRACE_S * storm_slow();
}
