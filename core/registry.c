// SPDX-License-Identifier: GPL-2.0
/* Backends, fabrics and handlers by name; loaded when first asked for. */
#include <linux/kmod.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include "core.h"

/* Protects the three lists. Innermost: nothing is called under it but try_module_get(). */
static DEFINE_MUTEX(tgt_registry_mutex);
static LIST_HEAD(tgt_backends);
static LIST_HEAD(tgt_fabrics);
static LIST_HEAD(tgt_handlers);

/* The default handler: the engine itself. */
static struct tgt_handler_ops tgt_engine = {
	.name	= "engine",
	.owner	= THIS_MODULE,
	.queue	= tgt_engine_queue,
	.tmf	= tgt_engine_tmf,
};

/* What a request gets to see when there is no such thing: what there is. */
#define tgt_registry_names(buf, list, type)						\
({											\
	struct seq_buf sb;								\
	type *o;									\
											\
	seq_buf_init(&sb, buf, sizeof(buf));						\
	mutex_lock(&tgt_registry_mutex);						\
	list_for_each_entry(o, list, node)						\
		seq_buf_printf(&sb, " %s", o->name);					\
	mutex_unlock(&tgt_registry_mutex);						\
	buf[min_t(size_t, sb.len, sizeof(buf) - 1)] = 0;				\
	buf;										\
})

#define tgt_registry_find(list, type, want)						\
({											\
	type *o, *found = NULL;								\
											\
	mutex_lock(&tgt_registry_mutex);						\
	list_for_each_entry(o, list, node)						\
		if (!strcmp(o->name, want) && try_module_get(o->owner)) {		\
			found = o;							\
			break;								\
		}									\
	mutex_unlock(&tgt_registry_mutex);						\
	found;										\
})

#define tgt_registry_add(list, type, ops)						\
({											\
	type *o;									\
	int err = 0;									\
											\
	mutex_lock(&tgt_registry_mutex);						\
	list_for_each_entry(o, list, node)						\
		if (!strcmp(o->name, (ops)->name))					\
			err = -EEXIST;							\
	if (!err)									\
		list_add_tail(&(ops)->node, list);					\
	mutex_unlock(&tgt_registry_mutex);						\
	err;										\
})

static void tgt_registry_del(struct list_head *node)
{
	mutex_lock(&tgt_registry_mutex);
	list_del(node);
	mutex_unlock(&tgt_registry_mutex);
}

/* A backend with a reference on its module, or an ERR_PTR and a text. */
const struct tgt_backend_ops *tgt_backend_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_backend_ops *ops;
	char names[96];

	ops = tgt_registry_find(&tgt_backends, struct tgt_backend_ops, name);
	if (!ops && tgt_name_valid(name) && !request_module("tgtcore-backend-%s", name))
		ops = tgt_registry_find(&tgt_backends, struct tgt_backend_ops, name);
	if (ops)
		return ops;
	tgt_registry_names(names, &tgt_backends, struct tgt_backend_ops);
	return ERR_PTR(tgt_err(extack, -ENOENT,
			       "no backend '%.48s', nor a module tgtcore-backend-%.48s; null, ram, file and blk come with tgtcore; loaded:%s",
			       name, name, *names ? names : " none"));
}

const struct tgt_fabric_ops *tgt_fabric_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_fabric_ops *ops;
	char names[96];

	ops = tgt_registry_find(&tgt_fabrics, struct tgt_fabric_ops, name);
	if (!ops && tgt_name_valid(name) && !request_module("tgtcore-fabric-%s", name))
		ops = tgt_registry_find(&tgt_fabrics, struct tgt_fabric_ops, name);
	if (ops)
		return ops;
	tgt_registry_names(names, &tgt_fabrics, struct tgt_fabric_ops);
	return ERR_PTR(tgt_err(extack, -ENOENT,
			       "no fabric '%.48s', nor a module tgtcore-fabric-%.48s; loop comes with tgtcore; loaded:%s",
			       name, name, *names ? names : " none"));
}

const struct tgt_handler_ops *tgt_handler_get(const char *name, struct netlink_ext_ack *extack)
{
	struct tgt_handler_ops *ops;
	char names[96];

	ops = tgt_registry_find(&tgt_handlers, struct tgt_handler_ops, name);
	if (!ops && tgt_name_valid(name) && !request_module("tgtcore-handler-%s", name))
		ops = tgt_registry_find(&tgt_handlers, struct tgt_handler_ops, name);
	if (ops)
		return ops;
	tgt_registry_names(names, &tgt_handlers, struct tgt_handler_ops);
	return ERR_PTR(tgt_err(extack, -ENOENT,
			       "no handler '%.48s', nor a module tgtcore-handler-%.48s; there is:%s",
			       name, name, names));
}

/* Calls @fn with each name until it returns non-zero. */
int tgt_registry_each(int what, int (*fn)(const char *name, void *data), void *data)
{
	struct tgt_handler_ops *h;
	struct tgt_backend_ops *b;
	struct tgt_fabric_ops *f;
	int ret = 0;

	mutex_lock(&tgt_registry_mutex);
	if (what == TGT_REG_BACKEND) {
		list_for_each_entry(b, &tgt_backends, node)
			ret = ret ?: fn(b->name, data);
	} else if (what == TGT_REG_FABRIC) {
		list_for_each_entry(f, &tgt_fabrics, node)
			ret = ret ?: fn(f->name, data);
	} else {
		list_for_each_entry(h, &tgt_handlers, node)
			ret = ret ?: fn(h->name, data);
	}
	mutex_unlock(&tgt_registry_mutex);
	return ret;
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
	if (!ops->create || !ops->destroy || !ops->submit)
		return -EINVAL;
	return tgt_registry_add(&tgt_backends, struct tgt_backend_ops, ops);
}
EXPORT_SYMBOL_NS_GPL(tgt_backend_register, TGTCORE);

/**
 * tgt_backend_unregister() - from module exit; no device is left, as each holds the module
 * @ops: operations
 */
void tgt_backend_unregister(struct tgt_backend_ops *ops)
{
	tgt_registry_del(&ops->node);
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
	return tgt_registry_add(&tgt_fabrics, struct tgt_fabric_ops, ops);
}
EXPORT_SYMBOL_NS_GPL(tgt_fabric_register, TGTCORE);

/**
 * tgt_fabric_unregister() - from module exit; no target is left, as each holds the module
 * @ops: operations
 */
void tgt_fabric_unregister(struct tgt_fabric_ops *ops)
{
	tgt_registry_del(&ops->node);
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
	return tgt_registry_add(&tgt_handlers, struct tgt_handler_ops, ops);
}
EXPORT_SYMBOL_NS_GPL(tgt_handler_register, TGTCORE);

/**
 * tgt_handler_unregister() - from module exit; no target is left, as each holds the module
 * @ops: operations
 */
void tgt_handler_unregister(struct tgt_handler_ops *ops)
{
	tgt_registry_del(&ops->node);
}
EXPORT_SYMBOL_NS_GPL(tgt_handler_unregister, TGTCORE);

int tgt_registry_init(void)
{
	return tgt_handler_register(&tgt_engine);
}
