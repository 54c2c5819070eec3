// SPDX-License-Identifier: GPL-2.0
/* tgtctl device */
#include <errno.h>
#include <linux/tgtcore.h>
#include <stdlib.h>
#include <string.h>

#include "service.h"
#include "tgtctl.h"

static int begin(struct ctx *ctx, u8 cmd, const char *name)
{
	tnl_request(&ctx->nl, cmd);
	if (nla_put_string(ctx->nl.msg, TGTCORE_A_DEVICE_NAME, name))
		return usage_error(ctx, "the name of the device is too long");
	return 0;
}

static int create_or_set(struct ctx *ctx, u8 cmd, unsigned int flag, int argc, char **argv)
{
	char *subject;
	int ret;

	ret = begin(ctx, cmd, argv[0]);
	if (!ret)
		ret = put_pairs(ctx, &set_device, flag, argc - 1, argv + 1);
	if (ret)
		return ret;
	subject = subject_device(argv[0]);
	ret = make_object(ctx, &set_device, subject, NULL);
	free(subject);
	return ret;
}

/* Give up what the backend still does for detached commands. */
int device_abandon(struct ctx *ctx, int argc, char **argv)
{
	int ret;

	(void)argc;
	ret = begin(ctx, TGTCORE_CMD_DEVICE_ABANDON, argv[0]);
	if (ret)
		return ret;
	if (tnl_open(&ctx->nl, NL_AUTOLOAD))
		return EXIT_FAILURE;
	if (tnl_call(&ctx->nl, NULL))
		return tnl_fail(&ctx->nl, "device %s", argv[0]);
	return EXIT_SUCCESS;
}

/* The value of KEY=VALUE, or NULL. */
static const char *pair_value(int argc, char **argv, const char *key)
{
	size_t len = strlen(key);

	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], key, len) && argv[i][len] == '=')
			return argv[i] + len + 1;
	return NULL;
}

/* The device is there: so is its daemon then, or neither is. */
static int create_service(struct ctx *ctx, const char *name, const char *service)
{
	double timeout = ctx->given & OPT_TIMEOUT ? ctx->timeout : SERVICE_WAIT_S;

	if (!service_create(name, service) &&
	    !service_start(name, service, ctx->given & OPT_NO_WAIT ? 0 : timeout))
		return EXIT_SUCCESS;
	if (!begin(ctx, TGTCORE_CMD_DEVICE_DELETE, name) && tnl_call(&ctx->nl, NULL))
		tnl_fail(&ctx->nl, "device %s", name);
	else
		service_stop(name, service);
	return EXIT_FAILURE;
}

int device_create(struct ctx *ctx, int argc, char **argv)
{
	const char *backend = pair_value(argc, argv, "backend");
	const char *service = pair_value(argc, argv, "service");
	unsigned int given = ctx->given;
	char *why;
	int ret;

	if (!service || !backend_has_service(backend))
		return create_or_set(ctx, TGTCORE_CMD_DEVICE_CREATE, ATTR_CREATE, argc, argv);
	why = service_missing(service);
	if (why) {
		ret = error("device %s: %s", argv[0], why);
		free(why);
		return ret;
	}
	/* its daemon finds a device that is made; only the daemon is not waited for */
	ctx->given &= ~OPT_NO_WAIT;
	ret = create_or_set(ctx, TGTCORE_CMD_DEVICE_CREATE, ATTR_CREATE, argc, argv);
	ctx->given = given;
	return ret ?: create_service(ctx, argv[0], service);
}

int device_set(struct ctx *ctx, int argc, char **argv)
{
	return create_or_set(ctx, TGTCORE_CMD_DEVICE_SET, ATTR_SET, argc, argv);
}

/* Its service, the caller's to free, or NULL; that there is no device, or module, is said later. */
static char *device_service(struct ctx *ctx, const char *name)
{
	struct record *rec = NULL;
	const char *service;
	char *copy = NULL;
	json_t *dev;

	if (begin(ctx, TGTCORE_CMD_DEVICE_GET, name) || tnl_open(&ctx->nl, NL_QUIET) ||
	    tnl_call(&ctx->nl, &rec) || !rec)
		return NULL;
	dev = record_json(rec, 0);
	service = service_of(dev);
	if (service)
		copy = xstrdup(service);
	json_decref(dev);
	free(rec);
	return copy;
}

/* Whether a device goes, or has gone. */
bool device_leaves(struct nl *nl, const char *name)
{
	struct record *rec = NULL;
	bool leaves;

	tnl_request(nl, TGTCORE_CMD_DEVICE_GET);
	nla_put_string(nl->msg, TGTCORE_A_DEVICE_NAME, name);
	if (tnl_call(nl, &rec))
		return nl->err == -ENOENT;
	leaves = rec && record_u64(rec, TGTCORE_A_DEVICE_STATE) == TGTCORE_STATE_DELETING;
	free(rec);
	return leaves;
}

int device_delete(struct ctx *ctx, int argc, char **argv)
{
	char *subject, *service;
	int ret;

	(void)argc;
	service = device_service(ctx, argv[0]);
	ret = begin(ctx, TGTCORE_CMD_DEVICE_DELETE, argv[0]);
	if (!ret) {
		subject = subject_device(argv[0]);
		ret = delete_object(ctx, &set_device, subject);
		free(subject);
	}
	/* a daemon that hangs may be what a device that does not go waits for */
	if (service && (ret ? device_leaves(&ctx->nl, argv[0]) : !(ctx->given & OPT_NO_WAIT)))
		service_stop(argv[0], service);
	free(service);
	return ret;
}

int device_show(struct ctx *ctx, int argc, char **argv)
{
	struct records recs = { 0 };
	char *subject;
	int ret;

	if (!argc) {
		ret = show_dump(ctx, &set_device, NULL, &recs);
		return ret ?: show_records(ctx, &set_device, &recs, false);
	}
	ret = begin(ctx, TGTCORE_CMD_DEVICE_GET, argv[0]);
	if (ret)
		return ret;
	subject = subject_device(argv[0]);
	ret = show_object(ctx, &set_device, subject);
	free(subject);
	return ret;
}
