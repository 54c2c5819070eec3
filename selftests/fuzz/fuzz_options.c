// SPDX-License-Identifier: GPL-2.0
/*
 * What requests are checked with: options of any key and value against any list of what is
 * taken, names, serial numbers. What is let through has the type and range it was said to
 * have; every refusal has a text that ends, is printable as far as its parts are, and names the
 * key; the tool and the engine hold the same to be a name.
 */
// uses: core/options.c tools/tgtctl/parse.c
#include "fuzz.h"
#include "core.h"

#define DESCS	6
#define OPTIONS	6

struct mutex tgt_config_mutex;		/* held by nobody */
u64 tgt_generation;

bool name_valid(const char *s);		/* the tool's */

static const struct tgt_option_desc *find(const struct tgt_option_desc *d, const char *key)
{
	for (; d->name; d++)
		if (!strcmp(d->name, key))
			return d;
	return NULL;
}

static bool is_bool(const char *s)
{
	return !strcmp(s, "yes") || !strcmp(s, "no") || !strcmp(s, "1") || !strcmp(s, "0");
}

/* The text of a refusal: it always has the same length, filled up with spaces. */
static void check_text(const struct netlink_ext_ack *ack)
{
	CHECK(ack->_msg && strlen(ack->_msg) == 255);
}

static void check_good(const struct tgt_options *opts, const struct tgt_option_desc *desc)
{
	const struct tgt_option_desc *d;
	unsigned int i, j;

	for (i = 0; i < opts->nr; i++) {
		const char *key = opts->opt[i].key, *value = opts->opt[i].value;
		u32 v;

		d = find(desc, key);
		CHECK(d && tgt_options_str(opts, key) == value);
		for (j = 0; j < i; j++)
			CHECK(strcmp(opts->opt[j].key, key));
		switch (d->type) {
		case TGT_OPT_BOOL:
			CHECK(is_bool(value));
			CHECK(tgt_options_bool(opts, key, true) ==
			      tgt_options_bool(opts, key, false));
			break;
		case TGT_OPT_U32:
			v = tgt_options_u32(opts, key, d->min);
			CHECK(v >= d->min && v <= d->max);
			CHECK(v == tgt_options_u32(opts, key, d->max));
			break;
		case TGT_OPT_PATH:
			CHECK(*value == '/');
			break;
		case TGT_OPT_STRING:
			CHECK(strlen(value) >= d->min && strlen(value) <= d->max);
			break;
		}
	}
	for (d = desc; d->name; d++)
		CHECK(!d->required || tgt_options_str(opts, d->name));
}

/* Whether anything is wrong with them, by this file's own reading. */
static bool any_wrong(const struct tgt_options *opts, const struct tgt_option_desc *desc)
{
	const struct tgt_option_desc *d;
	unsigned int i, j;

	for (i = 0; i < opts->nr; i++) {
		const char *value = opts->opt[i].value;
		u32 v;

		d = find(desc, opts->opt[i].key);
		if (!d)
			return true;
		for (j = 0; j < i; j++)
			if (!strcmp(opts->opt[j].key, opts->opt[i].key))
				return true;
		if ((d->type == TGT_OPT_BOOL && !is_bool(value)) ||
		    (d->type == TGT_OPT_PATH && *value != '/') ||
		    (d->type == TGT_OPT_U32 &&
		     (kstrtou32(value, 0, &v) || v < d->min || v > d->max)) ||
		    (d->type == TGT_OPT_STRING &&
		     (strlen(value) < d->min || strlen(value) > d->max)))
			return true;
	}
	for (d = desc; d->name; d++)
		if (d->required && !tgt_options_str(opts, d->name))
			return true;
	return false;
}

static void fuzz_check(struct input *in)
{
	/* all of them in one text do not fit */
	static const char *const keys[DESCS] = { "path", "a-key-of-all-the-31-bytes-it-may",
		"zero", "another-key-that-is-31-bytes-lo", "mode-of-which-there-is-not-much",
		"buffered-writes-or-synchronous" };
	struct tgt_option_desc desc[DESCS + 1] = { };
	struct netlink_ext_ack ack = { };
	struct tgt_options opts = { };
	unsigned int i, n = take_u8(in) % (DESCS + 1);
	bool wrong;
	u8 how;
	int err;

	for (i = 0; i < n; i++) {
		how = take_u8(in);
		desc[i] = (struct tgt_option_desc) {
			.name = keys[i], .type = how & 3, .required = (how & 0x1c) == 0x1c,
			.min = how & 0x20 ? take_u8(in) : 0,
			.max = how & 0x40 ? take_u32(in) : U32_MAX,
		};
	}
	opts.nr = take_u8(in) % (OPTIONS + 1);
	opts.opt = calloc(opts.nr + 1, sizeof(*opts.opt));
	for (i = 0; i < opts.nr; i++) {
		how = take_u8(in);
		opts.opt[i].key = how & 8 ? take_text(in, 31) : strdup(keys[how % DESCS]);
		opts.opt[i].value = take_text(in, 255);
	}
	wrong = any_wrong(&opts, desc);
	err = tgt_options_check(&opts, n ? desc : NULL, "backend fuzz", &ack);
	CHECK(!err == !wrong && (!err || err == -EINVAL));
	if (err)
		check_text(&ack);
	else
		check_good(&opts, desc);
	CHECK(tgt_options_check(&opts, n ? desc : NULL, "backend fuzz", NULL) == err);
	tgt_options_free(&opts);
	CHECK(!opts.nr && !opts.opt);
}

static void fuzz_names(struct input *in)
{
	static const char some[] = "abzAZ059._:-";
	bool good, name = take_u8(in) & 1;
	char *s = take_text(in, 64);
	size_t len = strlen(s), i;

	for (i = 0; name && i < len; i++)	/* of random bytes long ones are none */
		s[i] = some[(unsigned char)s[i] % (sizeof(some) - 1)];
	CHECK(tgt_name_valid(s) == name_valid(s));
	good = len && len <= 48 && *s != '.' && *s != '-';
	for (i = 0; i < len; i++)
		good = good && ((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
				(s[i] >= 'a' && s[i] <= 'z') || memchr("._:-", s[i], 4));
	CHECK(tgt_name_valid(s) == good);
	good = len && len <= 36 && *s != ' ' && s[len - 1] != ' ';
	for (i = 0; i < len; i++)
		good = good && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f;
	CHECK(tgt_serial_valid(s) == good);
	free(s);
}

static void fuzz_generation(struct input *in)
{
	struct netlink_ext_ack ack = { };
	u64 gen = take_u64(in);
	int err;

	tgt_generation = take_u8(in) & 1 ? gen : take_u64(in);
	err = tgt_generation_check(&gen, &ack);
	CHECK(err == (gen == tgt_generation ? 0 : -EAGAIN));
	if (err)
		check_text(&ack);
	CHECK(!tgt_generation_check(NULL, &ack));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	switch (take_u8(&in) % 4) {
	case 0:
		fuzz_names(&in);
		break;
	case 1:
		fuzz_generation(&in);
		break;
	default:
		fuzz_check(&in);
	}
	return 0;
}
