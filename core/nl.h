/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the control plane share. */
#ifndef _TGTCORE_NL_H
#define _TGTCORE_NL_H

#include <net/genetlink.h>
#include "core.h"

#define TGT_NL_MSG	32768	/* fits any one object: see TGT_NL_OPTIONS, TGT_GROUP_NAMES */
#define TGT_NL_OPTIONS	8192	/* bytes of all options of an object */
#define TGT_NL_STR	255	/* names: longer ones get a better text than the policy's */
#define TGT_NL_CHECKED	5	/* of a dump's args[]: tgt_nl_dump_check() has passed it */

extern struct genl_family tgt_nl_family;

extern const struct nla_policy tgt_nl_device[TGTCORE_A_DEVICE_MAX + 1];
extern const struct nla_policy tgt_nl_target[TGTCORE_A_TARGET_MAX + 1];
extern const struct nla_policy tgt_nl_lun[TGTCORE_A_LUN_MAX + 1];
extern const struct nla_policy tgt_nl_group[TGTCORE_A_GROUP_MAX + 1];
extern const struct nla_policy tgt_nl_alua[TGTCORE_A_ALUA_MAX + 1];
extern const struct nla_policy tgt_nl_pr[TGTCORE_A_PR_MAX + 1];
extern const struct nla_policy tgt_nl_session[TGTCORE_A_SESSION_MAX + 1];
extern const struct nla_policy tgt_nl_stat[TGTCORE_A_STAT_MAX + 1];
extern const struct nla_policy tgt_nl_recent[TGTCORE_A_RECENT_MAX + 1];

/* Attributes a request of an operation may carry: the others are for answers. */
#define TGT_NL_ALLOW(...)	((const u8[]){ __VA_ARGS__, 0 })
int tgt_nl_allow(struct genl_info *info, const u8 *allowed);
const char *tgt_nl_str(struct genl_info *info, int attr, const char *what);
const u64 *tgt_nl_gen(struct genl_info *info, int attr, u64 *buf);
bool tgt_nl_flag(struct genl_info *info, int attr);
int tgt_nl_once(const struct nlattr *a, u64 *seen, struct netlink_ext_ack *extack);
int tgt_nl_options_parse(struct genl_info *info, int attr, struct tgt_options *opts);
int tgt_nl_options_put(struct sk_buff *skb, int attr, const struct tgt_options *opts);
int tgt_nl_dump_start(struct netlink_callback *cb);
int tgt_nl_dump_check(struct netlink_callback *cb, const struct nla_policy *policy,
		      const u8 *allowed);
/* ... with the attributes of @set that select what is dumped */
#define TGT_NL_DUMP_CHECK(cb, set, ...)						\
	tgt_nl_dump_check(cb, tgt_nl_##set, TGT_NL_ALLOW(__VA_ARGS__))
void tgt_nl_dump_lock(struct netlink_callback *cb);
int tgt_nl_dump_end(struct sk_buff *skb, bool more);
bool tgt_nl_selected(struct netlink_callback *cb, int fabric, int target,
		     const struct tgt_target *t);

/* Makes a message with @fill and answers or multicasts it. */
typedef int (*tgt_nl_fill_t)(struct sk_buff *skb, void *object);
int tgt_nl_reply(struct genl_info *info, tgt_nl_fill_t fill, void *object);
int tgt_nl_reply_changed(struct genl_info *info, tgt_nl_fill_t fill, void *object);
void tgt_nl_event(u8 cmd, tgt_nl_fill_t fill, void *object);
int tgt_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, tgt_nl_fill_t fill,
	       void *object);

u64 tgt_nl_age(unsigned long since);

int tgt_nl_device_create(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_device_set(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_device_abandon(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_device_delete(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_device_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_device_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_target_create(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_target_delete(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_target_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_target_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_lun_create(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_lun_set(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_lun_delete(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_lun_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_lun_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_group_create(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_group_delete(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_group_add(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_group_remove(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_group_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_group_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_alua_create(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_alua_set(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_alua_delete(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_alua_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_alua_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_pr_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_pr_set(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_pr_dump(struct sk_buff *skb, struct netlink_callback *cb);

int tgt_nl_session_get(struct sk_buff *skb, struct genl_info *info);
int tgt_nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tgt_nl_stat_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tgt_nl_recent_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tgt_nl_recent_done(struct netlink_callback *cb);

#endif
