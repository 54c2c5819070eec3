// SPDX-License-Identifier: GPL-2.0
/* Backend "fault": rules, from their text to the command they hit. */
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fault.h"

#define FAULT_RULE_FORM \
	"ACTION[,op=...][,lba=A-B][,count=N][,prob=PERMILLE] and, by ACTION, ms=, bytes=, sense=, status="

static const char * const fault_actions[] = {
	[FAULT_DELAY]	= "delay",
	[FAULT_HANG]	= "hang",
	[FAULT_ERROR]	= "error",
	[FAULT_LOSE]	= "lose",
	[FAULT_SHORT]	= "short",
};

static const char * const fault_ops[] = {
	[FAULT_READ]	= "read",
	[FAULT_WRITE]	= "write",
	[FAULT_FLUSH]	= "flush",
	[FAULT_UNMAP]	= "unmap",
};

static const struct {
	const char	*name;
	u8		status;
} fault_statuses[] = {
	{ "busy", SAM_STAT_BUSY },
	{ "reservation-conflict", SAM_STAT_RESERVATION_CONFLICT },
	{ "task-set-full", SAM_STAT_TASK_SET_FULL },
	{ "task-aborted", SAM_STAT_TASK_ABORTED },
};

/* Opcodes that reach a backend; of those of more than one step, with each step. */
static const u8 fault_opcodes[] = {
	READ_6, READ_10, READ_12, READ_16,
	WRITE_6, WRITE_10, WRITE_12, WRITE_16,
	SYNCHRONIZE_CACHE, 0x91 /* SYNCHRONIZE CACHE (16) */, START_STOP,
	UNMAP, WRITE_SAME, WRITE_SAME_16, COMPARE_AND_WRITE,
	VERIFY, VERIFY_12, VERIFY_16, WRITE_VERIFY, WRITE_VERIFY_12, 0x8e /* ... (16) */,
	0x8b /* ORWRITE (16) */, EXTENDED_COPY, FORMAT_UNIT, 0x48 /* SANITIZE */,
	MODE_SELECT, MODE_SELECT_10, SEND_DIAGNOSTIC, VARIABLE_LENGTH_CMD,
};

/* Index of @s among @n names of which some may be missing; 0: it is none of them. */
static unsigned int fault_word(const char * const *names, unsigned int n, const char *s)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], s))
			return i;
	return 0;
}

/* ---- parsing --------------------------------------------------------------------------- */

static int fault_parse_op(struct fault_rule *r, char *val, struct netlink_ext_ack *extack)
{
	r->op = fault_word(fault_ops, ARRAY_SIZE(fault_ops), val);
	if (r->op)
		return 0;
	r->op = FAULT_OPCODE;
	if (kstrtou8(val, 0, &r->opcode))
		return tgt_err(extack, -EINVAL,
			       "op=%s: read, write, flush, unmap or an opcode such as 0x2a is expected",
			       val);
	if (!memchr(fault_opcodes, r->opcode, sizeof(fault_opcodes)))
		return tgt_err(extack, -EINVAL,
			       "op=0x%02x: a backend sees only commands that read, write, flush or unmap blocks",
			       r->opcode);
	return 0;
}

/* A-B, or A alone. */
static int fault_parse_lba(struct fault_rule *r, char *val, struct netlink_ext_ack *extack)
{
	char *first = strsep(&val, "-");

	r->ranged = true;
	if (kstrtou64(first, 0, &r->first) || kstrtou64(val ?: first, 0, &r->last) ||
	    r->first > r->last)
		return tgt_err(extack, -EINVAL,
			       "lba=%s%s%s: a block or a range such as 0-99 is expected", first,
			       val ? "-" : "", val ?: "");
	return 0;
}

/* Three hexadecimal numbers, as in SPC-5's tables. */
static int fault_parse_sense(struct fault_rule *r, char *val, struct netlink_ext_ack *extack)
{
	char *key = strsep(&val, "/"), *asc = strsep(&val, "/");

	r->status = SAM_STAT_CHECK_CONDITION;
	if (kstrtou8(key, 16, &r->key) || r->key > 15 || !asc || kstrtou8(asc, 16, &r->asc) ||
	    !val || kstrtou8(val, 16, &r->ascq))
		return tgt_err(extack, -EINVAL,
			       "sense=: KEY/ASC/ASCQ is expected, hexadecimal, such as 3/11/00");
	return 0;
}

static int fault_parse_status(struct fault_rule *r, char *val, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_statuses); i++) {
		if (strcmp(fault_statuses[i].name, val))
			continue;
		r->status = fault_statuses[i].status;
		return 0;
	}
	return tgt_err(extack, -EINVAL,
		       "status=%s: busy, reservation-conflict, task-set-full or task-aborted is expected",
		       val);
}

static int fault_parse_u32(const char *key, const char *val, u32 min, u32 max, u32 *v,
			   struct netlink_ext_ack *extack)
{
	if (kstrtou32(val, 0, v) || *v < min || *v > max)
		return tgt_err(extack, -EINVAL, "%s=%s: a number from %u to %u is expected", key,
			       val, min, max);
	return 0;
}

/* One KEY=VALUE of a rule. */
static int fault_parse_pair(struct fault_rule *r, char *key, struct netlink_ext_ack *extack)
{
	char *val = key;

	strsep(&val, "=");
	if (!val || !*val)
		return tgt_err(extack, -EINVAL, "'%s' of a rule has no value; a rule is %s", key,
			       FAULT_RULE_FORM);
	if (!strcmp(key, "op"))
		return fault_parse_op(r, val, extack);
	if (!strcmp(key, "lba"))
		return fault_parse_lba(r, val, extack);
	if (!strcmp(key, "count"))
		return fault_parse_u32(key, val, 1, INT_MAX, &r->count, extack);
	if (!strcmp(key, "prob"))
		return fault_parse_u32(key, val, 0, 1000, &r->prob, extack);
	if (!strcmp(key, "ms") && r->action == FAULT_DELAY)
		return fault_parse_u32(key, val, 1, FAULT_MS_MAX, &r->ms, extack);
	if (!strcmp(key, "bytes") && r->action == FAULT_SHORT) {
		r->half = false;
		return fault_parse_u32(key, val, 0, TGT_MAX_IO, &r->bytes, extack);
	}
	if (r->action == FAULT_ERROR && !r->status && !strcmp(key, "sense"))
		return fault_parse_sense(r, val, extack);
	if (r->action == FAULT_ERROR && !r->status && !strcmp(key, "status"))
		return fault_parse_status(r, val, extack);
	return tgt_err(extack, -EINVAL, "'%s=' has no place in this rule; a rule is %s", key,
		       FAULT_RULE_FORM);
}

/* What each of the pairs alone cannot tell. */
static int fault_rule_check(const struct fault_dev *f, const struct fault_rule *r,
			    struct netlink_ext_ack *extack)
{
	u32 block = 1U << f->dev->block_shift;

	if (r->action == FAULT_DELAY && !r->ms)
		return tgt_err(extack, -EINVAL, "rule=delay needs ms=, for how long");
	if (r->op == FAULT_FLUSH && (r->ranged || r->action == FAULT_SHORT))
		return tgt_err(extack, -EINVAL,
			       "a flush has neither blocks nor a length: no lba=, no rule=short");
	if (r->op == FAULT_UNMAP && r->action == FAULT_SHORT)
		return tgt_err(extack, -EINVAL, "what is unmapped is not moved: no rule=short");
	if (r->bytes & (block - 1))
		return tgt_err(extack, -EINVAL, "bytes=%u is not a multiple of the block size %u",
			       r->bytes, block);
	return 0;
}

static int fault_parse(const struct fault_dev *f, struct fault_rule *r, char *text,
		       struct netlink_ext_ack *extack)
{
	char *word = strsep(&text, ",");
	int err = 0;

	r->action = fault_word(fault_actions, ARRAY_SIZE(fault_actions), word);
	if (!r->action)
		return tgt_err(extack, -EINVAL,
			       "rule=%s: delay, hang, error, lose or short is expected", word);
	r->half = true;
	r->prob = 1000;
	while (!err && (word = strsep(&text, ",")))
		err = fault_parse_pair(r, word, extack);
	return err ?: fault_rule_check(f, r, extack);
}

/* A rule of its text, or an ERR_PTR and an error text. */
struct fault_rule *fault_rule_parse(struct fault_dev *f, const char *text,
				    struct netlink_ext_ack *extack)
{
	struct fault_rule *r = kzalloc(sizeof(*r), GFP_KERNEL);
	char copy[FAULT_TEXT + 1];
	int err;

	if (!r)
		return ERR_PTR(tgt_err(extack, -ENOMEM, "no memory for a rule"));
	strscpy(r->text, text, sizeof(r->text));
	strscpy(copy, text, sizeof(copy));
	err = fault_parse(f, r, copy, extack);
	if (!err)
		return r;
	kfree(r);
	return ERR_PTR(err);
}

/* Under tgt_config_mutex. */
void fault_rules_clear(struct fault_dev *f)
{
	struct fault_rule *r, *next;

	list_for_each_entry_safe(r, next, &f->rules, node) {
		list_del_rcu(&r->node);
		kfree_rcu(r, rcu);
	}
	f->nr_rules = 0;
}

/* ---- matching -------------------------------------------------------------------------- */

static bool fault_rule_op(const struct fault_rule *r, const struct tgt_cmd *cmd,
			  enum tgt_lower_what what)
{
	switch (r->op) {
	case FAULT_ANY:
		return true;
	case FAULT_READ:
		return what == TGT_LOWER_MOVE && !tgt_cmd_is_write(cmd);
	case FAULT_WRITE:
		return what == TGT_LOWER_MOVE && tgt_cmd_is_write(cmd);
	case FAULT_FLUSH:
		return what == TGT_LOWER_FLUSH;
	case FAULT_UNMAP:
		return what == TGT_LOWER_UNMAP;
	}
	return cmd->cdb[0] == r->opcode;
}

static bool fault_rule_fits(const struct fault_rule *r, const struct tgt_cmd *cmd,
			    enum tgt_lower_what what)
{
	u8 shift = cmd->itl->dev->block_shift;
	u64 first = cmd->offset >> shift;

	if (!fault_rule_op(r, cmd, what))
		return false;
	if (r->action == FAULT_SHORT &&
	    (what != TGT_LOWER_MOVE || (!r->half && cmd->len <= r->bytes)))
		return false;
	if (!r->ranged)
		return true;
	return what != TGT_LOWER_FLUSH && first <= r->last &&
	       first + (cmd->len >> shift) > r->first;
}

/* Whether it is this command's turn; counts it. */
static bool fault_rule_hit(struct fault_rule *r)
{
	if (r->prob < 1000 && get_random_u32() % 1000 >= r->prob)
		return false;
	if (r->count)
		return atomic_add_unless(&r->hits, 1, r->count);
	atomic_inc(&r->hits);
	return true;
}

/*
 * The first rule that hits the command, or NULL. One whose count is used up or whose chance has
 * not come is as if it were not there. Under rcu_read_lock().
 */
struct fault_rule *fault_rule_match(struct fault_dev *f, const struct tgt_cmd *cmd,
				    enum tgt_lower_what what)
{
	struct fault_rule *r;

	list_for_each_entry_rcu(r, &f->rules, node)
		if (fault_rule_fits(r, cmd, what) && fault_rule_hit(r))
			return r;
	return NULL;
}
