// SPDX-License-Identifier: GPL-2.0
/*
 * Log pages, SPC-5 7.3: those of which the engine knows something that is true. Thresholds
 * there are none, and nothing is saved. Pure.
 */
#include <linux/kernel.h>
#include "log.h"
#include "param.h"

#define TGT_LOG_SENSE_SP	0x01
#define TGT_LOG_SENSE_PPC	0x02
#define TGT_LOG_SELECT_SP	0x01
#define TGT_LOG_SELECT_PCR	0x02

/* Page control */
enum { TGT_LOG_THRESHOLD, TGT_LOG_CUMULATIVE, TGT_LOG_DFLT_THRESHOLD, TGT_LOG_DFLT_CUMULATIVE };

/* Byte 0 of a page: nothing is saved; it has a subpage code */
#define TGT_LOG_DS		0x80
#define TGT_LOG_SPF		0x40

/* Parameter control byte, SPC-5 7.3.2.2: TSD=1; an unbounded counter, a binary list */
#define TGT_LOG_COUNTER		0x22
#define TGT_LOG_LIST		0x23

static void tgt_log_param(struct tgt_resp *r, u16 code, u8 control, u8 len)
{
	tgt_resp_u16(r, code);
	tgt_resp_u8(r, control);
	tgt_resp_u8(r, len);
}

static void tgt_log_counter(struct tgt_resp *r, u16 code, u64 value)
{
	tgt_log_param(r, code, TGT_LOG_COUNTER, 8);
	tgt_resp_u64(r, value);
}

/*
 * Error counters, SPC-5 7.3.8 and 7.3.20: total bytes processed, and total uncorrected errors.
 * What is corrected below, a backend does not tell.
 */
static void tgt_log_errors(struct tgt_resp *r, u16 code, u64 bytes, u64 errors)
{
	if (code <= 0x0005)
		tgt_log_counter(r, 0x0005, bytes);
	if (code <= 0x0006)
		tgt_log_counter(r, 0x0006, errors);
}

static void tgt_log_02(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	tgt_log_errors(r, code, f->write_error_bytes, f->write_errors);
}

static void tgt_log_03(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	tgt_log_errors(r, code, f->read_error_bytes, f->read_errors);
}

/* SBC-4 6.4.5: threshold sets, and whether they are this logical unit's alone. */
static void tgt_log_resource(struct tgt_resp *r, u16 code, u64 sets, bool dedicated)
{
	tgt_log_param(r, code, TGT_LOG_LIST, 8);
	tgt_resp_u32(r, min_t(u64, sets, U32_MAX));
	tgt_resp_u8(r, dedicated ? 0x01 : 0x02);
	tgt_resp_zero(r, 3);
}

/* What is in part used counts as used. */
static void tgt_log_0c(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	const struct tgt_space *s = &f->space;

	if (code <= 0x0001)
		tgt_log_resource(r, 0x0001, s->avail >> TGT_THRESHOLD_SHIFT, s->dedicated);
	if (code <= 0x0002)
		tgt_log_resource(r, 0x0002, (s->used + (1U << TGT_THRESHOLD_SHIFT) - 1) >>
				 TGT_THRESHOLD_SHIFT, s->dedicated);
}

/*
 * Self-test results, SPC-5 7.3.19: always twenty parameters; those of tests that never were are
 * zeroes.
 */
static void tgt_log_10(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	const struct tgt_self_test *t;
	u16 i;

	for (i = max_t(u16, code, 1); i <= TGT_SELF_TESTS; i++) {
		tgt_log_param(r, i, TGT_LOG_LIST, 0x10);
		if (i > f->nr_tests) {
			tgt_resp_zero(r, 16);
			continue;
		}
		t = &f->tests[i - 1];
		tgt_resp_u8(r, t->code << 5 | t->result);
		tgt_resp_u8(r, t->segment);
		tgt_resp_u16(r, t->hours);
		tgt_resp_u64(r, t->lba);
		tgt_resp_u8(r, t->key);
		tgt_resp_u8(r, t->asc);
		tgt_resp_u8(r, t->ascq);
		tgt_resp_u8(r, 0);
	}
}

/*
 * General statistics and performance, SPC-5 7.3.9, in intervals of a microsecond: commands that
 * run at a time take their times each. Nothing counts them weighted by how many they were: 0.
 */
static void tgt_log_19(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	if (code <= 0x0001) {
		tgt_log_param(r, 0x0001, TGT_LOG_LIST, 0x40);
		tgt_resp_u64(r, f->reads);
		tgt_resp_u64(r, f->writes);
		tgt_resp_u64(r, f->write_bytes >> f->block_shift);
		tgt_resp_u64(r, f->read_bytes >> f->block_shift);
		tgt_resp_u64(r, f->read_us);
		tgt_resp_u64(r, f->write_us);
		tgt_resp_zero(r, 16);
	}
	if (code <= 0x0002) {
		tgt_log_param(r, 0x0002, TGT_LOG_LIST, 0x08);
		tgt_resp_u64(r, f->idle_us);
	}
	if (code <= 0x0003) {
		tgt_log_param(r, 0x0003, TGT_LOG_LIST, 0x08);
		tgt_resp_u32(r, 6);			/* times 10^-6 s */
		tgt_resp_u32(r, 1);
	}
}

/* Informational exceptions, SPC-5 7.3.11: none is there; no temperature is known. */
static void tgt_log_2f(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	if (code)
		return;
	tgt_log_param(r, 0x0000, TGT_LOG_LIST, 4);
	tgt_resp_u8(r, 0x00);				/* ASC */
	tgt_resp_u8(r, 0x00);				/* ASCQ */
	tgt_resp_u8(r, 0xff);				/* most recent temperature */
	tgt_resp_u8(r, 0);
}

static void tgt_log_00(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f);
static void tgt_log_00_ff(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f);

/* In ascending order. @last: highest parameter code. @counts: what of it can be reset */
static const struct tgt_log_page {
	u8	page;
	u8	subpage;
	u16	last;
	u8	counts;
	void	(*make)(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f);
} tgt_log_page[] = {
	{ 0x00, 0x00, 0, 0, tgt_log_00 },
	{ 0x00, 0xff, 0, 0, tgt_log_00_ff },
	{ 0x02, 0x00, 0x0006, TGT_LOG_RESET_WRITE_ERRORS, tgt_log_02 },
	{ 0x03, 0x00, 0x0006, TGT_LOG_RESET_READ_ERRORS, tgt_log_03 },
	{ TGT_LOG_THIN, 0x00, 0x0002, 0, tgt_log_0c },
	{ 0x10, 0x00, TGT_SELF_TESTS, 0, tgt_log_10 },
	{ 0x19, 0x00, 0x0003, TGT_LOG_RESET_STATISTICS, tgt_log_19 },
	{ 0x2f, 0x00, 0x0000, 0, tgt_log_2f },
};

static bool tgt_log_there(const struct tgt_log_page *page, bool thin)
{
	return thin || page->page != TGT_LOG_THIN;
}

/* Supported pages, SPC-5 7.3.18, and with subpages, 7.3.19. */
static void tgt_log_00(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_log_page); i++)
		if (!tgt_log_page[i].subpage && tgt_log_there(&tgt_log_page[i], f->thin))
			tgt_resp_u8(r, tgt_log_page[i].page);
}

static void tgt_log_00_ff(struct tgt_resp *r, u16 code, const struct tgt_log_facts *f)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_log_page); i++) {
		if (!tgt_log_there(&tgt_log_page[i], f->thin))
			continue;
		tgt_resp_u8(r, tgt_log_page[i].page);
		tgt_resp_u8(r, tgt_log_page[i].subpage);
	}
}

static const struct tgt_log_page *tgt_log_find(u8 page, u8 subpage, bool thin)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_log_page); i++)
		if (tgt_log_page[i].page == page && tgt_log_page[i].subpage == subpage &&
		    tgt_log_there(&tgt_log_page[i], thin))
			return &tgt_log_page[i];
	return NULL;
}

/**
 * tgt_log_sense() - LOG SENSE, SPC-5 6.8
 * @r: where to; TGT_LOG_MAX bytes hold all
 * @cdb: the CDB
 * @facts: what was counted
 *
 * Of a page of counters there are cumulative values, and their defaults, which are 0.
 *
 * Return: false if a field of the CDB is not valid.
 */
bool tgt_log_sense(struct tgt_resp *r, const u8 *cdb, const struct tgt_log_facts *facts)
{
	const struct tgt_log_facts zero = { .block_shift = facts->block_shift };
	const struct tgt_log_page *page = tgt_log_find(cdb[2] & 0x3f, cdb[3], facts->thin);
	u16 code = cdb[5] << 8 | cdb[6];
	u8 pc = cdb[2] >> 6;
	u32 start = r->len;

	if (cdb[1] & (TGT_LOG_SENSE_SP | TGT_LOG_SENSE_PPC) || !page || code > page->last)
		return false;
	if (page->counts && pc != TGT_LOG_CUMULATIVE && pc != TGT_LOG_DFLT_CUMULATIVE)
		return false;
	if (page->counts && pc == TGT_LOG_DFLT_CUMULATIVE)
		facts = &zero;
	tgt_resp_u8(r, page->page | (page->page ? TGT_LOG_DS : 0) |
		       (page->subpage ? TGT_LOG_SPF : 0));
	tgt_resp_u8(r, page->subpage);
	tgt_resp_u16(r, 0);
	page->make(r, code, facts);
	tgt_resp_patch16(r, start + 2, r->len - start - 4);
	return true;
}

/**
 * tgt_log_select() - LOG SELECT, SPC-5 6.7
 * @cdb: the CDB
 * @list: parameter list
 * @len: its bytes, as many as the CDB says
 * @thin: the logical unit has the page of logical block provisioning
 * @reset: set to what is to begin anew: TGT_LOG_RESET_*
 *
 * No parameter can be given a value, but counters can be reset: by PCR, or by a page control of
 * default cumulative values and no list.
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with.
 */
enum tgt_sense tgt_log_select(const u8 *cdb, const u8 *list, u32 len, bool thin,
			      unsigned int *reset)
{
	const struct tgt_log_page *page = tgt_log_find(cdb[2] & 0x3f, cdb[3], thin);
	bool all = !(cdb[2] & 0x3f) && (!cdb[3] || cdb[3] == 0xff);
	bool pcr = cdb[1] & TGT_LOG_SELECT_PCR;
	unsigned int i, counts = 0;
	struct tgt_par par;

	*reset = 0;
	if (cdb[1] & TGT_LOG_SELECT_SP || (pcr && len) || !page)
		return TGT_SENSE_INVALID_FIELD;
	if (len) {
		/* each page has a header and each parameter one, of four bytes */
		tgt_par_init(&par, list, len);
		tgt_par_skip(&par, 4);
		return par.bad ? TGT_SENSE_PARAM_LENGTH : TGT_SENSE_PARAM_FIELD;
	}
	if (!pcr && cdb[2] >> 6 != TGT_LOG_DFLT_CUMULATIVE)
		return TGT_SENSE_NONE;
	for (i = 0; i < ARRAY_SIZE(tgt_log_page); i++)
		if (all || &tgt_log_page[i] == page)
			counts |= tgt_log_page[i].counts;
	*reset = counts;
	return TGT_SENSE_NONE;
}
