// SPDX-License-Identifier: GPL-2.0
/* Control plane: devices. */
#include <tgtcore/daemon.h>
#include "nl.h"
#include "scsi/ident.h"
#include "scsi/mode.h"
#include "scsi/pi.h"
#include "unit.h"

const struct nla_policy tgt_nl_device[TGTCORE_A_DEVICE_MAX + 1] = {
	[TGTCORE_A_DEVICE_NAME]		= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_DEVICE_BACKEND]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_DEVICE_SIZE]		= { .type = NLA_U64 },
	[TGTCORE_A_DEVICE_BLOCK_SIZE]	= { .type = NLA_U32 },
	[TGTCORE_A_DEVICE_SERIAL]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_DEVICE_READONLY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_DEVICE_QUEUE_LIMIT]	= { .type = NLA_U32 },
	[TGTCORE_A_DEVICE_OPTION]	= { .type = NLA_NESTED },
	[TGTCORE_A_DEVICE_GENERATION]	= { .type = NLA_U64 },
	[TGTCORE_A_DEVICE_FORCE]	= NLA_POLICY_MAX(NLA_U8, 1),
	[TGTCORE_A_DEVICE_MODES]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_DEVICE_IDENT]	= { .type = NLA_NUL_STRING, .len = TGT_NL_STR },
	[TGTCORE_A_DEVICE_PI]		= { .type = NLA_U32 },
	[TGTCORE_A_DEVICE_PR_FILE]	= { .type = NLA_NUL_STRING, .len = 1023 },
};

/* Reservations are on their way to their file, which may take its time. */
static bool tgt_nl_pr_changing(const struct tgt_device *dev)
{
	return dev->pr_store && READ_ONCE(dev->pr_busy);
}

/* Since when it is not as usual, and in what: that may wait, and for long. */
static bool tgt_nl_device_age(struct tgt_device *dev, unsigned long *since)
{
	if (dev->state != TGT_ACTIVE)
		*since = dev->since;
	else if (dev->resize_to)
		*since = dev->resize_since;
	else if (READ_ONCE(dev->remainders))
		*since = READ_ONCE(dev->fenced);
	else if (atomic_read(&dev->nr_aborted))
		*since = READ_ONCE(dev->abort_since);
	else if (tgt_nl_pr_changing(dev))
		*since = READ_ONCE(dev->pr_since);
	else
		return false;
	return true;
}

static int tgt_nl_fill_waits(struct sk_buff *skb, struct tgt_device *dev)
{
	unsigned long since;

	if (nla_put_u32(skb, TGTCORE_A_DEVICE_ABORTING, atomic_read(&dev->nr_aborted)) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_REMAINDERS, READ_ONCE(dev->remainders)) ||
	    (dev->resize_to &&
	     nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_RESIZE_TO, dev->resize_to,
			       TGTCORE_A_DEVICE_PAD)) ||
	    (dev->reason && nla_put_string(skb, TGTCORE_A_DEVICE_REASON, dev->reason)) ||
	    (tgt_nl_device_age(dev, &since) &&
	     nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_AGE_MS, tgt_nl_age(since),
			       TGTCORE_A_DEVICE_PAD)))
		return -EMSGSIZE;
	return 0;
}

/* The devices that are over it. */
static int tgt_nl_put_uppers(struct sk_buff *skb, struct tgt_device *dev)
{
	struct tgt_lower *lower;

	list_for_each_entry(lower, &dev->uppers, node)
		if (nla_put_string(skb, TGTCORE_A_DEVICE_UPPER, lower->upper->name))
			return -EMSGSIZE;
	return 0;
}

/* Which thresholds are reached; what is in force, where it is not what is saved. */
static int tgt_nl_put_now(struct sk_buff *skb, struct tgt_device *dev,
			  const struct tgt_mode_state *state)
{
	static const char * const reached[] = { NULL, "avail", "used", "avail,used" };
	unsigned long which = READ_ONCE(dev->space_reached) & 3;
	char modes[TGT_MODES_TEXT];

	tgt_modes_text(&state->now, modes);
	if ((!tgt_modes_equal(&state->now, &state->saved) &&
	     nla_put_string(skb, TGTCORE_A_DEVICE_MODES_NOW, modes)) ||
	    (which && nla_put_string(skb, TGTCORE_A_DEVICE_REACHED, reached[which])) ||
	    (tgt_nl_pr_changing(dev) &&
	     nla_put_u8(skb, TGTCORE_A_DEVICE_PR_CHANGING, 1)))
		return -EMSGSIZE;
	return 0;
}

/* What initiators saved. */
static int tgt_nl_put_unit(struct sk_buff *skb, struct tgt_device *dev)
{
	char modes[TGT_MODES_TEXT], text[2 * TGT_IDENT_MAX + 1];
	struct tgt_mode_state state;
	struct tgt_ident ident;

	tgt_mode_get(dev, &state);
	tgt_modes_text(&state.saved, modes);
	tgt_ident_get(dev, &ident);
	tgt_ident_text(&ident, text);
	if ((*modes && nla_put_string(skb, TGTCORE_A_DEVICE_MODES, modes)) ||
	    (*text && nla_put_string(skb, TGTCORE_A_DEVICE_IDENT, text)))
		return -EMSGSIZE;
	return tgt_nl_put_now(skb, dev, &state);
}

static int tgt_nl_put_daemon_counts(struct sk_buff *skb, const struct tgt_daemon *d)
{
	const struct {
		int	attr;
		u64	value;
	} v[] = {
		{ TGTCORE_A_DEVICE_DAEMON_STARTS,	d->starts },
		{ TGTCORE_A_DEVICE_DAEMON_LOST,		d->lost },
		{ TGTCORE_A_DEVICE_DAEMON_HANDOVERS,	d->handovers },
		{ TGTCORE_A_DEVICE_DAEMON_REISSUED,	d->reissued },
		{ TGTCORE_A_DEVICE_DAEMON_TIMEOUTS,	d->timeouts },
		{ TGTCORE_A_DEVICE_DAEMON_LATE,		d->late },
		{ TGTCORE_A_DEVICE_DAEMON_BAD,		d->bad },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		if (nla_put_u64_64bit(skb, v[i].attr, v[i].value, TGTCORE_A_DEVICE_PAD))
			return -EMSGSIZE;
	return 0;
}

static int tgt_nl_put_daemon(struct sk_buff *skb, struct tgt_device *dev)
{
	struct tgt_daemon d;

	/* one may be deleted, and shown, while its backend still makes it */
	if (!dev->be->daemon || !dev->opened || dev->destroying)
		return 0;
	dev->be->daemon(dev, &d);
	if (nla_put_u32(skb, TGTCORE_A_DEVICE_DAEMON, d.state) ||
	    (d.pid && nla_put_u32(skb, TGTCORE_A_DEVICE_DAEMON_PID, d.pid)) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_DAEMON_COMMANDS, d.commands) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_DAEMON_OLDEST_MS, d.oldest_ms) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_DAEMON_HELD, d.held))
		return -EMSGSIZE;
	return tgt_nl_put_daemon_counts(skb, &d);
}

static int tgt_nl_fill_device(struct sk_buff *skb, void *object)
{
	struct tgt_device *dev = object;
	const char *info = dev->be->info && dev->state == TGT_ACTIVE ? dev->be->info(dev) : NULL;

	if (nla_put_string(skb, TGTCORE_A_DEVICE_NAME, dev->name) ||
	    nla_put_string(skb, TGTCORE_A_DEVICE_BACKEND, dev->be->name) ||
	    (!dev->be->raw &&
	     nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_SIZE, dev->nblocks << dev->block_shift,
			       TGTCORE_A_DEVICE_PAD)) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_BLOCK_SIZE, 1U << dev->block_shift) ||
	    nla_put_string(skb, TGTCORE_A_DEVICE_SERIAL, dev->serial) ||
	    nla_put_u8(skb, TGTCORE_A_DEVICE_READONLY, dev->readonly) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_QUEUE_LIMIT, dev->queue_limit) ||
	    tgt_nl_options_put(skb, TGTCORE_A_DEVICE_OPTION, &dev->options) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_GENERATION, tgt_generation,
			      TGTCORE_A_DEVICE_PAD) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_ID, dev->id) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_STATE, dev->state) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_NAA, dev->naa, TGTCORE_A_DEVICE_PAD) ||
	    nla_put_u8(skb, TGTCORE_A_DEVICE_WCE, dev->wce) ||
	    (info && nla_put_string(skb, TGTCORE_A_DEVICE_INFO, info)) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_LUNS, dev->nr_luns) ||
	    tgt_nl_put_uppers(skb, dev) ||
	    tgt_nl_put_unit(skb, dev) ||
	    tgt_nl_put_daemon(skb, dev) ||
	    (dev->prot_made && nla_put_u32(skb, TGTCORE_A_DEVICE_PI, dev->prot_made)) ||
	    (dev->pr_file && nla_put_string(skb, TGTCORE_A_DEVICE_PR_FILE, dev->pr_file)) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_HELD, tgt_device_held(dev)))
		return -EMSGSIZE;
	return tgt_nl_fill_waits(skb, dev);
}

static int tgt_nl_fill_device_gone(struct sk_buff *skb, void *object)
{
	struct tgt_device *dev = object;

	if (nla_put_string(skb, TGTCORE_A_DEVICE_NAME, dev->name) ||
	    nla_put_u32(skb, TGTCORE_A_DEVICE_ID, dev->id) ||
	    nla_put_u64_64bit(skb, TGTCORE_A_DEVICE_GENERATION, tgt_generation,
			      TGTCORE_A_DEVICE_PAD) ||
	    (dev->reason && nla_put_string(skb, TGTCORE_A_DEVICE_REASON, dev->reason)))
		return -EMSGSIZE;
	return 0;
}

void tgt_event_device(u8 cmd, struct tgt_device *dev)
{
	tgt_nl_event(cmd, cmd == TGTCORE_CMD_DEVICE_GONE_NTF ? tgt_nl_fill_device_gone :
		     tgt_nl_fill_device, dev);
}

static int tgt_nl_device_params(struct genl_info *info, struct tgt_device_params *p)
{
	struct nlattr **a = info->attrs;

	p->name = tgt_nl_str(info, TGTCORE_A_DEVICE_NAME, "device");
	p->backend = p->name ? tgt_nl_str(info, TGTCORE_A_DEVICE_BACKEND, "backend") : NULL;
	if (!p->backend)
		return -EINVAL;
	p->have_size = a[TGTCORE_A_DEVICE_SIZE];
	p->size = p->have_size ? nla_get_u64(a[TGTCORE_A_DEVICE_SIZE]) : 0;
	p->block_size = a[TGTCORE_A_DEVICE_BLOCK_SIZE] ?
		nla_get_u32(a[TGTCORE_A_DEVICE_BLOCK_SIZE]) : 512;
	p->queue_limit = a[TGTCORE_A_DEVICE_QUEUE_LIMIT] ?
		nla_get_u32(a[TGTCORE_A_DEVICE_QUEUE_LIMIT]) : TGT_QUEUE_LIMIT;
	if (!p->queue_limit || p->queue_limit > TGT_QUEUE_LIMIT_MAX)
		return tgt_err(info->extack, -ERANGE, "queue limit %u is out of range: 1 to %u",
			       p->queue_limit, TGT_QUEUE_LIMIT_MAX);
	p->pi = a[TGTCORE_A_DEVICE_PI] ? nla_get_u32(a[TGTCORE_A_DEVICE_PI]) : 0;
	if (p->pi > TGT_PI_TYPE_MAX)
		return tgt_err(info->extack, -ERANGE,
			       "protection type %u is out of range: 1 to %u, or 0 for none",
			       p->pi, TGT_PI_TYPE_MAX);
	p->readonly = tgt_nl_flag(info, TGTCORE_A_DEVICE_READONLY);
	p->modes = a[TGTCORE_A_DEVICE_MODES] ? nla_data(a[TGTCORE_A_DEVICE_MODES]) : NULL;
	p->ident = a[TGTCORE_A_DEVICE_IDENT] ? nla_data(a[TGTCORE_A_DEVICE_IDENT]) : NULL;
	p->pr_file = a[TGTCORE_A_DEVICE_PR_FILE] ? nla_data(a[TGTCORE_A_DEVICE_PR_FILE]) : NULL;
	p->serial = a[TGTCORE_A_DEVICE_SERIAL] ? nla_data(a[TGTCORE_A_DEVICE_SERIAL]) : NULL;
	if (p->serial && !tgt_serial_valid(p->serial))
		return tgt_err(info->extack, -EINVAL,
			       "'%.48s' is no serial number: 1 to 36 printable ASCII characters, no space at an end",
			       p->serial);
	return tgt_nl_options_parse(info, TGTCORE_A_DEVICE_OPTION, &p->options);
}

/* Answers with the device as it is, if it still is. Lets go of tgt_config_mutex. */
static int tgt_nl_device_answer(struct genl_info *info, const char *name)
{
	struct tgt_device *dev = tgt_device_find(name);
	int err = dev ? tgt_nl_reply_changed(info, tgt_nl_fill_device, dev) : 0;

	tgt_config_unlock();
	return err;
}

int tgt_nl_device_create(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_device_params p = { };
	u64 gen;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_DEVICE_NAME, TGTCORE_A_DEVICE_BACKEND,
					TGTCORE_A_DEVICE_SIZE, TGTCORE_A_DEVICE_BLOCK_SIZE,
					TGTCORE_A_DEVICE_SERIAL, TGTCORE_A_DEVICE_READONLY,
					TGTCORE_A_DEVICE_QUEUE_LIMIT, TGTCORE_A_DEVICE_OPTION,
					TGTCORE_A_DEVICE_MODES, TGTCORE_A_DEVICE_IDENT,
					TGTCORE_A_DEVICE_PI, TGTCORE_A_DEVICE_PR_FILE,
					TGTCORE_A_DEVICE_GENERATION));
	err = err ?: tgt_nl_device_params(info, &p);
	if (err)
		return err;
	err = tgt_device_create(&p, tgt_nl_gen(info, TGTCORE_A_DEVICE_GENERATION, &gen),
				info->extack);
	if (!err || err == -EINPROGRESS)
		err = tgt_nl_device_answer(info, p.name);
	tgt_options_free(&p.options);
	return err;
}

/* On success tgt_config_mutex is held, as after tgt_device_resize(). */
static int tgt_nl_device_set_options(struct genl_info *info, const char *name, const u64 *gen)
{
	struct tgt_options opts;
	int err;

	err = tgt_nl_options_parse(info, TGTCORE_A_DEVICE_OPTION, &opts);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_device_set(name, &opts, gen, info->extack);
	if (err)
		tgt_config_unlock();
	tgt_options_free(&opts);
	return err;
}

/* Likewise. */
static int tgt_nl_device_set_modes(struct genl_info *info, const char *name, const u64 *gen)
{
	int err;

	tgt_config_lock();
	err = tgt_device_set_modes(name, nla_data(info->attrs[TGTCORE_A_DEVICE_MODES]), gen,
				   info->extack);
	if (err)
		tgt_config_unlock();
	return err;
}

int tgt_nl_device_set(struct sk_buff *skb, struct genl_info *info)
{
	bool modes = info->attrs[TGTCORE_A_DEVICE_MODES];
	const char *name = tgt_nl_str(info, TGTCORE_A_DEVICE_NAME, "device");
	struct nlattr *size = info->attrs[TGTCORE_A_DEVICE_SIZE];
	const u64 *gen;
	u64 buf;
	int err;

	err = tgt_nl_allow(info,
			   TGT_NL_ALLOW(TGTCORE_A_DEVICE_NAME, TGTCORE_A_DEVICE_SIZE,
					TGTCORE_A_DEVICE_OPTION, TGTCORE_A_DEVICE_MODES,
					TGTCORE_A_DEVICE_GENERATION));
	if (err)
		return tgt_err(info->extack, err,
			       "of a device that exists, only the size, modes and options of its backend can be set");
	if (!name)
		return -EINVAL;
	if (modes && (size || info->attrs[TGTCORE_A_DEVICE_OPTION]))
		return tgt_err(info->extack, -EINVAL,
			       "device %.48s: modes are set by themselves", name);
	if (!modes && !size == !info->attrs[TGTCORE_A_DEVICE_OPTION])
		return tgt_err(info->extack, -EINVAL, size ?
			       "device %.48s: the size and options are set one after the other" :
			       "nothing to set on device %.48s; size= can be", name);
	gen = tgt_nl_gen(info, TGTCORE_A_DEVICE_GENERATION, &buf);
	err = modes ? tgt_nl_device_set_modes(info, name, gen) :
	      size ? tgt_device_resize(name, nla_get_u64(size), gen, info->extack) :
		     tgt_nl_device_set_options(info, name, gen);
	return err && err != -EINPROGRESS ? err : tgt_nl_device_answer(info, name);
}

/* The device that a request with none but the attributes @allowed names. */
static int tgt_nl_device_name(struct genl_info *info, const u8 *allowed, const char **name)
{
	int err = tgt_nl_allow(info, allowed);

	if (err)
		return err;
	*name = tgt_nl_str(info, TGTCORE_A_DEVICE_NAME, "device");
	return *name ? 0 : -EINVAL;
}

int tgt_nl_device_abandon(struct sk_buff *skb, struct genl_info *info)
{
	const char *name;
	int err;

	err = tgt_nl_device_name(info, TGT_NL_ALLOW(TGTCORE_A_DEVICE_NAME), &name);
	if (err)
		return err;
	err = tgt_device_abandon(name, info->extack);
	if (err)
		return err;
	tgt_config_lock();
	return tgt_nl_device_answer(info, name);
}

int tgt_nl_device_delete(struct sk_buff *skb, struct genl_info *info)
{
	const char *name;
	u64 gen;
	int err;

	err = tgt_nl_device_name(info, TGT_NL_ALLOW(TGTCORE_A_DEVICE_NAME,
						    TGTCORE_A_DEVICE_FORCE,
						    TGTCORE_A_DEVICE_GENERATION), &name);
	if (err)
		return err;
	tgt_config_lock();
	err = tgt_device_delete(name, tgt_nl_flag(info, TGTCORE_A_DEVICE_FORCE),
				tgt_nl_gen(info, TGTCORE_A_DEVICE_GENERATION, &gen), info->extack);
	tgt_config_unlock();
	return err;
}

int tgt_nl_device_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tgt_device *dev;
	const char *name;
	int err;

	err = tgt_nl_device_name(info, TGT_NL_ALLOW(TGTCORE_A_DEVICE_NAME), &name);
	if (err)
		return err;
	tgt_config_lock();
	dev = tgt_device_get(name, info->extack);
	err = dev ? tgt_nl_reply(info, tgt_nl_fill_device, dev) : -ENOENT;
	tgt_config_unlock();
	return err;
}

int tgt_nl_device_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tgt_device *dev;
	unsigned long i;
	int err = TGT_NL_DUMP_CHECK(cb, device, 0);

	if (err)
		return err;
	tgt_nl_dump_lock(cb);
	xa_for_each_start(&tgt_devices, i, dev, cb->args[0])
		if (tgt_nl_put(skb, cb, TGTCORE_CMD_DEVICE_GET, tgt_nl_fill_device, dev))
			break;
	cb->args[0] = dev ? i : LONG_MAX;
	tgt_config_unlock();
	return tgt_nl_dump_end(skb, dev);
}
