// SPDX-License-Identifier: GPL-2.0
/* Persistent reservations, against a model of the standard and byte by byte. */
// uses: core/scsi/pr.c core/scsi/pr_in.c core/scsi/pr_file.c
#include "shim.h"
#include "unit.h"
#include "scsi/pr.h"
#include "pr_model.h"
#include "../lib/rnd.h"

#define STEPS	100000

static const struct tgt_pr_port ports[NP] = { { 1, 6 }, { 2, 6 }, { 9, 5 } };
static u8 tids[NI][256];
static u16 tid_len[NI];

static void __attribute__((constructor)) make_tids(void)
{
	static const char name[] = "iqn.2026-01.org.example:i";
	int i;

	for (i = 0; i < NI; i++) {
		if (i < 4) {
			tids[i][0] = 6;
			tids[i][11] = i + 1;
			tid_len[i] = 24;
			continue;
		}
		tids[i][0] = 5;
		tids[i][3] = i == 4 ? 28 : 32;
		memcpy(tids[i] + 4, name, sizeof(name) - 1);
		tids[i][4 + sizeof(name) - 1] = '0' + i;
		tid_len[i] = 4 + tids[i][3];
	}
}

static struct tgt_pr_nexus nexus(int i, int p)
{
	return (struct tgt_pr_nexus) { tids[i], tid_len[i], port_id[p] };
}

static void be(u8 *to, u64 v, int n)
{
	while (n--) {
		to[n] = v;
		v >>= 8;
	}
}

/* The parameter list of @o; returns its length. */
static u32 list(const struct order *o, u8 *buf)
{
	u32 len = 24;
	int i;

	memset(buf, 0, 2048);
	be(buf, o->key, 8);
	be(buf + 8, o->sark, 8);
	if (o->sa == 7) {
		buf[17] = o->unreg << 1 | o->aptpl;
		be(buf + 18, port_id[o->dp], 2);
		be(buf + 20, tid_len[o->di], 4);
		memcpy(buf + 24, tids[o->di], tid_len[o->di]);
		return 24 + tid_len[o->di];
	}
	buf[20] = o->spec << 3 | o->all << 2 | o->aptpl;
	if (!o->spec)
		return 24;
	len = 28;
	for (i = 0; i < NI; i++)
		if (o->named >> i & 1) {
			memcpy(buf + len, tids[i], tid_len[i]);
			len += tid_len[i];
		}
	be(buf + 24, len - 28, 4);
	return len;
}

static int answer(enum tgt_pr_error err)
{
	const struct tgt_pr_status *s = &tgt_pr_status[err];

	return s->status == 2 ? s->asc << 8 | s->ascq : s->status;
}

/* Sends @o; the state becomes the next one. Effects are in fx, by nexus. */
static int send(struct tgt_pr **pr, const struct order *o, u8 fx[NI][NP])
{
	struct tgt_pr_req req = {
		.nexus = nexus(o->i, o->p), .ports = ports, .nr_ports = NP,
		.sa = o->sa, .scope = o->scope, .type = o->type, .ptpl = o->ptpl,
		.nuar = o->nuar,
	};
	struct tgt_pr_result res;
	struct tgt_pr_nexus n;
	u8 buf[2048], *exact;
	int i, p, err, at;

	req.len = list(o, buf) + o->len_off;
	exact = malloc(req.len ?: 1);
	memcpy(exact, buf, req.len);
	req.param = exact;
	err = tgt_pr_out(*pr, &req, &res);
	memset(fx, 0, NI * NP);
	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++) {
			n = nexus(i, p);
			at = tgt_pr_find(*pr, &n);
			if (at >= 0 && res.effect)
				fx[i][p] = res.effect[at];
		}
	if (res.next) {
		tgt_pr_free(*pr);
		*pr = res.next;
		res.next = NULL;
	}
	tgt_pr_result_free(&res);
	free(exact);
	return answer(err);
}

/* What READ FULL STATUS and its fellows shall say of @m. */
static u32 expect_in(const struct model *m, int sa, u8 *b)
{
	u32 at = 8, last = 0;
	int n, i, p, bi, bp;
	bool holds;

	memset(b, 0, 4096);
	be(b, m->gen, 4);
	if (sa == 1 && m->type) {
		b[7] = 16;
		if (m->type < 7)
			be(b + 8, m->key[m->hi][m->hp], 8);
		b[21] = m->type;
		return 24;
	}
	for (n = sa == 1 ? 0 : model_count(m); n--;) {
		/* the next one in the order of registration */
		for (bi = -1, bp = 0, i = 0; i < NI; i++)
			for (p = 0; p < NP; p++)
				if (m->key[i][p] && m->order[i][p] > last &&
				    (bi < 0 || m->order[i][p] < m->order[bi][bp])) {
					bi = i;
					bp = p;
				}
		last = m->order[bi][bp];
		be(b + at, m->key[bi][bp], 8);
		if (sa == 0) {
			at += 8;
			continue;
		}
		holds = model_holds(m, bi, bp);
		b[at + 12] = holds;
		b[at + 13] = holds ? m->type : 0;
		be(b + at + 18, port_id[bp], 2);
		be(b + at + 20, tid_len[bi], 4);
		memcpy(b + at + 24, tids[bi], tid_len[bi]);
		at += 24 + tid_len[bi];
	}
	be(b + 4, at - 8, 4);
	return at;
}

/* The state is what the model says, as far as anybody can see. */
static void same(const struct tgt_pr *pr, const struct model *m)
{
	u8 want[4096], got[4096];
	struct tgt_pr_nexus n;
	struct tgt_resp r;
	int sa, i, p;
	u32 len;

	for (i = 0; i < NI; i++)
		for (p = 0; p < NP; p++) {
			n = nexus(i, p);
			EQ(tgt_pr_conflict(pr, &n), model_conflict(m, i, p));
		}
	for (sa = 0; sa < 4; sa++) {
		tgt_resp_init(&r, got, sizeof(got));
		if (m->ri >= 0) {
			EQ(answer(tgt_pr_in(pr, sa, true, &r)), CONFL);
			continue;
		}
		EQ(answer(tgt_pr_in(pr, sa, true, &r)), GOOD);
		if (sa == 2) {
			static const u8 caps[8] = { 0, 8, 0x9d, 0xc0, 0xea, 0x01, 0, 0 };

			memcpy(want, caps, 8);
			want[3] |= m->aptpl;
			len = 8;
		} else {
			len = expect_in(m, sa, want);
		}
		EQ(r.len, len);
		MEM_EQ(got, want, len);
	}
}

/* An image and back, with the same image of that; of a damaged one nothing. */
static void image(const struct tgt_pr *pr)
{
	u32 len = tgt_pr_image_len(pr);
	u8 *a = malloc(len), *b = malloc(len);
	struct tgt_resp r;
	struct tgt_pr *back;
	const char *why;
	u64 seq = 0;
	bool ok;

	tgt_resp_init(&r, a, len);
	tgt_pr_export(pr, "unit", 77, &r);
	ok = r.len == len;
	back = tgt_pr_import(a, len, "unit", &seq, &why);
	ok = ok && back && !why && seq == 77;
	tgt_resp_init(&r, b, len);
	tgt_pr_export(back, "unit", 77, &r);
	ok = ok && !memcmp(a, b, len);
	tgt_pr_free(back);
	back = tgt_pr_import(a, len, "another", &seq, &why);
	ok = ok && !back && why;
	a[rnd(len)] ^= 1 << rnd(8);
	back = tgt_pr_import(a, len, "unit", &seq, &why);
	ok = ok && !back && why;
	back = tgt_pr_import(a, rnd(len), "unit", &seq, &why);
	ok = ok && !back && why;
	free(a);
	free(b);
	OK(ok);
}

static u64 any_key(const struct model *m, const struct order *o)
{
	switch (rnd(8)) {
	case 0:
		return 0;
	case 1:
		return m->type ? m->key[m->hi][m->hp] : 3;
	case 2: case 3: case 4:
		return m->key[o->i][o->p];
	default:
		return 1 + rnd(4);
	}
}

static void any_order(const struct model *m, struct order *o)
{
	static const u8 types[] = { 1, 3, 5, 6, 7, 8 };

	*o = (struct order) { .sa = rnd(4) ? rnd(9) : 0, .ptpl = rnd(4), .aptpl = !rnd(3),
			     .nuar = !rnd(4) };
	do {
		o->i = rnd(NI);
		o->p = rnd(NP);
	} while (!model_on(o->i, o->p));
	o->type = rnd(8) ? types[rnd(6)] : rnd(16);
	if (!rnd(3) && m->type)
		o->type = m->type;
	o->scope = rnd(16) ? 0 : rnd(16);
	o->key = rnd(8) ? m->key[o->i][o->p] : any_key(m, o);
	o->sark = any_key(m, o);
	o->spec = !rnd(o->sa ? 16 : 4);
	o->all = !rnd(4);
	o->named = rnd(2) ? rnd(64) : 1 << rnd(NI);
	o->di = rnd(NI);
	o->dp = rnd(NP);
	o->unreg = rnd(2);
	o->len_off = rnd(16) ? 0 : rnd(2) ? -1 : 4;
}

/* One step: PERSISTENT RESERVE OUT, RESERVE, RELEASE, a lost nexus or a reset. */
static void step(struct tgt_pr **pr, struct model *m)
{
	struct tgt_pr_result res;
	struct tgt_pr_nexus n;
	u8 fx[NI][NP] = { };
	struct order o;
	int got, want, i, p, how = rnd(12);

	any_order(m, &o);
	if (how < 9) {
		want = model_out(m, &o);
		got = send(pr, &o, fx);
		if (got != want)
			printf("# sa %d of %d,%d: type %d key %llu sark %llu spec %d all %d\n",
			       o.sa, o.i, o.p, o.type, o.key, o.sark, o.spec, o.all);
		EQ(got, want);
		for (i = 0; i < NI; i++)
			for (p = 0; p < NP; p++)
				EQ(fx[i][p], want == GOOD ? m->fx[i][p] : 0);
		return;
	}
	n = nexus(o.i, o.p);
	if (how == 9) {
		want = model_spc2(m, o.i, o.p, true);
		got = answer(tgt_pr_reserve6(*pr, &n, &res));
	} else if (how == 10) {
		want = model_spc2(m, o.i, o.p, false);
		got = answer(tgt_pr_release6(*pr, &n, &res));
	} else {
		want = GOOD;
		m->ri = -1;
		got = answer(tgt_pr_release6(*pr, NULL, &res));
	}
	if (res.next) {
		tgt_pr_free(*pr);
		*pr = res.next;
		res.next = NULL;
	}
	tgt_pr_result_free(&res);
	EQ(got, want);
}

UNIT(random_commands_do_what_the_standard_says)
{
	long n = unit_steps("PR_STEPS", STEPS), s;
	struct model m = { .ri = -1 };
	struct tgt_pr *pr = NULL;

	rng = 1;
	for (s = 0; s < n && !unit_failed; s++) {
		step(&pr, &m);
		if (!unit_failed)
			same(pr, &m);
		if (!unit_failed && !rnd(16))
			image(pr);
	}
	if (unit_failed)
		printf("# at step %ld\n", s);
	tgt_pr_free(pr);
}

UNIT(lost_reservations_are_replaced_or_nothing_is)
{
	struct order o = { .sa = 8, .type = 5, .sark = 7, .ptpl = true };
	struct model m = { .ri = -1 };
	struct tgt_pr *pr = NULL;
	struct tgt_pr_nexus n = nexus(1, 0);
	struct tgt_pr_result res;
	u8 fx[NI][NP], buf[64];
	struct tgt_resp r;
	int sa;

	EQ(send(&pr, &o, fx), INV_RELEASE);
	OK(!pr);
	pr = tgt_pr_copy(NULL, 0);
	pr->lost = true;
	pr->generation = 9;
	EQ(tgt_pr_conflict(pr, &n), 7);
	tgt_resp_init(&r, buf, sizeof(buf));
	for (sa = 0; sa < 4; sa++)
		EQ(answer(tgt_pr_in(pr, sa, true, &r)), 0x4401);
	EQ(tgt_pr_status[TGT_PR_LOST].key, DATA_PROTECT);
	EQ(answer(tgt_pr_reserve6(pr, &n, &res)), 0x4401);
	for (o.sa = 0; o.sa < 8; o.sa++)
		EQ(send(&pr, &o, fx), 0x4401);
	o.key = 1;
	EQ(send(&pr, &o, fx), PARAM_FIELD);
	o.key = 0;
	o.all = true;
	EQ(send(&pr, &o, fx), PARAM_FIELD);
	o.all = false;
	o.type = 2;
	EQ(send(&pr, &o, fx), CDB_FIELD);
	o.type = 5;
	o.aptpl = true;
	EQ(send(&pr, &o, fx), GOOD);
	model_reg(&m, 0, 0, 7);
	m.type = 5;
	m.aptpl = true;
	same(pr, &m);
	tgt_pr_free(pr);
}

/* As many registrations as there may be, and one more. */
UNIT(registrations_are_limited)
{
	struct tgt_pr_port port = { 1, 6 };
	u8 tid[24] = { 6 }, param[24] = { };
	struct tgt_pr_req req = {
		.nexus = { tid, 24, 1 }, .ports = &port, .nr_ports = 1, .param = param, .len = 24,
	};
	struct tgt_pr_result res;
	struct tgt_pr *pr = NULL;
	u32 i;

	param[15] = 1;
	for (i = 0; i < TGT_PR_MAX; i++) {
		be(tid + 4, i + 1, 8);
		EQ(tgt_pr_out(pr, &req, &res), TGT_PR_OK);
		tgt_pr_free(pr);
		pr = res.next;
		res.next = NULL;
		tgt_pr_result_free(&res);
	}
	be(tid + 4, i + 1, 8);
	EQ(answer(tgt_pr_out(pr, &req, &res)), 0x5504);
	OK(!res.next && !res.effect && pr->nr == TGT_PR_MAX);
	image(pr);
	tgt_pr_free(pr);
}

/* TransportIDs that are none. */
UNIT(bad_transport_ids_are_refused)
{
	static const struct { u8 at, v; } bad[] = {
		{ 28, 0 }, { 28, 5 }, { 28, 0x46 }, { 28, 15 }, { 27, 23 }, { 27, 25 },
	};
	u8 param[52] = { };
	struct tgt_pr_req req = {
		.nexus = nexus(0, 0), .ports = ports, .nr_ports = NP, .param = param, .len = 52,
	};
	struct tgt_pr_result res;
	unsigned int i;
	u8 was;

	param[15] = 1;
	param[20] = 0x08;
	param[27] = 24;
	param[28] = 6;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		was = param[bad[i].at];
		param[bad[i].at] = bad[i].v;
		EQ(answer(tgt_pr_out(NULL, &req, &res)), bad[i].at == 27 ? PARAM_LEN : PARAM_FIELD);
		param[bad[i].at] = was;
	}
	/* cut off where the length says it is */
	req.len = 51;
	param[27] = 23;
	EQ(answer(tgt_pr_out(NULL, &req, &res)), PARAM_FIELD);
	req.len = 52;
	param[27] = 24;
	EQ(answer(tgt_pr_out(NULL, &req, &res)), GOOD);
	EQ(res.next->nr, 2);
	tgt_pr_result_free(&res);
}
