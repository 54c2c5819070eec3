// SPDX-License-Identifier: GPL-2.0
/*
 * Mode pages, SPC-5 7.5 and SBC-4 6.5. A page is made from the parameters, and parameters are
 * taken from a page that MODE SELECT brings; what does not come back as it was sent is a change
 * of something that cannot be changed. The mask of changeable bits is made the same way, so
 * that it can tell nothing else than what is accepted. Pure.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "mode.h"
#include "param.h"

#define TGT_MODE_PAGE_MAX	32	/* bytes of the longest page */
#define TGT_MODE_PS		0x80	/* byte 0 of a page: saveable */
#define TGT_MODE_SPF		0x40	/* ... has a subpage code */
#define TGT_MODE_SELECT6	0x15
#define TGT_MODE_SENSE6		0x1a

/* What a logical unit begins with: nothing is protected, aborted commands are answered. */
const struct tgt_modes tgt_modes_default = {
	.tas = true,
	.wce = true,
};

/* Masks of what may change: the parameters with no bit set, and with all. */
static const struct tgt_modes tgt_modes_none;
static const struct tgt_modes tgt_modes_all = {
	.tst = 1,
	.d_sense = true,
	.swp = true,
	.tas = true,
	.wce = true,
	.qerr = TGT_QERR_NEXUS,		/* both bits */
	.restricted = true,
	.situa = true,
	.threshold = { { true, U32_MAX }, { true, U32_MAX } },
	.nuar = true,
};

bool tgt_thresholds_equal(const struct tgt_modes *a, const struct tgt_modes *b)
{
	unsigned int i;

	for (i = 0; i < __TGT_THRESHOLD_MAX; i++)
		if (a->threshold[i].on != b->threshold[i].on ||
		    a->threshold[i].count != b->threshold[i].count)
			return false;
	return true;
}

bool tgt_modes_equal(const struct tgt_modes *a, const struct tgt_modes *b)
{
	return a->tst == b->tst && a->d_sense == b->d_sense && a->swp == b->swp &&
	       a->tas == b->tas && a->wce == b->wce && a->qerr == b->qerr &&
	       a->restricted == b->restricted && a->nuar == b->nuar &&
	       a->situa == b->situa && tgt_thresholds_equal(a, b);
}

/* What is not as it is at first, in words. */
static const struct {
	const char	*word;
	u16		at;
	bool		dflt;
} tgt_mode_words[] = {
	{ "restricted",	offsetof(struct tgt_modes, restricted),	false },
	{ "d-sense",	offsetof(struct tgt_modes, d_sense),	false },
	{ "swp",	offsetof(struct tgt_modes, swp),	false },
	{ "no-tas",	offsetof(struct tgt_modes, tas),	true },
	{ "no-wce",	offsetof(struct tgt_modes, wce),	true },
	{ "situa",	offsetof(struct tgt_modes, situa),	false },
	{ "nuar",	offsetof(struct tgt_modes, nuar),	false },
};

/* The same of those that are more than a bit; at first they are 0. */
static const struct {
	const char	*word;
	u16		at;
	u8		value;
} tgt_mode_values[] = {
	{ "tst",	offsetof(struct tgt_modes, tst),	1 },
	{ "qerr",	offsetof(struct tgt_modes, qerr),	TGT_QERR_ALL },
	{ "qerr-nexus",	offsetof(struct tgt_modes, qerr),	TGT_QERR_NEXUS },
};

/* Thresholds: the word and a count; with "no-" before it is not watched. */
static const char * const tgt_threshold_words[__TGT_THRESHOLD_MAX] = { "avail:", "used:" };

/* A decimal number of 32 bits that is all of @text, without zeroes before it. */
static bool tgt_mode_count(const char *text, size_t len, u32 *count)
{
	u64 v = 0;
	size_t i;

	if (!len || len > 10 || (len > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (text[i] - '0');
	}
	*count = v;
	return v <= U32_MAX;
}

static bool tgt_threshold_word(const char *word, size_t len, struct tgt_modes *m)
{
	struct tgt_threshold *t, new = { .on = true };
	unsigned int i;
	size_t n;

	if (len > 3 && !memcmp(word, "no-", 3)) {
		new.on = false;
		word += 3;
		len -= 3;
	}
	for (i = 0; i < __TGT_THRESHOLD_MAX; i++) {
		n = strlen(tgt_threshold_words[i]);
		t = &m->threshold[i];
		if (len <= n || memcmp(word, tgt_threshold_words[i], n))
			continue;
		if (t->on || t->count || !tgt_mode_count(word + n, len - n, &new.count) ||
		    !(new.on || new.count))
			return false;
		*t = new;
		return true;
	}
	return false;
}

/* Of one word; false if it is none, or its parameter is set already. */
static bool tgt_mode_word(const char *word, size_t len, struct tgt_modes *m)
{
	unsigned int i;
	bool *flag;
	u8 *value;

	for (i = 0; i < ARRAY_SIZE(tgt_mode_values); i++) {
		if (strlen(tgt_mode_values[i].word) != len ||
		    memcmp(tgt_mode_values[i].word, word, len))
			continue;
		value = (u8 *)m + tgt_mode_values[i].at;
		if (*value)
			return false;
		*value = tgt_mode_values[i].value;
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(tgt_mode_words); i++) {
		if (strlen(tgt_mode_words[i].word) != len ||
		    memcmp(tgt_mode_words[i].word, word, len))
			continue;
		flag = (bool *)((u8 *)m + tgt_mode_words[i].at);
		if (*flag != tgt_mode_words[i].dflt)
			return false;
		*flag = !*flag;
		return true;
	}
	return tgt_threshold_word(word, len, m);
}

/* From text: words with commas between. -EINVAL, and nothing is changed, if it is none. */
int tgt_modes_parse(const char *text, struct tgt_modes *m)
{
	struct tgt_modes new = tgt_modes_default;
	size_t len;

	while (*text) {
		len = strcspn(text, ",");
		if (!tgt_mode_word(text, len, &new) || (text[len] && !text[len + 1]))
			return -EINVAL;
		text += len + !!text[len];
	}
	*m = new;
	return 0;
}

/* The reverse, in TGT_MODES_TEXT bytes. */
void tgt_modes_text(const struct tgt_modes *m, char *text)
{
	unsigned int i;
	size_t at = 0;

	text[0] = 0;
	for (i = 0; i < ARRAY_SIZE(tgt_mode_values); i++)
		if (*((const u8 *)m + tgt_mode_values[i].at) == tgt_mode_values[i].value)
			at += scnprintf(text + at, TGT_MODES_TEXT - at, "%s%s", at ? "," : "",
					tgt_mode_values[i].word);
	for (i = 0; i < ARRAY_SIZE(tgt_mode_words); i++)
		if (*((const bool *)((const u8 *)m + tgt_mode_words[i].at)) !=
		    tgt_mode_words[i].dflt)
			at += scnprintf(text + at, TGT_MODES_TEXT - at, "%s%s", at ? "," : "",
					tgt_mode_words[i].word);
	for (i = 0; i < __TGT_THRESHOLD_MAX; i++)
		if (m->threshold[i].on || m->threshold[i].count)
			at += scnprintf(text + at, TGT_MODES_TEXT - at, "%s%s%s%u", at ? "," : "",
					m->threshold[i].on ? "" : "no-", tgt_threshold_words[i],
					m->threshold[i].count);
}

/* Caching, SBC-4 6.5.6. Where there is no volatile cache there is none to enable. */
static void tgt_mode_08(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m)
{
	p[2] = d->wce && m->wce ? 0x04 : 0;
}

static void tgt_mode_take_08(const u8 *p, const struct tgt_disk *d, struct tgt_modes *m)
{
	if (d->wce)
		m->wce = p[2] & 0x04;
}

/*
 * Control, SPC-5 7.5.10. At first commands are reordered without restriction (QUEUE ALGORITHM
 * MODIFIER 1), and others go on after an error (QERR=00b). Application tags are the
 * initiators' (ATO).
 */
static void tgt_mode_0a(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m)
{
	u16 test = min_t(u32, tgt_disk_test_seconds(d), U16_MAX);

	p[2] = (m->tst & 0x01) << 5 | (m->d_sense ? 0x04 : 0);
	p[3] = (m->restricted ? 0 : 0x10) | (m->nuar ? 0x08 : 0) | m->qerr << 1;
	p[4] = m->swp ? 0x08 : 0;
	p[5] = (m->tas ? 0x40 : 0) | (d->pi ? 0x80 : 0);
	p[8] = 0xff;			/* busy timeout: unlimited */
	p[9] = 0xff;
	p[10] = test >> 8;		/* extended self-test completion time */
	p[11] = test;
}

static void tgt_mode_take_0a(const u8 *p, const struct tgt_disk *d, struct tgt_modes *m)
{
	m->tst = p[2] >> 5;
	m->d_sense = p[2] & 0x04;
	m->restricted = !(p[3] & 0x10);
	m->nuar = p[3] & 0x08;
	m->qerr = p[3] >> 1 & 0x03;
	if (m->qerr == 2)		/* reserved: it will not come back as it was sent */
		m->qerr = TGT_QERR_NONE;
	m->swp = p[4] & 0x08;
	m->tas = p[5] & 0x40;
}

/* Control extension, SPC-5 7.5.11: states may change by themselves, SET TIMESTAMP goes first. */
static void tgt_mode_0a_01(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m)
{
	p[4] = 0x02 | (d->tpgs ? 0x01 : 0);	/* SCSIP, IALUAE */
}

/* Informational exceptions control, SPC-5 7.5.12: none reported. */
static void tgt_mode_1c(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m)
{
	p[2] = 0x08;				/* DEXCPT */
}

static bool tgt_mode_thin(const struct tgt_disk *d)
{
	return d->thin;
}

/*
 * Logical block provisioning, SBC-4 6.5.9: soft thresholds, one armed as what can be had
 * decreases, one as what is used increases.
 */
static void tgt_mode_1c_02(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m)
{
	unsigned int i;
	u32 count;

	p[4] = m->situa ? 0x01 : 0;
	for (i = 0, p += 16; i < __TGT_THRESHOLD_MAX; i++, p += 8) {
		count = m->threshold[i].count;
		p[0] = (m->threshold[i].on ? 0x80 : 0) | i;	/* decreasing, increasing */
		p[1] = 0x01 + i;				/* available, used */
		p[4] = count >> 24;
		p[5] = count >> 16;
		p[6] = count >> 8;
		p[7] = count;
	}
}

static void tgt_mode_take_1c_02(const u8 *p, const struct tgt_disk *d, struct tgt_modes *m)
{
	unsigned int i;

	m->situa = p[4] & 0x01;
	for (i = 0, p += 16; i < __TGT_THRESHOLD_MAX; i++, p += 8) {
		m->threshold[i].on = p[0] & 0x80;
		m->threshold[i].count = (u32)p[4] << 24 | p[5] << 16 | p[6] << 8 | p[7];
	}
}

/*
 * In ascending order. Read-write error recovery (01h) and disconnect-reconnect (02h) are zeros:
 * no retries, no limits. There is no page 1Ah: there are no power conditions.
 */
static const struct tgt_mode_page {
	u8	page;
	u8	subpage;
	u8	len;		/* bytes of the page, header and all */
	void	(*make)(u8 *p, const struct tgt_disk *d, const struct tgt_modes *m);
	void	(*take)(const u8 *p, const struct tgt_disk *d, struct tgt_modes *m);
	bool	(*there)(const struct tgt_disk *d);	/* NULL: of every disk */
} tgt_mode_page[] = {
	{ 0x01, 0x00, 12 },
	{ 0x02, 0x00, 16 },
	{ 0x08, 0x00, 20, tgt_mode_08, tgt_mode_take_08 },
	{ 0x0a, 0x00, 12, tgt_mode_0a, tgt_mode_take_0a },
	{ 0x0a, 0x01, 32, tgt_mode_0a_01 },
	{ 0x1c, 0x00, 12, tgt_mode_1c },
	{ 0x1c, 0x02, 32, tgt_mode_1c_02, tgt_mode_take_1c_02, tgt_mode_thin },
};

/* Bytes of the page's header: page code and length, with a subpage code four. */
static u32 tgt_mode_head(const struct tgt_mode_page *page)
{
	return page->subpage ? 4 : 2;
}

/* A page in @p, of TGT_MODE_PAGE_MAX bytes. */
static void tgt_mode_make(const struct tgt_mode_page *page, u8 *p, const struct tgt_disk *d,
			  const struct tgt_modes *m)
{
	memset(p, 0, TGT_MODE_PAGE_MAX);
	p[0] = page->page | (page->subpage ? TGT_MODE_SPF : 0) | (page->take ? TGT_MODE_PS : 0);
	if (page->subpage) {
		p[1] = page->subpage;
		p[3] = page->len - 4;
	} else {
		p[1] = page->len - 2;
	}
	if (page->make)
		page->make(p, d, m);
}

/* The same for a page control of MODE SENSE. */
static void tgt_mode_make_pc(const struct tgt_mode_page *page, u8 *p, const struct tgt_disk *d,
			     u8 pc)
{
	u8 all[TGT_MODE_PAGE_MAX];
	u32 i;

	switch (pc) {
	case TGT_MODE_CHANGEABLE:
		tgt_mode_make(page, p, d, &tgt_modes_none);
		tgt_mode_make(page, all, d, &tgt_modes_all);
		for (i = tgt_mode_head(page); i < page->len; i++)
			p[i] ^= all[i];
		break;
	case TGT_MODE_DEFAULT:
		tgt_mode_make(page, p, d, &tgt_modes_default);
		break;
	case TGT_MODE_SAVED:
		tgt_mode_make(page, p, d, &d->modes->saved);
		break;
	default:
		tgt_mode_make(page, p, d, &d->modes->now);
	}
}

/**
 * tgt_mode_pages() - the mode pages a MODE SENSE asks for
 * @r: where to
 * @d: the disk
 * @pc: &enum tgt_mode_pc
 * @page: page code; 3Fh is all
 * @subpage: subpage code; FFh is all there are besides 00h
 *
 * Return: false if there is no such page.
 */
bool tgt_mode_pages(struct tgt_resp *r, const struct tgt_disk *d, u8 pc, u8 page, u8 subpage)
{
	const struct tgt_mode_page *m;
	u8 p[TGT_MODE_PAGE_MAX];
	bool found = false;

	if (page == 0x3f && subpage && subpage != 0xff)
		return false;
	for (m = tgt_mode_page; m < tgt_mode_page + ARRAY_SIZE(tgt_mode_page); m++) {
		if (page != 0x3f && page != m->page)
			continue;
		if ((subpage != 0xff && subpage != m->subpage) || (m->there && !m->there(d)))
			continue;
		found = true;
		tgt_mode_make_pc(m, p, d, pc);
		tgt_resp_bytes(r, p, m->len);
	}
	return found;
}

/* Device specific parameter of the mode parameter header, SBC-4 6.5.1: WP, DPOFUA. */
u8 tgt_mode_device_specific(const struct tgt_disk *d)
{
	return (d->readonly ? 0x80 : 0) | 0x10;
}

/**
 * tgt_mode_sense() - parameter data of MODE SENSE (6) and (10), SPC-5 6.14 and 6.15
 * @r: where to: TGT_MODE_PAGES_MAX bytes hold all
 * @d: the disk
 * @cdb: the CDB
 *
 * Return: false if a field of the CDB is not valid.
 */
bool tgt_mode_sense(struct tgt_resp *r, const struct tgt_disk *d, const u8 *cdb)
{
	u32 start = r->len, head = cdb[0] == TGT_MODE_SENSE6 ? 4 : 8;
	bool dbd = cdb[1] & 0x08, llbaa = head == 8 && cdb[1] & 0x10;
	u32 bd = dbd ? 0 : llbaa ? 16 : 8;

	tgt_resp_zero(r, head);
	if (bd == 16) {
		tgt_resp_u64(r, d->nblocks);
		tgt_resp_u32(r, 0);
		tgt_resp_u32(r, 1U << d->block_shift);
	} else if (bd) {
		tgt_resp_u32(r, d->nblocks > 0xffffffff ? 0xffffffff : d->nblocks);
		tgt_resp_u32(r, 1U << d->block_shift);
	}
	if (!tgt_mode_pages(r, d, cdb[2] >> 6, cdb[2] & 0x3f, cdb[3]))
		return false;
	if (head == 4) {
		tgt_resp_patch8(r, start, r->len - start - 1);
		tgt_resp_patch8(r, start + 2, tgt_mode_device_specific(d));
		tgt_resp_patch8(r, start + 3, bd);
	} else {
		tgt_resp_patch16(r, start, r->len - start - 2);
		tgt_resp_patch8(r, start + 3, tgt_mode_device_specific(d));
		tgt_resp_patch8(r, start + 4, bd == 16 ? 0x01 : 0);
		tgt_resp_patch16(r, start + 6, bd);
	}
	return true;
}

/*
 * A block descriptor, SBC-4 6.5.2: the size is what it is. 0 blocks mean as many as there are,
 * all ones as many as there can be.
 */
static bool tgt_mode_descriptor(struct tgt_par *list, const struct tgt_disk *d, u32 len)
{
	u64 n, all = len == 16 ? ~0ULL : 0xffffffff;
	u32 size;

	if (len == 16) {
		n = tgt_par_u64(list);
		if (tgt_par_u32(list))
			return false;
		size = tgt_par_u32(list);
	} else {
		n = tgt_par_u32(list);
		size = tgt_par_u32(list);	/* its first byte is reserved */
	}
	return size == 1U << d->block_shift && (!n || n == all || n == d->nblocks);
}

/* The header and the descriptor, if there is one. */
static enum tgt_sense tgt_mode_select_head(struct tgt_par *list, const struct tgt_disk *d,
					   bool six)
{
	bool longlba = false, ok;
	u8 medium, specific;
	u32 bd;

	tgt_par_skip(list, six ? 1 : 2);	/* mode data length: reserved here */
	medium = tgt_par_u8(list);
	specific = tgt_par_u8(list);
	if (six) {
		bd = tgt_par_u8(list);
	} else {
		longlba = tgt_par_u8(list) & 0x01;
		tgt_par_skip(list, 1);
		bd = tgt_par_u16(list);
	}
	if (list->bad)
		return TGT_SENSE_PARAM_LENGTH;
	/* WP and DPOFUA are what they are, whatever is sent */
	if (medium || specific & 0x6f || (bd && bd != (longlba ? 16 : 8)))
		return TGT_SENSE_PARAM_FIELD;
	if (!bd)
		return TGT_SENSE_NONE;
	ok = tgt_mode_descriptor(list, d, bd);
	if (list->bad)
		return TGT_SENSE_PARAM_LENGTH;
	return ok ? TGT_SENSE_NONE : TGT_SENSE_PARAM_FIELD;
}

static const struct tgt_mode_page *tgt_mode_find(u8 page, u8 subpage)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tgt_mode_page); i++)
		if (tgt_mode_page[i].page == page && tgt_mode_page[i].subpage == subpage)
			return &tgt_mode_page[i];
	return NULL;
}

/* The next page of a list: all of it comes back as it was sent, or it is refused. */
static enum tgt_sense tgt_mode_select_page(struct tgt_par *list, const struct tgt_disk *d,
					   struct tgt_modes *m)
{
	u8 page[TGT_MODE_PAGE_MAX], byte0 = tgt_par_u8(list), subpage = 0;
	const struct tgt_mode_page *known;
	u32 len, head = 2;
	const u8 *p;

	if (byte0 & TGT_MODE_SPF) {
		subpage = tgt_par_u8(list);
		len = tgt_par_u16(list);
		head = 4;
	} else {
		len = tgt_par_u8(list);
	}
	if (list->bad)
		return TGT_SENSE_PARAM_LENGTH;
	known = tgt_mode_find(byte0 & 0x3f, subpage);
	if (!known || (known->there && !known->there(d)) || head != tgt_mode_head(known) ||
	    head + len != known->len)
		return TGT_SENSE_PARAM_FIELD;
	p = tgt_par_bytes(list, len);
	if (!p)
		return TGT_SENSE_PARAM_LENGTH;
	if (known->take)
		known->take(p - head, d, m);
	tgt_mode_make(known, page, d, m);
	return memcmp(page + head, p, len) ? TGT_SENSE_PARAM_FIELD : TGT_SENSE_NONE;
}

/**
 * tgt_mode_select() - MODE SELECT (6) and (10), SPC-5 6.12 and 6.13
 * @d: the disk
 * @cdb: the CDB
 * @list: parameter list
 * @len: its bytes, as many as the CDB says
 * @state: the parameters as they are; as they are to be
 *
 * Return: TGT_SENSE_NONE, or what the command is to be failed with; then @state is as it was.
 */
enum tgt_sense tgt_mode_select(const struct tgt_disk *d, const u8 *cdb, const u8 *list, u32 len,
			       struct tgt_mode_state *state)
{
	struct tgt_modes now = state->now;
	enum tgt_sense sense;
	struct tgt_par par;

	if (cdb[1] & TGT_MODE_RTD) {
		if (len)
			return TGT_SENSE_INVALID_FIELD;
		now = tgt_modes_default;
	} else if (len) {
		/* other than in pages there are no parameters */
		if (!(cdb[1] & TGT_MODE_PF))
			return TGT_SENSE_INVALID_FIELD;
		tgt_par_init(&par, list, len);
		sense = tgt_mode_select_head(&par, d, cdb[0] == TGT_MODE_SELECT6);
		while (!sense && tgt_par_left(&par))
			sense = tgt_mode_select_page(&par, d, &now);
		if (sense)
			return sense;
	}
	state->now = now;
	if (cdb[1] & TGT_MODE_SP)
		state->saved = now;
	return TGT_SENSE_NONE;
}
