// SPDX-License-Identifier: GPL-2.0
/*
 * kselftest's harness ends a test by alarm() after 30 seconds, or what the test says. On a
 * kernel with checkers that is too soon: this one takes TGT_SLOW times as long.
 */
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

unsigned int alarm(unsigned int seconds)
{
	const char *s = getenv("TGT_SLOW");
	unsigned int slow = s ? strtoul(s, NULL, 10) : 1;
	struct itimerval new = { .it_value.tv_sec = seconds * (slow ? slow : 1) }, old;

	if (setitimer(ITIMER_REAL, &new, &old))
		return 0;
	return old.it_value.tv_sec + !!old.it_value.tv_usec;
}
