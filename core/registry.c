// SPDX-License-Identifier: GPL-2.0
/* Backends, fabrics and handlers by name; loaded when first asked for. */
#include <linux/error-injection.h>
#include <linux/kmod.h>
#include <linux/slab.h>
#include "core.h"

/* One kind of provider: what it is called, and what a request is told if there is none. */
struct tgt_registry {
	struct list_head	list;
	const char		*kind;
	const char		*shipped;
};

/* Protects the lists. Innermost: nothing is called under it but try_module_get(). */
static DEFINE_MUTEX(tgt_registry_mutex);

static struct tgt_registry tgt_registries[] = {
	[TGT_REG_BACKEND] = {
		.list = LIST_HEAD_INIT(tgt_registries[TGT_REG_BACKEND].list),
		.kind = "backend",
		.shipped = "null, ram, file, blk and fault come with tgtcore",
	},
	[TGT_REG_FABRIC] = {
		.list = LIST_HEAD_INIT(tgt_registries[TGT_REG_FABRIC].list),
		.kind = "fabric",
		.shipped = "loop comes with tgtcore",
	},
	[TGT_REG_HANDLER] = {
		.list = LIST_HEAD_INIT(tgt_registries[TGT_REG_HANDLER].list),
		.kind = "handler",
		.shipped = "engine is the one inside tgtcore",
	},
};

/* The default handler: the engine itself. */
static struct tgt_handler_ops tgt_engine = {
	.name	= "engine",
	.owner	= THIS_MODULE,
	.queue	= tgt_engine_queue,
	.tmf	= tgt_engine_tmf,
};

/* By name, with a reference on its module; NULL if it is not loaded. */
static struct tgt_provider *tgt_provider_find(struct tgt_registry *reg, const char *name)
{
	struct tgt_provider *p;

	mutex_lock(&tgt_registry_mutex);
	list_for_each_entry(p, &reg->list, node)
		if (!strcmp(p->name, name) && try_module_get(p->owner))
			goto out;
	p = NULL;
out:
	mutex_unlock(&tgt_registry_mutex);
	return p;
}

/*
 * Loads a module. That waits for all asynchronous probing, of our own disks too, so it is a job as
 * opening a medium is. Freed as struct tgt_job.
 */
struct tgt_provider_job {
	struct tgt_job	job;
	char		module[TGT_NAME_MAX + 20];
};

static_assert(!offsetof(struct tgt_provider_job, job));

static int tgt_provider_load_run(struct tgt_job *job)
{
	request_module("%s", container_of(job, struct tgt_provider_job, job)->module);
	return 0;	/* what came of it is seen in the list */
}

static void tgt_provider_load_end(struct tgt_job *job)
{
}

static int tgt_provider_load(const char *kind, const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_provider_job *pj = kzalloc(sizeof(*pj), GFP_KERNEL);
	int err;

	if (!pj)
		return tgt_err(extack, -ENOMEM, "no memory to load a module");
	snprintf(pj->module, sizeof(pj->module), "tgtcore-%s-%s", kind, name);
	tgt_job_init(&pj->job, tgt_provider_load_run, tgt_provider_load_end);
	err = tgt_job_run(&pj->job, extack);
	if (!err || err == -EINPROGRESS)
		tgt_config_unlock();
	if (err == -EINPROGRESS)
		return tgt_err(extack, -EALREADY,
			       "module tgtcore-%s-%s is still being loaded; try again", kind, name);
	return err;
}

/* The same, loading the module if need be; an ERR_PTR and a text if there is none. */
static noinline struct tgt_provider *tgt_provider_get(int what, const char *name,
						      struct netlink_ext_ack *extack)
{
	struct tgt_registry *reg = &tgt_registries[what];
	struct tgt_provider *p = tgt_provider_find(reg, name);
	int err;

	if (!p && tgt_name_valid(name)) {
		err = tgt_provider_load(reg->kind, name, extack);
		if (err)
			return ERR_PTR(err);
		p = tgt_provider_find(reg, name);
	}
	if (p)
		return p;
	return ERR_PTR(tgt_err(extack, -ENOENT, "no %s '%.48s', nor a module tgtcore-%s-%.48s; %s",
			       reg->kind, name, reg->kind, name, reg->shipped));
}

ALLOW_ERROR_INJECTION(tgt_provider_get, ERRNO);

/* A backend with a reference on its module, or an ERR_PTR and a text. */
const struct tgt_backend_ops *tgt_backend_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_provider *p = tgt_provider_get(TGT_REG_BACKEND, name, extack);

	return IS_ERR(p) ? ERR_CAST(p) : container_of(p, struct tgt_backend_ops, provider);
}

/* A fabric, likewise. */
const struct tgt_fabric_ops *tgt_fabric_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_provider *p = tgt_provider_get(TGT_REG_FABRIC, name, extack);

	return IS_ERR(p) ? ERR_CAST(p) : container_of(p, struct tgt_fabric_ops, provider);
}

/* A handler, likewise. */
const struct tgt_handler_ops *tgt_handler_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_provider *p = tgt_provider_get(TGT_REG_HANDLER, name, extack);

	return IS_ERR(p) ? ERR_CAST(p) : container_of(p, struct tgt_handler_ops, provider);
}

/* Calls @fn with each name until it returns non-zero. */
int tgt_registry_each(int what, int (*fn)(const char *name, void *data), void *data)
{
	struct tgt_provider *p;
	int ret = 0;

	mutex_lock(&tgt_registry_mutex);
	list_for_each_entry(p, &tgt_registries[what].list, node) {
		ret = fn(p->name, data);
		if (ret)
			break;
	}
	mutex_unlock(&tgt_registry_mutex);
	return ret;
}

static noinline int tgt_provider_add(int what, struct tgt_provider *new)
{
	struct tgt_provider *p;
	int err = 0;

	mutex_lock(&tgt_registry_mutex);
	list_for_each_entry(p, &tgt_registries[what].list, node)
		if (!strcmp(p->name, new->name))
			err = -EEXIST;
	if (!err)
		list_add_tail(&new->node, &tgt_registries[what].list);
	mutex_unlock(&tgt_registry_mutex);
	return err;
}

ALLOW_ERROR_INJECTION(tgt_provider_add, ERRNO);

static void tgt_provider_del(struct tgt_provider *p)
{
	mutex_lock(&tgt_registry_mutex);
	list_del(&p->node);
	mutex_unlock(&tgt_registry_mutex);
}

/**
 * tgt_backend_register() - offer a kind of backstore
 * @ops: its operations; stay until tgt_backend_unregister()
 *
 * Return: 0, -EEXIST if the name is taken, -EINVAL if a required operation is missing.
 * Context: process.
 */
int tgt_backend_register(struct tgt_backend_ops *ops)
{
	if (!ops->create || !ops->destroy || !(ops->submit || (ops->raw && ops->tmf)))
		return -EINVAL;
	return tgt_provider_add(TGT_REG_BACKEND, &ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_backend_register, TGTCORE);

/**
 * tgt_backend_unregister() - from module exit; no device is left, as each holds the module
 * @ops: operations
 */
void tgt_backend_unregister(struct tgt_backend_ops *ops)
{
	tgt_provider_del(&ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_backend_unregister, TGTCORE);

/**
 * tgt_fabric_register() - offer a way for commands to come in
 * @ops: its operations; stay until tgt_fabric_unregister()
 *
 * Return: 0, -EEXIST if the name is taken, -EINVAL if a required operation is missing.
 * Context: process.
 */
int tgt_fabric_register(struct tgt_fabric_ops *ops)
{
	if (!ops->target_create || !ops->target_remove || !ops->send_response || !ops->iter)
		return -EINVAL;
	return tgt_provider_add(TGT_REG_FABRIC, &ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_fabric_register, TGTCORE);

/**
 * tgt_fabric_unregister() - from module exit; no target is left, as each holds the module
 * @ops: operations
 */
void tgt_fabric_unregister(struct tgt_fabric_ops *ops)
{
	tgt_provider_del(&ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_fabric_unregister, TGTCORE);

/**
 * tgt_handler_register() - offer to execute the commands of whole targets
 * @ops: its operations; stay until tgt_handler_unregister()
 *
 * Return: 0, -EEXIST if the name is taken, -EINVAL if a required operation is missing.
 * Context: process.
 */
int tgt_handler_register(struct tgt_handler_ops *ops)
{
	if (!ops->queue || !ops->tmf)
		return -EINVAL;
	return tgt_provider_add(TGT_REG_HANDLER, &ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_handler_register, TGTCORE);

/**
 * tgt_handler_unregister() - from module exit; no target is left, as each holds the module
 * @ops: operations
 */
void tgt_handler_unregister(struct tgt_handler_ops *ops)
{
	tgt_provider_del(&ops->provider);
}
EXPORT_SYMBOL_NS_GPL(tgt_handler_unregister, TGTCORE);

/* For lockdep.c. */
void tgt_registry_prime(void)
{
	mutex_lock(&tgt_registry_mutex);
	mutex_unlock(&tgt_registry_mutex);
}

int tgt_registry_init(void)
{
	return tgt_handler_register(&tgt_engine);
}
