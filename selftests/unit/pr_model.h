/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What SPC-5 5.14 says of persistent reservations, in arrays of a few initiator ports and target
 * ports: a second opinion on core/scsi/pr.c, for test_pr.c. Ports 0 and 1 are SAS, 2 is iSCSI;
 * initiators 0 to 3 are SAS, 4 and 5 iSCSI.
 */
#ifndef _UNIT_PR_MODEL_H
#define _UNIT_PR_MODEL_H

#define NI	6
#define NP	3

static const u16 port_id[NP] = { 1, 2, 9 };

/* The answers, by their sense: ASC and ASCQ; a status with none is itself. */
enum {
	GOOD = 0,
	CONFL = 0x18,
	CDB_FIELD = 0x2400,
	PARAM_FIELD = 0x2600,
	PARAM_LEN = 0x1a00,
	INV_RELEASE = 0x2604,
};

enum { UA_RES_PREEMPTED = 1, UA_RES_RELEASED = 2, UA_REG_PREEMPTED = 4, ABORTED = 8 };

struct model {
	u64	key[NI][NP];		/* 0: not registered */
	u32	order[NI][NP];		/* when it was */
	u32	clock;
	u32	gen;
	int	type;			/* 0: no reservation */
	int	hi, hp;			/* its holder, but for all registrants */
	bool	aptpl;
	int	ri, rp;			/* who has RESERVEd, or -1 */
	u8	fx[NI][NP];		/* what the last command did to a nexus */
};

struct order {
	int	i, p;			/* nexus */
	u8	sa, scope, type;
	u64	key, sark;
	bool	spec, all, aptpl, unreg;
	bool	ptpl;			/* the device can keep it */
	bool	nuar;			/* of its mode parameters */
	u8	named;			/* bit map of initiators in the list of SPEC_I_PT */
	int	di, dp;			/* destination of REGISTER AND MOVE */
	int	len_off;		/* the length is wrong by so much */
};

static bool model_on(int i, int p)
{
	return (i >= 4) == (p == 2);
}

static bool model_ar(int type)
{
	return type == 7 || type == 8;
}

static bool model_rr(int type)
{
	return type == 5 || type == 6 || model_ar(type);
}

static bool model_type_ok(int type)
{
	return type == 1 || type == 3 || model_rr(type);
}

static bool model_holds(const struct model *m, int i, int p)
{
	if (!m->type || !m->key[i][p])
		return false;
	return model_ar(m->type) || (m->hi == i && m->hp == p);
}

static int model_count(const struct model *m)
{
	int i, p, n = 0;

	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++)
			n += m->key[i][p] != 0;
	return n;
}

static void model_ua(struct model *m, const struct order *o, u8 ua)
{
	int i, p;

	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++)
			if (m->key[i][p] && !(i == o->i && p == o->p))
				m->fx[i][p] |= ua;
}

/* SPC-5 7.5.10: with NUAR=1 nobody hears of a release */
static void model_released(struct model *m, const struct order *o)
{
	if (!o->nuar)
		model_ua(m, o, UA_RES_RELEASED);
}

static void model_reg(struct model *m, int i, int p, u64 key)
{
	if (!m->key[i][p])
		m->order[i][p] = ++m->clock;
	m->key[i][p] = key;
}

/* Gone; with it the reservation, if it was the (last) holder's. Returns that one's type. */
static int model_unreg(struct model *m, int i, int p)
{
	bool holds = model_holds(m, i, p);
	int type = m->type;

	m->key[i][p] = 0;
	if (!holds || (model_ar(type) && model_count(m)))
		return 0;
	m->type = 0;
	return type;
}

static int model_register(struct model *m, const struct order *o, bool ignore)
{
	u64 had = m->key[o->i][o->p], sender[NP];
	int i, p, was;

	if (!ignore && o->key != had)
		return CONFL;
	if (o->spec && ignore)
		return PARAM_FIELD;
	if (o->aptpl && !o->ptpl)
		return PARAM_FIELD;
	if (!had && !o->sark)
		return GOOD;
	if (had && o->spec)
		return PARAM_FIELD;
	if (o->spec && o->len_off)
		return PARAM_LEN;
	for (p = 0; p < NP; p++)
		sender[p] = m->key[o->i][p];
	for (i = 0; o->spec && i < NI; i++)
		for (p = 0; o->named >> i & 1 && p < NP; p++) {
			if (!model_on(i, o->p))		/* of another protocol */
				return PARAM_FIELD;
			if ((p == o->p || (o->all && model_on(i, p))) && m->key[i][p])
				return PARAM_FIELD;
		}
	for (i = 0; o->spec && i < NI; i++) {
		if (!(o->named >> i & 1))
			continue;
		model_reg(m, i, o->p, o->sark);
		for (p = 0; p < NP; p++)
			if (o->all && model_on(i, p) && p != o->p)
				model_reg(m, i, p, o->sark);
	}
	for (was = o->p, p = -1; p < NP; p++) {
		int at = p < 0 ? o->p : p;	/* its own port first */

		if (p >= 0 && (!o->all || p == was || !model_on(o->i, p)))
			continue;
		if (!ignore && o->key != sender[at])
			continue;
		if (o->sark) {
			model_reg(m, o->i, at, o->sark);
		} else if (m->key[o->i][at]) {
			int type = model_unreg(m, o->i, at);

			if (type == 5 || type == 6)
				model_released(m, o);
		}
	}
	m->aptpl = o->aptpl;
	m->gen++;
	return GOOD;
}

static int model_preempt(struct model *m, const struct order *o, bool abort)
{
	int i, p, found = 0, type = m->type;
	bool take;

	if (!o->sark && !model_ar(type))
		return PARAM_FIELD;
	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++)
			found += m->key[i][p] && m->key[i][p] == o->sark;
	if (o->sark && !found)
		return CONFL;
	if (model_ar(type))
		take = !o->sark;
	else
		take = type && m->key[m->hi][m->hp] == o->sark;
	if (take && (o->scope || !model_type_ok(o->type)))
		return CDB_FIELD;
	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++) {
			bool self = i == o->i && p == o->p;

			if (!m->key[i][p] || (o->sark && m->key[i][p] != o->sark))
				continue;
			if (abort)
				m->fx[i][p] |= ABORTED;
			if (self && take)
				continue;
			if (!self)
				m->fx[i][p] |= UA_REG_PREEMPTED;
			m->key[i][p] = 0;
		}
	if (model_ar(type) && !model_count(m))
		m->type = 0;
	if (take) {
		if (type != o->type)
			model_ua(m, o, UA_RES_RELEASED);
		m->type = o->type;
		m->hi = o->i;
		m->hp = o->p;
	}
	m->gen++;
	return GOOD;
}

static int model_move(struct model *m, const struct order *o)
{
	if (!m->type)
		return CDB_FIELD;
	if (model_ar(m->type) || !model_holds(m, o->i, o->p))
		return CONFL;
	if (!o->sark || (o->aptpl && !o->ptpl))
		return PARAM_FIELD;
	if (!model_on(o->di, o->dp) || o->di == o->i)
		return PARAM_FIELD;
	model_reg(m, o->di, o->dp, o->sark);
	m->hi = o->di;
	m->hp = o->dp;
	if (o->unreg)
		m->key[o->i][o->p] = 0;
	m->aptpl = o->aptpl;
	m->gen++;
	return GOOD;
}

/* PERSISTENT RESERVE OUT of a nexus that is there, but for REPLACE LOST RESERVATION. */
static int model_out(struct model *m, const struct order *o)
{
	u64 had = m->key[o->i][o->p];
	int i, p, type = m->type;

	memset(m->fx, 0, sizeof(m->fx));
	if (m->ri >= 0)
		return CONFL;
	if (o->sa != 0 && o->sa != 6 && o->sa != 8 && !had)
		return CONFL;
	if (o->len_off && !(o->spec && o->sa != 7))
		return PARAM_LEN;
	if (o->sa == 0 || o->sa == 6)
		return model_register(m, o, o->sa == 6);
	if (o->sa == 8)
		return type && !had ? CONFL : INV_RELEASE;
	if (o->key != had)
		return CONFL;
	if (o->spec && o->sa != 7)
		return PARAM_FIELD;
	switch (o->sa) {
	case 1:
		if (o->scope || !model_type_ok(o->type))
			return CDB_FIELD;
		if (type)
			return model_holds(m, o->i, o->p) && type == o->type ? GOOD : CONFL;
		m->type = o->type;
		m->hi = o->i;
		m->hp = o->p;
		return GOOD;
	case 2:
		if (!model_holds(m, o->i, o->p))
			return GOOD;
		if (o->scope || o->type != type)
			return INV_RELEASE;
		m->type = 0;
		if (model_rr(type))
			model_released(m, o);
		return GOOD;
	case 3:
		model_ua(m, o, UA_RES_PREEMPTED);
		for (i = 0; i < NI; i++)
			for (p = 0; p < NP; p++)
				m->key[i][p] = 0;
		m->type = 0;
		m->gen++;
		return GOOD;
	case 4:
	case 5:
		return model_preempt(m, o, o->sa == 5);
	default:
		return model_move(m, o);
	}
}

/* RESERVE and RELEASE: SPC-5 5.14.3, else SPC-2. */
static int model_spc2(struct model *m, int i, int p, bool reserve)
{
	bool own = m->ri == i && m->rp == p;

	if (model_count(m))
		return m->key[i][p] && m->type && (model_rr(m->type) || model_holds(m, i, p)) ?
			GOOD : CONFL;
	if (reserve && m->ri >= 0 && !own)
		return CONFL;
	if (reserve) {
		m->ri = i;
		m->rp = p;
	} else if (own) {
		m->ri = -1;
	}
	return GOOD;
}

/* The columns of the table in SPC-5 5.14.1: reads 1, writes 2, the rest 4. */
static int model_conflict(const struct model *m, int i, int p)
{
	if (m->ri >= 0)
		return m->ri == i && m->rp == p ? 0 : 7;
	switch (m->type) {
	case 1:
		return model_holds(m, i, p) ? 0 : 2;
	case 3:
		return model_holds(m, i, p) ? 0 : 3;
	case 5:
	case 7:
		return m->key[i][p] ? 0 : 2;
	case 6:
	case 8:
		return m->key[i][p] ? 0 : 3;
	}
	return 0;
}

#endif
