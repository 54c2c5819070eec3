// SPDX-License-Identifier: GPL-2.0
/* Persistent reservations: what changes them. Pure; see pr.h. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "pr.h"

const struct tgt_pr_status tgt_pr_status[__TGT_PR_ERROR_MAX] = {
	[TGT_PR_OK]		= { SAM_STAT_GOOD },
	[TGT_PR_CONFLICT]	= { SAM_STAT_RESERVATION_CONFLICT },
	[TGT_PR_BAD_CDB]	= { SAM_STAT_CHECK_CONDITION, ILLEGAL_REQUEST, 0x24, 0x00 },
	[TGT_PR_BAD_PARAM]	= { SAM_STAT_CHECK_CONDITION, ILLEGAL_REQUEST, 0x26, 0x00 },
	[TGT_PR_BAD_LENGTH]	= { SAM_STAT_CHECK_CONDITION, ILLEGAL_REQUEST, 0x1a, 0x00 },
	[TGT_PR_BAD_RELEASE]	= { SAM_STAT_CHECK_CONDITION, ILLEGAL_REQUEST, 0x26, 0x04 },
	[TGT_PR_RESOURCES]	= { SAM_STAT_CHECK_CONDITION, ILLEGAL_REQUEST, 0x55, 0x04 },
	[TGT_PR_LOST]		= { SAM_STAT_CHECK_CONDITION, DATA_PROTECT, 0x44, 0x01 },
	[TGT_PR_STORE]		= { SAM_STAT_CHECK_CONDITION, HARDWARE_ERROR, 0x44, 0x00 },
	[TGT_PR_BUSY]		= { SAM_STAT_BUSY },
};

/* A command while it is executed. */
struct tgt_pr_op {
	const struct tgt_pr		*old;
	const struct tgt_pr_req		*req;
	struct tgt_pr			*next;
	u8				*effect;
	struct tgt_par			par;
	u64				key;		/* RESERVATION KEY */
	u64				sa_key;		/* SERVICE ACTION RESERVATION KEY */
	u16				rtpi;		/* REGISTER AND MOVE */
	u32				tid_len;	/* likewise */
	bool				spec_i_pt;
	bool				all_tg_pt;
	bool				aptpl;
	bool				unreg;
};

/* ---- the state ---------------------------------------------------------------------------- */

bool tgt_pr_type_valid(u8 type)
{
	return type == TGT_PR_WE || type == TGT_PR_EA ||
	       (type >= TGT_PR_WE_RO && type <= TGT_PR_EA_AR);
}

bool tgt_pr_all_registrants(u8 type)
{
	return type == TGT_PR_WE_AR || type == TGT_PR_EA_AR;
}

static bool tgt_pr_registrants_only(u8 type)
{
	return type == TGT_PR_WE_RO || type == TGT_PR_EA_RO;
}

static bool tgt_pr_same(const struct tgt_pr_reg *reg, const struct tgt_pr_nexus *n)
{
	return reg->rtpi == n->rtpi && reg->tid_len == n->tid_len &&
	       !memcmp(reg->tid, n->tid, n->tid_len);
}

static void tgt_pr_set_nexus(struct tgt_pr_reg *reg, const struct tgt_pr_nexus *n)
{
	memset(reg, 0, sizeof(*reg));
	reg->was = -1;
	reg->rtpi = n->rtpi;
	reg->tid_len = n->tid_len;
	memcpy(reg->tid, n->tid, n->tid_len);
}

/**
 * tgt_pr_find() - the registration of a nexus
 * @pr: state
 * @n: nexus
 *
 * Return: its place in pr->reg, or -1. Context: any.
 */
int tgt_pr_find(const struct tgt_pr *pr, const struct tgt_pr_nexus *n)
{
	u32 i;

	for (i = 0; pr && i < pr->nr; i++)
		if (tgt_pr_same(&pr->reg[i], n))
			return i;
	return -1;
}

/**
 * tgt_pr_is_holder() - whether a registrant holds the persistent reservation
 * @pr: state
 * @i: its place, or -1
 *
 * SPC-5 5.14.10. Return: whether it does. Context: any.
 */
bool tgt_pr_is_holder(const struct tgt_pr *pr, int i)
{
	return i >= 0 && pr->type && (tgt_pr_all_registrants(pr->type) || pr->holder == i);
}

/**
 * tgt_pr_copy() - a copy of a state, to become the next one
 * @pr: state, may be NULL
 * @room: registrations it may get in addition
 *
 * Return: for tgt_pr_free(), or NULL if there is no memory. Context: may sleep.
 */
struct tgt_pr *tgt_pr_copy(const struct tgt_pr *pr, u32 room)
{
	u32 nr = pr ? pr->nr : 0, max = nr + min_t(u32, room, TGT_PR_MAX - nr), i;
	struct tgt_pr *copy;

	copy = kvmalloc(sizeof(*copy) + (size_t)max * sizeof(copy->reg[0]), GFP_NOIO);
	if (!copy)
		return NULL;
	if (pr) {
		memcpy(copy, pr, sizeof(*copy));
		memcpy(copy->reg, pr->reg, nr * sizeof(copy->reg[0]));
	} else {
		memset(copy, 0, sizeof(*copy));
		copy->holder = -1;
	}
	copy->max = max;
	for (i = 0; i < nr; i++)
		copy->reg[i].was = i;
	return copy;
}

void tgt_pr_free(struct tgt_pr *pr)
{
	kvfree(pr);
}

/**
 * tgt_pr_result_free() - the result did not come into force, or has
 * @res: result; its next state, unless it is taken out, goes too
 */
void tgt_pr_result_free(struct tgt_pr_result *res)
{
	tgt_pr_free(res->next);
	kvfree(res->effect);
	res->next = NULL;
	res->effect = NULL;
}

/* ---- steps -------------------------------------------------------------------------------- */

/* The next state is about to be made. */
static enum tgt_pr_error tgt_pr_begin(struct tgt_pr_op *o, u32 room)
{
	u32 nr = o->old ? o->old->nr : 0;

	o->next = tgt_pr_copy(o->old, room);
	o->effect = kvzalloc(nr ?: 1, GFP_NOIO);
	return o->next && o->effect ? TGT_PR_OK : TGT_PR_BUSY;
}

static void tgt_pr_drop(struct tgt_pr *pr)
{
	pr->type = 0;
	pr->holder = -1;
}

static void tgt_pr_take(struct tgt_pr *pr, int holder, u8 type)
{
	pr->type = type;
	pr->holder = tgt_pr_all_registrants(type) ? -1 : holder;
}

/* A unit attention for every registrant but the one that sent the command. */
static void tgt_pr_tell(struct tgt_pr_op *o, u8 what)
{
	u32 i;

	for (i = 0; i < o->next->nr; i++)
		if (o->next->reg[i].was >= 0 && !tgt_pr_same(&o->next->reg[i], &o->req->nexus))
			o->effect[o->next->reg[i].was] |= what;
}

/* Registers @n, which is not yet, or changes its key. */
static enum tgt_pr_error tgt_pr_put(struct tgt_pr *pr, const struct tgt_pr_nexus *n, u64 key)
{
	int i = tgt_pr_find(pr, n);

	if (i < 0) {
		if (pr->nr == pr->max)
			return TGT_PR_RESOURCES;
		i = pr->nr++;
		tgt_pr_set_nexus(&pr->reg[i], n);
	}
	pr->reg[i].key = key;
	return TGT_PR_OK;
}

/* SPC-5 5.14.11.2.3. Returns the type of the reservation that went with it, or 0. */
static u8 tgt_pr_remove(struct tgt_pr *pr, u32 i)
{
	u8 type = pr->type;

	pr->nr--;
	memmove(&pr->reg[i], &pr->reg[i + 1], (pr->nr - i) * sizeof(pr->reg[0]));
	if (pr->holder == (int)i || (tgt_pr_all_registrants(type) && !pr->nr)) {
		tgt_pr_drop(pr);
		return type;
	}
	if (pr->holder > (int)i)
		pr->holder--;
	return 0;
}

/* Of the nexus that sent the command: its place if it is registered with this key, or -1. */
static int tgt_pr_self(struct tgt_pr_op *o)
{
	int i = tgt_pr_find(o->old, &o->req->nexus);

	return i >= 0 && o->old->reg[i].key == o->key ? i : -1;
}

/**
 * tgt_pr_add() - add a registration to a state that is made from outside
 * @pr: state, with room for it
 * @key: reservation key
 * @n: nexus
 *
 * Return: NULL, or what is wrong with it. Context: any.
 */
const char *tgt_pr_add(struct tgt_pr *pr, u64 key, const struct tgt_pr_nexus *n)
{
	if (!key || !n->rtpi)
		return "a registration has no key, or no target port";
	if (n->tid_len > TGT_TRANSPORT_ID_MAX)
		return "a TransportID is too long";
	if (tgt_pr_find(pr, n) >= 0)
		return "an I_T nexus is registered twice";
	return tgt_pr_put(pr, n, key) ? "it has too many registrations" : NULL;
}

/**
 * tgt_pr_hold() - say what reservation there is, when all registrations are added
 * @pr: state
 * @type: its type, or 0: none
 * @holder: place of the holder, or TGT_PR_NO_HOLDER: none, or all
 *
 * Return: NULL, or why there can be no such reservation. Context: any.
 */
const char *tgt_pr_hold(struct tgt_pr *pr, u8 type, u32 holder)
{
	if (!type)
		return holder == TGT_PR_NO_HOLDER ? NULL : "there is a holder of nothing";
	if (!tgt_pr_type_valid(type))
		return "there is no such type of reservation";
	if (!pr->nr || (tgt_pr_all_registrants(type) ? holder != TGT_PR_NO_HOLDER :
						       holder >= pr->nr))
		return "the reservation has no holder, or too many";
	tgt_pr_take(pr, holder, type);
	return NULL;
}

static bool tgt_pr_cdb_valid(const struct tgt_pr_req *req)
{
	return req->scope == TGT_PR_SCOPE_LU && tgt_pr_type_valid(req->type);
}

/*
 * The next TransportID of a parameter list, SPC-5 7.6.4: that of iSCSI tells its length, all
 * others have 24 bytes. False if it is cut off, or none of @protocol.
 */
static bool tgt_pr_next_tid(struct tgt_par *p, u8 protocol, struct tgt_pr_nexus *n)
{
	struct tgt_par at = *p;
	u8 head = tgt_par_u8(&at);
	u32 len = 24;
	u16 more;

	tgt_par_u8(&at);
	more = tgt_par_u16(&at);
	if ((head & 0x0f) == SCSI_PROTOCOL_ISCSI) {
		if (head >> 6 > 1 || more < 20 || more % 4)
			return false;
		len = 4 + more;
	} else if (head >> 6) {
		return false;
	}
	if ((head & 0x0f) != protocol || len > TGT_TRANSPORT_ID_MAX)
		return false;
	n->tid = tgt_par_bytes(p, len);
	n->tid_len = len;
	return n->tid;
}

/* Whether @len bytes are one TransportID, of whatever protocol. */
bool tgt_pr_tid_valid(const u8 *tid, u32 len)
{
	struct tgt_pr_nexus n;
	struct tgt_par p;

	tgt_par_init(&p, tid, len);
	return len && tgt_pr_next_tid(&p, *tid & 0x0f, &n) && !tgt_par_left(&p);
}

static u8 tgt_pr_protocol(const struct tgt_pr_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_ports; i++)
		if (req->ports[i].rtpi == req->nexus.rtpi)
			return req->ports[i].protocol;
	return req->nexus.tid_len ? req->nexus.tid[0] & 0x0f : 0x0f;
}

/* ---- REGISTER, REGISTER AND IGNORE EXISTING KEY -------------------------------------------- */

/* Registers an initiator port that SPEC_I_PT names, at one target port; none may be already. */
static enum tgt_pr_error tgt_pr_register_spec(struct tgt_pr_op *o, const struct tgt_pr_nexus *n)
{
	if (tgt_pr_find(o->old, n) >= 0)
		return TGT_PR_BAD_PARAM;
	return tgt_pr_put(o->next, n, o->sa_key);
}

/* The nexus that sent the command, or the same initiator port at another target port. */
static enum tgt_pr_error tgt_pr_register_one(struct tgt_pr_op *o, const struct tgt_pr_nexus *n)
{
	bool ignore = o->req->sa == TGT_PR_REGISTER_IGNORE;
	int i = tgt_pr_find(o->next, n);

	if (!ignore && (i < 0 ? 0 : o->next->reg[i].key) != o->key)
		return TGT_PR_OK;	/* at another port it would have been refused */
	if (o->sa_key)
		return tgt_pr_put(o->next, n, o->sa_key);
	if (i >= 0 && tgt_pr_registrants_only(tgt_pr_remove(o->next, i)) && !o->req->nuar)
		tgt_pr_tell(o, TGT_PR_RES_RELEASED);
	return TGT_PR_OK;
}

/* Calls @fn for @n at each port concerned. */
static enum tgt_pr_error tgt_pr_each_port(struct tgt_pr_op *o, const struct tgt_pr_nexus *n,
					  enum tgt_pr_error (*fn)(struct tgt_pr_op *o,
								  const struct tgt_pr_nexus *n))
{
	u8 protocol = tgt_pr_protocol(o->req);
	struct tgt_pr_nexus at = *n;
	enum tgt_pr_error err;
	u32 i;

	at.rtpi = o->req->nexus.rtpi;
	err = fn(o, &at);
	for (i = 0; !err && o->all_tg_pt && i < o->req->nr_ports; i++) {
		at.rtpi = o->req->ports[i].rtpi;
		if (o->req->ports[i].protocol == protocol && at.rtpi != o->req->nexus.rtpi)
			err = fn(o, &at);
	}
	return err;
}

/* How many TransportIDs follow; the cursor is left at the first. */
static enum tgt_pr_error tgt_pr_count_tids(struct tgt_pr_op *o, u32 *nr)
{
	u32 len = tgt_par_u32(&o->par);
	struct tgt_pr_nexus n;
	struct tgt_par at;

	*nr = 0;
	if (o->par.bad || len != tgt_par_left(&o->par))
		return TGT_PR_BAD_LENGTH;
	for (at = o->par; tgt_par_left(&at); (*nr)++)
		if (!tgt_pr_next_tid(&at, tgt_pr_protocol(o->req), &n))
			return TGT_PR_BAD_PARAM;
	return TGT_PR_OK;
}

/* SPC-5 5.14.7, tables "Register behaviors". */
static enum tgt_pr_error tgt_pr_register(struct tgt_pr_op *o)
{
	int self = tgt_pr_find(o->old, &o->req->nexus);
	bool ignore = o->req->sa == TGT_PR_REGISTER_IGNORE;
	struct tgt_pr_nexus n;
	enum tgt_pr_error err;
	u32 tids = 0;

	if (!ignore && (self < 0 ? 0 : o->old->reg[self].key) != o->key)
		return TGT_PR_CONFLICT;
	if ((o->spec_i_pt && ignore) || (o->aptpl && !o->req->ptpl))
		return TGT_PR_BAD_PARAM;
	if (self < 0 && !o->sa_key)
		return TGT_PR_OK;
	if (o->spec_i_pt) {
		if (self >= 0)
			return TGT_PR_BAD_PARAM;
		err = tgt_pr_count_tids(o, &tids);
		if (err)
			return err;
	}
	err = tgt_pr_begin(o, (tids + 1) * (o->all_tg_pt ? o->req->nr_ports + 1 : 1));
	/* these first: should the sender be among them, it is registered when its turn comes */
	while (!err && tids--) {
		tgt_pr_next_tid(&o->par, tgt_pr_protocol(o->req), &n);
		err = tgt_pr_each_port(o, &n, tgt_pr_register_spec);
	}
	if (!err)
		err = tgt_pr_each_port(o, &o->req->nexus, tgt_pr_register_one);
	if (err)
		return err;
	o->next->aptpl = o->aptpl;
	o->next->generation++;
	return TGT_PR_OK;
}

/* ---- the others ---------------------------------------------------------------------------- */

/* SPC-5 5.14.9. */
static enum tgt_pr_error tgt_pr_reserve(struct tgt_pr_op *o)
{
	int self = tgt_pr_self(o);
	enum tgt_pr_error err;

	if (self < 0)
		return TGT_PR_CONFLICT;
	if (!tgt_pr_cdb_valid(o->req))
		return TGT_PR_BAD_CDB;
	if (o->old->type)
		return tgt_pr_is_holder(o->old, self) && o->old->type == o->req->type ?
			TGT_PR_OK : TGT_PR_CONFLICT;
	err = tgt_pr_begin(o, 0);
	if (!err)
		tgt_pr_take(o->next, self, o->req->type);
	return err;
}

/* SPC-5 5.14.11.2.2. */
static enum tgt_pr_error tgt_pr_release(struct tgt_pr_op *o)
{
	int self = tgt_pr_self(o);
	enum tgt_pr_error err;

	if (self < 0)
		return TGT_PR_CONFLICT;
	if (!tgt_pr_is_holder(o->old, self))
		return TGT_PR_OK;
	if (o->req->scope != TGT_PR_SCOPE_LU || o->req->type != o->old->type)
		return TGT_PR_BAD_RELEASE;
	err = tgt_pr_begin(o, 0);
	if (err)
		return err;
	tgt_pr_drop(o->next);
	if (o->old->type >= TGT_PR_WE_RO && !o->req->nuar)
		tgt_pr_tell(o, TGT_PR_RES_RELEASED);
	return TGT_PR_OK;
}

/* SPC-5 5.14.11.2.7. */
static enum tgt_pr_error tgt_pr_clear(struct tgt_pr_op *o)
{
	enum tgt_pr_error err;

	if (tgt_pr_self(o) < 0)
		return TGT_PR_CONFLICT;
	err = tgt_pr_begin(o, 0);
	if (err)
		return err;
	tgt_pr_tell(o, TGT_PR_RES_PREEMPTED);
	tgt_pr_drop(o->next);
	o->next->nr = 0;
	o->next->generation++;
	return TGT_PR_OK;
}

/* Removes the registrations that are preempted; with @take that of the sender stays. */
static void tgt_pr_preempt_regs(struct tgt_pr_op *o, bool take)
{
	struct tgt_pr_reg *reg;
	bool own;
	u32 i;

	for (i = o->next->nr; i--;) {
		reg = &o->next->reg[i];
		if (o->sa_key && reg->key != o->sa_key)
			continue;
		own = tgt_pr_same(reg, &o->req->nexus);
		if (o->req->sa == TGT_PR_PREEMPT_ABORT)
			o->effect[reg->was] |= TGT_PR_ABORT;
		if (!own)
			o->effect[reg->was] |= TGT_PR_REG_PREEMPTED;
		if (!own || !take)
			tgt_pr_remove(o->next, i);
	}
}

static bool tgt_pr_key_known(const struct tgt_pr *pr, u64 key)
{
	u32 i;

	for (i = 0; i < pr->nr; i++)
		if (pr->reg[i].key == key)
			return true;
	return false;
}

/* SPC-5 5.14.11.2.4 to 5.14.11.2.6: it takes the reservation, or removes registrations only. */
static enum tgt_pr_error tgt_pr_preempt(struct tgt_pr_op *o)
{
	const struct tgt_pr *old = o->old;
	bool all, take;
	enum tgt_pr_error err;

	if (tgt_pr_self(o) < 0)
		return TGT_PR_CONFLICT;
	all = tgt_pr_all_registrants(old->type);
	if (!o->sa_key && !all)
		return TGT_PR_BAD_PARAM;
	if (o->sa_key && !tgt_pr_key_known(old, o->sa_key))
		return TGT_PR_CONFLICT;
	take = old->type && (all ? !o->sa_key : old->reg[old->holder].key == o->sa_key);
	if (take && !tgt_pr_cdb_valid(o->req))
		return TGT_PR_BAD_CDB;
	err = tgt_pr_begin(o, 0);
	if (err)
		return err;
	tgt_pr_preempt_regs(o, take);
	if (take) {
		tgt_pr_take(o->next, tgt_pr_find(o->next, &o->req->nexus), o->req->type);
		if (old->type != o->req->type)
			tgt_pr_tell(o, TGT_PR_RES_RELEASED);
	}
	o->next->generation++;
	return TGT_PR_OK;
}

/* The destination of REGISTER AND MOVE, SPC-5 6.17.4. */
static enum tgt_pr_error tgt_pr_destination(struct tgt_pr_op *o, struct tgt_pr_nexus *n)
{
	const struct tgt_pr_req *req = o->req;
	u32 i;

	for (i = 0; i < req->nr_ports; i++)
		if (req->ports[i].rtpi == o->rtpi)
			break;
	if (i == req->nr_ports || o->tid_len < 24 || o->tid_len % 4)
		return TGT_PR_BAD_PARAM;
	if (!tgt_pr_next_tid(&o->par, req->ports[i].protocol, n) || tgt_par_left(&o->par))
		return TGT_PR_BAD_PARAM;
	n->rtpi = o->rtpi;
	if (n->tid_len == req->nexus.tid_len && !memcmp(n->tid, req->nexus.tid, n->tid_len))
		return TGT_PR_BAD_PARAM;
	return TGT_PR_OK;
}

/* SPC-5 5.14.8. */
static enum tgt_pr_error tgt_pr_move(struct tgt_pr_op *o)
{
	int self = tgt_pr_self(o);
	struct tgt_pr_nexus n;
	enum tgt_pr_error err;
	u8 type;

	if (self < 0)
		return TGT_PR_CONFLICT;
	type = o->old->type;
	if (!type)
		return TGT_PR_BAD_CDB;
	if (o->old->holder != self)
		return TGT_PR_CONFLICT;
	if (!o->sa_key || (o->aptpl && !o->req->ptpl))
		return TGT_PR_BAD_PARAM;
	err = tgt_pr_destination(o, &n);
	err = err ?: tgt_pr_begin(o, 1);
	err = err ?: tgt_pr_put(o->next, &n, o->sa_key);
	if (err)
		return err;
	tgt_pr_take(o->next, tgt_pr_find(o->next, &n), type);
	if (o->unreg)
		tgt_pr_remove(o->next, self);
	o->next->aptpl = o->aptpl;
	o->next->generation++;
	return TGT_PR_OK;
}

/* SPC-5 5.14.11.3. */
static enum tgt_pr_error tgt_pr_replace_lost(struct tgt_pr_op *o)
{
	enum tgt_pr_error err;

	if (!o->old || !o->old->lost)
		return o->old && o->old->type && tgt_pr_find(o->old, &o->req->nexus) < 0 ?
			TGT_PR_CONFLICT : TGT_PR_BAD_RELEASE;
	if (o->key || !o->sa_key || o->spec_i_pt || o->all_tg_pt || (o->aptpl && !o->req->ptpl))
		return TGT_PR_BAD_PARAM;
	if (!tgt_pr_cdb_valid(o->req))
		return TGT_PR_BAD_CDB;
	err = tgt_pr_begin(o, 1);
	if (err)
		return err;
	o->next->nr = 0;
	err = tgt_pr_put(o->next, &o->req->nexus, o->sa_key);
	tgt_pr_take(o->next, 0, o->req->type);
	o->next->aptpl = o->aptpl;
	o->next->lost = false;
	o->next->generation = 0;
	return err;
}

/* ---- PERSISTENT RESERVE OUT ----------------------------------------------------------------- */

/* The parameter list, SPC-5 6.17.3 and 6.17.4, up to the TransportIDs. */
static bool tgt_pr_parse(struct tgt_pr_op *o)
{
	struct tgt_par *p = &o->par;
	u8 flags;

	tgt_par_init(p, o->req->param, o->req->len);
	o->key = tgt_par_u64(p);
	o->sa_key = tgt_par_u64(p);
	if (o->req->sa == TGT_PR_REGISTER_MOVE) {
		tgt_par_u8(p);
		flags = tgt_par_u8(p);
		o->unreg = flags & 0x02;
		o->aptpl = flags & 0x01;
		o->rtpi = tgt_par_u16(p);
		o->tid_len = tgt_par_u32(p);
		return !p->bad && tgt_par_left(p) == o->tid_len;
	}
	tgt_par_skip(p, 4);
	flags = tgt_par_u8(p);
	o->spec_i_pt = flags & 0x08;
	o->all_tg_pt = flags & 0x04;
	o->aptpl = flags & 0x01;
	tgt_par_skip(p, 3);
	return !p->bad && (o->spec_i_pt || !tgt_par_left(p));
}

/* Whether the service action is refused to a nexus that is not registered. */
static bool tgt_pr_needs_key(u8 sa)
{
	return sa != TGT_PR_REGISTER && sa != TGT_PR_REGISTER_IGNORE && sa != TGT_PR_REPLACE_LOST;
}

static enum tgt_pr_error tgt_pr_run(struct tgt_pr_op *o)
{
	const struct tgt_pr_req *req = o->req;

	if (o->old && o->old->reserved)
		return TGT_PR_CONFLICT;
	if (o->old && o->old->lost && req->sa != TGT_PR_REPLACE_LOST)
		return TGT_PR_LOST;
	if (tgt_pr_needs_key(req->sa) && tgt_pr_find(o->old, &req->nexus) < 0)
		return TGT_PR_CONFLICT;
	if (!tgt_pr_parse(o))
		return TGT_PR_BAD_LENGTH;
	if (tgt_pr_needs_key(req->sa) && tgt_pr_self(o) < 0)
		return TGT_PR_CONFLICT;
	if (tgt_pr_needs_key(req->sa) && o->spec_i_pt)
		return TGT_PR_BAD_PARAM;
	switch (req->sa) {
	case TGT_PR_REGISTER:
	case TGT_PR_REGISTER_IGNORE:
		return tgt_pr_register(o);
	case TGT_PR_RESERVE:
		return tgt_pr_reserve(o);
	case TGT_PR_RELEASE:
		return tgt_pr_release(o);
	case TGT_PR_CLEAR:
		return tgt_pr_clear(o);
	case TGT_PR_PREEMPT:
	case TGT_PR_PREEMPT_ABORT:
		return tgt_pr_preempt(o);
	case TGT_PR_REGISTER_MOVE:
		return tgt_pr_move(o);
	case TGT_PR_REPLACE_LOST:
		return tgt_pr_replace_lost(o);
	}
	return TGT_PR_BAD_CDB;
}

/**
 * tgt_pr_out() - a PERSISTENT RESERVE OUT command, SPC-5 6.17
 * @pr: state, or NULL
 * @req: command
 * @res: what comes of it, for tgt_pr_result_free(); empty on an error
 *
 * Return: what the command is answered with. Context: may sleep.
 */
enum tgt_pr_error tgt_pr_out(const struct tgt_pr *pr, const struct tgt_pr_req *req,
			     struct tgt_pr_result *res)
{
	struct tgt_pr_op o = { .old = pr, .req = req };
	enum tgt_pr_error err = tgt_pr_run(&o);

	*res = (struct tgt_pr_result) { o.next, o.effect };
	if (err)
		tgt_pr_result_free(res);
	return err;
}

/* ---- RESERVE and RELEASE, and what all that means for other commands ----------------------- */

/*
 * What both have in common, SPC-5 5.14.3 and SPC-2 5.5.1: where somebody is registered, a nexus
 * with the rights of the persistent reservation gets GOOD for nothing, all others a conflict.
 */
static bool tgt_pr_spc2_over(const struct tgt_pr *pr, const struct tgt_pr_nexus *n,
			     enum tgt_pr_error *err)
{
	int i = tgt_pr_find(pr, n);

	if (pr && pr->lost) {
		*err = TGT_PR_LOST;
		return true;
	}
	if (!pr || !pr->nr)
		return false;
	*err = i >= 0 && (pr->type >= TGT_PR_WE_RO || tgt_pr_is_holder(pr, i)) ? TGT_PR_OK :
		TGT_PR_CONFLICT;
	return true;
}

/**
 * tgt_pr_reserve6() - RESERVE(6) or RESERVE(10) of the whole logical unit, SPC-2 7.21
 * @pr: state, or NULL
 * @n: nexus it came from
 * @res: as of tgt_pr_out()
 *
 * Return: what the command is answered with. Context: may sleep.
 */
enum tgt_pr_error tgt_pr_reserve6(const struct tgt_pr *pr, const struct tgt_pr_nexus *n,
				  struct tgt_pr_result *res)
{
	enum tgt_pr_error err;

	*res = (struct tgt_pr_result) { };
	if (tgt_pr_spc2_over(pr, n, &err))
		return err;
	if (pr && pr->reserved)
		return tgt_pr_same(&pr->reserver, n) ? TGT_PR_OK : TGT_PR_CONFLICT;
	res->next = tgt_pr_copy(pr, 0);
	if (!res->next)
		return TGT_PR_BUSY;
	res->next->reserved = true;
	tgt_pr_set_nexus(&res->next->reserver, n);
	return TGT_PR_OK;
}

/**
 * tgt_pr_release6() - RELEASE(6) or RELEASE(10), SPC-2 7.16; also the loss of the nexus
 * @pr: state, or NULL
 * @n: nexus it came from; NULL: whoever has reserved, as at a reset
 * @res: as of tgt_pr_out()
 *
 * Return: what the command is answered with. Context: may sleep.
 */
enum tgt_pr_error tgt_pr_release6(const struct tgt_pr *pr, const struct tgt_pr_nexus *n,
				  struct tgt_pr_result *res)
{
	enum tgt_pr_error err;

	*res = (struct tgt_pr_result) { };
	if (n && tgt_pr_spc2_over(pr, n, &err))
		return err;
	if (!pr || !pr->reserved || (n && !tgt_pr_same(&pr->reserver, n)))
		return TGT_PR_OK;
	res->next = tgt_pr_copy(pr, 0);
	if (!res->next)
		return TGT_PR_BUSY;
	res->next->reserved = false;
	return TGT_PR_OK;
}

/**
 * tgt_pr_conflict() - which commands of a nexus are refused
 * @pr: state, or NULL
 * @n: nexus
 *
 * SPC-5 5.14.1, table "Commands that are allowed in the presence of various reservations".
 * Return: TGT_PR_NO_*, 0 for whoever may do all. Context: any.
 */
u8 tgt_pr_conflict(const struct tgt_pr *pr, const struct tgt_pr_nexus *n)
{
	int i;

	if (!pr)
		return 0;
	if (pr->lost || (pr->reserved && !tgt_pr_same(&pr->reserver, n)))
		return TGT_PR_NO_READ | TGT_PR_NO_WRITE | TGT_PR_NO_OTHER;
	if (!pr->type)
		return 0;
	i = tgt_pr_find(pr, n);
	if (i >= 0 && (pr->type >= TGT_PR_WE_RO || pr->holder == i))
		return 0;
	switch (pr->type) {
	case TGT_PR_WE:
	case TGT_PR_WE_RO:
	case TGT_PR_WE_AR:
		return TGT_PR_NO_WRITE;
	default:
		return TGT_PR_NO_READ | TGT_PR_NO_WRITE;
	}
}
