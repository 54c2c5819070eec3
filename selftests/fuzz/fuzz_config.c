// SPDX-License-Identifier: GPL-2.0
/*
 * The saved file: JSON of any bytes. A file that is refused has an error with a text; of one
 * that is let through, a plan is made that makes each object once, each after what it needs,
 * and all that stands in it can be sent; once the kernel has all that, the same file asks for
 * nothing more.
 */
// tool: yes
#include <linux/tgtcore.h>
#include <netlink/msg.h>
#include "config.h"
#include "fuzz.h"
#include "plan.h"
#include "util.h"

static size_t msg_len;		/* enough for all that stands in the file */

/* What names a LUN's or a group's parents, as apply.c puts it. */
static void put_parents(struct nl_msg *msg, const struct step *step)
{
	bool lun = step->set == &set_lun;

	if (!step->target)
		return;
	nla_put_string(msg, lun ? TGTCORE_A_LUN_FABRIC : TGTCORE_A_GROUP_FABRIC,
		       config_str(step->target, "fabric"));
	nla_put_string(msg, lun ? TGTCORE_A_LUN_TARGET : TGTCORE_A_GROUP_TARGET,
		       config_str(step->target, "name"));
	if (lun && step->group)
		nla_put_string(msg, TGTCORE_A_LUN_GROUP, config_str(step->group, "name"));
}

/* The engine's own limits, which the netlink spec tells; refused there, a restore breaks off. */
static void check_limits(const char *key, const json_t *val)
{
	static const struct {
		const char *key;
		json_int_t min, max;
	} limits[] = {
		{ "name", 1, 48 }, { "backend", 1, 48 }, { "fabric", 1, 48 }, { "handler", 1, 48 },
		{ "device", 1, 48 }, { "serial", 1, 36 }, { "initiators", 1, 223 },
		{ "number", 0, 16383 }, { "rtpi", 1, 65535 }, { "queue-limit", 1, 4096 },
		{ "block-size", 512, 4096 }, { "size", 1, INT64_MAX },
	};
	const char *opt;
	json_t *text;
	json_int_t n;

	if (json_is_object(val))
		json_object_foreach((json_t *)val, opt, text)
			CHECK(*opt && strlen(opt) <= 31 && strlen(json_string_value(text)) <= 4095);
	n = json_is_string(val) ? (json_int_t)strlen(json_string_value(val)) :
				  json_integer_value(val);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (!strcmp(key, limits[i].key))
			CHECK(n >= limits[i].min && n <= limits[i].max);
}

static void put_one(struct nl_msg *msg, const struct set *set, unsigned int attr,
		    const json_t *val)
{
	check_limits(set->attrs[attr].name, val);
	CHECK(!put_json(msg, set, attr, val));
}

static void put_member(struct nl_msg *msg, const struct set *set, const char *key, json_t *val)
{
	unsigned int attr = attr_by_name(set, key, strlen(key));
	json_t *one;
	size_t i;

	if (!(set->attrs[attr].flags & ATTR_SAVED))
		return;
	if (json_is_array(val))
		json_array_foreach(val, i, one)
			put_one(msg, set, attr, one);
	else
		put_one(msg, set, attr, val);
}

/* The object as the kernel tells it afterwards: with what the file leaves out. */
static struct record *made(const struct step *step)
{
	struct nl_msg *msg = nlmsg_alloc_size(msg_len);
	struct record *rec;
	const char *key;
	json_t *val;

	put_parents(msg, step);
	json_object_foreach((json_t *)step->obj, key, val)
		put_member(msg, step->set, key, val);
	if (step->set == &set_target && !json_object_get(step->obj, "handler"))
		nla_put_string(msg, TGTCORE_A_TARGET_HANDLER, "engine");
	if (step->set == &set_device && !json_object_get(step->obj, "readonly"))
		nla_put_u8(msg, TGTCORE_A_DEVICE_READONLY, 0);
	if (step->set == &set_lun && !json_object_get(step->obj, "readonly"))
		nla_put_u8(msg, TGTCORE_A_LUN_READONLY, 0);
	if (step->set == &set_lun && !json_object_get(step->obj, "profile"))
		nla_put_string(msg, TGTCORE_A_LUN_PROFILE, "linux");
	rec = record_parse(step->set, step->set->get, nlmsg_data(nlmsg_hdr(msg)),
			   nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
	return rec;
}

static bool before(const struct plan *plan, size_t end, const char *subject)
{
	for (size_t i = 0; i < end; i++)
		if (plan->steps[i].cmd == plan->steps[i].set->create &&
		    !strcmp(plan->steps[i].subject, subject))
			return true;
	return false;
}

/* A step that needs another comes after it. */
static void check_order(const struct plan *plan, size_t i)
{
	const struct step *step = &plan->steps[i];
	char *subject;

	CHECK(step->cmd == TGTCORE_CMD_GROUP_ADD ? before(plan, i, step->subject) :
	      step->cmd == step->set->create && !before(plan, i, step->subject));
	if (step->target) {
		subject = plan_target_subject(step->target);
		CHECK(before(plan, i, subject));
		free(subject);
	}
	if (step->set == &set_lun) {
		subject = subject_device(config_str(step->obj, "device"));
		CHECK(before(plan, i, subject));
		free(subject);
	}
}

/* The same file again, with all of it there. */
static void check_again(const struct plan *done, const json_t *root)
{
	struct config_errors errors = { 0 };
	struct plan plan = { 0 };
	size_t objects = 0;

	for (size_t i = 0; i < done->nr; i++) {
		const struct step *step = &done->steps[i];
		struct record *rec;
		char *subject;

		if (step->cmd == TGTCORE_CMD_GROUP_ADD)
			continue;
		rec = made(step);
		subject = record_subject(rec);
		CHECK(!strcmp(subject, step->subject));
		free(subject);
		records_add(&plan.recs[0], rec);
		map_add(&plan.there, step->subject)->val = rec;
		objects++;
	}
	plan_make(&plan, root, &errors);
	CHECK(!errors.nr && !plan.nr && plan.same == objects);
	plan_free(&plan);
	config_errors_free(&errors);
}

static size_t members(const json_t *root)
{
	json_t *targets = json_object_get(root, "targets"), *target, *group;
	size_t n = json_array_size(json_object_get(root, "devices")), i, g;

	json_array_foreach(targets, i, target) {
		n += 1 + json_array_size(json_object_get(target, "luns"));
		json_array_foreach(json_object_get(target, "groups"), g, group)
			n += 1 + json_array_size(json_object_get(group, "luns")) +
			     json_array_size(json_object_get(group, "initiators"));
	}
	return n;
}

static void check_plan(const json_t *root)
{
	struct config_errors errors = { 0 };
	struct plan plan = { 0 };

	plan_make(&plan, root, &errors);
	CHECK(!errors.nr && !plan.same && plan.nr == members(root));
	for (size_t i = 0; i < plan.nr && i < 200; i++)
		check_order(&plan, i);
	check_again(&plan, root);
	plan_free(&plan);
}

static void check_refused(const struct config_errors *errors)
{
	size_t i;

	CHECK(errors->nr);
	for (i = 0; i < errors->nr && i < CONFIG_ERRORS; i++)
		CHECK(errors->text[i] && *errors->text[i]);
}

/* ---- files that have the right form ----------------------------------------------------- */

static json_t *junk(struct input *in)
{
	char *text;
	json_t *val;

	switch (take_u8(in) % 6) {
	case 0:
		return json_null();
	case 1:
		return json_integer(take_u64(in));
	case 2:
		return json_real(0.5);
	case 3:
		return json_array();
	case 4:
		return json_pack("{s:s}", "path", "/x");
	default:
		text = take_text(in, 60);
		val = json_string(text);
		free(text);
		return val ?: json_string("");
	}
}

/* One of few names, so that they meet; with any of @how's high bits something else. */
static json_t *a_name(struct input *in, u8 how)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

	return how >= 0xf0 ? junk(in) : json_string(names[how % ARRAY_SIZE(names)]);
}

static json_t *a_number(struct input *in, u8 how)
{
	static const u16 edges[] = { 4096, 4097, 16383, 16384, 65535 };

	if (how >= 0xf0)
		return junk(in);
	return json_integer(how < 0xc0 ? how % 16 : edges[how % ARRAY_SIZE(edges)]);
}

static json_t *options(struct input *in, u8 n)
{
	json_t *obj = json_object();
	char *key, *val;

	for (n %= 4; n; n--) {
		key = take_text(in, 40);
		val = take_text(in, 20);
		json_object_set_new(obj, key, json_string(val));
		free(key);
		free(val);
	}
	return obj;
}

static json_t *a_device(struct input *in)
{
	u8 has = take_u8(in);
	json_t *dev = json_pack("{s:o,s:o}", "name", a_name(in, take_u8(in)), "backend",
				a_name(in, take_u8(in)));

	if (has & 1)
		json_object_set_new(dev, "size", json_integer(512 * (1 + take_u16(in))));
	if (has & 2)
		json_object_set_new(dev, "block-size", json_integer(has & 4 ? 4096 : 512));
	if (has & 8)
		json_object_set_new(dev, "serial", a_name(in, take_u8(in)));
	if (has & 16)
		json_object_set_new(dev, "readonly", json_boolean(has & 32));
	if (has & 64)
		json_object_set_new(dev, "queue-limit", a_number(in, take_u8(in)));
	if (has & 128)
		json_object_set_new(dev, "options", options(in, take_u8(in)));
	return dev;
}

static json_t *some(struct input *in, json_t *(*one)(struct input *in))
{
	json_t *array = json_array();
	u8 n = take_u8(in) % 5;

	while (n-- && in->len)
		json_array_append_new(array, one(in));
	return array;
}

static json_t *a_lun(struct input *in)
{
	json_t *lun = json_pack("{s:o,s:o}", "number", a_number(in, take_u8(in)), "device",
				a_name(in, take_u8(in)));
	u8 has = take_u8(in);

	if (has & 1)
		json_object_set_new(lun, "readonly", json_boolean(has & 2));
	return lun;
}

static json_t *an_initiator(struct input *in)
{
	return a_name(in, take_u8(in));
}

static json_t *a_group(struct input *in)
{
	json_t *group = json_pack("{s:o}", "name", a_name(in, take_u8(in)));
	u8 has = take_u8(in);

	if (has & 1)
		json_object_set_new(group, "initiators", some(in, an_initiator));
	if (has & 2)
		json_object_set_new(group, "luns", some(in, a_lun));
	return group;
}

static json_t *a_target(struct input *in)
{
	json_t *target = json_pack("{s:o,s:o}", "fabric", a_name(in, take_u8(in) & 0xf1), "name",
				   a_name(in, take_u8(in)));
	u8 has = take_u8(in);

	if (has & 1)
		json_object_set_new(target, "handler", a_name(in, take_u8(in)));
	if (has & 2)
		json_object_set_new(target, "rtpi", a_number(in, take_u8(in)));
	if (has & 4)
		json_object_set_new(target, "luns", some(in, a_lun));
	if (has & 8)
		json_object_set_new(target, "groups", some(in, a_group));
	if (has & 16)
		json_object_set_new(target, "options", options(in, take_u8(in)));
	return target;
}

static json_t *a_file(struct input *in)
{
	json_t *devices = some(in, a_device), *targets = some(in, a_target);

	return json_pack("{s:i,s:o,s:o}", CONFIG_KEY, CONFIG_VERSION, "devices", devices,
			 "targets", targets);
}

/* A text begins with no byte above 7Fh. */
static json_t *file_of(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	json_t *root;
	char *text;

	if (take_u8(&in) & 0x80)
		return a_file(&in);
	text = exactly(data, size);
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return root;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	json_t *root = file_of(data, size);
	struct config_errors errors = { 0 };

	if (!root)
		return 0;
	msg_len = 4096 + 16 * size;
	if (config_check(root, &errors))
		check_plan(root);
	else
		check_refused(&errors);
	config_errors_free(&errors);
	json_decref(root);
	return 0;
}
