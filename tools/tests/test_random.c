// SPDX-License-Identifier: GPL-2.0
/*
 * Damaged files: whatever bytes and values stand in one, the check neither crashes nor lets
 * through what a restore could not send. Runs for a fixed number of rounds from a fixed seed;
 * TGTCTL_TEST_ROUNDS and TGTCTL_TEST_SEED choose others.
 */
#include <jansson.h>
#include <linux/tgtcore.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>

#include "config.h"
#include "parse.h"
#include "plan.h"
#include "tap.h"
#include "util.h"

static char seed_text[4096];
static size_t seed_len;

static unsigned long passed, refused;

static json_t *random_value(void)
{
	switch (random() % 9) {
	case 0:
		return json_null();
	case 1:
		return json_true();
	case 2:
		return json_integer(random() % 3 - 1);
	case 3:
		return json_integer((json_int_t)((u64)random() << 33 | random()));
	case 4:
		return json_real(0.5);
	case 5:
		return json_string("d0");
	case 6:
		return json_string("");
	case 7:
		return json_array();
	default:
		return json_object();
	}
}

static json_t *nth_member(json_t *obj, size_t n, const char **key)
{
	json_t *val;

	json_object_foreach(obj, *key, val)
		if (!n--)
			return val;
	return NULL;
}

static void damage_array(json_t *array)
{
	size_t n = json_array_size(array), i = n ? random() % n : 0;

	switch (random() % 3) {
	case 0:
		json_array_append_new(array, random_value());
		break;
	case 1:
		json_array_set_new(array, i, random_value());
		break;
	default:
		/* twice the same */
		if (n)
			json_array_append_new(array, json_deep_copy(json_array_get(array, i)));
		break;
	}
}

static void damage_object(json_t *obj)
{
	static const char *const keys[] = { "name", "size", "luns", "groups", "options", "state",
					    "device", "number", "initiators", "x" };
	const char *key = keys[random() % ARRAY_SIZE(keys)];
	size_t n = json_object_size(obj);

	if (n && random() % 2)
		nth_member(obj, random() % n, &key);
	if (random() % 4)
		json_object_set_new(obj, key, random_value());
	else
		json_object_del(obj, key);
}

/* Change one thing somewhere below @val. */
static void damage(json_t *val)
{
	size_t n = json_is_array(val) ? json_array_size(val) : json_object_size(val);
	json_t *child = NULL;
	const char *key;

	if (n && random() % 4) {
		if (json_is_array(val))
			child = json_array_get(val, random() % n);
		else
			child = nth_member(val, random() % n, &key);
	}
	if (json_is_array(child) || json_is_object(child))
		damage(child);
	else if (json_is_array(val))
		damage_array(val);
	else if (json_is_object(val))
		damage_object(val);
}

/* Whether all the attributes of a step's object can be put into a message. */
static bool can_be_sent(const struct step *step)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);
	bool good = true;
	const char *key;
	json_t *val;

	json_object_foreach((json_t *)step->obj, key, val) {
		unsigned int attr = attr_by_name(step->set, key, strlen(key));

		if (!(step->set->attrs[attr].flags & ATTR_SAVED) || step->set == &set_group)
			continue;
		good = good && !put_json(msg, step->set, attr, val);
	}
	if (step->cmd == TGTCORE_CMD_GROUP_ADD)
		good = !put_json(msg, step->set, TGTCORE_A_GROUP_INITIATOR, step->obj);
	nlmsg_free(msg);
	return good;
}

/* What the check lets through is a plan whose every step can be sent. */
static bool try_file(const json_t *root)
{
	struct config_errors errors = { 0 };
	struct plan plan = { 0 };
	bool good = true;

	if (!config_check(root, &errors)) {
		refused++;
		good = errors.nr && errors.text[0] && *errors.text[0];
		config_errors_free(&errors);
		return good;
	}
	passed++;
	plan_make(&plan, root, &errors);
	good = !errors.nr;
	for (size_t i = 0; i < plan.nr; i++)
		good = good && can_be_sent(&plan.steps[i]);
	plan_free(&plan);
	config_errors_free(&errors);
	return good;
}

static bool random_structure(void)
{
	json_t *root = json_loads(seed_text, 0, NULL);
	bool good;

	for (long i = random() % 4; i >= 0; i--)
		damage(root);
	good = try_file(root);
	if (!good)
		json_dumpf(root, stdout, JSON_COMPACT);
	json_decref(root);
	return good;
}

static bool random_bytes(void)
{
	char text[sizeof(seed_text)];
	bool good = true;
	json_t *root;

	memcpy(text, seed_text, seed_len);
	for (long i = random() % 6; i >= 0; i--)
		text[random() % seed_len] = random() % 3 ? 32 + random() % 95 : random();
	root = json_loadb(text, seed_len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (root)
		good = try_file(root);
	json_decref(root);
	return good;
}

static bool read_seed(void)
{
	FILE *f = fopen(TESTS "seed.json", "r");

	if (!f)
		return false;
	seed_len = fread(seed_text, 1, sizeof(seed_text) - 1, f);
	fclose(f);
	return seed_len;
}

int main(void)
{
	const char *rounds = getenv("TGTCTL_TEST_ROUNDS"), *seed = getenv("TGTCTL_TEST_SEED");
	unsigned long n = rounds ? strtoul(rounds, NULL, 0) : 20000;
	bool structure = true, bytes = true;
	json_t *root;

	if (!read_seed()) {
		perror(TESTS "seed.json");
		return 1;
	}
	srandom(seed ? strtoul(seed, NULL, 0) : 1);
	root = json_loads(seed_text, 0, NULL);
	ok(try_file(root) && passed == 1, "the file they are made from is good");
	json_decref(root);
	for (unsigned long i = 0; i < n; i++) {
		structure = structure && random_structure();
		bytes = bytes && random_bytes();
	}
	ok(structure, "damaged structure is refused or can be sent");
	ok(bytes, "damaged text is refused or can be sent");
	ok(passed > n / 100 && refused > n / 100, "both outcomes were seen often");
	printf("# %lu let through, %lu refused\n", passed, refused);
	return tap_end();
}
