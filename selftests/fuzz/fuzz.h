/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fuzzers. Each fuzz_NAME.c is one: a LLVMFuzzerTestOneInput() that makes of any bytes a call
 * of the code named in its line "// uses:", and holds with CHECK() what must be true of every
 * outcome. What it finds is a file of bytes; "selftests/fuzz/run --replay FILE NAME" runs it again.
 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

/* What does not hold ends the run, as a crash does. */
#define CHECK(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort();						\
	}								\
} while (0)

/* The input, taken from its start; behind its end there are zeros. */
struct input {
	const __u8	*p;
	size_t		len;
};

static inline void take(struct input *in, void *buf, size_t n)
{
	size_t have = n < in->len ? n : in->len;

	memset(buf, 0, n);
	if (have)
		memcpy(buf, in->p, have);
	in->p += have;
	in->len -= have;
}

#define TAKE(name, type)						\
static inline type name(struct input *in)				\
{									\
	type v;								\
									\
	take(in, &v, sizeof(v));					\
	return v;							\
}

TAKE(take_u8, __u8)
TAKE(take_u16, __u16)
TAKE(take_u32, __u32)
TAKE(take_u64, __u64)

/* A text of at most @max bytes (255), whose length comes first; the caller frees it. */
static inline char *take_text(struct input *in, size_t max)
{
	size_t n = take_u8(in) % (max + 1);
	char buf[256];

	if (n > in->len)
		n = in->len;
	take(in, buf, n);
	buf[n] = 0;
	/* it ends at its first NUL, and so does its memory */
	return strdup(buf);
}

/* A copy with nothing behind it, so that reading beyond it is seen. */
static inline void *exactly(const void *p, size_t n)
{
	void *copy = malloc(n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

#endif
