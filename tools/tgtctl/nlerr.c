// SPDX-License-Identifier: GPL-2.0
/*
 * Extended acknowledgments. The engine's own checks bring a text; those of the netlink core
 * (ranges, lengths, missing attributes) only point at an attribute, and are put in words here.
 */
#include <errno.h>
#include <limits.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "nlerr.h"
#include "parse.h"
#include "schema.h"

#define ATTR_NR(tb)	(sizeof(tb) / sizeof((tb)[0]) - 1)

/* Name of the request's attribute that byte @offs is in, or NULL. */
static const char *attr_at(const struct nlmsghdr *req, u32 offs)
{
	const struct genlmsghdr *genl = nlmsg_data(req);
	const struct set *set = cmd_set(genl->cmd);
	struct nlattr *nla;
	int rem;

	if (!set)
		return NULL;
	nlmsg_for_each_attr(nla, (struct nlmsghdr *)req, GENL_HDRLEN, rem) {
		size_t begin = (const char *)nla - (const char *)req;

		if (offs < begin || offs >= begin + NLA_ALIGN(nla->nla_len))
			continue;
		if ((unsigned int)nla_type(nla) < set->nr)
			return set->attrs[nla_type(nla)].name;
	}
	return NULL;
}

static const char *missing_attr(const struct nlmsghdr *req, const struct nlattr *miss)
{
	const struct genlmsghdr *genl = nlmsg_data(req);
	const struct set *set = cmd_set(genl->cmd);
	u32 type = nla_get_u32(miss);

	return set && type < set->nr ? set->attrs[type].name : NULL;
}

/* Append ", 0 to 16383" from the policy an attribute broke. */
static size_t put_policy(struct nlattr *policy, char *text, size_t len)
{
	struct nlattr *tb[NL_POLICY_TYPE_ATTR_MAX + 1];
	struct nlattr *min, *max;

	if (nla_parse_nested(tb, ATTR_NR(tb), policy, NULL))
		return 0;
	min = tb[NL_POLICY_TYPE_ATTR_MIN_VALUE_U];
	max = tb[NL_POLICY_TYPE_ATTR_MAX_VALUE_U];
	if (min && max && nla_len(min) == 8 && nla_len(max) == 8) {
		u64 from = nla_get_u64(min), to = nla_get_u64(max);

		return snprintf(text, len, ", %llu to %llu", from, to);
	}
	max = tb[NL_POLICY_TYPE_ATTR_MAX_LENGTH];
	if (max && nla_len(max) == 4 && nla_get_u32(max))
		return snprintf(text, len, ", at most %u bytes", nla_get_u32(max));
	return 0;
}

static void compose(int err, struct nlattr **tb, const struct nlmsghdr *req, char *text,
		    size_t len)
{
	const char *attr = NULL;
	size_t n;

	if (tb[NLMSGERR_ATTR_MSG]) {
		printable(text, len, nla_data(tb[NLMSGERR_ATTR_MSG]));
		/* the kernel fills its texts up with spaces */
		for (n = strlen(text); n && text[n - 1] == ' '; n--)
			text[n - 1] = 0;
	} else if (tb[NLMSGERR_ATTR_MISS_TYPE]) {
		attr = missing_attr(req, tb[NLMSGERR_ATTR_MISS_TYPE]);
		snprintf(text, len, "%s is missing", attr ?: "something");
		return;
	} else if (err == -EPERM) {
		snprintf(text, len, "%s (only root may do that)", strerror(-err));
	} else {
		snprintf(text, len, "%s", strerror(-err));
	}
	if (!tb[NLMSGERR_ATTR_OFFS])
		return;
	/* The netlink core's texts name no attribute, the engine's do. */
	if (tb[NLMSGERR_ATTR_MSG] && !tb[NLMSGERR_ATTR_POLICY])
		return;
	attr = attr_at(req, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]));
	if (!attr)
		return;
	n = strlen(text);
	n += snprintf(text + n, len - n, ": %s", attr);
	if (n < len && tb[NLMSGERR_ATTR_POLICY])
		put_policy(tb[NLMSGERR_ATTR_POLICY], text + n, len - n);
}

/*
 * Read an acknowledgment, or the end of a dump, of the request @req. Returns 0 or -errno;
 * then @text says why.
 */
int nlerr_parse(const struct nlmsghdr *nlh, const struct nlmsghdr *req, char *text, size_t len)
{
	static const struct nla_policy policy[NLMSGERR_ATTR_MAX + 1] = {
		[NLMSGERR_ATTR_MSG]	= { .type = NLA_STRING },
		[NLMSGERR_ATTR_OFFS]	= { .type = NLA_U32 },
		[NLMSGERR_ATTR_MISS_TYPE] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { NULL };
	const struct nlmsgerr *ack = nlmsg_data(nlh);
	size_t skip = sizeof(int);
	int err = 0, body = nlmsg_datalen(nlh);

	*text = '\0';
	if (body >= (int)sizeof(int))
		memcpy(&err, ack, sizeof(err));
	if (err >= 0)
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*ack);
		/* the request comes back between header and text, unless it was cut off */
		if (body >= (int)skip && !(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    ack->msg.nlmsg_len >= NLMSG_HDRLEN && ack->msg.nlmsg_len <= INT_MAX / 2)
			skip += NLMSG_ALIGN(ack->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && body > (int)skip)
		nla_parse(tb, NLMSGERR_ATTR_MAX,
			  (struct nlattr *)((char *)nlmsg_data(nlh) + skip), body - skip,
			  (struct nla_policy *)policy);
	compose(err, tb, req, text, len);
	return err;
}
