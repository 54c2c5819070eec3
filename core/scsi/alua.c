// SPDX-License-Identifier: GPL-2.0
/* Asymmetric logical unit access, SPC-5 5.16, 6.36 and 6.45. Pure. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "alua.h"
#include "param.h"

#define TGT_ALUA_PREF		0x80
/* T_SUP, O_SUP, U_SUP, S_SUP, AN_SUP, AO_SUP; not LBD_SUP */
#define TGT_ALUA_SUPPORTED	0xcf

static const struct {
	const char	*name;
	u8		state;
} tgt_alua_states[] = {
	{ "optimized",		TGT_ALUA_OPTIMIZED },
	{ "non-optimized",	TGT_ALUA_NON_OPTIMIZED },
	{ "standby",		TGT_ALUA_STANDBY },
	{ "unavailable",	TGT_ALUA_UNAVAILABLE },
	{ "offline",		TGT_ALUA_OFFLINE },
	{ "transitioning",	TGT_ALUA_TRANSITIONING },
};

/* What the administrator calls a valid state. */
const char *tgt_alua_state_name(u8 state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_alua_states); i++)
		if (tgt_alua_states[i].state == state)
			return tgt_alua_states[i].name;
	return "";
}

/* The reverse; -EINVAL if it is none. @len: bytes of @text that count */
int tgt_alua_state_parse(const char *text, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_alua_states); i++)
		if (strlen(tgt_alua_states[i].name) == len &&
		    !memcmp(tgt_alua_states[i].name, text, len))
			return tgt_alua_states[i].state;
	return -EINVAL;
}

/* Whether a group can be put into a state by the administrator. */
bool tgt_alua_state_valid(u8 state)
{
	switch (state) {
	case TGT_ALUA_OPTIMIZED:
	case TGT_ALUA_NON_OPTIMIZED:
	case TGT_ALUA_STANDBY:
	case TGT_ALUA_UNAVAILABLE:
	case TGT_ALUA_OFFLINE:
	case TGT_ALUA_TRANSITIONING:
		return true;
	default:
		return false;
	}
}

/**
 * tgt_alua_filter() - whether a command may be executed, SPC-5 5.16.2
 * @state: of the target port it came through
 * @class: of the command
 *
 * Return: TGT_SENSE_NONE, or what it is to be failed with.
 */
enum tgt_sense tgt_alua_filter(u8 state, enum tgt_alua_class class)
{
	if (class == TGT_ALUA_CLASS_ALWAYS ||
	    (class == TGT_ALUA_CLASS_SETTLED && state != TGT_ALUA_TRANSITIONING))
		return TGT_SENSE_NONE;
	switch (state) {
	case TGT_ALUA_STANDBY:
		return class == TGT_ALUA_CLASS_STANDBY ? TGT_SENSE_NONE : TGT_SENSE_ALUA_STANDBY;
	case TGT_ALUA_UNAVAILABLE:
		return TGT_SENSE_ALUA_UNAVAILABLE;
	case TGT_ALUA_OFFLINE:
		return TGT_SENSE_ALUA_OFFLINE;
	case TGT_ALUA_TRANSITIONING:
		return TGT_SENSE_ALUA_TRANSITION;
	default:
		return TGT_SENSE_NONE;
	}
}

/* Whether INQUIRY has peripheral qualifier 001b in that state. */
bool tgt_alua_absent(u8 state)
{
	return state == TGT_ALUA_UNAVAILABLE || state == TGT_ALUA_OFFLINE;
}

/**
 * tgt_alua_implicit() - a change of state by the administrator
 * @g: group
 * @state: a valid one
 *
 * A transition that ends in the state it began from has failed.
 *
 * Return: the unit attention that is due for every nexus. While it is transitioning none is:
 * its end is told.
 */
enum tgt_alua_change tgt_alua_implicit(struct tgt_alua_group *g, u8 state)
{
	u8 was = g->state;

	if (state == was)
		return TGT_ALUA_SAME;
	g->state = state;
	g->status = TGT_ALUA_STATUS_IMPLICIT;
	if (state == TGT_ALUA_TRANSITIONING) {
		g->before = was;
		return TGT_ALUA_SAME;
	}
	if (was == TGT_ALUA_TRANSITIONING && state == g->before)
		return TGT_ALUA_FAILED;
	return TGT_ALUA_CHANGED;
}

static struct tgt_alua_group *tgt_alua_find(struct tgt_alua_group *groups, u32 nr, u16 id)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

/* One descriptor of SET TARGET PORT GROUPS; @apply: it, and all others, are good. */
static enum tgt_sense tgt_alua_explicit_one(struct tgt_alua_group *groups, u32 nr,
					    struct tgt_par *par, bool apply, bool *changed)
{
	struct tgt_alua_group *g;
	u8 state = tgt_par_u8(par);

	tgt_par_skip(par, 1);
	g = tgt_alua_find(groups, nr, tgt_par_u16(par));
	if (par->bad)
		return TGT_SENSE_PARAM_LENGTH;
	/* the upper half of the byte is reserved */
	if (!g || state > TGT_ALUA_UNAVAILABLE)
		return TGT_SENSE_PARAM_FIELD;
	if (g->state == TGT_ALUA_TRANSITIONING || g->state == TGT_ALUA_OFFLINE)
		return TGT_SENSE_ALUA_SET_FAILED;
	if (apply && g->state != state) {
		g->state = state;
		g->status = TGT_ALUA_STATUS_EXPLICIT;
		*changed = true;
	}
	return TGT_SENSE_NONE;
}

/**
 * tgt_alua_explicit() - SET TARGET PORT GROUPS, SPC-5 6.45
 * @groups: all groups of the logical unit
 * @nr: how many
 * @list: parameter list
 * @len: its bytes, as many as the CDB says
 * @changed: set to whether a state has changed
 *
 * A group is taken out of transitioning and offline by who put it there, and by nobody else.
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with; then nothing has changed.
 */
enum tgt_sense tgt_alua_explicit(struct tgt_alua_group *groups, u32 nr, const u8 *list, u32 len,
				 bool *changed)
{
	enum tgt_sense sense;
	struct tgt_par par;
	int apply;

	*changed = false;
	for (apply = 0; len && apply < 2; apply++) {
		tgt_par_init(&par, list, len);
		tgt_par_skip(&par, 4);
		if (par.bad)
			return TGT_SENSE_PARAM_LENGTH;
		while (tgt_par_left(&par)) {
			sense = tgt_alua_explicit_one(groups, nr, &par, apply, changed);
			if (sense)
				return sense;
		}
	}
	return TGT_SENSE_NONE;
}

static u32 tgt_alua_count(const struct tgt_alua_port *ports, u32 nr, u16 group)
{
	u32 i, n = 0;

	for (i = 0; i < nr; i++)
		n += ports[i].group == group;
	return min_t(u32, n, 255);
}

/* A target port group descriptor: its ports are as many as a byte can count. */
static void tgt_alua_report_group(struct tgt_resp *r, const struct tgt_alua_group *g,
				  const struct tgt_alua_port *ports, u32 nr_ports)
{
	u32 left = tgt_alua_count(ports, nr_ports, g->id);

	tgt_resp_u8(r, (g->pref ? TGT_ALUA_PREF : 0) | g->state);
	tgt_resp_u8(r, TGT_ALUA_SUPPORTED);
	tgt_resp_u16(r, g->id);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, g->status);
	tgt_resp_u8(r, 0);
	tgt_resp_u8(r, left);
	for (; left; ports++) {
		if (ports->group != g->id)
			continue;
		tgt_resp_u16(r, 0);
		tgt_resp_u16(r, ports->rtpi);
		left--;
	}
}

/**
 * tgt_alua_report() - parameter data of REPORT TARGET PORT GROUPS, SPC-5 6.36
 * @r: where to
 * @format: PARAMETER DATA FORMAT: 0 length only header, 1 extended header
 * @groups: the groups
 * @nr: how many
 * @ports: the ports of all of them
 * @nr_ports: how many
 *
 * Return: false if there is no such format.
 */
bool tgt_alua_report(struct tgt_resp *r, u8 format, const struct tgt_alua_group *groups, u32 nr,
		     const struct tgt_alua_port *ports, u32 nr_ports)
{
	u32 i, len = format ? 4 : 0;

	if (format > 1)
		return false;
	for (i = 0; i < nr; i++)
		len += 8 + 4 * tgt_alua_count(ports, nr_ports, groups[i].id);
	tgt_resp_u32(r, len);
	if (format) {
		tgt_resp_u8(r, 0x10);
		tgt_resp_u8(r, 0);	/* implicit transition time: not told */
		tgt_resp_u16(r, 0);
	}
	for (i = 0; i < nr; i++)
		tgt_alua_report_group(r, &groups[i], ports, nr_ports);
	return true;
}
