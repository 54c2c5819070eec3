// SPDX-License-Identifier: GPL-2.0
/* Options, names and error texts: what requests are checked with. */
#include <linux/ctype.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include "core.h"

/**
 * tgt_options_str() - value of an option
 * @opts: checked options
 * @key: name
 *
 * Return: its text, or NULL if it was not given.
 */
const char *tgt_options_str(const struct tgt_options *opts, const char *key)
{
	unsigned int i;

	for (i = 0; i < opts->nr; i++)
		if (!strcmp(opts->opt[i].key, key))
			return opts->opt[i].value;
	return NULL;
}
EXPORT_SYMBOL_NS_GPL(tgt_options_str, TGTCORE);

static int tgt_parse_bool(const char *s, bool *v)
{
	*v = !strcmp(s, "yes") || !strcmp(s, "1");
	return *v || !strcmp(s, "no") || !strcmp(s, "0") ? 0 : -EINVAL;
}

/**
 * tgt_options_bool() - value of a yes or no option
 * @opts: checked options
 * @key: name
 * @dflt: what it is if not given
 *
 * Return: the value.
 */
bool tgt_options_bool(const struct tgt_options *opts, const char *key, bool dflt)
{
	const char *s = tgt_options_str(opts, key);
	bool v;

	return s && !tgt_parse_bool(s, &v) ? v : dflt;
}
EXPORT_SYMBOL_NS_GPL(tgt_options_bool, TGTCORE);

/**
 * tgt_options_u32() - value of a number option
 * @opts: checked options
 * @key: name
 * @dflt: what it is if not given
 *
 * Return: the value.
 */
u32 tgt_options_u32(const struct tgt_options *opts, const char *key, u32 dflt)
{
	const char *s = tgt_options_str(opts, key);
	u32 v;

	return s && !kstrtou32(s, 0, &v) ? v : dflt;
}
EXPORT_SYMBOL_NS_GPL(tgt_options_u32, TGTCORE);

static int tgt_option_check(const struct tgt_option *o, const struct tgt_option_desc *d,
			    struct netlink_ext_ack *extack)
{
	size_t len = strlen(o->value);
	bool b;
	u32 v;

	switch (d->type) {
	case TGT_OPT_BOOL:
		if (tgt_parse_bool(o->value, &b))
			return tgt_err(extack, -EINVAL, "%s=%.64s: yes or no is expected",
				       o->key, o->value);
		return 0;
	case TGT_OPT_U32:
		if (kstrtou32(o->value, 0, &v) || v < d->min || v > d->max)
			return tgt_err(extack, -EINVAL,
				       "%s=%.64s: a number from %u to %u is expected",
				       o->key, o->value, d->min, d->max);
		return 0;
	case TGT_OPT_PATH:
		if (o->value[0] != '/')
			return tgt_err(extack, -EINVAL,
				       "%s=%.64s: an absolute path is expected",
				       o->key, o->value);
		return 0;
	case TGT_OPT_STRING:
		if (len < d->min || len > d->max)
			return tgt_err(extack, -EINVAL,
				       "%s=%.64s: %u to %u characters are expected",
				       o->key, o->value, d->min, d->max);
		return 0;
	}
	return -EINVAL;
}

static const struct tgt_option_desc *tgt_option_find(const struct tgt_option_desc *desc,
						     const char *key)
{
	for (; desc && desc->name; desc++)
		if (!strcmp(desc->name, key))
			return desc;
	return NULL;
}

/* Tells what @what takes instead. */
static int tgt_option_unknown(const struct tgt_option *o, const struct tgt_option_desc *desc,
			      const char *what, struct netlink_ext_ack *extack)
{
	struct seq_buf sb;
	char names[128];

	seq_buf_init(&sb, names, sizeof(names));
	for (; desc && desc->name; desc++)
		seq_buf_printf(&sb, " %s", desc->name);
	names[min_t(size_t, sb.len, sizeof(names) - 1)] = 0;
	return tgt_err(extack, -EINVAL, "%s has no option '%.31s'; it takes:%s", what, o->key,
		       *names ? names : " none");
}

/* Checks options against what @what takes. */
int tgt_options_check(const struct tgt_options *opts, const struct tgt_option_desc *desc,
		      const char *what, struct netlink_ext_ack *extack)
{
	const struct tgt_option_desc *d;
	unsigned int i, j;
	int err;

	for (i = 0; i < opts->nr; i++) {
		d = tgt_option_find(desc, opts->opt[i].key);
		if (!d)
			return tgt_option_unknown(&opts->opt[i], desc, what, extack);
		for (j = 0; j < i; j++)
			if (!d->repeated && !strcmp(opts->opt[i].key, opts->opt[j].key))
				return tgt_err(extack, -EINVAL, "option %s is given twice",
					       opts->opt[i].key);
		err = tgt_option_check(&opts->opt[i], d, extack);
		if (err)
			return err;
	}
	for (d = desc; d && d->name; d++)
		if (d->required && !tgt_options_str(opts, d->name))
			return tgt_err(extack, -EINVAL, "%s needs %s=", what, d->name);
	return 0;
}

void tgt_options_free(struct tgt_options *opts)
{
	unsigned int i;

	for (i = 0; i < opts->nr; i++) {
		kfree(opts->opt[i].key);
		kfree(opts->opt[i].value);
	}
	kfree(opts->opt);
	*opts = (struct tgt_options) { };
}

static int tgt_option_copy(struct tgt_options *to, const struct tgt_option *o)
{
	struct tgt_option *new = &to->opt[to->nr++];	/* so that it is freed, if it is none */

	new->key = kstrdup(o->key, GFP_KERNEL);
	new->value = kstrdup(o->value, GFP_KERNEL);
	return new->key && new->value ? 0 : -ENOMEM;
}

/*
 * Options of @old and @set, all of which were checked: of one that is in both, @set's counts. Of
 * those in @set alone only what @desc has is taken. 0 or -ENOMEM; @to is for tgt_options_free().
 */
int tgt_options_merge(struct tgt_options *to, const struct tgt_options *old,
		      const struct tgt_options *set, const struct tgt_option_desc *desc)
{
	unsigned int i;
	int err = 0;

	*to = (struct tgt_options) { };
	to->opt = kcalloc(old->nr + set->nr, sizeof(*to->opt), GFP_KERNEL);
	if (!to->opt)
		return -ENOMEM;
	for (i = 0; i < old->nr && !err; i++)
		if (!tgt_options_str(set, old->opt[i].key))
			err = tgt_option_copy(to, &old->opt[i]);
	for (i = 0; i < set->nr && !err; i++)
		if (tgt_option_find(desc, set->opt[i].key))
			err = tgt_option_copy(to, &set->opt[i]);
	if (err)
		tgt_options_free(to);
	return err;
}

/**
 * tgt_strerror() - what an error of opening or growing a medium means
 * @err: negative errno
 *
 * Return: words for who named the medium, for tgt_err(). Context: any.
 */
const char *tgt_strerror(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
		return "there is no such directory";
	case -EACCES:
	case -EPERM:
		return "it is not permitted";
	case -ENOSPC:
	case -EDQUOT:
		return "there is no space left";
	case -EFBIG:
		return "its file system holds no file that long";
	case -EROFS:
		return "its file system is read-only";
	case -ENXIO:
	case -ENODEV:
		return "the device is not there";
	case -EIO:
		return "I/O error";
	case -ENOMEM:
		return "out of memory";
	case -ELOOP:
		return "too many symbolic links";
	case -ENAMETOOLONG:
		return "the name is too long";
	case -EINTR:
		return "interrupted";
	default:
		return "error";
	}
}
EXPORT_SYMBOL_NS_GPL(tgt_strerror, TGTCORE);

/* TGT_BAD_NAME says it */
bool tgt_name_valid(const char *name)
{
	size_t len = strlen(name), i;

	if (!len || len > TGT_NAME_MAX || name[0] == '.' || name[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !(isalnum(name[i]) || strchr("._:-", name[i])))
			return false;
	return true;
}

/* VPD page 80h: printable ASCII, SPC-5 4.3.1; initiators strip spaces at the ends. */
bool tgt_serial_valid(const char *serial)
{
	size_t len = strlen(serial), i;

	if (!len || len > 36 || serial[0] == ' ' || serial[len - 1] == ' ')
		return false;
	for (i = 0; i < len; i++)
		if (serial[i] < 0x20 || serial[i] > 0x7e)
			return false;
	return true;
}

/* Compare and swap: a caller that says which configuration it saw. */
int tgt_generation_check(const u64 *gen, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&tgt_config_mutex);
	if (gen && *gen != tgt_generation)
		return tgt_err(extack, -EAGAIN,
			       "the configuration has generation %llu, not %llu; look again",
			       tgt_generation, *gen);
	return 0;
}

#define TGT_ERR_SLOTS	64

/**
 * tgt_err() - error text of a netlink request
 * @extack: of the request, or NULL
 * @err: errno to return
 * @fmt: what was wrong, and what would be right
 *
 * The text has to outlive the request's handler, as netlink copies it into its answer
 * afterwards, and both kernels' own formatted variant is too short or missing. So it stands
 * in the next of a few slots. One written over by the 64th error after it, before its
 * answer was made, tells of the wrong error; netlink measures a text before it copies it, so
 * all have the same length, filled up with spaces.
 *
 * Return: @err. Context: any.
 */
int tgt_err(struct netlink_ext_ack *extack, int err, const char *fmt, ...)
{
	static char slots[TGT_ERR_SLOTS][TGT_ERR_LEN];
	static atomic_t next;
	char text[TGT_ERR_LEN];
	va_list args;
	char *s;
	int n;

	if (!extack)
		return err;
	va_start(args, fmt);
	n = vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	memset(text + n, ' ', sizeof(text) - 1 - n);
	s = slots[(unsigned int)atomic_inc_return(&next) % TGT_ERR_SLOTS];
	memcpy(s, text, sizeof(text) - 1);	/* the last byte is always 0 */
	extack->_msg = s;
	return err;
}
EXPORT_SYMBOL_NS_GPL(tgt_err, TGTCORE);
