// SPDX-License-Identifier: GPL-2.0
/* Which files may be restored, and what is said of the others: see config.cases. */
#include <jansson.h>
#include <stdlib.h>

#include "config.h"
#include "tap.h"
#include "util.h"

#define CASES_MIN	50

static void good(const char *what, const char *text)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct config_errors errors = { 0 };

	if (!ok(root && config_check(root, &errors), "good: %s", what) && errors.nr)
		printf("# %s\n", errors.text[0]);
	config_errors_free(&errors);
	json_decref(root);
}

/* Exactly one error, that one. */
static void bad(const char *wanted, const char *text)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct config_errors errors = { 0 };
	bool right;

	right = root && !config_check(root, &errors) && errors.nr == 1 &&
		!strcmp(errors.text[0], wanted);
	if (!ok(right, "bad: %s", wanted))
		printf("# %zu errors, first: %s\n", errors.nr, errors.nr ? errors.text[0] : "");
	config_errors_free(&errors);
	json_decref(root);
}

static bool is_head(const char *line)
{
	return !strncmp(line, "good: ", 6) || !strncmp(line, "bad: ", 5);
}

static void one_case(char *head, const char *text)
{
	head[strcspn(head, "\n")] = '\0';
	if (*head == 'g')
		good(head + strlen("good: "), text);
	else
		bad(head + strlen("bad: "), text);
}

static size_t run_cases(FILE *f)
{
	char head[256] = "", text[4096] = "", line[256];
	size_t n = 0;

	while (fgets(line, sizeof(line), f)) {
		if (!is_head(line)) {
			if (*head)
				strncat(text, line, sizeof(text) - strlen(text) - 1);
			continue;
		}
		if (*head)
			one_case(head, text);
		memcpy(head, line, sizeof(head));
		*text = '\0';
		n++;
	}
	if (*head)
		one_case(head, text);
	return n;
}

static void test_many(void)
{
	json_t *root = json_loads("{\"tgtcore\":1,\"devices\":[]}", 0, NULL);
	struct config_errors errors = { 0 };
	bool refused;

	for (int i = 0; i < 50; i++)
		json_array_append_new(json_object_get(root, "devices"), json_integer(i));
	refused = !config_check(root, &errors);
	ok(refused && errors.nr == 50 && errors.text[CONFIG_ERRORS - 1], "50 errors are counted");
	config_errors_free(&errors);
	json_decref(root);
}

int main(void)
{
	FILE *f = fopen(TESTS "config.cases", "r");

	if (!f) {
		perror(TESTS "config.cases");
		return 1;
	}
	ok(run_cases(f) >= CASES_MIN, "config.cases was read whole");
	fclose(f);
	test_many();
	return tap_end();
}
