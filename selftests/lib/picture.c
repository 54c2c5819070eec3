// SPDX-License-Identifier: GPL-2.0
/* Whether what dumps of the configuration tell fits together. */
#include <stdarg.h>
#include <stdio.h>
#include "picture.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*what;
	__u8		cmd;
	__u16		generation;
} kinds[] = {
	[PIC_DEVICE]	= { "device", TGTCORE_CMD_DEVICE_GET, D(GENERATION) },
	[PIC_TARGET]	= { "target", TGTCORE_CMD_TARGET_GET, T(GENERATION) },
	[PIC_GROUP]	= { "group", TGTCORE_CMD_GROUP_GET, G(GENERATION) },
	[PIC_LUN]	= { "LUN", TGTCORE_CMD_LUN_GET, L(GENERATION) },
	[PIC_SESSION]	= { "session", TGTCORE_CMD_SESSION_GET, S(GENERATION) },
};

static int __attribute__((format(printf, 2, 3))) wrong(struct picture *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	return -1;
}

static void join(char *to, size_t size, const char *a, char between, const char *b)
{
	snprintf(to, size, "%s%c%s", a ?: "?", between, b ?: "?");
}

/* What an object of a target refers to: that, and perhaps a group of it. */
static void read_refs(struct pic_object *o, const char *fabric, const char *target,
		      const char *group)
{
	char at[sizeof(o->target)];

	join(at, sizeof(at), fabric, ':', target);
	strcpy(o->target, at);
	if (group)
		join(o->group, sizeof(o->group), at, ' ', group);
}

/* Names of an object and of what it refers to. */
static void read_object(struct pic_object *o, int kind, const struct nl_msg *m)
{
	switch (kind) {
	case PIC_DEVICE:
		snprintf(o->name, sizeof(o->name), "%s", nl_str(m, D(NAME)) ?: "?");
		o->state = nl_u64(m, D(STATE));
		o->luns = nl_u64(m, D(LUNS));
		break;
	case PIC_TARGET:
		join(o->name, sizeof(o->name), nl_str(m, T(FABRIC)), ':', nl_str(m, T(NAME)));
		o->state = nl_u64(m, T(STATE));
		o->luns = nl_u64(m, T(LUNS));
		break;
	case PIC_GROUP:
		read_refs(o, nl_str(m, G(FABRIC)), nl_str(m, G(TARGET)), nl_str(m, G(NAME)));
		memcpy(o->name, o->group, sizeof(o->group));
		o->group[0] = 0;	/* it is this one */
		o->luns = nl_u64(m, G(LUNS));
		break;
	case PIC_LUN:
		read_refs(o, nl_str(m, L(FABRIC)), nl_str(m, L(TARGET)), nl_str(m, L(GROUP)));
		snprintf(o->name, sizeof(o->name), "%llu of %.*s", nl_u64(m, L(NUMBER)), 160,
			 *o->group ? o->group : o->target);
		snprintf(o->device, sizeof(o->device), "%s", nl_str(m, L(DEVICE)) ?: "?");
		o->state = nl_u64(m, L(STATE));
		break;
	case PIC_SESSION:
		read_refs(o, nl_str(m, S(FABRIC)), nl_str(m, S(TARGET)), nl_str(m, S(GROUP)));
		snprintf(o->name, sizeof(o->name), "%llu", nl_u64(m, S(ID)));
		break;
	}
}

static int see(const struct nl_msg *m, void *data)
{
	struct picture *p = data;
	struct pic_dump *d = &p->next;
	__u64 generation = nl_u64(m, kinds[p->kind].generation);

	if (d->nr == PICTURE_MAX)
		return wrong(p, "a dump of more than %u %ss", PICTURE_MAX, kinds[p->kind].what);
	memset(&d->obj[d->nr], 0, sizeof(d->obj[0]));
	read_object(&d->obj[d->nr], p->kind, m);
	if (generation < p->generation || generation == ~0ULL)
		return wrong(p, "%s %s tells of generation %lld after %lld", kinds[p->kind].what,
			     d->obj[d->nr].name, generation, p->generation);
	if (d->nr && generation != d->generation)
		d->whole = false;	/* for look() to compare with the mark */
	p->generation = generation;
	d->generation = generation;
	d->nr++;
	return 0;
}

static const struct pic_object *find(const struct pic_dump *d, const char *name)
{
	int i;

	for (i = 0; i < d->nr; i++)
		if (!strcmp(d->obj[i].name, name))
			return &d->obj[i];
	return NULL;
}

static int no_object_twice(struct picture *p, const struct pic_dump *d)
{
	int i;

	for (i = 0; i < d->nr; i++)
		if (find(d, d->obj[i].name) != &d->obj[i])
			return wrong(p, "%s %s stands twice in a dump of generation %lld",
				     kinds[p->kind].what, d->obj[i].name, d->generation);
	return 0;
}

/* Two dumps of one kind and generation tell the same. */
static int same(struct picture *p, const struct pic_dump *old, const struct pic_dump *new)
{
	const struct pic_object *o;
	int i;

	for (i = 0; i < new->nr; i++) {
		o = find(old, new->obj[i].name);
		if (!o || memcmp(o, &new->obj[i], sizeof(*o)))
			return wrong(p, "%s %s %s in two dumps of generation %lld",
				     kinds[p->kind].what, new->obj[i].name,
				     o ? "differs" : "is new", new->generation);
	}
	if (old->nr != new->nr)
		return wrong(p, "%d %ss, then %d in two dumps of generation %lld", old->nr,
			     kinds[p->kind].what, new->nr, new->generation);
	return 0;
}

static const char *ref(const struct pic_object *o, int kind)
{
	return kind == PIC_DEVICE ? o->device : kind == PIC_TARGET ? o->target : o->group;
}

/* What @from of the kind @user refers to is there, and counts those that do, if LUNs do. */
static int refers(struct picture *p, int user, int kind)
{
	const struct pic_dump *from = &p->last[user], *to = &p->last[kind];
	unsigned int counted[PICTURE_MAX] = { };
	const struct pic_object *o;
	const char *name;
	int i;

	for (i = 0; i < from->nr; i++) {
		name = ref(&from->obj[i], kind);
		if (!*name)
			continue;
		o = find(to, name);
		if (!o)
			return wrong(p, "%s %s names %s %s, and there is none in generation %lld",
				     kinds[user].what, from->obj[i].name, kinds[kind].what, name,
				     to->generation);
		counted[o - to->obj]++;
	}
	for (i = 0; user == PIC_LUN && i < to->nr; i++)
		if (counted[i] != to->obj[i].luns)
			return wrong(p, "%s %s has %u LUNs, a dump %u, of generation %lld",
				     kinds[kind].what, to->obj[i].name, to->obj[i].luns,
				     counted[i], to->generation);
	return 0;
}

/* The pairs of dumps of the same generation to which the new one belongs. */
static int compare(struct picture *p)
{
	static const int pairs[][2] = {
		{ PIC_LUN, PIC_DEVICE }, { PIC_LUN, PIC_TARGET }, { PIC_LUN, PIC_GROUP },
		{ PIC_GROUP, PIC_TARGET }, { PIC_SESSION, PIC_TARGET }, { PIC_SESSION, PIC_GROUP },
	};
	const struct pic_dump *a, *b;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(pairs) && !ret; i++) {
		a = &p->last[pairs[i][0]];
		b = &p->last[pairs[i][1]];
		if ((pairs[i][0] != p->kind && pairs[i][1] != p->kind) || !a->whole ||
		    !b->whole || !a->nr || !b->nr || a->generation != b->generation)
			continue;
		p->compared++;
		ret = refers(p, pairs[i][0], pairs[i][1]);
	}
	return ret;
}

int picture_look(struct picture *p, struct nl *nl, int kind)
{
	struct pic_dump *old = &p->last[kind], *new = &p->next;
	int ret;

	p->kind = kind;
	p->why[0] = 0;
	new->nr = 0;
	new->generation = 0;
	new->whole = true;
	ret = nl_dump(nl, kinds[kind].cmd, NULL, see, p);
	if (ret)
		return *p->why ? -1 : wrong(p, "dump of %ss: error %d \"%s\"", kinds[kind].what,
					    ret, nl->text);
	p->dumps++;
	if (!new->whole && !nl->intr)
		return wrong(p, "a dump of %ss of several generations is not marked",
			     kinds[kind].what);
	new->whole = !nl->intr;
	if (new->whole) {
		p->whole++;
		ret = no_object_twice(p, new);
		/* how a session stands is no part of the configuration */
		if (!ret && kind != PIC_SESSION && old->whole && old->nr && new->nr &&
		    old->generation == new->generation)
			ret = same(p, old, new);
	}
	*old = *new;
	return ret ?: compare(p);
}
