// SPDX-License-Identifier: GPL-2.0
/* What the netlink spec says of a message. */
#include "nlspec.h"
#include "nlspec-table.h"

const struct nlspec_op *nlspec_op(__u8 cmd)
{
	const struct nlspec_op *op;

	for (op = nlspec_ops; op->name; op++)
		if (op->cmd == cmd)
			return op;
	return NULL;
}

const struct nlspec_attr *nlspec_attr(const struct nlspec_attr *set, __u16 nr)
{
	for (; set->name; set++)
		if (set->nr == nr)
			return set;
	return NULL;
}

bool nlspec_has(const __u16 *list, __u16 nr)
{
	for (; *list; list++)
		if (*list == nr)
			return true;
	return false;
}

static const char *judge_attrs(const struct nlspec_attr *set, const __u16 *list,
			       const void *attrs, __u32 len, bool reply);

static __u64 number(const void *data, __u32 len)
{
	__u64 v = 0;

	memcpy(&v, data, len);
	return v;
}

static const char *judge_number(const struct nlspec_attr *spec, const void *data, __u32 len)
{
	static const __u8 width[] = { [NLSPEC_U8] = 1, [NLSPEC_U32] = 4, [NLSPEC_U64] = 8 };
	__u64 v;

	if (len != width[spec->type])
		return "a number of another width";
	v = number(data, len);
	if (spec->values && v >= spec->values)
		return "no value of its enum";
	return v < spec->min || v > spec->max ? "a number out of range" : NULL;
}

/* Whatever is behind the first NUL is no part of it. */
static const char *judge_string(const struct nlspec_attr *spec, const char *data, __u32 len)
{
	const char *end = len ? memchr(data, 0, len) : NULL;

	if (!end)
		return "a string without an end";
	if (end - data < spec->min)
		return "a string too short";
	return end - data > spec->max ? "a string too long" : NULL;
}

static const char *judge_attr(const struct nlspec_attr *spec, const struct nlattr *a, bool reply)
{
	const char *data = (const char *)a + NLA_HDRLEN;
	__u32 len = a->nla_len - NLA_HDRLEN;
	bool nested = a->nla_type & NLA_F_NESTED, nest = spec->type == NLSPEC_NEST;

	/* the kernel's own answers may leave the flag out */
	if (!reply && nested != nest)
		return nested ? "a nest that should be none" : "no nest where one should be";
	switch (spec->type) {
	case NLSPEC_STRING:
		return judge_string(spec, data, len);
	case NLSPEC_NEST:
		return judge_attrs(spec->nest, NULL, data, len, reply);
	case NLSPEC_U8:
	case NLSPEC_U32:
	case NLSPEC_U64:
		return judge_number(spec, data, len);
	case NLSPEC_PAD:
		return len ? "padding with something in it" : NULL;
	default:
		return NULL;
	}
}

/* @list: what of @set may be there; NULL is all */
static const char *judge_attrs(const struct nlspec_attr *set, const __u16 *list,
			       const void *attrs, __u32 len, bool reply)
{
	const char *p = attrs, *end = p + len, *why;

	while (p < end) {
		const struct nlattr *a = (const void *)p;
		const struct nlspec_attr *spec;

		if (end - p < NLA_HDRLEN || a->nla_len < NLA_HDRLEN || a->nla_len > end - p)
			return "bytes that are no attribute";
		p += NLA_ALIGN(a->nla_len);
		spec = nlspec_attr(set, a->nla_type & NLA_TYPE_MASK);
		if (!spec)
			return "an unknown attribute";
		if (list && !nlspec_has(list, spec->nr) && !(reply && spec->type == NLSPEC_PAD))
			return "an attribute out of place";
		if (!spec->multi && spec->type != NLSPEC_PAD && p < end &&
		    nl_find_attr(p, end - p, spec->nr))
			return "an attribute given twice";
		why = judge_attr(spec, a, reply);
		if (why)
			return why;
	}
	return NULL;
}

const char *nlspec_judge(const void *msg, __u32 len, bool *silent)
{
	const __u16 known = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO;
	const struct nlmsghdr *h = msg;
	const struct genlmsghdr *g = NLMSG_DATA(h);
	const __u32 head = NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlspec_op *op;
	__u16 flags = h->nlmsg_flags;
	int mode = NLSPEC_DO;

	*silent = true;
	if (len < head)
		return "no command";
	if ((flags & NLM_F_DUMP) == NLM_F_DUMP) {
		mode = NLSPEC_DUMP;
		flags &= ~NLM_F_DUMP;
	}
	op = nlspec_op(g->cmd);
	if (!op)
		return "an unknown command";
	if (!op->mode[mode].exists)
		return mode == NLSPEC_DUMP ? "no dump of this" : "only a dump of this";
	*silent = false;
	if (flags & ~known)
		return "flags that mean nothing here";
	if (g->reserved)
		return "something in a reserved field";
	return judge_attrs(op->set, op->mode[mode].request, (const char *)msg + head, len - head,
			   false);
}

const char *nlspec_judge_reply(const struct nlspec_op *op, int mode, const struct nl_msg *m)
{
	if (m->cmd != op->cmd)
		return "another command than asked for";
	if (!*op->mode[mode].reply)
		return "an answer where there is none";
	return judge_attrs(op->set, op->mode[mode].reply, m->attrs, m->len, true);
}
