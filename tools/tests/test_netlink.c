// SPDX-License-Identifier: GPL-2.0
/* Messages: what the kernel could send, and what the tool makes of it. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tgtcore.h>
#include <stdlib.h>

#include "nlerr.h"
#include "schema.h"
#include "tap.h"
#include "util.h"

static struct record *parse(const struct set *set, u8 cmd, struct nl_msg *msg)
{
	struct record *rec = record_parse(set, cmd, nlmsg_data(nlmsg_hdr(msg)),
					  nlmsg_datalen(nlmsg_hdr(msg)));

	nlmsg_free(msg);
	return rec;
}

static void is_json(json_t *json, const char *wanted, const char *what)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	is_text(text, wanted, what);
	free(text);
	json_decref(json);
}

static void is_member(const struct record *rec, unsigned int flags, const char *key,
		      const char *wanted)
{
	json_t *obj = record_json(rec, flags);
	json_t *val = json_incref(json_object_get(obj, key));
	char *text = val ? json_dumps(val, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	is_text(text, wanted, key);
	free(text);
	json_decref(val);
	json_decref(obj);
}

static void is_members(const struct record *rec, unsigned int flags, size_t n, const char *what)
{
	json_t *obj = record_json(rec, flags);

	ok(json_object_size(obj) == n, "%s", what);
	json_decref(obj);
}

static void put_pair(struct nl_msg *msg, int attr, const char *key, const char *val)
{
	put_option(msg, attr, key, val);
}

static void test_record(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	struct record *rec;

	nla_put_string(msg, TGTCORE_A_DEVICE_NAME, "d0");
	nla_put_u64(msg, TGTCORE_A_DEVICE_SIZE, 1ULL << 40);
	nla_put_u8(msg, TGTCORE_A_DEVICE_READONLY, 1);
	put_pair(msg, TGTCORE_A_DEVICE_OPTION, "zero", "yes");
	put_pair(msg, TGTCORE_A_DEVICE_OPTION, "path", "/x");
	nla_put_u32(msg, TGTCORE_A_DEVICE_STATE, TGTCORE_STATE_DELETING);
	nla_put_u64(msg, TGTCORE_A_DEVICE_NAA, 0x3000000000000001);
	nla_put_u32(msg, 200, 1);
	rec = parse(&set_device, TGTCORE_CMD_DEVICE_NTF, msg);
	is_member(rec, 0, "name", "\"d0\"");
	is_member(rec, 0, "size", "1099511627776");
	is_member(rec, 0, "readonly", "true");
	is_member(rec, 0, "options", "{\"path\":\"/x\",\"zero\":\"yes\"}");
	is_member(rec, 0, "state", "\"deleting\"");
	is_member(rec, 0, "naa", "\"3000000000000001\"");
	is_member(rec, 0, "uppers", "[]");
	is_members(rec, 0, 7, "a device has what was sent of it, and nothing over it");
	is_member(rec, ATTR_SAVED, "options", "{\"path\":\"/x\",\"zero\":\"yes\"}");
	is_members(rec, ATTR_SAVED, 4, "what of it is saved");
	free(rec);
}

static void test_bad_records(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	struct record *rec;

	nla_put(msg, TGTCORE_A_LUN_FABRIC, 4, "loop");
	nla_put(msg, TGTCORE_A_LUN_TARGET, 0, NULL);
	nla_put_u8(msg, TGTCORE_A_LUN_NUMBER, 1);
	nla_put_string(msg, TGTCORE_A_LUN_NODE, "sda");
	rec = parse(&set_lun, TGTCORE_CMD_LUN_NTF, msg);
	is_json(record_json(rec, 0), "{\"node\":\"/dev/sda\"}",
		"attributes that are too short, or text without an end, are left out");
	free(rec);

	msg = nlmsg_alloc_simple(0, 0);
	nla_put_string(msg, TGTCORE_A_GROUP_INITIATOR, "b\xff");
	nla_put_string(msg, TGTCORE_A_GROUP_INITIATOR, "a");
	rec = parse(&set_group, TGTCORE_CMD_GROUP_NTF, msg);
	is_json(record_json(rec, 0), "{\"initiators\":[\"a\",\"b?\"]}",
		"bytes that are no UTF-8 are shown as question marks");
	ok(!record_json(rec, ATTR_SAVED), "and are not saved as something else");
	free(rec);
	rec = record_parse(&set_group, TGTCORE_CMD_GROUP_GONE_NTF, "", 0);
	is_json(record_json(rec, 0), "{}", "of what is gone there are no empty lists");
	free(rec);
}

static struct record *lun(const char *target, const char *group, u32 number)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);

	nla_put_string(msg, TGTCORE_A_LUN_FABRIC, "loop");
	nla_put_string(msg, TGTCORE_A_LUN_TARGET, target);
	if (group)
		nla_put_string(msg, TGTCORE_A_LUN_GROUP, group);
	nla_put_u32(msg, TGTCORE_A_LUN_NUMBER, number);
	return parse(&set_lun, TGTCORE_CMD_LUN_GET, msg);
}

static void test_order(void)
{
	static const char *const wanted[] = { "lun loop:t2 2", "lun loop:t2 10",
		"lun loop:t2 1 group=g", "lun loop:t10 0" };
	struct records recs = { 0 };

	records_add(&recs, lun("t10", NULL, 0));
	records_add(&recs, lun("t2", "g", 1));
	records_add(&recs, lun("t2", NULL, 10));
	records_add(&recs, lun("t2", NULL, 2));
	records_sort(&recs);
	for (size_t i = 0; i < recs.nr; i++) {
		char *subject = record_subject(recs.rec[i]);

		is_text(subject, wanted[i], "LUNs in order");
		free(subject);
	}
	records_free(&recs);
}

/* ---- errors -------------------------------------------------------------------------- */

static struct nl_msg *request(void)
{
	struct genlmsghdr genl = { .cmd = TGTCORE_CMD_LUN_CREATE };
	struct nl_msg *msg = nlmsg_alloc_simple(100, NLM_F_REQUEST);

	nlmsg_append(msg, &genl, sizeof(genl), NLMSG_ALIGNTO);
	nla_put_string(msg, TGTCORE_A_LUN_FABRIC, "loop");
	nla_put_u32(msg, TGTCORE_A_LUN_NUMBER, 99999);
	return msg;
}

static struct nl_msg *answer(int err, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_simple(NLMSG_ERROR, flags);
	struct nlmsgerr ack = { .error = err };

	nlmsg_append(msg, &ack, sizeof(ack), NLMSG_ALIGNTO);
	return msg;
}

static void is_error(struct nl_msg *msg, int err, const char *wanted, const char *what)
{
	struct nl_msg *req = request();
	char text[256];
	int ret = nlerr_parse(nlmsg_hdr(msg), nlmsg_hdr(req), text, sizeof(text));

	ok(ret == err, "%s: %d", what, err);
	is_text(text, wanted, what);
	nlmsg_free(req);
	nlmsg_free(msg);
}

static void test_errors(void)
{
	struct nl_msg *msg;
	struct nlattr *policy;

	is_error(answer(0, 0), 0, "", "no error");
	is_error(answer(-EEXIST, 0), -EEXIST, "File exists", "an error without text");
	is_error(answer(-EPERM, 0), -EPERM, "Operation not permitted (only root may do that)",
		 "no permission");

	msg = answer(-EEXIST, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "LUN 1 is\ntaken");
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, NLMSG_HDRLEN + GENL_HDRLEN + 12);
	is_error(msg, -EEXIST, "LUN 1 is?taken", "the kernel's text");

	msg = answer(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_u32(msg, NLMSGERR_ATTR_MISS_TYPE, TGTCORE_A_LUN_DEVICE);
	is_error(msg, -EINVAL, "device is missing", "an attribute that is missing");

	msg = answer(-ERANGE, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "integer out of range");
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, NLMSG_HDRLEN + GENL_HDRLEN + 12);
	policy = nla_nest_start(msg, NLMSGERR_ATTR_POLICY);
	nla_put_u64(msg, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 0);
	nla_put_u64(msg, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 16383);
	nla_nest_end(msg, policy);
	is_error(msg, -ERANGE, "integer out of range: number, 0 to 16383",
		 "an attribute out of its policy's range");
}

/* Random bytes behind an error: no crash. The sanitizers are the judges. */
static void test_random_errors(void)
{
	struct nl_msg *req = request();
	char text[64];
	bool ended = true;

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		int capped = random() % 2 ? NLM_F_CAPPED : 0;
		struct nl_msg *msg = answer(-EINVAL, capped | NLM_F_ACK_TLVS);
		struct nlmsgerr *ack = nlmsg_data(nlmsg_hdr(msg));
		unsigned char junk[64];
		int len = random() % sizeof(junk) & ~3;

		for (int j = 0; j < len; j++)
			junk[j] = random() % 4 ? random() % 12 : random();
		ack->msg.nlmsg_len = random() % 4 ? random() % 80 : random();
		nlmsg_append(msg, junk, len, 0);
		nlerr_parse(nlmsg_hdr(msg), nlmsg_hdr(req), text, sizeof(text));
		ended = ended && memchr(text, 0, sizeof(text));
		nlmsg_free(msg);
	}
	nlmsg_free(req);
	ok(ended, "20000 answers of junk");
}

/* ---- values -------------------------------------------------------------------------- */

static void is_put(unsigned int attr, const char *val, const char *why)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	const char *got = put_text(msg, &set_device, attr, val);

	is_text(got ?: "good", why ?: "good", val);
	nlmsg_free(msg);
}

static void test_values(void)
{
	is_put(TGTCORE_A_DEVICE_SIZE, "1G", NULL);
	is_put(TGTCORE_A_DEVICE_SIZE, "0", "a size cannot be 0");
	is_put(TGTCORE_A_DEVICE_SIZE, "0K", "a size cannot be 0");
	is_put(TGTCORE_A_DEVICE_SIZE, "12X",
	       "not a size (bytes, or a number with K, M, G, T or P)");
	is_put(TGTCORE_A_DEVICE_SIZE, "99999P", "larger than 2^64 bytes");
	is_put(TGTCORE_A_DEVICE_QUEUE_LIMIT, "99999", NULL);
	is_put(TGTCORE_A_DEVICE_QUEUE_LIMIT, "4294967296", "number too large");
	is_put(TGTCORE_A_DEVICE_QUEUE_LIMIT, "many", "not a number");
	is_put(TGTCORE_A_DEVICE_READONLY, "perhaps", "yes or no expected");
	is_put(TGTCORE_A_DEVICE_STATE, "active", "cannot be given");
}

int main(void)
{
	test_record();
	test_bad_records();
	test_order();
	test_errors();
	test_random_errors();
	test_values();
	return tap_end();
}
