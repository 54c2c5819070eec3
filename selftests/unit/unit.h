/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unit tests of pure files. A test_NAME.c includes this, names what it tests in
 * a line "// uses: core/scsi/sense.c ...", and defines its cases:
 *
 *	UNIT(fixed_sense_is_18_bytes)
 *	{
 *		u8 buf[18];
 *
 *		EQ(tgt_sense_fixed(buf, 5, 0x24, 0), 18);
 *		OK(buf[0] == 0x70);
 *	}
 *
 * Every case is one line of TAP: a failed check is told and ends its case.
 * Build and run: make unit.
 */
#ifndef _UNIT_H
#define _UNIT_H

#include <linux/types.h>

struct unit_case {
	const char		*name;
	void			(*run)(void);
	struct unit_case	*next;
};

static struct unit_case *unit_cases, **unit_tail = &unit_cases;
static bool unit_failed;

#define UNIT(fn)							\
static void fn(void);							\
static struct unit_case unit_##fn = { #fn, fn, NULL };			\
static void __attribute__((constructor)) unit_add_##fn(void)		\
{									\
	*unit_tail = &unit_##fn;					\
	unit_tail = &unit_##fn.next;					\
}									\
static void fn(void)

/* Also in a helper that returns void: it ends the helper, and fails the case. */
#define OK(cond) do {							\
	if (!(cond)) {							\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		unit_failed = true;					\
		return;							\
	}								\
} while (0)

#define EQ(got, want) do {						\
	unsigned long long _got = (got), _want = (want);		\
									\
	if (_got != _want) {						\
		printf("# %s:%d: %s is %llu (0x%llx), not %llu (0x%llx)\n", \
		       __FILE__, __LINE__, #got, _got, _got, _want, _want); \
		unit_failed = true;					\
		return;							\
	}								\
} while (0)

#define MEM_EQ(got, want, len) do {					\
	const u8 *_got = (const void *)(got), *_want = (const void *)(want); \
	size_t _n;							\
									\
	for (_n = 0; _n < (size_t)(len); _n++)				\
		if (_got[_n] != _want[_n]) {				\
			printf("# %s:%d: byte %zu of %s is %02x, not %02x\n", \
			       __FILE__, __LINE__, _n, #got, _got[_n], _want[_n]); \
			unit_failed = true;				\
			return;						\
		}							\
} while (0)

/* How many steps to go: @n, or what NAME=N in the environment says, for a soak. */
static inline long unit_steps(const char *name, long n)
{
	const char *steps = getenv(name);

	return steps ? atol(steps) : n;
}

int main(void)
{
	unsigned int n = 0, failed = 0;
	struct unit_case *c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (c = unit_cases; c; c = c->next)
		n++;
	printf("TAP version 13\n1..%u\n", n);
	for (n = 1, c = unit_cases; c; c = c->next, n++) {
		unit_failed = false;
		c->run();
		failed += unit_failed;
		printf("%sok %u %s\n", unit_failed ? "not " : "", n, c->name);
	}
	return failed ? 1 : 0;
}

#endif
