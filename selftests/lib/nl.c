// SPDX-License-Identifier: GPL-2.0
/* The engine's generic netlink family by hand, for test programs. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "nl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

static __u32 put_args(char *buf, __u32 at, const struct nl_arg *a)
{
	for (; a->type; a++) {
		struct nlattr *nla = (void *)(buf + at);
		__u32 len = NLA_HDRLEN;

		memset(nla, 0, NLA_HDRLEN);
		nla->nla_type = a->type;
		if (a->nest) {
			len = put_args(buf, at + NLA_HDRLEN, a->nest) - at;
		} else if (a->len) {
			memset(buf + at + NLA_HDRLEN, 0, NLA_ALIGN(a->len));
			memcpy(buf + at + NLA_HDRLEN, a->data, a->len);
			len += a->len;
		}
		nla->nla_len = len;
		at += NLA_ALIGN(len);
	}
	return at;
}

static __u32 build(struct nl *nl, void *buf, __u16 family, __u8 cmd, __u16 flags,
		   const struct nl_arg *args)
{
	struct nlmsghdr *h = buf;
	struct genlmsghdr *g = NLMSG_DATA(h);
	static const struct nl_arg none;

	memset(buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	h->nlmsg_type = family;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	h->nlmsg_seq = ++nl->seq;
	g->cmd = cmd;
	g->version = TGTCORE_GENL_VERSION;
	h->nlmsg_len = put_args(buf, NLMSG_HDRLEN + GENL_HDRLEN, args ?: &none);
	return h->nlmsg_len;
}

/* A whole message in @buf of NL_BUF bytes; its length. */
__u32 nl_build(struct nl *nl, void *buf, __u8 cmd, __u16 flags, const struct nl_arg *args)
{
	return build(nl, buf, nl->family, cmd, flags, args);
}

int nl_send(struct nl *nl, const void *buf, __u32 len)
{
	return send(nl->fd, buf, len, 0) < 0 ? -errno : 0;
}

const struct nlattr *nl_find_attr(const void *attrs, __u32 len, __u16 type)
{
	const char *p = attrs, *end = p + len;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - p)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		p += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/* Text and attribute of an error; @h holds the request too, or only its header. */
static void parse_error(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	__u32 off = NLMSG_HDRLEN + sizeof(*e);
	const struct nlattr *a;

	nl->text[0] = 0;
	nl->attr = 0;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		off += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (off > h->nlmsg_len)
		return;
	a = nl_find_attr((const char *)h + off, h->nlmsg_len - off, NLMSGERR_ATTR_MSG);
	if (a)
		strncpy(nl->text, (const char *)a + NLA_HDRLEN, sizeof(nl->text) - 1);
	a = nl_find_attr((const char *)h + off, h->nlmsg_len - off, NLMSGERR_ATTR_OFFS);
	/* the request is echoed with errors, so what the offset points at can be read */
	if (a && !(h->nlmsg_flags & NLM_F_CAPPED)) {
		__u32 at = *(const __u32 *)((const char *)a + NLA_HDRLEN);

		if (at + NLA_HDRLEN <= e->msg.nlmsg_len)
			nl->attr = ((const struct nlattr *)((const char *)&e->msg + at))->nla_type &
				   NLA_TYPE_MASK;
	}
}

/* Waits for the outcome of the last request; an answer before it stays in nl->buf. */
int nl_ack(struct nl *nl)
{
	const struct nlmsghdr *h = (const void *)nl->buf;
	const struct nlmsgerr *e = NLMSG_DATA(h);
	static const int ms = 60000;
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	char *first = NULL;
	__u32 first_len = 0;
	ssize_t n;
	int ret;

	for (;;) {
		ret = -ETIMEDOUT;
		if (poll(&p, 1, ms) <= 0)
			break;
		n = recv(nl->fd, nl->buf, NL_BUF, 0);
		ret = -errno;
		if (n < 0)
			break;
		if (h->nlmsg_seq != nl->seq)
			continue;		/* of an earlier request */
		if (h->nlmsg_type != NLMSG_ERROR) {
			free(first);
			first = malloc(n);
			memcpy(first, nl->buf, n);
			first_len = n;
			continue;
		}
		ret = e->error;
		if (ret)
			parse_error(nl, h);
		break;
	}
	if (first)
		memcpy(nl->buf, first, first_len);
	nl->len = first_len;
	free(first);
	return ret;
}

int nl_do(struct nl *nl, __u8 cmd, const struct nl_arg *args)
{
	char *buf = malloc(NL_BUF);
	int ret = nl_send(nl, buf, nl_build(nl, buf, cmd, 0, args));

	free(buf);
	return ret ?: nl_ack(nl);
}

static void parse_msg(const struct nlmsghdr *h, struct nl_msg *m)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);

	m->cmd = g->cmd;
	m->attrs = (const void *)((const char *)g + GENL_HDRLEN);
	m->len = h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
}

bool nl_reply(struct nl *nl, struct nl_msg *m)
{
	if (!nl->len)
		return false;
	parse_msg((const void *)nl->buf, m);
	return true;
}

int nl_begin_dump(struct nl *nl, __u8 cmd, const struct nl_arg *args)
{
	char *buf = malloc(NL_BUF);
	int ret = nl_send(nl, buf, nl_build(nl, buf, cmd, NLM_F_DUMP, args));

	free(buf);
	nl->intr = false;
	nl->text[0] = 0;
	return ret;
}

/* A dump that failed on its way has the text behind the error. */
static void parse_done(struct nl *nl, const struct nlmsghdr *h)
{
	const __u32 off = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(int));
	const struct nlattr *a;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || off > h->nlmsg_len)
		return;
	a = nl_find_attr((const char *)h + off, h->nlmsg_len - off, NLMSGERR_ATTR_MSG);
	if (a)
		strncpy(nl->text, (const char *)a + NLA_HDRLEN, sizeof(nl->text) - 1);
}

/* One message of a dump; 1 at its end, or -errno. */
static int dump_msg(struct nl *nl, struct nlmsghdr *h,
		    int (*fn)(const struct nl_msg *m, void *data), void *data)
{
	struct nl_msg m;
	int ret;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->intr = true;
	if (h->nlmsg_type == NLMSG_ERROR) {
		parse_error(nl, h);
		ret = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
		return ret ?: 1;
	}
	if (h->nlmsg_type == NLMSG_DONE) {
		ret = *(int *)NLMSG_DATA(h);
		parse_done(nl, h);
		return ret < 0 ? ret : 1;
	}
	parse_msg(h, &m);
	return fn ? fn(&m, data) : 0;
}

int nl_continue_dump(struct nl *nl, int (*fn)(const struct nl_msg *m, void *data), void *data)
{
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	struct nlmsghdr *h;
	ssize_t n;
	int ret;

	for (;;) {
		if (poll(&p, 1, 60000) <= 0)
			return -ETIMEDOUT;
		n = recv(nl->fd, nl->buf, NL_BUF, 0);
		if (n < 0)
			return -errno;
		for (h = (void *)nl->buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != nl->seq)
				continue;
			ret = dump_msg(nl, h, fn, data);
			if (ret)
				return ret == 1 ? 0 : ret;
		}
	}
}

int nl_dump(struct nl *nl, __u8 cmd, const struct nl_arg *args,
	    int (*fn)(const struct nl_msg *m, void *data), void *data)
{
	return nl_begin_dump(nl, cmd, args) ?: nl_continue_dump(nl, fn, data);
}

const struct nlattr *nl_attr(const struct nl_msg *m, __u16 type)
{
	return nl_find_attr(m->attrs, m->len, type);
}

const char *nl_str(const struct nl_msg *m, __u16 type)
{
	const struct nlattr *a = nl_attr(m, type);

	return a ? (const char *)a + NLA_HDRLEN : NULL;
}

__u64 nl_u64(const struct nl_msg *m, __u16 type)
{
	const struct nlattr *a = nl_attr(m, type);
	__u64 v = 0;

	if (!a || a->nla_len - NLA_HDRLEN > sizeof(v))
		return ~0ULL;
	memcpy(&v, (const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN);
	return v;
}

/* Number of the group of events in an answer of the controller. */
static __u32 find_group(const struct nl_msg *m)
{
	const struct nlattr *groups = nl_attr(m, CTRL_ATTR_MCAST_GROUPS), *g;
	struct nl_msg one;

	if (!groups)
		return 0;
	g = (const void *)((const char *)groups + NLA_HDRLEN);
	one.attrs = (const void *)((const char *)g + NLA_HDRLEN);
	one.len = g->nla_len - NLA_HDRLEN;
	return nl_u64(&one, CTRL_ATTR_MCAST_GRP_ID);
}

int nl_open(struct nl *nl)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	char buf[256];
	struct nl_msg m;
	int one = 1, size = 4 << 20, ret;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	nl->buf = malloc(NL_BUF);
	if (nl->fd < 0 || !nl->buf)
		return -ENOMEM;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(nl->fd, (void *)&addr, sizeof(addr)))
		return -errno;
	ret = nl_send(nl, buf, build(nl, buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0,
				     ARGS(STR(CTRL_ATTR_FAMILY_NAME, TGTCORE_GENL_NAME))));
	ret = ret ?: nl_ack(nl);
	if (ret || !nl_reply(nl, &m))
		return ret ?: -ENOENT;
	nl->family = nl_u64(&m, CTRL_ATTR_FAMILY_ID);
	nl->group = find_group(&m);
	return nl->group ? 0 : -ENOENT;
}

void nl_close(struct nl *nl)
{
	close(nl->fd);
	free(nl->buf);
}

int nl_listen(struct nl *nl)
{
	int group = nl->group;

	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ?
		-errno : 0;
}

int nl_event(struct nl *nl, struct nl_msg *m, int timeout_ms)
{
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };

	if (poll(&p, 1, timeout_ms) <= 0)
		return -EAGAIN;
	if (recv(nl->fd, nl->buf, NL_BUF, 0) < 0)
		return -errno;
	parse_msg((const void *)nl->buf, m);
	return 0;
}

__u64 nl_generation(struct nl *nl)
{
	struct nl_msg m;

	if (nl_do(nl, TGTCORE_CMD_INFO_GET, NULL) || !nl_reply(nl, &m))
		return ~0ULL;
	return nl_u64(&m, TGTCORE_A_INFO_GENERATION);
}
