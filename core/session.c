// SPDX-License-Identifier: GPL-2.0
/* Sessions: I_T nexuses, from login to loss. */
#include <linux/error-injection.h>
#include <linux/slab.h>
#include "core.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(tgt_sessions);

/* The session sees the map of @group from here on; returns the one it saw. */
static struct tgt_group *tgt_session_enter(struct tgt_session *sess, struct tgt_group *group)
{
	struct tgt_group *old = sess->group;

	lockdep_assert_held(&tgt_config_mutex);
	sess->group = group;
	group->nr_sessions++;
	return old;
}

/* A session less for @group, which may be gone with it. */
static void tgt_session_leave(struct tgt_group *group)
{
	lockdep_assert_held(&tgt_config_mutex);
	group->nr_sessions--;
	tgt_group_left(group);
}

/**
 * tgt_session_create() - an I_T nexus begins
 * @target: target port
 * @initiator: initiator port name, 1 to TGT_INITIATOR_MAX bytes
 * @transport_id: TransportID, SPC-5 7.6.4
 * @len: its bytes, up to TGT_TRANSPORT_ID_MAX
 * @fabric_priv: the fabric's
 *
 * The nexus sees the LUN map of the group the initiator is in, or the open map.
 *
 * Return: the session, or an ERR_PTR: -EINVAL, -ENOMEM, -ESHUTDOWN while the target is
 * going. Context: process, not under tgt_config_mutex.
 */
struct tgt_session *tgt_session_create(struct tgt_target *target, const char *initiator,
				       const u8 *transport_id, unsigned int len, void *fabric_priv)
{
	struct tgt_itl_stock stock = TGT_ITL_STOCK(stock);
	struct tgt_session *sess;
	int err;

	lockdep_assert_not_held(&tgt_config_mutex);
	if (!*initiator || strlen(initiator) > TGT_INITIATOR_MAX || len > TGT_TRANSPORT_ID_MAX)
		return ERR_PTR(-EINVAL);
	sess = kzalloc(sizeof(*sess), GFP_KERNEL);
	if (!sess)
		return ERR_PTR(-ENOMEM);
	sess->target = target;
	sess->queue = target->handler->queue;
	sess->send_response = target->fops->send_response;
	sess->recv_data = target->fops->recv_data;
	sess->fabric_priv = fabric_priv;
	xa_init(&sess->itls);
	INIT_LIST_HEAD(&sess->dying);
	strscpy(sess->initiator, initiator, sizeof(sess->initiator));
	memcpy(sess->transport_id, transport_id, len);
	sess->transport_id_len = len;

	if (target->handler->nexus_create) {
		err = target->handler->nexus_create(sess);
		if (err)
			goto out_free;
	}
	tgt_config_lock();
	while (tgt_itl_stock(&stock, tgt_group_of_initiator(target, initiator)->nr_luns))
		;
	err = -ESHUTDOWN;
	if (target->state == TGT_DELETING)
		goto out_unlock;
	err = xa_alloc(&tgt_sessions, &sess->id, sess, xa_limit_31b, GFP_KERNEL);
	if (err)
		goto out_unlock;
	tgt_session_enter(sess, tgt_group_of_initiator(target, initiator));
	list_add_tail(&sess->node, &target->sessions);
	target->nr_sessions++;
	tgt_nexus_changes++;
	trace_tgt_session(sess, "begin");
	tgt_itl_fill(sess, &stock);
	tgt_event_session(TGTCORE_CMD_SESSION_NTF, sess);
	tgt_config_unlock();
	tgt_itl_stock_free(&stock);
	return sess;

out_unlock:
	tgt_config_unlock();
	tgt_itl_stock_free(&stock);
	if (target->handler->nexus_destroy)
		target->handler->nexus_destroy(sess);
out_free:
	kfree(sess);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_NS_GPL(tgt_session_create, TGTCORE);
ALLOW_ERROR_INJECTION(tgt_session_create, ERRNO);

/**
 * tgt_session_destroy() - an I_T nexus ends
 * @sess: session; the fabric sends no more commands
 *
 * Waits for commands in flight. Context: process, not under tgt_config_mutex.
 */
void tgt_session_destroy(struct tgt_session *sess)
{
	struct tgt_target *target = sess->target;

	lockdep_assert_not_held(&tgt_config_mutex);
	tgt_config_lock();
	trace_tgt_session(sess, "end");
	/* off the list first: regrouping and new LUNs leave it alone from here on */
	list_del_init(&sess->node);
	sess->since = jiffies;
	target->nr_sessions--;
	/* the open map outlives all sessions; another may go before one that ends */
	tgt_session_leave(tgt_session_enter(sess, target->open));
	tgt_itl_drain(sess);
	tgt_config_unlock();
	wait_var_event(&sess->users, !READ_ONCE(sess->users));
	tgt_config_lock();
	trace_tgt_session(sess, "gone");
	tgt_session_leave(sess->group);
	xa_erase(&tgt_sessions, sess->id);
	tgt_nexus_changes++;
	tgt_event_session(TGTCORE_CMD_SESSION_GONE_NTF, sess);
	tgt_config_unlock();

	if (target->handler->nexus_destroy)
		target->handler->nexus_destroy(sess);
	xa_destroy(&sess->itls);
	kfree_rcu(sess, rcu);
}
EXPORT_SYMBOL_NS_GPL(tgt_session_destroy, TGTCORE);

/* Keeps a session in being while tgt_config_mutex is dropped. */
static void tgt_session_pin(struct tgt_session *sess)
{
	lockdep_assert_held(&tgt_config_mutex);
	sess->users++;
}

static void tgt_session_unpin(struct tgt_session *sess)
{
	lockdep_assert_held(&tgt_config_mutex);
	sess->users--;
	tgt_wake(&sess->users);
}

/* Takes a LUN from an initiator, then from its session. Drops tgt_config_mutex meanwhile. */
void tgt_session_remove_lun(struct tgt_itl *itl)
{
	struct tgt_session *sess = itl->sess;

	lockdep_assert_held(&tgt_config_mutex);
	tgt_session_pin(sess);
	kref_get(&itl->kref);
	tgt_itl_leave(itl);
	if (itl->dev->be->itl_leave)
		itl->dev->be->itl_leave(itl);
	if (sess->target->fops->lun_remove) {
		tgt_config_unlock();
		sess->target->fops->lun_remove(itl);
		tgt_config_lock();
	}
	tgt_itl_destroy(itl);
	tgt_itl_put(itl);
	tgt_session_unpin(sess);
}

/* A session whose initiator is in another group now, or NULL. */
static struct tgt_session *tgt_session_astray(struct tgt_target *target)
{
	struct tgt_session *sess;

	lockdep_assert_held(&tgt_config_mutex);
	if (target->state == TGT_DELETING)
		return NULL;
	list_for_each_entry(sess, &target->sessions, node)
		if (sess->group != tgt_group_of_initiator(target, sess->initiator))
			return sess;
	return NULL;
}

/* Its group's LUNs; @sess is pinned. Off the target's list it is ending, and a target may be. */
static void tgt_session_regain(struct tgt_session *sess)
{
	struct tgt_itl_stock stock = TGT_ITL_STOCK(stock);

	lockdep_assert_held(&tgt_config_mutex);
	do {
		if (list_empty(&sess->node) || sess->target->state != TGT_ACTIVE)
			goto out;
	} while (tgt_itl_stock(&stock, sess->group->nr_luns));
	tgt_itl_fill(sess, &stock);
	tgt_luns_changed(sess);
	tgt_event_session(TGTCORE_CMD_SESSION_NTF, sess);
out:
	tgt_itl_stock_free(&stock);
}

/* Membership of groups changed: sessions lose the old LUN map and get the new one. */
void tgt_session_regroup_work(struct work_struct *work)
{
	struct tgt_target *target = container_of(work, struct tgt_target, regroup);
	struct tgt_session *sess;
	struct tgt_group *old;
	struct tgt_itl *itl;
	unsigned long i;

	tgt_config_lock();
	while ((sess = tgt_session_astray(target))) {
		tgt_session_pin(sess);
		old = tgt_session_enter(sess, tgt_group_of_initiator(target, sess->initiator));
		trace_tgt_session(sess, "group");
		xa_for_each(&sess->itls, i, itl)
			if (itl->lun->group != sess->group)
				tgt_session_remove_lun(itl);
		tgt_session_regain(sess);
		tgt_session_unpin(sess);
		tgt_session_leave(old);
	}
	tgt_config_unlock();
}
