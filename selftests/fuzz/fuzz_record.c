// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool reads from the kernel: objects and errors of any bytes. An object always has
 * JSON and a name; what can be saved of it comes back the same when it is put into a request
 * and read again; a list of objects can be put in order; an error has a text that ends, and
 * shows a terminal nothing but text.
 */
// tool: yes
#include <ctype.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tgtcore.h>
#include <netlink/msg.h>
#include "fuzz.h"
#include "nl_sock.h"
#include "nlerr.h"
#include "schema.h"

#define FAMILY	32
#define MSG_LEN	16384	/* 512 bytes of input make less */

/* A message of the family's, as it comes from the socket: its length is true. */
static struct nlmsghdr *message(struct input *in, u16 type, u8 cmd, size_t len)
{
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlmsghdr *nlh = calloc(1, head + len);
	struct genlmsghdr *genl = nlmsg_data(nlh);

	nlh->nlmsg_len = head + len;
	nlh->nlmsg_type = type;
	genl->cmd = cmd;
	take(in, (char *)nlh + head, len);
	return nlh;
}

/* Attributes out of few bytes: a type and a length each, so that most are of the set and fit. */
static void put_attrs(struct nl_msg *msg, struct input *in)
{
	unsigned int n;

	for (n = 0; n < 32 && in->len; n++) {
		u8 type = take_u8(in), len = take_u8(in), data[256] = { };

		take(in, data, len);
		if (type & 0x80 && len)
			data[len - 1] = 0;
		if (type & 0x40) {
			struct nlattr *nest = nla_nest_start(msg, type & 0x1f);
			u8 key = len ? data[0] % len : 0;

			nla_put(msg, TGTCORE_A_OPTION_KEY, key, data);
			nla_put(msg, TGTCORE_A_OPTION_VALUE, len - key, data + key);
			nla_nest_end(msg, nest);
		} else {
			nla_put(msg, type & 0x1f, len, data);
		}
	}
}

static struct nlmsghdr *some_object(struct input *in)
{
	u8 cmd = take_u8(in) % (TGTCORE_CMD_MAX + 2);
	struct nlmsghdr *nlh;
	struct nl_msg *msg;
	struct input raw;

	if (take_u8(in) & 1)
		return message(in, FAMILY, cmd, in->len);
	msg = nlmsg_alloc_size(MSG_LEN);
	put_attrs(msg, in);
	raw = (struct input){ nlmsg_data(nlmsg_hdr(msg)), nlmsg_datalen(nlmsg_hdr(msg)) };
	nlh = message(&raw, FAMILY, cmd, raw.len);
	nlmsg_free(msg);
	return nlh;
}

static struct record *parse_msg(const struct set *set, u8 cmd, struct nl_msg *msg)
{
	return record_parse(set, cmd, nlmsg_data(nlmsg_hdr(msg)), nlmsg_datalen(nlmsg_hdr(msg)));
}

/* A request as restore makes it of the saved object, read as the kernel would answer it. */
static void check_saved(const struct record *rec)
{
	json_t *saved = record_json(rec, ATTR_SAVED), *again, *val, *one;
	struct nl_msg *msg;
	struct record *back;
	const char *key;
	size_t i;

	/* a text that is no UTF-8; and of what is gone, empty lists are not told */
	if (!saved || rec->cmd == rec->set->gone) {
		json_decref(saved);
		return;
	}
	msg = nlmsg_alloc_size(MSG_LEN);
	json_object_foreach(saved, key, val) {
		unsigned int attr = attr_by_name(rec->set, key, strlen(key));

		CHECK(attr && rec->set->attrs[attr].flags & ATTR_SAVED);
		if (json_is_array(val))
			json_array_foreach(val, i, one)
				CHECK(!put_json(msg, rec->set, attr, one));
		else
			CHECK(!put_json(msg, rec->set, attr, val));
	}
	back = parse_msg(rec->set, rec->cmd, msg);
	again = record_json(back, ATTR_SAVED);
	if (!json_equal(saved, again)) {
		json_dumpf(saved, stderr, 0);
		if (again)
			json_dumpf(again, stderr, 0);
		CHECK(!"what is saved comes back");
	}
	json_decref(again);
	free(back);
	nlmsg_free(msg);
	json_decref(saved);
}

/* What is taken for an attribute holds what its type says. */
static void check_attrs(const struct record *rec)
{
	for (unsigned int i = 0; i < rec->set->nr; i++) {
		const struct nlattr *nla = rec->tb[i];
		int len = nla ? nla_len(nla) : 0;

		switch (nla ? rec->set->attrs[i].type : ATTR_BINARY) {
		case ATTR_BINARY:
		case ATTR_OPTIONS:
		case ATTR_REGISTRANTS:
		case ATTR_U64_ARRAY:
			break;
		case ATTR_BOOL:
			CHECK(len >= 1);
			break;
		case ATTR_U32:
		case ATTR_STATE:
		case ATTR_STAGE:
			CHECK(len >= 4);
			break;
		case ATTR_U64:
		case ATTR_SIZE:
		case ATTR_HEX64:
			CHECK(len >= 8);
			break;
		default:
			CHECK(memchr(nla_data(nla), 0, len));
		}
	}
}

static void check_record(const struct record *rec)
{
	json_t *json = record_json(rec, 0);
	char *text, *subject = record_subject(rec);
	json_t *again;

	check_attrs(rec);
	CHECK(json && subject && *subject);
	text = json_dumps(json, 0);
	CHECK(text);
	again = json_loads(text, 0, NULL);
	CHECK(again && json_equal(json, again));
	json_decref(again);
	free(text);
	free(subject);
	json_decref(json);
	check_saved(rec);
}

static void fuzz_objects(struct input *in)
{
	struct records recs = { 0 };
	struct nlmsghdr *nlh;
	struct record *rec;
	size_t i;

	while (in->len) {
		size_t len = take_u16(in) % 512;
		struct input part = { in->p, len < in->len ? len : in->len };

		in->p += part.len;
		in->len -= part.len;
		nlh = some_object(&part);
		rec = tnl_record(nlh, FAMILY);
		free(nlh);
		if (!rec)
			continue;
		CHECK(rec->set == cmd_set(rec->cmd));
		check_record(rec);
		if (recs.nr && recs.rec[0]->set != rec->set)
			free(rec);
		else
			records_add(&recs, rec);
	}
	i = recs.nr;
	records_sort(&recs);
	CHECK(recs.nr == i);
	records_free(&recs);
}

/* What nlerr_parse() gets: an errno, the request, or less of it, and attributes. */
static struct nlmsghdr *some_error(struct input *in)
{
	u8 how = take_u8(in), echo = take_u8(in) % 64;
	struct nlmsgerr ack = { .error = -(take_u8(in) % 40) };
	struct nlmsghdr *nlh;
	struct nl_msg *msg;

	msg = nlmsg_alloc_simple(how & 1 ? NLMSG_DONE : NLMSG_ERROR,
				 (how & 2 ? NLM_F_CAPPED : 0) | (how & 4 ? NLM_F_ACK_TLVS : 0));
	ack.msg.nlmsg_len = how & 8 ? take_u32(in) : NLMSG_HDRLEN + echo;
	if (how & 1) {
		nlmsg_append(msg, &ack.error, sizeof(ack.error), 0);
	} else {
		nlmsg_append(msg, &ack, sizeof(ack), NLMSG_ALIGNTO);
		if (!(how & 2))
			memset(nlmsg_reserve(msg, NLMSG_ALIGN(echo), 0), 0x5a, NLMSG_ALIGN(echo));
	}
	if (how & 16) {
		size_t len = in->len > 512 ? 512 : in->len;

		take(in, nlmsg_reserve(msg, len, 0), len);
	} else {
		put_attrs(msg, in);
	}
	nlh = exactly(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	return nlh;
}

static void fuzz_error(struct input *in)
{
	u8 req_len = take_u8(in);
	struct nlmsghdr *req = message(in, FAMILY, take_u8(in) % (TGTCORE_CMD_MAX + 2), req_len);
	size_t size = 1 + take_u8(in), i;
	char *text = malloc(size);
	struct nlmsghdr *nlh;
	int ret;

	nlh = some_error(in);
	ret = nlerr_parse(nlh, req, text, size);
	CHECK(ret <= 0 && strnlen(text, size) < size);
	CHECK(ret || !*text);
	for (i = 0; text[i]; i++)
		CHECK(!iscntrl((unsigned char)text[i]));
	free(text);
	free(nlh);
	free(req);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	if (take_u8(&in) % 4)
		fuzz_objects(&in);
	else
		fuzz_error(&in);
	return 0;
}
