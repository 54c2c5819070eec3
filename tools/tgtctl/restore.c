// SPDX-License-Identifier: GPL-2.0
/* tgtctl restore: read, check all, work out what to do, do it. */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "config.h"
#include "plan.h"
#include "service.h"
#include "tgtctl.h"

/* A file, or with "-" the standard input; @what: whose messages they are. */
json_t *read_json(const char *what, const char *path)
{
	json_error_t err;
	json_t *root;

	errno = 0;
	if (!strcmp(path, "-"))
		root = json_loadf(stdin, JSON_REJECT_DUPLICATES, &err);
	else
		root = json_load_file(path, JSON_REJECT_DUPLICATES, &err);
	if (root)
		return root;
	if (err.line < 0)
		error("%s: %s: %s", what, path, errno ? strerror(errno) : err.text);
	else
		error("%s: %s:%d:%d: %s", what, path, err.line, err.column, err.text);
	return NULL;
}

/* Whether what a path leads to is there; with a size, the backend would make it. */
static void check_path(const char *where, const json_t *dev, struct config_errors *errors)
{
	const char *path = config_str(json_object_get(dev, "options"), "path");
	const char *backend = config_str(dev, "backend");
	struct stat st;

	if (!path)
		return;
	if (*path != '/') {
		config_error(errors, "%s.options.path: %s is not an absolute path", where, path);
		return;
	}
	if (stat(path, &st)) {
		if (errno != ENOENT || !strcmp(backend, "blk") || !json_object_get(dev, "size"))
			config_error(errors, "%s.options.path: %s: %s", where, path,
				     strerror(errno));
		return;
	}
	if (!strcmp(backend, "blk") && !S_ISBLK(st.st_mode))
		config_error(errors, "%s.options.path: %s is not a block device", where, path);
	if (!strcmp(backend, "file") && !S_ISREG(st.st_mode))
		config_error(errors, "%s.options.path: %s is not a regular file", where, path);
}

/*
 * With a new file, reservations that were to be kept would be gone without a word: it has to be
 * there, if only as an empty one.
 */
static void check_pr_file(const char *where, const json_t *dev, struct config_errors *errors)
{
	const char *path = config_str(dev, "pr-file");

	if (path && *path != '/')
		config_error(errors, "%s.pr-file: %s is not an absolute path", where, path);
	else if (path && access(path, F_OK))
		config_error(errors,
			     "%s.pr-file: %s: %s: what it kept is lost; an empty file begins anew",
			     where, path, strerror(errno));
}

static void check_service(const char *where, const json_t *dev, struct config_errors *errors)
{
	const char *service = service_of(dev);
	char *why = service ? service_missing(service) : NULL;

	if (why)
		config_error(errors, "%s.options: %s", where, why);
	free(why);
}

static void check_paths(const json_t *root, struct config_errors *errors)
{
	json_t *devices = json_object_get(root, "devices"), *dev;
	char where[64];
	size_t i;

	json_array_foreach(devices, i, dev) {
		snprintf(where, sizeof(where), "devices[%zu]", i);
		check_path(where, dev, errors);
		check_pr_file(where, dev, errors);
		check_service(where, dev, errors);
	}
}

static int report(const char *path, struct config_errors *errors)
{
	for (size_t i = 0; i < errors->nr && i < CONFIG_ERRORS; i++)
		error("restore: %s: %s", path, errors->text[i]);
	if (errors->nr > CONFIG_ERRORS)
		error("restore: %s: and %zu more", path, errors->nr - CONFIG_ERRORS);
	error("restore: nothing was changed");
	config_errors_free(errors);
	return EXIT_FAILURE;
}

/* A dry run must not load the module, which looking its family up may do. */
static bool module_loaded(void)
{
	return !access("/sys/module/tgtcore", F_OK);
}

static void print_plan(const struct plan *plan)
{
	size_t alua = plan_count(plan, TGTCORE_CMD_ALUA_CREATE);

	if (alua)
		printf("target port groups %zu, ", alua);
	printf("devices %zu, targets %zu, groups %zu, LUNs %zu would be made; there already: %zu\n",
	       plan_count(plan, TGTCORE_CMD_DEVICE_CREATE),
	       plan_count(plan, TGTCORE_CMD_TARGET_CREATE),
	       plan_count(plan, TGTCORE_CMD_GROUP_CREATE),
	       plan_count(plan, TGTCORE_CMD_LUN_CREATE), plan->same);
}

static int restore(struct ctx *ctx, const char *path, const json_t *root)
{
	bool dry = ctx->given & OPT_DRY_RUN;
	struct config_errors errors = { 0 };
	struct plan plan = { 0 };
	int ret = EXIT_SUCCESS;

	if (!config_check(root, &errors))
		return report(path, &errors);
	check_paths(root, &errors);
	if (errors.nr)
		return report(path, &errors);
	if (!dry || module_loaded()) {
		if (tnl_open(&ctx->nl, dry ? 0 : NL_AUTOLOAD))
			return EXIT_FAILURE;
		if (plan_look(&plan, &ctx->nl)) {
			plan_free(&plan);
			return tnl_fail(&ctx->nl, "restore");
		}
	}
	plan_make(&plan, root, &errors);
	if (errors.nr)
		ret = report(path, &errors);
	else if (dry)
		print_plan(&plan);
	else
		ret = apply(ctx, &plan);
	plan_free(&plan);
	return ret;
}

int do_restore(struct ctx *ctx, int argc, char **argv)
{
	const char *path = argc ? argv[0] : CONFIG_FILE;
	json_t *root = read_json("restore", path);
	int ret;

	if (!root)
		return EXIT_FAILURE;
	ret = restore(ctx, path, root);
	json_decref(root);
	return ret;
}
