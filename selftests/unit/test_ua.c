// SPDX-License-Identifier: GPL-2.0
/*
 * Unit attentions, SAM-6 5.14: which is told first, which covers which, and random sequences
 * against a model that keeps them as a list.
 */
// uses: core/scsi/ua.c
#include "shim.h"
#include "unit.h"
#include "scsi/ua.h"
#include "../lib/rnd.h"

#define STEPS	200000

/*
 * ASC and ASCQ in the order of report: what befell the logical unit or the nexus, then what
 * others did to its commands and reservations, then parameters, then what the device is and has.
 */
static const u16 order[] = {
	0x2900, 0x2903, 0x2907, 0x2f00, 0x2a03, 0x2a04, 0x2a05, 0x2a01, 0x2a02, 0x2a06, 0x2a07,
	0x2a10, 0x2a09, 0x3f03, 0x3f05, 0x3f0e, 0x3807,
};

static int first(unsigned long pending)
{
	enum tgt_ua ua;
	u8 asc, ascq;

	return tgt_ua_first(pending, &ua, &asc, &ascq) ? asc << 8 | ascq : -1;
}

UNIT(each_has_its_code)
{
	unsigned int ua;

	EQ(ARRAY_SIZE(order), __TGT_UA_MAX);
	for (ua = 0; ua < __TGT_UA_MAX; ua++)
		EQ(first(tgt_ua_add(0, ua)), order[ua]);
	EQ(first(0), -1);
}

/* ---- the model ------------------------------------------------------------------------------- */

/* Codes that are pending, in the order they came. */
struct model {
	u16		code[ARRAY_SIZE(order)];
	unsigned int	n;
};

static int rank(u16 code)
{
	unsigned int i = 0;

	while (order[i] != code)
		i++;
	return i;
}

static int find(const struct model *m, u16 code)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (m->code[i] == code)
			return i;
	return -1;
}

static void drop(struct model *m, unsigned int i)
{
	m->n--;
	memmove(&m->code[i], &m->code[i + 1], (m->n - i) * sizeof(m->code[0]));
}

/* POWER ON OCCURRED says all that the others could. */
static void establish(struct model *m, u16 code)
{
	if (find(m, 0x2900) >= 0 || find(m, code) >= 0)
		return;
	if (code == 0x2900)
		m->n = 0;
	m->code[m->n++] = code;
}

static int told_first(const struct model *m)
{
	int best = -1;
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (best < 0 || rank(m->code[i]) < rank(m->code[best]))
			best = i;
	return best;
}

/* One more, or the first is told, or one is withdrawn. */
static void step(unsigned long *pending, struct model *m)
{
	unsigned int ua = rnd64() % __TGT_UA_MAX, what = rnd64() % 8;
	enum tgt_ua taken;
	u8 asc, ascq;
	int i;

	if (what < 4 && (ua || !(rnd64() % 4))) {
		*pending = tgt_ua_add(*pending, ua);
		establish(m, order[ua]);
	} else if (what < 7) {
		i = told_first(m);
		EQ(tgt_ua_first(*pending, &taken, &asc, &ascq), m->n);
		if (i < 0)
			return;
		EQ(asc << 8 | ascq, m->code[i]);
		*pending &= ~BIT(taken);
		drop(m, i);
	} else {
		*pending &= ~BIT(ua);
		i = find(m, order[ua]);
		if (i >= 0)
			drop(m, i);
	}
}

UNIT(random_sequences)
{
	long n = unit_steps("UA_STEPS", STEPS), s;
	unsigned long pending = 0;
	struct model m = { .n = 0 };

	rng = 1;
	for (s = 0; s < n && !unit_failed; s++)
		step(&pending, &m);
	if (unit_failed)
		printf("# at step %ld\n", s);
}
